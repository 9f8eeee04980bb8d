"""Who may ask: the checks before any request is read.

A server on loopback is within reach of every web page that its user opens. A page may send requests to it (Origin and
Sec-Fetch-Site tell), and one whose name is made to point here (DNS rebinding) looks like the server's own: only the
Host that it was asked under tells. So Host comes first, then where the request comes from, then the key.
"""

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from julep_local.server.answers import Refused, is_openai, refusal
from julep_local.server.pages import OPEN_PATHS

_MOST_KNOWN = 64
LEAST_KEY_CHARS = 16
"""Of a key that keeps others off: about 96 bits where it was drawn from letters and digits."""

_LOOKED_AT = frozenset({b"host", b"origin", b"sec-fetch-site", b"authorization", b"x-auth-key"})
Headers = Mapping[bytes, list[bytes]]


class Guard:
    """Lets requests through to the application, or answers 403."""

    def __init__(self, app: ASGIApp, *, host: str, api_key: str | None = None) -> None:
        """Guard an application that is bound to `host`.

        Raises:
            ValueError: the address can be reached by others, and there is no key, or one that can be guessed.
        """
        self._app = app
        self._only_loopback = is_loopback(host)
        names = ("localhost", host.lower(), "" if self._only_loopback else socket.gethostname().lower())
        self._names = {name for name in names if name}
        if not self._only_loopback:
            check_key(host, api_key)
        self._known: set[str] = set()
        """Host headers that were found to be good."""
        self._key = None if api_key is None else _digest(api_key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            return  # a websocket is closed by the server when nobody accepts it
        try:
            self._check(scope)
        except Refused as error:
            await refusal(error, for_openai=is_openai(scope["path"]))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            if name in _LOOKED_AT:
                headers.setdefault(name, []).append(value)
        host = self._checked_host(headers)
        if b"origin" in headers or b"sec-fetch-site" in headers:
            _check_origin(headers, f"{scope['scheme']}://{host}")
        if self._key is not None and scope["path"] not in OPEN_PATHS:
            self._check_key(headers)

    def _checked_host(self, headers: Headers) -> str:
        given = headers.get(b"host", [])
        host = given[0].decode("latin-1").lower() if len(given) == 1 else ""
        if host not in self._known and not self._is_ours(_name_of(host)):
            raise Refused(403, "the Host header does not name this server: ask it under its address, or as localhost")
        if len(self._known) < _MOST_KNOWN:
            self._known.add(host)
        return host

    def _is_ours(self, name: str) -> bool:
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False  # some other name, which anybody may have made to point here
        return not self._only_loopback or address.is_loopback

    def _check_key(self, headers: Headers) -> None:
        assert self._key is not None
        sent = [*headers.get(b"authorization", []), *headers.get(b"x-auth-key", [])]
        keys = [value[7:].strip() if value[:7].lower() == b"bearer " else value for value in sent]
        # digests have one length, and comparing them takes the same time wherever they differ
        if not any(hmac.compare_digest(_digest(key), self._key) for key in keys):
            raise Refused(403, "the API key is missing or wrong: send it as the header Authorization: Bearer KEY")


def check_key(host: str, api_key: str | None) -> None:
    """Check that a server which others can reach asks for a key.

    Raises:
        ValueError: there is none, or it can be guessed.
    """
    if api_key is None:
        raise ValueError(
            f"{host} can be reached from other machines, and whoever reaches it can read and change everything: "
            "give an API key, or leave the host at 127.0.0.1"
        )
    if len(api_key) < LEAST_KEY_CHARS:
        raise ValueError(f"the API key has {len(api_key)} characters: give at least {LEAST_KEY_CHARS}, drawn at random")


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach a server that is bound to this address or name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _check_origin(headers: Headers, own: str) -> None:
    """Refuse what a web page sends that is not this server's own."""
    for origin in headers.get(b"origin", []):
        if origin.decode("latin-1").lower() != own:
            raise Refused(403, "web pages may not use this server")
    for site in headers.get(b"sec-fetch-site", []):
        if site not in (b"same-origin", b"none"):
            raise Refused(403, "web pages may not use this server")


def _name_of(host: str) -> str:
    """Return the name in a Host header, without its port and brackets; an empty one if it is malformed."""
    if host.startswith("["):
        name, closed, port = host[1:].partition("]")
        port = port.removeprefix(":") if port.startswith(":") else ("0" if closed and not port else "x")
    else:
        name, _, port = host.partition(":")
        port = port or ("0" if not host.endswith(":") else "x")
    return name if port.isascii() and port.isdigit() else ""


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
