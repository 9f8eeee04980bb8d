"""What fits the context window, counted with one token a word."""

from collections.abc import Sequence

import pytest

from julep_local.errors import ContextOverflow
from julep_local.llm.base import PromptMessage
from julep_local.prompt.window import Content, Fitted, Turn, fit

SYSTEM = [PromptMessage("system", "be kind", "situation", "situation")]
QUESTION = [PromptMessage("user", "and now what", part="input")]


def words(shown: Sequence[PromptMessage]) -> int:
    return sum(len(message.content.split()) for message in shown)


def turn(i: int, n_words: int = 10, name: str | None = None, role: str = "user") -> Turn:
    text = " ".join([f"t{i}"] * n_words)
    said = PromptMessage("system" if role == "system" else "user", text, name)
    return Turn((said, PromptMessage("assistant", f"answer{i}")), last_seq=i)


def fitted(
    history: Sequence[Turn],
    context_tokens: int,
    recalled: Sequence[PromptMessage] = (),
    summary: Sequence[PromptMessage] = (),
) -> Fitted:
    content = Content(SYSTEM, summary, history, recalled, QUESTION)
    return fit(content, count=words, context_tokens=context_tokens, answer_tokens=20)


def test_everything_is_shown_when_it_fits() -> None:
    shown = fitted([turn(1), turn(2)], 200)

    assert [message.content.split()[0] for message in shown.messages] == ["be", "t1", "answer1", "t2", "answer2", "and"]
    assert shown.dropped == ()
    assert shown.dropped_through == 0


def test_the_oldest_turns_go_first_and_are_reported() -> None:
    history = [turn(i) for i in range(1, 21)]

    shown = fitted(history, 120)

    kept = [message for message in shown.messages if message.content.startswith("t")]
    assert kept[-1].content.startswith("t20")
    assert shown.dropped_through == 20 - len(kept)
    assert sum(len(dropped.messages) for dropped in shown.dropped) == 2 * shown.dropped_through
    assert words(shown.messages) <= 100


def test_thoughts_go_before_any_turn() -> None:
    history = [turn(1), turn(2, 60, "thought", "system"), turn(3)]

    shown = fitted(history, 90)

    assert shown.dropped_through == 0
    assert [dropped.reason for dropped in shown.dropped] == ["thoughts, dropped first"]


def test_recalled_texts_go_last_the_least_relevant_first() -> None:
    recalled = [PromptMessage("system", " ".join([name] * 30), part="docs") for name in ("far", "near")]

    shown = fitted([turn(1, 40)], 60, recalled)

    assert [message.content.split()[0] for message in shown.recalled] == ["near"]
    assert shown.dropped_through == 1


def test_what_must_survive_raises_when_it_cannot_fit() -> None:
    with pytest.raises(ContextOverflow) as caught:
        fitted([turn(1)], 24)

    assert caught.value.prompt_tokens == 5
    assert caught.value.context_tokens == 24


def test_the_start_of_the_prompt_moves_seldom_while_a_conversation_grows() -> None:
    """Each move makes the model read the whole prompt again."""
    starts = [fitted([turn(i) for i in range(1, n)], 220).dropped_through for n in range(20, 80)]

    moves = sum(before != after for before, after in zip(starts, starts[1:], strict=False))
    assert starts == sorted(starts)
    assert 0 < moves <= 16


def test_the_summary_goes_before_anything_of_the_callers_does() -> None:
    summary = [PromptMessage("system", " ".join(["summed"] * 30), "information", "summary")]

    assert summary[0] in fitted([], 60, summary=summary).messages

    without = fitted([turn(1)], 40, summary=summary)
    assert [message.content.split()[0] for message in without.messages] == ["be", "and"]
    assert [dropped.reason for dropped in without.dropped][-1] == "the summary did not fit"
