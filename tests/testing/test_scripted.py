"""The scripted model gives what it is told, checks what it is shown, and behaves like a real one beside that."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pydantic
import pytest

from julep_local import Client
from julep_local.errors import ApiError, Cancelled, ContextOverflow, ModelError
from julep_local.llm.base import Constraint, Delta, Finish, Prompt, PromptMessage, Sampling
from julep_local.testing import (
    FAULTS,
    HANG,
    Answer,
    FaultyModel,
    FormatViolation,
    HashEmbedder,
    Pause,
    PromptMismatch,
    ScriptedModel,
    Step,
    ToolCall,
    UnexpectedModelCall,
    UnusedReplies,
    fault,
    stream,
)
from julep_local.testing.script import check_format
from tests.talk import TOOL, answer, history, new_session, say


def _open(*replies: Any, **given: Any) -> tuple[Client, ScriptedModel]:
    model = ScriptedModel(replies[0] if len(replies) == 1 and callable(replies[0]) else replies, **given)
    return Client(path=":memory:", model=model, embedder=HashEmbedder()), model


def _generated(model: ScriptedModel, text: str = "Hi", **sampling: Any) -> tuple[str, Finish]:
    pieces = list(model.generate(model.prompt([PromptMessage("user", text)]), Sampling(**sampling)))
    assert isinstance(pieces[-1], Finish)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta)), pieces[-1]


# ---- replies ---------------------------------------------------------------------------------------------------------


class City(pydantic.BaseModel):
    name: str


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        pytest.param("Hello there.", "Hello there.", id="text"),
        pytest.param("", "", id="nothing"),
        pytest.param({"a": [1, None, "ü"]}, '{"a": [1, null, "ü"]}', id="dict"),
        pytest.param([1, 2], "[1, 2]", id="list"),
        pytest.param(City(name="Oslo"), '{"name":"Oslo"}', id="pydantic model"),
        pytest.param(True, "true", id="boolean"),
        pytest.param(lambda prompt: prompt.messages[-1].content.upper(), "HI", id="function"),
        pytest.param(Answer("a b"), "a b", id="answer"),
        pytest.param(stream("a", "  b\n", "c"), "a  b\nc", id="stream"),
    ],
)
def test_a_reply_is_what_it_stands_for(reply: Any, text: str) -> None:
    assert _generated(ScriptedModel([reply]))[0] == text


@pytest.mark.parametrize("reply", [ToolCall("a", "{}"), [ToolCall("a", "{}"), ToolCall("b", "{}")]])
def test_tool_calls_end_with_their_reason(reply: Any) -> None:
    text, finish = _generated(ScriptedModel([reply]))

    assert (text, finish.reason) == ("", "tool_calls")
    assert [call.name for call in finish.tool_calls] == (["a"] if isinstance(reply, ToolCall) else ["a", "b"])


def test_an_answer_may_say_something_and_call_and_end_as_it_likes() -> None:
    model = ScriptedModel([Answer("I look.", calls=[ToolCall("a", "{}")]), Answer("Cut", reason="length")])

    text, finish = _generated(model)
    assert (text, finish.reason, finish.tool_calls[0].name) == ("I look.", "tool_calls", "a")
    assert _generated(model)[1].reason == "length"


def test_what_is_no_reply_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="is no reply"):
        _generated(ScriptedModel([object()]))


def test_a_stream_comes_in_its_pieces() -> None:
    model = ScriptedModel([stream("Hel", "lo", " there you")])
    prompt = model.prompt([PromptMessage("user", "Hi")])

    assert [each.text for each in model.generate(prompt, Sampling()) if isinstance(each, Delta)] == [
        "Hel",
        "lo",
        " there you",
    ]


@pytest.mark.parametrize("reply", ["one two three four", stream("one t", "wo th", "ree fo", "ur")])
@pytest.mark.parametrize(
    ("sampling", "text", "reason"),
    [
        ({"stop": ("three",)}, "one two ", "stop"),
        ({"stop": ("five", "two")}, "one ", "stop"),
        ({"stop": ("five",)}, "one two three four", "stop"),
        ({"stop": ("four five",)}, "one two three four", "stop"),
    ],
)
def test_an_answer_ends_before_a_stop_text_wherever_it_is_cut(
    reply: Any, sampling: dict[str, Any], text: str, reason: str
) -> None:
    came, finish = _generated(ScriptedModel([reply]), **sampling)

    assert (came, finish.reason) == (text, reason)


def test_an_answer_that_is_too_long_is_cut_off_and_its_calls_are_lost() -> None:
    text, finish = _generated(ScriptedModel([Answer("one two three", calls=[ToolCall("a", "{}")])]), max_tokens=2)

    assert (text, finish.reason, finish.completion_tokens, finish.tool_calls) == ("one two", "length", 2, ())


def test_an_error_may_come_first_or_in_the_middle_and_nothing_is_recorded() -> None:
    client, model = _open(ValueError("no"), stream("one", ValueError("then")), "ok")
    with client:
        session_id = new_session(client)
        for message in ("no", "then"):
            with pytest.raises(ValueError, match=message):
                client.sessions.chat(session_id=session_id, messages=say("Hi"))
        assert history(client, session_id) == []
        client.sessions.chat(session_id=session_id, messages=say("Hi"))
    model.verify()


# ---- time ------------------------------------------------------------------------------------------------------------


def test_time_passes_on_paper_only() -> None:
    model = ScriptedModel([Answer("one two three", first_s=600, each_s=60), stream("a", Pause(3600), "b")])
    began = time.monotonic()

    _generated(model)
    assert model.waited_s == 720
    _generated(model)

    assert model.waited_s == 4320
    assert time.monotonic() - began < 60


def test_time_may_be_told_to_a_clock_or_really_pass() -> None:
    told: list[float] = []
    _generated(ScriptedModel([Answer("one two", first_s=2, each_s=5)], sleep=told.append))
    assert told == [2, 5]

    began = time.monotonic()
    _generated(ScriptedModel([Answer("one two", first_s=0.03, each_s=0.03)], sleep=time.sleep))
    assert time.monotonic() - began >= 0.06


def test_an_answer_that_hangs_can_be_cancelled() -> None:
    client, _ = _open(stream("one", HANG, " two"))
    with client:
        session_id = new_session(client)
        answers = client.sessions.chat(session_id=session_id, messages=say("Hi"), stream=True)
        assert next(answers).content == "one"

        assert client.sessions.cancel(session_id) == 1

        with pytest.raises(Cancelled):
            next(answers)
        assert history(client, session_id) == []


def test_an_answer_that_hangs_goes_on_when_it_is_told_to() -> None:
    client, model = _open(stream("one", HANG, " two"))
    with client:
        answers = client.sessions.chat(session_id=new_session(client), messages=say("Hi"), stream=True)
        first = next(answers).content
        model.resume()

        assert first + "".join(delta.content for delta in answers) == "one two"


# ---- what it is shown ------------------------------------------------------------------------------------------------


def test_a_step_that_is_shown_what_it_expects_replies() -> None:
    step = Step(
        "Fine.",
        last="How are you?",
        holds=["a pilot"],
        lacks=["secret"],
        tools=["weather"],
        settings={"temperature": 0, "stop": ("x",)},
    )
    client, model = _open(step, Step("ok", last=re.compile("you+")))
    with client, model:
        agent = client.agents.create(name="Ada", about="a pilot", tools=[TOOL])
        session_id = client.sessions.create(agent_id=agent.id, user_id=None).id
        response = client.sessions.chat(session_id=session_id, messages=say("How are you?"), temperature=0, stop=["x"])
        client.sessions.chat(session_id=session_id, messages=say("And youuu?"))

    assert answer(response) == "Fine."


MISMATCHES: list[Any] = [
    pytest.param(Step("ok", last="How are yuo?"), ["- How are yuo?", "+ How are you?", "    ?          +"], id="last"),
    pytest.param(Step("ok", last=re.compile("^Hm")), ["fits '^Hm'", "How are you?"], id="pattern"),
    pytest.param(Step("ok", holds=["a nurse"]), ["'a nurse' is not in the prompt"], id="holds"),
    pytest.param(Step("ok", lacks=["are"]), ["'are' is in the prompt"], id="lacks"),
    pytest.param(Step("ok", tools=["rain"]), ["expected ['rain'], shown []"], id="tools"),
    pytest.param(Step("ok", settings={"top_p": 0.5}), ["top_p: expected 0.5, came 1.0"], id="settings"),
    pytest.param(Step("ok", messages=[("user", "Hm?")]), ["- user: Hm?", "+ user: How are you?"], id="messages"),
]


@pytest.mark.parametrize(("step", "says"), MISMATCHES)
def test_a_step_that_is_shown_something_else_fails_with_a_diff(step: Step, says: list[str]) -> None:
    model = ScriptedModel([step])

    with pytest.raises(PromptMismatch) as caught:
        _generated(model, "How are you?")

    assert "chat 1" in str(caught.value)
    for text in says:
        assert text in str(caught.value)


def test_a_setting_that_there_is_not_is_refused_when_the_script_is_written() -> None:
    with pytest.raises(ValueError, match=r"no 'heat'; known: .*temperature"):
        Step("ok", settings={"heat": 1})


def test_a_call_too_many_fails_and_shows_what_was_asked() -> None:
    model = ScriptedModel(["ok"])
    _generated(model)

    with pytest.raises(
        UnexpectedModelCall, match=r"chat 2 has no scripted reply: the script has 1.*\n.*user: Again"
    ) as caught:
        _generated(model, "Again " + "and again " * 100)
    assert len(str(caught.value)) < 500


def test_replies_that_nobody_asked_for_fail_at_the_end() -> None:
    with pytest.raises(UnusedReplies, match=r"1 of 3 replies were used(.|\n)*2: 'two'(.|\n)*3: 'three'"):
        with ScriptedModel(["one", "two", "three"]) as model:
            _generated(model)


def test_a_failure_that_the_program_caught_fails_at_the_end_all_the_same() -> None:
    client, model = _open()
    with client:
        with pytest.raises(UnexpectedModelCall):
            client.sessions.chat(session_id=new_session(client), messages=say("Hi"))

    with pytest.raises(UnexpectedModelCall):
        model.verify()


def test_an_error_of_the_test_is_not_hidden_by_unused_replies() -> None:
    with pytest.raises(KeyError), ScriptedModel(["one"]):
        raise KeyError


def test_background_work_uses_up_no_replies_and_is_answered_by_purpose() -> None:
    client, model = _open("ok", background={"suggestion": "Ask on.", "summary": "They talked."})
    with client:
        user = client.users.create(name="Bo", about="")
        session_id = new_session(client, user_id=user.id)
        response = client.sessions.chat(session_id=session_id, messages=say("Hi"))
        client.jobs.wait(response.jobs)

        assert {each.content for each in client.sessions.suggestions(session_id=session_id)} == {"Ask on."}
    model.verify()


# ---- response_format -------------------------------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize(
    ("reply", "format_", "says"),
    [
        pytest.param("Oslo", {"type": "json_object"}, "is no JSON", id="no JSON"),
        pytest.param([1], {"type": "json_object"}, "not of type 'object'", id="no object"),
        pytest.param({"city": 5}, {"type": "json_object", "schema": SCHEMA}, r"\$.city: 5 is not", id="schema"),
        pytest.param(stream('{"to', 'wn": 1}'), {"type": "json_object", "schema": SCHEMA}, "'city' is a", id="stream"),
        pytest.param("12x", {"type": "regex", "pattern": "[0-9]+"}, "does not match", id="pattern"),
    ],
)
def test_a_reply_that_breaks_the_form_asked_for_fails_the_test(reply: Any, format_: Any, says: str) -> None:
    client, model = _open(reply)
    with client, pytest.raises(FormatViolation, match=says):
        client.sessions.chat(session_id=new_session(client), messages=say("Where?"), response_format=format_)
    with pytest.raises(FormatViolation):
        model.verify()


@pytest.mark.parametrize(
    ("reply", "format_"),
    [
        ({"city": "Oslo"}, {"type": "json_object", "schema": SCHEMA}),
        ("12", {"type": "regex", "pattern": "[0-9]+"}),
        ("Oslo", {"type": "text"}),
        (ToolCall("a", "{}"), {"type": "json_object"}),
    ],
)
def test_a_reply_of_the_form_asked_for_is_given(reply: Any, format_: Any) -> None:
    client, model = _open(reply)
    with client, model:
        client.sessions.chat(session_id=new_session(client), messages=say("Where?"), response_format=format_)


def test_without_the_extra_a_schema_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema", None)

    check_format("{}", Constraint("json_schema", schema={"type": "object"}))
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'julep_local\[testing\]'"):
        check_format("{}", Constraint("json_schema", schema=SCHEMA))


# ---- the report ------------------------------------------------------------------------------------------------------


def test_usage_and_context_are_those_of_a_model_with_a_cache() -> None:
    client, _ = _open("one two", "three")
    with client:
        session_id = new_session(client)
        first = client.sessions.chat(session_id=session_id, messages=say("Hi"))
        second = client.sessions.chat(session_id=session_id, messages=say("More"))

    assert first.usage.completion_tokens == 2
    assert first.context is not None
    assert second.context is not None
    assert sum(second.context.parts.values()) == second.context.prompt_tokens
    assert second.context.cached_tokens > first.context.prompt_tokens - 2


def test_two_chats_at_once_take_turns() -> None:
    client, model = _open(stream("a", HANG), "b")
    with client:
        waiting = client.sessions.chat(session_id=new_session(client), messages=say("1"), stream=True)
        next(waiting)
        other = threading.Thread(target=lambda: client.sessions.chat(session_id=new_session(client), messages=say("2")))
        other.start()
        model.resume()
        list(waiting)
        other.join(10)

    model.verify()


# ---- faults ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def faulty() -> Callable[[Any], tuple[Client, str]]:
    def make(name: Any) -> tuple[Client, str]:
        client = Client(path=":memory:", model=FaultyModel(name), embedder=HashEmbedder())
        agent = client.agents.create(name="Ada", tools=[TOOL])
        return client, client.sessions.create(agent_id=agent.id, user_id=None).id

    return make


@pytest.mark.parametrize("name", ["out of memory", "context overflow", "crash"])
def test_a_fault_that_is_an_error_is_one_of_the_librarys_and_records_nothing(faulty: Any, name: str) -> None:
    client, session_id = faulty(name)
    with client:
        for _ in range(2):
            with pytest.raises(ContextOverflow if name == "context overflow" else ModelError) as caught:
                client.sessions.chat(session_id=session_id, messages=say("Hi"))
            assert isinstance(caught.value, ApiError)
        assert history(client, session_id) == []


def test_a_crash_comes_after_some_words(faulty: Any) -> None:
    client, session_id = faulty("crash")
    with client:
        answers = client.sessions.chat(session_id=session_id, messages=say("Hi"), stream=True)
        assert [next(answers).content for _ in range(3)] == ["one", " two", " three"]
        with pytest.raises(ModelError):
            next(answers)


def test_invalid_json_and_half_a_call_are_texts_that_do_not_parse(faulty: Any) -> None:
    client, session_id = faulty("invalid json")
    with client:
        text = answer(
            client.sessions.chat(
                session_id=session_id, messages=say("Hi"), response_format={"type": "json_object", "schema": SCHEMA}
            )
        )
        with pytest.raises(ValueError, match="Expecting value"):
            __import__("json").loads(text)
    client, session_id = faulty("half a tool call")
    with client:
        response = client.sessions.chat(session_id=session_id, messages=say("Hi"))
        assert response.tool_calls is None
        assert '"name": "weather"' in answer(response)
        assert response.finish_reason == "length"


def test_a_loop_ends_with_the_tokens_and_slow_tokens_take_seconds_on_paper(faulty: Any) -> None:
    client, session_id = faulty("loop")
    with client:
        response = client.sessions.chat(session_id=session_id, messages=say("Hi"), max_tokens=50)
        assert (response.finish_reason, response.usage.completion_tokens) == ("length", 50)
    model = FaultyModel("slow tokens")
    _generated(model)
    assert model.waited_s == 10


def test_one_fault_may_stand_among_good_answers() -> None:
    model = ScriptedModel(["one", fault("crash"), "two"])

    assert _generated(model)[0] == "one"
    with pytest.raises(ModelError):
        _generated(model)
    assert _generated(model)[0] == "two"


def test_faults_are_known_by_name() -> None:
    assert len(FAULTS) == 7
    with pytest.raises(ValueError, match="known: invalid json, half a tool call"):
        fault("flood")  # type: ignore[arg-type]


def test_a_function_is_shown_the_prompt_as_it_was() -> None:
    seen: list[Prompt] = []
    model = ScriptedModel(lambda prompt: seen.append(prompt) or "ok")

    _generated(model, "Hi")

    assert [message.content for message in seen[0].messages] == ["Hi"]
