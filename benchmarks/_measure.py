"""What the benchmarks share: run variants in turn, summarise, print a table and a JSON line.

It knows nothing of julep_local.
"""

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

REPOSITORY = Path(__file__).resolve().parent.parent

T = TypeVar("T")


class Cost(NamedTuple):
    """What one run took."""

    wall_s: float
    cpu_s: float = math.nan
    """Of all threads of the process; not a number where it was not measured."""


def cost(work: Callable[[], object], *, times: int = 1) -> Cost:
    """Return what the work takes, once; short work is done several times and divided."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        work()
    return Cost((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)


def alternate(variants: Mapping[str, Callable[[], T]], *, rounds: int, warm_ups: int = 1) -> dict[str, list[T]]:
    """Return what each variant gives in each round. All are run in every round, in turns the first one first.

    So whatever else the machine does meets all of them alike.
    """
    given: dict[str, list[T]] = {name: [] for name in variants}
    for n in range(-warm_ups, rounds):
        for name in reversed(variants) if n % 2 else variants:
            result = variants[name]()
            if n >= 0:
                given[name].append(result)
    return given


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Return the value that 95 % do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: what slows a whole round down is in both and cancels out."""
    return median([a / b for a, b in zip(ours, theirs, strict=True)])


def walls(costs: Sequence[Cost]) -> list[float]:
    return [each.wall_s for each in costs]


def print_costs(title: str, costs: Mapping[str, Sequence[Cost]], *, unit: str) -> None:
    """Print a row for each variant. `unit` is ms or us."""
    factor = {"ms": 1e3, "us": 1e6}[unit]
    print(f"{title:44}{'median':>10}{'p95':>10}{'cpu':>10}  unit")
    for name, each in costs.items():
        wall = walls(each)
        numbers = [seconds * factor for seconds in (median(wall), p95(wall), median([one.cpu_s for one in each]))]
        print(f"{name:44}" + "".join(map(_cell, numbers)) + f"  {unit}")


def _cell(number: float) -> str:
    return f"{'' if math.isnan(number) else f'{number:.2f}':>10}"


def conclude(
    question: str,
    measured: Mapping[str, float],
    *,
    unit: str,
    target: float,
    rounds: int,
    packages: Sequence[str] = (),
    met: bool | None = None,
    **more: Any,
) -> None:
    """Print what was measured on what, and last the JSON line. The target is met if no value exceeds it."""
    versions = {name: version(name) for name in packages}
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {_n_cores()} cores"
    print(f"{rounds} rounds; {machine}" + "".join(f", {name} {number}" for name, number in versions.items()))
    rounded = {name: round(value, 3) for name, value in measured.items()}
    if met is None:
        met = all(value <= target for value in measured.values())
    told = {"question": question, "measured": rounded, "unit": unit, "target": target, "met": met, "rounds": rounds}
    print(json.dumps({**told, **more, "python": platform.python_version(), "versions": versions}))


def in_fresh_process(code: str, *arguments: object) -> Any:
    """Return what the code prints as its last line, JSON, when a new interpreter runs it."""
    # installed packages are compiled; without compiled files an import would measure the compiler
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env=environment,
    )
    return json.loads(finished.stdout.splitlines()[-1])


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
