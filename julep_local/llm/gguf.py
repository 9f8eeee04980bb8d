"""What a model file says about itself, read in milliseconds and without llama.cpp.

A GGUF file begins with metadata and a table of its tensors; the weights follow and are not touched here. Files come
from strangers, so nothing in them is believed before it was compared with the file's length, and no count makes this
code work or allocate without bound. The `gguf` package on PyPI reads the same, but builds arrays for each entry of each
array: for gemma-3's 262,144 tokens 10 s of processor time (version 0.19), which are skipped here in 0.026 s.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, and ggml's type table for the sizes.
"""

import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Union

from julep_local.errors import ModelBroken, ModelMissing

Scalar = Union[bool, int, float, str]
Value = Union[Scalar, tuple[Scalar, ...]]

MOST_KEYS = 65_536
MOST_TENSORS = 65_536
"""The largest published models have some 3,000."""
MOST_KEPT_ARRAY = 4096
"""Entries of a numeric array that is kept: one number for each layer. Longer ones belong to the vocabulary."""
MOST_KEPT_TEXT = 1 << 20
"""Bytes of a text that is kept. Longer ones are whole tokenizers in JSON, which nothing here needs."""
MOST_NAME = 1024
"""Bytes of a key or a tensor's name."""
MOST_ARRAY_TEXTS = 4_000_000
"""Texts in arrays, of a file. Each is skipped on its own, 0.1 µs; large vocabularies have 500,000 with merges."""
MOST_READ = 256 << 20
"""Bytes of the file that are read at all."""
MOST_PARTS = 1024
"""Files that a model is split into."""

_BLOCK = 1 << 18


@dataclass(frozen=True)
class GgufTensor:
    """One weight matrix or vector."""

    name: str
    shape: tuple[int, ...]
    """As ggml has it: the length of a row comes first."""
    type: str
    """ggml's name, such as `Q8_0`; `type 99` if it is newer than this list."""
    n_bytes: int

    @property
    def n_weights(self) -> int:
        """How many numbers it holds."""
        return _product(self.shape)


@dataclass(frozen=True)
class GgufHeader:
    """What stands before the weights. For a split model: of all its files together."""

    path: Path
    version: int
    metadata: Mapping[str, Value]
    """Scalars, texts, and short arrays of numbers."""
    array_lengths: Mapping[str, int]
    """Entries of every array, also of those that were skipped."""
    tensors: tuple[GgufTensor, ...]
    files: tuple[Path, ...]
    """The file itself, or all parts of a split model in their order."""
    file_bytes: int

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture, such as `llama` or `gemma3`."""
        return self.text("general.architecture") or ""

    @property
    def name(self) -> str | None:
        """What its makers call it."""
        return self.text("general.name")

    @property
    def n_layers(self) -> int:
        """Transformer blocks."""
        return self.number("block_count")

    @property
    def n_embd(self) -> int:
        """Numbers that stand for one token between two layers."""
        return self.number("embedding_length")

    @cached_property
    def n_head(self) -> tuple[int, ...]:
        """Attention heads of each layer; 0 for a layer without attention."""
        return self.per_layer("attention.head_count") or (0,) * self.n_layers

    @cached_property
    def n_head_kv(self) -> tuple[int, ...]:
        """Heads whose keys and values are kept, of each layer."""
        return self.per_layer("attention.head_count_kv") or self.n_head

    @property
    def key_dims(self) -> int:
        """Numbers in one head's key."""
        return self.number("attention.key_length") or self._even_share

    @property
    def value_dims(self) -> int:
        """Numbers in one head's value."""
        return self.number("attention.value_length") or self._even_share

    @property
    def _even_share(self) -> int:
        heads = self.n_head[0] if self.n_head else 0
        return self.n_embd // heads if heads else 0

    @property
    def context_tokens(self) -> int:
        """The context window it was trained with; 0 if the file does not say."""
        return self.number("context_length")

    @property
    def window_tokens(self) -> int:
        """Tokens that a sliding-window layer sees; 0 for models without such layers."""
        return self.number("attention.sliding_window")

    @property
    def n_vocab(self) -> int:
        """Different tokens."""
        return self.array_lengths.get("tokenizer.ggml.tokens") or self.number("vocab_size")

    @property
    def chat_template(self) -> str | None:
        """The jinja text that makes a prompt of messages."""
        return self.text("tokenizer.chat_template")

    @property
    def quantisation(self) -> str:
        """How most weights are stored, such as `Q4_1`; by what takes most space if the file does not say."""
        said = self.metadata.get("general.file_type")
        if isinstance(said, int) and not isinstance(said, bool) and said in FILE_TYPES:
            return FILE_TYPES[said]
        sizes: dict[str, int] = {}
        for tensor in self.tensors:
            sizes[tensor.type] = sizes.get(tensor.type, 0) + tensor.n_bytes
        return max(sizes, key=lambda each: sizes[each], default="unknown")

    @cached_property
    def tensor_bytes(self) -> int:
        """Bytes of all weights."""
        return sum(tensor.n_bytes for tensor in self.tensors)

    @property
    def remembers_without_cache(self) -> bool:
        """Whether some layers keep a state of fixed size instead of keys and values of each token."""
        prefixes = tuple(f"{self.architecture}.{each}." for each in ("ssm", "wkv", "shortconv"))
        return any(key.startswith(prefixes) for key in self.metadata)

    def text(self, key: str) -> str | None:
        """Return a text of the metadata, None if it is missing or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int:
        """Return a whole number under the architecture's name; the largest if there is one for each layer, else 0."""
        value = self.metadata.get(f"{self.architecture}.{key}")
        return max((_whole(each) for each in value), default=0) if isinstance(value, tuple) else _whole(value)

    def per_layer(self, key: str) -> tuple[int, ...]:
        """Return a number for each layer, whether the file has one for all or one for each; nothing if it has none."""
        value = self.metadata.get(f"{self.architecture}.{key}")
        if value is None:
            return ()
        given = tuple(_whole(each) for each in value) if isinstance(value, tuple) else (_whole(value),) * self.n_layers
        return given[: self.n_layers]


def read_header(path: str | os.PathLike[str]) -> GgufHeader:
    """Return what the file says about itself, with the other files of a split model.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: it is no GGUF file, is cut short, contradicts itself, or exceeds a limit; the message says where.
    """
    first, *others = read_parts(path)
    return _joined(first, others) if others else first


def read_parts(path: str | os.PathLike[str]) -> list[GgufHeader]:
    """Return what each file of the model says about itself, the first one first; one of a model that is not split.

    Raises:
        ModelMissing: there is no such file.
        ModelBroken: as `read_header`.
    """
    first = Path(path)
    header = _read_file(first)
    n_parts = _whole(header.metadata.get("split.count"))
    others = _other_parts(first, header, n_parts) if n_parts > 1 else []
    return [header, *(_read_file(part) for part in others)]


def _joined(first: GgufHeader, others: list[GgufHeader]) -> GgufHeader:
    parts = [first, *others]
    tensors = tuple(tensor for part in parts for tensor in part.tensors)
    expected = _whole(first.metadata.get("split.tensors.count"))
    if expected and expected != len(tensors):
        raise ModelBroken(
            f"{first.path}: its {len(parts)} files have {len(tensors)} tensors together and should have {expected}: "
            "they are not of the same model, get all of them again"
        )
    return GgufHeader(
        path=first.path,
        version=first.version,
        metadata=first.metadata,
        array_lengths=first.array_lengths,
        tensors=tensors,
        files=tuple(part.path for part in parts),
        file_bytes=sum(part.file_bytes for part in parts),
    )


def _other_parts(first: Path, header: GgufHeader, n_parts: int) -> list[Path]:
    named = re.fullmatch(r"(.*)-(\d{5})-of-(\d{5})\.gguf", first.name, re.DOTALL)
    if n_parts > MOST_PARTS or named is None or int(named[3]) != n_parts:
        raise ModelBroken(
            f"{first}: it says that it is one of {n_parts} files, but is not called "
            f"...-00001-of-{n_parts:05}.gguf: give it back the name it was published under"
        )
    names = [first.with_name(f"{named[1]}-{i:05}-of-{n_parts:05}.gguf") for i in range(1, n_parts + 1)]
    if int(named[2]) != 1 or _whole(header.metadata.get("split.no")) != 0:
        raise ModelBroken(f"{first}: it is not the first of its model's {n_parts} files: give {names[0]}")
    return names[1:]


# -- one file


def _read_file(path: Path) -> GgufHeader:
    if not path.exists():
        raise ModelMissing(f"{path}: there is no such file")
    if not path.is_file():  # to open a pipe would wait for somebody to write
        raise ModelBroken(f"{path}: not a file; give the path of a GGUF file")
    try:
        with path.open("rb") as opened:
            return _Reading(path, opened).header()
    except OSError as error:
        raise ModelBroken(f"{path}: cannot be read ({error.strerror or error})") from error


class _Reading:
    """One pass over a header, forwards only."""

    def __init__(self, path: Path, opened: BinaryIO) -> None:
        self._path = path
        self._file = opened
        self._length = os.fstat(opened.fileno()).st_size
        self._block = b""
        self._at = 0  # in the block
        self._end = 0  # of the block, in the file
        self._read = 0
        self._array_texts = 0

    def header(self) -> GgufHeader:
        version, n_tensors, n_keys = self._beginning()
        metadata: dict[str, Value] = {}
        lengths: dict[str, int] = {}
        seen: set[str] = set()
        for _ in range(n_keys):
            key = self._name("a key")
            if key in seen:
                raise self._broken(f"the key {key!r} stands in it twice")
            seen.add(key)
            value = self._value(key, lengths)
            if value is not None:
                metadata[key] = value
        tensors = self._tensors(n_tensors, _whole(metadata.get("general.alignment", 32)))
        if not isinstance(metadata.get("general.architecture"), str) and "split.no" not in metadata:
            raise self._broken("it does not say which architecture it has")
        header = GgufHeader(
            path=self._path,
            version=version,
            metadata=metadata,
            array_lengths=lengths,
            tensors=tensors,
            files=(self._path,),
            file_bytes=self._length,
        )
        self._check_sizes(header)
        return header

    def _beginning(self) -> tuple[int, int, int]:
        if self._length < 24 or self._bytes(4) != b"GGUF":
            raise self._broken("not a GGUF file" if self._length else "the file is empty")
        version = self._unpacked("<I")
        if version in (0x02000000, 0x03000000):
            raise self._broken("made for processors of the other byte order: get the little-endian file")
        if version not in (2, 3):
            raise self._broken(f"version {version} of GGUF, where 2 and 3 are known: get a newer file")
        n_tensors, n_keys = self._unpacked("<Q"), self._unpacked("<Q")
        if n_tensors > MOST_TENSORS or n_keys > MOST_KEYS:
            raise self._broken(f"it claims {n_tensors:,} tensors and {n_keys:,} keys")
        return version, n_tensors, n_keys

    # -- metadata

    def _value(self, key: str, lengths: dict[str, int]) -> Value | None:
        kind = self._unpacked("<I")
        if kind == _TEXT:
            return self._text(key)
        if kind == _ARRAY:
            return self._array(key, lengths)
        return self._scalar(key, kind)

    def _scalar(self, key: str, kind: int) -> Scalar:
        code = _SCALARS.get(kind)
        if code is None:
            raise self._broken(f"{key} has the unknown type {kind}")
        value: Scalar = struct.unpack("<" + code, self._bytes(struct.calcsize("<" + code)))[0]
        return value

    def _text(self, key: str) -> str | None:
        length = self._unpacked("<Q")
        self._expect(length, f"the text of {key}")
        if length > MOST_KEPT_TEXT:
            self._skip(length)
            return None
        return self._bytes(length).decode("utf-8", "replace")

    def _array(self, key: str, lengths: dict[str, int]) -> Value | None:
        kind, length = self._unpacked("<I"), self._unpacked("<Q")
        kept: Value | None = None
        if kind == _TEXT:
            self._skip_texts(key, length)
        elif kind in _SCALARS:
            code = _SCALARS[kind]
            n_bytes = length * struct.calcsize("<" + code)
            self._expect(n_bytes, f"the array {key}")
            if length <= MOST_KEPT_ARRAY:
                kept = struct.unpack(f"<{length}{code}", self._bytes(n_bytes))
            else:
                self._skip(n_bytes)
        else:
            raise self._broken(f"{key} is an array of the unknown type {kind}")
        lengths[key] = length
        return kept

    def _skip_texts(self, key: str, count: int) -> None:
        self._expect(8 * count, f"the array {key}")
        self._array_texts += count
        if self._array_texts > MOST_ARRAY_TEXTS:
            raise self._broken(f"it claims arrays of {self._array_texts:,} texts")
        length_at = struct.Struct("<Q").unpack_from
        block, at, last = self._block, self._at, len(self._block) - 8
        for _ in range(count):  # 262,144 times for some vocabularies, hence the local names
            if at > last:
                self._at = at
                self._skip(0)
                self._fill(8)
                block, at, last = self._block, self._at, len(self._block) - 8
            at += 8 + length_at(block, at)[0]
        self._at = at
        self._skip(0)

    # -- tensors

    def _tensors(self, count: int, alignment: int) -> tuple[GgufTensor, ...]:
        if alignment <= 0 or alignment % 8 or alignment > 1 << 20:
            raise self._broken(f"its tensors should stand at multiples of {alignment} bytes")
        rows = [self._tensor_row() for _ in range(count)]
        begin = -(-self._position // alignment) * alignment
        room = max(0, self._length - begin)
        offsets = sorted({row[3] for row in rows} | {room})
        following = dict(zip(offsets, offsets[1:], strict=False))
        names: set[str] = set()
        tensors: list[GgufTensor] = []
        for name, shape, kind, offset in rows:
            if name in names:
                raise self._broken(f"the tensor {name!r} stands in it twice")
            names.add(name)
            n_bytes = self._tensor_bytes(name, shape, kind)
            if n_bytes is None:  # a type newer than this list: up to where the next one begins
                n_bytes = max(0, following.get(offset, offset) - offset)
            if offset % alignment or offset + n_bytes > room:
                raise self._broken(
                    f"the tensor {name!r} should end at byte {begin + offset + n_bytes:,} and the file has "
                    f"{self._length:,}: it is cut short, get it again"
                )
            tensors.append(GgufTensor(name, shape, _TYPES[kind][0] if kind in _TYPES else f"type {kind}", n_bytes))
        if sum(tensor.n_bytes for tensor in tensors) > room:
            raise self._broken("its tensors overlap")
        return tuple(tensors)

    def _tensor_row(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._name("a tensor's name")
        n_dims = self._unpacked("<I")
        if n_dims > 4:
            raise self._broken(f"the tensor {name!r} has {n_dims} dimensions")
        *shape, kind, offset = struct.unpack(f"<{n_dims}QIQ", self._bytes(8 * n_dims + 12))
        return name, tuple(shape), kind, offset

    def _tensor_bytes(self, name: str, shape: tuple[int, ...], kind: int) -> int | None:
        if kind not in _TYPES:
            return None
        _, per_block, block_bytes = _TYPES[kind]
        if shape and shape[0] % per_block:
            raise self._broken(f"the tensor {name!r} has rows of {shape[0]}, which its type cannot store")
        return _product(shape) // per_block * block_bytes

    def _check_sizes(self, header: GgufHeader) -> None:
        # what others compute with must be sane; no model comes near these
        layers, width = header.n_layers, header.n_embd
        for key in (*_MOST, *(f"attention.{each}" for each in ("head_count", "head_count_kv"))):
            given = header.metadata.get(f"{header.architecture}.{key}")
            for each in given if isinstance(given, tuple) else (given,):
                if not 0 <= _whole(each) <= _MOST.get(key, 1 << 16):
                    raise self._broken(f"{header.architecture}.{key} is {each}")
        if layers and width and any(0 < len(each) < layers for each in (header.n_head, header.n_head_kv)):
            raise self._broken(f"it has {layers} layers and numbers of heads for fewer")

    # -- bytes

    @property
    def _position(self) -> int:
        return self._end - len(self._block) + self._at

    def _unpacked(self, code: str) -> int:
        value: int = struct.unpack(code, self._bytes(struct.calcsize(code)))[0]
        return value

    def _name(self, what: str) -> str:
        length = self._unpacked("<Q")
        if length > MOST_NAME:
            raise self._broken(f"{what} of {length:,} bytes, at byte {self._position:,}")
        return self._bytes(length).decode("utf-8", "replace")

    def _bytes(self, count: int) -> bytes:
        if len(self._block) - self._at < count:
            self._fill(count)
        found = self._block[self._at : self._at + count]
        self._at += count
        return found

    def _fill(self, count: int) -> None:
        """Have at least so many bytes from the present position in the block."""
        self._expect(count, "the header")
        more = self._file.read(max(_BLOCK, count))
        self._read += len(more)
        if self._read > MOST_READ:
            raise self._broken(f"its header has more than {MOST_READ >> 20} MiB")
        self._block = self._block[self._at :] + more
        self._at = 0
        self._end += len(more)
        if len(self._block) < count:  # it shrank since it was opened
            raise self._broken("it is cut short: get it again")

    def _skip(self, count: int) -> None:
        """Go on behind so many bytes, without reading what lies beyond the block."""
        self._at += count
        beyond = self._at - len(self._block)
        if beyond > 0:
            self._expect(0, "the header")
            self._end = self._file.seek(self._end + beyond)
            self._block, self._at = b"", 0

    def _expect(self, count: int, what: str) -> None:
        if self._position + count > self._length:
            raise self._broken(
                f"{what} should end at byte {self._position + count:,} and the file has {self._length:,}: it is cut "
                "short, get it again"
            )

    def _broken(self, reason: str) -> ModelBroken:
        return ModelBroken(f"{self._path}: not a usable model file: {reason}")


def _product(shape: tuple[int, ...]) -> int:
    n = 1
    for each in shape:
        n *= each
    return n


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# -- the numbers of the format

_TEXT, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MOST = {"block_count": 1 << 14, "embedding_length": 1 << 20, "context_length": 1 << 32}

_TYPES = {  # number in the file: name, weights in a block, bytes of a block
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}

FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
    39: "NVFP4",
}
"""`general.file_type` as llama.cpp's `llama_ftype` numbers it."""
