import pytest

from julep_local.memory import statements
from julep_local.memory.earnest import was_joking
from julep_local.memory.fiction import in_fiction, outside_fiction
from julep_local.memory.forgetting import wishes_of
from julep_local.memory.languages import LANGUAGES, spoken
from julep_local.memory.statements import kind_of, worth_asking


def texts(said: str, *earlier: str) -> list[str]:
    return [each.text for each in statements.statements(said, earlier)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("I live in Oslo.", ["I live in Oslo."], id="English"),
        pytest.param("Ich wohne in Köln.", ["Ich wohne in Köln."], id="German with one word of another"),
        pytest.param("Vivo en Madrid.", ["Vivo en Madrid."], id="Spanish"),
        pytest.param("In 2009 I moved to Lisbon.", ["In 2009 I moved to Lisbon."], id="with its year"),
        pytest.param("Last year I moved to Lisbon.", ["Last year I moved to Lisbon."], id="with its time"),
        pytest.param("By the way, I'm allergic to nuts.", ["I'm allergic to nuts."], id="lead-in"),
        pytest.param("Spaß beiseite, ich wohne in Köln.", ["Ich wohne in Köln."], id="joking aside"),
        pytest.param(
            "My dog is called Rex, and I live in Oslo.", ["My dog is called Rex", "I live in Oslo."], id="is called"
        ),
        pytest.param("My mother called, I am away in August.", [], id="she called"),
        pytest.param("I'm vegan, what can I cook?", ["I'm vegan"], id="before a question"),
        pytest.param("I’m allergic to nuts.", ["I’m allergic to nuts."], id="curly apostrophe"),
        pytest.param("I have a dog. She is called Luna.", ["I have a dog. She is called Luna."], id="more of it"),
        pytest.param("I live in Oslo and I work at Equinor.", ["I live in Oslo", "I work at Equinor."], id="two"),
    ],
)
def test_what_people_state_is_kept_in_their_words(said: str, kept: list[str]) -> None:
    assert texts(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "\0",
        "\u2060",
        "👍",
        "...",
        "???",
        "ok",
        "What is the capital of Norway?",
        "Do I live in Oslo?",
        "Ich wohne in",
        "If I lived in Oslo, I would ski.",
        "Write a story about Oslo.",
        "I live in a castle on the moon, just kidding.",
        "I am so tired right now.",
        "My boss: I am away in August.",
        'She said "I live in Rome and work at night".',
        "Translate this: I live in Oslo.",
        "x" * 10_000,
        "I " * 5_000,
        "1," * 5_000,
    ],
)
def test_what_states_nothing_lasting_is_not_kept(said: str) -> None:
    assert texts(said) == []


def test_the_language_is_that_of_most_words() -> None:
    assert spoken("Ich wohne in Bonn.").code == "de"
    assert spoken("I live in Bonn.").code == "en"
    assert spoken("Yo vivo en Bonn.").code == "es"
    assert spoken("für").code == "de"
    assert spoken("¿Qué?").code == "es"
    assert spoken("").code == "en"


def test_a_wish_to_forget_is_heard_and_is_no_statement() -> None:
    assert wishes_of("Please forget that I live in Oslo.") is not None
    assert wishes_of("I never forget a face.") is None
    assert wishes_of("") is None
    assert texts("Please forget that I live in Oslo.") == []


@pytest.mark.parametrize(
    "said",
    [
        "Delete that.",
        "Please remove what I said about my dog.",
        "Delete my dog from your memory.",
        "Bitte lösch das mit der Bewerbung wieder.",
        "Lösch das.",
        "Vergiss meinen Hund.",
        "Borra eso.",
        "Elimina lo de mi perro.",
    ],
)
def test_what_was_said_is_to_be_forgotten(said: str) -> None:
    assert wishes_of(said) is not None


@pytest.mark.parametrize(
    "said",
    [
        "Remove the dog from this picture.",
        "Delete the second paragraph about my job.",
        "Remove all duplicates from my list of hobbies.",
        "Erase the background, keep my dog.",
        "Lösche die zweite Zeile über meinen Hund.",
        "Streiche das Wort Hund.",
        "Borra la segunda línea sobre mi perro.",
    ],
)
def test_to_remove_something_from_a_text_or_picture_is_no_wish_to_forget(said: str) -> None:
    assert wishes_of(said) is None


def test_a_game_lasts_until_somebody_ends_it() -> None:
    assert in_fiction("Let's play a game: pretend you are a pirate.")
    assert in_fiction("I live on a ship.", [("user", "Let's roleplay: I am a pirate.")])
    assert not in_fiction("I live on a ship.", [("user", "Tell me about ships.")])
    assert not in_fiction("")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        pytest.param("I'm 58. You're my favourite assistant.", "I'm 58. You're my favourite assistant.", id="praise"),
        pytest.param("Let's practise a job interview.", None, id="rehearsal"),
        pytest.param("I draw my sword.", None, id="told as a player"),
        pytest.param("Spiel bitte den Personalchef.", None, id="German"),
        pytest.param("My protagonist lives in a lighthouse.", "", id="a text that is written"),
    ],
)
def test_what_is_meant_is_told_from_what_is_played(said: str, meant: str | None) -> None:
    assert outside_fiction(said) == meant


@pytest.mark.parametrize(
    ("begins", "played", "ends", "meant"),
    [
        (
            "Could you help me practise taking a history? You're the GP, I'm the patient.",
            "I take warfarin since my bypass.",
            "Right, out of role. I'm a nurse.",
            "I'm a nurse.",
        ),
        (
            "You take the part of the landlord, I take the part of the tenant.",
            "I have two kids.",
            "Ok, role over. I live in Hull.",
            "I live in Hull.",
        ),
        ("I want to rehearse asking for a loan.", "I own a bakery.", "That'll do for the scene. I'm Kim.", "I'm Kim."),
        (
            "Quiz me as if you were the guard.",
            "I'm a lorry driver.",
            "Ok enough of the game, I'm a nurse.",
            "I'm a nurse.",
        ),
        ("Wir machen ein Rollenspiel.", "Ich bin 1,95 groß.", "Ok, Rolle vorbei. Ich bin Hebamme.", "Ich bin Hebamme."),
        (
            "Tu bitte so, als wärst du mein Chef.",
            "Ich kündige.",
            "Ende der Übung. Ich bin Hebamme.",
            "Ich bin Hebamme.",
        ),
        ("Yo hago de paciente y tú de médica.", "Soy albañil.", "Fin del ensayo. Soy enfermera.", "Soy enfermera."),
        ("Hagamos una entrevista de mentira.", "Hablo chino.", "Fin de la entrevista. Soy de Vigo.", "Soy de Vigo."),
        (
            "Take this down for my novel, chapter two.",
            "My mother was a weaver.",
            "End of dictation. I'm a nurse.",
            "I'm a nurse.",
        ),
        ("I dictate a monologue for my play.", "I had seven sons.", "Thank you. I'm a nurse.", "I'm a nurse."),
        ("Ich diktiere dir einen Monolog.", "Ich bin Hanna.", "Danke, das reicht. Ich bin Koch.", "Ich bin Koch."),
        ("You are the dragon, I'm the knight.", "I have ten sons.", "(ooc: I work in payroll)", "I work in payroll"),
    ],
)
def test_a_game_is_announced_and_ended_in_any_words(begins: str, played: str, ends: str, meant: str) -> None:
    talk = [("user", begins), ("assistant", "Go on.")]

    assert outside_fiction(begins) is None
    assert outside_fiction(played, talk) is None
    assert (outside_fiction(ends, [*talk, ("user", played), ("assistant", "Yes.")]) or "").endswith(meant)


def test_a_dictation_is_over_when_the_assistant_writes_more_than_that_it_was_taken_down() -> None:
    begins = ("user", "Take this down for my novel, chapter two.")

    assert outside_fiction("I was born in Hull.", [begins, ("assistant", "Ready.")]) is None
    assert outside_fiction("I was born in Hull.", [begins, ("assistant", "Here it is. " + "It rained. " * 9)])


def test_a_game_goes_on_after_a_pause_in_it() -> None:
    talk = [("user", "Let's roleplay: I am a pirate."), ("assistant", "Ahoy!")]
    pause = "Stop a second, out of the scene. I run a drama club. Carry on."

    assert "I run a drama club." in (outside_fiction(pause, talk) or "")
    assert outside_fiction("I was born at sea.", [*talk, ("user", pause), ("assistant", "Aye!")]) is None


def test_what_stands_before_a_game_is_meant() -> None:
    assert outside_fiction("I'm a speech therapist. Can we swap: you take the history, I play the patient?") == (
        "I'm a speech therapist."
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("One of the lads was moaning 'I've got three kids and no weekends' and I nearly put that in.", []),
        (
            "The mail from HR says 'I am leaving. I have two weeks left.' and I'm a nurse in Leeds.",
            ["I'm a nurse in Leeds."],
        ),
        (
            '"No experience needed" they wrote, well I\'ve been a welder for 20 years',
            ["I've been a welder for 20 years"],
        ),
        ("Mi jefa dice «yo nunca duermo» y yo, que soy panadero, me reí.", ["Soy panadero"]),
        ("I'm a plumber in Deal and a customer wrote this:\nI have a leak.", ["I'm a plumber in Deal"]),
        ("Ich bin Trainerin in Jena und eine Mutter schreibt mir:\n\nIch habe Asthma.", ["Ich bin Trainerin in Jena"]),
    ],
)
def test_of_a_sentence_with_a_quotation_what_stands_beside_it_is_kept(said: str, kept: list[str]) -> None:
    assert texts(said) == kept


def test_what_follows_the_end_of_a_game_is_meant() -> None:
    talk = [("user", "Let's roleplay: I am a pirate."), ("assistant", "Ahoy!")]

    assert outside_fiction("I have a parrot. Stop! I'm a nurse.", talk) == "I'm a nurse."


def test_a_text_under_a_question_about_it_is_not_the_writers_own() -> None:
    assert texts("Is this post too much?\n\nI wake up at 4 every day. I have three dogs.") == []


def test_what_was_a_joke_is_said_after_it() -> None:
    assert was_joking("Kidding aside, I live in Oslo.")
    assert was_joking("War nur Spaß!")
    assert not was_joking("Seriously, is there a bus?")
    assert not was_joking("I live in Oslo.")
    assert not was_joking("")
    assert texts("I'm married to my phone company. Seriously though, I live in Oslo.") == ["I live in Oslo."]


def test_a_model_is_asked_only_about_what_states_something() -> None:
    assert worth_asking("I once shook hands with somebody remarkable.") == [
        "I once shook hands with somebody remarkable."
    ]
    assert worth_asking("What is this? I live in Oslo.") == []
    assert worth_asking("") == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Call me Mo.", "Call me tomorrow at eight."),
        ("call me sam", "Call me old-fashioned, but I write letters."),
        ("Nenn mich einfach Hanno.", "Nenn mich altmodisch."),
        ("Llámame Pepe, por favor.", "Llámame a las seis."),
    ],
)
def test_how_somebody_is_called_is_told_from_when_and_what(name: str, asked: str) -> None:
    assert [each.kind for each in statements.statements(name)] == ["name"]
    assert "name" not in [each.kind for each in statements.statements(asked)]


def test_a_sentence_has_a_kind_in_its_language() -> None:
    home = kind_of("I live in Oslo", LANGUAGES[0])
    assert home is not None
    assert home.name == "home"
    assert kind_of("The sky is blue", LANGUAGES[0]) is None
