"""The ASGI application: which endpoint answers a request, on which thread, and what an error comes to.

It knows HTTP and asyncio. Who may ask at all is guard.py's, how a request becomes a call calls.py's.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
    return Paths({path: Resource(by_method, is_openai(path)) for path, by_method in endpoints.items()})


@dataclass(frozen=True)
class Shape:
    """A path with ids in it."""

    fixed: tuple[tuple[int, str], ...]
    """Place and text of its words."""
    named: tuple[tuple[int, str], ...]
    """Place and name of its ids."""
    app: ASGIApp


class Paths:
    """Finds what answers on a path, by how many parts it has.

    Starlette's router tries one pattern after the other, which takes a sixth of the time of a read.
    """

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._plain = {path: app for path, app in apps.items() if "{" not in path}
        self._shapes: dict[int, list[Shape]] = {}
        self._open: list[tuple[str, str, ASGIApp]] = []
        """Beginnings of paths whose last name may hold slashes, the name, and what answers."""
        for path, app in apps.items():
            if path.endswith(":path}"):
                begin, _, name = path.rpartition("{")
                self._open.append((begin, name.removesuffix(":path}"), app))
                continue
            parts = list(enumerate(path.split("/")))
            fixed = tuple((i, part) for i, part in parts if not part.startswith("{"))
            named = tuple((i, part[1:-1]) for i, part in parts if part.startswith("{"))
            if named:
                self._shapes.setdefault(len(parts), []).append(Shape(fixed, named, app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the ids of its path in `path_params`."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        app = self._plain.get(path)
        if app is not None:
            scope["path_params"] = {}
            await app(scope, receive, send)
            return
        given = path.split("/")
        for shape in self._shapes.get(len(given), ()):
            if all(given[i] == text for i, text in shape.fixed) and all(given[i] for i, _ in shape.named):
                scope["path_params"] = {name: given[i] for i, name in shape.named}
                await shape.app(scope, receive, send)
                return
        for begin, name, app in self._open:
            if path.startswith(begin) and len(path) > len(begin):
                scope["path_params"] = {name: path[len(begin) :]}
                await app(scope, receive, send)
                return
        await _nothing_here(scope, receive, send)


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
