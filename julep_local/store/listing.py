"""What all lists have in common: a page of them, their order, and the filter on metadata.

It knows that the table has the columns `seq`, `metadata`, `created_at` and `updated_at`, and nothing else of it.
"""

from collections.abc import Mapping
from typing import Any

from julep_local.errors import InvalidInput
from julep_local.store.columns import json_text
from julep_local.store.connection import Params, Row
from julep_local.store.database import Database

# rows that came in the same microsecond stay in the order they came in
_ORDERS = (
    ("created_at", "asc", "order by created_at, seq"),
    ("created_at", "desc", "order by created_at desc, seq desc"),
    ("updated_at", "asc", "order by updated_at, seq"),
    ("updated_at", "desc", "order by updated_at desc, seq desc"),
)

# No wanted key is missing from the row or has another value there. Keys are bound, never part of a JSON path, in which
# `$`, quotes and dots would mean something. 1 equals 1.0 and differs from true. Objects and arrays are equal when each
# value in them has an equal one in the same place, whatever the order of keys.
_FILTER = """
and not exists (
    select 1
    from json_each(:metadata_filter) as wanted
    where not exists (
        select 1
        from json_each(metadata) as stored
        where stored.key = wanted.key
        and case
            when wanted.type in ('object', 'array') then
                stored.type = wanted.type
                and not exists (
                    select fullkey, replace(type, 'real', 'integer'), atom from json_tree(stored.value)
                    except
                    select fullkey, replace(type, 'real', 'integer'), atom from json_tree(wanted.value)
                )
                and not exists (
                    select fullkey, replace(type, 'real', 'integer'), atom from json_tree(wanted.value)
                    except
                    select fullkey, replace(type, 'real', 'integer'), atom from json_tree(stored.value)
                )
            else
                replace(stored.type, 'real', 'integer') = replace(wanted.type, 'real', 'integer')
                and stored.atom is wanted.atom
        end
    )
)
"""


def page(
    db: Database,
    select: str,
    params: Params,
    *,
    limit: int,
    offset: int,
    metadata_filter: Mapping[str, Any] | None,
    sort_by: str,
    order: str,
) -> list[Row]:
    """Return a page of the rows of a `select`, which ends in its `where` clause.

    The metadata must have the keys of the filter with their values. `sort_by` is `created_at` or `updated_at`, `order`
    is `asc` or `desc`.

    Raises:
        InvalidInput: the filter is not JSON, or there is no such order.
    """
    params = {**params, "limit": limit, "offset": offset}
    where = ""
    if metadata_filter:
        params["metadata_filter"] = json_text(metadata_filter, "metadata_filter")
        where = _FILTER
    return db.query(f"{select}{where}{_order_by(sort_by, order)}\nlimit :limit offset :offset", params)


def _order_by(sort_by: str, order: str) -> str:
    for column, direction, clause in _ORDERS:
        if (column, direction) == (sort_by, order):
            return clause
    raise InvalidInput("give created_at or updated_at, and asc or desc", field="sort_by")
