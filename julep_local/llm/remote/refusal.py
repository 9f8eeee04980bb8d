"""What a server refuses, as an error with a sentence: which address, what it said, what to do.

It knows nothing of HTTP beyond the reply, and takes care that no sentence holds the key.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from julep_local.errors import ApiError, BadRequest, ContextOverflow, InvalidInput, ModelError, ModelMissing
from julep_local.llm.remote.wire import Reply

_MOST_CHARS = 300
_TOO_LONG = re.compile(r"context[ _](length|window|size)|max_model_len|context_length_exceeded", re.IGNORECASE)
_OUR_NAMES = {"repeat_penalty": "repetition_penalty", "json_schema": "response_format", "functions": "tools"}
_NO_SETTINGS = {"model", "messages", "prompt", "stream", "stream_options"}


@dataclass(frozen=True)
class Asked:
    """What a request was about, as far as errors tell."""

    fields: Collection[str] = ()
    """The names of what was sent."""
    prompt_tokens: int = 0
    context_tokens: int = 0
    answer_tokens: int = 1


class Refusals:
    """Makes errors of what one server says.

    Args:
        address: the base URL.
        model: the model's name there.
        secret: what no error may show.
    """

    def __init__(self, address: str, model: str, secret: str | None) -> None:
        self._address = address
        self._model = model
        self._secret = secret

    def of_reply(self, reply: Reply, asked: Asked) -> ApiError:
        """Return the error for an answer that is no stream."""
        status, content = reply.status, reply.json()
        said = self._said(content)
        told = f"{self._address} answered {status}" + (f" ({said})" if said and status not in (401, 403) else "")
        if status in (401, 403):  # servers repeat a part of the key in such answers
            what = "the key is not accepted" if self._secret else "it wants a key"
            return ModelError(f"{told}: {what}; give RemoteChatModel the right api_key")
        if status in (400, 413, 422):
            return self._of_bad_request(told, content, said, asked)
        if status == 404 and "model" in said.lower():
            return ModelMissing(f"{told}: there is no model {self._model!r}; load it there, or give another name")
        if status in (404, 405):
            return ModelError(f"{told}: no OpenAI-compatible server has its API there; base_url often ends with /v1")
        if status == 429:
            after = self._clean(reply.headers.get("retry-after", ""))
            return ModelError(f"{told}: too many requests; try again " + (f"in {after} s" if after else "later"))
        if 300 <= status < 400:
            to = self._clean(reply.headers.get("location", "").partition("?")[0])
            return ModelError(f"{told}: it redirects to {to or 'elsewhere'}, which is not followed; correct base_url")
        if status >= 500:
            return ModelError(f"{told}: the server failed; try again, and look at its log if it happens again")
        if status == 200 and isinstance(content, dict) and content.get("error"):
            return self.of_event(content)
        return ModelError(f"{told}, but no stream of events: base_url must be that of an OpenAI-compatible server")

    def of_event(self, event: Any) -> ApiError:
        """Return the error that came in the middle of a stream."""
        return ModelError(
            f"{self._address} failed while it answered ({self._said(event) or 'no reason given'}): try again, and look "
            "at the server's log if it happens again"
        )

    def broken_off(self, hint: str) -> ModelError:
        """Return the error for a stream that ended before the answer did."""
        return ModelError(f"{self._address} ended the stream before the answer: {hint}; the server's log may say more")

    def unreadable(self, what: bytes) -> ModelError:
        """Return the error for an event that is no piece of an answer."""
        text = self._clean(what.decode("utf-8", "replace"))
        return ModelError(f"{self._address} sent what no OpenAI-compatible server sends: {text[:80]!r}; check base_url")

    def bad_call(self, name: str) -> ModelError:
        """Return the error for a tool call without usable arguments."""
        return ModelError(
            f"the model at {self._address} called {self._clean(name)[:80]!r} with arguments that are no JSON object: "
            "ask again, or offer fewer and simpler tools"
        )

    def _of_bad_request(self, told: str, content: Any, said: str, asked: Asked) -> ApiError:
        error = _error_of(content)
        if _TOO_LONG.search(f"{error.get('code')} {error.get('type')} {said}"):
            return ContextOverflow(
                prompt_tokens=_whole(error.get("n_prompt_tokens"), asked.prompt_tokens),
                context_tokens=_whole(error.get("n_ctx"), asked.context_tokens),
                answer_tokens=asked.answer_tokens,
            )
        field = _field_named(error, content, said, set(asked.fields) - _NO_SETTINGS)
        if field is not None:
            return InvalidInput(f"{told}: leave the setting out, or change it", field=_OUR_NAMES.get(field, field))
        return BadRequest(f"{told}: the server cannot serve this request as it stands")

    def _said(self, content: Any) -> str:
        """Return the server's own words."""
        error = _error_of(content)
        words = error.get("message") or (content.get("detail") if isinstance(content, dict) else None) or ""
        text = words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
        return self._clean(text)

    def _clean(self, text: str) -> str:
        if self._secret:
            text = text.replace(self._secret, "***")
        text = " ".join(text.split())
        return text if len(text) <= _MOST_CHARS else text[:_MOST_CHARS] + " ..."


def _error_of(content: Any) -> dict[str, Any]:
    """Return the object that describes the error: OpenAI puts it in `error`, older vLLM sends it bare."""
    if not isinstance(content, dict):
        return {}
    error = content.get("error", content)
    return error if isinstance(error, dict) else {"message": str(error)}


def _field_named(error: dict[str, Any], content: Any, said: str, fields: set[str]) -> str | None:
    """Return which of the fields the server objects to, None if it does not say."""
    named = [str(error.get("param") or "").partition(".")[0].partition("[")[0]]
    detail = content.get("detail") if isinstance(content, dict) else None
    for each in detail if isinstance(detail, list) else []:  # FastAPI's form
        named += [str(part) for part in each.get("loc", ())] if isinstance(each, dict) else []
    exact = next((name for name in named if name in fields), None)
    if exact is not None:
        return exact
    for name in sorted(fields, key=len, reverse=True):
        # a name of one plain word counts only in quotes: `stop` and `tools` stand in many sentences
        quoted = "" if "_" in name else r"['\"`]"
        if re.search(rf"(?<![\w]){quoted}{re.escape(name)}{quoted}(?![\w])", said):
            return name
    return None


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
