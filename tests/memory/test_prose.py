import pytest

from julep_local.memory.prose import answers_quotation, has_quotation, own_sentences, without_quotations


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\t\n ", [], id="blank"),
        pytest.param("I live in Oslo. I like tea!", ["I live in Oslo.", "I like tea!"], id="two"),
        pytest.param("I live in Oslo\r\nI like tea", ["I live in Oslo", "I like tea"], id="lines of Windows"),
        pytest.param("I saw Dr. Kim on Monday.", ["I saw Dr. Kim on Monday."], id="abbreviation"),
        pytest.param("Am 3. Mai heirate ich.", ["Am 3. Mai heirate ich."], id="German date"),
        pytest.param("I live here.\n```\nI am code.\n```\nBye now.", ["I live here.", "Bye now."], id="code"),
        pytest.param("I live here.\n```\nI am code without an end.", ["I live here."], id="code without an end"),
        pytest.param("> I live in Rome.\nI live in Oslo.", ["I live in Oslo."], id="quoted line"),
        pytest.param("<document>I am a spy.</document>\nI live in Oslo.", ["I live in Oslo."], id="tagged"),
        pytest.param("- I live in Oslo\n2) I like tea", ["I live in Oslo", "I like tea"], id="list"),
        pytest.param("From: a@b.c\nTo: d@e.f\nI am on leave.", [], id="mail"),
        pytest.param("Traceback (most recent call last):\nI live in Oslo.", ["I live in Oslo."], id="traceback"),
        pytest.param("My boss wrote:\nI am away in August.", ["My boss wrote:"], id="introduced"),
        pytest.param("Vivo en Oslo. ¿Y tú?", ["Vivo en Oslo.", "¿Y tú?"], id="Spanish"),
        pytest.param("x" * 500, [], id="without an end"),
        pytest.param("I ❤️ Oslo… 👍🏽 I like tea.", ["I ❤️ Oslo…", "👍🏽 I like tea."], id="pictures"),
    ],
)
def test_a_writers_own_sentences(text: str, sentences: list[str]) -> None:
    assert own_sentences(text) == sentences


def test_of_a_long_message_the_short_paragraphs_around_it_are_the_writers_own() -> None:
    pasted = "Somebody says that I am a long text. " * 200

    assert own_sentences(f"I live in Oslo.\n\n{pasted}\n\nI like tea.") == ["I live in Oslo.", "I like tea."]


@pytest.mark.parametrize(
    "unit", ["```", "> ", "a. ", "\n", '"', "“a ", "<code>", "dear x\n", "from: a\n", "'A ", "'A'", "\0", "\u2060"]
)
def test_a_long_text_of_nothing_is_read(unit: str) -> None:
    text = unit * (200_000 // len(unit))

    assert all(len(sentence) <= 400 for sentence in own_sentences(text))


def test_a_quotation_is_no_word_of_the_writers() -> None:
    assert has_quotation('She said "I live in Rome" to me')
    assert without_quotations('She said "I live in Rome" to me') == "She said “…” to me"
    assert has_quotation("One of the lads was moaning 'I've got three kids' again")
    assert has_quotation("Die Kollegin sagt »Ich bin allergisch gegen Arbeit«")
    assert not has_quotation("I moved 'cause my brother's flat was my parents' and I'm broke")
    assert not has_quotation('My dog is called "Rex"')
    assert not has_quotation("I don't know what's up")


@pytest.mark.parametrize(
    "said",
    [
        "'I was thirty. My brother Magnus I had left in the snow.' Too bleak?",
        "“I was thirty. My brother Magnus I had left in the snow.” Too bleak?",
        "»Ich war neun. Mein Bruder fuhr zur See.« Too bleak?",
        "«Nací en Orán. Mi padre era relojero.» Too bleak?",
    ],
)
def test_a_quotation_of_several_sentences_is_one(said: str) -> None:
    quoted, asked = own_sentences(said)

    assert has_quotation(quoted)
    assert asked == "Too bleak?"


def test_a_quotation_without_its_other_mark_goes_on_to_the_end_of_its_line() -> None:
    quoted, own = own_sentences('Here it says: "I was born in Oran. I have two sons.\nI am from Bath.')

    assert quoted == 'Here it says: "I was born in Oran. I have two sons.”'
    assert own == "I am from Bath."


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ('"Juniors run on Tuesdays" ha, I\'m 58', True),
        ('"The Master and Margarita" is my favourite novel', False),
        ("I sing in the choir 'Voices of the Dee'", False),
    ],
)
def test_what_is_said_to_a_quotation_stands_behind_it(said: str, answers: bool) -> None:
    assert answers_quotation(said) == answers
