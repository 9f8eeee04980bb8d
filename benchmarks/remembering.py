"""What does it cost a turn that memories are formed of it?

Memory that makes chats slower is switched off. Timed is a turn of a session with a scripted model, which takes no time
itself, until its answer is returned: with `remember=True`, which records what the jobs after it need, beside the same
with `remember=False` and `record=True`, in alternation, each in a session of its own; the jobs of a turn end before the
next one begins. Then the same while a job is under way that forms memories of a long history anew. Last the job itself,
how much longer it takes for a user of whom 10,000 memories are kept than for one of whom there are a few.

    python -m benchmarks remembering
"""

import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from benchmarks._measure import conclude, median
from benchmarks.memory_recall import NOW, passages
from julep_local import Client
from julep_local.recall.memory_adding import Statement, add_statements
from julep_local.store.database import Database
from julep_local.testing import HashEmbedder, ScriptedModel

ROUNDS = 200
MANY = 10_000
SAID = "I moved to Bergen last Friday, and my sister Anna starts as a nurse at the hospital there next month."


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = ScriptedModel(lambda prompt: "How nice!")
        with Client(path=Path(folder) / "j.db", model=model, embedder=HashEmbedder(), memory_tier="rules") as client:
            agent, user = client.agents.create(name="Ada"), client.users.create(name="Bo", about="")
            sessions = [client.sessions.create(agent_id=agent.id, user_id=user.id).id for _ in range(2)]
            times: dict[bool, list[float]] = {True: [], False: []}
            for i in range(ROUNDS + 10):
                for remember in (True, False):
                    began = time.perf_counter()
                    response = client.sessions.chat(
                        session_id=sessions[remember],
                        messages=[{"role": "user", "content": f"{SAID} That is number {i}."}],
                        remember=remember,
                        record=True,
                        recall=False,
                    )
                    took = time.perf_counter() - began
                    client.jobs.wait(response.jobs or [])
                    if i >= 10:
                        times[remember].append(1000 * took)
            busy = _beside_a_replay(client, agent.id, sessions[False])
            few, many = _forming(client, Path(folder) / "j.db", agent.id)
    with_, without = median(times[True]), median(times[False])
    print(f"a turn, remembered {with_:.2f} ms, not remembered {without:.2f} ms, during a job {median(busy):.2f} ms")
    print(f"forming memories of it among a few {median(few):.1f} ms, among {MANY:,} {median(many):.1f} ms")
    more = {
        "remembered": with_ - without,
        "during a memory job": median(busy) - without,
        f"the job among {MANY:,} memories": median(many) - median(few),
    }
    targets = {"remembered": 2.0, "during a memory job": 150.0, f"the job among {MANY:,} memories": 150.0}
    conclude(
        "how much longer a turn takes",
        more,
        unit="ms",
        target=2.0,
        rounds=ROUNDS,
        met=all(more[name] <= most for name, most in targets.items()),
        targets={name: f"at most {most:g} ms" for name, most in targets.items()},
        met_each={name: more[name] <= most for name, most in targets.items()},
    )


def _forming(client: Client, path: Path, agent_id: str) -> tuple[list[float], list[float]]:
    """Return how long jobs take that form memories of a turn, with a few memories of the user and with many."""
    few, many = (client.users.create(name="Bo", about="").id for _ in range(2))
    with closing(Database(str(path))) as db:
        texts = [text for n_words in range(8, 20) for text in passages(MANY, n_words, seed=n_words)][:MANY]
        said = [Statement(text, "Bo", NOW + timedelta(minutes=i)) for i, text in enumerate(texts)]
        assert len(said) == MANY
        for start in range(0, MANY, 1000):
            add_statements(db, said[start : start + 1000], agent_id=agent_id, user_id=many, now=NOW)
    sessions = {user_id: client.sessions.create(agent_id=agent_id, user_id=user_id).id for user_id in (few, many)}
    times: dict[str, list[float]] = {few: [], many: []}
    for i in range(30):
        for user_id, session_id in sessions.items():
            response = client.sessions.chat(
                session_id=session_id,
                messages=[{"role": "user", "content": f"{SAID} We are {i + 5} at home, and I gave up the piano."}],
                remember=True,
                recall=False,
            )
            began = time.perf_counter()
            client.jobs.wait(response.jobs or [])
            times[user_id].append(1000 * (time.perf_counter() - began))
    return times[few][5:], times[many][5:]


def _beside_a_replay(client: Client, agent_id: str, session_id: str) -> list[float]:
    """Return how long turns take, each of them begun while a job forms memories anew."""
    times: list[float] = []
    for i in range(20):
        replay = client.memories.replay(agent_id=agent_id, tier="rules")
        while client.jobs.get(replay.job).state == "pending":
            time.sleep(0.001)
        began = time.perf_counter()
        client.sessions.chat(
            session_id=session_id,
            messages=[{"role": "user", "content": f"Hello, number {i}"}],
            remember=False,
            record=True,
            recall=False,
        )
        times.append(1000 * (time.perf_counter() - began))
        client.jobs.wait(replay.job)
        client.memories.discard(replay)
    return times


if __name__ == "__main__":
    main()
