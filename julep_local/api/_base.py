"""What every group of API methods stands on: opening, sharing and closing the service inside the client."""

import os
import types
from typing import TYPE_CHECKING, Any, TypeVar

from julep_local.errors import ClientClosed
from julep_local.settings import Settings, read_settings
from julep_local.stamps import Stamps

if TYPE_CHECKING:
    from julep_local.runtime import Runtime

Self = TypeVar("Self", bound="ApiBase")


class ApiBase:
    """Opens the service and closes it; the methods stand in the subclasses. The arguments are those of `Client`.

    Raises:
        StoreError: the file cannot be used.
        ModelError: a model or embedder that was named cannot be used.
    """

    def __init__(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        model: Any = None,
        embedder: Any = None,
        strict_models: bool = False,
        deterministic: Stamps | None = None,
        memory_tier: str | None = None,
        offline: bool | None = None,
        key: str | None = None,
        isolate: bool | None = None,
        api_key: Any = None,
        base_url: Any = None,
        environment: Any = None,
        timeout: Any = None,
        httpx_client: Any = None,
        additional_headers: Any = None,
        _httpx_client: Any = None,
    ) -> None:
        # what a turn and its jobs need is imported when a client opens: importing the library need not wait for it
        from julep_local.background import HANDLERS
        from julep_local.jobs import AtOnce, Worker
        from julep_local.runtime import open_runtime

        self._settings = read_settings(
            path=path,
            model=model,
            embedder=embedder,
            strict_models=strict_models,
            deterministic=deterministic,
            memory_tier=memory_tier,
            offline=offline,
            key=key,
            isolate=isolate,
        )
        worker = AtOnce if self._settings.stamps.is_repeatable else Worker
        self._open_runtime, self._give_back = open_runtime(self._settings, lambda runtime: worker(runtime, HANDLERS))
        self._closed = False

    @property
    def _runtime(self) -> "Runtime":
        if self._closed:
            raise ClientClosed
        return self._open_runtime

    def close(self) -> None:
        """Stop what runs, hand background work back and close the file. Called again it does nothing."""
        if not self._closed:
            self._closed = True
            self._give_back()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        self.close()


def runtime_of(api: ApiBase) -> "Runtime":
    """Return the service inside a client, for the managers that offer more than the SDK's methods."""
    return api._runtime  # pyright: ignore[reportPrivateUsage]


def settings_of(api: ApiBase) -> Settings:
    """Return what a client was opened with, which clients of one service may differ in."""
    return api._settings  # pyright: ignore[reportPrivateUsage]


def database_digest(api: ApiBase) -> str:
    """Return a hash over all rows of the client's database."""
    from julep_local.store.digest import digest

    return digest(runtime_of(api).db)
