"""The arithmetic of a search: what makes a chunk or memory score, by meaning and by words.

Pure functions of arrays. They know neither SQL nor the embedder; whoever searches brings what was found. The rows of
all arrays are the same texts in the same order: docs after each other, the chunks of a doc in reading order.

The recipe, with nDCG@10 on SciFact and the share of the answers' characters within the first 1,600 and 3,200 characters
found in five long texts (benchmarks/recall_quality.py):

    by_words = spread(bm25 of each word, touches).sum(axis=0)    .694   .741 .859    not spread .680   .691 .804
    near = smoothed(similarities, neighbours(touches))                                       themselves .682   .640 .772
    scores = fused(near, by_words)                               .743   .764 .890    the sum of those .735   .726 .836
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.integer[Any]]

MEANING = 0.65
"""Share of meaning in a score; the rest is the words'. Between .55 and .7 nothing much changes."""
WORD_REACH = 2
"""Chunks over which a word counts for its neighbours."""
WORD_FADING = 0.7
"""What a word counts in the next chunk, and the square of it in the one after."""
MEANING_OF_NEIGHBOURS = 0.2
"""Weight of each neighbour's similarity where the chunk's own has 1."""
BACKGROUND = 1000
"""Texts of everyday language that an owner's are thought to be added to, for telling rare words from common ones."""
RELEVANT_WORDS = 0.25
"""Share of a query's words (by `word_weights`) from which a chunk found by words alone has to do with it.

By it .91 of questions on long texts and .80 of claims still find their answer, by similarity .97 and .99; of owners
with nothing on the subject .04 and .05 show something, by similarity .28 and .07 (benchmarks/recall_threshold.py). Of
short chat questions only .30 find it: their answers use other words."""
TELLING_WORDS, SIMILARITY_LESS = 0.5, 0.10
"""With this share of the words so much less similarity is enough: names and numbers mean nothing to an embedder.

In the same sets one answer in 280 more is found by it, and two of 892 owners more show something falsely."""


def touching(doc_seqs: Rows, positions: Rows) -> Flags:
    """Return whether each row is followed by the next chunk of the same doc, `(n - 1,)`.

    Args:
        doc_seqs: (n,), the doc of each chunk; sorted by doc, then by position.
        positions: (n,), which chunk of its doc it is. Chunks may be missing.
    """
    return np.asarray((np.diff(doc_seqs) == 0) & (np.diff(positions) == 1))


def spread(scores: Floats, touches: Flags, *, fading: float = WORD_FADING, reach: int = WORD_REACH) -> Floats:
    """Return what each word counts in each chunk, if it stands there or nearby: `max over j of fading**|i - j| * s_j`.

    What a text is about is often named one paragraph earlier. A word that a chunk has itself is not counted twice, as
    it would be if the chunks' sums were spread: that gives .722/.842 where this gave .741/.859. It is as good as
    an index of each chunk's neighbours (.751/.867), which would be three times as large.

    Args:
        scores: (n_words, n), the bm25 of each word alone, 0 where the chunk does not have it. FTS5's bm25 is a sum over
            words, so the column sums are the bm25 of all of them.
        touches: (n - 1,), see `touching`.
        fading: what a word counts in the next chunk.
        reach: how many chunks away it still counts.
    """
    spread_out = np.asarray(scores, dtype=np.float32)
    for _ in range(reach):
        wider = spread_out.copy()
        np.maximum(wider[:, 1:], spread_out[:, :-1] * touches * np.float32(fading), out=wider[:, 1:])
        np.maximum(wider[:, :-1], spread_out[:, 1:] * touches * np.float32(fading), out=wider[:, :-1])
        spread_out = wider
    return spread_out


class Neighbours(NamedTuple):
    """What a chunk's neighbours weigh, which is the same for all queries."""

    beside: Floats
    """(n - 1,): the weight of a row for the next one, and of the next one for it."""
    sums: Floats
    """(n,): of the row's own weight, 1, and its neighbours'."""


def neighbours(touches: Flags, weight: float = MEANING_OF_NEIGHBOURS) -> Neighbours:
    """Return the weights for `smoothed`.

    Args:
        touches: (n - 1,), see `touching`.
        weight: of each neighbour; the chunk's own is 1.
    """
    beside: Floats = touches.astype(np.float32) * np.float32(weight)
    sums = np.ones(len(touches) + 1, dtype=np.float32)
    sums[1:] += beside
    sums[:-1] += beside
    return Neighbours(beside, sums)


def smoothed(similarities: Floats, around: Neighbours) -> Floats:
    """Return the mean of each chunk's similarity and its neighbours', by their weights.

    A mean and no sum, so that a doc of one chunk is not at a disadvantage. In long texts it is worth .76/.89 beside
    .76/.86 without; abstracts lose nothing.

    Args:
        similarities: (n,), cosines with the query; nan where there is no vector yet, which counts nothing. The result
            has no nan: 0 where neither the chunk nor a neighbour has a vector.
        around: what the neighbours weigh.
    """
    if not np.isnan(similarities.sum()):
        return np.asarray(_with_neighbours(similarities, around.beside) / around.sums, dtype=np.float32)
    known = (~np.isnan(similarities)).astype(np.float32)
    values = np.where(known > 0, similarities, np.float32(0))
    weights = _with_neighbours(known, around.beside)
    weights[weights == 0] = 1
    return np.asarray(_with_neighbours(values, around.beside) / weights, dtype=np.float32)


def _with_neighbours(values: Floats, beside: Floats) -> Floats:
    sums = np.array(values, dtype=np.float32)
    part = values[:-1] * beside
    sums[1:] += part
    np.multiply(values[1:], beside, out=part)
    sums[:-1] += part
    return sums


def fused(similarities: Floats | None, words_scores: Floats, *, meaning: float = MEANING) -> Floats:
    """Return one score for each row, higher is better: `meaning * cosine + (1 - meaning) * words / max(words)`.

    Without similarities, or without any word found, it is what is left, so that the order stays sensible.

    Args:
        similarities: (n,), cosines with the query; None while there is no embedder.
        words_scores: (n,), sums of bm25, higher is better.
        meaning: share of the cosine.

    Source: the convex combination of Bruch, Gai and Ingber 2023, https://doi.org/10.1145/3596512, there better than
    reciprocal ranks, too.
    """
    best = words_scores.max(initial=0.0)
    by_words = words_scores / best if best > 0 else np.zeros_like(words_scores)
    if similarities is None:
        return np.asarray(by_words, dtype=np.float32)
    return np.asarray(meaning * similarities + (1 - meaning) * by_words, dtype=np.float32)


def best(scores: Floats, limit: int) -> npt.NDArray[np.intp]:
    """Return the rows with the highest scores, best first; of equal ones the earlier first."""
    limit = max(0, min(limit, len(scores)))
    if not limit:
        return np.empty(0, dtype=np.intp)
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    rows = np.flatnonzero(scores >= least)
    return rows[np.argsort(-scores[rows], kind="stable")][:limit]


def word_weights(n_found: Rows, n_texts: int) -> Floats:
    """Return what share of the query each word is, `(n_words,)`, rare words more; together 1.

    In proportion to `log(1 + (N - n + .5) / (n + .5))`, where n of N texts have the word. An owner may have one text
    only, of which every word would be common, so N is taken `BACKGROUND` higher.

    Args:
        n_found: (n_words,), how many of the owner's texts have the word.
        n_texts: how many the owner has.

    Source: idf as in Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019, made positive as Lucene does.
    """
    weights = np.log1p((n_texts + BACKGROUND - n_found + 0.5) / (n_found + 0.5))
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float32)


def relevant(similarities: Floats | None, shares: Floats, threshold: float) -> Flags:
    """Return which rows have to do with the query at all, `(n,)`.

    Args:
        similarities: (n,), cosines with the query; None while there is no embedder.
        shares: (n,), how much of the query each row has: the sum of its words' `word_weights`.
        threshold: the embedder's `relevance_threshold`.
    """
    if similarities is None:
        return np.asarray(shares >= RELEVANT_WORDS)
    named = (shares >= TELLING_WORDS) & (similarities >= threshold - SIMILARITY_LESS)
    return np.asarray((similarities >= threshold) | named)
