"""The history of a session: its recorded messages, in the order they were recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import ChatMlMessage


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the prompt is made of it."""

    seq: int
    """Its place in the history: greater is later."""
    id: str
    turn_id: str
    role: str
    name: str | None
    content: str | list[dict[str, Any]]
    """A text, or parts with a `type`."""
    created_at: str
    """ISO 8601."""


def append(db: Database, session_id: str, turn_id: str, messages: Iterable[ChatMlMessage]) -> None:
    """Record the messages of a turn, in this order."""
    db.execute_many(
        """
        insert into messages (id, session_id, turn_id, role, name, content, created_at, row_hash)
        values (:id, :session_id, :turn_id, :role, :name, :content, :created_at, :row_hash)
        """,
        [
            with_hash(
                "messages",
                {
                    "id": message.id,
                    "session_id": session_id,
                    "turn_id": turn_id,
                    "role": message.role,
                    "name": message.name,
                    "content": json_text(message.content, "content"),
                    "created_at": time_text(message.created_at),
                },
            )
            for message in messages
        ],
    )


def page(db: Database, session_id: str, limit: int, offset: int) -> list[ChatMlMessage]:
    """Return some of the messages, oldest first."""
    rows = db.query(
        """
        select id, role, name, content, created_at
        from messages
        where session_id = :session_id
        order by seq
        limit :limit offset :offset
        """,
        {"session_id": session_id, "limit": limit, "offset": offset},
    )
    return [_message(row) for row in rows]


def newest_first(
    db: Database, session_id: str, *, after_seq: int = 0, before_seq: int | None = None, limit: int = 200
) -> list[StoredMessage]:
    """Return the last messages after one and before another, the last of all first."""
    rows = db.query(
        """
        select seq, id, turn_id, role, name, content, created_at
        from messages
        where session_id = :session_id
            and seq > :after_seq
            and seq < coalesce(:before_seq, 9223372036854775807)
        order by seq desc
        limit :limit
        """,
        {"session_id": session_id, "after_seq": after_seq, "before_seq": before_seq, "limit": limit},
    )
    return [_stored(row) for row in rows]


def count(db: Database, session_id: str, *, after_seq: int = 0, before_seq: int) -> int:
    """Return how many messages stand after one and before another."""
    rows = db.query(
        """
        select count(*) as n_messages
        from messages
        where session_id = :session_id and seq > :after_seq and seq < :before_seq
        """,
        {"session_id": session_id, "after_seq": after_seq, "before_seq": before_seq},
    )
    n_messages: int = rows[0]["n_messages"]
    return n_messages


def since(db: Database, session_id: str, after_seq: int, limit: int) -> list[StoredMessage]:
    """Return the first messages after one, oldest first."""
    rows = db.query(
        """
        select seq, id, turn_id, role, name, content, created_at
        from messages
        where session_id = :session_id and seq > :after_seq
        order by seq
        limit :limit
        """,
        {"session_id": session_id, "after_seq": after_seq, "limit": limit},
    )
    return [_stored(row) for row in rows]


def by_ids(db: Database, message_ids: Sequence[str]) -> list[StoredMessage]:
    """Return those of these messages that exist, oldest first."""
    rows = db.query(
        """
        select seq, id, turn_id, role, name, content, created_at
        from messages
        where id in (select value from json_each(:ids))
        order by seq
        """,
        {"ids": json_text(list(message_ids), "message_ids")},
    )
    return [_stored(row) for row in rows]


def session_ids(db: Database, message_ids: Sequence[str]) -> dict[str, str]:
    """Return in which session each of these messages stands, of those that exist."""
    rows = db.query(
        """
        select id, session_id
        from messages
        where id in (select value from json_each(:ids))
        """,
        {"ids": json_text(list(message_ids), "message_ids")},
    )
    return {row["id"]: row["session_id"] for row in rows}


def delete_last_turn(db: Database, session_id: str) -> list[StoredMessage]:
    """Delete the messages of the last turn and what was made of them but memories; return them, oldest first."""
    last = newest_first(db, session_id, limit=1)
    if not last:
        return []
    turn = {"session_id": session_id, "turn_id": last[0].turn_id}
    rows = db.query(
        """
        select seq, id, turn_id, role, name, content, created_at
        from messages
        where session_id = :session_id and turn_id = :turn_id
        order by seq
        """,
        turn,
    )
    db.execute(
        """
        delete from suggestions
        where session_id = :session_id
            and message_id in (select id from messages where session_id = :session_id and turn_id = :turn_id)
        """,
        turn,
    )
    # a summary that has it in it is made anew, of what is left
    db.execute(
        """
        update sessions
        set summary = null, summarised_through = 0
        where id = :session_id and summarised_through >= :first_seq
        """,
        {"session_id": session_id, "first_seq": rows[0]["seq"]},
    )
    db.execute("delete from messages where session_id = :session_id and turn_id = :turn_id", turn)
    return [_stored(row) for row in rows]


def delete_all(db: Database, session_id: str) -> int:
    """Delete the history with all that was made of it but memories, and return how many messages there were."""
    params = {"session_id": session_id}
    db.execute("delete from suggestions where session_id = :session_id", params)
    db.execute(
        """
        update sessions
        set summary = null, summarised_through = 0, prompt_summary = null, prompt_summary_through = 0
        where id = :session_id
        """,
        params,
    )
    return db.execute("delete from messages where session_id = :session_id", params)


@read_from_row
def _message(row: Row) -> ChatMlMessage:
    message_id, role, name, content, created_at = row
    return ChatMlMessage(id=message_id, role=role, name=name, content=json_value(content), created_at=created_at)


@read_from_row
def _stored(row: Row) -> StoredMessage:
    seq, message_id, turn_id, role, name, content, created_at = row
    return StoredMessage(seq, message_id, turn_id, role, name, json_value(content), created_at)
