import ctypes
from pathlib import Path

import numpy as np
import pytest

from julep_local.recall.embeddings import large_pages


def test_what_is_moved_stays_what_it_is_and_where_it_is() -> None:
    numbers = np.arange(2_000_000, dtype=np.int64)
    start = numbers.ctypes.data

    large_pages.gather([(start, numbers.nbytes), (start + 100, 8)])

    assert numbers.ctypes.data == start
    assert np.array_equal(numbers, np.arange(2_000_000))


def test_places_that_are_not_this_programs_do_no_harm() -> None:
    large_pages.gather([(0, 8), (2**47 - 4096, 4096), (0x1000, 0)])


@pytest.mark.parametrize("setting", ["always madvise [never]\n", None], ids=["unwanted", "unknown"])
def test_an_owner_who_wants_none_gets_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str | None
) -> None:
    if setting is not None:
        (tmp_path / "enabled").write_text(setting)
    monkeypatch.setattr(large_pages, "_SETTING", tmp_path / "enabled")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("the system was asked"))

    large_pages.gather([(0, 8)])
