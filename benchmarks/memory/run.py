"""A dialogue held with the library, and the memories it formed of it.

The agent's answers are those of the dialogue, so that the same is said whatever forms the memories. The clock stands at
the date of each session. It knows nothing of what is expected.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from benchmarks.memory.corpus import Dialogue, Message, Session
from benchmarks.memory.scoring import Produced
from julep_local import Client
from julep_local.llm.base import ChatModel, Delta, Finish, Prompt, Purpose, Sampling
from julep_local.testing import Deterministic, ScriptedModel, ToolCall

JOBS_TIMEOUT_S = 600.0
BETWEEN_TURNS = timedelta(minutes=1)

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


class SpokenFor(ScriptedModel):
    """A model whose answers in chats are given, while it does its background work itself.

    Summaries and suggestions stay empty: they are not what is measured, and take most of the time.
    """

    def __init__(self, model: ChatModel, replies: Sequence[str | ToolCall]) -> None:
        super().__init__(replies, context_tokens=model.context_tokens, name=model.name)
        self._model = model

    def prompt(self, *args: Any, **options: Any) -> Prompt:
        """Return what the model would read."""
        return self._model.prompt(*args, **options)

    def text_prompt(self, text: str) -> Prompt:
        """Return what the model would read."""
        return self._model.text_prompt(text)

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        """Yield the next given answer to a chat, else what the model says."""
        if purpose in ("chat", "summary", "suggestion"):
            return super().generate(prompt, sampling, purpose=purpose)
        return self._model.generate(prompt, sampling, purpose=purpose)


@dataclass(frozen=True)
class _Turn:
    """What is sent in one chat, and what comes back."""

    sent: Sequence[Message]
    answer: Message | None


def produce(
    dialogue: Dialogue, *, embedder: Any = None, model: ChatModel | None = None, **options: Any
) -> list[Produced]:
    """Return the memories that a fresh client holds after the dialogue, the oldest first.

    Args:
        dialogue: what is said.
        embedder: as `Client` takes it.
        model: forms the memories, where a model does; it answers no chat and is not closed.
        options: further arguments of `Client`.
    """
    replies = [_reply(turn.answer) for session in dialogue.sessions for turn in turns(session)]
    speaks = ScriptedModel(replies) if model is None else SpokenFor(model, replies)
    clock = Deterministic(start=dialogue.sessions[0].date)
    with Client(path=":memory:", model=speaks, embedder=embedder, deterministic=clock, **options) as client:
        agent = client.agents.create(
            name="Ada", instructions=list(dialogue.instructions), docs=[dict(doc) for doc in dialogue.docs]
        )
        user = client.users.create(name=dialogue.user_name, about="")
        place_of: dict[str, int] = {}
        for session in dialogue.sessions:
            _set_clock(clock, session.date)
            place_of |= _hold(client, clock, session, agent.id, user.id)
        return _memories(client, agent.id, user.id, place_of)


def verbatim(dialogue: Dialogue) -> list[Produced]:
    """Return every sentence of the user as a memory: what keeping everything scores."""
    return [
        Produced(sentence.strip(), "current", dialogue.date_of(message.place), (message.place,))
        for message in dialogue.messages
        if message.role == "user"
        for sentence in _SENTENCE.split(message.content)
        if sentence.strip()
    ]


def turns(session: Session) -> Iterator[_Turn]:
    """Yield the session's turns: what is said until the agent speaks, which what it says ends."""
    sent: list[Message] = []
    for message in session.messages:
        if message.role in ("assistant", "function_call"):
            yield _Turn(sent, message)
            sent = []
        else:
            sent.append(message)
    if sent:
        yield _Turn(sent, None)


def _hold(client: Client, clock: Deterministic, session: Session, agent_id: str, user_id: str) -> dict[str, int]:
    """Hold one session; return the places of its recorded messages by their ids."""
    held = client.sessions.create(agent_id=agent_id, user_id=user_id)
    places: list[int] = []
    for turn in turns(session):
        _set_clock(clock, clock.now() + BETWEEN_TURNS)
        called = turn.answer if turn.answer is not None and turn.answer.role == "function_call" else None
        tools: list[Any] = [] if called is None else [_tool(json.loads(called.content)["name"])]
        response = client.sessions.chat(
            session_id=held.id,
            messages=[_input(message) for message in turn.sent],
            tools=tools,
            remember=True,
        )
        client.jobs.wait(response.jobs, timeout=JOBS_TIMEOUT_S)
        # an answer that was not written down in the dialogue is recorded as an empty one
        end = turn.answer or turn.sent[-1]
        places += [message.place for message in turn.sent] + [end.place]
    recorded = client.sessions.history(session_id=held.id, limit=10_000)
    assert len(recorded) == len(places), f"{len(recorded)} messages are recorded, of {len(places)}"
    return {message.id: place for message, place in zip(recorded, places, strict=True) if message.id is not None}


def _set_clock(clock: Deterministic, to: datetime) -> None:
    """Let the library's time be this; it never runs backwards."""
    clock.advance(max(timedelta(0), to - clock.now()))


def _input(message: Message) -> dict[str, Any]:
    named = {} if message.name is None else {"name": message.name}
    return {"role": message.role, "content": message.content, **named}


def _reply(answer: Message | None) -> str | ToolCall:
    if answer is None:
        return ""
    if answer.role == "assistant":
        return answer.content
    call = json.loads(answer.content)
    return ToolCall(call["name"], json.dumps(call["arguments"], ensure_ascii=False))


def _tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": name, "parameters": {"type": "object"}}}


def _memories(client: Client, agent_id: str, user_id: str, place_of: dict[str, int]) -> list[Produced]:
    newest_first = client.memories.list(agent_id=agent_id, user_id=user_id, limit=10_000, state=None)
    return [
        Produced(
            content=memory.content,
            state=memory.state,
            timestamp=memory.timestamp,
            sources=tuple(place_of[id] for id in memory.sources if id in place_of),
        )
        for memory in reversed(newest_first)
    ]
