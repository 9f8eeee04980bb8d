"""Jobs: work that waits, is leased to one worker at a time, or has ended. What is to be done is for others to know.

A job whose payload names an `embedder` is for those who have that one. Others leave it alone as long as a lease of any
job with that name holds: then somebody lives who has the embedder. When all have lapsed, the job is anybody's who has
another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.types import JobStatus, JobStatusState

N_KEPT = 10_000
"""A job that has ended is forgotten once so many newer ones were made ..."""

KEPT_FOR = timedelta(minutes=1)
"""... if it ended longer ago than this: who waits for it has seen that."""

FORGET_EVERY = 100
"""When one in so many is made, the oldest that have ended are looked at, twice as many."""

MOST_LEASE = timedelta(minutes=10)
"""A lease that has longer to run was given before the clock was set back, and counts for nothing."""


class Clock(NamedTuple):
    """The time of day, which can be set, and how long the machine has been up, which cannot."""

    now: datetime
    boot: str
    """Which run of the machine."""
    uptime_s: float


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
    kept_until: datetime | None = None,
    clock: Clock | None = None,
) -> None:
    """Store a new job. Until `kept_until` it is only for those who have the embedder in its payload.

    Those that ended long ago are forgotten.
    """
    db.execute(
        """
        insert into jobs (
            id, name, kind, payload, state, reason, lease_until, lease_boot, lease_uptime_s, created_at, updated_at
        )
        values (
            :id, :name, :kind, :payload, :state, :reason, :lease_until, :lease_boot, :lease_uptime_s, :now, :now
        )
        """,
        {
            **_lease(kept_until, clock),
            "id": id,
            "name": name,
            "kind": kind,
            "payload": json_text(payload, "payload"),
            "state": state,
            "reason": reason,
            "now": time_text(now),
        },
    )
    _forget_old(db, id, now)


def _forget_old(db: Database, job_id: str, now: datetime) -> None:
    db.execute(
        """
        delete from jobs
        where seq in (
                select seq
                from jobs
                where seq <= (
                        select seq
                        from jobs
                        where id = :id and seq % :forget_every = 0
                    ) - :n_kept
                    and state in ('succeeded', 'failed', 'aborted')
                order by seq
                limit 2 * :forget_every
            )
            and updated_at < :ended_before
        """,
        {"id": job_id, "forget_every": FORGET_EVERY, "n_kept": N_KEPT, "ended_before": time_text(now - KEPT_FOR)},
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


def unfinished(db: Database) -> int:
    """Return how many jobs wait or are under way."""
    rows = db.query(
        """
        select count(*) as n_jobs
        from jobs
        where state in ('pending', 'in_progress', 'retrying')
        """
    )
    n_jobs: int = rows[0]["n_jobs"]
    return n_jobs


def any_for(db: Database, embedder: str) -> bool:
    """Whether a job for this embedder waits or is under way."""
    row = db.one(
        """
        select 1
        from jobs
        where state in ('pending', 'in_progress', 'retrying') and payload ->> '$.embedder' = :embedder
        limit 1
        """,
        {"embedder": embedder},
    )
    return row is not None


def owners(db: Database) -> list[str]:
    """Return who works on jobs now, or did when they ended."""
    rows = db.query("select distinct lease_owner from jobs where state = 'in_progress' and lease_owner is not null")
    return [row["lease_owner"] for row in rows]


# of `jobs`: whether somebody's lease holds
_HELD = """
    (
        coalesce(
            iif(
                lease_boot = :boot,
                lease_uptime_s between :uptime_s and :uptime_s + :most_s,
                lease_until between :now and :latest
            ),
            false
        )
        and (lease_owner is null or lease_owner not in (select value from json_each(:ended)))
    )
"""


def claim(
    db: Database,
    *,
    owner: str,
    now: datetime,
    lease_until: datetime,
    kinds: Sequence[str] | None = None,
    embedder: str | None = None,
    failed_before: datetime | None = None,
    clock: Clock | None = None,
    ended: Sequence[str] = (),
) -> Job | None:
    """Begin the oldest job that waits, or whose lease has lapsed; None if there is none.

    One statement that looks and writes, in an immediate transaction: no two workers, of whatever process, get the same.
    Only `owner` can renew and settle it, until `lease_until`; then another may take it over.

    Args:
        db: the store.
        owner: who will work on it.
        now: the time.
        lease_until: how long nobody else may.
        kinds: only jobs of these.
        embedder: which the owner has. Without one, jobs for an embedder are left to others; with one, jobs for another
            embedder are begun only when nobody lives who has that.
        failed_before: one that failed is tried again only if that was before this.
        clock: leases of this run of the machine are measured by how long it has been up; None goes by the time alone.
        ended: owners that live no more, whose leases count for nothing.
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
                lease_boot = :lease_boot,
                lease_uptime_s = :lease_uptime_s,
                updated_at = :now
            where seq = (
                select seq
                from jobs
                where state in ('pending', 'in_progress', 'retrying')
                    and (state <> 'in_progress' or not """  # noqa: S608  (a constant)
            + _HELD
            + """)
                    and (state <> 'retrying' or :failed_before is null or updated_at < :failed_before)
                    and (:kinds is null or kind in (select value from json_each(:kinds)))
                    and (
                        payload ->> '$.embedder' is null
                        or payload ->> '$.embedder' = :embedder
                        or (
                            :embedder is not null
                            and payload ->> '$.embedder' not in (
                                select payload ->> '$.embedder'
                                from jobs
                                where state in ('pending', 'in_progress', 'retrying')
                                    and """
            + _HELD
            + """
                                    and payload ->> '$.embedder' is not null
                            )
                        )
                    )
                order by seq
                limit 1
            )
            returning id, name, kind, payload, attempts
            """,
            {
                "owner": owner,
                "now": time_text(now),
                **_lease(lease_until, clock),
                "boot": None if clock is None else clock.boot,
                "uptime_s": None if clock is None else clock.uptime_s,
                "most_s": MOST_LEASE.total_seconds(),
                "latest": time_text(now + MOST_LEASE),
                "ended": json_text(list(ended), "ended"),
                "kinds": None if kinds is None else json_text(list(kinds), "kinds"),
                "embedder": embedder,
                "failed_before": _time(failed_before),
            },
        )
    for job_id, name, kind, payload, attempts in rows:
        return Job(job_id, name, kind, json_value(payload), attempts)
    return None


def keep(db: Database, embedder: str, until: datetime, *, clock: Clock | None = None) -> bool:
    """Say that somebody lives who has this embedder, if a job waits for it; return whether one does.

    One job's lease speaks for all of them.
    """
    n_rows = db.execute(
        """
        update jobs
        set lease_until = :lease_until, lease_boot = :lease_boot, lease_uptime_s = :lease_uptime_s
        where seq = (
            select seq
            from jobs
            where state in ('pending', 'retrying') and payload ->> '$.embedder' = :embedder
            order by seq
            limit 1
        )
        """,
        {"embedder": embedder, **_lease(until, clock)},
    )
    return n_rows > 0


def renew(
    db: Database,
    job_id: str,
    *,
    owner: str,
    lease_until: datetime,
    progress: float | None = None,
    clock: Clock | None = None,
) -> bool:
    """Keep the job for longer, and say how far it is, from 0 to 100; never less than before.

    Return False if another has taken it over, or it has ended.
    """
    n_rows = db.execute(
        """
        update jobs
        set
            lease_until = :lease_until,
            lease_boot = :lease_boot,
            lease_uptime_s = :lease_uptime_s,
            progress = max(coalesce(progress, :progress), coalesce(:progress, progress))
        where id = :id and state = 'in_progress' and lease_owner = :owner
        """,
        {"id": job_id, "owner": owner, **_lease(lease_until, clock), "progress": progress},
    )
    return n_rows > 0


def settle(db: Database, job_id: str, *, state: str, reason: str | None, now: datetime, owner: str) -> bool:
    """End the owner's work on the job: `pending` and `retrying` have it done again, the other states end it.

    A job that has ended forgets its payload: people's words in it would outlive what is deleted of them.
    `pending` gives it back as if it had not been begun: giving way to others is no failed attempt. One given back is
    kept for those who have its embedder for as long as its lease was.
    Return False, and change nothing, if another worker has taken it over, or it has ended.
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
            lease_until = iif(:state in ('succeeded', 'failed', 'aborted'), null, lease_until),
            updated_at = :now
        where id = :id and state = 'in_progress' and lease_owner = :owner
        """,
        {"id": job_id, "state": state, "reason": reason, "now": time_text(now), "owner": owner},
    )
    return n_rows > 0


def abort_orphans(db: Database, *, now: datetime) -> int:
    """End the jobs that are about a doc, agent, user or session that is gone, and return how many there were.

    The caller holds the transaction that deletes. A worker that has begun one can neither renew nor settle it.
    """
    return db.execute(
        """
        with
            about as (
                select
                    seq,
                    payload ->> '$.doc_id' as doc_id,
                    payload ->> '$.agent_id' as agent_id,
                    payload ->> '$.user_id' as user_id,
                    payload ->> '$.session_id' as session_id
                from jobs
                where state in ('pending', 'in_progress', 'retrying')
            ),
            -- `null not in (...)` is true where there is nothing at all
            orphans as materialized (
                select
                    seq,
                    case
                        when doc_id is not null and doc_id not in (select id from docs) then 'doc'
                        when agent_id is not null and agent_id not in (select id from agents) then 'agent'
                        when user_id is not null and user_id not in (select id from users) then 'user'
                        when session_id is not null and session_id not in (select id from sessions) then 'session'
                    end as gone
                from about
            )
        update jobs
        set
            state = 'aborted',
            reason = 'the ' || orphans.gone || ' was deleted',
            payload = '{}',
            lease_owner = null,
            lease_until = null,
            updated_at = :now
        from orphans
        where jobs.seq = orphans.seq and orphans.gone is not null
        """,
        {"now": time_text(now)},
    )


def _lease(until: datetime | None, clock: Clock | None) -> Params:
    """Return the columns of a lease until then."""
    if until is None or clock is None:
        return {"lease_until": _time(until), "lease_boot": None, "lease_uptime_s": None}
    return {
        "lease_until": _time(until),
        "lease_boot": clock.boot,
        "lease_uptime_s": clock.uptime_s + (until - clock.now).total_seconds(),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


@read_from_row
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
