"""A chat model that says what a test tells it to.

It behaves like a real one towards the library: it counts tokens (words and marks), keeps a KV cache of the last prompt,
streams, honours stop strings and `max_tokens`, and can be cancelled. It loads nothing.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ContextOverflow
from julep_local.llm.base import (
    Delta,
    Finish,
    Part,
    Prompt,
    PromptMessage,
    Purpose,
    Sampling,
    ToolCall,
    ToolChoice,
    ToolSpec,
)

Reply = str | ToolCall | Sequence[ToolCall] | Exception | Callable[[Prompt], "str | ToolCall | Sequence[ToolCall]"]


class UnexpectedModelCall(AssertionError):
    """The model was asked more often than the script has replies."""


class ScriptedModel:
    """Answers with the given replies, one a chat.

    Instead of replies one function may be given: it answers every chat. A reply is a text, a tool call or several, an
    exception to raise, or a function of the prompt that returns one of the former. Background work (summaries,
    suggestions) does not use up replies: it is answered with `background`.

    Attributes:
        prompts: what the model was shown in each chat, oldest first.
        samplings: with which settings, likewise.
    """

    def __init__(
        self,
        replies: "Sequence[Reply] | Callable[[Prompt], str | ToolCall | Sequence[ToolCall]]" = (),
        *,
        context_tokens: int = 4096,
        background: str = "",
        name: str = "scripted",
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.background = background
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []
        self._always = replies if callable(replies) else None
        self._replies: list[Reply] = [] if callable(replies) else list(replies)
        self._cached: list[int] = []
        self._busy = threading.Lock()

    @property
    def calls_tools(self) -> bool:
        """It calls what its script says."""
        return True

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return the messages with one token for each word and mark, and one for each message's role."""
        tokens: list[int] = []
        parts: dict[Part, int] = {}

        def add(part: Part, words: Sequence[str]) -> None:
            parts[part] = parts.get(part, 0) + len(words)
            tokens.extend(map(_token, words))

        shown = () if tool_choice == "none" else tuple(tools)
        for tool in shown:
            add("tools", _words(f"{tool.name} {tool.description} {dict(tool.parameters)}"))
        for each in messages:
            add("template", [f"<{each.role}>"])
            calls = "".join(f"{call.name} {call.arguments}" for call in each.tool_calls)
            add(each.part, _words(each.content + calls))
        if not continues:
            add("template", ["<assistant>"])
        filled: dict[Part, int] = {part: n for part, n in parts.items() if n}
        return Prompt(tuple(messages), tokens, filled, shown, tool_choice, continues, exact)

    def text_prompt(self, text: str) -> Prompt:
        """Return the text with one token for each word and mark."""
        tokens = [_token(word) for word in _words(text)]
        return Prompt((PromptMessage("assistant", text, part="input"),), tokens, {"input": len(tokens)}, continues=True)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the next reply word by word.

        Raises:
            UnexpectedModelCall: the script has no reply left.
        """
        room = self.context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextOverflow(prompt_tokens=len(prompt.tokens), context_tokens=self.context_tokens, answer_tokens=1)
        # taken before the model is busy: a reply may be a function, and what it does is its own affair
        reply = self._next_reply(prompt, sampling) if purpose == "chat" else self.background
        while not self._busy.acquire(timeout=0.05):
            if stop_requested():
                raise Cancelled("the chat was cancelled while it waited for the model")
        try:
            yield from self._answer(prompt, sampling, purpose, reply, room)
        finally:
            self._busy.release()

    def close(self) -> None:
        """Do nothing: there is no memory to give back."""

    def _answer(
        self,
        prompt: Prompt,
        sampling: Sampling,
        purpose: Purpose,
        reply: str | ToolCall | Sequence[ToolCall],
        room: int,
    ) -> Iterator[Delta | Finish]:
        cached = _shared(self._cached, prompt.tokens)
        if purpose == "chat":  # background work leaves the cache as it was
            self._cached = list(prompt.tokens)
        if not isinstance(reply, str):
            calls = (reply,) if isinstance(reply, ToolCall) else tuple(reply)
            yield Finish("tool_calls", len(prompt.tokens), cached, sum(len(_words(c.arguments)) for c in calls), calls)
            return
        text = _until_stop(reply, sampling.stop)
        words = _words(text)
        most = min(room, sampling.max_tokens)
        for word in words[:most]:
            if stop_requested():
                raise Cancelled("the chat was cancelled: nothing was recorded")
            if purpose == "chat":
                self._cached.append(_token(word))
            yield Delta(word)
        yield Finish("length" if len(words) > most else "stop", len(prompt.tokens), cached, min(len(words), most))

    def _next_reply(self, prompt: Prompt, sampling: Sampling) -> str | ToolCall | Sequence[ToolCall]:
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        if self._always is not None:
            return self._always(prompt)
        if not self._replies:
            asked = prompt.messages[-1].content if prompt.messages else ""
            raise UnexpectedModelCall(f"chat {len(self.prompts)} has no scripted reply; its last message is {asked!r}")
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply(prompt) if callable(reply) else reply


def _words(text: str) -> list[str]:
    """Cut into words and marks, white space kept in front of each, so that joined they are the text again."""
    return re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", text)


def _token(word: str) -> int:
    return crc32(word.encode())


def _shared(before: Sequence[int], now: Sequence[int]) -> int:
    """Return how many tokens at the start are the same; the last one is always read anew."""
    n = 0
    for old, new in zip(before, now[:-1], strict=False):
        if old != new:
            break
        n += 1
    return n


def _until_stop(text: str, stops: Sequence[str]) -> str:
    ends = [at for at in (text.find(stop) for stop in stops) if at >= 0]
    return text[: min(ends)] if ends else text
