"""Everything that the types need of pydantic, used once, so that no fork falls into a first use.

The compiled part of pydantic makes each name it works with when it first needs it, and lets other threads run meanwhile
(PyO3's `PyOnceLock`). In a process that is forked off at that moment the name is being made for ever, and whoever needs
it waits as long.
"""

from enum import Enum
from typing import Any, Literal, Optional, Union

from pydantic import Field, ValidationError

from julep_local.types._base import OpenRecord, Record, Timestamp


class _Kind(str, Enum):
    ONE = "one"


class _One(Record):
    kind: Literal[_Kind.ONE]


class _Other(Record):
    kind: Literal["other"]
    n: int


class _Sample(Record):
    """A field of each sort that the types have."""

    text: str = Field(alias="Text")
    number: float
    kind: _Kind
    created_at: Timestamp
    updated_at: Optional[Timestamp] = None
    metadata: Optional[OpenRecord] = None
    parts: list[Union[_One, _Other]]
    content: Union[str, list[_One], dict[str, Any]]


def use_all_once() -> None:
    """Check, write and refuse values of each sort; it takes 2 ms."""
    sample = _Sample.model_validate(
        {
            "Text": "a",
            "number": 1.5,
            "kind": "one",
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": 0,
            "metadata": {"a": {"b": [1]}},
            "parts": [{"kind": "one"}, {"kind": "other", "n": 1}],
            "content": [{"kind": "one"}],
        }
    )
    sample.dict(include={"text", "metadata", "parts"}, exclude={"number"})
    sample.dict(mode="json", exclude_none=True, exclude_defaults=True)
    sample.model_dump_json(by_alias=True)
    sample.copy(update={"number": 2})
    try:
        _Sample.model_validate(
            {"kind": "two", "number": "a", "created_at": "a", "parts": [{"kind": "other", "n": "a"}]}
        )
    except ValidationError as error:
        error.errors()
        error.errors(include_url=False, include_context=False, include_input=False)
        str(error)
