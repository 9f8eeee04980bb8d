"""What is no longer so, however it is said, and what was told before."""

import pytest

from .talking import Talk


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param(
            "Ich fahre Müllwagen in Halle.", "Ich sitz seit Mai im Büro, fahre also keinen Müllwagen mehr.", id="part"
        ),
        pytest.param(
            "Trabajo en un vivero de plantas.",
            "Desde este mes estoy en una ferretería de Lugo. El vivero lo dejé.",
            id="beside",
        ),
        pytest.param("I'm moving to Denver in October.", "Denver fell through, so I'm staying in Tulsa.", id="plan"),
        pytest.param(
            "Im Juli laufe ich den Malerweg.",
            "Der Malerweg fällt aus, ich hab mir im Juni das Band gerissen.",
            id="off",
        ),
        pytest.param("My son Ted is nine.", "Ted turned ten on Monday.", id="older"),
        pytest.param("Mi hija Nora tiene siete años.", "Nora tiene ocho, los cumplió ayer.", id="older in Spanish"),
        pytest.param(
            "My new puppy is called Bruno.", "The puppy is a girl, so she's called Bella now.", id="other name"
        ),
        pytest.param(
            "Ich arbeite Vollzeit in einer Bäckerei in Jena.",
            "Seit Mai arbeite ich nur noch Teilzeit, 20 Stunden.",
            id="other hours",
        ),
    ],
)
def test_what_is_said_to_be_over_is_not_current(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=20)

    assert talk.contents("superseded") == [f"Grace: {known}"]
    assert talk.contents()


def test_what_is_given_up_does_not_end_what_the_same_message_begins(talk: Talk) -> None:
    talk.hear("I'm doing paleo.")
    talk.hear("gave up paleo, I was always hungry. I'm doing weight watchers now", day=20)

    assert talk.contents("superseded") == ["Grace: I'm doing paleo."]


@pytest.mark.parametrize(
    ("known", "again"),
    [
        ("I'm lactose intolerant, so nothing with milk.", "As I keep saying, I can't have lactose."),
        ("Vivo en Burgos con mi tía.", "Como ya sabes vivo en Burgos, con mi tía."),
        ("I sing alto in a choir in Ghent.", "I sing in a choir."),
    ],
)
def test_what_is_told_again_is_one_memory(talk: Talk, known: str, again: str) -> None:
    talk.hear(known)
    talk.hear(again, day=20)

    assert talk.contents() == [f"Grace: {known}"]


def test_the_more_telling_of_two_stays(talk: Talk) -> None:
    talk.hear("I play the cello.")
    talk.hear("I play the cello in a string quartet in Bristol.", day=20)

    assert talk.contents() == ["Grace: I play the cello in a string quartet in Bristol."]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("I live in Bonn.", "I live with my husband."),
        ("I live in Bonn.", "I live in a flat with a balcony."),
        ("Ich wohne in Bonn.", "Ich wohne im dritten Stock."),
        ("Vivo en Vigo.", "Vivo con mi marido."),
        ("I work at Siemens.", "I work for a nice boss."),
        ("I work at Siemens.", "I work at home on Fridays."),
        ("Ich arbeite bei Bosch.", "Ich arbeite in Teilzeit."),
        ("Trabajo en Inditex.", "Trabajo con mucho estrés."),
    ],
)
def test_a_detail_of_home_and_work_ends_neither(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("i live in bonn", "i live in porto now"),
        ("Ich wohne in Bonn.", "Ich wohne jetzt in Jena."),
        ("I work at Siemens.", "I work for Bosch now."),
        ("Trabajo en Inditex.", "Ahora trabajo en Zara."),
    ],
)
def test_another_home_or_employer_ends_the_one_before(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=20)

    assert len(talk.contents()) == 1
    assert known.split()[-1].strip(".").lower() not in talk.contents()[0].lower()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("I drive a Golf.", "I sold my bike instead of the Golf."),
        ("I play the guitar.", "I bought new strings for my guitar."),
        ("I play the guitar.", "I got new strings for my guitar instead of a new amp."),
        ("Los martes juego al tenis.", "Hoy se canceló el tenis."),
        ("I play tennis with Tom.", "We called off tennis this week, he's ill."),
        ("I work full-time at a bakery.", "My wife works part-time at a bank."),
        ("I own a Volvo.", "My neighbour sold his Volvo."),
        ("My trip to Lisbon is in May.", "My friend's trip to Lisbon got cancelled."),
    ],
)
def test_news_of_something_beside_it_ends_nothing(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=2)

    assert f"Grace: {known}" in talk.contents()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("I drink coffee every morning.", "I drink tea instead of coffee now."),
        ("Ich trinke jeden Morgen Kaffee.", "Ich trinke jetzt Tee statt Kaffee."),
        ("My car is a Golf.", "I bought a new car, a Volvo."),
        ("Mein Auto ist rot.", "Ich habe ein neues Auto, ein blaues."),
        ("We have a concert on Saturday.", "The concert on Saturday is cancelled."),
        ("Our wedding is on 5 June.", "The wedding has been called off."),
        ("My flight to Rome is on Friday.", "They cancelled my flight to Rome today."),
        ("El viernes tengo dentista.", "Me han cancelado la cita del dentista."),
    ],
)
def test_what_takes_its_place_or_cancels_it_ends_it(talk: Talk, known: str, said: str) -> None:
    talk.hear(known)
    talk.hear(said, day=2)

    assert talk.contents("superseded") == [f"Grace: {known}"]


@pytest.mark.parametrize("said", ["The wedding has been called off.", "Das Konzert am Freitag wurde abgesagt."])
def test_what_is_cancelled_without_being_known_is_not_kept(talk: Talk, said: str) -> None:
    talk.hear(said)

    assert talk.contents() == []
