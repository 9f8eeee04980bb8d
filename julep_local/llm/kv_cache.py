"""Which tokens the KV cache holds, so that a prompt is read from its first new token on.

The list of tokens stays true whatever happens: an aborted or failed read is rolled back. It knows nothing of text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from julep_local.llm.native import Native

if TYPE_CHECKING:
    from julep_local.llm.native import Logits

_LEAST_PARKED = 32  # tokens; reading so few again takes no longer than copying them out and back
_MOST_KEPT_BYTES = 64 * 1024 * 1024


class KvCache:
    """The keys and values of the tokens read last."""

    def __init__(self, native: Native) -> None:
        self._native = native
        self.tokens: list[int] = []
        self._read_prompt: tuple[int, Logits] | None = None
        """After so many tokens these were the logits: a prompt that is asked again exactly need not be read at all."""
        self._buffer: Any = None

    def read(self, prompt: Sequence[int]) -> "tuple[Logits, int]":
        """Read the prompt, all but what it shares with the tokens read last.

        Returns:
            The logits behind the prompt, not to be written to, and how many of its tokens were already there.

        Raises:
            Aborted: `Native.abort` was called. What was read until then is kept.
        """
        n_shared = shared(self.tokens, prompt)
        if self._read_prompt is not None and self._read_prompt[0] == len(prompt) == n_shared:
            # with flash attention a token read alone is rounded otherwise than one among many, so reading the last one
            # again might change the answer of an equal prompt with an equal seed
            known = self._read_prompt[1]
            if self.cut(n_shared):
                return known, n_shared
        self.cut(min(n_shared, len(prompt) - 1))
        n_cached = len(self.tokens)
        logits = None
        while len(self.tokens) < len(prompt):
            logits = self.add(prompt[len(self.tokens) : len(self.tokens) + self._native.n_batch])
        assert logits is not None
        kept = logits.copy()
        self._read_prompt = (len(prompt), kept)
        return kept, n_cached

    def add(self, tokens: Sequence[int]) -> "Logits":
        """Read these tokens behind the others and return the logits behind them, true until the next call."""
        position = len(self.tokens)
        try:
            logits = self._native.decode(tokens, position)
        except BaseException:
            self.cut(position)
            raise
        self.tokens.extend(tokens)
        return logits

    def cut(self, n_kept: int) -> bool:
        """Forget all but the first so many tokens; all of them, and return False, if the model cannot be cut there."""
        is_kept = self._native.cut(n_kept)
        if not is_kept:
            n_kept = 0
        del self.tokens[n_kept:]
        if self._read_prompt is not None and self._read_prompt[0] > n_kept:
            self._read_prompt = None
        return is_kept

    def park(self, prompt: Sequence[int]) -> "Parked":
        """Return what `put_back` needs after another prompt, this one, was read and answered."""
        state = None
        if len(self.tokens) - shared(self.tokens, prompt) >= _LEAST_PARKED:
            state = self._native.state(self._buffer)
        return Parked(list(self.tokens), self._read_prompt, state)

    def put_back(self, parked: "Parked") -> None:
        """Be again as before `park`."""
        if parked.state is None:
            self.cut(shared(parked.tokens, self.tokens))
        else:
            self.tokens = parked.tokens if self._native.set_state(*parked.state) else []
            buffer = parked.state[0]
            self._buffer = buffer if len(buffer) <= _MOST_KEPT_BYTES else None
        self._read_prompt = parked.read_prompt if len(self.tokens) == len(parked.tokens) else None


@dataclass(frozen=True)
class Parked:
    """The KV cache as it was at one moment."""

    tokens: list[int]
    read_prompt: "tuple[int, Logits] | None"
    state: tuple[Any, int] | None
    """The copied keys and values with their bytes; None if so few would be lost that reading them again is as fast."""


def shared(before: Sequence[int], now: Sequence[int]) -> int:
    """Return how many tokens at the start are the same."""
    n = 0
    for old, new in zip(before, now, strict=False):
        if old != new:
            break
        n += 1
    return n
