"""What a client cannot do to the server: fill it, slow it down, hold a generation, or keep it from ending."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from http_talk import EndlessModel, all_of, connected, say

from julep_local import Client
from julep_local.server import events, protocol, requests
from julep_local.testing import HashEmbedder, ScriptedModel

Endless = tuple[str, EndlessModel, Client, str]


HEAD = b"POST /api/agents HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(address: str) -> None:
    connection = connected(address)
    connection.sendall(HEAD + b"content-length: 99999999999\r\n\r\n")

    assert b" 413 " in all_of(connection).split(b"\r\n")[0]


def test_a_body_of_unknown_length_is_refused_when_it_has_grown_too_large(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("julep_local.server.app.MOST_BODY_BYTES", 1000)

    def chunks() -> Iterator[bytes]:
        yield from [b" " * 1_000_000] * 100

    with pytest.raises(httpx.HTTPError) as failed:  # the answer, or, as it did not wait for the rest, no connection
        http.post("/api/users", content=chunks(), headers={"content-type": "application/json"}).raise_for_status()

    assert getattr(failed.value, "response", None) is None or failed.value.response.status_code == 413  # type: ignore[attr-defined]


@pytest.mark.parametrize("begun", [b"", b"{"])
def test_a_body_that_does_not_come_is_not_waited_for(
    address: str, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(requests, "BODY_S", 0.05)
    connection = connected(address)
    connection.sendall(HEAD + b"content-length: 20\r\n\r\n" + begun)

    assert b" 408 " in all_of(connection).split(b"\r\n")[0]


def test_headers_without_end_are_refused(address: str) -> None:
    connection = connected(address)
    connection.sendall(b"GET /api/agents HTTP/1.1\r\nhost: localhost\r\nx: " + b"x" * (protocol.MOST_HEADER_BYTES + 1))
    connection.sendall(b"\r\n\r\n")

    assert b" 400 " in all_of(connection).split(b"\r\n")[0]


@pytest.mark.parametrize("begun", [b"", b"GET /api/agents HTTP/1.1\r\nhost: loc"])
def test_headers_that_do_not_come_are_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    from julep_local.server.serve import running

    monkeypatch.setattr(protocol, "HEADERS_S", 0.05)
    with running(client) as address:
        connection = connected(address)
        connection.sendall(begun)

        assert all_of(connection) == b""


GET = b"GET /api/agents HTTP/1.1\r\n"
RAW = {
    "garbage": b"\x00\x01\x02 \xff\r\n\r\n",
    "no host": GET + b"\r\n",
    "an empty host": GET + b"host:\r\n\r\n",
    "another server's address": b"GET http://evil.example/api/agents HTTP/1.1\r\nhost: evil.example\r\n\r\n",
    "a proxy": b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n",
    "another protocol": b"GET / HTTP/9.9\r\nhost: localhost\r\n\r\n",
    "another method": b"BREW /api/agents HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "no such method here": b"TRACE /api/agents HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "NUL in a header": GET + b"host: localhost\r\nx: \x00\r\n\r\n",
    "a folded header": GET + b"host: localhost\r\nx: a\r\n b\r\norigin: http://evil.example\r\n\r\n",
    "a blank before the colon": GET + b"host : localhost\r\n\r\n",
    "a negative length": HEAD + b"content-length: -1\r\n\r\n{}",
    "a length that is no number": HEAD + b"content-length: 0x10\r\n\r\n{}",
    "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length and chunks": HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks of no size": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "another encoding": HEAD + b"transfer-encoding: gzip\r\n\r\n{}",
    "a way out of the folder": b"GET /api/../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "the same, escaped": b"GET /api/%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "a line break in the path": b"GET /api/agents/%0d%0ax: HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "a websocket of a page": GET
    + b"host: localhost\r\norigin: http://evil.example\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
}


@pytest.mark.parametrize("sent", [pytest.param(sent, id=name) for name, sent in RAW.items()])
def test_a_malformed_request_is_refused_and_the_server_goes_on(
    http: httpx.Client, address: str, client: Client, sent: bytes
) -> None:
    connection = connected(address)
    connection.sendall(sent)

    status = connection.recv(65536).split(b"\r\n")[0]
    connection.close()

    assert status.split(b" ")[1].startswith(b"4"), status
    assert http.get("/api/agents").json() == {"items": []}
    assert client.agents.list() == []


def test_a_client_that_goes_away_ends_its_generation(endless: Endless) -> None:
    address, model, client, session_id = endless
    body = json.dumps(say()).encode()
    head = f"POST /api/sessions/{session_id}/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    connection = connected(address)
    connection.sendall(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)
    assert model.speaks.wait(30)

    connection.close()

    assert model.stopped.wait(30)
    assert client.sessions.history(session_id=session_id) == []


@pytest.mark.parametrize(
    "path", [pytest.param("/api/sessions/{}/chat", id="session"), pytest.param("/v1/chat/completions", id="openai")]
)
def test_a_reader_that_leaves_a_stream_ends_the_generation(endless: Endless, path: str) -> None:
    address, model, client, session_id = endless
    with httpx.stream(
        "POST", address + path.format(session_id), json=say(stream=True), timeout=30, verify=False
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert next(response.iter_lines()).startswith("data: ")

    assert model.stopped.wait(30)
    assert client.sessions.history(session_id=session_id) == []


def test_a_chat_that_waits_for_its_session_is_given_up_when_its_client_goes_away(endless: Endless) -> None:
    """It would otherwise hold a thread, and be answered to nobody."""
    address, model, client, session_id = endless
    url = f"{address}/api/sessions/{session_id}/chat"
    with httpx.stream("POST", url, json=say(stream=True), timeout=30, verify=False) as response:
        assert next(response.iter_lines())
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, json=say("second"), timeout=0.3, verify=False)
        client.sessions.cancel(session_id)

    assert model.stopped.wait(30)
    assert client.sessions.history(session_id=session_id) == []


def test_a_reader_that_takes_nothing_is_cut_off(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SEND_S", 0.2)
    monkeypatch.setattr(protocol, "CLOSING_S", 0.2)
    address, model, client, session_id = endless
    model.word = "on and " * 50_000  # the system takes some megabytes before it says that nobody reads
    body = json.dumps(say(stream=True)).encode()
    head = f"POST /api/sessions/{session_id}/chat HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    connection = connected(address)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)

    assert model.stopped.wait(60)

    connection.close()
    assert client.sessions.history(session_id=session_id) == []


def test_a_cancelled_stream_says_so(endless: Endless) -> None:
    address, _, client, session_id = endless
    url = f"{address}/api/sessions/{session_id}/chat"
    with httpx.stream("POST", url, json=say(stream=True), timeout=30, verify=False) as response:
        lines = response.iter_lines()
        next(lines)

        client.sessions.cancel(session_id)
        rest = [line for line in lines if line]

    assert rest[-3] == "event: error"
    assert "cancelled" in rest[-2]
    assert rest[-1] == "data: [DONE]"


SERVER = """
import sys
from julep_local import Client
from julep_local.server.serve import bound_socket, serve
from julep_local.testing import HashEmbedder
from http_talk import EndlessModel
class Telling(EndlessModel):
    def generate(self, *args, **options):
        print("speaks", flush=True)
        return super().generate(*args, **options)
client = Client(path=sys.argv[1], model=Telling(), embedder=HashEmbedder())
bound = bound_socket("127.0.0.1", 0)
serve(client, bound, host="127.0.0.1", api_key=None, on_start=lambda: print(bound.getsockname()[1], flush=True))
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_the_middle_of_everything_and_leaves_a_clean_file(
    tmp_path: Path, offline_environment: dict[str, str], sent: signal.Signals
) -> None:
    file = tmp_path / "julep.db"
    script = [sys.executable, "-c", SERVER, str(file)]
    here = str(Path(__file__).parents[1])
    env = {**offline_environment, "PYTHONPATH": os.pathsep.join([here, offline_environment["PYTHONPATH"]])}
    process = subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
    with httpx.Client(base_url=address, timeout=30, verify=False) as http:
        agent = http.post("/api/agents", json={"name": "Ada"}).json()["id"]
        session = http.post("/api/sessions", json={"agent_id": agent}).json()["id"]
        idle = connected(address)
        half = connected(address)
        half.sendall(HEAD + b"content-length: 20\r\n\r\n{")
        statuses: list[int] = []
        chat = threading.Thread(
            target=lambda: statuses.append(
                httpx.post(f"{address}/v1/chat/completions", json=say(), timeout=30, verify=False).status_code
            )
        )
        chat.start()
        with http.stream("POST", f"/api/sessions/{session}/chat", json=say(stream=True)) as response:
            next(response.iter_lines())
            assert [process.stdout.readline() for _ in range(2)] == ["speaks\n"] * 2  # both chats are under way
            process.send_signal(sent)
            assert process.wait(30) == 0
    chat.join(30)
    idle.close()
    half.close()
    process.stdout.close()

    assert statuses == [503]
    assert set(os.listdir(tmp_path)) == {"hook", "julep.db"}  # no log of writes is left
    with Client(path=file, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        assert client.agents.get(agent).name == "Ada"
        assert client.sessions.history(session_id=session) == []
