"""Who may use the model next."""

import threading
import time

import pytest

from julep_local._mirror import stopped_by
from julep_local.errors import Cancelled, ClientClosed
from julep_local.llm.base import Purpose
from julep_local.llm.line import Line


def wait_in(line: Line, name: str, purpose: Purpose, served: list[str]) -> threading.Thread:
    def work() -> None:
        with line.turn(purpose):
            served.append(name)

    thread = threading.Thread(target=work)
    n_before = len(line._waiting)
    thread.start()
    while len(line._waiting) == n_before:
        time.sleep(0.001)
    return thread


def test_first_come_first_served_and_chats_before_the_rest() -> None:
    line = Line(lambda: None)
    served: list[str] = []
    with line.turn("chat"):
        threads = [
            wait_in(line, name, purpose, served)
            for name, purpose in (("memory", "memory"), ("chat 1", "chat"), ("summary", "summary"), ("chat 2", "chat"))
        ]
    for thread in threads:
        thread.join(5)

    assert served == ["chat 1", "chat 2", "memory", "summary"]


def test_a_chat_interrupts_background_work_only() -> None:
    interrupted: list[bool] = []
    line = Line(lambda: interrupted.append(True))
    served: list[str] = []
    with line.turn("summary") as turn:
        other = wait_in(line, "memory", "memory", served)
        assert not turn.gives_way
        chat = wait_in(line, "chat", "chat", served)
        assert turn.gives_way
    other.join(5)
    chat.join(5)
    with line.turn("chat") as turn:
        chat = wait_in(line, "chat", "chat", served)
        assert not turn.gives_way
    chat.join(5)

    assert interrupted == [True]


def test_whoever_waits_can_be_cancelled_and_sent_away() -> None:
    line = Line(lambda: None)
    stop = threading.Event()
    stop.set()
    outcome: list[type[Exception]] = []

    def work() -> None:
        try:
            with line.turn("chat"):
                pass
        except ClientClosed as error:
            outcome.append(type(error))

    with line.turn("chat"):
        with pytest.raises(Cancelled):
            stopped_by(stop).run(line.turn("chat").__enter__)
        thread = threading.Thread(target=work)
        thread.start()
        line.close()
        thread.join(5)

    assert outcome == [ClientClosed]
    assert line._waiting == []
