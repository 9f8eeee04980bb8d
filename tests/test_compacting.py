"""`client.compact()`: the file is as small as a fresh one, and nothing in it is lost."""

import asyncio
import threading
from pathlib import Path

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import ClientClosed, StoreError
from julep_local.store import embedding_sets, turns
from julep_local.store.connection import connected
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel

TEXTS = [f"Chunk {i}. " + "The tide comes in and goes out again. " * 12 for i in range(200)]


def opened(path: Path | str, n_dims: int = 256) -> Client:
    return Client(path=path, model=ScriptedModel(["ok"]), embedder=HashEmbedder(n_dims))


def test_the_room_of_deleted_docs_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "julep.db"
    with opened(path) as client:
        agent = client.agents.create(name="Ada")
        kept = client.docs.create(agent_id=agent.id, doc={"title": "Kept", "content": "the ferry leaves at noon"})
        for _ in range(5):
            doc = client.docs.create(agent_id=agent.id, doc={"title": "Gone", "content": TEXTS})
            client.docs.delete(agent_id=agent.id, doc_id=doc.id)

        compacted = client.compact()

        assert compacted.bytes_after < compacted.bytes_before / 3
        assert compacted.bytes_after == path.stat().st_size
        (hit,) = client.docs.search("ferry", agent_id=agent.id)
        assert (hit.doc_id, hit.similarity is None) == (kept.id, False)
        assert client.compact().bytes_after <= compacted.bytes_after


def test_vectors_of_an_embedder_that_nobody_has_any_more_go(tmp_path: Path) -> None:
    path = tmp_path / "julep.db"
    with opened(path, 64) as before:
        agent = before.agents.create(name="Ada")
        before.docs.create(agent_id=agent.id, doc={"title": "", "content": "the ferry"})
    with opened(path, 128) as client, opened(path, 256) as other:
        for each in (client, other):
            each.docs.search("ferry", agent_id=agent.id)

        client.compact()

        names = {each.name for each in embedding_sets.every(client._api_client._runtime.db)}
        assert names == {"hash-128-v2", "hash-256-v2"}
        for each in (client, other):
            (hit,) = each.docs.search("ferry", agent_id=agent.id)
            assert hit.similarity is not None


def test_a_store_in_memory_can_be_compacted() -> None:
    with opened(":memory:") as client:
        agent = client.agents.create(name="Ada")
        doc = client.docs.create(agent_id=agent.id, doc={"title": "", "content": TEXTS})
        client.docs.delete(agent_id=agent.id, doc_id=doc.id)

        compacted = client.compact()

        assert 0 < compacted.bytes_after < compacted.bytes_before


def test_compacting_can_be_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncClient(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=HashEmbedder()) as client:
            compacted = await client.compact()
            assert compacted.bytes_after <= compacted.bytes_before

    asyncio.run(story())


@pytest.mark.parametrize("holds", ["begin immediate", "begin; select * from agents"])
def test_while_another_has_the_file_it_is_refused_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: str
) -> None:
    monkeypatch.setattr(turns, "BUSY_S", 0.1)
    path = tmp_path / "julep.db"
    with opened(path) as client:
        agent = client.agents.create(name="Ada")
        other = connected(str(path))  # as of another program: it knows nothing of our turns
        for statement in holds.split("; "):
            other.execute(statement).fetchall()

        with pytest.raises(StoreError, match="another"):
            client.compact()

        other.close()
        assert client.compact().bytes_after > 0
        assert client.agents.get(agent.id).name == "Ada"


def test_while_another_thread_writes_it_waits_its_turn(tmp_path: Path) -> None:
    with opened(tmp_path / "julep.db") as client:
        db: Database = client._api_client._runtime.db
        done: list[int] = []
        with db.transaction():
            thread = threading.Thread(target=lambda: done.append(client.compact().bytes_after))
            thread.start()
            thread.join(0.05)
            assert done == []
        thread.join(10)
        assert len(done) == 1


def test_a_closed_client_says_so(tmp_path: Path) -> None:
    client = opened(tmp_path / "julep.db")
    client.close()

    with pytest.raises(ClientClosed):
        client.compact()
