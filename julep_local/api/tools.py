"""The SDK's methods for tools: functions on offer."""

from typing import Any, Optional

from julep_local import check
from julep_local.api._base import ApiBase
from julep_local.api._tools import checked_function, checked_tool
from julep_local.errors import NotFound
from julep_local.store import agents, tools
from julep_local.store.database import Database
from julep_local.types import (
    CreateToolRequest,
    FunctionDef,
    GetAgentToolsResponse,
    PartialFunctionDef,
    ResourceCreatedResponse,
    ResourceUpdatedResponse,
    Tool,
)


class ToolMethods(ApiBase):
    """Tools of agents."""

    def create_agent_tool(self, agent_id: str, *, request: CreateToolRequest) -> ResourceCreatedResponse:
        """Offer the agent a function.

        Raises:
            NotFound: there is no such agent.
            InvalidInput: the request is no tool.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        db = self._runtime.db
        tool = checked_tool(db.stamps, request, "request")
        now = db.stamps.now()
        with db.transaction():
            _require_agent(db, agent_id)
            tools.add(db, agent_id, tool, now)
        return ResourceCreatedResponse(id=tool.id, created_at=now)

    def get_agent_tools(
        self, agent_id: str, *, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> GetAgentToolsResponse:
        """Return the agent's tools, oldest first: the order in which they are offered.

        Raises:
            NotFound: there is no such agent.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        n, skip = check.page(limit, offset)
        db = self._runtime.db
        _require_agent(db, agent_id)
        return GetAgentToolsResponse(items=tools.page(db, agent_id, limit=n, offset=skip))

    def update_agent_tool(self, agent_id: str, tool_id: str, *, function: FunctionDef) -> ResourceUpdatedResponse:
        """Replace the tool's function.

        Raises:
            NotFound: this agent has no such tool.
        """
        return self._change_tool(agent_id, tool_id, lambda _: function)

    def patch_agent_tool(self, agent_id: str, tool_id: str, *, function: PartialFunctionDef) -> ResourceUpdatedResponse:
        """Change what is given of the tool's function, and keep the rest.

        Raises:
            NotFound: this agent has no such tool.
        """
        patch = check.record(PartialFunctionDef, function, "function")
        changes = {name: value for name, value in patch if value is not None}
        return self._change_tool(agent_id, tool_id, lambda tool: {**dict(tool.function), **changes})

    def delete_agent_tool(self, agent_id: str, tool_id: str) -> None:
        """Delete one of the agent's tools.

        Raises:
            NotFound: this agent has no such tool.
        """
        agent_id, tool_id = check.resource_id(agent_id, "agent_id"), check.resource_id(tool_id, "tool_id")
        db = self._runtime.db
        with db.transaction():
            if not tools.delete(db, agent_id, tool_id):
                raise _missing(agent_id, tool_id)

    def _change_tool(self, agent_id: str, tool_id: str, function: Any) -> ResourceUpdatedResponse:
        agent_id, tool_id = check.resource_id(agent_id, "agent_id"), check.resource_id(tool_id, "tool_id")
        db = self._runtime.db
        with db.transaction():
            tool = tools.get(db, agent_id, tool_id)
            if tool is None:
                raise _missing(agent_id, tool_id)
            changed = checked_function(function(tool), "function")
            now = db.stamps.now()
            tools.replace(db, agent_id, Tool(id=tool_id, type=tool.type, function=changed), now)
        return ResourceUpdatedResponse(id=tool_id, updated_at=now)


def _missing(agent_id: str, tool_id: str) -> NotFound:
    return NotFound("tool", tool_id, f"agent {agent_id} has none with this id")


def _require_agent(db: Database, agent_id: str) -> None:
    if agents.get(db, agent_id) is None:
        raise NotFound("agent", agent_id)
