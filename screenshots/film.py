"""A terminal that keeps what its screen showed, and when.

Keys are typed at a steady pace. What takes long is shown faster: on a busy machine nobody would wait for its end. It
knows nothing of how a picture is drawn.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char

from screenshots.terminal import ENTER, Terminal

KEY_S = 0.05
_AS_ONE_S = 0.045
"""What changes sooner than that is one change: nobody sees the steps."""


@dataclass(frozen=True)
class Style:
    """How a piece of text looks; colours by pyte's names, or as six hexadecimal digits."""

    colour: str = "default"
    background: str = "default"
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False


@dataclass(frozen=True)
class Piece:
    """Text of one style."""

    column: int
    n_columns: int
    """More than characters where some are wide."""
    text: str
    style: Style


Row = tuple[Piece, ...]


@dataclass(frozen=True)
class Frame:
    """What the screen showed from a moment on."""

    at_s: float
    rows: tuple[Row, ...]
    cursor: tuple[int, int] | None
    """Its column and row; None if it is hidden."""


class Filmed(Terminal):
    """A process in a terminal whose screen is kept.

    Args:
        command: the program with its arguments.
        environment: all of it.
        columns: of the terminal.
        lines: of the terminal.
        folder: in which it runs.
        shown_as: what a folder of this machine is called in the pictures. Both names should have the same length, so
            that lines break where they would.
    """

    patience_s = 600.0  # other work may be under way, and nobody sees it in the picture
    longest_s = 4.0
    """An answer or a command that took longer is shown as taking so long."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int,
        lines: int,
        folder: Path,
        shown_as: Mapping[str, str] | None = None,
    ) -> None:
        self._drawn: list[Frame] = []
        self._shown_as = {name.encode(): shown.encode() for name, shown in (shown_as or {}).items()}
        self._held = b""
        self._clock_s, self._real_s = 0.0, time.monotonic()
        self._next_s: float | None = None  # how long the next change seems to take, whatever it takes
        super().__init__(command, environment, columns=columns, lines=lines, folder=folder)

    @property
    def frames(self) -> list[Frame]:
        """What was shown, without what nobody sees."""
        frames: list[Frame] = []
        for frame in self._drawn:
            if frames and frame.at_s - frames[-1].at_s < _AS_ONE_S:
                frame = Frame(frames.pop().at_s, frame.rows, frame.cursor)
            if not frames or (frame.rows, frame.cursor) != (frames[-1].rows, frames[-1].cursor):
                frames.append(frame)
        return frames

    def begin(self) -> None:
        """Forget what was shown until now."""
        del self._drawn[:-1]

    def say(self, text: str, *, then: str) -> None:
        """Type a line, key by key, and wait until something else can be typed.

        Args:
            text: the line.
            then: what stands before the cursor by then.
        """
        for key in text:
            self._next_s = KEY_S
            self._type_and_see(key, patience_s=2)
        self.pause(0.3)
        n_drawn, began_s = len(self._drawn), self._clock_s
        self._type_and_see(ENTER, patience_s=self.patience_s)
        self.until_asked(then)
        faster = min(1.0, self.longest_s / max(self._clock_s - began_s, 0.001))
        for n, frame in enumerate(self._drawn[n_drawn:], n_drawn):
            self._drawn[n] = Frame(began_s + (frame.at_s - began_s) * faster, frame.rows, frame.cursor)
        self._clock_s = began_s + (self._clock_s - began_s) * faster

    def _type_and_see(self, key: str, *, patience_s: float) -> None:
        n, ends_at = len(self.raw), time.monotonic() + patience_s
        self.type(key)
        while len(self.raw) == n and time.monotonic() < ends_at and self.read():
            pass

    def pause(self, seconds: float) -> None:
        """Let the viewer read."""
        self._clock_s += seconds
        self._real_s = time.monotonic()

    def draw(self, data: bytes) -> None:
        """Draw what was written, folders by the names that they have in the pictures, and keep the screen."""
        super().draw(self._renamed(data))
        now = time.monotonic()
        self._clock_s += now - self._real_s if self._next_s is None else self._next_s
        self._real_s, self._next_s = now, None
        self._drawn.append(Frame(self._clock_s, *_shown(self.screen)))

    def _renamed(self, data: bytes) -> bytes:
        """Return the bytes with folders renamed, without an end that may be the beginning of such a name."""
        data = self._held + data
        for name, shown in self._shown_as.items():
            data = data.replace(name, shown)
        n_held = max(
            (n for name in self._shown_as for n in range(1, len(name)) if data.endswith(name[:n])),
            default=0,
        )
        self._held = data[len(data) - n_held :]
        return data[: len(data) - n_held]


def _shown(screen: pyte.Screen) -> tuple[tuple[Row, ...], tuple[int, int] | None]:
    cursor = None if screen.cursor.hidden else (screen.cursor.x, screen.cursor.y)
    return tuple(_row(screen.buffer[y], screen.columns) for y in range(screen.lines)), cursor


def _row(cells: Mapping[int, Char], n_columns: int) -> Row:
    """Return the pieces of a line: where the style changes, and at gaps, so that what stands in columns stays there."""
    pieces: list[Piece] = []
    for style, run in groupby(range(n_columns), key=lambda column: _style(cells[column])):
        columns = list(run)
        text = [cells[column].data for column in columns]
        if style.background != "default":
            pieces.append(Piece(columns[0], len(columns), "".join(text), style))
            continue
        begins = None
        for n in range(len(text) + 1):
            is_gap = text[n : n + 1] in ([], [" "]) and text[n + 1 : n + 2] in ([], [" "])
            if is_gap and begins is not None:
                pieces.append(Piece(columns[begins], n - begins, "".join(text[begins:n]), style))
                begins = None
            elif begins is None and text[n : n + 1] not in ([], [" "]):
                begins = n
    return tuple(pieces)


def _style(cell: Char) -> Style:
    colour, background = cell.fg, cell.bg
    if cell.reverse:  # then the terminal's own colours need names, too
        colour = "black" if cell.bg == "default" else cell.bg
        background = "white" if cell.fg == "default" else cell.fg
    return Style(colour, background, cell.bold, cell.italics, cell.underscore)
