"""The same program gives the same file, whatever Python makes of the order of sets."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from julep_local import Client
from julep_local.testing import Deterministic, HashEmbedder, ScriptedModel

with Client(
    path=":memory:", model=ScriptedModel(lambda prompt: "ok"), embedder=HashEmbedder(), deterministic=Deterministic()
) as client:
    agent, user = client.agents.create(name="Ada"), client.users.create(name="Grace", about="")
    session = client.sessions.create(agent_id=agent.id, user_id=user.id)
    for text in (
        "I live in Oslo with Maria and my dog Rex. I like tea, chess and hiking.",
        "I moved to Bergen yesterday. My brother Tom lives in Rome.",
        "Please forget that I like chess.",
        "Ich heisse Grace und mein Hund heisst Rex.",
        "I hate tea.",
    ):
        client.sessions.chat(
            session_id=session.id, messages=[{"role": "user", "content": text}], remember=True, recall=True
        )
    replay = client.memories.replay(agent_id=agent.id, tier="rules")
    client.memories.accept(replay)
    assert len(client.memories.list(agent_id=agent.id, state=None)) > 4
    print(client.digest())
"""


def test_a_digest_does_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    digests = set()
    for seed in ("1", "2", "3"):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        digests.add(run.stdout)

    assert len(digests) == 1
