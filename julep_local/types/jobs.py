"""Jobs: background work with a status."""

from collections.abc import Callable
from typing import Optional, TypeVar

from julep_local.types._base import Record, Timestamp
from julep_local.types._enums import Choice

T = TypeVar("T")


class JobStatusState(Choice):
    """How far a job is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    FAILED = "failed"
    UNKNOWN = "unknown"

    def visit(
        self,
        pending: Callable[[], T],
        in_progress: Callable[[], T],
        retrying: Callable[[], T],
        succeeded: Callable[[], T],
        aborted: Callable[[], T],
        failed: Callable[[], T],
        unknown: Callable[[], T],
    ) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(pending, in_progress, retrying, succeeded, aborted, failed, unknown)


class JobStatus(Record):
    """How a job stands."""

    name: str
    reason: Optional[str] = None
    """Why it is in this state, where that needs saying: what failed."""
    created_at: Timestamp
    updated_at: Optional[Timestamp] = None
    id: str
    has_progress: Optional[bool] = None
    progress: Optional[float] = None
    """From 0 to 100."""
    state: JobStatusState
