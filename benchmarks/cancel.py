"""How long does it take until a turn that is cancelled has stopped?

A window that was closed, a key that was pressed, a request that was given up: the model must be free for the next one,
whatever it was at. llama.cpp itself reads up to 512 tokens in one call, which can take seconds.

Timed: from `client.sessions.cancel` until the cancelled `sessions.chat` has raised `Cancelled`, while the model loads,
while it reads a prompt of some 4,000 tokens, and while it answers. After each the next turn has to work.

    python -m benchmarks.cancel
"""

import tempfile
import threading
import time
from pathlib import Path

from benchmarks._measure import Cost, conclude, p95, print_costs, walls
from julep_local import Client
from julep_local.errors import Cancelled
from julep_local.llm import catalog
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder

ROUNDS = 10
TARGET_MS = 300.0
LONG = "The harbour has seven quays, and each of them has a name and a lamp. " * 240


def main() -> None:
    name, path = catalog.find_chat_model()
    model = LlamaCppModel(path)
    took: dict[str, list[Cost]] = {"loading": [], "reading": [], "answering": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        Client(path=Path(folder, "julep.db"), model=model, embedder=HashEmbedder()) as client,
    ):
        long = client.agents.create(name="Ada", about=LONG).id
        short = client.agents.create(name="Bo").id
        for _ in range(ROUNDS):
            model.unload()
            took["loading"].append(Cost(cancelled(client, short, after_s=0.03)))
            reading = client.agents.create(name="Cy", about=f"{len(took['reading'])} {LONG}").id
            took["reading"].append(Cost(cancelled(client, reading, after_s=0.5)))
            took["answering"].append(Cost(cancelled(client, short, after_s=0.5)))
        client.agents.delete(long)
    model.close()
    print_costs("from cancelling to the end", took, unit="ms")
    conclude(
        "cancel",
        {f"p95 while {phase}": p95(walls(each)) * 1000 for phase, each in took.items()},
        unit="ms",
        target=TARGET_MS,
        rounds=ROUNDS,
        packages=["llama-cpp-python"],
        model=name,
    )


def cancelled(client: Client, agent_id: str, *, after_s: float) -> float:
    """Return the seconds from cancelling to the end of a turn."""
    session = client.sessions.create(agent_id=agent_id).id
    ended: list[float] = []

    def chat() -> None:
        try:
            client.sessions.chat(
                session_id=session,
                messages=[{"role": "user", "content": "Tell me a long story."}],
                max_tokens=2000,
                logit_bias={"0": -100, "2": -100},
                remember=False,
            )
        except Cancelled:
            ended.append(time.perf_counter())

    thread = threading.Thread(target=chat)
    thread.start()
    time.sleep(after_s)
    begun = time.perf_counter()
    assert client.sessions.cancel(session) == 1
    thread.join()
    assert ended, "the turn was not cancelled"
    return ended[0] - begun


if __name__ == "__main__":
    main()
