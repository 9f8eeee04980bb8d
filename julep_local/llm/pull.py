"""HTTP for downloads: one answer at a time, its bytes as they come, given up at once when nobody waits for them.

As in remote/wire.py the requests run in an asyncio loop on a thread of their own, because there a request can be
cancelled whatever it is at. The caller asks for each piece, so nothing piles up in memory. No redirect is followed, and
neither proxies nor passwords are taken from the environment. It knows nothing of files and hubs.
"""

import asyncio
import concurrent.futures
import contextlib
import socket
import ssl
import threading
import types
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled
from julep_local.llm.trusted import certificates

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx2 as httpx  # the maintained continuation of httpx, with the same interface
    except ImportError:  # it needs Python 3.11
        import httpx

T = TypeVar("T")

SILENCE_S = 60.0
"""A server that sends nothing for so long is taken as gone."""
_CONNECT_S = 20.0
_POLL_S = 0.05
_CLOSE_WAIT_S = 2.0


class Unreachable(Exception):
    """There is no answer, or not all of it; the text says what happened and what to do, without the address."""


@dataclass(frozen=True)
class Answer:
    """What a server answers; its bytes come when `pieces` is read."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    pieces: Iterator[bytes]


class Connection:
    """The way to servers, until the `with` block ends.

    Args:
        silence_s: how long a server may send nothing.
    """

    def __init__(self, silence_s: float = SILENCE_S) -> None:
        self._silence_s = silence_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="julep-download", daemon=True)
        self._http: httpx.AsyncClient | None = None

    def __enter__(self) -> "Connection":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(_CLOSE_WAIT_S)

    @contextlib.contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Generator[Answer, None, None]:
        """Ask for the address and hold the answer open.

        Raises:
            Unreachable: nothing came, or, while `pieces` are read, not all.
            Cancelled: `stop_requested()` became true.
        """
        response = self._wait(self._opened(url, headers))
        try:
            yield Answer(response.status_code, response.headers, self._pieces(response.aiter_raw()))
        finally:
            with contextlib.suppress(Unreachable, Cancelled):
                self._wait(response.aclose())

    def _pieces(self, stream: AsyncIterator[bytes]) -> Iterator[bytes]:
        async def next_piece() -> bytes | None:
            return await anext(stream, None)

        while (piece := self._wait(next_piece())) is not None:
            yield piece

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the work in the loop and return what it does."""
        job = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            while not concurrent.futures.wait([job], _POLL_S).done:
                if stop_requested():
                    raise Cancelled("the download was cancelled; what has come is kept, and add() goes on from there")
            return job.result()
        except httpx.TransportError as error:
            raise Unreachable(_what_happened(error, self._silence_s)) from error
        except (httpx.InvalidURL, httpx.DecodingError, UnicodeError) as error:
            raise Unreachable(f"cannot be asked ({error}): check the address") from error
        finally:
            job.cancel()

    # -- in the loop

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _opened(self, url: str, headers: Mapping[str, str]) -> "httpx.Response":
        if self._http is None:
            timeout = httpx.Timeout(self._silence_s, connect=min(_CONNECT_S, self._silence_s), pool=None)
            self._http = httpx.AsyncClient(
                trust_env=False, follow_redirects=False, timeout=timeout, verify=certificates()
            )
        # compressed bytes could be neither counted nor resumed
        given = {"User-Agent": "julep_local", "Accept-Encoding": "identity", **headers}
        return await self._http.send(self._http.build_request("GET", url, headers=given), stream=True)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
        await self._loop.shutdown_asyncgens()
        self._loop.stop()


def _what_happened(error: "httpx.TransportError", silence_s: float) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "did not accept a connection in time: check the network and try again"
    if isinstance(error, httpx.TimeoutException):
        return f"sent nothing for {silence_s:g} s: try again later"
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "cannot be found under this name: check the address and the network"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refuses the connection: check the address and whether the server runs"
    insecure = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if insecure is not None:
        return f"offers no secure connection ({insecure}): check its certificate and this machine's clock"
    if isinstance(error, httpx.UnsupportedProtocol):
        return "cannot be asked: the address must begin with http:// or https://"
    return f"broke off ({error or type(error).__name__}): try again"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
