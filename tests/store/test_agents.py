import pytest

from julep_local.store import agents
from julep_local.store.database import Database

from .making import LATER, make_agent, new_id


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="all fields"),
        pytest.param({"about": None, "default_settings": None, "instructions": [], "metadata": {}}, id="few fields"),
        pytest.param({"name": "", "about": "é\0😀'\"\\", "metadata": {"a": {"b": [None, True]}}}, id="odd texts"),
    ],
)
def test_an_agent_comes_back_as_it_was_stored(db: Database, values: dict[str, object]) -> None:
    agent = make_agent(**values)

    with db.transaction():
        agents.add(db, agent)

    stored = agents.get(db, agent.id)
    assert stored == agent
    assert stored is not None
    assert stored.json() == agent.json()


def test_one_instruction_is_stored_as_a_list(db: Database) -> None:
    agent = make_agent(instructions="be brief")

    with db.transaction():
        agents.add(db, agent)

    stored = agents.get(db, agent.id)
    assert stored is not None
    assert stored.instructions == ["be brief"]


def test_replacing_changes_all_but_the_time_of_creation(db: Database) -> None:
    agent = make_agent()
    new = make_agent(id=agent.id, name="Eve", metadata={"x": 1}, created_at=LATER, updated_at=LATER)
    with db.transaction():
        agents.add(db, agent)

        replaced = agents.replace(db, new)

    assert replaced
    assert agents.get(db, agent.id) == new.copy(update={"created_at": agent.created_at})


def test_what_does_not_exist_is_said(db: Database) -> None:
    with db.transaction():
        assert not agents.replace(db, make_agent())
        assert not agents.delete(db, new_id())
    assert agents.get(db, new_id()) is None


def test_a_deleted_agent_is_gone(db: Database) -> None:
    agent, other = make_agent(), make_agent()
    with db.transaction():
        agents.add(db, agent)
        agents.add(db, other)

        assert agents.delete(db, agent.id)

    assert agents.get(db, agent.id) is None
    assert agents.page(db, limit=9, offset=0) == [other]


def test_a_page_holds_whole_agents_with_the_metadata_asked_for(db: Database) -> None:
    blue, red = make_agent(), make_agent(metadata={"team": "red"})
    with db.transaction():
        agents.add(db, blue)
        agents.add(db, red)

    assert agents.page(db, limit=9, offset=0) == [red, blue]
    assert agents.page(db, limit=9, offset=0, metadata_filter={"team": "red"}) == [red]
    assert agents.page(db, limit=9, offset=0, metadata_filter={"team": "green"}) == []
