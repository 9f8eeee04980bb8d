"""The SDK's methods for agents."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Optional

from julep_local import chat_settings, check
from julep_local.api._base import ApiBase
from julep_local.api._docs import prepare_docs, start_embedding, write_docs
from julep_local.api._merge import merge_patch, now_after
from julep_local.api._tools import checked_tool
from julep_local.check import OMIT, given
from julep_local.errors import BadRequest, NotFound
from julep_local.settings import Settings
from julep_local.store import agents, jobs, sessions, tools
from julep_local.store.database import Database
from julep_local.types import (
    Agent,
    AgentDefaultSettings,
    AgentMetadata,
    CreateAgentRequestInstructions,
    CreateAgentRequestMetadata,
    CreateDoc,
    CreateToolRequest,
    ListAgentsRequestOrder,
    ListAgentsRequestSortBy,
    ListAgentsResponse,
    PatchAgentRequestInstructions,
    PatchAgentRequestMetadata,
    ResourceCreatedResponse,
    ResourceUpdatedResponse,
    Tool,
    UpdateAgentRequestInstructions,
    UpdateAgentRequestMetadata,
)

DEFAULT_MODEL = "julep-ai/samantha-1-turbo"
"""What the service called its default model; here it means "the model of this client"."""


class AgentMethods(ApiBase):
    """Agents: who answers."""

    def create_agent(
        self,
        *,
        name: str,
        about: Optional[str] = OMIT,
        tools: Optional[list[CreateToolRequest]] = OMIT,
        default_settings: Optional[AgentDefaultSettings] = OMIT,
        model: Optional[str] = OMIT,
        docs: Optional[list[CreateDoc]] = OMIT,
        metadata: Optional[CreateAgentRequestMetadata] = OMIT,
        instructions: Optional[CreateAgentRequestInstructions] = OMIT,
    ) -> ResourceCreatedResponse:
        """Create an agent with its tools and docs, all or nothing; the docs can be recalled when the call returns.

        Raises:
            InvalidInput: a value is not acceptable.
            ModelError: there are docs, and no embedding model to embed them with.
        """
        runtime = self._runtime
        stamps = runtime.db.stamps
        now = stamps.now()
        agent = Agent(
            id=stamps.new_id(),
            created_at=now,
            updated_at=now,
            name=check.text(name, "name"),
            about=_about(about),
            model=checked_model(self._settings, model),
            default_settings=_settings(default_settings),
            metadata=AgentMetadata.model_validate(check.metadata(metadata)),
            instructions=_instructions(instructions),
        )
        listed_tools = check.listed(check.or_default(tools, []), "tools")
        new_tools = [checked_tool(stamps, tool, f"tools[{i}]") for i, tool in enumerate(listed_tools)]
        new_docs = prepare_docs(
            stamps, check.or_default(docs, []), embedder=runtime.embedder_label(), agent_id=agent.id
        )
        job_ids: list[str] = []
        with runtime.db.transaction():
            agents.add(runtime.db, agent)
            _add_tools(runtime.db, agent.id, new_tools, now)
            job_ids = write_docs(runtime, new_docs)
        if new_docs:
            start_embedding(runtime)
        return ResourceCreatedResponse(id=agent.id, created_at=now, jobs=job_ids)

    def get_agent(self, agent_id: str) -> Agent:
        """Return the agent, its settings as a chat without settings of its own uses them.

        Raises:
            NotFound: there is no such agent.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        return _shown(_found(self._runtime.db, agent_id))

    def list_agents(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Optional[str] = None,
        sort_by: Optional[ListAgentsRequestSortBy] = None,
        order: Optional[ListAgentsRequestOrder] = None,
    ) -> ListAgentsResponse:
        """Return agents, newest first.

        Args:
            limit: at most so many; 100 if not given.
            offset: skip so many first.
            metadata_filter: JSON text of an object; each of its keys must have an equal value in the metadata.
            sort_by: `created_at` or `updated_at`.
            order: `desc` or `asc`.

        Raises:
            BadRequest: the filter is no JSON object.
        """
        wanted = check.listing(limit, offset, metadata_filter, sort_by, order)
        page = agents.page(self._runtime.db, **wanted)
        return ListAgentsResponse(items=[_shown(agent) for agent in page])

    def update_agent(
        self,
        agent_id: str,
        *,
        about: str,
        name: str,
        model: Optional[str] = OMIT,
        default_settings: Optional[AgentDefaultSettings] = OMIT,
        metadata: Optional[UpdateAgentRequestMetadata] = OMIT,
        instructions: Optional[UpdateAgentRequestInstructions] = OMIT,
    ) -> ResourceUpdatedResponse:
        """Replace the agent: what is not given goes back to its default.

        Raises:
            NotFound: there is no such agent.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        changes = {
            "name": check.text(name, "name"),
            "about": check.text(about, "about"),
            "model": checked_model(self._settings, model),
            "default_settings": _settings(default_settings),
            "metadata": check.metadata(metadata),
            "instructions": _instructions(instructions),
        }
        return self._change_agent(agent_id, lambda _: changes)

    def patch_agent(
        self,
        agent_id: str,
        *,
        about: Optional[str] = OMIT,
        name: Optional[str] = OMIT,
        model: Optional[str] = OMIT,
        default_settings: Optional[AgentDefaultSettings] = OMIT,
        metadata: Optional[PatchAgentRequestMetadata] = OMIT,
        instructions: Optional[PatchAgentRequestInstructions] = OMIT,
    ) -> ResourceUpdatedResponse:
        """Change what is given and keep the rest; metadata merge by RFC 7396, settings one by one.

        Raises:
            NotFound: there is no such agent.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        changes: dict[str, Any] = {}
        if given(name):
            changes["name"] = check.text(name, "name")
        if given(about):
            changes["about"] = check.text(about, "about")
        if given(model):
            changes["model"] = checked_model(self._settings, model)
        if given(instructions):
            changes["instructions"] = _instructions(instructions)
        new_settings = chat_settings.agent_settings(default_settings)
        removed = chat_settings.removed_settings(default_settings)
        new_metadata = check.metadata(metadata)

        def merged(agent: Agent) -> Mapping[str, Any]:
            settings = {k: v for k, v in _own_settings(agent).items() if k not in removed} | new_settings
            return {
                **changes,
                "default_settings": AgentDefaultSettings(**settings),
                "metadata": merge_patch(agent.metadata, new_metadata),
            }

        return self._change_agent(agent_id, merged)

    def delete_agent(self, agent_id: str) -> None:
        """Delete the agent with its docs, tools, memories, sessions and their history.

        Raises:
            NotFound: there is no such agent.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        db = self._runtime.db
        with db.transaction():
            session_ids = sessions.ids(db, agent_id=agent_id)
            if not agents.delete(db, agent_id):
                raise NotFound("agent", agent_id)
            jobs.abort_orphans(db, now=db.stamps.now())
        self._runtime.forget(session_ids)

    def _change_agent(self, agent_id: str, changes: Callable[[Agent], Mapping[str, Any]]) -> ResourceUpdatedResponse:
        db = self._runtime.db
        with db.transaction():
            agent = _found(db, agent_id)
            now = now_after(db.stamps, agent.created_at)
            changed = Agent.model_validate({**dict(agent), **changes(agent), "updated_at": now})
            agents.replace(db, changed)
        return ResourceUpdatedResponse(id=agent_id, updated_at=now)


def checked_model(settings: Settings, model: Any) -> str:
    """Return the name of the model that is wanted, which need not be one that is installed.

    Raises:
        BadRequest: the client was opened with `strict_models`, and the catalog does not know the name.
    """
    if not given(model):
        return DEFAULT_MODEL
    name = check.text(model, "model")
    if not settings.strict_models or name == DEFAULT_MODEL:  # the default means "the model of this client"
        return name
    from julep_local.llm import catalog

    if not catalog.knows(name):
        known = ", ".join(catalog.chat_names())
        raise BadRequest(
            f"the model {name!r} is not in the catalog ({known}): name one of these, or open the client without "
            "strict_models to have its own model answer"
        )
    return name


def _found(db: Database, agent_id: str) -> Agent:
    agent = agents.get(db, agent_id)
    if agent is None:
        raise NotFound("agent", agent_id)
    return agent


def _shown(agent: Agent) -> Agent:
    settings: Any = agent.default_settings  # hashable, as a frozen model is, which a type checker does not know
    vars(agent)["default_settings"] = chat_settings.shown(settings)  # a third of the time of a copy; it is our own
    return agent


def _own_settings(agent: Agent) -> chat_settings.Settings:
    return chat_settings.own(agent.default_settings)


def _settings(value: Any) -> AgentDefaultSettings:
    return AgentDefaultSettings(**chat_settings.agent_settings(value))


def _about(value: Any) -> str:
    return check.text(check.or_default(value, ""), "about")


def _instructions(value: Any) -> list[str]:
    """Return instructions as the list they are kept as, in the given order, duplicates kept."""
    listed = check.or_default(value, [])
    if isinstance(listed, str):
        listed = [listed]
    return [check.text(each, f"instructions[{i}]") for i, each in enumerate(check.listed(listed, "instructions"))]


def _add_tools(db: Database, agent_id: str, new: list[Tool], now: datetime) -> None:
    for tool in new:
        tools.add(db, agent_id, tool, now)
