"""An agent in a file of its own: a zip with one JSON Lines file a kind of row, and a manifest with a hash of each.

    manifest.json     {"format": "julep_local agent", "version": 1, "agent_id": ..., "digest": ...,
                       "files": {"agents.jsonl": {"rows": 1, "bytes": 310, "sha256": ...}, ...}}
    agents.jsonl      one line; then tools, users, docs, sessions, messages, suggestions, memories, retracted

The digest is SHA-256 over the hashes in that order, so that two exports with equal digests hold equal rows. Each line
is a JSON object with the columns of the table, JSON columns as JSON, keys sorted; a doc has its chunks as pairs of
heading and content.

Whoever reads one trusts nothing in it: no name in the zip becomes a path, nothing is unpacked to the disk, and sizes,
hashes, types and references are checked before the first row is stored. It knows no database.
"""

import contextlib
import hashlib
import json
import os
import secrets
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from julep_local.errors import BadExport, Conflict

FORMAT, VERSION = "julep_local agent", 1
MOST_BYTES = 8 << 30
"""Of all rows, unpacked."""
MOST_RATIO, ALWAYS_BYTES = 200, 64 << 20
"""Unpacked it may be so many times as large as the file, or so large: ids alone keep an honest one below 20 times."""
MOST_LINE_BYTES = 160 << 20
"""The longest doc, 20 million characters, in UTF-8 and twice as long for what JSON escapes."""
_MOST_MANIFEST_BYTES = 1 << 16
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same rows give the same bytes
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    OSError,
)

Rows = Iterator[dict[str, Any]]


class AgentFileWriter:
    """Writes an export under another name, and gives it its own when it is whole."""

    def __init__(self, path: Path, agent_id: str) -> None:
        self._path, self._agent_id = path, agent_id
        self._files: dict[str, dict[str, Any]] = {}
        self._beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        self.digest = ""

    def __enter__(self) -> "AgentFileWriter":
        if os.path.lexists(self._path):
            raise Conflict(f"{self._path} is there already: delete it, or give another path")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # it holds conversations: for its owner alone
        self._opened = open(os.open(self._beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._opened, "w", zipfile.ZIP_DEFLATED)
        return self

    def write(self, kind: str, rows: Rows, report: Callable[[], None]) -> int:
        """Write all rows of a kind, reporting each, and return how many there were."""
        digest, n_rows, n_bytes = hashlib.sha256(), 0, 0
        with self._zip.open(_entry(f"{kind}.jsonl"), "w", force_zip64=True) as out:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
                out.write(line)
                digest.update(line)
                n_rows, n_bytes = n_rows + 1, n_bytes + len(line)
                report()
        self._files[f"{kind}.jsonl"] = {"rows": n_rows, "bytes": n_bytes, "sha256": digest.hexdigest()}
        return n_rows

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        try:
            if kind is None:
                self._finish()
                os.replace(self._beside, self._path)
        finally:  # a full disk is said once, and leaves nothing behind
            for end in (self._zip.close, self._opened.close, lambda: self._beside.unlink(missing_ok=True)):
                with contextlib.suppress(OSError, ValueError):
                    end()

    def _finish(self) -> None:
        self.digest = digest_of(self._files)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "agent_id": self._agent_id,
            "digest": self.digest,
            "files": self._files,
        }
        self._zip.writestr(_entry("manifest.json"), json.dumps(manifest, indent=1))
        self._zip.close()
        self._opened.flush()
        os.fsync(self._opened.fileno())


class AgentFile:
    """An export that is read; what it says is checked as far as that goes without knowing what rows mean.

    Raises:
        BadExport: it is no export, damaged, too large, or of a newer release.
    """

    def __init__(self, path: Path, kinds: tuple[str, ...]) -> None:
        self._opened: IO[bytes] | None = None
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise BadExport(f"{path} is no file")
            self._opened = path.open("rb")
            if self._opened.read(4) != b"PK\x03\x04":
                raise BadExport(f"{path} is no export of an agent")
            self._zip = zipfile.ZipFile(self._opened)
            self._read_manifest(path, kinds)
        except BadExport:
            self.close()
            raise
        except FileNotFoundError:
            raise BadExport(f"{path}: there is no such file") from None
        except RecursionError:
            self.close()
            raise BadExport(f"{path}: its manifest is nested too deep") from None
        except _BROKEN as error:
            self.close()
            raise BadExport(f"{path} is no export of an agent, or damaged: {error}") from error

    def close(self) -> None:
        """Close the file. Twice does no harm."""
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> "AgentFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def rows(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Yield where each row stands, for people, and its JSON value.

        Raises:
            BadExport: it is damaged, or not what the manifest says.
        """
        name = f"{kind}.jsonl"
        said = self.files[name]
        digest, n_rows, n_bytes = hashlib.sha256(), 0, 0
        try:
            with self._zip.open(name) as lines:
                while line := lines.readline(MOST_LINE_BYTES):
                    place = f"{name}, line {n_rows + 1}"
                    if not line.endswith(b"\n"):
                        raise BadExport(f"{place} has no end, or more than {MOST_LINE_BYTES >> 20} MiB")
                    digest.update(line)
                    n_rows, n_bytes = n_rows + 1, n_bytes + len(line)
                    if n_rows > said["rows"] or n_bytes > said["bytes"]:
                        raise BadExport(f"{place}: there is more than the manifest says")
                    yield place, _json(line, place)
        except BadExport:
            raise
        except _BROKEN as error:
            raise BadExport(f"{name} is damaged: {error}") from error
        if (n_rows, n_bytes, digest.hexdigest()) != (said["rows"], said["bytes"], said["sha256"]):
            raise BadExport(f"{name} is not what the manifest says: it was changed, or damaged")

    def _read_manifest(self, path: Path, kinds: tuple[str, ...]) -> None:
        entries = self._zip.infolist()
        expected = {"manifest.json", *(f"{kind}.jsonl" for kind in kinds)}
        if len(entries) > 64 or "manifest.json" not in {entry.filename for entry in entries}:
            raise BadExport(f"{path} is no export of an agent: it has no manifest.json")
        if self._zip.getinfo("manifest.json").file_size > _MOST_MANIFEST_BYTES:
            raise BadExport("manifest.json is too large")
        with self._zip.open("manifest.json") as opened:
            manifest = _json(opened.read(_MOST_MANIFEST_BYTES), "manifest.json")
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BadExport(f"{path} is no export of an agent: its manifest says another format")
        version = manifest.get("version")
        if version != VERSION:
            raise BadExport(
                f"a newer release of julep_local wrote it (version {str(version)[:20]}; this release reads {VERSION}): "
                "upgrade julep_local"
            )
        if sorted(entry.filename for entry in entries) != sorted(expected):
            raise BadExport("it holds other files than an export does, or one of them twice")
        self.files = _checked_files(manifest.get("files"), expected - {"manifest.json"})
        self.agent_id = str(manifest.get("agent_id"))
        self.digest = digest_of(self.files)
        if manifest.get("digest") != self.digest:
            raise BadExport("manifest.json does not fit itself: it was changed, or damaged")
        for entry in entries:
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadExport(f"{entry.filename} is packed in a way that no export is")
            if entry.filename in self.files and entry.file_size != self.files[entry.filename]["bytes"]:
                raise BadExport(f"{entry.filename} has another size than the manifest says")
        n_bytes = sum(each["bytes"] for each in self.files.values())
        if n_bytes > min(MOST_BYTES, max(ALWAYS_BYTES, MOST_RATIO * path.stat().st_size)):
            raise BadExport(f"unpacked it would have {n_bytes:,} bytes, of {path.stat().st_size:,}: no export has")


def digest_of(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the hash over the hashes of the files, by name."""
    lines = "".join(f"{name} {files[name]['sha256']}\n" for name in sorted(files))
    return hashlib.sha256(f"{FORMAT} {VERSION}\n{lines}".encode()).hexdigest()


_BINARY = getattr(os, "O_BINARY", 0)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _checked_files(files: Any, expected: set[str]) -> dict[str, dict[str, Any]]:
    if not isinstance(files, dict) or set(files) != expected:
        raise BadExport("its manifest does not name the files of an export")
    for name, said in files.items():
        is_known = isinstance(said, dict) and set(said) == {"rows", "bytes", "sha256"}
        if not is_known or not all(type(said[key]) is int and 0 <= said[key] < 2**50 for key in ("rows", "bytes")):
            raise BadExport(f"its manifest does not say what is in {name}")
        if not isinstance(said["sha256"], str) or len(said["sha256"]) != 64:
            raise BadExport(f"its manifest does not say the hash of {name}")
    return dict(files)


def _json(line: bytes, place: str) -> Any:
    try:
        return json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadExport(f"{place} is not JSON: {error}") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")
