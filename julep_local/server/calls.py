"""A request's path, query and body made into the arguments of a call, and its result made into JSON.

It knows no HTTP: what comes in is text and bytes. Which values are acceptable is for the method to say.
"""

import enum
import json
import re
import typing
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

import pydantic

from julep_local.errors import InvalidInput
from julep_local.server.routes import Operation
from julep_local.types import ResourceDeletedResponse

_WHOLE_NUMBER = re.compile("-?[0-9]{1,19}")
_MOST_QUERY_FIELDS = 100


def arguments(operation: Operation, path: Mapping[str, str], query: bytes, body: bytes) -> dict[str, Any]:
    """Return the arguments of the call; keys that the method has no parameter for are left out.

    Raises:
        InvalidInput: the body is no JSON object, or something is missing or cannot be read.
    """
    if operation.is_body is not None:
        return {**path, operation.is_body: json_object(body)}
    given = _from_query(operation, query) if not operation.has_body else _from_body(operation, body)
    for name in operation.required:
        if name not in given:
            raise InvalidInput("is missing", field=name)
    return {**path, **given}


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is.

    Raises:
        InvalidInput: it is something else.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # of bytes that are no text too
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(f"is not JSON: {reason}", field="body") from None
    if not isinstance(value, dict):
        raise InvalidInput(f"must be a JSON object, not {_JSON_NAMES[type(value)]}", field="body")
    return value


def encoded(operation: Operation, path: Mapping[str, str], result: Any) -> bytes:
    """Return the result as JSON; of what was deleted, its id."""
    if operation.deletes:
        deleted = path[operation.in_path[-1]]
        result = ResourceDeletedResponse(id=deleted, deleted_at=datetime.now(timezone.utc), jobs=[])
    return json_of(result)


def json_of(record: pydantic.BaseModel, *, all_fields: bool = True) -> bytes:
    """Return a record as JSON, the names as in the API."""
    return record.model_dump_json(by_alias=True, exclude_unset=not all_fields).encode()


_JSON_NAMES = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


def _refuse_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _from_body(operation: Operation, body: bytes) -> dict[str, Any]:
    given = json_object(body)
    return {name: given[name] for name in operation.in_body if name in given}


def _from_query(operation: Operation, query: bytes) -> dict[str, Any]:
    if not query:
        return {}
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_QUERY_FIELDS)
    except ValueError:
        raise InvalidInput(f"has more than {_MOST_QUERY_FIELDS} parts", field="query") from None
    known = operation.in_query
    return {name: _read(text, known[name].annotation, name) for name, text in pairs if name in known}


def _read(text: str, annotation: Any, name: str) -> Any:
    """Return a text from a query as the parameter wants it."""
    kinds = typing.get_args(annotation) or (annotation,)
    if int in kinds:
        if not _WHOLE_NUMBER.fullmatch(text):
            raise InvalidInput(f"must be a whole number, not {text[:60]!r}", field=name)
        return int(text)
    kind = next((each for each in kinds if isinstance(each, type) and issubclass(each, enum.Enum)), None)
    # the Python SDK writes an enum's member as Python shows it: ListAgentsRequestOrder.ASC
    if kind is not None and text.startswith(f"{kind.__name__}."):
        return text.removeprefix(f"{kind.__name__}.").lower()
    return text
