"""What the rest of the library may ask of an embedding model, and what an embedder asks of what stands behind it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from julep_local.errors import ModelBroken

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Matrix: TypeAlias = "npt.NDArray[np.float32]"

BATCH_TOKENS = 2_000
"""Embedded at once in PyTorch, padding included. Batches of 1,000 to 4,000 are equally fast."""


@runtime_checkable
class Embedder(Protocol):
    """A model that turns texts into vectors, near for texts of like meaning.

    One may have more, which is asked for with a default:

    - `is_instant`, False: it takes microseconds and need not load, so that nothing is put off because of it.
    - `is_ready`, True: nobody who calls `embed` now waits for it to load.
    - `warm_up()`: begins to load, on another thread, and returns at once.
    - `embed_query(text)`: one vector, `(n_dims,)`, ahead of texts that are embedded in bulk.
    - `label`, the name: tells embedders of one machine apart where to read the weights for a name would take too long.
    - `file_hash`, None: SHA-256 of the file with the weights.
    """

    @property
    def name(self) -> str:
        """Names the vector space. Vectors of another name are never compared with this one's: they are made anew."""
        ...

    @property
    def n_dims(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def relevance_threshold(self) -> float:
        """The cosine similarity below which two texts have nothing to do with each other."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length."""
        ...

    def close(self) -> None:
        """Give back the memory."""
        ...


class Prepared(NamedTuple):
    """A text as an encoder reads it."""

    n_tokens: int
    content: Any


class Encoder(Protocol):
    """A model in memory. `prepare` may be called by several threads at once, `encode` by one at a time.

    One may have more: `make_ready()` gives steps of a millisecond each, which are taken while nobody uses the model, so
    that the first texts are embedded as fast as later ones.
    """

    n_dims: int
    batch_tokens: int
    """How many are best embedded at once, padding included. A chat's query waits for so many."""

    def prepare(self, text: str) -> Prepared:
        """Return the text in the form that `encode` takes, cut to what the model reads."""
        ...

    def encode(self, batch: Sequence[Prepared]) -> Matrix:
        """Return one row for each text, `(len(batch), n_dims)`, float32, of any length."""
        ...


def embedded(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """Return what the embedder gives for these texts, if it is a row for each: it may be the caller's own.

    Whether a row has a direction is not looked at here.

    Raises:
        ModelBroken: it is something else.
        ModelError: the embedder cannot be used.
    """
    rows: Any = embedder.embed(texts)
    wanted = (len(texts), embedder.n_dims)
    shape, kind = getattr(rows, "shape", None), getattr(getattr(rows, "dtype", None), "kind", None)
    if shape != wanted or kind != "f":
        given = f"an array of shape {shape}, {rows.dtype}" if shape is not None else type(rows).__name__
        raise ModelBroken(f"embedding model {embedder.name}: gave {given}; it must be {wanted}, float32")
    matrix: Matrix = rows
    return matrix


def as_bytes(rows: Matrix) -> list[bytes]:
    """Return each row as the store keeps it: float32, little-endian."""
    return [row.astype("<f4").tobytes() for row in rows]
