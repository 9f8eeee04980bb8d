"""`client.jobs`: work in the background. The SDK had one low-level method for it and no manager."""

import builtins
import time
import uuid
from collections.abc import Iterable
from typing import Optional, Union

from julep_local import check
from julep_local._mirror import AsyncMirror, in_store_thread, in_waiting_thread, stop_requested
from julep_local.errors import Cancelled
from julep_local.managers.base import BaseManager
from julep_local.store import jobs
from julep_local.types import JobStatus, JobStatusState

FIRST_WAIT_S, LONGEST_WAIT_S = 0.002, 0.1
_ENDED = (JobStatusState.SUCCEEDED, JobStatusState.FAILED, JobStatusState.ABORTED)

Id = Union[str, uuid.UUID]


class JobsManager(BaseManager):
    """See how far jobs have come, and wait for them."""

    def get(self, id: Id) -> JobStatus:
        """Return how far a job has come.

        Raises:
            NotFound: there is no such job, or it ended a minute ago or longer, and 10,000 newer ones were made.
        """
        return self.api_client.get_job_status(str(id))

    def wait(self, ids: Union[Id, Iterable[Id], None], timeout: float = 60.0) -> "builtins.list[JobStatus]":
        """Return the jobs once all have ended, whether well or not; their `state` says.

        Args:
            ids: one id or several; None, as `ChatResponse.jobs` may be, is none.
            timeout: wait at most so long, in seconds.

        Raises:
            TimeoutError: one of them is still at work.
        """
        wanted = [ids] if isinstance(ids, str | uuid.UUID) else builtins.list(ids or [])
        ends_at = time.monotonic() + timeout
        pause_s = FIRST_WAIT_S
        ended: dict[Id, JobStatus] = {}  # not looked at again: jobs that ended long ago are forgotten
        while True:
            states = [ended.get(id) or self.get(id) for id in wanted]
            ended = {id: status for id, status in zip(wanted, states, strict=True) if status.state in _ENDED}
            unfinished = [status for status in states if status.state not in _ENDED]
            if not unfinished:
                return states
            if time.monotonic() >= ends_at:
                raise TimeoutError(
                    f"{len(unfinished)} jobs did not end in {timeout} s, the first is {unfinished[0].id}"
                )
            if stop_requested():
                raise Cancelled("the wait for jobs was cancelled; the jobs go on")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_WAIT_S)

    def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> "builtins.list[JobStatus]":
        """Return jobs, newest first: those under way, and of the others 10,000 at least."""
        n, skip = check.page(limit, offset)
        return jobs.page(self._runtime.db, limit=n, offset=skip)


class AsyncJobsManager(AsyncMirror[JobsManager]):
    """`JobsManager` for asyncio."""

    get = in_store_thread(JobsManager.get)
    wait = in_waiting_thread(JobsManager.wait)
    list = in_store_thread(JobsManager.list)
