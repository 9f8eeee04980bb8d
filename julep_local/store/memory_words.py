"""Where words stand among the memories, read from the text index itself: what its `bm25()` reads, without computing it.

SQLite's own function reads the length of each memory anew for each word, and so takes three times as long as what is
here. The formats are those of https://sqlite.org/fts5.html#fts5_data_structures.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from julep_local.store.columns import json_text
from julep_local.store.database import Database

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COLUMNS = ("content", "said_before", "said_after")
"""In which words count."""

_TOTALS_ROW = 1

_STANDS = """
    temp.memory_terms
    where term = :stem and col <> 'own'
"""


class Instances(NamedTuple):
    """Where a word stands, each time it does, sorted by memory; arrays of (n,)."""

    seqs: "npt.NDArray[np.int64]"
    columns: "npt.NDArray[np.uint8]"
    """Places in `COLUMNS`."""


class Totals(NamedTuple):
    """How much is in the index, whatever its state and whose."""

    n_memories: int
    n_tokens: int


def instances(db: Database, stems: Sequence[str], *, at_most: int | None = None) -> list[Instances]:
    """Return where each of these words stands in the memories of all owners.

    Args:
        db: the store, not within a transaction: what that has written would have to be written out first.
        stems: of the words, `stems.stem`.
        at_most: only the first so many times.
    """
    # of this connection alone, and gone with it; where it is there already nothing happens
    db.query("create virtual table if not exists temp.memory_terms using fts5vocab(main, memories_fts, instance)")
    return [_instances_of(db, stem, at_most) for stem in stems]


def _instances_of(db: Database, stem: str, at_most: int | None) -> Instances:
    import numpy as np

    # a limit takes a subquery, and with that a third more time
    where = _STANDS if at_most is None else f"(select doc, col from {_STANDS} limit :at_most)"  # noqa: S608
    seqs, columns = db.query(
        """
        select
            group_concat(doc, ' '),
            group_concat(case col when 'content' then 0 when 'said_before' then 1 else 2 end, '')
        from
        """  # noqa: S608  (one of two)
        + where,
        {"stem": stem, "at_most": at_most},
    )[0]
    if seqs is None:
        return Instances(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8))
    return Instances(
        np.fromstring(seqs, dtype=np.int64, sep=" "),
        np.frombuffer(columns.encode("ascii"), dtype=np.uint8) - np.uint8(ord("0")),
    )


def totals(db: Database) -> Totals:
    """Return how much is in the index."""
    row = db.one("select block from memories_fts_data where id = :id", {"id": _TOTALS_ROW})
    n_memories, *n_tokens = _varints(row[0]) if row is not None and row[0] else [0]
    return Totals(n_memories, sum(n_tokens))


def n_tokens(db: Database, seqs: Sequence[int]) -> "tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]":
    """Return which of these memories there are, oldest first, and how many words each has in all columns."""
    import numpy as np

    rows = db.query(
        """
        select id, sz
        from memories_fts_docsize
        where id in (select value from json_each(:seqs))
        order by id
        """,
        {"seqs": json_text(list(seqs), "seqs")},
    )
    found = np.array([row[0] for row in rows], dtype=np.int64)
    return found, np.array([sum(_varints(row[1])) for row in rows], dtype=np.float64)


def _varints(raw: bytes) -> Iterator[int]:
    """Yield SQLite's numbers of variable length: seven bits in each byte, the highest first. All are below 2**56."""
    value = 0
    for byte in raw:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            yield value
            value = 0
