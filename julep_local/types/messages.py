"""Messages: role and content, as sent by the caller and as recorded in a session."""

from collections.abc import Callable
from typing import Literal, Optional, TypeVar, Union

from pydantic import Field

from julep_local.types._base import Record, Timestamp
from julep_local.types._enums import Choice

T = TypeVar("T")


class ChatMlMessageRole(Choice):
    """Who speaks in a recorded message."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    FUNCTION_CALL = "function_call"
    FUNCTION = "function"

    def visit(
        self,
        user: Callable[[], T],
        assistant: Callable[[], T],
        system: Callable[[], T],
        function_call: Callable[[], T],
        function: Callable[[], T],
    ) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(user, assistant, system, function_call, function)


class InputChatMlMessageRole(Choice):
    """Who speaks in a message that is sent."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    FUNCTION_CALL = "function_call"
    FUNCTION = "function"
    AUTO = "auto"

    def visit(
        self,
        user: Callable[[], T],
        assistant: Callable[[], T],
        system: Callable[[], T],
        function_call: Callable[[], T],
        function: Callable[[], T],
        auto: Callable[[], T],
    ) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(user, assistant, system, function_call, function, auto)


class ChatMlImageContentPartImageUrlDetail(Choice):
    """How closely an image is looked at."""

    LOW = "low"
    HIGH = "high"
    AUTO = "auto"

    def visit(self, low: Callable[[], T], high: Callable[[], T], auto: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(low, high, auto)


class ChatMlTextContentPart(Record):
    """A text within a message."""

    text: str


class ChatMlImageContentPartImageUrl(Record):
    """Where an image is found."""

    url: str
    """An address, or the image itself as a base64 data URL."""
    detail: Optional[ChatMlImageContentPartImageUrlDetail] = None


class ChatMlImageContentPart(Record):
    """An image within a message."""

    image_url: ChatMlImageContentPartImageUrl


class ChatMlMessageContentItem_Text(ChatMlTextContentPart):
    """A text within a recorded message."""

    type: Literal["text"]


class ChatMlMessageContentItem_ImageUrl(ChatMlImageContentPart):
    """An image within a recorded message."""

    type: Literal["image_url"]


ChatMlMessageContentItem = Union[ChatMlMessageContentItem_Text, ChatMlMessageContentItem_ImageUrl]
ChatMlMessageContent = Union[str, list[ChatMlMessageContentItem]]


class InputChatMlMessageContentItem_Text(ChatMlTextContentPart):
    """A text within a message that is sent."""

    type: Literal["text"]


class InputChatMlMessageContentItem_ImageUrl(ChatMlImageContentPart):
    """An image within a message that is sent."""

    type: Literal["image_url"]


InputChatMlMessageContentItem = Union[InputChatMlMessageContentItem_Text, InputChatMlMessageContentItem_ImageUrl]
InputChatMlMessageContent = Union[str, list[InputChatMlMessageContentItem]]


class InputChatMlMessage(Record):
    """A message to send."""

    role: InputChatMlMessageRole
    content: Optional[InputChatMlMessageContent] = None
    """May be missing only where `continue_` is set."""
    name: Optional[str] = None
    continue_: Optional[bool] = Field(default=None, validation_alias="continue", serialization_alias="continue")
    """Whether the answer carries on this message, the last one, instead of replying to it."""


class ChatMlMessage(Record):
    """A recorded message."""

    role: ChatMlMessageRole
    content: ChatMlMessageContent
    name: Optional[str] = None
    created_at: Timestamp
    id: str


class GetHistoryResponse(Record):
    """A page of a session's messages, oldest first."""

    items: Optional[list[ChatMlMessage]] = None
