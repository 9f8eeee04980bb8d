"""How far long work is: told to whoever listens, on the thread they choose, and cancelled by them.

Whoever does work that can take over a second says so with `doing` or `begin`, and how far it is with `Work.at`, where
`Progress.cancel` then raises `Cancelled`. It costs nothing worth mentioning while nobody listens. One place for all of
a process, because models and downloads are shared by its clients. It knows nothing of what is done, of clients or of
windows.
"""

import contextlib
import functools
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import Self

from julep_local._mirror import also_stopped_by
from julep_local.errors import Cancelled

What = Literal[
    "load_model",
    "load_embedder",
    "read_prompt",
    "download",
    "check_file",
    "optimize",
    "embed",
    "migrate",
    "compact",
    "export",
    "import",
]
"""The kind of work. `embed` is embedding new docs and embedding all of them anew."""

Unit = Literal["bytes", "tokens", "chunks", "rows", "steps", "percent"]
State = Literal["under_way", "done", "failed", "cancelled"]

Callback = Callable[["Progress"], object]
Deliver = Callable[[Callable[[], object]], object]
"""Has a function called on the thread that whoever listens has chosen, and does not wait for it."""

EACH_S = 0.1
"""Of one piece of work not more than one event comes in so long, but for the first and the last."""
AFTER_S = 0.3
"""Work that is often done sooner is not told before."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is."""

    work_id: int
    """Tells it from others; all its events have the same."""
    what: What
    name: str
    """What it is about: the model's name, the file's path, the doc's title."""
    done: int
    total: int | None
    """None as long as nobody knows."""
    unit: Unit
    state: State
    error: str | None = None
    """Why it failed."""
    _stop: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @property
    def is_over(self) -> bool:
        """Whether this is its last event."""
        return self.state != "under_way"

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None as long as nobody knows."""
        return min(self.done / self.total, 1.0) if self.total else None

    def cancel(self) -> None:
        """Have it end as soon as it can, and return at once. Whoever waits for it gets `Cancelled`."""
        self._stop.set()


class Work:
    """A piece of work under way, for whoever does it."""

    def __init__(
        self,
        what: What,
        name: str,
        total: int | None,
        unit: Unit,
        owner: object,
        tell_after_s: float,
        stop: threading.Event | None = None,
    ) -> None:
        self.owner = owner
        """What it is done for: a database, a model. None: for all."""
        self._id = next(_ids)
        self._what: What = what
        self._unit: Unit = unit
        self._name = name
        self._done, self._total = 0, total
        self._tell_at = time.monotonic() + tell_after_s
        self._is_told = False
        self._is_over = False
        self.stop = stop or threading.Event()
        """Set when somebody has cancelled it."""
        _under_way[self._id] = self
        self._tell("under_way")

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it."""
        return self.stop.is_set()

    def at(self, done: int, total: int | None = None) -> None:
        """Say how far it is.

        Raises:
            Cancelled: somebody has cancelled it.
        """
        self._done = done
        if total is not None:
            self._total = total
        if not self.is_cancelled:
            self._tell("under_way")
        if self.is_cancelled:
            raise self.cancelled()

    def cancelled(self) -> Cancelled:
        """Return the error of those who wait for it."""
        return Cancelled(f"{self._what} of {self._name} was cancelled")

    def end(self, error: BaseException | None = None) -> None:
        """Say that it is over. Called again it does nothing."""
        if self._is_over:
            return
        self._is_over = True
        _under_way.pop(self._id, None)
        state: State = "cancelled" if isinstance(error, Cancelled) else "done" if error is None else "failed"
        if state == "done" and self._total is not None:
            self._done = self._total
        if self._is_told:
            self._tell(state, None if error is None or state == "cancelled" else str(error) or type(error).__name__)

    def event(self, state: State, error: str | None = None) -> Progress:
        """Return how it stands."""
        return Progress(self._id, self._what, self._name, self._done, self._total, self._unit, state, error, self.stop)

    def _tell(self, state: State, error: str | None = None) -> None:
        now = time.monotonic()
        if state == "under_way" and (not _listeners or now < self._tell_at):
            return
        self._tell_at = now + EACH_S
        self._is_told = True
        event = self.event(state, error)
        for listener in _listeners:
            listener.tell(event, self.owner)


def begin(
    what: What,
    name: str,
    *,
    total: int | None = None,
    unit: Unit = "steps",
    owner: object = None,
    at_once: bool = False,
    stop: threading.Event | None = None,
) -> Work:
    """Say that work begins, and return what says how far it is. Whoever calls this calls its `end`.

    Args:
        what: the kind of work.
        name: what it is about, for people.
        total: how much there is to do, if that is known.
        unit: what is counted.
        owner: what it is done for, which not all clients may have. None: all are told.
        at_once: tell of it before `AFTER_S` are over: it usually takes longer.
        stop: set when somebody cancels it; None: one of its own.
    """
    return Work(what, name, total, unit, owner, 0.0 if at_once else AFTER_S, stop)


@contextlib.contextmanager
def doing(
    what: What,
    name: str,
    *,
    total: int | None = None,
    unit: Unit = "steps",
    owner: object = None,
    at_once: bool = False,
) -> Generator[Work, None, None]:
    """Say that work is done inside; as `begin`. When it is cancelled, `stop_requested()` becomes true there."""
    work = begin(what, name, total=total, unit=unit, owner=owner, at_once=at_once)
    try:
        with also_stopped_by(work.stop):
            yield work
    except BaseException as error:
        work.end(error)
        raise
    work.end()


class Listening:
    """What ends the telling: `close()`, or the end of a `with` block."""

    def __init__(self, callback: Callback, deliver: Deliver | None, concerns: Callable[[object], bool]) -> None:
        self._callback, self._deliver, self._concerns = callback, deliver, concerns

    def tell(self, event: Progress, owner: object) -> None:
        """Hand the event on. What goes wrong there is logged: the work must not suffer from it."""
        try:
            if owner is not None and not self._concerns(owner):
                return
            if self._deliver is None:
                self._called(event)
            else:
                self._deliver(functools.partial(self._called, event))
        except Exception:
            _log.warning("nobody is told of progress any more, because that failed", exc_info=True)
            self.close()

    def close(self) -> None:
        """Tell nothing more, also not what is on its way. Called again it does nothing."""
        global _listeners
        with _lock:
            _listeners = tuple(each for each in _listeners if each is not self)

    def _called(self, event: Progress) -> None:
        if self in _listeners:
            self._callback(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def listen(
    callback: Callback, *, deliver: Deliver | None = None, concerns: Callable[[object], bool] = lambda owner: True
) -> Listening:
    """Have a function told of all work of this process, what is under way included.

    Args:
        callback: told.
        deliver: has it called on a thread of one's own choice (`julep_local.delivery`); None: on the one that does the
            work, which waits for it.
        concerns: whether work for this database, model or embedder is to be told.
    """
    global _listeners
    listening = Listening(callback, deliver, concerns)
    with _lock:
        _listeners = (*_listeners, listening)
    for work in list(_under_way.values()):
        work._tell("under_way")  # pyright: ignore[reportPrivateUsage]
    return listening


_ids = itertools.count(1)
_lock = threading.Lock()
_listeners: tuple[Listening, ...] = ()
_under_way: dict[int, Work] = {}


def _forget() -> None:
    """Tell nobody in a process that was forked off: who listens is in the other one."""
    global _lock, _listeners
    _lock, _listeners = threading.Lock(), ()
    _under_way.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
