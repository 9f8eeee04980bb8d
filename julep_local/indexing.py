"""Gives the chunks of docs their vectors, in the background, portion by portion.

Each portion is kept, so what was interrupted goes on where it was, in another process too. Another embedder's vectors
are filled in beside those that are searched and take their place as a whole.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from julep_local.errors import ModelMissing
from julep_local.jobs import NewJob, enqueue
from julep_local.recall.chunks import Chunk, embedding_text
from julep_local.recall.embeddings import Embedder, Matrix
from julep_local.recall.memory_recall import embed_missing_memories
from julep_local.store import embedding_sets, jobs, memory_search, vectors
from julep_local.store.database import Database
from julep_local.store.embedding_sets import EmbeddingSet

if TYPE_CHECKING:
    from julep_local.runtime import Runtime

PORTION = 128
"""Chunks that are embedded before their vectors are stored."""
DELETED_AT_ONCE = 1000
"""Rows of old vectors, so that others can write in between."""

CATCH_UP_S = 600.0
"""How often it is looked for what has no vector and no job that gives it one."""

Report = Callable[[float], None]
"""Is told how far it is, 0 to 100."""


def found_embedder(runtime: "Runtime") -> Embedder | None:
    """Return the embedder, loaded or not; None if none is installed, and words have to do."""
    try:
        return runtime.embedder()
    except ModelMissing:
        return None


def ready_embedder(runtime: "Runtime") -> Embedder | None:
    """Return the embedder if nobody has to wait for it; else begin to load it, and return None."""
    embedder = found_embedder(runtime)
    if embedder is None or getattr(embedder, "is_ready", True):
        return embedder
    warm_up = getattr(embedder, "warm_up", None)
    if warm_up is None:
        return embedder  # it says that it is not ready, and offers nothing to change that but to be used
    warm_up()
    return None


def is_searched(runtime: "Runtime", embedder: Embedder) -> bool:
    """Whether the vectors that are searched are this embedder's."""
    return embedding_sets.searched(runtime.db, embedder.name) is not None


def catch_up(runtime: "Runtime") -> None:
    """See to it now and then that all docs and memories get vectors of the embedder: another may have made theirs."""
    db, now = runtime.db, time.monotonic()
    if now < runtime.next_catch_up or any(jobs.unfinished(db, kind) for kind in ("embed_doc", "embed_docs")):
        return
    embedder = found_embedder(runtime)
    if embedder is None:
        return
    runtime.next_catch_up = now + CATCH_UP_S
    if not is_incomplete(db, embedder):
        return
    if getattr(embedder, "is_instant", False):
        embed_all(db, embedder, lambda _: None)
    else:
        enqueue_embedding(db)
        runtime.background.notify()


def embed_chunks(
    db: Database, embedder: Embedder, title: str, chunk_ids: Sequence[int], chunks: Sequence[Chunk]
) -> None:
    """Store the vectors of a doc's new chunks. The caller holds a transaction, so the embedder must be instant."""
    rows = _embedded(embedder, [embedding_text(title, chunk.heading, chunk.content) for chunk in chunks])
    for each in embedding_sets.to_fill(db, embedder.name, embedder.n_dims):
        vectors.add(db, each.id, chunk_ids, rows)


def embed_doc(db: Database, embedder: Embedder, doc_id: str, report: Report) -> int:
    """Embed the chunks of a doc that have no vector, and return how many had none."""
    n_new = 0
    for each in embedding_sets.to_fill(db, embedder.name, embedder.n_dims):
        n_new += _fill(db, embedder, each, report, doc_id=doc_id)
    _let_be_searched(db, embedder)
    return n_new


def embed_all(db: Database, embedder: Embedder, report: Report) -> int:
    """Embed all that has no vector of this embedder, let its set be searched, and delete those of others.

    Return how many chunks had none.
    """
    n_new = 0
    while True:
        for each in embedding_sets.to_fill(db, embedder.name, embedder.n_dims):
            n_new += _fill(db, embedder, each, report)
            embed_missing_memories(db, embedder, each.id)
        if _let_be_searched(db, embedder):  # else something was added meanwhile
            break
    for each in embedding_sets.every(db):
        if each.state == "old":
            delete_set(db, each.id)
    return n_new


def delete_set(db: Database, set_id: int) -> None:
    """Delete a set that was replaced, with its vectors, in steps; not if it was taken up again meanwhile."""
    while True:
        with db.transaction():
            known = embedding_sets.get(db, set_id)
            if known is None or known.state != "old":
                return
            if not vectors.delete_set(db, set_id, limit=DELETED_AT_ONCE):
                embedding_sets.delete(db, set_id)
                return


def enqueue_embedding(db: Database) -> str:
    """Write the job that embeds all chunks without a vector, and return its id."""
    with db.transaction():
        return enqueue(db, NewJob("embed_docs", "embed all docs", {}), db.stamps.now())


def is_incomplete(db: Database, embedder: Embedder) -> bool:
    """Whether there are chunks or memories without a vector of this embedder, or a set that waits to be searched."""
    searched = embedding_sets.searched(db, embedder.name)
    if searched is None or searched.name != embedder.name:
        return vectors.any_chunks(db) or memory_search.any_without_vector(db, 0)
    return not _is_whole(db, searched)


def _is_whole(db: Database, embedding_set: EmbeddingSet) -> bool:
    done = vectors.progress(db, embedding_set.id)
    return done.n_done >= done.n_chunks and not memory_search.any_without_vector(db, embedding_set.id)


def _let_be_searched(db: Database, embedder: Embedder) -> bool:
    """Have the embedder's newest set searched if it is whole; return whether it is the one that is searched."""
    with db.transaction():
        newest = embedding_sets.to_fill(db, embedder.name, embedder.n_dims)[-1]
        if newest.state != "current" and _is_whole(db, newest):
            embedding_sets.make_current(db, newest.id)
            return True
    return newest.state == "current"


def _fill(db: Database, embedder: Embedder, into: EmbeddingSet, report: Report, *, doc_id: str | None = None) -> int:
    n_new, after = 0, 0
    while portion := vectors.missing(db, into.id, doc_id=doc_id, after=after, limit=PORTION):
        last = portion[-1].chunk_id
        with db.transaction():
            copied = vectors.copy_known(db, into.id, [chunk.chunk_id for chunk in portion])
        if copied:
            still = vectors.missing(db, into.id, doc_id=doc_id, after=after, limit=PORTION)
            portion = [chunk for chunk in still if chunk.chunk_id <= last]
        if portion:
            rows = _embedded(embedder, [embedding_text(chunk.title, chunk.heading, chunk.content) for chunk in portion])
            with db.transaction():
                vectors.add(db, into.id, [chunk.chunk_id for chunk in portion], rows)
        n_new += len(portion)
        after = last
        done = vectors.progress(db, into.id, doc_id=doc_id)
        report(100 * done.n_done / max(done.n_chunks, 1))
    return n_new


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """Return a row for each text; of equal ones one is embedded."""
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    rows = embedder.embed(list(place))
    return rows[[place[text] for text in texts]]
