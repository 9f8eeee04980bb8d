from collections.abc import Iterator

import pytest

from julep_local.store import agents, users
from julep_local.store.database import Database

from .talking import Talk, make_talk


@pytest.fixture
def db() -> Iterator[Database]:
    database = Database(":memory:")
    yield database
    database.close()


@pytest.fixture
def talk(db: Database) -> Talk:
    """What is between Ada, an agent, and Grace, a user."""
    found = make_talk(db)
    assert agents.get(db, found.agent_id)
    assert users.get(db, found.user_id)
    return found
