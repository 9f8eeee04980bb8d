import random
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from julep_local.errors import ModelBroken
from julep_local.recall import doc_search, ranking, vector_index
from julep_local.recall.doc_search import Hit
from julep_local.recall.vector_index import VectorIndex, index_of
from julep_local.recall.words import telling_words
from julep_local.store import docs, embedding_sets, vectors
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder
from julep_local.types import Doc

from .conftest import ADA, BEN, BOB, NOW

EMBEDDER = HashEmbedder(64)


@pytest.fixture
def set_id(db: Database) -> int:
    return embedding_sets.id_for(db, EMBEDDER.name, EMBEDDER.n_dims)


def add(
    db: Database, owner_id: str, *contents: str, title: str = "", embedded: bool = True, metadata: Any = None
) -> str:
    """Give an agent, or Ben, a doc with these chunks."""
    owner = {"user_id" if owner_id == BEN else "agent_id": owner_id}
    doc = Doc(
        id=str(uuid.uuid4()), title=title, content=list(contents), created_at=NOW, metadata=metadata or {}, **owner
    )
    with db.transaction():
        chunk_ids = docs.add(db, doc, [("", content) for content in contents])
        if embedded and contents:
            set_id = embedding_sets.id_for(db, EMBEDDER.name, EMBEDDER.n_dims)
            vectors.add(db, set_id, chunk_ids, EMBEDDER.embed([f"{title} {content}" for content in contents]))
    return doc.id


def vector(query: str) -> "npt.NDArray[np.float32]":
    return EMBEDDER.embed([query])[0]


def search(db: Database, query: str, owner_id: str = ADA, *, words_only: bool = False, **wanted: Any) -> list[Hit]:
    target = None if words_only else vector(query)
    return doc_search.search(db, query, target, owner_id, **{"limit": 5, **wanted})


def contents(hits: Sequence[Hit]) -> list[str]:
    return [hit.content for hit in hits]


def test_a_hit_says_where_it_is_from_and_why_it_was_found(db: Database) -> None:
    add(db, ADA, "nothing of it")
    doc_id = add(db, ADA, "The ferry leaves at nine.", "It carries cars.", title="Harbour")

    best = search(db, "When do ferries leave the harbour?")[0]

    assert (best.doc_id, best.position, best.title, best.heading) == (doc_id, 0, "Harbour", "")
    assert (best.content, best.is_list) == ("The ferry leaves at nine.", True)
    assert best.matched_words == ("ferries", "leave", "harbour")
    assert best.matched_share == pytest.approx(1)
    assert best.words_score == 1
    assert best.similarity is not None
    assert best.similarity == pytest.approx(
        float(EMBEDDER.embed(["Harbour The ferry leaves at nine."])[0] @ vector("When do ferries leave the harbour?")),
        abs=1e-3,
    )
    assert 0 < best.score <= 1


def test_a_word_that_is_nowhere_counts_for_the_share_of_those_found(db: Database) -> None:
    add(db, ADA, "the tide")

    (hit,) = search(db, "tide zebra")

    assert hit.matched_words == ("tide",)
    assert hit.matched_share == pytest.approx(0.5, abs=0.05)


def test_only_the_owners_chunks_are_searched(db: Database) -> None:
    for owner_id in (ADA, BOB, BEN):
        add(db, owner_id, f"the tide of {owner_id}")

    for owner_id in (ADA, BOB, BEN):
        assert contents(search(db, "tide", owner_id)) == [f"the tide of {owner_id}"]
        assert contents(search(db, "tide", owner_id, words_only=True)) == [f"the tide of {owner_id}"]
    assert search(db, "tide", str(uuid.uuid4())) == []


def test_without_a_vector_words_decide(db: Database) -> None:
    add(db, ADA, "the tide and the moon", "the moon", title="")
    add(db, ADA, "sand")

    hits = search(db, "tide and moon", words_only=True)

    assert contents(hits) == ["the tide and the moon", "the moon"]
    assert [hit.similarity for hit in hits] == [None, None]
    assert search(db, "zebra", words_only=True) == []


def test_a_doc_is_found_by_its_words_before_it_is_embedded(db: Database, set_id: int) -> None:
    add(db, ADA, "sand", "stones")
    add(db, ADA, "the tide", embedded=False)

    hits = search(db, "tide")

    assert hits[0].content == "the tide"
    assert hits[0].similarity is None
    assert all(hit.similarity is not None for hit in hits[1:])
    missing = vectors.missing(db, set_id, limit=9)
    with db.transaction():
        vectors.add(db, set_id, [chunk.chunk_id for chunk in missing], EMBEDDER.embed(["the tide"]))
    assert search(db, "tide")[0].similarity is not None


@pytest.mark.parametrize("words_only", [True, False])
def test_a_filter_never_leaves_too_few(db: Database, words_only: bool) -> None:
    """Docs that do not match are better hits, and many."""
    for _ in range(30):
        add(db, ADA, "tide tide tide", "tide", metadata={"lang": "de"})
    wanted = [add(db, ADA, "a tide among much else that is written here", metadata={"lang": "en"}) for _ in range(5)]

    hits = search(db, "tide", metadata_filter={"lang": "en"}, words_only=words_only)

    assert sorted(hit.doc_id for hit in hits) == sorted(wanted)
    assert search(db, "tide", metadata_filter={"lang": "fr"}, words_only=words_only) == []
    assert len(search(db, "tide", metadata_filter={}, limit=99, words_only=words_only)) == 65


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "?!.,;:()[]{}\"'*^-+",
        '"',
        'own : "x" OR *',
        "NEAR(a b)",
        "\0",
        "\ud800",
        "😀",
        "tide " * 20_000,
        "ab " * 33_000,
        "".join(map(chr, range(32, 5000))),
        "who are you?",
    ],
    ids=range(13),
)
def test_no_query_raises(db: Database, query: str) -> None:
    add(db, ADA, "the tide")

    assert len(doc_search.search(db, query, vector("tide"), ADA, limit=3)) == 1
    doc_search.search(db, query, None, ADA, limit=3)


def test_nothing_is_found_where_nothing_is(db: Database) -> None:
    assert search(db, "tide") == []
    add(db, ADA)
    assert search(db, "tide") == []
    add(db, ADA, "tide")
    assert search(db, "tide", limit=0) == []
    assert len(search(db, "tide", limit=10**9)) == 1


def test_a_vector_of_another_space_is_refused(db: Database) -> None:
    add(db, ADA, "tide")

    for wrong in (vector("tide")[:-1], vector("tide") * 2, vector("tide") * np.float32(np.nan)):
        with pytest.raises(ModelBroken):
            doc_search.search(db, "tide", wrong, ADA, limit=3)


def test_every_change_is_seen_at_once(db: Database) -> None:
    doc_id = add(db, ADA, "the tide", "the moon")
    assert contents(search(db, "tide"))[0] == "the tide"

    add(db, ADA, "tide and tide")
    assert contents(search(db, "tide", limit=2)) == ["tide and tide", "the tide"]
    with db.transaction():
        docs.delete(db, doc_id, agent_id=ADA)
    assert contents(search(db, "tide")) == ["tide and tide"]
    with closing(Database(db.path)) as other:
        add(other, ADA, "the tide of another connection")
        assert len(search(db, "tide")) == len(search(other, "tide")) == 2


def test_what_is_taken_back_leaves_nothing_in_memory(db: Database) -> None:
    add(db, ADA, "the tide")
    with pytest.raises(ZeroDivisionError), db.transaction():  # noqa: PT012
        add(db, ADA, "a tide that never was")
        assert len(search(db, "tide")) == 2
        raise ZeroDivisionError
    add(db, ADA, "the tide that was")  # the counts are now what they were within that transaction

    assert sorted(contents(search(db, "tide"))) == ["the tide", "the tide that was"]


def reference(db: Database, query: str, owner_id: str, set_id: int) -> dict[int, float]:
    """Every chunk's score, without anything held in memory."""
    rows = db.query(
        """
        select chunks.id, doc_seq, position
        from chunks
        where owner_id = :owner_id
        order by doc_seq, position
        """,
        {"owner_id": owner_id},
    )
    ids, doc_seqs, positions = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 3).T
    touches = ranking.touching(doc_seqs, positions)
    place = {chunk_id: i for i, chunk_id in enumerate(ids.tolist())}
    near = np.zeros(len(ids), dtype=np.float32)
    for portion in vectors.portions(db, set_id, owner_id, n_dims=EMBEDDER.n_dims):
        similarities = portion.halves.astype(np.float32) @ vector(query)
        for chunk_id, similarity in zip(portion.chunk_ids.tolist(), similarities.tolist(), strict=True):
            near[place[chunk_id]] = similarity
    words = telling_words(query)
    scores = np.zeros((len(words), len(ids)), dtype=np.float32)
    for i, word in enumerate(words):
        for chunk_id, score in zip(*docs.word_scores(db, word, owner_id=owner_id), strict=True):
            scores[i, place[chunk_id]] = score
    by_words = ranking.spread(scores, touches).sum(axis=0)
    fused = ranking.fused(ranking.smoothed(near, ranking.neighbours(touches)), by_words)
    return dict(zip(ids.tolist(), fused.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_memory_and_file_give_the_same(db: Database, set_id: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any changes, with vectors held, read anew, joined, and read in portions."""
    monkeypatch.setattr(vector_index, "MOST_BLOCKS", 3)
    chance = random.Random(seed)
    lexicon = [f"word{chance.randrange(10**6)}" for _ in range(40)]
    known: list[str] = []
    indexes = [VectorIndex(), VectorIndex(n_bytes=0)]

    def text() -> str:
        return " ".join(chance.choices(lexicon, k=8))

    for n in range(25):
        if n % 5 == 4:
            with db.transaction():
                docs.delete(db, known.pop(chance.randrange(len(known))), agent_id=ADA)
        else:
            some = [text() for _ in range(chance.choice((1, 2, 30)))]
            known.append(add(db, ADA, *some, embedded=chance.random() < 0.8))
            add(db, BOB, text())
        query = text()
        expected = reference(db, query, ADA, set_id)
        for index in indexes:
            monkeypatch.setattr(doc_search, "index_of", lambda _, index=index: index)
            hits = search(db, query, limit=10)
            scores = [hit.score for hit in hits]
            assert scores == pytest.approx([expected[hit.chunk_id] for hit in hits], abs=1e-4)
            assert scores == pytest.approx(sorted(expected.values(), reverse=True)[: len(hits)], abs=1e-4)


def test_vectors_that_come_while_the_first_are_read_are_found(
    db: Database, set_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then there are more than there was room made for."""
    monkeypatch.setattr(vectors, "FIRST_ROWS", 1)
    add(db, ADA, "the tide comes in")
    layout = index_of(db).layout(db, ADA)
    portions, others = vectors.portions, [lambda: [add(db, ADA, f"the ferry {i}") for i in range(40)]]

    def read_late(*args: Any, **kwargs: Any) -> Any:
        if others:
            others.pop()()
        return portions(*args, **kwargs)

    monkeypatch.setattr(vectors, "portions", read_late)
    found = index_of(db).similarities(db, layout, ADA, set_id, vector("tide"))

    assert not np.isnan(found).any()
    hits = search(db, "ferry", limit=50)
    assert len(hits) == 41
    assert all(hit.similarity is not None for hit in hits)


def test_memory_is_bounded(db: Database) -> None:
    for owner_id in (ADA, BOB, BEN):
        add(db, owner_id, *(f"tide {n}" for n in range(100)))
    index = VectorIndex(n_bytes=60_000)  # room for two owners' vectors

    for owner_id in (ADA, BOB, BEN):
        layout = index.layout(db, owner_id)
        set_id = embedding_sets.id_for(db, EMBEDDER.name, EMBEDDER.n_dims)
        index.similarities(db, layout, owner_id, set_id, vector("tide"))

    assert 4 * 64 * 100 <= index.n_bytes <= 60_000
    assert not index.is_held(db, ADA, set_id)
    assert index.is_held(db, BEN, set_id)


def test_a_chunk_deleted_by_hand_does_no_harm(db: Database) -> None:
    add(db, ADA, "tide one", "tide two", "tide three")
    assert len(search(db, "tide")) == 3

    with db.transaction():
        db.execute("delete from chunks where content = 'tide two'")

    assert sorted(contents(search(db, "tide"))) == ["tide one", "tide three"]


def test_common_words_of_a_large_owner_are_passed_over_unless_there_is_no_other(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "FEW", 10)
    add(db, ADA, *["the sea"] * 50, "a zebra by the sea")

    (hit,) = [hit for hit in search(db, "zebra sea", words_only=True) if hit.matched_words]
    only_common = search(db, "sea", words_only=True, limit=99)

    assert hit.matched_words == ("zebra",)
    assert len(only_common) == 51


def test_threads_search_while_others_write(db: Database) -> None:
    add(db, ADA, *(f"tide {n}" for n in range(50)))
    failures: list[BaseException] = []
    until = time.monotonic() + 1.0

    def repeat(work: Any) -> None:
        try:
            while time.monotonic() < until:
                work()
        except BaseException as error:
            failures.append(error)

    def change() -> None:
        doc_id = add(db, ADA, "tide", "and moon")
        with db.transaction():
            docs.delete(db, doc_id, agent_id=ADA)

    def look() -> None:
        assert len(search(db, "tide moon", limit=50)) == 50

    threads = [threading.Thread(target=repeat, args=[work]) for work in (look, look, look, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(search(db, "tide", limit=99)) == 50


def test_a_large_owner_is_read_beside_looking_for_words(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doc_search, "MANY", 1)
    add(db, ADA, "the tide", "the moon")

    assert contents(search(db, "tide"))[0] == "the tide"
    with db.transaction():
        assert contents(search(db, "tide"))[0] == "the tide"


def test_what_is_held_goes_with_its_store(db: Database) -> None:
    with closing(Database(db.path)) as other:
        assert index_of(other) is index_of(other)
        assert index_of(other) is not index_of(db)


def test_the_best_of_many_are_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    for n, limit in ((63, 1), (64 * 40 + 7, 10), (5000, 1), (5000, 39), (5000, 60)):
        scores = rng.integers(0, 500, n).astype(np.float32)  # with many that are equal
        scores[rng.random(n) < 0.5] = -np.inf

        assert doc_search._best(scores, limit).tolist() == ranking.best(scores, limit).tolist()


def test_vectors_of_a_replaced_set_are_forgotten(db: Database, set_id: int) -> None:
    add(db, ADA, "the tide", "sand")
    search(db, "tide")
    index = index_of(db)
    before = index.n_bytes
    other = embedding_sets.id_for(db, "another", EMBEDDER.n_dims)
    with db.transaction():
        missing = vectors.missing(db, other, limit=9)
        vectors.add(db, other, [chunk.chunk_id for chunk in missing], EMBEDDER.embed(["sand", "the tide"]))
        embedding_sets.make_current(db, other)

    assert contents(search(db, "tide"))
    assert index.is_held(db, ADA, other)
    assert not index.is_held(db, ADA, set_id)
    assert index.n_bytes == before


def test_vectors_are_placed_anew_in_another_layout_of_the_same_version(db: Database, set_id: int) -> None:
    add(db, ADA, "the tide", "sand", "stones")
    index, target = VectorIndex(), vector("sand")
    layout = index.layout(db, ADA)
    own = index.similarities(db, layout, ADA, set_id, target)
    part = vector_index.Layout(
        layout.version, layout.chunk_ids[1:], layout.doc_seqs[1:], layout.touches[1:], layout.around
    )

    assert np.array_equal(index.similarities(db, part, ADA, set_id, target), own[1:])
    assert np.array_equal(index.similarities(db, layout, ADA, set_id, target), own)


def test_chunks_are_counted_and_not_how_many_there_ever_were(db: Database) -> None:
    for n in range(5):
        doc_id = add(db, ADA, "the tide", f"sand {n}")
        search(db, "tide")
        with db.transaction():
            docs.delete(db, doc_id, agent_id=ADA)
    add(db, ADA, "the tide")
    add(db, BEN, "sand")

    search(db, "tide")

    assert index_of(db).layout(db, ADA).n_everyone == docs.n_chunks(db) == 2
    assert docs.newest_chunk(db) > 10
