"""`JulepApi`'s methods, made of a client's managers: so the cases for the one can be put to the other.

Works with our `Client` and with the released SDK's, which is why it imports neither.
"""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class NotOffered(Exception):
    """The managers have no way to ask for this."""


class Refused(Exception):
    """A manager refused its arguments by itself, where the low-level client would have had an answer of status 422."""

    status_code = 422


class ThroughManagers:
    """The methods of `JulepApi`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create_agent(self, **given: Any) -> Any:
        return _id_of(_asked(self._client.agents.create, **given), "created_at")

    def get_agent(self, agent_id: Any) -> Any:
        return _asked(self._client.agents.get, agent_id)

    def list_agents(self, **given: Any) -> Any:
        return _items(_asked(self._client.agents.list, **_listing(given)))

    def update_agent(self, agent_id: Any, **given: Any) -> Any:
        return _id_of(_asked(self._client.agents.update, agent_id=agent_id, overwrite=True, **given), "updated_at")

    def patch_agent(self, agent_id: Any, **given: Any) -> Any:
        return _id_of(_asked(self._client.agents.update, agent_id=agent_id, **given), "updated_at")

    def delete_agent(self, agent_id: Any) -> Any:
        return _asked(self._client.agents.delete, agent_id)

    def create_user(self, **given: Any) -> Any:
        # the managers want both said; these are what the service takes where they are not
        return _id_of(_asked(self._client.users.create, **{"name": "User", "about": "", **given}), "created_at")

    def get_user(self, user_id: Any) -> Any:
        return _asked(self._client.users.get, user_id)

    def list_users(self, **given: Any) -> Any:
        return _items(_asked(self._client.users.list, **_listing(given)))

    def update_user(self, user_id: Any, **given: Any) -> Any:
        return _id_of(_asked(self._client.users.update, user_id=user_id, overwrite=True, **given), "updated_at")

    def patch_user(self, user_id: Any, **given: Any) -> Any:
        return _id_of(_asked(self._client.users.update, user_id=user_id, **given), "updated_at")

    def delete_user(self, user_id: Any) -> Any:
        return _asked(self._client.users.delete, user_id)

    def create_session(self, **given: Any) -> Any:
        return _id_of(_asked(self._client.sessions.create, **given), "created_at")

    def get_session(self, session_id: Any) -> Any:
        return _asked(self._client.sessions.get, session_id)

    def list_sessions(self, **given: Any) -> Any:
        return _items(_asked(self._client.sessions.list, **_listing(given)))

    def update_session(self, session_id: Any, **given: Any) -> Any:
        changed = _asked(self._client.sessions.update, session_id=session_id, overwrite=True, **given)
        return _id_of(changed, "updated_at")

    def patch_session(self, session_id: Any, **given: Any) -> Any:
        return _id_of(_asked(self._client.sessions.update, session_id=session_id, **given), "updated_at")

    def delete_session(self, session_id: Any) -> Any:
        return _asked(self._client.sessions.delete, session_id)

    def chat(self, session_id: Any, **given: Any) -> Any:
        # the SDK's managers want a float where one is declared, and 1 is none
        floats = {name: float(value) for name, value in given.items() if name in _FLOATS and type(value) is int}
        return _asked(self._client.sessions.chat, session_id=session_id, **{**given, **floats})

    def get_history(self, session_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.sessions.history, session_id=session_id, **given))

    def delete_session_history(self, session_id: Any) -> Any:
        return _asked(self._client.sessions.delete_history, session_id)

    def get_suggestions(self, session_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.sessions.suggestions, session_id=session_id, **given))

    def create_agent_doc(self, agent_id: Any, request: Any) -> Any:
        return _id_of(_asked(self._client.docs.create, agent_id=agent_id, doc=request), "created_at")

    def create_user_doc(self, user_id: Any, request: Any) -> Any:
        return _id_of(_asked(self._client.docs.create, user_id=user_id, doc=request), "created_at")

    def get_agent_docs(self, agent_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.docs.list, agent_id=agent_id, **_listing(given)))

    def get_user_docs(self, user_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.docs.list, user_id=user_id, **_listing(given)))

    def delete_agent_doc(self, agent_id: Any, doc_id: Any) -> Any:
        return _asked(self._client.docs.delete, agent_id=agent_id, doc_id=doc_id)

    def delete_user_doc(self, user_id: Any, doc_id: Any) -> Any:
        return _asked(self._client.docs.delete, user_id=user_id, doc_id=doc_id)

    def create_agent_tool(self, agent_id: Any, request: Any) -> Any:
        return _id_of(_asked(self._client.tools.create, agent_id=agent_id, tool=request), "created_at")

    def get_agent_tools(self, agent_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.tools.get, agent_id=agent_id, **given))

    def update_agent_tool(self, agent_id: Any, tool_id: Any, function: Any) -> Any:
        given = {"agent_id": agent_id, "tool_id": tool_id, "function": function}
        return _id_of(_asked(self._client.tools.update, overwrite=True, **given), "updated_at")

    def patch_agent_tool(self, agent_id: Any, tool_id: Any, function: Any) -> Any:
        given = {"agent_id": agent_id, "tool_id": tool_id, "function": function}
        return _id_of(_asked(self._client.tools.update, **given), "updated_at")

    def delete_agent_tool(self, agent_id: Any, tool_id: Any) -> Any:
        return _asked(self._client.tools.delete, agent_id=agent_id, tool_id=tool_id)

    def get_agent_memories(self, agent_id: Any, **given: Any) -> Any:
        return _items(_asked(self._client.memories.list, agent_id=agent_id, **given))

    def delete_agent_memory(self, agent_id: Any, memory_id: Any) -> Any:
        delete = getattr(self._client.memories, "delete", None)
        if delete is None:
            raise NotOffered("memories.delete")
        return _asked(delete, agent_id=agent_id, memory_id=memory_id)

    def get_job_status(self, job_id: Any) -> Any:
        # the SDK has no manager of jobs; what needs to wait for one asks the low-level client
        return self._client._api_client.get_job_status(job_id)

    def close(self) -> None:
        close = getattr(self._client, "close", None)
        if close is not None:
            close()


_FLOATS = {
    "temperature",
    "top_p",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "length_penalty",
}


def _asked(method: Callable[..., Any], *args: Any, **given: Any) -> Any:
    try:
        return method(*args, **given)
    except TypeError as error:
        if "unexpected keyword" in str(error):
            raise NotOffered(str(error)) from error
        raise Refused(str(error)) from error
    except (AssertionError, ValueError) as error:  # pydantic's complaints are ValueErrors
        raise Refused(str(error)) from error
    except Exception as error:
        if "beartype" in type(error).__module__:
            raise Refused(str(error)) from error
        raise


def _listing(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a list as managers take them: they know no order, and a filter is a dict."""
    if given.keys() & {"sort_by", "order"} and (given.get("sort_by") or given.get("order")):
        raise NotOffered("sort_by and order")
    listing = {name: value for name, value in given.items() if name not in ("sort_by", "order")}
    if listing.get("metadata_filter") is None:
        listing.pop("metadata_filter", None)
        return listing
    try:
        return {**listing, "metadata_filter": json.loads(listing["metadata_filter"])}
    except (TypeError, ValueError) as error:
        raise NotOffered("a filter that is not JSON") from error


def _id_of(resource: Any, time: str) -> Any:
    """Return what the low-level client answers for a resource that was made or changed."""
    if hasattr(resource, "model_dump"):  # ours: written as all our types are
        dumped = resource.model_dump(mode="json")
        return _Fields({"id": dumped["id"], time: dumped[time], "jobs": dumped.get("jobs")})
    return _Fields({"id": resource.id, time: getattr(resource, time), "jobs": getattr(resource, "jobs", None)})


def _items(listed: Any) -> Any:
    return _Fields({"items": listed})


class _Fields(SimpleNamespace):
    """Values under names, which can be asked for all of them as a type of either pydantic can."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(**values)

    def dict(self, **_: Any) -> dict[str, Any]:
        return dict(vars(self))
