"""What people tell of themselves beside what a sentence is for, and in half sentences."""

import pytest

from julep_local.memory.asides import aged, asides
from julep_local.memory.languages import spoken
from julep_local.memory.statements import statements


def texts(said: str) -> list[str]:
    return [each.text for each in statements(said)]


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("Need a quiet hobby because my mum lives with us and sleeps early", "My mum lives with us"),
        ("As a vegetarian, what can I order at a steakhouse?", "I'm a vegetarian"),
        ("Kannst du was Ruhiges vorschlagen, weil meine Mutter bei uns wohnt", "Meine Mutter wohnt bei uns"),
        ("being diabetic, what can I eat?", "I'm diabetic"),
        ("with three kids I need something quick", "I have three kids"),
        ("Da ich nachts arbeite, brauche ich dunkle Vorhänge", "Ich arbeite nachts"),
        ("Als Vegetarierin, was kann ich im Steakhaus bestellen?", "Ich bin Vegetarierin"),
        ("Busco algo tranquilo porque mi madre vive con nosotros", "Mi madre vive con nosotros"),
        ("Sin nata, por favor, que soy celíaco", "Soy celíaco"),
    ],
)
def test_what_is_told_in_a_reason_or_a_role_is_kept_as_a_whole_clause(said: str, stated: str) -> None:
    assert texts(said) == [stated]


@pytest.mark.parametrize(
    "said",
    [
        "been on metformin for three years now",
        "two kids, 4 and 7",
        "allergisch gegen Penicillin, schon immer",
        "zwei Kinder, 4 und 7",
        "pendle viermal die Woche von Augsburg nach München",
        "alérgica a la penicilina desde 2010",
        "dos hijos, de 4 y 7 años",
    ],
)
def test_half_sentences_are_kept_in_the_words_they_have(said: str) -> None:
    assert texts(said) == [said[0].upper() + said[1:]]


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("the guest is my dad, he's blind, is that a problem", "My dad: He's blind"),
        ("What cake for my son who is allergic to eggs?", "My son is allergic to eggs"),
        ("¿Qué le regalo a mi padre, que cumple 70 en marzo?", "Mi padre cumple 70 en marzo"),
    ],
)
def test_what_is_told_of_somebody_beside_a_question_has_their_name(said: str, stated: str) -> None:
    assert texts(said) == [stated]


@pytest.mark.parametrize(
    "said",
    [
        "I wrok in a bakery",
        "I keep bees on the allotment",
        "Ich züchte Wellensittiche",
        "Yo no distingo el rojo del verde",
    ],
)
def test_what_is_done_for_long_is_kept_however_it_is_typed(said: str) -> None:
    assert texts(said) == [said]


def test_praise_in_capitals_is_not_taken_at_its_word() -> None:
    assert texts("I LOVE group projects") == []
    assert texts("I love group projects at school") == ["I love group projects at school"]


def test_somebody_named_with_their_age_is_kept_out_of_a_question() -> None:
    assert aged("Darf unsere Tochter (zwölf Wochen) mit?") == ["unsere Tochter (zwölf Wochen)"]
    assert texts("Ab wann darf unsere Tochter (zwölf Wochen) mit in die Halle?") == ["Unsere Tochter (zwölf Wochen)"]


@pytest.mark.parametrize(
    "said",
    [
        "Act as a doctor, I'm your patient and I have a fever.",
        "Write it short, because if I worked nights I would be tired.",
        "My boss says it's fine because I work nights.",
        "As a joke, write it like a pirate.",
        "Als Test: antworte mit einem Wort",
        "weil ich es eilig habe, bitte kurz",
        "Als Witz bitte im Piratenstil",
        "como no lo entiendo, explícamelo otra vez",
    ],
)
def test_what_hangs_on_an_if_a_game_or_somebody_else_is_not_told_beside(said: str) -> None:
    assert texts(said) == []


def test_parts_of_a_sentence_come_in_order_and_a_long_one_has_none() -> None:
    said = "Ich suche was Leises, weil ich nachts arbeite"

    assert list(asides(said, spoken(said))) == ["Ich suche was Leises", "ich arbeite nachts"]
    assert list(asides("word, " * 80, spoken("word"))) == []


@pytest.mark.parametrize(
    "said",
    [
        "In the text, the wife is Finnish",
        "Wrong answer here, try again",
        "We usually get a blank page after login",
        "Ich tippe meistens zu schnell",
        "Mama hat nein gesagt",
    ],
)
def test_what_is_of_a_text_or_a_program_does_not_last_however_often_it_is(said: str) -> None:
    assert texts(said) == []
