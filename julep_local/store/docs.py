"""Docs of agents and users, their chunks, and the search in these by words.

A doc's text is its chunks: it stands once, and what is searched cannot differ from what is shown. `vectors.py` has the
vectors of chunks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from julep_local.store import embedding_sets, fts, listing, vectors
from julep_local.store.columns import json_text, json_value, read_from_row, text_hash, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.store.schema import MOST_TITLE
from julep_local.types import Doc, DocMetadata

# with their text in one statement: between two, another thread may give the doc another text, or delete it
_SELECT = """
    select
        id, agent_id, user_id, title, is_list, metadata, created_at, seq, updated_at,
        case
            when is_list then (
                select json_group_array(content order by position)
                from chunks
                where doc_seq = docs.seq
            )
            else (
                select group_concat(content, '' order by position)
                from chunks
                where doc_seq = docs.seq
            )
        end as content
    from docs
"""

_OF_AGENT = """
    select seq, updated_at
    from docs
    where agent_id = :agent_id
"""

_OF_USER = """
    select seq, updated_at
    from docs
    where user_id = :user_id
"""

_SEQS = """
    select seq
    from docs
    where (agent_id = :owner_id or user_id = :owner_id)
"""

Pieces = Sequence[tuple[str, str]]
"""Chunks to be: heading and content of each. Contents in a row are the doc's text; of a list they are its items."""


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk, with the doc that it is from."""

    chunk_id: int
    doc_id: str
    title: str
    """The doc's, whole."""
    heading: str
    content: str
    position: int
    """0 is the first chunk of the doc."""
    is_list: bool
    """Whether the doc was given as a list of chunks."""


def add(db: Database, doc: Doc, chunks: Pieces) -> list[int]:
    """Store a new doc of the agent or user that it names, without vectors. Return the ids of its chunks, in order."""
    db.execute(
        """
        insert into docs (id, agent_id, user_id, title, is_list, metadata, created_at, updated_at, row_hash)
        values (:id, :agent_id, :user_id, :title, :is_list, :metadata, :created_at, :created_at, :row_hash)
        """,
        {**_values(doc), "created_at": time_text(doc.created_at)},
    )
    return _add_chunks(db, doc, chunks)


def update(db: Database, doc: Doc, chunks: Pieces | None = None, *, now: datetime) -> list[int]:
    """Store what has changed of a doc, which keeps its id, owner and time of creation.

    Chunks that say what they said before keep their vectors, in every embedding set; the others have none.

    Args:
        db: the store, in a transaction.
        doc: as it shall be.
        chunks: of the new text; None leaves title and content as they are, and only metadata is written.
        now: the time of the change.

    Returns:
        The ids of the new chunks, in order; none if chunks were not given or there is no such doc.
    """
    if chunks is None:
        db.execute(
            """
            update docs
            set metadata = :metadata, updated_at = :now, row_hash = :row_hash
            where id = :id
            """,
            {**_values(doc), "now": time_text(now)},
        )
        return []
    n_rows = db.execute(
        """
        update docs
        set title = :title, is_list = :is_list, metadata = :metadata, updated_at = :now, row_hash = :row_hash
        where id = :id
        """,
        {**_values(doc), "now": time_text(now)},
    )
    if not n_rows:
        return []
    of_doc = {"doc_id": doc.id}
    # out of the way, but there until the new ones have their vectors
    db.execute(
        """
        update chunks
        set position = -1 - position
        where doc_seq = (select seq from docs where id = :doc_id)
        """,
        of_doc,
    )
    chunk_ids = _add_chunks(db, doc, chunks)
    for known in embedding_sets.every(db):
        vectors.copy_known(db, known.id, chunk_ids)
    db.execute(
        """
        delete from chunks
        where doc_seq = (select seq from docs where id = :doc_id) and position < 0
        """,
        of_doc,
    )
    return chunk_ids


def get(db: Database, doc_id: str) -> Doc | None:
    """Return the doc, None if there is none."""
    row = db.one(_SELECT + "where id = :id", {"id": doc_id})
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
    while True:
        wanted = listing.page(
            db,
            select,
            params,
            limit=limit,
            offset=offset,
            metadata_filter=metadata_filter,
            sort_by=sort_by,
            order=order,
        )
        # texts only of those on the page: to sort rows, SQLite would put together the texts of all
        found = db.query(
            _SELECT + "where seq in (select value from json_each(:seqs))",  # noqa: S608  (a constant)
            {"seqs": json_text([row["seq"] for row in wanted], "seqs")},
        )
        by_seq = {row["seq"]: row for row in found}
        if all(seq in by_seq and by_seq[seq]["updated_at"] == changed for seq, changed in wanted):
            return [_doc(by_seq[seq]) for seq, _ in wanted]
        # one was changed or deleted meanwhile, and the page may be another


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


def title(db: Database, doc_id: str) -> str:
    """Return a doc's title; nothing if there is no such doc."""
    row = db.one("select title from docs where id = :id", {"id": doc_id})
    return "" if row is None else str(row["title"])


def updated_at(db: Database, doc_id: str) -> str | None:
    """Return when the doc was last changed, ISO 8601; None if there is no such doc."""
    row = db.one("select updated_at from docs where id = :id", {"id": doc_id})
    return None if row is None else row["updated_at"]


def metadata_of(db: Database, doc_ids: Sequence[str]) -> dict[str, DocMetadata]:
    """Return the metadata of these docs, by id."""
    rows = db.query(
        """
        select id, metadata
        from docs
        where id in (select value from json_each(:doc_ids))
        """,
        {"doc_ids": json_text(list(doc_ids), "doc_ids")},
    )
    return {doc_id: DocMetadata.model_validate(json_value(metadata)) for doc_id, metadata in rows}


def from_files(db: Database, owner_id: str) -> dict[str, tuple[str, str]]:
    """Return id and SHA-256 of the owner's docs that were made of files, by file; of several the newest."""
    rows = db.query(
        """
        select metadata ->> '$.file' as file, id, metadata ->> '$.sha256' as sha256
        from docs
        where (agent_id = :owner_id or user_id = :owner_id) and file is not null and sha256 is not null
        order by seq
        """,
        {"owner_id": owner_id},
    )
    return {str(file): (doc_id, str(sha256)) for file, doc_id, sha256 in rows}


def seqs(db: Database, owner_id: str, metadata_filter: Mapping[str, Any] | None) -> list[int]:
    """Return which docs of the owner have the metadata of the filter, by `docs.seq`."""
    rows = listing.page(
        db,
        _SEQS,
        {"owner_id": owner_id},
        limit=-1,
        offset=0,
        metadata_filter=metadata_filter,
        sort_by="created_at",
        order="asc",
    )
    return [row["seq"] for row in rows]


def stretches(db: Database, owner_id: str) -> list[tuple[int, int, int, int]]:
    """Return where the owner's chunks lie: doc (`docs.seq`), id and position of a stretch's first, and its length.

    A doc is one stretch: its chunks are stored together, so that ids rise with positions. Only first and last are
    looked at. Should a chunk be missing from a doc, as the owner's number of chunks tells, each is its own stretch.
    """
    rows = db.query(
        """
        select doc_seq, first_id, first_position, last_position - first_position + 1, last_id - first_id + 1
        from (
            select
                seq as doc_seq,
                (select id from chunks where doc_seq = docs.seq order by position limit 1) as first_id,
                (select position from chunks where doc_seq = docs.seq order by position limit 1) as first_position,
                (select id from chunks where doc_seq = docs.seq order by position desc limit 1) as last_id,
                (select position from chunks where doc_seq = docs.seq order by position desc limit 1) as last_position
            from docs
            where agent_id = :owner_id or user_id = :owner_id
        )
        where first_id is not null
        """,
        {"owner_id": owner_id},
    )
    found = [(row[0], row[1], row[2], row[3]) for row in rows]
    n_chunks = db.one("select n_chunks from doc_owners where owner_id = :owner_id", {"owner_id": owner_id})
    if sum(each[3] for each in found) == (n_chunks[0] if n_chunks else 0) and all(row[3] == row[4] for row in rows):
        return found
    rows = db.query(
        """
        select doc_seq, chunks.id, position
        from docs
        join chunks on chunks.doc_seq = docs.seq
        where docs.agent_id = :owner_id or docs.user_id = :owner_id
        """,
        {"owner_id": owner_id},
    )
    return [(doc_seq, chunk_id, position, 1) for doc_seq, chunk_id, position in rows]


def chunks_by_id(db: Database, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
    """Return these chunks by id; one that is gone is left out."""
    rows = db.query(
        """
        select
            chunks.id, docs.id as doc_id, docs.title, chunks.heading, chunks.content, chunks.position, docs.is_list
        from chunks
        join docs on docs.seq = chunks.doc_seq
        where chunks.id in (select value from json_each(:chunk_ids))
        """,
        {"chunk_ids": json_text(list(chunk_ids), "chunk_ids")},
    )
    return {row["id"]: _chunk(row) for row in rows}


def newest_chunk(db: Database) -> int:
    """Return the highest chunk id, which no earlier chunk had."""
    row = db.query("select coalesce(max(id), 0) from chunks")[0]
    newest: int = row[0]
    return newest


def n_chunks(db: Database) -> int:
    """Return how many chunks there are of all owners together. It reads a row per owner."""
    row = db.query("select coalesce(sum(n_chunks), 0) from doc_owners")[0]
    n: int = row[0]
    return n


def word_scores(db: Database, word: str, *, owner_id: str | None) -> tuple[list[int], list[float]]:
    """Return ids, ascending, and bm25 of the chunks with the word in title, heading or content; higher is better.

    Args:
        db: the store.
        word: as typed; one with several words in it is looked for as a phrase.
        owner_id: only this agent's or user's chunks; None for everybody's, which is faster where most are one owner's.
    """
    expression = fts.expression([word], own=[] if owner_id is None else [owner_id], columns="title heading content")
    rows = db.query(
        """
        select rowid, -bm25(chunks_fts, 0, 1, 1, 1)
        from chunks_fts
        where chunks_fts match :expression
        """,
        {"expression": expression},
    )
    return [row[0] for row in rows], [row[1] for row in rows]


def n_with_word(db: Database, word: str, *, at_most: int) -> int:
    """Return how many chunks of all owners have the word; counting ends at so many."""
    expression = fts.expression([word], own=[], columns="title heading content")
    row = db.query(
        """
        select count(*)
        from (
            select 1
            from chunks_fts
            where chunks_fts match :expression
            limit :at_most
        )
        """,
        {"expression": expression, "at_most": at_most},
    )[0]
    n_rows: int = row[0]
    return n_rows


def _add_chunks(db: Database, doc: Doc, chunks: Pieces) -> list[int]:
    contents = [content for _, content in chunks]
    whole = "".join(contents) if isinstance(doc.content, str) else contents
    assert whole == doc.content, "the chunks are the doc's text: nothing may be missing"
    rows: list[Params] = [
        {
            "doc_id": doc.id,
            "position": position,
            "hash": text_hash(doc.title, heading, content),
            **with_hash(
                "chunks",
                {
                    "owner_id": doc.agent_id or doc.user_id,
                    "title": doc.title[:MOST_TITLE],
                    "heading": heading,
                    "content": content,
                },
            ),
        }
        for position, (heading, content) in enumerate(chunks)
    ]
    db.execute_many(
        """
        insert into chunks (doc_seq, owner_id, position, title, heading, content, hash, row_hash)
        select seq, :owner_id, :position, :title, :heading, :content, :hash, :row_hash
        from docs
        where id = :doc_id
        """,
        rows,
    )
    found = db.query(
        """
        select chunks.id
        from docs
        join chunks on chunks.doc_seq = docs.seq
        where docs.id = :doc_id and position >= 0
        order by position
        """,
        {"doc_id": doc.id},
    )
    return [row["id"] for row in found]


def _values(doc: Doc) -> dict[str, object]:
    return with_hash(
        "docs",
        {
            "id": doc.id,
            "agent_id": doc.agent_id,
            "user_id": doc.user_id,
            "title": doc.title,
            "is_list": not isinstance(doc.content, str),
            "metadata": json_text(doc.metadata or {}, "metadata"),
        },
    )


@read_from_row
def _doc(row: Row) -> Doc:
    return Doc(
        id=row["id"],
        agent_id=row["agent_id"],
        user_id=row["user_id"],
        title=row["title"],
        content=json_value(row["content"]) if row["is_list"] else row["content"] or "",
        metadata=json_value(row["metadata"]),
        created_at=row["created_at"],
    )


def _chunk(row: Row) -> StoredChunk:
    chunk_id, doc_id, title, heading, content, position, is_list = row
    return StoredChunk(chunk_id, doc_id, title, heading, content, position, bool(is_list))
