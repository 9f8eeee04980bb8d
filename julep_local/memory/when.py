"""When something happens that is told in words: "yesterday", "next Friday", "am 3. Mai", "hace dos semanas".

Days are reckoned from the day on which it was said, in the zone of the person. Only what names a day, a week, a month
or
a year counts; "for ten years" and "since 2015" say how long, not when.
"""

import calendar
import re
from datetime import date, datetime, timedelta, timezone, tzinfo

NOON = 12
"""A day stands for its noon in UTC, which falls on that day in nearly all time zones."""

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
_NUMBERS = {
    name: n
    for n, names in enumerate(
        (
            "a an one ein eine einen einem einer un una",
            "two zwei dos couple",
            "three drei tres",
            "four vier cuatro",
            "five fünf cinco",
            "six sechs seis",
            "seven sieben siete",
            "eight acht ocho",
            "nine neun nueve",
            "ten zehn diez",
        ),
        1,
    )
    for name in names.split()
}
_UNITS = {
    "day": "day", "days": "day", "tag": "day", "tage": "day", "tagen": "day", "día": "day", "días": "day",
    "week": "week", "weeks": "week", "woche": "week", "wochen": "week", "semana": "week", "semanas": "week",
    "fortnight": "fortnight",
    "month": "month", "months": "month", "monat": "month", "monate": "month", "monaten": "month", "mes": "month",
    "meses": "month",
    "year": "year", "years": "year", "jahr": "year", "jahre": "year", "jahren": "year", "año": "year", "años": "year",
}  # fmt: skip

MONTHS = "|".join(sorted(_MONTHS, key=len, reverse=True))
DAYS = "|".join(_DAYS)
_N = rf"(?P<n>\d{{1,3}}|{'|'.join(_NUMBERS)})(?: of| o tres)?"
_UNIT = rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})"

_FIXED = (
    (re.compile(r"\b(?:the day before yesterday|vorgestern|anteayer|antier)\b"), -2),
    (re.compile(r"\b(?:yesterday|last night|gestern|ayer|anoche)\b"), -1),
    (re.compile(r"\b(?:the day after tomorrow|übermorgen|pasado mañana)\b"), 2),
    (re.compile(r"\b(?:tomorrow|morgen(?! (?:früh )?(?:esse|trinke))|mañana)(?! por la mañana)\b"), 1),
    (re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening)|heute|hoy|esta (?:mañana|tarde|noche))\b"), 0),
)
_HABITUAL_MORNING = re.compile(r"\b(?:la|las|cada|de la|por la|esta) mañanas?\b|\b(?:jeden|am|guten|every) morgen\b")
_AGO = re.compile(
    rf"\b{_N} {_UNIT} ago\b|\bvor (?:etwa |ungefähr "
    rf"|rund )?{_N.replace('<n>', '<n2>')} {_UNIT.replace('<unit>', '<unit2>')}\b|\bhace (?:unos |unas "
    rf"|casi )?{_N.replace('<n>', '<n3>')} {_UNIT.replace('<unit>', '<unit3>')}\b(?! que)"
)
_AHEAD = re.compile(
    rf"\bin (?:about |etwa )?{_N} {_UNIT}(?:' time)?\b(?! (?:of|i))|\b(?:dentro de"
    rf"|en) {_N.replace('<n>', '<n2>')} {_UNIT.replace('<unit>', '<unit2>')}\b"
    rf"|\b{_N.replace('<n>', '<n3>')} {_UNIT.replace('<unit>', '<unit3>')} from now\b"
)
_LAST = re.compile(
    r"\b(?:last|letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?) (?P<unit>weekend|week|month|year|woche|wochenende"
    r"|monat|jahr)\b|\b(?:la|el) (?P<unit2>semana|mes|año) pasad[oa]\b|\bel (?P<unit3>fin de semana) pasado\b"
)
_NEXT = re.compile(
    r"\b(?:next|nächste[nrsm]?|kommende[nrsm]?) (?P<unit>weekend|week|month|year|woche|wochenende|monat|jahr)\b"
    r"|\b(?:la|el) (?:próxim[oa] )?(?P<unit2>semana|mes|año)(?: que viene| próxim[oa])\b"
    r"|\bla próxima (?P<unit3>semana)\b|\bel próximo (?P<unit4>mes|año)\b"
)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<last>last|this past|letzte[nrm]?|vergangene[nrm]?|vorige[nrm]?|el pasado)|(?P<next>next"
    rf"|nächste[nrm]?|kommende[nrm]?|el próximo)|(?P<this>this|coming|diese[nrm]?|este)|on|am"
    rf"|el) (?P<day>{DAYS})\b(?P<after> (?:pasado|que viene|próximo))?"
)
_SINCE_DAY = re.compile(rf"\b(?:since|seit|desde el) (?:last |letzte[mnr]? )?({DAYS})\b")
_DATE = re.compile(
    rf"\b(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of| de"
    rf"| del)? (?P<m>{MONTHS})\b\.?(?:,? (?:de |del )?(?P<y>\d{{4}}))?|(?P<m2>{MONTHS})\.? (?P<d2>\d{{1,2}})(?:st"
    rf"|nd|rd|th)?\b(?:,? (?P<y2>\d{{4}}))?|(?P<d3>\d{{1,2}})\.(?P<m3>\d{{1,2}})\.(?P<y3>\d{{4}})?)"
)
_MONTH_ONLY = re.compile(
    rf"\b(?P<how>in|im|en|para|of|last|next|this|early|late|letzten|nächsten|since|seit|desde|until|bis|every"
    rf"|jeden|cada|before|by)(?: early| late)? (?P<m>{MONTHS})\b(?:,? (?:de |del )?(?P<y>\d{{4}}))?"
)
_HOW_LONG = frozenset("since seit desde until bis every jeden cada before".split())
_YEAR = re.compile(
    r"\b(?:in|back in|im jahr|en|en el año|en el)(?: late| early| summer| winter| spring| autumn)? (?P<y>(?:19"
    r"|20)\d\d)\b|\b(?:sommer|winter|frühling|herbst|summer of|winter of|spring of|fall of|autumn of) (?P<y2>(?:19"
    r"|20)\d\d)\b"
)
_NTH = re.compile(
    r"\b(?:on )?the (\d{1,2})(?:st|nd|rd|th)\b(?! of| \w+ (?:time|place|floor|grade|year|birthday))"
    r"|\bam (\d{1,2})\.(?! \d)|\bel día (\d{1,2})\b"
)
_CLAUSE = re.compile(r"\b(?:that|who|which|because|so|but|que|porque|pero|dass|weil|aber) |[;:] ")
_YEARLY = re.compile(r"\b(?:birthday|anniversary|geburtstag|hochzeitstag|cumpleaños|aniversario)\b")
_SEASON = re.compile(
    r"\b(?P<how>in(?: the)?|this|next|last|im|en|este|esta|diesen|nächsten|letzten|el|la|early"
    r"|late) (?P<season>spring|summer|autumn|fall|winter|frühling|frühjahr|sommer|herbst|winter|primavera|verano"
    r"|otoño|invierno)\b(?P<after> pasad[oa]| que viene)?"
)
_SEASONS = {
    "spring": 4,
    "frühling": 4,
    "frühjahr": 4,
    "primavera": 4,
    "summer": 7,
    "sommer": 7,
    "verano": 7,
    "autumn": 10,
    "fall": 10,
    "herbst": 10,
    "otoño": 10,
    "winter": 1,
    "invierno": 1,
}
_OVER_TIME = re.compile(
    r"\b(?:since|until|till|for the (?:past|last)|every|each|seit|bis|jeden?|jede[rs]?|desde|hasta|cada|todos los"
    r"|todas las|always|usually|on \w+days|\w+tags|los (?:lunes|martes|miércoles|jueves|viernes|sábados"
    r"|domingos))\b"
)
_AHEAD_WORDS = re.compile(
    r"\b(?:will|'ll|going to|am (?:flying|moving|starting|getting|having|seeing|meeting|taking|leaving|visiting)"
    r"|planning|plan|next|(?:have|'ve got|have got) (?:an?|my|the)|appointment|\btest\b|exam|interview|flight"
    r"|wedding|due|is on|are on|starts?|leaves?|werde|wird|nächste|habe ich (?:einen|eine|ein|meinen)|ziehe|fliege"
    r"|fahre|heirate|beginne|fange|termin|prüfung|voy|vamos|tengo|será|próxim\w*|\w+aré|\w+eré|\w+iré|cita|examen"
    r"|vuelo|boda)\b"
)
_PAST_WORDS = re.compile(
    r"\b(?:was|were|had|did|went|got|bought|moved|started|finished|met|\w{3,}ed|won|lost|broke|left|quit|ran|habe"
    r"|hatte|war|wurde|bin|ge\w+t|ge\w+en|\w+(?:gekauft|gezogen)|\w{2,}[éó]|\w+(?:aron|ieron)|fui|hice|tuve"
    r"|estuve)\b"
)


def happened(text: str, said_at: datetime, zone: tzinfo | None = None) -> datetime | None:
    """Return when that happens which the text tells of, as noon of the day in UTC; None if it does not say.

    A week, a month or a year stands for its first day; last and next week for the same weekday in it.

    Args:
        text: one statement.
        said_at: when it was said.
        zone: the person's time zone; None is that of the machine.
    """
    plain = " ".join(text.lower().split())
    found = _day(plain, said_at.astimezone(zone).date())
    if found is None:
        return None
    return datetime(found.year, found.month, found.day, NOON, tzinfo=timezone.utc)


def tells_when(text: str) -> bool:
    """Whether a text names a day, or a time that stands for one."""
    return _day(" ".join(text.lower().split()), date(2000, 1, 1)) is not None


def names_a_time(word: str) -> bool:
    """Whether the word is the name of a month or a weekday, in any of the languages."""
    return word.lower() in _MONTHS or word.lower() in _DAYS


def _day(plain: str, today: date) -> date | None:
    try:
        return _dated(plain, today) or _relative(plain, today) or _weekday(plain, today) or _vague(plain, today)
    except (ValueError, OverflowError):  # the 31st of June, the year 9999 and a week
        return None


def _dated(plain: str, today: date) -> date | None:
    found = _DATE.search(plain)
    if not found or _OVER_TIME.search(plain[max(0, found.start() - 12) : found.start()]):
        return _day_of_month(plain, today)
    if found["iso"]:
        return date.fromisoformat(found["iso"])
    day = int(found["d"] or found["d2"] or found["d3"])
    month = int(found["m3"]) if found["m3"] else _MONTHS[found["m"] or found["m2"]]
    year = found["y"] or found["y2"] or found["y3"]
    return date(int(year), month, day) if year else _nearest_year(_clause(plain, found.start()), today, month, day)


def _day_of_month(plain: str, today: date) -> date | None:
    """Return the day that "the 26th" means: the next one, or the last one if it is past."""
    found = _NTH.search(plain)
    if not found or _OVER_TIME.search(plain[max(0, found.start() - 12) : found.start()]):
        return None
    day = int(next(n for n in found.groups() if n))
    clause = _clause(plain, found.start())
    back = _past(clause) and not _ahead(clause)
    for months in range(0, 3):
        month = _moved(today.replace(day=1), "month", -months if back else months)
        if day <= calendar.monthrange(month.year, month.month)[1]:
            wanted = month.replace(day=day)
            if (wanted <= today) if back else (wanted >= today):
                return wanted
    return None


def _clause(plain: str, at: int) -> str:
    """Return the part of a sentence that a date at this place belongs to: "she told me that she marries in May"."""
    begins = max((match.end() for match in _CLAUSE.finditer(plain, 0, at)), default=0)
    return plain[begins:]


def _nearest_year(clause: str, today: date, month: int, day: int) -> date:
    """Return the day in this year or the one that the tense means: to come, if nothing says that it is past."""
    back = _past(clause) and not _ahead(clause) and not _YEARLY.search(clause)
    this = _in_year(today.year, month, day)
    if not back and this < today:
        return _in_year(today.year + 1, month, day)
    if back and this > today:
        return _in_year(today.year - 1, month, day)
    return this


def _in_year(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _relative(plain: str, today: date) -> date | None:
    bare = _HABITUAL_MORNING.sub(" ", plain)
    for pattern, days in _FIXED:
        if pattern.search(bare):
            return today + timedelta(days=days)
    if found := _AGO.search(plain):
        return _moved(today, *_amount(found, -1))
    if found := _AHEAD.search(plain):
        return _moved(today, *_amount(found, 1))
    for pattern, sign in ((_LAST, -1), (_NEXT, 1)):
        if found := pattern.search(plain):
            return _whole(today, next(unit for unit in found.groups() if unit), sign)
    return None


def _whole(today: date, unit: str, sign: int) -> date:
    if unit in ("weekend", "wochenende", "fin de semana"):
        saturday = today + timedelta(days=5 - today.weekday())
        if sign > 0:
            return saturday if today.weekday() < 5 and unit == "weekend" else saturday + timedelta(days=7)
        return saturday - timedelta(days=7)
    kind = _UNITS[unit]
    if kind == "week":
        return today + timedelta(days=7 * sign)
    if kind == "month":
        return _moved(today, "month", sign).replace(day=1)
    return date(today.year + sign, 1, 1)


def _amount(found: "re.Match[str]", sign: int) -> tuple[str, int]:
    values = [each for each in found.groups() if each]
    n = int(values[0]) if values[0].isdigit() else _NUMBERS[values[0]]
    return _UNITS[values[1]], sign * n


def _moved(today: date, unit: str, n: int) -> date:
    if unit in ("day", "week", "fortnight"):
        return today + timedelta(days=n * {"day": 1, "week": 7, "fortnight": 14}[unit])
    months = today.year * 12 + today.month - 1 + (n if unit == "month" else 12 * n)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _weekday(plain: str, today: date) -> date | None:
    found = _WEEKDAY.search(plain)
    if not found:
        since = _SINCE_DAY.search(plain)
        return today - timedelta(days=(today.weekday() - _DAYS[since[1]]) % 7 or 7) if since else None
    if _OVER_TIME.search(plain):
        return None
    wanted = _DAYS[found["day"]]
    back = (today.weekday() - wanted) % 7 or 7
    on = (wanted - today.weekday()) % 7 or 7
    after = found["after"] or ""
    if found["last"] or "pasado" in after:
        return today - timedelta(days=back)
    if found["next"] or after:
        return today + timedelta(days=on)
    if found["this"] or _ahead(plain) or not _past(plain):
        return today + timedelta(days=on)
    return today - timedelta(days=back)


def _vague(plain: str, today: date) -> date | None:
    found = _MONTH_ONLY.search(plain)
    if found and found["how"] not in _HOW_LONG:
        return _month(found, _clause(plain, found.start()), today)
    if (season := _SEASON.search(plain)) and not _OVER_TIME.search(plain):
        month = _SEASONS[season["season"]]
        back = (
            season["how"] in ("last", "letzten")
            or (season["after"] or "").startswith(" pas")
            or (_past(plain) and not _ahead(plain))
        )
        return date(today.year - (month >= today.month) if back else today.year + (month < today.month), month, 1)
    if (year := _YEAR.search(plain)) and not re.search(r"\b(?:since|seit|desde|until)\b", plain[: year.start() + 1]):
        return date(int(year["y"] or year["y2"]), 1, 1)
    return None


def _month(found: "re.Match[str]", clause: str, today: date) -> date:
    month = _MONTHS[found["m"]]
    if found["y"]:
        return date(int(found["y"]), month, 1)
    if found["how"] in ("last", "letzten"):
        return date(today.year - (month >= today.month), month, 1)
    if found["how"] in ("next", "nächsten"):
        return date(today.year + (month <= today.month), month, 1)
    if _past(clause) and not _ahead(clause):
        return date(today.year - (month > today.month), month, 1)
    return date(today.year + (month < today.month), month, 1)


def _ahead(plain: str) -> bool:
    return _AHEAD_WORDS.search(plain) is not None


def _past(plain: str) -> bool:
    return _PAST_WORDS.search(plain) is not None
