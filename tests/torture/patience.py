"""How far a time may be past its mark. The marks are meant for idle cores, where `python -m tests.torture` holds them.

Tests run wherever they run, so for them ten times the mark is allowed: what is past that does not end or grows with
its input, whatever the machine does beside it.
"""

_factor = 10.0


def allowed(mark: float) -> float:
    """Return the mark as it holds in this run, in its own unit."""
    return _factor * mark


def hold_the_marks() -> None:
    """Allow no more than the marks from now on."""
    global _factor
    _factor = 1.0
