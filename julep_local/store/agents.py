"""Agents in the file."""

from collections.abc import Mapping
from typing import Any

from julep_local.store import listing
from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import Agent

_BY_ID = """
    select id, name, about, model, instructions, default_settings, metadata, created_at, updated_at
    from agents
    where id = :id
"""

_ALL = """
    select id, name, about, model, instructions, default_settings, metadata, created_at, updated_at
    from agents
    where true
"""


def add(db: Database, agent: Agent) -> None:
    """Store a new agent."""
    db.execute(
        """
        insert into agents (
            id, name, about, model, instructions, default_settings, metadata, created_at, updated_at, row_hash
        )
        values (
            :id, :name, :about, :model, :instructions, :default_settings, :metadata, :created_at, :updated_at,
            :row_hash
        )
        """,
        _params(agent),
    )


def get(db: Database, agent_id: str) -> Agent | None:
    """Return the agent, None if there is none."""
    row = db.one(_BY_ID, {"id": agent_id})
    return None if row is None else _agent(row)


def exists(db: Database, agent_id: str) -> bool:
    """Return whether there is the agent."""
    return db.one("select 1 from agents where id = :id", {"id": agent_id}) is not None


def page(
    db: Database,
    *,
    limit: int,
    offset: int,
    metadata_filter: Mapping[str, Any] | None = None,
    sort_by: str = "created_at",
    order: str = "desc",
) -> list[Agent]:
    """Return some of the agents. `listing.page` says what the arguments mean."""
    rows = listing.page(
        db, _ALL, {}, limit=limit, offset=offset, metadata_filter=metadata_filter, sort_by=sort_by, order=order
    )
    return [_agent(row) for row in rows]


def replace(db: Database, agent: Agent) -> bool:
    """Store the agent over the one with its id, but for `created_at`. Return whether there was one."""
    n_rows = db.execute(
        """
        update agents
        set
            name = :name,
            about = :about,
            model = :model,
            instructions = :instructions,
            default_settings = :default_settings,
            metadata = :metadata,
            updated_at = :updated_at,
            row_hash = :row_hash
        where id = :id
        """,
        _params(agent),
    )
    return n_rows > 0


def delete(db: Database, agent_id: str) -> bool:
    """Delete the agent and all that is its own: docs, tools, sessions, memories. Return whether there was one."""
    return db.execute("delete from agents where id = :id", {"id": agent_id}) > 0


def memory_tier(db: Database, agent_id: str) -> str | None:
    """Return what forms the agent's memories, or `off`; None if it is as the client says."""
    row = db.one("select memory_tier from agents where id = :id", {"id": agent_id})
    return None if row is None else row["memory_tier"]


def set_memory_tier(db: Database, agent_id: str, tier: str | None) -> bool:
    """Say what forms the agent's memories. Return whether there is such an agent."""
    return db.execute("update agents set memory_tier = :tier where id = :id", {"id": agent_id, "tier": tier}) > 0


def _params(agent: Agent) -> Params:
    instructions = [agent.instructions] if isinstance(agent.instructions, str) else agent.instructions
    settings = agent.default_settings
    values = {
        "id": agent.id,
        "name": agent.name,
        "about": agent.about,
        "model": agent.model,
        "instructions": json_text(instructions or [], "instructions"),
        "default_settings": None if settings is None else json_text(settings, "default_settings"),
        "metadata": json_text(agent.metadata or {}, "metadata"),
        "created_at": time_text(agent.created_at),
        "updated_at": time_text(agent.updated_at),
    }
    return with_hash("agents", values)


@read_from_row
def _agent(row: Row) -> Agent:
    agent_id, name, about, model, instructions, settings, metadata, created_at, updated_at = row
    return Agent(
        id=agent_id,
        name=name,
        about=about,
        model=model,
        instructions=json_value(instructions),
        default_settings=None if settings is None else json_value(settings),
        metadata=json_value(metadata),
        created_at=created_at,
        updated_at=updated_at,
    )
