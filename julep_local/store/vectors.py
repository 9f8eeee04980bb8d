"""Vectors of chunks: float16 in plain rows, up to 128 in one, because rows cost more to read than what is in them.

Two vectors lie in one row if their chunks follow each other in one doc; for the caller each is on its own. A chunk to
which the embedder gives no direction has a row with no bytes: nothing is to be done for it, and nothing compared.
numpy is imported where it is used. Searching is not done here: recall/vector_index.py holds an owner's vectors.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from julep_local.errors import ModelBroken
from julep_local.store import embedding_sets
from julep_local.store.columns import json_text
from julep_local.store.connection import Params
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.store.schema import MOST_IN_RUN

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]
    Matrix = npt.NDArray[np.float32]

PORTION_BYTES = 2**20
"""Of vectors that are read and converted together: they stay in the processor's cache."""
FIRST_ROWS = 64
"""Read at first, when it is not known how much is in a row."""


MOST_TWINS = 256
"""Looked at for a vector, twice: thousands may say the same and have none yet."""


# of `chunks`: whether one is in no row of the set
_HAS_NONE = """
    coalesce(
        (
            select chunk_id + n_chunks
            from chunk_vectors
            where embedding_set_id = :embedding_set_id and chunk_id <= chunks.id
            order by chunk_id desc
            limit 1
        ) <= chunks.id,
        true
    )
"""


_ADD = """
    insert into chunk_vectors (embedding_set_id, owner_id, chunk_id, n_chunks, embeddings, row_hash)
    values (:embedding_set_id, :owner_id, :chunk_id, :n_chunks, :embeddings, :row_hash)
"""


class MissingChunk(NamedTuple):
    """A chunk that an embedder has not seen."""

    chunk_id: int
    title: str
    """The doc's, whole."""
    heading: str
    content: str


class Portion(NamedTuple):
    """Some vectors of an owner."""

    last_row: int
    """The newest row of `chunk_vectors` in it: one may go on reading behind it."""
    chunk_ids: "Ids"
    halves: "npt.NDArray[np.float16]"
    """(n, n_dims), as they are stored; `as_float32` converts them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is held in memory of an owner's docs is valid as long as these stay the same."""

    first_id: int = 0
    """An owner that was deleted and came again has a higher one."""
    n_chunks: int = 0
    n_text_changes: int = 0
    n_vector_changes: int = 0
    n_vectors_lost: int = 0

    @property
    def of_texts(self) -> tuple[int, int]:
        """As long as this stays the same, no chunk has come, gone or changed."""
        return self.first_id, self.n_text_changes

    @property
    def of_vectors(self) -> tuple[int, int]:
        """As long as this stays the same, no vector has come, gone or changed."""
        return self.first_id, self.n_vector_changes

    @property
    def of_vectors_lost(self) -> tuple[int, int]:
        """As long as this stays the same, newer vectors can be added to those in memory."""
        return self.first_id, self.n_vectors_lost


class Progress(NamedTuple):
    """How far an embedder has come."""

    n_done: int
    n_chunks: int


def add(db: Database, embedding_set_id: int, chunk_ids: Sequence[int], vectors: "Matrix") -> int:
    """Store chunks' vectors, and return how many.

    One whose chunk was deleted meanwhile, or has a vector in this set, is left out.

    Args:
        db: the store, in a transaction.
        embedding_set_id: whose vectors they are.
        chunk_ids: one for each vector.
        vectors: (n, n_dims), float32, of unit length.

    Raises:
        ModelBroken: one is not of unit length, not finite, or not as long as the others of its set.
    """
    halves = checked(db, embedding_set_id, vectors)
    if len(halves) != len(chunk_ids):
        raise ModelBroken(f"the embedding model gave {len(halves)} vectors for {len(chunk_ids)} texts")
    place = {chunk_id: i for i, chunk_id in enumerate(chunk_ids)}
    rows = db.query(
        """
        select id, doc_seq, owner_id
        from chunks
        where id in (select value from json_each(:chunk_ids)) and
        """  # noqa: S608  (a constant)
        + _HAS_NONE
        + "order by id",
        {"chunk_ids": json_text(list(chunk_ids), "chunk_ids"), "embedding_set_id": embedding_set_id},
    )
    runs: list[list[int]] = []
    owners: list[str] = []
    before = (-1, -1)
    for chunk_id, doc_seq, owner_id in rows:
        if before != (chunk_id - 1, doc_seq) or len(runs[-1]) == MOST_IN_RUN:
            runs.append([])
            owners.append(owner_id)
        runs[-1].append(chunk_id)
        before = (chunk_id, doc_seq)
    db.execute_many(
        _ADD,
        [
            _run(embedding_set_id, owner_id, run, halves[[place[chunk_id] for chunk_id in run]].tobytes())
            for run, owner_id in zip(runs, owners, strict=True)
        ],
    )
    return len(rows)


def add_without(db: Database, embedding_set_id: int, chunk_ids: Sequence[int]) -> None:
    """Note that the embedder gives these chunks no direction: they count as done, and only their words find them.

    One that was deleted meanwhile, or has a vector in this set, is left out.
    """
    rows = db.query(
        """
        select id, owner_id
        from chunks
        where id in (select value from json_each(:chunk_ids)) and
        """  # noqa: S608  (a constant)
        + _HAS_NONE,
        {"embedding_set_id": embedding_set_id, "chunk_ids": json_text(list(chunk_ids), "chunk_ids")},
    )
    db.execute_many(_ADD, [_run(embedding_set_id, owner_id, [chunk_id], b"") for chunk_id, owner_id in rows])


def copy_known(db: Database, embedding_set_id: int, chunk_ids: Sequence[int]) -> int:
    """Give those of these chunks a vector whose title, heading and content have one already. Return how many.

    Of the chunks that say the same, the oldest and the newest before these are looked at, `MOST_TWINS` of each.
    """
    known = embedding_sets.get(db, embedding_set_id)
    rows = db.query(
        """
        with
            -- each text is looked for once, however many of these chunks have it
            texts as materialized (
                select min(id) as id, hash
                from chunks
                where id in (select value from json_each(:chunk_ids))
                group by hash
            ),
            known as materialized (
                select
                    chunks.id, chunks.hash, chunks.title, chunks.heading, chunks.content,
                    (
                        select substr(embeddings, 1 + (twin.id - chunk_id) * :n_bytes, :n_bytes)
                        from (
                            select *
                            from (
                                select id, title, heading, content
                                from chunks as older
                                where older.hash = texts.hash
                                order by id
                                limit :most
                            )
                            union all
                            select *
                            from (
                                select id, title, heading, content
                                from chunks as newer
                                where newer.hash = texts.hash and newer.id < texts.id
                                order by id desc
                                limit :most
                            )
                        ) as twin
                        join chunk_vectors on chunk_vectors.id = (
                            select id
                            from chunk_vectors
                            where embedding_set_id = :embedding_set_id and chunk_id <= twin.id
                            order by chunk_id desc
                            limit 1
                        )
                        where twin.content = chunks.content
                            and twin.heading = chunks.heading
                            and twin.title = chunks.title
                            and chunk_id + n_chunks > twin.id
                            and length(embeddings) > 0
                        limit 1
                    ) as embedding
                from texts
                join chunks on chunks.id = texts.id
            )
        select chunks.id, known.embedding
        from chunks
        join known on known.hash = chunks.hash
            and known.content = chunks.content
            and known.heading = chunks.heading
            and known.title = chunks.title
        where chunks.id in (select value from json_each(:chunk_ids)) and embedding is not null
        """,
        {
            "chunk_ids": json_text(list(chunk_ids), "chunk_ids"),
            "embedding_set_id": embedding_set_id,
            "n_bytes": 2 * (known.n_dims if known else 0),
            "most": MOST_TWINS,
        },
    )
    if not rows or known is None:
        return 0
    raw = b"".join(row["embedding"] for row in rows)
    return add(db, embedding_set_id, [row["id"] for row in rows], from_bytes(raw, known.n_dims))


def missing(
    db: Database,
    embedding_set_id: int,
    *,
    doc_id: str | None = None,
    owner_id: str | None = None,
    after: int = 0,
    limit: int,
) -> list[MissingChunk]:
    """Return chunks that have no vector in this set, in reading order: of a doc, of an owner, or of all.

    Args:
        db: the store.
        embedding_set_id: the set.
        doc_id: only of this doc.
        owner_id: only of this agent or user.
        after: only chunks with a higher id.
        limit: at most so many.
    """
    where, params = _scope(doc_id, owner_id)
    rows = db.query(
        """
        select chunks.id, docs.title, chunks.heading, chunks.content
        from chunks
        join docs on docs.seq = chunks.doc_seq
        where chunks.id > :after and
        """  # noqa: S608  (a constant, and `where` is one of a few)
        + _HAS_NONE
        + where
        + """
        order by chunks.id
        limit :limit
        """,
        {**params, "embedding_set_id": embedding_set_id, "after": after, "limit": limit},
    )
    return [MissingChunk(*row) for row in rows]


def progress(
    db: Database, embedding_set_id: int, *, doc_id: str | None = None, owner_id: str | None = None
) -> Progress:
    """Return how many chunks have a vector in this set, of a doc, of an owner, or of all."""
    if doc_id is None:
        row = db.query(
            """
            select
                (
                    select coalesce(sum(n_chunks), 0)
                    from chunk_vectors
                    where embedding_set_id = :embedding_set_id and (:owner_id is null or owner_id = :owner_id)
                ) as n_done,
                (
                    select coalesce(sum(n_chunks), 0)
                    from doc_owners
                    where :owner_id is null or owner_id = :owner_id
                ) as n_chunks
            """,
            {"embedding_set_id": embedding_set_id, "owner_id": owner_id},
        )[0]
    else:
        # a doc's chunks have ids without a gap
        row = db.query(
            """
            with own as (
                select min(chunks.id) as first, max(chunks.id) as last, count(*) as n_chunks
                from docs
                join chunks on chunks.doc_seq = docs.seq
                where docs.id = :doc_id
            )
            select
                (
                    select coalesce(sum(n_chunks), 0)
                    from chunk_vectors
                    where embedding_set_id = :embedding_set_id and chunk_id between own.first and own.last
                ) as n_done,
                own.n_chunks
            from own
            """,
            {"embedding_set_id": embedding_set_id, "doc_id": doc_id},
        )[0]
    return Progress(*row)


def any_chunks(db: Database) -> bool:
    """Whether anybody has a doc."""
    return db.one("select 1 from chunks limit 1") is not None


def counts(db: Database, owner_id: str) -> Counts:
    """Return what tells whether an owner's docs or vectors have changed."""
    rows = db.query(
        """
        select first_id, n_chunks, n_text_changes, n_vector_changes, n_vectors_lost
        from doc_owners
        where owner_id = :owner_id
        """,
        {"owner_id": owner_id},
    )
    return Counts(*rows[0]) if rows else Counts()


def portions(db: Database, embedding_set_id: int, owner_id: str, *, n_dims: int, after: int = 0) -> Iterator[Portion]:
    """Yield an owner's vectors about a megabyte at a time, in the order in which they were stored, behind a row.

    Many blobs are read as one: to hand over each on its own takes longer than to read it.
    """
    n_rows = FIRST_ROWS
    while True:
        row = db.query(
            """
            select
                coalesce(max(id), 0) as last_row,
                json_group_array(chunk_id) as chunk_ids,
                json_group_array(n_chunks) as lengths,
                cast(group_concat(embeddings, '') as blob) as embeddings
            from (
                select id, chunk_id, n_chunks, embeddings
                from chunk_vectors
                where embedding_set_id = :embedding_set_id and owner_id = :owner_id and id > :after
                    and length(embeddings) > 0
                order by id
                limit :n_rows
            )
            """,
            {"embedding_set_id": embedding_set_id, "owner_id": owner_id, "after": after, "n_rows": n_rows},
        )[0]
        last_row, first_ids, lengths, raw = row
        if last_row <= after:  # none; or, where pages are damaged, one comes back to where one was for ever
            return
        ids = _run_ids(json.loads(first_ids), json.loads(lengths))
        if raw is not None and len(raw) == 2 * n_dims * len(ids):
            yield Portion(last_row, ids, _halves(raw, n_dims))
        else:
            # a file in UTF-16, or a row that is not as long as it says
            yield _one_by_one(db, embedding_set_id, owner_id, n_dims, after, last_row)
        n_rows = min(max(n_rows * PORTION_BYTES // max(len(raw or b""), 1), 16), 8192)
        after = last_row


def delete_set(db: Database, embedding_set_id: int, *, limit: int | None = None) -> int:
    """Delete the chunks' vectors of a set, at most so many rows at once. Return how many rows there were."""
    return db.execute(
        """
        delete from chunk_vectors
        where id in (
            select id
            from chunk_vectors
            where embedding_set_id = :embedding_set_id
            limit :limit
        )
        """,
        {"embedding_set_id": embedding_set_id, "limit": -1 if limit is None else limit},
    )


def checked(db: Database, embedding_set_id: int, vectors: "Matrix") -> "npt.NDArray[np.float16]":
    """Return the vectors as they are stored.

    Raises:
        ModelBroken: one is not of unit length, not finite, or not as long as the others of its set.
    """
    import numpy as np

    known = embedding_sets.get(db, embedding_set_id)
    name, n_dims = ("", 0) if known is None else (known.name, known.n_dims)
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != n_dims:
        raise ModelBroken(f"embedding model {name}: gave vectors of shape {rows.shape[1:]} instead of ({n_dims},)")
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        wrong = np.flatnonzero(~(np.abs(lengths - 1) < embedding_sets.UNIT_TOLERANCE))
    for i in wrong[:1]:
        embedding_sets.check_length(name, float(lengths[i]))
    return rows.astype("<f2")


def as_float16(vector: bytes) -> bytes:
    """Return a float32 vector as it is stored."""
    import numpy as np

    return np.frombuffer(vector, dtype="<f4").astype("<f2").tobytes()


def as_float32(halves: "npt.NDArray[np.float16]", out: "Matrix | None" = None) -> "Matrix":
    """Return the vectors as float32, (n, n_dims), in `out` if it is given.

    Eight times as fast as numpy's own conversion, which works number by number: sign, exponent and mantissa are put in
    place, then a product corrects the exponent, of tiny numbers too. Infinity and NaN are never stored.
    """
    import numpy as np

    rows = np.empty(halves.shape, dtype=np.float32) if out is None else out
    step = max(1, 2**17 // max(halves.shape[1], 1))  # stays in the processor's cache
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        whole, bits = part.view(np.int32), part.view(np.uint32)
        np.copyto(whole, halves[start : start + step].view("<i2"))  # the sign fills the upper half
        np.left_shift(whole, 13, out=whole)
        np.bitwise_and(bits, np.uint32(0x8FFFE000), out=bits)
        np.multiply(part, np.float32(2.0**112), out=part)
    return rows


def cosines(rows: "Matrix", query: "npt.NDArray[np.float32]") -> "npt.NDArray[np.float32]":
    """Return the cosine of each row with the query, (n,); all have unit length.

    By numpy alone: the product of OpenBLAS uses all cores, which takes 5 to 6 ms for 100,000 rows as this does, but 20
    to 500 ms where another program has one of the cores.
    """
    import numpy as np

    found: npt.NDArray[np.float32] = np.einsum("ij,j->i", rows, query)
    return found


def from_bytes(raw: bytes, n_dims: int) -> "Matrix":
    """Return the vectors in stored bytes as float32, (n, n_dims)."""
    return as_float32(_halves(raw, n_dims))


def _run(embedding_set_id: int, owner_id: str, chunk_ids: Sequence[int], embeddings: bytes) -> Params:
    return with_hash(
        "chunk_vectors",
        {
            "embedding_set_id": embedding_set_id,
            "owner_id": owner_id,
            "chunk_id": chunk_ids[0],
            "n_chunks": len(chunk_ids),
            "embeddings": embeddings,
        },
    )


def _halves(raw: bytes, n_dims: int) -> "npt.NDArray[np.float16]":
    import numpy as np

    return np.frombuffer(raw, dtype="<f2").reshape(-1, n_dims)


def _run_ids(first_ids: Sequence[int], lengths: Sequence[int]) -> "Ids":
    import numpy as np

    n = np.array(lengths, dtype=np.int64)
    starts = np.cumsum(n) - n
    return np.repeat(np.array(first_ids, dtype=np.int64) - starts, n) + np.arange(int(n.sum()), dtype=np.int64)


def _one_by_one(db: Database, embedding_set_id: int, owner_id: str, n_dims: int, after: int, last_row: int) -> Portion:
    """Return the rows of a portion that are as long as they say."""
    rows = db.query(
        """
        select chunk_id, n_chunks, embeddings
        from chunk_vectors
        where embedding_set_id = :embedding_set_id and owner_id = :owner_id and id > :after and id <= :last_row
            and length(embeddings) = 2 * :n_dims * n_chunks
        order by id
        """,
        {
            "embedding_set_id": embedding_set_id,
            "owner_id": owner_id,
            "after": after,
            "last_row": last_row,
            "n_dims": n_dims,
        },
    )
    ids = _run_ids([row["chunk_id"] for row in rows], [row["n_chunks"] for row in rows])
    return Portion(last_row, ids, _halves(b"".join(row["embeddings"] for row in rows), n_dims))


def _scope(doc_id: str | None, owner_id: str | None) -> tuple[str, Params]:
    where = " and docs.id = :doc_id" if doc_id is not None else ""
    where += " and (docs.agent_id = :owner_id or docs.user_id = :owner_id)" if owner_id is not None else ""
    return where, {"doc_id": doc_id, "owner_id": owner_id}
