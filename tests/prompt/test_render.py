"""Session templates see plain copies of the session, its user and its agent, and nothing else."""

from datetime import datetime, timezone
from typing import Any

import pytest

from julep_local.errors import InvalidInput
from julep_local.prompt.render import check_template, render_session_text
from julep_local.types import Agent, Session, User

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)
AGENT = Agent(
    id="a", name="Ada", about="A guide", model="m", instructions=[], created_at=NOW, updated_at=NOW,
    metadata={"tone": {"mood": ["kind", "dry"]}, "items": 3},
)  # fmt: skip
USER = User(id="u", name="Ben", about="{{ agent.name }}", created_at=NOW, updated_at=NOW, metadata={"city": "Köln"})
SESSION = Session(id="s", agent_id="a", user_id="u", situation="At {{ user.metadata.city }}", metadata={"lang": "de"})


def rendered(source: str, user: User | None = USER, **changes: Any) -> str:
    return render_session_text(source, what="situation", session=SESSION.copy(update=changes), user=user, agent=AGENT)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ agent.id }} {{ agent.name }} {{ agent.about }}", "a Ada A guide"),
        ("{{ user.id }} {{ user.name }} {{ user.metadata.city }}", "u Ben Köln"),
        ("{{ session.id }} {{ session.metadata.lang }}", "s de"),
        ("{{ agent.metadata.tone.mood[1] }} {{ agent.metadata['items'] }}", "dry 3"),
        ("{% for mood in agent.metadata.tone.mood %}{{ mood }};{% endfor %}", "kind;dry;"),
        ("{{ user.metadata.nothing }}|{{ nothing }}", "|"),
        ("{{ arrow.get('2020-01-02').year }}", "2020"),
    ],
)
def test_a_template_knows_session_user_and_agent(source: str, text: str) -> None:
    assert rendered(source) == text


def test_without_a_user_its_keys_are_none() -> None:
    assert rendered("{{ user.name }} {{ user.metadata }}", user=None) == "None None"


def test_metadata_that_was_never_given_is_none() -> None:
    assert rendered("{{ session.metadata }}", metadata=None) == "None"


def test_markup_in_an_inserted_value_is_not_rendered() -> None:
    assert rendered("{{ user.about }} {{ session.situation }}") == "{{ agent.name }} At {{ user.metadata.city }}"


@pytest.mark.parametrize("name", ["instructions", "model", "default_settings", "created_at", "dict", "json"])
def test_a_template_reaches_nothing_but_the_documented_keys(name: str) -> None:
    assert rendered("{{ agent." + name + " }}") == ""


def test_a_template_cannot_change_what_it_is_given() -> None:
    with pytest.raises(InvalidInput, match="situation: the template failed in line 1"):
        rendered("{{ agent.metadata.tone.mood.append('rude') }}")

    assert AGENT.metadata is not None
    assert AGENT.metadata["tone"] == {"mood": ["kind", "dry"]}


def test_a_broken_template_is_found_before_it_is_ever_rendered() -> None:
    check_template("{{ agent.name }}", "situation")

    with pytest.raises(InvalidInput, match="situation: not a jinja2 template in line 2") as caught:
        check_template("Hello\n{% if user %}", "situation")
    assert caught.value.field == "situation"
