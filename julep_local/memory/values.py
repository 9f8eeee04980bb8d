"""Values of which there is one at a time: a day put right, a shift, a part in a club, how many there are of something.

Another value ends the memory that has the one before. The tables are of three languages at once. Nothing here reads
memories or knows whose they are.
"""

import re

from julep_local.memory.when import DAYS

_NO_NAME = r"(?!(?:it|that|this|she|he|they|we|i|you|the|and|but|so|no|not|es|er|sie|das|ella|él)\b)"
_VALUE = rf"(?:(?:{DAYS})|\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|{_NO_NAME}(?-i:[A-ZÄÖÜÁÉÍÓÚÑ][\w'’-]+))"
_UNIT = r"(?: (?!not\b|but\b|nicht\b|sondern\b|sino\b|no\b)[^\W\d_]+){0,2}?"
_BEFORE = r"(?:(?:on|the|at|an?|am|der|die|um|el|la|los|a las|que es) )?"
_NOT_BUT = re.compile(
    rf"(?i)\b(?:not|nicht|no(?: es| se llama| son)?) {_BEFORE}(?P<old>{_VALUE}){_UNIT}"
    r"(?:, |,? (?:but|sondern|sino) | - | – |\. )"
    r"(?:(?:it|that|she|he)(?:'s| is| was)|they're|es (?:ist|sind|war)|es|se llama|son|but|sondern|sino)? ?"
    rf"{_BEFORE}(?P<new>{_VALUE})"
    rf"|(?P<new2>{_VALUE}){_UNIT},? (?:not|nicht|no) {_BEFORE}(?P<old2>{_VALUE})(?=[.,!;]|$| any)"
)
_NAME = re.compile(r"[A-ZÄÖÜÁÉÍÓÚÑ]")


def corrected(text: str) -> tuple[str, str] | None:
    """Return what a sentence says was wrong and what is right, or None: "Not Saturday, it's Sunday."."""
    for found in _NOT_BUT.finditer(text):
        old, new = found["old"] or found["old2"], found["new"] or found["new2"]
        of_one_sort = old[:1].isdigit() == new[:1].isdigit() and bool(_NAME.match(old)) == bool(_NAME.match(new))
        if of_one_sort and old.casefold() != new.casefold():
            return old, new
    return None


_SHIFTS = {
    "night": r"night shifts?|nachtschicht\w*|nachtdienst\w*|turno de noche|turno nocturno|hago noches|de noches",
    "early": r"earlies|early shifts?|morning shifts?|frühschicht\w*|frühdienst\w*|turno (?:de mañana|matutino)"
    r"|matutino|de mañanas",
    "late": r"lates|late shifts?|evening shifts?|back shifts?|afternoon shifts?|spätschicht\w*|spätdienst\w*"
    r"|turno (?:de tarde|vespertino)|vespertino|de tardes",
    "day": r"day shifts?|tagschicht\w*|tagdienst\w*|turno de día",
}
_ON = r"(?:work|working|on|do|doing|me (?:on|to)|back to|switched to|moved to|it's) (?:\w+ )?"
_ON_SHIFTS = {"night": "nights", "early": "mornings", "late": "(?:evenings|afternoons)", "day": "days"}
_SHIFT_OF = {
    name: re.compile(rf"\b(?:{words}|{_ON}{_ON_SHIFTS[name]}(?! (?:out|off|like|in a row|a week)))\b")
    for name, words in _SHIFTS.items()
}


def shifts(plain: str) -> set[str]:
    """Return at what times of the day a statement, in small letters, says that somebody works."""
    return {name for name, pattern in _SHIFT_OF.items() if pattern.search(plain)}


ROLES = tuple(
    """treasurer secretary chair chairman chairwoman president captain goalkeeper coach conductor drummer bassist
    singer guitarist organiser organizer moderator kassenwart kassenwartin schriftführer schriftführerin
    vorsitzende vorsitzender kapitän torwart tesorero tesorera secretario secretaria presidente presidenta
    capitán capitana portero""".split()
)
"""Parts in a club or team of which somebody has one."""
_ROLE = re.compile(rf"\b(?:{'|'.join(ROLES)})\b")
_TAKES_ON = re.compile(
    r"\b(?:made|elected|voted|promoted|appointed|took over|taken over|now"
    r"|gewählt|befördert|jetzt|geworden|übernommen|eleg\w+|nombra\w+|votaron|ahora|ascend\w+|hicieron)\b"
)


def takes_on(plain: str) -> set[str]:
    """Return the parts in a club or team that a statement, in small letters, says somebody has taken on."""
    return set(_ROLE.findall(plain)) if _TAKES_ON.search(plain) else set()


def roles(plain: str) -> set[str]:
    """Return the parts in a club or team that a statement, in small letters, gives somebody."""
    return set(_ROLE.findall(plain))


_NUMBERS = {
    word: number
    for number, row in enumerate(
        """two zwei dos
        three drei tres
        four vier cuatro
        five fünf cinco
        six sechs seis
        seven sieben siete
        eight acht ocho
        nine neun nueve
        ten zehn diez
        eleven elf once
        twelve zwölf doce""".splitlines(),
        start=2,
    )
    for word in row.split()
}
_COUNTED = re.compile(rf"\b(?P<n>\d+(?:[.,]\d+)?|{'|'.join(_NUMBERS)}) (?P<what>[^\W\d_]{{3,}})")
_ALTERS = re.compile(
    r"\b(?:down to|up to|only|just|left|now|nur noch|jetzt|inzwischen|noch|ahora|ya|solo|sólo|quedan?|quedaron)\b"
)


def counts(plain: str) -> dict[str, str]:
    """Return how many of what a statement, in small letters, names, by the word for what is counted."""
    found = _COUNTED.finditer(plain)
    return {each["what"]: str(_NUMBERS.get(each["n"], each["n"])) for each in found}


def alters_a_number(plain: str) -> bool:
    """Whether a statement says that a number has become another: "down to two hens"."""
    return _ALTERS.search(plain) is not None
