"""A few of each experiment, so that they do not rot; `make torture` runs them in numbers that mean something."""

import tempfile
from pathlib import Path

import pytest

from tests.torture.everything import EXPERIMENTS
from tests.torture.experiment import Experiment, memory_folder

FEW = [each for each in EXPERIMENTS if "P" in each.counts and not each.lacks()]


@pytest.mark.parametrize("experiment", [pytest.param(each, id=f"{each.letter} {each.what}") for each in FEW])
def test_nothing_is_found(experiment: Experiment) -> None:
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory_folder()) as folder:
        outcome = experiment.run(experiment.counts["P"], Path(folder))

    assert outcome.n
    assert outcome.wrong == []
