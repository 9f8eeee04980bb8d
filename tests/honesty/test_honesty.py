"""The twin is honest: the same calls come to the same results, whichever client makes them, and over HTTP.

The released SDK is the judge of what is HTTP's: it is not changed, and runs in its own environment.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from honesty import support
from honesty.came import Outcome, compared, of_ours, of_sdk
from honesty.reasons import ALL_DOORS, reasons_for
from julep_local.testing.conformance import CASES

Came = Mapping[str, Sequence[Outcome]]


@pytest.fixture(scope="module")
def came() -> Came:
    with ThreadPoolExecutor(1) as beside:  # which waits for another process
        of_theirs = beside.submit(of_sdk)
        return {**of_ours(), **of_theirs.result()}


@pytest.mark.parametrize("door", ALL_DOORS)
def test_all_cases_hold_but_those_that_the_client_itself_stands_in_the_way_of(came: Came, door: str) -> None:
    failed = {outcome["id"]: outcome["message"] for outcome in came[door] if not outcome["passed"]}

    assert set(failed) == set(reasons_for(door)), failed


@pytest.mark.parametrize("door", ALL_DOORS)
def test_what_comes_of_each_call_is_the_same(came: Came, door: str) -> None:
    ours = {outcome["id"]: outcome for outcome in came["`JulepApi`"]}
    different = {}
    n_calls = 0
    for outcome in came[door]:
        if outcome["id"] not in reasons_for(door):
            here, there = (json.loads(json.dumps(each["transcript"])) for each in (ours[outcome["id"]], outcome))
            n_calls += len(there)
            if compared(here) != compared(there):
                different[outcome["id"]] = (here, there)

    assert different == {}
    assert n_calls > 500


def test_over_bare_http_not_even_metadata_differ(came: Came) -> None:
    here, there = (json.loads(json.dumps([dict(each) for each in came[door]])) for door in ("`JulepApi`", "bare HTTP"))

    assert here == there


def test_every_client_is_put_to_every_case_that_it_can_ask_for(came: Came) -> None:
    for_sdk = [case.id for case in CASES if not case.beyond_sdk]

    assert len(for_sdk) >= 150
    for door in ALL_DOORS:
        expected = for_sdk if door.startswith("SDK") else [case.id for case in CASES]
        assert [outcome["id"] for outcome in came[door]] == expected


def test_the_table_in_the_docs_is_what_came_of_this_run(came: Came) -> None:
    assert support.FILE.read_text(encoding="utf-8") == support.text(came), "make support writes it anew"
