"""What a statement is to the memories that are there: the same, more or less of one, or told again.

It reads memories and writes none. What ends a memory is endings.py's.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from julep_local.memory.endings import JOB, is_other, said_gone
from julep_local.memory.entities import entities
from julep_local.memory.gates import Candidate
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import denies, numbers, same, slot, stems
from julep_local.memory.stages import next_stages
from julep_local.memory.topics import FEWEST_STEMS, kind_of_known, of_one, of_one_message, overlaps, topic_of
from julep_local.memory.turn import Turn
from julep_local.memory.values import ROLES, shifts, takes_on
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
MOST_AKIN = 200
"""Memories with words of a statement that are compared with it: those with the most and the rarest."""
MOST_LOOKED_FOR = 20
"""Words, words of what may be over, and beginnings of words."""
FEWEST_LETTERS = 3
"""Of the beginning of a word that is looked for."""
_AGAIN = re.compile(
    r"(?i)\b(?:as i(?:'ve)? (?:keep saying|said|told you|mentioned)|like i said|i told you|did i (?:tell|mention)"
    r"|as you know|you know the drill|as (?:always|ever)"
    r"|wie (?:gesagt|du (?:ja )?weißt|sie (?:ja )?wissen|erwähnt|immer)"
    r"|ya (?:te|le|os) (?:conté|dije|lo dije)|como (?:ya )?(?:sabes|te dije|le dije|siempre)|ya sabes)\b"
    r"|(?<=[a-zß]) remember(?=[.,!]|$)|, remember,|(?<=\w) (?:fahr|bin|hab|ist|hört|kann|arbeite|wohne)e? ja\b"
)
"""Said of what was told before."""


class Scope(TypedDict):
    """Whose memories are compared, and of which replay."""

    agent_id: str
    user_id: str
    replay_id: str | None


def akin(db: Database, candidate: Candidate, scope: Scope) -> list[StoredMemory]:
    """Return the current memories that may have to do with a statement: those of `MOST_AKIN` with words of it.

    What a person has told in years is too much to be read for each statement.
    """
    texts = [candidate.text, *said_gone(candidate)]
    said = list(dict.fromkeys(word for text in texts for word in telling_words(text)))
    beginnings = list(dict.fromkeys(stem for text in texts for stem in stems(text, candidate.language)))
    about = slot(candidate.text, candidate.language)
    plain = candidate.language.plain(candidate.text)
    before = dict.fromkeys(word for stage in next_stages(plain) for word in stage.words)
    before |= dict.fromkeys(ROLES if takes_on(plain) else ())
    found = memories.akin(
        db,
        [*said[:MOST_LOOKED_FOR], *before],
        [stem for stem in beginnings[:MOST_LOOKED_FOR] if len(stem) >= FEWEST_LETTERS],
        slots=[about, *(JOB if about in JOB else ()), *(("shift",) if shifts(candidate.text.lower()) else ())],
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
        and overlaps(topic_of(language.plain(candidate.text), language), topic_of(language.plain(each.said), language))
        and set(numbers(candidate.text)) <= set(numbers(each.said))
        and all(name in each.said for name in names)
        and (denies(each.said, language) == denies(candidate.text, language) or kind_of_known(each) == candidate.kind)
        and not is_other(each, candidate)
    ]


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
