"""Two facts in one sentence, and what needs its other half."""

import pytest

from julep_local.memory.languages import spoken
from julep_local.memory.parting import parted

from .talking import Talk


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("I live in Hull and work nights at a bakery.", ["I live in Hull", "I work nights at a bakery."]),
        ("I'm a bus driver and I play the trombone.", ["I'm a bus driver", "I play the trombone."]),
        ("I'm a retired vet and grandfather of four.", ["I'm a retired vet", "I'm a grandfather of four."]),
        (
            "Ich bin Optikerin in Gera und will im Mai den Meister machen.",
            ["Ich bin Optikerin in Gera", "Ich will im Mai den Meister machen."],
        ),
        ("Ich bin Gärtner und Vater von Zwillingen.", ["Ich bin Gärtner", "Ich bin Vater von Zwillingen."]),
        ("Soy fontanero en Vigo y tengo tres gatos.", ["Soy fontanero en Vigo", "Tengo tres gatos."]),
        ("Soy maestra jubilada y abuela de cinco.", ["Soy maestra jubilada", "Soy abuela de cinco."]),
    ],
)
def test_two_facts_are_cut_and_each_has_its_subject(said: str, facts: list[str]) -> None:
    assert parted(said, spoken(said)) == facts


@pytest.mark.parametrize(
    "said",
    [
        "I have a dog and walk him every morning.",
        "I live in York and work there as a nurse.",
        "I work nights because I have two kids and need the money.",
        "I fell off my bike and broke my arm in March.",
        "My wife and I live in Bath.",
        "Ich habe einen Hund und gehe jeden Tag mit ihm raus.",
        "Wenn ich nachts arbeite und müde bin, trinke ich Mate.",
        "Ich esse kein Fleisch und keinen Fisch.",
        "Tengo una moto y la uso todos los días.",
        "Tengo un hijo y estudia en Sevilla.",
    ],
)
def test_what_needs_its_other_half_stays_with_it(said: str) -> None:
    assert parted(said, spoken(said)) == [said]


def test_one_of_two_facts_can_change(talk: Talk) -> None:
    talk.hear("Ich bin Laborantin in Halle und will im Herbst mit der Technikerschule anfangen.")
    talk.hear("Die Technikerschule mache ich nicht mehr, mit Wechselschicht geht das nicht.", day=40)

    assert talk.contents("superseded") == ["Grace: Ich will im Herbst mit der Technikerschule anfangen."]
    assert "Grace: Ich bin Laborantin in Halle" in talk.contents()
