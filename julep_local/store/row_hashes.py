"""A hash with each row of what cannot be recomputed, and of vectors: it tells a bit that has flipped on the disk.

SQLite's pages have no checksum: of 40 flipped bits in texts its own checks saw 5, and 9 gave another text without a
word. The hash is computed here and written with the row. No trigger computes it, because a trigger needs a function
that other programs lack, and these shall be able to write the file: a change by one of them makes the hash null, by
plain SQL (schema.py), which means "as somebody else left it". A row that was not written, but whose bytes changed,
keeps a hash that no longer fits.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

HASHED: Mapping[str, Sequence[str]] = {
    "agents": ("id", "name", "about", "model", "instructions", "default_settings", "metadata"),
    "users": ("id", "name", "about", "metadata"),
    "tools": ("id", "agent_id", "type", "name", "description", "parameters"),
    "sessions": ("id", "agent_id", "situation", "metadata"),
    "messages": ("id", "session_id", "turn_id", "role", "name", "content", "created_at"),
    "docs": ("id", "agent_id", "user_id", "title", "is_list", "metadata"),
    "chunks": ("owner_id", "title", "heading", "content"),
    "memories": ("id", "agent_id", "user_id", "speaker", "content", "timestamp", "entities"),
    "chunk_vectors": ("embedding_set_id", "owner_id", "chunk_id", "n_chunks", "embeddings"),
    "memory_vectors": ("memory_id", "embedding_set_id", "embedding"),
}
"""By table: the columns of the hash, which are always written together. What a job may change alone is none of them."""

VECTORS = ("chunk_vectors", "memory_vectors")
"""Tables whose rows can be computed again."""

_AT_ONCE = 500
"""Rows that are read together."""


class Execute(Protocol):
    """Runs a statement and returns its rows."""

    def __call__(self, sql: str, params: Mapping[str, object], /) -> Any:
        """Run it."""
        ...


class HashedRow(NamedTuple):
    """A row with the hash that it has and the one that it should have."""

    rowid: int
    stored: int | None
    """None if another program wrote the row."""
    computed: int


def row_hash(table: str, values: Mapping[str, object]) -> int:
    """Return 64 bits of the row's BLAKE2b, as the signed integer that a column holds."""
    return _hash([_bytes(values[column]) for column in HASHED[table]])


def with_hash(table: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a row and its `row_hash`."""
    return {**values, "row_hash": row_hash(table, values)}


def every(execute: Execute, table: str, *, encoding: str = "UTF-8") -> Iterator[HashedRow]:
    """Yield all rows of a table. They are read as bytes: damaged ones may be no text."""
    after = -(2**63)
    columns = HASHED[table]
    listed = ", ".join(f"cast({column} as blob)" for column in columns)
    blobs = [column.startswith("embedding") and not column.endswith("_id") for column in columns]
    while True:
        rows = list(
            execute(
                f"select rowid, row_hash, {listed} from {table} where rowid > :after order by rowid limit :limit",  # noqa: S608  (names of this file)
                {"after": after, "limit": _AT_ONCE},
            )
        )
        for rowid, stored, *raw in rows:
            if rowid <= after:  # where pages are damaged, one comes back to where one was for ever
                return
            after = rowid
            if encoding != "UTF-8":
                raw = [each if is_blob else _in_utf8(each, encoding) for each, is_blob in zip(raw, blobs, strict=True)]
            yield HashedRow(rowid, stored, _hash(raw))
        if not rows:
            return


def _hash(pieces: Iterable[bytes | None]) -> int:
    # the length in front, so that what leaves one column and enters the next is seen
    told = b"".join([b"-" if piece is None else b"%d:%b" % (len(piece), piece) for piece in pieces])
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little", signed=True)


def _bytes(value: object) -> bytes | None:
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass")
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")  # of a member of an enum, what it stands for
    return str(int(value) if isinstance(value, bool) else value).encode()


def _in_utf8(raw: bytes | None, encoding: str) -> bytes | None:
    return None if raw is None else raw.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
