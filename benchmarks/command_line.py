"""How long does a person at a terminal wait for `julep-local`?

A command is typed many times a day, and each time the interpreter starts anew: what it imports before it is needed is
waited for.

Timed, each in fresh processes with compiled files and disk cache warm:

- `julep-local --help`, beside an interpreter that does nothing and one that imports typer;
- from starting `julep-local chat` in a terminal until its prompt stands there, and from typing the first question until
  the first word of the answer, the model loading meanwhile (SmolLM2; nothing else is running, nothing read before);
- `julep-local docs add` of 1,000 Markdown files, beside embedding the same chunks with the same embedder in a fresh
  process, its import and loading included in both; and the same command a second time.

    python -m benchmarks command_line
"""

import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks._measure import REPOSITORY, Cost, alternate, conclude, median, print_costs, ratio, walls

ROUNDS_HELP, ROUNDS_CHAT, ROUNDS_DOCS = 15, 5, 3
N_FILES = 1000
TARGET_HELP_S, TARGET_PROMPT_S, TARGET_FIRST_S, TARGET_AGAIN_S, TARGET_SPEED = 0.150, 1.0, 3.0, 2.0, 0.9
HELP, PROMPT, FIRST = "--help, ms", "chat to its prompt, s", "first question to first word, s"
SPEED, AGAIN = "docs add beside embedding alone, times as fast", "docs add again, s"
COMMAND = [sys.executable, "-c", "from julep_local.cli import main; main()"]

EMBED = """
import json, sys
from pathlib import Path
from julep_local.recall.chunks import embedding_text, split
from julep_local.recall.embeddings.find import find_embedder
from julep_local.settings import read_settings

embedder = find_embedder(None, threads=read_settings().threads)
texts = []
for file in sorted(Path(sys.argv[1]).glob("*.md")):
    title = file.read_text().splitlines()[0].lstrip("# ")
    texts += [embedding_text(title, each.heading, each.content) for each in split(file.read_text(), title)]
for start in range(0, len(texts), 128):
    embedder.embed(texts[start : start + 128])
print(len(texts))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environment = _environment(root)
        helped = _help(environment)
        prompt_s, first_s = _chat(root, environment)
        speed, again_s = _docs(root, environment)
    measured = {HELP: helped * 1000, PROMPT: prompt_s, FIRST: first_s, SPEED: speed, AGAIN: again_s}
    met = {
        HELP: helped < TARGET_HELP_S,
        PROMPT: prompt_s < TARGET_PROMPT_S,
        FIRST: first_s < TARGET_FIRST_S,
        SPEED: speed >= TARGET_SPEED,
        AGAIN: again_s < TARGET_AGAIN_S,
    }
    targets = {
        HELP: f"< {TARGET_HELP_S * 1000:.0f}",
        PROMPT: f"< {TARGET_PROMPT_S:g}",
        FIRST: f"< {TARGET_FIRST_S:g}",
        SPEED: f">= {TARGET_SPEED:g}",
        AGAIN: f"< {TARGET_AGAIN_S:g}",
    }
    for name, value in measured.items():
        print(f"{name:52}{value:9.2f}  {targets[name]:>8}  {'yes' if met[name] else 'no'}")
    conclude(
        "command_line",
        measured,
        unit="",
        target=TARGET_SPEED,
        rounds=ROUNDS_DOCS,
        packages=["typer", "rich", "prompt_toolkit"],
        met=all(met.values()),
        met_each=met,
        targets=targets,
    )


def _environment(root: Path) -> dict[str, str]:
    home = {name: str(root / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    # installed packages are compiled; both sides take as many threads as they like
    left_out = ("PYTHONDONTWRITEBYTECODE", "JULEP_LOCAL_THREADS")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, **home, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm", "LOGNAME": "bo"}


def _help(environment: dict[str, str]) -> float:
    def run(*command: str) -> Callable[[], Cost]:
        return lambda: _cost([*command], environment)

    variants = {
        "julep-local --help": run(*COMMAND, "--help"),
        "an interpreter that does nothing": run(sys.executable, "-c", "pass"),
        "one that imports typer": run(sys.executable, "-c", "import typer"),
    }
    costs = alternate(variants, rounds=ROUNDS_HELP)
    print_costs("in a fresh process", costs, unit="ms")
    return median(walls(costs["julep-local --help"]))


def _chat(root: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return seconds to the prompt, and from the first question to the first word."""
    prompts, firsts, cpu = [], [], []
    for n in range(ROUNDS_CHAT + 1):
        here = {**environment, "JULEP_LOCAL_PATH": str(root / f"chat-{n}.db")}
        prompt_s, first_s, cpu_s = _first_word(here)
        if n:  # the first run compiles and reads from the disk
            prompts.append(prompt_s)
            firsts.append(first_s)
            cpu.append(cpu_s)
    for what, took in (("prompt", prompts), ("first word", firsts), ("of the processor, both together,", cpu)):
        print(f"chat, {ROUNDS_CHAT} rounds: {what} {min(took):.2f} to {max(took):.2f} s")
    return median(prompts), median(firsts)


def _first_word(environment: dict[str, str]) -> tuple[float, float, float]:
    """Return seconds to the prompt, from the question to the first word, and of the processor for both."""
    master, slave = pty.openpty()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "chat"], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        _read_until(master, b"bo:")
        prompt_at = time.perf_counter()
        os.write(master, b"When does the ferry leave?\r")
        _read_until(master, b"Ada: ")
        first_at = time.perf_counter()
        process.kill()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = -signal.SIGKILL
        return prompt_at - began, first_at - prompt_at, used.ru_utime + used.ru_stime
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def _read_until(master: int, wanted: bytes, most_s: float = 120) -> None:
    seen, ends_at = b"", time.perf_counter() + most_s
    while wanted not in seen:
        ready, _, _ = select.select([master], [], [], max(0.0, ends_at - time.perf_counter()))
        if not ready:
            raise TimeoutError(f"{wanted!r} did not come: {seen[-500:]!r}")
        piece = os.read(master, 65536)
        if b"\x1b[6n" in piece:  # where the cursor is; terminals answer
            os.write(master, b"\x1b[1;1R")
        seen += piece


def _docs(root: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return how many times as fast as embedding alone files are added, and how many seconds it takes again."""
    notes = root / "notes"
    notes.mkdir()
    for n in range(N_FILES):
        (notes / f"{n}.md").write_text(_note(n))
    n_runs = 0

    def add() -> Cost:
        nonlocal n_runs
        n_runs += 1
        here = {**environment, "JULEP_LOCAL_PATH": str(root / f"docs-{n_runs}.db")}
        _cost([*COMMAND, "agents", "add", "Ada"], here)
        return _cost([*COMMAND, "docs", "add", str(notes)], here)

    def embed() -> Cost:
        return _cost([sys.executable, "-c", EMBED, str(notes)], environment)

    costs = alternate({"docs add": add, "embedding alone": embed}, rounds=ROUNDS_DOCS, warm_ups=0)
    here = {**environment, "JULEP_LOCAL_PATH": str(root / f"docs-{n_runs}.db")}
    again = alternate({"docs add, nothing new": lambda: _cost([*COMMAND, "docs", "add", str(notes)], here)}, rounds=5)
    print_costs(f"{N_FILES} Markdown files", {**costs, **again}, unit="ms")
    stats = json.loads(
        subprocess.run([*COMMAND, "stats", "--json"], env=here, capture_output=True, check=True, text=True).stdout
    )
    if stats["docs"] != N_FILES or stats["vectors"] != stats["chunks"]:
        raise RuntimeError(f"not all was added: {stats}")
    return 1 / ratio(walls(costs["docs add"]), walls(costs["embedding alone"])), median(
        walls(again["docs add, nothing new"])
    )


def _note(n: int) -> str:
    """Return a note of some 1,500 characters, unlike the others, so that no chunk's vector can be copied."""
    places = ["harbour", "lighthouse", "market", "library", "mill", "bridge", "tower", "garden"]
    lines = [
        f"Line {n}-{i}: the {places[(n + i) % 8]} opens at {(n * 7 + i) % 24} o'clock and the way from the "
        f"{places[(n * 3 + i) % 8]} takes {(n + i * 13) % 50 + 2} minutes on foot."
        for i in range(12)
    ]
    return f"# Note {n} on the {places[n % 8]}\n\n" + "\n\n".join(
        f"## Part {part}\n\n" + " ".join(lines[part * 4 : part * 4 + 4]) for part in range(3)
    )


def _cost(command: list[str], environment: dict[str, str]) -> Cost:
    """Return what a process takes from its start to its end."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command[-4:]} ended with {done.returncode}: {done.stderr[-1000:]}")
    return Cost(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
