"""What is said with irony, in passing or of what is not so, beside what sounds alike and is meant."""

import time

import pytest

from julep_local.memory.earnest import is_jest
from julep_local.memory.languages import LANGUAGES, spoken
from julep_local.memory.statements import statements
from julep_local.memory.tone import grumbles, is_ironic, is_laughed_at, joked_about, takes_back
from tests.memory.talking import Talk


def texts(said: str, *earlier: str) -> list[str]:
    return [each.text for each in statements(said, earlier)]


@pytest.mark.parametrize(
    ("unmeant", "meant"),
    [
        # agreement with what nobody said
        ("Sure, because I have three castles lying around.", "Sure, I have three goats and a donkey."),
        ("Yeah right, I'm moving to Monaco next week.", "Yeah, I'm moving to Monaco next week."),
        ("As if I had a garden.", "I had a garden in Leeds."),
        ("Ja klar, und morgen ziehe ich nach Monaco.", "Ja, und morgen ziehe ich nach Monaco."),
        ("Als ob ich jemals nach Monaco ziehe.", "Ich ziehe nach Monaco."),
        ("Sí, claro, me encanta madrugar.", "Sí, claro, tengo dos hijas."),
        # more or less
        ("I practically live in the staff room.", "I live in the old part of Bath."),
        ("Ich wohne gefühlt im Baumarkt.", "Ich wohne in Ulm."),
        ("Vivo prácticamente en la biblioteca.", "Vivo en Lugo."),
        # too much of praise
        ("I just love being woken by a drill at six.", "I love baking bread on Sundays."),
        ("Cleaning the oven is the highlight of my week, I love it.", "I play chess every week."),
        ("Das ist der Höhepunkt meiner Woche: ich bügle Hemden.", "Ich spiele jede Woche Schach."),
        ("Me encanta que me griten.", "Me encanta el jazz."),
        # a laugh at the end
        ("I bought a castle in Scotland, hahaha.", "I bought a cottage in Scotland."),
        ("Ich habe ein Boot im Bad, haha!", "Ich habe ein Boot in Kiel."),
        ("Tengo un barco en la bañera, jajaja", "Tengo un barco en Vigo."),
        # things that do as people do, and people as animals
        ("My toaster refuses to speak to me.", "My sister has refused to fly since 2019."),
        ("My printer and I are no longer on speaking terms.", "My husband and I have two sons."),
        ("My boss is a sloth in a suit.", "My boss is a vegan."),
        ("I work for my cat.", "I work for my uncle in Hull."),
        ("I'm allergic to my alarm clock.", "I'm allergic to my cat."),
        ("I have the patience of a toaster.", "I have a piano from 1950."),
        ("I have a black belt in queueing.", "I have a black belt in judo."),
        ("Mein Kontostand und ich reden nicht mehr.", "Mein Mann und ich haben zwei Söhne."),
        ("Ich arbeite für meine Katze.", "Ich arbeite für meinen Onkel in Fulda."),
        ("Ich spreche fließend Kleinkind.", "Ich spreche fließend Polnisch."),
        ("Ich habe den Orientierungssinn einer Socke.", "Ich habe ein Haus in Jena."),
        ("Mi cuenta corriente llora.", "Mi hermana vive en Soria."),
        ("Trabajo para mi gata.", "Trabajo para mi tío en Lugo."),
        ("Soy experta mundial en perder llaves.", "Soy profesora de historia."),
        # what it comes to stands behind a colon
        ("I married rich: he had two bicycles.", "I have two sons: Ivo and Max."),
    ],
)
def test_irony_is_known_by_its_form_and_what_is_meant_stays(unmeant: str, meant: str) -> None:
    assert texts(unmeant) == []
    assert len(texts(meant)) == 1


@pytest.mark.parametrize(
    ("passing", "lasting"),
    [
        ("My son has a temperature of 39.", "My son has a stammer."),
        ("My flatmate ate my leftovers.", "My flatmate eats no meat."),
        ("I joined in March.", "I joined the fire brigade in March."),
        ("I moved the footer up.", "I moved to Leeds."),
        ("I like the second one better.", "I like crime novels."),
        ("I live in the queue at the post office.", "I live in the old town of Berne."),
        ("Ich wohne im Wartezimmer.", "Ich wohne im Norden von Ulm."),
        ("Vivo en el autobús.", "Vivo en el centro de Lugo."),
        ("I prefer the bigger screen.", "I prefer trains to planes."),
        ("I'm visiting with my class on Friday.", "I'm visiting my sister in Cork on Friday."),
        ("I have just learnt a new trick.", "I have just learnt to swim."),
        ("I want the second column to be wider.", "I want to become a midwife."),
        ("My order number is 48213.", "My door number is an old one of brass, I have a shop."),
        ("Meine Tochter hat 39 Fieber.", "Meine Tochter hat Asthma."),
        ("Mein Mitbewohner hat schon wieder alles aufgegessen.", "Mein Mitbewohner isst kein Fleisch."),
        ("Ich trage das morgen vor.", "Ich trage eine Brille."),
        ("Ich habe keine Handschuhe dabei.", "Ich habe keine Geschwister."),
        ("Ich liebe sie alle.", "Ich liebe Jazz."),
        ("Mi hijo está dormido en el coche.", "Mi hijo está estudiando medicina."),
        ("Mi compañero se ha comido mi yogur.", "Mi compañero es celíaco."),
        ("Acabamos de aterrizar en Faro.", "Vivimos en Faro."),
        ("Me gustan todos.", "Me gustan los tangos."),
        ("Era por probar.", "Antes era bombero."),
    ],
)
def test_what_is_of_the_moment_or_of_the_task_is_told_from_what_lasts(passing: str, lasting: str) -> None:
    assert texts(passing) == []
    assert len(texts(lasting)) == 1


@pytest.mark.parametrize(
    ("theirs", "own"),
    [
        ("My flatmate's girlfriend is a vegan.", "My sister's name is Ada."),
        ("My neighbour's cousin moved to Rome.", "My cousin moved to Rome."),
        ("Die Tochter meiner Kollegin studiert Medizin in Graz.", "Meine Tochter studiert Medizin in Graz."),
        ("La vecina de mi prima tiene gallinas.", "Mi prima tiene gallinas."),
        ("I think Ophelia deserves better.", "I have a cat called Ophelia."),
        ("I'm not a lawyer, but that sounds illegal.", "I'm a lawyer."),
        ("Ich bin kein Jurist, aber das klingt illegal.", "Ich bin Juristin."),
        ("No soy abogada, pero suena ilegal.", "Soy abogada."),
        ("I am the administrator.", "I'm a school administrator in Hull."),
    ],
)
def test_other_people_of_other_people_and_openings_of_opinions_state_nothing(theirs: str, own: str) -> None:
    assert texts(theirs) == []
    assert len(texts(own)) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Just kidding.",
        "nah im messing",
        "Okay that's not true, I was testing you.",
        "I made that up.",
        "That was a joke by the way.",
        "I'm pulling your leg.",
        "You fell for it lol",
        "Haha, none of that is true.",
        "War nur Spaß.",
        "Quatsch, war ein Witz.",
        "Haha, reingelegt!",
        "Das war nicht ernst gemeint.",
        "Hab ich mir ausgedacht.",
        "Es broma.",
        "Jaja, era mentira.",
        "Que no, que es coña.",
        "No iba en serio.",
        "Te lo has creído.",
        "Me lo he inventado.",
    ],
)
def test_a_message_takes_back_what_was_said_before_it(said: str) -> None:
    assert takes_back(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Haha, that's a good one.",
        "lol ok",
        "Not really.",
        "I'm lying on the sofa.",
        "I'm messing up my sourdough.",
        "My brother was joking.",
        "I was just kidding around with the kids.",
        "just kidding around with them all day",
        "It was a joke shop.",
        "Cooking is fun.",
        "Haha, der war gut.",
        "Kochen macht mir Spaß.",
        "Jaja, qué bueno.",
        "La reunión fue una broma de mal gusto.",
        "That was a joke, right?",
        "That's a joke at that price.",
        "It wasn't real leather.",
        "Das ist Quatsch.",
        "Quatsch, ich habe fünf gesagt.",
        "Eso es mentira.",
    ],
)
def test_a_laugh_or_a_word_of_jokes_alone_takes_nothing_back(said: str) -> None:
    assert not takes_back(said)


@pytest.mark.parametrize(
    ("joke", "denial"),
    [
        ("I have eleven kids.", "Only joking, none at all."),
        ("I live in a lighthouse near Whitby.", "I made that up."),
        ("Ich bin Gehirnchirurgin in Ulm.", "Stimmt natürlich nicht, ich wollte dich nur testen."),
        ("Esperamos quintillizos, vivo en un faro.", "Era una broma, tranquilo."),
    ],
)
def test_a_memory_goes_when_the_next_message_says_it_was_not_meant(talk: Talk, joke: str, denial: str) -> None:
    talk.hear(joke)
    assert talk.contents()

    talk.hear(denial, talk=(("user", joke), ("assistant", "Really?")))

    assert talk.contents() == []


def test_what_a_joke_had_replaced_is_so_again_when_it_is_taken_back(talk: Talk) -> None:
    talk.hear("I live in York.")
    talk.hear("I live in Buckingham Palace Road.", day=1)
    assert talk.contents() == ["Grace: I live in Buckingham Palace Road."]

    talk.hear("I made that up.", day=1, talk=(("user", "I live in Buckingham Palace Road."),))

    assert talk.contents() == ["Grace: I live in York."]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("I was only joking about the yacht.", "the yacht"),
        ("War nur Spaß mit der Yacht.", "der Yacht"),
        ("Era broma lo del yate.", "yate"),
        ("I was joking about that.", ""),
        ("I was only joking.", ""),
    ],
)
def test_what_was_a_joke_may_be_named(said: str, what: str) -> None:
    assert joked_about(said) == what


def test_only_what_is_named_is_taken_back(talk: Talk) -> None:
    talk.hear("I'm a baker.", "I own a yacht called Debt.")
    said = (("user", "I'm a baker."), ("user", "I own a yacht called Debt."))

    talk.hear("I was only joking about the yacht.", talk=said)

    assert talk.contents() == ["Grace: I'm a baker."]


def test_a_message_jests_as_long_as_a_joke_is_near_until_somebody_is_serious() -> None:
    joke = "I have the patience of a toaster."

    assert is_jest(joke)
    assert is_jest("I plan to open a zoo in May.", [joke, "True."])
    assert not is_jest("Seriously though, I plan to open a shop in May.", [joke])
    assert not is_jest("I plan to open a shop in May.", [joke, "One.", "Two.", "Three."])


@pytest.mark.parametrize(
    ("supposed", "then"),
    [
        ("If I won the lottery, I'd buy a farm.", "And then I move to Peru."),
        ("Wenn ich reich wäre, hätte ich einen Hof.", "Und dann ziehe ich nach Peru."),
        ("Si fuera rica, tendría una granja.", "Luego me mudo a Perú."),
    ],
)
def test_what_would_follow_from_what_is_supposed_is_not_kept(supposed: str, then: str) -> None:
    assert texts(then, supposed) == []
    assert texts(f"{supposed} {then}") == []
    assert len(texts(then)) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I'm seventy-three and I have no car.", ["I'm seventy-three", "I have no car."]),
        ("Ich bin zweiundfünfzig.", ["Ich bin zweiundfünfzig."]),
        ("My wife and I moved to Leeds.", ["My wife and I moved to Leeds."]),
        ("Meine Frau und ich wohnen in Ulm.", ["Meine Frau und ich wohnen in Ulm."]),
        ("Bigger letters please, I'm dyslexic.", ["I'm dyslexic."]),
        ("Dessert without sugar: I'm diabetic and it's my turn to bring one.", ["I'm diabetic"]),
        ("I take the 8:15 train to Bath every morning.", ["I take the 8:15 train to Bath every morning."]),
        ("Today I signed the contract for our new house.", ["Today I signed the contract for our new house."]),
        ("I'm learning Welsh at the moment.", ["I'm learning Welsh at the moment."]),
        ("Ich bin heute Vater geworden!", ["Ich bin heute Vater geworden!"]),
        ("I'm vegan and I live in Hull, what can I cook?", ["I'm vegan", "I live in Hull"]),
        ("Scratch that, we moved to Bristol in May.", ["We moved to Bristol in May."]),
        ("Apunta que soy alérgico al marisco, por si te pido recetas.", ["Soy alérgico al marisco"]),
        ("No joke: I was born on 29 February.", ["I was born on 29 February."]),
        ("Kein Scherz: Ich habe am 29. Februar Geburtstag.", ["Ich habe am 29. Februar Geburtstag."]),
        ("She says, I'm a vegan.", []),
        ("I live in uh...", []),
    ],
)
def test_what_stands_beside_something_else_is_found(said: str, kept: list[str]) -> None:
    assert texts(said) == kept


def test_a_laugh_is_told_from_a_unit_and_counts_at_the_end_alone() -> None:
    assert is_laughed_at("I own a castle haha!")
    assert is_laughed_at("I own a castle 😂")
    assert is_laughed_at("I own three castles /s")
    assert not is_laughed_at("Haha, I own a flat.")
    assert not is_laughed_at("I run five m/s")


def test_praise_of_a_nuisance_is_a_grumble() -> None:
    assert grumbles("Oh great, the bus is late again.")
    assert grumbles("Toll, der Aufzug ist schon wieder kaputt.")
    assert grumbles("Qué bien, otra multa.")
    assert not grumbles("Great, thanks! I have a dog.")
    assert not grumbles("")


def test_no_text_is_so_strange_that_its_tone_takes_long() -> None:
    long = (
        "haha " * 2000,
        "ha" * 5000,
        "sure, " * 2000,
        "so long my " * 900,
        "i'm " * 2500,
        "😂" * 5000,
        "mi y yo " * 900,
    )
    began = time.process_time()

    for said in ("", " ", "\0", *long):
        is_laughed_at(said)
        takes_back(said)
        grumbles(said)
        for language in LANGUAGES:
            is_ironic(language.spelled(said), language)
        assert texts(said) == []

    # a pattern that tries every way to match would take hours
    assert time.process_time() - began < 20
    assert spoken("").code == "en"
