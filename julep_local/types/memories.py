"""Memories: short statements about a user, formed from past turns."""

from typing import Optional

from julep_local.types._base import OpenRecord, Record, Timestamp


class MemoryEntitiesItem(OpenRecord):
    """Someone or something that a memory mentions."""


class Memory(Record):
    """What an agent knows about a user from past turns."""

    agent_id: str
    user_id: str
    content: str
    created_at: Timestamp
    last_accessed_at: Optional[Timestamp] = None
    """When it was last recalled."""
    timestamp: Optional[Timestamp] = None
    """When that was said which it was formed from."""
    sentiment: Optional[float] = None
    """From -1, bad, to 1, good."""
    id: str
    entities: list[MemoryEntitiesItem]


class GetAgentMemoriesResponse(Record):
    """A page of an agent's memories."""

    items: Optional[list[Memory]] = None
