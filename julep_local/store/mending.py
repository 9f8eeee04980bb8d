"""Mends what can be made again from the rows: indexes, vectors, counts, hashes. What people wrote is never touched."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from julep_local.errors import StoreError
from julep_local.settings import IN_MEMORY
from julep_local.store import examination, fts, row_hashes
from julep_local.store.columns import json_text
from julep_local.store.database import Database
from julep_local.types.doctor import DoctorFinding, DoctorRepair


def mend(db: Database, found: Sequence[DoctorFinding]) -> list[DoctorRepair]:
    """Mend what is repairable of these, one after the other, and return what was done.

    Raises:
        StoreError: it cannot be written; what was mended before stays so.
    """
    done: list[DoctorRepair] = []
    # the order of the list: a trigger or an index that is missing comes before what it would have written
    for kind, repair in _REPAIRS.items():
        of_kind = [each for each in found if each.kind == kind and each.repairable]
        if of_kind:
            with suppress(_Unmended):
                said = repair(db, of_kind)
                done += [DoctorRepair(finding=each, done=said) for each in of_kind]
    return done


class _Unmended(Exception):
    """It is still so after all that can be done."""


def _objects(db: Database, found: Sequence[DoctorFinding]) -> str:
    wanted, present = examination.wanted_objects(), examination.objects(db)
    wrong = {key: sql for key, sql in wanted.items() if present.get(key) != sql and key[0] != "table"}
    with db.transaction():
        for kind, name in wrong:
            db.execute(f'drop {kind} if exists "{name}"')
        for sql in wrong.values():
            db.execute(sql)
    # first a text index itself, which makes its parts; then a part that alone was missing
    for kind, name in sorted(wanted.keys() - present.keys(), key=lambda each: len(each[1])):
        if kind == "table" and examination.is_of_text_index(name) and (kind, name) not in examination.objects(db):
            with db.transaction():
                db.execute(wanted[kind, name])
    return "made as this release makes them"


def _indexes(db: Database, found: Sequence[DoctorFinding]) -> str:
    with db.transaction():
        db.execute("reindex")
    return "made anew from the rows"


def _text_indexes(db: Database, found: Sequence[DoctorFinding]) -> str:
    for table in fts.INDEXES:
        if fts.fits(db, table):
            continue
        for way in (_rebuilt, _begun_anew):
            with suppress(StoreError):
                way(db, table)
            if fts.fits(db, table):
                break
        else:
            raise _Unmended
    return "made anew from the rows"


def _rebuilt(db: Database, table: str) -> None:
    fts.rebuild_one(db, table)


def _begun_anew(db: Database, table: str) -> None:
    """The same where the index cannot be opened: what it consists of is first made as it is in a new file."""
    blank = Database(IN_MEMORY)
    try:
        with db.transaction():
            for part in (f"{table}_{name}" for name in ("data", "idx", "docsize", "config")):
                db.execute(f"delete from {part}")  # noqa: S608  (names of this file)
                for row in blank.query(f"select * from {part}"):  # noqa: S608
                    values = dict(zip(row.keys(), row, strict=True))
                    db.execute(
                        f"insert into {part} ({', '.join(values)}) values ({', '.join(f':{name}' for name in values)})",  # noqa: S608
                        values,
                    )
            fts.rebuild_one(db, table)
    finally:
        blank.close()


def _vectors(db: Database, found: Sequence[DoctorFinding]) -> str:
    n_rows = 0
    for table in row_hashes.VECTORS:
        wrong = examination.wrong_vectors(db, table)
        with db.transaction():
            n_rows += db.execute(
                f"delete from {table} where rowid in (select value from json_each(:rowids))",  # noqa: S608  (of a list)
                {"rowids": json_text(wrong, "rowids")},
            )
    return f"{n_rows} rows deleted: a client with an embedder makes their vectors anew"


def _counters(db: Database, found: Sequence[DoctorFinding]) -> str:
    with db.transaction():
        for statement in _COUNT_AGAIN:
            db.execute(statement)
    return "counted again"


# what is held in memory of an owner is valid as long as the other numbers stay the same, so these rise
_COUNT_AGAIN = (
    """
    insert into doc_owners (owner_id, n_chunks, first_id)
    select owner_id, 0, min(id)
    from chunks
    where true
    group by owner_id
    on conflict do nothing
    """,
    """
    update doc_owners
    set n_chunks = actual.n, n_text_changes = n_text_changes + 1
    from (
        select owners.owner_id, count(chunks.id) as n
        from doc_owners as owners
        left join chunks on chunks.owner_id = owners.owner_id
        group by owners.owner_id
    ) as actual
    where doc_owners.owner_id = actual.owner_id and n_chunks <> actual.n
    """,
    """
    insert into memory_owners (agent_id, user_id, first_seq)
    select agent_id, user_id, min(seq)
    from memories
    where true
    group by agent_id, user_id
    on conflict do nothing
    """,
    """
    update memory_owners
    set n_memories = actual.n, n_text_changes = n_text_changes + 1
    from (
        select owners.agent_id, owners.user_id, count(memories.id) as n
        from memory_owners as owners
        left join memories on memories.agent_id = owners.agent_id and memories.user_id = owners.user_id
        group by owners.agent_id, owners.user_id
    ) as actual
    where memory_owners.agent_id = actual.agent_id
        and memory_owners.user_id = actual.user_id
        and n_memories <> actual.n
    """,
)


def _hashes(db: Database, found: Sequence[DoctorFinding]) -> str:
    encoding = str(db.query("pragma encoding")[0][0])
    n_rows = 0
    for table in row_hashes.HASHED:
        with db.transaction():
            missing = [row for row in row_hashes.every(db.query, table, encoding=encoding) if row.stored is None]
            n_rows += db.execute_many(
                f"update {table} set row_hash = :computed where rowid = :rowid",  # noqa: S608  (of a list)
                [row._asdict() for row in missing],
            )
    return f"{n_rows} rows have a hash now of what they hold"


def _log(db: Database, found: Sequence[DoctorFinding]) -> str:
    if not db.fold_log():
        raise _Unmended
    return "folded into the file"


_REPAIRS: dict[str, Callable[[Database, Sequence[DoctorFinding]], str]] = {
    "schema": _objects,
    "indexes": _indexes,
    "text_index": _text_indexes,
    "vectors": _vectors,
    "counters": _counters,
    "unhashed": _hashes,
    "log": _log,
}
