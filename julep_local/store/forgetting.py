"""A person, taken out of the file: what there is of them, its deletion, and the count of what is left.

Deleting rows leaves their bytes in free pages and in the log, and their words in the text indexes: `fts.compact`
writes all of it anew. SQLite's `secure_delete` would not do instead: it reaches neither what was deleted or changed
before it was switched on, nor words in the text indexes. Of a user with 40,000 messages in a file of 120 MB, in
processor time: deleting 0.6 s, writing anew 0.7 s, searching all bytes for 40,000 ids and 50,000 pieces of text 3.9 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from julep_local.store import leftovers
from julep_local.store.columns import json_text, time_text
from julep_local.store.connection import Params
from julep_local.store.database import Database

REASON = "the user is forgotten"

# what is a user's own, by the table it stands in: `is_own` of each row
_OWN = {
    "users": "id = :user_id",
    "docs": "user_id = :user_id",
    "chunks": "owner_id = :user_id",
    "chunk_vectors": "owner_id = :user_id",
    "doc_owners": "owner_id = :user_id",
    "memories": "user_id = :user_id",
    "memory_vectors": "memory_id in (select id from memories where user_id = :user_id)",
    "memory_sources": "memory_id in (select id from memories where user_id = :user_id)",
    "memory_owners": "user_id = :user_id",
    "sessions": "user_id = :user_id",
    "messages": "session_id in (select id from sessions where user_id = :user_id)",
    "suggestions": "session_id in (select id from sessions where user_id = :user_id)",
    "retracted_messages": """
        message_id in (
            select messages.id
            from messages
            join sessions on sessions.id = messages.session_id
            where sessions.user_id = :user_id
        )
    """,
}


@dataclass(frozen=True)
class Traces:
    """What there is of a user."""

    user_id: str
    session_ids: list[str]
    ids: list[str]
    """Of the user and of all that is their own."""
    texts: list[str]
    """What they said and what is said of them, as it stands in the columns: JSON where these hold JSON."""
    n_rows: dict[str, int]
    """By table."""


def traces(db: Database, user_id: str) -> Traces:
    """Return what there is of the user, whether or not the user itself is there any more."""
    own: Params = {"user_id": user_id}
    session_ids = [row["id"] for row in db.query("select id from sessions where user_id = :user_id", own)]
    ids = [
        row["id"]
        for row in db.query(
            """
            select id from docs where user_id = :user_id
            union all
            select id from memories where user_id = :user_id
            union all
            select messages.id
            from messages
            join sessions on sessions.id = messages.session_id
            where sessions.user_id = :user_id
            """,
            own,
        )
    ]
    texts = [
        row["text"]
        for row in db.query(
            """
            select name as text from users where id = :user_id
            union
            select about from users where id = :user_id
            union
            select metadata from users where id = :user_id
            union
            select title from docs where user_id = :user_id
            union
            select metadata from docs where user_id = :user_id
            union
            select content from chunks where owner_id = :user_id
            union
            select content from memories where user_id = :user_id
            union
            select said_before from memories where user_id = :user_id
            union
            select said_after from memories where user_id = :user_id
            union
            select situation from sessions where user_id = :user_id
            union
            select metadata from sessions where user_id = :user_id
            union
            select summary from sessions where user_id = :user_id
            union
            select prompt_summary from sessions where user_id = :user_id
            union
            select messages.content
            from messages
            join sessions on sessions.id = messages.session_id
            where sessions.user_id = :user_id
            union
            select suggestions.content
            from suggestions
            join sessions on sessions.id = suggestions.session_id
            where sessions.user_id = :user_id
            """,
            own,
        )
        if row["text"]
    ]
    n_rows = {
        table: db.query(f"select count(*) as n from {table} where {is_own}", own)[0]["n"]  # noqa: S608  (constants)
        for table, is_own in _OWN.items()
    }
    return Traces(
        user_id, session_ids, [user_id, *session_ids, *ids], texts, {table: n for table, n in n_rows.items() if n}
    )


def delete(db: Database, known: Traces, *, now: datetime) -> int:
    """Delete all that is a user's own, and end the jobs about them. Return how many of those there were.

    A worker that has begun one of these finds that out before it writes: it can no longer renew it.
    """
    own: Params = {
        "user_id": known.user_id,
        "ids": json_text(known.ids, "ids"),
        "reason": REASON,
        "now": time_text(now),
    }
    n_jobs = db.execute(
        """
        update jobs
        set
            state = 'aborted', reason = :reason, payload = '{}',
            lease_owner = null, lease_until = null, updated_at = :now
        where payload <> '{}'
            and (
                payload ->> '$.user_id' = :user_id
                or payload ->> '$.session_id' in (select value from json_each(:ids))
                or payload ->> '$.doc_id' in (select value from json_each(:ids))
            )
        """,
        own,
    )
    # sessions outlive a user that is merely deleted; with them go messages and suggestions
    for table in ("retracted_messages", "sessions", "users", "docs", "memories", "doc_owners", "memory_owners"):
        db.execute(f"delete from {table} where {_OWN[table]}", own)  # noqa: S608  (constants)
    return n_jobs


def delete_from_jobs(db: Database, pieces: Sequence[str]) -> int:
    """Take these words out of what jobs say of how they ended. Return how many jobs said them."""
    rows = db.query("select id, name, reason from jobs where reason is not null")
    said = leftovers.holding([f"{row['name']} {row['reason']}" for row in rows], pieces)
    if not said:
        return 0
    with db.transaction():
        return db.execute(
            """
            update jobs
            set name = kind, reason = :reason
            where id in (select value from json_each(:ids))
            """,
            {"reason": REASON, "ids": json_text([rows[i]["id"] for i in said], "ids")},
        )


def rows_left(db: Database, known: Traces) -> int:
    """Return how many rows there still are of what was the user's, text indexes included."""
    own: Params = {
        "user_id": known.user_id,
        "ids": json_text(known.ids, "ids"),
        "word": f'own : "{known.user_id.replace("-", "")}"',
    }
    row = db.query(
        """
        select
            (select count(*) from users where id = :user_id)
            + (select count(*) from docs where user_id = :user_id)
            + (select count(*) from chunks where owner_id = :user_id)
            + (select count(*) from chunk_vectors where owner_id = :user_id)
            + (select count(*) from doc_owners where owner_id = :user_id)
            + (select count(*) from memories where user_id = :user_id)
            + (select count(*) from memory_owners where user_id = :user_id)
            + (select count(*) from memory_vectors where memory_id in (select value from json_each(:ids)))
            + (select count(*) from memory_sources where memory_id in (select value from json_each(:ids)))
            + (select count(*) from sessions where user_id = :user_id or id in (select value from json_each(:ids)))
            + (select count(*) from messages where session_id in (select value from json_each(:ids)))
            + (select count(*) from suggestions where session_id in (select value from json_each(:ids)))
            + (select count(*) from retracted_messages where message_id in (select value from json_each(:ids)))
            + (select count(*) from chunks_fts where chunks_fts match :word)
            + (select count(*) from memories_fts where memories_fts match :word)
            as n_left
        """,
        own,
    )[0]
    n_left: int = row["n_left"]
    return n_left
