"""Text that comes in pieces, printed without breaking words at the right edge of a terminal."""

import re
from collections.abc import Callable

_PARTS = re.compile(r"\n|[ \t]+|[^ \t\n]+")


class Wrapped:
    """Prints pieces as they come; a word is printed when it is whole.

    Args:
        write: prints a text as it is.
        width: columns of the terminal; 0 breaks nowhere.
        column: where the first word begins.
        indent: spaces before each line that begins at the left edge.
    """

    def __init__(self, write: Callable[[str], object], width: int, column: int = 0, indent: int = 0) -> None:
        self._write, self._width, self._column, self._indent = write, width, column, " " * indent
        self._word = ""
        self._space = ""

    def add(self, piece: str) -> None:
        """Print what of it is whole."""
        if not self._width:
            self._write(piece)
            return
        parts: list[str] = _PARTS.findall(self._word + piece)
        self._word = ""
        if parts and not parts[-1].isspace():
            self._word = parts.pop()
        for part in parts:
            self._put(part)

    def end(self) -> None:
        """Print what is left."""
        if self._word:
            self._put(self._word)
        self._word = self._space = ""

    def _put(self, part: str) -> None:
        if part == "\n":
            self._write("\n")
            self._column, self._space = 0, ""
        elif part.isspace():
            self._space = part
        else:
            columns = _columns(part)
            gap = self._space
            if self._column and self._column + len(gap) + columns >= self._width:
                self._write("\n")
                self._column, gap = 0, ""
            if not self._column:
                gap = self._indent + gap
            self._write(gap + part)
            self._column += len(gap) + columns
            self._space = ""


def _columns(word: str) -> int:
    """Return how wide a word is: characters of East Asia take two columns."""
    if word.isascii():
        return len(word)
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in word)
