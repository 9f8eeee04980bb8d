"""Docs: texts that an agent or a user can be asked about."""

from typing import Optional, Union

from julep_local.types._base import OpenRecord, Record, Timestamp
from julep_local.types._enums import Order, SortBy

DocContent = Union[list[str], str]
CreateDocContent = Union[list[str], str]


class DocMetadata(OpenRecord):
    """What the caller keeps with a doc."""


class CreateDocMetadata(OpenRecord):
    """What the caller keeps with a new doc."""


class CreateDoc(Record):
    """A doc to be."""

    title: str
    content: CreateDocContent
    """A text, or its chunks in reading order."""
    metadata: Optional[CreateDocMetadata] = None


class Doc(Record):
    """A text that an agent or a user can be asked about."""

    title: str
    content: DocContent
    """As it was given: a text, or its chunks in reading order."""
    id: str
    created_at: Timestamp
    metadata: Optional[DocMetadata] = None
    agent_id: Optional[str] = None
    """The owner, if it is an agent."""
    user_id: Optional[str] = None
    """The owner, if it is a user."""
    jobs: Optional[list[str]] = None
    """Ids of the background work that creating it started; only in the manager's answer."""


class DocHit(Record):
    """A chunk of a doc that a search has found."""

    doc_id: str
    """Of the doc, for `client.docs.get`."""
    title: str
    metadata: Optional[DocMetadata] = None
    agent_id: Optional[str] = None
    """The owner, if it is an agent."""
    user_id: Optional[str] = None
    """The owner, if it is a user."""
    chunk: str
    """The text that was found."""
    heading: Optional[str] = None
    """The headings above it, outermost first: "Guide > Install"."""
    position: int
    """Which chunk of the doc it is, from 0."""
    score: float
    """What it was ranked by: half its similarity and its neighbours', half its words. Higher is better, 1 at most."""
    similarity: Optional[float] = None
    """Cosine similarity to the query, 1 same to -1 opposite; None if it has no vector (yet)."""
    words_score: float
    """How well the words fit, from 0 to 1, which is the chunk that fits best."""
    matched_words: list[str]
    """The words of the query that stand in title, headings or text."""
    is_relevant: bool
    """Whether a turn would be shown it."""


class GetAgentDocsRequestOrder(Order):
    """In which order an agent's docs are listed."""

    ASC = "asc"
    DESC = "desc"


class GetAgentDocsRequestSortBy(SortBy):
    """What an agent's docs are listed by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class GetAgentDocsResponse(Record):
    """A page of an agent's docs."""

    items: Optional[list[Doc]] = None


class GetUserDocsRequestOrder(Order):
    """In which order a user's docs are listed."""

    ASC = "asc"
    DESC = "desc"


class GetUserDocsRequestSortBy(SortBy):
    """What a user's docs are listed by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class GetUserDocsResponse(Record):
    """A page of a user's docs."""

    items: Optional[list[Doc]] = None
