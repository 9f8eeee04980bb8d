"""The doctor finds each kind of damage, says what it means, and mends what can be made again from the rows."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from julep_local.errors import NotADatabase, StoreError
from julep_local.store import agents, docs, doctor, embedding_sets, fts, memory_search, schema, vectors
from julep_local.store.database import Database
from julep_local.types import DoctorFinding, DoctorReport

from . import golden
from .making import count, fill, make_agent, make_doc, pieces


@pytest.fixture
def filled(path: str) -> str:
    with closing(Database(path)) as db:
        fill(db)
    return path


def edit(path: str, *statements: str) -> None:
    """Change the file as another program, whose triggers and checks can be off."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("pragma foreign_keys = off")
        other.execute("pragma ignore_check_constraints = on")
        other.execute("pragma writable_schema = on")
        for statement in statements:
            other.execute(statement)


def flip(path: str, text: bytes, replacement: bytes) -> None:
    """Change bytes on the disk, below SQLite."""
    content = Path(path).read_bytes()
    assert content.count(text) >= 1
    Path(path).write_bytes(content.replace(text, replacement))


def found(report: DoctorReport, kind: str) -> DoctorFinding:
    (only,) = [each for each in report.findings if each.kind == kind]
    return only


def test_a_sound_file_is_sound(filled: str) -> None:
    before = Path(filled).read_bytes()

    report = doctor.examine_file(filled, repair=True)

    assert (report.is_sound, report.findings, report.repaired, report.backup) == (True, [], [], None)
    assert [check.name for check in report.checks if check.passed] == [
        "version",
        "pages",
        "tables",
        "references",
        "docs",
        "row hashes",
        "text index",
        "vectors",
        "counters",
        "jobs",
        "stamps",
        "log",
    ]
    assert report.schema_version == schema.VERSION
    assert Path(filled).read_bytes() == before
    assert os.listdir(os.path.dirname(filled)) == ["julep.db"]


@pytest.mark.parametrize("text", [b"be brief", b"likes tides", b"at sea", b'"hello"', b"Tides", b"Grace sails"])
def test_one_flipped_bit_in_a_text_is_found(filled: str, text: bytes) -> None:
    flip(filled, text, text[:-1] + bytes([text[-1] ^ 0x20]) if text[-1] != 34 else b'"hellO"')

    report = doctor.examine_file(filled)

    assert not report.is_sound
    finding = [each for each in report.findings if each.kind == "row_hash"]
    assert all(each.ids and not each.repairable for each in finding)
    assert finding


VECTOR_DAMAGE = {
    "cut short": "update chunk_vectors set embeddings = substr(embeddings, 1, 3) where id = 1",
    "one bit": "update chunk_vectors set embeddings = cast(x'013C0000' || substr(embeddings, 5) as blob) where id = 1",
    "NaN": "update chunk_vectors set embeddings = cast(x'007E' || substr(embeddings, 3) as blob), row_hash=null",
    "too long": "update chunk_vectors set embeddings = cast(x'0040' || substr(embeddings, 3) as blob), row_hash=null",
    "of no chunk": "update chunk_vectors set chunk_id = 900, row_hash = null where id = 1",
    "of another owner": "update chunk_vectors set owner_id = 'x', row_hash = null where id = 1",
    "of a memory that is gone": "update memory_vectors set memory_id = 'x', row_hash = null",
    "of a set that is gone": "update memory_vectors set embedding_set_id = 9, row_hash = null",
}


@pytest.mark.parametrize("name", VECTOR_DAMAGE)
def test_damaged_vectors_are_found_and_deleted_so_that_they_are_made_anew(filled: str, name: str) -> None:
    edit(
        filled,
        "drop trigger chunk_vectors_changed_by_others",
        "drop trigger memory_vectors_changed_by_others",
        VECTOR_DAMAGE[name],
    )
    assert not doctor.examine_file(filled).is_sound

    report = doctor.examine_file(filled, repair=True)

    assert {each.finding.kind for each in report.repaired} >= {"vectors", "schema"}
    assert report.is_sound
    with closing(Database(filled)) as db:
        (known,) = embedding_sets.every(db)
        missing = vectors.missing(db, known.id, limit=9)
        assert missing or memory_search.any_without_vector(db, known.id)


TEXT_INDEX_DAMAGE = {
    "a row is missing": "insert into chunks_fts (chunks_fts, rowid, own, title, heading, content) "
    "select 'delete', id, own, title, heading, content from chunks where id = 1",
    "a row too many": "insert into chunks_fts (rowid, content) values (99, 'nobody said this')",
    "all of it is gone": "delete from chunks_fts_data",
    "its segments are rubbish": "update chunks_fts_data set block = zeroblob(40) where id > 10",
    "its settings are gone": "delete from chunks_fts_config",
    "its lengths are wrong": "update chunks_fts_docsize set sz = x'01010101' where id = 1",
    "a part of it is gone": "drop table chunks_fts_docsize",
    "memories": "insert into memories_fts (rowid, content) values (99, 'nobody said this')",
}


@pytest.mark.parametrize("name", TEXT_INDEX_DAMAGE)
def test_a_damaged_text_index_is_found_and_made_anew(filled: str, name: str) -> None:
    edit(filled, TEXT_INDEX_DAMAGE[name])
    assert [each.kind for each in doctor.examine_file(filled).findings if each.severity == "damage"]

    report = doctor.examine_file(filled, repair=True)

    assert "text_index" in {each.finding.kind for each in report.repaired}
    assert report.is_sound
    with closing(Database(filled)) as db:
        assert fts.check(db)
        assert len(docs.word_scores(db, "two", owner_id=None)[0]) == 2


OTHER_DAMAGE: dict[str, tuple[str, str, bool]] = {
    # what: the statement, the kind of the finding, whether it is mended
    "a count": ("update doc_owners set n_chunks = 7", "counters", True),
    "no counts": ("delete from memory_owners", "counters", True),
    "a trigger": ("drop trigger chunks_from_fts", "schema", True),
    "an index": ("drop index messages_by_session", "schema", True),
    "a view": ("drop view history", "schema", True),
    "a row without its owner": ("update messages set session_id = 'gone'", "references", False),
    "a chunk": ("delete from chunks where id = 1", "docs", False),
    "a value": ("update memories set state = 'odd'", "values", False),
    "JSON": ("update agents set metadata = '{'", "values", False),
    "a time": ("update users set created_at = 'yesterday'", "stamps", False),
}


@pytest.mark.parametrize("name", OTHER_DAMAGE)
def test_other_damage_is_found_and_mended_where_rows_allow(filled: str, name: str) -> None:
    statement, kind, is_mended = OTHER_DAMAGE[name]
    edit(filled, statement)

    report = doctor.examine_file(filled)

    finding = next(each for each in report.findings if each.kind == kind)
    assert (finding.severity, finding.repairable) == ("damage", is_mended)
    mended = doctor.examine_file(filled, repair=True)
    assert (kind in {each.kind for each in mended.findings}) == (not is_mended)
    assert (kind in {each.finding.kind for each in mended.repaired}) == is_mended


def test_an_index_that_does_not_fit_its_table_is_made_anew(filled: str) -> None:
    edit(
        filled,
        "create table t as select rootpage as page from sqlite_schema where name = 'messages_by_session'",
        "create index other on messages (id)",
        "update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 'other') "
        "where name = 'messages_by_session'",
        "delete from sqlite_schema where name in ('other', 't')",
    )

    report = doctor.examine_file(filled)

    assert "indexes" in {each.kind for each in report.findings}


def test_damaged_pages_are_found_and_nothing_is_written(filled: str) -> None:
    content = bytearray(Path(filled).read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\x5a" * (4096 * 9)
    Path(filled).write_bytes(content)

    report = doctor.examine_file(filled, repair=True)

    assert not report.is_sound
    assert "recover" in found_any(report, "pages").remedy
    assert (report.repaired, report.backup) == ([], None)
    assert Path(filled).read_bytes() == content


def found_any(report: DoctorReport, kind: str) -> DoctorFinding:
    return next(each for each in report.findings if each.kind == kind)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: Path(path).write_bytes(b""), id="empty"),
        pytest.param(lambda path: Path(path).write_text("a letter " * 900), id="a letter"),
        pytest.param(lambda path: edit(path, "pragma user_version = 99"), id="of a newer release"),
        pytest.param(lambda path: os.truncate(path, 4096 * 2), id="cut short"),
    ],
)
def test_a_file_that_cannot_be_opened_is_told_of_and_not_changed(filled: str, damage: Callable[[str], None]) -> None:
    damage(filled)
    before = Path(filled).read_bytes()

    report = doctor.examine_file(filled, repair=True)

    assert not report.is_sound
    assert not any(check.passed for check in report.checks if check.name == "pages")
    assert Path(filled).read_bytes() == before


def test_a_missing_file_is_an_error_and_is_not_made(path: str) -> None:
    with pytest.raises(StoreError, match="no such file"):
        doctor.examine_file(path)

    assert not os.path.exists(path)


def test_a_file_of_an_older_version_is_looked_over_as_it_is(path: str) -> None:
    golden.unpack(2, path)
    before = Path(path).read_bytes()

    report = doctor.examine_file(path)

    assert (report.is_sound, report.schema_version) == (True, 2)
    assert found(report, "other_version").severity == "note"
    assert Path(path).read_bytes() == before
    with pytest.raises(StoreError, match="open it with a client first"):
        doctor.examine_file(path, repair=True)


@pytest.mark.parametrize("said", [1, schema.VERSION - 1])
def test_a_number_of_an_older_version_over_the_tables_of_this_one_is_damage(filled: str, said: int) -> None:
    edit(filled, f"pragma user_version = {said}")

    report = doctor.examine_file(filled)

    assert not report.is_sound
    assert f"pragma user_version = {schema.VERSION}" in found(report, "cannot_be_opened").remedy
    with pytest.raises(NotADatabase, match=f"not those of version {said}, .* `julep-local doctor` says more"):
        Database(filled)
    edit(filled, f"pragma user_version = {schema.VERSION}")
    assert doctor.examine_file(filled).findings == []


def test_before_anything_is_mended_a_copy_is_made(filled: str) -> None:
    edit(filled, "update doc_owners set n_chunks = 7")

    report = doctor.examine_file(filled, repair=True)

    assert report.backup is not None
    assert found_any(doctor.examine_file(report.backup), "counters").repairable
    assert report.is_sound


def test_rows_of_another_program_are_noted_and_get_a_hash(filled: str) -> None:
    edit(filled, "update users set name = 'Bo'")
    report = doctor.examine_file(filled)
    assert (report.is_sound, found(report, "unhashed").severity) == (True, "note")

    report = doctor.examine_file(filled, repair=True)

    assert report.findings == []


def test_the_doctor_looks_at_an_open_file_while_others_write(db: Database) -> None:
    fill(db)
    with closing(Database(db.path)) as other:
        agent = make_agent()
        with other.transaction():
            agents.add(other, agent)
            docs.add(other, make_doc("one two", agent_id=agent.id), pieces("one ", "two"))
        report = doctor.examine(db)

    assert report.is_sound
    assert count(db, "docs") == 3


def test_a_database_in_memory_is_looked_over_and_mended_without_a_copy() -> None:
    with closing(Database(":memory:")) as db:
        fill(db)
        with db.transaction():
            db.execute("delete from doc_owners")

        report = doctor.examine(db, repair=True)

    assert (report.is_sound, report.backup, len(report.repaired)) == (True, None, 1)
