"""All languages that rules know. Another one is a file beside english.py and a line here."""

from julep_local.memory.english import ENGLISH
from julep_local.memory.german import GERMAN
from julep_local.memory.language import Language, language_of
from julep_local.memory.spanish import SPANISH

LANGUAGES: tuple[Language, ...] = (ENGLISH, GERMAN, SPANISH)


def spoken(text: str, default: Language | None = None) -> Language:
    """Return the language of a text; if none of its words is known, the default or English."""
    return language_of(text, LANGUAGES, default)
