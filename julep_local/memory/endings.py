"""What a statement says is over or otherwise now: which of the memories that are there are no longer so.

It compares statements and reads nothing.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from julep_local.memory.earnest import is_somebody_elses, said_in_earnest
from julep_local.memory.entities import entities
from julep_local.memory.gates import Candidate
from julep_local.memory.moves import MOST_WORDS, NEWS, ages, is_dropped, is_moved, without_moves
from julep_local.memory.sense import denies, slot, stems
from julep_local.memory.sparing import RECURS, is_of_others
from julep_local.memory.stages import is_again, next_stages
from julep_local.memory.tense import is_past
from julep_local.memory.topics import (
    FEWEST_STEMS,
    MAIN,
    OF_SOMEBODY,
    is_anothers,
    kind_of_known,
    overlaps,
    said_at,
    subject,
    topic_of,
)
from julep_local.memory.turn import Turn
from julep_local.memory.values import alters_a_number, corrected, counts, roles, shifts, takes_on
from julep_local.memory.when import names_a_time, tells_when
from julep_local.store.memories import StoredMemory

SAME_TALK = timedelta(hours=12)
"""So long after something was told a correction may be of it, whatever it names."""
MOST_DENIED = 3
"""Telling words of a memory that a denial may be of."""
FULL_TIME = re.compile(r"(?i)\b(?:full[- ]time|vollzeit|(?:jornada|tiempo) complet[oa])\b")
PART_TIME = re.compile(r"(?i)\b(?:part[- ]time|teilzeit|media jornada|tiempo parcial)\b")
_PLACED = frozenset(("home", "employer"))
_PLACE = re.compile(
    r"(?i)\ba (?-i:[A-ZÄÖÜÁÉÍÓÚÑ])"
    r"|\b(?:in|to|near|at|for|nach|bei|aus|en|para|de) (?:(?:the|der|den|dem|la|el) (?-i:[A-ZÄÖÜÁÉÍÓÚÑ])"
    r"|(?!(?:an?|the|my|our|his|her|your|their|it|this|that|home|nights?|times?|weekends?|work|least|bed|peace|\d+|one"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:teil|voll|gleit)zeit|schicht\w*|rente|ruhe"
    r"|homeoffice|der|die|das|den|dem|ein\w*|mein\w*|unser\w*|una?|mis?|la|el|los|las|casa|turnos?)\b)\w+)"
)
"""Where somebody lives or works, by name: not "with my husband", "in a flat", "at eight"."""
_AT_TIMES = re.compile(
    r"(?i)\b(?:on \w+days?|at (?:night|noon|home|work|weekends)|when|while|if|before|after|until|wenn|während|bevor"
    r"|\w+tags|am \w+tag"
    r"|abends|nachts|cuando|si|los (?:lunes|martes|miércoles|jueves|viernes|sábados|domingos)|por la (?:mañana|tarde"
    r"|noche))\b"
)
"""Denies something for some times only: "I don't eat fish on Fridays"."""
_INSTEAD_OF = re.compile(
    r"\b(?:instead of|rather than|(?:an)?statt|en vez del?|en lugar del?) (?P<what>(?:[^\s,;.!?]+ ?){1,4})"
)
_NEW = re.compile(r"\b(?:new|neue[nrms]?|nuev[oa]s?) (?P<what>\w+(?: \w+)?)")
"""What is new ends what was there of its sort: new strings do not end a guitar."""
_LIMITED = re.compile(
    r"\b(?:on|at|when|while|if|only|just|yet|before|after|today|tonight|until|enough|much|very|always|often|every|am"
    r"|bei|wenn|nur"
    r"|noch|heute|immer|oft|viel|sehr|cuando|si|solo|sólo|hoy|todavía|siempre|mucho|muy|los|para)\b"
)
"""Denies only a part of it."""
_CALLED = re.compile(r"(?i)\b(?:called|named|heißt|se llama)\b")
_HOURS = ((FULL_TIME, PART_TIME), (PART_TIME, FULL_TIME))
JOB = {"employer", "profession"}
"""Slots of which a change ends both."""


def gives_way(known: StoredMemory, candidate: Candidate, about: str | None) -> bool:
    """Whether a memory of what there is only one of ends: not by a detail, which names no place where it names one.

    What is told of one of the speaker's people does not end what they told of themselves.
    """
    if about and " of " not in about and is_of_others(candidate, known):
        return False
    if about and " of " not in about and subject(known.said, candidate) != subject(candidate.text, candidate):
        return False
    if (
        denies(candidate.text, candidate.language)
        and _AT_TIMES.search(candidate.text)
        and not denies(known.said, candidate.language)
    ):
        return False
    return about not in _PLACED or _PLACE.search(candidate.text) is not None or _PLACE.search(known.said) is None


def over(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of what the statement says is over or otherwise now: those that affirm something of it."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    moved, dropped = is_moved(candidate.text), is_dropped(candidate.text)
    if candidate.kind not in OF_SOMEBODY and (moved or dropped):
        news = topic_of(without_moves(MAIN.split(plain, maxsplit=1)[0] if dropped else plain), language)
        other = [
            each
            for each in known
            if overlaps(news, topic_of(without_moves(language.plain(each.said)), language))
            and (dropped or tells_when(each.said))
            and not is_anothers(candidate, each)
            and kind_of_known(each) not in OF_SOMEBODY
        ]
        if other:
            return other
    replaces, plain = _INSTEAD_OF.search(plain), _INSTEAD_OF.sub(" ", plain)
    ends = _part_with(language.over.search(plain), plain)
    changes = language.changes.search(plain)
    if not ends and replaces is None and (not changes or candidate.kind in OF_SOMEBODY):
        return []
    if not ends and replaces is None and candidate.kind == NEWS and not (moved or dropped or is_again(plain)):
        return []  # "now" and "new" are said of much that changes nothing
    if not ends and is_again(plain) and denies(candidate.text, language):
        return []
    if ends:
        about_what = [ends, MAIN.split(plain, maxsplit=1)[0]]
    elif replaces is not None:  # what somebody has or does in the place of it
        about_what = [replaces["what"]]
    else:
        new = [each["what"] for each in _NEW.finditer(plain)]
        about_what = new if new and not language.changes.search(_NEW.sub(" ", plain)) else [plain]
    topics = [topic_of(part, language) for part in about_what]
    about = slot(candidate.text, language)
    return [
        each
        for each in known
        if (
            any(overlaps(topic, topic_of(language.plain(each.said), language)) for topic in topics)
            or {about, each.slot} <= JOB
        )
        and not (ends and denies(each.said, language))
        and (ends or kind_of_known(each) not in OF_SOMEBODY)
        and not is_anothers(candidate, each)
        and (
            not language.over.search(language.plain(each.said))
            or (is_again(plain) and not ends and not denies(plain, language))
        )
    ]


def next_stage(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of a stage that is over by what is told: they were expecting, and have a child."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    names = {word for each in entities(candidate.text, language) for word in stems(each["name"], language)}
    topic = topic_of(plain, language) - names
    return [
        each
        for each in known
        for stage in next_stages(plain)
        if stage.before.search(language.plain(each.said))
        and not stage.after.search(language.plain(each.said))
        and subject(each.said, candidate) == subject(candidate.text, candidate)
        and (not stage.alike or topic & topic_of(language.plain(each.said), language))
    ]


def put_right(candidate: Candidate, known: Sequence[StoredMemory], turn: Turn) -> tuple[StoredMemory, str] | None:
    """Return the newest memory with what the statement says was wrong in it, and that put right.

    "Not Saturday, it's Sunday." makes "Six come on Saturday" "Six come on Sunday". It is of the same talk, or the
    statement names what it is about.
    """
    right = corrected(candidate.text)
    if right is None:
        return None
    old, new = (re.compile(rf"(?i)(?<![\w.,]){re.escape(each)}(?!\w)") for each in right)
    topic = topic_of(candidate.language.plain(candidate.text), candidate.language)
    found = next(
        (
            each
            for each in known
            if old.search(each.said)
            and not new.search(each.said)
            and (
                turn.said_at - said_at(each) <= SAME_TALK
                or topic & topic_of(candidate.language.plain(old.sub(" ", each.said)), candidate.language)
            )
        ),
        None,
    )
    return None if found is None else (found, old.sub(lambda _: right[1], found.said))


def came_true(candidate: Candidate, known: Sequence[StoredMemory], turn: Turn) -> list[StoredMemory]:
    """Return the plans whose day has come and of which the statement tells that they were done."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    if not is_past(plain) or denies(candidate.text, language):
        return []
    topic = topic_of(plain, language)
    return [
        each
        for each in known
        if each.memory.timestamp is not None
        and said_at(each) < each.memory.timestamp <= turn.said_at + timedelta(days=1)
        and not is_past(language.plain(each.said))
        and not RECURS.search(each.said.lower())
        and subject(each.said, candidate) == subject(candidate.text, candidate)
        and len(shared := topic & topic_of(language.plain(each.said), language)) >= FEWEST_STEMS
        and 2 * len(shared) >= min(len(topic), len(topic_of(language.plain(each.said), language)))
    ]


def _part_with(found: "re.Match[str] | None", plain: str) -> str:
    """Return the part of a sentence in which something was found; "" without."""
    if found is None:
        return ""
    joints = [*MAIN.finditer(plain)]
    begins = max((each.end() for each in joints if each.end() <= found.start()), default=0)
    return plain[begins : min((each.start() for each in joints if each.start() >= found.end()), default=len(plain))]


def said_over(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of which the message says beside the statement that they are over, or otherwise now."""
    language = candidate.language
    gone = [topic_of(part, language) for part in said_gone(candidate)]
    found = [
        each
        for each in known
        if (kind_of_known(each) not in OF_SOMEBODY or (kind_of_known(each) == "home" and tells_when(each.said)))
        and not denies(each.said, language)
        and any(overlaps(topic, topic_of(language.plain(each.said), language)) for topic in gone)
    ]
    return found + [each for each in known if each not in found and is_other(each, candidate)]


def said_gone(candidate: Candidate) -> list[str]:
    """Return the parts of the message, in small letters, that say of something that it is over."""
    language = candidate.language
    return [
        part
        for text in candidate.evidence[:1]
        for sentence in said_in_earnest(text)
        if not sentence.endswith("?") and not is_somebody_elses(sentence, language)
        for part in MAIN.split(_INSTEAD_OF.sub(" ", language.plain(sentence)))
        if len(part.split()) <= MOST_WORDS
        and not language.person.search(part)
        and (language.over.search(part) or is_dropped(part))
    ]


def is_other(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory gives somebody another age, the other hours of work, or another name for what it names."""
    said, text = known.said, candidate.text
    old, new = ages(said), ages(text)
    if any(years != old.get(who, old.get("", years) if who in said else years) for who, years in new.items() if who):
        return True
    if any(one.search(said) and not one.search(text) and other.search(text) for one, other in _HOURS):
        if is_anothers(candidate, known):  # "my wife works part-time"
            return False
        return denies(said, candidate.language) == denies(text, candidate.language)
    before, since = (shifts(candidate.language.plain(each)) for each in (said, text))
    if before and since and not before & since and not is_anothers(candidate, known):
        return denies(said, candidate.language) == denies(text, candidate.language)
    if _becomes_other(known, candidate) or _is_denied(known, candidate):
        return True
    if _CALLED.search(said) and _CALLED.search(text) and candidate.language.changes.search(text.lower()):
        names = {each["name"] for each in entities(said, candidate.language)}
        own = [_CALLED.split(each)[0] for each in (said, text)]
        shared = set(stems(own[0], candidate.language)) & set(stems(own[1], candidate.language))
        return bool(shared) and not all(name in text for name in names)
    return False


def _becomes_other(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a statement gives the speaker another part in a club, or another number of what a memory counts."""
    language = candidate.language
    before, plain = language.plain(known.said), language.plain(candidate.text)
    if subject(known.said, candidate) != subject(candidate.text, candidate) or language.over.search(before):
        return False
    part, taken = roles(before), takes_on(plain)
    if part and taken and not part & taken and language.first_person.search(plain):
        return True
    if not alters_a_number(plain):
        return False
    had, has = counts(before), counts(plain)
    return any(number != had.get(what, number) for what, number in has.items() if not names_a_time(what))


def _is_denied(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a statement denies just what a memory says in a few words: "I'm not coeliac, it was the milk"."""
    language = candidate.language
    own = set(stems(known.said, language))
    return (
        0 < len(own) <= MOST_DENIED
        and not denies(known.said, language)
        and denies(candidate.text, language)
        and _LIMITED.search(language.plain(candidate.text)) is None
        and own <= set(stems(candidate.text, language))
        and subject(known.said, candidate) == subject(candidate.text, candidate)
    )
