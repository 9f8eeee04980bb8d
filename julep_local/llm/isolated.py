"""A GGUF model as a `ChatModel` that runs in a process of its own: its crash is an error, and no more.

The process runs `LlamaCppModel` (worker.py), so the answers are the same. It is started when the model is first wanted
and ended when it is unloaded, which gives back all of its memory. What a crash interrupted raises `ModelCrashed`, and
whoever calls next starts another one. A prompt costs some 2 ms more, a token some 0.05 ms (benchmarks/isolation.py).
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from julep_local.errors import ClientClosed, ModelCrashed, ModelError
from julep_local.llm import wire
from julep_local.llm.base import Delta, Finish, Prompt, PromptMessage, Purpose, Sampling, ToolChoice, ToolSpec
from julep_local.llm.frozen import can_be_started
from julep_local.llm.gguf_model import GgufModel, GoesOn
from julep_local.llm.model_file import ModelFile
from julep_local.llm.retold import Retold
from julep_local.llm.starting import NOT_READY
from julep_local.llm.worker_process import Call, WorkerProcess

_FORGET_WAIT_S = 2.0


class IsolatedModel(GgufModel[WorkerProcess]):
    """A language model from a GGUF file, in a process of its own. The arguments are those of `GgufModel`.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it is no GGUF file.
        ModelError: this program is frozen, and cannot start a process yet.
    """

    _is_elsewhere = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not can_be_started():
            raise ModelError(NOT_READY)
        self._closes = False
        super().__init__(*args, **kwargs)

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens. Loads the model."""
        with self._inside() as worker:
            return worker.context_tokens

    @property
    def calls_tools(self) -> bool:
        """Whether the chat template knows tools, so that the model decides itself when to call one. Loads the model."""
        with self._inside() as worker:
            return worker.calls_tools

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return what the model would read for these messages; as `LlamaCppModel.prompt`."""

        def asked(id: int) -> wire.Request:
            return wire.MakePrompt(id, tuple(messages), tuple(tools), tool_choice, continues, exact)

        return replace(self._prompted(asked), messages=tuple(messages))

    def text_prompt(self, text: str) -> Prompt:
        """Return what the model would read to write this text on; as `LlamaCppModel.text_prompt`."""
        return self._prompted(lambda id: wire.MakeTextPrompt(id, text))

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the answer piece by piece, then one `Finish`; as `LlamaCppModel.generate`.

        Raises:
            ModelCrashed: the process ended, or no longer moves.
        """
        with self._inside() as worker:
            call = self._call(worker, lambda id: wire.Generate(id, prompt, sampling, purpose))
        try:
            call.next()  # everything that is wrong with the request is said here
        except BaseException:
            call.end()
            raise
        return self._pieces(call)

    def forget(self, conversation_ids: Iterable[str]) -> None:
        """Drop what was kept in memory of these conversations. `kv_files.forget` deletes files."""
        ids, worker = tuple(conversation_ids), self._engine.owned
        if worker is not None:
            with contextlib.suppress(ModelCrashed, ClientClosed):  # then it keeps nothing any more
                worker.ask_and_wait(lambda id: wire.Forget(id, ids), _FORGET_WAIT_S)

    # -- inside

    def _prompted(self, make: Callable[[int], wire.Request]) -> Prompt:
        with self._inside() as worker:
            call = self._call(worker, make)
            try:
                prompted: wire.Prompted = call.next()
            finally:
                call.end()
        return prompted.prompt

    def _call(self, worker: WorkerProcess, make: Callable[[int], wire.Request]) -> Call:
        """Ask something; the process is not ended before its last answer has come."""
        if self._closes:
            raise ClientClosed
        held = self._engine.hold()
        try:
            return worker.call(make, functools.partial(self._engine.let_go, held))
        except ModelCrashed:
            self._engine.drop(worker)  # it ended before it was known to be there
            raise

    def _read_file(self, file: ModelFile, goes_on: GoesOn) -> WorkerProcess:
        load = wire.Load(
            path=str(self.path.absolute()),
            name=self._name,
            context_tokens=self._most_context_tokens,
            threads=self._threads,
            chat_template=self._own_template,
            kv_memory=self._kv_memory,
            kv_disk=self._kv_disk,
            answer_s=self._answer_s,
        )
        return WorkerProcess(load, file, goes_on, Retold(self._name, self.place), ended=self._engine.drop)

    def _close(self, wait_s: float | None) -> None:
        # before the engine does: the process saves what it has read when it has nothing else to do
        self._closes = True
        worker = self._engine.owned
        if worker is not None:
            worker.end_answers(ClientClosed())
        super()._close(wait_s)

    def _pieces(self, call: Call) -> Iterator[Delta | Finish]:
        # a method, so that the model is not collected, and its process ended, before the answer is
        try:
            call.ask(wire.Begin(call.id))
            while True:
                reply = call.next()
                if isinstance(reply, wire.Finished):
                    yield reply.finish
                    return
                yield Delta(reply.text)
        finally:
            call.end()
