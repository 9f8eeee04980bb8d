"""`client.memories` as a person uses it: explain, edit, delete, retract, forget, configure, replay."""

import asyncio
import functools
import inspect
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import InvalidInput, NotFound
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.managers.memory import AsyncMemoriesManager, MemoriesManager
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import Memory
from julep_local.types.memories import MemoryReplay
from tests.store.making import new_id
from tests.talk import finish_jobs, say


class Remembering(ScriptedModel):
    """Answers `ok`, and what it is asked about memories with this JSON."""

    def __init__(self, answer: "Any | Callable[[Prompt], Any]") -> None:
        super().__init__(lambda prompt: "ok")
        self.answer = answer

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        if purpose == "memory":
            value = self.answer(prompt) if callable(self.answer) else self.answer
            self.background = value if isinstance(value, str) else json.dumps(value)
            yield from super().generate(prompt, sampling, purpose=purpose)
            self.background = ""
        else:
            yield from super().generate(prompt, sampling, purpose=purpose)


@dataclass
class Two:
    """Ada, an agent, and Grace, who talks to her."""

    client: Client
    agent: str
    user: str
    session: str

    def say(self, *texts: str, record: bool = True) -> None:
        for text in texts:
            response = self.client.sessions.chat(
                session_id=self.session, messages=say(text), remember=True, record=record
            )
            self.client.jobs.wait(response.jobs, timeout=30)

    def known(self, state: Any = "current") -> list[Memory]:
        """Return the memories, oldest first."""
        return self.client.memories.list(agent_id=self.agent, user_id=self.user, state=state, limit=1000)[::-1]

    def contents(self, state: Any = "current") -> list[str]:
        return [memory.content.removeprefix("Grace: ") for memory in self.known(state)]

    def replay(self, tier: str = "rules", **values: Any) -> MemoryReplay:
        replay = self.client.memories.replay(agent_id=self.agent, tier=tier, **values)
        self.client.jobs.wait(replay.job, timeout=30)
        return replay


def meet(client: Client) -> Two:
    agent, user = client.agents.create(name="Ada"), client.users.create(name="Grace", about="")
    return Two(client, agent.id, user.id, client.sessions.create(agent_id=agent.id, user_id=user.id).id)


@pytest.fixture
def two(client: Client) -> Two:
    return meet(client)


# ---- explain, edit, delete, retract ----------------------------------------------------------------------------------


def test_a_memory_is_explained_by_its_messages_and_verdicts(two: Two) -> None:
    two.say("I live in Oslo.", "I live in Bergen now.")
    (memory,), (old,) = two.known(), two.known("superseded")

    why = two.client.memories.explain(memory.id)

    assert why.memory == two.client.memories.get(memory.id) == memory
    assert [(source.content, source.role, source.session_id) for source in why.sources] == [
        ("I live in Bergen now.", "user", two.session)
    ]
    assert why.said_before == "ok"
    assert why.about == "home"
    assert {verdict.gate for verdict in why.verdicts} >= {"kind", "secret", "echo", "support", "duplicate"}
    assert why.supersedes == [old]
    assert two.client.memories.explain(old.id).superseded_by == memory


def test_a_memory_is_explained_when_its_history_is_gone(two: Two) -> None:
    two.say("Hello.", "I live in Oslo.")
    two.client.sessions.delete_history(session_id=two.session)
    (memory,) = two.known()

    why = two.client.memories.explain(memory.id)

    assert [(source.message_id, source.content) for source in why.sources] == [(memory.sources[0], None)]
    assert why.said_before is None


@pytest.mark.parametrize("call", ["get", "explain", "edit"])
def test_an_unknown_memory_is_not_found(client: Client, call: str) -> None:
    with pytest.raises(NotFound):
        getattr(client.memories, call)(new_id())


@pytest.mark.parametrize("call", ["search", "list"])
def test_a_search_says_who_is_not_there(two: Two, call: str) -> None:
    find: Any = functools.partial(getattr(two.client.memories, call), query="Oslo")
    unknown = new_id()

    with pytest.raises(NotFound, match=f"agent {unknown} not found"):
        find(agent_id=unknown)
    with pytest.raises(NotFound, match=f"agent {unknown} not found"):
        find(agent_id=unknown, user_id=unknown)
    with pytest.raises(NotFound, match=f"user {unknown} not found"):
        find(agent_id=two.agent, user_id=unknown)
    assert find(agent_id=two.agent, user_id=two.user) == []


def test_a_correction_is_found_by_its_own_words_and_sourced_as_before(two: Two) -> None:
    two.say("I live in Oslo.")
    (memory,) = two.known()

    edited = two.client.memories.edit(memory.id, content="Grace: I hate living in Bergen", importance=1)

    assert edited == two.client.memories.get(memory.id)
    assert (edited.content, edited.tier, edited.importance) == ("Grace: I hate living in Bergen", "given", 1)
    assert edited.sources == memory.sources
    assert edited.timestamp == memory.timestamp
    assert edited.sentiment is not None
    assert edited.sentiment < 0
    assert [each.model_dump()["name"] for each in edited.entities] == ["Bergen"]
    assert two.client.memories.list(agent_id=two.agent, query="Bergen") == [edited]
    assert two.client.memories.list(agent_id=two.agent, query="Oslo")[:1] in ([], [edited])
    assert two.client.memories.explain(memory.id).verdicts[-1].gate == "edited"


def test_a_superseded_memory_is_corrected_and_stays_superseded(two: Two) -> None:
    two.say("I live in Oslo.", "I live in Bergen.")
    (old,) = two.known("superseded")

    edited = two.client.memories.edit(old.id, content="Grace: I live in Molde.")

    assert (edited.state, edited.superseded_by) == ("superseded", two.known()[0].id)
    assert two.contents() == ["I live in Bergen."]
    assert edited.id not in [each.id for each in two.client.memories.list(agent_id=two.agent, query="Molde")]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"content": ""}, id="empty"),
        pytest.param({"content": " \n"}, id="blank"),
        pytest.param({"content": "a\0b"}, id="NUL"),
        pytest.param({"content": "\ud800"}, id="half a character"),
        pytest.param({"content": 7}, id="number"),
        pytest.param({"importance": 1.5}, id="too important"),
        pytest.param({"importance": float("nan")}, id="not a number"),
        pytest.param({"importance": "high"}, id="in words"),
        pytest.param({"timestamp": "soon"}, id="no time"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_changes_nothing(two: Two, wrong: dict[str, Any]) -> None:
    two.say("I live in Oslo.")
    (memory,) = two.known()

    with pytest.raises(InvalidInput):
        two.client.memories.edit(memory.id, **wrong)

    assert two.known() == [memory]


def test_deleting_a_memory_brings_back_what_it_had_superseded(two: Two) -> None:
    two.say("I live in Oslo.", "I live in Bergen.")

    two.client.memories.delete(agent_id=two.agent, memory_id=two.known()[0].id)

    assert two.contents(None) == ["I live in Oslo."]
    assert two.known()[0].valid_until is None
    with pytest.raises(NotFound):
        two.client.memories.delete(agent_id=two.agent, memory_id=new_id())


def test_a_message_taken_back_takes_what_came_only_from_it(two: Two) -> None:
    two.say("I live in Oslo. I like tea.", "I like tea.", "I live in Bergen.")
    (first, last) = (two.known("superseded")[0].sources[0], two.known()[-1].sources[0])

    gone = two.client.memories.retract(last)
    again = two.client.memories.retract(last)
    also = two.client.memories.retract(first)

    assert [memory.content for memory in gone] == ["Grace: I live in Bergen."]
    assert gone[0].state == "retracted"
    assert again == []
    assert [memory.content for memory in also] == ["Grace: I live in Oslo."]
    assert two.contents() == ["I like tea."]
    assert first not in two.known()[0].sources


def test_a_replay_that_waits_loses_what_is_taken_back(two: Two) -> None:
    two.say("I live in Oslo.", "My dog is called Rex.")
    message = two.known()[0].sources[0]
    replay = two.replay()

    two.client.memories.retract(message)
    two.client.memories.accept(replay)

    assert two.contents() == ["My dog is called Rex."]
    assert "I live in Oslo." not in [
        memory.content for memory in two.client.memories.list(agent_id=two.agent, query="Oslo")
    ]


# ---- forget ----------------------------------------------------------------------------------------------------------


def test_a_user_is_forgotten_to_the_last_byte(two: Two, tmp_path: Path) -> None:
    two.say("I live in Wanne-Eickel.", "I live in Posemuckel.", record=False)
    replayed = two.client.memories.add(agent_id=two.agent, user_id=two.user, content="I play the ocarina")
    ids = [memory.id for memory in two.known(None)]
    assert replayed.id in ids

    receipt = two.client.memories.forget(user_id=two.user)

    assert (receipt.n_memories, receipt.n_vectors) == (3, 3)
    assert (receipt.n_rows_left, receipt.n_ids_left) == (0, 0)
    assert two.known(None) == []
    held = b"".join(path.read_bytes() for path in tmp_path.glob("julep.db*"))
    for word in ("Wanne-Eickel", "Posemuckel", "ocarina", *ids):
        assert word.encode() not in held, word


def test_only_one_agent_forgets_if_it_is_named(two: Two) -> None:
    other = meet(two.client)
    for agent in (two.agent, other.agent):
        two.client.memories.add(agent_id=agent, user_id=two.user, content="I like tea")

    receipt = two.client.memories.forget(user_id=two.user, agent_id=two.agent)

    assert (receipt.n_memories, receipt.agent_id, receipt.n_rows_left) == (1, two.agent, 0)
    assert two.known() == []
    assert len(two.client.memories.list(agent_id=other.agent)) == 1


def test_nobody_unknown_is_forgotten(two: Two) -> None:
    with pytest.raises(NotFound):
        two.client.memories.forget(user_id=new_id())
    with pytest.raises(NotFound):
        two.client.memories.forget(user_id=two.user, agent_id=new_id())
    assert two.client.memories.forget(user_id=two.user).n_memories == 0


def test_a_job_under_way_forms_nothing_of_a_user_who_is_forgotten(make_client: Callable[..., Client]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(prompt: Prompt) -> Any:
        begun.set()
        assert go_on.wait(30)
        return {"memories": [{"statement": "Grace lives in Oslo.", "importance": 3, "replaces": []}]}

    two = meet(make_client(model=Remembering(slowly)))
    two.client.memories.configure(agent_id=two.agent, tier="capable")
    response = two.client.sessions.chat(session_id=two.session, messages=say("I live in Oslo."), remember=True)
    assert begun.wait(30)

    receipt = two.client.memories.forget(user_id=two.user)
    go_on.set()
    two.client.jobs.wait(response.jobs, timeout=30)
    two.client.close()

    assert receipt.n_jobs == 1
    assert meet_again(make_client, two).known(None) == []


def meet_again(make_client: Callable[..., Client], two: Two) -> Two:
    return Two(make_client(), two.agent, two.user, two.session)


def test_a_replay_under_way_forms_nothing_of_a_user_who_is_forgotten(make_client: Callable[..., Client]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(prompt: Prompt) -> Any:
        begun.set()
        assert go_on.wait(30)
        return {"memories": [{"statement": "Grace lives in Oslo.", "importance": 3, "replaces": []}]}

    two = meet(make_client(model=Remembering(slowly)))
    two.client.sessions.chat(session_id=two.session, messages=say("I live in Oslo."), record=True)
    replay = two.client.memories.replay(agent_id=two.agent, tier="capable")
    assert begun.wait(30)

    receipt = two.client.memories.forget(user_id=two.user)
    go_on.set()
    finish_jobs(two.client)

    assert receipt.n_jobs == 1
    with pytest.raises(InvalidInput, match="did not come to its end"):
        two.client.memories.accept(replay)
    two.client.close()
    db = make_client()._api_client._runtime.db
    assert db.query("select count(*) from memories")[0][0] == 0


# ---- tiers and replays -----------------------------------------------------------------------------------------------


def test_an_agent_that_is_told_to_remember_nothing_does_so(two: Two) -> None:
    two.client.memories.configure(agent_id=two.agent, tier="off")
    two.say("I live in Oslo.")
    assert two.known(None) == []

    two.client.memories.configure(agent_id=two.agent, tier=None)
    two.say("I live in Oslo.")
    assert two.contents() == ["I live in Oslo."]


def test_a_tier_and_an_agent_must_exist(two: Two) -> None:
    with pytest.raises(InvalidInput):
        two.client.memories.configure(agent_id=two.agent, tier="huge")
    with pytest.raises(NotFound):
        two.client.memories.configure(agent_id=new_id(), tier="rules")
    with pytest.raises(InvalidInput):
        two.client.memories.replay(agent_id=two.agent, tier="off")
    with pytest.raises(NotFound):
        two.client.memories.replay(agent_id=new_id(), tier="rules")
    with pytest.raises(NotFound):
        two.client.memories.replay(agent_id=two.agent, tier="rules", user_id=new_id())


def test_a_replay_stands_beside_and_takes_the_place_when_it_is_accepted(make_client: Callable[..., Client]) -> None:
    answer = {"memories": [{"statement": "Grace lives in Oslo.", "importance": 5, "replaces": []}]}
    two = meet(make_client(model=Remembering(answer)))
    two.client.memories.configure(agent_id=two.agent, tier="rules")
    two.say("I live in Oslo.")
    given = two.client.memories.add(agent_id=two.agent, user_id=two.user, content="I like tea")
    before = two.known(None)

    replay = two.replay("capable")
    compared = two.client.memories.compare(replay)

    assert two.known(None) == before
    assert [memory.content for memory in compared.added] == ["Grace lives in Oslo."]
    assert [memory.content for memory in compared.removed] == ["Grace: I live in Oslo."]
    assert two.client.memories.accept(replay.id) == compared
    assert two.contents() == ["I like tea", "Grace lives in Oslo."]
    assert two.client.memories.get(given.id).tier == "given"
    assert [each.tier for each in two.client.memories.list(agent_id=two.agent, query="Oslo")][0] == "capable"


@pytest.mark.parametrize("by_id", [True, False])
def test_a_replay_is_accepted_once(two: Two, by_id: bool) -> None:
    two.say("I live in Oslo.", "My dog is called Rex.")
    replay = two.replay()
    two.client.memories.accept(replay)

    with pytest.raises(NotFound):
        two.client.memories.accept(replay.id if by_id else replay)

    assert two.contents() == ["I live in Oslo.", "My dog is called Rex."]


def test_what_is_formed_after_a_replay_is_not_lost_by_accepting_it(two: Two) -> None:
    two.say("I live in Oslo.")
    replay = two.replay()
    two.say("My dog is called Rex.")

    changed = two.client.memories.accept(replay)

    assert changed.removed == []
    assert sorted(two.contents()) == ["I live in Oslo.", "My dog is called Rex."]


def test_what_a_person_corrected_is_not_formed_again_by_a_replay(two: Two) -> None:
    two.say("I live in Oslo.", "My dog is called Rex.")
    two.client.memories.edit(two.known()[0].id, content="Grace: I live in Bergen.")

    two.client.memories.accept(two.replay())

    assert sorted(two.contents()) == ["I live in Bergen.", "My dog is called Rex."]


def test_what_was_given_and_superseded_stays_so_when_a_replay_is_accepted(two: Two) -> None:
    two.say("I live in Oslo.")
    two.client.memories.edit(two.known()[0].id, importance=1)
    two.say("I live in Bergen.")
    assert two.contents("superseded") == ["I live in Oslo."]

    two.client.memories.accept(two.replay())

    (old,) = two.known("superseded")
    assert two.contents() == ["I live in Bergen."]
    assert old.superseded_by == two.known()[0].id


def test_a_replay_without_history_forms_nothing_and_takes_nothing(two: Two) -> None:
    two.say("I live in Oslo.")
    two.client.sessions.delete_history(session_id=two.session)

    replay = two.replay()

    with pytest.raises(NotFound):
        two.client.memories.accept(replay)
    two.client.memories.discard(replay)
    assert two.contents() == ["I live in Oslo."]


def test_a_discarded_replay_leaves_no_trace(two: Two) -> None:
    two.say("I live in Oslo.")
    before = two.known(None)
    replay = two.replay()

    two.client.memories.discard(replay)
    two.client.memories.discard(replay.id)

    assert two.known(None) == before
    with pytest.raises(NotFound):
        two.client.memories.compare(replay.id)
    db = two.client._api_client._runtime.db
    assert db.query("select count(*) from memories where replay_id is not null")[0][0] == 0


def test_a_replay_of_one_user_leaves_others_alone(two: Two) -> None:
    two.say("I live in Oslo.")
    other = two.client.users.create(name="Alan", about="")
    beside = Two(two.client, two.agent, other.id, two.client.sessions.create(agent_id=two.agent, user_id=other.id).id)
    beside.say("My dog is called Rex.")
    before = beside.known(None)

    two.client.memories.accept(two.replay(user_id=two.user))

    assert beside.known(None) == before
    assert two.contents() == ["I live in Oslo."]


def test_the_asyncio_twin_does_the_same(tmp_path: Path) -> None:
    async def hold() -> list[str]:
        async with AsyncClient(
            path=tmp_path / "julep.db", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder()
        ) as client:
            agent = await client.agents.create(name="Ada")
            user = await client.users.create(name="Grace", about="")
            memory = await client.memories.add(agent_id=agent.id, user_id=user.id, content="I like tea")
            edited = await client.memories.edit(memory.id, content="I like coffee")
            why = await client.memories.explain(memory.id)
            replay = await client.memories.replay(agent_id=agent.id, tier="rules")
            await client.jobs.wait(replay.job, timeout=30)
            await client.memories.discard(replay)
            receipt = await client.memories.forget(user_id=user.id)
            return [edited.content, why.memory.content, str(receipt.n_memories)]

    assert asyncio.run(hold()) == ["I like coffee", "I like coffee", "1"]


def test_every_method_has_its_asyncio_twin() -> None:
    for name in [name for name in vars(MemoriesManager) if not name.startswith("_")]:
        assert inspect.unwrap(vars(AsyncMemoriesManager)[name]) is vars(MemoriesManager)[name]
