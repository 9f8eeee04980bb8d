"""`julep-local docs`: files become docs, and are found."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files.making import docx, pdf

from cli.conftest import CommandLine
from julep_local.testing import HashEmbedder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "ferry.md": b"# The ferry\n\nThe ferry leaves at 9:15 and 14:40.",
        "tower/steps.txt": b"The lighthouse has 196 steps.",
        "plan.pdf": pdf("Tickets cost 6 euros"),
        "rules.docx": docx("Rules", "Dogs are welcome on board."),
        "page.html": b"<html><body><h1>Cafe</h1><p>Open until six.</p></body></html>",
        "code.py": b"def tide():\n    return 'high'\n",
        "picture.png": b"\x89PNG\r\n\x1a\n\0\0",
        ".git/config": b"[core]",
    }
    for name, data in files.items():
        (tmp_path / "notes" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notes" / name).write_bytes(data)
    return tmp_path / "notes"


@pytest.fixture
def ada(julep: CommandLine) -> CommandLine:
    julep("agents", "add", "Ada")
    return julep


def _outcomes(added: Any) -> dict[str, str]:
    return {os.path.basename(each["file"]): each["outcome"] for each in added["files"]}


def test_a_folder_becomes_docs_and_they_are_found(ada: CommandLine, folder: Path) -> None:
    said = ada("docs", "add", folder).out

    assert said == "6 added, 1 skipped, which are no text\n"
    titles = {each["title"] for each in ada.json("docs", "list")}
    assert titles == {"The ferry", "steps", "plan", "Rules", "Cafe", "code.py"}
    assert ada.json("docs", "search", "How many steps has the lighthouse?")[0]["title"] == "steps"


def test_again_only_what_is_new_or_has_changed_is_read(ada: CommandLine, folder: Path) -> None:
    ada("docs", "add", folder)
    before = {each["title"]: each["id"] for each in ada.json("docs", "list")}
    (folder / "ferry.md").write_text("# The ferry\n\nThe ferry leaves at noon.")
    (folder / "new.md").write_text("A new note.")

    added = ada.json("docs", "add", folder)

    outcomes = _outcomes(added)
    assert {name for name, outcome in outcomes.items() if outcome == "unchanged"} == {
        "steps.txt", "plan.pdf", "rules.docx", "page.html", "code.py"
    }  # fmt: skip
    assert (outcomes["ferry.md"], outcomes["new.md"]) == ("changed", "added")
    changed = ada.json("docs", "show", "The ferry")
    assert changed["id"] == before["The ferry"]
    assert "noon" in changed["content"]
    assert len(ada.json("docs", "list")) == 7


def test_a_bad_file_is_reported_and_the_rest_added(ada: CommandLine, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(pdf("x")[:150])

    said = ada("docs", "add", folder, folder / "no-such.md", folder / "picture.png", code=1)

    assert "broken.pdf: is damaged" in said.err
    assert "no-such.md: there is no such file" in said.err
    assert said.out.startswith("6 added")
    assert len(ada.json("docs", "list")) == 6


def test_what_was_interrupted_goes_on(ada: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from julep_local.managers import _file_docs

    def interrupted(name: str, data: bytes, extract: Any = _file_docs.extract) -> Any:
        if name == "plan.pdf":
            raise KeyboardInterrupt
        return extract(name, data)

    with monkeypatch.context() as patched:
        patched.setattr(_file_docs, "AT_ONCE", 1)
        patched.setattr(_file_docs, "extract", interrupted)
        said = ada("docs", "add", folder, code=130).err

    outcomes = _outcomes(ada.json("docs", "add", folder))

    assert "typed again it goes on" in said
    assert "unchanged" in outcomes.values()
    assert outcomes["plan.pdf"] == "added"
    assert len(ada.json("docs", "list")) == 6


def test_standard_input_becomes_a_doc_and_replaces_itself(ada: CommandLine) -> None:
    ada("docs", "add", "--title", "Tides", typed="High at noon.")
    ada("docs", "add", "--title", "Tides", typed="High at one.")

    (doc,) = ada.json("docs", "list")
    assert (doc["title"], doc["content"]) == ("Tides", "High at one.")


def test_texts_without_a_title_are_told_apart_by_what_they_say(ada: CommandLine) -> None:
    for text in ("# Log\n\nHigh at noon.", "# Log\n\nHigh at one.", "# Log\n\nHigh at one."):
        ada("docs", "add", typed=text)

    titles = [each["title"] for each in ada.json("docs", "list")]
    assert len(set(titles)) == 2
    assert all(title.startswith("Log (") for title in titles)


def test_the_same_file_can_be_of_several_owners(ada: CommandLine, folder: Path) -> None:
    ada("users", "add", "Bo")

    ada("docs", "add", folder / "ferry.md")
    added = ada.json("docs", "add", folder / "ferry.md", "--user", "bo", "--metadata", "year=2026")

    assert _outcomes(added) == {"ferry.md": "added"}
    assert ada.json("docs", "list", "--user", "bo", "--having", "year=2026")[0]["title"] == "The ferry"


def test_a_search_says_what_its_score_is_made_of(ada: CommandLine, folder: Path) -> None:
    ada("docs", "add", folder)

    said = ada("docs", "search", "When does the ferry leave?", "-n", "2").out

    assert "1. The ferry" in said
    assert "words 1.00: ferry" in said
    assert "a chat is shown it" in said


def test_a_doc_is_changed_and_deleted(ada: CommandLine, folder: Path) -> None:
    ada("docs", "add", folder)

    changed = ada.json("docs", "edit", "steps", "--content", f"@{folder / 'ferry.md'}", "--title", "Boat")
    ada("docs", "delete", "Boat", "plan", "-y")

    assert "14:40" in changed["content"]
    assert len(ada.json("docs", "list")) == 4


class SlowEmbedder(HashEmbedder):
    """Embeds in jobs, as a real one does."""

    is_instant = False


@pytest.mark.parametrize("at_once", [1, 4, 64])
def test_files_are_embedded_in_jobs_that_are_waited_for(
    ada: CommandLine, folder: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("julep_local.managers._file_docs.AT_ONCE", at_once)
    ada.embedder = SlowEmbedder()

    added = ada.json("docs", "add", folder)

    assert [each["state"] for each in ada.json("jobs", "list")] == ["succeeded"] * len(added["jobs"])
    assert ada.json("docs", "search", "lighthouse steps")[0]["similarity"] is not None
    stats = ada.json("stats")
    assert stats["vectors"] == stats["chunks"]


def test_in_a_narrow_terminal_no_word_is_broken(julep: CommandLine, terminal: Callable[..., None]) -> None:
    julep("agents", "add", "Ada")
    text = "The market on the quay is open on Wednesdays and Saturdays."
    julep("docs", "add", "--title", "Market", typed=text)
    terminal(columns=30)

    listed = julep("docs", "list").out
    found = julep("docs", "search", "market").out
    shown = julep("docs", "show", "Market").out

    for printed in (listed, found, shown):
        assert set(text.split()) <= set(printed.split())
        assert all(len(line) < 30 for line in printed.splitlines() if "Wednesdays" in line)
