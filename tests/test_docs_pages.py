"""The pages of docs/ say what is so: every block of code runs as it stands there, and every error has its place.

A page's blocks run in order, in one namespace and an empty folder. What a page need not show stands in it as an HTML
comment. The code of docs/testing.md is tests, which test_docs_page.py runs; what docs/server.md and docs/support.md say
is held by the tests of the server, and what docs/cli.md says by those of the command line.
"""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Document, Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from benchmarks import _report as report
from julep_local import Client, errors, testing

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ELSEWHERE = {"testing.md", "server.md", "support.md", "cli.md"}
PAGES = sorted(
    file for file in DOCS.rglob("*.md") if file.name not in ELSEWHERE and "```" in file.read_text(encoding="utf-8")
)
SHOWN_ONLY = {"text", "diff"}
"""Blocks that are no code: output, and a change to somebody else's program."""


def _in_shell(example: Example) -> None:
    """Run commands as a person would, but for installing: what is named there has to be an extra of ours."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for line in str(example.parsed).splitlines():
        if line.startswith("pip install"):
            for named in re.findall(r"julep_local\[([\w,]+)\]", line):
                assert set(named.split(",")) <= set(extras), line
            continue
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout.strip(), f"{line} printed nothing"


def _in_sqlite(example: Example) -> None:
    """Run a query in a process of its own: two SQLite libraries must never share one."""
    script = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall())"
    command = [sys.executable, "-c", script, "ada.db", str(example.parsed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != "[]"


def _in_duckdb(example: Example) -> None:
    # the extension comes as a package, because DuckDB itself would download it
    script = (
        "import duckdb, pathlib, sys, duckdb_extension_sqlite_scanner as scanner;"
        "(file,) = pathlib.Path(scanner.__file__).parent.rglob('*.duckdb_extension');"
        "duckdb.execute(f\"load '{file}'\");"
        "print(duckdb.execute(sys.argv[1]).fetchall())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(example.parsed)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "Ada" in done.stdout


def _page(file: Path) -> Document:
    sybil = Sybil(
        parsers=[
            PythonCodeBlockParser(),
            CodeBlockParser("sh", _in_shell),
            CodeBlockParser("sql", _in_sqlite),
            CodeBlockParser("duckdb", _in_duckdb),
        ],
        path=str(DOCS),
    )
    return sybil.parse(file)


def _run(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(folder / "known-models"))
    page = _page(file)
    try:
        for example in page.examples():
            example.evaluate()
    finally:
        for value in list(page.namespace.values()):
            if isinstance(value, Client):
                value.close()


def _needs_models(file: Path) -> bool:
    opened = re.findall(r"Client\([^\n]*", file.read_text(encoding="utf-8"))
    return any("model=" not in each or 'model="' in each for each in opened)


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in PAGES if not _needs_models(file)])
def test_the_code_of_a_page_runs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(file, tmp_path, monkeypatch)


@pytest.mark.model
@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in PAGES if _needs_models(file)])
def test_the_code_of_a_page_runs_on_real_models(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(file, tmp_path, monkeypatch)


def test_every_block_is_run_or_is_no_code() -> None:
    languages = {
        language for file in PAGES for language in re.findall(r"^```(\w*)$", file.read_text(encoding="utf-8"), re.M)
    }

    assert languages - SHOWN_ONLY - {""} == {"python", "sh", "sql", "duckdb"}


def test_every_error_has_its_place_on_the_page() -> None:
    headings = set(re.findall(r"^##+ (\w+)$", (DOCS / "errors.md").read_text(encoding="utf-8"), re.M))
    public = [name for name, value in vars(errors).items() if inspect.isclass(value) and not name.startswith("_")]
    of_tests = [
        name
        for name in testing.__all__
        if inspect.isclass(value := getattr(testing, name)) and issubclass(value, BaseException)
    ]

    assert {*public, *of_tests} - headings - {"Any"} == set()


def test_the_pages_of_figures_are_those_of_the_last_run() -> None:
    readme = report.README.read_text(encoding="utf-8")

    assert report.PAGE.read_text(encoding="utf-8") == report.page(*report.results())
    assert readme == report.readme(readme, report.results()[1])
    assert readme.count("<!-- until here -->") == 1
