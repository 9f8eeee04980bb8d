"""`client.docs`: texts that an agent or a user can be asked about."""

import builtins
import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Optional, Union

from pydantic import BaseModel

from julep_local import check
from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread, in_waiting_thread
from julep_local.api._docs import NewDoc, checked_content, chunks_of, embedding_job, start_embedding, write_job
from julep_local.api._merge import merge_patch, now_after
from julep_local.api.docs import require_owner
from julep_local.errors import InvalidInput, NotFound
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import filter_text, one_owner
from julep_local.store import docs, embedding_sets
from julep_local.types import AddedFiles, Doc, DocHit, DocMetadata

TICK = timedelta(microseconds=1)
"""Between two changes of a doc, however the clock is set: a change must not look like none."""

OwnerId = Optional[Union[str, uuid.UUID]]


class DocsManager(BaseManager):
    """Create, read, change, search and delete docs of an agent or of a user."""

    def get(self, doc_id: Union[str, uuid.UUID]) -> Doc:
        """Return the doc, with its owner in `agent_id` or `user_id`.

        Raises:
            NotFound: there is no such doc.
        """
        wanted = check.resource_id(doc_id, "doc_id")
        doc = docs.get(self._runtime.db, wanted)
        if doc is None:
            raise NotFound("doc", wanted)
        return doc

    def create(
        self,
        *,
        agent_id: OwnerId = None,
        user_id: OwnerId = None,
        doc: Any,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> Doc:
        """Give one owner a doc, and return it, complete, with the id of the job that embeds it in `jobs`.

        It is found by its words at once, and by its meaning when the job is done: `client.jobs.wait(doc.jobs)`.

        Args:
            agent_id: the agent it is for, or
            user_id: the user.
            doc: `{"title": ..., "content": ..., "metadata": ...}`; a list as content is kept as its chunks.
            metadata: added to those in `doc`.

        Raises:
            AssertionError: not exactly one owner, or no valid id.
        """
        owner = one_owner(agent_id, user_id)
        request: Any = doc if not metadata else _with_metadata(doc, metadata)
        if "agent_id" in owner:
            created = self.api_client.create_agent_doc(owner["agent_id"], request=request)
        else:
            created = self.api_client.create_user_doc(owner["user_id"], request=request)
        return self.get(created.id).model_copy(update={"jobs": created.jobs})

    def add_files(
        self,
        paths: "Iterable[Union[str, os.PathLike[str]]]" = (),
        *,
        agent_id: OwnerId = None,
        user_id: OwnerId = None,
        named: Mapping[str, bytes] = {},  # noqa: B006  (never changed)
        metadata: Optional[Mapping[str, Any]] = None,
        on_progress: Optional[Callable[[int, int, str], object]] = None,
    ) -> AddedFiles:
        """Give one owner a doc for each file, and return what became of each.

        Text, Markdown, HTML, PDF, DOCX and source code; of folders all that is not hidden. A doc keeps its file and the
        file's hash in the metadata `file` and `sha256`: what has not changed is not read again, and of what has changed
        the doc is updated. A file that cannot be read is told of, and the others are added all the same; so it is when
        the call is broken off: called again it goes on.

        Args:
            paths: files and folders.
            agent_id: the agent they are for, or
            user_id: the user.
            named: further texts, which are in no file: their bytes by a title, which tells them apart as a path does.
            metadata: added to those of each doc.
            on_progress: told how many files are done, of how many, and which is next. From an asyncio client it is
                called on another thread.

        Raises:
            AssertionError: not exactly one owner, or no valid id.
            NotFound: there is no such owner.
            InvalidInput: the metadata are not acceptable.
            Cancelled: the caller went away; what was added stays.
        """
        from julep_local.managers._file_docs import FileDocs

        owner = one_owner(agent_id, user_id)
        return FileDocs(self._runtime, owner, check.metadata(metadata), self.update).add(paths, named, on_progress)

    def update(
        self,
        doc_id: Union[str, uuid.UUID],
        *,
        title: Optional[str] = None,
        content: Union[str, builtins.list[str], None] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        overwrite_metadata: bool = False,
    ) -> Doc:
        """Change what is given of a doc and keep the rest; return it, with the id of the job that embeds it in `jobs`.

        Of a changed text only the parts that were not there before are embedded anew.

        Args:
            doc_id: the doc, which keeps its id and owner.
            title: the new title.
            content: the new text, or its chunks.
            metadata: merged into those there are, where None removes a key.
            overwrite_metadata: they replace them instead.

        Raises:
            NotFound: there is no such doc.
            InvalidInput: a value is not acceptable.
        """
        wanted = check.resource_id(doc_id, "doc_id")
        new_title = None if title is None else check.text(title, "title")
        new_content = None if content is None else checked_content(content, "content")
        new_metadata = None if metadata is None else check.metadata(metadata)
        runtime, db = self._runtime, self._runtime.db
        while True:
            stamp = docs.updated_at(db, wanted)  # first: what is written after this is seen below
            before = docs.get(db, wanted)
            if before is None or stamp is None:
                raise NotFound("doc", wanted)
            after = before.model_copy(
                update={
                    "title": before.title if new_title is None else new_title,
                    "content": before.content if new_content is None else new_content,
                    "metadata": _changed_metadata(before, new_metadata, overwrite_metadata),
                }
            )
            is_same_text = (after.title, after.content) == (before.title, before.content)
            new = NewDoc(
                after, () if is_same_text else chunks_of(after), embedding_job(after, runtime.embedder_label())
            )
            now = max(
                now_after(db.stamps, before.created_at), datetime.fromisoformat(stamp.replace("Z", "+00:00")) + TICK
            )
            with db.transaction():
                if docs.updated_at(db, wanted) != stamp:
                    continue  # somebody else was faster: cutting a long text takes a while
                chunk_ids = docs.update(db, after, None if is_same_text else new.chunks, now=now)
                job_ids = [] if is_same_text else [write_job(runtime, new, chunk_ids)]
            break
        if is_same_text:
            return after
        start_embedding(runtime)
        return after.model_copy(update={"jobs": job_ids})

    def search(
        self,
        query: str,
        *,
        agent_id: OwnerId = None,
        user_id: OwnerId = None,
        metadata_filter: Mapping[str, Any] = {},  # noqa: B006  (never changed; as in `list`)
        limit: int = 10,
    ) -> "builtins.list[DocHit]":
        """Return the chunks of one owner's docs that fit the query best, by meaning and by words, best first.

        What is not embedded yet, and everything while no embedder is installed, is found by words alone. All of the
        owner's chunks are ranked; `is_relevant` says which of them a turn would be shown.

        Args:
            query: any text; of more than 1,000 characters beginning and end are embedded.
            agent_id: the agent whose docs are searched, or
            user_id: the user.
            metadata_filter: only docs whose metadata have these keys with these values.
            limit: at most so many.

        Raises:
            AssertionError: not exactly one owner, or no valid id.
            NotFound: there is no such owner.
            InvalidInput: a value is not acceptable.
            ModelError: the embedder cannot be used.
        """
        from julep_local.indexing import catch_up, found_embedder
        from julep_local.recall import doc_search
        from julep_local.recall.query import asks_nothing, query_vector, relevance

        owner = one_owner(agent_id, user_id)
        wanted = check.text(query, "query")
        most, _ = check.page(limit, 0)
        filter_ = check.metadata_filter(filter_text(metadata_filter))
        runtime, db = self._runtime, self._runtime.db
        require_owner(db, **owner)
        owner_id = next(iter(owner.values()))
        if asks_nothing(wanted) or not docs.count_for(db, [owner_id]):
            return []
        catch_up(runtime)
        embedder = found_embedder(runtime)
        vector, embedding_set = query_vector(db, embedder, wanted)
        set_id = None if embedding_set is None else embedding_set.id
        hits = doc_search.search(
            db, wanted, vector, owner_id, embedding_set_id=set_id, metadata_filter=filter_, limit=most
        )
        least = relevance(embedder, runtime.settings.relevance)
        metadata = docs.metadata_of(db, [hit.doc_id for hit in hits])
        return [
            DocHit(
                doc_id=hit.doc_id,
                title=hit.title,
                metadata=metadata.get(hit.doc_id),
                **owner,
                chunk=hit.content.strip(),
                heading=hit.heading or None,
                position=hit.position,
                score=hit.score,
                similarity=hit.similarity,
                words_score=hit.words_score,
                matched_words=builtins.list(hit.matched_words),
                is_relevant=doc_search.is_relevant(hit, least),
            )
            for hit in hits
        ]

    def reembed(self) -> str:
        """Embed all docs anew in the background, and return the id of the job.

        The vectors there are serve until all new ones are there, then go. It goes on where it was after a restart. Of
        another embedder than the one before this happens by itself; this is for vectors that you do not trust.

        Raises:
            ModelMissing: there is no embedder.
        """
        from julep_local.indexing import enqueue_embedding

        runtime = self._runtime
        db, embedder = runtime.db, runtime.embedder()
        with db.transaction():
            searched = embedding_sets.searched(db, embedder.name)
            if searched is not None:
                embedding_sets.renew(db, searched.id)
            job_id = enqueue_embedding(db, runtime.embedder_label() or embedder.name)
        runtime.background.notify()
        return job_id

    def delete(self, *, doc_id: Union[str, uuid.UUID], agent_id: OwnerId = None, user_id: OwnerId = None) -> None:
        """Delete a doc of this owner.

        Raises:
            AssertionError: not exactly one owner, or no valid id.
            NotFound: the owner has no such doc.
        """
        owner = one_owner(agent_id, user_id)
        if "agent_id" in owner:
            self.api_client.delete_agent_doc(owner["agent_id"], str(doc_id))
        else:
            self.api_client.delete_user_doc(owner["user_id"], str(doc_id))

    def list(
        self,
        *,
        agent_id: OwnerId = None,
        user_id: OwnerId = None,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Mapping[str, Any] = {},  # noqa: B006  (never changed; the SDK's default)
    ) -> "builtins.list[Doc]":
        """Return one owner's docs, newest first.

        Raises:
            AssertionError: not exactly one owner, or no valid id.
        """
        owner = one_owner(agent_id, user_id)
        filter_ = filter_text(metadata_filter)
        if "agent_id" in owner:
            page = self.api_client.get_agent_docs(
                owner["agent_id"], limit=limit, offset=offset, metadata_filter=filter_
            )
            return page.items or []
        return (
            self.api_client.get_user_docs(owner["user_id"], limit=limit, offset=offset, metadata_filter=filter_).items
            or []
        )


class AsyncDocsManager(AsyncMirror[DocsManager]):
    """`DocsManager` for asyncio."""

    get = in_store_thread(DocsManager.get)
    create = in_store_thread(DocsManager.create)
    add_files = in_waiting_thread(DocsManager.add_files)
    update = in_store_thread(DocsManager.update)
    search = in_embedding_thread(DocsManager.search)
    reembed = in_embedding_thread(DocsManager.reembed)
    delete = in_store_thread(DocsManager.delete)
    list = in_store_thread(DocsManager.list)


def _changed_metadata(doc: Doc, changes: Optional[Mapping[str, Any]], overwrite: bool) -> Optional[DocMetadata]:
    if changes is None:
        return doc.metadata
    return DocMetadata.model_validate(changes if overwrite else merge_patch(doc.metadata, changes))


def _with_metadata(doc: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(doc, Mapping | BaseModel):
        raise InvalidInput(f"must be an object (a dict) with title and content, not {type(doc).__name__}", field="doc")
    given = dict(doc)
    return {**given, "metadata": {**check.metadata(given.get("metadata")), **metadata}}
