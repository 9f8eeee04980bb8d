"""When something happens that is told in words: "yesterday", "a week on Monday", "am 3. Mai", "hace dos semanas".

Days are reckoned from the day on which it was said, in the zone of the person. Only what names a day, a week, a month
or a year counts; "for ten years" and "since 2015" say how long, not when. What the words mean is in `days.py`.
"""

import itertools
import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from julep_local.memory.days import DAYS, MONTHS, READERS, Told, is_name, may_name_one, weekday, year_named
from julep_local.memory.tense import clause, is_past

__all__ = ["DAYS", "MONTHS", "happened", "names_a_time", "tells_when"]

NOON = 12
"""A day stands for its noon in UTC, which falls on that day in nearly all time zones."""

MOST_CHARS = 1_000
"""Of a text in which times are looked for: a statement is much shorter."""
MOST_OF_ONE = 5
"""Times of one kind that are looked at."""

_READERS = tuple((rank, re.compile(words), read) for rank, words, read in READERS)
_HOW_LONG = re.compile(
    r"\b(?:since|every|each|for the (?:past|last)|seit|jede[nrsm]?|desde|cada|todos los|todas las|bis|not|nicht)"
    r"(?: (?:about|around|the|last|early|late|the end of|dem|der|den|letzte[nmr]?|ende|anfang|mitte|el|la|los"
    r"|finales de|principios de|zum|hace|hasta))*[ -]$"
)
"""What stands before a time that tells how long or how often, not when."""
_HABIT = re.compile(r"\b(?:always|usually|mostly|often|immer|meistens|siempre|suelo|suele|solemos|every|jeden|cada)\b")
_YEARLY = re.compile(r"\b(?:birthday|anniversary|geburtstag|hochzeitstag|cumpleaños|aniversario)\b")
_QUESTION = re.compile(r"^(?:the user: )?[^\"„“«:]{0,30}[\"„“«][^\"“”»]*[\"“”»]: ")
"""The question that stands before an answer."""


def happened(text: str, said_at: datetime, zone: tzinfo | None = None, message: str = "") -> datetime | None:
    """Return when that happens which the text tells of, as noon of the day in UTC; None if it does not say.

    A week, a month or a year stands for a day in it; last and next week for the same weekday in it.

    Args:
        text: one statement. Of an answer and its question the answer tells it, if one of them does.
        said_at: when it was said.
        zone: the person's time zone; None is that of the machine.
        message: what else was said with it: "the 14th" is of the month that it names.
    """
    plain = _plain(text)
    try:
        today = said_at.astimezone(zone).date()
    except OverflowError:  # the first and last hours that there are
        return None
    answer = _QUESTION.sub("", plain)
    found = (
        _after_another(answer, today, _plain(message))
        or _day(answer, today, _plain(message))
        or (_day(plain, today) if answer != plain else None)
    )
    if found is None:
        return None
    return datetime(found.year, found.month, found.day, NOON, tzinfo=timezone.utc)


def _after_another(plain: str, today: date, message: str) -> date | None:
    """Return the weekday after what another sentence tells the day of: "on the Monday after the exam"."""
    found = _AFTER.search(plain)
    if found is None:
        return None
    named = re.compile(rf"\b{re.escape(found['what'])}\b")
    for sentence in re.split(r"(?<=[.!?]) ", message):
        if found.group() not in sentence and named.search(sentence) and (day := _day(sentence, today)):
            return day + timedelta(days=(weekday(found["day"]) - day.weekday()) % 7 or 7)
    return None


_AFTER = re.compile(
    rf"\b(?P<day>{DAYS}) (?:after|nach|después del?) (?:(?:the|my|his|her|our|dem|der|meiner?|la|el|mi|su) )?"
    r"(?P<what>\w+)"
)


def tells_when(text: str) -> bool:
    """Whether a text names a day, or a time that stands for one."""
    return _day(_plain(text), date(2000, 1, 1)) is not None


def names_a_time(word: str) -> bool:
    """Whether the word is the name of a month or a weekday, in any of the languages."""
    return is_name(word)


def _plain(text: str) -> str:
    return " ".join(text[:MOST_CHARS].lower().replace("’", "'").split())


def _day(plain: str, today: date, around: str = "") -> date | None:
    """Return the day that is told most exactly, of several the first."""
    if not may_name_one(plain):
        return None
    taken: list[tuple[int, int]] = []
    best: tuple[int, int, date] | None = None
    for rank, words, read in _READERS:
        for found in itertools.islice(words.finditer(plain), MOST_OF_ONE):
            begins, ends = found.span()
            if begins == ends or any(begins < end and start < ends for start, end in taken):
                continue
            part = clause(plain, begins)
            taken.append((begins, ends))
            if _HOW_LONG.search(plain[:begins]) or ("day" in words.groupindex and _HABIT.search(part)):
                continue
            past = is_past(part) and not _YEARLY.search(part)
            told = Told(today, past, year_named(part, today), around)
            try:
                day = read(found, told)
            except (ValueError, OverflowError):  # 31.06.2025, a number that only looks like a day
                continue
            if day is not None and (best is None or (rank, begins) < best[:2]):
                best = rank, begins, day
    return best[2] if best else None
