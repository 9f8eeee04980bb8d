"""Adds many memories at once, as they were said one after the other.

The rows come first, all in one transaction, and are found by their words from then on; their vectors land behind it, a
portion at a time, so that what a killed process leaves undone is done by the next one that catches up (indexing.py).
What is worth remembering is not judged here: the caller has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from julep_local.errors import NotFound
from julep_local.recall.embeddings import Embedder
from julep_local.recall.memory_recall import embed_missing_memories
from julep_local.store import agents, embedding_sets, memories, users
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Memory

PAUSE = timedelta(hours=1)
"""After it, what is said is no longer an answer to what was said before."""
MOST_AROUND = 500
"""Characters that are kept of what was said before a memory, its end, and of what was said after, its beginning."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be remembered."""

    said: str
    """The words, without the name in front."""
    speaker: str = ""
    """Whose they are; without one nothing is taken to be said before or after it."""
    timestamp: datetime | None = None
    """When it happened; None: now."""
    importance: float = 0.5


def add_statements(
    db: Database, statements: Sequence[Statement], *, agent_id: str, user_id: str, now: datetime
) -> list[Memory]:
    """Store the statements in one transaction, and return their memories in the same order. They have no vectors yet.

    What the same speaker has said in the same words is not stored twice but refreshed, unless the statement has a
    timestamp that is another: who went running on Monday and on Friday did it twice. Statements of speakers that follow
    each other within `PAUSE` are linked as said before and after, the first to what was stored last.

    Raises:
        NotFound: there is no such agent or user.
    """
    with db.transaction():
        if not agents.exists(db, agent_id):
            raise NotFound("agent", agent_id)
        if not users.exists(db, user_id):
            raise NotFound("user", user_id)
        newest = memories.page(db, agent_id=agent_id, user_id=user_id, limit=1, offset=0)
        before = memories.stored(db, newest[0].id) if newest else None
        found: list[Memory] = []
        for statement in statements:
            known = _known(db, statement, agent_id, user_id)
            if known is not None:
                memories.refresh(db, known.memory.id, said_at=statement.timestamp or now)
                before = known
            else:
                before = _added(db, statement, before, agent_id, user_id, now)
            found.append(before.memory)
    return found


def embed_added(db: Database, embedder: Embedder, added: Sequence[Memory]) -> None:
    """Give those of these memories that have none their vectors.

    Raises:
        ModelError: the embedder cannot be used. What was embedded until then is stored.
    """
    memory_ids = [memory.id for memory in added]
    file_hash = getattr(embedder, "file_hash", None)
    for each in embedding_sets.to_fill(db, embedder.name, embedder.n_dims, file_hash=file_hash):
        embed_missing_memories(db, embedder, each.id, memory_ids=memory_ids)


def _known(db: Database, statement: Statement, agent_id: str, user_id: str) -> StoredMemory | None:
    """Return the newest memory that says the same, None if there is none."""
    same = [
        each
        for each in memories.saying(db, statement.said, agent_id=agent_id, user_id=user_id)
        if each.speaker == statement.speaker
        and (statement.timestamp is None or each.memory.timestamp == statement.timestamp)
    ]
    return same[-1] if same else None


def _added(
    db: Database, statement: Statement, before: StoredMemory | None, agent_id: str, user_id: str, now: datetime
) -> StoredMemory:
    timestamp = statement.timestamp or now
    if before is not None and not _follows(statement.speaker, timestamp, before):
        before = None
    memory = Memory(
        id=db.stamps.new_id(),
        agent_id=agent_id,
        user_id=user_id,
        content=f"{statement.speaker}: {statement.said}" if statement.speaker else statement.said,
        created_at=now,
        timestamp=timestamp,
        entities=[],
        importance=statement.importance,
        tier="given",
    )
    new = StoredMemory(
        memory,
        speaker=statement.speaker,
        said_before="" if before is None else before.said[-MOST_AROUND:],
        before_id=None if before is None else before.memory.id,
    )
    memories.add(db, new)
    if before is not None:
        memories.said_after(db, before.memory.id, statement.said[:MOST_AROUND], memory.id)
    return new


def _follows(speaker: str, timestamp: datetime, before: StoredMemory) -> bool:
    said_at = before.memory.timestamp
    return bool(speaker and before.speaker) and said_at is not None and timedelta() <= timestamp - said_at <= PAUSE
