"""An embedder without a model: the same vectors on every machine, in microseconds.

Texts are near when they share words or parts of words. It knows no meaning: "car" and "automobile" have nothing in
common.
"""

import functools
import math
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from julep_local.recall.words import STOP_WORDS, words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

STOP_WORD_WEIGHT = 0.1
"""Two questions are not alike because both begin with "what is the"."""
PARTS_WEIGHT = 0.7
"""All parts of a word together, beside the word itself: "dog" and "dogs" are near."""


class HashEmbedder:
    """An `Embedder` that hashes words and their parts, for tests: no download, no torch, nothing random."""

    is_instant = True
    """It takes microseconds: what is embedded is found by meaning as soon as it is stored."""
    relevance_threshold = 0.18
    """Of short questions and docs that share a telling word 84 % are at least as similar, of others 2 %."""

    def __init__(self, n_dims: int = 256) -> None:
        if n_dims < 8:
            raise ValueError(f"n_dims={n_dims}: at least 8 are needed to tell texts apart")
        self.n_dims = n_dims
        self.name = f"hash-{n_dims}-v1"

    def embed(self, texts: Sequence[str]) -> "npt.NDArray[np.float32]":
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length."""
        import numpy as np

        rows = np.array([self._row(text) for text in texts], dtype=np.float64).reshape(len(texts), self.n_dims)
        lengths: npt.NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / lengths).astype(np.float32)

    def close(self) -> None:
        """Do nothing: there is no memory to give back."""

    def _row(self, text: str) -> list[float]:
        row = [0.0] * self.n_dims
        for word in words(text):
            for place, weight in _features(word):
                row[place % self.n_dims] += weight
        if not any(row):  # no word at all, or words that cancel out: its own direction all the same
            row[zlib.crc32(text.encode("utf-8", "replace")) % self.n_dims] = 1.0
        return row


@functools.lru_cache(maxsize=65_536)
def _features(word: str) -> tuple[tuple[int, float], ...]:
    """Return places and signed weights for a word and its parts of three letters. CRC-32 is the same everywhere."""
    whole = STOP_WORD_WEIGHT if word in STOP_WORDS else 1.0
    padded = f"^{word}$"
    parts = [padded[i : i + 3] for i in range(len(padded) - 2)]
    part = whole * PARTS_WEIGHT / math.sqrt(len(parts))
    return (_feature(f"={word}", whole), *(_feature(each, part) for each in parts))


def _feature(key: str, weight: float) -> tuple[int, float]:
    code = zlib.crc32(key.encode("utf-8", "replace"))
    return code >> 1, weight if code & 1 else -weight
