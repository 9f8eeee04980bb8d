"""How long does opening a file take, a new one and one with a long history?

A program opens its file at every start, before it can show anything. It must not matter how much the file holds:
no index is built, no history read, no model loaded.

Timed: `Client(path=...)` in a fresh process until it returns, `import julep_local` done and the disk cache warm, with a
model and an embedder that load nothing. The first reading call after it is timed by itself: it builds the types'
validators.

    python -m benchmarks open_file
"""

import tempfile
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks._measure import Cost, alternate, conclude, in_fresh_process, median, print_costs, walls
from julep_local.store import agents, messages, sessions
from julep_local.store.database import Database
from julep_local.types import Agent, ChatMlMessage, ChatMlMessageRole, Session

ROUNDS = 15
TARGET_MS = 50
N_SESSIONS = 100
TURNS_PER_SESSION = 100

OPEN = """
    import json
    import sys
    import time

    from julep_local import Client
    from julep_local.testing import HashEmbedder, ScriptedModel

    model, embedder = ScriptedModel(), HashEmbedder()
    took = []
    cpu, wall = time.process_time(), time.perf_counter()
    client = Client(path=sys.argv[1], model=model, embedder=embedder)
    took.append((time.perf_counter() - wall, time.process_time() - cpu))
    cpu, wall = time.process_time(), time.perf_counter()
    sessions = client.sessions.list(limit=10)
    took.append((time.perf_counter() - wall, time.process_time() - cpu))
    client.close()
    print(json.dumps([*took, len(sessions)]))
"""


def fill(path: Path) -> None:
    """Make a file with `N_SESSIONS * TURNS_PER_SESSION` turns of two messages each."""
    now = datetime(2024, 5, 17, tzinfo=timezone.utc)
    db = Database(str(path))
    agent = Agent(id=str(uuid.uuid4()), name="Ada", model="any", created_at=now, updated_at=now)
    with db.transaction():
        agents.add(db, agent)
        for _ in range(N_SESSIONS):
            session = Session(
                id=str(uuid.uuid4()), agent_id=agent.id, render_templates=False, created_at=now, updated_at=now
            )
            sessions.add(db, session)
            for _ in range(TURNS_PER_SESSION):
                now += timedelta(seconds=30)
                messages.append(db, session.id, str(uuid.uuid4()), _turn(now))
    db.close()


def _turn(now: datetime) -> list[ChatMlMessage]:
    said = {ChatMlMessageRole.USER: "When is high tide tomorrow? " * 3, ChatMlMessageRole.ASSISTANT: "At ten. " * 40}
    return [ChatMlMessage(id=str(uuid.uuid4()), role=role, content=text, created_at=now) for role, text in said.items()]


def main() -> None:
    first_read: dict[str, list[Cost]] = {"new file": [], "10,000 turns": []}
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder, "full.db")
        fill(full)
        print(f"10,000 turns: {full.stat().st_size / 1e6:.1f} MB")

        def opened(name: str, path: Path) -> Cost:
            opening, reading, _ = in_fresh_process(OPEN, path)
            first_read[name].append(Cost(*reading))
            return Cost(*opening)

        costs = alternate(
            {
                "new file": lambda: opened("new file", Path(folder, f"{uuid.uuid4()}.db")),
                "10,000 turns": lambda: opened("10,000 turns", full),
            },
            rounds=ROUNDS,
        )
    shown = {f"{name}, then the first read": each[1:] for name, each in first_read.items()}
    print_costs("opening in a fresh process", {**costs, **shown}, unit="ms")
    conclude(
        "open_file",
        {name: median(walls(each)) * 1000 for name, each in costs.items()},
        unit="ms",
        target=TARGET_MS,
        rounds=ROUNDS,
        packages=["pysqlite3"],
    )


if __name__ == "__main__":
    main()
