from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from julep_local.store import agents, embedding_sets, memories, memory_search, messages, sessions, users
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.store.memory_search import Scope
from julep_local.types import Agent, User

from .making import (
    LATER,
    NOW,
    check_text_indexes,
    make_agent,
    make_memory,
    make_message,
    make_session,
    make_user,
    new_id,
    vector,
)


@pytest.fixture
def agent(db: Database) -> Agent:
    agent = make_agent()
    with db.transaction():
        agents.add(db, agent)
    return agent


@pytest.fixture
def grace(db: Database) -> User:
    return _user(db, "Grace")


@pytest.fixture
def alan(db: Database) -> User:
    return _user(db, "Alan")


def _user(db: Database, name: str) -> User:
    user = make_user(name=name)
    with db.transaction():
        users.add(db, user)
    return user


@pytest.fixture
def set_id(db: Database) -> int:
    return embedding_sets.id_for(db, "test", 2)


def add(db: Database, agent: Agent, user: User, content: str, direction: tuple[float, float] | None = None) -> str:
    memory = make_memory(agent.id, user.id, content, sources=["m2", "m1", "m1"])
    set_id = embedding_sets.id_for(db, "test", 2)
    with db.transaction():
        memories.add(db, StoredMemory(memory))
        if direction is not None:
            memory_search.add_vectors(db, [(memory.id, vector(*direction))], embedding_set_id=set_id)
    return memory.id


def contents(hits: list[memory_search.MemoryHit]) -> list[str]:
    return [hit.memory.content for hit in hits]


def test_a_memory_comes_back_as_it_was_stored(db: Database, agent: Agent, grace: User) -> None:
    full = make_memory(
        agent.id, grace.id, last_accessed_at=LATER, sources=["m1"], importance=0.9, tier="small", model="m"
    )
    bare = make_memory(agent.id, grace.id, timestamp=None, sentiment=None, entities=[])

    with db.transaction():
        memories.add(db, StoredMemory(full))
        memories.add(db, StoredMemory(bare))

    assert memories.get(db, full.id) == full
    assert memories.get(db, bare.id) == bare
    assert memories.get(db, new_id()) is None


def test_memories_are_listed_newest_first_of_one_user_or_all(
    db: Database, agent: Agent, grace: User, alan: User
) -> None:
    for user, content in ((grace, "a"), (alan, "b"), (grace, "c")):
        add(db, agent, user, content)

    def listed(user: User | None, limit: int = 9, offset: int = 0) -> str:
        user_id = user.id if user else None
        page = memories.page(db, agent_id=agent.id, user_id=user_id, limit=limit, offset=offset)
        return "".join(memory.content for memory in page)

    assert listed(None) == "cba"
    assert listed(grace) == "ca"
    assert listed(None, limit=1, offset=1) == "b"


def test_the_nearest_memory_comes_first(db: Database, agent: Agent, grace: User, alan: User, set_id: int) -> None:
    north = add(db, agent, grace, "north", (0, 1))
    add(db, agent, grace, "east", (1, 0))
    add(db, agent, alan, "also north", (0, 1))
    add(db, make_and_add_agent(db), grace, "another agent's", (0, 1))

    [of_grace] = memory_search.nearest(
        db, [vector(0, 1)], agent_id=agent.id, user_id=grace.id, embedding_set_id=set_id, limit=9
    )
    [of_all] = memory_search.nearest(db, [vector(0, 1)], agent_id=agent.id, embedding_set_id=set_id, limit=2)

    assert contents(of_grace) == ["north", "east"]
    assert [hit.distance for hit in of_grace] == pytest.approx([0, 1])
    assert of_grace[0].memory == memories.get(db, north)
    assert contents(of_all) == ["north", "also north"]


def make_and_add_agent(db: Database) -> Agent:
    agent = make_agent()
    with db.transaction():
        agents.add(db, agent)
    return agent


def test_words_find_memories_of_one_user_or_all(db: Database, agent: Agent, grace: User, alan: User) -> None:
    add(db, agent, grace, "Grace sails to the sea, the sea, the sea")
    add(db, agent, alan, "Alan saw the sea once, and has been running ever since")
    add(db, make_and_add_agent(db), grace, "the sea of another agent")

    both = memory_search.matching(db, ["sea"], agent_id=agent.id, limit=9)
    one = memory_search.matching(db, ["sea"], agent_id=agent.id, user_id=alan.id, limit=9)

    assert [content[:5] for content in contents(both)] == ["Grace", "Alan "]
    assert [content[:4] for content in contents(one)] == ["Alan"]
    assert both[0].score is not None
    assert both[1].score is not None
    assert both[0].score > both[1].score
    assert memory_search.matching(db, [], agent_id=agent.id, limit=9) == []
    assert memory_search.matching(db, ['"', "NOT", "\0"], agent_id=agent.id, limit=9) == []


def test_what_was_recalled_is_noted(db: Database, agent: Agent, grace: User) -> None:
    seen, unseen = add(db, agent, grace, "a"), add(db, agent, grace, "b")

    with db.transaction():
        memories.touch(db, [seen, new_id()], LATER)

    page = memories.page(db, agent_id=agent.id, limit=9, offset=0)
    assert {memory.id: memory.last_accessed_at for memory in page} == {seen: LATER, unseen: None}
    check_text_indexes(db)


def test_what_was_said_again_gets_the_newer_time_and_further_sources(db: Database, agent: Agent, grace: User) -> None:
    memory_id = add(db, agent, grace, "a")

    with db.transaction():
        assert memories.refresh(db, memory_id, said_at=LATER, sources=["m3", "m1"])
        assert memories.refresh(db, memory_id, said_at=NOW - timedelta(days=1))
        assert not memories.refresh(db, new_id(), said_at=LATER, sources=["m1"])

    known = memories.stored(db, memory_id)
    assert known is not None
    assert (known.memory.timestamp, known.said_at) == (NOW, LATER)
    assert known.memory.sources == ["m1", "m2", "m3"]


def test_a_memory_is_deleted_only_for_its_agent(db: Database, agent: Agent, grace: User, set_id: int) -> None:
    memory_id = add(db, agent, grace, "a boat", (1, 0))

    with db.transaction():
        assert not memories.delete(db, new_id(), memory_id)
        assert memories.delete(db, agent.id, memory_id)
        assert not memories.delete(db, agent.id, memory_id)

    assert memories.get(db, memory_id) is None
    assert memory_search.matching(db, ["boat"], agent_id=agent.id, limit=9) == []
    assert memory_search.nearest(db, [vector(1, 0)], agent_id=agent.id, embedding_set_id=set_id, limit=9) == [[]]
    check_text_indexes(db)


def test_memories_without_a_vector_are_found_and_can_get_one_later(
    db: Database, agent: Agent, grace: User, alan: User, set_id: int
) -> None:
    add(db, agent, grace, "seen", (1, 0))
    unseen = add(db, agent, grace, "unseen")
    other = add(db, agent, alan, "another's")

    assert memory_search.without_vectors(db, agent_id=agent.id, user_id=grace.id, embedding_set_id=set_id) == [
        (unseen, "", "unseen", "")
    ]
    with db.transaction():
        rows = [(memory_id, vector(0, 1)) for memory_id in (unseen, other, new_id())]
        memory_search.add_vectors(db, rows, embedding_set_id=set_id)
    assert memory_search.without_vectors(db, agent_id=agent.id, embedding_set_id=set_id) == []


def plain(db: Database, agent: Agent, user: User, content: str, *sources: str, **values: Any) -> str:
    memory = make_memory(agent.id, user.id, content, sources=list(sources))
    with db.transaction():
        memories.add(db, StoredMemory(memory, **values))
    return memory.id


def states(db: Database, *memory_ids: str) -> list[tuple[str, str | None]]:
    found = [memories.get(db, memory_id) for memory_id in memory_ids]
    return [(each.state, each.superseded_by) for each in found if each]


def follow(db: Database, *memory_ids: str) -> None:
    """Let each be superseded by the next."""
    with db.transaction():
        for old, new in pairwise(memory_ids):
            memories.supersede(db, old, by=new, at=LATER)


@pytest.mark.parametrize("how", ["retract", "delete"])
def test_what_was_superseded_is_current_again_when_its_successor_goes(
    db: Database, agent: Agent, grace: User, how: str
) -> None:
    first, second, third = (plain(db, agent, grace, text) for text in ("a", "b", "c"))
    follow(db, first, second, third)

    def leave(memory_id: str) -> None:
        with db.transaction():
            if how == "retract":
                assert memories.retract(db, memory_id, at=LATER)
            else:
                assert memories.delete(db, agent.id, memory_id)

    leave(second)
    assert states(db, first, third) == [("superseded", third), ("current", None)]

    leave(third)
    assert states(db, first) == [("current", None)]
    revived = memories.get(db, first)
    assert revived is not None
    assert revived.valid_until is None
    check_text_indexes(db)


def test_the_last_of_a_chain_gone_brings_back_the_one_before_alone(db: Database, agent: Agent, grace: User) -> None:
    first, second, third = (plain(db, agent, grace, text) for text in ("a", "b", "c"))
    follow(db, first, second, third)

    with db.transaction():
        memories.retract(db, third, at=LATER)
        assert not memories.retract(db, third, at=LATER)

    assert states(db, first, second, third) == [("superseded", second), ("current", None), ("retracted", None)]


def test_only_what_is_current_is_superseded(db: Database, agent: Agent, grace: User) -> None:
    first, second = plain(db, agent, grace, "a"), plain(db, agent, grace, "b")
    with db.transaction():
        memories.retract(db, first, at=LATER)

    follow(db, first, second)

    assert states(db, first) == [("retracted", None)]


def test_a_message_taken_back_leaves_what_others_say_too(db: Database, agent: Agent, grace: User) -> None:
    alone, both = plain(db, agent, grace, "a", "m1"), plain(db, agent, grace, "b", "m1", "m2")
    waiting = plain(db, agent, grace, "c", "m1", replay_id="r")
    after = plain(db, agent, grace, "d", said_before="what m1 says", before_id="m1")
    with db.transaction():
        memories.said_after(db, both, "what m1 says", "m1")

    with db.transaction():
        assert memories.retract_message(db, "m1", at=LATER) == [alone]
        assert memories.retract_message(db, "m1", at=LATER) == []

    assert states(db, alone, both, waiting) == [("retracted", None), ("current", None), ("retracted", None)]
    kept = memories.get(db, both)
    assert kept is not None
    assert kept.sources == ["m2"]
    known = memories.stored(db, after)
    assert known is not None
    assert (known.said_before, known.before_id) == ("", None)
    assert db.query("select count(*) from memories where said_after <> ''")[0][0] == 0
    assert memories.retracted(db, ["m1", "m2"]) == {"m1"}
    check_text_indexes(db)


def test_a_copy_of_what_was_said_goes_with_the_message_or_memory(db: Database, agent: Agent, grace: User) -> None:
    session = make_session(agent.id, user_id=grace.id)
    message = make_message("a whisper")
    with db.transaction():
        sessions.add(db, session)
        messages.append(db, session.id, new_id(), [message])
    first = plain(db, agent, grace, "a", said_before="a whisper", before_id=message.id)
    second = plain(db, agent, grace, "b", said_before="a", before_id=first)
    with db.transaction():
        memories.said_after(db, first, "b", second)

    with db.transaction():
        messages.delete_all(db, session.id)
    assert memory_search.matching(db, ["whisper"], agent_id=agent.id, limit=9) == []

    with db.transaction():
        memories.delete(db, agent.id, first)
    known = memories.stored(db, second)
    assert known is not None
    assert (known.said_before, known.before_id) == ("", None)
    check_text_indexes(db)


@pytest.mark.parametrize("state", ["superseded", "retracted", "waiting"])
def test_only_what_is_current_and_counts_is_found(
    db: Database, agent: Agent, grace: User, set_id: int, state: str
) -> None:
    memory_id = add(db, agent, grace, "a boat", (1, 0))
    with db.transaction():
        if state == "superseded":
            memories.supersede(db, memory_id, by=new_id(), at=LATER)
        elif state == "retracted":
            memories.retract(db, memory_id, at=LATER)
        else:
            db.execute("update memories set replay_id = 'r'")

    assert memory_search.matching(db, ["boat"], agent_id=agent.id, limit=9) == []
    assert memory_search.nearest(db, [vector(1, 0)], agent_id=agent.id, embedding_set_id=set_id, limit=9) == [[]]
    assert memories.page(db, agent_id=agent.id, limit=9, offset=0) == []
    assert memory_search.placed(db, Scope(agent.id, None)) == []
    assert memories.saying(db, "a boat", agent_id=agent.id, user_id=grace.id) == []
    check_text_indexes(db)


def test_what_may_have_to_do_with_a_statement_has_its_words_or_is_about_the_same(
    db: Database, agent: Agent, grace: User, alan: User
) -> None:
    cat = add(db, agent, grace, "I have two cats")
    add(db, agent, grace, "I like tea")
    home = make_memory(agent.id, grace.id, "I live in Oslo")
    with db.transaction():
        memories.add(db, StoredMemory(home, slot="home"))
    add(db, agent, alan, "I have a cat")
    gone = add(db, agent, grace, "my cat is old")
    with db.transaction():
        memories.retract(db, gone, at=NOW)

    def akin(words: list[str], beginnings: list[str], slots: list[str], limit: int = 9) -> list[str]:
        found = memories.akin(db, words, beginnings, slots=slots, agent_id=agent.id, user_id=grace.id, limit=limit)
        return [each.memory.id for each in found]

    assert akin(["cats"], [], []) == [cat]
    assert akin([], ["ca"], []) == [cat]
    assert akin(["cat"], [], ["home"]) == [home.id, cat]
    assert akin([], [], []) == []
    assert akin(['"', "and"], [], []) == []


def test_of_those_that_have_words_of_a_statement_the_best_are_looked_at(
    db: Database, agent: Agent, grace: User
) -> None:
    for i in range(5):
        add(db, agent, grace, f"I saw a cat in month {i}")
    rare = add(db, agent, grace, "my cat has a harness")

    found = memories.akin(db, ["cat", "harness"], [], slots=[], agent_id=agent.id, user_id=grace.id, limit=2)

    assert len(found) == 2
    assert rare in [each.memory.id for each in found]
