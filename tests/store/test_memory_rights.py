"""What a person may do about memories, in the file."""

from typing import Any

import pytest

from julep_local.store import (
    agents,
    embedding_sets,
    jobs,
    memories,
    memory_rights,
    memory_search,
    messages,
    sessions,
    users,
)
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Agent, User

from .making import (
    LATER,
    NOW,
    check_text_indexes,
    count,
    make_agent,
    make_memory,
    make_message,
    make_session,
    make_user,
    new_id,
    vector,
)


class World:
    """An agent, a user, and a session of theirs."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.agent: Agent = make_agent()
        self.user: User = make_user()
        self.session = make_session(self.agent.id, user_id=self.user.id)
        with db.transaction():
            agents.add(db, self.agent)
            users.add(db, self.user)
            sessions.add(db, self.session)

    def said(self, text: str = "hello") -> str:
        """Record a message and return its id."""
        message = make_message(text)
        with self.db.transaction():
            messages.append(self.db, self.session.id, new_id(), [message])
        return message.id or ""

    def add(
        self, content: str, *sources: str, slot: str | None = None, replay_id: str | None = None, **values: Any
    ) -> str:
        memory = make_memory(
            self.agent.id, self.user.id, content, **{"tier": "rules", "sources": list(sources), **values}
        )
        with self.db.transaction():
            memories.add(self.db, StoredMemory(memory, slot=slot, replay_id=replay_id))
        return memory.id

    def replaceable(self, replay_id: str) -> list[str]:
        return memory_rights.replaceable(self.db, replay_id, agent_id=self.agent.id, user_id=None)

    def job(self, kind: str, **payload: Any) -> str:
        job_id = new_id()
        with self.db.transaction():
            jobs.add(self.db, id=job_id, name="a job", kind=kind, payload=payload, now=NOW)
        return job_id


@pytest.fixture
def world(db: Database) -> World:
    return World(db)


def state(db: Database, memory_id: str) -> tuple[str, str | None]:
    memory = memories.get(db, memory_id)
    assert memory is not None
    return memory.state, memory.superseded_by


def test_an_edited_memory_has_new_words_and_no_vector(world: World, db: Database) -> None:
    memory_id = world.add("Grace: a boat")
    set_id = embedding_sets.id_for(db, "test", 2)
    with db.transaction():
        memory_search.add_vectors(db, [(memory_id, vector(1, 0))], embedding_set_id=set_id)
    known = memories.get(db, memory_id)
    assert known is not None

    with db.transaction():
        memory_rights.edit(
            db,
            memory_id,
            content="Grace: a kite",
            speaker="Grace",
            slot="toy",
            values=known,
            verdict={"gate": "edited", "passed": True, "reason": "why"},
        )

    stored = memories.stored(db, memory_id)
    assert stored is not None
    assert (stored.said, stored.slot, stored.memory.tier) == ("a kite", "toy", "given")
    assert [verdict["gate"] for verdict in stored.verdicts] == ["edited"]
    assert count(db, "memory_vectors") == 0
    assert memory_search.matching(db, ["boat"], agent_id=world.agent.id, limit=9) == []
    assert len(memory_search.matching(db, ["kite"], agent_id=world.agent.id, limit=9)) == 1
    check_text_indexes(db)


def test_forgetting_removes_rows_index_vectors_and_jobs_of_the_user_alone(world: World, db: Database) -> None:
    ids = [world.add("a boat", "m1"), world.add("a kite", state="superseded"), world.add("a ball", replay_id="r")]
    other = World(db)
    kept = other.add("a boat")
    own = [
        world.job("form_memories", user_id=world.user.id, agent_id=world.agent.id),
        world.job("replay_memories", user_id=None, agent_id=world.agent.id),
        world.job("replay_memories", user_id=world.user.id, agent_id=world.agent.id),
    ]
    others = [
        world.job("form_memories", user_id=other.user.id, agent_id=other.agent.id),
        world.job("replay_memories", user_id=other.user.id, agent_id=world.agent.id),
        world.job("suggest", user_id=world.user.id, agent_id=world.agent.id),
    ]

    with db.transaction():
        gone = memory_rights.forget(db, user_id=world.user.id, agent_id=world.agent.id, now=LATER)

    assert sorted(gone.memory_ids) == sorted(ids)
    assert gone.n_jobs == 3
    assert [jobs.get(db, job_id).state.value for job_id in own] == ["aborted"] * 3  # type: ignore[union-attr]
    assert [jobs.get(db, job_id).state.value for job_id in others] == ["pending"] * 3  # type: ignore[union-attr]
    assert memory_rights.rows_left(db, ids, user_id=world.user.id, agent_id=None) == 0
    assert memory_rights.rows_left(db, [], user_id=other.user.id, agent_id=other.agent.id) == 2  # it and its entry
    assert memories.get(db, kept) is not None
    check_text_indexes(db)


def test_bytes_that_are_left_are_found(world: World, db: Database) -> None:
    kept, gone = world.add("a boat"), new_id()

    assert memory_rights.bytes_left(db, [kept, gone]) == 1
    assert memory_rights.bytes_left(db, [gone]) == 0


def test_no_file_has_no_bytes() -> None:
    database = Database(":memory:")
    assert memory_rights.bytes_left(database, [new_id()]) is None
    database.close()


def test_a_replay_stands_for_what_has_history_and_was_given_by_nobody(world: World) -> None:
    message = world.said()
    formed = world.add("a boat", message)
    ended = world.add("a kite", message, state="superseded")
    world.add("a given one", message, tier="given")
    world.add("one of deleted history", new_id())
    world.add("a retracted one", message, state="retracted")
    world.add("anew", message, replay_id="r")

    assert world.replaceable("r") == [formed, ended]
    assert world.replaceable("unknown") == []


def test_what_was_formed_since_a_replay_began_stays_unless_it_read_the_message(world: World) -> None:
    first, second, third = world.said(), world.said(), world.said()
    before = world.add("a boat", first)
    world.add("anew", second, replay_id="r")
    meanwhile = world.add("a kite", second)
    world.add("since then", third)

    assert world.replaceable("r") == [before, meanwhile]


def test_what_a_replaced_memory_had_superseded_is_superseded_by_what_is_known_now(world: World, db: Database) -> None:
    message = world.said()
    given = world.add("in Oslo", tier="given", slot="home")
    alone = world.add("a kite", tier="given", slot="toy")
    formed = world.add("in Bergen", message, slot="home")
    with db.transaction():
        for memory_id in (given, alone):
            memories.supersede(db, memory_id, by=formed, at=LATER)
    anew = world.add("in Bergen now", message, slot="home", replay_id="r")

    with db.transaction():
        assert memory_rights.take(db, "r", world.replaceable("r")) == 1

    assert memories.get(db, formed) is None
    assert state(db, anew) == ("current", None)
    assert state(db, given) == ("superseded", anew)
    assert state(db, alone) == ("current", None)
    assert memory_rights.of_replay(db, "r") is None
    check_text_indexes(db)


def test_a_dropped_replay_is_gone(world: World, db: Database) -> None:
    kept = world.add("a boat")
    world.add("anew", replay_id="r")
    assert memory_rights.of_replay(db, "r") == (world.agent.id, world.user.id)

    with db.transaction():
        assert memory_rights.drop(db, "r") == 1
        assert memory_rights.drop(db, "r") == 0

    assert [each.id for each in memories.page(db, agent_id=world.agent.id, limit=9, offset=0)] == [kept]


def test_a_replay_of_two_users_names_none(world: World, db: Database) -> None:
    world.add("anew", replay_id="r")
    world.user = make_user()
    with db.transaction():
        users.add(db, world.user)
    world.add("anew too", replay_id="r")

    assert memory_rights.of_replay(db, "r") == (world.agent.id, None)
