"""What does it cost to embed texts, beside sentence-transformers?

A new doc is found by meaning when all its chunks are embedded, each chat turn embeds a query, and the first of them
waits until the model is there. Timed, with the same weights, threads and texts on both sides:

- passages: texts per second of `embed`, beside `SentenceTransformer.encode` with its defaults. The passages are handed
  over in portions, in turns the one side first and the other, so that a busy machine meets both alike
- a query: `embed_query` beside `encode([query])`, each with words it has not seen
- the first vector in a fresh process that has not imported PyTorch, imports included: `find_embedder()` and one query

Also: how near the vectors are to those of sentence-transformers, and whether both sides find the same.

    python -m benchmarks.embedding DATA_FOLDER

DATA_FOLDER holds scifact.json.gz (see benchmarks/README.md); without it the passages are made up.
The first vector alone: `python -m benchmarks.embedding first`.
"""

import gzip
import itertools
import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._measure import Cost, alternate, conclude, cost, in_fresh_process, median, print_costs, ratio, walls
from julep_local.recall.embeddings import SentenceTransformerEmbedder, find_embedder

N_PASSAGES, PORTION = 2_000, 100
QUERY_ROUNDS = 100
FIRST_ROUNDS = 7
OURS, THEIRS = "julep_local", "sentence-transformers"
TARGETS = {
    "passages, texts/s beside sentence-transformers": (2.2, "at least"),
    "one query, beside sentence-transformers": (0.35, "at most"),
    "first vector in a fresh process, s": (2.0, "at most"),
    "least cosine to sentence-transformers": (0.999, "at least"),
}

FIRST = """
    import json
    import sys
    import time

    cpu, wall = time.process_time(), time.perf_counter()
    from julep_local.recall.embeddings import find_embedder
    assert "torch" not in sys.modules
    find_embedder(threads={threads}).embed_query("What is my dog called?")
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


def main(arguments: Sequence[str]) -> None:
    # a core is left to others: PyTorch's threads wait for each other, and beside other work can be several times slower
    threads = max(1, (os.cpu_count() or 1) - 1)
    first = first_vector(threads)
    if arguments and arguments[0] == "first":
        return

    from sentence_transformers import SentenceTransformer

    embedder = find_embedder(threads=threads)
    embedder.warm_up()
    theirs = SentenceTransformer(str(embedder.folder), device="cpu", local_files_only=True)
    texts = scifact(Path(arguments[0])) if arguments else made_up()
    costs, rows, expected = passages(embedder, theirs, texts)
    queries = alternate(asking(embedder, theirs), rounds=QUERY_ROUNDS, warm_ups=10)

    print_costs("first vector, fresh process", {"imports, loading, one query": first}, unit="ms")
    print_costs(f"{PORTION} passages", costs, unit="ms")
    print_costs("one query", queries, unit="ms")
    per_s = {name: len(texts) / sum(walls(each)) for name, each in costs.items()}
    print(f"texts/s: {per_s[OURS]:.1f}, sentence-transformers {per_s[THEIRS]:.1f}")
    same = nearest_shared(rows, expected)
    print(f"of the 10 nearest passages of each passage {same:.3f} are the same")
    measured = {
        "passages, texts/s beside sentence-transformers": ratio(walls(costs[THEIRS]), walls(costs[OURS])),
        "one query, beside sentence-transformers": ratio(walls(queries[OURS]), walls(queries[THEIRS])),
        "first vector in a fresh process, s": median(walls(first)),
        "least cosine to sentence-transformers": float((rows * expected).sum(axis=1).min()),
    }
    for what, value in measured.items():
        target, side = TARGETS[what]
        print(f"{what:52}{value:9.4f}   {side} {target:g}")
    met = {
        what: value >= TARGETS[what][0] if TARGETS[what][1] == "at least" else value <= TARGETS[what][0]
        for what, value in measured.items()
    }
    conclude(
        "embedding",
        measured,
        unit="ratio",
        target=1.0,
        rounds=len(costs[OURS]),
        packages=["torch", "tokenizers", "sentence-transformers"],
        met=all(met.values()),
        targets={what: f"{side} {target:g}" for what, (target, side) in TARGETS.items()},
        met_each=met,
        texts_per_s={name: round(value, 1) for name, value in per_s.items()},
        same_nearest=round(same, 4),
        texts=f"{len(texts)} {'of SciFact' if arguments else 'made up'}",
        model=f"{embedder.name}, {threads} threads, {computes_with(embedder)}",
    )


def first_vector(threads: int) -> list[Cost]:
    code = FIRST.format(threads=threads)
    rounds = [Cost(*in_fresh_process(code)) for _ in range(FIRST_ROUNDS + 1)]
    print("first vector, s: " + " ".join(f"{each.wall_s:.2f}" for each in rounds[1:]), flush=True)
    return rounds[1:]


def passages(
    embedder: SentenceTransformerEmbedder, theirs: Any, texts: Sequence[str]
) -> tuple[dict[str, list[Cost]], Any, Any]:
    """Return what each portion takes, and the vectors of both sides."""
    embedder.embed(texts[:PORTION])
    theirs.encode(list(texts[:PORTION]))
    costs: dict[str, list[Cost]] = {OURS: [], THEIRS: []}
    rows: dict[str, list[Any]] = {OURS: [], THEIRS: []}
    for n, portion in enumerate(portions(texts)):
        sides = {
            OURS: lambda portion=portion: rows[OURS].append(embedder.embed(portion)),
            THEIRS: lambda portion=portion: rows[THEIRS].append(theirs.encode(portion)),
        }
        for name in reversed(sides) if n % 2 else sides:
            costs[name].append(cost(sides[name]))
    return costs, np.concatenate(rows[OURS]), np.concatenate(rows[THEIRS])


def portions(texts: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), PORTION):
        yield list(texts[start : start + PORTION])


def asking(embedder: SentenceTransformerEmbedder, theirs: Any) -> dict[str, Callable[[], Cost]]:
    """Return the two sides. No query is asked twice, because ours would still have its vector."""
    numbers = itertools.count()

    def ours() -> Cost:
        query = f"What was the name of book {next(numbers)} about trees?"
        return cost(lambda: embedder.embed_query(query))

    def other() -> Cost:
        query = f"What was the name of book {next(numbers)} about trees?"
        return cost(lambda: theirs.encode([query]))

    return {OURS: ours, THEIRS: other}


def nearest_shared(rows: Any, others: Any) -> float:
    """Return which share of each row's ten nearest is the same on both sides."""
    best = [np.argsort(-(side @ side.T), axis=1)[:, 1:11] for side in (rows, others)]
    return float(np.mean([len(set(one) & set(other)) / 10 for one, other in zip(*best, strict=True)]))


def computes_with(embedder: SentenceTransformerEmbedder) -> str:
    bert = getattr(embedder._encoder(), "bert", None)
    return "sentence-transformers" if bert is None else f"{bert.dtype}{', packed' if bert.is_packed else ''}"


def scifact(folder: Path) -> list[str]:
    with gzip.open(folder / "scifact.json.gz") as file:
        docs = json.load(file)["docs"]
    return [f"{doc['title']}\n\n{' '.join(doc['sentences'])}" for doc in docs[:N_PASSAGES]]


def made_up() -> list[str]:
    """Return passages of 4 to 20 sentences."""
    chance = random.Random(7)
    subjects = "ship harbour captain tide letter engine garden window market river doctor school bridge winter".split()
    verbs = "carried found repaired lost described followed measured opened crossed remembered sold reached".split()
    kinds = "old narrow northern quiet broken heavy early foreign painted small distant crowded".split()

    def sentence() -> str:
        one, other = chance.sample(subjects, 2)
        return (
            f"The {chance.choice(kinds)} {one} {chance.choice(verbs)} the {chance.choice(kinds)} {other} "
            f"in {chance.randrange(1700, 2000)}, {chance.randrange(2, 90)} days after the {chance.choice(subjects)}."
        )

    return [" ".join(sentence() for _ in range(min(20, max(4, round(chance.gauss(13, 4)))))) for _ in range(N_PASSAGES)]


if __name__ == "__main__":
    main(sys.argv[1:])
