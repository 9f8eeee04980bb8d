"""What `client.agents.export` does: one agent, with all that is its own, leaves for a file."""

import contextlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Literal

from julep_local import progress
from julep_local._mirror import stop_requested
from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.errors import Cancelled, NotFound
from julep_local.managers._agent_file import AgentFileWriter
from julep_local.store import agents, portable
from julep_local.store.database import Database
from julep_local.types.exports import AgentExport

Progress = Callable[[int, int], object]
"""Told how many rows are done, and of how many."""
REPORT_EACH = 200


class Steps:
    """Counts rows, tells how far it is, and stops when the caller has gone away."""

    def __init__(self, n_rows: int, on_progress: Progress | None, what: str) -> None:
        self._n_done, self._n_rows, self._tell, self._what = 0, n_rows, on_progress, what

    def step(self) -> None:
        """Say that one more row is done.

        Raises:
            Cancelled: the caller has gone away.
        """
        self._n_done += 1
        if self._n_done % REPORT_EACH and self._n_done != self._n_rows:
            return
        if stop_requested():
            raise Cancelled(f"the {self._what} was cancelled; nothing of it was kept")
        if self._tell is not None:
            self._tell(self._n_done, self._n_rows)


@contextlib.contextmanager
def steps_of(
    what: Literal["export", "import"], path: Path, n_rows: int, on_progress: Progress | None, db: Database
) -> Generator[Steps, None, None]:
    """Count rows, and tell who was given for it and whoever listens."""
    with progress.doing(what, str(path), total=n_rows, unit="rows", owner=db) as work:

        def tell(n_done: int, n_rows: int) -> None:
            work.at(n_done, n_rows)
            if on_progress is not None:
                on_progress(n_done, n_rows)

        yield Steps(n_rows, tell, what)


def exported(api: JulepApi, agent_id: str, path: Path, on_progress: Progress | None) -> AgentExport:
    """Write the agent's file, as of one moment.

    Raises:
        NotFound: there is no such agent.
        Conflict: there is something at the path.
        Cancelled: the caller has gone away.
    """
    db = runtime_of(api).db
    with db.snapshot():
        if agents.get(db, agent_id) is None:
            raise NotFound("agent", agent_id)
        n_rows = portable.counts(db, agent_id)
        with (
            steps_of("export", path, sum(n_rows.values()), on_progress, db) as steps,
            AgentFileWriter(path, agent_id) as file,
        ):
            for kind in portable.KINDS:
                file.write(kind, portable.rows(db, kind, agent_id), steps.step)
    n_rows.pop("agents")
    return AgentExport(
        agent_id=agent_id, path=str(path), n_rows=n_rows, n_bytes=path.stat().st_size, digest=file.digest
    )
