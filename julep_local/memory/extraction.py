"""Asks a chat model what of a turn is worth remembering: a small one only chooses, a capable one words it.

The answer is held to a JSON schema, so it always can be read; what it says is not believed but gated: a statement whose
words stand in no message is kept out, and rules find at least what they find alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from julep_local.llm.base import ChatModel, Constraint, Delta, PromptMessage, Sampling
from julep_local.memory.finding import by_rules, own_text
from julep_local.memory.gates import JUDGED, LEAST_OF_LASTING, Candidate, Shown, refused, verdicts
from julep_local.memory.judge import remarks
from julep_local.memory.judging import chance, is_among
from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences
from julep_local.memory.sense import stems
from julep_local.memory.statements import worth_asking
from julep_local.memory.turn import Turn
from julep_local.recall.words import telling_words
from julep_local.store import memories, memory_search
from julep_local.store.database import Database
from julep_local.types import Memory

MOST_ASKED = 12
"""Sentences of a turn that a model is asked about."""
MOST_STATEMENTS = 8
"""A turn holds seldom more that is worth keeping; a model that says more is inventing."""
MOST_KNOWN = 10
"""Memories that the model is shown, to say which are no longer true."""
ANSWER_TOKENS = 400
MOST_STATEMENT = 300
"""Characters."""
LEAST_IMPORTANT, MOST_IMPORTANT = 1, 5

CHOOSE = (
    "Someone said the numbered sentences below. Which of them state a lasting fact about that person: name, "
    "family, home, "
    "work, health, possessions, likes, plans? Answer in JSON with the numbers of those sentences; none is a good "
    "answer."
)
FOILS = ("I went up the stairs.", "I see the door.")
"""Sentences that nobody would remember: a model that chooses one of them does not understand the question."""
WORD = (
    "You keep the memory of an assistant. From the user's messages below, write down what is worth remembering "
    "about the user "
    "for later conversations: facts, preferences, plans and dates, each as one short sentence that names {user} and is "
    "understood alone. Use only what the user says or confirms, in their language. Leave out small talk, moods, "
    "questions, "
    "requests, jokes, stories, pasted texts, passwords and instructions to the assistant. If nothing is worth it, "
    "give none. "
    "If a statement makes a known memory untrue, give that memory's number in replaces."
)


def chosen(model: ChatModel, turn: Turn) -> list[Candidate]:
    """Return what rules find, and of the sentences that they leave open those that the model chooses.

    It is not asked about sentences that are unlikely to matter.

    Raises:
        ModelError: the model cannot be used.
        Preempted: a chat arrived.
    """
    found = by_rules(turn)
    if refused(turn.answer):
        return found
    known = [candidate.text for candidate in found]
    talk = list(turn.talk)
    for said in turn.said:
        own = own_text(turn, said, talk) or ""
        remarked = remarks(own_sentences(own))
        open_ = [each for each in worth_asking(own) if not is_among(each, known)]
        likely = {each: chance(each, remarked) for each in open_}
        asked = [each for each in open_ if likely[each] >= LEAST_OF_LASTING][:MOST_ASKED]
        talk.append(("user", said.text))
        if not asked:
            continue
        picked, prompt_hash = _picked(model, asked)
        again, _ = _picked(model, asked[::-1])
        for sentence in (each for each in asked if each in picked and each in again):
            found.append(
                Candidate(
                    sentence,
                    said.name or turn.speaker,
                    "chosen",
                    0.4,
                    spoken(sentence),
                    (said.id,) if said.id else (),
                    (said.text,),
                    tier="small",
                    model=model.name,
                    prompt_hash=prompt_hash,
                    chance=likely[sentence],
                )
            )
    return found


def _picked(model: ChatModel, asked: Sequence[str]) -> tuple[set[str], str]:
    """Return the sentences that the model chooses, and the hash of what it was asked.

    It is asked twice, in both orders: what it chooses for its place alone it does not choose again. Who chooses all
    has not chosen.
    """
    numbered = "\n".join(f"{i}. {sentence}" for i, sentence in enumerate((*asked, *FOILS), 1))
    n = len(asked) + len(FOILS)
    schema = {
        "type": "object",
        "properties": {"facts": {"type": "array", "items": {"enum": list(range(1, n + 1))}, "maxItems": n}},
        "required": ["facts"],
        "additionalProperties": False,
    }
    answer, prompt_hash = _asked(model, f"{CHOOSE}\n\n{numbered}", schema)
    chosen = _numbers(answer.get("facts"), n)
    if any(number > len(asked) for number in chosen):
        return set(), prompt_hash
    return {asked[number - 1] for number in chosen}, prompt_hash


def worded(db: Database, model: ChatModel, turn: Turn) -> list[Candidate]:
    """Return what the model finds worth remembering, in its words, with the memories that it says are no longer true.

    What rules find is asked for too: a statement of theirs that the model left out is kept. Of what
    only the judge of sentences likes the model knows better.

    Raises:
        ModelError: the model cannot be used.
        Preempted: a chat arrived.
    """
    rules = by_rules(turn)
    texts = [said.text for said in turn.said if own_sentences(said.text)]
    if refused(turn.answer) or not texts:
        return rules
    known = _known(db, turn, texts)
    answer, prompt_hash = _asked(model, _wording(turn, texts, known), _STATEMENTS)
    sources = tuple(said.id for said in turn.said if said.id)
    before = (turn.before.text,) if turn.before is not None else ()
    found: list[Candidate] = []
    for each in _listed(answer.get("memories"))[:MOST_STATEMENTS]:
        text = _storable(each.get("statement")) if isinstance(each, dict) else ""
        if not text:
            continue
        importance = next(iter(_numbers([each.get("importance")], MOST_IMPORTANT)), LEAST_IMPORTANT)
        replaced = tuple(known[n - 1].id for n in _numbers(each.get("replaces"), len(known)))
        found.append(
            Candidate(
                text,
                "",
                "worded",
                importance / MOST_IMPORTANT,
                spoken(text),
                sources,
                (*texts, *before, *turn.earlier[-1:], turn.speaker),
                tier="capable",
                model=model.name,
                prompt_hash=prompt_hash,
                replaces=replaced,
            )
        )
    shown = Shown.of(turn.shown)
    kept = [each for each in found if verdicts(each, shown)[-1].passed]  # what a gate keeps out stands for nothing
    covered = {stem for each in kept for stem in stems(each.text, each.language)}
    guessed = JUDGED if answer else ""
    missed = [each for each in rules if each.kind != guessed and not set(stems(each.text, each.language)) <= covered]
    return [*found, *missed]


_STATEMENTS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "memories": {
            "type": "array",
            "maxItems": MOST_STATEMENTS,
            "items": {
                "type": "object",
                "properties": {
                    "statement": {"type": "string", "maxLength": MOST_STATEMENT},
                    "importance": {"type": "integer", "minimum": LEAST_IMPORTANT, "maximum": MOST_IMPORTANT},
                    "replaces": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
                },
                "required": ["statement", "importance", "replaces"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["memories"],
    "additionalProperties": False,
}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _numbers(value: object, most: int) -> list[int]:
    """Return those of a model's numbers that count something, from 1, each once: not every model holds to a schema."""
    return list(dict.fromkeys(n for n in _listed(value) if type(n) is int and 1 <= n <= most))


def _storable(value: object) -> str:
    """Return a model's text on one line, without what cannot be stored: JSON can spell NULs and lone surrogates."""
    text = value if isinstance(value, str) else ""
    return " ".join(text.encode("utf-8", "ignore").decode().replace("\0", " ").split())[:MOST_STATEMENT]


def _known(db: Database, turn: Turn, texts: Sequence[str]) -> list[Memory]:
    """Return the current memories with words of the turn, the likeliest to have changed first."""
    hits = memory_search.matching(
        db, telling_words("\n".join(texts)), agent_id=turn.agent_id, user_id=turn.user_id, limit=MOST_KNOWN
    )
    newest = memories.page(db, agent_id=turn.agent_id, user_id=turn.user_id, limit=MOST_KNOWN, offset=0)
    found = {hit.memory.id: hit.memory for hit in hits} | {each.id: each for each in newest}
    return list(found.values())[:MOST_KNOWN]


def _wording(turn: Turn, texts: Sequence[str], known: Sequence[Memory]) -> str:
    parts = [WORD.format(user=turn.speaker), f"Today is {turn.said_at:%A, %Y-%m-%d}."]
    if known:
        parts.append("Known memories:\n" + "\n".join(f"{i}. {each.content}" for i, each in enumerate(known, 1)))
    if turn.before is not None:
        parts.append(f"The assistant had said:\n{turn.before.text}")
    parts += [f"{turn.speaker} said:\n{text}" for text in texts]
    return "\n\n".join(parts)


def _asked(model: ChatModel, text: str, schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the model's answer, and the SHA-256 of what it was asked; an empty one if it found no end."""
    prompt = model.prompt([PromptMessage("user", text, part="input")])
    room = model.context_tokens - len(prompt.tokens)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if room < 16:
        return {}, digest
    sampling = Sampling(
        temperature=0.0,
        max_tokens=min(ANSWER_TOKENS, room),
        constraint=Constraint("json_schema", schema=schema),
        seed=None,
    )
    answer = "".join(
        piece.text for piece in model.generate(prompt, sampling, purpose="memory") if isinstance(piece, Delta)
    )
    try:
        value = json.loads(answer)
    except ValueError:  # cut off, or a model that holds to no schema
        return {}, digest
    return (value, digest) if isinstance(value, dict) else ({}, digest)
