"""What `client.backup`, `client.doctor` and `julep_local.doctor` do: the file is copied, looked over, and mended."""

import os
from typing import TYPE_CHECKING

from julep_local import indexing
from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.store import backups, doctor
from julep_local.store.database import Progress
from julep_local.types import BackedUp

if TYPE_CHECKING:
    from julep_local.types import DoctorReport


def backed_up(api: JulepApi, path: str | os.PathLike[str], overwrite: bool, progress: Progress | None) -> BackedUp:
    """Copy the file to this path.

    Raises:
        Conflict: something stands there already.
        StoreError: the file cannot be read, or the copy not written.
    """
    target = os.path.realpath(os.path.expanduser(path))
    n_bytes = backups.make(runtime_of(api).db, target, overwrite=overwrite, progress=progress)
    return BackedUp(path=target, n_bytes=n_bytes)


def examined(api: JulepApi, repair: bool) -> "DoctorReport":
    """Look the open file over; what is mended of vectors is made anew by a job.

    Raises:
        StoreError: it is to be mended, and cannot be copied or written.
    """
    runtime = runtime_of(api)
    report = doctor.examine(runtime.db, repair=repair)
    label = runtime.embedder_label()
    if label is not None and any(each.finding.kind == "vectors" for each in report.repaired):
        indexing.enqueue_embedding(runtime.db, label)
        runtime.background.notify()
    return report


def examined_file(path: str | os.PathLike[str], repair: bool, key: str | None) -> "DoctorReport":
    """Look a file over that no client of this process needs to have open.

    Raises:
        StoreError: there is no such file, or it is to be mended, and cannot be copied or written.
    """
    return doctor.examine_file(os.path.realpath(os.path.expanduser(path)), repair=repair, key=key)
