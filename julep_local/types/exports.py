"""An agent in a file of its own."""

from julep_local.types._base import Record


class AgentExport(Record):
    """What was written of an agent."""

    agent_id: str
    path: str
    n_rows: dict[str, int]
    """By kind: `tools`, `docs`, `users`, `sessions`, `messages` and so on."""
    n_bytes: int
    digest: str
    """SHA-256 over all rows as they were written: equal if and only if these are."""


class AgentImport(Record):
    """What was read of an agent."""

    agent_id: str
    """Another than in the file if new ids were asked for."""
    n_rows: dict[str, int]
    """By kind; of users, those that were added."""
    users_kept: list[str]
    """Ids of users that were here already, and stayed as they were."""
    digest: str
    """As in the file; `AgentExport.digest`."""
    jobs: list[str]
    """Ids of the jobs that embed its docs."""
