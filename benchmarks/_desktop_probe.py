"""Runs the chat program of examples/desktop as it is, uses it as a person would, and says how long its window was held up.

`benchmarks/desktop.py` starts it. A timer looks every 2 ms how long ago it last did: what is more than that is time in
which the event loop did nothing else. It is driven by that timer, with real key presses and drops.
"""

import json
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

STARTED_NS = time.monotonic_ns()
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "desktop"
sys.path.insert(0, str(EXAMPLE))

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

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._phase = "start"
        self._longest: dict[str, float] = {}
        self._unjust: dict[str, float] = {}
        self._found: dict[str, Any] = {}
        self._steps = self._use()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._last, self._waited = time.perf_counter(), _waited_s()
        self._timer.start(EACH_MS)

    def _look(self) -> None:
        now, waited = time.perf_counter(), _waited_s()
        held_up = now - self._last - EACH_MS / 1000
        if held_up > self._longest.get(self._phase, 0.0):
            self._longest[self._phase] = held_up
            self._unjust[self._phase] = min(waited - self._waited, held_up)
        next(self._steps, None)
        self._last, self._waited = time.perf_counter(), _waited_s()

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
        self._phase = "load"
        yield from self._ask(window, QUESTIONS[0])
        while window.talk.toPlainText().endswith("Ada  "):
            yield True
        self._phase = "chat"
        while window.turn is not None:
            yield True
        yield from self._pause(2)
        self._phase = "drop"
        yield from self._drop(window)
        self._phase = "chat"
        yield from self._ask(window, QUESTIONS[1])
        while window.turn is not None:
            yield True
        yield from self._pause(2)
        self._found["recalled"] = [window.recalled.item(n).text() for n in range(window.recalled.count())]
        self._found["said"] = window.talk.toPlainText()
        self._found["memory"] = memory_of_family()
        self._phase = "close"
        window.close()
        while not window.program.is_closed:
            yield True

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

    def _drop(self, window: Any) -> Steps:
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(str(file)) for file in sorted(self._folder.glob("*.md"))])
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
        ms = {phase: seconds * 1000 for phase, seconds in self._longest.items()}
        unjust = {phase: seconds * 1000 for phase, seconds in self._unjust.items()}
        return {**self._found, "held_up_ms": ms, "of_that_waiting_for_a_processor_ms": unjust}


def _waited_s() -> float:
    """Return for how long this thread could have run and had no processor."""
    with open("/proc/thread-self/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


def memory_of_family() -> dict[str, dict[str, float]]:
    """Return the memory of this process and of the model's, in MB."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for task in Path("/proc/self/task").iterdir():
        children += (task / "children").read_text().split()
    found = {"window": _memory("self")}
    for pid in set(children):
        found[f"model {pid}"] = _memory(pid)
    return found


def _memory(pid: str) -> dict[str, float]:
    fields = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {name.rstrip(":"): int(kb) * 1024 / 1e6 for name, kb, *_ in fields}


def main() -> None:
    """Run the program, and print what was seen."""
    folder, file = Path(sys.argv[1]), sys.argv[2]
    sys.argv = ["chat.py", file]
    made: list[Probe] = []
    open_window = chat.open_window

    def open_and_look(*args: Any, **kwargs: Any) -> Any:
        made.append(Probe(folder))  # from before there is a window
        return open_window(*args, **kwargs)

    chat.open_window = open_and_look
    status = chat.main()
    print(json.dumps({"status": status, "began_ns": STARTED_NS, **made[0].said()}))


if __name__ == "__main__":
    main()
