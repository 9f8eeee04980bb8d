"""What is said of oneself and not meant, and what looks like it and is."""

import pytest

from benchmarks.memory import corpus
from julep_local.memory.earnest import is_jest
from julep_local.memory.fiction import outside_fiction
from julep_local.memory.figures import is_figure, supposes
from julep_local.memory.finding import by_rules
from julep_local.memory.judging import BESIDE_A_JEST
from julep_local.memory.languages import spoken
from julep_local.memory.moves import NEWS
from julep_local.memory.statements import SOBER, statements

from .talking import Talk

SENTENCES = corpus.DIALOGUES.parent / "sentences.txt"
MOST_WRONG = {"+": 44, "-": 19}
"""As last counted: what is missed, and what is kept and had better not be."""


def texts(said: str, *earlier: str) -> list[str]:
    return [each.text for each in statements(said, earlier)]


def test_single_sentences_are_told_apart_no_worse_than_before() -> None:
    lines = [line for line in SENTENCES.read_text("utf-8").splitlines() if line[0] in "+-"]
    wrong: dict[str, list[str]] = {"+": [], "-": []}
    for line in lines:
        sign, said = line[0], line[2:].replace("\\n", "\n")
        own = outside_fiction(said)
        found = [each for each in statements(own or "") if each.kind != NEWS]  # such are kept for what they change
        kept = [each for each in found if each.kind in SOBER or not is_jest(own or "")]
        if bool(kept) != (sign == "+"):
            wrong[sign].append(said)

    assert len(lines) > 1600
    assert len(wrong["+"]) <= MOST_WRONG["+"], wrong["+"]
    assert len(wrong["-"]) <= MOST_WRONG["-"], wrong["-"]


@pytest.mark.parametrize(
    ("figure", "meant"),
    [
        ("I'm allergic to Mondays.", "I'm allergic to mangos."),
        ("I live on coffee.", "I live on Baker Street."),
        ("I'm married to my laptop.", "I'm married to my best friend."),
        ("I'm the queen of excuses.", "I'm the treasurer of the choir."),
        ("I work 30 hours a day.", "I work 30 hours a week."),
        ("I've been single since the ice age.", "I've been single since 2019."),
        ("My cat is my landlord.", "My cat is diabetic."),
        ("I'm moving to the moon.", "I'm moving to Leeds."),
        ("My battery died.", "My grandfather died."),
        ("I have a PhD in procrastination.", "I have a PhD in physics."),
        ("Ich bin allergisch gegen Montage.", "Ich bin allergisch gegen Mangos."),
        ("Ich lebe von Kaffee.", "Ich lebe von meiner Rente in Trier."),
        ("Ich bin mit meinem Sofa verheiratet.", "Ich bin mit meiner Jugendfreundin verheiratet."),
        ("Ich arbeite 30 Stunden am Tag.", "Ich arbeite 30 Stunden pro Woche."),
        ("Soy alérgico a los lunes.", "Soy alérgico a los mangos."),
        ("Estoy casada con mi sofá.", "Estoy casada con mi novio del instituto."),
        ("Me mudo a la luna.", "Me mudo a Lugo."),
        ("Soy la reina de las excusas.", "Soy la tesorera del coro."),
    ],
)
def test_what_cannot_be_is_a_figure_and_what_can_is_meant(figure: str, meant: str) -> None:
    assert texts(figure) == []
    assert texts(meant) == [meant]


@pytest.mark.parametrize(
    "said",
    [
        "Suppose I earn 60k. I have two kids. What do I pay?",
        "Angenommen, ich verdiene 3000 Euro. Ich habe zwei Kinder.",
        "Supongamos que gano 2000 euros. Tengo dos hijos.",
    ],
)
def test_what_follows_a_supposition_is_supposed_too(said: str) -> None:
    language = spoken(said)

    assert supposes(language.plain(said), language)
    assert texts(said) == []


def test_beside_a_joke_what_is_had_and_planned_needs_a_better_chance_and_what_lasts_does_not(talk: Talk) -> None:
    joke = (("user", "I'm a millionaire, ask my landlord."),)
    said = ("I plan to open a zoo in May.", "I'm a nurse in Leeds.", "Kidding aside, I have a boat called Debt.")

    found = [each for text in said for each in by_rules(talk.turn(text, talk=joke))]

    assert [(each.text, each.least) for each in found] == [
        ("I plan to open a zoo in May.", BESIDE_A_JEST),
        ("I'm a nurse in Leeds.", 0.0),
        ("I have a boat called Debt.", 0.0),
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "I'm drowning in data. I'm a statistician at the port in Gdynia.",
            "I'm a statistician at the port in Gdynia.",
        ),
        (
            "I was over the moon: I start at the observatory on 2 September!",
            "I start at the observatory on 2 September!",
        ),
        ("Ich ersticke in Papierkram. Ich leite einen Kindergarten in Jena.", "Ich leite einen Kindergarten in Jena."),
        ("Me muero de sueño. Trabajo de noche en el hospital.", "Trabajo de noche en el hospital."),
    ],
)
def test_an_idiom_takes_nothing_away_from_what_stands_beside_it(talk: Talk, said: str, kept: str) -> None:
    talk.hear(said)

    assert [each for each in talk.contents() if kept in each]


def test_a_sentence_that_is_taken_back_at_once_is_not_kept() -> None:
    assert texts("I live in Oslo. No wait, that was last year.") == []
    assert texts("Ich wohne in Oslo. Nein, quatsch.") == []


def test_the_first_clause_is_kept_where_the_rest_is_of_the_moment() -> None:
    assert texts("I'm a beekeeper but right now I'm stuck on page two of your form") == ["I'm a beekeeper"]
    assert texts("Ich bin Imkerin und teste heute nur") == ["Ich bin Imkerin"]


def test_how_a_story_should_be_is_a_part_of_it() -> None:
    talk = [("user", "Write me a story about a soldier."), ("assistant", "It was cold.")]

    assert outside_fiction("Make it sadder. I lost my leg at Verdun.", talk) is None
    assert outside_fiction("Thanks. I'm a teacher.", talk) == "Thanks. I'm a teacher."


def test_a_label_before_a_colon_begins_a_text() -> None:
    assert texts("New version: I'm seventy. I live in Vale.") == []
    assert texts("About me: I live in Vale.") == ["I live in Vale."]


def test_no_text_is_too_strange_to_be_asked_about() -> None:
    for said in ("", " ", "\0", "👍", "i'm " * 100, "my my " * 60, "ich bin " * 50, "soy " * 99):
        language = spoken(said)
        assert isinstance(is_figure(language.plain(said), language), bool)
        assert isinstance(supposes(language.plain(said), language), bool)
