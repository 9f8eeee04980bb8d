from contextlib import closing

import pytest

from julep_local.errors import NewerDatabase, NotADatabase, StoreError
from julep_local.store import agents, docs, memory_search, messages, schema, sessions, users
from julep_local.store.database import Database

from .making import check_text_indexes, count, fill, make_doc, make_message, new_id


def test_a_blank_file_becomes_the_present_version(db: Database) -> None:
    assert db.query("pragma user_version")[0][0] == schema.VERSION
    assert db.query("pragma application_id")[0][0] == schema.APPLICATION_ID
    assert db.query("pragma integrity_check")[0][0] == "ok"


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path).close()

    def m999_fails_halfway(execute) -> None:
        execute("create table later (id integer primary key) strict")
        execute("create table later (id integer primary key) strict")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, m999_fails_halfway))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(StoreError, match="already exists"):
        Database(path)
    monkeypatch.undo()

    with closing(Database(path)) as db:
        assert db.query("select 1 from sqlite_schema where name = 'later'") == []


def test_a_file_with_rows_is_migrated_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Database(path)) as db:
        agent, _, _ = fill(db)

    def m999_adds_a_column(execute) -> None:
        execute("alter table agents add column voice text")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, m999_adds_a_column))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)

    for _ in range(2):
        with closing(Database(path)) as db:
            assert agents.get(db, agent.id) == agent
            assert db.query("select voice from agents")[0]["voice"] is None


@pytest.mark.parametrize(
    ("header", "error"),
    [
        pytest.param({"application_id": 0, "version": 0, "n_tables": 0}, None, id="blank"),
        pytest.param({"application_id": schema.APPLICATION_ID, "version": 1, "n_tables": 30}, None, id="ours"),
        pytest.param(
            {"application_id": schema.APPLICATION_ID, "version": 99, "n_tables": 1}, NewerDatabase, id="newer"
        ),
        pytest.param({"application_id": 1, "version": 0, "n_tables": 0}, NotADatabase, id="another's id"),
        pytest.param({"application_id": 0, "version": 0, "n_tables": 1}, NotADatabase, id="another's tables"),
        pytest.param({"application_id": 0, "version": 1, "n_tables": 0}, NotADatabase, id="another's version"),
    ],
)
def test_only_our_own_and_blank_files_are_opened(header: dict[str, int], error: type[Exception] | None) -> None:
    if error is None:
        schema.check_header("a.db", **header)
    else:
        with pytest.raises(error):
            schema.check_header("a.db", **header)


EVERYTHING_OWNED = (
    "docs chunks chunk_vectors tools sessions messages suggestions memories memory_vectors memory_sources"
).split()


def test_deleting_an_agent_deletes_everything_of_it(db: Database) -> None:
    agent, user, session = fill(db)
    with db.transaction():
        db.execute("insert into suggestions values (1, :id, 'm', 'user', 'ask on', 't')", {"id": session.id})
        db.execute(
            """
            insert into tools (seq, id, agent_id, type, name, parameters, created_at, updated_at)
            values (1, 't', :id, 'function', 'f', '{}', 't', 't')
            """,
            {"id": agent.id},
        )
        db.execute("delete from docs where user_id = :id", {"id": user.id})
    assert all(count(db, table) for table in EVERYTHING_OWNED)

    with db.transaction():
        agents.delete(db, agent.id)

    assert {table: count(db, table) for table in EVERYTHING_OWNED} == dict.fromkeys(EVERYTHING_OWNED, 0)
    assert docs.word_scores(db, "one", owner_id=agent.id) == ([], [])
    assert memory_search.matching(db, ["sails"], agent_id=agent.id, limit=5) == []
    assert users.get(db, user.id) == user
    check_text_indexes(db)


def test_deleting_a_user_deletes_docs_and_memories_and_keeps_its_sessions(db: Database) -> None:
    agent, user, session = fill(db)

    with db.transaction():
        users.delete(db, user.id)

    kept = sessions.get(db, session.id)
    assert kept is not None
    assert kept.user_id is None
    assert len(messages.page(db, session.id, 10, 0)) == 2
    assert docs.page(db, user_id=user.id, limit=9, offset=0) == []
    assert len(docs.page(db, agent_id=agent.id, limit=9, offset=0)) == 1
    assert count(db, "memories") == count(db, "memory_vectors") == 0
    check_text_indexes(db)


def test_deleting_a_session_deletes_its_history_and_keeps_memories(db: Database) -> None:
    _, _, session = fill(db)

    with db.transaction():
        sessions.delete(db, session.id)

    assert count(db, "messages") == 0
    assert count(db, "memories") == 1


def test_a_doc_has_exactly_one_owner(db: Database) -> None:
    agent, user, _ = fill(db)

    for owners in ({}, {"agent_id": agent.id, "user_id": user.id}):
        with pytest.raises(StoreError, match="CHECK"), db.transaction():
            docs.add(db, make_doc("", **owners), [])


def test_the_text_index_follows_a_change_of_the_tables(db: Database) -> None:
    agent, _, _ = fill(db)

    with db.transaction():
        db.execute("update chunks set content = 'meteorites' where position = 0")
        db.execute("update memories set content = 'Grace dives'")

    assert len(docs.word_scores(db, "meteorites", owner_id=agent.id)[0]) == 1
    assert docs.word_scores(db, "one", owner_id=agent.id) == ([], [])
    assert len(memory_search.matching(db, ["diving"], agent_id=agent.id, limit=5)) == 1
    check_text_indexes(db)


def test_the_history_view_shows_messages_as_text(db: Database) -> None:
    agent, user, session = fill(db)
    parts = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "text", "text": "a boat?"},
    ]
    with db.transaction():
        messages.append(db, session.id, new_id(), [make_message(parts)])

    rows = db.query("select * from history order by seq")

    assert [row["content"] for row in rows] == ["hello", "hi", "what is this?\na boat?"]
    assert {(row["agent"], row["user"]) for row in rows} == {(agent.name, user.name)}


def test_the_recallable_view_shows_docs_and_memories(db: Database) -> None:
    agent, user, _ = fill(db)

    rows = db.query("select * from recallable order by kind, agent_id is null")

    assert [(row["kind"], row["content"]) for row in rows] == [
        ("doc", "one\ntwo"),
        ("doc", "one\ntwo"),
        ("memory", "Grace sails"),
    ]
    assert (rows[0]["agent_id"], rows[1]["user_id"]) == (agent.id, user.id)
