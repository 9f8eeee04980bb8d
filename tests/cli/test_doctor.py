"""`julep-local doctor` and `backup`: what is wrong is said, with what mends it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import CommandLine
from julep_local import Client
from julep_local.errors import ModelBroken


def test_a_sound_file_and_all_that_is_needed_are_well(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")

    said = julep("doctor", "--no-speed").out

    assert "llama-cpp-python" in said
    assert "sound" in said
    assert "All is well." in said


def test_the_model_is_measured(julep: CommandLine) -> None:
    julep.replies = lambda prompt: "one two three four five"

    told = julep.json("doctor")

    assert told["speed"]["written_tokens_per_s"] > 0
    assert told["file"]["is_sound"]


def test_what_is_missing_comes_with_the_line_that_installs_it(
    julep: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from julep_local.cli import doctor

    monkeypatch.setattr(doctor, "_version", lambda package: None if package == "llguidance" else "1.0")

    said = julep("doctor", "--no-speed", code=1).out

    assert "pip install 'julep_local[chat]'" in said
    assert "1 thing to see to." in said


def test_a_damaged_file_is_told_of_and_mended(julep: CommandLine) -> None:
    julep("agents", "add", "Ada")
    julep("docs", "add", "--title", "Ferry", typed="The ferry leaves at 9:15.")
    # in a process of its own: two SQLite libraries in one undo each other's locks
    damage = """if True:
        import sqlite3, sys
        db = sqlite3.connect(sys.argv[1])
        db.execute("update doc_owners set n_chunks = 7")
        db.commit()
    """
    subprocess.run([sys.executable, "-c", damage, str(julep.path)], check=True)

    said = julep("doctor", "--no-speed", code=1).out
    mended = julep.json("doctor", "--no-speed", "--repair")

    assert "DAMAGED" in said
    assert "BAD counters" in said
    assert mended["file"]["is_sound"]
    assert Path(mended["file"]["backup"]).exists()


def test_a_file_that_cannot_be_opened_is_told_of(julep: CommandLine) -> None:
    julep.path.write_text("a letter, and no database of anybody's" * 100)

    said = julep("doctor", "--no-speed", "--path", julep.path, code=1).out

    assert "DAMAGED" in said
    assert "pip install" not in said
    assert said.count("It was not changed") == 1
    assert "1 thing to see to." in said


def test_what_is_wrong_in_the_environment_is_told_of(julep: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    julep("agents", "add", "Ada")
    monkeypatch.setattr(julep, "open", lambda path=None: Client(path=path or julep.path))
    monkeypatch.setenv("JULEP_LOCAL_PATH", str(julep.path))
    monkeypatch.setenv("JULEP_LOCAL_MODEL", "/no/such.gguf")

    model = julep("doctor", "--no-speed", code=1).out
    monkeypatch.delenv("JULEP_LOCAL_MODEL")
    monkeypatch.setenv("JULEP_LOCAL_KEY", "a key of another file")
    key = julep("doctor", "--no-speed", code=1).out

    assert "/no/such.gguf" in model
    assert "1 thing to see to." in model
    assert "sound" in model
    assert str(julep.path) in key
    assert "1 thing to see to." in key


def test_an_encrypted_file_is_looked_over_with_its_key(julep: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlcipher3")
    monkeypatch.setenv("JULEP_LOCAL_PATH", str(julep.path))
    monkeypatch.setenv("JULEP_LOCAL_KEY", "a key")
    julep("agents", "add", "Ada")
    monkeypatch.setattr(julep, "open", lambda path=None: Client(path=path or julep.path))
    monkeypatch.setenv("JULEP_LOCAL_MODEL", "/no/such.gguf")

    said = julep("doctor", "--no-speed", code=1).out

    assert "DAMAGED" not in said
    assert "1 thing to see to." in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JULEP_LOCAL_KEY", "env:NO_SUCH_NAME"),
        ("JULEP_LOCAL_THREADS", "many"),
        ("JULEP_LOCAL_MEMORY_TIER", "many"),
        ("JULEP_LOCAL_MODEL", "/no/such.gguf"),
    ],
)
def test_what_is_installed_is_told_where_no_file_can_be_looked_over(
    julep: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(julep, "open", lambda path=None: Client(path=path or julep.path))
    monkeypatch.setenv("JULEP_LOCAL_PATH", str(julep.path))
    monkeypatch.setenv(name, value)

    said = julep("doctor", code=1).out
    told = julep.json("doctor", code=1)

    assert "llama-cpp-python" in said
    assert value.removeprefix("env:") in said
    assert "1 thing to see to." in said
    assert told["file"] is None
    assert len(told["place"]) == 1


def test_a_damaged_file_cannot_steer_the_terminal(julep: CommandLine, tmp_path: Path) -> None:
    named = tmp_path / "a\x1b]0;name\x07.db"
    named.write_text("no database of anybody's" * 100)

    said = julep("doctor", "--no-speed", "--path", named, code=1).out

    assert "DAMAGED" in said
    assert "\x1b" not in said


def test_a_copy_is_a_file_like_any_other(julep: CommandLine, tmp_path: Path) -> None:
    julep("agents", "add", "Ada")

    made = julep.json("backup", tmp_path / "copy.db")

    assert made["path"] == str(tmp_path / "copy.db")
    assert "copy.db" in julep("backup", tmp_path / "copy.db", code=1).err
    julep("backup", tmp_path / "copy.db", "--overwrite")
    julep.path = tmp_path / "copy.db"
    assert julep.json("agents", "list")[0]["name"] == "Ada"


def test_a_model_that_cannot_be_measured_is_named_and_the_others_are_measured(julep: CommandLine) -> None:
    asked: list[Any] = []

    def reply(prompt: Any) -> Any:
        asked.append(prompt)
        return ModelBroken("no chat template") if len(asked) == 1 else "one two three four five"

    julep.replies = reply

    said = julep("models", "bench", "gemma-3-270m", "smollm2-135m-instruct", "--rounds", "1", code=1)

    assert "gemma-3-270m: no chat template" in said.err
    assert [line.split("\t")[0] for line in said.out.splitlines()] == ["model", "smollm2-135m-instruct"]
