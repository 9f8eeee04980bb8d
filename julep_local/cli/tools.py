"""`julep-local tools`: functions that agents may ask for."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from julep_local.cli.command import Cli, Usage, command, new_group
from julep_local.cli.names import agent_or_only, every, tool_named
from julep_local.cli.options import Limit, OfAgent, Offset, Yes, ask_before
from julep_local.cli.output import one_line
from julep_local.cli.values import json_object, text_of

if TYPE_CHECKING:
    from julep_local.types import Tool

app = new_group("Functions that agents may ask for.")

Tool_ = Annotated[str, typer.Argument(help="Name, id, or the beginning of the id.", metavar="TOOL")]
Definition = Annotated[
    str,
    typer.Argument(
        help="JSON with name, description and parameters, a JSON schema: as it is, @FILE, or - for standard input.",
        metavar="FUNCTION",
    ),
]


@command(app, "list")
def list_tools(cli: Cli, agent: OfAgent = None, limit: Limit = 100, offset: Offset = 0) -> None:
    """List an agent's tools, the oldest first."""
    tools = cli.client.tools.list(agent_id=agent_or_only(cli.client, agent).id, limit=limit, offset=offset)
    rows = (
        [
            cli.out.id(each.id),
            each.function.name,
            _parameter_names(each.function.parameters),
            one_line(each.function.description, 80),
        ]
        for each in tools
    )
    columns = ["id", "name", "parameters", "description"]
    cli.out.records(tools, columns, rows, if_none="no tools: julep-local tools add @weather.json")


@command(app)
def show(cli: Cli, tool: Tool_, agent: OfAgent = None) -> None:
    """Show one tool."""
    _show(cli, tool_named(cli.client, agent_or_only(cli.client, agent).id, tool))


@command(app)
def add(cli: Cli, function: Definition, agent: OfAgent = None) -> None:
    """Offer an agent a function."""
    agent_id = agent_or_only(cli.client, agent).id
    created = cli.client.tools.create(agent_id=agent_id, tool={"type": "function", "function": _function(function)})
    _show(cli, _with_id(cli, agent_id, created.id))


@command(app)
def edit(cli: Cli, tool: Tool_, function: Definition, agent: OfAgent = None) -> None:
    """Change what is given of a tool's function, and keep the rest."""
    agent_id = agent_or_only(cli.client, agent).id
    found = tool_named(cli.client, agent_id, tool)
    cli.client.tools.update(agent_id=agent_id, tool_id=found.id, function=_function(function))
    _show(cli, _with_id(cli, agent_id, found.id))


@command(app)
def delete(cli: Cli, tool: Tool_, agent: OfAgent = None, yes: Yes = False) -> None:
    """Delete one of an agent's tools."""
    agent_id = agent_or_only(cli.client, agent).id
    found = tool_named(cli.client, agent_id, tool)
    ask_before(cli, f"Delete the tool {found.function.name} ({found.id})", yes=yes)
    cli.client.tools.delete(agent_id=agent_id, tool_id=found.id)
    cli.out.done(f"deleted {found.function.name} ({found.id})", {"deleted": [found.id]})


def _function(given: str) -> dict[str, Any]:
    value = json_object(text_of(given), "the function")
    inner = value.get("function", value)  # the whole tool, as OpenAI's library has it, will do
    if not isinstance(inner, dict):
        raise Usage("the function: must be a JSON object with name and parameters")
    return inner


def _parameter_names(schema: dict[str, Any]) -> str:
    """Return what a function takes; nothing where the schema, which is stored as it was given, does not say so."""
    properties = schema.get("properties")
    return ", ".join(properties) if isinstance(properties, dict) else ""


def _with_id(cli: Cli, agent_id: str, tool_id: str) -> "Tool":
    return next(each for each in every(cli.client.tools.list, agent_id=agent_id) if each.id == tool_id)


def _show(cli: Cli, tool: "Tool") -> None:
    import json

    cli.out.fields(
        tool,
        {
            "name": tool.function.name,
            "id": tool.id,
            "description": tool.function.description,
            "parameters": json.dumps(tool.function.parameters, indent=2, ensure_ascii=False),
        },
    )
