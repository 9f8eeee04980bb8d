"""The conformance kit holds for our clients, says where one does not, and leaves no parameter out."""

import asyncio
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncJulepApi, JulepApi
from julep_local.testing import HashEmbedder
from julep_local.testing.conformance import CASES, Parrot, Report, differences, run, support_table
from julep_local.testing.conformance.__main__ import main as command
from julep_local.testing.conformance.case import Mismatch
from julep_local.testing.conformance.world import World

SDK = json.loads((Path(__file__).parents[1] / "surface" / "julep-0.3.4.json").read_text())
SIGNATURES = {
    method: [parameter["name"] for parameter in fact["parameters"] if parameter["name"] != "self"]
    for method, fact in SDK["low_level"]["JulepApi"]["methods"].items()
}
ROOT = Path(__file__).parents[2]


def make_client() -> JulepApi:
    return JulepApi(path=":memory:", model=Parrot(), embedder=HashEmbedder())


def make_async_client() -> AsyncJulepApi:
    return AsyncJulepApi(path=":memory:", model=Parrot(), embedder=HashEmbedder())


@pytest.fixture(scope="module")
def report() -> Report:
    return run(make_client)


def test_every_case_holds_for_the_blocking_client(report: Report) -> None:
    assert not report.failures, str(report)
    assert len(report.outcomes) == len(CASES)


def test_the_async_client_gives_the_same_answers(report: Report) -> None:
    other = run(make_async_client)

    assert not other.failures, str(other)
    assert differences(report, other) == []


def test_every_parameter_of_the_sdks_methods_is_exercised_and_honoured(report: Report) -> None:
    table = support_table(report, SIGNATURES)

    assert len(table) == 36
    assert {state for row in table.values() for state in row.values()} == {"honoured"}, {
        method: {name for name, state in row.items() if state != "honoured"} for method, row in table.items()
    }


def test_cases_name_only_methods_and_parameters_that_there_are() -> None:
    for case in CASES:
        assert set(case.parameters) <= set(SIGNATURES[case.method]), case.id


def test_no_two_cases_have_the_same_name() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


class Forgetful(JulepApi):
    """Loses metadata on the way in, and answers an unknown agent with another status."""

    def create_agent(self, **given: Any) -> Any:  # type: ignore[override]
        return super().create_agent(**{**given, "metadata": {}})


def test_a_client_that_differs_fails_and_the_report_says_where(report: Report) -> None:
    other = run(lambda: Forgetful(path=":memory:", model=Parrot(), embedder=HashEmbedder()))

    failed = {outcome.case.id for outcome in other.failures}
    assert "create_agent: what is given comes back" in failed
    assert "create_user: what is given comes back" not in failed
    assert "'tag'" in str(other)
    assert f"{len(failed)} failed" in str(other)
    assert any(text.startswith("create_agent: what is given comes back") for text in differences(report, other))
    table = support_table(other, SIGNATURES)
    assert table["create_agent"]["metadata"] == "broken"
    assert table["create_user"]["metadata"] == "honoured"


def test_cases_that_cannot_be_run_are_counted_as_left_out() -> None:
    cases = [case for case in CASES if case.method in ("chat", "get_user")]

    report = run(make_client, cases=cases, with_model=False, beyond_sdk=False)

    assert {outcome.case.method for outcome in report.outcomes} == {"get_user"}
    assert f"{len(report.left_out)} left out" in str(report)


def test_an_implementation_that_raises_anything_else_has_failed_the_case() -> None:
    class Broken:
        def get_user(self, user_id: str) -> None:
            raise KeyError(user_id)

    report = run(Broken, cases=[case for case in CASES if case.method == "get_user"])

    assert [outcome.message.partition(":")[0] for outcome in report.failures] == ["KeyError"]


def test_transcripts_hold_neither_ids_nor_times() -> None:
    loop = asyncio.new_event_loop()
    with make_client() as client:
        world = World(client, loop)
        agent_id = world.agent()
        world.call("get_agent", agent_id)
        with pytest.raises(Mismatch, match="404"):
            world.call("get_agent", "00000000-0000-4000-8000-000000000000")
    loop.close()

    text = json.dumps(world.transcript)
    assert agent_id not in text
    assert "20" not in text.replace("<id", "")
    assert world.transcript[1]["given"] == [["<id 2>"], {}]


def test_the_command_says_how_it_went(tmp_path: Path) -> None:
    (tmp_path / "clients.py").write_text(
        "from julep_local import JulepApi\n"
        "from julep_local.testing import HashEmbedder\n"
        "from julep_local.testing.conformance import Parrot\n"
        "def good(): return JulepApi(path=':memory:', model=Parrot(), embedder=HashEmbedder())\n"
    )

    ran = subprocess.run(
        [sys.executable, "-m", "julep_local.testing.conformance", "clients:good"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed, 0 failed" in ran.stdout


def make_bad_client() -> JulepApi:
    return Forgetful(path=":memory:", model=Parrot(), embedder=HashEmbedder())


def test_the_command_fails_where_a_case_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # to which it adds

    assert command([f"{__name__}:make_bad_client", "--without-model"]) == 1
    assert "FAILED create_agent" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        pytest.param(__name__, "give it as module:function", id="no colon"),
        pytest.param(f"{__name__}:missing", "cannot be found", id="no such function"),
        pytest.param("no_module_of_this_name:missing", "cannot be found", id="no such module"),
    ],
)
def test_the_command_says_what_it_cannot_find(monkeypatch: pytest.MonkeyPatch, argument: str, says: str) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])

    with pytest.raises(SystemExit, match=says):
        command([argument])


def test_every_method_of_ours_is_called_by_name() -> None:
    ours = {name for name, _ in inspect.getmembers(JulepApi, inspect.isfunction) if not name.startswith("_")}

    assert {case.method for case in CASES} == ours - {"close"}
