"""Which files are meant by paths: files as they are named, of folders all that a person would call their texts.

Of a folder are left out: what begins with a dot, as `.git`, what tools put there themselves, and links to folders,
which could lead round in a circle.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_OF_TOOLS = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
_NO_RIGHTS = "cannot be read"


class FoundFile(NamedTuple):
    """A file that is to be read, or a path under which there is none."""

    path: Path
    """Absolute, without links in it."""
    shown: str
    """Below the folder that was named; of a file that was named, its name."""
    is_named: bool
    """Whether it was named itself, so that it must be said if it cannot be read."""
    trouble: str = ""
    """Why there is nothing to read."""


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[FoundFile]:
    """Yield the files that are meant, each once, those of a folder in the order of their names."""
    seen: set[Path] = set()
    for given in paths:
        root = _expanded(given)
        for found in _below(root) if os.path.isdir(root) else [_named(root)]:  # Path.is_dir raises without rights
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _expanded(given: str | os.PathLike[str]) -> Path:
    """Return a path with the home that a `~` stands for, or as it is: editors call files `~$report.txt`."""
    try:
        return Path(os.path.expanduser(given))  # Path.expanduser raises where no user is called so
    except ValueError:  # a NUL in the name of a user
        return Path(given)


def _named(path: Path) -> FoundFile:
    return FoundFile(_real(path), path.name, True, _trouble(path))


def _below(root: Path) -> Iterator[FoundFile]:
    unread: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _OF_TOOLS)
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            trouble = _trouble(path)
            if trouble in ("", _NO_RIGHTS):  # no socket, no link that leads nowhere
                yield FoundFile(_real(path), str(path.relative_to(root)), False, trouble)
        while unread:
            error = unread.pop()
            yield FoundFile(Path(error.filename), str(error.filename), True, error.strerror or _NO_RIGHTS)


def _trouble(path: Path) -> str:
    """Return why there is no file to read under a path, or nothing. Whatever the path is, it raises nothing."""
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        return _NO_RIGHTS
    except (OSError, ValueError):  # also a name that is too long, or has a NUL in it
        return "there is no such file"
    return "" if stat.S_ISREG(mode) else "is no file"


def _real(path: Path) -> Path:
    """Return a path without links in it, or as it is where no file can be called so."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path
