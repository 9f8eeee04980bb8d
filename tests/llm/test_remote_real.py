"""Whole conversations with llama-cpp-python's own server, in a process of its own on this machine."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import ModelError
from julep_local.llm.base import Prompt, PromptMessage, Sampling, ToolSpec
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.remote import RemoteChatModel
from julep_local.testing import HashEmbedder

pytestmark = pytest.mark.model

CONTEXT_TOKENS = 1024
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="session")
def server_url(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(gguf), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--n_ctx", str(CONTEXT_TOKENS), "--n_threads", "1", "--n_threads_batch", "1"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=os.environ) as process:
        try:
            _wait_for(process, port, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture
def remote(server_url: str) -> Iterator[RemoteChatModel]:
    model = RemoteChatModel(server_url, "smollm2", context_tokens=CONTEXT_TOKENS)
    yield model
    model.close()


@pytest.fixture
def client(remote: RemoteChatModel, tmp_path: Path) -> Iterator[Client]:
    with Client(path=tmp_path / "j.db", model=remote, embedder=HashEmbedder()) as client:
        yield client


def say(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def new_session(client: Client, **more: Any) -> str:
    agent = client.agents.create(name="Ada", instructions=["Answer in one short sentence."])
    return client.sessions.create(agent_id=agent.id, **more).id


def test_a_conversation_is_streamed_recorded_and_carried_on_by_another_client(
    client: Client, remote: RemoteChatModel, tmp_path: Path
) -> None:
    session_id = new_session(client, situation="Bo visits the harbour.")

    stream = client.sessions.chat(
        session_id=session_id, messages=say("What is a ferry?"), stream=True, max_tokens=24, temperature=0
    )
    text = "".join(delta.content or "" for delta in stream)

    assert text
    assert stream.response.response[0][0].content == text
    assert stream.response.usage.completion_tokens > 3
    client.close()
    with Client(path=tmp_path / "j.db", model=remote, embedder=HashEmbedder()) as other:
        response = other.sessions.chat(
            session_id=session_id, messages=say("Is it a ship?"), max_tokens=8, temperature=0
        )
        said = [(message.role.value, message.content) for message in other.sessions.history(session_id=session_id)]
    assert said == [
        ("user", "What is a ferry?"),
        ("assistant", text),
        ("user", "Is it a ship?"),
        ("assistant", response.response[0][0].content),
    ]
    assert response.context is not None
    assert "history" in response.context.parts


def test_memories_and_summaries_are_formed_by_the_server_too(client: Client) -> None:
    user = client.users.create(name="Bo", about="likes maps")
    session_id = new_session(client, user_id=user.id)

    response = client.sessions.chat(
        session_id=session_id, messages=say("My dog is called Biscuit."), max_tokens=8, temperature=0
    )
    done = client.jobs.wait(response.jobs or [], timeout=90)

    assert response.jobs
    assert {job.state.value for job in done} == {"succeeded"}


def test_a_stream_that_is_left_frees_the_server_and_records_nothing(client: Client) -> None:
    session_id = new_session(client)
    with client.sessions.chat(
        session_id=session_id, messages=say("Tell me a long story."), stream=True, max_tokens=700
    ) as stream:
        next(iter(stream))

    response = client.sessions.chat(session_id=session_id, messages=say("Hello"), max_tokens=4)

    assert response.response[0][0].content
    assert len(client.sessions.history(session_id=session_id)) == 2


def test_a_cancelled_task_records_nothing(remote: RemoteChatModel, tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncClient(path=tmp_path / "j.db", model=remote, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            session = await client.sessions.create(agent_id=agent.id)
            task = asyncio.create_task(
                client.sessions.chat(session_id=session.id, messages=say("Tell me a long story."), max_tokens=700)
            )
            await asyncio.sleep(0.5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

            assert await client.sessions.history(session_id=session.id) == []
            await client.sessions.chat(session_id=session.id, messages=say("Hello"), max_tokens=4)
            assert len(await client.sessions.history(session_id=session.id)) == 2

    asyncio.run(story())


def test_chats_of_several_sessions_wait_for_each_other(client: Client) -> None:
    sessions = [new_session(client) for _ in range(3)]
    errors: list[Exception] = []

    def chat(session_id: str) -> None:
        try:
            client.sessions.chat(session_id=session_id, messages=say("What is rain?"), max_tokens=16)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=chat, args=(session_id,)) for session_id in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert errors == []
    assert [len(client.sessions.history(session_id=each)) for each in sessions] == [2, 2, 2]


def test_completions_with_and_without_a_conversation(client: Client) -> None:
    text = client.completions.create(model="", prompt="One, two, three,", max_tokens=4, temperature=0)
    chat = client.chat.completions.create(model="", messages=say("Say hello."), max_tokens=8, temperature=0)
    pieces = client.chat.completions.create(
        model="", messages=say("Say hello."), max_tokens=8, temperature=0, stream=True
    )

    assert "four" in text.choices[0].text
    streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert streamed == chat.choices[0].message.content


def test_settings_change_the_answer(client: Client) -> None:
    def answer(**settings: Any) -> Any:
        response = client.chat.completions.create(
            model="", messages=say("Count from one to five."), max_tokens=12, **settings
        )
        return response.choices[0].message.content

    assert answer(temperature=0) == answer(temperature=0)
    assert answer(temperature=1.5, seed=1) != answer(temperature=1.5, seed=2)
    stopped = answer(temperature=0, stop=[answer(temperature=0)[3:5]])
    assert stopped == answer(temperature=0)[:3]


def test_an_answer_fits_its_schema(client: Client) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}

    response = client.sessions.chat(
        session_id=new_session(client),
        messages=say("How old is a dog? Answer in JSON."),
        response_format={"type": "json_object", "schema": schema},
        max_tokens=60,
        temperature=0,
    )

    assert isinstance(json.loads(str(response.response[0][0].content))["age"], int)


def test_a_tool_is_called_when_it_has_to_be(client: Client) -> None:
    response = client.sessions.chat(
        session_id=new_session(client),
        messages=say("What is the weather in Rome?"),
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "weather"}},
        max_tokens=60,
        temperature=0,
    )

    assert response.finish_reason.value == "tool_calls"
    assert response.tool_calls is not None
    assert response.tool_calls[0].name == "weather"
    assert "city" in json.loads(response.tool_calls[0].arguments)


TEXTS = [
    pytest.param("What is the tide, and when does the ferry to Heron Island leave on Sundays?", id="question"),
    pytest.param("The internationalisation of counterrevolutionary antidisestablishmentarianism.", id="long words"),
    pytest.param("for i in range(10):\n    if x[i] >= 3.14159:\n        print(f'{i}: {x[i]!r}')\n\n", id="code"),
    pytest.param(json.dumps([{"id": 17, "name": "Bo", "tags": ["a", "b"], "ok": True}] * 3, indent=2), id="json"),
    pytest.param("Die Fähre fährt täglich außer Sonntag, für die Überfahrt braucht man vier Stunden.", id="German"),
    pytest.param("Паром отправляется каждый день, кроме воскресенья.", id="Russian"),
    pytest.param("渡轮每天上午九点十五分出发。", id="Chinese"),
    pytest.param("🚢🌊 ¿Qué? — “naïve” … 1,234,567.89 €", id="marks"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_prompt_is_never_counted_too_small(
    remote: RemoteChatModel, shared_model: LlamaCppModel, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    messages = [PromptMessage("system", "Be brief.", part="instructions"), PromptMessage("user", text, part="input")]
    truth = len(shared_model.prompt(messages).tokens)

    counted = remote.prompt(messages)
    monkeypatch.setattr(remote, "_counted", lambda *_: None)
    estimated = remote.prompt(messages)

    assert truth <= len(counted.tokens) <= truth + 5
    assert truth < len(estimated.tokens) < 3 * truth + 60
    for prompt in (counted, estimated):
        assert sum(prompt.parts.values()) == len(prompt.tokens)


def test_a_server_that_was_started_with_less_context_says_what_may_be_wrong(server_url: str) -> None:
    model = RemoteChatModel(server_url, "smollm2", context_tokens=100_000)
    prompt: Prompt = model.prompt([PromptMessage("user", "word " * 2000)], tools=[ToolSpec("a", "b", {})])

    with pytest.raises(ModelError, match="context_tokens it was started with"):
        list(model.generate(prompt, Sampling()))

    model.close()
