"""Gives the chunks of docs their vectors, in the background, portion by portion.

Each portion is kept, so what was interrupted goes on where it was, in another process too. Another embedder's vectors
are filled in beside those that are searched and take their place as a whole.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from julep_local.errors import ModelMissing
from julep_local.jobs import NewJob, enqueue
from julep_local.recall.chunks import Chunk, embedding_text
from julep_local.recall.embeddings import Embedder
from julep_local.store import embedding_sets, jobs, vectors
from julep_local.store.database import Database
from julep_local.store.embedding_sets import EmbeddingSet

if TYPE_CHECKING:
    from julep_local.runtime import Runtime

PORTION = 128
"""Chunks that are embedded before their vectors are stored."""
DELETED_AT_ONCE = 1000
"""Rows of old vectors, so that others can write in between."""

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
    embedder.warm_up()  # type: ignore[attr-defined]
    return None


def catch_up(runtime: "Runtime") -> None:
    """See to it, once for each runtime, that all docs get vectors of its embedder: another may have made theirs."""
    db, embedder = runtime.db, found_embedder(runtime)
    if (
        runtime.docs_seen_to
        or embedder is None
        or any(jobs.unfinished(db, kind) for kind in ("embed_doc", "embed_docs"))
    ):
        return
    runtime.docs_seen_to = True
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
    rows = embedder.embed([embedding_text(title, chunk.heading, chunk.content) for chunk in chunks])
    for each in _sets(db, embedder):
        vectors.add(db, each.id, chunk_ids, rows)


def embed_doc(db: Database, embedder: Embedder, doc_id: str, report: Report) -> int:
    """Embed the chunks of a doc that have no vector, and return how many had none."""
    n_new = 0
    for each in _sets(db, embedder):
        n_new += _fill(db, embedder, each, report, doc_id=doc_id)
    return n_new


def embed_all(db: Database, embedder: Embedder, report: Report) -> int:
    """Embed all chunks that have no vector of this embedder, let its set be searched, and delete those of others."""
    n_new = 0
    for each in _sets(db, embedder):
        n_new += _fill(db, embedder, each, report)
    newest = _sets(db, embedder)[-1]
    with db.transaction():
        if newest.state != "current" and not vectors.missing(db, newest.id, limit=1):
            embedding_sets.make_current(db, newest.id)
    for each in embedding_sets.every(db):
        if each.state == "old":
            delete_set(db, each.id)
    return n_new


def delete_set(db: Database, set_id: int) -> None:
    """Delete a set with its vectors, in steps."""
    while True:
        with db.transaction():
            if not vectors.delete_set(db, set_id, limit=DELETED_AT_ONCE):
                embedding_sets.delete(db, set_id)
                return


def enqueue_embedding(db: Database) -> str:
    """Write the job that embeds all chunks without a vector, and return its id."""
    job = NewJob("embed_docs", "embed all docs", {})
    with db.transaction():
        enqueue(db, job, datetime.now(timezone.utc))
    return job.id


def is_incomplete(db: Database, embedder: Embedder) -> bool:
    """Whether there are chunks without a vector of this embedder."""
    searched = embedding_sets.searched(db, embedder.name)
    if searched is None:
        return vectors.any_chunks(db)
    done = vectors.progress(db, searched.id)
    return done.n_done < done.n_chunks


def _sets(db: Database, embedder: Embedder) -> list[EmbeddingSet]:
    """Return the embedder's sets, the one that is to be searched in the end last; made if there is none."""
    newest = embedding_sets.id_for(db, embedder.name, embedder.n_dims)
    known = [each for each in embedding_sets.every(db) if each.stands_for(embedder.name)]
    return sorted(known, key=lambda each: each.id == newest)


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
            texts = [embedding_text(chunk.title, chunk.heading, chunk.content) for chunk in portion]
            rows = embedder.embed(texts)
            with db.transaction():
                vectors.add(db, into.id, [chunk.chunk_id for chunk in portion], rows)
        n_new += len(portion)
        after = last
        done = vectors.progress(db, into.id, doc_id=doc_id)
        report(100 * done.n_done / max(done.n_chunks, 1))
    return n_new
