"""What a caller says in a chat, checked into a `TurnRequest`."""

from collections.abc import Mapping
from typing import Any, Optional

from typing_extensions import TypedDict

from julep_local import chat_settings, check
from julep_local.api._tools import checked_function
from julep_local.chat import TurnRequest, tool_spec
from julep_local.errors import InvalidInput
from julep_local.llm.base import ToolChoice, ToolSpec
from julep_local.prompt import layout
from julep_local.types import (
    ChatInputDataToolChoice,
    ChatSettingsPreset,
    ChatSettingsResponseFormat,
    ChatSettingsStop,
    InputChatMlMessage,
    InputChatMlMessageRole,
    NamedToolChoice,
    Tool,
)


class ChatOptions(TypedDict, total=False):
    """The options of `chat`, for type checkers; `JulepApi.chat` says what each does."""

    tools: Optional[list[Tool]]
    tool_choice: Optional[ChatInputDataToolChoice]
    frequency_penalty: Optional[float]
    length_penalty: Optional[float]
    logit_bias: Optional[dict[str, Optional[int]]]
    max_tokens: Optional[int]
    presence_penalty: Optional[float]
    repetition_penalty: Optional[float]
    response_format: Optional[ChatSettingsResponseFormat]
    seed: Optional[int]
    stop: Optional[ChatSettingsStop]
    temperature: Optional[float]
    top_p: Optional[float]
    min_p: Optional[float]
    preset: Optional[ChatSettingsPreset]
    recall: Optional[bool]
    record: Optional[bool]
    remember: Optional[bool]


def turn_request(
    session_id: Any,
    *,
    messages: Any,
    tools: Any,
    tool_choice: Any,
    recall: Any,
    record: Any,
    remember: Any,
    settings: Mapping[str, Any],
) -> TurnRequest:
    """Return the request, or say which field is not acceptable.

    Raises:
        InvalidInput: a value is of the wrong kind or out of range.
    """
    remembers = check.flag(remember, "remember", True)
    return TurnRequest(
        session_id=check.resource_id(session_id, "session_id"),
        messages=_messages(messages),
        tools=offered_tools(tools),
        tool_choice=asked_tool_choice(tool_choice),
        settings=chat_settings.request_settings(settings),
        recall=check.flag(recall, "recall", True),
        record=check.flag(record, "record", remembers),
        remember=remembers,
    )


def _messages(value: Any) -> list[InputChatMlMessage]:
    listed = some_messages(value)
    return [checked_message(each, i, last=i == len(listed) - 1) for i, each in enumerate(listed)]


def some_messages(value: Any) -> list[Any]:
    """Return the messages, not yet checked.

    Raises:
        InvalidInput: there are none.
    """
    listed = check.listed(value, "messages")
    if not listed:
        raise InvalidInput("is empty: say at least one thing", field="messages")
    return listed


_CONTINUED = {InputChatMlMessageRole.ASSISTANT, InputChatMlMessageRole.FUNCTION_CALL, InputChatMlMessageRole.AUTO}


def checked_message(value: Any, i: int, *, last: bool) -> InputChatMlMessage:
    """Return the message at place `i`.

    Raises:
        InvalidInput: it is none that a model can read.
    """
    field = f"messages[{i}]"
    message = check.record(InputChatMlMessage, value, field)
    if message.continue_ and not last:
        raise InvalidInput("only the last message can be continued", field=f"{field}.continue")
    if message.continue_ and message.role not in _CONTINUED and (message.role, message.name) != ("system", "thought"):
        raise InvalidInput(
            "an assistant message, a function_call or a system message named thought can be continued, "
            f"not one of role {message.role.value}",
            field=f"{field}.continue",
        )
    if message.content is None and not message.continue_:
        raise InvalidInput("is missing", field=f"{field}.content")
    if layout.has_image(message.content):
        raise InvalidInput(
            "holds an image, and this model reads text only: describe the image in words", field=f"{field}.content"
        )
    check.text(layout.plain_text(message.content), f"{field}.content")
    if message.name is not None:
        check.text(message.name, f"{field}.name")
    return message


def offered_tools(value: Any) -> list[ToolSpec]:
    """Return the request's tools; unlike stored ones they may come without an id.

    Raises:
        InvalidInput: one of them is no tool.
    """
    specs = []
    for i, each in enumerate(check.listed(check.or_default(value, []), "tools")):
        function = each.get("function") if isinstance(each, Mapping) else getattr(each, "function", None)
        if function is None:
            raise InvalidInput("has no function", field=f"tools[{i}]")
        wanted = checked_function(function, f"tools[{i}].function")
        specs.append(tool_spec(wanted.name, wanted.description, wanted.parameters))
    return specs


def asked_tool_choice(value: Any) -> ToolChoice | None:
    """Return the request's tool choice; None if it has none.

    Raises:
        InvalidInput: it is no tool choice.
    """
    if not check.given(value):
        return None
    if value in ("none", "auto", "required"):
        choice: ToolChoice = value
        return choice
    if isinstance(value, str):
        raise InvalidInput(f"must be none, auto, required or a named function, not {value!r}", field="tool_choice")
    return ("named", check.record(NamedToolChoice, value, "tool_choice").function.name)
