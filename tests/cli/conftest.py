"""A command line in this process: real file, scripted model, hashing embedder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from julep_local import Client
from julep_local.cli.app import app
from julep_local.testing import HashEmbedder, ScriptedModel


class CommandLine:
    """Types commands, one program each, on one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replies: Any = lambda prompt: "ok"
        self.embedder: Any = HashEmbedder()

    def open(self, path: str | None = None) -> Client:
        return Client(path=path or self.path, model=ScriptedModel(self.replies), embedder=self.embedder)

    def __call__(self, *arguments: object, code: int = 0, typed: str | bytes | None = None) -> "Said":
        given: Any = {"args": [str(each) for each in arguments], "input": typed, "obj": {"open": self.open}}
        result = CliRunner().invoke(app, **given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return Said(result.stdout, result.stderr)

    def json(self, *arguments: object, **given: Any) -> Any:
        return json.loads(self(*arguments, "--json", **given).out)


class Said:
    def __init__(self, out: str, err: str) -> None:
        self.out, self.err = out, err


@pytest.fixture
def julep(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "julep.db")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make what is printed think that a person reads it."""

    def of(columns: int = 100, **environment: str) -> None:
        monkeypatch.setattr("julep_local.cli.output.Output.is_terminal", True)
        for name, value in {"COLUMNS": str(columns), "TERM": "xterm", **environment}.items():
            monkeypatch.setenv(name, value)

    return of
