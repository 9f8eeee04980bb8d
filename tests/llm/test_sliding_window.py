"""A model whose layers see only a window of tokens: its KV cache cannot be cut just anywhere, or words go wrong."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from julep_local.errors import ModelBroken, ModelMissing
from julep_local.llm.base import Conversation, Delta, Prompt, PromptMessage, Sampling
from julep_local.llm.catalog import find_chat_model
from julep_local.llm.kv_cache import KvCache
from julep_local.llm.kv_files import KvFolder
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.native import Native
from tests.llm.test_chat_template import GEMMA

pytestmark = pytest.mark.model

MIB = 1 << 20


@pytest.fixture(scope="module")
def gemma() -> Path:
    pytest.importorskip("llama_cpp")
    try:
        return find_chat_model("gemma-3-270m")[1]
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def native(gemma: Path) -> Iterator[Native]:
    native = Native(gemma, most_context_tokens=2048, threads=1)
    yield native
    native.close()


@pytest.fixture(scope="module")
def words(native: Native) -> list[int]:
    text = " ".join(f"The {i}th ship of the harbour sails at {i % 24} o'clock with {i * 7} barrels." for i in range(90))
    return native.tokens(text, special=False)


def new_cache(native: Native) -> KvCache:
    native.cut(0)
    return KvCache(native, memory_bytes=64 * MIB, folder_of=lambda path: KvFolder(Path(path), "gemma", 256 * MIB))


def read(cache: KvCache, tokens: list[int], name: str, marks: tuple[int, ...], folder: Path) -> tuple[np.ndarray, int]:
    n_cached = cache.begin(Prompt((), tokens, {}, marks=marks, conversation=Conversation(name, str(folder))))
    logits = None
    while logits is None:
        logits = cache.read_on(512)
    return logits, n_cached


def test_a_conversation_comes_back_at_the_end_of_its_history(native: Native, words: list[int], tmp_path: Path) -> None:
    """Greedy differences of a fresh read and a restored one are rounding, up to 1.5; a wrong cut gives over 5."""
    following = [*words[:800], *words[1300:1350]]
    expected, _ = read(new_cache(native), following, "fresh", (300, 850), tmp_path)
    cache = new_cache(native)
    read(cache, words[:900], "ada", (300, 800), tmp_path)
    read(cache, words[1000:1200], "bo", (20, 100), tmp_path)

    logits, n_cached = read(cache, following, "ada", (300, 850), tmp_path)

    assert n_cached == 800
    assert np.abs(logits - expected).max() < 3
    assert logits.argmax() == expected.argmax()


def test_what_sessions_begin_with_is_kept_and_so_is_a_restart(native: Native, words: list[int], tmp_path: Path) -> None:
    cache = new_cache(native)
    read(cache, words[:900], "ada", (600, 800), tmp_path)
    read(cache, words[1000:1200], "bo", (20, 100), tmp_path)

    assert read(cache, [*words[:600], *words[1100:1150]], "cy", (600, 600), tmp_path)[1] == 600
    cache.save()
    cache = new_cache(native)
    assert read(cache, [*words[:800], *words[1300:1350]], "ada", (600, 850), tmp_path)[1] == 800


def test_a_model_without_a_chat_template_carries_texts_on_and_says_why_it_does_not_chat(gemma: Path) -> None:
    model = LlamaCppModel(gemma, context_tokens=512, threads=1)

    pieces = list(
        model.generate(model.text_prompt("one, two, three, four, five,"), Sampling(temperature=0, max_tokens=4))
    )
    with pytest.raises(ModelBroken, match="no chat template"):
        model.prompt([PromptMessage("user", "Hello")])
    model.close()

    assert "six" in "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def test_it_chats_with_a_template_that_it_is_given(gemma: Path) -> None:
    model = LlamaCppModel(gemma, context_tokens=512, threads=1, chat_template=GEMMA)

    prompt = model.prompt([PromptMessage("user", "Hello")])
    pieces = list(model.generate(prompt, Sampling(temperature=0, max_tokens=4)))
    model.close()

    assert prompt.tokens[0] == 2, "it begins with the token that begins a text"
    assert pieces
