"""`client.agents`: who answers."""

import builtins
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from julep_local import check
from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread, in_waiting_thread
from julep_local.api.agents import DEFAULT_MODEL
from julep_local.check import OMIT
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import dict_or_omit, filter_text, required, valid_id
from julep_local.types import Agent

if TYPE_CHECKING:
    from julep_local.types.exports import AgentExport, AgentImport


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

    def export(
        self,
        agent_id: Union[str, uuid.UUID],
        path: "Union[str, os.PathLike[str]]",
        *,
        on_progress: "Optional[Callable[[int, int], object]]" = None,
    ) -> "AgentExport":
        """Write the agent with all that is its own to one file, as of this moment, and return what was written.

        That is: its tools and docs; its sessions with their history, summaries and suggestions; its memories with
        their sources; the users of these, with their docs. Vectors are made anew where it is imported, replays and jobs
        stay behind: wait for the jobs before, if what they form shall be in it. The file is written whole or not at
        all, and only its owner can read it. It is not encrypted.

        Args:
            agent_id: which agent.
            path: the file; there must be none.
            on_progress: told how many rows are done, and of how many. From an asyncio client on another thread.

        Raises:
            NotFound: there is no such agent.
            Conflict: there is something at the path.
            Cancelled: the caller went away; there is no file.
        """
        from julep_local.managers._exporting import exported

        return exported(self.api_client, check.resource_id(agent_id, "agent_id"), _path(path), on_progress)

    def import_file(
        self,
        path: "Union[str, os.PathLike[str]]",
        *,
        ids: Literal["keep", "new"] = "keep",
        on_progress: "Optional[Callable[[int, int], object]]" = None,
    ) -> "AgentImport":
        """Store the agent of a file that `export` has written, all or nothing, and return what was stored.

        The file may come from anywhere: it is checked in all respects before anything is stored, and nothing of it
        runs. What it says is for the model to read, as every doc and message is.

        Args:
            path: the file.
            ids: `keep` stores everything under its own id; a user who is here already stays as they are, with their
                docs, and is the agent's user. `new` stores a copy in which everything, users too, has a new id.
            on_progress: told how many rows are done, and of how many, in two readings.

        Raises:
            BadExport: it is no export, damaged, or of a newer release.
            Conflict: the agent, or something of it, is here already.
            Cancelled: the caller went away; nothing was stored.
        """
        from julep_local.managers._importing import imported

        return imported(self.api_client, _path(path), ids, on_progress)

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


def _path(given: "Union[str, os.PathLike[str]]") -> Path:
    return Path(os.path.abspath(Path(given).expanduser()))


class AsyncAgentsManager(AsyncMirror[AgentsManager]):
    """`AgentsManager` for asyncio."""

    get = in_store_thread(AgentsManager.get)
    create = in_embedding_thread(AgentsManager.create)
    update = in_store_thread(AgentsManager.update)
    delete = in_store_thread(AgentsManager.delete)
    export = in_waiting_thread(AgentsManager.export)
    import_file = in_waiting_thread(AgentsManager.import_file)
    list = in_store_thread(AgentsManager.list)
