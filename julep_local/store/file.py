"""A file on the disk before it is used: whose it is, making it, and bringing it up to date.

No descriptor of the file is closed before its connections are: that drops the locks of all of them.
"""

import os
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from julep_local.errors import ClientClosed, NotADatabase, StoreError, WrongKey
from julep_local.store import library, place, refusals, schema, versions
from julep_local.store.connection import connected, uri
from julep_local.store.image import blank

if TYPE_CHECKING:
    from julep_local.store.sqlcipher import Key

SMALLEST_BYTES = 512
"""No SQLite database is smaller, but for one that is empty."""

_PLAIN = b"SQLite format 3\0"
"""What a file that is not encrypted begins with; of an encrypted one these bytes are the salt."""


class File:
    """The path of a file, the library that reads it and, if it is encrypted, its key."""

    def __init__(self, path: str, passphrase: str | None) -> None:
        """Nothing is opened yet.

        Raises:
            WrongKey: the library for encrypted files is not installed.
        """
        self.path = path
        self._library: Any = library.sqlite
        self._key: Key | None = None
        if passphrase is not None:
            self._library, self._key = library.with_key(path, passphrase)
        self._reading = threading.Lock()
        self._descriptor: int | None = None
        self._is_closed = False
        self._close_descriptor: Callable[[], object] = lambda: None

    @property
    def is_encrypted(self) -> bool:
        """Whether its bytes say nothing without a key."""
        return self._key is not None

    def check_key(self, key: str | None) -> None:
        """Raise WrongKey if it has another key, or none."""
        if self._key is None and key is not None:
            raise WrongKey(refusals.NOT_ENCRYPTED, path=self.path)
        if self._key is not None and not self._key.is_same(key):
            raise WrongKey(refusals.OTHER_KEY, path=self.path)

    def open(self) -> tuple[Any, bool]:
        """Return a connection to it, made if it is not there, with this release's tables; and whether it was empty."""
        self._check_place()
        while True:
            salt = self._derive_key()
            try:
                made = not os.path.exists(self.path) and self._make()
                self._check_whose()
                raw = self.connected("mode=rw")
                return raw, versions.bring_up_to_date(raw, self.path, self._back_up) or made
            except library.errors as error:
                # another process may have made the file a moment ago, and it begins with another salt
                if self._key is None or refusals.code(error) != refusals.NOTADB or self._salt() == salt:
                    raise

    def open_as_it_is(self, *, may_write: bool) -> Any:
        """Return a connection to it that changes nothing of itself."""
        self._check_library()
        if not os.path.exists(self.path):
            raise StoreError("there is no such file", path=self.path)
        self._derive_key()
        self._check_whose()
        return self.connected(f"mode={'rw' if may_write else 'ro'}")

    def connected(self, options: str, copy: str | None = None) -> Any:
        """Return a connection to it, or to a copy that is made of it, with its key."""
        return connected(uri(copy or self.path, options), self._library, self._key)

    def read(self, begin: int, n_bytes: int) -> bytes:
        """Return bytes as they stand on the disk.

        Raises:
            ClientClosed: after `close`.
        """
        with self._reading:
            if self._is_closed:
                raise ClientClosed()
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
                self._close_descriptor = weakref.finalize(self, os.close, self._descriptor)
            os.lseek(self._descriptor, begin, os.SEEK_SET)
            return os.read(self._descriptor, n_bytes)

    def close(self) -> None:
        """Close what bytes were read with. Connections come before: this drops the locks of those that are open."""
        with self._reading:
            self._is_closed = True
            self._close_descriptor()

    def leave_to_parent(self) -> None:
        """Close it in a process that was forked off: later, that would drop the locks of what is opened there."""
        self._reading = threading.Lock()  # a thread that is not in this process may have held it
        self.close()

    def _derive_key(self) -> bytes:
        """Make the key ready for the file as it is now, and return the salt that it begins with; empty of a new one."""
        if self._key is None:
            return b""
        salt = self._salt()
        if salt == _PLAIN:
            raise WrongKey(refusals.NOT_ENCRYPTED, path=self.path)
        self._key.derive(salt)
        return salt

    def _salt(self) -> bytes:
        return self.read(0, len(_PLAIN)) if os.path.exists(self.path) else b""

    def _check_library(self) -> None:
        if self._library.sqlite_version_info < library.OLDEST_SQLITE:
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
            raise StoreError(refusals.WHAT_TO_DO[refusals.READONLY], path=self.path)
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
            raw = self.connected("mode=rwc", partial)
            try:
                raw.execute("pragma synchronous = off")
                if self._key is None:
                    blank.copy_to(raw)
                else:
                    versions.migrate(raw, self.path)
                raw.execute("pragma journal_mode = wal").fetchall()
            finally:
                raw.close()

        try:
            place.whole_file(self.path, write)
        except FileExistsError:
            return False
        except OSError as error:
            raise refusals.untaken(error, self.path) from error
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
            raise NotADatabase(refusals.EMPTY, path=self.path)
        if n_bytes < SMALLEST_BYTES:
            raise NotADatabase(refusals.NOT_SQLITE, path=self.path)
        raw = self._library.connect(uri(self.path, "mode=ro&immutable=1"), uri=True)
        try:
            if self._key is not None:
                self._key.unlock(raw)
            schema.check_header(self.path, **versions.header(raw))
        except library.errors as error:
            if refusals.code(error) == refusals.NOTADB:
                raise
        finally:
            raw.close()

    def _back_up(self, version: int) -> None:
        """Copy the file as it is, beside itself. The caller holds the write lock: nobody changes it meanwhile."""

        def write(partial: str) -> None:
            raw = self.connected("mode=rw")
            try:
                raw.execute("vacuum into ?", (partial,))
            finally:
                raw.close()

        copy = place.name_beside(self.path, f"version-{version}")
        try:
            place.whole_file(copy, write, like=self.path)
        except OSError as error:
            raise refusals.untaken(error, copy) from error
