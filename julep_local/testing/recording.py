"""What a cassette holds: questions to a model with their answers, as JSON that people can read and git can compare.

A text of several lines is a list of lines, and settings that are the default are left out. It knows no model.
"""

import dataclasses
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from julep_local import errors
from julep_local.llm.base import Constraint, Finish, Prompt, Sampling, ToolCall
from julep_local.prompt import layout

REDACTED = "<redacted>"
SECRETS = (
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bhf_[A-Za-z0-9]{20,}",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
    r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{16,}=*",
    r"(?is)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    r"(?i)\b(?:password|api[_-]?key)[\"' ]*[:=][\"' ]*[^\s\"',}]+",
)
"""What never gets into a file: keys of well-known services, tokens, passwords."""


@dataclass(frozen=True)
class Question:
    """What a model was asked, in all that changes its answer."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: Any = "auto"
    continues: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for equal questions."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, ensure_ascii=False)

    @property
    def text(self) -> str:
        """The question for people."""
        lines = [f"{key}: {value}" for each in self.messages for key, value in _flat(each)]
        lines += [f"tool {tool['name']}: {tool.get('description', '')} {tool.get('parameters')}" for tool in self.tools]
        if self.tools and self.tool_choice != "auto":
            lines.append(f"tool_choice: {self.tool_choice}")
        lines += [f"{name} = {json.dumps(value)}" for name, value in self.settings.items()]
        return "\n".join(lines + (["(to be carried on)"] if self.continues else []))


@dataclass(frozen=True)
class Recorded:
    """How a model answered: pieces of text, and then an end, an error, or that the program went away."""

    pieces: Sequence[str]
    finish: Finish | None = None
    error: Mapping[str, Any] | None = None
    """Its type and what it says. Neither this nor `finish`: the program cancelled the answer."""


class Redactor:
    """Replaces what must not get into a file."""

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._pattern = [re.compile(pattern) for pattern in (*SECRETS, *patterns)]

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for pattern in self._pattern:
            text = pattern.sub(REDACTED, text)
        return text

    def value(self, value: Any) -> Any:
        """Return a JSON value without secrets in its texts."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return value


def question(prompt: Prompt, sampling: Sampling, redactor: Redactor) -> Question:
    """Return what matters of a prompt and its settings: not the words that the library puts around others' texts."""
    messages: list[dict[str, Any]] = []
    for each in prompt.messages:
        said: dict[str, Any] = {"role": each.role, "content": redactor.text(layout.without_wording(each))}
        if each.name and each.role != "system":
            said["name"] = each.name
        if each.tool_calls:
            said["calls"] = [
                {"name": call.name, "arguments": redactor.text(call.arguments)} for call in each.tool_calls
            ]
        messages.append(said)
    tools = [
        redactor.value({"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)})
        for tool in prompt.tools
    ]
    choice = list(prompt.tool_choice) if isinstance(prompt.tool_choice, tuple) else prompt.tool_choice
    return Question(messages, tools, choice if tools else "auto", prompt.continues, redactor.value(_settings(sampling)))


def _settings(sampling: Sampling) -> dict[str, Any]:
    """Return the settings that are not the default, as JSON has them."""
    found: dict[str, Any] = {}
    for each in dataclasses.fields(Sampling):
        value = getattr(sampling, each.name)
        default = each.default if each.default is not dataclasses.MISSING else {}
        if value == default:
            continue
        if isinstance(value, Constraint):
            value = {
                "kind": value.kind,
                **({"schema": dict(value.schema)} if value.schema else {"pattern": value.pattern}),
            }
        elif each.name == "logit_bias":
            value = {str(token): amount for token, amount in sorted(value.items())}
        found[each.name] = list(value) if isinstance(value, tuple) else value
    return found


# ---- the file --------------------------------------------------------------------------------------------------------


def to_json(asked: Question, recorded: Recorded, redactor: Redactor) -> dict[str, Any]:
    """Return a recording as it stands in the file."""
    entry: dict[str, Any] = {"asked": [_message_to_json(each) for each in asked.messages]}
    if asked.tools:
        entry["tools"] = list(asked.tools)
        entry["tool_choice"] = asked.tool_choice
    if asked.continues:
        entry["continues"] = True
    if asked.settings:
        entry["settings"] = dict(asked.settings)
    text = redactor.text("".join(recorded.pieces))
    if text:
        entry["answer"] = _lines(text)
        if text == "".join(recorded.pieces):  # of a text that was changed nobody knows where its pieces end
            entry["pieces"] = " ".join(str(len(piece)) for piece in recorded.pieces)
    if recorded.finish is not None:
        entry["end"] = _finish_to_json(recorded.finish, redactor)
    elif recorded.error is not None:
        entry["error"] = redactor.value(recorded.error)
    else:
        entry["cancelled"] = True
    return entry


def from_json(entry: Mapping[str, Any]) -> tuple[Question, Recorded]:
    """Return a recording of a file."""
    asked = Question(
        [{**each, "content": _text(each["content"])} for each in entry["asked"]],
        entry.get("tools", []),
        entry.get("tool_choice", "auto"),
        entry.get("continues", False),
        entry.get("settings", {}),
    )
    text = _text(entry.get("answer", ""))
    lengths = [int(n) for n in entry["pieces"].split()] if "pieces" in entry else [len(text)] if text else []
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    pieces = [text[end - n : end] for n, end in zip(lengths, ends, strict=True)]
    end = entry.get("end")
    return asked, Recorded(pieces, None if end is None else _finish_from_json(end), entry.get("error"))


def _message_to_json(said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "content": _lines(said["content"])}


def _finish_to_json(finish: Finish, redactor: Redactor) -> dict[str, Any]:
    calls = [{"name": call.name, "arguments": redactor.text(call.arguments)} for call in finish.tool_calls]
    return {
        "reason": finish.reason,
        **({"calls": calls} if calls else {}),
        "prompt_tokens": finish.prompt_tokens,
        "cached_tokens": finish.cached_tokens,
        "completion_tokens": finish.completion_tokens,
    }


def _finish_from_json(end: Mapping[str, Any]) -> Finish:
    return Finish(
        end["reason"],
        end["prompt_tokens"],
        end["cached_tokens"],
        end["completion_tokens"],
        tuple(ToolCall(call["name"], call["arguments"]) for call in end.get("calls", ())),
    )


def _lines(text: str) -> Any:
    return text.split("\n") if "\n" in text else text


def _text(lines: Any) -> str:
    return lines if isinstance(lines, str) else "\n".join(lines)


# ---- errors ----------------------------------------------------------------------------------------------------------


def error_to_json(error: Exception) -> dict[str, Any]:
    """Return an error as it stands in the file."""
    name = type(error).__name__
    if isinstance(error, errors.ApiError):
        return {"type": name, "state": {key: value for key, value in vars(error).items() if _is_json(value)}}
    return {"type": name, "message": str(error)}


def error_from_json(told: Mapping[str, Any]) -> Exception:
    """Return the error that was recorded; of a type that is neither this library's nor Python's, a `RuntimeError`."""
    kind = getattr(errors, told["type"], None)
    if "state" in told and isinstance(kind, type) and issubclass(kind, errors.ApiError):
        error: Exception = kind.__new__(kind)
        vars(error).update(told["state"])
        return error
    import builtins

    python = getattr(builtins, told["type"], None)
    if isinstance(python, type) and issubclass(python, Exception):
        return python(told.get("message", ""))
    return RuntimeError(f"{told['type']}: {told.get('message', told.get('state', {}).get('message', ''))}")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


# ---- the difference of two questions ---------------------------------------------------------------------------------


def word_diff(recorded: str, asked: str) -> str:
    """Return both texts in one, as `git diff --word-diff` does: [-only recorded-]{+only asked+}."""
    before, after = _words(recorded), _words(asked)
    pieces: list[str] = []
    for step, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed, added = "".join(before[i:j]), "".join(after[k:m])
        if step == "equal":
            pieces.append(removed)
        else:
            pieces += [f"[-{removed}-]" if removed else "", f"{{+{added}+}}" if added else ""]
    lines = "".join(pieces).split("\n")
    changed = [i for i, line in enumerate(lines) if "[-" in line or "{+" in line or "-]" in line or "+}" in line]
    near = {i + step for i in changed for step in (-1, 0, 1)}
    return "\n".join("    " + line for i, line in enumerate(lines) if i in near)


def nearest(asked: Question, known: Sequence[Question]) -> Question | None:
    """Return the recorded question that has most words in common with what was asked."""
    words = set(_words(asked.text))

    def likeness(one: Question) -> tuple[float, float]:
        theirs = set(_words(one.text))
        shared = len(words & theirs) / max(len(words | theirs), 1)
        same_end = one.messages[-1:] == asked.messages[-1:]
        return (shared + 0.2 * same_end, -abs(len(one.messages) - len(asked.messages)))

    return max(known, key=likeness, default=None)


def _words(text: str) -> list[str]:
    return re.findall(r"\n|[^\S\n]+|\w+|[^\w\s]", text)


def _flat(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    name = f"{said['role']} ({said['name']})" if said.get("name") else str(said["role"])
    calls = [(name, f"calls {call['name']}({call['arguments']})") for call in said.get("calls", ())]
    return [(name, said["content"]), *calls] if said["content"] or not calls else calls
