"""The commands of `julep-local` by name, with the line that the help shows of each.

A command's file is imported when it is typed: the help of all of them imports none.
"""

import importlib
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperGroup

GROUPS = {
    "chat": "Talk with an agent, at a terminal or in a pipe.",
    "agents": "Who answers: list, show, add, edit, delete.",
    "users": "Whom they answer: list, show, add, edit, delete.",
    "sessions": "Conversations: list, show, add, edit, clear, delete.",
    "docs": "Texts that can be asked about: add files and folders, search.",
    "memories": "What agents know of users: search, explain, edit, forget.",
    "tools": "Functions that agents may ask for.",
    "jobs": "Work in the background.",
    "models": "Models on this machine: list, add, pull, verify, plan, bench.",
    "export": "Write an agent with all that is its own into one file.",
    "import": "Read such a file.",
    "backup": "Copy the whole file while it is in use.",
    "stats": "What the file holds, and how large it is.",
    "doctor": "What is installed, what is missing, and the line that fixes it.",
    "serve": "Serve the file over HTTP, for SDKs and OpenAI clients.",
}
"""Each is a module of this folder with an `app`, in the order of the help."""

_MODULES = {"export": "whole", "import": "whole", "backup": "whole", "stats": "whole"}
"""Of commands that share a file; the others' has their name."""


class _Commands(TyperGroup):
    """The commands above, imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return None
        module = importlib.import_module(f"julep_local.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: Any = typer.main.get_command(module.app)
        return getattr(command, "commands", {}).get(cmd_name, command)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in GROUPS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], GROUPS, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "; julep-local --help shows the commands"
            raise typer.BadParameter(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(GROUPS.items()))


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text: importing rich takes longer than all the rest, and frames are read aloud
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from julep_local import __version__

        typer.echo(f"julep-local {__version__}")
        raise typer.Exit


@app.callback(
    epilog="A first run: julep-local chat. Each command takes --path, --model, --embedder, --json and --verbose too. "
    "Exit codes: 0 done, 1 failed or not all done, 2 not understood, 3 not found, 4 no usable model, 5 no usable file, "
    "130 stopped by Ctrl-C."
)
def root(
    ctx: typer.Context,
    path: Annotated[
        Optional[str],
        typer.Option(help="The SQLite file.  [default: $JULEP_LOCAL_PATH, else in the data folder]", metavar="FILE"),
    ] = None,
    model: Annotated[
        Optional[str],
        typer.Option(
            help="A GGUF file or a name.  [default: $JULEP_LOCAL_MODEL, else the first installed]", metavar="MODEL"
        ),
    ] = None,
    embedder: Annotated[
        Optional[str],
        typer.Option(
            help="A folder or a name.  [default: $JULEP_LOCAL_EMBEDDER, else the first installed]", metavar="MODEL"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and errors as JSON too.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what goes into the log.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Agents with docs and memories in one SQLite file, answered by a local model."""
    given = {"path": path, "model": model, "embedder": embedder, "as_json": as_json, "verbose": verbose}
    ctx.obj = {**(ctx.obj or {}), **{name: value for name, value in given.items() if value}}
