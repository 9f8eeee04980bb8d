"""Runs the chat program as it is, uses it as a person would, and says for how long its window was held up.

    python examples/desktop/probe.py FILE [FOLDER]

FILE is the database, and FOLDER holds text files to drop; without it the program is only started and closed.
`benchmarks/desktop.py` starts it and says what is measured. A timer looks every 2 ms how long ago it last did: what is
more is time in which the window could not answer. The timer also does what a person would: it presses keys, and drops
files.
"""

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import chat
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

EACH_MS = 2
QUESTIONS = ("My dog is called Biscuit. What is tea?", "When does the ferry number 7 leave?")

Steps = Generator[bool, None, None]


class Probe:
    """The timer, and what it has seen."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._phase = "start"
        self._longest: dict[str, float] = {}
        """For how long the window was held up at most, in ms, in each phase."""
        self._longest_own: dict[str, float] = {}
        """The same, where not more than the processor time that this process took meanwhile: the rest is others'."""
        self._found: dict[str, Any] = {}
        self._steps = self._use()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._begin_to_look()
        self._timer.start(EACH_MS)

    def _begin_to_look(self) -> None:
        self._looked_at, self._took_s = time.perf_counter(), time.process_time()

    def _look(self) -> None:
        held_up_s = time.perf_counter() - self._looked_at - EACH_MS / 1000
        own_s = min(held_up_s, time.process_time() - self._took_s)
        self._begin_to_look()  # before what is done now: it holds up the window, too
        for found, seconds in ((self._longest, held_up_s), (self._longest_own, own_s)):
            found[self._phase] = max(found.get(self._phase, 0.0), seconds * 1000)
        next(self._steps, None)

    # -- what a person does; each yield is a look of the timer

    def _use(self) -> Steps:
        while not (chat.windows and chat.windows[0].isVisible() and chat.windows[0].windowHandle().isExposed()):
            yield True
        (window,) = chat.windows
        QTest.keyClick(window.entry, Qt.Key.Key_X)
        while window.entry.toPlainText() != "x":
            yield True
        self._found["typed_at_ns"] = time.monotonic_ns()
        QTest.keyClick(window.entry, Qt.Key.Key_Backspace)
        while not window.session.done():
            yield True
        yield from self._pause(0.5)
        if self._folder is not None:
            yield from self._chat(window, self._folder)
        self._phase = "close"
        window.close()
        while not window.program.is_closed:
            yield True

    def _chat(self, window: Any, folder: Path) -> Steps:
        self._phase = "load"
        yield from self._ask(window, QUESTIONS[0])
        while window.talk.toPlainText().endswith("Ada  "):
            yield True
        self._phase = "chat"
        while window.turn is not None:
            yield True
        yield from self._pause(2)
        self._phase = "drop"
        yield from self._drop(window, folder)
        self._phase = "chat"
        yield from self._ask(window, QUESTIONS[1])
        while window.turn is not None:
            yield True
        yield from self._pause(2)
        self._found["recalled"] = [window.recalled.item(n).text() for n in range(window.recalled.count())]
        self._found["said"] = window.talk.toPlainText()
        self._found["memory"] = memory_of_both()
        self._begin_to_look()

    def _pause(self, seconds: float) -> Steps:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield True

    def _ask(self, window: Any, question: str) -> Steps:
        for letter in question:
            QTest.keyClick(window.entry, letter)
            yield True
        QTest.keyClick(window.entry, Qt.Key.Key_Return)
        yield True

    def _drop(self, window: Any, folder: Path) -> Steps:
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(str(file)) for file in sorted(folder.glob("*.md"))])
        how = (Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(50, 50), *how))
        QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), *how))
        while window.docs.count() < len(files.urls()):
            yield True
        embedded: list[bool] = []
        window.program.do(lambda client: client.jobs.wait(each.id for each in client.jobs.list()), embedded.append)
        while not embedded:
            yield True
        yield from self._pause(0.5)

    def said(self) -> dict[str, Any]:
        """Return what was seen."""
        return {**self._found, "held_up_ms": self._longest, "own_ms": self._longest_own}


def memory_of_both() -> dict[str, dict[str, float]]:
    """Return the memory of this process and of the model's, in MB, by kind."""
    started = {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}
    return {"window": _memory("self"), **{f"process {pid}": _memory(pid) for pid in started}}


def _memory(pid: str) -> dict[str, float]:
    fields = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {name.rstrip(":"): int(kb) * 1024 / 1e6 for name, kb, *_ in fields}


def main() -> None:
    """Run the program, and print what was seen."""
    file, folder = sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None
    sys.argv[1:] = [file]
    made: list[Probe] = []
    open_window = chat.open_window

    def open_and_look(*args: Any, **kwargs: Any) -> Any:
        made.append(Probe(folder))  # from before there is a window
        return open_window(*args, **kwargs)

    chat.open_window = open_and_look
    status = chat.main()
    print(json.dumps({"status": status, **made[0].said()}))


if __name__ == "__main__":
    main()
