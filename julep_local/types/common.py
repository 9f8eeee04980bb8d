"""What is answered when something was created, updated or deleted."""

from typing import Optional

from julep_local.types._base import Record, Timestamp


class ResourceCreatedResponse(Record):
    """The new resource's id."""

    id: str
    created_at: Timestamp
    jobs: Optional[list[str]] = None
    """Ids of the background work this started, for `get_job_status`."""


class ResourceUpdatedResponse(Record):
    """The changed resource's id."""

    id: str
    updated_at: Timestamp
    jobs: Optional[list[str]] = None


class ResourceDeletedResponse(Record):
    """The deleted resource's id."""

    id: str
    deleted_at: Timestamp
    jobs: Optional[list[str]] = None
