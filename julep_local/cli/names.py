"""Which resource is meant: a name, an id, or the beginning of an id.

Where several can be meant the error lists them; where none is, it lists what there is.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from julep_local.cli.command import NOT_FOUND, Failed, Usage
from julep_local.cli.output import one_line
from julep_local.errors import NotFound

if TYPE_CHECKING:
    from julep_local.client import Client
    from julep_local.types import Agent, Doc, JobStatus, Memory, Session, Tool, User
    from julep_local.types.models import ModelInfo


class Identified(Protocol):
    """A resource."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


T = TypeVar("T")
R = TypeVar("R", bound=Identified)

PAGE = 500
LEAST_ID_CHARS = 4
MOST_SHOWN = 8


def every(page: Callable[..., Sequence[T]], **given: Any) -> Iterator[T]:
    """Yield all of a list, page by page."""
    offset = 0
    while items := page(limit=PAGE, offset=offset, **given):
        yield from items
        if len(items) < PAGE:
            return
        offset += len(items)


def models_known() -> "list[ModelInfo]":
    """Return all models without opening a client, which a wrong model in the environment would forbid."""
    from julep_local.managers._model_facts import infos

    return infos(())


def agent_named(client: "Client", given: str) -> "Agent":
    """Return the agent of this name or id."""
    if _is_id(given):
        return client.agents.get(given)
    return _chosen("agent", given, every(client.agents.list), lambda agent: agent.name)


def user_named(client: "Client", given: str) -> "User":
    """Return the user of this name or id."""
    if _is_id(given):
        return client.users.get(given)
    return _chosen("user", given, every(client.users.list), lambda user: user.name or "")


def session_named(client: "Client", given: str) -> "Session":
    """Return the session of this id; `last` is the one that was begun last."""
    if _is_id(given):
        return client.sessions.get(given)
    if given == "last":
        for session in client.sessions.list(limit=1):
            return session
        raise NotFound("session", given, "there is none yet")
    return _chosen("session", given, every(client.sessions.list), lambda session: one_line(session.situation, 40))


def tool_named(client: "Client", agent_id: str, given: str) -> "Tool":
    """Return the agent's tool of this name or id."""
    return _chosen("tool", given, every(client.tools.list, agent_id=agent_id), lambda tool: tool.function.name)


def doc_named(client: "Client", given: str, owner: "dict[str, str]") -> "Doc":
    """Return the doc of this title or id; without an owner, of any."""
    if _is_id(given):
        return client.docs.get(given)
    found = _docs_of_all(client) if not owner else every(client.docs.list, **owner)
    return _chosen("doc", given, found, lambda doc: doc.title)


def memory_with_id(client: "Client", given: str) -> "Memory":
    """Return the memory of this id."""
    if _is_id(given):
        return client.memories.get(given)
    all_of_them = (
        memory
        for agent in every(client.agents.list)
        for memory in every(client.memories.list, agent_id=agent.id, state=None)
    )
    return _chosen("memory", given, all_of_them, lambda memory: one_line(memory.content, 60))


def job_with_id(client: "Client", given: str) -> "JobStatus":
    """Return the job of this id."""
    if _is_id(given):
        return client.jobs.get(given)
    return _chosen("job", given, every(client.jobs.list), lambda job: job.name)


def owner_of(client: "Client", agent: str | None, user: str | None, *, default: bool = True) -> "dict[str, str]":
    """Return the one owner of docs that is named; if none is and there is one agent only, that one."""
    if agent and user:
        raise Usage("give --agent or --user, not both")
    if user:
        return {"user_id": user_named(client, user).id}
    if agent or default:
        return {"agent_id": agent_or_only(client, agent).id}
    return {}


def agent_or_only(client: "Client", given: str | None) -> "Agent":
    """Return the agent that is named, or the only one there is."""
    if given:
        return agent_named(client, given)
    some = client.agents.list(limit=2)
    if not some:
        raise Failed("there is no agent yet: julep-local agents add NAME", NOT_FOUND)
    if len(some) > 1:
        names = _listed([(agent.id, agent.name) for agent in every(client.agents.list)])
        raise Usage(f"which agent? Give --agent NAME. There are:\n{names}")
    return some[0]


def _docs_of_all(client: "Client") -> "Iterator[Doc]":
    for agent in every(client.agents.list):
        yield from every(client.docs.list, agent_id=agent.id)
    for user in every(client.users.list):
        yield from every(client.docs.list, user_id=user.id)


def _is_id(given: str) -> bool:
    try:
        return str(uuid.UUID(given)) == given.lower()
    except ValueError:
        return False


def _chosen(kind: str, given: str, candidates: "Iterator[R]", name_of: Callable[[R], str]) -> R:
    """Return the one that is meant: by its name as written, in other capitals, or the beginning of its id."""
    known = list(candidates)
    wanted = given.strip()
    ways: list[Callable[[R], bool]] = [
        lambda each: name_of(each) == wanted,
        lambda each: name_of(each).casefold() == wanted.casefold(),
    ]
    if len(wanted) >= LEAST_ID_CHARS:
        ways.append(lambda each: each.id.startswith(wanted.lower()))
    for is_meant in ways:
        meant = [each for each in known if is_meant(each)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            several = _listed([(each.id, name_of(each)) for each in meant])
            raise Usage(f"{len(meant)} {_plural(kind)} are called {given!r}. Give more of the id:\n{several}")
    if not known:
        raise NotFound(kind, repr(given), f"there are no {_plural(kind)} yet")
    there_are = _listed([(each.id, name_of(each)) for each in known])
    raise NotFound(kind, repr(given), f"there are:\n{there_are}")


def _listed(named: "Sequence[tuple[str, str]]") -> str:
    lines = [f"  {id[:13]}  {one_line(name, 60)}" for id, name in named[:MOST_SHOWN]]
    if len(named) > MOST_SHOWN:
        lines.append(f"  and {len(named) - MOST_SHOWN} more")
    return "\n".join(lines)


def _plural(kind: str) -> str:
    return "memories" if kind == "memory" else f"{kind}s"
