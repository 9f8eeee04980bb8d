"""One number for all that a file holds: equal if and only if the rows are equal.

Every ordinary table counts, whatever it is called, so that a new one is not forgotten. Left out are the text index,
and the hashes of rows, which follow from the texts; who works on a job and until when, which is another matter in each
process; and where SQLite happened to put a row: rows are taken in the order of their keys.
"""

import hashlib
from collections.abc import Iterator

from julep_local.store.database import Database
from julep_local.store.row_hashes import HASHED

LEFT_OUT = {"jobs": {"lease_owner", "lease_until", "lease_boot", "lease_uptime_s"}} | dict.fromkeys(
    HASHED, {"row_hash"}
)
"""Columns by table."""


def digest(db: Database) -> str:
    """Return the SHA-256 over all rows, as 64 hexadecimal digits."""
    sha = hashlib.sha256()
    with db.snapshot():
        for table in _tables(db):
            columns, keys = _columns(db, table)
            sha.update(f"table {table} {columns}\n".encode())
            # names come from the file's own schema, and are quoted
            for row in db.query(f"select {_listed(columns)} from {_quoted(table)} order by {_listed(keys)}"):  # noqa: S608
                for value in row:
                    sha.update(_canonical(value))
                sha.update(b"\n")
    return sha.hexdigest()


def latest_time(db: Database) -> str:
    """Return the latest time at which something was created or changed, empty if there is nothing."""
    times = [
        row[0]
        for table in _tables(db)
        for column in {"created_at", "updated_at"}.intersection(_columns(db, table)[0])
        for row in db.query(f"select max({_quoted(column)}) from {_quoted(table)}")  # noqa: S608  (the schema's names)
    ]
    return max((each for each in times if isinstance(each, str)), default="")


def _tables(db: Database) -> Iterator[str]:
    """Yield the names of ordinary tables; `shadow` ones belong to the text index, which is `virtual`."""
    rows = db.query("select name from pragma_table_list where schema = 'main' and type = 'table' order by name")
    return (row["name"] for row in rows if not row["name"].startswith("sqlite_"))


def _columns(db: Database, table: str) -> tuple[list[str], list[str]]:
    """Return the names of the columns, and of those that make the key. Generated ones are no columns here."""
    rows = db.query("select name, pk from pragma_table_info(:table) order by name", {"table": table})
    left_out = LEFT_OUT.get(table, set())
    keys = sorted((row["pk"], row["name"]) for row in rows if row["pk"])
    return [row["name"] for row in rows if row["name"] not in left_out], [name for _, name in keys] or ["rowid"]


def _canonical(value: object) -> bytes:
    """Return the value with its kind and length in front, so that no two rows read the same."""
    if isinstance(value, bytes):
        return b"b%d:%s" % (len(value), value)
    text = "" if value is None else value.hex() if isinstance(value, float) else str(value)
    encoded = text.encode("utf-8", "surrogatepass")
    return b"%s%d:%s" % (type(value).__name__.encode()[:1], len(encoded), encoded)


def _listed(names: list[str]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
