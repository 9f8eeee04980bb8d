"""A GGUF model as a `ChatModel`, on llama-cpp-python.

Loaded at first use; one generation at a time, others wait in a line in which chats come first; safe from any thread,
also while another closes it. What the steps of an answer are stands in answer.py, what is asked of llama.cpp in
native.py.

Equal prompts with equal seeds give equal answers as long as nothing else was read in between. After other prompts the
KV cache holds another beginning of the prompt, the rest is read in other portions, and with flash attention these
differ in rounding: mostly the same text, not always.
"""

import atexit
import contextlib
import contextvars
import os
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelBroken, ModelError, ModelMissing
from julep_local.llm.answer import Answer, Loaded, must_call
from julep_local.llm.base import (
    Delta,
    Finish,
    Part,
    Preempted,
    Prompt,
    PromptMessage,
    Purpose,
    Sampling,
    ToolChoice,
    ToolSpec,
)
from julep_local.llm.chat_template import ChatTemplate
from julep_local.llm.kv_cache import KvCache, Parked
from julep_local.llm.line import Line, Turn
from julep_local.llm.native import Aborted, Native
from julep_local.llm.tokens import PieceTokens
from julep_local.settings import MOST_CONTEXT_TOKENS

_LEAST_BYTES = 4096  # the smallest vocabulary alone is larger
_EXIT_WAIT_S = 2.0
_WATCH_S = 0.02


class LlamaCppModel:
    """A language model from a GGUF file.

    Args:
        path: the file.
        context_tokens: the context window; None is what the model was trained on, at most `MOST_CONTEXT_TOKENS`.
        threads: None is one for each processor core.
        name: as shown to people; None is the file's name.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it is no GGUF file.
    """

    def __init__(
        self,
        path: "str | os.PathLike[str]",
        *,
        context_tokens: int | None = None,
        threads: int | None = None,
        name: str | None = None,
    ) -> None:
        self.path = Path(path)
        _check_file(self.path)
        self._name = name or self.path.stem
        self._most_context_tokens = context_tokens or MOST_CONTEXT_TOKENS
        self._threads = threads or _n_cores()
        self._loaded: Loaded | None = None
        self._loading = threading.Lock()
        # re-entrant: the garbage collector may close a dropped generation on a thread that is in here
        self._state = threading.Condition(threading.RLock())
        self._n_inside = 0
        self._closed = False
        self._process = os.getpid()
        self._line = Line(self._interrupt)
        _models.add(self)

    @property
    def name(self) -> str:
        """The model's name, as shown to people."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens. Loads the model."""
        with self._inside() as loaded:
            return loaded.native.context_tokens

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
    ) -> Prompt:
        """Return what the model would read for these messages. Nothing is generated; the context window is not checked.

        Raises:
            InvalidInput: the tool choice names no tool.
            ModelBroken: the model's chat template cannot show this conversation.
        """
        shown = () if tool_choice == "none" else tuple(tools)
        called = must_call(shown, tool_choice)
        with self._inside() as loaded:
            pieces = loaded.template.pieces(messages, tools=shown, continues=continues)
            if called and loaded.template.calls_like_hermes:
                pieces.append(loaded.call_opening())
            tokens, parts = loaded.tokens.counted(pieces)
            if shown and loaded.template.takes_tools:
                self._count_tools(loaded, parts, messages, continues)
            if loaded.native.begins_with_bos and tokens[:1] != [loaded.native.bos]:
                tokens.insert(0, loaded.native.bos)
                parts["template"] = parts.get("template", 0) + 1
        filled: dict[Part, int] = {part: n for part, n in parts.items() if n}
        return Prompt(tuple(messages), tokens, filled, shown, tool_choice, continues)

    def text_prompt(self, text: str) -> Prompt:
        """Return what the model would read to write this text on: the text itself, without a chat template around it.

        Unlike in messages, names of control tokens in the text stand for these: the caller writes the whole prompt.
        """
        with self._inside() as loaded:
            tokens = loaded.native.tokens(text, special=True)
            if loaded.native.begins_with_bos and tokens[:1] != [loaded.native.bos]:
                tokens.insert(0, loaded.native.bos)
        shown = PromptMessage("assistant", text, part="input")
        return Prompt((shown,), tokens, {"input": len(tokens)}, continues=True)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the answer piece by piece, then one `Finish`.

        The model belongs to this answer from the first `next()` until the iterator is exhausted, closed or dropped:
        whoever stops in between has to close it. `completion_tokens` does not count the token that ends the answer.

        Raises:
            ContextOverflow: the prompt leaves no room for an answer.
            InvalidInput: a setting or constraint cannot be honoured.
            Cancelled: `stop_requested()` became true.
            Preempted: a chat arrived while this generation, which is none, was under way.
            ClientClosed: the model was closed.
        """
        with self._inside() as loaded:
            answer = Answer(loaded, prompt, sampling)  # everything that is wrong with the request is said here
        return self._generated(answer, prompt, purpose)

    def close(self) -> None:
        """Give back the memory. A generation under way is stopped first."""
        self._close(timeout_s=None)

    # -- one generation

    def _generated(self, answer: Answer, prompt: Prompt, purpose: Purpose) -> Iterator[Delta | Finish]:
        with self._line.turn(purpose) as turn, self._watched():
            parked: Parked | None = None
            try:
                with self._step(turn, begins=True) as loaded:
                    if not turn.is_chat:
                        parked = loaded.kv.park(prompt.tokens)
                with self._step(turn):
                    answer.read()
                while answer.finish is None:
                    with self._step(turn):
                        text = answer.step()
                    if text:
                        yield Delta(text)
            finally:
                if parked is not None:
                    self._put_back(parked)
        yield answer.finish

    @contextlib.contextmanager
    def _step(self, turn: Turn, *, begins: bool = False) -> Generator[Loaded, None, None]:
        """Hold the model for one step of a generation, unless this one has to end."""
        try:
            with self._inside() as loaded:
                if begins:
                    loaded.native.go_on()  # the last turn may have been aborted
                self._check(turn)
                yield loaded
        except Aborted:
            with self._inside():  # closed?
                self._check(turn)
            raise ModelError("llama.cpp stopped though nobody asked it to; try again") from None

    def _check(self, turn: Turn) -> None:
        if stop_requested():
            raise Cancelled("the generation was cancelled")
        if turn.gives_way:
            raise Preempted("a chat arrived; try again when the model is idle")

    @contextlib.contextmanager
    def _watched(self) -> Generator[None, None, None]:
        """Abort what llama.cpp is at as soon as the caller goes away: one call may read 512 tokens, for seconds."""
        done = threading.Event()
        context = contextvars.copy_context()

        def watch() -> None:
            while not done.wait(_WATCH_S):
                if context.run(stop_requested):
                    self._interrupt()
                    return

        watcher = threading.Thread(target=watch, name="julep-watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _put_back(self, parked: Parked) -> None:
        with contextlib.suppress(ClientClosed), self._inside() as loaded:
            loaded.kv.put_back(parked)

    def _interrupt(self) -> None:
        with self._state:
            if self._loaded is not None:
                self._loaded.native.abort()

    # -- loading and closing

    @contextlib.contextmanager
    def _inside(self) -> Generator[Loaded, None, None]:
        """Keep the model from being freed inside; load it if that has not been done."""
        if self._is_forked():
            raise ModelError("a model does not survive fork: open a client of its own in the new process")
        with self._state:
            if self._closed:
                raise ClientClosed
            self._n_inside += 1
        try:
            yield self._loaded or self._load()
        finally:
            with self._state:
                self._n_inside -= 1
                if self._closed:
                    self._state.notify_all()

    def _is_forked(self) -> bool:
        """Whether this is a child of the model's process. The threads are not here, but locks that they held are."""
        return os.getpid() != self._process

    def _load(self) -> Loaded:
        while not self._loading.acquire(timeout=_WATCH_S):
            if stop_requested():
                raise Cancelled("cancelled while the model was loading")
        try:
            if self._loaded is None:
                loaded = self._read_file()
                with self._state:
                    self._loaded = loaded
            return self._loaded
        finally:
            self._loading.release()

    def _read_file(self) -> Loaded:
        try:
            native = Native(
                self.path,
                most_context_tokens=self._most_context_tokens,
                threads=self._threads,
                keep_loading=lambda: not (self._closed or stop_requested()),
            )
        except Aborted:
            raise ClientClosed if self._closed else Cancelled("cancelled while the model was loading") from None
        try:
            loaded = Loaded(native, self._chat_template(native), PieceTokens(native), KvCache(native))
        except BaseException:
            native.close()
            raise
        weakref.finalize(self, native.close).atexit = False  # at exit, a thread may still be inside
        return loaded

    def _chat_template(self, native: Native) -> ChatTemplate:
        source = native.chat_template
        if source is None:
            raise ModelBroken(
                f"{self.path}: this model has no chat template, so it was not trained to answer: "
                "choose an instruct model"
            )

        def is_plain(text: str) -> bool:
            return native.tokens(text, special=True) == native.tokens(text, special=False)

        return ChatTemplate(source, bos=native.name(native.bos), eos=native.name(native.eos), is_plain=is_plain)

    def _close(self, timeout_s: float | None) -> None:
        if self._is_forked():
            return  # the model is the parent's; a generation under way there would never end here
        with self._state:
            self._closed = True
            self._interrupt()
        self._line.close()
        with self._state:
            if not self._state.wait_for(lambda: self._n_inside == 0, timeout_s):
                return  # memory that is in use is better kept than freed
            loaded, self._loaded = self._loaded, None
            if loaded is not None:
                loaded.native.close()

    def _count_tools(
        self, loaded: Loaded, parts: dict[Part, int], messages: Sequence[PromptMessage], continues: bool
    ) -> None:
        """Count as tools what the template says more when there are some."""
        try:
            pieces = loaded.template.pieces(messages, continues=continues)
        except ModelBroken:  # some templates insist on tools once one was called
            return
        n_without = sum(len(loaded.tokens.of(piece)) for piece in pieces if piece.is_template)
        n_tools = max(0, parts.get("template", 0) - n_without)
        parts["template"] = parts.get("template", 0) - n_tools
        parts["tools"] = parts.get("tools", 0) + n_tools


_models: "weakref.WeakSet[LlamaCppModel]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End generations on daemon threads: inside llama.cpp they would crash while the interpreter takes itself apart."""
    for model in list(_models):
        model._close(_EXIT_WAIT_S)  # pyright: ignore[reportPrivateUsage]


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        n_bytes = path.stat().st_size
    except FileNotFoundError as error:
        raise ModelMissing(
            f"{path}: there is no such file; give the path of a GGUF file or a name of the catalog"
        ) from error
    except IsADirectoryError as error:
        raise ModelBroken(f"{path}: this is a folder; give the path of the GGUF file in it") from error
    except OSError as error:
        raise ModelBroken(f"{path}: cannot be read ({error.strerror})") from error
    if magic != b"GGUF":
        raise ModelBroken(f"{path}: not a GGUF file (it does not begin with GGUF); give the path of a GGUF model")
    if n_bytes < _LEAST_BYTES:
        raise ModelBroken(f"{path}: only {n_bytes} bytes, the file is not complete: copy or install it again")


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
