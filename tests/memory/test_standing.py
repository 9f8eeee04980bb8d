import pytest

from julep_local.memory.languages import spoken
from julep_local.memory.standing import names_a_day, weighs
from julep_local.memory.statements import kind_of, statements


def weight(text: str) -> int:
    language = spoken(text)
    return weighs(text, kind_of(text, language), language)


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        pytest.param("I have a piano.", "I have a list.", id="what one has for years"),
        pytest.param("I have a test on Friday.", "I have 40 minutes.", id="a day"),
        pytest.param("My landlord lives downstairs.", "My landlord is unbelievable.", id="a fact of a person"),
        pytest.param("I'm a plumber.", "I'm a bold person.", id="a trade and an opinion"),
        pytest.param("I sold my car.", "I bought tomatoes yesterday.", id="a life's event"),
        pytest.param("I want to become a midwife.", "I want to make pancakes.", id="a plan for years"),
        pytest.param("I play chess every Monday.", "I take it with me.", id="how often"),
        pytest.param("I love hiking.", "I love waking up at 5am.", id="praise of what nobody likes"),
        pytest.param("I have never been to Asia.", "I've done that.", id="what is outside the sentence"),
        pytest.param("Ich habe ein Klavier.", "Ich habe gerade Reis gekocht.", id="German"),
        pytest.param("Tengo un piano.", "Tengo arroz y tomates, nada más.", id="Spanish"),
    ],
)
def test_what_lasts_weighs_more_than_what_has_the_same_form(kept: str, left: str) -> None:
    assert weight(kept) > 0
    assert weight(left) <= 0


@pytest.mark.parametrize("text", ["My brother is", "I live with", "Mein Hund und", "Soy de"])
def test_a_part_of_a_sentence_weighs_nothing(text: str) -> None:
    assert weight(text) == 0


@pytest.mark.parametrize("text", ["", " ", "?", "👍", "x" * 10_000, "my " * 200])
def test_what_is_no_statement_weighs_nothing(text: str) -> None:
    assert weight(text) <= 0


def test_words_of_the_moment_do_not_hide_what_lasts_by_itself() -> None:
    assert [each.kind for each in statements("I'm allergic to nuts, and today I'm tired.")] == ["health"]


@pytest.mark.parametrize(
    "text", ["I start on 3 June", "Ende Mai kriege ich ein Hörgerät", "Heute in drei Wochen", "el lunes me operan"]
)
def test_what_has_a_day_of_its_own_is_no_errand(text: str) -> None:
    assert names_a_day(text)


@pytest.mark.parametrize(
    "text", ["I'll call tonight", "Ich muss heute noch einkaufen", "Mañana compro pan", "I like tea"]
)
def test_what_is_of_today_or_tomorrow_may_be_an_errand(text: str) -> None:
    assert not names_a_day(text)
