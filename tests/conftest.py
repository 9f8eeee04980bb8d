"""What all tests share: a client on a scripted model and a hashing embedder, real models where they matter, no
network.

What a test may cost, so that `make quick` stays below a minute on two cores: 10 ms of a processor for one of many, half
a second for one that has to be. What takes longer is one of `PROOFS`, below. What takes most:

- a new database file, 12 ms: `make_client` and `blank` copy one that is empty; `Template` copies one with rows in it
- another process, a third of a second: start several at once, and only where it must be another; what the command line
  or a module's `main` says can be asked in this one
- certificates, 20 ms: `httpx.Client(verify=False)` for what is on this machine
- real models, seconds: a fixture of the session, named in `REAL_FIXTURES`, or the marker `model`
- two thousand cases as two thousand tests, 3 ms each: one test goes through them and names all that fail
- examples of hypothesis: a hundred are for code that has bugs at the hundredth

Tests of one file share a process and run in order; two files run at once, but for real models. So what is expensive is
made once in a file's own fixture, and nothing is at a fixed port or path.
"""

import atexit
import inspect
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# a deadline for one example holds the machine to account, not the code
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# the tests start a hundred processes, and each worker imports them all: what one has compiled the next can read
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# thousands of files are made and synced here, and a disk would make every one of them wait
_IN_MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > 2 * 2**30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_IN_MEMORY)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# several threads of a model on cores that do other work as well wait for each other, and take fifty times as long
os.environ["JULEP_LOCAL_THREADS"] = "1"
# what a developer has added by name is none of the tests' business
os.environ["JULEP_LOCAL_MODELS"] = tempfile.mkdtemp(prefix="julep-models-")
atexit.register(shutil.rmtree, os.environ["JULEP_LOCAL_MODELS"], ignore_errors=True)
# nor is where the command line writes its log
os.environ["XDG_STATE_HOME"] = os.environ["JULEP_LOCAL_MODELS"] + "-state"
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
for name in ("JULEP_LOCAL_PATH", "JULEP_LOCAL_MODEL", "JULEP_LOCAL_EMBEDDER", "JULEP_LOCAL_CONTEXT_TOKENS"):
    os.environ.pop(name, None)

from julep_local import Client, JulepApi  # noqa: E402  (the environment comes first)
from julep_local.store.database import Database  # noqa: E402
from julep_local.testing import HashEmbedder, ScriptedModel  # noqa: E402

pytest_plugins = ["pytester", *(() if "pytest_julep_local" in sys.modules else ("pytest_julep_local",))]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _refuse_network(event: str, args: tuple[Any, ...]) -> None:
    """Fail whatever tries to leave this machine: what the plugin does here, in processes that tests start."""
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise RuntimeError(f"a test tried to reach {address}: tests need no network")
    elif event == "socket.getaddrinfo" and args[0] not in (*_LOOPBACK, None, socket.gethostname()):
        raise RuntimeError(f"a test tried to look up {args[0]}: tests need no network")


REAL_FIXTURES = {"gguf", "gemma", "minilm", "router", "real", "smollm2"}
"""Whoever has one of these loads a real model."""


PROOFS = (
    "honesty",  # every case through the released SDKs
    "memory/test_figures.py",  # two thousand sentences
    "server/test_document.py",  # thousands of generated requests
    "server/test_limits.py",
    "server/test_load.py",
    "store/test_forking.py",  # forks beside threads that never rest
    "store/test_golden_files.py",  # old files, by six processes at once
    "test_docs_pages.py",  # the commands of the documentation
    "test_forgetting.py",  # all bytes, read by another process
    "test_memory_determinism.py",
    "test_memory_judge.py",  # learns again from every labelled sentence
    "test_memory_quality.py",  # the whole corpus
    "test_ordinary_tools.py",
    "test_platforms.py",
    "test_processes.py",  # programs that end in the midst of things
    "test_template_attacks.py",  # every attack in every place
    "test_torture_data.py",
    "test_torture_models.py",
    "test_two_embedders.py",
    "testing/test_conformance.py",
    "torture",  # kills, full disks, damage
)
"""Files and folders of tests that kill processes, run other programs or go through everything: seconds by nature."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that load a real model, and allow it to them alone; and those that prove something at length.

    `-m "not model and not proof"` runs the others, in a minute.
    """
    for item in items:
        place = item.path.relative_to(Path(__file__).parent).as_posix()
        if place.startswith(PROOFS):
            item.add_marker("proof")
        if REAL_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("model")
        if item.get_closest_marker("model"):
            item.add_marker("julep_allow_models")


@pytest.fixture
def offline_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that is started: it refuses the network as this one does."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import socket, sys\n"
        f"_LOOPBACK = {_LOOPBACK!r}\n"
        + inspect.getsource(_refuse_network).replace("tuple[Any, ...]", "tuple")
        + "sys.addaudithook(_refuse_network)\n"
    )
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(hook), str(Path(__file__).parents[1])])}


@pytest.fixture
def model() -> ScriptedModel:
    """Answers every chat with `ok`, as often as asked."""
    return ScriptedModel(lambda prompt: "ok")


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file without rows: to copy it takes a tenth of the time that it takes to make one."""
    path = tmp_path_factory.mktemp("blank") / "julep.db"
    Database(str(path)).close()
    return path


@pytest.fixture
def make_client(tmp_path: Path, blank: Path) -> Iterator[Callable[..., Client]]:
    """Open clients on one file, closed at the end of the test; other models or paths may be named."""
    opened: list[Client] = []
    path = tmp_path / "julep.db"

    def make(replies: Any = (lambda prompt: "ok"), **given: Any) -> Client:
        given = {"path": path, "model": ScriptedModel(replies), "embedder": HashEmbedder(), **given}
        if given["path"] == path and "key" not in given and not path.exists():
            shutil.copyfile(blank, path)
        opened.append(Client(**given))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """A client whose model answers `ok`."""
    return make_client()


@pytest.fixture
def api(client: Client) -> JulepApi:
    """The low-level client of the same file."""
    return client._api_client
