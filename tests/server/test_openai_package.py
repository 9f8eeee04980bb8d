"""The `openai` package, unchanged, talks to `/v1`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from http_talk import EndlessModel

from julep_local import Client
from julep_local.errors import ModelMissing
from julep_local.server.serve import running
from julep_local.testing import HashEmbedder, ScriptedModel, ToolCall

HELLO: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = [
    {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
]


def opened(address: str, api_key: str = "none") -> openai.OpenAI:
    # without certificates, which it would read each time
    http = httpx.Client(verify=False, timeout=30)
    return openai.OpenAI(api_key=api_key, base_url=f"{address}/v1", max_retries=0, http_client=http)


@pytest.fixture
def package(address: str) -> Iterator[openai.OpenAI]:
    with opened(address) as package:
        yield package


def test_a_conversation_is_answered(package: openai.OpenAI) -> None:
    answer = package.chat.completions.create(model="gpt-4", messages=HELLO, temperature=0, seed=1)

    assert answer.choices[0].message.content == "one two three"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gpt-4"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


def test_an_answer_comes_in_pieces(package: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    pieces = list(package.chat.completions.create(model="m", messages=HELLO, stream=True, stream_options=options))

    assert [piece.choices[0].delta.content for piece in pieces[:4]] == ["", "one", " two", " three"]
    assert pieces[-2].choices[0].finish_reason == "stop"
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.completion_tokens == 3


def test_a_text_is_carried_on(package: openai.OpenAI) -> None:
    whole = package.completions.create(model="m", prompt=["Once", "Twice"], max_tokens=2)
    pieces = package.completions.create(model="m", prompt="Once", stream=True)

    assert [choice.text for choice in whole.choices] == ["one two", "one two"]
    assert whole.choices[0].finish_reason == "length"
    assert "".join(piece.choices[0].text for piece in pieces) == "one two three"


def test_models_are_listed_and_found(package: openai.OpenAI) -> None:
    names = [model.id for model in package.models.list()]

    assert names[0] == "scripted"
    assert package.models.retrieve("scripted").owned_by == "julep_local"
    with pytest.raises(openai.NotFoundError):
        package.models.retrieve("owner/name")


def test_settings_of_this_library_go_into_the_extra_body(package: openai.OpenAI, model: ScriptedModel) -> None:
    package.chat.completions.create(model="m", messages=HELLO, extra_body={"min_p": 0.5, "preset": "fun"})

    assert model.samplings[-1].min_p == 0.5
    assert model.samplings[-1].temperature == pytest.approx(1.2)


def test_tools_are_called(tmp_path: Path) -> None:
    model = ScriptedModel([ToolCall("weather", '{"city": "Oslo"}', "call-1"), "Rain."])
    with (
        Client(path=":memory:", model=model, embedder=HashEmbedder()) as client,
        running(client) as address,
        opened(address) as package,
    ):
        asked = package.chat.completions.create(model="m", messages=HELLO, tools=WEATHER).choices[0]
        assert asked.message.tool_calls is not None
        call: Any = asked.message.tool_calls[0]
        result: Any = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
        told = package.chat.completions.create(model="m", messages=[*HELLO, asked.message, result], tools=WEATHER)

    assert asked.finish_reason == "tool_calls"
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Oslo"}')
    assert told.choices[0].message.content == "Rain."


@pytest.mark.parametrize(
    ("given", "param"),
    [
        pytest.param({"temperature": 9}, "temperature", id="out of range"),
        pytest.param({"messages": []}, "messages", id="no messages"),
        pytest.param({"logprobs": True}, "logprobs", id="not to be had"),
        pytest.param({"extra_body": {"nonsense": 1}}, "nonsense", id="unknown"),
        pytest.param({"extra_body": {"extra_body": {}}}, "extra_body", id="a parameter of Python's"),
    ],
)
def test_what_is_not_acceptable_is_a_bad_request_that_names_it(
    package: openai.OpenAI, given: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        package.chat.completions.create(**{"model": "m", "messages": HELLO, **given})

    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("POST", "/v1/completions", {}, 415, id="no JSON"),
        pytest.param("GET", "/v1/completions", {}, 405, id="method"),
        pytest.param("GET", "/v1/embeddings", {}, 404, id="no such route"),
        pytest.param("GET", "/v1/models", {"host": "evil.example"}, 403, id="another host"),
    ],
)
def test_whoever_refuses_it_an_error_has_the_shape_of_openais(
    http: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = http.request(method, path, headers=headers)

    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


def test_an_error_before_the_first_piece_has_its_status(tmp_path: Path) -> None:
    model = ScriptedModel([ModelMissing("none at /home/bo")])
    with (
        Client(path=":memory:", model=model, embedder=HashEmbedder()) as client,
        running(client) as address,
        opened(address) as package,
        pytest.raises(openai.InternalServerError) as failed,
    ):
        package.chat.completions.create(model="m", messages=HELLO, stream=True)

    assert failed.value.status_code == 503
    assert "/home" not in str(failed.value)


def test_a_stream_that_is_left_ends_the_generation(endless: tuple[str, EndlessModel, Client, str]) -> None:
    address, model, _, _ = endless
    with opened(address) as package:
        with package.chat.completions.create(model="m", messages=HELLO, stream=True) as pieces:
            next(iter(pieces))

        assert model.stopped.wait(30)


def test_a_wrong_key_is_a_permission_error(client: Client) -> None:
    with running(client, api_key="a key of enough characters") as address:
        with opened(address, api_key="another") as package:
            with pytest.raises(openai.PermissionDeniedError):
                package.models.list()
        response = httpx.get(f"{address}/v1/models", headers={"authorization": "Bearer a key of enough characters"})

    assert response.status_code == 200
