"""Brings a file's tables to this release's, and its journal to a write-ahead log; `schema.py` has the steps."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

from julep_local import progress
from julep_local.errors import NotADatabase, StoreError
from julep_local.settings import IN_MEMORY
from julep_local.store import library, refusals, schema, turns


def header(raw: Any) -> dict[str, int]:
    """Return what says whose the file is, and of which version."""
    (application_id,) = raw.execute("pragma application_id").fetchone()
    (version,) = raw.execute("pragma user_version").fetchone()
    (n_tables,) = raw.execute("select count(*) from sqlite_schema").fetchone()
    return {"application_id": application_id, "version": version, "n_tables": n_tables}


def is_current(raw: Any, path: str) -> bool:
    """Whether the file of a connection, which is closed on an error, has this release's tables."""
    try:
        found = header(raw)
        schema.check_header(path, **found)
    except BaseException:
        raw.close()
        raise
    return found["version"] == schema.VERSION


def bring_up_to_date(raw: Any, path: str, back_up: Callable[[int], None]) -> bool:
    """Give the file of a connection, which is closed on an error, this release's tables; return whether it had none."""
    try:
        found = header(raw)
        schema.check_header(path, **found)
        if path != IN_MEMORY:
            use_wal(raw, path)
        if found["version"] != schema.VERSION:
            with tables_remade(raw):
                migrate(raw, path, back_up)
    except BaseException:
        raw.close()
        raise
    return not found["n_tables"]


def migrate(raw: Any, path: str, back_up: Callable[[int], None] | None = None) -> None:
    """Bring the file's tables up to date, in one transaction."""
    raw.execute("begin immediate")
    try:
        # looked at again, now that no other process can be at it: without, 120 of 150 that met here failed
        found = header(raw)
        schema.check_header(path, **found)
        if back_up is not None and 0 < found["version"] < schema.VERSION:
            back_up(found["version"])
        if found["n_tables"]:
            with progress.doing("migrate", path, total=schema.VERSION - found["version"]) as work:
                try:
                    schema.migrate(raw.execute, version=found["version"], report=work.at)
                except library.errors as error:
                    if refusals.code(error) != refusals.ERROR:
                        raise
                    raise NotADatabase(
                        f"its tables are not those of version {found['version']}, which its header names ({error}): "
                        "`julep-local doctor` says more. The file was not changed",
                        path=path,
                    ) from error
        else:
            schema.migrate(raw.execute, version=found["version"])
        raw.execute("commit")
    except BaseException:
        with suppress(*library.errors):
            raw.execute("rollback")
        raise


@contextmanager
def tables_remade(raw: Any) -> Generator[None, None, None]:
    """Let tables be dropped and renamed within, whatever views and references name them.

    SQLite would else rewrite them, refuse for a view that has lost a column, or delete what refers to a dropped table.
    It goes around the transaction: within one, foreign keys stay as they are.
    """
    raw.execute("pragma foreign_keys = off")
    raw.execute("pragma legacy_alter_table = on")
    # a column is added with all rows looked at: one that was damaged would keep the file from being opened at all
    raw.execute("pragma ignore_check_constraints = on")
    try:
        yield
    finally:
        raw.execute("pragma ignore_check_constraints = off")
        raw.execute("pragma legacy_alter_table = off")
        raw.execute("pragma foreign_keys = on")


def use_wal(raw: Any, path: str) -> None:
    """Let what is written go to a log first: readers then wait for nobody."""
    give_up = time.monotonic() + turns.BUSY_S
    while True:
        try:
            (mode,) = raw.execute("pragma journal_mode = wal").fetchone()
            break
        except library.errors as error:
            # processes that make the file at the same time meet here, and SQLite does not wait for this one
            if refusals.code(error) != refusals.BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.005)
    if mode != "wal":
        raise StoreError(
            f"this file system cannot share memory between processes (journal mode is {mode}): keep the file on a "
            "local disk",
            path=path,
        )
