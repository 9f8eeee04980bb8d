"""Loading on a thread of its own, which takes seconds: nobody has to wait for it, and a program that ends does not.

The thread is a daemon, and one that Python stops by force in the middle of a C extension takes the process down with
it. So at the end of the program its next import fails, and it is waited for until then: `import torch` is
hundreds of imports, the longest of them that of its libraries in C++ (0.3 s).
"""

import atexit
import contextlib
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Generic, TypeVar

from julep_local.errors import ClientClosed

T = TypeVar("T")

AT_EXIT_S = 10.0
"""A thread that is still not done then hangs, and is left to itself."""


class _ProgramEnds(BaseException):
    """Raised where a loading thread imports something. No `except Exception` of a library stops it."""


class _Interrupter:
    """Ahead of all finders of modules, from when the program ends."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if threading.current_thread() in _threads:
            raise _ProgramEnds
        return None


_threads: set[threading.Thread] = set()
"""Those that may be alive: the last thing that one does is to free the model, if all others have left it."""
_ending = threading.Event()


def program_ends(within_s: float = 0.0) -> bool:
    """Whether the program is at its end, or comes to it within so many seconds, for which it is waited."""
    return _ending.wait(within_s)


@atexit.register
def _stop_all() -> None:
    _ending.set()
    if _threads:
        sys.meta_path.insert(0, _Interrupter())
        for thread in list(_threads):
            thread.join(AT_EXIT_S)


class Loading(Generic[T]):
    """Something that is being loaded, or was, or could not be."""

    def __init__(self, load: Callable[[], T], *, name: str, then: Callable[[T], None] = lambda _: None) -> None:
        """Begin.

        Args:
            load: returns what is loaded.
            name: of the thread.
            then: is done there with what was loaded, and nobody waits for it. Where it takes longer than a moment, it
                asks whether `program_ends`.
        """
        self._load, self._then = load, then
        self._done = threading.Event()
        self._loaded: T | None = None
        self._error: BaseException | None = None
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        _threads.difference_update([each for each in list(_threads) if each.ident and not each.is_alive()])
        _threads.add(thread)
        try:
            thread.start()
        except BaseException:
            _threads.discard(thread)
            raise

    @property
    def is_done(self) -> bool:
        """Whether it is loaded, or has failed."""
        return self._done.is_set()

    @property
    def is_loaded(self) -> bool:
        """Whether it is loaded."""
        return self._loaded is not None

    def result(self, go_on: Callable[[], None]) -> T:
        """Wait for it and return it, or raise what went wrong. `go_on` is asked while waiting and may raise."""
        while not self._done.wait(0.05):
            go_on()
        if self._error is not None:
            raise self._error
        assert self._loaded is not None
        return self._loaded

    def _run(self) -> None:
        try:
            self._loaded = self._load()
        except _ProgramEnds:
            self._error = ClientClosed()
        except BaseException as error:
            self._error = error
        self._done.set()
        if self._loaded is not None:
            with contextlib.suppress(Exception, _ProgramEnds):  # there is nobody to be told
                self._then(self._loaded)
