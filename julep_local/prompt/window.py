"""The token budget: what of a turn fits the context window, and what is dropped first.

System blocks, tools and the new input always survive, or the call raises. Dropped are, until the rest fits: thoughts
in the history, oldest first; then whole turns, oldest first, so that a tool call never parts from its result; then
recalled texts, least relevant first. It counts with a function it is given and knows neither tokenizer nor database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from julep_local.errors import ContextOverflow
from julep_local.llm.base import PromptMessage

Count = Callable[[Sequence[PromptMessage]], int]

ROOM_AFTER_DROPPING = 0.75
"""Once something must go, drop until this share of the budget is used: dropping one turn per turn would change the
start of the prompt every time, and the model would read all of it again."""


@dataclass(frozen=True)
class Turn:
    """The messages of one turn of the history, and the position of its last one."""

    messages: tuple[PromptMessage, ...]
    last_seq: int = 0


@dataclass(frozen=True)
class Content:
    """What a turn wants to show the model."""

    system: Sequence[PromptMessage]
    history: Sequence[Turn]
    recalled: Sequence[PromptMessage]
    """Most relevant last: it stands nearest to the question."""
    new: Sequence[PromptMessage]


@dataclass(frozen=True)
class Dropped:
    """Messages that did not fit."""

    reason: str
    messages: tuple[PromptMessage, ...]


@dataclass(frozen=True)
class Fitted:
    """What the model gets to see."""

    messages: tuple[PromptMessage, ...]
    dropped: tuple[Dropped, ...] = field(default=())
    dropped_through: int = 0
    """Position of the last message of the newest dropped turn; 0 when none was."""
    recalled: tuple[PromptMessage, ...] = ()
    """Those recalled texts that are shown."""


def fit(content: Content, *, count: Count, context_tokens: int, answer_tokens: int) -> Fitted:
    """Return the messages to show.

    Args:
        content: what the turn wants to show.
        count: tokens of the prompt made of these messages, chat template and tools included.
        context_tokens: size of the window, in tokens.
        answer_tokens: room kept for the answer, in tokens.

    Raises:
        ContextOverflow: system blocks, tools and new input alone do not fit.
    """
    budget = context_tokens - answer_tokens
    whole = _assemble(content, _Plan())
    if count(whole.messages) <= budget:
        return whole
    least = count([*content.system, *content.new])
    if least > budget:
        raise ContextOverflow(prompt_tokens=least, context_tokens=context_tokens, answer_tokens=answer_tokens)
    # dropping all of it always fits; room is kept only as far as what must survive leaves any
    target = max(int(budget * ROOM_AFTER_DROPPING), least)
    plans = _plans(content)
    return _assemble(
        content, _first_that_fits(plans, lambda plan: count(_assemble(content, plan).messages), target, budget)
    )


@dataclass(frozen=True)
class _Plan:
    """How much to drop, each counted from the first that goes."""

    thoughts: int = 0
    turns: int = 0
    recalled: int = 0


def _plans(content: Content) -> list[_Plan]:
    """Every step of dropping, least first; each drops one thing more than the one before."""
    n_thoughts = sum(_is_thought(message) for turn in content.history for message in turn.messages)
    n_turns, n_recalled = len(content.history), len(content.recalled)
    return [
        *(_Plan(i) for i in range(1, n_thoughts + 1)),
        *(_Plan(n_thoughts, i) for i in range(1, n_turns + 1)),
        *(_Plan(n_thoughts, n_turns, i) for i in range(1, n_recalled + 1)),
    ]


def _first_that_fits(plans: Sequence[_Plan], tokens: Callable[[_Plan], int], target: int, budget: int) -> _Plan:
    """Binary search for the first plan within the target; the more is dropped the fewer tokens remain.

    Recalled texts go only when the budget itself, not the target, asks for it.
    """
    without_recall = [plan for plan in plans if not plan.recalled]
    if without_recall and tokens(without_recall[-1]) <= budget:
        plans, goal = without_recall, max(target, tokens(without_recall[-1]))
    else:
        goal = budget
    low, high = 0, len(plans) - 1
    while low < high:
        middle = (low + high) // 2
        if tokens(plans[middle]) <= goal:
            high = middle
        else:
            low = middle + 1
    return plans[low]


def _assemble(content: Content, plan: _Plan) -> Fitted:
    gone = content.history[: plan.turns]
    thoughts_left = plan.thoughts
    shown: list[PromptMessage] = []
    thoughts: list[PromptMessage] = []
    for i, turn in enumerate(content.history):
        for message in turn.messages:
            if thoughts_left and _is_thought(message):
                thoughts_left -= 1
                thoughts.append(message)
            elif i >= plan.turns:
                shown.append(message)
    recalled = tuple(content.recalled[plan.recalled :])
    dropped = [
        Dropped("a thought, dropped first", tuple(thoughts)),
        Dropped(
            "the oldest turns did not fit the context window",
            tuple(m for turn in gone for m in turn.messages if not (plan.thoughts and _is_thought(m))),
        ),
        Dropped("the least relevant recalled texts did not fit", tuple(content.recalled[: plan.recalled])),
    ]
    return Fitted(
        messages=(*content.system, *shown, *recalled, *content.new),
        dropped=tuple(each for each in dropped if each.messages),
        dropped_through=gone[-1].last_seq if gone else 0,
        recalled=recalled,
    )


def _is_thought(message: PromptMessage) -> bool:
    return message.role == "system" and message.name == "thought"
