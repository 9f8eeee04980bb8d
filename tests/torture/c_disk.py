"""C: the disk is full, fails at each call, or gives back other bytes than were written."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from julep_local.store.database import Database
from julep_local.store.digest import digest
from tests.torture import damage
from tests.torture.a_crash import WRITING, _after, _calls, _fill, _spread, _traced
from tests.torture.experiment import Experiment, Outcome
from tests.torture.zygote import Zygote, kill, wait

ERRORS = {"ENOSPC": WRITING, "EIO": WRITING, "EDQUOT": "pwrite64,ftruncate,fallocate"}


def error_at_each_call(n: int, folder: Path) -> Outcome:
    """The k-th call that writes fails, once, with each error: what is said is typed, and nothing is lost or torn."""
    outcome = Outcome(0)
    typed = 0
    with Zygote() as zygote:
        for error, calls in ERRORS.items():
            _traced(zygote, folder, "", f"whole{error}")
            n_calls = _calls(folder, f"whole{error}", calls)
            for k in _spread(n_calls, n):
                name = f"{error}{k}"
                path, ledger, said, ended = _traced(zygote, folder, f"inject={calls}:error={error}:when={k}", name)
                outcome.n += 1
                typed += "typed " in said
                if not ended or "untyped" in said or "Traceback" in said:
                    outcome.wrong.append(f"{error} at call {k}: {said[-300:]}")
                if path.exists():
                    outcome.wrong += [f"{error} at call {k}: {each}" for each in _after(path, ledger)]
                for left in folder.glob(f"{name}.*"):
                    left.unlink()
    outcome.seen = f"{typed} were told of, the others made no difference"
    return outcome


def full_disks(n: int, folder: Path) -> Outcome:
    """A file grows until its disk is full, of sizes from 6 to 24 MB; then there is room again."""
    outcome = Outcome(0)
    for round_ in range(n):
        megabytes = (6, 8, 12, 16, 24)[round_ % 5]
        disk = folder / "disk"
        disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)], check=True)
        try:
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(2**21))
            with Zygote() as zygote:
                out = folder / f"out{round_}"
                pid = zygote.spawn(
                    "full.fill_and_go_on", disk / "file.db", ballast, folder / f"ledger{round_}", out=out
                )
                if not wait(pid, timeout_s=120):
                    outcome.wrong.append(f"{megabytes} MB: it hangs")
            said = out.read_text()
            outcome.n += 1
            for wanted in ("full DiskFull", "read on", "second handle reads", "written again"):
                if wanted not in said:
                    outcome.wrong.append(f"{megabytes} MB: not '{wanted}': {said[-300:]}")
            if not any(each.startswith("full") for each in outcome.wrong):
                outcome.wrong += _after_full(disk / "file.db", folder / f"ledger{round_}")
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    return outcome


def _after_full(path: Path, ledger: Path) -> list[str]:
    from tests.torture.ledgers import Expected, unsound

    db = Database(str(path))
    expected = Expected()
    expected.read([ledger])
    wrong = expected.wrong_in(db) + unsound(db)
    db.close()
    return wrong


Spoil = Callable[[bytearray, Random], None]


def _flip(content: bytearray, random: Random) -> None:
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _zero(content: bytearray, random: Random) -> None:
    start = random.randrange(0, len(content), 512)
    content[start : start + 512] = bytes(512)


def _swap(content: bytearray, random: Random) -> None:
    one, other = (4096 * random.randrange(len(content) // 4096) for _ in range(2))
    content[one : one + 4096], content[other : other + 4096] = content[other : other + 4096], content[one : one + 4096]


def _rubbish(content: bytearray, random: Random) -> None:
    start = random.randrange(len(content) - 100)
    content[start : start + 100] = random.randbytes(100)


def _cut(content: bytearray, random: Random) -> None:
    del content[random.randrange(len(content)) :]


def _header(content: bytearray, random: Random) -> None:
    content[random.randrange(100)] = random.randrange(256)


def _text(content: bytearray, random: Random) -> None:
    """One bit of a word that somebody wrote, wherever it stands."""
    word = random.choice(
        [b"the moon pulls", b"harbour falls", b"sails", b"likes tides", b"be brief", b"when?", b"noon", b"at sea"]
    )
    places = [i for i in range(len(content)) if content.startswith(word, i)] if word in content else []
    if places:
        content[random.choice(places) + random.randrange(len(word))] ^= 1 << random.randrange(7)


SPOILS: dict[str, Spoil] = {
    "flip": _flip,
    "text": _text,
    "zero": _zero,
    "swap": _swap,
    "rubbish": _rubbish,
    "cut": _cut,
    "header": _header,
}


def damaged_files(n: int, folder: Path) -> Outcome:
    """Bytes change below SQLite. What is not found by the doctor must make no difference to words and searches."""
    outcome = Outcome(0)
    random = Random(n)
    path = folder / "whole.db"
    _fill(path, 120)
    truth = _truth(path)
    whole = path.read_bytes()
    found: dict[str, int] = {}
    files: dict[str, str] = {}
    for number in range(n):
        kind = list(SPOILS)[number % len(SPOILS)]
        content = bytearray(whole)
        SPOILS[kind](content, random)
        spoiled = folder / f"{number}.db"
        spoiled.write_bytes(content)
        if bytes(content) != whole:
            files[str(spoiled)] = kind
    others = 0
    for said in _looked_over(folder, list(files), truth, outcome):
        kind = files[said["path"]]
        outcome.n += 1
        found[kind] = found.get(kind, 0) + (not said["sound"])
        if said["untyped"]:
            outcome.wrong.append(f"{kind} {said['path']}: {said['untyped']}")
        unnoticed = [each for each in said["differs"] if each != "digest"]
        if said["sound"] and unnoticed:
            outcome.wrong.append(f"{kind} not found: {unnoticed}")
        others += said["sound"] and said["differs"] == ["digest", "digest"]
    outcome.seen = "found: " + ", ".join(f"{kind} {n}" for kind, n in found.items()) + f"; {others} in what is no word"
    return outcome


def _truth(path: Path) -> dict[str, Any]:
    db = Database(str(path))
    truth = {**damage.content(db), "digest": digest(db)}
    db.close()
    return truth


def _looked_over(folder: Path, paths: list[str], truth: dict[str, Any], outcome: Outcome) -> list[dict[str, Any]]:
    """Have processes look the files over, a few in each; one that dies is what must not be."""
    results: list[dict[str, Any]] = []
    with Zygote() as zygote:
        for start in range(0, len(paths), 20):
            out = folder / f"looked{start}"
            pid = zygote.spawn("damage.look_over", paths[start : start + 20], truth, out=out)
            ended = wait(pid, timeout_s=300)
            lines = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
            results += lines
            if not ended or len(lines) < len(paths[start : start + 20]):
                outcome.wrong.append(
                    f"the process died at {paths[start : start + 20][len(lines)]}: {out.read_text()[-300:]}"
                )
    return results


def logs_of_others(n: int, folder: Path) -> Outcome:
    """A file whose log is gone, damaged, cut, or another file's: no process dies, and what is called sound is whole."""
    outcome = Outcome(0)
    random = Random(n)
    logs: list[tuple[bytes, bytes]] = []
    with Zygote() as zygote:
        for number in range(3):
            path = folder / f"base{number}.db"
            _fill(path, 30 * (number + 1))
            pid = zygote.spawn("write_forever", path, folder / f"ledger{number}", number, 1)
            while not Path(f"{path}-wal").exists() or Path(f"{path}-wal").stat().st_size < 200_000:
                pass
            kill(pid)
            wait(pid)
            logs.append((path.read_bytes(), Path(f"{path}-wal").read_bytes()))
    paths: list[str] = []
    for number in range(n):
        which = random.randrange(3)
        file, log = logs[which][0], bytearray(logs[which][1])
        how = ("gone", "another", "flip", "cut", "zero")[number % 5]
        if how == "another":
            log = bytearray(logs[(which + 1) % 3][1])
        elif how != "gone":
            {"flip": _flip, "cut": _cut, "zero": _zero}[how](log, random)
        path = folder / f"log{number}.db"
        path.write_bytes(file)
        if how != "gone":
            Path(f"{path}-wal").write_bytes(log)
        paths.append(str(path))
    n_sound = 0
    for said in _looked_over(folder, paths, {}, outcome):
        outcome.n += 1
        n_sound += said["sound"]
        outcome.wrong += said["untyped"]
        if said["sound"] and said["differs"]:
            outcome.wrong.append(f"{said['path']} is called sound, and cannot be read")
    outcome.seen = f"{n_sound} were whole, as of an earlier commit or this one"
    return outcome


def damaged_indexes(n: int, folder: Path) -> Outcome:
    """Text indexes and vectors are spoiled: it is found, or changes no search, and is mended to what it was."""
    outcome = Outcome(0)
    path = folder / "whole.db"
    _fill(path, 90)
    n_found = n_harmless = 0
    with Zygote() as zygote:
        for start in range(0, n, 50):
            out = folder / f"out{start}"
            pid = zygote.spawn("damage.spoil_indexes", path, min(50, n - start), start, out=out)
            ended = wait(pid, timeout_s=600)
            lines = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
            if not ended or len(lines) < min(50, n - start):
                outcome.wrong.append(f"the process died: {out.read_text()[-300:]}")
            for said in lines:
                outcome.n += 1
                n_found += not said["sound"]
                n_harmless += said["sound"] and said["harmless"]
                if said["untyped"]:
                    outcome.wrong.append(f"{said['what']}: {said['untyped']}")
                elif said["sound"] and not said["harmless"]:
                    outcome.wrong.append(f"{said['what']}: not found")
                elif not said["mended"] or not said["equal"]:
                    outcome.wrong.append(f"{said['what']}: not mended")
    outcome.seen = f"{n_found} found and mended, {n_harmless} changed no search"
    return outcome


EXPERIMENTS = [
    Experiment(
        "C1",
        "the disk is full, of 5 sizes",
        "disks",
        {"N": 5, "R": 25},
        full_disks,
        ("root",),
    ),
    Experiment(
        "C2",
        "ENOSPC, EIO, EDQUOT at each call that writes",
        "errors",
        {"P": 3, "N": 100, "R": 10_000},
        error_at_each_call,
        ("strace",),
    ),
    Experiment(
        "C3",
        "bytes of the file change",
        "files",
        {"P": 35, "N": 700, "R": 7000},
        damaged_files,
    ),
    Experiment(
        "C3", "the log is gone, damaged, or another file's", "files", {"P": 5, "N": 100, "R": 1000}, logs_of_others
    ),
    Experiment(
        "C4", "text indexes and vectors are spoiled", "times", {"P": 20, "N": 1000, "R": 10_000}, damaged_indexes
    ),
]
