"""What is done after a turn: memories formed, the dropped part of a conversation summarised, suggestions made.

Each is a handler of a job (jobs.py): it reads what it needs anew, takes its time outside of any transaction, and
writes once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from julep_local.jobs import Handler, NewJob
from julep_local.llm.base import ChatModel, Delta, PromptMessage, Purpose, Sampling
from julep_local.prompt import layout
from julep_local.recall.search import form_memory
from julep_local.recall.statements import statements
from julep_local.runtime import Runtime
from julep_local.store import agents, messages, sessions, suggestions
from julep_local.store.messages import StoredMessage
from julep_local.types import ChatMlMessage, Suggestion, SuggestionTarget, User

SUMMARY_TOKENS = 200
SUGGESTION_TOKENS = 40
TRANSCRIPT_SHARE = 0.5
"""A transcript to summarise takes at most this share of the context window at a time."""


def after_turn(
    *,
    session_id: str,
    agent_id: str,
    turn_id: str,
    user: User | None,
    remember: bool,
    recorded: bool,
    said: Sequence[ChatMlMessage],
    answer_id: str | None,
    dropped_through: int,
) -> list[NewJob]:
    """Return the jobs that a turn asks for.

    Args:
        session_id: the session it was in.
        agent_id: whose session that is.
        turn_id: the turn, as its messages name it.
        user: whom the agent talked to; without one there is nobody to remember anything about.
        remember: whether memories and suggestions are wanted.
        recorded: whether the turn is in the history.
        said: the user's new messages.
        answer_id: the answer's message, None if it said nothing.
        dropped_through: position of the last message that no longer fitted, 0 if all did.
    """
    jobs: list[NewJob] = []
    found = [(message.id, sentence) for message in said for sentence in statements(layout.plain_text(message.content))]
    if remember and user is not None and found:
        speaker = user.name or "The user"
        jobs.append(
            NewJob(
                "form_memories",
                "form memories of a turn",
                {
                    "agent_id": agent_id,
                    "user_id": user.id,
                    "said_at": said[-1].created_at.isoformat(),
                    "statements": [
                        {"content": f"{speaker}: {sentence}", "message_id": message_id if recorded else None}
                        for message_id, sentence in found
                    ],
                },
            )
        )
    if dropped_through:
        payload = {"session_id": session_id, "through_seq": dropped_through}
        jobs.append(NewJob("summarise", "summarise the turns that no longer fit", payload))
    if remember and recorded and answer_id is not None:
        payload = {"session_id": session_id, "message_id": answer_id, "turn_id": turn_id}
        jobs.append(NewJob("suggest", "suggest what could come next", payload))
    return jobs


def form_memories(runtime: Runtime, payload: Mapping[str, Any]) -> str:
    """Store a turn's statements, each once; what is known already is refreshed instead."""
    said_at = datetime.fromisoformat(payload["said_at"])
    new = 0
    for statement in payload["statements"]:
        new += form_memory(
            runtime.db,
            runtime.embedder,
            statement["content"],
            agent_id=payload["agent_id"],
            user_id=payload["user_id"],
            sources=[statement["message_id"]] if statement["message_id"] else [],
            now=said_at,
        )
    known = len(payload["statements"]) - new
    return f"{new} new" + (f", {known} known already" if known else "")


def summarise(runtime: Runtime, payload: Mapping[str, Any]) -> str:
    """Carry the session's summary on through the messages that no longer fit: the previous one and all since then."""
    session_id, through = payload["session_id"], payload["through_seq"]
    session = sessions.get(runtime.db, session_id)
    if session is None:
        return "the session is gone"
    agent = agents.get(runtime.db, session.agent_id)
    model = runtime.chat_model(agent.model if agent else None)
    summary, reached = session.summary or "", sessions.summarised_through(runtime.db, session_id)
    n_messages = 0
    while reached < through:
        read = [m for m in messages.since(runtime.db, session_id, reached, 50) if m.seq <= through]
        if not read:
            break
        piece = _fitting(model, summary, read)
        carried_on = _ask(model, _summary_prompt(summary, piece), "summary", SUMMARY_TOKENS)
        if not carried_on:
            return "the model had nothing to say"
        summary, reached = carried_on, piece[-1].seq
        n_messages += len(piece)
        with runtime.db.transaction():
            sessions.set_summary(runtime.db, session_id, summary, reached)
    return f"{n_messages} messages summarised"


def suggest(runtime: Runtime, payload: Mapping[str, Any]) -> str:
    """Ask the model for one hint for the user and one for the agent, from the turn just recorded."""
    session_id, message_id = payload["session_id"], payload["message_id"]
    session = sessions.get(runtime.db, session_id)
    newest = messages.newest_first(runtime.db, session_id, limit=6)
    if session is None or not any(message.id == message_id for message in newest):
        return "the conversation has gone on"
    agent = agents.get(runtime.db, session.agent_id)
    model = runtime.chat_model(agent.model if agent else None)
    transcript = _transcript(newest[::-1])
    found: list[Suggestion] = []
    for target, wish in _WISHES.items():
        hint = (
            _ask(model, [_say("user", f"{transcript}\n\n{wish}")], "suggestion", SUGGESTION_TOKENS)
            .split("\n")[0]
            .strip()
        )
        if hint:
            found.append(
                Suggestion(
                    created_at=datetime.now(timezone.utc),
                    target=target,
                    content=hint,
                    message_id=message_id,
                    session_id=session_id,
                )
            )
    with runtime.db.transaction():
        for suggestion in found:
            suggestions.add(runtime.db, suggestion)
    return f"{len(found)} suggestions"


HANDLERS: Mapping[str, Handler] = {"form_memories": form_memories, "summarise": summarise, "suggest": suggest}

_WISHES = {
    SuggestionTarget.USER: "In one short sentence, what could the user ask next? Answer with that question only.",
    SuggestionTarget.AGENT: "In one short sentence, what should the assistant keep in mind for its next answer?",
}


def _summary_prompt(summary: str, piece: Sequence[StoredMessage]) -> list[PromptMessage]:
    before = f"What happened before:\n{summary}\n\n" if summary else ""
    return [
        _say(
            "system",
            "You summarise conversations: who said what, facts, names, wishes and decisions, in a few plain sentences.",
        ),
        _say("user", f"{before}The conversation:\n{_transcript(piece)}\n\nWrite one summary of all of it."),
    ]


def _fitting(model: ChatModel, summary: str, read: Sequence[StoredMessage]) -> Sequence[StoredMessage]:
    """Return as many of the messages as fit beside the summary; a single one always counts as fitting."""
    most = int(model.context_tokens * TRANSCRIPT_SHARE)
    while len(read) > 1 and len(model.prompt(_summary_prompt(summary, read)).tokens) > most:
        read = read[: len(read) // 2]
    return read


def _transcript(said: Sequence[StoredMessage]) -> str:
    return "\n".join(f"{message.name or message.role}: {layout.plain_text(message.content)}" for message in said)


def _say(role: str, text: str) -> PromptMessage:
    return PromptMessage("system" if role == "system" else "user", text, part="input")


def _ask(model: ChatModel, prompt: Sequence[PromptMessage], purpose: Purpose, most_tokens: int) -> str:
    sampling = Sampling(temperature=0.0, max_tokens=most_tokens, repetition_penalty=1.1)
    pieces = model.generate(model.prompt(prompt), sampling, purpose=purpose)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta)).strip()
