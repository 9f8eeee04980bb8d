from datetime import datetime, timezone

import pytest

from julep_local.memory.finding import by_rules
from julep_local.memory.gates import Shown, verdicts
from julep_local.memory.turn import Said, Turn


def kept(asked: str, reply: str, *earlier: str) -> list[str]:
    said_before = [("user", each) for each in earlier]
    turn = Turn(
        agent_id="a",
        user_id="u",
        speaker="Grace",
        said_at=datetime(2025, 5, 1, tzinfo=timezone.utc),
        said=(Said(reply, "1"),),
        before=Said(asked, "0") if asked else None,
        talk=(*said_before, ("assistant", asked)),
    )
    return [each.text for each in by_rules(turn) if verdicts(each, Shown())[-1].passed]


@pytest.mark.parametrize(
    ("asked", "reply", "tells"),
    [
        ("Who will be using the bike?", "Daughter. Nell. Nine and fearless.", "Nell. Nine"),
        ("Is there anything you don't eat?", "Only one thing. Shellfish.", "Shellfish"),
        ("Is that for your daughter?", "Son. Ole. He's six.", "He's six"),
        ("And what does your firm do?", "Hearing aids.", "Hearing aids"),
        ("So you don't drink alcohol, is that right?", "Exactly.", "alcohol?"),
        ("What's the dog's name? It goes on the tag.", "Biscuit. He's eleven.", "Biscuit. He's eleven"),
        ("Machen Sie das beruflich oder als Hobby?", "Beruflich. Seit neun Jahren.", "neun Jahren"),
        ("Ich nehme an, du arbeitest im Büro in Köln.", "Nee, von zu Hause, in Bonn.", "Bonn"),
        ("¿Para quién es la tarta?", "Para mi padre. Cumple setenta y es diabético.", "diabético"),
        ("Imagino que vives en Sevilla.", "No, en Huelva, con mi hermana.", "Huelva"),
    ],
)
def test_a_short_answer_to_a_question_about_the_person_is_kept_whole(asked: str, reply: str, tells: str) -> None:
    assert any(tells in each for each in kept(asked, reply))


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("Which of the two do you want me to shorten?", "The second one, with the lighthouse."),
        ("How thick are the slices that you cut?", "Two centimetres, roughly."),
        ("What has to travel ahead of you?", "The printed programmes and the banner."),
        ("What does your error message say?", "Permission denied."),
        ("Shall I add your name to the list, or leave it?", "Leave it. Two columns are enough."),
        ("Wie viele Seiten hat Ihr Bericht?", "Vierzehn mit Anhang."),
        ("Was sehen Sie auf dem Bildschirm?", "Einen grauen Kasten."),
        ("¿Dónde pongo tu logo?", "Arriba a la izquierda."),
        ("¿Cómo quieres que acabe tu poema?", "Con las gaviotas."),
    ],
)
def test_an_answer_to_a_question_of_the_task_is_not_kept(asked: str, reply: str) -> None:
    assert kept(asked, reply) == []


@pytest.mark.parametrize(
    ("earlier", "asked", "reply", "tells"),
    [
        ("Help me with my mother's pill box?", "Does she live with you?", "Yes, since the fall.", ("mother", "fall")),
        ("My father is diab", "Sorry?", "diabetic. for the ground floor", ("father", "diabetic")),
        ("mi hija es alérgica a los cacahue", "¿Sí?", "cacahuetes. qué le pongo?", ("hija", "cacahuetes")),
    ],
)
def test_what_was_said_before_makes_a_reply_whole(earlier: str, asked: str, reply: str, tells: tuple[str, ...]) -> None:
    assert any(all(word in each for word in tells) for each in kept(asked, reply, earlier))


@pytest.mark.parametrize(
    ("said", "memory"),
    [
        ("Yes. Sign it Bronwen Pugh, Head Gardener.", "I sign as Bronwen Pugh, Head Gardener"),
        ("Unterschrift: Rosalie Kern, Hebamme, Zwickau.", "Ich unterschreibe mit Rosalie Kern, Hebamme, Zwickau"),
        ("Fírmalo como Remedios Alba.", "Firmo como Remedios Alba"),
        ("Put 'or ring Derek', that's my husband.", "Derek is my husband"),
        ("Das Zimmer ist für meine Oma. Hedwig hat Demenz.", "Meine Oma: Hedwig hat Demenz."),
        ("Es para mi suegra. Engracia tiene alzhéimer.", "Mi suegra: Engracia tiene alzhéimer."),
    ],
)
def test_names_are_kept_with_who_has_them(said: str, memory: str) -> None:
    assert memory in kept("", said)


@pytest.mark.parametrize(
    "said",
    ["Sign it Mum.", "Sign it Santa.", "Sign it off with love.", "Die Unterschrift fehlt noch.", "La firma va debajo."],
)
def test_what_is_signed_by_nobody_in_particular_is_no_name(said: str) -> None:
    assert kept("Done.", said) == []
