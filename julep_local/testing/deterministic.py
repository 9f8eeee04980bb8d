"""Ids and times that are the same in every run: with them the same program writes the same database.

Beside that the library does its background work at once, and no stream runs ahead of its reader: nothing is left to how
threads take turns. Programs with threads of their own have to put these in order themselves.
"""

import contextlib
import threading
import uuid
from datetime import datetime, timedelta, timezone
from hashlib import blake2b

from julep_local.stamps import Stamps

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
STEP = timedelta(milliseconds=1)


class Deterministic(Stamps):
    """What a client is opened with to be repeatable: `Client(path=":memory:", deterministic=Deterministic(seed=1))`.

    Ids follow from the seed and from how many there were before; of a file that holds something already they follow
    from that too, so that they never meet, and its times are not gone back behind. Give the same object to a client
    that carries on where another stopped.

    Args:
        seed: any whole number. Chats that name no seed use it as theirs.
        start: the first time, with its time zone.
        step: how far the clock goes on each time somebody looks at it; nothing at all freezes it.
    """

    is_repeatable = True

    def __init__(self, seed: int = 0, *, start: datetime = START, step: timedelta = STEP) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start={start!r} has no time zone: add tzinfo=timezone.utc")
        if step < timedelta(0):
            raise ValueError(f"step={step!r}: time does not run backwards; timedelta(0) freezes it")
        self.seed: int | None = seed
        self._step = step
        self._lock = threading.Lock()
        self._salt = b""
        self._n_ids = 0
        self._next = start.astimezone(timezone.utc)

    def new_id(self) -> str:
        """Return the next id, a UUID of version 4."""
        with self._lock:
            self._n_ids += 1
            text = f"{self.seed}:{self._n_ids}".encode()
            salt = self._salt
        return str(uuid.UUID(bytes=blake2b(text, digest_size=16, key=salt).digest(), version=4))

    def now(self) -> datetime:
        """Return the clock's time, and let it go on by a step."""
        with self._lock:
            now = self._next
            self._next = now + self._step
        return now

    def advance(self, by: timedelta) -> None:
        """Let so much time pass."""
        if by < timedelta(0):
            raise ValueError(f"by={by!r}: time does not run backwards")
        with self._lock:
            self._next += by

    def opened(self, content: str, latest: str) -> None:
        """Have the ids follow from what the database holds, too, and the times from its latest one."""
        with self._lock:
            self._salt = blake2b(content.encode(), digest_size=32, key=self._salt).digest()
            with contextlib.suppress(ValueError):  # a table of somebody else may tell the time in another way
                self._next = max(self._next, datetime.fromisoformat(latest.replace("Z", "+00:00")) + self._step)

    def mark(self) -> object:
        """Return where it stands, for `rewind`."""
        with self._lock:
            return self._salt, self._n_ids, self._next

    def rewind(self, mark: object) -> None:
        """Go back to there: what was written since then has been undone."""
        assert isinstance(mark, tuple)
        with self._lock:
            self._salt, self._n_ids, self._next = mark
