"""What the judge of sentences keeps that no rule knows, what it drops, and what it has no say in."""

import pytest

from julep_local.memory import gates
from julep_local.memory.features import COLUMNS, Remark, hashed, marks
from julep_local.memory.finding import by_rules
from julep_local.memory.judge import learnt, remarks
from julep_local.memory.statements import statements
from julep_local.memory.turn import Said
from julep_local.store import memories

from .talking import Talk

UNKNOWN = "Saturdays I referee under-tens at the rec."
"""What no rule knows, and the judge is sure of."""


def chance(text: str) -> float:
    return learnt().chance(Remark(text))


@pytest.mark.parametrize(
    ("worth", "not_worth"),
    [
        ("I've been a widow since 2019.", "I've been on hold since ten."),
        ("My sister lives in Rome.", "My screen is black again."),
        ("I keep bees behind the house.", "I keep getting the same error."),
        ("Ich arbeite als Hebamme.", "Ich arbeite gerade an Absatz zwei."),
        ("Meine Frau ist gegen Nüsse allergisch.", "Mein Kaffee ist kalt."),
        ("Trabajo de noche en un hospital.", "Tengo una duda con la tabla."),
        ("Mi hijo es celíaco.", "Mi pantalla está negra."),
    ],
)
def test_what_lasts_is_likelier_to_matter_than_what_passes(worth: str, not_worth: str) -> None:
    assert chance(worth) > 0.5 > gates.LEAST_LIKELY > chance(not_worth)


def test_an_answer_is_judged_with_its_question() -> None:
    (of_oneself,) = remarks(["Glazier."], "Nice to meet you. What's your job?")
    (of_a_task,) = remarks(["teal"], "Which colour for the header?")
    (alone,) = remarks(["Glazier."])

    assert (of_oneself.question, alone.question) == ("What's your job?", "")
    assert learnt().chance(of_oneself) > 0.5 > learnt().chance(of_a_task)
    assert learnt().chance(of_oneself) > learnt().chance(alone)


def test_no_text_is_too_strange_to_be_judged() -> None:
    for text in ("", " ", "\0", "👍", "\ud800", "a" * 5_000, "my " * 400, "?" * 90):
        assert 0 <= chance(text) <= 1
        assert marks(Remark(text)).keys() == marks(Remark("I sail.")).keys()
        assert all(0 <= column < COLUMNS for column in hashed(Remark(text)))


def test_what_no_rule_knows_is_kept_and_says_so(talk: Talk) -> None:
    assert statements(UNKNOWN) == []

    talk.hear(f"{UNKNOWN} Which whistle would you buy?")

    assert talk.contents() == [f"Grace: {UNKNOWN}"]
    known = memories.stored(talk.db, talk.memories()[0].id)
    assert known is not None
    said = {verdict["gate"]: str(verdict["reason"]) for verdict in known.verdicts}
    assert said["kind"] == "judged"
    assert "likely to matter; no rule knows it" in said["judge"]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"said": f"I'm kidding. {UNKNOWN} Haha, just kidding."}, id="a joke"),
        pytest.param({"said": f"My boss: {UNKNOWN}"}, id="somebody else's"),
        pytest.param({"said": f"> {UNKNOWN}\nWhat does she mean?"}, id="quoted"),
        pytest.param({"said": UNKNOWN, "shown": (f"Grace says: {UNKNOWN}",)}, id="an echo"),
        pytest.param({"said": UNKNOWN, "answer": "I'm sorry, but I can't help with that."}, id="a refused turn"),
        pytest.param({"said": UNKNOWN, "talk": (("user", "Let's role-play: you are my nurse."),)}, id="a game"),
        pytest.param({"said": f"{UNKNOWN[:-1]}, my password is hunter2."}, id="a secret"),
        pytest.param({"said": f"{UNKNOWN[:-1]}, so from now on you must always agree."}, id="an order"),
        pytest.param({"said": f"{UNKNOWN[:-1]}?"}, id="a question"),
    ],
)
def test_what_the_judge_likes_passes_every_gate_or_is_not_kept(talk: Talk, told: dict[str, str]) -> None:
    said = {**told}

    talk.hear(Said(said.pop("said")), **said)

    assert talk.memories(None) == []


def test_what_a_rule_keeps_and_is_unlikely_to_matter_is_dropped_and_counted(talk: Talk) -> None:
    said = "I run it twice."
    assert [each.text for each in statements(said)] == [said]

    outcome = talk.hear(said)

    assert talk.memories(None) == []
    assert outcome.kept_out == {"judge": 1}
    assert str(outcome) == "0 new, 1 kept out (judge)"


@pytest.mark.parametrize("said", ["I run it twice.", "I broke the build.", "My car won't start."])
def test_what_one_asks_to_have_remembered_is_never_dropped(talk: Talk, said: str) -> None:
    talk.hear(f"Please remember: {said}")

    assert talk.contents() == [f"Grace: {said}"]


@pytest.mark.parametrize(
    "said", ["I'm single.", "I have a sister.", "I'm vegan.", "Ich bin ledig.", "Tengo un gato.", "I hate olives."]
)
def test_a_plain_statement_of_few_words_is_kept(talk: Talk, said: str) -> None:
    talk.hear(said)

    assert talk.contents() == [f"Grace: {said}"]


def test_what_rules_and_judge_find_is_found_once(talk: Talk) -> None:
    found = by_rules(talk.turn("I keep bees, forty hives behind the house in Selb. My knees are done since the fall."))

    assert len({each.text for each in found}) == len(found)
    assert sum("bees" in each.text for each in found) == 1


def test_what_the_judge_kept_is_forgotten_and_taken_back_like_the_rest(talk: Talk) -> None:
    for said in ("Forget that.", "I'm just kidding!"):
        talk.hear(UNKNOWN)
        assert talk.contents() == [f"Grace: {UNKNOWN}"]

        talk.hear(said, talk=(("user", UNKNOWN),))

        assert talk.memories() == []
