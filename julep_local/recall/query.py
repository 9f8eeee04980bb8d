"""What a turn searches with, and from when on something fits it."""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from julep_local.errors import NoDirection
from julep_local.prompt.layout import plain_text
from julep_local.recall.embeddings import Embedder, embedded
from julep_local.store import embedding_sets
from julep_local.store.database import Database
from julep_local.store.embedding_sets import EmbeddingSet
from julep_local.types import InputChatMlMessage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_QUERY = 1000
"""Characters of a query that are embedded, about as many as the model reads."""


def query_text(messages: Iterable[InputChatMlMessage]) -> str:
    """Return what to search with: the text of each new message, a line each.

    Without the speakers' names: with "Ada: " in front of a message, 85 of 100 owners with nothing on its subject are
    shown a doc, without it 24 (benchmarks/recall_threshold.py), because texts that name Ada are near to it.
    """
    texts = (plain_text(message.content).strip() for message in messages)
    return "\n".join(text for text in texts if text)


def asks_nothing(query: str) -> bool:
    """Whether a query has no letter, digit or picture: what a model finds near to mere punctuation is chance."""
    return not any(kind[0] in "LMN" or kind in ("So", "Co", "Cn") for kind in map(unicodedata.category, query))


def shortened(query: str) -> str:
    """Return what of a query is embedded: of a long one beginning and end, where the question stands."""
    return query if len(query) <= MOST_QUERY else f"{query[: MOST_QUERY // 2]}\n{query[-MOST_QUERY // 2 :]}"


def relevance(model: Embedder | None, wanted: float | None) -> float:
    """Return the similarity from which a text is relevant: the wanted one, else the embedder's own."""
    if wanted is not None:
        return wanted
    return 0.0 if model is None else model.relevance_threshold


def query_vector(
    db: Database, model: Embedder | None, query: str
) -> "tuple[npt.NDArray[np.float32] | None, EmbeddingSet | None]":
    """Return the query's vector and the set that it belongs to; None if words have to do.

    So it is while nothing has vectors of this embedder, and if that gives the query no direction.

    Raises:
        ModelError: the embedder cannot be used.
    """
    searched = None if model is None else embedding_sets.searched(db, model.name)
    if model is None or searched is None:
        return None, None
    import numpy as np

    query = shortened(query)
    embed_query = getattr(model, "embed_query", None)
    try:
        vector: npt.NDArray[np.float32] = embed_query(query) if embed_query else embedded(model, [query])[0]
    except NoDirection:
        return None, None
    is_direction = bool(np.isfinite(vector).all() and vector.any())
    return (vector, searched) if is_direction else (None, None)
