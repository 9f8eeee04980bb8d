"""Makes memories of what was found in a turn: gated, compared with what is known, stored with their reasons.

What says the same refreshes the older memory, what contradicts one supersedes it. Embedding takes time and is done
outside of transactions; a turn's memories are written in one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TypedDict

from julep_local.memory.earnest import asks, is_somebody_elses, left_open, said_in_earnest, was_joking
from julep_local.memory.entities import entities
from julep_local.memory.feeling import sentiment
from julep_local.memory.forgetting import Wish, shares, wishes_of
from julep_local.memory.gates import Candidate, Shown, Verdict, verdicts
from julep_local.memory.judging import SURE
from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.moves import MOST_WORDS, NEWS, ages, is_dropped, is_moved, without_moves
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import denies, numbers, same, slot, stems
from julep_local.memory.slips import settled
from julep_local.memory.statements import statements
from julep_local.memory.tone import joked_about, takes_back
from julep_local.memory.turn import NOBODY, Said, Turn
from julep_local.memory.when import happened, names_a_time, tells_when
from julep_local.recall.embeddings import Embedder
from julep_local.recall.memory_recall import embed_missing_memories
from julep_local.store import agents, embedding_sets, memories, memory_search, messages, users
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Memory, MemoryEntitiesItem

SAME = 0.93
"""Cosine similarity from which two statements say the same, if their numbers, names and yes or no agree."""
NEAREST = 5
"""Memories that are looked at for that."""
OLDER = timedelta(days=45)
"""What happened so long before what is known does not end it: "in 2019 I moved to Lisbon"."""
JOKES = 2
"""Messages before "kidding aside" that were not meant."""
FEWEST_STEMS = 2
"""Telling words of a statement from which another that has them all says the same and more."""
MOST_BEFORE = 300
"""Characters of what was said before that stand with a memory."""


class _Scope(TypedDict):
    agent_id: str
    user_id: str
    replay_id: str | None


FindEmbedder = Callable[[], Embedder | None]


@dataclass
class Outcome:
    """What became of a turn's statements."""

    new: list[str] = field(default_factory=list)
    """Ids of memories."""
    forgotten: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    kept_out: Counter[str] = field(default_factory=Counter)
    """How many statements each gate kept out."""

    def __str__(self) -> str:
        """Return it as a sentence for people."""
        parts = [f"{len(self.new)} new"]
        parts += [f"{len(self.refreshed)} known already"] if self.refreshed else []
        parts += [f"{len(self.superseded)} no longer true"] if self.superseded else []
        parts += [f"{len(self.forgotten)} forgotten"] if self.forgotten else []
        parts += [f"{n} kept out ({gate})" for gate, n in sorted(self.kept_out.items())]
        return ", ".join(parts)


def remember(
    db: Database,
    find_embedder: FindEmbedder,
    turn: Turn,
    candidates: Iterable[Candidate],
    *,
    replay_id: str | None = None,
    zone: tzinfo | None = None,
    still_wanted: Callable[[], object] = bool,
) -> Outcome:
    """Store what passes the gates, once. Without the agent or user, deleted meanwhile, nothing is stored.

    Args:
        db: the store, in no transaction.
        find_embedder: called if something is to be stored; None: equal words alone say what is the same.
        turn: where they were said.
        candidates: the statements.
        replay_id: stores them as a part of this set, apart from what counts.
        zone: the user's time zone; None is that of the machine.
        still_wanted: called in the transaction, before anything is written; raises if nobody wants it any more.

    Raises:
        ModelError: the embedder cannot be used. What was stored stays, and gets its vectors later.
    """
    outcome = Outcome()
    shown = Shown.of(turn.shown)
    passed: list[tuple[Candidate, list[Verdict]]] = []
    for candidate in candidates:
        found = verdicts(candidate, shown)
        if found[-1].passed:
            passed.append((candidate, found))
        else:
            outcome.kept_out[found[-1].gate] += 1
    taken_back = _taken_back(turn)
    asked = filter(None, (wishes_of(settled(said.text)) for said in turn.said))
    wishes = [wish for each in asked for wish in each.known]
    if not passed and not wishes and not taken_back:
        return outcome
    model = find_embedder()
    scope = _Scope(agent_id=turn.agent_id, user_id=turn.user_id, replay_id=replay_id)
    near = [_alike(db, model, candidate, turn) if replay_id is None else [] for candidate, _ in passed]
    with db.transaction():
        still_wanted()
        if agents.get(db, turn.agent_id) is None or users.get(db, turn.user_id) is None:
            return outcome
        for text in taken_back:
            _drop(db, turn, memories.saying(db, text, **scope), outcome)
        for wish in wishes:
            _forget(db, turn, wish, outcome, replay_id)
        for (candidate, found), alike in zip(passed, near, strict=True):
            _store(db, turn, candidate, found, alike, outcome, replay_id, zone)
    if model is not None and outcome.new and replay_id is None:
        for each in embedding_sets.to_fill(db, model.name, model.n_dims, file_hash=getattr(model, "file_hash", None)):
            embed_missing_memories(db, model, each.id, agent_id=turn.agent_id, user_id=turn.user_id)
    return outcome


def _store(
    db: Database,
    turn: Turn,
    candidate: Candidate,
    found: Sequence[Verdict],
    alike: Sequence[str],
    outcome: Outcome,
    replay_id: str | None,
    zone: tzinfo | None,
) -> None:
    scope = _Scope(agent_id=turn.agent_id, user_id=turn.user_id, replay_id=replay_id)
    if memories.retracted(db, candidate.sources):  # of several sources the others may not say it alone
        outcome.kept_out["retracted"] += 1
        return
    if _formed_before(db, candidate, turn, scope) or _corrected(db, candidate, scope):
        outcome.kept_out["known"] += 1
        return
    about = slot(candidate.text, candidate.language)
    rivals = _of_one(candidate, memories.in_slot(db, about, **scope))
    known = _of_one(candidate, memories.saying(db, candidate.text, **scope))
    known += [each for each in rivals if _says_same(each, candidate)]
    known += _says_more(db, candidate, scope) + _told_again(db, candidate, scope)
    known += [
        each
        for each in (memories.stored(db, memory_id) for memory_id in alike)
        if each and each.memory.state == "current"
    ]
    if known:
        memories.refresh(db, known[0].memory.id, said_at=turn.said_at, sources=candidate.sources)
        outcome.refreshed.append(known[0].memory.id)
        return
    when = happened(candidate.text, turn.said_at, zone, " ".join((*turn.earlier[-1:], *candidate.evidence)))
    memory_id = db.stamps.new_id()
    ended = [each for each in rivals if not _is_older(when, each.memory.timestamp)]
    ended += [each for each in _over(db, candidate, scope) if each.memory.id not in {e.memory.id for e in ended}]
    said_over = _said_over(db, candidate, scope)
    ended += [each for each in said_over if each.memory.id not in {e.memory.id for e in ended}]
    ended = [each for each in ended if each in rivals or not _of_one_message(each, candidate)]
    ended += _says_less(db, candidate, scope, ended)
    ended += _replaced(db, candidate, turn, replay_id)
    ended += _of_one(candidate, memories.saying(db, candidate.extends, **scope)) if candidate.extends else []
    if candidate.kind == NEWS and not ended and (candidate.chance is None or candidate.chance < SURE):
        outcome.kept_out["nothing it changes is known"] += 1
        return
    # a job that was tried again comes after those of later turns: what was said since then is the newer
    ends = next((each for each in ended if _said_at(each) > turn.said_at and not _tells_of_old(each, when, turn)), None)
    ended = [each for each in ended if _said_at(each) <= turn.said_at]
    before = _said_before(db, turn)
    memories.add(
        db,
        StoredMemory(
            Memory(
                id=memory_id,
                agent_id=turn.agent_id,
                user_id=turn.user_id,
                content=candidate.content,
                created_at=db.stamps.now(),
                timestamp=when or turn.said_at,
                sentiment=sentiment(candidate.text),
                entities=[MemoryEntitiesItem(**each) for each in entities(candidate.text, candidate.language)],
                sources=list(candidate.sources),
                importance=candidate.importance,
                tier=candidate.tier,
                model=candidate.model,
                prompt_hash=candidate.prompt_hash,
                state="current" if ends is None else "superseded",
                superseded_by=None if ends is None else ends.memory.id,
                valid_until=None if ends is None else min(ends.memory.timestamp or _said_at(ends), _said_at(ends)),
            ),
            speaker=candidate.speaker,
            said_before=_shortened(before.text) if before is not None else "",
            before_id=before.id if before is not None else None,
            slot=about,
            said_at=turn.said_at,
            verdicts=[
                {"gate": "kind", "passed": True, "reason": candidate.kind},
                *(verdict.dict() for verdict in found),
                {"gate": "duplicate", "passed": True, "reason": "nothing that says the same was known"},
            ],
            replay_id=replay_id,
        ),
    )
    for each in ended:
        memories.supersede(db, each.memory.id, by=memory_id, at=when if when and when < turn.said_at else turn.said_at)
        outcome.superseded.append(each.memory.id)
    outcome.new.append(memory_id)


def _forget(db: Database, turn: Turn, wish: Wish, outcome: Outcome, replay_id: str | None) -> None:
    """Delete the memories that a person asks to forget: those with the telling words of the wish, or the last ones."""
    listed = memories.page(
        db, agent_id=turn.agent_id, user_id=turn.user_id, state=None, replay_id=replay_id, limit=-1, offset=0
    )
    known = [each for each in (memories.stored(db, memory.id) for memory in listed) if each is not None]
    about = wish.about
    meant = [each for each in known if about and shares(about, each.said, spoken(about, spoken(each.said)))]
    if not meant and wish.points and not any(about and shares(about, each, spoken(each)) for each in turn.earlier):
        _drop(db, turn, _said_last(turn, known, request=not wish.gives_up), outcome)
        return
    named = {name for each in meant for name in _called(each.said, about)}
    _drop(db, turn, [each for each in known if each in meant or named & set(each.said.split())], outcome)


def _said_last(turn: Turn, known: Sequence[StoredMemory], *, request: bool) -> list[StoredMemory]:
    """Return the memories of the last sentence of the message before of which there are any.

    Args:
        turn: where it is asked that they be forgotten.
        known: all memories.
        request: whether a request that was said after them stays as it is.
    """
    for sentence in own_sentences(turn.earlier[-1])[::-1] if turn.earlier else []:
        language = spoken(sentence)
        if not request and asks(sentence):
            return []
        said = set(stems(sentence, language))
        told = [(each, set(stems(each.said.rpartition(": ")[2], language))) for each in known]
        if found := [each for each, own in told if own and 2 * len(own & said) > len(own)]:
            return found
    return []


def _called(said: str, about: str) -> list[str]:
    """Return the name of somebody who is to be forgotten by what they are to the speaker: of "my sister Karin"."""
    language = spoken(said)
    wanted = about.casefold().split()
    found = [match.group().split() for match in language.person.finditer(said)]
    return [
        each[-1] for each in found if each[-1][:1].isupper() and any(word.casefold() in wanted for word in each[:-1])
    ]


def _drop(db: Database, turn: Turn, known: Iterable[StoredMemory], outcome: Outcome) -> None:
    for each in known:
        memories.delete(db, turn.agent_id, each.memory.id)
        outcome.forgotten.append(each.memory.id)


def _taken_back(turn: Turn) -> list[str]:
    """Return what the person said in their last messages if this one says that it was a joke."""
    said = [each.text for each in turn.said[:1]]
    denied = any(map(takes_back, said))
    if not denied and not any(map(was_joking, said)):
        return []
    last = range(max(0, len(turn.earlier) - JOKES), len(turn.earlier))
    found = [(i, each) for i in last for each in statements(turn.earlier[i], turn.earlier[:i])]
    known = [each.text for _, each in found]
    # what only the judge knew of
    guessed = [each for i in last for each in left_open(turn.earlier[i]) if each not in known]
    if about := joked_about(said[0]):
        language = spoken(said[0])
        topic = set(stems(about, language))
        return [each for each in (*known, *guessed) if topic & set(stems(each, language))]
    # "I made that up" is about what was said last, whatever it was
    meant = found[-1:] if denied and found and found[-1][0] == last[-1] else []
    return [*(each.text for i, each in found if each.kind not in _GRAVE or (i, each) in meant), *guessed]


_GRAVE = frozenset(("name", "birth", "health", "home", "loss"))
"""Kinds that nobody jokes about often enough."""


def _formed_before(db: Database, candidate: Candidate, turn: Turn, scope: _Scope) -> bool:
    """Whether this was made of the same message already: a job that was interrupted is done again."""
    if not candidate.sources:  # in no history: its moment stands for it
        return memories.said_then(db, candidate.speaker, candidate.text, turn.said_at, **scope)
    return any(
        known.content == candidate.content
        for source in candidate.sources
        for known in memories.formed_from(db, source, replay_id=scope["replay_id"])
    )


def _corrected(db: Database, candidate: Candidate, scope: _Scope) -> bool:
    """Whether a person gave this, or changed what was formed of the same message about the same."""
    counting = _Scope(agent_id=scope["agent_id"], user_id=scope["user_id"], replay_id=None)
    if any(each.memory.tier == "given" for each in _of_one(candidate, memories.saying(db, candidate.text, **counting))):
        return scope["replay_id"] is not None
    about = slot(candidate.text, candidate.language)
    said = set(stems(candidate.text, candidate.language))
    for source in candidate.sources:
        for memory in memories.formed_from(db, source):
            known = memories.stored(db, memory.id) if memory.tier == "given" else None
            if known is None or not any(verdict["gate"] == "edited" for verdict in known.verdicts):
                continue
            if known.slot == about or 2 * len(said & set(stems(known.said, candidate.language))) >= len(said):
                return True
    return False


def _says_more(db: Database, candidate: Candidate, scope: _Scope) -> list[StoredMemory]:
    """Return the memories that say all that the statement says."""
    said = set(stems(candidate.text, candidate.language))
    if len(said) < FEWEST_STEMS or candidate.extends:
        return []
    listed = memories.page(db, state="current", limit=-1, offset=0, **scope)
    found = [each for each in listed if said <= set(stems(each.content, candidate.language))]
    known = [each for each in (memories.stored(db, memory.id) for memory in found) if each is not None]
    return [
        each
        for each in _of_one(candidate, known)
        if denies(each.said, candidate.language) == denies(candidate.text, candidate.language)
        and set(numbers(candidate.text)) <= set(numbers(each.said))
        and stems(each.said, candidate.language) != stems(candidate.text, candidate.language)
    ]


def _of_one_message(known: StoredMemory, candidate: Candidate) -> bool:
    return bool(set(known.memory.sources or ()) & set(candidate.sources))


def _says_less(db: Database, candidate: Candidate, scope: _Scope, ended: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return the memories of which the statement says all and more: the more telling one stands for both."""
    said, language = set(stems(candidate.text, candidate.language)), candidate.language
    return [
        each
        for each in _of_one(candidate, _current(db, scope))
        if each.memory.id not in {e.memory.id for e in ended}
        and each.memory.tier != "given"
        and not _of_one_message(each, candidate)
        and len(own := set(stems(each.said, language))) >= FEWEST_STEMS
        and own < said
        and denies(each.said, language) == denies(candidate.text, language)
        and set(numbers(each.said)) <= set(numbers(candidate.text))
    ]


def _told_again(db: Database, candidate: Candidate, scope: _Scope) -> list[StoredMemory]:
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
        for each in _of_one(candidate, _current(db, scope))
        if not _of_one_message(each, candidate)
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


def _over(db: Database, candidate: Candidate, scope: _Scope) -> list[StoredMemory]:
    """Return the memories of what the statement says is over or otherwise now: those that affirm something of it."""
    language, plain = candidate.language, candidate.language.plain(candidate.text)
    moved, dropped = is_moved(candidate.text), is_dropped(candidate.text)
    if candidate.kind not in _OF_SOMEBODY and (moved or dropped):
        news = _topic(without_moves(_MAIN.split(plain, maxsplit=1)[0] if dropped else plain), language)
        other = [
            each
            for each in _of_one(candidate, _current(db, scope))
            if _overlap(news, _topic(without_moves(language.plain(each.said)), language))
            and (dropped or tells_when(each.said))
            and _kind(each) not in _OF_SOMEBODY
        ]
        if other:
            return other
    ends = _part_with(language.over.search(plain), plain)
    changes = language.changes.search(plain)
    if not ends and (not changes or candidate.kind in _OF_SOMEBODY):
        return []
    topics = [_topic(part, language) for part in (ends, _MAIN.split(plain, maxsplit=1)[0] if ends else plain)]
    about = slot(candidate.text, language)
    return [
        each
        for each in _of_one(candidate, _current(db, scope))
        if (
            any(_overlap(topic, _topic(language.plain(each.said), language)) for topic in topics)
            or {about, each.slot} <= _JOB
        )
        and not (ends and denies(each.said, language))
        and (ends or _kind(each) not in _OF_SOMEBODY)
        and not language.over.search(language.plain(each.said))
    ]


def _part_with(found: "re.Match[str] | None", plain: str) -> str:
    """Return the part of a sentence in which something was found; "" without."""
    if found is None:
        return ""
    joints = [*_MAIN.finditer(plain)]
    begins = max((each.end() for each in joints if each.end() <= found.start()), default=0)
    return plain[begins : min((each.start() for each in joints if each.start() >= found.end()), default=len(plain))]


def _said_over(db: Database, candidate: Candidate, scope: _Scope) -> list[StoredMemory]:
    """Return the memories of which the message says beside the statement that they are over, or otherwise now."""
    language, known = candidate.language, _of_one(candidate, _current(db, scope))
    gone = [
        _topic(part, language)
        for text in candidate.evidence[:1]
        for sentence in said_in_earnest(text)
        if not sentence.endswith("?") and not is_somebody_elses(sentence, language)
        for part in _MAIN.split(language.plain(sentence))
        if len(part.split()) <= MOST_WORDS
        and not language.person.search(part)
        and (language.over.search(part) or is_dropped(part))
    ]
    found = [
        each
        for each in known
        if (_kind(each) not in _OF_SOMEBODY or (_kind(each) == "home" and tells_when(each.said)))
        and not denies(each.said, language)
        and any(_overlap(topic, _topic(language.plain(each.said), language)) for topic in gone)
    ]
    return found + [each for each in known if each not in found and _is_other(each, candidate)]


def _is_other(known: StoredMemory, candidate: Candidate) -> bool:
    """Whether a memory gives somebody another age, the other hours of work, or another name for what it names."""
    said, text = known.said, candidate.text
    old, new = ages(said), ages(text)
    if any(years != old.get(who, old.get("", years) if who in said else years) for who, years in new.items() if who):
        return True
    if any(one.search(said) and not one.search(text) and other.search(text) for one, other in _HOURS):
        return denies(said, candidate.language) == denies(text, candidate.language)
    if _CALLED.search(said) and _CALLED.search(text) and candidate.language.changes.search(text.lower()):
        names = {each["name"] for each in entities(said, candidate.language)}
        own = [_CALLED.split(each)[0] for each in (said, text)]
        shared = set(stems(own[0], candidate.language)) & set(stems(own[1], candidate.language))
        return bool(shared) and not all(name in text for name in names)
    return False


_CALLED = re.compile(r"(?i)\b(?:called|named|heißt|se llama)\b")
_FULL_TIME = re.compile(r"(?i)\b(?:full[- ]time|vollzeit|(?:jornada|tiempo) complet[oa])\b")
_PART_TIME = re.compile(r"(?i)\b(?:part[- ]time|teilzeit|media jornada|tiempo parcial)\b")
_HOURS = ((_FULL_TIME, _PART_TIME), (_PART_TIME, _FULL_TIME))


def _current(db: Database, scope: _Scope) -> list[StoredMemory]:
    listed = memories.page(db, state="current", limit=-1, offset=0, **scope)
    return [each for each in (memories.stored(db, memory.id) for memory in listed) if each is not None]


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
_OF_SOMEBODY = frozenset(("family", "home", "name", "birth", "loss"))
"""Kinds in which one word in common says little: of a sister there is more than one thing to tell."""
_DOING = frozenset(
    """live work go goe day days love like hate stand play have got wohn leb arbeit spiel hab viv trabaj jueg
    teng""".split()
)
"""Stems that are in statements about anything."""


def _of_one(candidate: Candidate, known: Sequence[StoredMemory]) -> list[StoredMemory]:
    """Return those memories that are nobody else's words: what names nobody may be anybody's."""
    nobody = ("", NOBODY)
    return [
        each
        for each in known
        if each.speaker == candidate.speaker or each.speaker in nobody or candidate.speaker in nobody
    ]


def _said_at(known: StoredMemory) -> datetime:
    return known.said_at or known.memory.timestamp or known.memory.created_at


def _tells_of_old(known: StoredMemory, when: datetime | None, turn: Turn) -> bool:
    """Whether what is known happened long before what the turn tells of: it does not end that."""
    return _is_older(known.memory.timestamp, when or turn.said_at)


def _said_before(db: Database, turn: Turn) -> Said | None:
    """Return the message before, if it is in the history and was not taken back: a copy does not outlive it."""
    before = turn.before
    if before is None or before.id is None:
        return None
    if not messages.by_ids(db, [before.id]) or memories.retracted(db, [before.id]):
        return None
    return before


def _says_same(known: StoredMemory, candidate: Candidate) -> bool:
    return known.speaker == candidate.speaker and same(known.said, candidate.text, candidate.language)


def _is_older(when: datetime | None, known: datetime | None) -> bool:
    """Whether something happened long before what is known."""
    return when is not None and known is not None and when < known - OLDER


def _replaced(db: Database, candidate: Candidate, turn: Turn, replay_id: str | None) -> list[StoredMemory]:
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


def _alike(db: Database, model: Embedder | None, candidate: Candidate, turn: Turn) -> list[str]:
    """Return the ids of current memories that say the same in other words, likest first."""
    if model is None:
        return []
    searched = embedding_sets.searched(db, model.name)
    if searched is None:
        return []
    from julep_local.recall.embeddings import as_bytes, embedded

    row = embedded(model, [candidate.text])
    near = memory_search.nearest(
        db,
        as_bytes(row)[0],
        agent_id=turn.agent_id,
        user_id=turn.user_id,
        embedding_set_id=searched.id,
        limit=NEAREST,
    )
    known = [each for each in (memories.stored(db, hit.memory.id) for hit in near) if each is not None]
    known = [each for each in known if _agree(each.said, candidate)]
    if not known:
        return []
    likeness = embedded(model, [each.said for each in known]) @ row[0]
    return [
        each.memory.id
        for cosine, each in sorted(zip(likeness.tolist(), known, strict=True), key=lambda pair: -pair[0])
        if cosine >= SAME and each.speaker == candidate.speaker
    ]


def _agree(said: str, candidate: Candidate) -> bool:
    """Whether two statements have the same numbers, the same names, and the same yes or no."""
    language = candidate.language
    return (
        numbers(said) == numbers(candidate.text)
        and denies(said, language) == denies(candidate.text, language)
        and {each["name"] for each in entities(said, language)}
        == {each["name"] for each in entities(candidate.text, language)}
    )


def _shortened(text: str) -> str:
    return " ".join(text.split())[-MOST_BEFORE:]
