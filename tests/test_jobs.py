"""Background work: each job once, whatever dies meanwhile; what it makes of turns is complete and can be deleted."""

import importlib
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from talk import finish_jobs, history, new_session, say, shown_text, stored

from julep_local import Client, background, jobs
from julep_local._mirror import stop_requested, stopped_by
from julep_local.errors import Cancelled, ClientClosed, ModelMissing
from julep_local.llm.base import Delta, Finish, Preempted, Prompt, Purpose, Sampling
from julep_local.recall.embeddings import SentenceTransformerEmbedder
from julep_local.store import jobs as rows
from julep_local.store import messages, sessions
from julep_local.testing import HashEmbedder, ScriptedModel
from julep_local.types import ChatMlMessage, ChatMlMessageRole

REPOSITORY = Path(__file__).parents[1]


class Summariser(ScriptedModel):
    """Summarises by repeating what it is to summarise, and keeps what it was shown in the background."""

    def __init__(self, **values: Any) -> None:
        super().__init__(lambda prompt: "noted", **values)
        self.asked: list[tuple[Purpose, str]] = []

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        if purpose == "chat":
            yield from super().generate(prompt, sampling, purpose=purpose)
            return
        self.asked.append((purpose, prompt.messages[-1].content))
        n = sum(kind == purpose for kind, _ in self.asked)
        yield Delta(f"{purpose} {nth(n)}.")
        yield Finish("stop", len(prompt.tokens), 0, 2)


def nth(n: int) -> str:
    """A word for a number: a digit that nobody said would be taken for made up."""
    return "abcdefghijklmnopqrstuvwxyz"[n % 26] * (1 + n // 26)


WORDS = [f"{a}{b}o" for a in "bdfgklmnprst" for b in "aeiou"] * 3


def _with_user(client: Client, name: str = "Bo") -> tuple[str, str, str]:
    """Return the ids of a new agent, user and session."""
    agent, user = client.agents.create(name="Ada"), client.users.create(name=name, about="")
    return agent.id, user.id, client.sessions.create(agent_id=agent.id, user_id=user.id).id


def _job(client: Client, kind: str, payload: dict[str, Any] | None = None) -> str:
    job = jobs.NewJob(kind, f"test of {kind}", payload or {})
    db = client._api_client._runtime.db
    with db.transaction():
        return jobs.enqueue(db, job, datetime.now(timezone.utc))


def _start(client: Client) -> Client:
    """Have the client begin what another has left at once, and not a while after opening."""
    client._api_client._runtime.background.notify()
    return client


# ---- running ---------------------------------------------------------------------------------------------------------


def test_each_job_runs_once_however_many_clients_there_are(make_client: Callable[..., Client]) -> None:
    clients = [make_client() for _ in range(3)]
    agent_id, user_id, session_id = _with_user(clients[0])
    for i in range(10):
        clients[i % 3].sessions.chat(session_id=session_id, messages=say(f"I own {i} boats."))

    finish_jobs(clients[0])

    assert {job.state for job in clients[0].jobs.list()} == {"succeeded"}
    assert len(clients[0].memories.list(agent_id=agent_id)) == 10
    attempts = clients[0]._api_client._runtime.db.query("select max(attempts) as n, count(*) as n_jobs from jobs")
    assert tuple(attempts[0]) == (1, 30)


def test_who_waits_is_told_of_a_job_that_is_forgotten_before_the_others_end(make_client: Callable[..., Client]) -> None:
    client = make_client()
    db = client._api_client._runtime.db
    first, second = _job(client, "embed_doc"), _job(client, "embed_doc")

    def end(job_id: str) -> None:
        db.execute("update jobs set state = 'succeeded' where id = :id", {"id": job_id})

    class Waiting(threading.Event):
        """Is asked each time that something is still at work."""

        def is_set(self) -> bool:
            with db.transaction():
                db.execute("delete from jobs where id = :id", {"id": first})
                end(second)
            return False

    with db.transaction():
        end(first)
    states = stopped_by(Waiting()).run(client.jobs.wait, [first, second])

    assert [(each.id, each.state) for each in states] == [(first, "succeeded"), (second, "succeeded")]


def test_a_job_that_fails_is_tried_again_and_then_says_why(
    make_client: Callable[..., Client], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)
    client = make_client()
    n_runs = 0

    def fail(*_: Any) -> str:
        nonlocal n_runs
        n_runs += 1
        raise OSError("the disk fell off")

    monkeypatch.setattr(jobs, "RETRY_S", 0)
    client._api_client._runtime.background._handlers = {"breaks": fail}
    job_id = _job(client, "breaks")

    (status,) = _start(client).jobs.wait(job_id)

    assert status.state == "failed"
    assert "the disk fell off" in status.reason
    assert status.name == "test of breaks"
    assert n_runs == jobs.MOST_ATTEMPTS


def test_a_job_without_its_model_fails_at_once(
    make_client: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    client = make_client()
    n_runs = 0

    def fail(*_: Any) -> str:
        nonlocal n_runs
        n_runs += 1
        raise ModelMissing("install it")

    client._api_client._runtime.background._handlers = {"embeds": fail}

    (status,) = _start(client).jobs.wait(_job(client, "embeds"))

    assert (status.state, status.reason, n_runs) == ("failed", "ModelMissing: install it", 1)


def test_a_job_that_fails_does_not_hold_up_the_others(
    make_client: Callable[..., Client], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)
    client = make_client()
    agent_id, _, session_id = _with_user(client)
    broken = _job(client, "no such kind")
    monkeypatch.setattr(jobs, "RETRY_S", 0)

    client.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
    finish_jobs(client)

    assert client.jobs.get(broken).state == "failed"
    assert len(client.memories.list(agent_id=agent_id)) == 1


def test_a_job_that_gave_way_is_done_later(make_client: Callable[..., Client]) -> None:
    client = make_client()
    n_runs = 0

    def gives_way(*_: Any) -> str:
        nonlocal n_runs
        n_runs += 1
        if n_runs < 3:
            raise Preempted
        return "done"

    client._api_client._runtime.background._handlers = {"waits": gives_way}
    job_id = _job(client, "waits")

    (status,) = _start(client).jobs.wait(job_id)

    assert (status.state, status.reason, n_runs) == ("succeeded", "done", 3)


def test_a_job_whose_owner_died_is_taken_over_when_its_lease_lapses(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    first = make_client()
    runtime = first._api_client._runtime
    payload = {"agent_id": first.agents.create(name="Ada").id, "user_id": first.users.create(name="Bo", about="").id}
    payload |= {"said_at": "2024-05-17T12:00:00+00:00", "statements": [{"content": "Bo: hi there", "message_id": None}]}
    runtime.background.close()
    held, lapsed = _job(first, "form_memories", payload), _job(first, "form_memories", payload)
    now = datetime.now(timezone.utc)
    with runtime.db.transaction():
        rows.claim(runtime.db, owner="dead", now=now, lease_until=now + timedelta(minutes=5))
        rows.claim(runtime.db, owner="dead", now=now, lease_until=now - timedelta(seconds=1))

    second = _start(make_client())
    second.jobs.wait(lapsed)

    assert second.jobs.get(lapsed).state == "succeeded"
    assert second.jobs.get(held).state == "in_progress"


def test_a_program_that_stays_open_takes_over_a_job_when_its_lease_lapses(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "IDLE_S", 0.02)
    client = make_client()
    runtime = client._api_client._runtime
    runtime.background._handlers = {"waits": lambda *_: "done"}
    job_id = _job(client, "waits")
    now = datetime.now(timezone.utc)
    with runtime.db.transaction():
        rows.claim(runtime.db, owner="dead", now=now, lease_until=now + timedelta(seconds=0.2))
    _start(client)

    (status,) = client.jobs.wait(job_id, timeout=5)

    assert (status.state, status.reason) == ("succeeded", "done")


def test_opening_a_file_does_not_begin_at_once_what_was_left(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that lists something should not load an embedding model for it."""
    first = make_client()
    first._api_client._runtime.background.close()
    _, _, session_id = _with_user(first)
    first.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
    states = []

    for after_s in (60.0, 0.05):
        monkeypatch.setattr(jobs, "START_AFTER_S", after_s)
        again = make_client()
        time.sleep(0.2)
        states.append({tuple(row)[0] for row in again._api_client._runtime.db.query("select state from jobs")})
        again.close()

    assert states == [{"pending"}, {"succeeded"}]


def test_closing_does_not_wait_for_a_job_that_cannot_stop(
    make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jobs, "CLOSE_S", 0.05)
    monkeypatch.setattr(jobs, "RENEW_S", 0.01)
    client = make_client()
    started, go_on = threading.Event(), threading.Event()

    def loads(*_: Any) -> str:
        started.set()
        go_on.wait(10)
        return "done"

    background = client._api_client._runtime.background
    background._handlers = {"loads": loads}
    _job(client, "loads")
    _start(client)
    assert started.wait(10)
    thread = background._thread

    start = time.monotonic()
    client.close()

    assert time.monotonic() - start < 1
    time.sleep(0.05)  # its lease would be renewed
    go_on.set()
    thread.join(5)
    assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")
    (status,) = make_client().jobs.list()
    assert status.state == "in_progress"  # until its lease lapses


@pytest.mark.julep_allow_models
def test_a_job_that_is_stopped_does_not_wait_for_the_embedder_to_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop, goes_on = threading.Event(), threading.Event()

    def import_module(name: str) -> None:
        stop.set()
        goes_on.wait(10)
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", import_module)

    with pytest.raises(Cancelled):
        stopped_by(stop).run(SentenceTransformerEmbedder(tmp_path).embed_query, "tides")

    goes_on.set()


@pytest.mark.julep_allow_models
def test_closing_the_embedder_does_not_wait_for_it_to_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(tmp_path)
    imported = []

    def closed_meanwhile(name: str) -> None:
        imported.append(name)
        closing = threading.Thread(target=embedder.close)
        closing.start()
        closing.join(5)
        assert not closing.is_alive()

    monkeypatch.setattr(importlib, "import_module", closed_meanwhile)

    with pytest.raises(ClientClosed):
        embedder.embed(["tides"])

    assert imported == ["torch"]


def test_closing_hands_back_the_job_under_way_and_the_next_client_does_it(tmp_path: Path) -> None:
    class Slow(Summariser):
        def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Any:
            if purpose != "chat":
                started.set()
                ScriptedModel.generate(self, prompt, sampling, purpose=purpose)
                time.sleep(0.05)
                while not stop_requested():
                    time.sleep(0.005)
                raise Cancelled("closed")
            return super().generate(prompt, sampling, purpose=purpose)

    started = threading.Event()
    client = Client(path=tmp_path / "j.db", model=Slow(), embedder=HashEmbedder())
    session_id = new_session(client)
    response = client.sessions.chat(session_id=session_id, messages=say("Hello"))
    assert started.wait(10)

    start = time.monotonic()
    client.close()

    assert time.monotonic() - start < 2
    with Client(path=tmp_path / "j.db", model=Summariser(), embedder=HashEmbedder()) as again:
        ended = _start(again).jobs.wait(response.jobs)
        assert {status.state for status in ended} == {"succeeded"}
        assert len(again.sessions.suggestions(session_id=session_id)) == 2


KILLED = """
    import os, signal, sys
    from julep_local import Client
    from julep_local.testing import HashEmbedder, ScriptedModel

    class Kills(HashEmbedder):
        def embed(self, texts):
            os.kill(os.getpid(), signal.SIGKILL)

    client = Client(path=sys.argv[1], model=ScriptedModel(["ok"]), embedder=Kills())
    client.sessions.chat(session_id=sys.argv[2], messages=[{"role": "user", "content": "I live in Oslo."}])
    client.jobs.wait([job.id for job in client.jobs.list()])
"""


def test_memories_of_a_process_that_was_killed_are_formed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with Client(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        agent_id, _, session_id = _with_user(client)

    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(path), session_id]
    killed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=60, check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

    with Client(path=path, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        db = client._api_client._runtime.db
        assert len(history(client, session_id)) == 2
        assert db.query("select count(*) from jobs where state = 'in_progress' and lease_until > created_at")[0][0]
        client._api_client._runtime.background.notify()  # its lease runs on, but it can be seen that it has ended
        finish_jobs(client)
        assert [memory.content for memory in client.memories.list(agent_id=agent_id)] == ["Bo: I live in Oslo."]


def test_a_chat_does_not_wait_for_jobs(make_client: Callable[..., Client]) -> None:
    client = make_client()
    started, go_on = threading.Event(), threading.Event()

    def slow(*_: Any) -> str:
        started.set()
        go_on.wait(10)
        return "done"

    client._api_client._runtime.background._handlers = {"suggest": slow, "summarise": slow}
    session_id = new_session(client)
    first = client.sessions.chat(session_id=session_id, messages=say("Hello"))
    assert started.wait(10)

    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert client.jobs.get(first.jobs[0]).state == "in_progress"
    with pytest.raises(TimeoutError, match=first.jobs[0]):
        client.jobs.wait(first.jobs, timeout=0.05)
    go_on.set()
    client.jobs.wait(first.jobs)
    assert client.jobs.wait(None) == []


# ---- summaries -------------------------------------------------------------------------------------------------------


def test_a_summary_is_made_of_the_summary_before_and_all_that_was_dropped(make_client: Callable[..., Client]) -> None:
    model = Summariser(context_tokens=300)
    client = make_client(model=model)
    session_id = new_session(client)
    for i in range(20):
        client.sessions.chat(session_id=session_id, messages=say(f"question-{i} " + "word " * 20))
        finish_jobs(client)

    asked = [text for purpose, text in model.asked if purpose == "summary"]

    assert len(asked) > 1
    for n, text in enumerate(asked[1:], 1):
        assert f"What happened before:\nsummary {nth(n)}." in text
    summarised = [i for text in asked for i in range(20) if f"question-{i} " in text]
    assert summarised == list(range(len(summarised)))  # each once, in order, none left out
    shown = [i for i in range(20) if f"question-{i} " in shown_text(model)]
    assert shown[-1] == 19
    assert set(summarised) | set(shown) == set(range(20))
    assert client.sessions.get(session_id).summary == f"summary {nth(len(asked))}."


def test_deleting_the_history_deletes_summary_and_suggestions(make_client: Callable[..., Client]) -> None:
    client = make_client(model=Summariser(context_tokens=200))
    session_id = new_session(client)
    for _ in range(8):
        client.sessions.chat(session_id=session_id, messages=say("word " * 20))
        finish_jobs(client)
    assert client.sessions.get(session_id).summary
    assert client.sessions.suggestions(session_id=session_id)

    client.sessions.delete_history(session_id)

    assert client.sessions.get(session_id).summary is None
    assert client.sessions.suggestions(session_id=session_id) == []
    assert history(client, session_id) == []


@pytest.mark.parametrize("n_words", [430, 5_000])
def test_a_message_longer_than_a_summary_can_read_is_summarised_by_its_start_and_end(
    make_client: Callable[..., Client], n_words: int
) -> None:
    model = ScriptedModel(context_tokens=600, background=f"They said {' '.join(WORDS)}.")
    client = make_client(model=model)
    session_id = new_session(client)
    db = client._api_client._runtime.db
    for text in ("first " + " ".join(WORDS[i % len(WORDS)] for i in range(n_words)) + " last", "more"):
        message = ChatMlMessage(
            id=str(uuid.uuid4()), role=ChatMlMessageRole.USER, content=text, created_at=datetime.now(timezone.utc)
        )
        with db.transaction():
            messages.append(db, session_id, str(uuid.uuid4()), [message])
        (through,) = messages.newest_first(db, session_id, limit=1)
        job_id = _job(client, "summarise", {"session_id": session_id, "through_seq": through.seq})
        (status,) = _start(client).jobs.wait(job_id)

        assert (status.state, status.reason) == ("succeeded", "1 messages summarised")
        assert sessions.summarised_through(db, session_id) == through.seq
    assert len((client.sessions.get(session_id).summary or "").split()) > 100


def test_what_is_cut_keeps_start_and_end() -> None:
    texts = ["short", "a" * 500 + "b" * 500]

    while background._halve_the_longest(texts):
        pass

    assert texts == ["short", f"{'a' * 17} ... {'b' * 17}"]


def test_a_summary_that_ended_for_want_of_room_does_not_replace_the_one_before(
    make_client: Callable[..., Client],
) -> None:
    """Its prompt alone takes most of this context window, and nothing in it can be cut."""
    client = make_client(model=ScriptedModel(context_tokens=60, background="They went on. " * 100))
    session_id = new_session(client)
    db = client._api_client._runtime.db
    said = [
        ChatMlMessage(
            id=str(uuid.uuid4()), role=ChatMlMessageRole.USER, content=text, created_at=datetime.now(timezone.utc)
        )
        for text in ("Hello", "I live in Oslo")
    ]
    with db.transaction():
        messages.append(db, session_id, str(uuid.uuid4()), said)
        first, second = messages.since(db, session_id, 0, 2)
        sessions.set_summary(db, session_id, "They said hello.", first.seq)

    job_id = _job(client, "summarise", {"session_id": session_id, "through_seq": second.seq})
    (status,) = _start(client).jobs.wait(job_id)

    assert status.reason == "0 messages summarised, 1 that the model could not summarise"
    assert client.sessions.get(session_id).summary == "They said hello."


# ---- suggestions -----------------------------------------------------------------------------------------------------


def test_suggestions_are_of_the_last_turn_and_listed_newest_first(make_client: Callable[..., Client]) -> None:
    model = Summariser()
    client = make_client(model=model)
    session_id = new_session(client)
    for text in ("Tell me of tides", "And of the moon"):
        client.sessions.chat(session_id=session_id, messages=say(text))
        finish_jobs(client)

    hints = client.sessions.suggestions(session_id=session_id)

    asked = [text for purpose, text in model.asked if purpose == "suggestion"]
    assert ["And of the moon" in text for text in asked] == [False, False, True, True]
    assert [hint.content for hint in hints] == [f"suggestion {nth(n)}." for n in (4, 3, 2, 1)]
    answers = [message.id for message in client.sessions.history(session_id=session_id)][1::2]
    assert [hint.message_id for hint in hints] == [answers[1]] * 2 + [answers[0]] * 2
    assert {hint.target.value for hint in hints[:2]} == {"user", "agent"}
    assert client.sessions.suggestions(session_id=session_id, limit=1, offset=1) == hints[1:2]


def test_suggestions_are_made_of_messages_longer_than_the_context_window(make_client: Callable[..., Client]) -> None:
    client = make_client(model=ScriptedModel(lambda prompt: "ok " * 190, context_tokens=700, background="Ask on."))
    session_id = new_session(client)

    for _ in range(4):
        client.sessions.chat(session_id=session_id, messages=say("word " * 200))
        finish_jobs(client)

    assert {job.state for job in client.jobs.list()} == {"succeeded"}
    assert len(client.sessions.suggestions(session_id=session_id)) == 8


def test_a_history_deleted_while_suggestions_are_made_leaves_none(make_client: Callable[..., Client]) -> None:
    class Deletes(Summariser):
        def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Any:
            if purpose == "suggestion":
                client.sessions.delete_history(session_id)
            return super().generate(prompt, sampling, purpose=purpose)

    client = make_client(model=Deletes())
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("Hello"))
    finish_jobs(client)

    assert client.sessions.suggestions(session_id=session_id) == []
    assert "the history was deleted meanwhile" in [job.reason for job in client.jobs.list()]


# ---- memories --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("I live in Oslo.", ["Bo: I live in Oslo."], id="a statement"),
        pytest.param("Where do I live?", [], id="a question"),
        pytest.param("Tell me of my city.", [], id="a request"),
        pytest.param("I live in Oslo. I LIVE IN OSLO!", ["Bo: I live in Oslo."], id="the same twice"),
    ],
)
def test_memories_are_statements_of_the_user(client: Client, said: str, kept: list[str]) -> None:
    agent_id, user_id, session_id = _with_user(client)

    client.sessions.chat(session_id=session_id, messages=[*say(said), *say("I am the system here.", role="system")])
    finish_jobs(client)

    found = client.memories.list(agent_id=agent_id, user_id=user_id)
    assert [memory.content for memory in found] == kept
    for memory in found:
        assert memory.timestamp == client.sessions.history(session_id=session_id)[0].created_at


def test_without_a_user_there_is_nobody_to_remember(client: Client) -> None:
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
    finish_jobs(client)

    assert stored(client)["memories"] == []


def test_memories_are_recalled_in_other_sessions_of_the_same_two(make_client: Callable[..., Client]) -> None:
    model = ScriptedModel(lambda prompt: "ok")
    client = make_client(model=model)
    agent_id, user_id, session_id = _with_user(client)
    client.sessions.chat(session_id=session_id, messages=say("I play the violin."))
    finish_jobs(client)
    later = client.sessions.create(agent_id=agent_id, user_id=user_id).id
    stranger = client.sessions.create(agent_id=agent_id, user_id=client.users.create(name="Cy", about="").id).id
    other = client.sessions.create(agent_id=client.agents.create(name="Eve").id, user_id=user_id).id

    shown = []
    for session in (later, stranger, other):
        client.sessions.chat(session_id=session, messages=say("Tell me of the violin"), remember=False)
        shown.append("I play the violin." in shown_text(model))

    assert shown == [True, False, False]


def test_memories_outlive_history_and_session_and_go_with_user_or_agent(client: Client) -> None:
    agent_id, user_id, session_id = _with_user(client)
    second = client.users.create(name="Cy", about="").id
    client.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
    client.sessions.chat(
        session_id=client.sessions.create(agent_id=agent_id, user_id=second).id, messages=say("I live in Rome.")
    )
    finish_jobs(client)

    def left() -> list[str]:
        return sorted(memory.content for memory in client.memories.list(agent_id=agent_id))

    client.sessions.delete_history(session_id)
    client.sessions.delete(session_id)
    assert left() == ["Bo: I live in Oslo.", "Cy: I live in Rome."]
    client.users.delete(user_id)
    assert left() == ["Cy: I live in Rome."]
    client.agents.delete(agent_id)
    assert stored(client)["memories"] == stored(client)["memory_vectors"] == []


def test_memories_of_a_user_deleted_meanwhile_are_not_formed(make_client: Callable[..., Client]) -> None:
    client = make_client()
    client._api_client._runtime.background.close()
    _, user_id, session_id = _with_user(client)
    client.sessions.chat(session_id=session_id, messages=say("I live in Oslo."))
    client.users.delete(user_id)

    again = _start(make_client())
    finish_jobs(again)

    formed = [job for job in again.jobs.list() if job.name == "form memories of a turn"]
    assert [(job.state, job.reason) for job in formed] == [("aborted", "the user was deleted")]
    assert stored(again)["memories"] == []
