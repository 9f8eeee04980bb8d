"""Suggestions: hints formed from a session."""

from collections.abc import Callable
from typing import Optional, TypeVar

from julep_local.types._base import Record, Timestamp
from julep_local.types._enums import Choice

T = TypeVar("T")


class SuggestionTarget(Choice):
    """Whom a suggestion is for."""

    USER = "user"
    AGENT = "agent"

    def visit(self, user: Callable[[], T], agent: Callable[[], T]) -> T:
        """Call the function of this member and return its result."""
        return self._chosen(user, agent)


class Suggestion(Record):
    """A hint on what to say or do next."""

    created_at: Optional[Timestamp] = None
    target: SuggestionTarget
    content: str
    message_id: str
    """The message it was formed after."""
    session_id: str


class GetSuggestionsResponse(Record):
    """A page of suggestions, newest first."""

    items: Optional[list[Suggestion]] = None
