import pytest

from julep_local.memory.entities import entities
from julep_local.memory.feeling import sentiment
from julep_local.memory.languages import spoken
from julep_local.memory.sense import denies, numbers, same, slot, stems


def about(text: str) -> str:
    return slot(text, spoken(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I live in Oslo", "I moved to Bergen"),
        ("My name is Grace", "Call me Gracie"),
        ("I work at Equinor", "I started at Statkraft"),
        ("My brother lives in Rome", "My brother moved to Oslo"),
        ("My dog is called Rex", "My dog's name is Bo"),
        ("I like coffee", "I hate coffee"),
        ("I smoke", "I stopped smoking"),
        ("Ich wohne in Bonn", "Ich wohne in Köln"),
        ("Ich heiße Grace", "Mein Name ist Gracie"),
        ("Mein Hund heißt Rex", "Mein Hund heißt Bo"),
        ("Vivo en Madrid", "Vivo en Sevilla"),
    ],
)
def test_of_these_two_the_newer_stands(one: str, other: str) -> None:
    assert about(one) == about(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I live in Oslo", "I lived in Bergen"),
        ("I live in Rome", "My brother lives in Rome"),
        ("My brother lives in Rome", "My sister lives in Rome"),
        ("My dog is called Rex", "My cat is called Rex"),
        ("My dog is called Rex", "My second dog is called Bo"),
        ("I like tea", "I like coffee"),
        ("I have a dog called Rex", "I have a dog called Bo"),
        ("", "I live in Oslo"),
    ],
)
def test_these_two_stand_beside_each_other(one: str, other: str) -> None:
    assert about(one) != about(other)


def test_the_same_is_said_in_another_order_and_not_with_other_numbers_or_denied() -> None:
    english = spoken("I am")
    assert same("I have a red boat", "A red boat I have", english)
    assert not same("I have 2 boats", "I have 3 boats", english)
    assert not same("I eat meat", "I never eat meat", english)
    assert denies("I no longer smoke", english)
    assert not denies("I smoke", english)
    assert numbers("2 of 10, 3.5") == ["2", "10", "3", "5"]


@pytest.mark.parametrize("text", ["", " ", "\0", "👍", "x" * 10_000, "a " * 5_000, "...", "١٢٣"])
def test_odd_texts_have_a_slot_and_stems(text: str) -> None:
    assert isinstance(about(text), str)
    assert isinstance(stems(text, spoken(text)), list)
    assert same(text, text, spoken(text))
    assert entities(text, spoken(text)) == []
    assert sentiment(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My sister Pilar lives in Oslo", ["Pilar", "Oslo"]),
        ("I'm reading The Lord of the Rings", ["Lord of the Rings"]),
        ("On Monday I fly to New York in May", ["New York"]),
        ("Mein Hund heißt Rex", ["Rex"]),
        ("Ich wohne in Köln", ["Köln"]),
        ("Mi perra se llama Luna", ["Luna"]),
        ("I like tea", []),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    assert [each["name"] for each in entities(text, spoken(text))] == names


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("I love my dog", 1),
        ("I don't like tea", -1),
        ("My cat died", -1),
        ("Ich liebe Musik", 1),
        ("Odio los lunes", -1),
        ("Das war schön", 1),
        ("Ich wohne schon lange hier", None),
        ("Estoy muy cansado y murió mi perro", -1),
        ("I live in Oslo", None),
    ],
)
def test_a_feeling_is_only_what_the_words_say(text: str, sign: int | None) -> None:
    felt = sentiment(text)

    assert (None if felt is None else (felt > 0) - (felt < 0)) == sign
    assert felt is None or -1 <= felt <= 1
