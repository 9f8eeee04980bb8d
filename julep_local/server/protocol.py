"""uvicorn's HTTP protocol with bounds: a client that sends headers without end, or too slowly, is cut off.

uvicorn itself waits without limit for the rest of a request's headers, and takes headers of any length.
"""

import asyncio
from asyncio.events import TimerHandle
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADER_BYTES = 32 << 10
HEADERS_S = 10.0
"""All of a request's headers must be there so long after the connection, or the request, began."""
CLOSING_S = 10.0
"""A client that does not take the rest of its answer is cut off."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wants_headers = True
        self._deadline: TimerHandle | None = None
        self._n_waiting_bytes = 0
        """What has come of headers that are not complete."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Joining(transport, self.loop))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come; most requests are complete with it, and nothing is to be waited for."""
        super().data_received(data)
        if not self._wants_headers:
            if self._deadline is not None:
                self._stop_waiting()
            return
        self._n_waiting_bytes += len(data)
        if self._n_waiting_bytes > MOST_HEADER_BYTES:
            self._refuse()
        elif self._deadline is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._wants_headers = True
        self._n_waiting_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._wants_headers = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEADER_BYTES:
            raise ValueError("the headers are too long")  # the parser makes it a 400
        super().on_headers_complete()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEADERS_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Joining:
    """A transport that sends together what is written in one turn of the loop.

    uvicorn writes the head of an answer and its body one after the other, and each would be a packet of its own, where
    sending is most of what a short answer costs.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self.is_closing, self.abort = transport.is_closing, transport.abort

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()
        # closing waits until all is sent; a client that takes nothing must not keep its answer in memory for ever
        if self._transport.get_write_buffer_size():
            self._loop.call_later(CLOSING_S, self._transport.abort)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._transport.write(b"".join(held))
