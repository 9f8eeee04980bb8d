"""BERT in onnxruntime: no PyTorch, a third of its time to the first vector, a tenth of the room on disk.

The vectors are those of sentence-transformers to a cosine similarity of 0.999: the same weights from the same file,
most of them rounded to 8 bits. Where onnxruntime does not know that (1.20 does not), or a processor gets its sums
wrong, they are the same exactly. It is imported when a model of this kind is loaded, on the loading thread.
"""

import json
import mmap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from julep_local.recall.embeddings.base import Encoder, Matrix, Prepared
from julep_local.recall.embeddings.eight_bits import BLOCK, InOrder, order_of_channels
from julep_local.recall.embeddings.folder import PlainBert
from julep_local.recall.embeddings.onnx_bert import EMBEDDED, LENGTHS, SHARES, bert_model, product_model

BATCH_TOKENS = 500
"""Of 250 to 2,000 tokens embedded at once this many took the least time: what they make stays in the cache."""
MOST_OFF = 0.02
"""Of the size of a product, that rounding may change: it is 0.004 where the processor's sums are right."""
ONLY_FATAL = 4
"""A log level of onnxruntime's: the rest would stand in the program's terminal, and errors are raised."""


def load(plain: PlainBert, threads: int | None) -> Encoder:
    """Return the model. What is wrong with it is raised as onnxruntime and numpy raise it.

    Args:
        plain: the model.
        threads: for this model; None is one a core.
    """
    return LightEncoder(plain, threads)


class LightEncoder:
    """A tokenizer and a BERT model."""

    batch_tokens = BATCH_TOKENS

    def __init__(self, plain: PlainBert, threads: int | None) -> None:
        with plain.weights.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        weights = read_safetensors(mapped)
        plain.check_sizes({name: weight.shape for name, weight in weights.items()})
        self.n_dims = plain.n_dims
        self._tokenizer = plain.tokenizer
        # half of all weights, of which a text needs a few rows: they stay in the file
        self._words = weights["embeddings.word_embeddings.weight"]
        # all tokens are of the first text: the second kind is for pairs
        self._places = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        in_eight_bits = _eight_bits_are_right(weights["encoder.layer.0.intermediate.dense.weight"])
        self._order = order_of_channels(weights) if in_eight_bits else None
        arranged = weights if self._order is None else InOrder(weights, self._order)
        # kept, because the session does not copy them
        model, self._weights = bert_model(plain, arranged, in_eight_bits=in_eight_bits)
        self._session = _session(model, self._weights, threads)
        if hasattr(mapped, "madvise"):  # it has its own order of the kernels now: 40 MB need not be held twice
            mapped.madvise(mmap.MADV_DONTNEED)

    def prepare(self, text: str) -> Prepared:
        """Return the ids of the text's tokens."""
        ids = self._tokenizer.encode_batch_fast([text])[0].ids  # which does not track places in the text
        return Prepared(len(ids), np.array(ids, dtype=np.int32))

    def encode(self, batch: Sequence[Prepared]) -> Matrix:
        """Return one row for each text, `(len(batch), n_dims)`, float32."""
        lengths = np.array([each.n_tokens for each in batch], dtype=np.int32)
        width = int(lengths.max())
        ids = np.zeros((len(batch), width), dtype=np.int32)
        for row, each in zip(ids, batch, strict=True):
            row[: each.n_tokens] = each.content
        shares = (np.arange(width) < lengths[:, None]) / lengths[:, None]  # (n_texts, width)
        embedded = self._words[ids] + self._places[:width]
        given = {
            EMBEDDED: embedded if self._order is None else np.take(embedded, self._order, axis=2),
            LENGTHS: lengths,
            SHARES: shares[:, None, :].astype(np.float32),
        }
        rows: Matrix = self._session.run(None, given)[0][:, 0]
        if self._order is None:
            return rows
        back = np.empty_like(rows)
        back[:, self._order] = rows
        return back


def _eight_bits_are_right(kernel: npt.NDArray[np.float32]) -> bool:
    """Whether this build of onnxruntime multiplies with weights in 8 bits, and right on this processor.

    What is tried reaches the largest sums there can be: where they are cut off, they are far off. It takes 3 ms.
    """
    x = np.sign(kernel[:8])
    x[4:] *= np.linspace(0.1, 1.0, x.shape[1], dtype=np.float32)
    try:
        model, weights = product_model(kernel, BLOCK)
        product = _session(model, weights, 1).run(None, {EMBEDDED: x})[0]
    except Exception:  # it raises nothing more definite: it knows no such operator, or not with 8 bits
        return False
    exact = x @ kernel.T
    return bool(np.linalg.norm(product - exact) <= MOST_OFF * np.linalg.norm(exact))


def _session(model: bytes, weights: Mapping[str, npt.NDArray[Any]], threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_FATAL
    options.intra_op_num_threads = threads or 0
    # else its threads keep a core busy for a while after each text, waiting for the next
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_external_initializers(
        list(weights), [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    )
    onnxruntime.disable_telemetry_events()  # the build for Windows reports how it is used
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def read_safetensors(mapped: mmap.mmap) -> dict[str, npt.NDArray[np.float32]]:
    """Return a file's arrays of floating point numbers by name, without a leading `bert.`. float32 is not copied.

    Raises:
        ValueError: the file is cut off, or no such file.

    Source: https://github.com/huggingface/safetensors#format
    """
    content = np.frombuffer(mapped, dtype=np.uint8)
    start = 8 + int(content[:8].view("<u8")[0])
    header: dict[str, Any] = json.loads(content[8:start].tobytes())
    header.pop("__metadata__", None)
    return {
        name.removeprefix("bert."): _as_float32(content[start:][slice(*each["data_offsets"])], each["dtype"]).reshape(
            each["shape"]
        )
        for name, each in header.items()
        if each["dtype"] in ("F32", "F16", "BF16")
    }


def _as_float32(content: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[np.float32]:
    if kind == "BF16":  # the upper half of a float32
        return (content.view("<u2").astype(np.uint32) << 16).view(np.float32)
    return content.view("<f4" if kind == "F32" else "<f2").astype(np.float32, copy=False)
