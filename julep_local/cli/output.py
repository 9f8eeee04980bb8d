"""How the command line shows things: tables and fields for people, lines of tabs for pipes, JSON for programs.

Results go to standard output, all else to standard error. A terminal of fewer than `NARROW` columns gets one line for
each value. Colour and movement need a terminal that can do them, and never say anything by themselves.
"""

import contextlib
import json
import shutil
import sys
import textwrap
import threading
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from julep_local.cli.wrap import Wrapped
from julep_local.settings import is_dumb_terminal, wants_colour

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

NARROW = 60
SHORT_ID = 8
PATIENCE_S = 0.7
"""What is done by then is done in silence."""
_CLEAR_LINE = "\r\033[K"


def plain(text: str) -> str:
    """Return the text without control characters: what a model or a doc says must not steer the terminal."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))


def one_line(text: str | None, most: int = 0) -> str:
    """Return the text on one line, shortened to so many characters if a number is given."""
    line = " ".join(plain(text or "").split())
    return line if not most or len(line) <= most else line[: most - 3].rstrip() + "..."


def size(n_bytes: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in ("bytes", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "bytes" or n_bytes >= 10 else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} GB"


def as_json(value: Any) -> Any:
    """Return what JSON holds for records, lists of them, and plain values."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value


class Output:
    """Where a command's results and remarks go."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    # -- what it is written to

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads the results."""
        return sys.stdout.isatty()

    @property
    def moves(self) -> bool:
        """Whether remarks may move and vanish."""
        return sys.stderr.isatty() and not is_dumb_terminal()

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return shutil.get_terminal_size().columns

    def styled(self, text: str, style: str) -> str:
        """Return the text in a style, `1` for bold and `2` for dim, where the terminal can."""
        if not text or not self.is_terminal or is_dumb_terminal() or not wants_colour():
            return text
        return f"\033[{style}m{text}\033[0m"

    # -- results

    def json(self, value: Any) -> None:
        """Print records, or what else there is, as JSON."""
        print(json.dumps(as_json(value), indent=2, ensure_ascii=False))

    def records(
        self, records: "Sequence[BaseModel]", columns: Sequence[str], rows: Iterable[Sequence[str]], *, if_none: str
    ) -> None:
        """Print a list: as JSON the records, else a row of each.

        Args:
            records: what was found.
            columns: the headings.
            rows: for each record its cells.
            if_none: what to say instead of an empty table.
        """
        if self.as_json:
            self.json(list(records))
        elif not records:
            self.note(if_none)
        else:
            self.table(columns, list(rows))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under headings; to a pipe as lines of cells with tabs between them."""
        cells = [[one_line(cell) for cell in row] for row in rows]
        if not self.is_terminal:
            for row in [columns, *cells]:
                print("\t".join(row))
        elif self.width < NARROW:
            for row in cells:
                print(self.styled(row[0], "1"))
                for name, cell in zip(columns[1:], row[1:], strict=True):
                    if cell:
                        self.text(f"{name}: {cell}", indent=2)
        else:
            self._aligned(columns, cells)

    def _aligned(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        last = len(columns) - 1
        for n, name in enumerate(columns):
            widest = max([len(name), *(len(row[n]) for row in cells)])
            # the last column, which has the text, gives way first; ids and names are kept whole
            table.add_column(name, overflow="fold", no_wrap=n != last and widest <= self.width // 3)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._console().print(table)

    def fields(self, record: Any, fields: "dict[str, Any]") -> None:
        """Print one thing: as JSON the record, else a line for each field that has a value."""
        if self.as_json:
            self.json(record)
            return
        for name, value in fields.items():
            if value is None or value == "" or value == []:
                continue
            text = str(value).strip()
            if not self.is_terminal:  # a program is given what there is
                print(f"{name}:\n{textwrap.indent(text, '  ')}" if "\n" in text else f"{name}: {text}")
            elif "\n" in text:
                print(self.styled(f"{name}:", "1"))
                self.text(text, indent=2)
            else:
                print(self.styled(f"{name}:", "1"), end=" ")
                self.text(text, column=len(name) + 2)

    def done(self, what: str, value: Any) -> None:
        """Say that something was done; as JSON the value."""
        if self.as_json:
            self.json(value)
        else:
            print(plain(what))

    def text(self, text: str, *, indent: int = 0, column: int = 0) -> None:
        """Print lines of the result, for people: at a terminal no word is broken.

        Args:
            text: without control characters by then.
            indent: spaces before each line.
            column: what stands on the first line already.
        """
        pieces: list[str] = []
        wrapped = Wrapped(pieces.append, self.width if self.is_terminal else sys.maxsize, column, indent)
        wrapped.add(plain(text).rstrip("\n"))
        wrapped.end()
        print("".join(pieces))

    def id(self, id: str) -> str:
        """Return as much of an id as is needed: a person may type the beginning, a program gets the whole."""
        return id[:SHORT_ID] if self.is_terminal else id

    def time(self, when: datetime | None) -> str:
        """Return a time: a person's own, to the minute; for a pipe in UTC, ISO 8601."""
        if when is None:
            return ""
        return f"{when.astimezone():%Y-%m-%d %H:%M}" if self.is_terminal else when.isoformat()

    # -- remarks

    def note(self, text: str) -> None:
        """Say something beside the results."""
        print(plain(text), file=sys.stderr, flush=True)

    def error(self, message: str, *, code: int, status: int | None = None) -> None:
        """Say what went wrong, and what to do."""
        if self.as_json:
            error = {"message": message, "exit_code": code, "status_code": status}
            print(json.dumps({"error": error}, ensure_ascii=False), file=sys.stderr)
        else:
            print(f"julep-local: {plain(message)}", file=sys.stderr)

    def clear_line(self) -> None:
        """Take away what a spinner or ^C left on the line."""
        if self.moves:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def busy(self, doing: str) -> Generator[None, None, None]:
        """Say what is going on once it takes a while: with a spinner, or in a line where nothing can move."""
        if not sys.stderr.isatty():
            yield
            return
        ended, shown = threading.Event(), threading.Thread(target=lambda: self._spin(doing, ended), daemon=True)
        shown.start()
        try:
            yield
        finally:
            ended.set()
            shown.join()

    def _spin(self, doing: str, ended: threading.Event) -> None:
        if ended.wait(PATIENCE_S):
            return
        if not self.moves:
            self.note(f"{doing} ...")
            return
        with self._console(sys.stderr).status(one_line(doing, max(self.width - 4, 10)), spinner="line"):
            ended.wait()

    @contextlib.contextmanager
    def bar(self, doing: str, total: float | None = None) -> "Generator[Bar, None, None]":
        """Show how far something is."""
        if not sys.stderr.isatty():
            yield Bar()
        elif not self.moves:
            self.note(f"{doing} ...")
            yield Bar()
        else:
            with self._progress() as progress:
                task = progress.add_task(one_line(doing), total=total)
                yield _ShownBar(progress, task)

    def _progress(self) -> Any:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns: list[Any] = [TextColumn("{task.description}", markup=False), TaskProgressColumn()]
        if self.width >= NARROW:
            columns[1:1] = [BarColumn(bar_width=None)]
            columns.append(TimeRemainingColumn(compact=True))
        return Progress(*columns, console=self._console(sys.stderr), transient=True)

    def _console(self, file: TextIO | None = None) -> "Console":
        from rich.console import Console

        return Console(file=file or sys.stdout, no_color=not wants_colour(), markup=False, emoji=False, highlight=False)


class Bar:
    """How far something is; shown to nobody."""

    def at(self, done: float, total: float | None = None, doing: str | None = None) -> None:
        """Say how far it is now."""


class _ShownBar(Bar):
    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def at(self, done: float, total: float | None = None, doing: str | None = None) -> None:
        given = {"total": total, "description": None if doing is None else one_line(doing)}
        self._progress.update(
            self._task, completed=done, **{name: value for name, value in given.items() if value is not None}
        )
