"""The KV cache's list of tokens must stay true. The real behaviour of llama.cpp is tested in test_llama.py."""

from pathlib import Path

import pytest

from julep_local.llm.kv_cache import KvCache
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.native import Aborted, Native


@pytest.fixture(scope="module")
def native(gguf: Path, shared_model: LlamaCppModel) -> Native:
    with shared_model._inside() as loaded:
        return loaded.native


def highest(native: Native) -> int:
    return int(native._lib.llama_memory_seq_pos_max(native._memory, 0)) + 1


def test_an_aborted_read_is_rolled_back(native: Native) -> None:
    native.go_on()
    kv = KvCache(native)
    prompt = list(range(100, 350))
    kv.cut(0)
    kv.add(prompt[:40])

    native.abort()
    with pytest.raises(Aborted):
        kv.read(prompt)
    native.go_on()

    assert kv.tokens == prompt[:40]
    assert highest(native) == 40
    assert kv.read(prompt)[1] == 40
    assert highest(native) == 250


def test_the_same_prompt_again_is_not_read_at_all(native: Native) -> None:
    kv = KvCache(native)
    prompt = list(range(300, 340))
    first, n_first = kv.read(prompt)
    kv.add([7])
    kv.add([8])

    second, n_second = kv.read(prompt)

    assert (n_first, n_second) == (0, 40)
    assert (first == second).all()
    assert kv.tokens == prompt
    assert highest(native) == 40


def test_after_put_back_everything_is_as_before(native: Native) -> None:
    kv = KvCache(native)
    prompt, other = list(range(300, 400)), list(range(900, 950))
    logits, _ = kv.read(prompt)
    kv.add([7])
    expected = kv.add([8]).copy()
    kv.cut(101)

    parked = kv.park(other)
    kv.read(other)
    kv.put_back(parked)

    assert kv.tokens == [*prompt, 7]
    assert (kv.add([8]) == expected).all()
    assert kv.read(prompt)[1] == 100
    assert (kv.read(prompt)[0] == logits).all()


def test_a_window_that_does_not_reach_back_is_read_anew(native: Native, monkeypatch: pytest.MonkeyPatch) -> None:
    """SmolLM2 has no sliding window: it is given one, of which the KV cache says that it begins at token 90."""
    kv = KvCache(native)
    prompt = list(range(300, 400))
    kv.read(prompt)
    monkeypatch.setattr(native, "n_window", 16)
    monkeypatch.setattr(native._lib, "llama_memory_seq_pos_min", lambda memory, sequence: 90)

    assert kv.read([*prompt[:95], 7, 8])[1] == 0
    monkeypatch.setattr(native._lib, "llama_memory_seq_pos_min", lambda memory, sequence: 0)
    assert kv.read([*prompt[:95], 7, 9])[1] == 96
