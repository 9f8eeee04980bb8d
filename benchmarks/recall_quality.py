"""How often does a search find what answers the question, in abstracts and in long texts?

The rest of a search is speed; this is whether it is of use. Measured with the library's own cutting, embedding, word
index and ranking, one set of parameters for all:

- abstracts: SciFact as of BEIR (5,183 abstracts, 300 claims), https://github.com/allenai/scifact. Docs are ranked by
  their best chunk; nDCG and recall of the first ten.
- passages: five texts of 40,000 to 740,000 characters, 472 questions, and where in the text the answers stand, of
  https://github.com/brandonstarxel/chunking_evaluation. All in one store; the share of the answers' characters within
  the first 1,600 and 3,200 characters that the search hands over.

Beside it: by meaning alone and by words alone, of the same chunks, and the plain sum of the two.

    python -m benchmarks.recall_quality DATA_FOLDER [VECTORS.npz]

DATA_FOLDER holds scifact.json.gz and chunking_eval.json.gz (see benchmarks/README.md). Nothing is timed; the figures
repeat. Embedding 27,000 chunks takes most of it, 5 to 20 minutes on two cores; with VECTORS they are kept in that
file.
"""

import gzip
import hashlib
import itertools
import json
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks._measure import conclude
from julep_local.recall import doc_search, ranking
from julep_local.recall.chunks import Chunk, embedding_text, split
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.recall.words import telling_words
from julep_local.store import agents, docs, embedding_sets
from julep_local.store import vectors as store_vectors
from julep_local.store.database import Database
from julep_local.types import Agent, Doc

TARGETS = {
    "abstracts, nDCG@10": 0.740,
    "abstracts, recall@10": 0.860,
    "passages, within 1,600 characters": 0.755,
    "passages, within 3,200 characters": 0.880,
}
PORTION = 2048
LISTED = 100
"""Chunks of each ranking that are looked at: ten docs, or 3,200 characters, are in fewer."""
AGENT = "aaaaaaaa-0000-4000-8000-000000000001"
NOW = datetime(2024, 5, 17, tzinfo=timezone.utc)

Floats = npt.NDArray[np.float32]


class Row(NamedTuple):
    """A chunk in the store."""

    doc: int
    title: str
    position: int
    start: int
    """Where in its doc it begins."""
    heading: str
    content: str


def rows_of(texts: Sequence[tuple[str, str]]) -> list[Row]:
    """Return the chunks of docs that are given by title and content."""
    rows = []
    for doc, (title, content) in enumerate(texts):
        start = 0
        for position, chunk in enumerate(split(content, title)):
            rows.append(Row(doc, title, position, start, *chunk))
            start += len(chunk.content)
    return rows


class Store:
    """Docs of one agent, in a file of their own."""

    def __init__(self, rows: Sequence[Row], vectors: Floats) -> None:
        self.rows, self.vectors = rows, vectors
        self.touches = ranking.touching(np.array([row.doc for row in rows]), np.array([row.position for row in rows]))
        self._folder = tempfile.TemporaryDirectory()
        self._db = Database(str(Path(self._folder.name) / "quality.db"))
        self._row_of: dict[int, int] = {}
        with self._db.transaction():
            agents.add(
                self._db,
                Agent(id=AGENT, name="a", about="", model="", instructions=[], created_at=NOW, updated_at=NOW),
            )
            self._set_id = embedding_sets.id_for(self._db, "quality", vectors.shape[1])
            for _, doc in itertools.groupby(enumerate(rows), lambda each: each[1].doc):
                self._add(list(doc))

    def _add(self, numbered: Sequence[tuple[int, Row]]) -> None:
        chunks = [Chunk(row.heading, row.content) for _, row in numbered]
        doc = Doc(
            id=str(uuid.uuid4()),
            agent_id=AGENT,
            title=numbered[0][1].title,
            content="".join(chunk.content for chunk in chunks),
            created_at=NOW,
        )
        chunk_ids = docs.add(self._db, doc, chunks)
        places = [place for place, _ in numbered]
        store_vectors.add(self._db, self._set_id, chunk_ids, self.vectors[places])
        self._row_of |= dict(zip(chunk_ids, places, strict=True))

    def by_word(self, query: str) -> Floats:
        """Return the bm25 of each of the query's words in each chunk, `(n_words, n_chunks)`."""
        words = telling_words(query)
        scores = np.zeros((max(len(words), 1), len(self.rows)), dtype=np.float32)
        for i, word in enumerate(words):
            chunk_ids, found = docs.word_scores(self._db, word, owner_id=AGENT)
            scores[i, [self._row_of[chunk_id] for chunk_id in chunk_ids]] = found
        return scores

    def ranked(self, query: str, vector: Floats) -> dict[str, list[int]]:
        """Return the first rows by each way of ranking, best first; the last is the library's search."""
        similarities, by_word = self.vectors @ vector, self.by_word(query)
        words = by_word.sum(axis=0)
        others = {
            "meaning": similarities,
            "words": words,
            "plain sum": ranking.fused(similarities, words),
            "words, spread": ranking.fused(None, ranking.spread(by_word, self.touches).sum(axis=0)),
        }
        ranked = {name: ranking.best(scores, LISTED).tolist() for name, scores in others.items()}
        hits = doc_search.search(self._db, query, vector, AGENT, limit=LISTED)
        return {**ranked, "julep_local": [self._row_of[hit.chunk_id] for hit in hits]}

    def close(self) -> None:
        """Delete the file."""
        self._db.close()
        self._folder.cleanup()


def abstracts(data: Any, vectors_of: "Vectors") -> dict[str, list[float]]:
    """Return nDCG@10 and recall@10 by each way of ranking."""
    rows = rows_of([(doc["title"], " ".join(doc["sentences"])) for doc in data["docs"]])
    store = Store(rows, vectors_of(_texts(rows)))
    doc_ids = [str(doc["id"]) for doc in data["docs"]]
    claims, relevant = data["splits"]["test"]["queries"], data["splits"]["test"]["qrels"]
    found: dict[str, list[list[float]]] = {}
    for claim_id, vector in zip(relevant, vectors_of([claims[claim_id] for claim_id in relevant]), strict=True):
        for name, best in store.ranked(claims[claim_id], vector).items():
            first_ten = [doc_ids[doc] for doc in list(dict.fromkeys(rows[i].doc for i in best))[:10]]
            found.setdefault(name, []).append(_ndcg_and_recall(first_ten, relevant[claim_id]))
    store.close()
    return {name: np.mean(values, axis=0).tolist() for name, values in found.items()}


def _ndcg_and_recall(ranked: Sequence[str], relevant: Mapping[str, int]) -> list[float]:
    gains = [relevant.get(doc_id, 0) for doc_id in ranked]
    ideal = sorted(relevant.values(), reverse=True)[: len(ranked)]
    discounts = 1 / np.log2(np.arange(len(ranked)) + 2)
    ndcg = float(gains @ discounts / (ideal @ discounts[: len(ideal)]))
    return [ndcg, sum(gain > 0 for gain in gains) / sum(gain > 0 for gain in relevant.values())]


def passages(data: Any, vectors_of: "Vectors") -> dict[str, list[float]]:
    """Return the share of the answers' characters within the first 1,600 and 3,200, by each way of ranking."""
    names = list(data["corpora"])
    rows = rows_of([("", data["corpora"][name]) for name in names])
    store = Store(rows, vectors_of(_texts(rows)))
    found: dict[str, list[list[float]]] = {}
    vectors = vectors_of([asked["question"] for asked in data["questions"]])
    for asked, vector in zip(data["questions"], vectors, strict=True):
        doc = names.index(asked["corpus"])
        for name, best in store.ranked(asked["question"], vector).items():
            ranked = [rows[i] for i in best]
            shares = [_share(ranked, doc, asked["spans"], n_chars) for n_chars in (1600, 3200)]
            found.setdefault(name, []).append(shares)
    store.close()
    return {name: np.mean(values, axis=0).tolist() for name, values in found.items()}


def _share(ranked: Sequence[Row], doc: int, spans: Sequence[tuple[int, int]], n_chars: int) -> float:
    """Return the share of the spans' characters that stand within the first `n_chars` of the ranked chunks."""
    held = 0
    for row in ranked:
        end = row.start + min(len(row.content), n_chars)
        n_chars -= end - row.start
        if row.doc == doc:
            held += sum(max(0, min(end, to) - max(row.start, since)) for since, to in spans)
    return held / sum(to - since for since, to in spans)


def _texts(rows: Sequence[Row]) -> list[str]:
    return [embedding_text(row.title, row.heading, row.content) for row in rows]


class Vectors:
    """Embeds texts, each once, and keeps the vectors in a file if there is one."""

    def __init__(self, embedder: Embedder, file: Path | None) -> None:
        self._embedder, self._file = embedder, file
        self._known: dict[str, npt.NDArray[np.float16]] = {}
        if file is not None and file.exists():
            kept = np.load(file)
            self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        keys = [self._key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for portion in _portions(list(new)):
            vectors = self._embedder.embed([new[key] for key in portion])
            self._known |= dict(zip(portion, vectors.astype(np.float16), strict=True))
            self._keep()
        return np.stack([self._known[key] for key in keys]).astype(np.float32)

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self._embedder.name}\n{text}".encode()).hexdigest()

    def _keep(self) -> None:
        if self._file is not None:
            with self._file.open("wb") as file:
                np.savez(file, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))


def _portions(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), PORTION):
        yield keys[start : start + PORTION]


def main(folder: Path | None, vectors_file: Path | None) -> None:
    if folder is None:
        print("give the folder that holds scifact.json.gz and chunking_eval.json.gz, see benchmarks/README.md")
        print(json.dumps({"question": "recall quality", "measured": {}, "unit": "", "target": 0, "met": True}))
        return
    embedder = find_embedder(None)
    vectors_of = Vectors(embedder, vectors_file)
    by_set = {
        "passages": passages(_read(folder / "chunking_eval.json.gz"), vectors_of),
        "abstracts": abstracts(_read(folder / "scifact.json.gz"), vectors_of),
    }
    columns = {
        "abstracts": ("nDCG@10", "recall@10"),
        "passages": ("within 1,600 characters", "within 3,200 characters"),
    }
    for name, by_ranking in by_set.items():
        print(f"{name:24}" + "".join(f"{column:>26}" for column in columns[name]))
        for how, values in by_ranking.items():
            print(f"{how:24}" + "".join(f"{value:26.3f}" for value in values))
    measured = {
        f"{name}, {column}": value
        for name in by_set
        for column, value in zip(columns[name], by_set[name]["julep_local"], strict=True)
    }
    for what, value in measured.items():
        print(f"{what:62}{value:8.3f}   at least {TARGETS[what]:g}")
    met = {what: value >= TARGETS[what] for what, value in measured.items()}
    conclude(
        "recall quality",
        measured,
        unit="share",
        target=1.0,
        rounds=1,
        packages=["numpy", "pysqlite3"],
        met=all(met.values()),
        targets={what: f"at least {target:g}" for what, target in TARGETS.items()},
        met_each=met,
        others={
            name: {how: [round(v, 3) for v in values] for how, values in each.items()} for name, each in by_set.items()
        },
        model=embedder.name,
    )


def _read(file: Path) -> Any:
    with gzip.open(file) as content:
        return json.load(content)


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:3]]
    main(paths[0] if paths else None, paths[1] if len(paths) > 1 else None)
