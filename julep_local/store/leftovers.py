"""Looks for what should be gone, in the bytes of the file and its log: what deleted rows leave behind is in no row.

An id is looked for wherever it stands, a text by pieces of it that SQLite stores in one run. An encrypted file shows
neither; of that only says something that it was written anew and has no free pages.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from julep_local.store.database import Database

MOST_PIECES = 400
"""Pieces of texts that are looked for, evenly spread among all: each costs a pass over the file, some 3 GB/s."""
LEAST_CHARS, MOST_CHARS = 12, 48
"""Shorter pieces are anybody's words; longer ones more often lie across two pages."""
_BLOCK = 1 << 22
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
    wanted = {each: each.encode("utf-8", "ignore") for each in pieces}
    found_ids: set[bytes] = set()
    found: set[str] = set()
    n_bytes = 0
    for stream in (db.blocks(_BLOCK), _file_blocks(f"{db.path}-wal")):
        kept = b""
        for block in stream:
            n_bytes += len(block)
            seen = kept + block
            found_ids.update(wanted_ids.intersection(_ID.findall(seen)))
            found.update(text for text, piece in wanted.items() if text not in found and piece in seen)
            kept = seen[-_OVERLAP:]
    return Found(n_bytes, frozenset(each.decode() for each in found_ids), frozenset(found))


def rows_with(db: Database, pieces: Sequence[str]) -> dict[str, int]:
    """Return in how many rows of which tables these pieces stand, as they are or as JSON writes them."""
    counted: dict[str, int] = {}
    for table, columns in _text_columns(db).items():
        anywhere = " or ".join(f"instr({column}, piece.value)" for column in columns)
        row = db.query(
            # names come from the file's own schema, and are quoted
            f"""
            select count(*) as n_rows
            from {table}
            where exists (select 1 from json_each(:pieces) as piece where {anywhere})
            """,  # noqa: S608
            {"pieces": _as_list(pieces)},
        )[0]
        if row["n_rows"]:
            counted[table.strip('"')] = row["n_rows"]
    return counted


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
        where tables.schema = 'main' and tables.type = 'table' and tables.name not like 'sqlite\\_%' escape '\\'
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


def _as_list(pieces: Sequence[str]) -> str:
    from julep_local.store.columns import json_text

    return json_text(list(pieces), "pieces")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
