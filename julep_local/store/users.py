"""Users in the file."""

from collections.abc import Mapping
from typing import Any

from julep_local.store import listing
from julep_local.store.columns import json_text, json_value, read_from_row, time_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database
from julep_local.store.row_hashes import with_hash
from julep_local.types import User

_BY_ID = """
    select id, name, about, metadata, created_at, updated_at
    from users
    where id = :id
"""

_ALL = """
    select id, name, about, metadata, created_at, updated_at
    from users
    where true
"""


def add(db: Database, user: User) -> None:
    """Store a new user."""
    db.execute(
        """
        insert into users (id, name, about, metadata, created_at, updated_at, row_hash)
        values (:id, :name, :about, :metadata, :created_at, :updated_at, :row_hash)
        """,
        _params(user),
    )


def get(db: Database, user_id: str) -> User | None:
    """Return the user, None if there is none."""
    row = db.one(_BY_ID, {"id": user_id})
    return None if row is None else _user(row)


def exists(db: Database, user_id: str) -> bool:
    """Return whether there is the user."""
    return db.one("select 1 from users where id = :id", {"id": user_id}) is not None


def page(
    db: Database,
    *,
    limit: int,
    offset: int,
    metadata_filter: Mapping[str, Any] | None = None,
    sort_by: str = "created_at",
    order: str = "desc",
) -> list[User]:
    """Return some of the users. `listing.page` says what the arguments mean."""
    rows = listing.page(
        db, _ALL, {}, limit=limit, offset=offset, metadata_filter=metadata_filter, sort_by=sort_by, order=order
    )
    return [_user(row) for row in rows]


def replace(db: Database, user: User) -> bool:
    """Store the user over the one with its id, but for `created_at`. Return whether there was one."""
    n_rows = db.execute(
        """
        update users
        set
            name = :name,
            about = :about,
            metadata = :metadata,
            updated_at = :updated_at,
            row_hash = :row_hash
        where id = :id
        """,
        _params(user),
    )
    return n_rows > 0


def delete(db: Database, user_id: str) -> bool:
    """Delete the user with its docs and memories; its sessions stay, without a user. Return whether there was one."""
    return db.execute("delete from users where id = :id", {"id": user_id}) > 0


def _params(user: User) -> Params:
    values = {
        "id": user.id,
        "name": user.name,
        "about": user.about,
        "metadata": json_text(user.metadata or {}, "metadata"),
        "created_at": time_text(user.created_at),
        "updated_at": time_text(user.updated_at),
    }
    return with_hash("users", values)


@read_from_row
def _user(row: Row) -> User:
    user_id, name, about, metadata, created_at, updated_at = row
    return User(
        id=user_id,
        name=name,
        about=about,
        metadata=json_value(metadata),
        created_at=created_at,
        updated_at=updated_at,
    )
