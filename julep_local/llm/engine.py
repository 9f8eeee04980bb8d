"""The thread that owns a model: nobody else touches its context, and whoever wants an answer waits in line.

Answers take turns: after a fifth of a second the one under way lets the next one in, its KV cache copied out, so that
nobody waits for another to finish. Work in the background runs only while no chat wants the model. Because callers only
wait here, and never inside llama.cpp, they can leave at any time: Ctrl-C, a cancelled task and a dropped iterator all
end in `Ticket.cancel`, and llama.cpp is interrupted within milliseconds. While nobody wants anything what was read is
saved, and after a while the model is unloaded. It knows nothing of messages or sampling.
"""

import collections
import contextlib
import functools
import logging
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelError
from julep_local.llm.base import Delta, Finish, Preempted, Purpose
from julep_local.llm.native import Aborted

SLICE_S = 0.2
"""An answer has the model for so long while others wait. Taking turns costs some 5 ms each time."""
MOST_UNDER_WAY = 8
"""Answers that take turns; further ones wait until one is finished, because each keeps its KV cache in memory."""
SAVE_AFTER_S = 2.0
"""What was read is saved to disk when nobody has wanted the model for so long."""
POLL_S = 0.02
"""How often a caller that waits looks whether it should go."""

PORTION, SHORT_PORTION = 512, 128
"""Tokens of a prompt that are read in one step, where the model reads so many; fewer while others wait."""


class Work(Protocol):
    """An answer to be generated, a step at a time, by the thread that owns the model."""

    def step(self, most_tokens: int) -> Delta | Finish | None:
        """Read a piece of the prompt of at most so many tokens, or generate a token; return what came of it."""
        ...

    @property
    def may_pause(self) -> bool:
        """Whether it comes out the same if others use the model in between."""
        ...

    def pause(self) -> None:
        """Let another answer use the model."""
        ...

    def resume(self) -> None:
        """Go on where it was paused."""
        ...

    def leave(self) -> None:
        """Give back what it holds, finished or not."""
        ...


class Owned(Protocol):
    """A loaded model, as the thread that owns it sees it."""

    def abort(self) -> None:
        """Interrupt what it computes, from any thread."""
        ...

    def go_on(self) -> None:
        """Take `abort` back."""
        ...

    def save(self) -> None:
        """Keep what was read beyond the life of the process."""
        ...

    def close(self) -> None:
        """Give back the memory."""
        ...


FORKED = "a model does not survive fork: open a client of its own in the new process"

M = TypeVar("M", bound=Owned)

_log = logging.getLogger(__name__)


class Ticket:
    """A place in line, held by whoever waits for an answer."""

    def __init__(self, engine: "Engine[Any]", work: Work, purpose: Purpose) -> None:
        self.work = work
        self.is_chat = purpose == "chat"
        self.has_begun = False
        self.failure: BaseException | None = None
        """Why it must end; None as long as it may go on."""
        self._engine = engine
        self._out: queue.SimpleQueue[Delta | Finish | BaseException] = queue.SimpleQueue()

    def __iter__(self) -> Iterator[Delta | Finish]:
        """Yield what comes of the work.

        Raises:
            Cancelled: `stop_requested()` became true.
            Preempted: a chat arrived, and this is none.
            ClientClosed: the model was closed.
        """
        try:
            while True:
                item = self._next()
                if isinstance(item, BaseException):
                    raise item
                yield item
                if isinstance(item, Finish):
                    return
        finally:
            self.cancel()

    def _next(self) -> Delta | Finish | BaseException:
        while True:
            if stop_requested():
                raise Cancelled("the generation was cancelled")
            try:
                return self._out.get(timeout=POLL_S)
            except queue.Empty:
                continue

    def put(self, item: Delta | Finish | BaseException) -> None:
        """Hand something to whoever waits."""
        self._out.put(item)

    def cancel(self) -> None:
        """Leave the line; does not wait."""
        self._engine.end(self, Cancelled("the generation was cancelled"))


@dataclass
class _Loading:
    """A load that is under way, and who waits for it."""

    done: threading.Event = field(default_factory=threading.Event)
    waiting: set[object] = field(default_factory=set)
    failure: BaseException | None = None
    is_given_up: bool = False
    """Nobody waited any more; whoever came at that very moment has it begun again."""
    loaded: Any = None


class Engine(Generic[M]):
    """The thread, and the line before it.

    Ctrl-C can raise wherever a call returns. So what must be taken back is marked inside the `try` that takes it back,
    and locks are entered themselves: a `Condition` is entered by a call, behind which its lock would be lost.

    Args:
        load: loads the model; asks the function it is given whether to go on.
        idle_s: the model is unloaded when nobody has wanted it for so long; None keeps it.
        name: of the model, for the thread's name.
        freed: called when the model's memory was given back.
        may_close_inside: closing the model harms nobody who is inside: they get an error.
    """

    def __init__(
        self,
        load: Callable[[Callable[[], bool]], M],
        *,
        idle_s: float | None = None,
        name: str = "model",
        freed: Callable[[], object] = lambda: None,
        may_close_inside: bool = False,
    ) -> None:
        self._load_model = load
        self._idle_s = idle_s
        self._name = name
        self._freed = freed
        self._may_close_inside = may_close_inside
        self.n_steps = 0
        """Counts what the thread has done, and goes on counting as long as it moves."""
        self._set_up_lock()
        self._line: collections.deque[Ticket] = collections.deque()
        self._present: Ticket | None = None
        self._n_under_way = 0
        self._errands: collections.deque[Callable[[], None]] = collections.deque()
        self._owned: M | None = None
        self._loading: _Loading | None = None
        self._inside: set[object] = set()
        self.last_used = 0.0
        """When somebody last wanted the model, on the monotonic clock."""
        self._unloads = self._retired = self._closed = False
        self._thread: threading.Thread | None = None
        _engines.add(self)

    def _set_up_lock(self) -> None:
        # re-entrant: the garbage collector may end a dropped answer on a thread that is in here
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)

    # -- for callers

    @property
    def is_loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._owned is not None

    @property
    def owned(self) -> M | None:
        """The model, if it is in memory now. It may be gone in the next moment unless the caller is inside."""
        return self._owned

    @property
    def is_busy(self) -> bool:
        """Whether the thread has something to do, or is doing it."""
        return self._present is not None or self._loading is not None or bool(self._line or self._errands)

    @contextlib.contextmanager
    def inside(self) -> Generator[M, None, None]:
        """Have the model, loaded if need be, stay in memory inside.

        Raises:
            Cancelled: the caller went away while it loaded.
            ClientClosed: the model was closed.
            ModelError: it cannot be loaded.
        """
        me = object()
        try:
            with self._lock:
                if self._closed:
                    raise ClientClosed
                self._inside.add(me)
            yield self._owned or self._loaded()
        finally:
            self._inside.discard(me)  # first, and without the lock: Ctrl-C can end the wait for it
            with self._lock:
                self.last_used = time.monotonic()
                if not self._inside:
                    self._changed.notify_all()

    def hold(self) -> object:
        """Stay inside until the object is given to `let_go`, which any thread may do at any time."""
        me = object()
        self._inside.add(me)
        return me

    def let_go(self, held: object) -> None:
        """Be inside no more. Takes no lock: the garbage collector may be who calls it."""
        self._inside.discard(held)
        self.last_used = time.monotonic()

    def submit(self, work: Work, purpose: Purpose) -> Ticket:
        """Put work in line and return the place there. The caller is inside.

        Raises:
            ClientClosed: the model was closed.
        """
        ticket = Ticket(self, work, purpose)
        try:
            with self._lock:
                if self._closed:
                    raise ClientClosed
                self._line.append(ticket)
                present = self._present
                if ticket.is_chat and present is not None and not present.is_chat:
                    self.end(present, Preempted("a chat arrived; try again when the model is idle"))
                self._wake()
        except BaseException:
            ticket.cancel()
            raise
        return ticket

    def end(self, ticket: Ticket, reason: BaseException) -> None:
        """Have an answer end as soon as possible; does not wait."""
        with self._lock:
            if ticket.failure is None:
                ticket.failure = reason
                if ticket is self._present and self._owned is not None:
                    self._owned.abort()
                self._changed.notify_all()

    def drop(self, owned: M) -> None:
        """Have the next who wants the model load it anew, because this one is of no use any more.

        Whoever calls this has closed it, or sees to it that nobody is inside.
        """
        with self._lock:
            if self._owned is not owned:
                return
            self._owned = None
            self._retired = False
            self._errands.clear()
            _try(self._freed)  # before anybody else can load it, whose memory it would take for given back
            self._changed.notify_all()

    def run_soon(self, errand: Callable[[M], None]) -> bool:
        """Have the thread that owns the model do something short, without waiting; False if it is not loaded."""
        with self._lock:
            if self._owned is None:
                return False
            self._errands.append(functools.partial(errand, self._owned))
            self._wake()
            return True

    def unload(self, wait_s: float | None = None) -> bool:
        """Give back the memory once no answer is under way; whoever wants one later loads the model again.

        Returns:
            Whether it has happened within the time; None waits without limit.
        """
        with self._lock:
            try:
                if self._owned is not None:
                    self._unloads = True
                    self._wake()
                return self._changed.wait_for(lambda: self._owned is None, wait_s)
            finally:
                self._unloads = False  # who was refused does not get it later, behind the back of others

    def retire(self) -> None:
        """Unload the model as soon as nobody is inside, keeping nothing of what it has read; does not wait."""
        with self._lock:
            if self._owned is not None:
                self._retired = True
                self._wake()

    def close(self, wait_s: float | None = None) -> None:
        """End everything and give back the memory; wait for that, no longer than the time given."""
        with self._lock:
            self._closed = True
            for ticket in self._tickets():
                self.end(ticket, ClientClosed())
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(wait_s)

    def leave_to_parent(self) -> None:
        """Be closed in a process that was forked off: the thread is not here, and locks that it held are."""
        self._set_up_lock()
        self._closed = True
        self._thread = self._owned = self._loading = None
        self._errands.clear()
        for ticket in self._tickets():
            ticket.put(ModelError(FORKED))
        self._line.clear()
        self._present = None

    def _tickets(self) -> list[Ticket]:
        return [*self._line, *([self._present] if self._present is not None else [])]

    # -- loading

    def _loaded(self) -> M:
        loading = self._wait_for_load()
        if loading.is_given_up:
            return self._loaded()  # those who waited before have gone, and it was given up for them
        if loading.failure is not None:
            raise loading.failure
        if self._closed:
            raise ClientClosed
        owned: M = loading.loaded
        return owned

    def _wait_for_load(self) -> _Loading:
        me = object()
        loading: _Loading | None = None
        try:
            with self._lock:
                if self._closed:
                    raise ClientClosed
                loading = self._loading = self._loading or _Loading()
                loading.waiting.add(me)
                self._wake()
            while not loading.done.wait(POLL_S):
                if stop_requested():
                    raise Cancelled("cancelled while the model was loading")
            return loading
        finally:
            if loading is not None:
                loading.waiting.discard(me)  # when nobody waits any more, loading is given up

    def _load(self, loading: _Loading) -> None:
        if self._owned is None:
            try:
                self._owned = self._load_model(lambda: self._goes_on(loading))
            except Aborted:
                loading.is_given_up = not self._closed
                loading.failure = ClientClosed()
            except BaseException as error:  # whoever waits must get it
                loading.failure = error
        with self._lock:
            self._loading = None
            loading.loaded = self._owned
            loading.done.set()

    def _goes_on(self, loading: _Loading) -> bool:
        self.n_steps += 1
        return bool(loading.waiting) and not self._closed

    # -- the thread

    def _wake(self) -> None:
        self._changed.notify_all()
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name=f"julep-{self._name}", daemon=True)
        try:
            self._thread = thread
            thread.start()
        except BaseException:
            self._thread = None  # if it begins all the same it is none of ours, and ends
            raise

    def _run(self) -> None:
        """Do one thing after the other until the model is unloaded."""
        me = threading.current_thread()
        while self._thread is me:
            try:
                self._work_off(me)
            except BaseException as error:
                _log.exception("the thread of %s failed and goes on", self._name)
                self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """Tell all who wait, for whom the thread cannot do anything any more."""
        with self._lock:
            tickets = self._tickets()
            self._line.clear()
            self._present = None
            self._n_under_way = 0
            for ticket in tickets:
                _try(ticket.work.leave)
                ticket.put(error)
            self._end_loading(error)

    def _work_off(self, me: threading.Thread) -> None:
        idle_since, saved_at = time.monotonic(), 0.0
        while True:
            with self._lock:
                if self._thread is not me:
                    return
                task = self._next_task()
                if task is None:
                    unused_s = time.monotonic() - max(idle_since, self.last_used)  # counting a prompt is use, too
                    ends = self._ends(unused_s)
                    # a worker process is given its work past this thread, so that only its use tells of it
                    saved = saved_at >= max(idle_since, self.last_used)
                    if ends and (saved or self._retired or self._owned is None):
                        self._give_back()
                        return
                    if saved or self._retired or not (ends or unused_s >= SAVE_AFTER_S):
                        self._changed.wait(self._wait_s(unused_s, saved))
                        continue
                owned = self._owned
            if task is not None:
                task()
                idle_since = time.monotonic()
            elif owned is not None:
                used_before = self.last_used
                _try(owned.save)
                saved_at = time.monotonic() if self.last_used == used_before else 0.0

    def _next_task(self) -> Callable[[], None] | None:
        """Return the next thing to do, None if there is nothing."""
        if self._errands:  # also when closed: what is forgotten must not be saved
            return functools.partial(_try, self._errands.popleft())
        if self._closed:
            return None
        if self._loading is not None:
            return functools.partial(self._load, self._loading)
        ticket = self._next_ticket()
        if ticket is None:
            return None
        self._line.remove(ticket)
        self._present = ticket
        if self._owned is not None:
            self._owned.go_on()
        return functools.partial(self._slice, ticket)

    def _next_ticket(self) -> Ticket | None:
        """Return whose turn it is: a chat's if there is one that may begin or go on."""
        ready = [each for each in self._line if each.has_begun or self._n_under_way < MOST_UNDER_WAY or each.failure]
        return next((each for each in ready if each.is_chat), ready[0] if ready else None)

    def _slice(self, ticket: Ticket) -> None:
        """Let one answer have the model for its share of time."""
        item: Delta | Finish | BaseException | None = None
        try:
            self._begin(ticket)
            until = time.monotonic() + SLICE_S
            while ticket.failure is None and not isinstance(item, Finish):
                waits = self._another_waits()
                item = ticket.work.step(SHORT_PORTION if waits else PORTION)
                if item is not None:
                    ticket.put(item)
                if waits and time.monotonic() > until and not isinstance(item, Finish) and ticket.work.may_pause:
                    ticket.work.pause()
                    with self._lock:
                        self._present = None
                        self._line.append(ticket)
                    return
        except BaseException as error:  # whoever waits must get it
            item = error
        self._finish(ticket, item)

    def _begin(self, ticket: Ticket) -> None:
        if ticket.has_begun:
            if ticket.failure is None:
                ticket.work.resume()
        else:
            ticket.has_begun = True
            self._n_under_way += 1

    def _another_waits(self) -> bool:
        with self._lock:
            self.n_steps += 1
            waiting = self._next_ticket()
            return waiting is not None and waiting.is_chat

    def _finish(self, ticket: Ticket, item: Delta | Finish | BaseException | None) -> None:
        with self._lock:
            self._present = None
            self._n_under_way -= 1
        _try(ticket.work.leave)
        if isinstance(item, Finish):
            return
        if ticket.failure is not None:
            ticket.put(ticket.failure)
        elif isinstance(item, BaseException):
            ticket.put(item)

    def _ends(self, unused_s: float) -> bool:
        """Whether the thread has nothing more to do. Then nobody is in line, unless the model was closed."""
        if self._closed or (self._owned is None and not self._line):
            return True
        wanted = self._unloads or self._retired or (self._idle_s is not None and unused_s >= self._idle_s)
        return wanted and not self._inside and not self._line

    def _wait_s(self, unused_s: float, saved: bool) -> float | None:
        """Return how long to wait until there is something to do unasked, in seconds."""
        times = [] if saved else [SAVE_AFTER_S - unused_s]
        if self._idle_s is not None:
            times.append(self._idle_s - unused_s)
        if self._unloads or self._retired:  # who leaves on Ctrl-C may not say so
            times.append(POLL_S)
        return max(min(times), POLL_S) if times else None

    def _give_back(self) -> None:
        """End the thread, and free the model once nobody is inside."""
        while self._line:
            ticket = self._line.popleft()
            _try(ticket.work.leave)
            ticket.put(ClientClosed())
        self._end_loading(ClientClosed())
        while self._closed and self._inside and not self._may_close_inside:
            self._changed.wait(POLL_S)
        owned, self._owned = self._owned, None
        self._errands.clear()
        self._unloads = self._retired = False
        if owned is not None:
            _try(owned.close)
            _try(self._freed)
        self._thread = None
        self._changed.notify_all()

    def _end_loading(self, failure: BaseException) -> None:
        if self._loading is not None:
            self._loading.failure = failure
            self._loading.done.set()
            self._loading = None


def _try(errand: Callable[[], object]) -> None:
    """Do what must not end the thread; if it fails the model goes on."""
    try:
        errand()
    except BaseException as error:
        _log.warning("the model goes on after an error: %s", error, exc_info=error)


_engines: "weakref.WeakSet[Engine[Any]]" = weakref.WeakSet()


def _leave_all_to_parent() -> None:
    for engine in list(_engines):
        engine.leave_to_parent()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_leave_all_to_parent)
