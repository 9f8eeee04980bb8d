"""What a fork does to the connections of this process: it waits until none is in use, and closes them in the new one.

SQLite remembers in the process which locks that process has on a file. One that is forked off inherits the memory but
no lock, and whatever it opened would rely on locks that its parent may let go of:

- when the parent closed the file, it deleted the log that its child wrote to: what the child had committed was lost.
- when a thread of the parent was writing, the child waited 30 s for a lock that nobody would ever give back, or for
  ever for one of SQLite's own.

So nothing is in use at a fork, and in the new process everything is closed at once: SQLite forgets the files with the
last connection to them. Where that cannot be, since a thread took too long or the fork came from within a transaction,
the new process opens no database. This file knows no table and runs no statement.
"""

import contextlib
import importlib
import os
import struct
import sys
import threading
import time
import weakref
from collections.abc import Generator, Iterable
from typing import Any, Protocol, TypeVar

if sys.platform != "win32":
    import fcntl

WAIT_S = 10.0
"""How long a fork waits for other threads: a program that is stopped within a write holds them up for seconds."""

PATIENCE_S = 0.01
"""How long for one of them before all are let go, at first; they may be waiting for each other."""

# the bytes that whoever has a file open has a lock on, https://sqlite.org/src/file/src/os.h
_SHARED_FIRST, _SHARED_BYTES = 0x40000002, 510

_T = TypeVar("_T")


class Guarded(Protocol):
    """A connection, or what has one."""

    @property
    def lock(self) -> Any:
        """The lock that it is used under, which the thread that has it can take once more."""
        ...


class Inheritable(Protocol):
    """What has connections that a process which is forked off inherits."""

    def guarded(self) -> Iterable[Guarded]:
        """Return its connections; it gets new ones, and is made, only `within`."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether none of its connections is within a transaction that would have to be rolled back."""
        ...

    def leave_to_parent(self, *, closing: bool) -> None:
        """Become unusable in the process that was forked off; close the connections there, or else never."""
        ...


class _Fork(threading.local):
    """What a thread that forks has come to."""

    def __init__(self) -> None:
        self.depth = 0
        """How many `within` this thread is in."""
        self.held: list[Any] = []
        self.kept: list[Guarded] = []
        """Else Python would close those of threads that are not in the new process before anything is called there."""
        self.can_close = False


_inherited: weakref.WeakSet[Any] = weakref.WeakSet()
_entering = threading.RLock()
_in_use: set[Any] = set()
"""A lock for each thread that uses a connection which no `Inheritable` knows."""
_fork = _Fork()
_is_unfit = False


def watch(inheritable: Inheritable) -> None:
    """Let a fork wait for this one."""
    _inherited.add(inheritable)


def is_unfit() -> bool:
    """Whether this process was forked off at a moment that left SQLite unusable in it."""
    return _is_unfit


@contextlib.contextmanager
def within() -> Generator[None, None, None]:
    """Let a fork wait for what is done within on connections that no `Inheritable` knows."""
    with _awaited():
        _fork.depth += 1
        try:
            yield
        finally:
            _fork.depth -= 1


@contextlib.contextmanager
def ended() -> Generator[None, None, None]:
    """Let a fork wait for what is done within with a connection whose thread may have ended.

    What belongs to that thread alone is not asked for: it is gone, and made anew at its very end it stays for ever.
    """
    with _awaited():
        yield


@contextlib.contextmanager
def _awaited() -> Generator[None, None, None]:
    lock = threading.RLock()
    with lock:
        with _entering:
            _in_use.add(lock)
        try:
            yield
        finally:
            _in_use.discard(lock)


def members(group: "weakref.WeakSet[_T]") -> list[_T]:
    """Return what is in a set that other threads may be adding to."""
    while True:
        try:
            return list(group)
        except RuntimeError:  # it grew meanwhile
            continue


@contextlib.contextmanager
def not_as_the_last(path: str) -> Generator[None, None, None]:
    """Keep SQLite from taking a connection that is closed within for the last one to the file.

    The last one writes the log into the file and deletes it. The parent's own lock keeps that from happening, unless
    the parent has just closed the file, or was killed. A lock of an open descriptor counts for the same process, too.
    """
    with contextlib.ExitStack() as stack:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # the file is gone, or somebody is closing it as the last
                descriptor = os.open(path, os.O_RDONLY)
                stack.callback(os.close, descriptor)
                lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_BYTES, 0)
                fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
        yield


def never_freed(thing: object) -> None:
    """Keep an object beyond the end of the interpreter, which would close it."""
    import ctypes  # `_stand_still` has imported it

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _stand_still() -> None:
    """Wait, not for ever, until no other thread is within SQLite, and keep them all out; none is importing either."""
    _fork.can_close = False  # should Ctrl-C end the waiting
    give_up = time.monotonic() + WAIT_S
    first: list[Any] = []
    patience_s = PATIENCE_S
    while True:
        missed = _hold_all(first, patience_s, give_up)
        if (missed is None and not _others_import()) or time.monotonic() > give_up:
            break
        _go_on()
        time.sleep(0.001)  # whoever waits for one of them has its turn
        if missed is not None:
            first, patience_s = [missed], 2 * patience_s
    _fork.can_close = missed is None and not _fork.depth and all(each.is_idle for each in members(_inherited))
    if not _fork.can_close:
        importlib.import_module("ctypes")  # for `never_freed`


def _others_import() -> bool:
    """Return whether other threads are importing: in the new process such an import would never end."""
    locks = getattr(sys.modules.get("importlib._bootstrap"), "_module_locks", {})  # private: perhaps gone
    owners = {getattr(reference(), "owner", None) for reference in [*locks.values()]} - {None}
    return bool(owners) and threading.get_ident() not in owners  # else they may be waiting for one of this thread's


def _hold_all(first: Iterable[Any], patience_s: float, give_up: float) -> Any:
    """Take all locks; return the one that was not to be had, None if all are held."""
    # those that take long come first; once nobody can enter any more, whoever has entered leaves, and nothing is new
    for locks in (lambda: first, _locks, lambda: [_entering], lambda: [*_in_use], _locks):
        for lock in locks():
            if not _hold(lock, patience_s, give_up):
                return lock
    return None


def _hold(lock: Any, patience_s: float, give_up: float) -> bool:
    is_held: bool = lock.acquire(timeout=min(patience_s, max(give_up - time.monotonic(), 0)))
    if is_held:
        _fork.held.append(lock)
    return is_held


def _locks() -> list[Any]:
    _fork.kept = [connection for each in members(_inherited) for connection in each.guarded()]
    return [*_in_use, *(connection.lock for connection in _fork.kept)]


def _go_on() -> None:
    while _fork.held:
        _fork.held.pop().release()
    _fork.kept = []


def _leave_all_to_parent() -> None:
    global _entering, _is_unfit
    closing = _fork.can_close and not _is_unfit
    _is_unfit = not closing
    _entering = threading.RLock()  # a thread that is not in this process may have held it
    _in_use.clear()
    _fork.held.clear()
    for each in members(_inherited):
        try:
            each.leave_to_parent(closing=closing)
        except Exception:  # what could not be closed is remembered by SQLite, too
            _is_unfit = True
    _fork.kept = []


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_stand_still, after_in_parent=_go_on, after_in_child=_leave_all_to_parent)
