"""Processes in milliseconds: one that has everything imported and no file open forks off the others.

To start Python anew for each of a thousand kills would take longer than all that is tested.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


class Zygote:
    """Forks processes that run a function of `works.py`, or of another module of this folder."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.zygote"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )

    def spawn(self, work: str, *arguments: Any, out: str | Path = os.devnull) -> int:
        """Start `module.function(*arguments)` in a process of its own, which prints to `out`; return its pid."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([work, [_plain(each) for each in arguments], str(out)]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def kill(pid: int, how: int = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def wait(*pids: int, timeout_s: float = 120) -> bool:
    """Wait until the processes have ended; return False, and kill them, if they take too long."""
    give_up = time.monotonic() + timeout_s
    for pid in pids:
        while _lives(pid):
            if time.monotonic() > give_up:
                for each in pids:
                    kill(each)
                return False
            time.sleep(0.001)
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _serve() -> None:
    from tests.torture import works  # noqa: F401  (imported once for all)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        work, arguments, out = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(work, arguments, out)
        print(pid, flush=True)


def _become(work: str, arguments: list[Any], out: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    status = 1
    try:
        module, _, name = work.rpartition(".")
        getattr(importlib.import_module(f"tests.torture.{module or 'works'}"), name)(*arguments)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
