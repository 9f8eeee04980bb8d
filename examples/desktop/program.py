"""The program behind the windows: opens the file, works on threads of its own, and closes it when the last one goes.

It knows julep_local and no widget. Nothing here waits on the window's thread: `do` has work done elsewhere, and what
comes of it shown there.
"""

import functools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from julep_local.delivery import to_qt

T = TypeVar("T")

FIRST_DRAWN_MS = 30
"""The window is made and drawn in so long; what is imported meanwhile would hold that up."""

AGENT = {
    "name": "Ada",
    "about": "a friendly assistant on this computer",
    "instructions": ["Answer in one or two short sentences.", "Use the information you are given."],
    "default_settings": {"max_tokens": 200, "temperature": 0.3},
}


@dataclass
class Turn:
    """A question, and what is on its way to an answer."""

    question: str
    stopped: threading.Event = field(default_factory=threading.Event)
    stream: Any = None

    def stop(self) -> None:
        """End it, wherever it is; nothing of it is recorded."""
        self.stopped.set()
        if self.stream is not None:
            self.stream.close()


class Program(QObject):
    """One file, open for all windows of this process."""

    progressed = Signal(object)
    """How far work is: `julep_local.progress.Progress`."""
    remembered = Signal()
    """What was said has been looked at, and what there was to remember of it is in the file."""
    failed = Signal(str)
    closed = Signal()

    def __init__(self, **opened_with: Any) -> None:
        """Begin to open the file; `opened_with` is what `Client` takes."""
        super().__init__()
        self.deliver = to_qt(self)
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="chat")
        self._is_drawn = threading.Event()
        QTimer.singleShot(FIRST_DRAWN_MS, self._is_drawn.set)
        self._client: Future[Any] = self._threads.submit(self._open, opened_with)
        self.people: Future[tuple[str, str]] = self._threads.submit(self._find_people)
        """The ids of the agent and the user."""
        self._is_closing = self.is_closed = False
        self._awaited: list[str] | None = None
        """The jobs that a thread waits for, guarded by the lock."""
        self._lock = threading.Lock()

    def do(
        self,
        work: Callable[[Any], T],
        then: Callable[[T], object] = lambda _: None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have work done with the client on another thread, and show what comes of it, or went wrong, on this one."""
        if not self._is_closing:
            self._threads.submit(self._done, work, then, failed or (lambda error: self.failed.emit(str(error))))

    def ask(self, session_id: str, turn: Turn, show: Callable[[str], object]) -> Any:
        """Return the response to a question, each piece of which is shown as it comes. On another thread."""
        client = self._client.result()
        turn.stream = client.sessions.chat(
            session_id=session_id, messages=[{"role": "user", "content": turn.question}], stream=True
        )
        if turn.stopped.is_set():
            turn.stream.close()
        for delta in turn.stream:
            self.deliver(functools.partial(show, delta.content))
        return turn.stream.response

    def await_memories(self, jobs: list[str]) -> None:
        """Emit `remembered` once these jobs have ended. Without waiting.

        One thread waits, for the newest jobs: on the threads of `do`, jobs that take minutes would leave none for
        answers. The jobs of before were begun before, and have mostly ended when the newest have.
        """
        with self._lock:
            is_waiting, self._awaited = self._awaited is not None, jobs
        if not is_waiting:
            threading.Thread(target=self._await_memories, name="memories").start()

    def close(self, last_work: Callable[[Any], object]) -> None:
        """Do a last thing, close the file, and say so. Without waiting."""
        self._is_closing = True
        threading.Thread(target=self._close, args=(last_work,), name="closing").start()

    # -- on other threads

    def _open(self, opened_with: dict[str, Any]) -> Any:
        self._is_drawn.wait()
        from julep_local import Client  # here, so that the window is there first

        client = Client(**opened_with)
        client.on_progress(self.progressed.emit)  # a signal may be emitted on any thread
        return client

    def _find_people(self) -> tuple[str, str]:
        client = self._client.result()
        agents, users = client.agents.list(limit=1), client.users.list(limit=1)
        agent = agents[0] if agents else client.agents.create(**AGENT)
        return agent.id, (users[0] if users else client.users.create(name="You", about="at this computer")).id

    def _done(self, work: Callable[[Any], T], then: Callable[[T], object], failed: Callable[..., object]) -> None:
        try:
            self.deliver(functools.partial(then, work(self._client.result())))
        except Exception as error:
            self.deliver(functools.partial(failed, error))

    def _await_memories(self) -> None:
        while not self._is_closing:
            jobs = self._awaited
            if self._have_ended(jobs):
                with self._lock:
                    if jobs is self._awaited:  # else there are newer ones
                        self._awaited = None
                        break
        if not self._is_closing:
            self.remembered.emit()

    def _have_ended(self, jobs: list[str] | None) -> bool:
        try:
            self._client.result().jobs.wait(jobs, timeout=0.5)  # then it is seen whether there are newer ones
        except TimeoutError:
            return False
        except Exception as error:  # there is nothing to wait for: what there is, is shown
            logging.getLogger(__name__).warning("waiting for memories: %s", error)
        return True

    def _close(self, last_work: Callable[[Any], object]) -> None:
        try:
            with self._client.result() as client:
                last_work(client)
        except Exception as error:  # it could not be opened, which has been shown, or the disk is full
            logging.getLogger(__name__).warning("closing: %s", error)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.is_closed = True
        self.closed.emit()
