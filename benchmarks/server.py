"""What does HTTP cost: a call of the released SDK, many reads at once, the first piece of an answer?

A program in another language has no other way to the file. What the server adds to its framework should be small beside
what the framework takes; where it is not, the framework was a bad choice.

Timed, each in turn with what it is compared with:
- the released SDK's `get_agent`, beside the same call answered by a Starlette route that only returns constant bytes;
- reads by id on 8 keep-alive connections, beside that same route; and, for the record, pages of ten messages of a
  history, which are read on another thread;
- a streamed chat until its first piece, beside the same in process; a scripted model, so that only the way is timed.
Servers are processes of their own. The released SDK's environment has to be there: make test, or
`python tests/honesty/environment.py`.

    python -m benchmarks server
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks._measure import REPOSITORY, Cost, alternate, conclude, median, print_costs, ratio, walls
from julep_local import JulepApi
from julep_local.testing import HashEmbedder, ScriptedModel

OFFICIAL = Path(sys.prefix) / "official" / "bin" / "python"
SDK_ROUNDS, SDK_PER_ROUND = 120, 8
LOAD_ROUNDS, LOAD_REQUESTS, CONNECTIONS = 40, 60, 8
STREAM_ROUNDS = 60
TARGETS = {"SDK's get_agent": 1.3, "empty route / reads by id": 1 / 0.6, "first piece, ms more": 5.0}
LEAST_READS_PER_S = 1500

OURS = """
import sys
from julep_local import Client
from julep_local.server.serve import bound_socket, serve
from julep_local.testing import HashEmbedder, ScriptedModel
client = Client(path=sys.argv[1], model=ScriptedModel(lambda prompt: "one two three"), embedder=HashEmbedder())
bound = bound_socket("127.0.0.1", 0)
serve(client, bound, host="127.0.0.1", api_key=None, on_start=lambda: print(bound.getsockname()[1], flush=True))
"""
EMPTY = """
import socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
async def constant(request: Request) -> Response:
    return Response(sys.argv[1].encode(), media_type="application/json")
app = Starlette(routes=[Route("/api/agents/{agent_id}", constant)])
bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
bound.bind(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, http="httptools", access_log=False, log_config=None)).run(sockets=[bound])
"""


@contextlib.contextmanager
def serving(code: str, argument: str) -> Iterator[str]:
    """Run a server in a process of its own, and yield its address."""
    command = [sys.executable, "-c", code, argument]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def sdk_calls(ours: str, empty: str, agent_id: str) -> dict[str, list[Cost]]:
    """Return what a call of the released SDK takes at each address, in each round."""
    script = Path(__file__).with_name("_sdk_calls.py")
    numbers = map(str, (SDK_ROUNDS, SDK_PER_ROUND))
    command = [OFFICIAL, script, ours, empty, agent_id, *numbers]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    of_ours, of_empty = json.loads(ended.stdout)
    return {"our route": list(map(Cost, of_ours)), "empty route": list(map(Cost, of_empty))}


async def requests(address: str, path: str) -> float:
    """Return how many requests a second are answered on several connections."""
    host, _, port = address.removeprefix("http://").partition(":")
    request = (
        f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\naccept: */*\r\nauthorization: Bearer none\r\n\r\n".encode()
    )

    async def ask() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(LOAD_REQUESTS):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert b" 200 " in head[:20]
            await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return CONNECTIONS * LOAD_REQUESTS / (time.perf_counter() - begun)


def first_piece_over_http(http: httpx.Client, session_id: str) -> Cost:
    begun = time.perf_counter()
    with http.stream("POST", f"/api/sessions/{session_id}/chat", json={**_CHAT, "stream": True}) as response:
        lines = response.iter_lines()
        next(lines)
        took = time.perf_counter() - begun
        for _ in lines:
            pass
    return Cost(took)


def first_piece_in_process(api: JulepApi, session_id: str) -> Cost:
    begun = time.perf_counter()
    stream = api.chat(session_id, stream=True, **_CHAT)
    next(stream)
    took = time.perf_counter() - begun
    for _ in stream:
        pass
    return Cost(took)


_CHAT = {"messages": [{"role": "user", "content": "Hello"}], "remember": False}


def new_session(api: JulepApi) -> tuple[str, str]:
    agent_id = api.create_agent(name="Ada", about="a tutor", metadata={"team": "blue"}).id
    return agent_id, api.create_session(agent_id=agent_id).id


def main() -> None:
    if not OFFICIAL.exists():
        raise SystemExit("the released SDK is not installed: python tests/honesty/environment.py")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        file = Path(folder, "julep.db")
        with JulepApi(path=file, model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder()) as api:
            agent_id, session_id = new_session(api)
            for _ in range(5):
                api.chat(session_id, messages=_CHAT["messages"])
            agent = api.get_agent(agent_id).model_dump_json()
        ours, empty = stack.enter_context(serving(OURS, str(file))), stack.enter_context(serving(EMPTY, agent))

        calls = sdk_calls(ours, empty, agent_id)
        print_costs("the SDK's get_agent", calls, unit="us")

        by_id, history = f"/api/agents/{agent_id}", f"/api/sessions/{session_id}/history?limit=10"
        asked = {"reads by id": (ours, by_id), "empty route": (empty, by_id), "history": (ours, history)}
        rates = alternate(
            {name: lambda place=place: asyncio.run(requests(*place)) for name, place in asked.items()},
            rounds=LOAD_ROUNDS,
        )
        print(f"\n{'requests a second, 8 connections':44}{'median':>10}")
        for name, each in rates.items():
            print(f"{name:44}{median(each):>10.0f}")

        http = stack.enter_context(httpx.Client(base_url=ours))
        own = JulepApi(path=":memory:", model=ScriptedModel(lambda prompt: "one two three"), embedder=HashEmbedder())
        with own as api:
            own_session = new_session(api)[1]
            pieces = alternate(
                {
                    "over HTTP": lambda: first_piece_over_http(http, session_id),
                    "in process": lambda: first_piece_in_process(api, own_session),
                },
                rounds=STREAM_ROUNDS,
                warm_ups=5,
            )
        print()
        print_costs("until the first piece of a stream", pieces, unit="ms")

    extra = [a - b for a, b in zip(walls(pieces["over HTTP"]), walls(pieces["in process"]), strict=True)]
    measured = {
        "SDK's get_agent": ratio(walls(calls["our route"]), walls(calls["empty route"])),
        "empty route / reads by id": ratio(rates["empty route"], rates["reads by id"]),
        "first piece, ms more": median(extra) * 1000,
    }
    reads = median(rates["reads by id"])
    conclude(
        "server",
        measured,
        unit="x, x, ms",
        target=TARGETS["first piece, ms more"],
        rounds=SDK_ROUNDS,
        packages=("starlette", "uvicorn", "httptools"),
        met=reads >= LEAST_READS_PER_S and all(value <= TARGETS[name] for name, value in measured.items()),
        targets={name: round(value, 3) for name, value in TARGETS.items()},
        reads_per_s=round(reads),
        least_reads_per_s=LEAST_READS_PER_S,
        history_per_s=round(median(rates["history"])),
    )


if __name__ == "__main__":
    main()
