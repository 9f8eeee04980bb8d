"""D: files of every version, opened by many at once; files of the future, left alone. I: a clock that is set."""

import hashlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

from julep_local import Client
from julep_local.errors import NewerDatabase
from julep_local.stamps import Stamps
from julep_local.store import doctor, schema
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel
from tests.store import golden
from tests.torture.a_crash import _messages
from tests.torture.experiment import Experiment, Outcome
from tests.torture.zygote import Zygote, wait

RACERS = 6


def newer_files(n: int, folder: Path) -> Outcome:
    """A file of a later version is refused by its number, and not a byte of it changes."""
    outcome = Outcome(0)
    path = folder / "file.db"
    Database(str(path)).close()
    for later in range(1, n + 1):
        content = bytearray(path.read_bytes())
        content[60:64] = (schema.VERSION + later).to_bytes(4, "big")
        path.write_bytes(content)
        before = hashlib.sha256(content).hexdigest()
        try:
            Database(str(path)).close()
            outcome.wrong.append(f"version {schema.VERSION + later} was opened")
        except NewerDatabase as error:
            if f"version {schema.VERSION + later}" not in str(error):
                outcome.wrong.append(f"the message does not name the version: {error}")
        outcome.n += 1
        if hashlib.sha256(path.read_bytes()).hexdigest() != before or len(list(folder.iterdir())) != 1:
            outcome.wrong.append(f"version {schema.VERSION + later} was changed")
    return outcome


def racing_migrations(n: int, folder: Path) -> Outcome:
    """Six processes open an old file at the same moment: all of them can, nothing is lost, and one copy was made."""
    outcome = Outcome(0)
    with Zygote() as zygote:
        for round_ in range(n):
            version = golden.VERSIONS[round_ % len(golden.VERSIONS)]
            path, start = folder / f"{round_}.db", folder / f"start{round_}"
            golden.unpack(version, path)
            before = _messages(path)
            outs = [folder / f"out{round_}.{i}" for i in range(RACERS)]
            pids = [zygote.spawn("open_at_once", path, start, out=out) for out in outs]
            start.touch()
            if not wait(*pids):
                outcome.wrong.append("it hangs")
            outcome.n += 1
            outcome.wrong += [out.read_text()[-300:] for out in outs if not out.read_text().startswith("took")]
            if _messages(path) != before or not doctor.examine_file(str(path)).is_sound:
                outcome.wrong.append(f"version {version}: not whole")
            if len(list(folder.glob(f"{round_}.db.version-{version}.*.backup"))) != 1:
                outcome.wrong.append(f"version {version}: not one copy")
    outcome.seen = f"{RACERS} processes each"
    return outcome


STEPS = {
    "one hour on": timedelta(hours=1),
    "one hour back": timedelta(hours=-1),
    "a day back": timedelta(days=-1),
    "1970": None,
    "2040": timedelta(days=5000),
    "a second back each time": timedelta(0),
    "a year on": timedelta(days=365),
}


class _Steps(Stamps):
    """A clock that is set once half of the turns are done, or runs backwards."""

    def __init__(self, name: str) -> None:
        self.name, self.is_set, self.n = name, False, 0

    def now(self) -> datetime:
        self.n += 1
        now = datetime.now(timezone.utc)
        if self.name.startswith("a second back"):
            return now - timedelta(seconds=self.n)
        if not self.is_set:
            return now
        step = STEPS[self.name]
        return datetime(1970, 1, 2, tzinfo=timezone.utc) if step is None else now + step


def clock_steps(n: int, folder: Path) -> Outcome:
    """The clock is set between turns: their order stays, jobs are done, and the doctor calls nothing damaged."""
    outcome = Outcome(0)
    for name in STEPS:
        stamps = _Steps(name)
        path = folder / f"{name}.db"
        client = Client(path=path, model=ScriptedModel(["noon"] * 99), embedder=HashEmbedder(16), deterministic=stamps)
        agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        n_turns = max(2, n // len(STEPS))
        for turn in range(n_turns):
            stamps.is_set = turn >= n_turns // 2
            asked = [{"role": "user", "content": f"I like the number {turn}."}]
            client.sessions.chat(session_id=session.id, messages=asked, remember=True)
            outcome.n += 1
        jobs = [job.id for job in client.jobs.list()]
        client.jobs.wait(jobs, timeout=60)
        said = [str(message.content) for message in client.sessions.history(session_id=session.id, limit=999)]
        if said[::2] != [f"I like the number {turn}." for turn in range(n_turns)]:
            outcome.wrong.append(f"{name}: the order is another")
        unfinished = [job.name for job in client.jobs.list() if job.state.value not in ("succeeded", "aborted")]
        outcome.wrong += [f"{name}: {job}" for job in unfinished]
        outcome.wrong += [f"{name}: {each.meaning}" for each in client.doctor().findings if each.severity == "damage"]
        client.close()
    outcome.seen = f"{len(STEPS)} ways of setting it"
    return outcome


EXPERIMENTS = [
    Experiment(
        "D1",
        "a file of a later version",
        "versions",
        {"P": 5, "N": 1000, "R": 1000},
        newer_files,
    ),
    Experiment(
        "D2",
        "6 processes bring an old file up to date at once",
        "rounds",
        {"P": 3, "N": 25, "R": 250},
        racing_migrations,
    ),
    Experiment(
        "I1",
        "the clock is set between turns",
        "turns",
        {"P": 28, "N": 280, "R": 2800},
        clock_steps,
    ),
]
