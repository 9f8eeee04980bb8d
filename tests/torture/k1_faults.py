"""K1: what these tests say would be worth nothing if they could not fail. So each is run with a fault put in.

A fault is a piece of the library that is replaced by one that does less; the check that should notice it has to.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from julep_local import Client
from julep_local.errors import ApiError, BadExport, Offline
from julep_local.llm import hub
from julep_local.llm.remote import RemoteChatModel
from julep_local.managers import _importing
from julep_local.store import forgetting, fts, library, listing, messages, sessions, sqlcipher, vectors
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel

from . import g1_state_machine, g_data, i1_clock
from .row import Row, Tier

WORD = "quibbleflax"


@dataclass(frozen=True)
class Fault:
    """What is replaced by what, and what has to notice."""

    where: Any
    name: str
    instead: Any
    notices: Callable[[], bool]


def _nothing(*_: Any, **__: Any) -> None:
    return None


@contextlib.contextmanager
def _client(**given: Any) -> Iterator[tuple[Client, Path]]:
    folder = Path(tempfile.mkdtemp())
    try:
        given = {"model": ScriptedModel(lambda prompt: "ok"), "embedder": HashEmbedder(16), **given}
        with Client(path=folder / "julep.db", **given) as client:
            yield client, folder
    finally:
        shutil.rmtree(folder)


def _forgetting_leaves_something() -> bool:
    with _client() as (client, folder):
        agent = client.agents.create(name="A")
        user = client.users.create(name=f"{WORD} of the sea", about=WORD, docs=[{"title": "t", "content": WORD}])
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        client.sessions.chat(
            session_id=session.id,
            messages=[{"role": "user", "content": f"{WORD} said so"}],
            record=True,
            remember=False,
        )
        client.memories.add(agent_id=agent.id, user_id=user.id, content=WORD)
        db = client._api_client._runtime.db
        with db.transaction():
            db.execute(
                "insert into jobs (id, name, kind, payload, created_at, updated_at) values ('j', 'n', 'k', :p, '', '')",
                {"p": json.dumps({"user_id": user.id, "said": WORD})},
            )
        receipt = client.users.forget(user.id)
        says_so = any((receipt.n_rows_left, receipt.n_ids_left, receipt.n_texts_left, receipt.n_free_pages))
        return says_so or WORD[:6].encode() in _bytes(folder)


def _bytes(folder: Path) -> bytes:
    files = [str(file) for file in folder.glob("julep.db*") if file.is_file() and not file.name.endswith("-shm")]
    script = "import sys; sys.stdout.buffer.write(b''.join(open(each, 'rb').read() for each in sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", script, *files], capture_output=True, check=True).stdout


def _a_strangers_export_is_taken() -> bool:
    tests = str(Path(__file__).parents[1])
    if tests not in sys.path:
        sys.path.append(tests)
    from test_agent_files import HOSTILE_ROWS, _changed, _lived  # type: ignore[import-not-found]

    with _client() as (client, folder):
        client.agents.export(_lived(client), folder / "a.agent")
        good = (folder / "a.agent").read_bytes()
    for how in ("a message of another session", "an id twice", "a tier that is none"):
        with _client() as (client, folder):
            _changed(folder / "bad", good, HOSTILE_ROWS[how])
            try:
                client.agents.import_file(folder / "bad")
            except BadExport:
                continue
            except ApiError:
                return True
            return True
    return False


def _an_encrypted_file_shows_something() -> bool:
    with _client(key="a key") as (client, folder):
        client.users.create(name=WORD, about="")
        client.compact()
        return WORD.encode() in _bytes(folder)


def _offline_lets_something_through() -> bool:
    try:
        with _client(offline=True, model=RemoteChatModel("http://192.0.2.1/v1", "qwen")):
            return True
    except Offline:
        return False


def _locks_are_dropped() -> bool:
    with _client() as (client, folder):
        user = client.users.create(name="B", about="")
        client.users.forget(user.id)
        inodes = {os.stat(folder / name).st_ino for name in ("julep.db", "julep.db-shm")}
        held = {
            int(line.split()[5].split(":")[2])
            for line in Path("/proc/locks").read_text().splitlines()
            if int(line.split()[4]) == os.getpid()
        }
        return not inodes <= held


def _any_order_differs() -> bool:
    with patch.dict(g1_state_machine.SIZES, {"P": (60, 40)}):
        try:
            return bool(g1_state_machine.run("P")[0].failures)
        except BaseException:
            return True


def _opened_and_closed(db: Database, n_bytes: int) -> Iterator[bytes]:
    with open(db.path, "rb") as file:
        yield file.read()


_PATHS = """
and not exists (
    select 1
    from json_each(:metadata_filter) as wanted
    where metadata ->> ('$.' || wanted.key) is not wanted.atom
)
"""


def _page_by_time(db: Database, session_id: str, limit: int, offset: int) -> Any:
    found = messages_page(db, session_id, limit, offset)
    return sorted(found, key=lambda message: message.created_at)


messages_page = messages.page

FAULTS: dict[str, Fault] = {
    "a forgotten person's rows are deleted, and the file is not written anew": Fault(
        fts, "compact", _nothing, _forgetting_leaves_something
    ),
    "their words stay in the text indexes": Fault(fts, "optimize", _nothing, _forgetting_leaves_something),
    "their jobs keep what they hold": Fault(
        forgetting, "delete", lambda db, known, now: _delete_all_but_jobs(db, known), _forgetting_leaves_something
    ),
    "their memories stay": Fault(
        forgetting, "_OWN", {**forgetting._OWN, "users": "false", "memories": "false"}, _forgetting_leaves_something
    ),
    "an import stores without checking": Fault(
        _importing, "_Checked", type("_Unchecked", (), {"__init__": _nothing, "ids": lambda *_: set(), "own_docs": ()}),
        _a_strangers_export_is_taken,
    ),
    "an encrypted file is written by a library that knows no keys": Fault(
        sqlcipher, "library", lambda: library.sqlite, _an_encrypted_file_shows_something
    ),
    "every address counts as this machine": Fault(
        hub, "is_loopback", lambda url: True, _offline_lets_something_through
    ),
    "the file's bytes are read by opening it once more": Fault(
        Database, "blocks", _opened_and_closed, _locks_are_dropped
    ),
    "filters are made into paths": Fault(
        listing, "_FILTER", _PATHS, lambda: bool(g_data.g2(300, seed=1).failures)
    ),
    "search texts are not quoted": Fault(
        fts, "_quoted", lambda word: word, lambda: bool(g_data.g3(60, seed=1).failures)
    ),
    "vectors are stored as they come": Fault(
        vectors, "checked", lambda db, set_id, rows: rows.astype("<f2"), lambda: bool(g_data.g4().failures)
    ),
    "a deleted session stays": Fault(sessions, "delete", lambda db, session_id: True, _any_order_differs),
    "history is ordered by time": Fault(
        messages, "page", _page_by_time, lambda: bool(i1_clock.run("P")[0].failures)
    ),
}  # fmt: skip


def _delete_all_but_jobs(db: Database, known: forgetting.Traces) -> int:
    for table in ("sessions", "users", "docs", "memories", "doc_owners", "memory_owners"):
        db.execute(f"delete from {table} where {forgetting._OWN[table]}", {"user_id": known.user_id})  # noqa: S608
    return 0


QUICK = {
    _forgetting_leaves_something,
    _an_encrypted_file_shows_something,
    _offline_lets_something_through,
    _locks_are_dropped,
}
"""Checks that each change can afford; the others take seconds."""


def run(tier: Tier) -> list[Row]:
    """Put in each fault, and see that it is noticed; without one, nothing is."""
    tried = {name: fault for name, fault in FAULTS.items() if tier != "P" or fault.notices in QUICK}
    failures = [f"not noticed: {name}" for name, fault in tried.items() if not is_noticed(fault)]
    for check in dict.fromkeys(fault.notices for fault in tried.values()):
        if check():
            failures.append("a check fails without a fault")
    return [Row("seeded faults, each noticed", len(tried), failures)]


def is_noticed(fault: Fault) -> bool:
    """Return whether the check of a fault sees it."""
    with patch.object(fault.where, fault.name, fault.instead):
        try:
            return fault.notices()
        except ImportError:
            raise  # that is no notice of anything
        except Exception:
            return True
