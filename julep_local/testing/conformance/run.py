"""Runs the cases on a client, and says what came of them: a report, a comparison of two, a table of what works."""

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from julep_local.testing.conformance.case import Case, Mismatch
from julep_local.testing.conformance.cases import CASES
from julep_local.testing.conformance.world import World


@dataclass(frozen=True)
class Outcome:
    """What came of one case."""

    case: Case
    passed: bool
    message: str = ""
    """What went wrong."""
    transcript: Sequence[Mapping[str, Any]] = ()
    """All calls with what came of them, as JSON values with names in place of ids and times."""


@dataclass(frozen=True)
class Report:
    """What came of all cases."""

    outcomes: Sequence[Outcome]
    left_out: Sequence[Case] = field(default_factory=tuple)
    """Cases that were not run: they need a `Parrot`, or more than the SDK offers."""

    @property
    def failures(self) -> list[Outcome]:
        """The cases that do not hold."""
        return [outcome for outcome in self.outcomes if not outcome.passed]

    def __str__(self) -> str:
        lines = [f"FAILED {outcome.case.id}\n       {outcome.message}" for outcome in self.failures]
        n_passed = len(self.outcomes) - len(lines)
        left_out = f", {len(self.left_out)} left out" if self.left_out else ""
        return "\n".join([*lines, f"{n_passed} passed, {len(lines)} failed{left_out}"])


def run(
    make_client: Callable[[], Any],
    *,
    cases: Iterable[Case] = CASES,
    with_model: bool = True,
    beyond_sdk: bool = True,
) -> Report:
    """Run the cases on a client, one after the other, on one database.

    Args:
        make_client: returns the client, with JulepApi's methods, blocking or async. It is closed at the end.
        cases: which.
        with_model: the model behind it is a `Parrot`; without one the cases that need it are left out.
        beyond_sdk: also those that the released SDK's own client cannot ask for.
    """
    wanted: list[Case] = []
    left_out: list[Case] = []
    for case in cases:
        can_run = (with_model or not case.needs_model) and (beyond_sdk or not case.beyond_sdk)
        (wanted if can_run else left_out).append(case)
    loop = asyncio.new_event_loop()
    try:
        client = make_client()
        try:
            return Report([_outcome(case, World(client, loop)) for case in wanted], left_out)
        finally:
            _close(client, loop)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _outcome(case: Case, world: World) -> Outcome:
    try:
        case.check(world)
    except Mismatch as error:
        return Outcome(case, False, str(error), world.transcript)
    except Exception as error:  # whatever another implementation raises is what came of it
        return Outcome(case, False, "".join(traceback.format_exception_only(error)).strip(), world.transcript)
    return Outcome(case, True, transcript=world.transcript)


def _close(client: Any, loop: asyncio.AbstractEventLoop) -> None:
    for name in ("aclose", "close"):
        if hasattr(client, name):
            closed = getattr(client, name)()
            if inspect.isawaitable(closed):
                loop.run_until_complete(asyncio.ensure_future(closed, loop=loop))
            return


def differences(one: Report, other: Report) -> list[str]:
    """Return where the same cases came to different results, call by call; what it is that differs is in the text."""
    others = {outcome.case.id: outcome for outcome in other.outcomes}
    found: list[str] = []
    for outcome in one.outcomes:
        again = others.get(outcome.case.id)
        if again is None:
            continue
        if len(outcome.transcript) != len(again.transcript):
            found.append(f"{outcome.case.id}: {len(outcome.transcript)} calls, and {len(again.transcript)}")
        pairs = zip(outcome.transcript, again.transcript, strict=False)
        found += [f"{outcome.case.id}:\n  {here}\n  {there}" for here, there in pairs if here != there][:1]
    return found


Support = Literal["honoured", "broken", "not tested"]


def support_table(report: Report, signatures: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Support]]:
    """Return for each method and parameter whether it is honoured, as far as the cases show.

    Args:
        report: of a run.
        signatures: the parameters of each method.
    """
    table: dict[str, dict[str, Support]] = {
        method: dict.fromkeys(parameters, "not tested") for method, parameters in signatures.items()
    }
    for outcome in report.outcomes:
        row = table.get(outcome.case.method, {})
        for parameter in outcome.case.parameters:
            if parameter in row and row[parameter] != "broken":
                row[parameter] = "honoured" if outcome.passed else "broken"
    return table
