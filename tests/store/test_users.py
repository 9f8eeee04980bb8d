from julep_local.store import users
from julep_local.store.database import Database

from .making import LATER, make_user, new_id


def test_a_user_comes_back_as_it_was_stored(db: Database) -> None:
    full, bare = make_user(), make_user(name=None, about=None, metadata={})

    with db.transaction():
        users.add(db, full)
        users.add(db, bare)

    assert users.get(db, full.id) == full
    assert users.get(db, bare.id) == bare
    assert users.page(db, limit=9, offset=0) == [bare, full]
    assert users.page(db, limit=9, offset=0, metadata_filter={"plan": 1}) == [full]


def test_replacing_changes_all_but_the_time_of_creation(db: Database) -> None:
    user = make_user()
    new = make_user(id=user.id, name="Eve", metadata={"x": 1}, created_at=LATER, updated_at=LATER)
    with db.transaction():
        users.add(db, user)

        assert users.replace(db, new)

    assert users.get(db, user.id) == new.copy(update={"created_at": user.created_at})


def test_what_does_not_exist_is_said(db: Database) -> None:
    with db.transaction():
        assert not users.replace(db, make_user())
        assert not users.delete(db, new_id())
    assert users.get(db, new_id()) is None
