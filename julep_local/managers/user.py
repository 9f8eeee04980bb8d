"""`client.users`: whom agents answer."""

import builtins
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from julep_local import check
from julep_local._mirror import AsyncMirror, in_embedding_thread, in_store_thread, in_waiting_thread
from julep_local.check import OMIT
from julep_local.managers.base import BaseManager
from julep_local.managers.utils import filter_text, required, valid_id
from julep_local.types import User

if TYPE_CHECKING:
    from julep_local.types.erasure import ErasureReceipt


class UsersManager(BaseManager):
    """Create, read, change and delete users."""

    def get(self, id: Union[str, uuid.UUID]) -> User:
        """Return the user.

        Raises:
            NotFound: there is no such user.
        """
        return self.api_client.get_user(valid_id(id))

    def create(
        self, *, name: str, about: str, docs: Sequence[Any] = (), metadata: Optional[Mapping[str, Any]] = None
    ) -> User:
        """Create a user and return them, complete, with the ids of the jobs that embedded their docs in `jobs`."""
        created = self.api_client.create_user(
            name=name,
            about=about,
            docs=builtins.list(docs),
            metadata=metadata,  # type: ignore[arg-type]  # a dict is accepted for the model
        )
        return self.get(created.id).model_copy(update={"jobs": created.jobs})

    def update(
        self,
        *,
        user_id: Union[str, uuid.UUID],
        about: str = OMIT,
        name: str = OMIT,
        metadata: Mapping[str, Any] = OMIT,
        overwrite: bool = False,
    ) -> User:
        """Change what is given, or with `overwrite` replace the whole user, and return them, complete.

        Raises:
            TypeError: `overwrite` without about or name.
            NotFound: there is no such user.
        """
        user_id = valid_id(user_id, "user_id")
        required(overwrite, about=about, name=name)
        write = self.api_client.update_user if overwrite else self.api_client.patch_user
        write(user_id, about=about, name=name, metadata=metadata)  # type: ignore[arg-type]
        return self.get(user_id)

    def delete(self, user_id: Union[str, uuid.UUID]) -> None:
        """Delete the user with their docs and memories. An unknown id is no error.

        Their sessions stay, and deleted rows leave their bytes in the file: `forget` erases all of a person.
        """
        self.api_client.delete_user(valid_id(user_id, "user_id"))

    def forget(self, user_id: Union[str, uuid.UUID]) -> "ErasureReceipt":
        """Erase a person, and prove it: what they are and said, and what was formed, summarised and kept of it.

        Their docs, memories of all agents, sessions with all messages, suggestions, vectors, entries of the text
        indexes, what jobs hold of them and what models have kept of their sessions go. The file is written anew, so
        that no free page and no log holds them any more, and whoever writes waits meanwhile: some seconds of a
        gigabyte. Then file and log are searched for ids and texts, which takes longer and holds up nobody; the receipt
        says what was found. Turns under way in their sessions are cancelled. Rows of others that mention the person
        stay, and the receipt counts them.

        Not reached are copies: backups, exports, what another program has in memory, and blocks that the disk has
        freed. An unknown id is no error: the file is written anew and searched for it.

        Raises:
            StoreError: others hold the file, so that it cannot be written anew. The rows are gone all the same; call it
                again when they have ended.
            DiskFull: for a while there must be room for the file twice more. The rows are gone all the same.
        """
        from julep_local.managers._forgetting import forgotten

        return forgotten(self.api_client, check.resource_id(user_id, "user_id"))

    def list(
        self,
        *,
        limit: Optional[int] = None,
        offset: Optional[int] = None,
        metadata_filter: Mapping[str, Any] = {},  # noqa: B006  (never changed; the SDK's default)
    ) -> "builtins.list[User]":
        """Return users, newest first, those whose metadata have equal values for all keys of the filter."""
        filter_ = filter_text(metadata_filter)
        return self.api_client.list_users(limit=limit, offset=offset, metadata_filter=filter_).items


class AsyncUsersManager(AsyncMirror[UsersManager]):
    """`UsersManager` for asyncio."""

    get = in_store_thread(UsersManager.get)
    create = in_embedding_thread(UsersManager.create)
    update = in_store_thread(UsersManager.update)
    delete = in_store_thread(UsersManager.delete)
    forget = in_waiting_thread(UsersManager.forget)
    list = in_store_thread(UsersManager.list)
