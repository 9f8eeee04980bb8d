"""When two statements are about the same, and when they say the same.

A statement has a slot: what there can be only one of ("home", "name of dog"), else its telling words, whether they are
affirmed or denied. Of two in one slot the newer stands; if they say the same, it is only said again.
"""

import functools
import re
import threading
from typing import Any

from julep_local.memory.language import Language
from julep_local.memory.values import shifts
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


_of_thread = threading.local()


@functools.lru_cache(maxsize=10_000)  # pure Python takes 30 µs for a word, and people have few topics
def _stem(word: str, code: str) -> str:
    """Return the stem of a word in the language of this code."""
    stemmers: dict[str, Any] = vars(_of_thread)  # a stemmer holds the word it is at
    if code not in stemmers:
        import snowballstemmer

        stemmers[code] = snowballstemmer.stemmer(_STEMMERS[code])
    stem: str = stemmers[code].stemWord(word)
    return stem


def stems(text: str, language: Language) -> list[str]:
    """Return the stems of a text's telling words, in order, each once."""
    kept = (word for word in words(text) if word not in STOP_WORDS and word not in _FUNCTION_WORDS)
    return list(dict.fromkeys(_stem(word, language.code) for word in kept))


def slot(text: str, language: Language) -> str:
    """Return what a statement is about, so that another about the same has an equal one."""
    plain = language.plain(text)
    for known in language.slots:
        if match := known.pattern.search(plain):
            return known.name.format(
                **{key: " ".join(stems(value, language)) for key, value in match.groupdict("").items()}
            )
    if shifts(plain):
        return "shift"
    bare = language.gives_up.sub(" ", plain)
    said = [stem for stem in stems(bare, language) if stem]
    liking = {_stem(word, language.code) for word in _LIKING}
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
