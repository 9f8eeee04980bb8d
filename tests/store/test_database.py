# ruff: noqa: PT012  # what is raised within a transaction is what many of these tests are about

import contextlib
import gc
import os
import pickle
import signal
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from julep_local.errors import (
    ApiError,
    ClientClosed,
    DiskFull,
    InvalidInput,
    NewerDatabase,
    NotADatabase,
    StoreError,
)
from julep_local.store import agents, backups, doctor, fts, memory_rights, schema, users
from julep_local.store.connection import WAL_BYTES, Connection
from julep_local.store.database import Database
from julep_local.store.digest import digest

from .making import check_text_indexes, count, fill, make_user, run_python, start_python


def in_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def add_user(db: Database, name: str = "Grace") -> None:
    with db.transaction():
        users.add(db, make_user(name=name))


def siblings(path: str) -> set[str]:
    return {name for name in os.listdir(os.path.dirname(path)) if name != os.path.basename(path)}


# opening


def test_a_missing_file_and_its_missing_folders_are_made(tmp_path: Path) -> None:
    path = str(tmp_path / "a" / "b é #?%" / "julep.db")

    Database(path).close()

    assert os.path.getsize(path) > 0
    assert siblings(path) == set()


def test_a_file_that_was_cut_to_nothing_is_refused_and_does_not_count_as_new(path: str) -> None:
    open(path, "wb").close()

    with pytest.raises(NotADatabase, match="to begin a new file, delete this one"):
        Database(path)

    assert os.path.getsize(path) == 0
    assert siblings(path) == set()


def test_a_sqlite_file_without_tables_counts_as_new(path: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("vacuum")

    with closing(Database(path)) as db:
        assert count(db, "agents") == 0


@pytest.mark.parametrize("log", ["-wal", "-journal"])
def test_a_log_whose_file_is_gone_is_not_played_into_a_new_one(path: str, log: str) -> None:
    Path(path + log).write_bytes(b"what was written last")

    with pytest.raises(StoreError, match="put the file back"):
        Database(path)

    assert not os.path.exists(path)
    assert Path(path + log).read_bytes() == b"what was written last"


def test_the_log_of_a_file_that_another_process_made_a_moment_ago_is_not_taken_for_a_left_one(path: str) -> None:
    """Whoever found no file, and then its log: in between, the other one had made it and begun to write."""
    with closing(Database(path)) as db:
        add_user(db)
        assert os.path.exists(f"{path}-wal")

        assert not db._file._make()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on the size of files")
def test_a_copy_that_fails_for_want_of_room_where_it_is_made_says_that(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota that is used up reaches SQLite as a plain I/O error; what counts is the room for the copy."""
    import resource

    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.setattr("julep_local.store.refusals.no_room", lambda folder: folder == str(there))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(DiskFull) as caught:
            db.copy_to_file(str(there / "copy.db"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert str(there) in str(caught.value)


def test_what_was_stored_is_there_when_the_file_is_opened_again(path: str) -> None:
    first = Database(path)
    agent, _, _ = fill(first)
    first.close()

    again = Database(path)

    assert agents.get(again, agent.id) == agent
    again.close()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x", id="one byte"),
        pytest.param(b"hello", id="a few bytes"),
        pytest.param(b"a text file\n" * 2000, id="a text"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 8000, id="only the first bytes are SQLite's"),
    ],
)
def test_another_kind_of_file_is_refused_untouched(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)

    with pytest.raises(NotADatabase, match="not changed"):
        Database(path)

    assert Path(path).read_bytes() == content
    assert siblings(path) == set()


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize(
    "statement",
    ["create table songs (title text)", "pragma application_id = 7", "pragma user_version = 3"],
)
def test_another_programs_database_is_refused_untouched(path: str, journal: str, statement: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"pragma journal_mode = {journal}")
        other.execute(statement)
        other.commit()
    before = Path(path).read_bytes()

    with pytest.raises(NotADatabase, match="another program") as caught:
        Database(path)

    assert caught.value.path == path
    assert Path(path).read_bytes() == before
    assert siblings(path) == set()


def test_a_newer_releases_file_is_refused_untouched(path: str) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"pragma user_version = {schema.VERSION + 1}")
    before = Path(path).read_bytes()

    with pytest.raises(NewerDatabase, match="upgrade"):
        Database(path)

    assert Path(path).read_bytes() == before
    assert siblings(path) == set()


def test_a_file_that_was_cut_short_is_refused(path: str) -> None:
    db = Database(path)
    fill(db)
    db.close()
    os.truncate(path, os.path.getsize(path) // 2)

    with pytest.raises(NotADatabase, match="damaged"):
        Database(path)


def test_a_file_damaged_inside_gives_a_typed_error_where_it_is_read(path: str) -> None:
    db = Database(path)
    fill(db)
    db.close()
    content = bytearray(Path(path).read_bytes())
    content[4096 * 3 :] = b"\x5a" * len(content[4096 * 3 :])
    Path(path).write_bytes(content)

    def read() -> None:
        with closing(Database(path)) as damaged:
            for table in ("agents", "messages", "docs", "jobs"):
                damaged.query(f"select * from {table}")  # noqa: S608

    with pytest.raises(StoreError):
        read()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder"):
        Database(str(tmp_path))


def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Database(str(tmp_path / "a\0b" / "julep.db"))
    with pytest.raises(StoreError):
        Database(str(tmp_path / ("long" * 200)))


def test_a_folder_that_cannot_be_made_is_refused(path: str) -> None:
    Path(path).write_text("in the way")

    with pytest.raises(StoreError, match="folder cannot be made"):
        Database(path + "/julep.db")


def refusals_for_nobody(*paths: Path) -> list[str]:
    """What a user without rights of their own is told on opening these."""
    printed = run_python(
        """
        import os, sys
        from julep_local.errors import StoreError
        from julep_local.store.database import Database
        if os.geteuid() == 0:
            os.setuid(65534)  # root may write everywhere
        for path in sys.argv[1:]:
            try:
                Database(path)
            except StoreError as error:
                print(type(error).__name__, error)
        """,
        *paths,
    )
    return printed.splitlines()


def test_a_read_only_folder_is_refused(open_folder: Path) -> None:
    path, missing = open_folder / "julep.db", open_folder / "missing.db"
    Database(str(path)).close()
    open_folder.chmod(0o555)

    first, second = refusals_for_nobody(path, missing)

    assert first.startswith(f"StoreError {path}: the file")
    assert second.startswith(f"StoreError {missing}: the file")
    assert os.listdir(open_folder) == ["julep.db"]


def test_a_file_without_the_rights_is_refused(open_folder: Path) -> None:
    paths = [open_folder / name for name in ("read_only.db", "unreadable.db", "read_only_empty.db")]
    for path, mode in zip(paths, (0o444, 0o000, 0o444), strict=True):
        if "empty" in path.name:
            path.touch()
        else:
            Database(str(path)).close()
        path.chmod(mode)

    refusals = refusals_for_nobody(*paths)

    for path, refusal in zip(paths, refusals, strict=True):
        assert refusal.startswith(f"StoreError {path}: the file")


def test_every_connection_enforces_references_and_full_synchronisation(db: Database) -> None:
    def settings() -> list[Any]:
        return [db.query(f"pragma {name}")[0][0] for name in ("foreign_keys", "synchronous", "journal_mode")]

    assert settings() == in_thread(settings) == [1, 2, "wal"]


# errors


def test_nothing_from_sqlite_escapes(db: Database) -> None:
    with pytest.raises(StoreError, match="no such table"):
        db.query("select * from nowhere")
    with pytest.raises(StoreError, match="syntax error"), db.transaction():
        db.execute("insert rubbish")
    with pytest.raises(StoreError), db.transaction():
        db.execute("insert into users (id) values (:id)", {"id": object()})
    user = make_user()
    with pytest.raises(StoreError, match="UNIQUE"), db.transaction():
        for _ in range(2):
            users.add(db, user)
    with pytest.raises(StoreError, match="FOREIGN KEY"), db.transaction():
        db.execute("insert into suggestions values (1, 'no session', 'm', 'user', 'c', 't')")


def test_half_a_surrogate_pair_is_refused(db: Database) -> None:
    with pytest.raises(InvalidInput, match="surrogate"), db.transaction():
        users.add(db, make_user(about="\ud800").model_copy(update={"name": "\ud800"}))
    with pytest.raises(InvalidInput, match="surrogate"):
        db.query("select :text", {"text": "\udfff"})


def test_a_number_beyond_64_bits_is_refused(db: Database) -> None:
    with pytest.raises(InvalidInput, match="64 bits"):
        db.query("select :number", {"number": 2**63})


def test_a_write_outside_of_a_transaction_is_a_mistake(db: Database) -> None:
    with pytest.raises(AssertionError, match="transaction"):
        users.add(db, make_user())


def test_a_full_disk_is_said_and_the_same_database_goes_on_once_there_is_room(db: Database) -> None:
    add_user(db, "before")
    pages = db.query("pragma page_count")[0][0]
    db.query(f"pragma max_page_count = {pages}")

    with pytest.raises(DiskFull, match="make room") as caught, db.transaction():
        for _ in range(100):
            users.add(db, make_user(about="x" * 5000))
    db.query("pragma max_page_count = 1000000")

    assert caught.value.status_code == 507
    add_user(db, "after")
    assert [user.name for user in users.page(db, limit=9, offset=0, order="asc")] == ["before", "after"]


def test_store_errors_can_be_pickled(path: str) -> None:
    error = pickle.loads(pickle.dumps(StoreError("no", path=path)))

    assert str(error) == f"{path}: no"


# closing


def test_closing_twice_does_no_harm_and_later_use_is_refused(path: str) -> None:
    db = Database(path)
    db.close()
    db.close()

    for use in (
        lambda: db.query("select 1"),
        lambda: db.execute("select 1"),
        lambda: db.transaction().__enter__(),
        lambda: db.vacuum(),
        lambda: in_thread(lambda: db.query("select 1")),
    ):
        with pytest.raises(ClientClosed):
            use()


def test_closing_reaches_the_connections_of_all_threads_and_removes_the_log(path: str) -> None:
    db = Database(path)
    add_user(db)
    opened, closed = threading.Barrier(2), threading.Event()

    def other_thread() -> Exception | None:
        db.query("select 1")
        opened.wait()
        closed.wait()
        try:
            db.query("select 1")
        except ApiError as error:
            return error
        return None

    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(other_thread)
        opened.wait()
        db.close()
        left = siblings(path)
        closed.set()

    assert isinstance(result.result(), ClientClosed)
    assert left == set()


def test_closing_waits_for_the_transaction_of_another_thread(path: str) -> None:
    db = Database(path)
    begun = threading.Event()

    def write() -> None:
        with db.transaction():
            begun.set()
            time.sleep(0.1)
            users.add(db, make_user())

    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(write)
        begun.wait()
        db.close()

    result.result()
    with closing(Database(path)) as again:
        assert count(again, "users") == 1


def test_closing_within_a_transaction_does_not_wait_for_those_who_wait_to_write(path: str) -> None:
    db = Database(path)
    start = time.perf_counter()

    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(ClientClosed), db.transaction():
            waiting = threads.submit(add_user, db)
            time.sleep(0.05)
            db.close()
        with pytest.raises(ClientClosed):
            waiting.result()

    assert time.perf_counter() - start < 5


def test_closing_within_a_transaction_takes_it_back(path: str) -> None:
    db = Database(path)

    with pytest.raises(ClientClosed), db.transaction():
        users.add(db, make_user())
        db.close()

    with closing(Database(path)) as again:
        assert count(again, "users") == 0


def test_a_threads_connection_is_closed_when_the_thread_ends(path: str) -> None:
    db = Database(path)
    in_thread(lambda: db.query("select 1"))
    n_files = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0

    for _ in range(20):
        in_thread(lambda: db.query("select 1"))

    if n_files:
        assert len(os.listdir("/proc/self/fd")) <= n_files
    db.close()


def test_a_database_that_is_dropped_without_closing_is_closed(path: str) -> None:
    db = Database(path)
    add_user(db)
    gone = weakref.ref(db)

    del db
    gc.collect()

    assert gone() is None
    assert siblings(path) == set()


# transactions


def test_an_exception_takes_back_the_whole_transaction(db: Database) -> None:
    with pytest.raises(KeyError), db.transaction():
        users.add(db, make_user())
        raise KeyError

    assert count(db, "users") == 0


def test_an_inner_transaction_is_part_of_the_outer(db: Database) -> None:
    with pytest.raises(KeyError), db.transaction():
        with db.transaction():
            users.add(db, make_user())
        raise KeyError

    assert count(db, "users") == 0


def test_an_inner_transaction_that_fails_takes_back_only_itself(db: Database) -> None:
    with db.transaction():
        users.add(db, make_user(name="outer"))
        with pytest.raises(KeyError), db.transaction():
            users.add(db, make_user(name="inner"))
            with db.transaction():
                users.add(db, make_user(name="innermost"))
            raise KeyError

    assert [user.name for user in users.page(db, limit=9, offset=0)] == ["outer"]


def test_a_part_that_fails_after_a_part_of_it_failed_takes_back_all_of_itself(db: Database) -> None:
    with db.transaction():
        with pytest.raises(KeyError), db.transaction():
            users.add(db, make_user(name="part"))
            with pytest.raises(ValueError, match="inside"), db.transaction():
                raise ValueError("inside")
            raise KeyError

    assert count(db, "users") == 0


def test_ctrl_c_ends_the_waiting_for_a_program_that_writes(path: str, request: pytest.FixtureRequest) -> None:
    # a shell has it ignored for what runs behind it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with closing(Database(path)) as db, closing(Database(path)) as other, other.transaction():
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt), db.transaction():
            pytest.fail("two wrote at once")
        assert time.monotonic() - began < 20  # else it would have been told that it waited for too long, after 30
        assert [tuple(row) for row in db.query("pragma busy_timeout")] == [(30_000,)]


def test_who_waited_in_vain_for_a_program_that_writes_is_told_so(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("julep_local.store.turns.BUSY_S", 0.1)
    with closing(Database(path)) as db, closing(Database(path)) as other:
        with other.transaction(), pytest.raises(StoreError, match="another process has been writing"), db.transaction():
            pytest.fail("two wrote at once")
        with db.transaction():
            users.add(db, make_user())


def test_a_write_in_memory_does_not_slip_into_the_transaction_of_another_thread() -> None:
    db = Database(":memory:")

    with db.transaction():
        with pytest.raises(AssertionError):
            in_thread(lambda: users.add(db, make_user()))

    db.close()


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_rollback_in_one_thread_keeps_the_rows_of_another(path: str, in_memory: bool) -> None:
    db = Database(":memory:" if in_memory else path)
    begun = threading.Event()

    def fail() -> None:
        with pytest.raises(KeyError), db.transaction():
            users.add(db, make_user(name="taken back"))
            begun.set()
            time.sleep(0.05)
            raise KeyError

    with ThreadPoolExecutor(1) as threads:
        failed = threads.submit(fail)
        begun.wait()
        add_user(db, "kept")
        failed.result()

    assert [user.name for user in users.page(db, limit=9, offset=0)] == ["kept"]
    db.close()


def test_another_thread_does_not_see_what_is_not_committed(db: Database) -> None:
    with db.transaction():
        users.add(db, make_user())
        seen_before = in_thread(lambda: count(db, "users"))

    assert seen_before == 0
    assert in_thread(lambda: count(db, "users")) == 1


@pytest.mark.parametrize("in_memory", [False, True])
def test_eight_threads_can_write_and_read_at_once(path: str, in_memory: bool) -> None:
    db = Database(":memory:" if in_memory else path)

    def work(thread: int) -> None:
        for i in range(25):
            add_user(db, f"{thread}-{i}")
            users.page(db, limit=3, offset=0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    assert count(db, "users") == 200
    db.close()


# processes


def test_four_processes_can_make_a_file_at_once_and_write(path: str) -> None:
    processes = [
        start_python(
            """
            import sys
            from julep_local.store import users
            from julep_local.store.database import Database
            from tests.store.making import make_user
            print("ready", flush=True)
            sys.stdin.readline()
            db = Database(sys.argv[1])
            for _ in range(20):
                with db.transaction():
                    users.add(db, make_user())
            db.close()
            """,
            path,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error

    with closing(Database(path)) as db:
        assert count(db, "users") == 80
    assert siblings(path) == set()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12 warns of a fork beside threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
@pytest.mark.parametrize("in_memory", [False, True])
def test_a_forked_process_is_told_to_open_a_new_client(path: str, in_memory: bool) -> None:
    db = Database(":memory:" if in_memory else path)
    add_user(db)

    child = os.fork()
    if child == 0:
        said = 0
        for use in (db.query, db.execute):
            try:
                use("select 1")
            except StoreError as error:
                said += "open a new client" in str(error)
        try:
            with db.transaction():
                pass
        except StoreError:
            said += 1
        gc.collect()
        os._exit(0 if said == 3 else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0
    add_user(db)
    assert count(db, "users") == 2
    db.close()


def test_a_killed_process_leaves_rows_and_text_index_in_step(path: str) -> None:
    """Kill -9 while docs are written and deleted, ten times on the same file."""
    Database(path).close()
    acknowledged = 0
    for round_ in range(10):
        process = start_python(
            """
            import sys
            from julep_local.store import agents, docs
            from julep_local.store.database import Database
            from tests.store.making import make_agent, make_doc
            db = Database(sys.argv[1])
            agent = make_agent()
            last = None
            with db.transaction():
                agents.add(db, agent)
            while True:
                doc = make_doc(agent_id=agent.id)
                with db.transaction():
                    docs.add(db, doc, [("", "the moon pulls "), ("", "the sea")])
                print("stored", flush=True)
                if last:
                    with db.transaction():
                        docs.delete(db, last, agent_id=agent.id)
                    last = None
                else:
                    last = doc.id
            """,
            path,
        )
        assert process.stdout is not None
        for _ in range(3 + round_):
            assert process.stdout.readline() == "stored\n"
        time.sleep(0.002 * round_)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        acknowledged += 1

        with closing(Database(path)) as db:
            assert db.query("pragma integrity_check")[0][0] == "ok"
            assert db.query("pragma foreign_key_check") == []
            assert count(db, "chunks") == 2 * count(db, "docs") > 0
            check_text_indexes(db)
    assert acknowledged == 10


READ_ALL = """
    import json, sys
    {connect}
    tables = [row[0] for row in db.execute("select name from sqlite_schema where type in ('table', 'view')")]
    counts = {{table: len(db.execute(f'select * from "{{table}}"').fetchall()) for table in tables}}
    found = db.execute("select count(*) from chunks_fts where chunks_fts match 'two'").fetchone()[0]
    print(json.dumps([counts, found, db.execute("pragma integrity_check").fetchone()[0]]))
    db.close()
"""


@pytest.mark.parametrize(
    "connect",
    [
        pytest.param("import sqlite3; db = sqlite3.connect(sys.argv[1])", id="the standard sqlite3"),
        pytest.param(
            "import sqlite_utils; db = sqlite_utils.Database(sys.argv[1]).conn; db.row_factory = None",
            id="sqlite-utils",
        ),
    ],
)
def test_ordinary_tools_read_everything(db: Database, connect: str) -> None:
    import json

    fill(db)

    counts, found, integrity = json.loads(run_python(READ_ALL.format(connect=connect), db.path))

    assert integrity == "ok"
    assert found == 2
    assert (counts["chunks"], counts["chunk_vectors"]) == (4, 2)
    assert counts["messages"] == counts["history"] == 2
    assert counts["recallable"] == 3


def test_the_package_is_imported_without_heavy_libraries() -> None:
    printed = run_python(
        """
        import sys
        from julep_local.store import agents, docs, jobs, memories, messages, sessions, suggestions, tools, users
        from julep_local.store.database import Database
        db = Database(":memory:")
        db.close()
        print([name for name in ("numpy", "sqlite3", "sqlite_utils", "jinja2", "torch") if name in sys.modules])
        """
    )

    assert printed.strip() == "[]"


# the log


def test_a_log_that_a_reader_lets_grow_is_told_of_and_nobody_waits_for_the_reader(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in {"WAL_BYTES": 100_000, "TOLD_BYTES": 1_000_000, "FOLDING_MS": 1, "FOLD_AGAIN_S": 0.0}.items():
        monkeypatch.setattr(f"julep_local.store.database.{name}", value)
    monkeypatch.setattr("julep_local.store.database.LOOK_AGAIN_S", 0.0)
    with closing(Database(path)) as db, closing(Database(path)) as reader:
        with reader.snapshot():
            reader.query("select count(*) from users")
            for _ in range(50):
                with db.transaction():
                    users.add(db, make_user(about="x" * 100_000))
        said = [each.getMessage() for each in caplog.records if "reading for long" in each.getMessage()]
        assert 2 <= len(said) <= 4  # at 1, 2 and 4 MB
        with db.transaction():
            users.add(db, make_user())
        assert os.path.getsize(f"{path}-wal") < 1_000_000


def test_the_log_is_cut_back_while_readers_follow_each_other_without_a_gap(db: Database) -> None:
    """Two readers whose snapshots overlap at every moment: without a writer that waits, the log only grows."""
    add_user(db)
    largest = 0
    with ThreadPoolExecutor(2) as threads:
        stop = threading.Event()
        turns = threading.Barrier(2)

        def read() -> None:
            while not stop.is_set():
                with db.snapshot():
                    db.query("select count(*) from users")
                    with contextlib.suppress(threading.BrokenBarrierError):
                        turns.wait(0.05)

        readers = [threads.submit(read) for _ in range(2)]
        for _ in range(120):  # 60 MB
            with db.transaction():
                users.add(db, make_user(about="x" * 500_000))
            largest = max(largest, os.path.getsize(f"{db.path}-wal"))
        stop.set()
        for reader in readers:
            reader.result()

    assert largest < 4 * WAL_BYTES  # a machine that does other things lets it grow by some writes more
    assert count(db, "users") == 121


def test_a_log_that_a_reader_kept_long_is_cut_back_once_it_has_ended(db: Database) -> None:
    add_user(db)
    with closing(Database(db.path)) as reader:
        with reader.snapshot():
            reader.query("select count(*) from users")
            for _ in range(25):
                with db.transaction():
                    users.add(db, make_user(about="x" * 500_000))
            assert os.path.getsize(f"{db.path}-wal") > WAL_BYTES

        give_up = time.monotonic() + 5
        while os.path.getsize(f"{db.path}-wal") > WAL_BYTES and time.monotonic() < give_up:
            add_user(db)

        assert os.path.getsize(f"{db.path}-wal") <= WAL_BYTES


@pytest.mark.skipif(not os.path.exists("/proc/locks"), reason="locks are only seen on Linux")
def test_every_use_of_the_file_leaves_its_locks_in_place(db: Database, tmp_path: Path) -> None:
    """POSIX drops all locks of a process on a file when any descriptor of it is closed."""

    def held() -> int:
        inodes = {os.stat(f"{db.path}{ending}").st_ino for ending in ("", "-shm")}
        lines = Path("/proc/locks").read_text().splitlines()
        return len({line.split()[5] for line in lines if int(line.split()[5].split(":")[-1]) in inodes})

    fill(db)
    assert held() == 2
    uses: dict[str, Callable[[], object]] = {
        "query": lambda: db.query("select * from users"),
        "write": lambda: add_user(db),
        "thread": lambda: in_thread(lambda: db.query("select 1")),
        "second": lambda: Database(db.path).close(),
        "copy": lambda: backups.make(db, str(tmp_path / "copy.db")),
        "doctor": lambda: doctor.examine(db),
        "look over": lambda: doctor.examine_file(db.path),
        "vacuum": lambda: fts.compact(db),
        "bytes left": lambda: memory_rights.bytes_left(db, ["x"]),
        "digest": lambda: digest(db),
        "save point": lambda: db.rewind(db.save_point()),
        "fold": db.fold_log,
    }
    for name, use in uses.items():
        use()
        assert held() == 2, name


def test_a_connection_is_closed_once_whoever_comes_first() -> None:
    """A thread that ends closes its own while `close()` closes all: done twice at once it took the process down."""

    class Counted:
        n_closed, in_transaction = 0, False
        execute = executemany = set_busy_timeout = staticmethod(lambda *_: None)

        def close(self) -> None:
            self.n_closed += 1
            connection.close()

    raw = Counted()
    connection = Connection(raw)
    connection.close()
    connection.__del__()

    assert raw.n_closed == 1
