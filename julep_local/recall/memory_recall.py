"""Forms memories, and finds those that are worth showing in a turn, by meaning and by words.

It decides how the two rankings become one and what is relevant enough. SQL is the store's, vectors are the embedder's.
Embedding takes time, so nothing here may be called within a transaction of the store.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from julep_local.recall.embeddings import Embedder, as_bytes
from julep_local.recall.query import relevance, shortened
from julep_local.recall.words import telling_words, words
from julep_local.store import agents, embedding_sets, memories, memory_search, users
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Memory

GetEmbedder = Callable[[], Embedder | None]
"""Asked for only when there is something to search, so that others never load a model. None: words have to do."""

POOL = 50
"""Hits of each kind that are ranked together; 30 to 50 lose nothing."""
LISTED_POOL = 1000
"""The same where all is listed page by page, which must not reorder what was on the page before."""
MEANING, WORDS = 0.7, 0.3
"""Shares of cosine similarity and of bm25, this divided by the best. SciFact: nDCG@10 .740, by meaning alone .650, by
words alone .685; a sum of ranks (RRF) .717."""
SHARED_WORDS = 0.5
"""Share of a question's telling words that a memory has to hold where there is no embedder to tell whether it fits."""
PORTION = 128
"""Texts that are embedded before their vectors are stored: a cancelled run has to repeat only so much."""
SAME_MEMORY = 0.1
"""Cosine distance within which a memory of the same words is looked for."""


@dataclass(frozen=True)
class RecalledMemory:
    """A memory that has to do with the turn."""

    memory: Memory
    similarity: float | None
    """Cosine similarity to the query, 1 same to -1 opposite; None if it was found by words alone."""
    score: float
    """What it was ranked by; higher is better."""

    @property
    def line(self) -> str:
        """The memory as a model is shown it, with the day it was said.

        "Bo said: my dog ..." and not "Bo: my dog ...": a small model then answers "your dog", not "my dog".
        """
        speaker, said = _speaker_and_said(self.memory.content)
        when = f"{self.memory.timestamp:%Y-%m-%d}, " if self.memory.timestamp else ""
        return f"- {when}{speaker} said: {said}" if speaker else f"- {when}{said}"


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
        only_relevant: leave out those that have nothing to do with the query, and repetitions.
        threshold: the similarity from which one is relevant; None is the embedder's own.

    Raises:
        ModelError: the embedder cannot be used.
    """
    if limit < 1 or not memories.exists_for(db, agent_id=agent_id, user_id=user_id):
        return []
    model = embedder()
    searched = None if model is None else embedding_sets.searched(db, model.name)
    pool = max(POOL if only_relevant else LISTED_POOL, offset + limit)
    if model is None or searched is None:
        found = _by_words(db, query, agent_id, user_id, pool)
    else:
        found = _memories(db, model, searched.id, query, agent_id, user_id, pool)
    if only_relevant:
        least = relevance(model, threshold)
        found = _distinct([hit for hit in found if _is_relevant(query, hit, least)])
    else:  # a listing leaves out none: those without a vector that have none of the words come last
        ranked = {hit.memory.id for hit in found}
        newest = memories.page(db, agent_id=agent_id, user_id=user_id, limit=pool, offset=0)
        found += [RecalledMemory(memory, None, 0.0) for memory in newest if memory.id not in ranked]
    return found[offset : offset + limit]


def form_memory(
    db: Database,
    embedder: Callable[[], Embedder],
    content: str,
    *,
    agent_id: str,
    user_id: str,
    sources: Sequence[str],
    now: datetime,
) -> bool:
    """Store what an agent learnt of a user, or refresh the memory that says the same. Return whether it was new.

    The same are statements of the same words, whatever their case and punctuation. Likeness is not enough: "I moved
    in 2019" and "I moved in 2020" are as near as two sentences can be.

    Args:
        db: the store.
        embedder: called once.
        content: the statement, with the name of who said it in front.
        agent_id: who remembers.
        user_id: about whom. Without the agent or this user, deleted meanwhile, nothing is stored.
        sources: ids of the messages that say so.
        now: when it was said.

    Raises:
        ModelError: the embedder cannot be used.
    """
    model = embedder()
    sets = embedding_sets.to_fill(db, model.name, model.n_dims, file_hash=getattr(model, "file_hash", None))
    for each in sets:
        embed_missing_memories(db, model, each.id, agent_id=agent_id, user_id=user_id)
    vector = as_bytes(model.embed([_memory_text(content)]))[0]
    set_id = sets[-1].id
    with db.transaction():
        if agents.get(db, agent_id) is None or users.get(db, user_id) is None:
            return False
        near = memory_search.nearest(
            db, vector, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id, limit=POOL
        )
        for hit in near:
            if _similarity(hit.distance) > 1 - SAME_MEMORY and words(hit.memory.content) == words(content):
                memories.refresh(db, hit.memory.id, said_at=now, sources=sources)
                return False
        memory = Memory(
            id=db.stamps.new_id(),
            agent_id=agent_id,
            user_id=user_id,
            content=content,
            created_at=now,
            timestamp=now,
            entities=[],
            sources=list(sources),
            tier="rules",
        )
        speaker = _speaker_and_said(content)[0]
        memories.add(db, StoredMemory(memory, speaker=speaker))
        for each in sets:
            memory_search.add_vectors(db, [(memory.id, vector)], embedding_set_id=each.id)
    return True


def embed_missing_memories(
    db: Database, embedder: Embedder, set_id: int, *, agent_id: str | None = None, user_id: str | None = None
) -> int:
    """Embed the memories that have no vector in the embedder's set, of an agent, a user or all; return how many."""
    missing = memory_search.without_vectors(db, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id)
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        vectors = as_bytes(embedder.embed([_memory_text(each.content) for each in portion]))
        with db.transaction():
            rows = [(each.memory_id, vector) for each, vector in zip(portion, vectors, strict=True)]
            memory_search.add_vectors(db, rows, embedding_set_id=set_id)
    return len(missing)


def _memories(
    db: Database, model: Embedder, set_id: int, query: str, agent_id: str, user_id: str | None, pool: int
) -> list[RecalledMemory]:
    """Return the memories, best first, relevant or not."""
    vector = _query_vector(model, query)
    near = memory_search.nearest(db, vector, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id, limit=pool)
    matching = memory_search.matching(db, telling_words(query), agent_id=agent_id, user_id=user_id, limit=pool)
    distances = {hit.memory.id: hit.distance for hit in near}
    by_words = [hit.memory.id for hit in matching if hit.memory.id not in distances]
    distances |= memory_search.distances(db, vector, by_words, set_id) if by_words else {}
    scores = _fused(distances, {hit.memory.id: hit.score for hit in matching})
    hits = {hit.memory.id: hit.memory for hit in [*near, *matching]}
    return [
        RecalledMemory(hits[memory_id], _similarity(distances[memory_id]) if memory_id in distances else None, score)
        for memory_id, score in scores.items()
    ]


def _by_words(db: Database, query: str, agent_id: str, user_id: str | None, pool: int) -> list[RecalledMemory]:
    """Return the memories with any of the query's words, best first."""
    matching = memory_search.matching(db, telling_words(query), agent_id=agent_id, user_id=user_id, limit=pool)
    best = max((hit.score or 0.0 for hit in matching), default=0.0) or 1.0
    return [RecalledMemory(hit.memory, None, (hit.score or 0.0) / best) for hit in matching]


def _shared_words(query: str, hit: RecalledMemory) -> float:
    wanted = set(telling_words(query))
    return len(wanted & set(words(hit.memory.content))) / max(len(wanted), 1)


def _is_relevant(query: str, hit: RecalledMemory, least: float) -> bool:
    if hit.similarity is None:
        return _shared_words(query, hit) >= SHARED_WORDS
    return hit.similarity >= least


def _fused(distances: Mapping[str, float | None], bm25: Mapping[str, float | None]) -> dict[str, float]:
    """Return one score for each hit, best first; one without a vector is ranked by its words."""
    best = max((score or 0.0 for score in bm25.values()), default=0.0)
    scores = {
        key: MEANING * _similarity(distances.get(key)) + (WORDS * (bm25.get(key) or 0.0) / best if best > 0 else 0.0)
        for key in {**distances, **bm25}
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def _similarity(distance: float | None) -> float:
    return 1.0 - (1.0 if distance is None else distance)


def _query_vector(model: Embedder, query: str) -> bytes:
    return as_bytes(model.embed([shortened(query)]))[0]


def _memory_text(content: str) -> str:
    """Return what is embedded of a memory: not who said it, because texts of one name are all alike."""
    return _speaker_and_said(content)[1]


def _speaker_and_said(content: str) -> tuple[str, str]:
    speaker, colon, said = content.partition(": ")
    return (speaker, said) if colon and said.strip() and len(speaker) <= 40 else ("", content)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _distinct(hits: Sequence[RecalledMemory]) -> list[RecalledMemory]:
    """Return the first hit of each text."""
    found: dict[str, RecalledMemory] = {}
    for hit in hits:
        found.setdefault(_plain(hit.memory.content), hit)
    return list(found.values())
