"""News of what was known: an appointment has another day, a plan is dropped.

Such a sentence is short and needs what it is about to be known, or it says nothing.
"""

import re

from julep_local.memory.language import Language
from julep_local.memory.sense import denies, slot
from julep_local.memory.stages import is_again, next_stages
from julep_local.memory.values import alters_a_number, corrected, counts, shifts, takes_on
from julep_local.memory.when import tells_when

NEWS = "news"
"""The kind of a sentence that is worth keeping only if it changes what is known."""
FEWEST_WORDS, MOST_WORDS = 3, 18

_MOVED = re.compile(
    r"(?i)(?<!\bi )(?<!\bwe )(?<!\bi've )(?<!\bwe've )\b(?:moved|pushed|put back|brought forward|shifted|postponed"
    r"|rescheduled|bumped|delayed)\b"
    r"|\b(?:moved|pushed|put|brought|changed|shifted|postponed|rescheduled) (?:back )?(?:my|our|the|it)\b"
    r"|\b(?:shifted|switched|rescheduled) \w+(?: \w+)? to\b"
    r"|\b(?:verschoben|verlegt|vorverlegt|vorgezogen|umgelegt)\b"
    r"|\b(?:cambiado|aplazado|movido|pasado a(?:l| los| la)?|pospuesto|retrasado|adelantado|mover|aplazar)\b"
)
_SOMEBODY = re.compile(r"(?i)(?:they|he|she|people|everyone)(?:'ve|'s| have| has)? moved\b(?! (?:my|our|the|it)\b)")
"""Who moved house has no other day."""
_DROPPED = re.compile(
    r"(?i)^(?:\W|also |so |oh |and |well |anyway )*(?:(?:i|we)(?:'ve| have"
    r"|'m)? )?(?:just |finally )?(?:scrapped|dropped"
    r"|ditched|binned|shelved|cancelled|canceled|called off|given up(?: on)?|gave up(?: on)?|pulled out of|quit"
    r"|packed in) (?:the|my|our|that)\b"
    r"|\b(?:is|are|was|were|been|got) (?:now |just |all |already )?(?:cancell?ed|called off|scrapped|shelved)\b"
    r"|\b(?:cancell?ed|called off) (?:the|my|our)\b"
    r"|\b(?:fell through|has fallen through|(?:is|are) (?:all )?off(?= now|[.,!]|$)|didn't work out|is not happening)"
    r"|\b(?:fällt|fallen) (?:leider |jetzt |doch )?(?:aus|flach|ins wasser)\b|\b(?:zerschlagen|geplatzt)\b"
    r"|\bno va más\b|\bse (?:ha caído|cayó)\b|\b(?:el|la|los|las|mi)(?= \w+ (?:lo|la|los|las) (?:he dejado|dejé)\b)"
    r"|\b(?:(?<!hat )abgesagt|gestrichen|aufgegeben|abgeblasen|sein ?gelassen|hat sich erledigt)\b"
    r"|\b(?:mache?|gehe?|spiele?|will|lerne?) ich (?:jetzt )?(?:doch )?nicht(?: mehr)?\b"
    r"|\b(?:(?:he|hemos) (?:dejado|cancelado|abandonado|descartado) (?:el|la|los|las|mi|lo)|se (?:ha )?cancel\w+"
    r"|han? cancelado (?:el|la|los|las|mis?))\b"
)


_AGE = re.compile(
    r"\b(?P<who>[A-ZÄÖÜÁÉÍÓÚÑ]\w+|(?<=, )(?:she|he|sie|er))(?: is|['’]s| turned| turns"
    r"|:? [Ss]he['’]s|:? [Hh]e['’]s| ist| wird| wurde|:? [Tt]iene"
    r"| cumplió| cumple|,? who['’]s|,)(?: now| jetzt| schon| ya| nun)? (?P<years>\d{1,2}|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|\w+teen|ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w+zehn"
    r"|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince)"
    r"(?! (?:hours|minutes|months|weeks|stunden|monate|wochen|horas|meses|semanas|of|cats?|dogs?|hij|kids|brothers))"
    r"(?=[.,;!]| (?:years?|jahre?|años?|now|jetzt|ya|in|on|am|im|and|und|y|en|el|seit|since)\b|$)"
)
"""Somebody by name, and how old they are."""
_NO_NAME = frozenset(("he", "she", "er", "sie", "ella", "él"))
_NOBODY = frozenset(
    ("it", "es", "there", "that", "this", "das", "today", "heute", "hoy", "i", "ich", "yo", "we", "wir")
)


def ages(text: str) -> dict[str, str]:
    """Return how old a text says that somebody is, by name, or by "" where it says "she"."""
    found = [(each["who"], each["years"].lower()) for each in _AGE.finditer(text)]
    return {"" if who.lower() in _NO_NAME else who: years for who, years in found if who.lower() not in _NOBODY}


def is_moved(text: str) -> bool:
    """Whether a text says that something has another day now."""
    return (
        len(text.split()) <= MOST_WORDS
        and _MOVED.search(text) is not None
        and _SOMEBODY.match(text) is None
        and tells_when(text)
    )


def is_dropped(text: str) -> bool:
    """Whether a text says that a plan is given up."""
    return len(text.split()) <= MOST_WORDS and _DROPPED.search(text) is not None


_OF_ONESELF = re.compile(
    r"^(?:[^:]{0,40}: |(?:it )?turns out (?:that )?|apparently,? |actually,? |resulta que )?(?:i'm not|i am not"
    r"|i don't|i do not|we don't|ich bin (?:kein\w*|nicht)|ich (?:habe?|esse"
    r"|trinke|mag) kein\w*"
    r"|no (?:soy|tengo|como|bebo|tomo|vivo|trabajo))\b"
)


def is_news(text: str) -> bool:
    """Whether a text gives something another day, or somebody another age, or drops a plan."""
    return is_moved(text) or is_dropped(text) or any(ages(text))


def may_be_news(text: str, language: Language) -> bool:
    """Whether a text may end what is known, whatever it is about: it is kept only if it does."""
    if not FEWEST_WORDS <= len(text.split()) <= MOST_WORDS:
        return False
    plain = language.plain(text)
    return bool(
        is_news(text)
        or language.over.search(plain) is not None
        or next_stages(plain)
        or corrected(text) is not None
        or shifts(plain)
        or slot(text, language) == "weight"
        or takes_on(plain)
        or (alters_a_number(plain) and counts(plain))
        or (denies(text, language) and _OF_ONESELF.search(plain))
        or (is_again(plain) and not denies(text, language) and language.first_person.search(plain) is not None)
    )


def without_moves(plain: str) -> str:
    """Return a text without the words that say that something is otherwise."""
    return " ".join(_DROPPED.sub(" ", _MOVED.sub(" ", plain)).split())
