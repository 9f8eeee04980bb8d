"""A file server on this machine that misbehaves as told: for tests of downloads."""

import hashlib
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_I8 = 24
"""GGUF's number for a tensor of 8-bit numbers."""


def gguf(n_bytes: int = 300_000, seed: int = 1) -> bytes:
    """Return a small whole GGUF file: a header, and one tensor of 8-bit numbers that fills the rest."""
    entries = {b"general.architecture": b"llama", b"general.name": b"made for a test"}
    numbers = {b"llama.block_count": 2, b"llama.embedding_length": 64, b"llama.attention.head_count": 4}
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries) + len(numbers) + 1)
    for key, text in entries.items():
        head += struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    for key, number in {**numbers, b"llama.context_length": 512}.items():
        head += struct.pack("<Q", len(key)) + key + struct.pack("<II", 4, number)
    length = -(-(len(head) + 41) // 32) * 32  # what follows of the header has 41 bytes
    head += struct.pack("<Q", 1) + b"t" + struct.pack("<IQIQ", 1, n_bytes - length, _I8, 0)
    block = hashlib.sha256(bytes([seed])).digest()
    return (head.ljust(length, b"\0") + block * (n_bytes // len(block) + 1))[:n_bytes]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Seen:
    """A request as it came."""

    path: str
    headers: dict[str, str]

    @property
    def begins(self) -> int:
        """Which byte it asks to begin with."""
        return int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))


@dataclass
class FileServer:
    """What is served, how, and what was asked."""

    content: bytes = field(default_factory=gguf)
    etag: str | None = '"one"'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Beyond the usual ones; they may name others for one path, as `path header`."""
    breaks: list[int] = field(default_factory=list)
    """After how many bytes the next answers break off; none is left: not at all."""
    knows_range: bool = True
    knows_if_range: bool = True
    says_length: bool = True
    redirect: str | None = None
    """Where requests for anything but `/moved` are sent."""
    stalls_after: int | None = None
    seen: list[Seen] = field(default_factory=list)
    stalling: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.address}/model.gguf"


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:  # noqa: N802
            asked = Seen(self.path, {name.lower(): value for name, value in self.headers.items()})
            server.seen.append(asked)
            self.close_connection = True
            if server.redirect is not None and not self.path.startswith("/moved"):
                self._begin(302, {"Location": server.redirect, "Content-Length": "0"})
            elif server.status != 200:
                self._begin(server.status, {"Content-Length": "0"})
            else:
                self._send(asked)

        def _send(self, asked: Seen) -> None:
            whole, begins = server.content, asked.begins
            in_part = server.knows_range and "range" in asked.headers
            if in_part and server.knows_if_range and asked.headers.get("if-range") not in (None, server.etag):
                in_part = False
            if in_part and begins >= len(whole):
                self._begin(416, {"Content-Range": f"bytes */{len(whole)}", "Content-Length": "0"})
                return
            body = whole[begins:] if in_part else whole
            headers = {"Content-Length": str(len(body))} if server.says_length else {}
            if in_part:
                headers["Content-Range"] = f"bytes {begins}-{len(whole) - 1}/{len(whole)}"
            if server.etag is not None:
                headers["ETag"] = server.etag
            self._begin(206 if in_part else 200, headers)
            end = server.breaks.pop(0) if server.breaks else len(body)
            if server.stalls_after is not None:
                self.wfile.write(body[: server.stalls_after])
                self.wfile.flush()
                server.stalling.set()
                server.ended.wait(30)
                return
            self.wfile.write(body[:end])

        def _begin(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, **server.headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.handle_error = lambda *args: None  # type: ignore[method-assign]  # clients go away, as they should
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        http.server_close()
        thread.join(5)
