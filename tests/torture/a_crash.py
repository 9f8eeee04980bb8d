"""A: a process is killed, at any moment and at each call that writes, also in jobs and copies; the power is cut."""

import json
import os
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

from julep_local.store import doctor
from julep_local.store.database import AsItIs, Database
from tests.store import golden
from tests.torture import works
from tests.torture.experiment import Experiment, Outcome
from tests.torture.ledgers import Expected, unsound
from tests.torture.powercut import Disk
from tests.torture.zygote import Zygote, kill, wait

KILLS_PER_FILE = 100
SLOWEST_MS = 250


def kills(n: int, folder: Path, broken: str = "") -> Outcome:
    """Two processes of two threads write to one file; both are killed at random moments, and it is looked over."""
    random = Random(n)
    outcome = Outcome(0)
    opened: list[float] = []
    committed = under_way = 0
    with Zygote() as zygote:
        for file in range(-(-n // KILLS_PER_FILE)):
            path = folder / f"{file}.db"
            works.prepare(str(path))
            expected = Expected()
            for round_ in range(min(KILLS_PER_FILE, n - file * KILLS_PER_FILE) // 2):
                names = [f"{folder}/{file}.{round_}.{worker}" for worker in "ab"]
                pids = [
                    zygote.spawn("write_forever", path, name, random.random(), 2, broken, out=f"{folder}/out")
                    for name in names
                ]
                for name in names:  # some have just begun, some have committed dozens of times, on a slow machine, too
                    _wait_for_ledger(Path(f"{name}-0"), n_bytes=30 + int(4000 * random.random() ** 2))
                for pid in pids:
                    time.sleep(random.random() * 0.02)
                    kill(pid)
                wait(*pids)
                outcome.n += 2
                began = time.perf_counter()
                db = Database(str(path))
                opened.append(1000 * (time.perf_counter() - began))
                expected.read(sorted(folder.glob(f"{file}.{round_}.*-*")))
                outcome.wrong += expected.wrong_in(db)
                if round_ % 5 == 4:
                    outcome.wrong += unsound(db)
                db.close()
                if broken and outcome.wrong:
                    break
            db = Database(str(path))
            outcome.wrong += unsound(db)
            db.close()
            committed, under_way = committed + expected.n_committed, under_way + expected.n_open
    opened.sort()
    p99 = opened[int(0.99 * (len(opened) - 1))]
    if p99 > SLOWEST_MS and n >= 1000:
        outcome.wrong.append(f"opening after a kill took {p99:.0f} ms")
    outcome.seen = f"{committed:,} commits, {under_way} under way; reopened in {p99:.0f} ms (p99)"
    return outcome


def _wait_for_ledger(path: Path, n_bytes: int = 1) -> None:
    give_up = time.monotonic() + 60
    while not (path.exists() and path.stat().st_size >= n_bytes):
        assert time.monotonic() < give_up, "the writer has not begun"
        time.sleep(0.001)


WRITING = "pwrite64,ftruncate,fallocate,fsync,fdatasync,unlink,rename,link,linkat,unlinkat,renameat"


def _traced(zygote: Zygote, folder: Path, inject: str, name: str, work: str = "life") -> tuple[Path, Path, str, bool]:
    """Run `works.life`, or other work, with the fault injected.

    Return the file, its ledger, what was printed, and whether it ended.
    """
    path, ledger, go, out = (folder / f"{name}.{ending}" for ending in ("db", "ledger", "go", "out"))
    pid = zygote.spawn(work, path, *([ledger] if work == "life" else []), go, out=out)
    trace = subprocess.Popen(
        [
            "strace",
            "-f",
            "-q",
            "-o",
            f"{folder}/{name}.trace",
            "-e",
            f"trace={WRITING}",
            *(["-e", inject] if inject else []),
            "-p",
            str(pid),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    give_up = time.monotonic() + 20
    while _tracer(pid) == 0:
        assert time.monotonic() < give_up, "strace does not attach"
        time.sleep(0.001)
    go.touch()
    ended = wait(pid, timeout_s=90)
    trace.communicate()
    return path, ledger, out.read_text(), ended


def _tracer(pid: int) -> int:
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid"))


def _calls(folder: Path, name: str, calls: str = WRITING) -> int:
    """Return how many of these calls a run without a fault makes."""
    lines = Path(f"{folder}/{name}.trace").read_text().splitlines()
    return sum(line.partition("(")[0].split()[-1] in calls.split(",") for line in lines if "(" in line)


def kill_at_each_call(n: int, folder: Path) -> Outcome:
    """The process is killed at the k-th call that writes, for n calls spread evenly over the life of a file."""
    outcome = Outcome(0)
    with Zygote() as zygote:
        _traced(zygote, folder, "", "whole")
        n_calls = _calls(folder, "whole")
        for k in _spread(n_calls, n):
            name = f"k{k}"
            path, ledger, said, ended = _traced(zygote, folder, f"inject={WRITING}:signal=SIGKILL:when={k}", name)
            outcome.n += 1
            if not ended or "untyped" in said:
                outcome.wrong.append(f"call {k}: {said}")
            outcome.wrong += [f"call {k}: {each}" for each in _after(path, ledger)]
            for left in folder.glob(f"{name}.*"):
                left.unlink()
    outcome.seen = f"of {n_calls} calls that write"
    return outcome


def _spread(n_calls: int, n: int) -> list[int]:
    """Return n numbers from 1 to n_calls, spread evenly; all of them if n is as many or more."""
    n = min(n, n_calls)
    return sorted({1 + round(i * (n_calls - 1) / max(n - 1, 1)) for i in range(n)})


def _after(path: Path, ledger: Path) -> list[str]:
    """Open the file anew, look it over, write to it, copy it, and return what is wrong."""
    db = Database(str(path))
    expected = Expected()
    expected.read([ledger] if ledger.exists() else [])
    wrong = expected.wrong_in(db) + unsound(db)
    target = f"{path}.copy"
    if os.path.exists(target):
        wrong += [f"a copy that is not sound: {each.meaning}" for each in doctor.examine_file(target).findings]
        os.remove(target)
    works.copy(str(path), target)  # which also removes what was left half
    db.close()
    left = [
        each.name for each in path.parent.iterdir() if each.name.startswith(f"{path.name}") and "partial" in each.name
    ]
    return wrong + [f"left behind: {name}" for name in left if ".copy." in name]


def syncs_before_it_says_so(n: int, folder: Path, broken: str = "") -> Outcome:
    """Between the last write of a commit and the writer's word that it is committed, the disk was told to hold it."""
    outcome = Outcome(0)
    path, ledger, out = folder / "sync.db", folder / "ledger", folder / "out"
    works.prepare(str(path))
    with Zygote() as zygote:
        pid = zygote.spawn("write_forever", path, ledger, 1, 1, broken, out=out)
        _wait_for_ledger(Path(f"{ledger}-0"))
        trace = subprocess.Popen(
            [
                "strace",
                "-f",
                "-q",
                "-y",
                "-s",
                "8",
                "-o",
                f"{folder}/trace",
                "-e",
                "trace=pwrite64,write,fdatasync,fsync",
                "-p",
                str(pid),
            ],
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 120
        while outcome.n < n and time.monotonic() < give_up:
            time.sleep(0.05)
            outcome.n, outcome.wrong = _unsynced(Path(f"{folder}/trace"))
        kill(pid)
        wait(pid)
        trace.wait()
    return outcome


def _unsynced(trace: Path) -> tuple[int, list[str]]:
    n_commits, wrong, dirty, begun = 0, [], False, False
    for line in trace.read_text(errors="replace").splitlines() if trace.exists() else []:
        if "pwrite64(" in line and "-wal>" in line:
            dirty = True
        elif ("fdatasync(" in line or "fsync(" in line) and "-wal>" in line:
            dirty = False
        elif '"B ' in line:
            begun = True
        elif '"A ' in line and begun:
            n_commits += 1
            if dirty:
                wrong.append(f"commit {n_commits} was not synchronised")
    return n_commits, wrong


def power_cuts(n: int, folder: Path, broken: str = "") -> Outcome:
    """The disk stops at a random moment, as it is; what was acknowledged is there when it is mounted again."""
    outcome = Outcome(0)
    random = Random(n)
    committed = 0
    with Zygote() as zygote:
        for cut in range(n):
            with Disk(folder / "image", folder / "disk", megabytes=64) as disk:
                path = disk.folder / "cut.db"
                works.prepare(str(path))
                ledger = folder / f"ledger{cut}"
                pid = zygote.spawn("write_forever", path, ledger, random.random(), 2, broken, out=folder / "out")
                _wait_for_ledger(Path(f"{ledger}-0"), n_bytes=100)
                time.sleep(random.random() * 0.3)
                cut_at = time.monotonic()
                disk.cut()
                time.sleep(0.01)
                kill(pid)
                wait(pid)
                disk.remount()
                expected = Expected()
                expected.read(sorted(folder.glob(f"ledger{cut}-*")), until=cut_at)
                db = Database(str(path))
                outcome.wrong += [f"cut {cut}: {each}" for each in expected.wrong_in(db) + unsound(db)]
                committed += expected.n_committed
                db.close()
                outcome.n += 1
                for left in folder.glob(f"ledger{cut}-*"):
                    left.unlink()
            if broken and outcome.wrong:
                break
    outcome.seen = f"{committed:,} acknowledged commits"
    return outcome


def kills_in_migrations(n: int, folder: Path) -> Outcome:
    """A process is killed while it brings an old file up to date: it is of the old version or the new, and whole.

    Every other kill is at one of the calls that write, spread evenly over them; the rest are at random moments between
    the beginning and the end.
    """
    outcome = Outcome(0)
    random = Random(n)
    n_calls: dict[int, int] = {}
    lasts_s: dict[int, float] = {}
    stages = dict.fromkeys(("before a copy was made", "between copy and commit", "after the commit"), 0)
    with Zygote() as zygote:
        for version in golden.VERSIONS[: n // 2]:
            golden.unpack(version, folder / f"whole{version}.db")
            _traced(zygote, folder, "", f"whole{version}", "migrate")
            n_calls[version] = _calls(folder, f"whole{version}")
            path = folder / f"timed{version}.db"
            golden.unpack(version, path)
            (go := folder / "go").touch()
            lasts_s[version] = _lasts(zygote, folder / f"timed{version}.out", "migrate", path, go)
        turns = dict.fromkeys(golden.VERSIONS, 0)
        for round_ in range(n):
            version = golden.VERSIONS[round_ // 2 % len(golden.VERSIONS)]
            name = f"{round_}"
            path = folder / f"{name}.db"
            golden.unpack(version, path)
            before = _messages(path)
            if round_ % 2 == 0 and version in n_calls:
                each_of = max(1, -(-n // 2 // len(golden.VERSIONS)))
                call = 1 + (turns[version] * n_calls[version] + n_calls[version] // 2) // each_of
                turns[version] += 1
                _traced(zygote, folder, f"inject={WRITING}:signal=SIGKILL:when={call}", name, "migrate")
            else:
                _kill_within(zygote, path, folder / name, random.random() * lasts_s.get(version, 0.02))
            outcome.n += 1
            copies = list(folder.glob(f"{name}.db.version-*.backup"))
            looked_over = doctor.examine_file(str(path))
            is_old = looked_over.schema_version == version
            stages[list(stages)[2 if not is_old else 1 if copies else 0]] += 1
            if not looked_over.is_sound or looked_over.schema_version not in (version, doctor.schema.VERSION):
                outcome.wrong.append(f"version {version}: {looked_over.findings}")
            if _messages(path) != before:
                outcome.wrong.append(f"version {version}: messages differ")
            for copy in copies:
                if not doctor.examine_file(str(copy)).is_sound:
                    outcome.wrong.append(f"version {version}: the copy is not sound")
            Database(str(path)).close()
            if not doctor.examine_file(str(path)).is_sound or _messages(path) != before:
                outcome.wrong.append(f"version {version}: not whole after it was opened again")
            for left in folder.glob(f"{name}.*"):
                left.unlink()
    outcome.seen = ", ".join(f"{count} {stage}" for stage, count in stages.items())
    return outcome


def _lasts(zygote: Zygote, out: Path, work: str, *arguments: object) -> float:
    """Return how many seconds pass between the beginning and the end of some work."""
    pid = zygote.spawn(work, *arguments, out=out)
    began = _wait_for_word(out, "begin")
    lasts_s = _wait_for_word(out, "end") - began
    wait(pid)
    return lasts_s


def _kill_within(zygote: Zygote, path: Path, name: Path, after_s: float) -> None:
    """Kill a process so many seconds after it has begun a migration."""
    out, go = Path(f"{name}.out"), Path(f"{name}.go")
    go.touch()
    pid = zygote.spawn("migrate", path, go, out=out)
    _wait_for_word(out, "begin")
    time.sleep(after_s)
    kill(pid)
    wait(pid)


def _wait_for_word(out: Path, word: str) -> float:
    """Return the moment, on the monotonic clock, at which the word was printed."""
    give_up = time.monotonic() + 60
    while not (out.exists() and word in out.read_text()):
        assert time.monotonic() < give_up, f"it never comes to {word!r}"
        time.sleep(0.0005)
    return time.monotonic()


def _messages(path: Path) -> list[tuple[Any, ...]]:
    db = AsItIs(str(path))
    rows = [tuple(row) for row in db.query("select id, role, content from messages order by seq")]
    db.close()
    return rows


def kills_in_copies(n: int, folder: Path) -> Outcome:
    """A process is killed while it copies the file over an earlier copy: there is the old one or the new one."""
    outcome = Outcome(0)
    random = Random(n)
    path, target = folder / "file.db", folder / "copy.db"
    _fill(path, 900)
    n_old = 0
    works.copy(str(path), str(target))
    with Zygote() as zygote:
        most_s = 1.1 * _lasts(zygote, folder / "timed", "copy_over", path, target)
        for round_ in range(n):
            before = target.stat().st_ino
            out = folder / f"out{round_}"
            pid = zygote.spawn("copy_over", path, target, out=out)
            _wait_for_word(out, "begin")
            time.sleep(random.random() * most_s)
            kill(pid)
            wait(pid)
            outcome.n += 1
            n_old += target.stat().st_ino == before
            outcome.wrong += [each.meaning for each in doctor.examine_file(str(target)).findings]
        wait(zygote.spawn("copy_over", path, target))  # which also removes what was left half
    outcome.wrong += [f"left behind: {each.name}" for each in folder.glob("copy.db*.partial")]
    outcome.wrong += unsound(db := Database(str(path)))
    db.close()
    outcome.seen = f"the old copy stood {n_old} times"
    return outcome


def kills_in_compacting(n: int, folder: Path) -> Outcome:
    """A process is killed while it writes the file anew: nothing of it is another."""
    from julep_local.store.digest import digest

    outcome = Outcome(0)
    random = Random(n)
    path = folder / "file.db"
    _fill(path, 100)
    db = Database(str(path))
    before = digest(db)
    db.close()
    with Zygote() as zygote:
        for round_ in range(n):
            pid = zygote.spawn("compact", path, out=folder / "out")
            time.sleep(0.01 + random.random() * 0.1)
            kill(pid)
            wait(pid)
            outcome.n += 1
            db = Database(str(path))
            if digest(db) != before:
                outcome.wrong.append(f"round {round_}: rows differ")
            outcome.wrong += unsound(db)
            db.close()
    return outcome


def kills_in_embedding_anew(n: int, folder: Path) -> Outcome:
    """A process is killed while another embedder's vectors are made: the old set serves until the new one is whole."""
    from julep_local.store import embedding_sets, vectors

    outcome = Outcome(0)
    random = Random(n)
    path = folder / "file.db"
    _fill(path, 400)
    progress: list[int] = []
    with Zygote() as zygote:
        works.copy(str(path), f"{path}.first")
        most_s = _lasts(zygote, folder / "first", "reembed", f"{path}.first")
        for round_ in range(n):
            out = folder / f"out{round_}"
            pid = zygote.spawn("reembed", path, out=out)
            _wait_for_word(out, "begin")
            time.sleep(random.random() * most_s)
            kill(pid)
            wait(pid)
            outcome.n += 1
            db = Database(str(path))
            sets = {each.name: each for each in embedding_sets.every(db)}
            new = sets.get("hash-32-v2")
            done = vectors.progress(db, new.id) if new else (0, 1)
            progress.append(done[0])
            is_whole = new is not None and done[0] == done[1]
            if new is not None and new.state == "current" and not is_whole:
                outcome.wrong.append("a set is searched that is not whole")
            if sets["test"].state != "current" and (new is None or new.state != "current"):
                outcome.wrong.append("no set is searched")
            outcome.wrong += [each for each in unsound(db) if not each.startswith("missing_vectors")]
            if new is not None and new.state == "current":  # begin again
                with db.transaction():
                    embedding_sets.make_current(db, sets["test"].id)
                    vectors.delete_set(db, new.id)
                    embedding_sets.delete(db, new.id)
            db.close()
        wait(zygote.spawn("reembed", path))
    db = Database(str(path))
    current = embedding_sets.current(db)
    if current is None or current.name != "hash-32-v2":
        outcome.wrong.append("it was not finished")
    outcome.wrong += unsound(db)
    db.close()
    outcome.seen = f"{len(set(progress))} states of progress were seen"
    return outcome


def _fill(path: Path, n: int) -> None:
    works.prepare(str(path))
    db = Database(str(path))
    writer = works.Writer(db, works.Ledger(f"{path}.ledger"), "fill")
    for _ in range(n // 3):
        writer.turn()
        writer.doc()
        writer.memory()
    db.close()


def kills_in_jobs(n: int, folder: Path) -> Outcome:
    """Processes that embed docs in the background are killed; the next goes on, and in the end each is done once."""
    outcome = Outcome(0)
    random = Random(n)
    path = folder / "file.db"
    with Zygote() as zygote:
        for round_ in range(n):
            out = folder / f"out{round_}"
            pid = zygote.spawn("clients.add_docs", path, round_, out=out)
            _wait_for_ledger(out)
            time.sleep(random.random() * 0.15)
            kill(pid)
            wait(pid)
            outcome.n += 1
        out = folder / "drained"
        pid = zygote.spawn("clients.drain", path, out=out)
        wait(pid, timeout_s=600)
    said = out.read_text()
    try:
        result = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        return Outcome(outcome.n, [f"it was not drained: {said[-500:]}"])
    for name in ("docs_without_vector", "jobs_lost", "vectors_twice"):
        if result[name]:
            outcome.wrong.append(f"{name}: {result[name]}")
    if result["first_after_s"] > 2.5:
        outcome.wrong.append(f"the first job was taken over after {result['first_after_s']:.1f} s")
    db = Database(str(path))
    outcome.wrong += unsound(db)
    db.close()
    outcome.seen = (
        f"{result['docs']} docs; a job of the killed was taken over {result['first_after_s']:.1f} s after opening"
    )
    return outcome


EXPERIMENTS = [
    Experiment(
        "A1", "kill -9 of two processes with two threads each", "kills", {"P": 50, "N": 1000, "R": 10_000}, kills
    ),
    Experiment(
        "A2",
        "kill at each call that writes, from making a file to closing it",
        "calls",
        {"P": 8, "N": 10_000, "R": 10_000},
        kill_at_each_call,
        ("strace",),
    ),
    Experiment(
        "A3",
        "power cut (ext4, what the disk was not told to hold is gone)",
        "cuts",
        {"N": 200, "R": 1000},
        power_cuts,
        ("root", "mkfs.ext4"),
    ),
    Experiment(
        "A3",
        "the disk was told before a commit is acknowledged",
        "commits",
        {"P": 30, "N": 1000, "R": 1000},
        syncs_before_it_says_so,
        ("strace",),
    ),
    Experiment(
        "A4", "kill while docs are embedded in the background", "kills", {"P": 3, "N": 200, "R": 1000}, kills_in_jobs
    ),
    Experiment(
        "A5",
        "kill while an old file is brought up to date",
        "kills",
        {"P": 4, "N": 150, "R": 1000},
        kills_in_migrations,
        ("strace",),
    ),
    Experiment(
        "A5",
        "kill while the file is copied over an earlier copy",
        "kills",
        {"P": 3, "N": 50, "R": 500},
        kills_in_copies,
    ),
    Experiment(
        "A5",
        "kill while the file is compacted",
        "kills",
        {"P": 3, "N": 50, "R": 500},
        kills_in_compacting,
    ),
    Experiment(
        "A5, D3", "kill while docs are embedded anew", "kills", {"P": 3, "N": 50, "R": 500}, kills_in_embedding_anew
    ),
]
