"""What a case works with: a client whose answers come back as plain JSON values, in the same words from every kind.

Types of whichever client become dicts, awaitables are awaited, failures become their status, ids and times become names
by the order in which they come up, and what this library adds to the SDK's types is left out.
"""

import asyncio
import inspect
import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from julep_local.testing.conformance.case import Mismatch

UNKNOWN = "00000000-0000-4000-8000-000000000000"
"""The id of nothing."""
WAIT_S = 30.0
"""A job that takes longer has failed."""

_ADDED = {
    "context": {"finish_reason"},
    "tool_calls": {"finish_reason"},
    "jobs": {"default_settings", "situation", "about"},
    "agent_id": {"title"},
    "user_id": {"title"},
    **{
        name: {"last_accessed_at"}
        for name in (
            "sources",
            "state",
            "valid_until",
            "superseded_by",
            "importance",
            "tier",
            "model",
            "prompt_hash",
        )
    },
}
"""Keys that the SDK's types do not have, each with a key of the types that we added it to."""
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?)?")


class Word(str):
    """A word where the SDK wants a member of an enum: its client reads `.value`."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The word itself."""
        return str(self)


class World:
    """A client under test, and the transcript of one case."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.client = client
        self._loop = loop
        self.tag = str(uuid.uuid4())
        """Marks what the case makes: other cases have left things in the same database."""
        self.transcript: list[dict[str, Any]] = []
        self._names: dict[str, str] = {UNKNOWN: "<nothing>"}

    # calls

    def call(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Return what comes of a call.

        Raises:
            Mismatch: it fails.
        """
        status, result = self._called(method, args, kwargs)
        if status != "ok":
            raise Mismatch(f"{method}({_shown(args, kwargs)}) failed with {status}: {result}")
        return result

    def fails(self, status: int, method: str, /, *args: Any, **kwargs: Any) -> None:
        """Make a call that has to fail with this status.

        Raises:
            Mismatch: it does not.
        """
        came, result = self._called(method, args, kwargs)
        if came != status:
            raise Mismatch(f"{method}({_shown(args, kwargs)}) should fail with {status}, and came to {came}: {result}")

    def _called(self, method: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        try:
            result = plain(self._finished(getattr(self.client, method)(*args, **kwargs)))
            status: Any = "ok"
        except Exception as error:
            status = getattr(error, "status_code", None)
            if status is None:
                raise
            result = str(error)
        said = {"method": method, "given": plain([args, kwargs]), "status": status}
        self.transcript.append(self.normalised({**said, "result": result} if status == "ok" else said))
        return status, result

    def _finished(self, result: Any) -> Any:
        if inspect.isawaitable(result):
            return self._finished(self._loop.run_until_complete(_awaited(result)))
        return result

    def read(self, stream: Any) -> list[Any]:
        """Return the deltas of a stream, blocking or async."""
        if hasattr(stream, "__aiter__"):
            return self._loop.run_until_complete(_all(stream))
        return list(stream)

    def stream(self, session_id: str, **options: Any) -> list[Any]:
        """Return the deltas of a streamed chat."""
        stream = self._finished(self.client.chat(session_id, stream=True, **options))
        deltas = [plain(delta) for delta in self.read(stream)]
        self.transcript.append(self.normalised({"method": "chat", "stream": deltas}))
        return deltas

    # what cases make

    def agent(self, **values: Any) -> str:
        """Return the id of a new agent."""
        return str(self.call("create_agent", **{"name": "Ada", **self._tagged(values)})["id"])

    def user(self, **values: Any) -> str:
        """Return the id of a new user."""
        return str(self.call("create_user", **{"name": "Bo", **self._tagged(values)})["id"])

    def session(self, agent_id: str | None = None, **values: Any) -> str:
        """Return the id of a new session, of a new agent if none is named."""
        agent = agent_id or self.agent()
        return str(self.call("create_session", agent_id=agent, **self._tagged(values))["id"])

    def _tagged(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "metadata": {"tag": self.tag, **values.get("metadata", {})}}

    @property
    def mine(self) -> str:
        """The metadata filter for what the case has made."""
        return json.dumps({"tag": self.tag})

    def say(self, session_id: str, *texts: str, **options: Any) -> Any:
        """Return the response to these messages."""
        messages = [{"role": "user", "content": text} for text in texts]
        return self.call("chat", session_id, messages=messages, **options)

    def answer(self, session_id: str, *texts: str, **options: Any) -> str:
        """Return the text of the answer to these messages."""
        return str(self.say(session_id, *texts, **options)["response"][0][0]["content"])

    def settings(self, session_id: str, **options: Any) -> Any:
        """Return the sampling settings that the model got in a chat with these options."""
        return json.loads(self.answer(session_id, "show settings", **{"max_tokens": 2000, **options}))

    def prompt(self, session_id: str, **options: Any) -> list[str]:
        """Return the messages that the model is shown in a chat: role, name, content."""
        return self.answer(session_id, "show prompt", max_tokens=4000, record=False, **options).split("\n")

    def finish(self, job_ids: Iterable[str] | None) -> None:
        """Wait until the jobs have succeeded."""
        for job_id in job_ids or []:
            ends_at = time.monotonic() + WAIT_S
            while (job := self._quietly("get_job_status", job_id))["state"] in ("pending", "in_progress", "retrying"):
                if time.monotonic() > ends_at:
                    raise Mismatch(f"the job {job} did not end within {WAIT_S:.0f} s")
                time.sleep(0.01)
            same(job["state"], "succeeded")

    def _quietly(self, method: str, *args: Any) -> Any:
        """Return what comes of a call that is made as often as it takes, and so is left out of the transcript."""
        return plain(self._finished(getattr(self.client, method)(*args)))

    # comparing

    def normalised(self, value: Any) -> Any:
        """Return the value with names for ids and times, and without what this library adds to the SDK's types."""
        if isinstance(value, str):
            return _ID.sub(lambda found: self._name(found.group()), _TIME.sub("<time>", value))
        if isinstance(value, list):
            return [self.normalised(each) for each in value]
        if isinstance(value, dict):
            return {
                key: self.normalised(each)
                for key, each in sorted(value.items())
                if each is not None and not (key in _ADDED and _ADDED[key] & value.keys())
            }
        return value

    def _name(self, id: str) -> str:
        return self._names.setdefault(id.lower(), f"<id {len(self._names)}>")


def plain(value: Any) -> Any:
    """Return the value as JSON has it: models of pydantic 1 or 2 as dicts, enums as their values, dates as texts."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | uuid.UUID):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if hasattr(value, "dict"):
        return plain(value.dict(by_alias=True))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else repr(type(value))


def same(came: Any, expected: Any, what: str = "") -> None:
    """Check that two values are equal.

    Raises:
        Mismatch: they are not.
    """
    if came != expected:
        raise Mismatch(f"{what + ': ' if what else ''}expected {expected!r}, came {came!r}")


def holds(true: Any, what: str) -> None:
    """Check that something is so.

    Raises:
        Mismatch: it is not.
    """
    if not true:
        raise Mismatch(what)


def each(values: Iterable[Mapping[str, Any]], *names: str) -> list[Any]:
    """Return one of the fields of each, or several as a tuple."""
    return [value[names[0]] if len(names) == 1 else tuple(value[name] for name in names) for value in values]


async def _awaited(value: Any) -> Any:
    return await value


async def _all(stream: Any) -> list[Any]:
    return [piece async for piece in stream]


def _shown(args: Any, kwargs: Mapping[str, Any]) -> str:
    shown = ", ".join([*(repr(arg) for arg in args), *(f"{name}={value!r}" for name, value in kwargs.items())])
    return shown if len(shown) < 300 else shown[:300] + " ..."
