"""What can be wrong with a file, and how it is found. Nothing is written here; `mending.py` does that.

SQLite's own check comes first: where pages are damaged, what the others say may be wrong as well. Rows are named by
their ids. Each check yields what it finds and returns what it has looked at.
"""

import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from julep_local.errors import StoreError
from julep_local.settings import IN_MEMORY
from julep_local.store import embedding_sets, fts, row_hashes, schema, vectors
from julep_local.store.columns import time_text
from julep_local.store.connection import WAL_BYTES, Row
from julep_local.store.database import Database
from julep_local.store.refusals import is_of_the_moment
from julep_local.types.doctor import DoctorCheck, DoctorFinding, FindingKind

Findings = Generator[DoctorFinding, None, str]
"""What a check finds; it returns what it has looked at."""

MOST_IDS = 100
ROWS_AT_ONCE = 1_000
MOST_MESSAGES = 1_000
"""Of SQLite's own check."""

_RESTORE = (
    "go back to a copy that is sound (open it), or save what can be read with `sqlite3 FILE .recover | sqlite3 NEW`"
)
_OF_INDEX = re.compile(r"row \d+ missing from index (\S+)|wrong # of entries in index (\S+)|index (\S+)$")
_OF_TEXT_INDEX = re.compile(r"FTS5 table (?:main\.)?(\w+)|(\w+_fts)(?:_data|_idx|_docsize|_config)?\b")
_OF_VALUE = re.compile(
    r"(?:NULL|TEXT|INTEGER|INT|REAL|BLOB|NUMERIC).* (?:value )?in (\w+)\.|CHECK constraint failed in (\w+)"
)
_TREE = re.compile(r"Tree (\d+) ")


def all_checks(db: Database) -> Generator[DoctorCheck | DoctorFinding, None, None]:
    """Yield what is wrong, and each check when it is done. One that stumbles over damage is a finding itself."""
    version = int(db.query("pragma user_version")[0][0])
    for name, check in CHECKS.items():
        if version != schema.VERSION and check not in _OF_ANY_VERSION:
            continue
        yield from _done(name, check(db))


def _done(name: str, findings: Findings) -> Generator[DoctorCheck | DoctorFinding, None, None]:
    passed = True
    while True:
        try:
            found = next(findings)
        except StopIteration as end:
            yield DoctorCheck(name=name, passed=passed, summary=str(end.value))
            return
        except StoreError as error:
            if is_of_the_moment(error):
                raise
            meaning = f"the check of {name} came to a part of the file that cannot be read ({error})"
            yield _damage("pages", meaning, _RESTORE)
            yield DoctorCheck(name=name, passed=False, summary="it could not be finished: the file is damaged")
            return
        passed = passed and found.severity != "damage"
        yield found


def version(db: Database) -> Findings:
    """Whether the file has this release's tables."""
    found = int(db.query("pragma user_version")[0][0])
    if found < schema.VERSION and _tables_of(objects(db)) == _tables_of(wanted_objects()):
        yield _damage(
            "cannot_be_opened",
            f"its header says version {found}, and its tables are of version {schema.VERSION}: the number was damaged",
            f'put it right: sqlite3 FILE "pragma user_version = {schema.VERSION}"',
        )
    elif found != schema.VERSION:
        yield _note(
            "other_version",
            f"the file has version {found}, this release writes version {schema.VERSION}: only what SQLite itself can "
            "tell, and the text index, is checked",
            "open it with a client: it is brought up to date then, after a copy was made beside it",
        )
    return f"version {found}; this release writes {schema.VERSION}"


def pages(db: Database) -> Findings:
    """What SQLite's own check says of its structure, indexes and the values that columns allow."""
    try:
        rows = db.query(f"pragma integrity_check({MOST_MESSAGES})")
    except StoreError:
        closed = [table for table in fts.INDEXES if not fts.can_be_opened(db, table)]
        if not closed:
            raise
        for table in closed:
            yield _text_index_wrong(table, ["it cannot be opened"])
        return "not looked at: SQLite can do so when the text index is mended"
    messages = [line for row in rows for line in str(row[0]).splitlines()]
    if messages == ["ok"]:
        return f"{db.query('pragma page_count')[0][0]} pages, every index and column"
    trees = {row["rootpage"]: (row["type"], row["name"]) for row in db.query("select * from sqlite_schema")}
    by_place: dict[tuple[FindingKind, str | None], list[str]] = {}
    for message in messages:
        if not message.startswith("***"):
            by_place.setdefault(_place(message, trees), []).append(message)
    for (kind, name), said in by_place.items():
        yield _PAGE_FINDINGS[kind](name, said)
    return f"SQLite says: {messages[0]}"


def _place(message: str, trees: dict[int, tuple[str, str]]) -> tuple[FindingKind, str | None]:
    """Return what a message of SQLite's check is about: which kind of damage, and to what."""
    text_index = _OF_TEXT_INDEX.search(message)
    if text_index:
        return "text_index", text_index[1] or text_index[2]
    tree = _TREE.search(message)
    kind, name = trees.get(int(tree[1]), ("", "")) if tree else ("", "")
    if is_of_text_index(name):
        return "text_index", name.rpartition("_")[0]
    index = _OF_INDEX.search(message)
    if kind == "index" or index:
        return "indexes", name or next((each for each in index.groups() if each), None) if index else name
    value = _OF_VALUE.search(message)
    if value:
        return "values", value[1] or value[2]
    return "pages", name or None


def _pages_damaged(table: str | None, said: Sequence[str]) -> DoctorFinding:
    meaning = "the structure of the file is damaged: rows may be missing or wrong"
    return _damage("pages", f"{meaning} ({said[0]})", _RESTORE, table=table, n=len(said))


def _index_damaged(index: str | None, said: Sequence[str]) -> DoctorFinding:
    meaning = f"the index {index} does not fit its table: searches may leave out rows ({said[0]})"
    return _damage("indexes", meaning, "it is made anew from the rows", n=len(said), repairable=True)


def _values_wrong(table: str | None, said: Sequence[str]) -> DoctorFinding:
    meaning = f"a value is not what its column allows ({said[0]})"
    return _damage("values", meaning, "write the right value, or go back to a copy", table=table, n=len(said))


def _text_index_wrong(table: str | None, said: Sequence[str]) -> DoctorFinding:
    meaning = f"the text index {table} does not fit its rows: searches by words may miss some ({said[0]})"
    return _damage("text_index", meaning, "it is made anew from the rows", table=table, n=len(said), repairable=True)


_PAGE_FINDINGS: "dict[FindingKind, Callable[[str | None, Sequence[str]], DoctorFinding]]" = {
    "pages": _pages_damaged,
    "indexes": _index_damaged,
    "values": _values_wrong,
    "text_index": _text_index_wrong,
}


def tables(db: Database) -> Findings:
    """Whether each table, index, trigger and view is as this release makes it. What others have added is theirs."""
    theirs = objects(db)
    wanted = wanted_objects()
    for (kind, name), sql in wanted.items():
        if theirs.get((kind, name)) == sql:
            continue
        is_missing = (kind, name) not in theirs
        meaning = f"the {kind} {name} is {'missing' if is_missing else 'not as this release makes it'}"
        yield _damage(
            "schema",
            f"{meaning}: {_WITHOUT[kind]}",
            _RESTORE if kind == "table" and not is_of_text_index(name) else "it is made anew",
            table=name,
            repairable=kind != "table" or is_of_text_index(name),
        )
    return f"{len(wanted)} tables, indexes, triggers and views"


_WITHOUT = {
    "table": "its rows are lost, or of another shape",
    "index": "searches are slow, or what must be unique is not held to it",
    "trigger": "text index and counts no longer follow the rows",
    "view": "other programs no longer find it",
}


def is_of_text_index(table: str) -> bool:
    """Whether it is a text index, or a table that one consists of: it can be made anew from rows."""
    return re.fullmatch(r"(chunks|memories)_fts(_data|_idx|_docsize|_config)?", table) is not None


def objects(db: Database) -> dict[tuple[str, str], str]:
    """Return the SQL of each object of the file, by kind and name, but for what SQLite makes itself."""
    rows = db.query("select type, name, sql from sqlite_schema where sql <> ''")
    return {(row["type"], row["name"]): " ".join(row["sql"].split()) for row in rows}


def _tables_of(objects: dict[tuple[str, str], str]) -> dict[str, str]:
    return {name: sql for (kind, name), sql in objects.items() if kind == "table"}


def wanted_objects() -> dict[tuple[str, str], str]:
    """Return the same of a new file."""
    blank = Database(IN_MEMORY)
    try:
        return objects(blank)
    finally:
        blank.close()


def references(db: Database) -> Findings:
    """Whether every row's owner is there."""
    orphans: dict[tuple[str, str], list[int]] = {}
    for table, rowid, parent, _ in db.query("pragma foreign_key_check"):
        orphans.setdefault((table, parent), []).append(rowid)
    for (table, parent), rowids in orphans.items():
        is_vector = table in row_hashes.VECTORS
        yield _damage(
            "vectors" if is_vector else "references",
            f"rows of {table} belong to rows of {parent} that are gone",
            "they are deleted" if is_vector else f"delete these rows, or go back to a copy that has the {parent}",
            table=table,
            ids=_ids(db, table, rowids),
            n=len(rowids),
            repairable=is_vector,
        )
    return "the owner of every row"


def docs(db: Database) -> Findings:
    """Whether each doc has all its chunks, as it was cut, and these its title and owner."""
    found = db.query(
        """
        select docs.id
        from docs
        left join chunks on chunks.doc_seq = docs.seq
        group by docs.seq
        having count(chunks.id) = 0
            or min(position) <> 0
            or max(position) <> count(*) - 1
            or max(owner_id <> coalesce(agent_id, user_id))
            or max(chunks.title <> substr(docs.title, 1, :most_title))
        """,
        {"most_title": schema.MOST_TITLE},
    )
    if found:
        yield _damage(
            "docs",
            "chunks of these docs are missing, of another owner or under another title: their text is not whole",
            "write their text again with client.docs.update(doc_id, content=...), or go back to a copy",
            table="docs",
            ids=[row["id"] for row in found],
            n=len(found),
        )
    return f"the chunks of {_count(db, 'docs')} docs"


def words(db: Database) -> Findings:
    """Whether rows still hash to what they were written with."""
    n_rows = 0
    for table in row_hashes.HASHED:
        if table in row_hashes.VECTORS:
            continue
        changed: list[int] = []
        unhashed: list[int] = []
        for row in _hashed(db, table):
            n_rows += 1
            if row.stored is None:
                unhashed.append(row.rowid)
            elif row.stored != row.computed:
                changed.append(row.rowid)
        if changed:
            yield _damage(
                "row_hash",
                f"these rows of {table} hold other words than were written: bits have flipped on the disk",
                "compare them with a copy, and write the right words again; where they are right as they are, set "
                "their row_hash to null",
                table=table,
                ids=_ids(db, table, changed),
                n=len(changed),
            )
        if unhashed:
            yield _note(
                "unhashed",
                f"another program wrote these rows of {table}: damage to them would not be found",
                "they get a hash of what they hold now",
                table=table,
                ids=_ids(db, table, unhashed),
                n=len(unhashed),
                repairable=True,
            )
    return f"the hashes of {n_rows:,} rows"


def text_index(db: Database) -> Findings:
    """Whether the text indexes hold exactly the words of the rows."""
    if not getattr(db, "may_write", True):
        return "not looked at: SQLite needs the right to write for it"
    for table in fts.INDEXES:
        if fts.can_be_opened(db, table) and not fts.fits(db, table):  # else `pages` has said so
            yield _text_index_wrong(table, ["they differ"])
    return "every word of chunks and memories"


def embeddings(db: Database) -> Findings:
    """Whether each vector belongs to a row, has the shape of its set and unit length, and none is missing."""
    n_vectors = 0
    for table in row_hashes.VECTORS:
        wrong = wrong_vectors(db, table)
        n_vectors += _count(db, table)
        if wrong:
            yield _damage(
                "vectors",
                f"rows of {table} are no vectors of what they should be: searches by meaning miss or misplace it",
                "they are deleted, and made anew from the words",
                table=table,
                ids=_ids(db, table, wrong),
                n=len(wrong),
                repairable=True,
            )
    current = embedding_sets.current(db)
    if current is not None:
        done = vectors.progress(db, current.id)
        if done.n_done < done.n_chunks:
            yield _note(
                "missing_vectors",
                f"{done.n_chunks - done.n_done} chunks have no vector yet: only their words find them",
                "a job gives them theirs while a client with an embedder is open",
                table="chunk_vectors",
                n=done.n_chunks - done.n_done,
            )
    return f"{n_vectors:,} rows of vectors"


def wrong_vectors(db: Database, table: str) -> list[int]:
    """Return the rowids of the vectors that are damaged, or of nothing that is there."""
    hashes = (row.rowid for row in _hashed(db, table) if row.stored not in (None, row.computed))
    orphans = (row[0] for row in db.query(_ORPHANS[table]))
    return sorted({*hashes, *orphans, *_misshapen(db, table)})


_ORPHANS = {
    # the chunks of a row follow each other in one doc, and are its owner's; none is in two rows of a set
    "chunk_vectors": """
        select id
        from chunk_vectors
        where n_chunks <> (
                select count(*)
                from chunks
                where chunks.id between chunk_id and chunk_id + n_chunks - 1
                    and chunks.owner_id = chunk_vectors.owner_id
            )
            or 1 < (
                select count(distinct doc_seq)
                from chunks
                where chunks.id between chunk_id and chunk_id + n_chunks - 1
            )
            or embedding_set_id not in (select id from embedding_sets)
            or exists (
                select 1
                from chunk_vectors as other
                where other.embedding_set_id = chunk_vectors.embedding_set_id
                    and other.id <> chunk_vectors.id
                    and other.chunk_id between chunk_vectors.chunk_id
                        and chunk_vectors.chunk_id + chunk_vectors.n_chunks - 1
            )
    """,
    "memory_vectors": """
        select rowid
        from memory_vectors
        where memory_id not in (select id from memories) or embedding_set_id not in (select id from embedding_sets)
    """,
}
_BLOBS = {"chunk_vectors": ("n_chunks", "embeddings"), "memory_vectors": ("1", "embedding")}


def _misshapen(db: Database, table: str) -> Generator[int, None, None]:
    """Yield the rowids of what is not n_dims float16 of unit length each; a row with no bytes is no direction."""
    import numpy as np

    n_vectors, column = _BLOBS[table]
    for each in embedding_sets.every(db):
        after = -(2**63)
        while rows := db.query(
            f"""
            select rowid, {n_vectors} as n, {column} as raw
            from {table}
            where embedding_set_id = :id and rowid > :after
            order by rowid
            limit 500
            """,  # noqa: S608  (names of this file)
            {"id": each.id, "after": after},
        ):
            for rowid, n, raw in rows:
                if rowid <= after:  # as in row_hashes
                    return
                after = rowid
                if not raw and n == 1:
                    continue
                if len(raw) != 2 * each.n_dims * n:
                    yield rowid
                    continue
                numbers = np.frombuffer(raw, dtype="<f2").reshape(n, -1).astype(np.float32)
                lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers))
                if not (np.abs(lengths - 1) < 2 * embedding_sets.UNIT_TOLERANCE).all():  # float16 rounds
                    yield rowid


def counters(db: Database) -> Findings:
    """Whether the rows that say how many chunks and memories an owner has say so rightly."""
    for table, wrong in wrong_counters(db).items():
        if wrong:
            yield _damage(
                "counters",
                f"{table} says wrongly how many rows these have: searches may leave out some",
                "they are counted again",
                table=table,
                ids=wrong,
                n=len(wrong),
                repairable=True,
            )
    return "what is counted of each owner"


def wrong_counters(db: Database) -> dict[str, list[str]]:
    """Return the owners whose rows are counted wrongly, by table; of memories, agent and user."""
    return {table: [row[0] for row in db.query(sql)] for table, sql in _MISCOUNTED.items()}


_MISCOUNTED = {
    "doc_owners": """
        select owner_id
        from doc_owners
        where n_chunks <> (select count(*) from chunks where chunks.owner_id = doc_owners.owner_id)
        union
        select owner_id
        from chunks
        where owner_id not in (select owner_id from doc_owners)
    """,
    "memory_owners": """
        select agent_id || ' ' || user_id
        from memory_owners
        where n_memories <> (
            select count(*)
            from memories
            where memories.agent_id = memory_owners.agent_id and memories.user_id = memory_owners.user_id
        )
        union
        select agent_id || ' ' || user_id
        from memories
        where (agent_id, user_id) not in (select agent_id, user_id from memory_owners)
    """,
}


def jobs(db: Database) -> Findings:
    """Jobs that have failed, or wait for long."""
    now = db.stamps.now()
    failed = db.query("select id from jobs where state = 'failed'")
    if failed:
        yield _note(
            "jobs",
            "these jobs have failed, and are not tried again: client.jobs.get(job_id).reason says why",
            "mend what was in the way, then begin again what they were about, such as client.docs.reembed()",
            table="jobs",
            ids=[row["id"] for row in failed],
            n=len(failed),
        )
    waiting = db.query(
        "select id from jobs where state in ('pending', 'in_progress', 'retrying') and updated_at < :then",
        {"then": time_text(now - timedelta(days=1))},
    )
    if waiting:
        yield _note(
            "jobs",
            "these jobs have waited for more than a day",
            "they are done while a client with a model and an embedder is open",
            table="jobs",
            ids=[row["id"] for row in waiting],
            n=len(waiting),
        )
    return f"{_count(db, 'jobs'):,} jobs"


def stamps(db: Database) -> Findings:
    """Whether times are times, and none is still to come."""
    tomorrow = time_text(db.stamps.now() + timedelta(days=1))
    for table, columns in _TIMES.items():
        for column in columns:
            rows = db.query(
                f"""
                select rowid, {column} glob :form as is_time
                from {table}
                where {column} not glob :form or {column} > :tomorrow
                """,  # noqa: S608  (names of this file)
                {"form": _TIME, "tomorrow": tomorrow},
            )
            broken = [row[0] for row in rows if not row[1]]
            if broken:
                yield _damage(
                    "stamps",
                    f"{table}.{column} of these rows is no time: reading them fails",
                    "write a time of the form 2024-05-17T12:00:00.000000Z",
                    table=table,
                    ids=_ids(db, table, broken),
                    n=len(broken),
                )
            early = [row[0] for row in rows if row[1]]
            if early:
                yield _note(
                    "stamps",
                    f"{table}.{column} of these rows is still to come: the clock was wrong when they were written. "
                    "What is said in a session keeps its order all the same",
                    "nothing needs to be done",
                    table=table,
                    ids=_ids(db, table, early),
                    n=len(early),
                )
    return "the times of every row"


_DIGIT = "[0-9]"
_TIME = "-".join((_DIGIT * 4, _DIGIT * 2, _DIGIT * 2)) + "T" + ":".join([_DIGIT * 2] * 3) + "." + _DIGIT * 6 + "Z"
_TIMES = {
    "agents": ("created_at", "updated_at"),
    "users": ("created_at", "updated_at"),
    "tools": ("created_at", "updated_at"),
    "sessions": ("created_at", "updated_at"),
    "messages": ("created_at",),
    "docs": ("created_at", "updated_at"),
    "memories": ("created_at", "said_at"),
    "jobs": ("created_at", "updated_at"),
}


def log(db: Database) -> Findings:
    """How large the write-ahead log is."""
    wal = f"{db.path}-wal"
    n_bytes = os.path.getsize(wal) if db.path != IN_MEMORY and os.path.exists(wal) else 0
    if n_bytes > WAL_BYTES:
        yield _note(
            "log",
            f"the log beside the file has {n_bytes:,} bytes: a program has been reading for long, or was killed",
            "it is folded into the file",
            n=n_bytes,
            repairable=True,
        )
    return f"a log of {n_bytes:,} bytes"


def texts(db: Database) -> Findings:
    """Whether what no row hash covers is text at all: SQLite keeps whatever bytes there are, and reading them fails."""
    encoding = str(db.query("pragma encoding")[0][0])
    n_rows = 0
    for table, is_bare in db.query(
        "select name, wr from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%'"
    ):
        columns = [
            row["name"]
            for row in db.query("select name from pragma_table_info(:table) where type = 'TEXT'", {"table": table})
            if row["name"] not in row_hashes.HASHED.get(table, ())
        ]
        unreadable: dict[str, list[str]] = {}
        for values in _as_bytes(db, table, columns, is_bare=bool(is_bare)) if columns else ():
            n_rows += 1
            for column, value in zip(columns, values, strict=True):
                if value is not None and not _is_text(value, encoding):
                    unreadable.setdefault(column, []).append(str(values[0], encoding, "replace"))
        for column, firsts in unreadable.items():
            yield _damage(
                "values",
                f"{column} of {table} holds bytes that are no text: to read them fails",
                "write the right value, or go back to a copy",
                table=table,
                ids=firsts[:MOST_IDS],
                n=len(firsts),
            )
    return f"{n_rows} rows"


def _as_bytes(db: Database, table: str, columns: Sequence[str], *, is_bare: bool) -> Iterator[Sequence[Any]]:
    """Yield columns of all rows as they lie in the file. Tables without rowid are small."""
    listed = ", ".join(f'cast("{column}" as blob)' for column in columns)
    if is_bare:
        rows = db.query(f'select {listed} from "{table}"')  # noqa: S608  (the schema's names)
        yield from map(tuple, rows)
        return
    after = -(2**63)
    while True:
        rows = db.query(
            f"""
            select {listed}, rowid
            from "{table}"
            where rowid > :after
            order by rowid
            limit {ROWS_AT_ONCE}
            """,  # noqa: S608  (the schema's names)
            {"after": after},
        )
        yield from (tuple(row)[:-1] for row in rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][-1]


def _is_text(value: bytes, encoding: str) -> bool:
    try:
        value.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


CHECKS: dict[str, Callable[[Database], Findings]] = {
    "version": version,
    "pages": pages,
    "tables": tables,
    "references": references,
    "docs": docs,
    "row hashes": words,
    "texts": texts,
    "text index": text_index,
    "vectors": embeddings,
    "counters": counters,
    "jobs": jobs,
    "stamps": stamps,
    "log": log,
}
_OF_ANY_VERSION = (version, pages, references, log)


def _hashed(db: Database, table: str) -> Iterable[row_hashes.HashedRow]:
    encoding = str(db.query("pragma encoding")[0][0])
    return row_hashes.every(db.query, table, encoding=encoding)


def _ids(db: Database, table: str, rowids: Sequence[int]) -> list[str]:
    """Return the ids of some rows: as text, or where they went by."""
    column = {"chunk_vectors": "chunk_id", "memory_vectors": "memory_id", "chunks": "id"}.get(table, "id")
    if table not in row_hashes.HASHED and table not in _TIMES:
        return [str(rowid) for rowid in rowids[:MOST_IDS]]
    ids: list[str] = []
    for rowid in rowids[:MOST_IDS]:
        rows: list[Row] = db.query(
            f"select cast({column} as blob) from {table} where rowid = :rowid",  # noqa: S608  (names of this file)
            {"rowid": rowid},
        )
        ids += [_text(row[0]) for row in rows]
    return ids


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def _count(db: Database, table: str) -> int:
    return int(db.query(f"select count(*) from {table}")[0][0])  # noqa: S608  (names of this file)


def _damage(
    kind: FindingKind,
    meaning: str,
    remedy: str,
    *,
    table: str | None = None,
    ids: Sequence[Any] = (),
    n: int = 1,
    repairable: bool = False,
) -> DoctorFinding:
    return DoctorFinding(
        kind=kind,
        severity="damage",
        table=table,
        ids=[_text(each) for each in ids[:MOST_IDS]],  # of a damaged row, anything may stand there
        n_affected=n,
        meaning=meaning,
        remedy=remedy,
        repairable=repairable,
    )


def _note(
    kind: FindingKind,
    meaning: str,
    remedy: str,
    *,
    table: str | None = None,
    ids: Sequence[str] = (),
    n: int = 1,
    repairable: bool = False,
) -> DoctorFinding:
    found = _damage(kind, meaning, remedy, table=table, ids=ids, n=n, repairable=repairable)
    return found.model_copy(update={"severity": "note"})
