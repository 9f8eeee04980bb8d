"""`client.backup` and `client.doctor`: a copy is whole and equal, whatever goes on meanwhile, and damage is told of."""

import asyncio
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import julep_local
from julep_local import AsyncClient, Client
from julep_local.errors import Conflict, StoreError
from julep_local.testing import HashEmbedder, ScriptedModel
from tests.store.making import start_python

FERRY = {"title": "Ferry", "content": "The ferry leaves at nine and at noon."}


@pytest.fixture
def client(make_client: Callable[..., Client], tmp_path: Path) -> Client:
    client = make_client(path=tmp_path / "julep.db")
    agent = client.agents.create(name="Ada", docs=[FERRY])
    user = client.users.create(name="Bo", about="likes maps")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "My dog is called Biscuit."}])
    client.jobs.wait([job.id for job in client.jobs.list()], timeout=30)
    return client


def digest_of(path: str | Path) -> str:
    with closing(Client(path=path, model=ScriptedModel(["ok"]), embedder=HashEmbedder())) as copy:
        return copy.digest()


def names(folder: Path) -> set[str]:
    return {name for name in os.listdir(folder) if not name.startswith("julep.db")}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_who_may_not_read_the_file_may_not_read_its_copy(client: Client, tmp_path: Path) -> None:
    (tmp_path / "julep.db").chmod(0o600)

    backup = client.backup(tmp_path / "copy.db")

    assert Path(backup.path).stat().st_mode & 0o777 == 0o600


def test_a_copy_opens_like_the_file_and_is_equal_to_it(client: Client, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    backup = client.backup(tmp_path / "copy.db", progress=lambda done, of: seen.append((done, of)))

    assert backup.path == str(tmp_path / "copy.db")
    assert backup.n_bytes == os.path.getsize(backup.path)
    assert names(tmp_path) == {"copy.db"}
    assert seen
    assert seen[-1][0] == seen[-1][1] == backup.n_bytes // 4096
    assert digest_of(backup.path) == client.digest()
    assert julep_local.doctor(backup.path).is_sound


def test_a_copy_takes_no_place_that_it_was_not_given(client: Client, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("a letter")

    with pytest.raises(Conflict, match="overwrite=True"):
        client.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "a letter"
    client.backup(tmp_path / "copy.db", overwrite=True)

    assert digest_of(tmp_path / "copy.db") == client.digest()


def test_a_copy_does_not_replace_the_file_itself_or_one_that_is_open(client: Client, tmp_path: Path) -> None:
    with closing(Client(path=tmp_path / "other.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder())) as other:
        other.agents.create(name="Eve")
        for path in ("julep.db", "other.db", "no/such/folder.db", "."):
            with pytest.raises((Conflict, StoreError)):
                client.backup(tmp_path / path, overwrite=True)
        assert [agent.name for agent in other.agents.list()] == ["Eve"]

    assert [agent.name for agent in client.agents.list()] == ["Ada"]
    assert names(tmp_path) == {"other.db"}


def test_a_copy_that_is_broken_off_leaves_nothing_behind(client: Client, tmp_path: Path) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.backup(tmp_path / "copy.db", progress=stop)

    assert names(tmp_path) == set()
    assert client.doctor().is_sound


def test_what_a_killed_copy_has_left_goes_with_the_next_one(client: Client, tmp_path: Path) -> None:
    process = start_python("import os; print(os.getpid(), flush=True); input()")
    assert process.stdout is not None
    pid = process.stdout.readline().strip()
    left = tmp_path / f"copy.db.{pid}-0123abcd.partial"
    left.write_bytes(b"half")
    client.backup(tmp_path / "copy.db")
    assert left.exists()  # it may still be at work
    process.send_signal(signal.SIGKILL)
    process.communicate()

    client.backup(tmp_path / "copy.db", overwrite=True)

    assert names(tmp_path) == {"copy.db"}


def test_a_copy_is_of_one_moment_while_others_write(client: Client, tmp_path: Path) -> None:
    """Each writer adds a pair in one transaction: in no copy is there half of one, and none waits for the writers."""
    db = client._api_client._runtime.db
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with db.transaction():
                for name in ("left", "right"):
                    db.execute(
                        "insert into users (id, name, created_at, updated_at) "
                        "values (lower(hex(randomblob(8))), :n, 't', 't')",
                        {"n": name},
                    )

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for n in range(5):
            client.backup(tmp_path / f"copy-{n}.db")
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    for n in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy-{n}.db")) as copy:
            left, right = (
                copy.execute("select count(*) from users where name = ?", [name]).fetchone()[0]
                for name in ("left", "right")
            )
            assert left == right
            assert copy.execute("pragma integrity_check").fetchone()[0] == "ok"


def test_a_store_in_memory_can_be_copied_to_a_file(tmp_path: Path) -> None:
    with closing(Client(path=":memory:", model=ScriptedModel(["ok"]), embedder=HashEmbedder())) as client:
        client.agents.create(name="Ada", docs=[FERRY])

        client.backup(tmp_path / "copy.db")

        assert digest_of(tmp_path / "copy.db") == client.digest()


def test_damaged_vectors_are_made_anew_by_a_job(client: Client) -> None:
    db = client._api_client._runtime.db
    before = db.query("select embeddings from chunk_vectors")[0][0]
    with db.transaction():
        db.execute("update chunk_vectors set embeddings = zeroblob(length(embeddings))")

    report = client.doctor(repair=True)

    assert [each.finding.kind for each in report.repaired] == ["vectors"]
    client.jobs.wait([job.id for job in client.jobs.list()], timeout=30)
    assert client.doctor().findings == []
    assert db.query("select embeddings from chunk_vectors")[0][0] == before


def test_copies_and_the_doctor_can_be_awaited(tmp_path: Path) -> None:
    async def use() -> None:
        async with AsyncClient(
            path=tmp_path / "julep.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder()
        ) as client:
            await client.agents.create(name="Ada")
            assert (await client.doctor()).is_sound
            backup = await client.backup(tmp_path / "copy.db")
            assert julep_local.doctor(backup.path).is_sound

    asyncio.run(use())
