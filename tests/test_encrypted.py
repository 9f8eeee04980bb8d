"""`Client(key=...)`: a file that says nothing without its key, and everything with it."""

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import pytest

from julep_local import Client
from julep_local.errors import InvalidInput, NotADatabase, WrongKey
from julep_local.keys import SERVICE
from julep_local.runtime import Runtime
from julep_local.settings import read_settings
from julep_local.store import sqlcipher
from julep_local.store.database import Database
from julep_local.store.library import OLDEST_SQLITE

ROUNDS = sqlcipher.ROUNDS
WORD = "krestaful"
KEY = 'correct horse\'s "battery" ✓'


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving a key takes a tenth of a second, by intention; what it is derived with is the same."""
    monkeypatch.setattr(sqlcipher, "ROUNDS", 10)


def test_nothing_of_an_encrypted_file_can_be_read(make_client: Callable[..., Client], tmp_path: Path) -> None:
    for name, key in (("plain.db", None), ("encrypted.db", KEY)):
        client = make_client(path=tmp_path / name, key=key)
        agent = client.agents.create(name=WORD, docs=[{"title": WORD, "content": WORD}])
        user = client.users.create(name=WORD, about=WORD)
        session = client.sessions.create(agent_id=agent.id, user_id=user.id, situation=WORD)
        said = {"role": "user", "content": f"My dog is called {WORD}."}
        client.jobs.wait(client.sessions.chat(session_id=session.id, messages=[said]).jobs)

        open_files = _bytes(tmp_path, name)
        assert f"{name}-wal" in {each.name for each in tmp_path.iterdir()}
        client.close()

        for content in (open_files, _bytes(tmp_path, name)):
            for word in (WORD.encode(), b"SQLite format 3", b"CREATE TABLE", b"agents", agent.id.encode()):
                assert (word in content) == (key is None), word


def test_with_its_key_everything_is_there(make_client: Callable[..., Client], tmp_path: Path) -> None:
    with make_client(key=KEY) as client:
        agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry leaves at nine."}])
        digest = client.digest()

    with make_client(key=KEY) as client:
        assert client.digest() == digest
        assert client.docs.search("ferry", agent_id=agent.id, limit=1)[0].title == "Ferry"
        client.compact()
        assert client.digest() == digest
        found = client._api_client._runtime.db.query("pragma integrity_check")[0][0]
        assert found == "ok"


def test_a_wrong_key_is_a_typed_error_and_changes_nothing(make_client: Callable[..., Client], tmp_path: Path) -> None:
    make_client(key=KEY).close()
    before = (tmp_path / "julep.db").read_bytes()

    with pytest.raises(WrongKey, match="does not open it") as refused:
        make_client(key=KEY + " ")
    with pytest.raises(NotADatabase, match="needs its key"):
        make_client()

    assert KEY not in str(refused.value)
    assert (tmp_path / "julep.db").read_bytes() == before
    make_client(key=KEY)


def test_a_file_that_is_not_encrypted_takes_no_key(make_client: Callable[..., Client], tmp_path: Path) -> None:
    make_client().close()
    before = (tmp_path / "julep.db").read_bytes()

    with pytest.raises(WrongKey, match="is not encrypted"):
        make_client(key=KEY)

    assert (tmp_path / "julep.db").read_bytes() == before


def test_while_it_is_open_another_key_does_not_open_it_a_second_time(make_client: Callable[..., Client]) -> None:
    """No second SQLite may touch the file: each would drop the other's locks."""
    client = make_client(key=KEY)

    for key in (None, "another"):
        with pytest.raises(WrongKey):
            make_client(key=key)

    assert make_client(key=KEY).digest() == client.digest()


def test_each_thread_has_the_key(make_client: Callable[..., Client]) -> None:
    client = make_client(key=KEY)
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(client.agents.create(name="Ada").id)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {agent.id for agent in client.agents.list()} == set(made)
    assert len(made) == 8


def test_programs_that_make_it_at_the_same_time_agree_on_it(
    tmp_path: Path, offline_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins with a salt of its own, and one of them makes the file."""
    script = """
    import sys
    from julep_local.store.database import Database
    print("ready", flush=True)
    sys.stdin.readline()
    db = Database(sys.argv[2], key="a key")
    with db.transaction():
        db.execute("insert into users (id, created_at, updated_at) values (:id, '', '')", {"id": sys.argv[1]})
    db.close()
    """
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), str(i), str(tmp_path / "julep.db")],
            env=offline_environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(3)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        program.communicate(timeout=60)

    monkeypatch.setattr(sqlcipher, "ROUNDS", ROUNDS)
    assert [program.returncode for program in programs] == [0] * 3
    database = Database(str(tmp_path / "julep.db"), key="a key")
    assert sorted(row["id"] for row in database.query("select id from users")) == ["0", "1", "2"]
    database.close()


def test_what_a_model_has_read_is_not_written_beside_it(make_client: Callable[..., Client], tmp_path: Path) -> None:
    for key, expected in ((None, str(tmp_path / "None.db-kv")), (KEY, None)):
        runtime: Runtime = make_client(path=tmp_path / f"{key and 'encrypted'}.db", key=key)._api_client._runtime

        assert runtime.conversation("a session").folder == expected


def test_other_programs_open_it_with_the_same_passphrase(
    make_client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlcipher, "ROUNDS", ROUNDS)
    with make_client(key="a key") as client:
        client.agents.create(name="Ada")

    raw: Any = sqlcipher.library().connect(str(tmp_path / "julep.db"))
    raw.execute("pragma key = 'a key'")

    assert raw.execute("select name from agents").fetchall() == [("Ada",)]
    raw.close()


def test_a_person_is_forgotten_in_it_too(make_client: Callable[..., Client]) -> None:
    client = make_client(key=KEY)
    person = client.users.create(name=WORD, about=WORD)

    receipt = client.users.forget(person.id)

    assert receipt.is_encrypted
    assert (receipt.n_rows_left, receipt.n_ids_left, receipt.n_free_pages) == (0, 0, 0)


def test_a_backup_of_it_is_encrypted_too_and_opens_with_the_same_key(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client(key=KEY)
    client.users.create(name=WORD, about=WORD)

    client.backup(tmp_path / "copy.db")

    assert WORD.encode() not in (tmp_path / "copy.db").read_bytes()
    assert make_client(path=tmp_path / "copy.db", key=KEY).digest() == client.digest()
    assert client.doctor().is_sound


def test_a_savepoint_undoes_in_it_too(make_client: Callable[..., Client]) -> None:
    client = make_client(key=KEY)
    with client.savepoint():
        client.agents.create(name="Ada")

    assert client.agents.list() == []


def test_a_damaged_page_is_a_typed_error(make_client: Callable[..., Client], tmp_path: Path) -> None:
    """Each page is authenticated: a flipped bit is never another text."""
    client = make_client(key=KEY)
    client.agents.create(name="Ada", docs=[{"title": "t", "content": "a text. " * 5_000}])
    client.close()
    content = bytearray((tmp_path / "julep.db").read_bytes())
    for page in range(20, len(content) // 4096):
        content[page * 4096 + 99] ^= 1
    (tmp_path / "julep.db").write_bytes(content)

    with pytest.raises((WrongKey, NotADatabase)):
        make_client(key=KEY).digest()


def test_the_library_of_encrypted_files_loses_no_writes() -> None:
    assert sqlcipher.library().sqlite_version_info >= OLDEST_SQLITE


def test_a_database_in_memory_has_no_key() -> None:
    with pytest.raises(InvalidInput, match="in memory"):
        Database(":memory:", key=KEY)


def test_the_environments_key_is_not_meant_for_a_database_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JULEP_LOCAL_KEY", KEY)

    assert read_settings(path=":memory:").key is None
    assert read_settings(path=":memory:", key=KEY).key == KEY


def test_the_key_is_not_shown_with_the_settings(tmp_path: Path) -> None:
    assert KEY not in repr(read_settings(path=tmp_path / "julep.db", key=KEY))


# where the key comes from


def test_the_key_may_stand_in_the_environment(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "a key")
    make_client(key="env:MY_KEY").close()
    monkeypatch.setenv("JULEP_LOCAL_KEY", "a key")
    make_client().close()

    monkeypatch.delenv("MY_KEY")
    with pytest.raises(WrongKey, match="MY_KEY"):
        make_client(key="env:MY_KEY")


class _Keyring(keyring.backend.KeyringBackend):
    """A keyring that holds what it is given, as long as the test lasts."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked("is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[_Keyring]:
    before = keyring.get_keyring()
    made = _Keyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_new_file_gets_a_key_that_the_keyring_keeps(
    make_client: Callable[..., Client], ring: _Keyring, tmp_path: Path
) -> None:
    with make_client(key="keyring") as client:
        agent = client.agents.create(name="Ada")

    ((where, key),) = ring.held.items()
    assert where == (SERVICE, str(tmp_path / "julep.db"))
    assert len(key) > 40
    with make_client(key="keyring") as client:
        assert client.agents.get(agent.id).name == "Ada"
    make_client(key=key)


def test_without_its_entry_in_the_keyring_a_file_stays_closed(
    make_client: Callable[..., Client], ring: _Keyring
) -> None:
    make_client(key="keyring").close()
    ring.held.clear()

    with pytest.raises(WrongKey, match="keyring set"):
        make_client(key="keyring")


def test_a_locked_keyring_is_a_typed_error(make_client: Callable[..., Client], ring: _Keyring) -> None:
    ring.is_locked = True

    with pytest.raises(WrongKey, match="unlock it"):
        make_client(key="keyring")


def _bytes(folder: Path, name: str) -> bytes:
    """Return the bytes of a file and its log, read by another process: closing it here would drop its locks."""
    files = [str(folder / each) for each in (name, f"{name}-wal") if (folder / each).exists()]
    script = "import sys; sys.stdout.buffer.write(b''.join(open(each, 'rb').read() for each in sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", script, *files], capture_output=True, check=True).stdout
