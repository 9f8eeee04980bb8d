"""Vectors are filled in and replaced as a whole; what is interrupted or overtaken comes right all the same."""

import math
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client, indexing
from julep_local.errors import ModelBroken, NoDirection
from julep_local.jobs import Pointless
from julep_local.recall.chunks import split
from julep_local.recall.memory_recall import form_memory
from julep_local.store import agents, docs, embedding_sets, users, vectors
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import Agent, Doc, JobStatusState, User

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


def fill(db: Database, embedder: HashEmbedder) -> indexing.Embedded:
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


def test_two_embedders_have_their_vectors_side_by_side(db: Database) -> None:
    first, second = WatchedEmbedder(), WatchedEmbedder(64)
    add(db, "one dog", "two cats")
    fill(db, first)
    fill(db, second)
    add(db, "three mice")
    fill(db, second)
    first.seen.clear()

    fill(db, first)

    assert first.seen == ["three mice"]
    assert states(db) == [(first.name, "current"), (second.name, "old")]
    for embedder in (first, second):
        searched = embedding_sets.searched(db, embedder.name)
        assert searched is not None
        assert vectors.progress(db, searched.id) == (3, 3)
        assert not indexing.is_incomplete(db, embedder)


def test_of_equal_chunks_one_is_embedded(db: Database) -> None:
    embedder = WatchedEmbedder()
    add(db, *["one dog"] * 50, "two cats")

    assert fill(db, embedder).n_chunks == 51
    assert embedder.seen == ["one dog", "two cats"]
    assert vectors.progress(db, embedding_sets.every(db)[0].id) == (51, 51)


def test_memories_go_along_when_vectors_are_made_anew(db: Database) -> None:
    first, second = WatchedEmbedder(), WatchedEmbedder(64)
    form_memory(db, lambda: first, "Ben: I have a dog", agent_id=ADA, user_id=BEN, sources=[], now=NOW)
    assert indexing.is_incomplete(db, second)

    fill(db, second)

    assert states(db) == [(first.name, "old"), (second.name, "current")]
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


class Directionless(WatchedEmbedder):
    """Gives no direction to texts with these words, as numbers or as an error."""

    words: tuple[str, ...] = ()
    raises = False
    value = 0.0

    def embed(self, texts: Sequence[str]) -> Any:
        rows = super().embed(texts)
        without = [any(word in text for word in self.words) for text in texts]
        if self.raises and any(without):
            raise NoDirection("a vector that is no direction")
        rows[without] = self.value
        return rows


@pytest.mark.parametrize(
    ("raises", "value"),
    [
        pytest.param(True, 0.0, id="an error"),
        pytest.param(False, 0.0, id="zero"),
        pytest.param(False, math.nan, id="NaN"),
        pytest.param(False, math.inf, id="infinity"),
    ],
)
def test_a_text_without_direction_holds_up_no_other_and_is_found_by_its_words(
    tmp_path: Path, raises: bool, value: float
) -> None:
    embedder = Directionless()
    embedder.words, embedder.raises, embedder.value = ("odd",), raises, value
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=embedder) as client:
        agent = client.agents.create(name="Ada")
        doc = client.docs.create(agent_id=agent.id, doc={"title": "", "content": ["one dog", "odd cat", "odd mouse"]})

        (job,) = client.jobs.wait(doc.jobs)

        assert (job.state, job.progress) == (JobStatusState.SUCCEEDED, 100)
        assert job.reason is not None
        assert job.reason.startswith("3 chunks embedded, but for 2")
        found = {hit.chunk: hit.similarity is None for hit in client.docs.search("one cat or mouse", agent_id=agent.id)}
        assert found == {"one dog": False, "odd cat": True, "odd mouse": True}

        (again,) = client.jobs.wait(client.docs.reembed())
        assert again.state is JobStatusState.SUCCEEDED
        assert [name for name, _ in states(client._api_client._runtime.db)] == [embedder.name]

    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=embedder) as client:
        embedder.seen.clear()
        client.docs.search("one cat", agent_id=agent.id)
        assert embedder.seen == ["one cat"]  # after a restart nothing is left to do
        odd = client.docs.search("odd", agent_id=agent.id)  # a query without direction
        assert {(hit.chunk, hit.similarity) for hit in odd[:2]} == {("odd cat", None), ("odd mouse", None)}
        assert not indexing.is_incomplete(client._api_client._runtime.db, embedder)


def test_a_doc_of_which_no_text_has_a_direction_is_done(db: Database) -> None:
    embedder = Directionless()
    embedder.words = ("odd",)
    doc_id = add(db, "odd cat")

    done = indexing.embed_doc(db, embedder, doc_id, lambda _: None)

    assert done == (1, 1)
    assert not indexing.is_incomplete(db, embedder)


def test_a_text_that_gets_a_direction_by_a_change_is_embedded(db: Database) -> None:
    embedder = Directionless()
    embedder.words = ("odd",)
    doc_id = add(db, "odd cat", "one dog")
    fill(db, embedder)
    doc = docs.get(db, doc_id)
    assert doc is not None
    changed = doc.model_copy(update={"content": ["even cat", "one dog"]})
    with db.transaction():
        docs.update(db, changed, split(list(changed.content)), now=NOW)

    assert indexing.embed_doc(db, embedder, doc_id, lambda _: None) == (1, 0)


def test_a_vector_of_another_length_is_a_failure(db: Database) -> None:
    class Longer(WatchedEmbedder):
        def embed(self, texts: Sequence[str]) -> Any:
            return super().embed(texts) * 2

    add(db, "one dog")

    with pytest.raises(ModelBroken, match="of length"):
        fill(db, Longer())


def test_an_embedder_that_gives_nothing_a_direction_is_broken(db: Database) -> None:
    embedder = Directionless()
    embedder.words = ("",)
    add(db, "one dog", "two cats")

    with pytest.raises(NoDirection, match="every text"):
        fill(db, embedder)
    assert indexing.is_incomplete(db, embedder)


def test_progress_goes_once_from_0_to_100_over_all_sets(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "PORTION", 10)
    embedder = WatchedEmbedder()
    add(db, *(f"dog {i}" for i in range(100)))
    fill(db, embedder)
    renew(db, embedder)
    add(db, *(f"cat {i}" for i in range(100)))  # neither the old set nor the new one has these
    seen: list[float] = []

    indexing.embed_all(db, embedder, seen.append)

    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == 30
    assert seen[0] < 40
    assert seen[-1] == 100


def test_progress_of_making_anew_begins_at_0(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "PORTION", 1)
    embedder = WatchedEmbedder()
    add(db, "one dog", "two cats", "three mice", "four birds")
    fill(db, embedder)
    renew(db, embedder)
    seen: list[float] = []

    indexing.embed_all(db, embedder, seen.append)

    assert seen == [25, 50, 75, 100]


@pytest.mark.parametrize("deleted", ["doc", "agent"])
def test_the_job_of_a_doc_that_is_deleted_while_it_waits_or_runs_is_aborted(tmp_path: Path, deleted: str) -> None:
    embedder = WatchedEmbedder()
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=embedder) as client:
        agent = client.agents.create(name="Ada")

        def create(text: str) -> Doc:
            return client.docs.create(agent_id=agent.id, doc={"title": "", "content": text})

        def delete_both() -> None:
            if deleted == "agent":
                client.agents.delete(agent.id)
            else:
                client.docs.delete(agent_id=agent.id, doc_id=running.id)
                client.docs.delete(agent_id=agent.id, doc_id=waiting.id)

        with client._api_client._runtime.chatting():  # until both are there
            running, waiting = create("one dog"), create("two cats")
            embedder.meanwhile = delete_both
        ended = client.jobs.wait([*(running.jobs or []), *(waiting.jobs or [])])

        assert [(job.state, job.reason) for job in ended] == [
            (JobStatusState.ABORTED, f"the {name} was deleted") for name in ("doc", "doc")
        ]
        assert embedder.seen == ["one dog"]
        (later,) = client.jobs.wait(
            client.docs.create(
                user_id=client.users.create(name="Bo", about="").id, doc={"title": "", "content": "x y"}
            ).jobs
        )
        assert later.state is JobStatusState.SUCCEEDED


def test_a_doc_that_another_program_has_deleted_ends_its_job_aborted(db: Database) -> None:
    embedder = WatchedEmbedder()
    with pytest.raises(Pointless, match="the doc was deleted"):
        indexing.embed_doc(db, embedder, str(uuid.uuid4()), lambda _: None)

    def delete() -> None:
        with db.transaction():
            docs.delete(db, doc_id, agent_id=ADA)

    doc_id = add(db, "one dog")
    embedder.meanwhile = delete
    with pytest.raises(Pointless, match="the doc was deleted"):
        indexing.embed_doc(db, embedder, doc_id, lambda _: None)
    assert embedder.seen == ["one dog"]


def test_what_has_all_its_vectors_is_done_at_once(db: Database) -> None:
    embedder = WatchedEmbedder()
    add(db, "one dog")
    fill(db, embedder)
    seen: list[float] = []

    assert indexing.embed_doc(db, embedder, add(db), seen.append) == (0, 0)
    assert indexing.embed_all(db, embedder, seen.append) == (0, 0)
    assert seen == [100, 100]


def test_after_an_embedder_has_failed_a_search_writes_the_next_job_and_then_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    monkeypatch.setattr("julep_local.jobs.RETRY_S", 0)
    monkeypatch.setattr(indexing, "NEWS_S", 0)

    class Fails(WatchedEmbedder):
        fails = True

        def embed(self, texts: Sequence[str]) -> Any:
            if self.fails:
                raise MemoryError("no memory to load the model")
            return super().embed(texts)

    embedder = Fails()
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=embedder) as client:
        agent = client.agents.create(name="Ada")
        runtime = client._api_client._runtime

        def look() -> list[JobStatusState]:
            indexing.catch_up(runtime)
            return [job.state for job in client.jobs.wait([job.id for job in client.jobs.list()])]

        look()
        doc = client.docs.create(agent_id=agent.id, doc={"title": "", "content": "one dog"})
        assert [job.state for job in client.jobs.wait(doc.jobs)] == [JobStatusState.FAILED]
        assert look() == [JobStatusState.FAILED] * 2  # it is news that there is a doc: at once
        assert look() == [JobStatusState.FAILED] * 2  # and then not at each search
        embedder.fails = False
        runtime.catch_up.next = runtime.catch_up.next_with_news = 0.0
        assert look() == [JobStatusState.SUCCEEDED, *[JobStatusState.FAILED] * 2]
        assert runtime.catch_up.retry_s == 4 * indexing.FIRST_RETRY_S
        runtime.catch_up.next = 0.0
        look()
        assert runtime.catch_up.retry_s is None


def test_the_hash_of_the_weights_is_stored_with_their_vectors(tmp_path: Path) -> None:
    class Filed(WatchedEmbedder):
        file_hash = "ab" * 32

    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=Filed()) as client:
        agent = client.agents.create(name="Ada")
        client.jobs.wait(client.docs.create(agent_id=agent.id, doc={"title": "", "content": "one dog"}).jobs)
        (only,) = embedding_sets.every(client._api_client._runtime.db)
        assert only.file_hash == "ab" * 32


def test_searches_that_find_vectors_missing_at_once_write_one_job(tmp_path: Path) -> None:
    first, second = WatchedEmbedder(), WatchedEmbedder(64)
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=first) as client:
        agent = client.agents.create(name="Ada")
        client.jobs.wait(client.docs.create(agent_id=agent.id, doc={"title": "", "content": "one dog"}).jobs)
    with Client(path=tmp_path / "julep.db", model=ScriptedModel([]), embedder=second) as client:
        runtime = client._api_client._runtime
        with runtime.chatting():  # so that none is done before the last has looked
            meeting = threading.Barrier(8)

            def look() -> None:
                meeting.wait(10)
                client.docs.search("dog", agent_id=agent.id)

            threads = [threading.Thread(target=look) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [job.name for job in client.jobs.list()].count("embed all docs") == 1
