"""Gives the chunks of docs their vectors, in the background, portion by portion.

Each portion is kept, so what was interrupted goes on where it was, in another process too. Another embedder's vectors
are filled in beside those that are searched, and are searched once they are all there.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from julep_local import progress
from julep_local.errors import Cancelled, ModelMissing, NoDirection
from julep_local.jobs import NewJob, Pointless, enqueue
from julep_local.progress import Work
from julep_local.recall.chunks import Chunk, embedding_text
from julep_local.recall.embeddings import Embedder, Matrix, embedded
from julep_local.store import docs, embedding_sets, jobs, memory_search, vectors
from julep_local.store.database import Database
from julep_local.store.embedding_sets import EmbeddingSet
from julep_local.store.vectors import MissingChunk

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from julep_local.runtime import Runtime

PORTION = 128
"""Chunks that are embedded before their vectors are stored."""
DELETED_AT_ONCE = 1000
"""Rows of old vectors, so that others can write in between."""

CATCH_UP_S = 600.0
"""How often it is looked for what has no vector and no job that gives it one, as memories have none."""
NEWS_S = 5.0
"""The same when there are new chunks: a program with another embedder has added them, and has none to give them."""
FIRST_RETRY_S = 30.0
"""How long after a job has failed the next one is written; twice as long each time, up to `CATCH_UP_S`."""
PLAIN_TEXT = "The tide comes in at noon and goes out again in the evening."
"""Every model has a direction for it, or is broken."""

Report = Callable[[float], None]
"""Is told how far it is, 0 to 100."""


class Embedded(NamedTuple):
    """What an embedding job has done."""

    n_chunks: int
    """Chunks that had no vector and were not done yet."""
    n_without: int
    """Of these, to which the embedder gives no direction."""

    def __str__(self) -> str:
        """Say it in a job's `reason`."""
        done = f"{self.n_chunks} chunks embedded"
        if not self.n_without:
            return done
        return f"{done}, but for {self.n_without} to which the model gives no direction: their words alone find them"


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
    known = runtime.catch_up
    newest = docs.newest_chunk(db)
    if now < (known.next_with_news if newest != known.newest_chunk else known.next):
        return
    embedder = found_embedder(runtime)
    label = runtime.embedder_label()
    if embedder is None or label is None or jobs.any_for(db, label):
        return
    known.newest_chunk, known.next_with_news, known.next = newest, now + NEWS_S, now + CATCH_UP_S
    if not is_incomplete(db, embedder):
        known.retry_s = None
        return
    if getattr(embedder, "is_instant", False):
        embed_all(db, embedder, lambda _: None)
        return
    # should the job fail, the next one is not written at once
    retry_s = known.retry_s or FIRST_RETRY_S
    known.next = known.next_with_news = now + retry_s
    known.retry_s = min(2 * retry_s, CATCH_UP_S)
    with db.transaction():
        if not jobs.any_for(db, label):  # two searches, of two programs perhaps, may have come here at once
            enqueue_embedding(db, label)
    runtime.background.notify()


def embed_chunks(
    db: Database, embedder: Embedder, title: str, chunk_ids: Sequence[int], chunks: Sequence[Chunk]
) -> None:
    """Store the vectors of a doc's new chunks. The caller holds a transaction, so the embedder must be instant."""
    embedded = _embedded(embedder, [embedding_text(title, chunk.heading, chunk.content) for chunk in chunks])
    for each in _sets(db, embedder):
        _store(db, each, chunk_ids, *embedded)


def embed_doc(db: Database, embedder: Embedder, doc_id: str, report: Report) -> Embedded:
    """Embed the chunks of a doc that have no vector.

    Raises:
        Pointless: there is no such doc, or no longer.
    """
    with _told(db, docs.title(db, doc_id)) as work:
        done = _fill(db, embedder, report, work, doc_id=doc_id)
    if docs.updated_at(db, doc_id) is None:
        raise Pointless("the doc was deleted")
    _let_be_searched(db, embedder)
    return done


def embed_all(db: Database, embedder: Embedder, report: Report) -> Embedded:
    """Embed all that has no vector of this embedder, let its set be searched, and delete the one it replaces."""
    # imports numpy, and this module is imported when a file is opened
    from julep_local.recall.memory_recall import embed_missing_memories

    n_chunks = n_without = 0
    with _told(db, "all docs and memories") as work:
        while True:
            done = _fill(db, embedder, report, work)
            n_chunks, n_without = n_chunks + done.n_chunks, n_without + done.n_without
            for each in _sets(db, embedder):
                embed_missing_memories(db, embedder, each.id)
            if _let_be_searched(db, embedder):  # else something was added meanwhile
                break
    searched = embedding_sets.searched(db, embedder.name)
    for each in embedding_sets.every(db):
        if searched is not None and each.stands_for(embedder.name) and each.id < searched.id:
            delete_set(db, each.id)
    return Embedded(n_chunks, n_without)


def delete_set(db: Database, set_id: int) -> None:
    """Delete a set that is no longer searched, with its vectors, in steps so that others can write in between."""
    while True:
        with db.transaction():
            if not vectors.delete_set(db, set_id, limit=DELETED_AT_ONCE):
                embedding_sets.delete(db, set_id)
                return


def delete_unused(runtime: "Runtime") -> None:
    """Delete the vectors of embedders that no client of this process has; none, if they have no embedder at all."""
    db = runtime.db
    names = runtime.embedder_names()
    for each in embedding_sets.every(db):
        if names and not any(each.stands_for(name) for name in names):
            delete_set(db, each.id)


def enqueue_embedding(db: Database, embedder_label: str) -> str:
    """Write the job that embeds all chunks without a vector of this embedder, and return its id."""
    job = NewJob("embed_docs", "embed all docs", {"embedder": embedder_label})
    with db.transaction():
        return enqueue(db, job, db.stamps.now())


def is_incomplete(db: Database, embedder: Embedder) -> bool:
    """Whether there are chunks or memories without a vector of this embedder, or a set that waits to be searched."""
    searched = embedding_sets.searched(db, embedder.name)
    if searched is None or searched.name != embedder.name:
        return vectors.any_chunks(db) or memory_search.any_without_vector(db, 0)
    return not _is_whole(db, searched)


def _sets(db: Database, embedder: Embedder) -> list[EmbeddingSet]:
    """Return the sets to fill, the one that is to be searched in the end last."""
    file_hash = getattr(embedder, "file_hash", None)
    return embedding_sets.to_fill(db, embedder.name, embedder.n_dims, file_hash=file_hash)


def _is_whole(db: Database, embedding_set: EmbeddingSet) -> bool:
    done = vectors.progress(db, embedding_set.id)
    return done.n_done >= done.n_chunks and not memory_search.any_without_vector(db, embedding_set.id)


def _let_be_searched(db: Database, embedder: Embedder) -> bool:
    """Have the embedder's newest set searched if it is whole; return whether it is."""
    with db.transaction():
        newest = _sets(db, embedder)[-1]
        if newest.state != "current" and _is_whole(db, newest):
            embedding_sets.make_current(db, newest.id)
            return True
    return newest.state == "current"


@contextlib.contextmanager
def _told(db: Database, name: str) -> Generator[Work, None, None]:
    """Tell how far embedding is; if it is cancelled the job ends, and what it has stored stays."""
    work: Work | None = None
    try:
        with progress.doing("embed", name, unit="chunks", owner=db) as work:
            yield work
    except Cancelled as error:
        if work is not None and work.is_cancelled:
            raise Pointless("it was cancelled by the program; what has no vector yet is found by its words") from error
        raise


def _fill(db: Database, embedder: Embedder, report: Report, work: Work, *, doc_id: str | None = None) -> Embedded:
    """Embed what has no vector, of a doc or of all, in each of the embedder's sets."""
    sets = [each for each in _sets(db, embedder) if not _is_done(db, each, doc_id)]
    n_chunks = n_without = 0
    if not sets:
        report(100)
    work.at(*_n_done(db, sets, doc_id))
    for into in sets:
        after = 0
        while portion := vectors.missing(db, into.id, doc_id=doc_id, after=after, limit=PORTION):
            last = portion[-1].chunk_id
            with db.transaction():
                copied = vectors.copy_known(db, into.id, [chunk.chunk_id for chunk in portion])
            if copied:
                still = vectors.missing(db, into.id, doc_id=doc_id, after=after, limit=PORTION)
                portion = [chunk for chunk in still if chunk.chunk_id <= last]
            n_chunks += len(portion)
            n_without += _embed_portion(db, embedder, into, portion)
            after = last
            n_done, n_all = _n_done(db, sets, doc_id)
            report(100 * n_done / max(n_all, 1))
            work.at(n_done, n_all)
    return Embedded(n_chunks, n_without)


def _is_done(db: Database, embedding_set: EmbeddingSet, doc_id: str | None) -> bool:
    done = vectors.progress(db, embedding_set.id, doc_id=doc_id)
    return done.n_done >= done.n_chunks


def _n_done(db: Database, sets: Sequence[EmbeddingSet], doc_id: str | None) -> tuple[int, int]:
    """Return how many chunks are done, and how many there are."""
    done = [vectors.progress(db, each.id, doc_id=doc_id) for each in sets]
    return sum(each.n_done for each in done), sum(each.n_chunks for each in done)


def _embed_portion(db: Database, embedder: Embedder, into: EmbeddingSet, portion: Sequence[MissingChunk]) -> int:
    """Embed and store a portion; return to how many the embedder gives no direction."""
    if not portion:
        return 0
    rows, has_direction = _embedded(
        embedder, [embedding_text(chunk.title, chunk.heading, chunk.content) for chunk in portion]
    )
    with db.transaction():
        _store(db, into, [chunk.chunk_id for chunk in portion], rows, has_direction)
    return len(portion) - int(has_direction.sum())


def _store(
    db: Database, into: EmbeddingSet, chunk_ids: Sequence[int], rows: Matrix, has_direction: "npt.NDArray[np.bool_]"
) -> None:
    pairs = list(zip(chunk_ids, has_direction.tolist(), strict=True))
    vectors.add(db, into.id, [chunk_id for chunk_id, has in pairs if has], rows[has_direction])
    if not has_direction.all():
        vectors.add_without(db, into.id, [chunk_id for chunk_id, has in pairs if not has])


def _embedded(embedder: Embedder, texts: Sequence[str]) -> "tuple[Matrix, npt.NDArray[np.bool_]]":
    """Return a row for each text, and whether it has a direction; of equal texts one is embedded.

    Raises:
        NoDirection: the embedder gives none to anything.
    """
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    rows = _with_gaps(embedder, list(place))
    has_direction = _has_direction(rows)
    if not has_direction.any() and not _has_direction(_with_gaps(embedder, [PLAIN_TEXT])).all():
        raise NoDirection(
            f"embedding model {embedder.name}: gives every text a vector that is no direction (zero, infinite or not "
            "a number): install the model anew"
        )
    of_texts = [place[text] for text in texts]
    return rows[of_texts], has_direction[of_texts]


def _with_gaps(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """Return a row for each text, NaN where there is no direction: then one by one, because one fails for all."""
    import numpy as np

    try:
        return embedded(embedder, texts)
    except NoDirection:
        if len(texts) == 1:
            return np.full((1, embedder.n_dims), np.nan, dtype=np.float32)
    return np.concatenate([_with_gaps(embedder, [text]) for text in texts])


def _has_direction(rows: Matrix) -> "npt.NDArray[np.bool_]":
    import numpy as np

    if rows.ndim != 2:
        return np.ones(len(rows), dtype=np.bool_)  # what is wrong with them is told when they are stored
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(np.isfinite(lengths) & (lengths > 0))
