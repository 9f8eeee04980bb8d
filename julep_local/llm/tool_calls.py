"""Tool calls as text: how a model is told about tools, and the calls out of what it answers.

The form is that of Hermes and Qwen, which many models were trained on:

    <tool_call>
    {"name": "weather", "arguments": {"city": "Rome"}}
    </tool_call>

It knows nothing of tokens or chat templates.
"""

import json
from collections.abc import Sequence
from typing import Any

from julep_local.llm.base import ToolCall, ToolSpec
from julep_local.llm.text import n_held_back

OPENING = "<tool_call>"
CLOSING = "</tool_call>"


def described(tools: Sequence[ToolSpec]) -> str:
    """Return what a model whose chat template knows no tools is told about them."""
    lines = [json.dumps(_shape(tool), ensure_ascii=False) for tool in tools]
    return "\n".join(
        [
            "Functions you can call, one a line:",
            *lines,
            "To call one, answer with only this:",
            OPENING,
            '{"name": "the function", "arguments": {"parameter": "value"}}',
            CLOSING,
            "If no function helps, answer in words.",
        ]
    )


def as_text(call: ToolCall) -> str:
    """Return the call the way a model writes it."""
    return f"{OPENING}\n{before_arguments(call.name)}{call.arguments}}}\n{CLOSING}"


def before_arguments(name: str, key: str = "arguments") -> str:
    """Return the call's JSON up to its arguments, which are found under the key."""
    return f'{{"name": {json.dumps(name, ensure_ascii=False)}, "{key}": '


def result_as_text(result: str) -> str:
    """Return a tool's result the way a model without tools in its chat template is shown it."""
    return f"<tool_response>\n{result}\n</tool_response>"


def read_call(text: str) -> ToolCall | None:
    """Return the call that the JSON text describes; None if it is no call."""
    try:
        call: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return None
    name: str = call["name"]
    arguments = call.get("arguments", call.get("parameters", {}))
    if isinstance(arguments, str):
        return ToolCall(name, arguments) if _is_object(arguments) else None
    if not isinstance(arguments, dict):
        return None
    written = text.strip().removeprefix(before_arguments(name)).removesuffix("}")
    # as the model wrote it where that is possible: shown again it is then made of the same tokens
    exact = _is_object(written)
    return ToolCall(name, written if exact else json.dumps(arguments, ensure_ascii=False))


class CallReader:
    """Takes tool calls out of an answer while it is generated. What may turn out to be a call is held back.

    Args:
        names: the tools on offer. A call of another is no call, but text.
        bare: the model writes calls as mere JSON (Llama 3, Mistral): an answer of nothing but calls is read as such.

    Attributes:
        calls: the calls so far.
        finished: text of another kind follows a call. A model that goes on here usually invents the result.
    """

    def __init__(self, names: Sequence[str], *, bare: bool = False) -> None:
        self._names = frozenset(names)
        self._may_be_bare = bare
        self._held = ""
        self.calls: list[ToolCall] = []
        self.finished = False

    @property
    def is_bare(self) -> bool:
        """Whether the answer seems to be mere JSON so far."""
        return self._may_be_bare

    @property
    def begun(self) -> str | None:
        """What was written of a call that is not complete, behind its opening; None if there is none."""
        if self._may_be_bare:
            return self._held.lstrip() if self._held.lstrip().startswith("{") else None
        return self._held.removeprefix(OPENING) if self._held.startswith(OPENING) else None

    def add(self, text: str) -> str:
        """Return what may be shown after this text."""
        self._held += text
        if self._may_be_bare and self._held.lstrip()[:1] in ("", "{", "["):
            return ""
        self._may_be_bare = False
        shown = ""
        while not self.finished:
            before, opening, inside = self._held.partition(OPENING)
            if not opening:
                return shown + self._words(n_held_back(self._held, (OPENING,)))
            self._held = before
            shown += self._words(0)
            block, closing, after = inside.partition(CLOSING)
            if self.finished or not closing:
                self._held = OPENING + inside
                return shown
            shown += self._take(block, OPENING + block + CLOSING)
            self._held = after
        return shown

    def rest(self, closed: str | None = None) -> str:
        """Return what was held back, now that nothing follows; a call without its end counts if it is complete.

        Args:
            closed: what is to stand for the call that was begun.
        """
        held, self._held = self._held, ""
        if closed is not None:
            held = closed if self._may_be_bare else OPENING + closed
        if self.finished:
            return ""
        if self._may_be_bare and (calls := _bare_calls(held)) and all(call.name in self._names for call in calls):
            self.calls = calls
            return ""
        if held.startswith(OPENING):
            return self._take(held.removeprefix(OPENING).removesuffix(CLOSING), held)
        return "" if self.calls else held

    def _words(self, n_back: int) -> str:
        at = len(self._held) - n_back
        words, self._held = self._held[:at], self._held[at:]
        if not self.calls:
            return words
        self.finished = bool(words.strip())
        return ""

    def _take(self, block: str, as_written: str) -> str:
        call = read_call(block)
        if call is None or call.name not in self._names:
            return "" if self.calls else as_written
        self.calls.append(call)
        return ""


def _bare_calls(text: str) -> list[ToolCall]:
    """Return the calls that the text consists of; none if one of them is no call."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    single = isinstance(found, dict)
    calls = [read_call(text)] if single else [read_call(json.dumps(each)) for each in found if isinstance(found, list)]
    return [call for call in calls if call is not None] if None not in calls else []


def _shape(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
