"""From a name or a folder to an embedder. Nothing is loaded here."""

from julep_local.llm.catalog import find_embedding_folder
from julep_local.recall.embeddings.local import SentenceTransformerEmbedder

LIGHT = "light"
"""In front of a name, or alone: onnxruntime is to run the model, also where PyTorch is installed."""


def find_embedder(name_or_path: str | None = None, *, threads: int | None = None) -> SentenceTransformerEmbedder:
    """Return the embedding model of this name or folder. Nothing is loaded yet.

    Args:
        name_or_path: None for the first that is installed, `light` for the same without PyTorch, `light:<name or
            folder>` for another one without it.
        threads: for the model.

    Raises:
        ModelMissing: there is none; the message says how to install one.
    """
    prefix, _, rest = (name_or_path or "").partition(":")
    if prefix == LIGHT:
        name, folder = find_embedding_folder(rest or None)
        return SentenceTransformerEmbedder(folder, name=name, threads=threads, light=True)
    name, folder = find_embedding_folder(name_or_path)
    return SentenceTransformerEmbedder(folder, name=name, threads=threads)
