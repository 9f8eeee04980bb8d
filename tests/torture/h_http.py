"""H: a server on loopback under raw attacks, generated requests and slow clients.

H1 sends what no client would, byte by byte; each has to be refused, and the server to go on. H2 lets schemathesis
generate requests from the OpenAPI document. H3 has many connections that send or read too slowly, beside a client that
must not notice.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from julep_local import Client
from julep_local.server import protocol, requests
from julep_local.server.serve import running
from julep_local.testing import HashEmbedder, ScriptedModel

from .patience import allowed
from .row import Row, Tier

N_EXAMPLES: dict[Tier, int] = {"P": 0, "N": 225, "R": 400}
"""That schemathesis makes for each route: 180 made 9,281 requests, 225 made 12,183."""
LONGEST_WAIT_S = 1.0
N_SLOW: dict[Tier, int] = {"P": 0, "N": 100, "R": 100}
MOST_MEMORY_BYTES = 64 << 20

GET, POST = b"GET /api/agents HTTP/1.1\r\n", b"POST /api/agents HTTP/1.1\r\n"
HOST, JSON = b"host: localhost\r\n", b"content-type: application/json\r\n"
END = b"connection: close\r\n\r\n"


def _body(body: bytes, *headers: bytes) -> bytes:
    return POST + HOST + JSON + b"".join(headers) + b"content-length: %d\r\n" % len(body) + END + body


def _for_host(host: bytes) -> bytes:
    return GET + b"host: " + host + b"\r\n" + END


def _with(*headers: bytes) -> bytes:
    return GET + HOST + b"".join(each + b"\r\n" for each in headers) + END


def _path(path: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + END


ATTACKS: dict[str, bytes] = {
    # hosts that are not ours: a name that was made to point here
    **{
        f"the host {host!r}": _for_host(host)
        for host in (
            b"evil.example",
            b"localhost.evil.example",
            b"127.0.0.1.evil.example",
            b"evil.example:80",
            b"",
            b" ",
            b"localhost@evil.example",
            b"[::1].evil.example",
            b"0x7f.1.evil",
            b"localhost\t.evil",
            b"evil.example#localhost",
            b"localhost/evil",
            b"169.254.169.254.nip.io",
            b"xn--lcalhost-54a",
            b"LOCALHOST.EVIL",
        )
    },
    "no host": GET + END,
    "two hosts": GET + HOST + b"host: evil.example\r\n" + END,
    "another server's address": b"GET http://evil.example/api/agents HTTP/1.1\r\nhost: evil.example\r\n" + END,
    "a proxy": b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n" + END,
    # web pages
    **{
        f"a page: {header!r}": _with(header)
        for header in (
            b"origin: http://evil.example",
            b"origin: null",
            b"origin: http://localhost.evil.example",
            b"origin: https://localhost",
            b"origin: file://",
            b"origin: http://127.0.0.1:1",
            b"origin: chrome-extension://abc",
            b"sec-fetch-site: cross-site",
            b"sec-fetch-site: same-site",
            b"origin: http://evil.example\r\norigin: http://localhost",
        )
    },
    "a form of a page": POST
    + HOST
    + b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n"
    + END
    + b"a=b",
    "a text of a page": POST + HOST + b"content-type: text/plain\r\ncontent-length: 2\r\n" + END + b"{}",
    "no type": POST + HOST + b"content-length: 2\r\n" + END + b"{}",
    "a form of parts": POST
    + HOST
    + b"content-type: multipart/form-data; boundary=x\r\ncontent-length: 2\r\n"
    + END
    + b"{}",
    "a websocket of a page": GET
    + HOST
    + b"origin: http://evil.example\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    # requests that two servers read differently
    "two lengths": POST + HOST + JSON + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length and chunks": POST + HOST + JSON + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": POST + HOST + JSON + b"content-length: -1\r\n\r\n{}",
    "a length in hex": POST + HOST + JSON + b"content-length: 0x10\r\n\r\n{}",
    "a length with a sign": POST + HOST + JSON + b"content-length: +2\r\n" + END + b"{}",
    "chunks of no size": POST + HOST + JSON + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk beyond all": POST + HOST + JSON + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n",
    "another encoding": POST + HOST + JSON + b"transfer-encoding: gzip\r\n\r\n{}",
    "encodings in a row": POST + HOST + JSON + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a folded header": GET + HOST + b"x: a\r\n b\r\norigin: http://evil.example\r\n" + END,
    "a blank before the colon": GET + b"host : localhost\r\n" + END,
    "NUL in a header": _with(b"x: \x00"),
    "a line feed alone": b"GET /api/agents HTTP/1.1\nhost: evil.example\n\n",
    "another protocol": b"GET / HTTP/9.9\r\n" + HOST + END,
    "HTTP 0.9": b"GET /api/agents\r\n",
    "another method": b"BREW /api/agents HTTP/1.1\r\n" + HOST + END,
    "a method that is none here": b"TRACE /api/agents HTTP/1.1\r\n" + HOST + END,
    "garbage": b"\x00\x01\x02 \xff\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "the preface of HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    # too much
    "headers without end": GET + HOST + b"x: " + b"x" * (protocol.MOST_HEADER_BYTES + 1) + b"\r\n" + END,
    "very many headers": GET + HOST + b"a: b\r\n" * 20_000 + END,
    "a path without end": _path(b"/api/" + b"a" * (protocol.MOST_HEADER_BYTES + 1)),
    "a body beyond all": POST + HOST + JSON + b"content-length: 99999999999\r\n\r\n",
    # bodies
    **{
        f"a body of {what}": _body(body)
        for what, body in {
            "no JSON": b"{",
            "100,000 lists": b"[" * 100_000,
            "100,000 objects": b'{"a":' * 100_000,
            "a NaN": b'{"name": NaN}',
            "no UTF-8": b'{"name": "\xff\xfe"}',
            "half a surrogate": b'{"name": "\\ud800"}',
            "a NUL": b'{"name": "\\u0000"}',
            "a number of 50,000 digits": b'{"name": "a", "metadata": {"a": ' + b"9" * 50_000 + b"}}",
            "a list": b"[]",
            "nothing": b"",
            "null": b"null",
            "another type": b'{"name": {"$ne": ""}}',
        }.items()
    },
    # paths
    **{
        f"the path {path!r}": _path(path)
        for path in (
            b"/api/../../../etc/passwd",
            b"/api/%2e%2e%2fetc%2fpasswd",
            b"/api/agents/%0d%0ax:",
            b"/api/agents/..%5c..%5c",
            b"//api/agents",
            b"/api/agents/%00",
            b"/api/agents/\xff",
            b"/api/agents/' or 1=1 --",
            b"/api/agents/{{7*7}}",
            b"/api/agents/%ff%fe",
            b"/api/agents?metadata_filter={",
            b"/api/agents?limit=-1",
            b"/api/agents?limit=1e9",
            b"/api/agents?sort_by=(select 1)",
        )
    },
}


@contextlib.contextmanager
def _server(**given: Any) -> Iterator[tuple[str, Client, str]]:
    given = {"model": ScriptedModel(lambda prompt: "one two three"), "embedder": HashEmbedder(16), **given}
    with tempfile.TemporaryDirectory() as folder, Client(path=Path(folder) / "julep.db", **given) as client:
        session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
        with running(client) as address:
            yield address, client, session.id


def _connected(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def _answer(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    with contextlib.suppress(OSError), connection:
        while part := connection.recv(65536):
            parts.append(part)
            if b"\r\n\r\n" in part and b"upgrade" in part.lower():
                break
    return b"".join(parts)


def _memory() -> int:
    if not os.path.exists("/proc/self/statm"):
        return 0
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def h1() -> Row:
    """Send each attack: it is refused, says nothing of the inside, and the next honest request is answered."""
    failures: list[str] = []
    with (
        _server() as (address, client, _),
        patch.object(requests, "BODY_S", 0.2),
        patch.object(protocol, "HEADERS_S", 1.0),
    ):
        before, agents = _memory(), client.digest()
        for name, sent in ATTACKS.items():
            connection = _connected(address)
            with contextlib.suppress(OSError):  # it may hang up before it has read everything
                connection.sendall(sent)
            answer = _answer(connection)
            status = answer.split(b"\r\n")[0]
            if answer and not re.match(rb"HTTP/1\.1 (4\d\d|501|505)\b", status):
                failures.append(f"{name}: {status!r}")
            if b"Traceback" in answer or b"site-packages" in answer or b"/julep.db" in answer:
                failures.append(f"{name}: says something of the inside")
            honest = _connected(address)
            honest.sendall(_with())
            if b" 200 " not in _answer(honest).split(b"\r\n")[0]:
                failures.append(f"after {name} nothing is answered")
        if client.digest() != agents:
            failures.append("something was stored")
        if _memory() - before > MOST_MEMORY_BYTES:
            failures.append(f"memory grew by {(_memory() - before) >> 20} MiB")
    return Row("raw attacks on the server, each refused", len(ATTACKS), failures)


def h2(n_examples: int) -> Row:
    """Have requests generated, allowed ones and others: no answer is a failure, each is as described."""
    with _server() as (address, _, _), tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).with_name("schemathesis"), "run", f"{address}/openapi.json", "--no-color"]
        options = [f"--max-examples={n_examples}", "--exclude-checks=positive_data_acceptance", "--continue-on-failure"]
        ended = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=folder)
    generated = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    if generated is None or ended.returncode:
        return Row("generated requests, answered as described", 0, [ended.stdout[-3000:]])
    missing = int(generated[1]) - int(generated[2])
    return Row("generated requests, answered as described", int(generated[1]), ["one"] * missing)


class _Endless(ScriptedModel):
    """Speaks until it is stopped."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "ok")
        self.n_speaking = 0

    def generate(self, prompt: Any, sampling: Any, *, purpose: Any = "chat") -> Iterator[Any]:
        """Say `on` for ever."""
        from julep_local._mirror import stop_requested
        from julep_local.errors import Cancelled
        from julep_local.llm.base import Delta

        self.n_speaking += 1
        try:
            while not stop_requested():
                yield Delta("on ")
                time.sleep(0.001)
        finally:
            self.n_speaking -= 1
        raise Cancelled("stopped")


def h3(n_slow: int) -> Row:
    """Let slow clients and readers that leave come and go: another is answered, and nothing is left of them."""
    failures: list[str] = []
    model = _Endless()
    n_threads = threading.active_count()
    with _server(model=model) as (address, _, session_id):
        slow = [_connected(address) for _ in range(n_slow)]
        for i, each in enumerate(slow):
            each.sendall([b"", b"GET /api/ag", POST + HOST + JSON + b"content-length: 20\r\n\r\n{"][i % 3])
        chat = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "stream": True}).encode()
        head = f"POST /api/sessions/{session_id}/chat HTTP/1.1\r\n".encode() + HOST + JSON
        waits: list[float] = []
        for _ in range(20):
            reader = _connected(address)
            reader.sendall(head + b"content-length: %d\r\n\r\n" % len(chat) + chat)
            if b"200" not in reader.recv(15):
                failures.append("a stream was not begun")
            reader.close()
            began = time.monotonic()
            honest = _connected(address)
            honest.sendall(_with())
            if b" 200 " not in _answer(honest).split(b"\r\n")[0]:
                failures.append("an honest client is not answered")
            waits.append(time.monotonic() - began)
            ends_at = time.monotonic() + 5
            while model.n_speaking and time.monotonic() < ends_at:
                time.sleep(0.01)
            if model.n_speaking:
                failures.append("a generation goes on for nobody")
        if max(waits) > allowed(LONGEST_WAIT_S):
            failures.append(f"an honest client waited {max(waits):.1f} s")
        for each in slow:
            each.close()
    ends_at = time.monotonic() + 15  # one that has nothing to do waits a while for more
    while threading.active_count() > n_threads and time.monotonic() < ends_at:
        time.sleep(0.01)
    if threading.active_count() > n_threads:
        failures.append(f"threads are left: {[each.name for each in threading.enumerate()]}")
    return Row(f"{n_slow} slow clients and readers that leave, beside one that is answered", n_slow + 20, failures)


def run(tier: Tier) -> list[Row]:
    """Run all three; of each change the suite's own tests of the server run instead, which take less."""
    return [] if tier == "P" else [h1(), h3(N_SLOW[tier]), h2(N_EXAMPLES[tier])]
