"""One real model for all tests here, found in its package; without it they are skipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from julep_local.errors import ModelMissing
from julep_local.llm.base import Prompt, PromptMessage
from julep_local.llm.catalog import find_chat_model
from julep_local.llm.llama import LlamaCppModel


@pytest.fixture(scope="session")
def gguf() -> Path:
    pytest.importorskip("llama_cpp")
    try:
        return find_chat_model(None)[1]
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def shared_model(gguf: Path) -> Iterator[LlamaCppModel]:
    # one thread: on a busy machine several wait for each other, and everything takes fifty times as long
    model = LlamaCppModel(gguf, context_tokens=2048, threads=1)
    yield model
    model.close()


@pytest.fixture
def model(shared_model: LlamaCppModel) -> LlamaCppModel:
    return shared_model


@pytest.fixture
def question(model: LlamaCppModel) -> Prompt:
    return model.prompt(
        [
            PromptMessage("system", "You are a pirate.", part="situation"),
            PromptMessage("user", "Tell me about the sea and its fish.", part="input"),
        ]
    )
