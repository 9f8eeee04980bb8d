"""What machines are like: names in any script, long paths, folders that cannot be written, a lid that closes."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

ROOT = Path(__file__).parents[1]
NAMES = ["Ünïcödé Ordner", "日本語 フォルダ", "мои файлы", 'a\'b "c" #%&?;=+', "🦊"]


def talk(path: Path) -> None:
    """Write to a file, and read it in another client."""
    with Client(path=path, model=ScriptedModel(["At 9:15."]), embedder=HashEmbedder()) as client:
        agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "It leaves at 9:15."}])
        session = client.sessions.create(agent_id=agent.id)
        client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "When?"}])
        client.agents.export(agent.id, path.with_suffix(".julep"))
    with Client(path=path, model=ScriptedModel([]), embedder=HashEmbedder()) as client:
        assert len(client.sessions.history(session_id=session.id)) == 2
        assert client.docs.search("ferry", agent_id=agent.id)
        assert client.agents.import_file(path.with_suffix(".julep"), ids="new")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_be_called_anything_in_any_script(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()

    talk(folder / f"{name}.db")

    assert (folder / f"{name}.db").stat().st_size


def test_a_path_may_be_longer_than_260_characters(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / ("deeper" * 30)
    folder.mkdir(parents=True)
    assert len(str(folder)) > 300

    talk(folder / "ada.db")


def test_nothing_is_written_where_the_program_is_installed(tmp_path: Path) -> None:
    """Installed for all users, its folder can be read only. Files opened for writing are told by Python itself."""
    code = f"""
import os, sys
written = []

def note(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.append(os.fsdecode(args[0]))
    elif event in ("os.mkdir", "os.rename", "os.remove"):
        written.append(os.fsdecode(args[0]))

sys.addaudithook(note)
sys.path.insert(0, {str(ROOT / "tests")!r})
from pathlib import Path
from test_platforms import talk
talk(Path({str(tmp_path / "ada.db")!r}))
outside = [path for path in written if not os.path.abspath(path).startswith(({str(tmp_path)!r}, "/dev/"))]
assert not outside, outside
assert written
"""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment, timeout=100)


def test_an_answer_goes_on_after_the_machine_has_slept(tmp_path: Path) -> None:
    code = f"""
from julep_local import Client
from julep_local.testing import HashEmbedder, Pause, ScriptedModel, stream
pieces = [piece for n in range(20) for piece in (f"word{{n}} ", Pause(0.02))]
model = ScriptedModel([stream(*pieces)])
with Client(path={str(tmp_path / "ada.db")!r}, model=model, embedder=HashEmbedder(), memory_tier="off") as client:
    session = client.sessions.create(agent_id=client.agents.create(name="Ada").id)
    question = {{"role": "user", "content": "Count!"}}
    for delta in client.sessions.chat(session_id=session.id, messages=[question], stream=True):
        print(delta.content, flush=True)
    print(len(client.sessions.history(session_id=session.id)), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "word0"

    process.send_signal(signal.SIGSTOP)
    threading.Timer(1.0, process.send_signal, [signal.SIGCONT]).start()
    rest = process.stdout.read()
    process.stdout.close()

    assert process.wait(60) == 0
    assert rest.split()[-2:] == ["word19", "2"]
