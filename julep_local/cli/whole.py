"""Commands for all that a file or an agent holds: `export`, `import`, `backup`, `stats`."""

from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

from julep_local.cli.command import Cli, Failed, Usage, command, new_group
from julep_local.cli.following import follow, not_succeeded
from julep_local.cli.names import agent_named
from julep_local.cli.options import AgentName
from julep_local.cli.output import one_line, size

app = new_group("All that a file or an agent holds.")

SUFFIX = ".agent.zip"


@command(app)
def export(
    cli: Cli,
    agent: AgentName,
    file: Annotated[
        Optional[Path], typer.Argument(help=f"Where to; nothing may be there.  [default: its name and {SUFFIX}]")
    ] = None,
) -> None:
    """Write an agent with all that is its own into one file: tools, docs, sessions, memories and their users."""
    found = agent_named(cli.client, agent)
    path = file or Path(one_line(found.name).lower().replace(" ", "-").replace("/", "-") + SUFFIX)
    with cli.out.bar(f"exporting {found.name}") as bar:
        written = cli.client.agents.export(found.id, path, on_progress=lambda done, of: bar.at(done, of))
    cli.out.fields(
        written,
        {
            "file": written.path,
            "size": size(written.n_bytes),
            "holds": _counted(written.n_rows),
            "digest": written.digest,
            "careful": "it is not encrypted, and only you can read it",
        },
    )


@command(app, "import")
def import_(
    cli: Cli,
    file: Annotated[Path, typer.Argument(help="What julep-local export has written.")],
    ids: Annotated[
        str, typer.Option("--ids", help="keep, or new: a copy in which everything has a new id.", metavar="IDS")
    ] = "keep",
    wait: Annotated[bool, typer.Option(help="Wait until its docs are found by their meaning, too.")] = True,
) -> None:
    """Read the agent of a file that was exported. All of it is checked before anything is stored."""
    if ids not in ("keep", "new"):
        raise Usage(f"--ids {ids}: give keep or new")
    wanted: Literal["keep", "new"] = "new" if ids == "new" else "keep"
    with cli.out.bar(f"importing {file.name}") as bar:
        read = cli.client.agents.import_file(file, ids=wanted, on_progress=lambda done, of: bar.at(done, of))
    jobs = follow(cli, read.jobs) if wait else []
    agent = cli.client.agents.get(read.agent_id)
    kept = f"{len(read.users_kept)} that were here already stay as they were" if read.users_kept else None
    fields = {"agent": f"{agent.name} ({agent.id})", "holds": _counted(read.n_rows), "users": kept}
    cli.out.fields(read, {**fields, "digest": read.digest})
    if not_succeeded(cli, jobs):
        raise Failed


@command(app)
def backup(
    cli: Cli,
    file: Annotated[Path, typer.Argument(help="Where to; to restore it, open it with --path.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Take the place of a file that is there.")] = False,
) -> None:
    """Copy the whole file, as it is at one moment, while others go on writing."""
    with cli.out.bar("copying") as bar:
        made = cli.client.backup(file, overwrite=overwrite, progress=lambda done, of: bar.at(done, of))
    cli.out.fields(made, {"file": made.path, "size": size(made.n_bytes)})


@command(app)
def stats(cli: Cli) -> None:
    """Say what the file holds, and how large it is."""
    found = cli.client.stats()
    cli.out.fields(
        found,
        {
            "file": found.path,
            "size": size(found.n_bytes),
            "cache beside it": size(found.kv_bytes),
            "agents": str(found.agents),
            "users": str(found.users),
            "sessions": f"{found.sessions} with {found.messages} messages",
            "docs": f"{found.docs} in {found.chunks} pieces, {found.vectors} vectors",
            "memories": str(found.memories),
            "tools": str(found.tools),
            "jobs": f"{found.jobs_under_way} under way, {found.jobs_failed} failed",
        },
    )


def _counted(n_rows: dict[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in n_rows.items() if n) or "nothing"
