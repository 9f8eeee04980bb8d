"""The code of docs/testing.md runs as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from julep_local import testing

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
CASSETTE = Path("cassettes") / "test_harbour" / "test_with_smollm2.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's files: each block of Python begins with the name of the one it belongs to."""
    files: dict[str, str] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        first, _, code = block.partition("\n")
        name = first.removeprefix("# ")
        assert re.fullmatch(r"\w+\.py", name), block
        # the template is of one test: the others begin with nothing
        below = "template/" if name in ("conftest.py", "test_template.py") else ""
        files[below + name] = files.get(below + name, "") + code + "\n\n"
    assert len(files) == 6
    for name, code in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plugins = ("-p", "pytest_julep_local", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "JULEP_LOCAL_THREADS": "1"},
    )


def test_the_pages_tests_pass_with_the_cassette_that_was_recorded(folder: Path) -> None:
    recorded = ROOT / "docs" / CASSETTE
    (folder / CASSETTE).parent.mkdir(parents=True)
    (folder / CASSETTE).write_bytes(recorded.read_bytes())

    ran = _run(folder)

    assert ran.returncode == 0, ran.stdout
    assert "10 passed" in ran.stdout


@pytest.mark.model
def test_the_cassette_can_be_recorded_anew(folder: Path) -> None:
    missed = _run(folder, "-k", "smollm2")
    recorded = _run(folder, "-k", "smollm2", "--julep-cassettes=new")
    replayed = _run(folder, "-k", "smollm2")

    assert "there is no cassette" in missed.stdout
    assert (missed.returncode, recorded.returncode, replayed.returncode) == (1, 0, 0), recorded.stdout
    told = [json.loads((where / CASSETTE).read_text()) for where in (folder, ROOT / "docs")]
    assert told[0]["model"] == told[1]["model"]
    assert [each["asked"] for each in told[0]["recordings"]] == [each["asked"] for each in told[1]["recordings"]]


def test_every_public_name_is_on_the_page() -> None:
    assert [name for name in testing.__all__ if name not in PAGE] == []
