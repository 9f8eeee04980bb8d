"""The chat program, driven as a person would: typing, clicking, dropping, stopping, closing. `make desktop` runs it.

    pytest examples/desktop                          without a screen
    JULEP_PICTURES=docs/desktop xvfb-run -a pytest examples/desktop     on one, with pictures of what was seen

It needs PySide6 (`pip install PySide6-Essentials`), and of the system what any Qt program needs: on Debian
`apt-get install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1`, and for a screen xvfb and libxcb-cursor0.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")

import chat
from program import Program
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QThread, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from julep_local import Client, progress
from julep_local._mirror import stop_requested
from julep_local.testing import HANG, HashEmbedder, ScriptedModel, stream

PATIENCE_S = 30
ROOT = Path(__file__).parents[2]

Until = Callable[[Callable[[], Any]], None]
Open = Callable[..., chat.ChatWindow]


@pytest.fixture(scope="session")
def application() -> QApplication:
    application = QApplication.instance() or QApplication([])
    application.setQuitOnLastWindowClosed(False)
    return application


@pytest.fixture
def until(application: QApplication) -> Until:
    """Let the window live until something is so."""

    def wait(is_so: Callable[[], Any]) -> None:
        ends_at = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < ends_at, "it never came to that"
            QCoreApplication.processEvents()
            QThread.msleep(2)

    return wait


@pytest.fixture
def open_program(application: QApplication, until: Until, tmp_path: Path) -> Iterator[Open]:
    """Open the program on one file, with a model that says what it is told; return its window."""
    programs: list[Program] = []

    def open_it(model: Any = None, **given: Any) -> chat.ChatWindow:
        opened_with = {"path": tmp_path / "ada.db", "embedder": HashEmbedder(), **given}
        programs.append(Program(model=model or ScriptedModel(lambda prompt: "It leaves at 9:15."), **opened_with))
        window = chat.open_window(programs[-1])
        until(window.session.done)
        return window

    yield open_it
    for window in list(chat.windows):
        window.close()
    for program in programs:
        until(lambda program=program: program.is_closed)


@pytest.fixture
def picture() -> Callable[[chat.ChatWindow, str], None]:
    """Keep a picture of a window, where one was asked for."""
    folder = os.environ.get("JULEP_PICTURES")

    def keep(window: chat.ChatWindow, name: str) -> None:
        if folder:
            QTest.qWait(50)
            assert window.grab().save(str(Path(folder) / f"{name}.png"))

    return keep


def type_and_send(window: chat.ChatWindow, text: str) -> None:
    QTest.keyClicks(window.entry, text)
    QTest.keyClick(window.entry, Qt.Key.Key_Return)


def texts(widget: Any) -> list[str]:
    return [widget.item(n).text() for n in range(widget.count())]


def history(tmp_path: Path) -> list[str]:
    with Client(path=tmp_path / "ada.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as client:
        (session,) = client.sessions.list(limit=1)
        return [str(message.content) for message in client.sessions.history(session_id=session.id)]


def endless() -> ScriptedModel:
    """Return a model whose answer has no end of its own."""
    return ScriptedModel(lambda prompt: stream("one ", "two ", HANG))


def test_a_question_is_answered_and_what_was_said_is_remembered(
    open_program: Open, until: Until, picture: Any, tmp_path: Path
) -> None:
    window = open_program()
    type_and_send(window, "My dog is called Biscuit.")

    until(lambda: window.turn is None)
    until(lambda: window.remembered.count())

    assert window.talk.toPlainText() == "You  My dog is called Biscuit.\n\nAda  It leaves at 9:15."
    assert any("Biscuit" in text for text in texts(window.remembered))
    assert not window.entry.toPlainText()
    window.side.setCurrentIndex(1)
    picture(window, "remembered")


def test_files_that_are_dropped_are_docs_and_are_recalled(
    open_program: Open, until: Until, picture: Any, tmp_path: Path
) -> None:
    window = open_program()
    for n in range(20):
        (tmp_path / f"Ferry {n} – Fähre.md").write_text(f"# Ferry {n}\n\nThe ferry number {n} leaves at {n}:15.\n")
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(file)) for file in sorted(tmp_path.glob("*.md"))])
    how = (Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)

    QApplication.sendEvent(window, QDragEnterEvent(QPoint(50, 50), *how))
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), *how))
    until(lambda: window.docs.count() == 20)
    type_and_send(window, "When does the ferry number 7 leave?")
    until(lambda: window.turn is None)

    assert any("7:15" in text for text in texts(window.recalled))
    window.side.setCurrentWidget(window.recalled)
    picture(window, "recalled")


def test_stop_ends_an_answer_and_gives_the_question_back(open_program: Open, until: Until, tmp_path: Path) -> None:
    window = open_program(endless())
    type_and_send(window, "Count!")
    until(lambda: "two" in window.talk.toPlainText())

    assert window.send_button.text() == "Stop"
    QTest.mouseClick(window.send_button, Qt.MouseButton.LeftButton)
    until(lambda: window.turn is None)

    assert window.entry.toPlainText() == "Count!"
    assert "Stopped." in window.talk.toPlainText()
    assert not history(tmp_path)


def test_closing_in_the_middle_of_an_answer_neither_hangs_nor_loses_the_question(
    open_program: Open, until: Until, tmp_path: Path
) -> None:
    window = open_program(endless())
    type_and_send(window, "Count!")
    until(lambda: "two" in window.talk.toPlainText())

    window.close()
    until(lambda: window.program.is_closed)

    again = open_program()
    until(lambda: again.entry.toPlainText() == "Count!")


def test_progress_is_shown_and_cancelled_with_its_button(open_program: Open, until: Until, picture: Any) -> None:
    window = open_program()
    ended: list[bool] = []

    def load() -> None:
        with progress.doing("load_model", "smollm2-135m", total=100, unit="bytes", at_once=True) as work:
            while not stop_requested():
                work._tell_at = 0.0
                if not work.is_cancelled:
                    work._tell("under_way")
                time.sleep(0.01)
        ended.append(True)

    thread = threading.Thread(target=load)
    thread.start()
    until(window.strip.isVisible)
    assert window.doing.text() == "Loading the model smollm2-135m"
    picture(window, "loading")

    QTest.mouseClick(window.cancel_button, Qt.MouseButton.LeftButton)
    until(lambda: not window.strip.isVisible())

    thread.join()
    assert ended == [True]


def test_what_is_remembered_can_be_corrected_and_deleted(open_program: Open, until: Until) -> None:
    window = open_program()
    type_and_send(window, "My dog is called Biscuit.")
    until(lambda: window.turn is None and window.remembered.count())

    window.remembered.item(0).setText("Bo: My dog is called Rex.")
    until(lambda: texts(window.remembered) == ["Bo: My dog is called Rex."])
    window.side.setCurrentIndex(1)
    window.remembered.setCurrentRow(0)
    QTest.mouseClick(window.forget_button, Qt.MouseButton.LeftButton)
    until(lambda: not window.remembered.count())


def test_two_windows_have_a_conversation_each_and_the_last_one_closes_the_file(
    open_program: Open, until: Until
) -> None:
    first = open_program()
    QTest.mouseClick(first.new_button, Qt.MouseButton.LeftButton)
    (second,) = [window for window in chat.windows if window is not first]
    until(second.session.done)
    type_and_send(first, "One.")
    type_and_send(second, "Two.")
    until(lambda: first.turn is None and second.turn is None)

    assert first.session.result() != second.session.result()
    assert "Two." not in first.talk.toPlainText()
    second.close()
    type_and_send(first, "Three.")
    until(lambda: first.turn is None)
    assert "Three." in first.talk.toPlainText()


def test_what_another_program_adds_is_there_when_the_person_comes_back(
    open_program: Open, until: Until, tmp_path: Path
) -> None:
    window = open_program()
    code = f"""
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel
with Client(path={str(tmp_path / "ada.db")!r}, model=ScriptedModel(["Noted."]), embedder=HashEmbedder()) as client:
    question = {{"role": "user", "content": "Said elsewhere."}}
    client.sessions.chat(session_id={window.session.result()!r}, messages=[question])
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=PATIENCE_S)

    window.refresh()

    until(lambda: "Said elsewhere." in window.talk.toPlainText())


def test_an_error_is_said_in_the_conversation_and_the_question_comes_back(open_program: Open, until: Until) -> None:
    window = open_program(ScriptedModel([]))
    type_and_send(window, "Hello?")

    until(lambda: window.turn is None)

    assert window.entry.toPlainText() == "Hello?"
    assert "no scripted reply" in window.talk.toPlainText()


def test_another_conversation_chosen_during_an_answer_is_the_one_on_screen(open_program: Open, until: Until) -> None:
    window = open_program(endless())
    people, done = window.program.people.result(), []
    window.program.do(lambda client: client.sessions.create(agent_id=people[0], user_id=people[1]), done.append)
    until(lambda: done)
    window.refresh()
    until(lambda: window.conversations.count() == 2)
    type_and_send(window, "Count!")
    until(lambda: "two" in window.talk.toPlainText())
    left = window.turn

    window.choose(window.conversations.findData(done[0].id))
    assert (window.turn, window.send_button.text()) == (None, "Send")
    type_and_send(window, "Again!")
    until(lambda: left.stopped.is_set() and "two" in window.talk.toPlainText())
    QTest.qWait(50)  # what is late of the answer that was left

    assert window.talk.toPlainText() == "You  Again!\n\nAda  one two "
    assert (window.entry.toPlainText(), window.send_button.text()) == ("", "Stop")


def test_one_thread_waits_for_memories_and_for_the_newest(
    open_program: Open, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = open_program().program
    awaited: list[list[str]] = []
    seen: list[bool] = []
    done: list[Any] = []
    is_over = threading.Event()

    def wait(jobs: list[str], timeout: float) -> None:
        awaited.append(jobs)
        if not (jobs == ["9"] and is_over.wait(0.01)):
            raise TimeoutError

    monkeypatch.setattr(program._client.result().jobs, "wait", wait)
    program.remembered.connect(lambda: seen.append(True))

    for n in range(10):
        program.await_memories([str(n)])
    program.do(lambda _: None, done.append)
    until(lambda: done and ["9"] in awaited)
    assert [thread.name for thread in threading.enumerate()].count("memories") == 1
    assert not seen
    is_over.set()
    until(lambda: seen)

    assert awaited[-1] == ["9"]
