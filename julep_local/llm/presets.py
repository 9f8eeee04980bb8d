"""The named sampling settings of the old service.

The values are those of its model server. Two of its settings have no counterpart here: `best_of`, which generated
several answers and kept the likeliest, and beam search, for which temperature 0 stands (the presets with beam search
all have it). `multilingual` sets no temperature, top_p and min_p there, so here these inherit. It knows nothing of
models.
"""

from collections.abc import Mapping
from typing import Any


def _preset(
    temperature: float,
    top_p: float,
    min_p: float,
    *,
    frequency: float = 0.0,
    repetition: float = 1.0,
    top_k: int = 0,
    seed: int | None = None,
) -> dict[str, Any]:
    return {
        "temperature": temperature,
        "top_p": top_p,
        "min_p": min_p,
        **_penalties(frequency, repetition),
        "top_k": top_k,
        "seed": seed,
    }


def _penalties(frequency: float = 0.0, repetition: float = 1.0) -> dict[str, Any]:
    return {
        "presence_penalty": 0.0,
        "frequency_penalty": frequency,
        "repetition_penalty": repetition,
        "length_penalty": 1.0,
    }


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "problem_solving": _preset(0.0, 1.0, 0.0),
    "conversational": _preset(0.7, 0.99, 0.01, repetition=1.02),
    "fun": _preset(1.2, 1.0, 0.015, repetition=1.05),
    "prose": _preset(0.9, 1.0, 0.02, repetition=1.025, top_k=50),
    "creative": _preset(1.2, 1.0, 0.02, repetition=1.1, top_k=10),
    "business": _preset(0.5, 0.98, 0.05, frequency=0.1, repetition=1.1, top_k=5, seed=1),
    "deterministic": _preset(0.0, 1.0, 0.0, seed=1),
    "code": _preset(0.0, 1.0, 0.0, seed=1),
    "multilingual": {**_penalties(), "top_k": 0, "seed": None},
}
"""Settings of `Sampling` by preset name. A preset sets all of these at once."""
