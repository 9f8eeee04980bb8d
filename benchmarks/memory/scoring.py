"""How good are the memories produced of a dialogue? Pure arithmetic on words, states, times and sources.

A memory is judged by what it says, not by how: an expected one is a set of key terms, and any phrasing that has them
counts. It knows nothing of how memories are formed and reads no files. The README of this folder says why each rule is
as it is.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from benchmarks.memory.corpus import NOWHERE, Dialogue, Expected, Forbidden, Terms

MOST_WORDS = 60
"""A memory is a short statement: what is longer is a copy of the dialogue, and correct in nothing."""
SECRET_CHARS = 8
"""So many letters and digits of a secret are found without regard to spaces; shorter ones as words only."""

NEGATIONS = frozenset(
    "not no never nobody nothing none without cant dont doesnt didnt isnt wont aint "
    "nicht nich nie niemals kein keine keinen keinem keiner ohne nunca sin".split()
)
NEGATION_WORDS = 4
"""A negation so many words before a key term, or fewer, turns it round: "does no longer work as a subtitler"."""

State = Literal["current", "superseded", "retracted"]
Verdict = Literal["correct", "duplicate", "stale", "junk"]


@dataclass(frozen=True)
class Produced:
    """A memory as the system under test gives it back at the end of a dialogue."""

    content: str
    state: State = "current"
    timestamp: datetime | None = None
    sources: tuple[int, ...] | None = None
    """Places of its messages in the dialogue; None where the system does not tell."""


@dataclass(frozen=True)
class Judged:
    """What became of one memory."""

    memory: Produced
    verdict: Verdict | None
    """None of a memory that is not current: it is judged by what it must not say and by what superseded it alone."""
    items: tuple[str, ...] = ()
    """Ids of the expected memories that it states."""
    forbidden: tuple[str, ...] = ()
    """Kinds of what it says and must not."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    met: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.met + other.met, self.of + other.of)

    @property
    def value(self) -> float | None:
        """None where there was nothing to meet."""
        return self.met / self.of if self.of else None


@dataclass(frozen=True)
class Score:
    """How a run did, in one dialogue or in several: scores add up."""

    n_dialogues: int = 0
    precision: Share = Share()
    """Of the current memories: correct, and neither a duplicate nor stale."""
    recall: Share = Share()
    """Of the expected ones that must be kept and are true at the end: stated by a current memory."""
    junk: Share = Share()
    """Of the current memories: matching nothing expected, saying something forbidden, or too long."""
    duplicates: Share = Share()
    """Of the current memories: saying only what others say."""
    stale: Share = Share()
    """Of the current memories: saying what was superseded."""
    dates: Share = Share()
    """Of the expected ones with a date that were found: at least one memory has a timestamp within it."""
    sources: Share = Share()
    """Of the current memories that are no junk and tell their sources: one of these says it."""
    superseded: Share = Share()
    """Of what changed or was corrected: the last is current and none of those before it."""
    history: Share = Share()
    """Of what was true once: still readable in a memory that is superseded."""
    over: Share = Share()
    """Of the dialogues: with more current memories than is sane."""
    forbidden: Mapping[str, int] = field(default_factory=dict)
    """By kind, how many memories say what they must not: secrets and injections in whatever state, others current."""

    def __add__(self, other: "Score") -> "Score":
        shares = {name: getattr(self, name) + getattr(other, name) for name in SHARES}
        forbidden = dict(Counter(self.forbidden) + Counter(other.forbidden))
        return Score(n_dialogues=self.n_dialogues + other.n_dialogues, forbidden=forbidden, **shares)


SHARES = (
    "precision",
    "recall",
    "junk",
    "duplicates",
    "stale",
    "dates",
    "sources",
    "superseded",
    "history",
    "over",
)


def total(scores: Iterable[Score]) -> Score:
    """Return the score of all together: every memory counts the same, in however long a dialogue."""
    return sum(scores, Score())


def score(dialogue: Dialogue, memories: Sequence[Produced]) -> Score:
    """Return how the memories do, which were produced of the whole dialogue, in the order they were formed."""
    judged = judge(dialogue, memories)
    current = [each for each in judged if each.verdict is not None]
    stated = {item_id for each in current if each.verdict != "junk" for item_id in each.items}
    required = [item for item in dialogue.expected if not item.optional and item.id not in dialogue.superseded]
    verdicts = Counter(each.verdict for each in current)
    return Score(
        n_dialogues=1,
        precision=Share(verdicts["correct"], len(current)),
        recall=Share(sum(item.id in stated for item in required), len(required)),
        junk=Share(verdicts["junk"], len(current)),
        duplicates=Share(verdicts["duplicate"], len(current)),
        stale=Share(verdicts["stale"], len(current)),
        dates=_dates(dialogue, current),
        sources=_sources(dialogue, current),
        superseded=_superseded(dialogue, current),
        history=_history(dialogue, judged),
        over=Share(int(len(current) > dialogue.max_memories), 1),
        forbidden=_forbidden(judged),
    )


def judge(dialogue: Dialogue, memories: Sequence[Produced]) -> list[Judged]:
    """Return what became of each memory, in the order given."""
    said = [_said(dialogue, memory) for memory in memories]
    current = [i for i, memory in enumerate(memories) if memory.state == "current"]
    live: dict[int, tuple[str, ...]] = {}
    for i in current:
        items, forbidden = said[i]
        if items and not forbidden:
            live[i] = tuple(item_id for item_id in items if item_id not in dialogue.superseded)
    needed = _needed({i: items for i, items in live.items() if items})

    def verdict(i: int) -> Verdict | None:
        if memories[i].state != "current":
            return None
        if i not in live:
            return "junk"
        if not live[i]:
            return "stale"
        return "correct" if i in needed else "duplicate"

    return [Judged(memory, verdict(i), *said[i]) for i, memory in enumerate(memories)]


def states(content: str, item: Expected) -> bool:
    """Whether this text says what is expected, about the right person."""
    words = folded(content)
    if any(_occurs(term, words) for term in item.without):
        return False
    about = not item.about or any(_occurs(term, words) for term in item.about)
    return about and _all_occur(item.terms, words)


def says_forbidden(content: str, forbidden: Forbidden) -> bool:
    """Whether this text says what must not be remembered. A secret is one however it is spaced."""
    words = folded(content)
    if forbidden.kind == "secret" and any(_is_within(term, content) for group in forbidden.terms for term in group):
        return True
    return _all_occur(forbidden.terms, words) and not any(_occurs(term, words) for term in forbidden.unless)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return the words of a text in lower case without accents, one space between them, `n't` written out as `not`.

    Marks become spaces, except within numbers such as `3.5` and `4:30`. The result begins and ends with a space, so
    that a whole word can be looked for with one on either side.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark)).replace("’", "'")
    plain = re.sub(r"\b(ca|wo|sha)n't\b", r"\1n not", plain)
    plain = re.sub(r"n't\b|\bcannot\b", " not", plain)
    return " " + " ".join(re.findall(r"\d+(?:[.,:]\d+)+(?!\w)|\w+", plain)) + " "


def _said(dialogue: Dialogue, memory: Produced) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of the expected memories that this one states, and the kinds of what it must not say."""
    forbidden = tuple(dict.fromkeys(each.kind for each in dialogue.forbidden if says_forbidden(memory.content, each)))
    if len(memory.content.split()) > MOST_WORDS:
        return (), forbidden
    items = [
        item.id
        for item in dialogue.expected
        if states(memory.content, item) and not _turns_round(memory.content, item, dialogue)
    ]
    # "moved from Leeds to Porto" is about Porto, though it names Leeds
    renewed = {item.supersedes for item in dialogue.expected if item.id in items}
    return tuple(item_id for item_id in items if item_id not in renewed), forbidden


def _turns_round(content: str, item: Expected, dialogue: Dialogue) -> bool:
    """Whether the memory denies what is expected: it negates key terms that nothing in the sources negates."""
    key = [term for group in item.terms for term in group]
    if any(NEGATIONS.intersection(folded(term).split()) for term in key):
        return False
    said = " ".join(dialogue.messages[place].content for place in item.sources)
    denied = any(_negated(group, content) and all(_negated(group, content)) for group in item.terms)
    return denied and not any(any(_negated(group, said)) for group in item.terms)


def _negated(group: Sequence[str], text: str) -> list[bool]:
    """Return for each place where a term of the group stands whether there is a negation before it."""
    words = folded(text)
    before = [words[:at].split()[-NEGATION_WORDS:] for term in group for at in _places(term, words)]
    return [bool(NEGATIONS.intersection(few)) for few in before]


def _needed(items_of: Mapping[int, tuple[str, ...]]) -> set[int]:
    """Return the memories that state something no other needed one does; the more specific and the older win."""
    covered: set[str] = set()
    needed: set[int] = set()
    for i in sorted(items_of, key=lambda i: (len(items_of[i]), i)):
        if not covered.issuperset(items_of[i]):
            covered.update(items_of[i])
            needed.add(i)
    return needed


def _by_item(judged: Sequence[Judged]) -> dict[str, list[Produced]]:
    """Return for each expected memory the sound ones that state it."""
    found: dict[str, list[Produced]] = {}
    for each in judged:
        for item_id in () if each.forbidden else each.items:
            found.setdefault(item_id, []).append(each.memory)
    return found


def _dates(dialogue: Dialogue, current: Sequence[Judged]) -> Share:
    found = _by_item(current)
    dated = [item for item in dialogue.expected if item.when is not None and item.id in found]
    right = [
        any(
            m.timestamp is not None and item.when is not None and m.timestamp.date() in item.when
            for m in found[item.id]
        )
        for item in dated
    ]
    return Share(sum(right), len(right))


def _sources(dialogue: Dialogue, current: Sequence[Judged]) -> Share:
    said_in = {item.id: item.sources for item in dialogue.expected}
    right = [
        any(place in said_in[item_id] for item_id in each.items for place in each.memory.sources)
        for each in current
        if each.verdict != "junk" and each.memory.sources is not None
    ]
    return Share(sum(right), len(right))


def _superseded(dialogue: Dialogue, current: Sequence[Judged]) -> Share:
    found = _by_item(current)
    before = {item.id: item.supersedes for item in dialogue.expected}
    last = [item for item in dialogue.expected if item.id not in dialogue.superseded and not item.optional]
    right = []
    for item in (each for each in last if each.supersedes is not None):
        old, is_gone = item.supersedes, True
        while old is not None:
            is_gone = is_gone and old not in found
            old = before[old]
        right.append(item.id in found and is_gone)
    return Share(sum(right), len(right))


def _history(dialogue: Dialogue, judged: Sequence[Judged]) -> Share:
    past = _by_item([each for each in judged if each.memory.state == "superseded"])
    once = [item for item in dialogue.expected if item.valid_until is not None]
    return Share(sum(item.id in past for item in once), len(once))


def _forbidden(judged: Sequence[Judged]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in judged:
        counts.update(kind for kind in each.forbidden if each.verdict is not None or kind in NOWHERE)
    return dict(counts)


def _is_within(secret: str, content: str) -> bool:
    """Whether the letters and digits of a secret, if they are enough to be no accident, follow each other somewhere."""
    squeezed = _squeezed(secret)
    return len(squeezed) >= SECRET_CHARS and squeezed in _squeezed(content)


def _squeezed(text: str) -> str:
    return "".join(mark for mark in text.casefold() if mark.isalnum())


def _all_occur(terms: Terms, words: str) -> bool:
    return all(any(_occurs(term, words) for term in group) for group in terms)


def _occurs(term: str, words: str) -> bool:
    """Whether a term, whole or up to its `*`, is among the folded words."""
    return _looked_for(term) in words


def _places(term: str, words: str) -> list[int]:
    """Return where the term begins among the folded words."""
    return [found.start() for found in re.finditer(re.escape(_looked_for(term)), words)]


def _looked_for(term: str) -> str:
    return folded(term.rstrip("*")).rstrip() if term.endswith("*") else folded(term)
