"""Texts to vectors: what the rest may ask of an embedding model, and the models that do it.

`base.py` is what an embedder is, `local.py` one from a folder on this machine, which `loading.py` loads on a thread of
its own and `turns.py` shares out. Three things can stand behind it: `bert.py` runs plain BERT models itself, `light.py`
too, but without PyTorch (`onnx_bert.py` is what it runs), and `sentence_transformer.py` all others. `folder.py` reads
what a folder holds, `large_pages.py` says how weights lie in memory. None of it knows of docs, memories or searching.
"""

from julep_local.recall.embeddings.base import Embedder, Matrix, as_bytes, embedded
from julep_local.recall.embeddings.find import find_embedder
from julep_local.recall.embeddings.local import SentenceTransformerEmbedder

__all__ = ["Embedder", "Matrix", "SentenceTransformerEmbedder", "as_bytes", "embedded", "find_embedder"]
