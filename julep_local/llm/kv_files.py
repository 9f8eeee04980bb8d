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
import time
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from julep_local.llm.kv_tree import SHARED, KvTree, Stretch, owner_key

if TYPE_CHECKING:
    from julep_local.llm.native import Blob

_MAGIC = b"JULEPKV2"
_SUFFIX = ".kv"
_MOST_HEADER_BYTES = 65_536
_MOST_WRITING_S = 3600.0


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
    checksum: int = 0
    """CRC-32 of the numbers above, the tokens and the bytes."""


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

    @property
    def is_there(self) -> bool:
        """Whether the folder exists; it is made when something is first written."""
        return self._folder.is_dir()

    def restored(self) -> KvTree:
        """Return the tree of what the files hold; their bytes are read when they are used."""
        tree = KvTree()
        _delete_leftovers(self._folder)
        found = sorted(_headers(self._folder), key=lambda each: each[1].begin)
        for file, header, tokens in found:
            parent, reached = tree.find(tokens[: header.begin])
            if reached < header.begin:  # what it stands on is gone
                delete(file)
                continue
            if parent is not None and parent.end > header.begin:
                tree.trim(parent, header.begin)
            stretch = Stretch(
                header.begin, tokens[header.begin :], parent=parent, n_exact=header.n_exact, least=header.least
            )
            stretch.n_copied, stretch.file, stretch.owner = header.n_copied, file, _owner_of(file)
            tree.add(stretch)
        return tree

    def write(self, stretch: Stretch) -> bool:
        """Write a stretch, and return whether that could be done. What is nobody's is not written."""
        blob = stretch.blob
        if stretch.owner is None or blob is None or blob.nbytes > self._most_bytes:
            return False
        tokens = array("i")
        for each in stretch.path():
            tokens += each.tokens
        file = self._folder / f"{stretch.owner}-{_digest(tokens, stretch.begin)}{_SUFFIX}"
        try:
            self._write(file, stretch, tokens, blob)
        except OSError:  # a full or read-only disk: a cache need not be kept
            return False
        stretch.file = file
        self._delete_oldest(besides=file)
        return True

    def read(self, stretch: Stretch) -> "Blob | None":
        """Return a stretch's bytes; None if the file is not what was written of it."""
        import numpy as np

        file = stretch.file
        if file is None:
            return None
        try:
            with file.open("rb") as opened:
                header, tokens = _read_header(opened)
                blob = np.fromfile(opened, np.uint8, header.n_bytes)
            os.utime(file)
        except (OSError, ValueError):
            return None
        is_same = header.begin == stretch.begin and tokens[stretch.begin : stretch.end] == stretch.tokens
        return blob if is_same and _checksum(header, tokens, blob) == header.checksum else None

    def has(self, stretch: Stretch) -> bool:
        """Whether a stretch was written and is still there: another one may have needed the room."""
        return stretch.file is not None and os.path.isfile(stretch.file)

    def rename(self, stretch: Stretch) -> None:
        """Have the name of a stretch's file say whose it is now; what is nobody's has no file."""
        file = stretch.file
        if file is None or _owner_of(file) == stretch.owner:
            return
        stretch.file = None
        if stretch.owner is None:
            delete(file)
            return
        renamed = _named(file, stretch.owner)
        try:
            os.replace(file, renamed)
        except OSError:
            delete(file)
        if os.path.isfile(renamed):  # also if `forget` was here first
            stretch.file = renamed

    def _write(self, file: Path, stretch: Stretch, tokens: "array[int]", blob: "Blob") -> None:
        for folder in (self._top, self._folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        header = _Header(
            begin=stretch.begin,
            n_tokens=len(tokens),
            n_copied=stretch.n_copied,
            n_exact=stretch.n_exact,
            least=stretch.least,
            n_bytes=blob.nbytes,
        )
        as_json = json.dumps(asdict(replace(header, checksum=_checksum(header, tokens, blob)))).encode()
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                opened.write(_MAGIC + struct.pack("<I", len(as_json)) + as_json + tokens.tobytes())
                opened.write(blob.data)
            os.replace(beside, file)
        except BaseException:
            delete(beside)
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
            if file != besides and delete(file):
                total -= stat.st_size


def forget(folder: Path, conversation_ids: Iterable[str]) -> None:
    """Delete what was kept of these conversations, but for what others begin with in the same words."""
    if folder.is_dir():
        keys = set(map(owner_key, conversation_ids))
        _forget(folder, lambda owner: owner in keys)


def forget_all_but(folder: Path, conversation_ids: Iterable[str]) -> None:
    """Delete what was kept of other conversations, such as those that were deleted while no model was there.

    Args:
        folder: where the files of a database stand.
        conversation_ids: those that still exist. Not looked at if there is no such folder.
    """
    if folder.is_dir():
        keys = {SHARED, *map(owner_key, conversation_ids)}
        _forget(folder, lambda owner: owner not in keys)


def count(folder: Path, conversation_ids: Iterable[str]) -> int:
    """Return how many files are kept of these conversations."""
    keys = set(map(owner_key, conversation_ids))
    return sum(_owner_of(file).lstrip(".") in keys for file in folder.glob("*/*") if _SUFFIX in file.name)


def delete(file: Path) -> bool:
    """Delete a file and return whether it is gone: a cache that cannot be deleted is no reason to fail."""
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _forget(folder: Path, is_forgotten: Callable[[str], bool]) -> None:
    for engine in folder.glob("*/"):
        _delete_leftovers(engine, is_forgotten)
        for file in engine.glob(f"*{_SUFFIX}"):
            if is_forgotten(_owner_of(file)):  # until it is known who needs it, it is everybody's
                try:
                    os.replace(file, _named(file, SHARED))
                except OSError:
                    delete(file)
        _delete_what_nobody_needs(engine)


def _delete_what_nobody_needs(engine: Path) -> None:
    """Delete what several conversations had in common, now that none of them is left."""
    if not any(engine.glob(f"{SHARED}-*")):
        return
    prompts = [(tokens.tobytes(), _owner_of(file) != SHARED, header, file) for file, header, tokens in _headers(engine)]
    following = b""  # of all that is kept, whatever begins like a prompt comes next in this order
    for tokens, is_owned, header, file in sorted(prompts, key=lambda each: each[:2], reverse=True):
        is_cut = header.n_copied > header.n_tokens - header.begin  # the bytes behind the cut are one conversation's
        if not is_owned and (is_cut or not following.startswith(tokens)):
            delete(file)
        else:
            following = tokens


def _delete_leftovers(engine: Path, is_forgotten: Callable[[str], bool] = lambda _: False) -> None:
    """Delete what processes were writing that were killed."""
    for file in engine.glob(f".*{_SUFFIX}.*"):
        process = file.suffix[1:]
        is_over = process.isdecimal() and not _is_running(int(process))
        with contextlib.suppress(OSError):
            is_over = is_over or time.time() - file.stat().st_mtime > _MOST_WRITING_S
        if is_over or is_forgotten(_owner_of(file).lstrip(".")):
            delete(file)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 is Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another user's
        return True
    return True


def _owner_of(file: Path) -> str:
    return file.name.partition("-")[0]


def _named(file: Path, owner: str) -> Path:
    return file.with_name(f"{owner}-{file.name.partition('-')[2]}")


def _headers(folder: Path) -> "Iterator[tuple[Path, _Header, array[int]]]":
    for file in folder.glob(f"*{_SUFFIX}"):
        try:
            with file.open("rb") as opened:
                header, tokens = _read_header(opened)
            if file.stem.partition("-")[2] != _digest(tokens, header.begin):
                raise ValueError("damaged")
        except OSError:
            continue
        except ValueError:
            delete(file)
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
    numbers = asdict(header).values()
    size = os.fstat(opened.fileno()).st_size
    if not all(type(number) is int and number >= 0 for number in numbers) or max(_counts(header)) > size:
        raise ValueError("numbers that cannot be")
    tokens = array("i")
    tokens.frombytes(opened.read(header.n_tokens * tokens.itemsize))
    if len(tokens) != header.n_tokens or not 0 <= header.begin < header.n_tokens:
        raise ValueError("cut off")
    return header, tokens


def _counts(header: _Header) -> list[int]:
    """Return all numbers but the checksum."""
    return list(asdict(header).values())[:-1]


def _checksum(header: _Header, tokens: "array[int]", blob: "Blob") -> int:
    counts = _counts(header)
    return zlib.crc32(blob.data, zlib.crc32(struct.pack(f"<{len(counts)}Q", *counts) + tokens.tobytes()))


def _digest(tokens: "array[int]", begin: int) -> str:
    return hashlib.sha256(struct.pack("<Q", begin) + tokens.tobytes()).hexdigest()[:32]
