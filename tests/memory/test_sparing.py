"""What looks like the end of something that is known, and is none."""

import pytest

from .talking import Talk


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("My sister works nights at the airport.", "My brother quit his job at the airport.", id="another"),
        pytest.param("I live on the third floor.", "The neighbours on the fifth floor moved out.", id="neighbours"),
        pytest.param("I have a piano at home.", "I sold the piano stool last week.", id="a part of it"),
        pytest.param("I drive an old Volvo estate.", "I left the Volvo at the garage.", id="left for a while"),
        pytest.param("I own a small sailing boat.", "No more sailing with the boat till April.", id="until spring"),
        pytest.param("My dog is called Fips.", "Fips was gone for two hours, now he's back again.", id="back again"),
        pytest.param("I have Wednesdays off.", "I almost lost my Wednesdays off.", id="almost"),
        pytest.param("My cat Mogwai is diabetic.", "I thought my cat Mogwai had died.", id="feared"),
        pytest.param("I have a tattoo of a swallow.", "I got a new tattoo, a fern on my ankle.", id="one more"),
        pytest.param("I'm reading Middlemarch.", "Only 200 pages of Middlemarch left.", id="what is left to do"),
        pytest.param(
            "We have a cleaning lady on Thursdays.", "The cleaning lady came on Wednesday this week instead.", id="once"
        ),
        pytest.param(
            "Ich arbeite in der Spätschicht.", "Morgen habe ich ausnahmsweise Frühschicht.", id="once, in German"
        ),
        pytest.param(
            "Am 12. Oktober ist meine Operation.",
            "Die Besprechung für die Operation ist auf Mittwoch verschoben.",
            id="what belongs to it",
        ),
        pytest.param("Mi abuela vive con nosotros.", "Mi otra abuela murió hace años.", id="another, in Spanish"),
    ],
)
def test_what_is_of_something_else_or_for_a_while_ends_nothing(talk: Talk, known: str, said: str) -> None:
    talk.ask_to_keep(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I have a piano at home.", "I sold the piano last week.", id="all of it"),
        pytest.param("I drive an old Volvo estate.", "I sold my old Volvo on Friday.", id="sold on a day"),
        pytest.param("I own a small sailing boat.", "I sold the sailing boat in May.", id="sold in a month"),
        pytest.param("I drive an old Volvo.", "I sold the Volvo, I must get a bus pass.", id="what follows from it"),
        pytest.param("I work at the post office.", "I quit the post office on Monday.", id="quit on a day"),
        pytest.param("I have a phone from Nokia.", "I got a new phone yesterday.", id="a new one of what one has one"),
        pytest.param("I'm secretary of the tennis club.", "I stepped down as secretary of the club.", id="an office"),
        pytest.param("Ich habe ein Pferd namens Luna.", "Mein Pferd Luna ist gestorben.", id="died, in German"),
        pytest.param("Voy a clases de salsa.", "Me di de baja de las clases de salsa.", id="left, in Spanish"),
    ],
)
def test_what_is_gone_for_good_ends(talk: Talk, known: str, said: str) -> None:
    talk.ask_to_keep(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents("superseded")
