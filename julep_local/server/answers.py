"""Answers and refusals as they go over the wire: statuses, error envelopes, and no word about this machine's files."""

import json
import logging
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from julep_local.errors import ApiError, Cancelled, ClientClosed, DiskFull, InvalidInput, ModelError, StoreError

logger = logging.getLogger(__name__)

JSON = "application/json"
_JSON_HEADER = (b"content-type", JSON.encode())


class Refused(Exception):
    """The request is not served, whatever it asks for."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


class ClientGone(Exception):
    """Nobody is there any more to answer."""


class Answer:
    """JSON as an answer. It is what most requests get, and so does without what other kinds of response need."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self._body, self._status = body, status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [_JSON_HEADER, (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


def is_openai(path: str) -> bool:
    """Whether a path is one of OpenAI's, where errors have another shape."""
    return path.startswith("/v1/")


def refusal(error: Exception, *, for_openai: bool = False) -> Response:
    """Return what is answered for an error: in the shape of the SDK's service, or in that of OpenAI's.

    What went wrong on this machine stands in the log, with paths; the answer only says what kind of trouble it is.
    """
    if isinstance(error, Refused):
        if for_openai:
            return _openai_refusal(error, error.status, error.detail, error.headers)
        return _json({"detail": error.detail}, error.status, error.headers)
    status, envelope, message = _told(error)
    if for_openai:
        return _openai_refusal(error, status, message)
    return _json(envelope, status)


def envelope_of(error: Exception, *, for_openai: bool = False) -> bytes:
    """Return the body of a refusal alone, for a stream that has begun."""
    return bytes(refusal(error, for_openai=for_openai).body)


def _told(error: Exception) -> tuple[int, Any, str]:
    """Return the status, the SDK's envelope and the sentence in it."""
    if isinstance(error, ClientClosed):
        return _in_general(503, "the server is stopping: try again when it is back")
    if isinstance(error, Cancelled):
        return _in_general(499, "the turn was cancelled, and nothing of it was recorded")
    if isinstance(error, DiskFull):
        logger.error("%s", error)
        return _in_general(507, "there is no room left on the server's disk; nothing of this was stored")
    if isinstance(error, StoreError):
        logger.error("%s", error)
        return _in_general(500, "the server's file cannot be used; its log says why")
    if isinstance(error, ModelError):
        logger.error("%s", error)
        return _in_general(503, "the server has no usable model for this; its log says what to do")
    if isinstance(error, ApiError) and error.status_code is not None:
        return error.status_code, error.body, str(error)
    logger.error("a request failed", exc_info=error)
    return _in_general(500, "the server made a mistake; its log has the details")


def _in_general(status: int, message: str) -> tuple[int, Any, str]:
    return status, {"error": {"message": message}}, message


def _openai_refusal(error: Exception, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    param = error.field if isinstance(error, InvalidInput) else None
    status = 400 if status == 422 else status
    kind = "invalid_request_error" if status < 500 else "server_error"
    return _json({"error": {"message": message, "type": kind, "param": param, "code": None}}, status, headers)


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    # escaped to ASCII: a message may quote half of a surrogate pair, which has no bytes in UTF-8
    return Response(json.dumps(body, default=str).encode(), status, headers, JSON)
