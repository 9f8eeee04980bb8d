"""Tool calls on a real model: always valid, whichever way they come about."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from julep_local.llm import answer as answer_module
from julep_local.llm.base import Delta, Finish, PromptMessage, Sampling, ToolSpec
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.sampler import Sampler
from tests.llm.test_chat_template import CHATML, HERMES

TOOLS = [
    ToolSpec(
        "weather",
        "Tells the weather of a city",
        {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
            "required": ["city", "days"],
        },
    ),
    ToolSpec(
        "remind",
        "Sets a reminder",
        {
            "type": "object",
            "properties": {
                "text": {"type": "string", "minLength": 3},
                "at": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
                "priority": {"enum": ["low", "high"]},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            },
            "required": ["text", "at", "priority", "tags"],
        },
    ),
    ToolSpec("stop", "Stops everything", {"type": "object", "properties": {}}),
]
SCHEMAS = {tool.name: tool.parameters for tool in TOOLS}

LLAMA3_TOOLS = (CHATML + """{%- if false %}{{ tools }}{% endif -%}""").replace(
    "{%- for message in messages -%}",
    "{%- if tools %}{{ tools | tojson }}{% endif %}{%- for message in messages -%}"
    "{%- for call in message.tool_calls or [] %}"
    '{"name": "{{ call.function.name }}", "parameters": {{ call.function.arguments | tojson }}}{% endfor -%}',
)
"""A template that shows calls as mere JSON, as Llama 3 does."""


@pytest.fixture(scope="module", params=["plain", "hermes", "bare"])
def model(gguf: Path, request: pytest.FixtureRequest) -> Iterator[LlamaCppModel]:
    """SmolLM2 with its own template, which knows no tools, and with two that do."""
    template = {"plain": None, "hermes": HERMES, "bare": LLAMA3_TOOLS}[request.param]
    model = LlamaCppModel(gguf, context_tokens=2048, threads=1, chat_template=template)
    yield model
    model.close()


def asked(model: LlamaCppModel, choice: Any, text: str = "Will it rain in Rome tomorrow?") -> Any:
    return model.prompt(
        [PromptMessage("system", "You help.", part="situation"), PromptMessage("user", text, part="input")],
        tools=TOOLS,
        tool_choice=choice,
    )


def generated(model: LlamaCppModel, prompt: Any, **settings: Any) -> tuple[str, Finish]:
    pieces = list(model.generate(prompt, Sampling(**{"temperature": 0.9, "seed": 1, "max_tokens": 60, **settings})))
    finish = pieces[-1]
    assert isinstance(finish, Finish)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta)), finish


def check(finish: Finish) -> None:
    assert finish.tool_calls
    for call in finish.tool_calls:
        jsonschema.validate(json.loads(call.arguments), dict(SCHEMAS[call.name]))


@pytest.mark.parametrize(("temperature", "max_tokens"), [(0.0, 100), (1.3, 48)])
@pytest.mark.parametrize("choice", ["required", ("named", "weather"), ("named", "remind"), ("named", "stop")], ids=str)
def test_a_demanded_call_fits_its_schema_also_where_it_was_cut_off(
    model: LlamaCppModel, choice: Any, temperature: float, max_tokens: int
) -> None:
    text, finish = generated(model, asked(model, choice), temperature=temperature, max_tokens=max_tokens)

    assert text == ""
    assert finish.reason == "tool_calls"
    assert finish.completion_tokens <= max_tokens
    check(finish)
    if isinstance(choice, tuple):
        assert finish.tool_calls[0].name == choice[1]


def test_a_call_for_which_there_is_no_room_is_none(model: LlamaCppModel) -> None:
    text, finish = generated(model, asked(model, ("named", "remind")), max_tokens=5)

    assert (text, finish.reason, finish.tool_calls) == ("", "length", ())


@pytest.mark.parametrize(
    ("seed", "max_tokens", "stop"), [(1, 45, ()), (2, 90, ()), (3, 45, ()), (4, 60, ("}", '": "'))]
)
def test_a_call_that_the_model_begins_itself_fits_its_schema(
    model: LlamaCppModel, monkeypatch: pytest.MonkeyPatch, seed: int, max_tokens: int, stop: tuple[str, ...]
) -> None:
    # stop strings are for what is said: in arguments they would leave a call cut in two
    prompt = asked(model, "auto")
    with model._inside() as loaded:
        assert loaded.template is not None
        bare = not loaded.template.calls_like_hermes
        begun = loaded.native.tokens('{"name": "' if bare else "Let me see.\n<tool_call>", special=False)

    class Begun(Sampler):
        """Draws the beginning of a call first, and then as it likes."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.left = list(begun)

        def draw(self, logits: Any, allowed: Any = None) -> int:
            return self.left.pop(0) if self.left else super().draw(logits, allowed)

    monkeypatch.setattr(answer_module, "Sampler", Begun)
    text, finish = generated(model, prompt, seed=seed, temperature=1.2, max_tokens=max_tokens, stop=stop)

    assert finish.reason == "tool_calls"
    assert text.strip() == ("" if bare else "Let me see.")
    check(finish)


def test_a_model_may_answer_in_words(model: LlamaCppModel) -> None:
    text, finish = generated(model, asked(model, "auto", "Hello! Who are you?"), temperature=0)

    assert len(text) > 10
    assert finish.tool_calls == ()


def test_calls_and_results_are_shown_again(model: LlamaCppModel) -> None:
    _, finish = generated(model, asked(model, ("named", "weather")))
    prompt = model.prompt(
        [
            PromptMessage("system", "You help.", part="situation"),
            PromptMessage("user", "Will it rain in Rome tomorrow?"),
            PromptMessage("assistant", "", tool_calls=finish.tool_calls),
            PromptMessage("tool", "It will be dry in Rome.", name="weather", part="input"),
        ],
        tools=TOOLS,
    )

    text, after = generated(model, prompt, temperature=0)

    assert after.reason in ("stop", "length")
    assert text
