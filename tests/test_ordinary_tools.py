"""The file is read with ordinary tools, in a process of their own: two SQLite libraries must never share one."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client


@pytest.fixture
def file(make_client: Callable[..., Client], tmp_path: Path) -> Path:
    """A closed file with an agent, a doc and a turn in it."""
    client = make_client(path=tmp_path / "ordinary.db")
    agent = client.agents.create(name="Ada", docs=[{"title": "Ferry", "content": "The ferry leaves at nine."}])
    session = client.sessions.create(agent_id=agent.id)
    client.sessions.chat(session_id=session.id, messages=[{"role": "user", "content": "When does it leave?"}])
    client.close()
    return tmp_path / "ordinary.db"


def _run(*command: str) -> Any:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_datasette_shows_tables_and_views(file: Path) -> None:
    pytest.importorskip("datasette", reason="datasette is not installed")

    page = _run("datasette", str(file), "--get", "/ordinary.json")
    history = _run("datasette", str(file), "--get", "/ordinary/history.json?_shape=array")

    assert {"agents", "docs", "messages"} <= {table["name"] for table in page["tables"]}
    assert [(row["role"], row["content"]) for row in history] == [("user", "When does it leave?"), ("assistant", "ok")]


def test_sqlite_utils_lists_and_searches(file: Path) -> None:
    counts = {table["table"]: table["count"] for table in _run("sqlite_utils", "tables", str(file), "--counts")}
    found = _run("sqlite_utils", "search", str(file), "chunks", "ferry")

    assert counts["agents"] == 1
    assert counts["messages"] == 2
    assert [row["content"] for row in found] == ["The ferry leaves at nine."]


def test_pythons_own_sqlite_without_extensions_reads_it(file: Path) -> None:
    script = (
        "import json, sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "print(json.dumps([list(row) for row in db.execute('select role, content from history')]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True, timeout=60
    )

    assert json.loads(done.stdout) == [["user", "When does it leave?"], ["assistant", "ok"]]


def test_the_library_never_uses_pythons_own_sqlite() -> None:
    """A Python whose own module cannot load extensions, or is missing, works."""
    script = (
        "import sys; sys.modules['sqlite3'] = sys.modules['_sqlite3'] = None;"
        "from julep_local import Client;"
        "from julep_local.testing import HashEmbedder, ScriptedModel;"
        "client = Client(path=':memory:', model=ScriptedModel(['ok']), embedder=HashEmbedder());"
        "agent = client.agents.create(name='Ada', docs=[{'title': 'Ferry', 'content': 'It leaves at nine.'}]);"
        "session = client.sessions.create(agent_id=agent.id);"
        "client.sessions.chat(session_id=session.id, messages=[{'role': 'user', 'content': 'When does it leave?'}]);"
        "client.close()"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
