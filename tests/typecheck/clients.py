"""Only type-checked, never run: what a type checker sees of the clients."""

from typing_extensions import assert_type

from julep_local import (
    Agent,
    AsyncChatStream,
    AsyncClient,
    AsyncJulepApi,
    BackedUp,
    ChatResponse,
    ChatStream,
    Client,
    Compacted,
    InputChatMlMessage,
    JobStatus,
    JulepApi,
    ListAgentsResponse,
    ResourceCreatedResponse,
    Session,
)
from julep_local.types import DoctorReport


def blocking(api: JulepApi, client: Client, messages: list[InputChatMlMessage]) -> None:
    """The low-level client and the managers keep names, keywords and result types."""
    assert_type(api.create_agent(name="Ada", about="a guide"), ResourceCreatedResponse)
    assert_type(api.list_agents(limit=3, metadata_filter="{}"), ListAgentsResponse)
    assert_type(api.chat("s", messages=messages, temperature=0.5), ChatResponse)
    assert_type(api.chat("s", messages=messages, stream=True), ChatStream)
    assert_type(client.agents.create(name="Ada"), Agent)
    assert_type(client.sessions.chat(session_id="s", messages=messages, stream=True, seed=1), ChatStream)
    assert_type(client.compact(), Compacted)
    assert_type(client.backup("copy.db"), BackedUp)
    assert_type(client.doctor(repair=True), DoctorReport)
    with client as same:
        assert_type(same, Client)


async def awaited(api: AsyncJulepApi, client: AsyncClient, messages: list[InputChatMlMessage]) -> None:
    """The twins have the same signatures, and their results are awaited."""
    assert_type(await api.get_session("s"), Session)
    assert_type(await api.create_agent(name="Ada", about="a guide"), ResourceCreatedResponse)
    assert_type(await api.chat("s", messages=messages), ChatResponse)
    assert_type(await api.chat("s", messages=messages, stream=True), AsyncChatStream)
    assert_type(await client.sessions.chat(session_id="s", messages=messages), ChatResponse)
    assert_type(await client.agents.list(limit=3), list[Agent])
    assert_type(await client.compact(), Compacted)
    assert_type(await client.backup("copy.db"), BackedUp)
    assert_type(await client.doctor(), DoctorReport)
    assert_type(await client.jobs.wait(["j"], timeout=1), list[JobStatus])
