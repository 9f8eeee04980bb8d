"""What does `await` cost on top of the blocking call?

The asyncio classes run blocking code on threads. If handing a call over cost much, a server that awaits many small
reads would be slower than one that blocks.

Timed: `await AsyncJulepApi.get_agent(...)`, one after the other, and the same call of the blocking object inside, both
within one running event loop and on one file. The extra time is the median of the rounds' differences.

    python -m benchmarks async_overhead
"""

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks._measure import Cost, conclude, cost, median, print_costs, walls
from julep_local import AsyncJulepApi
from julep_local.testing import HashEmbedder, ScriptedModel

ROUNDS = 100
WARM_UPS = 5
PER_ROUND = 100
TARGET_MS = 0.2


async def rounds_of(api: AsyncJulepApi) -> dict[str, list[Cost]]:
    """Return what a call takes, blocking and awaited, in each round."""
    agent_id = (await api.create_agent(name="Ada", about="a tutor", metadata={"team": "blue"})).id

    def blocking() -> Cost:
        return cost(lambda: api.blocking.get_agent(agent_id), times=PER_ROUND)

    async def awaited() -> Cost:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(PER_ROUND):
            await api.get_agent(agent_id)
        return Cost((time.perf_counter() - wall) / PER_ROUND, (time.process_time() - cpu) / PER_ROUND)

    costs: dict[str, list[Cost]] = {"blocking": [], "awaited": []}
    for n in range(-WARM_UPS, ROUNDS):
        first_awaited = await awaited() if n % 2 else None
        of_blocking = blocking()
        of_awaited = first_awaited or await awaited()
        if n >= 0:
            costs["blocking"].append(of_blocking)
            costs["awaited"].append(of_awaited)
    return costs


async def measured(path: Path) -> dict[str, list[Cost]]:
    async with AsyncJulepApi(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as api:
        return await rounds_of(api)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(measured(Path(folder, "julep.db")))
    print_costs("get_agent", costs, unit="us")
    extra = [a - b for a, b in zip(walls(costs["awaited"]), walls(costs["blocking"]), strict=True)]
    conclude("async_overhead", {"extra per call": median(extra) * 1000}, unit="ms", target=TARGET_MS, rounds=ROUNDS)


if __name__ == "__main__":
    main()
