"""HTTP to one address: questions with one answer, and streams of events that end at once when nobody reads on.

The requests run in an asyncio loop on a thread of their own, because there a request can be cancelled whatever it is
at: looking up the name, connecting, waiting for the first byte, reading. Whoever asked waits on their own thread, looks
at `stop_requested()` meanwhile, and can be interrupted.

Why not the `openai` library: it stands on the same HTTP library, takes 0.6 s to import instead of 0.07, reads settings
from the environment, and its blocking client can be cancelled only between two pieces of an answer.

Nothing goes anywhere but to the address: no redirect is followed, and neither proxies nor passwords are taken from the
environment (`trust_env`). It knows nothing of models.
"""

import asyncio
import contextlib
import json
import os
import queue
import re
import socket
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled, ClientClosed, ModelError
from julep_local.llm.trusted import certificates

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx2 as httpx  # the maintained continuation of httpx, with the same interface
    except ImportError:  # it needs Python 3.11
        import httpx

_POLL_S = 0.02
_CONNECT_TIMEOUT_S = 10.0
_CLOSE_WAIT_S = 2.0
_MOST_REPLY_BYTES = 16 * 2**20  # the token ids of a long prompt are some megabytes
_MOST_EVENT_BYTES = 4 * 2**20
_MOST_REFUSAL_BYTES = 2**16
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # \r at the end may be half of \r\n

Put = Callable[["bytes | Reply | BaseException | None"], None]
Work = Callable[["httpx.AsyncClient", Put], Coroutine[Any, Any, None]]
"""What is done in the loop: it puts what it gets, and None when that is all."""


@dataclass(frozen=True)
class Reply:
    """What a server answers."""

    status: int
    headers: "httpx.Headers"
    content: bytes

    def json(self) -> Any:
        """Return the content as JSON, None if it is something else."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


class Refused(Exception):
    """The server answered a request for a stream with something else."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"status {reply.status}")
        self.reply = reply


class Wire:
    """The way to a server. Usable from any thread, several at a time, and in a process that is forked off.

    Args:
        address: the base URL, which errors name.
        api_key: sent in the `Authorization` header, and shown nowhere.
        timeout_s: how long the server may send nothing.
    """

    def __init__(self, address: str, *, api_key: str | None, timeout_s: float) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._headers = {"User-Agent": "julep_local", "Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._guard = threading.Lock()
        self._loop: _LoopThread | None = None
        self._closed = False

    def ask(self, method: str, url: str, body: Any = None, *, timeout_s: float | None = None) -> Reply:
        """Return the answer, whatever its status.

        Raises:
            ModelError: there is none.
            Cancelled: `stop_requested()` became true.
            ClientClosed: this was closed.
        """
        patience_s = timeout_s or self._timeout_s
        with contextlib.closing(self._run(lambda http, put: self._ask(http, put, method, url, body, patience_s))) as it:
            reply = next(it)
        assert isinstance(reply, Reply)
        return reply

    def events(self, url: str, body: Any) -> Generator[bytes, None, None]:
        """Send the body and yield the data of each event. Closing or dropping the generator closes the connection.

        A connection that is reset before the server has answered is tried once more, never later.

        Raises:
            Refused: the server answers with another status than 200, or with no events.
            ModelError: it cannot be reached or breaks off.
            Cancelled: `stop_requested()` became true.
            ClientClosed: this was closed.
        """
        with contextlib.closing(self._run(lambda http, put: self._stream(http, put, url, body))) as items:
            for item in items:
                assert isinstance(item, bytes)
                yield item

    def close(self) -> None:
        """Close all connections; whoever waits for an answer is told."""
        with self._guard:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.close()

    # -- on the caller's thread

    def _run(self, work: "Work") -> Generator[bytes | Reply, None, None]:
        """Yield what the work puts, until it puts None or an error."""
        items: queue.SimpleQueue[bytes | Reply | BaseException | None] = queue.SimpleQueue()
        reader = _Reader()
        try:
            job = self._start(work, items.put, reader)
            while True:
                if stop_requested():
                    raise Cancelled("the generation was cancelled")
                try:
                    item = items.get(timeout=_POLL_S)
                except queue.Empty:
                    if job.done() and items.empty():  # closed before it began
                        raise ClientClosed from None
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            reader.leave()

    def _start(self, work: "Work", put: Put, reader: "_Reader") -> "Future[None]":
        with self._guard:
            if self._closed:
                raise ClientClosed
            if self._loop is None or self._loop.process != os.getpid():
                if self._loop is not None:
                    _LEFT_TO_PARENT.append(self._loop)
                self._loop = _LoopThread()
                weakref.finalize(self, self._loop.close)
            return self._loop.run(_reported(work, self._loop, put, reader))

    # -- in the loop

    async def _ask(
        self, http: "httpx.AsyncClient", put: Put, method: str, url: str, body: Any, timeout_s: float
    ) -> None:
        async with self._opened(http, method, url, body, timeout_s) as response:
            put(await _read(response, _MOST_REPLY_BYTES))

    async def _stream(self, http: "httpx.AsyncClient", put: Put, url: str, body: Any) -> None:
        async with self._opened(http, "POST", url, body, self._timeout_s) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200 or kind != "text/event-stream":
                raise Refused(await _read(response, _MOST_REFUSAL_BYTES))
            events = Events()
            async for piece in response.aiter_bytes():
                for event in events.add(piece):
                    put(event)
        put(None)

    @contextlib.asynccontextmanager
    async def _opened(
        self, http: "httpx.AsyncClient", method: str, url: str, body: Any, timeout_s: float
    ) -> AsyncGenerator["httpx.Response", None]:
        """Send the request and hold the answer open."""
        timeout = httpx.Timeout(timeout_s, connect=min(_CONNECT_TIMEOUT_S, timeout_s), pool=None)
        begun = False
        try:
            # not `json=`: that fails at halves of surrogate pairs
            content = None if body is None else json.dumps(body).encode()
            request = http.build_request(method, url, content=content, headers=self._headers, timeout=timeout)
            try:
                response = await http.send(request, stream=True)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):  # often a connection kept too long
                response = await http.send(request, stream=True)
            begun = True
            try:
                yield response
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise self._explained(error, begun, timeout_s) from error
        except (httpx.DecodingError, _Garbled) as error:
            raise ModelError(
                f"{self.address} answered something unreadable ({error}): is it the right base_url?"
            ) from (error)

    def _explained(self, error: "httpx.TransportError", begun: bool, timeout_s: float) -> ModelError:
        return ModelError(f"{self.address} {_what_happened(error, begun, timeout_s)}")


class _Reader:
    """Who waits for work in a loop, and may leave before it has learned that the work has begun: by Ctrl-C."""

    def __init__(self) -> None:
        self._has_left = False
        self._cancel: Callable[[], object] | None = None

    def leave(self) -> None:
        """Cancel the work, if any has begun or will."""
        self._has_left = True
        if self._cancel is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._cancel()

    def wait_for_this(self) -> None:
        """Let the task that calls this be cancelled when the reader leaves, or has left."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self._has_left:
            task.cancel()


async def _reported(work: "Work", loop: "_LoopThread", put: Put, reader: _Reader) -> None:
    reader.wait_for_this()
    try:
        await work(loop.http(), put)
    except asyncio.CancelledError:
        put(ClientClosed())  # nobody reads it, unless the loop is being closed
        raise
    except BaseException as error:  # whatever it is: the reader would wait for ever
        put(error)


class Events:
    """Reads server-sent events. Only LF, CR LF and CR end a line: JSON may hold the line ends of Unicode."""

    def __init__(self) -> None:
        self._held = b""
        self._data: list[bytes] = []

    def add(self, piece: bytes) -> list[bytes]:
        """Return the data of the events that these bytes complete."""
        complete: list[bytes] = []
        *lines, self._held = _LINE_END.split(self._held + piece)
        if len(self._held) > _MOST_EVENT_BYTES:
            raise _Garbled("a line without end")
        for line in lines:
            name, _, value = line.partition(b":")
            if not line and self._data:
                complete.append(b"\n".join(self._data))
                self._data = []
            elif name == b"data":
                self._data.append(value.removeprefix(b" "))
        return complete


class _Garbled(Exception):
    """What came is too long to be meant."""


class _LoopThread:
    """An asyncio loop on a daemon thread, with the connections that live in it. It holds nothing of its user."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._http: httpx.AsyncClient | None = None
        self._thread = threading.Thread(target=self._serve, name="julep-remote", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        """Begin the work."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def http(self) -> "httpx.AsyncClient":
        """Return the connections, in the loop only."""
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False, verify=certificates())
        return self._http

    def close(self) -> None:
        """Cancel what runs and close the connections."""
        if self.process != os.getpid() or not self._thread.is_alive():
            return
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        if self._thread is not threading.current_thread():  # the garbage collector runs anywhere
            self._thread.join(_CLOSE_WAIT_S)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
        self._loop.stop()


_LEFT_TO_PARENT: list[_LoopThread] = []
"""In a process that was forked off: what must not be closed here."""


async def _read(response: "httpx.Response", most_bytes: int) -> Reply:
    content = b""
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > most_bytes:
            break
    return Reply(response.status_code, response.headers, content[:most_bytes])


def _what_happened(error: "httpx.TransportError", begun: bool, timeout_s: float) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "did not accept a connection in time: check that the server runs and can be reached from here"
    if isinstance(error, httpx.TimeoutException):
        return f"sent nothing for {timeout_s:g} s: it may be overloaded; try again, or give a larger timeout_s"
    if isinstance(error, httpx.ConnectError):
        return _why_not_connected(error)
    if begun:
        return "broke off in the middle of the answer: try again, and look at the server's log if it happens again"
    return f"closed the connection without an answer ({error}): is it an HTTP server? Its log may say more"


def _why_not_connected(error: Exception) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "cannot be found under this name: check base_url and the network"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refuses the connection: start the server, or correct base_url"
    insecure = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if insecure is not None:
        return f"offers no secure connection ({insecure}): check its certificate, or whether base_url begins with http:"
    return f"cannot be reached ({error}): check base_url and the network"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and all that led to it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
