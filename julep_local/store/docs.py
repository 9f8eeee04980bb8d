"""Docs of agents and users, their chunks, and the search in these by vector and by words.

A doc is stored whole or not at all: the text, its chunks, their vectors and words are written in one transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from julep_local.store import embedding_sets, fts, listing
from julep_local.store.columns import json_text, json_value, time_text
from julep_local.store.database import Database, Row
from julep_local.types import Doc

_BY_ID = """
    select id, agent_id, user_id, title, content, metadata, created_at
    from docs
    where id = :id
"""

_OF_AGENT = """
    select id, agent_id, user_id, title, content, metadata, created_at
    from docs
    where agent_id = :agent_id
"""

_OF_USER = """
    select id, agent_id, user_id, title, content, metadata, created_at
    from docs
    where user_id = :user_id
"""


@dataclass(frozen=True, slots=True)
class ChunkHit:
    """A chunk that was found."""

    chunk_id: int
    doc_id: str
    title: str
    content: str
    position: int
    """0 is the first chunk of the doc."""
    distance: float | None = None
    """Cosine distance to the query, 0 same to 2 opposite; None of what was found by words."""
    score: float | None = None
    """bm25 of the words, higher is better; None of what was found by vector."""


def add(
    db: Database,
    doc: Doc,
    *,
    chunks: Sequence[str],
    vectors: Sequence[bytes] | None,
    embedding_set_id: int | None,
) -> None:
    """Store a new doc of the agent or user that it names, with its chunks in reading order.

    The vectors are those of the chunks, n_dims float32 of unit length each; None leaves them for later
    (`without_vectors`).

    Raises:
        ModelBroken: a vector is not of unit length, or not as long as the others of its set.
    """
    db.execute(
        """
        insert into docs (id, agent_id, user_id, title, content, metadata, created_at)
        values (:id, :agent_id, :user_id, :title, :content, :metadata, :created_at)
        """,
        {
            "id": doc.id,
            "agent_id": doc.agent_id,
            "user_id": doc.user_id,
            "title": doc.title,
            "content": json_text(doc.content, "content"),
            "metadata": json_text(doc.metadata or {}, "metadata"),
            "created_at": time_text(doc.created_at),
        },
    )
    db.execute_many(
        """
        insert into chunks (doc_id, owner_id, position, title, content)
        values (:doc_id, :owner_id, :position, :title, :content)
        """,
        [
            {
                "doc_id": doc.id,
                "owner_id": doc.agent_id or doc.user_id,
                "position": position,
                "title": doc.title,
                "content": chunk,
            }
            for position, chunk in enumerate(chunks)
        ],
    )
    if vectors is not None and embedding_set_id is not None:
        rows = db.query("select id from chunks where doc_id = :doc_id order by position", {"doc_id": doc.id})
        chunk_ids = [row["id"] for row in rows]
        add_vectors(db, list(zip(chunk_ids, vectors, strict=True)), embedding_set_id=embedding_set_id)


def get(db: Database, doc_id: str) -> Doc | None:
    """Return the doc, None if there is none."""
    row = db.one(_BY_ID, {"id": doc_id})
    return None if row is None else _doc(row)


def page(
    db: Database,
    *,
    agent_id: str | None = None,
    user_id: str | None = None,
    limit: int,
    offset: int,
    metadata_filter: Mapping[str, Any] | None = None,
    sort_by: str = "created_at",
    order: str = "desc",
) -> list[Doc]:
    """Return some of the docs of the agent, or else of the user. `listing.page` says what the arguments mean."""
    select, params = (_OF_AGENT, {"agent_id": agent_id}) if agent_id else (_OF_USER, {"user_id": user_id})
    if sort_by == "updated_at":
        sort_by = "created_at"  # the same: a doc never changes
    rows = listing.page(
        db, select, params, limit=limit, offset=offset, metadata_filter=metadata_filter, sort_by=sort_by, order=order
    )
    return [_doc(row) for row in rows]


def delete(db: Database, doc_id: str, *, agent_id: str | None = None, user_id: str | None = None) -> bool:
    """Delete the doc if it belongs to this agent or user, with its chunks. Return whether it did."""
    n_rows = db.execute(
        """
        delete from docs
        where id = :id and (agent_id = :agent_id or user_id = :user_id)
        """,
        {"id": doc_id, "agent_id": agent_id, "user_id": user_id},
    )
    return n_rows > 0


def count_for(db: Database, owner_ids: Sequence[str]) -> int:
    """Return how many docs these agents and users have."""
    rows = db.query(
        """
        select
            (select count(*) from docs where agent_id in (select value from json_each(:owner_ids)))
            + (select count(*) from docs where user_id in (select value from json_each(:owner_ids))) as n_docs
        """,
        {"owner_ids": json_text(list(owner_ids), "owner_ids")},
    )
    n_docs: int = rows[0]["n_docs"]
    return n_docs


def nearest(db: Database, query: bytes, *, owner_id: str, embedding_set_id: int, limit: int) -> list[ChunkHit]:
    """Return the owner's chunks nearest to the query, n_dims float32 of the same embedding set, nearest first."""
    db.load_vectors()
    rows = db.query(
        """
        select chunks.id, chunks.doc_id, chunks.title, chunks.content, chunks.position, near.distance
        from (
            select chunk_id, vec_distance_cosine(embedding, :query) as distance
            from chunk_vectors
            where owner_id = :owner_id and embedding_set_id = :embedding_set_id
            order by distance, chunk_id
            limit :limit
        ) as near
        join chunks on chunks.id = near.chunk_id
        order by near.distance, chunks.id
        """,
        {"query": query, "owner_id": owner_id, "embedding_set_id": embedding_set_id, "limit": limit},
    )
    return [
        ChunkHit(chunk_id, doc_id, title, content, position, distance=distance)
        for chunk_id, doc_id, title, content, position, distance in rows
    ]


def matching(db: Database, words: Sequence[str], *, owner_id: str, limit: int) -> list[ChunkHit]:
    """Return the owner's chunks that have any of the words in title or content, best first."""
    expression = fts.expression(words, own=[owner_id], columns="title content")
    if expression is None:
        return []
    rows = db.query(
        """
        select chunks.id, chunks.doc_id, chunks.title, chunks.content, chunks.position, found.score
        from (
            select rowid, -bm25(chunks_fts, 0, 1, 1) as score
            from chunks_fts
            where chunks_fts match :expression
            order by score desc, rowid
            limit :limit
        ) as found
        join chunks on chunks.id = found.rowid and chunks.owner_id = :owner_id
        order by found.score desc, chunks.id
        """,
        {"expression": expression, "owner_id": owner_id, "limit": limit},
    )
    return [
        ChunkHit(chunk_id, doc_id, title, content, position, score=score)
        for chunk_id, doc_id, title, content, position, score in rows
    ]


def distances(db: Database, query: bytes, chunk_ids: Sequence[int], embedding_set_id: int) -> dict[int, float]:
    """Return the distance of these chunks to the query, by chunk id; those without a vector are left out."""
    db.load_vectors()
    rows = db.query(
        """
        select chunk_id, vec_distance_cosine(embedding, :query) as distance
        from chunk_vectors
        where chunk_id in (select value from json_each(:chunk_ids)) and embedding_set_id = :embedding_set_id
        """,
        {
            "query": query,
            "chunk_ids": json_text(list(chunk_ids), "chunk_ids"),
            "embedding_set_id": embedding_set_id,
        },
    )
    return {chunk_id: distance for chunk_id, distance in rows}


def without_vectors(db: Database, owner_id: str, embedding_set_id: int) -> list[tuple[int, str, str]]:
    """Return chunk id, title and content of the owner's chunks that this embedder has not seen."""
    rows = db.query(
        """
        select id, title, content
        from chunks
        where owner_id = :owner_id
            and id not in (
                select chunk_id
                from chunk_vectors
                where owner_id = :owner_id and embedding_set_id = :embedding_set_id
            )
        order by id
        """,
        {"owner_id": owner_id, "embedding_set_id": embedding_set_id},
    )
    return [(chunk_id, title, content) for chunk_id, title, content in rows]


def add_vectors(db: Database, rows: Iterable[tuple[int, bytes]], *, embedding_set_id: int) -> None:
    """Store chunks' vectors, given by chunk id. One whose chunk was deleted meanwhile, or that is there, is left out.

    Raises:
        ModelBroken: a vector is not of unit length, or not as long as the others of its set.
    """
    rows = list(rows)
    embedding_sets.check_vectors(db, embedding_set_id, (vector for _, vector in rows))
    db.execute_many(
        """
        insert into chunk_vectors (chunk_id, embedding_set_id, owner_id, embedding)
        select id, :embedding_set_id, owner_id, :embedding
        from chunks
        where id = :chunk_id
        on conflict do nothing
        """,
        [
            {"chunk_id": chunk_id, "embedding_set_id": embedding_set_id, "embedding": vector}
            for chunk_id, vector in rows
        ],
    )


def _doc(row: Row) -> Doc:
    doc_id, agent_id, user_id, title, content, metadata, created_at = row
    return Doc(
        id=doc_id,
        agent_id=agent_id,
        user_id=user_id,
        title=title,
        content=json_value(content),
        metadata=json_value(metadata),
        created_at=created_at,
    )
