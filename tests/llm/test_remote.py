"""A model behind a server that says what a test tells it to."""

import _thread
import asyncio
import contextlib
import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("julep_local.llm.remote.wire")  # the extra `remote`

from openai_server import OpenAIServer, call, cut, hang, piece, reply, reset, says, stream

from julep_local import AsyncClient, Client
from julep_local._mirror import stopped_by
from julep_local.errors import (
    ApiError,
    BadRequest,
    Cancelled,
    ClientClosed,
    ContextOverflow,
    InvalidInput,
    ModelError,
    ModelMissing,
)
from julep_local.llm.base import (
    ChatModel,
    Constraint,
    Delta,
    Finish,
    Prompt,
    PromptMessage,
    Sampling,
    ToolCall,
    ToolSpec,
)
from julep_local.llm.remote import RemoteChatModel, estimate
from julep_local.llm.remote.wire import Events
from julep_local.testing import HashEmbedder

pytestmark = pytest.mark.julep_allow_models  # a server of the test's own counts as one


KEY = "sk-very-secret-1234"
HELLO = [PromptMessage("user", "Hello", part="input")]
WEATHER = ToolSpec("weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}})


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    server = OpenAIServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_model(server: OpenAIServer) -> Iterator[Callable[..., RemoteChatModel]]:
    with contextlib.ExitStack() as opened:

        def make(base_url: str = server.url, **given: Any) -> RemoteChatModel:
            model = RemoteChatModel(base_url, "m", **given)
            opened.callback(model.close)
            return model

        yield make


@pytest.fixture
def model(make_model: Callable[..., RemoteChatModel]) -> RemoteChatModel:
    return make_model(api_key=KEY)


def ask(model: RemoteChatModel, prompt: Prompt | None = None, **settings: Any) -> tuple[str, Finish]:
    *deltas, finish = model.generate(prompt or model.prompt(HELLO), Sampling(**settings))
    assert isinstance(finish, Finish)
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), finish


def as_sent(server: OpenAIServer, model: RemoteChatModel, *messages: PromptMessage, **more: Any) -> list[Any]:
    server.answers.append(stream(*says("ok")))
    ask(model, model.prompt(messages, **more))
    sent: list[Any] = server.asked[-1]["messages"]
    return sent


# -- what is sent


def test_it_is_a_chat_model_and_shows_its_key_nowhere(model: RemoteChatModel, server: OpenAIServer) -> None:
    assert isinstance(model, ChatModel)
    assert repr(model) == f"RemoteChatModel('{server.url}', 'm')"
    assert model.name == "m"


def test_the_key_goes_into_the_header_and_nowhere_else(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("ok")))

    ask(model)

    assert {headers["Authorization"] for _, headers in server.seen} == {f"Bearer {KEY}"}
    assert KEY not in str(server.bodies)
    assert KEY not in str([path for path, _ in server.seen])


def test_without_a_key_no_header_is_sent(make_model: Callable[..., RemoteChatModel], server: OpenAIServer) -> None:
    server.answers.append(stream(*says("ok")))

    ask(make_model())

    assert not any("Authorization" in headers for _, headers in server.seen)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_v1_is_added_to_an_address_without_a_path(
    make_model: Callable[..., RemoteChatModel], server: OpenAIServer, path: str
) -> None:
    server.answers.append(stream(*says("ok")))

    ask(make_model(server.url + path))

    assert [path for path, _ in server.seen] == ["/v1/models", "/v1/chat/completions"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"base_url": "127.0.0.1:8000"}, "base_url", id="no scheme"),
        pytest.param({"base_url": "ftp://host"}, "base_url", id="another scheme"),
        pytest.param({"base_url": "http://"}, "base_url", id="no host"),
        pytest.param({"base_url": "http://me:word@host/v1"}, "base_url", id="a password"),
        pytest.param({"api_key": "sk-secret\n"}, "api_key", id="a line end"),
        pytest.param({"api_key": ""}, "api_key", id="an empty key"),
        pytest.param({"model": ""}, "model", id="no name"),
        pytest.param({"context_tokens": 0}, "context_tokens", id="no window"),
        pytest.param({"timeout_s": 0}, "timeout_s", id="no patience"),
    ],
)
def test_an_argument_that_cannot_be_right_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        RemoteChatModel(**{"base_url": "http://127.0.0.1", "model": "m", **given})

    assert caught.value.field == field
    assert "secret" not in str(caught.value)
    assert "word@" not in str(caught.value)


def test_a_plain_server_is_sent_only_what_it_is_sure_to_take(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("ok")))

    ask(model)

    assert server.asked[0] == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 200,
        "temperature": 0.75,
        "top_p": 1.0,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"temperature": 0.0}, {"temperature": 0.0}),
        ({"top_p": 0.5}, {"top_p": 0.5}),
        ({"min_p": 0.2}, {"min_p": 0.2}),
        ({"top_k": 7}, {"top_k": 7}),
        ({"frequency_penalty": 0.3, "presence_penalty": -0.4}, {"frequency_penalty": 0.3, "presence_penalty": -0.4}),
        ({"repetition_penalty": 1.2}, {"repetition_penalty": 1.2}),
        ({"logit_bias": {5: -100.0}}, {"logit_bias": {"5": -100.0}}),
        ({"seed": 3}, {"seed": 3}),
        ({"stop": ("a", "b")}, {"stop": ["a", "b"]}),
        ({"max_tokens": 12}, {"max_tokens": 12}),
        (
            {"constraint": Constraint("json_schema", {"type": "object"})},
            {"response_format": {"type": "json_object"}},
        ),
        (
            {"constraint": Constraint("json_schema", {"type": "integer"})},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": {"type": "integer"}, "strict": True},
                }
            },
        ),
    ],
)
def test_a_setting_is_sent_under_the_servers_name(
    model: RemoteChatModel, server: OpenAIServer, settings: dict[str, Any], sent: dict[str, Any]
) -> None:
    server.answers.append(stream(*says("ok")))

    ask(model, **settings)

    assert server.asked[0] | sent == server.asked[0]


@pytest.mark.parametrize(
    ("owner", "sent"),
    [
        pytest.param("vllm", {"top_k": -1, "min_p": 0.01, "repetition_penalty": 1.0}, id="vLLM"),
        pytest.param("llamacpp", {"top_k": 0, "min_p": 0.01, "repeat_penalty": 1.0}, id="llama-server"),
    ],
)
def test_a_server_with_defaults_of_its_own_is_sent_neutral_values_too(
    model: RemoteChatModel, server: OpenAIServer, owner: str, sent: dict[str, Any]
) -> None:
    server.is_kind(owner)
    server.answers.append(stream(*says("ok")))

    ask(model)

    assert server.asked[0] | sent == server.asked[0]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"length_penalty": 1.5}, "length_penalty"),
        ({"constraint": Constraint("regex", pattern="[0-9]+")}, "response_format"),
    ],
)
def test_what_no_server_can_do_is_refused_before_anything_is_asked(
    model: RemoteChatModel, server: OpenAIServer, settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        model.generate(model.prompt(HELLO), Sampling(**settings))

    assert caught.value.field == field
    assert server.asked == []


def test_the_answer_never_has_more_tokens_than_the_window_leaves(
    make_model: Callable[..., RemoteChatModel], server: OpenAIServer
) -> None:
    model = make_model(context_tokens=100)
    server.answers.append(stream(*says("ok")))
    prompt = model.prompt(HELLO)

    ask(model, prompt, max_tokens=5000)

    assert server.asked[0]["max_tokens"] == 100 - len(prompt.tokens)


def test_a_prompt_that_fills_the_window_is_refused(
    make_model: Callable[..., RemoteChatModel], server: OpenAIServer
) -> None:
    model = make_model(context_tokens=100)

    with pytest.raises(ContextOverflow):
        model.generate(model.prompt([PromptMessage("user", "word " * 100)]), Sampling())

    assert server.asked == []


def test_a_conversation_is_sent_in_the_form_that_all_chat_templates_take(
    model: RemoteChatModel, server: OpenAIServer
) -> None:
    sent = as_sent(
        server,
        model,
        PromptMessage("system", "You are Ada.", "situation", "situation"),
        PromptMessage("system", "Be brief.", "information", "instructions"),
        PromptMessage("user", "Hello", "Bo"),
        PromptMessage("assistant", "Hello Bo", "Ada L."),
        PromptMessage("system", "Ferry:\nat nine", "information", "docs"),
        PromptMessage("user", "When?", part="input"),
        PromptMessage("user", "And where?", part="input"),
    )

    assert sent == [
        {"role": "system", "content": "You are Ada.\n\nBe brief."},
        {"role": "user", "content": "Hello", "name": "Bo"},
        {"role": "assistant", "content": "Hello Bo"},  # a name with other letters would be refused
        {"role": "user", "content": "Ferry:\nat nine\n\nWhen?\n\nAnd where?"},
    ]


def test_calls_and_results_are_sent_with_ids_matched_in_order(model: RemoteChatModel, server: OpenAIServer) -> None:
    rome, oslo = (ToolCall("weather", f'{{"city": "{city}"}}') for city in ("Rome", "Oslo"))

    sent = as_sent(
        server,
        model,
        PromptMessage("user", "Compare"),
        PromptMessage("assistant", "I will look."),
        PromptMessage("assistant", "", tool_calls=(rome,)),
        PromptMessage("assistant", "", tool_calls=(oslo,)),
        PromptMessage("tool", "hot", "weather"),
        PromptMessage("system", "Rome is in Italy.", part="docs"),
        PromptMessage("tool", "cold"),
        PromptMessage("assistant", "", tool_calls=(ToolCall("weather", "{}", "call_of_mine"),)),
        PromptMessage("tool", "none"),
        PromptMessage("tool", "a result nobody asked for"),
        tools=[WEATHER],
    )

    def called(id: str, arguments: str) -> dict[str, Any]:
        return {"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}}

    calls = [called("call00000", rome.arguments), called("call00001", oslo.arguments)]
    assert sent == [
        {"role": "user", "content": "Compare"},
        {"role": "assistant", "content": "I will look.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call00000", "name": "weather", "content": "hot"},
        {"role": "tool", "tool_call_id": "call00001", "name": "weather", "content": "cold"},
        {"role": "user", "content": "Rome is in Italy."},
        {"role": "assistant", "content": "", "tool_calls": [called("call_of_mine", "{}")]},
        {"role": "tool", "tool_call_id": "call_of_mine", "name": "weather", "content": "none"},
        {"role": "user", "content": "<tool_response>\na result nobody asked for\n</tool_response>"},
    ]
    assert server.asked[0]["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "required"),
        (("named", "weather"), {"type": "function", "function": {"name": "weather"}}),
        ("none", None),
    ],
)
def test_a_tool_choice_is_sent(model: RemoteChatModel, server: OpenAIServer, choice: Any, sent: Any) -> None:
    as_sent(server, model, *HELLO, tools=[WEATHER], tool_choice=choice)

    assert server.asked[0].get("tool_choice") == sent
    assert ("tools" in server.asked[0]) == (choice != "none")


BEGUN = [*HELLO, PromptMessage("assistant", "It is", part="input")]


@pytest.mark.parametrize(
    ("owner", "sent"),
    [
        ("vllm", {"continue_final_message": True, "add_generation_prompt": False}),
        ("llamacpp", {}),
    ],
)
def test_a_message_is_carried_on_where_the_server_has_a_way(
    model: RemoteChatModel, server: OpenAIServer, owner: str, sent: dict[str, Any]
) -> None:
    server.is_kind(owner)

    messages = as_sent(server, model, *BEGUN, continues=True)

    assert messages[-1] == {"role": "assistant", "content": "It is"}
    assert server.asked[0] | sent == server.asked[0]


def test_a_message_is_not_carried_on_where_the_server_has_no_way(model: RemoteChatModel, server: OpenAIServer) -> None:
    with pytest.raises(InvalidInput, match="vLLM and llama-server only"):
        model.prompt(BEGUN, continues=True)


def test_a_text_is_carried_on(model: RemoteChatModel, server: OpenAIServer) -> None:
    events = [{"choices": [{"text": text, "index": 0, "finish_reason": None}]} for text in ("the ", "end")]
    server.answers.append(stream(*events, {"choices": [{"text": "", "finish_reason": "stop"}]}, "[DONE]"))

    text, finish = ask(model, model.text_prompt("This is "), seed=1)

    assert (text, finish.reason) == ("the end", "stop")
    assert server.seen[-1][0] == "/v1/completions"
    assert (server.asked[0]["prompt"], server.asked[0]["seed"]) == ("This is ", 1)
    assert "messages" not in server.asked[0]


@pytest.mark.parametrize(
    ("owner", "field"), [("vllm", "response_format"), ("llamacpp", "json_schema"), ("somebody", None)]
)
def test_a_text_is_carried_on_as_json_where_the_server_has_a_way(
    model: RemoteChatModel, server: OpenAIServer, owner: str, field: str | None
) -> None:
    server.is_kind(owner)
    server.answers.append(stream(*says("1")))
    constraint = Constraint("json_schema", {"type": "integer"})

    if field is None:
        with pytest.raises(InvalidInput, match="^response_format"):
            ask(model, model.text_prompt("1 + 1 = "), constraint=constraint)
    else:
        ask(model, model.text_prompt("1 + 1 = "), constraint=constraint)
        assert field in server.asked[0]


def test_broken_characters_are_sent_for_the_server_to_judge(model: RemoteChatModel, server: OpenAIServer) -> None:
    assert as_sent(server, model, PromptMessage("user", "half \ud83d"))[0]["content"] == "half \ud83d"


# -- what comes back


def test_an_answer_streams_and_tells_its_tokens(model: RemoteChatModel, server: OpenAIServer) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    server.answers.append(stream(*says("Hel", "lo", usage=usage)))

    pieces = list(model.generate(model.prompt(HELLO), Sampling()))

    assert pieces == [Delta("Hel"), Delta("lo"), Finish("stop", 11, 8, 3)]


def test_what_was_kept_is_also_read_from_llama_servers_timings(model: RemoteChatModel, server: OpenAIServer) -> None:
    last = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1}, "timings": {"cache_n": 4}}
    server.answers.append(stream(*says("a")[:-1], last, "[DONE]"))

    assert ask(model)[1] == Finish("stop", 9, 4, 1)


def test_without_usage_tokens_are_estimated(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("a", "b", "c", reason="length")))
    prompt = model.prompt(HELLO)

    assert ask(model, prompt)[1] == Finish("length", len(prompt.tokens), 0, 3)


def test_an_answer_counts_that_ends_without_done(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("Hello")[:-1]))

    assert ask(model)[0] == "Hello"


def test_thoughts_are_no_part_of_the_answer(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(piece({"reasoning_content": "Hm.", "content": None}), *says("Yes")))

    assert ask(model)[0] == "Yes"


def test_tool_calls_come_in_pieces(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(
        stream(
            piece({"role": "assistant", "content": "Looking."}),
            call(0, "c1", "weather", ""),
            call(0, arguments='{"city"'),
            call(1, "c2", "weather", '{"city": "Oslo"}'),
            call(0, arguments=': "Rome"}'),
            call(2, "c3", "now"),
            piece({}, "tool_calls"),
            "[DONE]",
        )
    )

    text, finish = ask(model, model.prompt(HELLO, tools=[WEATHER]))

    assert (text, finish.reason) == ("Looking.", "tool_calls")
    assert finish.tool_calls == (
        ToolCall("weather", '{"city": "Rome"}', "c1"),
        ToolCall("weather", '{"city": "Oslo"}', "c2"),
        ToolCall("now", "{}", "c3"),
    )


@pytest.mark.parametrize("index", [0, None])
def test_calls_are_told_apart_by_their_ids_where_the_index_says_nothing(
    model: RemoteChatModel, server: OpenAIServer, index: int | None
) -> None:
    events = [call(index, "c1", "now", "{}"), call(index, "c2", "weather", {"city": "Rome"})]
    server.answers.append(stream(*events, piece({}, "stop"), "[DONE]"))

    finish = ask(model)[1]

    assert finish.reason == "tool_calls"
    assert finish.tool_calls == (ToolCall("now", "{}", "c1"), ToolCall("weather", '{"city": "Rome"}', "c2"))


def test_a_call_that_was_cut_off_is_no_call(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(call(0, "c1", "weather", '{"city": "Ro'), piece({}, "length"), "[DONE]"))

    finish = ask(model)[1]

    assert (finish.reason, finish.tool_calls) == ("length", ())


@pytest.mark.parametrize("arguments", ['{"city": ', "[]", "Rome"])
def test_a_call_whose_arguments_are_no_object_is_an_error(
    model: RemoteChatModel, server: OpenAIServer, arguments: str
) -> None:
    server.answers.append(stream(call(0, "c1", "weather", arguments), piece({}, "tool_calls"), "[DONE]"))

    with pytest.raises(ModelError, match="'weather' with arguments that are no JSON object"):
        ask(model)


def test_events_are_read_whatever_their_line_ends_and_however_they_are_cut() -> None:
    raw = 'data: {"a":"x\u2028y\x85"}\r\n\r\n: a comment\n\nevent: e\ndata:1\rdata: 2\r\rid: 7\n\ndata: last'.encode()
    expected = ['{"a":"x\u2028y\x85"}'.encode(), b"1\n2"]

    for size in range(1, len(raw)):
        events = Events()
        found = [event for at in range(0, len(raw), size) for event in events.add(raw[at : at + size])]

        assert found == expected


# -- what goes wrong


@pytest.mark.parametrize(
    ("answer", "error", "says_what"),
    [
        pytest.param(reply(401, {"error": f"wrong key {KEY}"}), ModelError, "401: the key is not accepted", id="401"),
        pytest.param(reply(403, "<html>"), ModelError, "403: the key is not accepted; give .* api_key", id="403"),
        pytest.param(
            reply(404, {"error": {"message": "The model `m` does not exist."}}),
            ModelMissing,
            "there is no model 'm'",
            id="404 model",
        ),
        pytest.param(reply(404, "<html>no</html>"), ModelError, "no OpenAI-compatible server", id="404 page"),
        pytest.param(reply(429, {}, Retry_After="7"), ModelError, "too many requests; try again in 7 s", id="429"),
        pytest.param(reply(500, {"error": {"message": f"boom {KEY}"}}), ModelError, r"500 \(boom \*\*\*\)", id="500"),
        pytest.param(reply(503, {"error": {"message": "Loading model"}}), ModelError, "Loading model", id="503"),
        pytest.param(
            reply(502, "<html>Bad gateway</html>", "text/html"), ModelError, "502: the server failed", id="502"
        ),
        pytest.param(reply(200, "<html>Welcome</html>", "text/html"), ModelError, "but no stream of events", id="page"),
        pytest.param(reply(200, {"choices": []}), ModelError, "but no stream of events", id="no stream"),
        pytest.param(reply(200, {"error": {"message": "out of memory"}}), ModelError, "out of memory", id="200 error"),
        pytest.param(
            reply(307, "", Location="http://127.0.0.2/v1?k=1"),
            ModelError,
            "redirects to http://127.0.0.2/v1,",
            id="307",
        ),
        pytest.param(
            reply(400, {"error": {"message": "Roles must alternate"}}), BadRequest, "Roles must alternate", id="400"
        ),
        pytest.param(stream(*says("Hel"), b"data: {nonsense\n\n"), None, "", id="garbage behind the end"),
        pytest.param(stream(b"data: {nonsense\n\n"), ModelError, "sent what no OpenAI-compatible", id="no JSON"),
        pytest.param(stream(b"data: [1]\n\n"), ModelError, "sent what no OpenAI-compatible", id="no object"),
        pytest.param(stream(piece({"content": [1]})), ModelError, "sent what no OpenAI-compatible", id="no text"),
        pytest.param(
            stream(piece({"content": "a"}), {"error": {"message": f"no {KEY}"}}),
            ModelError,
            r"no \*\*\*",
            id="late error",
        ),
        pytest.param(stream(*says("Hel", reason=None)), ModelError, "ended the stream before the answer", id="no end"),
        pytest.param(stream(*says("Hel")[:2]), ModelError, "ended the stream before the answer", id="no reason"),
        pytest.param(stream(*says("Hel")[:2], then=cut), ModelError, "broke off in the middle", id="cut"),
        pytest.param(stream(*says("Hel")[:2], then=reset), ModelError, "broke off in the middle", id="reset"),
        pytest.param(stream(*says("a", reason="content_filter")), ModelError, "content_filter", id="withheld"),
    ],
)
def test_what_goes_wrong_is_an_error_that_names_the_address_and_not_the_key(
    model: RemoteChatModel, server: OpenAIServer, answer: Any, error: type[ApiError] | None, says_what: str
) -> None:
    server.answers.append(answer)
    if error is None:
        ask(model)
        return

    with pytest.raises(error) as caught:
        ask(model)

    assert re.search(says_what, str(caught.value)), str(caught.value)
    assert server.url in str(caught.value)
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.body)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "settings", "field"),
    [
        pytest.param(400, {"error": {"message": "no", "param": "min_p"}}, {"min_p": 0.5}, "min_p", id="param"),
        pytest.param(
            400, {"error": {"message": "Unrecognized argument: top_k"}}, {"top_k": 5}, "top_k", id="in the message"
        ),
        pytest.param(
            422,
            {"detail": [{"loc": ["body", "logit_bias"], "msg": "bad"}]},
            {"logit_bias": {1: 1.0}},
            "logit_bias",
            id="FastAPI",
        ),
        pytest.param(
            400,
            {"error": {"message": "Invalid schema for 'response_format'"}},
            {"constraint": Constraint("json_schema", {"type": "integer"})},
            "response_format",
            id="schema",
        ),
        pytest.param(400, {"message": "'seed' is too big", "object": "error"}, {"seed": 2**32 - 1}, "seed", id="bare"),
    ],
)
def test_a_setting_that_the_server_refuses_is_named(
    model: RemoteChatModel, server: OpenAIServer, status: int, body: Any, settings: dict[str, Any], field: str
) -> None:
    server.answers.append(reply(status, body))

    with pytest.raises(InvalidInput) as caught:
        ask(model, **settings)

    assert caught.value.field == field


def test_a_setting_is_named_as_we_call_it(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.is_kind("llamacpp")
    server.answers.append(reply(400, {"error": {"message": "repeat_penalty must be positive"}}))

    with pytest.raises(InvalidInput) as caught:
        ask(model)

    assert caught.value.field == "repetition_penalty"


@pytest.mark.parametrize(
    ("error", "tokens"),
    [
        ({"message": "This model's maximum context length is 4096 tokens."}, None),
        ({"message": "too long", "code": "context_length_exceeded"}, None),
        ({"message": "x", "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}, 5000),
    ],
)
def test_a_prompt_the_server_finds_too_long_is_an_overflow(
    model: RemoteChatModel, server: OpenAIServer, error: dict[str, Any], tokens: int | None
) -> None:
    server.answers.append(reply(400, {"error": error}))
    prompt = model.prompt(HELLO)

    with pytest.raises(ContextOverflow) as caught:
        ask(model, prompt)

    assert caught.value.prompt_tokens == (tokens or len(prompt.tokens))
    assert caught.value.context_tokens == 4096


def test_a_connection_that_is_reset_before_the_answer_is_tried_once_more(
    model: RemoteChatModel, server: OpenAIServer
) -> None:
    server.answers += [reset, stream(*says("Hello"))]

    assert ask(model)[0] == "Hello"


def test_a_connection_that_is_reset_twice_is_an_error(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers += [reset, cut, stream(*says("Hello"))]

    with pytest.raises(ModelError, match="closed the connection without an answer"):
        ask(model)

    assert len(server.asked) == 2


def test_a_server_that_falls_silent_is_an_error(
    make_model: Callable[..., RemoteChatModel], server: OpenAIServer
) -> None:
    server.answers += [stream(*says("Hel")[:2], then=hang)]

    with pytest.raises(ModelError, match="sent nothing for 0.2 s.*timeout_s"):
        ask(make_model(timeout_s=0.2))

    assert server.left.wait(10)


def test_a_port_where_nobody_listens_is_an_error(make_model: Callable[..., RemoteChatModel]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ModelError, match=f"http://127.0.0.1:{port}/v1 refuses the connection: start the server"):
        ask(make_model(f"http://127.0.0.1:{port}/v1"))


def test_a_name_that_is_unknown_is_an_error(
    make_model: Callable[..., RemoteChatModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_args: Any, **_more: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(ModelError, match="http://model.invalid cannot be found under this name"):
        ask(make_model("http://model.invalid"))


def test_a_server_without_a_certificate_is_an_error(
    make_model: Callable[..., RemoteChatModel], server: OpenAIServer
) -> None:
    with pytest.raises(ModelError, match="offers no secure connection"):
        ask(make_model(server.url.replace("http", "https")))


def test_what_is_no_web_server_is_an_error(make_model: Callable[..., RemoteChatModel]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            for _ in range(2):
                connection, _ = other.accept()
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                connection.close()

        threading.Thread(target=greet, daemon=True).start()

        with pytest.raises(ModelError, match="is it an HTTP server"):
            ask(make_model(f"http://127.0.0.1:{other.getsockname()[1]}"))


@pytest.mark.parametrize(
    ("models", "says_what"),
    [
        pytest.param(reply(401, {}), "the key is not accepted", id="401"),
        pytest.param(reply(503, {"error": {"message": "Loading model"}}), "Loading model", id="loading"),
        pytest.param(reply(404, "<html>no</html>", "text/html"), "base_url", id="a web page that is missing"),
        pytest.param(reply(200, "<html>Hello</html>", "text/html"), "base_url", id="a web page"),
    ],
)
def test_a_server_is_asked_what_it_is_until_it_has_said_so(
    model: RemoteChatModel, server: OpenAIServer, models: Any, says_what: str
) -> None:
    well = server.paths["/v1/models"]
    server.paths["/v1/models"] = models
    with pytest.raises(ModelError, match=says_what):
        _ = model.context_tokens

    server.paths["/v1/models"] = well
    assert model.context_tokens == 4096
    server.paths["/v1/models"] = models
    assert model.context_tokens == 4096


def test_a_server_without_a_list_of_models_is_taken_for_a_plain_one(
    model: RemoteChatModel, server: OpenAIServer
) -> None:
    del server.paths["/v1/models"]
    server.answers.append(stream(*says("ok")))

    assert ask(model)[0] == "ok"


def test_proxies_and_passwords_of_the_environment_are_not_used(
    model: RemoteChatModel, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password word")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers.append(stream(*says("ok")))

    assert ask(model)[0] == "ok"
    assert {headers["Authorization"] for _, headers in server.seen} == {f"Bearer {KEY}"}


# -- how many tokens


@pytest.mark.parametrize(
    ("given", "models", "paths", "tokens"),
    [
        pytest.param(None, {}, {}, 4096, id="nobody says"),
        pytest.param(1000, {}, {}, 1000, id="only we say"),
        pytest.param(None, {"owned_by": "vllm", "max_model_len": 32768}, {}, 32768, id="vLLM"),
        pytest.param(8192, {"owned_by": "vllm", "max_model_len": 32768}, {}, 8192, id="no more than we say"),
        pytest.param(99999, {"owned_by": "vllm", "max_model_len": 32768}, {}, 32768, id="no more than it has"),
        pytest.param(
            None,
            {"owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}},
            {"/props": {"default_generation_settings": {"n_ctx": 16384}}},
            16384,
            id="llama-server",
        ),
        pytest.param(None, {"owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}}, {}, 4096, id="only trained"),
        pytest.param(None, {"owned_by": "me"}, {"/extras/tokenize/count": {"count": 1}}, 2048, id="llama-cpp-python"),
    ],
)
def test_the_context_window_is_the_servers_if_it_tells(
    make_model: Callable[..., RemoteChatModel],
    server: OpenAIServer,
    given: int | None,
    models: dict[str, Any],
    paths: dict[str, Any],
    tokens: int,
) -> None:
    server.is_kind(**{"owner": models.get("owned_by", "somebody"), **{k: models[k] for k in models if k != "owned_by"}})
    server.paths |= {path: reply(200, body) for path, body in paths.items()}

    assert make_model(context_tokens=given).context_tokens == tokens


@pytest.mark.parametrize(
    ("owner", "paths"),
    [
        pytest.param("vllm", {"/tokenize": {"count": 77}}, id="vLLM"),
        pytest.param(
            "llamacpp", {"/apply-template": {"prompt": "<user>"}, "/tokenize": {"tokens": [0] * 77}}, id="llama-server"
        ),
        pytest.param("me", {"/extras/tokenize/count": {"count": 77}}, id="llama-cpp-python"),
    ],
)
def test_a_prompt_is_counted_once_where_the_server_counts(
    model: RemoteChatModel, server: OpenAIServer, owner: str, paths: dict[str, Any]
) -> None:
    server.is_kind(owner)
    server.paths |= {path: reply(200, body) for path, body in paths.items()}
    messages = [PromptMessage("system", "You are Ada.", part="situation"), *HELLO]

    prompts = [model.prompt(messages, tools=[WEATHER]) for _ in range(2)]
    texts = [model.text_prompt("Once upon a time") for _ in range(2)]

    for prompt in (*prompts, *texts):
        assert len(prompt.tokens) == 77
        assert sum(prompt.parts.values()) == 77
    assert set(prompts[0].parts) == {"situation", "input", "tools", "template"}
    looked = 2 if owner == "me" else 1
    assert len(server.seen) <= looked + 2 * len(paths)


@pytest.mark.parametrize("failure", [reply(500, {}), reply(200, "<html>"), reply(200, {"count": "many"}), cut])
def test_a_server_that_fails_to_count_is_no_error(model: RemoteChatModel, server: OpenAIServer, failure: Any) -> None:
    server.is_kind("vllm")
    server.paths["/tokenize"] = failure

    prompt = model.prompt(HELLO)

    assert len(prompt.tokens) == sum(prompt.parts.values()) > 0


def test_an_estimate_is_split_into_parts_that_sum_to_it(model: RemoteChatModel) -> None:
    prompt = model.prompt([PromptMessage("system", "Be brief.", part="instructions"), *HELLO], tools=[WEATHER])

    assert set(prompt.parts) == {"instructions", "input", "tools", "template"}
    assert sum(prompt.parts.values()) == len(prompt.tokens)
    assert list(prompt.tokens) == list(range(len(prompt.tokens)))


@pytest.mark.parametrize("total", [1, 2, 3, 10, 1000])
def test_shares_sum_to_the_whole(total: int) -> None:
    scaled = estimate.scaled({"a": 5, "b": 1, "c": 300, "d": 7}, total)

    assert sum(scaled.values()) == total
    assert all(scaled.values())


# -- who leaves early


@contextlib.contextmanager
def unreachable() -> Generator[str, None, None]:
    """An address that neither accepts nor refuses connections: its queue is full."""
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(2):
            other = waiting.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


def cancelled_when(model: RemoteChatModel, begun: Callable[[], object], work: Callable[[], object]) -> BaseException:
    """Return what the work raises on another thread when it is told to stop once it has begun."""
    stop = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=stopped_by(stop).run, args=(run,))
    thread.start()
    begun()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    return raised[0]


@pytest.mark.parametrize(
    "answer",
    [pytest.param(hang, id="first byte"), pytest.param(stream(*says("Hel")[:2], then=hang), id="streaming")],
)
def test_a_cancelled_generation_closes_the_connection(
    model: RemoteChatModel, server: OpenAIServer, answer: Any
) -> None:
    server.answers.append(answer)

    error = cancelled_when(model, lambda: server.begun.wait(5), lambda: ask(model))

    assert isinstance(error, Cancelled)
    assert server.left.wait(5)


def test_a_generation_is_cancelled_while_it_connects(make_model: Callable[..., RemoteChatModel]) -> None:
    with unreachable() as url:
        model = make_model(url)

        error = cancelled_when(model, lambda: threading.Event().wait(0.3), lambda: ask(model))

    assert isinstance(error, Cancelled)


def test_closing_the_iterator_closes_the_connection(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("Hel")[:2], then=hang))
    pieces = model.generate(model.prompt(HELLO), Sampling())
    assert next(pieces) == Delta("Hel")

    pieces.close()  # type: ignore[attr-defined]

    assert server.left.wait(5)


def test_dropping_the_iterator_closes_the_connection(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("Hel")[:2], then=hang))
    pieces = model.generate(model.prompt(HELLO), Sampling())
    assert next(pieces) == Delta("Hel")

    del pieces
    gc.collect()

    assert server.left.wait(5)


def test_ctrl_c_closes_the_connection(
    model: RemoteChatModel, server: OpenAIServer, request: pytest.FixtureRequest
) -> None:
    # a shell may have had it ignored for what runs behind it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    server.answers.append(hang)
    prompt = model.prompt(HELLO)

    def interrupt() -> None:
        server.begun.wait(5)
        _thread.interrupt_main()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        ask(model, prompt)

    assert server.left.wait(5)


def test_ctrl_c_while_the_request_is_handed_over_closes_the_connection(
    model: RemoteChatModel, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers.append(hang)
    prompt = model.prompt(HELLO)
    hand_over = asyncio.run_coroutine_threadsafe

    def interrupted(*args: Any) -> Any:
        hand_over(*args)
        assert server.begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask(model, prompt)
    monkeypatch.undo()

    assert server.left.wait(10)


def test_closing_the_model_ends_what_is_under_way(model: RemoteChatModel, server: OpenAIServer) -> None:
    server.answers.append(stream(*says("Hel")[:2], then=hang))
    pieces = model.generate(model.prompt(HELLO), Sampling())
    next(pieces)

    model.close()

    assert server.left.wait(5)
    with pytest.raises(ClientClosed):
        next(pieces)
    with pytest.raises(ClientClosed):
        ask(model)
    model.close()


def test_a_model_that_is_dropped_leaves_no_thread(server: OpenAIServer) -> None:
    before = threading.active_count()
    model = RemoteChatModel(server.url, "m")
    assert model.context_tokens == 4096
    [thread] = [thread for thread in threading.enumerate() if thread.name == "julep-remote"]

    del model
    gc.collect()
    thread.join(5)

    assert not thread.is_alive()
    assert threading.active_count() <= before + 1  # the server may be at its last request


FORKED = """
import os, sys
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.remote import RemoteChatModel

model = RemoteChatModel(sys.argv[1], "m")
prompt = model.prompt([PromptMessage("user", "Hello")])
under_way = model.generate(prompt, Sampling())
print(next(under_way).text, flush=True)
child = os.fork()
answer = [piece.text for piece in model.generate(prompt, Sampling()) if hasattr(piece, "text")]
os.write(1, f"{answer}\\n".encode())  # at once: two processes write
if not child:
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
print(next(under_way).reason)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_that_is_forked_off_has_connections_of_its_own(
    server: OpenAIServer, offline_environment: dict[str, str]
) -> None:
    forked = threading.Event()

    def when_forked(handler: Any) -> None:
        forked.wait(10)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(END), END) + b"0\r\n\r\n")

    def last(handler: Any) -> None:
        stream(*says("there"))(handler)
        forked.set()

    server.answers += [stream(*says("Hello")[:2], then=when_forked), stream(*says("there")), last]

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, server.url],
        env=offline_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.stdout.splitlines() == ["Hello", "['there']", "['there']", "stop"], run.stderr


END = b"data: " + json.dumps(piece({}, "stop")).encode() + b"\n\ndata: [DONE]\n\n"


def test_several_generations_run_at_once(model: RemoteChatModel, server: OpenAIServer) -> None:
    together = threading.Barrier(3, timeout=10)

    def answer(handler: Any) -> None:
        together.wait()
        stream(*says("ok"))(handler)

    server.answers += [answer] * 3
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(model)[0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert answers == ["ok"] * 3


def test_a_server_that_does_one_thing_at_a_time_is_not_asked_another(
    model: RemoteChatModel, server: OpenAIServer
) -> None:
    server.is_kind("me")
    server.paths["/extras/tokenize/count"] = reply(200, {"count": 30})
    server.answers += [stream(*says("Hel")[:2], then=hang), stream(*says("ok"))]
    first = model.generate(model.prompt(HELLO), Sampling())
    next(first)
    n_seen = len(server.seen)

    prompt = model.prompt([PromptMessage("user", "Something else")])  # estimated: counting would interrupt
    error = cancelled_when(model, lambda: threading.Event().wait(0.1), lambda: ask(model, prompt))

    assert isinstance(error, Cancelled)
    assert len(server.seen) == n_seen
    first.close()  # type: ignore[attr-defined]
    assert ask(model, prompt)[0] == "ok"


# -- through a client


@pytest.fixture
def client(server: OpenAIServer, model: RemoteChatModel, tmp_path: Path) -> Iterator[Client]:
    with Client(path=tmp_path / "j.db", model=model, embedder=HashEmbedder()) as client:
        yield client


def session_of(client: Client) -> str:
    agent = client.agents.create(name="Ada", about="likes the sea", instructions=["Be brief."])
    return client.sessions.create(agent_id=agent.id, situation="At the harbour.").id


@pytest.mark.parametrize(
    "answer", [stream(*says("Hel")[:2], then=reset), reply(500, {}), stream(*says("", reason=None))]
)
def test_a_chat_that_fails_records_nothing(client: Client, server: OpenAIServer, answer: Any) -> None:
    session_id = session_of(client)
    server.answers.append(answer)

    with pytest.raises(ModelError):
        client.sessions.chat(session_id=session_id, messages=[{"role": "user", "content": "Hello"}])

    assert client.sessions.history(session_id=session_id) == []


def test_a_stream_that_is_left_records_nothing(client: Client, server: OpenAIServer) -> None:
    session_id = session_of(client)
    server.answers.append(stream(*says("Hel")[:2], then=hang))

    with client.sessions.chat(
        session_id=session_id, messages=[{"role": "user", "content": "Hello"}], stream=True
    ) as deltas:
        assert next(iter(deltas)).content == "Hel"

    assert server.left.wait(5)
    assert client.sessions.history(session_id=session_id) == []


def test_a_chat_tells_its_context(client: Client, server: OpenAIServer) -> None:
    session_id = session_of(client)
    usage = {"prompt_tokens": 40, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 32}}
    server.answers.append(stream(*says("Hel", "lo", usage=usage)))

    response = client.sessions.chat(session_id=session_id, messages=[{"role": "user", "content": "Hello"}])

    assert response.context is not None
    assert (response.context.prompt_tokens, response.context.cached_tokens) == (40, 32)
    assert {"situation", "about_agent", "instructions", "input"} < set(response.context.parts)
    assert [message["role"] for message in server.asked[0]["messages"]] == ["system", "user"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_cancelled_task_closes_the_connection_and_records_nothing(
    server: OpenAIServer, model: RemoteChatModel, tmp_path: Path, streamed: bool
) -> None:
    server.answers.append(stream(*says("Hel")[:2], then=hang))

    async def story() -> None:
        async with AsyncClient(path=tmp_path / "j.db", model=model, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            session = await client.sessions.create(agent_id=agent.id)

            async def chat() -> None:
                said = [{"role": "user", "content": "Hello"}]
                if not streamed:
                    await client.sessions.chat(session_id=session.id, messages=said)
                else:
                    async for _ in await client.sessions.chat(session_id=session.id, messages=said, stream=True):
                        pass

            task = asyncio.create_task(chat())
            assert await asyncio.to_thread(server.begun.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

            assert await asyncio.to_thread(server.left.wait, 10)
            assert await client.sessions.history(session_id=session.id) == []

    asyncio.run(story())
