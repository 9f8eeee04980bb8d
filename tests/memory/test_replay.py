"""Memories formed anew from history."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from julep_local._mirror import stopped_by
from julep_local.errors import Cancelled
from julep_local.llm.base import Delta, Finish, Preempted, Prompt, Purpose, Sampling
from julep_local.memory import replay as replays
from julep_local.memory.replay import replay, turns
from julep_local.memory.turn import MOST_BEFORE, MOST_CHARS, Said, Turn
from julep_local.store import agents, messages, sessions
from julep_local.store.database import Database
from julep_local.testing import ScriptedModel
from tests.store.making import make_message, make_session, new_id

from .talking import Talk


def hold(talk: Talk, *said: str) -> None:
    """Record a turn for each text, answered with `ok`."""
    for text in said:
        made = [make_message(text), make_message("ok", role="assistant")]
        with talk.db.transaction():
            messages.append(talk.db, talk.session_id, new_id(), made)


def run(talk: Talk, replay_id: str = "r", report: Any = bool, **values: Any) -> str:
    given = {"user_id": None, "tier": "rules", "model": None, **values}
    return replay(
        talk.db,
        lambda name: ScriptedModel(),
        replay_id=replay_id,
        agent_id=talk.agent_id,
        report=lambda progress: report(progress),
        **given,
    )


def test_a_history_is_told_turn_by_turn_with_what_was_before(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "PAGE", 3)  # a turn may lie across two pages
    hold(talk, "I live in Oslo.", "I like tea.")

    first, second = turns(talk.db, talk.agent_id, talk.user_id, talk.session_id, ("be kind",))

    assert [each.text for each in (*first.said, *second.said)] == ["I live in Oslo.", "I like tea."]
    assert (first.before, first.talk, first.answer, first.shown) == (None, (), "ok", ("be kind",))
    assert second.before is not None
    assert second.before.text == "ok"
    assert second.talk == (("user", "I live in Oslo."), ("assistant", "ok"))
    assert second.speaker == "Grace"


def test_a_turn_holds_no_more_than_a_job_is_given(talk: Talk) -> None:
    hold(talk, *["y" * 50_000] * 30, "x" * 900_000)

    *_, last = turns(talk.db, talk.agent_id, talk.user_id, talk.session_id)

    assert len(last.said[0].text) <= MOST_CHARS + 2
    assert max(len(text) for _, text in last.talk) <= MOST_BEFORE
    assert Turn.from_payload(json.loads(json.dumps(last.payload()))) == last


def test_memories_are_formed_beside_those_that_count(talk: Talk) -> None:
    hold(talk, "I live in Oslo.", "I live in Bergen.", "What is the weather?")
    progress: list[float] = []

    assert run(talk, report=progress.append) == "2 memories of 1 sessions"

    assert talk.contents(None) == []
    assert talk.contents(replay_id="r") == ["Grace: I live in Bergen."]
    assert talk.contents("superseded", replay_id="r") == ["Grace: I live in Oslo."]
    assert progress == sorted(progress)
    assert progress[-1] == 100


def test_a_replay_that_was_interrupted_goes_on_and_forms_nothing_twice(talk: Talk) -> None:
    hold(talk, "I live in Oslo.", "My dog is called Rex.", "I live in Bergen.", "Please forget my dog.")
    n_reports = 0

    def stop(_progress: float) -> None:
        nonlocal n_reports
        n_reports += 1
        if n_reports == 3:
            raise Cancelled("a chat arrived")

    with pytest.raises(Cancelled):
        run(talk, report=stop)
    assert len(talk.contents(None, replay_id="r")) == 2
    for _ in range(2):
        run(talk)
        assert talk.contents(replay_id="r") == ["Grace: I live in Bergen."]
        assert talk.contents("superseded", replay_id="r") == ["Grace: I live in Oslo."]


def test_a_replay_gives_way_to_a_chat(talk: Talk) -> None:
    hold(talk, "I live in Oslo.")
    chat_begins = threading.Event()
    chat_begins.set()

    with pytest.raises(Preempted):
        stopped_by(chat_begins).run(run, talk)

    assert talk.contents(None, replay_id="r") == []


def test_sessions_that_overlap_end_with_what_was_said_last(talk: Talk, db: Database) -> None:
    other = make_session(talk.agent_id, user_id=talk.user_id)
    with db.transaction():
        sessions.add(db, other)
    for session_id, text, minute in (
        (talk.session_id, "I live in Oslo.", 1),
        (other.id, "I live in Bergen.", 2),
        (talk.session_id, "I live in Molde.", 3),
    ):
        said_at = f"2024-05-17T12:{minute:02}:00.000000Z"
        with db.transaction():
            messages.append(db, session_id, new_id(), [make_message(text, created_at=said_at)])

    run(talk)

    assert talk.contents(replay_id="r") == ["Grace: I live in Molde."]
    assert sorted(talk.contents("superseded", replay_id="r")) == [
        "Grace: I live in Bergen.",
        "Grace: I live in Oslo.",
    ]


def test_nothing_is_formed_without_history_users_or_agent(talk: Talk, db: Database) -> None:
    with db.transaction():
        sessions.add(db, make_session(talk.agent_id))  # with nobody
    assert run(talk) == "0 memories of 1 sessions"
    assert run(talk, user_id=new_id()) == "0 memories of 0 sessions"
    with db.transaction():
        agents.delete(db, talk.agent_id)
    assert run(talk) == "the agent is gone"


def test_a_replay_asks_the_model_that_it_is_told(talk: Talk) -> None:
    class Knowing(ScriptedModel):
        def generate(
            self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat"
        ) -> Iterator[Delta | Finish]:
            assert purpose == "memory"
            return super().generate(prompt, sampling, purpose=purpose)

    asked: list[str | None] = []

    def model(name: str | None) -> Knowing:
        asked.append(name)
        answer = {"memories": [{"statement": "Grace lives in Oslo.", "importance": 4, "replaces": []}]}
        return Knowing(background=json.dumps(answer))

    hold(talk, "I live in Oslo.")
    replay(
        talk.db,
        model,
        replay_id="r",
        agent_id=talk.agent_id,
        user_id=talk.user_id,
        tier="capable",
        model="big",
        report=bool,
    )

    assert asked == ["big"]
    assert talk.contents(replay_id="r") == ["Grace lives in Oslo."]


def test_a_turn_survives_its_payload(talk: Talk) -> None:
    turn = talk.turn(
        Said("hello", "m", "Kim"),
        before=Said("hi", None),
        talk=(("user", "a"), ("assistant", "b")),
        answer="yes",
        shown=("be kind",),
    )

    assert Turn.from_payload(json.loads(json.dumps(turn.payload()))) == turn


def test_a_job_of_the_release_before_is_still_done(talk: Talk) -> None:
    old = Turn.from_payload(
        {
            "agent_id": talk.agent_id,
            "user_id": talk.user_id,
            "said_at": "2024-05-17T12:00:00+00:00",
            "statements": [{"content": "Grace: I live in Oslo.", "message_id": "m"}],
        }
    )

    assert (old.speaker, old.said) == ("Grace", (Said("I live in Oslo.", "m"),))
