"""What of a turn may become a memory, without a model: what rules find in it, and what the judge of sentences keeps.

It knows every rule and stores nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from julep_local.memory.answers import answered, extended, meant
from julep_local.memory.earnest import is_jest, left_open
from julep_local.memory.fiction import outside_fiction
from julep_local.memory.forgetting import wishes_of
from julep_local.memory.gates import JUDGED, Candidate, is_unlikely, refused
from julep_local.memory.judge import remarks
from julep_local.memory.judging import BESIDE_A_JEST, chance, is_among, liked
from julep_local.memory.languages import spoken
from julep_local.memory.moves import NEWS, may_be_news
from julep_local.memory.parting import parted
from julep_local.memory.pasted import is_about, outside_pasted
from julep_local.memory.prose import gone_on, has_quotation, own_sentences
from julep_local.memory.secrets import may_be_secret, warns_of_secret
from julep_local.memory.sense import denies, numbers, stems
from julep_local.memory.signatures import dictated, says_who_alone
from julep_local.memory.slips import put_right, put_right_at_once, settled
from julep_local.memory.statements import OTHER, SOBER, Statement, kind_of, statements
from julep_local.memory.turn import Said, Turn

LIKED = 0.4
"""Importance of what no rule knows."""
STANDS = 0.4
"""Chance from which each half of a statement is a statement."""
NAMED = 0.7
"""The same of a name that is dictated."""


_POINTS = re.compile(
    r"(?i)(?:i|we)(?:'ve| have|'d)? (?:got |just |only |always )?(?:wear|have|need|use|bought|keep|take|want)"
    r" (?:one|it|them|that|those|these)\b|it(?:'s| is| was) (?:on|in|at) \w"
    r"|(?:das|die|den|eins|einen) (?:hab|habe|hatte|brauche?|nehme?|benutze) ich\b"
    r"|(?:eso|esto|lo|la|los|las) (?:tengo|uso|llevo|compré|necesito)\b"
)
"""What it is of stands elsewhere: "I wear one on the right", "It's on the 12th". Alone it is worth little."""


def by_rules(turn: Turn) -> list[Candidate]:
    """Return the statements that rules find in a turn, and of the rest what the judge of sentences is sure of.

    A turn that was refused has none.
    """
    if refused(turn.answer):
        return []
    warned = warns_of_secret(turn.answer)
    talk = list(turn.talk)
    found: dict[str, Candidate] = {}
    for i, said in enumerate(turn.said):
        of_message = _once([part for each in _of_message(turn, said, talk, is_first=i == 0) for part in _parted(each)])
        for each in of_message:
            if not (warned and may_be_secret(each.text)) and not is_about(each.text, each.speaker):
                found.setdefault(each.text, each)
        talk.append(("user", said.text))
    return list(found.values())


def own_text(turn: Turn, said: Said, talk: Sequence[tuple[str, str]]) -> str | None:
    """Return what of a message is meant, and nobody else's text; None if it is a part of a story or a game.

    Args:
        turn: its turn.
        said: the message.
        talk: role and text of those before it, oldest first.
    """
    own = outside_fiction(said.text, talk)
    before = next((each for role, each in talk[::-1] if role == "user"), "")
    return None if own is None else outside_pasted(own, said.name or turn.speaker, before)


def _of_message(turn: Turn, said: Said, talk: list[tuple[str, str]], *, is_first: bool) -> Iterator[Candidate]:
    """Yield what is found in a message, in order.

    Args:
        turn: its turn.
        said: the message.
        talk: role and text of those before it, oldest first.
        is_first: whether it is the turn's first, which may answer the assistant and put right what was said before.
    """
    own = own_text(turn, said, talk)
    if own is None:
        return
    # what is said before a game or after it answers nobody in it
    replies = is_first and turn.before is not None and own == said.text
    before = turn.before.text if replies and turn.before is not None else ""
    extends = ""
    if is_first and turn.earlier and (whole := gone_on(turn.earlier[-1], own)):
        extends, own = next((each.text for each in statements(turn.earlier[-1])[::-1]), ""), whole
    own = settled(own)
    if (wishes := wishes_of(own)) is not None:
        own = wishes.text
    remarked = remarks(own_sentences(own), before)
    listed = [*statements(own, turn.earlier)]
    if replies:
        listed = _with_answers(listed, answered(before, own, meant(turn.earlier)))
        extends = extends or extended(turn.earlier)
    listed = [each for each in listed if not says_who_alone(each.text)]
    listed += [Statement(each, "name", NAMED, spoken(each)) for each in dictated(own)]
    known = [each.text for each in listed]
    right = put_right(own, turn.earlier) if is_first else None
    at_once = put_right_at_once(own, turn.earlier) if right is None else None
    if right is not None:
        listed, extends = [right[0]], right[1]
    elif at_once is not None:
        listed = [at_once[0], *(each for each in listed if each.text != at_once[1])]
    jest = is_jest(own, turn.earlier)
    maker = Candidate("", said.name or turn.speaker, "", 0.0, spoken(own), evidence=(said.text,), asked=before)
    maker = replace(maker, sources=(said.id,) if said.id else ())
    for each in listed:
        candidate = replace(maker, text=each.text, kind=each.kind, importance=each.importance, language=each.language)
        if right is not None or (extends and each.text.startswith(extends)):
            candidate = replace(candidate, extends=extends)
        if not each.wished:
            candidate = replace(candidate, chance=chance(each.text, remarked))
        if (jest and each.kind not in SOBER) or _POINTS.match(each.text):
            candidate = replace(candidate, least=BESIDE_A_JEST)
        yield _as_news(candidate)
    if right is not None:
        return
    for sure in liked(own, remarked, known, jest=jest):
        if not says_who_alone(sure.text):
            known.append(sure.text)
            language = spoken(sure.text)
            yield replace(maker, text=sure.text, kind=JUDGED, importance=LIKED, language=language, chance=sure.chance)
    for sentence in left_open(own) if not jest else []:
        if not is_among(sentence, known) and may_be_news(sentence, spoken(sentence)) and not has_quotation(sentence):
            news = replace(maker, text=sentence, kind=NEWS, importance=OTHER, language=spoken(sentence))
            yield replace(news, chance=chance(sentence, remarked))


def _as_news(candidate: Candidate) -> Candidate:
    """Return what alone would not matter as news of what is known, if it is such: "The wedding is off."."""
    if not is_unlikely(candidate) or not may_be_news(candidate.text, candidate.language):
        return candidate
    return replace(candidate, kind=NEWS, importance=OTHER)


def _parted(candidate: Candidate) -> list[Candidate]:
    """Return the two facts that a candidate holds, if both are worth keeping; else it alone."""
    parts = [] if candidate.extends else parted(candidate.text, candidate.language)
    if len(parts) < 2 or any(chance(part, []) < STANDS for part in parts):
        return [candidate]
    found = [(part, kind_of(part, candidate.language)) for part in parts]
    return [replace(candidate, text=part, kind=kind.name if kind else candidate.kind) for part, kind in found]


def _once(found: list[Candidate]) -> list[Candidate]:
    """Return the candidates of one message without those of which another says all and more."""
    said = [set(stems(each.text, each.language)) for each in found]
    return [
        each
        for each, own in zip(found, said, strict=True)
        if each.extends
        or not any(
            own < more
            and denies(each.text, each.language) == denies(other.text, each.language)
            and set(numbers(each.text)) <= set(numbers(other.text))
            for other, more in zip(found, said, strict=True)
        )
    ]


def _with_answers(listed: list[Statement], answers: list[Statement]) -> list[Statement]:
    """Return the answers to what was asked, and of the other statements those that they do not hold."""
    if not answers:
        return listed
    told = _unmarked(answers[0].text)
    return [*answers, *(each for each in listed if _unmarked(each.text.rpartition(": ")[2]) not in told)]


def _unmarked(text: str) -> str:
    return text.casefold().strip(" .!")
