"""What a person does not want to be kept is not kept, and what stands beside it is."""

import pytest

from julep_local.memory.forgetting import wishes_of
from tests.memory.talking import Talk

SISTER = "My sister Karin is getting divorced."
CATS = "I live in Bonn with two cats."
WISHES = {
    "of somebody": ([SISTER, CATS, "Actually, forget what I said about Karin and her divorce."], "karin", "bonn"),
    "of what they are": ([SISTER, CATS, "Could you please wipe what I told you about my sister?"], "karin", "bonn"),
    "in words that nobody used": (
        ["Ich wohne in Kassel.", "Ich verdiene 4200 Euro.", "Das mit dem Gehalt lass bitte aus deinen Notizen."],
        "4200",
        "kassel",
    ),
    "about what was not kept": (
        ["Meine Kollegin Sabine trinkt.", "Ich wohne in Kassel.", "Das mit Sabine vergisst du bitte wieder."],
        "sabine",
        "kassel",
    ),
    "in other words": ([CATS, "I'm on antidepressants.", "Can you delete that from your notes?"], "antidep", "bonn"),
    "before another": ([CATS, "I'm bipolar.", "I'd rather you didn't keep that. My name is Petra."], "bipol", "petra"),
    "in one breath": (["I'm a nurse in Hull. I was fired in 2015, but that stays between us."], "fired", "nurse"),
    "after a sentence": (
        ["I'm a nurse in Hull. My brother owes me 5000 euros. Leave that out of your notes."],
        "owes",
        "nurse",
    ),
    "ahead": (["I'm a nurse in Hull. Not for the record: I'm moving to Leeds in May."], "leeds", "nurse"),
    "German": (["Ich wohne in Kassel.", "Ich bin in Therapie.", "Das bitte nicht speichern."], "therapie", "kassel"),
    "German, between us": (
        ["Mein Bruder Jens sitzt im Gefängnis. Das bleibt aber unter uns, ja? Ich habe zwei Katzen."],
        "jens",
        "katzen",
    ),
    "German, of somebody": (
        ["Ich wohne in Kassel.", "Meine Tochter Nele ist krank.", "Lösch bitte alles über Nele."],
        "nele",
        "kassel",
    ),
    "Spanish": (["Vivo en Vigo.", "Tomo ansiolíticos desde enero.", "Eso no lo guardes, por favor."], "ansiol", "vigo"),
    "Spanish, the object first": (
        ["Vivo en Vigo.", "Tengo una hernia discal.", "Oye, lo de mi hernia bórralo."],
        "hernia",
        "vigo",
    ),
}


@pytest.mark.parametrize(("said", "gone", "left"), WISHES.values(), ids=WISHES.keys())
def test_what_is_asked_to_be_forgotten_goes_and_nothing_else(talk: Talk, said: list[str], gone: str, left: str) -> None:
    for i, each in enumerate(said):
        talk.hear(each, talk=tuple(("user", before) for before in said[:i]), day=i)

    assert not [each for each in talk.contents(None) if gone in each.lower()]
    assert [each for each in talk.contents() if left in each.lower()]


@pytest.mark.parametrize(
    "said",
    [
        "Vergiss das Salz nicht.",
        "Vergiss bitte nicht meine Allergie.",
        "Forget the budget, what would you do?",
        "Don't remember where I put my glasses.",
        "Forget coffee, I need a beer.",
        "Forget my diet, it's my birthday!",
        "Vergiss den Hund, der kommt nicht mit.",
        "Don't remember the name of my doctor.",
        "Don't keep the dogs waiting.",
        "No need to save my sister a seat.",
        "Dogs should not be kept indoors.",
        "That's private property, you can't park there.",
        "It's a secret recipe from my grandmother.",
        "Das ist privat versichert.",
        "Sie wollte den Hund nicht behalten.",
        "Mein Sohn löscht alles.",
        "Das vergisst du nie.",
        "No quiero que salga mi hija de noche.",
        "Pretend I didn't have kids, how much tax would I pay?",
        "I don't keep pets.",
        "I never remember names.",
        "Don't forget I'm vegetarian.",
        "Between us we have four kids.",
        "Remove the last paragraph please.",
        "Leave the onions out of the recipe.",
        "I don't want to keep my car.",
        "Ich kann mir Namen nicht merken.",
        "Unter uns wohnt ein Trompeter.",
        "Vergiss nicht, dass ich Veganerin bin.",
        "Mein Handy speichert die Fotos nicht.",
        "No olvides que soy vegana.",
        "Streich bitte das Wort Lehrerin aus dem Text.",
        "Quita lo de enfermera de la carta.",
        "Danke, ich lösche das.",
        "Forget-me-nots: sow now or in autumn?",
        'The label says: "Do not record allergies of the customer." What does it mean?',
        "No guardo rencor.",
        "Entre nosotros hay veinte años de diferencia.",
    ],
)
def test_what_sounds_like_a_wish_to_forget_is_none(said: str) -> None:
    assert wishes_of(said) is None


@pytest.mark.parametrize(
    "said",
    [
        ("I live in Bonn with two cats. Is there a later bus?", "Oh forget it then."),
        ("Can you find me a flat? I'm moving to Graz in May.", "Forget about it, I found one."),
        ("My sister lives in Bonn. What's the train to Bonn?", "Scratch that."),
        ("Ich ziehe im Mai nach Graz. Welche Viertel sind gut?", "Das kannst du vergessen, zu teuer."),
    ],
)
def test_to_give_up_what_was_asked_for_forgets_nothing(talk: Talk, said: tuple[str, str]) -> None:
    talk.hear(said[0])
    talk.hear(said[1], talk=(("user", said[0]),), day=1)

    assert len(talk.memories()) == 1
