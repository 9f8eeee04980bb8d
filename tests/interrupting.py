"""Ctrl-C at each place in a file where the interpreter looks for it: behind calls, and where functions begin."""

import dis
import functools
import itertools
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any


def interruptions(file: str, act: Callable[[], object]) -> Iterator[int]:
    """Call `act` again and again, each time with Ctrl-C one place later in the file; yield after each."""
    for place in itertools.count():
        if not _interrupted(file, act, place):
            return
        yield place


def _interrupted(file: str, act: Callable[[], object], place: int) -> bool:
    n_seen, before = 0, dict[FrameType, int]()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal n_seen
        if frame.f_code.co_filename != file:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            if before.get(frame) == _looked_before(frame.f_code).get(frame.f_lasti):
                n_seen += 1
                if n_seen > place:
                    raise KeyboardInterrupt
            before[frame] = frame.f_lasti
        return trace

    traced = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(traced)
        before.clear()
    return False


@functools.cache
def _looked_before(code: CodeType) -> dict[int, int]:
    """Return of each instruction that follows a call or the begin of a function: its offset, and theirs."""
    instructions = list(dis.get_instructions(code))
    return {
        after.offset: each.offset
        for each, after in itertools.pairwise(instructions)
        if each.opname.startswith("CALL") or each.opname == "RESUME"
    }
