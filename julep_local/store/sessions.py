"""Sessions in the file, with the summary of what no longer fits into a prompt. Their messages: `messages.py`."""

from collections.abc import Mapping
from typing import Any

from julep_local.store import listing
from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import Session

_BY_ID = """
    select id, agent_id, user_id, situation, summary, render_templates, metadata, created_at, updated_at
    from sessions
    where id = :id
"""

_ALL = """
    select id, agent_id, user_id, situation, summary, render_templates, metadata, created_at, updated_at
    from sessions
    where true
"""


def add(db: Database, session: Session) -> None:
    """Store a new session, which has no history yet and so no summary."""
    db.execute(
        """
        insert into sessions (
            id, agent_id, user_id, situation, render_templates, metadata, created_at, updated_at, row_hash
        )
        values (
            :id, :agent_id, :user_id, :situation, :render_templates, :metadata, :created_at, :updated_at, :row_hash
        )
        """,
        _params(session),
    )


def get(db: Database, session_id: str) -> Session | None:
    """Return the session, None if there is none."""
    row = db.one(_BY_ID, {"id": session_id})
    return None if row is None else _session(row)


def page(
    db: Database,
    *,
    limit: int,
    offset: int,
    metadata_filter: Mapping[str, Any] | None = None,
    sort_by: str = "created_at",
    order: str = "desc",
) -> list[Session]:
    """Return some of the sessions. `listing.page` says what the arguments mean."""
    rows = listing.page(
        db, _ALL, {}, limit=limit, offset=offset, metadata_filter=metadata_filter, sort_by=sort_by, order=order
    )
    return [_session(row) for row in rows]


def replace(db: Database, session: Session) -> bool:
    """Store what callers may change: situation, templates or not, metadata. Return whether there was one.

    The summary is left alone: a job may have written a newer one since the session was read.
    """
    n_rows = db.execute(
        """
        update sessions
        set
            situation = :situation,
            render_templates = :render_templates,
            metadata = :metadata,
            updated_at = :updated_at,
            row_hash = :row_hash
        where id = :id
        """,
        _params(session),
    )
    return n_rows > 0


def ids(db: Database, *, agent_id: str | None = None, user_id: str | None = None) -> list[str]:
    """Return the ids of all sessions of an agent, or of a user."""
    rows = db.query(
        """
        select id
        from sessions
        where agent_id = :agent_id or user_id = :user_id
        """,
        {"agent_id": agent_id, "user_id": user_id},
    )
    return [row["id"] for row in rows]


def of_agent(db: Database, agent_id: str, user_id: str | None = None) -> list[tuple[str, str]]:
    """Return id and user of the agent's sessions that have a user, of one user or of all, oldest first."""
    rows = db.query(
        """
        select id, user_id
        from sessions
        where agent_id = :agent_id and user_id is not null and (:user_id is null or user_id = :user_id)
        order by seq
        """,
        {"agent_id": agent_id, "user_id": user_id},
    )
    return [(row["id"], row["user_id"]) for row in rows]


def every_id(db: Database) -> list[str]:
    """Return the ids of all sessions."""
    return [row["id"] for row in db.query("select id from sessions")]


def delete(db: Database, session_id: str) -> bool:
    """Delete the session with history and suggestions; memories stay. Return whether there was one."""
    return db.execute("delete from sessions where id = :id", {"id": session_id}) > 0


def set_summary(db: Database, session_id: str, summary: str, through_seq: int) -> bool:
    """Store the summary of the messages up to and including this one, unless the history has changed since.

    Return False, and store nothing, if that message was deleted or a summary already covers it.
    """
    n_rows = db.execute(
        """
        update sessions
        set summary = nullif(:summary, ''), summarised_through = :through_seq
        where id = :id
            and summarised_through < :through_seq
            and exists (
                select 1
                from messages
                where seq = :through_seq and session_id = :id
            )
        """,
        {"id": session_id, "summary": summary, "through_seq": through_seq},
    )
    return n_rows > 0


def set_prompt_summary(db: Database, session_id: str, through_seq: int) -> bool:
    """Let the summary as it is now stand in prompts for the messages up to and including this one.

    Return False, and change nothing, if that message was deleted, or the summary does not reach it.
    """
    n_rows = db.execute(
        """
        update sessions
        set prompt_summary = summary, prompt_summary_through = :through_seq
        where id = :id
            and summary is not null
            and summarised_through >= :through_seq
            and prompt_summary_through < :through_seq
            and exists (
                select 1
                from messages
                where seq = :through_seq and session_id = :id
            )
        """,
        {"id": session_id, "through_seq": through_seq},
    )
    return n_rows > 0


def prompt_summary(db: Database, session_id: str) -> tuple[str | None, int]:
    """Return what a prompt shows instead of the messages up to a position, and that position; None and 0 at first."""
    row = db.one("select prompt_summary, prompt_summary_through from sessions where id = :id", {"id": session_id})
    return (None, 0) if row is None else (row["prompt_summary"], row["prompt_summary_through"])


def summarised_through(db: Database, session_id: str) -> int:
    """Return the `seq` of the last message in the summary, 0 if there is none."""
    row = db.one("select summarised_through from sessions where id = :id", {"id": session_id})
    return 0 if row is None else row["summarised_through"]


def _params(session: Session) -> Params:
    values = {
        "id": session.id,
        "agent_id": session.agent_id,
        "user_id": session.user_id,
        "situation": session.situation,
        "render_templates": int(bool(session.render_templates)),
        "metadata": json_text(session.metadata or {}, "metadata"),
        "created_at": time_text(session.created_at),
        "updated_at": time_text(session.updated_at),
    }
    return with_hash("sessions", values)


@read_from_row
def _session(row: Row) -> Session:
    session_id, agent_id, user_id, situation, summary, render_templates, metadata, created_at, updated_at = row
    return Session(
        id=session_id,
        agent_id=agent_id,
        user_id=user_id,
        situation=situation,
        summary=summary,
        render_templates=bool(render_templates),
        metadata=json_value(metadata),
        created_at=created_at,
        updated_at=updated_at,
    )
