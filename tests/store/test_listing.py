import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from julep_local.errors import InvalidInput
from julep_local.store import users
from julep_local.store.database import Database

from .making import NOW, make_user


def equal(stored: Any, wanted: Any) -> bool:
    """What the filter promises: Python's `==`, but that true is not 1."""
    if isinstance(stored, bool) or isinstance(wanted, bool):
        return stored is wanted
    if isinstance(stored, dict) and isinstance(wanted, dict):
        return stored.keys() == wanted.keys() and all(equal(stored[key], wanted[key]) for key in wanted)
    if isinstance(stored, list) and isinstance(wanted, list):
        return len(stored) == len(wanted) and all(map(equal, stored, wanted))
    return (
        type(stored) in (int, float)
        and type(wanted) in (int, float)
        and stored == wanted
        or (type(stored) is type(wanted) and stored == wanted)
    )


def matches(metadata: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(key in metadata and equal(metadata[key], wanted[key]) for key in wanted)


KEYS = st.sampled_from(
    ["a", "b", "", "$", "$.a", "a.b", "[0]", '"', "'", "\\", "é", "key", "value", "\0", "%", "😀", "a b"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from(
        [0, 1, 1.0, 0.0, -1, 2**53 + 1, 2.0**53, "", "1", "true", "null", "x", "X", "\0", "x\0y", "'", '"', "%", "[1]"]
    )
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=3)


@pytest.fixture(scope="module")
def shared() -> Iterator[Database]:
    db = Database(":memory:")
    yield db
    db.close()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(metadata=OBJECTS, other=OBJECTS, data=st.data())
def test_the_filter_finds_what_python_would(
    shared: Database, metadata: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    # a filter that often has something to find: a part of what is stored, or something else
    part = st.sets(st.sampled_from(sorted(metadata))) if metadata else st.just(set())
    wanted = {key: metadata[key] for key in data.draw(part)} if data.draw(st.booleans()) else data.draw(OBJECTS)
    check(shared, [metadata, other], wanted)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {"a": None}),
        ({}, {"a": None}),
        ({"a": False}, {"a": 0}),
        ({"a": {"b": [1, {"c": None}], "d": 2}}, {"a": {"d": 2.0, "b": [1.0, {"c": None}]}}),
        ({"a": {"b": True}}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [1]}, {"a": [1, 1]}),
        ({"a": []}, {"a": {}}),
        ({"a": [[]]}, {"a": [{}]}),
        ({"a": {"b": None}}, {"a": {}}),
        ({"$.a": 1}, {"$.a": 1}),
        ({"a": {"b.c": 1}}, {"a": {"b": {"c": 1}}}),
        ({'a"].b': 1, "' or 1=1 --": 2}, {'a"].b': 1, "' or 1=1 --": 2}),
        ({"a": 2**53 + 1}, {"a": 2.0**53}),
        ({"ä": "Straße\\"}, {"ä": "Straße\\"}),
        ({"a": 1e300, "b": 0.1}, {"a": 1e300, "b": 0.1}),
    ],
)
def test_the_filter_compares_as_json_does(shared: Database, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    check(shared, [stored, wanted], wanted)
    check(shared, [stored], wanted)


def check(db: Database, metadata: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    with db.transaction():
        db.execute("delete from users")
        for each in metadata:
            users.add(db, make_user(metadata=each))

    found = users.page(db, limit=10, offset=0, metadata_filter=wanted, order="asc")

    assert [json.dumps(dict(user.metadata or {})) for user in found] == [
        json.dumps(each) for each in metadata if matches(each, wanted)
    ]


def test_deeply_nested_metadata_comes_back(shared: Database) -> None:
    nested: Any = 1
    for _ in range(400):
        nested = [nested]
    user = make_user(metadata={"deep": nested})
    with shared.transaction():
        users.add(shared, user)

    assert users.get(shared, user.id) == user


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()], ids=["nan", "infinity", "an object"])
def test_what_is_no_json_is_refused(shared: Database, value: object) -> None:
    with pytest.raises(InvalidInput, match="metadata"), shared.transaction():
        users.add(shared, make_user(metadata={"a": value}))
    with pytest.raises(InvalidInput, match="metadata_filter"):
        users.page(shared, limit=1, offset=0, metadata_filter={"a": value})


def test_pages_are_in_the_order_asked_for_and_of_equal_times_in_that_of_coming(db: Database) -> None:
    times = [(1, 9), (0, 8), (1, 8), (2, 7)]
    with db.transaction():
        for i, (created, updated) in enumerate(times):
            at = {"created_at": NOW + timedelta(seconds=created), "updated_at": NOW + timedelta(seconds=updated)}
            users.add(db, make_user(name=str(i), **at))

    def names(**wanted: Any) -> str:
        return "".join(str(user.name) for user in users.page(db, **{"limit": 9, "offset": 0, **wanted}))

    assert names() == "3201"
    assert names(order="asc") == "1023"
    assert names(sort_by="updated_at") == "0213"
    assert names(sort_by="updated_at", order="asc") == "3120"
    assert names(limit=2, offset=1) == "20"
    assert names(limit=0) == ""
    with pytest.raises(InvalidInput):
        names(sort_by="name; drop table users")


def test_a_page_reads_an_index_instead_of_sorting(db: Database) -> None:
    for column in ("created_at", "updated_at"):
        for direction in ("", " desc"):
            sql = f"select id from users where true order by {column}{direction}, seq{direction} limit 5"  # noqa: S608
            plan = " ".join(row["detail"] for row in db.query("explain query plan " + sql))
            assert "TEMP B-TREE" not in plan, plan
