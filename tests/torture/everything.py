"""All experiments, in the order of their letters."""

from tests.torture import a_crash, b_processes, c_disk, d_versions, g_sizes, k_faults

EXPERIMENTS = [
    each for module in (a_crash, b_processes, c_disk, d_versions, g_sizes, k_faults) for each in module.EXPERIMENTS
]
