"""Embedding sets: which embedder made a vector. Vectors of two embedders lie in different spaces and never mix.

Each embedder searches its own set, once that has been filled as a whole. The one that was completed last is current;
vectors of others stay, because another program may have the file open with that embedder, until the file is compacted.
"""

import array
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from julep_local.errors import ModelBroken
from julep_local.store.columns import time_text
from julep_local.store.connection import Row
from julep_local.store.database import Database

UNIT_TOLERANCE = 0.01
"""How far a vector's length may be from 1; float16 weights stay below 0.001."""

_RENEWED = " (made anew, was "

State = Literal["current", "filling", "old"]


@dataclass(frozen=True, slots=True)
class EmbeddingSet:
    """The vectors of one embedder."""

    id: int
    name: str
    """Stands for the vector space: the model and a hash of its weights."""
    n_dims: int
    file_hash: str | None
    """SHA-256 of the weights, if they are a file."""
    state: State
    """`filling` was never whole and is not searched. Of the others the current one was completed last; `old` are those
    that were current before."""
    created_at: str

    def stands_for(self, name: str) -> bool:
        """Whether the vectors are of the embedder with this name, also while they are being made anew."""
        return self.name == name or self.name.startswith(f"{name}{_RENEWED}")


def id_for(db: Database, name: str, n_dims: int, *, file_hash: str | None = None) -> int:
    """Return the id of the embedder's set, which is made if it is new: current if it is the first, else filling.

    The name stands for the vector space: the model and a hash of its weights.

    Raises:
        ModelBroken: vectors under this name had another length before, or came from another file.
    """
    known = _named(db, name)
    if known is None:
        with db.transaction():
            db.execute(
                """
                insert into embedding_sets (name, n_dims, file_hash, state, created_at)
                select :name, :n_dims, :file_hash,
                    iif(exists (select 1 from embedding_sets where state = 'current'), 'filling', 'current'), :now
                where true
                on conflict (name) do nothing
                """,
                {"name": name, "n_dims": n_dims, "file_hash": file_hash, "now": time_text(db.stamps.now())},
            )
            known = _named(db, name)
    assert known is not None
    if known.n_dims != n_dims:
        raise ModelBroken(
            f"embedding model {name}: gives {n_dims} numbers for a text, but gave {known.n_dims} before: another "
            "model needs another name"
        )
    if file_hash is None or file_hash == known.file_hash:
        return known.id
    if known.file_hash is None:
        with db.transaction():
            db.execute(
                """
                update embedding_sets
                set file_hash = :file_hash
                where id = :id
                """,
                {"id": known.id, "file_hash": file_hash},
            )
    else:
        raise ModelBroken(
            f"embedding model {name}: its file has the SHA-256 {file_hash[:12]}..., but had {known.file_hash[:12]}... "
            "before: another model needs another name"
        )
    return known.id


def get(db: Database, embedding_set_id: int) -> EmbeddingSet | None:
    """Return the set, None if there is none."""
    row = db.one(
        """
        select id, name, n_dims, file_hash, state, created_at
        from embedding_sets
        where id = :id
        """,
        {"id": embedding_set_id},
    )
    return None if row is None else _set(row)


def every(db: Database) -> list[EmbeddingSet]:
    """Return all sets, oldest first."""
    rows = db.query(
        """
        select id, name, n_dims, file_hash, state, created_at
        from embedding_sets
        order by id
        """
    )
    return [_set(row) for row in rows]


def current(db: Database) -> EmbeddingSet | None:
    """Return the set that is searched, None while nothing was embedded yet."""
    row = db.one(
        """
        select id, name, n_dims, file_hash, state, created_at
        from embedding_sets
        where state = 'current'
        """
    )
    return None if row is None else _set(row)


def searched(db: Database, name: str) -> EmbeddingSet | None:
    """Return the set to be searched with this embedder's vectors; None if it has none that was ever whole."""
    known = [each for each in every(db) if each.stands_for(name) and each.state != "filling"]
    return known[-1] if known else None


def renew(db: Database, embedding_set_id: int) -> None:
    """Give up the set's name, so that its embedder begins another, and this one serves until that is filled."""
    known = get(db, embedding_set_id)
    if known is not None and _RENEWED not in known.name:
        db.execute(
            """
            update embedding_sets
            set name = :name
            where id = :id
            """,
            {"id": known.id, "name": f"{known.name}{_RENEWED}{known.id})"},
        )


def to_fill(db: Database, name: str, n_dims: int, *, file_hash: str | None = None) -> list[EmbeddingSet]:
    """Return the sets that new vectors of this embedder go to; the one that is to be searched in the end is the last.

    While vectors are made anew there are two.

    Raises:
        ModelBroken: vectors under this name had another length before, or came from another file.
    """
    newest = id_for(db, name, n_dims, file_hash=file_hash)
    served = searched(db, name)
    known = [each for each in every(db) if each.id == newest or each == served]
    return sorted(known, key=lambda each: each.id == newest)


def make_current(db: Database, embedding_set_id: int) -> None:
    """Let this set be searched, and be the one that was completed last. The one before is old from now on."""
    db.execute(
        """
        update embedding_sets
        set state = 'old'
        where state = 'current' and id <> :id
        """,
        {"id": embedding_set_id},
    )
    db.execute(
        """
        update embedding_sets
        set state = 'current'
        where id = :id
        """,
        {"id": embedding_set_id},
    )


def delete(db: Database, embedding_set_id: int) -> None:
    """Delete a set with all its vectors, of docs and of memories."""
    # written out: a cascade may come after the rows that the triggers of chunk_vectors write
    db.execute("delete from chunk_vectors where embedding_set_id = :id", {"id": embedding_set_id})
    db.execute("delete from embedding_sets where id = :id", {"id": embedding_set_id})


def check_vectors(db: Database, embedding_set_id: int, vectors: Iterable[bytes]) -> None:
    """Check that each is n_dims float32 of unit length: one NaN or zero vector would hide true neighbours.

    Raises:
        ModelBroken: one is not.
    """
    known = get(db, embedding_set_id)
    name, n_dims = ("", 0) if known is None else (known.name, known.n_dims)
    for vector in vectors:
        if len(vector) != 4 * n_dims:
            raise ModelBroken(f"embedding model {name}: gave {len(vector)} bytes for a text instead of {4 * n_dims}")
        check_length(name, math.hypot(*array.array("f", vector)))


def check_length(name: str, length: float) -> None:
    """Check the length of a vector in its space.

    Raises:
        ModelBroken: it is not 1.
    """
    if not abs(length - 1) < UNIT_TOLERANCE:  # also of NaN
        raise ModelBroken(f"embedding model {name}: gave a vector of length {length} instead of 1")


def _named(db: Database, name: str) -> EmbeddingSet | None:
    row = db.one(
        """
        select id, name, n_dims, file_hash, state, created_at
        from embedding_sets
        where name = :name
        """,
        {"name": name},
    )
    return None if row is None else _set(row)


def _set(row: Row) -> EmbeddingSet:
    return EmbeddingSet(*row)
