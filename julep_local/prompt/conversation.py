"""Cuts a conversation into units that are shown or dropped whole, so that what remains is always a legal one.

A unit begins with a user's message that follows an answer. A tool's result belongs to the unit of its call, whatever
was said between the two. It knows nothing of tokens and of where messages are stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from julep_local.llm.base import PromptMessage
from julep_local.prompt import layout
from julep_local.prompt.window import Turn

MOST_UNITS_BACK = 5
"""A result belongs to a call of the last few units. A call that is never answered must not tie all since then
together."""


@dataclass(frozen=True)
class Said:
    """A message of the history, or one of the new input."""

    role: str
    content: object
    name: str | None = None
    seq: int = 0
    """Position in the history; 0 is new."""


@dataclass(frozen=True)
class Units:
    """A conversation, cut."""

    turns: list[Turn]
    """The units of the history, oldest first."""
    needed: list[PromptMessage]
    """Messages of the history that the new input cannot do without: the unit whose call it brings the result of."""
    without_call: set[int]
    """Positions in the new input of results that no call waits for."""


def units(history: Iterable[Said], new: Sequence[Said]) -> Units:
    """Cut a conversation into units."""
    cut: list[list[Said]] = []
    for said in history:
        if not cut or (said.role == "user" and any(each.role not in ("user", "system") for each in cut[-1])):
            cut.append([])
        elif said.role == "function":
            _join_with_call(cut)
        cut[-1].append(said)
    cut.append([])
    for said in new:
        if said.role == "function":
            _join_with_call(cut)
        cut[-1].append(said)
    *kept, with_new = cut
    shown = _shown(with_new)
    first_new = len(with_new) - len(new)
    return Units(
        turns=[Turn(tuple(message for message, _ in _shown(unit)), unit[-1].seq) for unit in kept],
        needed=[message for message, _ in shown[:first_new]],
        without_call={i for i, (_, has_call) in enumerate(shown[first_new:]) if not has_call},
    )


def _join_with_call(cut: list[list[Said]]) -> None:
    """Make one unit of the last ones, back to the one with a tool call that still waits for its result."""
    for i in reversed(range(max(len(cut) - MOST_UNITS_BACK, 0), len(cut))):
        n_waiting = 0
        for said in cut[i]:
            n_waiting = _still_waiting(n_waiting, said)
        if n_waiting:
            cut[i:] = [[said for unit in cut[i:] for said in unit]]
            return


def _still_waiting(n_waiting: int, said: Said) -> int:
    return max(n_waiting + (said.role == "function_call") - (said.role == "function"), 0)


def _shown(unit: Sequence[Said]) -> list[tuple[PromptMessage, bool]]:
    """Return each message as the model is to see it, and whether it is legal: False of a result without its call."""
    shown = []
    n_waiting = 0
    for said in unit:
        has_call = said.role != "function" or n_waiting > 0
        if has_call:
            message = layout.message(said.role, said.content, said.name, "history")
        else:  # its call is summarised away, or too long ago
            message = layout.result_without_call(said.content, said.name, "history")
        n_waiting = _still_waiting(n_waiting, said)
        shown.append((message, has_call))
    return shown
