"""What the processes do that are killed, cut off or starved: they write down what they begin and what was committed.

`broken` plants a fault, to show that the experiments find it.
"""

import contextlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from random import Random

from julep_local.errors import ApiError
from julep_local.store import (
    agents,
    backups,
    docs,
    embedding_sets,
    fts,
    jobs,
    memories,
    memory_search,
    messages,
    sessions,
    users,
    vectors,
)
from julep_local.store import connection as connection_module
from julep_local.store import database as database_module
from julep_local.store.database import Database
from julep_local.store.memories import StoredMemory
from tests.store.making import (
    NOW,
    make_agent,
    make_doc,
    make_memory,
    make_message,
    make_session,
    make_user,
    matrix,
    pieces,
    vector,
)

AGENT = "aaaaaaaa-0000-4000-8000-000000000001"
USER = "bbbbbbbb-0000-4000-8000-000000000001"
SESSION = "cccccccc-0000-4000-8000-000000000001"
CHUNKS = ("the moon pulls the sea ", "twice a day ", "and the harbour falls dry")


def prepare(path: str) -> None:
    """Make a file with an agent, a user and a session."""
    db = Database(path)
    with db.transaction():
        agents.add(db, make_agent(id=AGENT))
        users.add(db, make_user(id=USER))
        sessions.add(db, make_session(AGENT, id=SESSION, user_id=USER))
        embedding_sets.id_for(db, "test", 2)
    db.close()


class Ledger:
    """A list of what a thread begins (B) and has committed (A), which outlives the process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, *words: object) -> None:
        os.write(self._file, f"{' '.join(map(str, words))} {time.monotonic()}\n".encode())

    def sync(self) -> None:
        os.fsync(self._file)


class Writer:
    """Turns, docs and memories, each with all that belongs to it in one transaction."""

    def __init__(self, db: Database, ledger: Ledger, name: str, broken: str = "") -> None:
        self.db, self.ledger, self.name, self.broken = db, ledger, name, broken
        self.set_id = embedding_sets.id_for(db, "test", 2)
        self._numbers = itertools.count()
        self._docs: list[str] = []

    def any(self, random: Random) -> None:
        work = random.choice((self.turn, self.turn, self.doc, self.memory, self.delete_doc))
        work()

    def turn(self) -> None:
        turn_id = self._begin("turn")
        asked, answered = (
            make_message("when?", id=f"{turn_id}-1"),
            make_message("noon", id=f"{turn_id}-2", role="assistant"),
        )
        with self.db.transaction():
            messages.append(self.db, SESSION, turn_id, [asked])
            if self.broken != "split":
                messages.append(self.db, SESSION, turn_id, [answered])
            self._job(turn_id)
        if self.broken == "split":
            with self.db.transaction():
                messages.append(self.db, SESSION, turn_id, [answered])
        self._done("turn", turn_id)

    def doc(self) -> None:
        doc_id = self._begin("doc")
        doc = make_doc("".join(CHUNKS), id=doc_id, agent_id=AGENT)
        with self.db.transaction():
            ids = docs.add(self.db, doc, pieces(*CHUNKS))
            self._job(doc_id)
            if self.broken != "torn":
                vectors.add(self.db, self.set_id, ids, matrix((1, 0), (0, 1), (1, 1)))
        if self.broken == "torn":
            with self.db.transaction():
                vectors.add(self.db, self.set_id, ids, matrix((1, 0), (0, 1), (1, 1)))
        self._docs.append(doc_id)
        self._done("doc", doc_id)

    def memory(self) -> None:
        memory_id = self._begin("memory")
        memory = make_memory(AGENT, USER, f"Grace sails {memory_id}", id=memory_id, sources=["m"])
        with self.db.transaction():
            memories.add(self.db, StoredMemory(memory))
            memory_search.add_vectors(self.db, [(memory_id, vector(1, 1))], embedding_set_id=self.set_id)
            self._job(memory_id)
        self._done("memory", memory_id)

    def delete_doc(self) -> None:
        if not self._docs:
            return
        doc_id = self._docs.pop()
        self.ledger.write("B", "gone", doc_id)
        with self.db.transaction():
            docs.delete(self.db, doc_id, agent_id=AGENT)
        self._done("gone", doc_id)

    def _begin(self, kind: str) -> str:
        made = f"{self.name}-{next(self._numbers)}"
        self.ledger.write("B", kind, made)
        return made

    def _done(self, kind: str, name: str) -> None:
        self.ledger.write("A", kind, name)

    def _job(self, name: str) -> None:
        jobs.add(self.db, id=f"job-{name}", name=name, kind="nothing", payload={}, now=NOW, state="succeeded")


def plant(broken: str) -> None:
    """Break the store itself, in this process."""
    if broken == "deferred":
        database_module._WHOLE = ("begin", "commit", "rollback")  # type: ignore[attr-defined]
    if broken == "nosync":
        connection_module._PRAGMAS = (*connection_module._PRAGMAS, "pragma synchronous = off")  # type: ignore[attr-defined]


def write_forever(path: str, ledger: str, seed: int, n_threads: int = 2, broken: str = "", sync: bool = False) -> None:
    """Write until killed."""
    plant(broken)
    db = Database(path)

    def work(thread: int) -> None:
        book = Ledger(f"{ledger}-{thread}")
        writer = Writer(db, book, f"{os.path.basename(ledger)}-{thread}", broken)
        random = Random(f"{seed}-{thread}")
        while True:
            writer.any(random)
            if sync:
                book.sync()

    threads = [threading.Thread(target=work, args=(thread,), daemon=True) for thread in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write_so_often(path: str, ledger: str, seed: int, n_threads: int, n: int, start: str, broken: str = "") -> None:
    """Write n times on each thread once the file `start` is there; print the milliseconds that each took."""
    plant(broken)
    while not os.path.exists(start):
        time.sleep(0.001)
    db = Database(path)
    took: list[float] = []
    failed: list[str] = []

    def work(thread: int) -> None:
        writer = Writer(db, Ledger(f"{ledger}-{thread}"), f"{os.path.basename(ledger)}-{thread}", broken)
        random = Random(f"{seed}-{thread}")
        for _ in range(n):
            began = time.perf_counter()
            try:
                with contextlib.ExitStack() as stack:
                    if broken == "deferred":  # what reads before it writes
                        stack.enter_context(db.transaction())
                        db.query("select count(*) from users")
                    writer.any(random)
                docs.page(db, agent_id=AGENT, limit=3, offset=0)
            except ApiError as error:
                failed.append(str(error))
            took.append(1000 * (time.perf_counter() - began))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    for each in took:
        print(f"took {each:.2f}")
    for error in failed:
        print("failed", error)


def open_at_once(path: str, start: str) -> None:
    """Open the file once `start` is there, write a user, close it; print the milliseconds of opening."""
    while not os.path.exists(start):
        time.sleep(0.0005)
    began = time.perf_counter()
    db = Database(path)
    took = 1000 * (time.perf_counter() - began)
    with db.transaction():
        users.add(db, make_user())
    db.close()
    print(f"took {took:.1f}")


def life(path: str, ledger: str, go: str) -> None:
    """All that writes to a file, once `go` is there; each step says how it ended."""
    while not os.path.exists(go):
        time.sleep(0.001)
    book = Ledger(ledger)
    db = None
    writer = None

    def step(name: str, work: Callable[[], object]) -> None:
        try:
            work()
            print("done", name, flush=True)
        except ApiError as error:
            print("typed", type(error).__name__, name, error, flush=True)
        except AssertionError:
            raise
        except Exception as error:
            print("untyped", type(error).__name__, name, error, flush=True)

    def opened() -> None:
        nonlocal db, writer
        db = Database(path)
        with db.transaction():
            agents.add(db, make_agent(id=AGENT))
            users.add(db, make_user(id=USER))
            sessions.add(db, make_session(AGENT, id=SESSION, user_id=USER))
            embedding_sets.id_for(db, "test", 2)
        writer = Writer(db, book, "life")

    for _ in range(3):  # an error may have been one of many
        if writer is None:
            step("open", opened)
    if db is None or writer is None:
        return
    for n in range(2):
        step(f"turn {n}", writer.turn)
        step(f"doc {n}", writer.doc)
        step(f"memory {n}", writer.memory)
    step("delete", writer.delete_doc)
    step("copy", lambda: backups.make(db, f"{path}.copy"))
    step("compact", lambda: fts.compact(db))
    step("turn after", writer.turn)
    db.close()
    print("closed", flush=True)


def migrate(path: str, go: str) -> None:
    """Bring an old file up to date once `go` is there, and say when that begins and ends."""
    while not os.path.exists(go):
        time.sleep(0.0005)
    print("begin", flush=True)
    db = Database(path)
    print("end", flush=True)
    db.close()


def copy(path: str, target: str) -> None:
    db = Database(path)
    backups.make(db, target)
    db.close()


def compact(path: str) -> None:
    db = Database(path)
    while True:
        fts.compact(db)


def reembed(path: str) -> None:
    """Give all chunks vectors of another embedder."""
    from julep_local import indexing
    from julep_local.testing import HashEmbedder

    indexing.PORTION = 16  # so that kills fall between many transactions, and into them
    db = Database(path)
    print("begin", flush=True)
    indexing.embed_all(db, HashEmbedder(n_dims=32), lambda _: time.sleep(0.002))
    print("end", flush=True)
    db.close()


def read_for(path: str, seconds: float) -> None:
    """Hold one snapshot for so long."""
    db = Database(path)
    with db.snapshot():
        db.query("select count(*) from messages")
        print("reading", flush=True)
        time.sleep(seconds)
    db.close()


def copy_over(path: str, target: str) -> None:
    db = Database(path)
    print("begin", flush=True)
    backups.make(db, target, overwrite=True, progress=lambda *_: time.sleep(0.02))  # so that kills fall into it
    print("end", flush=True)
    db.close()


def fork_so_often(path: str, ledger: str, n: int) -> None:
    """Fork n times while two threads write; each child finds its handle refused, and opens the file anew."""
    from tests.torture.b_processes import refuses_forked
    from tests.torture.ledgers import unsound

    db = Database(path)
    stop = threading.Event()

    def work(thread: int) -> None:
        writer, random = Writer(db, Ledger(f"{ledger}-{thread}"), f"fork-{thread}"), Random(thread)
        while not stop.is_set():
            writer.any(random)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(n):
        child = os.fork()
        if child == 0:
            refused = refuses_forked(db)
            anew = Database(path)
            with anew.transaction():
                users.add(anew, make_user())
            anew.close()
            os._exit(0 if refused else 1)
        print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    stop.set()
    for thread in threads:
        thread.join()
    if not unsound(db) and db.query("select count(*) from users")[0][0] == n + 1:
        print("parent sound", flush=True)
    db.close()


def fork_at_first_use(delay_s: float) -> None:
    """Fork while two threads make the first values of this process; the child makes one, too."""
    threads = [threading.Thread(target=make_user) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(delay_s)
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # a hang ends by this
        make_user().json()
        os._exit(0)
    print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
