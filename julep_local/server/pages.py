"""For people and for tools: the OpenAPI document, and a page to read it that needs nothing from elsewhere."""

import functools
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope

from julep_local.server.answers import JSON

Endpoint = Callable[[Scope, Receive], Awaitable[ASGIApp]]

OPEN_PATHS = frozenset({"/", "/docs", "/openapi.json"})
"""Shown without a key: a browser sends none, and they say nothing of what is in the file."""

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def endpoints() -> dict[str, dict[str, Endpoint]]:
    """Return what answers, by path and HTTP method."""
    return {"/": {"GET": _page}, "/docs": {"GET": _page}, "/openapi.json": {"GET": _document}}


@functools.cache
def document_bytes() -> bytes:
    """Return the OpenAPI document; made when it is first asked for."""
    import json

    from julep_local.server.openapi import document

    return json.dumps(document()).encode()


@functools.cache
def page_bytes() -> bytes:
    """Return the page; made when it is first asked for."""
    from julep_local.server.openapi import document
    from julep_local.server.page import page

    return page(document()).encode()


async def _document(scope: Scope, receive: Receive) -> ASGIApp:
    return Response(document_bytes(), media_type=JSON)


async def _page(scope: Scope, receive: Receive) -> ASGIApp:
    return Response(page_bytes(), headers=_HEADERS, media_type="text/html")
