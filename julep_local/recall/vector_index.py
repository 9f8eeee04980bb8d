"""What is held in memory of an owner's docs, so that a search reads no more than what is new to it.

Vectors as float32 matrices, where the chunks lie in their docs, and what each word counted in earlier searches. All of
it is a cache: a row of counts, which triggers keep in the transaction of every change, tells whether it still holds.
Owners used least are forgotten first; one too large to be held is read anew at each search, a few megabytes at a time.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from julep_local.recall import ranking
from julep_local.store import docs, vectors
from julep_local.store.database import Database
from julep_local.store.vectors import Counts

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Matrix = npt.NDArray[np.float32]

BYTES = 256 * 2**20
"""Of vectors that are held for one store: about 170,000 of 384 dimensions."""
WORDS_BYTES = 64 * 2**20
"""Of what words count, for one owner."""
SMALL_BLOCK = 2**20
"""Numbers in a matrix. Many smaller ones, as jobs bring them, are joined."""
MOST_BLOCKS = 32
MOST_OWNERS = 10_000
"""Of whom anything is held."""

COMMON, FEW = 0.1, 4_000
"""A word in more than this share of all chunks, and in more than so many, is common: it tells little, and each chunk
costs a microsecond. By words alone, SciFact's nDCG@10 is .680 without the common ones and .692 with them among 138,000
chunks; among 17,000, where a word may stand in 24 %, it is the same."""
DRIFT = 1.1
"""What a word counts depends on how many chunks all owners have; it is reckoned anew when these become so much more or
fewer."""


@dataclass(frozen=True, slots=True)
class Word:
    """Where a word stands among an owner's chunks."""

    rows: Rows
    """(n_found,), sorted: the chunks that have it."""
    near: "Integers | None"
    """(n_near,), sorted: these and the ones nearby; None stands for all of the owner's."""
    scores: Floats
    """(n_near,): what it counts there (`ranking.spread`)."""

    @property
    def n_bytes(self) -> int:
        """Memory it takes."""
        return self.rows.nbytes + (0 if self.near is None else self.near.nbytes) + self.scores.nbytes + 200

    def add_to(self, sums: Floats) -> None:
        """Add what it counts to the sums of all rows."""
        if self.near is None:
            sums += self.scores
        else:
            np.add.at(sums, self.near, self.scores)


@dataclass(slots=True)
class Layout:
    """An owner's chunks in order: those of a doc together, in reading order. A row is a place in it."""

    version: tuple[int, int]
    """`Counts.of_texts` at which it holds."""
    chunk_ids: Integers
    """(n,), sorted."""
    doc_seqs: Integers
    """(n,): which doc each is in."""
    touches: npt.NDArray[np.bool_]
    """(n - 1,): whether the next one follows it in its doc."""
    around: ranking.Neighbours
    """What those beside it weigh."""
    words: "OrderedDict[str, Word | None]" = field(default_factory=OrderedDict)
    """None for a common one."""
    words_bytes: int = 0
    n_everyone: int = 0
    """About how many chunks all owners had when the words were looked up."""


@dataclass(frozen=True, slots=True)
class _Block:
    chunk_ids: Integers
    matrix: Matrix
    """(n, n_dims)."""


@dataclass(slots=True)
class _Vectors:
    """An owner's vectors of one embedding set."""

    set_id: int
    counts: Counts
    last_row: int
    blocks: list[_Block]
    n_bytes: int
    placed_for: "Integers | None" = None
    """The chunk ids of the layout that `places` was made for. Not its version, which another layout may have too."""
    places: "list[tuple[slice | Integers, slice | Integers]]" = field(default_factory=list)
    """For each block, which of its vectors belong to which rows of that layout."""


class _Owner:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # of two searches that find nothing in memory, one reads
        self.words_lock = threading.RLock()  # words are looked up beside reading vectors
        self.layout: Layout | None = None
        self.vectors: _Vectors | None = None  # of the set that was searched last: one is current at a time

    @property
    def n_bytes(self) -> int:
        layout, held = self.layout, self.vectors
        words = 0 if layout is None else layout.words_bytes + 20 * len(layout.chunk_ids)
        return words + (0 if held is None else held.n_bytes)


class VectorIndex:
    """What is held in memory of a store's docs. Threads may share it."""

    def __init__(self, n_bytes: int = BYTES) -> None:
        self._most = n_bytes
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, _Owner] = OrderedDict()
        self._counted = (0, 0)  # the newest chunk, and how many there were when it was

    @property
    def n_bytes(self) -> int:
        """Memory that vectors and words take."""
        with self._lock:
            return sum(owner.n_bytes for owner in self._owners.values())

    def layout(self, db: Database, owner_id: str) -> Layout:
        """Return where the owner's chunks lie."""
        owner = self._owner(db, owner_id)
        with owner.lock:
            version = vectors.counts(db, owner_id).of_texts
            if owner.layout is None or owner.layout.version != version:
                owner.layout = _read_layout(db, owner_id, version)
                self._forget_oldest(owner_id)
            return owner.layout

    def similarities(self, db: Database, layout: Layout, owner_id: str, set_id: int, query: Floats) -> Floats:
        """Return the cosine of each row of the layout with the query; NaN for one without a vector.

        Args:
            db: the store.
            layout: the owner's.
            owner_id: whose chunks.
            set_id: the embedding set.
            query: (n_dims,), float32, of unit length.
        """
        found = np.full(len(layout.chunk_ids), np.nan, dtype=np.float32)
        pairs: list[tuple[_Block, tuple[slice | Integers, slice | Integers]]] = []
        owner = self._owner(db, owner_id)
        with owner.lock:
            held = self._held(db, owner, owner_id, set_id, len(query))
            if held is not None:
                if held.placed_for is not layout.chunk_ids:
                    held.places = [_places(layout, block.chunk_ids) for block in held.blocks]
                    held.placed_for = layout.chunk_ids
                pairs = list(zip(held.blocks, held.places, strict=True))
        for block, (own, rows) in pairs:
            found[rows] = vectors.cosines(block.matrix, query)[own]
        if held is None:
            for portion in vectors.portions(db, set_id, owner_id, n_dims=len(query)):
                own, rows = _places(layout, portion.chunk_ids)
                found[rows] = vectors.cosines(vectors.as_float32(portion.halves), query)[own]
        return found

    def is_held(self, db: Database, owner_id: str, set_id: int) -> bool:
        """Return whether the owner's vectors are in memory, perhaps without the newest."""
        held = self._owner(db, owner_id).vectors
        return held is not None and held.set_id == set_id

    def word_places(self, db: Database, layout: Layout, owner_id: str, words: Iterable[str]) -> dict[str, Word]:
        """Return where each word stands among the owner's chunks; common ones only if none of the others is there."""
        owner = self._owner(db, owner_id)
        with owner.words_lock:
            everyone = self._n_everyone(db)
            if not layout.n_everyone <= everyone * DRIFT <= layout.n_everyone * DRIFT**2:
                layout.words.clear()
                layout.words_bytes, layout.n_everyone = 0, everyone
            before = layout.words_bytes
            found: dict[str, Word] = {}
            common: list[str] = []
            for word in words:
                if word not in layout.words:
                    is_common = _is_common(db, layout, word)
                    _keep(layout, word, None if is_common else _look_up(db, layout, owner_id, word))
                layout.words.move_to_end(word)
                place = layout.words[word]
                if place is None:
                    common.append(word)
                else:
                    found[word] = place
            if not any(len(place.rows) for place in found.values()):
                found |= {word: _look_up(db, layout, owner_id, word) for word in common}
            if layout.words_bytes > before:
                while layout.words_bytes > WORDS_BYTES:
                    _, place = layout.words.popitem(last=False)
                    layout.words_bytes -= place.n_bytes if place else 0
                self._forget_oldest(owner_id)
        return found

    def _n_everyone(self, db: Database) -> int:
        """Return how many chunks all owners have; those deleted since the newest came may still be counted."""
        newest, n = docs.newest_chunk(db), self._counted[1]
        if newest != self._counted[0]:
            n = docs.n_chunks(db)  # a millisecond for 20,000 owners
            if not db.is_writing:
                self._counted = newest, n
        return n

    def _owner(self, db: Database, owner_id: str) -> _Owner:
        if db.is_writing:
            return _Owner()  # what is seen now may be taken back, and its count given to something else
        with self._lock:
            owner = self._owners.setdefault(owner_id, _Owner())
            self._owners.move_to_end(owner_id)
        return owner

    def _held(self, db: Database, owner: _Owner, owner_id: str, set_id: int, n_dims: int) -> _Vectors | None:
        """Return the owner's vectors, up to date; None if they are too many to be held."""
        counts = vectors.counts(db, owner_id)
        if 4 * n_dims * counts.n_chunks > self._most:
            owner.vectors = None
            return None
        if owner.vectors is not None and owner.vectors.set_id != set_id:
            owner.vectors = None  # before the others are read: not both at once
        held = owner.vectors
        if held is not None and held.counts.of_vectors == counts.of_vectors:
            return held
        if held is None or held.counts.of_vectors_lost != counts.of_vectors_lost:
            held = _Vectors(set_id, counts, 0, [], 0)
        # a new object: another thread may be reading the old one
        blocks, last_row = list(held.blocks), held.last_row
        # to fill one matrix takes half as long as to make many, whose memory is new to the process
        all_of_them = np.empty((0 if blocks else counts.n_chunks, n_dims), dtype=np.float32)
        chunk_ids, n = [np.empty(0, dtype=np.int64)], 0
        for portion in vectors.portions(db, set_id, owner_id, n_dims=n_dims, after=last_row):
            last_row, end = portion.last_row, n + len(portion.chunk_ids)
            if end <= len(all_of_them):
                vectors.as_float32(portion.halves, out=all_of_them[n:end])
                chunk_ids.append(portion.chunk_ids)
                n = end
            else:
                blocks.append(_Block(portion.chunk_ids, vectors.as_float32(portion.halves)))
        if n:
            blocks.append(_Block(np.concatenate(chunk_ids), all_of_them[:n]))
        if len(blocks) > MOST_BLOCKS:
            blocks = list(_joined(blocks))
        n_bytes = sum(block.matrix.nbytes for block in blocks)
        held = owner.vectors = _Vectors(set_id, counts, last_row, blocks, n_bytes)
        self._forget_oldest(owner_id)
        return held

    def _forget_oldest(self, but: str) -> None:
        """Forget owners until the rest has room; called when this one takes more than before."""
        with self._lock:
            sizes = {key: owner.n_bytes for key, owner in self._owners.items()}
            total = sum(sizes.values())
            for key in list(self._owners):
                if total <= self._most and len(self._owners) <= MOST_OWNERS:
                    break
                if key != but:
                    total -= sizes[key]
                    del self._owners[key]


_indexes: "weakref.WeakKeyDictionary[Database, VectorIndex]" = weakref.WeakKeyDictionary()


def index_of(db: Database) -> VectorIndex:
    """Return the store's index: all searches of a store share one."""
    index = _indexes.get(db)
    # without a lock, which a fork could leave locked for ever: of two that meet here both get the first one
    return _indexes.setdefault(db, VectorIndex()) if index is None else index


def forget_index(db: Database) -> None:
    """Drop what is held of a store, because it was set back: what is counted anew may get a count that it had."""
    _indexes.pop(db, None)


def _read_layout(db: Database, owner_id: str, version: tuple[int, int]) -> Layout:
    found = np.array(docs.stretches(db, owner_id), dtype=np.int64).reshape(-1, 4)
    doc_seqs, first_ids, first_positions, lengths = found[np.argsort(found[:, 1])].T
    within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    doc_seqs = np.repeat(doc_seqs, lengths)
    touches = ranking.touching(doc_seqs, np.repeat(first_positions, lengths) + within)
    return Layout(version, np.repeat(first_ids, lengths) + within, doc_seqs, touches, ranking.neighbours(touches))


def _places(layout: Layout, chunk_ids: Integers) -> tuple[slice | Integers, slice | Integers]:
    """Return which of these chunks are in the layout, and in which rows."""
    rows = np.searchsorted(layout.chunk_ids, chunk_ids)
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and rows[-1] < len(layout.chunk_ids):
        first, last = int(rows[0]), int(rows[-1]) + 1
        if np.array_equal(layout.chunk_ids[first:last], chunk_ids):
            return slice(None), slice(first, last)  # to copy a stretch is faster than row by row
    if not len(layout.chunk_ids):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    own = np.flatnonzero(layout.chunk_ids[np.minimum(rows, len(layout.chunk_ids) - 1)] == chunk_ids)
    return own, rows[own]


def _joined(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Yield the blocks, small ones that follow each other as one."""
    small: list[_Block] = []
    for block in blocks:
        if block.matrix.size >= SMALL_BLOCK:
            yield block
            continue
        small.append(block)
        if sum(each.matrix.size for each in small) >= SMALL_BLOCK:
            yield _one(small)
            small = []
    if small:
        yield _one(small)


def _one(blocks: list[_Block]) -> _Block:
    return _Block(
        np.concatenate([block.chunk_ids for block in blocks]),
        np.concatenate([block.matrix for block in blocks]),
    )


def _is_common(db: Database, layout: Layout, word: str) -> bool:
    most = max(int(COMMON * layout.n_everyone), FEW)
    return len(layout.chunk_ids) > FEW and docs.n_with_word(db, word, at_most=most + 1) > most


def _look_up(db: Database, layout: Layout, owner_id: str, word: str) -> Word:
    # the owner's word is in all of its chunks, and to count them takes longer than to sort out a few of others
    n = len(layout.chunk_ids)
    is_most = 2 * n > layout.n_everyone
    chunk_ids, scores = docs.word_scores(db, word, owner_id=None if is_most else owner_id)
    if not chunk_ids:
        return NOWHERE
    own, places = _places(layout, np.array(chunk_ids, dtype=np.int64))
    own_scores = np.array(scores, dtype=np.float32)[own]
    rows = np.arange(n, dtype=np.int32)[places] if isinstance(places, slice) else places.astype(np.int32)
    if len(rows) * 15 > n:  # those nearby are a third of all: a number for every chunk takes less room
        every = np.zeros(n, dtype=np.float32)
        every[rows] = own_scores
        return Word(rows, None, ranking.spread(every[None], layout.touches)[0])
    near = _nearby(rows, n)
    beside = np.zeros(len(near), dtype=np.float32)
    beside[np.searchsorted(near, rows)] = own_scores
    touches = (near[1:] - near[:-1] == 1) & layout.touches[near[:-1]]
    return Word(rows, near, ranking.spread(beside[None], touches)[0])


def _nearby(rows: Rows, n: int) -> Integers:
    """Return these rows and those within reach of them, sorted."""
    steps = np.arange(-ranking.WORD_REACH, ranking.WORD_REACH + 1)
    near = np.sort((rows[:, None] + steps).ravel())
    is_new = np.ones(len(near), dtype=np.bool_)
    is_new[1:] = near[1:] != near[:-1]
    return near[is_new & (near >= 0) & (near < n)]


NOWHERE = Word(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def _keep(layout: Layout, word: str, place: Word | None) -> None:
    layout.words[word] = place
    layout.words_bytes += place.n_bytes if place else 0
