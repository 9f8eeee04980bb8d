"""Which cosine similarity separates what belongs into a turn from what does not, and which share of the words?

A doc below the threshold is never shown, so one set too high hides answers, and one set too low fills the prompt of
every "hi" with docs that have nothing to do with it. Measured, for thresholds from 0.10 to 0.60:

- kept: of the questions, how many still find a chunk that holds the answer
- false: of the questions asked of an owner who has nothing on the subject, how many are shown something all the same

on three sets: short chat messages and short docs (below, written for this); questions and passages of five long texts;
claims and abstracts. Also: does it help to embed "user: " or "Ada: " in front of a message?

The same is measured of the share of a message's words that a chunk has, rare ones counting more, which decides while
the embedder is being loaded.

    python -m benchmarks.recall_threshold DATA_FOLDER

DATA_FOLDER holds chunking_eval.json.gz and scifact.json.gz (see benchmarks/README.md); without it only the first set is
measured. Nothing is timed. It takes a minute on two idle cores; the figures repeat exactly.
"""

import gzip
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pysqlite3 import dbapi2

from julep_local.recall import ranking
from julep_local.recall.chunks import embedding_text, split
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.recall.words import telling_words
from julep_local.store.fts import expression
from julep_local.testing.embedder import HashEmbedder

THRESHOLDS = [0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.60]
PREFIXES = {"text": "", "user: text": "user: ", "Ada: text": "Ada: "}
sqlite: Any = dbapi2  # pysqlite3 comes without types
N_QUESTIONS = 120
N_POOL = 80
"""Chunks of an owner who has nothing on the subject."""

CHAT = [  # what is asked, the title and the text of the doc that answers it
    ("What is my dog called?", "Pets", "The user has a dog named Rex, a three year old beagle."),
    ("when is mum's birthday again?", "Family dates", "Mother: 14 March. Father: 2 November. Anna: 30 June."),
    ("can I eat peanuts?", "Allergies", "Ada is allergic to peanuts and shellfish."),
    ("how do i reset the router", "Home network", "Hold the small button on the back of the box for ten seconds."),
    ("What's the wifi password?", "Home network", "Network name: Nest. Key: correct-horse-battery."),
    ("Where did we go on holiday last year?", "Travel diary", "In August 2023 we spent two weeks in Lisbon and Porto."),
    ("what should I cook tonight", "Favourite recipes", "Lentil soup with cumin: fry onions, add lentils and stock."),
    ("How many days of vacation do I have left?", "HR policy", "Employees have 28 days of paid leave a year."),
    ("Is the office open on Saturday?", "Opening hours", "Monday to Friday 9 to 18, Saturday 10 to 14, Sunday closed."),
    ("I want my money back", "Refunds", "Goods may be returned within 30 days for a full refund with the receipt."),
    ("my order hasn't arrived", "Shipping", "Parcels take 3 to 5 working days. After 10 days we send a replacement."),
    ("do you ship to Norway?", "Shipping", "We deliver to all countries of the European Economic Area."),
    ("which doctor did I see about my knee", "Health", "Dr. Osei treated the torn meniscus in May."),
    ("What was the name of that book about trees?", "Reading list", "The Overstory by Richard Powers, on forests."),
    ("how tall is it?", "Eiffel Tower", "The tower stands 330 metres high and was finished in 1889."),
    ("who founded the company?", "About Acme", "Acme was started in 1998 by Maria Gonzalez and Tom Ito."),
    ("recommend a present for Ben", "Friends", "Ben likes board games, craft beer and climbing."),
    ("What medication am I on?", "Health", "Takes 50 mg of levothyroxine each morning before breakfast."),
    (
        "how do I change a flat tyre on my bike",
        "Bicycle repair",
        "Remove the wheel, lever off the tire, patch the tube.",
    ),
    (
        "is this plant ok in the shade?",
        "Monstera",
        "Monstera deliciosa prefers bright indirect light, survives in dim rooms.",
    ),
    ("what time's my flight", "Itinerary", "LH 1814 departs Munich 07:25 and lands in Barcelona at 09:30."),
    ("Which hotel did you book?", "Itinerary", "Two nights at Casa Camper, Carrer d'Elisabets 11."),
    ("When do I have to pay the rent?", "Flat", "Rent of 940 euros is due on the third working day of the month."),
    ("can I paint the walls?", "Lease", "Tenants may decorate, but must restore white walls when moving out."),
    ("how do I make the tests pass on windows", "Contributing", "Set PYTHONUTF8=1 before running pytest on Windows."),
    ("the app crashes when I upload a photo", "Known issues", "Images over 20 MB make the uploader run out of memory."),
    ("What's our refund rate target?", "Goals for Q3", "Keep returns under 4 percent and reply within one hour."),
    ("who should I talk to about payroll?", "Contacts", "Salaries and taxes: Priya in finance, extension 214."),
    ("Tell me about black holes", "Astronomy notes", "A collapsed star whose gravity lets not even light escape."),
    ("how long do I boil an egg", "Cooking times", "Eggs: 6 minutes soft, 10 minutes hard. Pasta: 9 minutes."),
    (
        "what did the vet say?",
        "Pets",
        "Rex's check-up: slightly overweight; cut the treats, next vaccination in October.",
    ),
    (
        "I feel like running today",
        "Training plan",
        "Week 4: easy 5 km on Tuesday, intervals on Thursday, long run Sunday.",
    ),
    (
        "Which language should I learn for data science?",
        "Courses",
        "Python for analysis and statistics, beginners, 8 weeks.",
    ),
    ("is there a student discount", "Prices", "Standard ticket 18 euros, reduced for pupils and students 9 euros."),
    (
        "my screen is black after the update",
        "Troubleshooting",
        "No display after upgrading: boot in safe mode, reinstall the driver.",
    ),
    ("What do I need to renew my passport?", "Documents", "Old passport, biometric photo, 70 euros; takes four weeks."),
    ("Does Ada like jazz?", "Ada", "Listens to Miles Davis and Coltrane every evening."),
    ("where are my keys", "Notes", "Spare keys are with the neighbour, Mrs. Lindqvist, second floor."),
    ("what's a good restaurant near the office?", "Lunch", "Trattoria Nino on the corner does a 12 euro menu at noon."),
    ("When does the semester start?", "Academic calendar", "Lectures begin on 14 October and end on 7 February."),
]

SMALL_TALK = [  # no doc has anything to do with these
    "hi", "hello!", "thanks!", "ok", "cool", "lol", "good morning", "how are you?", "what's up", "see you tomorrow",
    "yes please", "no", "why?", "go on", "tell me a joke", "you're funny", "I'm bored", "sorry, my mistake",
    "can you say that again?", "what can you do?", "that's great, thank you so much", "hmm let me think",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A message, the chunks that answer it, all of the owner who has them, and owners with nothing on its subject."""

    message: str
    answers: Sequence[str]
    owned: Sequence[str]
    foreign: Sequence[Sequence[str]]


def chat_cases() -> list[Case]:
    texts = [embedding_text(title, "", text) for _, title, text in CHAT]
    asked = [
        Case(
            message,
            [texts[i]],
            texts,
            [[other for other, (_, about, _) in zip(texts, CHAT, strict=True) if about != title]],
        )
        for i, (message, title, _) in enumerate(CHAT)
    ]
    return asked + [Case(message, [], [], [texts]) for message in SMALL_TALK]


def passage_cases(data: Any, chance: random.Random) -> list[Case]:
    chunks = {name: _chunks(text) for name, text in data["corpora"].items()}
    pools = {name: chance.sample(own, min(N_POOL, len(own))) for name, own in chunks.items()}
    cases = []
    for asked in chance.sample(data["questions"], N_QUESTIONS):
        text, name = data["corpora"][asked["corpus"]], asked["corpus"]
        golden = ["".join(text[start:end].split()) for start, end in asked["spans"]]
        answers = [chunk for chunk in chunks[name] if any(_overlap("".join(chunk.split()), gold) for gold in golden)]
        foreign = [pool for other, pool in pools.items() if other != name]
        cases.append(Case(asked["question"], answers, chunks[name], foreign))
    return cases


def _overlap(chunk: str, gold: str) -> bool:
    """Whether the chunk holds the answer, or at least half of it."""
    half = max(len(gold) // 2, 1)
    return gold[:half] in chunk or gold[-half:] in chunk or gold in chunk


def claim_cases(data: Any, foreign: Sequence[Sequence[str]], chance: random.Random) -> list[Case]:
    docs = {doc["id"]: doc for doc in data["docs"]}
    test = data["splits"]["test"]
    cases = []
    for claim_id in chance.sample(sorted(test["queries"]), N_QUESTIONS):
        answers = []
        for doc_id in test["qrels"][claim_id]:
            title, text = docs[str(doc_id)]["title"], " ".join(docs[str(doc_id)]["sentences"])
            answers += _chunks(text, title)
        cases.append(Case(test["queries"][claim_id], answers, answers, foreign))
    return cases


def _chunks(text: str, title: str = "") -> list[str]:
    return [embedding_text(title, *chunk) for chunk in split(text, title)]


def measure(embedder: Embedder, cases: Sequence[Case], prefix: str) -> dict[str, list[float]]:
    """Return shares for each threshold: `kept` of the answers, `false` of the owners with nothing on the subject."""
    texts = sorted({text for case in cases for text in [*case.answers, *(t for pool in case.foreign for t in pool)]})
    row = {text: i for i, text in enumerate(texts)}
    chunks = _vectors(embedder, texts)
    messages = _vectors(embedder, [prefix + case.message for case in cases])
    right, wrong = [], []
    for case, message in zip(cases, messages, strict=True):
        similarities = chunks @ message
        if case.answers:
            right.append(max(similarities[row[text]] for text in case.answers))
        wrong += [max(similarities[row[text]] for text in pool) for pool in case.foreign]
    return _shares(right, wrong)


def measure_words(cases: Sequence[Case]) -> dict[str, list[float]]:
    """Return the same for the share of the message's words that a chunk has."""
    right, wrong = [], []
    for case in cases:
        if case.answers:
            shares = dict(zip(case.owned, _word_shares(case.message, case.owned), strict=True))
            right.append(max(shares[text] for text in case.answers))
        wrong += [max(_word_shares(case.message, pool)) for pool in case.foreign]
    return _shares(right, wrong)


def _shares(right: Sequence[float], wrong: Sequence[float]) -> dict[str, list[float]]:
    return {
        "kept": [round(float(np.mean(np.array(right) >= threshold)), 3) for threshold in THRESHOLDS],
        "false": [round(float(np.mean(np.array(wrong) >= threshold)), 3) for threshold in THRESHOLDS],
    }


def _word_shares(message: str, texts: Sequence[str]) -> Sequence[float]:
    words = telling_words(message)
    found = np.zeros((len(words), len(texts)), dtype=np.bool_)
    for i, word in enumerate(words):
        query = expression([word], own=["x"], columns="content")
        rows = _index(texts).execute("select rowid from texts where texts match ?", (query,)).fetchall()
        found[i, [row for (row,) in rows]] = True
    shares: Sequence[float] = (ranking.word_weights(found.sum(axis=1), len(texts)) @ found).tolist()
    return shares


_indexes: dict[int, tuple[Any, Sequence[str]]] = {}


def _index(texts: Sequence[str]) -> Any:
    if id(texts) not in _indexes:  # the texts are kept, so that no others get their id
        db = sqlite.connect(":memory:")
        db.execute(
            "create virtual table texts using fts5 (own, content, tokenize='porter unicode61 remove_diacritics 2')"
        )
        db.executemany("insert into texts (rowid, own, content) values (?, 'x', ?)", enumerate(texts))
        _indexes[id(texts)] = db, texts
    return _indexes[id(texts)][0]


_known: dict[tuple[str, str], Any] = {}


def _vectors(embedder: Embedder, texts: Sequence[str]) -> Any:
    new = [text for text in dict.fromkeys(texts) if (embedder.name, text) not in _known]
    for text, vector in zip(new, embedder.embed(new) if new else [], strict=True):
        _known[embedder.name, text] = vector
    return np.stack([_known[embedder.name, text] for text in texts])


def main(folder: Path | None) -> None:
    chance = random.Random(7)
    sets = {"chat": chat_cases()}
    if folder is not None and (folder / "chunking_eval.json.gz").exists():
        passages = _read(folder / "chunking_eval.json.gz")
        sets["passages"] = passage_cases(passages, chance)
        if (folder / "scifact.json.gz").exists():
            # other subjects than science
            others = [_chunks(passages["corpora"][name]) for name in ("state_of_the_union", "chatlogs")]
            foreign = [chance.sample(chunks, N_POOL) for chunks in others]
            sets["claims"] = claim_cases(_read(folder / "scifact.json.gz"), foreign, chance)
    result: dict[str, Any] = {"question": "recall threshold", "thresholds": THRESHOLDS, "sets": {}}
    for embedder in (find_embedder(None), HashEmbedder()):
        print(f"\n{embedder.name}, threshold in use {embedder.relevance_threshold:.2f}")
        print(f"{'share at threshold':34}" + "".join(f"{threshold:7.2f}" for threshold in THRESHOLDS))
        for name, cases in sets.items():
            for shown, prefix in PREFIXES.items():
                shares = measure(embedder, cases, prefix)
                result["sets"][f"{embedder.name} {name} {shown}"] = {"n": len(cases), **shares}
                _print(f"{name}, {shown}", shares)
    print(f"\nshare of the words, threshold in use {ranking.RELEVANT_WORDS:.2f}")
    for name, cases in sets.items():
        shares = measure_words(cases)
        result["sets"][f"words {name}"] = {"n": len(cases), **shares}
        _print(name, shares)
    print(json.dumps(result))


def _print(name: str, shares: dict[str, list[float]]) -> None:
    for which, values in shares.items():
        print(f"{name + ', ' + which:34}" + "".join(f"{value:7.2f}" for value in values))


def _read(file: Path) -> Any:
    with gzip.open(file) as content:
        return json.load(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
