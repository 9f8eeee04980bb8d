"""Where ids and times come from: all that is written gets them here, so that a test can have the same ones again.

It knows no table and no thread; `testing.Deterministic` is the other kind.
"""

import uuid
from datetime import datetime, timezone


class Stamps:
    """Random ids and the time of day."""

    is_repeatable: bool = False
    """Nothing may depend on how threads take turns: jobs are done at once on the thread that asks for them, and a
    stream generates no further than it is read."""
    seed: int | None = None
    """Of chats that name none themselves; None draws a fresh one each time."""

    def new_id(self) -> str:
        """Return an id that nothing has yet, a UUID of version 4."""
        return str(uuid.uuid4())

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(timezone.utc)

    def opened(self, content: str, latest: str) -> None:
        """Take note of a database that is opened and not blank: a digest of what it holds, and its latest time."""

    def mark(self) -> object:
        """Return where it stands, for `rewind`."""
        return None

    def rewind(self, mark: object) -> None:
        """Go back to there: what was written since then has been undone."""


REAL = Stamps()
