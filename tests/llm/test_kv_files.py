import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from julep_local.llm import kv_files
from julep_local.llm.kv_files import KvFolder
from julep_local.llm.kv_tree import SHARED, Stretch, owner_key

ADA, BO = owner_key("ada"), owner_key("bo")


def kv_folder(path: Path) -> KvFolder:
    return KvFolder(path, "this engine", 1 << 20)


def write(path: Path, parent: Stretch | None, n: int, owner: str, *, first: int = 0, behind_cut: int = 0) -> Stretch:
    """Write a stretch of n tokens, which count up from `first`."""
    begin = parent.end if parent is not None else 0
    stretch = Stretch(begin, range(first, first + n), parent=parent, blob=np.arange(40, dtype=np.uint8), owner=owner)
    stretch.n_copied += behind_cut
    assert kv_folder(path).write(stretch)
    return stretch


def owners(path: Path) -> list[str]:
    return sorted(file.name.partition("-")[0] for file in path.rglob("*.kv"))


def test_a_forgotten_conversation_leaves_what_others_begin_with_and_not_its_name(tmp_path: Path) -> None:
    ada = write(tmp_path, None, 10, ADA)
    write(tmp_path, ada, 5, ADA, first=50)
    write(tmp_path, ada, 5, BO, first=70)

    kv_files.forget(tmp_path, ["ada"])

    assert owners(tmp_path) == sorted([BO, SHARED])
    (bo, common) = kv_folder(tmp_path).restored()
    assert (common.end, bo.end) == (10, 15)
    assert kv_folder(tmp_path).read(common) is not None
    kv_files.forget(tmp_path, ["bo"])
    assert owners(tmp_path) == []


def test_bytes_behind_a_cut_are_not_left_to_others(tmp_path: Path) -> None:
    ada = write(tmp_path, None, 10, ADA, behind_cut=5)
    write(tmp_path, ada, 5, BO, first=70)

    kv_files.forget(tmp_path, ["ada"])

    assert owners(tmp_path) == [BO]


def test_of_two_that_hold_the_same_for_nobody_none_stays(tmp_path: Path) -> None:
    common = write(tmp_path, None, 10, SHARED)
    write(tmp_path, common, 5, SHARED, first=10)
    write(tmp_path, None, 15, SHARED)

    kv_files.forget(tmp_path, ["ada"])

    assert owners(tmp_path) == []


def test_what_was_kept_of_sessions_that_are_no_more_is_deleted(tmp_path: Path) -> None:
    common = write(tmp_path, None, 10, SHARED)
    write(tmp_path, common, 5, ADA, first=50)
    write(tmp_path, common, 5, BO, first=70)

    kv_files.forget_all_but(tmp_path, ["bo", "cy"])
    assert owners(tmp_path) == sorted([BO, SHARED])

    kv_files.forget_all_but(tmp_path, [])
    assert owners(tmp_path) == []


def test_without_files_there_is_nothing_to_forget(tmp_path: Path) -> None:
    kv_files.forget(tmp_path / "julep.db-kv", ["ada"])
    kv_files.forget_all_but(tmp_path / "julep.db-kv", [])

    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_anywhere_is_found(tmp_path: Path) -> None:
    stretch = write(tmp_path, None, 10, ADA)
    assert stretch.file is not None
    assert stretch.blob is not None
    whole = stretch.file.read_bytes()
    for at in range(len(whole)):
        for bit in (1, 16):
            damaged = bytearray(whole)
            damaged[at] ^= bit
            stretch.file.write_bytes(damaged)

            for found in kv_folder(tmp_path).restored():
                assert kv_folder(tmp_path).read(found) is None, (at, bit)


def test_another_files_bytes_are_not_taken_for_a_stretch(tmp_path: Path) -> None:
    one, other = (write(tmp_path, None, 10, ADA, first=first) for first in (0, 50))
    assert one.file is not None
    assert other.file is not None
    os.replace(other.file, one.file)

    assert kv_folder(tmp_path).read(one) is None


def test_what_cannot_be_deleted_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = write(tmp_path, None, 10, ADA)
    write(tmp_path, ada, 5, BO, first=70)
    assert ada.file is not None
    (ada.file.parent / "folder.kv").mkdir()
    (ada.file.parent / "damaged.kv").write_bytes(b"")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    kv_files.forget(tmp_path, ["ada", "bo"])
    kv_files.forget_all_but(tmp_path, [])
    ada.file = ada.file.rename(ada.file.with_name("moved.kv"))

    assert list(kv_folder(tmp_path).restored()) == []
    assert not KvFolder(tmp_path, "this engine", 50).write(ada)


def test_half_written_files_of_killed_processes_are_deleted(tmp_path: Path) -> None:
    ada = write(tmp_path, None, 10, ADA)
    assert ada.file is not None
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    dead, mine, old = (
        ada.file.with_name(f".{BO}-{i}.kv.{pid}") for i, pid in enumerate([killed.pid, *2 * [os.getpid()]])
    )
    for file in (dead, mine, old):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))

    kv_folder(tmp_path).restored()
    assert [file.exists() for file in (dead, mine, old)] == [False, True, False]

    kv_files.forget(tmp_path, ["bo"])
    assert not mine.exists()
    assert ada.file.exists()
