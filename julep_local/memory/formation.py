"""Makes memories of what was found in a turn: gated, compared with what is known, stored with their reasons.

What says the same refreshes the older memory, what contradicts one supersedes it. Embedding takes time and is done
outside of transactions; a turn's memories are written in one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from julep_local.memory.changes import (
    Scope,
    akin,
    is_older,
    near_to,
    replaced,
    says_less,
    says_more,
    says_same,
    tells_of_old,
    told_again,
)
from julep_local.memory.earnest import asks, left_open, was_joking
from julep_local.memory.endings import came_true, gives_way, next_stage, over, put_right, said_over
from julep_local.memory.entities import entities
from julep_local.memory.feeling import sentiment
from julep_local.memory.forgetting import Wish, shares, wishes_of
from julep_local.memory.gates import Candidate, Shown, Verdict, verdicts
from julep_local.memory.judging import SURE
from julep_local.memory.languages import spoken
from julep_local.memory.moves import NEWS
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import slot, stems
from julep_local.memory.slips import settled
from julep_local.memory.sparing import is_spared
from julep_local.memory.statements import statements
from julep_local.memory.tone import joked_about, takes_back
from julep_local.memory.topics import of_one, of_one_message, said_at
from julep_local.memory.turn import Said, Turn
from julep_local.memory.when import happened
from julep_local.recall.embeddings import Embedder
from julep_local.recall.memory_recall import embed_missing_memories
from julep_local.store import agents, embedding_sets, memories, messages, users
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Memory, MemoryEntitiesItem

JOKES = 2
"""Messages before "kidding aside" that were not meant."""
MOST_BEFORE = 300
"""Characters of what was said before that stand with a memory."""


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
    scope = Scope(agent_id=turn.agent_id, user_id=turn.user_id, replay_id=replay_id)
    stated = [candidate for candidate, _ in passed]
    near = near_to(db, model if replay_id is None else None, stated, turn)
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
    scope = Scope(agent_id=turn.agent_id, user_id=turn.user_id, replay_id=replay_id)
    if memories.retracted(db, candidate.sources):  # of several sources the others may not say it alone
        outcome.kept_out["retracted"] += 1
        return
    if _formed_before(db, candidate, turn, scope) or _corrected(db, candidate, scope):
        outcome.kept_out["known"] += 1
        return
    related = akin(db, candidate, scope)
    right = put_right(candidate, related, turn)
    sources = list(candidate.sources)
    if right is not None and candidate.kind == NEWS:
        found = [*found, Verdict("put right", True, f"it is {right[0].said!r} with what the message corrects in it")]
        candidate = replace(candidate, text=right[1])
        sources = [*dict.fromkeys((*(right[0].memory.sources or ()), *sources))]
    about = slot(candidate.text, candidate.language)
    rivals = of_one(candidate, memories.in_slot(db, about, **scope))
    known = of_one(candidate, memories.saying(db, candidate.text, **scope))
    known += [each for each in rivals if says_same(each, candidate)]
    known += says_more(candidate, related) + told_again(candidate, related)
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
    ended = _ended(db, turn, candidate, scope, related, rivals, when, put_right=right)
    if candidate.kind == NEWS and not ended and (candidate.chance is None or candidate.chance < SURE):
        outcome.kept_out["nothing it changes is known"] += 1
        return
    # a job that was tried again comes after those of later turns: what was said since then is the newer
    ends = next((each for each in ended if said_at(each) > turn.said_at and not tells_of_old(each, when, turn)), None)
    ended = [each for each in ended if said_at(each) <= turn.said_at]
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
                sources=sources,
                importance=candidate.importance,
                tier=candidate.tier,
                model=candidate.model,
                prompt_hash=candidate.prompt_hash,
                state="current" if ends is None else "superseded",
                superseded_by=None if ends is None else ends.memory.id,
                valid_until=None if ends is None else min(ends.memory.timestamp or said_at(ends), said_at(ends)),
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


def _ended(
    db: Database,
    turn: Turn,
    candidate: Candidate,
    scope: Scope,
    related: Sequence[StoredMemory],
    rivals: Sequence[StoredMemory],
    when: datetime | None,
    *,
    put_right: tuple[StoredMemory, str] | None,
) -> list[StoredMemory]:
    """Return the memories that are no longer so by what the statement says.

    Args:
        db: the store.
        turn: where it was said.
        candidate: the statement.
        scope: whose memories.
        related: those that may have to do with it.
        rivals: those about the same, of which there can be only one.
        when: it happened, where its words tell.
        put_right: the memory that it corrects, and how it reads then.
    """
    about = slot(candidate.text, candidate.language)
    ended = [each for each in rivals if not is_older(when, each.memory.timestamp) and gives_way(each, candidate, about)]
    said_to_end = over(candidate, related) + said_over(candidate, related)
    ended += [each for each in said_to_end if not is_spared(candidate, each)]
    ended += next_stage(candidate, related) + came_true(candidate, related, turn)
    ended += [put_right[0]] if put_right is not None else []
    own_rivals = rivals if candidate.kind != NEWS else []
    ended = [each for each in ended if each in own_rivals or not of_one_message(each, candidate)]
    ended = list({each.memory.id: each for each in ended}.values())
    ended += says_less(candidate, related, ended)
    ended += replaced(db, candidate, turn, scope["replay_id"])
    ended += of_one(candidate, memories.saying(db, candidate.extends, **scope)) if candidate.extends else []
    return ended


def _forget(db: Database, turn: Turn, wish: Wish, outcome: Outcome, replay_id: str | None) -> None:
    """Delete the memories that a person asks to forget: those with the telling words of the wish, or the last ones."""
    known = memories.whole(db, agent_id=turn.agent_id, user_id=turn.user_id, replay_id=replay_id)
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
    sentences = own_sentences(turn.earlier[-1])[::-1] if turn.earlier else []
    if not request and any(map(asks, sentences)):
        return []
    for sentence in sentences:
        language = spoken(sentence)
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


def _formed_before(db: Database, candidate: Candidate, turn: Turn, scope: Scope) -> bool:
    """Whether this was made of the same message already: a job that was interrupted is done again."""
    if not candidate.sources:  # in no history: its moment stands for it
        return memories.said_then(db, candidate.speaker, candidate.text, turn.said_at, **scope)
    return any(
        known.content == candidate.content
        for source in candidate.sources
        for known in memories.formed_from(db, source, replay_id=scope["replay_id"])
    )


def _corrected(db: Database, candidate: Candidate, scope: Scope) -> bool:
    """Whether a person gave this, or changed what was formed of the same message about the same."""
    counting = Scope(agent_id=scope["agent_id"], user_id=scope["user_id"], replay_id=None)
    if any(each.memory.tier == "given" for each in of_one(candidate, memories.saying(db, candidate.text, **counting))):
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


def _said_before(db: Database, turn: Turn) -> Said | None:
    """Return the message before, if it is in the history and was not taken back: a copy does not outlive it."""
    before = turn.before
    if before is None or before.id is None:
        return None
    if not messages.by_ids(db, [before.id]) or memories.retracted(db, [before.id]):
        return None
    return before


def _shortened(text: str) -> str:
    return " ".join(text.split())[-MOST_BEFORE:]
