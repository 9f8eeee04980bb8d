"""A process with a model in it, as the program that started it sees it: started, asked, ended.

Whatever happens to that process (a crash inside llama.cpp, a kill, a hang) is an error of those who wait for it, and of
nobody else. Who waits never waits in the pipe: a thread reads it, another one writes, so that callers can leave at any
time. It knows nothing of what is asked.
"""

import contextlib
import itertools
import os
import queue
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from typing import IO, Any

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelCrashed, ModelError
from julep_local.llm import wire
from julep_local.llm.engine import POLL_S
from julep_local.llm.model_file import ModelFile
from julep_local.llm.native import Aborted
from julep_local.llm.retold import Retold
from julep_local.llm.starting import ended_by, start

SILENT_S = 60.0
"""A process that has said nothing for so long hangs. One that moves says so every second."""
SAVE_WAIT_S = 30.0
"""What was read may take so long to be saved."""
CLOSE_WAIT_S = 2.0

_LAST = (wire.Prompted, wire.Finished, wire.Failed, wire.Loaded)


class Call:
    """Something that was asked, until its last answer came or nobody waits for it any more."""

    def __init__(self, worker: "WorkerProcess", id: int, finished: Callable[[], object]) -> None:
        self.id = id
        self._worker = worker
        self._finished = finished
        self._replies: queue.SimpleQueue[wire.Reply | BaseException] = queue.SimpleQueue()

    def next(self, stopped: Callable[[], bool] = stop_requested) -> Any:
        """Return the next answer.

        Raises:
            Cancelled: `stopped` became true.
            ModelCrashed: the process has ended, or hangs.
            ApiError: what the process says.
        """
        seen, silent_s = -1, 0.0
        while True:
            if stopped():
                raise Cancelled("the generation was cancelled")
            try:
                reply = self._replies.get(timeout=POLL_S)
            except queue.Empty:
                # counted, not timed: a program that was stopped itself must not take its own pause for the worker's
                silent_s = silent_s + POLL_S if seen == self._worker.n_heard else 0.0
                seen = self._worker.n_heard
                if silent_s > SILENT_S:
                    self._worker.kill(f"has said nothing for {SILENT_S:g} s and was ended")
                continue
            if isinstance(reply, BaseException):
                raise reply
            if isinstance(reply, wire.Failed):
                raise wire.error_of(reply)
            return reply

    @property
    def is_for_somebody(self) -> bool:
        """Whether it was asked for a caller, rather than to keep house."""
        return self._finished is not _nothing

    def put(self, reply: wire.Reply | BaseException) -> None:
        """Hand something to whoever waits."""
        self._replies.put(reply)

    def ask(self, frame: wire.Request) -> None:
        """Say more about it."""
        self._worker.send(frame)

    def end(self) -> None:
        """Wait for nothing more; does not wait."""
        if self._worker.forget_call(self):
            self._worker.send(wire.Cancel(self.id))
        self.release()

    def release(self) -> None:
        """Say that nothing more will come. Called again it does nothing."""
        finished, self._finished = self._finished, _nothing
        finished()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.end()


def _nothing() -> None:
    pass


class WorkerProcess:
    """A process with a loaded model.

    Args:
        load: which model, and how.
        file: the model's file.
        goes_on: asked many times while the model loads, and told which share has; false gives up.
        retold: tells this process what the other says of its work.
        ended: called once when the process has ended by itself.

    Raises:
        Aborted: `goes_on` said no.
        ModelCrashed: it ended while it loaded the model.
        ModelError: the model cannot be loaded, or the process not be started.
    """

    def __init__(
        self,
        load: wire.Load,
        file: ModelFile,
        goes_on: Callable[[float], bool],
        retold: Retold,
        ended: "Callable[[WorkerProcess], object]",
    ) -> None:
        self.file = file
        self.n_heard = 0
        """How many frames have come from it."""
        self._name = load.name
        self._ended = ended
        self._retold = retold
        self._ids = itertools.count(1)
        # without a lock, since the garbage collector may end a call anywhere: each use of it is one step
        self._calls: dict[int, weakref.ref[Call]] = {}
        self._over: BaseException | None = None
        self._why = ""
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  what the process says as it dies
        try:
            self._process = start(
                "julep_local.llm.worker",
                self._name,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
            )
        except BaseException:
            self._complaints.close()
            raise
        _workers.add(self)
        loading = Call(self, 0, _nothing)
        self._calls[0] = weakref.ref(loading)
        for target in (self._read, self._write):
            threading.Thread(target=target, name=f"julep-{self._name}-pipe", daemon=True).start()
        try:
            self.send(load)
            wire.prepare()  # while it loads
            loaded = self._await_load(loading, goes_on)
        except BaseException:
            self.kill("was given up")
            raise
        self.context_tokens = loaded.context_tokens
        self.calls_tools = loaded.calls_tools

    def _await_load(self, loading: Call, goes_on: Callable[[float], bool]) -> wire.Loaded:
        share = 0.0

        def stopped() -> bool:
            return not goes_on(share)

        try:
            while isinstance(loaded := loading.next(stopped), wire.Progressed):
                share = min(loaded.done / loaded.total, 1.0)
        except Cancelled as error:
            raise Aborted from error
        if not isinstance(loaded, wire.Loaded):
            raise ModelError(f"the process that runs {self._name} said {type(loaded).__name__} instead of loading it")
        return loaded

    # -- asking

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def call(self, make: Callable[[int], wire.Request], finished: Callable[[], object] = _nothing) -> Call:
        """Ask something. `finished` is called once, when the last answer came or the call was ended.

        Raises:
            ModelCrashed: the process has ended.
            ClientClosed: the model was closed.
            InvalidInput: what is asked cannot be said.
        """
        call = Call(self, next(self._ids), finished)
        self._calls[call.id] = weakref.ref(call)
        if self._over is not None:  # looked at afterwards: whoever ends all calls sets it before
            call.end()
            raise self._over
        self.send(make(call.id))
        return call

    def ask_and_wait(self, make: Callable[[int], wire.Request], timeout_s: float) -> None:
        """Ask for something to be done, and wait for that, no longer than the time given.

        Raises:
            ModelCrashed: the process has ended.
            ClientClosed: the model was closed.
        """
        until = time.monotonic() + timeout_s
        call = self.call(make)
        try:
            call.next(lambda: time.monotonic() > until)
        except Cancelled:
            pass
        finally:
            call.end()

    def send(self, frame: wire.Request) -> None:
        """Say something; does not wait."""
        self._outbox.put(wire.packed(frame))

    def forget_call(self, call: Call) -> bool:
        """Send a call nothing more; return whether something would have come."""
        return self._calls.pop(call.id, None) is not None and self._over is None

    def end_answers(self, error: BaseException) -> None:
        """Have all who wait for an answer get this error instead, and the process stop working on it; does not wait."""
        for known in list(self._calls.values()):
            call = known()
            if call is not None and call.is_for_somebody:
                call.put(error)
                call.end()

    # -- as the engine sees it (engine.Owned)

    def abort(self) -> None:
        """Nothing: answers are cancelled one by one."""

    def go_on(self) -> None:
        """Nothing."""

    def save(self) -> None:
        """Have the process keep what was read beyond its life. Waits for that."""
        self.ask_and_wait(wire.Save, SAVE_WAIT_S)

    def close(self) -> None:
        """End the process; whoever still waits for it gets an error."""
        self._end_calls(ClientClosed())
        self.send(wire.Close())
        self._wait(CLOSE_WAIT_S)
        self.kill("was closed")
        self._wait(CLOSE_WAIT_S)

    def kill(self, why: str) -> None:
        """End the process at once. Those who wait for it are told why."""
        self._why = self._why or why
        self._process.kill()

    def _wait(self, timeout_s: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    # -- the threads

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while (frame := wire.read(stream)) is not None:
                self.n_heard += 1
                self._hand_over(frame)
        except (wire.BadFrame, OSError, ValueError) as error:
            self.kill(f"said what nobody understands ({error}) and was ended")
        finally:
            self._outbox.put(None)
            self._reap()

    def _hand_over(self, frame: wire.Frame) -> None:
        if isinstance(frame, wire.Progressed) and frame.what == "read_prompt":
            self._retold.take(frame, lambda: self.send(wire.CancelWork(frame.work_id)))
            return
        known = None if isinstance(frame, wire.Beat) else self._calls.get(getattr(frame, "id", 0))
        call = known() if known is not None else None
        if call is None:
            return
        if isinstance(frame, _LAST):
            self._calls.pop(call.id, None)
            call.put(frame)
            call.release()
        elif isinstance(frame, wire.Piece | wire.Done | wire.Progressed):
            call.put(frame)

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            while (data := self._outbox.get()) is not None:
                stream.write(data)
                stream.flush()

    def _reap(self) -> None:
        """Tell all who wait that the process has ended, and why."""
        self._process.wait()
        self._ended(self)  # before anybody learns of it: who calls again at once must not come here
        self._end_calls(ModelCrashed(self._obituary()))
        self._retold.end()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _end_calls(self, error: BaseException) -> None:
        self._over = self._over or error
        while self._calls:
            with contextlib.suppress(KeyError):
                _, known = self._calls.popitem()
                call = known()
                if call is not None:
                    call.put(self._over)
                    call.release()

    def _obituary(self) -> str:
        happened = self._why or f"ended by itself ({ended_by(self._process.returncode)})"
        said = self._last_words()
        return (
            f"the process that ran the model {self._name} {happened}{': ' + said if said else ''}. Nothing of this "
            "turn was recorded, and the next call starts another process. If it happens again, check the model's file "
            "with client.models.verify, or use another model"
        )

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._complaints.seek(max(0, self._complaints.seek(0, os.SEEK_END) - 4096))
            lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
            told = [line for line in lines if "GGML_ASSERT" in line or "Fatal" in line] or lines[-1:]
            return told[0].strip()[:300] if told else ""
        return ""

    def leave_to_parent(self) -> None:
        """Hold no pipe open in a process that was forked off, and take the worker for none of its own."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):  # closed, if the worker has ended
                    os.close(stream.fileno())
        self._process.returncode = 0


_workers: "weakref.WeakSet[WorkerProcess]" = weakref.WeakSet()


def _leave_all_to_parent() -> None:
    for worker in list(_workers):
        worker.leave_to_parent()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_leave_all_to_parent)
