"""Runs the experiments and prints the table: `python -m tests.torture --tier N [A1 B ...]`."""

import argparse
import tempfile
import time
from pathlib import Path

from tests.torture import everything, patience
from tests.torture.experiment import Experiment, memory_folder
from tests.torture.row import Row


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--tier", default="N", choices=["P", "N", "R"])
    parser.add_argument("only", nargs="*", help="letters, such as A1 or B")
    chosen = parser.parse_args()
    patience.hold_the_marks()
    n_wrong = 0
    print("| | what | how many | found | |\n|---|---|---|---|---|", flush=True)
    for experiment in everything.EXPERIMENTS:
        if chosen.only and not any(experiment.letter.startswith(letter) for letter in chosen.only):
            continue
        if chosen.tier in experiment.counts:
            n_wrong += _run(experiment, experiment.counts[chosen.tier])
    for letter, run in everything.ROWS.items():
        if not chosen.only or any(letter.startswith(each) for each in chosen.only):
            n_wrong += _print_rows(letter, run(chosen.tier))
    return 1 if n_wrong else 0


def _print_rows(letter: str, rows: list[Row]) -> int:
    for row in rows:
        found = f"**{len(row.failures)}**" if row.failures else "0"
        print(f"| {letter} | {row.what} | {row.count:,} | {found} | |", flush=True)
        for failure in row.failures[:20]:
            print(f"    {failure}", flush=True)
    return sum(len(row.failures) for row in rows)


def _run(experiment: Experiment, count: int) -> int:
    lacks = experiment.lacks()
    if lacks:
        print(f"| {experiment.letter} | {experiment.what} | not run | needs {', '.join(lacks)} | |", flush=True)
        return 0
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory_folder()) as folder:
        began = time.monotonic()
        outcome = experiment.run(count, Path(folder))
    took = time.monotonic() - began
    found = f"**{len(outcome.wrong)}**" if outcome.wrong else "0"
    said = f"{outcome.seen}; " if outcome.seen else ""
    counted = f"{outcome.n:,} {experiment.unit}"
    print(f"| {experiment.letter} | {experiment.what} | {counted} | {found} | {said}{took:.0f} s |", flush=True)
    for wrong in outcome.wrong[:20]:
        print(f"    {wrong}", flush=True)
    return len(outcome.wrong)


if __name__ == "__main__":
    raise SystemExit(main())
