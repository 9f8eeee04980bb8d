"""J1: hours of use leave the process as it was: memory, descriptors, threads and the log stay flat.

Several processes on one file chat, remember, search, delete and forget, each with a client that is closed and opened
again now and then. What they take is read from /proc. `python -m tests.torture.j1_soak SECONDS` runs it for so long.

The file grows until there are 10,000 jobs: only then are old ones forgotten. SQLite keeps the pages that it has read,
of each connection up to 32 MB; so a process grows with a file that is smaller, and this is no leak: with a page cache
of 200 KB it stays as it is. Objects that refer to each other are collected before memory is read: what a closed client
leaves of them is some 2,000, mostly the prompts that the scripted model notes.
"""

import gc
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from .row import Row, Tier

SECONDS: dict[Tier, float] = {"P": 3, "N": 1_800, "R": 7_200}
N_PROCESSES = 4
MOST_WAL_BYTES = 64 << 20
MOST_GROWTH_BYTES_AN_HOUR = 1 << 20
NOISE_BYTES = 8 << 20
"""What a run of minutes may grow by: caches fill, and the allocator gives back in steps."""
N_CACHES = 2
"""Connections of a process that come to hold most pages of the file: the caller's and that of the jobs."""


Seen = tuple[float, int, int, int, int]
"""When, in seconds from the beginning: bytes of memory, descriptors, threads, and bytes of the file."""


def _work(path: str, seconds: float, out: Any) -> None:
    from julep_local import Client
    from julep_local.testing import HashEmbedder, ScriptedModel

    began, n_ops, errors, seen = time.monotonic(), 0, list[str](), list[Seen]()
    while time.monotonic() - began < seconds:
        with Client(path=path, model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder(32)) as client:
            for _ in range(30):
                try:
                    _one_round(client)
                    n_ops += 1
                except Exception as error:
                    errors.append(repr(error)[:300])
                if time.monotonic() - began > seconds:
                    break
        gc.collect()
        n_descriptors, at = len(os.listdir("/proc/self/fd")), time.monotonic() - began
        seen.append((at, _memory(), n_descriptors, threading.active_count(), os.path.getsize(path)))
    out.put((n_ops, errors, seen))


def _one_round(client: Any) -> None:
    agent = client.agents.create(name="A", docs=[{"title": "Ferry", "content": "The ferry leaves at nine. " * 20}])
    user = client.users.create(name="B", about="a sailor")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    said = [{"role": "user", "content": "My dog is called Biscuit."}]
    client.jobs.wait(client.sessions.chat(session_id=session.id, messages=said).jobs)
    for delta in client.sessions.chat(session_id=session.id, messages=said, stream=True, remember=False):
        assert delta is not None
    assert client.docs.search("ferry", agent_id=agent.id)
    client.memories.search("dog", agent_id=agent.id, user_id=user.id)
    client.users.delete(user.id)
    client.agents.delete(agent.id)


def _memory() -> int:
    """Return the bytes that are this process' own. Pages of the libraries come and go as the machine has room."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:"))) << 10


def soak(seconds: float) -> Row:
    """Let the processes work for so long, and look at what they took."""
    context = multiprocessing.get_context("spawn")
    largest_wal, failures = 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "julep.db")
        out: Any = context.Queue()
        workers = [context.Process(target=_work, args=(path, seconds, out)) for _ in range(N_PROCESSES)]
        for worker in workers:
            worker.start()
        results: list[Any] = []
        while len(results) < len(workers):
            if not out.empty():
                results.append(out.get())
                continue
            if not any(worker.is_alive() for worker in workers) and out.empty():
                failures.append("a process died")
                break
            wal = Path(f"{path}-wal")
            largest_wal = max(largest_wal, wal.stat().st_size if wal.exists() else 0)
            time.sleep(0.2)
        for worker in workers:
            worker.join()
        if Path(f"{path}-wal").exists() and Path(f"{path}-wal").stat().st_size:
            failures.append("a log is left behind the last close")
    n_ops = sum(result[0] for result in results)
    for _, errors, seen in results:
        failures += errors[:5]
        failures += _growth(seen)
    if largest_wal > MOST_WAL_BYTES:
        failures.append(f"the log grew to {largest_wal >> 20} MiB")
    grown, file = (max((_slope(seen, column) for _, _, seen in results), default=0.0) for column in (1, 4))
    took = f"memory {grown / 2**20:+.2f} MiB/h, file {file / 2**20:+.2f} MiB/h, log {largest_wal >> 20} MiB at most"
    what = f"{N_PROCESSES} processes for {seconds:.0f} s: {took}"
    return Row(what, n_ops, failures)


def _settled(seen: list[Seen]) -> list[Seen]:
    """Leave the first part out, in which what is used for the first time is loaded: a quarter hour of two."""
    return seen[len(seen) // 4 :] if len(seen) >= 8 else []


def _slope(seen: list[Seen], column: int) -> float:
    """Return by how many bytes an hour memory or the file grows, least squares."""
    points = [(each[0], each[column]) for each in _settled(seen)]
    if len(points) < 2:
        return 0.0
    mean_at, mean = (sum(each[i] for each in points) / len(points) for i in (0, 1))
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return 3600 * sum((at - mean_at) * (memory - mean) for at, memory in points) / spread if spread else 0.0


def _growth(seen: list[Seen]) -> list[str]:
    settled = _settled(seen)
    if not settled:
        return []
    failures: list[str] = []
    hours = (settled[-1][0] - settled[0][0]) / 3600
    grown = _slope(seen, 1) * hours
    cached = N_CACHES * max(_slope(seen, 4), 0) * hours
    if grown > max(NOISE_BYTES, MOST_GROWTH_BYTES_AN_HOUR * hours) + cached:
        failures.append(f"memory grew by {grown / 2**20:.1f} MiB in {60 * hours:.0f} min")
    for what, column in (("descriptors", 2), ("threads", 3)):
        values = {each[column] for each in settled}
        if max(values) > settled[0][column]:
            failures.append(f"{what} grew: {sorted(values)}")
    return failures


def run(tier: Tier) -> list[Row]:
    """Run for as long as the tier asks for."""
    return [soak(SECONDS[tier])]


if __name__ == "__main__":
    row = soak(float(sys.argv[1]))
    print(json.dumps({"what": row.what, "count": row.count, "failures": row.failures}))
