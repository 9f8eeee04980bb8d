"""What is held in memory of an agent's memories, so that a search reads no more than what is new to it.

What a search weighs of each memory, its vector, and what each word counted in earlier searches. All of it is a cache:
counts, which triggers keep in the transaction of every change, tell whether it still holds. Scopes used least are
forgotten first; one too large to be held is read anew at each search.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from julep_local.recall.memory_dates import NO_DAY
from julep_local.recall.memory_ranking import recent
from julep_local.recall.memory_text import Names, asked_share, said
from julep_local.recall.memory_words import COMMON_WORD, Word, Words, rows_of
from julep_local.store import memory_search, vectors
from julep_local.store.database import Database
from julep_local.store.memory_search import Counts, Placed, Scope

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

BYTES = 128 * 2**20
"""That are held for one store: about 75,000 memories with vectors of 384 dimensions."""
BYTES_EACH = 60
"""Of a memory beside its vector."""
COMMON, FEW = 0.15, 2_000
"""A word in or around more than this share of so many memories is common: it tells little, and costs a microsecond for
each. Without those of the dialogues recall@10 and MRR are .781 and .612 instead of .784 and .614."""
MOST_SCOPES = 10_000
PORTION = 4096
"""Vectors that are read at once."""


@dataclass(frozen=True, slots=True)
class Held:
    """A scope's memories, oldest first. It never changes, but for the words that are looked up: a change makes another.

    All arrays are (n,).
    """

    counts: Counts
    seqs: Integers
    speakers: tuple[str, ...]
    names: Names
    """Of the speakers, numbered in their order."""
    speaker: Integers
    """Whose words each is: a place in `speakers`."""
    asked: Floats
    """Which share of each is questions."""
    day: npt.NDArray[np.int32]
    """When it happened, in days since 1970-01-01, else `NO_DAY`."""
    said_at: npt.NDArray[np.float64]
    """In seconds since 1970-01-01."""
    recency: Floats
    """Beside the newest (`memory_ranking.recent`)."""
    importance: Floats
    before: Integers
    """The row of what was said right before; -1 for none."""
    words: Words = field(default_factory=Words)


@dataclass(slots=True)
class _Room:
    """Where vectors stand, with room for more behind them, so that a new one does not have all others copied."""

    rows: Floats
    """(n_used or more, n_dims)."""
    n_used: int

    def extended(self, n: int) -> "_Room":
        """Return it with so many rows in use. It may be this one, which who reads its first rows will not notice."""
        if n > len(self.rows):
            rows = np.zeros((n + n // 4, self.rows.shape[1]), dtype=np.float32)
            rows[: self.n_used] = self.rows[: self.n_used]
            return _Room(rows, n)
        self.n_used = n
        return self


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The vectors of what was held when they were read."""

    set_id: int
    n_vector_changes: int
    n_vectors_lost: int
    seqs: Integers
    """Of the rows, (n,): those that were held."""
    room: _Room
    """Their vectors, in its first n rows."""
    has: npt.NDArray[np.bool_]
    """(n,): whether the row is a vector."""


class _Owner:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # of two searches that find nothing in memory, one reads
        self.held: Held | None = None
        self.vectors: _Vectors | None = None  # of the set that was searched last: one is current at a time
        self.counted = 0  # its part of the index's bytes

    @property
    def n_bytes(self) -> int:
        held, found = self.held, self.vectors
        n_bytes = 0 if held is None else BYTES_EACH * len(held.seqs) + held.words.n_bytes
        return n_bytes + (0 if found is None else found.room.rows.nbytes)


class MemoryIndex:
    """What is held in memory of a store's memories. Threads may share it."""

    def __init__(self, n_bytes: int = BYTES) -> None:
        self._most = n_bytes
        self._lock = threading.Lock()
        self._owners: OrderedDict[Scope, _Owner] = OrderedDict()
        self._n_bytes = 0

    @property
    def n_bytes(self) -> int:
        """Memory that it takes."""
        with self._lock:
            return sum(owner.n_bytes for owner in self._owners.values())

    def held(self, db: Database, scope: Scope) -> Held:
        """Return what a search weighs of the scope's memories, up to date."""
        owner = self._owner(db, scope)
        with owner.lock:
            counts, old = memory_search.counts(db, scope), owner.held
            if old is not None and old.counts == counts:
                return old
            if old is None or old.counts[:4] != counts[:4]:
                # each memory that came has changed both counts by one, each that went or changed has not
                only_new = (
                    old is not None
                    and old.counts[:2] == counts[:2]
                    and counts.n_memories - old.counts.n_memories == counts.n_text_changes - old.counts.n_text_changes
                )
                owner.held = _read(db, scope, counts, old if only_new else None)
                self._forget_oldest(scope, owner)
            else:
                owner.held = _with_counts(old, counts)
            return owner.held

    def is_newest(self, db: Database, scope: Scope, held: Held) -> bool:
        """Whether no search has found anything newer than this, though there may be."""
        return self._owner(db, scope).held is held

    def similarities(self, db: Database, held: Held, scope: Scope, set_id: int, query: Floats) -> Floats:
        """Return the cosine of each memory with the query; NaN for one without a vector.

        Args:
            db: the store.
            held: the scope's memories.
            scope: whose they are.
            set_id: the embedding set.
            query: (n_dims,), float32, of unit length.
        """
        n, n_dims = len(held.seqs), len(query)
        if 4 * n_dims * n > self._most:
            return _unheld(db, held.seqs, set_id, query)
        owner = self._owner(db, scope)
        with owner.lock:
            found = owner.vectors
            if found is None or not _is_valid(found, held, set_id):
                if found is not None and found.set_id != set_id:
                    found = owner.vectors = None  # before the others are read: not both at once
                found = owner.vectors = _read_vectors(db, held, set_id, n_dims, found)
                self._forget_oldest(scope, owner)
        cosines = vectors.cosines(found.room.rows[:n], query)
        return cosines if found.has.all() else np.where(found.has, cosines, np.float32(np.nan))

    def words(self, db: Database, held: Held, scope: Scope, wanted: Sequence[str]) -> dict[str, Word]:
        """Return where each word stands among the memories; common ones only if none of the others is there."""
        owner = self._owner(db, scope)
        found: dict[str, Word] = {}
        with owner.lock:
            before = held.words.n_bytes
            unknown: list[str] = []
            for word in wanted:
                place = held.words.get(word)
                if place is None:
                    unknown.append(word)
                else:
                    found[word] = place
            if unknown:
                most = int(COMMON * len(held.seqs)) if len(held.seqs) >= FEW else None
                for word, place in _looked_up(db, held, scope, unknown, most).items():
                    held.words.add(word, place)
                    found[word] = place
            common = [word for word, place in found.items() if place is COMMON_WORD]
            found = {word: found[word] for word in wanted if found[word] is not COMMON_WORD}
            if common and not any(len(place.rows) for place in found.values()):
                found |= _looked_up(db, held, scope, common, None)
            if held.words.n_bytes > before:
                self._forget_oldest(scope, owner)
        return found

    def _owner(self, db: Database, scope: Scope) -> _Owner:
        if db.is_writing:
            return _Owner()  # what is seen now may be taken back, and its count given to something else
        with self._lock:
            owner = self._owners.setdefault(scope, _Owner())
            self._owners.move_to_end(scope)
        return owner

    def _forget_oldest(self, scope: Scope, owner: _Owner) -> None:
        """Forget scopes until the rest has room; called when this one takes more than before."""
        with self._lock:
            if self._owners.get(scope) is not owner:
                return  # forgotten meanwhile, or never to be kept
            n_bytes = owner.n_bytes
            self._n_bytes += n_bytes - owner.counted
            owner.counted = n_bytes
            while self._n_bytes > self._most or len(self._owners) > MOST_SCOPES:
                oldest = next(iter(self._owners))
                if oldest == scope:
                    break  # it was used last: there is no other
                self._n_bytes -= self._owners.pop(oldest).counted


_indexes: "weakref.WeakKeyDictionary[Database, MemoryIndex]" = weakref.WeakKeyDictionary()


def index_of(db: Database) -> MemoryIndex:
    """Return the store's index: all searches of a store share one."""
    index = _indexes.get(db)
    # without a lock, which a fork could leave locked for ever: of two that meet here both get the first one
    return _indexes.setdefault(db, MemoryIndex()) if index is None else index


def forget_index(db: Database) -> None:
    """Drop what is held of a store, because it was set back: what is counted anew may get a count that it had."""
    _indexes.pop(db, None)


def _read(db: Database, scope: Scope, counts: Counts, old: Held | None) -> Held:
    """Return what is held of the scope, read anew; with `old`, of which nothing has changed, only what is new."""
    after = int(old.seqs[-1]) if old is not None and len(old.seqs) else 0
    new = memory_search.placed(db, scope, after=after)
    if old is not None and not new:
        return _with_counts(old, counts)
    numbers = {speaker: i for i, speaker in enumerate(old.speakers)} if old is not None else {}
    speaker = [numbers.setdefault(row.speaker, len(numbers)) for row in new]
    happened = np.array([np.nan if row.happened_at is None else row.happened_at for row in new], dtype=np.float64)
    day = np.where(np.isnan(happened), NO_DAY, np.nan_to_num(happened) // 86_400).astype(np.int32)
    seqs = _after(None if old is None else old.seqs, [row.seq for row in new], np.int64)
    befores = np.array([row.before_seq or 0 for row in new], dtype=np.int64)
    said_at = _after(None if old is None else old.said_at, [row.said_at for row in new], np.float64)
    own, rows = rows_of(seqs, befores)
    before = np.full(len(new), -1, dtype=np.int64)
    before[own] = rows
    return Held(
        counts=counts,
        seqs=seqs,
        speakers=tuple(numbers),
        names=Names.of(numbers) if old is None or len(numbers) > len(old.speakers) else old.names,
        speaker=_after(None if old is None else old.speaker, speaker, np.int64),
        asked=_after(None if old is None else old.asked, _asked(new), np.float32),
        day=_after(None if old is None else old.day, day, np.int32),
        said_at=said_at,
        recency=recent(said_at),
        importance=_after(None if old is None else old.importance, [row.importance for row in new], np.float32),
        before=_after(None if old is None else old.before, before, np.int64),
    )


def _with_counts(old: Held, counts: Counts) -> Held:
    """Return the same memories. What was said after one is known to the words alone."""
    is_same = old.counts.n_after_changes == counts.n_after_changes
    return replace(old, counts=counts, words=old.words if is_same else Words())


def _looked_up(db: Database, held: Held, scope: Scope, wanted: Sequence[str], at_most: int | None) -> dict[str, Word]:
    # the owner's word is in all of its memories: to look it up takes longer than to sort out those of others
    of = None if 4 * len(held.seqs) > memory_search.newest(db) else scope
    return held.words.look_up(db, held.seqs, of, wanted, at_most)


def _after(old: Any, new: Any, kind: Any) -> Any:
    array = np.asarray(new, dtype=kind)
    return array if old is None else np.concatenate([old, array])


def _asked(rows: Sequence[Placed]) -> list[float]:
    return [0.0 if row.asking is None else asked_share(said(row.asking, row.speaker)) for row in rows]


def _is_valid(found: _Vectors, held: Held, set_id: int) -> bool:
    counts = held.counts
    return (
        found.set_id == set_id
        and found.seqs is held.seqs
        and found.n_vector_changes == counts.n_vector_changes
        and found.n_vectors_lost == counts.n_vectors_lost
    )


def _read_vectors(db: Database, held: Held, set_id: int, n_dims: int, old: _Vectors | None) -> _Vectors:
    """Return the vectors of what is held. Those of `old` are taken over, unless some were lost since then."""
    seqs, n = held.seqs, len(held.seqs)
    has = np.zeros(n, dtype=np.bool_)
    if old is None or old.n_vectors_lost != held.counts.n_vectors_lost:
        room = _Room(np.zeros((n, n_dims), dtype=np.float32), n)
    elif old.room.n_used == len(old.seqs) and np.array_equal(seqs[: len(old.seqs)], old.seqs):
        room = old.room.extended(n)
        has[: len(old.seqs)] = old.has
    else:
        room = _Room(np.zeros((n, n_dims), dtype=np.float32), n)
        own, rows = rows_of(old.seqs, seqs)
        room.rows[own], has[own] = old.room.rows[rows], old.has[rows]
    missing = np.flatnonzero(~has)
    for start in range(0, len(missing), PORTION):
        wanted = seqs[missing[start : start + PORTION]].tolist()
        found, rows_found = memory_search.vectors_of(db, wanted, embedding_set_id=set_id, n_dims=n_dims)
        own, rows = rows_of(seqs, found)
        room.rows[rows], has[rows] = rows_found[own], True
    return _Vectors(set_id, held.counts.n_vector_changes, held.counts.n_vectors_lost, seqs, room, has)


def _unheld(db: Database, seqs: Integers, set_id: int, query: Floats) -> Floats:
    """Return the cosines of vectors that are too many to be held."""
    similarities = np.full(len(seqs), np.nan, dtype=np.float32)
    for start in range(0, len(seqs), PORTION):
        wanted = seqs[start : start + PORTION].tolist()
        found, rows_found = memory_search.vectors_of(db, wanted, embedding_set_id=set_id, n_dims=len(query))
        own, rows = rows_of(seqs, found)
        similarities[rows] = vectors.cosines(rows_found, query)[own]
    return similarities
