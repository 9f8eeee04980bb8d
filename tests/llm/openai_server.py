"""A server on this machine that answers as a test tells it to, well or badly."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


class OpenAIServer(ThreadingHTTPServer):
    """Answers requests for completions with `answers`, one after the other, and all others by their path.

    Attributes:
        asked: the bodies of the requests for completions.
        seen: path and headers of every request.
        begun: a request for a completion has come.
        left: the client closed a connection on which the server was still at work.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.paths: dict[str, Answer] = {"/v1/models": reply(200, {"data": [{"id": "m", "owned_by": "somebody"}]})}
        self.asked: list[dict[str, Any]] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[tuple[str, Any]] = []
        self.begun = threading.Event()
        self.left = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def is_kind(self, owner: str, **more: Any) -> None:
        self.paths["/v1/models"] = reply(200, {"data": [{"id": "m", "owned_by": owner, **more}]})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients leave in the middle here."""


class Handler(BaseHTTPRequestHandler):
    server: OpenAIServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, body: Any) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        self.server.bodies.append((self.path, body))
        if self.path.endswith("/completions"):
            self.server.asked.append(body)
            self.server.begun.set()
            try:
                self.server.answers.pop(0)(self)
            except ConnectionError:  # it left before the first word
                self.server.left.set()
                self.close_connection = True
        else:
            self.server.paths.get(self.path, reply(404, {"detail": "Not Found"}))(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def reply(status: int, body: Any, content_type: str = "application/json", **headers: str) -> Answer:
    """Answer with a body, JSON if it is no text."""

    def answer(handler: Handler) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def stream(*events: Any, then: Answer | None = None) -> Answer:
    """Answer with events, then end the stream, or do something else."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for event in events:
            raw = event if isinstance(event, bytes) else b"data: " + _text(event) + b"\n\n"
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        if then is not None:
            then(handler)
        else:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def hang(handler: Handler) -> None:
    """Do nothing until the client leaves."""
    try:
        gone = handler.connection.recv(1) == b""
    except ConnectionError:
        gone = True
    if gone:
        handler.server.left.set()
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """Break the connection off."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def cut(handler: Handler) -> None:
    """Close the connection in order, but too early."""
    handler.close_connection = True


def says(*texts: str, reason: str | None = "stop", usage: Any = None) -> list[Any]:
    """Return the events of an answer in words."""
    events: list[Any] = [piece({"role": "assistant", "content": ""}), *(piece({"content": text}) for text in texts)]
    if reason is not None:
        events.append(piece({}, reason))
    if usage is not None:
        events.append({"object": "chat.completion.chunk", "choices": [], "usage": usage})
    return [*events, "[DONE]"]


def piece(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    """Return one event of an answer."""
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def call(index: int | None, id: str | None = None, name: str | None = None, arguments: Any = None) -> dict[str, Any]:
    """Return one event with a piece of a tool call."""
    part = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return piece({"tool_calls": [{k: v for k, v in part.items() if v is not None}]})


def _text(event: Any) -> bytes:
    return (event if isinstance(event, str) else json.dumps(event)).encode()
