"""What a model file says about itself: of a real model, of files made here, and of broken ones."""

import math
import os
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from julep_local.errors import ModelBroken, ModelMissing
from julep_local.llm.gguf import read_header

LLAMA: dict[str, Any] = {
    "general.architecture": "llama",
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.context_length": 512,
}


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, bytes):  # as it stands
        return value
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_text(each) for each in value)
    kind, code = (7, "?") if isinstance(value[0], bool) else (5, "i")
    return struct.pack(f"<IIQ{len(value)}{code}", 9, kind, len(value), *value)


def write_gguf(
    path: Path, metadata: Mapping[str, Any], tensors: Mapping[str, tuple[int, ...]] | None = None, *, version: int = 3
) -> Path:
    """Write a file with this metadata and tensors of zeros in F32."""
    shapes = tensors or {}
    head = b"GGUF" + struct.pack("<IQQ", version, len(shapes), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    offset = 0
    for name, shape in shapes.items():
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += -(-4 * math.prod(shape) // 32) * 32
    head += bytes(-len(head) % 32)
    path.write_bytes(head + bytes(offset))
    return path


# -- a real file


def test_a_real_model_is_described(gguf: Path) -> None:
    header = read_header(gguf)

    assert header.architecture == "llama"
    assert header.name is not None
    assert "Smollm2" in header.name
    assert (header.n_layers, header.n_embd, header.context_tokens) == (30, 576, 8192)
    assert header.n_head == (9,) * 30
    assert header.n_head_kv == (3,) * 30
    assert (header.key_dims, header.value_dims, header.window_tokens) == (64, 64, 0)
    assert (header.n_vocab, header.quantisation) == (49_152, "Q4_1")
    assert header.chat_template is not None
    assert "<|im_start|>" in header.chat_template
    assert not header.remembers_without_cache
    assert len(header.tensors) == 272
    assert header.files == (gguf,)
    assert header.file_bytes == gguf.stat().st_size
    # llama.cpp says "CPU_Mapped model buffer size = 92.10 MiB"
    assert round(header.tensor_bytes / (1 << 20), 2) == 92.10


def test_long_arrays_are_counted_and_not_kept(gguf: Path) -> None:
    header = read_header(gguf)

    assert header.array_lengths["tokenizer.ggml.tokens"] == 49_152
    assert not any(key.startswith("tokenizer.ggml.tokens") for key in header.metadata)


def test_what_it_reads_is_what_llama_cpp_reads(gguf: Path) -> None:
    native = pytest.importorskip("julep_local.llm.native")

    model = native.Native(gguf, most_context_tokens=256, threads=1)
    try:
        seen = (model.trained_tokens, model.n_vocab, model.n_window, model.chat_template)
    finally:
        model.close()

    header = read_header(gguf)
    assert (header.context_tokens, header.n_vocab, header.window_tokens, header.chat_template) == seen


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_header_is_refused_or_read(gguf: Path, tmp_path: Path, data: st.DataObject) -> None:
    with gguf.open("rb") as opened:
        begin = bytearray(opened.read(4096))
    for _ in range(data.draw(st.integers(0, 8))):
        begin[data.draw(st.integers(0, len(begin) - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(begin[: data.draw(st.integers(0, len(begin)))])
    if data.draw(st.booleans()):
        os.truncate(damaged, gguf.stat().st_size)  # zeros, where the vocabulary and the weights were

    try:
        header = read_header(damaged)
    except ModelBroken as error:
        complaint = str(error)
    else:
        complaint = str(damaged)
        assert header.tensor_bytes <= header.file_bytes

    assert str(damaged) in complaint


@pytest.mark.parametrize("kept", [0, 3, 10, 24, 1000, 1_000_000, 50_000_000])
def test_a_file_that_was_cut_short_is_refused(gguf: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut.gguf"
    with gguf.open("rb") as opened:
        cut.write_bytes(opened.read(kept))

    with pytest.raises(ModelBroken, match=r"cut\.gguf: .*(cut short|empty|not a GGUF)"):
        read_header(cut)


# -- files made here


@pytest.mark.parametrize("version", [2, 3])
def test_defaults_are_llama_cpp_s(tmp_path: Path, version: int) -> None:
    header = read_header(write_gguf(tmp_path / "a.gguf", LLAMA, {"w": (64, 2), "b": (64,)}, version=version))

    assert header.version == version
    assert header.n_head_kv == header.n_head == (4, 4)
    assert (header.key_dims, header.value_dims) == (16, 16)
    assert (header.name, header.chat_template, header.quantisation) == (None, None, "F32")
    assert [(each.name, each.shape, each.type, each.n_bytes) for each in header.tensors] == [
        ("w", (64, 2), "F32", 512),
        ("b", (64,), "F32", 256),
    ]
    assert header.tensors[0].n_weights == 128


def test_numbers_for_each_layer_are_kept(tmp_path: Path) -> None:
    changed = {
        "llama.attention.head_count_kv": [2, 0],
        "llama.attention.sliding_window_pattern": [True, False],
        "llama.attention.key_length": 32,
    }

    header = read_header(write_gguf(tmp_path / "a.gguf", {**LLAMA, **changed}))

    assert header.n_head_kv == (2, 0)
    assert header.metadata["llama.attention.sliding_window_pattern"] == (True, False)
    assert (header.key_dims, header.value_dims) == (32, 16)


def test_a_recurrent_model_is_recognised(tmp_path: Path) -> None:
    header = read_header(
        write_gguf(
            tmp_path / "a.gguf", {"general.architecture": "mamba", "mamba.ssm.state_size": 16, "mamba.block_count": 1}
        )
    )

    assert header.remembers_without_cache


def test_a_text_too_long_to_keep_is_skipped(tmp_path: Path) -> None:
    long = {"tokenizer.huggingface.json": "x" * (2 << 20), "general.name": "after it"}

    header = read_header(write_gguf(tmp_path / "a.gguf", {**LLAMA, **long}))

    assert "tokenizer.huggingface.json" not in header.metadata
    assert header.name == "after it"


def _parts(folder: Path, n: int = 3) -> list[Path]:
    files = []
    for i in range(n):
        own: dict[str, Any] = {"split.no": i, "split.count": n, "split.tensors.count": n}
        path = folder / f"m-{i + 1:05}-of-{n:05}.gguf"
        files.append(write_gguf(path, {**(LLAMA if i == 0 else {}), **own}, {f"t{i}": (64, 2)}))
    return files


def test_a_split_model_is_read_as_one(tmp_path: Path) -> None:
    parts = _parts(tmp_path)

    header = read_header(parts[0])

    assert header.files == tuple(parts)
    assert header.file_bytes == sum(part.stat().st_size for part in parts)
    assert [tensor.name for tensor in header.tensors] == ["t0", "t1", "t2"]


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    parts = _parts(tmp_path)
    parts[2].unlink()

    with pytest.raises(ModelMissing, match="m-00003-of-00003"):
        read_header(parts[0])


def test_a_part_that_is_not_the_first_says_which_is(tmp_path: Path) -> None:
    parts = _parts(tmp_path)

    with pytest.raises(ModelBroken, match="give .*m-00001-of-00003"):
        read_header(parts[1])


def test_a_part_under_another_name_is_refused(tmp_path: Path) -> None:
    parts = _parts(tmp_path)
    renamed = Path(shutil.move(parts[0], tmp_path / "other.gguf"))

    with pytest.raises(ModelBroken, match="published under"):
        read_header(renamed)


HEAD = b"GGUF" + struct.pack("<I", 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"PK\x03\x04" + bytes(100), "not a GGUF file", id="a zip"),
        pytest.param(b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1", id="version 1"),
        pytest.param(b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "byte order", id="big-endian"),
        pytest.param(HEAD + struct.pack("<QQ", 2**63, 1), "claims", id="tensors without end"),
        pytest.param(HEAD + struct.pack("<QQ", 0, 2**40), "claims", id="keys without end"),
        pytest.param(HEAD + struct.pack("<QQ", 0, 0), "architecture", id="nothing in it"),
        pytest.param(HEAD + struct.pack("<QQQ", 0, 1, 2**50), "a key of", id="a key without end"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(content)

    with pytest.raises(ModelBroken, match=reason):
        read_header(file)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(struct.pack("<IIQ", 9, 8, 2**61), "cut short", id="texts without end"),
        pytest.param(struct.pack("<IIQ", 9, 4, 2**62), "cut short", id="numbers without end"),
        pytest.param(struct.pack("<IIQ", 9, 9, 1), "unknown type 9", id="an array of arrays"),
        pytest.param(struct.pack("<IIQQ", 9, 8, 1, 2**63), "cut short", id="a text without end in an array"),
        pytest.param(struct.pack("<IQ", 8, 2**64 - 1), "cut short", id="a text without end"),
        pytest.param(struct.pack("<I", 77), "unknown type 77", id="an unknown type"),
    ],
)
def test_a_value_that_cannot_be_is_refused(tmp_path: Path, value: bytes, reason: str) -> None:
    file = write_gguf(tmp_path / "a.gguf", {**LLAMA, "odd": value})

    with pytest.raises(ModelBroken, match=reason):
        read_header(file)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"llama.block_count": 2**31}, "block_count"),
        ({"llama.attention.head_count_kv": [1]}, "fewer"),
        ({"llama.attention.head_count": [4, -4]}, "head_count"),
        ({"general.alignment": 0}, "multiples of 0"),
    ],
)
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    file = write_gguf(tmp_path / "a.gguf", {**LLAMA, **changed}, {"w": (64, 2)})

    with pytest.raises(ModelBroken, match=reason):
        read_header(file)


def test_a_huge_file_full_of_empty_texts_is_refused_soon(tmp_path: Path) -> None:
    """It takes no room on the disk; to walk through it would take minutes."""
    file = write_gguf(tmp_path / "a.gguf", {**LLAMA, "odd": struct.pack("<IIQ", 9, 8, 2**30)})
    os.truncate(file, 9 << 30)

    with pytest.raises(ModelBroken, match="claims arrays of"):
        read_header(file)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")

    with pytest.raises(ModelBroken, match="not a file"):
        read_header(tmp_path / "pipe.gguf")


def test_no_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelBroken):
        read_header(tmp_path)
