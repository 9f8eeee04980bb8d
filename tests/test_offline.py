"""Nothing leaves the machine: what `offline` refuses, and what an audit hook saw of everything else.

Python tells its audit hooks (PEP 578) of each socket that is connected or sent from, each name that is looked up and
each process that is started, whatever library does it. A process with such a hook does all that there is to do, on real
models; what native code does without Python, the hook does not see, and `strace` does (the second test).
"""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from julep_local import Client
from julep_local.errors import ModelError, Offline
from julep_local.llm.remote import RemoteChatModel
from julep_local.settings import read_settings

ROOT = Path(__file__).parents[1]

HOOK = """
import json, os, sys
SEEN = []
WATCHED = (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "urllib.Request",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
)
def watch(event, args):
    if event in WATCHED:
        SEEN.append([event, repr(args[1:] if event.startswith("socket.connect") else args)[:200]])
sys.addaudithook(watch)
"""

EVERYTHING = """
    from julep_local import Client
    with Client(path=sys.argv[1], offline=True) as client:
        agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry leaves at nine."}])
        user = client.users.create(name="Bo", about="a sailor")
        session = client.sessions.create(agent_id=agent.id, user_id=user.id)
        question = {"role": "user", "content": "My dog is called Biscuit. When does the ferry leave?"}
        answer = client.sessions.chat(session_id=session.id, messages=[question], max_tokens=8)
        client.jobs.wait(answer.jobs, timeout=100)
        assert client.docs.search("ferry at nine", agent_id=agent.id, limit=1)[0].similarity is not None
        assert client.memories.search("the dog", agent_id=agent.id, user_id=user.id)
        client.models.list(); client.models.loaded()
        client.agents.export(agent.id, sys.argv[1] + ".agent")
        client.users.forget(user.id)
        client.compact()
    print(json.dumps(SEEN))
"""


OTHER_MODELS = """
    from julep_local.llm.catalog import find_embedding_folder
    from julep_local.recall.embeddings import sentence_transformer
    encoder = sentence_transformer.load(find_embedding_folder(None)[1])
    assert encoder.encode([encoder.prepare("hello")]).shape == (1, 384)
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
"""
"""What is no plain BERT model goes through Hugging Face's own libraries, which look much up if they are let."""


@pytest.mark.model
def test_no_socket_of_real_models_leaves_the_machine(tmp_path: Path) -> None:
    """Chat, docs, memories, jobs, export, forgetting: not even a name is looked up, and no process is started."""
    done = _run(HOOK + textwrap.dedent(OTHER_MODELS) + textwrap.dedent(EVERYTHING), tmp_path / "julep.db")

    assert json.loads(done.splitlines()[-1]) == []


@pytest.mark.model
def test_no_native_code_opens_a_socket_either(tmp_path: Path) -> None:
    if shutil.which("strace") is None or subprocess.run(["strace", "true"], capture_output=True).returncode:
        pytest.skip("strace cannot trace here")
    seen = tmp_path / "calls"

    _run(HOOK + textwrap.dedent(EVERYTHING), tmp_path / "julep.db", "strace", "-f", "-e", "trace=%network", "-o", seen)

    calls = [line for line in seen.read_text().splitlines() if "AF_INET" in line or "connect(" in line]
    assert not calls


def test_the_hook_sees_what_it_is_there_for(tmp_path: Path) -> None:
    """Else the tests above could not fail."""
    escapes = """
    import socket, subprocess
    for escape in (
        lambda: socket.create_connection(("192.0.2.1", 9), timeout=0.01),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9)),
        lambda: socket.getaddrinfo("localhost", 9),
        lambda: subprocess.run(["true"]),
    ):
        try: escape()
        except OSError: pass
    print(json.dumps(SEEN))
    """

    seen = {event for event, _ in json.loads(_run(HOOK + textwrap.dedent(escapes), tmp_path).splitlines()[-1])}

    assert {"socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen"} <= seen


def test_offline_refuses_a_download(make_client: Callable[..., Client], tmp_path: Path) -> None:
    client = make_client(offline=True)

    for source, file in (
        ("owner/repo", "model.gguf"),
        ("https://example.org/model.gguf", None),
        ("http://127.0.0.1/m.gguf", None),
    ):
        with pytest.raises(Offline, match=r"offline=False"):
            client.models.add("m", source, file=file)

    assert [model for model in client.models.list() if model.name == "m"] == []


def test_offline_refuses_a_model_on_another_machine_and_asks_it_nothing(make_client: Callable[..., Client]) -> None:
    for address in ("http://192.0.2.1:8000/v1", "https://api.example.org/v1", "http://localhost.example.org"):
        with pytest.raises(Offline, match=address.split("/")[2].split(":")[0]) as refused:
            make_client(model=RemoteChatModel(address, "qwen", api_key="sk-secret"), offline=True)
        assert isinstance(refused.value, ModelError)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/v1", "http://[::1]:8000", "http://localhost:8000/v1"])
def test_offline_takes_a_model_of_a_server_on_this_machine(address: str, make_client: Callable[..., Client]) -> None:
    client = make_client(model=RemoteChatModel(address, "qwen"), offline=True)

    assert client.agents.create(name="Ada").name == "Ada"


def test_without_offline_what_was_asked_for_by_address_is_asked(make_client: Callable[..., Client]) -> None:
    make_client(model=RemoteChatModel("http://192.0.2.1:8000/v1", "qwen"))


def test_the_environment_says_offline_and_an_argument_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "julep.db"
    assert not read_settings(path=path).offline
    monkeypatch.setenv("JULEP_LOCAL_OFFLINE", "1")
    assert read_settings(path=path).offline
    assert not read_settings(path=path, offline=False).offline
    monkeypatch.setenv("JULEP_LOCAL_OFFLINE", "perhaps")
    with pytest.raises(ValueError, match="JULEP_LOCAL_OFFLINE"):
        read_settings(path=path)


def _run(script: str, path: Path, *before: object) -> str:
    # without the variables that forbid: it is the library itself that has to look nothing up
    environment = {
        name: value for name, value in os.environ.items() if "OFFLINE" not in name and "TELEMETRY" not in name
    }
    environment["PYTHONPATH"] = str(ROOT)
    command = [*map(str, before), sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
