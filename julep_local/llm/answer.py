"""One answer, token by token: read the prompt, draw, say what may be shown, know when it ends.

It knows nothing of threads, queues or who is waiting: llama.py sees to these between the steps.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from julep_local.errors import ContextOverflow, InvalidInput
from julep_local.llm import tool_calls
from julep_local.llm.base import Finish, Prompt, Sampling, ToolCall, ToolSpec
from julep_local.llm.chat_template import ChatTemplate, Piece
from julep_local.llm.constrain import Matcher, field_of, grammar_of, grammar_of_call
from julep_local.llm.kv_cache import KvCache
from julep_local.llm.native import Native
from julep_local.llm.sampler import Sampler
from julep_local.llm.text import AnswerText
from julep_local.llm.tokens import PieceTokens

if TYPE_CHECKING:
    from julep_local.llm.native import Logits


@dataclass
class Loaded:
    """A model in memory, with what is known about it."""

    native: Native
    template: ChatTemplate
    tokens: PieceTokens
    kv: KvCache

    def call_opening(self) -> Piece:
        """Return what stands before a call that the model has to make."""
        return Piece(f"{tool_calls.OPENING}\n", "template", is_template=self.template.takes_tools)


class Answer:
    """The answer to a prompt.

    Attributes:
        finish: how it ended, once it has.

    Raises:
        ContextOverflow: the prompt leaves no room for a token.
        InvalidInput: a setting, a constraint or the tool choice cannot be honoured.
    """

    def __init__(self, loaded: Loaded, prompt: Prompt, sampling: Sampling) -> None:
        native = loaded.native
        room = native.context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextOverflow(
                prompt_tokens=len(prompt.tokens), context_tokens=native.context_tokens, answer_tokens=1
            )
        if not prompt.tokens:
            raise InvalidInput("there is nothing to answer", field="messages")
        self.finish: Finish | None = None
        self._loaded = loaded
        self._prompt = prompt
        self._most_tokens = min(sampling.max_tokens, room)
        endings = native.endings if sampling.length_penalty != 1 else ()
        self._sampler = Sampler(sampling, n_vocab=native.n_vocab, endings=endings)
        self._must_call = called_tools(prompt)
        self._matcher = self._made_matcher(sampling)
        self._text = AnswerText(() if self._must_call else sampling.stop)
        self._calls: tool_calls.CallReader | None = None
        if prompt.tools and prompt.tool_choice == "auto" and sampling.constraint is None:
            names = [tool.name for tool in prompt.tools]
            self._calls = tool_calls.CallReader(names, bare=not loaded.template.calls_like_hermes)
        self._generated: list[int] = []
        self._raw: list[str] = []
        self._logits: Logits | None = None
        self._n_cached = 0

    def read(self) -> None:
        """Read the prompt."""
        self._logits, self._n_cached = self._loaded.kv.read(self._prompt.tokens)

    def step(self) -> str:
        """Generate a token and return the text that may be shown now; sets `finish` behind the last one."""
        native = self._loaded.native
        if self._logits is None:
            self._logits = self._loaded.kv.add(self._generated[-1:])
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
                return shown + self._ended("stop", complete=True)
        if self._text.stopped or (self._calls is not None and self._calls.finished):
            return shown + self._ended("stop")
        if len(self._generated) == self._most_tokens:
            return shown + self._ended("length")
        return shown

    def _made_matcher(self, sampling: Sampling) -> Matcher | None:
        if self._must_call:
            return self._matcher_of(grammar_of_call(self._must_call), "tools")
        if sampling.constraint is not None:
            return self._matcher_of(grammar_of(sampling.constraint), field_of(sampling.constraint))
        return None

    def _matcher_of(self, grammar: str, field: str) -> Matcher:
        native = self._loaded.native
        return Matcher(native.grammar_tokenizer, grammar, n_vocab=native.n_vocab, field=field)

    def _shown(self, text: str) -> str:
        """Return what the caller is shown of the model's text; calls are taken out."""
        self._raw.append(text)
        if self._must_call:
            return ""
        return self._calls.add(text) if self._calls is not None else text

    def _ended(self, reason: Literal["stop", "length"], *, complete: bool = False) -> str:
        """Set `finish` and return the text that was held back.

        Args:
            reason: why there is no further token.
            complete: the constraint is fulfilled. An answer that the model ends itself is complete too.
        """
        rest = self._shown(self._text.rest())
        calls: tuple[ToolCall, ...] = ()
        if self._must_call and (complete or reason == "stop"):
            call = tool_calls.read_call("".join(self._raw))
            calls = (call,) if call is not None else ()
        if self._calls is not None:
            rest += self._calls.rest()
            calls = tuple(self._calls.calls)
        self._remember()
        self.finish = Finish(
            "tool_calls" if calls else reason,
            prompt_tokens=len(self._prompt.tokens),
            cached_tokens=self._n_cached,
            completion_tokens=len(self._generated),
            tool_calls=calls,
        )
        return rest

    def _remember(self) -> None:
        """Have the answer shown again as the tokens that were generated, which are the ones in the KV cache."""
        native, tokens = self._loaded.native, self._loaded.tokens
        text = "".join(self._raw)
        generated = self._generated_for(text)
        if not generated or any(map(native.is_control, generated)):
            return
        before: Piece | None = None
        after: list[int] = []
        if self._must_call:
            before, closing = self._loaded.call_opening(), f"\n{tool_calls.CLOSING}"
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
            n_bytes += len(self._loaded.native.piece(token))
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
