"""Whether what a chat model wrote about a conversation says what was said in it: summaries and hints.

A weak model goes on with the conversation, repeats itself, or makes things up. How large it is does not decide, but its
text: names and numbers that nobody said, or mostly words that nobody used, and nothing is kept.
"""

import re
from collections.abc import Sequence

from julep_local.memory.entities import entities
from julep_local.memory.gates import instructs, refused
from julep_local.memory.languages import spoken
from julep_local.memory.sense import numbers, stems

FOUNDED = 0.5
"""Share of a summary's telling words that have to stand in what it is made of."""
FEW = 4
"""A text of fewer telling words is not measured by their share."""
MOST_REPEATED = 3
"""A summary that says the same five words more often goes round in circles."""
MOST_HINT = 240

_GLUE = frozenset(
    """user assist convers talk discuss ask say said tell told mention share express summari explain state describ also
    name want need plan like prefer help offer suggest respons respond repli answer inform question topic""".split()
)
"""Stems with which a summary says who said what."""


def is_faithful(text: str, sources: Sequence[str]) -> bool:
    """Whether a summary holds nothing that its sources do not.

    Args:
        text: the summary.
        sources: what it is made of: messages with who said them, and the summary before.
    """
    said = "\n".join(sources)
    if not text.strip() or refused(text) or _goes_in_circles(text):
        return False
    language = spoken(said)
    if set(numbers(text)) - set(numbers(said)):
        return False
    named = {word.casefold() for each in entities(text, language) for word in each["name"].split()}
    if {word for word in named if word.strip("'’s.,") and word.strip(".,") not in said.casefold()}:
        return False
    known = set(stems(said, language)) | _GLUE
    telling = stems(text, language)
    return len(telling) < FEW or sum(stem in known for stem in telling) / len(telling) >= FOUNDED


def is_hint(text: str, sources: Sequence[str]) -> bool:
    """Whether a suggestion is one: a short sentence about what was said, that nobody has said in these words."""
    plain = " ".join(text.casefold().split()).strip(" .!?\"'")
    if not plain or len(text) > MOST_HINT or instructs(text):
        return False
    if any(plain in " ".join(source.casefold().split()) for source in sources):
        return False  # the model repeats what was said, or what it was asked
    return is_faithful(text, sources)


def _goes_in_circles(text: str) -> bool:
    said = re.findall(r"\w+", text.casefold())
    runs = [tuple(said[i : i + 5]) for i in range(len(said) - 4)]
    return any(runs.count(run) > MOST_REPEATED for run in set(runs))
