"""A conversation is cut into units that are legal on their own."""

from julep_local.prompt.conversation import MOST_UNITS_BACK, Said, units

CALL = '{"name": "weather", "arguments": "{}"}'


def talk(i: int) -> list[Said]:
    return [Said("user", f"question {i}", seq=100 + 2 * i), Said("assistant", f"answer {i}", seq=101 + 2 * i)]


def test_a_unit_begins_with_a_users_message_behind_an_answer() -> None:
    cut = units([*talk(1), *talk(2)], [Said("user", "now")])

    assert [[message.content for message in turn.messages] for turn in cut.turns] == [
        ["question 1", "answer 1"],
        ["question 2", "answer 2"],
    ]
    assert cut.needed == []
    assert cut.without_call == set()


def test_a_new_result_needs_the_unit_with_its_call() -> None:
    history = [*talk(1), Said("user", "weather?", seq=200), Said("function_call", CALL, seq=201)]

    cut = units(history, [Said("function", "rain", "weather")])

    assert len(cut.turns) == 1
    assert [message.role for message in cut.needed] == ["user", "assistant"]
    assert cut.needed[1].tool_calls[0].name == "weather"
    assert cut.without_call == set()


def test_a_result_that_no_call_waits_for_is_shown_as_information() -> None:
    cut = units([Said("function", "rain", "weather", seq=1), *talk(1)], [Said("function", "snow", "weather")])

    assert cut.turns[0].messages[0].role == "system"
    assert "rain" in cut.turns[0].messages[0].content
    assert cut.without_call == {0}


def test_a_call_that_was_never_answered_does_not_tie_all_since_then_together() -> None:
    unanswered = [Said("user", "weather?", seq=1), Said("function_call", CALL, seq=2)]
    history = [*unanswered, *(said for i in range(MOST_UNITS_BACK + 3) for said in talk(i))]

    cut = units(history, [Said("function", "rain", "weather")])

    assert cut.needed == []
    assert cut.without_call == {0}
    assert len(cut.turns) == MOST_UNITS_BACK + 4
