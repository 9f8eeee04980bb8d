"""One answer, a step at a time: read the prompt, draw tokens, say what may be shown, know when it ends.

It knows nothing of threads or who is waiting: engine.py sees to these between the steps.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from julep_local import progress
from julep_local.errors import Cancelled, ContextOverflow, InvalidInput, ModelError
from julep_local.llm import tool_calls
from julep_local.llm.base import Delta, Finish, Prompt, Sampling, ToolCall, ToolSpec
from julep_local.llm.chat_template import ChatTemplate, Piece
from julep_local.llm.constrain import Matcher, field_of, grammar_of, grammar_of_call
from julep_local.llm.kv_cache import Held, KvCache
from julep_local.llm.model_file import ModelFile
from julep_local.llm.native import Native
from julep_local.llm.sampler import Sampler
from julep_local.llm.text import AnswerText
from julep_local.llm.tokens import PieceTokens
from julep_local.progress import Work

if TYPE_CHECKING:
    from julep_local.llm.native import Logits


@dataclass
class Loaded:
    """A model in memory, with what is known about it."""

    native: Native
    template: ChatTemplate | None
    """None if the model file has none: then it can only carry texts on."""
    tokens: PieceTokens
    kv: KvCache
    file: ModelFile
    answer_s: float | None = None
    """An answer may be written for so many seconds."""

    def call_opening(self) -> Piece:
        """Return what stands before a call that the model has to make."""
        in_template = self.template is not None and self.template.takes_tools
        return Piece(f"{tool_calls.OPENING}\n", "template", is_template=in_template)

    def matcher(self, grammar: str, field: str) -> Matcher:
        """Return what follows an answer under a grammar; `field` names it in errors."""
        return Matcher(self.native.grammar_tokenizer, grammar, n_vocab=self.native.n_vocab, field=field)

    # as the thread sees it that owns the model (engine.Owned)

    def abort(self) -> None:
        """Interrupt what it computes, from any thread."""
        self.native.abort()

    def go_on(self) -> None:
        """Take `abort` back."""
        self.native.go_on()

    def save(self) -> None:
        """Keep what was read beyond the life of the process."""
        self.kv.save()

    def close(self) -> None:
        """Give back the memory."""
        self.native.close()


@dataclass(frozen=True)
class _Call:
    """A tool call that is being written."""

    grammar: str
    begun: str = ""
    """Its first letters, which came with the token before."""
    first: int = 0
    """So many tokens were generated before it."""


class Answer:
    """The answer to a prompt.

    Args:
        loaded: who answers.
        prompt: to what.
        sampling: and how.
        keeps: whether what is read is worth a copy when another prompt follows.
        name: of the model, for who is told how far the reading is.
        owner: whose reading it is (progress.py).

    Raises:
        ContextOverflow: the prompt leaves no room for a token.
        InvalidInput: a setting, a constraint or the tool choice cannot be honoured.
    """

    def __init__(
        self,
        loaded: Loaded,
        prompt: Prompt,
        sampling: Sampling,
        *,
        keeps: bool = True,
        name: str = "",
        owner: object = None,
    ) -> None:
        native = loaded.native
        room = native.context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextOverflow(
                prompt_tokens=len(prompt.tokens), context_tokens=native.context_tokens, answer_tokens=1
            )
        if not prompt.tokens:
            raise InvalidInput("there is nothing to answer", field="messages")
        self.loaded = loaded
        self._prompt = prompt
        self._keeps = keeps
        self._most_tokens = min(sampling.max_tokens, room)
        endings = native.endings if sampling.length_penalty != 1 else ()
        self._sampler = Sampler(sampling, n_vocab=native.n_vocab, endings=endings)
        self._matcher: Matcher | None = None
        self._must_call = called_tools(prompt)
        self._calls: tool_calls.CallReader | None = None
        if self._must_call:
            self._matcher = loaded.matcher(grammar_of_call(self._must_call), "tools")
        elif sampling.constraint is not None:
            self._matcher = loaded.matcher(grammar_of(sampling.constraint), field_of(sampling.constraint))
        elif prompt.tools and prompt.tool_choice == "auto":
            self._calls = self._made_call_reader()
            _ = loaded.native.grammar_tokenizer  # made here, by the caller: others' answers go on meanwhile
        # a text that was asked for in a form is not cut off before it has that form
        self._text = AnswerText(sampling.stop if self._matcher is None else ())
        self._generated: list[int] = []
        self._raw: list[str] = []
        self._logits: Logits | None = None
        self._n_cached: int | None = None
        self._call = _Call(grammar_of_call(self._must_call)) if self._must_call else None
        self._is_no_call = False
        """What looked like the beginning of a call is none."""
        self._finish: Finish | None = None
        self._begun_at = 0.0
        self._held: Held | None = None
        self._told_as, self._owner = name, owner
        self._reading: Work | None = None

    # -- what the engine asks for

    def step(self, most_tokens: int) -> Delta | Finish | None:
        """Read a piece of the prompt of at most so many tokens, or generate a token; return what came of it."""
        if self._finish is not None:
            return self._finish
        self.loaded.file.check()
        try:
            return self._step(most_tokens)
        except ModelError:
            self.loaded.file.check()  # what is read while somebody writes to it comes to nothing
            raise

    def _step(self, most_tokens: int) -> Delta | Finish | None:
        kv = self.loaded.kv
        if self._n_cached is None:
            self._n_cached = kv.begin(self._prompt, keeps=self._keeps)
            n_prompt = len(self._prompt.tokens)
            self._reading = progress.begin(
                "read_prompt", self._told_as, total=n_prompt, unit="tokens", owner=self._owner
            )
        if len(kv.tokens) < len(self._prompt.tokens):
            if self._reading is not None:
                self._reading.at(len(kv.tokens))
            self._logits = kv.read_on(most_tokens)
            return None
        self._end_reading()
        shown = self._next_token()
        return Delta(shown) if shown else self._finish

    @property
    def may_pause(self) -> bool:
        """Whether it comes out the same if others use the model in between."""
        return not self._prompt.exact or self.loaded.kv.holds_exactly

    def pause(self) -> None:
        """Let another answer use the model."""
        if self._n_cached is not None:
            self._held = self.loaded.kv.hold()

    def resume(self) -> None:
        """Go on where it was paused."""
        held, self._held = self._held, None
        if held is not None:
            self.loaded.kv.resume(held)

    def leave(self) -> None:
        """Give back what it holds, finished or not."""
        self._end_reading(Cancelled("the prompt was not read to its end"))
        if self._held is not None:
            self.loaded.kv.release(self._held)
            self._held = None

    def _end_reading(self, error: BaseException | None = None) -> None:
        if self._reading is not None:
            self._reading.end(error)
            self._reading = None

    # -- token by token

    def _next_token(self) -> str:
        """Generate a token and return the text that may be shown now; sets `_finish` behind the last one."""
        native = self.loaded.native
        if self._logits is None:
            self._logits = self.loaded.kv.add(self._generated[-1:])
        token = self._sampler.draw(self._logits, self._matcher.allowed() if self._matcher else None)
        self._logits = None
        if native.ends(token):
            return self._ended("stop")
        self._generated.append(token)
        self._sampler.accept(token)
        shown = self._shown(self._text.add(native.piece(token)))
        if self._matcher is not None:
            self._matcher.accept(token)
            if self._matcher.finished:
                return shown + self._form_complete()
        if self._text.stopped or (self._calls is not None and self._calls.finished):
            return shown + self._ended("stop")
        if len(self._generated) == self._most_tokens or self._is_late:
            return shown + self._ended("length")
        if self._calls is not None and self._matcher is None:
            self._begin_call()
        return shown

    @property
    def _is_late(self) -> bool:
        """Whether it has been written for longer than an answer may. Counts from the first token on."""
        if self.loaded.answer_s is None:
            return False
        now = time.monotonic()
        self._begun_at = self._begun_at or now
        return now - self._begun_at > self.loaded.answer_s

    def _shown(self, text: str) -> str:
        """Return what the caller is shown of the model's text; calls are taken out."""
        self._raw.append(text)
        if self._must_call:
            return ""
        return self._calls.add(text) if self._calls is not None else text

    # -- calls

    def _made_call_reader(self) -> tool_calls.CallReader:
        template = self.loaded.template
        bare = template is not None and not template.calls_like_hermes
        return tool_calls.CallReader([tool.name for tool in self._prompt.tools], bare=bare)

    def _begin_call(self) -> None:
        """Hold the model to a call that fits a tool as soon as it has begun one."""
        assert self._calls is not None
        if self._calls.begun is None or self._is_no_call:
            return
        self._shown(self._text.ignore_stops())  # the arguments may hold what ends an answer in words
        begun = self._calls.begun
        call = _Call(
            grammar_of_call(self._prompt.tools, form="bare" if self._calls.is_bare else "tagged"),
            begun,
            len(self._generated),
        )
        try:
            matcher = self.loaded.matcher(call.grammar, "tools")
        except InvalidInput:  # a tool whose schema cannot be held to: the answer has begun, and goes on as it likes
            matcher = None
        if matcher is not None and matcher.follows(self.loaded.native.tokens(begun, special=False)):
            self._matcher, self._call = matcher, call
        else:
            self._is_no_call = True
            self._text.heed_stops()

    def _form_complete(self) -> str:
        """What had to have a form has it: the answer ends, unless it is a call in an answer that may go on."""
        if self._calls is None or self._calls.is_bare:
            return self._ended("stop", complete=True)
        self._matcher = self._call = None
        self._text.heed_stops()
        return self._ended("length") if len(self._generated) == self._most_tokens else ""

    def _closed_call(self, call: _Call) -> str | None:
        """Return the call with what it lacks, within the answer's length; None if there is no room for it.

        A call that was cut off is of no use to anybody, and its end is mostly brackets.
        """
        native = self.loaded.native
        begun = native.tokens(call.begun, special=False)
        drawn, room = self._generated[call.first :], self._most_tokens - call.first
        while True:
            matcher = self.loaded.matcher(call.grammar, "tools")
            matcher.follows([*begun, *drawn])
            closing = matcher.closing(room, native.closing_ranks)
            if closing is None:
                return None
            if len(drawn) + len(closing) <= room:
                text = b"".join(map(native.piece, [*drawn, *closing])).decode("utf-8", "replace")
                return call.begun + text
            if not drawn:
                return None
            del drawn[max(min(room - len(closing), len(drawn) - 1), 0) :]

    # -- the end

    def _ended(self, reason: Literal["stop", "length"], *, complete: bool = False) -> str:
        """Set `_finish` and return the text that was held back.

        Args:
            reason: why there is no further token.
            complete: the constraint is fulfilled. An answer that the model ends itself is complete too.
        """
        rest = self._shown(self._text.rest())
        closed = self._closed_call(self._call) if self._call is not None and reason == "length" else None
        calls: tuple[ToolCall, ...] = ()
        if self._must_call:
            whole = "".join(self._raw) if complete or reason == "stop" else closed
            call = tool_calls.read_call(whole) if whole is not None else None
            calls = (call,) if call is not None else ()
        if self._calls is not None:
            rest += self._calls.rest(closed)
            calls = tuple(self._calls.calls)
        if closed is None:
            self._remember()
        self._finish = Finish(
            "tool_calls" if calls else reason,
            prompt_tokens=len(self._prompt.tokens),
            cached_tokens=self._n_cached or 0,
            completion_tokens=len(self._generated),
            tool_calls=calls,
        )
        return rest

    def _remember(self) -> None:
        """Have the answer shown again as the tokens that were generated, which are the ones in the KV cache."""
        native, tokens = self.loaded.native, self.loaded.tokens
        text = "".join(self._raw)
        generated = self._generated_for(text)
        if not generated or any(map(native.is_control, generated)):
            return
        before: Piece | None = None
        after: list[int] = []
        if self._must_call:
            before, closing = self.loaded.call_opening(), f"\n{tool_calls.CLOSING}"
            text += closing
            after = native.tokens(closing, special=False)
        elif self._prompt.continues:
            last = self._prompt.messages[-1]
            before = Piece(last.content, last.part, is_answer=last.role == "assistant")
        if before is not None:
            text, generated = before.text + text, [*tokens.of(before), *generated]
        tokens.remember_answer(text, [*generated, *after])

    def _generated_for(self, text: str) -> list[int]:
        """Return the generated tokens that are exactly this text; none if a stop string cut one in two."""
        wanted, n_bytes = len(text.encode()), 0
        for i, token in enumerate(self._generated):
            n_bytes += len(self.loaded.native.piece(token))
            if n_bytes == wanted:
                return self._generated[: i + 1]
        return []


def called_tools(prompt: Prompt) -> tuple[ToolSpec, ...]:
    """Return the tools of which one has to be called; none if the model may answer in words.

    Raises:
        InvalidInput: there is no such tool.
    """
    return must_call(prompt.tools, prompt.tool_choice)


def must_call(tools: tuple[ToolSpec, ...], choice: object) -> tuple[ToolSpec, ...]:
    """Return the tools of which the choice demands one.

    Raises:
        InvalidInput: there is no such tool.
    """
    if choice in ("none", "auto"):
        return ()
    wanted = choice[1] if isinstance(choice, tuple) else None
    called = tuple(tool for tool in tools if wanted in (None, tool.name))
    if not called:
        known = ", ".join(tool.name for tool in tools) or "none"
        raise InvalidInput(f"no tool {wanted or 'at all'} is on offer; there are: {known}", field="tool_choice")
    return called
