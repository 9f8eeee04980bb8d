"""What the types share: read-only pydantic models, open objects that keep every key, timestamps in UTC.

It knows no resource. Validators are built at first use: building all of them at import would take 38 ms more than the
23 ms that importing the types takes.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pydantic.main
from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, model_validator
from typing_extensions import Self

JsonObject = dict[str, Any]

# what `.json()` hands to pydantic; everything else, such as `indent`, is for the JSON writer
_DUMP_OPTIONS = frozenset(
    {"include", "exclude", "by_alias", "exclude_unset", "exclude_defaults", "exclude_none", "round_trip", "context"}
)

# Two threads that meet at a model's first use build it at once, and one takes away what the other has made: an
# AttributeError, seen with pydantic 2.12. Where pydantic has a lock of its own, a second could only deadlock with it.
_building = getattr(pydantic.main, "_rebuild_lock", None) or threading.RLock()
if hasattr(os, "register_at_fork"):  # else it stays locked for ever in a process forked off while another thread builds
    os.register_at_fork(before=_building.acquire, after_in_parent=_building.release, after_in_child=_building.release)
_is_first = True
"""Whether no type has been built yet."""


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is timezone.utc:
        return value
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)


def timestamp_text(value: datetime) -> str:
    """Return the ISO 8601 text in UTC, always with microseconds, so that texts sort like times."""
    return f"{_in_utc(value).isoformat(timespec='microseconds')[:-6]}Z"


def _in_json(value: Any) -> Any:
    return timestamp_text(value) if isinstance(value, datetime) else value  # `construct` takes anything


Timestamp = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(_in_json, str, "json-unless-none")]
"""A time in UTC; one that came without an offset is taken as UTC."""


class Record(BaseModel):
    """A value that crosses the API. It cannot be changed, and keys it does not know are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    if not TYPE_CHECKING:  # a type checker knows from `frozen` already

        def __setattr__(self, name: str, value: object) -> None:
            raise TypeError(f"{type(self).__name__} cannot be changed: use .copy(update={{{name!r}: ...}})")

        def __delattr__(self, name: str) -> None:
            raise TypeError(f"{type(self).__name__} cannot be changed")

    @model_validator(mode="before")
    @classmethod
    def _from_another_record(cls, value: Any) -> Any:
        # a Tool is accepted where a CreateToolRequest is wanted, one metadata class where another is
        if isinstance(value, Record) and not isinstance(value, cls):
            return value.dict()
        return value

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Optional[Mapping[str, Any]] = None,
    ) -> Optional[bool]:
        """Build the validator, once even when several threads ask for it."""
        global _is_first
        with _building:
            has_built = super().model_rebuild(
                force=force,
                raise_errors=raise_errors,
                _parent_namespace_depth=_parent_namespace_depth + 1,  # this frame
                _types_namespace=_types_namespace,
            )
            if _is_first:
                _is_first = False
                from julep_local.types._first_use import use_all_once

                use_all_once()
            return has_built

    @classmethod
    def construct(cls, /, _fields_set: Optional[set[str]] = None, **values: Any) -> Self:
        """Return an instance of exactly these values, unchecked; unknown names become attributes too."""
        made = cls.model_construct(_fields_set, **values)
        known = {field.serialization_alias for field in cls.model_fields.values()} | cls.model_fields.keys()
        vars(made).update({name: value for name, value in values.items() if name not in known})
        return made

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """Return the instance that the mapping describes."""
        return cls.model_validate(obj)

    def copy(self, *, update: Optional[Mapping[str, Any]] = None, deep: bool = False) -> Self:  # type: ignore[override]
        """Return a copy with some values changed, unchecked."""
        return self.model_copy(update=update, deep=deep)

    def json(self, **kwargs: Any) -> str:
        """Return the values that were given as JSON text; `indent` and the like go to the JSON writer."""
        options = {name: kwargs.pop(name) for name in _DUMP_OPTIONS & kwargs.keys()}
        return json.dumps(self.dict(mode="json", **options), **kwargs)

    def dict(self, **kwargs: Any) -> JsonObject:
        """Return the values that were given, under the names they have in JSON."""
        kwargs.setdefault("by_alias", True)
        kwargs.setdefault("exclude_unset", True)
        kwargs.setdefault("warnings", False)  # about values that `construct` took unchecked
        values = self.model_dump(**kwargs)
        fields = type(self).model_fields
        # `construct` took names that pydantic knows no field for
        values.update({name: value for name, value in vars(self).items() if name not in fields})
        return values


class OpenRecord(Record, Mapping[str, Any]):
    """A JSON object with keys of the caller's own, read as a mapping (`m["k"]`) or, where the name allows, as `m.k`.

    Equal to a plain dict of the same content. A key that is also a method, like `keys`, is read as `m["keys"]`.
    """

    model_config = ConfigDict(extra="allow")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    @classmethod
    def construct(cls, /, _fields_set: Optional[set[str]] = None, **values: Any) -> Self:
        """Return an instance of exactly these values: there is nothing to check."""
        return cls.model_validate(values)

    @property
    def _content(self) -> JsonObject:
        return self.__pydantic_extra__ or {}

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # pydantic's gives pairs, a mapping's keys
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OpenRecord):
            return self._content == other._content
        if isinstance(other, Mapping):
            return self._content == dict(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._content))  # the values may be lists
