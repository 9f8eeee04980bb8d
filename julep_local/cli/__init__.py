"""`julep-local`, the command line: it reads what was typed, calls a manager and shows what that returns.

`app.py` names the commands, and each group of them has a file, imported when one of its commands is typed. What a
command does is the managers' business; here stand words, tables and exit codes.
"""

import contextlib
import io
import os
import sys
from typing import NoReturn

INTERRUPTED = 130
"""As in `command.py`, which takes a while to import."""


def main() -> NoReturn:
    """Run the command that was typed, and end the process with its exit code."""
    try:
        code = _run()
    except KeyboardInterrupt:  # while modules are imported, before or behind what a command does with it
        code = INTERRUPTED
    _leave(code)


def _run() -> int:
    """Run the command that was typed, and return its exit code."""
    try:
        from julep_local.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        raise SystemExit("julep-local needs a few packages more: pip install 'julep_local[cli]'") from None

    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal or a pipe cannot say must not end the command
            stream.reconfigure(errors="replace")
    code: object = 0
    try:
        app(prog_name="julep-local")
    except SystemExit as ended:
        code = ended.code
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    return code if isinstance(code, int) else 0


def _leave(code: int) -> NoReturn:
    """End the process at once: all is closed, and PyTorch would take most of a second to unload."""
    if "logging" in sys.modules:
        sys.modules["logging"].shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError, ValueError):  # whoever read has gone
            stream.flush()
    os._exit(code)
