"""What is embedded of a memory, what of it asks, and whom a query names. Pure functions of texts.

Measured on dialogues of which every turn is a memory (benchmarks/memory_quality.py) and on 40 short statements of users
with the assistant's message before each (benchmarks/memory_threshold.py).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from julep_local.recall.words import STOP_WORDS, telling_words, words

MOST_BEFORE = 300
"""Characters of what was said before that are embedded, its end: a question stands there, and a model reads no more."""

_SENTENCE = re.compile(r"[^.!?\u061f\uff1f\n]+[.!?\u061f\uff1f]*")
_ASKS = ("?", "\u061f", "\uff1f")
_TOKEN = re.compile(r"\w+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")


def said(content: str, speaker: str) -> str:
    """Return a memory's words, without the name in front."""
    return content[len(speaker) + 2 :] if speaker and content.startswith(f"{speaker}: ") else content


def embedding_text(content: str, speaker: str, said_before: str) -> str:
    """Return what is embedded of a memory: its words, behind what was asked right before.

    "What colour is it? Red." is found by what it is about, "Red." is not. Not what was told before: it is another
    memory's. Not the names: texts of one name are all alike. Recall@10 and MRR on dialogues, and the share of answers
    to users' questions that reach the threshold of 0.25:

        the words alone                                     .787 .595   .95
        behind what was said before                         .786 .620   .95
        the same, with both speakers' names                 .789 .630   .90
        behind what was said before, if that asks           .793 .616   .98
    """
    own = said(content, speaker)
    before = said_before[-MOST_BEFORE:]
    return f"{before} {own}" if asks(before) else own


def asks(text: str) -> bool:
    """Whether there is a question in the text."""
    return any(mark in text for mark in _ASKS)


def asked_share(text: str) -> float:
    """Return which share of the text's letters is in questions, 0 to 1."""
    parts = [part for part in _SENTENCE.findall(text) if not part.isspace()]
    n_asked = sum(len(part) for part in parts if part.endswith(_ASKS))
    return n_asked / max(sum(map(len, parts)), 1)


class Names(NamedTuple):
    """Speakers by the first word of their names."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], int]]]

    @classmethod
    def of(cls, speakers: Iterable[str]) -> "Names":
        """Return the names of these speakers, who are numbered as they come."""
        by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for number, speaker in enumerate(speakers):
            if parts := tuple(words(speaker)):
                by_first.setdefault(parts[0], []).append((parts, number))
        return cls(by_first)


class Question(NamedTuple):
    """A query, and whom it names."""

    text: str
    """With "you" in place of the speakers' names."""
    words: Sequence[str]
    """Those that tell something, without the names."""
    named: frozenset[int]
    """Numbers of the speakers that are named."""


def question(query: str, names: Names) -> Question:
    """Return what to search with if these speak in the memories.

    A vector of a text with a name in it is near to texts that say the name, not to what its bearer said: "What did
    Caroline paint?" finds "Bye Caroline!". "What did you paint?" is what the answer was given to. Who is named counts
    by itself (`memory_ranking.SPEAKER`). Recall@5, recall@10 and MRR on dialogues: the names left in .684, .746 and
    .584, taken out .701, .796 and .611, "you" .713, .793 and .617.

    A name is the whole one or its first word. That must have a capital unless the query has none; one that is a word
    as well, such as "will", must have it within the query.
    """
    tokens = list(_TOKEN.finditer(query))
    folded = [(words(token.group()) or [""])[0] for token in tokens]
    plain = query == query.lower()
    named: set[int] = set()
    name_words: set[str] = set()
    pieces: list[str] = []
    end = i = 0
    while i < len(tokens):
        length = 0
        for parts, number in names.by_first.get(folded[i], ()):
            whole = len(parts) > 1 and tuple(folded[i : i + len(parts)]) == parts
            if whole or _is_name(tokens[i].group(), plain=plain, first=i == 0):
                named.add(number)
                length = max(length, len(parts) if whole else 1)
        if length:
            name_words.update(folded[i : i + length])
            last = tokens[i + length - 1].end()
            owns = _POSSESSIVE.match(query, last)
            pieces += [query[end : tokens[i].start()], "your" if owns else "you"]
            end = owns.end() if owns else last
            while i < len(tokens) and tokens[i].start() < end:
                i += 1
        else:
            i += 1
    telling = telling_words(query)
    left = [word for word in telling if word not in name_words]
    if not named or not left:  # nothing but names: they are what is asked for
        return Question(query, telling, frozenset(named))
    return Question("".join([*pieces, query[end:]]), left, frozenset(named))


def _is_name(token: str, *, plain: bool, first: bool) -> bool:
    if token.casefold() in STOP_WORDS or token.casefold() in _ALSO_WORDS:
        return token[0].isupper() and not first
    return plain or not token[0].islower()


_ALSO_WORDS = frozenset("art bill bob faith frank grace hope jack joy june mark max may pat rich rob rose sue".split())
"""Names that are words as well, which in small letters they are taken for."""

_PLEASANTRIES = frozenset(
    """
    bye cool fine good goodbye great ha haha hello hey hi hmm lol morning nice night no nope ok okay please sorry sure
    thank thanks welcome well wow yeah yep yes evening afternoon danke hallo hola gracias
    """.split()
)
_WITH_THEM = frozenset("again day later lot much".split())


def is_pleasantry(query: str) -> bool:
    """Whether a query says nothing but such words as "good morning" and "thank you": it asks for no memory."""
    found = [word for word in words(query) if word not in STOP_WORDS]
    return not _PLEASANTRIES.isdisjoint(found) and (_PLEASANTRIES | _WITH_THEM).issuperset(found)


def standing(wanted: Iterable[str], text: str) -> list[str]:
    """Return those of the words, found in or around a text by their stems, that stand in the text itself."""
    wanted = list(wanted)
    own = f" {' '.join(words(text))}" if wanted else ""
    return [word for word in wanted if f" {word[: max(3, len(word) - 3)]}" in own]
