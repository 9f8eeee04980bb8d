"""Beside other programs the models' threads give up their cores soon: how libgomp is told, and that it is in time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from julep_local.settings import sleep_soon

# importing llama.cpp loads libgomp, which reads its environment then and never again
LOADED = """
import os, sys
from importlib.abc import MetaPathFinder

class Watching(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in ("llama_cpp", "torch"):
            print(name, os.environ.get("GOMP_SPINCOUNT"), flush=True)
            raise ImportError(name)

sys.meta_path.insert(0, Watching())
from julep_local.errors import ModelError
"""
LLAMA = """
from julep_local.llm.native import engine_description
try:
    engine_description()
except ModelError:
    pass
"""
EMBEDDER = """
from julep_local.recall.embeddings.local import SentenceTransformerEmbedder
try:
    SentenceTransformerEmbedder(sys.argv[1], light=False).embed(["a text"])
except ModelError:
    pass
"""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("program", "library"), [(LLAMA, "llama_cpp"), (EMBEDDER, "torch")])
@pytest.mark.usefixtures("environment")
def test_it_is_said_before_a_library_is_loaded(program: str, library: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED + program, str(tmp_path)], capture_output=True, text=True, timeout=60
    )

    assert done.stdout.splitlines()[0] == f"{library} 1000", done.stderr


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("name", "value"), [("GOMP_SPINCOUNT", "7"), ("OMP_WAIT_POLICY", "active")])
def test_what_the_program_says_counts(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    sleep_soon()

    said = {each: os.environ[each] for each in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY") if each in os.environ}
    assert said == {name: value}
