"""Who may use a model next: one at a time, queries before bulk work, else in the order in which they came."""

import collections
import contextlib
import threading
from collections.abc import Callable, Generator


class Turns:
    """A lock with two lines. A query waits for the batch under way at most, and loops of batches take turns."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = False
        self._queries: collections.deque[object] = collections.deque()
        self._others: collections.deque[object] = collections.deque()

    @contextlib.contextmanager
    def turn(self, *, is_query: bool, go_on: Callable[[], None] | None = None) -> Generator[None, None, None]:
        """Wait for one's turn and hold it. `go_on` is asked while waiting and may raise."""
        self._acquire(self._queries if is_query else self._others, go_on)
        try:
            yield
        finally:
            self._give_back()

    @contextlib.contextmanager
    def turn_if_free(self) -> Generator[bool, None, None]:
        """Hold it, if nobody does or waits for it; give whether that is so."""
        with self._changed:
            is_free = not (self._held or self._queries or self._others)
            self._held = self._held or is_free
        try:
            yield is_free
        finally:
            if is_free:
                self._give_back()

    def _give_back(self) -> None:
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def _acquire(self, line: collections.deque[object], go_on: Callable[[], None] | None) -> None:
        me = object()
        with self._changed:
            line.append(me)
            try:
                while self._held or (self._queries or self._others)[0] is not me:
                    self._changed.wait(0.05)
                    if go_on is not None:
                        go_on()
                self._held = True
            finally:  # also on Ctrl-C: who has gone must not stay first in line
                line.remove(me)
                self._changed.notify_all()
