"""The same program writes the same database: ids, times, vectors and what the background does."""

import asyncio
import subprocess
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import StoreError
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel, Template, fresh_client

PROGRAM = """
from julep_local import Client
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel, ToolCall

def digest(path=":memory:", **given):
    replies = ["Nice to meet you.", ToolCall("weather", '{"city": "Oslo"}'), "It rains.", "Three to one."]
    model = ScriptedModel(replies, background="Ask about the sea.")
    with Client(path=path, model=model, embedder=HashEmbedder(), deterministic=Deterministic(**given)) as client:
        ferry = {"title": "Ferry", "content": "The ferry leaves at 9:15. " * 40}
        agent = client.agents.create(name="Ada", docs=[ferry], metadata={"b": 1.5, "a": None})
        client.tools.create(agent_id=agent.id, tool={"type": "function", "function": {
            "name": "weather", "description": "the weather", "parameters": {"type": "object"}}})
        user = client.users.create(name="Bo", about="likes maps")
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        def say(text, **more):
            return client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": text}], **more)
        say("My dog is called Biscuit and I live in Oslo.")
        say("What is the weather?")
        list(say("And now?", stream=True))
        stream = say("What was the score?", stream=True)
        next(stream)
        stream.close()
        client.docs.create(user_id=user.id, doc={"title": "Notes", "content": ["one", "two"]})
        client.agents.update(agent_id=agent.id, about="a pilot")
        return client.digest()
"""


def _program(**given: Any) -> str:
    names: dict[str, Any] = {}
    exec(PROGRAM, names)
    digest: str = names["digest"](**given)
    return digest


def test_the_same_program_writes_the_same_database(tmp_path: Path) -> None:
    digests = {_program(), _program(), _program(path=tmp_path / "a.db")}

    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_another_process_with_another_hash_seed_writes_the_same_database(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM + "\nprint(digest())"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "5", "PYTHONPATH": str(Path(__file__).parents[2]), "TZ": "Asia/Tokyo"},
    )

    assert run.stdout.strip() == _program()


@pytest.mark.parametrize(
    "given", [{"seed": 2}, {"step": timedelta(0)}, {"start": datetime(2025, 1, 1, tzinfo=timezone.utc)}]
)
def test_another_seed_or_clock_writes_another_database(given: dict[str, Any]) -> None:
    assert _program(**given) != _program()


def _client(deterministic: Deterministic, path: Any = ":memory:") -> Client:
    return Client(path=path, model=ScriptedModel(), embedder=HashEmbedder(), deterministic=deterministic)


def test_ids_are_uuids_of_version_4_and_times_go_on_by_a_step() -> None:
    start = datetime(2025, 6, 1, 12, tzinfo=timezone.utc)
    with _client(Deterministic(seed=7, start=start, step=timedelta(seconds=1))) as client:
        users = [client.users.create(name="Bo", about="") for _ in range(3)]

    assert {uuid.UUID(user.id).version for user in users} == {4}
    assert len({user.id for user in users}) == 3
    assert [user.created_at for user in users] == [start + timedelta(seconds=n) for n in range(3)]


def test_a_clock_that_is_frozen_goes_on_only_when_it_is_told_to() -> None:
    clock = Deterministic(step=timedelta(0))
    with _client(clock) as client:
        before = [client.users.create(name="Bo", about="").created_at for _ in range(2)]
        clock.advance(timedelta(days=1))
        after = client.users.create(name="Bo", about="").created_at

    assert before[0] == before[1] == after - timedelta(days=1)


def test_a_file_that_is_opened_again_gets_ids_that_it_does_not_have_yet(tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        with _client(Deterministic(seed=1), tmp_path / "j.db") as client:
            ids.append(client.users.create(name="Bo", about="").id)

    assert len(set(ids)) == 3


def test_what_is_made_in_a_file_that_is_opened_again_is_newer_than_what_is_there(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        with _client(Deterministic(), tmp_path / "j.db") as client:
            client.users.create(name=name, about="")

            assert client.users.list()[0].name == name


def test_what_is_made_in_a_copy_of_a_template_is_newer_and_has_ids_of_its_own() -> None:
    with fresh_client(model=ScriptedModel()) as client:
        ids = {client.users.create(name="old", about="").id for _ in range(5)}
        template = Template(client)

    with template.client(model=ScriptedModel()) as copy:
        made = copy.users.create(name="new", about="")
        assert copy.users.list()[0].id == made.id
        assert made.id not in ids


def test_jobs_are_done_when_the_call_that_asks_for_them_returns() -> None:
    with _client(Deterministic()) as client:
        agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        client._api_client._runtime.settings.model._replies.append("Woof.")  # type: ignore[attr-defined]

        client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "My dog is Biscuit."}])

        assert {job.state.value for job in client.jobs.list()} == {"succeeded"}
        assert [memory.content for memory in client.memories.list(agent_id=agent.id)] == ["Bo: My dog is Biscuit."]


def test_one_file_has_one_source_of_ids_in_a_process(tmp_path: Path) -> None:
    with _client(Deterministic(), tmp_path / "j.db"), pytest.raises(StoreError, match="another `deterministic`"):
        Client(path=tmp_path / "j.db")


def test_the_asyncio_client_writes_what_the_blocking_one_does() -> None:
    async def run() -> str:
        async with AsyncClient(
            path=":memory:", model=ScriptedModel(), embedder=HashEmbedder(), deterministic=Deterministic()
        ) as client:
            await client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "At nine."}])
            return await client.digest()

    with _client(Deterministic()) as client:
        client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "At nine."}])

        assert asyncio.run(run()) == client.digest()


def test_a_stream_that_is_left_is_not_recorded_however_short_the_answer_was() -> None:
    model = ScriptedModel(["one two", "three"])
    with Client(path=":memory:", model=model, embedder=HashEmbedder(), deterministic=Deterministic()) as client:
        session = client.sessions.create(agent_id=client.agents.create(name="Ada").id, user_id=None)
        question = [{"role": "user", "content": "Count."}]
        stream = client.sessions.chat(session_id=session.id, messages=question, stream=True)
        pieces = [next(stream).content, next(stream).content]
        stream.close()

        assert pieces == ["one", " two"]
        assert client.sessions.history(session_id=session.id) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [({"start": datetime(2025, 1, 1)}, "no time zone"), ({"step": timedelta(seconds=-1)}, "backwards")],
)
def test_a_clock_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Deterministic(**given)


def test_templates_see_the_clock_and_not_the_machines() -> None:
    clock = Deterministic(start=datetime(2031, 5, 6, 7, 8, tzinfo=timezone.utc), step=timedelta(0))
    model = ScriptedModel(["ok"])
    situation = (
        "{{ arrow.utcnow().format('YYYY-MM-DD') }}, {{ arrow.now('Asia/Tokyo').format('HH:mm') }}, "
        "{{ arrow.get().year }}, {{ arrow.get('2020-01-02').year }}"
    )
    with Client(path=":memory:", model=model, embedder=HashEmbedder(), deterministic=clock) as client:
        agent = client.agents.create(name="Ada")
        session = client.sessions.create(agent_id=agent.id, user_id=None, situation=situation, render_templates=True)
        client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "Hi"}])

    assert model.prompts[0].messages[0].content == "2031-05-06, 16:08, 2031, 2020"
