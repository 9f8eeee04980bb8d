"""All experiments, in the order of their letters."""

from tests.torture import a_crash

EXPERIMENTS = [*a_crash.EXPERIMENTS]
