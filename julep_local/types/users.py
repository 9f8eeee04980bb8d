"""Users: whom an agent talks to."""

from typing import Optional

from julep_local.types._base import OpenRecord, Record, Timestamp
from julep_local.types._enums import Order, SortBy


class UserMetadata(OpenRecord):
    """What the caller keeps with a user."""


class CreateUserRequestMetadata(OpenRecord):
    """What the caller keeps with a new user."""


class UpdateUserRequestMetadata(OpenRecord):
    """What replaces a user's metadata."""


class PatchUserRequestMetadata(OpenRecord):
    """What is merged into a user's metadata."""


class User(Record):
    """Whom an agent talks to."""

    name: Optional[str] = None
    about: Optional[str] = None
    created_at: Optional[Timestamp] = None
    updated_at: Optional[Timestamp] = None
    id: str
    metadata: Optional[UserMetadata] = None
    jobs: Optional[list[str]] = None
    """Ids of the background work that creating it started; only in the manager's answer."""


class ListUsersRequestOrder(Order):
    """In which order users are listed."""

    ASC = "asc"
    DESC = "desc"


class ListUsersRequestSortBy(SortBy):
    """What users are listed by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class ListUsersResponse(Record):
    """A page of users."""

    items: list[User]
