"""The SQLite file itself, and files that become docs in it."""

from typing import Literal, Optional

from julep_local.types._base import Record


class Compacted(Record):
    """How large a file was and is, with its log. Sizes in bytes."""

    bytes_before: int
    bytes_after: int


class BackedUp(Record):
    """A copy of the file as it was at one moment. It is opened like any other file."""

    path: str
    n_bytes: int


class AddedFile(Record):
    """What became of a file that was to be a doc."""

    file: str
    """Its absolute path, or the name that was given."""
    outcome: Literal["added", "changed", "unchanged", "skipped", "failed"]
    """`skipped` is what is no text, in a folder; `failed` what was named, or should have been text."""
    doc_id: Optional[str] = None
    """None if there is no doc of it."""
    reason: Optional[str] = None
    """Why it was skipped or failed."""


class AddedFiles(Record):
    """What became of files that were to be docs."""

    files: list[AddedFile]
    """In the order in which they were read."""
    jobs: list[str]
    """Ids of the jobs that embed them."""


class FileStats(Record):
    """What a file holds. Sizes in bytes."""

    path: str
    n_bytes: int
    """Of the file with its log."""
    kv_bytes: int
    """Of the cache beside it, which may be deleted at any time."""
    agents: int
    users: int
    sessions: int
    messages: int
    docs: int
    chunks: int
    """Pieces of docs, each with a vector once it is embedded."""
    vectors: int
    """Of chunks; more than there are chunks while there are two embedders."""
    memories: int
    """Those that count now."""
    tools: int
    jobs_under_way: int
    jobs_failed: int
