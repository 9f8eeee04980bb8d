"""Agents and users as their documentation promised them, where the old service did something else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from talk import TOOL, finish_jobs, new_session, say, shown, stored

from julep_local import Agent, AgentDefaultSettings, Client, JulepApi
from julep_local.errors import NotFound
from julep_local.testing import ScriptedModel

UNKNOWN = "8a1f0f6e-3d0b-4f0a-9d51-0a4c5f3b2c1d"
PRESET = "creative"  # temperature 1.2, repetition_penalty 1.1


def test_an_agents_about_is_shown_to_the_model(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service had lost it: the block held the agent's name only."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", about="A patient tutor.")
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say("Hello"))

    assert ("system", "About me (Ada) A patient tutor.") in shown(model)


@pytest.mark.parametrize(
    ("agent_settings", "request_settings", "temperature"),
    [
        pytest.param({}, {}, 0.75, id="the library's default"),
        pytest.param({"preset": PRESET}, {}, 1.2, id="the agent's preset"),
        pytest.param({"preset": PRESET, "temperature": 0.3}, {}, 0.3, id="the agent's value over its preset"),
        pytest.param({"temperature": 0.3}, {"preset": PRESET}, 1.2, id="the request's preset over the agent's value"),
        pytest.param({"temperature": 0.3}, {"preset": PRESET, "temperature": 0.1}, 0.1, id="the request's value"),
        pytest.param({"temperature": 0.3}, {"temperature": None}, 0.3, id="None inherits"),
        pytest.param({"temperature": 0.3}, {"temperature": 0}, 0.0, id="zero is a value"),
    ],
)
def test_an_agents_settings_hold_in_its_sessions_unless_the_request_says_otherwise(
    make_client: Callable[..., Client],
    model: ScriptedModel,
    agent_settings: dict[str, Any],
    request_settings: dict[str, Any],
    temperature: float,
) -> None:
    """The old service stored an agent's settings, returned them and used them nowhere."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", default_settings=agent_settings)
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say("Hello"), **request_settings)

    assert model.samplings[-1].temperature == pytest.approx(temperature)


def test_the_other_values_of_a_preset_hold_too(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service passed on a preset's name at best."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", default_settings={"temperature": 0.3, "preset": PRESET})
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say("Hello"))

    assert model.samplings[-1].repetition_penalty == pytest.approx(1.1)


def test_an_agents_max_tokens_limit_its_answers(make_client: Callable[..., Client]) -> None:
    """The published examples set it; the old service dropped the key."""
    model = ScriptedModel(lambda prompt: "one two three four five six")
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", default_settings={"max_tokens": 3})
    session = client.sessions.create(agent_id=agent.id)

    response = client.sessions.chat(session_id=session.id, messages=say("Count"))

    assert response.response[0][0].content == "one two three"
    assert response.finish_reason == "length"
    assert client.agents.get(agent.id).default_settings.max_tokens == 3


def test_the_given_sampler_values_reach_the_model(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service decoded greedily whatever the temperature, and dropped min_p and seed."""
    client = make_client(model=model)
    session_id = new_session(client)
    given: dict[str, Any] = {
        "temperature": 1.3,
        "top_p": 0.8,
        "min_p": 0.2,
        "frequency_penalty": 0.4,
        "presence_penalty": 0.5,
        "repetition_penalty": 1.2,
        "length_penalty": 1.4,
        "seed": 7,
        "max_tokens": 11,
    }

    client.sessions.chat(session_id=session_id, messages=say("Hello"), **given)

    sampling = model.samplings[-1]
    assert {name: getattr(sampling, name) for name in given} == given
    assert sampling.top_k == 0


@pytest.mark.parametrize("name", ["frequency_penalty", "presence_penalty"])
@pytest.mark.parametrize("value", [-2, 2])
def test_penalties_go_from_minus_two_to_two(
    make_client: Callable[..., Client], model: ScriptedModel, name: str, value: float
) -> None:
    """The old service documented that range and refused all beyond one."""
    client = make_client(model=model)
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("Hello"), **{name: value})
    agent = client.agents.create(name="Ada", default_settings={name: value})

    assert getattr(model.samplings[-1], name) == value
    assert getattr(agent.default_settings, name) == value


METADATA = {"team": "blue", "n": 3, "nested": {"on": True, "list": [1, None, "ü"]}, "a b": 1.5, "keys": "also a method"}


def test_metadata_come_back_with_all_their_keys(client: Client) -> None:
    """The old SDK dropped them on every read."""
    agent = client.agents.create(name="Ada", metadata=METADATA)
    user = client.users.create(name="Bo", about="", metadata=METADATA)
    session = client.sessions.create(agent_id=agent.id, metadata=METADATA)

    for read in (client.agents.get(agent.id), client.users.get(user.id), client.sessions.get(session.id)):
        assert read.metadata.dict() == METADATA
        assert read.metadata["a b"] == 1.5
        assert read.metadata.team == "blue"
        assert read.dict()["metadata"] == METADATA
    assert [dict(each.metadata) for each in client.agents.list()] == [METADATA]


def test_a_patch_of_an_agent_keeps_what_it_does_not_name(api: JulepApi) -> None:
    """The old service reset model and settings on every PATCH."""
    created = api.create_agent(
        name="Ada",
        about="A tutor.",
        model="gpt-4",
        instructions=["Be brief"],
        default_settings=AgentDefaultSettings(temperature=0.2, top_p=0.5),
        metadata={"k": 1},
    )

    api.patch_agent(created.id, name="Eve")
    api.patch_agent(created.id, default_settings={"top_p": 0.9})

    agent = api.get_agent(created.id)
    assert (agent.name, agent.about, agent.model, agent.instructions) == ("Eve", "A tutor.", "gpt-4", ["Be brief"])
    assert (agent.default_settings.temperature, agent.default_settings.top_p) == (0.2, 0.9)
    assert agent.metadata == {"k": 1}


def test_a_complete_update_of_an_agent_or_user_resets_what_it_does_not_name(api: JulepApi) -> None:
    """As the old service did, for these two."""
    agent_id = api.create_agent(name="Ada", model="gpt-4", instructions="x", metadata={"k": 1}).id
    user_id = api.create_user(name="Bo", metadata={"k": 1}).id

    api.update_agent(agent_id, name="Eve", about="")
    api.update_user(user_id, name="Cy", about="")

    agent, user = api.get_agent(agent_id), api.get_user(user_id)
    assert (agent.name, agent.instructions, agent.metadata) == ("Eve", [], {})
    assert agent.model == "julep-ai/samantha-1-turbo"
    assert (user.name, user.metadata) == ("Cy", {})


PATCHES = [
    pytest.param({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}, id="objects merge"),
    pytest.param({"l": [1]}, {"l": [2]}, {"l": [2]}, id="arrays replace"),
    pytest.param({"s": 1, "t": 2}, {"s": None}, {"t": 2}, id="null removes the key"),
    pytest.param({"a": {"x": 1, "y": 2}}, {"a": {"x": None}}, {"a": {"y": 2}}, id="null removes within objects"),
    pytest.param({"a": {"x": 1}}, {"a": [1]}, {"a": [1]}, id="an array replaces an object"),
    pytest.param({"a": [1]}, {"a": {"x": 1, "y": None}}, {"a": {"x": 1}}, id="an object replaces an array"),
    pytest.param({"l": [1, None]}, {"l": [None, {"n": None}]}, {"l": [None, {"n": None}]}, id="null within arrays"),
    pytest.param({"a": 1}, {"missing": None}, {"a": 1}, id="null for no key"),
    pytest.param({"a": 1}, {}, {"a": 1}, id="nothing"),
    pytest.param({"a": 1}, None, {"a": 1}, id="None"),
]


@pytest.mark.parametrize(("before", "patch", "after"), PATCHES)
def test_patched_metadata_are_a_json_merge_patch(api: JulepApi, before: Any, patch: Any, after: Any) -> None:
    """The old service joined arrays end to end and stored nulls."""
    agent_id = api.create_agent(name="Ada", metadata=before).id
    user_id = api.create_user(metadata=before).id
    session_id = api.create_session(agent_id=agent_id, metadata=before).id

    api.patch_agent(agent_id, metadata=patch)
    api.patch_user(user_id, metadata=patch)
    api.patch_session(session_id, metadata=patch)

    read = (api.get_agent(agent_id), api.get_user(user_id), api.get_session(session_id))
    assert [each.metadata.dict() for each in read] == [after] * 3


def test_instructions_keep_their_order_and_repetitions(
    make_client: Callable[..., Client], model: ScriptedModel
) -> None:
    """The old service sorted them and showed each once."""
    client = make_client(model=model)
    instructions = ["Zip it", "Ask back", "Zip it"]
    agent = client.agents.create(name="Ada", instructions=instructions)
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say("Hello"))

    assert client.agents.get(agent.id).instructions == instructions
    (block,) = [text for _, text in shown(model) if text.startswith("Instructions:")]
    assert block.split("\n\n")[1:] == instructions


def test_lists_of_agents_show_their_settings(api: JulepApi) -> None:
    """The old service showed null."""
    api.create_agent(name="Ada", default_settings=AgentDefaultSettings(temperature=0.2))

    (agent,) = api.list_agents().items

    assert agent.default_settings.temperature == 0.2
    assert agent == api.get_agent(agent.id)


def test_none_means_the_default(api: JulepApi) -> None:
    """The old service failed with a database error."""
    user = api.get_user(api.create_user(name=None, about=None, docs=None, metadata=None).id)
    created = api.create_agent(
        name="Ada",
        about=None,
        tools=None,
        default_settings={"temperature": None},
        model=None,
        docs=None,
        metadata=None,
        instructions=None,
    )
    agent = api.get_agent(created.id)

    assert (user.name, user.about, user.metadata) == ("User", "", {})
    assert (agent.about, agent.model, agent.instructions) == ("", "julep-ai/samantha-1-turbo", [])
    assert agent.default_settings.temperature == 0.75


def test_deleting_an_agent_deletes_all_that_is_its_own(make_client: Callable[..., Client]) -> None:
    """The old service left docs, tools, sessions and their history behind."""
    client = make_client()
    api = client._api_client
    user = client.users.create(name="Bo", about="")
    agent = client.agents.create(name="Ada", tools=[TOOL], docs=[{"title": "Tides", "content": ["Sun", "Moon"]}])
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=say("I live in Oslo."))
    finish_jobs(client)
    assert client.memories.list(agent_id=agent.id)

    client.agents.delete(agent.id)

    left = {table: rows for table, rows in stored(client).items() if rows and table != "jobs"}
    assert left.keys() == {"users"}
    for gone in (
        lambda: api.get_agent(agent.id),
        lambda: api.get_agent_docs(agent.id),
        lambda: api.get_agent_tools(agent.id),
        lambda: api.get_session(session.id),
        lambda: api.get_history(session.id),
        lambda: client.sessions.chat(session_id=session.id, messages=say("Hello?")),
    ):
        with pytest.raises(NotFound):
            gone()


def test_after_a_user_is_deleted_the_session_goes_on_without_their_docs_and_memories(
    make_client: Callable[..., Client], model: ScriptedModel
) -> None:
    """In the old service a deleted user's docs still surfaced in chats."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada")
    user = client.users.create(
        name="Bo", about="Likes maps.", docs=[{"title": "Home", "content": "Bo's garden has tulips"}]
    )
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    client.sessions.chat(session_id=session.id, messages=say("I love the tulips in my garden."))
    finish_jobs(client)
    client.sessions.chat(session_id=session.id, messages=say("tulips garden"))
    assert sum("tulips" in text for role, text in shown(model) if role == "system") == 2

    client.users.delete(user.id)
    client.sessions.chat(session_id=session.id, messages=say("tulips garden"))

    assert client.sessions.get(session.id).user_id is None
    assert [text for role, text in shown(model) if role == "system"] == ["About me (Ada)"]
    assert len(client.sessions.history(session_id=session.id)) == 6
    assert not client.memories.list(agent_id=agent.id)


def test_deleting_twice_is_an_error_for_agents_and_none_for_users(client: Client) -> None:
    """As the old service did: programs rely on either."""
    agent = client.agents.create(name="Ada")
    user = client.users.create(name="Bo", about="")

    assert client.agents.delete(agent.id) is None
    assert client.users.delete(user.id) is None
    assert client.users.delete(user.id) is None
    assert client.users.delete(UNKNOWN) is None
    with pytest.raises(NotFound, match=agent.id) as error:
        client.agents.delete(agent.id)
    assert error.value.status_code == 404


def test_managers_return_complete_resources(client: Client) -> None:
    """The old managers returned their own arguments: a created agent had no `model`, a doc no `title`."""
    agent = client.agents.create(name="Ada", docs=[{"title": "T", "content": "text"}])
    user = client.users.create(name="Bo", about="")
    doc = client.docs.create(user_id=user.id, doc={"title": "T", "content": "text"})

    updated = client.agents.update(agent_id=agent.id, about="A tutor.")

    assert isinstance(agent, Agent)
    assert agent.model == "julep-ai/samantha-1-turbo"
    assert agent.updated_at - agent.created_at < timedelta(seconds=1)
    assert len(agent.jobs) == 1
    assert (updated.name, updated.about, updated.model) == ("Ada", "A tutor.", agent.model)
    assert (doc.title, doc.content, doc.user_id, doc.agent_id) == ("T", "text", user.id, None)
    assert len(doc.jobs) == 1
