"""A connection to a file, what guards it, and what every one is set to. It knows no table.

- a connection belongs to one thread; on a shared one, a rollback takes the rows of other threads with it.
- `synchronous = full`: 0 of 22,667 acknowledged writes lost in 120 power cuts; `normal` lost some in 53 of 60.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from urllib.parse import quote

from julep_local.settings import IN_MEMORY
from julep_local.store import forking, library, refusals, turns

if TYPE_CHECKING:
    from julep_local.store.sqlcipher import Key

CLOSING_MS = 200
"""How long `close` waits for readers of other processes before it leaves the write-ahead log to them."""

WAL_BYTES = 8 * 2**20
"""The write-ahead log is cut back to this when it starts anew."""

Params = Mapping[str, object]
NO_PARAMS: Params = {}

_PRAGMAS = (
    "pragma foreign_keys = on",
    "pragma synchronous = full",
    f"pragma journal_size_limit = {WAL_BYTES}",
    "pragma trusted_schema = off",  # the file may come from elsewhere
    "pragma cache_size = -32000",  # KiB; the words of 100,000 chunks take 30 MB
    *(("pragma fullfsync = on", "pragma checkpoint_fullfsync = on") if sys.platform == "darwin" else ()),
)


class Row(Protocol):
    """A row of a result, read by column name or position."""

    def __getitem__(self, key: str | int, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        ...


class Connection:
    """A connection and what guards it. Its functions are swapped for a refusal once it must not be used any more."""

    __slots__ = ("__weakref__", "_left", "be_patient", "execute", "execute_many", "in_transaction", "lock", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._left = [raw]
        self.execute: Callable[..., Any] = raw.execute
        self.execute_many: Callable[..., Any] = raw.executemany
        self.in_transaction: Callable[[], bool] = lambda: raw.in_transaction
        self.be_patient: Callable[[float], object] = raw.set_busy_timeout  # in seconds, whole ones
        # held for a statement or a whole transaction, so that close() from another thread finds no statement running
        self.lock = threading.RLock()

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():  # other modules may be gone
            self.close()
        elif self._left:  # the thread it belonged to has ended
            with forking.ended():
                self.close()

    def close(self, first: Callable[[Any], object] = lambda raw: None) -> None:
        """Close it, after `first` was done with it; nothing if that is under way elsewhere.

        A weak set still gives a connection out whose thread is just closing it, and closed by two threads at once it
        takes the process down. So it is taken from a list, which is one step.
        """
        try:
            raw = self._left.pop()
        except IndexError:
            return
        first(raw)
        raw.close()

    def refuse(self, refusal: Callable[..., NoReturn]) -> None:
        """Let every later use fail this way."""
        self.execute = self.execute_many = self.in_transaction = self.be_patient = refusal

    @property
    def is_idle(self) -> bool:
        """Whether it is closed, or in no transaction."""
        return not (self._left and self.raw.in_transaction)

    def leave_to_parent(self, refusal: Callable[..., NoReturn], *, closing: bool) -> None:
        """Be refused in a process that was forked off; be closed there, or else never."""
        self.lock = threading.RLock()  # a thread that is not in this process may have held it
        self.refuse(refusal)
        if closing:
            self.close()
        else:
            forking.never_freed(self.raw)
            self._left.clear()


def connected(name: str, using: Any = library.sqlite, key: "Key | None" = None) -> Any:
    """Return a connection of the library `using`, set as all are."""
    raw = using.connect(
        name,
        uri=name != IN_MEMORY,
        timeout=turns.BUSY_S,
        isolation_level=None,  # begin and commit are ours alone
        check_same_thread=False,  # close() may come from another thread
        cached_statements=256,
    )
    raw.row_factory = using.Row
    if key is not None:
        key.unlock(raw)
    for pragma in _PRAGMAS:
        raw.execute(pragma)
    return raw


def uri(path: str, options: str) -> str:
    """Return how SQLite is told of a file."""
    return f"file:{quote(os.fsencode(path))}?{options}"


def wait_to_write(connection: Connection, begin: str) -> None:
    """Begin a transaction once no other process is writing; Ctrl-C ends the waiting."""
    began = time.monotonic()

    def begins() -> bool:
        try:
            connection.execute(begin)
        except library.errors as error:
            if refusals.code(error) != refusals.BUSY or time.monotonic() - began > turns.BUSY_S:
                raise
            return False
        return True

    connection.be_patient(0)
    try:
        turns.wait_for_other_processes(begins)
    finally:
        connection.be_patient(turns.BUSY_S)


def empty_wal(raw: Any) -> None:
    """Leave one that stays open a short log; the last process to close does this anyway."""
    with suppress(*library.errors):
        raw.execute(f"pragma busy_timeout = {CLOSING_MS}")
        raw.execute("pragma wal_checkpoint(truncate)").fetchall()
