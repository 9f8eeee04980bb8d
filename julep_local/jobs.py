"""Work in the background: jobs are rows with a lease, and one quiet thread works through them.

A job whose process died is taken over: at once if it can be seen that it has ended, else when its lease lapses; each
runs once. A chat never waits for a job: the thread
begins one only while no chat is under way, and stops it when a chat arrives. What a job does is told by its handler
(background.py).

Several programs may have the same file open with different embedders. A job that gives vectors says for which one, and
is left to programs with that one while there are any; then another does it, for its own embedder.
"""

import contextlib
import functools
import logging
import threading
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from julep_local import processes
from julep_local._mirror import stopped_by
from julep_local.errors import ApiError, Cancelled, ClientClosed, ModelMissing
from julep_local.llm.base import Preempted
from julep_local.runtime import Runtime
from julep_local.store import jobs as rows
from julep_local.store.database import Database

log = logging.getLogger(__name__)

LEASE_S = 30.0
"""A job not renewed for so long belongs to a process that died."""
RENEW_S = 10.0
IDLE_S = 5.0
"""The thread looks again after so long without work, for the jobs that others have in hand; it ends when there are
none, and the next job starts another."""
START_AFTER_S = 1.5
"""What a process that ended has left is begun so long after opening: a program that only looks something up should not
load models for it."""
CLOSE_S = 2.0
"""`close` waits no longer for the job under way: importing and loading a model take seconds, and cannot be stopped."""
MOST_ATTEMPTS = 3
RETRY_S = 10.0
"""After a failure: what was in the way, as too little memory, is rarely gone at once."""
MOST_STARTS = 20
"""A job that was begun so often and never ended kills its process: it is given up."""

Report = Callable[[float], None]
"""Says how far a job is, from 0 to 100."""
Handler = Callable[[Runtime, Mapping[str, Any], Report], str | None]
"""Does the work of a payload; returns a sentence for `JobStatus.reason`, or None. May raise `Pointless`."""


class Pointless(Exception):
    """What a job was about is gone: it ends `aborted`, for this reason."""


@dataclass(frozen=True)
class NewJob:
    """A job to be written, together with what it is about."""

    kind: str
    name: str
    payload: Mapping[str, Any]
    """`embedder` in it is the label of the embedder that it is for."""


def enqueue(db: Database, job: NewJob, now: datetime, job_id: str | None = None) -> str:
    """Write a job that waits to be done, and return its id. The caller holds the transaction, then calls `notify`."""
    job_id = job_id or db.stamps.new_id()
    rows.add(
        db,
        id=job_id,
        name=job.name,
        kind=job.kind,
        payload=dict(job.payload),
        now=now,
        kept_until=now + timedelta(seconds=LEASE_S) if "embedder" in job.payload else None,
        clock=_clock(now),
    )
    return job_id


def record_done(db: Database, job: NewJob, now: datetime) -> str:
    """Write a job that was done before its row could be, and return its id. The caller holds the transaction."""
    job_id = db.stamps.new_id()
    rows.add(db, id=job_id, name=job.name, kind=job.kind, payload={}, now=now, state="succeeded")
    return job_id


def _clock(now: datetime) -> rows.Clock:
    return rows.Clock(now, processes.boot(), processes.uptime_s())


class Worker:
    """The thread that works through a database's jobs, started when there is one."""

    def __init__(self, runtime: Runtime, handlers: Mapping[str, Handler]) -> None:
        self._runtime = runtime
        self._handlers = handlers
        self._owner = f"{processes.this_process()}:{uuid.uuid4()}"
        self._stop = threading.Event()
        self._job_stop = threading.Event()
        self._news = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._next_keep = 0.0
        self._at_work = threading.RLock()
        """Held from claiming a job to settling it."""
        self._begin_with_what_is_left()

    def _begin_with_what_is_left(self) -> None:
        if rows.unfinished(self._runtime.db):  # left by a process that ended
            self._start(after_s=START_AFTER_S)

    def notify(self) -> None:
        """Say that there may be a job to do now."""
        with self._guard:
            self._news.set()
            if not self._stop.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._start()

    def _start(self, after_s: float = 0.0) -> None:
        self._thread = threading.Thread(target=self._run, args=(after_s,), name="julep-jobs", daemon=True)
        self._thread.start()

    def give_way(self) -> None:
        """Stop the job under way, because a chat begins; it is done again once it is quiet.

        Two that compute at once on the same cores hold each other up far more than by half.
        """
        self._job_stop.set()

    @contextlib.contextmanager
    def halted(self) -> Generator[None, None, None]:
        """Stop the job under way, wait until it is handed back, and begin none within."""
        while not self._at_work.acquire(timeout=0.02):
            self._job_stop.set()  # again: the job that was stopped may be followed by another
        try:
            yield
        finally:
            self._at_work.release()

    def close(self) -> None:
        """Stop the job under way, hand it back, and end the thread.

        One that does not stop in time is left behind: it can write no more, and when its lease lapses it is done again.
        """
        self._stop.set()
        self._job_stop.set()
        self._news.set()
        thread = self._thread  # which sets it to None when it ends
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSE_S)

    def _run(self, after_s: float) -> None:
        if after_s:
            self._news.wait(after_s)
        while not self._stop.is_set():
            try:
                if not self._work_once() and not self._more_to_come():
                    return
            except ClientClosed:
                return
            except ApiError as error:  # the file cannot be read or written now: the jobs wait for the next start
                log.warning("background work has stopped: %s", error)
                return

    def _more_to_come(self) -> bool:
        """Wait for news, or for what others have in hand; return whether to look for a job again."""
        if not self._news.wait(IDLE_S) and not rows.unfinished(self._runtime.db):
            with self._guard:  # a job that arrives from here on finds no thread, and starts one
                if not self._news.is_set():
                    self._thread = None
                    return False
        self._news.clear()  # before the jobs are looked at: one that arrives after that is news again
        return True

    def _work_once(self) -> bool:
        """Do the next job, if there is one; return whether there was."""
        # set before the quiet is looked for, so that a chat which begins from here on stops the job
        self._job_stop = job_stop = threading.Event()
        self._keep()
        if self._stop.is_set() or not self._may_begin():
            return not self._stop.is_set()
        with self._at_work:
            return self._work(job_stop)

    def _work(self, job_stop: threading.Event) -> bool:
        job = self._claimed()
        if job is None:
            return False
        if job.attempts > MOST_STARTS:
            self._settle(job.id, "failed", f"it was begun {MOST_STARTS} times and never ended")
            return True
        try:
            with self._renewed(job.id):
                report = functools.partial(self._report, job.id)
                reason = stopped_by(job_stop).run(self._handlers[job.kind], self._runtime, job.payload, report)
        except (Preempted, Cancelled, ClientClosed):
            self._settle(job.id, "pending", "it gave way to a chat, or to the end of the program")
        except Pointless as gone:
            self._settle(job.id, "aborted", str(gone))
        except Exception as error:  # a job may fail in any way; its row tells how
            if self._stop.is_set():  # as by an import while Python shuts down
                self._settle(job.id, "pending", "the program ended")
            else:
                self._failed(job.id, job.attempts, error)
        except BaseException:  # Ctrl-C where jobs are done at once
            self._settle(job.id, "pending", "it was interrupted")
            raise
        else:
            self._settle(job.id, "succeeded", reason)
        return True

    def _may_begin(self) -> bool:
        return self._runtime.wait_until_quiet(timeout_s=0.2)

    def _retry_s(self) -> float:
        """Return how long after it failed a job is tried again."""
        return RETRY_S

    def _claimed(self) -> rows.Job | None:
        db = self._runtime.db
        now = db.stamps.now()
        embedder = self._runtime.embedder_label()
        ended = [owner for owner in rows.owners(db) if processes.has_ended(owner.rpartition(":")[0])]
        with db.transaction():
            return rows.claim(
                db,
                owner=self._owner,
                now=now,
                lease_until=now + timedelta(seconds=LEASE_S),
                embedder=embedder,
                failed_before=now - timedelta(seconds=self._retry_s()),
                clock=_clock(now),
                ended=ended,
            )

    def _keep(self) -> None:
        """Have the jobs for this program's embedder left to it, now and then."""
        if time.monotonic() < self._next_keep:
            return
        self._next_keep = time.monotonic() + RENEW_S
        db, embedder = self._runtime.db, self._runtime.embedder_label()
        if embedder is not None:
            with db.transaction():
                now = db.stamps.now()
                rows.keep(db, embedder, now + timedelta(seconds=LEASE_S), clock=_clock(now))

    def _failed(self, job_id: str, attempts: int, error: Exception) -> None:
        # what is not installed is not there ten seconds later either
        again = attempts < MOST_ATTEMPTS and not isinstance(error, ModelMissing)
        log.warning(
            "job %s failed%s: %s",
            job_id,
            ", and is tried again" if again else "",
            error,
            exc_info=not isinstance(error, ApiError),
        )
        self._settle(job_id, "retrying" if again else "failed", f"{type(error).__name__}: {error}")

    def _report(self, job_id: str, progress: float) -> None:
        db = self._runtime.db
        now = db.stamps.now()
        until = now + timedelta(seconds=LEASE_S)
        with db.transaction():
            is_ours = rows.renew(db, job_id, owner=self._owner, lease_until=until, progress=progress, clock=_clock(now))
        if not is_ours:
            raise Cancelled("the job was taken over by another program, or what it is about was deleted")

    def _settle(self, job_id: str, state: str, reason: str | None) -> None:
        db = self._runtime.db
        with db.transaction():
            rows.settle(db, job_id, state=state, reason=reason, now=db.stamps.now(), owner=self._owner)

    def _renewed(self, job_id: str) -> contextlib.AbstractContextManager[None]:
        return self._heartbeat(job_id)

    @contextlib.contextmanager
    def _heartbeat(self, job_id: str) -> Generator[None, None, None]:
        """Renew the job's lease for as long as the block runs."""
        done = threading.Event()

        def renew() -> None:
            db = self._runtime.db
            while not done.wait(RENEW_S):
                now = db.stamps.now()
                until = now + timedelta(seconds=LEASE_S)
                with contextlib.suppress(ApiError), db.transaction():  # the file is closed, or full: the lease lapses
                    rows.renew(db, job_id, owner=self._owner, lease_until=until, clock=_clock(now))
                with contextlib.suppress(ApiError):
                    self._keep()

        heartbeat = threading.Thread(target=renew, name="julep-lease", daemon=True)
        heartbeat.start()
        try:
            yield
        finally:
            done.set()
            heartbeat.join()


class AtOnce(Worker):
    """Does the jobs on the thread that asks for them, before it goes on, so that nothing is left to chance.

    What another process has left is done with the first job of this one.
    """

    def notify(self) -> None:
        """Do the jobs that wait. Who finds another thread at it waits until its own are done, too."""
        with self._at_work, contextlib.suppress(ClientClosed):
            while self._work_once():
                pass

    @contextlib.contextmanager
    def halted(self) -> Generator[None, None, None]:
        """Wait until the jobs under way are done, and begin none within: one that was stopped would begin anew."""
        with self._at_work:
            yield

    def give_way(self) -> None:
        """Do nothing: who asked for the job waits for it."""

    def _begin_with_what_is_left(self) -> None:
        pass

    def _keep(self) -> None:
        pass

    def _retry_s(self) -> float:
        return 0.0

    def _may_begin(self) -> bool:
        return True  # also within a chat, which asks for vectors that it needs

    def _renewed(self, job_id: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # another thread would look at the clock at any time
