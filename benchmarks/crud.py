"""How much slower is the library than sqlite3 and pydantic written by hand?

Whoever could have written `select ... from agents` themselves must not pay for having it done: for checking the input,
for typed errors, for a connection per thread and for a transaction that survives a power cut.

Timed: `create_agent`, `get_agent` and `list_agents(limit=100)` beside code by hand that does the same work: the same
SQLite, pragmas, table and rows, ids, timestamps, JSON columns, one committed transaction per write, and the same types
in return, default settings filled in. Both files are in one folder and grow alike.

    python -m benchmarks crud
"""

import json
import tempfile
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from benchmarks._measure import Cost, alternate, conclude, cost, print_costs, ratio, walls
from julep_local import Agent, JulepApi, ListAgentsResponse, ResourceCreatedResponse
from julep_local.testing import HashEmbedder, ScriptedModel

ROUNDS = 60
TARGET = 1.5
PER_ROUND = {"create_agent": 20, "get_agent": 200, "list_agents(limit=100)": 5}

NEW = {
    "name": "Ada",
    "about": "A patient tutor who has read everything about the sea.",
    "model": "gpt-4",
    "instructions": ["Answer in two sentences.", "Say so when you do not know."],
    "metadata": {"team": "blue", "tags": ["tides", "boats"], "tier": 2},
}
DEFAULTS = {  # what the type shows where an agent has no setting of its own
    "frequency_penalty": 0.0,
    "length_penalty": 1.0,
    "presence_penalty": 0.0,
    "repetition_penalty": 1.0,
    "temperature": 0.75,
    "top_p": 1.0,
    "min_p": 0.01,
}


class ByHand:
    """Agents in SQLite, as one would write them for a program that needs nothing else."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite.connect(str(path), timeout=30, isolation_level=None, cached_statements=256)
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -16000"):
            self._connection.execute(f"pragma {pragma}")

    def create_agent(
        self,
        *,
        name: str,
        about: str,
        model: str,
        instructions: list[str],
        metadata: dict[str, Any],
        default_settings: dict[str, Any],
    ) -> ResourceCreatedResponse:
        now = datetime.now(timezone.utc)
        agent = Agent(
            id=str(uuid.uuid4()),
            name=name,
            about=about,
            model=model,
            instructions=instructions,
            default_settings=default_settings,
            metadata=metadata,
            created_at=now,
            updated_at=now,
        )
        execute = self._connection.execute
        execute("begin immediate")
        try:
            execute(
                """
                insert into agents (
                    id, name, about, model, instructions, default_settings, metadata, created_at, updated_at
                )
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    agent.id,
                    agent.name,
                    agent.about,
                    agent.model,
                    json.dumps(instructions),
                    json.dumps(default_settings),
                    json.dumps(metadata),
                    now.isoformat(),
                    now.isoformat(),
                ),
            )
            execute("commit")
        except BaseException:
            execute("rollback")
            raise
        return ResourceCreatedResponse(id=agent.id, created_at=now, jobs=[])

    def get_agent(self, agent_id: str) -> Agent:
        row = self._connection.execute(
            """
            select id, name, about, model, instructions, default_settings, metadata, created_at, updated_at
            from agents
            where id = ?
            """,
            (agent_id,),
        ).fetchone()
        if row is None:
            raise LookupError(agent_id)
        return self._agent(row)

    def list_agents(self, *, limit: int, offset: int = 0) -> ListAgentsResponse:
        rows = self._connection.execute(
            """
            select id, name, about, model, instructions, default_settings, metadata, created_at, updated_at
            from agents
            order by created_at desc, seq desc
            limit ? offset ?
            """,
            (limit, offset),
        ).fetchall()
        return ListAgentsResponse(items=[self._agent(row) for row in rows])

    def close(self) -> None:
        self._connection.close()

    def _agent(self, row: tuple[Any, ...]) -> Agent:
        agent_id, name, about, model, instructions, settings, metadata, created_at, updated_at = row
        return Agent(
            id=agent_id,
            name=name,
            about=about,
            model=model,
            instructions=json.loads(instructions),
            default_settings={**DEFAULTS, **json.loads(settings)},
            metadata=json.loads(metadata),
            created_at=created_at,
            updated_at=updated_at,
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours.db", "by-hand.db")]
        for path in paths:  # so that both have the same tables and indexes
            JulepApi(path=path, model=ScriptedModel(), embedder=HashEmbedder()).close()
        ours = JulepApi(path=paths[0], model=ScriptedModel(), embedder=HashEmbedder())
        by_hand = ByHand(paths[1])
        costs = {method: measured(method, ours, by_hand) for method in PER_ROUND}
        ours.close()
        by_hand.close()
    for method, each in costs.items():
        print_costs(method, each, unit="us")
    ratios = {method: ratio(*map(walls, each.values())) for method, each in costs.items()}
    cpu = {
        method: round(ratio(*([one.cpu_s for one in variant] for variant in each.values())), 3)
        for method, each in costs.items()
    }
    conclude(
        "crud",
        ratios,
        unit="ratio",
        target=TARGET,
        rounds=ROUNDS,
        packages=["pysqlite3", "pydantic"],
        cpu_ratio=cpu,
    )


def measured(method: str, ours: JulepApi, by_hand: ByHand) -> dict[str, list[Cost]]:
    """Return what a call of the method takes, of each of the two."""
    times = PER_ROUND[method]

    def variant(api: JulepApi | ByHand) -> Any:
        # a stand-in for what the caller has: a dict for settings, as the SDK's examples pass them
        new = {**NEW, "default_settings": {"temperature": 0.4, "top_p": 0.9}}
        first = api.create_agent(**new).id
        call = {
            "create_agent": lambda: api.create_agent(**new),
            "get_agent": lambda: api.get_agent(first),
            "list_agents(limit=100)": lambda: api.list_agents(limit=100),
        }[method]
        return lambda: cost(call, times=times)

    same(ours, by_hand)
    return alternate({"julep_local": variant(ours), "by hand": variant(by_hand)}, rounds=ROUNDS, warm_ups=5)


def same(ours: JulepApi, by_hand: ByHand) -> None:
    """Check that both give the same for the same."""
    new = {**NEW, "default_settings": {"temperature": 0.4, "top_p": 0.9}}
    told = []
    for api in (ours, by_hand):
        agent = api.get_agent(api.create_agent(**new).id)
        told.append(agent.dict(exclude={"id", "created_at", "updated_at"}))
        assert api.list_agents(limit=100).items[0] == agent
    assert told[0] == told[1], told


if __name__ == "__main__":
    main()
