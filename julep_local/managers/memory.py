"""`client.memories`: what agents know of users from past turns."""

import builtins
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Optional, Union

from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import valid_id
from julep_local.types import Memory


class MemoriesManager(BaseManager):
    """Find and delete memories."""

    def delete(self, *, agent_id: Union[str, uuid.UUID], memory_id: Union[str, uuid.UUID]) -> None:
        """Delete one memory.

        Raises:
            NotFound: this agent has no such memory.
        """
        self.api_client.delete_agent_memory(valid_id(agent_id, "agent_id"), valid_id(memory_id, "memory_id"))

    def list(
        self,
        *,
        agent_id: Union[str, uuid.UUID],
        query: str = "",
        types: Optional[Union[str, Sequence[str]]] = None,
        user_id: Optional[Union[str, uuid.UUID]] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
    ) -> "builtins.list[Memory]":
        """Return the agent's memories, those that fit the query best first; without a query the newest first.

        Args:
            agent_id: whose memories.
            query: what they should be about, in plain words.
            types: ignored, as in the SDK: there is one type.
            user_id: only memories of this user.
            limit: at most so many; 100 if not given.
            offset: skip so many first.
        """
        user = None if user_id is None else valid_id(user_id, "user_id")
        found = self.api_client.get_agent_memories(
            valid_id(agent_id, "agent_id"), query=query, user_id=user, limit=limit, offset=offset
        )
        return found.items or []

    def add(
        self,
        *,
        agent_id: Union[str, uuid.UUID],
        user_id: Union[str, uuid.UUID],
        content: str,
        speaker: Optional[str] = None,
        timestamp: Optional[datetime] = None,
        importance: float = 0.5,
    ) -> Memory:
        """Let an agent know something of a user, as one of `add_all`."""
        given = {"content": content, "speaker": speaker, "timestamp": timestamp, "importance": importance}
        return self.add_all(agent_id=agent_id, user_id=user_id, memories=[given])[0]

    def add_all(
        self, *, agent_id: Union[str, uuid.UUID], user_id: Union[str, uuid.UUID], memories: Sequence[Any]
    ) -> "builtins.list[Memory]":
        """Let an agent know what is given of a user, all or nothing, and return the memories in the same order.

        They are found by their words as soon as they are stored, and by their meaning when this returns. What the same
        speaker has said in the same words is refreshed instead, unless the timestamp is another. What speakers say
        within an hour after each other helps to find what it is said before and after.

        Args:
            agent_id: who is to remember.
            user_id: about whom.
            memories: each `{"content": ..., "speaker": ..., "timestamp": ..., "importance": ...}`, in the order in
                which they were said; only `content` is needed. At most 10,000.

        Raises:
            NotFound: there is no such agent or user.
            InvalidInput: one has no content, or a value is not acceptable.
        """
        from julep_local.api._memories import add_memories

        agent, user = valid_id(agent_id, "agent_id"), valid_id(user_id, "user_id")
        return add_memories(self._runtime, memories, agent_id=agent, user_id=user)


class AsyncMemoriesManager(AsyncMirror[MemoriesManager]):
    """`MemoriesManager` for asyncio."""

    delete = in_store_thread(MemoriesManager.delete)
    list = in_embedding_thread(MemoriesManager.list)
    add = in_embedding_thread(MemoriesManager.add)
    add_all = in_embedding_thread(MemoriesManager.add_all)
