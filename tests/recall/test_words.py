"""Words of a query are those that tell what it is about."""

import pytest

from julep_local.recall.words import MOST_WORDS, telling_words, words


def test_words_are_lower_case_without_accents_and_signs() -> None:
    assert words("Déjà-vu: C3PO's \u00bdway, STRASSE & straße") == [
        "deja",
        "vu",
        "c3po",
        "s",
        "1",
        "2way",
        "strasse",
        "strasse",
    ]


@pytest.mark.parametrize(
    ("query", "telling"),
    [
        ("What is the name of my dog?", ["name", "dog"]),
        ("dog DOG dog", ["dog"]),
        ("Who are you?", []),
        ('NEAR("x" OR *) AND -y', ["near", "x", "y"]),
        ("", []),
    ],
)
def test_stop_words_and_repetitions_are_not_searched_for(query: str, telling: list[str]) -> None:
    assert telling_words(query) == telling


def test_a_pasted_page_is_searched_by_its_first_words() -> None:
    assert len(telling_words(" ".join(f"word{i}" for i in range(5000)))) == MOST_WORDS
