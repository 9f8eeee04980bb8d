"""Docs of agents and of users: the same methods twice."""

from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.cases.listing import add_listing_cases, listed
from julep_local.testing.conformance.world import UNKNOWN, World, each, same

case = Cases()


def _add(owner: str) -> None:
    """Add the cases of the docs of an `agent` or a `user`."""
    create, read, delete = f"create_{owner}_doc", f"get_{owner}_docs", f"delete_{owner}_doc"
    owner_id, other = f"{owner}_id", "user" if owner == "agent" else "agent"

    def new_owner(world: World) -> str:
        return world.agent() if owner == "agent" else world.user()

    def new_doc(world: World, id: str, **doc: Any) -> str:
        created = world.call(create, id, request={"title": "Ferry", "content": "At nine.", **doc})
        world.finish(created["jobs"])
        return str(created["id"])

    @case(create, "it comes back as it was given, with its job", owner_id, "request")
    def _(world: World) -> None:
        id = new_owner(world)
        metadata = {"a": {"b": [1, None]}}
        for content in ("At nine.\n\n  Or at ten.", ["one", " two "], "x" * 5000):
            created = world.call(create, id, request={"title": "Ferry", "content": content, "metadata": metadata})
            same(len(created["jobs"]), 1, "jobs")
            world.finish(created["jobs"])
            doc = world.call(read, id)["items"][0]
            same((doc["id"], doc["title"], doc["content"]), (created["id"], "Ferry", content))
            same(doc["metadata"], metadata)

    @case(create, "an unknown owner is a 404", owner_id)
    def _(world: World) -> None:
        world.fails(404, create, UNKNOWN, request={"title": "Ferry", "content": "At nine."})

    bad: dict[str, Any] = {
        "no title": {"content": "x"},
        "no content": {"title": "x"},
        "empty content": {"title": "x", "content": ""},
        "an empty list": {"title": "x", "content": []},
        "an empty text in a list": {"title": "x", "content": ["a", ""]},
        "content that is no text": {"title": "x", "content": 5},
        "metadata that are no object": {"title": "x", "content": "x", "metadata": 5},
    }
    for name, request in bad.items():

        @case(create, f"{name} is refused", "request")
        def _(world: World, request: Any = request) -> None:
            id = new_owner(world)
            world.fails(422, create, id, request=request)
            same(world.call(read, id)["items"] or [], [])

    owners: dict[str, str] = {}

    def make(world: World, **values: Any) -> str:
        # one owner a case
        if world.tag not in owners:
            owners[world.tag] = new_owner(world)
        request = {"title": "Ferry", "content": "At nine.", "metadata": {"tag": world.tag, **values}}
        return str(world.call(create, owners[world.tag], request=request)["id"])  # listed before its job has ended, too

    def items(world: World, **options: Any) -> Any:
        return listed(read)(world, owners.get(world.tag) or new_owner(world), **options)

    add_listing_cases(case, read, make, items)

    @case(read, "an unknown owner is a 404, and what is no id a 422", owner_id)
    def _(world: World) -> None:
        world.fails(404, read, UNKNOWN)
        world.fails(422, read, "x")

    @case(read, "others' docs are not among them", owner_id)
    def _(world: World) -> None:
        id = new_owner(world)
        new_doc(world, id)
        same(world.call(read, new_owner(world))["items"] or [], [])
        world.fails(404, f"get_{other}_docs", id)

    @case(delete, "it is gone, and a second time a 404", owner_id, "doc_id")
    def _(world: World) -> None:
        id = new_owner(world)
        kept, doc_id = new_doc(world, id), new_doc(world, id)
        same(world.call(delete, id, doc_id), None)
        same(each(world.call(read, id)["items"], "id"), [kept])
        world.fails(404, delete, id, doc_id)

    @case(delete, "of another owner it stays, and is a 404", owner_id, "doc_id")
    def _(world: World) -> None:
        id = new_owner(world)
        doc_id = new_doc(world, id)
        world.fails(404, delete, new_owner(world), doc_id)
        world.fails(404, delete, id, UNKNOWN)
        same(each(world.call(read, id)["items"], "id"), [doc_id])


_add("agent")
_add("user")
