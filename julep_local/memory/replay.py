"""Forms an agent's memories anew from its history, with another tier or model, beside those that count.

Nothing changes until they are taken. It can be interrupted at any time: what was formed of a message is not formed
twice.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime

from julep_local._mirror import stop_requested
from julep_local.llm.base import ChatModel, Preempted
from julep_local.memory import tiers
from julep_local.memory.formation import remember
from julep_local.memory.turn import MOST_EARLIER, NOBODY, Said, Turn
from julep_local.prompt.layout import plain_text
from julep_local.store import agents, messages, sessions, users
from julep_local.store.database import Database
from julep_local.store.messages import StoredMessage

PAGE = 200


def replay(
    db: Database,
    chat_model: Callable[[str | None], ChatModel],
    *,
    replay_id: str,
    agent_id: str,
    user_id: str | None,
    tier: tiers.Tier,
    model: str | None,
    report: Callable[[float], None],
) -> str:
    """Form the memories, and return a sentence about them.

    Raises:
        ModelError: the tier's model cannot be used.
        Preempted: a chat arrived.
    """
    agent = agents.get(db, agent_id)
    if agent is None:
        return "the agent is gone"
    listed = sessions.of_agent(db, agent_id, user_id)
    n_new = 0
    done = 0

    def still_wanted() -> None:
        report(100 * done / len(listed))

    for session_id, whose in listed:
        for turn in turns(db, agent_id, whose, session_id, _shown(agent.instructions, agent.about)):
            if stop_requested():
                raise Preempted
            found = tiers.candidates(db, tier, turn, lambda: chat_model(model or agent.model))
            n_new += len(remember(db, _none, turn, found, replay_id=replay_id, still_wanted=still_wanted).new)
        done += 1
        still_wanted()
    return f"{n_new} memories of {len(listed)} sessions"


def _none() -> None:
    """A replay is compared by words alone until it is taken."""


def turns(db: Database, agent_id: str, user_id: str, session_id: str, shown: tuple[str, ...] = ()) -> Iterator[Turn]:
    """Yield the turns of a session's history, oldest first, as memories are formed from them."""
    user = users.get(db, user_id)
    speaker = (user.name if user else None) or NOBODY
    before: StoredMessage | None = None
    talk: deque[tuple[str, str]] = deque(maxlen=MOST_EARLIER)
    for turn in _turns(db, session_id):
        said = [each for each in turn if each.role == "user"]
        answer = next((each for each in reversed(turn) if each.role == "assistant"), None)
        if said:
            told = Turn(
                agent_id=agent_id,
                user_id=user_id,
                speaker=speaker,
                said_at=datetime.fromisoformat(said[-1].created_at.replace("Z", "+00:00")),
                said=tuple(Said(plain_text(each.content), each.id, each.name) for each in said),
                before=None if before is None else Said(plain_text(before.content), before.id),
                talk=tuple(talk),
                answer="" if answer is None else plain_text(answer.content),
                shown=shown,
            )
            yield Turn.from_payload(told.payload())  # as much of it as a job is given
        talk += [(each.role, plain_text(each.content)) for each in turn if each.role in ("user", "assistant")]
        before = answer


def _turns(db: Database, session_id: str) -> Iterator[list[StoredMessage]]:
    turn: list[StoredMessage] = []
    after = 0
    while page := messages.since(db, session_id, after, PAGE):
        for each in page:
            if turn and each.turn_id != turn[0].turn_id:
                yield turn
                turn = []
            turn.append(each)
        after = page[-1].seq
    if turn:
        yield turn


def _shown(instructions: object, about: str | None) -> tuple[str, ...]:
    listed = (
        [instructions]
        if isinstance(instructions, str)
        else list(instructions)
        if isinstance(instructions, list)
        else []
    )
    return (*map(str, listed), about or "")
