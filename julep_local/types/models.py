"""Models on this machine: what is known of them, whether they are sound, how much memory they want."""

from typing import Literal, Optional

from julep_local.types._base import Record


class ModelInfo(Record):
    """A model that is known by name, installed or not."""

    name: str
    kind: Literal["chat", "embedding"]
    source: Literal["package", "file", "hub", "url", "optimized"]
    """Where it comes from: a package from PyPI, a file of the caller's, a download, or made by `optimize`."""
    origin: str
    """Which package, file, repository, address or model that is."""
    path: Optional[str] = None
    """The file; None if it is not there, or comes in parts that have not been put together yet."""
    sha256: str
    """Of the file."""
    size_bytes: int
    licence: Optional[str] = None
    """Of the weights, as far as somebody said."""
    context_tokens: Optional[int] = None
    """The context window it was trained on, or the one that was given when it was added."""
    chat_template: Optional[str] = None
    """The one that was given when it was added, else the file's own; None if there is none: it was not made to chat."""
    supports: list[str]
    """What it can be used for: `completions`, and, if its chat template shows them, `system` messages and `tools`."""
    quantization: Optional[str] = None
    """How most weights are stored: `Q4_K_M`, `Q8_0`."""
    installed: bool
    """Whether it can be used now."""
    loaded: bool
    """Whether this client has it in memory now."""


class ServedModel(Record):
    """A chat model that can be used now, as the OpenAI library knows models."""

    id: str
    """Its name."""
    created: int
    """When its file was last changed, in seconds since 1970, UTC; 0 where there is no file."""
    object: Literal["model"]
    owned_by: str
    """Always `julep_local`."""


class ServedModels(Record):
    """What `models.list()` of the OpenAI library gets."""

    object: Literal["list"]
    data: list[ServedModel]


class ModelCheck(Record):
    """Whether a model's file is the one that was checked or added, byte for byte."""

    name: str
    ok: bool
    reason: Optional[str] = None
    """What is wrong, and what to do."""
    expected_sha256: str
    found_sha256: Optional[str] = None
    """None if the file is not there."""


class ModelPlan(Record):
    """How much memory a model takes with a context window. Sizes in bytes."""

    path: str
    context_tokens: int
    """Rounded up to a multiple of 256, at most what the model was trained with."""
    weights_bytes: int
    """Mapped from the file: the system may drop what is not in use and read it again."""
    repacked_bytes: int
    """Copies of weights in the order this processor likes."""
    kv_bytes: int
    """Keys and values of a full context. Taken at once."""
    compute_bytes: int
    """The vocabulary, and what is calculated with at a full context."""
    total_bytes: int
    """What the process grows by, once the context was full."""
    needed_bytes: int
    """What must be had at the same time: all but the weights that were only copied from."""
    machine_bytes: int
    available_bytes: int
    """What programs can have now."""
    largest_context_tokens: int
    """The largest window that fits now; 0 if none does."""
    is_rough: bool
    """Some layers are of a kind that is only estimated."""
    fits: bool


class MeasuredModel(Record):
    """What one model file does on this machine."""

    size_bytes: int
    perplexity: float
    """On a fixed English text; the lower, the better. Comparable only between formats of one model."""
    prefill_tokens_per_s: float
    """Reading a prompt."""
    decode_tokens_per_s: float
    """Writing an answer."""


class ModelOptimization(Record):
    """A model in another weight format, and how it compares with the one it was made of."""

    model: ModelInfo
    """The new one. The original is kept."""
    from_type: str
    to_type: str
    before: MeasuredModel
    after: MeasuredModel
