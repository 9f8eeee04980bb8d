"""Memories: short statements about a user, formed from past turns."""

from typing import Literal, Optional

from julep_local.types._base import OpenRecord, Record, Timestamp

MemoryState = Literal["current", "superseded", "retracted"]
"""`superseded` by one that is true since then; `retracted`: what it was formed from was taken back."""
MemoryTier = Literal["given", "rules", "small", "capable"]
"""What formed it: the caller or a person, rules, a small chat model with rules, or a capable chat model."""


class MemoryEntitiesItem(OpenRecord):
    """Someone or something that a memory mentions."""


class Memory(Record):
    """What an agent knows about a user from past turns."""

    agent_id: str
    user_id: str
    content: str
    """The statement, with the name of who said it in front: `Bo: My dog is called Biscuit.`"""
    created_at: Timestamp
    last_accessed_at: Optional[Timestamp] = None
    """When it was last recalled."""
    timestamp: Optional[Timestamp] = None
    """When that happened which it tells of; if it does not say, when it was said."""
    sentiment: Optional[float] = None
    """From -1, bad, to 1, good; None if its words say neither."""
    id: str
    entities: list[MemoryEntitiesItem]

    sources: list[str] = []
    """Ids of the messages that say so, oldest first; they may be deleted by now."""
    state: MemoryState = "current"
    """Only what is current is recalled."""
    valid_until: Optional[Timestamp] = None
    """When it stopped being current."""
    superseded_by: Optional[str] = None
    """Id of the memory that is true since then."""
    importance: float = 0.5
    """From 0, small talk, to 1, what must not be forgotten."""
    tier: MemoryTier = "given"
    model: Optional[str] = None
    """The chat model that formed it, if one did."""
    prompt_hash: Optional[str] = None
    """SHA-256 of what that model was asked."""


class GetAgentMemoriesResponse(Record):
    """A page of an agent's memories."""

    items: Optional[list[Memory]] = None


class CreateMemory(Record):
    """A memory to be, given by the caller."""

    content: str
    """The statement, without a name in front."""
    speaker: Optional[str] = None
    """Who said it; the memory's content then begins with the name."""
    timestamp: Optional[Timestamp] = None
    """When it happened; now if not given."""
    importance: float = 0.5
    """From 0, small talk, to 1, what must not be forgotten."""


class MemoryHit(Record):
    """A memory that a search has found."""

    memory: Memory
    score: float
    """What it was ranked by, the sum of its parts; higher is better."""
    parts: dict[str, float]
    """What each part adds: `meaning`, `words`, `speaker`, `answer`, `question`, `date`, `importance`, `recency`."""
    similarity: Optional[float] = None
    """Cosine similarity to the query, 1 same to -1 opposite; None if it has no vector (yet)."""
    matched_words: list[str]
    """The words of the query that stand in it."""
    is_relevant: bool
    """Whether a turn would be shown it."""


class MemorySource(Record):
    """A message that a memory was formed from."""

    message_id: str
    session_id: Optional[str] = None
    """None if the message was deleted."""
    role: Optional[str] = None
    content: Optional[str] = None
    """Its text; None if the message was deleted."""
    created_at: Optional[Timestamp] = None


class MemoryVerdict(Record):
    """What one of the gates said of a memory, before it was stored."""

    gate: str
    """`kind`, `secret`, `instruction`, `echo`, `support`, `duplicate`; `edited` if a person changed it since."""
    passed: bool
    reason: str


class MemoryExplanation(Record):
    """Why an agent remembers something."""

    memory: Memory
    sources: list[MemorySource]
    """The messages that say so, oldest first."""
    said_before: Optional[str] = None
    """What was said right before, by which it is found as well."""
    said_at: Timestamp
    """When it was said last."""
    about: Optional[str] = None
    """What it is about: a newer memory about the same supersedes it."""
    verdicts: list[MemoryVerdict]
    supersedes: list[Memory]
    """What it took the place of."""
    superseded_by: Optional[Memory] = None


class ForgetReceipt(Record):
    """What was removed of a user, and what a search found of it afterwards."""

    user_id: str
    agent_id: Optional[str] = None
    """None: all agents have forgotten."""
    n_memories: int
    n_vectors: int
    n_jobs: int
    """Jobs under way or waiting that would have formed memories of this user."""
    n_rows_left: int
    """Rows of memories, vectors, sources and index entries that a count found afterwards: 0."""
    n_ids_left: Optional[int] = None
    """How many of the memories' ids still stand somewhere in the bytes of the file or its log: 0. None if nobody
    looked."""


class MemoryReplay(Record):
    """Memories formed anew from the history, beside those that count."""

    id: str
    agent_id: str
    user_id: Optional[str] = None
    tier: MemoryTier
    job: str
    """Id of the job that forms them."""


class MemoryComparison(Record):
    """What would change if a replay took the place of the memories that count."""

    kept: list[Memory]
    """The replay's memories that say what one of today's says."""
    added: list[Memory]
    removed: list[Memory]
    """Today's memories that the replay has not; those of deleted history, and those a person gave or changed, stay."""
