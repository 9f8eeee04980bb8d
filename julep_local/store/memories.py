"""Memories: what an agent knows of a user, where it was said, and the search by vector and by words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from julep_local.store import embedding_sets, fts, vectors
from julep_local.store.columns import json_text, json_value, time_text
from julep_local.store.database import Database, Params, Row
from julep_local.types import Memory


@dataclass(frozen=True, slots=True)
class MemoryHit:
    """A memory that was found."""

    memory: Memory
    distance: float | None = None
    """Cosine distance to the query, 0 same to 2 opposite; None of what was found by words."""
    score: float | None = None
    """bm25 of the words, higher is better; None of what was found by vector."""


def add(
    db: Database,
    memory: Memory,
    *,
    vector: bytes | None,
    embedding_set_id: int | None,
    sources: Sequence[str] = (),
) -> None:
    """Store a new memory, with the ids of the messages that it was formed from.

    The vector is n_dims float32 of unit length; None leaves it for later (`without_vectors`).

    Raises:
        ModelBroken: the vector is not of unit length, or not as long as the others of its set.
    """
    db.execute(
        """
        insert into memories (
            id, agent_id, user_id, content, timestamp, last_accessed_at, sentiment, entities, created_at
        )
        values (
            :id, :agent_id, :user_id, :content, :timestamp, :last_accessed_at, :sentiment, :entities, :created_at
        )
        """,
        {
            "id": memory.id,
            "agent_id": memory.agent_id,
            "user_id": memory.user_id,
            "content": memory.content,
            "timestamp": time_text(memory.timestamp),
            "last_accessed_at": time_text(memory.last_accessed_at),
            "sentiment": memory.sentiment,
            "entities": json_text(memory.entities, "entities"),
            "created_at": time_text(memory.created_at),
        },
    )
    _add_sources(db, memory.id, sources)
    if vector is not None and embedding_set_id is not None:
        add_vectors(db, [(memory.id, vector)], embedding_set_id=embedding_set_id)


def get(db: Database, memory_id: str) -> Memory | None:
    """Return the memory, None if there is none."""
    row = db.one(
        """
        select id, agent_id, user_id, content, timestamp, last_accessed_at, sentiment, entities, created_at
        from memories
        where id = :id
        """,
        {"id": memory_id},
    )
    return None if row is None else _memory(row)


def page(db: Database, *, agent_id: str, user_id: str | None = None, limit: int, offset: int) -> list[Memory]:
    """Return some of the agent's memories, of one user or of all, newest first."""
    rows = db.query(
        """
        select id, agent_id, user_id, content, timestamp, last_accessed_at, sentiment, entities, created_at
        from memories
        where agent_id = :agent_id and (:user_id is null or user_id = :user_id)
        order by seq desc
        limit :limit offset :offset
        """,
        {"agent_id": agent_id, "user_id": user_id, "limit": limit, "offset": offset},
    )
    return [_memory(row) for row in rows]


def sources(db: Database, memory_id: str) -> list[str]:
    """Return the ids of the messages that the memory was formed from; they may be deleted by now."""
    rows = db.query(
        """
        select message_id
        from memory_sources
        where memory_id = :memory_id
        order by message_id
        """,
        {"memory_id": memory_id},
    )
    return [row["message_id"] for row in rows]


def touch(db: Database, memory_ids: Sequence[str], now: datetime) -> None:
    """Note that these were recalled now."""
    db.execute(
        """
        update memories
        set last_accessed_at = :now
        where id in (select value from json_each(:ids))
        """,
        {"ids": json_text(list(memory_ids), "memory_ids"), "now": time_text(now)},
    )


def refresh(db: Database, memory_id: str, *, timestamp: datetime, sources: Sequence[str] = ()) -> bool:
    """Note that it was said again at this time, in these messages. Return whether there is such a memory."""
    n_rows = db.execute(
        """
        update memories
        set timestamp = max(coalesce(timestamp, ''), :timestamp)
        where id = :id
        """,
        {"id": memory_id, "timestamp": time_text(timestamp)},
    )
    if n_rows:
        _add_sources(db, memory_id, sources)
    return n_rows > 0


def delete(db: Database, agent_id: str, memory_id: str) -> bool:
    """Delete the agent's memory. Return whether there was one."""
    n_rows = db.execute(
        """
        delete from memories
        where id = :id and agent_id = :agent_id
        """,
        {"id": memory_id, "agent_id": agent_id},
    )
    return n_rows > 0


def exists_for(db: Database, *, agent_id: str, user_id: str | None = None) -> bool:
    """Return whether the agent has any memory, of one user or at all."""
    row = db.one(
        """
        select 1
        from memories
        where agent_id = :agent_id and (:user_id is null or user_id = :user_id)
        limit 1
        """,
        {"agent_id": agent_id, "user_id": user_id},
    )
    return row is not None


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
            order by seq
        )
        """,
        {"agent_id": agent_id, "user_id": user_id, "embedding_set_id": embedding_set_id},
    )
    distances = dict(sorted(near.items(), key=lambda item: (item[1], item[0]))[:limit])
    rows = db.query(
        """
        select seq, id, agent_id, user_id, content, timestamp, last_accessed_at, sentiment, entities, created_at
        from memories
        where seq in (select value from json_each(:seqs))
        """,
        {"seqs": json_text(list(distances), "seqs")},
    )
    found = {row["seq"]: row for row in rows}
    return [MemoryHit(_memory(found[seq]), distance=distance) for seq, distance in distances.items() if seq in found]


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
            id, agent_id, user_id, content, timestamp, last_accessed_at, sentiment, entities, created_at,
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
    return [MemoryHit(_memory(row), score=row["score"]) for row in rows]


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
        where not exists (
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
) -> list[tuple[str, str]]:
    """Return id and content of memories that have no vector in this set: of an agent, of a user, or of all."""
    rows = db.query(
        """
        select id, content
        from memories
        where (:agent_id is null or agent_id = :agent_id)
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
    return [(memory_id, content) for memory_id, content in rows]


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


def _add_sources(db: Database, memory_id: str, message_ids: Sequence[str]) -> None:
    db.execute(
        """
        insert into memory_sources (memory_id, message_id)
        select :memory_id, value
        from json_each(:message_ids)
        where true
        on conflict do nothing
        """,
        {"memory_id": memory_id, "message_ids": json_text(list(message_ids), "sources")},
    )


def _memory(row: Row) -> Memory:
    # by name: search results have a column more
    return Memory(
        id=row["id"],
        agent_id=row["agent_id"],
        user_id=row["user_id"],
        content=row["content"],
        timestamp=row["timestamp"],
        last_accessed_at=row["last_accessed_at"],
        sentiment=row["sentiment"],
        entities=json_value(row["entities"]),
        created_at=row["created_at"],
    )
