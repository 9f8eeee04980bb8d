"""What does it cost to recall memories and to add them, beside mem0 on the same machine with the same model?

A chat waits for the recall of every turn. Timed is the library's own search among 10,000 memories of one user, by
meaning and words, with the query's vector given and with embedding the query; no question is asked twice, so its words
are looked up anew. Further: among one of 100 users' 100 memories in the same file, after a memory was added, and the
first time after opening. Memories are 20 words from a lexicon in which some are common and most are rare, as in a
language, and questions 8 of the rarer ones. Vectors are made up where none is embedded.

mem0 (https://github.com/mem0ai/mem0) keeps a thousand texts of 12 words of English, and so does the library, through
`client.memories.add_all` and one by one, each in a process of its own; then the two search in turns. mem0 is called
with `infer=False`, so that no language model is asked, keeps the texts in its local qdrant store, and has the same
folder of all-MiniLM-L6-v2 through sentence-transformers, as many threads and its telemetry off. It has no call that
adds several. It is installed for this benchmark only, in an environment of its own:

    python -m venv /tmp/mem0 && /tmp/mem0/bin/pip install -c constraints.txt mem0ai qdrant-client sentence-transformers
    python -m benchmarks.memory_recall /tmp/mem0/bin/python

Without the argument its rows are left out. Adding a thousand takes it half a minute, beside other work minutes.
"""

import argparse
import contextlib
import importlib.resources
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks._measure import Cost, conclude, cost, in_fresh_process, median, print_costs, walls
from julep_local.llm import catalog
from julep_local.recall import memory_search
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.recall.memory_adding import Statement, add_statements
from julep_local.recall.memory_recall import recall_memories
from julep_local.store import agents, embedding_sets, users
from julep_local.store import memory_search as stored
from julep_local.store.database import Database
from julep_local.types import Agent, Memory, User

N_DIMS = 384
N_WORDS, VERY_COMMON = 30_000, 100
THREADS = max(1, (os.cpu_count() or 1) - 1)
"""For PyTorch on both sides: its threads wait for each other wherever something else runs."""
N_MEMORIES = 10_000
N_USERS = 100
ADDED, SEARCHED = 1_000, 100
TURNS = 5
"""Times that each side searches so often, one after the other: a machine has slow seconds."""
ROUNDS = 100
NOW = datetime(2024, 5, 17, tzinfo=timezone.utc)
TARGETS = {
    "among 10,000, vector given, ms": (3.0, "at most"),
    "among 10,000, query embedded, ms": (12.0, "at most"),
    "adding 1,000, times faster than mem0": (5.0, "at least"),
    "100 searches, times faster than mem0": (5.0, "at least"),
}

Matrix = npt.NDArray[np.float32]


def texts(n_words: int, seed: int, *, first: int = 0) -> Iterator[str]:
    """Yield texts of made-up words of which the k-th is used in proportion to 1/k, but for the `first` ones."""
    rng = np.random.default_rng(seed)
    ranks = np.arange(1 + first, N_WORDS + 1)
    shares = (1 / ranks) / (1 / ranks).sum()
    while True:
        for row in first + rng.choice(len(ranks), size=(100, n_words), p=shares):
            yield " ".join(_word(int(number)) for number in row)


def _word(number: int) -> str:
    """Return a word of two syllables or more, which an embedder reads as two or three pieces."""
    word = ""
    while number or len(word) < 4:
        number, consonant = divmod(number, 14)
        number, vowel = divmod(number, 5)
        word += "bdfgklmnprstvz"[consonant] + "aeiou"[vowel]
    return word


def passages(n: int, n_words: int, seed: int) -> list[str]:
    """Return stretches of the reference text: a model reads natural words faster than made-up ones."""
    source = importlib.resources.files("julep_local.llm").joinpath("reference_text.txt").read_text("utf-8")
    known = source.split()
    starts = np.random.default_rng(seed).permutation(len(known) - n_words)[:n]
    return [" ".join(known[start : start + n_words]) for start in starts.tolist()]


def vectors(n: int, seed: int) -> Matrix:
    """Return made-up vectors of unit length."""
    rows = np.random.default_rng(seed).standard_normal((n, N_DIMS), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def add_owners(db: Database, n_users: int) -> tuple[str, list[str]]:
    """Add an agent and users, and return their ids."""
    agent_id, user_ids = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(n_users)]
    with db.transaction():
        agents.add(
            db, Agent(id=agent_id, name="Ada", about="", model="m", instructions=[], created_at=NOW, updated_at=NOW)
        )
        for user_id in user_ids:
            users.add(db, User(id=user_id, name="Bo", about="", created_at=NOW, updated_at=NOW))
    return agent_id, user_ids


def fill(db: Database, set_id: int, agent_id: str, user_id: str, n: int, seed: int) -> None:
    """Add memories of two speakers, a minute after each other, with vectors."""
    said = list(islice(texts(20, seed), n))
    statements = [
        Statement(text, ("Ada", "Bo")[i % 2], NOW + timedelta(minutes=i)) for i, text in enumerate(dict.fromkeys(said))
    ]
    rows = vectors(n, seed)
    for start in range(0, n, 1000):
        portion = statements[start : start + 1000]
        added: list[Memory] = add_statements(db, portion, agent_id=agent_id, user_id=user_id, now=NOW)
        pairs = [(memory.id, row.tobytes()) for memory, row in zip(added, rows[start:], strict=False)]
        with db.transaction():
            stored.add_vectors(db, pairs, embedding_set_id=set_id)


def searches(db: Database, agent_id: str, user_id: str, questions: Iterator[str], targets: Matrix) -> list[Cost]:
    """Time searches with a vector given."""
    found: list[Cost] = []
    for target in targets:
        question = next(questions)

        def search(question: str = question, target: Matrix = target) -> None:
            hits = memory_search.search(db, question, target, agent_id=agent_id, user_id=user_id, limit=10)
            assert len(hits) == 10

        found.append(cost(search))
    return found[5:]


def recalls(
    db: Database, embedder: Embedder, agent_id: str, user_id: str, questions: Iterator[str], n: int
) -> list[Cost]:
    """Time recalls with embedding the query."""
    found: list[Cost] = []
    for question in islice(questions, n):

        def recall(question: str = question) -> None:
            hits = recall_memories(db, lambda: embedder, question, agent_id=agent_id, user_id=user_id, limit=10)
            assert len(hits) == 10

        found.append(cost(recall))
    return found[5:]


FIRST = """
    import json, sys, time
    import numpy as np
    from julep_local.recall import memory_search
    from julep_local.store.database import Database
    path, agent_id, user_id, question, file = sys.argv[1:]
    target = np.load(file)[0]
    begun, worked = time.perf_counter(), time.process_time()
    db = Database(path)
    hits = memory_search.search(db, question, target, agent_id=agent_id, user_id=user_id, limit=10)
    took = time.perf_counter() - begun, time.process_time() - worked
    assert len(hits) == 10
    db.close()
    print(json.dumps(took))
"""

ANSWERS = """
    print(json.dumps(adding), flush=True)
    for line in sys.stdin:
        times = []
        for question in json.loads(line):
            begun = time.perf_counter()
            found = search(question)
            times.append(time.perf_counter() - begun)
            assert found
        print(json.dumps(times), flush=True)
"""
"""Ends both of the following: says what adding took, in seconds, and then searches with the questions it is given."""

OURS = """
    import json, sys, time
    folder, model, threads = sys.argv[1:]
    from julep_local import Client
    from julep_local.recall.embeddings import find_embedder
    from julep_local.testing import ScriptedModel
    texts = json.load(open(folder + "/texts.json"))
    embedder = find_embedder(threads=int(threads))
    embedder.embed(["warm up"])
    client = Client(path=folder + "/ours.db", model=ScriptedModel([]), embedder=embedder)
    agent = client.agents.create(name="Ada").id
    bo, one = (client.users.create(name=name, about="").id for name in ("Bo", "One"))
    memories = [{"content": text} for text in texts]
    begun = time.perf_counter()
    client.memories.add_all(agent_id=agent, user_id=bo, memories=memories)
    adding = [time.perf_counter() - begun]
    begun = time.perf_counter()
    for text in texts:
        client.memories.add(agent_id=agent, user_id=one, content=text)
    adding.append(time.perf_counter() - begun)

    def search(question):
        return client.memories.list(agent_id=agent, user_id=bo, query=question, limit=10)
"""

MEM0 = """
    import json, os, sys, time
    folder, model, threads = sys.argv[1:]
    os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=folder + "/mem0", OPENAI_API_KEY="none", HF_HUB_OFFLINE="1")
    import torch
    torch.set_num_threads(int(threads))
    from mem0 import Memory
    texts = json.load(open(folder + "/texts.json"))
    store = {"path": folder + "/qdrant", "embedding_model_dims": 384, "on_disk": True}
    memory = Memory.from_config(
        {
            "embedder": {"provider": "huggingface", "config": {"model": model, "embedding_dims": 384}},
            "vector_store": {"provider": "qdrant", "config": store},
            "history_db_path": folder + "/history.db",
        }
    )
    memory.add("warm up", user_id="other", infer=False)
    memory.search("warm up", filters={"user_id": "other"})
    begun = time.perf_counter()
    for text in texts:
        memory.add(text, user_id="bo", infer=False)
    adding = [time.perf_counter() - begun]

    def search(question):
        return memory.search(question, filters={"user_id": "bo"}, top_k=10, threshold=0.0)["results"]
"""


class Side:
    """One of the two libraries with the texts, in a process of its own."""

    def __init__(self, python: str, script: str, *arguments: object) -> None:
        command = [python, "-c", textwrap.dedent(script) + textwrap.dedent(ANSWERS), *map(str, arguments)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.adding: list[float] = self._answer()
        """Seconds that it took, for each way to add them."""
        self.searching: list[Cost] = []

    def search(self, questions: Sequence[str]) -> None:
        """Search with these questions."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(questions) + "\n")
        self._process.stdin.flush()
        self.searching += [Cost(each) for each in self._answer()]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> list[float]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("["):  # whatever else is told there
                return list(json.loads(line))
        raise SystemExit(f"{self._process.args!r} fails")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mem0", nargs="?", help="the Python of an environment with mem0ai and qdrant-client")
    given = parser.parse_args()
    embedder = find_embedder(threads=THREADS)
    embedder.embed(["warm up"])
    costs: dict[str, list[Cost]] = {}
    measured: dict[str, float] = {}
    questions = texts(8, seed=99, first=VERY_COMMON)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = vectors(ROUNDS + 5, seed=3)
        np.save(folder / "targets.npy", targets)
        with closing(Database(str(folder / "large.db"))) as db:
            agent_id, (user_id, *others) = add_owners(db, 1 + N_USERS)
            set_id = embedding_sets.id_for(db, embedder.name, N_DIMS)
            fill(db, set_id, agent_id, user_id, N_MEMORIES, 1)
            for i, other in enumerate(others):
                fill(db, set_id, agent_id, other, N_MEMORIES // N_USERS, 2 + i)
        arguments = (folder / "large.db", agent_id, user_id, next(questions), folder / "targets.npy")
        costs["first search after opening"] = [Cost(*in_fresh_process(FIRST, *arguments)) for _ in range(5)]
        with closing(Database(str(folder / "large.db"))) as db:
            costs["among 10,000, vector given"] = searches(db, agent_id, user_id, questions, targets)
            costs["among 10,000, query embedded"] = recalls(db, embedder, agent_id, user_id, questions, ROUNDS + 5)
            costs["among 100 of 20,000, vector given"] = searches(db, agent_id, others[0], questions, targets)
            costs["among 10,000, after another was added"] = after_adding(db, agent_id, user_id, questions, targets)
        for what, each in costs.items():
            measured[f"{what}, ms"] = median(walls(each)) * 1e3

        (folder / "texts.json").write_text(json.dumps(passages(ADDED, 12, 5)))
        asked = passages(SEARCHED * TURNS, 8, 6)
        shared = (folder, catalog.find_embedding_folder()[1], THREADS)
        with contextlib.ExitStack() as opened:
            sides = [opened.enter_context(closing(Side(sys.executable, OURS, *shared)))]
            if given.mem0:
                sides.append(opened.enter_context(closing(Side(given.mem0, MEM0, *shared))))
            for start in range(0, len(asked), SEARCHED):
                for side in sides:
                    side.search(asked[start : start + SEARCHED])
        together, single = sides[0].adding
        costs["adding 1,000 in one call"], costs["adding 1,000 one by one"] = [Cost(together)], [Cost(single)]
        costs["a search among 1,000, query embedded"] = sides[0].searching
        for mem0 in sides[1:]:
            (adding,) = mem0.adding
            costs["mem0: adding 1,000"], costs["mem0: a search"] = [Cost(adding)], mem0.searching
            measured["adding 1,000, times faster than mem0"] = adding / together
            measured["adding 1,000 one by one, times faster than mem0"] = adding / single
            ours, theirs = (walls(side.searching) for side in sides)
            starts = range(0, len(ours), SEARCHED)
            ratios = [sum(theirs[i : i + SEARCHED]) / sum(ours[i : i + SEARCHED]) for i in starts]
            measured["100 searches, times faster than mem0"] = median(ratios)
        if not given.mem0:
            print("mem0 is left out: give the Python of an environment that has it")
    print_costs("memories", costs, unit="ms")
    report(measured)


def after_adding(db: Database, agent_id: str, user_id: str, questions: Iterator[str], targets: Matrix) -> list[Cost]:
    """Time searches each of which comes after a memory, without a vector yet."""
    found: list[Cost] = []
    for target, text in zip(targets[:25], texts(20, seed=77), strict=False):
        add_statements(db, [Statement(text, "Bo", NOW)], agent_id=agent_id, user_id=user_id, now=NOW)
        question = next(questions)
        begun, worked = time.perf_counter(), time.process_time()
        memory_search.search(db, question, target, agent_id=agent_id, user_id=user_id, limit=10)
        found.append(Cost(time.perf_counter() - begun, time.process_time() - worked))
    return found[5:]


def report(measured: dict[str, float]) -> None:
    met = {
        what: value <= TARGETS[what][0] if TARGETS[what][1] == "at most" else value >= TARGETS[what][0]
        for what, value in measured.items()
        if what in TARGETS
    }
    for what, value in measured.items():
        told = f"   {TARGETS[what][1]} {TARGETS[what][0]:g}   {'yes' if met[what] else 'no'}" if what in TARGETS else ""
        print(f"{what:56}{value:9.3f}{told}")
    conclude(
        "memory recall",
        {what: value for what, value in measured.items() if what in TARGETS},
        unit="ratio",
        target=1.0,
        rounds=ROUNDS,
        packages=["pysqlite3", "numpy"],
        met=all(met.values()),
        targets={what: f"{side} {target:g}" for what, (target, side) in TARGETS.items()},
        met_each=met,
        others={what: round(value, 3) for what, value in measured.items() if what not in TARGETS},
        load=round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    )


if __name__ == "__main__":
    main()
