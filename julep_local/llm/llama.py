"""A GGUF model as a `ChatModel`, on llama-cpp-python.

Loaded at first use and unloaded when nobody has wanted it for a while; safe from any thread, also while another closes
it. Answers take turns on a thread that owns the model (engine.py); what the steps of an answer are stands in answer.py,
what of a prompt need not be read in kv_cache.py, and what is asked of llama.cpp in native.py.

With temperature 0 or a seed, a prompt marked `exact` is answered as by a model that was just loaded, whatever it read
before: only what was read in batches is reused, to the last bit. Otherwise the tokens that the model drew itself are
reused too. They differ from read ones in rounding, so that now and then another word is drawn.
"""

import atexit
import contextlib
import functools
import hashlib
import os
import sys
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path

from julep_local.errors import ApiError, ModelBroken, ModelError, ModelMissing
from julep_local.llm import kv_files, plan, room
from julep_local.llm.answer import Answer, Loaded, must_call
from julep_local.llm.base import (
    Delta,
    Finish,
    Part,
    Prompt,
    PromptMessage,
    Purpose,
    Sampling,
    ToolChoice,
    ToolSpec,
)
from julep_local.llm.chat_template import ChatTemplate, Piece
from julep_local.llm.engine import FORKED, Engine
from julep_local.llm.kv_cache import KvCache
from julep_local.llm.native import Native, engine_description
from julep_local.llm.tokens import PieceTokens
from julep_local.settings import (
    KV_DISK_BYTES,
    MOST_CONTEXT_TOKENS,
    REAL_MODEL,
    kv_memory_bytes,
    model_memory_bytes,
)

_LEAST_BYTES = 4096  # the smallest vocabulary alone is larger
_EXIT_WAIT_S = 2.0
_VOLATILE_PARTS = ("memories", "docs", "input")  # behind these the next prompt of a conversation is another


CAPABLE_BYTES = 1_500_000_000
"""Of a model file: three billion parameters of four bits. Smaller ones choose no better than rules do
(benchmarks/memory_formation.py)."""


class LlamaCppModel:
    """A language model from a GGUF file.

    Args:
        path: the file.
        context_tokens: the context window; None is what the model was trained on, at most `MOST_CONTEXT_TOKENS`.
        threads: None is one for each processor core.
        name: as shown to people; None is the file's name.
        chat_template: jinja text, in place of the one in the file.
        kv_memory: bytes for copies of KV caches in memory; None is a share of the machine's.
        kv_disk: bytes for copies on disk, in the folder that a prompt's conversation names; 0 writes none.
        idle_s: the model is unloaded when nobody has wanted it for so many seconds; None keeps it.
        memory: bytes that all models of this process may take together: those that nobody wants make room for this one.
            None is a share of the machine's.

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
        chat_template: str | None = None,
        kv_memory: int | None = None,
        kv_disk: int = KV_DISK_BYTES,
        idle_s: float | None = None,
        memory: int | None = None,
    ) -> None:
        self.path = Path(path)
        _checked_bytes(self.path)
        self._name = name or self.path.stem
        self._most_context_tokens = context_tokens or MOST_CONTEXT_TOKENS
        self._threads = threads or _n_cores()
        self._own_template = chat_template
        self._kv_memory = kv_memory_bytes() if kv_memory is None else kv_memory
        self._kv_disk = kv_disk
        self._memory = model_memory_bytes() if memory is None else memory
        self._piece_tokens = PieceTokens()
        me = weakref.ref(self)  # the engine must not keep the model alive, which closes it when it is dropped

        def load(goes_on: Callable[[], bool]) -> Loaded:
            model = me()
            if model is None:
                raise ModelError("the model was dropped while it loaded")
            return model._load(goes_on)

        self._place = room.Place(self)
        self._engine: Engine[Loaded] = Engine(load, idle_s=idle_s, name=self._name, freed=self._place.leave)
        self._process = os.getpid()
        weakref.finalize(self, self._engine.close, 0.0).atexit = False
        _models.add(self)

    @property
    def name(self) -> str:
        """The model's name, as shown to people."""
        return self._name

    @property
    def is_loaded(self) -> bool:
        """Whether it is in memory now."""
        return self._engine.is_loaded

    @property
    def last_used(self) -> float:
        """When somebody last wanted it, on the monotonic clock."""
        return self._engine.last_used

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens. Loads the model."""
        with self._inside() as loaded:
            return loaded.native.context_tokens

    @property
    def memory_tier(self) -> str:
        """What it can do for memories: `capable` from some three billion parameters on, told by the file's size."""
        return "capable" if self.path.stat().st_size >= CAPABLE_BYTES else "rules"

    @property
    def calls_tools(self) -> bool:
        """Whether the chat template knows tools, so that the model decides itself when to call one. Loads the model."""
        with self._inside() as loaded:
            return loaded.template is not None and loaded.template.takes_tools

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return what the model would read for these messages. Nothing is generated, and the window is not checked.

        Raises:
            InvalidInput: the tool choice names no tool.
            ModelBroken: the model's chat template cannot show this conversation, or there is none.
        """
        shown = () if tool_choice == "none" else tuple(tools)
        called = must_call(shown, tool_choice)
        with self._inside() as loaded:
            template = self._template_of(loaded)
            pieces = template.pieces(messages, tools=shown, continues=continues)
            if called and template.calls_like_hermes:
                pieces.append(loaded.call_opening())
            tokens, parts = loaded.tokens.counted(pieces, as_generated=not exact)
            marks = _marks(pieces, loaded.tokens, as_generated=not exact)
            if shown and template.takes_tools:
                _count_tools(loaded, template, parts, messages, continues)
            if loaded.native.begins_with_bos and tokens[:1] != [loaded.native.bos]:
                tokens.insert(0, loaded.native.bos)
                marks = tuple(mark + 1 for mark in marks)
                parts["template"] = parts.get("template", 0) + 1
        filled: dict[Part, int] = {part: n for part, n in parts.items() if n}
        return Prompt(tuple(messages), tokens, filled, shown, tool_choice, continues, exact, marks)

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

        Several answers take turns; each keeps its place in line from the first `next()` until the iterator is
        exhausted, closed or dropped. `completion_tokens` does not count the token that ends the answer.

        Raises:
            ContextOverflow: the prompt leaves no room for an answer.
            InvalidInput: a setting or constraint cannot be honoured.
            Cancelled: `stop_requested()` became true.
            Preempted: a chat arrived while this generation, which is none, was under way.
            ClientClosed: the model was closed.
        """
        make = functools.partial(Answer, prompt=prompt, sampling=sampling, keeps=purpose == "chat")
        with self._inside() as loaded:
            answer = make(loaded)  # everything that is wrong with the request is said here
        return self._generated(answer, make, purpose)

    def forget(self, conversation_ids: Iterable[str]) -> None:
        """Drop what was kept in memory of these conversations; does not wait. `kv_files.forget` deletes files."""
        for each in conversation_ids:
            self._engine.run_soon(functools.partial(_forget, each))

    def unload(self, wait_s: float | None = None) -> bool:
        """Give back the memory once no answer is under way; whoever wants one later loads the model again.

        Returns:
            Whether it has happened within the time; None waits without limit.
        """
        return self._engine.unload(wait_s)

    def close(self) -> None:
        """Give back the memory. Generations under way are stopped first."""
        self._close(wait_s=None)

    # -- inside

    def _generated(
        self, answer: Answer, make: Callable[[Loaded], Answer], purpose: Purpose
    ) -> Iterator[Delta | Finish]:
        with self._inside() as loaded:
            if answer.loaded is not loaded:  # unloaded and loaded again since then
                answer = make(loaded)
            ticket = self._engine.submit(answer, purpose)
        del answer
        yield from ticket

    @contextlib.contextmanager
    def _inside(self) -> Generator[Loaded, None, None]:
        """Keep the model from being freed inside; load it if that has not been done."""
        if os.getpid() != self._process:  # the engine is closed here, and would say no more than that
            raise ModelError(FORKED)
        sys.audit(REAL_MODEL, self._name)
        with self._engine.inside() as loaded:
            yield loaded

    def _load(self, goes_on: Callable[[], bool]) -> Loaded:
        with room.room_for(self._place, self._planned_bytes(), budget=self._memory, goes_on=goes_on):
            return self._read_file(goes_on)

    def _planned_bytes(self) -> int:
        n_bytes = _checked_bytes(self.path)  # again: it may have gone since the model was named
        try:
            return plan.plan(self.path, context_tokens=self._most_context_tokens).needed_bytes
        except ApiError:
            return n_bytes  # whether it is a model at all, llama.cpp will say

    def _read_file(self, goes_on: Callable[[], bool]) -> Loaded:
        native = Native(
            self.path, most_context_tokens=self._most_context_tokens, threads=self._threads, keep_loading=goes_on
        )
        try:
            self._piece_tokens.native = native
            kv = KvCache(native, memory_bytes=self._kv_memory, folder_of=self._folder_of())
            return Loaded(native, self._chat_template(native), self._piece_tokens, kv)
        except BaseException:
            native.close()
            raise

    def _folder_of(self) -> Callable[[str], kv_files.KvFolder] | None:
        path, most_bytes = self.path, self._kv_disk  # the engine keeps this function, and must not keep the model

        def folder_of(folder: str) -> kv_files.KvFolder:
            return kv_files.KvFolder(Path(folder), f"{_fingerprint(path)} {engine_description()}", most_bytes)

        return folder_of if most_bytes else None

    def _chat_template(self, native: Native) -> ChatTemplate | None:
        source = self._own_template or native.chat_template
        if source is None:
            return None

        def is_plain(text: str) -> bool:
            return native.tokens(text, special=True) == native.tokens(text, special=False)

        return ChatTemplate(source, bos=native.name(native.bos), eos=native.name(native.eos), is_plain=is_plain)

    def _template_of(self, loaded: Loaded) -> ChatTemplate:
        if loaded.template is None:
            raise ModelBroken(
                f"{self.path}: this model has no chat template, so it was not trained to answer: choose an instruct "
                "model, give it a template, or use client.completions, which carries a text on"
            )
        return loaded.template

    def _close(self, wait_s: float | None) -> None:
        self._engine.close(wait_s)


_models: "weakref.WeakSet[LlamaCppModel]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """End generations on daemon threads: inside llama.cpp they would crash while the interpreter takes itself apart."""
    for model in list(_models):
        model._close(_EXIT_WAIT_S)  # pyright: ignore[reportPrivateUsage]


def _forget(conversation_id: str, loaded: Loaded) -> None:
    loaded.kv.forget(conversation_id)


def _marks(pieces: Sequence[Piece], tokens: PieceTokens, *, as_generated: bool) -> tuple[int, ...]:
    """Return where the system blocks end and where the history ends, in tokens from the start."""
    at, system_ends, history_ends = 0, 0, 0
    for piece in pieces:
        if piece.part in _VOLATILE_PARTS:
            break
        at += len(tokens.of(piece, as_generated=as_generated))
        if piece.part in ("summary", "history"):
            history_ends = at
        elif piece.part != "template" and not history_ends:
            system_ends = at
    return (system_ends, max(history_ends, system_ends))


def _count_tools(
    loaded: Loaded, template: ChatTemplate, parts: dict[Part, int], messages: Sequence[PromptMessage], continues: bool
) -> None:
    """Count as tools what the template says more when there are some."""
    try:
        pieces = template.pieces(messages, continues=continues)
    except ModelBroken:  # some templates insist on tools once one was called
        return
    n_without = sum(len(loaded.tokens.of(piece)) for piece in pieces if piece.is_template)
    n_tools = max(0, parts.get("template", 0) - n_without)
    parts["template"] = parts.get("template", 0) - n_tools
    parts["tools"] = parts.get("tools", 0) + n_tools


def _checked_bytes(path: Path) -> int:
    """Return the size of what looks like a model file."""
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
    return n_bytes


def _fingerprint(path: Path) -> str:
    """Return what tells a model file from others: its size and a hash of its start and 64 pieces all over it.

    Hashing all of a large model would take longer than reading most prompts.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
        for i in range(64):
            file.seek(size * i // 64)
            digest.update(file.read(1 << 14))
    return digest.hexdigest()


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
