"""What comes after what: a memory of the stage before ends by what tells of the next one."""

import pytest

from julep_local.memory.stages import STAGES, is_again, next_stages

from .talking import Talk


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("I'm 20 weeks pregnant.", "Our little girl was born on Friday!", id="expecting"),
        pytest.param("Ich bin schwanger.", "Unser Sohn ist am Montag geboren.", id="expecting in German"),
        pytest.param("Estoy embarazada.", "Nuestra hija nació el viernes.", id="expecting in Spanish"),
        pytest.param("We're getting married in August.", "We got married on the 23rd of August.", id="engaged"),
        pytest.param("Estoy comprometida con Rubén.", "Rubén y yo terminamos.", id="broken off"),
        pytest.param("My left wrist is in plaster.", "The plaster came off yesterday.", id="healed"),
        pytest.param("My driving test is on 9 June.", "I passed my driving test yesterday.", id="an exam"),
        pytest.param("My bike was stolen this morning.", "They found my bike in a hedge.", id="lost"),
        pytest.param("I smoke ten a day.", "I'm smoke-free since Easter.", id="a habit"),
        pytest.param("We've got a foster dog, Tilda.", "We adopted Tilda on Saturday.", id="fostered"),
        pytest.param("I quit coffee in January.", "I'm drinking coffee again.", id="taken up again"),
    ],
)
def test_the_stage_before_ends_by_the_next_one(talk: Talk, before: str, after: str) -> None:
    talk.ask_to_keep(before)
    talk.hear(after, day=20)

    assert f"Grace: {before}" in talk.contents("superseded")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param("I'm 20 weeks pregnant.", "My niece was born on Friday.", id="somebody else's child"),
        pytest.param("My sister is pregnant.", "Our little girl was born on Friday!", id="somebody else's expectation"),
        pytest.param("My left wrist is in plaster.", "The rash on my arm healed.", id="something else that healed"),
        pytest.param("I'm looking for a flat in Graz.", "I found a good bakery in Graz.", id="something else found"),
        pytest.param("My bike was stolen this morning.", "They haven't found my bike.", id="not yet"),
        pytest.param("I passed my theory test.", "I failed my practical test.", id="an exam that is over"),
        pytest.param("I smoke ten a day.", "My boss quit smoking.", id="somebody else's habit"),
    ],
)
def test_what_is_of_something_else_ends_no_stage(talk: Talk, known: str, said: str) -> None:
    talk.ask_to_keep(known)
    talk.hear(said, day=20)

    assert f"Grace: {known}" in talk.contents()


def test_a_plan_whose_day_has_come_ends_by_what_came_of_it(talk: Talk) -> None:
    talk.hear("We're walking the Kintyre Way next Sunday.")
    talk.hear("We walked the Kintyre Way last Sunday!", day=14)

    assert talk.contents("superseded") == ["Grace: We're walking the Kintyre Way next Sunday."]


def test_a_plan_whose_day_has_not_come_stays(talk: Talk) -> None:
    talk.hear("We're walking the Kintyre Way next month.")
    talk.hear("We walked a part of the Kintyre Way yesterday.", day=1)

    assert "Grace: We're walking the Kintyre Way next month." in talk.contents()


def test_each_stage_that_shares_no_word_with_the_one_before_has_words_to_find_it_by() -> None:
    assert [bool(stage.words) for stage in STAGES] == [not stage.alike for stage in STAGES]


@pytest.mark.parametrize("said", ["we haven't found it", "i hope i passed", "wenn ich bestanden habe", "ojalá nació"])
def test_what_is_only_hoped_for_has_not_come(said: str) -> None:
    assert next_stages(said) == []


def test_what_goes_on_after_an_end_is_told_from_what_ends() -> None:
    assert is_again("i'm drinking coffee again")
    assert not is_again("i stopped drinking coffee")
