"""What do the things for tests cost: a fresh database, a text embedded, the plugin loaded, a block undone?

A test that takes milliseconds is run after every change. What each test of a program pays for the library must not be
felt: a client on a database of its own, empty or populated, and the vectors of a few texts. And tests of other things,
in environments where the plugin is installed, must not wait for it.

Timed: opening and closing a client on a blank database in memory, and on a copy of a template with 100 agents and docs;
one text of twenty words in a `HashEmbedder`, words known and all words new; `with client.savepoint():` around the
creation of an agent with a doc, beside the creation alone, on a file; importing the plugin where pytest is imported
already. Told is processor time, because all but the last two do nothing but compute; of those, wall time. Each has its
target but new words, of which texts have few.

    python -m benchmarks testing
"""

import itertools
import tempfile
from pathlib import Path

from benchmarks._measure import Cost, alternate, conclude, cost, in_fresh_process, median, print_costs, walls
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel, Template, fresh_client

ROUNDS = 60
PROCESSES = 9
DOC = {"title": "Ferry", "content": "The ferry to Heron Island leaves at 9:15 and 14:40. " * 10}
TEXT = "the ferry number {} leaves from Heron Island at nine fifteen and takes three hours to the harbour of Oslo"
TARGETS = {
    "fresh database": 2.0,
    "copy of a template": 2.0,
    "a text, words known": 0.05,
    "a block undone": 20.0,
    "loading the plugin": 5.0,
}
"""Milliseconds."""

PLUGIN = """
    import json, time
    import pytest
    began = time.perf_counter()
    import pytest_julep_local
    print(json.dumps((time.perf_counter() - began) * 1000))
"""


def template() -> Template:
    with fresh_client(model=ScriptedModel()) as client:
        for _ in range(100):
            client.agents.create(name="Ada", docs=[DOC])
        return Template(client)


def opened(populated: Template | None) -> None:
    fresh_client(populated, model=ScriptedModel()).close()


def costs_of(client: Client) -> dict[str, list[Cost]]:
    populated, embedder, numbers = template(), HashEmbedder(), itertools.count()

    def created() -> None:
        client.agents.create(name="Ada", docs=[DOC])

    def undone() -> None:
        with client.savepoint():
            created()

    return alternate(
        {
            "fresh database": lambda: cost(lambda: opened(None), times=5),
            "copy of a template": lambda: cost(lambda: opened(populated), times=5),
            "a text, words known": lambda: cost(lambda: embedder.embed([TEXT.format(7)]), times=200),
            "a text, words new": lambda: cost(
                lambda: embedder.embed([" ".join(f"w{next(numbers)}" for _ in range(20))]), times=50
            ),
            "an agent with a doc": lambda: cost(created),
            "a block undone": lambda: cost(undone),
        },
        rounds=ROUNDS,
        warm_ups=3,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "julep.db")
        with Client(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as client:
            costs = costs_of(client)
    print_costs("for tests", costs, unit="ms")
    measured = {name: median([one.cpu_s for one in each]) * 1000 for name, each in costs.items()}
    measured["a block undone"] = median(walls(costs["a block undone"])) * 1000
    measured["loading the plugin"] = median([in_fresh_process(PLUGIN) for _ in range(PROCESSES)])
    print(f"{'loading the plugin':44}{measured['loading the plugin']:>10.2f}{'':20}  ms")
    told = {name: measured[name] for name in TARGETS}
    conclude(
        "testing",
        told,
        unit="ms",
        target=max(TARGETS.values()),
        rounds=ROUNDS,
        packages=["pytest"],
        met=all(told[name] <= target for name, target in TARGETS.items()),
        targets={name: f"{target:g} ms" for name, target in TARGETS.items()},
        met_each={name: told[name] <= target for name, target in TARGETS.items()},
    )


if __name__ == "__main__":
    main()
