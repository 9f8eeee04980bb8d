"""A process has a name of its own, and it is known that it has ended, but never of one that may live."""

import os
import signal

import pytest

from julep_local import processes
from tests.store.making import start_python

NAME = "from julep_local import processes; print(processes.this_process(), flush=True); input()"


def test_a_process_that_lives_has_not_ended_and_one_that_was_killed_has() -> None:
    process = start_python(NAME)
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert not processes.has_ended(name)

    process.send_signal(signal.SIGKILL)
    process.wait()
    process.communicate()

    assert processes.has_ended(name)
    assert not processes.has_ended(processes.this_process())


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the beginning of a process is Linux's to tell")
def test_a_process_that_was_killed_and_not_waited_for_has_ended() -> None:
    process = start_python(NAME)
    assert process.stdout is not None
    name = process.stdout.readline().strip()

    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert processes.has_ended(name)
    process.communicate()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the beginning of a process is Linux's to tell")
def test_another_process_that_got_the_same_number_is_not_taken_for_it() -> None:
    boot, namespace, pid, start = processes.this_process().split("/")

    assert processes.has_ended("/".join((boot, namespace, pid, str(int(start) - 1))))


def test_a_process_of_another_machine_or_container_may_live() -> None:
    boot, namespace, _, _ = processes.this_process().split("/")

    assert not processes.has_ended("/".join(("another", namespace, "999999999", "1")))
    assert not processes.has_ended("/".join((boot, "another", "999999999", "1")))
    assert not processes.has_ended("dead")
    assert not processes.has_ended("")


def test_the_machine_has_been_up_for_some_time_and_longer_later() -> None:
    first = processes.uptime_s()

    assert 0 < first <= processes.uptime_s()
    assert processes.boot()
