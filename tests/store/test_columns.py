from datetime import datetime, timedelta, timezone

import pytest

from julep_local.errors import InvalidInput
from julep_local.store.columns import json_text, json_value, time_text
from julep_local.types import AgentMetadata


def test_times_are_utc_with_microseconds() -> None:
    assert time_text(datetime(2024, 5, 17, tzinfo=timezone.utc)) == "2024-05-17T00:00:00.000000Z"
    east = timezone(timedelta(hours=2))
    assert time_text(datetime(2024, 5, 17, 1, 2, 3, 4, east)) == "2024-05-16T23:02:03.000004Z"
    assert time_text(None) is None


@pytest.mark.parametrize("value", ["é😀\0", [1, 2.5, None, True], {"a": {"b": []}}, 2**70, 1e-300])
def test_json_comes_back_as_it_was(value: object) -> None:
    assert json_value(json_text(value, "metadata")) == value


def test_open_objects_are_stored_as_their_content() -> None:
    assert json_text({"a": AgentMetadata(b=AgentMetadata(c=1))}, "metadata") == '{"a":{"b":{"c":1}}}'


def test_what_has_no_json_form_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)

    for value in (float("nan"), {1, 2}, endless):
        with pytest.raises(InvalidInput, match="metadata"):
            json_text(value, "metadata")
