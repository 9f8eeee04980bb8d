"""An experiment: what is done, how often in which tier, and what came out."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Outcome:
    n: int
    """How often it was tried."""
    wrong: list[str] = field(default_factory=list)
    """What must not be; nothing, if it has passed."""
    seen: str = ""
    """What was measured by the way."""


@dataclass(frozen=True)
class Experiment:
    letter: str
    what: str
    unit: str
    """Of the counts, such as `kills`."""
    counts: Mapping[str, int]
    """By tier: P in each `make test`, N nightly, R for a release. A tier that is not named does not run it."""
    run: Callable[[int, Path], Outcome]
    """Is told how often, and given an empty folder."""
    needs: tuple[str, ...] = ()
    """Programs, or `root`."""

    def lacks(self) -> list[str]:
        """What it needs and this machine does not give."""
        return [need for need in self.needs if not has(need)]


def memory_folder() -> str | None:
    """A folder in memory, if there is one: who kills processes need not wait for a disk a hundred thousand times."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def has(need: str) -> bool:
    if need == "root":
        return hasattr(os, "geteuid") and os.geteuid() == 0
    return shutil.which(need) is not None
