"""KV caches on disk, so that a conversation goes on where it was after a restart.

They stand in a folder beside the database, one file a stretch, and are caches: whatever is damaged, of another model
file or of another version of llama.cpp is not used, and deleting them costs only the time to read prompts again. They
hold conversations: only their owner can read them, and they go with the session. Written under another name and then
renamed, so that none is ever half there. It knows nothing of llama.cpp.
"""

import contextlib
import hashlib
import json
import os
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from julep_local.llm.kv_tree import KvTree, Stretch, owner_key

if TYPE_CHECKING:
    from julep_local.llm.native import Blob

_MAGIC = b"JULEPKV1"
_SUFFIX = ".kv"
_MOST_HEADER_BYTES = 65_536
_SHARED = "shared"


@dataclass(frozen=True)
class _Header:
    """What a file says of its content."""

    begin: int
    n_tokens: int
    """From the start of the prompt to the end of the stretch."""
    n_copied: int
    n_exact: int
    least: int
    n_bytes: int
    checksum: int
    """CRC-32 of the bytes."""


class KvFolder:
    """The files of one model in one folder.

    Args:
        folder: where the files of all models stand.
        engine: names the model file and all that the bytes depend on.
        most_bytes: of all files in the folder; the oldest are deleted beyond that.
    """

    def __init__(self, folder: Path, engine: str, most_bytes: int) -> None:
        self._top = folder
        self._folder = folder / hashlib.sha256(engine.encode()).hexdigest()[:16]
        self._most_bytes = most_bytes

    def restored(self) -> KvTree:
        """Return the tree of what the files hold; their bytes are read when they are used."""
        tree = KvTree()
        found = sorted(_headers(self._folder), key=lambda each: each[1].begin)
        for file, header, tokens in found:
            parent, reached = tree.find(tokens[: header.begin])
            if reached < header.begin:  # what it stands on is gone
                file.unlink(missing_ok=True)
                continue
            if parent is not None and parent.end > header.begin:
                tree.trim(parent, header.begin)
            stretch = Stretch(
                header.begin, tokens[header.begin :], parent=parent, n_exact=header.n_exact, least=header.least
            )
            stretch.n_copied, stretch.file = header.n_copied, file
            owner = file.name.partition("-")[0]
            stretch.owner = None if owner == _SHARED else owner
            tree.add(stretch)
        return tree

    def write(self, stretch: Stretch) -> bool:
        """Write a stretch, and return whether that could be done."""
        blob = stretch.blob
        if blob is None or blob.nbytes > self._most_bytes:
            return False
        tokens = array("i")
        for each in stretch.path():
            tokens += each.tokens
        file = self._folder / f"{stretch.owner or _SHARED}-{_digest(tokens, stretch.begin)}{_SUFFIX}"
        try:
            self._write(file, stretch, tokens, blob)
        except OSError:  # a full or read-only disk: a cache need not be kept
            return False
        stretch.file = file
        self._delete_oldest(besides=file)
        return True

    def read(self, stretch: Stretch) -> "Blob | None":
        """Return a stretch's bytes; None if they are not what was written."""
        import numpy as np

        file = stretch.file
        if file is None:
            return None
        try:
            with file.open("rb") as opened:
                header, _ = _read_header(opened)
                blob = np.fromfile(opened, np.uint8, header.n_bytes)
            os.utime(file)
        except (OSError, ValueError):
            return None
        return blob if len(blob) == header.n_bytes and _checksum(blob) == header.checksum else None

    def _write(self, file: Path, stretch: Stretch, tokens: "array[int]", blob: "Blob") -> None:
        for folder in (self._top, self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        header = {
            "begin": stretch.begin,
            "n_tokens": len(tokens),
            "n_copied": stretch.n_copied,
            "n_exact": stretch.n_exact,
            "least": stretch.least,
            "n_bytes": blob.nbytes,
            "checksum": _checksum(blob),
        }
        as_json = json.dumps(header).encode()
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                opened.write(_MAGIC + struct.pack("<I", len(as_json)) + as_json + tokens.tobytes())
                opened.write(blob.data)
            os.replace(beside, file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def _delete_oldest(self, besides: Path) -> None:
        sizes = []
        for file in self._top.glob(f"*/*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                sizes.append((file.stat(), file))
        total = sum(stat.st_size for stat, _ in sizes)
        for stat, file in sorted(sizes, key=lambda each: each[0].st_mtime_ns):
            if total <= self._most_bytes:
                return
            if file != besides:
                file.unlink(missing_ok=True)
                total -= stat.st_size


def forget(folder: Path, conversation_ids: Iterable[str]) -> None:
    """Delete what was kept of these conversations, but for what others begin with in the same words."""
    keys = set(map(owner_key, conversation_ids))
    for file in folder.glob(f"*/*{_SUFFIX}"):
        if file.name.partition("-")[0] in keys:
            file.unlink(missing_ok=True)
    for engine in folder.glob("*/"):
        _delete_what_nobody_needs(engine)


def _delete_what_nobody_needs(engine: Path) -> None:
    """Delete what several conversations had in common, now that none of them is left."""
    if not any(engine.glob(f"{_SHARED}-*")):
        return
    prompts = [(file, tokens) for file, _, tokens in _headers(engine)]
    for file, tokens in sorted(prompts, key=lambda each: -len(each[1])):
        others = (each for other, each in prompts if other != file and other.exists())
        if file.name.startswith(_SHARED) and not any(each[: len(tokens)] == tokens for each in others):
            file.unlink(missing_ok=True)


def _headers(folder: Path) -> "Iterator[tuple[Path, _Header, array[int]]]":
    for file in folder.glob(f"*{_SUFFIX}"):
        try:
            with file.open("rb") as opened:
                header, tokens = _read_header(opened)
        except OSError:
            continue
        except ValueError:
            file.unlink(missing_ok=True)
            continue
        yield file, header, tokens


def _read_header(opened: Any) -> "tuple[_Header, array[int]]":
    """Read up to where the bytes begin.

    Raises:
        ValueError: this is no such file.
    """
    start = opened.read(len(_MAGIC) + 4)
    if len(start) < len(_MAGIC) + 4 or not start.startswith(_MAGIC):
        raise ValueError("not a file of this kind")
    (n_header_bytes,) = struct.unpack("<I", start[len(_MAGIC) :])
    if n_header_bytes > _MOST_HEADER_BYTES:
        raise ValueError("too long a header")
    try:
        header = _Header(**json.loads(opened.read(n_header_bytes)))
    except (TypeError, RecursionError) as error:
        raise ValueError("another version") from error
    numbers = [getattr(header, name) for name in _Header.__dataclass_fields__]
    size = os.fstat(opened.fileno()).st_size
    if (
        not all(type(number) is int and number >= 0 for number in numbers)
        or max(header.n_tokens, header.n_bytes) > size
    ):
        raise ValueError("numbers that cannot be")
    tokens = array("i")
    tokens.frombytes(opened.read(header.n_tokens * tokens.itemsize))
    if len(tokens) != header.n_tokens or not 0 <= header.begin < header.n_tokens:
        raise ValueError("cut off")
    return header, tokens


def _checksum(blob: "Blob") -> int:
    return zlib.crc32(blob.data)


def _digest(tokens: "array[int]", begin: int) -> str:
    return hashlib.sha256(struct.pack("<Q", begin) + tokens.tobytes()).hexdigest()[:32]
