"""The main job on the real models: what `make demo` runs, and the code of the README, each in a process without
network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from julep_local import Client
from julep_local.errors import ModelError
from julep_local.llm.catalog import find_chat_model, find_embedding_folder

pytestmark = pytest.mark.model

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    try:
        find_chat_model(None)
        find_embedding_folder(None)
    except ModelError as error:
        pytest.skip(str(error))


def _python(*arguments: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning:julep_local", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_demo_chats_recalls_and_goes_on_in_a_second_process(
    offline_environment: dict[str, str], tmp_path: Path
) -> None:
    output = _python("-m", "julep_local.demo", environment=offline_environment, folder=tmp_path)

    first, second = output.split("A second process opens it")
    assert "recalled: doc 'Ferry'" in first
    assert "recalled: doc 'Lighthouse'" in first
    assert "The file holds 6 messages" in second
    assert "recalled: memory 'Bo: My dog is called Biscuit.'" in second
    assert re.search(r"Ada: \S+", second)


def test_the_readmes_example_runs(offline_environment: dict[str, str], tmp_path: Path) -> None:
    output = _python("-c", BLOCKS[0], environment=offline_environment, folder=tmp_path)

    assert output.strip()
    assert (tmp_path / "ada.db").exists()


def test_the_readmes_test_passes(offline_environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "test_readme.py").write_text(next(block for block in BLOCKS if "def test_" in block), encoding="utf-8")

    plugins = ("-p", "no:cacheprovider", "-p", "pytest_julep_local")  # which loads by itself where it is installed
    output = _python("-m", "pytest", "-q", *plugins, environment=offline_environment, folder=tmp_path)

    assert "1 passed" in output


def test_an_agent_answers_from_its_docs_in_json_and_by_a_tool(tmp_path: Path) -> None:
    with Client(path=tmp_path / "real.db") as client:
        agent = client.agents.create(
            name="Ada",
            instructions=["Answer in one short sentence."],
            docs=[{"title": "Ferry", "content": "The ferry to Heron Island leaves at 9:15. A ticket costs 6 euros."}],
            default_settings={"temperature": 0, "max_tokens": 40},
        )
        session = client.sessions.create(agent_id=agent.id).id
        question = [{"role": "user", "content": "When does the ferry to Heron Island leave?"}]
        weather = {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tells the weather of a city",
                "parameters": {
                    "type": "object",
                    "properties": {"city": {"type": "string", "maxLength": 20}},
                    "required": ["city"],
                },
            },
        }
        schema = {
            "type": "object",
            "properties": {"hour": {"type": "integer", "minimum": 0, "maximum": 23}},
            "required": ["hour"],
            "additionalProperties": False,
        }

        answered = client.sessions.chat(session_id=session, messages=question)
        in_json = client.sessions.chat(
            session_id=session, messages=question, response_format={"type": "json_object", "schema": schema}
        )
        called = client.sessions.chat(
            session_id=session,
            messages=[{"role": "user", "content": "What is the weather in Paris?"}],
            tools=[weather],
            tool_choice={"type": "function", "function": {"name": "weather"}},
        )

    assert "9:15" in str(answered.response[0][0].content)
    assert answered.doc_ids.agent_doc_ids
    assert answered.context is not None
    assert sum(answered.context.parts.values()) == answered.context.prompt_tokens
    assert re.fullmatch(r'\{"hour": ?\d+\}', str(in_json.response[0][0].content))
    assert called.finish_reason == "tool_calls"
    assert called.response[0][0].role == "function_call"
    assert called.tool_calls is not None
    assert called.tool_calls[0].name == "weather"
