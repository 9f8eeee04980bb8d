"""An embedder without a model: the same vectors on every machine, to the last bit, in microseconds.

Texts are near when they share words or parts of words. It knows no meaning: "car" and "automobile" have nothing in
common. All sums are of whole numbers, so that no processor adds them up in an order of its own.
"""

import functools
import math
import zlib
from array import array
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
UNIT = 4096
"""Weights are whole multiples of one part in so many. Sums of squares stay exact for 700,000 equal words."""


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
        self.name = f"hash-{n_dims}-v2"

    def embed(self, texts: Sequence[str]) -> "npt.NDArray[np.float32]":
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length."""
        import numpy as np

        rows = np.zeros((len(texts), self.n_dims), dtype=np.int64)
        for row, text in zip(rows, texts, strict=True):
            features = [_features(word, self.n_dims) for word in words(text)]
            if features:
                places = np.frombuffer(b"".join([places for places, _ in features]), dtype=np.int64)
                weights = np.frombuffer(b"".join([weights for _, weights in features]), dtype=np.float64)
                row += np.bincount(places, weights, self.n_dims).astype(np.int64)
            if not row.any():  # no word at all, or words that cancel out: its own direction all the same
                row[zlib.crc32(text.encode("utf-8", "replace")) % self.n_dims] = UNIT
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        unit: npt.NDArray[np.float32] = (rows / lengths).astype(np.float32)
        return unit

    def close(self) -> None:
        """Do nothing: there is no memory to give back."""


@functools.lru_cache(maxsize=65_536)
def _features(word: str, n_dims: int) -> tuple[bytes, bytes]:
    """Return places (int64) and signed whole weights (float64) for a word and its parts of three letters."""
    whole = UNIT * (STOP_WORD_WEIGHT if word in STOP_WORDS else 1.0)
    padded = f"^{word}$"
    n_parts = len(padded) - 2
    weight = float(round(whole * PARTS_WEIGHT / math.sqrt(n_parts)))
    codes = [_code(f"={word}"), *(_part_code(padded[i : i + 3]) for i in range(n_parts))]
    weights = [weight if code & 1 else -weight for code in codes]
    weights[0] = math.copysign(round(whole), weights[0])
    return array("q", [(code >> 1) % n_dims for code in codes]).tobytes(), array("d", weights).tobytes()


def _code(key: str) -> int:
    return zlib.crc32(key.encode("utf-8", "replace"))  # the same everywhere


_part_code = functools.lru_cache(maxsize=65_536)(_code)
"""Words are many, but made of few parts."""
