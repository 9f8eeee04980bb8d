"""G: the data keeps its promises, as often as each change can afford. `torture/` has what is tried, and more of it."""

import pytest
from torture import g1_state_machine, g_data, i1_clock, k1_faults
from torture.row import Row


def test_any_order_of_calls_leaves_what_a_plain_model_of_it_says() -> None:
    (row,) = g1_state_machine.run("P")

    assert (row.count, row.failures) == (30, [])


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda: g_data.g2(g_data.N_FILTERS["P"], seed=1), id="metadata filters find what an oracle finds"),
        pytest.param(lambda: g_data.g3(g_data.N_TEXTS["P"], seed=1), id="no search text is an error"),
        pytest.param(g_data.g4, id="no vector is stored that is none"),
        pytest.param(lambda: g_data.g5(0.02), id="sizes work or are refused"),
    ],
)
def test_the_data_is_what_an_oracle_says(rows: object) -> None:
    assert callable(rows)
    row: Row = rows()

    assert row.count > 0
    assert row.failures == []


def test_a_clock_that_is_set_changes_no_order_and_jobs_end() -> None:
    (row,) = i1_clock.run("P")

    assert (row.count, row.failures) == (24, [])


@pytest.mark.parametrize("name", [name for name, fault in k1_faults.FAULTS.items() if fault.notices in k1_faults.QUICK])
def test_a_seeded_fault_is_noticed(name: str) -> None:
    assert k1_faults.is_noticed(k1_faults.FAULTS[name])
