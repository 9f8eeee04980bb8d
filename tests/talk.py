"""What the tests of chats start from: something to say, and ways to see what was shown, stored and returned."""

from typing import Any

from julep_local import ChatResponse, Client
from julep_local.testing import ScriptedModel

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}

TABLES = (
    "agents",
    "users",
    "tools",
    "sessions",
    "messages",
    "suggestions",
    "docs",
    "chunks",
    "chunk_vectors",
    "memories",
    "memory_sources",
    "memory_vectors",
    "jobs",
)


def say(*texts: Any, role: str = "user", **more: Any) -> list[dict[str, Any]]:
    """Return one message for each text."""
    return [{"role": role, "content": text, **more} for text in texts]


def new_session(client: Client, **values: Any) -> str:
    """Return the id of a session of a new agent, with nobody if no user is named."""
    agent = client.agents.create(name="Ada")
    return client.sessions.create(agent_id=agent.id, **values).id


def answer(response: ChatResponse) -> str:
    """Return the text of the answer."""
    content = response.response[0][0].content
    assert isinstance(content, str)
    return content


def shown(model: ScriptedModel, turn: int = -1) -> list[tuple[str, str]]:
    """Return role and text of what the model was shown in a turn, in order."""
    return [(message.role, message.content) for message in model.prompts[turn].messages]


def shown_text(model: ScriptedModel, turn: int = -1) -> str:
    """Return all text the model was shown in a turn."""
    return "\n".join(text for _, text in shown(model, turn))


def history(client: Client, session_id: str) -> list[tuple[str, Any]]:
    """Return role and content of what is recorded, oldest first."""
    messages = client.sessions.history(session_id=session_id, limit=10_000)
    return [(message.role.value, message.content) for message in messages]


def finish_jobs(client: Client) -> None:
    """Wait until all background work has ended."""
    client.jobs.wait([job.id for job in client.jobs.list(limit=10_000)], timeout=30)


def stored(client: Client) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    db = client._api_client._runtime.db
    return {
        table: [tuple(row) for row in db.query(f"select * from {table}")]  # noqa: S608  (the names are ours)
        for table in TABLES
    }
