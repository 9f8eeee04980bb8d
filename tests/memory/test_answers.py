import pytest

from julep_local.memory.answers import answered, extended


def texts(question: str, reply: str, before: str = "") -> list[str]:
    return [each.text for each in answered(question, reply, before)]


@pytest.mark.parametrize(
    ("question", "reply", "statement"),
    [
        ("What is your name?", "Grace.", "My name is Grace"),
        ("Nice! Where do you live?", "In Oslo", "I live in Oslo"),
        ("Do you live in Oslo?", "Yes.", "I live in Oslo"),
        ("Wie heißt du?", "Jürgen", "Ich heiße Jürgen"),
    ],
)
def test_an_answer_is_read_with_its_question(question: str, reply: str, statement: str) -> None:
    (found,) = texts(question, reply)

    assert found.rstrip(".") == statement


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("", "Grace"),
        ("What is your name?", ""),
        ("What is your name?", "\0"),
        ("What is your name?", "Why do you ask?"),
        ("What is your name?", "I don't know"),
        ("What is your name?", "none of your business"),
        ("Your name is Grace.", "Yes."),
        ("Is Paris in France?", "Yes."),
        ("What is your name? Tell me.", "ok"),
        ("Shall I go on?", "Yes please."),
    ],
)
def test_what_answers_nothing_about_the_person_is_no_statement(question: str, reply: str) -> None:
    assert texts(question, reply) == []


@pytest.mark.parametrize(
    ("request_", "reply", "stated"),
    [
        ("Please tell me your city.", "Leeds", ["My city: Leeds"]),
        ("Please enter your PIN.", "1234", []),
        ("Please tell me your password.", "Hunter2hunter", []),
    ],
)
def test_what_is_asked_for_without_a_question_is_answered_unless_it_is_a_secret(
    request_: str, reply: str, stated: list[str]
) -> None:
    assert [each.text for each in answered(request_, reply)] == stated


def test_a_long_or_odd_reply_raises_nothing() -> None:
    for reply in ("x" * 10_000, "yes " * 1_000, "{answer} {question}", "%s", "👍", "1" * 300):
        for question in ("What is your name?", "Do you have a dog?", "{answer}?", "?" * 300):
            texts(question, reply)


def test_braces_in_an_answer_are_kept_as_they_are() -> None:
    assert texts("What is your name?", "Gr{ace}") == ["My name is Gr{ace}"]


def test_what_an_answer_says_more_of_is_the_last_statement() -> None:
    assert extended(["I like tea.", "I live in Oslo. I have a dog."]) == "I have a dog."
    assert extended(["Hm?"]) == ""
    assert extended([]) == ""
