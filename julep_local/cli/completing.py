"""What a shell offers when Tab is pressed behind a command: the names of agents, users and models.

It must never fail or print anything: a shell would show it in the middle of what is being typed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from julep_local.cli.names import models_known

if TYPE_CHECKING:
    from julep_local.client import Client

MOST_NAMES = 500


def agent_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of agents that begin so."""
    return _names(ctx, incomplete, lambda client: [each.name for each in client.agents.list(limit=MOST_NAMES)])


def user_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of users that begin so."""
    return _names(ctx, incomplete, lambda client: [each.name or "" for each in client.users.list(limit=MOST_NAMES)])


def model_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of models that begin so."""
    try:
        found = [each.name for each in models_known()]
    except Exception:
        return []
    return _beginning(incomplete, found)


def _names(ctx: typer.Context, incomplete: str, names: "Callable[[Client], list[str]]") -> list[str]:
    try:
        from julep_local.client import Client
        from julep_local.settings import read_settings

        # options that stand in front of the command and behind it
        given = ctx.params.get("path") or ctx.find_root().params.get("path")
        path = read_settings(path=given).path
        if not Path(path).is_file():
            return []
        with Client(path=path) as client:
            found = names(client)
    except Exception:
        return []
    return _beginning(incomplete, found)


def _beginning(incomplete: str, names: list[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete)})
