"""`to_qt` calls on the thread of the object it was given, in order, and nothing once that is deleted."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread
from PySide6.QtWidgets import QApplication

from julep_local import Client, progress
from julep_local.delivery import to_qt
from julep_local.testing import HashEmbedder, ScriptedModel


@pytest.fixture
def application() -> Any:
    return QApplication.instance() or QApplication([])  # the one of the other tests, which need widgets


def elsewhere(work: Callable[[], object]) -> None:
    """Do it on another thread, and wait for that."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_what_other_threads_deliver_is_called_on_the_receivers_thread_in_order(application: Any) -> None:
    receiver, called = QObject(), list[tuple[int, int]]()
    deliver = to_qt(receiver)

    elsewhere(lambda: [deliver(lambda n=n: called.append((n, threading.get_ident()))) for n in range(100)])
    assert not called
    QCoreApplication.processEvents()

    assert called == [(n, threading.get_ident()) for n in range(100)]


def test_what_the_receivers_own_thread_delivers_is_called_a_moment_later_too(application: Any) -> None:
    receiver, called = QObject(), list[str]()
    deliver = to_qt(receiver)

    deliver(lambda: called.append("delivered"))
    called.append("at once")
    QCoreApplication.processEvents()

    assert called == ["at once", "delivered"]


def test_a_receiver_of_another_thread_is_called_there(application: Any) -> None:
    thread, called, done = QThread(), list[int](), threading.Event()
    made: list[Any] = []

    class Receiver(QObject):
        """An object that lives on the thread which asks for its delivery."""

    def begin() -> None:
        made.append(Receiver())
        made.append(to_qt(made[0]))
        made.append(threading.get_ident())
        done.set()

    thread.started.connect(begin, type=Qt.ConnectionType.DirectConnection)
    thread.start()
    assert done.wait(30)
    done.clear()
    made[1](lambda: (called.append(threading.get_ident()), done.set()))
    assert done.wait(30)
    thread.quit()
    thread.wait()

    assert called == [made[2]]
    assert called != [threading.get_ident()]


def test_nothing_is_called_once_the_receiver_is_deleted_and_nobody_fails_over_it(application: Any) -> None:
    receiver, called, failed = QObject(), list[str](), list[BaseException]()
    deliver = to_qt(receiver)

    def late() -> None:
        try:
            deliver(lambda: called.append("late"))
        except BaseException as error:
            failed.append(error)

    deliver(lambda: called.append("on its way"))
    shiboken6.delete(receiver)
    elsewhere(late)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()

    assert not called
    assert not failed


def test_what_fails_when_it_is_called_does_not_keep_the_next_from_being_called(
    application: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver, called = QObject(), list[str]()
    deliver = to_qt(receiver)

    deliver(lambda: 1 / 0)
    deliver(lambda: called.append("next"))
    QCoreApplication.processEvents()

    assert called == ["next"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_clients_progress_comes_to_the_windows_thread(application: Any) -> None:
    receiver, told = QObject(), list[tuple[str, int]]()

    with (
        Client(path=":memory:", model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as client,
        client.on_progress(lambda event: told.append((event.what, threading.get_ident())), deliver=to_qt(receiver)),
    ):
        elsewhere(tell_of_an_export)
        QCoreApplication.processEvents()

    assert set(told) == {("export", threading.get_ident())}


def tell_of_an_export() -> None:
    with progress.doing("export", "ada.julep", total=1, unit="rows", at_once=True):
        pass
