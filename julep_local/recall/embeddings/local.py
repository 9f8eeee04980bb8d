"""An embedder from a folder on this machine: when it loads, who may use it next, what is embedded together.

It knows nothing of what stands behind it: `bert.py` for plain BERT models, which is there sooner and twice as fast,
`sentence_transformer.py` for all others, or `light.py`, which runs plain BERT models without PyTorch. It opens no
socket.
"""

import contextlib
import importlib
import importlib.util
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from julep_local import progress
from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelBroken, ModelError, ModelMissing, NoDirection
from julep_local.recall.embeddings import folder as folders
from julep_local.recall.embeddings.base import BATCH_TOKENS, Encoder, Matrix, Prepared
from julep_local.recall.embeddings.folder import PlainBert
from julep_local.recall.embeddings.loading import Loading, program_ends
from julep_local.recall.embeddings.turns import Turns
from julep_local.settings import REAL_MODEL, n_cores, sleep_soon
from julep_local.store import forking

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

INSTALL = "pip install 'julep_local[embeddings]'"
INSTALL_LIGHT = "pip install 'julep_local[light]'"

MINILM_THRESHOLD = 0.25
"""Cosine similarity from which all-MiniLM-L6-v2 means that a text has to do with a question. Measured by
benchmarks/recall_threshold.py, with chunks of 120 word pieces:

| at least                                                              | 0.20 | 0.25 | 0.30 | 0.40 |
| answers still found: short chat questions                             | 1.00 |  .95 |  .85 |  .65 |
| ... questions on five long texts / scientific claims                  | 1.00 |  .99 |  .97 |  .92 |
| owners with nothing on the subject (80 chunks) who show something all the same | .43 | .22 | .09 | .00 |

With chunks of at most 550 characters 0.25 keeps .95 of chat questions, .97 on long texts and .99 of claims, and .24,
.28 and .07 of the owners show something all the same.

A chat message with its answer beside it often has no more than 0.25 ("What medication am I on?"); of 22 pleasantries
only "good morning" found a doc, one about a pill each morning. A needless chunk costs 100 tokens, a missed one the
answer. For memories it is where memory_ranking.py begins; see benchmarks/memory_threshold.py."""

MOST_CHARS = 100_000
"""Of a text that are cut into tokens. A chunk may have 20 million, and of those a model reads 256 tokens, or 8,192 if
it is one for long texts: 12 characters a token are left for the latter, where prose has 4 or 5."""
IDLE_S = 0.5
"""Until it is looked again whether nobody uses the model."""
_NO_MORE = object()
QUERIES = 256
"""Vectors of single texts that are kept: a turn searches docs and memories with the same one."""


class SentenceTransformerEmbedder:
    """A model in a folder as sentence-transformers saves it.

    Threads may share it: batches of different callers take turns, and a single text, as a chat's query is one, goes
    before all of them, so that it waits for one batch at most.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        name: str | None = None,
        threads: int | None = None,
        light: bool | None = None,
    ) -> None:
        """Name a folder; it is read at first use.

        Args:
            folder: as sentence-transformers saves a model, with weights in safetensors.
            name: how the model is called; the folder's name if not given.
            threads: for PyTorch, in the whole process, or for this model in onnxruntime. None leaves PyTorch's setting
                alone, unless the process or its container may use fewer cores, and is one a core in onnxruntime.
            light: whether onnxruntime runs it instead of PyTorch, which it can do with plain BERT models. None: where
                PyTorch is not installed. The vectors are the same, and so is the name.
        """
        self.folder = Path(folder)
        self._light = light
        self._called = name or self.folder.name
        self._threads = threads
        self._guard = threading.Lock()  # of the two below
        self._loading: Loading[Encoder] | None = None
        self._closed = False
        self._name: str | None = None
        self._n_dims: int | None = None
        self._queries = _Kept()
        self._turns = Turns()

    @property
    def name(self) -> str:
        """`<name>:<hash>`, the hash over the weights: another model under the same name is another vector space.

        Once they are in memory it stays, whatever becomes of the folder: what gives vectors is what is in memory.
        """
        name = self._name
        if name is None:
            name = f"{self._called}:{folders.hash_of_weights(self.folder)[:12]}"
            loading = self._loading
            if loading is not None and loading.is_loaded:
                self._name = name
        return name

    @property
    def label(self) -> str:
        """`<name> in <folder>`: for the name 90 MB are read, which takes longer than to store a doc."""
        return f"{self._called} in {self.folder.absolute()}"

    @property
    def file_hash(self) -> str | None:
        """SHA-256 of the file with the weights, None if they are several."""
        return folders.hash_of_file(self.folder)

    @property
    def n_dims(self) -> int:
        """Numbers in a vector, from the model's configuration."""
        if self._n_dims is None:
            self._n_dims = folders.configured_n_dims(self.folder) or self._encoder().n_dims
        return self._n_dims

    @property
    def relevance_threshold(self) -> float:
        """Calibrated for all-MiniLM-L6-v2, whose relatives have similar similarities."""
        return MINILM_THRESHOLD

    @property
    def is_ready(self) -> bool:
        """Whether nobody who calls `embed` now waits: the model is loaded, or could not be, which `embed` raises."""
        loading = self._loading
        return loading is not None and loading.is_done

    def warm_up(self) -> None:
        """Begin to load on another thread, and return at once. What goes wrong is raised by the next `embed`."""
        with contextlib.suppress(ClientClosed):
            self._begun()

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row for each text, `(len(texts), n_dims)`, float32, of unit length.

        Raises:
            ModelMissing: the folder is not there, or a package is not installed.
            ModelBroken: the folder is not a usable model.
            NoDirection: it gave something that is no direction for one of the texts.
            ClientClosed: it was closed.
            Cancelled: the caller went away, between two batches or while the model was loaded.
        """
        import numpy as np

        if len(texts) == 1:
            return self.embed_query(texts[0])[np.newaxis, :]
        rows = np.empty((len(texts), self.n_dims), dtype=np.float32)
        if not len(texts):
            return rows
        encoder = self._encoder()
        prepared: list[Prepared] = []
        for text in texts:
            self._go_on()
            prepared.append(self._prepared(encoder, text))
        for batch in batches([each.n_tokens for each in prepared], encoder.batch_tokens):
            self._go_on()
            rows[batch] = self._encoded(encoder, [prepared[i] for i in batch], is_query=False)
        return rows

    def embed_query(self, text: str) -> "npt.NDArray[np.float32]":
        """Return the vector of one text, `(n_dims,)`, ahead of texts that are embedded in bulk. It is kept for a while.

        Raises:
            ModelError: as `embed`.
            ClientClosed: it was closed.
            Cancelled: the caller went away.
        """
        row = self._queries.get(text)
        if row is None:
            encoder = self._encoder()
            row = self._encoded(encoder, [self._prepared(encoder, text)], is_query=True)[0]
            row.setflags(write=False)
            self._queries.add(text, row)
        return row

    def close(self) -> None:
        """Give back the memory, once the batch under way is done. Later calls raise `ClientClosed`.

        Loading takes seconds and is not waited for: it ends with the same error, and leaves nothing.
        """
        with self._guard:
            self._closed = True
            loading, self._loading = self._loading, None
        if loading is not None and loading.is_done:
            with self._turns.turn(is_query=True):
                pass
        self._queries.clear()

    def _begun(self) -> Loading[Encoder]:
        sys.audit(REAL_MODEL, str(self.folder))
        with self._guard:
            if self._closed:
                raise ClientClosed
            if self._loading is None:
                self._loading = Loading(self._load, name="julep-embedder", then=self._make_ready)
            return self._loading

    def _encoder(self) -> Encoder:
        loading = self._begun()
        try:
            return loading.result(self._go_on)
        except (ModelError, Cancelled):
            with self._guard:  # it has been told: whoever asks next tries again
                if self._loading is loading and loading.is_done:
                    self._loading = None
            raise

    def _prepared(self, encoder: Encoder, text: str) -> Prepared:
        try:
            # half a surrogate pair is no character, and tokenizers refuse it
            return encoder.prepare(text[:MOST_CHARS].encode("utf-8", "replace").decode("utf-8"))
        except Exception as error:
            raise ModelBroken(f"{self.folder}: a text could not be cut into tokens: {error}") from error

    def _encoded(self, encoder: Encoder, batch: Sequence[Prepared], *, is_query: bool) -> Matrix:
        import numpy as np

        with self._turns.turn(is_query=is_query, go_on=self._go_on):
            if self._closed:
                raise ClientClosed
            try:
                rows = encoder.encode(batch)
            except Exception as error:
                raise ModelBroken(f"{self.folder}: embedding {len(batch)} texts failed: {error}") from error
        rows = np.asarray(rows, dtype=np.float32)
        lengths = np.sqrt(np.add.reduce(rows * rows, axis=1, keepdims=True))  # np.linalg.norm takes half as long again
        if not np.isfinite(lengths).all() or (lengths < 1e-6).any():
            raise NoDirection(
                f"{self.folder}: the model gave a vector that is no direction (zero, infinite or not a number)"
            )
        return np.asarray(rows / lengths, dtype=np.float32)

    def _go_on(self) -> None:
        if self._closed:
            raise ClientClosed
        if stop_requested():
            raise Cancelled("stopped while texts were embedded; none of them was stored")

    def _load(self) -> Encoder:
        with progress.doing("load_embedder", self._called, owner=self, at_once=True):
            return self._load_now()

    def _load_now(self) -> Encoder:
        try:
            if not self.folder.is_dir():
                raise ModelMissing(f"{self.folder} is not a folder: give one that holds a sentence-transformers model")
            plain = folders.plain_bert(self.folder)
            if self._light or (self._light is None and plain is not None and not _is_installed("torch")):
                return self._load_light(plain)
            sleep_soon()
            needed = ("torch",) if plain is not None else ("torch", "transformers", "sentence_transformers")
            for name in needed:  # one by one: each can take seconds, and whoever closes does not want the next one
                importlib.import_module(name)
                self._still_wanted()
            torch = importlib.import_module("torch")
            if self._threads is not None or torch.get_num_threads() > n_cores():  # it knows nothing of containers
                torch.set_num_threads(self._threads or n_cores())
            kind = "bert" if plain is not None else "sentence_transformer"
            behind = importlib.import_module(f"julep_local.recall.embeddings.{kind}")
        except (ImportError, OSError) as error:  # OSError: a shared library of PyTorch's
            raise ModelMissing(f"embedding needs the package sentence-transformers ({error}): {INSTALL}") from error
        try:
            encoder: Encoder = behind.load(self.folder if plain is None else plain)
        except Exception as error:
            raise ModelBroken(f"{self.folder} is not a usable sentence-transformers model: {error}") from error
        self._still_wanted()
        return encoder

    def _load_light(self, plain: PlainBert | None) -> Encoder:
        if plain is None:
            raise ModelMissing(
                f"{self.folder} is no plain BERT model, and onnxruntime runs no others here: {INSTALL}, and name the "
                "folder without 'light:'"
            )
        try:
            importlib.import_module("onnxruntime")
            self._still_wanted()
            light = importlib.import_module("julep_local.recall.embeddings.light")
        except (ImportError, OSError) as error:
            raise ModelMissing(
                f"embedding needs onnxruntime ({error}): {INSTALL_LIGHT}; or PyTorch, which is larger: {INSTALL}"
            ) from error
        try:
            encoder: Encoder = light.load(plain, self._threads)
        except Exception as error:
            raise ModelBroken(f"{self.folder} is not a usable BERT model: {error}") from error
        self._still_wanted()
        return encoder

    def _make_ready(self, encoder: Encoder) -> None:
        """Have the encoder made ready, while nobody uses it: at first, whoever had it loaded does."""
        make_ready = getattr(encoder, "make_ready", None)
        if make_ready is None:
            return
        steps: Iterator[None] = make_ready()
        is_free = False
        while not (program_ends(0.0 if is_free else IDLE_S) or self._closed):
            # a process that is forked off within a step could never use the model
            with forking.within(), self._turns.turn_if_free() as is_free:
                if is_free and next(steps, _NO_MORE) is _NO_MORE:
                    return

    def _still_wanted(self) -> None:
        if self._closed:  # `close` does not wait
            raise ClientClosed
        if stop_requested():
            raise Cancelled("cancelled while the embedder was loading")


class _Kept:
    """The vectors of the last queries."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rows: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    def get(self, text: str) -> "npt.NDArray[np.float32] | None":
        with self._guard:
            if text in self._rows:
                self._rows.move_to_end(text)
            return self._rows.get(text)

    def add(self, text: str, row: "npt.NDArray[np.float32]") -> None:
        with self._guard:
            self._rows[text] = row
            while len(self._rows) > QUERIES:
                self._rows.popitem(last=False)

    def clear(self) -> None:
        with self._guard:
            self._rows.clear()


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def batches(n_tokens: Sequence[int], most_tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Yield the places of texts of like length, so that there is little padding: 3 times the speed on mixed ones.

    Args:
        n_tokens: of each text.
        most_tokens: in a batch, padding included; a longer text is one by itself.
    """
    batch: list[int] = []
    for i in sorted(range(len(n_tokens)), key=lambda i: n_tokens[i], reverse=True):
        if batch and (len(batch) + 1) * n_tokens[batch[0]] > most_tokens:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
