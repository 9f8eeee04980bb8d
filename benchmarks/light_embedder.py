"""What does the embedder without PyTorch cost, beside sentence-transformers, and are its vectors the same?

A desktop program wants a short start and a small installer. Timed, with the same weights, texts and threads on both
sides:

- load: importing what the embedder needs and loading it, until one query has a vector, in a fresh process that has
  imported julep_local already
- a query: `embed_query` beside `encode([query])`, each with words it has not seen
- passages: texts per second of `embed`, beside `SentenceTransformer.encode` with its defaults, portion by portion, in
  turns the one side first and the other

Also: the least cosine between both sides' vectors of 2,000 texts in twelve languages. Where other work shares the
cores, read the processor time: waiting is not in it.

    python -m benchmarks.light_embedder [N_PASSAGES [N_TEXTS]]
"""

import itertools
import os
import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks._measure import Cost, alternate, conclude, cost, in_fresh_process, median, print_costs, ratio, walls
from benchmarks.embedding import made_up, portions
from julep_local.recall.embeddings import SentenceTransformerEmbedder, find_embedder

N_PASSAGES = N_TEXTS = 2_000
QUERY_ROUNDS, LOAD_ROUNDS = 100, 7
OURS, THEIRS = "light", "sentence-transformers"
TARGETS = {
    "import and load, s": (0.4, "at most"),
    "one query, beside sentence-transformers": (0.3, "at most"),
    "passages, texts/s beside sentence-transformers": (1.5, "at least"),
    "least cosine to sentence-transformers": (0.999, "at least"),
}

LOAD = """
    import json, resource, sys, time
    import julep_local
    from julep_local.recall.embeddings import find_embedder
    embedder = find_embedder("light", threads={threads})
    assert "onnxruntime" not in sys.modules
    cpu, wall = time.process_time(), time.perf_counter()
    embedder.embed_query("What is my dog called?")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert "torch" not in sys.modules
    print(json.dumps([wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""

WORDS = {
    "English": "the ferry leaves harbour dog was found near old letter costs more than seven miles winter",
    "German": "die Fähre fährt um Straße Hund lag neben Brücke kostet über sieben Jahre größer schön",
    "French": "le bateau part à huit heures élève château où déjà garçon près de la forêt",
    "Spanish": "el barco sale mañana señora niño pagó más corazón años calle también",
    "Turkish": "gemi iskeleden kalkıyor köpeğim şehir güneş çocuk öğretmen ağaç",
    "Russian": "паром уходит утром собака живёт около озера письмо стоит дороже зимой",
    "Greek": "το πλοίο φεύγει στις οκτώ σκύλος γράμμα χειμώνας θάλασσα",
    "Arabic": "العبارة تغادر في الصباح كلبي يعيش قرب البحيرة رسالة قديمة",
    "Hindi": "नौका सुबह जाती है मेरा कुत्ता झील के पास रहता है पुराना पत्र",
    "Japanese": "フェリーは 朝に 出発します 私の犬は 湖の近くに 住んでいます 古い手紙",
    "Chinese": "渡轮 早上 离开 我的狗 住在 湖边 一封 旧信 很贵",
    "Korean": "여객선은 아침에 떠난다 내 개는 호수 근처에 산다 오래된 편지",
}


def main(arguments: Sequence[str]) -> None:
    n_passages, n_texts = [*map(int, arguments), *(N_PASSAGES, N_TEXTS)[len(arguments) :]]
    # a core is left to others: PyTorch's threads wait for each other, and beside other work can be several times slower
    threads = max(1, (os.cpu_count() or 1) - 1)
    loads = [in_fresh_process(LOAD.format(threads=threads)) for _ in range(LOAD_ROUNDS + 1)][1:]

    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    embedder = find_embedder("light", threads=threads)
    theirs = SentenceTransformer(str(embedder.folder), device="cpu", local_files_only=True)
    texts = made_up()[:n_passages]
    embedder.embed(texts[:20])
    theirs.encode(texts[:20])
    costs = passages(embedder, theirs, texts)
    queries = alternate(asking(embedder, theirs), rounds=QUERY_ROUNDS, warm_ups=10)
    least, mean = cosines(embedder, theirs, n_texts)

    load = [Cost(wall, cpu) for wall, cpu, _ in loads]
    print_costs("import and load, fresh process", {"onnxruntime, tokenizers, numpy, the model": load}, unit="ms")
    print_costs("portions of passages", costs, unit="ms")
    print_costs("one query", queries, unit="ms")
    print(f"largest resident memory of that process: {median([mib for _, _, mib in loads]):.0f} MiB")
    print(f"cosines of {n_texts} texts in {len(WORDS)} languages: least {least:.7f}, mean {mean:.7f}")
    in_cpu = {
        "one query": ratio([each.cpu_s for each in queries[OURS]], [each.cpu_s for each in queries[THEIRS]]),
        "passages": ratio([each.cpu_s for each in costs[THEIRS]], [each.cpu_s for each in costs[OURS]]),
        "import and load, s": median([each.cpu_s for each in load]),
    }
    print("in processor time: " + ", ".join(f"{what} {value:.3f}" for what, value in in_cpu.items()))
    measured = {
        "import and load, s": median(walls(load)),
        "one query, beside sentence-transformers": ratio(walls(queries[OURS]), walls(queries[THEIRS])),
        "passages, texts/s beside sentence-transformers": ratio(walls(costs[THEIRS]), walls(costs[OURS])),
        "least cosine to sentence-transformers": least,
    }
    met = {
        what: value >= TARGETS[what][0] if TARGETS[what][1] == "at least" else value <= TARGETS[what][0]
        for what, value in measured.items()
    }
    conclude(
        "light embedder",
        measured,
        unit="ratio",
        target=1.0,
        rounds=len(costs[OURS]),
        packages=["onnxruntime", "tokenizers", "sentence-transformers", "torch"],
        met=all(met.values()),
        targets={what: f"{side} {target:g}" for what, (target, side) in TARGETS.items()},
        met_each=met,
        processor_time={what: round(value, 3) for what, value in in_cpu.items()},
        model=f"{embedder.name}, {threads} threads",
    )


def passages(embedder: SentenceTransformerEmbedder, theirs: Any, texts: Sequence[str]) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {OURS: [], THEIRS: []}
    for n, portion in enumerate(portions(texts)):
        sides: dict[str, Callable[[], object]] = {
            OURS: lambda portion=portion: embedder.embed(portion),
            THEIRS: lambda portion=portion: theirs.encode(portion),
        }
        for name in reversed(sides) if n % 2 else sides:
            costs[name].append(cost(sides[name]))
    return costs


def asking(embedder: SentenceTransformerEmbedder, theirs: Any) -> dict[str, Callable[[], Cost]]:
    """Return the two sides. No query is asked twice, because ours would still have its vector."""
    numbers = itertools.count()

    def query() -> str:
        return f"What was the name of book {next(numbers)} about trees?"

    return {
        OURS: lambda: cost(lambda: embedder.embed_query(query())),
        THEIRS: lambda: cost(lambda: theirs.encode([query()])),
    }


def cosines(embedder: SentenceTransformerEmbedder, theirs: Any, n_texts: int) -> tuple[float, float]:
    """Return the least and the mean cosine of texts of 2 to 40 words in one language each."""
    chance = random.Random(11)
    of_language = [words.split() for words in WORDS.values()]
    texts = [
        " ".join(chance.choices(of_language[n % len(of_language)], k=chance.randrange(2, 41))) for n in range(n_texts)
    ]
    both = (embedder.embed(texts) * theirs.encode(texts, normalize_embeddings=True)).sum(axis=1)
    return float(both.min()), float(both.mean())


if __name__ == "__main__":
    main(sys.argv[1:])
