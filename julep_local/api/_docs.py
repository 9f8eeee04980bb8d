"""Making a doc recallable: checked, cut, embedded, then written in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from julep_local import check
from julep_local.errors import InvalidInput
from julep_local.store import docs, embedding_sets
from julep_local.types import CreateDoc, Doc, DocMetadata

if TYPE_CHECKING:
    from julep_local.jobs import NewJob
    from julep_local.runtime import Runtime


@dataclass(frozen=True)
class NewDoc:
    """A doc that is ready to be written."""

    doc: Doc
    chunks: Sequence[str]
    vectors: Sequence[bytes]
    """One for each chunk: float32, unit length."""
    job: "NewJob"


def prepare_docs(
    runtime: "Runtime", requests: Sequence[Any], *, agent_id: str | None = None, user_id: str | None = None
) -> list[NewDoc]:
    """Check, cut and embed docs for one owner, writing nothing: embedding takes time, so no transaction may be open.

    Raises:
        InvalidInput: a doc has no title or content, or an empty list of chunks.
        ModelError: there is no embedding model.
    """
    from julep_local.jobs import NewJob
    from julep_local.recall.chunks import embedding_text, split
    from julep_local.recall.embeddings import as_bytes

    prepared = []
    for i, request in enumerate(check.listed(requests, "docs")):
        doc = _checked_doc(request, f"docs[{i}]", agent_id, user_id)
        chunks = split(doc.content, doc.title)
        vectors = as_bytes(runtime.embedder().embed([embedding_text(doc.title, chunk) for chunk in chunks]))
        job = NewJob("embed_doc", f"embed {doc.title!r}", {"doc_id": doc.id})
        prepared.append(NewDoc(doc, chunks, vectors, job))
    return prepared


def write_docs(runtime: "Runtime", prepared: Sequence[NewDoc]) -> list[str]:
    """Write the docs with their chunks, vectors and words, and a job each that says so. Return the jobs' ids."""
    if not prepared:
        return []
    from julep_local.jobs import record_done

    db, embedder = runtime.db, runtime.embedder()
    set_id = embedding_sets.id_for(db, embedder.name, embedder.n_dims)
    for new in prepared:
        docs.add(db, new.doc, chunks=new.chunks, vectors=new.vectors, embedding_set_id=set_id)
        record_done(db, new.job, new.doc.created_at)
    return [new.job.id for new in prepared]


def _checked_doc(request: Any, field: str, agent_id: str | None, user_id: str | None) -> Doc:
    wanted = check.record(CreateDoc, request, field)
    content = wanted.content
    if isinstance(content, str):
        check.text(content, f"{field}.content", most_chars=check.MOST_DOC_CHARS)
    else:
        if not content:
            raise InvalidInput("is an empty list: give at least one text", field=f"{field}.content")
        for i, chunk in enumerate(content):
            if not check.text(chunk, f"{field}.content[{i}]", most_chars=check.MOST_DOC_CHARS).strip():
                raise InvalidInput("is empty", field=f"{field}.content[{i}]")
    return Doc(
        id=str(uuid.uuid4()),
        title=check.text(wanted.title, f"{field}.title"),
        content=content,
        created_at=datetime.now(timezone.utc),
        metadata=DocMetadata.model_validate(check.metadata(wanted.metadata, f"{field}.metadata")),
        agent_id=agent_id,
        user_id=user_id,
    )
