"""Answers as they are generated, as server-sent events that end in `[DONE]`.

Source: the HTML standard, "Server-sent events", https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send

from julep_local.errors import ClientClosed
from julep_local.server.answers import ClientGone, envelope_of
from julep_local.server.calls import json_of
from julep_local.server.requests import unless_gone, within
from julep_local.streams import AsyncChatStream, AsyncStream

P = TypeVar("P")

SEND_S = 30.0
"""A client that takes nothing for so long is gone."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy would hold pieces back
]
_DONE = b"data: [DONE]\n\n"


class EventStream:
    """An answer of events. Made when the first pieces are there: until then an error still has a status of its own."""

    def __init__(self, stream: AsyncStream[Any, Any], first: Sequence[Any], *, for_openai: bool) -> None:
        self._stream, self._first, self._for_openai = stream, first, for_openai
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it; when the client goes away the generation is cancelled."""
        try:
            await unless_gone(receive, self._send_all(send))
        except ClientGone:
            pass
        except asyncio.CancelledError:  # the server stops
            await self._begin(send)
            await self._end(send, ClientClosed())
        finally:
            await self._stream.aclose()

    async def _begin(self, send: Send) -> None:
        if not self._begun:
            self._begun = True
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})

    async def _send_all(self, send: Send) -> None:
        await self._begin(send)
        try:
            for piece in self._first:
                await _send(send, self._shown(piece))
            async for piece in self._stream:
                await _send(send, self._shown(piece))
            if isinstance(self._stream, AsyncChatStream):
                await _send(send, _event(json_of(await self._stream.response()), b"response"))
        except ClientGone:
            raise
        except Exception as error:
            await self._end(send, error)
        else:
            await self._end(send)

    async def _end(self, send: Send, error: Exception | None = None) -> None:
        if error is not None:
            await _send(send, _event(envelope_of(error, for_openai=self._for_openai), b"error"))
        await _send(send, _DONE)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _shown(self, piece: Any) -> bytes:
        return _event(json_of(piece, all_fields=not self._for_openai))


async def begun(
    stream: AsyncStream[Any, Any], receive: Receive, *, for_openai: bool = False, n_first: int = 1
) -> EventStream:
    """Return the answer once its first pieces are there.

    Args:
        stream: the pieces.
        receive: what tells that the client has gone away.
        for_openai: pieces and errors have the shape of OpenAI's.
        n_first: how many pieces it takes to know that something is generated.

    Raises:
        ApiError: nothing could be generated.
        ClientGone: nobody waits for it any more.
    """
    try:
        first = await unless_gone(receive, _first(stream, n_first))
    except BaseException:
        await stream.aclose()
        raise
    return EventStream(stream, first, for_openai=for_openai)


async def _first(stream: AsyncStream[P, Any], n: int) -> list[P]:
    pieces: list[P] = []
    try:
        while len(pieces) < n:
            pieces.append(await stream.__anext__())
    except StopAsyncIteration:  # that was all
        pass
    return pieces


async def _send(send: Send, event: bytes) -> None:
    """Send an event.

    Raises:
        ClientGone: the client takes nothing.
    """
    try:
        await within(SEND_S, _sent(send, event))
    except asyncio.TimeoutError:
        raise ClientGone from None


async def _sent(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


def _event(data: bytes, kind: bytes = b"") -> bytes:
    named = b"event: " + kind + b"\n" if kind else b""
    return named + b"data: " + data + b"\n\n"
