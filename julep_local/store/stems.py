"""The stem under which the text indexes keep a word: what FTS5's tokenizer `porter` makes of it.

To look a word up by its stem, as `memory_words.py` does, one has to know it. This file knows no SQL and no index.

Source: Porter 1980, "An algorithm for suffix stripping", https://tartarus.org/martin/PorterStemmer/def.txt, with what
SQLite does differently: words of fewer than 3 letters stay, and so do those of more than 64.
"""

import functools
import re
from collections.abc import Callable

_PLAIN = re.compile(r"[a-z0-9]+")
_SHORTEST, _LONGEST = 3, 64

_Rules = dict[str, tuple[tuple[str, str], ...]]


def _rules(text: str) -> _Rules:
    """Return endings with what takes their place, in the order in which they are tried, by the last letter but one."""
    rules: dict[str, list[tuple[str, str]]] = {}
    for rule in text.split():
        ending, _, instead = rule.partition(":")
        rules.setdefault(ending[-2], []).append((ending, instead))
    return {letter: tuple(each) for letter, each in rules.items()}


_SECOND = _rules(
    """
    ational:ate tional:tion enci:ence anci:ance izer:ize logi:log bli:ble alli:al entli:ent eli:e ousli:ous
    ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble
    """
)
_THIRD = _rules("ical:ic ness: icate:ic iciti:ic ful: ative: alize:al")
_FOURTH = _rules("al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: ion: ou: ism: ate: iti: ous: ive: ize:")


@functools.lru_cache(maxsize=4096)
def stem(word: str) -> str | None:
    """Return the stem of a word in lower case; None for one that has more in it than letters from a to z and digits."""
    if _PLAIN.fullmatch(word) is None:
        return None
    if not _SHORTEST <= len(word) <= _LONGEST:
        return word
    word = _without_past(_without_plural(word))
    if word[-1] == "y" and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replaced(word, _SECOND, lambda left: _measure(left) > 0)
    word = _replaced(word, _THIRD, lambda left: _measure(left) > 0)
    word = _replaced(word, _FOURTH, lambda left: _measure(left) > 1)
    if word[-1] == "e":
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    if word[-2:] == "ll" and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word


def _without_plural(word: str) -> str:
    if word[-1] != "s" or word[-2] == "s":
        return word
    if word[-2] == "e" and ((len(word) > 4 and word[-4:-2] == "ss") or (len(word) > 3 and word[-3] == "i")):
        return word[:-2]
    return word[:-1]


def _without_past(word: str) -> str:
    """Return it without "ed" or "ing", the rest as it is then written: "hopping" is "hop", and "filing" is "file"."""
    if len(word) > 3 and word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if len(word) > len(ending) and word.endswith(ending):
            left = word[: -len(ending)]
            break
    else:
        return word
    if not _has_vowel(left):
        return word
    if len(left) > 2 and left.endswith(("at", "bl", "iz")):
        return left + "e"
    if len(left) > 1 and left[-1] == left[-2] and left[-1] not in "aeioulsz":
        return left[:-1]
    return left + "e" if _measure(left) == 1 and _ends_short(left) else left


def _replaced(word: str, rules: _Rules, condition: Callable[[str], bool]) -> str:
    """Return it with the first ending that it has replaced, if what stands before that meets the condition."""
    for ending, instead in rules.get(word[-2:-1], ()):
        if len(word) > len(ending) and word.endswith(ending):
            left = word[: -len(ending)]
            fits = condition(left) and (ending != "ion" or left[-1] in "st")
            return left + instead if fits else word
    return word


def _consonants(word: str) -> list[bool]:
    """Return which letters are consonants: y is one at the beginning and behind a vowel."""
    found: list[bool] = []
    before = False
    for letter in word:
        before = letter not in "aeiou" and not (letter == "y" and before)
        found.append(before)
    return found


def _measure(word: str) -> int:
    """Return how often consonants follow vowels."""
    found = _consonants(word)
    return sum(not vowel and consonant for vowel, consonant in zip(found, found[1:], strict=False))


def _has_vowel(word: str) -> bool:
    return any(letter in "aeiou" or (letter == "y" and i > 0) for i, letter in enumerate(word))


def _ends_short(word: str) -> bool:
    """Whether it ends in a consonant, a vowel and a consonant, the last not w, x or y."""
    return word[-1] not in "wxy" and _consonants(word)[-3:] == [True, False, True]
