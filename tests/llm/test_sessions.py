"""Sessions on a real model: what is read again, what is kept, and how a turn is stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import Cancelled
from julep_local.llm.base import Prompt
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder
from tests.talk import TOOL, answer, history, say

LONG = "The harbour has seven quays, and each of them has a name and a lamp. " * 12
LATEST_S = 0.3
"""Within so many seconds a turn has to be stopped; slow machines that do other work are given ten times as long."""


class ListeningModel(LlamaCppModel):
    """The library's own model, which notes its prompts."""

    def generate(self, prompt: Prompt, *args: Any, **kwargs: Any) -> Any:
        self.asked = prompt
        return super().generate(prompt, *args, **kwargs)


@pytest.fixture(scope="module")
def model(gguf: Path) -> Iterator[ListeningModel]:
    model = ListeningModel(gguf, threads=1)
    yield model
    model.close()


@pytest.fixture
def open_client(tmp_path: Path, model: ListeningModel) -> Iterator[Callable[..., Client]]:
    opened: list[Client] = []

    def make(**given: Any) -> Client:
        opened.append(Client(**{"path": tmp_path / "julep.db", "model": model, "embedder": HashEmbedder(), **given}))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(open_client: Callable[..., Client]) -> Client:
    return open_client()


def new_session(client: Client, situation: str = "", **agent: Any) -> str:
    created = client.agents.create(name="Ada", **agent)
    return client.sessions.create(agent_id=created.id, situation=situation).id


def chat(client: Client, session_id: str, text: str, **options: Any) -> Any:
    options = {"temperature": 0, "max_tokens": 8, "remember": False, "record": True, **options}
    return client.sessions.chat(session_id=session_id, messages=say(text), **options)


def test_over_fifty_turns_the_cached_prefix_reaches_the_end_of_the_history(
    open_client: Callable[..., Client], model: ListeningModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With recalled docs that change every turn, a tool that is called now and then, and templates."""
    monkeypatch.setenv("JULEP_LOCAL_DOCS_PER_OWNER", "1")
    client = open_client()
    docs = [{"title": f"Ship {i}", "content": f"Ship {i} sails at {i} o'clock to island {i}."} for i in range(20)]
    agent = client.agents.create(
        name="Ada", about="A guide for {{ user.name }}.", instructions=["Be brief."], docs=docs, tools=[TOOL]
    )
    user = client.users.create(name="Bo", about="")
    session = client.sessions.create(
        agent_id=agent.id, user_id=user.id, situation="A harbour, {{ user.name }} asks.", render_templates=True
    )
    before: Prompt | None = None
    n_docs = n_calls = 0
    for i in range(50):
        calls, brings_result = i % 7 == 3, i % 7 == 4
        response = client.sessions.chat(
            session_id=session.id,
            messages=say('{"rain": true}', role="function") if brings_result else say(f"When does ship {i % 20} sail?"),
            tool_choice={"type": "function", "function": {"name": "weather"}} if calls else None,
            max_tokens=24 if calls else 2,
            temperature=0,
            remember=False,
            record=True,
        )
        context = response.context
        assert context is not None
        assert not context.dropped
        assert sum(context.parts.values()) == context.prompt_tokens == response.usage.prompt_tokens
        if before is not None:
            assert context.cached_tokens >= before.marks[1] > 0, i
        before = model.asked
        n_docs += len(context.recalled)
        n_calls += len(response.tool_calls or ())

    assert n_docs > 40
    assert n_calls == 7


def test_coming_back_after_others_reads_only_what_is_new(client: Client) -> None:
    sessions = [new_session(client, f"{i}. {LONG}") for i in range(3)]
    firsts = [chat(client, each, "Hello, who are you?") for each in sessions]

    for session, first in zip(sessions, firsts, strict=True):
        response = chat(client, session, "And what is your name?")

        reached = first.context.prompt_tokens + first.usage.completion_tokens - 1
        assert response.context.cached_tokens >= reached


def test_what_sessions_of_one_agent_begin_with_is_read_once(client: Client) -> None:
    agent = client.agents.create(name="Ada", about=LONG)
    cached = []
    for i in range(3):
        session = client.sessions.create(agent_id=agent.id)
        response = chat(client, session.id, f"{i} ships, is that many?")
        cached.append(response.context.cached_tokens)
        n_system = response.context.parts["about_agent"]

    assert cached[0] < 20
    assert min(cached[1:]) >= n_system


def test_after_a_restart_a_session_goes_on_where_it_was(
    open_client: Callable[..., Client], gguf: Path, tmp_path: Path
) -> None:
    texts = []
    for kept in (True, False):
        path = tmp_path / f"{kept}.db"
        model = LlamaCppModel(gguf, threads=1, kv_disk=1 << 30 if kept else 0)
        client = open_client(path=path, model=model)
        session = new_session(client, LONG)
        first = chat(client, session, "Hello, who are you?", seed=1)
        client.close()
        model.close()

        model = LlamaCppModel(gguf, threads=1, kv_disk=1 << 30 if kept else 0)
        client = open_client(path=path, model=model)
        second = chat(client, session, "And what is your name?", seed=1)
        texts.append(answer(second))
        client.close()
        model.close()

        assert (second.context.cached_tokens >= first.context.prompt_tokens - 2) is kept
    assert texts[0] == texts[1]


@pytest.mark.parametrize("what", ["session", "history", "agent"])
def test_a_session_that_is_deleted_leaves_no_file(
    open_client: Callable[..., Client], gguf: Path, tmp_path: Path, what: str
) -> None:
    model = LlamaCppModel(gguf, threads=1)
    client = open_client(model=model)
    session = new_session(client, LONG)
    agent = client.sessions.get(session).agent_id
    chat(client, session, "Hello, who are you?")
    model.unload(10)
    folder = tmp_path / "julep.db-kv"
    assert list(folder.rglob("*.kv"))
    assert folder.stat().st_mode & 0o777 == 0o700

    if what == "agent":
        client.agents.delete(agent)
    elif what == "history":
        client.sessions.delete_history(session)
    else:
        client.sessions.delete(session)

    assert not list(folder.rglob("*.kv"))
    model.close()


def test_a_database_in_memory_writes_no_files(open_client: Callable[..., Client], gguf: Path, tmp_path: Path) -> None:
    model = LlamaCppModel(gguf, threads=1)
    client = open_client(path=":memory:", model=model)
    chat(client, new_session(client, LONG), "Hello, who are you?")
    model.close()

    assert not list(tmp_path.rglob("*.kv"))
    assert not list(Path.cwd().glob("*-kv"))


# -- stopping


@pytest.fixture
def long_session(client: Client) -> str:
    return new_session(client, LONG * 4)


@pytest.mark.parametrize("phase", ["loading", "reading", "generating", "waiting"])
def test_a_turn_is_cancelled_in_every_phase_and_the_next_one_works(
    client: Client, model: ListeningModel, long_session: str, phase: str
) -> None:
    outcome: list[Any] = []
    if phase == "loading":
        assert model.unload(20)
    elif phase == "generating":
        chat(client, long_session, "Hello, who are you?")
    expected = len(history(client, long_session))

    def work() -> None:
        try:
            outcome.append(chat(client, long_session, "Tell me a long story.", max_tokens=400, logit_bias={"2": -100}))
        except Cancelled as cancelled:
            outcome.append(cancelled)

    threads = [threading.Thread(target=work) for _ in range(2 if phase == "waiting" else 1)]
    for thread in threads:
        thread.start()
    time.sleep(0.02 if phase == "loading" else 0.5)
    began = time.perf_counter()
    n = client.sessions.cancel(long_session)
    for thread in threads:
        thread.join(20)
    took = time.perf_counter() - began

    assert n == len(threads)
    assert [type(each) for each in outcome] == [Cancelled] * n
    assert took < 10 * LATEST_S
    assert len(history(client, long_session)) == expected
    assert answer(chat(client, long_session, "Hello, who are you?"))


def test_cancelling_where_nothing_runs_does_nothing(client: Client, long_session: str) -> None:
    assert client.sessions.cancel(long_session) == 0


def test_a_cancelled_prompt_is_not_read_again_from_its_start(client: Client, long_session: str) -> None:
    threading.Timer(1.0, client.sessions.cancel, [long_session]).start()
    with pytest.raises(Cancelled):
        chat(client, long_session, "Tell me a long story.", max_tokens=400, logit_bias={"2": -100})

    assert chat(client, long_session, "Tell me a long story.").context.cached_tokens > 100


def test_an_async_task_that_is_cancelled_ends_at_once(tmp_path: Path, model: ListeningModel) -> None:
    import asyncio

    async def run() -> tuple[float, Any]:
        async with AsyncClient(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada", about=LONG * 4)
            session = await client.sessions.create(agent_id=agent.id)
            say_it = {"session_id": session.id, "messages": say("Hello?"), "max_tokens": 4, "remember": False}
            task = asyncio.create_task(client.sessions.chat(**say_it))
            await asyncio.sleep(0.4)
            began = time.perf_counter()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.perf_counter() - began, await client.sessions.chat(**say_it)

    took, response = asyncio.run(run())

    assert took < 10 * LATEST_S
    assert answer(response)


@pytest.mark.skipif(os.name == "nt", reason="there are no signals like these on Windows")
@pytest.mark.parametrize("phase", ["loading", "reading", "streaming"])
def test_ctrl_c_stops_a_turn_and_the_program_goes_on(gguf: Path, tmp_path: Path, phase: str) -> None:
    program = f"""
import os, signal, sys, threading, time
from pathlib import Path
from julep_local import Client
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored for what runs behind it
model = LlamaCppModel({str(gguf)!r}, threads=1)
if {phase!r} == "loading":  # a large model on a slow disk
    load, slow = model._engine._load_model, threading.Event()
    def load_slowly(goes_on):
        while goes_on() and not slow.wait(0.01):
            pass
        return load(goes_on)
    model._engine._load_model = load_slowly
client = Client(path={str(tmp_path / "julep.db")!r}, model=model, embedder=HashEmbedder())
agent = client.agents.create(name="Ada", about={LONG * 4!r})
session = client.sessions.create(agent_id=agent.id)
def chat(**more):
    return client.sessions.chat(session_id=session.id, messages=[{{"role": "user", "content": "Hello?"}}],
                                remember=False, record=True, **more)
struck = []
def strike():
    struck.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
try:
    if {phase!r} == "streaming":
        for delta in chat(stream=True, max_tokens=2000, logit_bias={{"2": -100}}):
            if not struck:
                strike()
    else:
        threading.Timer(0.5, strike).start()
        chat()
except KeyboardInterrupt:
    print("stopped", time.perf_counter() - struck[0] < {10 * LATEST_S}, flush=True)
if {phase!r} == "loading":
    slow.set()
print(len(client.sessions.history(session_id=session.id)), bool(chat(max_tokens=3).response[0][0].content))
client.close()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False)

    assert ended.stdout.split("\n")[:2] == ["stopped True", "0 True"], ended.stderr
    assert ended.returncode == 0


def test_a_program_killed_by_ctrl_c_while_it_generates_ends_without_a_crash(gguf: Path, tmp_path: Path) -> None:
    program = f"""
import signal
from julep_local import Client
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored for what runs behind it
client = Client(path={str(tmp_path / "julep.db")!r}, model={str(gguf)!r})
agent = client.agents.create(name="Ada")
session = client.sessions.create(agent_id=agent.id)
for delta in client.sessions.chat(session_id=session.id, messages=[{{"role": "user", "content": "A story?"}}],
                                  stream=True, max_tokens=4000, logit_bias={{"2": -100}}, remember=False):
    print("x", flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


def test_sessions_that_answer_at_once_do_not_wait_for_each_other(client: Client) -> None:
    sessions = [new_session(client, f"You are ship {i}.") for i in range(4)]
    alone = [answer(chat(client, each, "Tell me about yourself.", max_tokens=40, seed=3)) for each in sessions]
    for each in sessions:
        client.sessions.delete_history(each)
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    texts: dict[str, str] = {}

    def work(session: str) -> None:
        stream = chat(client, session, "Tell me about yourself.", max_tokens=40, seed=3, stream=True)
        for _ in stream:
            first.setdefault(session, time.perf_counter())
        last[session] = time.perf_counter()
        texts[session] = answer(stream.response)

    threads = [threading.Thread(target=work, args=(each,)) for each in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert max(first.values()) < min(last.values())
    assert [texts[each] for each in sessions] == alone
