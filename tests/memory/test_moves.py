"""What has another day, is dropped, or was a slip: the last word stands, and only where something is known."""

import pytest

from julep_local.memory.slips import settled
from tests.memory.talking import Talk

NEWS = {
    "put off twice": (
        [
            "My surgery is on 3 March.",
            "They've pushed my surgery to 10 March.",
            "Surgery's been put back again, it's 24 March.",
        ],
        "24 march",
    ),
    "moved": (["Our wedding is on 8 June.", "We moved the wedding to 15 June."], "15 june"),
    "moved, German": (["Unser Umzug ist am 1. August.", "Der Umzug ist auf den 15. August verschoben."], "15. august"),
    "moved, Spanish": (["Tengo el juicio el 4 de mayo.", "Me han aplazado el juicio al 20 de mayo."], "20 de mayo"),
    "dropped": (["I train for the Cardiff half marathon.", "I've dropped the half marathon, bad knee."], "dropped"),
    "of kin": (["Meine Schwester wohnt in Graz.", "Meine Schwester ist nach Linz gezogen."], "linz"),
}


@pytest.mark.parametrize(("said", "stands"), NEWS.values(), ids=NEWS.keys())
def test_the_last_news_of_something_stand_alone(talk: Talk, said: list[str], stands: str) -> None:
    for i, each in enumerate(said):
        talk.hear(each, talk=tuple(("user", before) for before in said[:i]), day=i)

    assert len(talk.memories()) == 1
    assert stands in talk.contents()[0].lower()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("My sister's birthday is on 5 May.", "My sister moved to Bruges on 3 May."),
        ("I live in Kiel.", "Mein Bruder ist nach Bonn gezogen."),
        ("My exam is on 3 June.", "I moved my desk to the window on Friday."),
        ("I have two dogs and a cat.", "I dropped the dog off at the vet."),
        ("I play chess on Mondays.", "Mein Date hat abgesagt, jetzt sitze ich hier."),
    ],
)
def test_news_of_something_else_end_nothing(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=1)

    assert talk.contents()[0].endswith(known)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("My daughter is six, no wait, seven.", "My daughter is seven."),
        ("I was born in 1962, no, 1963.", "I was born in 1963."),
        ("We've got three goats, scratch that, four.", "We've got four goats."),
        ("I live in Leeds, I mean Bradford.", "I live in Bradford."),
        ("Die ist sechs, ach Quatsch, sieben.", "Die ist sieben."),
        ("Ich fliege am Freitag nach Oslo, Quatsch, am Samstag.", "Ich fliege am Samstag nach Oslo."),
        ("Mi hija tiene cinco años, digo, seis.", "Mi hija tiene seis años."),
        ("Vivo en Lugo, perdón, en Vigo.", "Vivo en Vigo."),
        ("I have two sons, no daughters.", "I have two sons, no daughters."),
        ("I'm free on Friday, no 6 is better.", "I'm free on Friday, no 6 is better."),
    ],
)
def test_a_slip_is_put_right_in_its_sentence(said: str, meant: str) -> None:
    assert settled(said) == meant


def test_a_slip_is_put_right_in_the_sentence_after_its_denial(talk: Talk) -> None:
    talk.hear("I had my hip done on the 9th of May. No hang on, that's the wife's birthday. My hip was the 4th.")

    assert not any("9th" in each for each in talk.contents())
    assert any("4th" in each for each in talk.contents())
