"""Which passages of docs a turn is shown: of each owner the relevant chunks, joined where they touch.

It decides what is relevant enough and how long a passage may be; finding and ranking is doc_search.py's. Embedding the
query takes time, so nothing here may be called within a transaction of the store.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from julep_local.recall import doc_search
from julep_local.recall.doc_search import Hit
from julep_local.recall.embeddings import Embedder
from julep_local.recall.excerpt import excerpt
from julep_local.recall.query import asks_nothing, query_vector, relevance
from julep_local.store import docs
from julep_local.store.database import Database

GetEmbedder = Callable[[], Embedder | None]
"""Asked for only when there is something to search, so that others never load a model. None: words have to do."""
Owner = Literal["agent", "user"]

POOL = 50
"""Chunks of an owner that are looked at; with fewer, a passage may miss a neighbour that belongs to it."""
MOST_PASSAGE = 1600
"""Characters of a passage: some 350 tokens, three whole chunks. Of a longer chunk, which only a list has, a part."""


@dataclass(frozen=True)
class RecalledDoc:
    """A passage of a doc that has to do with the turn."""

    owner: Owner
    doc_id: str
    title: str
    content: str
    similarity: float | None
    """Cosine similarity of its best chunk to the query, 1 same to -1 opposite; None if it was found by words alone."""
    score: float
    """What it was ranked by; higher is better."""
    matched_words: tuple[str, ...]
    """Words of the query that are in its best chunk."""


def recall_docs(
    db: Database,
    embedder: GetEmbedder,
    query: str,
    *,
    owners: Sequence[tuple[Owner, str]],
    per_owner: int,
    threshold: float | None = None,
) -> list[RecalledDoc]:
    """Return the relevant passages of these agents and users, each searched on their own, best first.

    Of one doc several may be returned; of passages with the same text one. Without docs nothing is loaded.

    Args:
        db: the store.
        embedder: called if an owner has docs.
        query: the text to search with.
        owners: what each is, and its id.
        per_owner: at most so many passages of each.
        threshold: the similarity from which a chunk is relevant; None is the embedder's own.

    Raises:
        ModelError: the embedder cannot be used.
    """
    searched: list[tuple[Owner, str]] = [
        (kind, owner_id) for kind, owner_id in owners if docs.count_for(db, [owner_id])
    ]
    if not searched or asks_nothing(query) or per_owner < 1:
        return []
    model = embedder()
    vector, embedding_set = query_vector(db, model, query)
    set_id = None if embedding_set is None else embedding_set.id
    least = relevance(model, threshold)
    found: list[RecalledDoc] = []
    shown: set[str] = set()
    for kind, owner_id in searched:
        hits = doc_search.search(db, query, vector, owner_id, embedding_set_id=set_id, limit=POOL)
        relevant = [hit for hit in hits if doc_search.is_relevant(hit, least)]
        passages = [_passage(kind, hits) for hits in _touching(relevant)]
        for passage in _distinct(passages, shown)[:per_owner]:
            found.append(passage)
            shown.add(_plain(passage.content))
    return sorted(found, key=lambda passage: -passage.score)


def _touching(hits: Sequence[Hit]) -> list[list[Hit]]:
    """Return the hits with those of the same doc that follow each other joined, as far as a passage may be long.

    In order of the best of each, which stands first in it.
    """
    by_place = {(hit.doc_id, hit.position): hit for hit in hits}
    joined: list[list[Hit]] = []
    while by_place:
        best = next(iter(by_place.values()))
        passage = [best]
        length, first, last = len(best.content), best.position, best.position
        del by_place[best.doc_id, best.position]
        while beside := [
            hit
            for place in (first - 1, last + 1)
            if (hit := by_place.get((best.doc_id, place))) is not None
            and length + len(hit.content) + best.is_list <= MOST_PASSAGE
        ]:
            hit = max(beside, key=lambda hit: hit.score)
            first, last = min(first, hit.position), max(last, hit.position)
            length += len(hit.content) + best.is_list  # a line break joins those of a list
            passage.append(by_place.pop((best.doc_id, hit.position)))
        joined.append(passage)
    return joined


def _passage(owner: Owner, hits: Sequence[Hit]) -> RecalledDoc:
    best = hits[0]
    in_order = sorted(hits, key=lambda hit: hit.position)
    # the chunks of a text are what it is made of; those of a list have nothing between them
    content = ("\n" if best.is_list else "").join(hit.content for hit in in_order).strip()
    content = excerpt(content, best.matched_words, MOST_PASSAGE)
    return RecalledDoc(owner, best.doc_id, best.title, content, best.similarity, best.score, best.matched_words)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _distinct(passages: Sequence[RecalledDoc], shown: set[str]) -> list[RecalledDoc]:
    """Return the first passage of each text, but for texts that are shown already."""
    seen = set(shown)
    distinct: list[RecalledDoc] = []
    for passage in passages:
        if _plain(passage.content) not in seen:
            seen.add(_plain(passage.content))
            distinct.append(passage)
    return distinct
