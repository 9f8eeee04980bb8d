"""What `client.agents.import_file` does: an agent enters from a file that nobody vouches for.

The file is read twice. First everything is checked, sizes, hashes, types and references, and nothing is stored; then
the rows are stored, in one transaction. They pass the types of the API and the tables' own functions, as what a caller
gives does.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, TypeVar

import pydantic
from pydantic import AfterValidator, BaseModel, ConfigDict

from julep_local import check
from julep_local.api._base import runtime_of
from julep_local.api.client import JulepApi
from julep_local.errors import BadExport, Conflict, InvalidInput
from julep_local.managers._agent_file import AgentFile
from julep_local.managers._exporting import Progress, steps_of
from julep_local.settings import MEMORY_TIERS
from julep_local.store import agents, docs, memories, messages, portable, sessions, suggestions, tools, users
from julep_local.store.database import Database, open_here
from julep_local.types import (
    Agent,
    AgentDefaultSettings,
    ChatMlMessage,
    ChatMlMessageRole,
    Doc,
    FunctionDef,
    Memory,
    Session,
    Suggestion,
    SuggestionTarget,
    Tool,
    User,
)
from julep_local.types._base import Timestamp
from julep_local.types.exports import AgentImport
from julep_local.types.memories import MemoryState, MemoryTier
from julep_local.types.messages import ChatMlMessageContent

if TYPE_CHECKING:
    from julep_local.runtime import Runtime

Ids = Literal["keep", "new"]


# -- what a line may be


def _id(value: str) -> str:
    return check.resource_id(value, "id")


def _text(value: str) -> str:
    if len(value) > check.MOST_DOC_CHARS:
        raise ValueError(f"has {len(value):,} characters; at most {check.MOST_DOC_CHARS:,} are accepted")
    if "\0" in value:
        raise ValueError("holds a NUL character")
    value.encode()  # half a surrogate pair cannot be stored
    return value


def _object(value: dict[str, Any]) -> dict[str, Any]:
    return check.json_object(value, "metadata")


def _objects(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [check.json_object(value, "list") for value in values]


Id = Annotated[str, AfterValidator(_id)]
Text = Annotated[str, AfterValidator(_text)]
Object = Annotated[dict[str, Any], AfterValidator(_object)]
Objects = Annotated[list[dict[str, Any]], AfterValidator(_objects)]


class _Line(BaseModel):
    """A row of an export: exactly these keys, of these types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Agents(_Line):
    id: Id
    name: Text
    about: Optional[Text]
    model: Text
    instructions: list[Text]
    default_settings: Optional[Object]
    metadata: Object
    memory_tier: Optional[Text]
    created_at: Timestamp
    updated_at: Timestamp


class _Tools(_Line):
    id: Id
    type: Literal["function", "webhook"]
    name: Text
    description: Optional[Text]
    parameters: Object
    created_at: Timestamp
    updated_at: Timestamp


class _Users(_Line):
    id: Id
    name: Optional[Text]
    about: Optional[Text]
    metadata: Object
    created_at: Timestamp
    updated_at: Timestamp


class _Docs(_Line):
    id: Id
    agent_id: Optional[Id]
    user_id: Optional[Id]
    title: Text
    is_list: bool
    metadata: Object
    chunks: list[tuple[Text, Text]]
    created_at: Timestamp
    updated_at: Timestamp


class _Sessions(_Line):
    id: Id
    user_id: Optional[Id]
    situation: Optional[Text]
    render_templates: bool
    metadata: Object
    summary: Optional[Text]
    prompt_summary: Optional[Text]
    summarised_through: Optional[Id]
    prompt_summary_through: Optional[Id]
    created_at: Timestamp
    updated_at: Timestamp


class _Messages(_Line):
    id: Id
    session_id: Id
    turn_id: Id
    role: ChatMlMessageRole
    name: Optional[Text]
    content: ChatMlMessageContent
    created_at: Timestamp


class _Suggestions(_Line):
    session_id: Id
    message_id: Id
    target: SuggestionTarget
    content: Text
    created_at: Timestamp


class _Memories(_Line):
    id: Id
    user_id: Id
    speaker: Text
    content: Text
    said_before: Text
    before_id: Optional[Id]
    said_after: Text
    after_id: Optional[Id]
    slot: Optional[Text]
    timestamp: Optional[Timestamp]
    said_at: Timestamp
    last_accessed_at: Optional[Timestamp]
    sentiment: Optional[float]
    entities: Objects
    importance: float
    tier: MemoryTier
    model: Optional[Text]
    prompt_hash: Optional[Text]
    verdicts: Objects
    state: MemoryState
    valid_until: Optional[Timestamp]
    superseded_by: Optional[Id]
    created_at: Timestamp
    sources: list[Id]


class _Retracted(_Line):
    message_id: Id
    retracted_at: Timestamp


L = TypeVar("L", bound=_Line)


def _lines(file: AgentFile, kind: str, line: type[L]) -> Iterator[tuple[str, L]]:
    for place, value in file.rows(kind):
        try:
            yield place, line.model_validate(value)
        except InvalidInput as error:
            raise BadExport(f"{place}: {error}") from None
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"])[:80]
            raise BadExport(f"{place}: {where}: {first['msg']}") from None
        except (ValueError, OverflowError, RecursionError) as error:  # a surrogate, a time beyond the calendar
            raise BadExport(f"{place}: {error}") from None


# -- first: is it whole, and does it refer to itself alone?


class _Checked:
    """What the first reading has seen."""

    def __init__(self, file: AgentFile, step: Callable[[], None]) -> None:
        self._file, self._step = file, step
        self._seen: dict[str, set[str]] = {}
        self._named: set[str] = set()
        self.own_docs: set[str] = set()
        """The agent's; those of users stay with users that are there already."""
        for place, agent in self._each("agents", _Agents):
            self._check_agent(place, agent)
        if len(self.ids("agents")) != 1:
            raise BadExport("an export holds one agent, no more and no less")
        for _ in self._each("tools", _Tools):
            pass
        for _ in self._each("users", _Users):
            pass
        for place, doc in self._each("docs", _Docs):
            self._check_doc(place, doc)
        for place, session in self._each("sessions", _Sessions):
            self._known(place, "users", session.user_id)
        for place, message in self._each("messages", _Messages):
            self._known(place, "sessions", message.session_id)
            _check_content(place, message.content)
        for place, suggestion in self._each("suggestions", _Suggestions):
            self._known(place, "sessions", suggestion.session_id)
        for place, memory in self._each("memories", _Memories):
            self._known(place, "users", memory.user_id)
            self._refers(memory.before_id, memory.after_id, memory.superseded_by, *memory.sources)
            _check_memory(place, memory)
        for place, retracted in self._each("retracted", _Retracted):
            self._known(place, "messages", retracted.message_id)

    @property
    def loose(self) -> set[str]:
        """Messages and memories that memories name and the file does not hold: deleted ones, if it is honest."""
        return self._named - self.ids("messages") - self.ids("memories")

    def _refers(self, *ids: str | None) -> None:
        self._named.update(id for id in ids if id is not None)

    def ids(self, kind: str) -> set[str]:
        return self._seen.get(kind, set())

    def _each(self, kind: str, line: type[L]) -> Iterator[tuple[str, L]]:
        seen = self._seen.setdefault(kind, set())
        for place, row in _lines(self._file, kind, line):
            row_id = getattr(row, "id", None)
            if row_id is not None:
                if row_id in seen:
                    raise BadExport(f"{place}: the id {row_id} stands in it twice")
                seen.add(row_id)
            self._step()
            yield place, row

    def _known(self, place: str, kind: str, row_id: str | None) -> None:
        if row_id is not None and row_id not in self.ids(kind):
            raise BadExport(f"{place}: it refers to {row_id}, which is none of the file's {kind}")

    def _check_agent(self, place: str, agent: _Agents) -> None:
        if agent.id != self._file.agent_id:
            raise BadExport(f"{place}: it is another agent than the manifest says")
        if agent.memory_tier is not None and agent.memory_tier not in MEMORY_TIERS[1:]:
            raise BadExport(f"{place}: memory_tier: there is no such tier")
        try:
            AgentDefaultSettings.model_validate(agent.default_settings or {})
        except pydantic.ValidationError as error:
            raise BadExport(f"{place}: default_settings: {error.errors()[0]['msg']}") from None

    def _check_doc(self, place: str, doc: _Docs) -> None:
        if (doc.agent_id is None) == (doc.user_id is None):
            raise BadExport(f"{place}: a doc is an agent's or a user's")
        self._known(place, "agents", doc.agent_id)
        self._known(place, "users", doc.user_id)
        if doc.agent_id is not None:
            self.own_docs.add(doc.id)
        if not doc.chunks:
            raise BadExport(f"{place}: a doc has a text")
        if len(doc.chunks) > check.MOST_DOC_CHUNKS:
            raise BadExport(f"{place}: it has {len(doc.chunks):,} chunks")


def _check_content(place: str, content: ChatMlMessageContent) -> None:
    try:
        for text in [content] if isinstance(content, str) else [part.model_dump_json() for part in content]:
            _text(text)
    except ValueError as error:
        raise BadExport(f"{place}: content: {error}") from None


def _check_memory(place: str, memory: _Memories) -> None:
    if not 0 <= memory.importance <= 1:
        raise BadExport(f"{place}: importance: must be between 0 and 1")
    if memory.sentiment is not None and not -1 <= memory.sentiment <= 1:
        raise BadExport(f"{place}: sentiment: must be between -1 and 1")
    if memory.speaker and not memory.content.startswith(f"{memory.speaker}: "):
        raise BadExport(f"{place}: its content does not begin with its speaker")


# -- then: into the tables


class _Storing:
    """Stores rows, with the ids that they have or new ones."""

    def __init__(self, db: Database, file: AgentFile, ids: Ids, step: Callable[[], None]) -> None:
        self._db, self._file, self._step = db, file, step
        self._new: dict[str, str] | None = {} if ids == "new" else None
        self.n_rows: dict[str, int] = dict.fromkeys(portable.KINDS, 0)
        self.users_kept: list[str] = []

    def named(self, row_id: str) -> str:
        """Return what the id is called here."""
        if self._new is None:
            return row_id
        if row_id not in self._new:
            self._new[row_id] = self._db.stamps.new_id()
        return self._new[row_id]

    def _named(self, row_id: str | None) -> str | None:
        return None if row_id is None else self.named(row_id)

    def all(self) -> None:
        """Store everything. The caller holds the transaction.

        Raises:
            Conflict: an id is taken.
        """
        summaries: list[_Sessions] = []
        for agent in self._each("agents", _Agents):
            self._agent(agent)
        for tool in self._each("tools", _Tools):
            self._tool(tool)
        for user in self._each("users", _Users):
            self._user(user)
        for doc in self._each("docs", _Docs):
            self._doc(doc)
        for session in self._each("sessions", _Sessions):
            self._session(session)
            if session.summary is not None or session.summarised_through is not None:
                summaries.append(session)
        for message in self._each("messages", _Messages):
            self._message(message)
        for session in summaries:
            self._summary(session)
        for suggestion in self._each("suggestions", _Suggestions):
            self._suggestion(suggestion)
        for memory in self._each("memories", _Memories):
            self._memory(memory)
        for retracted in self._each("retracted", _Retracted):
            portable.add_retracted(self._db, self.named(retracted.message_id), retracted.retracted_at)

    def _each(self, kind: str, line: type[L]) -> Iterator[L]:
        for _, row in _lines(self._file, kind, line):
            self._step()
            self.n_rows[kind] += 1
            yield row

    def _agent(self, row: _Agents) -> None:
        settings = row.default_settings
        agent_id = self.named(row.id)
        agents.add(
            self._db,
            Agent.model_validate(
                {
                    **row.model_dump(exclude={"memory_tier"}),
                    "id": agent_id,
                    "default_settings": None if settings is None else AgentDefaultSettings.model_validate(settings),
                }
            ),
        )
        if row.memory_tier is not None:
            agents.set_memory_tier(self._db, agent_id, row.memory_tier)

    def _tool(self, row: _Tools) -> None:
        function = FunctionDef(name=row.name, description=row.description, parameters=row.parameters)
        tool = Tool.model_validate({"id": self.named(row.id), "type": row.type, "function": function})
        tools.add(self._db, self.named(self._file.agent_id), tool, row.created_at)
        portable.set_tool_times(self._db, tool, created_at=row.created_at, updated_at=row.updated_at)

    def _user(self, row: _Users) -> None:
        if self._new is None and users.get(self._db, row.id) is not None:
            self.users_kept.append(row.id)
            self.n_rows["users"] -= 1
            return
        users.add(self._db, User.model_validate({**row.model_dump(), "id": self.named(row.id)}))

    def _doc(self, row: _Docs) -> None:
        if row.user_id in self.users_kept:  # whose docs are as they are here
            self.n_rows["docs"] -= 1
            return
        contents = [content for _, content in row.chunks]
        doc = Doc.model_validate(
            {
                "id": self.named(row.id),
                "agent_id": self._named(row.agent_id),
                "user_id": self._named(row.user_id),
                "title": row.title,
                "content": contents if row.is_list else "".join(contents),
                "metadata": row.metadata,
                "created_at": row.created_at,
            }
        )
        docs.add(self._db, doc, row.chunks)
        portable.set_doc_change(self._db, doc.id, row.updated_at)

    def _session(self, row: _Sessions) -> None:
        values = row.model_dump(include={"situation", "render_templates", "metadata", "created_at", "updated_at"})
        ids = {
            "id": self.named(row.id),
            "agent_id": self.named(self._file.agent_id),
            "user_id": self._named(row.user_id),
        }
        sessions.add(self._db, Session.model_validate({**values, **ids}))

    def _summary(self, row: _Sessions) -> None:
        portable.set_summaries(
            self._db,
            self.named(row.id),
            summary=row.summary,
            through_id=self._named(row.summarised_through),
            prompt_summary=row.prompt_summary,
            prompt_through_id=self._named(row.prompt_summary_through),
        )

    def _message(self, row: _Messages) -> None:
        message = ChatMlMessage(
            id=self.named(row.id), role=row.role, name=row.name, content=row.content, created_at=row.created_at
        )
        messages.append(self._db, self.named(row.session_id), self.named(row.turn_id), [message])

    def _suggestion(self, row: _Suggestions) -> None:
        ids = {"session_id": self.named(row.session_id), "message_id": self.named(row.message_id)}
        suggestions.add(self._db, Suggestion.model_validate({**row.model_dump(), **ids}))

    def _memory(self, row: _Memories) -> None:
        beside = {"speaker", "said_before", "before_id", "said_after", "after_id", "slot", "said_at", "verdicts"}
        memory = Memory.model_validate(
            {
                **row.model_dump(exclude=beside),
                "id": self.named(row.id),
                "agent_id": self.named(self._file.agent_id),
                "user_id": self.named(row.user_id),
                "superseded_by": self._named(row.superseded_by),
                "sources": [self.named(source) for source in row.sources],
            }
        )
        memories.add(
            self._db,
            memories.StoredMemory(
                memory,
                speaker=row.speaker,
                said_before=row.said_before,
                before_id=self._named(row.before_id),
                slot=row.slot,
                said_at=row.said_at,
                verdicts=row.verdicts,
            ),
        )
        if row.after_id is not None:
            memories.said_after(self._db, memory.id, row.said_after, self.named(row.after_id))


def imported(api: JulepApi, path: Path, ids: Ids, on_progress: Progress | None) -> AgentImport:
    """Store what an export holds, all or nothing.

    Raises:
        BadExport: it is not what an export writes.
        Conflict: something with one of its ids is there.
        Cancelled: the caller has gone away.
    """
    if ids not in ("keep", "new"):
        raise InvalidInput(f"must be 'keep' or 'new', not {ids!r}", field="ids")
    runtime = runtime_of(api)
    db = runtime.db
    _check_is_another(path)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(AgentFile(path, portable.KINDS))
        n_rows = sum(each["rows"] for each in file.files.values())
        steps = stack.enter_context(steps_of("import", path, 2 * n_rows, on_progress, db))
        checked = _Checked(file, steps.step)
        with db.transaction():
            if ids == "keep":
                _check_free(db, checked)
            storing = _Storing(db, file, ids, steps.step)
            storing.all()
            jobs = _embedding_jobs(runtime)
    _embed(runtime)
    storing.n_rows.pop("agents")
    return AgentImport(
        agent_id=storing.named(file.agent_id),
        n_rows=storing.n_rows,
        users_kept=storing.users_kept,
        digest=file.digest,
        jobs=jobs,
    )


def _check_is_another(path: Path) -> None:
    if open_here(path) is not None:
        raise BadExport(f"{path} is a database that this program has open")


def _check_free(db: Database, checked: _Checked) -> None:
    for kind in ("agents", "tools", "docs", "sessions", "messages", "memories"):
        taken = portable.taken(db, kind, sorted(checked.ids(kind) if kind != "docs" else checked.own_docs))
        if taken:
            raise Conflict(
                f"{len(taken)} of the file's {kind} are here already, {taken[0]} the first: delete the agent, or "
                "import it with ids='new'"
            )
    # what is said of a memory's source is shown: it must not be somebody else's message
    if any(portable.taken(db, kind, sorted(checked.loose)) for kind in ("messages", "memories")):
        raise Conflict("it refers to messages or memories that are here and not its own: import it with ids='new'")


def _embedding_jobs(runtime: "Runtime") -> list[str]:
    from julep_local.indexing import enqueue_embedding

    label = runtime.embedder_label()
    return [] if label is None else [enqueue_embedding(runtime.db, label)]


def _embed(runtime: "Runtime") -> None:
    from julep_local.api._docs import start_embedding

    start_embedding(runtime)
