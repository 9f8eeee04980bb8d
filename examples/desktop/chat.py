"""A chat program with a window, on a local model, offline: what is worth copying into yours.

    python examples/desktop/chat.py [FILE]

Several windows and several processes may have the file open. Drop files onto the window, and answers know them. What is
remembered of you stands at the side: edit it by a double click, or let it be forgotten.
"""

import argparse
import builtins
import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from program import Program, Turn
from PySide6 import QtGui as gui
from PySide6 import QtWidgets as qt
from PySide6.QtCore import QEvent, Qt

from julep_local.llm.frozen import freeze_support

DOING = {
    "load_model": "Loading the model {name}",
    "load_embedder": "Loading the search model {name}",
    "read_prompt": "Reading the conversation",
    "embed": "Learning {name}",
    "migrate": "Bringing the file up to date",
}
YOU, ADA, NOTE = "You", "Ada", ""


class ChatWindow(qt.QMainWindow):
    """A conversation, with what is recalled and remembered beside it."""

    def __init__(self, program: Program, *, is_new: bool = False) -> None:
        super().__init__()
        self.program = program
        self.turn: Turn | None = None
        self.session: Future[str] = Future()
        self._event: Any = None
        self._is_filling = False
        self._said: list[tuple[str, str]] = []
        self._lay_out()
        program.progressed.connect(self.show_progress)
        program.remembered.connect(self.refresh)
        program.failed.connect(lambda text: self.say(NOTE, text))
        program.do(functools.partial(self._opened, is_new=is_new), self._show_opened)

    # -- what there is to see

    def _lay_out(self) -> None:
        self.setWindowTitle("Ada")
        self.resize(980, 640)
        self.setAcceptDrops(True)
        self.conversations = qt.QComboBox()
        self.conversations.activated.connect(self.choose)
        self.new_button = qt.QPushButton("New window")
        self.new_button.clicked.connect(lambda: open_window(self.program, is_new=True))
        self.talk = qt.QTextBrowser()
        self.talk.setAcceptDrops(False)  # files are the window's
        self.entry = Entry(self.send)
        self.entry.setAcceptDrops(False)
        self.entry.setPlaceholderText("Ask something. Files can be dropped here.")
        self.entry.setMaximumHeight(80)
        self.send_button = qt.QPushButton("Send")
        self.send_button.clicked.connect(lambda: self.send() if self.turn is None else self.stop())
        self.bar, self.doing = qt.QProgressBar(), qt.QLabel()
        self.cancel_button = qt.QPushButton("Cancel")
        self.cancel_button.clicked.connect(lambda: self._event and self._event.cancel())
        self.strip = _laid_out(qt.QHBoxLayout(), self.doing, self.bar, self.cancel_button)
        self.strip.hide()
        top = _laid_out(qt.QHBoxLayout(), self.conversations, self.new_button, grows=0)
        bottom = _laid_out(qt.QHBoxLayout(), self.entry, self.send_button, grows=0)
        left = _laid_out(qt.QVBoxLayout(), top, self.talk, self.strip, bottom, grows=1)

        self.recalled, self.remembered, self.docs = qt.QListWidget(), qt.QListWidget(), qt.QListWidget()
        for each in (self.recalled, self.remembered, self.docs):
            each.setWordWrap(True)
            each.setAlternatingRowColors(True)
        self.remembered.setEditTriggers(qt.QAbstractItemView.EditTrigger.DoubleClicked)
        self.remembered.itemChanged.connect(self.edit_memory)
        self.forget_button = qt.QPushButton("Forget")
        self.forget_button.clicked.connect(self.forget)
        memories = _laid_out(qt.QVBoxLayout(), self.remembered, self.forget_button, grows=0)
        self.side = qt.QTabWidget()
        for widget, title in ((self.recalled, "Recalled"), (memories, "Remembered"), (self.docs, "Docs")):
            self.side.addTab(widget, title)
        splitter = qt.QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(self.side)
        splitter.setSizes([640, 340])
        splitter.setContentsMargins(8, 8, 8, 8)
        self.setCentralWidget(splitter)
        self.entry.setFocus()
        gui.QShortcut(gui.QKeySequence(gui.QKeySequence.StandardKey.Quit), self, self.close)

    def say(self, who: str, text: str) -> None:
        """Show a message at the end."""
        self._write("" if self.talk.document().isEmpty() else "\n\n")
        self._write(f"{who}  " if who else "", bold=True)
        self._write(text, grey=not who)

    def _write(self, text: str, *, bold: bool = False, grey: bool = False) -> None:
        bar = self.talk.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = gui.QTextCursor(self.talk.document())
        cursor.movePosition(gui.QTextCursor.MoveOperation.End)
        look = gui.QTextCharFormat()
        look.setFontWeight(gui.QFont.Weight.Bold if bold else gui.QFont.Weight.Normal)
        look.setForeground(self.palette().placeholderText() if grey else self.palette().text())
        cursor.insertText(text, look)  # as plain text: nothing that a model writes becomes a link or an image
        if at_end:
            bar.setValue(bar.maximum())

    def show_progress(self, event: Any) -> None:
        """Show how far something is that takes its time."""
        if event.is_over:
            if self._event is not None and event.work_id == self._event.work_id:
                self._event = None
                self.strip.hide()
            return
        self._event = event
        self.doing.setText(DOING.get(event.what, event.what).format(name=event.name))
        self.bar.setRange(0, 0 if event.share is None else 1000)
        self.bar.setValue(round(1000 * (event.share or 0)))
        self.strip.show()

    # -- the conversation

    def _opened(self, client: Any, *, is_new: bool) -> tuple[str, str]:
        """Return the conversation to show, and what was typed there and not sent. On another thread."""
        agent_id, user_id = self.program.people.result()
        found = [] if is_new else client.sessions.list(limit=1)
        session = found[0] if found else client.sessions.create(agent_id=agent_id, user_id=user_id)
        self.session.set_result(session.id)
        return session.id, (session.metadata or {}).get("draft") or ""

    def _show_opened(self, opened: tuple[str, str]) -> None:
        if not self.entry.toPlainText():
            self.entry.setPlainText(opened[1])
        self.refresh()

    def choose(self, row: int) -> None:
        """Show another conversation. An answer on its way is stopped, and nothing more of it is shown."""
        chosen = self.conversations.itemData(row)
        if self.session.done() and self.session.result() == chosen:
            return
        self.stop()
        self._end()
        self.session = Future()
        self.session.set_result(chosen)
        self._said = [("", "")]
        self.talk.clear()
        self.recalled.clear()
        self.refresh()

    def refresh(self) -> None:
        """Show what the file holds: another window or program may have changed it."""
        if self.session.done():
            self.program.do(self._read, self._show)

    def _read(self, client: Any) -> dict[str, Any]:
        agent_id, user_id = self.program.people.result()
        session_id = self.session.result()
        return {
            "session_id": session_id,
            "history": client.sessions.history(session_id=session_id),
            "sessions": client.sessions.list(limit=50),
            "memories": client.memories.list(agent_id=agent_id, user_id=user_id),
            "docs": client.docs.list(agent_id=agent_id, limit=100),
        }

    def _show(self, read: dict[str, Any]) -> None:
        if read["session_id"] != self.session.result():
            return  # another conversation has been chosen meanwhile
        said = [(YOU if message.role == "user" else ADA, str(message.content)) for message in read["history"]]
        if self.turn is None and said != self._said:  # else what was stopped or went wrong stays to be read
            self._said = said
            self.talk.clear()
            for message in said:
                self.say(*message)
        self.conversations.clear()
        for session in read["sessions"]:
            self.conversations.addItem(f"Conversation of {session.created_at:%d %b %Y, %H:%M}", session.id)
        self.conversations.setCurrentIndex(self.conversations.findData(read["session_id"]))
        if self.remembered.state() != qt.QAbstractItemView.State.EditingState:
            self._fill(self.remembered, [(memory.content, memory.id) for memory in read["memories"]], editable=True)
        self._fill(self.docs, [(doc.title, doc.id) for doc in read["docs"]])

    def send(self) -> None:
        """Send what is typed."""
        question = self.entry.toPlainText().strip()
        if not question or self.turn is not None:
            return
        turn = self.turn = Turn(question)
        session = self.session  # another conversation may be chosen before a thread is free
        self.entry.clear()
        self.say(YOU, question)
        self.say(ADA, "")
        self.send_button.setText("Stop")
        self.program.do(
            lambda _: self.program.ask(session.result(), turn, functools.partial(self._show_piece, turn)),
            functools.partial(self._answered, turn),
            functools.partial(self._not_answered, turn),
        )

    def stop(self) -> None:
        """Stop the answer on its way; the question comes back to be changed."""
        if self.turn is not None:
            turn = self.turn
            self.program.do(lambda _: turn.stop())

    def _show_piece(self, turn: Turn, text: str) -> None:
        if turn is self.turn:
            self._write(text)

    def _answered(self, turn: Turn, response: Any) -> None:
        if turn is self.turn:
            self._end()
            recalled = response.context.recalled if response.context else []
            self._fill(self.recalled, [(_as_recalled(each), each.id) for each in recalled])
        self.refresh()
        if response.jobs:
            self.program.await_memories(response.jobs)

    def _not_answered(self, turn: Turn, error: Exception) -> None:
        if turn is not self.turn:
            return  # another conversation is shown
        self._end()
        if not self.entry.toPlainText():
            self.entry.setPlainText(turn.question)
        self.say(NOTE, "Stopped." if turn.stopped.is_set() else str(error))

    def _end(self) -> None:
        self.turn = None
        self.send_button.setText("Send")

    # -- what is remembered, and docs

    def _fill(self, widget: qt.QListWidget, rows: Sequence[tuple[str, str]], *, editable: bool = False) -> None:
        self._is_filling = True
        widget.clear()
        for text, id in rows:
            item = qt.QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, id)
            if editable:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            widget.addItem(item)
        self._is_filling = False

    def edit_memory(self, item: qt.QListWidgetItem) -> None:
        """Correct what is remembered."""
        if not self._is_filling:
            id, content = item.data(Qt.ItemDataRole.UserRole), item.text()
            self.program.do(lambda client: client.memories.edit(id, content=content), lambda _: self.refresh())

    def forget(self) -> None:
        """Delete what is remembered and chosen."""
        agent_id, _ = self.program.people.result()
        for id in [item.data(Qt.ItemDataRole.UserRole) for item in self.remembered.selectedItems()]:
            self.program.do(
                lambda client, id=id: client.memories.delete(agent_id=agent_id, memory_id=id), lambda _: self.refresh()
            )

    def dragEnterEvent(self, event: gui.QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: gui.QDropEvent) -> None:
        """Make docs of files."""
        self.add_files([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def add_files(self, paths: Sequence[str]) -> None:
        """Make docs of files; while they are embedded their words find them."""
        self.side.setCurrentWidget(self.docs)
        self.program.do(
            lambda client: client.docs.add_files(paths, agent_id=self.program.people.result()[0]),
            self._show_added,
        )

    def _show_added(self, added: Any) -> None:
        for each in added.files:
            if each.reason:
                self.say(NOTE, f"{each.file}: {each.reason}")
        self.refresh()

    # -- the window

    def changeEvent(self, event: QEvent) -> None:
        """Look at the file again when the person comes back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.refresh()

    def closeEvent(self, event: gui.QCloseEvent) -> None:
        """Close at any moment: what was typed, or asked and not answered, is there the next time."""
        turn, typed = self.turn, self.entry.toPlainText()
        self.program.progressed.disconnect(self.show_progress)
        self.program.remembered.disconnect(self.refresh)
        event.accept()

        def keep(client: Any) -> None:
            if turn is not None:
                turn.stop()
            if self.session.done():
                draft = typed or (turn.question if turn is not None else "")
                client.sessions.update(session_id=self.session.result(), metadata={"draft": draft})

        windows.remove(self)
        if windows:
            self.program.do(keep)
        else:
            self.program.close(keep)


class Entry(qt.QPlainTextEdit):
    """Where one types: Enter sends, Shift and Enter begins a line."""

    def __init__(self, send: Any) -> None:
        super().__init__()
        self._send = send

    def keyPressEvent(self, event: gui.QKeyEvent) -> None:
        """Send on Enter."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self._send()
        else:
            super().keyPressEvent(event)


windows: list[ChatWindow] = []  # Python would free a window that nobody holds


def open_window(program: Program, *, is_new: bool = False) -> ChatWindow:
    """Open a window."""
    window = ChatWindow(program, is_new=is_new)
    windows.append(window)
    window.show()
    return window


def _as_recalled(each: Any) -> str:
    how = "by its words" if each.similarity is None else f"similarity {each.similarity:.2f}"
    return f"{each.title + ': ' if each.title else ''}{each.text}\n({each.kind}, {how})"


def _laid_out(layout: Any, *widgets: qt.QWidget, grows: int | None = None) -> qt.QWidget:
    holder = qt.QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    for n, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if n == grows else 0)
    holder.setLayout(layout)
    return holder


def main() -> int:
    """Run the program."""
    freeze_support()  # a frozen program's executable is also the process that the model runs in
    parser = argparse.ArgumentParser(description="A chat program on a local model.")
    parser.add_argument("file", nargs="?", help="the SQLite file; by default one in the user's data folder")
    arguments = parser.parse_args()
    os.environ.setdefault("JULEP_LOCAL_CONTEXT_TOKENS", "2048")  # the keys and values of 8192 tokens take 190 MB
    sys.setswitchinterval(0.001)  # let the window have its turn often while something is imported
    importlib.import_module("numpy")  # now: while its libraries are loaded nothing else runs, for 70 ms
    # PySide6 has Python look through the source of all modules for its optional names, and keep it: 12 MB
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
    application = qt.QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)  # but when the file is closed, too
    # the small embedder, also where PyTorch is there: half a second instead of several, a third of the memory
    embedder = "light" if importlib.util.find_spec("onnxruntime") else None
    program = Program(path=arguments.file, embedder=embedder, isolate=True)
    program.closed.connect(application.quit)
    open_window(program)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
