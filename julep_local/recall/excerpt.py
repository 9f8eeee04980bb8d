"""The part of a long text that is shown: where most of the words stand that it was found by.

It knows nothing of docs or of the index, whose stems it only guesses.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from julep_local.recall.words import words

LEFT_OUT = "..."
MOST_SEARCHED = 200_000
"""Characters in which the words are looked for, which takes 0.03 s; without them there it is the beginning."""
MOST_TO_BORDER = 60
"""Characters given up so as not to cut within a word; scripts without blanks are cut where they are."""

_WORD = re.compile(r"[^\W_]+")

Place = tuple[int, int, str]
"""Start and end of a word in the text, and which it is."""


def excerpt(text: str, wanted: Collection[str], most_chars: int) -> str:
    """Return the text if it is not longer, else the part with most of the words, else its beginning.

    Args:
        text: what was found.
        wanted: words of the query, as `words` returns them.
        most_chars: of what is returned, with " ..." where something is left out.
    """
    if len(text) <= most_chars:
        return text
    room = max(most_chars - 2 * len(f"{LEFT_OUT} "), 1)
    first, last = _densest(_places(text, wanted), room)
    start = min(max(first - (room - (last - first)) // 2, 0), len(text) - room)
    end = start + room
    if start > 0 and (blank := re.search(r"\s", text[start - 1 : min(start + MOST_TO_BORDER, first)])):
        start += blank.end() - 1
    if end < len(text) and (cut := re.search(r"\s\S*\Z", text[max(end - MOST_TO_BORDER, last) : end + 1])):
        end -= len(cut[0]) - 1
    shown = text[start:end].strip()
    return f"{LEFT_OUT} " * (start > 0) + shown + f" {LEFT_OUT}" * (end < len(text))


def _places(text: str, wanted: Collection[str]) -> list[Place]:
    """Return where the words stand; if none does, where others do that begin like them, as "ferry" for "ferries"."""
    parts = {part for word in wanted for part in _WORD.findall(word)}
    stems = tuple({part[: max(3, len(part) - 3)] for part in parts})
    like = [
        (match.start(), match.end(), plain)
        for match in _WORD.finditer(text, 0, MOST_SEARCHED)
        if (plain := match[0].lower() if match[0].isascii() else "".join(words(match[0]))).startswith(stems)
    ]
    return [place for place in like if place[2] in parts] or like


def _densest(places: Sequence[Place], room: int) -> tuple[int, int]:
    """Return start and end of the first stretch of at most `room` characters with the most different words."""
    best, most, left = (0, 0), 0, 0
    within: Counter[str] = Counter()
    for start, end, word in places:
        within[word] += 1
        while end - places[left][0] > room and places[left][0] < start:
            within[places[left][2]] -= 1
            if not within[places[left][2]]:
                del within[places[left][2]]
            left += 1
        if len(within) > most:
            most, best = len(within), (places[left][0], min(end, places[left][0] + room))
    return best
