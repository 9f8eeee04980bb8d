"""The process in which an isolated model runs: `LlamaCppModel` behind two pipes, and nothing else.

It reads frames (wire.py) from its standard input and writes frames to its standard output, until it is told to close or
the program that started it has gone. What is printed by accident goes to standard error. It is started by
worker_process.py, with the program's own search path for modules.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from julep_local import progress
from julep_local._mirror import stopped_by
from julep_local.errors import ApiError
from julep_local.llm import wire
from julep_local.llm.base import Finish
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.native import leave_out_llama_class
from julep_local.llm.starting import end_with

BEAT_S = 1.0
STUCK_S = 600.0
"""A step may take so long: 512 tokens of a large model on a slow processor take minutes; one that hangs never ends."""
_LEAST_CPU_SHARE = 0.01
"""A process that computes or reads weights takes more processor time than this, one that waits for ever takes less."""


def main(parent: int) -> None:
    """Serve the process of this number until it closes the pipes. Never returns."""
    end_with(parent)
    leave_out_llama_class()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C means the program, which says what is to be stopped
    inlet, outlet = _taken_pipes()
    status = 0
    try:
        _serve(inlet, _Outlet(outlet), parent)
    except BaseException:
        status = 1
        traceback.print_exc()  # its last line is what the program that waits says
    finally:
        sys.stderr.flush()
        os._exit(status)  # threads inside llama.cpp would crash while the interpreter takes itself apart


def _taken_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes, and let nobody else read or print into them."""
    inlet, outlet = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return os.fdopen(inlet, "rb"), os.fdopen(outlet, "wb", buffering=0)


class _Outlet:
    """What is written to by several threads, a frame at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, frame: wire.Reply) -> None:
        rest = memoryview(wire.packed(frame))
        with self._lock:
            try:
                while rest:
                    rest = rest[self._stream.write(rest) :]
            except OSError:  # the program has gone
                os._exit(0)


def _serve(inlet: BinaryIO, outlet: _Outlet, parent: int) -> None:
    load = wire.read(inlet)
    if not isinstance(load, wire.Load):
        return
    try:
        model = LlamaCppModel(
            load.path,
            name=load.name,
            context_tokens=load.context_tokens,
            threads=load.threads,
            chat_template=load.chat_template,
            kv_memory=load.kv_memory,
            kv_disk=load.kv_disk,
            answer_s=load.answer_s,
            memory=sys.maxsize,  # the program has made room for it
            trusted=True,  # this process may crash over it
        )
    except ApiError as error:
        outlet.send(wire.failed(0, error))
        return
    served = _Served(model, outlet)
    threading.Thread(target=wire.prepare, daemon=True).start()
    threading.Thread(target=_beat, args=(model, outlet), daemon=True).start()
    progress.listen(served.tell)
    served.start(0, lambda: outlet.send(wire.Loaded(model.context_tokens, model.calls_tools)))
    while (frame := wire.read(inlet)) is not None:
        if isinstance(frame, wire.Close):
            model.close()
            return
        served.take(frame)


def _beat(model: LlamaCppModel, outlet: _Outlet) -> None:
    """Say now and then that the process moves, as long as it does."""
    seen, moved_at, cpu_s = -1, time.monotonic(), 0.0
    while True:
        steps, now, cpu_before, cpu_s = model.n_steps, time.monotonic(), cpu_s, time.process_time()
        if steps != seen or not model.is_busy:
            seen, moved_at = steps, now
        computes = cpu_s - cpu_before > BEAT_S * _LEAST_CPU_SHARE
        if moved_at == now or (computes and now - moved_at < STUCK_S):
            outlet.send(wire.Beat())
        time.sleep(BEAT_S)


class _Served:
    """The requests under way, each on a thread of its own."""

    def __init__(self, model: LlamaCppModel, outlet: _Outlet) -> None:
        self._model = model
        self._outlet = outlet
        self._stops: dict[int, threading.Event] = {}
        self._begins: dict[int, threading.Event] = {}
        self._told: dict[int, progress.Progress] = {}
        """What the program knows to be under way, by the number of the work."""

    def tell(self, event: progress.Progress) -> None:
        """Tell the program how far something is."""
        if event.what not in ("load_model", "read_prompt") or event.total is None:
            return
        if event.is_over:
            self._told.pop(event.work_id, None)
        else:
            self._told[event.work_id] = event
        self._outlet.send(wire.Progressed(event.work_id, event.what, event.done, event.total, event.is_over))

    def take(self, frame: wire.Frame) -> None:
        """Do what is asked; does not wait."""
        if isinstance(frame, wire.MakePrompt):
            self.start(frame.id, lambda: self._make_prompt(frame))
        elif isinstance(frame, wire.MakeTextPrompt):
            self.start(
                frame.id, lambda: self._outlet.send(wire.Prompted(frame.id, self._model.text_prompt(frame.text)))
            )
        elif isinstance(frame, wire.Generate):
            self._begins[frame.id] = threading.Event()
            self.start(frame.id, lambda: self._generate(frame))
        elif isinstance(frame, wire.Forget):
            self._model.forget(frame.conversation_ids)
            self._outlet.send(wire.Done(frame.id))
        elif isinstance(frame, wire.Save):
            if not self._model.save(lambda: self._outlet.send(wire.Done(frame.id))):
                self._outlet.send(wire.Done(frame.id))
        elif isinstance(frame, wire.Begin):
            _set(self._begins.get(frame.id))
        elif isinstance(frame, wire.Cancel):
            _set(self._stops.get(frame.id))
            _set(self._begins.get(frame.id))
        elif isinstance(frame, wire.CancelWork):
            told = self._told.get(frame.work_id)
            if told is not None:
                told.cancel()

    def start(self, id: int, work: Callable[[], None]) -> None:
        """Do the work on a thread of its own, until it is cancelled."""
        stop = self._stops[id] = threading.Event()

        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._outlet.send(wire.failed(id, error))
            finally:
                self._stops.pop(id, None)
                self._begins.pop(id, None)

        threading.Thread(target=stopped_by(stop).run, args=(run,), daemon=True).start()

    def _make_prompt(self, asked: wire.MakePrompt) -> None:
        prompt = self._model.prompt(
            asked.messages,
            tools=asked.tools,
            tool_choice=asked.tool_choice,
            continues=asked.continues,
            exact=asked.exact,
        )
        self._outlet.send(wire.Prompted(asked.id, replace(prompt, messages=())))

    def _generate(self, asked: wire.Generate) -> None:
        answer = self._model.generate(asked.prompt, asked.sampling, purpose=asked.purpose)
        self._outlet.send(wire.Done(asked.id))
        self._begins[asked.id].wait()
        for item in answer:
            if isinstance(item, Finish):
                self._outlet.send(wire.Finished(asked.id, item))
            else:
                self._outlet.send(wire.Piece(asked.id, item.text))


def _set(event: threading.Event | None) -> None:
    if event is not None:
        event.set()
