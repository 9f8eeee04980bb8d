"""I1: the clock is set, forward, back, to 1970 and to 2040, while turns are recorded and jobs run.

Order must come from the order of writing, and no lease may be so far away that a job is never done.
"""

import itertools
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

from julep_local import Client
from julep_local.stamps import Stamps
from julep_local.testing import HashEmbedder, ScriptedModel

from .row import Row, Tier

STEPS = {
    "an hour ahead": timedelta(hours=1),
    "an hour back": timedelta(hours=-1),
    "a day ahead": timedelta(days=1),
    "a second back": timedelta(seconds=-1),
    "not at all, it stands": timedelta(0),
}
MOMENTS = {
    "to 1970": datetime(1970, 1, 1, tzinfo=timezone.utc),
    "to 2040": datetime(2040, 1, 19, 3, 14, 8, tzinfo=timezone.utc),
}
SIZES: dict[Tier, int] = {"P": 2, "N": 20, "R": 200}
"""Turns between two steps, for each of the steps."""


class SetClock(Stamps):
    """A clock that is set now and then, with threads that look at it meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the time as it is set."""
        with self._lock:
            return self._frozen or datetime.now(timezone.utc) + self._offset

    def set(self, how: str) -> None:
        """Set it."""
        with self._lock:
            now = self._frozen or datetime.now(timezone.utc) + self._offset
            self._frozen = now if STEPS.get(how) == timedelta(0) else None
            target = MOMENTS.get(how) or now + STEPS[how]
            self._offset = target - datetime.now(timezone.utc)


class SlowEmbedder(HashEmbedder):
    """A `HashEmbedder` whose docs are embedded by jobs."""

    is_instant = False


def run(tier: Tier) -> list[Row]:
    """Record turns and embed docs under each step, and read them back in order."""
    clock, failures, n_turns = SetClock(), list[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        given = {"model": ScriptedModel(lambda prompt: "ok"), "embedder": SlowEmbedder(16)}
        with Client(path=Path(folder) / "julep.db", deterministic=clock, **given) as client:
            agent = client.agents.create(name="A")
            user = client.users.create(name="B", about="")
            session = client.sessions.create(agent_id=agent.id, user_id=user.id)
            said: list[str] = []
            for how in itertools.chain(STEPS, MOMENTS, STEPS):
                clock.set(how)
                jobs: list[str] = []
                for i in range(SIZES[tier]):
                    said.append(f"{how} {i}: my dog is called Biscuit{i}.")
                    question = {"role": "user", "content": said[-1]}
                    answer = client.sessions.chat(
                        session_id=session.id, messages=[question], record=True, remember=i % 4 == 0
                    )
                    jobs += answer.jobs or []
                    n_turns += 1
                jobs += client.docs.create(agent_id=agent.id, doc={"title": how, "content": f"wombat {how}"}).jobs or []
                clock.set("an hour back")
                try:
                    states = {status.state.value for status in client.jobs.wait(jobs, timeout=60)}
                    if states != {"succeeded"}:
                        failures.append(f"{how}: jobs ended {states}")
                except TimeoutError as error:
                    failures.append(f"{how}: {error}")
            history = client.sessions.history(session_id=session.id, limit=1_000_000)
            if [message.content for message in history[::2]] != said:
                failures.append("the history is in another order than it was said")
            if [message.content for message in history[1::2]] != ["ok"] * len(said):
                failures.append("an answer does not follow its turn")
    return [Row("turns while the clock is set, order kept and jobs done", n_turns, failures)]
