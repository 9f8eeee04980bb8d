"""What a scripted model is told: replies, and what it has to be shown before it gives them. It knows no model."""

import dataclasses
import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pydantic

from julep_local.llm.base import Constraint, Prompt, PromptMessage, Sampling, ToolCall

Reason = Literal["stop", "length", "tool_calls"]


class ScriptError(AssertionError):
    """The model was not used as its script says."""


class UnexpectedModelCall(ScriptError):
    """The model was asked more often than the script has replies."""


class PromptMismatch(ScriptError):
    """The model was not shown what the step of the script expects."""


class UnusedReplies(ScriptError):
    """The model was asked less often than the script has replies."""


class FormatViolation(ScriptError):
    """A scripted reply does not have the form that `response_format` asks for, which a real model is held to."""


@dataclass(frozen=True)
class Pause:
    """Time that passes between two pieces of an answer."""

    seconds: float


class Hang:
    """The model says nothing more, until the chat is cancelled or the test calls `model.resume()`."""

    def __repr__(self) -> str:
        return "HANG"


HANG = Hang()
Piece = str | Pause | Hang | Exception


@dataclass(frozen=True)
class Answer:
    """A reply in detail."""

    text: str = ""
    """Given word by word."""
    calls: Sequence[ToolCall] = ()
    """Tool calls behind the text."""
    reason: Reason | None = None
    """How it ends; None is what a real model would say: `tool_calls`, `length` where it is cut off, else `stop`."""
    pieces: Sequence[Piece] = ()
    """In place of the text: exactly these pieces, and between them pauses, hanging, or an error that ends it."""
    first_s: float = 0.0
    """Time until the first piece."""
    each_s: float = 0.0
    """Time between pieces."""
    is_checked: bool = True
    """Held against the `response_format`. A model that breaks it on purpose is not."""


def stream(
    *pieces: Piece, calls: Sequence[ToolCall] = (), reason: Reason | None = None, first_s: float = 0, each_s: float = 0
) -> Answer:
    """Return an answer that comes in exactly these pieces."""
    return Answer(calls=calls, reason=reason, pieces=pieces, first_s=first_s, each_s=each_s)


Reply = Any
"""A text; a tool call or several; a JSON value (dict, list, pydantic model); an `Answer`; an exception to raise; or a
function of the prompt that returns one of these."""


@dataclass(frozen=True)
class Step:
    """A reply, and what the model has to be shown before it gives it. What is None is not looked at."""

    reply: Reply
    last: str | re.Pattern[str] | None = None
    """The content of the last message, or a pattern found in it."""
    holds: Sequence[str] = ()
    """Texts that stand somewhere in the prompt."""
    lacks: Sequence[str] = ()
    """Texts that do not."""
    messages: Sequence[tuple[str, str]] | None = None
    """Role and content of all messages."""
    tools: Sequence[str] | None = None
    """The names of the tools on offer."""
    settings: Mapping[str, Any] | None = None
    """Some of the fields of `Sampling`: temperature, seed, stop, ..."""

    def __post_init__(self) -> None:
        known = {each.name for each in dataclasses.fields(Sampling)}
        for name in (self.settings or {}).keys() - known:
            raise ValueError(f"settings: there is no {name!r}; known: {', '.join(sorted(known))}")

    def mismatch(self, prompt: Prompt, sampling: Sampling) -> str:
        """Return what the prompt has otherwise than it should, as a diff; empty if nothing."""
        found: list[str] = []
        last = prompt.messages[-1].content if prompt.messages else ""
        if isinstance(self.last, str) and last != self.last:
            found.append("the last message:\n" + diff(self.last, last))
        if isinstance(self.last, re.Pattern) and not self.last.search(last):
            found.append(f"the last message has nothing that fits {self.last.pattern!r}:\n    {last}")
        text = "\n".join(each.content for each in prompt.messages)
        found += [f"{wanted!r} is not in the prompt" for wanted in self.holds if wanted not in text]
        found += [f"{unwanted!r} is in the prompt" for unwanted in self.lacks if unwanted in text]
        if self.messages is not None:
            wanted = "\n".join(f"{role}: {content}" for role, content in self.messages)
            came = "\n".join(f"{each.role}: {each.content}" for each in prompt.messages)
            if wanted != came:
                found.append("the messages:\n" + diff(wanted, came))
        if self.tools is not None and list(self.tools) != [tool.name for tool in prompt.tools]:
            found.append(f"tools: expected {list(self.tools)}, shown {[tool.name for tool in prompt.tools]}")
        for name, value in (self.settings or {}).items():
            if getattr(sampling, name) != value:
                found.append(f"{name}: expected {value!r}, came {getattr(sampling, name)!r}")
        return "\n".join(found)


def as_answer(reply: Reply) -> Answer:
    """Return the reply in detail. An exception is no reply: it is raised where it stands."""
    if isinstance(reply, Answer):
        return reply
    if isinstance(reply, str):
        return Answer(reply)
    if isinstance(reply, ToolCall):
        return Answer(calls=(reply,))
    if isinstance(reply, list | tuple) and reply and all(isinstance(each, ToolCall) for each in reply):
        return Answer(calls=tuple(reply))
    if isinstance(reply, pydantic.BaseModel):
        return Answer(reply.model_dump_json(by_alias=True))
    if isinstance(reply, Mapping | list | tuple) or reply is None or isinstance(reply, bool | int | float):
        return Answer(json.dumps(reply, ensure_ascii=False))
    raise TypeError(f"{reply!r:.100} is no reply: give a text, a ToolCall, a JSON value, an Answer or an exception")


def called(reply: Reply, prompt: Prompt) -> Reply:
    """Return what the reply comes to, which may be a function of the prompt."""
    is_function = callable(reply) and not isinstance(reply, type)
    function: Callable[[Prompt], Reply] = reply
    return function(prompt) if is_function else reply


def check_format(text: str, constraint: Constraint) -> None:
    """Check that a reply has the form that was asked for.

    Raises:
        FormatViolation: it has not.
    """
    if constraint.kind == "regex":
        if re.fullmatch(constraint.pattern, text, re.DOTALL) is None:
            raise FormatViolation(f"the reply does not match the pattern {constraint.pattern!r}:\n    {text}")
        return
    try:
        value = json.loads(text)
    except ValueError as error:
        raise FormatViolation(f"the reply is no JSON ({error}):\n    {text}") from None
    try:
        from jsonschema import Draft202012Validator  # an extra: of those who test, few ask for a schema
    except ImportError:
        if constraint.schema == {"type": "object"} and isinstance(value, dict):
            return
        raise ModuleNotFoundError(
            "to hold a scripted reply against a JSON schema, jsonschema is needed: pip install 'julep_local[testing]'"
        ) from None
    found = Draft202012Validator(constraint.schema).iter_errors(value)
    errors = [f"{error.json_path}: {error.message}" for error in found]
    if errors:
        raise FormatViolation("the reply does not fit the schema:\n    " + "\n    ".join([*errors, text]))


def shown(messages: Sequence[PromptMessage]) -> str:
    """Return the messages for a person, one a line, long ones in part."""
    return "\n".join(f"    {each.role}{f' ({each.name})' if each.name else ''}: {_short(each)}" for each in messages)


def _short(message: PromptMessage) -> str:
    text = message.content or ", ".join(f"{call.name}({call.arguments})" for call in message.tool_calls)
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-80:]}"


def diff(expected: str, came: str) -> str:
    """Return the lines of both texts: `-` is expected, `+` came, `?` points at what differs within a line."""
    lines = difflib.ndiff(expected.splitlines() or [""], came.splitlines() or [""])
    return "\n".join("    " + line.rstrip("\n") for line in lines)
