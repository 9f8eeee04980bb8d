"""The SQLite file itself."""

from julep_local.types._base import Record


class Compacted(Record):
    """How large a file was and is, with its log. Sizes in bytes."""

    bytes_before: int
    bytes_after: int
