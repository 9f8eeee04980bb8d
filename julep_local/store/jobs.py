"""Jobs: work that waits, is leased to one worker at a time, or has ended. What is to be done is for others to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from julep_local.store.columns import json_text, json_value, time_text
from julep_local.store.database import Database, Row
from julep_local.types import JobStatus, JobStatusState


@dataclass(frozen=True, slots=True)
class Job:
    """A job that its worker has claimed."""

    id: str
    name: str
    """For people."""
    kind: str
    """For the program: what to do with the payload."""
    payload: dict[str, Any]
    attempts: int
    """How often it was begun, this time included."""


def add(
    db: Database,
    *,
    id: str,
    name: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    state: str = "pending",
    reason: str | None = None,
) -> None:
    """Store a new job."""
    db.execute(
        """
        insert into jobs (id, name, kind, payload, state, reason, created_at, updated_at)
        values (:id, :name, :kind, :payload, :state, :reason, :now, :now)
        """,
        {
            "id": id,
            "name": name,
            "kind": kind,
            "payload": json_text(payload, "payload"),
            "state": state,
            "reason": reason,
            "now": time_text(now),
        },
    )


def get(db: Database, job_id: str) -> JobStatus | None:
    """Return how the job stands, None if there is none."""
    row = db.one(
        """
        select id, name, state, reason, progress, created_at, updated_at
        from jobs
        where id = :id
        """,
        {"id": job_id},
    )
    return None if row is None else _status(row)


def page(db: Database, *, limit: int, offset: int) -> list[JobStatus]:
    """Return some of the jobs, newest first."""
    rows = db.query(
        """
        select id, name, state, reason, progress, created_at, updated_at
        from jobs
        order by seq desc
        limit :limit offset :offset
        """,
        {"limit": limit, "offset": offset},
    )
    return [_status(row) for row in rows]


def unfinished(db: Database, kind: str | None = None) -> int:
    """Return how many jobs wait or are under way, of a kind or of all."""
    rows = db.query(
        """
        select count(*) as n_jobs
        from jobs
        where state in ('pending', 'in_progress', 'retrying') and (:kind is null or kind = :kind)
        """,
        {"kind": kind},
    )
    n_jobs: int = rows[0]["n_jobs"]
    return n_jobs


def is_unfinished(db: Database, kind: str, key: str, value: str) -> bool:
    """Whether a job of this kind waits or is under way that has this value in its payload."""
    row = db.one(
        """
        select 1
        from jobs
        where kind = :kind
            and state in ('pending', 'in_progress', 'retrying')
            and payload ->> :key = :value
        limit 1
        """,
        {"kind": kind, "key": key, "value": value},
    )
    return row is not None


def claim(
    db: Database, *, owner: str, now: datetime, lease_until: datetime, kinds: Sequence[str] | None = None
) -> Job | None:
    """Begin the oldest job that waits, or whose lease has lapsed; None if there is none.

    One statement that looks and writes, in an immediate transaction: no two workers, of whatever process, get the same.
    Only `owner` can renew and settle it, until `lease_until`; then another may take it over.
    """
    with db.transaction():
        rows = db.query(
            """
            update jobs
            set
                state = 'in_progress',
                attempts = attempts + 1,
                lease_owner = :owner,
                lease_until = :lease_until,
                updated_at = :now
            where seq = (
                select seq
                from jobs
                where state in ('pending', 'in_progress', 'retrying')
                    and (state <> 'in_progress' or lease_until < :now)
                    and (:kinds is null or kind in (select value from json_each(:kinds)))
                order by seq
                limit 1
            )
            returning id, name, kind, payload, attempts
            """,
            {
                "owner": owner,
                "now": time_text(now),
                "lease_until": time_text(lease_until),
                "kinds": None if kinds is None else json_text(list(kinds), "kinds"),
            },
        )
    for job_id, name, kind, payload, attempts in rows:
        return Job(job_id, name, kind, json_value(payload), attempts)
    return None


def renew(db: Database, job_id: str, *, owner: str, lease_until: datetime, progress: float | None = None) -> bool:
    """Keep the job for longer, and say how far it is, from 0 to 100. Return False if another has taken it over."""
    n_rows = db.execute(
        """
        update jobs
        set lease_until = :lease_until, progress = coalesce(:progress, progress)
        where id = :id and state = 'in_progress' and lease_owner = :owner
        """,
        {"id": job_id, "owner": owner, "lease_until": time_text(lease_until), "progress": progress},
    )
    return n_rows > 0


def settle(db: Database, job_id: str, *, state: str, reason: str | None, now: datetime, owner: str) -> bool:
    """End the owner's work on the job: `pending` and `retrying` have it done again, the other states end it.

    A job that has ended forgets its payload: people's words in it would outlive what is deleted of them.
    `pending` gives it back as if it had not been begun: giving way to others is no failed attempt.
    Return False, and change nothing, if another worker has taken it over.
    """
    n_rows = db.execute(
        """
        update jobs
        set
            state = :state,
            reason = :reason,
            payload = iif(:state in ('succeeded', 'failed', 'aborted'), '{}', payload),
            attempts = attempts - (:state = 'pending'),
            lease_owner = null,
            lease_until = null,
            updated_at = :now
        where id = :id and state = 'in_progress' and lease_owner = :owner
        """,
        {"id": job_id, "state": state, "reason": reason, "now": time_text(now), "owner": owner},
    )
    return n_rows > 0


def _status(row: Row) -> JobStatus:
    job_id, name, state, reason, progress, created_at, updated_at = row
    return JobStatus(
        id=job_id,
        name=name,
        state=JobStatusState(state),
        reason=reason,
        has_progress=progress is not None,
        progress=progress,
        created_at=created_at,
        updated_at=updated_at,
    )
