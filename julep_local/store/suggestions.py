"""Suggestions: hints formed from a session, for its agent or its user."""

from julep_local.store.columns import read_from_row, time_text
from julep_local.store.connection import Row
from julep_local.store.database import Database
from julep_local.types import Suggestion


def add(db: Database, suggestion: Suggestion) -> None:
    """Store a new suggestion."""
    db.execute(
        """
        insert into suggestions (session_id, message_id, target, content, created_at)
        values (:session_id, :message_id, :target, :content, :created_at)
        """,
        {
            "session_id": suggestion.session_id,
            "message_id": suggestion.message_id,
            "target": suggestion.target,
            "content": suggestion.content,
            "created_at": time_text(suggestion.created_at),
        },
    )


def page(db: Database, session_id: str, limit: int, offset: int) -> list[Suggestion]:
    """Return some of the session's suggestions, newest first."""
    rows = db.query(
        """
        select session_id, message_id, target, content, created_at
        from suggestions
        where session_id = :session_id
        order by seq desc
        limit :limit offset :offset
        """,
        {"session_id": session_id, "limit": limit, "offset": offset},
    )
    return [_suggestion(row) for row in rows]


@read_from_row
def _suggestion(row: Row) -> Suggestion:
    session_id, message_id, target, content, created_at = row
    return Suggestion(
        session_id=session_id, message_id=message_id, target=target, content=content, created_at=created_at
    )
