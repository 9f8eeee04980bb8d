"""Making a doc recallable: checked and cut, then written in the caller's transaction with the job that embeds it.

By its words it is found as soon as that is committed, by its meaning when the job is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from julep_local import check
from julep_local.errors import InvalidInput
from julep_local.stamps import Stamps
from julep_local.store import docs
from julep_local.types import CreateDoc, Doc, DocMetadata

if TYPE_CHECKING:
    from julep_local.jobs import NewJob
    from julep_local.recall.chunks import Chunk
    from julep_local.runtime import Runtime


@dataclass(frozen=True)
class NewDoc:
    """A doc that is ready to be written."""

    doc: Doc
    chunks: "Sequence[Chunk]"
    job: "NewJob"


def prepare_docs(
    stamps: Stamps,
    requests: Sequence[Any],
    *,
    embedder: str | None,
    agent_id: str | None = None,
    user_id: str | None = None,
) -> list[NewDoc]:
    """Check and cut docs for one owner, writing nothing: of a long one it takes a while, so no transaction may be open.

    Args:
        stamps: where ids and times come from.
        requests: the docs as they were given.
        embedder: the label of the one that shall embed them; None leaves it open.
        agent_id: whose they are.
        user_id: the same of a user.

    Raises:
        InvalidInput: a doc has no title or content, or an empty list of chunks.
    """
    prepared = []
    for i, request in enumerate(check.listed(requests, "docs")):
        doc = _checked_doc(stamps, request, f"docs[{i}]", agent_id, user_id)
        prepared.append(NewDoc(doc, chunks_of(doc), embedding_job(doc, embedder)))
    return prepared


def chunks_of(doc: Doc) -> "list[Chunk]":
    """Return the doc's text, cut."""
    from julep_local.recall.chunks import split

    return split(doc.content, doc.title)


def embedding_job(doc: Doc, embedder: str | None) -> "NewJob":
    """Return the job that embeds the doc with the embedder of this label; without one, with any."""
    from julep_local.jobs import NewJob

    for_whom = {} if embedder is None else {"embedder": embedder}
    return NewJob("embed_doc", "embed a doc", {"doc_id": doc.id, **for_whom})


def write_docs(runtime: "Runtime", prepared: Sequence[NewDoc]) -> list[str]:
    """Write the docs with their chunks, words and jobs, in the caller's transaction. Return the jobs' ids.

    `start_embedding` begins with the jobs, behind the transaction.
    """
    return [write_job(runtime, new, docs.add(runtime.db, new.doc, new.chunks)) for new in prepared]


def write_job(runtime: "Runtime", new: NewDoc, chunk_ids: Sequence[int]) -> str:
    """Write the job that embeds these chunks, done already if the embedder takes no time. Return its id."""
    from julep_local.indexing import embed_chunks, found_embedder
    from julep_local.jobs import enqueue, record_done

    embedder = found_embedder(runtime)
    if embedder is None or not getattr(embedder, "is_instant", False):
        return enqueue(runtime.db, new.job, runtime.db.stamps.now())
    embed_chunks(runtime.db, embedder, new.doc.title, chunk_ids, new.chunks)
    return record_done(runtime.db, new.job, runtime.db.stamps.now())


def start_embedding(runtime: "Runtime") -> None:
    """Begin with the jobs that were written."""
    from julep_local.indexing import ready_embedder

    ready_embedder(runtime)
    runtime.background.notify()


def checked_content(content: Any, field: str) -> Any:
    """Return a doc's content: text that is more than white space, or a list of at least one such text.

    Raises:
        InvalidInput: it is something else, or too long.
    """
    if isinstance(content, str):
        if check.is_blank(check.text(content, field, most_chars=check.MOST_DOC_CHARS)):
            raise InvalidInput("is empty: give a text", field=field)
        return content
    chunks = _listed_chunks(content, field)
    if not chunks:
        raise InvalidInput("is an empty list: give at least one text", field=field)
    n_chars = 0
    for i, chunk in enumerate(chunks):
        if check.is_blank(check.text(chunk, f"{field}[{i}]", most_chars=check.MOST_DOC_CHARS)):
            raise InvalidInput("is empty", field=f"{field}[{i}]")
        n_chars += len(chunk)
    if n_chars > check.MOST_DOC_CHARS:
        raise InvalidInput(
            f"has {n_chars:,} characters in all; at most {check.MOST_DOC_CHARS:,} are accepted", field=field
        )
    return chunks


def _listed_chunks(content: Any, field: str) -> list[Any]:
    if not isinstance(content, list | tuple):  # a dict or a set would be its keys, in whatever order
        raise InvalidInput(f"must be a string or a list of strings, not {type(content).__name__}", field=field)
    if len(content) > check.MOST_DOC_CHUNKS:
        raise InvalidInput(
            f"has {len(content):,} chunks; at most {check.MOST_DOC_CHUNKS:,} are accepted: join some", field=field
        )
    return list(content)


def _checked_doc(stamps: Stamps, request: Any, field: str, agent_id: str | None, user_id: str | None) -> Doc:
    if isinstance(request, Mapping) and not isinstance(request.get("content", ""), str):
        _listed_chunks(request["content"], f"{field}.content")  # pydantic would make a list of a set or a generator
    wanted = check.record(CreateDoc, request, field)
    return Doc(
        id=stamps.new_id(),
        title=check.text(wanted.title, f"{field}.title"),
        content=checked_content(wanted.content, f"{field}.content"),
        created_at=stamps.now(),
        metadata=DocMetadata.model_validate(check.metadata(wanted.metadata, f"{field}.metadata")),
        agent_id=agent_id,
        user_id=user_id,
    )
