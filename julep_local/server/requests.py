"""What a request brings, within limits of size and time, and whether anybody still waits for the answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive, Scope

from julep_local.server.answers import JSON, ClientGone, Refused

T = TypeVar("T")

MOST_BODY_BYTES = 8 << 20
"""The longest message, a million characters, fits even where a client escapes each."""
MOST_DOC_BODY_BYTES = 64 << 20
"""Of requests that bring docs: a text of twenty million characters."""
SMALL_BODY_BYTES = 64 << 10
"""Read on the spot: JSON of megabytes takes a while, in which nobody else would be served."""
BODY_S = 30.0
"""A whole body must be there within this time."""

_CLOSE = {"connection": "close"}  # what is left of the body is not read


async def body_of(scope: Scope, receive: Receive, most_bytes: int) -> bytes:
    """Return a JSON request's body.

    Raises:
        Refused: it is not declared as JSON, too large, or does not come.
        ClientGone: the client went away while sending it.
    """
    _check_headers(scope, most_bytes)
    try:
        return await within(BODY_S, _all(receive, most_bytes))
    except asyncio.TimeoutError:
        raise Refused(408, f"the body did not come within {BODY_S:g} seconds", _CLOSE) from None


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Await the work for so long at most, and cancel it then.

    Not `asyncio.wait_for`: before Python 3.12 that one loses a cancellation that comes when the work has just ended.

    Raises:
        asyncio.TimeoutError: it has not ended.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Await the work, and cancel it as soon as the client goes away.

    Raises:
        ClientGone: it did.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})  # until the work has noticed
    if not task.cancelled():
        task.exception()  # seen, so that asyncio does not complain
    raise ClientGone


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _check_headers(scope: Scope, most_bytes: int) -> None:
    headers = dict(scope["headers"])
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if kind != JSON.encode():
        raise Refused(415, f"send the body as JSON, with the header content-type: {JSON}", _CLOSE)
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > most_bytes:
        raise _too_large(most_bytes)


async def _all(receive: Receive, most_bytes: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
    return bytes(body)


def _too_large(most_bytes: int) -> Refused:
    return Refused(413, f"the body is larger than {most_bytes >> 20} MiB: send less at once", _CLOSE)
