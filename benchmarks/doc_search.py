"""What does it cost to search docs, beside sqlite-vec and Chroma on the same vectors?

An answer waits for the search, and what takes long to add is not added. Timed is the library's own search by meaning
and words together, with the query's vector given, on chunks of 60 words from a lexicon in which some words are common
and most are rare, as in a language. Vectors are made up: 384 numbers, of unit length, around 500 centres, so that each
has near neighbours; embedding is another benchmark's question. Further: what adding takes, and the size of the files.

sqlite-vec searches the same vectors, float32, by meaning alone. Chroma has them in a persistent collection with the
texts, in fresh processes. Both are installed for this benchmark only, in an environment of their own:

    python -m venv /tmp/peers && /tmp/peers/bin/pip install chromadb 'sqlite-vec==0.1.9' pysqlite3
    python -m benchmarks.doc_search /tmp/peers/bin/python

Without the argument their rows are left out. `--chunks 20000` makes a short run of it.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks._measure import Cost, conclude, cost, in_fresh_process, median, print_costs, walls
from julep_local.recall import doc_search
from julep_local.store import agents, docs, embedding_sets, fts, vectors
from julep_local.store.database import Database
from julep_local.types import Agent, Doc

N_DIMS = 384
WORDS = 60
DOC = 1000
ROUNDS = 40
QUESTIONS = 20
NOW = datetime(2024, 5, 17, tzinfo=timezone.utc)
TARGETS = {
    "one owner's 1,000 of all chunks, ms": (2.0, "at most"),
    "all chunks of one owner, ms": (8.0, "at most"),
    "all chunks of one owner, recall@10": (0.99, "at least"),
    "first search after opening, ms": (150.0, "at most"),
    "words of a new doc of 200 chunks, ms": (30.0, "at most"),
    "file, beside float32 vectors and text": (1.1, "at most"),
    "file of 500 owners, beside float32 vectors and text": (1.7, "at most"),
    "half put back and compacted, beside a fresh file": (1.05, "at most"),
    "all chunks of one owner, beside sqlite-vec": (0.25, "at most"),
    "adding, times faster than Chroma": (3.0, "at least"),
    "cold open to first answer, beside Chroma": (1.0, "at most"),
}

Matrix = npt.NDArray[np.float32]


def made_up_vectors(n: int, seed: int = 0) -> Matrix:
    """Return vectors of unit length around 500 centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((500, N_DIMS), dtype=np.float32)
    rows = centres[rng.integers(0, 500, n)] + rng.standard_normal((n, N_DIMS), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def made_up_texts(n: int, n_words: int = WORDS, seed: int = 0) -> list[str]:
    """Return texts of words of which the k-th is used in proportion to 1/k."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, 30_001)
    numbers = rng.choice(len(shares), size=(n, n_words), p=shares / shares.sum())
    return [" ".join(f"w{number}" for number in row) for row in numbers.tolist()]


def questions(n: int) -> list[str]:
    """Return questions of eight words that tell something: none of the hundred most common."""
    rng = np.random.default_rng(9)
    shares = 1 / np.arange(101, 30_001)
    numbers = 100 + rng.choice(len(shares), size=(n, 8), p=shares / shares.sum())
    return [" ".join(f"w{number}" for number in row) for row in numbers.tolist()]


def owner(n: int) -> str:
    return str(uuid.UUID(int=n, version=4))


def add_owner(db: Database, n: int) -> str:
    agent = Agent(id=owner(n), name="Ada", about="", model="m", instructions=[], created_at=NOW, updated_at=NOW)
    with db.transaction():
        agents.add(db, agent)
    return agent.id


def add_doc(db: Database, owner_id: str, texts: Sequence[str]) -> tuple[str, list[int]]:
    """Store a doc whose chunks are these texts."""
    doc = Doc(id=str(uuid.uuid4()), title="Doc", content=list(texts), created_at=NOW, agent_id=owner_id)
    with db.transaction():
        return doc.id, docs.add(db, doc, [("", text) for text in texts])


def add_vectors(db: Database, chunk_ids: Sequence[int], rows: Matrix) -> None:
    """Store vectors as the embedding job does, 128 in a transaction."""
    set_id = embedding_sets.id_for(db, "made-up", N_DIMS)
    for start in range(0, len(chunk_ids), 128):
        with db.transaction():
            vectors.add(db, set_id, chunk_ids[start : start + 128], rows[start : start + 128])


def fill(path: Path, texts: Sequence[str], rows: Matrix, *, per_owner: int, per_doc: int) -> dict[str, list[int]]:
    """Make a file of owners with docs, and return the chunk ids of each."""
    made: dict[str, list[int]] = {}
    with closing(Database(str(path))) as db:
        for first in range(0, len(texts), per_owner):
            owner_id = add_owner(db, first)
            made[owner_id] = []
            for start in range(first, min(first + per_owner, len(texts)), per_doc):
                _, chunk_ids = add_doc(db, owner_id, texts[start : start + per_doc])
                add_vectors(db, chunk_ids, rows[start : start + per_doc])
                made[owner_id] += chunk_ids
    return made


def searches(db: Database, owner_id: str, asked: Sequence[str], targets: Matrix, rounds: int) -> list[Cost]:
    """Time searches; each question is asked several times, but for the vector."""
    one = iter(range(10**9))

    def search() -> object:
        n = next(one)
        return doc_search.search(db, asked[n % len(asked)], targets[n % len(targets)], owner_id, limit=10)

    for _ in range(2 * len(asked)):
        search()
    return [cost(search) for _ in range(rounds)]


def recall(db: Database, owner_id: str, targets: Matrix, rows: Matrix, chunk_ids: Sequence[int]) -> float:
    """Return the share of the ten nearest, by exact float32, that a search by meaning finds."""
    place = {chunk_id: i for i, chunk_id in enumerate(chunk_ids)}
    shares: list[float] = []
    from julep_local.recall.vector_index import index_of

    set_id = embedding_sets.id_for(db, "made-up", N_DIMS)
    for target in targets:
        layout = index_of(db).layout(db, owner_id)
        near = index_of(db).similarities(db, layout, owner_id, set_id, target)
        found = {place[int(layout.chunk_ids[row])] for row in np.argsort(-near)[:10]}
        exact = set(np.argsort(-(rows @ target))[:10].tolist())
        shares.append(len(found & exact) / 10)
    return float(np.mean(shares))


FIRST = """
    import json, sys, time
    import numpy as np
    from julep_local.recall import doc_search
    from julep_local.store.database import Database
    path, owner_id, question, file = sys.argv[1:]
    target = np.load(file)[0]
    begun, worked = time.perf_counter(), time.process_time()
    db = Database(path)
    hits = doc_search.search(db, question, target, owner_id, limit=10)
    took = time.perf_counter() - begun, time.process_time() - worked
    assert len(hits) == 10
    db.close()
    print(json.dumps(took))
"""

SQLITE_VEC = """
    import json, sys, time
    import numpy as np, sqlite_vec
    from pysqlite3 import dbapi2
    folder, rounds = sys.argv[1], int(sys.argv[2])
    rows, targets = np.load(folder + "/rows.npy"), np.load(folder + "/targets.npy")
    db = dbapi2.connect(folder + "/vec.db", isolation_level=None)
    db.enable_load_extension(True)
    sqlite_vec.load(db)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma cache_size = -400000")
    db.execute(f"create virtual table v using vec0 (embedding float[{rows.shape[1]}] distance_metric=cosine)")
    db.execute("begin")
    db.executemany("insert into v (rowid, embedding) values (?, ?)", ((i, row.tobytes()) for i, row in enumerate(rows)))
    db.execute("commit")
    times = []
    for n in range(-3, rounds):
        target = targets[n % len(targets)].tobytes()
        begun = time.perf_counter()
        db.execute("select rowid, distance from v where embedding match ? and k = 10", [target]).fetchall()
        times.append(time.perf_counter() - begun)
    print(json.dumps(times[3:]))
"""

CHROMA_ADD = """
    import json, os, sys, time
    import numpy as np, chromadb
    folder = sys.argv[1]
    rows, texts = np.load(folder + "/rows.npy"), json.load(open(folder + "/texts.json"))
    client = chromadb.PersistentClient(folder + "/chroma", chromadb.Settings(anonymized_telemetry=False))
    begun = time.perf_counter()
    made = client.create_collection("docs", metadata={"hnsw:space": "cosine"}, embedding_function=None)
    for start in range(0, len(rows), 1000):
        ids = [str(i) for i in range(start, min(start + 1000, len(rows)))]
        made.add(ids=ids, embeddings=rows[start : start + 1000], documents=texts[start : start + 1000])
    took = time.perf_counter() - begun
    files = [os.path.join(at, name) for at, _, names in os.walk(folder + "/chroma") for name in names]
    n_bytes = sum(map(os.path.getsize, files))
    print(json.dumps([took, n_bytes]))
"""

CHROMA_FIRST = """
    import json, sys, time
    import numpy as np
    folder = sys.argv[1]
    target = np.load(folder + "/targets.npy")[:1]
    begun = time.perf_counter()
    import chromadb
    client = chromadb.PersistentClient(folder + "/chroma", chromadb.Settings(anonymized_telemetry=False))
    found = client.get_collection("docs", embedding_function=None).query(query_embeddings=target, n_results=10)
    took = time.perf_counter() - begun
    assert len(found["ids"][0]) == 10
    print(json.dumps(took))
"""

OURS_FIRST = """
    import json, sys, time
    import numpy as np
    path, owner_id, question, file = sys.argv[1:]
    target = np.load(file)[0]
    begun = time.perf_counter()
    from julep_local.recall import doc_search
    from julep_local.store.database import Database
    db = Database(path)
    hits = doc_search.search(db, question, target, owner_id, limit=10)
    took = time.perf_counter() - begun
    assert len(hits) == 10
    db.close()
    print(json.dumps(took))
"""


def in_peers(python: str, code: str, *arguments: object) -> Any:
    """Return what the code prints as its last line in the environment of the others; None if that fails."""
    import textwrap

    command = [python, "-c", textwrap.dedent(code), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"left out: {(done.stderr.splitlines() or ['it failed'])[-1]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peers", nargs="?", help="the Python of an environment with chromadb and sqlite-vec")
    parser.add_argument("--chunks", type=int, default=100_000)
    given = parser.parse_args()
    n = given.chunks
    rows, texts = made_up_vectors(n), made_up_texts(n)
    targets, asked = made_up_vectors(QUESTIONS, seed=3), questions(QUESTIONS)
    raw = 4 * N_DIMS * n + sum(map(len, texts))
    costs: dict[str, list[Cost]] = {}
    measured: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "rows.npy", rows)
        np.save(folder / "targets.npy", targets)
        (folder / "texts.json").write_text(json.dumps(texts))
        large, many = folder / "large.db", folder / "many.db"

        begun = time.perf_counter()
        (owner_id, chunk_ids), *_ = fill(large, texts, rows, per_owner=n, per_doc=DOC).items()
        adding = time.perf_counter() - begun
        measured["file, beside float32 vectors and text"] = large.stat().st_size / raw
        first = [in_fresh_process(FIRST, large, owner_id, asked[i], folder / "targets.npy") for i in range(7)]
        costs["first search after opening"] = [Cost(*each) for each in first]
        with closing(Database(str(large))) as db:
            costs["all chunks of one owner"] = searches(db, owner_id, asked, targets, ROUNDS)
            measured["all chunks of one owner, recall@10"] = recall(db, owner_id, targets, rows, chunk_ids)
            costs["words of a new doc of 200 chunks"] = new_docs(db, owner_id)

        (small, _), *_ = fill(many, texts, rows, per_owner=1000, per_doc=100).items()
        with closing(Database(str(many))) as db:
            costs["one owner's 1,000 of all chunks"] = searches(db, small, asked, targets, ROUNDS)
        sizes(folder, rows, texts, measured)

        for what, each in costs.items():
            measured[f"{what}, ms"] = median(walls(each)) * 1e3
        if given.peers:
            beside_others(given.peers, folder, large, owner_id, asked, adding, costs, measured)
        else:
            print("sqlite-vec and Chroma are left out: give the Python of an environment that has them")
    print_costs(f"{n:,} chunks", costs, unit="ms")
    report(measured, n)


def new_docs(db: Database, owner_id: str) -> list[Cost]:
    """Time adding a doc until a search by words has found it."""
    found: list[Cost] = []
    for i in range(10):
        texts = [f"unheard{i} {text}" for text in made_up_texts(200, seed=50 + i)]

        def add_and_find(texts: Sequence[str] = texts, word: str = f"unheard{i}") -> None:
            add_doc(db, owner_id, texts)
            assert doc_search.search(db, word, None, owner_id, limit=1)[0].matched_words == (word,)

        found.append(cost(add_and_find))
    return found[2:]


def sizes(folder: Path, rows: Matrix, texts: Sequence[str], measured: dict[str, float]) -> None:
    """Measure files of 500 owners with 20 chunks each, and one that was compacted."""
    n = min(10_000, len(texts))
    path = folder / "owners.db"
    fill(path, texts[:n], rows[:n], per_owner=20, per_doc=20)
    raw = 4 * N_DIMS * n + sum(map(len, texts[:n]))
    measured["file of 500 owners, beside float32 vectors and text"] = path.stat().st_size / raw

    path = folder / "churned.db"
    with closing(Database(str(path))) as db:
        owner_id = add_owner(db, 0)
        parts = [slice(start, start + 100) for start in range(0, n, 100)]

        def add(part: slice) -> str:
            doc_id, chunk_ids = add_doc(db, owner_id, texts[part])
            add_vectors(db, chunk_ids, rows[part])
            return doc_id

        doc_ids = [add(part) for part in parts]
        fts.compact(db)
        fresh = path.stat().st_size
        for i in range(0, len(parts), 2):
            with db.transaction():
                docs.delete(db, doc_ids[i], agent_id=owner_id)
        for part in parts[::2]:
            add(part)
        fts.compact(db)
        measured["half put back and compacted, beside a fresh file"] = path.stat().st_size / fresh


def beside_others(
    python: str,
    folder: Path,
    large: Path,
    owner_id: str,
    asked: Sequence[str],
    adding: float,
    costs: dict[str, list[Cost]],
    measured: dict[str, float],
) -> None:
    """Measure sqlite-vec and Chroma on the same vectors."""
    times = in_peers(python, SQLITE_VEC, folder, ROUNDS)
    if times is not None:
        costs["sqlite-vec, by meaning alone"] = [Cost(each) for each in times]
        ours = median(walls(costs["all chunks of one owner"]))
        measured["all chunks of one owner, beside sqlite-vec"] = ours / median(times)
    made = in_peers(python, CHROMA_ADD, folder)
    if made is None:
        return
    took, n_bytes = made
    print(
        f"adding: {adding:.1f} s; Chroma {took:.1f} s, {n_bytes / 1e6:.0f} MB; ours {large.stat().st_size / 1e6:.0f} MB"
    )
    measured["adding, times faster than Chroma"] = took / adding
    theirs = [in_peers(python, CHROMA_FIRST, folder) for _ in range(5)]
    ours_first = [in_fresh_process(OURS_FIRST, large, owner_id, asked[0], folder / "targets.npy") for _ in range(5)]
    costs["import, open, first answer"] = [Cost(each) for each in ours_first]
    costs["import, open, first answer: Chroma"] = [Cost(each) for each in theirs if each is not None]
    measured["cold open to first answer, beside Chroma"] = median(ours_first) / median(
        walls(costs["import, open, first answer: Chroma"])
    )


def report(measured: dict[str, float], n: int) -> None:
    ordered = {what: measured[what] for what in TARGETS if what in measured}
    compare: dict[str, Callable[[float, float], bool]] = {
        "at most": lambda value, target: value <= target,
        "at least": lambda value, target: value >= target,
    }
    met = {what: compare[TARGETS[what][1]](value, TARGETS[what][0]) for what, value in ordered.items()}
    for what, value in ordered.items():
        target, side = TARGETS[what]
        print(f"{what:56}{value:9.3f}   {side} {target:g}   {'yes' if met[what] else 'no'}")
    conclude(
        "doc search",
        ordered,
        unit="ratio",
        target=1.0,
        rounds=ROUNDS,
        packages=["pysqlite3", "numpy"],
        met=all(met.values()),
        targets={what: f"{side} {target:g}" for what, (target, side) in TARGETS.items()},
        met_each=met,
        n_chunks=n,
        load=round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    )


if __name__ == "__main__":
    main()
