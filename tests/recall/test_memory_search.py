"""Every memory is ranked, and what is held in memory is as true as the file, whoever has changed it."""

import subprocess
import sys
import textwrap
import threading
import uuid
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from julep_local.errors import ModelBroken
from julep_local.recall import memory_index, memory_search
from julep_local.recall.memory_adding import Statement, add_statements, embed_added
from julep_local.recall.memory_index import MemoryIndex, index_of
from julep_local.recall.memory_search import MemoryHit
from julep_local.store import embedding_sets, memories, memory_rights, users
from julep_local.store import memory_search as stored
from julep_local.store.database import Database
from julep_local.store.memory_search import Scope
from julep_local.types import Memory, User

from .conftest import ADA, BEN, BOB, NOW, CountingEmbedder


def remember(
    db: Database,
    embedder: CountingEmbedder | None,
    *said: str,
    speaker: str = "",
    at: datetime | None = None,
    importance: float = 0.5,
    agent_id: str = ADA,
    user_id: str = BEN,
) -> list[Memory]:
    statements = [Statement(each, speaker, at, importance) for each in said]
    added = add_statements(db, statements, agent_id=agent_id, user_id=user_id, now=NOW)
    if embedder is not None:
        embed_added(db, embedder, added)
    return added


def search(
    db: Database,
    embedder: CountingEmbedder | None,
    query: str,
    *,
    agent_id: str = ADA,
    user_id: str | None = BEN,
    limit: int = 99,
    offset: int = 0,
) -> list[MemoryHit]:
    asked = memory_search.prepared(db, query, agent_id=agent_id, user_id=user_id)
    vector = None if embedder is None else embedder.embed([asked.text])[0]
    return memory_search.search(db, asked, vector, agent_id=agent_id, user_id=user_id, limit=limit, offset=offset)


def found(db: Database, embedder: CountingEmbedder | None, query: str, **given: object) -> list[str]:
    return [hit.memory.content for hit in search(db, embedder, query, **given)]  # type: ignore[arg-type]


def as_if_opened_now(db: Database, embedder: CountingEmbedder | None, query: str) -> list[tuple[str, float]]:
    memory_index._indexes.pop(db, None)  # noqa: SLF001
    return scores(search(db, embedder, query))


def scores(hits: list[MemoryHit]) -> list[tuple[str, float]]:
    return [(hit.memory.id, round(hit.score, 5)) for hit in hits]


class TestRanking:
    def test_the_score_is_the_sum_of_its_parts(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "I have a dog", "The rent is due", speaker="Ben", importance=0.9)

        best, other = search(db, embedder, "What does Ben's dog eat?")

        assert best.memory.content == "Ben: I have a dog"
        assert best.matched_words == ("dog",)
        assert 0 < best.matched_share < 1
        assert best.similarity == pytest.approx(best.parts.meaning / 0.7)
        assert best.parts.words == pytest.approx(0.3)
        assert best.parts.speaker == other.parts.speaker == pytest.approx(0.2)
        assert best.parts.importance == pytest.approx(0.02)
        assert best.parts.recency == pytest.approx(0.01)
        assert best.score == pytest.approx(
            best.parts.meaning + best.parts.words + best.parts.speaker + best.parts.importance + best.parts.recency
        )
        assert other.parts.words < best.parts.words  # the word stands next to it

    def test_who_is_named_is_found_by_what_they_said(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "I have a dog, Ben", speaker="Ada")
        remember(db, embedder, "I have a dog too", speaker="Ben")

        assert found(db, embedder, "What pet does Ben have, a dog?")[0] == "Ben: I have a dog too"
        assert found(db, embedder, "What pet does Ada have, a dog?")[0] == "Ada: I have a dog, Ben"

    def test_an_answer_is_found_by_its_question(self, db: Database, embedder: CountingEmbedder) -> None:
        for at, speaker, said in ((0, "Ada", "What is your dog called?"), (0, "Ben", "Rex"), (9, "Ben", "Rain")):
            remember(db, embedder, said, speaker=speaker, at=NOW + timedelta(days=at))

        hits = search(db, embedder, "dog called")

        assert [hit.memory.content for hit in hits][-1] == "Ben: Rain"
        assert hits[1].memory.content == "Ben: Rex"
        assert hits[1].parts.answer > 0
        assert hits[0].parts.question == pytest.approx(-0.1)

    def test_a_month_that_is_named_counts(self, db: Database, embedder: CountingEmbedder) -> None:
        for month in (3, 6, 9):
            remember(db, embedder, "We went camping", at=datetime(2024, month, 5, tzinfo=NOW.tzinfo))

        hits = search(db, embedder, "camping in June")
        on_a_day = search(db, embedder, "camping on 6 March 2024")

        assert [hit.memory.timestamp.month for hit in hits if hit.memory.timestamp][0] == 6
        assert hits[0].parts.date == pytest.approx(0.15)
        assert on_a_day[0].parts.date == pytest.approx(0.25)

    def test_of_two_that_fit_equally_the_newer_and_the_weightier_comes_first(
        self, db: Database, embedder: CountingEmbedder
    ) -> None:
        remember(db, embedder, "a dog", at=NOW)
        remember(db, embedder, "A dog", at=NOW + timedelta(days=9))
        remember(db, embedder, "a DOG", at=NOW - timedelta(days=90), importance=1.0)

        assert found(db, embedder, "dog") == ["a DOG", "A dog", "a dog"]

    def test_pages_go_through_all_of_them_once(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, *(f"statement {i} on subject{i % 3}" for i in range(20)))
        remember(db, None, *(f"no vector {i}" for i in range(5)))

        everything = found(db, embedder, "subject1")

        pages = [found(db, embedder, "subject1", limit=4, offset=offset) for offset in range(0, 28, 4)]
        assert [each for page in pages for each in page] == everything
        assert len(set(everything)) == 25
        assert everything[-5:] == [f"no vector {i}" for i in range(4, -1, -1)]
        assert found(db, embedder, "subject1", limit=0) == found(db, embedder, "x", offset=25) == []

    def test_one_users_memories_or_all_of_the_agents(self, db: Database, embedder: CountingEmbedder) -> None:
        ann = str(uuid.uuid4())
        with db.transaction():
            users.add(db, User(id=ann, name="Ann", about="", created_at=NOW, updated_at=NOW))
        remember(db, embedder, "Ben's dog")
        remember(db, embedder, "Ann's dog", user_id=ann)
        remember(db, embedder, "Bob's dog", agent_id=BOB)

        assert found(db, embedder, "dog") == ["Ben's dog"]
        assert sorted(found(db, embedder, "dog", user_id=None)) == ["Ann's dog", "Ben's dog"]
        assert found(db, embedder, "dog", user_id=ann) == ["Ann's dog"]
        assert found(db, embedder, "dog", agent_id=BOB, user_id=ann) == []

    def test_a_vector_of_another_length_is_refused(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "a dog")

        with pytest.raises(ModelBroken, match="shape"):
            memory_search.search(db, "dog", CountingEmbedder(64).embed(["dog"])[0], agent_id=ADA, limit=1)

    def test_a_word_that_is_in_most_of_many_is_looked_for_only_if_it_is_all_there_is(
        self, db: Database, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memory_index, "FEW", 10)
        remember(db, None, *(f"my dog {i}" for i in range(20)), "my cat")

        assert search(db, None, "dog cat")[0].memory.content == "my cat"
        assert search(db, None, "dog cat")[1].matched_words == ()
        assert search(db, None, "dog")[0].matched_words == ("dog",)


class TestWhatIsHeld:
    def test_it_follows_every_change(self, db: Database, embedder: CountingEmbedder) -> None:
        def check() -> None:
            assert scores(search(db, embedder, "dog")) == as_if_opened_now(db, embedder, "dog")

        first, second, third = remember(db, embedder, "a dog", "two dogs", "a cat", speaker="Ben")
        check()
        (fourth,) = remember(db, embedder, "a dog more", speaker="Ann")
        check()
        remember(db, None, "a dog without a vector")
        check()
        with db.transaction():
            memories.supersede(db, first.id, by=fourth.id, at=NOW)
        check()
        assert first.id not in [hit.memory.id for hit in search(db, embedder, "dog")]
        with db.transaction():
            memories.delete(db, ADA, fourth.id)  # what it had superseded is current again
        check()
        assert first.id in [hit.memory.id for hit in search(db, embedder, "dog")]
        with db.transaction():
            memories.retract(db, second.id, at=NOW)
            memories.refresh(db, third.id, said_at=NOW + timedelta(days=40))
        check()
        assert [hit.parts.words for hit in search(db, None, "horses")][0] == 0
        with db.transaction():
            memories.said_after(db, third.id, "horses", fourth.id)
        check()
        assert [hit.parts.words for hit in search(db, None, "horses")][0] > 0
        set_id = embedding_sets.id_for(db, embedder.name, embedder.n_dims)
        with db.transaction():
            db.execute("delete from memory_vectors where memory_id = :id", {"id": third.id})
        check()
        with db.transaction():
            stored.add_vectors(db, [(third.id, embedder.embed(["dog dog"])[0].tobytes())], embedding_set_id=set_id)
        check()

    def test_it_reads_only_what_is_new(
        self, db: Database, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remember(db, embedder, *(f"dog {i}" for i in range(30)), speaker="Ben")
        search(db, embedder, "dog")
        read: list[int] = []
        placed = stored.placed
        monkeypatch.setattr(
            stored, "placed", lambda *given, after: (read.append(n := after), placed(*given, after=n))[1]
        )
        vectors_of = stored.vectors_of
        monkeypatch.setattr(
            stored, "vectors_of", lambda db, seqs, **given: (read.append(len(seqs)), vectors_of(db, seqs, **given))[1]
        )

        search(db, embedder, "dog")
        remember(db, embedder, "one more dog", speaker="Ann")  # is linked to the one before
        search(db, embedder, "dog")

        assert read == [30, 1]

    def test_another_process_may_change_it(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "a dog")
        assert found(db, embedder, "dog") == ["a dog"]
        code = """
            import sys
            from datetime import datetime, timezone
            from julep_local.recall.memory_adding import Statement, add_statements
            from julep_local.store.database import Database
            path, agent_id, user_id = sys.argv[1:]
            db = Database(path)
            now = datetime.now(timezone.utc)
            add_statements(db, [Statement("another dog")], agent_id=agent_id, user_id=user_id, now=now)
            db.close()
        """

        subprocess.run([sys.executable, "-c", textwrap.dedent(code), db.path, ADA, BEN], check=True)

        assert found(db, None, "another") == ["another dog", "a dog"]

    def test_who_was_forgotten_begins_anew(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "a dog")
        assert found(db, embedder, "dog") == ["a dog"]

        with db.transaction():
            memory_rights.forget(db, user_id=BEN, agent_id=None, now=NOW)
        remember(db, embedder, "a cat")

        assert found(db, embedder, "dog") == ["a cat"]
        assert found(db, embedder, "dog", user_id=None) == ["a cat"]

    def test_what_is_taken_back_is_not_kept(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, "a dog")
        search(db, embedder, "dog")

        def add_and_fail() -> None:
            with db.transaction():
                remember(db, embedder, "a second dog")
                assert len(search(db, embedder, "dog")) == 2
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            add_and_fail()
        remember(db, embedder, "a third dog")

        assert sorted(found(db, embedder, "dog")) == ["a dog", "a third dog"]

    def test_threads_search_while_others_add(self, db: Database, embedder: CountingEmbedder) -> None:
        remember(db, embedder, *(f"dog {i}" for i in range(10)))
        wrong: list[object] = []
        done = threading.Event()

        def searching() -> None:
            while not done.is_set():
                hits = search(db, embedder, "dog 3")
                if hits[0].memory.content != "dog 3" or len({hit.memory.id for hit in hits}) != len(hits):
                    wrong.append(hits)

        threads = [threading.Thread(target=searching) for _ in range(2)]
        for thread in threads:
            thread.start()
        for i in range(30):
            remember(db, embedder, f"cat {i}")
        done.set()
        for thread in threads:
            thread.join()

        assert not wrong
        assert len(search(db, embedder, "dog")) == 40
        assert scores(search(db, embedder, "cat 7")) == as_if_opened_now(db, embedder, "cat 7")

    def test_it_is_bounded(self, db: Database, embedder: CountingEmbedder) -> None:
        scopes = []
        for n in range(5):
            user_id = str(uuid.uuid4())
            with db.transaction():
                users.add(db, User(id=user_id, name=f"u{n}", about="", created_at=NOW, updated_at=NOW))
            remember(db, embedder, *(f"dog {n} {i}" for i in range(50)), user_id=user_id)
            scopes.append(Scope(ADA, user_id))
        set_id = embedding_sets.id_for(db, embedder.name, embedder.n_dims)
        vector: npt.NDArray[np.float32] = embedder.embed(["dog 3"])[0]
        small, large = MemoryIndex(150_000), MemoryIndex()

        for scope in [*scopes, *scopes]:
            near = [index.similarities(db, index.held(db, scope), scope, set_id, vector) for index in (small, large)]
            assert np.array_equal(*near)
            assert small.n_bytes <= 150_000
        everyone = Scope(ADA, None)
        near = [index.similarities(db, index.held(db, everyone), everyone, set_id, vector) for index in (small, large)]
        assert np.array_equal(*near)
        assert small.n_bytes <= 150_000

    def test_all_searches_of_a_store_share_one(self, db: Database) -> None:
        assert index_of(db) is index_of(db)
