import threading
from contextlib import closing
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest

from julep_local.store import agents, docs, embedding_sets, schema, users, vectors
from julep_local.store.database import Database
from julep_local.types import Agent, Doc, User

from .making import (
    LATER,
    NOW,
    check_text_indexes,
    chunks_of,
    count,
    loaded_vectors,
    make_agent,
    make_doc,
    make_user,
    matrix,
    new_id,
    pieces,
)


@pytest.fixture
def agent(db: Database) -> Agent:
    agent = make_agent()
    with db.transaction():
        agents.add(db, agent)
    return agent


@pytest.fixture
def user(db: Database) -> User:
    user = make_user()
    with db.transaction():
        users.add(db, user)
    return user


def add(db: Database, doc: Doc, rows: "npt.NDArray[np.float32] | None" = None) -> Doc:
    """Store a doc of one chunk, or of the chunks in its list."""
    with db.transaction():
        contents = [doc.content] if isinstance(doc.content, str) else doc.content
        chunk_ids = docs.add(db, doc, pieces(*contents))
        if rows is not None:
            vectors.add(db, embedding_sets.id_for(db, "test", 2), chunk_ids, rows)
    return doc


def found(db: Database, owner_id: str, *words: str) -> list[str]:
    """Contents of the owner's chunks with any of the words, those with the highest sum of scores first."""
    sums: dict[int, float] = {}
    for word in words:
        for chunk_id, score in zip(*docs.word_scores(db, word, owner_id=owner_id), strict=True):
            sums[chunk_id] = sums.get(chunk_id, 0) + score
    chunks = docs.chunks_by_id(db, list(sums))
    return [chunks[chunk_id].content for chunk_id in sorted(sums, key=lambda each: -sums[each])]


def test_a_doc_comes_back_as_it_was_given(db: Database, agent: Agent, user: User) -> None:
    given = [
        make_doc("one text", agent_id=agent.id),
        make_doc(["a", "list", ""], agent_id=agent.id, metadata={}),
        make_doc("é'\"", user_id=user.id),
    ]

    for doc in given:
        add(db, doc)

    assert [docs.get(db, doc.id) for doc in given] == given
    assert docs.page(db, agent_id=agent.id, limit=9, offset=0) == [given[1], given[0]]
    assert docs.page(db, user_id=user.id, limit=9, offset=0) == [given[2]]
    assert docs.get(db, new_id()) is None


def test_docs_are_listed_by_time_and_metadata(db: Database, agent: Agent) -> None:
    late = add(db, make_doc(agent_id=agent.id, created_at=NOW + timedelta(hours=1), metadata={"lang": "de"}))
    early = add(db, make_doc(agent_id=agent.id))

    def page(**wanted: object) -> list[Doc]:
        return docs.page(db, agent_id=agent.id, **{"limit": 9, "offset": 0, **wanted})  # type: ignore[arg-type]

    assert page() == page(sort_by="updated_at") == [late, early]
    assert page(order="asc") == page(order="asc", sort_by="updated_at") == [early, late]
    assert page(metadata_filter={"lang": "en"}) == [early]
    assert page(limit=1, offset=1) == [early]


def test_docs_are_counted_by_owner(db: Database, agent: Agent, user: User) -> None:
    assert docs.count_for(db, [agent.id, user.id]) == 0

    add(db, make_doc(agent_id=agent.id))
    add(db, make_doc(user_id=user.id))
    add(db, make_doc(user_id=user.id))

    assert docs.count_for(db, [agent.id, user.id]) == 3
    assert docs.count_for(db, [agent.id]) == 1
    assert docs.count_for(db, []) == 0


def test_a_doc_is_deleted_only_for_its_owner_and_with_everything_of_it(db: Database, agent: Agent, user: User) -> None:
    doc = add(db, make_doc(["one", "two"], agent_id=agent.id), matrix((1, 0), (0, 1)))

    with db.transaction():
        assert not docs.delete(db, doc.id, user_id=user.id)
        assert not docs.delete(db, doc.id, agent_id=new_id())
        assert not docs.delete(db, doc.id)
        assert docs.delete(db, doc.id, agent_id=agent.id)
        assert not docs.delete(db, doc.id, agent_id=agent.id)

    assert count(db, "chunks") == count(db, "chunk_vectors") == 0
    assert found(db, agent.id, "one") == []
    check_text_indexes(db)


def test_chunks_are_the_text_of_their_doc(db: Database, agent: Agent) -> None:
    doc = make_doc("# Sea\n\nIt is deep. It is wide.", agent_id=agent.id)
    with db.transaction():
        chunk_ids = docs.add(db, doc, [("Sea", "# Sea\n\nIt is deep. "), ("Sea", "It is wide.")])

    assert docs.get(db, doc.id) == doc
    first, second = chunks_of(db, doc.id)
    assert [first.chunk_id, second.chunk_id] == chunk_ids
    assert (first.position, first.heading, first.content) == (0, "Sea", "# Sea\n\nIt is deep. ")
    assert docs.chunks_by_id(db, [*chunk_ids, 999]) == {first.chunk_id: first, second.chunk_id: second}
    with pytest.raises(AssertionError, match="nothing may be missing"), db.transaction():
        docs.add(db, make_doc("one two", agent_id=agent.id), pieces("one", "two"))


def test_a_changed_doc_keeps_its_id_its_time_and_the_vectors_of_what_it_still_says(db: Database, agent: Agent) -> None:
    doc = add(db, make_doc(["one", "two", "three"], agent_id=agent.id), matrix((1, 0), (0, 1), (1, 1)))
    set_id = embedding_sets.id_for(db, "test", 2)
    changed = doc.model_copy(update={"content": ["zero", "three", "one", "four"], "metadata": {"lang": "de"}})

    with db.transaction():
        chunk_ids = docs.update(db, changed, pieces("zero", "three", "one", "four"), now=LATER)
        assert docs.update(db, make_doc("gone", agent_id=agent.id), pieces("gone"), now=LATER) == []

    assert docs.get(db, doc.id) == changed
    assert docs.updated_at(db, doc.id) == "2024-05-17T13:00:00.000250Z"
    assert [chunk.content for chunk in vectors.missing(db, set_id, doc_id=doc.id, limit=9)] == ["zero", "four"]
    known, rows = loaded_vectors(db, set_id, agent.id)
    assert known.tolist() == chunk_ids[1:3]
    assert rows == pytest.approx(matrix((1, 1), (1, 0)), abs=1e-3)
    assert found(db, agent.id, "two", "zero") == ["zero"]
    check_text_indexes(db)


def test_a_change_of_metadata_leaves_the_chunks_alone(db: Database, agent: Agent) -> None:
    doc = add(db, make_doc(["one"], agent_id=agent.id), matrix((1, 0)))
    before = chunks_of(db, doc.id)

    with db.transaction():
        assert docs.update(db, doc.model_copy(update={"metadata": {"lang": "de"}}), now=LATER) == []

    assert chunks_of(db, doc.id) == before
    assert docs.page(db, agent_id=agent.id, limit=9, offset=0, metadata_filter={"lang": "de"}) != []


def test_changed_docs_are_listed_by_the_time_of_the_change(db: Database, agent: Agent) -> None:
    first = add(db, make_doc("first", agent_id=agent.id))
    second = add(db, make_doc("second", agent_id=agent.id, created_at=NOW + timedelta(seconds=1)))

    with db.transaction():
        docs.update(db, first, now=LATER)

    page = docs.page(db, agent_id=agent.id, limit=9, offset=0, sort_by="updated_at")
    assert [doc.id for doc in page] == [first.id, second.id]


def test_a_search_by_words_sees_only_its_owner(db: Database, agent: Agent, user: User) -> None:
    add(db, make_doc(["the agent's tide"], agent_id=agent.id))
    add(db, make_doc(["the user's tide"], user_id=user.id))

    assert found(db, user.id, "tide") == ["the user's tide"]
    assert len(docs.word_scores(db, "tide", owner_id=None)[0]) == 2
    assert docs.n_with_word(db, "tide", at_most=9) == 2
    assert docs.n_with_word(db, "tide", at_most=1) == 1


def test_words_find_chunks_by_stem_accent_title_and_heading(db: Database, agent: Agent) -> None:
    doc = make_doc(["sailing boats", "running boats", "boats and boats at night"], agent_id=agent.id, title="Cafés")
    with db.transaction():
        docs.add(db, doc, [("Harbour > Day", "sailing boats"), *pieces("running boats", "boats and boats at night")])

    assert found(db, agent.id, "sail") == ["sailing boats"]
    assert sorted(found(db, agent.id, "SAILED", "runs")) == ["running boats", "sailing boats"]
    assert len(found(db, agent.id, "cafe")) == 3
    assert found(db, agent.id, "boats and") == ["boats and boats at night"]
    assert found(db, agent.id, "harbour") == ["sailing boats"]
    assert found(db, agent.id, "moon") == found(db, agent.id) == []


def test_a_long_title_stands_with_each_chunk_only_in_part(db: Database, agent: Agent) -> None:
    doc = add(db, make_doc(["sea"], agent_id=agent.id, title="word " * 50_000))

    assert docs.get(db, doc.id) == doc
    assert chunks_of(db, doc.id)[0].title == doc.title
    assert db.query("select length(title) from chunks")[0][0] == schema.MOST_TITLE


def test_the_better_match_has_the_higher_score(db: Database, agent: Agent) -> None:
    add(
        db,
        make_doc(["sea sea sea", "a sea and much else that is of no matter here", "sand"], agent_id=agent.id),
    )

    (first, second), (better, worse) = docs.word_scores(db, "sea", owner_id=agent.id)

    assert first < second
    assert better > worse > 0


def test_a_docs_chunks_lie_in_one_stretch_unless_some_are_gone(db: Database, agent: Agent, user: User) -> None:
    add(db, make_doc(["a", "b", "c"], agent_id=agent.id))
    add(db, make_doc(["x"], user_id=user.id))
    add(db, make_doc(["d", "e"], agent_id=agent.id))

    assert sorted(docs.stretches(db, agent.id)) == [(1, 1, 0, 3), (3, 5, 0, 2)]

    with db.transaction():
        db.execute("delete from chunks where content = 'b'")
    assert sorted(docs.stretches(db, agent.id)) == [(1, 1, 0, 1), (1, 3, 2, 1), (3, 5, 0, 1), (3, 6, 1, 1)]


ODD_TEXTS = [
    *[
        "",
        " ",
        '"',
        '""',
        "'",
        "*",
        "a*",
        "^a",
        "a b",
        "-a",
        "NOT",
        "AND",
        "OR",
        "NEAR",
        "NEAR(a b)",
        "own:",
        "own : x",
    ],
    *[
        "{content}",
        "(",
        ")",
        "a + b",
        ":",
        "a:b",
        "\\",
        "\0",
        "a\0b",
        "😀",
        "\ud800",
        "é",
        "%",
        ";",
        "--",
        "x" * 100_000,
    ],
    *["title content", "\n", "'; drop table docs; --", "ａｂ", "\u202e", "1 OR 1"],
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_breaks_the_word_search(db: Database, agent: Agent, text: str) -> None:
    add(db, make_doc(["the tide"], agent_id=agent.id))

    assert found(db, agent.id, "tide", text) == ["the tide"]
    assert docs.n_with_word(db, text, at_most=5) in (0, 1)
    odd_owner = f"{agent.id} OR {text.encode('utf-8', 'ignore').decode()}"
    assert docs.word_scores(db, "tide", owner_id=odd_owner) == ([], [])


def test_odd_characters_come_back(db: Database, agent: Agent) -> None:
    odd = ['"\\\x00\u2028', "\x7f\U0001f30a", "", "null", "[1]"]
    given = [make_doc(odd, agent_id=agent.id), make_doc("".join(odd), agent_id=agent.id)]
    with db.transaction():
        for doc in given:
            docs.add(db, doc, pieces(*odd))

    assert [docs.get(db, doc.id) for doc in given] == given
    assert docs.page(db, agent_id=agent.id, limit=9, offset=0) == given[::-1]


def test_a_doc_is_never_seen_half_changed(path: str) -> None:
    with closing(Database(path)) as db:
        agent = make_agent()
        stays, doc = (make_doc("sand", title="sand", agent_id=agent.id) for _ in range(2))
        ended = threading.Event()
        with db.transaction():
            agents.add(db, agent)
            docs.add(db, stays, pieces("sand"))

        def write() -> None:
            try:
                for _ in range(100):
                    with db.transaction():
                        docs.add(db, _titled(doc, "old"), pieces("old"))
                    with db.transaction():
                        docs.update(db, _titled(doc, "new"), pieces("new"), now=LATER)
                    with db.transaction():
                        docs.delete(db, doc.id, agent_id=agent.id)
            finally:
                ended.set()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            while not ended.is_set():
                found = docs.get(db, doc.id)
                assert found is None or found.title == found.content
                on_page = docs.page(db, agent_id=agent.id, limit=9, offset=0)
                assert all(each.title == each.content for each in on_page)
                assert stays in on_page
        finally:
            writer.join()


def _titled(doc: Doc, text: str) -> Doc:
    return doc.model_copy(update={"title": text, "content": text})


def test_the_place_of_a_deleted_doc_is_never_given_to_another(db: Database, agent: Agent) -> None:
    first = add(db, make_doc(agent_id=agent.id))
    (seq,) = docs.seqs(db, agent.id, None)
    with db.transaction():
        docs.delete(db, first.id, agent_id=agent.id)

    add(db, make_doc(agent_id=agent.id))

    assert docs.seqs(db, agent.id, None) == [seq + 1]
