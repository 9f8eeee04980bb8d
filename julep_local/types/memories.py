"""Memories: short statements about a user, formed from past turns."""

from typing import Literal, Optional

from julep_local.types._base import OpenRecord, Record, Timestamp

MemoryState = Literal["current", "superseded", "retracted"]
"""`superseded` by one that is true since then; `retracted`: what it was formed from was taken back."""
MemoryTier = Literal["given", "rules", "small", "capable"]
"""What formed it: the caller or a person, rules, a small chat model with rules, or a capable chat model."""


class MemoryEntitiesItem(OpenRecord):
    """Someone or something that a memory mentions."""


class Memory(Record):
    """What an agent knows about a user from past turns."""

    agent_id: str
    user_id: str
    content: str
    """The statement, with the name of who said it in front: `Bo: My dog is called Biscuit.`"""
    created_at: Timestamp
    last_accessed_at: Optional[Timestamp] = None
    """When it was last recalled."""
    timestamp: Optional[Timestamp] = None
    """When that happened which it tells of; if it does not say, when it was said."""
    sentiment: Optional[float] = None
    """From -1, bad, to 1, good; None if its words say neither."""
    id: str
    entities: list[MemoryEntitiesItem]

    sources: list[str] = []
    """Ids of the messages that say so, oldest first; they may be deleted by now."""
    state: MemoryState = "current"
    """Only what is current is recalled."""
    valid_until: Optional[Timestamp] = None
    """When it stopped being current."""
    superseded_by: Optional[str] = None
    """Id of the memory that is true since then."""
    importance: float = 0.5
    """From 0, small talk, to 1, what must not be forgotten."""
    tier: MemoryTier = "given"
    model: Optional[str] = None
    """The chat model that formed it, if one did."""
    prompt_hash: Optional[str] = None
    """SHA-256 of what that model was asked."""


class GetAgentMemoriesResponse(Record):
    """A page of an agent's memories."""

    items: Optional[list[Memory]] = None


class CreateMemory(Record):
    """A memory to be, given by the caller."""

    content: str
    """The statement, without a name in front."""
    speaker: Optional[str] = None
    """Who said it; the memory's content then begins with the name."""
    timestamp: Optional[Timestamp] = None
    """When it happened; now if not given."""
    importance: float = 0.5
    """From 0, small talk, to 1, what must not be forgotten."""
