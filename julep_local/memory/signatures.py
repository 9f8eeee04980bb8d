"""The names that a person dictates: under their own letter, in their footer, and of whom they say who that is.

"Sign it Annelise" tells what the person is called, beside an order; "or ring Derek, that's my husband" who Derek is.
Both are made sentences, for the order would say nothing later. It knows no other way to tell a name.
"""

import re

from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences

MOST_PARTS = 3
"""Of a signature, behind the name: a trade, a firm, a town."""

_WORD = r"[A-ZÄÖÜÁÉÍÓÚÑ][\w'’-]+"
_SIGNED = re.compile(
    r"(?:^|[.,;:–—-] |\b(?i:and|und|y) )(?:(?i:please|bitte|just|ja|yes|sí|por favor),? )*(?i:"
    r"sign (?:(?:it|them|this|that|the (?:letter|mail|note|card|message)|off)\b ?)*(?:as |with |from )?"
    r"|signed(?: by)?|signature|sender"
    r"|put my name (?:under it|under that|below|at the (?:bottom|end))|unterschrift|absender|signatur|gruß(?=:)"
    r"|gezeichnet"
    r"|unterschreib(?:e|en)?(?: sie| bitte| das| es)*(?: mit| als)?"
    r"|firma(?=:)|firmado|remitente|f[ií]rm(?:a|e)(?:l[oae]|melo|mela)?(?: por favor)?(?: como| con)?)"
    rf"[:,]? ?(?<=[ ])(?P<name>{_WORD}(?: (?:(?:von|van|de|del|la"
    rf"|zu) )*{_WORD}){{0,3}})(?P<more>(?:, [^.,;?!\n]{{3,50}})*)"
)
_FOOTER = re.compile(
    r"(?i:\b(?:footer|letterhead|fußzeile|briefkopf|pie de página|membrete)\b)[^:.\n]{0,40}: "
    r"(?P<name>[A-ZÄÖÜÁÉÍÓÚÑ][^.,;?!\n]{3,50})(?P<more>(?:, [^.,;?!\n]{3,50})+)"
)
_NOBODYS = re.compile(
    r"(?i)\b(?:the|your|yours|mum|mom|dad|mummy|daddy|santa|captain|king|queen|love|best|kind|warm|regards|anonymous"
    r"|team|committee|dein\w*|ihre?|euer|eure|der|die|das|bitte|weihnachtsmann|osterhase|kapitän|könig\w*|mama|papa"
    r"|tu|su|el|los|las|mamá|papá|capitán\w*|rey|reina|atentamente|cariño)\b"
)
"""What stands in a signature and is nobody's name."""
_FOR_OTHERS = re.compile(
    r"(?i)\b(?:on behalf of|in the name of|for my \w+ to sign|(?:write|letter|mail|note|card) (?:\w+ )?(?:for|from) my"
    r"|im namen|im auftrag|für (?:mein\w*|unser\w*) \w+ (?:schreib|unter)\w*|(?:brief|mail|karte) (?:von|für) mein\w*"
    r"|en nombre de|de parte de|(?:carta|nota|correo) (?:de|para) mi)\b"
)
_FORMS = {"en": "I sign as {name}", "de": "Ich unterschreibe mit {name}", "es": "Firmo como {name}"}
_PRIVATE = re.compile(r"(?i)\d{4}|@|\b(?:iban|tel|fon|phone|fax|mobil|móvil|cuenta|konto|account)\b")

_KIN = r"(?P<kin>(?:my|mein|meine|mi) (?:\w+ )?[\w-]+)"
_INTRODUCED = re.compile(
    rf"(?P<before>['\"‘“„«»(][^'\"‘’“”„«»()\n]{{2,60}}['\"’“”»«)])(?:,| –| -)? (?i:and |und |y |que )?"
    rf"(?i:that's|that is|he's|he is|she's|she is|(?:das|er|sie|der|die) ist|es) {_KIN}\b(?! (?:\w+e?s )?(?:own|name))"
)
"""Somebody in quoted words, and behind them who it is."""
_IS = {"en": "is", "de": "ist", "es": "es"}
_BARE = re.compile(
    r"(?i)^(?:that's|that is|he's|he is|she's|she is|(?:das|er|sie|der|die) ist|(?:que )?es)"
    r" (?:my|our|meine?|unsere?|mi|nuestr[oa]) [\w-]+[.!]*$"
)


def dictated(text: str) -> list[str]:
    """Return what the names that a message dictates tell of its writer, as sentences."""
    found: list[str] = []
    for sentence in own_sentences(text):
        language = spoken(sentence)
        for pattern in (_SIGNED, _FOOTER):
            match = pattern.search(sentence)
            if match and not _NOBODYS.search(match["name"]) and not _FOR_OTHERS.search(text):
                found.append(_FORMS[_code(match.group(), language)].format(name=_public(match["name"], match["more"])))
                break
        introduced = _INTRODUCED.search(sentence)
        names = re.findall(rf"(?<!^)(?<!['\"‘“„«(]){_WORD}", introduced["before"]) if introduced else []
        if introduced and names and language.person.search(introduced["kin"]):
            found.append(f"{names[-1].rstrip(chr(39) + '’')} {_IS[language.code]} {introduced['kin']}")
    return found


def says_who_alone(text: str) -> bool:
    """Whether a statement says whose somebody is, and not who: "That's my husband."."""
    return _BARE.match(text.strip()) is not None


def _public(name: str, more: str) -> str:
    """Return a signature up to the first part of it with a number or an account."""
    parts: list[str] = []
    for part in more.split(", ")[1:]:
        if len(parts) == MOST_PARTS or _PRIVATE.search(part):
            break
        parts.append(part.strip())
    return ", ".join([name, *parts])


def _code(signed: str, language: Language) -> str:
    """Return in which language a signature is asked for; names are of none."""
    word = signed.casefold()
    if re.search(r"unterschr|absender|signatur:|signatur |gruß|gezeichnet|fußzeile|briefkopf", word):
        return "de"
    return "es" if re.search(r"f[ií]rm|remitente|membrete|pie de", word) else "en" if "sign" in word else language.code
