"""A turn is shown what is relevant of docs, of each owner their own, and nothing else."""

from collections.abc import Sequence

import pytest

from julep_local import indexing
from julep_local.recall import doc_recall
from julep_local.recall.doc_recall import RecalledDoc, recall_docs
from julep_local.recall.embeddings import Embedder, SentenceTransformerEmbedder
from julep_local.recall.ranking import MEANING
from julep_local.store.database import Database

from .conftest import ADA, BEN, BOB, AddDoc, CountingEmbedder, contents, never

OWNERS: Sequence[tuple[doc_recall.Owner, str]] = [("agent", ADA), ("user", BEN)]


def recalled(db: Database, embedder: Embedder, query: str) -> list[RecalledDoc]:
    """Recall once all docs are embedded."""
    indexing.embed_all(db, embedder, lambda _: None)
    return recall_docs(db, lambda: embedder, query, owners=OWNERS, per_owner=3)


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

        (hit,) = recalled(db, embedder, "What is my dog called?")

        assert (hit.owner, hit.doc_id, hit.title, hit.content) == ("user", doc_id, "Pets", "Ben has a dog named Rex")
        rows = embedder.embed(["What is my dog called?", "Pets\n\nBen has a dog named Rex"])
        assert hit.similarity == pytest.approx(rows[0] @ rows[1], abs=1e-3)  # stored as float16
        assert hit.score == pytest.approx(MEANING * hit.similarity + 1 - MEANING, abs=1e-5)

    def test_each_owner_has_places_of_their_own(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        for i in range(5):
            add_doc(f"A{i}", f"dog dog dog number {i}", agent_id=ADA)
            add_doc(f"B{i}", f"dog dog dog of Bob number {i}", agent_id=BOB)
            add_doc(f"U{i}", f"somewhere there is a dog in place {i}", user_id=BEN)

        found = recalled(db, embedder, "dog")

        assert sorted(hit.owner for hit in found) == ["agent"] * 3 + ["user"] * 3
        assert not any("Bob" in hit.content for hit in found)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)

    def test_what_has_nothing_to_do_with_the_query_is_not_shown(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Rent", "Due on the third working day of the month.", agent_id=ADA)

        assert recalled(db, embedder, "What is my dog called?") == []
        assert recalled(db, embedder, "hi") == []

    def test_a_word_alone_does_not_make_a_distant_text_relevant(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Inventory", " ".join(f"item{i}" for i in range(160)) + " dog", agent_id=ADA)

        assert recalled(db, embedder, "dog") == []

    def test_of_equal_texts_one_is_shown(self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder) -> None:
        add_doc("Pets", "Ben has a dog", agent_id=ADA)
        add_doc("Pets again", "Ben has  a dog\n", agent_id=ADA)
        add_doc("Pets", "Ben has a dog", user_id=BEN)

        assert len(recalled(db, embedder, "dog")) == 1

    def test_chunks_of_one_doc_that_touch_are_one_passage(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        doc_id = add_doc("Pets", ["the dog Rex", "the dog Max", "rent is due in May"], agent_id=ADA)

        found = recalled(db, embedder, "which dog")

        assert contents(found)[0] == "the dog Rex\nthe dog Max"
        assert {hit.doc_id for hit in found} == {doc_id}

    def test_the_query_is_embedded_once_and_each_chunk_once(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Pets", ["a dog", "a cat"], agent_id=ADA)
        recalled(db, embedder, "first dog")
        recalled(db, embedder, "second dog")

        assert embedder.seen == ["Pets\n\na dog", "Pets\n\na cat", "first dog", "second dog"]

    def test_of_a_long_query_beginning_and_end_are_read(
        self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder
    ) -> None:
        add_doc("Pets", "a dog", agent_id=ADA)
        recalled(db, embedder, "begin " + "x" * 9000 + " end")

        assert len(embedder.seen[-1]) <= 1001
        assert embedder.seen[-1].startswith("begin")
        assert embedder.seen[-1].endswith("end")

    @pytest.mark.parametrize(
        "query", ['"', "dog AND NOT (", "own:x", "*", "dog\0cat", "🦊", "'; drop table docs; --", "a" * 5000]
    )
    def test_no_query_is_an_error(self, db: Database, add_doc: AddDoc, embedder: CountingEmbedder, query: str) -> None:
        add_doc("Pets", "a dog", agent_id=ADA)

        recalled(db, embedder, query)


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
        found = recalled(db, minilm, message)

        assert [hit.title for hit in found][:1] == [title]

    @pytest.mark.usefixtures("home")
    @pytest.mark.parametrize(
        "message", ["hi", "thanks!", "ok", "lol", "tell me a joke", "Who won the world cup in 1990?"]
    )
    def test_a_message_without_a_subject_of_theirs_finds_nothing(
        self, db: Database, minilm: SentenceTransformerEmbedder, message: str
    ) -> None:
        assert recalled(db, minilm, message) == []

    def test_a_rare_word_lifts_the_doc_that_has_it_above_its_like(
        self, db: Database, add_doc: AddDoc, minilm: SentenceTransformerEmbedder
    ) -> None:
        for code in ("QX7-110", "QX7-112", "QX7-114", "QX7-118"):
            add_doc("Error codes", f"Error {code}: the paper tray of the printer is empty or jammed.", agent_id=ADA)

        found = recalled(db, minilm, "my printer says error QX7-114")

        assert "QX7-114" in found[0].content


def test_the_relevance_can_be_set(db: Database, add_doc: AddDoc, embedder: CountingEmbedder) -> None:
    add_doc("Pets", "Ben has a dog named Rex", user_id=BEN)
    indexing.embed_all(db, embedder, lambda _: None)

    def n_found(threshold: float) -> int:
        query = "What is my dog called?"
        return len(recall_docs(db, lambda: embedder, query, owners=OWNERS, per_owner=3, threshold=threshold))

    assert (n_found(0.3), n_found(0.9)) == (1, 0)


class TestLongChunks:
    """Only who gives a list can make them."""

    FILLER = "The lighthouse keeper counted the ships at dusk. "

    def test_of_one_the_part_with_the_words_is_shown(self, db: Database, add_doc: AddDoc) -> None:
        text = f"{self.FILLER * 900}My beagle Rex sleeps by the stove. {self.FILLER * 900}".strip()
        add_doc("Log", [text, "short"], user_id=BEN)

        (hit,) = recall_docs(db, lambda: None, "beagle Rex", owners=OWNERS, per_owner=3)

        assert "My beagle Rex sleeps by the stove." in hit.content
        assert doc_recall.MOST_PASSAGE - 150 < len(hit.content) <= doc_recall.MOST_PASSAGE
        assert hit.content.startswith("... ")
        assert hit.content.endswith(" ...")
        shown = hit.content.removeprefix("... ").removesuffix(" ...")
        assert f" {shown} " in text, "cut between words"

    def test_its_beginning_is_shown_where_the_words_are_in_the_title(self, db: Database, add_doc: AddDoc) -> None:
        text = self.FILLER * 2000
        add_doc("Beagle", [text], user_id=BEN)

        (hit,) = recall_docs(db, lambda: None, "beagle", owners=OWNERS, per_owner=3)

        assert text.startswith(hit.content.removesuffix(" ..."))
        assert len(hit.content) <= doc_recall.MOST_PASSAGE

    def test_many_short_ones_with_their_line_breaks_are_no_longer_than_a_passage(
        self, db: Database, add_doc: AddDoc
    ) -> None:
        add_doc("Pets", [f"the dog no {i} " + "x" * 20 for i in range(100)], user_id=BEN)

        found = recall_docs(db, lambda: None, "dog", owners=OWNERS, per_owner=3)

        assert found
        assert all(len(hit.content) <= doc_recall.MOST_PASSAGE and "..." not in hit.content for hit in found)
