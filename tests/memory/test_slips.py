import pytest

from julep_local.memory.slips import put_right, put_right_at_once


@pytest.mark.parametrize(
    ("before", "said", "right"),
    [
        pytest.param(
            "My flight is on Friday at 7.", "Sorry, Saturday.", "My flight is on Saturday at 7.", id="weekday"
        ),
        pytest.param(
            "My son's birthday is on the 4th of May.",
            "oops, the 5th I mean",
            "My son's birthday is on the 5th of May.",
            id="day of the month",
        ),
        pytest.param(
            "I have a dentist appointment on Tuesday.",
            "It's been moved to Thursday.",
            "I have a dentist appointment on Thursday.",
            id="moved",
        ),
        pytest.param("Mein Flug geht am Freitag.", "Quatsch, am Samstag.", "Mein Flug geht am Samstag.", id="German"),
        pytest.param("Mi vuelo es el lunes.", "Perdón, el martes.", "Mi vuelo es el martes.", id="Spanish"),
    ],
)
def test_a_slip_is_put_right_in_the_statement_before(before: str, said: str, right: str) -> None:
    found = put_right(said, [before])

    assert found is not None
    assert (found[0].text, found[1]) == (right, before)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        pytest.param("", "Sorry, Saturday.", id="nothing before"),
        pytest.param("What is the time?", "Sorry, Saturday.", id="no statement before"),
        pytest.param("My flight is on Friday.", "Sorry?", id="a question"),
        pytest.param("My flight is on Friday.", "Thanks, see you Saturday.", id="no correction"),
        pytest.param("My flight is on Friday.", "Sorry, at nine.", id="nothing of the sort before"),
        pytest.param("My flight is on Friday.", "Sorry, Friday.", id="the same"),
        pytest.param("My flights are on Friday and Sunday.", "Sorry, Saturday.", id="two that it may be"),
        pytest.param("I have three goats.", "Wait, two people at the door.", id="of something else"),
        pytest.param("I have three goats.", "Hold on, five minutes.", id="of time"),
    ],
)
def test_what_corrects_nothing_changes_nothing(before: str, said: str) -> None:
    assert put_right(said, [before] if before else []) is None


@pytest.mark.parametrize(
    ("said", "right"),
    [
        pytest.param("We have three dogs. Sorry, two.", "We have two dogs.", id="a number in words"),
        pytest.param("My exam is on Monday. No wait, Tuesday.", "My exam is on Tuesday.", id="a day"),
        pytest.param("Wir haben drei Hunde. Ach, nein, zwei.", "Wir haben zwei Hunde.", id="German"),
        pytest.param("Mi examen es el lunes. Perdón, el martes.", "Mi examen es el martes.", id="Spanish"),
    ],
)
def test_a_slip_is_put_right_in_the_same_message(said: str, right: str) -> None:
    found = put_right_at_once(said, [])

    assert found is not None
    assert found[0].text == right


def test_a_message_without_a_slip_is_left_as_it_is() -> None:
    assert put_right_at_once("We have three dogs. Sorry, what was the question?", []) is None
    assert put_right_at_once("We have three dogs.", []) is None
    assert put_right_at_once("", []) is None
