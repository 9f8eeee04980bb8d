"""One turn: read, recall, build the prompt, generate, record, and ask for the background work that follows.

The turn's input and answer are recorded in one transaction after the generation, or not at all: a cancelled or failed
generation leaves no trace. It works on a checked `TurnRequest`; what callers may write is api's and check.py's.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from julep_local import background, chat_settings, indexing, jobs
from julep_local._mirror import stop_requested
from julep_local.check import plain_content
from julep_local.errors import ApiError, Cancelled, InvalidInput, ModelError, NotFound
from julep_local.llm.base import (
    ChatModel,
    Finish,
    Prompt,
    PromptMessage,
    Sampling,
    ToolCall,
    ToolChoice,
    ToolSpec,
)
from julep_local.memory import turn as heard
from julep_local.prompt import layout, window
from julep_local.prompt.conversation import Said, units
from julep_local.prompt.render import render_session_text
from julep_local.recall.doc_recall import Owner, RecalledDoc, recall_docs
from julep_local.recall.embeddings import Embedder
from julep_local.recall.memory_recall import RecalledMemory, recall_memories
from julep_local.recall.query import query_text
from julep_local.runtime import Runtime
from julep_local.stamps import Stamps
from julep_local.store import agents, memories, messages, sessions, tools, users
from julep_local.store.messages import StoredMessage
from julep_local.types import (
    Agent,
    ChatDelta,
    ChatMlMessage,
    ChatMlMessageRole,
    ChatResponse,
    ChatResponseFinishReason,
    ChatToolCall,
    CompletionUsage,
    ContextReport,
    DocIds,
    DroppedMessages,
    InputChatMlMessage,
    RecalledText,
    Session,
    Tool,
    User,
)
from julep_local.types.chat import RecalledBy

_log = logging.getLogger(__name__)

MOST_CHARS_PER_TOKEN = 16
"""History is read back as far as so many characters for each token of the window: more could not fit."""
HISTORY_PAGE = 200


@dataclass(frozen=True)
class TurnRequest:
    """A chat call, checked."""

    session_id: str
    messages: Sequence[InputChatMlMessage]
    tools: Sequence[ToolSpec] = ()
    tool_choice: ToolChoice | None = None
    """None is `auto` with tools and `none` without."""
    settings: chat_settings.Settings = field(default_factory=dict)
    recall: bool = True
    record: bool = True
    remember: bool = True


def respond(
    runtime: Runtime, request: TurnRequest, on_delta: Callable[[ChatDelta], None] | None = None
) -> ChatResponse:
    """Answer in a session; `on_delta` is called with each piece of the answer as it is generated.

    Raises:
        NotFound: the session does not exist.
        InvalidInput: a template, a tool choice or a setting cannot be honoured.
        ContextOverflow: the prompt cannot fit the context window.
        Cancelled: the caller went away; nothing was recorded.
        ModelError: the model cannot be used.
    """
    with runtime.turns.held(request.session_id), runtime.chatting():
        turn = _read(runtime, request)
        found = _recall(runtime, turn)
        prompt, fitted = _prompt(runtime, turn, found)
        recalled = _shown_of(found, fitted)
        dropped = _dropped(turn, fitted)  # before the turn is recorded: what is recorded must not fail any more
        answer = _generate(turn, prompt, on_delta)
        recorded = _answer_messages(runtime.db.stamps, turn, answer)
        if stop_requested():
            raise Cancelled("the chat was cancelled")
        job_ids = _record(runtime, turn, recorded, recalled, _dropped_through(turn, fitted))
    if job_ids:
        runtime.background.notify()
    response = _response(runtime.db.stamps, turn, recalled, prompt, dropped, answer, recorded, job_ids)
    if on_delta is not None:
        for delta in _last_deltas(turn, response):
            on_delta(delta)
    return response


@dataclass(frozen=True)
class _Turn:
    """What a turn works on, as it stands at its beginning."""

    request: TurnRequest
    session: Session
    agent: Agent
    user: User | None
    tools: tuple[ToolSpec, ...]
    tool_choice: ToolChoice
    summary: str | None
    """What stands for the messages before the history."""
    history: Sequence[StoredMessage]
    """Oldest first, those not yet replaced by the summary."""
    n_unread: int
    """Messages before these, which no window could hold."""
    model: ChatModel
    sampling: Sampling
    render: layout.Render

    @property
    def continues(self) -> bool:
        return bool(self.request.messages[-1].continue_)


@dataclass(frozen=True)
class _Recalled:
    docs: Sequence[RecalledDoc] = ()
    memories: Sequence[RecalledMemory] = ()
    by: RecalledBy | None = None
    """None if there was nothing to search."""


@dataclass(frozen=True)
class _Answer:
    text: str
    finish: Finish


def _read(runtime: Runtime, request: TurnRequest) -> _Turn:
    db = runtime.db
    session = sessions.get(db, request.session_id)
    if session is None:
        raise NotFound("session", request.session_id)
    agent = agents.get(db, session.agent_id)
    if agent is None:
        raise NotFound("agent", session.agent_id)
    user = users.get(db, session.user_id) if session.user_id else None
    model = runtime.chat_model(agent.model)
    summary, after = sessions.prompt_summary(db, request.session_id)
    history, n_unread = _history(runtime, request.session_id, after, model.context_tokens * MOST_CHARS_PER_TOKEN)
    offered = _merged_tools(tools.page(db, session.agent_id, limit=None, offset=0), request.tools)
    render = _renderer(db.stamps, session, agent, user)
    own = chat_settings.own(agent.default_settings)
    return _Turn(
        request=replace(request, messages=_rendered(request.messages, render)),
        session=session,
        agent=agent,
        user=user,
        tools=offered,
        tool_choice=settled_tool_choice(request.tool_choice, offered),
        summary=summary,
        history=history,
        n_unread=n_unread,
        model=model,
        sampling=chat_settings.sampling(request.settings, own, seed=db.stamps.seed),
        render=render,
    )


def _merged_tools(own: Sequence[Tool], requested: Sequence[ToolSpec]) -> tuple[ToolSpec, ...]:
    """Return the agent's tools and the request's; of one name the request's."""
    merged = {
        tool.function.name: tool_spec(tool.function.name, tool.function.description, tool.function.parameters)
        for tool in own
    }
    return tuple((merged | {tool.name: tool for tool in requested}).values())


def tool_spec(name: str, description: str | None, parameters: dict[str, object]) -> ToolSpec:
    """Return a tool as a model is offered it."""
    return ToolSpec(name, description or "", parameters)


def settled_tool_choice(asked: ToolChoice | None, offered: Sequence[ToolSpec]) -> ToolChoice:
    """Return which tools the model may or must call.

    Raises:
        InvalidInput: it must call one that is not there.
    """
    if asked is None:
        return "auto" if offered else "none"
    if asked == "required" and not offered:
        raise InvalidInput("a tool call is required, but there are no tools", field="tool_choice")
    if isinstance(asked, tuple) and asked[1] not in {tool.name for tool in offered}:
        names = ", ".join(tool.name for tool in offered) or "none"
        raise InvalidInput(f"there is no tool named {asked[1]!r}; offered: {names}", field="tool_choice")
    return asked


def _history(runtime: Runtime, session_id: str, after: int, most_chars: int) -> tuple[list[StoredMessage], int]:
    """Return the newest messages that could possibly fit, oldest first, and how many are older than these.

    None of them is one that the summary already stands for.
    """
    newest_first: list[StoredMessage] = []
    chars, before, n_unread = 0, None, 0
    while True:
        read = messages.newest_first(runtime.db, session_id, after_seq=after, before_seq=before, limit=HISTORY_PAGE)
        newest_first += read
        chars += sum(len(layout.plain_text(message.content)) for message in read)
        if len(read) < HISTORY_PAGE:
            break
        before = read[-1].seq
        if chars > most_chars:
            n_unread = messages.count(runtime.db, session_id, after_seq=after, before_seq=before)
            break
    return newest_first[::-1], n_unread


def _recall(runtime: Runtime, turn: _Turn) -> _Recalled:
    query = query_text(turn.request.messages)
    if not query.strip():
        return _Recalled()
    owners: list[tuple[Owner, str]] = [("agent", turn.session.agent_id)]
    if turn.user is not None:
        owners.append(("user", turn.user.id))
    try:
        return _recalled(runtime, turn, query, owners, lambda: indexing.ready_embedder(runtime))
    except ModelError as error:  # an embedder that fails is no reason to give no answer
        _log.warning("recalled by words alone: %s", error)
        return _recalled(runtime, turn, query, owners, lambda: None)


def _recalled(
    runtime: Runtime,
    turn: _Turn,
    query: str,
    owners: Sequence[tuple[Owner, str]],
    find: Callable[[], Embedder | None],
) -> _Recalled:
    settings = runtime.settings
    by: list[RecalledBy] = []

    def embedder() -> Embedder | None:
        indexing.catch_up(runtime)
        found = find()
        has_vectors = found is not None and indexing.is_searched(runtime, found)
        by.append("meaning and words" if has_vectors else "words")
        return found

    docs = recall_docs(
        runtime.db, embedder, query, owners=owners, per_owner=settings.docs_per_owner, threshold=settings.relevance
    )
    memories: Sequence[RecalledMemory] = ()
    if turn.request.recall and turn.user is not None:
        memories = recall_memories(
            runtime.db,
            embedder,
            query,
            agent_id=turn.session.agent_id,
            user_id=turn.user.id,
            limit=settings.memories_per_turn,
            only_relevant=True,
            threshold=settings.relevance,
        )
    return _Recalled(docs, memories, by[-1] if by else None)


def _prompt(runtime: Runtime, turn: _Turn, recalled: _Recalled) -> tuple[Prompt, window.Fitted]:
    made: dict[tuple[PromptMessage, ...], Prompt] = {}
    cut = units(_said_before(turn), _said_now(turn))
    new = [*cut.needed, *_new_messages(turn, cut.without_call)]
    choice = turn.tool_choice
    if turn.sampling.constraint is None and not turn.continues:
        before = [message for unit in cut.turns[-1:] for message in unit.messages]
        choice = runtime.routed(turn.model, [*before, *new], turn.tools, choice)

    def whole(shown: Sequence[PromptMessage]) -> Prompt:
        key = tuple(shown)
        if key not in made:
            made.clear()  # the last one counted is mostly the one that is wanted
            made[key] = turn.model.prompt(
                shown,
                tools=turn.tools,
                tool_choice=choice,
                continues=turn.continues,
                exact=turn.sampling.seed is not None,
            )
        return made[key]

    content = window.Content(
        system=layout.system_blocks(turn.session, turn.agent, turn.user, turn.render),
        summary=layout.summary_block(turn.summary),
        history=cut.turns,
        # the most relevant stands last, next to the question
        recalled=[
            *layout.recalled_memories([hit.line for hit in recalled.memories]),
            *(layout.recalled_doc(hit.title, hit.content) for hit in reversed(recalled.docs)),
        ],
        new=new,
    )
    fitted = window.fit(
        content,
        count=lambda shown: len(whole(shown).tokens),
        context_tokens=turn.model.context_tokens,
        answer_tokens=min(turn.sampling.max_tokens, max(turn.model.context_tokens // 4, 1)),
    )
    return replace(whole(fitted.messages), conversation=runtime.conversation(turn.session.id)), fitted


def _shown_of(found: _Recalled, fitted: window.Fitted) -> _Recalled:
    """Return what of the recalled texts did fit."""
    return _Recalled(
        docs=[hit for hit in found.docs if layout.recalled_doc(hit.title, hit.content) in fitted.recalled],
        memories=found.memories if any(message.part == "memories" for message in fitted.recalled) else (),
        by=found.by,
    )


def _renderer(stamps: Stamps, session: Session, agent: Agent, user: User | None) -> layout.Render:
    if not session.render_templates:
        return lambda text, _: text
    return lambda text, what: render_session_text(
        text, what=what, session=session, user=user, agent=agent, stamps=stamps
    )


def _rendered(given: Sequence[InputChatMlMessage], render: layout.Render) -> list[InputChatMlMessage]:
    """Return the new input with the author's templates rendered, as it is shown, now and later, and recorded."""
    rendered = []
    for i, each in enumerate(given):
        text = layout.plain_text(each.content)
        after = render(text, f"messages[{i}].content") if each.role in ("system", "assistant") else text
        rendered.append(each if after == text else each.model_copy(update={"content": after}))
    return rendered


def _new_messages(turn: _Turn, without_call: set[int]) -> list[PromptMessage]:
    """Return the new input as the model is to see it; empty messages are recorded but say nothing."""
    shown: list[PromptMessage] = []
    for i, each in enumerate(turn.request.messages):
        text = layout.plain_text(each.content)
        if i in without_call:
            shown.append(layout.result_without_call(text, each.name, "input"))
        elif text or (each.continue_ and i == len(turn.request.messages) - 1):
            # what is carried on is text, even where it reads like a complete call
            role = "assistant" if each.continue_ and each.role != "system" else each.role.value
            shown.append(layout.message(role, text, each.name, "input"))
    return shown


def _said_before(turn: _Turn) -> list[Said]:
    return [Said(each.role, each.content, each.name, each.seq) for each in turn.history]


def _said_now(turn: _Turn) -> list[Said]:
    return [Said(each.role.value, each.content, each.name) for each in turn.request.messages]


def _generate(turn: _Turn, prompt: Prompt, on_delta: Callable[[ChatDelta], None] | None) -> _Answer:
    pieces: list[str] = []
    finish: Finish | None = None
    role, name = _speaker(turn)
    for piece in turn.model.generate(prompt, turn.sampling):  # to its very end: the model is busy until then
        if isinstance(piece, Finish):
            finish = piece
            continue
        pieces.append(piece.text)
        if on_delta is not None:
            on_delta(ChatDelta(content=piece.text, role=role, name=name))
    if finish is None:
        raise ModelError(f"the model {turn.model.name} ended without saying how: nothing was recorded")
    return _Answer("".join(pieces), finish)


def _last_deltas(turn: _Turn, response: ChatResponse) -> list[ChatDelta]:
    """Return what a stream ends with: the calls, and then how it ended."""
    calls = [
        ChatDelta(content=str(message.content), role=message.role, name=message.name, tool_calls=[call])
        for message, call in zip(response.response[0], response.tool_calls or [], strict=False)
    ]
    role, name = (calls[-1].role, calls[-1].name) if calls else _speaker(turn)
    return [
        *calls,
        ChatDelta(content="", role=role, name=name, finish_reason=response.finish_reason, usage=response.usage),
    ]


def _speaker(turn: _Turn) -> tuple[ChatMlMessageRole, str | None]:
    """Return role and name of the answer's text."""
    if not turn.continues:
        return ChatMlMessageRole.ASSISTANT, turn.agent.name
    carried_on = turn.request.messages[-1]
    return _role(carried_on.role.value), carried_on.name or turn.agent.name


def _answer_messages(stamps: Stamps, turn: _Turn, answer: _Answer) -> list[ChatMlMessage]:
    """Return the answer as messages of the history, tool calls first: one of them is the response's first message."""
    now = stamps.now()
    calls = [
        _message(stamps, ChatMlMessageRole.FUNCTION_CALL, _call_text(call), turn.agent.name, now)
        for call in answer.finish.tool_calls
    ]
    if answer.text or turn.continues or not calls:
        role, name = _speaker(turn)
        return [*calls, _message(stamps, role, answer.text, name, now)]
    return calls


def _call_text(call: ToolCall) -> str:
    return json.dumps({"arguments": call.arguments, "name": call.name}, ensure_ascii=False)


def _message(stamps: Stamps, role: ChatMlMessageRole, content: Any, name: str | None, now: datetime) -> ChatMlMessage:
    return ChatMlMessage(id=stamps.new_id(), role=role, content=content, name=name, created_at=now)


def _role(given: str) -> ChatMlMessageRole:
    return ChatMlMessageRole.USER if given == "auto" else ChatMlMessageRole(given)


def _record(
    runtime: Runtime, turn: _Turn, answer: Sequence[ChatMlMessage], recalled: _Recalled, dropped_through: int
) -> list[str]:
    """Write the turn in one transaction, and the jobs that follow from it. Return the jobs' ids."""
    request = turn.request
    if not request.record and not request.remember:
        return []
    stamps = runtime.db.stamps
    turn_id = stamps.new_id()
    now = stamps.now()
    given = list(request.messages)
    recorded_answer = list(answer)
    if turn.continues:  # the message that was carried on is recorded once, joined
        begun = layout.plain_text(given.pop().content)
        recorded_answer[-1] = recorded_answer[-1].model_copy(
            update={"content": begun + str(recorded_answer[-1].content)}
        )
    inputs = [_message(stamps, _role(each.role.value), plain_content(each.content), each.name, now) for each in given]
    # the model said text before it asked for tools, and is shown it in that order
    in_order = sorted(recorded_answer, key=lambda message: message.role == ChatMlMessageRole.FUNCTION_CALL)
    wanted = background.after_turn(
        session_id=request.session_id,
        turn_id=turn_id,
        said=_said(turn, inputs, answer, recalled, now) if request.remember else None,
        remember=request.remember,
        recorded=request.record,
        answer_id=answer[0].id if answer[0].content else None,
        dropped_through=dropped_through,
    )
    with runtime.db.transaction():
        if sessions.get(runtime.db, request.session_id) is None:
            runtime.forget([request.session_id])
            raise NotFound("session", request.session_id, "it was deleted while the model answered")
        if request.record:
            messages.append(runtime.db, request.session_id, turn_id, [*inputs, *in_order])
        memories.touch(runtime.db, [hit.memory.id for hit in recalled.memories], now)
        return [jobs.enqueue(runtime.db, job, now) for job in wanted]


def _said(
    turn: _Turn, inputs: Sequence[ChatMlMessage], answer: Sequence[ChatMlMessage], recalled: _Recalled, now: datetime
) -> heard.Turn | None:
    """Return what memories are to be formed from; None without a user to remember anything of."""
    if turn.user is None:
        return None
    recorded = turn.request.record
    earlier = [each for each in reversed(turn.history) if each.role in ("assistant", "user")]
    before = earlier[0] if earlier and earlier[0].role == "assistant" else None
    instructions = turn.agent.instructions
    return heard.Turn(
        agent_id=turn.agent.id,
        user_id=turn.user.id,
        speaker=turn.user.name or heard.NOBODY,
        said_at=now,
        said=tuple(
            heard.Said(layout.plain_text(each.content), each.id if recorded else None, each.name)
            for each in inputs
            if each.role == ChatMlMessageRole.USER
        ),
        before=None if before is None else heard.Said(layout.plain_text(before.content), before.id),
        talk=tuple((each.role, layout.plain_text(each.content)) for each in reversed(earlier[: heard.MOST_EARLIER])),
        answer=next((str(each.content) for each in answer if each.role == ChatMlMessageRole.ASSISTANT), ""),
        shown=(
            *(hit.content for hit in recalled.docs),
            *([instructions] if isinstance(instructions, str) else instructions or ()),
            turn.session.situation or "",
            turn.agent.about or "",
        ),
    )


def _response(
    stamps: Stamps,
    turn: _Turn,
    recalled: _Recalled,
    prompt: Prompt,
    dropped: list[DroppedMessages],
    answer: _Answer,
    recorded: Sequence[ChatMlMessage],
    job_ids: list[str],
) -> ChatResponse:
    finish = answer.finish
    # calls stand first among the recorded messages, and are known by the id of theirs
    calls = [
        ChatToolCall(id=call.id or message.id, name=call.name, arguments=call.arguments)
        for call, message in zip(finish.tool_calls, recorded, strict=False)
    ]
    return ChatResponse(
        id=stamps.new_id(),
        finish_reason=ChatResponseFinishReason(finish.reason),
        response=[list(recorded)],
        usage=CompletionUsage(
            completion_tokens=finish.completion_tokens,
            prompt_tokens=finish.prompt_tokens,
            total_tokens=finish.prompt_tokens + finish.completion_tokens,
        ),
        jobs=job_ids or None,
        doc_ids=DocIds(
            agent_doc_ids=_unique(hit.doc_id for hit in recalled.docs if hit.owner == "agent"),
            user_doc_ids=_unique(hit.doc_id for hit in recalled.docs if hit.owner == "user"),
        ),
        context=ContextReport(
            prompt_tokens=finish.prompt_tokens,
            cached_tokens=finish.cached_tokens,
            context_tokens=turn.model.context_tokens,
            parts={part: n for part, n in prompt.parts.items()},
            dropped=dropped,
            recalled=[*map(_recalled_doc, recalled.docs), *map(_recalled_memory, recalled.memories)],
            recalled_by=recalled.by,
        ),
        tool_calls=calls or None,
    )


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _dropped_through(turn: _Turn, fitted: window.Fitted) -> int:
    """Return the position of the last message of the history that is not shown, 0 if all are."""
    unread_through = turn.history[0].seq - 1 if turn.n_unread else 0
    return max(fitted.dropped_through, unread_through)


def _dropped(turn: _Turn, fitted: window.Fitted) -> list[DroppedMessages]:
    dropped = [
        DroppedMessages(n_messages=len(each.messages), n_tokens=_content_tokens(turn.model, each), reason=each.reason)
        for each in fitted.dropped
    ]
    if turn.n_unread:
        reason = "more history than the context window could ever hold"
        dropped.append(DroppedMessages(n_messages=turn.n_unread, n_tokens=None, reason=reason))
    return dropped


def _content_tokens(model: ChatModel, dropped: window.Dropped) -> int | None:
    try:
        parts = model.prompt(dropped.messages).parts
    except ApiError:  # some chat templates show no conversation without a question in it
        return None
    return sum(n for part, n in parts.items() if part != "template")


def _recalled_doc(hit: RecalledDoc) -> RecalledText:
    return RecalledText(
        kind="doc",
        id=hit.doc_id,
        owner=hit.owner,
        title=hit.title,
        text=hit.content,
        similarity=hit.similarity,
        matched_words=list(hit.matched_words),
    )


def _recalled_memory(hit: RecalledMemory) -> RecalledText:
    return RecalledText(
        kind="memory",
        id=hit.memory.id,
        owner="user",
        title="",
        text=hit.memory.content,
        similarity=hit.similarity,
        matched_words=list(hit.hit.matched_words),
    )
