"""A conversation in a real terminal, with a real model: what a person sees on the screen."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

pytestmark = pytest.mark.model

COMMAND = [sys.executable, "-c", "from julep_local.cli import main; main()"]
CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"
PASTED = "\x1b[200~first line\nsecond line\x1b[201~"
DEADLINE_S = 60
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*[349]\d(?:;\d+)*m")


class Terminal:
    """A process in a terminal of its own, and the screen that it has drawn."""

    def __init__(self, arguments: list[str], environment: dict[str, str], columns: int, lines: int = 40) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, slave = pty.openpty()
        size = {"COLUMNS": str(columns), "LINES": str(lines)}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, **size},
            start_new_session=True,
            preexec_fn=lambda: _take(slave, columns, lines),
        )
        os.close(slave)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, *texts: str) -> str:
        """Wait until all of these stand on the screen, and return it."""
        ends_at = time.monotonic() + DEADLINE_S
        while not all(text in self.text for text in texts):
            assert time.monotonic() < ends_at, f"{texts} not on the screen:\n{self.text}"
            if not self._read():
                assert all(text in self.text for text in texts), f"ended without {texts}:\n{self.text}"
        return self.text

    def until_prompt(self) -> None:
        """Wait until the last line asks for something to be typed: what comes before that is not read as keys."""
        ends_at = time.monotonic() + DEADLINE_S
        while self.text.rsplit("\n", 1)[-1] != "bo:":
            assert time.monotonic() < ends_at, f"no prompt:\n{self.text}"
            assert self._read(), f"ended:\n{self.text}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        ends_at = time.monotonic() + DEADLINE_S
        while self._read() and time.monotonic() < ends_at:
            pass
        return self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the other side has gone
            return False
        if b"\x1b[6n" in data:  # where is the cursor? A real terminal answers
            row, column = self.screen.cursor.y + 1, self.screen.cursor.x + 1
            self.type(f"\x1b[{row};{column}R")
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _take(terminal: int, columns: int, lines: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


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
    terminal = Terminal(["chat", "--temperature", "0"], environment, columns=80)
    opened.append(terminal)

    terminal.until("This is the first run", "Ada", "bo:")
    terminal.type("My dog is called Biscuit." + ENTER)
    terminal.until("Ada: ")
    terminal.type(CTRL_C)
    terminal.until("(stopped: nothing of this turn is kept")
    terminal.type("My dog is called Biscuit. Say hello." + ENTER)
    terminal.until("Say hello.\nAda: ")
    terminal.until_prompt()
    terminal.type("/context" + ENTER)
    terminal.until("of the window", "[#", "input")
    terminal.type(PASTED)
    screen = terminal.until("first line", "second line")
    terminal.type(CTRL_C)
    terminal.type("/nothing" + ENTER)
    terminal.until("There is no /nothing")
    terminal.until_prompt()
    terminal.type(CTRL_D)

    assert terminal.end() == 0
    assert "Ada: " not in screen.partition("first line")[2], "pasting two lines says nothing yet"
    assert b"Traceback" not in terminal.raw
    assert (tmp_path / "home" / "julep_local" / "typed").stat().st_mode & 0o077 == 0
    assert "llama" in (tmp_path / "home" / "julep_local" / "log" / "julep-local.log").read_text()


def test_a_narrow_terminal_without_colours_breaks_between_words(
    environment: dict[str, str], opened: list[Terminal]
) -> None:
    terminal = Terminal(["chat"], {**environment, "NO_COLOR": "1"}, columns=40)
    opened.append(terminal)

    greeting = terminal.until("bo:")
    terminal.type("Hello" + ENTER)
    terminal.until("Ada: ")
    terminal.until_prompt()
    terminal.type("/quit" + ENTER)

    assert terminal.end() == 0
    assert "This is the first run, so here is an\nagent: Ada" in greeting
    assert not COLOUR.search(terminal.raw)


def test_a_dumb_terminal_gets_plain_lines(environment: dict[str, str], opened: list[Terminal]) -> None:
    terminal = Terminal(["chat"], {**environment, "TERM": "dumb"}, columns=80)
    opened.append(terminal)

    terminal.until("bo:")
    terminal.type("Hello\n")
    terminal.until("Ada: ")
    terminal.until_prompt()
    terminal.type(CTRL_D)

    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw
