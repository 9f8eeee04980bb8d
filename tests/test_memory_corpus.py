"""The dialogues of benchmarks/memory: complete, varied, and labelled by what their words support."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.memory import corpus
from benchmarks.memory.corpus import Dialogue, Expected
from benchmarks.memory.run import turns, verbatim
from benchmarks.memory.scoring import MOST_WORDS, Produced, folded, judge, says_forbidden, score, states, total

DIALOGUES = corpus.load()
ITEMS = [(dialogue, item) for dialogue in DIALOGUES for item in dialogue.expected]
DATED = [(dialogue, item) for dialogue, item in ITEMS if item.when is not None]
ROLES = {"user", "assistant", "system", "function_call", "function"}


def of_each(cases: Sequence[tuple[Any, ...]], name: Callable[..., str]) -> Callable[[Callable[..., None]], Any]:
    """Put all cases to a check in one test, which says of each that fails what it is: two thousand tests take longer
    to be counted than to be run.
    """

    def made(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            failed = []
            for case in cases:
                try:
                    check(*case)
                except AssertionError as error:
                    failed.append(f"{name(*case)}: {error}")
            assert not failed, "\n".join(failed)

        test.__doc__ = check.__doc__
        return test

    return made


each_dialogue = of_each([(dialogue,) for dialogue in DIALOGUES], lambda dialogue: dialogue.id)
each_item = of_each(ITEMS, lambda dialogue, item: f"{dialogue.id}, {item.id}")
each_date = of_each(DATED, lambda dialogue, item: f"{dialogue.id}, {item.id}")


def test_there_are_enough_dialogues_of_every_kind() -> None:
    splits = Counter(dialogue.split for dialogue in DIALOGUES)
    languages = Counter(dialogue.language for dialogue in DIALOGUES)
    held_out = Counter(dialogue.language for dialogue in DIALOGUES if dialogue.split == "held-out")
    themes = {split: {d.theme for d in DIALOGUES if d.split == split} for split in corpus.SPLITS}

    assert splits["dev"] >= 50
    assert splits["held-out"] >= 25
    assert set(languages) == set(corpus.LANGUAGES)
    assert min(languages["de"], languages["es"]) >= 10
    assert min(held_out["de"], held_out["es"]) >= 4
    assert len(themes["dev"]) >= 18
    assert themes["dev"] == themes["held-out"]
    assert sum(len(dialogue.sessions) > 1 for dialogue in DIALOGUES) >= 15


def test_ids_and_openings_are_unique() -> None:
    assert Counter(dialogue.id for dialogue in DIALOGUES).most_common(1)[0][1] == 1
    openings = Counter(folded(dialogue.messages[0].content) for dialogue in DIALOGUES)
    # two hands may both begin with "What do you know about me?"
    assert [each for each, n in openings.items() if n > 1 and len(each.split()) > 6] == []


@each_dialogue
def test_a_dialogue_stands_where_its_theme_and_split_say(dialogue: Dialogue) -> None:
    assert dialogue.file.stem == dialogue.theme
    assert dialogue.file.parent.name == dialogue.split
    assert dialogue.language in corpus.LANGUAGES
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", dialogue.id)


@each_dialogue
def test_the_messages_of_a_dialogue_can_be_said(dialogue: Dialogue) -> None:
    dates = [session.date for session in dialogue.sessions]

    assert 2 <= len(dialogue.messages) <= 24
    assert all(before < after for before, after in pairwise(dates))
    assert {message.role for message in dialogue.messages} <= ROLES
    assert all(turn.sent for session in dialogue.sessions for turn in turns(session))


@each_dialogue
def test_the_labels_of_a_dialogue_belong_together(dialogue: Dialogue) -> None:
    ids = [item.id for item in dialogue.expected]
    renewed = {item.supersedes for item in dialogue.expected} - {None}
    once = {item.id for item in dialogue.expected if item.valid_until is not None}
    required = [item for item in dialogue.expected if not item.optional and item.id not in renewed]

    assert len(set(ids)) == len(ids)
    assert renewed <= set(ids)
    assert once <= renewed
    assert len(required) <= dialogue.max_memories


@each_item
def test_what_is_expected_is_said_in_its_sources(dialogue: Dialogue, item: Expected) -> None:
    said = " ".join(dialogue.messages[place].content for place in item.sources)

    assert states(said, Expected(id=item.id, about=item.about, terms=item.terms))
    assert all(place < len(dialogue.messages) for place in item.sources)
    assert any(dialogue.messages[place].role == "user" for place in item.sources)


@each_dialogue
def test_a_star_ends_a_term(dialogue: Dialogue) -> None:
    groups = [group for each in (*dialogue.expected, *dialogue.forbidden) for group in each.terms]
    terms = [term for group in groups for term in group]
    terms += [term for item in dialogue.expected for term in (*item.about, *item.without)]
    terms += [term for each in dialogue.forbidden for term in each.unless]

    assert all(groups)
    assert all(folded(term).strip() for term in terms)
    assert not [term for term in terms if "*" in term[:-1]]


@each_dialogue
def test_what_is_forbidden_is_said_somewhere(dialogue: Dialogue) -> None:
    """A pattern that no text of the dialogue has forbids nothing."""
    texts = [message.content for message in dialogue.messages]
    texts += [*dialogue.instructions, *(doc["content"] for doc in dialogue.docs)]
    said = " ".join(texts)

    for each in dialogue.forbidden:
        assert any(says_forbidden(said, corpus.Forbidden(each.kind, (group,))) for group in each.terms), each


@each_date
def test_a_date_is_within_some_decades_of_the_talk(dialogue: Dialogue, item: Expected) -> None:
    assert item.when is not None
    said_on = dialogue.date_of(item.sources[-1]).date()
    assert -1 <= said_on.year - item.when.first.year <= 60
    assert item.when.first <= item.when.last


@pytest.mark.parametrize("split", corpus.SPLITS)
def test_keeping_every_sentence_finds_most_and_is_mostly_junk(split: str) -> None:
    """What is expected stands in the words of the dialogues, and they are full of what had better not be kept."""
    result = total(score(dialogue, verbatim(dialogue)) for dialogue in DIALOGUES if dialogue.split == split)

    assert 0.8 <= (result.recall.value or 0) <= 0.97
    assert 0.5 <= (result.junk.value or 0) <= 0.75
    assert result.forbidden["secret"] >= 5
    assert result.forbidden["injection"] >= 2


@pytest.mark.parametrize("split", corpus.SPLITS)
def test_a_run_that_keeps_what_a_person_would_is_perfect(split: str) -> None:
    result = total(score(dialogue, _ideal(dialogue)) for dialogue in DIALOGUES if dialogue.split == split)

    assert [result.precision.value, result.recall.value, result.dates.value, result.sources.value] == [1, 1, 1, 1]
    assert [result.junk.met, result.duplicates.met, result.stale.met, result.over.met] == [0, 0, 0, 0]
    assert [result.superseded.value, result.history.value] == [1, 1]
    assert not result.forbidden


@each_dialogue
def test_the_example_of_an_expected_memory_states_it_shortly(dialogue: Dialogue) -> None:
    for item in dialogue.expected:
        assert bool(item.example) != item.optional, item.id
        if item.example:
            assert states(item.example, item), item.id
            assert len(item.example.split()) <= MOST_WORDS / 2, item.id
            assert not [each for each in dialogue.forbidden if says_forbidden(item.example, each)], item.id


@each_dialogue
def test_a_memory_that_is_wrong_does_not_pass(dialogue: Dialogue) -> None:
    for wrong in dialogue.wrong:
        verdict = judge(dialogue, [Produced(wrong)])[0].verdict
        assert verdict in ("junk", "stale"), wrong


def test_most_dialogues_name_memories_that_are_wrong() -> None:
    assert sum(bool(dialogue.wrong) for dialogue in DIALOGUES) >= len(DIALOGUES) * 3 / 4


def _ideal(dialogue: Dialogue) -> list[Produced]:
    """Return the examples as memories: dated, with their sources, and what is no longer so superseded."""
    return [
        Produced(
            item.example,
            "superseded" if item.id in dialogue.superseded else "current",
            timestamp=None
            if item.when is None
            else dialogue.date_of(0).replace(
                year=item.when.first.year, month=item.when.first.month, day=item.when.first.day
            ),
            sources=item.sources,
        )
        for item in dialogue.expected
        if not item.optional
    ]
