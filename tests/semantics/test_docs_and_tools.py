"""Docs, tools, memories and lists as the documentation promised them, where the old service did something else."""

import asyncio
import inspect
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from talk import TOOL, finish_jobs, new_session, say, shown_text, stored

import julep_local
from julep_local import AsyncClient, Client, CreateDoc, CreateToolRequest, FunctionDef, JulepApi
from julep_local.errors import BadRequest, NotFound
from julep_local.testing import HashEmbedder, ScriptedModel

UNKNOWN = "8a1f0f6e-3d0b-4f0a-9d51-0a4c5f3b2c1d"


@pytest.fixture
def agent_id(api: JulepApi) -> str:
    return api.create_agent(name="Ada").id


@pytest.fixture
def user_id(api: JulepApi) -> str:
    return api.create_user(name="Bo").id


# ---- docs ------------------------------------------------------------------------------------------------------------


def test_docs_are_searched_within_their_owners(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service took the best three of the whole file: three of a stranger's hid all of one's own."""
    client = make_client(model=model)
    for _ in range(3):
        client.agents.create(name="Stranger", docs=[{"title": "tides moon", "content": "moon tides"}])
    agent = client.agents.create(
        name="Ada", docs=[{"title": f"Note {i}", "content": f"The moon raises the tides, note {i}"} for i in range(5)]
    )
    user = client.users.create(name="Bo", about="", docs=[{"title": "Mine", "content": "I watch tides and the moon"}])
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)

    response = client.sessions.chat(session_id=session.id, messages=say("moon tides"))

    own = {doc.id for doc in client.docs.list(agent_id=agent.id)}
    assert len(response.doc_ids.agent_doc_ids) == 3
    assert set(response.doc_ids.agent_doc_ids) < own
    assert response.doc_ids.user_doc_ids == [client.docs.list(user_id=user.id)[0].id]
    assert "moon tides\n" not in shown_text(model)
    assert shown_text(model).count("The moon raises the tides") == 3


def test_docs_that_have_nothing_to_do_with_the_question_are_not_shown(
    make_client: Callable[..., Client], model: ScriptedModel
) -> None:
    """As in the old service, which compared a similarity with a threshold."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", docs=[{"title": "Tides", "content": "The moon raises them"}])
    session = client.sessions.create(agent_id=agent.id)

    response = client.sessions.chat(session_id=session.id, messages=say("Sourdough bread recipe"))

    assert response.doc_ids.agent_doc_ids == []
    assert "moon" not in shown_text(model)


@pytest.mark.parametrize("question", ["hedgehogs at night", "copper smelting", "violin strings"])
def test_every_chunk_of_a_doc_can_be_recalled(
    make_client: Callable[..., Client], model: ScriptedModel, question: str
) -> None:
    """Embedding a doc of two or more chunks failed in the old service."""
    client = make_client(model=model)
    chunks = ["hedgehogs walk at night", "copper smelting needs charcoal", "violin strings were gut"]
    agent = client.agents.create(name="Ada", docs=[{"title": "Notes", "content": chunks}])
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say(question))

    word = question.split()[0]
    assert [chunk for chunk in chunks if chunk in shown_text(model)] == [chunk for chunk in chunks if word in chunk]


def test_a_docs_title_is_searched_and_shown(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """As in the old service."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada", docs=[{"title": "Hedgehogs", "content": "They walk by night"}])
    session = client.sessions.create(agent_id=agent.id)

    client.sessions.chat(session_id=session.id, messages=say("hedgehogs"))

    assert "Hedgehogs:\nThey walk by night" in shown_text(model)


def test_a_docs_metadata_come_back(api: JulepApi, client: Client, agent_id: str) -> None:
    """The old SDK stripped them before sending, both those in the doc and those beside it."""
    api.create_agent_doc(agent_id, request=CreateDoc(title="T", content="text", metadata={"k": [1]}))
    client.docs.create(agent_id=agent_id, doc={"title": "T", "content": "x", "metadata": {"k": 1}}, metadata={"j": 2})
    api.create_agent(name="Eve", docs=[{"title": "T", "content": "text", "metadata": {"k": 3}}])

    eve = api.list_agents().items[0].id
    assert [doc.metadata.dict() for doc in client.docs.list(agent_id=agent_id)] == [{"k": 1, "j": 2}, {"k": [1]}]
    assert [doc.metadata.dict() for doc in client.docs.list(agent_id=eve)] == [{"k": 3}]


@pytest.mark.parametrize("content", ["one text", ["one"], ["zebra", "ant", "mole"]], ids=["text", "one", "several"])
def test_a_doc_is_listed_once_with_its_content_as_given(api: JulepApi, user_id: str, content: Any) -> None:
    """The old service listed each chunk as a doc, in alphabetical order."""
    created = api.create_user_doc(user_id, request=CreateDoc(title="T", content=content))

    (doc,) = api.get_user_docs(user_id).items

    assert (doc.id, doc.title, doc.content, doc.user_id) == (created.id, "T", content, user_id)


@pytest.mark.parametrize("owner", ["agent", "user"])
def test_docs_are_listed_newest_first_and_page_by_page(api: JulepApi, agent_id: str, user_id: str, owner: str) -> None:
    """The old service ignored limit, offset, sort_by and order here."""
    owner_id = agent_id if owner == "agent" else user_id
    create, get = getattr(api, f"create_{owner}_doc"), getattr(api, f"get_{owner}_docs")
    for i in range(4):
        create(owner_id, request=CreateDoc(title=f"T{i}", content="text", metadata={"even": i % 2 == 0}))

    def titles(**asked: Any) -> list[str]:
        return [doc.title for doc in get(owner_id, **asked).items]

    assert titles() == ["T3", "T2", "T1", "T0"]
    assert titles(limit=2, offset=1) == ["T2", "T1"]
    assert titles(order="asc", sort_by="updated_at") == ["T0", "T1", "T2", "T3"]
    assert titles(limit=0) == []
    assert titles(metadata_filter='{"even": true}', limit=1) == ["T2"]


def test_a_doc_needs_an_owner_that_exists(api: JulepApi) -> None:
    """The old service stored docs for nobody, and listed an unknown agent's as empty."""
    request = CreateDoc(title="T", content="text")

    for call in (
        lambda: api.create_agent_doc(UNKNOWN, request=request),
        lambda: api.create_user_doc(UNKNOWN, request=request),
        lambda: api.get_agent_docs(UNKNOWN),
        lambda: api.get_user_docs(UNKNOWN),
    ):
        with pytest.raises(NotFound, match=UNKNOWN):
            call()


def test_deleting_a_doc_twice_or_through_another_owner_is_an_error(
    api: JulepApi, client: Client, agent_id: str, user_id: str
) -> None:
    """As the old service did."""
    doc_id = api.create_agent_doc(agent_id, request=CreateDoc(title="T", content=["a", "b"])).id

    with pytest.raises(NotFound, match=doc_id):
        api.delete_user_doc(user_id, doc_id)
    with pytest.raises(NotFound, match=doc_id):
        api.delete_agent_doc(api.create_agent(name="Eve").id, doc_id)
    assert len(api.get_agent_docs(agent_id).items) == 1

    assert api.delete_agent_doc(agent_id, doc_id) is None
    with pytest.raises(NotFound, match=doc_id):
        api.delete_agent_doc(agent_id, doc_id)
    assert not stored(client)["chunks"]
    assert not stored(client)["chunk_vectors"]


def test_doc_managers_want_exactly_one_owner(client: Client, agent_id: str, user_id: str) -> None:
    """The old manager took both in `list` and `create`, and ignored the user."""
    doc = {"title": "T", "content": "text"}
    for owners in ({}, {"agent_id": agent_id, "user_id": user_id}, {"agent_id": "no id"}):
        for call in (
            lambda owners=owners: client.docs.list(**owners),
            lambda owners=owners: client.docs.create(**owners, doc=doc),
            lambda owners=owners: client.docs.delete(**owners, doc_id=UNKNOWN),
        ):
            with pytest.raises(AssertionError):
                call()

    assert stored(client)["docs"] == []


def test_a_doc_can_be_read_by_its_id(client: Client, user_id: str) -> None:
    """Older documentation of the SDK had `docs.get`."""
    created = client.docs.create(user_id=user_id, doc={"title": "T", "content": ["a", "b"]})

    doc = client.docs.get(created.id)

    assert (doc.title, doc.content, doc.user_id) == ("T", ["a", "b"], user_id)
    with pytest.raises(NotFound, match=UNKNOWN):
        client.docs.get(UNKNOWN)


# ---- tools -----------------------------------------------------------------------------------------------------------


def _function(name: str = "weather", **more: Any) -> FunctionDef:
    return FunctionDef(**{"name": name, "description": "d", "parameters": {"type": "object"}, **more})


def test_a_tool_needs_an_agent_that_exists(api: JulepApi) -> None:
    """The old service stored tools for nobody."""
    with pytest.raises(NotFound, match=UNKNOWN):
        api.create_agent_tool(UNKNOWN, request=TOOL)


def test_replacing_an_unknown_tool_is_an_error(api: JulepApi, client: Client, agent_id: str) -> None:
    """The old service created it, also when it was another agent's."""
    other = api.create_agent(name="Eve").id
    tool_id = api.create_agent_tool(other, request=TOOL).id
    before = stored(client)

    for wrong in (UNKNOWN, tool_id):
        with pytest.raises(NotFound, match=wrong):
            api.update_agent_tool(agent_id, wrong, function=_function())
        with pytest.raises(NotFound, match=wrong):
            api.patch_agent_tool(agent_id, wrong, function={"name": "x"})
        with pytest.raises(NotFound, match=wrong):
            api.delete_agent_tool(agent_id, wrong)

    assert stored(client) == before


@pytest.mark.parametrize(
    "patch", [{"name": "forecast"}, {"description": "new"}, {"parameters": {"type": "object", "x": 1}}, {}]
)
def test_any_part_of_a_tool_can_be_patched(api: JulepApi, client: Client, agent_id: str, patch: Any) -> None:
    """The old service failed unless name, description and parameters were all given."""
    tool_id = api.create_agent_tool(agent_id, request=TOOL).id

    client.tools.update(agent_id=agent_id, tool_id=tool_id, function=patch)

    (tool,) = api.get_agent_tools(agent_id).items
    assert tool.function.dict() == {**TOOL["function"], **patch}


def test_a_tools_description_is_optional_everywhere(api: JulepApi, agent_id: str) -> None:
    """The old service failed without one, on this route only."""
    function = {"name": "weather", "parameters": {}}
    tool_id = api.create_agent_tool(agent_id, request={"type": "function", "function": function}).id
    api.update_agent_tool(agent_id, tool_id, function=FunctionDef(**function))
    api.create_agent(name="Eve", tools=[{"type": "function", "function": function}])

    (tool,) = api.get_agent_tools(agent_id).items

    assert (tool.function.name, tool.function.description, tool.function.parameters) == ("weather", None, {})


def test_tools_are_listed_oldest_first_page_by_page_with_their_type(api: JulepApi, agent_id: str) -> None:
    """The old service listed them in random order and forgot the type `webhook`."""
    for i, kind in enumerate(["webhook", "function", "webhook"]):
        api.create_agent_tool(agent_id, request=CreateToolRequest(type=kind, function=_function(f"f{i}")))

    tools = api.get_agent_tools(agent_id).items

    assert [(tool.function.name, tool.type) for tool in tools] == [
        ("f0", "webhook"),
        ("f1", "function"),
        ("f2", "webhook"),
    ]
    assert [tool.function.name for tool in api.get_agent_tools(agent_id, limit=1, offset=1).items] == ["f1"]


def test_deleting_a_tool_twice_is_an_error(api: JulepApi, agent_id: str) -> None:
    """As the old service did."""
    tool_id = api.create_agent_tool(agent_id, request=TOOL).id

    assert api.delete_agent_tool(agent_id, tool_id) is None
    with pytest.raises(NotFound, match=tool_id):
        api.delete_agent_tool(agent_id, tool_id)


def test_the_tool_manager_has_list_beside_get(client: Client, agent_id: str) -> None:
    """Some of the SDK's documentation called it so."""
    client.tools.create(agent_id=agent_id, tool=TOOL)

    assert client.tools.list(agent_id=agent_id) == client.tools.get(agent_id=agent_id) != []


def test_the_async_delete_of_a_tool_returns_none(tmp_path: Path) -> None:
    """The old one deleted, and then always raised."""

    async def run() -> tuple[Any, int]:
        async with AsyncClient(path=tmp_path / "j.db", model=ScriptedModel(), embedder=HashEmbedder()) as client:
            agent = await client.agents.create(name="Ada")
            tool = await client.tools.create(agent_id=agent.id, tool=TOOL)
            result = await client.tools.delete(agent_id=agent.id, tool_id=tool.id)
            return result, len(await client.tools.get(agent_id=agent.id))

    assert asyncio.run(run()) == (None, 0)


# ---- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["agents", "users", "sessions"])
def test_lists_are_newest_first_and_sorted_as_asked(client: Client, agent_id: str, kind: str) -> None:
    """The old service ignored sort_by and order."""
    api = client._api_client
    api.delete_agent(agent_id)
    owner = api.create_agent(name="0").id
    ids = [owner] if kind == "agents" else []
    while len(ids) < 3:
        if kind == "sessions":
            ids.append(api.create_session(agent_id=owner).id)
        else:
            ids.append(getattr(api, f"create_{kind[:-1]}")(name=str(len(ids))).id)
    patch = getattr(api, f"patch_{kind[:-1]}")
    patch(ids[0], metadata={"changed": True})

    def listed(**asked: Any) -> list[int]:
        return [ids.index(item.id) for item in getattr(api, f"list_{kind}")(**asked).items]

    assert listed() == [2, 1, 0]
    assert listed(order="asc") == [0, 1, 2]
    assert listed(sort_by="updated_at") == [0, 2, 1]
    assert listed(sort_by="updated_at", order="asc") == [1, 2, 0]
    assert listed(limit=1, offset=1) == [1]
    assert [item.id for item in getattr(client, kind).list()] == [ids[2], ids[1], ids[0]]


FILTERS: list[Any] = [
    pytest.param({"k": "plain"}, {"k": "plain"}, True, id="text"),
    pytest.param({"k": "plain"}, {"k": "other"}, False, id="other text"),
    pytest.param({"k": [1, "a", None]}, {"k": [1, "a", None]}, True, id="array"),
    pytest.param({"k": [1, 2]}, {"k": [2, 1]}, False, id="array in another order"),
    pytest.param({"k": [1, 2]}, {"k": [1]}, False, id="part of an array"),
    pytest.param({"k": None}, {"k": None}, True, id="null"),
    pytest.param({}, {"k": None}, False, id="null is not a missing key"),
    pytest.param({"k": ""}, {"k": None}, False, id="null is not an empty text"),
    pytest.param({"k": 'say "hi"'}, {"k": 'say "hi"'}, True, id="quotes"),
    pytest.param({"k": "back\\slash"}, {"k": "back\\slash"}, True, id="backslash"),
    pytest.param({"k": "two\nlines"}, {"k": "two\nlines"}, True, id="line break"),
    pytest.param({"k": "Grüße 🌍"}, {"k": "Grüße 🌍"}, True, id="not ASCII"),
    pytest.param({"k": 1}, {"k": 1.0}, True, id="1 is 1.0"),
    pytest.param({"k": True}, {"k": 1}, False, id="true is not 1"),
    pytest.param({"k": 1}, {"k": "1"}, False, id="1 is not text"),
    pytest.param({"k": {"a": 1, "b": [2]}}, {"k": {"b": [2], "a": 1}}, True, id="object"),
    pytest.param({"k": {"a": 1, "b": 2}}, {"k": {"a": 1}}, False, id="part of an object"),
    pytest.param({"k": []}, {"k": {}}, False, id="empty array is no object"),
    pytest.param({"a.b": 1}, {"a.b": 1}, True, id="dot in a key"),
    pytest.param({"a": {"b": 1}}, {"a.b": 1}, False, id="no paths"),
    pytest.param({'$"x': 1, "": 2}, {'$"x': 1, "": 2}, True, id="odd keys"),
    pytest.param({"a": 1, "b": 2}, {"a": 1, "b": 3}, False, id="all keys must match"),
    pytest.param({"a": 1}, {}, True, id="nothing asked"),
]


@pytest.mark.parametrize(("metadata", "asked", "found"), FILTERS)
def test_a_metadata_filter_compares_json_values_key_by_key(
    client: Client, agent_id: str, metadata: Any, asked: Any, found: bool
) -> None:
    """In the old service arrays, quotes, backslashes and all that is not ASCII never matched or broke the query."""
    client.agents.update(agent_id=agent_id, metadata=metadata, overwrite=True, name="Ada", about="")
    client.users.create(name="Bo", about="", metadata=metadata)
    client.sessions.create(agent_id=agent_id, metadata=metadata)
    client.docs.create(agent_id=agent_id, doc={"title": "T", "content": "x", "metadata": metadata})

    lists = [getattr(client, kind).list(metadata_filter=asked) for kind in ("agents", "users", "sessions")]
    lists.append(client.docs.list(agent_id=agent_id, metadata_filter=asked))

    assert [len(items) for items in lists] == [int(found)] * 4


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"text"', "null", '{"k": NaN}', "{'k': 1}"])
def test_a_filter_that_is_no_json_object_is_a_bad_request(api: JulepApi, agent_id: str, text: str) -> None:
    """The old service answered 500 to JSON that is no object."""
    for call in (api.list_agents, api.list_users, api.list_sessions, lambda **f: api.get_agent_docs(agent_id, **f)):
        with pytest.raises(BadRequest, match="metadata_filter") as error:
            call(metadata_filter=text)
        assert error.value.status_code == 400


# ---- memories --------------------------------------------------------------------------------------------------------


def test_memories_are_formed_found_and_deleted(make_client: Callable[..., Client], model: ScriptedModel) -> None:
    """The old service had no memories: listing and deleting them was always a 404."""
    client = make_client(model=model)
    agent = client.agents.create(name="Ada")
    users = [client.users.create(name=name, about="") for name in ("Bo", "Cy")]
    for user, said in zip(users, ("I live in Oslo. I play the violin.", "I live in Rome."), strict=True):
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        client.sessions.chat(session_id=session.id, messages=say(said))
    finish_jobs(client)

    def found(**asked: Any) -> list[str]:
        return [memory.content for memory in client.memories.list(agent_id=agent.id, **asked)]

    assert found(query="violin music")[0] == "Bo: I play the violin."
    assert len(found(query="violin")) == 3
    assert found(query="violin", limit=1, offset=1) == found(query="violin")[1:2]
    assert found(query="where do you live", user_id=users[1].id) == ["Cy: I live in Rome."]
    memory = client.memories.list(agent_id=agent.id, query="violin")[0]
    assert (memory.agent_id, memory.user_id) == (agent.id, users[0].id)

    client.memories.delete(agent_id=agent.id, memory_id=memory.id)

    assert "Bo: I play the violin." not in found(query="violin")
    with pytest.raises(NotFound, match=memory.id):
        client.memories.delete(agent_id=agent.id, memory_id=memory.id)


# ---- jobs, imports, constructors -------------------------------------------------------------------------------------


def test_each_doc_has_a_job_of_its_own(client: Client) -> None:
    """The old service gave all docs of a call one job, with the state of the last."""
    docs = [{"title": f"T{i}", "content": "text"} for i in range(3)]

    agent = client.agents.create(name="Ada", docs=docs)
    plain = client.agents.create(name="Eve")

    assert len(set(agent.jobs)) == 3
    assert [client.jobs.get(job_id).state for job_id in agent.jobs] == ["succeeded"] * 3
    assert plain.jobs == []


def test_an_unknown_job_is_not_found(api: JulepApi) -> None:
    """The old service answered 400 with the words of its workflow engine."""
    with pytest.raises(NotFound, match=UNKNOWN) as error:
        api.get_job_status(UNKNOWN)

    assert error.value.status_code == 404


def test_everything_the_generated_examples_import_from_the_root_is_there() -> None:
    """Those imports failed with the SDK."""
    names = (
        "JulepApi",
        "AsyncJulepApi",
        "CreateDoc",
        "FunctionDef",
        "InputChatMlMessage",
        "ChatSettingsResponseFormat",
    )

    assert [name for name in names if not inspect.isclass(getattr(julep_local, name, None))] == []


def test_arguments_that_were_for_the_network_are_accepted_and_ignored(tmp_path: Path) -> None:
    """There is no network; code written for the SDK still names them."""
    network: dict[str, Any] = {
        "api_key": "secret",
        "base_url": "https://example.com",
        "timeout": 3,
        "additional_headers": {"X": "y"},
    }
    given: dict[str, Any] = {"path": tmp_path / "julep.db", "model": ScriptedModel(["ok"]), "embedder": HashEmbedder()}

    with Client(**given, **network) as client, JulepApi(**given, **network, environment=None) as api:
        session_id = new_session(client)

        response = api.chat(session_id, messages=say("Hello"))

    assert response.response[0][0].content == "ok"


def test_ids_of_new_resources_are_uuids_of_version_4(client: Client, agent_id: str) -> None:
    """The answers of creating calls hold id and time, of deleting ones nothing, as in the SDK."""
    tool = client.tools.create(agent_id=agent_id, tool=TOOL)
    doc = client.docs.create(agent_id=agent_id, doc={"title": "T", "content": "text"})

    assert {uuid.UUID(each.id).version for each in (tool, doc)} == {4}
    assert all(each.created_at.tzinfo is not None for each in (tool, doc))
    assert client.tools.delete(agent_id=agent_id, tool_id=tool.id) is None
    assert client.docs.delete(agent_id=agent_id, doc_id=doc.id) is None
