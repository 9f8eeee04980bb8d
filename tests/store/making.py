"""Values to store, and a second process: what the tests of the store start from."""

import os
import subprocess
import sys
import textwrap
import uuid
from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from julep_local.store import (
    agents,
    docs,
    embedding_sets,
    fts,
    memories,
    memory_search,
    messages,
    sessions,
    users,
    vectors,
)
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from julep_local.types import Agent, ChatMlMessage, Doc, Memory, Session, User

NOW = datetime(2024, 5, 17, 12, 0, 0, 250, tzinfo=timezone.utc)
LATER = NOW + timedelta(hours=1)

REPOSITORY = Path(__file__).parents[2]


def new_id() -> str:
    return str(uuid.uuid4())


def make_agent(**values: Any) -> Agent:
    return Agent(
        **{
            "id": new_id(),
            "name": "Ada",
            "about": "a tutor",
            "model": "gpt-4",
            "instructions": ["be brief", "be kind"],
            "default_settings": {"temperature": 0.5, "preset": "fun"},
            "metadata": {"team": "blue"},
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )


def make_user(**values: Any) -> User:
    return User(
        **{
            "id": new_id(),
            "name": "Grace",
            "about": "likes tides",
            "metadata": {"plan": 1},
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )


def make_session(agent_id: str, **values: Any) -> Session:
    return Session(
        **{
            "id": new_id(),
            "agent_id": agent_id,
            "user_id": None,
            "situation": "at sea",
            "summary": None,
            "render_templates": True,
            "metadata": {},
            "created_at": NOW,
            "updated_at": NOW,
            **values,
        }
    )


def make_message(content: Any, **values: Any) -> ChatMlMessage:
    return ChatMlMessage(
        **{"id": new_id(), "role": "user", "content": content, "name": None, "created_at": NOW, **values}
    )


def make_doc(content: Any = "the moon pulls the sea", **values: Any) -> Doc:
    return Doc(
        **{
            "id": new_id(),
            "title": "Tides",
            "content": content,
            "metadata": {"lang": "en"},
            "created_at": NOW,
            "agent_id": None,
            "user_id": None,
            **values,
        }
    )


def make_memory(agent_id: str, user_id: str, content: str = "Grace sails", **values: Any) -> Memory:
    return Memory(
        **{
            "id": new_id(),
            "agent_id": agent_id,
            "user_id": user_id,
            "content": content,
            "created_at": NOW,
            "last_accessed_at": None,
            "timestamp": NOW,
            "sentiment": 0.5,
            "entities": [{"name": "Grace"}],
            **values,
        }
    )


def vector(*numbers: float) -> bytes:
    """A vector of this direction, of unit length."""
    length = sqrt(sum(number * number for number in numbers))
    return array("f", [number / length for number in numbers]).tobytes()


def matrix(*rows: Sequence[float]) -> "npt.NDArray[np.float32]":
    """Vectors of these directions, of unit length."""
    found = np.array(rows, dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def pieces(*contents: str) -> list[tuple[str, str]]:
    """Chunks of these contents without a heading."""
    return [("", content) for content in contents]


def fill(db: Database) -> tuple[Agent, User, Session]:
    """Store an agent and a user with a row of everything that they can own."""
    agent, user = make_agent(), make_user()
    session = make_session(agent.id, user_id=user.id)
    with db.transaction():
        set_id = embedding_sets.id_for(db, "test", 2)
        agents.add(db, agent)
        users.add(db, user)
        sessions.add(db, session)
        messages.append(db, session.id, new_id(), [make_message("hello"), make_message("hi", role="assistant")])
        for owner in ({"agent_id": agent.id}, {"user_id": user.id}):
            doc = make_doc(["one", "two"], **owner)
            chunk_ids = docs.add(db, doc, pieces("one", "two"))
            vectors.add(db, set_id, chunk_ids, matrix((1, 0), (0, 1)))
        memory = make_memory(agent.id, user.id, sources=[new_id()])
        memories.add(db, StoredMemory(memory))
        memory_search.add_vectors(db, [(memory.id, vector(1, 1))], embedding_set_id=set_id)
    return agent, user, session


def count(db: Database, table: str) -> int:
    return db.query("select count(*) from " + table)[0][0]  # noqa: S608


def chunks_of(db: Database, doc_id: str) -> list[docs.StoredChunk]:
    """Return the doc's chunks in reading order."""
    rows = db.query(
        "select chunks.id from chunks join docs on docs.seq = doc_seq where docs.id = :id order by position",
        {"id": doc_id},
    )
    chunk_ids = [row["id"] for row in rows]
    found = docs.chunks_by_id(db, chunk_ids)
    return [found[chunk_id] for chunk_id in chunk_ids]


def loaded_vectors(db: Database, set_id: int, owner_id: str) -> "tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]":
    """Return an owner's vectors, whole: the chunks' ids, and a row for each."""
    known = embedding_sets.get(db, set_id)
    assert known is not None
    found = list(vectors.portions(db, set_id, owner_id, n_dims=known.n_dims))
    ids = [np.empty(0, dtype=np.int64), *(portion.chunk_ids for portion in found)]
    rows = [np.empty((0, known.n_dims), dtype=np.float32), *(vectors.as_float32(portion.halves) for portion in found)]
    return np.concatenate(ids), np.concatenate(rows)


def check_text_indexes(db: Database) -> None:
    """Fail unless the text indexes hold exactly what the tables hold."""
    assert fts.check(db)


def start_python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )


def run_python(code: str, *arguments: object) -> str:
    """Run the code in another process and return what it printed."""
    process = start_python(code, *arguments)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    return out
