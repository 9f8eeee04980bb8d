"""Opening a client: what is wrong is said at once and in plain words, and nothing is left behind."""

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from julep_local import ApiError, Client
from julep_local.errors import ModelBroken, ModelMissing, NewerDatabase, NotADatabase, StoreError
from julep_local.testing import HashEmbedder, ScriptedModel


def _open(path: Path, **given: object) -> None:
    Client(path=path, **{"model": ScriptedModel(), "embedder": HashEmbedder(), **given}).close()  # type: ignore[arg-type]


def _text_file(path: Path) -> None:
    path.write_text("This is a letter, and quite a long one. " * 200, encoding="utf-8")


def _truncated(path: Path) -> None:
    path.write_bytes(b"GGUF\x03\x00")


def _folder(path: Path) -> None:
    path.mkdir()


def _nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(_nothing, ModelMissing, id="missing"),
        pytest.param(_text_file, ModelBroken, id="a text file"),
        pytest.param(_truncated, ModelBroken, id="truncated"),
        pytest.param(_folder, ModelBroken, id="a folder"),
    ],
)
def test_a_model_file_that_cannot_be_used_is_refused_at_once(
    make: Callable[[Path], None], error: type[ApiError], tmp_path: Path
) -> None:
    make(tmp_path / "model.gguf")

    with pytest.raises(error, match=r"model\.gguf") as caught:
        _open(tmp_path / "julep.db", model=tmp_path / "model.gguf")

    assert caught.value.status_code == 503
    assert not (tmp_path / "julep.db").exists()


def test_an_unknown_model_or_embedder_name_says_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="smollm2-135m-instruct"):
        _open(tmp_path / "julep.db", model="gpt-99")
    with pytest.raises(ModelMissing, match="all-minilm-l6-v2"):
        _open(tmp_path / "julep.db", embedder="none-of-mine")


@pytest.mark.parametrize("name", ["model", "embedder"])
def test_something_that_is_no_model_is_a_type_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=name):
        _open(tmp_path / "julep.db", **{name: 5})


def test_a_file_that_is_no_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    _text_file(tmp_path / "letter.db")
    before = (tmp_path / "letter.db").read_bytes()

    with pytest.raises(NotADatabase, match=r"letter\.db"):
        _open(tmp_path / "letter.db")

    assert (tmp_path / "letter.db").read_bytes() == before
    assert os.listdir(tmp_path) == ["letter.db"]


def test_a_file_of_a_newer_release_is_refused_and_unchanged(tmp_path: Path) -> None:
    _open(tmp_path / "newer.db")
    changed = bytearray((tmp_path / "newer.db").read_bytes())
    changed[60:64] = (99).to_bytes(4, "big")  # where SQLite keeps user_version
    (tmp_path / "newer.db").write_bytes(changed)

    with pytest.raises(NewerDatabase, match="upgrade julep_local"):
        _open(tmp_path / "newer.db")

    assert (tmp_path / "newer.db").read_bytes() == bytes(changed)


def test_a_refused_file_can_be_opened_once_it_is_right(tmp_path: Path) -> None:
    (tmp_path / "julep.db").mkdir()
    with pytest.raises(StoreError):
        _open(tmp_path / "julep.db")
    (tmp_path / "julep.db").rmdir()

    _open(tmp_path / "julep.db")

    assert (tmp_path / "julep.db").is_file()


def test_two_ways_to_write_a_path_are_one_file(tmp_path: Path, make_client: Callable[..., Client]) -> None:
    (tmp_path / "folder").mkdir()
    first = make_client(path=tmp_path / "julep.db")

    second = make_client(path=tmp_path / "folder" / ".." / "julep.db")

    agent = first.agents.create(name="Ada")
    assert second.agents.get(agent.id).name == "Ada"
    assert second._api_client._runtime.db is first._api_client._runtime.db


@pytest.mark.parametrize("value", ["zero", "0", "-3", "1.5"])
def test_a_setting_of_the_environment_that_is_no_number_says_so(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JULEP_LOCAL_CONTEXT_TOKENS", value)

    with pytest.raises(ValueError, match="JULEP_LOCAL_CONTEXT_TOKENS"):
        _open(tmp_path / "julep.db")


FORKED = """
import os, sys
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

def opened(path):
    return Client(path=path, model=ScriptedModel(["ok"]), embedder=HashEmbedder())

parent = opened(sys.argv[1])
agent = parent.agents.create(name="Ada")
pid = os.fork()
if pid == 0:
    child = opened(sys.argv[1])
    assert child.agents.get(agent.id).name == "Ada"
    session = child.sessions.create(agent_id=agent.id)
    child.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "hello"}])
    child.close()
    sys.exit(0)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert len(parent.sessions.list()) == 1
parent.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_that_was_forked_off_opens_a_client_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, str(tmp_path / "julep.db")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 0, done.stderr


def test_strict_models_accept_the_default_and_refuse_what_the_catalog_does_not_know(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(strict_models=True)

    agent = client.agents.create(name="Ada")
    client.agents.update(agent_id=agent.id, model=agent.model)

    with pytest.raises(ApiError, match="catalog") as caught:
        client.agents.create(name="Bea", model="gpt-4")
    assert caught.value.status_code == 400


def test_a_client_that_takes_its_time_to_close_holds_up_no_other(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> str:
        begun.set()
        go_on.wait(10)
        return "ok"

    closing = make_client(replies=slow)
    session = closing.sessions.create(agent_id=closing.agents.create(name="Ada").id)
    stream = closing.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "hello"}], stream=True)

    def read() -> None:
        with contextlib.suppress(ApiError):  # it is cancelled by the closing
            next(stream, None)

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(10)
    closer = threading.Thread(target=closing.close)
    closer.start()
    time.sleep(0.05)

    make_client(path=tmp_path / "other.db").agents.create(name="Bea")

    assert closer.is_alive()  # the other was not held up by it
    go_on.set()
    closer.join(10)
    reader.join(10)


def test_opening_a_file_imports_nothing_heavy() -> None:
    code = """
        import sys
        from julep_local import Client
        from julep_local.testing import HashEmbedder, ScriptedModel
        with Client(path=":memory:", model=ScriptedModel(), embedder=HashEmbedder()) as client:
            client.sessions.list()
            print([name for name in ("numpy", "torch", "llama_cpp", "sentence_transformers") if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
