"""G2 to G5: metadata filters, search texts, vectors and sizes, each against what must come out.

Without hypothesis, whose shrinking is not needed here: a seed says how to repeat a case.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from julep_local import Client
from julep_local.errors import ApiError, InvalidInput
from julep_local.store import docs
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel

from .patience import allowed
from .row import Row, Tier

N_FILTERS: dict[Tier, int] = {"P": 200, "N": 10_000, "R": 50_000}
N_TEXTS: dict[Tier, int] = {"P": 60, "N": 2_000, "R": 20_000}
LONGEST_SEARCH_S, LONGEST_PAGE_S = 0.2, 0.05


def client(**given: Any) -> Client:
    """Return a client on no file, the same in each run."""
    model = ScriptedModel(lambda prompt: "ok")
    given = {
        "path": ":memory:",
        "model": model,
        "embedder": HashEmbedder(16),
        "deterministic": Deterministic(1),
        **given,
    }
    return Client(**given)


# -- G2: metadata filters

KEYS = ["a", "b", "a.b", "$", "$.a", 'x"y', "x'y", "", " ", "[0]", "#", "a[0]", "ключ", "\\", "\n", "null", "%", "a\tb"]


def value(draw: random.Random, depth: int = 0) -> Any:
    """Return any JSON value, small ones often."""
    kind = draw.randrange(9 if depth < 3 else 7)
    if kind == 0:
        return None
    if kind == 1:
        return draw.choice([True, False])
    if kind == 2:
        return draw.choice([0, 1, -1, 2, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)])
    if kind == 3:
        return draw.choice([0.0, 1.0, -0.0, 0.1, 1e300, 2.0**53, 1.5])
    if kind in (4, 5, 6):
        return draw.choice(
            ["", "1", "true", "null", "a", "A", "ä", "a\u0308", "'", '"', "%", "\\u0000", "{}", "[]", " a"]
        )
    if kind == 7:
        return [value(draw, depth + 1) for _ in range(draw.randrange(3))]
    return {draw.choice(KEYS): value(draw, depth + 1) for _ in range(draw.randrange(3))}


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: numbers by what they are worth, and neither true nor false is a number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    is_number = isinstance(one, int | float) and isinstance(other, int | float)
    return (is_number or type(one) is type(other)) and one == other


def metadata(draw: random.Random) -> dict[str, Any]:
    """Return a small object."""
    return {draw.choice(KEYS): value(draw) for _ in range(draw.randrange(4))}


def g2(n_pairs: int, seed: int) -> Row:
    """Compare filters with the oracle, on the docs of one owner beside those of another."""
    draw, failures = random.Random(seed), list[str]()
    n_done = 0
    while n_done < n_pairs:
        with client() as opened:
            owners = [opened.agents.create(name="A"), opened.agents.create(name="B")]
            stored = []
            for i in range(24):
                held = metadata(draw)
                doc = {"title": "t", "content": "c", "metadata": held}
                stored.append((opened.docs.create(agent_id=owners[i % 2].id, doc=doc).id, i % 2, held))
            for _ in range(100):
                n_done += 1
                wanted = _filter(draw, [held for _, _, held in stored])
                expected = {
                    doc_id
                    for doc_id, whose, held in stored
                    if whose == 0 and all(key in held and same(held[key], wanted[key]) for key in wanted)
                }
                try:
                    found = opened.docs.list(agent_id=owners[0].id, metadata_filter=wanted, limit=100)
                    searched = opened.docs.search("c", agent_id=owners[0].id, metadata_filter=wanted, limit=100)
                except Exception as error:
                    failures.append(f"seed {seed}: {json.dumps(wanted)}: {error!r}")
                    continue
                if {doc.id for doc in found} != expected or {hit.doc_id for hit in searched} != expected:
                    failures.append(f"seed {seed}: {json.dumps(wanted)}")
    return Row("metadata filters against a Python oracle", n_done, failures)


def _filter(draw: random.Random, held: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a filter: often one that something fits, or nearly."""
    base = dict(draw.choice(held)) if draw.random() < 0.7 else metadata(draw)
    for key in list(base):
        if draw.random() < 0.4:
            del base[key]
        elif draw.random() < 0.2:
            base[key] = value(draw)
    return base


# -- G3: search texts

PIECES = [
    "ferry",
    '"',
    "'",
    "*",
    "(",
    ")",
    "AND",
    "OR",
    "NOT",
    "NEAR(a b, 3)",
    "^",
    ":",
    "own : x",
    "{a b} : c",
    "-",
    "+",
    "a*",
    "--",
    ";",
    "\\",
    "/*",
    "\n",
    "\t",
    "\u200b",
    "\u202e",
    "é",
    "e\u0301",
    "日本語",
    "🛥️",
    "👩‍👩‍👧",
    "ﬀ",
    "\ufeff",
    "%",
    "_",
    "?1",
    ":x",
    "@x",
    "$x",
    "#",
    "0x",
    "1e999",
    "NaN",
    "''''",
    '""""',
    "a" * 500,
    "ÿ",
    "\x01",
    "\x7f",
    "\x85",
    "{{",
    "}}",
    "{% raw %}",
    "<|im_end|>",
]


def g3(n_texts: int, seed: int) -> Row:
    """Search with odd texts: each finds or finds nothing, within its time."""
    draw, failures = random.Random(seed), list[str]()
    with client() as opened:
        db = opened._api_client._runtime.db
        agent, user = opened.agents.create(name="A"), opened.users.create(name="B", about="")
        for i in range(200):
            content = f"The ferry number {i} leaves at nine, {draw.choice(PIECES)}."
            opened.docs.create(agent_id=agent.id, doc={"title": "Ferry", "content": content})
        said = [{"content": f"likes ferry {i}, {draw.choice(PIECES)}"} for i in range(50)]
        opened.memories.add_all(agent_id=agent.id, user_id=user.id, memories=said)
        asked: dict[str, Callable[[str], Any]] = {
            "docs": lambda text: opened.docs.search(text, agent_id=agent.id),
            "memories": lambda text: opened.memories.search(text, agent_id=agent.id, user_id=user.id),
            "the index": lambda text: docs.word_scores(db, text, owner_id=agent.id),
            "listed": lambda text: opened.memories.list(agent_id=agent.id, query=text),
        }
        for i in range(n_texts):
            text = draw.choice(["", " "]).join(draw.choice(PIECES) for _ in range(draw.choice([1, 1, 2, 3, 8, 60])))
            for where, search in asked.items():
                began = time.thread_time()
                try:
                    search(text)
                except InvalidInput:
                    if text.strip() and "\0" not in text:
                        failures.append(f"seed {seed}, {where} {i}: refused {text[:80]!r}")
                except Exception as error:
                    failures.append(f"seed {seed}, {where} {i}: {text[:80]!r}: {error!r}")
                if time.thread_time() - began > allowed(LONGEST_SEARCH_S):
                    failures.append(f"seed {seed}, {where} {i}: {text[:80]!r} took {time.thread_time() - began:.2f} s")
    return Row("odd search texts, in docs and memories", n_texts, failures)


# -- G4: vectors


class Spoiled:
    """An embedder that gives what no search may meet."""

    is_instant = True
    name, n_dims = "spoiled", 16

    def __init__(self, spoil: Callable[[np.ndarray], Any]) -> None:
        self._good, self._spoil = HashEmbedder(16), spoil

    def embed(self, texts: Any) -> Any:
        """Return rows, spoiled."""
        return self._spoil(self._good.embed(texts))

    def close(self) -> None:
        """Do nothing."""


def _with(rows: np.ndarray, given: float) -> np.ndarray:
    rows = rows.copy()
    rows[:, 3] = given
    return rows


SPOILED: dict[str, Callable[[np.ndarray], Any]] = {
    "NaN": lambda rows: _with(rows, np.nan),
    "infinity": lambda rows: _with(rows, np.inf),
    "minus infinity": lambda rows: _with(rows, -np.inf),
    "zero": lambda rows: rows * 0,
    "too long": lambda rows: np.hstack([rows, rows]),
    "too short": lambda rows: rows[:, :5],
    "one too few": lambda rows: rows[:-1],
    "not of unit length": lambda rows: rows * 7,
    "no matrix": lambda rows: rows.ravel(),
    "huge": lambda rows: rows * np.float32(1e38),
    "text": lambda rows: [["a"] * 16 for _ in rows],
    "None": lambda rows: None,
    "objects": lambda rows: rows.astype(object),
    "whole numbers": lambda rows: (rows * 100).astype(np.int8),
    "complex": lambda rows: rows.astype(np.complex64) * 1j,
}


def g4() -> Row:
    """Store and search with each: no vector of them is stored, words still find, nothing untyped is raised."""
    failures: list[str] = []
    n_done = 0
    for name, spoil in SPOILED.items():
        with client(embedder=Spoiled(spoil)) as opened:
            for what, attempt in _embeddings(opened):
                n_done += 1
                try:
                    attempt()
                except ApiError:
                    pass
                except Exception as error:
                    failures.append(f"{name}, {what}: {error!r}")
            failures += [f"{name}: stored {row}" for row in _bad_vectors(opened)]
    return Row("vectors that are none refused before they are stored", n_done, failures)


def _embeddings(opened: Client) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what embeds: a doc, a memory, a query."""
    agent, user = opened.agents.create(name="A"), opened.users.create(name="B", about="")
    yield "doc", lambda: opened.docs.create(agent_id=agent.id, doc={"title": "t", "content": "ferry"})
    yield "memory", lambda: opened.memories.add(agent_id=agent.id, user_id=user.id, content="likes ferries")
    yield "query", lambda: opened.docs.search("ferry", agent_id=agent.id)


def _bad_vectors(opened: Client) -> Iterator[str]:
    db = opened._api_client._runtime.db
    for sql in ("select embeddings as b from chunk_vectors", "select embedding as b from memory_vectors"):
        for row in db.query(sql):
            rows = np.frombuffer(row["b"], dtype=np.float16).astype(np.float32)
            lengths = np.sqrt((rows.reshape(-1, 16) ** 2).sum(axis=1)) if len(rows) % 16 == 0 else np.array([np.nan])
            if not np.all(np.abs(lengths - 1) < 0.01):
                yield f"{sql}: {lengths}"


# -- G5: sizes


def g5(scale: float) -> Row:
    """Store what is too much or very much: it works, or is refused with a type; a page of it takes no longer."""
    from julep_local.store import agents, messages
    from julep_local.types import ChatMlMessage

    failures: list[str] = []
    with client(deterministic=None) as opened:
        db = opened._api_client._runtime.db
        agent = opened.agents.create(name="A")
        session = opened.sessions.create(agent_id=agent.id)
        too_long = {"role": "user", "content": "a" * 10_000_000}
        try:
            opened.sessions.chat(session_id=session.id, messages=[too_long])
            failures.append("a turn of 10 MB was taken")
        except InvalidInput:
            pass
        large = {"a": "x" * 1_000_000}
        made = opened.users.create(name="B", about="", metadata=large)
        if dict(opened.users.get(made.id).metadata or {}) != large:
            failures.append("metadata of 1 MB came back as something else")
        n_turns, n_agents = int(100_000 * scale), int(10_000 * scale)
        for begin in range(0, n_turns, 5_000):
            with db.transaction():
                for _ in range(begin, min(begin + 5_000, n_turns)):
                    said = [
                        ChatMlMessage(id=db.stamps.new_id(), role=role, content="hello", created_at=db.stamps.now())
                        for role in ("user", "assistant")
                    ]
                    messages.append(db, session.id, db.stamps.new_id(), said)
        with db.transaction():
            for _ in range(n_agents):
                agents.add(db, agent.model_copy(update={"id": db.stamps.new_id()}))
        pages: dict[str, Callable[[], Any]] = {
            "the first page of history": lambda: opened.sessions.history(session_id=session.id, limit=100),
            "the last page of history": lambda: opened.sessions.history(
                session_id=session.id, limit=100, offset=2 * n_turns - 100
            ),
            "the first page of agents": lambda: opened.agents.list(limit=100),
            "the last page of agents": lambda: opened.agents.list(limit=100, offset=n_agents - 99),
        }
        for what, page in pages.items():
            page()
            began = time.thread_time()
            n_rows = len(page())
            took = time.thread_time() - began
            if n_rows != 100:
                failures.append(f"{what} has {n_rows} rows")
            if took > allowed(LONGEST_PAGE_S):
                failures.append(f"{what} took {1000 * took:.0f} ms")
        answer = opened.sessions.chat(
            session_id=session.id, messages=[{"role": "user", "content": "hi"}], remember=False
        )
        if answer.response[0][0].content != "ok":
            failures.append("a session of so many turns does not answer")
    return Row(f"sizes: 10 MB, 1 MB of metadata, {n_turns:,} turns, {n_agents:,} agents", 3 + len(pages), failures)


def run(tier: Tier) -> list[Row]:
    """Run all four."""
    seed = 1 if tier == "P" else random.SystemRandom().randrange(2**32)
    return [
        g2(N_FILTERS[tier], seed),
        g3(N_TEXTS[tier], seed),
        g4(),
        g5(0.02 if tier == "P" else 1.0),
    ]
