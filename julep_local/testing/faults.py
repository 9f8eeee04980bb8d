"""Models that fail in the ways in which real ones do, by name, for testing how a program copes.

Each is a reply, so that a script can have one among good answers: `ScriptedModel(["Hi.", fault("crash"), "Hi."])`.
`FaultyModel("crash")` fails in every chat.
"""

from collections.abc import Callable
from typing import Literal, get_args

from julep_local.errors import ContextOverflow, ModelError
from julep_local.llm.base import Prompt
from julep_local.llm.tool_calls import OPENING, before_arguments
from julep_local.testing.script import Answer, Reply, stream
from julep_local.testing.scripted import ScriptedModel

Fault = Literal[
    "invalid json",
    "half a tool call",
    "loop",
    "slow tokens",
    "out of memory",
    "context overflow",
    "crash",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_LOOP = "I am sure that I am sure that "


def fault(name: Fault) -> Reply:
    """Return the fault as a reply of a script.

    Args:
        name: which:
            `invalid json`: text that was to be JSON and breaks off in the middle.
            `half a tool call`: a call cut off within its arguments, which is text then, as of a real model.
            `loop`: the same words again and again, until `max_tokens`.
            `slow tokens`: ten words, a second for each (see `ScriptedModel.waited_s`).
            `out of memory`: the model cannot be loaded.
            `context overflow`: the prompt does not fit, however short it is.
            `crash`: the model fails after three words.

    Raises:
        ValueError: there is no fault of this name.
    """
    if name not in _REPLIES:
        raise ValueError(f"there is no fault {name!r}; known: {', '.join(FAULTS)}")
    return _REPLIES[name]


class FaultyModel(ScriptedModel):
    """Fails in every chat in the same way."""

    def __init__(self, name: Fault, *, sleep: Callable[[float], object] | None = None) -> None:
        reply = fault(name)
        super().__init__(lambda prompt: reply, name=name, sleep=sleep)


def _half_a_tool_call(prompt: Prompt) -> Answer:
    name = prompt.tools[0].name if prompt.tools else "tool"
    return Answer(f'{OPENING}\n{before_arguments(name)}{{"city": "Os', reason="length", is_checked=False)


def _overflow(prompt: Prompt) -> Exception:
    n = len(prompt.tokens)
    return ContextOverflow(prompt_tokens=n, context_tokens=max(n - 1, 1), answer_tokens=1)


_REPLIES: dict[str, Reply] = {
    "invalid json": Answer('{"city": "Oslo", "degrees": ', reason="stop", is_checked=False),
    "half a tool call": _half_a_tool_call,
    "loop": Answer(_LOOP * 5_000, is_checked=False),
    "slow tokens": Answer("one two three four five six seven eight nine ten", first_s=1, each_s=1, is_checked=False),
    "out of memory": ModelError("a context window of 8192 tokens cannot be set up: out of memory; ask for fewer"),
    "context overflow": _overflow,
    "crash": stream("one", " two", " three", ModelError("llama.cpp failed to read 1 tokens (llama_decode: -3)")),
}
