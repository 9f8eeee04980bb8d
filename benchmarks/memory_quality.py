"""How often does a recall find what was said, when every turn of long conversations is remembered?

A memory that is not found when it matters might as well not be there. Measured on LoCoMo (Maharana et al. 2024,
https://github.com/snap-research/locomo, CC BY-NC 4.0): conversations of two people over months, with questions about
them and the turns that hold the answer. Every turn is added through `client.memories.add_all`, with its speaker and the
time of its session, and each question of the categories 1 to 4 (multi-hop, temporal, open-domain, single-hop) searched
with, by the library's own search, one setting for all:

- recall@10: the share of a question's evidence turns among the first ten memories, and MRR: one through the rank of
  the first of them;
- one store per conversation, and all conversations as memories of one user.

A turn that shares a picture says what is on it, as LoCoMo's own code has it; a row of its own is without. Beside it: by
meaning alone and by words alone, of the same memories, and the search without one part at a time.

    python -m benchmarks.memory_quality DATA_FOLDER

DATA_FOLDER holds locomo*.json: locomo10.json as published, or a part of it. Nothing is timed; the figures repeat. It
takes a minute on two idle cores for three conversations.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmarks._measure import conclude
from julep_local import Client
from julep_local.recall import memory_ranking, memory_search
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.store.database import Database
from julep_local.testing import ScriptedModel

TARGETS = {
    "one store per conversation, recall@10": 0.78,
    "one store per conversation, MRR": 0.60,
    "all in one store, recall@10": 0.73,
}
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop"}
LISTED = 100
PARTS = ["MEANING", "WORDS", "SPEAKER", "QUESTION", "ANSWER", "MONTH", "IMPORTANCE", "RECENCY"]

Conversation = dict[str, Any]
Scored = list[tuple[int, float, float]]
"""Of each question the category, recall@10 and reciprocal rank."""


class Turn(NamedTuple):
    """What was said."""

    turn_id: str
    speaker: str
    said: str
    at: datetime


class Asked(NamedTuple):
    """A question, and the memories that answer it."""

    question: str
    category: int
    evidence: frozenset[str]
    """Ids of memories."""


def turns(conversation: Conversation, *, pictures: bool) -> Iterator[Turn]:
    """Yield the turns in the order in which they were said."""
    said = conversation["conversation"]
    numbers = sorted(int(key.split("_")[1]) for key in said if re.fullmatch(r"session_\d+", key))
    for number in numbers:
        at = datetime.strptime(said[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y").replace(
            tzinfo=timezone.utc
        )
        for turn in said[f"session_{number}"]:
            text = turn["text"]
            if pictures and turn.get("blip_caption"):
                text = f"{text} [shared a picture: {turn['blip_caption']}]"
            if text.strip():
                yield Turn(turn["dia_id"], turn["speaker"], text, at)


class Store:
    """Conversations, all turns of which are memories of one user."""

    def __init__(self, client: Client, conversations: Sequence[Conversation], *, pictures: bool = True) -> None:
        self.agent_id = client.agents.create(name="Ada").id
        user_id = client.users.create(name="Bo", about="").id
        self.asked: list[Asked] = []
        for conversation in conversations:
            said = list(turns(conversation, pictures=pictures))
            added = client.memories.add_all(
                agent_id=self.agent_id,
                user_id=user_id,
                memories=[{"content": turn.said, "speaker": turn.speaker, "timestamp": turn.at} for turn in said],
            )
            ids = {turn.turn_id: memory.id for turn, memory in zip(said, added, strict=True)}
            for each in conversation["qa"]:
                named = re.findall(r"D\d+:\d+", " ".join(each.get("evidence", [])))
                evidence = frozenset(ids[turn_id] for turn_id in named if turn_id in ids)
                if each["category"] in CATEGORIES and evidence:
                    self.asked.append(Asked(str(each["question"]), each["category"], evidence))


class EachOnce:
    """An embedder that embeds each text once: the same conversations are in several stores."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, npt.NDArray[np.float32]] = {}
        self.name, self.n_dims = embedder.name, embedder.n_dims
        self.relevance_threshold = embedder.relevance_threshold

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row for each text."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known |= dict(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def close(self) -> None:
        """Give back the memory."""
        self._embedder.close()


Search = Callable[[Store, str], list[str]]
"""The ids of memories, best first."""


def searches(db: Database, embedder: Embedder, *, meaning: bool = True, words: bool = True) -> Search:
    """Return the library's search, or a part of it."""

    def search(store: Store, question: str) -> list[str]:
        query = memory_search.prepared(db, question, agent_id=store.agent_id)
        if not meaning:
            hits = memory_search.search(db, query, None, agent_id=store.agent_id, limit=LISTED)
        else:
            vector = embedder.embed([query.text if words else question])[0]
            hits = memory_search.search(db, query, vector, agent_id=store.agent_id, limit=LISTED)
        return [hit.memory.id for hit in hits]

    return search


@contextmanager
def without(*parts: str) -> Iterator[None]:
    """Leave parts of the score out."""
    off = {"MONTH": ["MONTH", "DAY"]}
    with mock.patch.multiple(memory_ranking, **{name: 0.0 for part in parts for name in off.get(part, [part])}):
        yield


def scored(stores: Sequence[Store], search: Search) -> Scored:
    found: Scored = []
    for store in stores:
        for question, category, evidence in store.asked:
            ranked = search(store, question)
            first = next((i for i, memory_id in enumerate(ranked, start=1) if memory_id in evidence), None)
            recall = len(evidence & set(ranked[:10])) / len(evidence)
            found.append((category, recall, 1 / first if first else 0.0))
    return found


def means(found: Scored, category: int | None = None) -> tuple[float, float]:
    """Return recall@10 and MRR."""
    chosen = np.array([each[1:] for each in found if category in (None, each[0])])
    recall, rank = chosen.mean(axis=0).tolist()
    return recall, rank


def main(folder: Path | None) -> None:
    files = sorted(folder.glob("locomo*.json")) if folder is not None else []
    if not files:
        print("give the folder that holds locomo*.json, see benchmarks/README.md")
        print(json.dumps({"question": "memory quality", "measured": {}, "unit": "", "target": 0, "met": True}))
        return
    conversations: list[Conversation] = [each for file in files for each in json.loads(file.read_text("utf-8"))]
    embedder = EachOnce(find_embedder(None))
    rows: dict[str, Scored] = {}
    with Client(path=":memory:", model=ScriptedModel([]), embedder=embedder) as client:
        db = client.memories._runtime.db
        each = [Store(client, [conversation]) for conversation in conversations]
        bare = [Store(client, [conversation], pictures=False) for conversation in conversations]
        pooled = Store(client, conversations)
        whole = searches(db, embedder)
        rows["one store per conversation"] = scored(each, whole)
        rows["all in one store"] = scored([pooled], whole)
        rows["without what is on pictures"] = scored(bare, whole)
        for i, store in enumerate(each):
            rows[f"  conversation {i + 1}"] = scored([store], whole)
        with without(*(part for part in PARTS if part != "MEANING")):
            rows["by meaning alone"] = scored(each, searches(db, embedder, words=False))
        with without(*(part for part in PARTS if part != "WORDS")):
            rows["by words alone"] = scored(each, searches(db, embedder, meaning=False))
        for part in PARTS[2:]:
            with without(part):
                rows[f"without {part}"] = scored(each, whole)
    print(f"{'':34}{'recall@10':>12}{'MRR':>8}{'questions':>12}")
    for name, found in rows.items():
        recall, rank = means(found)
        print(f"{name:34}{recall:12.3f}{rank:8.3f}{len(found):12}")
    for category, name in CATEGORIES.items():
        recall, rank = means(rows["one store per conversation"], category)
        print(f"  {name:32}{recall:12.3f}{rank:8.3f}")
    measured = {
        "one store per conversation, recall@10": means(rows["one store per conversation"])[0],
        "one store per conversation, MRR": means(rows["one store per conversation"])[1],
        "all in one store, recall@10": means(rows["all in one store"])[0],
    }
    met = {what: value >= TARGETS[what] for what, value in measured.items()}
    conclude(
        "memory quality",
        measured,
        unit="share",
        target=1.0,
        rounds=1,
        packages=["numpy", "pysqlite3"],
        met=all(met.values()),
        targets={what: f"at least {target:g}" for what, target in TARGETS.items()},
        met_each=met,
        others={name: [round(value, 3) for value in means(found)] for name, found in rows.items()},
        model=embedder.name,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
