"""BERT in PyTorch, without transformers: a first vector after 1.4 s instead of 6, and twice as many texts per second.

The vectors are those of sentence-transformers: exactly, or where the processor computes with bfloat16 to a cosine
similarity of 0.9999. It is imported when a model of this kind is loaded, on the loading thread.

Source: Devlin et al. 2018, https://arxiv.org/abs/1810.04805; names of the weights as in transformers' BertModel.
"""

import contextlib
import functools
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, List, Optional  # noqa: UP035  (as TorchScript reads it)

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from julep_local.recall.embeddings import large_pages
from julep_local.recall.embeddings.base import BATCH_TOKENS, Encoder, Matrix, Prepared
from julep_local.recall.embeddings.folder import PlainBert

MIN_COSINE = 0.999
"""Between vectors of a faster way to compute and of the exact one. bfloat16 has at least 0.9998, and of the ten nearest
of 2,000 scientific abstracts 0.992 are the same (benchmarks/embedding.py)."""
PROBES = [
    "What is my dog called?",
    "The tide at Brest has a range of 7.5 m; in 1882 it tore the brig Félicité (312 t) from her anchor, and "
    "everything she carried, from barrels of salted herring to a church organ, drifted as far as Ouessant.",
]
"""Embedded once in each way when the model is loaded."""
QUESTIONS = range(8, 19)
"""Tokens that nine of ten questions on dialogues have. What oneDNN keeps for these lengths takes 26 MB."""
EXACT = 32
"""So many tokens are computed without rows behind them: of 654 questions on dialogues none has more."""


def load(plain: PlainBert) -> Encoder:
    """Return the model, computing in the fastest way whose vectors are right. PyTorch's own errors go through."""
    return BertEncoder(plain)


class BertEncoder:
    """A tokenizer and a BERT model."""

    batch_tokens = BATCH_TOKENS

    def __init__(self, plain: PlainBert) -> None:
        self.n_dims = plain.n_dims
        self._tokenizer = plain.tokenizer
        self.bert = _fastest(plain, [self.prepare(text).content for text in PROBES])
        self.bert.use_large_pages()

    def prepare(self, text: str) -> Prepared:
        """Return the ids of the text's tokens."""
        ids = self._tokenizer.encode_batch_fast([text])[0].ids  # which does not track places in the text
        return Prepared(len(ids), np.array(ids, dtype=np.int32))

    def encode(self, batch: Sequence[Prepared]) -> Matrix:
        """Return one row for each text, `(len(batch), n_dims)`, float32."""
        return self.bert([each.content for each in batch])

    def make_ready(self) -> Iterator[None]:
        """Have oneDNN make what it needs for texts as long as questions are: 3 ms for the first of each length."""
        return self.bert.make_ready()


class Bert:
    """The weights in one type of number, and what is computed with them."""

    def __init__(
        self, plain: PlainBert, weights: dict[str, Tensor], dtype: torch.dtype, *, packed: bool, copied: bool = True
    ) -> None:
        def weight(name: str) -> Tensor:
            return weights[name].to(dtype, copy=copied)  # what is read is a view of the file, which may change

        def norm(name: str) -> tuple[Tensor, Tensor]:
            return weight(f"{name}.LayerNorm.weight"), weight(f"{name}.LayerNorm.bias")

        def linear(*names: str) -> None:
            kernel = torch.cat([weight(f"{name}.weight") for name in names])
            self._kernels.append(_packed(kernel) if packed else kernel)
            self._biases.append(torch.cat([weight(f"{name}.bias") for name in names]))

        self.dtype, self.is_packed = dtype, packed
        self._n_heads, self._epsilon, self.n_dims = plain.n_heads, plain.epsilon, plain.n_dims
        self._words = weight("embeddings.word_embeddings.weight")
        # all tokens are of the first text: the second kind is for pairs
        self._places = (
            weight("embeddings.position_embeddings.weight") + weight("embeddings.token_type_embeddings.weight")[0]
        )
        self._kernels: list[Tensor] = []
        self._biases: list[Tensor] = []
        self._norms: list[Tensor] = [*norm("embeddings")]
        for n in range(plain.n_layers):
            layer = f"encoder.layer.{n}"
            attention = f"{layer}.attention"
            linear(*(f"{attention}.self.{part}" for part in ("query", "key", "value")))
            linear(f"{attention}.output.dense")
            linear(f"{layer}.intermediate.dense")
            linear(f"{layer}.output.dense")
            self._norms += [*norm(f"{attention}.output"), *norm(f"{layer}.output")]
        self._compute = _compiled() if packed else _summed

    def use_large_pages(self) -> None:
        """Have the kernels lie where they are read faster, if the system can."""
        with contextlib.suppress(RuntimeError, AttributeError):  # this build of PyTorch does not tell where they lie
            large_pages.gather([_place(kernel) for kernel in self._kernels])

    def make_ready(self) -> Iterator[None]:
        """Compute a part of a layer for texts as long as questions are, a step each."""
        n_inner = self._biases[2].shape[0]
        parts = [(0, self.n_dims, "none"), (1, self.n_dims, "none"), (2, self.n_dims, "gelu"), (3, n_inner, "none")]
        for n_tokens in QUESTIONS if self.is_packed else ():
            for n, n_in, then in parts:
                with torch.inference_mode():
                    x = torch.zeros(n_tokens, n_in, dtype=self.dtype)
                    _linear(x, self._kernels[n], self._biases[n], then, packed=True)
                yield

    @torch.inference_mode()
    def __call__(self, texts: Sequence["np.typing.NDArray[np.int32]"]) -> Matrix:
        """Return the mean of the last layer over each text's tokens, `(len(texts), n_dims)`."""
        n_tokens = [len(ids) for ids in texts]
        n_texts, width = len(texts), max(n_tokens)
        padded = np.zeros((n_texts, width), dtype=np.int64)
        for row, ids in zip(padded, texts, strict=True):
            row[: len(ids)] = ids
        lengths = np.array(n_tokens)[:, np.newaxis]
        is_token = None
        if min(n_tokens) < width:  # as is never so of a query, which has no other beside it
            is_token = torch.from_numpy(np.arange(width) < lengths)
        sums = self._compute(
            torch.from_numpy(padded),
            is_token,
            self._words,
            self._places,
            self._norms,
            self._kernels,
            self._biases,
            self._n_heads,
            self._epsilon,
            self.is_packed,
            _n_spare(n_texts * width) if self.is_packed else 0,
        )
        rows: Matrix = np.divide(sums.numpy(), lengths, dtype=np.float32)
        return rows


# The two functions below are read by TorchScript too, which knows `List` but no `list`, and of all names `torch` alone.


def _summed(
    ids: Tensor,
    is_token: Optional[Tensor],  # noqa: UP045
    words: Tensor,
    places: Tensor,
    norms: List[Tensor],  # noqa: UP006
    kernels: List[Tensor],  # noqa: UP006
    biases: List[Tensor],  # noqa: UP006
    n_heads: int,
    epsilon: float,
    packed: bool,
    n_spare: int,
) -> Tensor:
    """Return what the last layer says of a text's tokens, summed, (n_texts, n_dims), float32.

    Args:
        ids: (n_texts, width), int64.
        is_token: (n_texts, width), bool; None if all are.
        words: the embeddings of words.
        places: those of places in a text.
        norms: weight and bias of each layer's normalisations, behind those of the embeddings.
        kernels: the weights of the four linear parts of each layer; packed, if they are for oneDNN.
        biases: theirs.
        n_heads: of the attention.
        epsilon: of the normalisation.
        packed: see `kernels`.
        n_spare: rows that are added behind the tokens.
    """
    n_texts, width, shape = ids.size(0), ids.size(1), [words.size(1)]
    n_tokens = n_texts * width
    mask = is_token
    if is_token is not None:
        mask = is_token[:, None, None, :]
    x = torch.layer_norm(torch.embedding(words, ids) + places[:width], shape, norms[0], norms[1], epsilon)
    x = x.view(n_tokens, -1)
    if n_spare > 0:
        x = torch.constant_pad_nd(x, [0, 0, 0, n_spare])
    for layer in range(len(kernels) // 4):
        n, m = 4 * layer, 4 * layer + 2
        heads = _linear(x, kernels[n], biases[n], "none", packed)
        if n_spare == 0:
            heads = heads.float()  # of few tokens the attention takes half as long so
        heads = heads[:n_tokens].view(n_texts, width, 3, n_heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind(0)  # each (n_texts, n_heads, width, n_dims / n_heads)
        attended = torch.ops.aten.scaled_dot_product_attention(query, key, value, mask)
        attended = attended.transpose(1, 2).reshape(n_tokens, -1).to(x.dtype)
        if n_spare > 0:
            attended = torch.constant_pad_nd(attended, [0, 0, 0, n_spare])
        attended = _linear(attended, kernels[n + 1], biases[n + 1], "none", packed)
        x = torch.layer_norm(x + attended, shape, norms[m], norms[m + 1], epsilon)
        inner = _linear(x, kernels[n + 2], biases[n + 2], "gelu", packed)
        outer = _linear(inner, kernels[n + 3], biases[n + 3], "none", packed)
        x = torch.layer_norm(x + outer, shape, norms[m + 2], norms[m + 3], epsilon)
    x = x[:n_tokens].view(n_texts, width, -1).float()
    if is_token is not None:
        x = x * is_token[:, :, None]
    return x.sum(1)


def _linear(x: Tensor, kernel: Tensor, bias: Tensor, then: str, packed: bool) -> Tensor:
    if packed:
        done: Tensor = torch.ops.mkldnn._linear_pointwise(x, kernel, bias, then, [], "none")
    elif then == "gelu":
        done = torch.ops.aten.gelu(torch.ops.aten.linear(x, kernel, bias))
    else:
        done = torch.ops.aten.linear(x, kernel, bias)
    return done


def _n_spare(n_tokens: int) -> int:
    """Return how many rows are added to so many, so that few numbers of rows occur.

    For each of them oneDNN makes kernels anew, which takes 3 ms, and keeps them, 2.4 MB, for up to 256 numbers: a
    program that had embedded 240 batches of different sizes held 420 MB of them. Queries get no rows, larger batches
    at most an eleventh more, those of `BATCH_TOKENS` a 32nd.
    """
    return 0 if n_tokens <= EXACT else -n_tokens % (1 << max(2, n_tokens.bit_length() - 5))


@functools.cache
def _compiled() -> Callable[..., Tensor]:
    """Return `_summed` as TorchScript runs it, to the last bit the same: a short query takes a twelfth less time.

    Other threads can run meanwhile, because Python's lock is not taken for each step. Where the text of this file is
    not at hand, or PyTorch has no TorchScript any more, it is the function itself.
    """
    try:
        text = f"{inspect.getsource(_linear)}\n{inspect.getsource(_summed)}"
        compiled: Callable[..., Tensor] = torch.jit.CompilationUnit(text)._summed
    except Exception:
        return _summed
    return compiled


def _fastest(plain: PlainBert, probes: Sequence[Any]) -> Bert:
    weights = _weights(plain)
    wanted = Bert(plain, weights, torch.float32, packed=False, copied=False)(probes)
    ways = [(torch.float32, True)]
    if _bfloat16_is_faster(plain):
        ways = [(torch.bfloat16, True), (torch.bfloat16, False), *ways]
    for dtype, packed in ways:
        try:
            bert = Bert(plain, weights, dtype, packed=packed)
            if _min_cosine(bert(probes), wanted) >= MIN_COSINE:
                return bert
        except (RuntimeError, AttributeError):  # not in this build of PyTorch, or not on this processor
            continue
    return Bert(plain, weights, torch.float32, packed=False)


def _weights(plain: PlainBert) -> dict[str, Tensor]:
    with safe_open(plain.weights, framework="pt") as file:
        weights = {str(name).removeprefix("bert."): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no dict)
    plain.check_sizes({name: tuple(weight.shape) for name, weight in weights.items()})
    return weights


def _packed(kernel: Tensor) -> Tensor:
    """Return a linear layer's weights as oneDNN reads them, for `_linear_pointwise`.

    Else every call brings them in that order: a short query took 5.7 ms instead of 4.4 with bfloat16, 9.3 instead of
    5.6 with float32; long batches took up to a sixth more. What both take has an underscore, because so far only
    PyTorch's own compiler uses it; where it is gone, other ways serve.
    """
    with torch.inference_mode():
        ordered: Tensor = torch.ops.mkldnn._reorder_linear_weight(kernel)
    return ordered


def _place(kernel: Tensor) -> tuple[int, int]:
    """Return where a kernel lies in memory, and how many bytes it is long."""
    if kernel.is_mkldnn:
        return torch.ops.mkldnn.data_ptr(kernel), torch.ops.mkldnn._nbytes(kernel)
    return kernel.data_ptr(), kernel.nbytes


def _bfloat16_is_faster(plain: PlainBert) -> bool:
    """Whether this processor computes with bfloat16: others imitate it, far more slowly. Finding out takes 20 ms."""
    best = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    x, kernel = torch.ones(128, plain.n_dims), torch.ones(plain.n_inner, plain.n_dims)
    typed = {dtype: (x.to(dtype), kernel.to(dtype)) for dtype in best}
    with torch.inference_mode():
        for n in range(6):
            for dtype, (left, right) in typed.items():
                begun = time.perf_counter()
                functional.linear(left, right)
                if n > 0:  # the first makes the kernel
                    best[dtype] = min(best[dtype], time.perf_counter() - begun)
            if n > 0 and best[torch.bfloat16] > 5 * best[torch.float32]:
                break
    return best[torch.bfloat16] < 0.8 * best[torch.float32]


def _min_cosine(rows: Matrix, others: Matrix) -> float:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return float(np.nan_to_num((rows * others).sum(axis=1) / lengths, nan=-1.0).min())
