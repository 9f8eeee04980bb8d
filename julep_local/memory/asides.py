"""What a sentence says beside what it is for: "Something quiet, because my mum lives with us".

People tell most of what they are while they ask for something else: in a reason, behind a comma, in a phrase in front,
in brackets. Such a part is made as whole as it can be with the words that stand there: a German clause gets its verb
back in second place, a role gets its subject. It knows the joints of sentences, and nothing of what is kept.
"""

import functools
import re
from collections.abc import Iterator

from julep_local.memory.language import Language

LONGEST = 60
"""Words of a sentence in which asides are looked for; what is longer is told, not asked."""
FEWEST = {"en": 3, "de": 3, "es": 2}
"""Words of an aside, by language: in Spanish the verb says who."""

_JOINTS = {
    "en": (
        r"\s*[,;:]+ (?:(?:and|but|so|also|plus|because|since|as|cause|cuz|'cause|given that|seeing as|though"
        r"|although|while) )?|\s*[–—]+\s*| -+ |\s*[()]\s*"
        r"|(?<!just) (?:because|cause|cuz|'cause|coz|bc|seeing as|given that|now that|and|but|so|since(?= (?:i|i'm"
        r"|i've|my"
        r"|we|our)\b)|as(?= (?:i'm|i've|my|our|we're)\b)|which is why|that's why) "
    ),
    "de": (
        r"\s*[,;:]+ (?:(?:und|aber|also|denn|außerdem|sondern|obwohl|weil|da|zumal) )?|\s*[–—]+\s*| -+ |\s*[()]\s*"
        r"| (?:weil|denn|und|aber) "
    ),
    "es": (
        r"\s*[,;:]+ (?:(?:y|e|pero|así que|además|porque|ya que|que|pues|aunque|es que|como) )?|\s*[–—]+\s*| -+ "
        r"|\s*[()]\s*"
        r"| (?:porque|ya que|pues|y(?! yo (?:en|a|nos)\b)|pero|es que) "
    ),
}
"""Between a part of a sentence and the next, in any spelling of small and capital letters."""
_VERB_LAST = re.compile(r"(?i)(?:^|[,;(–—-] ?|\s)(?:weil|da|obwohl|zumal)\s*$")
"""How a German part is joined whose verb stands at its end."""
_GERMAN_SUBJECT = re.compile(
    r"(?:(?i:ich|wir)|(?i:mein\w*|unser\w*)(?: [a-zäöüß]+e[rn]?)?(?: [A-ZÄÖÜ][\w-]*)+|(?i:mein\w*|unser\w*) \w+)\b"
)
_ROLES = {
    "en": (
        (r"(?i)\bas (?=an? )(?P<what>an? (?:[\w-]+ ){0,4}?[\w-]+)(?=,)", "I'm {what}"),
        (r"(?i)\b(?:in my (?:job|work|role) as) (?P<what>an? [\w-]+(?: \w+)?)(?=,| i\b)", "I'm {what}"),
        (
            r"(?i)(?:^|[,.] )being (?P<what>(?!honest|fair|real|able|as\b|so\b|that\b|this\b)[^,.?!]{3,40}?)(?=,"
            r"| i\b)",
            "I'm {what}",
        ),
        (r"(?i)\bas someone (?:with|who has) (?P<what>[^,.?!]{3,40})(?=,)", "I have {what}"),
        (
            r"(?i)\bwith (?P<what>(?:two|three|four|five|my two|my three|a|twin) (?:\w+ )?(?:kids|children|boys"
            r"|girls|toddlers"
            r"|dogs|cats|babies|baby|toddler|newborn))(?: [^,.]{0,20})?(?=,| i\b| we\b)",
            "I have {what}",
        ),
    ),
    "de": (
        (
            r"\b[Aa]ls (?P<what>(?:\w+e[r]? )?[A-ZÄÖÜ][\w-]+(?: (?:mit|von|in) (?:\w+ )?[A-ZÄÖÜ]\w+)?)(?=,|: (?=\w+ )"
            r"| (?:\w+e|kann|darf|muss|will|mag) ich\b)",
            "Ich bin {what}",
        ),
    ),
    "es": (
        (
            r"(?i)\b(?:(?:al )?ser|siendo|como) (?P<what>(?!siempre|mucho|regalo|plato|postre|ejemplo|mínimo|máximo)\w+"
            r"(?:[oa]|or|ora|ista|ente|ero|era|dre)(?: de (?:dos|tres|cuatro|\w+[oa]s))?(?: \w+)?)(?=,)",
            "Soy {what}",
        ),
        (
            r"(?i)\bcon (?P<what>(?:dos|tres|cuatro|cinco|mis (?:dos|tres)) (?:hij[oa]s|niñ[oa]s|críos|perr[oa]s"
            r"|gat[oa]s))"
            r"(?=,| (?:no )?(?:necesit|quer|pued|busc)\w+)",
            "Tengo {what}",
        ),
    ),
}
"""A role or a condition beside a request: by language, and what it says of the speaker."""
_WHO = re.compile(
    r"(?i)(?P<whom>\b(?:my|our|mis?|nuestr[oa]s?) (?:[\w-]+ ){0,2}?[\w-]+),? (?P<who>who['’]s|who"
    r"|que) (?P<does>[^,.;:?!()]{4,80})"
)
"""Somebody of the speaker's and what is told of them: "for my son who is allergic to nuts"."""
_AGE = re.compile(
    r"(?i)\b(?:my|our|mein\w*|unser\w*|mis?|nuestr[oa]s?) (?:[\w-]+ ){0,3}?[\w-]+ ?(?:\(|, )(?:is |ist |de )?"
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|ein|zwei|drei|vier|fünf|sechs|sieben"
    r"|acht"
    r"|neun|zehn|elf|zwölf|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)"
    r"(?: (?:and|und|y) \w+)?(?:[ -]?(?:years?|months?|weeks?|yo|yrs|jahre?|monate?|wochen?|años?|mes(?:es)?"
    r"|semanas?))?"
    r"(?:[ -]old| alt)?(?:\)|(?=,))"
)
"""Somebody with their age behind them: "our daughter (twelve weeks)"."""


def asides(sentence: str, language: Language) -> Iterator[str]:
    """Yield the parts of a sentence that may state something by themselves, in order, each as whole as it can be made.

    Args:
        sentence: as it was written; parts of it that ask are among them.
        language: its language.
    """
    if len(sentence.split()) > LONGEST:
        return
    for role, says in _roles(language.code):
        for found in role.finditer(sentence):
            yield says.format(what=found["what"])
    for told in _WHO.finditer(sentence):
        verb = {"who's": "is ", "who’s": "is "}.get(told["who"].lower(), "")
        yield f"{told['whom']} {verb}{told['does']}"
    begins, joint = 0, ""
    asked = language.question.match(language.plain(sentence)) is not None
    for match in [*_joints(language.code).finditer(sentence), None]:
        part = sentence[begins : len(sentence) if match is None else match.start()].strip(" ,;:–—-()")
        if language.code == "de" and _VERB_LAST.search(joint):
            part = verb_second(part)
        elif language.code == "de" and not begins and (first := re.match(r"(?i)(?:weil|da|obwohl) ", part)):
            part = verb_second(part[first.end() :])
        if begins and asked and not part.startswith("¿"):
            part = part.rstrip(" ?")  # the question was in front: "what can I cook, I'm vegan?"
        if len(part.split()) >= 2 and len(part) < len(sentence.strip(" .!?")):
            yield part
        if match is not None:
            begins, joint = match.end(), match.group()


def aged(sentence: str) -> list[str]:
    """Return who of the speaker's is named in a sentence with their age behind them: "our daughter (twelve weeks)"."""
    return [match.group() for match in _AGE.finditer(sentence)]


def verb_second(clause: str) -> str:
    """Return a German clause with the verb from its end behind its subject: "ich nachts arbeite"."""
    subject = _GERMAN_SUBJECT.match(clause)
    rest = clause[subject.end() :].rstrip(" .!") if subject else ""
    if subject is None or len(rest.split()) < 1:
        return clause
    *others, verb = rest.split()
    return " ".join([subject.group(), verb, *others])


@functools.cache
def _joints(code: str) -> "re.Pattern[str]":
    return re.compile(f"(?i){_JOINTS[code]}")


@functools.cache
def _roles(code: str) -> "tuple[tuple[re.Pattern[str], str], ...]":
    return tuple((re.compile(pattern), says) for pattern, says in _ROLES[code])
