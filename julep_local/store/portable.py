"""What belongs to an agent, kind by kind, as rows to be written elsewhere; and what the tables' own modules do not add.

The kinds are those of an export: the agent, its tools, the users it has sessions or memories with, its docs and theirs,
sessions, messages, suggestions, memories, and which messages were taken back. Vectors are not among them: they are
made anew, of the embedder that is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from julep_local.store.columns import json_text, json_value, time_text
from julep_local.store.database import Database
from julep_local.types import Tool
from julep_local.types._base import Timestamp

_USERS = """
    select user_id from sessions where agent_id = :agent_id and user_id is not null
    union
    select user_id from memories where agent_id = :agent_id and replay_id is null
"""

_FROM: Mapping[str, str] = {
    "agents": "from agents where id = :agent_id",
    "tools": "from tools where agent_id = :agent_id",
    "users": f"from users where id in ({_USERS})",
    "docs": f"from docs where (agent_id = :agent_id or user_id in ({_USERS}))",
    "sessions": "from sessions where agent_id = :agent_id",
    "messages": """
        from messages
        where session_id in (select id from sessions where agent_id = :agent_id)
    """,
    "suggestions": """
        from suggestions
        where session_id in (select id from sessions where agent_id = :agent_id)
    """,
    "memories": "from memories where agent_id = :agent_id and replay_id is null",
    "retracted": """
        from (
            select messages.seq as seq, retracted_messages.message_id, retracted_messages.retracted_at
            from retracted_messages
            join messages on messages.id = retracted_messages.message_id
            join sessions on sessions.id = messages.session_id
            where sessions.agent_id = :agent_id
        )
        where true
    """,
}

_COLUMNS: Mapping[str, str] = {
    "agents": """
        id, name, about, model, instructions, default_settings, metadata, memory_tier, created_at, updated_at
    """,
    "tools": "id, type, name, description, parameters, created_at, updated_at",
    "users": "id, name, about, metadata, created_at, updated_at",
    "docs": """
        id, agent_id, user_id, title, is_list, metadata, created_at, updated_at,
        (
            select json_group_array(json_array(heading, content) order by position)
            from chunks
            where doc_seq = docs.seq
        ) as chunks
    """,
    "sessions": """
        id, user_id, situation, render_templates, metadata, summary, prompt_summary,
        (select id from messages where seq = summarised_through) as summarised_through,
        (select id from messages where seq = prompt_summary_through) as prompt_summary_through,
        created_at, updated_at
    """,
    "messages": "id, session_id, turn_id, role, name, content, created_at",
    "suggestions": "session_id, message_id, target, content, created_at",
    "memories": """
        id, user_id, speaker, content, said_before, before_id, said_after, after_id, slot, timestamp, said_at,
        last_accessed_at, sentiment, entities, importance, tier, model, prompt_hash, verdicts, state, valid_until,
        superseded_by, created_at,
        (select json_group_array(message_id) from memory_sources where memory_id = memories.id) as sources
    """,
    "retracted": "message_id, retracted_at",
}

_JSON = frozenset({"instructions", "default_settings", "metadata", "parameters", "entities", "verdicts", "sources"})
_JSON_OF = {"docs": _JSON | {"chunks"}, "messages": _JSON | {"content"}}
_FLAGS = frozenset({"is_list", "render_templates"})

KINDS = tuple(_FROM)
"""In the order in which they are written and read: what others refer to comes first."""

_AT_ONCE = {"docs": 8}
"""Rows that are read together, where 200 could be too large."""


def counts(db: Database, agent_id: str) -> dict[str, int]:
    """Return how many rows of each kind belong to the agent."""
    of_agent = {"agent_id": agent_id}
    return {
        kind: db.query(f"select count(*) as n {source}", of_agent)[0]["n"]  # noqa: S608  (constants)
        for kind, source in _FROM.items()
    }


def rows(db: Database, kind: str, agent_id: str) -> Iterator[dict[str, Any]]:
    """Yield the agent's rows of a kind as JSON values, in the order in which they came."""
    json_columns = _JSON_OF.get(kind, _JSON)
    after = -(2**63)
    while True:
        found = db.query(
            f"""
            select seq, {_COLUMNS[kind]}
            {_FROM[kind]} and seq > :after
            order by seq
            limit :limit
            """,  # noqa: S608  (constants)
            {"agent_id": agent_id, "after": after, "limit": _AT_ONCE.get(kind, 200)},
        )
        if not found:
            return
        for row in found:
            after = row["seq"]
            yield {name: _value(name, row[name], json_columns) for name in row.keys() if name != "seq"}  # noqa: SIM118


def taken(db: Database, kind: str, ids: Sequence[str]) -> list[str]:
    """Return which of these ids rows of the kind have already."""
    assert kind in KINDS, kind
    found = db.query(
        f"select id from {kind} where id in (select value from json_each(:ids))",  # noqa: S608  (checked above)
        {"ids": json_text(list(ids), "ids")},
    )
    return [row["id"] for row in found]


def set_tool_times(db: Database, tool: Tool, *, created_at: Timestamp, updated_at: Timestamp) -> None:
    """Store when a tool was made and changed elsewhere."""
    db.execute(
        """
        update tools
        set created_at = :created_at, updated_at = :updated_at
        where id = :id
        """,
        {"id": tool.id, "created_at": time_text(created_at), "updated_at": time_text(updated_at)},
    )


def set_doc_change(db: Database, doc_id: str, updated_at: Timestamp) -> None:
    """Store when a doc was last changed elsewhere."""
    db.execute(
        "update docs set updated_at = :updated_at where id = :id",
        {"id": doc_id, "updated_at": time_text(updated_at)},
    )


def set_summaries(
    db: Database,
    session_id: str,
    *,
    summary: str | None,
    through_id: str | None,
    prompt_summary: str | None,
    prompt_through_id: str | None,
) -> None:
    """Store a session's summaries, and the messages that they reach to."""
    db.execute(
        """
        update sessions
        set
            summary = :summary,
            summarised_through = coalesce((select seq from messages where id = :through_id), 0),
            prompt_summary = :prompt_summary,
            prompt_summary_through = coalesce((select seq from messages where id = :prompt_through_id), 0)
        where id = :id
        """,
        {
            "id": session_id,
            "summary": summary,
            "through_id": through_id,
            "prompt_summary": prompt_summary,
            "prompt_through_id": prompt_through_id,
        },
    )


def add_retracted(db: Database, message_id: str, retracted_at: Timestamp) -> None:
    """Note that a message was taken back."""
    db.execute(
        """
        insert into retracted_messages (message_id, retracted_at)
        values (:message_id, :at)
        on conflict do nothing
        """,
        {"message_id": message_id, "at": time_text(retracted_at)},
    )


def _value(name: str, value: Any, json_columns: frozenset[str]) -> Any:
    if name in _FLAGS:
        return bool(value)
    return json_value(value) if name in json_columns and value is not None else value
