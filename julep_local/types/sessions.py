"""Sessions: an agent and perhaps a user in one situation."""

from typing import Optional

from julep_local.types._base import OpenRecord, Record, Timestamp
from julep_local.types._enums import Order, SortBy


class SessionMetadata(OpenRecord):
    """What the caller keeps with a session."""


class CreateSessionRequestMetadata(OpenRecord):
    """What the caller keeps with a new session."""


class UpdateSessionRequestMetadata(OpenRecord):
    """What replaces a session's metadata."""


class PatchSessionRequestMetadata(OpenRecord):
    """What is merged into a session's metadata."""


class Session(Record):
    """An agent and perhaps a user in one situation."""

    id: str
    user_id: Optional[str] = None
    agent_id: str
    situation: Optional[str] = None
    summary: Optional[str] = None
    """What the turns said that no longer fit into the prompt; None until there are such."""
    created_at: Optional[Timestamp] = None
    updated_at: Optional[Timestamp] = None
    metadata: Optional[SessionMetadata] = None
    render_templates: Optional[bool] = None
    """Whether situation, about, instructions and system messages are jinja2 templates."""
    jobs: Optional[list[str]] = None


class ListSessionsRequestOrder(Order):
    """In which order sessions are listed."""

    ASC = "asc"
    DESC = "desc"


class ListSessionsRequestSortBy(SortBy):
    """What sessions are listed by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


class ListSessionsResponse(Record):
    """A page of sessions."""

    items: list[Session]
