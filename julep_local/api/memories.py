"""The SDK's methods for memories and for jobs."""

from typing import Optional

from julep_local import check
from julep_local.api._base import ApiBase
from julep_local.errors import NotFound
from julep_local.store import agents, jobs, memories, users
from julep_local.types import GetAgentMemoriesResponse, JobStatus, JobStatusState

UNFINISHED = (JobStatusState.PENDING, JobStatusState.IN_PROGRESS, JobStatusState.RETRYING)


class MemoryMethods(ApiBase):
    """Memories: what an agent knows of a user from past turns."""

    def get_agent_memories(
        self,
        agent_id: str,
        *,
        query: str,
        user_id: Optional[str] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
    ) -> GetAgentMemoriesResponse:
        """Return the agent's memories, those that fit the query best first; an empty query lists the newest first.

        Args:
            agent_id: whose memories.
            query: what they should be about, in plain words.
            user_id: only memories of this user.
            limit: at most so many; 100 if not given.
            offset: skip so many first.

        Raises:
            NotFound: there is no such agent or user.
        """
        runtime = self._runtime
        agent_id = check.resource_id(agent_id, "agent_id")
        user = check.resource_id(user_id, "user_id") if user_id is not None else None
        wanted = check.text(query, "query")
        n, skip = check.page(limit, offset)
        if wanted.strip():
            from julep_local.indexing import catch_up, found_embedder
            from julep_local.recall.memory_recall import recall_memories

            catch_up(runtime)
            hits = recall_memories(
                runtime.db,
                lambda: found_embedder(runtime),
                wanted,
                agent_id=agent_id,
                user_id=user,
                limit=n,
                offset=skip,
            )
            found = [hit.memory for hit in hits]
        else:
            found = memories.page(runtime.db, agent_id=agent_id, user_id=user, limit=n, offset=skip)
        if not found:  # those whose memories are found are there
            if not agents.exists(runtime.db, agent_id):
                raise NotFound("agent", agent_id)
            if user is not None and not users.exists(runtime.db, user):
                raise NotFound("user", user)
        return GetAgentMemoriesResponse(items=found)

    def delete_agent_memory(self, agent_id: str, memory_id: str) -> None:
        """Delete one memory.

        Raises:
            NotFound: this agent has no such memory.
        """
        agent_id, memory_id = check.resource_id(agent_id, "agent_id"), check.resource_id(memory_id, "memory_id")
        db = self._runtime.db
        with db.transaction():
            if not memories.delete(db, agent_id, memory_id):
                raise NotFound("memory", memory_id, f"agent {agent_id} has none with this id")


class JobMethods(ApiBase):
    """Jobs: work in the background."""

    def get_job_status(self, job_id: str) -> JobStatus:
        """Return how far a job has come.

        Raises:
            NotFound: there is no such job.
        """
        job_id = check.resource_id(job_id, "job_id")
        runtime = self._runtime
        status = jobs.get(runtime.db, job_id)
        if status is None:
            raise NotFound("job", job_id)
        if status.state in UNFINISHED:  # perhaps left by a process that ended: whoever asks for it wants it done
            runtime.background.notify()
        return status
