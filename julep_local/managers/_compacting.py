"""What `client.compact` does: everything that nobody needs any more leaves the file."""

from julep_local import indexing, progress
from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.store import fts
from julep_local.types import Compacted


def compacted(api: JulepApi) -> Compacted:
    """Compact the file, and return how large it was and is.

    Raises:
        StoreError: another program has been writing or reading for too long.
        DiskFull: for a while there must be room for the file twice more.
    """
    runtime = runtime_of(api)
    db = runtime.db
    bytes_before = db.n_bytes
    with progress.doing("compact", runtime.settings.path, owner=db, at_once=True) as work:
        indexing.delete_unused(runtime)
        work.at(0)
        fts.compact(db)
    return Compacted(bytes_before=bytes_before, bytes_after=db.n_bytes)
