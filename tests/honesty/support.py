"""`docs/support.md`: which parameters are honoured, through which client, as a run of all cases has shown.

python -m honesty.support  (with `tests` on the path; `make support` does it)
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from honesty.came import Outcome, of_ours, of_sdk
from honesty.doors import OURS, SDK
from honesty.reasons import REASONS, reasons_for
from julep_local.server.routes import OPERATIONS
from julep_local.testing.conformance import CASES

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "support.md"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "`JulepApi`, `AsyncJulepApi`, bare HTTP": ("`JulepApi`", "`AsyncJulepApi`", "bare HTTP"),
    "`Client`": ("`Client`",),
    "SDK's `JulepApi`, `AsyncJulepApi`": tuple(door for door in SDK if "`Client`" not in door),
    "SDK's `Client`": tuple(door for door in SDK if "`Client`" in door),
}
_ON_PURPOSE = """\
| the old service | here |
|---|---|
| metadata, a tool's type and an agent's `default_settings` in lists were lost | they come back |
| an agent's `default_settings` had no effect in a chat | they count, below the request's own settings |
| PATCH reset an agent's model and settings, failed for a session without `situation`, and joined lists in metadata | \
it changes what is given; metadata merge by RFC 7396 |
| a chat ignored `tools`, `tool_choice`, `min_p`, `seed`, `recall`, `record`, and failed with `stream`, `logit_bias`, \
`stop="..."`, `function` messages, text beside images | all are honoured; images are a 422 that says so |
| lists ignored `sort_by` and `order`; of docs also `limit` and `offset`, and had one item a snippet | they are \
honoured; one item a doc |
| memories, suggestions and `Session.summary` never came | they do |
| docs, tools and sessions could be made for nobody; lists of nobody's things were empty | 404 |
| PUT of an unknown tool made it; statuses of docs and tools were 200 | 404; 201 and 202 |
| errors of templates, filters and unusual values were a 500 | 422 or 400, and the text says which value |
| an unknown model was a 400 | it means the client's model, unless `strict_models` |
| an identical request was answered from a cache | every answer is generated |"""
_IGNORED = """\
`api_key`, `base_url`, `environment`, `timeout`, `httpx_client`, `additional_headers`, `_httpx_client` of the \
constructors are accepted and have no effect: there is no service to reach. Over HTTP keys of a body that the SDK does \
not have are left out, as the service did. `user`, `extra_headers`, `extra_query` and `timeout` of `chat.completions` \
and `completions` have no effect."""


def text(came: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the page."""
    lines = [
        "# What is supported",
        "",
        "Made by `make support` from a run, not by hand: each of the cases in `julep_local.testing.conformance` is put",
        "to each client, on a fresh database with the same ids and times. A test holds this page against a run.",
        "",
        "| client | cases | hold | same answers as `JulepApi` |",
        "|---|---|---|---|",
        *(_summary(door, came[door]) for door in (*OURS, *SDK)),
        "",
        "Where a case does not hold, the client itself stands in the way, and a number below says how; over bare HTTP",
        "the same request is answered as by `JulepApi`. Metadata, which the SDK's types cannot hold, are left out when",
        "answers are compared.",
        "",
        *(f"{n}. {reason.text}" for n, reason in enumerate(REASONS, 1)),
        "",
        "## Methods and parameters",
        "",
        "Yes: cases exercise it, and all hold. A number: some do not, for that reason.",
        "",
        "| method | parameter | " + " | ".join(_COLUMNS) + " |",
        "|---|---|" + "---|" * len(_COLUMNS),
        *_rows(came),
        "",
        "## Accepted, without an effect",
        "",
        _IGNORED,
        "",
        "## Where this differs from the old service on purpose",
        "",
        _ON_PURPOSE,
    ]
    return "\n".join(lines) + "\n"


def _summary(door: str, outcomes: Sequence[Outcome]) -> str:
    n_hold = sum(outcome["passed"] for outcome in outcomes)
    reasons = sorted(set(reasons_for(door).values()))
    numbers = f" ({', '.join(map(str, reasons))})" if reasons else ""
    return f"| {door} | {len(outcomes)} | {n_hold}{numbers} | {'all' if door != '`JulepApi`' else ''} |"


def _rows(came: Mapping[str, Sequence[Outcome]]) -> Iterable[str]:
    for operation in OPERATIONS:
        for i, parameter in enumerate(operation.parameters or ("",)):
            cells = [_cell(came, doors, operation.name, parameter) for doors in _COLUMNS.values()]
            shown = f"`{operation.name}`" if i == 0 else ""
            yield f"| {shown} | `{parameter}` | {' | '.join(cells)} |"


def _cell(came: Mapping[str, Sequence[Outcome]], doors: Sequence[str], method: str, parameter: str) -> str:
    about = {case.id for case in CASES if case.method == method and parameter in case.parameters}
    passed = {door: {each["id"]: each["passed"] for each in came[door] if each["id"] in about} for door in doors}
    numbers = {reasons_for(door)[case] for door, cases in passed.items() for case, holds in cases.items() if not holds}
    if numbers:
        return ", ".join(map(str, sorted(numbers)))
    return "yes" if any(passed.values()) else "-"


def main() -> None:
    """Write the page."""
    FILE.write_text(text({**of_ours(), **of_sdk()}), encoding="utf-8")
    print(json.dumps({"written": str(FILE)}))


if __name__ == "__main__":
    main()
