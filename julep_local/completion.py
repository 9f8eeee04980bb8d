"""Answers without a session: a conversation or a text in, one or several answers out. Nothing is read or recorded.

It works on a checked `AskedChat` or `AskedText`; what callers may write is managers/_openai_request.py's. The results
have the shape of the OpenAI library's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from julep_local.errors import ContextOverflow, ModelError
from julep_local.llm.base import (
    ChatModel,
    Delta,
    Finish,
    Prompt,
    PromptMessage,
    Sampling,
    ToolCall,
    ToolChoice,
    ToolSpec,
)
from julep_local.runtime import Runtime
from julep_local.stamps import Stamps
from julep_local.types import (
    ChatCompletion,
    ChatCompletionChoice,
    ChatCompletionChunk,
    ChatCompletionChunkChoice,
    ChatCompletionMessage,
    ChatCompletionMessageToolCall,
    ChoiceDelta,
    ChoiceDeltaFunctionCall,
    ChoiceDeltaToolCall,
    Completion,
    CompletionChoice,
    CompletionUsage,
    FunctionCall,
)


@dataclass(frozen=True)
class _Asked:
    """What both kinds of call say."""

    model: str
    sampling: Sampling
    n: int = 1
    """Answers to each prompt. Those behind the first have seeds of their own."""
    least_answer_tokens: int = 1
    """The context window must hold so many beside the prompt."""
    streams_usage: bool = False
    """A stream ends with a piece that brings the usage."""


@dataclass(frozen=True)
class AskedChat(_Asked):
    """A call of `chat.completions`, checked."""

    messages: Sequence[PromptMessage] = ()
    continues: bool = False
    tools: Sequence[ToolSpec] = ()
    tool_choice: ToolChoice = "none"
    by_function_call: bool = False
    """The caller speaks of `functions`, and is answered with one `function_call` instead of `tool_calls`."""

    def prompts(self, runtime: Runtime, model: ChatModel) -> list[Prompt]:
        """Return what the model is to answer: one conversation."""
        choice = self.tool_choice
        if self.sampling.constraint is None and not self.continues:
            choice = runtime.routed(model, self.messages, self.tools, choice)
        return [
            model.prompt(
                self.messages,
                tools=self.tools,
                tool_choice=choice,
                continues=self.continues,
                exact=self.sampling.seed is not None,
            )
        ]


@dataclass(frozen=True)
class AskedText(_Asked):
    """A call of `completions`, checked."""

    texts: Sequence[str] = ()
    echo: bool = False
    """Each answer begins with its prompt."""

    def prompts(self, runtime: Runtime, model: ChatModel) -> list[Prompt]:
        """Return what the model is to carry on, one prompt a text."""
        exact = self.sampling.seed is not None
        return [replace(model.text_prompt(text), exact=exact) for text in self.texts]

    def echoed(self, index: int) -> str:
        """Return what stands before the answer of this index."""
        return self.texts[index // self.n] if self.echo else ""


Asked = AskedChat | AskedText


def chat_completion(runtime: Runtime, asked: AskedChat) -> ChatCompletion:
    """Answer the conversation.

    Raises:
        InvalidInput: a setting or the tool choice cannot be honoured.
        ContextOverflow: prompt and answer do not fit the context window.
        Cancelled: the caller went away.
        ModelError: the model cannot be used.
    """
    with runtime.chatting():
        model = runtime.chat_model(asked.model)
        answers = _answers(runtime, model, asked)
    return ChatCompletion(
        **_head(runtime.db.stamps, "chatcmpl", asked, model),
        object="chat.completion",
        choices=[
            ChatCompletionChoice(
                index=i,
                message=_message(runtime.db.stamps, asked, text, finish),
                finish_reason=_reason(asked, finish),
                logprobs=None,
            )
            for i, (text, finish) in enumerate(answers)
        ],
        usage=_usage(asked, [finish for _, finish in answers]),
    )


def stream_chat_completion(runtime: Runtime, asked: AskedChat, put: Callable[[ChatCompletionChunk], None]) -> None:
    """Answer the conversation and put out each piece as it is generated. Raises what `chat_completion` raises."""
    with runtime.chatting():
        model = runtime.chat_model(asked.model)
        head: dict[str, Any] = {**_head(runtime.db.stamps, "chatcmpl", asked, model), "object": "chat.completion.chunk"}

        def put_choice(index: int, delta: ChoiceDelta, reason: Any = None) -> None:
            choice = ChatCompletionChunkChoice(index=index, delta=delta, finish_reason=reason, logprobs=None)
            put(ChatCompletionChunk(**head, choices=[choice]))

        finishes: list[Finish] = []
        for index, piece in _pieces(runtime, model, asked):
            if isinstance(piece, Delta):
                put_choice(index, ChoiceDelta(content=piece.text))
            elif isinstance(piece, Finish):
                finishes.append(piece)
                if piece.tool_calls:
                    put_choice(index, _calls_delta(runtime.db.stamps, asked, piece.tool_calls))
                put_choice(index, ChoiceDelta(), _reason(asked, piece))
            else:
                put_choice(index, ChoiceDelta(role="assistant", content=""))
    if asked.streams_usage:
        put(ChatCompletionChunk(**head, choices=[], usage=_usage(asked, finishes)))


def completion(runtime: Runtime, asked: AskedText) -> Completion:
    """Carry the texts on. Raises what `chat_completion` raises."""
    with runtime.chatting():
        model = runtime.chat_model(asked.model)
        answers = _answers(runtime, model, asked)
    return Completion(
        **_head(runtime.db.stamps, "cmpl", asked, model),
        object="text_completion",
        choices=[
            CompletionChoice(index=i, text=asked.echoed(i) + text, finish_reason=_text_reason(finish), logprobs=None)
            for i, (text, finish) in enumerate(answers)
        ],
        usage=_usage(asked, [finish for _, finish in answers]),
    )


def stream_completion(runtime: Runtime, asked: AskedText, put: Callable[[Completion], None]) -> None:
    """Carry the texts on and put out each piece as it is generated. Raises what `chat_completion` raises."""
    with runtime.chatting():
        model = runtime.chat_model(asked.model)
        head: dict[str, Any] = {**_head(runtime.db.stamps, "cmpl", asked, model), "object": "text_completion"}

        def put_choice(index: int, text: str, reason: Any = None) -> None:
            choice = CompletionChoice(index=index, text=text, finish_reason=reason, logprobs=None)
            put(Completion(**head, choices=[choice]))

        finishes: list[Finish] = []
        for index, piece in _pieces(runtime, model, asked):
            if isinstance(piece, Delta):
                put_choice(index, piece.text)
            elif isinstance(piece, Finish):
                finishes.append(piece)
                put_choice(index, "", _text_reason(piece))
            elif asked.echo:
                put_choice(index, asked.echoed(index))
    if asked.streams_usage:
        put(Completion(**head, choices=[], usage=_usage(asked, finishes)))


def _answers(runtime: Runtime, model: ChatModel, asked: Asked) -> list[tuple[str, Finish]]:
    """Return text and ending of each answer."""
    answers: list[tuple[str, Finish]] = []
    text: list[str] = []
    for _, piece in _pieces(runtime, model, asked):
        if isinstance(piece, Delta):
            text.append(piece.text)
        elif isinstance(piece, Finish):
            answers.append(("".join(text), piece))
        else:
            text = []
    return answers


def _pieces(runtime: Runtime, model: ChatModel, asked: Asked) -> Iterator[tuple[int, Delta | Finish | None]]:
    """Yield the answers one after the other, each with its index: None first, its pieces, its ending.

    To be read to the end: the model is busy until then.
    """
    prompts = asked.prompts(runtime, model)
    for prompt in prompts:
        _check_room(model, prompt, asked.least_answer_tokens)
    for index in range(len(prompts) * asked.n):
        prompt, sampling = prompts[index // asked.n], _nth(asked.sampling, index % asked.n)
        yield index, None
        piece: Delta | Finish | None = None
        for piece in model.generate(prompt, sampling):
            yield index, piece
        if not isinstance(piece, Finish):
            raise ModelError(f"the model {model.name} ended without saying how")


def _check_room(model: ChatModel, prompt: Prompt, answer_tokens: int) -> None:
    if len(prompt.tokens) + answer_tokens > model.context_tokens:
        raise ContextOverflow(
            prompt_tokens=len(prompt.tokens), context_tokens=model.context_tokens, answer_tokens=answer_tokens
        )


def _nth(sampling: Sampling, i: int) -> Sampling:
    return sampling if sampling.seed is None else replace(sampling, seed=(sampling.seed + i) % 2**32)


def _head(stamps: Stamps, kind: str, asked: Asked, model: ChatModel) -> dict[str, Any]:
    return {
        "id": f"{kind}-{stamps.new_id().replace('-', '')}",
        "created": int(stamps.now().timestamp()),
        "model": asked.model,
        "system_fingerprint": model.name,
    }


def _usage(asked: Asked, finishes: Sequence[Finish]) -> CompletionUsage:
    """Return the tokens of all answers together; each prompt counts once, however many answers it has."""
    read = sum(finish.prompt_tokens for finish in finishes[:: asked.n])
    written = sum(finish.completion_tokens for finish in finishes)
    return CompletionUsage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def _reason(asked: AskedChat, finish: Finish) -> Any:
    return "function_call" if finish.reason == "tool_calls" and asked.by_function_call else finish.reason


def _text_reason(finish: Finish) -> Any:
    return "stop" if finish.reason == "tool_calls" else finish.reason  # a text offers no tools


def _message(stamps: Stamps, asked: AskedChat, text: str, finish: Finish) -> ChatCompletionMessage:
    content = text if text or not finish.tool_calls else None
    if not finish.tool_calls:
        return ChatCompletionMessage(role="assistant", content=content)
    if asked.by_function_call:
        called = FunctionCall(arguments=finish.tool_calls[0].arguments, name=finish.tool_calls[0].name)
        return ChatCompletionMessage(role="assistant", content=content, function_call=called)
    calls = [
        ChatCompletionMessageToolCall(
            id=_call_id(stamps, call), type="function", function=FunctionCall(arguments=call.arguments, name=call.name)
        )
        for call in finish.tool_calls
    ]
    return ChatCompletionMessage(role="assistant", content=content, tool_calls=calls)


def _calls_delta(stamps: Stamps, asked: AskedChat, calls: Sequence[ToolCall]) -> ChoiceDelta:
    functions = [ChoiceDeltaFunctionCall(arguments=call.arguments, name=call.name) for call in calls]
    if asked.by_function_call:
        return ChoiceDelta(function_call=functions[0])
    return ChoiceDelta(
        tool_calls=[
            ChoiceDeltaToolCall(index=i, id=_call_id(stamps, call), type="function", function=function)
            for i, (call, function) in enumerate(zip(calls, functions, strict=True))
        ]
    )


def _call_id(stamps: Stamps, call: ToolCall) -> str:
    return call.id or f"call_{stamps.new_id().replace('-', '')[:24]}"
