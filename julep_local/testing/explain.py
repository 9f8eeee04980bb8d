"""What a failed comparison of messages or recalled texts shows: who said what, what was recalled, how near it was."""

import difflib
from collections.abc import Sequence
from typing import Any

from julep_local.types import ChatMlMessage, ChatResponse, DocHit, InputChatMlMessage, Memory, RecalledText

_SHOWN = (ChatMlMessage, InputChatMlMessage, ChatResponse, RecalledText, DocHit, Memory)


def explained(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines for a failed `left op right`, the first a summary; None if it is none of our things."""
    if not (_is_ours(left) or _is_ours(right)):
        return None
    if op == "==":
        ours, theirs = lines_of(left), lines_of(right)
        if ours == theirs:
            return [f"{_kind(left)} say the same and differ in ids or times", *_indented(ours)]
        return [f"{_kind(left)} == {_kind(right)} (- right, + left)", *difflib.ndiff(theirs, ours)]
    if op in ("in", "not in"):
        return [f"{_short(left)} {op} {_kind(right)}:", *_indented(lines_of(right) or ["(none)"])]
    return None


def lines_of(value: object) -> list[str]:
    """Return what a message, a recalled text, a response, or a list of them says, a line each."""
    if isinstance(value, ChatResponse):
        return [line for message in value.response[0] for line in lines_of(message)]
    if isinstance(value, ChatMlMessage | InputChatMlMessage):
        return [f"{getattr(value.role, 'value', value.role)}: {value.content}"]
    if isinstance(value, RecalledText):
        how = "by its words" if value.similarity is None else f"similarity {value.similarity:.2f}"
        return [f"{value.kind} {value.title or ''!r}: {value.text} ({how})"]
    if isinstance(value, DocHit):
        how = "by its words" if value.similarity is None else f"similarity {value.similarity:.2f}"
        return [f"doc {value.title!r}: {value.chunk} ({how})"]
    if isinstance(value, Memory):
        return [f"memory: {value.content}"]
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(each, str) for each in value):
        return [f"{value[0]}: {value[1]}"]
    if isinstance(value, dict) and "role" in value:
        return [f"{value['role']}: {value.get('content')}"]
    if isinstance(value, list | tuple):
        return [line for each in value for line in lines_of(each)]
    return [str(value)]


def _is_ours(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(each, _SHOWN) for each in value)
    return isinstance(value, _SHOWN)


def _kind(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{len(value)} {type(value[0]).__name__ if len(value) else 'things'}{'s' if len(value) != 1 else ''}"
    return type(value).__name__


def _short(value: object) -> str:
    return "; ".join(lines_of(value))[:200]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
