"""Makes the pictures of the command line in docs/img: what is in them really happened.

    python -m screenshots              all
    python -m screenshots first-run    one, or several

Each scene types into a shell in a terminal of its own, in the home folder of somebody called Bo that holds some notes
and nothing else, with the real models. It looks the same to Bo as to you. It needs bash and a folder `/tmp`.
"""

import os
import random
import shutil
import string
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from screenshots.film import Filmed
from screenshots.picture import moving, still
from screenshots.terminal import CTRL_D

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "img"
HOME = "/home/bo"
SHELL, BO = "$", "bo:"
NOTES = {
    "ferry.md": (
        "# Ferry\n\nThe ferry to Heron Island leaves from pier 3 at 9:15 and 14:40. A ticket costs 6 euros.\n"
    ),
    "lighthouse.html": (
        "<title>Lighthouse</title><p>The lighthouse was built in 1871. It has 196 steps and closes at six in the "
        "evening.</p>"
    ),
    "market.txt": "The market on the quay is open on Wednesdays and Saturdays until noon. Fish is sold from six.\n",
}


class Scene:
    """One picture: what is typed, and how it is shown.

    Args:
        film: types it.
        title: what is to be seen, for those who do not see it.
        moves: whether the picture shows all of it, or its end.
        columns: of the terminal.
        lines: of the terminal.
        environment: what is special about it.
    """

    def __init__(
        self,
        film: Callable[[Filmed], None],
        title: str,
        *,
        moves: bool = False,
        columns: int = 90,
        lines: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.film, self.title, self.moves = film, title, moves
        self.columns, self.lines, self.environment = columns, lines, environment or {}

    def picture(self, home: Path) -> str:
        """Return it as SVG, filmed in this home folder."""
        command = ["bash", "--noprofile", "--norc", "-i"]
        environment = {**surroundings(home), **self.environment}
        terminal = Filmed(
            command,
            environment,
            columns=self.columns,
            lines=self.lines,
            folder=home,
            shown_as={str(home): HOME},
        )
        try:
            terminal.until_asked(SHELL)
            self.film(terminal)
            frames = terminal.frames
            if not terminal.text.endswith(SHELL):
                terminal.type(CTRL_D)  # out of the chat, which still writes into the home folder
                terminal.until_asked(SHELL)
        finally:
            terminal.close()
        if self.moves:
            return moving(frames, self.title, self.columns)
        return still(frames[-1], self.title, self.columns)


def surroundings(home: Path) -> dict[str, str]:
    """Return the environment of Bo's shell: of whoever runs this only what changes no picture, but its figures."""
    kept = {
        name: os.environ[name]
        for name in ("LANG", "LC_ALL", "HF_HUB_OFFLINE", "JULEP_LOCAL_THREADS")
        if name in os.environ
    }
    return {
        "LANG": "C.UTF-8",
        **kept,
        "HOME": str(home),
        "LOGNAME": "bo",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(REPOSITORY),
        "PS1": f"{SHELL} ",
        "TERM": "xterm-256color",
        "BASH_SILENCE_DEPRECATION_WARNING": "1",
    }


@contextmanager
def home_of_bo() -> Iterator[Path]:
    """Give a home folder with Bo's notes, whose name has as many letters as it has in the pictures."""
    while True:
        home = Path("/tmp") / "".join(random.choices(string.ascii_lowercase, k=len(HOME) - len("/tmp/")))
        with suppress(FileExistsError):
            home.mkdir(mode=0o700)
            break
    try:
        (home / "notes").mkdir()
        for name, text in NOTES.items():
            (home / "notes" / name).write_text(text, encoding="utf-8")
        yield home
    finally:
        shutil.rmtree(home)


def _first_run(terminal: Filmed) -> None:
    terminal.pause(0.5)
    terminal.say("julep-local chat", then=BO)
    terminal.pause(2)
    terminal.say("Hello! My dog is called Biscuit.", then=BO)
    terminal.pause(1)
    terminal.say("/quit", then=SHELL)
    terminal.say("julep-local docs add notes", then=SHELL)
    terminal.pause(0.5)
    terminal.say("julep-local chat", then=BO)
    terminal.say("How many steps does the lighthouse have?", then=BO)
    terminal.pause(1)
    terminal.say("/recall", then=BO)
    terminal.pause(2)
    terminal.say("/memories", then=BO)
    terminal.pause(1)


def _chat(terminal: Filmed) -> None:
    _add_ada(terminal)
    terminal.say("julep-local docs add notes", then=SHELL)
    terminal.say("clear", then=SHELL)
    terminal.say("julep-local chat ada", then=BO)
    terminal.say("Hello! My dog is called Biscuit.", then=BO)
    terminal.say("How many steps does the lighthouse have?", then=BO)
    terminal.say("/recall", then=BO)
    terminal.say("/context", then=BO)
    terminal.say("/memories", then=BO)


def _add_ada(terminal: Filmed) -> None:
    terminal.say("julep-local agents add Ada --about 'a guide who knows the harbour' \\", then=">")
    terminal.say("-i 'Answer in one short sentence.' -i 'Use the information you are given.' \\", then=">")
    terminal.say("-s temperature=0 -s max_tokens=60", then=SHELL)


def _docs(terminal: Filmed) -> None:
    terminal.say("julep-local agents add Ada > /dev/null; clear", then=SHELL)
    terminal.begin()
    terminal.say("julep-local docs add manual notes", then=SHELL)
    terminal.pause(1)
    terminal.say("julep-local docs add manual notes", then=SHELL)
    terminal.pause(1)
    terminal.say("julep-local docs search 'Where can I buy fish at the weekend?' -n 2", then=SHELL)


def _doctor(terminal: Filmed) -> None:
    terminal.say("julep-local agents add Ada > /dev/null; julep-local docs add notes; clear", then=SHELL)
    terminal.say("julep-local doctor", then=SHELL)


def _bench(terminal: Filmed) -> None:
    terminal.say("julep-local models bench smollm2-135m-instruct", then=SHELL)


def _narrow(terminal: Filmed) -> None:
    terminal.say("julep-local agents add Ada > /dev/null; julep-local docs add notes; clear", then=SHELL)
    terminal.say("julep-local docs list", then=SHELL)
    terminal.say("julep-local chat --temperature 0", then=BO)
    terminal.say("How many steps has the lighthouse?", then=BO)
    terminal.say("/context", then=BO)


SCENES: dict[str, Scene] = {
    "first-run": Scene(
        _first_run,
        "julep-local chat makes an agent on its first run, answers, and is told of a dog. Then a folder of notes is "
        "added; in another chat the agent answers from them, and the dog is remembered.",
        moves=True,
        columns=88,
        lines=26,
    ),
    "chat": Scene(_chat, "A chat with what the last answer was given, how full the window is, and what is remembered"),
    "docs": Scene(
        _docs,
        "docs add reads two folders with a bar and, typed again, nothing; docs search says why each doc was found",
        moves=True,
        lines=24,
    ),
    "doctor": Scene(
        _doctor, "doctor lists what is installed, what was checked in the file, and how fast the model is", columns=100
    ),
    "bench": Scene(_bench, "models bench prints tokens a second and the time to the first token as a table"),
    "narrow": Scene(
        _narrow,
        "In 44 columns and without colours a table is a line for each value, and lines break between words",
        columns=44,
        environment={"NO_COLOR": "1"},
    ),
}


def main(wanted: Sequence[str]) -> int:
    """Make the pictures that are named, or all."""
    unknown = set(wanted) - set(SCENES)
    if unknown:
        print(f"there is no scene {', '.join(sorted(unknown))}; there are: {', '.join(SCENES)}", file=sys.stderr)
        return 2
    for name in wanted or SCENES:
        with home_of_bo() as home:
            shutil.copytree(REPOSITORY / "docs", home / "manual", ignore=shutil.ignore_patterns("img", "cassettes"))
            picture = SCENES[name].picture(home)
        file = IMAGES / f"terminal-{name}.svg"
        file.write_text(picture, encoding="utf-8")
        print(file.relative_to(REPOSITORY), len(picture) // 1000, "kB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
