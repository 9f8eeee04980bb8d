"""The dialogues and what should be remembered of them, as they stand in `dialogues/`.

It knows the files and nothing of how memories are formed or scored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

DIALOGUES = Path(__file__).parent / "dialogues"
SPLITS = ("dev", "held-out")
LANGUAGES = ("en", "de", "es", "mixed")
KINDS = (
    "secret",  # passwords, keys, numbers of cards and accounts
    "injection",  # an instruction that wants to be remembered
    "joke",  # irony, hypotheticals, figures of speech
    "fiction",  # role-play, stories, characters
    "misattribution",  # somebody else's fact, told as the user's
    "echo",  # the assistant's words, instructions, docs and recalled memories
    "pasted",  # a statement of a pasted text, whose author is not the user
    "negated",  # what the user said is not so
    "forgotten",  # what the user asked to forget
    "passing",  # moods and errands of the moment, questions, requests
)
"""Why a memory is forbidden."""
NOWHERE = ("secret", "injection")
"""Kinds that no memory may hold, in whatever state: what is superseded or retracted can still be read."""

Split = Literal["dev", "held-out"]
Terms = tuple[tuple[str, ...], ...]
"""All of the groups must occur, of each group any alternative. `allerg*` stands for every word that begins so."""


@dataclass(frozen=True)
class Days:
    """The days that a statement may mean, first and last included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Expected:
    """A memory that a thoughtful person would keep; `optional` where keeping it is as good as leaving it."""

    id: str
    about: tuple[str, ...]
    """Empty for the user; for somebody else the words of which one must name them."""
    terms: Terms
    without: tuple[str, ...] = ()
    """A memory with any of these says something else."""
    example: str = ""
    """How the memory may read; every expected one has it that is not optional."""
    when: Days | None = None
    """When it happened or will, if the words tell a day, a month or a year."""
    sources: tuple[int, ...] = ()
    """Places of the messages that say it, counted through all sessions of the dialogue from 0."""
    optional: bool = False
    supersedes: str | None = None
    """The id of an expected memory that is no longer so."""
    valid_until: Days | None = None
    """Of a memory that was true until then: it should stay readable as superseded. Without it, it was never true."""


@dataclass(frozen=True)
class Forbidden:
    """What no memory may say."""

    kind: str
    terms: Terms
    unless: tuple[str, ...] = ()
    """With any of these words the memory is right: the name of the one whose fact it is."""


@dataclass(frozen=True)
class Message:
    """What somebody said; its place is its index among all messages of the dialogue."""

    place: int
    role: str
    content: str
    name: str | None = None


@dataclass(frozen=True)
class Session:
    """Messages of one sitting."""

    date: datetime
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Dialogue:
    """One or several sessions of a person with an agent, and what should be known afterwards."""

    id: str
    theme: str
    language: str
    split: Split
    sessions: tuple[Session, ...]
    expected: tuple[Expected, ...]
    forbidden: tuple[Forbidden, ...]
    max_memories: int
    """More current ones than this are too many, whatever they say."""
    wrong: tuple[str, ...] = ()
    """Memories that a careless system may form, and which must not pass for right."""
    user_name: str = ""
    instructions: tuple[str, ...] = ()
    docs: tuple[dict[str, str], ...] = ()
    file: Path = field(default=DIALOGUES, compare=False)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages, each at the index that is its place."""
        return tuple(message for session in self.sessions for message in session.messages)

    @property
    def superseded(self) -> frozenset[str]:
        """The ids of expected memories that are no longer so at the end."""
        return frozenset(item.supersedes for item in self.expected if item.supersedes is not None)

    def date_of(self, place: int) -> datetime:
        """Return when the session of this message was."""
        return next(session.date for session in self.sessions if place <= session.messages[-1].place)


def load(splits: Iterable[str] = SPLITS) -> list[Dialogue]:
    """Return the dialogues of these splits, theme by theme.

    Raises:
        KeyError, TypeError, ValueError: a dialogue is not as the README of this folder says.
    """
    return [
        _dialogue(raw, file)
        for split in splits
        for file in sorted((DIALOGUES / split).glob("*.json"))
        for raw in json.loads(file.read_text(encoding="utf-8"))
    ]


def days(text: str) -> Days:
    """Return the days that `2025`, `2025-03`, `2025-03-09` or `2025-03-03/2025-03-09` mean.

    Raises:
        ValueError: it is none of these.
    """
    if "/" in text:
        first, last = (date.fromisoformat(day) for day in text.split("/"))
        if first > last:
            raise ValueError(f"{text!r} ends before it begins")
        return Days(first, last)
    if len(text) == 4:
        return Days(date(int(text), 1, 1), date(int(text), 12, 31))
    if len(text) == 7:
        first = date.fromisoformat(f"{text}-01")
        return Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return Days(date.fromisoformat(text), date.fromisoformat(text))


def _dialogue(raw: dict[str, Any], file: Path) -> Dialogue:
    known = {"id", "theme", "language", "split", "note", "context", "sessions", "expected", "forbidden"}
    known |= {"wrong", "max_memories"}
    _refuse_unknown(raw, known, f"{file.name}: {raw['id']}")
    context = raw.get("context", {})
    _refuse_unknown(context, {"user_name", "instructions", "docs"}, f"{raw['id']}: context")
    return Dialogue(
        id=raw["id"],
        theme=raw["theme"],
        language=raw["language"],
        split=raw["split"],
        sessions=_sessions(raw["sessions"]),
        expected=tuple(_expected(each, raw["id"]) for each in raw["expected"]),
        forbidden=tuple(_forbidden(each, raw["id"]) for each in raw.get("forbidden", ())),
        max_memories=raw["max_memories"],
        wrong=tuple(raw.get("wrong", ())),
        user_name=context.get("user_name", ""),
        instructions=tuple(context.get("instructions", ())),
        docs=tuple(context.get("docs", ())),
        file=file,
    )


def _sessions(raw: list[dict[str, Any]]) -> tuple[Session, ...]:
    sessions, place = [], 0
    for each in raw:
        messages = tuple(Message(place + i, **message) for i, message in enumerate(each["messages"]))
        place += len(messages)
        sessions.append(Session(datetime.fromisoformat(each["date"]).replace(tzinfo=timezone.utc), messages))
    return tuple(sessions)


def _expected(raw: dict[str, Any], dialogue_id: str) -> Expected:
    known = {"id", "about", "terms", "without", "example"}
    known |= {"when", "sources", "optional", "supersedes", "valid_until"}
    _refuse_unknown(raw, known, f"{dialogue_id}: expected {raw['id']}")
    return Expected(
        id=raw["id"],
        about=() if raw["about"] == "user" else tuple(raw["about"]),
        terms=_terms(raw["terms"]),
        without=tuple(raw.get("without", ())),
        example=raw.get("example", ""),
        when=days(raw["when"]) if "when" in raw else None,
        sources=tuple(raw["sources"]),
        optional=raw.get("optional", False),
        supersedes=raw.get("supersedes"),
        valid_until=days(raw["valid_until"]) if "valid_until" in raw else None,
    )


def _forbidden(raw: dict[str, Any], dialogue_id: str) -> Forbidden:
    _refuse_unknown(raw, {"kind", "terms", "unless"}, f"{dialogue_id}: forbidden")
    if raw["kind"] not in KINDS:
        raise ValueError(f"{dialogue_id}: {raw['kind']!r} is no kind of forbidden memory; there are {', '.join(KINDS)}")
    return Forbidden(raw["kind"], _terms(raw["terms"]), tuple(raw.get("unless", ())))


def _terms(raw: list[list[str]]) -> Terms:
    return tuple(tuple(group) for group in raw)


def _refuse_unknown(raw: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := set(raw) - known:
        raise ValueError(f"{where} has {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
