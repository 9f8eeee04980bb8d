"""What `client.stats` counts."""

from pathlib import Path

from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.settings import IN_MEMORY
from julep_local.store.counts import counts
from julep_local.types import FileStats


def stats(api: JulepApi) -> FileStats:
    """Return what the file holds, and how large it is."""
    runtime = runtime_of(api)
    path = runtime.settings.path
    kv = Path(f"{path}-kv")
    kv_bytes = 0 if path == IN_MEMORY else sum(each.stat().st_size for each in kv.rglob("*") if each.is_file())
    return FileStats.model_validate(
        {"path": path, "n_bytes": runtime.db.n_bytes, "kv_bytes": kv_bytes, **counts(runtime.db)}
    )
