"""All ways to the same file: a factory for each client, on a fresh database with the same ids and times.

Those of the released SDK need its own environment, where this package is installed beside it.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx

from honesty.managers import ThroughManagers
from honesty.wire import WireApi
from julep_local import AsyncJulepApi, Client, JulepApi
from julep_local.server.serve import running
from julep_local.testing import Deterministic, HashEmbedder
from julep_local.testing.conformance import Parrot
from julep_local.transport import AsyncLocalTransport, LocalTransport

Factory = Callable[[], Any]
IN_PROCESS = "http://local/api"


def opened() -> dict[str, Any]:
    """Return what every client is opened with."""
    model, embedder = Parrot(), HashEmbedder()
    return {"path": ":memory:", "model": model, "embedder": embedder, "deterministic": Deterministic(seed=1)}


class Door:
    """A client, and what has to be closed with it."""

    def __init__(self, client: Any, stack: ExitStack) -> None:
        self._client, self._stack = client, stack

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def close(self) -> None:
        self._stack.close()


def served() -> tuple[str, ExitStack]:
    """Return the address of a server, and what ends it."""
    stack = ExitStack()
    client = stack.enter_context(Client(**opened()))
    return stack.enter_context(running(client)), stack


def _wire() -> Any:
    address, stack = served()
    return Door(WireApi(stack.enter_context(httpx.Client(base_url=address, timeout=30))), stack)


OURS: dict[str, Factory] = {
    "`JulepApi`": lambda: JulepApi(**opened()),
    "`AsyncJulepApi`": lambda: AsyncJulepApi(**opened()),
    "`Client`": lambda: ThroughManagers(Client(**opened())),
    "bare HTTP": _wire,
}


def _sdk_in_process(make: Callable[[str, httpx.Client], Any]) -> Any:
    stack = ExitStack()
    http = stack.enter_context(httpx.Client(transport=LocalTransport(**opened())))
    return Door(make(IN_PROCESS, http), stack)


def _sdk_async_in_process() -> Any:
    from julep.client import AsyncJulepApi as SdkAsyncApi

    http = httpx.AsyncClient(transport=AsyncLocalTransport(**opened()))
    return AsyncDoor(SdkAsyncApi(api_key="none", base_url=IN_PROCESS, httpx_client=http), http)


class AsyncDoor:
    """An asyncio client, and the HTTP client that has to be closed with it."""

    def __init__(self, client: Any, http: httpx.AsyncClient) -> None:
        self._client, self._http = client, http

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def aclose(self) -> None:
        await self._http.aclose()


def _sdk_over_http(make: Callable[[str, httpx.Client], Any]) -> Any:
    address, stack = served()
    return Door(make(f"{address}/api", stack.enter_context(httpx.Client())), stack)


def _sdk_api(base_url: str, http: httpx.Client) -> Any:
    from julep.client import JulepApi as SdkApi

    return SdkApi(api_key="none", base_url=base_url, httpx_client=http)


def _sdk_client(base_url: str, http: httpx.Client) -> Any:
    import julep

    return ThroughManagers(julep.Client(api_key="none", base_url=base_url, _httpx_client=http))


SDK: dict[str, Factory] = {
    "SDK's `JulepApi`, in process": lambda: _sdk_in_process(_sdk_api),
    "SDK's `AsyncJulepApi`, in process": _sdk_async_in_process,
    "SDK's `Client`, in process": lambda: _sdk_in_process(_sdk_client),
    "SDK's `JulepApi`, HTTP": lambda: _sdk_over_http(_sdk_api),
    "SDK's `Client`, HTTP": lambda: _sdk_over_http(_sdk_client),
}
