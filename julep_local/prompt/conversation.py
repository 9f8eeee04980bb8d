"""Cuts a conversation into units that are shown or dropped whole, so that what remains is always a legal one.

A unit begins with a user's message that follows an answer. A tool's result belongs to the unit of its call, whatever
was said between the two. It knows nothing of tokens and of where messages are stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from julep_local.llm.base import PromptMessage
from julep_local.prompt import layout
from julep_local.prompt.window import Turn


@dataclass(frozen=True)
class Said:
    """A message of the history, or one of the new input."""

    role: str
    content: object
    name: str | None = None
    seq: int = 0
    """Position in the history; 0 is new."""


def units(history: Iterable[Said], new: Sequence[Said]) -> tuple[list[Turn], list[PromptMessage]]:
    """Return the units of the history, and those messages that the new input cannot do without.

    If the new input brings a tool's result, the unit with its call is one of these.
    """
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
    needed = [message for said, message in _shown(with_new) if said.seq]
    return [Turn(tuple(message for _, message in _shown(unit)), unit[-1].seq) for unit in kept], needed


def is_without_call(new: Sequence[Said], history: Iterable[Said], position: int) -> bool:
    """Whether the new message at this position is a tool's result that no call waits for."""
    n_waiting = 0
    for said in [*history, *new[:position]]:
        n_waiting = _still_waiting(n_waiting, said)
    return new[position].role == "function" and n_waiting == 0


def _join_with_call(cut: list[list[Said]]) -> None:
    """Make one unit of the last ones, back to the one with a tool call that still waits for its result."""
    for i in reversed(range(len(cut))):
        n_waiting = 0
        for said in cut[i]:
            n_waiting = _still_waiting(n_waiting, said)
        if n_waiting:
            cut[i:] = [[said for unit in cut[i:] for said in unit]]
            return


def _still_waiting(n_waiting: int, said: Said) -> int:
    return max(n_waiting + (said.role == "function_call") - (said.role == "function"), 0)


def _shown(unit: Sequence[Said]) -> list[tuple[Said, PromptMessage]]:
    shown = []
    n_waiting = 0
    for said in unit:
        if said.role == "function" and n_waiting == 0:  # its call is summarised away
            message = layout.result_without_call(said.content, said.name, "history")
        else:
            message = layout.message(said.role, said.content, said.name, "history")
        n_waiting = _still_waiting(n_waiting, said)
        shown.append((said, message))
    return shown
