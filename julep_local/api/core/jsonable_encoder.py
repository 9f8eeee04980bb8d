"""Any value as the plain dicts, lists, texts and numbers that JSON can hold."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any, Optional
from uuid import UUID

from pydantic import BaseModel

from julep_local.types import Record


def jsonable_encoder(obj: Any, custom_encoder: Optional[Mapping[Any, Callable[[Any], Any]]] = None) -> Any:
    """Return the value in JSON's own types: models by alias and without what was not given, enums by value.

    Args:
        obj: What to encode; containers are encoded to any depth.
        custom_encoder: Functions that encode values of exactly these types.
    """
    own = (custom_encoder or {}).get(type(obj))
    if own is not None:
        return own(obj)
    if isinstance(obj, Record):
        return jsonable_encoder(obj.dict(), custom_encoder)
    if isinstance(obj, BaseModel):
        return jsonable_encoder(obj.model_dump(by_alias=True, exclude_unset=True), custom_encoder)
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return jsonable_encoder(dataclasses.asdict(obj), custom_encoder)
    if isinstance(obj, Enum):
        return obj.value
    if obj is None or isinstance(obj, (str, int, float)):
        return obj
    if isinstance(obj, (UUID, PurePath, date)):  # a datetime is a date, and gets a blank instead of the T
        return str(obj)
    if isinstance(obj, bytes):
        return obj.decode()
    if isinstance(obj, Mapping):
        return {
            jsonable_encoder(key, custom_encoder): jsonable_encoder(value, custom_encoder) for key, value in obj.items()
        }
    if isinstance(obj, Iterable):
        return [jsonable_encoder(item, custom_encoder) for item in obj]
    return jsonable_encoder(vars(obj), custom_encoder)
