"""When two statements are about the same, and when they say the same.

A statement has a slot: what there can be only one of ("home", "name of dog"), else its telling words, whether they are
affirmed or denied. Of two in one slot the newer stands; if they say the same, it is only said again.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

from julep_local.memory.language import Language
from julep_local.recall.words import STOP_WORDS, words

MOST_STEMS = 12
"""Of a slot made of words; who says more says something of their own."""

_STEMMERS = {"en": "english", "de": "german", "es": "spanish"}
_LIKING = frozenset(
    """like likes love loves enjoy enjoys prefer hate hates dislike adore detest despise loathe stand bear fan keen
    fond into
    mag liebe hasse gern gerne bevorzuge gusta gustan encanta encantan odio amo adoro detesto prefiero""".split()
)
"""Liking and disliking are about the same."""
_FUNCTION_WORDS = frozenset(
    words(
        """ich bin ist hab habe haben hat mein meine meinen meinem meiner der die das den dem des ein eine einen einem
    einer und
    oder in im am an auf zu zum zur mit von für es sehr auch seit als wir unser unsere yo soy es la el los las un una
    unos
    unas y o en de del al con por para mi mis me se lo que muy su sus nuestro nuestra tengo two one"""
    )
)
_DENIES = re.compile(
    r"\b(?:not|no|never|don't|doesn't|didn't|can't|cannot|won't|isn't|aren't|no longer|any ?more|stopped|quit"
    r"|gave up|given up|hate|hates"
    r"|dislike|detest|despise|loathe|can't stand|used to|nicht|kein\w*|nie|niemals|aufgehört|aufgegeben|hasse"
    r"|früher|nunca|dejé de|ya no|odio|detesto|no)\b"
)
_NUMBER = re.compile(r"\d+")


@functools.cache
def _stemmer(code: str) -> "Callable[[str], str]":
    import snowballstemmer

    stemmer: Any = snowballstemmer.stemmer(_STEMMERS[code])
    stem: Callable[[str], str] = stemmer.stemWord
    return stem


def stems(text: str, language: Language) -> list[str]:
    """Return the stems of a text's telling words, in order, each once."""
    stem = _stemmer(language.code)
    kept = (word for word in words(text) if word not in STOP_WORDS and word not in _FUNCTION_WORDS)
    return list(dict.fromkeys(stem(word) for word in kept))


def slot(text: str, language: Language) -> str:
    """Return what a statement is about, so that another about the same has an equal one."""
    plain = language.plain(text)
    for known in language.slots:
        if match := known.pattern.search(plain):
            return known.name.format(
                **{key: " ".join(stems(value, language)) for key, value in match.groupdict("").items()}
            )
    bare = language.gives_up.sub(" ", plain)
    said = [stem for stem in stems(bare, language) if stem]
    liking = {_stemmer(language.code)(word) for word in _LIKING}
    topic = [stem for stem in said if stem not in liking]
    kind = "likes" if len(topic) < len(said) else "says"
    return f"{kind} {' '.join(sorted(topic[:MOST_STEMS]))}"


def denies(text: str, language: Language) -> bool:
    """Whether the statement denies what its words name."""
    return _DENIES.search(language.plain(text)) is not None


def same(one: str, other: str, language: Language) -> bool:
    """Whether two statements in one slot say the same: the same telling words, numbers and yes or no."""
    return (
        set(stems(language.gives_up.sub(" ", language.plain(one)), language))
        == set(stems(language.gives_up.sub(" ", language.plain(other)), language))
        and numbers(one) == numbers(other)
        and denies(one, language) == denies(other, language)
    )


def numbers(text: str) -> list[str]:
    """Return the numbers in a text, in order."""
    return _NUMBER.findall(text)
