"""Days that a query names."""

import numpy as np
import pytest

from julep_local.recall.memory_dates import NO_DAY, Named, fits, named_dates


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("When did we go camping in June?", [Named(None, 6, None)]),
        ("on 13 October 2023", [Named(2023, 10, 13)]),
        ("October 13th, 2023 at 9:15", [Named(2023, 10, 13)]),
        ("the 3rd of march", [Named(None, 3, 3)]),
        ("2023-10-13 and 2022-02", [Named(2023, 10, 13), Named(2022, 2, None)]),
        ("Sept. 5", [Named(None, 9, 5)]),
        ("in May", [Named(None, 5, None)]),
        ("may I, and should we march?", []),
        ("May I?", []),
        ("Jan said so", []),
        ("2023-13-01, 40 June", []),
        ("at 10:30 in 2022", []),
    ],
)
def test_months_and_days_are_found(query: str, found: list[Named]) -> None:
    assert named_dates(query) == found


def test_a_day_fits_its_month_and_the_days_beside_it() -> None:
    days = np.array(["2023-10-12", "2023-10-20", "2022-10-13", "1960-06-30"], dtype="datetime64[D]").astype(np.int32)
    days = np.append(days, np.int32(NO_DAY))

    in_month, on_day = fits(days, [Named(2023, 10, 13)])
    in_june, _ = fits(days, [Named(None, 6, None)])
    nothing, _ = fits(days, [])

    assert in_month.tolist() == [True, True, False, False, False]
    assert on_day.tolist() == [True, False, False, False, False]
    assert in_june.tolist() == [False, False, False, True, False]
    assert not nothing.any()
