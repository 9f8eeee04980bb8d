"""A `ChatModel` that has its answers from a server.

Several generations may run at once, of whatever purpose, from any threads: the server puts them in order.
Only llama-cpp-python's server is asked one thing at a time, because a second request breaks off the first.

There is no tokenizer here. A prompt's tokens are numbers in a row that stand for nothing but how many there are:
counted by the server where it has a way (vLLM, llama-server, llama-cpp-python), else estimated on the large side. Which
part has how many is always estimated, in proportion, and they sum to the whole.
"""

import contextlib
import hashlib
import json
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ContextOverflow, InvalidInput, ModelError
from julep_local.llm import hub
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
from julep_local.llm.remote import estimate
from julep_local.settings import REAL_MODEL

if TYPE_CHECKING:
    from julep_local.llm.remote.server import Server

_PER_MESSAGE_TOKENS = 8  # what a chat template writes around a message; ChatML takes 5
_PER_PROMPT_TOKENS = 40  # and around the whole: some write a system message themselves where there is none
_WAIT_S = 0.02
_MOST_COUNTS = 512
_SLOW_COUNT_S = 2.0
_NO_COUNTS_S = 60.0
_KEY = range(0x21, 0x7F)


@dataclass(frozen=True)
class _TextPrompt(Prompt):
    """A text to carry on, in contrast to a conversation whose last message is carried on."""


class RemoteChatModel:
    """A language model behind an OpenAI-compatible server.

    Nothing is sent but to this server: redirects are not followed, and proxies in the environment are not used.
    The model is not asked anything before it is first used.

    Args:
        base_url: where the server has its API, such as `http://127.0.0.1:8000/v1`; without a path `/v1` is added.
        model: its name there.
        api_key: sent to the server as a bearer token, and shown nowhere.
        context_tokens: the context window, for servers that do not tell theirs; of one that does, at most so much is
            used. If nobody tells, it is 4096 (2048 for llama-cpp-python, which is its own default): give the truth, or
            long conversations are cut needlessly, or refused.
        timeout_s: how long the server may send nothing before that counts as an error. Reading a long prompt can take
            minutes.
        name: as shown to people; None is the model's name.

    Raises:
        InvalidInput: an argument is not acceptable.
        ModelError: neither httpx2 nor httpx is installed.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        context_tokens: int | None = None,
        timeout_s: float = 300.0,
        name: str | None = None,
    ) -> None:
        try:
            from julep_local.llm.remote.refusal import Refusals
            from julep_local.llm.remote.server import Address
            from julep_local.llm.remote.wire import Wire
        except ImportError as error:
            raise ModelError(
                f"no server can be asked ({error}): install what it takes with pip install 'julep_local[remote]'"
            ) from error
        if api_key is not None and not (api_key and all(ord(letter) in _KEY for letter in api_key)):
            raise InvalidInput("must be visible ASCII letters without spaces or line ends", field="api_key")
        if not model:
            raise InvalidInput("is empty: give the model's name at the server", field="model")
        if context_tokens is not None and context_tokens < 1:
            raise InvalidInput("must be at least 1", field="context_tokens")
        if not timeout_s > 0:
            raise InvalidInput("must be more than 0", field="timeout_s")
        self._address = Address(base_url)
        self._model = model
        self._name = name or model
        self._given_context_tokens = context_tokens
        self._wire = Wire(self._address.base_url, api_key=api_key, timeout_s=timeout_s)
        self._refusals = Refusals(self._address.base_url, model, api_key)
        self._found: Server | None = None
        self._counts: OrderedDict[bytes, int] = OrderedDict()
        self._guard = threading.Lock()
        self._one = threading.Lock()  # held by whoever looks what the server is, and where it does one thing at a time
        self._no_counts_until = 0.0

    def __repr__(self) -> str:
        return f"RemoteChatModel({self._address.base_url!r}, {self._model!r})"

    @property
    def name(self) -> str:
        """The model's name, as shown to people."""
        return self._name

    @property
    def elsewhere(self) -> str | None:
        """Where the server is; None if that is this machine."""
        return None if hub.is_loopback(self._address.base_url) else hub.shown(self._address.base_url)

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together fit in this many tokens. The first time it asks the server.

        Raises:
            ModelError: the server cannot be asked.
        """
        server = self._server()
        told, given = server.told_context_tokens, self._given_context_tokens
        if told is not None and given is not None:
            return min(told, given)
        return told or given or server.kind.default_context_tokens

    @property
    def memory_tier(self) -> str:
        """What it can do for memories: who runs a server has a model that can word them."""
        return "capable"

    @property
    def calls_tools(self) -> bool:
        """Whether the server says when the model wants a tool. The first time it asks the server what it is.

        Raises:
            ModelError: the server cannot be asked.
        """
        return self._server().kind.calls_tools

    def prompt(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        tool_choice: ToolChoice = "auto",
        continues: bool = False,
        exact: bool = False,
    ) -> Prompt:
        """Return what the model would read for these messages. Nothing is generated; the context window is not checked.

        With `exact` a llama-server is told to use nothing that it has kept. Others are not, so that equal seeds mostly
        give equal answers, not always.

        Raises:
            InvalidInput: the server has no way to carry the last message on.
            ModelError: the server cannot be asked.
        """
        from julep_local.llm.remote.request import chat_body
        from julep_local.llm.remote.server import count_chat

        shown = () if tool_choice == "none" else tuple(tools)
        prompt = Prompt(tuple(messages), (), {}, shown, tool_choice, continues, exact)
        parts = _estimated_parts(messages, shown)
        n_tokens = sum(parts.values())
        if messages:
            server = self._server()
            body = chat_body(server.kind, self._model, prompt)
            counted = self._counted(server, body, lambda: count_chat(self._wire, self._address, server, body))
            n_tokens = counted or n_tokens
        return replace(prompt, tokens=range(n_tokens), parts=estimate.scaled(parts, n_tokens))

    def text_prompt(self, text: str) -> Prompt:
        """Return what the model would read to write this text on: the text itself, without a chat template around it.

        Raises:
            ModelError: the server cannot be asked.
        """
        from julep_local.llm.remote.server import count_text

        server = self._server()
        counted = self._counted(server, text, lambda: count_text(self._wire, self._address, server, self._model, text))
        n_tokens = counted or estimate.n_tokens(text) + 1
        shown = PromptMessage("assistant", text, part="input")
        return _TextPrompt((shown,), range(n_tokens), {"input": n_tokens}, continues=True)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the answer piece by piece, then one `Finish`.

        Closing or dropping the iterator early, or `stop_requested()` becoming true, closes the connection. A request is
        sent once more when its connection was reset before any answer, never after. No purpose is put behind another.

        Raises:
            ContextOverflow: the prompt leaves no room for an answer.
            InvalidInput: a setting or constraint cannot be honoured.
            BadRequest: the server does not take the request.
            Cancelled: `stop_requested()` became true.
            ModelError: the server cannot be reached, fails, or breaks off.
            ClientClosed: the model was closed.
        """
        from julep_local.llm.remote.request import chat_body, settings_body, text_body

        server, context_tokens = self._server(), self.context_tokens
        room = context_tokens - len(prompt.tokens)
        if room < 1:
            raise ContextOverflow(prompt_tokens=len(prompt.tokens), context_tokens=context_tokens, answer_tokens=1)
        is_text = isinstance(prompt, _TextPrompt)
        if is_text:
            body = text_body(self._model, prompt.messages[0].content)
        else:
            body = chat_body(server.kind, self._model, prompt)
        body |= settings_body(server.kind, sampling, room=room, is_text=is_text, exact=prompt.exact)
        url = f"{self._address.api}/{'completions' if is_text else 'chat/completions'}"
        return self._generated(server, url, body, len(prompt.tokens), context_tokens)

    def close(self) -> None:
        """Close all connections. Generations under way end with `ClientClosed`."""
        self._wire.close()

    def _generated(
        self, server: "Server", url: str, body: Mapping[str, Any], prompt_tokens: int, context_tokens: int
    ) -> Iterator[Delta | Finish]:
        from julep_local.llm.remote.answer import Answer
        from julep_local.llm.remote.refusal import Asked
        from julep_local.llm.remote.wire import Refused

        answer = Answer(self._refusals, interrupted_hint=_why_interrupted(server))
        try:
            with self._turn(server), contextlib.closing(self._wire.events(url, body)) as events:
                for event in events:
                    if text := answer.add(event):
                        yield Delta(text)
                    if answer.ended:
                        break
        except Refused as refused:
            asked = Asked(body.keys(), prompt_tokens, context_tokens, answer_tokens=1)
            raise self._refusals.of_reply(refused.reply, asked) from None
        yield answer.finish(prompt_tokens)

    def _server(self) -> "Server":
        """Return what the server is; it is asked until it has answered once."""
        from julep_local.llm.remote.server import look_at

        sys.audit(REAL_MODEL, self.name)
        if self._found is None:
            with _held(self._one):  # a second one who looks could break off the first answer
                self._found = self._found or look_at(self._wire, self._address, self._model, self._refusals)
        return self._found

    @contextlib.contextmanager
    def _turn(self, server: "Server") -> Generator[None, None, None]:
        """Wait for the answer under way, if the server does one thing at a time."""
        with _held(self._one) if server.kind.one_at_a_time else contextlib.nullcontext():
            yield

    def _counted(self, server: "Server", what: Any, count: Callable[[], int | None]) -> int | None:
        """Return the server's count, remembered; None if there is none to be had now."""
        key = hashlib.sha256(json.dumps(what).encode()).digest()
        with self._guard:
            if key in self._counts:
                self._counts.move_to_end(key)
                return self._counts[key]
        began = time.monotonic()
        if began < self._no_counts_until:
            return None
        alone = server.kind.one_at_a_time
        if alone and not self._one.acquire(blocking=False):
            return None  # it would break off the answer under way
        try:
            counted = count()
        finally:
            if alone:
                self._one.release()
        if time.monotonic() - began > _SLOW_COUNT_S:  # one turn may count several times
            self._no_counts_until = time.monotonic() + _NO_COUNTS_S
        if counted is not None:
            with self._guard:
                self._counts[key] = counted
                while len(self._counts) > _MOST_COUNTS:
                    self._counts.popitem(last=False)
        return counted


@contextlib.contextmanager
def _held(lock: threading.Lock) -> Generator[None, None, None]:
    """Hold the lock.

    Raises:
        Cancelled: the caller went away while waiting for it.
    """
    while not lock.acquire(timeout=_WAIT_S):
        if stop_requested():
            raise Cancelled("the generation was cancelled while it waited for another")
    try:
        yield
    finally:
        lock.release()


def _estimated_parts(messages: Sequence[PromptMessage], tools: Sequence[ToolSpec]) -> dict[Part, int]:
    parts: dict[Part, int] = {}

    def add(part: Part, n_tokens: int) -> None:
        if n_tokens:
            parts[part] = parts.get(part, 0) + n_tokens

    for message in messages:
        calls = "".join(f'{{"name": "{call.name}", "arguments": {call.arguments}}}' for call in message.tool_calls)
        add(message.part, estimate.n_tokens(message.content + calls))
        add("template", _PER_MESSAGE_TOKENS)
    for tool in tools:
        add("tools", estimate.n_tokens(json.dumps([tool.name, tool.description, dict(tool.parameters)])))
        add("tools", _PER_MESSAGE_TOKENS)
    add("template", _PER_PROMPT_TOKENS)
    return parts


def _why_interrupted(server: "Server") -> str:
    if server.kind.one_at_a_time:
        return (
            "another program may have asked it something (start it with --interrupt_requests false), or the prompt did "
            "not fit its context window (give RemoteChatModel the context_tokens it was started with)"
        )
    return "it may have been stopped; try again"
