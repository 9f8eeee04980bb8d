"""Vectors are filled in and replaced as a whole; what is interrupted or overtaken comes right all the same."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client, indexing
from julep_local.errors import ModelBroken
from julep_local.recall.chunks import split
from julep_local.recall.memory_recall import form_memory
from julep_local.store import agents, docs, embedding_sets, users, vectors
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import Agent, Doc, User

NOW = datetime(2024, 5, 17, tzinfo=timezone.utc)
ADA, BEN = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000001"


class WatchedEmbedder(HashEmbedder):
    """Notes what it embeds, and lets something happen in between."""

    is_instant = False

    def __init__(self, n_dims: int = 256, name: str | None = None) -> None:
        super().__init__(n_dims)
        self.name = name or self.name
        self.seen: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def embed(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().embed(texts)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(str(tmp_path / "julep.db"))
    with database.transaction():
        agents.add(
            database,
            Agent(id=ADA, name="Ada", about="", model="", instructions=[], created_at=NOW, updated_at=NOW),
        )
        users.add(database, User(id=BEN, name="Ben", about="", created_at=NOW, updated_at=NOW))
    yield database
    database.close()


def add(db: Database, *contents: str) -> str:
    doc = Doc(id=str(uuid.uuid4()), title="", content=list(contents), created_at=NOW, agent_id=ADA)
    with db.transaction():
        docs.add(db, doc, split(list(contents)))
    return doc.id


def fill(db: Database, embedder: HashEmbedder) -> int:
    return indexing.embed_all(db, embedder, lambda _: None)


def states(db: Database) -> list[tuple[str, str]]:
    return [(each.name, each.state) for each in embedding_sets.every(db)]


def renew(db: Database, embedder: HashEmbedder) -> None:
    searched = embedding_sets.searched(db, embedder.name)
    assert searched is not None
    with db.transaction():
        embedding_sets.renew(db, searched.id)


def test_a_doc_added_while_vectors_are_made_anew_is_in_the_new_ones(db: Database) -> None:
    embedder = WatchedEmbedder()
    add(db, "one dog")
    fill(db, embedder)
    renew(db, embedder)
    embedder.meanwhile = lambda: add(db, "two cats")

    fill(db, embedder)

    assert states(db) == [(embedder.name, "current")]
    assert vectors.progress(db, embedding_sets.every(db)[0].id) == (2, 2)


def test_vectors_can_be_made_anew_twice_at_once(db: Database) -> None:
    embedder = WatchedEmbedder()
    add(db, "one dog")
    fill(db, embedder)
    renew(db, embedder)
    embedding_sets.to_fill(db, embedder.name, embedder.n_dims)

    renew(db, embedder)
    fill(db, embedder)
    renew(db, embedder)
    fill(db, embedder)

    assert states(db) == [(embedder.name, "current")]


def test_a_set_that_was_replaced_is_not_filled_again_before_it_is_deleted(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = WatchedEmbedder()
    add(db, "one dog", "two cats")
    fill(db, embedder)
    renew(db, embedder)
    monkeypatch.setattr(indexing, "delete_set", lambda *_: None)  # as if the process were killed here
    fill(db, embedder)
    monkeypatch.undo()
    embedder.seen.clear()

    fill(db, embedder)

    assert embedder.seen == []
    assert states(db) == [(embedder.name, "current")]


def test_going_back_to_the_embedder_before_takes_its_vectors_up_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = WatchedEmbedder(), WatchedEmbedder(64)
    add(db, "one dog", "two cats")
    fill(db, first)
    monkeypatch.setattr(indexing, "delete_set", lambda *_: None)
    fill(db, second)
    monkeypatch.undo()
    first.seen.clear()

    fill(db, first)

    assert first.seen == []
    assert states(db) == [(first.name, "current")]


def test_of_equal_chunks_one_is_embedded(db: Database) -> None:
    embedder = WatchedEmbedder()
    add(db, *["one dog"] * 50, "two cats")

    assert fill(db, embedder) == 51
    assert embedder.seen == ["one dog", "two cats"]
    assert vectors.progress(db, embedding_sets.every(db)[0].id) == (51, 51)


def test_memories_go_along_when_vectors_are_made_anew(db: Database) -> None:
    first, second = WatchedEmbedder(), WatchedEmbedder(64)
    form_memory(db, lambda: first, "Ben: I have a dog", agent_id=ADA, user_id=BEN, sources=[], now=NOW)
    assert indexing.is_incomplete(db, second)

    fill(db, second)

    assert states(db) == [(second.name, "current")]
    assert not indexing.is_incomplete(db, second)


def test_an_embedder_that_fails_costs_a_turn_no_more_than_the_meaning(tmp_path: Path) -> None:
    class Failing(HashEmbedder):
        fails = False

        def embed(self, texts: Sequence[str]) -> Any:
            if self.fails:
                raise ModelBroken("it is broken")
            return super().embed(texts)

    embedder = Failing()
    with Client(path=tmp_path / "julep.db", model=ScriptedModel(["Yes."] * 2), embedder=embedder) as client:
        agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry leaves at 9:15."}])
        session = client.sessions.create(agent_id=agent.id)
        recalled = []
        for embedder.fails in (False, True):
            response = client.sessions.chat(
                session_id=session.id, messages=[{"role": "user", "content": "When does the ferry leave?"}]
            )
            assert response.context is not None
            recalled.append((response.context.recalled_by, [text.title for text in response.context.recalled]))

        assert recalled == [("meaning and words", ["Ferry"]), ("words", ["Ferry"])]


def test_a_change_of_a_doc_is_not_lost_to_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=HashEmbedder()) as client:
        agent = client.agents.create(name="Ada")
        doc = client.docs.create(agent_id=agent.id, doc={"title": "Notes", "content": "before"})
        get, others = docs.get, [lambda: client.docs.update(doc.id, content="after")]

        def get_late(db: Database, doc_id: str) -> Doc | None:
            found = get(db, doc_id)
            if others:
                others.pop()()
            return found

        monkeypatch.setattr(docs, "get", get_late)
        client.docs.update(doc.id, title="Other notes")

        found = client.docs.get(doc.id)
        assert (found.title, found.content) == ("Other notes", "after")
