"""What a chunk scores, by hand for a few chunks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from julep_local.recall.ranking import (
    best,
    fused,
    neighbours,
    relevant,
    smoothed,
    spread,
    touching,
    word_weights,
)

TWO_DOCS = np.array([True, True, False, True])
"""Chunks 0 1 2 of one doc, 3 4 of another."""


def floats(*values: float) -> "np.typing.NDArray[np.float32]":
    return np.array(values, dtype=np.float32)


def test_only_neighbours_in_the_same_doc_touch() -> None:
    docs, positions = np.array([1, 1, 1, 2, 2, 7]), np.array([0, 1, 3, 4, 5, 6])

    assert touching(docs, positions).tolist() == [True, False, False, True, False]
    assert touching(docs[:1], positions[:1]).tolist() == []
    assert touching(docs[:0], positions[:0]).tolist() == []


def test_a_word_counts_less_in_each_chunk_farther_away_and_nothing_in_another_doc() -> None:
    by_word = np.array([[4, 0, 0, 0, 0], [0, 0, 0, 0, 2]], dtype=np.float32)

    assert spread(by_word, TWO_DOCS, fading=0.5, reach=2).tolist() == [[4, 2, 1, 0, 0], [0, 0, 0, 1, 2]]
    assert by_word[0].tolist() == [4, 0, 0, 0, 0], "what was given is left alone"


def test_a_word_that_a_chunk_has_itself_is_not_counted_twice() -> None:
    by_word = np.array([[4, 3, 4, 0, 0]], dtype=np.float32)

    assert spread(by_word, TWO_DOCS, fading=0.5, reach=2)[0, :3].tolist() == [4, 3, 4]


@given(
    st.lists(st.tuples(st.floats(0, 9, width=16), st.floats(0, 9, width=16), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 4),
)
def test_spreading_is_what_its_formula_says(rows: list[tuple[float, float, bool]], reach: int) -> None:
    by_word = np.array([[a for a, _, _ in rows], [b for _, b, _ in rows]], dtype=np.float32)
    touches = np.array([t for _, _, t in rows[1:]], dtype=bool)

    result = spread(by_word, touches, fading=0.5, reach=reach)

    n = len(rows)
    near = [[j for j in range(n) if abs(i - j) <= reach and touches[min(i, j) : max(i, j)].all()] for i in range(n)]
    assert result.tolist() == [
        [max(0.5 ** abs(i - j) * by_word[word, j] for j in near[i]) for i in range(n)] for word in (0, 1)
    ]


def test_a_similarity_is_a_mean_with_those_of_the_neighbours() -> None:
    similarities = floats(0.8, 0.4, 0.0, 0.6, 0.6)

    result = smoothed(similarities, neighbours(TWO_DOCS, 0.5))

    assert result == pytest.approx([(0.8 + 0.2) / 1.5, (0.4 + 0.4) / 2, 0.2 / 1.5, 0.6, 0.6])
    assert smoothed(floats(0.3), neighbours(np.array([], dtype=bool))) == pytest.approx([0.3])


def test_a_chunk_without_a_vector_counts_nothing_among_its_neighbours() -> None:
    similarities = floats(0.8, np.nan, 0.4, np.nan, np.nan)

    assert smoothed(similarities, neighbours(TWO_DOCS, 0.5)) == pytest.approx([0.8, 0.6, 0.4, 0, 0])


def test_meaning_and_words_are_added_the_words_measured_by_the_best() -> None:
    assert fused(floats(0.5, 0.1), floats(0, 8), meaning=0.5) == pytest.approx([0.25, 0.55])
    assert fused(floats(0.5, 0.1), floats(0, 0), meaning=0.5) == pytest.approx([0.25, 0.05])
    assert fused(None, floats(4, 8)) == pytest.approx([0.5, 1])
    assert fused(floats(), floats()).tolist() == []


@given(st.lists(st.integers(0, 5)), st.integers(-1, 20))
def test_the_best_come_first_and_of_equal_ones_the_earlier(values: list[int], limit: int) -> None:
    scores = np.array(values, dtype=np.float32)

    assert best(scores, limit).tolist() == sorted(range(len(values)), key=lambda i: (-values[i], i))[: max(limit, 0)]


def test_rare_words_count_more_and_words_that_nobody_has_most() -> None:
    common, rare, nowhere = word_weights(np.array([500, 1, 0]), 500)

    assert 0.4 < common + rare < 0.6
    assert 0 < common < 0.1
    assert nowhere > rare > common


def test_the_only_text_of_an_owner_can_have_most_of_a_query() -> None:
    assert word_weights(np.array([1, 1, 0]), 1)[:2].sum() == pytest.approx(0.63, abs=0.01)
    assert word_weights(np.zeros(0, dtype=np.int64), 3).tolist() == []


def test_without_an_embedder_a_chunk_is_relevant_that_has_enough_of_the_words() -> None:
    assert relevant(None, floats(0.2, 0.3), threshold=0.9).tolist() == [False, True]


def test_a_chunk_with_half_of_the_words_needs_less_similarity() -> None:
    similarities, shares = floats(0.26, 0.2, 0.2, 0.1), floats(0, 0.4, 0.6, 1)

    assert relevant(similarities, shares, threshold=0.25).tolist() == [True, False, True, False]
