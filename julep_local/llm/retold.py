"""How far the process of an isolated model has read a prompt, told in this process as if the work were done here.

It knows nothing of processes: it is given what the other one says, and how it is told that somebody cancels.
"""

import contextlib
import threading
from collections.abc import Callable

from julep_local import progress
from julep_local.errors import Cancelled
from julep_local.llm import wire

_MOST_UNDER_WAY = 64
"""A process that tells of more at once is not believed. The engine has far fewer answers under way."""


class Retold:
    """What one process tells of its work. Used by the thread that reads what it says.

    Args:
        name: the model's.
        owner: what the work is done for.
    """

    def __init__(self, name: str, owner: object) -> None:
        self._name, self._owner = name, owner
        self._works: dict[int, progress.Work] = {}

    def take(self, told: wire.Progressed, cancel: Callable[[], object]) -> None:
        """Tell of it; `cancel` is called, on any thread, when somebody cancels it here."""
        if told.is_over:
            work = self._works.pop(told.work_id, None)
            if work is not None:
                work.end(work.cancelled() if told.done < told.total else None)
            return
        work = self._works.get(told.work_id)
        if work is None:
            if len(self._works) >= _MOST_UNDER_WAY:
                return
            stop = _Stop(cancel)
            # at once: the other process has waited for whether it takes long
            work = self._works[told.work_id] = progress.begin(
                told.what, self._name, total=told.total, unit="tokens", owner=self._owner, at_once=True, stop=stop
            )
        with contextlib.suppress(Cancelled):  # the other process knows, and says so to whoever waits
            work.at(told.done)

    def end(self) -> None:
        """The process has ended, and with it what it did."""
        while self._works:
            work = self._works.popitem()[1]
            work.end(work.cancelled())


class _Stop(threading.Event):
    """An event that passes on that it is set."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    def set(self) -> None:
        """Set it, and pass that on once."""
        if not self.is_set():
            super().set()
            self._then()
