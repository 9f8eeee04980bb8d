"""Several models in one process: they make room for each other."""

import os
import subprocess
import sys
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


class Fake:
    """A model that takes memory, and counts until it is told to go."""

    last_used = 0.0

    def __init__(self, name: str) -> None:
        self.name = name
        self.place = room.Place(self)

    def load(self, n_bytes: int, budget: int) -> None:
        with room.room_for(self.place, n_bytes, budget=budget, goes_on=lambda: True):
            assert sum(place.n_bytes for place in room._taken) <= budget

    def unload(self, wait_s: float | None = None) -> bool:
        self.place.leave()
        return True


class Loading(Fake):
    """A model whose engine does not have it yet, though it was loaded."""

    def unload(self, wait_s: float | None = None) -> bool:
        return True


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_taken", set())
    monkeypatch.setattr(room, "_WAIT_S", 0.1)


@pytest.mark.usefixtures("nothing_loaded")
def test_a_model_counts_from_before_it_is_loaded_until_its_memory_is_given_back() -> None:
    first, second, third = Loading("first"), Fake("second"), Fake("third")
    first.load(6, budget=10)

    with pytest.raises(ModelError, match="beside first"):
        second.load(6, budget=10)
    first.place.leave()
    second.load(6, budget=10)
    third.load(6, budget=10)

    assert room._taken == {third.place}


@pytest.mark.usefixtures("nothing_loaded")
def test_a_model_that_was_dropped_counts_until_its_memory_is_given_back() -> None:
    model = Fake("first")
    model.load(6, budget=10)
    place = model.place
    del model

    with pytest.raises(ModelError, match="beside first"):
        Fake("second").load(6, budget=10)
    place.leave()
    Fake("second").load(6, budget=10)


@pytest.mark.usefixtures("nothing_loaded")
def test_a_model_that_could_not_be_loaded_counts_no_more() -> None:
    first = Fake("first")

    with pytest.raises(ZeroDivisionError), room.room_for(first.place, 6, budget=10, goes_on=lambda: True):
        _ = 1 // 0

    assert not room._taken


FORKED = """
import os, sys, threading, time
from julep_local.errors import ModelError
from julep_local.llm import native, room
from julep_local.llm.base import PromptMessage
from julep_local.llm.llama import LlamaCppModel
path = sys.argv[1]
model = LlamaCppModel(path, context_tokens=512, threads=1)
model.prompt([PromptMessage("user", "Hello!")])
held = threading.Event()
def hold():
    with room._loading, native._loading, model._engine._lock:
        held.set()
        time.sleep(60)
threading.Thread(target=hold, daemon=True).start()
held.wait(20)
child = os.fork()
if child == 0:
    try:
        assert not model.is_loaded
        model.unload()
        model.forget(["moon"])
        try:
            model.context_tokens
        except ModelError as error:
            assert "does not survive fork" in str(error)
        del model
        other = LlamaCppModel(path, context_tokens=512, threads=1)
        assert other.context_tokens == 512
        other.close()
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)
until = time.monotonic() + 30
while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < until:
    time.sleep(0.01)
if ended[0] == 0:
    os.kill(child, 9)
print(ended == (child, 0), flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_a_process_that_was_forked_off_while_locks_were_held_loads_models_of_its_own(gguf: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORKED, str(gguf)], capture_output=True, text=True, timeout=60, check=True
    )

    assert ended.stdout == "True\n"
