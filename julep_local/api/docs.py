"""The SDK's methods for docs: texts that an agent or a user can be asked about."""

from datetime import datetime, timezone
from typing import Any, Optional

from julep_local import check
from julep_local.api._base import ApiBase
from julep_local.api._docs import prepare_docs, start_embedding, write_docs
from julep_local.errors import InvalidInput, NotFound
from julep_local.store import agents, docs, jobs, users
from julep_local.store.database import Database
from julep_local.types import (
    CreateDoc,
    Doc,
    GetAgentDocsRequestOrder,
    GetAgentDocsRequestSortBy,
    GetAgentDocsResponse,
    GetUserDocsRequestOrder,
    GetUserDocsRequestSortBy,
    GetUserDocsResponse,
    ResourceCreatedResponse,
)


class DocMethods(ApiBase):
    """Docs of agents and of users."""

    def create_agent_doc(self, agent_id: str, *, request: CreateDoc) -> ResourceCreatedResponse:
        """Give the agent a doc. A list as content is kept as its chunks.

        It can be recalled by its words at once, and by its meaning when the job in `jobs` is done.

        Raises:
            NotFound: there is no such agent.
            InvalidInput: the doc has no title or no content.
        """
        return self._create_doc(request, agent_id=check.resource_id(agent_id, "agent_id"))

    def create_user_doc(self, user_id: str, *, request: CreateDoc) -> ResourceCreatedResponse:
        """Give the user a doc; as `create_agent_doc`.

        Raises:
            NotFound: there is no such user.
        """
        return self._create_doc(request, user_id=check.resource_id(user_id, "user_id"))

    def get_agent_docs(
        self,
        agent_id: str,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Optional[str] = None,
        sort_by: Optional[GetAgentDocsRequestSortBy] = None,
        order: Optional[GetAgentDocsRequestOrder] = None,
    ) -> GetAgentDocsResponse:
        """Return the agent's docs, newest first, one item each with its content as it was given.

        Raises:
            NotFound: there is no such agent.
            BadRequest: the filter is no JSON object.
        """
        agent_id = check.resource_id(agent_id, "agent_id")
        items = self._page(limit, offset, metadata_filter, sort_by, order, agent_id=agent_id)
        return GetAgentDocsResponse(items=items)

    def get_user_docs(
        self,
        user_id: str,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Optional[str] = None,
        sort_by: Optional[GetUserDocsRequestSortBy] = None,
        order: Optional[GetUserDocsRequestOrder] = None,
    ) -> GetUserDocsResponse:
        """Return the user's docs; as `get_agent_docs`.

        Raises:
            NotFound: there is no such user.
        """
        user_id = check.resource_id(user_id, "user_id")
        return GetUserDocsResponse(items=self._page(limit, offset, metadata_filter, sort_by, order, user_id=user_id))

    def delete_agent_doc(self, agent_id: str, doc_id: str) -> None:
        """Delete one of the agent's docs.

        Raises:
            NotFound: this agent has no such doc.
        """
        self._delete_doc(check.resource_id(doc_id, "doc_id"), agent_id=check.resource_id(agent_id, "agent_id"))

    def delete_user_doc(self, user_id: str, doc_id: str) -> None:
        """Delete one of the user's docs.

        Raises:
            NotFound: this user has no such doc.
        """
        self._delete_doc(check.resource_id(doc_id, "doc_id"), user_id=check.resource_id(user_id, "user_id"))

    def _create_doc(
        self, request: Any, *, agent_id: str | None = None, user_id: str | None = None
    ) -> ResourceCreatedResponse:
        runtime = self._runtime
        require_owner(runtime.db, agent_id, user_id)  # before the doc is cut, which takes time
        try:
            prepared = prepare_docs(
                runtime.db.stamps, [request], embedder=runtime.embedder_label(), agent_id=agent_id, user_id=user_id
            )
        except InvalidInput as error:
            raise InvalidInput(
                error.message.removeprefix(f"{error.field}: "), field=error.field.replace("docs[0]", "request")
            ) from None
        with runtime.db.transaction():
            require_owner(runtime.db, agent_id, user_id)
            job_ids = write_docs(runtime, prepared)
        start_embedding(runtime)
        doc = prepared[0].doc
        return ResourceCreatedResponse(id=doc.id, created_at=doc.created_at, jobs=job_ids)

    def _page(self, limit: Any, offset: Any, metadata_filter: Any, sort_by: Any, order: Any, **owner: str) -> list[Doc]:
        wanted = check.listing(limit, offset, metadata_filter, sort_by, order)
        db = self._runtime.db
        require_owner(db, **owner)
        return docs.page(db, **wanted, **owner)

    def _delete_doc(self, doc_id: str, **owner: str) -> None:
        db = self._runtime.db
        with db.transaction():
            if not docs.delete(db, doc_id, **owner):
                kind, owner_id = next(iter(owner.items()))
                raise NotFound("doc", doc_id, f"{kind.removesuffix('_id')} {owner_id} has none with this id")
            jobs.abort_orphans(db, now=datetime.now(timezone.utc))


def require_owner(db: Database, agent_id: str | None = None, user_id: str | None = None) -> None:
    """Check that the owner is there.

    Raises:
        NotFound: it is not.
    """
    if agent_id is not None and agents.get(db, agent_id) is None:
        raise NotFound("agent", agent_id)
    if user_id is not None and users.get(db, user_id) is None:
        raise NotFound("user", user_id)
