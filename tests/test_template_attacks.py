"""Templates that were written to take all time or memory, or to get out, end in errors wherever they stand.

How long they take, and how much memory, the torture runs measure. Here a rendering may take a second of processor
time, and a process that renders all of them 64 MB.
"""

import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from julep_local import Client
from julep_local.errors import InvalidInput, ModelBroken
from julep_local.llm.base import PromptMessage
from julep_local.llm.chat_template import ChatTemplate
from julep_local.sandbox import compile_template
from tests.talk import say, shown_text
from tests.template_payloads import BOMBS, ESCAPES, ORDINARY, SECRETS, VARIABLES
from tests.templates_made import templates

HARMLESS = {"a tower", "doubling with escape", "doubling with urlencode"}
"""They grow slowly, and end by themselves."""
SMALL = {name: source for name, source in BOMBS.items() if len(source) <= 65_536}


def attempted(source: str, *, chat: bool = False) -> str:
    """Return what a template printed, nothing if it was refused; what it was given is unchanged."""
    variables = copy.deepcopy(VARIABLES)
    try:
        return compile_template(source, what="situation", chat=chat).render(variables)
    except InvalidInput as error:
        if error.field != "situation":
            raise AssertionError(f"the error names {error.field}") from error
        return ""
    finally:
        if variables != VARIABLES:
            raise AssertionError(f"{source[:100]} changed what it was given")


@pytest.mark.parametrize("chat", [False, True], ids=["session", "chat template"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str, chat: bool) -> None:
    begun = time.thread_time()

    text = attempted(BOMBS[name], chat=chat)

    assert time.thread_time() - begun < 10
    assert len(text) == 0 or name in HARMLESS


MEMORY_CODE = """
import json, resource, sys
from julep_local.errors import InvalidInput
from julep_local.sandbox import compile_template
compile_template("{{ arrow.get(0)|string|tojson }}", what="warm up").render()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), resource.RLIM_INFINITY))
failed = []
for name, source in json.load(sys.stdin).items():
    for chat in (False, True):
        try:
            compile_template(source, what="x", chat=chat).render()
        except InvalidInput as error:
            if isinstance(error.__cause__, MemoryError):
                failed.append(name)
print(json.dumps(failed))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_all_bombs_together_do_with_64_megabytes() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MEMORY_CODE], input=json.dumps(SMALL), capture_output=True, text=True, timeout=110
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == []


@pytest.mark.parametrize("chat", [False, True], ids=["session", "chat template"])
@pytest.mark.parametrize("name", ESCAPES)
def test_nothing_gets_out(name: str, chat: bool) -> None:
    text = attempted(ESCAPES[name], chat=chat)

    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_templates_come_out_as_from_jinja2_itself(name: str) -> None:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    plain = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(ORDINARY[name])

    assert compile_template(ORDINARY[name], what="situation").render(VARIABLES) == plain.render(VARIABLES)


@settings(max_examples=60, deadline=None)
@given(templates())
def test_no_template_of_such_pieces_runs_away(source: str) -> None:
    """python -m tests.torture f makes them for half an hour."""
    begun = time.thread_time()

    attempted(source, chat=len(source) % 2 == 0)

    assert time.thread_time() - begun < 10


# -- each place where a template can stand


@pytest.mark.parametrize("place", ["situation", "about", "instructions"])
def test_in_every_text_of_a_session_bombs_are_errors_and_nothing_is_recorded(
    place: str, make_client: Callable[..., Client]
) -> None:
    client = make_client()
    went_off = []
    for name, bomb in {**SMALL, **ESCAPES}.items():
        agent: dict[str, object] = {"about": bomb} if place == "about" else {}
        agent |= {"instructions": [bomb]} if place == "instructions" else {}
        begun = time.thread_time()
        try:
            agent_id = client.agents.create(name="Ada", **agent).id  # type: ignore[arg-type]
            situation = bomb if place == "situation" else "A harbour."
            session = client.sessions.create(agent_id=agent_id, situation=situation, render_templates=True)
        except InvalidInput:
            continue
        try:
            client.sessions.chat(session_id=session.id, messages=say("Hello"), remember=False, record=True)
        except InvalidInput:
            assert client.sessions.history(session_id=session.id) == []
        if time.thread_time() - begun > 10:
            went_off.append(name)

    assert not went_off


def test_in_a_models_own_chat_template_bombs_are_a_broken_model() -> None:
    went_off = []
    for name, bomb in {**SMALL, **ESCAPES}.items():
        begun = time.thread_time()
        try:
            ChatTemplate(bomb, bos="<s>", eos="</s>").pieces([PromptMessage("user", "Hello")])
        except (ModelBroken, InvalidInput):
            pass
        if time.thread_time() - begun > 10:
            went_off.append(name)

    assert not went_off


def test_texts_that_are_no_templates_are_shown_as_they_stand(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    from julep_local.testing import ScriptedModel

    model = ScriptedModel(lambda prompt: "ok")
    client = make_client(model=model)
    bomb = "{{ 'A' * 10**10 }}"
    tool = {"type": "function", "function": {"name": "t", "description": bomb, "parameters": {"type": "object"}}}
    agent = client.agents.create(name="Ada", docs=[{"title": bomb, "content": bomb}])
    session = client.sessions.create(agent_id=agent.id, situation="A harbour.", render_templates=True)

    client.sessions.chat(session_id=session.id, messages=say(f"What is {bomb}?"), tools=[tool])

    assert bomb in shown_text(model)
    assert model.prompts[-1].tools[0].description == bomb
