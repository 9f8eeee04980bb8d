from julep_local.store import messages, sessions
from julep_local.store.database import Database

from .making import LATER, fill, make_session, new_id


def test_a_session_comes_back_as_it_was_stored(db: Database) -> None:
    agent, user, first = fill(db)
    session = make_session(agent.id, user_id=user.id, metadata={"room": 7})
    bare = make_session(agent.id, situation=None, render_templates=False)

    with db.transaction():
        sessions.add(db, session)
        sessions.add(db, bare)

    assert sessions.get(db, session.id) == session
    assert sessions.get(db, bare.id) == bare
    assert sessions.page(db, limit=9, offset=0) == [bare, session, first]
    assert sessions.page(db, limit=9, offset=0, metadata_filter={"room": 7}) == [session]


def test_replacing_keeps_agent_user_summary_and_time_of_creation(db: Database) -> None:
    agent, _, session = fill(db)
    with db.transaction():
        last = messages.newest_first(db, session.id)[0]
        sessions.set_summary(db, session.id, "they greeted", last.seq)
        new = make_session(agent.id, id=session.id, situation="ashore", metadata={"x": 1}, updated_at=LATER)

        assert sessions.replace(db, new)

    assert sessions.get(db, session.id) == session.copy(
        update={"situation": "ashore", "metadata": {"x": 1}, "updated_at": LATER, "summary": "they greeted"}
    )


def test_a_summary_covers_messages_up_to_one(db: Database) -> None:
    _, _, session = fill(db)
    last, first = messages.newest_first(db, session.id)
    assert sessions.summarised_through(db, session.id) == 0

    with db.transaction():
        assert sessions.set_summary(db, session.id, "a greeting", first.seq)
        assert sessions.summarised_through(db, session.id) == first.seq
        assert sessions.set_summary(db, session.id, "greetings", last.seq)

    assert sessions.summarised_through(db, session.id) == last.seq


def test_a_summary_that_comes_too_late_is_dropped(db: Database) -> None:
    _, _, session = fill(db)
    last, first = messages.newest_first(db, session.id)

    with db.transaction():
        sessions.set_summary(db, session.id, "newer", last.seq)
        assert not sessions.set_summary(db, session.id, "older", first.seq)
        messages.delete_all(db, session.id)
        assert not sessions.set_summary(db, session.id, "of what was deleted", last.seq)

    assert sessions.summarised_through(db, session.id) == 0


def test_what_does_not_exist_is_said(db: Database) -> None:
    with db.transaction():
        assert not sessions.replace(db, make_session(new_id()))
        assert not sessions.delete(db, new_id())
        assert not sessions.set_summary(db, new_id(), "", 1)
    assert sessions.get(db, new_id()) is None
    assert sessions.summarised_through(db, new_id()) == 0
