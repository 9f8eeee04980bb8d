"""Options that several commands take, each with one wording."""

import sys
from typing import Annotated, Optional

import typer

from julep_local.cli.command import Cli, Failed, Usage
from julep_local.cli.completing import agent_names, model_names, user_names
from julep_local.cli.output import one_line

OfAgent = Annotated[
    Optional[str],
    typer.Option("--agent", "-a", help="The agent, by name or id.", metavar="AGENT", autocompletion=agent_names),
]
OfUser = Annotated[
    Optional[str],
    typer.Option("--user", "-u", help="The user, by name or id.", metavar="USER", autocompletion=user_names),
]
AgentName = Annotated[
    str,
    typer.Argument(help="Name, id, or the beginning of the id.", metavar="AGENT", autocompletion=agent_names),
]
UserName = Annotated[
    str,
    typer.Argument(help="Name, id, or the beginning of the id.", metavar="USER", autocompletion=user_names),
]
ModelName = Annotated[str, typer.Argument(help="Its name.", metavar="MODEL", autocompletion=model_names)]
Limit = Annotated[int, typer.Option("--limit", "-n", help="At most so many.", min=0, metavar="N")]
Offset = Annotated[int, typer.Option("--offset", help="Skip so many first.", min=0, metavar="N")]
Metadata = Annotated[
    Optional[list[str]],
    typer.Option("--metadata", help="What to keep with it, or a JSON object; may be repeated.", metavar="KEY=VALUE"),
]
Having = Annotated[
    Optional[list[str]],
    typer.Option("--having", help="Only those whose metadata have it; may be repeated.", metavar="KEY=VALUE"),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def ask_before(cli: Cli, what: str, *, yes: bool) -> None:
    """Ask a person whether something may be deleted; where nobody can be asked, `--yes` must say so.

    Raises:
        Failed: it may not.
        Usage: nobody can say.
    """
    if yes:
        return
    what = one_line(what)  # names in it may be another's, from a file that was imported
    if not _can_ask():
        raise Usage(f"{what}? Give --yes to say so: nobody can be asked here")
    if not typer.confirm(f"{what}?", err=True):
        raise Failed("nothing was changed")


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
