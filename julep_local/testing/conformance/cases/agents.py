"""Agents."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.cases.listing import add_listing_cases, listed
from julep_local.testing.conformance.world import UNKNOWN, World, each, holds, same

case = Cases()

TOOL = {"type": "function", "function": {"name": "clock", "description": "the time", "parameters": {"type": "object"}}}
DOC = {"title": "Ferry", "content": "The ferry leaves at nine."}
DEFAULTS = {
    "temperature": 0.75,
    "top_p": 1.0,
    "min_p": 0.01,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "repetition_penalty": 1.0,
    "length_penalty": 1.0,
}


def _settings(agent: Any) -> dict[str, Any]:
    return {name: value for name, value in agent["default_settings"].items() if value is not None}


@case("create_agent", "a name is enough, and the rest has defaults", "name")
def _(world: World) -> None:
    created = world.call("create_agent", name="Ada")
    agent = world.call("get_agent", created["id"])
    same((agent["name"], agent["about"], agent["instructions"]), ("Ada", "", []))
    same((agent["metadata"], agent["model"]), ({}, "julep-ai/samantha-1-turbo"))
    same(_settings(agent), DEFAULTS)
    same(created["jobs"] or [], [])


@case("create_agent", "what is given comes back", "about", "metadata", "instructions", "model", "default_settings")
def _(world: World) -> None:
    given: dict[str, Any] = {
        "about": "a pilot",
        "instructions": ["Be brief.", "Be kind.", "Be brief."],
        "model": "gpt-4",
    }
    metadata = {"tag": world.tag, "deep": {"list": [1, None, "ü"]}}
    created = world.call(
        "create_agent", name="", metadata=metadata, default_settings={"temperature": 0.2, "preset": "fun"}, **given
    )
    agent = world.call("get_agent", created["id"])
    same({name: agent[name] for name in given}, given)
    same(agent["metadata"], metadata)
    same((agent["default_settings"]["temperature"], agent["default_settings"]["preset"]), (0.2, "fun"))


@case("create_agent", "instructions may be one string", "instructions")
def _(world: World) -> None:
    same(world.call("get_agent", world.agent(instructions="Be brief."))["instructions"], ["Be brief."])


@case("create_agent", "tools come with it", "tools")
def _(world: World) -> None:
    tools = world.call("get_agent_tools", world.agent(tools=[TOOL, TOOL]))["items"]
    same([tool["function"]["name"] for tool in tools], ["clock", "clock"])
    holds(tools[0]["id"] != tools[1]["id"], "two tools have one id")


@case("create_agent", "docs come with it, each with a job", "docs")
def _(world: World) -> None:
    created = world.call("create_agent", name="Ada", docs=[DOC, {"title": "Two", "content": ["a", "b"]}])
    world.finish(created["jobs"])
    holds(created["jobs"], "there is no job for the docs")
    docs = world.call("get_agent_docs", created["id"])["items"]
    same(each(docs, "title", "content"), [("Two", ["a", "b"]), ("Ferry", "The ferry leaves at nine.")])


@case("create_agent", "None is the same as not given", "about", "metadata", "instructions", "default_settings", "model")
def _(world: World) -> None:
    created = world.call(
        "create_agent",
        name="Ada",
        about=None,
        metadata=None,
        instructions=None,
        default_settings=None,
        model=None,
        tools=None,
        docs=None,
    )
    agent = world.call("get_agent", created["id"])
    same((agent["about"], agent["metadata"], agent["instructions"]), ("", {}, []))
    same(_settings(agent), DEFAULTS)


BAD: dict[str, dict[str, Any]] = {
    "name": {"name": 5},
    "about": {"about": 5},
    "metadata": {"metadata": ["no object"]},
    "instructions": {"instructions": [5]},
    "tools": {"tools": [{"type": "function", "function": {"name": "no parameters"}}]},
    "docs": {"docs": [{"title": "no content"}]},
    "default_settings": {"default_settings": {"temperature": 9}},
}
for name, bad in BAD.items():

    @case("create_agent", f"a {name} of the wrong kind is refused", name)
    def _(world: World, bad: dict[str, Any] = bad) -> None:
        world.fails(422, "create_agent", **{"name": "Ada", **bad})


@case("create_agent", "all of it or nothing", "docs")
def _(world: World) -> None:
    bad = {"title": "no content"}
    world.fails(422, "create_agent", name="Ada", metadata={"tag": world.tag}, docs=[DOC, bad])
    same(world.call("list_agents", metadata_filter=world.mine)["items"] or [], [])


@case("get_agent", "an unknown one is a 404, and what is no id a 422", "agent_id")
def _(world: World) -> None:
    world.fails(404, "get_agent", UNKNOWN)
    world.fails(422, "get_agent", "ada")
    world.fails(422, "get_agent", "00000000-0000-1000-8000-000000000000")


@case("get_agent", "an id may be written in capitals", "agent_id")
def _(world: World) -> None:
    agent_id = world.agent()
    same(world.call("get_agent", agent_id.upper())["id"], agent_id)


@case("list_agents", "each one is complete", "metadata_filter")
def _(world: World) -> None:
    agent_id = world.agent(about="a pilot", default_settings={"top_p": 0.5})
    same(world.call("list_agents", metadata_filter=world.mine)["items"], [world.call("get_agent", agent_id)])


add_listing_cases(case, "list_agents", lambda world, **values: world.agent(metadata=values), listed("list_agents"))


@case("update_agent", "what is not given goes back to its default", "agent_id", "name", "about")
def _(world: World) -> None:
    agent_id = world.agent(about="a pilot", instructions=["x"], model="gpt-4", default_settings={"temperature": 0.1})
    before = world.call("get_agent", agent_id)
    updated = world.call("update_agent", agent_id, name="Eve", about="a nurse")
    agent = world.call("get_agent", agent_id)
    same((agent["name"], agent["about"], agent["instructions"], agent["metadata"]), ("Eve", "a nurse", [], {}))
    same((agent["model"], _settings(agent)), ("julep-ai/samantha-1-turbo", DEFAULTS))
    same(agent["created_at"], before["created_at"])
    same(agent["updated_at"], updated["updated_at"])


@case("update_agent", "what is given is replaced as a whole", "metadata", "default_settings", "instructions", "model")
def _(world: World) -> None:
    agent_id = world.agent(metadata={"old": 1}, default_settings={"temperature": 0.1, "top_p": 0.5})
    world.call(
        "update_agent",
        agent_id,
        name="Ada",
        about="",
        metadata={"new": 2},
        default_settings={"top_p": 0.9},
        instructions="One.",
        model="gpt-4",
    )
    agent = world.call("get_agent", agent_id)
    same((agent["metadata"], agent["instructions"], agent["model"]), ({"new": 2}, ["One."], "gpt-4"))
    same(_settings(agent), {**DEFAULTS, "top_p": 0.9})


@case("update_agent", "an unknown one is a 404", "agent_id")
def _(world: World) -> None:
    world.fails(404, "update_agent", UNKNOWN, name="Ada", about="")


@case("update_agent", "a value of the wrong kind changes nothing", "name")
def _(world: World) -> None:
    agent_id = world.agent()
    world.fails(422, "update_agent", agent_id, name="Eve", about="", metadata=5)
    same(world.call("get_agent", agent_id)["name"], "Ada")


@case("patch_agent", "what is not given stays", "agent_id", "name")
def _(world: World) -> None:
    agent_id = world.agent(about="a pilot", instructions=["x"], model="gpt-4", default_settings={"temperature": 0.1})
    before = world.call("get_agent", agent_id)
    world.call("patch_agent", agent_id, name="Eve")
    after = world.call("get_agent", agent_id)
    same({**after, "name": "Ada", "updated_at": None}, {**before, "updated_at": None})


@case("patch_agent", "what is given changes", "about", "model", "instructions")
def _(world: World) -> None:
    agent_id = world.agent(about="a pilot", instructions=["x"])
    world.call("patch_agent", agent_id, about="", instructions=[], model="gpt-4")
    agent = world.call("get_agent", agent_id)
    same((agent["about"], agent["instructions"], agent["model"]), ("", [], "gpt-4"))


@case("patch_agent", "settings merge one by one", "default_settings")
def _(world: World) -> None:
    agent_id = world.agent(default_settings={"temperature": 0.1, "top_p": 0.5})
    world.call("patch_agent", agent_id, default_settings={"top_p": 0.9})
    same(_settings(world.call("get_agent", agent_id)), {**DEFAULTS, "temperature": 0.1, "top_p": 0.9})


@case("patch_agent", "metadata merge: objects by key, lists are replaced, None removes", "metadata")
def _(world: World) -> None:
    agent_id = world.agent(metadata={"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": True})
    world.call("patch_agent", agent_id, metadata={"a": {"b": 5}, "list": [3], "gone": None, "new": "x"})
    metadata = {"tag": world.tag, "a": {"b": 5, "c": 2}, "list": [3], "new": "x"}
    same(world.call("get_agent", agent_id)["metadata"], metadata)


@case("patch_agent", "an unknown one is a 404", "agent_id")
def _(world: World) -> None:
    world.fails(404, "patch_agent", UNKNOWN, name="Ada")


@case("patch_agent", "a setting out of range changes nothing", "default_settings")
def _(world: World) -> None:
    agent_id = world.agent()
    world.fails(422, "patch_agent", agent_id, name="Eve", default_settings={"min_p": 2})
    same(world.call("get_agent", agent_id)["name"], "Ada")


@case("delete_agent", "it is gone, with docs, tools and sessions", "agent_id")
def _(world: World) -> None:
    agent_id = world.agent(tools=[TOOL], docs=[DOC])
    session_id = world.session(agent_id)
    same(world.call("delete_agent", agent_id), None)
    world.fails(404, "get_agent", agent_id)
    world.fails(404, "get_session", session_id)
    world.fails(404, "get_agent_tools", agent_id)
    world.fails(404, "get_agent_docs", agent_id)


@case("delete_agent", "a second time, and of an unknown one, it is a 404", "agent_id")
def _(world: World) -> None:
    agent_id = world.agent()
    world.call("delete_agent", agent_id)
    world.fails(404, "delete_agent", agent_id)
    world.fails(404, "delete_agent", UNKNOWN)
