"""What a shell offers when Tab is pressed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.conftest import CommandLine
from julep_local.cli.app import app


def _offered(typed: str, environment: dict[str, str]) -> list[str]:
    words = {"_JULEP_LOCAL_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    result = CliRunner().invoke(app, [], env={**words, **environment}, prog_name="julep-local")
    return result.stdout.split()


@pytest.fixture
def file(julep: CommandLine) -> Path:
    for name in ("Ada", "Adam", "Eve"):
        julep("agents", "add", name)
    julep("users", "add", "Bo")
    return julep.path


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("julep-local ag", ["agents"], id="group"),
        pytest.param("julep-local docs sea", ["search"], id="command"),
        pytest.param("julep-local docs add --meta", ["--metadata"], id="option"),
        pytest.param("julep-local chat Ad", ["Ada", "Adam"], id="agent"),
        pytest.param("julep-local users show B", ["Bo"], id="user"),
        pytest.param("julep-local docs list --agent E", ["Eve"], id="agent of an option"),
        pytest.param("julep-local models show smol", ["smollm2-135m-instruct"], id="model"),
    ],
)
def test_tab_offers_what_fits(file: Path, typed: str, offered: list[str]) -> None:
    assert _offered(typed, {"JULEP_LOCAL_PATH": str(file)}) == offered


def test_tab_offers_models_whatever_the_environment_says_of_the_file_and_its_model() -> None:
    environment = {"JULEP_LOCAL_KEY": "a key", "JULEP_LOCAL_MODEL": "/no/such.gguf"}

    assert _offered("julep-local models show smol", environment) == ["smollm2-135m-instruct"]


def test_tab_makes_no_file_and_says_nothing_of_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_text("no database" * 1000)

    assert _offered("julep-local chat a", {"JULEP_LOCAL_PATH": str(tmp_path / "none.db")}) == []
    assert _offered("julep-local chat a", {"JULEP_LOCAL_PATH": str(tmp_path / "broken.db")}) == []
    assert not (tmp_path / "none.db").exists()
