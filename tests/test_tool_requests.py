"""Forty messages to SmolLM2, whose chat template knows no tools: half need one of eight, half need none.

The weights of the decision were fitted to others; the benchmark tool_routing says what these forty have shown of it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from julep_local import ChatResponse, Client
from julep_local.errors import ModelMissing
from julep_local.llm.catalog import find_chat_model, find_embedding_folder

pytestmark = pytest.mark.model

DATA = json.loads((Path(__file__).parent / "recall" / "tool_requests.json").read_text(encoding="utf-8"))
(FORTY,) = DATA["held_out"]
SCHEMAS = {tool["name"]: tool["parameters"] for tool in FORTY["tools"]}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    pytest.importorskip("llama_cpp")
    pytest.importorskip("sentence_transformers")
    try:
        find_chat_model()
        find_embedding_folder()
    except ModelMissing as error:
        pytest.skip(str(error))
    with Client(path=tmp_path_factory.mktemp("tools") / "julep.db") as client:
        yield client


@pytest.fixture(scope="module")
def answers(client: Client) -> list[tuple[str, str | None, ChatResponse]]:
    """Message, the tool it needs, the answer."""
    tools = [{"type": "function", "function": tool} for tool in FORTY["tools"]]
    agent = client.agents.create(name="Ada", tools=tools)
    session = client.sessions.create(agent_id=agent.id)

    def answered(text: str) -> ChatResponse:
        return client.sessions.chat(
            session_id=session.id,
            messages=[{"role": "user", "content": text}],
            temperature=0,
            max_tokens=64,
            record=False,
            remember=False,
        )

    return [(text, needs, answered(text)) for text, needs in FORTY["messages"]]


def called(response: ChatResponse) -> str | None:
    return response.tool_calls[0].name if response.tool_calls else None


def test_nine_of_ten_requests_call_the_right_tool(answers: list[Any]) -> None:
    right = [called(response) == needs for _, needs, response in answers if needs is not None]

    assert len(right) == 20
    assert sum(right) >= 18


def test_nine_of_ten_other_messages_are_answered_in_words(answers: list[Any]) -> None:
    in_words = [
        called(response) is None and bool(response.response[0][0].content)
        for _, needs, response in answers
        if needs is None
    ]

    assert len(in_words) == 20
    assert sum(in_words) >= 18


def test_every_call_fits_its_tool_and_has_the_form_of_the_sdk(answers: list[Any]) -> None:
    calls = [response for _, _, response in answers if response.tool_calls]
    for response in calls:
        message = response.response[0][0]
        call = json.loads(message.content)
        assert message.role.value == "function_call"
        assert set(call) == {"name", "arguments"}
        assert response.finish_reason.value == "tool_calls"
        jsonschema.validate(json.loads(call["arguments"]), SCHEMAS[call["name"]])

    assert len(calls) >= 18
