"""The search for memories, by vector and by words, and the vectors that it needs.

Only what is current is found: superseded and retracted memories, and those of a replay that waits, are not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from julep_local.store import embedding_sets, fts, vectors
from julep_local.store.columns import json_text, json_value
from julep_local.store.database import Database, Params
from julep_local.store.memories import from_row
from julep_local.types import Memory


@dataclass(frozen=True, slots=True)
class MemoryHit:
    """A memory that was found."""

    memory: Memory
    distance: float | None = None
    """Cosine distance to the query, 0 same to 2 opposite; None of what was found by words."""
    score: float | None = None
    """bm25 of the words, higher is better; None of what was found by vector."""


class MissingMemory(NamedTuple):
    """A memory that an embedder has not seen."""

    memory_id: str
    speaker: str
    content: str
    said_before: str


def nearest(
    db: Database, query: bytes, *, agent_id: str, user_id: str | None = None, embedding_set_id: int, limit: int
) -> list[MemoryHit]:
    """Return the agent's memories, of one user or of all, nearest to the query first.

    The query is n_dims float32 of the same embedding set.
    """
    near = _similar(
        db,
        query,
        """
        select json_group_array(seq), cast(group_concat(embedding, '') as blob)
        from (
            select seq, embedding
            from memories
            join memory_vectors on memory_vectors.memory_id = memories.id
            where agent_id = :agent_id
                and (:user_id is null or user_id = :user_id)
                and embedding_set_id = :embedding_set_id
                and own <> ''
            order by seq
        )
        """,
        {"agent_id": agent_id, "user_id": user_id, "embedding_set_id": embedding_set_id},
    )
    distances = dict(sorted(near.items(), key=lambda item: (item[1], item[0]))[:limit])
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where seq in (select value from json_each(:seqs))
        """,
        {"seqs": json_text(list(distances), "seqs")},
    )
    found = {row["seq"]: row for row in rows}
    return [MemoryHit(from_row(found[seq]), distance=distance) for seq, distance in distances.items() if seq in found]


def matching(
    db: Database, words: Sequence[str], *, agent_id: str, user_id: str | None = None, limit: int
) -> list[MemoryHit]:
    """Return the agent's memories, of one user or of all, that have any of the words, best first."""
    own = [agent_id] if user_id is None else [agent_id, user_id]
    expression = fts.expression(words, own=own, columns="content")
    if expression is None:
        return []
    rows = db.query(
        """
        select
            memories.*,
            (select json_group_array(message_id) from memory_sources where memory_id = id) as sources,
            found.score
        from (
            select rowid, -bm25(memories_fts, 0, 1) as score
            from memories_fts
            where memories_fts match :expression
            order by score desc, rowid
            limit :limit
        ) as found
        join memories on memories.seq = found.rowid
        where agent_id = :agent_id and (:user_id is null or user_id = :user_id)
        order by found.score desc, seq
        """,
        {"expression": expression, "agent_id": agent_id, "user_id": user_id, "limit": limit},
    )
    return [MemoryHit(from_row(row), score=row["score"]) for row in rows]


def distances(db: Database, query: bytes, memory_ids: Sequence[str], embedding_set_id: int) -> dict[str, float]:
    """Return the distance of these memories to the query, by id; those without a vector are left out."""
    return _similar(
        db,
        query,
        """
        select json_group_array(memory_id), cast(group_concat(embedding, '') as blob)
        from (
            select memory_id, embedding
            from memory_vectors
            where memory_id in (select value from json_each(:ids)) and embedding_set_id = :embedding_set_id
        )
        """,
        {"ids": json_text(list(memory_ids), "memory_ids"), "embedding_set_id": embedding_set_id},
    )


def any_without_vector(db: Database, embedding_set_id: int) -> bool:
    """Whether there is a memory that has no vector in this set."""
    row = db.one(
        """
        select 1
        from memories
        where own <> ''
            and not exists (
                select 1
                from memory_vectors
                where memory_id = memories.id and embedding_set_id = :embedding_set_id
            )
        limit 1
        """,
        {"embedding_set_id": embedding_set_id},
    )
    return row is not None


def without_vectors(
    db: Database, *, agent_id: str | None = None, user_id: str | None = None, embedding_set_id: int
) -> list[MissingMemory]:
    """Return the current memories that have no vector in this set: of an agent, of a user, or of all."""
    rows = db.query(
        """
        select id, speaker, content, said_before
        from memories
        where own <> ''
            and (:agent_id is null or agent_id = :agent_id)
            and (:user_id is null or user_id = :user_id)
            and not exists (
                select 1
                from memory_vectors
                where memory_id = memories.id and embedding_set_id = :embedding_set_id
            )
        order by seq
        """,
        {"agent_id": agent_id, "user_id": user_id, "embedding_set_id": embedding_set_id},
    )
    return [MissingMemory(*row) for row in rows]


def add_vectors(db: Database, rows: Iterable[tuple[str, bytes]], *, embedding_set_id: int) -> None:
    """Store memories' vectors, float32, given by id.

    One whose memory was deleted meanwhile, or that is there, is left out.

    Raises:
        ModelBroken: a vector is not of unit length, or not as long as the others of its set.
    """
    rows = list(rows)
    embedding_sets.check_vectors(db, embedding_set_id, (vector for _, vector in rows))
    db.execute_many(
        """
        insert into memory_vectors (memory_id, embedding_set_id, embedding)
        select id, :embedding_set_id, :embedding
        from memories
        where id = :memory_id
        on conflict do nothing
        """,
        [
            {"memory_id": memory_id, "embedding_set_id": embedding_set_id, "embedding": vectors.as_float16(vector)}
            for memory_id, vector in rows
        ],
    )


def _similar(db: Database, query: bytes, sql: str, params: Params) -> dict[Any, float]:
    """Return the distance of each to the query, by what the statement names it."""
    import numpy as np

    keys, raw = db.query(sql, params)[0]
    target = np.frombuffer(query, dtype="<f4")
    rows = vectors.from_bytes(raw or b"", len(target))
    named = json_value(keys)
    assert len(named) == len(rows), "each vector of a set is as long as the query"
    return dict(zip(named, (1.0 - vectors.cosines(rows, target)).tolist(), strict=True))
