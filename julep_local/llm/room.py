"""Which models may be in memory together: one that nobody wants goes before another is loaded.

Counted is what plan.py says of each. It knows nothing of llama.cpp.
"""

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator
from typing import Protocol

from julep_local.errors import ModelError
from julep_local.llm.native import Aborted

_WAIT_S = 60.0
"""Answers under way may take so long until a model that is needed no more can go."""
_POLL_S = 0.05


class Resident(Protocol):
    """A model that takes memory."""

    @property
    def name(self) -> str:
        """As shown to people."""
        ...

    @property
    def last_used(self) -> float:
        """When somebody last wanted it, on the monotonic clock."""
        ...

    def unload(self, wait_s: float | None = None) -> bool:
        """Give the memory back; return whether that has happened within the time."""
        ...


class Place:
    """What a model takes of the memory, from before it is loaded until its memory was given back.

    It outlives the model, which may be dropped while the thread that owns it still computes.
    """

    def __init__(self, model: Resident) -> None:
        self.model = weakref.ref(model)
        self.name = model.name
        self.n_bytes = 0

    @property
    def last_used(self) -> float:
        """When somebody last wanted the model; 0 when nobody can any more."""
        model = self.model()
        return 0.0 if model is None else model.last_used

    def leave(self) -> None:
        """Be counted no more."""
        _taken.discard(self)

    def clear(self, wait_s: float) -> bool:
        """Have the model give back its memory; return whether that has happened within the time."""
        until = time.monotonic() + wait_s
        model = self.model()
        if model is not None:
            model.unload(wait_s)
        while self in _taken and time.monotonic() < until:
            time.sleep(wait_s / 10)
        return self not in _taken


_loading = threading.Lock()
_taken: set[Place] = set()


@contextlib.contextmanager
def room_for(place: Place, n_bytes: int, *, budget: int, goes_on: Callable[[], bool]) -> Generator[None, None, None]:
    """Make room for a model, which is loaded inside; one at a time. It counts from here on until it leaves its place.

    A model too large for the budget alone is loaded all the same: its weights are mapped, and need not be in memory.

    Raises:
        Aborted: `goes_on` said no.
        ModelError: those that are in memory are all in use.
    """
    loading = _loading
    while not loading.acquire(timeout=_POLL_S):
        if not goes_on():
            raise Aborted
    try:
        _make_room(n_bytes, budget, goes_on)
        place.n_bytes = n_bytes
        _taken.add(place)
        try:
            yield
        except BaseException:
            place.leave()
            raise
    finally:
        loading.release()


def _make_room(n_bytes: int, budget: int, goes_on: Callable[[], bool]) -> None:
    until = time.monotonic() + _WAIT_S
    while True:
        taken = sorted(_taken, key=lambda place: place.last_used)
        if not taken or sum(place.n_bytes for place in taken) + n_bytes <= budget:
            return
        if not goes_on():
            raise Aborted
        if time.monotonic() > until:
            names = ", ".join(place.name for place in taken)
            raise ModelError(
                f"no room for a model of {n_bytes / 2**30:.1f} GiB beside {names}, which still answer: try again "
                f"later, or allow more than {budget / 2**30:.1f} GiB with JULEP_LOCAL_MODEL_MEMORY_MB"
            )
        for place in taken:
            if place.clear(_POLL_S):
                break


def _leave_all_to_parent() -> None:
    """Start anew in a process that was forked off: a thread that is not in it may have held the lock."""
    global _loading
    _loading = threading.Lock()
    _taken.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_leave_all_to_parent)
