"""`client.agents.export` and `import_file`: an agent leaves one file and enters another, equal, whole or not at all."""

import asyncio
import functools
import hashlib
import io
import json
import os
import re
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import BadExport, Conflict, InvalidInput, NotFound
from julep_local.managers import _agent_file
from julep_local.managers._agent_file import digest_of
from julep_local.store import portable
from julep_local.testing import HashEmbedder, ScriptedModel

Change = Callable[[dict[str, list[Any]]], object]


@pytest.fixture
def make_other(make_client: Callable[..., Client], tmp_path: Path) -> Callable[[], Client]:
    """Open a client on a further file."""
    return lambda: make_client(path=tmp_path / f"other-{os.urandom(4).hex()}.db")


def test_an_agent_that_went_to_another_file_and_back_is_the_same(
    client: Client, make_other: Callable[[], Client], tmp_path: Path
) -> None:
    agent_id = _lived(client)
    first = client.agents.export(agent_id, tmp_path / "first.agent")

    other = make_other()
    entered = other.agents.import_file(tmp_path / "first.agent")
    again = other.agents.export(agent_id, tmp_path / "again.agent")

    assert entered.agent_id == agent_id
    assert first.digest == entered.digest == again.digest
    assert entered.n_rows == first.n_rows == again.n_rows
    assert min(n for kind, n in first.n_rows.items()) > 0, first.n_rows
    assert (tmp_path / "first.agent").read_bytes() == (tmp_path / "again.agent").read_bytes()
    assert _seen(other, agent_id) == _seen(client, agent_id)
    assert other.doctor().is_sound


def test_an_imported_agent_goes_on_as_before(client: Client, make_other: Callable[[], Client], tmp_path: Path) -> None:
    agent_id = _lived(client)
    client.agents.export(agent_id, tmp_path / "a.agent")
    other = make_other()

    other.jobs.wait(other.agents.import_file(tmp_path / "a.agent").jobs)

    (session,) = other.sessions.list()
    (hit,) = other.docs.search("ferry", agent_id=agent_id, limit=1)
    assert hit.similarity is not None
    assert other.memories.search("dog", agent_id=agent_id, user_id=session.user_id, limit=1)[0].similarity is not None
    answer = other.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "Is the ferry late?"}])
    assert answer.context is not None
    assert [each.kind for each in answer.context.recalled][:1] == ["doc"]
    assert len(other.sessions.history(session_id=session.id)) == 8


def test_with_new_ids_it_is_a_copy_that_shares_nothing(client: Client, tmp_path: Path) -> None:
    agent_id = _lived(client)
    before = client.digest()
    client.agents.export(agent_id, tmp_path / "a.agent")
    assert client.digest() == before

    copied = client.agents.import_file(tmp_path / "a.agent", ids="new")
    client.agents.export(copied.agent_id, tmp_path / "copy.agent")

    assert copied.agent_id != agent_id
    assert copied.users_kept == []
    original, copy = _lines(tmp_path / "a.agent"), _lines(tmp_path / "copy.agent")
    ids = _ids(original)
    assert ids.isdisjoint(_ids(copy))
    assert _with_numbers(original) == _with_numbers(copy)


def test_a_user_who_is_there_already_stays_as_they_are(client: Client, tmp_path: Path) -> None:
    agent_id = _lived(client)
    client.agents.export(agent_id, tmp_path / "a.agent")
    (user,) = client.users.list()
    client.agents.delete(agent_id)
    client.users.update(user_id=user.id, about="was changed meanwhile")
    n_docs = len(client.docs.list(user_id=user.id))

    entered = client.agents.import_file(tmp_path / "a.agent")

    assert entered.users_kept == [user.id]
    assert (entered.n_rows["users"], entered.n_rows["sessions"]) == (0, 1)
    assert client.users.get(user.id).about == "was changed meanwhile"
    assert len(client.docs.list(user_id=user.id)) == n_docs
    assert client.sessions.list()[0].user_id == user.id


def test_an_agent_that_is_there_already_is_a_conflict(client: Client, tmp_path: Path) -> None:
    client.agents.export(_lived(client), tmp_path / "a.agent")
    before = client.digest()

    with pytest.raises(Conflict, match="ids='new'"):
        client.agents.import_file(tmp_path / "a.agent")

    assert client.digest() == before


def test_an_export_is_its_owners_alone_and_overwrites_nothing(client: Client, tmp_path: Path) -> None:
    agent = client.agents.create(name="Ada")
    (tmp_path / "there").write_text("something else")

    client.agents.export(agent.id, tmp_path / "folder" / "a.agent")
    with pytest.raises(Conflict, match="is there already"):
        client.agents.export(agent.id, tmp_path / "there")

    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "folder" / "a.agent").stat().st_mode) == 0o600
    assert (tmp_path / "there").read_text() == "something else"


def test_of_an_unknown_agent_there_is_no_export(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        client.agents.export("0b0a5a0e-3b1e-4b9f-8d6a-3d3f0c6c8a11", tmp_path / "a.agent")

    assert not (tmp_path / "a.agent").exists()


@pytest.mark.parametrize("way", ["export", "import_file"])
def test_progress_is_told_and_an_error_in_it_leaves_nothing_behind(way: str, client: Client, tmp_path: Path) -> None:
    agent_id = _lived(client)
    told: list[tuple[int, int]] = []
    client.agents.export(agent_id, tmp_path / "a.agent", on_progress=lambda *each: told.append(each))
    before, files = client.digest(), sorted(each.name for each in tmp_path.iterdir())

    def fail(n_done: int, n_rows: int) -> None:
        raise KeyboardInterrupt

    work = (
        functools.partial(client.agents.export, agent_id, tmp_path / "b.agent")
        if way == "export"
        else functools.partial(client.agents.import_file, tmp_path / "a.agent", ids="new")
    )
    with pytest.raises(KeyboardInterrupt):
        work(on_progress=fail)

    assert told[-1][0] == told[-1][1] > 0
    assert client.digest() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == files


def test_a_cancelled_import_stores_nothing(tmp_path: Path) -> None:
    async def run() -> tuple[str, str]:
        model = ScriptedModel(lambda prompt: "ok")
        async with AsyncClient(path=tmp_path / "a.db", model=model, embedder=HashEmbedder()) as client:
            agent = await client.agents.create(
                name="Ada", docs=[{"title": f"{i}", "content": "a text"} for i in range(250)]
            )
            await client.agents.export(agent.id, tmp_path / "a.agent")
            before = await client.digest()
            task: asyncio.Task[Any]

            def cancel(n_done: int, n_rows: int) -> None:
                loop.call_soon_threadsafe(task.cancel)
                for _ in range(1_000_000):  # until the loop has told the thread
                    if stop_requested():
                        return

            from julep_local._mirror import stop_requested

            loop = asyncio.get_running_loop()
            task = asyncio.create_task(client.agents.import_file(tmp_path / "a.agent", ids="new", on_progress=cancel))
            with pytest.raises(asyncio.CancelledError):
                await task
            return before, await client.digest()

    before, after = asyncio.run(run())

    assert before == after


# files of strangers


def test_the_clients_own_file_is_not_opened(client: Client, tmp_path: Path) -> None:
    for name in ("julep.db", "julep.db-shm"):
        with pytest.raises(BadExport, match="this program has open"):
            client.agents.import_file(tmp_path / name)


HOSTILE_FILES = {
    "no such file": lambda path, good: None,
    "empty": lambda path, good: path.write_bytes(b""),
    "text": lambda path, good: path.write_text("hello " * 99),
    "folder": lambda path, good: path.mkdir(),
    "cut short": lambda path, good: path.write_bytes(good[: len(good) // 2]),
    "a byte changed": lambda path, good: path.write_bytes(_flipped(good)),
    "bytes in front": lambda path, good: path.write_bytes(b"MZ" + good),
    "another zip": lambda path, good: _zipped(path, {"readme.txt": b"hello"}),
    "a path that leaves": lambda path, good: _zipped(path, {**_members(good), "../../evil": b"x"}),
    "an absolute path": lambda path, good: _zipped(path, {**_members(good), "/etc/evil": b"x"}),
    "one file missing": lambda path, good: _zipped(path, {k: v for k, v in _members(good).items() if "docs" not in k}),
    "manifest no object": lambda path, good: _zipped(path, {**_members(good), "manifest.json": b"[1, 2]"}),
    "manifest nested": lambda path, good: _zipped(path, {**_members(good), "manifest.json": b"[" * 60_000}),
    "manifest huge": lambda path, good: _zipped(path, {**_members(good), "manifest.json": b" " * 100_000}),
    "a row changed": lambda path, good: _zipped(
        path, {**_members(good), "users.jsonl": _members(good)["users.jsonl"].replace(b"Bo", b"Al")}
    ),
}


@pytest.mark.parametrize("how", HOSTILE_FILES)
def test_what_is_no_export_is_refused_and_stores_nothing(
    how: str, good: bytes, untouched: Client, tmp_path: Path
) -> None:
    client = untouched
    before = client.digest()
    HOSTILE_FILES[how](tmp_path / "bad", good)

    with pytest.raises(BadExport) as refused:
        client.agents.import_file(tmp_path / "bad")

    assert refused.value.status_code == 422
    assert client.digest() == before
    assert client.agents.list() == []


def test_a_name_that_stands_in_it_twice_is_refused(
    good: bytes, make_other: Callable[[], Client], tmp_path: Path
) -> None:
    members = _members(good)
    _zipped(tmp_path / "bad", members)
    with zipfile.ZipFile(tmp_path / "bad", "a") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.writestr("users.jsonl", members["users.jsonl"])

    with pytest.raises(BadExport, match="twice"):
        make_other().agents.import_file(tmp_path / "bad")


def test_a_bomb_is_refused_before_it_is_unpacked(
    good: bytes, make_other: Callable[[], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_file, "ALWAYS_BYTES", 1 << 16)
    members = _members(good)
    members["messages.jsonl"] = b" " * (4 << 20) + b"\n"
    _signed(tmp_path / "bomb", members, compression=zipfile.ZIP_DEFLATED)

    with pytest.raises(BadExport, match="unpacked it would have"):
        make_other().agents.import_file(tmp_path / "bomb")


def test_sizes_that_are_not_true_are_refused(good: bytes, make_other: Callable[[], Client], tmp_path: Path) -> None:
    members = _members(good)
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["users.jsonl"]["bytes"] = 3
    members["manifest.json"] = json.dumps(manifest).encode()
    _zipped(tmp_path / "bad", members)

    with pytest.raises(BadExport, match="another size"):
        make_other().agents.import_file(tmp_path / "bad")


def test_a_line_without_an_end_is_refused(
    good: bytes, make_other: Callable[[], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agent_file, "MOST_LINE_BYTES", 100)
    (tmp_path / "bad").write_bytes(good)

    with pytest.raises(BadExport, match="has no end"):
        make_other().agents.import_file(tmp_path / "bad")


def test_a_newer_release_wrote_it(good: bytes, make_other: Callable[[], Client], tmp_path: Path) -> None:
    members = _members(good)
    members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), "version": 2}).encode()
    _zipped(tmp_path / "bad", members)

    with pytest.raises(BadExport, match="upgrade julep_local"):
        make_other().agents.import_file(tmp_path / "bad")


STRANGER = "0b0a5a0e-3b1e-4b9f-8d6a-3d3f0c6c8a11"
HOSTILE_ROWS: dict[str, Change] = {
    "no row an object": lambda rows: rows["users"].append([1]),
    "a key too many": lambda rows: rows["users"][0].update(is_admin=True),
    "a key missing": lambda rows: rows["users"][0].pop("about"),
    "a number for a name": lambda rows: rows["users"][0].update(name=7),
    "an id that is none": lambda rows: rows["tools"][0].update(id="../../x"),
    "an id twice": lambda rows: rows["messages"].append(rows["messages"][0]),
    "an id twice, in capitals": lambda rows: rows["docs"].append(
        {**rows["docs"][0], "id": rows["docs"][0]["id"].upper()}
    ),
    "two agents": lambda rows: rows["agents"].append({**rows["agents"][0], "id": STRANGER}),
    "no agent": lambda rows: rows["agents"].clear(),
    "another agent": lambda rows: rows["agents"][0].update(id=STRANGER),
    "a doc of a stranger": lambda rows: rows["docs"][0].update(agent_id=None, user_id=STRANGER),
    "a doc of two": lambda rows: rows["docs"][0].update(user_id=rows["users"][0]["id"]),
    "a doc of nobody": lambda rows: rows["docs"][0].update(agent_id=None, user_id=None),
    "a session of a stranger": lambda rows: rows["sessions"][0].update(user_id=STRANGER),
    "a message of another session": lambda rows: rows["messages"][0].update(session_id=STRANGER),
    "a suggestion of another session": lambda rows: rows["suggestions"][0].update(session_id=STRANGER),
    "a memory of a stranger": lambda rows: rows["memories"][0].update(user_id=STRANGER),
    "a retracted stranger": lambda rows: rows["retracted"].append(
        {"message_id": STRANGER, "retracted_at": "2024-01-01T00:00:00Z"}
    ),
    "a role that is none": lambda rows: rows["messages"][0].update(role="root"),
    "a content that is none": lambda rows: rows["messages"][0].update(content={"text": "x"}),
    "a part that is none": lambda rows: rows["messages"][0].update(content=[{"type": "code", "text": "x"}]),
    "half a surrogate": lambda rows: rows["messages"][0].update(content="\ud800"),
    "half a surrogate in a part": lambda rows: rows["messages"][0].update(content=[{"type": "text", "text": "\udfff"}]),
    "half a surrogate in metadata": lambda rows: rows["users"][0].update(metadata={"a": ["\ud800"]}),
    "metadata that is a list": lambda rows: rows["users"][0].update(metadata=[1]),
    "metadata too deep": lambda rows: rows["users"][0].update(metadata={"a": _nested(300)}),
    "a number beyond 64 bits": lambda rows: rows["users"][0].update(metadata={"a": 2**70}),
    "an infinite number": lambda rows: rows["users"][0].update(metadata={"a": 1e999}),
    "parameters that are a text": lambda rows: rows["tools"][0].update(parameters="x"),
    "a type of tool that is none": lambda rows: rows["tools"][0].update(type="shell"),
    "instructions of numbers": lambda rows: rows["agents"][0].update(instructions=[1]),
    "settings that are none": lambda rows: rows["agents"][0].update(default_settings={"temperature": "hot"}),
    "a tier that is none": lambda rows: rows["agents"][0].update(memory_tier="superb"),
    "an importance of 7": lambda rows: rows["memories"][0].update(importance=7),
    "a sentiment of 7": lambda rows: rows["memories"][0].update(sentiment=7),
    "a state that is none": lambda rows: rows["memories"][0].update(state="eternal"),
    "a speaker who does not speak": lambda rows: rows["memories"][0].update(speaker="The bank"),
    "a time beyond the calendar": lambda rows: rows["users"][0].update(created_at=10**18),
    "a time that is none": lambda rows: rows["users"][0].update(created_at="yesterday"),
    "chunks that are none": lambda rows: rows["docs"][0].update(chunks=[["a"]]),
    "a target that is none": lambda rows: rows["suggestions"][0].update(target="root"),
}


@pytest.mark.parametrize("how", HOSTILE_ROWS)
def test_a_row_that_no_export_writes_is_refused_and_stores_nothing(
    how: str, good: bytes, untouched: Client, tmp_path: Path
) -> None:
    """The hashes are right: whoever made the file made them too."""
    client = untouched
    before = client.digest()
    _changed(tmp_path / "bad", good, HOSTILE_ROWS[how])

    with pytest.raises(BadExport):
        client.agents.import_file(tmp_path / "bad")

    assert client.digest() == before


def test_an_unknown_way_with_ids_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="keep"):
        client.agents.import_file(tmp_path / "a.agent", ids="swap")  # type: ignore[arg-type]


# an agent with some of everything


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An export, as bytes."""
    folder = tmp_path_factory.mktemp("good")
    with Client(path=":memory:", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder()) as client:
        client.agents.export(_lived(client), folder / "a.agent")
    return (folder / "a.agent").read_bytes()


@pytest.fixture(scope="module")
def untouched() -> Iterator[Client]:
    """A client of which every test sees that nothing was stored."""
    with Client(path=":memory:", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder()) as client:
        yield client


def _lived(client: Client) -> str:
    """Make an agent that has some of everything, and return its id."""
    agent = client.agents.create(
        name="Ada",
        about="a guide",
        instructions=["Be brief.", "Be “kind”."],
        default_settings={"temperature": 0.5, "preset": "creative"},
        metadata={"a": [1, 2.5, None, {"ü": "\u2028"}]},
        functions=[{"name": "look", "parameters": {"type": "object", "properties": {}}}],
        docs=[
            {"title": "Ferry", "content": "# Times\n\nThe ferry leaves at nine."},
            {"title": "L", "content": ["a b", "c"]},
        ],
    )
    client.memories.configure(agent_id=agent.id, tier="rules")
    user = client.users.create(name="Bo", about="a sailor", docs=[{"title": "Diary", "content": "My diary."}])
    session = client.sessions.create(agent_id=agent.id, user_id=user.id, situation="On the quay.", metadata={"n": 1})
    for text in ("My dog is called Biscuit.", "I live in Bergen.", "I moved: I live in Oslo now."):
        answer = client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": text}])
        client.jobs.wait(answer.jobs)
    client.memories.add(agent_id=agent.id, user_id=user.id, content="likes knots", importance=0.9)
    last = client.sessions.history(session_id=session.id)[-1]
    client.memories.retract(last.id)
    _form(client, session.id, last.id)
    return agent.id


def _form(client: Client, session_id: str, message_id: str) -> None:
    from julep_local.store import suggestions
    from julep_local.types import Suggestion

    db = client._api_client._runtime.db
    hint = {"session_id": session_id, "message_id": message_id, "target": "user", "content": "Ask for the ferry."}
    with db.transaction():
        suggestions.add(db, Suggestion.model_validate({**hint, "created_at": db.stamps.now()}))
        portable.set_summaries(
            db,
            session_id,
            summary="They spoke of a dog.",
            through_id=message_id,
            prompt_summary="They spoke.",
            prompt_through_id=message_id,
        )


def _seen(client: Client, agent_id: str) -> list[Any]:
    (session,) = client.sessions.list()
    return [
        client.agents.get(agent_id),
        client.tools.get(agent_id=agent_id),
        client.users.list(),
        client.docs.list(agent_id=agent_id),
        client.docs.list(user_id=session.user_id),
        session,
        client.sessions.history(session_id=session.id),
        client.sessions.suggestions(session_id=session.id),
        client.memories.list(agent_id=agent_id, state=None),
        [client.memories.explain(each.id) for each in client.memories.list(agent_id=agent_id, state=None)],
    ]


# files


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _lines(path: Path) -> dict[str, list[Any]]:
    return {
        name.removesuffix(".jsonl"): [json.loads(line) for line in content.splitlines()]
        for name, content in _members(path.read_bytes()).items()
        if name != "manifest.json"
    }


def _zipped(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


def _signed(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    """Write the file with a manifest that fits it."""
    manifest = json.loads(members["manifest.json"])
    manifest["files"] = {
        name: {"rows": content.count(b"\n"), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
        if name != "manifest.json"
    }
    manifest["digest"] = digest_of(manifest["files"])
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
            file.writestr(name, content)


def _changed(path: Path, good: bytes, change: Change) -> None:
    (before := path.with_name("before")).write_bytes(good)
    rows = _lines(before)
    change(rows)
    members = _members(good)
    for kind, lines in rows.items():
        members[f"{kind}.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
    _signed(path, members)


def _flipped(good: bytes) -> bytes:
    place = good.index(b"messages.jsonl") + 40
    return good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _ids(rows: dict[str, list[Any]]) -> set[str]:
    return {row["id"] for lines in rows.values() for row in lines if "id" in row}


def _with_numbers(rows: dict[str, list[Any]]) -> str:
    """Return all rows with numbers for ids, in the order in which these first stand there."""
    text = json.dumps(rows, sort_keys=True)
    for number, found in enumerate(dict.fromkeys(_agent_ids(text))):
        text = text.replace(found, f"<{number}>")
    return text


def _agent_ids(text: str) -> list[str]:
    return re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", text)
