"""Input at the border: what is acceptable, and the error that says which field is not.

Everything a caller hands in passes here before anything is read, rendered, embedded or written. It knows the types, and
neither the database nor a model.
"""

import json
import math
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import pydantic
from typing_extensions import TypedDict

from julep_local.errors import BadRequest, InvalidInput

OMIT: Any = ...
"""The default of a parameter that was not given; None says "given, as nothing"."""

MOST_MESSAGE_CHARS = 1_000_000
"""About 250,000 tokens: no window of a local model holds more, and counting the tokens of 10 MB takes seconds."""
MOST_DOC_CHARS = 20_000_000
"""Of all its chunks together, where it is a list of them."""
MOST_DOC_CHUNKS = 100_000
"""In a list; a text of as many characters as are accepted is cut into fewer."""
MOST_METADATA_DEPTH = 100
"""SQLite's JSON functions stop at 1,000 levels, Python's own near that; nobody's metadata comes close."""
DEFAULT_LIMIT = 100
SORT_BY = ("created_at", "updated_at")
ORDER = ("asc", "desc")
MOST_ROWS = 2**40
"""What a larger limit or offset comes down to: the sum of the two must still be an integer of SQLite's."""

STORED_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""An id as it is kept: a UUID of version 4 in lower case, with dashes."""

M = TypeVar("M", bound=pydantic.BaseModel)


def given(value: Any) -> bool:
    """Whether the caller gave the argument, and not as nothing."""
    return value is not OMIT and value is not None


def or_default(value: Any, default: Any) -> Any:
    """Return the value, or the default where it is not given or None."""
    return value if given(value) else default


def resource_id(value: Any, field: str) -> str:
    """Return the id in its stored form, a lower-case UUID with dashes.

    Raises:
        InvalidInput: it is no UUID of version 4.
    """
    if type(value) is str and STORED_ID.fullmatch(value):  # a fifth of the time that parsing takes
        return value
    try:
        parsed = value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise InvalidInput(f"{_shown(value)} is not a UUID", field=field) from None
    if parsed.version != 4:
        raise InvalidInput(f"{_shown(value)} is a UUID, but not of version 4", field=field)
    return str(parsed)


def text(value: Any, field: str, *, most_chars: int = MOST_MESSAGE_CHARS) -> str:
    """Return the text.

    Raises:
        InvalidInput: it is no string, too long, or holds a NUL or half of a surrogate pair, which SQLite would cut or
            refuse.
    """
    if not isinstance(value, str):
        raise InvalidInput(f"must be a string, not {type(value).__name__}", field=field)
    if len(value) > most_chars:
        raise InvalidInput(f"has {len(value):,} characters; at most {most_chars:,} are accepted", field=field)
    if "\x00" in value:
        raise InvalidInput(f"holds a NUL character at position {value.index(chr(0))}; remove it", field=field)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"holds half of a surrogate pair at position {error.start}; decode the text as UTF-16 or UTF-8 first",
            field=field,
        ) from None
    return value


def is_blank(value: str) -> bool:
    """Whether nothing of a text is seen: it holds only white space, control characters and marks of zero width."""
    return all(unicodedata.category(character) in _UNSEEN for character in value.strip())


_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def metadata(value: Any, field: str = "metadata") -> dict[str, Any]:
    """Return a plain copy of a metadata object; not given or None is an empty one.

    Raises:
        InvalidInput: it is no JSON object.
    """
    if not given(value):
        return {}
    value = _mapping(value)
    if not isinstance(value, Mapping):
        raise InvalidInput(f"must be an object (a dict), not {type(value).__name__}", field=field)
    return json_object(value, field)


def json_object(value: Mapping[Any, Any], field: str) -> dict[str, Any]:
    """Return a deep copy made of nothing but dicts, lists, strings, numbers, booleans and None."""
    copied = _json_copy(value, field, 0)
    assert isinstance(copied, dict)
    return copied


def _json_copy(value: Any, field: str, depth: int) -> Any:
    if depth > MOST_METADATA_DEPTH:
        raise InvalidInput(f"is nested deeper than {MOST_METADATA_DEPTH} levels", field=field)
    if isinstance(value, str):
        return text(value, field)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise InvalidInput(f"{_shown(value)} does not fit 64 bits; write it as a string", field=field)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput(f"{value} is not a JSON number", field=field)
        return value
    value = _mapping(value)
    if isinstance(value, Mapping):
        return {_key(key, field): _json_copy(item, f"{field}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_json_copy(item, f"{field}[{i}]", depth + 1) for i, item in enumerate(value)]
    raise InvalidInput(f"{type(value).__name__} is not a JSON value", field=field)


def _mapping(value: Any) -> Any:
    """Return a model's fields, unchecked as they are, and anything else as it is."""
    if isinstance(value, pydantic.BaseModel) and not isinstance(value, Mapping):
        return dict(value)
    return value


def _key(key: Any, field: str) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"the key {_shown(key)} is not a string", field=field)
    return text(key, field)


def metadata_filter(value: Any) -> dict[str, Any] | None:
    """Return the filter of a JSON text; None where there is none.

    Raises:
        BadRequest: it is not JSON, or not an object.
    """
    if not given(value):
        return None
    if not isinstance(value, str):
        raise BadRequest(f"metadata_filter must be JSON text of an object, not {type(value).__name__}")
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"metadata_filter is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise BadRequest(f"metadata_filter must be a JSON object, not {type(parsed).__name__}")
    try:
        return json_object(parsed, "metadata_filter") or None
    except InvalidInput as error:
        raise BadRequest(error.message) from None


def page(limit: Any, offset: Any) -> tuple[int, int]:
    """Return limit and offset of a list; the defaults are 100 and 0.

    Raises:
        InvalidInput: one of them is no whole number, or negative.
    """
    return _count(limit, "limit", DEFAULT_LIMIT), _count(offset, "offset", 0)


class Listing(TypedDict):
    """Which part of a list is wanted, in which order."""

    limit: int
    offset: int
    metadata_filter: dict[str, Any] | None
    sort_by: str
    order: str


def listing(limit: Any, offset: Any, metadata_filter_text: Any, sort_by: Any, order: Any) -> Listing:
    """Return the arguments of a list, checked: by default the 100 newest.

    Raises:
        InvalidInput: one of them is not acceptable.
        BadRequest: the filter is no JSON object.
    """
    n, skip = page(limit, offset)
    return {
        "limit": n,
        "offset": skip,
        "metadata_filter": metadata_filter(metadata_filter_text),
        "sort_by": choice(sort_by, SORT_BY, "sort_by", "created_at"),
        "order": choice(order, ORDER, "order", "desc"),
    }


def _count(value: Any, field: str, default: int) -> int:
    if not given(value):
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"must be a whole number, not {_shown(value)}", field=field)
    if not 0 <= value < 2**63:
        raise InvalidInput(f"must be between 0 and 2**63, not {_shown(value)}", field=field)
    return min(value, MOST_ROWS)


def choice(value: Any, allowed: Sequence[str], field: str, default: str) -> str:
    """Return one of the allowed words, given as a string or an enum member."""
    if not given(value):
        return default
    word = getattr(value, "value", value)
    if word not in allowed:
        raise InvalidInput(f"must be one of {', '.join(allowed)}, not {_shown(value)}", field=field)
    return str(word)


def flag(value: Any, field: str, default: bool) -> bool:
    """Return a boolean.

    Raises:
        InvalidInput: it is neither True nor False.
    """
    if not given(value):
        return default
    if not isinstance(value, bool):
        raise InvalidInput(f"must be true or false, not {_shown(value)}", field=field)
    return value


def time(value: Any, field: str) -> datetime:
    """Return a time with its zone.

    Raises:
        InvalidInput: it is no datetime, or says no time zone.
    """
    if not isinstance(value, datetime):
        raise InvalidInput(f"must be a datetime, not {_shown(value)}", field=field)
    if value.tzinfo is None:
        raise InvalidInput(f"{value!r} says no time zone: add tzinfo=timezone.utc", field=field)
    return value


def number(
    value: Any, field: str, low: float, high: float, *, above_low: bool = False, below_high: bool = False
) -> float:
    """Return a number within its range.

    Raises:
        InvalidInput: it is no finite number, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise InvalidInput(f"must be a number, not {_shown(value)}", field=field)
    fits_low = value > low if above_low else value >= low
    fits_high = value < high if below_high else value <= high
    if not (fits_low and fits_high):
        raise InvalidInput(
            f"must be {'above' if above_low else 'at least'} {low:g} "
            f"and {'below' if below_high else 'at most'} {high:g}, not {_shown(value)}",
            field=field,
        )
    return float(value)


def record(kind: type[M], value: Any, field: str) -> M:
    """Return the value as this type; dicts are accepted wherever the SDK names a model.

    Raises:
        InvalidInput: a key is missing or of the wrong kind; the field says where.
    """
    if isinstance(value, kind):
        return value
    if isinstance(value, pydantic.BaseModel):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    try:
        return kind.model_validate(value)
    except pydantic.ValidationError as error:
        raise _invalid(error, value, field) from None


def _invalid(error: pydantic.ValidationError, value: Any, field: str) -> InvalidInput:
    """Return pydantic's complaint as ours: of those about the members of a union the one that got furthest."""
    complaints = error.errors(include_url=False, include_context=False, include_input=False)
    places = [_place(complaint["loc"], complaint["type"], value) for complaint in complaints]
    furthest = max(range(len(places)), key=lambda i: len(places[i]) if _same_place(places[i], places[0]) else 0)
    return InvalidInput(complaints[furthest]["msg"], field=field + "".join(places[furthest]))


def _place(steps: Sequence[int | str], kind: str, value: Any) -> list[str]:
    """Return where the caller wrote it, without the names of types that pydantic puts between."""
    place: list[str] = []
    for i, step in enumerate(steps):
        missing = kind == "missing" and i == len(steps) - 1
        if isinstance(value, Mapping) and isinstance(step, str) and (step in value or missing):
            place.append(f".{step}")
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int):
            place.append(f"[{step}]")
            value = value[step]
    return place


def _same_place(place: Sequence[str], first: Sequence[str]) -> bool:
    return place[: len(first)] == first


def _shown(value: Any) -> str:
    try:
        shown = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return f"{type(value).__name__} of too many digits"
    return shown if len(shown) <= 60 else shown[:57] + "..."


def plain_content(content: Any) -> str | list[dict[str, Any]]:
    """Return a message's content as it is kept: a string for plain text, a list of parts for real multipart content."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = [part.model_dump(mode="json") if isinstance(part, pydantic.BaseModel) else dict(part) for part in content]
    if len(parts) == 1 and parts[0].get("type") == "text":
        return str(parts[0]["text"])
    return parts


def listed(value: Any, field: str) -> list[Any]:
    """Return a list or tuple as a list.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"must be a list, not {type(value).__name__}", field=field)
    return list(value)
