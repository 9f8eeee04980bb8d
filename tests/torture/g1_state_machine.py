"""G1: any order of calls to the API leaves what a plain Python model of it says.

A hypothesis state machine makes, changes, reads, searches and deletes everything there is, undoes, forgets people and
sends agents to a file and back. After each step all lists of the client are compared with the model, which is dicts.
"""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from julep_local import Client
from julep_local.errors import NotFound
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel

from .row import Row, Tier

SIZES: dict[Tier, tuple[int, int]] = {"P": (30, 40), "N": (1_000, 60), "R": (10_000, 100)}
"""Runs, and steps of each."""
UNKNOWN = "0b0a5a0e-3b1e-4b9f-8d6a-3d3f0c6c8a11"

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
names = st.sampled_from(["Ada", "Bo", "O'Brien", 'a "quoted" one', "名", "%_\\", "null", "-- drop"])
words = st.sampled_from(["ferry", "harbour", "lantern", "wombat", "quokka", "zebra", "AND", "NEAR", "*"])
metadatas = st.dictionaries(
    st.sampled_from(["a", "b", "a.b", "$", 'x"y', ""]),
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), texts, st.lists(st.integers(0, 2), max_size=2)),
    max_size=3,
)
rarely = st.sampled_from([False, False, False, True])


@dataclass
class Owner:
    """An agent or a user, as the model knows it."""

    name: str
    about: str
    metadata: dict[str, Any]
    docs: dict[str, tuple[str, Any]] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)


@dataclass
class Talk:
    """A session."""

    agent_id: str
    user_id: str | None
    situation: str
    history: list[tuple[str, str]] = field(default_factory=list)


class Api(RuleBasedStateMachine):
    """All there is to do."""

    agents: Bundle[str] = Bundle("agents")
    users: Bundle[str] = Bundle("users")
    sessions: Bundle[str] = Bundle("sessions")
    docs: Bundle[str] = Bundle("docs")
    tools: Bundle[str] = Bundle("tools")
    memories: Bundle[str] = Bundle("memories")

    @initialize()
    def open(self) -> None:
        """Open a client, on no file."""
        self.client = Client(
            path=":memory:",
            model=ScriptedModel(lambda prompt: "ok"),
            embedder=HashEmbedder(16),
            deterministic=Deterministic(1),
            offline=True,
        )
        self.agent: dict[str, Owner] = {}
        self.user: dict[str, Owner] = {}
        self.session: dict[str, Talk] = {}
        self.memory: dict[str, tuple[str, str, str]] = {}
        self.n_steps = 0

    def teardown(self) -> None:
        """Close it."""
        if not hasattr(self, "client"):
            return
        try:
            self.compare()
        finally:
            self.client.close()

    # agents and users

    @rule(target=agents, name=names, about=texts, metadata=metadatas)
    def create_agent(self, name: str, about: str, metadata: dict[str, Any]) -> str:
        """."""
        made = self.client.agents.create(name=name, about=about, metadata=metadata)
        self.agent[made.id] = Owner(name, about, metadata)
        return made.id

    @rule(target=users, name=names, about=texts, metadata=metadatas)
    def create_user(self, name: str, about: str, metadata: dict[str, Any]) -> str:
        """."""
        made = self.client.users.create(name=name, about=about, metadata=metadata)
        self.user[made.id] = Owner(name, about, metadata)
        return made.id

    @rule(agent_id=agents, about=texts, changes=metadatas)
    def patch_agent(self, agent_id: str, about: str, changes: dict[str, Any]) -> None:
        """."""
        with self.raises_unless(agent_id in self.agent):
            self.client.agents.update(agent_id=agent_id, about=about, metadata=changes)
            self.agent[agent_id].about = about
            self.agent[agent_id].metadata = merged(self.agent[agent_id].metadata, changes)

    @rule(user_id=users, name=names, about=texts, metadata=metadatas)
    def overwrite_user(self, user_id: str, name: str, about: str, metadata: dict[str, Any]) -> None:
        """."""
        with self.raises_unless(user_id in self.user):
            self.client.users.update(user_id=user_id, name=name, about=about, metadata=metadata, overwrite=True)
            known = self.user[user_id]
            known.name, known.about, known.metadata = name, about, metadata

    @rule(agent_id=agents)
    def delete_agent(self, agent_id: str) -> None:
        """."""
        with self.raises_unless(agent_id in self.agent):
            self.client.agents.delete(agent_id)
            del self.agent[agent_id]
            self.session = {key: talk for key, talk in self.session.items() if talk.agent_id != agent_id}
            self.memory = {key: row for key, row in self.memory.items() if row[0] != agent_id}

    @rule(user_id=users)
    def delete_user(self, user_id: str) -> None:
        """."""
        self.client.users.delete(user_id)  # an unknown one is no error
        self.user.pop(user_id, None)
        for talk in self.session.values():
            talk.user_id = None if talk.user_id == user_id else talk.user_id
        self.memory = {key: row for key, row in self.memory.items() if row[1] != user_id}

    @rule(user_id=users)
    def forget_user(self, user_id: str) -> None:
        """."""
        receipt = self.client.users.forget(user_id)
        assert (receipt.n_rows_left, receipt.n_texts_left) == (0, 0)
        self.user.pop(user_id, None)
        self.session = {key: talk for key, talk in self.session.items() if talk.user_id != user_id}
        self.memory = {key: row for key, row in self.memory.items() if row[1] != user_id}

    # sessions

    @rule(target=sessions, agent_id=agents, user_id=st.one_of(st.none(), users), situation=texts)
    def create_session(self, agent_id: str, user_id: str | None, situation: str) -> Any:
        """."""
        if agent_id not in self.agent or (user_id is not None and user_id not in self.user):
            with pytest.raises(NotFound):
                self.client.sessions.create(agent_id=agent_id, user_id=user_id, situation=situation)
            return multiple()
        made = self.client.sessions.create(agent_id=agent_id, user_id=user_id, situation=situation)
        self.session[made.id] = Talk(agent_id, user_id, situation)
        return made.id

    @rule(session_id=sessions, text=texts.filter(str.strip), record=st.booleans())
    def chat(self, session_id: str, text: str, record: bool) -> None:
        """."""
        question = {"role": "user", "content": text}
        with self.raises_unless(session_id in self.session):
            answer = self.client.sessions.chat(
                session_id=session_id, messages=[question], record=record, remember=False
            )
            assert answer.response[0][0].content == "ok"
            if record:
                self.session[session_id].history += [("user", text), ("assistant", "ok")]

    @rule(session_id=sessions)
    def delete_history(self, session_id: str) -> None:
        """."""
        self.client.sessions.delete_history(session_id)
        if session_id in self.session:
            self.session[session_id].history = []

    @rule(session_id=sessions)
    def delete_session(self, session_id: str) -> None:
        """."""
        self.client.sessions.delete(session_id)
        self.session.pop(session_id, None)

    # docs, tools, memories

    @rule(
        target=docs,
        owner=st.one_of(agents, users),
        title=names,
        content=st.one_of(words, st.lists(words, min_size=1, max_size=3)),
    )
    def create_doc(self, owner: str, title: str, content: Any) -> Any:
        """."""
        known, whose = self.owner(owner)
        doc = {"title": title, "content": content}
        if known is None:
            with pytest.raises(NotFound):
                self.client.docs.create(doc=doc, **whose)
            return multiple()
        made = self.client.docs.create(doc=doc, **whose)
        known.docs[made.id] = (title, content)
        return made.id

    @rule(doc_id=docs, content=words)
    def change_doc(self, doc_id: str, content: str) -> None:
        """."""
        holder = self.holder_of(doc_id)
        with self.raises_unless(holder is not None):
            self.client.docs.update(doc_id, content=content)
            assert holder is not None
            holder.docs[doc_id] = (holder.docs[doc_id][0], content)

    @rule(doc_id=docs, owner=st.one_of(agents, users))
    def delete_doc(self, doc_id: str, owner: str) -> None:
        """."""
        known, whose = self.owner(owner)
        with self.raises_unless(known is not None and doc_id in known.docs):
            self.client.docs.delete(doc_id=doc_id, **whose)
            assert known is not None
            del known.docs[doc_id]

    @rule(owner=st.one_of(agents, users), word=words)
    def search_docs(self, owner: str, word: str) -> None:
        """."""
        known, whose = self.owner(owner)
        if known is not None:
            hits = self.client.docs.search(word, limit=50, **whose)
            assert {hit.doc_id for hit in hits} <= set(known.docs)
            holding = {key for key, (_, content) in known.docs.items() if word in content and word.isalpha()}
            assert holding <= {hit.doc_id for hit in hits}, (word, known.docs)

    @rule(target=tools, agent_id=agents, name=st.sampled_from(["look", "go"]))
    def create_tool(self, agent_id: str, name: str) -> Any:
        """."""
        tool = {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        if agent_id not in self.agent:
            with pytest.raises(NotFound):
                self.client.tools.create(agent_id=agent_id, tool=tool)
            return multiple()
        made = self.client.tools.create(agent_id=agent_id, tool=tool)
        self.agent[agent_id].tools[made.id] = name
        return made.id

    @rule(agent_id=agents, tool_id=tools)
    def delete_tool(self, agent_id: str, tool_id: str) -> None:
        """."""
        with self.raises_unless(agent_id in self.agent and tool_id in self.agent[agent_id].tools):
            self.client.tools.delete(agent_id=agent_id, tool_id=tool_id)
            del self.agent[agent_id].tools[tool_id]

    @rule(target=memories, agent_id=agents, user_id=users, content=words, number=st.integers(0, 99))
    def add_memory(self, agent_id: str, user_id: str, content: str, number: int) -> Any:
        """."""
        content = f"{content} {number} times"
        if agent_id not in self.agent or user_id not in self.user:
            with pytest.raises(NotFound):
                self.client.memories.add(agent_id=agent_id, user_id=user_id, content=content)
            return multiple()
        made = self.client.memories.add(agent_id=agent_id, user_id=user_id, content=content)
        self.memory.setdefault(made.id, (agent_id, user_id, content))  # what is said again is refreshed
        return made.id

    @rule(memory_id=memories, agent_id=agents)
    def delete_memory(self, memory_id: str, agent_id: str) -> None:
        """."""
        with self.raises_unless(memory_id in self.memory and self.memory[memory_id][0] == agent_id):
            self.client.memories.delete(agent_id=agent_id, memory_id=memory_id)
            del self.memory[memory_id]

    @rule(agent_id=agents, user_id=users, word=words)
    def search_memories(self, agent_id: str, user_id: str, word: str) -> None:
        """."""
        if agent_id in self.agent and user_id in self.user:
            hits = self.client.memories.search(word, agent_id=agent_id, user_id=user_id, limit=50)
            own = {key for key, row in self.memory.items() if row[:2] == (agent_id, user_id)}
            assert {hit.memory.id for hit in hits} <= own

    # all at once

    @rule(agent_id=agents, name=names)
    def undo(self, agent_id: str, name: str) -> None:
        """."""
        before = self.client.digest()
        with self.client.savepoint():
            made = self.client.agents.create(name=name)
            self.client.docs.create(agent_id=made.id, doc={"title": "t", "content": "wombat"})
            with contextlib.suppress(NotFound):
                self.client.agents.delete(agent_id)
        assert self.client.digest() == before

    @rule(agent_id=agents, is_wanted=rarely)
    def send_away_and_back(self, agent_id: str, is_wanted: bool) -> None:
        """."""
        if agent_id not in self.agent or not is_wanted:
            return
        with tempfile.TemporaryDirectory() as folder, self.client.savepoint():
            first = self.client.agents.export(agent_id, Path(folder) / "first")
            self.client.agents.delete(agent_id)
            self.client.agents.import_file(Path(folder) / "first")
            assert self.client.agents.export(agent_id, Path(folder) / "again").digest == first.digest

    @rule(is_wanted=rarely)
    def compact(self, is_wanted: bool) -> None:
        """."""
        if not is_wanted:
            return
        before = self.client.digest()
        self.client.compact()
        assert self.client.digest() == before

    # what must hold after each

    @invariant()
    def is_what_the_model_says(self) -> None:
        """Compare all lists, every fourth time and in the end: it takes longer than most of what is done."""
        self.n_steps += 1
        if self.n_steps % 4 == 1:
            self.compare()

    def compare(self) -> None:
        """Compare all lists."""
        client = self.client
        for listed, known in ((client.agents.list(limit=1000), self.agent), (client.users.list(limit=1000), self.user)):
            assert {each.id: (each.name, each.about, dict(each.metadata or {})) for each in listed} == {
                key: (owner.name, owner.about, owner.metadata) for key, owner in known.items()
            }
            assert [each.id for each in listed] == list(known)[::-1], "newest first"
        sessions = {each.id: (each.agent_id, each.user_id, each.situation) for each in client.sessions.list(limit=1000)}
        assert sessions == {key: (t.agent_id, t.user_id, t.situation) for key, t in self.session.items()}
        for session_id, talk in self.session.items():
            history = client.sessions.history(session_id=session_id, limit=1000)
            assert [(message.role.value, message.content) for message in history] == talk.history
        for agent_id, owner in self.agent.items():
            assert {t.id: t.function.name for t in client.tools.get(agent_id=agent_id)} == owner.tools
            own = {key: row[2] for key, row in self.memory.items() if row[0] == agent_id}
            assert {m.id: m.content for m in client.memories.list(agent_id=agent_id, limit=1000)} == own
        for key, owner in (*self.agent.items(), *self.user.items()):
            _, whose = self.owner(key)
            listed_docs = client.docs.list(limit=1000, **whose)
            assert {doc.id: (doc.title, doc.content) for doc in listed_docs} == owner.docs

    def owner(self, owner_id: str) -> tuple[Owner | None, dict[str, str]]:
        """Return the agent or user as the model knows it, and how the API is told of it."""
        is_agent = owner_id in self.agent or owner_id not in self.user
        known = self.agent.get(owner_id) or self.user.get(owner_id)
        return known, {"agent_id" if is_agent else "user_id": owner_id}

    def holder_of(self, doc_id: str) -> Owner | None:
        """Return whose doc it is."""
        return next((o for o in (*self.agent.values(), *self.user.values()) if doc_id in o.docs), None)

    def raises_unless(self, is_there: bool) -> Any:
        """Expect NotFound where there is no such thing."""
        return contextlib.nullcontext() if is_there else _refused()


@contextlib.contextmanager
def _refused() -> Any:
    with pytest.raises(NotFound):
        yield


def merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the object after a JSON Merge Patch, RFC 7396, of values that are no objects."""
    return {key: value for key, value in {**old, **changes}.items() if value is not None or key not in changes}


def run(tier: Tier) -> list[Row]:
    """Run as many examples as the tier asks for."""
    n_runs, n_steps = SIZES[tier]
    chosen = settings(
        max_examples=n_runs,
        stateful_step_count=n_steps,
        derandomize=tier == "P",  # each change sees the same ones; a night sees new ones
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if tier == "P" else [Phase.generate, Phase.shrink],
        print_blob=True,
    )
    failures: list[str] = []
    try:
        run_state_machine_as_test(Api, settings=chosen)
    except Exception as error:
        failures.append(repr(error)[:500])
        if tier == "P":
            raise
    return [Row(f"any order of calls, {n_steps} steps each, against a plain model", n_runs, failures)]
