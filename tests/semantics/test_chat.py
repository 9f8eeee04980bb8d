"""Chats as the documentation promised them, where the old service did something else."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from talk import TOOL, answer, finish_jobs, history, new_session, say, shown, shown_text

from julep_local import ChatSettingsResponseFormat, ChatStream, Client, CreateToolRequest
from julep_local.errors import ContextOverflow, InvalidInput
from julep_local.llm.base import Prompt
from julep_local.testing import ScriptedModel, ToolCall

CALL = ToolCall("weather", '{"city": "Oslo"}')


# ---- tools -----------------------------------------------------------------------------------------------------------


def _named(name: str, description: str = "") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": {}}}


@pytest.fixture
def with_tool(make_client: Callable[..., Client], model: ScriptedModel) -> tuple[Client, str]:
    """A client, and a session whose agent has the tool `weather`."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", tools=[TOOL])
    return client, client.sessions.create(agent_id=agent.id).id


def test_tools_of_the_request_join_the_agents_and_win_over_those_of_the_same_name(
    with_tool: tuple[Client, str], model: ScriptedModel
) -> None:
    """The old service checked them, wanted an id of each, and ignored them."""
    client, session_id = with_tool

    client.sessions.chat(
        session_id=session_id,
        messages=say("Hello"),
        tools=[_named("weather", "mine"), _named("time"), CreateToolRequest(**_named("date"))],
    )
    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    offered = [(tool.name, tool.description) for tool in model.prompts[0].tools]
    assert offered == [("weather", "mine"), ("time", ""), ("date", "")]
    assert [tool.description for tool in model.prompts[1].tools] == ["Tells the weather"]


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        pytest.param({}, "auto", id="auto with tools"),
        pytest.param({"tool_choice": "auto"}, "auto", id="auto"),
        pytest.param({"tool_choice": "none"}, "none", id="none"),
        pytest.param(
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}}, ("named", "weather"), id="named"
        ),
    ],
)
def test_the_tool_choice_reaches_the_model(
    with_tool: tuple[Client, str], model: ScriptedModel, given: dict[str, Any], choice: Any
) -> None:
    """The old service ignored it."""
    client, session_id = with_tool

    client.sessions.chat(session_id=session_id, messages=say("Hello"), **given)

    assert model.prompts[-1].tool_choice == choice
    assert bool(model.prompts[-1].tools) == (choice != "none")


def test_without_tools_none_is_chosen(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    client = make_client(model=model)

    client.sessions.chat(session_id=new_session(client), messages=say("Hello"))

    assert model.prompts[-1].tool_choice == "none"


def test_a_tools_result_is_shown_after_its_call(make_client: Callable[..., Client]) -> None:
    """The role `function` failed with 500 in the old service."""
    model = ScriptedModel([CALL, "It rains.", "Bye"])
    client = make_client(model=model)
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("Weather in Oslo?"), tools=[TOOL])

    client.sessions.chat(session_id=session_id, messages=say('{"rain": true}', role="function", name="weather"))
    client.sessions.chat(session_id=session_id, messages=say("Thanks"))

    for turn in (1, 2):
        messages = model.prompts[turn].messages[1:]
        assert [message.role for message in messages[:3]] == ["user", "assistant", "tool"]
        assert [(call.name, call.arguments) for call in messages[1].tool_calls] == [("weather", '{"city": "Oslo"}')]
        assert messages[2].content == '{"rain": true}'
    assert [role for role, _ in history(client, session_id)] == [
        "user",
        "function_call",
        "function",
        "assistant",
        "user",
        "assistant",
    ]


def test_all_tool_calls_of_an_answer_are_returned_and_recorded(make_client: Callable[..., Client]) -> None:
    """The old service kept the first call and dropped the others, and the ids."""
    calls = [ToolCall("weather", '{"city": "Oslo"}', "a"), ToolCall("weather", '{"city": "Rome"}', "b")]
    client = make_client([calls])
    session_id = new_session(client)

    response = client.sessions.chat(session_id=session_id, messages=say("Weather?"), tools=[TOOL])

    first = response.response[0][0]
    assert response.finish_reason == "tool_calls"
    assert first.role == "function_call"
    assert json.loads(str(first.content)) == {"name": "weather", "arguments": '{"city": "Oslo"}'}
    assert [(call.id, call.name, call.arguments) for call in response.tool_calls] == [
        ("a", "weather", '{"city": "Oslo"}'),
        ("b", "weather", '{"city": "Rome"}'),
    ]
    assert [role for role, _ in history(client, session_id)] == ["user", "function_call", "function_call"]


# ---- the window ------------------------------------------------------------------------------------------------------


def test_the_prompt_is_kept_within_the_context_window(make_client: Callable[..., Client]) -> None:
    """The old service counted no tokens and sent everything."""
    model = ScriptedModel(lambda prompt: "noted", context_tokens=300)
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", about="A tutor.", instructions=["Be brief"])
    session = client.sessions.create(agent_id=agent.id, situation="A lesson.")
    client.sessions.chat(session_id=session.id, messages=say("I ponder", role="system", name="thought"))

    responses = [
        client.sessions.chat(session_id=session.id, messages=say(f"question {i} " + "word " * 20)) for i in range(20)
    ]

    assert max(len(prompt.tokens) for prompt in model.prompts) <= 300
    text = shown_text(model)
    assert all(kept in text for kept in ("A lesson.", "A tutor.", "Be brief", "question 19", "question 18"))
    assert "question 0 " not in text
    reasons = [dropped.reason for response in responses for dropped in response.context.dropped]
    assert "thought" in reasons[0]
    assert any("oldest turns" in reason for reason in reasons)


def test_input_that_cannot_fit_is_a_clear_error_and_recorded_nowhere(make_client: Callable[..., Client]) -> None:
    """The old service left that to the provider."""
    client = make_client(model=ScriptedModel(lambda prompt: "ok", context_tokens=100))
    session_id = new_session(client)

    with pytest.raises(ContextOverflow) as error:
        client.sessions.chat(session_id=session_id, messages=say("word " * 200))

    assert error.value.status_code == 400
    assert error.value.prompt_tokens > 200
    assert error.value.context_tokens == 100
    assert history(client, session_id) == []


def test_what_no_longer_fits_is_summarised_with_what_was_summarised_before(make_client: Callable[..., Client]) -> None:
    """The old service summarised ten messages, forgot the rest and the summary before, and never showed it."""
    model = ScriptedModel(lambda prompt: "noted", context_tokens=300, background="They talked about numbers.")
    client = make_client(model=model)
    session_id = new_session(client)
    for i in range(10):
        client.sessions.chat(session_id=session_id, messages=say(f"question {i} " + "word " * 20))
        finish_jobs(client)

    assert client.sessions.get(session_id).summary == "They talked about numbers."
    assert ("system", "Summary of the conversation so far:\nThey talked about numbers.") in shown(model)
    assert "question 8" in shown_text(model)  # the newest turns are shown as they are
    assert len(history(client, session_id)) == 20  # and the history is whole


# ---- input -----------------------------------------------------------------------------------------------------------


def test_several_text_parts_are_one_message(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    client = make_client(model=model)

    client.sessions.chat(
        session_id=new_session(client),
        messages=say([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]),
    )

    assert shown(model)[-1] == ("user", "one\ntwo")


def test_text_with_an_image_is_refused_where_the_model_cannot_see(client: Client) -> None:
    """The old service failed with 500 on a message with both."""
    session_id = new_session(client)
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]

    with pytest.raises(InvalidInput, match="image") as error:
        client.sessions.chat(session_id=session_id, messages=say(content))

    assert (error.value.status_code, error.value.field) == (422, "messages[0].content")
    assert history(client, session_id) == []


@pytest.mark.parametrize("stop", ["three", ["nothing", "three"]])
def test_an_answer_ends_before_a_stop_text(make_client: Callable[..., Client], stop: Any) -> None:
    """The old service failed with 500 when it was a single string."""
    client = make_client(["one two three four"])

    response = client.sessions.chat(session_id=new_session(client), messages=say("Count"), stop=stop)

    assert answer(response).strip() == "one two"
    assert response.finish_reason == "stop"


def test_logit_bias_names_tokens_by_their_ids_as_text(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """Any value failed with 500 in the old service."""
    client = make_client(model=model)

    client.sessions.chat(session_id=new_session(client), messages=say("Hi"), logit_bias={"12": -100, "7": 5, "1": None})

    assert model.samplings[-1].logit_bias == {12: -100, 7: 5}


def test_a_response_format_keeps_its_schema(make_client: Callable[..., Client]) -> None:
    """The old model class dropped all its keys."""
    model = ScriptedModel(lambda prompt: {"n": 1})
    client = make_client(model=model)
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    formats = [
        {"type": "json_object", "schema": schema},
        ChatSettingsResponseFormat(type="json_object", schema=schema),
        ChatSettingsResponseFormat(type="json_object", schema_=schema),
    ]

    for response_format in formats:
        client.sessions.chat(session_id=new_session(client), messages=say("Hi"), response_format=response_format)

    constraints = [sampling.constraint for sampling in model.samplings]
    assert [constraint.schema for constraint in constraints if constraint] == [schema] * 3


def test_the_role_auto_is_a_users(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """It was in the SDK's enumeration, was documented nowhere and failed with 500."""
    client = make_client(model=model)
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("Hello", role="auto"))

    assert shown(model)[-1] == ("user", "Hello")
    assert history(client, session_id)[0] == ("user", "Hello")


# ---- continue --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "name", "recorded_name"),
    [("assistant", None, "Ada"), ("assistant", "Eve", "Eve"), ("system", "thought", "thought")],
)
def test_continue_carries_on_the_last_message(
    make_client: Callable[..., Client], role: str, name: str | None, recorded_name: str
) -> None:
    """The old service ignored the flag in sessions."""
    model = ScriptedModel([" in Oslo.", "ok"])
    client = make_client(model=model)
    session_id = new_session(client)

    response = client.sessions.chat(
        session_id=session_id,
        messages=[*say("Where do you live?"), *say("I live", role=role, name=name, **{"continue": True})],
    )

    message = response.response[0][0]
    assert model.prompts[0].continues
    assert shown(model, 0)[-1] == (role, "I live")
    assert (message.role, message.name, message.content) == (role, recorded_name, " in Oslo.")
    assert history(client, session_id) == [("user", "Where do you live?"), (role, "I live in Oslo.")]
    client.sessions.chat(session_id=session_id, messages=say("Next"))
    assert (role, "I live in Oslo.") in shown(model)
    assert not model.prompts[1].continues


def test_a_continued_message_may_have_no_content(make_client: Callable[..., Client]) -> None:
    """The old service wanted one."""
    client = make_client(["Hm."])
    session_id = new_session(client)

    client.sessions.chat(
        session_id=session_id,
        messages=[*say("Why?"), {"role": "system", "name": "thought", "continue": True}],
    )

    assert history(client, session_id) == [("user", "Why?"), ("system", "Hm.")]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([*say("I", role="assistant", **{"continue": True}), *say("Hi")], id="not the last"),
        pytest.param(say("I", **{"continue": True}), id="a user's"),
        pytest.param(say("I", role="system", name="situation", **{"continue": True}), id="no thought"),
    ],
)
def test_only_the_last_message_of_the_model_can_be_continued(client: Client, messages: Any) -> None:
    with pytest.raises(InvalidInput) as error:
        client.sessions.chat(session_id=new_session(client), messages=messages)

    assert error.value.field == "messages[0].continue"


# ---- streams and caches ----------------------------------------------------------------------------------------------


def test_a_stream_gives_deltas_and_then_the_response(make_client: Callable[..., Client]) -> None:
    """The old service failed with 500."""
    client = make_client(["It is raining, again."])
    session_id = new_session(client)

    stream = client.sessions.chat(session_id=session_id, messages=say("Weather?"), stream=True)
    deltas = list(stream)

    assert isinstance(stream, ChatStream)
    assert len(deltas) > 3
    assert {(delta.role.value, delta.name) for delta in deltas} == {("assistant", "Ada")}
    assert "".join(delta.content for delta in deltas) == answer(stream.response) == "It is raining, again."
    assert history(client, session_id)[-1] == ("assistant", "It is raining, again.")


def test_asking_twice_asks_the_model_twice(make_client: Callable[..., Client]) -> None:
    """The old service answered the same unremembered request from a cache that it kept for ever."""
    model = ScriptedModel(["one", "two"])
    client = make_client(model=model)
    session_id = new_session(client)

    answers = [
        answer(client.sessions.chat(session_id=session_id, messages=say("Hi"), remember=False, temperature=0))
        for _ in range(2)
    ]

    assert answers == ["one", "two"]
    assert len(model.prompts) == 2


# ---- record, remember, recall ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "recorded", "remembered", "recalled"),
    [
        pytest.param({}, True, True, True, id="nothing said"),
        pytest.param({"remember": False}, False, False, True, id="do not remember"),
        pytest.param({"remember": False, "record": True}, True, False, True, id="record only"),
        pytest.param({"remember": True, "record": False}, False, True, True, id="remember only"),
        pytest.param({"recall": False}, True, True, False, id="do not recall"),
        pytest.param({"recall": False, "remember": None, "record": None}, True, True, False, id="None says nothing"),
    ],
)
def test_record_remember_and_recall_are_three_switches(
    make_client: Callable[..., Client],
    model: ScriptedModel,
    flags: dict[str, Any],
    recorded: bool,
    remembered: bool,
    recalled: bool,
) -> None:
    """In the old service `remember` meant the history, and the other two nothing."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", docs=[{"title": "Violins", "content": "Made of spruce"}])
    user = client.users.create(name="Bo", about="")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=say("I play the violin."))
    finish_jobs(client)

    client.sessions.chat(session_id=session.id, messages=say("My violin is old."), **flags)
    finish_jobs(client)

    kept = [memory.content for memory in client.memories.list(agent_id=agent.id)]
    assert (len(history(client, session.id)) == 4) == recorded
    assert ("Bo: My violin is old." in kept) == remembered
    blocks = [text for role, text in shown(model) if role == "system"]
    assert any("Remembered" in block and "I play the violin." in block for block in blocks) == recalled
    assert "Made of spruce" in shown_text(model)  # docs and history always
    assert ("user", "I play the violin.") in shown(model)


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_an_empty_answer_is_a_message_without_text(make_client: Callable[..., Client]) -> None:
    """The old service failed with 500."""
    client = make_client(["", "ok"])
    session_id = new_session(client)

    response = client.sessions.chat(session_id=session_id, messages=say("Hello"))
    client.sessions.chat(session_id=session_id, messages=say("Hello?"))

    assert answer(response) == ""
    assert [content for _, content in history(client, session_id)] == ["Hello", "", "Hello?", "ok"]


def test_an_empty_message_is_recorded_and_says_nothing(
    make_client: Callable[..., Client], model: ScriptedModel
) -> None:
    """As in the old service."""
    client = make_client(model=model)
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("", "Hello"))

    assert shown(model)[1:] == [("user", "Hello")]
    assert [content for _, content in history(client, session_id)] == ["", "Hello", "ok"]


def test_a_remembered_turn_leaves_suggestions(make_client: Callable[..., Client]) -> None:
    """The old service always answered with none."""
    client = make_client(model=ScriptedModel(lambda prompt: "ok", background="Ask about tides."))
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))
    client.sessions.chat(session_id=session_id, messages=say("unrecorded"), remember=False)
    finish_jobs(client)

    hints = client.sessions.suggestions(session_id=session_id)

    assert sorted((hint.target.value, hint.content) for hint in hints) == [
        ("agent", "Ask about tides."),
        ("user", "Ask about tides."),
    ]
    answer_id = client.sessions.history(session_id=session_id)[1].id
    assert {(hint.session_id, hint.message_id) for hint in hints} == {(session_id, answer_id)}


def test_turns_of_one_session_do_not_mix(make_client: Callable[..., Client]) -> None:
    """In the old service two chats at once saw the same history and wrote between one another."""
    numbers = count()
    inside = threading.Semaphore(1)

    def slow(prompt: Prompt) -> str:
        assert inside.acquire(blocking=False), "two turns of one session at once"
        time.sleep(0.01)
        inside.release()
        return f"answer {next(numbers)} after {len(prompt.messages)}"

    client = make_client(slow)
    session_id = new_session(client)

    def chat(i: int) -> None:
        client.sessions.chat(session_id=session_id, messages=say(f"question {i}", f"more {i}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(chat, range(8)))

    said = [str(content) for _, content in history(client, session_id)]
    turns = [said[i : i + 3] for i in range(0, 24, 3)]
    assert [turn[0].split()[1] == turn[1].split()[1] for turn in turns] == [True] * 8
    assert [turn[2] for turn in turns] == [f"answer {n} after {3 + 3 * n}" for n in range(8)]
