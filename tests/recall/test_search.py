"""Recall shows what is relevant, of each owner their own, and nothing else."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from julep_local.recall.embeddings import Embedder, SentenceTransformerEmbedder
from julep_local.recall.search import (
    embed_missing,
    embed_missing_memories,
    form_memory,
    query_text,
    recall_docs,
    recall_memories,
)
from julep_local.store import docs, memories, users
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder
from julep_local.types import InputChatMlMessage, User

from .conftest import ADA, BEN, BOB, NOW, AddDoc

OWNERS = [("agent", ADA), ("user", BEN)]


class CountingEmbedder(HashEmbedder):
    """A `HashEmbedder` that keeps what it embedded, and may do something in between."""

    def __init__(self, n_dims: int = 256, name: str | None = None) -> None:
        super().__init__(n_dims)
        self.name = name or self.name
        self.seen: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def embed(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        self.meanwhile()
        return super().embed(texts)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


def never() -> Embedder:
    pytest.fail("the embedder was asked for")


def contents(found: Sequence[Any]) -> list[str]:
    return [getattr(hit, "content", None) or hit.memory.content for hit in found]


class TestQueryText:
    def test_the_query_is_the_text_of_the_new_messages_without_names(self) -> None:
        messages = [
            InputChatMlMessage.parse_obj(message)
            for message in (
                {"role": "user", "name": "Ada", "content": " Where is my dog? "},
                {"role": "user", "content": ""},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "And"},
                        {"type": "image_url", "image_url": {"url": "data:,"}},
                        {"type": "text", "text": "my cat?"},
                    ],
                },
                {"role": "assistant", "content": None, "continue": True},
            )
        ]

        assert query_text(messages) == "Where is my dog?\nAnd\nmy cat?"


class TestDocs:
    def test_without_docs_the_embedder_is_never_asked_for(self, db: Database, add_doc: AddDoc) -> None:
        add_doc("Pets", "Bob has a dog", agent_id=BOB)

        assert recall_docs(db, never, "dog", owners=OWNERS, per_owner=3) == []

    def test_a_query_without_text_finds_nothing(self, db: Database, add_doc: AddDoc) -> None:
        add_doc("Pets", "Ada has a dog", agent_id=ADA)

        assert recall_docs(db, never, " \n", owners=OWNERS, per_owner=3) == []

    def test_a_hit_says_whose_it_is_and_how_near(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        doc_id = add_doc("Pets", "Ben has a dog named Rex", user_id=BEN)

        (hit,) = recall_docs(db, lambda: embedder, "What is my dog called?", owners=OWNERS, per_owner=3)

        assert (hit.owner, hit.doc_id, hit.title, hit.content) == ("user", doc_id, "Pets", "Ben has a dog named Rex")
        rows = embedder.embed(["What is my dog called?", "Pets\n\nBen has a dog named Rex"])
        assert hit.similarity == pytest.approx(rows[0] @ rows[1], abs=1e-5)
        assert hit.score == pytest.approx(0.7 * hit.similarity + 0.3, abs=1e-5)

    def test_each_owner_has_places_of_their_own(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        for i in range(5):
            add_doc(f"A{i}", f"dog dog dog number {i}", agent_id=ADA)
            add_doc(f"B{i}", f"dog dog dog of Bob number {i}", agent_id=BOB)
            add_doc(f"U{i}", f"somewhere there is a dog in place {i}", user_id=BEN)

        found = recall_docs(db, lambda: embedder, "dog", owners=OWNERS, per_owner=3)

        assert sorted(hit.owner for hit in found) == ["agent"] * 3 + ["user"] * 3
        assert not any("Bob" in hit.content for hit in found)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)

    def test_what_has_nothing_to_do_with_the_query_is_not_shown(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Rent", "Due on the third working day of the month.", agent_id=ADA)

        assert recall_docs(db, lambda: embedder, "What is my dog called?", owners=OWNERS, per_owner=3) == []
        assert recall_docs(db, lambda: embedder, "hi", owners=OWNERS, per_owner=3) == []

    def test_a_word_alone_does_not_make_a_distant_text_relevant(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Inventory", " ".join(f"item{i}" for i in range(60)) + " dog", agent_id=ADA)

        assert recall_docs(db, lambda: embedder, "dog", owners=OWNERS, per_owner=3) == []

    def test_of_equal_texts_one_is_shown(self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder) -> None:
        add_doc("Pets", "Ben has a dog", agent_id=ADA)
        add_doc("Pets again", "Ben has  a dog\n", agent_id=ADA)
        add_doc("Pets", "Ben has a dog", user_id=BEN)

        assert len(recall_docs(db, lambda: embedder, "dog", owners=OWNERS, per_owner=3)) == 1

    def test_two_chunks_of_one_doc_may_both_be_shown(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        doc_id = add_doc("Pets", ["the dog Rex", "the dog Max", "rent is due in May"], agent_id=ADA)

        found = recall_docs(db, lambda: embedder, "which dog", owners=OWNERS, per_owner=3)

        assert sorted(contents(found)[:2]) == ["the dog Max", "the dog Rex"]
        assert {hit.doc_id for hit in found} == {doc_id}

    def test_the_query_is_embedded_once_and_each_chunk_once(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Pets", ["a dog", "a cat"], agent_id=ADA)
        recall_docs(db, lambda: embedder, "first dog", owners=OWNERS, per_owner=3)
        recall_docs(db, lambda: embedder, "second dog", owners=OWNERS, per_owner=3)

        assert embedder.seen == ["Pets\n\na dog", "Pets\n\na cat", "first dog", "second dog"]

    def test_of_a_long_query_beginning_and_end_are_read(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Pets", "a dog", agent_id=ADA)
        recall_docs(db, lambda: embedder, "begin " + "x" * 9000 + " end", owners=OWNERS, per_owner=3)

        assert len(embedder.seen[-1]) <= 1001
        assert embedder.seen[-1].startswith("begin")
        assert embedder.seen[-1].endswith("end")

    @pytest.mark.parametrize(
        "query", ['"', "dog AND NOT (", "own:x", "*", "dog\0cat", "🦊", "'; drop table docs; --", "a" * 5000]
    )
    def test_no_query_is_an_error(self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder, query: str) -> None:
        add_doc("Pets", "a dog", agent_id=ADA)

        recall_docs(db, lambda: embedder, query, owners=OWNERS, per_owner=3)


class TestAnotherEmbedder:
    def test_a_file_filled_with_another_embedder_is_embedded_anew_and_never_mixed(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Pets", "Ben has a dog", user_id=BEN)
        recall_docs(db, lambda: embedder, "dog", owners=OWNERS, per_owner=3)

        for other in (CountingEmbedder(64), CountingEmbedder(256, name="same size, other space")):
            assert len(recall_docs(db, lambda other=other: other, "dog", owners=OWNERS, per_owner=3)) == 1
            assert other.seen == ["Pets\n\nBen has a dog", "dog"]

    def test_many_chunks_are_embedded_in_portions(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("julep_local.recall.search.PORTION", 4)
        add_doc("Pets", [f"dog {i}" for i in range(10)], agent_id=ADA)

        assert embed_missing(db, embedder, ADA) == 10
        assert embed_missing(db, embedder, ADA) == 0
        assert db.query("select count(*) as n from chunk_vectors")[0]["n"] == 10

    def test_a_doc_deleted_and_another_added_meanwhile_do_not_get_its_vectors(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        old = add_doc("Pets", "a dog", agent_id=ADA)

        def replace() -> None:
            embedder.meanwhile = lambda: None
            with db.transaction():
                docs.delete(db, old, agent_id=ADA)
            add_doc("Rent", "due in May", agent_id=ADA)  # SQLite gives its chunk the id that has become free

        embedder.meanwhile = replace
        embed_missing(db, embedder, ADA)
        assert db.query("select count(*) as n from chunk_vectors")[0]["n"] == 0

        assert contents(recall_docs(db, lambda: embedder, "when is the rent due", owners=OWNERS, per_owner=3)) == [
            "due in May"
        ]

    def test_embedding_leaves_other_threads_free_to_write(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        import threading

        add_doc("Pets", "a dog", agent_id=ADA)

        def write() -> None:
            with db.transaction():
                users.add(db, User(id="c", name="Cy", about="", created_at=NOW, updated_at=NOW))

        def write_elsewhere() -> None:
            embedder.meanwhile = lambda: None
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(timeout=5)
            assert not thread.is_alive()

        embedder.meanwhile = write_elsewhere
        recall_docs(db, lambda: embedder, "dog", owners=OWNERS, per_owner=3)

        assert users.get(db, "c") is not None


def remember(db: Database, embedder: Embedder, content: str, *, agent_id: str = ADA, days: int = 0) -> bool:
    return form_memory(
        db,
        lambda: embedder,
        content,
        agent_id=agent_id,
        user_id=BEN,
        sources=[f"message {days}"],
        now=NOW + timedelta(days=days),
    )


class TestMemories:
    def test_without_memories_the_embedder_is_never_asked_for(self, db: Database) -> None:
        assert recall_memories(db, never, "dog", agent_id=ADA, user_id=BEN, limit=5) == []

    def test_a_relevant_memory_is_recalled_with_the_day_it_was_said(
        self, db: Database, embedder: CountingEmbedder
    ) -> None:
        remember(db, embedder, "Ben: My dog is called Rex")
        remember(db, embedder, "Ben: The rent is due in May")
        remember(db, embedder, "Ben: I have a dog", agent_id=BOB)

        (hit,) = recall_memories(
            db, lambda: embedder, "Who is my dog?", agent_id=ADA, user_id=BEN, limit=5, only_relevant=True
        )

        assert hit.memory.content == "Ben: My dog is called Rex"
        assert hit.line == "- 2024-05-17, Ben said: My dog is called Rex"
        assert hit.similarity >= embedder.relevance_threshold

    def test_who_said_it_is_not_embedded(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "Ben: My dog is called Rex")
        remember(db, embedder, "no speaker")

        assert embedder.seen == ["My dog is called Rex", "no speaker"]

    def test_a_listing_ranks_all_and_pages_through_them(self, db: Database, embedder: CountingEmbedder) -> None:
        for i in range(7):
            remember(db, embedder, f"Ben: Statement {i} on subject{i}")
        remember(db, embedder, "Ben: a dog")

        def listed(limit: int, offset: int, user_id: str | None = BEN) -> list[str]:
            found = recall_memories(
                db, lambda: embedder, "dog", agent_id=ADA, user_id=user_id, limit=limit, offset=offset
            )
            return contents(found)

        everything = listed(100, 0)
        assert everything[0] == "Ben: a dog"
        assert len(everything) == 8
        assert listed(3, 0) + listed(3, 3) + listed(3, 6) == everything
        assert listed(100, 0, user_id=None) == everything
        assert listed(0, 0) == listed(5, 8) == []

    def test_what_is_known_already_is_refreshed_instead(self, db: Database, embedder: CountingEmbedder) -> None:
        assert remember(db, embedder, "Ben: I have a dog.")
        assert not remember(db, embedder, "Ben: I have a DOG", days=3)

        (memory,) = memories.page(db, agent_id=ADA, user_id=BEN, limit=9, offset=0)
        assert memory.timestamp == NOW + timedelta(days=3)
        assert memories.sources(db, memory.id) == ["message 0", "message 3"]

    @pytest.mark.parametrize(
        ("one", "other"), [("I moved in 2019", "I moved in 2020"), ("I like jazz", "I don't like jazz")]
    )
    def test_statements_that_differ_in_a_word_are_two_memories(
        self, db: Database, minilm: SentenceTransformerEmbedder, one: str, other: str
    ) -> None:
        assert remember(db, minilm, f"Ben: {one}")
        assert remember(db, minilm, f"Ben: {other}")

    def test_a_user_deleted_meanwhile_is_not_remembered(self, db: Database, embedder: CountingEmbedder) -> None:
        def delete() -> None:
            with db.transaction():
                users.delete(db, BEN)

        embedder.meanwhile = delete

        assert not remember(db, embedder, "Ben: I have a dog")

    def test_another_embedder_makes_its_own_vectors(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "Ben: I have a dog")
        other = CountingEmbedder(64)

        assert embed_missing_memories(db, other, agent_id=ADA, user_id=None) == 1
        assert not remember(db, other, "Ben: I have a dog")


class TestRealModel:
    """What the threshold was calibrated for."""

    @pytest.fixture
    def home(self, add_doc: AddDoc) -> None:
        add_doc("Pets", "The user has a dog named Rex, a three year old beagle.", user_id=BEN)
        add_doc("Flat", "Rent of 940 euros is due on the third working day of the month.", user_id=BEN)
        add_doc("Opening hours", "Monday to Friday 9 to 18, Saturday 10 to 14, Sunday closed.", agent_id=ADA)
        add_doc("Refunds", "Goods may be returned within 30 days for a full refund with the receipt.", agent_id=ADA)
        add_doc("Health", "Takes 50 mg of levothyroxine each morning before breakfast.", user_id=BEN)

    @pytest.mark.usefixtures("home")
    @pytest.mark.parametrize(
        ("message", "title"),
        [
            ("What is my dog called?", "Pets"),
            ("When do I have to pay the landlord?", "Flat"),
            ("Can I come by at the weekend?", "Opening hours"),
            ("I want my money back", "Refunds"),
            ("What medication am I on?", "Health"),
        ],
    )
    def test_a_question_finds_its_doc_first(
        self, db: Database, minilm: SentenceTransformerEmbedder, message: str, title: str
    ) -> None:
        found = recall_docs(db, lambda: minilm, message, owners=OWNERS, per_owner=3)

        assert [hit.title for hit in found][:1] == [title]

    @pytest.mark.usefixtures("home")
    @pytest.mark.parametrize(
        "message", ["hi", "thanks!", "ok", "lol", "tell me a joke", "Who won the world cup in 1990?"]
    )
    def test_a_message_without_a_subject_of_theirs_finds_nothing(
        self, db: Database, minilm: SentenceTransformerEmbedder, message: str
    ) -> None:
        assert recall_docs(db, lambda: minilm, message, owners=OWNERS, per_owner=3) == []

    def test_a_rare_word_lifts_the_doc_that_has_it_above_its_like(
        self, db: Database, add_doc: AddDoc, minilm: SentenceTransformerEmbedder
    ) -> None:
        for code in ("QX7-110", "QX7-112", "QX7-114", "QX7-118"):
            add_doc("Error codes", f"Error {code}: the paper tray of the printer is empty or jammed.", agent_id=ADA)

        found = recall_docs(db, lambda: minilm, "my printer says error QX7-114", owners=OWNERS, per_owner=3)

        assert "QX7-114" in found[0].content

    def test_vectors_are_stored_with_unit_length(
        self, db: Database, add_doc: AddDoc, minilm: SentenceTransformerEmbedder
    ) -> None:
        add_doc("Pets", "a dog", agent_id=ADA)
        embed_missing(db, minilm, ADA)

        (row,) = db.query("select embedding from chunk_vectors")
        assert np.linalg.norm(np.frombuffer(row["embedding"], dtype="<f4")) == pytest.approx(1, abs=1e-5)
