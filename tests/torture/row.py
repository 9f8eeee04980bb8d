"""What a torture run says: what was tried, how often, and what of it failed."""

from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["P", "N", "R"]


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    count: int
    failures: list[str] = field(default_factory=list)
    """Each says how to repeat it."""
