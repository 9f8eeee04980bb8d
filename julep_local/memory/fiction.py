"""Which messages belong to a story or a game that is told, dictated or played, and where it begins and ends."""

import re
from collections.abc import Sequence

from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.prose import goes_on_with_a_text, own_sentences

GAME, TEXT = "a game", "a text"
"""What is played by both, and what a person dictates."""
MOST_NOTED = 12
"""Words with which a dictation is taken down; who answers with more has been asked for something else."""
SHORT_END = 4
"""Words with which a game is ended, and nothing else is said."""
WRITTEN = 3
"""Messages before, in which a story was asked for that is still worked on."""
_BRACKETED = re.compile(r"(?s)\s*(?:\(+|\[+|//)\s*(?:ooc\b:?)?(?P<what>.{3,}?)[)\]]*\s*$")
"""A message that a player puts in brackets: it is not their character's."""
_THANKS = re.compile(
    r"(?i)(?:(?:ok(?:ay)?|right|great|perfect|good|lovely|gut|super|prima|vale|bien|perfecto)[,.!]* )*"
    r"(?:thanks|thank you|danke|gracias|that's (?:it|all|the \w+)|das war'?s|ya está|eso es todo)\b"
)
"""Ends a dictation."""
_RESUMES = re.compile(
    r"(?i)(?:(?:ok(?:ay)?|and|now|so|gut|und|vale|y),? )*(?:carry on|go on|continue|back to the (?:scene|game|play)"
    r"|weiter|mach weiter|zurück ins spiel|sigue|seguimos|continúa)[.!]*$"
)
"""Ends a pause in a game."""
_STOP = re.compile(r"[,;:–—] ")


def in_fiction(text: str, talk: Sequence[tuple[str, str]] = ()) -> bool:
    """Whether a message is part of a story or a game that is told or played: since it began, until somebody ends it.

    Args:
        text: the message.
        talk: role and text of the messages before, oldest first.
    """
    return outside_fiction(text, talk) is None


def outside_fiction(text: str, talk: Sequence[tuple[str, str]] = ()) -> str | None:
    """Return what of a message is meant, None if it is part of a story or a game: what follows the end of one is meant.

    Args:
        text: the message.
        talk: role and text of the messages before, oldest first.
    """
    said = [each for role, each in talk if role == "user"]
    if said and goes_on_with_a_text(text, said[-1]):
        return None
    playing = ""
    for role, each in talk:
        playing = _playing(role, each, playing)[0]
    playing, meant = _playing("user", text, playing)
    written = [each for role, each in talk if role == "user"][-WRITTEN:]
    if meant and _revises(text) and any(_invents(each) for each in written):
        return None
    return (meant or None) if playing else meant


def _invents(text: str) -> bool:
    """Whether a message asks for a story, or is about one."""
    language = spoken(text)
    return language.invents.search(language.spelled(" ".join(text.split()))) is not None


def _revises(text: str) -> bool:
    """Whether a message says how what was written should be."""
    language = spoken(text)
    return any(language.revises.search(language.plain(each)) for each in own_sentences(text))


def _playing(role: str, text: str, playing: str) -> tuple[str, str]:
    """Return what goes on after a message, `GAME`, `TEXT` or nothing, and what of it is meant: before that or after."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    spelled = language.spelled(" ".join(text.split()))
    if role != "user":
        if playing == TEXT and len(text.split()) > MOST_NOTED:
            return "", text
        return (playing or GAME) if language.casts.search(spelled) else playing, text
    beside = _BRACKETED.match(text) if playing else None
    if beside is not None:
        return playing, beside["what"]
    ends = [i for i, each in enumerate(sentences) if language.ends_fiction.search(language.plain(each))]
    if not ends and playing == TEXT and sentences and _THANKS.match(sentences[0]):
        ends = [0]
    if ends:
        below = sentences[ends[-1] + 1 :]
        goes_on = playing if below and _RESUMES.match(below[-1]) else ""
        return goes_on, _after_end(sentences[ends[-1]], below, language) if playing else text
    if playing:
        return playing, ""
    if language.dictates.search(spelled):
        return TEXT, ""
    if language.fiction.search(spelled) or any(_narrates(language.plain(each), language) for each in sentences):
        begins = next((i for i, each in enumerate(sentences) if language.fiction.search(language.spelled(each))), 0)
        return GAME, "\n".join(sentences[:begins])
    return "", "" if language.invents.search(spelled) else text


def _after_end(last: str, below: Sequence[str], language: Language) -> str:
    """Return what is said behind the words that end a game, in their sentence and after it."""
    found = language.ends_fiction.search(language.spelled(last)) or _THANKS.match(last)
    rest = _STOP.split(last[found.end() :], maxsplit=1)[1:] if found else []
    said = rest or ([] if len(last.split()) <= SHORT_END else [last])
    return "\n".join([*said, *below])


def _narrates(plain: str, language: Language) -> bool:
    """Whether a sentence tells what somebody's character does: once, and not "every morning"."""
    return language.narrates.match(plain) is not None and language.signs.lasting.search(plain) is None
