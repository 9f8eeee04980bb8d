"""A cassette records a model once and plays it back for ever: answers, streams, calls, errors, cancels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client
from julep_local.errors import ApiError, Cancelled, ModelError
from julep_local.llm.base import Constraint, Delta, Finish, Prompt, PromptMessage, Sampling, ToolCall, ToolSpec
from julep_local.prompt import layout
from julep_local.testing import (
    HANG,
    Answer,
    Cassette,
    CassetteMiss,
    Deterministic,
    HashEmbedder,
    ScriptedModel,
    fresh_client,
    stream,
)
from julep_local.testing.recording import Redactor, question, word_diff
from tests.talk import TOOL, answer, history, new_session, say

Program = Callable[[Client], Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "one.json"


def _run(program: Program, path: Path, mode: Any = "replay", replies: Any = (), **given: Any) -> Any:
    """Return what the program returns with a cassette of this mode, whose model has these replies."""
    model = ScriptedModel(replies, context_tokens=2048, name="the real one")
    with Cassette(path, mode=mode, model=model, **given) as cassette, fresh_client(model=cassette) as client:
        result = program(client)
    model.verify()
    return result


def _chat(*texts: str, **options: Any) -> Program:
    def program(client: Client) -> list[str]:
        session_id = new_session(client)
        return [answer(client.sessions.chat(session_id=session_id, messages=say(text), **options)) for text in texts]

    return program


# ---- recording and playing back --------------------------------------------------------------------------------------


def test_what_was_recorded_is_played_back_without_a_model(path: Path) -> None:
    recorded = _run(_chat("One?", "Two?"), path, "new", ["1\n  and more\n", "2"])

    assert recorded == ["1\n  and more\n", "2"]
    assert _run(_chat("One?", "Two?"), path) == recorded


def test_a_playback_writes_the_same_database(path: Path) -> None:
    def program(client: Client) -> str:
        agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "At nine."}], tools=[TOOL])
        user = client.users.create(name="Bo", about="")
        session_id = client.sessions.create(agent_id=agent.id, user_id=user.id).id
        for text in ("My dog is called Biscuit.", "When does the ferry leave?", "What is my dog called?"):
            list(client.sessions.chat(session_id=session_id, messages=say(text), stream=True))
        return client.digest()

    calls = [ToolCall("weather", '{"city": "Oslo"}')]
    assert _run(program, path, "all", ["Hi.", Answer("I look.", calls=calls), "Biscuit."]) == _run(program, path)


def test_usage_pieces_and_calls_are_those_of_the_model(path: Path) -> None:
    def program(client: Client) -> Any:
        agent = client.agents.create(name="Ada", tools=[TOOL])
        session_id = client.sessions.create(agent_id=agent.id, user_id=None).id
        answers = client.sessions.chat(session_id=session_id, messages=say("Hi"), stream=True)
        pieces = [delta.content for delta in answers]
        response = answers.response
        return pieces, response.usage.model_dump(), [call.arguments for call in response.tool_calls or []]

    reply = stream("Hel", "lo\nyou", calls=[ToolCall("weather", '{"city": "Oslo"}')])
    assert _run(program, path, "new", [reply]) == _run(program, path)


def test_what_is_asked_twice_is_answered_as_it_was_each_time(path: Path) -> None:
    program = _chat("Dice?", record=False)
    twice = lambda client: program(client) + program(client)  # noqa: E731

    assert _run(twice, path, "new", ["4", "6"]) == ["4", "6"] == _run(twice, path)
    with pytest.raises(CassetteMiss, match="recorded 2 times, and is asked once more"):
        _run(lambda client: twice(client) + program(client), path)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(ModelError("the model fell over"), id="an error of the library"),
        pytest.param(stream("one", ModelError("the model fell over")), id="in the middle"),
        pytest.param(ValueError("no"), id="an error of Python"),
    ],
)
def test_errors_are_played_back_as_what_they_were(path: Path, reply: Any) -> None:
    def program(client: Client) -> tuple[type[BaseException], str, Any]:
        session_id = new_session(client)
        with pytest.raises((ApiError, ValueError)) as caught:
            client.sessions.chat(session_id=session_id, messages=say("Hi"))
        assert history(client, session_id) == []
        return type(caught.value), str(caught.value), getattr(caught.value, "status_code", None)

    assert _run(program, path, "new", [reply]) == _run(program, path)


def test_an_error_of_an_unknown_type_is_played_back_as_a_runtime_error(path: Path) -> None:
    class Odd(Exception):
        pass

    def program(client: Client) -> str:
        with pytest.raises((Odd, RuntimeError), match="no") as caught:
            client.sessions.chat(session_id=new_session(client), messages=say("Hi"))
        return type(caught.value).__name__

    assert _run(program, path, "new", [Odd("no")]) == "Odd"
    assert _run(program, path) == "RuntimeError"


def test_a_cancel_is_played_back(path: Path) -> None:
    def program(client: Client) -> list[str]:
        session_id = new_session(client)
        answers = client.sessions.chat(session_id=session_id, messages=say("Hi"), stream=True)
        pieces = [next(answers).content, next(answers).content]
        answers.close()
        with pytest.raises(Cancelled):
            next(answers)
        assert history(client, session_id) == []
        return pieces

    model = ScriptedModel([stream("one", " two", HANG)])
    with Cassette(path, mode="new", model=model) as cassette, fresh_client(model=cassette) as client:
        recorded = program(client)
    assert json.loads(path.read_text())["recordings"][0]["cancelled"]

    assert _run(program, path) == recorded


def test_a_program_that_no_longer_cancels_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("julep_local.testing.cassette.CANCEL_S", 0.05)
    model = ScriptedModel([stream("one", HANG)])
    with Cassette(path, mode="new", model=model) as cassette, fresh_client(model=cassette) as client:
        answers = client.sessions.chat(session_id=new_session(client), messages=say("Hi"), stream=True)
        next(answers)
        answers.close()

    with pytest.raises(CassetteMiss, match="cancelled the answer here, and now it did not"):
        _run(_chat("Hi"), path)


# ---- modes -----------------------------------------------------------------------------------------------------------


def test_new_records_what_is_missing_and_keeps_the_rest(path: Path) -> None:
    _run(_chat("One?"), path, "new", ["1"])

    assert _run(_chat("One?", "Two?"), path, "new", ["2"]) == ["1", "2"]
    assert _run(_chat("One?", "Two?"), path) == ["1", "2"]


def test_all_records_everything_anew(path: Path) -> None:
    _run(_chat("One?"), path, "new", ["1"])
    _run(_chat("Two?"), path, "all", ["2"])

    assert len(json.loads(path.read_text())["recordings"]) == 1
    with pytest.raises(CassetteMiss):
        _run(_chat("One?"), path)


def test_live_asks_the_model_and_writes_nothing(path: Path) -> None:
    assert _run(_chat("One?"), path, "live", ["1"]) == ["1"]
    assert not path.exists()


def test_another_mode_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="replay, new, all, live"):
        Cassette(path, mode="some")  # type: ignore[arg-type]


def test_a_model_that_was_given_is_left_open_and_one_that_was_opened_is_closed(path: Path) -> None:
    closed: list[bool] = []

    class Closing(ScriptedModel):
        def close(self) -> None:
            closed.append(True)

    with Cassette(path, mode="new", model=Closing()) as cassette:
        assert cassette.context_tokens == 4096
    assert not closed


def test_background_work_is_recorded_only_if_asked_for(path: Path) -> None:
    def program(client: Client) -> set[str]:
        user = client.users.create(name="Bo", about="")
        session_id = new_session(client, user_id=user.id)
        client.sessions.chat(session_id=session_id, messages=say("Hi"))
        return {suggestion.content for suggestion in client.sessions.suggestions(session_id=session_id)}

    def run(mode: Any, background: bool) -> set[str]:
        model = ScriptedModel(lambda prompt: "ok", background="Ask on.")
        with Cassette(path, mode=mode, model=model, background=background) as cassette:
            with fresh_client(model=cassette) as client:
                return program(client)

    assert run("new", False) == set()
    assert run("replay", False) == set()
    assert run("all", True) == {"Ask on."}
    assert run("replay", True) == {"Ask on."}


# ---- what an answer is found by --------------------------------------------------------------------------------------


def _question(*messages: PromptMessage, tools: tuple[ToolSpec, ...] = (), **sampling: Any) -> str:
    prompt = Prompt(messages, [], {}, tools)
    return question(prompt, Sampling(**sampling), Redactor()).key


HI = PromptMessage("user", "Hi", part="input")
TOOLS = (ToolSpec("weather", "tells the weather", {"type": "object"}),)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_question(PromptMessage("user", "Hi!")), id="content"),
        pytest.param(_question(PromptMessage("assistant", "Hi")), id="role"),
        pytest.param(_question(PromptMessage("user", "Hi", "Bo")), id="name"),
        pytest.param(_question(PromptMessage("system", "x"), HI), id="another message"),
        pytest.param(_question(HI, tools=TOOLS), id="tools"),
        pytest.param(_question(HI, temperature=0.1), id="temperature"),
        pytest.param(_question(HI, seed=1), id="seed"),
        pytest.param(_question(HI, stop=("x",)), id="stop"),
        pytest.param(_question(HI, constraint=Constraint("regex", pattern="a")), id="form"),
        pytest.param(_question(HI, logit_bias={5: 1.0}), id="bias"),
    ],
)
def test_what_changes_the_answer_is_another_question(other: str) -> None:
    assert other != _question(HI)


def test_where_a_message_comes_from_is_not_part_of_the_question() -> None:
    assert _question(HI) == _question(PromptMessage("user", "Hi", part="history"))


def test_the_words_of_the_library_do_not_count(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that puts it in other words must not make every cassette worthless."""

    def program(client: Client) -> str:
        agent = client.agents.create(name="Ada", about="a pilot", instructions=["Be brief."])
        user = client.users.create(name="Bo", about="likes maps")
        sessions = [client.sessions.create(agent_id=agent.id, user_id=user.id).id for _ in range(2)]
        client.sessions.chat(session_id=sessions[0], messages=say("My dog is called Biscuit."))
        return answer(client.sessions.chat(session_id=sessions[1], messages=say("What is my dog called?")))

    _run(program, path, "new", ["ok", "Biscuit."])
    assert "Biscuit" in path.read_text()
    for name in ("ABOUT_AGENT", "ABOUT_USER", "INSTRUCTIONS", "MEMORIES"):
        assert getattr(layout, name) not in path.read_text()
        monkeypatch.setattr(layout, name, "In other words:")

    assert _run(program, path) == "Biscuit."


def test_the_day_on_which_a_memory_was_formed_does_not_count(path: Path) -> None:
    def program(client: Client) -> str:
        agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")
        sessions = [client.sessions.create(agent_id=agent.id, user_id=user.id).id for _ in range(2)]
        client.sessions.chat(session_id=sessions[0], messages=say("My dog is called Biscuit."))
        return answer(client.sessions.chat(session_id=sessions[1], messages=say("What is my dog called?")))

    _run(program, path, "new", ["ok", "Biscuit."])
    with Cassette(path) as cassette, fresh_client(model=cassette, deterministic=_next_year()) as client:
        assert program(client) == "Biscuit."


def _next_year() -> Deterministic:
    from datetime import datetime, timezone

    return Deterministic(start=datetime(2031, 5, 6, tzinfo=timezone.utc))


def test_long_histories_are_cut_alike_in_recording_and_playing_back(path: Path) -> None:
    """Token counts are estimated in both: a prompt must not lose a message in one of them alone."""
    texts = [f"Number {i}: " + "word " * 100 for i in range(30)]

    assert _run(_chat(*texts), path, "new", ["ok"] * 30) == _run(_chat(*texts), path)


# ---- a miss ----------------------------------------------------------------------------------------------------------


def test_a_miss_shows_the_words_that_differ_from_the_nearest_recording(path: Path) -> None:
    _run(_chat("When does the ferry leave?", "Thanks!"), path, "new", ["At nine.", "Bye."])

    with pytest.raises(CassetteMiss) as caught:
        _run(_chat("When does the old ferry arrive?"), path)

    text = str(caught.value)
    assert "When does the {+old +}ferry [-leave-]{+arrive+}?" in text
    assert "--julep-cassettes=new" in text
    assert str(path) in text


def test_a_second_miss_of_the_same_says_the_same(path: Path) -> None:
    _run(_chat("Hi", record=False), path, "new", ["ok"])

    def program(client: Client) -> list[str]:
        session_id, said = new_session(client), []
        for _ in range(2):
            with pytest.raises(CassetteMiss) as caught:
                client.sessions.chat(session_id=session_id, messages=say("Ho"), record=False)
            said.append(str(caught.value))
        return said

    first, second = _run(program, path)
    assert first == second
    assert "[-Hi-]{+Ho+}" in first


def test_a_miss_of_a_setting_shows_the_setting(path: Path) -> None:
    _run(_chat("Hi", temperature=0.2), path, "new", ["ok"])

    with pytest.raises(CassetteMiss, match=r"temperature = 0\.\[-2-\]\{\+9\+\}"):
        _run(_chat("Hi", temperature=0.9), path)


def test_without_a_file_the_miss_says_what_to_do(path: Path) -> None:
    with pytest.raises(CassetteMiss, match=r"there is no cassette .*one.json: record it \(pytest --julep"):
        _run(_chat("Hi"), path)


def test_a_word_diff_is_as_git_writes_it() -> None:
    assert word_diff("a b\nc d\ne\nf\ng", "a b\nc x\ne\nf\ng") == "    a b\n    c [-d-]{+x+}\n    e"


def test_a_file_that_is_no_cassette_is_refused_by_name(path: Path) -> None:
    path.parent.mkdir()
    for text in ("{", "[]", '{"format": 9, "model": {}, "recordings": []}', '{"format": 1}'):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"one\.json is no cassette"):
            Cassette(path)


def test_recordings_that_nobody_asks_for_any_more_are_told(path: Path) -> None:
    _run(_chat("One?", "Two?"), path, "new", ["1", "2"])

    with Cassette(path) as cassette, fresh_client(model=cassette) as client:
        _chat("One?")(client)
        assert [text.splitlines()[-2] for text in cassette.unused] == ["user: Two?"]


# ---- the file --------------------------------------------------------------------------------------------------------


def test_the_file_reads_well(path: Path) -> None:
    _run(_chat("One?\nTwo?", temperature=0), path, "new", ["1\n2"])

    lines = [line.strip() for line in path.read_text().splitlines()]
    assert '"One?",' in lines
    assert '"temperature": 0.0,' in lines
    assert '"pieces": "1 2",' in lines
    assert '"role": "user",' in lines
    assert not any("seed" in line and "null" in line for line in lines)
    assert path.read_text().endswith("}\n")
    assert [file.name for file in path.parent.iterdir()] == ["one.json"]


SECRETS = [
    "sk-abcdefghijklmnopqrstuvwx",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "AKIAABCDEFGHIJKLMNOP",
    "Bearer abcdefghijklmnopqrstuvwxyz",
    'api_key: "abc123def"',
    "password=hunter2",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghij",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_never_get_into_the_file_and_it_plays_back(path: Path, secret: str) -> None:
    program = _chat(f"Use {secret} now.")

    _run(program, path, "new", [f"I use {secret}."])

    word = secret.split()[-1].split("=")[-1].strip('"')
    assert word not in path.read_text()
    assert "<redacted>" in _run(program, path)[0]


def test_patterns_of_ones_own_are_redacted_too_and_do_not_count(path: Path) -> None:
    _run(_chat("Order 12345, please."), path, "new", ["Order 12345 it is."], redact=[r"Order \d+"])

    assert "12345" not in path.read_text()
    assert _run(_chat("Order 99999, please."), path, redact=[r"Order \d+"]) == ["<redacted> it is."]


# ---- texts -----------------------------------------------------------------------------------------------------------


def test_completions_are_recorded_too(path: Path) -> None:
    def program(client: Client) -> str:
        return client.completions.create(prompt="Once", max_tokens=5).choices[0].text

    assert _run(program, path, "new", [" upon a time"]) == _run(program, path) == " upon a time"


REAL = "smollm2-135m-instruct"


@pytest.mark.model
def test_a_real_model_is_recorded_and_played_back(path: Path) -> None:
    program = _chat("Say hello in one word.", temperature=0, max_tokens=8)
    with Cassette(path, mode="new", model=REAL) as cassette, fresh_client(model=cassette) as client:
        recorded = program(client)

    assert recorded[0].strip()
    with Cassette(path) as cassette, fresh_client(model=cassette) as client:
        assert program(client) == recorded
        assert cassette.name == REAL


def test_it_is_a_chat_model_by_itself(path: Path) -> None:
    with Cassette(path, mode="new", model=ScriptedModel(["ok"])) as cassette:
        prompt = cassette.prompt([HI], tools=TOOLS)
        pieces = list(cassette.generate(prompt, Sampling()))

    assert sum(prompt.parts.values()) == len(prompt.tokens)
    assert pieces[0] == Delta("ok")
    assert isinstance(pieces[1], Finish)
    assert HashEmbedder().n_dims == 256
