"""All experiments, in the order of their letters."""

from collections.abc import Callable, Mapping

from tests.torture import (
    a_crash,
    b_processes,
    c_disk,
    d_versions,
    e_model,
    f_templates,
    g1_state_machine,
    g_data,
    h_http,
    i1_clock,
    j1_soak,
    k1_faults,
    k_faults,
)
from tests.torture.row import Row, Tier

_MODULES = (a_crash, b_processes, c_disk, d_versions, e_model, f_templates, k_faults)

EXPERIMENTS = [each for module in _MODULES for each in module.EXPERIMENTS]

ROWS: Mapping[str, Callable[[Tier], list[Row]]] = {
    "G1": g1_state_machine.run,
    "G2 to G5": g_data.run,
    "H": h_http.run,
    "I1": i1_clock.run,
    "J1": j1_soak.run,
    "K1, of G": k1_faults.run,
}
"""What says itself how often it is tried in a tier."""
