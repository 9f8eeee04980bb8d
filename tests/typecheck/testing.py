"""Only type-checked, never run: scripts and cassettes are chat models, and what clients offer to tests."""

from typing_extensions import assert_type

from julep_local import AsyncClient, Client
from julep_local.llm.base import ChatModel
from julep_local.recall.embeddings import Embedder
from julep_local.testing import Cassette, Deterministic, FaultyModel, HashEmbedder, ScriptedModel, Step, Template


def chat_models() -> list[ChatModel]:
    return [ScriptedModel([Step("ok", last="Hi"), {"a": 1}]), FaultyModel("crash"), Cassette("one.json", mode="new")]


def embedder() -> Embedder:
    return HashEmbedder()


def blocking() -> None:
    client = Client(path=":memory:", model=ScriptedModel(), embedder=embedder(), deterministic=Deterministic(seed=1))
    assert_type(client.digest(), str)
    with client.savepoint() as nothing:
        assert_type(nothing, None)
    assert_type(Template(client).client(model=ScriptedModel()), Client)


async def awaited(client: AsyncClient) -> None:
    assert_type(await client.digest(), str)
    async with client.savepoint() as nothing:
        assert_type(nothing, None)
