"""Loading on a thread of its own, and who may use the model next."""

import importlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from julep_local._mirror import stopped_by
from julep_local.errors import Cancelled, ClientClosed, ModelBroken, ModelMissing
from julep_local.recall.embeddings import SentenceTransformerEmbedder, find_embedder, local
from julep_local.recall.embeddings.base import Encoder, Prepared

pytestmark = pytest.mark.julep_allow_models  # the encoder inside is the test's own


class SlowEncoder:
    """Takes its time, or as long as it is told, and notes what it embeds."""

    n_dims = 2
    batch_tokens = local.BATCH_TOKENS

    def __init__(self, seconds: float = 0.02) -> None:
        self.done: list[str] = []
        self.begun = threading.Event()
        self.goes_on = threading.Event()
        self.goes_on.set()
        self._seconds = seconds

    def prepare(self, text: str) -> Prepared:
        return Prepared(local.BATCH_TOKENS // 2 + 1, text)  # each is a batch

    def encode(self, batch: Sequence[Prepared]) -> Any:
        self.begun.set()
        self.goes_on.wait(10)
        time.sleep(self._seconds)
        self.done += [each.content for each in batch]
        return np.ones((len(batch), 2), dtype=np.float32)


@pytest.fixture
def encoder() -> SlowEncoder:
    return SlowEncoder()


@pytest.fixture
def embedder(encoder: SlowEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SentenceTransformerEmbedder:
    made = SentenceTransformerEmbedder(tmp_path)
    made._n_dims = 2
    monkeypatch.setattr(made, "_load", lambda: encoder)
    return made


def _started(*jobs: Any) -> list[threading.Thread]:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.model
def test_warming_up_loads_on_another_thread_and_returns_at_once() -> None:
    embedder = find_embedder(None)

    begun = time.perf_counter()
    embedder.warm_up()
    embedder.warm_up()
    took = time.perf_counter() - begun

    assert took < 0.5
    assert embedder.embed(["text"]).shape == (1, 384)
    assert embedder.is_ready
    embedder.close()
    assert not embedder.is_ready


def test_it_is_ready_when_nobody_has_to_wait_any_more(
    embedder: SentenceTransformerEmbedder, encoder: SlowEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def load() -> Encoder:
        goes_on.wait(10)
        return encoder

    monkeypatch.setattr(embedder, "_load", load)

    seen = [embedder.is_ready]
    embedder.warm_up()
    seen.append(embedder.is_ready)
    goes_on.set()
    embedder.embed_query("tides")
    seen.append(embedder.is_ready)

    assert seen == [False, False, True]


def test_an_encoder_is_made_ready_while_nobody_uses_it_and_not_once_it_is_closed(
    embedder: SentenceTransformerEmbedder, encoder: SlowEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, taken = threading.Semaphore(0), threading.Semaphore(0)

    def make_ready() -> Iterator[None]:
        while True:
            taken.release()
            yield

    def not_at_its_end(_: float) -> bool:
        looked.release()
        return False

    monkeypatch.setattr(encoder, "make_ready", make_ready, raising=False)
    monkeypatch.setattr(local, "program_ends", not_at_its_end)
    encoder.goes_on.clear()
    others = threading.enumerate()
    (query,) = _started(lambda: embedder.embed_query("tides"))
    assert encoder.begun.wait(10)
    (thread,) = (each for each in threading.enumerate() if each not in (*others, query))
    while taken.acquire(blocking=False):  # before the query came
        pass
    for _ in range(3):
        assert looked.acquire(timeout=10)
    assert not taken.acquire(blocking=False)

    encoder.goes_on.set()
    query.join(10)
    assert taken.acquire(timeout=10)
    embedder.close()
    thread.join(10)
    assert not thread.is_alive()


def test_what_went_wrong_while_warming_up_is_told_by_the_next_call_and_then_tried_again(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(tmp_path / "gone")
    embedder.warm_up()
    while not embedder.is_ready:
        time.sleep(0.01)
    embedder.warm_up()  # does not lose it

    with pytest.raises(ModelMissing, match="gone"):
        embedder.embed_query("tides")

    assert not embedder.is_ready
    (tmp_path / "gone").mkdir()
    with pytest.raises(ModelBroken, match=r"modules\.json|usable"):
        embedder.embed(["tides", "ebb"])


def test_a_shared_library_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def import_module(name: str) -> None:
        raise OSError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr(importlib, "import_module", import_module)

    with pytest.raises(ModelMissing, match=r"libtorch_cpu"):
        SentenceTransformerEmbedder(tmp_path).embed_query("tides")


def test_all_who_wait_for_the_model_get_it_from_one_loading(
    embedder: SentenceTransformerEmbedder, encoder: SlowEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []

    def load() -> Encoder:
        time.sleep(0.1)
        loads.append(1)
        return encoder

    monkeypatch.setattr(embedder, "_load", load)
    for thread in _started(*(lambda i=i: embedder.embed_query(f"query {i}") for i in range(5))):
        thread.join()

    assert (len(loads), len(encoder.done)) == (1, 5)


def test_a_model_loaded_after_its_embedder_was_closed_is_not_kept(
    embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, encoder: SlowEncoder
) -> None:
    goes_on = threading.Event()

    def load() -> Encoder:
        goes_on.wait(10)
        return encoder

    monkeypatch.setattr(embedder, "_load", load)
    embedder.warm_up()

    embedder.close()

    assert not embedder.is_ready
    embedder.warm_up()  # does nothing
    with pytest.raises(ClientClosed):
        embedder.embed_query("tides")
    goes_on.set()


def test_a_query_waits_for_one_batch_of_two_long_jobs(
    embedder: SentenceTransformerEmbedder, encoder: SlowEncoder
) -> None:
    encoder.goes_on.clear()
    jobs = _started(
        lambda: embedder.embed([f"one {i}" for i in range(20)]), lambda: embedder.embed([f"two {i}" for i in range(20)])
    )
    encoder.begun.wait(10)
    queries = _started(lambda: embedder.embed(["query"]), lambda: embedder.embed_query("another query"))
    while len(embedder._turns._queries) < 2:
        time.sleep(0.001)
    encoder.goes_on.set()
    for thread in jobs + queries:
        thread.join()

    assert {encoder.done.index("query"), encoder.done.index("another query")} == {1, 2}


def test_long_jobs_take_turns(embedder: SentenceTransformerEmbedder, encoder: SlowEncoder) -> None:
    jobs = [lambda n=n: embedder.embed([f"job {n}: {i}" for i in range(20)]) for n in range(3)]
    for thread in _started(*jobs):
        thread.join()

    order = [each.split(":")[0] for each in encoder.done]
    whole = order[order.index("job 2") :][:30]
    assert all(len(set(whole[i : i + 3])) == 3 for i in range(0, 30, 3)), order


def test_a_job_that_is_stopped_leaves_the_line(embedder: SentenceTransformerEmbedder, encoder: SlowEncoder) -> None:
    stop = threading.Event()
    raised: list[BaseException] = []

    def stopped() -> None:
        try:
            stopped_by(stop).run(embedder.embed, ["one", "two"])
        except Cancelled as error:
            raised.append(error)

    encoder.goes_on.clear()
    (busy,) = _started(lambda: embedder.embed(["three", "four"]))
    encoder.begun.wait(10)
    (waiting,) = _started(stopped)
    stop.set()
    waiting.join(5)
    encoder.goes_on.set()
    busy.join()

    assert len(raised) == 1
    assert encoder.done == ["three", "four"]
    embedder.embed_query("the line is free")


@pytest.mark.model
def test_a_program_may_end_while_it_loads() -> None:
    code = """
import sys, time
from julep_local.recall.embeddings import find_embedder
find_embedder(None).warm_up()
time.sleep(float(sys.argv[1]))
"""
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(seconds)], **quiet) for seconds in (0.0, 0.1, 0.3, 0.6)
    ]

    for process in started:
        said = process.communicate(timeout=60)
        assert (process.returncode, *said) == (0, "", "")


def test_a_program_waits_for_the_thread_that_frees_a_model() -> None:
    """Whoever has it last frees it; PyTorch's tensors freed by a daemon thread after Python's end took it down."""
    code = """
import threading, time
from julep_local.recall.embeddings.loading import Loading

class Model:
    def __del__(self):
        begun.set()
        time.sleep(0.3)
        print("freed", flush=True)

begun, may_go = threading.Event(), threading.Event()
loading = Loading(Model, name="loading", then=lambda model: may_go.wait(20))
loading.result(lambda: None)
del loading
may_go.set()
begun.wait(20)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout) == (0, "freed\n"), ended.stderr
