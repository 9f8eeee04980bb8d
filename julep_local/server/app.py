"""The ASGI application: which endpoint answers a request, on which thread, and what an error comes to.

It knows HTTP and asyncio. Who may ask at all is guard.py's, how a request becomes a call calls.py's.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from julep_local._mirror import Lane, Threads, run_on
from julep_local.api._base import settings_of
from julep_local.api.client import JulepApi
from julep_local.client import Client
from julep_local.errors import ClientClosed
from julep_local.server import openai, pages
from julep_local.server.answers import Answer, ClientGone, Refused, is_openai, refusal
from julep_local.server.calls import arguments, encoded
from julep_local.server.events import begun
from julep_local.server.requests import (
    MOST_BODY_BYTES,
    MOST_DOC_BODY_BYTES,
    SMALL_BODY_BYTES,
    body_of,
    unless_gone,
)
from julep_local.server.routes import OPERATIONS, PREFIX, Operation
from julep_local.settings import IN_MEMORY
from julep_local.streams import AsyncStream, Stream, run_chat

Endpoint = Callable[[Scope, Receive], Awaitable[ASGIApp]]


def make_app(client: Client, threads: Threads) -> ASGIApp:
    """Return the application that answers with this client, on these threads.

    Both stay the caller's: close them when the last request has been answered.
    """
    endpoints: dict[str, dict[str, Endpoint]] = {}
    api = client.agents.api_client
    for operation in OPERATIONS:
        endpoints.setdefault(PREFIX + operation.path, {})[operation.http_method] = ApiCall(api, threads, operation)
    for path, by_method in (*openai.endpoints(client, threads).items(), *pages.endpoints().items()):
        endpoints[path] = by_method
    # the router tries one path after the other: what is asked most often comes first
    paths = sorted(endpoints, key=lambda path: len(endpoints[path]), reverse=True)
    routes = [Route(path, Resource(endpoints[path], is_openai(path))) for path in paths]
    return Router(routes, redirect_slashes=False, default=_nothing_here)


class Resource:
    """What answers on one path, by HTTP method."""

    def __init__(self, endpoints: Mapping[str, Endpoint], for_openai: bool) -> None:
        self._endpoints, self._for_openai = endpoints, for_openai

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens."""
        try:
            response = await self._answered(scope, receive)
        except ClientGone:
            return
        except asyncio.CancelledError:  # the server stops
            response = refusal(ClientClosed(), for_openai=self._for_openai)
        except Exception as error:
            response = refusal(error, for_openai=self._for_openai)
        await response(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> ASGIApp:
        endpoint = self._endpoints.get(scope["method"])
        if endpoint is None:
            allowed = ", ".join(self._endpoints)
            raise Refused(405, f"only {allowed} is answered here", {"allow": allowed})
        return await endpoint(scope, receive)


class ApiCall:
    """Answers with a method of `JulepApi`."""

    def __init__(self, api: JulepApi, threads: Threads, operation: Operation) -> None:
        self._threads, self._operation = threads, operation
        self._method = getattr(api, operation.name)
        # a database in memory has one connection for all: a read may have to wait for a writer
        self._lane: Lane | None = operation.lane or ("store" if settings_of(api).path == IN_MEMORY else None)
        self._most_bytes = MOST_DOC_BODY_BYTES if operation.lane == "embed" else MOST_BODY_BYTES

    async def __call__(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Return the answer to a request.

        Raises:
            ApiError: the method raised it.
            Refused: the request cannot be read.
            ClientGone: nobody waits for the answer any more.
        """
        operation, path, query = self._operation, scope["path_params"], scope["query_string"]
        if self._lane is None:
            return Answer(self._called(path, arguments(operation, path, query, b"")), operation.status)
        body = await body_of(scope, receive, self._most_bytes) if operation.has_body else b""
        read = functools.partial(arguments, operation, path, query, body)
        given = read() if len(body) <= SMALL_BODY_BYTES else await run_on(self._threads, "store", read)
        call = functools.partial(self._called, path, given)
        if operation.name == "chat":
            work = run_chat(self._threads, call, streamed=given.get("stream") is True)
        else:
            work = run_on(self._threads, self._lane, call)
        result = await unless_gone(receive, work)
        if isinstance(result, AsyncStream):
            return await begun(result, receive)
        return Answer(result, operation.status)

    def _called(self, path: Mapping[str, str], given: Mapping[str, Any]) -> Any:
        result = self._method(**given)
        return result if isinstance(result, Stream) else encoded(self._operation, path, result)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(Refused(404, "Not Found"), for_openai=is_openai(scope["path"]))(scope, receive, send)
