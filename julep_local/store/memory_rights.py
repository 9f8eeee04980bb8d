"""What a person may do about memories in the file: correct one, forget all of a user, take a set formed anew.

Deleting rows leaves their bytes in free pages until the file is written anew; `bytes_left` looks.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from julep_local.store import fts, leftovers
from julep_local.store.columns import json_text, time_text, words_hash
from julep_local.store.database import Database
from julep_local.store.row_hashes import row_hash
from julep_local.types import Memory


@dataclass(frozen=True)
class Forgotten:
    """What was removed."""

    memory_ids: list[str]
    n_vectors: int
    n_jobs: int


def edit(
    db: Database,
    memory_id: str,
    *,
    content: str,
    speaker: str,
    slot: str | None,
    values: Memory,
    verdict: dict[str, object],
) -> None:
    """Write a person's correction of a memory, with a note that it is one. What there is of its vector goes."""
    db.execute(
        """
        update memories
        set
            content = :content,
            speaker = :speaker,
            hash = :hash,
            slot = :slot,
            timestamp = :timestamp,
            sentiment = :sentiment,
            entities = :entities,
            importance = :importance,
            tier = 'given',
            row_hash = :row_hash,
            verdicts = json_insert(verdicts, '$[#]', json(:verdict))
        where id = :id
        """,
        {
            "row_hash": row_hash(
                "memories",
                {
                    "id": memory_id,
                    "agent_id": values.agent_id,
                    "user_id": values.user_id,
                    "speaker": speaker,
                    "content": content,
                    "timestamp": time_text(values.timestamp),
                    "entities": json_text(values.entities, "entities"),
                },
            ),
            "id": memory_id,
            "content": content,
            "speaker": speaker,
            "hash": words_hash(content[len(speaker) + 2 :] if speaker else content),
            "slot": slot,
            "timestamp": time_text(values.timestamp),
            "sentiment": values.sentiment,
            "entities": json_text(values.entities, "entities"),
            "importance": values.importance,
            "verdict": json_text(verdict, "verdict"),
        },
    )


def superseded_by(db: Database, memory_id: str) -> list[str]:
    """Return the ids of the memories that this one took the place of, oldest first."""
    rows = db.query("select id from memories where superseded_by = :id order by seq", {"id": memory_id})
    return [row["id"] for row in rows]


def forget(db: Database, *, user_id: str, agent_id: str | None, now: datetime) -> Forgotten:
    """Delete all memories of a user, whatever their state, and the jobs that would form more of them.

    A worker that has begun one of these finds that out before it writes: it can no longer renew it.
    """
    params = {"user_id": user_id, "agent_id": agent_id, "now": time_text(now)}
    rows = db.query(
        """
        select id, (select count(*) from memory_vectors where memory_id = id) as n_vectors
        from memories
        where user_id = :user_id and (:agent_id is null or agent_id = :agent_id)
        """,
        params,
    )
    n_jobs = db.execute(
        """
        update jobs
        set state = 'aborted', reason = 'the user is to be forgotten', payload = '{}', updated_at = :now
        where kind in ('form_memories', 'replay_memories')
            and state in ('pending', 'in_progress', 'retrying')
            -- a replay without a user is one of all users of its agent
            and coalesce(payload ->> 'user_id', :user_id) = :user_id
            and (:agent_id is null or payload ->> 'agent_id' = :agent_id)
        """,
        params,
    )
    db.execute(
        """
        delete from memories
        where user_id = :user_id and (:agent_id is null or agent_id = :agent_id)
        """,
        params,
    )
    db.execute(
        """
        delete from memory_owners
        where user_id = :user_id and (:agent_id is null or agent_id = :agent_id)
        """,
        params,
    )
    return Forgotten([row["id"] for row in rows], sum(row["n_vectors"] for row in rows), n_jobs)


def rows_left(db: Database, memory_ids: Sequence[str], *, user_id: str, agent_id: str | None) -> int:
    """Return how many rows there still are of these memories, or of this user's."""
    own = [user_id] if agent_id is None else [user_id, agent_id]
    found = db.query(
        """
        select
            (
                select count(*)
                from memories
                where user_id = :user_id and (:agent_id is null or agent_id = :agent_id)
            )
            + (select count(*) from memory_vectors where memory_id in (select value from json_each(:ids)))
            + (select count(*) from memory_sources where memory_id in (select value from json_each(:ids)))
            + (select count(*) from memories_fts where memories_fts match :own) as n_left
        """,
        {
            "user_id": user_id,
            "agent_id": agent_id,
            "ids": json_text(list(memory_ids), "memory_ids"),
            "own": " AND ".join(f'own : "{each.replace("-", "")}"' for each in own),
        },
    )
    n_left: int = found[0]["n_left"]
    return n_left


def bytes_left(db: Database, memory_ids: Sequence[str]) -> int | None:
    """Write the file anew and return how many of these ids its bytes, or its log's, still hold; None of `:memory:`.

    An id stands in no message, so that one found would be a row that was deleted and not overwritten.
    """
    fts.compact(db)
    if not os.path.exists(db.path):
        return None
    return len(leftovers.scan(db, memory_ids).ids)


def replaceable(db: Database, replay_id: str, *, agent_id: str, user_id: str | None) -> list[str]:
    """Return the ids of the memories that a replay stands for: those whose history is there, given by nobody.

    What was formed since the replay began stays, except of messages that it has read too.
    """
    rows = db.query(
        """
        select id
        from memories
        where agent_id = :agent_id
            and (:user_id is null or user_id = :user_id)
            and replay_id is null
            and tier <> 'given'
            and state <> 'retracted'
            and exists (
                select 1
                from memory_sources
                join messages on messages.id = memory_sources.message_id
                where memory_sources.memory_id = memories.id
            )
            and (
                seq < (select min(seq) from memories where replay_id = :replay_id)
                or exists (
                    select 1
                    from memory_sources as told
                    join memory_sources as replayed on replayed.message_id = told.message_id
                    join memories as anew on anew.id = replayed.memory_id
                    where told.memory_id = memories.id and anew.replay_id = :replay_id
                )
            )
        order by seq
        """,
        {"replay_id": replay_id, "agent_id": agent_id, "user_id": user_id},
    )
    return [row["id"] for row in rows]


def take(db: Database, replay_id: str, replaced: Sequence[str]) -> int:
    """Let the memories of a replay count instead of these. Return how many.

    What one of these had superseded is superseded by what is now known about the same, or current again.
    """
    ids = {"ids": json_text(list(replaced), "memory_ids")}
    orphans = db.query("select id from memories where superseded_by in (select value from json_each(:ids))", ids)
    db.execute("delete from memories where id in (select value from json_each(:ids))", ids)
    n_taken = db.execute("update memories set replay_id = null where replay_id = :id", {"id": replay_id})
    left = {"ids": json_text([row["id"] for row in orphans], "memory_ids")}
    db.execute(
        """
        update memories
        set superseded_by = (
            select newer.id
            from memories as newer
            where newer.agent_id = memories.agent_id
                and newer.user_id = memories.user_id
                and newer.slot = memories.slot
                and newer.state = 'current'
                and newer.replay_id is null
            order by newer.said_at desc, newer.seq desc
            limit 1
        )
        where id in (select value from json_each(:ids))
        """,
        left,
    )
    db.execute(
        """
        update memories
        set state = 'current', valid_until = null
        where id in (select value from json_each(:ids)) and state = 'superseded' and superseded_by is null
        """,
        left,
    )
    return n_taken


def drop(db: Database, replay_id: str) -> int:
    """Delete the memories of a replay. Return how many."""
    return db.execute("delete from memories where replay_id = :id", {"id": replay_id})


def of_replay(db: Database, replay_id: str) -> tuple[str, str | None] | None:
    """Return agent and user of a replay's memories, the user None if there are several; None if there are none."""
    rows = db.query(
        """
        select agent_id, min(user_id) as user_id, count(distinct user_id) as n_users
        from memories
        where replay_id = :id
        group by agent_id
        """,
        {"id": replay_id},
    )
    return None if not rows else (rows[0]["agent_id"], rows[0]["user_id"] if rows[0]["n_users"] == 1 else None)
