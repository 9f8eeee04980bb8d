"""A model's own chat template: from messages to pieces of text, in the form this template can express.

Contents are never given to the template. It is rendered with a placeholder for each, and the pieces between come out as
the template's own words. So no content can become a control token, however it is spelt, and tokens can be counted by
part.

What a template can express is found out by rendering small conversations once: whether it takes a system message, also
in the middle, insists on alternating roles, shows tools. What it cannot is put differently, so that appended messages
never change earlier pieces, which the KV cache depends on. It knows nothing of tokens.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from julep_local.errors import ApiError, ModelBroken
from julep_local.llm import tool_calls
from julep_local.llm.base import Part, PromptMessage, Role, ToolCall, ToolSpec
from julep_local.sandbox import compile_template

_BLANK_LINE = "\n\n"
_FIXED_PARTS = ("situation", "about_agent", "about_user", "instructions", "tools")  # what stands before the tools
_PROBE_TOOL = ToolSpec("probe_tool", "probe", {"type": "object", "properties": {"probe_argument": {"type": "string"}}})
_PROBE_CALL = ToolCall("probe_tool", '{"probe_argument": "probe_value"}')


@dataclass(frozen=True)
class Piece:
    """A stretch of the prompt's text, tokenised on its own."""

    text: str
    part: Part
    is_answer: bool = False
    """A whole message of the assistant: the model may have written it, as other tokens than the text suggests."""
    is_template: bool = False
    """The template's own words, in which names of control tokens stand for these."""


@dataclass(frozen=True)
class _Shown:
    """A message in the form in which the template gets it."""

    role: Role
    pieces: tuple[Piece, ...]
    calls: tuple[ToolCall, ...] = ()
    name: str | None = None


class ChatTemplate:
    """A chat template and what it can express.

    Args:
        source: jinja text.
        bos: the text of the token that begins a prompt.
        eos: the text of the token that ends one.
        is_plain: whether a text stays text where the template's own words are tokenised. Strings in tool definitions
            for which it does not are kept apart like contents.

    Raises:
        ModelBroken: the template is invalid, or cannot show a user's message.
    """

    def __init__(
        self, source: str, *, bos: str, eos: str, is_plain: Callable[[str], bool] = lambda _text: True
    ) -> None:
        self._variables = {"bos_token": bos, "eos_token": eos}
        self._is_plain = is_plain
        self._marks = _Marks()
        try:
            self._template = compile_template(source, what="chat template", chat=True)
            self._render([_probe("user")])
        except ApiError as error:
            raise ModelBroken(f"the model's chat template is of no use: {error}. Choose another model.") from error

    def pieces(
        self, messages: Sequence[PromptMessage], *, tools: Sequence[ToolSpec] = (), continues: bool = False
    ) -> list[Piece]:
        """Return the prompt that shows these messages, and where the answer begins.

        Args:
            messages: as they are; the form this template wants is made here.
            tools: on offer.
            continues: the last message is left open, for the answer to carry it on.

        Raises:
            ModelBroken: the template refuses the conversation or leaves a message out.
        """
        shown = self._adapted(messages, tools)
        try:
            return self._render(shown, tools if self.takes_tools else (), continues=continues)
        except ApiError as error:
            roles = ", ".join(message.role for message in shown)
            raise ModelBroken(f"the model's chat template cannot show this conversation ({roles}): {error}") from error

    # -- what the template can express

    @cached_property
    def takes_system(self) -> bool:
        """Whether a system message at the start is shown at the start."""
        return self._shows("system", "user") and self._shows("system", "user", "assistant", "user")

    @cached_property
    def takes_late_system(self) -> bool:
        """Whether a system message is shown in its place anywhere."""
        return self.takes_system and self._shows("system", "user", "assistant", "system", "user")

    @cached_property
    def alternates(self) -> bool:
        """Whether user and assistant must take turns, the user first."""
        return not (self._shows("user", "user", "assistant", "assistant", "user") and self._shows("assistant", "user"))

    @cached_property
    def takes_tools(self) -> bool:
        """Whether tools, calls and results are shown, in a form of the template's own."""
        asked = [_probe("user"), replace(_probe("assistant"), pieces=(), calls=(_PROBE_CALL,))]
        try:
            offered = _text(self._render([_probe("user")], [_PROBE_TOOL]))
            used = _text(self._render([*asked, _probe("tool"), _probe("assistant"), _probe("user")], [_PROBE_TOOL]))
        except ApiError:
            return False
        return "probe_argument" in offered and "probe_value" in used

    @cached_property
    def calls_like_hermes(self) -> bool:
        """Whether calls are written the way `tool_calls` reads them."""
        if not self.takes_tools:
            return True
        called = [_probe("user"), replace(_probe("assistant"), pieces=(), calls=(_PROBE_CALL,)), _probe("tool")]
        opening = rf'{tool_calls.OPENING}\s*{{"name": "{_PROBE_CALL.name}", "arguments"'
        return re.search(opening, _text(self._render(called, [_PROBE_TOOL]))) is not None

    def _shows(self, *roles: Role) -> bool:
        try:
            pieces = self._render([_probe(role, str(i)) for i, role in enumerate(roles)])
        except ApiError:
            return False
        contents = [piece.text for piece in pieces if not piece.is_template]
        return contents == [str(i) for i in range(len(roles))]

    # -- messages in the form that it can express

    def _adapted(self, messages: Sequence[PromptMessage], tools: Sequence[ToolSpec]) -> list[_Shown]:
        n_leading = next((i for i, message in enumerate(messages) if message.role != "system"), len(messages))
        leading = [Piece(message.content, message.part) for message in messages[:n_leading]]
        if tools and not self.takes_tools:
            n_fixed = next((i for i, piece in enumerate(leading) if piece.part not in _FIXED_PARTS), len(leading))
            leading.insert(n_fixed, Piece(tool_calls.described(tools), "tools"))
        rest = [self._as_shown(message) for message in messages[n_leading:]]
        if not self.takes_late_system:
            rest = _system_as_user(rest)
        rest = _calls_merged(rest)
        if leading and self.takes_system:
            rest.insert(0, _Shown("system", _joined(leading)))
        elif leading:
            rest = _merged([_Shown("user", _joined(leading)), *rest[:1]]) + rest[1:]
        return self._alternating(rest) if self.alternates else rest

    def _as_shown(self, message: PromptMessage) -> _Shown:
        role, text, calls = message.role, message.content, message.tool_calls
        if not self.takes_tools and role == "tool":
            role, text = "user", tool_calls.result_as_text(text)
        if not self.takes_tools and calls:
            text, calls = "\n".join([*([text] if text else []), *map(tool_calls.as_text, calls)]), ()
        pieces = (Piece(text, message.part, is_answer=role == "assistant"),) if text or not calls else ()
        return _Shown(role, pieces, calls, message.name)

    def _alternating(self, messages: Sequence[_Shown]) -> list[_Shown]:
        system = [message for message in messages[:1] if message.role == "system"]
        turns = _merged(messages[len(system) :])
        if not turns or turns[0].role != "user":
            turns.insert(0, _Shown("user", (Piece("", "template"),)))
        return [*system, *turns]

    # -- rendering

    def _render(
        self, messages: Sequence[_Shown], tools: Sequence[ToolSpec] = (), *, continues: bool = False
    ) -> list[Piece]:
        marks = _Placeholders(self._marks, self._is_plain)
        text = self._template.render(
            messages=_as_dicts(messages, marks),
            tools=[marks.guarded(_tool_as_dict(tool)) for tool in tools] or None,
            add_generation_prompt=not continues,
            **self._variables,
        )
        if continues:
            text = text[: text.rindex(marks.last) + len(marks.last)] if marks.last in text else text
        return marks.pieces(text)


class _Marks:
    """Placeholders that no template contains."""

    def __init__(self) -> None:
        self._nonce = "q" + secrets.token_hex(6) + "x"
        self.pattern = re.compile(rf"{self._nonce}(\d+)z")

    def __getitem__(self, number: int) -> str:
        return f"{self._nonce}{number}z"


class _Placeholders:
    """What stands for which contents in one rendering."""

    def __init__(self, marks: _Marks, is_plain: Callable[[str], bool]) -> None:
        self._marks = marks
        self._is_plain = is_plain
        self._contents: list[tuple[Piece, ...]] = []
        self._wanted: set[int] = set()
        self.last = ""

    def content(self, pieces: tuple[Piece, ...]) -> str:
        """Return what stands for a message's content. It has to come out of the template."""
        if not pieces:
            return ""
        self._wanted.add(len(self._contents))
        self.last = self._mark(pieces)
        return self.last

    def guarded(self, value: Any) -> Any:
        """Return the JSON value with whatever would become a control token replaced."""
        if isinstance(value, str):
            # templates print such values as JSON
            written = Piece(json.dumps(value, ensure_ascii=False)[1:-1], "tools")
            return value if self._is_plain(value) else self._mark((written,))
        if isinstance(value, dict):
            return {self.guarded(key): self.guarded(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.guarded(each) for each in value]
        return value

    def pieces(self, text: str) -> list[Piece]:
        """Return the rendered text with the contents in their places."""
        found: list[Piece] = []
        shown: set[int] = set()
        for i, between in enumerate(self._marks.pattern.split(text)):
            if i % 2:
                shown.add(int(between))
                found.extend(self._contents[int(between)])
            elif between:
                found.append(Piece(between, "template", is_template=True))
        if not shown >= self._wanted:
            raise ModelBroken("it leaves out a message")
        return found

    def _mark(self, pieces: tuple[Piece, ...]) -> str:
        self._contents.append(pieces)
        return self._marks[len(self._contents) - 1]


def _as_dicts(messages: Sequence[_Shown], marks: _Placeholders) -> list[dict[str, Any]]:
    """Return the messages as Hugging Face's templates expect them. Calls and results are matched in their order."""
    shown: list[dict[str, Any]] = []
    n_calls = 0
    open_calls: Iterator[dict[str, Any]] = iter(())
    for message in messages:
        as_dict: dict[str, Any] = {"role": message.role, "content": marks.content(message.pieces)}
        if message.calls:
            calls = [marks.guarded(_call_as_dict(call, n_calls + i)) for i, call in enumerate(message.calls)]
            n_calls += len(calls)
            open_calls = iter(calls)
            as_dict["tool_calls"] = calls
        if message.role == "tool":
            call = next(open_calls, None)
            as_dict["tool_call_id"] = call["id"] if call else _call_id(0)
            as_dict["name"] = marks.guarded(message.name or (call["function"]["name"] if call else "function"))
        shown.append(as_dict)
    return shown


def _call_as_dict(call: ToolCall, number: int) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return {"id": _call_id(number), "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _call_id(number: int) -> str:
    return f"call{number % 100_000:05d}"  # nine characters: Mistral's templates insist on it


def _tool_as_dict(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the texts with blank lines between them; each line belongs to the text behind it."""
    first, *others = pieces
    return (replace(first, is_answer=False), *(Piece(_BLANK_LINE + each.text, each.part) for each in others))


def _merged(messages: Sequence[_Shown]) -> list[_Shown]:
    """Return the messages with neighbours of one role made one."""
    merged: list[_Shown] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last is None or last.role != message.role or last.calls or message.calls or message.role == "tool":
            merged.append(message)
        else:
            merged[-1] = replace(last, pieces=(*last.pieces, *_following(message.pieces)))
    return merged


def _calls_merged(messages: Sequence[_Shown]) -> list[_Shown]:
    """Return the messages with calls made at once, each of which was recorded on its own, in one message."""
    merged: list[_Shown] = []
    for message in messages:
        if merged and merged[-1].calls and message.calls and not message.pieces:
            merged[-1] = replace(merged[-1], calls=(*merged[-1].calls, *message.calls))
        else:
            merged.append(message)
    return merged


def _following(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    first, *others = pieces
    return (Piece(_BLANK_LINE + first.text, first.part), *others)


def _system_as_user(messages: Sequence[_Shown]) -> list[_Shown]:
    """Return the messages with system messages put at the head of the user's message that follows."""
    shown: list[_Shown] = []
    waiting: list[_Shown] = []
    for message in messages:
        if message.role == "system":
            waiting.append(replace(message, role="user"))
            continue
        shown += _merged([*waiting, message]) if message.role == "user" else [*_merged(waiting), message]
        waiting = []
    return shown + _merged(waiting)


def _probe(role: Role, text: str = "probe") -> _Shown:
    return _Shown(role, (Piece(text, "input"),))


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
