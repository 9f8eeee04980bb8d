"""`JulepApi`'s methods over bare HTTP: a client that adds nothing, so that what is on the wire can be compared.

The released SDK loses metadata when it reads them; this shows that they were sent.
"""

import inspect
import json
from typing import Any

import httpx

from julep_local import ApiError
from julep_local.api.core.jsonable_encoder import jsonable_encoder
from julep_local.server.routes import OPERATIONS, PREFIX, Operation


class WireApi:
    """The methods of `JulepApi`. Answers are JSON values."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        for operation in OPERATIONS:
            setattr(self, operation.name, _method(http, operation))

    def close(self) -> None:
        self._http.close()


def _method(http: httpx.Client, operation: Operation) -> Any:
    signature = inspect.Signature(list(operation.parameters.values()))

    def call(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        path = operation.path.format(**{name: given.pop(name) for name in operation.in_path})
        sent = jsonable_encoder(given if operation.is_body is None else given[operation.is_body])
        body = {"json": sent} if operation.has_body else {}
        query = {} if operation.has_body else {name: value for name, value in sent.items() if value is not None}
        response = http.request(operation.http_method, PREFIX + path, params=query, **body)
        if response.status_code != operation.status:
            raise ApiError(status_code=response.status_code, body=response.json())
        if response.headers["content-type"].startswith("text/event-stream"):
            return _deltas(response.text)
        return None if operation.deletes else response.json()

    return call


def _deltas(text: str) -> list[Any]:
    """Return the pieces of a stream: its events without a name, but for the one that ends it."""
    events = text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    return [json.loads(event.removeprefix("data: ")) for event in events[:-2] if event.startswith("data: ")]
