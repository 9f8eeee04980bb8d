"""The digest stands for all rows, and for nothing else."""

from contextlib import closing
from datetime import datetime, timezone

from julep_local.store import users
from julep_local.store.database import Database
from julep_local.store.digest import digest
from julep_local.types import User, UserMetadata

NOW = datetime(2024, 5, 31, tzinfo=timezone.utc)


def _add(db: Database, *names: str) -> None:
    with db.transaction():
        for name in names:
            metadata = UserMetadata.model_validate({"n": 1})
            users.add(db, User(id=f"id of {name}", name=name, created_at=NOW, updated_at=NOW, metadata=metadata))


def test_equal_rows_have_an_equal_digest_wherever_they_are(path: str) -> None:
    with closing(Database(path)) as file, closing(Database(":memory:")) as memory:
        for db in (file, memory):
            _add(db, "Ada", "Bo")

        assert digest(file) == digest(memory)


def test_another_value_is_another_digest_and_back_again(db: Database) -> None:
    _add(db, "Ada")
    before = digest(db)

    with db.transaction():
        db.execute("update users set name = 'Bo'")
    changed = digest(db)
    with db.transaction():
        db.execute("update users set name = 'Ada'")

    assert changed != before
    assert digest(db) == before


def test_no_two_rows_read_the_same_because_their_values_join(db: Database) -> None:
    _add(db, "Ada")
    digests = set()
    for name, about in (("ab", "c"), ("a", "bc"), ("abc", ""), ("abc", None)):
        with db.transaction():
            db.execute("update users set name = :name, about = :about", {"name": name, "about": about})
        digests.add(digest(db))

    assert len(digests) == 4


def test_a_table_that_somebody_adds_counts(db: Database) -> None:
    before = digest(db)

    with db.transaction():
        db.execute("create table more (a real, b blob)")
        db.execute("insert into more values (0.1, x'00ff')")

    assert digest(db) != before


def test_the_digest_is_of_one_moment(path: str) -> None:
    """What another connection writes while it is read does not count."""
    with closing(Database(path)) as db, closing(Database(path)) as other:
        _add(db, "Ada")
        before = digest(db)
        with db.snapshot():
            digest(db)  # the moment begins with the first row that is read
            _add(other, "Bo")

            assert digest(db) == before

        assert digest(db) != before
