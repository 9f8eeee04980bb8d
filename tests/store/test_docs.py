from collections.abc import Sequence
from datetime import timedelta

import pytest

from julep_local.errors import ModelBroken
from julep_local.store import agents, docs, embedding_sets, users
from julep_local.store.database import Database
from julep_local.types import Agent, Doc, User

from .making import NOW, check_text_indexes, count, make_agent, make_doc, make_user, new_id, vector


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


@pytest.fixture
def set_id(db: Database) -> int:
    return embedding_sets.id_for(db, "test", 2)


def add(db: Database, doc: Doc, chunks: Sequence[str] = ("tides",), vectors: Sequence[bytes] | None = None) -> Doc:
    with db.transaction():
        docs.add(
            db,
            doc,
            chunks=chunks,
            vectors=vectors,
            embedding_set_id=None if vectors is None else embedding_sets.id_for(db, "test", 2),
        )
    return doc


def test_a_doc_comes_back_as_it_was_given(db: Database, agent: Agent, user: User) -> None:
    given = [
        make_doc("one text", agent_id=agent.id),
        make_doc(["a", "list", ""], agent_id=agent.id, metadata={}),
        make_doc("é\0'\"", user_id=user.id),
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
    doc = add(db, make_doc(agent_id=agent.id), ["one", "two"], [vector(1, 0), vector(0, 1)])

    with db.transaction():
        assert not docs.delete(db, doc.id, user_id=user.id)
        assert not docs.delete(db, doc.id, agent_id=new_id())
        assert not docs.delete(db, doc.id)
        assert docs.delete(db, doc.id, agent_id=agent.id)
        assert not docs.delete(db, doc.id, agent_id=agent.id)

    assert count(db, "chunks") == count(db, "chunk_vectors") == 0
    assert docs.matching(db, ["one"], owner_id=agent.id, limit=5) == []
    check_text_indexes(db)


def test_the_nearest_chunk_comes_first(db: Database, agent: Agent, set_id: int) -> None:
    doc = add(db, make_doc(agent_id=agent.id), ["north", "east", "south"], [vector(0, 1), vector(1, 0), vector(0, -1)])

    hits = docs.nearest(db, vector(0.1, 1), owner_id=agent.id, embedding_set_id=set_id, limit=2)

    assert [hit.content for hit in hits] == ["north", "east"]
    assert [hit.position for hit in hits] == [0, 1]
    assert {(hit.doc_id, hit.title) for hit in hits} == {(doc.id, "Tides")}
    assert hits[0].distance == pytest.approx(0.00496, abs=1e-4)
    assert docs.distances(db, vector(0, 1), [hit.chunk_id for hit in hits], set_id) == pytest.approx(
        {hits[0].chunk_id: 0, hits[1].chunk_id: 1}
    )


def test_a_search_sees_only_its_owner_and_its_embedding_set(
    db: Database, agent: Agent, user: User, set_id: int
) -> None:
    add(db, make_doc(agent_id=agent.id), ["the agent's tide"], [vector(1, 0)])
    add(db, make_doc(user_id=user.id), ["the user's tide"], [vector(1, 0)])
    other_set = embedding_sets.id_for(db, "other", 2)

    hits = docs.nearest(db, vector(1, 0), owner_id=user.id, embedding_set_id=set_id, limit=9)
    found = docs.matching(db, ["tide"], owner_id=user.id, limit=9)

    assert [hit.content for hit in hits] == [hit.content for hit in found] == ["the user's tide"]
    assert docs.nearest(db, vector(1, 0), owner_id=user.id, embedding_set_id=other_set, limit=9) == []


def test_words_find_chunks_by_stem_accent_and_title(db: Database, agent: Agent) -> None:
    add(db, make_doc(agent_id=agent.id, title="Cafés"), ["sailing boats", "running boats", "boats and boats at night"])

    def found(*words: str) -> list[str]:
        return [hit.content for hit in docs.matching(db, words, owner_id=agent.id, limit=9)]

    assert found("sail") == ["sailing boats"]
    assert found("SAILED", "runs") == ["sailing boats", "running boats"]
    assert len(found("cafe")) == 3
    assert found("boats and") == ["boats and boats at night"]
    assert found("moon") == found() == []


def test_the_better_match_has_the_higher_score(db: Database, agent: Agent) -> None:
    add(db, make_doc(agent_id=agent.id), ["sea sea sea", "a sea and much else that is of no matter here", "sand"])

    first, second = docs.matching(db, ["sea"], owner_id=agent.id, limit=9)

    assert first.content == "sea sea sea"
    assert first.score is not None
    assert second.score is not None
    assert first.score > second.score
    assert first.distance is None


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
    add(db, make_doc(agent_id=agent.id), ["the tide"])

    assert len(docs.matching(db, ["tide", text], owner_id=agent.id, limit=9)) == 1
    docs.matching(db, [text], owner_id=agent.id, limit=9)
    docs.matching(db, text.split() * 100, owner_id=agent.id, limit=9)
    assert (
        docs.matching(db, ["tide"], owner_id=f"{agent.id} OR {text.encode('utf-8', 'ignore').decode()}", limit=9) == []
    )


def test_chunks_without_a_vector_are_found_and_can_get_one_later(
    db: Database, agent: Agent, user: User, set_id: int
) -> None:
    add(db, make_doc(agent_id=agent.id), ["seen"], [vector(1, 0)])
    add(db, make_doc(agent_id=agent.id), ["unseen", "gone"])
    add(db, make_doc(user_id=user.id), ["another's"])

    missing = docs.without_vectors(db, agent.id, set_id)
    with db.transaction():
        db.execute("delete from chunks where content = 'gone'")
        docs.add_vectors(db, [(chunk_id, vector(0, 1)) for chunk_id, _, _ in missing], embedding_set_id=set_id)
        docs.add_vectors(db, [(missing[0][0], vector(0, -1))], embedding_set_id=set_id)

    assert [(title, content) for _, title, content in missing] == [("Tides", "unseen"), ("Tides", "gone")]
    assert docs.without_vectors(db, agent.id, set_id) == []
    hits = docs.nearest(db, vector(0, 1), owner_id=agent.id, embedding_set_id=set_id, limit=9)
    assert [hit.content for hit in hits] == ["unseen", "seen"]
    assert hits[0].distance == pytest.approx(0, abs=1e-6)


def test_a_doc_with_a_bad_vector_is_not_stored_at_all(db: Database, agent: Agent) -> None:
    with pytest.raises(ModelBroken):
        add(db, make_doc(agent_id=agent.id), ["one", "two"], [vector(1, 0), bytes(8)])

    assert count(db, "docs") == count(db, "chunks") == 0
    check_text_indexes(db)
