"""The search among an agent's memories of one user or of all, by meaning and by words.

Every current memory is scored and none is dropped before it is ranked, so that pages of a listing go through all of
them. What the score is made of, `memory_ranking.py` says.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from julep_local.recall import memory_ranking, ranking
from julep_local.recall.memory_dates import fits, named_dates
from julep_local.recall.memory_index import Floats, Held, index_of
from julep_local.recall.memory_ranking import Flags, Parts, Rows, Scores
from julep_local.recall.memory_text import Question, question, standing
from julep_local.recall.memory_words import Word
from julep_local.store import embedding_sets, memory_search, vectors
from julep_local.store.database import Database
from julep_local.store.embedding_sets import UNIT_TOLERANCE, EmbeddingSet
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
    words: Mapping[str, Word]
    """Where those of the query stand."""

    @property
    def text(self) -> str:
        """What of the query is to be embedded."""
        return self.asked.text


class Further(NamedTuple):
    """Asks for memories behind the limit, if they may have to do with the query: to tell, one has to read them."""

    n_ranked: int
    """They are among the first so many."""
    threshold: float
    """What `memory_ranking.is_relevant` wants of them."""


def prepared(db: Database, query: str, *, agent_id: str, user_id: str | None = None) -> Prepared:
    """Return the query as these memories are to be searched with it: who speaks in them changes what is embedded."""
    scope, index = Scope(agent_id, user_id), index_of(db)
    held = index.held(db, scope)
    asked = question(query, held.names)
    # looked up here, because behind a model that has filled the processor's caches all of this takes twice as long
    return Prepared(query, asked, held, index.words(db, held, scope, asked.words) if len(held.seqs) else {})


def search(
    db: Database,
    query: Prepared | str,
    vector: Floats | None,
    *,
    agent_id: str,
    user_id: str | None = None,
    embedding_set: EmbeddingSet | None = None,
    limit: int,
    offset: int = 0,
    further: Further | None = None,
) -> list[MemoryHit]:
    """Return the agent's memories, of one user or of all, best first; of equal ones the newest first.

    Args:
        db: the store.
        query: any text, or what `prepared` made of it; then they are searched as they were at that moment.
        vector: of `Prepared.text`, (n_dims,), float32, of unit length. With None words alone decide.
        agent_id: whose memories.
        user_id: about whom; None for everyone.
        embedding_set: the set that the vector is from; the current one if not given.
        limit: at most so many.
        offset: skip so many first.
        further: of those behind them all that may be relevant.

    Raises:
        ModelBroken: the vector is not of unit length, or not as long as those of its set.
    """
    scope = Scope(agent_id, user_id)
    text = query if isinstance(query, str) else query.query
    # to count them again, now that the query is embedded, takes as long as to read three of them
    known = query if isinstance(query, Prepared) and index_of(db).is_newest(db, scope, query.held) else None
    hits: list[MemoryHit] = []
    for _ in range(TRIES):
        now, known = known or prepared(db, text, agent_id=agent_id, user_id=user_id), None
        last = max(limit + offset, further.n_ranked if further is not None else 0)
        if last < 1 or offset >= len(now.held.seqs):
            return []
        ranked = _ranked(db, scope, now, vector, embedding_set, last)
        places = ranked.places(limit, offset, further)
        hits = ranked.hits(db, places)
        if len(hits) == len(places):
            break  # else some were deleted while they were ranked
    return hits


class _Ranked:
    """The best memories, best first, before they are read."""

    def __init__(
        self, held: Held, rows: Rows, similarities: Floats | None, scores: Scores, words: Mapping[str, Word]
    ) -> None:
        self._seqs = held.seqs[rows].tolist()
        self._rows: list[int] = rows.tolist()
        self._similarities = [None] * len(rows) if similarities is None else _numbers(similarities[rows])
        self._scores = scores
        n_found = np.array([len(word.rows) for word in words.values()], dtype=np.int64)
        weights = ranking.word_weights(n_found, len(held.seqs)).tolist()
        self._weights: dict[str, float] = dict(zip(words, weights, strict=True))
        self._around: list[list[str]] = [[] for _ in self._rows]
        place_of = np.full(len(held.seqs), -1, dtype=np.int64)
        place_of[rows] = np.arange(len(rows))
        for name, word in words.items():
            places = place_of[word.rows]
            for place in places[places >= 0].tolist():
                self._around[place].append(name)

    def places(self, limit: int, offset: int, further: Further | None) -> list[int]:
        """Return which of them are asked for."""
        n = len(self._rows)
        places = list(range(min(offset, n), min(offset + limit, n)))
        if further is not None:
            for place in range(min(offset + limit, n), min(further.n_ranked, n)):
                # as if each word around it stood in it; a little more, because sums are rounded
                share = sum(self._weights[word] for word in self._around[place]) + 1e-6
                if memory_ranking.is_relevant(self._similarities[place], share, further.threshold):
                    places.append(place)
        return places

    def hits(self, db: Database, places: Sequence[int]) -> list[MemoryHit]:
        """Return those at these places that are still there."""
        found = memory_search.by_seqs(db, [self._seqs[place] for place in places])
        hits: list[MemoryHit] = []
        for place, parts in zip(places, self._scores.of([self._rows[place] for place in places]), strict=True):
            if (each := found.get(self._seqs[place])) is None:
                continue  # deleted a moment ago
            matched = tuple(standing(self._around[place], each.memory.content))
            share = sum(self._weights[word] for word in matched)
            hits.append(MemoryHit(*each, self._similarities[place], matched, share, parts))
        return hits


def _ranked(
    db: Database,
    scope: Scope,
    query: Prepared,
    vector: Floats | None,
    embedding_set: EmbeddingSet | None,
    limit: int,
) -> _Ranked:
    held, words = query.held, query.words
    n = len(held.seqs)
    by_words = np.zeros(n, dtype=np.float32)
    for word in words.values():
        by_words[word.rows] += word.scores
    similarities = None
    searched = embedding_set or (None if vector is None else embedding_sets.current(db))
    if vector is not None and searched is not None:
        target = np.asarray(vector, dtype=np.float32)
        if target.shape != (searched.n_dims,) or not abs(float(target @ target) - 1) < UNIT_TOLERANCE:
            vectors.checked(db, searched.id, vector[None])  # says what is wrong with it
        similarities = index_of(db).similarities(db, held, scope, searched.id, target)
    in_month, on_day = fits(held.day, named_dates(query.query))
    scores = memory_ranking.scores(
        similarities,
        by_words,
        before=held.before,
        asked=held.asked,
        speaks=_speaks(held, query.asked),
        in_month=in_month,
        on_day=on_day,
        importance=held.importance,
        recency=held.recency,
    )
    total = scores.total
    blind = None if similarities is None else np.isnan(similarities)
    if blind is None or blind.any():
        # what is found by nothing comes last: none of the words, and no vector to tell
        unfound = by_words == 0
        total[unfound if blind is None else unfound & blind] -= 10
    rows = n - 1 - ranking.best(total[::-1], limit)
    return _Ranked(held, rows, similarities, scores, words)


def _speaks(held: Held, asked: Question) -> Flags:
    """Return whose speaker is named, (n,)."""
    if not asked.named:
        return np.zeros(len(held.seqs), dtype=np.bool_)
    is_named = np.zeros(len(held.speakers), dtype=np.bool_)
    is_named[list(asked.named)] = True
    return np.asarray(is_named[held.speaker])


def _numbers(similarities: Floats) -> list[float | None]:
    return [None if math.isnan(each) else each for each in similarities.tolist()]
