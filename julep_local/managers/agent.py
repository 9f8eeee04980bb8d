"""`client.agents`: who answers."""

import builtins
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread
from julep_local.api.agents import DEFAULT_MODEL
from julep_local.check import OMIT
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import dict_or_omit, filter_text, required, valid_id
from julep_local.types import Agent


class AgentsManager(BaseManager):
    """Create, read, change and delete agents."""

    def get(self, id: Union[str, uuid.UUID]) -> Agent:
        """Return the agent.

        Raises:
            NotFound: there is no such agent.
        """
        return self.api_client.get_agent(valid_id(id))

    def create(
        self,
        *,
        name: str,
        about: str = "",
        instructions: Union[str, Sequence[str]] = (),
        tools: Sequence[Any] = (),
        functions: Sequence[Any] = (),
        default_settings: Any = OMIT,
        model: str = DEFAULT_MODEL,
        docs: Sequence[Any] = (),
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> Agent:
        """Create an agent and return it, complete, with the ids of the jobs that embedded its docs in `jobs`.

        Args:
            name: what it is called.
            about: who it is.
            instructions: what it must always do, in order.
            tools: functions on offer, as `{"type": "function", "function": {...}}`.
            functions: the same without the wrapping; give one of the two.
            default_settings: its chat settings; a chat's own win over them.
            model: a catalog name; any other means this client's model.
            docs: texts it can be asked about, as `{"title": ..., "content": ...}`.
            metadata: any JSON object.
        """
        if tools and functions:
            raise AssertionError("give tools or functions, not both")
        wrapped = [{"type": "function", "function": function} for function in functions]
        created = self.api_client.create_agent(
            name=name,
            about=about,
            instructions=instructions,  # type: ignore[arg-type]  # any list or tuple is accepted
            tools=builtins.list(tools) or wrapped,  # type: ignore[arg-type]  # dicts are accepted for models
            default_settings=OMIT if default_settings is OMIT else dict_or_omit(default_settings, "default_settings"),
            model=model,
            docs=builtins.list(docs),
            metadata=metadata,  # type: ignore[arg-type]
        )
        return self.get(created.id).model_copy(update={"jobs": created.jobs})

    def update(
        self,
        *,
        agent_id: Union[str, uuid.UUID],
        about: str = OMIT,
        instructions: Union[str, Sequence[str]] = OMIT,
        name: str = OMIT,
        model: str = OMIT,
        default_settings: Any = OMIT,
        metadata: Mapping[str, Any] = OMIT,
        overwrite: bool = False,
    ) -> Agent:
        """Change what is given, or with `overwrite` replace the whole agent, and return it, complete.

        Raises:
            TypeError: `overwrite` without about or name.
            NotFound: there is no such agent.
        """
        agent_id = valid_id(agent_id, "agent_id")
        required(overwrite, about=about, name=name)
        if default_settings is not OMIT:
            dict_or_omit(default_settings, "default_settings")
        write = self.api_client.update_agent if overwrite else self.api_client.patch_agent
        write(
            agent_id,
            about=about,
            name=name,
            instructions=instructions,  # type: ignore[arg-type]  # any sequence is accepted
            model=model,
            default_settings=default_settings,
            metadata=metadata,  # type: ignore[arg-type]
        )
        return self.get(agent_id)

    def delete(self, agent_id: Union[str, uuid.UUID]) -> None:
        """Delete the agent with all that is its own.

        Raises:
            NotFound: there is no such agent.
        """
        self.api_client.delete_agent(valid_id(agent_id, "agent_id"))

    def list(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Mapping[str, Any] = {},  # noqa: B006  (never changed; the SDK's default)
    ) -> "builtins.list[Agent]":
        """Return agents, newest first, those whose metadata have equal values for all keys of the filter."""
        filter_ = filter_text(metadata_filter)
        return self.api_client.list_agents(limit=limit, offset=offset, metadata_filter=filter_).items


class AsyncAgentsManager(AsyncMirror[AgentsManager]):
    """`AgentsManager` for asyncio."""

    get = in_store_thread(AgentsManager.get)
    create = in_embedding_thread(AgentsManager.create)
    update = in_store_thread(AgentsManager.update)
    delete = in_store_thread(AgentsManager.delete)
    list = in_store_thread(AgentsManager.list)
