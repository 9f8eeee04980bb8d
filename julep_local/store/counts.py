"""How many rows there are of what people have made."""

from julep_local.store.database import Database

TABLES = ("agents", "users", "sessions", "messages", "docs", "chunks", "tools")


def counts(db: Database) -> dict[str, int]:
    """Return the number of rows by table, read at one moment; of memories those that count and are no replay."""
    with db.snapshot():
        found = {table: _one(db, f"select count(*) from {table}") for table in TABLES}  # noqa: S608  (the names above)
        found["memories"] = _one(db, "select count(*) from memories where state = 'current' and replay_id is null")
        found["vectors"] = _one(db, "select coalesce(sum(n_chunks), 0) from chunk_vectors")
        found["jobs_under_way"] = _one(
            db, "select count(*) from jobs where state in ('pending', 'in_progress', 'retrying')"
        )
        found["jobs_failed"] = _one(db, "select count(*) from jobs where state = 'failed'")
    return found


def _one(db: Database, query: str) -> int:
    row = db.one(query)
    assert row is not None
    n: int = row[0]
    return n
