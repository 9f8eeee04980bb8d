"""Who may use the model next: first come, first served, chats before everything else.

It knows nothing of models, except that one can be interrupted.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed
from julep_local.llm.base import Purpose

_POLL_S = 0.02


class Turn:
    """A place in the line. Compared by identity.

    Attributes:
        gives_way: a chat arrived while this turn, which is none, was under way: it should end soon.
    """

    def __init__(self, purpose: Purpose) -> None:
        self.is_chat = purpose == "chat"
        self.gives_way = False


class Line:
    """Lets one turn through at a time."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        # a generation dropped unfinished is closed by the garbage collector, on whatever thread: hence re-entrant
        self._changed = threading.Condition(threading.RLock())
        self._waiting: list[Turn] = []
        self._present: Turn | None = None
        self._closed = False
        self._interrupt = interrupt

    @contextmanager
    def turn(self, purpose: Purpose) -> Generator[Turn, None, None]:
        """Wait for a turn and hold it inside.

        Raises:
            Cancelled: the caller went away while waiting.
            ClientClosed: the line was closed.
        """
        mine = Turn(purpose)
        self._wait(mine)
        try:
            yield mine
        finally:
            with self._changed:
                self._present = None
                self._changed.notify_all()

    def close(self) -> None:
        """Send everyone away who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait(self, mine: Turn) -> None:
        with self._changed:
            self._waiting.append(mine)
            try:
                self._hurry(mine)
                while not self._closed and (self._present is not None or self._next() is not mine):
                    self._changed.wait(_POLL_S)
                    if stop_requested():
                        raise Cancelled("the call was cancelled while it waited for the model")
                if self._closed:
                    raise ClientClosed
                self._present = mine
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()

    def _next(self) -> Turn:
        return next((turn for turn in self._waiting if turn.is_chat), self._waiting[0])

    def _hurry(self, mine: Turn) -> None:
        present = self._present
        if mine.is_chat and present is not None and not present.is_chat:
            present.gives_way = True
            self._interrupt()
