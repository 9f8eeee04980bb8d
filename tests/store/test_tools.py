import pytest

from julep_local.store import agents, tools
from julep_local.store.database import Database
from julep_local.types import Agent, FunctionDef, Tool

from .making import LATER, NOW, make_agent, new_id


@pytest.fixture
def agent(db: Database) -> Agent:
    agent = make_agent()
    with db.transaction():
        agents.add(db, agent)
    return agent


def make_tool(name: str = "weather", kind: str = "function", description: str | None = "looks outside") -> Tool:
    parameters = {"type": "object", "properties": {"town": {"type": "string"}}}
    function = FunctionDef(name=name, description=description, parameters=parameters)
    return Tool(id=new_id(), type=kind, function=function)


def test_tools_come_back_in_the_order_they_were_added(db: Database, agent: Agent) -> None:
    stored = [make_tool("c"), make_tool("a", "webhook"), make_tool("c", description=None)]

    with db.transaction():
        for tool in stored:
            tools.add(db, agent.id, tool, NOW)

    assert tools.page(db, agent.id) == stored
    assert tools.page(db, agent.id, 1, 1) == stored[1:2]
    assert [tools.get(db, agent.id, tool.id) for tool in stored] == stored
    assert tools.page(db, new_id()) == []


def test_a_tool_is_replaced_in_its_place(db: Database, agent: Agent) -> None:
    first, second = make_tool("a"), make_tool("b")
    new = make_tool("c").copy(update={"id": first.id})
    with db.transaction():
        tools.add(db, agent.id, first, NOW)
        tools.add(db, agent.id, second, NOW)

        assert tools.replace(db, agent.id, new, LATER)

    assert tools.page(db, agent.id) == [new, second]


def test_a_tool_of_another_agent_is_out_of_reach(db: Database, agent: Agent) -> None:
    tool, stranger = make_tool(), make_agent()
    with db.transaction():
        agents.add(db, stranger)
        tools.add(db, agent.id, tool, NOW)

        assert tools.get(db, stranger.id, tool.id) is None
        assert not tools.replace(db, stranger.id, tool, NOW)
        assert not tools.delete(db, stranger.id, tool.id)
        assert tools.delete(db, agent.id, tool.id)
        assert not tools.delete(db, agent.id, tool.id)

    assert tools.page(db, agent.id) == []
