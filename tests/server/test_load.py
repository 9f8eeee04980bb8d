"""Many clients at once, and a server that is ended and started again in the midst of them: nothing is lost."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from http_talk import EndlessModel, say

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

N_CLIENTS = 50
N_ROUNDS = 5


def _at_once(n: int, work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(work, range(n)))


def test_fifty_clients_write_and_read_while_one_streams(endless: tuple[str, EndlessModel, Client, str]) -> None:
    address, model, client, session_id = endless
    agent_id = client.agents.list()[0].id

    def crud(i: int) -> tuple[set[int], str]:
        with httpx.Client(base_url=f"{address}/api", timeout=60, verify=False) as http:
            statuses = set()
            kept = http.post("/users", json={"name": f"user {i}", "about": ""}).json()["id"]
            for n in range(N_ROUNDS):
                answers = [
                    http.patch(f"/users/{kept}", json={"metadata": {str(n): i}}),
                    http.get(f"/users/{kept}"),
                    http.get("/users?limit=10"),
                    (made := http.post("/sessions", json={"agent_id": agent_id, "user_id": kept})),
                    http.delete(f"/sessions/{made.json()['id']}"),
                ]
                statuses |= {answer.status_code for answer in answers}
            return statuses, kept

    url = f"{address}/api/sessions/{session_id}/chat"
    with httpx.stream("POST", url, json=say(stream=True), timeout=60) as response:
        lines = response.iter_lines()
        next(lines)
        came = _at_once(N_CLIENTS, crud)
        assert not model.stopped.is_set()
        assert any(next(lines) for _ in range(2))

    assert set().union(*(statuses for statuses, _ in came)) == {200, 201, 202}
    users = {user.id: user for user in client.users.list(limit=1000)}
    assert set(users) == {kept for _, kept in came}
    for i, (_, kept) in enumerate(came):
        assert users[kept].metadata == {str(n): i for n in range(N_ROUNDS)}
    assert [session.id for session in client.sessions.list(limit=1000)] == [session_id]


SERVER = """
import sys
from julep_local import Client
from julep_local.server.serve import bound_socket, serve
from julep_local.testing import HashEmbedder, ScriptedModel
client = Client(path=sys.argv[1], model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder())
bound = bound_socket("127.0.0.1", 0)
serve(client, bound, host="127.0.0.1", api_key=None, on_start=lambda: print(bound.getsockname()[1], flush=True))
"""


def test_what_was_answered_is_there_after_a_restart_under_load(
    tmp_path: Path, offline_environment: dict[str, str]
) -> None:
    file = tmp_path / "julep.db"
    answered: set[str] = set()
    asked: set[str] = set()
    enough = threading.Event()

    def write(address: str, i: int, run: int) -> None:
        with httpx.Client(base_url=f"{address}/api", timeout=60, verify=False) as http:
            for n in range(100_000):
                name = f"{run}-{i}-{n}"
                asked.add(name)
                try:
                    response = http.post("/users", json={"name": name, "about": ""})
                except httpx.HTTPError:  # the server is gone
                    return
                if response.status_code != 201:
                    assert response.status_code == 503
                    return
                answered.add(name)
                if len(answered) >= 60 * (run + 1):
                    enough.set()

    for run in range(3):
        enough.clear()
        command = [sys.executable, "-c", SERVER, str(file)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=offline_environment)
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        with ThreadPoolExecutor(8) as pool:
            writers = [pool.submit(write, address, i, run) for i in range(8)]
            assert enough.wait(60)
            process.terminate()
            assert process.wait(60) == 0
            for writer in writers:
                writer.result()
        process.stdout.close()
        assert not os.path.exists(f"{file}-wal")

    with Client(path=file, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        stored = {user.name for user in client.users.list(limit=100_000)}
    assert len(answered) >= 180
    assert answered <= stored <= asked
