"""A store with an agent and a user, and the real embedding model, loaded once."""

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from julep_local.recall.chunks import split
from julep_local.recall.embeddings import Embedder, SentenceTransformerEmbedder, find_embedder
from julep_local.store import agents, docs, users
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder
from julep_local.types import Agent, Doc, User

NOW = datetime(2024, 5, 17, tzinfo=timezone.utc)
ADA, BOB, BEN = (
    "aaaaaaaa-0000-4000-8000-000000000001",
    "aaaaaaaa-0000-4000-8000-000000000002",
    "bbbbbbbb-0000-4000-8000-1",
)

AddDoc = Callable[..., str]


class CountingEmbedder(HashEmbedder):
    """A `HashEmbedder` that keeps what it embedded, and may do something in between."""

    def __init__(self, n_dims: int = 256, name: str | None = None) -> None:
        super().__init__(n_dims)
        self.name = name or self.name
        self.seen: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def embed(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        self.meanwhile()
        return super().embed(texts)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


def never() -> Embedder:
    pytest.fail("the embedder was asked for")


def contents(found: Sequence[Any]) -> list[str]:
    return [getattr(hit, "content", None) or hit.memory.content for hit in found]


@pytest.fixture(scope="session")
def minilm() -> Iterator[SentenceTransformerEmbedder]:
    embedder = find_embedder(None)
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def word_pieces(minilm: SentenceTransformerEmbedder) -> Callable[[str], int]:
    """How many pieces the model makes of a text, start and end included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids)


@pytest.fixture
def db(tmp_path: Path, blank: Path) -> Iterator[Database]:
    """A store with the agents Ada and Bob and the user Ben, who have no docs and no memories."""
    shutil.copyfile(blank, tmp_path / "julep.db")
    database = Database(str(tmp_path / "julep.db"))
    with database.transaction():
        for agent_id, name in ((ADA, "Ada"), (BOB, "Bob")):
            agents.add(
                database,
                Agent(id=agent_id, name=name, about="", model="m", instructions=[], created_at=NOW, updated_at=NOW),
            )
        users.add(database, User(id=BEN, name="Ben", about="", created_at=NOW, updated_at=NOW))
    yield database
    database.close()


@pytest.fixture
def add_doc(db: Database) -> AddDoc:
    """Give an agent or user a doc that no embedder has seen yet, and return its id."""

    def add(
        title: str, content: str | Sequence[str], *, agent_id: str | None = None, user_id: str | None = None
    ) -> str:
        doc_id = str(uuid.uuid4())
        kept = content if isinstance(content, str) else list(content)
        doc = Doc(id=doc_id, title=title, content=kept, created_at=NOW, agent_id=agent_id, user_id=user_id)
        with db.transaction():
            docs.add(db, doc, split(kept, title))
        return doc_id

    return add
