"""The days that a query names: "in May", "on 13 October 2023", "2023-10-13". English months; it knows no clock."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_MONTHS = "january february march april may june july august september october november december".split()
_NAMES = "|".join([*_MONTHS, "sept", *(month[:3] for month in _MONTHS)])
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH = re.compile(rf"\b(?:{_DAY}(?: of)? )?({_NAMES})\b\.?(?: {_DAY}\b(?!:))?(?:,? (\d{{4}})\b)?", re.IGNORECASE)
_ISO = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")
_ALSO_VERBS = ("may", "march")

NO_DAY = -1_000_000_000
"""In place of a day number where there is no date."""


class Named(NamedTuple):
    """A month that a query names, perhaps of a year, perhaps a day of it."""

    year: int | None
    month: int
    day: int | None


def named_dates(query: str) -> list[Named]:
    """Return the months and days that are named.

    Behind the first word "May" and "March" are months if they have a capital, else only with a day or a year; so are
    short forms, of which "Jan" and "Mar" are names too.
    """
    found = [Named(int(year), int(month), int(day) if day else None) for year, month, day in _ISO.findall(query)]
    for match in _MONTH.finditer(query):
        before, name, after, year = match.groups()
        word = name.lower()
        if not (before or after or year) and (
            word not in _MONTHS or (word in _ALSO_VERBS and not (name[0].isupper() and match.start()))
        ):
            continue
        month = next(i for i, each in enumerate(_MONTHS, start=1) if each.startswith(word[:3]))
        day = before or after
        found.append(Named(int(year) if year else None, month, int(day) if day else None))
    return [each for each in found if 1 <= each.month <= 12 and (each.day is None or 1 <= each.day <= 31)]


def fits(
    days: "npt.NDArray[np.int32]", dates: Sequence[Named]
) -> "tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]":
    """Return which of the days are in a month that is named, and which are such a day or the one beside it.

    Args:
        days: (n,), since 1970-01-01; `NO_DAY` for none.
        dates: what is named.
    """
    in_month = np.zeros(len(days), dtype=np.bool_)
    on_day = np.zeros(len(days), dtype=np.bool_)
    if not dates:
        return in_month, on_day
    since = days.astype("datetime64[D]")
    months = since.astype("datetime64[M]").astype(np.int64)
    known = days != NO_DAY
    for each in dates:
        fitting = known & (months % 12 == each.month - 1)
        if each.year is not None:
            fitting &= months // 12 == each.year - 1970
        in_month |= fitting
        if each.day is not None:
            of_month = (since - since.astype("datetime64[M]")).astype(np.int64) + 1
            on_day |= fitting & (np.abs(of_month - each.day) <= 1)
    return in_month, on_day
