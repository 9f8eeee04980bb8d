"""What the OpenAI package asks for: `/v1/chat/completions`, `/v1/completions` and `/v1/models`.

A shell over `client.chat`, `client.completions` and `client.models`: which settings there are is for these to say.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope

from julep_local._mirror import Threads, run_on
from julep_local.client import Client
from julep_local.server.answers import Answer
from julep_local.server.calls import json_object, json_of
from julep_local.server.events import begun
from julep_local.server.requests import MOST_BODY_BYTES, SMALL_BODY_BYTES, body_of, unless_gone
from julep_local.streams import AsyncStream, Stream, run_chat

PREFIX = "/v1"
Endpoint = Callable[[Scope, Receive], Awaitable[ASGIApp]]


def endpoints(client: Client, threads: Threads) -> dict[str, dict[str, Endpoint]]:
    """Return what answers, by path and HTTP method."""
    chat, text = Generation(client, threads, "messages"), Generation(client, threads, "prompt")
    models = Models(client, threads)
    return {
        f"{PREFIX}/chat/completions": {"POST": chat},
        f"{PREFIX}/completions": {"POST": text},
        f"{PREFIX}/models": {"GET": models},
        f"{PREFIX}/models/{{model:path}}": {"GET": models},
    }


class Generation:
    """Answers with the model, whole or in pieces."""

    def __init__(self, client: Client, threads: Threads, input_name: str) -> None:
        self._client, self._threads, self._input_name = client, threads, input_name

    async def __call__(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Return the answer to a request.

        Raises:
            ApiError: it cannot be answered.
            Refused: it cannot be read.
            ClientGone: nobody waits for the answer any more.
        """
        raw = await body_of(scope, receive, MOST_BODY_BYTES)
        read = functools.partial(json_object, raw)
        body = read() if len(raw) <= SMALL_BODY_BYTES else await run_on(self._threads, "store", read)
        call = functools.partial(self._called, body)
        work = run_chat(self._threads, call, streamed=body.get("stream") is True)
        result = await unless_gone(receive, work)
        if isinstance(result, AsyncStream):
            # the first piece of a conversation only says who speaks, before the model is asked
            n_first = 2 if self._input_name == "messages" else 1
            return await begun(result, receive, for_openai=True, n_first=n_first)
        return Answer(result)

    def _called(self, body: Mapping[str, Any]) -> Any:
        resource: Any = self._client.chat.completions if self._input_name == "messages" else self._client.completions
        # all of the body is what the method calls its extra body: there a name that it does not know is refused
        result = resource.create(**{self._input_name: body.get(self._input_name)}, extra_body=body)
        return result if isinstance(result, Stream) else json_of(result, all_fields=False)


class Models:
    """Answers with the models that can be named, or with one of them."""

    def __init__(self, client: Client, threads: Threads) -> None:
        self._client, self._threads = client, threads

    async def __call__(self, scope: Scope, receive: Receive) -> ASGIApp:
        """Return the answer to a request.

        Raises:
            NotFound: there is no model of this name.
        """
        name = scope["path_params"].get("model")
        return Answer(await run_on(self._threads, "store", functools.partial(self._shown, name)))

    def _shown(self, name: str | None) -> bytes:
        models = self._client.models
        return json_of(models.served() if name is None else models.served_one(name))
