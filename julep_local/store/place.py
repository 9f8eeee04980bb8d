"""Where a file stands: what can be seen of the place before it is opened, and how a new file comes there whole.

It knows no SQLite. A file made here has another name until it is whole and on the disk, so that nobody finds half of
one, however the process ends. The database itself is never opened here: to close a descriptor of it drops its locks.
"""

import contextlib
import itertools
import os
import re
import secrets
import stat
import sys
import warnings
from collections.abc import Callable, Generator
from datetime import datetime, timezone

from julep_local.errors import StoreError

NETWORK = frozenset(
    "nfs nfs3 nfs4 cifs smb3 smbfs afs afpfs ncpfs ceph glusterfs lustre gpfs fuse.sshfs fuse.rclone fuse.s3fs "
    "fuse.glusterfs fuse.ceph".split()
)
"""File systems of other machines: they share no memory, and their locks cannot be relied upon."""

SYNCED = (
    ("OneDrive", "OneDrive"),
    ("Dropbox", "Dropbox"),
    ("iCloudDrive", "iCloud"),
    ("Mobile Documents", "iCloud"),
    ("com~apple~CloudDocs", "iCloud"),
    ("Google Drive", "Google Drive"),
    ("GoogleDrive", "Google Drive"),
    ("My Drive", "Google Drive"),
    ("Nextcloud", "Nextcloud"),
    ("pCloudDrive", "pCloud"),
)
"""How the names of folders begin that a program copies to other machines, and which program that is."""

_warned: set[str] = set()


def check(path: str) -> None:
    """Check that the place can hold a database that several programs have open; warn, once, of one that is risky.

    Raises:
        StoreError: it is on another machine.
    """
    kind = _file_system(path)
    if kind in NETWORK or path.startswith(("\\\\", "//")):
        raise StoreError(
            f"this is on another machine ({kind or 'a network share'}), where two programs that write damage the file: "
            "keep it on a disk of this one, and put copies there with client.backup(path)",
            path=path,
        )
    program = synced_by(path)
    if program and path not in _warned:
        _warned.add(path)
        warnings.warn(
            f"{path}: {program} copies this folder while the file is written, and may put an old or half copy in its "
            "place: keep it elsewhere, and put copies here with client.backup(path)",
            stacklevel=2,
        )


def synced_by(path: str) -> str | None:
    """Return the program that copies the file's folder to other machines, going by its name; None if none is known."""
    for part in os.path.dirname(os.path.abspath(path)).split(os.sep):
        for beginning, program in SYNCED:
            rest = part[len(beginning) :]
            if part.startswith(beginning) and not rest[:1].isalnum():
                return program
    return None


def whole_file(path: str, write: Callable[[str], None], *, overwrite: bool = False, like: str | None = None) -> int:
    """Have `write` make a file under another name, then give it this one, and return its size in bytes.

    Of a copy `like` is the file that it is of: whoever may not read that may not read the copy.

    Raises:
        FileExistsError: there is a file of this name, and `overwrite` is false.
        OSError: it cannot be written.
    """
    with passing_file(path) as partial:
        if like is not None:
            _claim_for_those_of(like, partial)
        write(partial)
        n_bytes = os.path.getsize(partial)
        _write_out(partial, os.O_RDWR)
        if overwrite:
            os.replace(partial, path)
        else:
            _claim(partial, path)
        with contextlib.suppress(OSError):  # not everywhere can a folder be opened
            _write_out(os.path.dirname(path) or ".", os.O_RDONLY)
    return n_bytes


@contextlib.contextmanager
def passing_file(path: str) -> Generator[str, None, None]:
    """Give a name beside the file for one that is gone at the end; what a killed process leaves goes the next time."""
    _remove_left(path)
    partial = f"{path}.{os.getpid()}-{secrets.token_hex(4)}.partial"
    try:
        yield partial
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.remove(partial + ending)


def name_beside(path: str, why: str) -> str:
    """Return a name beside the file that says what the copy is for, and that nobody has."""
    name = f"{path}.{why}.{datetime.now(timezone.utc):%Y-%m-%d-%H%M%S}.backup"
    names = itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2)))
    return next(each for each in names if not os.path.lexists(each))


def _claim_for_those_of(file: str, path: str) -> None:
    """Make an empty file that the same people may read and write."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if hasattr(os, "fchmod"):  # not on Windows before Python 3.13
            os.fchmod(opened, stat.S_IMODE(os.stat(file).st_mode))
    finally:
        os.close(opened)


def _claim(partial: str, path: str) -> None:
    """Give the file a name that nobody has: of two that try, one fails."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.name != "nt" and os.path.lexists(path):  # there `rename` itself refuses
            raise FileExistsError(path) from None
        os.rename(partial, path)


def _write_out(path: str, how: int) -> None:
    """Have the disk hold what was written."""
    file = os.open(path, how)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _remove_left(path: str) -> None:
    """Remove what killed processes have left under other names of this file."""
    left = re.compile(re.escape(os.path.basename(path)) + r"\.(\d+)-[0-9a-f]{8}\.partial(-journal|-wal|-shm)?")
    folder = os.path.dirname(path) or "."
    names: list[str] = []
    with contextlib.suppress(OSError):  # what is wrong with the folder is told when it is written to
        names = os.listdir(folder)
    for name in names:
        found = left.fullmatch(name)
        if found and not _lives(int(found[1])):
            with contextlib.suppress(OSError):
                os.remove(os.path.join(folder, name))


def _lives(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _file_system(path: str) -> str:
    """Return what kind of file system the path is on; empty where that cannot be seen."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mounts = [line.split(" - ") for line in file]
    except OSError:
        return ""
    found, kind = "", ""
    for left, *_, right in (mount for mount in mounts if len(mount) > 1):
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), left.split(" ")[4])  # \040 is a space
        within = path == point or path.startswith(point.rstrip("/") + "/")
        if within and len(point) >= len(found):
            found, kind = point, right.split(" ")[0]
    return kind
