"""What deleted rows leave in the bytes of the file, and that looking for it costs the file nothing."""

import os
import sys
from pathlib import Path

import pytest

from julep_local.store import fts, leftovers, users
from julep_local.store.database import Database

from .making import make_user, new_id


def test_an_id_and_a_text_across_two_blocks_are_found(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user(name="Quetzalcoatl the feathered serpent")
    with db.transaction():
        users.add(db, user)
    fts.compact(db)
    whole = b"".join(db.blocks(1 << 20))
    (place,) = [at for at in range(len(whole)) if whole.startswith(user.id.encode(), at)][:1]

    for n_bytes in (place + 1, place + 20, place + 35, place + 50):
        monkeypatch.setattr(leftovers, "_BLOCK", n_bytes)
        found = leftovers.scan(db, [user.id, new_id()], ["Quetzalcoatl the fea", "nobody said that"])

        assert found.ids == {user.id}
        assert found.pieces == {"Quetzalcoatl the fea"}
        assert found.n_bytes == len(whole)


def test_all_texts_are_found_wherever_they_begin(db: Database) -> None:
    texts = [f"{'é' * (i % 9)}text number {i} of many alike" for i in range(300)]
    with db.transaction():
        for text in texts[::2]:
            users.add(db, make_user(name=text))

    found = leftovers.scan(db, [], texts).pieces

    assert found == set(texts[::2])


def test_the_log_is_searched_too(db: Database) -> None:
    user = make_user()
    with db.transaction():
        users.add(db, user)

    assert user.id.encode() not in b"".join(db.blocks(1 << 20))
    assert leftovers.scan(db, [user.id]).ids == {user.id}


def test_a_database_in_memory_has_no_bytes() -> None:
    database = Database(":memory:")

    assert leftovers.scan(database, [new_id()]).n_bytes == 0
    database.close()


def test_reading_the_bytes_drops_no_lock(db: Database, path: str) -> None:
    """To open the file once more and close it would drop them: three of six files were corrupt after three seconds."""
    if not sys.platform.startswith("linux"):
        return  # nothing else shows the locks of a process
    db.query("select 1 from users")
    before = _locks(path)

    leftovers.scan(db, [new_id()])
    leftovers.scan(db, [new_id()])

    assert before
    assert _locks(path) == before


def test_closing_gives_the_descriptor_back(path: str) -> None:
    if not sys.platform.startswith("linux"):
        return
    database = Database(path)
    leftovers.scan(database, [new_id()])
    assert path in _open_files()

    database.close()

    assert path not in _open_files()


def test_pieces_are_what_a_column_holds_in_one_run_whether_as_text_or_as_json() -> None:
    long = "the quick brown fox jumps over the lazy dog and then it sleeps all day long in the sun"
    pieces = leftovers.pieces_of(["short", f'["{long}\\nbehind a new line"]', long])

    assert all(leftovers.LEAST_CHARS <= len(piece) <= leftovers.MOST_CHARS for piece in pieces)
    assert all(piece in long or piece in "nbehind a new line" for piece in pieces)
    assert long[: leftovers.MOST_CHARS] in pieces
    many = leftovers.pieces_of([f"number {i} of very many texts" for i in range(leftovers.MOST_PIECES + 9)])
    assert leftovers.MOST_PIECES // 2 <= len(many) <= leftovers.MOST_PIECES


def test_a_piece_in_a_row_of_others_is_told_by_table(db: Database) -> None:
    with db.transaction():
        users.add(db, make_user(name="a name of somebody else", about='says "so"'))

    assert leftovers.in_rows(db, ["of somebody else", "nobody says this"]) == {"users": {"of somebody else"}}
    assert leftovers.in_rows(db, ["nobody says this"]) == {}
    assert leftovers.holding(["of nobody", "a name of somebody else"], ["of somebody else"]) == [1]


def _locks(path: str) -> set[str]:
    inodes = {os.stat(each).st_ino for each in (path, f"{path}-shm")}
    lines = Path("/proc/locks").read_text().splitlines()
    return {
        " ".join(line.split()[1:])
        for line in lines
        if int(line.split()[4]) == os.getpid() and int(line.split()[5].split(":")[2]) in inodes
    }


def _open_files() -> set[str]:
    opened: set[str] = set()
    for each in Path("/proc/self/fd").iterdir():
        try:
            opened.add(os.readlink(each))
        except OSError:
            continue
    return opened
