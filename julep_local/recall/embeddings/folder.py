"""What the folder of an embedding model says about it, read without PyTorch: hash, dimensions, architecture."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from julep_local.errors import ModelBroken

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class PlainBert:
    """A BERT model whose vectors are the mean of the last layer: all that has to be known to run it."""

    weights: Path
    tokenizer: "Tokenizer"
    """Set to cut texts to what the model reads, and not to pad."""
    n_dims: int
    n_layers: int
    n_heads: int
    n_inner: int
    n_positions: int
    epsilon: float
    """Of the layer norms."""

    def check_sizes(self, sizes: Mapping[str, tuple[int, ...]]) -> None:
        """Hold the sizes of the weights, by their names, against the configuration.

        Raises:
            ValueError: they are not what it says.
        """
        said = {
            "embeddings.position_embeddings.weight": (self.n_positions, self.n_dims),
            "encoder.layer.0.intermediate.dense.weight": (self.n_inner, self.n_dims),
        }
        for name, size in said.items():
            if sizes.get(name) != size:
                raise ValueError(f"{name} is of the size {sizes.get(name)}, and config.json says {size}")


def configured_n_dims(folder: Path) -> int | None:
    """Return the numbers in a vector, None if no configuration says it.

    Raises:
        ModelBroken: the folder is no sentence-transformers model.
    """
    n_dims = None
    for module in _read_json(folder / "modules.json"):
        settings = folder / module["path"] / "config.json"
        known = _read_json(settings) if module["path"] and settings.is_file() else {}
        named = [known.get(key) for key in ("out_features", "embedding_dimension", "word_embedding_dimension")]
        n_dims = next((each for each in named if each), n_dims)
    return n_dims


def hash_of_file(folder: Path) -> str | None:
    """Return the SHA-256 of the file with the weights, as `sha256sum` gives it; None if there are several files.

    Raises:
        ModelBroken: there are none, or they cannot be read.
    """
    return hash_of_weights(folder) if len(_weights(folder)) == 1 else None


def hash_of_weights(folder: Path) -> str:
    """Return the SHA-256 of the weights, of several files one after the other.

    Raises:
        ModelBroken: there are none, or they cannot be read.
    """
    files = _weights(folder)
    try:
        return _hash(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))
    except OSError as error:
        raise ModelBroken(f"{folder} cannot be read: {error}") from error


def _weights(folder: Path) -> list[Path]:
    files = sorted(folder.glob("**/*.safetensors"))
    if not files:
        raise ModelBroken(
            f"{folder} holds no weights in safetensors: give a folder that sentence-transformers has saved"
        )
    return files


@functools.lru_cache(maxsize=16)
def _hash(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Return the SHA-256 of the files' content; 90 MB take 0.1 s, so it is remembered until one of them changes."""
    digest = hashlib.sha256()
    for file, _, _ in files:
        with file.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def plain_bert(folder: Path) -> PlainBert | None:
    """Return what the folder holds if it is a plain BERT model; None if it is anything else, or cannot be told.

    Every setting that would change the vectors has to be one that is known here: sentence-transformers is right about
    all the others. Also for a folder that is no model, whose error is left to it.
    """
    try:
        bert = _read_json(folder / "config.json")
        reads = _optional_json(folder / "sentence_bert_config.json")
        tokens = _read_json(folder / "tokenizer_config.json")
        is_plain = (
            (folder / "model.safetensors").is_file()
            and not (folder / "adapter_config.json").exists()
            and _is_bert(bert)
            and _is_read_as_usual(reads)
            and _is_mean_of_tokens(folder)
            and _has_no_prompt(_optional_json(folder / "config_sentence_transformers.json"))
        )
        tokenizer = _tokenizer(folder, bert, reads, tokens) if is_plain else None
        if tokenizer is None:
            return None
        return PlainBert(
            weights=folder / "model.safetensors",
            tokenizer=tokenizer,
            n_dims=bert["hidden_size"],
            n_layers=bert["num_hidden_layers"],
            n_heads=bert["num_attention_heads"],
            n_inner=bert["intermediate_size"],
            n_positions=bert["max_position_embeddings"],
            epsilon=bert["layer_norm_eps"],
        )
    except (ModelBroken, LookupError, TypeError, ValueError, AttributeError):
        return None


def _is_bert(config: dict[str, Any]) -> bool:
    return (
        config["model_type"] == "bert"
        and config.get("architectures") in (None, ["BertModel"])
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and not config.get("add_cross_attention")
        and not config.get("quantization_config")
        and not config.get("auto_map")
        and config["hidden_size"] % config["num_attention_heads"] == 0
    )


def _is_read_as_usual(config: dict[str, Any]) -> bool:
    usual = {
        "transformer_task": "feature-extraction",
        "module_output_name": "token_embeddings",
        "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
    }
    known = {"max_seq_length", "do_lower_case", *usual}
    return config.keys() <= known and all(config[key] == usual[key] for key in config.keys() & usual.keys())


def _is_mean_of_tokens(folder: Path) -> bool:
    modules = _read_json(folder / "modules.json")
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds not in (["Transformer", "Pooling", "Normalize"], ["Transformer", "Pooling"]) or modules[0]["path"]:
        return False
    if not all(module["type"].startswith("sentence_transformers.") for module in modules):
        return False
    pooling = _read_json(folder / modules[1]["path"] / "config.json")
    if "pooling_mode" in pooling:
        return bool(pooling["pooling_mode"] == "mean")
    return [key for key, on in pooling.items() if key.startswith("pooling_mode_") and on] == [
        "pooling_mode_mean_tokens"
    ]


def _has_no_prompt(config: dict[str, Any]) -> bool:
    name = config.get("default_prompt_name")
    return (name is None or not config["prompts"][name]) and config.get("truncate_dim") is None


def _tokenizer(folder: Path, bert: dict[str, Any], reads: dict[str, Any], tokens: dict[str, Any]) -> "Tokenizer | None":
    """Return the tokenizer as transformers sets it up, None if it is not BERT's."""
    from tokenizers import Tokenizer, normalizers

    kinds = _read_json(folder / "tokenizer.json")
    if (
        tokens.get("tokenizer_class", "BertTokenizer") not in ("BertTokenizer", "BertTokenizerFast")
        or kinds["model"]["type"] != "WordPiece"
        or kinds["normalizer"]["type"] != "BertNormalizer"
        or kinds["pre_tokenizer"]["type"] != "BertPreTokenizer"
        or tokens.get("truncation_side", "right") != "right"
        or tokens.get("padding_side", "right") != "right"
    ):
        return None
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # it raises nothing more definite
        raise ModelBroken(f"{folder / 'tokenizer.json'}: {error}") from error
    lowercase = bool(tokens.get("do_lower_case", True))
    normalizer: normalizers.Normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=tokens.get("tokenize_chinese_chars", True),
        strip_accents=tokens.get("strip_accents"),
        lowercase=lowercase,
    )
    if reads.get("do_lower_case") and not lowercase:
        normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizer])
    tokenizer.normalizer = normalizer
    length = reads.get("max_seq_length") or tokens.get("model_max_length") or bert["max_position_embeddings"]
    tokenizer.enable_truncation(min(int(length), bert["max_position_embeddings"]))  # in place of the file's own
    tokenizer.no_padding()
    return tokenizer if len(tokenizer.encode("").ids) == 2 else None  # [CLS] and [SEP]


def _optional_json(file: Path) -> Any:
    return _read_json(file) if file.is_file() else {}


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelBroken(f"{file} cannot be read, so its folder is no usable embedding model: {error}") from error
