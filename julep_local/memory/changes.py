"""What a statement is to the memories that are there: the same, more or less of one, or the end of one.

It reads memories and writes none.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from julep_local.memory.earnest import is_somebody_elses, said_in_earnest
from julep_local.memory.entities import entities
from julep_local.memory.gates import Candidate
from julep_local.memory.language import Language
from julep_local.memory.moves import MOST_WORDS, NEWS, ages, is_dropped, is_moved, without_moves
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import denies, numbers, same, slot, stems
from julep_local.memory.stages import is_again, next_stages
from julep_local.memory.tense import is_past
from julep_local.memory.turn import NOBODY, Turn
from julep_local.memory.values import alters_a_number, corrected, counts, roles, shifts, takes_on
from julep_local.memory.when import names_a_time, tells_when
from julep_local.recall.embeddings import Embedder
from julep_local.recall.words import telling_words
from julep_local.store import embedding_sets, memories, memory_search
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory

SAME = 0.93
"""Cosine similarity from which two statements say the same, if their numbers, names and yes or no agree."""
NEAREST = 5
"""Memories that are looked at for that."""
OLDER = timedelta(days=45)
"""What happened so long before what is known does not end it: "in 2019 I moved to Lisbon"."""
FEWEST_STEMS = 2
"""Telling words of a statement from which another that has them all says the same and more."""
MOST_DENIED = 3
"""Telling words of a memory that a denial may be of."""
MOST_AKIN = 200
"""Memories with words of a statement that are compared with it: those with the most and the rarest."""
MOST_LOOKED_FOR = 20
"""Words, words of what may be over, and beginnings of words."""
FEWEST_LETTERS = 3
"""Of the beginning of a word that is looked for."""
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


class Scope(TypedDict):
    """Whose memories are compared, and of which replay."""

    agent_id: str
    user_id: str
    replay_id: str | None


def gives_way(known: StoredMemory, candidate: Candidate, about: str | None) -> bool:
    """Whether a memory of what there is only one of ends: not by a detail, which names no place where it names one.

    What is told of one of the speaker's people does not end what they told of themselves.
    """
    if about and " of " not in about and _subject(known.said, candidate) != _subject(candidate.text, candidate):
        return False
    return about not in _PLACED or _PLACE.search(candidate.text) is not None or _PLACE.search(known.said) is None


def akin(db: Database, candidate: Candidate, scope: Scope) -> list[StoredMemory]:
    """Return the current memories that may have to do with a statement: those of `MOST_AKIN` with words of it.

    What a person has told in years is too much to be read for each statement.
    """
    texts = [candidate.text, *_said_gone(candidate)]
    said = list(dict.fromkeys(word for text in texts for word in telling_words(text)))
    beginnings = list(dict.fromkeys(stem for text in texts for stem in stems(text, candidate.language)))
    about = slot(candidate.text, candidate.language)
    before = dict.fromkeys(
        word for stage in next_stages(candidate.language.plain(candidate.text)) for word in stage.words
    )
    found = memories.akin(
        db,
        [*said[:MOST_LOOKED_FOR], *[*before][:MOST_LOOKED_FOR]],
        [stem for stem in beginnings[:MOST_LOOKED_FOR] if len(stem) >= FEWEST_LETTERS],
        slots=[about, *(_JOB if about in _JOB else ()), *(("shift",) if shifts(candidate.text.lower()) else ())],
        limit=MOST_AKIN,
        **scope,
    )
    return of_one(candidate, found)


def says_more(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories that say all that the statement says."""
    said = set(stems(candidate.text, candidate.language))
    if len(said) < FEWEST_STEMS or candidate.extends:
        return []
    return [
        each
        for each in known
        if said <= set(stems(each.memory.content, candidate.language))
        and denies(each.said, candidate.language) == denies(candidate.text, candidate.language)
        and set(numbers(candidate.text)) <= set(numbers(each.said))
        and stems(each.said, candidate.language) != stems(candidate.text, candidate.language)
    ]


def of_one_message(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory and a statement come from the same message."""
    return bool(set(known.memory.sources or ()) & set(candidate.sources))


def says_less(candidate: Candidate, known: Sequence[StoredMemory], ended: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of which the statement says all and more: the more telling one stands for both."""
    said, language = set(stems(candidate.text, candidate.language)), candidate.language
    return [
        each
        for each in known
        if each.memory.id not in {e.memory.id for e in ended}
        and each.memory.tier != "given"
        and not of_one_message(each, candidate)
        and len(own := set(stems(each.said, language))) >= FEWEST_STEMS
        and own < said
        and denies(each.said, language) == denies(candidate.text, language)
        and set(numbers(each.said)) <= set(numbers(candidate.text))
    ]


def told_again(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of which the person says that they told them: "as I keep saying, milk and I don't agree"."""
    language, said = candidate.language, set(stems(candidate.text, candidate.language))
    sentences = [each for text in candidate.evidence[:1] for each in own_sentences(text)]
    if candidate.extends or not any(
        _AGAIN.search(each) and 2 * len(said & set(stems(each, language))) > len(said) for each in sentences
    ):
        return []
    names = {each["name"] for each in entities(candidate.text, language)}
    return [
        each
        for each in known
        if not of_one_message(each, candidate)
        and _overlap(_topic(language.plain(candidate.text), language), _topic(language.plain(each.said), language))
        and set(numbers(candidate.text)) <= set(numbers(each.said))
        and all(name in each.said for name in names)
        and (denies(each.said, language) == denies(candidate.text, language) or _kind(each) == candidate.kind)
        and not _is_other(each, candidate)
    ]


_AGAIN = re.compile(
    r"(?i)\b(?:as i(?:'ve)? (?:keep saying|said|told you|mentioned)|like i said|i told you|did i (?:tell|mention)"
    r"|as you know|you know the drill|as (?:always|ever)"
    r"|wie (?:gesagt|du (?:ja )?weißt|sie (?:ja )?wissen|erwähnt|immer)"
    r"|ya (?:te|le|os) (?:conté|dije|lo dije)|como (?:ya )?(?:sabes|te dije|le dije|siempre)|ya sabes)\b"
    r"|(?<=[a-zß]) remember(?=[.,!]|$)|, remember,|(?<=\w) (?:fahr|bin|hab|ist|hört|kann|arbeite|wohne)e? ja\b"
)
"""Said of what was told before."""


def over(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of what the statement says is over or otherwise now: those that affirm something of it."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    moved, dropped = is_moved(candidate.text), is_dropped(candidate.text)
    if candidate.kind not in _OF_SOMEBODY and (moved or dropped):
        news = _topic(without_moves(_MAIN.split(plain, maxsplit=1)[0] if dropped else plain), language)
        other = [
            each
            for each in known
            if _overlap(news, _topic(without_moves(language.plain(each.said)), language))
            and (dropped or tells_when(each.said))
            and not (dropped and _falls_out_once(plain, each))
            and not _is_anothers(candidate, each)
            and _kind(each) not in _OF_SOMEBODY
        ]
        if other:
            return other
    replaces, plain = _INSTEAD_OF.search(plain), _INSTEAD_OF.sub(" ", plain)
    ends = _part_with(language.over.search(plain), plain)
    changes = language.changes.search(plain)
    if not ends and replaces is None and (not changes or candidate.kind in _OF_SOMEBODY):
        return []
    if not ends and replaces is None and candidate.kind == NEWS and not (moved or dropped or is_again(plain)):
        return []  # "now" and "new" are said of much that changes nothing
    if not ends and is_again(plain) and denies(candidate.text, language):
        return []
    if ends:
        about_what = [ends, _MAIN.split(plain, maxsplit=1)[0]]
    elif replaces is not None:  # what somebody has or does in the place of it
        about_what = [replaces["what"]]
    else:
        new = [each["what"] for each in _NEW.finditer(plain)]
        about_what = new if new and not language.changes.search(_NEW.sub(" ", plain)) else [plain]
    topics = [_topic(part, language) for part in about_what]
    about = slot(candidate.text, language)
    return [
        each
        for each in known
        if (
            any(_overlap(topic, _topic(language.plain(each.said), language)) for topic in topics)
            or {about, each.slot} <= _JOB
        )
        and not (ends and denies(each.said, language))
        and not _falls_out_once(plain, each)
        and (ends or _kind(each) not in _OF_SOMEBODY)
        and not _is_anothers(candidate, each)
        and (
            not language.over.search(language.plain(each.said))
            or (is_again(plain) and not ends and not denies(plain, language))
        )
    ]


_INSTEAD_OF = re.compile(
    r"\b(?:instead of|rather than|(?:an)?statt|en vez del?|en lugar del?) (?P<what>(?:[^\s,;.!?]+ ?){1,4})"
)
_NEW = re.compile(r"\b(?:new|neue[nrms]?|nuev[oa]s?) (?P<what>\w+(?: \w+)?)")
"""What is new ends what was there of its sort: new strings do not end a guitar."""
_CANCELLED = re.compile(
    r"\b(?:cancel\w*|called off|(?:is|are|'s) off|suspend\w*|abgesagt|entfällt|entfallen|fällt|ausgefallen|aplaza\w*)\b"
)
_ONCE = re.compile(
    r"\b(?:today|tonight|tomorrow"
    r"|this (?:week|evening|morning|afternoon|time|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|heute|morgen|diese\w? (?:woche|mal)|diesmal|hoy|mañana|esta (?:semana|tarde|noche|vez)"
    r"|este (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo))\b"
)
"""A single time, of what may come again."""
_RECURS = re.compile(
    r"\b(?:every|each|weekly|daily|monthly|(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekends|jede\w*|wöchentlich|\w+tags"
    r"|cada|tod[oa]s l[oa]s|los (?:lunes|martes|miércoles|jueves|viernes|sábados|domingos|fines))\b"
)


def next_stage(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of a stage that is over by what is told: they were expecting, and have a child."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    names = {word for each in entities(candidate.text, language) for word in stems(each["name"], language)}
    topic = _topic(plain, language) - names
    return [
        each
        for each in known
        for stage in next_stages(plain)
        if stage.before.search(language.plain(each.said))
        and not stage.after.search(language.plain(each.said))
        and _subject(each.said, candidate) == _subject(candidate.text, candidate)
        and (not stage.alike or topic & _topic(language.plain(each.said), language))
    ]


def put_right(candidate: Candidate, known: Sequence[StoredMemory]) -> tuple[StoredMemory, str] | None:
    """Return the newest memory with what the statement says was wrong in it, and that put right.

    "Not Saturday, it's Sunday." makes "Six come on Saturday" "Six come on Sunday".
    """
    right = corrected(candidate.text)
    if right is None:
        return None
    old, new = (re.compile(rf"(?i)(?<![\w.,]){re.escape(each)}(?!\w)") for each in right)
    found = next((each for each in known if old.search(each.said) and not new.search(each.said)), None)
    return None if found is None else (found, old.sub(lambda _: right[1], found.said))


def came_true(candidate: Candidate, known: Sequence[StoredMemory], turn: Turn) -> list[StoredMemory]:
    """Return the plans whose day has come and of which the statement tells that they were done."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    if not is_past(plain) or denies(candidate.text, language):
        return []
    topic = _topic(plain, language)
    return [
        each
        for each in known
        if each.memory.timestamp is not None
        and said_at(each) < each.memory.timestamp <= turn.said_at + timedelta(days=1)
        and not is_past(language.plain(each.said))
        and not _RECURS.search(each.said.lower())
        and _subject(each.said, candidate) == _subject(candidate.text, candidate)
        and len(shared := topic & _topic(language.plain(each.said), language)) >= FEWEST_STEMS
        and 2 * len(shared) >= min(len(topic), len(_topic(language.plain(each.said), language)))
    ]


def _subject(text: str, candidate: Candidate) -> frozenset[str]:
    """Return the stems of whom of the speaker's people a text begins with; their own children are as themselves."""
    language = candidate.language
    found = language.person.match(language.lead_in.sub("", text, count=1) or text)
    said = stems(found.group().lower(), language) if found is not None else []
    return frozenset(said) - _OWN_CHILDREN


_OWN_CHILDREN = frozenset(
    """babi son daughter girl boy child children kid twin littl sohn tochter kind zwilling madch jung klein hij niñ nin
    bebe gemel melliz""".split()
)


def _is_anothers(candidate: Candidate, known: StoredMemory) -> bool:
    """Whether a statement is of one of the speaker's people, and what is known of none: "my friend's trip"."""
    person = candidate.language.person
    return person.search(candidate.text) is not None and person.search(known.said) is None


def _falls_out_once(plain: str, known: StoredMemory) -> bool:
    """Whether a sentence cancels one time of what a memory says goes on: "no tennis today"."""
    return (
        _CANCELLED.search(plain) is not None
        and _ONCE.search(plain) is not None
        and (_RECURS.search(known.said.lower()) is not None or not tells_when(known.said))
    )


def _part_with(found: "re.Match[str] | None", plain: str) -> str:
    """Return the part of a sentence in which something was found; "" without."""
    if found is None:
        return ""
    joints = [*_MAIN.finditer(plain)]
    begins = max((each.end() for each in joints if each.end() <= found.start()), default=0)
    return plain[begins : min((each.start() for each in joints if each.start() >= found.end()), default=len(plain))]


def said_over(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of which the message says beside the statement that they are over, or otherwise now."""
    language = candidate.language
    gone = [_topic(part, language) for part in _said_gone(candidate)]
    found = [
        each
        for each in known
        if (_kind(each) not in _OF_SOMEBODY or (_kind(each) == "home" and tells_when(each.said)))
        and not denies(each.said, language)
        and not any(_falls_out_once(language.plain(text), each) for text in candidate.evidence[:1])
        and any(_overlap(topic, _topic(language.plain(each.said), language)) for topic in gone)
    ]
    return found + [each for each in known if each not in found and _is_other(each, candidate)]


def _said_gone(candidate: Candidate) -> list[str]:
    """Return the parts of the message, in small letters, that say of something that it is over."""
    language = candidate.language
    return [
        part
        for text in candidate.evidence[:1]
        for sentence in said_in_earnest(text)
        if not sentence.endswith("?") and not is_somebody_elses(sentence, language)
        for part in _MAIN.split(_INSTEAD_OF.sub(" ", language.plain(sentence)))
        if len(part.split()) <= MOST_WORDS
        and not language.person.search(part)
        and (language.over.search(part) or is_dropped(part))
    ]


def _is_other(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory gives somebody another age, the other hours of work, or another name for what it names."""
    said, text = known.said, candidate.text
    old, new = ages(said), ages(text)
    if any(years != old.get(who, old.get("", years) if who in said else years) for who, years in new.items() if who):
        return True
    if any(one.search(said) and not one.search(text) and other.search(text) for one, other in _HOURS):
        if _is_anothers(candidate, known):  # "my wife works part-time"
            return False
        return denies(said, candidate.language) == denies(text, candidate.language)
    before, since = (shifts(candidate.language.plain(each)) for each in (said, text))
    if before and since and not before & since and not _is_anothers(candidate, known):
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
    if _subject(known.said, candidate) != _subject(candidate.text, candidate) or language.over.search(before):
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
        and _subject(known.said, candidate) == _subject(candidate.text, candidate)
    )


_LIMITED = re.compile(
    r"\b(?:on|at|when|while|if|only|just|yet|before|after|today|tonight|until|enough|much|very|always|often|every|am|bei|wenn|nur"
    r"|noch|heute|immer|oft|viel|sehr|cuando|si|solo|sólo|hoy|todavía|siempre|mucho|muy|los|para)\b"
)
"""Denies only a part of it."""
_CALLED = re.compile(r"(?i)\b(?:called|named|heißt|se llama)\b")
_HOURS = ((FULL_TIME, PART_TIME), (PART_TIME, FULL_TIME))


def _kind(known: StoredMemory) -> str:
    return next((str(verdict["reason"]) for verdict in known.verdicts if verdict["gate"] == "kind"), "")


def _topic(plain: str, language: Language) -> set[str]:
    """Return the stems of what a statement is about: without times, and without words that say that it changes."""
    bare = language.changes.sub(" ", language.over.sub(" ", language.gives_up.sub(" ", plain)))
    timeless = " ".join(
        word for word in bare.split() if not names_a_time(word.strip(".,!s")) and not word[:1].isdigit()
    )
    return set(stems(timeless, language)) - _DOING


def _overlap(topic: set[str], known: set[str]) -> bool:
    return 3 * len(topic & known) >= min(len(topic), len(known)) > 0


_MAIN = re.compile(r",| (?:because|since|after|and(?! i )|but|weil|und(?! ich )|aber|porque|y(?! yo )|pero) ")
_JOB = {"employer", "profession"}
"""Slots of which a change ends both."""
_OF_SOMEBODY = frozenset(("family", "home", "name", "birth", "loss", "health"))
"""Kinds in which one word in common says little: of a sister there is more than one thing to tell."""
_DOING = frozenset(
    """live work go goe day days love like hate stand play have got wohn leb arbeit spiel hab viv trabaj jueg
    teng""".split()
)
"""Stems that are in statements about anything."""


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


def tells_of_old(known: StoredMemory, when: datetime | None, turn: Turn) -> bool:
    """Whether what is known happened long before what the turn tells of: it does not end that."""
    return is_older(known.memory.timestamp, when or turn.said_at)


def says_same(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory of the same speaker says what a statement says."""
    return known.speaker == candidate.speaker and same(known.said, candidate.text, candidate.language)


def is_older(when: datetime | None, known: datetime | None) -> bool:
    """Whether something happened long before what is known."""
    return when is not None and known is not None and when < known - OLDER


def replaced(db: Database, candidate: Candidate, turn: Turn, replay_id: str | None) -> list[StoredMemory]:
    """Return the memories that a model says are no longer true, those that have to do with the statement."""
    found = [memories.stored(db, memory_id) for memory_id in candidate.replaces]
    said = set(stems(candidate.text, candidate.language))
    return [
        each
        for each in found
        if each is not None
        and each.memory.state == "current"
        and (each.memory.agent_id, each.memory.user_id, each.replay_id) == (turn.agent_id, turn.user_id, replay_id)
        and said & set(stems(each.said, candidate.language))
    ]


def near_to(db: Database, model: Embedder | None, candidates: Sequence[Candidate], turn: Turn) -> list[list[str]]:
    """Return for each statement the ids of current memories that say the same in other words, likest first."""
    searched = embedding_sets.searched(db, model.name) if model is not None and candidates else None
    if model is None or searched is None:
        return [[] for _ in candidates]
    from julep_local.recall.embeddings import as_bytes, embedded

    rows = embedded(model, [each.text for each in candidates])
    near = memory_search.nearest(
        db,
        as_bytes(rows),
        agent_id=turn.agent_id,
        user_id=turn.user_id,
        embedding_set_id=searched.id,
        limit=NEAREST,
    )
    found: list[list[str]] = []
    for candidate, row, hits in zip(candidates, rows, near, strict=True):
        stored = [each for each in (memories.stored(db, hit.memory.id) for hit in hits) if each is not None]
        known = [each for each in stored if each.speaker == candidate.speaker and _agree(each.said, candidate)]
        likeness = embedded(model, [each.said for each in known]) @ row if known else ()
        alike = [
            (float(cosine), each.memory.id) for cosine, each in zip(likeness, known, strict=True) if cosine >= SAME
        ]
        found.append([memory_id for _, memory_id in sorted(alike, key=lambda pair: -pair[0])])
    return found


def _agree(said: str, candidate: Candidate) -> bool:
    """Whether two statements have the same numbers, the same names, and the same yes or no."""
    language = candidate.language
    return (
        numbers(said) == numbers(candidate.text)
        and denies(said, language) == denies(candidate.text, language)
        and {each["name"] for each in entities(said, language)}
        == {each["name"] for each in entities(candidate.text, language)}
    )
