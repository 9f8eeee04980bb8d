"""B: many processes and threads at one file: writing, opening, reading for long, stopped, forked."""

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from random import Random

from julep_local.errors import StoreError
from julep_local.store.database import Database
from tests.torture import works
from tests.torture.experiment import Experiment, Outcome
from tests.torture.ledgers import Expected, unsound
from tests.torture.zygote import Zygote, kill, wait

MOST_WAL = 64 * 2**20


def contention(n: int, folder: Path, broken: str = "", n_processes: int = 8, n_threads: int = 4) -> Outcome:
    """Processes of several threads write and read: no operation fails, none is lost, and the log stays small."""
    path, start = folder / "file.db", folder / "start"
    works.prepare(str(path))
    per_thread = max(1, n // (n_processes * n_threads))
    largest = 0
    with Zygote() as zygote:
        outs = [folder / f"out{i}" for i in range(n_processes)]
        pids = [
            zygote.spawn(
                "write_so_often", path, folder / f"ledger{i}", i, n_threads, per_thread, start, broken, out=out
            )
            for i, out in enumerate(outs)
        ]
        time.sleep(0.1)
        began = time.monotonic()
        start.touch()
        watched = [*pids]
        while watched:
            watched = [pid for pid in watched if _alive(pid)]
            if os.path.exists(f"{path}-wal"):
                largest = max(largest, _size(f"{path}-wal"))
            if time.monotonic() > began + 600:
                for pid in watched:
                    kill(pid)
                return Outcome(0, ["it hangs"])
            time.sleep(0.01)
        took = time.monotonic() - began
    lines = [line for out in outs for line in out.read_text().splitlines()]
    times = sorted(float(line.split()[1]) for line in lines if line.startswith("took"))
    wrong = [line for line in lines if line.startswith(("failed", "Traceback"))]
    if len(times) < per_thread * n_processes * n_threads:
        wrong.append(f"only {len(times)} operations were tried")
    if largest > MOST_WAL:
        wrong.append(f"the log grew to {largest:,} bytes")
    if os.path.exists(f"{path}-wal"):
        wrong.append("the log is there after all have closed")
    if not broken:
        expected = Expected()
        expected.read(sorted(folder.glob("ledger*-*")))
        db = Database(str(path))
        wrong += expected.wrong_in(db) + unsound(db)
        db.close()
    p99 = times[int(0.99 * (len(times) - 1))] if times else 0.0
    longest = times[-1] if times else 0.0
    seen = f"{len(times) / took:,.0f} a second, p99 {p99:.0f} ms, longest {longest:.0f} ms, log of {largest >> 20} MB"
    return Outcome(len(times), wrong, seen)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def first_openings(n: int, folder: Path) -> Outcome:
    """Six processes make the same file at the same moment, and each writes to it."""
    outcome = Outcome(0)
    slowest = 0.0
    with Zygote() as zygote:
        for round_ in range(n):
            path, start = folder / f"{round_}.db", folder / f"start{round_}"
            outs = [folder / f"out{round_}.{i}" for i in range(6)]
            pids = [zygote.spawn("open_at_once", path, start, out=out) for out in outs]
            start.touch()
            if not wait(*pids, timeout_s=60):
                outcome.wrong.append("it hangs")
            outcome.n += 1
            for out in outs:
                said = out.read_text()
                if not said.startswith("took"):
                    outcome.wrong.append(said[-300:])
                else:
                    slowest = max(slowest, float(said.split()[1]))
            db = Database(str(path))
            if db.query("select count(*) from users")[0][0] != 6:
                outcome.wrong.append("a user is missing")
            db.close()
            left = [each.name for each in folder.glob(f"{round_}.db*") if each.name != path.name]
            outcome.wrong += [f"left behind: {name}" for name in left]
    outcome.seen = f"slowest opening {slowest:.0f} ms"
    return outcome


def long_reader(n: int, folder: Path) -> Outcome:
    """A program reads for n seconds while others write: nothing fails, and 5 s after it has ended the log is short."""
    path = folder / "file.db"
    works.prepare(str(path))
    outcome = Outcome(n)
    with Zygote() as zygote:
        out = folder / "reader"
        reader = zygote.spawn("read_for", path, float(n), out=out)
        while not (out.exists() and "reading" in out.read_text()):
            time.sleep(0.01)
        writers = [zygote.spawn("write_forever", path, folder / f"ledger{i}", i, 4) for i in range(2)]
        wait(reader)
        largest = _size(f"{path}-wal")
        time.sleep(5)
        after = _size(f"{path}-wal")
        for pid in writers:
            if not _alive(pid):
                outcome.wrong.append("a writer has ended")
            kill(pid)
        wait(*writers)
    if after > 8 * 2**20 + 4 * 2**20:
        outcome.wrong.append(f"the log still has {after:,} bytes")
    db = Database(str(path))
    outcome.wrong += unsound(db)
    db.close()
    if _size(f"{path}-wal"):
        outcome.wrong.append("the log is there after all have closed")
    outcome.seen = f"log {largest >> 20} MB while it read, {after / 2**20:.1f} MB 5 s after"
    return outcome


def stopped_process(n: int, folder: Path) -> Outcome:
    """A process is stopped for 5 s at a random moment, perhaps while it writes: the others wait, and none fails."""
    outcome = Outcome(0)
    longest = 0.0
    with Zygote() as zygote:
        for round_ in range(n):
            path = folder / f"{round_}.db"
            works.prepare(str(path))
            stopped = zygote.spawn("write_forever", path, folder / f"stopped{round_}", round_, 2)
            time.sleep(0.3)
            kill(stopped, signal.SIGSTOP)
            out, start = folder / f"out{round_}", folder / f"start{round_}"
            start.touch()
            other = zygote.spawn("write_so_often", path, folder / f"other{round_}", round_, 2, 20, start, out=out)
            time.sleep(5)
            kill(stopped, signal.SIGCONT)
            if not wait(other):
                outcome.wrong.append("it hangs")
            kill(stopped)
            wait(stopped)
            outcome.n += 1
            lines = out.read_text().splitlines()
            outcome.wrong += [line for line in lines if not line.startswith("took")]
            longest = max([longest, *(float(line.split()[1]) for line in lines if line.startswith("took"))])
            db = Database(str(path))
            outcome.wrong += unsound(db)
            db.close()
    outcome.seen = f"others waited at most {longest / 1000:.1f} s"
    return outcome


def forks(n: int, folder: Path) -> Outcome:
    """A process forks while its threads write: the child is told to open anew, and does; the parent goes on."""
    outcome = Outcome(0)
    path = folder / "file.db"
    works.prepare(str(path))
    with Zygote() as zygote:
        out = folder / "out"
        pid = zygote.spawn("fork_so_often", path, folder / "ledger", n, out=out)
        if not wait(pid, timeout_s=600):
            outcome.wrong.append("it hangs")
    lines = out.read_text().splitlines()
    outcome.n = lines.count("child 0")
    if outcome.n != n or "parent sound" not in lines:
        outcome.wrong.append(out.read_text()[-500:])
    return outcome


def forks_at_first_use(n: int, folder: Path) -> Outcome:
    """A process forks while its threads make the first values of the types: the child makes some as well."""
    outcome = Outcome(0)
    random = Random(n)
    with Zygote() as zygote:
        for _ in range(n):
            out = folder / f"out{outcome.n}"
            delay_s = random.random() * 0.05  # the first values take some 30 ms
            if not wait(zygote.spawn("fork_at_first_use", delay_s, out=out)):
                outcome.wrong.append("it hangs")
            elif out.read_text() != "child 0\n":
                outcome.wrong.append(f"forked after {1000 * delay_s:.1f} ms: {out.read_text()[-500:]}")
            outcome.n += 1
    return outcome


def one_session(n: int, folder: Path) -> Outcome:
    """32 threads chat in one session: each question is followed by its answer, and no turn by half another."""
    from julep_local import Client
    from julep_local.testing import HashEmbedder, ScriptedModel

    client = Client(path=folder / "file.db", model=ScriptedModel(["noon"] * n), embedder=HashEmbedder())
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id)
    wrong: list[str] = []
    numbers = iter(range(n))
    guard = threading.Lock()

    def chat() -> None:
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                return
            try:
                asked = [{"role": "user", "content": f"question {number}"}]
                client.sessions.chat(session_id=session.id, messages=asked, remember=False, record=True)
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=chat) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    with closing(sqlite3.connect(folder / "file.db")) as raw:
        rows = raw.execute("select turn_id, role from messages order by seq").fetchall()
    if len(rows) != 2 * n:
        wrong.append(f"{len(rows)} messages of {n} turns")
    for (asked, role), (answered, _) in zip(rows[::2], rows[1::2], strict=True):
        if asked != answered or role != "user":
            wrong.append(f"turn {asked} is torn")
    return Outcome(n, wrong)


def refuses_forked(db: Database) -> bool:
    try:
        db.query("select 1")
    except StoreError as error:
        return "open a new client" in str(error)
    return False


EXPERIMENTS = [
    Experiment(
        "B1",
        "8 processes with 4 threads each write and read",
        "operations",
        {"P": 320, "N": 12_800, "R": 128_000},
        contention,
    ),
    Experiment(
        "B2",
        "6 processes make a file at once",
        "rounds",
        {"P": 2, "N": 100, "R": 1000},
        first_openings,
    ),
    Experiment(
        "B3",
        "a program reads for long while 8 threads write",
        "seconds",
        {"N": 20, "R": 60},
        long_reader,
    ),
    Experiment(
        "B4",
        "a process is stopped for 5 s",
        "times",
        {"N": 10, "R": 100},
        stopped_process,
    ),
    Experiment(
        "B5",
        "fork while threads write",
        "forks",
        {"P": 5, "N": 100, "R": 1000},
        forks,
    ),
    Experiment(
        "B6",
        "32 threads chat in one session",
        "turns",
        {"P": 64, "N": 1000, "R": 10_000},
        one_session,
    ),
    Experiment(
        "B8",
        "fork at the first use of the types",
        "forks",
        {"P": 60, "N": 500, "R": 5000},
        forks_at_first_use,
    ),
]
