"""The real embedding model: offline, silent, unit vectors, shared by threads; and what is said when it is not there.

Loading and taking turns is in test_embeddings_loading.py, what plain BERT models give in test_embeddings_bert.py.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from julep_local._mirror import stopped_by
from julep_local.errors import Cancelled, ClientClosed, ModelBroken, ModelMissing
from julep_local.recall.embeddings import Embedder, SentenceTransformerEmbedder, as_bytes, find_embedder, local

pytestmark = pytest.mark.julep_allow_models  # some do not get as far as loading it


def test_the_installed_model_is_an_embedder_known_before_it_is_loaded() -> None:
    embedder = find_embedder(None)

    assert isinstance(embedder, Embedder)
    assert embedder.n_dims == 384
    assert embedder.name.endswith(":53aa51172d14")  # SHA-256 of the published weights
    assert not embedder.is_ready


def test_rows_are_float32_of_unit_length_in_the_order_of_the_texts(minilm: SentenceTransformerEmbedder) -> None:
    texts = ["", "dog", "a long text " * 100, "dog", "\U0001f98a", "x" * 3000]

    rows = minilm.embed(texts)

    assert rows.shape == (6, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[1] @ rows[3] > 0.9999
    for i, text in enumerate(texts):
        assert rows[i] @ minilm.embed([text])[0] > 0.999, f"text {i}"  # bfloat16 adds up in another order


def test_no_texts_give_no_rows(minilm: SentenceTransformerEmbedder) -> None:
    assert minilm.embed([]).shape == (0, 384)


def test_it_knows_meaning(minilm: SentenceTransformerEmbedder) -> None:
    question, near, far = minilm.embed(
        ["What is my dog called?", "The user has a dog named Rex.", "Rent is due in May."]
    )

    assert question @ near > minilm.relevance_threshold > question @ far


def test_the_vector_of_a_query_is_kept(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = minilm.embed(["a query asked twice"])
    monkeypatch.setattr(minilm, "_encoded", lambda *_, **__: pytest.fail("embedded again"))

    assert np.array_equal(minilm.embed(["a query asked twice"]), first)
    assert np.array_equal(minilm.embed_query("a query asked twice"), first[0])


def test_only_so_many_queries_are_kept(minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "QUERIES", 2)

    for text in ("one", "two", "three"):
        minilm.embed([text])

    assert list(minilm._queries._rows) == ["two", "three"]


def test_threads_may_share_it(minilm: SentenceTransformerEmbedder) -> None:
    texts = [f"sentence number {i} about tides" for i in range(8)]
    expected = minilm.embed(texts)
    got: dict[int, Any] = {}

    def embed(i: int) -> None:
        got[i] = minilm.embed([texts[i], texts[i]])[0] if i % 2 else minilm.embed(texts)[i]

    threads = [threading.Thread(target=embed, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(got[i] @ expected[i] > 0.999 for i in range(8))


def test_an_embedding_whose_caller_went_away_is_stopped(minilm: SentenceTransformerEmbedder) -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(Cancelled):
        stopped_by(stop).run(minilm.embed, ["one", "two"])


def test_texts_of_like_length_are_embedded_together() -> None:
    n_tokens = [10, 256, 20, 200, 30, 5000] * 20

    batches = list(local.batches(n_tokens))

    assert sorted(i for batch in batches for i in batch) == list(range(120))
    sizes = [(len(batch), max(n_tokens[i] for i in batch), min(n_tokens[i] for i in batch)) for batch in batches]
    assert all(n == 1 or n * longest <= local.BATCH_TOKENS for n, longest, _ in sizes)
    assert [longest for _, longest, _ in sizes] == sorted((each for _, each, _ in sizes), reverse=True)
    padding = sum(n * longest for n, longest, _ in sizes) - sum(n_tokens)
    assert padding < 0.05 * sum(n_tokens)


@pytest.mark.parametrize("bad", [np.zeros((1, 384)), np.full((1, 384), np.nan), np.full((1, 384), np.inf)])
def test_a_vector_that_is_no_direction_is_refused(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, bad: Any
) -> None:
    monkeypatch.setattr(minilm._encoder(), "encode", lambda batch: bad)

    with pytest.raises(ModelBroken, match="no direction"):
        minilm.embed(["a text never seen before"])


def test_half_a_character_does_not_stop_a_batch(minilm: SentenceTransformerEmbedder) -> None:
    rows = minilm.embed(["\ud83e", "?", "a\0b", "tides \udc00 ebb"])

    assert rows[0] @ rows[1] > 0.999
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_after_close_it_says_so() -> None:
    embedder = find_embedder(None)
    embedder.close()
    embedder.close()

    with pytest.raises(ClientClosed):
        embedder.embed(["text"])


@pytest.mark.model
def test_it_opens_no_socket_prints_nothing_and_imports_neither_transformers_nor_what_is_built_on_it() -> None:
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") else None)
from julep_local.recall.embeddings import find_embedder
assert "torch" not in sys.modules and "sentence_transformers" not in sys.modules
embedder = find_embedder(None)
assert embedder.embed(["one", "two"]).shape == (2, 384)
assert "transformers" not in sys.modules and "sentence_transformers" not in sys.modules
assert not [event for event in opened if event != "socket.gethostname"], opened
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env={}, timeout=100
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("package", ["tokenizers", "safetensors"])
def test_without_the_package_the_error_says_what_to_install(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "julep_local.recall.embeddings.bert", raising=False)

    with pytest.raises(ModelMissing, match=r"pip install 'julep_local\[embeddings\]'"):
        SentenceTransformerEmbedder(minilm.folder).embed(["text"])


def test_a_model_that_is_not_there_is_missing() -> None:
    with pytest.raises(ModelMissing):
        find_embedder("no-such-model")
    with pytest.raises(ModelMissing):
        find_embedder("/no/such/folder")


@pytest.mark.model
def test_a_folder_that_is_no_model_is_broken(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    embedder = find_embedder(str(tmp_path))

    with pytest.raises(ModelBroken):
        _ = embedder.name
    with pytest.raises(ModelBroken):
        embedder.embed(["text"])


def test_damaged_weights_are_broken(minilm: SentenceTransformerEmbedder, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(minilm.folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").write_bytes(b"\0" * 1000)

    with pytest.raises(ModelBroken, match="damaged"):
        SentenceTransformerEmbedder(folder).embed(["text"])


def test_other_weights_under_the_same_name_are_another_vector_space(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    embedder = SentenceTransformerEmbedder(tmp_path, name="mine")
    weights.write_bytes(b"one")
    before = embedder.name
    weights.write_bytes(b"other")

    assert before.startswith("mine:")
    assert embedder.name != before


def test_what_is_in_memory_keeps_its_name_whatever_becomes_of_the_folder(
    minilm: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(minilm.folder, folder)
    embedder = SentenceTransformerEmbedder(folder)
    before, row = embedder.name, embedder.embed_query("a text")
    assert embedder.name == before
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"other")

    assert embedder.name == before
    assert (embedder.embed(["a text", "another"])[0] @ row) > 0.999
    embedder.close()


def test_the_number_of_dimensions_is_that_of_the_last_layer(tmp_path: Path) -> None:
    layers = [
        ("", {}),
        ("1_Pooling", {"word_embedding_dimension": 768}),
        ("2_Dense", {"out_features": 128}),
        ("3_Normalize", None),
    ]
    (tmp_path / "modules.json").write_text(json.dumps([{"path": path} for path, _ in layers]))
    for path, settings in layers[1:]:
        (tmp_path / path).mkdir()
        if settings is not None:
            (tmp_path / path / "config.json").write_text(json.dumps(settings))

    assert SentenceTransformerEmbedder(tmp_path).n_dims == 128


def test_the_hash_is_that_of_the_one_file_with_the_weights(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(tmp_path, name="mini")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()

    assert (embedder.file_hash, embedder.name) == (digest, f"mini:{digest[:12]}")
    (tmp_path / "more.safetensors").write_bytes(b"of them")
    assert embedder.file_hash is None


def test_the_label_tells_embedders_apart_without_reading_them(tmp_path: Path) -> None:
    labels = {SentenceTransformerEmbedder(tmp_path / folder, name="mini").label for folder in ("a", "b")}

    assert labels == {f"mini in {tmp_path / 'a'}", f"mini in {tmp_path / 'b'}"}


def test_vectors_are_stored_as_little_endian_float32() -> None:
    assert as_bytes(np.array([[1, 0], [0, 0.5]], dtype=np.float32)) == [b"\0\0\x80\x3f\0\0\0\0", b"\0\0\0\0\0\0\0\x3f"]


def test_of_a_text_of_any_length_the_beginning_is_read(minilm: SentenceTransformerEmbedder) -> None:
    given: list[int] = []
    encoder = minilm._encoder()
    text = "The lighthouse keeper counted the ships at dusk. " * 20
    whole = text * 10_000

    prepared = minilm._prepared(encoder, whole)

    assert np.array_equal(prepared.content, encoder.prepare(whole[:1_000_000]).content)
    assert prepared.n_tokens == 256
    minilm._prepared(SimpleNamespace(prepare=lambda text: given.append(len(text))), whole)
    assert given == [local.MOST_CHARS]
