"""What the doctor finds in a file, and what it mends."""

from typing import Literal, Optional

from julep_local.types._base import Record

FindingKind = Literal[
    "cannot_be_opened",  # it is something else, empty, of a newer release, or damaged at its very beginning
    "other_version",
    "pages",  # SQLite's own structure
    "schema",  # a table, trigger, index or view is missing or not as it was made
    "indexes",
    "values",  # a value that its column does not allow
    "references",
    "docs",  # a doc whose chunks are not all there
    "row_hash",  # other words than were written
    "unhashed",  # written by another program
    "text_index",
    "vectors",
    "missing_vectors",
    "counters",
    "jobs",
    "stamps",
    "log",
]


class DoctorCheck(Record):
    """One thing that was looked at."""

    name: str
    """Such as `pages`, `text index` or `row hashes`."""
    passed: bool
    """Whether nothing is damaged; notes do not count."""
    summary: str
    """What was looked at, or why it could not be."""


class DoctorFinding(Record):
    """Something that is not as it should be, all of one kind in one table together."""

    kind: FindingKind
    severity: Literal["damage", "note"]
    """A note is no damage: it mends itself, or is only good to know."""
    table: Optional[str] = None
    ids: list[str] = []
    """Of the rows that it affects, at most 100."""
    n_affected: int = 1
    meaning: str
    """What it means for whoever uses the file."""
    remedy: str
    """How to mend it."""
    repairable: bool
    """Whether `repair=True` mends it: the words it is made of are there."""


class DoctorRepair(Record):
    """A finding that was mended."""

    finding: DoctorFinding
    done: str
    """What was done."""


class DoctorReport(Record):
    """What the doctor found in a file."""

    path: str
    is_sound: bool
    """Whether nothing is damaged, after what was repaired."""
    checks: list[DoctorCheck]
    findings: list[DoctorFinding]
    """What is still so, damage first."""
    repaired: list[DoctorRepair] = []
    backup: Optional[str] = None
    """The copy that was made before anything was repaired."""
    schema_version: Optional[int] = None
    """Of the file; None if it cannot be read."""
    sqlite_version: str
    """Of the library that looked at it."""
