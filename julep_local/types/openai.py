"""What `client.chat.completions` and `client.completions` return: the OpenAI library's results, field by field.

They are of our own, so that the `openai` package is not needed.
"""

from typing import Any, Literal, Optional

from julep_local.types._base import Record
from julep_local.types.chat import CompletionUsage

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
"""Why an answer ended. A local model never gives `content_filter`."""


class FunctionCall(Record):
    """A function that the model asks for."""

    arguments: str
    """A JSON object, as text."""
    name: str


class ChatCompletionMessageToolCall(Record):
    """One call of a tool that the model asks for."""

    id: str
    function: FunctionCall
    type: Literal["function"]


class ChatCompletionMessage(Record):
    """The model's message. It can be sent back as it is, as one of the next messages."""

    content: Optional[str] = None
    """None where the model asks for functions and says nothing."""
    role: Literal["assistant"]
    function_call: Optional[FunctionCall] = None
    """What the model asks for, where the request named `functions`."""
    tool_calls: Optional[list[ChatCompletionMessageToolCall]] = None
    """What the model asks for, where the request named `tools`."""


class ChatCompletionChoice(Record):
    """One of the answers."""

    finish_reason: FinishReason
    index: int
    logprobs: Optional[Any] = None
    """Always None."""
    message: ChatCompletionMessage


class ChatCompletion(Record):
    """The answers to a conversation."""

    id: str
    choices: list[ChatCompletionChoice]
    created: int
    """Seconds since 1970, UTC."""
    model: str
    """The name that was asked for."""
    object: Literal["chat.completion"]
    system_fingerprint: Optional[str] = None
    """The local model that answered."""
    usage: Optional[CompletionUsage] = None


class ChoiceDeltaFunctionCall(Record):
    """A function that the model asks for, whole: it is not sent in pieces."""

    arguments: Optional[str] = None
    name: Optional[str] = None


class ChoiceDeltaToolCall(Record):
    """One call of a tool, whole: it is not sent in pieces."""

    index: int
    """The call's place among the calls of this answer."""
    id: Optional[str] = None
    function: Optional[ChoiceDeltaFunctionCall] = None
    type: Optional[Literal["function"]] = None


class ChoiceDelta(Record):
    """What is new in an answer."""

    content: Optional[str] = None
    function_call: Optional[ChoiceDeltaFunctionCall] = None
    role: Optional[Literal["assistant"]] = None
    """Set in the answer's first piece."""
    tool_calls: Optional[list[ChoiceDeltaToolCall]] = None


class ChatCompletionChunkChoice(Record):
    """A piece of one of the answers."""

    delta: ChoiceDelta
    finish_reason: Optional[FinishReason] = None
    """Set in the answer's last piece."""
    index: int
    logprobs: Optional[Any] = None
    """Always None."""


class ChatCompletionChunk(Record):
    """A piece of the answers to a conversation, as they are generated."""

    id: str
    """The same in all pieces."""
    choices: list[ChatCompletionChunkChoice]
    """One; none in the piece that brings the usage."""
    created: int
    """Seconds since 1970, UTC; the same in all pieces."""
    model: str
    """The name that was asked for."""
    object: Literal["chat.completion.chunk"]
    system_fingerprint: Optional[str] = None
    """The local model that answers."""
    usage: Optional[CompletionUsage] = None
    """Set in the last piece, where `stream_options` asked for it."""


class CompletionChoice(Record):
    """One of the texts, or a piece of it."""

    finish_reason: Optional[Literal["stop", "length", "content_filter"]] = None
    """None in every piece but the text's last."""
    index: int
    logprobs: Optional[Any] = None
    """Always None."""
    text: str


class Completion(Record):
    """The texts with which the model carries prompts on; while streaming, a piece of one."""

    id: str
    choices: list[CompletionChoice]
    created: int
    """Seconds since 1970, UTC."""
    model: str
    """The name that was asked for."""
    object: Literal["text_completion"]
    system_fingerprint: Optional[str] = None
    """The local model that answered."""
    usage: Optional[CompletionUsage] = None
