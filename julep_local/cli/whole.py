"""Commands for a whole file: `julep-local stats`, and what takes it elsewhere."""

from julep_local.cli.command import Cli, command, new_group
from julep_local.cli.output import size

app = new_group("The whole file.")


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
