"""A process in a terminal of its own, and the screen that it has drawn.

Tests look at that screen, and film.py keeps it. It knows nothing of what runs there.
"""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"
_DIM, _GREY = 2, 90


class _Screen(pyte.HistoryScreen):
    """Shows dim text, of which pyte knows nothing, in grey, as many terminals do; answers where the cursor is."""

    def __init__(self, columns: int, lines: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, lines, history=1000)
        self.write_process_input = answer

    def select_graphic_rendition(self, *attrs: int, **more: Any) -> None:
        super().select_graphic_rendition(*(_GREY if each == _DIM else each for each in attrs), **more)


class Terminal:
    """A process in a terminal of its own.

    Args:
        command: the program with its arguments.
        environment: all of it; the size is added.
        columns: of the terminal.
        lines: of the terminal.
        folder: in which it runs.
    """

    patience_s = 60.0
    """What is waited for has to come within this time."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int,
        lines: int = 40,
        folder: Path | None = None,
    ) -> None:
        self.screen = _Screen(columns, lines, self.type)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, slave = pty.openpty()
        size = {"COLUMNS": str(columns), "LINES": str(lines)}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**environment, **size},
            start_new_session=True,
            preexec_fn=lambda: _take(slave, columns, lines),
        )
        os.close(slave)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def until(self, *texts: str) -> str:
        """Wait until all of these stand on the screen, and return it.

        Raises:
            TimeoutError: they do not come, or the process has ended.
        """
        ends_at = time.monotonic() + self.patience_s
        while not all(text in self.text for text in texts):
            goes_on = time.monotonic() < ends_at and self.read()
            if not goes_on and not all(text in self.text for text in texts):
                raise TimeoutError(f"{texts} not on the screen:\n{self.text}")
        return self.text

    def until_asked(self, prompt: str) -> None:
        """Wait until the last line asks for something to be typed: what comes before that is not read as keys.

        Raises:
            TimeoutError: it does not, or the process has ended.
        """
        ends_at = time.monotonic() + self.patience_s
        while self.text.rsplit("\n", 1)[-1] != prompt:
            if time.monotonic() > ends_at or not self.read():
                raise TimeoutError(f"no {prompt!r} at the end of the screen:\n{self.text}")

    def type(self, text: str) -> None:
        """Type, without waiting for what comes of it."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        ends_at = time.monotonic() + self.patience_s
        while self.read() and time.monotonic() < ends_at:
            pass
        return self.process.wait(10)

    def close(self) -> None:
        """End the process if it has not ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._master)

    def read(self, wait_s: float = 0.2) -> bool:
        """Draw what the process has written by now, or within this time; return False if nothing more can come."""
        ready, _, _ = select.select([self._master], [], [], wait_s)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux says so when the other side has gone
            return False
        self.raw += data
        self.draw(data)
        return bool(data)

    def draw(self, data: bytes) -> None:
        """Draw what was written."""
        self._stream.feed(data)


def _take(terminal: int, columns: int, lines: int) -> None:
    import fcntl
    import struct
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell has it ignored for what runs behind it
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
