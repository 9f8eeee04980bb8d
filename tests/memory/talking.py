"""An agent and a user in a store, and turns of theirs of which memories are formed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from julep_local.memory.finding import by_rules
from julep_local.memory.formation import Outcome, remember
from julep_local.memory.gates import Candidate
from julep_local.memory.languages import spoken
from julep_local.memory.turn import Said, Turn
from julep_local.store import agents, memories, messages, sessions, users
from julep_local.store.database import Database
from julep_local.types import Memory
from tests.store.making import make_agent, make_message, make_session, make_user, new_id

MONDAY = datetime(2024, 5, 13, 12, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Talk:
    db: Database
    agent_id: str
    user_id: str
    session_id: str

    def recorded(self, *texts: str, role: str = "user", name: str | None = None) -> tuple[Said, ...]:
        """Record one turn of these messages in the history, and return them."""
        made = [make_message(text, role=role, name=name) for text in texts]
        with self.db.transaction():
            messages.append(self.db, self.session_id, new_id(), made)
        return tuple(Said(str(each.content), each.id, each.name) for each in made)

    def turn(self, *said: "str | Said", **values: Any) -> Turn:
        """Return a turn in which the user said this; texts are recorded in the history."""
        return Turn(
            **{
                "agent_id": self.agent_id,
                "user_id": self.user_id,
                "speaker": "Grace",
                "said_at": MONDAY,
                "said": tuple(each if isinstance(each, Said) else self.recorded(each)[0] for each in said),
                **values,
            }
        )

    def hear(self, *said: "str | Said", day: int = 0, replay_id: str | None = None, **values: Any) -> Outcome:
        """Form memories of what the user says, so many days after Monday, and return what became of it."""
        turn = self.turn(*said, **{"said_at": MONDAY + timedelta(days=day), **values})
        return remember(self.db, lambda: None, turn, by_rules(turn), replay_id=replay_id, zone=timezone.utc)

    def ask_to_keep(self, said: str) -> None:
        """Have it remembered, in its language, whatever it is worth."""
        begins = {"en": "Please remember: ", "de": "Bitte merk dir: ", "es": "Por favor recuerda: "}
        self.hear(begins[spoken(said).code] + said)

    def memories(self, state: Any = "current", replay_id: str | None = None) -> list[Memory]:
        """Return the memories in this state, oldest first."""
        page = memories.page(self.db, agent_id=self.agent_id, state=state, replay_id=replay_id, limit=-1, offset=0)
        return page[::-1]

    def contents(self, state: Any = "current", replay_id: str | None = None) -> list[str]:
        return [memory.content for memory in self.memories(state, replay_id)]


def make_talk(db: Database) -> Talk:
    agent, user = make_agent(), make_user()
    session = make_session(agent.id, user_id=user.id)
    with db.transaction():
        agents.add(db, agent)
        users.add(db, user)
        sessions.add(db, session)
    return Talk(db, agent.id, user.id, session.id)


def candidate(text: str, evidence: Sequence[str] = (), **values: Any) -> Candidate:
    """Return what a model worded of these texts."""
    given = {"tier": "capable", "evidence": tuple(evidence), **values}
    return Candidate(text, given.pop("speaker", ""), "worded", 0.5, spoken(text), **given)
