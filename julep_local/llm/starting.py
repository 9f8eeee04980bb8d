"""How another process of this program is started: the same Python, the same packages, none of the main module.

It knows nothing of what the process does.
"""

import os
import signal
import subprocess
import sys
from multiprocessing import spawn
from typing import IO

from julep_local.errors import ModelError
from julep_local.llm.frozen import FLAG, can_be_started

NOT_READY = (
    "a frozen program must call julep_local.llm.frozen.freeze_support() first in its main module, so that its "
    "executable can run the model in a process of its own"
)
_NO_WINDOW_NO_CTRL_C = 0x08000200  # CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP, which only Windows' module has
_PR_SET_PDEATHSIG = 1
_CODE = "import sys; sys.path[:] = {path!r}; from {module} import main; main({parent})"


def start(
    module: str, what: str, *, stdin: int, stdout: int, stderr: "int | IO[bytes]" = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    """Return a process that runs `main` of a module of this package, with the number of this process.

    Args:
        module: its name.
        what: names it in errors.
        stdin: as for `subprocess.Popen`, as the others.
        stdout: the same.
        stderr: the same.

    Raises:
        ModelError: it cannot be started.
    """
    windows = sys.platform == "win32"
    try:
        return subprocess.Popen(
            _command(module),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=not windows,  # else Ctrl-C and Ctrl-Z in a terminal reach it, which mean the program
            creationflags=_NO_WINDOW_NO_CTRL_C if windows else 0,
        )
    except OSError as error:
        raise ModelError(
            f"the process for {what} cannot be started ({error}): say which Python starts it with "
            "multiprocessing.set_executable"
        ) from error


def _command(module: str) -> list[str]:
    if not can_be_started():
        raise ModelError(NOT_READY)
    executable = os.fsdecode(spawn.get_executable() or "")
    if getattr(sys, "frozen", False):
        return [executable, FLAG, module, str(os.getpid())]
    # private, and what multiprocessing starts its own children with
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    # not `-m`: that would let modules of the present folder come first
    path = [os.path.abspath(each) for each in sys.path]
    return [executable, *flags, "-c", _CODE.format(path=path, module=module, parent=os.getpid())]


def end_with(parent: int) -> None:
    """Have the system end this process with the one that started it, where it can (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # a frozen executable may have put a process of its own between
        if os.getppid() != parent and not getattr(sys, "frozen", False):  # it has gone already
            os._exit(0)


def ended_by(status: int) -> str:
    """Return what a process that ended with this status ended by."""
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
