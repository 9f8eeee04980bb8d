"""A model's file while the model is in use: whether it is still the one that was loaded.

The weights are mapped into memory, not copied: that costs nothing, and several programs share them. But what somebody
writes into the file then shows in the answers, and whoever reads what was cut off is ended by the system with SIGBUS.
So the file is looked at again before each use and before each step of an answer, which takes 2 µs. It knows nothing of
llama.cpp.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from julep_local.errors import ApiError, ModelBroken, ModelChanged, ModelMissing
from julep_local.llm.gguf import read_header

_LEAST_BYTES = 4096  # the smallest vocabulary alone is larger


@dataclass(frozen=True)
class _Looks:
    """What tells a file from another one without reading it."""

    device: int
    inode: int
    n_bytes: int
    written_ns: int
    changed_ns: int


class ModelFile:
    """The file of a model, or all files of a split one, as they were when this object was made.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fingerprint = ""
        self._looks = {each: _looks(each) for each in _files(path)}

    def check(self) -> None:
        """Check that nothing has happened to the file.

        Raises:
            ModelChanged: something has.
        """
        for path, known in self._looks.items():
            try:
                now = _looks(path)
            except (ModelMissing, ModelBroken) as error:
                raise _changed(path, "is not there any more") from error
            if now != known:
                self._look_closer(path, known, now)

    def _look_closer(self, path: Path, known: _Looks, now: _Looks) -> None:
        if now.n_bytes < known.n_bytes:
            raise _changed(path, f"was cut short, from {known.n_bytes:,} to {now.n_bytes:,} bytes")
        if (now.device, now.inode) != (known.device, known.inode):
            raise _changed(path, "was replaced by another one")
        same = (now.n_bytes, now.written_ns) == (known.n_bytes, known.written_ns)
        # a name or right that was changed shows in `changed_ns` alone; so does writing where the time was set back
        if not same or path != self.path or not self._fingerprint or fingerprint(path) != self._fingerprint:
            raise _changed(path, "was written to")
        self._looks[path] = now

    def fingerprint(self) -> str:
        """Return what tells the model from others, kept from the first time on."""
        if not self._fingerprint:
            found = fingerprint(self.path)
            self.check()  # else it may be another file's
            self._fingerprint = found
        return self._fingerprint


def fingerprint(path: Path) -> str:
    """Return what tells a model file from others: its size and a hash of its start and 64 pieces all over it.

    Hashing all of a large model would take longer than reading most prompts.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
        for i in range(64):
            file.seek(size * i // 64)
            digest.update(file.read(1 << 14))
    return digest.hexdigest()


def checked_bytes(path: Path) -> int:
    """Return the size of what looks like a model file.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it is no GGUF file.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        n_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise _missing(path) from error
    except IsADirectoryError as error:
        raise ModelBroken(f"{path}: this is a folder; give the path of the GGUF file in it") from error
    except OSError as error:
        raise ModelBroken(f"{path}: cannot be read ({error.strerror})") from error
    if magic != b"GGUF":
        raise ModelBroken(f"{path}: not a GGUF file (it does not begin with GGUF); give the path of a GGUF model")
    if n_bytes < _LEAST_BYTES:
        raise ModelBroken(f"{path}: only {n_bytes} bytes, the file is not complete: copy or install it again")
    return n_bytes


def _files(path: Path) -> tuple[Path, ...]:
    try:
        return read_header(path).files
    except ModelMissing:
        raise
    except ApiError:
        return (path,)  # whether it is a model at all, llama.cpp will say


def _looks(path: Path) -> _Looks:
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise ModelBroken(f"{path}: cannot be read ({error.strerror})") from error
    return _Looks(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _missing(path: Path) -> ModelMissing:
    return ModelMissing(f"{path}: there is no such file; give the path of a GGUF file or a name of the catalog")


def _changed(path: Path, happened: str) -> ModelChanged:
    return ModelChanged(
        f"{path}: the file {happened} since the model was loaded, so that its answers cannot be relied on: nothing of "
        "this turn was recorded. The next call loads the file as it is then; to change a model, write the new file "
        "under another name and rename it when no program has it loaded"
    )
