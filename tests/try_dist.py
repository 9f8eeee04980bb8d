"""Install what was built into empty environments, and use it there: `make dist` runs this.

    python tests/try_dist.py dist

Each is tried with what a test of agent code needs and with the command line; pip builds the sdist once more.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"

PROGRAM = """
import importlib.metadata, importlib.resources, pathlib
import julep_local
from julep_local import Client
from julep_local.testing import HashEmbedder, ScriptedModel

files = importlib.resources.files("julep_local")
assert julep_local.__version__ == importlib.metadata.version("julep_local")
assert "site-packages" in str(files), files
assert (files / "py.typed").is_file() and (files / "models" / "manifest.toml").is_file()
with Client(path="ada.db", model=ScriptedModel(["At 9:15."]), embedder=HashEmbedder()) as client:
    agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "It leaves at 9:15."}])
    session = client.sessions.create(agent_id=agent.id)
    messages = [{"role": "user", "content": "When does the ferry leave?"}]
    response = client.sessions.chat(session_id=session.id, messages=messages)
assert response.response[0][0].content == "At 9:15."
assert [text.title for text in response.context.recalled] == ["Ferry"]
print("julep_local", julep_local.__version__, "answers")
"""


def try_one(file: Path, folder: Path) -> None:
    """Install a distribution with its extras for tests and the command line, and run a small program with it."""
    run([sys.executable, "-m", "venv", str(folder)], Path.cwd())
    python = str(folder / "bin" / "python")
    wanted = f"julep_local[server,testing] @ {file.resolve().as_uri()}"
    run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", str(CONSTRAINTS), wanted], folder)
    run([python, "-c", PROGRAM], folder)
    run([str(folder / "bin" / "julep-local"), "--help"], folder)


def run(command: list[str], folder: Path) -> None:
    """Run a command, and end with its status if it fails."""
    done = subprocess.run(command, cwd=folder)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} failed")


def main(dist: Path) -> None:
    """Try the wheel and the sdist."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    for file in (wheel, sdist):
        with tempfile.TemporaryDirectory() as folder:
            try_one(file, Path(folder))
        print(f"{file.name}: works")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
