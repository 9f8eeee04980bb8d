"""What the tests of the server share: one on loopback in this process, with a client beside it to look at the file."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from http_talk import EndlessModel

from julep_local import Client
from julep_local.server.serve import running
from julep_local.testing import HashEmbedder, ScriptedModel


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(lambda prompt: "one two three")


@pytest.fixture
def client(tmp_path: Path, blank: Path, model: ScriptedModel) -> Iterator[Client]:
    shutil.copyfile(blank, tmp_path / "julep.db")
    with Client(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
        yield client


@pytest.fixture
def address(client: Client) -> Iterator[str]:
    with running(client) as address:
        yield address


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30, verify=False) as http:
        yield http


@pytest.fixture
def session_id(client: Client) -> str:
    agent = client.agents.create(name="Ada")
    return client.sessions.create(agent_id=agent.id).id


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[tuple[str, EndlessModel, Client, str]]:
    """A server whose model never ends: its address, the model, a client, and a session."""
    model = EndlessModel()
    with Client(path=tmp_path / "endless.db", model=model, embedder=HashEmbedder()) as client:
        session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
        with running(client) as address:
            yield address, model, client, session.id
