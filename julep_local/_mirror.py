"""The asyncio twin of a blocking class.

Blocking code is the truth; a twin names each method once and runs it on a thread. What takes microseconds and what can
take seconds have threads of their own: in one pool of four a read waited a second behind eight chats, and in one with
them behind four waits for jobs. There are several for chats, because it is not here that they are put in order: a turn
waits for its session's last, and a model that does one thing at a time has a line of its own; others can overlap.
A cancelled `await` cannot stop a thread, so the running work asks `stop_requested()` after every token.

Here, as everywhere in the library, asyncio is imported where it is used: a blocking program never needs it, and it is
an eighth of the time that `import julep_local` would take.
"""

import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

from julep_local.errors import ClientClosed

Lane = Literal["store", "embed", "wait", "model"]
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)

_stops: contextvars.ContextVar[tuple[threading.Event, ...]] = contextvars.ContextVar("stops", default=())


def stop_requested() -> bool:
    """Whether the caller of the work on this thread has gone away, or somebody has cancelled it."""
    return any(stop.is_set() for stop in _stops.get())


def stopped_by(stop: threading.Event) -> contextvars.Context:
    """Return a copy of the present context in which `stop_requested()` follows the event."""
    context = contextvars.copy_context()
    context.run(_stops.set, (stop,))
    return context


@contextlib.contextmanager
def also_stopped_by(stop: threading.Event) -> Generator[None, None, None]:
    """Have `stop_requested()` follow this event too, inside."""
    before = _stops.set((*_stops.get(), stop))
    try:
        yield
    finally:
        _stops.reset(before)


class Threads:
    """The threads of one asyncio client, in lanes that do not wait for each other. None starts before it is needed."""

    def __init__(self) -> None:
        sizes: dict[Lane, int] = {"store": 4, "embed": 2, "wait": 16, "model": 8}
        self._lanes = {
            lane: ThreadPoolExecutor(size, thread_name_prefix=f"julep-{lane}") for lane, size in sizes.items()
        }
        self._ended = False

    def submit(self, lane: Lane, work: Callable[..., R], *args: Any) -> "Future[R]":
        """Start the work on a thread of the lane.

        Raises:
            ClientClosed: the threads have ended.
        """
        if self._ended:
            raise ClientClosed
        return self._lanes[lane].submit(work, *args)

    def shutdown(self) -> None:
        """End the threads; work that has not begun is cancelled, work under way is waited for."""
        self._ended = True
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)


class AsyncMirror(Generic[S_co]):
    """What every twin holds: the blocking object and the threads to run it on."""

    def __init__(self, blocking: S_co, threads: Threads) -> None:
        self._blocking = blocking
        self.threads = threads

    @property
    def blocking(self) -> S_co:
        """The object whose methods run on the threads."""
        return self._blocking


async def run_on(threads: Threads, lane: Lane, work: Callable[[], R]) -> R:
    """Run blocking work on a thread of the lane; when the awaiting task is cancelled the work is told to stop.

    Raises:
        ClientClosed: the threads have ended, or did before the work began.
    """
    import asyncio

    stop = threading.Event()
    context = stopped_by(stop)
    job = threads.submit(lane, lambda: context.run(work))
    result = asyncio.wrap_future(job)
    try:
        await asyncio.wait([result])  # `await result` would tell nobody whether the task or the job was cancelled
    except asyncio.CancelledError:
        stop.set()
        if not job.cancel():  # already running: wait for it to notice
            await asyncio.gather(result, return_exceptions=True)
        raise
    if job.cancelled():  # by `shutdown`
        raise ClientClosed
    return result.result()


def in_store_thread(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[AsyncMirror[S], P], Coroutine[Any, Any, R]]:
    """Return the twin of a method that reads and writes the database.

    What generates returns something with a twin of its own, and is written by hand (`streams.run_chat`).
    """
    return _mirrored(method, "store")


def in_embedding_thread(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[AsyncMirror[S], P], Coroutine[Any, Any, R]]:
    """Return the twin of a method that may embed, and the first time load the model for it."""
    return _mirrored(method, "embed")


def in_waiting_thread(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[AsyncMirror[S], P], Coroutine[Any, Any, R]]:
    """Return the twin of a method that waits for work done elsewhere."""
    return _mirrored(method, "wait")


def _mirrored(
    method: Callable[Concatenate[S, P], R], lane: Lane
) -> Callable[Concatenate[AsyncMirror[S], P], Coroutine[Any, Any, R]]:
    @functools.wraps(method)
    async def call(self: AsyncMirror[S], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await run_on(self.threads, lane, functools.partial(method, self.blocking, *args, **kwargs))

    return call
