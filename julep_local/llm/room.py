"""Which models may be in memory together: one that nobody wants goes before another is loaded.

Counted is what plan.py says of each. It knows nothing of llama.cpp.
"""

import contextlib
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
    def is_loaded(self) -> bool:
        """Whether it is in memory now."""
        ...

    @property
    def last_used(self) -> float:
        """When somebody last wanted it, on the monotonic clock."""
        ...

    def unload(self, wait_s: float | None = None) -> bool:
        """Give the memory back; return whether that has happened within the time."""
        ...


_loading = threading.Lock()
_residents: "weakref.WeakKeyDictionary[Resident, int]" = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def room_for(model: Resident, n_bytes: int, *, budget: int, goes_on: Callable[[], bool]) -> Generator[None, None, None]:
    """Make room for a model, which is loaded inside; one at a time.

    A model too large for the budget alone is loaded all the same: its weights are mapped, and need not be in memory.

    Raises:
        Aborted: `goes_on` said no.
        ModelError: those that are in memory are all in use.
    """
    while not _loading.acquire(timeout=_POLL_S):
        if not goes_on():
            raise Aborted
    try:
        _make_room(n_bytes, budget, goes_on)
        yield
        _residents[model] = n_bytes
    finally:
        _loading.release()


def _make_room(n_bytes: int, budget: int, goes_on: Callable[[], bool]) -> None:
    until = time.monotonic() + _WAIT_S
    while True:
        taken = {each: n for each, n in _residents.items() if each.is_loaded}
        if not taken or sum(taken.values()) + n_bytes <= budget:
            return
        others = sorted(taken, key=lambda each: each.last_used)
        if not goes_on():
            raise Aborted
        if time.monotonic() > until:
            names = ", ".join(other.name for other in others)
            raise ModelError(
                f"no room for a model of {n_bytes / 2**30:.1f} GiB beside {names}, which still answer: try again "
                f"later, or allow more than {budget / 2**30:.1f} GiB with JULEP_LOCAL_MODEL_MEMORY_MB"
            )
        for other in others:
            if other.unload(_POLL_S):
                break
