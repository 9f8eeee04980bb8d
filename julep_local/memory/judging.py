"""Where the judge of sentences has a say beside the rules: it drops what they keep, and keeps what they miss.

It is heard on what a person says in passing, never on what they ask to have remembered. What it keeps passes every gate
that a rule's statement passes, and stands in the person's own words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from julep_local.memory.answers import beside
from julep_local.memory.asides import FEWEST, asides
from julep_local.memory.earnest import asks, is_meant, quotes_somebody, said_in_earnest
from julep_local.memory.features import Remark
from julep_local.memory.gates import instructs
from julep_local.memory.judge import learnt
from julep_local.memory.languages import spoken
from julep_local.memory.prose import LEFT_OUT, without_quotations
from julep_local.memory.questions import is_of_task
from julep_local.memory.standing import names_a_day
from julep_local.recall.words import words

SURE = 0.8
"""From which chance on a sentence that no rule knows is kept."""
SURE_OF_DAY = 0.5
"""The same of what is told of oneself and has its day, other than today: it is told because it matters."""
SURE_OF_EVENT = 0.65
"""The same of what has its day and names nobody: "the show's on the 28th", but not every tournament."""
BESIDE_A_JEST = 0.85
"""The same for what is said beside a jest, whether rules know it or not: below it is often a part of the jest."""
SAME = 0.6
"""Share of the words of the shorter of two that says that they are the same."""
_ONESELF = re.compile(
    r"(?i)\b(?:i|my|me|we|our|us|ich|mir|mich|mein\w*|wir|uns|unser\w*|zieh|hab|yo|mis?|nos|nuestr\w*)\b(?!\.)"
)


@dataclass(frozen=True)
class Liked:
    """A sentence that the judge keeps."""

    text: str
    chance: float


def chance(text: str, said: Sequence[Remark]) -> float:
    """Return how likely a rule's statement is worth remembering, as the sentence of the message that it was made of.

    Args:
        text: the statement.
        said: the sentences of the message.
    """
    found = max(said, key=lambda each: _shared(each.text, text), default=Remark(text))
    return learnt().chance(
        Remark(text, place=found.place, of=found.of, replies=found.replies) if not found.question else found
    )


def liked(text: str, said: Sequence[Remark], known: Sequence[str], *, jest: bool = False) -> list[Liked]:
    """Return the sentences of a message that the judge is sure of, in order.

    Args:
        text: what of the message is meant.
        said: its sentences.
        known: the statements that rules found in it.
        jest: whether it is said beside a jest.
    """
    meant = set(said_in_earnest(text))
    found: list[Liked] = []
    for each in said:
        if each.text not in meant or (each.question and (_says_yes_or_no(each) or is_of_task(each.question))):
            continue
        likely = learnt().chance(each)
        unsure = likely < _least(each.text, jest=jest) or quotes_somebody(each.text)
        if unsure or asks(each.text) or is_among(each.text, known):
            found += _parts(each, [*known, *(one.text for one in found)], jest=jest)
        else:
            found.append(Liked(beside(each.question, each.text) if each.question else each.text, likely))
    return found


def _parts(remark: Remark, known: Sequence[str], *, jest: bool) -> list[Liked]:
    """Return the parts of a sentence that the judge is sure of: told beside a request, or beside what is known."""
    found: list[Liked] = []
    if instructs(remark.text):
        return found  # a part of an order looks like a fact
    language = spoken(remark.text)
    for part in asides(without_quotations(remark.text), language):
        if (
            LEFT_OUT in part
            or len(part.split()) <= FEWEST[language.code]  # "I'm a post" is what is left of a comparison
            or is_among(part, [*known, *(each.text for each in found)])
            or asks(part)
            or not is_meant(part)
        ):
            continue
        likely = learnt().chance(Remark(part, place=remark.place, of=remark.of))
        if likely >= _least(part, jest=jest):
            found.append(Liked(part[:1].upper() + part[1:], likely))
    return found


def _least(text: str, *, jest: bool) -> float:
    """Return from which chance on a sentence is kept: from a lower one if it is of a day, unless it is near a jest."""
    if jest:
        return BESIDE_A_JEST
    if not names_a_day(text):
        return SURE
    return SURE_OF_DAY if _ONESELF.search(text) else SURE_OF_EVENT


def _says_yes_or_no(remark: Remark) -> bool:
    """Whether a reply begins with yes or no: what that confirms is for rules to say."""
    language = spoken(remark.question)
    said = language.spelled(remark.text)
    return language.yes.match(said) is not None or language.no.match(said) is not None


def is_among(text: str, known: Sequence[str]) -> bool:
    """Whether one of the statements says what a sentence says, or a part of it."""
    return any(_shared(text, each) >= SAME for each in known)


def _shared(one: str, other: str) -> float:
    """Return which share of the words of the shorter of two texts the other has too."""
    left, right = set(words(one)), set(words(other))
    return len(left & right) / max(1, min(len(left), len(right)))
