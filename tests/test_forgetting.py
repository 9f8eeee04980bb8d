"""`client.users.forget`: nothing of a person is left, in no row, index, vector, free page, log or cache.

Each place that can hold a person's words gets one of its own, which no dictionary has; then the bytes are searched.
"""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from julep_local import AsyncClient, Client
from julep_local.errors import StoreError
from julep_local.llm.kv_tree import owner_key
from julep_local.store import connection, turns
from julep_local.testing import HashEmbedder, ScriptedModel, Step
from julep_local.types import ErasureReceipt

WORDS = {
    "name": "Zyxwolf",
    "about": "quibbleflax",
    "metadata": "vornashelk",
    "doc title": "plumdrizz",
    "doc": "krestaful",
    "doc metadata": "ombrelkin",
    "situation": "tharnwick",
    "session metadata": "gloffenby",
    "message": "brindlewax",
    "answer": "stroomvleet",
    "tool argument": "xylothrane",
    "tool result": "morvekkit",
    "memory": "dapplegrun",
    "given memory": "fennoquill",
    "summary": "wistertrob",
    "suggestion": "yarrowmint",
    "deleted before": "halvenstock",
    "changed before": "ruskentholm",
}


def test_of_a_forgotten_person_no_word_is_left_in_file_log_and_folder(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client(_replies())
    person, other = _planted(client), client.users.create(name="Somebody Else", about="likes maps of harbours")
    # what was deleted or changed may be written over by now, or not
    kept = [word for place, word in WORDS.items() if not place.endswith(" before")]
    assert set(kept) <= _found(tmp_path)

    receipt = client.users.forget(person)

    _check_nothing_left(receipt, tmp_path)
    assert receipt.n_rows["messages"] >= 3
    assert receipt.n_rows["memories"] >= 2
    assert receipt.n_rows["sessions"] == 1
    assert client.users.get(other.id).about == "likes maps of harbours"
    assert client.users.list(metadata_filter={}) == [client.users.get(other.id)]


def test_nothing_is_left_while_another_program_has_the_file_open(
    make_client: Callable[..., Client], tmp_path: Path, offline_environment: dict[str, str]
) -> None:
    client = make_client(_replies())
    person = _planted(client)
    other = _other_program(tmp_path / "julep.db", offline_environment)
    try:
        _check_nothing_left(client.users.forget(person), tmp_path)

        assert other.poll() is None
    finally:
        answer, _ = other.communicate("go on\n")

    assert answer.split() == ["0"]
    assert not _found(tmp_path)


def test_a_reader_that_does_not_end_is_an_error_and_the_rows_are_gone(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = make_client(_replies())
    person = _planted(client)
    monkeypatch.setattr(turns, "BUSY_S", 0.2)
    reader = connection.connected(connection.uri(str(tmp_path / "julep.db"), "mode=rw"))
    client.users.list()
    reader.execute("begin")
    reader.execute("select * from messages").fetchone()
    monkeypatch.setattr(connection, "CLOSING_MS", 200)
    client._api_client._runtime.db.query("pragma busy_timeout = 200")

    with pytest.raises(StoreError, match=r"another program has been reading"):
        client.users.forget(person)

    reader.close()
    assert client.users.list() == []
    receipt = client.users.forget(person)  # again, now that the reader has gone
    assert (receipt.n_rows, receipt.n_ids_left, receipt.n_free_pages) == ({}, 0, 0)
    assert not _found(tmp_path)


def test_what_others_say_of_the_person_stays_and_is_counted(client: Client) -> None:
    person = client.users.create(name="Aurelia Montgomery-Featherstone", about="a harbour pilot")
    client.agents.create(name="Ada", docs=[{"title": "Staff", "content": "Aurelia Montgomery-Featherstone, pilot."}])

    receipt = client.users.forget(person.id)

    assert receipt.elsewhere == {"chunks": 1}
    assert (receipt.n_texts_left, receipt.n_ids_left, receipt.n_rows_left) == (0, 0, 0)


def test_files_of_sessions_go_and_other_files_are_named(client: Client, tmp_path: Path) -> None:
    person = client.users.create(name="Bo", about="")
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id, user_id=person.id)
    cached = tmp_path / "julep.db-kv" / "engine" / f"{owner_key(session.id)}-0.kv"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"what the model has read")
    backup = tmp_path / "julep.db.backup"
    backup.touch()

    receipt = client.users.forget(person.id)

    assert not cached.exists()
    assert receipt.n_cached_left == 0
    assert receipt.other_files == [str(backup)]


def test_an_unknown_person_is_no_error(client: Client) -> None:
    receipt = client.users.forget("0b0a5a0e-3b1e-4b9f-8d6a-3d3f0c6c8a11")

    assert (receipt.n_rows, receipt.n_rows_left, receipt.n_ids_left) == ({}, 0, 0)


def test_a_turn_under_way_is_cancelled_and_records_nothing(make_client: Callable[..., Client], tmp_path: Path) -> None:
    client = make_client([Step("word " * 50)])
    person = client.users.create(name="Bo", about="")
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id, user_id=person.id)
    question = {"role": "user", "content": "brindlewax?"}
    stream = client.sessions.chat(session_id=session.id, messages=[question], stream=True)
    next(iter(stream))

    receipt = client.users.forget(person.id)
    stream.close()

    assert receipt.n_rows_left == 0
    assert client.sessions.list() == []
    assert b"brindlewax" not in _bytes(tmp_path)


def test_jobs_about_the_person_end_and_forget_what_they_held(client: Client) -> None:
    from julep_local.store import jobs
    from julep_local.store.database import Database

    db: Database = client._api_client._runtime.db
    person, other = (client.users.create(name=name, about="") for name in ("Bo", "Cy"))
    with db.transaction():
        for who in (person, other):
            job_id = db.stamps.new_id()
            payload = {"user_id": who.id, "said": f"brindlewax {who.name}"}
            jobs.add(db, id=job_id, name="a job", kind="unknown to workers", payload=payload, now=db.stamps.now())

    receipt = client.users.forget(person.id)

    payloads = [row["payload"] for row in db.query("select payload from jobs where kind = 'unknown to workers'")]
    assert receipt.n_jobs == 1
    assert payloads[0] == "{}"
    assert "brindlewax Cy" in payloads[1]


def test_it_is_the_same_awaited(tmp_path: Path) -> None:
    async def run() -> ErasureReceipt:
        model = ScriptedModel(lambda prompt: "ok")
        async with AsyncClient(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
            person = await client.users.create(name=WORDS["name"], about=WORDS["about"])
            return await client.users.forget(person.id)

    _check_nothing_left(asyncio.run(run()), tmp_path)


# what is planted, and what is looked for


def _replies() -> Any:
    def reply(prompt: Any) -> Any:
        text = str(prompt)
        if "fictitious_tool" in text and WORDS["tool argument"] in text and WORDS["tool result"] not in text:
            return WORDS["answer"]
        return f"{WORDS['answer']}, I see."

    return reply


def _planted(client: Client) -> str:
    """Make a person who has left a word in each place, and return their id."""
    w = WORDS
    agent = client.agents.create(name="Ada")
    person = client.users.create(
        name=w["name"],
        about=f"{w['changed before']} and nothing else",
        metadata={"m": w["metadata"]},
        docs=[{"title": w["doc title"], "content": w["doc"], "metadata": {"m": w["doc metadata"]}}],
    )
    client.users.update(user_id=person.id, about=w["about"])
    gone = client.docs.create(user_id=person.id, doc={"title": "Gone", "content": w["deleted before"]})
    client.docs.delete(user_id=person.id, doc_id=gone.id)
    session = client.sessions.create(
        agent_id=agent.id, user_id=person.id, situation=w["situation"], metadata={"m": w["session metadata"]}
    )
    call = f'{{"name": "look", "arguments": {{"what": "{w["tool argument"]}"}}}}'
    turns = [
        [{"role": "user", "content": f"My dog is called {w['memory'].title()}, {w['message']}."}],
        [
            {"role": "function_call", "content": call},
            {"role": "function", "name": "look", "content": w["tool result"]},
            {"role": "user", "content": "And now?"},
        ],
    ]
    for turn in turns:
        answer = client.sessions.chat(session_id=session.id, messages=turn)
        client.jobs.wait(answer.jobs)
    client.memories.add(agent_id=agent.id, user_id=person.id, content=w["given memory"])
    _formed(client, session.id)
    return person.id


def _formed(client: Client, session_id: str) -> None:
    """Give the session a summary and a suggestion, which a scripted model forms none of."""
    from julep_local.store import portable, suggestions
    from julep_local.types import Suggestion

    db = client._api_client._runtime.db
    (last,) = client.sessions.history(session_id=session_id)[-1:]
    with db.transaction():
        portable.set_summaries(
            db,
            session_id,
            summary=WORDS["summary"],
            through_id=last.id,
            prompt_summary=WORDS["summary"],
            prompt_through_id=last.id,
        )
        suggestions.add(
            db,
            Suggestion.model_validate(
                {
                    "session_id": session_id,
                    "message_id": last.id,
                    "target": "user",
                    "content": WORDS["suggestion"],
                    "created_at": db.stamps.now(),
                }
            ),
        )


def _check_nothing_left(receipt: ErasureReceipt, folder: Path) -> None:
    left = (receipt.n_rows_left, receipt.n_cached_left, receipt.n_ids_left, receipt.n_texts_left, receipt.n_free_pages)
    assert left == (0, 0, 0, 0, 0)
    assert receipt.n_ids > 0
    assert receipt.n_bytes > 0
    assert receipt.elsewhere == {}
    assert not _found(folder)


def _found(folder: Path) -> set[str]:
    """Return which words are in the folder, by a part of each.

    The text indexes hold stems, in lower case, perhaps without the letters that a stem shares with the one before it.
    """
    content = _bytes(folder).lower()
    parts = {word: (word.lower()[:6].encode(), word.lower()[2:8].encode()) for word in WORDS.values()}
    return {word for word, (begin, rest) in parts.items() if begin in content or rest in content}


def _bytes(folder: Path) -> bytes:
    """Return the bytes of all files in and below the folder, but for the map of the log, which may not be opened."""
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.endswith("-shm")]
    # read by another process: to close the file here would drop the locks of the client
    script = "import sys; sys.stdout.buffer.write(b''.join(open(each, 'rb').read() for each in sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", script, *map(str, files)], capture_output=True, check=True).stdout


def _other_program(path: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start a program that has read the file, and reads it again when it is told to go on."""
    script = f"""
    import sys
    from julep_local import Client
    with Client(path={str(path)!r}) as client:
        assert len(client.users.list()) == 1
        print("reads", flush=True)
        sys.stdin.readline()
        print(len(client.users.list()), flush=True)
    """
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "reads\n"
    return program
