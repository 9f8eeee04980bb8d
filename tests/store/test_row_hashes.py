"""A hash fits its row until the row's bytes change without being written."""

import sqlite3
from contextlib import closing

import pytest

from julep_local.store import agents, docs, memories, memory_rights, row_hashes, sessions, tools, users
from julep_local.store.database import Database
from julep_local.types import FunctionDef, Tool

from .making import LATER, NOW, fill, make_doc, new_id, pieces


def hashes(db: Database) -> dict[str, list[row_hashes.HashedRow]]:
    return {table: list(row_hashes.every(db.query, table)) for table in row_hashes.HASHED}


def add_tool(db: Database, agent_id: str) -> Tool:
    function = FunctionDef(name="look", description="looks", parameters={"type": "object"})
    tool = Tool(id=new_id(), type="function", function=function)
    with db.transaction():
        tools.add(db, agent_id, tool, NOW)
    return tool


def test_every_row_that_is_stored_has_its_hash(db: Database) -> None:
    agent, _, _ = fill(db)
    add_tool(db, agent.id)

    found = hashes(db)

    assert all(found.values())
    assert all(row.stored == row.computed for rows in found.values() for row in rows)


def test_what_the_library_changes_keeps_a_hash_that_fits(db: Database) -> None:
    agent, user, session = fill(db)
    tool = add_tool(db, agent.id)
    doc = make_doc("one two", agent_id=agent.id, metadata={"a": 1})
    (memory,) = memories.page(db, agent_id=agent.id, limit=1, offset=0)

    with db.transaction():
        docs.add(db, doc, pieces("one ", "two"))
        agents.replace(db, agent.model_copy(update={"about": "another"}))
        agents.set_memory_tier(db, agent.id, "rules")
        users.replace(db, user.model_copy(update={"name": None}))
        users.replace(db, user)
        sessions.replace(db, session.model_copy(update={"situation": "on land"}))
        tools.replace(db, agent.id, tool.model_copy(update={"type": "webhook"}), LATER)
        docs.update(db, doc.model_copy(update={"metadata": {"a": 2}}), now=LATER)
        docs.update(
            db, doc.model_copy(update={"content": "one three", "title": "T"}), pieces("one ", "three"), now=LATER
        )
        memories.touch(db, [memory.id], LATER)
        memories.refresh(db, memory.id, said_at=LATER, sources=[new_id()])
        memory_rights.edit(
            db,
            memory.id,
            content="Bo: I sail",
            speaker="Bo",
            slot=None,
            values=memory.model_copy(update={"content": "Bo: I sail", "timestamp": LATER}),
            verdict={"gate": "a person"},
        )
        memories.retract(db, memory.id, at=LATER)

    assert [(row, table) for table, rows in hashes(db).items() for row in rows if row.stored != row.computed] == []


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("agents", "update agents set about = 'theirs'"),
        ("users", "update users set name = 'theirs'"),
        ("messages", "update messages set content = '\"theirs\"'"),
        ("docs", "update docs set title = 'theirs'"),
        ("chunks", "update chunks set content = 'theirs'"),
        ("memories", "update memories set content = 'theirs'"),
        ("sessions", "update sessions set situation = 'theirs'"),
    ],
)
def test_a_row_that_another_program_changes_has_no_hash(path: str, table: str, change: str) -> None:
    """In plain SQL, with a SQLite that has none of our functions."""
    with closing(Database(path)) as db:
        fill(db)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(change)

    with closing(Database(path)) as db:
        assert {row.stored for row in row_hashes.every(db.query, table)} == {None}


def test_a_row_that_another_program_writes_as_it_was_keeps_its_hash(path: str) -> None:
    with closing(Database(path)) as db:
        fill(db)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("update users set name = name, updated_at = 't'")

    with closing(Database(path)) as db:
        assert all(row.stored == row.computed for row in row_hashes.every(db.query, "users"))


def test_what_leaves_one_column_and_enters_the_next_has_another_hash() -> None:
    def of(name: str | None, about: str | None) -> int:
        return row_hashes.row_hash("users", {"id": "u", "name": name, "about": about, "metadata": "{}"})

    texts: list[tuple[str | None, str | None]] = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc", ""),
        ("abc", None),
        ("", "abc"),
        (None, "abc"),
    ]
    assert len({of(*text) for text in texts}) == len(texts)


def test_hashes_of_a_file_in_utf_16_are_the_same(path: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("pragma encoding = 'UTF-16le'")
        other.execute("create table t (a)")
        other.execute("drop table t")
    with closing(Database(path)) as db:
        assert db.query("pragma encoding")[0][0] == "UTF-16le"
        fill(db)
        with db.transaction():
            agents.replace(db, agents.page(db, limit=1, offset=0)[0].model_copy(update={"about": "Ångström 茶 🍵"}))
        found = {table: list(row_hashes.every(db.query, table, encoding="UTF-16le")) for table in row_hashes.HASHED}

    assert all(row.stored == row.computed for rows in found.values() for row in rows)


def test_a_damaged_text_that_is_no_text_any_more_is_read_and_does_not_fit(db: Database) -> None:
    fill(db)
    with db.transaction():
        db.execute("drop trigger users_changed_by_others")
        db.execute("update users set name = cast(x'4772ff6163' as text)")

    (row,) = row_hashes.every(db.query, "users")

    assert row.stored != row.computed
