"""Whose turn it is to write: threads in the order in which they came, and processes as nearly so as SQLite allows.

This file knows no table and runs no statement.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

BUSY_S = 30.0
"""How long a write waits for another thread or process. A laptop's lid or a debugger stops one for seconds."""

ASK_AGAIN_S = 0.002
"""How often, at the least, a process looks whether it can write; the longer it has waited, the more often, up to 8
times. SQLite's own steps come to 100 ms, and it meets a process that writes without a pause busy nearly each time:
beside one that had been stopped for 5 s, others waited 6.8 s. With 32 writers the slowest hundredth waits some 100 ms,
130 when they asked every 8 ms, and twice as long when all asked equally often."""


class Turn:
    """A lock that threads get in the order in which they asked.

    `threading.Lock` goes to whoever asks at the right moment: with 8 processes of 4 threads the slowest hundredth
    waited a quarter longer for it.
    """

    def __init__(self) -> None:
        self._guard = threading.RLock()  # a signal handler may come to write, too
        self._is_held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn, in seconds at most; return whether it came."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        came = False
        try:
            came = mine.acquire(timeout=timeout)
        finally:
            if not came:
                with self._guard:
                    came_late = mine not in self._waiting
                    if not came_late:
                        self._waiting.remove(mine)
                if came_late:
                    self.release()
        return came

    def release(self) -> None:
        """Hand the turn to the thread that has waited for the longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False


def wait_for_other_processes(begin: Callable[[], bool]) -> None:
    """Call `begin` until it returns true, which it does once no other process is writing; it raises to give up."""
    began, pause_s = time.monotonic(), ASK_AGAIN_S / 8
    while not begin():
        time.sleep(pause_s)
        pause_s = max(ASK_AGAIN_S - (time.monotonic() - began) / 20, ASK_AGAIN_S / 8)
