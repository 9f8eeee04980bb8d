"""The token budget: what of a turn fits the context window, and what is dropped first.

System blocks, tools and the new input always survive, or the call raises. Dropped are, until the rest fits: the
thoughts in the history; then the oldest turns, whole, so that a tool call never parts from its result; then recalled
texts, the least relevant first; then the summary. It counts with a function it is given and knows neither tokenizer
nor database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from julep_local.errors import ContextOverflow
from julep_local.llm.base import PromptMessage

Count = Callable[[Sequence[PromptMessage]], int]

STEP_SHARE = 0.25
"""Turns go in steps of this share of the budget, counted from the oldest turn on. Dropping as few as possible would
move the start of the prompt with every turn, and the model would read all of it again each time."""
CHARS_PER_TOKEN = 4
"""Of English text. Only where the steps end depends on it, never whether the prompt fits."""


@dataclass(frozen=True)
class Turn:
    """The messages of one turn of the history, and the position of its last one."""

    messages: tuple[PromptMessage, ...]
    last_seq: int = 0


@dataclass(frozen=True)
class Content:
    """What a turn wants to show the model."""

    system: Sequence[PromptMessage]
    summary: Sequence[PromptMessage]
    """What stands for turns that are no longer shown. It is the library's own and goes before what is the caller's."""
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
    plans = _plans(content, step_chars=max(int(budget * STEP_SHARE * CHARS_PER_TOKEN), 1))
    low, high = 0, len(plans) - 1  # the last drops all that can be dropped, and that fits
    while low < high:
        middle = (low + high) // 2
        if count(_assemble(content, plans[middle]).messages) <= budget:
            high = middle
        else:
            low = middle + 1
    return _assemble(content, plans[low])


@dataclass(frozen=True)
class _Plan:
    """How much to drop."""

    thoughts: bool = False
    turns: int = 0
    """Counted from the oldest."""
    recalled: int = 0
    """Counted from the least relevant."""
    summary: bool = False


def _plans(content: Content, *, step_chars: int) -> list[_Plan]:
    """Return every step of dropping, least first; each drops more than the one before."""
    n_turns, n_recalled = len(content.history), len(content.recalled)
    return [
        _Plan(thoughts=True),
        *(_Plan(thoughts=True, turns=i) for i in _cuts(content.history, step_chars)),
        *(_Plan(thoughts=True, turns=n_turns, recalled=i) for i in range(1, n_recalled + 1)),
        _Plan(thoughts=True, turns=n_turns, recalled=n_recalled, summary=True),
    ]


def _cuts(history: Sequence[Turn], step_chars: int) -> list[int]:
    """Return after how many turns the history may be cut: where another step is full, and after the last turn.

    Counted from the oldest turn, so that turns to come do not move the cuts.
    """
    cuts = []
    chars = 0
    for i, turn in enumerate(history, 1):
        steps_before = chars // step_chars
        chars += sum(len(message.content) for message in turn.messages)
        if chars // step_chars > steps_before or i == len(history):
            cuts.append(i)
    return cuts


def _assemble(content: Content, plan: _Plan) -> Fitted:
    gone, kept = content.history[: plan.turns], content.history[plan.turns :]
    thoughts = [m for turn in content.history for m in turn.messages if plan.thoughts and _is_thought(m)]
    recalled = tuple(content.recalled[plan.recalled :])
    summary = () if plan.summary else content.summary
    dropped = [
        Dropped("thoughts, dropped first", tuple(thoughts)),
        Dropped("the oldest turns did not fit the context window", tuple(_without_thoughts(gone, plan))),
        Dropped("the least relevant recalled texts did not fit", tuple(content.recalled[: plan.recalled])),
        Dropped("the summary did not fit", tuple(content.summary) if plan.summary else ()),
    ]
    return Fitted(
        messages=(*content.system, *summary, *_without_thoughts(kept, plan), *recalled, *content.new),
        dropped=tuple(each for each in dropped if each.messages),
        dropped_through=gone[-1].last_seq if gone else 0,
        recalled=recalled,
    )


def _without_thoughts(turns: Sequence[Turn], plan: _Plan) -> list[PromptMessage]:
    return [m for turn in turns for m in turn.messages if not (plan.thoughts and _is_thought(m))]


def _is_thought(message: PromptMessage) -> bool:
    return message.role == "system" and message.name == "thought"
