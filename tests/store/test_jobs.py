import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from julep_local.errors import StoreError
from julep_local.store import agents, docs, jobs, sessions, users
from julep_local.store.database import Database

from .making import LATER, NOW, make_agent, make_doc, make_session, make_user, new_id, pieces, start_python

LEASE = timedelta(seconds=30)


def add(db: Database, kind: str = "embed", **values: object) -> str:
    job_id = new_id()
    with db.transaction():
        jobs.add(
            db,
            **{"id": job_id, "name": f"{kind} it", "kind": kind, "payload": {"doc": 1}, "now": NOW, **values},  # type: ignore[arg-type]
        )
    return job_id


def claim(
    db: Database, owner: str = "me", now: datetime = NOW, kinds: list[str] | None = None, **more: Any
) -> jobs.Job | None:
    with db.transaction():
        return jobs.claim(db, owner=owner, now=now, lease_until=now + LEASE, kinds=kinds, **more)


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


def for_embedder(db: Database, embedder: str, kept_until: datetime | None = NOW + LEASE) -> str:
    return add(db, payload={"embedder": embedder}, kept_until=kept_until)


def test_jobs_that_ended_long_ago_are_forgotten_once_many_came_after_them(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "N_KEPT", 300)
    late = NOW + jobs.KEPT_FOR + timedelta(seconds=1)
    waiting, failed = add(db), add(db, state="failed")
    old = [add(db, state="succeeded") for _ in range(398)]
    just_ended = add(db, state="succeeded", now=late)

    new = [add(db, state="succeeded", now=late) for _ in range(200 - 1)]  # as the 600th is made, the first 300 are old

    left = {each.id for each in jobs.page(db, limit=1_000, offset=0)}
    assert left == {waiting, *old[298:], just_ended, *new}
    assert jobs.get(db, failed) is None
    assert claim(db, now=late) is not None


def test_a_job_for_an_embedder_is_left_to_those_who_have_it(db: Database) -> None:
    job_id = for_embedder(db, "mine")
    anybodys = add(db)

    claimed = [claim(db, embedder="another"), claim(db, embedder="another"), claim(db)]

    assert [job and job.id for job in claimed] == [anybodys, None, None]
    own = claim(db, embedder="mine")
    assert own is not None
    assert own.id == job_id


def test_a_job_for_an_embedder_that_nobody_has_any_more_is_done_by_another(db: Database) -> None:
    job_id = for_embedder(db, "gone")
    lapsed = NOW + 2 * LEASE

    assert claim(db, now=lapsed) is None  # without an embedder it would fail
    taken_over = claim(db, now=lapsed, embedder="another")

    assert taken_over is not None
    assert taken_over.id == job_id


def test_one_job_whose_lease_holds_keeps_all_of_its_embedder(db: Database) -> None:
    first, _second = for_embedder(db, "mine"), for_embedder(db, "mine")
    lapsed = NOW + 2 * LEASE
    with db.transaction():
        assert jobs.keep(db, "mine", lapsed + LEASE)
        assert not jobs.keep(db, "another", lapsed + LEASE)
    assert claim(db, now=lapsed, embedder="another") is None

    begun = claim(db, now=lapsed, embedder="mine")
    assert begun is not None
    assert begun.id == first
    assert claim(db, now=lapsed, embedder="another") is None
    with db.transaction():
        jobs.settle(db, first, state="pending", reason="a chat", now=lapsed, owner="me")
    assert claim(db, now=lapsed, embedder="another") is None
    assert claim(db, now=lapsed + 2 * LEASE, embedder="another") is not None


def test_one_that_failed_waits_before_it_is_tried_again(db: Database) -> None:
    job_id = add(db)
    claim(db)
    with db.transaction():
        jobs.settle(db, job_id, state="retrying", reason="no memory", now=NOW, owner="me")

    assert claim(db, failed_before=NOW) is None
    assert claim(db, failed_before=LATER) is not None


def test_progress_never_goes_back(db: Database) -> None:
    job_id = add(db)
    claim(db)
    seen = []
    for progress in (None, 40.0, 20.0, None, 60.0):
        with db.transaction():
            jobs.renew(db, job_id, owner="me", lease_until=LATER, progress=progress)
        status = jobs.get(db, job_id)
        assert status is not None
        seen.append(status.progress)

    assert seen == [None, 40, 40, 40, 60]


def test_jobs_about_what_is_gone_are_aborted_and_say_so(db: Database) -> None:
    agent, user = make_agent(), make_user()
    session, doc = make_session(agent.id, user_id=user.id), make_doc(["a"], agent_id=agent.id)
    with db.transaction():
        agents.add(db, agent)
        users.add(db, user)
        sessions.add(db, session)
        docs.add(db, doc, pieces("a"))
    about = {"doc": doc.id, "agent": agent.id, "user": user.id, "session": session.id}
    living = {add(db, payload={f"{kind}_id": id}) for kind, id in about.items()} | {add(db)}
    gone = {kind: add(db, payload={f"{kind}_id": new_id()}) for kind in about}
    ended = add(db, payload={"doc_id": new_id()}, state="succeeded")

    with db.transaction():
        assert jobs.abort_orphans(db, now=LATER) == 4
        assert jobs.abort_orphans(db, now=LATER) == 0

    assert {state(db, job_id) for job_id in living} == {"pending"}
    assert state(db, ended) == "succeeded"
    for kind, job_id in gone.items():
        status = jobs.get(db, job_id)
        assert status is not None
        assert (status.state.value, status.reason) == ("aborted", f"the {kind} was deleted")


def test_who_works_on_an_aborted_job_can_do_no_more(db: Database) -> None:
    job_id = add(db, payload={"doc_id": new_id()})
    claim(db)
    with db.transaction():
        jobs.abort_orphans(db, now=NOW)

        assert not jobs.renew(db, job_id, owner="me", lease_until=LATER, progress=50)
        assert not jobs.settle(db, job_id, state="succeeded", reason=None, now=LATER, owner="me")
    assert state(db, job_id) == "aborted"


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


def at(time: datetime, uptime_s: float, boot: str = "this run") -> jobs.Clock:
    return jobs.Clock(time, boot, uptime_s)


@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=-20_000), timedelta(days=5_000)]
)
def test_a_lease_lasts_as_long_as_it_should_when_the_clock_is_set(db: Database, jump: timedelta) -> None:
    job_id = add(db)
    claim(db, owner="first", clock=at(NOW, 100.0))

    assert claim(db, owner="second", now=NOW + jump, clock=at(NOW + jump, 100.0 + LEASE.total_seconds() - 1)) is None
    taken = claim(db, owner="second", now=NOW + jump, clock=at(NOW + jump, 100.0 + LEASE.total_seconds() + 1))

    assert taken is not None
    assert taken.id == job_id


def test_a_lease_of_an_earlier_run_of_the_machine_goes_by_the_time_of_day(db: Database) -> None:
    add(db)
    claim(db, owner="first", clock=at(NOW, 100.0, boot="an earlier run"))

    assert claim(db, owner="second", now=NOW + LEASE / 2, clock=at(NOW + LEASE / 2, 5.0)) is None
    assert claim(db, owner="second", now=NOW + 2 * LEASE, clock=at(NOW + 2 * LEASE, 9.0)) is not None


def test_a_lease_that_runs_for_days_was_given_before_the_clock_was_set_back(db: Database) -> None:
    add(db)
    claim(db, owner="first", now=NOW + timedelta(days=3))

    assert claim(db, owner="second", now=NOW) is not None


def test_the_job_of_an_owner_that_has_ended_is_taken_at_once(db: Database) -> None:
    job_id = add(db)
    claim(db, owner="first", clock=at(NOW, 100.0))
    assert jobs.owners(db) == ["first"]

    taken = claim(db, owner="second", clock=at(NOW, 100.5), ended=["first"])

    assert taken is not None
    assert taken.id == job_id
    with db.transaction():
        assert not jobs.settle(db, job_id, state="succeeded", reason=None, now=NOW, owner="first")
