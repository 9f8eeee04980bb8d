"""The asyncio twins: the same methods on threads; a cancelled call stops, and records nothing."""

import asyncio
import inspect
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from talk import answer, say

from julep_local import AsyncChatStream, AsyncClient, AsyncJulepApi, Client, JulepApi
from julep_local.errors import ApiError, Cancelled, ClientClosed
from julep_local.jobs import NewJob, enqueue
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.store import jobs
from julep_local.streams import IdleThreads
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import DocHit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LIFE_CYCLE = {"aclose", "close"}


class EndlessModel(ScriptedModel):
    """Says one word after the other until it is stopped."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "word " * 10_000, context_tokens=100_000)
        self.speaking = threading.Event()
        self.ended = threading.Event()

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        try:
            for piece in super().generate(prompt, sampling, purpose=purpose):
                self.speaking.set()
                self.ended.wait(0.001)
                yield piece
        finally:
            self.ended.set()


def _run(path: Path, model: ScriptedModel, story: Callable[[AsyncClient, str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with AsyncClient(path=path / "julep.db", model=model, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            session = await client.sessions.create(agent_id=agent.id)
            await story(client, session.id)

    asyncio.run(run())


async def _speaking(model: EndlessModel) -> None:
    assert await asyncio.to_thread(model.speaking.wait, 10)


def test_a_cancelled_chat_stops_and_records_nothing(tmp_path: Path) -> None:
    model = EndlessModel()

    async def story(client: AsyncClient, session_id: str) -> None:
        chat = asyncio.create_task(
            client.sessions.chat(session_id=session_id, messages=say("Hello"), max_tokens=10_000)
        )
        await _speaking(model)

        chat.cancel()
        with pytest.raises(asyncio.CancelledError):
            await chat

        assert model.ended.is_set()
        assert await client.sessions.history(session_id=session_id) == []
        response = await client.sessions.chat(session_id=session_id, messages=say("Again"), max_tokens=3)
        assert answer(response) == "word word word"

    _run(tmp_path, model, story)


def test_a_chat_that_waits_for_its_turn_can_be_cancelled(tmp_path: Path) -> None:
    model = EndlessModel()

    async def story(client: AsyncClient, session_id: str) -> None:
        stream = await client.sessions.chat(
            session_id=session_id, messages=say("Hello"), stream=True, max_tokens=10_000
        )
        await anext(stream)
        waiting = asyncio.create_task(client.sessions.chat(session_id=session_id, messages=say("Me too")))
        await asyncio.sleep(0.05)

        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 5)
        await stream.aclose()

        assert len(model.prompts) == 1
        assert await client.sessions.history(session_id=session_id) == []

    _run(tmp_path, model, story)


def test_reads_go_on_beside_a_chat(tmp_path: Path) -> None:
    model = EndlessModel()

    async def story(client: AsyncClient, session_id: str) -> None:
        chat = asyncio.create_task(
            client.sessions.chat(session_id=session_id, messages=say("Hello"), max_tokens=10_000)
        )
        await _speaking(model)

        agents = await asyncio.gather(*(client.agents.list() for _ in range(20)))

        assert {len(each) for each in agents} == {1}
        assert not chat.done()
        chat.cancel()
        await asyncio.gather(chat, return_exceptions=True)

    _run(tmp_path, model, story)


class RemoteModel(ScriptedModel):
    """Answers when two chats are under way, as a server would that takes several at a time."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "ok")
        self.two = threading.Barrier(2, timeout=10)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        if purpose == "chat":
            self.two.wait()
        yield from super().generate(prompt, sampling, purpose=purpose)


def test_chats_of_two_sessions_overlap_when_the_model_can(tmp_path: Path) -> None:
    async def story(client: AsyncClient, session_id: str) -> None:
        other = await client.sessions.create(agent_id=(await client.agents.list())[0].id)

        responses = await asyncio.gather(
            *(client.sessions.chat(session_id=each, messages=say("Hello")) for each in (session_id, other.id))
        )

        assert [answer(response) for response in responses] == ["ok", "ok"]

    _run(tmp_path, RemoteModel(), story)


class SlowEmbedder(HashEmbedder):
    """Embeds once it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = threading.Event()

    def embed(self, texts: Sequence[str]) -> "npt.NDArray[np.float32]":
        assert self.allowed.wait(10)
        return super().embed(texts)


async def _searching_docs(client: AsyncClient, embedder: SlowEmbedder, n: int) -> "list[asyncio.Task[list[DocHit]]]":
    """Begin so many searches, which wait for the embedder."""
    agent = await client.agents.create(name="Ada")
    embedder.allowed.set()
    await client.docs.create(agent_id=agent.id, doc={"title": "Rain", "content": "It rains."})
    embedder.allowed.clear()
    tasks = [asyncio.create_task(client.docs.search("rain", agent_id=agent.id)) for _ in range(n)]
    await asyncio.sleep(0.02)
    return tasks


def test_reads_go_on_beside_calls_that_embed_and_calls_that_wait_for_jobs(tmp_path: Path) -> None:
    async def run() -> None:
        embedder = SlowEmbedder()
        async with AsyncClient(path=tmp_path / "j.db", model=EndlessModel(), embedder=embedder) as client:
            db = client.docs.blocking.api_client._runtime.db
            job = NewJob("elsewhere", "another process has it in hand", {})
            now = datetime.now(timezone.utc)
            with db.transaction():
                job_id = enqueue(db, job, now)
                jobs.claim(db, owner="another process", now=now, lease_until=now + timedelta(minutes=5))
            waiting = [asyncio.create_task(client.jobs.wait(job_id, timeout=10)) for _ in range(6)]
            searching = await _searching_docs(client, embedder, 6)

            assert len(await asyncio.wait_for(client.agents.list(), 5)) == 1

            assert not any(task.done() for task in (*waiting, *searching))
            for task in waiting:
                task.cancel()
            embedder.allowed.set()
            await asyncio.gather(*searching)
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())


def test_closing_an_async_client_tells_a_call_that_has_not_begun(tmp_path: Path) -> None:
    async def run() -> None:
        embedder = SlowEmbedder()
        client = AsyncClient(path=tmp_path / "j.db", model=EndlessModel(), embedder=embedder)
        searching = await _searching_docs(client, embedder, 3)  # two at a time

        closing = asyncio.create_task(client.aclose())
        with pytest.raises(ClientClosed):
            await asyncio.wait_for(searching[2], 5)

        embedder.allowed.set()
        await closing
        ended = await asyncio.gather(*searching, return_exceptions=True)
        assert [type(error) for error in ended] == [ClientClosed] * 3

    asyncio.run(run())


class ThreadNotingModel(ScriptedModel):
    """Notes on which threads it generates."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "ok")
        self.threads: set[threading.Thread] = set()

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        self.threads.add(threading.current_thread())
        yield from super().generate(prompt, sampling, purpose=purpose)


def test_streams_one_after_the_other_share_threads_that_no_program_waits_for(tmp_path: Path) -> None:
    model = ThreadNotingModel()

    async def story(client: AsyncClient, session_id: str) -> None:
        for _ in range(10):
            stream = await client.sessions.chat(session_id=session_id, messages=say("Hello"), stream=True)
            assert answer(await stream.response()) == "ok"

    _run(tmp_path, model, story)

    assert len(model.threads) < 5  # one may be on its way back while the next stream begins
    assert all(thread.daemon for thread in model.threads)


def test_a_thread_for_streams_ends_when_it_has_had_nothing_to_do() -> None:
    threads = IdleThreads(idle_s=0.01)
    used: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()

    for _ in range(2):
        threads.run(lambda: used.put(threading.current_thread()))
        thread = used.get(timeout=5)
        thread.join(5)
        assert not thread.is_alive()


def test_an_async_stream_gives_deltas_and_then_the_response(tmp_path: Path) -> None:
    async def story(client: AsyncClient, session_id: str) -> None:
        stream = await client.sessions.chat(session_id=session_id, messages=say("Weather?"), stream=True)
        assert isinstance(stream, AsyncChatStream)
        deltas = [delta.content async for delta in stream]
        response = await stream.response()

        assert len(deltas) > 3
        assert "".join(deltas) == answer(response) == "It is raining, again."
        assert (await client.sessions.history(session_id=session_id))[-1] == response.response[0][0]

    _run(tmp_path, ScriptedModel(["It is raining, again."]), story)


async def _close(stream: AsyncChatStream) -> None:
    await anext(stream)
    await stream.aclose()


async def _leave_the_block(stream: AsyncChatStream) -> None:
    async with stream:
        await anext(stream)


async def _break_off(stream: AsyncChatStream) -> None:
    async for _ in stream:
        break


async def _cancel(stream: AsyncChatStream) -> None:
    async def read() -> None:
        async for _ in stream:
            pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(0.05)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)


@pytest.mark.parametrize("leave", [_close, _leave_the_block, _break_off, _cancel])
def test_an_async_stream_that_is_left_records_nothing(
    tmp_path: Path, leave: Callable[[AsyncChatStream], Awaitable[None]]
) -> None:
    model = EndlessModel()

    async def story(client: AsyncClient, session_id: str) -> None:
        stream = await client.sessions.chat(
            session_id=session_id, messages=say("Hello"), stream=True, max_tokens=10_000
        )

        await leave(stream)

        assert await asyncio.to_thread(model.ended.wait, 10)
        with pytest.raises(Cancelled):
            await stream.response()
        assert await client.sessions.history(session_id=session_id) == []

    _run(tmp_path, model, story)


def test_closing_an_async_client_ends_its_stream_and_refuses_later_calls(tmp_path: Path) -> None:
    async def run() -> None:
        client = AsyncClient(path=tmp_path / "j.db", model=EndlessModel(), embedder=HashEmbedder())
        agent = await client.agents.create(name="Ada")
        session = await client.sessions.create(agent_id=agent.id)
        stream = await client.sessions.chat(
            session_id=session.id, messages=say("Hello"), stream=True, max_tokens=10_000
        )
        await anext(stream)

        await asyncio.wait_for(client.aclose(), 5)
        await client.aclose()

        with pytest.raises(ApiError):
            await stream.response()
        for call in (client.agents.list, lambda: client.sessions.chat(session_id=session.id, messages=say("Hello"))):
            with pytest.raises(ClientClosed):
                await call()

    asyncio.run(run())


# ---- twins -----------------------------------------------------------------------------------------------------------


def _pairs() -> list[Any]:
    given: dict[str, Any] = {"path": ":memory:", "model": ScriptedModel(), "embedder": HashEmbedder()}
    blocking, twin = Client(**given), AsyncClient(**given)
    managers = [name for name in vars(blocking) if not name.startswith("_")]
    pairs = [(type(getattr(blocking, name)), type(getattr(twin, name))) for name in managers]
    blocking.close()
    asyncio.run(twin.aclose())
    return [pytest.param(*pair, id=pair[0].__name__) for pair in [(JulepApi, AsyncJulepApi), *pairs]]


def _methods(owner: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(owner, inspect.isroutine) if not name.startswith("_")} - LIFE_CYCLE


@pytest.mark.parametrize(("blocking", "twin"), _pairs())
def test_a_twin_has_each_method_of_the_blocking_class_and_no_other(blocking: type, twin: type) -> None:
    assert _methods(twin) == _methods(blocking)
    for name in _methods(blocking):
        own = getattr(twin, name)
        assert inspect.unwrap(own) is getattr(blocking, name), name
        assert inspect.iscoroutinefunction(own), name
        assert inspect.signature(own) == inspect.signature(getattr(blocking, name)), name
        assert own.__doc__, name


def test_the_constructors_of_twins_are_alike() -> None:
    signatures = {str(inspect.signature(each)) for each in (Client, AsyncClient, JulepApi, AsyncJulepApi)}

    assert len(signatures) == 1


def test_chats_of_one_session_are_answered_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    all_asked = threading.Event()

    async def talk() -> list[str]:
        model = ScriptedModel(lambda prompt: "ok" if all_asked.wait(10) else "late")
        async with AsyncClient(path=tmp_path / "order.db", model=model, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            session = (await client.sessions.create(agent_id=agent.id)).id
            chats = []
            for i in range(8):
                chats.append(asyncio.create_task(client.sessions.chat(session_id=session, messages=say(str(i)))))
                await asyncio.sleep(0.02)
            all_asked.set()
            await asyncio.gather(*chats)
            return [str(m.content) for m in await client.sessions.history(session_id=session) if m.role == "user"]

    assert asyncio.run(talk()) == list("01234567")
