"""What is done after a turn: memories formed, the conversation summarised, suggestions made.

Each is a handler of a job (jobs.py): it reads what it needs anew, takes its time outside of any transaction, and
writes once. However long the messages are, its prompts leave room for the answer: the longest texts lose their middle.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from julep_local import indexing
from julep_local.jobs import Handler, NewJob, Report
from julep_local.llm.base import ChatModel, Delta, PromptMessage, Purpose, Sampling
from julep_local.memory.turn import Turn
from julep_local.prompt import layout
from julep_local.runtime import Runtime
from julep_local.store import agents, messages, sessions, suggestions
from julep_local.store.messages import StoredMessage
from julep_local.types import Suggestion, SuggestionTarget

SUMMARY_TOKENS = 200
SUGGESTION_TOKENS = 40
TRANSCRIPT_SHARE = 0.5
"""Messages are summarised together if their prompt takes at most this share of the context window."""
ANSWER_SHARE = 1 / 3
"""An answer may take no more than this share of the context window, however small that is."""
CUT = " ... "
"""Stands for the middle of a text that was too long."""
LEAST_CHARS = 60
"""Texts this short are not cut any further."""


def after_turn(
    *,
    session_id: str,
    turn_id: str,
    said: Turn | None,
    remember: bool,
    recorded: bool,
    answer_id: str | None,
    dropped_through: int,
) -> list[NewJob]:
    """Return the jobs that a turn asks for.

    Args:
        session_id: the session it was in.
        turn_id: the turn, as its messages name it.
        said: what memories are formed from; None if there is nobody to remember anything about.
        remember: whether memories, summary and suggestions are wanted.
        recorded: whether the turn is in the history.
        answer_id: the answer's message, None if it said nothing.
        dropped_through: position of the last message that no longer fitted, 0 if all did.
    """
    jobs: list[NewJob] = []
    if remember and said is not None and any(each.text.strip() for each in said.said):
        jobs.append(NewJob("form_memories", "form memories of a turn", said.payload()))
    if dropped_through or (remember and recorded):
        payload = {"session_id": session_id, "through_seq": dropped_through}
        jobs.append(NewJob("summarise", "summarise the conversation", payload))
    if remember and recorded and answer_id is not None:
        payload = {"session_id": session_id, "message_id": answer_id, "turn_id": turn_id}
        jobs.append(NewJob("suggest", "suggest what could come next", payload))
    return jobs


def form_memories(runtime: Runtime, payload: Mapping[str, Any], report: Report) -> str:
    """Store what of a turn is worth remembering; what is known already is refreshed instead."""
    from julep_local.memory import tiers  # takes a while: it compiles the rules of three languages
    from julep_local.memory.formation import remember

    turn = Turn.from_payload(payload)
    agent = agents.get(runtime.db, turn.agent_id)
    if agent is None:
        return "the agent is gone"
    tier = tiers.tier_of(runtime.db, runtime.settings, agent, lambda: runtime.chat_model(agent.model))
    if tier == "off":
        return "this agent remembers nothing"
    candidates = tiers.candidates(runtime.db, tier, turn, lambda: runtime.chat_model(agent.model))
    outcome = remember(
        runtime.db, lambda: indexing.found_embedder(runtime), turn, candidates, still_wanted=lambda: report(100)
    )
    return str(outcome)


def replay_memories(runtime: Runtime, payload: Mapping[str, Any], report: Report) -> str:
    """Form an agent's memories anew from its history, beside those that count."""
    from julep_local.memory.replay import replay

    return replay(
        runtime.db,
        runtime.chat_model,
        replay_id=payload["replay_id"],
        agent_id=payload["agent_id"],
        user_id=payload["user_id"],
        tier=payload["tier"],
        model=payload["model"],
        report=report,
    )


def summarise(runtime: Runtime, payload: Mapping[str, Any], _report: Report) -> str:
    """Carry the session's summary on through its last message: the previous one and all since then.

    What the model cannot say faithfully is left out of it: the summary then stays as it was. When turns no longer fit
    the prompt, the summary as it then is stands for them there, and does not change until more are dropped.
    """
    from julep_local.memory.faithful import is_faithful

    session_id, dropped_through = payload["session_id"], payload["through_seq"]
    db = runtime.db
    session = sessions.get(db, session_id)
    if session is None:
        return "the session is gone"
    agent = agents.get(db, session.agent_id)
    model = runtime.chat_model(agent.model if agent else None)
    summary, reached = session.summary or "", sessions.summarised_through(db, session_id)
    n_messages = n_left_out = 0
    while read := messages.since(db, session_id, reached, 50):
        piece = _fitting(model, summary, read)
        carried_on = _carried_on(model, summary, piece)
        reached = piece[-1].seq
        if is_faithful(carried_on, [summary, *_lines(piece)]):
            summary = carried_on
            n_messages += len(piece)
        else:
            n_left_out += len(piece)
        with db.transaction():
            sessions.set_summary(db, session_id, summary, reached)
    if dropped_through and summary:
        with db.transaction():
            sessions.set_prompt_summary(db, session_id, dropped_through)
    left_out = f", {n_left_out} that the model could not summarise" if n_left_out else ""
    return f"{n_messages} messages summarised{left_out}"


def suggest(runtime: Runtime, payload: Mapping[str, Any], _report: Report) -> str:
    """Ask the model for one hint for the user and one for the agent, from the turn just recorded."""
    from julep_local.memory.faithful import is_hint

    session_id, message_id = payload["session_id"], payload["message_id"]
    session = sessions.get(runtime.db, session_id)
    newest = messages.newest_first(runtime.db, session_id, limit=6)
    if session is None or not any(message.id == message_id for message in newest):
        return "the conversation has gone on"
    agent = agents.get(runtime.db, session.agent_id)
    model = runtime.chat_model(agent.model if agent else None)
    lines = _lines(newest[::-1])
    found: list[Suggestion] = []
    for target, wish in _WISHES.items():
        hint = _hint(model, lines, wish)
        if is_hint(hint, [*lines, wish]):
            found.append(
                Suggestion(
                    created_at=runtime.db.stamps.now(),
                    target=target,
                    content=hint,
                    message_id=message_id,
                    session_id=session_id,
                )
            )
    with runtime.db.transaction():
        if not messages.by_ids(runtime.db, [message_id]):
            return "the history was deleted meanwhile"
        for suggestion in found:
            suggestions.add(runtime.db, suggestion)
    return f"{len(found)} suggestions"


def embed_doc(runtime: Runtime, payload: Mapping[str, Any], report: Report) -> str:
    """Give the chunks of a doc that have none their vectors."""
    return str(indexing.embed_doc(runtime.db, runtime.embedder(), payload["doc_id"], report))


def embed_docs(runtime: Runtime, _payload: Mapping[str, Any], report: Report) -> str:
    """Give all chunks that have none their vectors, and let these be searched."""
    return str(indexing.embed_all(runtime.db, runtime.embedder(), report))


HANDLERS: Mapping[str, Handler] = {
    "form_memories": form_memories,
    "replay_memories": replay_memories,
    "summarise": summarise,
    "suggest": suggest,
    "embed_doc": embed_doc,
    "embed_docs": embed_docs,
}

_WISHES = {
    SuggestionTarget.USER: "In one short sentence, what could the user ask next? Answer with that question only.",
    SuggestionTarget.AGENT: "In one short sentence, what should the assistant keep in mind for its next answer?",
}


def _carried_on(model: ChatModel, summary: str, piece: Sequence[StoredMessage]) -> str:
    """Return one summary of the one before and these messages. For want of room the messages are cut before it is."""
    lines, before = _lines(piece), [summary]
    return _ask(model, lambda: _summary_prompt(before[0], lines), [lines, before], "summary", SUMMARY_TOKENS)


def _hint(model: ChatModel, lines: list[str], wish: str) -> str:
    def prompt() -> list[PromptMessage]:
        return [_say("user", "\n".join([*lines, "", wish]))]

    return _ask(model, prompt, [lines], "suggestion", SUGGESTION_TOKENS).split("\n")[0].strip()


def _summary_prompt(summary: str, lines: Sequence[str]) -> list[PromptMessage]:
    before = f"What happened before:\n{summary}\n\n" if summary else ""
    return [
        _say(
            "system",
            "You summarise conversations: who said what, facts, names, wishes and decisions, in a few plain sentences.",
        ),
        _say("user", "\n".join([f"{before}The conversation:", *lines, "", "Write one summary of all of it."])),
    ]


def _fitting(model: ChatModel, summary: str, read: Sequence[StoredMessage]) -> Sequence[StoredMessage]:
    """Return as many of the messages as fit beside the summary; one alone is cut until it does."""
    most = int(model.context_tokens * TRANSCRIPT_SHARE)
    while len(read) > 1 and len(model.prompt(_summary_prompt(summary, _lines(read))).tokens) > most:
        read = read[: len(read) // 2]
    return read


def _lines(said: Sequence[StoredMessage]) -> list[str]:
    return [f"{message.name or message.role}: {layout.plain_text(message.content)}" for message in said]


def _say(role: str, text: str) -> PromptMessage:
    return PromptMessage("system" if role == "system" else "user", text, part="input")


def _ask(
    model: ChatModel,
    messages_of: Callable[[], Sequence[PromptMessage]],
    texts: Sequence[list[str]],
    purpose: Purpose,
    most_tokens: int,
) -> str:
    """Return the model's answer, empty if it ended for want of room.

    Args:
        model: which to ask.
        messages_of: makes the prompt of `texts` as they are when it is called.
        texts: what may be cut, in place, until an answer fits behind the prompt: the first list before the next.
        purpose: what the answer is for.
        most_tokens: of the answer.
    """
    answer_tokens = min(most_tokens, int(model.context_tokens * ANSWER_SHARE))
    prompt = model.prompt(messages_of())
    while len(prompt.tokens) + answer_tokens > model.context_tokens and any(map(_halve_the_longest, texts)):
        prompt = model.prompt(messages_of())
    sampling = Sampling(temperature=0.0, max_tokens=answer_tokens, repetition_penalty=1.1)
    answer = ""
    for piece in model.generate(prompt, sampling, purpose=purpose):
        if isinstance(piece, Delta):
            answer += piece.text
        elif piece.reason == "length" and piece.completion_tokens < answer_tokens:
            return ""
    return answer.strip()


def _halve_the_longest(texts: list[str]) -> bool:
    """Leave start and end of the longest text, half of it; return False if all are short already."""
    longest = max(range(len(texts)), key=lambda i: len(texts[i]))
    text = texts[longest]
    if len(text) <= LEAST_CHARS:
        return False
    quarter = len(text) // 4
    texts[longest] = f"{text[:quarter].rstrip()}{CUT}{text[-quarter:].lstrip()}"
    return True
