"""The server without a socket: a transport that lets an unchanged httpx client, and so the official SDK, use this file.

    with LocalTransport(path="ada.db") as transport, httpx.Client(transport=transport) as http:
        client = julep.Client(api_key="none", base_url="http://local/api", _httpx_client=http)

Requests go through the same application as over HTTP, on one thread with an event loop. Who may ask is not checked,
because nobody else can. It knows no route. It needs the extra `server`, and `httpx`.
"""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from julep_local._mirror import Threads
from julep_local.client import Client
from julep_local.errors import ClientClosed
from julep_local.server.app import make_app


class LocalTransport(httpx.BaseTransport):
    """Answers an `httpx.Client` from a file in this process.

    Args:
        client: an open client to answer with, which stays open. Without one, a client is opened with the other
            arguments, which are those of `Client`, and closed with the transport.
        opened_with: `path`, `model` and so on.
    """

    def __init__(self, client: Client | None = None, **opened_with: Any) -> None:
        self._service = _Service(client, opened_with)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request; its body comes as it is read."""
        exchange = _Exchange(self._service, request, request.read())
        return httpx.Response(exchange.status(), headers=exchange.headers, stream=exchange)

    def close(self) -> None:
        """Cancel what is under way, and close the client if it was opened here. Called again it does nothing."""
        self._service.close()


class AsyncLocalTransport(httpx.AsyncBaseTransport):
    """Answers an `httpx.AsyncClient`; the arguments are those of `LocalTransport`."""

    def __init__(self, client: Client | None = None, **opened_with: Any) -> None:
        self._service = _Service(client, opened_with)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request; its body comes as it is read."""
        exchange = _AsyncExchange(self._service, request, await request.aread())
        return httpx.Response(await exchange.status(), headers=exchange.headers, stream=exchange)

    async def aclose(self) -> None:
        """Close it; as `LocalTransport.close`."""
        await asyncio.to_thread(self._service.close)


class _Service:
    """The application, and the thread and event loop that it runs on."""

    def __init__(self, client: Client | None, opened_with: dict[str, Any]) -> None:
        if client is not None and opened_with:
            raise TypeError("give an open client or what to open one with, not both")
        answering = Client(**opened_with) if client is None else client
        self._own = answering if client is None else None
        self._threads = Threads()
        self._app: ASGIApp = make_app(answering, self._threads)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="julep-transport", daemon=True)
        self._thread.start()

    def begin(self, scope: Scope, body: bytes, put: Callable[[Message | None], None]) -> Callable[[], None]:
        """Have a request answered; return the function that says that nobody reads the answer any more.

        Args:
            scope: the request.
            body: all of it.
            put: called with each part of the answer, and with None behind the last.

        Raises:
            ClientClosed: the transport was closed.
        """
        left = asyncio.Event()

        async def answer() -> None:
            requests: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

            async def receive() -> Message:
                if requests:
                    return requests.pop()
                await left.wait()
                return {"type": "http.disconnect"}

            async def send(message: Message) -> None:
                put(message)

            try:
                await self._app(scope, receive, send)
            finally:
                put(None)

        def start() -> None:
            task = self._loop.create_task(answer())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        with self._closing:
            if self._closed:
                raise ClientClosed
            self._loop.call_soon_threadsafe(start)

        def leave() -> None:
            try:
                self._loop.call_soon_threadsafe(left.set)
            except RuntimeError:  # the transport was closed, and everything under way with it
                pass

        return leave

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._own is not None:
            self._own.close()
        self._threads.shutdown()

    async def _cancel_all(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class _Answer:
    """What both kinds of exchange know of an answer."""

    headers: list[tuple[bytes, bytes]]

    def _begun(self, message: Message | None) -> int:
        if message is None:
            raise httpx.RemoteProtocolError("the request was not answered: the transport was closed")
        self.headers = list(message["headers"])
        return int(message["status"])


class _Exchange(_Answer, httpx.SyncByteStream):
    """A request, and its answer as it comes."""

    def __init__(self, service: _Service, request: httpx.Request, body: bytes) -> None:
        self._timeout_s: float | None = request.extensions.get("timeout", {}).get("read")
        self._parts: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._leave = service.begin(_scope(request), body, self._parts.put)

    def status(self) -> int:
        """Return the answer's status, once there is one."""
        return self._begun(self._next())

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._next()) is not None:
            yield message["body"]
            if not message.get("more_body", False):
                return

    def close(self) -> None:
        """Say that nobody reads on."""
        self._leave()

    def _next(self) -> Message | None:
        try:
            return self._parts.get(timeout=self._timeout_s)
        except queue.Empty:
            self.close()
            raise httpx.ReadTimeout("no answer came in time") from None
        except BaseException:  # Ctrl-C
            self.close()
            raise


class _AsyncExchange(_Answer, httpx.AsyncByteStream):
    """A request, and its answer as it comes, for asyncio."""

    def __init__(self, service: _Service, request: httpx.Request, body: bytes) -> None:
        self._timeout_s: float | None = request.extensions.get("timeout", {}).get("read")
        self._parts: asyncio.Queue[Message | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._leave = service.begin(_scope(request), body, self._put)

    async def status(self) -> int:
        """Return the answer's status, once there is one."""
        return self._begun(await self._next())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._next()) is not None:
            yield message["body"]
            if not message.get("more_body", False):
                return

    async def aclose(self) -> None:
        """Say that nobody reads on."""
        self._leave()

    def _put(self, message: Message | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._parts.put_nowait, message)
        except RuntimeError:  # the reader's loop has ended
            self._leave()

    async def _next(self) -> Message | None:
        part = asyncio.ensure_future(self._parts.get())
        try:
            # not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the part
            await asyncio.wait({part}, timeout=self._timeout_s)
            if part.done():
                return part.result()
        except asyncio.CancelledError:
            self._leave()
            raise
        finally:
            part.cancel()
        self._leave()
        raise httpx.ReadTimeout("no answer came in time")


def _scope(request: httpx.Request) -> Scope:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": None,
        "state": {},
    }
