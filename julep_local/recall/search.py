"""Finds the chunks of docs and the memories that are worth showing in a turn, by meaning and by words.

It decides what a query is, how the two rankings become one and what is relevant enough. SQL is the store's, vectors are
the embedder's. Embedding takes time, so nothing here may be called within a transaction of the store.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from julep_local.prompt.layout import plain_text
from julep_local.recall.chunks import embedding_text
from julep_local.recall.embeddings import Embedder, as_bytes
from julep_local.recall.words import telling_words, words
from julep_local.store import agents, docs, embedding_sets, memories, users
from julep_local.store.database import Database
from julep_local.types import InputChatMlMessage, Memory

GetEmbedder = Callable[[], Embedder]
"""Asked for only when there is something to search, so that others never load a model."""

Owner = Literal["agent", "user"]
K = TypeVar("K", int, str)

POOL = 50
"""Hits of each kind that are ranked together; 30 to 50 lose nothing."""
LISTED_POOL = 1000
"""The same where all is listed page by page, which must not reorder what was on the page before."""
MEANING, WORDS = 0.7, 0.3
"""Shares of cosine similarity and of bm25, this divided by the best. SciFact: nDCG@10 .740, by meaning alone .650, by
words alone .685; a sum of ranks (RRF) .717."""
MOST_QUERY = 1000
"""Characters of a query, about as many as the model reads."""
PORTION = 128
"""Texts that are embedded before their vectors are stored: a cancelled run has to repeat only so much."""
SAME_MEMORY = 0.1
"""Cosine distance within which a memory of the same words is looked for."""


@dataclass(frozen=True)
class RecalledChunk:
    """A chunk of a doc that has to do with the turn."""

    owner: Owner
    doc_id: str
    title: str
    content: str
    similarity: float
    """Cosine similarity to the query, 1 same to -1 opposite."""
    score: float
    """What it was ranked by; higher is better."""


@dataclass(frozen=True)
class RecalledMemory:
    """A memory that has to do with the turn."""

    memory: Memory
    similarity: float
    """Cosine similarity to the query, 1 same to -1 opposite."""
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


def query_text(messages: Iterable[InputChatMlMessage]) -> str:
    """Return what to search with: the text of each new message, a line each.

    Without the speakers' names: with "Ada: " in front of a message, 85 of 100 owners with nothing on its subject are
    shown a doc, without it 24 (benchmarks/recall_threshold.py), because texts that name Ada are near to it.
    """
    texts = (plain_text(message.content).strip() for message in messages)
    return "\n".join(text for text in texts if text)


def recall_docs(
    db: Database, embedder: GetEmbedder, query: str, *, owners: Sequence[tuple[Owner, str]], per_owner: int
) -> list[RecalledChunk]:
    """Return the relevant chunks of these agents and users, each searched on their own, best first.

    Of one doc several chunks may be returned; of chunks with the same text one. Without docs nothing is loaded.

    Args:
        db: the store.
        embedder: called if an owner has docs.
        query: the text to search with.
        owners: what each is, and its id.
        per_owner: at most so many chunks of each.

    Raises:
        ModelError: the embedder cannot be used.
    """
    searched: list[tuple[Owner, str]] = [
        (kind, owner_id) for kind, owner_id in owners if docs.count_for(db, [owner_id])
    ]
    if not searched or not query.strip():
        return []
    model = embedder()
    found: list[RecalledChunk] = []
    shown: set[str] = set()
    for kind, owner_id in searched:
        embed_missing(db, model, owner_id)
        own = [hit for hit in _chunks(db, model, query, kind, owner_id) if hit.similarity >= model.relevance_threshold]
        found += _distinct(own, shown, lambda hit: hit.content)[:per_owner]
        shown |= {_plain(hit.content) for hit in found}
    return sorted(found, key=lambda hit: -hit.score)


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

    Raises:
        ModelError: the embedder cannot be used.
    """
    if limit < 1 or not memories.exists_for(db, agent_id=agent_id, user_id=user_id):
        return []
    model = embedder()
    embed_missing_memories(db, model, agent_id=agent_id, user_id=user_id)
    pool = max(POOL if only_relevant else LISTED_POOL, offset + limit)
    found = _memories(db, model, query, agent_id, user_id, pool)
    if only_relevant:
        relevant = [hit for hit in found if hit.similarity >= model.relevance_threshold]
        found = _distinct(relevant, set(), lambda hit: hit.memory.content)
    return found[offset : offset + limit]


def form_memory(
    db: Database,
    embedder: GetEmbedder,
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
    embed_missing_memories(db, model, agent_id=agent_id, user_id=user_id)
    vector = as_bytes(model.embed([_memory_text(content)]))[0]
    set_id = _set_id(db, model)
    with db.transaction():
        if agents.get(db, agent_id) is None or users.get(db, user_id) is None:
            return False
        near = memories.nearest(db, vector, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id, limit=POOL)
        for hit in near:
            if _similarity(hit.distance) > 1 - SAME_MEMORY and words(hit.memory.content) == words(content):
                memories.refresh(db, hit.memory.id, timestamp=now, sources=sources)
                return False
        memory = Memory(
            id=str(uuid.uuid4()),
            agent_id=agent_id,
            user_id=user_id,
            content=content,
            created_at=now,
            timestamp=now,
            entities=[],
        )
        memories.add(db, memory, vector=vector, embedding_set_id=set_id, sources=sources)
    return True


def embed_missing(db: Database, embedder: Embedder, owner_id: str) -> int:
    """Embed the owner's chunks that this embedder has not seen, store their vectors, and return how many there were.

    A file that was filled with another embedder is thus searched with the present one, and never across the two.
    """
    set_id = _set_id(db, embedder)
    missing = docs.without_vectors(db, owner_id, set_id)
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        vectors = as_bytes(embedder.embed([embedding_text(title, content) for _, title, content in portion]))
        with db.transaction():
            # a chunk deleted meanwhile may have left its id to another text
            still = set(docs.without_vectors(db, owner_id, set_id))
            rows = [(chunk[0], vector) for chunk, vector in zip(portion, vectors, strict=True) if chunk in still]
            docs.add_vectors(db, rows, embedding_set_id=set_id)
    return len(missing)


def embed_missing_memories(db: Database, embedder: Embedder, *, agent_id: str, user_id: str | None) -> int:
    """The same for an agent's memories, of one user or of all."""
    set_id = _set_id(db, embedder)
    missing = memories.without_vectors(db, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id)
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        vectors = as_bytes(embedder.embed([_memory_text(content) for _, content in portion]))
        with db.transaction():
            rows = [(memory_id, vector) for (memory_id, _), vector in zip(portion, vectors, strict=True)]
            memories.add_vectors(db, rows, embedding_set_id=set_id)
    return len(missing)


def _chunks(db: Database, model: Embedder, query: str, kind: Owner, owner_id: str) -> list[RecalledChunk]:
    """Return one owner's chunks, best first, relevant or not."""
    vector, set_id = _query_vector(model, query), _set_id(db, model)
    near = docs.nearest(db, vector, owner_id=owner_id, embedding_set_id=set_id, limit=POOL)
    matching = docs.matching(db, telling_words(query), owner_id=owner_id, limit=POOL)
    distances = {hit.chunk_id: hit.distance for hit in near}
    by_words = [hit.chunk_id for hit in matching if hit.chunk_id not in distances]
    distances |= docs.distances(db, vector, by_words, set_id) if by_words else {}
    scores = _fused(distances, {hit.chunk_id: hit.score for hit in matching})
    hits = {hit.chunk_id: hit for hit in [*near, *matching]}
    return [
        RecalledChunk(
            owner=kind,
            doc_id=hits[chunk_id].doc_id,
            title=hits[chunk_id].title,
            content=hits[chunk_id].content,
            similarity=_similarity(distances[chunk_id]),
            score=score,
        )
        for chunk_id, score in scores.items()
    ]


def _memories(
    db: Database, model: Embedder, query: str, agent_id: str, user_id: str | None, pool: int
) -> list[RecalledMemory]:
    """Return the memories, best first, relevant or not."""
    vector, set_id = _query_vector(model, query), _set_id(db, model)
    near = memories.nearest(db, vector, agent_id=agent_id, user_id=user_id, embedding_set_id=set_id, limit=pool)
    matching = memories.matching(db, telling_words(query), agent_id=agent_id, user_id=user_id, limit=pool)
    distances = {hit.memory.id: hit.distance for hit in near}
    by_words = [hit.memory.id for hit in matching if hit.memory.id not in distances]
    distances |= memories.distances(db, vector, by_words, set_id) if by_words else {}
    scores = _fused(distances, {hit.memory.id: hit.score for hit in matching})
    hits = {hit.memory.id: hit.memory for hit in [*near, *matching]}
    return [
        RecalledMemory(hits[memory_id], _similarity(distances[memory_id]), score) for memory_id, score in scores.items()
    ]


def _fused(distances: Mapping[K, float | None], bm25: Mapping[K, float | None]) -> dict[K, float]:
    """Return one score for each hit that has a distance, best first."""
    best = max((score or 0.0 for score in bm25.values()), default=0.0)
    scores = {
        key: MEANING * _similarity(distance) + (WORDS * (bm25.get(key) or 0.0) / best if best > 0 else 0.0)
        for key, distance in distances.items()
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def _similarity(distance: float | None) -> float:
    return 1.0 - (1.0 if distance is None else distance)


def _query_vector(model: Embedder, query: str) -> bytes:
    """Return the query's vector. Of a long one beginning and end are read: there the question stands."""
    if len(query) > MOST_QUERY:
        query = f"{query[: MOST_QUERY // 2]}\n{query[-MOST_QUERY // 2 :]}"
    return as_bytes(model.embed([query]))[0]


def _set_id(db: Database, model: Embedder) -> int:
    return embedding_sets.id_for(db, model.name, model.n_dims)


def _memory_text(content: str) -> str:
    """Return what is embedded of a memory: not who said it, because texts of one name are all alike."""
    return _speaker_and_said(content)[1]


def _speaker_and_said(content: str) -> tuple[str, str]:
    speaker, colon, said = content.partition(": ")
    return (speaker, said) if colon and said.strip() and len(speaker) <= 40 else ("", content)


def _plain(text: str) -> str:
    return " ".join(text.split())


H = TypeVar("H", RecalledChunk, RecalledMemory)


def _distinct(hits: Sequence[H], shown: Iterable[str], text: Callable[[H], str]) -> list[H]:
    """Return the first hit of each text, but for texts that are shown already."""
    seen = set(shown)
    distinct: list[H] = []
    for hit in hits:
        if _plain(text(hit)) not in seen:
            seen.add(_plain(text(hit)))
            distinct.append(hit)
    return distinct
