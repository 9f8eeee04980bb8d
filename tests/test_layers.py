"""Imports point one way, and the README's tree names every file's folder."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "julep_local"

LEVELS: list[set[str]] = [
    {"errors", "stamps", "processes"},
    {"keys"},
    {"settings", "types", "_mirror", "sandbox", "files"},
    {"progress"},
    {"delivery"},
    {"check", "store", "llm", "prompt"},
    {"recall"},
    {"memory"},
    {"runtime", "chat_settings"},
    {"jobs"},
    {"indexing"},
    {"background"},
    {"chat", "completion"},
    {"streams"},
    {"api"},
    {"managers"},
    {"client"},
    {"server", "testing", "demo", "_pyinstaller"},
    {"transport", "cli"},
]
"""Lowest first. A module imports from its own folder and from lower levels."""

EXCEPTIONS = {("prompt", "llm"), ("check", "prompt")}
"""Of one level: prompt/ makes the messages that llm/base.py defines, check.py reads their text."""

PUBLIC_NAMES = {"__init__", "_names"}

FILES = sorted(PACKAGE.rglob("*.py"))


def _part(file: Path) -> str:
    """Return the folder or module directly below the package that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def _nodes(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def _level(part: str) -> int:
    return next(i for i, parts in enumerate(LEVELS) if part in parts)


def _imported_parts(file: Path) -> set[str]:
    names: set[str] = set()
    for node in _nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module == "julep_local":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("julep_local."):
            names.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("julep_local.")}
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_imports_only_from_its_own_folder_and_from_lower_levels(file: Path) -> None:
    part = _part(file)
    if part in PUBLIC_NAMES:
        return  # they come from everywhere
    too_high = {
        imported
        for imported in _imported_parts(file)
        if imported != part
        and any(imported in parts for parts in LEVELS)
        and (part, imported) not in EXCEPTIONS
        and _level(imported) >= _level(part)
    }
    assert not too_high, f"{part} is on level {_level(part)}"


def test_every_part_of_the_package_has_a_level() -> None:
    parts = {_part(file) for file in FILES} - PUBLIC_NAMES

    assert parts == set().union(*LEVELS)


def test_the_readme_shows_every_part_of_the_package() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.split("```text\njulep_local/")[1].split("```")[0]

    missing = [part for parts in LEVELS for part in parts if part not in tree]

    assert not missing


HOMES = {
    "llama_cpp": {"llm"},
    "llguidance": {"llm"},
    "sentence_transformers": {"recall"},
    "torch": {"recall"},
    "onnxruntime": {"recall"},
    "tokenizers": {"recall"},
    "safetensors": {"recall"},
    "pysqlite3": {"store"},
    "sqlcipher3": {"store"},
    "keyring": {"keys"},
    "jinja2": {"sandbox"},
    "httpx": {"llm", "transport"},
    "httpx2": {"llm"},
    "starlette": {"server", "transport"},
    "uvicorn": {"server"},
    "typer": {"cli"},
    "rich": {"cli"},
    "prompt_toolkit": {"cli"},
    "pypdf": {"files"},
    "mammoth": {"files"},
    "markdownify": {"files"},
    "bs4": {"files"},
}


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_has_one_home(library: str) -> None:
    users = {
        _part(file)
        for file in FILES
        for node in _nodes(file)
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == library for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library)
    }

    assert users <= HOMES[library]


def test_environment_variables_are_read_in_one_place() -> None:
    reads = ("os.environ.get", "os.environ[", "os.getenv")

    readers = {_part(file) for file in FILES if any(each in file.read_text(encoding="utf-8") for each in reads)}

    assert readers == {"settings"}


def test_checkers_are_shown_the_names_that_are_offered() -> None:
    """The list stands twice, because mypy follows none through a second module."""

    def listed(file: str) -> set[str]:
        lists = [
            node.value
            for node in ast.walk(ast.parse((PACKAGE / file).read_text(encoding="utf-8")))
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
        ]
        return set(ast.literal_eval(lists[0]))

    assert listed("__init__.py") == {*listed("_names.py"), "__version__"}
