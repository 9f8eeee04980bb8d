"""`julep-local memories`: what agents know of users from past turns."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from julep_local.cli.command import Cli, Usage, command, new_group
from julep_local.cli.completing import user_names
from julep_local.cli.names import agent_named, agent_or_only, memory_with_id, user_named
from julep_local.cli.options import Limit, OfAgent, Offset, OfUser, Yes, ask_before
from julep_local.cli.output import one_line, plain
from julep_local.cli.values import given_only

if TYPE_CHECKING:
    from julep_local.types import Memory

app = new_group("What agents know of users.")

Memory_ = Annotated[str, typer.Argument(help="Id, or the beginning of it.", metavar="MEMORY")]
When = Annotated[
    Optional[datetime], typer.Option("--when", help="When it happened.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
]
Importance = Annotated[Optional[float], typer.Option("--importance", help="0, small talk, to 1.", min=0, max=1)]


@command(app, "list")
def list_memories(
    cli: Cli,
    agent: OfAgent = None,
    user: OfUser = None,
    state: Annotated[
        str, typer.Option("--state", help="current, superseded, retracted, or all.", metavar="STATE")
    ] = "current",
    limit: Limit = 100,
    offset: Offset = 0,
) -> None:
    """List an agent's memories, the newest first."""
    if state not in ("current", "superseded", "retracted", "all"):
        raise Usage(f"--state {state}: give current, superseded, retracted or all")
    wanted: Any = None if state == "all" else state
    owner = _of(cli, agent, user)
    memories = cli.client.memories.list(**owner, state=wanted, limit=limit, offset=offset)
    rows = (
        [cli.out.id(each.id), cli.out.time(each.timestamp or each.created_at), each.state, each.content]
        for each in memories
    )
    cli.out.records(memories, ["id", "when", "state", "memory"], rows, if_none="no memories")


@command(app)
def show(cli: Cli, memory: Memory_) -> None:
    """Show why an agent remembers something: who said so, and what formed it."""
    why = cli.client.memories.explain(memory_with_id(cli.client, memory).id)
    found = why.memory
    sources = [f"{cli.out.time(each.created_at)} {one_line(each.content) or 'deleted'}".strip() for each in why.sources]
    cli.out.fields(
        why,
        {
            "memory": found.content,
            "id": found.id,
            "state": found.state,
            "true since then": why.superseded_by.content if why.superseded_by else None,
            "took the place of": "; ".join(each.content for each in why.supersedes),
            "when": cli.out.time(found.timestamp),
            "importance": found.importance,
            "formed by": found.tier if found.model is None else f"{found.tier}, {found.model}",
            "said in": "; ".join(sources),
            "gates": "; ".join(f"{v.gate} {'passed' if v.passed else 'stopped'}: {v.reason}" for v in why.verdicts),
        },
    )


@command(app)
def add(
    cli: Cli,
    content: Annotated[str, typer.Argument(help="The statement.")],
    user: Annotated[
        str, typer.Option("--user", "-u", help="Of whom, by name or id.", metavar="USER", autocompletion=user_names)
    ],
    agent: OfAgent = None,
    speaker: Annotated[Optional[str], typer.Option("--speaker", help="Who said so.")] = None,
    when: When = None,
    importance: Importance = None,
) -> None:
    """Let an agent know something of a user."""
    given = given_only(speaker=speaker, timestamp=when, importance=importance)
    with cli.out.busy("embedding"):
        added = cli.client.memories.add(**_of(cli, agent, user), content=content, **given)
    _show(cli, added)


@command(app)
def edit(
    cli: Cli,
    memory: Memory_,
    content: Annotated[Optional[str], typer.Option("--content", help="The whole statement.")] = None,
    when: When = None,
    importance: Importance = None,
) -> None:
    """Correct a memory. From then on it counts as given by a person."""
    found = memory_with_id(cli.client, memory)
    changes = given_only(content=content, timestamp=when, importance=importance)
    _show(cli, cli.client.memories.edit(found.id, **changes) if changes else found)


@command(app)
def delete(cli: Cli, memory: Memory_, yes: Yes = False) -> None:
    """Delete one memory. What it had taken the place of is true again."""
    found = memory_with_id(cli.client, memory)
    ask_before(cli, f"Delete {one_line(found.content, 60)!r}", yes=yes)
    cli.client.memories.delete(agent_id=found.agent_id, memory_id=found.id)
    cli.out.done(f"deleted {one_line(found.content, 60)!r}", {"deleted": [found.id]})


@command(app)
def search(
    cli: Cli,
    query: Annotated[str, typer.Argument(help="A question, or words.")],
    agent: OfAgent = None,
    user: OfUser = None,
    limit: Limit = 5,
) -> None:
    """Find memories, best first, with what their score is made of."""
    with cli.out.busy("searching"):
        hits = cli.client.memories.search(query, **_of(cli, agent, user), limit=limit)
    if cli.out.as_json:
        cli.out.json(hits)
        return
    if not hits:
        cli.out.note("nothing found")
    for n, hit in enumerate(hits, 1):
        print(cli.out.styled(f"{n}. {one_line(plain(hit.memory.content))}", "1") + f"  ({cli.out.id(hit.memory.id)})")
        parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items() if value)
        words = f"; words: {', '.join(hit.matched_words)}" if hit.matched_words else ""
        relevant = "a chat is shown it" if hit.is_relevant else "too far off for a chat"
        cli.out.text(f"score {hit.score:.2f}: {parts}{words}; {relevant}", indent=3)


@command(app)
def forget(
    cli: Cli,
    user: Annotated[
        str, typer.Argument(help="Whom to forget, by name or id.", metavar="USER", autocompletion=user_names)
    ],
    agent: OfAgent = None,
    yes: Yes = False,
) -> None:
    """Delete all memories of a user, and prove it. Exit code 1: something of them is left."""
    found = user_named(cli.client, user)
    by = agent_named(cli.client, agent) if agent else None
    ask_before(cli, f"Delete all that {by.name if by else 'every agent'} remembers of {found.name}", yes=yes)
    with cli.out.busy("forgetting"):
        receipt = cli.client.memories.forget(user_id=found.id, agent_id=by.id if by else None)
    left = receipt.n_rows_left + (receipt.n_ids_left or 0)
    cli.out.fields(
        receipt,
        {
            "memories deleted": str(receipt.n_memories),
            "vectors deleted": str(receipt.n_vectors),
            "jobs ended": str(receipt.n_jobs),
            "found afterwards": f"{receipt.n_rows_left} rows, {receipt.n_ids_left or 0} ids in the bytes of the file",
        },
    )
    if left:
        raise typer.Exit(1)


@command(app)
def tier(
    cli: Cli,
    tier: Annotated[str, typer.Argument(help="off, rules, small, capable, or auto.", metavar="TIER")],
    agent: OfAgent = None,
) -> None:
    """Say what forms an agent's memories."""
    found = agent_or_only(cli.client, agent)
    cli.client.memories.configure(agent_id=found.id, tier=tier)
    cli.out.done(f"{found.name}'s memories: {tier}", {"agent_id": found.id, "tier": tier})


def _of(cli: Cli, agent: str | None, user: str | None) -> dict[str, Any]:
    owner: dict[str, Any] = {"agent_id": agent_or_only(cli.client, agent).id}
    if user:
        owner["user_id"] = user_named(cli.client, user).id
    return owner


def _show(cli: Cli, memory: "Memory") -> None:
    cli.out.fields(
        memory,
        {
            "memory": memory.content,
            "id": memory.id,
            "when": cli.out.time(memory.timestamp),
            "importance": memory.importance,
        },
    )
