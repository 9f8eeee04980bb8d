"""Every version that was ever written is opened by this one, with all that was in it, by however many at once."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from julep_local.errors import NotADatabase
from julep_local.store import doctor, fts, schema
from julep_local.store.database import Database

from . import golden
from .making import start_python

WORDS = """
    select 'agent', id, name, about, instructions, metadata, created_at from agents
    union all select 'user', id, name, about, '', metadata, created_at from users
    union all select 'session', id, agent_id, user_id, situation, metadata, created_at from sessions
    union all select 'message', id, session_id, turn_id, role, content, created_at from messages
    union all select 'tool', id, agent_id, name, type, parameters, created_at from tools
    union all select 'doc', id, agent_id, user_id, title, metadata, created_at from docs
    union all select 'memory', id, agent_id, user_id, content, entities, created_at from memories
    order by 1, 2
"""


def words(path: str) -> list[tuple[object, ...]]:
    with closing(dbapi2.connect(path)) as raw:
        return raw.execute(WORDS).fetchall()


def doc_texts(path: str) -> dict[str, str]:
    """By title, however the version keeps them."""
    with closing(dbapi2.connect(path)) as raw:
        if raw.execute("pragma user_version").fetchone()[0] == 1:
            rows = raw.execute("select title, content from docs").fetchall()
            return {title: "".join(json.loads(f"[{content}]")[0]) for title, content in rows}
        return dict(
            raw.execute(
                """
                select docs.title, group_concat(chunks.content, '' order by position)
                from docs
                join chunks on doc_seq = docs.seq
                group by docs.seq
                """
            ).fetchall()
        )


def copies(path: str) -> list[str]:
    return sorted(name for name in os.listdir(os.path.dirname(path)) if name.endswith(".backup"))


def test_each_version_before_this_one_has_a_golden_file() -> None:
    assert golden.VERSIONS == list(range(1, schema.VERSION))


@pytest.mark.parametrize("version", golden.VERSIONS)
def test_a_golden_file_opens_with_all_that_was_in_it(version: int, path: str, tmp_path: Path) -> None:
    golden.unpack(version, path)
    before, texts = words(path), doc_texts(path)

    with closing(Database(path)) as db:
        assert db.query("pragma user_version")[0][0] == schema.VERSION
        assert fts.check(db)
        report = doctor.examine(db)

    assert report.is_sound
    assert {each.kind for each in report.findings} <= {"missing_vectors", "jobs"}
    assert words(path) == before
    assert doc_texts(path) == texts
    assert len(before) == 14 + 1
    with closing(Database(str(tmp_path / "new.db"))) as new, closing(Database(path)) as db:
        sql = "select name, sql from sqlite_schema where sql <> ''"
        tables = [{row[0]: " ".join(row[1].split()) for row in each.query(sql)} for each in (new, db)]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("version", golden.VERSIONS)
def test_before_a_file_is_brought_up_to_date_a_copy_of_it_is_made_that_stays(version: int, path: str) -> None:
    golden.unpack(version, path)
    before = words(path)

    for _ in range(2):
        Database(path).close()

    (copy,) = copies(path)
    assert copy.startswith(f"julep.db.version-{version}.20")
    copy = os.path.join(os.path.dirname(path), copy)
    assert words(copy) == before
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("pragma user_version").fetchone()[0] == version
        assert old.execute("pragma application_id").fetchone()[0] == schema.APPLICATION_ID
    Database(copy).close()


def test_a_new_file_needs_no_copy(path: str) -> None:
    Database(path).close()

    assert copies(path) == []


def test_a_damaged_file_of_an_older_version_is_refused_and_stays_as_it_is(path: str) -> None:
    golden.unpack(2, path)
    damaged = bytearray(Path(path).read_bytes())
    damaged[4096 * 4 : 4096 * 20] = b"\x5a" * (4096 * 16)
    Path(path).write_bytes(damaged)

    with pytest.raises(NotADatabase, match="damaged"):
        Database(path)

    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("pragma user_version").fetchone()[0] == 2
    assert copies(path) == []


def test_what_fails_while_it_is_brought_up_to_date_leaves_the_old_file_whole(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden.unpack(1, path)
    before = words(path)

    def fail(execute: schema.Execute) -> None:
        execute("drop table agents")
        raise KeyError("half way")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:-1], fail))
    with pytest.raises(KeyError):
        Database(path)
    monkeypatch.undo()

    assert words(path) == before
    with closing(Database(path)) as db:
        assert doctor.examine(db).is_sound


def test_six_processes_bring_one_file_up_to_date_at_once(path: str) -> None:
    golden.unpack(1, path)
    before = words(path)
    racers = [
        start_python(
            """
            import sys
            from julep_local.store.database import Database
            print("ready", flush=True)
            sys.stdin.readline()
            db = Database(sys.argv[1])
            print(db.query("pragma user_version")[0][0], flush=True)
            db.close()
            """,
            path,
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"

    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.communicate(timeout=60) for racer in racers]

    assert [out for out, _ in said] == [f"{schema.VERSION}\n"] * 6, said
    assert words(path) == before
    assert len(copies(path)) == 1
