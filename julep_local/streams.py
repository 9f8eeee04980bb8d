"""Answers as they are generated: an iterator of their pieces, and its twin for asyncio.

The work that generates runs on a thread of its own, so that a slow reader never holds the model. It begins when the
first piece is asked for. Leaving the iteration while it is under way cancels it, and nothing is recorded; what had been
generated to its end before the reader left is recorded as if it had been read.
"""

import functools
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from typing_extensions import Self

from julep_local._mirror import Threads, run_on, stopped_by
from julep_local.errors import Cancelled
from julep_local.types import ChatDelta, ChatResponse

if TYPE_CHECKING:
    from julep_local.chat import TurnRequest
    from julep_local.runtime import Runtime

D = TypeVar("D")
R = TypeVar("R")

Work = Callable[[Callable[[D], None]], R]
"""Generates: calls the function it is given with each piece, and returns what all of them come to."""


@dataclass(frozen=True)
class Done(Generic[R]):
    """The work has ended well."""

    result: R


Item = Union[D, Done[R], BaseException]
"""What work puts out: pieces, and at the end what they come to or what went wrong."""


class TurnThread(Generic[D, R]):
    """Work on a thread of its own. It holds nothing of its reader, so that a reader that is dropped is noticed."""

    def __init__(self, runtime: "Runtime", work: Work[D, R], put: Callable[[Item[D, R]], None]) -> None:
        self._generate, self._put = work, put
        self._stop = threading.Event()
        run = stopped_by(self._stop).run
        self._thread = threading.Thread(target=run, args=(self._work,), name="julep-stream", daemon=True)
        runtime.streams.add(self)
        self._thread.start()

    def stop(self) -> None:
        """Tell the work to end, without waiting."""
        self._stop.set()

    def close(self) -> None:
        """Tell the work to end, and wait until it has."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _work(self) -> None:
        try:
            self._put(Done(self._generate(self._put)))
        except BaseException as error:  # whatever it is, the reader must get it, or it would wait for ever
            self._put(error)


class Stream(Generic[D, R]):
    """An iterator of an answer's pieces."""

    def __init__(self, runtime: "Runtime", work: Work[D, R]) -> None:
        self._runtime, self._work = runtime, work
        self._items: queue.SimpleQueue[Item[D, R]] = queue.SimpleQueue()
        self._turn: TurnThread[D, R] | None = None
        self._done: Done[R] | None = None
        self._failure: BaseException | None = None

    def __iter__(self) -> Iterator[D]:
        try:
            while (piece := next(self, None)) is not None:
                yield piece
        finally:
            self.close()

    def __next__(self) -> D:
        if self._failure is not None:
            raise self._failure
        if self._done is not None:
            raise StopIteration
        if self._turn is None:
            self._turn = TurnThread(self._runtime, self._work, self._items.put)
        item = self._items.get()
        if isinstance(item, Done):
            self._done = item
            raise StopIteration
        if isinstance(item, BaseException):
            self._failure = item
            raise item
        return item

    def close(self) -> None:
        """Cancel the generation if it is under way, and wait until it has stopped."""
        if self._turn is not None:
            self._turn.close()
        elif self._failure is None:
            self._failure = _left_early()

    def twin(self) -> "AsyncStream[D, R]":
        """Return the same answer, not yet begun, for asyncio."""
        return AsyncStream(self._runtime, self._work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self._turn is not None:
            self._turn.stop()


class AsyncStream(Generic[D, R]):
    """An async iterator of an answer's pieces."""

    def __init__(self, runtime: "Runtime", work: Work[D, R]) -> None:
        import asyncio

        self._runtime, self._work = runtime, work
        self._items: asyncio.Queue[Item[D, R]] = asyncio.Queue()
        self._turn: TurnThread[D, R] | None = None
        self._done: Done[R] | None = None
        self._failure: BaseException | None = None

    async def __aiter__(self) -> AsyncIterator[D]:
        try:
            while (piece := await self._next()) is not None:
                yield piece
        finally:
            if self._turn is not None:
                self._turn.stop()

    async def __anext__(self) -> D:
        piece = await self._next()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Cancel the generation if it is under way, and wait until it has stopped."""
        import asyncio

        if self._turn is not None:
            await asyncio.to_thread(self._turn.close)
        elif self._failure is None:
            self._failure = _left_early()

    close = aclose  # what the OpenAI library's streams call it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def _next(self) -> D | None:
        import asyncio

        if self._failure is not None:
            raise self._failure
        if self._done is not None:
            return None
        if self._turn is None:
            self._turn = TurnThread(self._runtime, self._work, self._put_from_thread())
        try:
            item = await self._items.get()
        except asyncio.CancelledError:
            self._turn.stop()
            raise
        if isinstance(item, Done):
            self._done = item
            return None
        if isinstance(item, BaseException):
            self._failure = item
            raise item
        return item

    def _put_from_thread(self) -> Callable[[Item[D, R]], None]:
        import asyncio

        loop, items = asyncio.get_running_loop(), self._items

        def put(item: Item[D, R]) -> None:
            try:
                loop.call_soon_threadsafe(items.put_nowait, item)
            except RuntimeError:  # the loop has ended, and with it everybody who could read
                pass

        return put

    def __del__(self) -> None:
        if self._turn is not None:
            self._turn.stop()


class ChatStream(Stream[ChatDelta, ChatResponse]):
    """An iterator of the answer's deltas. `response` is the whole response, once the deltas are read or skipped."""

    def __init__(self, runtime: "Runtime", request: "TurnRequest") -> None:
        from julep_local.chat import respond

        super().__init__(runtime, functools.partial(respond, runtime, request))

    @property
    def response(self) -> ChatResponse:
        """The finished response; the deltas not yet read are skipped.

        Raises:
            Cancelled: the stream was left before its end.
        """
        while next(self, None) is not None:
            pass
        assert self._done is not None
        return self._done.result

    def twin(self) -> "AsyncChatStream":
        """Return the same answer, not yet begun, for asyncio."""
        return AsyncChatStream(self._runtime, self._work)


class AsyncChatStream(AsyncStream[ChatDelta, ChatResponse]):
    """An async iterator of the answer's deltas. `await stream.response()` is the whole response."""

    async def response(self) -> ChatResponse:
        """Return the finished response; the deltas not yet read are skipped.

        Raises:
            Cancelled: the stream was left before its end.
        """
        while await self._next() is not None:
            pass
        assert self._done is not None
        return self._done.result


def _left_early() -> Cancelled:
    return Cancelled("the stream was left before its first piece: nothing was generated or recorded")


async def run_chat(threads: Threads, work: Callable[[], Any], *, streamed: bool) -> Any:
    """Run a blocking chat for asyncio; the stream it may return is replaced by its twin."""
    # a stream does not begin here, so it need not wait for the model's thread
    answer = await run_on(threads, "store" if streamed else "model", work)
    return answer.twin() if isinstance(answer, Stream) else answer
