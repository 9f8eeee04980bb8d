"""Enums whose members are strings, and the members that several of them share.

`visit` takes one function per member and calls the one that is meant: adding a member makes every visit that forgot it
an error instead of a silent gap.
"""

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

T = TypeVar("T")


class Choice(str, Enum):
    """One of a few words; equal to the word itself."""

    def _chosen(self, *branches: Callable[[], T]) -> T:
        # the branches stand in the order of the members
        return branches[list(type(self)).index(self)]()


class Order(Choice):
    """In which order a list is sorted."""

    def visit(self, asc: Callable[[], T], desc: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(asc, desc)


class SortBy(Choice):
    """What a list is sorted by."""

    def visit(self, created_at: Callable[[], T], updated_at: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(created_at, updated_at)


class ToolKind(Choice):
    """How a tool is reached."""

    def visit(self, function: Callable[[], T], webhook: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(function, webhook)


class Preset(Choice):
    """Sampler settings with a name."""

    def visit(
        self,
        problem_solving: Callable[[], T],
        conversational: Callable[[], T],
        fun: Callable[[], T],
        prose: Callable[[], T],
        creative: Callable[[], T],
        business: Callable[[], T],
        deterministic: Callable[[], T],
        code: Callable[[], T],
        multilingual: Callable[[], T],
    ) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(
            problem_solving, conversational, fun, prose, creative, business, deterministic, code, multilingual
        )
