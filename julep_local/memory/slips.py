"""A slip put right in a few words: "My flight is on Friday." "Sorry, Saturday."

Alone such words mean nothing. They are read into the statement before, in place of the one value of their sort in it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import stems
from julep_local.memory.statements import Statement, statements
from julep_local.memory.when import DAYS, MONTHS

MOST_WORDS = 9
_SLIP = re.compile(
    r"(?i)^(?:oh|ah|no|nein|nee|ups|oops|uy|ok|ach|wait)?[,.! ]*(?:sorry|oops|wait|hang on|hold on"
    r"|correction|i meant?|make that"
    r"|scratch that|my mistake"
    r"|not \w+ but|nein(?=,)|entschuldigung|quatsch|korrektur|ich meinte?|verzeihung|halt|moment|perdón|corrección"
    r"|quise decir"
    r"|mejor dicho|digo|no, )\b|\b(?:i meant?|ich mein\w*|quise decir|digo)[.!]*$"
    r"|^(?:it|they|that)(?:'s| is| has| was|'ve| have)* (?:now |been )*(?:moved|changed|pushed|postponed"
    r"|rescheduled|brought forward)\b.* to\b"
    r"|^(?:es|er|sie|das|der) (?:ist|wurde|wird) (?:jetzt |doch )*auf .* (?:verschoben|verlegt)|^(?:verschoben"
    r"|verlegt) auf\b"
    r"|^(?:lo|la|me lo|me la|nos lo|nos la) (?:han|he) (?:cambiado|aplazado|movido|pasado)\b"
)
_SORTS = (
    re.compile(rf"(?i)\b(?:{DAYS})\b"),
    re.compile(
        rf"(?i)\b\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of |de )?(?:{MONTHS})\b|\b(?:{MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b"
    ),
    re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b|\b\d{1,2}\.(?=\s|$)"),
    re.compile(rf"(?i)\b(?:{MONTHS})\b"),
    re.compile(r"\b\d{1,2}[:.]\d\d\b"),
    re.compile(r"\b\d+\b"),
    re.compile(
        r"(?i)\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|zwei|drei|vier|fünf|sechs"
        r"|sieben|acht|neun|zehn"
        r"|elf|zwölf|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)\b"
    ),
)
"""Days of the week, dates, days of the month, months, times of day, numbers, numbers in words."""
_COUNTS = _SORTS[-2:]


_SELF = (
    r"(?:no,? wait|wait,? no|no,? sorry|sorry,? no|oh no|no|sorry|i mean|make that|or rather|correction"
    r"|scratch that|ach"
    r"(?: \w+)?|quatsch|nee|nein|halt|sorry|ich meine?|besser gesagt|beziehungsweise|digo|perdón|miento"
    r"|mejor dicho|quiero"
    r" decir|no,? perdón|no,? espera)"
)
_VALUE = rf"(?:{'|'.join(sort.pattern.removeprefix('(?i)') for sort in _SORTS)})"
_AT_ONCE = re.compile(
    rf"(?i:(?P<old>{_VALUE})(?P<unit>(?: [^\W\d]+){{0,3}}) ?[,–—-]+ ?(?:{_SELF},? )+"
    rf"(?:(?:am|on|at|um|the|in|el|la|den) )?"
    rf"(?P<new>{_VALUE}))"
    rf"|(?P<name>\b[A-ZÄÖÜÁÉÍÓÚÑ]\w+) ?[,–—-]+ ?(?i:(?:{_SELF},? )+)(?:(?i:in|to|at|from|aus|nach|en|de|a) )?"
    r"(?P<other>[A-ZÄÖÜÁÉÍÓÚÑ]\w+)(?=[.!,]|$)"
)


def settled(text: str) -> str:
    """Return a text with each slip that is put right in the same sentence: "I'm six, no, seven" as "I'm seven"."""

    def right(match: "re.Match[str]") -> str:
        if match["name"]:
            return str(match["other"])
        old, new = str(match["old"]), str(match["new"])
        alike = any(sort.fullmatch(old) and sort.fullmatch(new) for sort in _SORTS)
        return f"{new}{match['unit']}" if alike and old != new else match.group()

    return _AT_ONCE.sub(right, text)


def put_right_at_once(text: str, earlier: Sequence[str]) -> tuple[Statement, str] | None:
    """Return the same of a slip that is put right in the message in which it was made: "We are six. Sorry, seven."."""
    sentences = own_sentences(text)
    for i in range(1, len(sentences)):
        found = put_right(" ".join(sentences[i:]), [*earlier, " ".join(sentences[:i])])
        if found is not None:
            return found
    return None


def put_right(text: str, earlier: Sequence[str]) -> tuple[Statement, str] | None:
    """Return the statement before with what a message corrects in it, and that statement's text; None if nothing is.

    Args:
        text: the message.
        earlier: what the speaker said in the session before, oldest first.
    """
    sentences = own_sentences(text)
    if not sentences or not earlier or sentences[0].rstrip().endswith("?"):
        return None
    said = sentences[0]
    if len(said.split()) > MOST_WORDS or not _SLIP.search(spoken(said).spelled(said)):
        return None
    before = statements(earlier[-1], earlier[:-1])
    if not before:
        return None
    last = before[-1]
    if len(sentences) > 1 and _shares(sentences[1], last):  # "No, that's her birthday. My hip was the 4th."
        said = sentences[1]
    for sort in _SORTS:
        new, old = sort.findall(said), sort.findall(last.text)
        if len(new) == 1 and len(old) == 1 and new != old and not _counts_else(said, new[0], last):
            at = last.text.index(old[0])
            return replace(last, text=last.text[:at] + new[0] + last.text[at + len(old[0]) :]), last.text
    return None


def _counts_else(said: str, number: str, last: Statement) -> bool:
    """Whether a number is one of something that the statement does not name: "Wait, two people at the door"."""
    if not any(sort.fullmatch(number) for sort in _COUNTS):
        return False
    counted = re.search(rf"\b{re.escape(number)}\s+(?P<what>[^\W\d]+)", said)
    return counted is not None and not {*stems(counted["what"], last.language)} <= {*stems(last.text, last.language)}


def _shares(sentence: str, other: Statement) -> bool:
    """Whether a sentence names something that a statement is about."""
    return bool(set(stems(sentence, other.language)) & set(stems(other.text, other.language)))
