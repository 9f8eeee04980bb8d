"""What kind of server answers, what it can do, and how it counts tokens.

All of them speak OpenAI's API and differ beyond it: in the names of settings, in what they start from when a setting is
not sent, in how an answer is carried on. What cannot be found out is assumed not to be there. It knows nothing of
sampling or streams.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from julep_local.errors import InvalidInput, ModelError
from julep_local.llm.remote.refusal import Asked, Refusals
from julep_local.llm.remote.wire import Reply, Wire

DEFAULT_CONTEXT_TOKENS = 4096
_COUNT_TIMEOUT_S = 5.0
_MOST_TRAINED_CONTEXT = 4096  # a server may be started with less than the model was trained on, and then cuts


@dataclass(frozen=True)
class Kind:
    """What is known of a sort of server."""

    title: str
    samples_more: bool = False
    """It takes `top_k`, `min_p` and a repetition penalty, and starts from values of its own where they are not sent."""
    repetition_penalty: str = "repetition_penalty"
    """What it calls that setting."""
    all_top_k: int = 0
    """The `top_k` that keeps all tokens."""
    bare_schema: bool = False
    """It takes a JSON schema as a `json_object` format, and knows no `json_schema` one."""
    text_schema: str | None = None
    """The field in which it takes a schema for a text that is carried on; None: it takes none."""
    carries_on: Mapping[str, Any] | None = None
    """What tells it to carry on the last message; None: there is no way, or none to rely on."""
    reads_anew: Mapping[str, Any] = field(default_factory=dict)
    """What tells it to use nothing that it has read before."""
    calls_tools: bool = True
    """It reads tool calls out of what the model says. If not, it can only be told which one to call."""
    one_at_a_time: bool = False
    """A request that comes while it answers another breaks that one off or waits."""
    default_context_tokens: int = DEFAULT_CONTEXT_TOKENS
    """The context window it has if it was started without saying one, and does not tell."""


VLLM = Kind(
    "vLLM",
    samples_more=True,
    all_top_k=-1,
    text_schema="response_format",
    carries_on={"continue_final_message": True, "add_generation_prompt": False},
)
LLAMA_SERVER = Kind(
    "llama-server",
    samples_more=True,
    repetition_penalty="repeat_penalty",
    text_schema="json_schema",
    carries_on={},  # it carries on a last message of the assistant by itself
    reads_anew={"cache_prompt": False},
)
LLAMA_CPP_PYTHON = Kind(
    "llama-cpp-python",
    samples_more=True,
    repetition_penalty="repeat_penalty",
    bare_schema=True,
    calls_tools=False,
    one_at_a_time=True,
    default_context_tokens=2048,
)
OTHER = Kind("OpenAI-compatible")


@dataclass(frozen=True)
class Server:
    """A server that has answered."""

    kind: Kind
    told_context_tokens: int | None = None
    """The context window it speaks of."""


@dataclass(frozen=True)
class Address:
    """Where a server has its API.

    Raises:
        InvalidInput: this is no address.
    """

    base_url: str
    api: str = field(init=False)
    """Where OpenAI's paths begin: the base URL, with `/v1` if it has no path at all."""
    root: str = field(init=False)
    """Where paths of the server's own begin."""

    def __post_init__(self) -> None:
        scheme, _, rest = self.base_url.rstrip("/").partition("://")
        host, _, path = rest.partition("/")
        if scheme not in ("http", "https") or not host or any(mark in rest for mark in "?# \t\r\n"):
            raise InvalidInput("must be an address such as http://127.0.0.1:8000/v1", field="base_url")
        if "@" in host:
            raise InvalidInput("holds a user or password: give a key as api_key instead", field="base_url")
        api = f"{scheme}://{host}/{path or 'v1'}"
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        object.__setattr__(self, "api", api)
        object.__setattr__(self, "root", api.removesuffix("/v1"))


def look_at(wire: Wire, address: Address, model: str, refusals: Refusals) -> Server:
    """Return what the server is.

    Raises:
        ModelError: it cannot be reached, wants another key, or is no such server.
        Cancelled: the caller went away.
    """
    reply = wire.ask("GET", f"{address.api}/models")
    listed = reply.json()
    if reply.status in (404, 405) and listed is not None:
        return Server(OTHER)  # it answers in JSON, only not this question
    if reply.status != 200 or not isinstance(listed, dict):
        raise refusals.of_reply(reply, Asked())
    entry = _entry(listed.get("data"), model)
    owner = entry.get("owned_by")
    if owner == "vllm":
        return Server(VLLM, _positive(entry.get("max_model_len")))
    if owner == "llamacpp":
        return Server(LLAMA_SERVER, _llama_server_context(wire, address, entry))
    if owner == "me" and _count(wire, f"{address.root}/extras/tokenize/count", {"input": "a"}, "count") is not None:
        return Server(LLAMA_CPP_PYTHON)
    return Server(OTHER, _positive(entry.get("max_model_len")))


def count_chat(wire: Wire, address: Address, server: Server, body: Mapping[str, Any]) -> int | None:
    """Return how many tokens the conversation has as the server would show it to the model, None if it does not tell.

    llama-cpp-python's server counts texts only: it is given the conversation in ChatML's form, which is close for
    models that were trained on it, and mostly more than the truth for others.

    Args:
        wire: to the server.
        address: the server's.
        server: what it is.
        body: model, messages and tools, as they are sent to be answered.
    """
    if server.kind is VLLM:
        open_end = {"continue_final_message": False, "add_generation_prompt": True}
        return _count(wire, f"{address.root}/tokenize", {**open_end, **body}, "count")
    if server.kind is LLAMA_SERVER:
        rendered = _asked(wire, f"{address.root}/apply-template", body)
        prompt = rendered.get("prompt")
        return count_text(wire, address, server, str(body["model"]), prompt) if isinstance(prompt, str) else None
    if server.kind is LLAMA_CPP_PYTHON:
        return count_text(wire, address, server, str(body["model"]), _as_chatml(body))
    return None


def count_text(wire: Wire, address: Address, server: Server, model: str, text: str) -> int | None:
    """Return how many tokens the text has, names of control tokens counted as these; None if it does not tell."""
    if server.kind is VLLM:
        return _count(wire, f"{address.root}/tokenize", {"model": model, "prompt": text}, "count")
    if server.kind is LLAMA_SERVER:
        body = {"content": text, "add_special": True, "parse_special": True}
        return _count(wire, f"{address.root}/tokenize", body, "tokens")
    if server.kind is LLAMA_CPP_PYTHON:
        return _count(wire, f"{address.root}/extras/tokenize/count", {"model": model, "input": text}, "count")
    return None


def _llama_server_context(wire: Wire, address: Address, entry: Mapping[str, Any]) -> int | None:
    meta = entry.get("meta")
    trained = _positive(meta.get("n_ctx_train")) if isinstance(meta, dict) else None
    told = _positive(meta.get("n_ctx")) if isinstance(meta, dict) else None
    if told is None:
        settings = _json(wire.ask("GET", f"{address.root}/props")).get("default_generation_settings")
        told = _positive(settings.get("n_ctx")) if isinstance(settings, dict) else None
    return told or (min(trained, _MOST_TRAINED_CONTEXT) if trained else None)


def _entry(listed: Any, model: str) -> dict[str, Any]:
    """Return what the server's list says about the model; about the first one if it is called differently there."""
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((each for each in entries if each.get("id") == model), entries[0] if entries else {})


def _as_chatml(body: Mapping[str, Any]) -> str:
    messages = [*({"role": "system", "content": json.dumps(each)} for each in body.get("tools", ())), *body["messages"]]
    texts = [f"<|im_start|>{each['role']}\n{each['content']}{_calls_as_text(each)}<|im_end|>\n" for each in messages]
    return "".join(texts) + "<|im_start|>assistant\n"


def _calls_as_text(message: Mapping[str, Any]) -> str:
    return "".join(json.dumps(call["function"]) for call in message.get("tool_calls", ()))


def _count(wire: Wire, url: str, body: Mapping[str, Any], name: str) -> int | None:
    """Return the number, or the length of the list, that the server answers under this name."""
    counted = _asked(wire, url, body).get(name)
    return _positive(len(counted) if isinstance(counted, list) else counted)


def _asked(wire: Wire, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _json(wire.ask("POST", url, body, timeout_s=_COUNT_TIMEOUT_S))
    except ModelError:  # the request for an answer will tell what is wrong
        return {}


def _json(reply: Reply) -> dict[str, Any]:
    content = reply.json() if reply.status == 200 else None
    return content if isinstance(content, dict) else {}


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
