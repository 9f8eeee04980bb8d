"""What words count is what SQLite's bm25() gives, to the last bit, whatever has happened to the memories."""

import threading
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from julep_local.recall import memory_words
from julep_local.recall.memory_adding import Statement, add_statements
from julep_local.recall.memory_index import Held, forget_index, index_of
from julep_local.recall.memory_words import COMMON_WORD, Word, Words
from julep_local.store import agents, fts, memories, memory_rights, users
from julep_local.store import memory_search as stored
from julep_local.store import memory_words as stored_words
from julep_local.store.database import Database
from julep_local.store.memory_search import Scope
from julep_local.types import Agent, Memory, User

from .conftest import ADA, BEN, NOW

WANTED = ("dogs", "walking", "café", "cat", "rain", "2nd", "nothing")


def remember(db: Database, *said: str, speaker: str = "", user_id: str = BEN, minute: int = 0) -> list[Memory]:
    statements = [Statement(each, speaker, NOW + timedelta(minutes=minute + i)) for i, each in enumerate(said)]
    return add_statements(db, statements, agent_id=ADA, user_id=user_id, now=NOW)


def held(db: Database, user_id: str | None = BEN) -> Held:
    return index_of(db).held(db, Scope(ADA, user_id))


def counted(db: Database, user_id: str | None = BEN) -> dict[str, dict[int, float]]:
    """Return by seq what each word counts in a search."""
    now = held(db, user_id)
    found = index_of(db).words(db, now, Scope(ADA, user_id), WANTED)
    return {word: _by_seq(now, place) for word, place in found.items()}


def _by_seq(now: Held, place: Word) -> dict[int, float]:
    return dict(zip(now.seqs[place.rows].tolist(), place.scores.tolist(), strict=True))


def by_sqlite(db: Database, user_id: str | None = BEN) -> dict[str, dict[int, float]]:
    own = set(held(db, user_id).seqs.tolist())
    found = {}
    for word in WANTED:
        seqs, scores = stored.word_scores(db, word, None)
        floats = np.array(scores, dtype=np.float32).tolist()
        found[word] = {seq: score for seq, score in zip(seqs, floats, strict=True) if seq in own}
    return found


def test_a_word_counts_what_the_text_index_says(db: Database) -> None:
    remember(db, "I was walking my dog, dog, DOG", "The dogs walked " * 60, "A cat in a café: café!", "rain on the 2nd")
    remember(db, "Walk the cat in the rain?", "No, it rained cats and dogs on the 2nd", speaker="Ben", minute=9)

    found = counted(db)

    assert found == by_sqlite(db)
    assert found["dogs"]
    assert found["2nd"]
    assert found["nothing"] == {}


def test_it_follows_every_change(db: Database) -> None:
    first, second, third = remember(db, "my dog", "walking the cat", "rain on my dog", speaker="Ben")
    assert counted(db) == by_sqlite(db)
    (fourth,) = remember(
        db, "walking a dog in the rain", speaker="Ann", minute=5
    )  # stands behind the third from now on
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        memories.said_after(db, first.id, "what a long sentence on cats and rain that follows", second.id)
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        memories.supersede(db, third.id, by=fourth.id, at=NOW)
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        memories.retract(db, second.id, at=NOW)
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        memories.delete(db, ADA, fourth.id)  # the third is current again
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        db.execute("update memories set content = 'Ben: a cat, no dog' where id = :id", {"id": first.id})
    assert counted(db) == by_sqlite(db)
    with db.transaction():
        memory_rights.forget(db, user_id=BEN, agent_id=None, now=NOW)
    remember(db, "a dog", "another walk in the rain, with another dog")
    assert counted(db) == by_sqlite(db)
    fts.rebuild(db)
    fts.compact(db)
    remember(db, "dogs")
    assert counted(db) == by_sqlite(db)


def test_it_is_counted_among_the_memories_of_all(db: Database) -> None:
    ann = str(uuid.uuid4())
    with db.transaction():
        users.add(db, User(id=ann, name="Ann", about="", created_at=NOW, updated_at=NOW))
    remember(db, "my dog", "walking in the rain", "walking my dog")
    remember(db, *(f"dog {i} of Ann" for i in range(5)), "a cat", user_id=ann)

    for user_id in (BEN, ann, None):
        assert counted(db, user_id) == by_sqlite(db, user_id)


def test_a_savepoint_that_is_taken_back_leaves_nothing(db: Database) -> None:
    remember(db, "my dog", "walking in the rain")
    before = counted(db)

    point = db.save_point()
    remember(db, "walking my dog, dog, dog in the rain")
    within = counted(db)
    assert within == by_sqlite(db)
    db.rewind(point)
    forget_index(db)  # as the runtime does when it sets back

    assert within != before
    assert counted(db) == by_sqlite(db) == before


def test_what_a_transaction_has_written_is_found_within_it_and_not_after_it_failed(db: Database) -> None:
    remember(db, "my dog", "walking in the rain")
    before = counted(db)

    def add_and_fail() -> None:
        with db.transaction():
            remember(db, "a second dog walking in the rain")
            assert counted(db) == by_sqlite(db) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()

    assert counted(db) == by_sqlite(db) == before


def test_threads_look_up_while_another_writes(db: Database) -> None:
    remember(db, "my dog", "walking in the rain")
    errors: list[BaseException] = []
    done = threading.Event()

    def looking() -> None:
        try:
            while not done.is_set():
                assert counted(db)["dogs"]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=looking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(30):
        remember(db, f"walking dog {i}")
    done.set()
    for thread in threads:
        thread.join()

    assert errors == []
    assert counted(db) == by_sqlite(db)


def test_lengths_are_read_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(db, "my dog", "walking my dog", "a cat")
    read: list[list[int]] = []
    n_tokens = stored_words.n_tokens
    monkeypatch.setattr(stored_words, "n_tokens", lambda db, seqs: (read.append(list(seqs)), n_tokens(db, seqs))[1])
    words, seqs = Words(), held(db).seqs

    words.look_up(db, seqs, None, ["dog"], None)
    words.look_up(db, seqs, None, ["walking", "dog", "cat"], None)

    assert read == [seqs[:2].tolist(), seqs[2:].tolist()]


def test_a_word_in_too_many_memories_is_common_however_often_it_stands_in_each(db: Database) -> None:
    remember(db, "dog " * 60, "my dog", "a cat", "rain, rain")
    words, seqs = Words(), held(db).seqs

    found = words.look_up(db, seqs, None, ["dog", "rain"], 1)
    more = words.look_up(db, seqs, None, ["dog", "rain"], 3)

    assert found["dog"] is COMMON_WORD  # the first stands in more places than are read
    assert found["rain"] is not COMMON_WORD
    assert more["dog"].rows.tolist() == [0, 1]


def test_words_are_forgotten_for_others_when_they_take_too_much(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_words, "WORDS_BYTES", 500)
    remember(db, "dog", "cat", "rain")
    words, seqs = Words(), held(db).seqs

    for word, place in words.look_up(db, seqs, None, ["dog", "cat", "rain"], None).items():
        words.add(word, place)

    assert words.n_bytes <= 500
    assert words.get("dog") is None
    assert words.get("rain") is not None


def test_it_is_the_same_in_an_encrypted_file(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path / "secret.db"), key="correct horse")) as db:
        with db.transaction():
            agents.add(
                db, Agent(id=ADA, name="Ada", about="", model="m", instructions=[], created_at=NOW, updated_at=NOW)
            )
            users.add(db, User(id=BEN, name="Ben", about="", created_at=NOW, updated_at=NOW))
        remember(db, "walking my dog", "a cat in the rain")

        assert counted(db) == by_sqlite(db)
        assert counted(db)["dogs"]
