"""A chat model that says what a test tells it to.

It behaves like a real one towards the library: it counts tokens (words and marks), keeps a KV cache of the last prompt,
streams, honours stop strings and `max_tokens`, and can be cancelled. It loads nothing, and its time costs none.
"""

import re
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from zlib import crc32

from typing_extensions import Self

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
    ToolChoice,
    ToolSpec,
)
from julep_local.testing.script import (
    Answer,
    Hang,
    Pause,
    PromptMismatch,
    Reply,
    ScriptError,
    Step,
    UnexpectedModelCall,
    UnusedReplies,
    as_answer,
    called,
    check_format,
    shown,
)

SLICE_S = 0.02
"""Where time really passes, it is looked so often whether the chat was cancelled."""


class ScriptedModel:
    """Answers with the given replies, one a chat.

    Instead of replies one function may be given: it answers every chat. A reply is a text, a tool call or several, a
    JSON value, an `Answer`, an exception to raise, a function of the prompt that returns one of these, or a `Step`,
    which also says what the model has to be shown. Background work (summaries, suggestions) uses up no replies: it is
    answered with `background`.

    As a context manager it is verified at the end: every reply was used, and nothing else was asked.

    Args:
        replies: in order, or a function.
        context_tokens: the context window.
        background: the answer to all background work, or by purpose: `{"summary": ..., "suggestion": ...}`.
        name: as shown to people.
        sleep: what to do with the time that answers take: nothing, or `time.sleep`. It is summed up in `waited_s`.

    Attributes:
        prompts: what the model was shown in each chat, oldest first.
        samplings: with which settings, likewise.
        waited_s: how long its answers have taken, in seconds of which none has to have passed.
        failures: how it was used otherwise than its script says, also where the program caught the error.
    """

    def __init__(
        self,
        replies: "Sequence[Reply] | Callable[[Prompt], Reply]" = (),
        *,
        context_tokens: int = 4096,
        background: str | Mapping[str, str] = "",
        name: str = "scripted",
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.background = background
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []
        self.waited_s = 0.0
        self.failures: list[ScriptError] = []
        self._always: Callable[[Prompt], Reply] | None = replies if callable(replies) else None
        self._replies: list[Reply] = [] if callable(replies) else list(replies)
        self._n_replies = len(self._replies)
        self._sleep = sleep
        self._cached: list[int] = []
        self._busy = threading.Lock()
        self._resumed = threading.Event()

    @property
    def calls_tools(self) -> bool:
        """It calls what its script says."""
        return True

    @property
    def remaining(self) -> int:
        """How many replies are left."""
        return len(self._replies)

    def add(self, *replies: Reply) -> None:
        """Put further replies behind those that are left."""
        self._replies += replies
        self._n_replies += len(replies)

    def resume(self) -> None:
        """Let an answer that hangs go on, and all later ones."""
        self._resumed.set()

    def verify(self) -> None:
        """Check that the model was used as its script says.

        Raises:
            UnusedReplies: replies are left.
            ScriptError: something went wrong before, which the program may have caught.
        """
        if self.failures:
            raise self.failures[0]
        if self._replies:
            n_used = self._n_replies - len(self._replies)
            left = "\n".join(f"    {n_used + i}: {reply!r:.200}" for i, reply in enumerate(self._replies, 1))
            raise UnusedReplies(f"{n_used} of {self._n_replies} replies were used; nobody asked for\n{left}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        if error is None:  # else that one says more
            self.verify()

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

        offered = () if tool_choice == "none" else tuple(tools)
        for tool in offered:
            add("tools", _words(f"{tool.name} {tool.description} {dict(tool.parameters)}"))
        for each in messages:
            add("template", [f"<{each.role}>"])
            calls = "".join(f"{call.name} {call.arguments}" for call in each.tool_calls)
            add(each.part, _words(each.content + calls))
        if not continues:
            add("template", ["<assistant>"])
        filled: dict[Part, int] = {part: n for part, n in parts.items() if n}
        return Prompt(tuple(messages), tokens, filled, offered, tool_choice, continues, exact)

    def text_prompt(self, text: str) -> Prompt:
        """Return the text with one token for each word and mark."""
        tokens = [_token(word) for word in _words(text)]
        return Prompt((PromptMessage("assistant", text, part="input"),), tokens, {"input": len(tokens)}, continues=True)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the next reply piece by piece.

        Raises:
            ScriptError: the script has no reply left, expects another prompt, or replies in a form not asked for.
        """
        room = self.context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextOverflow(prompt_tokens=len(prompt.tokens), context_tokens=self.context_tokens, answer_tokens=1)
        # taken before the model is busy: a reply may be a function, and what it does is its own affair
        answer = self._next_answer(prompt, sampling) if purpose == "chat" else Answer(self._background(purpose))
        while not self._busy.acquire(timeout=0.05):
            _check_cancelled()
        try:
            yield from self._answer(prompt, sampling, purpose, answer, room)
        finally:
            self._busy.release()

    def close(self) -> None:
        """Do nothing: there is no memory to give back."""

    def _background(self, purpose: Purpose) -> str:
        return self.background if isinstance(self.background, str) else self.background.get(purpose, "")

    def _answer(
        self, prompt: Prompt, sampling: Sampling, purpose: Purpose, answer: Answer, room: int
    ) -> Iterator[Delta | Finish]:
        cached = _shared(self._cached, prompt.tokens)
        if purpose == "chat":  # background work leaves the cache as it was
            self._cached = list(prompt.tokens)
        most = min(room, sampling.max_tokens)
        is_cut, n_tokens = False, 0
        for text in _cut(self._pieces(answer), sampling.stop):
            words = _words(text)
            is_cut = n_tokens + len(words) > most
            words = words[: most - n_tokens]
            if words:
                _check_cancelled()
                n_tokens += len(words)
                if purpose == "chat":
                    self._cached += map(_token, words)
                yield Delta("".join(words))
            if is_cut:
                break
        calls = () if is_cut else tuple(answer.calls)
        n_tokens += sum(len(_words(call.arguments)) for call in calls)
        reason = answer.reason or ("length" if is_cut else "tool_calls" if calls else "stop")
        yield Finish("length" if is_cut else reason, len(prompt.tokens), cached, n_tokens, calls)

    def _pieces(self, answer: Answer) -> Iterator[str]:
        """Yield the texts of the answer, with what stands between them: time, errors."""
        self._pass(answer.first_s)
        for i, piece in enumerate(answer.pieces or _words(answer.text)):
            if i:
                self._pass(answer.each_s)
            if isinstance(piece, str):
                yield piece
            elif isinstance(piece, Pause):
                self._pass(piece.seconds)
            elif isinstance(piece, Hang):
                while not self._resumed.wait(SLICE_S):
                    _check_cancelled()
            else:
                raise piece

    def _pass(self, seconds: float) -> None:
        """Let time pass, if only on paper."""
        self.waited_s += seconds
        if self._sleep is time.sleep:
            ends_at = time.monotonic() + seconds
            while (left := ends_at - time.monotonic()) > 0:
                _check_cancelled()
                time.sleep(min(left, SLICE_S))
        elif self._sleep is not None:  # a clock of the test's own
            self._sleep(seconds)

    def _next_answer(self, prompt: Prompt, sampling: Sampling) -> Answer:
        try:
            return self._next(prompt, sampling)
        except ScriptError as error:
            self.failures.append(error)
            raise

    def _next(self, prompt: Prompt, sampling: Sampling) -> Answer:
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        n = len(self.prompts)
        if self._always is not None:
            reply = self._always(prompt)
        elif self._replies:
            reply = self._replies.pop(0)
        else:
            raise UnexpectedModelCall(
                f"chat {n} has no scripted reply: the script has {self._n_replies}. It was shown\n"
                + shown(prompt.messages)
            )
        if isinstance(reply, Step):
            mismatch = reply.mismatch(prompt, sampling)
            if mismatch:
                raise PromptMismatch(f"chat {n} was not shown what its step expects (- expected, + shown)\n{mismatch}")
            reply = reply.reply
        reply = called(reply, prompt)
        if isinstance(reply, BaseException):
            raise reply
        answer = as_answer(reply)
        if sampling.constraint is not None and answer.is_checked and not answer.calls:
            pieces = [piece for piece in answer.pieces if isinstance(piece, str)]
            check_format("".join(pieces) if answer.pieces else answer.text, sampling.constraint)
        return answer


def _check_cancelled() -> None:
    if stop_requested():
        raise Cancelled("the chat was cancelled: nothing was recorded")


def _cut(pieces: Iterator[str], stops: Sequence[str]) -> Iterator[str]:
    """Yield the pieces up to the first stop text, which may begin in one and end in another."""
    text, n_given = "", 0
    most_held = max(map(len, stops), default=1) - 1
    for piece in pieces:
        if not stops:
            yield piece
            continue
        text += piece
        ends = [at for at in (text.find(stop) for stop in stops) if at >= 0]
        upto = (
            min(ends)
            if ends
            else len(text)
            - next(
                n
                for n in range(min(most_held, len(text)), -1, -1)
                if not n or any(s.startswith(text[-n:]) for s in stops)
            )
        )
        if upto > n_given:
            yield text[n_given:upto]
            n_given = upto
        if ends:
            return
    if text[n_given:]:
        yield text[n_given:]


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
