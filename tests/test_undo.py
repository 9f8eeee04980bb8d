"""`client.sessions.undo`: the last turn is as if it had never been."""

from collections.abc import Callable

import pytest
from talk import answer, finish_jobs, history, new_session, say, stored

from julep_local import Client
from julep_local.errors import NotFound


def test_the_last_turn_goes_and_the_one_before_stays(client: Client) -> None:
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("one"))
    client.sessions.chat(session_id=session_id, messages=say("two", "and a half"))

    gone = client.sessions.undo(session_id)

    assert [(each.role.value, each.content) for each in gone] == [
        ("user", "two"),
        ("user", "and a half"),
        ("assistant", "ok"),
    ]
    assert history(client, session_id) == [("user", "one"), ("assistant", "ok")]


def test_nothing_is_taken_back_of_a_session_in_which_nothing_was_said(client: Client) -> None:
    assert client.sessions.undo(new_session(client)) == []


def test_a_session_that_is_not_there_is_told(client: Client) -> None:
    with pytest.raises(NotFound):
        client.sessions.undo("00000000-0000-4000-8000-000000000000")


def test_what_was_remembered_of_the_turn_alone_is_retracted(client: Client) -> None:
    user = client.users.create(name="Bo", about="")
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    for text in ("I live in Bergen.", "My dog is called Biscuit."):
        client.sessions.chat(session_id=session.id, messages=say(text))
    finish_jobs(client)

    client.sessions.undo(session.id)
    finish_jobs(client)

    (kept,) = client.memories.list(agent_id=agent.id)
    assert "Bergen" in kept.content


def test_a_job_under_way_remembers_nothing_of_it(client: Client) -> None:
    user = client.users.create(name="Bo", about="")
    agent = client.agents.create(name="Ada")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=say("My dog is called Biscuit."))

    client.sessions.undo(session.id)
    finish_jobs(client)

    assert client.memories.list(agent_id=agent.id) == []


def test_suggestions_and_a_summary_that_have_it_in_them_go(client: Client) -> None:
    session_id = new_session(client, user_id=client.users.create(name="Bo", about="").id)
    client.sessions.chat(session_id=session_id, messages=say("Where does the ferry leave for Bergen?"))
    finish_jobs(client)

    client.sessions.undo(session_id)

    rows = stored(client)
    assert rows["suggestions"] == []
    assert client.sessions.get(session_id).summary is None
    assert client.sessions.suggestions(session_id=session_id) == []


def test_asked_again_the_model_is_shown_what_it_was_shown_first(make_client: Callable[..., Client]) -> None:
    shown: list[list[str]] = []

    def reply(prompt: object) -> str:
        shown.append([each.content for each in prompt.messages])  # type: ignore[attr-defined]
        return "ok"

    client = make_client(reply)
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("one"))
    client.sessions.chat(session_id=session_id, messages=say("two"), remember=False, record=True)
    client.sessions.undo(session_id)

    again = client.sessions.chat(session_id=session_id, messages=say("two"), remember=False, record=True)

    asked = [each for each in shown if each[-1] == "two"]
    assert asked[0] == asked[1]
    assert answer(again) == "ok"
