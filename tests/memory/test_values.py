"""Values of which there is one at a time, and what is put right in them."""

import pytest

from julep_local.memory.values import corrected, counts, shifts, takes_on

from .talking import Talk


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("Not Saturday, it's Sunday they're all coming.", ("Saturday", "Sunday")),
        ("Not Sadie, she's Sadbh.", ("Sadie", "Sadbh")),
        ("It's Thursday, not Tuesday.", ("Tuesday", "Thursday")),
        ("The chest is 62 cm, not 58.", ("58", "62")),
        ("Nicht 2,10, sondern 2,70 Meter sind es.", ("2,10", "2,70")),
        ("No es Jimena, es Ximena.", ("Jimena", "Ximena")),
    ],
)
def test_a_sentence_says_what_was_wrong_and_what_is_right(said: str, right: tuple[str, str]) -> None:
    assert corrected(said) == right


@pytest.mark.parametrize(
    "said",
    [
        "I'm not tired, I'm hungry.",
        "Not Saturday.",
        "Not 5, it's Sunday.",
        "I don't like Mondays.",
        "She's not in Graz.",
        "Not bad, Anna!",
    ],
)
def test_a_sentence_that_puts_nothing_right_corrects_nothing(said: str) -> None:
    assert corrected(said) is None


def test_what_is_put_right_keeps_the_rest_of_the_memory_and_its_source(talk: Talk) -> None:
    talk.hear("I'm knitting a jumper for my nephew Ted, chest 58 cm.")
    before = talk.memories()[0]

    talk.hear("The chest is 62 cm, not 58.", day=1)

    [after] = talk.memories()
    assert after.content == "Grace: I'm knitting a jumper for my nephew Ted, chest 62 cm."
    assert set(before.sources) < set(after.sources)
    assert [each.id for each in talk.memories("superseded")] == [before.id]


def test_a_correction_of_a_talk_long_ago_has_to_name_what_it_is_of(talk: Talk) -> None:
    talk.ask_to_keep("My flight to Rome is on Tuesday.")

    talk.hear("It's Thursday, not Tuesday.", day=40)
    assert talk.contents() == ["Grace: My flight to Rome is on Tuesday."]

    talk.hear("The flight is on Thursday, not Tuesday.", day=40)
    assert talk.contents() == ["Grace: My flight to Rome is on Thursday."]


def test_what_puts_right_nothing_that_is_known_is_not_kept(talk: Talk) -> None:
    talk.hear("Not Saturday, it's Sunday.")

    assert talk.contents() == []


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I work nights at the hospital.", "I'm on earlies now.", id="a shift"),
        pytest.param("Ich habe Frühschicht.", "Ab jetzt habe ich Spätschicht.", id="a shift in German"),
        pytest.param("I have three hens.", "We lost one, so I'm down to two hens.", id="a number"),
        pytest.param("I'm coeliac.", "Turns out I'm not coeliac, it was the milk.", id="a denial"),
        pytest.param("Ich hab 84 Kilo.", "78 Kilo heute früh!", id="a weight"),
    ],
)
def test_another_value_ends_the_one_before(talk: Talk, known: str, said: str) -> None:
    talk.ask_to_keep(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents("superseded")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I work nights at the hospital.", "My wife works mornings.", id="somebody else's shift"),
        pytest.param("Ich habe Frühschicht.", "Mein Mann hat Nachtschicht.", id="the same in German"),
        pytest.param("I eat fish.", "I don't eat fish on Fridays.", id="at some times only"),
        pytest.param("I have a dog.", "My sister doesn't have a dog.", id="somebody else's denial"),
        pytest.param("I'm married.", "I'm not married to my job.", id="another sense"),
        pytest.param("I'm vegan.", "My sister is vegetarian.", id="somebody else's diet"),
        pytest.param("I have two kids.", "I only have two hands!", id="another number"),
    ],
)
def test_a_value_of_something_else_ends_nothing(talk: Talk, known: str, said: str) -> None:
    talk.ask_to_keep(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents()


def test_what_is_counted_and_worked_and_taken_on_is_read_from_words() -> None:
    assert counts("i have three hens and 14 eggs") == {"hens": "3", "eggs": "14"}
    assert shifts("i'm on earlies this week") == {"early"}
    assert shifts("i had a late night") == set()
    assert takes_on("they made me president") == {"president"}
    assert takes_on("the president came by") == set()
