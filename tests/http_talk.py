"""What the tests of the server start from: a body to send, a model that never ends, a bare connection."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

from julep_local._mirror import stop_requested
from julep_local.errors import Cancelled
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.testing import ScriptedModel


class EndlessModel(ScriptedModel):
    """Speaks until it is stopped; what it says for other purposes is nothing."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "ok")
        self.word = "on and "
        self.speaks = threading.Event()
        self.stopped = threading.Event()

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        if purpose != "chat":
            yield Finish("stop", len(prompt.tokens), 0, 0)
            return
        while not stop_requested():
            yield Delta(self.word)
            self.speaks.set()
            self.stopped.wait(0.001)
        self.stopped.set()
        raise Cancelled("stopped")


def say(text: str = "Hello", **more: Any) -> dict[str, Any]:
    """Return the body of a chat."""
    return {"messages": [{"role": "user", "content": text}], **more}


def connected(address: str) -> socket.socket:
    """Return a connection to the server at this address."""
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def all_of(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    finally:
        connection.close()
    return b"".join(parts)
