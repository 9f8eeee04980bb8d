"""Whether a statement of some kind is likely to matter in a month: what speaks for it, weighed against what does not.

"I have a piano" and "I have 40 minutes" have the same form. A kind that lasts by itself (a name, a home, an illness)
needs nothing more; what is had, done or planned needs a reason to be kept: a time, how often, a name, a thing that one
keeps for years. The weights are whole numbers, so that a sum can be read.
"""

import re

from julep_local.memory.entities import entities
from julep_local.memory.language import Kind, Language
from julep_local.memory.tone import is_laughed_at
from julep_local.memory.when import names_a_time, tells_when

BASE = {
    "name": 4,
    "birth": 4,
    "health": 3,
    "loss": 3,
    "home": 2,
    "work": 2,
    "preference": 1,
    "habit": 1,
    "event": -1,
    "doing": -1,
}
"""By kind; family, things, plans and what has no kind begin at 0. What sums up to more than 0 is kept."""
_ALIKE = {"plan": ("plan", "event"), "event": ("plan", "event")}
"""Kinds that only the tense of the verb tells apart."""
LASTS, TIMED, NAMED, TYPICAL, LIFE = 2, 1, 1, 1, 2
DISTANT, PASSING, TRAIT, LAUGHED = 2, 2, 4, 2

_ONESELF = ("i'm ", "i am ", "we're ", "we are ", "ich bin ", "wir sind ", "soy ", "estoy ", "estamos ")
_LIVED = ("event", "family")
_GOES_ON = re.compile(
    r"\b(?:learning|studying|training (?:to|for|as)|saving|working (?:as|for|at)|doing (?:an?|my) (?:\w+ )?(?:degree"
    r"|phd|master|apprentic|intern|course|diploma)\w*|ausbildung|praktikum|lehre zum|haciendo (?:un|una|el|la"
    r"|mi) (?:\w+ )?(?:grado|máster|doctorado|curso|fp|carrera|formación|voluntariado|prácticas)|lerne|studiere|spare"
    r"|trainiere (?:\w+ )?für|schreibe (?:\w+ ){0,2}(?:mein|ein)\w* (?:\w*arbeit|buch|roman|diss)"
    r"|arbeite (?:als"
    r"|bei)|aprendiendo|estudiando|ahorrando|trabajando (?:de|en|como|para))\b"
)
"""What takes months."""
_NOW = re.compile(
    r"\b(?:today|just now|right now|at the moment|currently|heute|gerade|momentan|im moment|hoy|ahora mismo"
    r"|en este momento|ahora)\b,?"
)
_SETTLED = ("work", "home", "health")
"""Kinds of which what is added says nothing about how long they last: "I'm a piano tuner, I have a bag of tools"."""
_LIVES = ("live", "living", "viv")
_TODAY = re.compile(
    r"(?i)\b(?:today|tonight|now|this (?:morning|afternoon|evening)|heute|jetzt|hoy|ahora|esta (?:mañana|tarde"
    r"|noche))\b"
)
_PUNCHLINE = re.compile(
    r"(?:i|we|ich|wir|yo|soy|tengo|tenemos|estoy|me)\b[^:]{3,60}: (?:i|he|she|it|they|we|there|er|sie|es|ich|wir|él"
    r"|ella|ell[oa]s|me|yo|nos|an?|eine?|un[oa]?)\b"
)
"""What is said, and behind a colon what it comes to: "I married rich: he had two bicycles"."""
_REST = re.compile(r"(?:,| (?:and|but|because|so|which|und|aber|weil|y|pero|porque))(?= )")
"""Where what is added to a statement begins."""


def weighs(said: str, kind: Kind | None, language: Language, *, passing: bool = False) -> int:
    """Return what speaks for keeping a statement less what speaks against it; more than 0 is enough.

    Args:
        said: the statement in the person's words.
        kind: what kind of statement it is, None if no rule knows it.
        language: its language.
        passing: whether its words are of the moment or of the task at hand.
    """
    plain = language.plain(said)
    signs = language.signs
    name = kind.name if kind is not None else "other"
    if signs.unfinished.search(plain) or signs.ironic.search(plain):
        return 0
    total = BASE.get(name, 0)
    total += LASTS * bool(signs.lasting.search(plain))
    total += TIMED * _timed(said)
    total += NAMED * bool(entities(said, language) or signs.called.search(said))
    typical = [signs.typical[each] for each in _ALIKE.get(name, (name,)) if each in signs.typical]
    total += (LIFE if name == "event" else TYPICAL) * any(pattern.search(plain) for pattern in typical)
    total += TYPICAL * (name == "family" and plain.startswith(_ONESELF))
    total -= DISTANT * bool(signs.distant.search(_REST.split(plain, maxsplit=1)[0]))
    main = _REST.split(plain, maxsplit=1)[0] if name in _SETTLED else plain
    passing = passing or _passes(main, said, kind, language)
    total -= PASSING * passing
    total -= LAUGHED * (is_laughed_at(said) or _PUNCHLINE.match(plain) is not None)
    if name in ("work", "other", "habit"):
        total -= TRAIT * bool(signs.trait.search(plain))
    return total


def without_now(plain: str, kind: Kind | None, language: Language) -> str:
    """Return a statement without "today" and "at the moment" where these do not make it pass.

    Who became a father today is one tomorrow; who is learning Welsh at the moment will be next month.
    """
    lived = kind is not None and kind.name in _LIVED and language.signs.typical["event"].search(plain) is not None
    if not lived and _GOES_ON.search(plain) is None:
        return plain
    return " ".join(_NOW.sub(" ", plain).split())


def _passes(main: str, said: str, kind: Kind | None, language: Language) -> bool:
    """Whether the main clause of a statement is of the moment; a place with a name is a home: "I live in the Hague"."""
    found = language.signs.momentary.search(without_now(main, kind, language))
    if found is None or (found.group().startswith(_LIVES) and language.signs.called.search(said)):
        return False
    return True


def names_a_day(said: str) -> bool:
    """Whether a statement names a time that is neither today's nor tomorrow's: what has one is no errand."""
    return tells_when(_SOON.sub("", said))


_SOON = re.compile(
    r"(?i)\b(?:today|tonight|tomorrow(?! week)|last night|yesterday|this (?:morning|afternoon|evening)"
    r"|heute(?! (?:in|vor))|morgen(?! in)|gestern|hoy|mañana|ayer|anoche|esta (?:noche|tarde|mañana))\b"
)


def _timed(said: str) -> bool:
    """Whether a statement names a day other than today, a month or a year."""
    said = _TODAY.sub("", said)
    return tells_when(said) or any(names_a_time(word.strip(".,;!'’s")) for word in re.findall(r"[^\W\d_]+", said))
