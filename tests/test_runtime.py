"""What clients of one file share, and the locks of its sessions."""

import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client
from julep_local import runtime as runtime_module
from julep_local.errors import ClientClosed
from julep_local.llm import adding, catalog
from julep_local.llm.kv_tree import owner_key
from julep_local.llm.llama import LlamaCppModel
from julep_local.runtime import Runtime, TurnLocks, _key, _TurnLock
from julep_local.settings import Settings
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel
from tests.interrupting import interruptions

sys.path.append(str(Path(__file__).parent / "llm"))
from file_server import gguf  # noqa: E402


class LoadedModel(ScriptedModel):
    """A model of the caller's own that can be unloaded."""

    is_loaded = True

    def unload(self, wait_s: float | None = None) -> bool:
        self.is_loaded = False
        return True


class NoBackground:
    def notify(self) -> None: ...

    def give_way(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def make_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Runtime]]:
    """Open runtimes on a machine where no package has a model."""
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(catalog, "_entries", tuple)
    opened: list[Runtime] = []

    def make(**given: Any) -> Runtime:
        settings = Settings(**{"path": ":memory:", "embedder": HashEmbedder(), **given})
        opened.append(Runtime(settings, lambda _: NoBackground()))
        runtime_module._open.add(opened[-1])
        return opened[-1]

    yield make
    for runtime in opened:
        runtime.close()


# -- turns


def free(locks: TurnLocks) -> bool:
    """Whether another thread gets the session at once."""
    entered = threading.Event()

    def enter() -> None:
        with locks.held("moon"):
            entered.set()

    threading.Thread(target=enter, daemon=True).start()
    return entered.wait(5)


def test_ctrl_c_anywhere_in_a_turn_leaves_the_session_free() -> None:
    locks = TurnLocks()
    lock = locks._locks.setdefault("moon", _TurnLock())  # as somebody has it who waits

    def turn() -> None:
        with locks.held("moon"):
            pass

    places = 0
    for place in interruptions(runtime_module.__file__, turn):
        places += 1
        assert (lock.holder, lock.turns, list(lock._line)) == (None, set(), []), f"at place {place}"
        assert free(locks), f"at place {place}"

    assert places > 10


def test_ctrl_c_anywhere_in_a_chat_leaves_no_chat_under_way(make_runtime: Callable[..., Runtime]) -> None:
    runtime = make_runtime(model=ScriptedModel())

    def chat() -> None:
        with runtime.chatting():
            pass

    for place in interruptions(runtime_module.__file__, chat):
        assert runtime.wait_until_quiet(5), f"at place {place}"


# -- models


def test_a_model_that_was_given_is_among_those_in_memory(make_client: Callable[..., Client]) -> None:
    client = make_client(model=LoadedModel(["ok"], name="mine"))

    assert client.models.loaded() == ["mine"]
    assert client.models.unload("another") == []
    assert client.models.unload() == ["mine"]
    assert client.models.loaded() == []


def test_a_model_known_under_two_names_is_one(
    make_runtime: Callable[..., Runtime], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime, name = _with_an_added_model(make_runtime, tmp_path)
    assert runtime.chat_model(name) is runtime.chat_model(None)
    monkeypatch.setattr(LlamaCppModel, "is_loaded", True)

    assert runtime.loaded_models() == [name]


@pytest.mark.julep_allow_models
def test_what_is_looked_up_again_is_found_anew_under_all_its_names(
    make_runtime: Callable[..., Runtime], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime, name = _with_an_added_model(make_runtime, tmp_path)
    before = runtime.chat_model(None)
    runtime.chat_model(name)
    monkeypatch.setattr(LlamaCppModel, "is_loaded", True)
    forgotten: list[object] = []
    monkeypatch.setattr(LlamaCppModel, "forget", lambda model, _: forgotten.append(model))

    adding.add(name, str(tmp_path / "mine.gguf"), adding.Given(None, None, "{{ messages }}", None))
    runtime.look_up_again(name)

    after = runtime.chat_model(None)
    assert after is not before
    assert after is runtime.chat_model(name)
    runtime.forget(["moon"])
    assert {before, after} <= set(forgotten), "turns may still use the old one"
    assert runtime.loaded_models() == [name]
    runtime.close()
    for model in (before, after):
        with pytest.raises(ClientClosed):
            _ = model.context_tokens


def _with_an_added_model(make_runtime: Callable[..., Runtime], tmp_path: Path) -> tuple[Runtime, str]:
    """Return a runtime whose default model is an added one, and its name."""
    (tmp_path / "mine.gguf").write_bytes(gguf())
    adding.add("mine", str(tmp_path / "mine.gguf"), adding.Given(None, None, None, None))
    return make_runtime(), "mine"


# -- who shares what


ANOTHER: dict[str, Any] = {
    "path": "/tmp/another.db",
    "model": "another",
    "embedder": "another",
    "stamps": Deterministic(),
    "context_tokens": 512,
    "threads": 3,
    "kv_memory": 1,
    "kv_disk": 0,
    "model_memory": 1,
    "unload_after_s": 1.0,
    "docs_per_owner": 9,
    "memories_per_turn": 9,
    "relevance": 0.5,
    "memory_tier": "rules",
    "isolate": True,
    "offline": True,
    "key": "open sesame",
    "answer_s": 1.0,
}


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Settings) if each.name != "strict_models"])
def test_clients_with_other_settings_have_a_runtime_of_their_own(name: str) -> None:
    settings = Settings(path="/tmp/julep.db", model="mine", embedder="mine")

    assert _key(settings) == _key(dataclasses.replace(settings))
    assert _key(settings) != _key(dataclasses.replace(settings, **{name: ANOTHER[name]}))


@pytest.mark.parametrize(
    "name",
    ["context_tokens", "threads", "kv_memory", "kv_disk", "model_memory", "unload_after_s", "isolate", "answer_s"],
)
def test_a_model_is_shared_by_those_who_want_it_the_same_way(
    name: str, make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    runtime, _ = _with_an_added_model(make_runtime, tmp_path)

    same = make_runtime()
    other = make_runtime(**{name: ANOTHER[name]})

    assert same.chat_model() is runtime.chat_model()
    assert other.chat_model() is not runtime.chat_model()


def test_what_was_kept_of_sessions_that_are_gone_is_deleted_at_the_first_turn(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    folder = tmp_path / "julep.db-kv" / "engine"
    folder.mkdir(parents=True)
    gone = folder / f"{owner_key('a session that was deleted')}-0.kv"
    gone.write_bytes(b"")
    runtime = make_runtime(path=str(tmp_path / "julep.db"))
    assert gone.exists()  # opening alone leaves all as it is

    runtime.conversation("a new session")

    assert not gone.exists()
