"""Threads that write get their turn in the order in which they came, and one that gives up holds nobody up."""

import threading
import time

import pytest

from julep_local.store.turns import Turn


def waiting(turn: Turn, said: list[str], name: str, timeout: float = 20) -> threading.Thread:
    """Return a thread that is in the queue."""

    def wait() -> None:
        if turn.acquire(timeout=timeout):
            said.append(name)
            turn.release()
        else:
            said.append(f"{name} gave up")

    n_waiting = len(turn._waiting)
    thread = threading.Thread(target=wait)
    thread.start()
    while len(turn._waiting) == n_waiting and thread.is_alive():
        time.sleep(0.001)
    return thread


def test_the_turn_goes_round_in_the_order_of_asking() -> None:
    turn, said = Turn(), list[str]()
    assert turn.acquire(timeout=1)

    threads = [waiting(turn, said, str(i)) for i in range(8)]
    turn.release()
    for thread in threads:
        thread.join()

    assert said == [str(i) for i in range(8)]


def test_who_has_just_written_comes_after_those_who_wait() -> None:
    turn, said = Turn(), list[str]()
    assert turn.acquire(timeout=1)
    thread = waiting(turn, said, "the other")

    turn.release()
    assert turn.acquire(timeout=20)
    said.append("the same again")
    turn.release()
    thread.join()

    assert said == ["the other", "the same again"]


def test_who_gives_up_is_passed_over() -> None:
    turn, said = Turn(), list[str]()
    assert turn.acquire(timeout=1)
    impatient = waiting(turn, said, "impatient", timeout=0.01)
    patient = waiting(turn, said, "patient")
    impatient.join()

    turn.release()
    patient.join()

    assert said == ["impatient gave up", "patient"]
    assert turn.acquire(timeout=0)


def test_a_turn_that_comes_as_its_thread_is_interrupted_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = Turn()
    assert turn.acquire(timeout=1)

    class Interrupted:
        """A lock whose waiting ends by Ctrl-C, after the turn came."""

        def acquire(self, timeout: float | None = None) -> bool:
            if timeout is None:
                return True
            turn.release()
            raise KeyboardInterrupt

        def release(self) -> None:
            """Do nothing."""

    with monkeypatch.context() as patched:
        patched.setattr(threading, "Lock", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            turn.acquire(timeout=1)

    assert turn.acquire(timeout=0)
