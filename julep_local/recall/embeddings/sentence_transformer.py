"""Any model that sentence-transformers can load. The only file that knows sentence_transformers; it takes 6 s.

It is imported when a model of this kind is loaded, on the loading thread.
"""

import contextlib
import importlib
import logging
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from julep_local.recall.embeddings.base import BATCH_TOKENS, Encoder, Matrix, Prepared
from julep_local.settings import tell_nobody

_log = logging.getLogger(__name__)

CHARS_PER_TOKEN = 4
"""In English. It decides only which texts are embedded together."""


def load(folder: Path) -> Encoder:
    """Return the model of a folder. What is wrong with it is raised as sentence-transformers raises it."""
    return SentenceTransformerEncoder(folder)


class SentenceTransformerEncoder:
    """A `SentenceTransformer`."""

    batch_tokens = BATCH_TOKENS

    def __init__(self, folder: Path) -> None:
        tell_nobody()
        with _silence():
            self.model: Any = importlib.import_module("sentence_transformers").SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},  # other formats can run code when they are read
            )
        self._reads = int(self.model.max_seq_length or 1_000_000)
        self.n_dims = int(self.encode([self.prepare("")]).shape[1])

    def prepare(self, text: str) -> Prepared:
        """Return the text itself and a guess of its tokens."""
        return Prepared(min(len(text) // CHARS_PER_TOKEN + 2, self._reads), text)

    def encode(self, batch: Sequence[Prepared]) -> Matrix:
        """Return one row for each text, `(len(batch), n_dims)`, float32."""
        rows: Matrix = self.model.encode(
            [each.content for each in batch],
            batch_size=len(batch),
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=False,
        )
        return rows


@contextlib.contextmanager
def _silence() -> Generator[None, None, None]:
    """Keep the loader's progress bars and hints away from the program's terminal and in our log, then put all back."""
    chatter = importlib.import_module("transformers.utils.logging")
    bars = chatter.is_progress_bar_enabled()
    chatter.disable_progress_bar()
    kept = _Kept()
    talkers = [logging.getLogger(name) for name in ("transformers", "sentence_transformers")]
    before = [(each.handlers, each.propagate) for each in talkers]
    for each in talkers:
        each.handlers, each.propagate = [kept], False
    try:
        yield
    finally:
        for each, (handlers, propagates) in zip(talkers, before, strict=True):
            each.handlers, each.propagate = handlers, propagates
        if bars:
            chatter.enable_progress_bar()


class _Kept(logging.Handler):
    """Writes what others log into our log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; never above debug: what matters becomes an exception."""
        _log.debug("%s: %s", record.name, record.getMessage())
