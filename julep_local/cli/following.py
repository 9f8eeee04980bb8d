"""Waiting for jobs, with a bar that shows how far they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from julep_local.cli.command import Cli

if TYPE_CHECKING:
    from julep_local.types import JobStatus

LOOK_S = 0.2


def follow(cli: Cli, jobs: Sequence[str]) -> "list[JobStatus]":
    """Wait until jobs that embed have ended, however long it takes, and return them."""
    client = cli.client
    if not jobs:
        return []
    with cli.out.bar("embedding", 100) as bar:
        while True:
            try:
                return client.jobs.wait(jobs, timeout=LOOK_S)
            except TimeoutError:
                bar.at(max(each.progress or 0 for each in map(client.jobs.get, jobs)))


def not_succeeded(cli: Cli, jobs: "Sequence[JobStatus]") -> bool:
    """Say which jobs did not succeed, and whether there are any."""
    failed = [each for each in jobs if each.state.value != "succeeded"]
    for job in failed:
        cli.out.note(f"not embedded yet, so words alone find them: {job.reason or job.state.value}")
    return bool(failed)
