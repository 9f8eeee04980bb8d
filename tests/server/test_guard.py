"""Who may ask: this machine's programs, with the key if there is one, and no web page."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_talk import all_of, connected

from julep_local import Client
from julep_local.server.guard import Guard, _name_of, is_loopback
from julep_local.server.serve import running
from julep_local.testing import HashEmbedder, ScriptedModel

KEY = "a key of enough characters"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "",
        "127.0.0.1.evil.example",
        "[::1",
        "localhost:x",
        "192.168.0.7",
        "a@127.0.0.1",
    ],
)
def test_a_request_for_another_host_is_refused(http: httpx.Client, host: str) -> None:
    """A page whose name was made to point here (DNS rebinding) asks under its own name."""
    response = http.get("/api/agents", headers={"host": host})

    assert response.status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost", "LOCALHOST:8108", "[::1]:8108", "127.8.8.8"])
def test_a_request_for_this_host_is_answered_under_each_of_its_names(http: httpx.Client, host: str) -> None:
    assert http.get("/api/agents", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "https://evil.example"}, id="another site"),
        pytest.param({"origin": "null"}, id="a file, or a sandbox"),
        pytest.param({"origin": "http://localhost:3000"}, id="another server here"),
        pytest.param({"sec-fetch-site": "cross-site"}, id="a picture in a page"),
        pytest.param({"sec-fetch-site": "same-site"}, id="another port here"),
    ],
)
@pytest.mark.parametrize("path", ["/api/agents", "/v1/models", "/docs"])
def test_what_a_web_page_sends_is_refused(http: httpx.Client, headers: dict[str, str], path: str) -> None:
    assert http.get(path, headers=headers).status_code == 403


def test_the_servers_own_page_may_ask(http: httpx.Client, address: str) -> None:
    response = http.get("/openapi.json", headers={"origin": address, "sec-fetch-site": "same-origin"})

    assert response.status_code == 200


def test_two_hosts_are_refused(address: str) -> None:
    connection = connected(address)
    connection.sendall(
        b"GET /api/agents HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n"
    )

    assert b" 403 " in all_of(connection).split(b"\r\n")[0]


@pytest.fixture
def locked(tmp_path: Path) -> Callable[[], Client]:
    return lambda: Client(path=tmp_path / "locked.db", model=ScriptedModel(), embedder=HashEmbedder())


def test_with_a_key_only_who_has_it_is_answered(locked: Callable[[], Client]) -> None:
    with locked() as client, running(client, api_key=KEY) as address:

        def status(**headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return httpx.get(f"{address}/api/agents", verify=False, headers=named).status_code

        assert status(authorization=f"Bearer {KEY}") == 200
        assert status(authorization=KEY) == 200
        assert status(x_auth_key=KEY) == 200
        assert status() == 403
        assert status(authorization="Bearer") == 403
        assert status(authorization=f"Bearer {KEY[:-1]}") == 403
        assert (
            httpx.get(f"{address}/api/agents", verify=False, headers=[(b"authorization", b"Bearer \xe4")]).status_code
            == 403
        )
        assert httpx.get(f"{address}/api/agents?api_key={KEY}", verify=False).status_code == 403
        assert httpx.get(f"{address}/v1/models", verify=False).status_code == 403
        assert httpx.get(f"{address}/docs", verify=False).status_code == 200


def test_a_server_on_all_addresses_is_not_asked_under_no_name_at_all() -> None:
    assert "" not in Guard(lambda *_: None, host="", api_key=KEY)._names  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("key", [None, "short"])
def test_what_others_can_reach_needs_a_key_that_cannot_be_guessed(key: str | None) -> None:
    for host in ("0.0.0.0", "::", "192.168.0.7", "example.org"):  # noqa: S104
        with pytest.raises(ValueError, match="API key"):
            Guard(lambda *_: None, host=host, api_key=key)  # type: ignore[arg-type, return-value]


def test_a_server_that_others_can_reach_is_asked_under_its_address_but_under_no_foreign_name() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def status(host: str) -> int:
        guard = Guard(app, host="0.0.0.0", api_key=KEY)  # noqa: S104
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard)) as http:
            headers = {"authorization": f"Bearer {KEY}", "host": host}
            return (await http.get("http://local/api/agents", headers=headers)).status_code

    assert asyncio.run(status("192.168.0.7:8108")) == 200
    assert asyncio.run(status(socket.gethostname())) == 200
    assert asyncio.run(status("evil.example")) == 403


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)  # noqa: E501, S104
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a", "a"),
        ("a:1", "a"),
        ("[::1]", "::1"),
        ("[::1]:1", "::1"),
        ("a:", ""),
        ("a:b", ""),
        ("[::1", ""),
        ("[::1]x", ""),
    ],
)
def test_the_name_in_a_host_header_is_read_strictly(host: str, name: str) -> None:
    assert _name_of(host) == name
