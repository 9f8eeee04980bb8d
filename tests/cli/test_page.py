"""`docs/cli.md` says what is so: its commands, options and exit codes are those that there are."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from julep_local.cli.app import GROUPS, app
from julep_local.cli.command import BROKEN_PIPE, DONE, FAILED, INTERRUPTED, NO_FILE, NO_MODEL, NOT_FOUND, USAGE
from julep_local.cli.slash import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
TYPED = sorted(set(re.findall(r"julep-local ((?:[a-z]+\b)[^\n`|]*)", PAGE)))


def _commands(group: str) -> set[str]:
    found: Any = typer.main.get_command(app).get_command(None, group)  # type: ignore[arg-type, attr-defined]
    return set(getattr(found, "commands", {}))


def test_every_command_of_the_groups_is_in_the_table() -> None:
    table = PAGE.split("## All commands")[1].split("## ")[0]

    missing = [(group, name) for group in GROUPS for name in _commands(group) if name not in table]

    assert not missing
    assert not [group for group in GROUPS if f"`{group}`" not in table and f"julep-local {group}" not in PAGE]


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed_on_the_page_can_be_typed(line: str) -> None:
    words = shlex.split(line.replace("\\", ""), comments=True)
    command = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
    if command[0] not in GROUPS or (len(command) > 1 and command[1] not in _commands(command[0])):
        command = command[:1]

    told = CliRunner().invoke(app, [*command, "--help"])

    assert told.exit_code == 0, told.output
    options = [word.split("=")[0] for word in words if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)]
    assert not [each for each in options if each not in told.output]


def test_every_slash_command_is_on_the_page() -> None:
    assert not [name for name in COMMANDS if f"`{name}" not in PAGE]


def test_every_exit_code_is_on_the_page() -> None:
    table = PAGE.split("| exit code | means |")[1]

    codes = {DONE, FAILED, USAGE, NOT_FOUND, NO_MODEL, NO_FILE, BROKEN_PIPE, INTERRUPTED}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes
