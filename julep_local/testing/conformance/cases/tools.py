"""Tools."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.world import UNKNOWN, World, same

case = Cases()

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "tells the weather", "parameters": SCHEMA}


def _tool(world: World, agent_id: str, **function: Any) -> str:
    request = {"type": "function", "function": {**WEATHER, **function}}
    return str(world.call("create_agent_tool", agent_id, request=request)["id"])


def _functions(world: World, agent_id: str, **page: Any) -> list[Any]:
    return [tool["function"] for tool in world.call("get_agent_tools", agent_id, **page)["items"] or []]


@case("create_agent_tool", "it comes back as it was given", "agent_id", "request")
def _(world: World) -> None:
    agent_id = world.agent()
    tool_id = _tool(world, agent_id)
    tools = world.call("get_agent_tools", agent_id)["items"]
    same([(tool["id"], tool["type"], tool["function"]) for tool in tools], [(tool_id, "function", WEATHER)])


@case("create_agent_tool", "the description may be missing", "request")
def _(world: World) -> None:
    agent_id = world.agent()
    request = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    world.call("create_agent_tool", agent_id, request=request)
    same([function["description"] or "" for function in _functions(world, agent_id)], [""])


@case("create_agent_tool", "a webhook stays one", "request")
def _(world: World) -> None:
    agent_id = world.agent()
    world.call("create_agent_tool", agent_id, request={"type": "webhook", "function": WEATHER})
    same([tool["type"] for tool in world.call("get_agent_tools", agent_id)["items"]], ["webhook"])


@case("create_agent_tool", "an unknown agent is a 404", "agent_id")
def _(world: World) -> None:
    world.fails(404, "create_agent_tool", UNKNOWN, request={"type": "function", "function": WEATHER})


BAD: dict[str, Any] = {
    "another type": {"type": "magic", "function": WEATHER},
    "no function": {"type": "function"},
    "no name": {"type": "function", "function": {"parameters": SCHEMA}},
    "no parameters": {"type": "function", "function": {"name": "weather"}},
    "parameters that are no object": {"type": "function", "function": {"name": "weather", "parameters": [1]}},
}
for name, bad in BAD.items():

    @case("create_agent_tool", f"{name} is refused", "request")
    def _(world: World, bad: Any = bad) -> None:
        world.fails(422, "create_agent_tool", world.agent(), request=bad)


@case("get_agent_tools", "the oldest come first, in pages", "agent_id", "limit", "offset")
def _(world: World) -> None:
    agent_id = world.agent()
    for name in ("a", "b", "c"):
        _tool(world, agent_id, name=name)
    same([each["name"] for each in _functions(world, agent_id)], ["a", "b", "c"])
    same([each["name"] for each in _functions(world, agent_id, limit=1, offset=1)], ["b"])
    same(_functions(world, agent_id, limit=0), [])


@case("get_agent_tools", "an unknown agent is a 404, a negative limit a 422", "agent_id", "limit", "offset")
def _(world: World) -> None:
    world.fails(404, "get_agent_tools", UNKNOWN)
    world.fails(422, "get_agent_tools", world.agent(), limit=-1)
    world.fails(422, "get_agent_tools", world.agent(), offset=-1)


@case("update_agent_tool", "the function is replaced as a whole", "agent_id", "tool_id", "function")
def _(world: World) -> None:
    agent_id = world.agent()
    tool_id = _tool(world, agent_id)
    world.call("update_agent_tool", agent_id, tool_id, function={"name": "rain", "parameters": {"type": "object"}})
    (function,) = _functions(world, agent_id)
    same((function["name"], function["description"] or "", function["parameters"]), ("rain", "", {"type": "object"}))


@case("update_agent_tool", "an unknown one, or another agent's, is a 404", "agent_id", "tool_id")
def _(world: World) -> None:
    agent_id = world.agent()
    world.fails(404, "update_agent_tool", agent_id, UNKNOWN, function=WEATHER)
    world.fails(404, "update_agent_tool", world.agent(), _tool(world, agent_id), function=WEATHER)
    world.fails(404, "update_agent_tool", UNKNOWN, _tool(world, agent_id), function=WEATHER)


@case("patch_agent_tool", "what is given changes, and the rest stays", "agent_id", "tool_id", "function")
def _(world: World) -> None:
    agent_id = world.agent()
    tool_id = _tool(world, agent_id)
    world.call("patch_agent_tool", agent_id, tool_id, function={"description": "knows the sky"})
    same(_functions(world, agent_id), [{**WEATHER, "description": "knows the sky"}])
    world.call("patch_agent_tool", agent_id, tool_id, function={"name": "sky", "parameters": {"type": "object"}})
    same(
        _functions(world, agent_id), [{"name": "sky", "description": "knows the sky", "parameters": {"type": "object"}}]
    )


@case("patch_agent_tool", "an unknown one is a 404", "agent_id", "tool_id")
def _(world: World) -> None:
    world.fails(404, "patch_agent_tool", world.agent(), UNKNOWN, function={"name": "x"})


@case("delete_agent_tool", "it is gone, and a second time a 404", "agent_id", "tool_id")
def _(world: World) -> None:
    agent_id = world.agent()
    tool_id = _tool(world, agent_id)
    world.fails(404, "delete_agent_tool", world.agent(), tool_id)
    same(world.call("delete_agent_tool", agent_id, tool_id), None)
    same(_functions(world, agent_id), [])
    world.fails(404, "delete_agent_tool", agent_id, tool_id)
