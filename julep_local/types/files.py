"""The SQLite file itself."""

from julep_local.types._base import Record


class Compacted(Record):
    """How large a file was and is, with its log. Sizes in bytes."""

    bytes_before: int
    bytes_after: int


class BackedUp(Record):
    """A copy of the file as it was at one moment. It is opened like any other file."""

    path: str
    n_bytes: int
