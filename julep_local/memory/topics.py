"""What a statement is about, and whom: by its telling words, and who of the speaker's people it begins with."""

import re
from collections.abc import Sequence
from datetime import datetime

from julep_local.memory.gates import Candidate
from julep_local.memory.language import Language
from julep_local.memory.sense import stems
from julep_local.memory.turn import NOBODY
from julep_local.memory.when import names_a_time
from julep_local.store.memories import StoredMemory

FEWEST_STEMS = 2
"""Telling words of a statement from which another that has them all says the same and more."""
_OWN_CHILDREN = frozenset(
    """babi son daughter girl boy child children kid twin littl sohn tochter kind zwilling madch jung klein hij niñ nin
    bebe gemel melliz""".split()
)
MAIN = re.compile(r",| (?:because|since|after|and(?! i )|but|weil|und(?! ich )|aber|porque|y(?! yo )|pero) ")
OF_SOMEBODY = frozenset(("family", "home", "name", "birth", "loss", "health"))
"""Kinds in which one word in common says little: of a sister there is more than one thing to tell."""
_DOING = frozenset(
    """live work go goe day days love like hate stand play have got wohn leb arbeit spiel hab viv trabaj jueg
    teng""".split()
)
"""Stems that are in statements about anything."""


def of_one_message(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory and a statement come from the same message."""
    return bool(set(known.memory.sources or ()) & set(candidate.sources))


def subject(text: str, candidate: Candidate) -> frozenset[str]:
    """Return the stems of whom of the speaker's people a text begins with; their own children are as themselves."""
    language = candidate.language
    found = language.person.match(language.lead_in.sub("", text, count=1) or text)
    said = stems(found.group().lower(), language) if found is not None else []
    return frozenset(said) - _OWN_CHILDREN


def is_anothers(candidate: Candidate, known: StoredMemory) -> bool:
    """Whether a statement is of one of the speaker's people, and what is known of none: "my friend's trip"."""
    language = candidate.language
    found = language.person.search(candidate.text)
    if found is None or language.person.search(known.said) is not None:
        return False
    return not set(stems(found.group().lower(), language)) & set(stems(known.said, language))  # "my dog", of "a dog"


def kind_of_known(known: StoredMemory) -> str:
    """Return what kind of statement a memory was when it was formed, "" if that is not known."""
    return next((str(verdict["reason"]) for verdict in known.verdicts if verdict["gate"] == "kind"), "")


def topic_of(plain: str, language: Language) -> set[str]:
    """Return the stems of what a statement is about: without times, and without words that say that it changes."""
    bare = language.changes.sub(" ", language.over.sub(" ", language.gives_up.sub(" ", plain)))
    timeless = " ".join(
        word for word in bare.split() if not names_a_time(word.strip(".,!s")) and not word[:1].isdigit()
    )
    return set(stems(timeless, language)) - _DOING


def overlaps(topic: set[str], known: set[str]) -> bool:
    """Whether two topics have a third of the words of the smaller one in common."""
    return 3 * len(topic & known) >= min(len(topic), len(known)) > 0


def of_one(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return those memories that are nobody else's words: what names nobody may be anybody's."""
    nobody = ("", NOBODY)
    return [
        each
        for each in known
        if each.speaker == candidate.speaker or each.speaker in nobody or candidate.speaker in nobody
    ]


def said_at(known: StoredMemory) -> datetime:
    """Return when a memory was said."""
    return known.said_at or known.memory.timestamp or known.memory.created_at
