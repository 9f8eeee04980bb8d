"""G: vectors that are none, and sizes that nobody expects."""

import math
import time
from pathlib import Path
from random import Random

import numpy as np

from julep_local.errors import ApiError, ModelBroken
from julep_local.store import agents, docs, embedding_sets, memory_search, messages, vectors
from julep_local.store.database import Database
from tests.store.making import make_agent, make_doc, make_message, make_session, new_id, pieces
from tests.torture import works
from tests.torture.experiment import Experiment, Outcome


def vectors_that_are_none(n: int, folder: Path) -> Outcome:
    """NaN, infinity, zero, other lengths and shapes: all are refused before anything is stored."""
    path = folder / "file.db"
    works.prepare(str(path))
    db = Database(str(path))
    outcome = Outcome(0)
    random = Random(n)
    with db.transaction():
        set_id = embedding_sets.id_for(db, "eight", 8)
        ids = docs.add(db, make_doc("one", agent_id=works.AGENT), pieces("one"))
    for number in range(n):
        row = np.array([random.gauss(0, 1) for _ in range(8)], dtype=np.float32)
        row /= np.linalg.norm(row)
        kind = number % 6
        if kind < 3:
            row[random.randrange(8)] = (math.nan, math.inf, -math.inf)[kind]
        elif kind == 3:
            row[:] = 0
        elif kind == 4:
            row = row[: random.randrange(8)]
        else:
            row = row * (1.2 if random.random() < 0.5 else 0.8)
        for store in ("chunk", "memory"):
            try:
                with db.transaction():
                    if store == "chunk":
                        vectors.add(db, set_id, ids, row.reshape(1, -1))
                    else:
                        memory_search.add_vectors(db, [("m", row.tobytes())], embedding_set_id=set_id)
                outcome.wrong.append(f"{kind} was stored for a {store}")
            except ModelBroken:
                pass
        outcome.n += 1
    if db.query("select count(*) from chunk_vectors")[0][0]:
        outcome.wrong.append("something was stored")
    db.close()
    return outcome


def large_things(n: int, folder: Path) -> Outcome:
    """100,000 messages in a session, a message of 10 MB, 10,000 agents: pages of them come in milliseconds."""
    path = folder / "file.db"
    works.prepare(str(path))
    db = Database(str(path))
    outcome = Outcome(n)
    with db.transaction():
        for start in range(0, n, 1000):
            turn = new_id()
            messages.append(db, works.SESSION, turn, [make_message(f"{start + i}") for i in range(1000)])
        for _ in range(n // 10):
            agents.add(db, make_agent())
        messages.append(db, works.SESSION, new_id(), [make_message("x" * 10_000_000)])
        agents.add(db, make_agent(metadata={"large": "x" * 1_000_000}))
    took: dict[str, float] = {}

    def timed(name: str, work: object, most_ms: float) -> None:
        best = math.inf
        for _ in range(3):
            began = time.process_time()
            work()  # type: ignore[operator]
            best = min(best, 1000 * (time.process_time() - began))
        took[name] = best
        if best > most_ms:
            outcome.wrong.append(f"{name} took {best:.0f} ms")

    timed("first page", lambda: messages.page(db, works.SESSION, 100, 0), 50)
    timed("last page", lambda: messages.newest_first(db, works.SESSION, limit=100), 200)
    timed("agents", lambda: agents.page(db, limit=100, offset=0), 50)
    timed("new session", lambda: make_session(works.AGENT), 50)
    try:
        timed("page in the middle", lambda: messages.page(db, works.SESSION, 100, n // 2), 50)
    except ApiError as error:
        outcome.wrong.append(str(error))
    db.close()
    outcome.seen = ", ".join(f"{name} {ms:.1f} ms" for name, ms in took.items() if name != "new session")
    return outcome


EXPERIMENTS = [
    Experiment(
        "G4",
        "vectors that are NaN, infinite, zero, too short or too long",
        "vectors",
        {"P": 60, "N": 6000, "R": 60_000},
        vectors_that_are_none,
    ),
    Experiment(
        "G5",
        "messages in one session, a tenth as many agents, 10 MB in one message",
        "messages",
        {"N": 100_000, "R": 1_000_000},
        large_things,
    ),
]
