from datetime import timedelta

import pytest

from julep_local.store import messages, sessions, suggestions
from julep_local.store.database import Database
from julep_local.types import Session, Suggestion

from .making import NOW, fill, make_message, new_id


@pytest.fixture
def session(db: Database) -> Session:
    _, _, session = fill(db)
    with db.transaction():
        messages.delete_all(db, session.id)
    return session


def record(db: Database, session: Session, *contents: str) -> None:
    with db.transaction():
        messages.append(db, session.id, new_id(), [make_message(content) for content in contents])


def test_messages_come_back_as_they_were_recorded(db: Database, session: Session) -> None:
    parts = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:,x", "detail": "low"}},
    ]
    recorded = [
        make_message("hello", name="Grace"),
        make_message(parts),
        make_message("", role="assistant", name=""),
        make_message('{"name": "f"}', role="function_call"),
        make_message("é\0\n😀", role="system"),
    ]

    with db.transaction():
        messages.append(db, session.id, new_id(), recorded)

    assert messages.page(db, session.id, 9, 0) == recorded
    assert [message.content for message in messages.since(db, session.id, 0, 9)][:2] == ["hello", parts]


def test_the_order_is_that_of_recording_whatever_the_clock_says(db: Database, session: Session) -> None:
    with db.transaction():
        for i in range(3):
            late = make_message(str(i), created_at=NOW - timedelta(days=i))
            messages.append(db, session.id, new_id(), [late])

    assert [message.content for message in messages.page(db, session.id, 9, 0)] == ["0", "1", "2"]


def test_a_page_starts_at_the_oldest(db: Database, session: Session) -> None:
    record(db, session, *"abcdef")

    assert [message.content for message in messages.page(db, session.id, 2, 1)] == ["b", "c"]


def test_history_is_read_backwards_between_two_messages(db: Database, session: Session) -> None:
    record(db, session, *"abcdef")
    seqs = {message.content: message.seq for message in messages.newest_first(db, session.id)}

    def contents(**wanted: int) -> str:
        return "".join(str(message.content) for message in messages.newest_first(db, session.id, **wanted))

    assert contents() == "fedcba"
    assert contents(limit=2) == "fe"
    assert contents(before_seq=seqs["e"], limit=2) == "dc"
    assert contents(after_seq=seqs["b"], before_seq=seqs["e"]) == "dc"
    assert [message.content for message in messages.since(db, session.id, seqs["b"], 2)] == ["c", "d"]


def test_messages_are_found_by_id(db: Database, session: Session) -> None:
    record(db, session, *"abc")
    first, second, _ = messages.since(db, session.id, 0, 9)

    assert messages.by_ids(db, [second.id, new_id(), first.id]) == [first, second]
    assert messages.by_ids(db, []) == []


def test_a_turns_messages_share_its_id(db: Database, session: Session) -> None:
    record(db, session, "hello", "hi")
    record(db, session, "bye")

    first, second, third = messages.since(db, session.id, 0, 9)

    assert first.turn_id == second.turn_id != third.turn_id


def test_deleting_the_history_deletes_summary_and_suggestions_of_this_session_only(db: Database) -> None:
    _, _, session = fill(db)
    _, _, other = fill(db)
    with db.transaction():
        for each in (session, other):
            last = messages.newest_first(db, each.id)[0]
            sessions.set_summary(db, each.id, "they greeted", last.seq)
            suggestion = Suggestion(
                session_id=each.id, message_id=last.id, target="user", content="ask on", created_at=NOW
            )
            suggestions.add(db, suggestion)

        n_deleted = messages.delete_all(db, session.id)

    assert n_deleted == 2
    assert messages.page(db, session.id, 9, 0) == []
    assert sessions.get(db, session.id) == session
    assert suggestions.page(db, session.id, 9, 0) == []
    assert len(messages.page(db, other.id, 9, 0)) == 2
    assert sessions.summarised_through(db, other.id) > 0
    assert len(suggestions.page(db, other.id, 9, 0)) == 1


def test_a_new_message_never_gets_the_place_of_a_deleted_one(db: Database, session: Session) -> None:
    record(db, session, "old")
    old = messages.newest_first(db, session.id)[0]
    with db.transaction():
        messages.delete_all(db, session.id)

    record(db, session, "new")

    assert messages.newest_first(db, session.id)[0].seq > old.seq
