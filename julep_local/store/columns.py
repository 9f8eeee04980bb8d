"""How Python values stand in columns: JSON as text, times as ISO 8601 text in UTC. It knows no table."""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from pydantic_core import from_json

from julep_local.errors import InvalidInput, NotADatabase
from julep_local.types import Record

Row = Any
R = TypeVar("R")

_WORD = re.compile(r"\w+")


def json_text(value: object, column: str) -> str:
    """Return the JSON text to store.

    Raises:
        InvalidInput: it has no JSON form. `column` is named in it.
    """
    try:
        # as characters, not as \\u escapes: readable in the file, and half a surrogate pair cannot hide
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"cannot be stored as JSON: {error}", field=column) from error


def json_value(text: str) -> Any:
    """Return what the stored JSON text means."""
    try:
        return from_json(text)  # four times as fast as json.loads
    except ValueError:
        return json.loads(text)  # nested deeper than that one reads


def time_text(value: datetime | None) -> str | None:
    """Return the ISO 8601 text of a time with an offset: always with microseconds, so that texts sort like times."""
    if value is None:
        return None
    return value.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def text_hash(*texts: str) -> int:
    """Return 64 bits of the texts' SHA-256, as the signed integer that a column holds."""
    digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def words_hash(text: str) -> int:
    """Return the hash of a text's words, whatever their case and the marks between them."""
    return text_hash(*_WORD.findall(text.casefold()))


def read_from_row(made: Callable[[Row], R]) -> Callable[[Row], R]:
    """Have a function that makes a value of a row tell that the row is damaged, where none can be made of it.

    SQLite gives back whatever stands on the disk, and a bit that has flipped in a time or in JSON makes it none.
    """

    @functools.wraps(made)
    def of(row: Row) -> R:
        try:
            return made(row)
        except ValueError as error:  # pydantic's and json's too
            raise NotADatabase(
                f"it is damaged, {made.__name__.strip('_')} cannot be read from it: client.doctor() tells which rows "
                f"are ({error})",
                path="a row of the file",
            ) from error

    return of


def _plain(value: object) -> object:
    if isinstance(value, Record):
        return value.dict()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
