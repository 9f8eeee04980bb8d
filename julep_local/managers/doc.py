"""`client.docs`: texts that an agent or a user can be asked about."""

import builtins
import uuid
from collections.abc import Mapping
from typing import Any, Optional, Union

from julep_local import check
from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread
from julep_local.errors import NotFound
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import filter_text, one_owner
from julep_local.store import docs
from julep_local.types import Doc

OwnerId = Optional[Union[str, uuid.UUID]]


class DocsManager(BaseManager):
    """Create, read and delete docs of an agent or of a user."""

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
        """Give one owner a doc, and return it, complete, with the id of the job that embedded it in `jobs`.

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
    create = in_embedding_thread(DocsManager.create)
    delete = in_store_thread(DocsManager.delete)
    list = in_store_thread(DocsManager.list)


def _with_metadata(doc: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(doc)
    return {**given, "metadata": {**check.metadata(given.get("metadata")), **metadata}}
