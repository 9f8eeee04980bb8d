"""Opening a client: what is wrong is said at once and in plain words, and nothing is left behind."""

import os
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
