"""`client.memories`: what agents know of users from past turns."""

import builtins
import uuid
from collections.abc import Sequence
from typing import Optional, Union

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


class AsyncMemoriesManager(AsyncMirror[MemoriesManager]):
    """`MemoriesManager` for asyncio."""

    delete = in_store_thread(MemoriesManager.delete)
    list = in_embedding_thread(MemoriesManager.list)
