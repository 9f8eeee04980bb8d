"""The search in one owner's docs, by meaning and by words.

Every chunk of the owner is scored, and of no other: nothing is dropped before it is ranked, so neither other owners nor
a filter can leave too few. What the score is made of, `ranking.py` says.
"""

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from julep_local.recall import ranking
from julep_local.recall.vector_index import Layout, VectorIndex, Word, index_of
from julep_local.recall.words import telling_words
from julep_local.settings import IN_MEMORY
from julep_local.store import docs, embedding_sets, vectors
from julep_local.store.database import Database

Floats = npt.NDArray[np.float32]

MANY = 10_000
"""Chunks whose vectors take longer to read than a thread to start."""
BLOCK = 64
"""Rows of which only the best is looked at in the first go."""
TRIES = 10
"""To find chunks that nobody deletes meanwhile; then those are returned that were left."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found."""

    chunk_id: int
    doc_id: str
    title: str
    heading: str
    """The headings above it, outermost first; empty if there are none."""
    content: str
    position: int
    """0 is the first chunk of the doc."""
    is_list: bool
    """Whether the doc was given as a list of chunks."""
    score: float
    """What it was ranked by; higher is better, at most 1."""
    similarity: float | None
    """Cosine with the query, 1 same to -1 opposite; None if it has no vector yet, or none was given to search with."""
    words_score: float
    """0 if it has none of the words, nor a neighbour; 1 for the chunk that fits them best."""
    matched_words: tuple[str, ...]
    """Those of the query that are in its title, headings or text, in the order of the query."""
    matched_share: float
    """How much of the query these words are, rare ones counting more: 0 to 1."""


def search(
    db: Database,
    query: str,
    vector: Floats | None,
    owner_id: str,
    *,
    embedding_set_id: int | None = None,
    metadata_filter: Mapping[str, Any] | None = None,
    limit: int,
) -> list[Hit]:
    """Return the owner's chunks that fit the query best, best first.

    Args:
        db: the store.
        query: what was typed; any text.
        vector: the query's, (n_dims,), float32, of unit length. With None words alone decide, and chunks that have none
            are not returned.
        owner_id: the agent or user.
        embedding_set_id: the set that the vector is from; the current one if not given.
        metadata_filter: only docs whose metadata have these keys with these values.
        limit: at most so many.

    Raises:
        ModelBroken: the vector is not of unit length, or not as long as those of its set.
        InvalidInput: the filter is not JSON.
    """
    hits: list[Hit] = []
    for _ in range(TRIES):
        hits, n_found = _searched(db, query, vector, owner_id, embedding_set_id, metadata_filter, limit)
        if len(hits) == n_found:
            break  # else chunks were deleted while they were ranked
    return hits


def is_relevant(hit: Hit, threshold: float) -> bool:
    """Whether a hit has to do with the query: by its similarity, or by its words where it has no vector yet.

    Args:
        hit: what was found.
        threshold: `Embedder.relevance_threshold`.
    """
    similarity = None if hit.similarity is None else np.array([hit.similarity], dtype=np.float32)
    return bool(ranking.relevant(similarity, np.array([hit.matched_share], dtype=np.float32), threshold)[0])


def _searched(
    db: Database,
    query: str,
    vector: Floats | None,
    owner_id: str,
    embedding_set_id: int | None,
    metadata_filter: Mapping[str, Any] | None,
    limit: int,
) -> tuple[list[Hit], int]:
    """Return the hits that are still there, and how many were found."""
    index = index_of(db)
    layout = index.layout(db, owner_id)
    if limit < 1 or not len(layout.chunk_ids):
        return [], 0
    set_id = None if vector is None else _set_id(db, embedding_set_id)
    with _begun(index, db, layout, owner_id, set_id, vector) as similarities:
        words = index.word_places(db, layout, owner_id, telling_words(query))
        by_words = _summed(words, len(layout.chunk_ids))
        own = similarities()
    near = None if own is None else ranking.smoothed(own, layout.around)
    scores = ranking.fused(near, by_words)
    allowed = by_words > 0 if own is None else ~np.isnan(own)
    if own is not None and not allowed.all():
        allowed |= by_words > 0
    if metadata_filter:
        allowed &= np.isin(layout.doc_seqs, docs.seqs(db, owner_id, metadata_filter))
    if not allowed.all():
        scores[~allowed] = -np.inf
    rows = _best(scores, limit)
    rows = rows[allowed[rows]]
    return _hits(db, layout, rows, scores, own, by_words, words), len(rows)


@contextmanager
def _begun(
    index: VectorIndex, db: Database, layout: Layout, owner_id: str, set_id: int | None, vector: Floats | None
) -> Generator[Callable[[], Floats | None], None, None]:
    """Give what returns the similarities. Where many vectors have to be read, that is done beside looking for words."""
    if set_id is None or vector is None:
        yield lambda: None
        return
    vectors.checked(db, set_id, vector[None])
    target = np.asarray(vector, dtype=np.float32)
    many = len(layout.chunk_ids) > MANY and not index.is_held(db, owner_id, set_id)
    if not many or db.is_writing or db.path == IN_MEMORY:  # there the other thread would wait for this one
        yield lambda: index.similarities(db, layout, owner_id, set_id, target)
        return
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(index.similarities, db, layout, owner_id, set_id, target).result


def _set_id(db: Database, embedding_set_id: int | None) -> int | None:
    if embedding_set_id is not None:  # replaced a moment ago: words have to do
        return embedding_set_id if embedding_sets.get(db, embedding_set_id) is not None else None
    current = embedding_sets.current(db)
    return None if current is None else current.id


def _summed(words: Mapping[str, Word], n: int) -> Floats:
    sums = np.zeros(n, dtype=np.float32)
    for word in words.values():
        word.add_to(sums)
    return sums


def _best(scores: Floats, limit: int) -> "npt.NDArray[np.intp]":
    """Return what `ranking.best` returns. Of many rows it is given only those that can be among the best.

    At least as many rows as asked for reach the lowest of the best maxima of that many blocks.
    """
    n_blocks = len(scores) // BLOCK
    if n_blocks < 2 * limit:
        return ranking.best(scores, limit)
    tops = scores[: n_blocks * BLOCK].reshape(n_blocks, BLOCK).max(axis=1)
    rows = np.flatnonzero(scores >= np.partition(tops, n_blocks - limit)[n_blocks - limit])
    return rows[ranking.best(scores[rows], limit)]


def _hits(
    db: Database,
    layout: Layout,
    rows: "npt.NDArray[np.intp]",
    scores: Floats,
    similarities: Floats | None,
    by_words: Floats,
    words: Mapping[str, Word],
) -> list[Hit]:
    chunk_ids = layout.chunk_ids[rows].tolist()
    stored = docs.chunks_by_id(db, chunk_ids)
    has = np.array([_has(word, rows) for word in words.values()], dtype=np.bool_).reshape(len(words), len(rows))
    n_found = np.array([len(word.rows) for word in words.values()], dtype=np.int64)
    weights = ranking.word_weights(n_found, len(layout.chunk_ids))
    best = max(float(by_words.max(initial=0.0)), 1e-9)
    hits: list[Hit] = []
    for i, (row, chunk_id) in enumerate(zip(rows.tolist(), chunk_ids, strict=True)):
        if (chunk := stored.get(chunk_id)) is None:
            continue  # deleted a moment ago
        similarity = None if similarities is None or np.isnan(similarities[row]) else float(similarities[row])
        hits.append(
            Hit(
                chunk_id,
                chunk.doc_id,
                chunk.title,
                chunk.heading,
                chunk.content,
                chunk.position,
                chunk.is_list,
                score=float(scores[row]),
                similarity=similarity,
                words_score=float(by_words[row]) / best,
                matched_words=tuple(word for word, found in zip(words, has[:, i], strict=True) if found),
                matched_share=float(weights @ has[:, i]),
            )
        )
    return hits


def _has(word: Word, rows: "npt.NDArray[np.intp]") -> "npt.NDArray[np.bool_]":
    if not len(word.rows):
        return np.zeros(len(rows), dtype=np.bool_)
    places = np.minimum(np.searchsorted(word.rows, rows), len(word.rows) - 1)
    return np.asarray(word.rows[places] == rows)
