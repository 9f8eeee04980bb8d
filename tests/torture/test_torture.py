"""A few of each experiment on files, so that they do not rot; `make torture` runs them in numbers that count."""

import tempfile
from pathlib import Path

import pytest

from tests.torture import a_crash, b_processes, c_disk, d_versions, k_faults
from tests.torture.experiment import Experiment, memory_folder

MODULES = (a_crash, b_processes, c_disk, d_versions, k_faults)
FEW = [each for module in MODULES for each in module.EXPERIMENTS if "P" in each.counts and not each.lacks()]


@pytest.mark.parametrize("experiment", [pytest.param(each, id=f"{each.letter} {each.what}") for each in FEW])
def test_nothing_is_found(experiment: Experiment) -> None:
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory_folder()) as folder:
        outcome = experiment.run(experiment.counts["P"], Path(folder))

    assert outcome.n
    assert outcome.wrong == []
