"""The SDK's methods for users."""

from collections.abc import Callable, Mapping
from typing import Any, Optional

from julep_local import check
from julep_local.api._base import ApiBase
from julep_local.api._docs import prepare_docs, start_embedding, write_docs
from julep_local.api._merge import merge_patch, now_after
from julep_local.check import OMIT, given
from julep_local.errors import NotFound
from julep_local.store import jobs, sessions, users
from julep_local.store.database import Database
from julep_local.types import (
    CreateDoc,
    CreateUserRequestMetadata,
    ListUsersRequestOrder,
    ListUsersRequestSortBy,
    ListUsersResponse,
    PatchUserRequestMetadata,
    ResourceCreatedResponse,
    ResourceUpdatedResponse,
    UpdateUserRequestMetadata,
    User,
    UserMetadata,
)

DEFAULT_NAME = "User"


class UserMethods(ApiBase):
    """Users: whom an agent answers."""

    def create_user(
        self,
        *,
        name: Optional[str] = OMIT,
        about: Optional[str] = OMIT,
        docs: Optional[list[CreateDoc]] = OMIT,
        metadata: Optional[CreateUserRequestMetadata] = OMIT,
    ) -> ResourceCreatedResponse:
        """Create a user with their docs, all or nothing; the docs can be recalled when the call returns.

        Raises:
            InvalidInput: a value is not acceptable.
            ModelError: there are docs, and no embedding model to embed them with.
        """
        runtime = self._runtime
        now = runtime.db.stamps.now()
        user = User(
            id=runtime.db.stamps.new_id(),
            created_at=now,
            updated_at=now,
            name=check.text(check.or_default(name, DEFAULT_NAME), "name"),
            about=check.text(check.or_default(about, ""), "about"),
            metadata=UserMetadata.model_validate(check.metadata(metadata)),
        )
        new_docs = prepare_docs(
            runtime.db.stamps, check.or_default(docs, []), embedder=runtime.embedder_label(), user_id=user.id
        )
        with runtime.db.transaction():
            users.add(runtime.db, user)
            job_ids = write_docs(runtime, new_docs)
        if new_docs:
            start_embedding(runtime)
        return ResourceCreatedResponse(id=user.id, created_at=now, jobs=job_ids)

    def get_user(self, user_id: str) -> User:
        """Return the user.

        Raises:
            NotFound: there is no such user.
        """
        return _found(self._runtime.db, check.resource_id(user_id, "user_id"))

    def list_users(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Optional[str] = None,
        sort_by: Optional[ListUsersRequestSortBy] = None,
        order: Optional[ListUsersRequestOrder] = None,
    ) -> ListUsersResponse:
        """Return users, newest first; the arguments are those of `list_agents`.

        Raises:
            BadRequest: the filter is no JSON object.
        """
        wanted = check.listing(limit, offset, metadata_filter, sort_by, order)
        page = users.page(self._runtime.db, **wanted)
        return ListUsersResponse(items=page)

    def update_user(
        self, user_id: str, *, about: str, name: str, metadata: Optional[UpdateUserRequestMetadata] = OMIT
    ) -> ResourceUpdatedResponse:
        """Replace the user: metadata that are not given become empty.

        Raises:
            NotFound: there is no such user.
        """
        user_id = check.resource_id(user_id, "user_id")
        changes = {
            "name": check.text(name, "name"),
            "about": check.text(about, "about"),
            "metadata": check.metadata(metadata),
        }
        return self._change_user(user_id, lambda _: changes)

    def patch_user(
        self,
        user_id: str,
        *,
        about: Optional[str] = OMIT,
        name: Optional[str] = OMIT,
        metadata: Optional[PatchUserRequestMetadata] = OMIT,
    ) -> ResourceUpdatedResponse:
        """Change what is given and keep the rest; metadata merge by RFC 7396.

        Raises:
            NotFound: there is no such user.
        """
        user_id = check.resource_id(user_id, "user_id")
        changes: dict[str, Any] = {}
        if given(name):
            changes["name"] = check.text(name, "name")
        if given(about):
            changes["about"] = check.text(about, "about")
        patch = check.metadata(metadata)
        return self._change_user(user_id, lambda user: {**changes, "metadata": merge_patch(user.metadata, patch)})

    def delete_user(self, user_id: str) -> None:
        """Delete the user with their docs and memories; sessions go on without a user. An unknown id is no error."""
        user_id = check.resource_id(user_id, "user_id")
        db = self._runtime.db
        with db.transaction():
            session_ids = sessions.ids(db, user_id=user_id)
            users.delete(db, user_id)
            jobs.abort_orphans(db, now=db.stamps.now())
        self._runtime.forget(session_ids)  # what is said of the user stands in their prompts

    def _change_user(self, user_id: str, changes: Callable[[User], Mapping[str, Any]]) -> ResourceUpdatedResponse:
        db = self._runtime.db
        with db.transaction():
            user = _found(db, user_id)
            now = now_after(db.stamps, user.created_at)
            users.replace(db, User.model_validate({**dict(user), **changes(user), "updated_at": now}))
        return ResourceUpdatedResponse(id=user_id, updated_at=now)


def _found(db: Database, user_id: str) -> User:
    user = users.get(db, user_id)
    if user is None:
        raise NotFound("user", user_id)
    return user
