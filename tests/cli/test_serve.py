"""`julep-local serve`, as a person types it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

KEY = "a key of enough characters"
COMMAND = [sys.executable, "-c", "import sys; from julep_local.cli import main; sys.argv[0] = 'julep-local'; main()"]


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_serve_serves_a_file_until_it_is_told_to_stop(tmp_path: Path, offline_environment: dict[str, str]) -> None:
    file = tmp_path / "julep.db"
    command = [*COMMAND, "serve", "--path", str(file), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**offline_environment, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    address = said.split("base URL is ")[1].split("/api")[0]

    made = httpx.post(f"{address}/api/agents", json={"name": "Ada"}, timeout=30)
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    process.stdout.close()

    assert process.wait(30) == 0
    assert made.status_code == 201
    assert "No API key is asked for" in rest
    with Client(path=file, model=ScriptedModel(), embedder=HashEmbedder()) as client:
        assert client.agents.get(made.json()["id"]).name == "Ada"


def test_the_key_may_come_from_the_environment(tmp_path: Path, offline_environment: dict[str, str]) -> None:
    """On the command line other users of the machine can read it."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--path", str(tmp_path / "julep.db"), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**offline_environment, "PYTHONUNBUFFERED": "1", "JULEP_LOCAL_API_KEY": KEY},
    )
    assert process.stdout is not None
    address = process.stdout.readline().split("base URL is ")[1].split("/api")[0]

    without = httpx.get(f"{address}/api/agents", timeout=30)
    with_it = httpx.get(f"{address}/api/agents", headers={"authorization": f"Bearer {KEY}"}, timeout=30)
    process.terminate()
    process.stdout.close()
    process.wait(30)

    assert (without.status_code, with_it.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["--host", "0.0.0.0"], 2, "give an API key", id="no key"),  # noqa: S104
        pytest.param(["--host", "0.0.0.0", "--api-key", "short"], 2, "at least 16", id="short key"),  # noqa: S104
        pytest.param(["--model", "no-such-model"], 4, "no-such-model", id="no model"),
        pytest.param(["--port", "65536"], 2, "--port", id="no port"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(
    tmp_path: Path, offline_environment: dict[str, str], arguments: list[str], code: int, says: str
) -> None:
    ended = _run(offline_environment, "serve", "--path", str(tmp_path / "julep.db"), *arguments)

    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not os.path.exists(tmp_path / "julep.db")


def test_a_port_that_is_taken_is_named(tmp_path: Path, offline_environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = _run(offline_environment, "serve", "--path", str(tmp_path / "julep.db"), "--port", port)

    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr


def test_help_shows_the_commands(offline_environment: dict[str, str]) -> None:
    assert "serve" in _run(offline_environment, "--help").stdout
    assert "--api-key" in _run(offline_environment, "serve", "--help").stdout
