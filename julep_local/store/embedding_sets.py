"""Embedding sets: which embedder made a vector. Vectors of two embedders lie in different spaces and never mix."""

import array
import math
from collections.abc import Iterable

from julep_local.errors import ModelBroken
from julep_local.store.database import Database

UNIT_TOLERANCE = 0.01
"""How far a vector's length may be from 1; float16 weights stay below 0.001."""


def id_for(db: Database, name: str, n_dims: int) -> int:
    """Return the id of the embedder's set, which is made if it is new.

    The name stands for the vector space: the model and a hash of its weights.

    Raises:
        ModelBroken: vectors under this name had another length before.
    """
    row = db.one("select id, n_dims from embedding_sets where name = :name", {"name": name})
    if row is None:
        with db.transaction():
            db.execute(
                """
                insert into embedding_sets (name, n_dims)
                values (:name, :n_dims)
                on conflict (name) do nothing
                """,
                {"name": name, "n_dims": n_dims},
            )
            row = db.query("select id, n_dims from embedding_sets where name = :name", {"name": name})[0]
    if row["n_dims"] != n_dims:
        raise ModelBroken(
            f"embedding model {name}: gives {n_dims} numbers for a text, but gave {row['n_dims']} before: another "
            "model needs another name"
        )
    set_id: int = row["id"]
    return set_id


def check_vectors(db: Database, embedding_set_id: int, vectors: Iterable[bytes]) -> None:
    """Check that each is n_dims float32 of unit length: one NaN or zero vector would hide true neighbours.

    Raises:
        ModelBroken: one is not.
    """
    row = db.one("select name, n_dims from embedding_sets where id = :id", {"id": embedding_set_id})
    name, n_dims = ("", 0) if row is None else (row["name"], row["n_dims"])
    for vector in vectors:
        if len(vector) != 4 * n_dims:
            raise ModelBroken(f"embedding model {name}: gave {len(vector)} bytes for a text instead of {4 * n_dims}")
        length = math.hypot(*array.array("f", vector))
        if not abs(length - 1) < UNIT_TOLERANCE:  # also of NaN
            raise ModelBroken(f"embedding model {name}: gave a vector of length {length} instead of 1")
