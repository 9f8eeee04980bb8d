"""Sessions and their history as the documentation promised them, where the old service did something else."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from talk import answer, history, new_session, say, shown, shown_text

from julep_local import AsyncClient, Client, JulepApi
from julep_local.errors import InvalidInput, NotFound
from julep_local.testing import HashEmbedder, ScriptedModel

UNKNOWN = "8a1f0f6e-3d0b-4f0a-9d51-0a4c5f3b2c1d"


@pytest.mark.parametrize("changes", [{"metadata": {"k": 1}}, {}, {"metadata": None}, {"situation": "Lunch"}])
def test_a_session_can_be_patched_in_any_part(api: JulepApi, changes: dict[str, Any]) -> None:
    """The old service failed unless the situation was given."""
    session_id = api.create_session(agent_id=api.create_agent(name="Ada").id, situation="Dinner").id

    api.patch_session(session_id, **changes)

    session = api.get_session(session_id)
    assert session.situation == changes.get("situation", "Dinner")
    assert session.metadata == (changes.get("metadata") or {})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda client, id: client._api_client.update_session(id, situation="Hi {{ 1 + 1 }}"), id="put"),
        pytest.param(lambda client, id: client._api_client.patch_session(id, situation="Hi {{ 1 + 1 }}"), id="patch"),
        pytest.param(lambda client, id: client._api_client.patch_session(id, metadata={"k": 1}), id="patch metadata"),
        pytest.param(lambda client, id: client.sessions.update(session_id=id, metadata={"k": 1}), id="manager"),
        pytest.param(
            lambda client, id: client.sessions.update(session_id=id, situation="Hi {{ 1 + 1 }}", overwrite=True),
            id="manager, overwrite",
        ),
    ],
)
def test_templates_stay_on_when_a_session_is_changed(
    make_client: Callable[..., Client], model: ScriptedModel, change: Callable[[Client, str], object]
) -> None:
    """Any update in the old service silently switched templates off."""
    client = make_client(model=model)
    session_id = new_session(client, situation="Hi {{ 1 + 1 }}", render_templates=True)

    change(client, session_id)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert client.sessions.get(session_id).render_templates is True
    assert shown(model)[0] == ("system", "Hi 2")


def test_templates_can_be_switched_on_and_off(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old SDK declared the argument and refused it."""
    client = make_client(model=model)
    session_id = new_session(client, situation="{{ 1 + 1 }}")

    on = client.sessions.update(session_id=session_id, render_templates=True)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))
    off = client.sessions.update(session_id=session_id, render_templates=False)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert (on.render_templates, off.render_templates) == (True, False)
    assert (shown(model, 0)[0][1], shown(model, 1)[0][1]) == ("2", "{{ 1 + 1 }}")


def test_a_complete_update_of_a_session_keeps_metadata_that_are_not_given(client: Client) -> None:
    """As the old service did: the manager always sends null there."""
    session_id = new_session(client, situation="Dinner", metadata={"k": 1})

    client.sessions.update(session_id=session_id, situation="Lunch", overwrite=True)
    kept = client.sessions.get(session_id).metadata
    client.sessions.update(session_id=session_id, situation="Lunch", metadata={"j": 2}, overwrite=True)

    assert kept == {"k": 1}
    assert client.sessions.get(session_id).metadata == {"j": 2}


def test_lists_of_sessions_show_whether_templates_are_on(client: Client) -> None:
    """The old service showed false."""
    new_session(client, render_templates=True)

    assert [session.render_templates for session in client.sessions.list()] == [True]


def test_an_empty_situation_is_not_shown(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service sent an empty system message."""
    client = make_client(model=model)
    session_id = new_session(client, situation="")

    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert shown(model) == [("system", "About me (Ada)"), ("user", "Hello")]


def test_times_of_a_session_have_microseconds_and_stand_in_order(client: Client) -> None:
    """The old service cut `updated_at` to seconds, so that it could precede `created_at`."""
    session_id = new_session(client)
    created = client.sessions.get(session_id)

    for i in range(3):
        client.sessions.update(session_id=session_id, situation=str(i))

    updated = client.sessions.get(session_id)
    assert created.updated_at >= created.created_at
    assert updated.created_at == created.created_at
    assert updated.updated_at > created.updated_at
    assert updated.updated_at.microsecond or client.sessions.get(session_id).created_at.microsecond


def test_deleting_sessions_and_histories_is_idempotent(client: Client) -> None:
    """As the old service did; its own tests, run against a stand-in, expected a 404."""
    session_id = new_session(client)

    for _ in range(2):
        assert client.sessions.delete_history(session_id) is None
        assert client.sessions.delete(session_id) is None
    assert client.sessions.delete(UNKNOWN) is None
    assert client.sessions.delete_history(UNKNOWN) is None


def test_a_deleted_sessions_history_is_gone(client: Client) -> None:
    """The old service still returned it."""
    session_id = new_session(client)
    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    client.sessions.delete(session_id)

    with pytest.raises(NotFound, match=session_id):
        client.sessions.history(session_id=session_id)
    assert client._api_client._runtime.db.query("select * from messages") == []


@pytest.mark.parametrize("missing", ["agent_id", "user_id"])
def test_a_session_needs_an_agent_and_a_user_that_exist(client: Client, missing: str) -> None:
    """The old service made sessions for nobody."""
    ids = {"agent_id": client.agents.create(name="Ada").id, "user_id": client.users.create(name="Bo", about="").id}

    with pytest.raises(NotFound, match=UNKNOWN) as error:
        client.sessions.create(**{**ids, missing: UNKNOWN})

    assert error.value.kind == missing.removesuffix("_id")
    assert client.sessions.list() == []


# ---- history ---------------------------------------------------------------------------------------------------------


def test_history_holds_text_as_a_string_and_parts_as_a_list(client: Client) -> None:
    """The old service made a list of parts of everything, and an empty name of none."""
    session_id = new_session(client)
    parts = [{"type": "text", "text": "two"}, {"type": "text", "text": "parts"}]

    client.sessions.chat(
        session_id=session_id,
        messages=[*say("text"), *say([{"type": "text", "text": "one part"}]), *say(parts, name="Bo")],
    )

    said = client.sessions.history(session_id=session_id)
    assert [message.content for message in said[:2]] == ["text", "one part"]
    assert [part.dict() for part in said[2].content] == parts
    assert said[3].content == "ok"
    assert [message.name for message in said] == [None, None, "Bo", "Ada"]


def test_a_history_entry_and_the_response_are_the_same_message(client: Client) -> None:
    """The old service stored the answer with another time than it returned."""
    session_id = new_session(client)

    response = client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert client.sessions.history(session_id=session_id)[-1] == response.response[0][0]


def test_history_is_listed_oldest_first_page_by_page(client: Client) -> None:
    """Messages of one instant stay in the order they were said in."""
    session_id = new_session(client)
    for i in range(3):
        client.sessions.chat(session_id=session_id, messages=say(f"question {i}", f"more {i}"))

    page = client.sessions.history(session_id=session_id, limit=4, offset=1)

    assert [message.content for message in page] == ["more 0", "ok", "question 1", "more 1"]
    assert len(client.sessions.history(session_id=session_id)) == 9


@pytest.mark.parametrize("name", ["functions", "instruction", "situation", "information"])
def test_names_of_messages_mean_nothing_to_later_turns(
    make_client: Callable[..., Client], model: ScriptedModel, name: str
) -> None:
    """A message named `functions` made every later chat of an old session fail; `instruction` moved one."""
    client = make_client(model=model)
    session_id = new_session(client)

    client.sessions.chat(session_id=session_id, messages=say("not json {", role="system", name=name))
    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert shown(model) == [
        ("system", "About me (Ada)"),
        ("system", "not json {"),
        ("assistant", "ok"),
        ("user", "Hello"),
    ]
    assert model.prompts[-1].tools == ()


# ---- templates -------------------------------------------------------------------------------------------------------

MARKUP = "{{ agent.name }}"


def test_only_text_of_the_author_is_rendered(make_client: Callable[..., Client]) -> None:
    """The old service rendered retrieved docs and old answers too: whoever wrote those could break the session."""
    model = ScriptedModel(lambda prompt: MARKUP)
    client = make_client(model=model)
    agent = client.agents.create(
        name="Ada",
        about=f"about={MARKUP}",
        instructions=[f"instruction={MARKUP}"],
        docs=[{"title": "Tides", "content": f"tides moon doc={MARKUP}"}],
    )
    user = client.users.create(name="Bo", about=f"user={MARKUP}")
    session = client.sessions.create(
        agent_id=agent.id, user_id=user.id, situation=f"situation={MARKUP}", render_templates=True
    )
    client.sessions.chat(session_id=session.id, messages=say("first"))

    client.sessions.chat(
        session_id=session.id,
        messages=[
            *say(f"tides moon said={MARKUP}"),
            *say(f"system={MARKUP}", role="system"),
            *say(f"assistant={MARKUP}", role="assistant"),
        ],
    )

    text = shown_text(model)
    for rendered in ("situation=Ada", "about=Ada", "instruction=Ada", "system=Ada", "assistant=Ada"):
        assert rendered in text
    for verbatim in (f"user={MARKUP}", f"doc={MARKUP}", f"said={MARKUP}"):
        assert verbatim in text
    assert ("assistant", MARKUP) in shown(model)
    # the caller's templates are recorded as they were shown: later turns must not show the model raw markup
    assert ("system", "system=Ada") in history(client, session.id)


def test_a_template_sees_session_user_agent_and_arrow(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The same variables as in the old service."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", metadata={"team": "blue"})
    session = client.sessions.create(
        agent_id=agent.id,
        situation="{{ agent.metadata.team }} {{ user.name }} {{ session.metadata.k }} {{ nothing }}"
        "{{ arrow.get('2024-05-17').format('D MMMM') }}",
        metadata={"k": "v"},
        render_templates=True,
    )

    client.sessions.chat(session_id=session.id, messages=say("Hello"))

    assert shown(model)[0][1] == "blue None v 17 May"


def test_without_templates_nothing_is_rendered(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    client = make_client(model=model)
    session_id = new_session(client, situation="{{ broken")

    client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert shown(model)[0][1] == "{{ broken"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ ''.__class__.__mro__ }}", id="sandbox"),
        pytest.param("{{ nothing.at.all }}", id="attribute of nothing"),
    ],
)
def test_a_template_that_fails_is_the_callers_error_and_records_nothing(client: Client, template: str) -> None:
    """The old service answered 500."""
    session_id = new_session(client, situation=template, render_templates=True)

    with pytest.raises(InvalidInput) as error:
        client.sessions.chat(session_id=session_id, messages=say("Hello"))

    assert (error.value.status_code, error.value.field) == (422, "situation")
    assert history(client, session_id) == []


# ---- asyncio ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("remember", "n_messages"), [(True, 2), (False, 0)])
def test_the_async_chat_uses_the_remember_it_is_given(tmp_path: Path, remember: bool, n_messages: int) -> None:
    """The old async manager sent `recall` in its place."""

    async def run() -> int:
        async with AsyncClient(
            path=tmp_path / "julep.db", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder()
        ) as client:
            agent = await client.agents.create(name="Ada")
            session = await client.sessions.create(agent_id=agent.id)
            response = await client.sessions.chat(
                session_id=session.id, messages=say("Hello"), remember=remember, recall=not remember
            )
            assert answer(response) == "ok"
            return len(await client.sessions.history(session_id=session.id))

    assert asyncio.run(run()) == n_messages


def test_async_managers_create_update_and_delete(tmp_path: Path) -> None:
    """With recent releases of its type checker every async create and update of the old SDK failed."""

    async def run() -> None:
        async with AsyncClient(path=tmp_path / "julep.db", model=ScriptedModel(), embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            user = await client.users.create(name="Bo", about="")
            doc = await client.docs.create(agent_id=agent.id, doc={"title": "T", "content": "text"})
            session = await client.sessions.create(agent_id=agent.id, user_id=user.id)

            renamed = await client.agents.update(agent_id=agent.id, name="Eve")
            moved = await client.sessions.update(session_id=session.id, situation="Dinner")

            assert (renamed.name, moved.situation, doc.title) == ("Eve", "Dinner", "T")
            with pytest.raises(TypeError):
                await client.agents.list(metadata_filter="{}")  # type: ignore[arg-type]
            with pytest.raises(TypeError):
                await client.agents.update(agent_id=agent.id, name="Eve", overwrite=True)
            with pytest.raises(AssertionError):
                await client.users.get("no id")

    asyncio.run(run())
