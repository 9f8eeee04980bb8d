"""What words count among a scope's memories: bm25 of each, computed as SQLite's `bm25()` does, to the last bit.

What was looked up is held. It holds as long as the memories do of which it was looked up: memory_index.py drops it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from julep_local.store import memory_search, memory_words
from julep_local.store.database import Database
from julep_local.store.memory_search import Scope
from julep_local.store.memory_words import Instances
from julep_local.store.stems import stem

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

K1, B = 1.2, 0.75
"""Of bm25; SQLite has them built in."""
LEAST_WEIGHT = 1e-6
"""Of a word that is in more than half of all memories; in SQLite too."""
OFTEN = 4
"""Times that a word stands in each memory that has it, from which on SQLite is asked how many these are."""
WORDS_BYTES = 8 * 2**20
"""Of what words count, for one scope."""


@dataclass(frozen=True, slots=True)
class Word:
    """Where a word stands among a scope's memories, or in what was said around them."""

    rows: Integers
    """(n_found,), sorted."""
    scores: Floats
    """(n_found,): what it counts there."""

    @property
    def n_bytes(self) -> int:
        """Memory it takes."""
        return self.rows.nbytes + self.scores.nbytes + 200


COMMON_WORD = Word(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
"""Stands for one that is in too many memories to be looked up."""


class Words:
    """Where words stand among a scope's memories: those that were looked up last, and how long these memories are."""

    def __init__(self) -> None:
        self._places: dict[str, Word] = {}
        self._n_tokens: Doubles | None = None  # (n,); 0 where it was not read
        self.n_bytes = 0

    def get(self, word: str) -> Word | None:
        """Return where the word stands, None if it was not looked up."""
        place = self._places.pop(word, None)
        if place is not None:
            self._places[word] = place  # the one used last stands last
        return place

    def add(self, word: str, place: Word) -> None:
        """Keep it, and forget others for it."""
        self._places[word] = place
        self.n_bytes += place.n_bytes
        while self.n_bytes > WORDS_BYTES and self._places:
            self.n_bytes -= self._places.pop(next(iter(self._places))).n_bytes

    def look_up(
        self, db: Database, seqs: Integers, scope: Scope | None, wanted: Sequence[str], at_most: int | None
    ) -> dict[str, Word]:
        """Return where words stand, without keeping it; `COMMON_WORD` for one in more than so many memories of all.

        Args:
            db: the store.
            seqs: (n,), the scope's memories, sorted.
            scope: whose, if words are to be looked for in its memories alone; None to look through those of all, which
                is faster where most are the scope's.
            wanted: the words.
            at_most: in how many memories one that is not common stands.
        """
        found: dict[str, Word] = {}
        instances: dict[str, Instances] = {}
        # within a transaction, what it has written is in no place yet from which words could be read
        if scope is None and not db.is_writing:
            instances = _instances(db, wanted, None if at_most is None else OFTEN * (at_most + 1))
            found = self._counted(db, seqs, instances, at_most)
        for word in wanted:
            if word not in found:
                found[word] = _asked(db, seqs, scope, word, at_most)
        return found

    def _counted(
        self, db: Database, seqs: Integers, instances: Mapping[str, Instances], at_most: int | None
    ) -> dict[str, Word]:
        """Return what each word counts in the scope's memories."""
        if not instances:
            return {}
        n_all, n_tokens_all = memory_words.totals(db)
        # all words at once: numpy takes as long for each step with one of them
        number, memories, often = _summed(list(instances.values()), np.array(memory_search.WORD_WEIGHTS))
        n_found = np.bincount(number, minlength=len(instances))
        if at_most is not None:
            telling = (n_found <= at_most)[number]
            number, memories, often = number[telling], memories[telling], often[telling]
        own, rows = rows_of(seqs, memories)
        if len(own) < len(memories):
            number, often = number[own], often[own]
        n_tokens = self._lengths(db, seqs, rows)
        mean = max(n_tokens_all, 1) / max(n_all, 1)
        weights = np.array([_weight(n, n_all) for n in n_found.tolist()])
        exact = weights[number] * ((often * (K1 + 1)) / (often + K1 * (1 - B + B * n_tokens / mean)))
        scores = exact.astype(np.float32)
        found: dict[str, Word] = {}
        ends = np.searchsorted(number, np.arange(len(instances) + 1)).tolist()
        for word, n, start, end in zip(instances, n_found.tolist(), ends, ends[1:], strict=False):
            if at_most is not None and n > at_most:
                found[word] = COMMON_WORD
            else:  # copied: words are forgotten one by one
                found[word] = Word(rows[start:end].copy(), scores[start:end].copy())
        return found

    def _lengths(self, db: Database, seqs: Integers, rows: Integers) -> Doubles:
        """Return how many words the memories in these rows have, as many as there are rows."""
        if self._n_tokens is None:
            self._n_tokens = np.zeros(len(seqs), dtype=np.float64)
            self.n_bytes += self._n_tokens.nbytes
        known = self._n_tokens[rows]
        missing = () if known.all() else rows[known == 0]
        if len(missing):
            is_missing = np.zeros(len(seqs), dtype=np.bool_)  # np.unique would import numpy.ma, in the middle of a chat
            is_missing[missing] = True
            found, n_tokens = memory_words.n_tokens(db, seqs[is_missing].tolist())
            own, places = rows_of(seqs, found)
            self._n_tokens[places] = n_tokens[own]
            known = self._n_tokens[rows]
        return known


def rows_of(seqs: Integers, wanted: Integers) -> tuple[Integers, Integers]:
    """Return which of the wanted are among these, which are sorted, and in which rows."""
    if not len(seqs) or not len(wanted):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    rows = np.minimum(np.searchsorted(seqs, wanted), len(seqs) - 1)
    own = np.flatnonzero(seqs[rows] == wanted)
    return own, rows[own]


def _instances(db: Database, wanted: Sequence[str], at_most: int | None) -> dict[str, Instances]:
    """Return where words stand; not those that stand in more places, or of which the stem is not known."""
    stems = {word: stemmed for word in wanted if (stemmed := stem(word)) is not None}
    if not stems:
        return {}
    found = memory_words.instances(db, list(stems.values()), at_most=at_most)
    return {word: each for word, each in zip(stems, found, strict=True) if at_most is None or len(each.seqs) < at_most}


def _summed(words: Sequence[Instances], weights: Doubles) -> tuple[Integers, Integers, Doubles]:
    """Return which word stands in which memory, and how often there, by the weights of the columns: (n,) each."""
    number = np.repeat(np.arange(len(words)), [len(each.seqs) for each in words])
    memories = np.concatenate([each.seqs for each in words])
    columns = np.concatenate([each.columns for each in words])
    is_first = np.ones(len(memories), dtype=np.bool_)
    is_first[1:] = (memories[1:] != memories[:-1]) | (number[1:] != number[:-1])
    sums: Doubles = np.bincount(np.cumsum(is_first) - 1, weights=weights[columns]).astype(np.float64)
    return number[is_first], memories[is_first], sums


def _weight(n_found: int, n_all: int) -> float:
    """Return what a word weighs that is in so many of all memories; others may have deleted some in between."""
    weight = math.log((max(n_all - n_found, 0) + 0.5) / (n_found + 0.5))
    return weight if weight > 0 else LEAST_WEIGHT


def _asked(db: Database, seqs: Integers, scope: Scope | None, word: str, at_most: int | None) -> Word:
    """Return where a word stands as SQLite says it; `COMMON_WORD` if that is in more than so many memories of all."""
    most = None if at_most is None else at_most + 1
    found, scores = memory_search.word_scores(db, word, scope, at_most=most)
    if most is not None and len(found) == most:
        return COMMON_WORD
    own, rows = rows_of(seqs, np.array(found, dtype=np.int64))
    return Word(rows, np.array(scores, dtype=np.float32)[own])
