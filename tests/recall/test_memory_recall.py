"""Memories are formed once, and recalled where they have to do with what is said."""

from datetime import timedelta

import pytest

from julep_local.recall.embeddings import Embedder, SentenceTransformerEmbedder
from julep_local.recall.memory_adding import Statement, add_statements, embed_added
from julep_local.recall.memory_ranking import is_relevant, threshold_among
from julep_local.recall.memory_recall import (
    MOST_CHARS,
    RecalledMemory,
    embed_missing_memories,
    judged_memories,
    recall_memories,
)
from julep_local.store import embedding_sets, memories, memory_search
from julep_local.store.database import Database

from .conftest import ADA, BEN, BOB, NOW, CountingEmbedder, contents, never


def remember(db: Database, embedder: Embedder, content: str, *, agent_id: str = ADA) -> None:
    speaker, colon, said = content.partition(": ")
    statement = Statement(said, speaker) if colon else Statement(content)
    embed_added(db, embedder, add_statements(db, [statement], agent_id=agent_id, user_id=BEN, now=NOW))


class TestMemories:
    def test_without_memories_the_embedder_is_never_asked_for(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "Ben: I have a dog", agent_id=BOB)
        (cat,) = add_statements(db, [Statement("I have a cat")], agent_id=ADA, user_id=BEN, now=NOW)
        with db.transaction():
            memories.retract(db, cat.id, at=NOW)

        assert recall_memories(db, never, "dog", agent_id=ADA, user_id=None, limit=5) == []
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
        assert hit.similarity is not None
        assert hit.similarity >= embedder.relevance_threshold

    def test_what_goes_while_the_query_is_embedded_is_not_found(self, db: Database, embedder: CountingEmbedder) -> None:
        for content in ("Ben: My dog is called Rex", "Ben: My dog is brown", "Ben: My dog is old", "Ben: I have a cat"):
            remember(db, embedder, content)

        def recalled() -> list[RecalledMemory]:
            return recall_memories(db, lambda: embedder, "my dog", agent_id=ADA, user_id=BEN, limit=2)

        first = recalled()[0].memory

        def delete_it() -> None:
            with db.transaction():
                memories.delete(db, ADA, first.id)

        embedder.meanwhile = delete_it
        found = recalled()

        embedder.meanwhile = lambda: None
        assert len(found) == 2
        assert first.content not in contents(found)
        assert contents(found) == contents(recalled())

    def test_without_an_embedder_words_have_to_do(self, db: Database, embedder: CountingEmbedder) -> None:
        for statement in ("My dog is called Rex", "my dog is called rex!", "The rent is due in May"):
            remember(db, embedder, f"Ben: {statement}")

        def recalled(query: str, *, only_relevant: bool = True) -> list[str]:
            found = recall_memories(
                db, lambda: None, query, agent_id=ADA, user_id=BEN, limit=5, only_relevant=only_relevant
            )
            assert all(hit.similarity is None for hit in found)
            return contents(found)

        assert recalled("What is my dog called?") == ["Ben: My dog is called Rex"]
        assert recalled("In May I buy a new bicycle and a tent") == []
        assert recalled("In May I buy a new bicycle and a tent", only_relevant=False) == [
            "Ben: The rent is due in May",
            "Ben: My dog is called Rex",
        ]

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

    @pytest.mark.parametrize("other", [None, CountingEmbedder(64)], ids=["no embedder", "another's vectors"])
    def test_a_listing_leaves_out_none_that_has_no_vector(
        self, db: Database, embedder: CountingEmbedder, other: CountingEmbedder | None
    ) -> None:
        for i in range(4):
            remember(db, embedder, f"Ben: Statement {i} on subject{i}")
        remember(db, embedder, "Ben: a dog")

        found = contents(recall_memories(db, lambda: other, "dog", agent_id=ADA, user_id=BEN, limit=9))

        assert found[0] == "Ben: a dog"
        assert len(found) == len(set(found)) == 5

    def test_another_embedder_makes_its_own_vectors(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "Ben: I have a dog")
        other = CountingEmbedder(64)

        set_id = embedding_sets.to_fill(db, other.name, other.n_dims)[-1].id
        assert embed_missing_memories(db, other, set_id) == 1
        assert embed_missing_memories(db, other, set_id) == 0


def give(db: Database, embedder: Embedder, *statements: Statement) -> None:
    added = add_statements(db, statements, agent_id=ADA, user_id=BEN, now=NOW)
    embed_added(db, embedder, added)


def shown(db: Database, embedder: Embedder | None, query: str, *, limit: int = 5) -> list[RecalledMemory]:
    return recall_memories(db, lambda: embedder, query, agent_id=ADA, user_id=BEN, limit=limit, only_relevant=True)


class TestWhatATurnIsShown:
    def test_a_line_says_when_it_was_said_and_when_it_happened_if_that_is_another_day(
        self, db: Database, embedder: CountingEmbedder
    ) -> None:
        give(db, embedder, Statement("The dentist was kind", "Ben", NOW - timedelta(days=1)), Statement("A dentist"))
        with db.transaction():
            (first,) = [hit.memory for hit in shown(db, embedder, "kind dentist", limit=1)]
            memories.refresh(db, first.id, said_at=NOW)

        lines = [hit.line for hit in shown(db, embedder, "kind dentist")]

        assert lines == ["- 2024-05-17, Ben said: The dentist was kind (that is 2024-05-16)", "- 2024-05-17, A dentist"]

    def test_memories_take_a_bounded_part_of_the_prompt(self, db: Database, embedder: CountingEmbedder) -> None:
        give(db, embedder, *(Statement(f"dog {i} " + f"word{i} " * 900) for i in range(9)))
        give(db, embedder, Statement("a dog"))

        hits = shown(db, embedder, "dog", limit=9)

        assert sum(len(hit.line) for hit in hits) <= MOST_CHARS
        assert "- 2024-05-17, a dog" in [hit.line for hit in hits]
        assert len(hits) >= 3
        assert all("dog" in hit.line for hit in hits)

    def test_pleasantries_recall_nothing_and_load_nothing(self, db: Database, embedder: CountingEmbedder) -> None:
        give(db, embedder, Statement("Thanks, good morning!", "Ben"))
        embedder.seen.clear()

        assert shown(db, embedder, "Good morning, thank you!") == shown(db, embedder, "?!") == []
        assert embedder.seen == []
        assert len(shown(db, embedder, "Good morning dog, thanks")) == 1

    def test_repetitions_are_shown_once(self, db: Database, embedder: CountingEmbedder) -> None:
        give(db, embedder, Statement("a dog", "", NOW), Statement("a dog", "", NOW - timedelta(days=9)))

        assert len(shown(db, embedder, "dog")) == 1

    @pytest.mark.parametrize("query", ["my dog", "dog word3", "Good morning", "?!", "nothing of the kind", "subject1"])
    @pytest.mark.parametrize("limit", [1, 5, 70])
    @pytest.mark.parametrize("with_vectors", [True, False])
    def test_what_it_would_be_is_known_of_each_that_is_found(
        self, db: Database, embedder: CountingEmbedder, query: str, limit: int, with_vectors: bool
    ) -> None:
        give(db, embedder, *(Statement(f"statement {i} on subject{i % 2}", "Ben") for i in range(60)))
        give(db, embedder, *(Statement(f"dog {i} " + f"word{i} " * 90) for i in range(9)))
        give(db, embedder, Statement("a dog", "", NOW), Statement("a dog", "", NOW - timedelta(days=9)))
        model = embedder if with_vectors else None

        judged = judged_memories(db, lambda: model, query, agent_id=ADA, user_id=BEN, limit=limit)

        everything = recall_memories(db, lambda: model, query, agent_id=ADA, user_id=BEN, limit=limit)
        is_shown = {hit.memory.id for hit in shown(db, model, query, limit=limit)}
        assert [each for each, _ in judged] == everything
        assert [is_so for _, is_so in judged] == [hit.memory.id in is_shown for hit in everything]

    def test_nothing_is_read_that_cannot_have_to_do_with_it(
        self, db: Database, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give(db, embedder, *(Statement(f"statement {i}", "Ben") for i in range(30)), Statement("my dog Rex"))
        read: list[int] = []
        by_seqs = memory_search.by_seqs
        monkeypatch.setattr(memory_search, "by_seqs", lambda db, seqs: (read.append(len(seqs)), by_seqs(db, seqs))[1])

        assert [hit.memory.content for hit in shown(db, embedder, "Rex the dog")] == ["my dog Rex"]

        assert len(read) == 1
        assert read[0] < 5

    def test_the_querys_words_make_up_for_meaning_and_many_memories_ask_for_more(self) -> None:
        assert is_relevant(0.2, 0.5, 0.3)
        assert not is_relevant(0.2, 0.3, 0.3)
        assert is_relevant(None, 0.5, 0.9)
        assert not is_relevant(None, 0.4, 0.1)
        assert threshold_among(0, 0.25) == threshold_among(40, 0.25) == 0.25
        assert threshold_among(400, 0.25) == pytest.approx(0.35)
        assert threshold_among(10**6, 0.25) == pytest.approx(0.4)

    def test_a_statement_answers_the_question_that_a_user_asks(
        self, db: Database, minilm: SentenceTransformerEmbedder
    ) -> None:
        give(
            db,
            minilm,
            Statement("What kind of music do you like?", "Ada"),
            Statement("Mostly Coltrane and Miles Davis.", "Ben"),
            Statement("I'm allergic to peanuts.", "Ben"),
            Statement("My sister Clara lives in Lisbon.", "Ben"),
        )

        assert shown(db, minilm, "recommend me a record")[0].memory.content == "Ben: Mostly Coltrane and Miles Davis."
        assert shown(db, minilm, "Where does my sister live?")[0].memory.content.endswith("lives in Lisbon.")
        assert shown(db, minilm, "what is 17 times 23") == []
