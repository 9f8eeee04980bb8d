"""Several models in one process: they make room for each other."""

from pathlib import Path
from typing import Any

import pytest

from julep_local.errors import ModelError
from julep_local.llm import room
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.plan import plan


def answered(model: LlamaCppModel) -> Any:
    prompt = model.prompt([PromptMessage("user", "Hello!", part="input")])
    return list(model.generate(prompt, Sampling(temperature=0, max_tokens=4)))


@pytest.fixture
def two(gguf: Path, request: pytest.FixtureRequest) -> Any:
    each = plan(gguf, context_tokens=512).needed_bytes
    models = [
        LlamaCppModel(gguf, name=name, context_tokens=512, threads=1, memory=int(each * request.param))
        for name in ("first", "second")
    ]
    yield models
    for model in models:
        model.close()


@pytest.mark.parametrize("two", [2.5], indirect=True)
def test_two_models_are_in_memory_together_where_both_fit(two: list[LlamaCppModel]) -> None:
    assert [bool(answered(model)) for model in two] == [True, True]

    assert [model.is_loaded for model in two] == [True, True]


@pytest.mark.parametrize("two", [1.5], indirect=True)
def test_the_one_that_nobody_wants_makes_room_and_comes_back(two: list[LlamaCppModel]) -> None:
    first, second = two
    expected = answered(first)

    answered(second)
    assert (first.is_loaded, second.is_loaded) == (False, True)

    assert answered(first)[:-1] == expected[:-1]
    assert (first.is_loaded, second.is_loaded) == (True, False)


@pytest.mark.parametrize("two", [1.5], indirect=True)
def test_a_model_that_answers_does_not_go(two: list[LlamaCppModel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_WAIT_S", 0.2)
    first, second = two
    prompt = first.prompt([PromptMessage("user", "Tell me a story.", part="input")])
    pieces = iter(first.generate(prompt, Sampling(max_tokens=400, logit_bias={0: -100.0, 2: -100.0})))
    next(pieces)

    with pytest.raises(ModelError, match="beside first"):
        answered(second)

    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    monkeypatch.setattr(room, "_WAIT_S", 30.0)
    assert answered(second)
