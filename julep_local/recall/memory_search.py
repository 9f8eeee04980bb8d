"""The search among an agent's memories of one user or of all, by meaning and by words.

Every current memory is scored and none is dropped before it is ranked, so that pages of a listing go through all of
them. What the score is made of, `memory_ranking.py` says.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from julep_local.recall import memory_ranking, ranking
from julep_local.recall.memory_dates import fits, named_dates
from julep_local.recall.memory_index import Floats, Held, index_of
from julep_local.recall.memory_ranking import Parts
from julep_local.recall.memory_text import Question, question, standing
from julep_local.store import embedding_sets, memory_search, vectors
from julep_local.store.database import Database
from julep_local.store.memory_search import Scope
from julep_local.types import Memory

TRIES = 3
"""To find memories that nobody deletes meanwhile; then those are returned that were left."""


@dataclass(frozen=True, slots=True)
class MemoryHit:
    """A memory that was found."""

    memory: Memory
    speaker: str
    """Whose words these are; the content then begins with "speaker: "."""
    said_at: datetime
    """When it was said last."""
    similarity: float | None
    """Cosine with the query, 1 same to -1 opposite; None if it has no vector yet, or none was given to search with."""
    matched_words: tuple[str, ...]
    """Those of the query that stand in it, in the query's order."""
    matched_share: float
    """How much of the query these words are, rare ones counting more: 0 to 1."""
    parts: Parts
    """What the score is made of."""

    @property
    def score(self) -> float:
        """What it was ranked by; higher is better."""
        return self.parts.score


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query, and what was held of the memories when it was read."""

    query: str
    asked: Question
    held: Held

    @property
    def text(self) -> str:
        """What of the query is to be embedded."""
        return self.asked.text


def prepared(db: Database, query: str, *, agent_id: str, user_id: str | None = None) -> Prepared:
    """Return the query as these memories are to be searched with it: who speaks in them changes what is embedded."""
    held = index_of(db).held(db, Scope(agent_id, user_id))
    return Prepared(query, question(query, held.names), held)


def search(
    db: Database,
    query: Prepared | str,
    vector: Floats | None,
    *,
    agent_id: str,
    user_id: str | None = None,
    embedding_set_id: int | None = None,
    limit: int,
    offset: int = 0,
) -> list[MemoryHit]:
    """Return the agent's memories, of one user or of all, best first; of equal ones the newest first.

    Args:
        db: the store.
        query: any text, or what `prepared` made of it.
        vector: of `Prepared.text`, (n_dims,), float32, of unit length. With None words alone decide.
        agent_id: whose memories.
        user_id: about whom; None for everyone.
        embedding_set_id: the set that the vector is from; the current one if not given.
        limit: at most so many.
        offset: skip so many first.

    Raises:
        ModelBroken: the vector is not of unit length, or not as long as those of its set.
    """
    scope = Scope(agent_id, user_id)
    text = query if isinstance(query, str) else query.query
    hits: list[MemoryHit] = []
    for _ in range(TRIES):
        held = index_of(db).held(db, scope)
        known = isinstance(query, Prepared) and query.held.names is held.names
        asked = query.asked if isinstance(query, Prepared) and known else question(text, held.names)
        hits, n_found = _searched(db, scope, held, text, asked, vector, embedding_set_id, limit, offset)
        if len(hits) == n_found:
            break  # else some were deleted while they were ranked
    return hits


def _searched(
    db: Database,
    scope: Scope,
    held: Held,
    query: str,
    asked: Question,
    vector: Floats | None,
    embedding_set_id: int | None,
    limit: int,
    offset: int,
) -> tuple[list[MemoryHit], int]:
    """Return the hits that are still there, and how many were found."""
    n = len(held.seqs)
    if limit < 1 or offset >= n:
        return [], 0
    index = index_of(db)
    words = index.words(db, held, scope, asked.words)
    by_words = np.zeros(n, dtype=np.float32)
    for word in words.values():
        by_words[word.rows] += word.scores
    similarities = None
    set_id = None if vector is None else _set_id(db, embedding_set_id)
    if vector is not None and set_id is not None:
        vectors.checked(db, set_id, vector[None])
        similarities = index.similarities(db, held, scope, set_id, np.asarray(vector, dtype=np.float32))
    in_month, on_day = fits(held.day, named_dates(query))
    scores = memory_ranking.scores(
        similarities,
        by_words,
        before=held.before,
        asked=held.asked,
        speaks=np.isin(np.arange(len(held.speakers)), list(asked.named))[held.speaker],
        in_month=in_month,
        on_day=on_day,
        importance=held.importance,
        recency=held.recency,
    )
    # what is found by nothing comes last: none of the words, and no vector to tell
    unfound = by_words == 0
    if similarities is not None:
        unfound &= np.isnan(similarities)
    total = scores.total
    total[unfound] -= 10
    rows = n - 1 - ranking.best(total[::-1], limit + offset)[offset:]
    found = memory_search.by_seqs(db, held.seqs[rows].tolist())
    has = np.array([word.has(rows) for word in words.values()], dtype=np.bool_).reshape(len(words), len(rows))
    n_found = np.array([len(word.rows) for word in words.values()], dtype=np.int64)
    weights = dict(zip(words, ranking.word_weights(n_found, n).tolist(), strict=True))
    hits: list[MemoryHit] = []
    for i, row in enumerate(rows.tolist()):
        if (each := found.get(int(held.seqs[row]))) is None:
            continue  # deleted a moment ago
        similarity = None if similarities is None or np.isnan(similarities[row]) else float(similarities[row])
        around = [word for word, stands in zip(words, has[:, i], strict=True) if stands]
        matched = tuple(standing(around, each.memory.content))
        share = sum(weights[word] for word in matched)
        hits.append(MemoryHit(*each, similarity, matched, share, scores.of(row)))
    return hits, len(rows)


def _set_id(db: Database, embedding_set_id: int | None) -> int | None:
    if embedding_set_id is not None:  # replaced a moment ago: words have to do
        return embedding_set_id if embedding_sets.get(db, embedding_set_id) is not None else None
    current = embedding_sets.current(db)
    return None if current is None else current.id
