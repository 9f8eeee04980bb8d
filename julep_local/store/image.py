"""A database in memory that others begin as a copy of."""

import threading
from typing import TYPE_CHECKING, Any

from julep_local.settings import IN_MEMORY
from julep_local.store import forking, versions
from julep_local.store.connection import connected

if TYPE_CHECKING:
    from julep_local.store.database import Database


class Image:
    """A database in memory that others begin as a copy of: to copy one takes a hundredth of the time to make it."""

    def __init__(self, source: "Database | None" = None) -> None:
        """Take a copy of a database; None is a blank one, made when it is first wanted."""
        self.lock = threading.RLock()  # held while it is made or copied
        self._raw: Any = None
        with forking.within():
            forking.watch(self)
        if source is not None:
            from julep_local.store.digest import digest, latest_time

            self.digest, self.latest = digest(source), latest_time(source)
            with self.lock:
                self._raw = connected(IN_MEMORY)
                source.copy_to(self._raw)

    def copy_to(self, raw: Any) -> None:
        """Copy it into the database of a connection, in place of what that holds."""
        with self.lock:
            if self._raw is None:
                made = connected(IN_MEMORY)
                with versions.tables_remade(made):
                    versions.migrate(made, IN_MEMORY)
                self._raw = made
            self._raw.backup(raw)

    def guarded(self) -> list["Image"]:
        """Return what has its connection: it alone."""
        return [self]

    @property
    def is_idle(self) -> bool:
        """Whether nothing has to be rolled back: it is only ever copied."""
        return True

    def leave_to_parent(self, *, closing: bool) -> None:
        """Go on in a process that was forked off; or, if SQLite cannot be used in it, leave all as it is."""
        self.lock = threading.RLock()
        if not closing:
            forking.never_freed(self._raw)


blank = Image()
