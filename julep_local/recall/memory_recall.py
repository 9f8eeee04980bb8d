"""Finds the memories that are worth showing in a turn, by meaning and by words, and gives them their vectors.

It decides what is relevant enough, and how much of it a turn is shown; finding and ranking is memory_search.py's.
Embedding takes time, so nothing here may be called within a transaction of the store.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from julep_local.errors import NoDirection
from julep_local.recall import memory_search
from julep_local.recall.embeddings import Embedder, as_bytes, embedded
from julep_local.recall.excerpt import excerpt
from julep_local.recall.memory_ranking import is_relevant, threshold_among
from julep_local.recall.memory_search import MemoryHit
from julep_local.recall.memory_text import embedding_text, is_pleasantry, said
from julep_local.recall.query import asks_nothing, query_vector, relevance
from julep_local.store import memory_search as stored_vectors
from julep_local.store.database import Database
from julep_local.types import Memory

GetEmbedder = Callable[[], Embedder | None]
"""Asked for only when there is something to search, so that others never load a model. None: words have to do."""

POOL = 50
"""Memories that are looked at to find those that have to do with a turn."""
MOST_CHARS = 2_000
"""Of all memories that a turn is shown together: some 500 tokens."""
MOST_LINE = 500
"""Characters of one of them; of a longer one the part with the query's words."""
PORTION = 128
"""Texts that are embedded before their vectors are stored: a cancelled run has to repeat only so much."""


@dataclass(frozen=True)
class RecalledMemory:
    """A memory that has to do with the turn."""

    hit: MemoryHit

    @property
    def memory(self) -> Memory:
        """The memory."""
        return self.hit.memory

    @property
    def similarity(self) -> float | None:
        """Cosine similarity to the query, 1 same to -1 opposite; None if it was found by words alone."""
        return self.hit.similarity

    @property
    def score(self) -> float:
        """What it was ranked by; higher is better."""
        return self.hit.score

    @property
    def line(self) -> str:
        """The memory as a model is shown it, with the day it was said, and the day it tells of if that is another.

        "Bo said: my dog ..." and not "Bo: my dog ...": a small model then answers "your dog", not "my dog".
        """
        memory, speaker = self.hit.memory, self.hit.speaker
        words = excerpt(said(memory.content, speaker), self.hit.matched_words, MOST_LINE)
        day = self.hit.said_at.date()
        told = f"- {day}, {speaker} said: {words}" if speaker else f"- {day}, {words}"
        happened = day if memory.timestamp is None else memory.timestamp.date()
        return told if happened == day else f"{told} (that is {happened})"


def recall_memories(
    db: Database,
    embedder: GetEmbedder,
    query: str,
    *,
    agent_id: str,
    user_id: str | None,
    limit: int,
    offset: int = 0,
    only_relevant: bool = False,
    threshold: float | None = None,
) -> list[RecalledMemory]:
    """Return the agent's memories, of one user or of all, those that fit the query best first.

    Args:
        db: the store.
        embedder: called if there are memories.
        query: the text to search with.
        agent_id: whose memories.
        user_id: about whom; None for everyone.
        limit: at most so many.
        offset: skip so many first.
        only_relevant: leave out those that have nothing to do with the query, repetitions, and what is more than a turn
            is shown; else all are ranked, and pages go through all of them.
        threshold: the similarity from which one is relevant, to which the query's words add (`is_relevant`); None is
            the embedder's own, and more among many memories.

    Raises:
        ModelError: the embedder cannot be used.
    """
    if only_relevant:
        found = _searched(db, embedder, query, agent_id, user_id, 0, 0, limit + offset, threshold)
        return _within(found.relevant[offset : offset + limit], MOST_CHARS)
    return _searched(db, embedder, query, agent_id, user_id, limit, offset, 0, threshold).first


def judged_memories(
    db: Database,
    embedder: GetEmbedder,
    query: str,
    *,
    agent_id: str,
    user_id: str | None,
    limit: int,
    threshold: float | None = None,
) -> list[tuple[RecalledMemory, bool]]:
    """Return the memories that fit the query best, and of each whether a turn would be shown it, of at most `limit`.

    It is what `recall_memories` says with and without `only_relevant`, for one search.

    Raises:
        ModelError: the embedder cannot be used.
    """
    found = _searched(db, embedder, query, agent_id, user_id, limit, 0, limit, threshold)
    shown = {each.memory.id for each in _within(found.relevant[:limit], MOST_CHARS)}
    return [(each, each.memory.id in shown) for each in found.first]


@dataclass(frozen=True)
class _Searched:
    first: list[RecalledMemory]
    """Those that were asked for, best first."""
    relevant: list[RecalledMemory]
    """Those that have to do with the query, each text once."""


def _searched(
    db: Database,
    embedder: GetEmbedder,
    query: str,
    agent_id: str,
    user_id: str | None,
    limit: int,
    offset: int,
    n_relevant: int,
    threshold: float | None,
) -> _Searched:
    """Search once, for a page of all memories, and for what has to do with the query if that is wanted."""
    if n_relevant > 0 and (asks_nothing(query) or is_pleasantry(query)):
        n_relevant = 0
    if max(limit, n_relevant) < 1:
        return _Searched([], [])
    asked = memory_search.prepared(db, query, agent_id=agent_id, user_id=user_id)
    if not len(asked.held.seqs):
        return _Searched([], [])
    model = embedder()
    vector, embedding_set = query_vector(db, model, asked.text)
    further = None
    if n_relevant > 0:
        least = relevance(model, threshold)
        if threshold is None:
            least = threshold_among(len(asked.held.seqs), least)
        further = memory_search.Further(max(POOL, n_relevant), least)
    hits = memory_search.search(
        db,
        asked,
        vector,
        agent_id=agent_id,
        user_id=user_id,
        embedding_set=embedding_set,
        limit=limit,
        offset=offset,
        further=further,
    )
    found = [RecalledMemory(hit) for hit in hits]
    if further is None:
        return _Searched(found, [])
    relevant = [each for each in found if is_relevant(each.similarity, each.hit.matched_share, further.threshold)]
    return _Searched(found[:limit], _distinct(relevant))


def embed_missing_memories(
    db: Database,
    embedder: Embedder,
    set_id: int,
    *,
    agent_id: str | None = None,
    user_id: str | None = None,
    memory_ids: Sequence[str] | None = None,
) -> int:
    """Embed the memories that have no vector in the embedder's set, and return how many.

    Args:
        db: the store.
        embedder: whose set it is.
        set_id: the set.
        agent_id: only of this agent.
        user_id: only of this user.
        memory_ids: only these.

    Raises:
        ModelError: the embedder cannot be used. What was embedded until then is stored.
    """
    missing = stored_vectors.without_vectors(
        db, agent_id=agent_id, user_id=user_id, memory_ids=memory_ids, embedding_set_id=set_id
    )
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        texts = [embedding_text(each.content, each.speaker, each.said_before) for each in portion]
        found = _vectors(embedder, texts)
        with db.transaction():
            with_vector = [(each.memory_id, row) for each, row in zip(portion, found, strict=True) if row is not None]
            stored_vectors.add_vectors(db, with_vector, embedding_set_id=set_id)
            without = [each.memory_id for each, row in zip(portion, found, strict=True) if row is None]
            stored_vectors.add_without(db, without, embedding_set_id=set_id)
    return len(missing)


def _vectors(embedder: Embedder, texts: Sequence[str]) -> list[bytes | None]:
    """Return a vector for each text, None for one that the embedder gives no direction."""
    try:
        return list(as_bytes(embedded(embedder, texts)))
    except NoDirection:
        if len(texts) == 1:
            return [None]
    return [row for text in texts for row in _vectors(embedder, [text])]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _distinct(hits: Sequence[RecalledMemory]) -> list[RecalledMemory]:
    """Return the first hit of each text."""
    found: dict[str, RecalledMemory] = {}
    for hit in hits:
        found.setdefault(_plain(hit.memory.content), hit)
    return list(found.values())


def _within(hits: Sequence[RecalledMemory], most_chars: int) -> list[RecalledMemory]:
    """Return the hits whose lines have together at most so many characters, those that are too long passed over."""
    shown: list[RecalledMemory] = []
    for hit in hits:
        if len(hit.line) <= most_chars:
            shown.append(hit)
            most_chars -= len(hit.line)
    return shown
