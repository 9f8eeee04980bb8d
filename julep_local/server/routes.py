"""Which method of `JulepApi` answers which request: the SDK's routes, in the order of its methods.

It knows paths, statuses and names. How a request becomes a call is calls.py's, how it is served app.py's.
"""

import functools
import inspect
import re
import typing
from dataclasses import dataclass
from typing import Any

from julep_local._mirror import Lane
from julep_local.api.client import JulepApi

PREFIX = "/api"


@dataclass(frozen=True)
class Operation:
    """A request that a method answers."""

    http_method: str
    path: str
    """Behind the prefix. What stands in braces is a parameter of the method."""
    name: str
    """The method of `JulepApi`."""
    status: int = 200
    lane: Lane | None = "store"
    """On which threads it runs; None for a read so short that handing it to a thread would take longer."""
    is_body: str | None = None
    """The parameter that the body is; where there is none, the body holds the parameters by name."""

    @functools.cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The method's parameters, their annotations resolved."""
        method = getattr(JulepApi, self.name)
        hints = typing.get_type_hints(method)
        parameters = list(inspect.signature(method).parameters.values())[1:]  # without self
        return {each.name: each.replace(annotation=hints[each.name]) for each in parameters}

    @functools.cached_property
    def in_path(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @functools.cached_property
    def in_query(self) -> dict[str, inspect.Parameter]:
        """The parameters in the query: all others of a method that reads."""
        return {} if self.has_body else self._elsewhere

    @functools.cached_property
    def in_body(self) -> dict[str, inspect.Parameter]:
        """The parameters in the body: all others of a method that writes."""
        return self._elsewhere if self.has_body else {}

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The parameters of query or body that must be there."""
        return tuple(name for name, each in self._elsewhere.items() if each.default is inspect.Parameter.empty)

    @property
    def has_body(self) -> bool:
        """Whether a request brings one."""
        return self.http_method in ("POST", "PUT", "PATCH")

    @property
    def deletes(self) -> bool:
        """Whether it is answered with the id of what is gone."""
        return self.http_method == "DELETE"

    @functools.cached_property
    def result(self) -> Any:
        """The type of the result."""
        return typing.get_type_hints(getattr(JulepApi, self.name))["return"]

    @property
    def _elsewhere(self) -> dict[str, inspect.Parameter]:
        return {name: each for name, each in self.parameters.items() if name not in self.in_path}


OPERATIONS = (
    Operation("POST", "/agents", "create_agent", 201, "embed"),
    Operation("GET", "/agents/{agent_id}", "get_agent", lane=None),
    Operation("GET", "/agents", "list_agents"),
    Operation("PUT", "/agents/{agent_id}", "update_agent"),
    Operation("PATCH", "/agents/{agent_id}", "patch_agent"),
    Operation("DELETE", "/agents/{agent_id}", "delete_agent", 202),
    Operation("POST", "/users", "create_user", 201, "embed"),
    Operation("GET", "/users/{user_id}", "get_user", lane=None),
    Operation("GET", "/users", "list_users"),
    Operation("PUT", "/users/{user_id}", "update_user"),
    Operation("PATCH", "/users/{user_id}", "patch_user"),
    Operation("DELETE", "/users/{user_id}", "delete_user", 202),
    Operation("POST", "/sessions", "create_session", 201),
    Operation("GET", "/sessions/{session_id}", "get_session", lane=None),
    Operation("GET", "/sessions", "list_sessions"),
    Operation("PUT", "/sessions/{session_id}", "update_session"),
    Operation("PATCH", "/sessions/{session_id}", "patch_session"),
    Operation("DELETE", "/sessions/{session_id}", "delete_session", 202),
    Operation("POST", "/sessions/{session_id}/chat", "chat", lane="model"),
    Operation("GET", "/sessions/{session_id}/history", "get_history"),
    Operation("DELETE", "/sessions/{session_id}/history", "delete_session_history", 202),
    Operation("GET", "/sessions/{session_id}/suggestions", "get_suggestions"),
    Operation("POST", "/agents/{agent_id}/docs", "create_agent_doc", 201, "embed", is_body="request"),
    Operation("POST", "/users/{user_id}/docs", "create_user_doc", 201, "embed", is_body="request"),
    Operation("GET", "/agents/{agent_id}/docs", "get_agent_docs"),
    Operation("GET", "/users/{user_id}/docs", "get_user_docs"),
    Operation("DELETE", "/agents/{agent_id}/docs/{doc_id}", "delete_agent_doc", 202),
    Operation("DELETE", "/users/{user_id}/docs/{doc_id}", "delete_user_doc", 202),
    Operation("POST", "/agents/{agent_id}/tools", "create_agent_tool", 201, is_body="request"),
    Operation("GET", "/agents/{agent_id}/tools", "get_agent_tools"),
    Operation("PUT", "/agents/{agent_id}/tools/{tool_id}", "update_agent_tool"),
    Operation("PATCH", "/agents/{agent_id}/tools/{tool_id}", "patch_agent_tool"),
    Operation("DELETE", "/agents/{agent_id}/tools/{tool_id}", "delete_agent_tool", 202),
    Operation("GET", "/agents/{agent_id}/memories", "get_agent_memories", lane="embed"),
    Operation("DELETE", "/agents/{agent_id}/memories/{memory_id}", "delete_agent_memory", 202),
    Operation("GET", "/jobs/{job_id}", "get_job_status", lane=None),
)
