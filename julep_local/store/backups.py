"""Copies of the file, made while others write. To restore one is to open it."""

import errno
import os

from julep_local.errors import Conflict, DiskFull, StoreError
from julep_local.settings import IN_MEMORY
from julep_local.store import place
from julep_local.store.database import Database, Progress

_EXISTS = "{} exists already: give another path, or `overwrite=True`"
_BESIDE = ("-wal", "-journal")
"""What SQLite would play into whatever file takes the name."""


def make(db: Database, path: str, *, overwrite: bool = False, progress: Progress | None = None) -> int:
    """Copy the file, as of one moment, to this path, and return the copy's size in bytes.

    The copy takes its name when it is whole and on the disk.

    Raises:
        Conflict: something stands there already.
        DiskFull: no room for the copy.
        StoreError: the file cannot be read, or the copy not written.
    """
    _check(db, path, overwrite)
    try:
        return place.whole_file(
            path,
            lambda partial: db.copy_to_file(partial, progress),
            overwrite=overwrite,
            like=None if db.path == IN_MEMORY else db.path,
        )
    except FileExistsError:
        raise Conflict(_EXISTS.format(path)) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("the disk is full: make room for the copy, then try again", path=path) from error
        raise StoreError(f"the copy cannot be written there: {error.strerror}", path=path) from error


def _check(db: Database, path: str, overwrite: bool) -> None:
    if os.path.isdir(path):
        raise StoreError("this is a folder: give the path of a file in it, such as backup.db", path=path)
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise StoreError("its folder does not exist: make it first", path=path)
    if db.path != IN_MEMORY and os.path.exists(path) and os.path.samefile(path, db.path):
        raise StoreError("a copy cannot take the place of the file itself: give another path", path=path)
    if os.path.lexists(path) and not overwrite:
        raise Conflict(_EXISTS.format(path))
    for beside in (path + ending for ending in _BESIDE):
        if os.path.exists(beside):
            raise Conflict(
                f"{beside} would be played into the copy: a program has {path} open, or was killed. End the program, "
                "then open and close that file once, or give another path"
            )
