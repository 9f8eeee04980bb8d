"""How a program that was frozen into one executable lets it run the model in a process of its own.

There is no Python to start then. The program starts itself, and this makes a worker of that (worker.py).
"""

import sys

FLAG = "--julep-local-worker"
"""Stands before a module's name and the number of the starting process in the arguments of an executable."""
_MODULES = ("julep_local.llm.worker", "julep_local.llm.probe")

_can_be_started = not getattr(sys, "frozen", False)


def freeze_support() -> None:
    """Let a frozen program's executable be the worker of its models: call it first in the main module.

    In a program that was not started as a worker it does nothing else, and in one that is not frozen nothing at all.
    """
    global _can_be_started
    if len(sys.argv) == 4 and sys.argv[1] == FLAG and sys.argv[2] in _MODULES:
        import importlib

        importlib.import_module(sys.argv[2]).main(int(sys.argv[3]))
        sys.exit(0)
    _can_be_started = True


def can_be_started() -> bool:
    """Whether this program can start a worker. A frozen one that has not called `freeze_support` would start itself."""
    return _can_be_started
