"""What looks like the end of something that is known, and is none: another's, a part's, for once, or only feared.

Words such as "sold", "left" and "new" say that something ended, not what. It reads two statements and knows no store.
"""

import re

from julep_local.memory.gates import Candidate
from julep_local.memory.sense import stems
from julep_local.memory.topics import MAIN, subject
from julep_local.memory.values import shifts
from julep_local.memory.when import tells_when
from julep_local.store.memories import StoredMemory

_OTHERS = re.compile(
    r"\b(?:next door|neighbou?rs?|colleagues?|coworkers?|boss|manager|somebody|someone|people|everyone"
    r"|nachbar\w*|kolleg\w*|chef\w*|jemand|leute|vecin\w*|compañer\w*|jef[ea]s?|alguien|gente)\b"
)
_UNREAL = re.compile(
    r"\b(?:could|would|might|nearly|almost|thought|dreamt|dreamed|afraid|wish|if|beinahe|fast|dachte|hätte|geträumt"
    r"|wenn|casi|creí|pensé|soñé|si)\b"
)
_UNTIL = re.compile(
    r"\b(?:till|until|for (?:the|a|one|two|three) (?:winter|summer|week|month|weeks|months|day|days)"
    r"|bis|hasta)\b"
)
_BACK = re.compile(
    r"\b(?:weg|gone|lost|missing|verschwunden|ausgebüxt|perdid[oa])\b.*\b(?:wieder|back|again"
    r"|turned up|otra vez|volvió)\b"
)
_FOR_ONCE = re.compile(
    r"\b(?:today|tonight|tomorrow|this (?:week|evening|morning|afternoon|time|once|\w+day)|on (?:mon|tues|wednes"
    r"|thurs|fri|satur"
    r"|sun)day|last (?:week|\w+day)|just once|for once|heute|morgen|ausnahmsweise|diesmal|diese woche|am \w+tag|hoy"
    r"|mañana|esta"
    r" (?:semana|tarde|noche|vez)|por una vez|el (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo))\b"
)
_LASTS = re.compile(
    r"\b(?:from now on|for good|no longer|any ?more|since|permanently|as of|starting|now|ab (?:jetzt|sofort)"
    r"|nicht mehr|seit|jetzt"
    r"|für immer|desde|ya no|para siempre|a partir de|ahora)\b"
)
RECURS = re.compile(
    r"\b(?:every|each|weekly|daily|monthly|(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekends|shifts?|nights"
    r"|jede\w*|\w+tags"
    r"|\w+schicht\w*|\w+dienst|cada|tod[oa]s l[oa]s|los (?:lunes|martes|miércoles|jueves|viernes|sábados|domingos)"
    r"|turno)\b"
)
_SOFT = re.compile(
    r"instead|swapped|changed|moved|no more|cancel\w*|called off|(?:is|are) off|statt(?:dessen)?|getauscht"
    r"|verschoben|abgesagt"
    r"|fällt .*|findet nicht statt|cambi\w+"
)
"""Ends that may be of one time only; who sold something has sold it."""
_LEFT_BEHIND = re.compile(
    r"\bleft (?:(?:the|my|our|his|her|a|an|it|them|mine|yours)\b ?)?(?:\S+ ){0,3}(?:at|in|on|with|behind|out|outside"
    r"|by|under"
    r"|for)\b|\bleft (?:mine|it|them|him|her|me)\b|\b\w+ (?:are |is )?left(?:[.!,]|$)"
)
_PARTED_WITH = re.compile(
    r"\b(?:sold|gave away|got rid of|lost|quit|left|dropped|threw out|binned|returned|replaced) (?:(?:my|the|our|his"
    r"|her|a|an)"
    r" )?(?P<what>\w+(?: \w+){0,3}?)(?=[.,!;]| (?:and|at|in|on|to|for|because|since|last|this|yesterday|today|with"
    r"|from|when)\b|$)"
)
_FOR_WHAT = re.compile(
    r"\b(?:for|of|before|after|für|vor|nach|para|de|del|antes de|después de) (?:the|my|our|die|der|das|den|dem"
    r"|mein\w*|unser\w*|la|el"
    r"|mi|nuestr\w+) (?P<what>\w+)"
)
_ANOTHER = re.compile(
    r"\b(?:an?|another|ein\w*|una?|otr[oa]s?) (?:(?:new|neu\w*|nuev[oa]s?|other"
    r"|weitere\w*) )(?P<what>\w+)"
)
_ONE_ONLY = frozenset(
    """car phone bike job flat apartment house place laptop computer boss doctor dentist gp landlord
    wheelchair telly tv boyfriend girlfriend partner school company number address auto handy fahrrad job
    stelle wohnung haus rechner chef chefin arzt ärztin freund freundin schule firma nummer adresse coche
    carro móvil celular bici trabajo piso casa apartamento ordenador jefe jefa médico médica novio novia
    escuela empresa número""".split()
)
"""Of these a new one takes the place of the one before; of tattoos, friends and strings it does not."""


def is_spared(candidate: Candidate, known: StoredMemory) -> bool:
    """Whether a statement that says of something that it is over leaves a memory as it is."""
    language = candidate.language
    plain, before = language.plain(candidate.text), language.plain(known.said)
    if _UNREAL.search(plain) or _UNTIL.search(plain) or _BACK.search(plain):
        return True
    if is_of_others(candidate, known):
        return True
    said, told = subject(candidate.text, candidate), subject(known.said, candidate)
    if said and told and said != told:
        return True
    ends = {match.group() for match in language.over.finditer(plain)}
    if ends == {"left"} and _LEFT_BEHIND.search(plain):
        return True
    if (ends or shifts(plain)) and all(map(_SOFT.fullmatch, ends)) and is_for_once(candidate, known):
        return True
    own = set(stems(before, language))
    return _is_of_a_part(plain, own, candidate) or _is_one_more(plain, own, candidate)


def is_of_others(candidate: Candidate, known: StoredMemory) -> bool:
    """Whether a statement names neighbours, colleagues or whoever, and what is known names none."""
    language = candidate.language
    return bool(_OTHERS.search(language.plain(candidate.text))) and not _OTHERS.search(language.plain(known.said))


def is_for_once(candidate: Candidate, known: StoredMemory) -> bool:
    """Whether a statement is of one time, of what a memory says goes on."""
    plain = candidate.language.plain(candidate.text)
    goes_on = RECURS.search(known.said.lower()) is not None or not tells_when(known.said)
    return goes_on and _FOR_ONCE.search(plain) is not None and _LASTS.search(plain) is None


def _is_of_a_part(plain: str, own: set[str], candidate: Candidate) -> bool:
    """Whether what is gone only belongs to what is known: "I sold the piano stool", "the meeting for the operation"."""
    language = candidate.language
    if found := _PARTED_WITH.search(plain):
        shared = own & set(stems(found["what"], language))
        return bool(shared) and not shared & set(stems(found["what"].split()[-1], language))
    of = {stem for each in _FOR_WHAT.finditer(plain) for stem in stems(each["what"], language)}
    main = set(stems(_FOR_WHAT.sub(" ", MAIN.split(plain, maxsplit=1)[0]), language))
    return bool(own & of) and not own & main


def _is_one_more(plain: str, own: set[str], candidate: Candidate) -> bool:
    """Whether what is new is one more of what is known: a tattoo, a friend."""
    more = [each["what"] for each in _ANOTHER.finditer(plain) if each["what"] not in _ONE_ONLY]
    named = {stem for each in more for stem in stems(each, candidate.language)}
    rest = set(stems(_ANOTHER.sub(" ", plain), candidate.language))
    return bool(own & named) and not own & rest
