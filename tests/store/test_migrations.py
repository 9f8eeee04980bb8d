"""Files of older versions, with rows in them, are opened by this one."""

import json
import struct
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from julep_local.store import docs, embedding_sets, fts, memories, memory_search, schema, users, vectors
from julep_local.store.database import Database

from .making import NOW, chunks_of, loaded_vectors, matrix

AGENT, USER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
LONG = "  One is a start.\n\nTwo follows it, \t and\nTwo again.\n\n\nThree ends it. \n"
TEXTS: dict[str, tuple[object, list[str]]] = {
    # id: the content, and the chunks that version 1 made of it
    "long": (LONG, ["One is a start.", "Two follows it, \t and", "Two again.", "Three ends it."]),
    "repeated": ("a b a b a", ["a b", "a b", "a"]),
    "odd": ("kept as it is", ["not in", "the text"]),
    "short": ("one chunk", ["one chunk"]),
    "blank": (" \n ", [" \n "]),
    "empty": ("", [""]),
    "lonely": ("no chunks", []),
    "list": (["first ", "", "first "], ["first ", "", "first "]),
}


@pytest.fixture
def version_1(path: str) -> str:
    """A file as the first release wrote it."""
    with closing(dbapi2.connect(path, isolation_level=None)) as old:
        schema.m001_first_tables(old.execute)
        old.execute("pragma user_version = 1")
        old.execute(
            "insert into agents (id, name, model, created_at, updated_at) values (?, 'Ada', 'm', 't', 't')", [AGENT]
        )
        old.execute("insert into users (id, created_at, updated_at) values (?, 't', 't')", [USER])
        old.execute("insert into embedding_sets values (7, 'mini:abc', 2)")
        blob = struct.pack("<2f", 1, 0)
        for n, (doc_id, (content, chunks)) in enumerate(TEXTS.items()):
            owner = (AGENT, None) if n % 2 else (None, USER)
            old.execute(
                """
                insert into docs (seq, id, agent_id, user_id, title, content, metadata, created_at)
                values (?, ?, ?, ?, ?, ?, '{"n":1}', '2024-05-17T12:00:00.000000Z')
                """,
                [n * 10, doc_id, *owner, f"Title {doc_id}", json.dumps(content)],
            )
            for position, chunk in enumerate(chunks):
                values = [doc_id, owner[0] or owner[1], position, f"Title {doc_id}", chunk]
                old.execute(
                    "insert into chunks (doc_id, owner_id, position, title, content) values (?, ?, ?, ?, ?)", values
                )
        old.execute("insert into chunk_vectors select id, 7, owner_id, ? from chunks", [blob])
        old.execute(
            """
            insert into memories (id, agent_id, user_id, content, created_at)
            values ('m', ?, ?, 'Grace sails', '2024-05-17T12:00:00.000000Z')
            """,
            [AGENT, USER],
        )
        old.execute("insert into memory_vectors values ('m', 7, ?)", [blob])
    return path


def test_docs_of_version_1_keep_their_text_and_their_words(version_1: str) -> None:
    with closing(Database(version_1)) as db:
        assert db.query("pragma user_version")[0][0] == schema.VERSION
        found = {doc_id: docs.get(db, doc_id) for doc_id in TEXTS}
        assert {doc_id: doc.content for doc_id, doc in found.items() if doc} == {
            doc_id: content for doc_id, (content, _) in TEXTS.items()
        }
        assert found["long"] is not None
        assert (found["long"].title, found["long"].user_id, dict(found["long"].metadata or {})) == (
            "Title long",
            USER,
            {"n": 1},
        )
        assert docs.updated_at(db, "long") == "2024-05-17T12:00:00.000000Z"
        assert len(docs.word_scores(db, "follow", owner_id=USER)[0]) == 1
        assert len(docs.word_scores(db, "title", owner_id=None)[0]) == db.query("select count(*) from chunks")[0][0]
        assert len(memory_search.matching(db, ["sailing"], agent_id=AGENT, limit=9)) == 1
        assert fts.check(db)
        assert db.query("pragma integrity_check")[0][0] == "ok"
        assert db.query("pragma foreign_key_check") == []


def test_a_text_of_version_1_is_cut_where_it_was_cut(version_1: str) -> None:
    with closing(Database(version_1)) as db:
        cut = {doc_id: [chunk.content for chunk in chunks_of(db, doc_id)] for doc_id in TEXTS}

    assert cut["long"] == [
        "  One is a start.\n\n",
        "Two follows it, \t and\n",
        "Two again.\n\n\n",
        "Three ends it. \n",
    ]
    assert cut["repeated"] == ["a b ", "a b ", "a"]
    assert cut["odd"] == ["kept as it is"]
    assert cut["list"] == ["first ", "", "first "]
    assert cut["lonely"] == ["no chunks"]


def test_vectors_of_version_1_are_made_anew(version_1: str) -> None:
    with closing(Database(version_1)) as db:
        set_id = embedding_sets.id_for(db, "mini:abc", 2)
        missing = vectors.missing(db, set_id, limit=99)
        assert vectors.progress(db, set_id) == (0, len(missing))
        assert memory_search.without_vectors(db, agent_id=AGENT, embedding_set_id=set_id) == [
            ("m", "", "Grace sails", "")
        ]

        with db.transaction():
            vectors.add(db, set_id, [chunk.chunk_id for chunk in missing], matrix(*[(1, 0)] * len(missing)))

        assert vectors.progress(db, set_id) == (len(missing), len(missing))
        assert len(loaded_vectors(db, set_id, AGENT)[0]) + len(loaded_vectors(db, set_id, USER)[0]) == len(missing)


def test_views_show_what_they_showed(version_1: str) -> None:
    with closing(Database(version_1)) as db:
        shown = {row["id"]: row["content"] for row in db.query("select * from recallable")}

    assert shown["long"] == LONG
    assert shown["list"] == "first \n\nfirst "
    assert shown["m"] == "Grace sails"


def test_a_migrated_file_has_the_tables_of_a_new_one(version_1: str, tmp_path: Path) -> None:
    def tables(path: str) -> dict[str, str]:
        with closing(Database(path)) as db:
            return {
                row[0]: " ".join(row[1].split())
                for row in db.query("select name, sql from sqlite_schema where sql <> ''")
            }

    assert tables(version_1) == tables(str(tmp_path / "new.db"))


def test_what_others_made_over_version_1_stays_as_it_is(version_1: str) -> None:
    theirs = {
        "shown": "create view shown as select kind, id, content from recallable",
        "titles": "create view titles as select docs.id, title, content from docs",
        "said": "create view said as select history.content from history join chunks using (content)",
        "sizes": "create view sizes as select chunk_id, length(embedding) from chunk_vectors",
        "notes": "create table notes (doc_id text references docs(id) on delete cascade, note text)",
        "noted": "create trigger noted after insert on notes begin update docs set title = new.note; end",
    }
    with closing(dbapi2.connect(version_1, isolation_level=None)) as old:
        for statement in theirs.values():
            old.execute(statement)
        old.execute("drop trigger noted")
        old.execute("insert into notes values ('long', 'read it'), ('list', 'and this')")
        old.execute(theirs["noted"])

    with closing(Database(version_1)) as db:
        found = {row["name"]: row["sql"] for row in db.query("select name, sql from sqlite_schema where sql <> ''")}
        # SQLite writes the first two words in capitals
        assert {name: found[name].lower() for name in theirs} == theirs
        assert db.query("select content from shown where id = 'long'")[0][0] == LONG
        assert len(db.query("select * from notes")) == 2
        with db.transaction():
            assert docs.delete(db, "long", user_id=USER)
        assert [row["doc_id"] for row in db.query("select * from notes")] == ["list"]
        assert db.query("pragma foreign_key_check") == []
        assert [db.query(f"pragma {name}")[0][0] for name in ("foreign_keys", "legacy_alter_table")] == [1, 0]


@pytest.fixture
def version_2(path: str) -> str:
    """A file of version 2 with memories, which began with the name of the user."""
    with closing(dbapi2.connect(path, isolation_level=None)) as old:
        old.row_factory = dbapi2.Row
        schema.m001_first_tables(old.execute)
        schema.m002_text_stands_once(old.execute)
        old.execute("pragma user_version = 2")
        old.execute(f"pragma application_id = {schema.APPLICATION_ID}")
        old.execute(
            "insert into agents (id, name, model, created_at, updated_at) values (?, 'Ada', 'm', 't', 't')", [AGENT]
        )
        named = "insert into users (id, name, created_at, updated_at) values (?, ?, 't', 't')"
        old.execute(named, [USER, "Grace: H."])
        old.execute(named, [NOBODY, None])
        old.execute("insert into embedding_sets (id, name, n_dims, state) values (7, 'mini:abc', 2, 'current')")
        for n, (memory_id, user_id, content, timestamp) in enumerate(
            (
                ("named", USER, "Grace: H.: I have been sailing", "2024-05-16T12:00:00.000000Z"),
                ("nameless", NOBODY, "The user: I cook", None),
                ("renamed", USER, "Kim: I dance", None),
                ("bare", USER, "a plain statement", None),
            )
        ):
            old.execute(
                """
                insert into memories (id, agent_id, user_id, content, timestamp, sentiment, entities, created_at)
                values (?, ?, ?, ?, ?, 0.5, '[{"name":"x"}]', ?)
                """,
                [memory_id, AGENT, user_id, content, timestamp, f"2024-05-17T12:00:0{n}.000000Z"],
            )
            old.execute("insert into memory_vectors values (?, 7, ?)", [memory_id, struct.pack("<2f", 1, 0)])
        old.execute("insert into memory_sources values ('named', 'm2'), ('named', 'm1')")
    return path


NOBODY = "bbbbbbbb-0000-4000-8000-000000000003"


def test_memories_of_version_2_are_current_and_say_whose_words_they_are(version_2: str) -> None:
    with closing(Database(version_2)) as db:
        found = {each.id: memories.stored(db, each.id) for each in memories.page(db, agent_id=AGENT, limit=9, offset=0)}

        assert list(found) == ["bare", "renamed", "nameless", "named"]
        assert {memory_id: (each.speaker, each.said) for memory_id, each in found.items() if each} == {
            "named": ("Grace: H.", "I have been sailing"),
            "nameless": ("The user", "I cook"),
            "renamed": ("", "Kim: I dance"),
            "bare": ("", "a plain statement"),
        }
        named = found["named"]
        assert named is not None
        assert (named.memory.content, named.memory.sources) == ("Grace: H.: I have been sailing", ["m1", "m2"])
        assert (named.memory.state, named.memory.tier, named.memory.sentiment) == ("current", "rules", 0.5)
        assert named.said_at == named.memory.timestamp
        bare = found["bare"]
        assert bare is not None
        assert bare.said_at == bare.memory.created_at
        again = memories.saying(db, "i have been sailing", agent_id=AGENT, user_id=USER)
        assert [each.memory.id for each in again] == ["named"]


def test_memories_of_version_2_are_found_by_words_and_get_new_vectors(version_2: str) -> None:
    with closing(Database(version_2)) as db:
        hits = memory_search.matching(db, ["sail"], agent_id=AGENT, user_id=USER, limit=9)
        assert [hit.memory.id for hit in hits] == ["named"]
        assert memories.page(db, agent_id=AGENT, user_id=NOBODY, limit=1, offset=0)
        set_id = embedding_sets.id_for(db, "mini:abc", 2)
        missing = memory_search.without_vectors(db, agent_id=AGENT, embedding_set_id=set_id)
        assert {row[0] for row in missing} == {"named", "nameless", "renamed", "bare"}
        assert fts.check(db)
        assert db.query("pragma integrity_check")[0][0] == "ok"
        assert db.query("pragma foreign_key_check") == []


def test_memories_of_version_2_end_where_a_newer_one_begins_and_go_with_their_user(version_2: str) -> None:
    with closing(Database(version_2)) as db:
        with db.transaction():
            memories.supersede(db, "named", by="bare", at=NOW)
            memories.delete(db, AGENT, "bare")
        assert [each.id for each in memories.page(db, agent_id=AGENT, user_id=USER, limit=9, offset=0)] == [
            "renamed",
            "named",
        ]

        with db.transaction():
            users.delete(db, USER)
        assert [each.id for each in memories.page(db, agent_id=AGENT, limit=9, offset=0)] == ["nameless"]
        assert fts.check(db)
