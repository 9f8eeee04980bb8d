"""Cuts a statement of two facts in two, so that one can change without the other: "I live in Hull and work nights".

Only what stands alone is cut: two things that are so, of which neither gives the other its reason,
its time or its name.
"""

import functools
import re

from julep_local.memory.asides import FEWEST
from julep_local.memory.language import Language

_IS_SO = {
    "en": r"(?:am|have|['’]?ve got|live|work|play|teach|study|sing|own|volunteer|speak|want to|will|['’]ll|need|plan to"
    r"|collect|coach|drive|run)",
    "de": r"(?:bin|habe?|wohne?|lebe?|arbeite|spiele?|lerne?|studiere?|unterrichte|singe?|spreche?|will|möchte|werde"
    r"|brauche?|fahre?|sammle|trainiere|mache?|suche?)",
    "es": r"(?:soy|tengo|vivo|trabajo|estudio|juego|toco|canto|hablo|hago|doy|quiero|voy a|necesito|aprendo"
    r"|colecciono)",
}
"""Verbs of what is so or will be, as the speaker says them."""
_BEGINS = {
    "en": rf"(?:I (?:also )?{_IS_SO['en']}|I['’]m|I['’]ve got|I['’]ll)\b",
    "de": rf"ich {_IS_SO['de']}\b",
    "es": rf"(?:yo )?{_IS_SO['es']}\b",
}
_LEANS = {
    "en": r"because|since|when|whenever|while|if|so|which|who|where|than|although|though|until|unless|after|before"
    r"|there|it|its|them|they|their|he|she|him|his|her|that|this|those|these|then|therefore|both|too|same|ones?|either"
    r"|between|not only|again|would|just|both",
    "de": r"weil|da|wenn|als|während|obwohl|dass|damit|bevor|nachdem|bis|sobald|so|dort|daher|deshalb|deswegen|es|sie"
    r"|ihn|ihm|ihr|ihre\w*|dafür|darum|davon|dabei|dann|danach|beide\w*|dasselbe|daran|dazu|darin|darauf|würde|welche\w*"
    r"|gerade|wo|der die|zwischen|sowohl",
    "es": r"porque|cuando|si|mientras|aunque|pues|que|así|allí|ahí|eso|esto|ello|entonces|luego|ambos|él|ella|ellos"
    r"|otr[oa]s?|donde|como|para eso|le|les|lo|entre|tanto",
}
"""Words by which one half of a sentence may need the other."""
_AND = {"en": r",? and", "de": r",? und", "es": r",? [ye]"}
_KIN = {
    "en": r"(?P<kin>(?:an? )?(?:(?:step)?(?:mother|father|mum|mom|dad)|grand(?:mother|father|ma|pa|dad)|gran|nan|aunt"
    r"|uncle) (?:of|to) \w+.*)",
    "de": r"(?P<kin>(?:(?:Groß)?(?:[Mm]utter|[Vv]ater)|Oma|Opa|Mama|Papa|Tante|Onkel) von .+)",
    "es": r"(?P<kin>(?:madre|padre|mamá|papá|abuel[oa]|tí[oa]) de .+)",
}
_I = {"en": "I ", "de": "Ich ", "es": ""}
_I_AM = {
    "en": r"(?:I['’]m|I am) ",
    "de": r"ich bin ",
    "es": r"(?:yo )?soy ",
}
_SAYS_KIN = {"en": "I'm {a}{kin}", "de": "Ich bin {kin}", "es": "Soy {kin}"}


def parted(text: str, language: Language) -> list[str]:
    """Return the two facts of a statement, each with its subject; the statement alone if it is one."""
    code = language.code
    of_kin = _of_kin(code).match(text)
    if of_kin is not None:
        kin = of_kin["kin"]
        a = "" if re.match(r"(?i)an? ", kin) else "an " if kin[:1] in "au" else "a "
        return [of_kin["head"], _SAYS_KIN[code].format(a=a, kin=kin)]
    found = _halves(code).match(text)
    if found is None or _leans(code).search(text):
        return [text]
    head, tail = found["head"], found["tail"]
    if min(len(head.split()), len(tail.split()) + (not found["subject"])) < FEWEST[code]:
        return [text]
    begun = tail if found["subject"] else f"{_I[code]}{tail}"
    return [head, begun[:1].upper() + begun[1:]]


@functools.cache
def _halves(code: str) -> "re.Pattern[str]":
    subject = {"en": r"(?P<subject>I(?: |(?=['’])))?", "de": r"(?P<subject>ich )?", "es": r"(?P<subject>yo )?"}[code]
    return re.compile(
        rf"(?i:(?P<head>{_BEGINS[code]}[^,;:()–—]*?){_AND[code]} (?P<tail>{subject}(?:['’]m\b|{_IS_SO[code]}\b).+))$"
    )


@functools.cache
def _of_kin(code: str) -> "re.Pattern[str]":
    return re.compile(rf"(?P<head>(?i:{_I_AM[code]})[^;:()–—]{{3,60}}?){_AND[code]} {_KIN[code]}$")


@functools.cache
def _leans(code: str) -> "re.Pattern[str]":
    return re.compile(rf"(?i)\b(?:{_LEANS[code]})\b")
