"""What processes do with a whole client, whose embedder takes its time."""

import json
import time
from typing import Any

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel


class SlowEmbedder(HashEmbedder):
    is_instant = False

    def embed(self, texts: Any) -> Any:
        time.sleep(0.02)
        return super().embed(texts)


def _client(path: str) -> Client:
    return Client(path=path, model=ScriptedModel(["noon"] * 1000), embedder=SlowEmbedder(n_dims=16))


def add_docs(path: str, round_: int) -> None:
    """Add docs whose vectors are jobs, for as long as it is let."""
    client = _client(path)
    agent = client.agents.create(name="Ada")
    print("open", flush=True)
    for n in range(1000):
        client.docs.create(
            agent_id=agent.id, doc={"title": f"{round_}-{n}", "content": [f"chunk {i}" for i in range(5)]}
        )
        time.sleep(0.01)


def drain(path: str) -> None:
    """Do what was left, and say how it stands."""
    began = time.monotonic()
    client = _client(path)
    db = client._api_client._runtime.db
    states = "select count(*) from jobs where state = 'succeeded'"
    done = db.query(states)[0][0]
    n_waiting = db.query("select count(*) from jobs where state not in ('succeeded', 'failed', 'aborted')")[0][0]
    while n_waiting and db.query(states)[0][0] == done and time.monotonic() < began + 60:
        time.sleep(0.01)
    first_after_s = time.monotonic() - began
    left = "select count(*) from jobs where state not in ('succeeded', 'aborted')"
    while db.query(left)[0][0] and time.monotonic() < began + 500:
        time.sleep(0.05)
    result = {
        "first_after_s": first_after_s if n_waiting else 0.0,
        "docs": db.query("select count(*) from docs")[0][0],
        "jobs_lost": db.query(left)[0][0],
        "docs_without_vector": db.query(
            """
            select count(*)
            from chunks
            where not exists (select 1 from chunk_vectors where chunks.id between chunk_id and chunk_id + n_chunks - 1)
            """
        )[0][0],
        "vectors_twice": db.query("select (select sum(n_chunks) from chunk_vectors) - (select count(*) from chunks)")[
            0
        ][0],
    }
    client.close()
    print(json.dumps(result), flush=True)
