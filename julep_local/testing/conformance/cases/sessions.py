"""Sessions, their history and suggestions."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.cases.listing import add_listing_cases, listed
from julep_local.testing.conformance.world import UNKNOWN, World, each, holds, same

case = Cases()


@case("create_session", "an agent is enough, and the rest has defaults", "agent_id")
def _(world: World) -> None:
    agent_id = world.agent()
    session = world.call("get_session", world.call("create_session", agent_id=agent_id)["id"])
    same((session["agent_id"], session["user_id"]), (agent_id, None))
    same((session["situation"], session["metadata"], session["render_templates"]), ("", {}, False))


@case("create_session", "what is given comes back", "user_id", "situation", "metadata", "render_templates")
def _(world: World) -> None:
    user_id = world.user()
    given = {"user_id": user_id, "situation": "On {{ user.name }}'s boat", "metadata": {"a": [1]}}
    created = world.call("create_session", agent_id=world.agent(), render_templates=True, **given)
    session = world.call("get_session", created["id"])
    same({name: session[name] for name in given}, given)
    same(session["render_templates"], True)


@case("create_session", "None is the same as not given", "user_id", "situation", "metadata", "render_templates")
def _(world: World) -> None:
    created = world.call(
        "create_session", agent_id=world.agent(), user_id=None, situation=None, metadata=None, render_templates=None
    )
    session = world.call("get_session", created["id"])
    same((session["situation"], session["metadata"], session["render_templates"]), ("", {}, False))


@case("create_session", "an unknown agent or user is a 404", "agent_id", "user_id")
def _(world: World) -> None:
    world.fails(404, "create_session", agent_id=UNKNOWN)
    world.fails(404, "create_session", agent_id=world.agent(), user_id=UNKNOWN)


BAD: dict[str, Any] = {"agent_id": "ada", "user_id": "bo", "situation": 5, "metadata": 5, "render_templates": "maybe"}
for name, bad in BAD.items():

    @case("create_session", f"a {name} of the wrong kind is refused", name)
    def _(world: World, name: str = name, bad: Any = bad) -> None:
        world.fails(422, "create_session", **{"agent_id": world.agent(), name: bad})


@case("create_session", "a situation that is no template is refused, where it has to be one", "situation")
def _(world: World) -> None:
    world.fails(422, "create_session", agent_id=world.agent(), situation="{{ user.", render_templates=True)
    world.session(situation="{{ user.")


@case("get_session", "an unknown one is a 404, and what is no id a 422", "session_id")
def _(world: World) -> None:
    world.fails(404, "get_session", UNKNOWN)
    world.fails(422, "get_session", "s")


@case("list_sessions", "each one is complete", "metadata_filter")
def _(world: World) -> None:
    session_id = world.session(situation="x", render_templates=True)
    same(world.call("list_sessions", metadata_filter=world.mine)["items"][0], world.call("get_session", session_id))


agents: dict[str, list[str]] = {}


def _make(world: World, **values: Any) -> str:
    # of two agents in turn: one list holds the sessions of all
    if world.tag not in agents:
        agents[world.tag] = [world.agent(), world.agent()]
    agents[world.tag].reverse()
    return world.session(agents[world.tag][0], metadata=values)


add_listing_cases(case, "list_sessions", _make, listed("list_sessions"))


@case("update_session", "metadata that are not given stay, and so do templates", "session_id", "situation")
def _(world: World) -> None:
    session_id = world.session(situation="old", metadata={"a": 1}, render_templates=True)
    world.call("update_session", session_id, situation="new")
    session = world.call("get_session", session_id)
    same((session["situation"], session["metadata"]), ("new", {"tag": world.tag, "a": 1}))
    same(session["render_templates"], True)


@case("update_session", "metadata that are given replace the old ones", "metadata")
def _(world: World) -> None:
    session_id = world.session(metadata={"a": 1})
    world.call("update_session", session_id, situation="", metadata={"b": 2})
    same(world.call("get_session", session_id)["metadata"], {"b": 2})


@case("update_session", "an unknown one is a 404", "session_id")
def _(world: World) -> None:
    world.fails(404, "update_session", UNKNOWN, situation="")


@case("patch_session", "what is given changes, and the rest stays", "session_id", "situation", "metadata")
def _(world: World) -> None:
    session_id = world.session(situation="old", metadata={"a": {"b": 1}, "gone": 1})
    world.call("patch_session", session_id, situation="new")
    same(world.call("get_session", session_id)["metadata"], {"tag": world.tag, "a": {"b": 1}, "gone": 1})
    world.call("patch_session", session_id, metadata={"a": {"c": 2}, "gone": None})
    session = world.call("get_session", session_id)
    same((session["situation"], session["metadata"]), ("new", {"tag": world.tag, "a": {"b": 1, "c": 2}}))


@case("patch_session", "an unknown one is a 404", "session_id")
def _(world: World) -> None:
    world.fails(404, "patch_session", UNKNOWN, situation="")


@case("delete_session", "it is gone, with its history", "session_id")
def _(world: World) -> None:
    session_id = world.session()
    same(world.call("delete_session", session_id), None)
    world.fails(404, "get_session", session_id)
    world.fails(404, "get_history", session_id)
    world.fails(404, "chat", session_id, messages=[{"role": "user", "content": "Hello?"}])


@case("delete_session", "a second time, and of an unknown one, nothing happens", "session_id")
def _(world: World) -> None:
    session_id = world.session()
    world.call("delete_session", session_id)
    same(world.call("delete_session", session_id), None)
    same(world.call("delete_session", UNKNOWN), None)


@case("get_history", "the oldest message comes first, with the ids of the answers", "session_id", needs_model=True)
def _(world: World) -> None:
    session_id = world.session()
    first, second = world.say(session_id, "say one"), world.say(session_id, "say two")
    items = world.call("get_history", session_id)["items"]
    said = [("user", "say one"), ("assistant", "one"), ("user", "say two"), ("assistant", "two")]
    same(each(items, "role", "content"), said)
    same([items[1]["id"], items[3]["id"]], [answer["response"][0][0]["id"] for answer in (first, second)])
    same((items[0]["name"] or "", items[1]["name"]), ("", "Ada"))


@case("get_history", "limit and offset cut a page out", "limit", "offset", needs_model=True)
def _(world: World) -> None:
    session_id = world.session()
    world.say(session_id, "say one")
    world.say(session_id, "say two")
    same(each(world.call("get_history", session_id, limit=2, offset=1)["items"], "content"), ["one", "say two"])
    same(world.call("get_history", session_id, limit=0)["items"] or [], [])
    same(world.call("get_history", session_id, offset=9)["items"] or [], [])


@case("get_history", "of a new session there is none", "session_id")
def _(world: World) -> None:
    same(world.call("get_history", world.session())["items"] or [], [])


@case("get_history", "an unknown session is a 404, a negative limit a 422", "session_id", "limit", "offset")
def _(world: World) -> None:
    world.fails(404, "get_history", UNKNOWN)
    world.fails(422, "get_history", world.session(), limit=-1)
    world.fails(422, "get_history", world.session(), offset=-1)


@case("delete_session_history", "the session goes on without it", "session_id", needs_model=True)
def _(world: World) -> None:
    session_id = world.session()
    world.say(session_id, "say one")
    same(world.call("delete_session_history", session_id), None)
    same(world.call("get_history", session_id)["items"] or [], [])
    holds(not any("say one" in line for line in world.prompt(session_id)), "the model is shown what was deleted")


@case("delete_session_history", "of an unknown session nothing happens", "session_id")
def _(world: World) -> None:
    same(world.call("delete_session_history", UNKNOWN), None)


@case("get_suggestions", "a remembered turn leaves some, the newest first", "session_id", "limit", needs_model=True)
def _(world: World) -> None:
    session_id = world.session(user_id=world.user())
    answer = world.say(session_id, "say one")
    world.finish(answer["jobs"])
    items = world.call("get_suggestions", session_id)["items"]
    same({(each["target"], each["content"]) for each in items}, {("user", SUGGESTED), ("agent", SUGGESTED)})
    same({each["session_id"] for each in items}, {session_id})
    same({each["message_id"] for each in items}, {answer["response"][0][0]["id"]})
    same(len(world.call("get_suggestions", session_id, limit=1)["items"]), 1)
    same(len(world.call("get_suggestions", session_id, offset=1)["items"]), 1)


SUGGESTED = "Ask about the sea."


@case("get_suggestions", "of a new session there are none", "session_id", "offset")
def _(world: World) -> None:
    same(world.call("get_suggestions", world.session(), offset=0)["items"] or [], [])


@case("get_suggestions", "an unknown session is a 404, a negative limit a 422", "session_id", "limit", "offset")
def _(world: World) -> None:
    world.fails(404, "get_suggestions", UNKNOWN)
    world.fails(422, "get_suggestions", world.session(), limit=-1)
    world.fails(422, "get_suggestions", world.session(), offset=-1)
