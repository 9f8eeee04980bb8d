"""What is seen of a place before a file is opened there, and what a new file's making leaves behind."""

import os
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from julep_local.errors import StoreError
from julep_local.store import place
from julep_local.store.database import Database

from .making import run_python


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_file_on_another_machine_is_refused(kind: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_file_system", lambda _: kind)

    with pytest.raises(StoreError, match=f"on another machine \\({kind}\\).*client.backup"):
        Database(path)

    assert not os.path.exists(path)


@pytest.mark.skipif(not os.path.exists("/proc/self/mountinfo"), reason="mounts are only looked at on Linux")
def test_the_file_system_is_that_of_the_nearest_mount() -> None:
    assert place._file_system("/proc/self/maps") == "proc"
    assert place._file_system("/procession/julep.db") != "proc"


@pytest.mark.parametrize(
    ("folder", "program"),
    [
        ("OneDrive", "OneDrive"),
        ("OneDrive - Contoso", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("Library/CloudStorage/GoogleDrive-me@example.com", "Google Drive"),
        ("Dropboxes", None),
        ("notes", None),
    ],
)
def test_a_folder_that_a_program_copies_is_known_by_its_name(folder: str, program: str | None) -> None:
    assert place.synced_by(f"/home/grace/{folder}/julep.db") == program


def test_of_a_synchronised_folder_is_warned_once(tmp_path: Path) -> None:
    path = str(tmp_path / "Dropbox" / "julep.db")

    with pytest.warns(UserWarning, match="Dropbox copies this folder while the file is written"):
        Database(path).close()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Database(path).close()


def test_a_file_is_whole_before_it_has_its_name(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    seen: list[list[str]] = []

    def write(partial: str) -> None:
        Path(partial).write_bytes(b"whole")
        seen.append(os.listdir(tmp_path))

    assert place.whole_file(path, write) == 5

    assert "file" not in seen[0]
    assert os.listdir(tmp_path) == ["file"]
    with pytest.raises(FileExistsError):
        place.whole_file(path, write)
    assert os.listdir(tmp_path) == ["file"]


def test_of_two_that_make_a_file_one_is_told_so_also_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: str, _target: str) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    path = str(tmp_path / "file")
    place.whole_file(path, lambda partial: Path(partial).write_text("first") and None)

    with pytest.raises(FileExistsError):
        place.whole_file(path, lambda partial: Path(partial).write_text("second") and None)

    assert Path(path).read_text() == "first"
    with closing(Database(str(tmp_path / "julep.db"))) as db:
        assert db.query("pragma journal_mode")[0][0] == "wal"


def test_what_cannot_be_made_is_a_typed_error(tmp_path: Path) -> None:
    printed = run_python(
        """
        import errno, os, sys
        from julep_local.errors import DiskFull
        from julep_local.store import place
        from julep_local.store.database import Database
        def full(*_):
            raise OSError(errno.ENOSPC, "no room")
        os.fsync = full
        try:
            Database(sys.argv[1])
        except DiskFull as error:
            print("full", os.listdir(os.path.dirname(sys.argv[1])))
        """,
        tmp_path / "julep.db",
    )

    assert printed == "full []\n"
