"""What `client.users.forget` does: a person leaves rows, text indexes, vectors, free pages, log and caches."""

import glob
import os
from pathlib import Path

from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.settings import IN_MEMORY
from julep_local.store import forgetting, fts, leftovers
from julep_local.store.database import Database
from julep_local.types.erasure import ErasureReceipt


def forgotten(api: JulepApi, user_id: str) -> ErasureReceipt:
    """Erase the person and return what a search for them found afterwards.

    Raises:
        StoreError: others hold the file, so that it cannot be written anew.
        DiskFull: for a while there must be room for the file twice more.
    """
    from julep_local.llm import kv_files
    from julep_local.recall import memory_index, vector_index
    from julep_local.store import sessions

    runtime = runtime_of(api)
    db = runtime.db
    for session_id in sessions.ids(db, user_id=user_id):
        runtime.turns.cancel(session_id)
    with db.transaction():
        known = forgetting.traces(db, user_id)
        pieces = leftovers.pieces_of(known.texts)
        n_jobs = forgetting.delete(db, known, now=db.stamps.now())
    forgetting.delete_from_jobs(db, pieces)
    runtime.forget(known.session_ids)
    memory_index.forget_index(db)  # they hold the person's words and vectors until somebody needs the room
    vector_index.forget_index(db)
    fts.compact(db)
    found = leftovers.scan(db, known.ids, pieces)
    in_rows = leftovers.in_rows(db, found.pieces) if found.pieces else {}
    return ErasureReceipt(
        user_id=user_id,
        n_rows=known.n_rows,
        n_jobs=n_jobs,
        n_rows_left=forgetting.rows_left(db, known),
        n_cached_left=kv_files.count(Path(f"{db.path}-kv"), known.session_ids),
        n_ids=len(known.ids),
        n_ids_left=len(found.ids),
        n_texts=len(pieces),
        n_texts_left=len(found.pieces.difference(*in_rows.values())),
        elsewhere={table: len(texts) for table, texts in in_rows.items()},
        n_bytes=found.n_bytes,
        n_free_pages=leftovers.free_pages(db),
        is_encrypted=db.is_encrypted,
        other_files=_other_files(db),
    )


def _other_files(db: Database) -> list[str]:
    if db.path == IN_MEMORY:
        return []
    own = {db.path, *(f"{db.path}-{part}" for part in ("wal", "shm", "kv"))}
    stem = os.path.splitext(db.path)[0]
    return sorted(set(glob.glob(f"{glob.escape(stem)}*")) - own)
