"""Chat: what a turn is asked with and what it answers."""

from collections.abc import Callable
from typing import Literal, Optional, TypeVar, Union

from pydantic import Field

from julep_local.types._base import OpenRecord, Record
from julep_local.types._enums import Choice, Preset
from julep_local.types.messages import ChatMlMessage, ChatMlMessageRole, InputChatMlMessage
from julep_local.types.tools import ChatInputDataToolChoice, Tool

T = TypeVar("T")

ChatSettingsStop = Union[str, list[str], None]


class ChatSettingsPreset(Preset):
    """Sampler settings with a name."""

    PROBLEM_SOLVING = "problem_solving"
    CONVERSATIONAL = "conversational"
    FUN = "fun"
    PROSE = "prose"
    CREATIVE = "creative"
    BUSINESS = "business"
    DETERMINISTIC = "deterministic"
    CODE = "code"
    MULTILINGUAL = "multilingual"


class ChatSettingsResponseFormatType(Choice):
    """What kind of text an answer must be."""

    TEXT = "text"
    JSON_OBJECT = "json_object"
    REGEX = "regex"

    def visit(self, text: Callable[[], T], json_object: Callable[[], T], regex: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(text, json_object, regex)


class ChatSettingsResponseFormatSchema(OpenRecord):
    """A JSON schema."""


class ChatSettingsResponseFormat(Record):
    """What form an answer must have."""

    type: Optional[ChatSettingsResponseFormatType] = None
    pattern: Optional[str] = None
    """The regular expression, for the type `regex`."""
    schema_: Optional[ChatSettingsResponseFormatSchema] = Field(
        default=None, validation_alias="schema", serialization_alias="schema"
    )
    """The JSON schema, for the type `json_object`; without one any JSON object will do."""


class ChatSettings(Record):
    """How one answer is sampled."""

    frequency_penalty: Optional[float] = None
    length_penalty: Optional[float] = None
    logit_bias: Optional[dict[str, Optional[int]]] = None
    """By token id, written as text: how much more likely the token becomes, from -100 to 100."""
    max_tokens: Optional[int] = None
    presence_penalty: Optional[float] = None
    repetition_penalty: Optional[float] = None
    response_format: Optional[ChatSettingsResponseFormat] = None
    seed: Optional[int] = None
    stop: Optional[ChatSettingsStop] = None
    stream: Optional[bool] = None
    temperature: Optional[float] = None
    top_p: Optional[float] = None
    min_p: Optional[float] = None
    preset: Optional[ChatSettingsPreset] = None
    """Stands for the settings that are not given themselves."""


class MemoryAccessOptions(Record):
    """What a turn may read and write."""

    recall: Optional[bool] = None
    """Whether memories are used."""
    record: Optional[bool] = None
    """Whether the turn is written to the history; where not given, `remember` decides."""
    remember: Optional[bool] = None
    """Whether memories are formed from the turn."""


class ChatInputData(Record):
    """What a turn is asked with."""

    messages: list[InputChatMlMessage]
    tools: Optional[list[Tool]] = None
    tool_choice: Optional[ChatInputDataToolChoice] = None


class ChatResponseFinishReason(Choice):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    FUNCTION_CALL = "function_call"

    def visit(
        self,
        stop: Callable[[], T],
        length: Callable[[], T],
        tool_calls: Callable[[], T],
        content_filter: Callable[[], T],
        function_call: Callable[[], T],
    ) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(stop, length, tool_calls, content_filter, function_call)


class CompletionUsage(Record):
    """How many tokens were read and written."""

    completion_tokens: int
    prompt_tokens: int
    total_tokens: int


class DocIds(Record):
    """The docs that the answer could draw on."""

    agent_doc_ids: list[str]
    user_doc_ids: list[str]


class ChatToolCall(Record):
    """One call of a tool that the model asks for."""

    id: str
    name: str
    arguments: str
    """A JSON object, as text."""


class DroppedMessages(Record):
    """Messages that were left out of a prompt."""

    n_messages: int
    n_tokens: Optional[int] = None
    """None where they could not be counted: too old to be read back, or not to be shown on their own."""
    reason: str


RecalledBy = Literal["meaning and words", "words"]


class RecalledText(Record):
    """A passage of a doc, or a memory, that was put into a prompt."""

    kind: Literal["doc", "memory"]
    id: str
    """The doc's or memory's id."""
    owner: Literal["agent", "user"]
    title: Optional[str] = None
    text: str
    similarity: Optional[float]
    """Cosine of the angle to the query: 1 means the same, 0 unrelated. None if it was found by words alone, because the
    embedder is not loaded yet, or has not come to it."""
    matched_words: list[str] = []
    """Of a doc: the words of the query in the chunk that fits best."""


class ContextReport(Record):
    """What a prompt consisted of."""

    prompt_tokens: int
    cached_tokens: int
    """How many of them the model had read already, in an earlier turn."""
    context_tokens: int
    """The size of the context window."""
    parts: dict[str, int]
    """Tokens by part of the prompt, together `prompt_tokens`."""
    dropped: list[DroppedMessages]
    recalled: list[RecalledText]
    recalled_by: Optional[RecalledBy] = None
    """By words alone while the embedder loads, makes its vectors, or cannot be used; None if nothing was searched."""


class ChatResponse(Record):
    """The answer to a turn."""

    id: str
    finish_reason: ChatResponseFinishReason
    response: list[list[ChatMlMessage]]
    """One answer, of one message; two levels because the SDK has them."""
    usage: CompletionUsage
    jobs: Optional[list[str]] = None
    doc_ids: DocIds
    context: Optional[ContextReport] = None
    tool_calls: Optional[list[ChatToolCall]] = None
    """All calls the model asked for, of which the message in `response` shows the first."""


class ChatDelta(Record):
    """A piece of an answer under way.

    The pieces of one role, joined, are the content of the message of that role; each tool call comes whole, in a piece
    with the role `function_call`. The last piece, which has no content, comes when the turn is recorded.
    """

    content: str
    """The text that was added."""
    role: Optional[ChatMlMessageRole] = None
    name: Optional[str] = None
    tool_calls: Optional[list[ChatToolCall]] = None
    """The call that this piece is."""
    finish_reason: Optional[ChatResponseFinishReason] = None
    """Set in the last piece."""
    usage: Optional[CompletionUsage] = None
    """Set in the last piece."""
