"""What holds for every list: paging, order, metadata filters."""

import json
from collections.abc import Callable
from typing import Any

from julep_local.testing.conformance.case import Cases
from julep_local.testing.conformance.world import Word, World, each, same

Make = Callable[..., Any]
"""Takes a world and metadata, makes a thing of one kind and returns its id."""
Lists = Callable[..., Any]
"""Takes a world and arguments, and returns the items."""

ODD: dict[str, Any] = {
    "text": 'quotes " and \\ and \n and ünï',
    "list": [1, "two", None],
    "deep": {"a": {"b": 1.5}},
    "none": None,
}


def add_listing_cases(case: Cases, method: str, make: Make, items: Lists, *, has_order: bool = True) -> None:
    """Add the cases of a method that lists what `make` makes; `items` calls it."""

    def filter_of(world: World, **wanted: Any) -> str:
        return json.dumps({"tag": world.tag, **wanted})

    @case(method, "the newest come first", "metadata_filter")
    def _(world: World) -> None:
        made = [make(world) for _ in range(3)]
        same(each(items(world, metadata_filter=world.mine), "id"), made[::-1])

    @case(method, "limit and offset cut a page out", "limit", "offset")
    def _(world: World) -> None:
        made = [make(world) for _ in range(4)]
        same(each(items(world, metadata_filter=world.mine, limit=2), "id"), [made[3], made[2]])
        same(each(items(world, metadata_filter=world.mine, limit=2, offset=1), "id"), [made[2], made[1]])
        same(items(world, metadata_filter=world.mine, limit=2, offset=4), [])

    @case(method, "a limit of nothing is nothing", "limit")
    def _(world: World) -> None:
        make(world)
        same(items(world, metadata_filter=world.mine, limit=0), [])

    @case(method, "a hundred come if nobody says how many", "limit")
    def _(world: World) -> None:
        made = [make(world) for _ in range(101)]
        same(each(items(world, metadata_filter=world.mine), "id"), made[:0:-1])

    for name, value in (("limit", -1), ("offset", -1), ("limit", "many")):

        @case(method, f"{name}={value!r} is refused", name)
        def _(world: World, name: str = name, value: Any = value) -> None:
            items(world, fails=422, **{name: value})

    @case(method, "a filter finds equal values, all of them", "metadata_filter")
    def _(world: World) -> None:
        both = make(world, kind="cat", lives=9)
        make(world, kind="cat", lives=8)
        make(world, kind="dog", lives=9)
        same(each(items(world, metadata_filter=filter_of(world, kind="cat", lives=9)), "id"), [both])

    for kind, odd_value in ODD.items():

        @case(method, f"a filter finds {kind} values as JSON compares them", "metadata_filter")
        def _(world: World, name: str = kind, value: Any = odd_value) -> None:
            make(world, **{name: "another"})
            odd = make(world, **{name: value})
            same(each(items(world, metadata_filter=filter_of(world, **{name: value})), "id"), [odd])

    @case(method, "a filter that is no JSON, or no object, is refused", "metadata_filter")
    def _(world: World) -> None:
        items(world, fails=400, metadata_filter="{")
        items(world, fails=400, metadata_filter="[1]")

    if not has_order:
        return

    @case(method, "ascending order begins with the oldest", "order")
    def _(world: World) -> None:
        made = [make(world) for _ in range(3)]
        same(each(items(world, metadata_filter=world.mine, order="asc"), "id"), made)
        same(each(items(world, metadata_filter=world.mine, order="desc"), "id"), made[::-1])

    @case(method, "another order or another field is refused", "order", "sort_by")
    def _(world: World) -> None:
        items(world, fails=422, order="up")
        items(world, fails=422, sort_by="name")

    @case(method, "it is sorted by the time of creation or of the last change", "sort_by")
    def _(world: World) -> None:
        made = [make(world) for _ in range(2)]
        same(each(items(world, metadata_filter=world.mine, sort_by=Word("created_at")), "id"), made[::-1])
        same(each(items(world, metadata_filter=world.mine, sort_by=Word("updated_at"), order="asc"), "id"), made)


def listed(method: str) -> Lists:
    """Return a function that calls a method which lists all things of a kind."""

    def items(world: World, *args: Any, fails: int | None = None, **options: Any) -> Any:
        if fails is not None:
            return world.fails(fails, method, *args, **options)
        return world.call(method, *args, **options)["items"] or []

    return items
