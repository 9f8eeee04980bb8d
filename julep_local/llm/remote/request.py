"""From prompt and settings to what is sent.

A server's chat template may take one system message at the very beginning only, and insist that user and assistant take
turns; which one it has is not known from here. So every conversation is sent in the form that nearly all of them take:
the leading system messages as one, later ones at the head of the user's message that follows, neighbours of one role as
one, calls made at once in one message, each result with the id of its call.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from julep_local.errors import InvalidInput
from julep_local.llm import tool_calls
from julep_local.llm.base import Constraint, Prompt, PromptMessage, Sampling, ToolChoice, ToolSpec
from julep_local.llm.remote.server import Kind

_BLANK_LINE = "\n\n"
_NAME = re.compile("[A-Za-z0-9_-]{1,64}")
_ALWAYS_SENT = Sampling()  # what every chat without settings of its own has


def chat_body(kind: Kind, model: str, asked: Prompt) -> dict[str, Any]:
    """Return what says what to answer, without any settings.

    Raises:
        InvalidInput: there is nothing to answer, or this kind of server has no way to carry a message on.
    """
    if not asked.messages:
        raise InvalidInput("there is nothing to answer", field="messages")
    body: dict[str, Any] = {"model": model, "messages": wire_messages(asked.messages)}
    if asked.tools and asked.tool_choice != "none":
        body["tools"] = [_tool(tool) for tool in asked.tools]
        body["tool_choice"] = _tool_choice(asked.tool_choice)
    if asked.continues:
        body |= _carrying_on(kind, asked.messages[-1])
    return body


def text_body(model: str, text: str) -> dict[str, Any]:
    """Return what says which text to carry on, without any settings."""
    return {"model": model, "prompt": text}


def settings_body(kind: Kind, sampling: Sampling, *, room: int, is_text: bool, exact: bool) -> dict[str, Any]:
    """Return the settings.

    What OpenAI's API knows is always sent. What goes beyond it is always sent to servers known to take it, because they
    start from values of their own; to others only where it was asked for, because they may refuse it.

    Args:
        kind: of the server.
        sampling: how to draw.
        room: how many tokens the answer may have at most.
        is_text: a text is carried on, not a conversation answered.
        exact: the prompt is to be read anew, where the server can be told so.

    Raises:
        InvalidInput: a setting has no counterpart there.
    """
    if sampling.length_penalty != 1:
        raise InvalidInput("a server has no such setting: leave it at 1", field="length_penalty")
    body: dict[str, Any] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": min(sampling.max_tokens, room),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
    }
    further: dict[str, tuple[float, set[float]]] = {
        "top_k": (sampling.top_k or kind.all_top_k, {0, kind.all_top_k}),
        "min_p": (sampling.min_p, {0, _ALWAYS_SENT.min_p}),
        kind.repetition_penalty: (sampling.repetition_penalty, {1}),
    }
    body |= {name: value for name, (value, unasked) in further.items() if kind.samples_more or value not in unasked}
    if sampling.logit_bias:
        body["logit_bias"] = {str(token): bias for token, bias in sampling.logit_bias.items()}
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if exact:
        body |= kind.reads_anew
    if sampling.constraint is not None:
        body |= _constrained(kind, sampling.constraint, is_text=is_text)
    return body


def wire_messages(messages: Sequence[PromptMessage]) -> list[dict[str, Any]]:
    """Return the messages in the form that every chat template takes."""
    n_leading = next((i for i, message in enumerate(messages) if message.role != "system"), len(messages))
    sent: list[dict[str, Any]] = []
    if n_leading:
        sent.append({"role": "system", "content": _BLANK_LINE.join(each.content for each in messages[:n_leading])})
    n_calls = 0
    unanswered: Iterator[dict[str, Any]] = iter(())
    for message in _merged(_system_as_user(messages[n_leading:])):
        if message.role == "tool":
            call = next(unanswered, None)
            sent.append(_result(message, call))
            continue
        as_dict: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.name and _NAME.fullmatch(message.name):
            as_dict["name"] = message.name
        if message.tool_calls:
            as_dict["tool_calls"] = [
                {
                    # nine characters: Mistral's templates insist on it
                    "id": call.id or f"call{n_calls + i:05d}",
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for i, call in enumerate(message.tool_calls)
            ]
            n_calls += len(message.tool_calls)
            unanswered = iter(as_dict["tool_calls"])
        sent.append(as_dict)
    return sent


def _result(message: PromptMessage, call: Mapping[str, Any] | None) -> dict[str, Any]:
    if call is None:  # servers refuse a result that nothing asked for
        return {"role": "user", "content": tool_calls.result_as_text(message.content)}
    return {
        "role": "tool",
        "tool_call_id": call["id"],
        "name": message.name or call["function"]["name"],
        "content": message.content,
    }


def _system_as_user(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    """Return the messages with system messages moved to the head of the user's message that follows.

    What was looked up for a question so stands beside it; a result never parts from its call.
    """
    shown: list[PromptMessage] = []
    waiting: list[PromptMessage] = []
    for message in messages:
        if message.role == "system":
            waiting.append(replace(message, role="user", name=None))
        elif message.role == "tool":
            shown.append(message)
        elif message.role == "user" and waiting:
            texts = [each.content for each in (*waiting, message)]
            shown.append(replace(message, content=_BLANK_LINE.join(texts)))
            waiting = []
        else:
            shown += [*waiting, message]
            waiting = []
    return shown + waiting


def _merged(messages: Sequence[PromptMessage]) -> list[PromptMessage]:
    """Return the messages with neighbours of one role made one, and with the calls that follow a text beside it."""
    merged: list[PromptMessage] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last is None or message.role != last.role or message.role == "tool":
            merged.append(message)
        elif message.tool_calls and not message.content:
            merged[-1] = replace(last, tool_calls=(*last.tool_calls, *message.tool_calls))
        elif not last.tool_calls and message.name in (None, last.name):
            content = _BLANK_LINE.join(text for text in (last.content, message.content) if text)
            merged[-1] = replace(last, content=content, tool_calls=message.tool_calls)
        else:
            merged.append(message)
    return merged


def _carrying_on(kind: Kind, last: PromptMessage) -> dict[str, Any]:
    if kind.carries_on is None:
        raise InvalidInput(
            f"a message can be carried on by vLLM and llama-server only, and this server is {kind.title}: leave out "
            "`continue`, or ask for what is missing",
            field="messages",
        )
    if last.role != "assistant" or last.tool_calls:
        raise InvalidInput("a server can carry on a text of the assistant only", field="messages")
    return dict(kind.carries_on)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _tool_choice(choice: ToolChoice) -> Any:
    return {"type": "function", "function": {"name": choice[1]}} if isinstance(choice, tuple) else choice


def _constrained(kind: Kind, constraint: Constraint, *, is_text: bool) -> dict[str, Any]:
    if constraint.kind == "regex":
        raise InvalidInput(
            "a server cannot be relied on to keep to a pattern: ask for a JSON schema, or use a local model",
            field="response_format",
        )
    schema = dict(constraint.schema)
    if is_text and kind.text_schema is None:
        raise InvalidInput(
            f"this server ({kind.title}) answers in a form of JSON in chats only, not where it carries a text on",
            field="response_format",
        )
    if is_text and kind.text_schema == "json_schema":
        return {"json_schema": schema}
    if kind.bare_schema:
        return {"response_format": {"type": "json_object", "schema": schema}}
    if schema == {"type": "object"}:
        return {"response_format": {"type": "json_object"}}
    form = {"name": "answer", "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": form}}
