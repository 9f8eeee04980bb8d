"""`julep-local agents`: who answers."""

from typing import Annotated, Any, Optional

import typer

from julep_local.cli.command import Cli, Usage, command, new_group
from julep_local.cli.completing import model_names
from julep_local.cli.names import agent_named
from julep_local.cli.options import AgentName, Having, Limit, Metadata, Offset, Yes, ask_before
from julep_local.cli.output import one_line
from julep_local.cli.values import given_only, pairs, pairs_text, text_of

app = new_group("Who answers.")

About = Annotated[
    Optional[str], typer.Option("--about", help="Who it is; @FILE for a file, - for standard input.", metavar="TEXT")
]
Instructions = Annotated[
    Optional[list[str]],
    typer.Option(
        "--instruction", "-i", help="What it must always do; may be repeated, @FILE for a file.", metavar="TEXT"
    ),
]
AgentModel = Annotated[
    Optional[str],
    typer.Option(
        "--agent-model",
        help="The model it answers with; any other name is this client's.",
        metavar="MODEL",
        autocompletion=model_names,
    ),
]
Setting = Annotated[
    Optional[list[str]],
    typer.Option(
        "--setting", "-s", help="How it answers: temperature=0.2, max_tokens=200, preset=fun.", metavar="KEY=VALUE"
    ),
]


@command(app, "list")
def list_agents(cli: Cli, limit: Limit = 100, offset: Offset = 0, having: Having = None) -> None:
    """List agents, the newest first."""
    agents = cli.client.agents.list(limit=limit, offset=offset, metadata_filter=pairs(having, "--having"))
    rows = ([cli.out.id(each.id), each.name, _own_model(each), one_line(each.about, 80)] for each in agents)
    cli.out.records(
        agents, ["id", "name", "model", "about"], rows, if_none="no agents yet: julep-local agents add NAME"
    )


@command(app)
def show(cli: Cli, agent: AgentName) -> None:
    """Show one agent."""
    _show(cli, agent_named(cli.client, agent))


@command(app)
def add(
    cli: Cli,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    about: About = None,
    instruction: Instructions = None,
    agent_model: AgentModel = None,
    setting: Setting = None,
    metadata: Metadata = None,
) -> None:
    """Add an agent. Its docs: julep-local docs add --agent NAME FILES."""
    created = cli.client.agents.create(
        name=name, **_given(about, instruction, agent_model, setting), metadata=pairs(metadata, "--metadata")
    )
    _show(cli, created)


@command(app)
def edit(
    cli: Cli,
    agent: AgentName,
    name: Annotated[Optional[str], typer.Option("--name", help="Its new name.")] = None,
    about: About = None,
    instruction: Instructions = None,
    agent_model: AgentModel = None,
    setting: Setting = None,
    metadata: Metadata = None,
) -> None:
    """Change what is given of an agent, and keep the rest. Metadata are merged; key=null removes one."""
    changes = given_only(name=name, **_given(about, instruction, agent_model, setting))
    if metadata:
        changes["metadata"] = pairs(metadata, "--metadata")
    found = agent_named(cli.client, agent)
    _show(cli, cli.client.agents.update(agent_id=found.id, **changes) if changes else found)


@command(app)
def delete(cli: Cli, agent: AgentName, yes: Yes = False) -> None:
    """Delete an agent with its docs, sessions, memories and tools."""
    found = agent_named(cli.client, agent)
    ask_before(cli, f"Delete {found.name} ({found.id}) with docs, sessions, memories and tools", yes=yes)
    cli.client.agents.delete(found.id)
    cli.out.done(f"deleted {found.name} ({found.id})", {"deleted": [found.id]})


def _given(
    about: str | None, instruction: list[str] | None, agent_model: str | None, setting: list[str] | None
) -> dict[str, Any]:
    return given_only(
        about=None if about is None else text_of(about),
        instructions=[text_of(each) for each in instruction or ()],
        model=agent_model,
        default_settings=_settings(setting),
    )


def _settings(given: list[str] | None) -> dict[str, Any]:
    """Return the settings that were typed. What the SDK's type would leave out in silence is a slip of the fingers."""
    from julep_local.types import AgentDefaultSettings

    settings, known = pairs(given, "--setting"), AgentDefaultSettings.model_fields
    for name in settings:
        if name not in known:
            raise Usage(f"--setting {name}: there is no such setting; there are {', '.join(known)}")
    return settings


def _own_model(agent: Any) -> str:
    """Return the model that the agent was given; empty if it has the name that stands for the client's."""
    from julep_local.api.agents import DEFAULT_MODEL

    return "" if agent.model == DEFAULT_MODEL else str(agent.model)


def _own_settings(agent: Any) -> str:
    """Return the settings that are not what they are for every agent."""
    from julep_local.chat_settings import RANGES

    values = agent.default_settings.model_dump(mode="json", exclude_none=True) if agent.default_settings else {}
    return pairs_text(
        {name: value for name, value in values.items() if name not in RANGES or value != RANGES[name].default}
    )


def _show(cli: Cli, agent: Any) -> None:
    instructions = [agent.instructions] if isinstance(agent.instructions, str) else agent.instructions
    cli.out.fields(
        agent,
        {
            "name": agent.name,
            "id": agent.id,
            "about": agent.about,
            "instructions": "\n".join(instructions or ()),
            "model": _own_model(agent) or "this client's",
            "settings": _own_settings(agent),
            "metadata": pairs_text(agent.metadata),
            "created": cli.out.time(agent.created_at),
        },
    )
