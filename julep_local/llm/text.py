"""From the bytes of tokens to text that may be shown: no broken characters, nothing of a stop string.

It knows nothing of models.
"""

import codecs
from collections.abc import Sequence


class AnswerText:
    """The text of an answer while it is generated. What may turn out to be part of a stop string is held back.

    Attributes:
        stopped: a stop string came; the answer ends before it.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._watches = True
        self.stopped = False

    def ignore_stops(self) -> str:
        """Let stop strings pass from here on, and return what was held back for their sake."""
        self._watches = False
        shown, self._held = self._held, ""
        return shown

    def heed_stops(self) -> None:
        """End at stop strings again, those that begin from here on."""
        self._watches = True

    def add(self, piece: bytes) -> str:
        """Return what may be shown after these bytes."""
        self._held += self._decoder.decode(piece)
        if not self._watches:
            return self.ignore_stops()
        ends = [at for at in map(self._held.find, self._stops) if at >= 0]
        if ends:
            self.stopped = True
            self._held = self._held[: min(ends)]
            return self.rest()
        n_shown = len(self._held) - n_held_back(self._held, self._stops)
        shown, self._held = self._held[:n_shown], self._held[n_shown:]
        return shown

    def rest(self) -> str:
        """Return what was held back, now that nothing follows. A character whose bytes did not all come is left out."""
        shown, self._held = self._held, ""
        self._decoder.reset()
        return shown


def n_held_back(text: str, awaited: Sequence[str]) -> int:
    """Return how many characters at the end may be the beginning of one of the awaited texts."""
    for n in range(min(len(text), max(map(len, awaited), default=1) - 1), 0, -1):
        if any(each.startswith(text[-n:]) for each in awaited if len(each) > n):
            return n
    return 0
