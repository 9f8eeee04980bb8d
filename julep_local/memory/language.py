"""What a language needs to be understood by rules: the shape of its tables, and which language a text is in.

The tables themselves are in english.py, german.py and spanish.py. All patterns are matched against plain text: small
letters, straight apostrophes, no greeting in front.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from julep_local.recall.words import words


@dataclass(frozen=True)
class Kind:
    """A kind of statement that is worth keeping."""

    name: str
    pattern: re.Pattern[str]
    importance: float
    """From 0 to 1: how bad it would be to forget it."""


@dataclass(frozen=True)
class Slot:
    """Something there can be only one of. A newer statement about it supersedes the older one."""

    pattern: re.Pattern[str]
    name: str
    """May hold {names} of the pattern's groups."""


@dataclass(frozen=True)
class Asked:
    """A question of the assistant, answered in a few words, is a statement in other words."""

    pattern: re.Pattern[str]
    statement: str
    """With {names} of the pattern's groups, and {answer}."""
    importance: float = 0.7


@dataclass(frozen=True, repr=False, eq=False)
class Signs:
    """What speaks for and against keeping a statement."""

    lasting: re.Pattern[str]
    """How often or since when: every Monday, for ten years, always."""
    called: re.Pattern[str]
    """Somebody or something of the speaker's with its name, matched as it is written."""
    typical: Mapping[str, re.Pattern[str]]
    """By kind of statement, words of what people have, do, plan and are for years."""
    distant: re.Pattern[str]
    """Points to something outside the sentence: "I've done that"."""
    momentary: re.Pattern[str]
    """What is going on or was just done."""
    trait: re.Pattern[str]
    """A way to be that is an opinion of oneself: "I'm a bold person"."""
    unfinished: re.Pattern[str]
    """How a sentence ends that is only a part of one: "my brother is"."""
    ironic: re.Pattern[str]
    """Praise of what nobody likes. Source: Riloff et al. 2013, https://aclanthology.org/D13-1066"""


@dataclass(frozen=True, repr=False, eq=False)
class Language:
    """A language's tables."""

    code: str
    marks: frozenset[str]
    """Words by which it is recognised."""
    spelling: tuple[tuple[re.Pattern[str], str], ...]
    """How people write it in a hurry, and how it is written."""
    lead_in: re.Pattern[str]
    """What goes before a statement and says nothing: greetings, "by the way"."""
    keep: re.Pattern[str]
    """The wish that something be remembered, in front of it."""
    question: re.Pattern[str]
    """How a question or request begins."""
    clause: re.Pattern[str]
    """Where another statement about oneself begins in the same sentence."""
    unreal: re.Pattern[str]
    """How a sentence begins in which nothing is so: "if I"."""
    tail_question: re.Pattern[str]
    """What cuts a question off from the statement before it: "I'm vegan, what can I cook?"."""
    tail_request: re.Pattern[str]
    """What cuts a request off from the statement before it: "I'm colour-blind, so don't use red"."""
    reason: re.Pattern[str]
    """What such a statement may begin with: "since", "as"."""
    first_person: re.Pattern[str]
    mine: re.Pattern[str]
    """The word that says that somebody or something is the speaker's."""
    kinds: tuple[Kind, ...]
    signs: Signs
    never: re.Pattern[str]
    """Found anywhere, it is no statement about oneself: moods, politeness, talk about the talk, what is not real."""
    passing: re.Pattern[str]
    """What is over in an hour, or belongs to the task at hand: only of name, health, people, home and work is it
    kept."""
    artefact: re.Pattern[str]
    """The text, table or program that is being worked on, and versions of it."""
    joke: re.Pattern[str]
    """Takes back what was said in the same sentence or the one before."""
    serious: re.Pattern[str]
    """How a sentence begins that says that what came before was a joke: "kidding aside"."""
    introduces: re.Pattern[str]
    """What may stand before a colon and one's own words: "by the way", "about me"."""
    text_task: re.Pattern[str]
    """A request to work on a text: what comes after it is that text, and no statement."""
    invents: re.Pattern[str]
    """A message that asks for a story or is about one: nothing in it is meant."""
    revises: re.Pattern[str]
    """How a story or a poem should be otherwise: "make it sadder", "I want that in it"."""
    fiction: re.Pattern[str]
    """Begins a game that goes on: parts in a play."""
    narrates: re.Pattern[str]
    """A sentence of a player who tells what their character does: "I draw my sword"."""
    casts: re.Pattern[str]
    """How an assistant gives a part to play: "You are Silva, a safecracker"."""
    ends_fiction: re.Pattern[str]
    """How people leave what they made up together."""
    person: re.Pattern[str]
    """Someone of the speaker's, with a name if there is one: "my sister Pilar"."""
    about_them: re.Pattern[str]
    """How a sentence begins about somebody who was named before."""
    follow_up: re.Pattern[str]
    """A sentence that says more about what the one before names: "She is called Luna"."""
    reported: re.Pattern[str]
    """Somebody else's words."""
    over: re.Pattern[str]
    """Says that something has come to an end: what was known of it is no longer so."""
    changes: re.Pattern[str]
    """Says that something is otherwise than it was."""
    gives_up: re.Pattern[str]
    """Says that something is no longer so: with it and without it a statement is about the same."""
    slots: tuple[Slot, ...]
    asked: tuple[Asked, ...]
    personal: re.Pattern[str]
    """A question about the person, as against "shall I go on?"."""
    yes: re.Pattern[str]
    no: re.Pattern[str]
    confirmed: tuple[tuple[re.Pattern[str], str, str], ...]
    """A question to be answered by yes or no; the statement if it is yes, and if it is no ("" if there is none)."""
    answered: str
    """An answer beside its question, with {question} and {answer}."""
    refusal: re.Pattern[str]
    """How an assistant refuses."""

    def plain(self, text: str) -> str:
        """Return the text as the patterns want it: without its lead-in too."""
        return _plain(self, text)

    def spelled(self, text: str) -> str:
        """Return the text in small letters, with straight apostrophes, spelled out."""
        return _spelled(self, text)


@functools.lru_cache(maxsize=64)  # the rules ask for the same few sentences again and again
def _plain(language: Language, text: str) -> str:
    plain = spelled = language.spelled(text)
    before = None
    while before != plain:
        before, plain = plain, language.lead_in.sub("", plain, count=1)
    return plain or spelled


@functools.lru_cache(maxsize=64)
def _spelled(language: Language, text: str) -> str:
    plain = " ".join(text.lower().replace("’", "'").replace("‘", "'").split()).strip(" \t\"'*-–—•")
    for pattern, written in language.spelling:
        plain = pattern.sub(written, plain)
    return plain


def swapped(often: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return for words how they are written with two letters in the wrong order, the first in its place: "wrok"."""
    found = []
    for word in often.split():
        swaps = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1)} - {word}
        found.append((re.compile(rf"\b(?:{'|'.join(sorted(swaps))})\b"), word))
    return tuple(found)


def language_of(text: str, languages: "tuple[Language, ...]", default: "Language | None" = None) -> "Language":
    """Return the language whose words a text has most of; without any that of its letters, the default, the first."""
    said = words(text)
    scores = [sum(word in _marks(each) for word in said) for each in languages]
    best = max(range(len(languages)), key=lambda i: scores[i])
    if scores[best]:
        return languages[best]
    lettered = (each for each in languages if any(mark in text.lower() for mark in _LETTERS.get(each.code, "")))
    return next(lettered, None) or default or languages[0]


_LETTERS = {"de": "äöüß", "es": "¿¡ñ"}
"""By language, what no other one that is known has: it tells where no word does."""


@functools.cache
def _marks(language: Language) -> frozenset[str]:
    """Return the language's marks as `words` spells them: without accents."""
    return frozenset(words(" ".join(language.marks)))
