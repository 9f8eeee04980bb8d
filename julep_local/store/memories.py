"""Memories: what an agent knows of a user, where it was said, since when and until when it held.

Searching is memory_search.py's. What is worth remembering, and what contradicts what, is for others to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from julep_local.store import fts
from julep_local.store.columns import json_text, json_value, read_from_row, time_text, words_hash
from julep_local.store.connection import Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import Memory
from julep_local.types.memories import MemoryState

_OWN = (
    *("id", "agent_id", "user_id", "content", "timestamp", "last_accessed_at", "sentiment", "entities", "created_at"),
    *("state", "valid_until", "superseded_by", "importance", "tier", "model", "prompt_hash"),
)
_NAMES = (*_OWN, "sources")
COLUMNS = f"""
    {", ".join(_OWN)},
    (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
"""  # noqa: S608  (constants)
"""What `from_columns` takes. All columns of the table take a third more time."""


@dataclass(frozen=True, slots=True)
class StoredMemory:
    """A memory with what stands beside it in the file."""

    memory: Memory
    speaker: str = ""
    """Whose words these are; the content then begins with "speaker: "."""
    said_before: str = ""
    """What was said right before: it helps to find the memory, and is shown to nobody."""
    before_id: str | None = None
    """The message or memory that `said_before` was copied from."""
    slot: str | None = None
    """What there can be only one of, such as "home"."""
    said_at: datetime | None = None
    """When it was said last; None: at its `timestamp`, else when it was created."""
    verdicts: Sequence[Mapping[str, Any]] = ()
    """Which gates it passed, and why."""
    replay_id: str | None = None
    """It belongs to a set formed anew that waits to be taken."""

    @property
    def said(self) -> str:
        """The statement without the name in front."""
        return self.memory.content[len(self.speaker) + 2 :] if self.speaker else self.memory.content


def add(db: Database, new: StoredMemory) -> None:
    """Store a new memory, with its sources. Its vector is added apart (memory_search.add_vectors)."""
    memory = new.memory
    db.execute(
        """
        insert into memories (
            id, agent_id, user_id, speaker, content, said_before, before_id, hash, slot, timestamp, said_at,
            last_accessed_at, sentiment, entities, importance, tier, model, prompt_hash, verdicts, state, valid_until,
            superseded_by, replay_id, created_at, row_hash
        )
        values (
            :id, :agent_id, :user_id, :speaker, :content, :said_before, :before_id, :hash, :slot, :timestamp, :said_at,
            :last_accessed_at, :sentiment, :entities, :importance, :tier, :model, :prompt_hash, :verdicts, :state,
            :valid_until, :superseded_by, :replay_id, :created_at, :row_hash
        )
        """,
        with_hash(
            "memories",
            {
                "id": memory.id,
                "agent_id": memory.agent_id,
                "user_id": memory.user_id,
                "speaker": new.speaker,
                "content": memory.content,
                "said_before": new.said_before,
                "before_id": new.before_id,
                "hash": words_hash(new.said),
                "slot": new.slot,
                "timestamp": time_text(memory.timestamp),
                "said_at": time_text(new.said_at or memory.timestamp or memory.created_at),
                "last_accessed_at": time_text(memory.last_accessed_at),
                "sentiment": memory.sentiment,
                "entities": json_text(memory.entities, "entities"),
                "importance": memory.importance,
                "tier": memory.tier,
                "model": memory.model,
                "prompt_hash": memory.prompt_hash,
                "verdicts": json_text([dict(verdict) for verdict in new.verdicts], "verdicts"),
                "state": memory.state,
                "valid_until": time_text(memory.valid_until),
                "superseded_by": memory.superseded_by,
                "replay_id": new.replay_id,
                "created_at": time_text(memory.created_at),
            },
        ),
    )
    add_sources(db, memory.id, memory.sources)


def said_after(db: Database, memory_id: str, text: str, after_id: str) -> None:
    """Note what was said right after a memory's words: it helps to find it. `after_id` is the message or memory."""
    db.execute(
        """
        update memories
        set said_after = :text, after_id = :after_id
        where id = :id
        """,
        {"id": memory_id, "text": text, "after_id": after_id},
    )


def get(db: Database, memory_id: str) -> Memory | None:
    """Return the memory, None if there is none."""
    found = stored(db, memory_id)
    return None if found is None else found.memory


def stored(db: Database, memory_id: str) -> StoredMemory | None:
    """Return the memory with what stands beside it, None if there is none."""
    row = db.one(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where id = :id
        """,
        {"id": memory_id},
    )
    return None if row is None else _stored(row)


def page(
    db: Database,
    *,
    agent_id: str,
    user_id: str | None = None,
    state: MemoryState | None = "current",
    replay_id: str | None = None,
    limit: int,
    offset: int,
) -> list[Memory]:
    """Return some of the agent's memories, newest first: of one user or of all, in one state or in any.

    With `replay_id` those of the set that was formed anew, else those that count.
    """
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where agent_id = :agent_id
            and (:user_id is null or user_id = :user_id)
            and (:state is null or state = :state)
            and replay_id is :replay_id
        order by seq desc
        limit :limit offset :offset
        """,
        {
            "agent_id": agent_id,
            "user_id": user_id,
            "state": state,
            "replay_id": replay_id,
            "limit": limit,
            "offset": offset,
        },
    )
    return [from_row(row) for row in rows]


def whole(db: Database, *, agent_id: str, user_id: str, replay_id: str | None = None) -> list[StoredMemory]:
    """Return all that the agent knows or knew of the user, newest first, whatever its state."""
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where agent_id = :agent_id and user_id = :user_id and replay_id is :replay_id
        order by seq desc
        """,
        {"agent_id": agent_id, "user_id": user_id, "replay_id": replay_id},
    )
    return [_stored(row) for row in rows]


def by_ids(db: Database, memory_ids: Sequence[str]) -> dict[str, Memory]:
    """Return those of these memories that exist, by id."""
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where id in (select value from json_each(:ids))
        """,
        {"ids": json_text(list(memory_ids), "memory_ids")},
    )
    return {row["id"]: from_row(row) for row in rows}


def saying(db: Database, said: str, *, agent_id: str, user_id: str, replay_id: str | None = None) -> list[StoredMemory]:
    """Return the current memories of the same words, whatever their case and punctuation, oldest first."""
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where agent_id = :agent_id and user_id = :user_id and hash = :hash
            and state = 'current' and replay_id is :replay_id
        order by seq
        """,
        {"agent_id": agent_id, "user_id": user_id, "hash": words_hash(said), "replay_id": replay_id},
    )
    return [_stored(row) for row in rows]


def in_slot(
    db: Database, slot: str, *, agent_id: str, user_id: str, replay_id: str | None = None
) -> list[StoredMemory]:
    """Return the current memories about this, of which there can be only one, oldest first."""
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where agent_id = :agent_id and user_id = :user_id and slot = :slot
            and state = 'current' and replay_id is :replay_id
        order by seq
        """,
        {"agent_id": agent_id, "user_id": user_id, "slot": slot, "replay_id": replay_id},
    )
    return [_stored(row) for row in rows]


def akin(
    db: Database,
    words: Sequence[str],
    beginnings: Sequence[str],
    *,
    slots: Sequence[str],
    agent_id: str,
    user_id: str,
    replay_id: str | None = None,
    limit: int,
) -> list[StoredMemory]:
    """Return the current memories that may have to do with a statement, newest first.

    Args:
        db: the store.
        words: any of them, or of
        beginnings: of words, stand in the memory.
        slots: or it is about any of these.
        agent_id: whose memories.
        user_id: and of whom.
        replay_id: those of this set; None for those that count.
        limit: how many are found by words at most, those with the most and the rarest.
    """
    own = [agent_id, user_id] if replay_id is None else []  # what waits to be taken is not known by its owners there
    expression = fts.expression(words, beginnings=beginnings, own=own, columns="content")
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where seq in (
            select seq
            from (
                select memories.seq
                from memories_fts
                join memories on memories.seq = memories_fts.rowid
                where memories_fts match :expression
                    and agent_id = :agent_id and user_id = :user_id
                    and state = 'current' and replay_id is :replay_id
                order by bm25(memories_fts, 0, 1, 0, 0), memories.seq desc
                limit :limit
            )
            union
            select seq
            from memories
            where agent_id = :agent_id and user_id = :user_id and slot in (select value from json_each(:slots))
                and state = 'current' and replay_id is :replay_id
        )
        order by seq desc
        """,
        {
            "expression": expression or '""',  # finds nothing
            "slots": json_text(list(slots), "slots"),
            "agent_id": agent_id,
            "user_id": user_id,
            "replay_id": replay_id,
            "limit": limit,
        },
    )
    return [_stored(row) for row in rows]


def formed_from(db: Database, message_id: str, *, replay_id: str | None = None) -> list[Memory]:
    """Return the memories that name this message as a source, oldest first, whatever their state."""
    rows = db.query(
        """
        select memories.*, (select json_group_array(message_id) from memory_sources where memory_id = id) as sources
        from memories
        where id in (select memory_id from memory_sources where message_id = :message_id) and replay_id is :replay_id
        order by seq
        """,
        {"message_id": message_id, "replay_id": replay_id},
    )
    return [from_row(row) for row in rows]


def said_then(
    db: Database,
    speaker: str,
    said: str,
    said_at: datetime,
    *,
    agent_id: str,
    user_id: str,
    replay_id: str | None = None,
) -> bool:
    """Return whether a memory of the speaker's same words is of this very moment, whatever its state."""
    row = db.one(
        """
        select 1
        from memories
        where agent_id = :agent_id and user_id = :user_id and hash = :hash
            and speaker = :speaker and said_at = :said_at and replay_id is :replay_id
        limit 1
        """,
        {
            "agent_id": agent_id,
            "user_id": user_id,
            "hash": words_hash(said),
            "speaker": speaker,
            "said_at": time_text(said_at),
            "replay_id": replay_id,
        },
    )
    return row is not None


def touch(db: Database, memory_ids: Sequence[str], now: datetime) -> None:
    """Note that these were recalled now."""
    db.execute(
        """
        update memories
        set last_accessed_at = :now
        where id in (select value from json_each(:ids))
        """,
        {"ids": json_text(list(memory_ids), "memory_ids"), "now": time_text(now)},
    )


def refresh(db: Database, memory_id: str, *, said_at: datetime, sources: Sequence[str] = ()) -> bool:
    """Note that it was said again at this time, in these messages. Return whether there is such a memory."""
    n_rows = db.execute(
        """
        update memories
        set said_at = max(said_at, :said_at)
        where id = :id
        """,
        {"id": memory_id, "said_at": time_text(said_at)},
    )
    if n_rows:
        add_sources(db, memory_id, sources)
    return n_rows > 0


def supersede(db: Database, memory_id: str, *, by: str, at: datetime) -> None:
    """Let a memory end where another begins: it stays readable, and is recalled no more."""
    db.execute(
        """
        update memories
        set state = 'superseded', superseded_by = :by, valid_until = :at
        where id = :id and state = 'current'
        """,
        {"id": memory_id, "by": by, "at": time_text(at)},
    )


def retract(db: Database, memory_id: str, *, at: datetime) -> bool:
    """Take a memory back. What it had superseded is current again. Return whether it was not taken back before."""
    n_rows = db.execute(
        """
        update memories
        set state = 'retracted', valid_until = :at
        where id = :id and state <> 'retracted'
        """,
        {"id": memory_id, "at": time_text(at)},
    )
    revive(db, memory_id)
    return n_rows > 0


def revive(db: Database, successor_id: str) -> None:
    """Let what this memory superseded be current again: it is taken back, or about to be deleted.

    If the memory was itself superseded, its successor now stands for what it stood for.
    """
    db.execute(
        """
        update memories
        set
            state = iif(successor.superseded_by is null, 'current', 'superseded'),
            superseded_by = successor.superseded_by,
            valid_until = iif(successor.superseded_by is null, null, memories.valid_until)
        from (select id, superseded_by from memories where id = :id) as successor
        where memories.superseded_by = :id and memories.state = 'superseded'
        """,
        {"id": successor_id},
    )


def retract_message(db: Database, message_id: str, *, at: datetime) -> list[str]:
    """Take back what came only from this message; nothing is formed from it any more. Return those memories' ids.

    What others say too stays, without it as a source.
    """
    db.execute(
        """
        insert into retracted_messages (message_id, retracted_at)
        values (:message_id, :at)
        on conflict do nothing
        """,
        {"message_id": message_id, "at": time_text(at)},
    )
    gone: list[str] = []
    waiting = db.query(
        """
        select distinct replay_id
        from memories
        where id in (select memory_id from memory_sources where message_id = :message_id) and replay_id is not null
        """,
        {"message_id": message_id},
    )
    for replayed in (each for row in waiting for each in formed_from(db, message_id, replay_id=row["replay_id"])):
        _lose_source(db, replayed, message_id, at)
    for memory in formed_from(db, message_id):
        if _lose_source(db, memory, message_id, at):
            gone.append(memory.id)
    db.execute("update memories set said_before = '', before_id = null where before_id = :id", {"id": message_id})
    db.execute("update memories set said_after = '', after_id = null where after_id = :id", {"id": message_id})
    return gone


def _lose_source(db: Database, memory: Memory, message_id: str, at: datetime) -> bool:
    """Take the memory back if only this message says so, else leave it without it. Return whether it was taken back."""
    if memory.sources == [message_id]:
        return retract(db, memory.id, at=at)
    db.execute(
        """
        delete from memory_sources
        where memory_id = :memory_id and message_id = :message_id
        """,
        {"memory_id": memory.id, "message_id": message_id},
    )
    return False


def retracted(db: Database, message_ids: Sequence[str]) -> set[str]:
    """Return which of these messages were taken back."""
    rows = db.query(
        """
        select message_id
        from retracted_messages
        where message_id in (select value from json_each(:ids))
        """,
        {"ids": json_text(list(message_ids), "message_ids")},
    )
    return {row["message_id"] for row in rows}


def delete(db: Database, agent_id: str, memory_id: str) -> bool:
    """Delete the agent's memory; what it had superseded is current again. Return whether there was one."""
    known = get(db, memory_id)
    if known is None or known.agent_id != agent_id:
        return False
    revive(db, memory_id)
    return db.execute("delete from memories where id = :id", {"id": memory_id}) > 0


def add_sources(db: Database, memory_id: str, message_ids: Sequence[str]) -> None:
    """Note that these messages say so too."""
    db.execute(
        """
        insert into memory_sources (memory_id, message_id)
        select :memory_id, value
        from json_each(:message_ids)
        where true
        on conflict do nothing
        """,
        {"memory_id": memory_id, "message_ids": json_text(list(message_ids), "sources")},
    )


def from_row(row: Row) -> Memory:
    """Return the memory in a row that has these columns among others."""
    return from_columns([row[name] for name in _NAMES])


@read_from_row
def from_columns(values: Sequence[Any]) -> Memory:
    """Return the memory of which these are the `COLUMNS`: read by place, it takes a third less time than by name."""
    given = dict(zip(_NAMES, values, strict=True))
    given["entities"], given["sources"] = json_value(given["entities"]), json_value(given["sources"])
    return Memory.model_validate(given)


@read_from_row
def _stored(row: Row) -> StoredMemory:
    return StoredMemory(
        from_row(row),
        speaker=row["speaker"],
        said_before=row["said_before"],
        before_id=row["before_id"],
        slot=row["slot"],
        said_at=datetime.fromisoformat(row["said_at"].replace("Z", "+00:00")),
        verdicts=json_value(row["verdicts"]),
        replay_id=row["replay_id"],
    )
