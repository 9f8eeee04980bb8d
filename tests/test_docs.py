"""`client.docs`: found by words at once and by meaning when embedded, never out of step with the text."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client, indexing
from julep_local._mirror import stop_requested
from julep_local.errors import ApiError, Cancelled, InvalidInput, NoDirection, NotFound
from julep_local.store import embedding_sets, jobs, vectors
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import JobStatusState


class SlowEmbedder(HashEmbedder):
    """One that is not instant, so that jobs embed. It notes what it embeds, and can be held up."""

    is_instant = False

    def __init__(self, n_dims: int = 256, name: str | None = None) -> None:
        super().__init__(n_dims)
        self.name = name or self.name
        self.seen: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.before: Callable[[], object] = lambda: None

    def embed(self, texts: Sequence[str]) -> Any:
        if len(texts) > 1 or not texts[0].startswith("?"):
            while not self.may_go_on.wait(0.01):
                if stop_requested():
                    raise Cancelled("stopped")
            self.before()
        self.seen += texts
        return super().embed(texts)


@pytest.fixture
def embedder() -> SlowEmbedder:
    return SlowEmbedder()


@pytest.fixture
def open_client(tmp_path: Path, embedder: SlowEmbedder) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def open_it(**given: Any) -> Client:
        settings = {"path": tmp_path / "julep.db", "model": ScriptedModel(["Yes."]), "embedder": embedder, **given}
        clients.append(Client(**settings))
        return clients[-1]

    yield open_it
    embedder.may_go_on.set()
    for client in clients:
        client.close()


@pytest.fixture
def client(open_client: Callable[..., Client]) -> Client:
    return open_client()


@pytest.fixture
def ada(client: Client) -> str:
    return client.agents.create(name="Ada").id


def add(client: Client, agent_id: str, content: Any, title: str = "Notes", **more: Any) -> Any:
    return client.docs.create(agent_id=agent_id, doc={"title": title, "content": content}, **more)


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


def state(client: Client, doc: Any) -> JobStatusState:
    return client.jobs.get(doc.jobs[0]).state


class TestAdding:
    def test_words_find_a_doc_at_once_and_meaning_joins_when_it_is_embedded(
        self, client: Client, embedder: SlowEmbedder, ada: str
    ) -> None:
        embedder.may_go_on.clear()
        doc = add(client, ada, "The ferry leaves at 9:15.")

        (hit,) = client.docs.search("?ferry", agent_id=ada)
        assert (hit.doc_id, hit.similarity, hit.matched_words) == (doc.id, None, ["ferry"])
        assert state(client, doc) in (JobStatusState.PENDING, JobStatusState.IN_PROGRESS)

        embedder.may_go_on.set()
        (job,) = client.jobs.wait(doc.jobs)
        (hit,) = client.docs.search("?ferry", agent_id=ada)
        assert (job.state, job.progress, job.reason) == (JobStatusState.SUCCEEDED, 100, "1 chunks embedded")
        assert hit.similarity is not None
        assert hit.is_relevant

    def test_the_same_text_is_embedded_once(self, client: Client, embedder: SlowEmbedder, ada: str) -> None:
        ben = client.users.create(name="Ben", about="").id
        first = add(client, ada, ["one dog", "two cats"])
        client.jobs.wait(first.jobs)
        again = client.docs.create(user_id=ben, doc={"title": "Notes", "content": ["two cats", "three mice"]})
        client.jobs.wait(again.jobs)

        assert [text for text in embedder.seen if not text.startswith("?")] == [
            "Notes\n\none dog",
            "Notes\n\ntwo cats",
            "Notes\n\nthree mice",
        ]

    def test_a_long_doc_is_embedded_in_portions_and_goes_on_in_another_process(
        self, open_client: Callable[..., Client], embedder: SlowEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(indexing, "PORTION", 10)
        first = open_client()
        ada = first.agents.create(name="Ada").id
        portions: list[int] = []

        def stop_after_two() -> None:
            portions.append(len(embedder.seen))
            if len(portions) == 2:
                embedder.may_go_on.clear()

        embedder.before = stop_after_two
        doc = add(first, ada, [f"number {i}" for i in range(45)])
        while (first.jobs.get(doc.jobs[0]).progress or 0) < 40:
            time.sleep(0.01)
        first.close()

        embedder.may_go_on.set()
        monkeypatch.setattr("julep_local.jobs.START_AFTER_S", 0.0)
        second = open_client()
        (job,) = second.jobs.wait(doc.jobs)

        assert job.state is JobStatusState.SUCCEEDED
        assert len(embedder.seen) == 45  # none twice
        assert len(second.docs.search("?number 7", agent_id=ada, limit=50)) == 45

    def test_an_instant_embedder_leaves_nothing_to_wait_for(self, open_client: Callable[..., Client]) -> None:
        client = open_client(embedder=HashEmbedder())
        ada = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "It leaves at 9:15."}]).id

        (hit,) = client.docs.search("ferry", agent_id=ada)

        assert hit.similarity is not None
        assert {job.state for job in client.jobs.list()} == {JobStatusState.SUCCEEDED}

    @pytest.mark.parametrize("content", ["", " \n ", [], ["fine", " "], "x" * 50_000_000, b"\xff\x00", 7, None])
    def test_no_text_is_an_error_that_names_the_field(self, client: Client, ada: str, content: Any) -> None:
        with pytest.raises(InvalidInput, match="content"):
            add(client, ada, content)
        assert client.docs.list(agent_id=ada) == []

    def test_of_an_unknown_owner_nothing_is_kept(self, client: Client) -> None:
        with pytest.raises(NotFound):
            add(client, str(uuid.uuid4()), "text")
        with pytest.raises(NotFound):
            client.docs.search("text", agent_id=str(uuid.uuid4()))


class TestUpdating:
    def test_only_what_is_new_is_embedded(self, client: Client, embedder: SlowEmbedder, ada: str) -> None:
        doc = add(client, ada, ["one dog", "two cats"], metadata={"kind": "pets", "old": True})
        client.jobs.wait(doc.jobs)
        embedder.seen.clear()

        after = client.docs.update(doc.id, content=["two cats", "three mice"], metadata={"old": None, "new": 1})
        client.jobs.wait(after.jobs)

        assert embedder.seen == ["Notes\n\nthree mice"]
        assert client.docs.get(doc.id).content == ["two cats", "three mice"]
        assert dict(client.docs.get(doc.id).metadata or {}) == {"kind": "pets", "new": 1}
        assert [hit.chunk for hit in client.docs.search("dog", agent_id=ada) if hit.matched_words] == []

    def test_a_title_or_metadata_alone_can_be_changed(self, client: Client, ada: str) -> None:
        doc = add(client, ada, "A text", metadata={"a": 1})

        client.docs.update(doc.id, title="Ferries")
        client.docs.update(doc.id, metadata={"b": 2}, overwrite_metadata=True)

        found = client.docs.get(doc.id)
        assert (found.title, found.content, dict(found.metadata or {})) == ("Ferries", "A text", {"b": 2})
        assert client.docs.search("ferries", agent_id=ada)[0].matched_words == ["ferries"]

    def test_bad_changes_change_nothing(self, client: Client, ada: str) -> None:
        doc = add(client, ada, "A text")

        with pytest.raises(InvalidInput, match="content"):
            client.docs.update(doc.id, title="Other", content=" ")
        with pytest.raises(NotFound):
            client.docs.update(str(uuid.uuid4()), title="Other")
        assert client.docs.get(doc.id).title == "Notes"


class TestSearching:
    def test_a_filter_never_leaves_too_few(self, client: Client, ada: str) -> None:
        for i in range(60):
            add(client, ada, f"The ferry number {i} leaves", metadata={"line": "a" if i % 20 else "b"})
        client.jobs.wait([job.id for job in client.jobs.list(limit=100)])

        found = client.docs.search("?ferry leaves", agent_id=ada, metadata_filter={"line": "b"}, limit=3)

        assert len(found) == 3
        assert all(dict(hit.metadata or {}) == {"line": "b"} for hit in found)

    def test_others_docs_are_never_found(self, client: Client, ada: str) -> None:
        bob = client.agents.create(name="Bob").id
        for i in range(30):
            add(client, bob, f"ferry ferry ferry {i}")
        mine = add(client, ada, "Sometimes there is a ferry, and sometimes a bus.")

        assert [hit.doc_id for hit in client.docs.search("ferry", agent_id=ada)] == [mine.id]

    @pytest.mark.parametrize(
        "query", ["", " ", "?!.,;", '"', "a AND (", "x" * 100_000, "ferry " * 16_000, "🦊", "own:x", "NEAR(a b)"]
    )
    def test_any_text_is_a_query(self, client: Client, ada: str, query: str) -> None:
        client.jobs.wait(add(client, ada, "The ferry leaves at 9:15.").jobs)

        client.docs.search(query, agent_id=ada)

    @pytest.mark.parametrize("query", ["", " \n", "?!.,;", '"*^', "--- +", "\u200b\ufeff"])
    def test_a_query_of_punctuation_alone_finds_nothing(self, client: Client, ada: str, query: str) -> None:
        client.jobs.wait(add(client, ada, ["The ferry leaves at 9:15.", "?!.,;"]).jobs)

        assert client.docs.search(query, agent_id=ada) == []

    def test_pictures_and_other_scripts_are_queries(self, client: Client, ada: str) -> None:
        client.jobs.wait(add(client, ada, "A fox and the sea 海").jobs)

        assert all(len(client.docs.search(query, agent_id=ada)) == 1 for query in ("🦊", "海", "7", "א"))

    def test_a_character_that_nothing_can_hold_is_an_error(self, client: Client, ada: str) -> None:
        with pytest.raises(InvalidInput, match="query"):
            client.docs.search("a\0b", agent_id=ada)

    @pytest.mark.parametrize("metadata_filter", ["a", 7, ["a"], {"a": float("nan")}, {"a": object()}, nested(5000)])
    def test_a_filter_that_is_none_is_an_error(self, client: Client, ada: str, metadata_filter: Any) -> None:
        add(client, ada, "text")

        with pytest.raises((TypeError, ValueError, ApiError)):
            client.docs.search("text", agent_id=ada, metadata_filter=metadata_filter)


class TestReembedding:
    def test_the_old_vectors_serve_until_all_are_new(self, client: Client, embedder: SlowEmbedder, ada: str) -> None:
        client.jobs.wait(add(client, ada, ["one dog", "two cats"]).jobs)
        embedder.seen.clear()
        embedder.may_go_on.clear()

        job_id = client.docs.reembed()
        assert all(hit.similarity is not None for hit in client.docs.search("?dog", agent_id=ada))
        embedder.may_go_on.set()
        (job,) = client.jobs.wait(job_id)

        assert job.state is JobStatusState.SUCCEEDED
        assert [text for text in embedder.seen if text != "?dog"] == ["Notes\n\none dog", "Notes\n\ntwo cats"]
        (only,) = embedding_sets.every(client._api_client._runtime.db)
        assert (only.name, only.state) == (embedder.name, "current")
        assert all(hit.similarity is not None for hit in client.docs.search("?dog", agent_id=ada))

    def test_another_embedder_takes_over_by_itself_and_never_mixes(
        self, open_client: Callable[..., Client], embedder: SlowEmbedder
    ) -> None:
        first = open_client()
        ada = first.agents.create(name="Ada").id
        first.jobs.wait(add(first, ada, ["one dog", "two cats"]).jobs)
        first.close()
        other = SlowEmbedder(64, name="another")
        other.may_go_on.clear()

        second = open_client(embedder=other)
        assert {hit.similarity for hit in second.docs.search("dog", agent_id=ada)} == {None}  # words serve
        other.may_go_on.set()
        second.jobs.wait([job.id for job in second.jobs.list()])

        db = second._api_client._runtime.db
        (_, filled) = embedding_sets.every(db)
        assert (filled.name, filled.state) == ("another", "current")
        assert vectors.progress(db, filled.id) == (2, 2)
        assert all(hit.similarity is not None for hit in second.docs.search("?dog", agent_id=ada))

    def test_an_embedder_without_any_direction_fails_the_job_and_says_so(
        self, client: Client, embedder: SlowEmbedder, ada: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(HashEmbedder, "embed", lambda self, texts: _zeros(len(texts), self.n_dims))
        monkeypatch.setattr("julep_local.jobs.RETRY_S", 0)

        doc = add(client, ada, "The ferry leaves at 9:15.")
        (job,) = client.jobs.wait(doc.jobs)

        assert job.state is JobStatusState.FAILED
        assert NoDirection.__name__ in (job.reason or "")
        assert jobs.unfinished(client._api_client._runtime.db) == 0


def _zeros(n: int, n_dims: int) -> Any:
    import numpy as np

    return np.zeros((n, n_dims), dtype=np.float32)


def test_in_a_turn_touching_chunks_are_one_passage(client: Client, ada: str) -> None:
    text = "\n\n".join(
        f"## Harbour {name}\n\n" + f"The {name} ferry leaves the {name} harbour every morning. " * 6
        for name in ("north", "south", "east")
    )
    client.jobs.wait(add(client, ada, text, title="Harbours").jobs)
    session = client.sessions.create(agent_id=ada)

    response = client.sessions.chat(
        session_id=session.id, messages=[{"role": "user", "content": "?When does the south ferry leave the harbour"}]
    )

    assert response.context is not None
    (passage,) = [each for each in response.context.recalled if each.kind == "doc"][:1]
    assert passage.text in text
    assert len(passage.text) > 550  # more than a chunk
    assert "south" in passage.matched_words


class TestContent:
    @pytest.mark.parametrize(
        "content",
        [{"a": 1}, {"a"}, frozenset("a"), 5, True, b"text", ["a", 5], [], ("a", " "), "\u200b \ufeff", "\x01"],
        ids=[
            "dict",
            "set",
            "frozenset",
            "int",
            "bool",
            "bytes",
            "number in it",
            "empty",
            "blank in it",
            "unseen",
            "control",
        ],
    )
    def test_what_is_neither_text_nor_a_list_of_texts_is_refused(self, client: Client, ada: str, content: Any) -> None:
        doc = add(client, ada, "a dog")

        for call in (
            lambda: client.docs.update(doc.id, content=content),
            lambda: add(client, ada, content),
            lambda: add(client, ada, content, metadata={"a": 1}),
        ):
            with pytest.raises(InvalidInput) as caught:
                call()
            assert "content" in caught.value.field
        assert client.docs.get(doc.id).content == "a dog"

    def test_neither_is_a_generator(self, client: Client, ada: str) -> None:
        doc = add(client, ada, "a dog")

        with pytest.raises(InvalidInput, match="content"):
            client.docs.update(doc.id, content=(text for text in ["a"]))  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="content"):
            add(client, ada, (text for text in ["a"]))
        with pytest.raises(InvalidInput, match="content"):
            add(client, ada, None)

    def test_a_tuple_is_a_list(self, client: Client, ada: str) -> None:
        doc = add(client, ada, ("a dog", "a cat"))
        assert doc.content == ["a dog", "a cat"]

        after = client.docs.update(doc.id, content=("a cat", "a bird"))  # type: ignore[arg-type]
        assert after.content == client.docs.get(doc.id).content == ["a cat", "a bird"]

    def test_a_list_has_bounds_as_a_whole(self, client: Client, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("julep_local.check.MOST_DOC_CHARS", 100)
        monkeypatch.setattr("julep_local.check.MOST_DOC_CHUNKS", 10)
        add(client, ada, ["x" * 50] * 2)

        with pytest.raises(InvalidInput, match="content: has 150 characters in all"):
            add(client, ada, ["x" * 50] * 3)
        with pytest.raises(InvalidInput, match="content: has 11 chunks"):
            add(client, ada, ["x"] * 11)

    @pytest.mark.parametrize("doc", [None, "abc", 5, [("title", "x")]])
    def test_a_doc_that_is_no_object_is_refused(self, client: Client, ada: str, doc: Any) -> None:
        with pytest.raises(InvalidInput, match="doc"):
            client.docs.create(agent_id=ada, doc=doc, metadata={"a": 1})
