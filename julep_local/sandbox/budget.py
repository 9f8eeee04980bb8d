"""What one rendering may spend: steps, processor time, memory; and how much a value weighs.

Steps are counted where a template can go round: when a loop or a macro begins, for all that stands in it, and for each
value that is large. They are the same on every machine, and pay for memory as well; processor time, looked at now and
then, is for steps that take unusually long. It knows nothing of jinja2.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

MOST_STEPS = 400_000
"""Of one rendering: four operations each, or 32 characters made. A chat template takes some 20 for each message."""
MOST_SECONDS = 0.3
"""Of processor time, for one rendering. Ordinary ones take microseconds, a chat template with 1,000 messages 20 ms."""
MOST_TEXT = 262_144
"""Characters of the output, and of any text on the way to it. Of a list: what it would be if it was printed."""
SHORT = 256
"""Characters of a text that is too short to be counted on its own."""

_LOOK_EVERY = 500  # steps; to ask for the time takes as long as ten of them
_SCALARS = frozenset({bool, float, type(None)})
_NO_DATA = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)


class RunAway(Exception):
    """The template reached a limit."""


class Forbidden(Exception):
    """The template did what it must not."""


class Budget:
    """What is left to a rendering. Inside `with` it is that of the thread."""

    __slots__ = ("_before", "_ends_at", "_look_at", "_steps")

    def __init__(self, steps: float | None = None) -> None:
        self._steps: float = MOST_STEPS if steps is None else steps
        self._look_at = self._steps - _LOOK_EVERY
        self._ends_at = 0.0  # set at the first look, which few renderings come to
        self._before: Budget = self

    def __enter__(self) -> None:
        self._before, _thread.budget = _thread.budget, self

    def __exit__(self, *_: object) -> None:
        _thread.budget = self._before

    def spend(self, steps: int) -> None:
        """Count steps."""
        self._steps -= steps
        if self._steps < self._look_at:
            self.look()

    def look(self) -> None:
        """Check that there are steps and time left."""
        if self._steps < 0:
            raise RunAway(f"it takes more than {MOST_STEPS:,} steps")
        now = time.thread_time()
        self._ends_at = self._ends_at or now + MOST_SECONDS
        if now > self._ends_at:
            raise RunAway(f"it takes more than {MOST_SECONDS:g} s")
        self._look_at = self._steps - _LOOK_EVERY


class _Thread(threading.local):
    budget = Budget(float("inf"))
    """Outside of any rendering."""


_thread = _Thread()


def spend(steps: int) -> None:
    """Count steps.

    Raises:
        RunAway: there are none left, or no time.
    """
    _thread.budget.spend(steps)


def allocate(n_characters: int) -> None:
    """Count what is made, before it is.

    Raises:
        RunAway: it is more than a text may have, or all together than a rendering may.
    """
    if n_characters > MOST_TEXT:
        raise RunAway(f"a value has more than {MOST_TEXT:,} items or characters")
    _thread.budget.spend(1 + (n_characters >> 5))


def weigh(value: Any) -> int:
    """Return how many characters a value would have if it was printed, roughly; lists that are in it twice count twice.

    Raises:
        RunAway: more than `MOST_TEXT`.
        Forbidden: it is, or holds, what is no data: a function, a module.
    """
    kind: Any = type(value)
    if kind is str:
        n: int = len(value)
        if n > MOST_TEXT:
            allocate(n)
        return n
    if kind in _SCALARS:
        return 1
    if kind is int:
        return 1 + (int(value).bit_length() >> 2)
    return _weigh_all(value)


def _weigh_all(value: Any) -> int:
    total, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if kind is str:
            total += 2 + len(each)
        elif kind in _SCALARS:
            total += 4
        elif kind is dict:
            total += 4 * len(each) + 2
            waiting += each
            waiting += each.values()
        elif isinstance(each, (list, tuple, set, frozenset, dict)):
            total += 4 + 2 * len(each)
            if total <= MOST_TEXT:
                waiting.extend(each)
                waiting.extend(each.values() if isinstance(each, dict) else ())
        elif isinstance(each, (str, bytes)):
            total += len(each)
        elif isinstance(each, int):
            total += 4 + (each.bit_length() >> 2)
        else:
            total += 4
            held = _held_by(each)
            if held is not None:
                waiting.extend(held)
        if total > MOST_TEXT:
            raise RunAway(f"a value has more than {MOST_TEXT:,} items or characters")
    spend(total >> 6)
    return total


def _held_by(value: Any) -> Iterable[Any] | None:
    """Return what jinja2's namespaces hold, whose text shows it; None of what else there is."""
    if isinstance(value, _NO_DATA):
        raise Forbidden(f"a {type(value).__name__} is no data that a template may print or compare")
    try:  # not getattr: asked for anything, an undefined value raises an error of its own
        attributes = object.__getattribute__(value, "_Namespace__attrs")
    except AttributeError:
        return None
    return attributes.values() if isinstance(attributes, dict) else None


def ticked(items: Iterable[Any], steps: int = 1) -> Iterator[Any]:
    """Yield the items, each for so many steps and its length."""
    for item in items:
        spend(steps + (len(item) >> 4 if isinstance(item, (list, tuple)) else 0))
        yield item


class Watched:
    """The items of a long loop that was paid for at its begin, with a look at the clock now and then."""

    __slots__ = ("_items",)

    def __init__(self, items: Any) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        for i, item in enumerate(self._items):
            if not i % 32:
                _thread.budget.look()
            yield item


TICKED = ticked.__code__
"""By which it is known that the items of a generator are counted."""
