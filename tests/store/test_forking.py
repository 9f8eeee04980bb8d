"""A process that is forked off has locks of its own, or is told that it cannot open a database. Nothing hangs."""

import gc
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from julep_local.errors import StoreError
from julep_local.store import doctor, forking, users
from julep_local.store.database import Database
from tests.store.making import make_user

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Python 3.12 warns of a fork beside threads
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform"),
]

FITS, CANNOT_OPEN, ELSE = 0, 3, 4

LONG = "with recursive n(x) as (select 1 union all select x + 1 from n limit 1000000) select count(*) from n"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "julep.db")


def add_user(db: Database) -> None:
    with db.transaction():
        users.add(db, make_user())


def n_users(db: Database) -> int:
    n: int = db.query("select count(*) from users")[0][0]
    return n


def fork(then: Callable[[], None]) -> int:
    """Fork, do it in the new process, and return that one's id."""
    child = os.fork()
    if child == 0:
        status = ELSE
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)  # a hang ends by this
            then()
            status = FITS
        except StoreError as error:
            status = CANNOT_OPEN if "can open none" in str(error) else ELSE
        finally:
            os._exit(status)
    return child


def status_of(child: int) -> int:
    """Wait until it has ended; one that hangs before it comes to its alarm is killed."""
    killing = threading.Timer(40, os.kill, (child, signal.SIGKILL))
    killing.start()
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        killing.cancel()


def open_and_add(path: str) -> None:
    with closing(Database(path)) as db:
        add_user(db)


class Gate:
    """Lets one process wait for another one."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def open(self) -> None:
        os.write(self._write, b".")

    def wait(self) -> None:
        os.read(self._read, 1)


@contextmanager
def in_another_thread(work: Callable[[Callable[[], None]], None]) -> Generator[threading.Event, None, None]:
    """Run it on a thread until it calls what it is given, which returns when the event is set, or at the end."""
    reached, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        reached.set()
        assert go_on.wait(20)

    thread = threading.Thread(target=work, args=(wait,))
    thread.start()
    assert reached.wait(20)
    try:
        yield go_on
    finally:
        go_on.set()
        thread.join()


def test_what_a_forked_process_commits_stays_when_its_parent_closes_the_file(path: str) -> None:
    """Without locks of its own its log was deleted under it."""
    parent = Database(path)
    add_user(parent)
    opened, parent_has_closed = Gate(), Gate()

    def write_and_be_killed() -> None:
        db = Database(path)
        add_user(db)
        opened.open()
        parent_has_closed.wait()
        add_user(db)
        os.kill(os.getpid(), signal.SIGKILL)

    child = fork(write_and_be_killed)
    opened.wait()
    parent.close()
    parent_has_closed.open()

    assert status_of(child) == -signal.SIGKILL
    with closing(Database(path)) as db:
        assert n_users(db) == 3
        assert doctor.examine(db).findings == []


def test_a_parent_that_closed_before_its_child_opens_leaves_nothing_behind_in_it(path: str) -> None:
    parent = Database(path)
    add_user(parent)
    parent_has_closed = Gate()

    def open_later() -> None:
        parent_has_closed.wait()
        open_and_add(path)

    child = fork(open_later)
    parent.close()
    with closing(Database(path)) as other:  # with a log that its grandchild of a connection has never seen
        parent_has_closed.open()
        assert status_of(child) == FITS
        add_user(other)
        assert n_users(other) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lists locks")
def test_a_forked_process_has_its_own_lock_on_the_file(path: str) -> None:
    parent = Database(path)
    add_user(parent)

    def look() -> None:
        with closing(Database(path)) as db:
            n_users(db)
            assert str(os.getpid()) in Path("/proc/locks").read_text().split()

    assert status_of(fork(look)) == FITS
    parent.close()


def test_connections_are_closed_in_a_forked_process_and_the_log_stays(path: str) -> None:
    parent = Database(path)
    add_user(parent)

    def look() -> None:
        opened = {os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")}
        assert not [each for each in opened if each.startswith(path)]
        assert os.path.exists(f"{path}-wal")

    if os.path.isdir("/proc/self/fd"):
        assert status_of(fork(look)) == FITS
    assert os.path.getsize(f"{path}-wal")
    add_user(parent)
    assert n_users(parent) == 2
    parent.close()


def test_a_fork_waits_for_a_transaction_of_another_thread(path: str) -> None:
    db = Database(path)

    def write(wait: Callable[[], None]) -> None:
        with db.transaction():
            users.add(db, make_user())
            wait()

    with in_another_thread(write) as go_on:
        threading.Timer(0.1, go_on.set).start()
        child = fork(lambda: open_and_add(path))

    assert status_of(child) == FITS
    assert n_users(db) == 2
    db.close()


def test_after_a_fork_beside_a_transaction_without_end_the_new_process_is_refused_and_the_old_one_goes_on(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a thread is in the midst of cannot be undone where that thread is not: the log's index is shared."""
    monkeypatch.setattr(forking, "WAIT_S", 0.1)
    db = Database(path)

    def write(wait: Callable[[], None]) -> None:
        with db.transaction():
            for _ in range(50):
                users.add(db, make_user(about="x" * 10_000))
            wait()
            users.add(db, make_user())

    def be_refused() -> None:
        with pytest.raises(StoreError, match="open a new client"):
            db.query("select 1")
        with pytest.raises(StoreError, match="can open none"):
            Database(":memory:")
        Database(path)

    with in_another_thread(write):
        assert status_of(fork(be_refused)) == CANNOT_OPEN

    assert n_users(db) == 51
    assert doctor.examine(db).findings == []
    db.close()


def test_a_fork_from_within_a_transaction_leaves_it_to_the_parent(path: str) -> None:
    db = Database(path)

    with db.transaction():
        users.add(db, make_user())
        assert status_of(fork(lambda: open_and_add(path))) == CANNOT_OPEN
        users.add(db, make_user())

    assert n_users(db) == 2
    db.close()


def test_a_fork_from_within_a_transaction_of_a_database_in_memory_can_open_files(path: str) -> None:
    db = Database(":memory:")

    with db.transaction():
        assert status_of(fork(lambda: open_and_add(path))) == FITS
        users.add(db, make_user())

    assert n_users(db) == 1
    db.close()


def test_a_fork_waits_for_a_copy_that_is_being_made(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = Database(path)
    add_user(db)

    def copy(wait: Callable[[], None]) -> None:
        db.copy_to_file(str(tmp_path / "copy.db"), lambda *_: wait())

    with in_another_thread(copy) as go_on:
        threading.Timer(0.1, go_on.set).start()
        child = fork(lambda: open_and_add(path))
        assert status_of(child) == FITS
    (tmp_path / "copy.db").unlink()

    monkeypatch.setattr(forking, "WAIT_S", 0.1)
    with in_another_thread(copy):
        assert status_of(fork(lambda: open_and_add(path))) == CANNOT_OPEN
    db.close()


def test_a_fork_does_not_wait_for_a_thread_that_waits_for_it(path: str, tmp_path: Path) -> None:
    """A thread within one database's transaction begins to use another database, which the fork holds already."""
    one, two = Database(path), Database(str(tmp_path / "two.db"))
    stop = threading.Event()

    def use_both(first: Database, second: Database) -> None:
        while not stop.is_set():
            with first.transaction():
                users.add(first, make_user())
                n_users(second)

    # an end of threads within closes their connections, at any moment
    threads = [threading.Thread(target=use_both, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    try:
        statuses = [status_of(fork(lambda: open_and_add(path))) for _ in range(10)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert statuses == [FITS] * 10
    for db in (one, two):
        assert doctor.examine(db).findings == []
        db.close()


def test_a_fork_waits_for_an_import_of_another_thread(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.5)\nVALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def use() -> None:
        assert importlib.import_module("slow_to_import").VALUE == 1

    thread = threading.Thread(target=use)
    with closing(Database(path)):
        thread.start()
        while "slow_to_import" not in sys.modules:
            time.sleep(0.001)
        child = fork(use)
        thread.join()

    assert status_of(child) == FITS


def test_a_fork_within_an_import_does_not_wait_for_those_that_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forks_itself.py").write_text(
        "import importlib, os, sys, threading, time\n"
        "thread = threading.Thread(target=importlib.import_module, args=('imports_it',))\n"
        "thread.start()\n"
        "while 'imports_it' not in sys.modules:\n"
        "    time.sleep(0.001)\n"
        "began = time.monotonic()\n"
        "if os.fork() == 0:\n"
        "    os._exit(0)\n"
        "TOOK_S = time.monotonic() - began\n"
    )
    (tmp_path / "imports_it.py").write_text("import forks_itself\n")
    monkeypatch.syspath_prepend(tmp_path)

    forks_itself = importlib.import_module("forks_itself")
    forks_itself.thread.join()
    os.wait()

    assert forks_itself.TOOK_S < forking.WAIT_S / 2


def test_threads_that_end_and_begin_do_not_keep_a_fork_from_opening(path: str) -> None:
    db = Database(path)
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            thread = threading.Thread(target=lambda: n_users(db))  # its connection is closed when it ends
            thread.start()
            thread.join()

    threads = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        statuses = [status_of(fork(lambda: open_and_add(path))) for _ in range(20)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert statuses == [FITS] * 20
    db.close()


class Door:
    """The lock that all pass who come, with somebody who comes just before it is shut."""

    def __init__(self, come: Callable[[], None]) -> None:
        self._lock = threading.RLock()
        self._come = come

    def acquire(self, timeout: float) -> bool:
        self._come()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Approached(Database):
    """A second thread that uses it opens its connection when a fork has made sure of all that there are."""

    has_come = threading.Event()
    all_were_seen = threading.Event()

    def __init__(self, path: str) -> None:
        super().__init__(path)
        connected = self._file.connected

        def approach(options: str) -> Any:
            if threading.current_thread().name == "latecomer":
                self.has_come.set()
                self.all_were_seen.wait(0.3)
            return connected(options)

        self._file.connected = approach  # type: ignore[method-assign,assignment]

    @property
    def is_idle(self) -> bool:
        is_idle = super().is_idle
        self.all_were_seen.set()
        time.sleep(0.05)  # now it is in the midst of its statement, if it could begin
        return is_idle


def test_a_thread_that_comes_just_before_nobody_can_is_waited_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the new process its connection was closed for ever: it waited for a lock of SQLite that nobody had."""
    db = Approached(path)
    latecomer = threading.Thread(target=lambda: db.query(LONG), name="latecomer")

    def come() -> None:
        if latecomer.ident is None:
            latecomer.start()
            assert db.has_come.wait(20)

    monkeypatch.setattr(forking, "_entering", Door(come))

    assert status_of(fork(lambda: open_and_add(path))) == FITS

    latecomer.join()
    assert n_users(db) == 1
    db.close()


def test_what_another_thread_has_open_is_not_closed_as_the_last_before_a_fork_is_through(path: str) -> None:
    """Python frees what the other threads had before any function of ours is called in the new process."""
    opened: list[Database] = []

    def use(wait: Callable[[], None]) -> None:
        opened.append(Database(path))
        add_user(opened[0])
        for each in (path, f"{path}-shm"):
            open(each, "rb").close()  # with this the process has no lock on it any more, as if it were gone
        wait()

    with in_another_thread(use):
        assert status_of(fork(lambda: None)) == FITS
        assert os.path.getsize(f"{path}-wal")
    assert n_users(opened[0]) == 1
    opened[0].close()


def test_threads_that_fork_at_the_same_time_wait_for_each_other(path: str) -> None:
    db = Database(path)
    statuses: list[int] = []

    def fork_often() -> None:
        for _ in range(5):
            add_user(db)
            statuses.append(status_of(fork(lambda: open_and_add(path))))

    threads = [threading.Thread(target=fork_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [FITS] * 20
    assert n_users(db) == 40
    db.close()


def test_an_encrypted_file_is_left_and_opened_anew_as_well(path: str) -> None:
    pytest.importorskip("sqlcipher3")
    db = Database(path, key="moon")
    add_user(db)

    def open_with_key() -> None:
        with closing(Database(path, key="moon")) as own:
            add_user(own)

    assert status_of(fork(open_with_key)) == FITS
    add_user(db)
    assert n_users(db) == 3
    db.close()


def test_a_child_of_a_child_opens_the_file_too(path: str) -> None:
    db = Database(path)

    def again() -> None:
        with closing(Database(path)) as own:
            add_user(own)
            assert status_of(fork(lambda: open_and_add(path))) == FITS
            add_user(own)

    assert status_of(fork(again)) == FITS
    assert n_users(db) == 3
    db.close()


def test_a_thread_that_ends_with_its_connection_open_leaves_nothing(path: str) -> None:
    """The connection is closed as the thread's own things are freed; asked for then, they were made anew, for ever."""
    db = Database(path)

    def n_kept() -> int:
        gc.collect()
        return sum(type(each) is dict and "can_close" in each and "kept" in each for each in gc.get_objects())

    in_threads(lambda: n_users(db), 3)
    before = n_kept()
    in_threads(lambda: n_users(db), 20)

    assert n_kept() == before
    db.close()


def in_threads(work: Callable[[], object], n: int) -> None:
    for _ in range(n):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
