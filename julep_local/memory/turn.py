"""What of a turn memories are formed from: who said what to whom, and what else the model was shown.

It is written into the job that forms them, so that nothing is lost if the history is deleted meanwhile; a job forgets
it when it ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

MOST_CHARS = 8_000
"""Of a message; of a longer one half at its beginning and half at its end."""
MOST_SHOWN = 20_000
"""Characters of what was shown beside it."""
MOST_EARLIER = 24
MOST_BEFORE = 600
"""Of the messages before, of which the end counts: there stands the question."""


NOBODY = "The user"
"""Stands for the name of a user who has none."""


@dataclass(frozen=True)
class Said:
    """A message."""

    text: str
    id: str | None = None
    """None if it is in no history."""
    name: str | None = None
    """Who said it, if it says so itself."""


@dataclass(frozen=True)
class Turn:
    """A turn, as memories are formed from it."""

    agent_id: str
    user_id: str
    speaker: str
    """The user's name."""
    said_at: datetime
    said: tuple[Said, ...]
    """The user's new messages."""
    before: Said | None = None
    """The assistant's last message before these."""
    talk: tuple[tuple[str, str], ...] = ()
    """Role and text of the session's messages before, oldest first: at most `MOST_EARLIER`, their beginnings."""
    answer: str = ""
    """What the assistant answered."""
    shown: tuple[str, ...] = ()
    """What else stood before the model: instructions, situation, docs."""

    @property
    def earlier(self) -> tuple[str, ...]:
        """What the user said before in the session, oldest first."""
        return tuple(text for role, text in self.talk if role == "user")

    def payload(self) -> dict[str, Any]:
        """Return it as a job's payload holds it."""
        cut = {
            "said_at": self.said_at.isoformat(),
            "said": [asdict(Said(shortened(each.text), each.id, each.name)) for each in self.said],
            "before": None if self.before is None else asdict(Said(_end(self.before.text), self.before.id)),
            "talk": [[role, text[:MOST_BEFORE]] for role, text in self.talk[-MOST_EARLIER:]],
            "answer": self.answer[:MOST_BEFORE],
            "shown": _most(self.shown),
        }
        return {"agent_id": self.agent_id, "user_id": self.user_id, "speaker": self.speaker, **cut}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> "Turn":
        """Return the turn in a job's payload."""
        if "statements" in payload:  # as the release before this one wrote it
            return _of_statements(payload)
        return cls(
            agent_id=payload["agent_id"],
            user_id=payload["user_id"],
            speaker=payload["speaker"],
            said_at=datetime.fromisoformat(payload["said_at"]),
            said=tuple(Said(**each) for each in payload["said"]),
            before=Said(**payload["before"]) if payload["before"] else None,
            talk=tuple((role, text) for role, text in payload["talk"]),
            answer=payload["answer"],
            shown=tuple(payload["shown"]),
        )


def shortened(text: str) -> str:
    """Return the text, of a long one beginning and end."""
    return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS // 2]}\n\n{text[-MOST_CHARS // 2 :]}"


def _of_statements(payload: Mapping[str, Any]) -> Turn:
    said = [each["content"].partition(": ") for each in payload["statements"]]
    ids = [each["message_id"] for each in payload["statements"]]
    return Turn(
        agent_id=payload["agent_id"],
        user_id=payload["user_id"],
        speaker=said[0][0] if said else "",
        said_at=datetime.fromisoformat(payload["said_at"]),
        said=tuple(Said(text, message_id) for (_, _, text), message_id in zip(said, ids, strict=True)),
    )


def _end(text: str) -> str:
    return text[-MOST_BEFORE:]


def _most(texts: Sequence[str]) -> list[str]:
    kept: list[str] = []
    room = MOST_SHOWN
    for text in texts:
        kept.append(text[:room])
        room -= len(kept[-1])
        if room <= 0:
            break
    return kept
