"""An agent or user that is deleted takes its counts along, and one with its id is never taken for it."""

from contextlib import closing
from pathlib import Path

from julep_local import Client
from julep_local.store import doctor
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import DocHit, MemoryHit
from tests.store.making import count


def opened(path: Path) -> Client:
    return Client(path=path, model=ScriptedModel(), embedder=HashEmbedder())


def exported(folder: Path, text: str) -> tuple[Path, str, str]:
    """Return an export of an agent that knows this text in a doc and in a memory, and the ids of agent and user."""
    path = folder / f"{text}.julep"
    with opened(folder / "made.db") as client:
        if not client.agents.list():
            agent, user = client.agents.create(name="Ada", about="a guide"), client.users.create(name="Bo", about="")
            client.docs.create(agent_id=agent.id, doc={"title": "Ferry", "content": "ferry"})
            client.memories.add(agent_id=agent.id, user_id=user.id, content="ferry")
        (agent,), (user,) = client.agents.list(), client.users.list()
        (doc,), (memory,) = client.docs.list(agent_id=agent.id), client.memories.list(agent_id=agent.id)
        client.docs.update(doc.id, content=text)
        client.memories.edit(memory.id, content=text)
        client.agents.export(agent.id, path)
    return path, str(agent.id), str(user.id)


def hits(client: Client, agent_id: str, user_id: str) -> tuple[list[DocHit], list[MemoryHit]]:
    docs = client.docs.search("the ferry", agent_id=agent_id)
    memories = client.memories.search("the ferry", agent_id=agent_id, user_id=user_id)
    memories = [
        each.model_copy(update={"memory": each.memory.model_copy(update={"last_accessed_at": None})})
        for each in memories
    ]
    return docs, memories


def test_one_with_the_id_of_another_before_it_is_not_taken_for_it(tmp_path: Path) -> None:
    """A process that searches holds in memory what it has read, and another one deletes and makes anew."""
    texts = ["The ferry leaves at nine.", "The ferry is out of order.", "No ferry on Sundays."]
    exports = [exported(tmp_path, text) for text in texts]
    path = tmp_path / "julep.db"

    with opened(path) as reader, opened(path) as writer:
        for text, (export, agent_id, user_id) in zip(texts, exports, strict=True):
            writer.jobs.wait(writer.agents.import_file(export).jobs)
            found = hits(reader, agent_id, user_id)
            assert [each.chunk for each in found[0]] == [each.memory.content for each in found[1]] == [text]
            with opened(path) as newcomer:
                assert hits(newcomer, agent_id, user_id) == found
            writer.agents.delete(agent_id)
            writer.users.delete(user_id)

    with closing(Database(str(path))) as db:
        assert doctor.examine(db).findings == []
        for table in ("doc_owners", "memory_owners"):
            assert count(db, table) == 0
