"""Memories and jobs."""

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.world import UNKNOWN, World, each, holds, same

case = Cases()

DOG, OSLO = "My dog is called Biscuit.", "I live in Oslo."


def _remembered(world: World, agent_id: str, *texts: str, name: str = "Bo") -> str:
    """Return the id of a user who has told the agent these things."""
    user_id = world.user(name=name)
    session_id = world.session(agent_id, user_id=user_id)
    for text in texts:
        world.finish(world.say(session_id, text)["jobs"])
    return user_id


@case("get_agent_memories", "what a user has said is remembered", "agent_id", "query", needs_model=True)
def _(world: World) -> None:
    agent_id = world.agent()
    user_id = _remembered(world, agent_id, DOG, OSLO)
    items = world.call("get_agent_memories", agent_id, query="What is the dog called?")["items"]
    holds(DOG in items[0]["content"], f"the memory of the dog does not come first: {each(items, 'content')}")
    same({(item["agent_id"], item["user_id"]) for item in items}, {(agent_id, user_id)})
    same(len(items), 2)


@case(
    "get_agent_memories",
    "an empty query lists the newest first, in pages",
    "query",
    "limit",
    "offset",
    needs_model=True,
)
def _(world: World) -> None:
    agent_id = world.agent()
    _remembered(world, agent_id, DOG, OSLO)
    items = world.call("get_agent_memories", agent_id, query="")["items"]
    same([text in item["content"] for text, item in zip((OSLO, DOG), items, strict=True)], [True, True])
    same(world.call("get_agent_memories", agent_id, query="", limit=1, offset=1)["items"], items[1:])
    same(world.call("get_agent_memories", agent_id, query="Oslo", limit=0)["items"] or [], [])


@case("get_agent_memories", "with a user it is theirs alone", "user_id", needs_model=True)
def _(world: World) -> None:
    agent_id = world.agent()
    bo, eve = _remembered(world, agent_id, DOG), _remembered(world, agent_id, OSLO, name="Eve")
    for user_id, text in ((bo, DOG), (eve, OSLO)):
        items = world.call("get_agent_memories", agent_id, query="Where?", user_id=user_id)["items"]
        same([text in item["content"] for item in items], [True])


@case("get_agent_memories", "of a new agent there are none", "agent_id", "query")
def _(world: World) -> None:
    same(world.call("get_agent_memories", world.agent(), query="dog")["items"] or [], [])


@case("get_agent_memories", "an unknown agent or user is a 404", "agent_id", "user_id")
def _(world: World) -> None:
    world.fails(404, "get_agent_memories", UNKNOWN, query="dog")
    world.fails(404, "get_agent_memories", world.agent(), query="dog", user_id=UNKNOWN)
    world.fails(422, "get_agent_memories", "ada", query="dog")


@case("delete_agent_memory", "it is gone, and a second time a 404", "agent_id", "memory_id", needs_model=True)
def _(world: World) -> None:
    agent_id = world.agent()
    _remembered(world, agent_id, DOG)
    (memory,) = world.call("get_agent_memories", agent_id, query="dog")["items"]
    world.fails(404, "delete_agent_memory", world.agent(), memory["id"])
    same(world.call("delete_agent_memory", agent_id, memory["id"]), None)
    same(world.call("get_agent_memories", agent_id, query="dog")["items"] or [], [])
    world.fails(404, "delete_agent_memory", agent_id, memory["id"])


@case("delete_agent_memory", "an unknown one is a 404", "agent_id", "memory_id")
def _(world: World) -> None:
    world.fails(404, "delete_agent_memory", world.agent(), UNKNOWN)


@case("delete_agent_memory", "memories outlive the history that they were formed from", "agent_id", needs_model=True)
def _(world: World) -> None:
    agent_id, user_id = world.agent(), world.user()
    session_id = world.session(agent_id, user_id=user_id)
    world.finish(world.say(session_id, DOG)["jobs"])
    world.call("delete_session_history", session_id)
    world.call("delete_session", session_id)
    same(len(world.call("get_agent_memories", agent_id, query="dog")["items"]), 1)


@case("get_job_status", "a job has a name, a state and times", "job_id")
def _(world: World) -> None:
    created = world.call("create_agent", name="Ada", docs=[{"title": "Ferry", "content": "At nine."}])
    world.finish(created["jobs"])
    job = world.call("get_job_status", created["jobs"][0])
    same((job["id"], job["state"]), (created["jobs"][0], "succeeded"))
    holds(job["name"], "it has no name")
    holds(job["created_at"] <= job["updated_at"], "it changed before it was made")


@case("get_job_status", "an unknown one is a 404, and what is no id a 422", "job_id")
def _(world: World) -> None:
    world.fails(404, "get_job_status", UNKNOWN)
    world.fails(422, "get_job_status", "x")
