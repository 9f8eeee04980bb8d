"""The transport: an httpx client that reaches the file without any socket."""

import asyncio
import threading
from pathlib import Path

import httpx
import pytest
from http_talk import EndlessModel, say

from julep_local import Client
from julep_local.errors import ClientClosed
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.transport import AsyncLocalTransport, LocalTransport

BASE = "http://local"


def _client(path: object = ":memory:", model: ScriptedModel | None = None) -> Client:
    model = model or ScriptedModel(lambda prompt: "one two three")
    return Client(path=path, model=model, embedder=HashEmbedder())  # type: ignore[arg-type]


def test_requests_are_answered_without_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was asked for")

    with _client() as client, LocalTransport(client) as transport, httpx.Client(transport=transport) as http:
        monkeypatch.setattr("socket.create_connection", refuse)
        made = http.post(f"{BASE}/api/agents", json={"name": "Ada"})
        got = http.get(f"{BASE}/api/agents/{made.json()['id']}")

        assert (made.status_code, got.json()["name"]) == (201, "Ada")
        assert [agent.name for agent in client.agents.list()] == ["Ada"]


def test_a_client_of_its_own_is_closed_with_it(tmp_path: Path) -> None:
    given = {"path": tmp_path / "julep.db", "model": ScriptedModel(), "embedder": HashEmbedder()}
    transport = LocalTransport(**given)
    with httpx.Client(transport=transport) as http:
        http.post(f"{BASE}/api/agents", json={"name": "Ada"})

    assert [file.name for file in tmp_path.iterdir()] == ["julep.db"]
    with pytest.raises(ClientClosed):
        transport.handle_request(httpx.Request("GET", f"{BASE}/api/agents"))
    transport.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "julep-transport"]


def test_an_open_client_stays_open() -> None:
    with _client() as client:
        LocalTransport(client).close()

        assert client.agents.list() == []


def test_a_client_and_what_to_open_one_with_are_not_both_taken() -> None:
    with _client() as client, pytest.raises(TypeError, match="not both"):
        LocalTransport(client, path=":memory:")


def _session(client: Client) -> str:
    return client.sessions.create(agent_id=client.agents.create(name="Ada").id).id


def test_a_stream_comes_as_it_is_read_and_leaving_it_ends_the_generation() -> None:
    model = EndlessModel()
    with _client(model=model) as client, httpx.Client(transport=LocalTransport(client)) as http:
        session_id = _session(client)
        with http.stream("POST", f"{BASE}/api/sessions/{session_id}/chat", json=say(stream=True)) as response:
            assert next(response.iter_lines()).startswith("data: ")
            assert not model.stopped.is_set()

        assert model.stopped.wait(30)
        assert client.sessions.history(session_id=session_id) == []


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    model = EndlessModel()
    with _client(model=model) as client, httpx.Client(transport=LocalTransport(client)) as http:
        session_id = _session(client)
        with pytest.raises(httpx.ReadTimeout):
            http.post(f"{BASE}/api/sessions/{session_id}/chat", json=say(), timeout=0.2)

        assert model.stopped.wait(30)


def test_closing_it_ends_what_is_under_way() -> None:
    model = EndlessModel()
    with _client(model=model) as client:
        transport = LocalTransport(client)
        http = httpx.Client(transport=transport)
        session_id = _session(client)
        statuses: list[int] = []
        url = f"{BASE}/api/sessions/{session_id}/chat"
        chat = threading.Thread(target=lambda: statuses.append(http.post(url, json=say(), timeout=30).status_code))
        chat.start()
        assert model.speaks.wait(30)

        transport.close()
        chat.join(30)

    assert statuses == [503]


def test_asyncio_clients_are_answered_too() -> None:
    async def story() -> None:
        async with httpx.AsyncClient(transport=AsyncLocalTransport(client)) as http:
            session_id = _session(client)
            url = f"{BASE}/api/sessions/{session_id}/chat"
            answers = await asyncio.gather(*(http.get(f"{BASE}/api/agents") for _ in range(50)))
            assert {answer.status_code for answer in answers} == {200}
            async with http.stream("POST", url, json=say(stream=True)) as response:
                async for _ in response.aiter_lines():
                    break
            assert await asyncio.to_thread(model.stopped.wait, 30)
            model.stopped.clear()
            model.speaks.clear()
            chat = asyncio.create_task(http.post(url, json=say(), timeout=30))
            assert await asyncio.to_thread(model.speaks.wait, 30)
            chat.cancel()
            with pytest.raises(asyncio.CancelledError):
                await chat
            assert await asyncio.to_thread(model.stopped.wait, 30)

    model = EndlessModel()
    with _client(model=model) as client:
        asyncio.run(story())
