"""Which files are meant by paths: files as they are named, of folders all that a person would call their texts.

Of a folder are left out: what begins with a dot, as `.git`, what tools put there themselves, and links to folders,
which could lead round in a circle.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_OF_TOOLS = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})


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
        root = Path(given).expanduser()
        for found in _below(root) if root.is_dir() else [_named(root)]:
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _named(path: Path) -> FoundFile:
    trouble = "" if path.is_file() else "is no file" if path.exists() else "there is no such file"
    return FoundFile(Path(os.path.realpath(path)), path.name, True, trouble)


def _below(root: Path) -> Iterator[FoundFile]:
    unread: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _OF_TOOLS)
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():  # no socket, no link that leads nowhere
                yield FoundFile(Path(os.path.realpath(path)), str(path.relative_to(root)), False)
        while unread:
            error = unread.pop()
            yield FoundFile(Path(error.filename), str(error.filename), True, error.strerror or "cannot be read")
