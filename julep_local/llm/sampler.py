"""Draws the next token from the logits, as `Sampling` says. Everything is numpy; nothing is written into the logits.

The order is that of OpenAI and Hugging Face: length penalty, penalties, bias, constraint, temperature, then top_k,
top_p and min_p on what the temperature made of the probabilities, then the draw.

- frequency and presence penalty count the tokens generated so far, as OpenAI defines them.
- the repetition penalty is that of CTRL (a positive logit is divided, a negative one multiplied), also over the
  generated tokens only: over the prompt it would keep an answer from naming what the question and the docs name.
- none of these touches the tokens that end an answer.
"""

import math
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from julep_local.errors import InvalidInput, ModelError
from julep_local.llm.base import Sampling

if TYPE_CHECKING:
    from julep_local.llm.native import Logits

Ids = npt.NDArray[np.intp]

_NEGLIGIBLE = 25.0
"""exp(-25) is 1e-11: tokens so far below the likeliest together hold under 4e-6 of 262,144 tokens' probability."""
_FIRST_ROOM = 64


class Sampler:
    """Draws the tokens of one answer.

    Args:
        n_vocab: how many tokens there are.
        endings: the tokens that end an answer.

    Raises:
        InvalidInput: a setting is out of range, or biases a token that does not exist.
    """

    def __init__(self, sampling: Sampling, *, n_vocab: int, endings: Sequence[int]) -> None:
        _check(sampling, n_vocab)
        self._sampling = sampling
        self._n_drawn = 0
        self._endings = np.asarray(endings, np.intp)
        self._biased = np.fromiter(sampling.logit_bias.keys(), np.intp, len(sampling.logit_bias))
        self._bias = np.fromiter(sampling.logit_bias.values(), np.float32, len(sampling.logit_bias))
        self._penalises = (
            sampling.frequency_penalty != 0 or sampling.presence_penalty != 0 or sampling.repetition_penalty != 1
        )
        self._shapes = self._penalises or sampling.length_penalty != 1 or bool(sampling.logit_bias)
        self._place: dict[int, int] = {}
        self._seen = np.zeros(_FIRST_ROOM, np.intp)
        self._counts = np.zeros(_FIRST_ROOM, np.float32)
        seeded = sampling.seed is not None and sampling.seed >= 0
        self._random = np.random.Generator(np.random.PCG64(sampling.seed if seeded else secrets.randbits(64)))

    def draw(self, logits: "Logits", allowed: "Ids | None" = None) -> int:
        """Return the next token.

        Args:
            logits: (n_vocab,), float32.
            allowed: (n_allowed,): only these tokens may come; None allows all.
        """
        if self._shapes:
            logits = self._shaped(logits)
        self._n_drawn += 1
        ids: Ids | None = None
        if allowed is not None:
            ids, logits = allowed, logits[allowed]
        at = int(logits.argmax()) if self._sampling.temperature == 0 else self._drawn(logits)
        return at if ids is None else int(ids[at])

    def accept(self, token: int) -> None:
        """Count a token of the answer."""
        if not self._penalises:
            return
        place = self._place.setdefault(token, len(self._place))
        if place == len(self._seen):
            self._seen = np.concatenate([self._seen, np.zeros_like(self._seen)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
        self._seen[place] = token
        self._counts[place] += 1

    def _shaped(self, logits: "Logits") -> "Logits":
        sampling = self._sampling
        logits = logits.copy()
        if sampling.length_penalty != 1:
            # grows with the answer: a constant one moves the length much less (mean length 1: 162, at 2: 76 against 50)
            logits[self._endings] += (sampling.length_penalty - 1) * 4 * (self._n_drawn + 1) / 32
        if len(self._place):
            seen, counts = self._seen[: len(self._place)], self._counts[: len(self._place)]
            values = logits[seen]
            if sampling.repetition_penalty != 1:
                penalty = np.float32(sampling.repetition_penalty)
                values = np.where(values > 0, values / penalty, values * penalty)
            logits[seen] = values - counts * sampling.frequency_penalty - sampling.presence_penalty
        logits[self._biased] += self._bias
        return logits

    def _drawn(self, logits: "Logits") -> int:
        """Return the index of the drawn token."""
        sampling = self._sampling
        # only what can matter is looked at: sorting a whole vocabulary costs more than the model's own step
        reach = _NEGLIGIBLE
        if sampling.min_p > 0 and sampling.top_p == 1:
            reach = min(reach, -math.log(sampling.min_p))
        likely = np.flatnonzero(logits >= logits.max() - reach * sampling.temperature)
        if not len(likely):
            raise ModelError("the model computed no usable probabilities: its file is damaged, install it again")
        scaled = logits[likely].astype(np.float64) / sampling.temperature
        weights = np.exp(scaled - scaled.max())
        if sampling.top_k > 0 or sampling.top_p < 1:
            order = np.argsort(-weights, kind="stable")
            if sampling.top_k > 0:
                order = order[: sampling.top_k]
            if sampling.top_p < 1:
                below = np.cumsum(weights[order])
                order = order[: int(np.searchsorted(below, sampling.top_p * below[-1])) + 1]
                order = order[weights[order] >= sampling.min_p]  # the likeliest has weight 1
            likely, weights = likely[order], weights[order]
        below = np.cumsum(weights)
        at = int(np.searchsorted(below, self._random.random() * below[-1], side="right"))
        return int(likely[min(at, len(likely) - 1)])


def _check(sampling: Sampling, n_vocab: int) -> None:
    ranges = {
        "temperature": (sampling.temperature, 0.0, math.inf),
        "top_p": (sampling.top_p, 0.0, 1.0),
        "min_p": (sampling.min_p, 0.0, 1.0),
        "top_k": (sampling.top_k, 0, math.inf),
        "max_tokens": (sampling.max_tokens, 1, math.inf),
        "frequency_penalty": (sampling.frequency_penalty, -math.inf, math.inf),
        "presence_penalty": (sampling.presence_penalty, -math.inf, math.inf),
        "repetition_penalty": (sampling.repetition_penalty, 0.0, math.inf),
        "length_penalty": (sampling.length_penalty, 0.0, math.inf),
    }
    for name, (value, low, high) in ranges.items():
        if not math.isfinite(value) or not low <= value <= high:
            limits = f"from {low:g} to {high:g}" if high < math.inf else f"at least {low:g}"
            raise InvalidInput(f"{value} is not allowed; it must be a number, {limits}", field=name)
    if sampling.repetition_penalty == 0:
        raise InvalidInput("must be above 0; 1 is neutral", field="repetition_penalty")
    for token, bias in sampling.logit_bias.items():
        if not 0 <= token < n_vocab:
            raise InvalidInput(
                f"the model has no such token; its tokens are 0 to {n_vocab - 1}", field=f"logit_bias.{token}"
            )
        if not math.isfinite(bias):
            raise InvalidInput(f"{bias} is not a number that can be added", field=f"logit_bias.{token}")
