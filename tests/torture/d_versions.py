"""D: files of every version, opened by many at once; files of the future, left alone."""

import hashlib
from pathlib import Path

from julep_local.errors import NewerDatabase
from julep_local.store import doctor, schema
from julep_local.store.database import Database
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
]
