"""Run the benchmarks one after the other, each in a fresh process, and end with a table of what was asked and found.

python -m benchmarks                  all
python -m benchmarks import_time      one, or several
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._measure import REPOSITORY


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))


def run(name: str) -> dict[str, Any] | None:
    """Run one, showing what it prints, and return its JSON line; None if it failed."""
    print(f"\n== {name}\n", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        last = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line
    if process.returncode:
        return None
    told: dict[str, Any] = json.loads(last)
    return told


def rows(name: str, told: dict[str, Any] | None) -> list[tuple[str, str, str, str]]:
    """Return rows of question, measured, target and whether it is met."""
    if told is None:
        return [(name, "failed", "", "no")]
    if "target" not in told:
        return [(name, "see above", "", "")]
    unit = "" if told["unit"] == "ratio" else f" {told['unit']}"
    targets, met = told.get("targets", {}), told.get("met_each", {})  # where each question has its own
    return [
        (
            f"{name}: {what}",
            f"{value:.4g}{unit}",
            targets.get(what, f"{told['target']:g}{unit}"),
            "yes" if met.get(what, told["met"]) else "no",
        )
        for what, value in told["measured"].items()
    ]


def main(wanted: Sequence[str]) -> int:
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    found = [(name, run(name)) for name in wanted or names()]
    table = [("question", "measured", "target", "met")] + [row for each in found for row in rows(*each)]
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    print()
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 1 if any(told is None for _, told in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
