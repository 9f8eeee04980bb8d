"""What is embedded of a memory, and what of a query."""

import pytest

from julep_local.recall.memory_text import (
    MOST_BEFORE,
    Names,
    asked_share,
    embedding_text,
    is_pleasantry,
    question,
    said,
    standing,
)

NAMES = Names.of(["Caroline", "Bo Smith", "The user", "Will", "Søren"])


def asked(query: str) -> tuple[str, list[str], set[int]]:
    found = question(query, NAMES)
    return found.text, list(found.words), set(found.named)


def test_the_speakers_name_is_not_embedded() -> None:
    assert embedding_text("Bo: My dog is called Biscuit.", "Bo", "") == "My dog is called Biscuit."
    assert embedding_text("My dog is called Biscuit.", "", "") == "My dog is called Biscuit."
    assert said("Bo: no: maybe", "Bo") == "no: maybe"
    assert said("renamed since", "Bo") == "renamed since"


def test_an_answer_is_embedded_behind_the_question_and_nothing_else() -> None:
    assert embedding_text("Bo: Red.", "Bo", "What colour is it?") == "What colour is it? Red."
    assert embedding_text("Bo: 赤", "Bo", "何色ですか？") == "何色ですか？ 赤"
    assert embedding_text("Bo: Red.", "Bo", "I painted the fence.") == "Red."
    assert embedding_text("Bo: Red.", "Bo", "What? " + "x" * MOST_BEFORE) == "Red."


def test_the_share_of_questions_is_that_of_letters() -> None:
    assert asked_share("How are you?") == 1
    assert asked_share("I am fine. And you?") == pytest.approx(0.45, abs=0.1)
    assert asked_share("I am fine") == asked_share("") == asked_share("...") == 0


def test_a_name_in_a_query_becomes_you_and_is_no_word_to_look_for() -> None:
    assert asked("What did Caroline's dog eat?") == ("What did your dog eat?", ["dog", "eat"], {0})
    assert asked("what does bo like") == ("what does you like", ["like"], {1})
    assert asked("Bo Smith’s car") == ("your car", ["car"], {1})
    assert asked("Does SØREN cook?") == ("Does you cook?", ["cook"], {4})


def test_a_word_that_is_a_name_as_well_is_one_within_a_query_and_with_a_capital() -> None:
    assert asked("will I paint") == ("will I paint", ["paint"], set())
    assert asked("Will I paint?") == ("Will I paint?", ["paint"], set())
    assert asked("Does Will paint?") == ("Does you paint?", ["paint"], {3})
    assert asked("the painting") == ("the painting", ["painting"], set())
    assert asked("the user paints") == ("you paints", ["paints"], {2})


def test_a_query_of_names_alone_stays_as_it_is() -> None:
    assert asked("Caroline?") == ("Caroline?", ["caroline"], {0})


@pytest.mark.parametrize("query", ["", "???", "\0", "İ", "ß" * 50, "_ __ _"])
def test_any_text_is_a_query(query: str) -> None:
    assert question(query, NAMES).text == query


@pytest.mark.parametrize("query", ["hi", "Thanks!", "good morning", "ok, thank you so much", "Danke"])
def test_pleasantries_ask_for_nothing(query: str) -> None:
    assert is_pleasantry(query)


@pytest.mark.parametrize("query", ["", "who am I?", "thanks, and my dog?", "a good restaurant", "how much?", "?"])
def test_what_asks_for_something_is_no_pleasantry(query: str) -> None:
    assert not is_pleasantry(query)


def test_words_stand_in_a_text_by_their_beginnings() -> None:
    assert standing(["dogs", "cats", "painted"], "My dog paints") == ["dogs", "painted"]
    assert standing(["dog"], "") == []
