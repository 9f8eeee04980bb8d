"""A few of each experiment of tests/torture on models and templates, so that these do not rot."""

from pathlib import Path

import pytest

from tests.torture import e_model, f_templates
from tests.torture.experiment import Experiment


@pytest.mark.model
@pytest.mark.parametrize(
    "experiment", [each for each in e_model.EXPERIMENTS if "P" in each.counts], ids=lambda e: e.letter
)
def test_no_model_ends_the_program(experiment: Experiment, tmp_path: Path) -> None:
    outcome = experiment.run(experiment.counts["P"], tmp_path)

    assert outcome.n > 0
    assert outcome.wrong == []


@pytest.mark.parametrize("experiment", f_templates.EXPERIMENTS, ids=lambda e: e.letter)
def test_no_template_runs_away(experiment: Experiment, tmp_path: Path) -> None:
    outcome = experiment.run(experiment.counts["P"], tmp_path)

    assert outcome.n > 0
    assert outcome.wrong == []
