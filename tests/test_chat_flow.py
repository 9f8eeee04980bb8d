"""What a turn guarantees: all or nothing, one after the other, and a prompt whose every part can be accounted for."""

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from talk import TOOL, answer, finish_jobs, history, new_session, say, shown, stored

from julep_local import ChatStream, Client, JulepApi
from julep_local.errors import ApiError, Cancelled, ClientClosed, ModelError, NotFound
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.testing import HashEmbedder, ScriptedModel, ToolCall

REPOSITORY = Path(__file__).parents[1]


class SteppedModel(ScriptedModel):
    """Says one word each time the test lets it, so that a test can act between two words."""

    def __init__(self, reply: str = "one two three four five") -> None:
        super().__init__(lambda prompt: reply)
        self.steps = threading.Semaphore(0)
        self.ended = threading.Event()
        self.free = False

    def let(self, n_words: int = 1000) -> None:
        self.steps.release(n_words)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        try:
            for piece in super().generate(prompt, sampling, purpose=purpose):
                yield piece
                if purpose == "chat":
                    assert self.steps.acquire(timeout=10)
        finally:
            self.ended.set()


@pytest.fixture
def stepped(make_client: Callable[..., Client]) -> Iterator[tuple[Client, SteppedModel, str]]:
    model = SteppedModel()
    client = make_client(model=model)
    yield client, model, new_session(client)
    model.let()


def _wait_for(happened: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < ends_at, "it never happened"
        time.sleep(0.002)


# ---- all or nothing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), ModelError("broken"), KeyboardInterrupt()])
@pytest.mark.parametrize("stream", [False, True])
def test_a_generation_that_fails_records_nothing(
    make_client: Callable[..., Client], error: BaseException, stream: bool
) -> None:
    def fail(prompt: Prompt) -> str:
        raise error

    client = make_client([fail, "ok"])
    session_id = new_session(client)
    before = stored(client)

    with pytest.raises(type(error)) as caught:
        list(client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=stream))

    assert caught.value is error
    assert stored(client) == before
    assert answer(client.sessions.chat(session_id=session_id, messages=say("Again"))) == "ok"


def test_a_generation_that_fails_midway_records_nothing(make_client: Callable[..., Client]) -> None:
    class Breaks(ScriptedModel):
        def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Any:
            for i, piece in enumerate(super().generate(prompt, sampling, purpose=purpose)):
                if i == 2:
                    raise OSError("the machine sleeps")
                yield piece

    client = make_client(model=Breaks(lambda prompt: "one two three four"))
    session_id = new_session(client)
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)

    assert [next(stream).content, next(stream).content] == ["one", " two"]
    with pytest.raises(OSError, match="sleeps"):
        next(stream)
    with pytest.raises(OSError, match="sleeps"):
        _ = stream.response
    assert history(client, session_id) == []


def test_a_turn_whose_session_is_deleted_meanwhile_records_nothing(
    stepped: tuple[Client, SteppedModel, str],
) -> None:
    client, model, session_id = stepped
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    next(stream)

    client.sessions.delete(session_id)
    model.let()

    with pytest.raises(NotFound, match=session_id):
        _ = stream.response
    assert stored(client)["messages"] == stored(client)["jobs"] == []


def test_a_turn_whose_history_is_deleted_meanwhile_is_recorded(stepped: tuple[Client, SteppedModel, str]) -> None:
    client, model, session_id = stepped
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    next(stream)

    client.sessions.delete_history(session_id)
    model.let()

    assert answer(stream.response) == "one two three four five"
    assert len(history(client, session_id)) == 2


# ---- streams ---------------------------------------------------------------------------------------------------------


def _break_off(stream: ChatStream, leaving: threading.Event) -> None:
    for _ in stream:
        leaving.set()
        break


def _close(stream: ChatStream, leaving: threading.Event) -> None:
    next(stream)
    leaving.set()
    stream.close()


def _leave_the_block(stream: ChatStream, leaving: threading.Event) -> None:
    with stream:
        next(stream)
        leaving.set()


def _fail_within(stream: ChatStream, leaving: threading.Event) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        for _ in stream:
            leaving.set()
            _ = 1 / 0


@pytest.mark.parametrize("leave", [_break_off, _close, _leave_the_block, _fail_within])
def test_a_stream_that_is_left_records_nothing_and_the_next_turn_works(
    stepped: tuple[Client, SteppedModel, str], leave: Callable[[ChatStream, threading.Event], None]
) -> None:
    client, model, session_id = stepped
    before = stored(client)
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    leaving = threading.Event()

    def go_on() -> None:
        leaving.wait(10)
        time.sleep(0.2)  # the reader, who waits for the model to end, has left by then
        model.let()

    threading.Thread(target=go_on).start()

    leave(stream, leaving)

    assert model.ended.is_set()
    with pytest.raises(Cancelled):
        _ = stream.response
    assert stored(client) == before
    response = client.sessions.chat(session_id=session_id, messages=say("Again"))
    assert history(client, session_id) == [("user", "Again"), ("assistant", answer(response))]


def test_a_stream_that_is_dropped_records_nothing_and_the_next_turn_works(
    stepped: tuple[Client, SteppedModel, str],
) -> None:
    client, model, session_id = stepped
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    next(stream)

    del stream
    model.let()

    _wait_for(model.ended.is_set)
    client.sessions.chat(session_id=session_id, messages=say("Again"))
    assert [role for role, _ in history(client, session_id)] == ["user", "assistant"]


def test_a_stream_that_nobody_reads_generates_nothing(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    client = make_client(model=model)
    session_id = new_session(client)

    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    stream.close()

    assert model.prompts == []
    with pytest.raises(Cancelled):
        next(stream)
    with pytest.raises(NotFound):
        client._api_client.chat("8a1f0f6e-3d0b-4f0a-9d51-0a4c5f3b2c1d", messages=say("Hello"), stream=True)


def test_the_deltas_of_a_stream_are_the_message_and_its_response_what_a_plain_chat_returns(
    make_client: Callable[..., Client],
) -> None:
    text = "  It rains,\nagain — Grüße 🌍 …  "
    client = make_client([text, text])
    streamed, plain = new_session(client), new_session(client)

    stream = client.sessions.chat(session_id=streamed, messages=say("Weather?"), stream=True)
    deltas = list(stream)
    response = client.sessions.chat(session_id=plain, messages=say("Weather?"))

    assert "".join(delta.content for delta in deltas) == answer(stream.response) == answer(response) == text
    assert stream.response.usage == response.usage
    assert stream.response.context.parts == response.context.parts
    assert stream.response.response[0][0] == client.sessions.history(session_id=streamed)[-1]
    assert list(stream) == []


def test_the_response_of_a_stream_can_be_had_without_reading_it(client: Client) -> None:
    session_id = new_session(client)

    response = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True).response

    assert answer(response) == "ok"


def test_a_stream_brings_calls_whole_and_ends_with_how_it_ended(make_client: Callable[..., Client]) -> None:
    client = make_client([[ToolCall("weather", "{}"), ToolCall("weather", '{"city": "Rome"}')]])

    stream = client.sessions.chat(session_id=new_session(client), messages=say("Hi"), tools=[TOOL], stream=True)
    *calls, last = list(stream)
    response = stream.response

    assert [delta.content for delta in calls] == [message.content for message in response.response[0]]
    assert [call for delta in calls for call in delta.tool_calls or []] == response.tool_calls
    assert {delta.role.value for delta in calls if delta.role} == {"function_call"}
    assert (last.content, last.finish_reason, last.usage) == ("", response.finish_reason, response.usage)
    assert response.finish_reason == "tool_calls"


# ---- the prompt ------------------------------------------------------------------------------------------------------


@pytest.fixture
def rich(make_client: Callable[..., Client]) -> tuple[Client, ScriptedModel, str]:
    """A client, its model, and a session with a part of every kind."""
    model = ScriptedModel(lambda prompt: "noted", context_tokens=700, background="They talked.")
    client = make_client(model=model)
    agent = client.agents.create(
        name="Ada",
        about="A tutor.",
        instructions=["Be brief"],
        tools=[TOOL],
        docs=[{"title": "Violins", "content": "Violins are made of spruce"}],
    )
    user = client.users.create(name="Bo", about="Likes maps.")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id, situation="A lesson.")
    for i in range(12):
        client.sessions.chat(session_id=session.id, messages=say(f"My violin is number {i}. " + "word " * 40))
        finish_jobs(client)
    return client, model, session.id


def test_the_parts_of_a_prompt_add_up(rich: tuple[Client, ScriptedModel, str]) -> None:
    client, model, session_id = rich

    response = client.sessions.chat(session_id=session_id, messages=say("violin"))

    context = response.context
    assert sum(context.parts.values()) == context.prompt_tokens == response.usage.prompt_tokens
    assert context.prompt_tokens == len(model.prompts[-1].tokens)
    assert response.usage.total_tokens == response.usage.prompt_tokens + response.usage.completion_tokens
    assert 0 < context.cached_tokens < context.prompt_tokens
    assert context.context_tokens == 700
    assert set(context.parts) == {
        *("situation", "about_agent", "about_user", "instructions", "tools", "summary"),
        *("history", "docs", "memories", "input", "template"),
    }
    assert {recalled.kind for recalled in context.recalled} == {"doc", "memory"}


def test_a_prompt_stands_stable_to_volatile(rich: tuple[Client, ScriptedModel, str]) -> None:
    """What changes every turn never stands before what does not: the model re-reads all behind the first difference."""
    client, model, session_id = rich

    client.sessions.chat(session_id=session_id, messages=say("violin"))

    parts = list(dict.fromkeys(message.part for message in model.prompts[-1].messages))
    assert parts[:5] == ["situation", "about_agent", "about_user", "instructions", "summary"]
    assert parts[5] == "history"
    assert sorted(parts[6:8]) == ["docs", "memories"]
    assert parts[8:] == ["input"]


def test_most_of_a_prompt_is_read_from_the_cache(make_client: Callable[..., Client]) -> None:
    """Only what was recalled for one turn, and all behind it, is read again."""
    model = ScriptedModel(lambda prompt: "noted")
    client = make_client(model=model)
    agent = client.agents.create(
        name="Ada", instructions=["Be brief " * 50], docs=[{"title": "V", "content": "spruce"}]
    )
    session = client.sessions.create(agent_id=agent.id)
    for i in range(3):
        response = client.sessions.chat(session_id=session.id, messages=say(f"spruce {i} " + "word " * 10))

    assert response.context.cached_tokens > 0.7 * response.context.prompt_tokens


def test_dropping_makes_room_for_several_turns(make_client: Callable[..., Client]) -> None:
    """Dropping a turn each turn would change the prompt's start each time, and the model would read all of it again."""
    client = make_client(model=ScriptedModel(lambda prompt: "noted", context_tokens=500, background="They talked."))
    session_id = new_session(client)
    n_cuts = 0
    for _ in range(40):
        response = client.sessions.chat(session_id=session_id, messages=say("word " * 20))
        finish_jobs(client)
        n_cuts += bool(response.context.dropped)

    assert 1 < n_cuts < 15


# ---- one after the other ---------------------------------------------------------------------------------------------


def test_threads_in_one_session_take_turns(make_client: Callable[..., Client]) -> None:
    """Each reply stands right after what it answers, and answers all that stands before it."""
    model = ScriptedModel(lambda prompt: f"reply to {prompt.messages[-1].content}")
    clients = [make_client(model=model, embedder=HashEmbedder()) for _ in range(2)]
    session_id = new_session(clients[0])

    def chat(i: int) -> None:
        client = clients[i % 2]
        if i % 3:
            client.sessions.chat(session_id=session_id, messages=say(f"question {i}"))
        else:
            list(client.sessions.chat(session_id=session_id, messages=say(f"question {i}"), stream=True))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(chat, range(12)))

    said = [text for _, text in history(clients[0], session_id)]
    assert sorted(said[::2]) == sorted(f"question {i}" for i in range(12))
    assert said[1::2] == [f"reply to {question}" for question in said[::2]]
    for turn in range(12):
        assert [text for role, text in shown(model, turn) if role != "system"] == said[: 2 * turn + 1]


def test_sessions_do_not_wait_for_one_another(stepped: tuple[Client, SteppedModel, str]) -> None:
    client, model, session_id = stepped
    other = new_session(client)
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    next(stream)

    client.sessions.update(session_id=session_id, metadata={"k": 1})
    client.sessions.update(session_id=other, situation="Lunch")

    assert client.sessions.get(session_id).metadata == {"k": 1}
    assert history(client, session_id) == []
    stream_id = client.sessions.history(session_id=other)
    assert stream_id == []


def test_a_turn_within_a_turn_of_the_same_session_is_refused(make_client: Callable[..., Client]) -> None:
    """It would wait for itself for ever."""
    client = make_client(lambda prompt: answer(client.sessions.chat(session_id=session_id, messages=say("Inner"))))
    session_id = new_session(client)

    with pytest.raises(ApiError) as error:
        client.sessions.chat(session_id=session_id, messages=say("Outer"))

    assert error.value.status_code == 409
    assert history(client, session_id) == []


# ---- clients and processes -------------------------------------------------------------------------------------------


def test_clients_on_one_path_share_everything(tmp_path: Path) -> None:
    given: dict[str, Any] = {"path": tmp_path / "j.db", "model": ScriptedModel(["ok"]), "embedder": HashEmbedder()}

    with Client(**given) as one, JulepApi(**given) as two:
        assert one._api_client._runtime is two._runtime
        session_id = new_session(one)
        two.close()
        assert answer(one.sessions.chat(session_id=session_id, messages=say("Hello"))) == "ok"


def test_clients_with_other_models_on_one_path_share_the_file_and_its_locks(tmp_path: Path) -> None:
    with (
        Client(path=tmp_path / "j.db", model=ScriptedModel(["one"]), embedder=HashEmbedder()) as one,
        Client(path=str(tmp_path / "j.db"), model=ScriptedModel(["two"]), embedder=HashEmbedder()) as two,
    ):
        session_id = new_session(one)
        answers = [answer(c.sessions.chat(session_id=session_id, messages=say("Hello"))) for c in (one, two)]

        assert answers == ["one", "two"]
        assert one._api_client._runtime.db is two._api_client._runtime.db
        assert one._api_client._runtime.turns is two._api_client._runtime.turns


def test_clients_in_memory_share_nothing() -> None:
    given: dict[str, Any] = {"path": ":memory:", "model": ScriptedModel(), "embedder": HashEmbedder()}

    with Client(**given) as one, Client(**given) as two:
        one.agents.create(name="Ada")

        assert (len(one.agents.list()), len(two.agents.list())) == (1, 0)


def test_a_closed_client_says_so_and_can_be_closed_again(tmp_path: Path) -> None:
    client = Client(path=tmp_path / "j.db", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder())
    session_id = new_session(client)
    unread = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)

    client.close()
    client.close()

    for call in (
        lambda: client.agents.list(),
        lambda: client.agents.create(name="Eve"),
        lambda: client.sessions.chat(session_id=session_id, messages=say("Hello")),
        lambda: client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True),
        lambda: client.jobs.list(),
        lambda: list(unread),
        lambda: client.__enter__() and client.agents.list(),
    ):
        with pytest.raises(ClientClosed):
            call()
    again = Client(path=tmp_path / "j.db", model=ScriptedModel(), embedder=HashEmbedder())
    assert history(again, session_id) == []
    again.close()


def test_closing_ends_the_stream_under_way(stepped: tuple[Client, SteppedModel, str]) -> None:
    client, model, session_id = stepped
    stream = client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
    next(stream)
    threading.Timer(0.1, model.let).start()

    client.close()

    assert model.ended.is_set()
    with pytest.raises(ApiError):
        _ = stream.response


def test_closing_while_another_thread_chats_ends_that_chat_with_an_error_of_ours(
    stepped: tuple[Client, SteppedModel, str],
) -> None:
    client, model, session_id = stepped

    with ThreadPoolExecutor(1) as threads:
        chat = threads.submit(client.sessions.chat, session_id=session_id, messages=say("Hello"))
        _wait_for(lambda: model.prompts)
        threading.Timer(0.1, model.let).start()
        client.close()
        model.let()
        error = chat.exception(timeout=10)

    assert isinstance(error, ClientClosed | Cancelled)


OTHER_PROCESS = """
    import sys
    from julep_local import Client
    from julep_local.testing import HashEmbedder, ScriptedModel

    path, session_id, n_turns, name = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    model = ScriptedModel(lambda prompt: f"reply to {prompt.messages[-1].content}")
    with Client(path=path, model=model, embedder=HashEmbedder()) as client:
        for i in range(n_turns):
            message = {"role": "user", "content": f"{name} {i}"}
            client.sessions.chat(session_id=session_id, messages=[message])
        print(len(model.prompts[0].messages), flush=True)
"""


def test_processes_see_one_anothers_turns(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    client = make_client(model=model)
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))
    path = client._api_client._runtime.db.path

    def other(name: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", textwrap.dedent(OTHER_PROCESS), path, session_id, "10", name]
        return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    processes = [other("left"), other("right")]
    for i in range(10):
        client.sessions.chat(session_id=session_id, messages=say(f"mine {i}"))
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert int(out) >= 4

    client.sessions.chat(session_id=session_id, messages=say("Last"))
    said = [text for _, text in history(client, session_id)]
    assert len(said) == 2 + 3 * 20 + 2
    for name in ("left", "right"):
        assert [text for text in said if text.startswith(name)] == [f"{name} {i}" for i in range(10)]
        assert all(said[said.index(f"{name} {i}") + 1] == f"reply to {name} {i}" for i in range(10))
    assert [text for role, text in shown(model) if role != "system"] == said[:-1]
