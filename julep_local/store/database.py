"""An open database: runs statements on it, a connection for each thread, and each write in a transaction.

It knows no table; `schema.py` does. What was measured decides here: every write is in a `begin immediate` transaction,
for one that began by reading fails at once when it comes to write; and the log is cut back by whoever writes.
"""

import functools
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import Any, NoReturn

from julep_local.errors import ApiError, ClientClosed, Conflict, StoreError
from julep_local.settings import IN_MEMORY
from julep_local.stamps import REAL, Stamps
from julep_local.store import forking, library, refusals, turns, versions
from julep_local.store.connection import (
    NO_PARAMS,
    WAL_BYTES,
    Connection,
    Params,
    Row,
    connected,
    empty_wal,
    wait_to_write,
)
from julep_local.store.file import File
from julep_local.store.image import Image, blank

_log = logging.getLogger(__name__)

FOLDING_MS = 200
"""How long a writer waits for readers when the log has grown beyond that."""

LOOK_AGAIN_S = 0.002
"""The log is looked at so seldom: that takes as long as computing a row's hash."""

FOLD_AGAIN_S = 1.0
"""How soon after it waited in vain."""

TOLD_BYTES = 64 * 2**20
"""From this on a log that somebody keeps from being cut back is told of, and each time it has doubled. It holds up no
writer: a turn shall be recorded, and a program that reads for an hour must not stop that."""

PAGES_AT_ONCE = 256
"""A copy of the file tells its progress after so many."""


Progress = Callable[[int, int], None]
"""Is told how many pages are copied, and of how many."""


class Database:
    """An open file, used from any number of threads. Another process opens its own."""

    def __init__(self, path: str, stamps: Stamps = REAL, key: str | None = None) -> None:
        """Open the file, or make it; what is written gets its ids and times from `stamps`.

        Args:
            path: the file, absolute, or `:memory:`.
            stamps: where ids and times come from.
            key: the passphrase of an encrypted file; None for one that is not.

        Raises:
            WrongKey: the key does not open it, or it is not encrypted.
            NotADatabase: the file is something else, or damaged.
            NewerDatabase: a newer release wrote it.
            DiskFull: no room for a new one.
            StoreError: it cannot be opened for reading and writing.
        """
        self.path = path
        self.stamps = stamps
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._registering = threading.Lock()
        # threads take turns here: SQLite's own waiting is by polling and not fair
        self._turn = turns.Turn()
        self._writer: int | None = None
        self._points: list[tuple[object, object]] = []
        """Savepoints that are open, oldest first. While there are any, all threads share one connection."""
        self._refusal: Callable[..., NoReturn] | None = None
        self._next_fold = 0.0
        """On the monotonic clock; before, nobody needs to look at the log again."""
        self._told_bytes = 0
        """How large the log was when it was last told of."""
        self._file = File(path, key)
        # `.connection` of a plain namespace is the same for all threads
        self._own: Any = SimpleNamespace() if path == IN_MEMORY else threading.local()
        self._local = self._own
        """Where `.connection` is looked up: within a savepoint a namespace with the one that all threads share."""
        if forking.is_unfit():
            raise StoreError(refusals.FORKED_IN_USE, path=path)
        try:
            with self._typed_errors(), forking.within():
                self._open()
                forking.watch(self)
        except BaseException:
            self._file.close()
            raise
        _OPEN.add(self)
        if stamps.is_repeatable and not self._is_new:
            self._tell_stamps()

    @property
    def is_encrypted(self) -> bool:
        """Whether the file's bytes say nothing without a key."""
        return self._file.is_encrypted

    def check_key(self, key: str | None) -> None:
        """Raise WrongKey if the open file has another key, or none."""
        self._file.check_key(key)

    def query(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Return all rows."""
        try:
            connection: Connection = self._local.connection
        except AttributeError:
            connection = self._connect_thread()
        with connection.lock:
            try:
                rows: list[Row] = connection.execute(sql, params).fetchall()
            except library.caught as error:
                raise self._typed(error) from error
            except _Undone:  # a savepoint ended a moment ago, and with it the connection that it shared
                return self.query(sql, params)
        return rows

    def one(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """Return the first row, None if there is none."""
        rows = self.query(sql, params)
        return rows[0] if rows else None

    def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        """Write, within a transaction, and return how many rows that touched."""
        with self._typed_errors():
            n_rows: int = self._writing_connection().execute(sql, params).rowcount
        return n_rows

    def execute_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Write once for each of `rows`, within a transaction, and return how many rows that touched."""
        with self._typed_errors():
            n_rows: int = self._writing_connection().execute_many(sql, rows).rowcount
        return n_rows

    @contextmanager
    def snapshot(self) -> Generator[None, None, None]:
        """Read within as of one moment, whatever others write meanwhile. Nothing may be written within."""
        connection = self._connection()
        if self._writer == threading.get_ident():
            yield
            return
        undo = ("rollback to snapshot", "release snapshot")
        with connection.lock, self._all_or_nothing(connection, "savepoint snapshot", "release snapshot", *undo):
            yield

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Write all of what is done within, or, on any exception, none of it.

        Within another transaction of the same thread it is part of that one; if it fails and the outer one goes on, it
        has taken back only what was done within itself.
        """
        if self._writer == threading.get_ident():
            with self._all_or_nothing(self._connection(), *_PART):
                yield
            return
        with self._turn_to_write():
            connection = self._connection()  # not before it is this thread's turn: a savepoint may have begun
            with connection.lock:
                with self._all_or_nothing(connection, *(_PART if self._points else _WHOLE)):
                    yield
                if self.path != IN_MEMORY and not self._points:
                    self._bound_log(connection)

    def save_point(self) -> tuple[object, object]:
        """Begin what `rewind` takes back: all that is written from here on, by any thread of this process.

        Other processes go on reading what was there before. They wait to write, and give up after `turns.BUSY_S`.
        """
        with self._turn_to_write(), self._typed_errors():
            if not self._points:
                self._share_connection()
            connection = self._connection()
            with connection.lock:
                connection.execute(f"savepoint point_{len(self._points)}")
            point = (object(), self.stamps.mark())
            self._points.append(point)
            return point

    def rewind(self, point: tuple[object, object]) -> None:
        """Take back all that was written since the savepoint, and later savepoints with it. Twice does no harm."""
        with self._turn_to_write():
            if self._refusal is not None or point not in self._points:
                return
            place = self._points.index(point)
            _, mark = self._points[place]
            connection = self._connection()
            del self._points[place:]
            with connection.lock, suppress(*library.errors):  # a full disk has rolled back already
                for statement in (f"rollback to point_{place}", f"release point_{place}"):
                    connection.execute(statement)
            if not self._points:
                self._share_no_connection(connection)
            self.stamps.rewind(mark)

    def _share_connection(self) -> None:
        """Let all threads use one connection, in a transaction of its own."""
        if self.path == IN_MEMORY:
            connection = self._connection()
            with connection.lock:
                connection.execute("begin immediate")
            return
        with forking.within():
            raw = self._file.connected("mode=rw")
            try:
                raw.execute("begin immediate")
            except BaseException:
                raw.close()
                raise
            shared = Connection(raw)
            with self._registering:
                if self._refusal is not None:  # closed a moment ago
                    self._refusal()
                self._connections.add(shared)
        self._local = SimpleNamespace(connection=shared)

    def _share_no_connection(self, shared: Connection) -> None:
        with shared.lock:
            with suppress(*library.errors):
                shared.execute("rollback")
            if self.path != IN_MEMORY:
                self._local = self._own
                shared.refuse(_refuse_undone)
                shared.close()

    @property
    def is_writing(self) -> bool:
        """Whether this thread is within a transaction, and so may see what will be taken back."""
        return self._writer == threading.get_ident()

    @property
    def n_bytes(self) -> int:
        """How large the file is, with its log; `:memory:`, what its pages take."""
        if self.path == IN_MEMORY:
            row = self.query("select page_count * page_size from pragma_page_count, pragma_page_size")[0]
            return int(row[0])
        return sum(os.path.getsize(path) for path in (self.path, f"{self.path}-wal") if os.path.exists(path))

    def blocks(self, n_bytes: int) -> Iterator[bytes]:
        """Yield the file's bytes as they stand on the disk, so many at a time; none of `:memory:`."""
        if self._refusal is not None:
            self._refusal()
        begin = 0
        while self.path != IN_MEMORY and (block := self._file.read(begin, n_bytes)):
            yield block
            begin += len(block)

    def vacuum(self) -> None:
        """Write the file anew, without the room that deleted rows have left, and cut back its log.

        Raises:
            StoreError: another program has been writing or reading for too long. Nothing is lost.
            DiskFull: for a while there must be room for the file twice more.
        """
        connection = self._connection()
        assert not self.is_writing, "a file cannot be written anew within a transaction"
        with self._turn_to_write(), connection.lock, self._typed_errors():
            connection.execute("vacuum")
        if not self.fold_log():
            raise StoreError(
                f"another program has been reading for {turns.BUSY_S:.0f} s, and the file is only cut back when that "
                "has ended: end it, or try again",
                path=self.path,
            )

    def copy_to_file(self, path: str, progress: Progress | None = None) -> None:
        """Copy what is committed to a new file, page by page, as of one moment, whatever others write meanwhile.

        Args:
            path: where nothing stands yet.
            progress: is told how many pages are done, and of how many.

        Raises:
            StoreError: it cannot be read, or cannot be written there.
            DiskFull: no room for the copy.
        """

        def report(_status: int, n_left: int, n_pages: int) -> None:
            if progress is not None:
                progress(n_pages - n_left, n_pages)

        connection = self._connection()
        copy: Any = None
        with forking.within(), ExitStack() as stack:
            try:
                copy = self._file.connected("mode=rwc", path)
                stack.callback(copy.close)
                for pragma in ("journal_mode = off", "synchronous = off"):  # nobody sees it before it is whole
                    copy.execute(f"pragma {pragma}").fetchall()
                if self.path == IN_MEMORY:
                    with connection.lock:
                        connection.raw.backup(copy)
                    return
                source = self._file.connected("mode=rw")
                stack.callback(source.close)
                # a snapshot held from here on: else the copy would begin anew with each write of another process
                source.execute("begin")
                source.execute("select count(*) from sqlite_schema").fetchall()
                source.backup(copy, pages=PAGES_AT_ONCE, progress=report)
            except library.caught as error:
                code = refusals.code(error)
                is_of_copy = code in (refusals.CANTOPEN, refusals.FULL) or (
                    code == refusals.IOERR and refusals.no_room(os.path.dirname(path))
                )
                raise self._typed(error, path if is_of_copy else None) from error

    def fold_log(self) -> bool:
        """Write the log into the file and cut it back to nothing. Return False if others read for too long."""
        connection = self._connection()
        with self._turn_to_write(), connection.lock, self._typed_errors():
            (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        return not is_busy

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return self._refusal is None

    def close(self) -> None:
        """Close the connections of all threads, once the transactions under way have ended. Twice does no harm."""
        with self._registering:
            if self._refusal is not None:
                return
            self._refusal = _refuse_closed
            connections = list(self._connections)
        for position, connection in enumerate(connections):
            with connection.lock:
                connection.refuse(_refuse_closed)
                connection.close(*([empty_wal] if position == 0 else []))
        self._file.close()

    def _bound_log(self, connection: Connection) -> None:
        """Cut the log back if it has grown: where readers follow each other without a gap, it never starts anew.

        With 16 threads that read it grew to 262 MB without this, to 31 MB with it.
        """
        now = time.monotonic()
        if now < self._next_fold:
            return
        self._next_fold = now + LOOK_AGAIN_S
        with suppress(OSError, *library.errors):  # what was written is committed all the same
            n_bytes = os.stat(f"{self.path}-wal").st_size
            if n_bytes <= WAL_BYTES:
                return
            connection.execute(f"pragma busy_timeout = {FOLDING_MS}").fetchall()
            try:
                (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            finally:
                connection.execute(f"pragma busy_timeout = {1000 * turns.BUSY_S:.0f}").fetchall()
            if is_busy:  # somebody reads for long
                self._next_fold = time.monotonic() + FOLD_AGAIN_S
                self._tell_of_log(n_bytes)
            else:
                self._told_bytes = 0

    def _tell_of_log(self, n_bytes: int) -> None:
        if n_bytes >= max(TOLD_BYTES, 2 * self._told_bytes):
            self._told_bytes = n_bytes
            _log.warning(
                "%s-wal has grown to %d MB: a program, or a thread of this one, has been reading for long, and until "
                "it ends all that is written is added there. Nothing is lost, and the file is cut back then",
                self.path,
                n_bytes >> 20,
            )

    # connections

    def _connection(self) -> Connection:
        try:
            connection: Connection = self._local.connection
        except AttributeError:
            connection = self._connect_thread()
        return connection

    def _writing_connection(self) -> Connection:
        connection = self._connection()
        # on the connection of `:memory:` it may be another thread's
        within = connection.in_transaction() and self._writer == threading.get_ident()
        assert within, "a write needs `with db.transaction():` around it"
        return connection

    def _connect_thread(self) -> Connection:
        """Open this thread's connection."""
        if self._refusal is not None:
            self._refusal()
        with self._typed_errors(), forking.within():
            # not rwc: should the file be gone, an empty one must not take its place
            return self._register(self._file.connected("mode=rw"))

    def _register(self, raw: Any) -> Connection:
        connection = Connection(raw)
        with self._registering:
            if self._refusal is not None:  # closed a moment ago
                self._refusal()
            self._connections.add(connection)
        self._own.connection = connection  # a savepoint may have begun since this thread found none
        return connection

    def guarded(self) -> list[Connection]:
        """Return the connections; the lock of one is held by a thread that is within SQLite, or a transaction."""
        return forking.members(self._connections)

    @property
    def is_idle(self) -> bool:
        """Whether none of its connections is in a transaction that a file would show."""
        return self.path == IN_MEMORY or all(each.is_idle for each in forking.members(self._connections))

    def leave_to_parent(self, *, closing: bool) -> None:
        """Make it unusable in a process that was forked off: connections do not survive that."""
        self._refusal = functools.partial(_refuse_forked, self.path)
        # a thread that is not in this process may have held a lock
        self._turn, self._registering = turns.Turn(), threading.Lock()
        with forking.not_as_the_last(self.path):
            for connection in forking.members(self._connections):
                connection.leave_to_parent(self._refusal, closing=closing)
        self._file.leave_to_parent()

    # opening

    def _open(self) -> None:
        if self.path == IN_MEMORY:
            raw, self._is_new = connected(IN_MEMORY), True
            blank.copy_to(raw)
        else:
            raw, self._is_new = self._file.open()
        self._register(raw)

    def become(self, image: Image) -> None:
        """Hold from now on what the image holds, and nothing else. Only a database in memory can."""
        assert self.path == IN_MEMORY, "a file stays what it is"
        connection = self._connection()
        with self._turn_to_write(), connection.lock, self._typed_errors():
            image.copy_to(connection.raw)
        self.stamps.opened(image.digest, image.latest)

    def copy_to(self, raw: Any) -> None:
        """Copy what it holds into the database of a connection."""
        connection = self._connection()
        with connection.lock, self._typed_errors():
            connection.raw.backup(raw)

    def _tell_stamps(self) -> None:
        from julep_local.store.digest import digest, latest_time

        self.stamps.opened(digest(self), latest_time(self))

    # writing

    @contextmanager
    def _turn_to_write(self) -> Generator[None, None, None]:
        if not self._turn.acquire(timeout=turns.BUSY_S):
            raise StoreError(f"another thread has been writing for {turns.BUSY_S:.0f} s: try again", path=self.path)
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._turn.release()

    @contextmanager
    def _all_or_nothing(
        self, connection: Connection, begin: str, commit: str, *rollback: str
    ) -> Generator[None, None, None]:
        try:
            with self._typed_errors():
                if begin == _WHOLE[0] and self.path != IN_MEMORY:
                    wait_to_write(connection, begin)
                else:
                    connection.execute(begin)
            yield
            with self._typed_errors():
                connection.execute(commit)
        except BaseException:
            with suppress(*library.errors, ApiError):  # a full disk has rolled back already, a close() too
                for statement in rollback:
                    connection.execute(statement)
            raise

    # errors

    @contextmanager
    def _typed_errors(self) -> Generator[None, None, None]:
        try:
            yield
        except library.caught as error:
            raise self._typed(error) from error

    def _typed(self, error: Exception, path: str | None = None) -> ApiError:
        return refusals.typed(error, path or self.path, is_encrypted=self._file.is_encrypted)


class AsItIs(Database):
    """A file opened to be looked at: it is not made, not migrated, and its journal stays as it is."""

    def _open(self) -> None:
        self.may_write = os.access(self.path, os.W_OK) and os.access(os.path.dirname(self.path) or ".", os.W_OK)
        raw, self._is_new = self._file.open_as_it_is(may_write=self.may_write), False
        self.is_current = versions.is_current(raw, self.path)
        self._register(raw)


# what a transaction begins with, ends with, and takes itself back with
_WHOLE = ("begin immediate", "commit", "rollback")
_PART = ("savepoint part", "release part", "rollback to part", "release part")


def open_here(path: str | os.PathLike[str]) -> "Database | None":
    """Return the open database of this process whose file, log or index this is; None if it is none's.

    Whoever opens and closes such a file drops the locks of all connections to it, and another process may then take
    itself for the last one.
    """
    for database in forking.members(_OPEN):
        if database.path != IN_MEMORY and database.is_open:
            for name in (database.path, f"{database.path}-wal", f"{database.path}-shm"):
                with suppress(OSError):
                    if os.path.samefile(name, path):
                        return database
    return None


def _refuse_closed(*_: object) -> NoReturn:
    raise ClientClosed()


class _Undone(Conflict):
    """The connection that threads shared within a savepoint was used behind its end."""


def _refuse_undone(*_: object) -> NoReturn:
    raise _Undone("what was being read has just been undone by the end of a savepoint: ask again")


def _refuse_forked(path: str, *_: object) -> NoReturn:
    raise StoreError("this process was forked off from the one that opened the file: open a new client here", path=path)


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()
