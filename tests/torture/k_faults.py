"""K: the experiments can fail. Each fault that is planted is found by the one that is there for it."""

from collections.abc import Callable
from pathlib import Path

from tests.torture import a_crash, b_processes
from tests.torture.experiment import Experiment, Outcome, has


def planted_faults(n: int, folder: Path) -> Outcome:
    """A doc stored in two transactions, a turn in two, a commit that does not wait for the disk, a deferred write."""
    faults: dict[str, Callable[[Path], Outcome]] = {
        "torn": lambda place: a_crash.kills(200, place, "torn"),
        "split": lambda place: a_crash.kills(200, place, "split"),
    }
    if n > 3:
        faults["deferred"] = lambda place: b_processes.contention(400, place, "deferred", n_processes=2, n_threads=2)
    if has("strace"):
        faults["nosync"] = lambda place: a_crash.syncs_before_it_says_so(20, place, "nosync")
    if n > 3 and has("root") and has("mkfs.ext4"):
        faults["nosync, power cut"] = lambda place: a_crash.power_cuts(20, place, "nosync")
    outcome = Outcome(0)
    after: list[str] = []
    for fault, run in faults.items():
        place = folder / fault
        place.mkdir()
        found = run(place)
        outcome.n += 1
        if not found.wrong:
            outcome.wrong.append(f"{fault} was not found in {found.n}")
        after.append(f"{fault} after {found.n}")
    outcome.seen = "found: " + ", ".join(after)
    return outcome


EXPERIMENTS = [
    Experiment(
        "K1",
        "faults that were planted are found",
        "faults",
        {"P": 3, "N": 5, "R": 5},
        planted_faults,
    ),
]
