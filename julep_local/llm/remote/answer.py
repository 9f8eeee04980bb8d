"""What a server streams, read into text, tool calls and an ending.

It knows nothing of HTTP: it is given the data of one event after the other.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from julep_local.llm.base import Finish, ToolCall
from julep_local.llm.remote.refusal import Refusals

_CHARS_PER_TOKEN = 4


@dataclass
class _Call:
    """A tool call of which pieces have come."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class Answer:
    """An answer that is under way.

    A model's thoughts (`reasoning_content`) are no part of it, though they count as tokens.

    Attributes:
        ended: nothing further is to be expected.
    """

    def __init__(self, refusals: Refusals, *, interrupted_hint: str) -> None:
        self.ended = False
        self._refusals = refusals
        self._interrupted_hint = interrupted_hint
        self._reason: str | None = None
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._usage: dict[str, Any] = {}
        self._n_from_cache: Any = None
        self._n_pieces = 0
        self._n_chars = 0

    def add(self, event: bytes) -> str:
        """Return the text that the event brings.

        Raises:
            ModelError: it brings an error, or is no piece of an answer.
        """
        if event.strip() == b"[DONE]":
            self.ended = True
            return ""
        piece = self._read(event)
        self._usage = _object(piece.get("usage")) or self._usage
        self._n_from_cache = _object(piece.get("timings")).get("cache_n", self._n_from_cache)
        choice = _object(next(iter(_list(piece.get("choices"))), None))
        delta = _object(choice.get("delta"))
        for part in _list(delta.get("tool_calls")):
            self._add_call(_object(part))
        self._reason = choice.get("finish_reason") or self._reason
        text = choice.get("text") or delta.get("content") or delta.get("refusal") or ""
        if not isinstance(text, str):
            raise self._refusals.unreadable(event)
        self._count(text)
        return text

    def finish(self, prompt_tokens: int) -> Finish:
        """Return how the answer ended.

        Args:
            prompt_tokens: what the prompt was taken for, in case the server does not tell.

        Raises:
            ModelError: it has not ended, or calls a tool with arguments that are none.
        """
        if self._reason is None:
            raise self._refusals.broken_off(self._interrupted_hint)
        if self._reason == "content_filter":
            raise self._refusals.broken_off("it withheld the rest of it (content_filter); ask for something else")
        cut = self._reason == "length"
        calls = tuple(call for each in self._calls if (call := self._whole_call(each, cut=cut)) is not None)
        reason: Literal["stop", "length", "tool_calls"] = "length" if cut else "stop"
        details = _object(self._usage.get("prompt_tokens_details"))
        return Finish(
            "tool_calls" if calls else reason,
            prompt_tokens=_whole(self._usage.get("prompt_tokens"), prompt_tokens),
            cached_tokens=_whole(details.get("cached_tokens", self._n_from_cache), 0),
            # most servers send a piece for each token
            completion_tokens=_whole(
                self._usage.get("completion_tokens"), max(self._n_pieces, -(-self._n_chars // _CHARS_PER_TOKEN))
            ),
            tool_calls=calls,
        )

    def _read(self, event: bytes) -> dict[str, Any]:
        try:
            piece: Any = json.loads(event)
        except (ValueError, RecursionError):
            piece = None
        if not isinstance(piece, dict):
            raise self._refusals.unreadable(event)
        if piece.get("error") or piece.get("object") == "error":
            raise self._refusals.of_event(piece)
        return piece

    def _add_call(self, part: dict[str, Any]) -> None:
        function = _object(part.get("function"))
        call_id, name, arguments = part.get("id"), function.get("name"), function.get("arguments")
        index = part.get("index")
        call = self._by_index.get(index) if isinstance(index, int) else self._last_call()
        # some servers give every call the index 0, or none, and an id of its own
        if call is None or (call_id and call.id and call_id != call.id):
            call = _Call()
            self._calls.append(call)
            if isinstance(index, int):
                self._by_index[index] = call
        call.id = call.id or str(call_id or "")
        call.name = call.name or str(name or "")
        if arguments:
            text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
            call.arguments += text
            self._count(text)

    def _last_call(self) -> _Call | None:
        return self._calls[-1] if self._calls else None

    def _count(self, text: str) -> None:
        self._n_pieces += bool(text)
        self._n_chars += len(text)

    def _whole_call(self, call: _Call, *, cut: bool) -> ToolCall | None:
        """Return the call; None if the answer was cut off in the middle of it."""
        arguments = call.arguments.strip() or "{}"
        if not call.name or not _is_object(arguments):
            if cut:
                return None
            raise self._refusals.bad_call(call.name)
        return ToolCall(call.name, arguments, call.id)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
