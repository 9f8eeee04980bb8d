"""Without PyTorch the vectors are the same, and so is the vector space; and what is said where that cannot be."""

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from julep_local import Client
from julep_local.errors import ClientClosed, ModelBroken, ModelMissing
from julep_local.recall.embeddings import SentenceTransformerEmbedder, find_embedder
from julep_local.recall.embeddings.eight_bits import ZERO, rounded
from julep_local.recall.embeddings.folder import plain_bert
from julep_local.recall.embeddings.onnx_bert import product_model
from julep_local.testing import ScriptedModel

EDGES = [
    "",
    " \n\t ",
    "dog",
    "\U0001f98a \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "[CLS] a text [SEP] with [MASK] and ##s",
    "a\0b\u200bc",
    "x" * 3000,
    *("word " * n for n in (100, 253, 254, 255, 1000)),
]
SUBJECTS = {
    "English": (
        ["The ferry", "My dog", "An old letter"],
        ["leaves at", "was found near", "costs more than"],
        "{} miles",
    ),
    "German": (["Die Fähre", "Mein Hund", "Ein Brief"], ["fährt um", "lag neben", "kostet über"], "{} Straßen"),
    "Spanish": (["El barco", "Mi perro", "La señora"], ["sale a las", "vive en", "pagó más de"], "{} años"),
    "Russian": (["Паром", "Моя собака", "Письмо"], ["уходит в", "живёт около", "стоит больше"], "{} рублей"),
    "Greek": (["Το πλοίο", "Ο σκύλος μου"], ["φεύγει στις", "μένει κοντά σε"], "{} δρόμους"),
    "Arabic": (["العبارة", "كلبي"], ["تغادر في", "يعيش قرب"], "{} بيتا"),
    "Hebrew": (["המעבורת", "הכלב שלי"], ["יוצאת בשעה", "גר ליד"], "{} בתים"),
    "Hindi": (["नौका", "मेरा कुत्ता"], ["जाती है", "रहता है"], "{} घर"),
    "Japanese": (["フェリーは", "私の犬は"], ["出発します", "住んでいます"], "{}番"),
    "Chinese": (["渡轮", "我的狗"], ["离开", "住在"], "{}号"),
    "Korean": (["여객선은", "내 개는"], ["떠난다", "산다"], "{}번지"),
    "Thai": (["เรือข้ามฟาก", "สุนัขของฉัน"], ["ออก", "อยู่"], "{} ซอย"),
}


def sentences() -> list[str]:
    """Return sentences in twelve languages, some alone and some several in a row."""
    of_each = [
        f"{subject} {verb} {place.format(7 * n)}."
        for subjects, verbs, place in SUBJECTS.values()
        for n, (subject, verb) in enumerate(itertools.product(subjects, verbs))
    ]
    return of_each + [" ".join(of_each[n : n + 2 + n % 9]) for n in range(0, len(of_each), 3)]


@pytest.fixture(scope="module")
def light(minilm: SentenceTransformerEmbedder) -> Iterator[SentenceTransformerEmbedder]:
    embedder = SentenceTransformerEmbedder(minilm.folder, name=minilm.name.split(":")[0], threads=1, light=True)
    yield embedder
    embedder.close()


@pytest.fixture
def copied(minilm: SentenceTransformerEmbedder, tmp_path: Path) -> Callable[..., Path]:
    """Return a folder like the model's with other weights, and settings changed."""

    def copy(weights: bytes | None = None, **changes: Any) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(minilm.folder, folder, ignore=shutil.ignore_patterns("*.safetensors", "*.md", "data_*"))
        file = folder / "model.safetensors"
        file.symlink_to(minilm.folder / file.name) if weights is None else file.write_bytes(weights)
        settings = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**settings, **changes}))
        return folder

    return copy


def test_in_twelve_languages_the_vectors_are_those_of_sentence_transformers(light: SentenceTransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [*EDGES, *sentences()]
    reference = SentenceTransformer(str(light.folder), device="cpu", local_files_only=True)

    rows = light.embed(texts)

    expected = reference.encode(texts, normalize_embeddings=True)
    least = [0.998] * len(EDGES) + [0.999] * (len(texts) - len(EDGES))  # a blank text or 3,000 x are no language
    assert ((rows * expected).sum(axis=1) >= least).all()
    assert all(light.embed_query(text) @ row >= at for text, row, at in zip(EDGES, expected, least, strict=False))


def test_where_products_in_8_bits_are_wrong_or_missing_the_vectors_are_the_same_exactly(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentence_transformers import SentenceTransformer

    from julep_local.recall.embeddings import light as module

    expected = SentenceTransformer(str(minilm.folder), device="cpu", local_files_only=True).encode(
        EDGES, normalize_embeddings=True
    )

    def saturating(kernel: Any, block: int) -> tuple[bytes, Any]:
        return product_model(np.clip(kernel, -0.05, 0.05), block)

    def unknown(kernel: Any, block: int) -> tuple[bytes, Any]:
        return b"no model", {}

    for product in (saturating, unknown):
        monkeypatch.setattr(module, "product_model", product)

        rows = find_embedder(f"light:{minilm.folder}").embed(EDGES)

        assert (rows * expected).sum(axis=1).min() >= 0.99999


def test_rounded_weights_are_at_most_half_a_scale_off() -> None:
    kernel = np.random.default_rng(5).normal(size=(7, 96)).astype(np.float32)
    kernel[2] = 0

    content, scales = rounded(kernel, 32)

    off = (content.astype(np.float32) - ZERO) * scales[:, :, None] - kernel.reshape(7, 3, 32)
    assert np.all(np.abs(off) <= 0.5001 * scales[:, :, None])


def test_the_name_is_that_of_the_same_model_in_pytorch(
    minilm: SentenceTransformerEmbedder, light: SentenceTransformerEmbedder
) -> None:
    assert (light.name, light.label, light.n_dims) == (minilm.name, minilm.label, minilm.n_dims)


def test_a_file_written_with_one_is_read_with_the_other_and_nothing_is_embedded_again(
    minilm: SentenceTransformerEmbedder, light: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    def opened(embedder: SentenceTransformerEmbedder) -> Client:
        return Client(path=tmp_path / "julep.db", model=ScriptedModel(["ok"]), embedder=embedder)

    for first, then in ((minilm, light), (light, minilm)):
        with opened(first) as client:
            agent = client.agents.create(name="Ada")
            doc = client.docs.create(agent_id=agent.id, doc={"title": "Ferry", "content": "The boat leaves at 9:15."})
            client.jobs.wait(doc.jobs)
            (before,) = client.docs.search("ship to the island", agent_id=agent.id)
        with opened(then) as client:
            n_jobs = len(client.jobs.list(limit=100))
            (hit,) = client.docs.search("ship to the island", agent_id=agent.id)

            assert before.similarity == pytest.approx(hit.similarity, abs=0.01)
            assert len(client.jobs.list(limit=100)) == n_jobs


@pytest.mark.model
def test_it_needs_only_onnxruntime_and_tokenizers_opens_no_socket_and_prints_nothing() -> None:
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.") else None)
for name in ("torch", "transformers", "sentence_transformers", "safetensors", "onnx", "scipy"):
    sys.modules[name] = None
from julep_local.recall.embeddings import find_embedder
embedder = find_embedder(None)
assert "onnxruntime" not in sys.modules
assert embedder.embed(["one", "two"]).shape == (2, 384)
assert "onnxruntime" in sys.modules
assert not [event for event in opened if event != "socket.gethostname"], opened
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env={}, timeout=100
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_where_pytorch_is_not_installed_it_is_chosen_by_itself(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = minilm.embed_query("What is my dog called?")
    monkeypatch.setitem(sys.modules, "torch", None)
    embedder = SentenceTransformerEmbedder(minilm.folder)

    assert embedder.embed_query("What is my dog called?") @ expected > 0.999
    assert type(embedder._encoder()).__name__ == "LightEncoder"


def test_it_is_chosen_by_name(minilm: SentenceTransformerEmbedder) -> None:
    known = minilm.name.split(":")[0]

    by_name = [find_embedder(name) for name in ("light", f"light:{known}", f"light:{minilm.folder}")]

    assert [embedder.folder for embedder in by_name] == [minilm.folder] * 3
    assert all(type(embedder._encoder()).__name__ == "LightEncoder" for embedder in by_name)
    assert by_name[0].name == by_name[1].name == minilm.name
    with pytest.raises(ModelMissing):
        find_embedder("light:no-such-model")


def test_without_onnxruntime_the_error_says_what_to_install(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("torch", "onnxruntime"):
        monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(ModelMissing, match=r"julep_local\[light\].*julep_local\[embeddings\]"):
        SentenceTransformerEmbedder(minilm.folder).embed(["text"])


def test_another_architecture_needs_pytorch_and_the_error_says_so(copied: Callable[..., Path]) -> None:
    folder = copied(model_type="roberta")

    with pytest.raises(ModelMissing, match=r"no plain BERT model.*julep_local\[embeddings\]"):
        find_embedder(f"light:{folder}").embed(["text"])


@pytest.mark.parametrize(
    "changes", [{"num_hidden_layers": 7}, {"intermediate_size": 1024}, {"hidden_size": 768}], ids=str
)
def test_weights_that_are_not_what_the_configuration_says_are_broken(
    copied: Callable[..., Path], changes: dict[str, Any]
) -> None:
    with pytest.raises(ModelBroken, match="not a usable"):
        find_embedder(f"light:{copied(**changes)}").embed(["text", "another"])


@pytest.mark.parametrize("n_bytes", [0, 4, 1000, 1_000_000])
def test_weights_that_are_cut_off_are_broken(
    minilm: SentenceTransformerEmbedder, copied: Callable[..., Path], n_bytes: int
) -> None:
    with (minilm.folder / "model.safetensors").open("rb") as whole:
        folder = copied(whole.read(n_bytes))

    with pytest.raises(ModelBroken, match="model is not a usable"):
        find_embedder(f"light:{folder}").embed(["text"])


@pytest.mark.parametrize(("kind", "least"), [("float16", 0.9995), ("bfloat16", 0.998)])
def test_weights_in_half_the_bits_are_read_too(
    light: SentenceTransformerEmbedder, copied: Callable[..., Path], kind: str, least: float
) -> None:
    import torch
    from safetensors.torch import load_file, save

    whole = load_file(light.folder / "model.safetensors")
    halved = {name: each.to(getattr(torch, kind)) if each.is_floating_point() else each for name, each in whole.items()}
    embedder = find_embedder(f"light:{copied(save(halved))}")

    assert embedder.embed_query("What is my dog called?") @ light.embed_query("What is my dog called?") >= least


def test_the_model_fits_any_number_of_texts_of_any_length(light: SentenceTransformerEmbedder) -> None:
    encoder: Any = light._encoder()
    prepared = [encoder.prepare("word " * n) for n in (0, 1, 40, 300)]
    alone = np.concatenate([encoder.encode([each]) for each in prepared])

    together = encoder.encode(prepared)

    assert np.allclose(alone, together, atol=1e-4)


def test_after_close_it_says_so(minilm: SentenceTransformerEmbedder) -> None:
    embedder = find_embedder("light")
    embedder.embed(["one", "two"])

    embedder.close()

    with pytest.raises(ClientClosed):
        embedder.embed(["text"])
    assert plain_bert(minilm.folder) is not None  # the folder is as it was
