"""How a sentence falls into parts of which each can be true by itself: at its joints, and not through a phrase."""

import re

from julep_local.memory.earnest import asks_in
from julep_local.memory.entities import entities
from julep_local.memory.language import Language
from julep_local.memory.when import tells_when

PHRASE = 4
"""Words of a phrase before a comma to which the sentence after it belongs: "My left knee, they operated in 2020"."""
PART = re.compile(
    r"\b(?:there|dort|allí|ahí)[.!]*$|\b(?:is|are) (?:\w+ )?allergic(?! to)\b|^(?:i'm|i am|ich bin|soy) (?:the|der"
    r"|die|das|el|la) \w+[.!]*$"
)
"""A statement that only the one before it makes whole: "I teach there", "soy la madrina"."""
_WE = ("we ", "we're ", "we've ", "wir ", "nosotros ")
_BARE_NUMBER = re.compile(
    r"(?:i have|i've got|we have|we've got|ich habe|wir haben|tengo|tenemos) (?:one|two|three|four|five|six|zwei|drei"
    r"|vier|fünf|sechs|dos|tres|cuatro|cinco|seis|\d+)[.!]*$"
)
"""How many there are of what the part before names: "I'm more of a cat person, I have three"."""
_ONLY_WHEN = re.compile(
    r"(?i)(?:in|on|at|last|next|this|yesterday|today|tomorrow|am|im|vor|letzt\w+|nächst\w+|gestern|heute|morgen|en"
    r"|el|la|hace|ayer|hoy|mañana|\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten)(?: [\w.]+){0,2}\s*$"
)
_ONE_OF_TWO = re.compile(
    r"(?i)(?:(?:so|also|well|and|und|y|now|then),? )?(?:my|our|mein\w*|unser\w*|mi|mis|nuestr\w+)(?: [\w'-]+){1,3}$"
)
"""The first half of a subject of two."""


def with_their_times(parts: list[str]) -> list[str]:
    """Return the parts of a sentence, one that only says when as the beginning of the next: "In 2009 I moved"."""
    joined: list[str] = []
    for part in parts:
        if joined and _ONLY_WHEN.match(joined[-1]) and tells_when(joined[-1]):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def of_two(parts: list[str], sentence: str) -> list[str]:
    """Return the parts of a sentence, its subject put together again where it is two: "My wife and I moved"."""
    if len(parts) > 1 and _ONE_OF_TWO.match(parts[0]) and sentence.startswith(parts[0]):
        return [sentence[: sentence.index(parts[1], len(parts[0]))] + parts[1], *parts[2:]]
    return parts


def leaning(parts: list[str], language: Language) -> list[str]:
    """Return the parts of a sentence, one that needs the part before to be understood together with it."""
    joined: list[str] = []
    for part in parts:
        plain = language.plain(part)
        outside = language.signs.distant.search(plain)
        leans = (outside and " " not in outside.group()) or plain.startswith(_WE) or PART.search(plain)
        short = len(joined) == 1 and len(joined[0].split()) <= PHRASE and not states_something(joined[0], language)
        if joined and (
            short
            or _BARE_NUMBER.match(plain)
            or (leans and (outside or _names_something(joined[-1], language)) and not asks_in(joined[-1], language))
        ):
            joined[-1] += f", {part}"
        else:
            joined.append(part)
    return joined


def states_something(text: str, language: Language) -> bool:
    """Whether a part of a sentence is more than a phrase: it speaks of the speaker, asks or answers."""
    plain = language.plain(text)
    return not plain.strip(" ,.!") or bool(
        language.first_person.search(plain) or language.question.match(plain) or language.lead_in.match(f"{plain} ")
    )


def _names_something(text: str, language: Language) -> bool:
    """Whether a text has a name or somebody of the speaker's, which the text after it may mean."""
    return bool(entities(text, language)) or language.mine.search(language.spelled(text)) is not None
