"""A GGUF model as a `ChatModel`, on llama-cpp-python.

When it is loaded and unloaded says gguf_model.py. It is safe from any thread, also while another closes it: answers
take turns on a thread that owns the model (engine.py). What the steps of an answer are stands in answer.py, what of a
prompt need not be read in kv_cache.py, and what is asked of llama.cpp in native.py.

With temperature 0 or a seed, a prompt marked `exact` is answered as by a model that was just loaded, whatever it read
before: only what was read in batches is reused, to the last bit. Otherwise the tokens that the model drew itself are
reused too. They differ from read ones in rounding, so that now and then another word is drawn.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from julep_local.errors import ModelBroken
from julep_local.llm import kv_files, plan, probe
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
from julep_local.llm.gguf_model import GgufModel, GoesOn
from julep_local.llm.kv_cache import KvCache
from julep_local.llm.model_file import ModelFile
from julep_local.llm.native import Native, engine_description
from julep_local.llm.tokens import PieceTokens

_VOLATILE_PARTS = ("memories", "docs", "input")  # behind these the next prompt of a conversation is another


class LlamaCppModel(GgufModel[Loaded]):
    """A language model from a GGUF file, in this process. The arguments are those of `GgufModel`."""

    @functools.cached_property
    def _piece_tokens(self) -> PieceTokens:
        return PieceTokens()

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens. Loads the model."""
        with self._inside() as loaded:
            return loaded.native.context_tokens

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
        make = functools.partial(
            Answer, prompt=prompt, sampling=sampling, keeps=purpose == "chat", name=self._name, owner=self.place
        )
        with self._inside() as loaded:
            answer = make(loaded)  # everything that is wrong with the request is said here
        return self._generated(answer, make, purpose)

    def forget(self, conversation_ids: Iterable[str]) -> None:
        """Drop what was kept in memory of these conversations; does not wait. `kv_files.forget` deletes files."""
        for each in conversation_ids:
            self._engine.run_soon(functools.partial(_forget, each))

    def save(self, then: Callable[[], object]) -> bool:
        """Have what was read kept beyond the life of the process, and something done then; does not wait.

        Returns:
            Whether that will happen: not if the model is not loaded.
        """
        return self._engine.run_soon(functools.partial(_save, then))

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

    def _read_file(self, file: ModelFile, goes_on: GoesOn) -> Loaded:
        plan.check_memory(self.path, context_tokens=self._most_context_tokens)
        if not self._trusted:
            probe.check(file, goes_on)
        native = Native(
            self.path, most_context_tokens=self._most_context_tokens, threads=self._threads, keep_loading=goes_on
        )
        try:
            self._piece_tokens.native = native
            kv = KvCache(native, memory_bytes=self._kv_memory, folder_of=self._folder_of(file))
            return Loaded(native, self._chat_template(native), self._piece_tokens, kv, file, self._answer_s)
        except BaseException:
            native.close()
            raise

    def _folder_of(self, file: ModelFile) -> Callable[[str], kv_files.KvFolder] | None:
        most_bytes = self._kv_disk  # the engine keeps this function, and must not keep the model

        def folder_of(folder: str) -> kv_files.KvFolder:
            return kv_files.KvFolder(Path(folder), f"{file.fingerprint()} {engine_description()}", most_bytes)

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


def _save(then: Callable[[], object], loaded: Loaded) -> None:
    try:
        loaded.save()
    finally:
        then()


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
