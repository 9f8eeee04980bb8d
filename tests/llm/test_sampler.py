"""Sampling on small vocabularies, where the right answer is known."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from julep_local.llm.base import Sampling
from julep_local.llm.presets import PRESETS
from julep_local.llm.sampler import Sampler
from julep_local.types import ChatSettingsPreset

LOGITS = np.log(np.array([0.4, 0.3, 0.2, 0.08, 0.02], np.float32))


def sampler(**settings: Any) -> Sampler:
    neutral = {"temperature": 1.0, "min_p": 0.0, "seed": 1}
    return Sampler(Sampling(**neutral | settings), n_vocab=5, endings=(4,))


def drawn(n: int = 2000, allowed: Any = None, **settings: Any) -> Counter[int]:
    draws = sampler(**settings)
    return Counter(draws.draw(LOGITS, allowed) for _ in range(n))


def test_draws_follow_the_probabilities() -> None:
    """With 2,000 draws the standard deviation is 0.011; five of them are allowed, and the seed is fixed."""
    counts = drawn()

    assert all(abs(counts[i] / 2000 - math.exp(LOGITS[i])) < 0.055 for i in range(5))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"top_k": 2}, {0, 1}),
        ({"top_p": 0.0}, {0}),
        ({"top_p": 0.5}, {0, 1}),
        ({"top_p": 0.71}, {0, 1, 2}),
        ({"min_p": 0.45}, {0, 1, 2}),
        ({"min_p": 1.0}, {0}),
        ({"top_p": 0.89, "min_p": 0.6}, {0, 1}),
        ({"top_k": 3, "top_p": 0.7}, {0, 1}),
        ({"temperature": 0.0}, {0}),
        ({"temperature": 1e-9}, {0}),
        ({"allowed": np.array([2, 3])}, {2, 3}),
        ({"allowed": np.array([2, 3]), "temperature": 0.0}, {2}),
        ({"logit_bias": {3: 100.0}}, {3}),
        ({"logit_bias": {0: -100.0}, "temperature": 0.0}, {1}),
    ],
)
def test_only_these_tokens_can_come(settings: dict[str, Any], expected: set[int]) -> None:
    assert set(drawn(600, **settings)) == expected


def test_temperature_comes_before_top_p() -> None:
    """The first two tokens hold 0.7 of the probability, at temperature 3 only 0.52."""
    assert set(drawn(600, temperature=3.0, top_p=0.6)) == {0, 1, 2}


def test_penalties_count_what_was_generated() -> None:
    logits = np.array([5.0, 4.4, -1.0, -1.2, -9.0], np.float32)

    def after(tokens: list[int], **settings: Any) -> int:
        draws = sampler(temperature=0.0, **settings)
        for token in tokens:
            draws.accept(token)
        return draws.draw(logits)

    assert after([0], frequency_penalty=0.5) == 0
    assert after([0, 0], frequency_penalty=0.5) == 1
    assert after([0, 0], presence_penalty=0.5) == 0
    assert after([0], presence_penalty=0.7) == 1
    assert after([0], repetition_penalty=1.1) == 0
    assert after([0], repetition_penalty=1.3) == 1
    assert after([0, 1] * 90 + [2], repetition_penalty=1.3) == 0
    assert logits.tolist() == pytest.approx([5.0, 4.4, -1.0, -1.2, -9.0]), "the model's own memory was written to"


def test_a_length_penalty_grows_towards_the_end_of_the_answer() -> None:
    draws = sampler(temperature=0.0, length_penalty=2.0)

    ends = [draws.draw(LOGITS) == 4 for _ in range(40)]

    assert ends == sorted(ends)
    assert not ends[0]
    assert ends[-1]


def test_every_preset_is_a_valid_sampling() -> None:
    assert set(PRESETS) == {preset.value for preset in ChatSettingsPreset}
    for settings in PRESETS.values():
        Sampler(Sampling(**settings), n_vocab=5, endings=())
