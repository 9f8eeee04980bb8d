import random
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from julep_local.errors import ModelBroken
from julep_local.store import agents, docs, embedding_sets, fts, users, vectors
from julep_local.store.database import Database
from julep_local.store.schema import MOST_IN_RUN

from .making import (
    LATER,
    check_text_indexes,
    count,
    loaded_vectors,
    make_agent,
    make_doc,
    make_user,
    matrix,
    new_id,
    pieces,
)

N_DIMS = 8


@pytest.fixture
def set_id(db: Database) -> int:
    return embedding_sets.id_for(db, "test", N_DIMS)


@pytest.fixture
def agent_id(db: Database) -> str:
    agent = make_agent()
    with db.transaction():
        agents.add(db, agent)
    return agent.id


def some_rows(n: int, seed: int = 0) -> "npt.NDArray[np.float32]":
    rows = np.random.default_rng(seed).standard_normal((n, N_DIMS)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def add_doc(db: Database, agent_id: str, *contents: str, **values: Any) -> list[int]:
    with db.transaction():
        return docs.add(db, make_doc(list(contents), agent_id=agent_id, **values), pieces(*contents))


def test_vectors_come_back_as_they_were_stored(db: Database, agent_id: str, set_id: int) -> None:
    chunk_ids = add_doc(db, agent_id, *map(str, range(300)))
    rows = some_rows(300)

    with db.transaction():
        assert vectors.add(db, set_id, chunk_ids, rows) == 300

    ids, loaded = loaded_vectors(db, set_id, agent_id)
    assert ids.tolist() == chunk_ids
    assert loaded.dtype == np.float32
    assert np.array_equal(loaded, rows.astype(np.float16).astype(np.float32))
    assert np.einsum("ij,ij->i", loaded, rows).min() > 0.999
    assert count(db, "chunk_vectors") == -(-300 // MOST_IN_RUN)
    assert loaded_vectors(db, set_id, new_id())[1].shape == (0, N_DIMS)


def test_float16_is_read_exactly_but_for_what_is_never_stored() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]

    halves = finite.reshape(-1, 8)

    assert np.array_equal(vectors.as_float32(halves), halves.astype(np.float32))
    assert np.array_equal(vectors.from_bytes(finite.astype("<f2").tobytes(), 8), halves.astype(np.float32))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(np.full((1, N_DIMS), np.nan), id="nan"),
        pytest.param(np.full((1, N_DIMS), np.inf), id="infinity"),
        pytest.param(np.full((1, N_DIMS), 1e38), id="overflow"),
        pytest.param(np.zeros((1, N_DIMS)), id="zero"),
        pytest.param(np.ones((1, N_DIMS)), id="too long a vector"),
        pytest.param(matrix([1] * (N_DIMS + 1)), id="too many numbers"),
        pytest.param(np.ones(N_DIMS), id="no matrix"),
        pytest.param(some_rows(2), id="too many vectors"),
    ],
)
def test_a_vector_that_would_spoil_a_search_is_refused(
    db: Database, agent_id: str, set_id: int, wrong: "npt.NDArray[np.float32]"
) -> None:
    chunk_ids = add_doc(db, agent_id, "one")

    with pytest.raises(ModelBroken), db.transaction():
        vectors.add(db, set_id, chunk_ids, wrong)

    assert count(db, "chunk_vectors") == 0


def test_chunks_that_are_gone_or_known_are_left_out(db: Database, agent_id: str, set_id: int) -> None:
    chunk_ids = add_doc(db, agent_id, *"abcdef")
    rows = some_rows(6)
    with db.transaction():
        vectors.add(db, set_id, chunk_ids[2:4], rows[2:4])
        db.execute("delete from chunks where id = :id", {"id": chunk_ids[5]})

    with db.transaction():
        assert vectors.add(db, set_id, chunk_ids, rows) == 3

    assert sorted(loaded_vectors(db, set_id, agent_id)[0].tolist()) == chunk_ids[:5]
    assert vectors.missing(db, set_id, limit=9) == []


def test_a_chunk_that_is_deleted_on_its_own_takes_its_row_along(db: Database, agent_id: str, set_id: int) -> None:
    """Its neighbours' vectors go with it: they are missing then, and made anew."""
    chunk_ids = add_doc(db, agent_id, *"abc")
    with db.transaction():
        vectors.add(db, set_id, chunk_ids, some_rows(3))

    with db.transaction():
        db.execute("delete from chunks where id = :id", {"id": chunk_ids[1]})

    assert count(db, "chunk_vectors") == 0
    assert [chunk.content for chunk in vectors.missing(db, set_id, limit=9)] == ["a", "c"]


def test_what_is_missing_is_found_by_doc_owner_or_at_all(db: Database, agent_id: str, set_id: int) -> None:
    first = add_doc(db, agent_id, "a", "b")
    other = make_agent()
    with db.transaction():
        agents.add(db, other)
        vectors.add(db, set_id, first[:1], some_rows(1))
    second = make_doc(["c"], agent_id=other.id, title="Moon")
    with db.transaction():
        docs.add(db, second, [("Far > Side", "c")])

    assert vectors.missing(db, set_id, doc_id=second.id, limit=9) == [(3, "Moon", "Far > Side", "c")]
    assert [chunk.content for chunk in vectors.missing(db, set_id, owner_id=agent_id, limit=9)] == ["b"]
    assert [chunk.content for chunk in vectors.missing(db, set_id, limit=9)] == ["b", "c"]
    assert [chunk.content for chunk in vectors.missing(db, set_id, limit=1)] == ["b"]
    assert [chunk.content for chunk in vectors.missing(db, set_id, after=2, limit=9)] == ["c"]
    assert vectors.progress(db, set_id) == (1, 3)
    assert vectors.progress(db, set_id, owner_id=agent_id) == (1, 2)
    assert vectors.progress(db, set_id, doc_id=second.id) == (0, 1)
    assert vectors.progress(db, set_id, owner_id=new_id()) == (0, 0)


def test_the_same_text_is_embedded_once(db: Database, agent_id: str, set_id: int) -> None:
    known = add_doc(db, agent_id, "same", "other")
    rows = some_rows(2)
    with db.transaction():
        vectors.add(db, set_id, known, rows)
    twins = add_doc(db, agent_id, "new", "same", "other")
    titled = add_doc(db, agent_id, "same", title="Another title")

    with db.transaction():
        assert vectors.copy_known(db, set_id, [*twins, *titled]) == 2
        assert vectors.copy_known(db, set_id, [*twins, *titled]) == 0

    ids, loaded = loaded_vectors(db, set_id, agent_id)
    assert sorted(ids.tolist()) == [*known, *twins[1:]]
    by_id = dict(zip(ids.tolist(), loaded, strict=True))
    assert np.array_equal(by_id[twins[1]], by_id[known[0]])
    assert [chunk.chunk_id for chunk in vectors.missing(db, set_id, limit=9)] == [twins[0], titled[0]]


def test_texts_whose_hash_is_equal_by_chance_do_not_share_a_vector(db: Database, agent_id: str, set_id: int) -> None:
    known, other = add_doc(db, agent_id, "one"), add_doc(db, agent_id, "two")
    with db.transaction():
        vectors.add(db, set_id, known, some_rows(1))
        db.execute("update chunks set hash = 1")

    with db.transaction():
        assert vectors.copy_known(db, set_id, other) == 0


def test_sets_do_not_mix_and_are_deleted_on_their_own(db: Database, agent_id: str, set_id: int) -> None:
    other = embedding_sets.id_for(db, "other", 2)
    chunk_ids = add_doc(db, agent_id, "a", "b")
    with db.transaction():
        vectors.add(db, set_id, chunk_ids, some_rows(2))
        vectors.add(db, other, chunk_ids, matrix((1, 0), (0, 1)))

    with db.transaction():
        assert vectors.delete_set(db, set_id, limit=1) == 1
        assert vectors.delete_set(db, set_id) == 0

    assert len(loaded_vectors(db, set_id, agent_id)[0]) == 0
    assert len(loaded_vectors(db, other, agent_id)[0]) == 2


def test_a_row_that_is_not_as_long_as_it_says_is_passed_over(db: Database, agent_id: str, set_id: int) -> None:
    first, second = add_doc(db, agent_id, "a"), add_doc(db, agent_id, "b")
    rows = some_rows(2)
    with db.transaction():
        vectors.add(db, set_id, first, rows[:1])
        vectors.add(db, set_id, second, rows[1:])
        db.execute("update chunk_vectors set embeddings = x'00' where chunk_id = :id", {"id": first[0]})

    ids, loaded = loaded_vectors(db, set_id, agent_id)

    assert ids.tolist() == second
    assert loaded == pytest.approx(rows[1:], abs=1e-3)


def test_each_change_is_counted_in_its_transaction(db: Database, agent_id: str, set_id: int) -> None:
    assert vectors.counts(db, agent_id) == vectors.Counts()
    chunk_ids = add_doc(db, agent_id, "a", "b")
    added = vectors.counts(db, agent_id)
    with pytest.raises(ZeroDivisionError), db.transaction():  # noqa: PT012
        vectors.add(db, set_id, chunk_ids, some_rows(2))
        assert vectors.counts(db, agent_id).n_vector_changes == 1
        raise ZeroDivisionError
    assert vectors.counts(db, agent_id) == added == vectors.Counts(first_id=chunk_ids[0], n_chunks=2, n_text_changes=2)

    with db.transaction():
        vectors.add(db, set_id, chunk_ids, some_rows(2))
    assert vectors.counts(db, agent_id) == vectors.Counts(chunk_ids[0], 2, 2, 1, 0)

    with db.transaction():
        db.execute("delete from docs")
    assert vectors.counts(db, agent_id) == vectors.Counts(chunk_ids[0], 0, 4, 2, 1)


def test_a_chunk_stays_with_its_owner(db: Database, agent_id: str) -> None:
    add_doc(db, agent_id, "a")

    with pytest.raises(Exception, match="stays with its doc"), db.transaction():
        db.execute("update chunks set owner_id = 'another'")


@pytest.mark.parametrize("seed", range(6))
def test_text_words_and_vectors_stay_in_step(db: Database, seed: int) -> None:
    """Whatever is added, changed, deleted or taken back, in any order."""
    chance = random.Random(seed)
    sets = [embedding_sets.id_for(db, "one", N_DIMS), embedding_sets.id_for(db, "two", N_DIMS)]
    owners: dict[str, str] = {}
    known: dict[str, Any] = {}
    for _ in range(2):
        agent, user = make_agent(), make_user()
        with db.transaction():
            agents.add(db, agent)
            users.add(db, user)
        owners |= {agent.id: "agent_id", user.id: "user_id"}

    def contents() -> list[str]:
        return [f"{chance.choice('abcde')} sea {chance.randrange(30)}" for _ in range(chance.choice((0, 1, 3, 200)))]

    def step() -> None:
        action = chance.choice(("add", "add", "embed", "embed", "update", "delete", "copy", "owner", "chunk"))
        if action == "add" and owners:
            owner_id, kind = chance.choice(list(owners.items()))
            doc = make_doc(contents(), **{kind: owner_id})
            docs.add(db, doc, pieces(*doc.content))
            known[doc.id] = doc
        elif action == "embed":
            set_id = chance.choice(sets)
            missing = vectors.missing(db, set_id, limit=chance.choice((1, 50, 500)))
            chunk_ids = [chunk.chunk_id for chunk in missing if chance.random() < 0.9]
            vectors.add(db, set_id, chunk_ids, some_rows(len(chunk_ids)))
        elif action == "copy":
            vectors.copy_known(db, sets[0], [chunk.chunk_id for chunk in vectors.missing(db, sets[0], limit=100)])
        elif action == "update" and known:
            doc = chance.choice(list(known.values()))
            texts = [*doc.content[: chance.randrange(5)], *contents()]
            known[doc.id] = doc.model_copy(update={"content": texts, "title": chance.choice(("Tides", "Moon"))})
            docs.update(db, known[doc.id], pieces(*texts), now=LATER)
        elif action == "delete" and known:
            doc = known.pop(chance.choice(list(known)))
            docs.delete(db, doc.id, agent_id=doc.agent_id, user_id=doc.user_id)
        elif action == "owner" and len(owners) > 1 and chance.random() < 0.2:
            owner_id = chance.choice(list(owners))
            (agents if owners.pop(owner_id) == "agent_id" else users).delete(db, owner_id)
            for doc_id in [each.id for each in known.values() if owner_id in (each.agent_id, each.user_id)]:
                del known[doc_id]

    for _ in range(60):
        kept = dict(owners), dict(known)
        try:
            with db.transaction():
                for _ in range(chance.randrange(1, 4)):
                    step()
                if chance.random() < 0.2:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            owners, known = kept
        assert_in_step(db)
    assert {doc_id: docs.get(db, doc_id) for doc_id in known} == known
    check_text_indexes(db)


def assert_in_step(db: Database) -> None:
    chunks = {row["id"]: row["owner_id"] for row in db.query("select id, owner_id from chunks")}
    seen: set[tuple[int, int]] = set()
    for set_id, owner_id, first, n, n_bytes in db.query(
        "select embedding_set_id, owner_id, chunk_id, n_chunks, length(embeddings) from chunk_vectors"
    ):
        own = {(set_id, first + i) for i in range(n)}
        assert all(chunks.get(chunk_id) == owner_id for _, chunk_id in own), "a vector without its chunk"
        assert not own & seen, "two vectors of one chunk"
        assert n_bytes == 2 * N_DIMS * n
        seen |= own
    counted = {row["owner_id"]: row["n_chunks"] for row in db.query("select * from doc_owners where n_chunks <> 0")}
    assert counted == {owner_id: list(chunks.values()).count(owner_id) for owner_id in set(chunks.values())}
    assert db.query("select count(*) from chunks_fts_docsize")[0][0] == len(chunks)


def test_a_text_index_that_differs_is_noticed_and_made_anew(db: Database, agent_id: str) -> None:
    chunk_ids = add_doc(db, agent_id, "the sea")
    assert fts.check(db)
    with db.transaction():
        db.execute("delete from chunks_fts_docsize")
        db.execute("delete from chunks_fts_data where id > 10")

    assert not fts.check(db)
    fts.rebuild(db)

    assert fts.check(db)
    assert docs.word_scores(db, "sea", owner_id=agent_id)[0] == chunk_ids


def test_a_compacted_file_is_as_small_as_a_fresh_one(path: str, db: Database, agent_id: str, set_id: int) -> None:
    def add_docs(numbers: range) -> None:
        for n in numbers:
            chunk_ids = add_doc(db, agent_id, *(f"{n} {i} " + "the tide comes in " * 20 for i in range(100)), id=ids[n])
            with db.transaction():
                vectors.add(db, set_id, chunk_ids, some_rows(100, seed=n))

    ids = [new_id() for _ in range(20)]
    add_docs(range(20))
    fts.compact(db)
    fresh = db.query("pragma page_count")[0][0]

    with db.transaction():
        for n in range(0, 20, 2):
            docs.delete(db, ids[n], agent_id=agent_id)
    add_docs(range(0, 20, 2))
    fts.compact(db)

    assert db.query("pragma page_count")[0][0] <= 1.05 * fresh
    assert vectors.progress(db, set_id) == (2000, 2000)
    assert fts.check(db)


def test_equal_chunks_are_looked_for_once(db: Database, agent_id: str, set_id: int) -> None:
    without = add_doc(db, agent_id, *["the same"] * 20_000)
    start = time.perf_counter()
    with db.transaction():
        assert vectors.copy_known(db, set_id, without) == 0
        vectors.add(db, set_id, without[-1:], some_rows(1))
    assert time.perf_counter() - start < 10  # some 0.3 s on idle cores

    copies = add_doc(db, agent_id, *["the same"] * 1_000, "another")
    with db.transaction():
        assert vectors.copy_known(db, set_id, copies) == 1_000
    ids, loaded = loaded_vectors(db, set_id, agent_id)
    assert ids.tolist() == [without[-1], *copies[:-1]]
    assert (loaded == loaded[0]).all()


def test_a_chunk_without_direction_counts_as_done_and_has_no_vector(db: Database, agent_id: str, set_id: int) -> None:
    first, second, third = add_doc(db, agent_id, "odd", "even", "odder")
    twin = add_doc(db, agent_id, "odd")
    with db.transaction():
        vectors.add_without(db, set_id, [first, third, 999])
        vectors.add(db, set_id, [first, second], some_rows(2))
        vectors.add_without(db, set_id, [second])

    assert vectors.progress(db, set_id) == (3, 4)
    assert [chunk.chunk_id for chunk in vectors.missing(db, set_id, limit=9)] == twin
    assert loaded_vectors(db, set_id, agent_id)[0].tolist() == [second]
    with db.transaction():
        assert vectors.copy_known(db, set_id, twin) == 0

    with db.transaction():
        db.execute("delete from chunks where id = :id", {"id": first})
    assert vectors.progress(db, set_id) == (2, 3)
