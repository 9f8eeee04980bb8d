"""Many memories are added at once, linked as they were said, and none twice."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import InvalidInput, ModelBroken, NotFound
from julep_local.recall.memory_adding import MOST_AROUND, Statement, add_statements, embed_added
from julep_local.store import memories
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.testing import HashEmbedder, ScriptedModel

from .conftest import ADA, BEN, NOW, CountingEmbedder


def add(db: Database, *statements: Statement) -> list[StoredMemory]:
    added = add_statements(db, statements, agent_id=ADA, user_id=BEN, now=NOW)
    found = [memories.stored(db, memory.id) for memory in added]
    return [each for each in found if each is not None]


def after(db: Database, memory_id: str) -> str:
    return str(db.query("select said_after from memories where id = :id", {"id": memory_id})[0][0])


class TestLinks:
    def test_what_was_said_before_and_after_goes_with_a_memory(self, db: Database) -> None:
        question, answer = add(db, Statement("Which colour?", "Ada"), Statement("Red " * 300, "Ben"))

        assert (question.said_before, question.before_id) == ("", None)
        assert (answer.said_before, answer.before_id) == ("Which colour?", question.memory.id)
        assert after(db, question.memory.id) == ("Red " * 300)[:MOST_AROUND]
        assert answer.memory.content.startswith("Ben: Red Red")

    def test_it_goes_on_where_the_last_call_ended(self, db: Database) -> None:
        (question,) = add(db, Statement("Which colour?", "Ada", NOW))
        (answer,) = add(db, Statement("Red", "Ben", NOW + timedelta(minutes=5)))

        assert answer.before_id == question.memory.id

    @pytest.mark.parametrize(
        "later",
        [
            Statement("Red", "Ben", NOW + timedelta(hours=2)),
            Statement("Red", "Ben", NOW - timedelta(hours=1)),
            Statement("Red", "", NOW),
        ],
        ids=["after a pause", "earlier", "nobody's words"],
    )
    def test_what_does_not_follow_is_not_linked(self, db: Database, later: Statement) -> None:
        question, answer = add(db, Statement("Which colour?", "Ada", NOW), later)

        assert answer.before_id is None
        assert after(db, question.memory.id) == ""

    def test_a_deleted_neighbour_leaves_no_copy(self, db: Database) -> None:
        question, answer = add(db, Statement("Which colour?", "Ada"), Statement("Red", "Ben"))

        with db.transaction():
            memories.delete(db, ADA, question.memory.id)

        left = memories.stored(db, answer.memory.id)
        assert left is not None
        assert left.said_before == ""


class TestTwice:
    def test_the_same_words_of_the_same_speaker_are_refreshed(self, db: Database) -> None:
        (first,) = add(db, Statement("I have a dog.", "Ben"))
        later = add_statements(
            db, [Statement("i have a DOG", "Ben")], agent_id=ADA, user_id=BEN, now=NOW + timedelta(days=3)
        )

        assert [memory.id for memory in later] == [first.memory.id]
        known = memories.stored(db, first.memory.id)
        assert known is not None
        assert known.said_at == NOW + timedelta(days=3)

    def test_within_one_call_too(self, db: Database) -> None:
        one, two = add(db, Statement("I have a dog"), Statement("I have a dog!"))

        assert one.memory.id == two.memory.id

    def test_another_speaker_or_time_makes_another_memory(self, db: Database) -> None:
        added = add(
            db,
            Statement("I went running", "Ben", NOW),
            Statement("I went running", "Ann", NOW),
            Statement("I went running", "Ben", NOW + timedelta(days=4)),
            Statement("I went running", "Ben", NOW),
        )

        assert len({each.memory.id for each in added}) == 3
        assert added[0].memory.id == added[3].memory.id


class TestVectors:
    def test_only_what_was_added_is_embedded_in_every_set_that_is_filled(
        self, db: Database, embedder: CountingEmbedder
    ) -> None:
        add(db, Statement("an old one"))
        added = add_statements(
            db,
            [Statement("Which colour?", "Ada"), Statement("Red", "Ben")],
            agent_id=ADA,
            user_id=BEN,
            now=NOW + timedelta(hours=3),
        )

        embed_added(db, embedder, added)
        embed_added(db, embedder, added)

        assert embedder.seen == ["Which colour?", "Which colour? Red"]

    def test_unknown_owners_are_refused_and_nothing_is_stored(self, db: Database) -> None:
        with pytest.raises(NotFound, match="agent"):
            add_statements(db, [Statement("x")], agent_id=str(uuid.uuid4()), user_id=BEN, now=NOW)
        with pytest.raises(NotFound, match="user"):
            add_statements(db, [Statement("x")], agent_id=ADA, user_id=str(uuid.uuid4()), now=NOW)
        assert memories.page(db, agent_id=ADA, limit=1, offset=0) == []


class FailingEmbedder(HashEmbedder):
    """Fails while `broken` is true."""

    is_instant = False
    broken = True

    def embed(self, texts: Any) -> Any:
        if self.broken:
            raise ModelBroken("no")
        return super().embed(texts)


class TestTheDoor:
    def test_what_is_given_comes_back_and_is_found(self) -> None:
        with Client(path=":memory:", model=ScriptedModel([]), embedder=HashEmbedder()) as client:
            agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")
            one = client.memories.add(
                agent_id=agent.id, user_id=user.id, content=" a dog ", speaker="Bo", timestamp=NOW
            )
            rest = client.memories.add_all(
                agent_id=agent.id,
                user_id=user.id,
                memories=[
                    {"content": "a cat", "timestamp": "2024-01-02T03:04:05Z", "importance": 0.9},
                    {"content": "a bird"},
                ],
            )
            found = client.memories.list(agent_id=agent.id, user_id=user.id, query="dog")
            nothing = client.memories.add_all(agent_id=agent.id, user_id=user.id, memories=[])

        assert (one.content, one.timestamp, one.tier) == ("Bo: a dog", NOW, "given")
        assert rest[0].importance == 0.9
        assert rest[0].timestamp is not None
        assert rest[0].timestamp.year == 2024
        assert found[0] == one
        assert nothing == []

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ([{"content": "ok"}, {}], r"memories\[1\].content"),
            ([{"content": " "}], r"memories\[0\].content"),
            ([{"content": "x" * 10_001}], r"memories\[0\].content"),
            ([{"content": "a", "importance": 2}], r"memories\[0\].importance"),
            ([{"content": "a", "timestamp": "soon"}], r"memories\[0\].timestamp"),
            ([{"content": "a", "speaker": "b\0"}], r"memories\[0\].speaker"),
            ("text", "memories"),
            ([{"content": "a"}] * 10_001, "memories"),
        ],
    )
    def test_what_cannot_be_one_is_refused_by_name_and_none_is_stored(self, given: Any, field: str) -> None:
        with Client(path=":memory:", model=ScriptedModel([]), embedder=HashEmbedder()) as client:
            agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")

            with pytest.raises(InvalidInput, match=field):
                client.memories.add_all(agent_id=agent.id, user_id=user.id, memories=given)

            assert client.memories.list(agent_id=agent.id) == []

    def test_if_the_embedder_fails_they_are_stored_and_a_job_embeds_them(self) -> None:
        embedder = FailingEmbedder()
        with Client(path=":memory:", model=ScriptedModel([]), embedder=embedder) as client:
            agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")

            added = client.memories.add(agent_id=agent.id, user_id=user.id, content="a dog")

            assert client.memories.list(agent_id=agent.id) == [added]
            assert [job.name for job in client.jobs.list()] == ["embed all docs"]

    def test_the_twins_do_the_same(self) -> None:
        async def both() -> None:
            async with AsyncClient(path=":memory:", model=ScriptedModel([]), embedder=HashEmbedder()) as client:
                agent, user = await client.agents.create(name="Ada"), await client.users.create(name="Bo", about="")
                ids = {"agent_id": agent.id, "user_id": user.id}
                one = await client.memories.add(**ids, content="a dog")
                (two,) = await client.memories.add_all(**ids, memories=[{"content": "a dog"}])
            assert one.id == two.id

        asyncio.run(both())
