"""Tools in the file: functions on offer in an agent's sessions."""

from datetime import datetime

from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import FunctionDef, Tool


def add(db: Database, agent_id: str, tool: Tool, now: datetime) -> None:
    """Store a new tool of the agent."""
    db.execute(
        """
        insert into tools (id, agent_id, type, name, description, parameters, created_at, updated_at, row_hash)
        values (:id, :agent_id, :type, :name, :description, :parameters, :now, :now, :row_hash)
        """,
        _params(agent_id, tool, now),
    )


def get(db: Database, agent_id: str, tool_id: str) -> Tool | None:
    """Return the agent's tool, None if it has no such."""
    row = db.one(
        """
        select id, type, name, description, parameters
        from tools
        where id = :id and agent_id = :agent_id
        """,
        {"id": tool_id, "agent_id": agent_id},
    )
    return None if row is None else _tool(row)


def page(db: Database, agent_id: str, limit: int | None = None, offset: int = 0) -> list[Tool]:
    """Return some of the agent's tools, in the order they were added; without a limit all."""
    rows = db.query(
        """
        select id, type, name, description, parameters
        from tools
        where agent_id = :agent_id
        order by seq
        limit :limit offset :offset
        """,
        {"agent_id": agent_id, "limit": -1 if limit is None else limit, "offset": offset},
    )
    return [_tool(row) for row in rows]


def replace(db: Database, agent_id: str, tool: Tool, now: datetime) -> bool:
    """Store the tool over the agent's one with its id. Return whether there was one."""
    n_rows = db.execute(
        """
        update tools
        set
            type = :type,
            name = :name,
            description = :description,
            parameters = :parameters,
            updated_at = :now,
            row_hash = :row_hash
        where id = :id and agent_id = :agent_id
        """,
        _params(agent_id, tool, now),
    )
    return n_rows > 0


def delete(db: Database, agent_id: str, tool_id: str) -> bool:
    """Delete the agent's tool. Return whether there was one."""
    n_rows = db.execute(
        """
        delete from tools
        where id = :id and agent_id = :agent_id
        """,
        {"id": tool_id, "agent_id": agent_id},
    )
    return n_rows > 0


def _params(agent_id: str, tool: Tool, now: datetime) -> Params:
    values = {
        "id": tool.id,
        "agent_id": agent_id,
        "type": tool.type,
        "name": tool.function.name,
        "description": tool.function.description,
        "parameters": json_text(tool.function.parameters, "parameters"),
        "now": time_text(now),
    }
    return with_hash("tools", values)


@read_from_row
def _tool(row: Row) -> Tool:
    tool_id, kind, name, description, parameters = row
    return Tool(
        id=tool_id,
        type=kind,
        function=FunctionDef(name=name, description=description, parameters=json_value(parameters)),
    )
