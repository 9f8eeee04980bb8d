"""The asyncio twins: the same methods on threads; a cancelled call stops, and records nothing."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from talk import answer, say

from julep_local import AsyncChatStream, AsyncClient, AsyncJulepApi, Client, JulepApi
from julep_local.errors import ApiError, Cancelled, ClientClosed
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.testing import HashEmbedder, ScriptedModel

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
