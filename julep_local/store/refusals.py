"""What SQLite's errors mean to whoever uses the file, and what to do about each. It runs no statement."""

import errno
import os

from julep_local.errors import ApiError, ClientClosed, DiskFull, InvalidInput, NotADatabase, StoreError, WrongKey
from julep_local.store import library, turns

# primary result codes, https://sqlite.org/rescode.html
ERROR, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB = 1, 5, 6, 8, 10, 11, 13, 14, 26


_CODES = {
    "database is locked": BUSY,
    "database table is locked": LOCKED,
    "attempt to write a readonly database": READONLY,
    "disk I/O error": IOERR,
    "database disk image is malformed": CORRUPT,
    "database or disk is full": FULL,
    "unable to open database file": CANTOPEN,
    "file is not a database": NOTADB,
}
"""By what SQLite calls them: the error of a copy that fails has no code."""

NOT_SQLITE = (
    "this file is no SQLite database, or an encrypted one, which needs its key: give the key or another path, or move "
    "the file away. It was not changed"
)
NOT_ENCRYPTED = "this file is not encrypted: open it without a key. It was not changed"
OTHER_KEY = "this key does not open it: give the one that it was made with. It was not changed"
EMPTY = (
    "this file is empty: if it held something, it has been cut to nothing, so put a copy of it back; to begin a new "
    "file, delete this one. It was not changed"
)
DAMAGED = (
    "the file is damaged: go back to a copy of it, or save what can be read with `sqlite3 FILE .recover`. It may have "
    "been cut short while copying, or opened by two SQLite libraries in one process"
)
FORKED_IN_USE = (
    "this process was forked off while a database was being written or opened for longer than a fork waits, or from "
    "within a transaction, and can open none: fork at another moment, or start a process by "
    "multiprocessing.get_context('spawn')"
)
NO_ROOM = (
    "the disk, or your share of it, is full, and nothing of this write was stored: make room for what you write and "
    "16 MB more, then try again"
)
WHAT_TO_DO = {
    BUSY: f"another process has been writing for {turns.BUSY_S:.0f} s: try again, or end it",
    LOCKED: f"another process has been writing for {turns.BUSY_S:.0f} s: try again, or end it",
    READONLY: "the file or its folder may only be read: give yourself the right to write both, or open a copy",
    IOERR: "the disk does not read or write ({error}): check the disk, and that the file is still there",
    CANTOPEN: "the file cannot be opened: check that it is there and that you may read and write it and its folder",
}


def typed(error: Exception, path: str, *, is_encrypted: bool) -> ApiError:
    """Return the error of this library that says what happened and what to do."""
    result = code(error)
    if isinstance(error, library.misuses) and "closed" in str(error):
        return ClientClosed()
    if isinstance(error, UnicodeEncodeError):
        return InvalidInput("half a surrogate pair is no text and cannot be stored: remove it", field="text")
    if isinstance(error, UnicodeDecodeError):  # in what SQLite says of a damaged schema, or in a damaged text
        return NotADatabase(DAMAGED, path=path)
    if isinstance(error, OverflowError):
        return InvalidInput("a whole number beyond 64 bits cannot be stored", field="number")
    if result == FULL or (result == IOERR and no_room(os.path.dirname(path))):
        return DiskFull(NO_ROOM, path=path)
    if result == NOTADB and is_encrypted:
        return WrongKey(OTHER_KEY, path=path)
    if result in (NOTADB, CORRUPT):
        return NotADatabase(NOT_SQLITE if result == NOTADB else DAMAGED, path=path)
    return StoreError(WHAT_TO_DO.get(result, "SQLite refuses: {error}").format(error=error), path=path)


def untaken(error: OSError, path: str) -> StoreError:
    """Return the error of a file that could not be made."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(NO_ROOM, path=path)
    return StoreError(f"it cannot be made: {error.strerror}", path=path)


def code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 if the error did not come from there."""
    extended: int = getattr(error, "sqlite_errorcode", 0) or _CODES.get(str(error), 0)
    return extended & 0xFF


def is_of_the_moment(error: StoreError) -> bool:
    """Whether an error says nothing of the file: another program holds it, or the disk is full."""
    cause = error.__cause__
    return isinstance(error, DiskFull) or (isinstance(cause, Exception) and code(cause) in (BUSY, LOCKED))


def no_room(folder: str) -> bool:
    """Whether nothing more fits; it is tried, for a quota that is used up reaches SQLite as a plain I/O error."""
    try:
        import tempfile  # brings compression and more with it, which no opening needs to wait for

        with tempfile.TemporaryFile(dir=folder or ".") as file:
            file.write(bytes(2**16))
            file.flush()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False
