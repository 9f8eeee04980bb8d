"""How much memory a model file will take, before it is loaded.

Computed from the file's header and from what `native.py` asks of llama.cpp: weights mapped, keys and values in f16 for
the whole context at once, prompts read 128 tokens at a time, as on a processor, no flash attention. It loads nothing.
SmolLM2 and gemma-3 took within a tenth of it, after reading a prompt that filled the context.
"""

import functools
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from julep_local.errors import InvalidInput, ModelError, ModelTooLarge
from julep_local.llm.gguf import GgufHeader, GgufTensor, read_header
from julep_local.settings import MOST_CONTEXT_TOKENS, memory_bytes

_STEP = 256  # tokens: llama.cpp rounds a context up to this
_BATCH = 128  # tokens read in one go, as in native.py
_F16, _F32 = 2, 4  # bytes
_BYTES_PER_VOCABULARY_ENTRY = 170
"""A token or merge in llama.cpp's tables: 17 MiB for SmolLM2's 98,052, 42 MiB for gemma-3's 262,144."""
_REPACKED = frozenset({"Q4_0", "Q4_K", "Q2_K", "IQ4_NL"})
"""Weights that llama.cpp copies into another order when it loads them, on processors with wide vectors."""
_BYTES_AT_WORK = 4 << 20
"""What a loaded model takes besides: its graph, and buffers of the threads."""


@dataclass(frozen=True)
class MemoryPlan:
    """What a model will take with a context window of `context_tokens`, and whether this machine has it."""

    path: Path
    context_tokens: int
    """Rounded up to a multiple of 256, at most what the model was trained with."""
    weights_bytes: int
    """Mapped from the file: the system may drop what is not in use and read it again."""
    repacked_bytes: int
    """Copies of weights in the order this processor likes. What they were copied from need not stay in memory."""
    kv_bytes: int
    """Keys and values of a full context. Taken at once."""
    compute_bytes: int
    """Vocabulary, and working memory for reading a prompt as long as the context. Grows with the use of the context."""
    machine_bytes: int
    available_bytes: int
    """What programs can have now; all memory where the system does not tell."""
    largest_context_tokens: int
    """The largest window that fits now, up to what the model was trained with; 0 if none does."""
    is_rough: bool
    """Some layers are of a kind that is only estimated: recurrent, hybrid, or with compressed keys."""

    @property
    def total_bytes(self) -> int:
        """What the process will grow by, once the context was full."""
        return self.weights_bytes + self.repacked_bytes + self.kv_bytes + self.compute_bytes

    @property
    def needed_bytes(self) -> int:
        """What must be had at the same time: `total_bytes` without what was only copied from."""
        return self.total_bytes - self.repacked_bytes

    @property
    def fits(self) -> bool:
        """Whether `needed_bytes` are available now."""
        return self.needed_bytes <= self.available_bytes


def plan(path: str | os.PathLike[str], *, context_tokens: int | None = None) -> MemoryPlan:
    """Return what the model in this file will take.

    Args:
        path: a GGUF file; of a split model, the first.
        context_tokens: the context window wanted. None is what the model was trained with, at most 8,192.

    Raises:
        InvalidInput: `context_tokens` is not positive.
        ModelMissing: there is no such file.
        ModelBroken: it is not a usable model file.
    """
    if context_tokens is not None and context_tokens <= 0:
        raise InvalidInput(f"{context_tokens}, and a context window has at least 1 token", field="context_tokens")
    header = read_header(path)
    trained = header.context_tokens or MOST_CONTEXT_TOKENS
    wanted = _rounded(min(trained, context_tokens or MOST_CONTEXT_TOKENS))
    available = available_bytes()
    repacked = sum(tensor.n_bytes for tensor in header.tensors if _is_repacked(tensor))

    def needed(tokens: int) -> int:
        return header.tensor_bytes + _kv_bytes(header, tokens) + _compute_bytes(header, tokens)

    return MemoryPlan(
        path=header.path,
        context_tokens=wanted,
        weights_bytes=header.tensor_bytes,
        repacked_bytes=repacked,
        kv_bytes=_kv_bytes(header, wanted),
        compute_bytes=_compute_bytes(header, wanted),
        machine_bytes=memory_bytes(),
        available_bytes=available,
        largest_context_tokens=_largest(needed, _rounded(trained), available),
        is_rough=_is_rough(header),
    )


def check_memory(path: str | os.PathLike[str], *, context_tokens: int) -> None:
    """Check that the memory for a model can be had, before anything is allocated.

    Weights are mapped: of them, only the address space must be there. A file that cannot be read is not judged here.

    Raises:
        ModelTooLarge: it cannot.
    """
    try:
        planned = plan(path, context_tokens=context_tokens)
    except ModelError:
        return
    own = planned.kv_bytes + planned.compute_bytes + planned.repacked_bytes
    for needed, free in ((own, planned.available_bytes), (planned.total_bytes, address_space_left())):
        if needed > free:
            raise ModelTooLarge(
                f"{path}: with a context window of {planned.context_tokens:,} tokens it needs {_mib(needed)} of memory "
                f"and {_mib(free)} are free: close other programs, ask for fewer tokens with "
                "JULEP_LOCAL_CONTEXT_TOKENS, or choose a smaller model (client.models.plan says what fits)",
                needed_bytes=needed,
                free_bytes=free,
            )


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.0f} MiB"


def address_space_left() -> int:
    """Return how much this process may still map or allocate by `ulimit -v`; no limit is a very large number."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (ImportError, OSError, ValueError):
        return sys.maxsize  # Windows, or no Linux
    return sys.maxsize if limit == resource.RLIM_INFINITY else max(0, limit - used)


def available_bytes() -> int:
    """Return how much memory programs can have now, with what the system can free; all, if it does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return min(int(line.split()[1]) << 10, memory_bytes())  # a container sees the whole machine's
    except (OSError, ValueError, IndexError):
        pass  # no Linux
    return memory_bytes()


def _rounded(tokens: int) -> int:
    return -(-tokens // _STEP) * _STEP


def _largest(needed: Callable[[int], int], most: int, available: int) -> int:
    """Return the largest multiple of 256 up to `most` for which `needed`, which grows, is available."""
    low, high = 0, most // _STEP
    while low < high:
        middle = (low + high + 1) // 2
        if needed(middle * _STEP) <= available:
            low = middle
        else:
            high = middle - 1
    return low * _STEP


# -- the parts


def _kv_bytes(header: GgufHeader, tokens: int) -> int:
    keys, values = _kept_per_token(header)
    return tokens * (keys + values) * _F16 + _state_bytes(header)


def _kept_per_token(header: GgufHeader) -> tuple[int, int]:
    """Return how many numbers of keys and of values all layers keep for a token.

    Sliding-window layers keep all tokens: llama.cpp's default, and only then can the KV cache be cut.
    """
    heads = header.n_head_kv[: header.n_layers - header.number("attention.shared_kv_layers")]
    key_widths = [n * header.key_dims for n in heads if n]
    value_widths = [n * header.value_dims for n in heads if n]
    # without flash attention values are stored with tokens as columns, and each layer gets as many rows as the widest
    return sum(key_widths), len(value_widths) * max(value_widths, default=0)


def _state_bytes(header: GgufHeader) -> int:
    """Return the size of what recurrent layers keep, which does not grow with the text. As if all layers were."""
    inner, state = header.number("ssm.inner_size"), header.number("ssm.state_size")
    convolved = max(0, header.number("ssm.conv_kernel") - 1) * (inner + 2 * header.number("ssm.group_count") * state)
    shifted = header.number("token_shift_count") * header.n_embd
    short = max(0, header.number("shortconv.l_cache") - 1) * header.n_embd
    wkv = header.n_embd * header.number("wkv.head_size")
    return header.n_layers * _F32 * (inner * state + convolved + shifted + short + wkv)


def _compute_bytes(header: GgufHeader, tokens: int) -> int:
    batch = min(_BATCH, tokens)
    # every head's weight of every token of the context, for every token of the batch; and who may see whom
    masks = 2 if header.window_tokens else 1
    attention = batch * tokens * (max(header.n_head, default=0) + masks) * _F32
    # llama.cpp reserves enough for the logits of a whole batch, which are never computed. While a prompt grows, ggml
    # puts the attention's buffers to other places in there, and so comes to use more than they take
    reserved = max(attention, batch * header.n_vocab * _F32)
    attention = min(attention * 3 // 2, reserved)
    # a token between layers and inside the widest of them, before and behind an operation
    feed_forward = max(header.number("feed_forward_length"), header.number("expert_feed_forward_length"))
    activations = batch * (4 * header.n_embd + 3 * feed_forward) * _F32
    logits = header.n_vocab * _F32  # of one token: others are not asked for
    entries = header.n_vocab + header.array_lengths.get("tokenizer.ggml.merges", 0)
    return attention + activations + logits + entries * _BYTES_PER_VOCABULARY_ENTRY + _BYTES_AT_WORK


def _is_repacked(tensor: GgufTensor) -> bool:
    return (
        tensor.type in _REPACKED
        and _has_wide_vectors()
        and len(tensor.shape) == 2
        and tensor.shape[1] % 8 == 0
        and not tensor.name.startswith("token_embd")  # looked up, not multiplied
    )


@functools.cache
def _has_wide_vectors() -> bool:
    if platform.machine().lower() in ("arm64", "aarch64"):
        return True
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.machine().lower() in ("x86_64", "amd64")


def _is_rough(header: GgufHeader) -> bool:
    compressed = header.number("attention.kv_lora_rank") > 0
    return header.remembers_without_cache or compressed or not header.n_layers or not any(header.n_head)
