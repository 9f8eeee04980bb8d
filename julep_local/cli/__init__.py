"""`julep-local`, the command line: it reads what was typed, calls a manager and shows what that returns.

`app.py` names the commands, and each group of them has a file, imported when one of its commands is typed. What a
command does is the managers' business; here stand words, tables and exit codes.
"""

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command that was typed, and end the process with its exit code."""
    try:
        from julep_local.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        raise SystemExit("julep-local needs a few packages more: pip install 'julep_local[cli]'") from None

    code: object = 0
    try:
        app(prog_name="julep-local")
    except SystemExit as ended:
        code = ended.code
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # whoever read has gone
            pass
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    if "torch" in sys.modules:
        import logging

        logging.shutdown()
        os._exit(code if isinstance(code, int) else 0)  # all is closed, and torch would take most of a second to unload
    sys.exit(code if isinstance(code, int) else 0)
