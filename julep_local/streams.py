"""Answers as they are generated: an iterator of their pieces, and its twin for asyncio.

The work that generates runs on another thread, so that a slow reader never holds the model. It begins when the
first piece is asked for. Leaving the iteration while it is under way cancels it, and nothing is recorded; what had been
generated to its end before the reader left is recorded as if it had been read.
"""

import functools
import os
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


class IdleThreads:
    """Threads that do one piece of work after the other: a new one would open a database connection anew, 0.8 ms.

    There are as many as there is work at once. The interpreter does not wait for them when it ends, as it would for
    those of a `ThreadPoolExecutor`.
    """

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s  # a thread ends that had nothing to do for so long
        self._forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)  # a thread does not survive a fork

    def run(self, work: Callable[[], object]) -> None:
        """Begin the work on a thread that is idle, or on a new one."""
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="julep-stream", daemon=True).start()
        inbox.put(work)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[queue.SimpleQueue[Callable[[], object]]] = []

    def _serve(self, inbox: "queue.SimpleQueue[Callable[[], object]]") -> None:
        while True:
            try:
                work = inbox.get(timeout=self._idle_s)
            except queue.Empty:
                with self._lock:
                    if inbox in self._idle:
                        self._idle.remove(inbox)
                        return
                continue  # it was chosen a moment ago: the work is on its way
            work()
            del work  # the thread must not keep a turn alive
            with self._lock:
                self._idle.append(inbox)


_threads = IdleThreads(idle_s=10.0)


class TurnThread(Generic[D, R]):
    """Work on another thread. It holds nothing of its reader, so that a reader that is dropped is noticed."""

    def __init__(self, runtime: "Runtime", work: Work[D, R], put: Callable[[Item[D, R]], None]) -> None:
        self._generate, self._put = work, put
        self._in_step = runtime.settings.stamps.is_repeatable
        self._wanted = threading.Semaphore(0)
        self._stop, self._ended = threading.Event(), threading.Event()
        self._thread_id: int | None = None
        runtime.streams.add(self)
        _threads.run(functools.partial(stopped_by(self._stop).run, self._work))

    def go_on(self) -> None:
        """Say that one more piece is wanted: of a repeatable runtime the work goes no further than it is read."""
        self._wanted.release()

    def stop(self) -> None:
        """Tell the work to end, without waiting."""
        self._stop.set()
        self._wanted.release()

    def close(self) -> None:
        """Tell the work to end, and wait until it has."""
        self.stop()
        if self._thread_id != threading.get_ident():
            self._ended.wait()

    def _put_in_step(self, piece: D) -> None:
        self._put(piece)
        if not self._stop.is_set():
            self._wanted.acquire()

    def _work(self) -> None:
        self._thread_id = threading.get_ident()
        try:
            self._put(Done(self._generate(self._put_in_step if self._in_step else self._put)))
        except BaseException as error:  # whatever it is, the reader must get it, or it would wait for ever
            self._put(error)
        finally:
            self._thread_id = None
            self._ended.set()


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
        else:
            self._turn.go_on()
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
        else:
            self._turn.go_on()
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
