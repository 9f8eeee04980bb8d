"""The words for days, weeks, months, seasons, feasts and years in three languages, and the day that each stands for.

A word is read against the day on which it was said and the tense of its clause. It knows nothing of sentences: which of
several times counts is told by `when.py`.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from julep_local.memory.tense import clause, is_past

_MONTHS = {
    name: n
    for n, names in enumerate(
        (
            "january jan januar jänner enero",
            "february feb februar feber febrero",
            "march mar märz marzo",
            "april apr abril",
            "may mai mayo",
            "june jun juni junio",
            "july jul juli julio",
            "august aug agosto",
            "september sep sept septiembre setiembre",
            "october oct oktober okt octubre",
            "november nov noviembre",
            "december dec dezember dez diciembre",
        ),
        1,
    )
    for name in names.split()
}
_DAYS = {
    name: n
    for n, names in enumerate(
        (
            "monday montag lunes",
            "tuesday dienstag martes",
            "wednesday mittwoch miércoles",
            "thursday donnerstag jueves",
            "friday freitag viernes",
            "saturday samstag sonnabend sábado",
            "sunday sonntag domingo",
        )
    )
    for name in names.split()
}
_SHORT_DAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_NUMBERS = {
    name: n
    for n, names in enumerate(
        (
            "a an one ein eine einen einem einer un una",
            "two zwei dos couple par",
            "three drei tres few paar",
            "four vier cuatro",
            "five fünf cinco",
            "six sechs seis",
            "seven sieben siete",
            "eight acht ocho",
            "nine neun nueve",
            "ten zehn diez",
            "eleven elf once",
            "twelve zwölf doce",
            "thirteen dreizehn trece",
            "fourteen vierzehn catorce",
            "fifteen fünfzehn quince",
        ),
        1,
    )
    for name in names.split()
}
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1,
    "erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2, "dritte": 3, "dritten": 3, "vierte": 4, "vierten": 4,
    "letzte": -1, "letzten": -1, "primer": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercera": 3,
    "cuarto": 4, "cuarta": 4, "último": -1, "última": -1,
}  # fmt: skip
_UNITS = {
    "day": "day", "days": "day", "tag": "day", "tage": "day", "tagen": "day", "día": "day", "días": "day",
    "week": "week", "weeks": "week", "wk": "week", "wks": "week", "woche": "week", "wochen": "week",
    "semana": "week", "semanas": "week", "fortnight": "fortnight",
    "month": "month", "months": "month", "monat": "month", "monate": "month", "monaten": "month", "mes": "month",
    "meses": "month",
    "year": "year", "years": "year", "jahr": "year", "jahre": "year", "jahren": "year", "año": "year", "años": "year",
    "weekend": "weekend", "wochenende": "weekend", "fin de semana": "weekend", "finde": "weekend",
}  # fmt: skip
_SEASONS = {
    "spring": 4, "springs": 4, "frühling": 4, "frühjahr": 4, "primavera": 4, "primaveras": 4,
    "summer": 7, "summers": 7, "sommer": 7, "sommern": 7, "verano": 7, "veranos": 7,
    "autumn": 10, "fall": 10, "herbst": 10, "otoño": 10, "otoños": 10,
    "winter": 1, "winters": 1, "wintern": 1, "invierno": 1, "inviernos": 1,
}  # fmt: skip
_PARTS = {
    "early": 5, "beginning": 5, "start": 5, "anfang": 5, "principios": 5, "primeros": 5,
    "mid": 15, "middle": 15, "mitte": 15, "mediados": 15,
    "late": 25, "end": 25, "ende": 25, "finales": 25, "fines": 25,
}  # fmt: skip
"""The day of a month that stands for a part of it."""
_EASTER = {
    "easter": 0, "ostern": 0, "pascua": 0, "ostersonntag": 0, "easter sunday": 0, "ostermontag": 1, "easter monday": 1,
    "good friday": -2, "karfreitag": -2, "semana santa": -3, "viernes santo": -2, "jueves santo": -3,
    "christi himmelfahrt": 39, "pfingsten": 49, "pfingstmontag": 50, "whitsun": 49, "fronleichnam": 60,
    "rosenmontag": -48, "fasching": -48, "karneval": -48, "carnaval": -47, "ash wednesday": -46, "aschermittwoch": -46,
}  # fmt: skip
"""Days from Easter Sunday."""
_FEASTS = {
    "christmas eve": (12, 24), "heiligabend": (12, 24), "heilig abend": (12, 24), "nochebuena": (12, 24),
    "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25), "weihnachten": (12, 25), "navidad": (12, 25),
    "navidades": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31), "silvester": (12, 31),
    "nochevieja": (12, 31), "new year's day": (1, 1), "new year's": (1, 1), "new year": (1, 1), "neujahr": (1, 1),
    "año nuevo": (1, 1), "reyes": (1, 6), "epiphany": (1, 6), "dreikönig": (1, 6), "valentine's day": (2, 14),
    "valentine's": (2, 14), "valentinstag": (2, 14), "san valentín": (2, 14), "halloween": (10, 31),
    "todos los santos": (11, 1), "allerheiligen": (11, 1), "nikolaus": (12, 6), "san juan": (6, 24),
    "puente de mayo": (5, 1), "bonfire night": (11, 5),
}  # fmt: skip


def _any(words: "dict[str, int] | dict[str, str] | dict[str, tuple[int, int]]") -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


MONTHS = _any(_MONTHS)
DAYS = "|".join(_DAYS)
_N = rf"(?:\d{{1,3}}|{_any(_NUMBERS)}|half an?|(?:einem )?halben?|medio|anderthalb|eineinhalb)"
_COUNT = rf"(?:(?:a|ein|un) )?(?P<n>{_N})(?: of| de| o tres)?"
_UNIT = rf"(?P<unit>{_any(_UNITS)})(?P<half> and a half| y medio| y media)?"
_ORD = rf"(?P<nth>{_any(_ORDINALS)})"
_DAY = rf"(?P<day>{DAYS})"
_MONTH = rf"(?P<month>{MONTHS})"
_YEAR = r"(?:,? (?:de |del )?(?P<year>\d{4}))?"
_OF_MONTH = (
    rf" (?:of|in|im|de|del|des)(?: the)? ?(?:{_MONTH}\b{_YEAR}|(?P<this>this month|diesem monat|dieses monats|este mes)"
    r"|(?P<following>next month|nächsten monats?|(?:mes )?que viene|próximo mes|mes próximo))"
)


@dataclass(frozen=True)
class Told:
    """In which circumstances a time is told."""

    today: date
    past: bool
    """Whether its clause tells of what is over."""
    year: int | None
    """The year that its clause names beside it, as "next year in March"."""
    beside: str = ""
    """What was said with it, which may name the month: "in June ... on the 14th"."""


Match = re.Match[str]
Reader = Callable[[Match, Told], date | None]


_WORDS = frozenset(
    word
    for words in (_MONTHS, _DAYS, _SHORT_DAYS, _UNITS, _SEASONS, _EASTER, _FEASTS)
    for name in words
    for word in re.findall(r"\w+", name)
) | frozenset(
    "yesterday today tonight tomorrow night morning afternoon evening vorgestern gestern heute morgen übermorgen antier"
    " anteayer ayer anoche hoy mañana tarde noche jahresende jahres monats".split()
)


def may_name_one(plain: str) -> bool:
    """Whether a text has a number or a word without which no time is told: most have none, and need no closer look."""
    found = re.findall(r"\w+", plain)
    return not _WORDS.isdisjoint(found) or any(each[0].isdigit() or each.endswith(_ENDS) for each in found)


_ENDS = ("tag", "mittwoch", "sonnabend")
"""Of a German day at the end of a longer word."""


def is_name(word: str) -> bool:
    """Whether the word is the name of a month or a weekday."""
    return word.lower() in _MONTHS or word.lower() in _DAYS


def weekday(name: str) -> int:
    """Return the place of a day in the week by its name, from 0 for Monday."""
    return _DAYS[name]


def month_named(plain: str, past: bool) -> int | None:
    """Return the only month that a text names in clauses of this tense, None if it names none or several."""
    found = {
        _MONTHS[match[1]] for match in _MONTH_NAMED.finditer(plain) if is_past(clause(plain, match.start())) == past
    }
    return found.pop() if len(found) == 1 else None


_MONTH_NAMED = re.compile(rf"\b(?:in|of|for|on|im|en|de|until|early|late|\d\d?\.?) ({MONTHS})\b")


def year_named(part: str, today: date) -> int | None:
    """Return the year that a clause names by its distance: "last year", "nächstes Jahr", "el año que viene"."""
    for pattern, years in _YEARS:
        if pattern.search(part):
            return today.year + years
    return None


_YEARS = (
    (re.compile(r"\b(?:the year before last|vorletzte[ns]? jahr\w*|el año antepasado)\b"), -2),
    (
        re.compile(
            r"\b(?:last year|(?:letzte|vorige|vergangene)[ns] jahr\w*|el año pasado|del año pasado|vorjahr)\b(?! am)"
        ),
        -1,
    ),
    (
        re.compile(
            r"\b(?:next year|(?:nächste|kommende)[ns] jahr\w*|(?:el|del) (?:año (?:que viene|próximo)|próximo año))\b"
        ),
        1,
    ),
    (re.compile(r"\b(?:this year|diese[ns] jahr\w*|(?:de )?este año)\b"), 0),
)


def easter(year: int) -> date:
    """Return Easter Sunday of a year, by the rule of Gauss in the form of Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _moved(today: date, unit: str, n: int) -> date:
    if unit in ("day", "week", "fortnight"):
        return today + timedelta(days=n * {"day": 1, "week": 7, "fortnight": 14}[unit])
    months = today.year * 12 + today.month - 1 + (n if unit == "month" else 12 * n)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _in_year(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _off(start: date, found: Match, sign: int) -> date | None:
    """Return the day so long before or after another as the match counts."""
    unit, word = _UNITS[found["unit"]], found["n"]
    if unit == "weekend":
        return None
    halves = word.startswith("half") or "halb" in word or word == "medio" or found["half"]
    whole = 1 if word in ("anderthalb", "eineinhalb") else 0
    if not halves:
        n = int(word) if word.isdigit() else _NUMBERS[word]
        if n == 15 and unit == "day" and word == "quince":
            n = 14  # as the Spanish count two weeks
        return _moved(start, unit, sign * n)
    if found["half"]:
        whole = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
    return _moved(_moved(start, unit, sign * whole), *_HALF[unit](sign)) if unit in _HALF else None


_HALF: dict[str, Callable[[int], tuple[str, int]]] = {
    "year": lambda sign: ("month", 6 * sign),
    "month": lambda sign: ("day", 15 * sign),
    "week": lambda sign: ("day", 3 * sign),
}


def _ago(found: Match, told: Told) -> date | None:
    return _off(told.today, found, -1)


def _ahead(found: Match, told: Told) -> date | None:
    return None if told.past else _off(told.today, found, 1)


def _within(found: Match, told: Told) -> date | None:
    return _off(told.today, found, 1)


def _since(found: Match, told: Told) -> date | None:
    """Read "since Friday", "desde ayer": lately, so that the day on which it began is meant."""
    if found["day"] is None:
        return told.today - timedelta(days=1)
    return told.today - timedelta(days=(told.today.weekday() - _DAYS[found["day"]]) % 7 or 7)


def _from_near(found: Match, told: Told) -> date | None:
    """Read "heute in drei Wochen", "a week tomorrow", "today two years ago"."""
    start = told.today + timedelta(days=1 if found["base"] in _TOMORROW else -(found["base"] == "gestern"))
    sign = -1 if "back" in found.re.groupindex and found["back"] else 1
    return _off(start, found, sign)


_TOMORROW = ("tomorrow", "morgen", "mañana")


def _day_of(found: Match) -> str:
    return found["day"] or found["day2"] or ""


def _day_after(weeks: int) -> Reader:
    """Return a reader of a weekday so many weeks after the coming one, or as many as the match counts."""

    def read(found: Match, told: Told) -> date | None:
        n = weeks
        if "n" in found.re.groupindex and found["n"]:
            n = int(found["n"]) if found["n"].isdigit() else _NUMBERS.get(found["n"], 0)
        coming = told.today + timedelta(days=(_DAYS[_day_of(found)] - told.today.weekday()) % 7 or 7)
        return coming + timedelta(days=7 * n)

    return read


def _day_before_last(found: Match, told: Told) -> date:
    wanted = _DAYS[_day_of(found)]
    return told.today - timedelta(days=7 + ((told.today.weekday() - wanted) % 7 or 7))


def _weekday(found: Match, told: Told) -> date:
    word = found["day"] if found["day"] is not None else found["short"]
    wanted = _DAYS[word] if word in _DAYS else _SHORT_DAYS[word]
    back = (told.today.weekday() - wanted) % 7 or 7
    on = (wanted - told.today.weekday()) % 7 or 7
    how, after = found["how"] or "", found["after"] or ""
    if _LAST.match(how) or "pasado" in after:
        return told.today - timedelta(days=back)
    if _NEXT.match(how) or after.strip() in ("que viene", "próximo"):
        return told.today + timedelta(days=on)
    return told.today - timedelta(days=back) if told.past else told.today + timedelta(days=on)


_LAST = re.compile(r"last|this past|letzte|vergangene|vorige|el pasado")
_NEXT = re.compile(r"next|nächste|kommende|el próximo|this|coming|diese|este")


def _month_meant(found: Match, told: Told, day: int = 1) -> date:
    """Return the first of the month that a match names: this year's, or the one that the tense means."""
    groups = found.re.groupindex
    if "this" in groups and found["this"]:
        return told.today.replace(day=1)
    if "following" in groups and found["following"]:
        return _moved(told.today.replace(day=1), "month", 1)
    month = _MONTHS[found["month"]]
    if found["year"] or told.year:
        return date(int(found["year"] or told.year or 0), month, 1)
    this = _in_year(told.today.year, month, day)
    if told.past and this > told.today:
        return date(told.today.year - 1, month, 1)
    last = _in_year(told.today.year, month, day if day > 1 else calendar.monthrange(told.today.year, month)[1])
    return date(told.today.year + (not told.past and last < told.today), month, 1)


def _nth_weekday(found: Match, told: Told) -> date | None:
    first = _month_meant(found, told)
    days = calendar.monthrange(first.year, first.month)[1]
    wanted = _DAYS[found["day"]]
    all_of_them = [first.replace(day=n) for n in range(1, days + 1) if first.replace(day=n).weekday() == wanted]
    nth = _ORDINALS[found["nth"]]
    return all_of_them[nth if nth < 0 else nth - 1]


def _part_of_another(found: Match, told: Told) -> date:
    """Read "anfang nächsten monats", "a finales del año pasado"."""
    sign = -1 if _BEFORE.search(found.group()) else 1
    day = _PARTS[found["part"]]
    if "year" in found["what"] or "jahr" in found["what"] or "año" in found["what"]:
        return date(told.today.year + sign, {5: 1, 15: 6, 25: 12}[day], 15)
    return _moved(told.today.replace(day=1), "month", sign).replace(day=day)


_BEFORE = re.compile(r"last|letzte|vorige|pasado")


def _nth_week(found: Match, told: Told) -> date:
    first, nth = _month_meant(found, told), _ORDINALS[found["nth"]]
    last = calendar.monthrange(first.year, first.month)[1]
    return first.replace(day=last - 3 if nth < 0 else 7 * (nth - 1) + 3)


def _part(found: Match, told: Told) -> date:
    day = _PARTS[found["part"]]
    return _month_meant(found, told, day).replace(day=day)


def _date(found: Match, told: Told) -> date:
    if found["iso"]:
        return date.fromisoformat(found["iso"])
    day = int(found["d"] or found["d2"] or found["d3"])
    month = int(found["m3"]) if found["m3"] else _MONTHS[found["m"] or found["m2"]]
    year = found["y"] or found["y2"] or found["y3"] or told.year
    return date(int(year), month, day) if year else _nearest(told, lambda in_: _in_year(in_, month, day))


def _nearest(told: Told, of: Callable[[int], date]) -> date:
    """Return the one of a year's days that the tense means: to come, if nothing says that it is past."""
    if told.year:
        return of(told.year)
    this = of(told.today.year)
    if told.past:
        return of(told.today.year - 1) if this > told.today else this
    return of(told.today.year + 1) if this < told.today else this


def _of_month(found: Match, told: Told) -> date | None:
    """Return the day that "the 26th" means: the next one, or the last one if it is past."""
    day = int(next(n for n in found.groups()[:4] if n))
    if found["following"]:
        return _moved(told.today.replace(day=1), "month", 1).replace(day=day)
    month = month_named(told.beside, told.past)
    if month is not None:
        return _nearest(told, lambda year: _in_year(year, month, day))
    for months in range(0, 3):
        month_of = _moved(told.today.replace(day=1), "month", -months if told.past else months)
        if day <= calendar.monthrange(month_of.year, month_of.month)[1]:
            wanted = month_of.replace(day=day)
            if (wanted <= told.today) if told.past else (wanted >= told.today):
                return wanted
    return None


def _whole(sign: int) -> Reader:
    """Return a reader of a whole week, weekend, month or year so far from this one."""

    def read(found: Match, told: Told) -> date:
        today, unit = told.today, next(unit for unit in found.groups() if unit)
        kind = _UNITS[unit]
        if kind == "weekend":
            saturday = today + timedelta(days=5 - today.weekday())
            if sign == 1 and today.weekday() < 5 and unit == "weekend":
                return saturday
            return saturday + timedelta(days=7 * sign)
        if kind == "week":
            return today + timedelta(days=7 * sign)
        if kind == "month":
            return _moved(today, "month", sign).replace(day=1)
        return date(today.year + sign, 1, 1)

    return read


def _feast(found: Match, told: Told) -> date:
    past = told.past or (found["how"] or "").startswith(("last", "letzte", "vorige"))
    told = Told(told.today, past, told.year)
    name = found["feast"]
    if name in _EASTER:
        return _nearest(told, lambda year: easter(year) + timedelta(days=_EASTER[name]))
    return _nearest(told, lambda year: date(year, *_FEASTS[name]))


def _season(found: Match, told: Told) -> date:
    month, today = _SEASONS[found["season"]], told.today
    how, after = found["how"], found["after"] or ""
    if found["y"] or told.year:
        return date(int(found["y"] or told.year or 0), month, 1)
    if how.startswith(("last", "letzte", "vorige")) or "pasad" in after or told.past:
        return date(today.year - (month >= today.month), month, 1)
    return date(today.year + (month < today.month), month, 1)


def _seasons_ago(found: Match, told: Told) -> date:
    month = _SEASONS[found["season"]]
    word = found["n"] if "n" in found.re.groupindex else "2"
    n = int(word) if word.isdigit() else _NUMBERS[word]
    return date(told.today.year - n, month, 1)


def _month(found: Match, told: Told) -> date:
    how, month, today = found["how"], found["month"], told.today
    n = _MONTHS[month]
    if not found["year"] and how in ("last", "letzten"):
        return date(today.year - (n >= today.month), n, 1)
    if not found["year"] and how in ("next", "nächsten"):
        return date(today.year + (n <= today.month), n, 1)
    return _month_meant(found, told)


def _the_year(found: Match, told: Told) -> date:
    return date(int(found["y"] or found["y2"] or found["y3"]), 1, 1)


def _end_of_year(found: Match, told: Told) -> date:
    return date(told.year or told.today.year - told.past, 12, 25)


def _in_days(days: int) -> Reader:
    return lambda found, told: told.today + timedelta(days=days)


_DATE = (
    rf"\b(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de| del)? (?P<m>{MONTHS})\b\.?"
    rf"(?:,? (?:de |del )?(?P<y>\d{{4}}))?|(?P<m2>{MONTHS})\.? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"(?:,? (?P<y2>\d{{4}}))?|(?P<d3>\d{{1,2}})\.(?P<m3>\d{{1,2}})\.(?P<y3>\d{{4}})?)"
)
_NEXT_MONTH = r"(?P<following> (?:of next month|nächsten monats|del (?:mes que viene|próximo mes|mes próximo)))?"
_NTH = (
    r"(?:\b(?:on )?the (\d{1,2})(?:st|nd|rd|th)\b(?! (?!of next)\w+ (?:time|place|floor|grade|year|birthday)| floor"
    r"| birthday| grade| time| place| century)"
    r"|\b(?:am|der|den|dem|zum|vom) (\d{1,2})\.(?! (?:\d|stock|etage|geburtstag|klasse|semester|platz|lebensjahr))"
    r"|\bel día (\d{1,2})\b"
    r"|(?<!\ben )(?<!\bcon )(?<!\bde )\bel ([1-9]|[12]\d|3[01])\b(?! ?[%:]| de (?!este)| por ciento"
    r"| años| \w+s\b|[.,]\d))"
    rf"{_NEXT_MONTH}"
)
_HOWS_OF_DAY = (
    "last|this past|letzte[nrm]?|vergangene[nrm]?|vorige[nrm]?|el pasado|next|nächste[nrm]?|kommende[nrm]?|el próximo"
    "|this coming|this|coming|diese[nrm]?|este|on|am|el|ab"
)
_NOT_A_DAY = (
    r"(?<!every )(?<!each )(?<!a )(?<!any )(?<!most )(?<!some )(?<!jeden )(?<!jeder )(?<!cada )(?<!black )(?<!einem )"
    r"(?<!einen )(?<!los )(?<!un )(?<!from )(?<!to )(?<!bis )(?<!von )(?<!de )(?<!a )(?<!good )(?<!-)"
)
_FEAST_HOWS = (
    "at|over|on|before|for|this|last|next|around|after|an|am|zu|über|nach|vor|diese[ns]|letzte[ns]?|vorige[ns]?|nächste[ns]?"
    "|en|por|para|el|la|las|este|esta|estas|in|antes de"
)
_SEASON_HOWS = (
    "in(?: the)?|this|next|last|im|en(?: el| la)?|este|esta|diesen|nächsten|kommenden|letzten|letztes|vorigen"
    "|el próximo|la próxima|el|la|early|late|of"
)

READERS: tuple[tuple[int, str, Reader], ...] = (
    (0, _DATE, _date),
    (0, rf"\b{_ORD} {_DAY}{_OF_MONTH}", _nth_weekday),
    (0, rf"\b{_ORD} (?P<month>{MONTHS})(?P<day>{DAYS})\b{_YEAR}", _nth_weekday),
    (1, rf"\b{_COUNT} {_UNIT} (?P<back>ago )?(?P<base>today|tomorrow)\b", _from_near),
    (1, rf"\b(?P<base>heute|morgen|gestern|hoy) (?:in|en|(?P<back>vor)) {_COUNT} {_UNIT}\b", _from_near),
    (1, r"\b(?P<base>tomorrow|today) week\b", lambda found, told: _moved(
        told.today + timedelta(days=found["base"] == "tomorrow"), "day", 7)),
    (1, rf"\b(?P<n>{_N}) (?:week|weeks) (?:on|from) (?:next )?{_DAY}\b", _day_after(1)),
    (1, rf"\b{_DAY} week\b", _day_after(1)),
    (1, rf"\b{_DAY} in (?P<n>{_N}) wochen?\b", _day_after(1)),
    (1, rf"\b{_DAY} (?:(?:en|dentro de) (?:ocho|7|8|siete) días|in (?:acht|8|sieben|7) tagen)\b", _day_after(1)),
    (1, rf"\b{_DAY} (?:en|dentro de) (?:quince|15|14) días\b", _day_after(2)),
    (1, rf"\b{_DAY} fortnight\b|\b(?:a )?fortnight (?:on|from) (?P<day2>{DAYS})\b", _day_after(2)),
    (1, rf"\b{_DAY} after next\b", _day_after(1)),
    (1, rf"\b{_DAY} before last\b|\bvorletzte[nrm]? (?P<day2>{DAYS})\b", _day_before_last),
    (1, rf"\bübernächste[nrm]? {_DAY}\b", _day_after(1)),
    (1, rf"\b{_COUNT} {_UNIT} (?:ago|back)\b", _ago),
    (1, rf"\bvor (?:etwa |ungefähr |rund |gut |knapp |ca\. )?{_COUNT} {_UNIT}\b", _ago),
    (1, rf"\bhace (?:unos |unas |casi |ya )?{_COUNT} {_UNIT}\b(?! que| ese| el \d)", _ago),
    (1, rf"\bin (?:about |around |roughly |etwa |rund )?{_COUNT} {_UNIT}(?:' time|s time)?\b(?! of\b)", _ahead),
    (1, rf"\ben (?:unos |unas )?{_COUNT} {_UNIT}\b", _ahead),
    (1, rf"\b(?:dentro de|de (?:aquí|hoy) (?:a|en)) (?:unos |unas )?{_COUNT} {_UNIT}\b", _within),
    (3, rf"\b(?:since|seit|desde)(?: last| letzte[mnr]?| el)? (?:{_DAY}\b|(?:yesterday|gestern|ayer)\b)", _since),
    (1, rf"\b{_COUNT} {_UNIT} from (?:now|today)\b", _ahead),
    (2, rf"\b{_ORD} (?:week|woche|semana){_OF_MONTH}", _nth_week),
    (2, rf"\b(?P<part>{_any(_PARTS)}) (?:of |del )?(?P<what>(?:next|last) (?:month|year)"
        r"|(?:nächsten|letzten|vorigen|kommenden) (?:monats|jahres)|(?:mes|año) (?:que viene|pasado|próximo)"
        r"|próximo (?:mes|año))\b", _part_of_another),
    (1, r"\bhace año y medio\b", lambda found, told: _moved(told.today, "month", -18)),
    (2, rf"\b(?P<part>{_any(_PARTS)})(?:[- ]| of (?:the )?| de (?:mes de )?){_MONTH}\b{_YEAR}", _part),
    (2, r"\b(?:(?:the )?end of (?:the|this) year|ende (?:des|dieses) jahres|(?:jahresende|year's end)"
        r"|(?:a )?(?:finales|fines|final) de (?:este )?año)\b", _end_of_year),
    (1, r"\b(?:the day before yesterday|vorgestern|anteayer|antier|antes de ayer)\b", _in_days(-2)),
    (1, r"\b(?:yesterday|last night|gestern|ayer|anoche)\b", _in_days(-1)),
    (1, r"\b(?:the day after tomorrow|übermorgen|pasado mañana)\b", _in_days(2)),
    (1, r"(?<!jeden )(?<!am )(?<!guten )(?<!every )(?<!por la )(?<!de la )(?<!la )(?<!esta )\b(?:tomorrow|morgen"
        r"|mañana)\b(?! (?:früh )?(?:esse|trinke))(?! por medio)", _in_days(1)),
    (1, r"\b(?:today|tonight|this (?:morning|afternoon|evening)|heute|hoy|esta (?:mañana|tarde|noche))\b",
        _in_days(0)),
    (0, _NTH, _of_month),
    (1, rf"\b(?P<how>{_HOWS_OF_DAY}) (?:(?P<day>{DAYS})|(?P<short>{_any(_SHORT_DAYS)}))\b"
        r"(?P<after> (?:pasado|que viene|próximo))?", _weekday),
    (1, rf"(?P<how>){_NOT_A_DAY}\b(?P<day>{DAYS})(?P<short>)\b(?P<after> (?:pasado|que viene|próximo))?"
        r"(?! (?:to|bis|a) \w*(?:day|tag)\b|['’-])", _weekday),
    (1, rf"\b(?P<how>{_FEAST_HOWS}) (?:the )?(?P<feast>{_any(_EASTER)}|{_any(_FEASTS)})\b", _feast),
    (1, r"(?<![\w ])(?P<how>)(?P<feast>silvester|heiligabend|weihnachten|ostern|pfingsten|karfreitag|ostermontag)\b",
        _feast),
    (2, r"\b(?:the week before last|vorletzte woche|hace dos semanas)\b",
        lambda found, told: told.today - timedelta(days=14)),
    (2, r"\b(?:the week after next|übernächste woche)\b", lambda found, told: told.today + timedelta(days=14)),
    (2, r"\b(?:this|diese[sm]?|este) (?:weekend|wochenende|fin de semana|finde)\b|\bkommende[sn]? wochenende\b"
        r"|\b(?:am|ab) wochenende\b|\bat the weekend\b",
        lambda found, told: told.today + timedelta(days=5 - told.today.weekday() - 7 * told.past)),
    (2, r"\b(?:last|letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?) (weekend|week|wk|month|woche|wochenende|monat)\b"
        r"|\b(?:la|el) (semana|mes) pasad[oa]\b|\bel (fin de semana|finde) pasado\b", _whole(-1)),
    (2, r"\b(?:next|nächste[nrsm]?|kommende[nrsm]?) (weekend|week|wk|month|woche|wochenende|monat)\b"
        r"|\b(?:la|el) (?:próxim[oa] )?(semana|mes)(?: que viene| próxim[oa])\b"
        r"|\b(?:la próxima|el próximo) (semana|mes)\b", _whole(1)),
    (2, rf"\b(?P<n>{_N}) (?P<season>{_any(_SEASONS)}) ago\b", _seasons_ago),
    (2, rf"\b(?:hace|vor) (?P<n>{_N}) (?P<season>{_any(_SEASONS)})\b", _seasons_ago),
    (2, rf"\bvorletzte[nrsm]? (?P<season>{_any(_SEASONS)})\b", _seasons_ago),
    (2, rf"\b(?P<season>{_any(_SEASONS)}) before last\b", _seasons_ago),
    (2, rf"\b(?P<how>in|im|en|para|of|last|next|this|early|late"
        rf"|letzten|nächsten|ab|from|for)(?: early| late)? {_MONTH}\b"
        rf"{_YEAR}", _month),
    (2, rf"\b(?P<how>{_SEASON_HOWS}) (?P<season>{_any(_SEASONS)})\b(?P<after> pasad[oa]| que viene)?"
        r"(?: (?:of |de |del )?(?P<y>(?:19|20)\d\d))?", _season),
    (3, r"\b(?:in|back in|im jahr|en|en el año|en el)(?: late| early)? (?P<y>(?:19|20)\d\d)\b|\b(?:sommer|winter"
        r"|frühling|herbst) (?P<y2>(?:19|20)\d\d)\b"
        r"|(?<![\w ])(?P<y3>(?:19|20)\d\d) (?:hab|bin|war|ist|wurde)", _the_year),
    (3, r"\b(?:last|letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?) (year|jahr)\b|\bel (año) pasado\b", _whole(-1)),
    (3, r"\b(?:next|nächste[nrsm]?|kommende[nrsm]?) (year|jahr)\b|\bel (año)(?: que viene| próximo)\b"
        r"|\bel próximo (año)\b", _whole(1)),
)  # fmt: skip
"""How exactly it is told (0 a date, 1 a day, 2 a week or a month, 3 a year), the words, and what they mean. Where two
of them overlap the former counts: "a week on Monday" is no Monday."""
