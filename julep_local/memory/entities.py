"""Who and what a statement mentions by name."""

import re

from julep_local.memory.language import Language
from julep_local.memory.when import names_a_time

_NAME = r"[A-ZÄÖÜÁÉÍÓÚÑ][\w'’-]*"
_CALLED = re.compile(
    rf"\b(?:called|named|name is|name's|heißt|heißen|heiße|namens|llama|llaman|llamo|nombre es|call me|nenn(?:t"
    rf"|en)? mich)\s+((?:{_NAME})(?:\s+{_NAME})*)"
)
_RUN = re.compile(rf"(?<![.!?…:]\s)(?<!^)(?<![\w'’])({_NAME}(?:\s+(?:(?:of|the|de|la|del|von)\s+){{0,2}}{_NAME})*)")
_AFTER_PERSON = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Mm]ein\w*|[Uu]nser\w*|[Mm]i|[Nn]uestr[oa])\s+(?:[\w-]+\s+){{0,2}}?({_NAME})\b"
)
_NO_NAMES = frozenset(
    """
    i i'm i've i'd i'll english german mr mrs ms dr ich du sie er es wir the a what's who's where's how's it's
    that's he's she's there's they're we're we've asked
    """.split()
)
MOST = 12


def _bare(run: str) -> str:
    """Return a run of words in capitals without the days, months and pronouns at its ends."""
    said = run.split()
    while said and (said[0].casefold().replace("’", "'") in _NO_NAMES or names_a_time(said[0])):
        said.pop(0)
    while said and (said[-1].casefold() in _NO_NAMES or names_a_time(said[-1])):
        said.pop()
    return " ".join(said)


def entities(text: str, language: Language) -> list[dict[str, str]]:
    """Return the names in a statement, in order, each once, as `{"name": ...}`.

    In German every noun has a capital: there only names in the places where names stand are found.
    """
    patterns = (_CALLED,) if language.code == "de" else (_CALLED, _RUN, _AFTER_PERSON)
    found: dict[str, int] = {}
    for pattern in patterns:
        for match in pattern.finditer(text):
            name = _bare(match[1])
            if name:
                found.setdefault(name, match.start(1))
    if language.code == "de":
        for match in re.finditer(
            rf"\b(?:nach|aus)\s+({_NAME})\b|\b(?:wohne|lebe|arbeite|studiere|wohnt|lebt)\b.{{0,30}}?\b(?:in"
            rf"|bei)\s+({_NAME})\b",
            text,
        ):
            found.setdefault(match[1] or match[2], match.start())
    return [{"name": name} for name in sorted(found, key=lambda each: found[each])][:MOST]
