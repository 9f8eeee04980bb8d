"""Opens the SQLite file and runs statements on it: pragmas, one connection per thread, typed errors.

The only file that knows pysqlite3. It knows no table; `schema.py` does. What was measured elsewhere decides here:

- one SQLite library per process and file (pysqlite3, or SQLCipher for an encrypted one), and no descriptor of the file
  that is closed before the connections are: that drops the locks of all of them (3 of 6 files were corrupt after 3 s).
- every write is in a `begin immediate` transaction: one that began by reading fails at once when it comes to write.
- a connection belongs to one thread; on a shared one, a rollback takes the rows of other threads with it.
- `synchronous = full`: 0 of 22,667 acknowledged writes lost in 120 power cuts; `normal` lost some in 53 of 60.
"""

import errno
import functools
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from urllib.parse import quote

from pysqlite3 import dbapi2

from julep_local import progress
from julep_local.errors import (
    ApiError,
    ClientClosed,
    Conflict,
    DiskFull,
    InvalidInput,
    NotADatabase,
    StoreError,
    WrongKey,
)
from julep_local.settings import IN_MEMORY
from julep_local.stamps import REAL, Stamps
from julep_local.store import forking, place, schema, turns

if TYPE_CHECKING:
    from julep_local.store.sqlcipher import Key

_log = logging.getLogger(__name__)

sqlite: Any = dbapi2  # pysqlite3 comes without types

BUSY_S = 30.0
"""How long a write waits for another thread or process. A laptop's lid or a debugger stops one for seconds."""

CLOSING_MS = 200
"""How long `close` waits for readers of other processes before it leaves the write-ahead log to them."""

WAL_BYTES = 8 * 2**20
"""The write-ahead log is cut back to this when it starts anew."""

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

SQLITE_VERSION: str = sqlite.sqlite_version

OLDEST_SQLITE = (3, 51, 3)
"""Earlier ones can lose committed writes when two connections write and checkpoint at once."""

SMALLEST_BYTES = 512
"""No SQLite database is smaller, but for one that is empty."""

Progress = Callable[[int, int], None]
"""Is told how many pages are copied, and of how many."""

Params = Mapping[str, object]
NO_PARAMS: Params = {}

# primary result codes, https://sqlite.org/rescode.html
_ERROR, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 1, 5, 6, 8, 10, 11, 13, 14, 26


_CODES = {
    "database is locked": _BUSY,
    "database table is locked": _LOCKED,
    "attempt to write a readonly database": _READONLY,
    "disk I/O error": _IOERR,
    "database disk image is malformed": _CORRUPT,
    "database or disk is full": _FULL,
    "unable to open database file": _CANTOPEN,
    "file is not a database": _NOTADB,
}
"""By what SQLite calls them: the error of a copy that fails has no code."""


class Row(Protocol):
    """A row of a result, read by column name or position."""

    def __getitem__(self, key: str | int, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        ...


class _Connection:
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
            with forking.within():
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
                self._raw = _connected(IN_MEMORY)
                source.copy_to(self._raw)

    def copy_to(self, raw: Any) -> None:
        """Copy it into the database of a connection, in place of what that holds."""
        with self.lock:
            if self._raw is None:
                made = _connected(IN_MEMORY)
                with _tables_remade(made):
                    _migrate(made, IN_MEMORY)
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
        self._connections: weakref.WeakSet[_Connection] = weakref.WeakSet()
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
        self._library: Any = sqlite
        self._key: Key | None = None
        if key is not None:
            self._library, self._key = _with_key(path, key)
        self._descriptor: int | None = None
        """Of the file, once its bytes were read. Closed last, for that drops the locks of all connections."""
        self._close_descriptor: Callable[[], object] = lambda: None
        # `.connection` of a plain namespace is the same for all threads
        self._own: Any = SimpleNamespace() if path == IN_MEMORY else threading.local()
        self._local = self._own
        """Where `.connection` is looked up: within a savepoint a namespace with the one that all threads share."""
        if forking.is_unfit():
            raise StoreError(_FORKED_IN_USE, path=path)
        try:
            with self._typed_errors(), forking.within():
                self._open()
                forking.watch(self)
        except BaseException:
            self._close_descriptor()
            raise
        _OPEN.add(self)
        if stamps.is_repeatable and not self._is_new:
            self._tell_stamps()

    @property
    def is_encrypted(self) -> bool:
        """Whether the file's bytes say nothing without a key."""
        return self._key is not None

    def check_key(self, key: str | None) -> None:
        """Raise WrongKey if the open file has another key, or none."""
        if self._key is None and key is not None:
            raise WrongKey(_NOT_ENCRYPTED, path=self.path)
        if self._key is not None and not self._key.is_same(key):
            raise WrongKey(_OTHER_KEY, path=self.path)

    def query(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Return all rows."""
        try:
            connection: _Connection = self._local.connection
        except AttributeError:
            connection = self._connect_thread()
        with connection.lock:
            try:
                rows: list[Row] = connection.execute(sql, params).fetchall()
            except _caught_errors as error:
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

        Other processes go on reading what was there before. They wait to write, and give up after `BUSY_S`.
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
            with connection.lock, suppress(*_raw_errors):  # a full disk has rolled back already
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
            raw = self._connected("mode=rw")
            try:
                raw.execute("begin immediate")
            except BaseException:
                raw.close()
                raise
            shared = _Connection(raw)
            with self._registering:
                if self._refusal is not None:  # closed a moment ago
                    self._refusal()
                self._connections.add(shared)
        self._local = SimpleNamespace(connection=shared)

    def _share_no_connection(self, shared: _Connection) -> None:
        with shared.lock:
            with suppress(*_raw_errors):
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
        begin = 0
        while block := self._bytes(begin, n_bytes):
            yield block
            begin += len(block)

    def _bytes(self, begin: int, n_bytes: int) -> bytes:
        if self.path == IN_MEMORY:
            return b""
        with self._registering:
            if self._refusal is not None:
                self._refusal()
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
                self._close_descriptor = weakref.finalize(self, os.close, self._descriptor)
            os.lseek(self._descriptor, begin, os.SEEK_SET)
            return os.read(self._descriptor, n_bytes)

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
                f"another program has been reading for {BUSY_S:.0f} s, and the file is only cut back when that has "
                "ended: end it, or try again",
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
                copy = _connected(_uri(path, "mode=rwc"), self._library, self._key)
                stack.callback(copy.close)
                for pragma in ("journal_mode = off", "synchronous = off"):  # nobody sees it before it is whole
                    copy.execute(f"pragma {pragma}").fetchall()
                if self.path == IN_MEMORY:
                    with connection.lock:
                        connection.raw.backup(copy)
                    return
                source = self._connected("mode=rw")
                stack.callback(source.close)
                # a snapshot held from here on: else the copy would begin anew with each write of another process
                source.execute("begin")
                source.execute("select count(*) from sqlite_schema").fetchall()
                source.backup(copy, pages=PAGES_AT_ONCE, progress=report)
            except _caught_errors as error:
                code = _code(error)
                is_of_copy = code in (_CANTOPEN, _FULL) or (code == _IOERR and _no_room(os.path.dirname(path)))
                raise self._typed(error, path if is_of_copy else self.path) from error

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
                connection.close(*([_empty_wal] if position == 0 else []))
        self._close_descriptor()

    def _bound_log(self, connection: _Connection) -> None:
        """Cut the log back if it has grown: where readers follow each other without a gap, it never starts anew.

        With 16 threads that read it grew to 262 MB without this, to 31 MB with it.
        """
        now = time.monotonic()
        if now < self._next_fold:
            return
        self._next_fold = now + LOOK_AGAIN_S
        with suppress(OSError, *_raw_errors):  # what was written is committed all the same
            n_bytes = os.stat(f"{self.path}-wal").st_size
            if n_bytes <= WAL_BYTES:
                return
            connection.execute(f"pragma busy_timeout = {FOLDING_MS}").fetchall()
            try:
                (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            finally:
                connection.execute(f"pragma busy_timeout = {1000 * BUSY_S:.0f}").fetchall()
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

    def _connection(self) -> _Connection:
        try:
            connection: _Connection = self._local.connection
        except AttributeError:
            connection = self._connect_thread()
        return connection

    def _writing_connection(self) -> _Connection:
        connection = self._connection()
        # on the connection of `:memory:` it may be another thread's
        within = connection.in_transaction() and self._writer == threading.get_ident()
        assert within, "a write needs `with db.transaction():` around it"
        return connection

    def _connect_thread(self) -> _Connection:
        """Open this thread's connection."""
        if self._refusal is not None:
            self._refusal()
        with self._typed_errors(), forking.within():
            # not rwc: should the file be gone, an empty one must not take its place
            return self._register(self._connected("mode=rw"))

    def _register(self, raw: Any) -> _Connection:
        connection = _Connection(raw)
        with self._registering:
            if self._refusal is not None:  # closed a moment ago
                self._refusal()
            self._connections.add(connection)
        self._own.connection = connection  # a savepoint may have begun since this thread found none
        return connection

    def guarded(self) -> list[_Connection]:
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
        self._close_descriptor()  # later, it would drop the locks of what is opened here

    # opening

    def _open(self) -> None:
        if self.path == IN_MEMORY:
            raw = _connected(IN_MEMORY)
            _blank.copy_to(raw)
            self._begin(raw, made=True)
            return
        self._check_place()
        while True:
            salt = self._derive_key()
            try:
                made = not os.path.exists(self.path) and self._make()
                self._check_whose()
                self._begin(self._connected("mode=rw"), made=made)
            except _raw_errors as error:
                # another process may have made the file a moment ago, and it begins with another salt
                if self._key is None or _code(error) != _NOTADB or self._salt() == salt:
                    raise
            else:
                return

    def _begin(self, raw: Any, *, made: bool) -> None:
        try:
            self._is_new = self._bring_up_to_date(raw) or made
        except BaseException:
            raw.close()
            raise
        self._register(raw)

    def _connected(self, options: str) -> Any:
        return _connected(_uri(self.path, options), self._library, self._key)

    def _derive_key(self) -> bytes:
        """Make the key ready for the file as it is now, and return the salt that it begins with; empty of a new one."""
        if self._key is None:
            return b""
        salt = self._salt()
        if salt == _PLAIN:
            raise WrongKey(_NOT_ENCRYPTED, path=self.path)
        self._key.derive(salt)
        return salt

    def _salt(self) -> bytes:
        return self._bytes(0, len(_PLAIN)) if os.path.exists(self.path) else b""

    def _check_library(self) -> None:
        if self._library.sqlite_version_info < OLDEST_SQLITE:
            needed = "pysqlite3 0.6.1" if self._key is None else "sqlcipher3 0.6.4"
            raise StoreError(
                f"SQLite {self._library.sqlite_version} can lose writes: install {needed} or later", path=self.path
            )
        if os.path.isdir(self.path):
            raise StoreError("this is a folder: give the path of a file in it, such as julep.db", path=self.path)

    def _check_place(self) -> None:
        self._check_library()
        try:
            os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        except (OSError, ValueError) as error:
            raise StoreError(f"its folder cannot be made: {error}", path=self.path) from error
        if os.path.exists(self.path) and not os.access(self.path, os.R_OK | os.W_OK):
            raise StoreError(_WHAT_TO_DO[_READONLY], path=self.path)
        place.check(self.path)

    def _make(self) -> bool:
        """Make a new file; return whether it was this one, and no other process was faster.

        It is whole before it has its name: so an empty file was never made here, but has lost what it held.
        """
        for log in (f"{self.path}{ending}" for ending in ("-wal", "-journal")):
            if os.path.exists(log):  # SQLite would play it into the new file, or delete it
                if os.path.exists(self.path):  # another process has just made the file, and writes to it
                    return False
                raise StoreError(
                    f"the file is gone, but its log {log} is there, with what was written last: put the file back, or "
                    "delete the log to begin a new file",
                    path=self.path,
                )

        def write(partial: str) -> None:
            raw = _connected(_uri(partial, "mode=rwc"), self._library, self._key)
            try:
                raw.execute("pragma synchronous = off")
                if self._key is None:
                    _blank.copy_to(raw)
                else:
                    _migrate(raw, self.path)
                raw.execute("pragma journal_mode = wal").fetchall()
            finally:
                raw.close()

        try:
            place.whole_file(self.path, write)
        except FileExistsError:
            return False
        except OSError as error:
            raise _untaken(error, self.path) from error
        return True

    def _check_whose(self) -> None:
        """Refuse what is not ours before a connection that can write sees it: even opening one can change a file.

        `immutable` reads the file alone, without locks and without its log. What another process is just writing can
        look damaged this way, so only what is certain counts; the real connection looks again.
        """
        if not os.path.exists(self.path):
            return
        n_bytes = os.path.getsize(self.path)
        if n_bytes == 0:
            raise NotADatabase(_EMPTY, path=self.path)
        if n_bytes < SMALLEST_BYTES:
            raise NotADatabase(_NOT_SQLITE, path=self.path)
        raw = self._library.connect(_uri(self.path, "mode=ro&immutable=1"), uri=True)
        try:
            if self._key is not None:
                self._key.unlock(raw)
            schema.check_header(self.path, **_header(raw))
        except _raw_errors as error:
            if _code(error) == _NOTADB:
                raise
        finally:
            raw.close()

    def _bring_up_to_date(self, raw: Any) -> bool:
        """Give the file this release's tables; return whether it had none."""
        header = _header(raw)
        schema.check_header(self.path, **header)
        if self.path != IN_MEMORY:
            _use_wal(raw, self.path)
        if header["version"] != schema.VERSION:
            with _tables_remade(raw):
                _migrate(raw, self.path, self._back_up)
        return not header["n_tables"]

    def _back_up(self, version: int) -> None:
        """Copy the file as it is, beside itself. The caller holds the write lock: nobody changes it meanwhile."""

        def write(partial: str) -> None:
            raw = self._connected("mode=rw")
            try:
                raw.execute("vacuum into ?", (partial,))
            finally:
                raw.close()

        copy = place.name_beside(self.path, f"version-{version}")
        try:
            place.whole_file(copy, write, like=self.path)
        except OSError as error:
            raise _untaken(error, copy) from error

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
        if not self._turn.acquire(timeout=BUSY_S):
            raise StoreError(f"another thread has been writing for {BUSY_S:.0f} s: try again", path=self.path)
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = None
            self._turn.release()

    @contextmanager
    def _all_or_nothing(
        self, connection: _Connection, begin: str, commit: str, *rollback: str
    ) -> Generator[None, None, None]:
        try:
            with self._typed_errors():
                if begin == _WHOLE[0] and self.path != IN_MEMORY:
                    _wait_to_write(connection, begin)
                else:
                    connection.execute(begin)
            yield
            with self._typed_errors():
                connection.execute(commit)
        except BaseException:
            with suppress(*_raw_errors, ApiError):  # a full disk has rolled back already, a close() too
                for statement in rollback:
                    connection.execute(statement)
            raise

    # errors

    @contextmanager
    def _typed_errors(self) -> Generator[None, None, None]:
        try:
            yield
        except _caught_errors as error:
            raise self._typed(error) from error

    def _typed(self, error: Exception, path: str | None = None) -> ApiError:
        """Return the error of this library that says what happened and what to do."""
        path = path or self.path
        code = _code(error)
        if isinstance(error, self._library.ProgrammingError) and "closed" in str(error):
            return ClientClosed()
        if isinstance(error, UnicodeEncodeError):
            return InvalidInput("half a surrogate pair is no text and cannot be stored: remove it", field="text")
        if isinstance(error, UnicodeDecodeError):  # in what SQLite says of a damaged schema, or in a damaged text
            return NotADatabase(_DAMAGED, path=path)
        if isinstance(error, OverflowError):
            return InvalidInput("a whole number beyond 64 bits cannot be stored", field="number")
        if code == _FULL or (code == _IOERR and _no_room(os.path.dirname(path))):
            return DiskFull(_NO_ROOM, path=path)
        if code == _NOTADB and self._key is not None:
            return WrongKey(_OTHER_KEY, path=path)
        if code in (_NOTADB, _CORRUPT):
            return NotADatabase(_NOT_SQLITE if code == _NOTADB else _DAMAGED, path=path)
        return StoreError(_WHAT_TO_DO.get(code, "SQLite refuses: {error}").format(error=error), path=path)


class AsItIs(Database):
    """A file opened to be looked at: it is not made, not migrated, and its journal stays as it is."""

    def _open(self) -> None:
        self._check_library()
        if not os.path.exists(self.path):
            raise StoreError("there is no such file", path=self.path)
        self._derive_key()
        self._check_whose()
        self.may_write = os.access(self.path, os.W_OK) and os.access(os.path.dirname(self.path) or ".", os.W_OK)
        raw = self._connected(f"mode={'rw' if self.may_write else 'ro'}")
        try:
            schema.check_header(self.path, **_header(raw))
            self.is_current = _header(raw)["version"] == schema.VERSION
        except BaseException:
            raw.close()
            raise
        self._is_new = False
        self._register(raw)


# what a transaction begins with, ends with, and takes itself back with
_WHOLE = ("begin immediate", "commit", "rollback")
_PART = ("savepoint part", "release part", "rollback to part", "release part")

# SQLCipher's join them when the first encrypted file is opened
_raw_errors: tuple[type[Exception], ...] = (sqlite.Error,)
_caught_errors: tuple[type[Exception], ...] = (sqlite.Error, UnicodeError, OverflowError)

_PLAIN = b"SQLite format 3\0"
"""What a file that is not encrypted begins with; of an encrypted one these bytes are the salt."""
_NOT_SQLITE = (
    "this file is no SQLite database, or an encrypted one, which needs its key: give the key or another path, or move "
    "the file away. It was not changed"
)
_NOT_ENCRYPTED = "this file is not encrypted: open it without a key. It was not changed"
_OTHER_KEY = "this key does not open it: give the one that it was made with. It was not changed"
_EMPTY = (
    "this file is empty: if it held something, it has been cut to nothing, so put a copy of it back; to begin a new "
    "file, delete this one. It was not changed"
)
_DAMAGED = (
    "the file is damaged: go back to a copy of it, or save what can be read with `sqlite3 FILE .recover`. It may have "
    "been cut short while copying, or opened by two SQLite libraries in one process"
)
_FORKED_IN_USE = (
    "this process was forked off while a database was being written or opened for longer than a fork waits, or from "
    "within a transaction, and can open none: fork at another moment, or start a process by "
    "multiprocessing.get_context('spawn')"
)
_NO_ROOM = (
    "the disk, or your share of it, is full, and nothing of this write was stored: make room for what you write and "
    "16 MB more, then try again"
)
_WHAT_TO_DO = {
    _BUSY: f"another process has been writing for {BUSY_S:.0f} s: try again, or end it",
    _LOCKED: f"another process has been writing for {BUSY_S:.0f} s: try again, or end it",
    _READONLY: "the file or its folder may only be read: give yourself the right to write both, or open a copy",
    _IOERR: "the disk does not read or write ({error}): check the disk, and that the file is still there",
    _CANTOPEN: "the file cannot be opened: check that it is there and that you may read and write it and its folder",
}

_PRAGMAS = (
    "pragma foreign_keys = on",
    "pragma synchronous = full",
    f"pragma journal_size_limit = {WAL_BYTES}",
    "pragma trusted_schema = off",  # the file may come from elsewhere
    "pragma cache_size = -32000",  # KiB; the words of 100,000 chunks take 30 MB
    *(("pragma fullfsync = on", "pragma checkpoint_fullfsync = on") if sys.platform == "darwin" else ()),
)


def _with_key(path: str, passphrase: str) -> "tuple[Any, Key]":
    """Return the library that reads encrypted files, and the key."""
    if path == IN_MEMORY:
        raise InvalidInput("a database in memory is not encrypted: give a path, or leave the key out", field="key")
    try:
        from julep_local.store import sqlcipher

        library = sqlcipher.library()
    except ImportError as error:
        raise WrongKey(f"encrypted files need {error.name}: pip install 'julep_local[encrypted]'", path=path) from error
    global _raw_errors, _caught_errors
    if library.Error not in _raw_errors:
        _raw_errors, _caught_errors = (*_raw_errors, library.Error), (*_caught_errors, library.Error)
    return library, sqlcipher.Key(passphrase)


def _connected(name: str, library: Any = sqlite, key: "Key | None" = None) -> Any:
    raw = library.connect(
        name,
        uri=name != IN_MEMORY,
        timeout=BUSY_S,
        isolation_level=None,  # begin and commit are ours alone
        check_same_thread=False,  # close() may come from another thread
        cached_statements=256,
    )
    raw.row_factory = library.Row
    if key is not None:
        key.unlock(raw)
    for pragma in _PRAGMAS:
        raw.execute(pragma)
    return raw


def _wait_to_write(connection: _Connection, begin: str) -> None:
    """Begin a transaction once no other process is writing; Ctrl-C ends the waiting."""
    began = time.monotonic()

    def begins() -> bool:
        try:
            connection.execute(begin)
        except _raw_errors as error:
            if _code(error) != _BUSY or time.monotonic() - began > BUSY_S:
                raise
            return False
        return True

    connection.be_patient(0)
    try:
        turns.wait_for_other_processes(begins)
    finally:
        connection.be_patient(BUSY_S)


def _uri(path: str, options: str) -> str:
    return f"file:{quote(os.fsencode(path))}?{options}"


def _migrate(raw: Any, path: str, back_up: Callable[[int], None] | None = None) -> None:
    """Bring the file's tables up to date, in one transaction."""
    raw.execute("begin immediate")
    try:
        # looked at again, now that no other process can be at it: without, 120 of 150 that met here failed
        header = _header(raw)
        schema.check_header(path, **header)
        if back_up is not None and 0 < header["version"] < schema.VERSION:
            back_up(header["version"])
        if header["n_tables"]:
            with progress.doing("migrate", path, total=schema.VERSION - header["version"]) as work:
                try:
                    schema.migrate(raw.execute, version=header["version"], report=work.at)
                except _raw_errors as error:
                    if _code(error) != _ERROR:
                        raise
                    raise NotADatabase(
                        f"its tables are not those of version {header['version']}, which its header names ({error}): "
                        "`julep-local doctor` says more. The file was not changed",
                        path=path,
                    ) from error
        else:
            schema.migrate(raw.execute, version=header["version"])
        raw.execute("commit")
    except BaseException:
        with suppress(*_raw_errors):
            raw.execute("rollback")
        raise


def _untaken(error: OSError, path: str) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(_NO_ROOM, path=path)
    return StoreError(f"it cannot be made: {error.strerror}", path=path)


def _header(raw: Any) -> dict[str, int]:
    (application_id,) = raw.execute("pragma application_id").fetchone()
    (version,) = raw.execute("pragma user_version").fetchone()
    (n_tables,) = raw.execute("select count(*) from sqlite_schema").fetchone()
    return {"application_id": application_id, "version": version, "n_tables": n_tables}


@contextmanager
def _tables_remade(raw: Any) -> Generator[None, None, None]:
    """Let tables be dropped and renamed within, whatever views and references name them.

    SQLite would else rewrite them, refuse for a view that has lost a column, or delete what refers to a dropped table.
    It goes around the transaction: within one, foreign keys stay as they are.
    """
    raw.execute("pragma foreign_keys = off")
    raw.execute("pragma legacy_alter_table = on")
    # a column is added with all rows looked at: one that was damaged would keep the file from being opened at all
    raw.execute("pragma ignore_check_constraints = on")
    try:
        yield
    finally:
        raw.execute("pragma ignore_check_constraints = off")
        raw.execute("pragma legacy_alter_table = off")
        raw.execute("pragma foreign_keys = on")


def _use_wal(raw: Any, path: str) -> None:
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            (mode,) = raw.execute("pragma journal_mode = wal").fetchone()
            break
        except _raw_errors as error:
            # processes that make the file at the same time meet here, and SQLite does not wait for this one
            if _code(error) != _BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.005)
    if mode != "wal":
        raise StoreError(
            f"this file system cannot share memory between processes (journal mode is {mode}): keep the file on a "
            "local disk",
            path=path,
        )


def _empty_wal(raw: Any) -> None:
    # the last process to close does this anyway; one that stays open is left a short log
    with suppress(*_raw_errors):
        raw.execute(f"pragma busy_timeout = {CLOSING_MS}")
        raw.execute("pragma wal_checkpoint(truncate)").fetchall()


def _code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 if the error did not come from there."""
    extended: int = getattr(error, "sqlite_errorcode", 0) or _CODES.get(str(error), 0)
    return extended & 0xFF


def is_of_the_moment(error: StoreError) -> bool:
    """Whether an error says nothing of the file: another program holds it, or the disk is full."""
    cause = error.__cause__
    return isinstance(error, DiskFull) or (isinstance(cause, Exception) and _code(cause) in (_BUSY, _LOCKED))


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


def _no_room(folder: str) -> bool:
    # a quota that is used up reaches SQLite as a plain I/O error, so try
    try:
        import tempfile  # brings compression and more with it, which no opening needs to wait for

        with tempfile.TemporaryFile(dir=folder or ".") as file:
            file.write(bytes(2**16))
            file.flush()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


def _refuse_closed(*_: object) -> NoReturn:
    raise ClientClosed()


class _Undone(Conflict):
    """The connection that threads shared within a savepoint was used behind its end."""


def _refuse_undone(*_: object) -> NoReturn:
    raise _Undone("what was being read has just been undone by the end of a savepoint: ask again")


def _refuse_forked(path: str, *_: object) -> NoReturn:
    raise StoreError("this process was forked off from the one that opened the file: open a new client here", path=path)


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()
_blank = Image()
