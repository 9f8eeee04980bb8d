"""`julep-local jobs`: work in the background, which every command that opens the file goes on with."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from julep_local.cli.command import Cli, Failed, command, new_group
from julep_local.cli.names import every, job_with_id
from julep_local.cli.options import Limit, Offset

if TYPE_CHECKING:
    from julep_local.types import JobStatus

app = new_group("Work in the background.")

Job_ = Annotated[str, typer.Argument(help="Id, or the beginning of it.", metavar="JOB")]
UNDER_WAY = ("pending", "in_progress", "retrying")


@command(app, "list")
def list_jobs(cli: Cli, limit: Limit = 20, offset: Offset = 0) -> None:
    """List jobs, the newest first."""
    jobs = cli.client.jobs.list(limit=limit, offset=offset)
    rows = (
        [cli.out.id(each.id), each.state.value, each.name, cli.out.time(each.created_at), each.reason or ""]
        for each in jobs
    )
    cli.out.records(jobs, ["id", "state", "what", "begun", "why"], rows, if_none="no jobs")


@command(app)
def show(cli: Cli, job: Job_) -> None:
    """Show one job."""
    _show(cli, job_with_id(cli.client, job))


@command(app)
def wait(
    cli: Cli,
    jobs: Annotated[Optional[list[str]], typer.Argument(help="Ids; all that are under way if none.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Wait at most so many seconds.", min=0)] = 600,
) -> None:
    """Wait until jobs have ended, doing what no other program does of them. Exit code 1: one of them failed."""
    client = cli.client
    if jobs:
        wanted = [job_with_id(client, each).id for each in jobs]
    else:
        wanted = [each.id for each in every(client.jobs.list) if each.state.value in UNDER_WAY]
    with cli.out.busy(f"waiting for {len(wanted)} jobs"):
        ended = client.jobs.wait(wanted, timeout=timeout)
    failed = [each for each in ended if each.state.value == "failed"]
    rows = ([cli.out.id(each.id), each.state.value, each.name, each.reason or ""] for each in ended)
    cli.out.records(ended, ["id", "state", "what", "why"], rows, if_none="no jobs are under way")
    if failed:
        raise Failed(f"{len(failed)} of {len(ended)} jobs failed")


def _show(cli: Cli, job: "JobStatus") -> None:
    cli.out.fields(
        job,
        {
            "id": job.id,
            "what": job.name,
            "state": job.state.value,
            "why": job.reason,
            "progress": None if job.progress is None else f"{job.progress:.0f} %",
            "begun": cli.out.time(job.created_at),
            "changed": cli.out.time(job.updated_at),
        },
    )
