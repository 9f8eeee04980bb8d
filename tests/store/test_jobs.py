import json
from datetime import datetime, timedelta

import pytest

from julep_local.errors import StoreError
from julep_local.store import jobs
from julep_local.store.database import Database

from .making import LATER, NOW, new_id, start_python

LEASE = timedelta(seconds=30)


def add(db: Database, kind: str = "embed", **values: object) -> str:
    job_id = new_id()
    with db.transaction():
        jobs.add(
            db,
            **{"id": job_id, "name": f"{kind} it", "kind": kind, "payload": {"doc": 1}, "now": NOW, **values},  # type: ignore[arg-type]
        )
    return job_id


def claim(db: Database, owner: str = "me", now: datetime = NOW, kinds: list[str] | None = None) -> jobs.Job | None:
    with db.transaction():
        return jobs.claim(db, owner=owner, now=now, lease_until=now + LEASE, kinds=kinds)


def state(db: Database, job_id: str) -> str:
    status = jobs.get(db, job_id)
    assert status is not None
    return status.state.value


def test_a_new_job_waits(db: Database) -> None:
    first, done = add(db), add(db, state="succeeded", reason="nothing to do")

    status = jobs.get(db, first)

    assert status is not None
    assert (status.id, status.name, status.state.value, status.reason) == (first, "embed it", "pending", None)
    assert (status.created_at, status.updated_at) == (NOW, NOW)
    assert (status.has_progress, status.progress) == (False, None)
    assert state(db, done) == "succeeded"
    assert jobs.unfinished(db) == 1
    assert [each.id for each in jobs.page(db, limit=9, offset=0)] == [done, first]
    assert jobs.get(db, new_id()) is None


def test_jobs_are_claimed_in_order_and_once(db: Database) -> None:
    first, second = add(db), add(db)

    claimed = claim(db)

    assert claimed == jobs.Job(first, "embed it", "embed", {"doc": 1}, attempts=1)
    assert state(db, first) == "in_progress"
    again = claim(db, "other")
    assert again is not None
    assert again.id == second
    assert claim(db) is None


def test_only_jobs_of_the_wanted_kinds_are_claimed(db: Database) -> None:
    add(db, "embed")
    summary = add(db, "summarise")

    assert claim(db, kinds=[]) is None
    claimed = claim(db, kinds=["summarise", "suggest"])

    assert claimed is not None
    assert claimed.id == summary


def test_a_lapsed_lease_is_taken_over_and_the_first_owner_can_do_no_more(db: Database) -> None:
    job_id = add(db)
    claim(db, "first")
    assert claim(db, "second", NOW + LEASE) is None

    taken_over = claim(db, "second", NOW + LEASE + timedelta(microseconds=1))

    assert taken_over is not None
    assert (taken_over.id, taken_over.attempts) == (job_id, 2)
    with db.transaction():
        assert not jobs.renew(db, job_id, owner="first", lease_until=LATER)
        assert not jobs.settle(db, job_id, state="succeeded", reason=None, now=LATER, owner="first")
        assert jobs.settle(db, job_id, state="failed", reason="no model", now=LATER, owner="second")
    status = jobs.get(db, job_id)
    assert status is not None
    assert (status.state.value, status.reason, status.updated_at) == ("failed", "no model", LATER)


def test_a_renewed_lease_is_kept_and_shows_progress(db: Database) -> None:
    job_id = add(db)
    claim(db, "first")

    with db.transaction():
        assert jobs.renew(db, job_id, owner="first", lease_until=NOW + 2 * LEASE, progress=50)
        assert jobs.renew(db, job_id, owner="first", lease_until=NOW + 2 * LEASE)

    assert claim(db, "second", NOW + LEASE + timedelta(seconds=1)) is None
    status = jobs.get(db, job_id)
    assert status is not None
    assert (status.has_progress, status.progress) == (True, 50)


@pytest.mark.parametrize("given_back_as", ["pending", "retrying"])
def test_a_job_given_back_is_claimed_again(db: Database, given_back_as: str) -> None:
    job_id = add(db)
    claim(db)

    with db.transaction():
        jobs.settle(db, job_id, state=given_back_as, reason="once more", now=NOW, owner="me")

    assert state(db, job_id) == given_back_as
    assert jobs.unfinished(db) == 1
    claimed = claim(db, "other")
    assert claimed is not None
    assert claimed.attempts == {"pending": 1, "retrying": 2}[given_back_as]  # giving way is no failed attempt


@pytest.mark.parametrize(
    ("ended_as", "left"),
    [("succeeded", {}), ("failed", {}), ("aborted", {}), ("retrying", {"doc": 1}), ("pending", {"doc": 1})],
)
def test_a_job_that_has_ended_forgets_its_payload(db: Database, ended_as: str, left: dict[str, int]) -> None:
    """What people said is in it, and would outlive them."""
    job_id = add(db)
    claim(db)

    with db.transaction():
        jobs.settle(db, job_id, state=ended_as, reason=None, now=NOW, owner="me")

    (row,) = db.query("select payload from jobs")
    assert json.loads(row["payload"]) == left


def test_a_state_that_is_none_is_refused(db: Database) -> None:
    with pytest.raises(StoreError, match="CHECK"):
        add(db, state="done")


def test_three_processes_run_each_job_once(db: Database) -> None:
    wanted = {add(db) for _ in range(40)}
    code = """
        import json, sys
        from datetime import timedelta
        from julep_local.store import jobs
        from julep_local.store.database import Database
        from tests.store.making import NOW
        db = Database(sys.argv[1])
        print("ready", flush=True)
        sys.stdin.readline()
        claimed = []
        while job := jobs.claim(db, owner=sys.argv[2], now=NOW, lease_until=NOW + timedelta(seconds=30)):
            claimed.append(job.id)
        print(json.dumps(claimed))
        db.close()
    """
    processes = [start_python(code, db.path, i) for i in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outputs = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
        outputs += json.loads(out)

    assert sorted(outputs) == sorted(wanted)
