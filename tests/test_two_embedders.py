"""Programs with different embedders on one file: each gets its own vectors, and nobody waits for one that is gone."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client, indexing, jobs
from julep_local.store import embedding_sets
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import JobStatusState

OPENED = """
    import json, os, signal, sys, time
    from julep_local import Client, indexing, jobs
    from julep_local.store import embedding_sets, vectors
    from julep_local.testing import HashEmbedder, ScriptedModel

    indexing.NEWS_S = 0

    class Slow(HashEmbedder):
        is_instant = False
        def embed(self, texts):
            time.sleep(0.02)
            return super().embed(texts)

    path, agent_id, n_dims = sys.argv[1], sys.argv[2], int(sys.argv[3])
    client = Client(path=path, model=ScriptedModel(["ok"]), embedder=Slow(n_dims))

    def add(text):
        return client.docs.create(agent_id=agent_id, doc={"title": "", "content": text})

    def similarities():
        return [hit.similarity for hit in client.docs.search("dog", agent_id=agent_id, limit=100)]

    def has_vectors(doc):
        db = client._api_client._runtime.db
        (own,) = [each for each in embedding_sets.every(db) if each.name == f"hash-{n_dims}-v2"]
        return vectors.progress(db, own.id, doc_id=doc.id).n_done == 1
"""


def opened(code: str, *args: Any) -> "subprocess.Popen[str]":
    """Start a process that has a client open on a file, for an agent, with an embedder of so many dimensions."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OPENED) + textwrap.dedent(code), *map(str, args)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def result(process: "subprocess.Popen[str]") -> Any:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


class SlowEmbedder(HashEmbedder):
    is_instant = False


@pytest.fixture
def open_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Client]]:
    """Open a client with an embedder of so many dimensions on the same file."""
    monkeypatch.setattr(jobs, "IDLE_S", 0.05)
    monkeypatch.setattr(indexing, "NEWS_S", 0)
    clients: list[Client] = []

    def open_it(n_dims: int) -> Client:
        embedder = SlowEmbedder(n_dims)
        clients.append(Client(path=tmp_path / "julep.db", model=ScriptedModel(["ok"]), embedder=embedder))
        return clients[-1]

    yield open_it
    for client in clients:
        client.close()


def test_two_processes_with_two_embedders_each_get_the_vectors_of_their_docs(
    tmp_path: Path, open_client: Callable[[int], Client]
) -> None:
    client = open_client(32)
    agent_id = client.agents.create(name="Ada").id
    code = """
        sys.stdin.readline()
        docs = [add(f"dog {n_dims} {i}") for i in range(20)]
        states = {job.state.value for job in client.jobs.wait([doc.jobs[0] for doc in docs])}
        own = [has_vectors(doc) for doc in docs]
        print("own", flush=True)
        sys.stdin.readline()
        deadline = time.monotonic() + 30
        while len(all_of := similarities()) < 40 or None in all_of:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        print(json.dumps([list(states), sum(own)]))
        client.close()
    """
    processes = [opened(code, tmp_path / "julep.db", agent_id, n_dims) for n_dims in (64, 128)]

    for line in ("go\n", "go on\n"):
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()
        if line == "go\n":
            assert [process.stdout.readline() for process in processes if process.stdout] == ["own\n"] * 2

    assert [result(process) for process in processes] == [[["succeeded"], 20]] * 2
    names = {each.name for each in embedding_sets.every(client._api_client._runtime.db)}
    assert {"hash-64-v2", "hash-128-v2"} <= names


def test_a_job_of_a_process_that_was_killed_is_done_for_another_embedder(
    tmp_path: Path, open_client: Callable[[int], Client]
) -> None:
    client = open_client(64)
    agent_id = client.agents.create(name="Ada").id
    code = """
        jobs.LEASE_S = 0.3
        Slow.embed = lambda self, texts: os.kill(os.getpid(), signal.SIGKILL)
        client._api_client._runtime.background.give_way()
        with client._api_client._runtime.chatting():  # so that no job is begun
            print(json.dumps(add("one dog").jobs + add("two dogs").jobs), flush=True)
            sys.stdin.readline()
        time.sleep(60)
    """
    process = opened(code, tmp_path / "julep.db", agent_id, 128)
    assert process.stdout is not None
    job_ids = json.loads(process.stdout.readline())
    assert {client.jobs.get(job_id).state for job_id in job_ids} == {JobStatusState.PENDING}

    process.communicate("go on\n", timeout=60)
    assert process.returncode == -9
    client._api_client._runtime.background.notify()
    ended = client.jobs.wait(job_ids)

    assert {job.state for job in ended} == {JobStatusState.SUCCEEDED}
    assert {hit.similarity is None for hit in client.docs.search("dog", agent_id=agent_id)} == {False}


def test_two_clients_with_two_embedders_in_one_process_search_side_by_side(
    open_client: Callable[[int], Client],
) -> None:
    clients = [open_client(64), open_client(128)]
    agent_id = clients[0].agents.create(name="Ada").id
    docs = [
        client.docs.create(agent_id=agent_id, doc={"title": "", "content": f"dog {i} of {n}"})
        for n, client in enumerate(clients)
        for i in range(5)
    ]
    jobs_of = [job_id for doc in docs for job_id in doc.jobs or []]
    assert {job.state for job in clients[0].jobs.wait(jobs_of)} == {JobStatusState.SUCCEEDED}

    for client in (*clients, *clients):
        deadline = time.monotonic() + 30
        while None in [hit.similarity for hit in client.docs.search("dog", agent_id=agent_id)]:
            assert time.monotonic() < deadline
            client.jobs.wait([job.id for job in client.jobs.list()])

    db = clients[0]._api_client._runtime.db
    assert sorted((each.name, each.state == "filling") for each in embedding_sets.every(db)) == [
        ("hash-128-v2", False),
        ("hash-64-v2", False),
    ]
    n_jobs = len(clients[0].jobs.list())
    for client in (*clients, *clients):
        assert {hit.similarity is None for hit in client.docs.search("dog", agent_id=agent_id)} == {False}
    assert len(clients[0].jobs.list()) == n_jobs  # nobody undoes what the other has made


def test_making_vectors_anew_leaves_those_of_another_embedder_alone(open_client: Callable[[int], Client]) -> None:
    clients = [open_client(64), open_client(128)]
    agent_id = clients[0].agents.create(name="Ada").id
    for n, client in enumerate(clients):
        doc = client.docs.create(agent_id=agent_id, doc={"title": "", "content": f"dog {n}"})
        client.jobs.wait(doc.jobs)
        client.jobs.wait(client.docs.reembed())

    for client in (*clients, *clients):
        assert None not in [hit.similarity for hit in client.docs.search("dog", agent_id=agent_id)][:1]
    names = [each.name for each in embedding_sets.every(clients[0]._api_client._runtime.db)]
    assert sorted(names) == ["hash-128-v2", "hash-64-v2"]


def test_a_program_that_is_busy_with_a_chat_keeps_the_jobs_for_its_embedder(
    open_client: Callable[[int], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RENEW_S", 0.05)
    client = open_client(64)
    db = client._api_client._runtime.db
    agent_id = client.agents.create(name="Ada").id
    with client._api_client._runtime.chatting():
        doc = client.docs.create(agent_id=agent_id, doc={"title": "", "content": "one dog"})
        with db.transaction():
            db.execute("update jobs set lease_until = '2024-01-01T00:00:00.000000Z'")

        deadline = time.monotonic() + 30
        while db.query("select lease_until < '2025' from jobs")[0][0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)

        assert client.jobs.get((doc.jobs or [""])[0]).state is JobStatusState.PENDING
    client.jobs.wait(doc.jobs)
    (hit,) = client.docs.search("dog", agent_id=agent_id)
    assert hit.similarity is not None
