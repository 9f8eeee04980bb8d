"""Which files are meant by paths."""

import os
from pathlib import Path
from typing import Any

import pytest

from julep_local.files.find import find_files


def _make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text")


def test_of_a_folder_all_files_are_meant_but_hidden_ones_and_those_of_tools(tmp_path: Path) -> None:
    _make(tmp_path, "b.md", "a/z.txt", ".git/config", ".env", "a/.hidden", "node_modules/x.js", "__pycache__/y.pyc")

    assert [each.shown for each in find_files([tmp_path])] == ["b.md", os.path.join("a", "z.txt")]


def test_a_file_that_is_named_is_meant_though_it_is_hidden(tmp_path: Path) -> None:
    _make(tmp_path, ".env")

    (found,) = find_files([tmp_path / ".env"])

    assert (found.shown, found.is_named, found.trouble) == (".env", True, "")


def test_a_file_that_is_meant_twice_comes_once(tmp_path: Path) -> None:
    _make(tmp_path, "a.md")
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")

    assert len(list(find_files([tmp_path, tmp_path / "a.md"]))) == 1


def test_links_that_lead_round_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "a/b.md")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")

    assert [each.shown for each in find_files([tmp_path])] == [os.path.join("a", "b.md")]


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    (found,) = find_files([tmp_path / "no-such.md"])

    assert found.trouble == "there is no such file"


@pytest.mark.parametrize("name", ["~$report.txt", "a" * 300, "nul\0in-it", "~nul\0in-it"])
def test_a_name_that_no_file_can_have_is_one_trouble_and_the_others_are_found(tmp_path: Path, name: str) -> None:
    _make(tmp_path, "a.md")

    bad, good = find_files([name, tmp_path])

    assert (bad.shown, bad.trouble) == (name, "there is no such file")
    assert (good.shown, good.trouble) == ("a.md", "")


def test_a_file_called_like_a_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "~$report.txt")
    monkeypatch.chdir(tmp_path)

    (found,) = find_files(["~$report.txt"])

    assert (found.path, found.trouble) == (Path(os.path.realpath(tmp_path / "~$report.txt")), "")


@pytest.mark.parametrize("below", [True, False], ids=["in a folder", "named"])
def test_what_may_not_be_looked_at_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: bool) -> None:
    _make(tmp_path, "a.md", "locked.md")
    look = os.stat

    def refuse(path: Any, *args: Any, **how: Any) -> os.stat_result:
        if str(path).endswith("locked.md"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, *args, **how)

    monkeypatch.setattr(os, "stat", refuse)  # rights themselves mean nothing to root

    found = list(find_files([tmp_path] if below else [tmp_path / "a.md", tmp_path / "locked.md"]))

    assert [(each.shown, each.trouble) for each in found] == [("a.md", ""), ("locked.md", "cannot be read")]
