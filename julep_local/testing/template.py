"""Fresh databases for tests: blank ones, and copies of a populated one, filled once and copied in a millisecond."""

from typing import Any

from julep_local.api._base import runtime_of
from julep_local.client import AsyncClient, Client
from julep_local.settings import IN_MEMORY
from julep_local.store.image import Image
from julep_local.testing.deterministic import Deterministic
from julep_local.testing.embedder import HashEmbedder


class Template:
    """What a client's database holds now, for others to begin with. They need the embedder that it was filled with."""

    def __init__(self, client: Client) -> None:
        self.image = Image(runtime_of(client._api_client).db)  # pyright: ignore[reportPrivateUsage]

    def client(self, **given: Any) -> Client:
        """Return a client on a copy in memory; as `fresh_client`."""
        return fresh_client(self, **given)

    def async_client(self, **given: Any) -> AsyncClient:
        """Return a client for asyncio on a copy in memory; as `fresh_client`."""
        return fresh_async_client(self, **given)


def fresh_client(template: Template | None = None, **given: Any) -> Client:
    """Return a client on a database in memory of its own.

    Args:
        template: what it begins with; None is nothing.
        given: arguments of `Client`. Where they are not given it is deterministic, and embeds with a `HashEmbedder`.
    """
    client = Client(**_with_defaults(given))
    if template is not None:
        runtime_of(client._api_client).db.become(template.image)  # pyright: ignore[reportPrivateUsage]
    return client


def fresh_async_client(template: Template | None = None, **given: Any) -> AsyncClient:
    """Return a client for asyncio on a database in memory of its own; as `fresh_client`."""
    client = AsyncClient(**_with_defaults(given))
    if template is not None:
        runtime_of(client._api_client.blocking).db.become(template.image)  # pyright: ignore[reportPrivateUsage]
    return client


def _with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    return {"path": IN_MEMORY, "embedder": HashEmbedder(), "deterministic": Deterministic(), **given}
