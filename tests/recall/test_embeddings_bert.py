"""Plain BERT models are run without transformers, and give what sentence-transformers gives. Others are left to it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from julep_local.errors import ModelBroken
from julep_local.recall.embeddings import SentenceTransformerEmbedder
from julep_local.recall.embeddings.folder import PlainBert, plain_bert

TEXTS = [
    "",
    " \n\t ",
    "dog",
    "What is my dog called?",
    "don't stop, it's 7.5 m (at Brest)!",
    "Ünïcödé, ß, É and Ø",
    "猫が好きです。漢字とかな",
    "한국어 العربية עברית ไทย",
    "\U0001f98a \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "[CLS] a text [SEP] with [MASK] and ##s",
    "a\0b\u200bc",
    "x" * 3000,
    *("word " * n for n in (100, 253, 254, 255, 1000)),
]

AsSentenceTransformers = Callable[[list[str]], Any]
Copied = Callable[..., Path]


@pytest.fixture(scope="module")
def sentence_transformers(minilm: SentenceTransformerEmbedder) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(minilm.folder), device="cpu", local_files_only=True)


@pytest.fixture
def copied(minilm: SentenceTransformerEmbedder, tmp_path: Path) -> Copied:
    """Return a folder like the model's in which settings are changed; None takes one away."""

    def copy(file: str = "config.json", /, **changes: Any) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(minilm.folder, folder, ignore=shutil.ignore_patterns("*.safetensors", "*.md", "data_*"))
        (folder / "model.safetensors").symlink_to(minilm.folder / "model.safetensors")
        settings = json.loads((folder / file).read_text()) if (folder / file).exists() else {}
        settings.update(changes)
        (folder / file).write_text(json.dumps({key: value for key, value in settings.items() if value is not None}))
        return folder

    return copy


def _plain(folder: Path) -> PlainBert:
    plain = plain_bert(folder)
    assert plain is not None
    return plain


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("dtype", "least"), [("float32", 0.99999), ("bfloat16", 0.999)])
def test_the_vectors_are_those_of_sentence_transformers(
    minilm: SentenceTransformerEmbedder, sentence_transformers: Any, dtype: str, least: float, packed: bool
) -> None:
    import torch

    from julep_local.recall.embeddings.bert import Bert, BertEncoder, _weights

    plain = _plain(minilm.folder)
    encoder = BertEncoder(plain)
    encoder.bert = Bert(plain, _weights(plain), getattr(torch, dtype), packed=packed)

    rows = encoder.encode([encoder.prepare(text) for text in TEXTS])

    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    expected = sentence_transformers.encode(TEXTS, normalize_embeddings=True)
    assert (rows * expected).sum(axis=1).min() >= least


def test_so_are_those_of_the_way_that_is_chosen(
    minilm: SentenceTransformerEmbedder, sentence_transformers: Any
) -> None:
    expected = sentence_transformers.encode(TEXTS, normalize_embeddings=True)

    assert (minilm.embed(TEXTS) * expected).sum(axis=1).min() >= 0.999
    for text, row in zip(TEXTS, expected, strict=True):
        assert minilm.embed_query(text) @ row >= 0.999, text


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        pytest.param("sentence_bert_config.json", {"max_seq_length": 16}, id="short"),
        pytest.param("sentence_bert_config.json", {"max_seq_length": None}, id="as long as the positions"),
        pytest.param("tokenizer_config.json", {"do_lower_case": False}, id="cased"),
        pytest.param("tokenizer_config.json", {"strip_accents": False}, id="accents"),
        pytest.param("tokenizer_config.json", {"tokenize_chinese_chars": False}, id="Chinese words"),
    ],
)
def test_settings_that_change_the_tokens_are_followed(copied: Copied, file: str, changes: dict[str, Any]) -> None:
    from sentence_transformers import SentenceTransformer

    folder = copied(file, **changes)
    plain = _plain(folder)
    processor = SentenceTransformer(str(folder), device="cpu", local_files_only=True).tokenizer

    for text in TEXTS:
        expected = processor(text, truncation=True)["input_ids"]
        assert plain.tokenizer.encode(text).ids == expected, text


def test_texts_are_lowered_where_sentence_transformers_does_it(copied: Copied) -> None:
    folder = copied("tokenizer_config.json", do_lower_case=False)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 256, "do_lower_case": true}')

    tokenizer = _plain(folder).tokenizer

    assert tokenizer.encode("The Dog").ids == tokenizer.encode("the dog").ids


def test_a_folder_that_this_sentence_transformers_has_saved_is_plain_too(
    sentence_transformers: Any, tmp_path: Path
) -> None:
    sentence_transformers.save(str(tmp_path / "saved"))

    embedder = SentenceTransformerEmbedder(tmp_path / "saved")

    assert plain_bert(tmp_path / "saved") is not None
    assert embedder.n_dims == 384


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("config.json", {"is_decoder": True}),
        ("config.json", {"quantization_config": {"bits": 4}}),
        ("config.json", {"auto_map": {"AutoModel": "code.Model"}}),
        ("config.json", {"hidden_size": None}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}),
        ("sentence_bert_config.json", {"query_expansion": {"length": 32}}),
        ("config_sentence_transformers.json", {"prompts": {"q": "query: "}, "default_prompt_name": "q"}),
        ("config_sentence_transformers.json", {"truncate_dim": 64}),
        ("tokenizer_config.json", {"tokenizer_class": "MPNetTokenizer"}),
        ("tokenizer_config.json", {"padding_side": "left"}),
        ("tokenizer.json", {"pre_tokenizer": {"type": "Whitespace"}}),
        ("adapter_config.json", {"peft_type": "LORA"}),
    ],
)
def test_what_is_not_plain_is_left_to_sentence_transformers(copied: Copied, file: str, changes: dict[str, Any]) -> None:
    assert plain_bert(copied(file, **changes)) is None


def test_another_layer_is_left_to_it_as_well(copied: Copied) -> None:
    folder = copied()
    modules = json.loads((folder / "modules.json").read_text())
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))

    assert plain_bert(folder) is None


def test_another_architecture_is_embedded_by_sentence_transformers(copied: Copied, sentence_transformers: Any) -> None:
    folder = copied("1_Pooling/config.json", pooling_mode_mean_tokens=False, pooling_mode_max_tokens=True)
    embedder = SentenceTransformerEmbedder(folder)
    texts = ["What is my dog called?", "", "tides " * 500, "x"] * 10

    rows = embedder.embed(texts)

    assert (embedder.n_dims, rows.shape) == (384, (40, 384))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[4] > 0.9999
    assert rows[0] @ sentence_transformers.encode(texts[:1], normalize_embeddings=True)[0] < 0.99  # it is the maximum
    embedder.close()


@pytest.mark.parametrize(
    "changes", [{"num_hidden_layers": 7}, {"intermediate_size": 1024}, {"hidden_size": 768}], ids=str
)
def test_weights_that_are_not_what_the_configuration_says_are_broken(copied: Copied, changes: dict[str, Any]) -> None:
    with pytest.raises(ModelBroken, match="not a usable"):
        SentenceTransformerEmbedder(copied(**changes)).embed(["text", "another"])


@pytest.mark.parametrize("lost", ["bfloat16", "the layout for oneDNN", "both"])
def test_what_this_machine_cannot_do_is_done_in_another_way(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    from julep_local.recall.embeddings import bert

    def fails(*_: Any) -> Any:
        raise AttributeError("no such operator")

    if lost != "the layout for oneDNN":
        monkeypatch.setattr(bert, "_bfloat16_is_faster", lambda plain: False)
    if lost != "bfloat16":
        monkeypatch.setattr(bert, "_packed", fails)

    encoder = bert.BertEncoder(_plain(minilm.folder))

    rows = encoder.encode([encoder.prepare("What is my dog called?")])
    assert rows[0] @ minilm.embed_query("What is my dog called?") / np.linalg.norm(rows[0]) > 0.999
    assert encoder.bert.is_packed == (lost == "bfloat16")


def test_what_is_compiled_gives_the_same_vectors_to_the_last_bit(minilm: SentenceTransformerEmbedder) -> None:
    from julep_local.recall.embeddings import bert

    assert bert._compiled() is not bert._summed
    encoder = bert.BertEncoder(_plain(minilm.folder))
    batches = [[encoder.prepare(text) for text in texts] for texts in (TEXTS, *([text] for text in TEXTS), TEXTS[2:5])]
    given = []
    for way in (bert._compiled(), bert._summed):
        encoder.bert._compute = way
        given.append([encoder.encode(batch).tobytes() for batch in batches])
    assert given[0] == given[1]


def test_batches_of_all_sizes_are_computed_in_few_which_are_little_larger(minilm: SentenceTransformerEmbedder) -> None:
    from julep_local.recall.embeddings import bert

    computed = {n: n + bert._n_spare(n) for n in range(1, 2 * bert.BATCH_TOKENS)}

    assert len(set(computed.values())) < 140
    assert all(n == size if n <= bert.EXACT else n <= size <= 1.1 * n for n, size in computed.items())
    texts = ["The tide at Brest has a range of 7.5 m, and the church organ drifted as far as Ouessant."] * 2
    together, alone = minilm.embed(texts), minilm.embed_query(texts[0])
    assert (together @ alone).min() > 0.9999  # in a batch to which rows are added


def test_making_it_ready_changes_no_vector(minilm: SentenceTransformerEmbedder) -> None:
    from julep_local.recall.embeddings import bert

    encoder = bert.BertEncoder(_plain(minilm.folder))
    question = [encoder.prepare("What did the vet say of my dog?")]
    before = encoder.encode(question)

    n_steps = sum(1 for _ in encoder.make_ready())

    assert n_steps == (4 * len(bert.QUESTIONS) if encoder.bert.is_packed else 0)
    assert np.array_equal(encoder.encode(question), before)


@pytest.mark.parametrize("error", [OSError, RuntimeError, AttributeError])
def test_where_it_cannot_be_compiled_it_is_run_as_it_is(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    import inspect

    from julep_local.recall.embeddings import bert

    def fails(*_: Any) -> Any:
        raise error("no source, or no TorchScript")

    monkeypatch.setattr(inspect, "getsource", fails)

    assert bert._compiled.__wrapped__() is bert._summed


def test_numbers_that_lose_too_much_are_not_used(
    minilm: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from julep_local.recall.embeddings import bert

    monkeypatch.setattr(bert, "_bfloat16_is_faster", lambda plain: True)
    monkeypatch.setattr(bert, "MIN_COSINE", 0.999999)

    assert bert.BertEncoder(_plain(minilm.folder)).bert.dtype == torch.float32
