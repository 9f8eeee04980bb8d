"""`with client.savepoint():` undoes the block: rows, vectors, jobs, and what is held in memory of them."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import ApiError, NotFound, StoreError
from julep_local.store import database, turns
from julep_local.testing import HANG, Deterministic, HashEmbedder, ScriptedModel, stream
from tests.talk import finish_jobs, history, new_session, say

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["memory", "file"])
def client(request: pytest.FixtureRequest, tmp_path: Path, make_client: Callable[..., Client]) -> Client:
    path = ":memory:" if request.param == "memory" else tmp_path / "julep.db"
    return make_client(path=path)


def _fill(client: Client, word: str = "ferry") -> tuple[str, str, str]:
    """Return agent, user and session, after a remembered turn that could draw on a doc."""
    doc = {"title": word, "content": f"The {word} leaves at nine."}
    agent, user = client.agents.create(name="Ada", docs=[doc]), client.users.create(name="Bo", about="")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=say("My dog is called Biscuit."))
    finish_jobs(client)
    return agent.id, user.id, session.id


def _found(client: Client, query: str, agent_id: str) -> list[str]:
    return [hit.chunk for hit in client.docs.search(query, agent_id=agent_id)]


def test_everything_in_the_block_is_undone(client: Client) -> None:
    agent_id, _, session_id = _fill(client)
    before = client.digest()

    with client.savepoint():
        other_agent, _, _ = _fill(client, "train")
        client.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
        client.docs.create(agent_id=agent_id, doc={"title": "Bus", "content": "The bus leaves at ten."})
        client.agents.delete(agent_id=agent_id)
        finish_jobs(client)
        assert client.digest() != before
        assert _found(client, "train", other_agent)

    assert client.digest() == before
    assert _found(client, "ferry", agent_id) == ["The ferry leaves at nine."]
    with pytest.raises(NotFound):
        client.agents.get(other_agent)


def test_an_error_undoes_the_block_and_goes_on(client: Client) -> None:
    before = client.digest()

    def fail() -> None:
        with client.savepoint():
            _fill(client)
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert client.digest() == before


def test_what_is_written_afterwards_stays(client: Client, tmp_path: Path) -> None:
    with client.savepoint():
        _fill(client)
    agent_id, _, session_id = _fill(client)

    assert [role for role, _ in history(client, session_id)] == ["user", "assistant"]
    assert _found(client, "ferry", agent_id) == ["The ferry leaves at nine."]


def test_searches_know_nothing_of_vectors_that_were_undone(client: Client) -> None:
    """What is held in memory is told by counts, and these come again when they are taken back."""
    agent_id, _, _ = _fill(client)
    for word in ("train", "tram", "boat"):
        with client.savepoint():
            client.docs.create(agent_id=agent_id, doc={"title": word, "content": f"The {word} waits for nobody."})
            assert _found(client, word, agent_id)[0] == f"The {word} waits for nobody."
        client.docs.create(agent_id=agent_id, doc={"title": "other", "content": f"Another text, not of any {word}s."})

        assert _found(client, f"The {word} waits for nobody.", agent_id)[0] != f"The {word} waits for nobody."


def test_blocks_may_stand_within_each_other(client: Client) -> None:
    with client.savepoint():
        kept = client.users.create(name="Bo", about="").id
        between = client.digest()
        with client.savepoint():
            client.users.create(name="Eve", about="")
            with client.savepoint():
                client.users.delete(user_id=kept)
            assert len(client.users.list()) == 2

        assert client.digest() == between
        assert [user.id for user in client.users.list()] == [kept]

    assert client.users.list() == []


def test_other_threads_and_clients_of_the_process_are_part_of_the_block(tmp_path: Path, client: Client) -> None:
    path = client._api_client._settings.path
    other = client if path == ":memory:" else Client(path=path, model=ScriptedModel(), embedder=HashEmbedder())
    seen: list[int] = []

    def work() -> None:
        other.users.create(name="Eve", about="")
        seen.append(len(other.users.list()))

    with client.savepoint():
        client.users.create(name="Bo", about="")
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert max(seen) == 9
        assert len(client.users.list()) == 9

    assert client.users.list() == []
    assert other.users.list() == []
    if other is not client:
        other.close()


def test_threads_that_never_stop_writing_lose_nothing_of_what_they_write_outside(client: Client) -> None:
    """A write that was begun before or after the block must not be lost, and one within must not be kept."""
    stop, written, failed = threading.Event(), [], []

    def write() -> None:
        while not stop.is_set():
            try:
                written.append(client.users.create(name="Bo", about="").id)
            except ApiError as error:
                failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        with client.savepoint():
            client.users.create(name="undone", about="")
    stop.set()
    for thread in threads:
        thread.join(30)

    kept = {user.id for user in client.users.list(limit=100_000)}
    assert "undone" not in {user.name for user in client.users.list(limit=100_000)}
    assert kept <= set(written)
    assert {type(error) for error in failed} <= {NotFound}  # created within the block, and undone before it was read
    last = client.users.create(name="Bo", about="").id
    assert client.users.get(last).id == last


def test_a_stream_begun_in_the_block_is_cancelled_and_one_from_before_goes_on(
    make_client: Callable[..., Client],
) -> None:
    model = ScriptedModel([stream("one", HANG, " two")])
    client = make_client(path=":memory:", model=model)
    outer, inner = new_session(client), new_session(client)
    before = client.sessions.chat(session_id=outer, messages=say("Hi"), stream=True)
    assert next(before).content == "one"

    with client.savepoint():
        pass
    model.resume()
    list(before)
    assert [content for _, content in history(client, outer)] == ["Hi", "one two"]

    model._resumed.clear()
    model.add(stream("three", HANG))
    with client.savepoint():
        answers = client.sessions.chat(session_id=inner, messages=say("Hi"), stream=True)
        assert next(answers).content == "three"

    with pytest.raises(ApiError):
        list(answers)
    assert history(client, inner) == []


class Slow(HashEmbedder):
    """Embeds in the background, when it is let."""

    is_instant = False

    def __init__(self) -> None:
        super().__init__()
        self.go, self.begun = threading.Event(), threading.Event()

    def embed(self, texts: Any) -> Any:
        self.begun.set()
        self.go.wait(10)
        return super().embed(texts)


def test_jobs_from_before_are_done_afterwards_and_those_of_the_block_never(make_client: Callable[..., Client]) -> None:
    embedder = Slow()
    client = make_client(embedder=embedder)
    agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "It leaves at nine."}])
    embedder.begun.wait(10)
    threading.Timer(0.05, embedder.go.set).start()

    with client.savepoint():
        created = client.docs.create(agent_id=agent.id, doc={"title": "Bus", "content": "It leaves at ten."})
        client.jobs.wait(created.jobs, timeout=30)

    client.jobs.wait(agent.jobs, timeout=30)
    assert [job.id for job in client.jobs.list()] == agent.jobs
    hits = client.docs.search("ferry", agent_id=agent.id)
    assert [hit.similarity is not None for hit in hits] == [True]
    with pytest.raises(NotFound):
        client.jobs.get(created.jobs[0])


OTHER_PROCESS = """
import sys
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel
client = Client(path=sys.argv[1], model=ScriptedModel(), embedder=HashEmbedder())
print(len(client.users.list()), flush=True)
client.users.create(name="from outside", about="")
print("written", flush=True)
client.close()
"""


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        arguments = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "julep.db")]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_another_process_reads_what_was_before_and_writes_when_the_block_is_over(
    make_client: Callable[..., Client], other_process: Callable[[], "subprocess.Popen[str]"]
) -> None:
    client = make_client()
    client.users.create(name="before", about="")

    with client.savepoint():
        client.users.create(name="within", about="")
        process = other_process()
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        client.users.create(name="within", about="")

    assert process.stdout.readline() == "written\n"
    process.wait(30)
    assert {user.name for user in client.users.list()} == {"before", "from outside"}


def test_a_block_does_not_begin_while_another_connection_writes(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    other = database.Database(client._api_client._settings.path)
    monkeypatch.setattr(turns, "BUSY_S", 0.05)

    with other.transaction():
        other.execute("delete from users")
        with pytest.raises(StoreError, match="another process has been writing"), client.savepoint():
            pass

    client.users.create(name="Bo", about="")
    other.close()


def test_a_client_that_is_closed_in_the_block_leaves_nothing(tmp_path: Path) -> None:
    client = Client(path=tmp_path / "j.db", model=ScriptedModel(), embedder=HashEmbedder())
    with client.savepoint():
        client.users.create(name="Bo", about="")
        client.close()

    with Client(path=tmp_path / "j.db", model=ScriptedModel(), embedder=HashEmbedder()) as again:
        assert again.users.list() == []


def test_a_process_that_is_killed_in_the_block_leaves_nothing(tmp_path: Path) -> None:
    code = """
import os, sys
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel
client = Client(path=sys.argv[1], model=ScriptedModel(), embedder=HashEmbedder())
client.users.create(name="before", about="")
with client.savepoint():
    client.users.create(name="within", about="")
    os._exit(3)
"""
    path = tmp_path / "j.db"
    subprocess.run([sys.executable, "-c", code, str(path)], env={"PYTHONPATH": str(ROOT)}, check=False)

    with Client(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        assert [user.name for user in client.users.list()] == ["before"]


def test_a_deterministic_program_goes_on_as_if_the_block_had_not_been() -> None:
    def program(with_block: bool) -> str:
        model = ScriptedModel(lambda prompt: "ok")
        with Client(path=":memory:", model=model, embedder=HashEmbedder(), deterministic=Deterministic()) as client:
            _fill(client)
            if with_block:
                with client.savepoint():
                    _fill(client, "train")
            _fill(client, "tram")
            return client.digest()

    assert program(True) == program(False)


def test_models_forget_sessions_that_were_undone() -> None:
    class Forgetting(ScriptedModel):
        forgotten: list[str] = []

        def forget(self, ids: Any) -> None:
            self.forgotten += ids

    model = Forgetting(lambda prompt: "ok")
    with Client(path=":memory:", model=model, embedder=HashEmbedder()) as client:
        kept = new_session(client)
        with client.savepoint():
            undone = new_session(client)
        assert kept not in model.forgotten

    assert model.forgotten == [undone]


def test_the_asyncio_client_has_it_too(tmp_path: Path) -> None:
    async def run() -> None:
        async with AsyncClient(path=tmp_path / "j.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as client:
            before = await client.digest()
            async with client.savepoint():
                await asyncio.gather(*(client.users.create(name="Bo", about="") for _ in range(5)))
                assert len(await client.users.list()) == 5

            assert await client.users.list() == []
            assert await client.digest() == before

    asyncio.run(run())


def test_a_task_that_is_cancelled_while_the_block_begins_leaves_no_block_behind(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    Client(path=path, model=ScriptedModel(), embedder=HashEmbedder()).close()
    other = database.Database(str(path))
    writing, go = threading.Event(), threading.Event()

    def write() -> None:
        with other.transaction():
            writing.set()
            go.wait(10)

    async def run() -> None:
        async with AsyncClient(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as client:
            writer = threading.Thread(target=write)
            writer.start()
            writing.wait(10)

            async def block() -> None:
                async with client.savepoint():
                    raise AssertionError("it has not begun")

            task = asyncio.create_task(block())
            await asyncio.sleep(0.05)
            task.cancel()
            go.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            await client.users.create(name="kept", about="")
            writer.join(10)

    asyncio.run(run())
    assert other.one("select name from users")["name"] == "kept"  # type: ignore[index]
    other.close()


def test_reads_at_the_very_end_of_a_block_do_not_fail(make_client: Callable[..., Client]) -> None:
    """A thread may have taken the shared connection a moment before it is closed."""
    client = make_client()
    client.users.create(name="Bo", about="")
    stop, failed, n_read = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                n_read.append(len(client.users.list()))
            except ApiError as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(40):
        with client.savepoint():
            client.users.create(name="Eve", about="")
    stop.set()
    for reader in readers:
        reader.join(30)

    assert not failed
    assert set(n_read) <= {1, 2}


def test_threads_that_read_for_the_first_time_beside_a_block_do_not_take_its_connection(
    make_client: Callable[..., Client],
) -> None:
    """A thread opens its own connection when it first reads, and the block may begin just then."""
    client = make_client()

    for _ in range(30):
        readers = [threading.Thread(target=client.users.list) for _ in range(8)]
        for reader in readers:
            reader.start()
        with client.savepoint():
            made = client.users.create(name="Eve", about="")
            assert [user.id for user in client.users.list()] == [made.id]
        for reader in readers:
            reader.join(30)
        assert client.users.list() == []


def test_a_repeatable_client_waits_for_its_jobs_before_a_block(make_client: Callable[..., Client]) -> None:
    """To stop a job that is done at once would make its thread begin it again, and again."""
    embedder = Slow()
    client = make_client(embedder=embedder, deterministic=Deterministic())
    creating = threading.Thread(
        target=lambda: client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "At nine."}])
    )
    creating.start()
    embedder.begun.wait(10)
    threading.Timer(0.1, embedder.go.set).start()

    with client.savepoint():
        assert [job.state.value for job in client.jobs.list()] == ["succeeded"]
    creating.join(10)

    assert [job.state.value for job in client.jobs.list()] == ["succeeded"]
