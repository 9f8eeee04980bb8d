"""`client.memories`: what agents know of users from past turns, why, and what a person may do about it."""

import builtins
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Optional, Union

from julep_local import check
from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread
from julep_local.errors import InvalidInput, NotFound
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import valid_id
from julep_local.settings import MEMORY_TIERS
from julep_local.store import agents, jobs, memories, memory_rights, messages, users
from julep_local.types import JobStatusState, Memory
from julep_local.types.memories import (
    ForgetReceipt,
    MemoryComparison,
    MemoryExplanation,
    MemoryHit,
    MemoryReplay,
    MemorySource,
    MemoryState,
    MemoryVerdict,
)

Id = Union[str, uuid.UUID]


class MemoriesManager(BaseManager):
    """Find, explain, correct and delete memories, and say how they are formed."""

    def get(self, memory_id: Id) -> Memory:
        """Return one memory, whatever its state.

        Raises:
            NotFound: there is no such memory.
        """
        return self._stored(memory_id).memory

    def search(
        self, query: str, *, agent_id: Id, user_id: Optional[Id] = None, limit: int = 10
    ) -> "builtins.list[MemoryHit]":
        """Return the agent's current memories that fit the query best, with what their score is made of.

        Args:
            query: what they should be about, in plain words.
            agent_id: whose memories.
            user_id: only memories of this user.
            limit: at most so many.

        Raises:
            NotFound: there is no such agent or user.
            InvalidInput: a value is not acceptable.
        """
        from dataclasses import asdict

        from julep_local.indexing import catch_up, found_embedder
        from julep_local.recall.memory_recall import judged_memories

        runtime, db = self._runtime, self._runtime.db
        agent = check.resource_id(agent_id, "agent_id")
        user = check.resource_id(user_id, "user_id") if user_id is not None else None
        wanted = check.text(query, "query")
        most, _ = check.page(limit, 0)
        if not agents.exists(db, agent):
            raise NotFound("agent", agent)
        if user is not None and not users.exists(db, user):
            raise NotFound("user", user)
        if not wanted.strip():
            return []
        catch_up(runtime)

        found = judged_memories(
            db,
            lambda: found_embedder(runtime),
            wanted,
            agent_id=agent,
            user_id=user,
            limit=most,
            threshold=runtime.settings.relevance,
        )
        return [
            MemoryHit(
                memory=each.memory,
                score=each.score,
                parts={name: round(value, 4) for name, value in asdict(each.hit.parts).items()},
                similarity=each.similarity,
                matched_words=builtins.list(each.hit.matched_words),
                is_relevant=is_shown,
            )
            for each, is_shown in found
        ]

    def explain(self, memory_id: Id) -> MemoryExplanation:
        """Return why an agent remembers this: the messages that say so, what formed it, and what the gates said.

        Raises:
            NotFound: there is no such memory.
        """
        from julep_local.prompt.layout import plain_text  # with what it knows of prompts it takes 5 ms to import

        db = self._runtime.db
        known = self._stored(memory_id)
        memory = known.memory
        told = {message.id: message for message in messages.by_ids(db, memory.sources)}
        where = messages.session_ids(db, memory.sources)
        followed = memories.by_ids(db, memory_rights.superseded_by(db, memory.id))
        sources = [
            MemorySource.model_validate(
                {
                    "message_id": message_id,
                    "session_id": where.get(message_id),
                    "role": told[message_id].role if message_id in told else None,
                    "content": plain_text(told[message_id].content) if message_id in told else None,
                    "created_at": told[message_id].created_at if message_id in told else None,
                }
            )
            for message_id in sorted(memory.sources, key=lambda each: told[each].seq if each in told else 0)
        ]
        return MemoryExplanation(
            memory=memory,
            sources=sources,
            said_before=known.said_before or None,
            said_at=known.said_at or memory.created_at,
            about=known.slot,
            verdicts=[MemoryVerdict.model_validate(verdict) for verdict in known.verdicts],
            supersedes=builtins.list(followed.values()),
            superseded_by=memories.get(db, memory.superseded_by) if memory.superseded_by else None,
        )

    def edit(
        self,
        memory_id: Id,
        *,
        content: Optional[str] = None,
        timestamp: Optional[datetime] = None,
        importance: Optional[float] = None,
    ) -> Memory:
        """Correct a memory, and return it as it then is. What is not given stays.

        It keeps its sources, and counts as given by a person from now on: no replay takes its place.

        Args:
            memory_id: which.
            content: the whole statement.
            timestamp: when that happened which it tells of.
            importance: from 0 to 1.

        Raises:
            NotFound: there is no such memory.
            InvalidInput: a value is not acceptable.
        """
        from julep_local.memory.entities import entities
        from julep_local.memory.feeling import sentiment
        from julep_local.memory.languages import spoken
        from julep_local.memory.sense import slot

        db = self._runtime.db
        wanted = check.text(content, "content") if content is not None else None
        if wanted is not None and not wanted.strip():
            raise InvalidInput("must say something; to remove the memory, delete it", field="content")
        weight = None if importance is None else check.number(importance, "importance", 0, 1)
        when = check.time(timestamp, "timestamp") if timestamp is not None else None
        with db.transaction():
            known = self._stored(memory_id)
            text = known.memory.content if wanted is None else " ".join(wanted.split())
            speaker = known.speaker if text.startswith(f"{known.speaker}: ") else ""
            said = text[len(speaker) + 2 :] if speaker else text
            language = spoken(said)
            changed = known.memory.copy(
                update={
                    "timestamp": when or known.memory.timestamp,
                    "importance": known.memory.importance if weight is None else weight,
                    "sentiment": sentiment(said),
                    "entities": entities(said, language),
                }
            )
            memory_rights.edit(
                db,
                known.memory.id,
                content=text,
                speaker=speaker,
                slot=slot(said, language),
                values=changed,
                verdict={
                    "gate": "edited",
                    "passed": True,
                    "reason": f"a person changed it at {db.stamps.now():%Y-%m-%d %H:%M} UTC",
                },
            )
        self._embed_soon()
        return self.get(memory_id)

    def delete(self, *, agent_id: Id, memory_id: Id) -> None:
        """Delete one memory. What it had superseded is current again.

        Raises:
            NotFound: this agent has no such memory.
        """
        self.api_client.delete_agent_memory(valid_id(agent_id, "agent_id"), valid_id(memory_id, "memory_id"))

    def retract(self, message_id: Id) -> "builtins.list[Memory]":
        """Take a message back, as far as memory goes, and return the memories that go with it.

        What came only from this message is recalled no more and keeps its state `retracted`; what other messages say
        too stays. Nothing is formed from it any more, also by a job under way or a replay. The message stays in the
        history.
        """
        db = self._runtime.db
        wanted = check.resource_id(message_id, "message_id")
        with db.transaction():
            gone = memories.retract_message(db, wanted, at=db.stamps.now())
            found = memories.by_ids(db, gone)
        self._embed_soon()  # what had been superseded is current again, and others lost what was said before them
        return [found[memory_id] for memory_id in gone]

    def forget(self, *, user_id: Id, agent_id: Optional[Id] = None) -> ForgetReceipt:
        """Delete all memories of a user, of one agent or of all, and prove it.

        Jobs that would form more of them are aborted, the file is written anew so that no deleted row stays in its free
        room, and rows, index and bytes are searched for what should be gone. The history is another matter:
        `client.sessions.delete_history`.

        Raises:
            NotFound: there is no such user or agent.
            StoreError: others hold the file, so that it cannot be written anew; the memories are deleted all the same.
        """
        db = self._runtime.db
        user, agent = (
            check.resource_id(user_id, "user_id"),
            check.resource_id(agent_id, "agent_id") if agent_id else None,
        )
        if not users.exists(db, user):
            raise NotFound("user", user)
        if agent is not None and not agents.exists(db, agent):
            raise NotFound("agent", agent)
        with db.transaction():
            gone = memory_rights.forget(db, user_id=user, agent_id=agent, now=db.stamps.now())
        return ForgetReceipt(
            user_id=user,
            agent_id=agent,
            n_memories=len(gone.memory_ids),
            n_vectors=gone.n_vectors,
            n_jobs=gone.n_jobs,
            n_rows_left=memory_rights.rows_left(db, gone.memory_ids, user_id=user, agent_id=agent),
            n_ids_left=memory_rights.bytes_left(db, gone.memory_ids),
        )

    def configure(self, *, agent_id: Id, tier: Optional[str]) -> None:
        """Say what forms this agent's memories: `off`, `rules`, `small`, `capable`; None for what the client says.

        Raises:
            NotFound: there is no such agent.
            InvalidInput: there is no such tier.
        """
        agent = check.resource_id(agent_id, "agent_id")
        chosen = None if tier == "auto" else tier
        if chosen is not None and chosen not in MEMORY_TIERS:
            raise InvalidInput(f"must be one of {', '.join(MEMORY_TIERS)}, not {tier!r}", field="tier")
        db = self._runtime.db
        with db.transaction():
            if not agents.set_memory_tier(db, agent, chosen):
                raise NotFound("agent", agent)

    def replay(
        self, *, agent_id: Id, tier: str, user_id: Optional[Id] = None, model: Optional[str] = None
    ) -> MemoryReplay:
        """Form the agent's memories anew from its history, beside those that count, which do not change.

        `client.jobs.wait(replay.job)`, then `compare(replay.id)`, then `accept(replay.id)` or `discard(replay.id)`.

        Args:
            agent_id: whose memories.
            tier: `rules`, `small` or `capable`.
            user_id: only memories of this user.
            model: the name of a chat model; the agent's if not given.

        Raises:
            NotFound: there is no such agent or user.
            InvalidInput: there is no such tier.
        """
        from julep_local.jobs import NewJob, enqueue

        db = self._runtime.db
        agent, user = (
            check.resource_id(agent_id, "agent_id"),
            check.resource_id(user_id, "user_id") if user_id else None,
        )
        if tier not in ("rules", "small", "capable"):
            raise InvalidInput(f"must be rules, small or capable, not {tier!r}", field="tier")
        if not agents.exists(db, agent):
            raise NotFound("agent", agent)
        if user is not None and not users.exists(db, user):
            raise NotFound("user", user)
        replay_id = db.stamps.new_id()
        payload = {"replay_id": replay_id, "agent_id": agent, "user_id": user, "tier": tier, "model": model}
        with db.transaction():
            job = NewJob("replay_memories", "form memories anew", payload)
            job_id = enqueue(db, job, db.stamps.now(), replay_id)  # one id: whoever takes it asks how the job ended
        self._runtime.background.notify()
        return MemoryReplay.model_validate(
            {"id": replay_id, "agent_id": agent, "user_id": user, "tier": tier, "job": job_id}
        )

    def compare(self, replay: Union[MemoryReplay, str]) -> MemoryComparison:
        """Return what would change if the replay took the place of the memories that count."""
        db = self._runtime.db
        replay_id, agent_id, user_id = self._of_replay(replay)
        new = memories.page(db, agent_id=agent_id, user_id=user_id, replay_id=replay_id, limit=-1, offset=0)
        replaceable = memory_rights.replaceable(db, replay_id, agent_id=agent_id, user_id=user_id)
        replaced = memories.by_ids(db, replaceable).values()
        current = [each for each in replaced if each.state == "current"]
        known = {_plain(each) for each in current}
        said = {_plain(each) for each in new}
        return MemoryComparison(
            kept=[each for each in new if _plain(each) in known],
            added=[each for each in new if _plain(each) not in known],
            removed=[each for each in current if _plain(each) not in said],
        )

    def accept(self, replay: Union[MemoryReplay, str]) -> MemoryComparison:
        """Let the replay take the place of the memories formed from the same history, and return what that changed.

        What a person gave or changed stays, what was formed from history that is deleted, and what was formed since.

        Raises:
            NotFound: there is nothing to take: the replay formed nothing, or was taken or discarded before.
            InvalidInput: the replay is still under way, or did not come to its end.
        """
        db = self._runtime.db
        replay_id, agent_id, user_id = self._of_replay(replay)
        job = jobs.get(db, replay_id)
        if job is not None and job.state in (
            JobStatusState.PENDING,
            JobStatusState.IN_PROGRESS,
            JobStatusState.RETRYING,
        ):
            raise InvalidInput("is still under way: wait for its job", field="replay")
        if job is None or job.state != JobStatusState.SUCCEEDED:
            why = job.reason if job is not None else "its job is gone"
            raise InvalidInput(f"did not come to its end ({why}): discard it and replay again", field="replay")
        with db.transaction():
            if memory_rights.of_replay(db, replay_id) is None:
                raise NotFound("replay", replay_id)
            changed = self.compare(replay)
            replaced = memory_rights.replaceable(db, replay_id, agent_id=agent_id, user_id=user_id)
            memory_rights.take(db, replay_id, replaced)
        self._embed_soon()
        return changed

    def discard(self, replay: Union[MemoryReplay, str]) -> None:
        """Delete what a replay has formed. Called again it does nothing."""
        db = self._runtime.db
        replay_id = replay if isinstance(replay, str) else replay.id
        with db.transaction():
            memory_rights.drop(db, check.resource_id(replay_id, "replay"))

    def list(
        self,
        *,
        agent_id: Id,
        query: str = "",
        types: Optional[Union[str, Sequence[str]]] = None,
        user_id: Optional[Id] = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        state: Optional[MemoryState] = "current",
    ) -> "builtins.list[Memory]":
        """Return the agent's memories, those that fit the query best first; without a query the newest first.

        Args:
            agent_id: whose memories.
            query: what they should be about, in plain words.
            types: ignored, as in the SDK: there is one type.
            user_id: only memories of this user.
            limit: at most so many; 100 if not given.
            offset: skip so many first.
            state: `superseded` or `retracted` ones, or None for all; not together with a query, which finds what is
                current.

        Raises:
            InvalidInput: a query and another state.
        """
        user = None if user_id is None else valid_id(user_id, "user_id")
        agent = valid_id(agent_id, "agent_id")
        if state == "current":
            found = self.api_client.get_agent_memories(agent, query=query, user_id=user, limit=limit, offset=offset)
            return found.items or []
        if query.strip():
            raise InvalidInput("a query finds only what is current: leave one of the two away", field="state")
        n, skip = check.page(limit, offset)
        return memories.page(self._runtime.db, agent_id=agent, user_id=user, state=state, limit=n, offset=skip)

    def _stored(self, memory_id: Id) -> memories.StoredMemory:
        wanted = check.resource_id(memory_id, "memory_id")
        found = memories.stored(self._runtime.db, wanted)
        if found is None:
            raise NotFound("memory", wanted)
        return found

    def _of_replay(self, replay: Union[MemoryReplay, str]) -> tuple[str, str, Optional[str]]:
        """Return id, agent and user of a replay."""
        if isinstance(replay, MemoryReplay):
            return replay.id, replay.agent_id, replay.user_id
        wanted = check.resource_id(replay, "replay")
        found = memory_rights.of_replay(self._runtime.db, wanted)
        if found is None:
            raise NotFound("replay", wanted)
        return wanted, *found

    def _embed_soon(self) -> None:
        """See to it that memories get the vectors that they lack."""
        from julep_local.indexing import catch_up

        known = self._runtime.catch_up
        known.next = known.next_with_news = 0.0
        catch_up(self._runtime)

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

    get = in_store_thread(MemoriesManager.get)
    search = in_embedding_thread(MemoriesManager.search)
    explain = in_store_thread(MemoriesManager.explain)
    edit = in_embedding_thread(MemoriesManager.edit)
    delete = in_store_thread(MemoriesManager.delete)
    retract = in_embedding_thread(MemoriesManager.retract)
    forget = in_store_thread(MemoriesManager.forget)
    configure = in_store_thread(MemoriesManager.configure)
    replay = in_store_thread(MemoriesManager.replay)
    compare = in_store_thread(MemoriesManager.compare)
    accept = in_embedding_thread(MemoriesManager.accept)
    discard = in_store_thread(MemoriesManager.discard)
    list = in_embedding_thread(MemoriesManager.list)
    add = in_embedding_thread(MemoriesManager.add)
    add_all = in_embedding_thread(MemoriesManager.add_all)


def _plain(memory: Memory) -> str:
    return " ".join(memory.content.casefold().split())
