"""What was erased of a person."""

from julep_local.types._base import Record


class ErasureReceipt(Record):
    """What was erased of a person, and what a search for it found afterwards."""

    user_id: str
    n_rows: dict[str, int]
    """Rows that were deleted, by table; each session goes with its messages, summary and suggestions."""
    n_jobs: int
    """Jobs about the person that were waiting or under way, ended and emptied."""
    n_rows_left: int
    """Rows and entries of the text indexes that a count found afterwards: 0."""
    n_cached_left: int
    """Files beside the database that hold what a model has read of the person's sessions: 0."""
    n_ids: int
    """Ids of the person, their docs, memories, sessions and messages that were looked for in the bytes."""
    n_ids_left: int
    """How many of them still stand anywhere in the file or its log: 0."""
    n_texts: int
    """Pieces of what the person said, and of what was said of them, that were looked for."""
    n_texts_left: int
    """How many of them still stand anywhere but in a row that belongs to others: 0."""
    elsewhere: dict[str, int]
    """How many of these pieces stand in rows that belong to others, by table: a name in an agent's doc. They stay."""
    n_bytes: int
    """How many bytes of the file and its log were read; 0 of `:memory:`, which has none."""
    n_free_pages: int
    """Pages of the file that belong to nothing, where deleted rows could still stand: 0."""
    is_encrypted: bool
    """Then the bytes say nothing, and that there are no free pages is the proof."""
    other_files: list[str]
    """Files beside the database whose names begin with its name, such as backups: these were not touched."""
