"""From a name or a folder to an embedder. Nothing is loaded here."""

from julep_local.llm.catalog import find_embedding_folder
from julep_local.recall.embeddings.local import SentenceTransformerEmbedder


def find_embedder(name_or_path: str | None = None, *, threads: int | None = None) -> SentenceTransformerEmbedder:
    """Return the embedding model of this name or folder, None for the first installed one. Nothing is loaded yet.

    Raises:
        ModelMissing: there is none; the message says how to install one.
    """
    name, folder = find_embedding_folder(name_or_path)
    return SentenceTransformerEmbedder(folder, name=name, threads=threads)
