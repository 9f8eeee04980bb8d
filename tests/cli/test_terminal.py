"""A conversation in a real terminal, with a real model: what a person sees on the screen."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from screenshots.terminal import CTRL_C, CTRL_D, ENTER, Terminal

pytestmark = pytest.mark.model

COMMAND = [sys.executable, "-c", "from julep_local.cli import main; main()"]
BO = "bo:"
PASTED = "\x1b[200~first line\nsecond line\x1b[201~"
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m")


def _open(arguments: list[str], environment: dict[str, str], columns: int) -> Terminal:
    return Terminal([*COMMAND, *arguments], environment, columns=columns)


@pytest.fixture
def environment(offline_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    more = {"JULEP_LOCAL_PATH": str(tmp_path / "julep.db"), "TERM": "xterm-256color", "LOGNAME": "bo"}
    return {**offline_environment, **home, **more}


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for each in terminals:
        each.close()


def test_a_person_talks_stops_an_answer_pastes_and_ends(
    environment: dict[str, str], opened: list[Terminal], tmp_path: Path
) -> None:
    terminal = _open(["chat", "--temperature", "0"], environment, columns=80)
    opened.append(terminal)

    terminal.until("This is the first run", "Ada", "bo:")
    terminal.type("My dog is called Biscuit." + ENTER)
    terminal.until("Ada: ")
    terminal.type(CTRL_C)
    terminal.until("(stopped: nothing of this turn is kept")
    terminal.type("My dog is called Biscuit. Say hello." + ENTER)
    terminal.until("Say hello.\nAda: ")
    terminal.until_asked(BO)
    terminal.type("/context" + ENTER)
    terminal.until("of the window", "[#", "input")
    terminal.type(PASTED)
    screen = terminal.until("first line", "second line")
    terminal.type(CTRL_C)
    terminal.type("/nothing" + ENTER)
    terminal.until("There is no /nothing")
    terminal.until_asked(BO)
    terminal.type(CTRL_D)

    assert terminal.end() == 0
    assert "Ada: " not in screen.partition("first line")[2], "pasting two lines says nothing yet"
    assert b"Traceback" not in terminal.raw
    assert (tmp_path / "home" / "julep_local" / "typed").stat().st_mode & 0o077 == 0
    assert "llama" in (tmp_path / "home" / "julep_local" / "log" / "julep-local.log").read_text()


def test_a_narrow_terminal_without_colours_breaks_between_words(
    environment: dict[str, str], opened: list[Terminal]
) -> None:
    terminal = _open(["chat"], {**environment, "NO_COLOR": "1"}, columns=40)
    opened.append(terminal)

    greeting = terminal.until("bo:")
    terminal.type("Hello" + ENTER)
    terminal.until("Ada: ")
    terminal.until_asked(BO)
    terminal.type("/quit" + ENTER)

    assert terminal.end() == 0
    assert "This is the first run, so here is an\nagent: Ada" in greeting
    assert not COLOUR.search(terminal.raw)


def test_a_dumb_terminal_gets_plain_lines(environment: dict[str, str], opened: list[Terminal]) -> None:
    terminal = _open(["chat"], {**environment, "TERM": "dumb"}, columns=80)
    opened.append(terminal)

    terminal.until("bo:")
    terminal.type("Hello\n")
    terminal.until("Ada: ")
    terminal.until_asked(BO)
    terminal.type(CTRL_D)

    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw
