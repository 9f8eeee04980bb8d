"""BERT as the bytes of an ONNX model, written here: neither the `onnx` package nor a converted file is needed.

The model holds no weights. They are named in it and handed over beside it; those that stay in 32 bits are not copied.
It knows the format and the operators, not who runs them.

Sources: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (numbers of the fields);
https://protobuf.dev/programming-guides/encoding; operators of the domain com.microsoft:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from julep_local.recall.embeddings.eight_bits import BLOCKS, rounded

if TYPE_CHECKING:
    import numpy.typing as npt

    from julep_local.recall.embeddings.folder import PlainBert

    Weights = Mapping[str, npt.NDArray[np.float32]]
    Array = npt.NDArray[Any]

IR_VERSION, OPSET = 8, 17
"""The oldest with all operators that are used, so that old versions of onnxruntime read it too."""
FUSED = "com.microsoft"
"""The domain of onnxruntime's own operators: several steps in one, as its optimizer makes them of other models."""
FLOAT32, UINT8, INT32 = 1, 2, 6
"""`TensorProto.DataType`."""
KINDS = {"float32": FLOAT32, "uint8": UINT8}
EIGHT_BIT_SUMS = 4
"""What is multiplied with weights in 8 bits is rounded to 8 bits too: `accuracy_level` of MatMulNBits."""

EMBEDDED, LENGTHS, SHARES, ROWS = "embedded", "lengths", "shares", "rows"
"""The three inputs and the output; their shapes stand at `bert_model`."""


def bert_model(
    plain: "PlainBert", weights: "Weights", *, in_eight_bits: bool = False
) -> tuple[bytes, "dict[str, Array]"]:
    """Return the model, and the weights that its names stand for. Kernels among them are those given, not copies.

    It takes
    - `embedded`, `(n_texts, width, n_dims)`, float32: the words' embeddings, with those of their places
    - `lengths`, `(n_texts,)`, int32: how many tokens each text has; what is behind them is not attended to
    - `shares`, `(n_texts, 1, width)`, float32: what each token counts in its text's mean

    and gives `rows`, `(n_texts, 1, n_dims)`, the means of the last layer.

    Args:
        plain: the sizes.
        weights: by their names in transformers' BertModel.
        in_eight_bits: round most kernels, which are copied then.
    """
    graph = _Graph()

    def norm(name: str) -> list[str]:
        return [graph.weight(weights[f"{name}.LayerNorm.{part}"]) for part in ("weight", "bias")]

    def bias(*names: str) -> str:
        return graph.weight(np.concatenate([weights[f"{name}.bias"] for name in names]))

    def product(x: str, name: str) -> str:
        kernel = weights[f"{name}.weight"]
        block = BLOCKS.get(name.split(".", 3)[3]) if in_eight_bits else None
        return graph.product(x, kernel, block)

    def normed_sum(x: str, other: str, of: str) -> str:
        inputs = [x, other, *norm(of), bias(f"{of}.dense")]
        return graph.add("SkipLayerNormalization", inputs, domain=FUSED, epsilon=plain.epsilon)

    x = graph.add("LayerNormalization", [EMBEDDED, *norm("embeddings")], axis=-1, epsilon=plain.epsilon)
    for n in range(plain.n_layers):
        layer = f"encoder.layer.{n}"
        attention, inner, outer = f"{layer}.attention", f"{layer}.intermediate.dense", f"{layer}.output"
        parts = [f"{attention}.self.{part}" for part in ("query", "key", "value")]

        heads = [*(product(x, part) for part in parts), bias(*parts), LENGTHS]
        attended = graph.add("MultiHeadAttention", heads, domain=FUSED, num_heads=plain.n_heads)
        x = normed_sum(product(attended, f"{attention}.output.dense"), x, f"{attention}.output")
        widened = graph.add("BiasGelu", [product(x, inner), bias(inner)], domain=FUSED)
        x = normed_sum(product(widened, f"{outer}.dense"), x, outer)
    graph.add("MatMul", [SHARES, x], output=ROWS)
    inputs = [
        _value(EMBEDDED, FLOAT32, ["n_texts", "width", plain.n_dims]),
        _value(LENGTHS, INT32, ["n_texts"]),
        _value(SHARES, FLOAT32, ["n_texts", 1, "width"]),
    ]
    return graph.model(inputs, _value(ROWS, FLOAT32, ["n_texts", 1, plain.n_dims])), graph.weights


def product_model(kernel: "npt.NDArray[np.float32]", block: int) -> tuple[bytes, "dict[str, Array]"]:
    """Return a model of one product in 8 bits: `embedded`, `(n, n_in)`, to `rows`, `(n, n_out)`."""
    graph = _Graph()
    graph.product(EMBEDDED, kernel, block, output=ROWS)
    n_out, n_in = kernel.shape
    return graph.model([_value(EMBEDDED, FLOAT32, ["n", n_in])], _value(ROWS, FLOAT32, ["n", n_out])), graph.weights


class _Graph:
    """A model as it grows, node by node."""

    def __init__(self) -> None:
        self.weights: dict[str, Array] = {}
        self._nodes: list[bytes] = []

    def weight(self, array: "Array") -> str:
        """Take up an array that stays the same, and return its name."""
        name = f"weight.{len(self.weights)}"
        self.weights[name] = array
        return name

    def product(self, x: str, kernel: "npt.NDArray[np.float32]", block: int | None, output: str = "") -> str:
        """Add `x @ kernel.T`, with so many weights to a scale; in 32 bits if None, or if there are no such blocks."""
        n_out, n_in = kernel.shape
        if block is None or n_in % block:
            return self.add("FusedMatMul", [x, self.weight(kernel)], domain=FUSED, output=output, transB=1)
        content, scales = rounded(kernel, block)
        return self.add(
            "MatMulNBits",
            [x, self.weight(content), self.weight(scales)],
            domain=FUSED,
            output=output,
            K=n_in,
            N=n_out,
            bits=8,
            block_size=block,
            accuracy_level=EIGHT_BIT_SUMS,
        )

    def add(
        self, operator: str, inputs: Iterable[str], *, domain: str = "", output: str = "", **attributes: float
    ) -> str:
        """Add a `NodeProto`, and return its output's name."""
        output = output or f"value.{len(self._nodes)}"
        self._nodes.append(
            _message(
                (1, inputs),
                (2, output),
                (4, operator),
                (5, [_attribute(name, value) for name, value in attributes.items()]),
                (7, domain),
            )
        )
        return output

    def model(self, inputs: Sequence[bytes], output: bytes) -> bytes:
        """Return the `ModelProto`."""
        graph = _message(
            (1, self._nodes),
            (2, "bert"),
            (5, [_external(name, array) for name, array in self.weights.items()]),
            (11, inputs),
            (12, output),
        )
        opsets = [_message((1, ""), (2, OPSET)), _message((1, FUSED), (2, 1))]
        return _message((1, IR_VERSION), (7, graph), (8, opsets))


def _attribute(name: str, value: float) -> bytes:
    """Return an `AttributeProto`: an INT or a FLOAT."""
    return (
        _message((1, name), (3, value), (20, 2)) if isinstance(value, int) else _message((1, name), (2, value), (20, 1))
    )


def _external(name: str, array: "Array") -> bytes:
    """Return a `TensorProto` whose numbers are elsewhere. A location has to be named; it is never opened."""
    kind, elsewhere = KINDS[array.dtype.name], _message((1, "location"), (2, "weights"))
    return _message((1, array.shape), (2, kind), (8, name), (13, elsewhere), (14, 1))


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    """Return a `ValueInfoProto`. A size that is a name is known at run time only."""
    sizes = [_message((1, size)) if isinstance(size, int) else _message((2, size)) for size in shape]
    tensor = _message((1, kind), (2, _message((1, sizes))))
    return _message((1, name), (2, _message((1, tensor))))


def _message(*fields: tuple[int, Any]) -> bytes:
    """Return a message of protocol buffers: fields with their numbers, of which a list is one that is repeated."""
    written = bytearray()
    for number, given in fields:
        for value in [given] if isinstance(given, int | float | str | bytes) else given:
            kind, content = _WRITERS[type(value)](value)
            written += _varint(number << 3 | kind) + content
    return bytes(written)


def _varint(n: int) -> bytes:
    n &= (1 << 64) - 1  # a negative number is written as 64 bits
    written = bytearray()
    while n > 0x7F:
        written.append(n & 0x7F | 0x80)
        n >>= 7
    written.append(n)
    return bytes(written)


def _with_length(content: bytes) -> tuple[int, bytes]:
    return 2, _varint(len(content)) + content


_WRITERS: dict[type, Callable[[Any], tuple[int, bytes]]] = {
    int: lambda value: (0, _varint(value)),
    float: lambda value: (5, struct.pack("<f", value)),
    str: lambda value: _with_length(value.encode()),
    bytes: _with_length,
}
"""From a value to the kind of a field and its content."""
