"""The released TypeScript SDK, unchanged, on Node, talks to the server."""

import json
import subprocess
from pathlib import Path

from honesty import environment
from julep_local import Client
from julep_local.server.serve import running
from julep_local.testing import HashEmbedder
from julep_local.testing.conformance import Parrot

KEY = "a key of enough characters"


def test_a_typescript_program_does_not_notice_the_difference() -> None:
    assert environment.MADE.is_file(), "the released SDKs are not installed: python tests/honesty/environment.py"
    script = Path(__file__).with_name("typescript.cjs")
    with (
        Client(path=":memory:", model=Parrot(), embedder=HashEmbedder()) as client,
        running(client, api_key=KEY) as address,
    ):
        command = [environment.NODE, script, environment.NODE_FOLDER, address, KEY]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr
        came = json.loads(ended.stdout)
        agent_id = client.agents.list()[0].id
        session_ids = [session.id for session in client.sessions.list()]

    assert came["agent"]["instructions"] == ["Be brief."]
    assert came["agent"]["default_settings"]["temperature"] == 0.5
    assert came["answer"]["response"][0][0]["content"] == "hello there"
    assert [each["content"] for each in came["history"]] == ["say hello there", "hello there"]
    assert [doc["content"] for doc in came["docs"]] == ["It leaves at 9:15."]
    assert [tool["id"] for tool in came["tools"]] == [came["tool"]["id"]]
    assert came["updated"] == "an old pilot"
    assert came["agents"] == [agent_id]
    assert came["sessions"] == session_ids
    assert came["forgotten"] == []
    assert came["unknown"][0] == 404
    assert came["unknown"][1]["detail"].startswith("user ")
    assert came["completion"]["choices"][0]["message"]["content"] == "from openai"
    assert "".join(came["pieces"]) == "in pieces"
