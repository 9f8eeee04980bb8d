"""`client.tools`: functions that agents may ask for."""

import builtins
import uuid
from collections.abc import Mapping
from typing import Any, Optional, Union

from julep_local._mirror import AsyncMirror, in_store_thread
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import valid_id
from julep_local.types import FunctionDef, PartialFunctionDef, ResourceCreatedResponse, ResourceUpdatedResponse, Tool

Id = Union[str, uuid.UUID]


class ToolsManager(BaseManager):
    """Create, read, change and delete the tools of an agent."""

    def create(self, *, agent_id: Id, tool: Any) -> ResourceCreatedResponse:
        """Offer the agent a function: `{"type": "function", "function": {"name": ..., "parameters": ...}}`."""
        return self.api_client.create_agent_tool(valid_id(agent_id, "agent_id"), request=tool)

    def update(
        self,
        *,
        agent_id: Id,
        tool_id: Id,
        function: Union[Mapping[str, Any], FunctionDef, PartialFunctionDef],
        overwrite: bool = False,
    ) -> ResourceUpdatedResponse:
        """Change what is given of the tool's function, or with `overwrite` replace it.

        Raises:
            NotFound: this agent has no such tool.
        """
        write: Any = self.api_client.update_agent_tool if overwrite else self.api_client.patch_agent_tool
        updated: ResourceUpdatedResponse = write(
            valid_id(agent_id, "agent_id"), valid_id(tool_id, "tool_id"), function=function
        )
        return updated

    def delete(self, *, agent_id: Id, tool_id: Id) -> None:
        """Delete one of the agent's tools.

        Raises:
            NotFound: this agent has no such tool.
        """
        self.api_client.delete_agent_tool(valid_id(agent_id, "agent_id"), valid_id(tool_id, "tool_id"))

    def get(self, *, agent_id: Id, limit: Optional[int] = None, offset: Optional[int] = None) -> "builtins.list[Tool]":
        """Return the agent's tools, oldest first. The SDK calls its list method `get`; `list` is the same."""
        return self.api_client.get_agent_tools(valid_id(agent_id, "agent_id"), limit=limit, offset=offset).items or []

    list = get


class AsyncToolsManager(AsyncMirror[ToolsManager]):
    """`ToolsManager` for asyncio."""

    create = in_store_thread(ToolsManager.create)
    update = in_store_thread(ToolsManager.update)
    delete = in_store_thread(ToolsManager.delete)
    get = in_store_thread(ToolsManager.get)
    list = get
