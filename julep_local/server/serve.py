"""Running the server: a socket, uvicorn on it, and an end within a second that leaves a clean file."""

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from julep_local._mirror import Threads
from julep_local.client import Client
from julep_local.server.app import make_app
from julep_local.server.guard import Guard
from julep_local.server.protocol import BoundedProtocol

MOST_CONNECTIONS = 256
"""Above this a request is answered 503."""
KEEP_ALIVE_S = 60
GRACE_S = 0.3
"""What is still under way so long after the end was asked for is cancelled; calls that only store take a hundredth."""


def serve(
    client: Client, bound: socket.socket, *, host: str, api_key: str | None, on_start: Callable[[], object]
) -> None:
    """Answer requests until SIGTERM or Ctrl-C, then close the client.

    Args:
        client: what answers; it is closed here.
        bound: where to listen.
        host: the name or address that it is bound to, as it was given.
        api_key: what requests must bring; None asks for nothing.
        on_start: called when requests are answered.

    Raises:
        ValueError: others could reach the server, and there is no good key.
    """
    threads = Threads()
    # uvicorn raises the signal that ended it once more when it is done; the file is to be closed first
    before = {each: signal.signal(each, _ignore) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        _Server(client, threads, host, api_key, on_start).run(sockets=[bound])
    finally:
        client.close()
        threads.shutdown()
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def running(
    client: Client, *, host: str = "127.0.0.1", port: int = 0, api_key: str | None = None
) -> Generator[str, None, None]:
    """Serve an open client beside the rest of this program, and yield the address, `http://127.0.0.1:...`.

    Args:
        client: what answers; it stays open.
        host: where to listen.
        port: 0 takes any that is free.
        api_key: what requests must bring; None asks for nothing.

    Raises:
        ValueError: others could reach the server, and there is no good key.
        OSError: the address is not this machine's, or the port is taken.
    """
    threads, started = Threads(), threading.Event()
    server = _Server(client, threads, host, api_key, started.set)
    bound = bound_socket(host, port)
    thread = threading.Thread(target=server.run, args=([bound],), name="julep-server", daemon=True)
    thread.start()
    try:
        while not started.wait(0.1):
            if not thread.is_alive():
                raise RuntimeError("the server did not start; its log says why")
        yield address_of(bound, host)
    finally:
        server.should_exit = True
        thread.join()
        threads.shutdown()
        bound.close()


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is bound; port 0 is any that is free.

    Raises:
        OSError: the address is not this machine's, or the port is taken.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # with the protocol named: without it asyncio leaves Nagle's algorithm on, and each answer takes 40 ms
    bound = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def address_of(bound: socket.socket, host: str) -> str:
    """Return the address of what is served on this socket."""
    return f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"


class _Server(uvicorn.Server):
    def __init__(
        self, client: Client, threads: Threads, host: str, api_key: str | None, on_start: Callable[[], object]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                Guard(make_app(client, threads), host=host, api_key=api_key),
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,  # type: ignore[arg-type]  # declared whole, used as it is
            )
        )
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()


def _ignore(*_: Any) -> None:
    """Do nothing: uvicorn has seen to it."""
