"""Looks for what should be gone, in the bytes of the file and its log: what deleted rows leave behind is in no row.

An id is looked for wherever it stands, a text by pieces of it that SQLite stores in one run. An encrypted file shows
neither; of that only says something that it was written anew and has no free pages.
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from julep_local.store.database import Database

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_PIECES = 50_000
"""Pieces of texts that are looked for, evenly spread among all."""
LEAST_CHARS, MOST_CHARS = 12, 48
"""Shorter pieces are anybody's words; longer ones more often lie across two pages."""
_BLOCK = 1 << 22
_ROWS_AT_ONCE = 200
_OVERLAP = 256
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLAIN = re.compile(r"[^\"\\\x00-\x1f]+")  # what JSON writes as it is


@dataclass(frozen=True)
class Found:
    """What a scan has found."""

    n_bytes: int
    """How many were read."""
    ids: frozenset[str]
    pieces: frozenset[str]


def pieces_of(texts: Sequence[str]) -> list[str]:
    """Return what to look for of these texts: the beginning, the middle and the end of each, where it says anything."""
    pieces: dict[str, None] = {}
    for text in texts:
        for run in _PLAIN.findall(text):
            plain = run.strip()
            if len(plain) < LEAST_CHARS:
                continue
            middle = max(0, len(plain) // 2 - MOST_CHARS // 2)
            for start in (0, middle, max(0, len(plain) - MOST_CHARS)):
                pieces[plain[start : start + MOST_CHARS]] = None
    step = max(1, -(-len(pieces) // MOST_PIECES))
    return list(pieces)[::step]


def scan(db: Database, ids: Sequence[str], pieces: Sequence[str] = ()) -> Found:
    """Return which of these ids and pieces the bytes of the file and of its log hold. `:memory:` has none."""
    wanted_ids = {each.encode() for each in ids}
    texts = _Texts(pieces)
    found_ids: set[bytes] = set()
    n_bytes = 0
    for stream in (db.blocks(_BLOCK), _file_blocks(f"{db.path}-wal")):
        kept = b""
        for block in stream:
            n_bytes += len(block)
            seen = kept + block
            found_ids.update(wanted_ids.intersection(_ID.findall(seen)))
            texts.look(seen)
            kept = seen[-_OVERLAP:]
    return Found(n_bytes, frozenset(each.decode() for each in found_ids), frozenset(texts.found))


class _Texts:
    """Texts that are looked for all at once: one after the other, 400 of them took 9 s in 120 MB.

    Each has a window of eight bytes that few others have. Which windows a block can hold is looked up for all its
    places together, in a table of a million bits, and where one is, the text is compared.
    """

    _BITS = 20
    _SPREAD = 0x9E3779B97F4A7C15  # Knuth's multiplicative hashing
    _WIDTH = 8

    def __init__(self, pieces: Collection[str]) -> None:
        import numpy as np

        self.found: set[str] = set()
        encoded = {piece: raw for piece in pieces if len(raw := piece.encode("utf-8", "ignore")) >= self._WIDTH}
        n_with = Counter(window for raw in encoded.values() for window in set(self._windows(raw).values()))
        self._by_window: dict[int, list[tuple[str, bytes, int]]] = {}
        for piece, raw in encoded.items():
            start, window = min(self._windows(raw).items(), key=lambda each: n_with[each[1]])
            self._by_window.setdefault(window, []).append((piece, raw, start))
        self._table = np.zeros(1 << self._BITS, dtype=np.bool_)
        self._table[self._places(np.array(list(self._by_window), dtype="<u8"))] = True

    def look(self, block: bytes) -> None:
        """Add those of the texts to `found` that the block holds."""
        import numpy as np

        for offset in range(min(self._WIDTH, len(block))):
            n_windows = (len(block) - offset) // self._WIDTH
            windows = np.frombuffer(block, dtype="<u8", count=n_windows, offset=offset)
            hits = np.flatnonzero(self._table[self._places(windows)])
            for at, window in zip((offset + self._WIDTH * hits).tolist(), windows[hits].tolist(), strict=True):
                for piece, raw, start in self._by_window.get(window, ()):
                    if at >= start and block.startswith(raw, at - start):
                        self.found.add(piece)

    def _places(self, windows: "npt.NDArray[np.uint64]") -> "npt.NDArray[np.uint64]":
        import numpy as np

        return (windows * np.uint64(self._SPREAD)) >> np.uint64(64 - self._BITS)

    def _windows(self, raw: bytes) -> dict[int, int]:
        """Return windows of a text, as numbers, by where in it they begin."""
        starts = range(0, len(raw) - self._WIDTH + 1, 4)
        return {start: int.from_bytes(raw[start : start + self._WIDTH], "little") for start in starts}


def in_rows(db: Database, pieces: Collection[str]) -> dict[str, set[str]]:
    """Return which of these pieces stand in rows of which tables, as they are or as JSON writes them."""
    found: dict[str, set[str]] = {}
    for table, columns in _text_columns(db).items():
        texts, after = _Texts(pieces), -(2**63)
        while True:
            rows = db.query(
                # names come from the file's own schema, and are quoted
                f"""
                select rowid, {", ".join(columns)}
                from {table}
                where rowid > :after
                order by rowid
                limit :limit
                """,  # noqa: S608
                {"after": after, "limit": _ROWS_AT_ONCE},
            )
            if not rows:
                break
            after = rows[-1][0]
            values = [value for row in rows for value in list(row)[1:] if isinstance(value, str)]
            texts.look("\0".join(values).encode("utf-8", "surrogatepass"))
        if texts.found:
            found[table.strip('"')] = texts.found
    return found


def holding(texts: Sequence[str], pieces: Collection[str]) -> list[int]:
    """Return which of these texts hold one of the pieces, by their place in the list."""
    if not _held("\0".join(texts), pieces):
        return []
    return [i for i, text in enumerate(texts) if _held(text, pieces)]


def _held(text: str, pieces: Collection[str]) -> set[str]:
    looked_for = _Texts(pieces)
    looked_for.look(text.encode("utf-8", "surrogatepass"))
    return looked_for.found


def free_pages(db: Database) -> int:
    """Return how many pages of the file belong to nothing."""
    row = db.query("pragma freelist_count")[0]
    n_pages: int = row[0]
    return n_pages


def _text_columns(db: Database) -> dict[str, list[str]]:
    rows = db.query(
        """
        select tables.name as table_name, columns.name as column_name
        from pragma_table_list as tables, pragma_table_info(tables.name) as columns
        -- those without a rowid hold ids alone
        where tables.schema = 'main' and tables.type = 'table' and not tables.wr
            and tables.name not like 'sqlite\\_%' escape '\\'
            and columns.type = 'TEXT'
        order by tables.name, columns.cid
        """
    )
    columns: dict[str, list[str]] = {}
    for table, column in rows:
        columns.setdefault(_quoted(table), []).append(_quoted(column))
    return columns


def _file_blocks(path: str) -> Iterator[bytes]:
    # SQLite takes no locks on the log, so that closing it lets go of none
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
