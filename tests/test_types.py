"""The types: what they keep, what they refuse, and what they look like as dicts and JSON."""

import copy
import inspect
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import julep_local.types
from julep_local.api.core import jsonable_encoder, remove_none_from_dict, serialize_datetime
from julep_local.types import (
    Agent,
    AgentDefaultSettingsPreset,
    AgentMetadata,
    ChatDelta,
    ChatMlMessage,
    ChatMlMessageContentItem_ImageUrl,
    ChatMlMessageContentItem_Text,
    ChatResponse,
    ChatResponseFinishReason,
    ChatSettings,
    ChatSettingsResponseFormat,
    ContextReport,
    CreateDoc,
    CreateToolRequest,
    Doc,
    InputChatMlMessage,
    InputChatMlMessageRole,
    JobStatusState,
    ListAgentsResponse,
    Memory,
    OpenRecord,
    Record,
    Tool,
    UserMetadata,
)

ROW = {"id": "a", "name": "Ada", "model": "tiny"}

# each is a name that a method, a class attribute or Python's syntax would like for itself
AWKWARD = {
    "keys": 1,
    "items": 2,
    "json": 3,
    "dict": 4,
    "model_config": 5,
    "model_fields": 6,
    "copy": 7,
    "self": 8,
    "cls": 9,
    "_x": 10,
    "__dict__": 11,
    "a-b": 12,
    "1": 13,
    "": 14,
    "ß 😀": 15,
    "class": 16,
    "nested": {"keys": [1, {"self": None}]},
}


def subclasses(base: type) -> list[Any]:
    exported = [getattr(julep_local.types, name) for name in julep_local.types.__all__]
    return [kind for kind in exported if inspect.isclass(kind) and base in kind.__mro__]


OPEN_RECORDS = subclasses(OpenRecord)
ENUMS = subclasses(Enum)
MODELS = subclasses(Record)


# ---- metadata --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OPEN_RECORDS)
def test_an_open_record_keeps_every_key(kind: type[OpenRecord]) -> None:
    metadata = kind(**AWKWARD)

    assert {key: metadata[key] for key in AWKWARD} == AWKWARD
    assert metadata.dict() == AWKWARD


def test_there_are_sixteen_open_records() -> None:
    assert len(OPEN_RECORDS) == 16


def test_an_open_record_is_a_mapping() -> None:
    metadata = AgentMetadata(**AWKWARD)

    assert isinstance(metadata, Mapping)
    assert list(metadata) == list(AWKWARD)
    assert list(metadata.keys()) == list(AWKWARD)
    assert list(metadata.values()) == list(AWKWARD.values())
    assert list(metadata.items()) == list(AWKWARD.items())
    assert dict(metadata) == AWKWARD
    assert {**metadata} == AWKWARD
    assert len(metadata) == len(AWKWARD)
    assert "a-b" in metadata
    assert "b-a" not in metadata
    assert metadata.get("_x") == 10
    assert metadata.get("none", "nothing") == "nothing"


def test_an_open_record_can_be_read_by_attribute() -> None:
    metadata = AgentMetadata(colour="red", _x=1)

    assert metadata.colour == "red"
    assert metadata._x == 1


def test_a_key_that_is_not_there_is_an_error() -> None:
    metadata = AgentMetadata(colour="red")

    with pytest.raises(KeyError, match="shape"):
        metadata["shape"]
    with pytest.raises(AttributeError, match="shape"):
        _ = metadata.shape


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(lambda m: m.copy(), id="method"),
        pytest.param(lambda m: m.model_copy(deep=True), id="model_copy"),
        pytest.param(lambda m: pickle.loads(pickle.dumps(m)), id="pickle"),
        pytest.param(lambda m: AgentMetadata.model_validate_json(m.json()), id="json"),
        pytest.param(lambda m: AgentMetadata(**json.loads(m.json())), id="loads"),
        pytest.param(lambda m: AgentMetadata(**m), id="keywords"),
        pytest.param(lambda m: AgentMetadata.parse_obj(m.dict()), id="dict"),
        pytest.param(lambda m: AgentMetadata.construct(**m), id="construct"),
        pytest.param(lambda m: Agent(**ROW, metadata=m).metadata, id="in an agent"),
        pytest.param(lambda m: Agent.model_validate_json(Agent(**ROW, metadata=m).json()).metadata, id="in its json"),
    ],
)
def test_every_key_survives(again: Callable[[AgentMetadata], AgentMetadata]) -> None:
    metadata = AgentMetadata(**AWKWARD)

    survived = again(metadata)

    assert type(survived) is AgentMetadata
    assert survived == metadata
    assert {key: survived[key] for key in AWKWARD} == AWKWARD
    assert json.loads(survived.json()) == AWKWARD


def test_an_open_record_equals_a_dict_of_the_same_content() -> None:
    assert AgentMetadata(a=1, b=[2]) == {"b": [2], "a": 1}
    assert {"a": 1} == AgentMetadata(a=1)
    assert AgentMetadata() == {}
    assert AgentMetadata(a=1) == UserMetadata(a=1)
    assert AgentMetadata(a=1) != {"a": 2}
    assert AgentMetadata(a=1) != [("a", 1)]


def test_equal_open_records_have_equal_hashes() -> None:
    assert hash(AgentMetadata(a=[1], b=2)) == hash(AgentMetadata(b=2, a=[1]))


def test_an_open_record_cannot_be_changed() -> None:
    metadata = AgentMetadata(a=1)

    with pytest.raises(TypeError, match="cannot be changed"):
        metadata.a = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        del metadata.a
    with pytest.raises(TypeError, match="item assignment"):
        metadata["a"] = 2  # type: ignore[index]
    assert metadata == {"a": 1}


def test_metadata_is_kept_in_a_doc_to_be() -> None:
    doc = CreateDoc(title="Moon", content="tides", metadata={"source": "book", "page": 3})

    assert doc.dict() == {"title": "Moon", "content": "tides", "metadata": {"source": "book", "page": 3}}


def test_metadata_of_one_type_is_taken_for_another() -> None:
    assert Agent(**ROW, metadata=UserMetadata(a=1)).metadata == AgentMetadata(a=1)


def test_the_entities_of_a_memory_keep_their_keys() -> None:
    memory = Memory(agent_id="a", user_id="u", content="Bo sails", created_at=0, id="m", entities=[{"name": "Bo"}])

    assert memory.entities[0].name == "Bo"
    assert memory.dict()["entities"] == [{"name": "Bo"}]


@pytest.mark.parametrize("name", ["schema", "schema_"])
def test_a_response_format_keeps_its_json_schema(name: str) -> None:
    schema = {"type": "object", "properties": {"keys": {"type": "array", "items": {}}}, "required": ["keys"]}

    wanted = ChatSettingsResponseFormat(type="json_object", **{name: schema})

    assert wanted.schema_ == schema
    assert wanted.dict() == {"type": "json_object", "schema": schema}
    assert json.loads(wanted.json())["schema"] == schema


# ---- models ----------------------------------------------------------------------------------------------------------


def test_assigning_raises_a_type_error() -> None:
    agent = Agent(**ROW)

    with pytest.raises(TypeError, match="Agent cannot be changed"):
        agent.name = "Eve"
    with pytest.raises(TypeError, match="Agent cannot be changed"):
        agent.other = "Eve"
    with pytest.raises(TypeError, match="Agent cannot be changed"):
        del agent.name
    assert agent.name == "Ada"


def test_unknown_keys_are_ignored() -> None:
    agent = Agent(**ROW, favourite="blue")

    assert not hasattr(agent, "favourite")
    assert "favourite" not in agent.dict()


@pytest.mark.parametrize("missing", ["id", "name", "model"])
def test_a_missing_required_field_is_an_error(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        Agent(**{name: value for name, value in ROW.items() if name != missing})


def test_dict_has_what_was_given_and_keeps_objects() -> None:
    agent = Agent(**ROW, about=None, created_at="2024-05-31T10:00:00Z", default_settings={"preset": "fun"})

    assert agent.dict() == {
        **ROW,
        "about": None,
        "created_at": datetime(2024, 5, 31, 10, tzinfo=timezone.utc),
        "default_settings": {"preset": AgentDefaultSettingsPreset.FUN},
    }


def test_the_defaults_of_dict_and_json_can_be_overridden() -> None:
    message = InputChatMlMessage(role="user", content="hi", continue_=True)

    assert message.dict(by_alias=False) == {"role": "user", "content": "hi", "continue_": True}
    assert message.dict(exclude_unset=False)["name"] is None
    assert message.dict(include={"role"}) == {"role": "user"}
    assert json.loads(message.json(by_alias=False))["continue_"] is True
    assert json.loads(message.json(exclude_unset=False))["name"] is None
    assert json.loads(message.json(exclude={"content"})) == {"role": "user", "continue": True}


def test_json_takes_the_options_of_the_json_writer() -> None:
    metadata = AgentMetadata(b="ß", a=1)

    assert metadata.json() == '{"b": "\\u00df", "a": 1}'
    assert metadata.json(ensure_ascii=False, sort_keys=True) == '{"a": 1, "b": "ß"}'
    assert metadata.json(indent=1).startswith('{\n "b"')


@pytest.mark.parametrize("name", ["continue", "continue_"])
def test_continue_is_accepted_in_both_spellings(name: str) -> None:
    message = InputChatMlMessage(**{"role": "assistant", "content": "Once", name: True})

    assert message.continue_ is True
    assert message.dict() == {"role": "assistant", "content": "Once", "continue": True}


def test_a_message_to_be_carried_on_needs_no_content() -> None:
    assert InputChatMlMessage(role="assistant", continue_=True).content is None


def test_construct_keeps_all_values_unchecked() -> None:
    agent = Agent.construct(name=1, favourite="blue", metadata={"a": 1})

    assert agent.name == 1
    assert agent.about is None
    assert agent.favourite == "blue"  # type: ignore[attr-defined]
    assert not hasattr(agent, "model")
    assert agent.dict() == {"name": 1, "favourite": "blue", "metadata": {"a": 1}}
    assert json.loads(agent.json()) == agent.dict()


def test_a_time_that_was_constructed_as_text_stays_text() -> None:
    assert Agent.construct(created_at="yesterday").json() == '{"created_at": "yesterday"}'


def test_construct_takes_a_field_by_its_name_in_json() -> None:
    message = InputChatMlMessage.construct(**{"role": "user", "continue": True})

    assert message.continue_ is True
    assert message.dict() == {"role": "user", "continue": True}


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda agent: pickle.loads(pickle.dumps(agent))])
def test_a_record_survives_being_copied(again: Callable[[Agent], Agent]) -> None:
    agent = Agent(**ROW, created_at="2024-05-31T10:00:00Z", default_settings={"preset": "fun"}, metadata={"a": [1]})

    assert again(agent) == agent
    assert again(agent).dict() == agent.dict()


def test_a_copy_may_differ_in_some_values() -> None:
    agent = Agent(**ROW, about="calm")

    changed = agent.copy(update={"name": "Eve"})

    assert changed.dict() == {**ROW, "about": "calm", "name": "Eve"}
    assert agent.name == "Ada"


def test_records_without_lists_can_be_hashed() -> None:
    assert len({Agent(**ROW, metadata={"a": [1]}), Agent(**ROW, metadata={"a": [1]}), Agent(**ROW)}) == 2


def test_another_record_is_taken_by_its_fields() -> None:
    tool = Tool(type="function", id="t", function={"name": "add", "parameters": {"type": "object"}})

    request = CreateToolRequest.model_validate(tool)

    assert request.dict() == {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_can_be_built_and_describes_itself(kind: type[Record]) -> None:
    assert issubclass(kind, BaseModel)
    assert kind.model_json_schema()["type"] == "object"
    assert kind.__doc__
    assert kind.__doc__ != Record.__doc__


def test_instructions_and_content_come_back_as_they_were_given() -> None:
    assert Agent(**ROW, instructions="Be brief").instructions == "Be brief"
    assert Agent(**ROW, instructions=["Be brief", "Be brief"]).instructions == ["Be brief", "Be brief"]
    assert Doc(title="t", content=["a", "b"], id="d", created_at=0).content == ["a", "b"]
    assert Doc(title="t", content="a", id="d", created_at=0).content == "a"


def test_content_parts_are_told_apart_by_type() -> None:
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
    ]

    message = ChatMlMessage(role="user", content=parts, created_at=0, id="m")

    assert [type(part) for part in message.content] == [
        ChatMlMessageContentItem_Text,
        ChatMlMessageContentItem_ImageUrl,
    ]
    assert message.dict()["content"] == parts


def test_parts_that_were_sent_are_taken_as_parts_of_a_recorded_message() -> None:
    sent = InputChatMlMessage(role="user", content=[{"type": "text", "text": "Look"}])

    recorded = ChatMlMessage(role="user", content=sent.content, created_at=0, id="m")

    assert recorded.content == [ChatMlMessageContentItem_Text(type="text", text="Look")]


@pytest.mark.parametrize("stop", [None, "END", ["END", "STOP"]])
def test_stop_is_a_text_several_or_none(stop: Any) -> None:
    assert ChatSettings(stop=stop).stop == stop


def test_a_response_may_carry_the_context_and_all_tool_calls() -> None:
    context = ContextReport(
        prompt_tokens=10,
        cached_tokens=4,
        context_tokens=2048,
        parts={"situation": 6, "input": 4},
        dropped=[{"n_messages": 2, "n_tokens": 90, "reason": "no room"}],
        recalled=[{"kind": "doc", "id": "d", "owner": "agent", "title": "Moon", "text": "tides", "similarity": 0.5}],
    )
    answer = {"role": "assistant", "content": "", "created_at": 0, "id": "m"}

    response = ChatResponse(
        id="r",
        finish_reason="tool_calls",
        response=[[answer]],
        usage={"completion_tokens": 1, "prompt_tokens": 10, "total_tokens": 11},
        doc_ids={"agent_doc_ids": ["d"], "user_doc_ids": []},
        context=context,
        tool_calls=[{"id": "c", "name": "add", "arguments": "{}"}],
    )

    assert response.context == context
    assert response.tool_calls is not None
    assert response.tool_calls[0].name == "add"
    assert ChatResponse.model_validate_json(response.json()) == response


def test_a_delta_needs_only_its_text() -> None:
    assert ChatDelta(content="Hel").dict() == {"content": "Hel"}
    assert ChatDelta(content="", finish_reason="stop").finish_reason is ChatResponseFinishReason.STOP


# ---- timestamps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("2024-05-31T10:00:00.000007Z", id="utc"),
        pytest.param("2024-05-31T12:00:00.000007+02:00", id="offset"),
        pytest.param("2024-05-31T10:00:00.000007", id="no offset"),
        pytest.param(datetime(2024, 5, 31, 10, 0, 0, 7), id="naive"),
        pytest.param(datetime(2024, 5, 31, 12, 0, 0, 7, timezone(timedelta(hours=2))), id="aware"),
    ],
)
def test_a_timestamp_is_in_utc(given: object) -> None:
    agent = Agent(**ROW, created_at=given)

    assert agent.created_at == datetime(2024, 5, 31, 10, 0, 0, 7, timezone.utc)
    assert agent.created_at.tzinfo is timezone.utc
    assert json.loads(agent.json())["created_at"] == "2024-05-31T10:00:00.000007Z"
    assert json.loads(agent.model_dump_json())["created_at"] == "2024-05-31T10:00:00.000007Z"


def test_a_timestamp_in_json_always_has_microseconds() -> None:
    agent = Agent(**ROW, created_at="2024-05-31T10:00:00Z", updated_at=None)

    assert json.loads(agent.json())["created_at"] == "2024-05-31T10:00:00.000000Z"
    assert json.loads(agent.json())["updated_at"] is None


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValidationError, match="created_at"):
        Agent(**ROW, created_at="yesterday")


# ---- enums -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENUMS)
def test_visit_takes_one_function_per_member_in_order(kind: Any) -> None:
    values = [member.value for member in kind]

    assert list(inspect.signature(kind.visit).parameters)[1:] == values
    for member in kind:
        assert member.visit(**{value: lambda value=value: value for value in values}) == member.value
        assert member.visit(*(lambda value=value: value for value in values)) == member.value


def test_visit_calls_no_other_function() -> None:
    def never() -> None:
        raise AssertionError

    assert InputChatMlMessageRole.AUTO.visit(never, never, never, never, never, lambda: None) is None


def test_visit_refuses_to_leave_a_member_out() -> None:
    with pytest.raises(TypeError, match="desc"):
        julep_local.types.ListAgentsRequestOrder.ASC.visit(asc=lambda: 1)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", ENUMS)
def test_a_member_is_named_like_its_value_and_equals_it(kind: Any) -> None:
    for member in kind:
        assert member.name == member.value.upper()
        assert member == member.value
        assert isinstance(member, str)
        assert kind(member.value) is member
        assert json.dumps(member) == f'"{member.value}"'


def test_a_word_that_is_no_member_is_refused() -> None:
    with pytest.raises(ValueError, match="done"):
        JobStatusState("done")
    with pytest.raises(ValidationError, match="role"):
        InputChatMlMessage(role="robot", content="hi")


# ---- the module ------------------------------------------------------------------------------------------------------


def test_everything_exported_is_there_once() -> None:
    assert len(julep_local.types.__all__) == len(set(julep_local.types.__all__)) == 95 + 19
    assert all(hasattr(julep_local.types, name) for name in julep_local.types.__all__)


def test_threads_that_meet_at_a_models_first_use_all_succeed() -> None:
    """In a process of its own, because only a model's first use builds its validator."""
    script = """
import sys, threading
from julep_local import types
models = [kind for kind in vars(types).values() if type(kind).__name__ == "ModelMetaclass"]
meeting, errors = threading.Barrier(4), []
def use():
    for model in models:
        meeting.wait()
        try:
            model.construct().dict()
            model.model_validate({"id": "x"})
        except Exception as error:
            if type(error).__name__ != "ValidationError":
                errors.append(repr(error))
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(models) > 60, errors)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "True []\n"


def test_importing_the_types_builds_no_validator() -> None:
    """Building all of them takes longer than importing the types."""
    script = """
from julep_local import types
models = [kind for kind in vars(types).values() if type(kind).__name__ == "ModelMetaclass"]
print([model.__name__ for model in models if model.__pydantic_complete__])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "[]\n"


def test_a_page_of_agents_can_be_validated_in_several_threads() -> None:
    pages: list[ListAgentsResponse] = []
    threads = [threading.Thread(target=lambda: pages.append(ListAgentsResponse(items=[ROW, ROW]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(page.items) for page in pages] == [2, 2, 2, 2]


# ---- api.core --------------------------------------------------------------------------------------------------------


def test_the_encoder_turns_models_and_enums_into_json() -> None:
    message = InputChatMlMessage(role="user", content="hi", continue_=True)

    encoded = jsonable_encoder({"messages": [message], "ids": {1}, "state": JobStatusState.FAILED, "none": None})

    assert encoded == {
        "messages": [{"role": "user", "content": "hi", "continue": True}],
        "ids": [1],
        "state": "failed",
        "none": None,
    }
    assert json.loads(json.dumps(encoded)) == encoded


def test_the_encoder_keeps_metadata() -> None:
    doc = CreateDoc(title="t", content="c", metadata=AWKWARD)

    assert jsonable_encoder(doc)["metadata"] == AWKWARD


def test_none_is_removed_from_the_top_only() -> None:
    assert remove_none_from_dict({"a": None, "b": {"c": None}, "d": 0}) == {"b": {"c": None}, "d": 0}


def test_a_time_is_serialised_with_z_for_utc_and_its_offset_otherwise() -> None:
    assert serialize_datetime(datetime(2024, 1, 1, tzinfo=timezone.utc)) == "2024-01-01T00:00:00Z"
    assert serialize_datetime(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2024-01-01T00:00:00+02:00"
