"""Users."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.cases.listing import add_listing_cases, listed
from julep_local.testing.conformance.world import UNKNOWN, World, each, holds, same

case = Cases()


@case("create_user", "nothing is needed, and all has defaults", "name", "about", "metadata", "docs")
def _(world: World) -> None:
    for given in ({}, {"name": None, "about": None, "metadata": None, "docs": None}):
        created = world.call("create_user", **given)
        user = world.call("get_user", created["id"])
        same((user["name"], user["about"], user["metadata"]), ("User", "", {}))
        same(created["jobs"] or [], [])


@case("create_user", "what is given comes back", "name", "about", "metadata")
def _(world: World) -> None:
    metadata = {"deep": {"list": [1, None, "ü"]}}
    user = world.call("get_user", world.call("create_user", name="Bo", about="likes maps", metadata=metadata)["id"])
    same((user["name"], user["about"], user["metadata"]), ("Bo", "likes maps", metadata))


@case("create_user", "docs come with it, each with a job", "docs")
def _(world: World) -> None:
    created = world.call("create_user", docs=[{"title": "Notes", "content": "one"}])
    world.finish(created["jobs"])
    holds(created["jobs"], "there is no job for the doc")
    same(each(world.call("get_user_docs", created["id"])["items"], "title"), ["Notes"])


BAD: dict[str, Any] = {"name": 5, "about": ["x"], "metadata": "text", "docs": [{"content": "no title"}]}
for name, bad in BAD.items():

    @case("create_user", f"a {name} of the wrong kind is refused", name)
    def _(world: World, name: str = name, bad: Any = bad) -> None:
        world.fails(422, "create_user", **{name: bad})


@case("get_user", "an unknown one is a 404, and what is no id a 422", "user_id")
def _(world: World) -> None:
    world.fails(404, "get_user", UNKNOWN)
    world.fails(422, "get_user", "bo")


add_listing_cases(case, "list_users", lambda world, **values: world.user(metadata=values), listed("list_users"))


@case("update_user", "metadata that are not given become empty", "user_id", "name", "about")
def _(world: World) -> None:
    user_id = world.user(about="likes maps")
    world.call("update_user", user_id, name="Eve", about="")
    user = world.call("get_user", user_id)
    same((user["name"], user["about"], user["metadata"]), ("Eve", "", {}))


@case("update_user", "metadata that are given replace the old ones", "metadata")
def _(world: World) -> None:
    user_id = world.user(metadata={"old": 1})
    world.call("update_user", user_id, name="Bo", about="", metadata={"new": 2})
    same(world.call("get_user", user_id)["metadata"], {"new": 2})


@case("update_user", "an unknown one is a 404", "user_id")
def _(world: World) -> None:
    world.fails(404, "update_user", UNKNOWN, name="Bo", about="")


@case("patch_user", "what is given changes, and the rest stays", "user_id", "name", "about")
def _(world: World) -> None:
    user_id = world.user(about="likes maps")
    world.call("patch_user", user_id, name="Eve")
    same(each([world.call("get_user", user_id)], "name", "about"), [("Eve", "likes maps")])
    world.call("patch_user", user_id, about="")
    same(each([world.call("get_user", user_id)], "name", "about"), [("Eve", "")])


@case("patch_user", "metadata merge: objects by key, lists are replaced, None removes", "metadata")
def _(world: World) -> None:
    user_id = world.user(metadata={"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": True})
    world.call("patch_user", user_id, metadata={"a": {"b": 5}, "list": [3], "gone": None})
    same(world.call("get_user", user_id)["metadata"], {"tag": world.tag, "a": {"b": 5, "c": 2}, "list": [3]})


@case("patch_user", "nothing given changes nothing", "user_id")
def _(world: World) -> None:
    user_id = world.user(about="likes maps")
    before = world.call("get_user", user_id)
    world.call("patch_user", user_id)
    same({**world.call("get_user", user_id), "updated_at": None}, {**before, "updated_at": None})


@case("patch_user", "an unknown one is a 404", "user_id")
def _(world: World) -> None:
    world.fails(404, "patch_user", UNKNOWN, name="Bo")


@case("delete_user", "it is gone, with its docs; its sessions stay", "user_id")
def _(world: World) -> None:
    user_id = world.user(docs=[{"title": "Notes", "content": "one"}])
    session_id = world.session(user_id=user_id)
    same(world.call("delete_user", user_id), None)
    world.fails(404, "get_user", user_id)
    world.fails(404, "get_user_docs", user_id)
    same(world.call("get_session", session_id)["id"], session_id)


@case("delete_user", "a second time, and of an unknown one, nothing happens", "user_id")
def _(world: World) -> None:
    user_id = world.user()
    world.call("delete_user", user_id)
    same(world.call("delete_user", user_id), None)
    same(world.call("delete_user", UNKNOWN), None)
