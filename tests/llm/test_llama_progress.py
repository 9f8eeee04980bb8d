"""What a real model takes its time for is told, and cancelled where it is told; the next call finds it usable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from julep_local import Client, progress
from julep_local.errors import Cancelled, ModelCrashed
from julep_local.llm import wire
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.retold import Retold
from julep_local.progress import Progress
from julep_local.testing import HashEmbedder, ScriptedModel

pytestmark = pytest.mark.model

GREEDY = Sampling(temperature=0, max_tokens=2)


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER_S", 0.0)
    monkeypatch.setattr(progress, "EACH_S", 0.0)


@pytest.fixture
def model(gguf: Path) -> Iterator[LlamaCppModel]:
    model = LlamaCppModel(gguf, context_tokens=2048, threads=1)
    yield model
    model.close()


@pytest.fixture
def isolated(gguf: Path) -> Iterator[IsolatedModel]:
    model = IsolatedModel(gguf, context_tokens=2048, threads=1)
    yield model
    model.close()


def test_loading_is_told_in_bytes_of_the_file(model: LlamaCppModel) -> None:
    told: list[Progress] = []

    with progress.listen(told.append):
        assert model.context_tokens == 2048

    assert {(each.what, each.name, each.unit) for each in told} == {("load_model", model.name, "bytes")}
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert (told[-1].state, told[-1].done) == ("done", model.path.stat().st_size)
    assert len(told) > 10


def test_loading_is_told_from_another_process_too(isolated: IsolatedModel) -> None:
    told: list[Progress] = []

    with progress.listen(told.append):
        assert isolated.context_tokens == 2048

    assert {(each.what, each.name, each.unit) for each in told} == {("load_model", isolated.name, "bytes")}
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert [each.is_over for each in told].count(True) == 1
    assert told[-1].state == "done"


@pytest.mark.parametrize("kind", [LlamaCppModel, IsolatedModel])
def test_loading_that_is_cancelled_fails_for_who_waits_and_is_done_for_the_next(
    gguf: Path, kind: "type[LlamaCppModel | IsolatedModel]"
) -> None:
    model = kind(gguf, context_tokens=2048, threads=1)
    told: list[Progress] = []

    def cancel(event: Progress) -> None:
        told.append(event)
        event.cancel()

    with progress.listen(cancel), pytest.raises(Cancelled, match="load_model"):
        _ = model.context_tokens

    assert told[-1].state == "cancelled"
    assert not model.is_loaded
    assert model.context_tokens == 2048
    model.close()


def test_reading_a_long_prompt_is_told_in_tokens_and_cancelled_there(model: LlamaCppModel) -> None:
    prompt = model.prompt([PromptMessage("user", "The tide comes in at noon. " * 85)])
    told: list[Progress] = []

    def cancel(event: Progress) -> None:
        told.append(event)
        if event.done:
            event.cancel()

    with progress.listen(cancel), pytest.raises(Cancelled, match="read_prompt"):
        list(model.generate(prompt, GREEDY))
    assert (told[-1].what, told[-1].state, told[-1].unit) == ("read_prompt", "cancelled", "tokens")
    with progress.listen(told.append):
        list(model.generate(prompt, GREEDY))

    assert (told[-1].state, told[-1].done, told[-1].total) == ("done", len(prompt.tokens), len(prompt.tokens))


def test_reading_in_another_process_is_told_and_cancelled_here(isolated: IsolatedModel) -> None:
    prompt = isolated.prompt([PromptMessage("user", "The tide comes in at noon. " * 280)])
    told: list[Progress] = []

    def cancel(event: Progress) -> None:
        told.append(event)
        event.cancel()

    with progress.listen(cancel), pytest.raises(Cancelled, match="read_prompt"):
        list(isolated.generate(prompt, GREEDY))
    assert {(each.what, each.name, each.unit) for each in told} == {("read_prompt", isolated.name, "tokens")}
    assert (told[-1].state, told[-1].total) == ("cancelled", len(prompt.tokens))
    told.clear()
    with progress.listen(told.append):
        list(isolated.generate(prompt, GREEDY))

    assert told[0].done < told[-1].done
    assert (told[-1].state, told[-1].done, told[-1].total) == ("done", len(prompt.tokens), len(prompt.tokens))
    assert len({each.work_id for each in told}) == 1


def test_what_a_process_was_reading_when_it_was_killed_is_told_to_be_over(isolated: IsolatedModel) -> None:
    prompt = isolated.prompt([PromptMessage("user", "The tide comes in at noon. " * 280)])
    told: list[Progress] = []

    def kill(event: Progress) -> None:
        told.append(event)
        worker = isolated._engine.owned
        if worker is not None:
            worker.kill("was killed by a test")

    with progress.listen(kill), pytest.raises(ModelCrashed):
        list(isolated.generate(prompt, GREEDY))

    assert told[-1].state == "cancelled"


def test_a_process_that_tells_of_endless_works_is_not_believed() -> None:
    told: list[Progress] = []
    retold = Retold("liar", None)

    with progress.listen(told.append):
        for n in range(10_000):
            retold.take(wire.Progressed(n, "read_prompt", 0, 1, is_over=False), lambda: None)
        retold.end()

    assert len({each.work_id for each in told}) < 100
    assert all(each.is_over for each in told[-10:])


def test_a_turn_whose_reading_is_cancelled_is_not_recorded_and_another_client_hears_nothing(
    gguf: Path, tmp_path: Path
) -> None:
    heard: list[Progress] = []
    with (
        Client(path=tmp_path / "one.db", model=gguf, embedder=HashEmbedder()) as client,
        Client(path=tmp_path / "two.db", model=ScriptedModel(["ok"]), embedder=HashEmbedder()) as other,
    ):
        session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
        question = {"role": "user", "content": "What is the tide? " * 30}
        with (
            other.on_progress(heard.append),
            client.on_progress(lambda event: event.cancel() if event.what == "read_prompt" else None),
            pytest.raises(Cancelled),
        ):
            client.sessions.chat(session_id=session.id, messages=[question], max_tokens=2)

        assert not list(client.sessions.history(session_id=session.id))
        assert client.sessions.chat(session_id=session.id, messages=[question], max_tokens=2)
    assert not heard
