"""Which process this is, and whether another one still lives.

A lease measured by the time of day is freed or frozen when the clock is set. So it is measured by how long the machine
has been up, and the lease of a process that has ended counts for nothing: nobody needs to wait for it to lapse.
"""

import functools
import os
import platform
import time
from pathlib import Path

_PROC = Path("/proc")


@functools.cache
def boot() -> str:
    """Return what tells this run of the machine from others; where the system does not say, the machine's name."""
    return _first_line(_PROC / "sys/kernel/random/boot_id") or platform.node()


def uptime_s() -> float:
    """Return seconds on a clock that nobody can set, and that all processes of this run of the machine share."""
    return time.monotonic()


def this_process() -> str:
    """Return the name of this process, which no other one has at any time."""
    return "/".join((boot(), _namespace(), str(os.getpid()), _start_of(os.getpid()) or ""))


def has_ended(process: str) -> bool:
    """Whether the process of this name is known to have ended; False of those that cannot be seen from here."""
    where, _, rest = process.partition("/")
    namespace, _, rest = rest.partition("/")
    pid, _, start = rest.partition("/")
    if where != boot() or namespace != _namespace() or not pid.isdigit():
        return False
    if start:
        if _first_line(_PROC / pid / "stat"):
            return _start_of(int(pid)) != start
        # gone, or not to be seen: a signal tells the two apart
    if os.name == "nt":  # there, signal 0 would end it
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _start_of(pid: int) -> str | None:
    """Return when the process began, as Linux counts; None if it has ended, or the system does not say."""
    line = _first_line(_PROC / str(pid) / "stat")
    fields = line.rpartition(")")[2].split()  # the name in parentheses may hold anything
    return None if len(fields) < 20 or fields[0] in "ZX" else fields[19]


@functools.cache
def _namespace() -> str:
    """Return in which group of processes this one is: a container sees none but its own."""
    try:
        return os.readlink(_PROC / "self/ns/pid").strip("pid:[]")
    except OSError:
        return ""


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except OSError:
        return ""
