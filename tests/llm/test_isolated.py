"""A model in a process of its own: the same answers, and whatever happens to that process is an error and no more."""

import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from julep_local import Client
from julep_local._mirror import stopped_by
from julep_local.errors import (
    Cancelled,
    ClientClosed,
    ContextOverflow,
    InvalidInput,
    ModelBroken,
    ModelCrashed,
    ModelMissing,
)
from julep_local.llm import worker_process
from julep_local.llm.base import (
    ChatModel,
    Constraint,
    Conversation,
    Delta,
    Finish,
    Prompt,
    PromptMessage,
    Sampling,
    ToolSpec,
)
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder
from tests.talk import answer, history, new_session, say

LATEST_S = 3.0
"""On a machine that does other work; benchmarks/isolation.py has the figures of a quiet one."""
ENDLESS = Sampling(temperature=0, max_tokens=900, logit_bias={0: -100.0, 2: -100.0})
TOOLS = (ToolSpec("weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}}),)


@pytest.fixture(scope="module")
def isolated(gguf: Path) -> Iterator[IsolatedModel]:
    model = IsolatedModel(gguf, context_tokens=2048, threads=1)
    yield model
    model.close()


@pytest.fixture
def own(gguf: Path) -> Iterator[IsolatedModel]:
    """One that a test may break."""
    model = IsolatedModel(gguf, context_tokens=1024, threads=1)
    yield model
    model.close()


def user(text: str) -> PromptMessage:
    return PromptMessage("user", text, part="input")


def said(model: ChatModel, prompt: Prompt, sampling: Sampling) -> tuple[str, Finish]:
    *pieces, finish = model.generate(prompt, sampling)
    assert isinstance(finish, Finish)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta)), finish


def pid(model: IsolatedModel) -> int:
    worker = model._engine.owned
    assert worker is not None
    return worker.pid


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()


def eventually(what: Callable[[], bool], within_s: float = 20) -> bool:
    until = time.monotonic() + within_s
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


# -- the same answers


def test_it_is_a_chat_model_with_the_same_facts(isolated: IsolatedModel, model: LlamaCppModel) -> None:
    assert isinstance(isolated, ChatModel)
    for fact in ("name", "context_tokens", "calls_tools", "memory_tier"):
        assert getattr(isolated, fact) == getattr(model, fact)


def test_prompts_are_the_same(isolated: IsolatedModel, model: LlamaCppModel) -> None:
    messages = [PromptMessage("system", "Be brief. <|im_end|>", part="situation"), user("Wie geht's? 🙂")]
    carried_on = [*messages, PromptMessage("assistant", "Well, ")]

    for options in ({}, {"tools": TOOLS}, {"tools": TOOLS, "tool_choice": ("named", "weather")}, {"exact": True}):
        assert isolated.prompt(messages, **options) == model.prompt(messages, **options)  # type: ignore[arg-type]
    assert isolated.prompt(carried_on, continues=True) == model.prompt(carried_on, continues=True)
    assert isolated.text_prompt("Once upon") == model.text_prompt("Once upon")


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0, max_tokens=24),
        Sampling(temperature=1.0, seed=7, max_tokens=24, top_p=0.9, frequency_penalty=0.5, length_penalty=1.5),
        Sampling(temperature=0, max_tokens=24, logit_bias={260: -100.0, 28: 5.0}),
        Sampling(temperature=0, max_tokens=60, stop=("sea",)),
        Sampling(
            temperature=0,
            max_tokens=40,
            constraint=Constraint(
                "json_schema",
                {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "maxProperties": 1},
            ),
        ),
        Sampling(temperature=0, max_tokens=40, constraint=Constraint("regex", pattern="[a-z]{5} [0-9]{3}")),
    ],
    ids=["greedy", "seed", "bias", "stop", "json", "pattern"],
)
def test_settings_have_the_same_effect(isolated: IsolatedModel, model: LlamaCppModel, sampling: Sampling) -> None:
    messages = [user(f"Tell me about the sea, {sampling.max_tokens} {sampling.seed}.")]
    here, there = (said(each, each.prompt(messages, exact=True), sampling) for each in (model, isolated))

    assert there[0] == here[0]
    assert (there[1].reason, there[1].completion_tokens) == (here[1].reason, here[1].completion_tokens)


def test_a_tool_is_called_the_same_way(isolated: IsolatedModel, model: LlamaCppModel) -> None:
    options: Any = {"tools": TOOLS, "tool_choice": ("named", "weather"), "exact": True}
    here, there = (
        said(each, each.prompt([user("Is it raining in Rome?")], **options), Sampling(temperature=0, max_tokens=40))
        for each in (model, isolated)
    )

    assert there[1].tool_calls == here[1].tool_calls != ()


def test_errors_are_the_same_and_come_before_the_first_piece(isolated: IsolatedModel) -> None:
    prompt = isolated.prompt([user("Hello")])

    with pytest.raises(InvalidInput) as caught:
        isolated.generate(prompt, Sampling(logit_bias={10_000_000: 1.0}))
    assert caught.value.field.startswith("logit_bias")
    with pytest.raises(ContextOverflow) as overflow:
        isolated.generate(isolated.prompt([user("word " * 3000)]), Sampling())
    assert overflow.value.prompt_tokens > overflow.value.context_tokens == 2048


def test_the_kv_cache_is_reused_over_turns(isolated: IsolatedModel) -> None:
    messages = [PromptMessage("system", "You are Ada. " * 40, part="situation")]
    read = 0
    for i in range(3):
        messages.append(user(f"Question {i}?"))
        prompt = isolated.prompt(messages)
        text, finish = said(isolated, prompt, Sampling(temperature=1, seed=i, max_tokens=6))

        assert finish.cached_tokens >= read - 1
        read = finish.prompt_tokens + finish.completion_tokens
        messages.append(PromptMessage("assistant", text))


def test_what_was_read_outlives_the_process(own: IsolatedModel, tmp_path: Path) -> None:
    messages = [PromptMessage("system", "You are Ada. " * 40, part="situation"), user("Hello?")]
    prompt = own.prompt(messages)
    conversation = Conversation("moon", str(tmp_path / "kv"))
    asked = Prompt(prompt.messages, prompt.tokens, prompt.parts, marks=prompt.marks, conversation=conversation)
    said(own, asked, Sampling(temperature=0, max_tokens=4))
    first = pid(own)

    assert own.unload(20)
    _, finish = said(own, asked, Sampling(temperature=0, max_tokens=4))

    assert not is_alive(first)
    assert finish.cached_tokens >= len(prompt.tokens) - 2


# -- crashes


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_an_error_and_the_next_call_works(own: IsolatedModel, number: int) -> None:
    prompt = own.prompt([user("Tell me a story.")])
    pieces = own.generate(prompt, ENDLESS)
    next(pieces)

    os.kill(pid(own), number)

    with pytest.raises(ModelCrashed, match=signal.Signals(number).name) as caught:
        list(pieces)
    assert "Nothing of this turn was recorded" in str(caught.value)
    assert said(own, own.prompt([user("Hello")]), Sampling(max_tokens=2))[1].completion_tokens == 2


def test_a_crash_between_two_calls_is_not_noticed(own: IsolatedModel) -> None:
    assert own.context_tokens == 1024
    gone = pid(own)

    os.kill(gone, signal.SIGKILL)

    assert eventually(lambda: not own.is_loaded)
    assert own.prompt([user("Hello")]).tokens
    assert pid(own) != gone


def test_a_process_that_no_longer_moves_is_an_error(own: IsolatedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = own.generate(own.prompt([user("Tell me a story.")]), ENDLESS)
    next(pieces)
    monkeypatch.setattr(worker_process, "SILENT_S", 0.3)

    os.kill(pid(own), signal.SIGSTOP)

    with pytest.raises(ModelCrashed, match="said nothing"):
        list(pieces)
    monkeypatch.undo()
    assert own.prompt([user("Hello")]).tokens


def test_a_process_that_lies_is_ended(own: IsolatedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = own.prompt([user("Hello")])
    worker = own._engine.owned
    assert worker is not None
    call = worker.call(lambda id: worker_process.wire.Generate(id, prompt, ENDLESS, "chat"))
    call.next()

    # to be asked for a second model is what no worker is prepared for, and it says so by ending
    assert worker._process.stdin is not None
    worker._process.stdin.write(b"\xff" * 64)
    worker._process.stdin.flush()

    with pytest.raises(ModelCrashed):
        call.next()


def test_nothing_of_a_turn_that_crashed_is_recorded(gguf: Path, tmp_path: Path) -> None:
    model = IsolatedModel(gguf, context_tokens=1024, threads=1)
    with Client(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
        session = new_session(client)
        client.sessions.chat(session_id=session, messages=say("One."), max_tokens=2, remember=False, record=True)
        before = history(client, session)
        stream = client.sessions.chat(
            session_id=session, messages=say("Two."), max_tokens=400, logit_bias={"0": -100, "2": -100}, stream=True,
            remember=False, record=True,
        )  # fmt: skip
        pieces = iter(stream)
        next(pieces)
        os.kill(pid(model), signal.SIGKILL)
        with pytest.raises(ModelCrashed):
            list(pieces)
        assert history(client, session) == before

        client.sessions.chat(session_id=session, messages=say("Two."), max_tokens=2, remember=False, record=True)
        assert len(history(client, session)) == len(before) + 2
    model.close()


def test_a_file_that_cannot_be_loaded_says_why(gguf: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    with gguf.open("rb") as whole:
        damaged.write_bytes(whole.read(3_000_000))
    model = IsolatedModel(damaged)

    with pytest.raises(ModelBroken, match="damaged.gguf"):
        model.prompt([user("x")])
    assert not model.is_loaded
    model.close()


def test_a_file_that_is_gone_when_the_process_starts_is_the_error_that_it_is(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as a crash, with the last line of the process's words."""
    file = tmp_path / "model.gguf"
    shutil.copy(gguf, file)
    model = IsolatedModel(file, trusted=True)
    start = worker_process.start

    def remove_and_start(*args: Any, **given: Any) -> Any:
        file.unlink()
        return start(*args, **given)

    monkeypatch.setattr(worker_process, "start", remove_and_start)
    with pytest.raises(ModelMissing, match="model.gguf"):
        model.prompt([user("x")])
    model.close()


def test_what_cannot_be_given_to_the_process_does_not_end_it(own: IsolatedModel) -> None:
    deep: Any = "the end"
    for _ in range(230):
        deep = {"properties": deep}
    first = own.prompt([user("Hello")])
    process = pid(own)

    with pytest.raises(InvalidInput, match="cannot be given"):
        own.prompt([user("Hello")], tools=[ToolSpec("look", "Look.", deep)])
    with pytest.raises(InvalidInput, match="cannot be given"):
        list(own.generate(first, Sampling(temperature=math.inf, max_tokens=2)))

    assert said(own, first, Sampling(max_tokens=2))[1].completion_tokens == 2
    assert pid(own) == process


# -- leaving


@pytest.mark.parametrize("phase", ["loading", "reading", "answering"])
def test_a_call_that_is_cancelled_ends_at_once_and_the_next_one_works(own: IsolatedModel, phase: str) -> None:
    prompt = None if phase == "loading" else own.prompt([user(f"{'word ' * 900 if phase == 'reading' else ''}Go on.")])
    stop, begun, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        try:
            if prompt is None:
                own.prompt([user("x")])
            else:
                for _ in own.generate(prompt, ENDLESS):
                    pass
        except Cancelled:
            ended.append(time.monotonic())

    thread = threading.Thread(target=stopped_by(stop).run, args=(work,))
    thread.start()
    begun.wait(5)
    time.sleep(0.2)
    stopped_at = time.monotonic()
    stop.set()
    thread.join(30)

    assert ended, "it was not cancelled"
    assert ended[0] - stopped_at < LATEST_S
    assert said(own, own.prompt([user("Hello")]), Sampling(max_tokens=2))[1].completion_tokens == 2


@pytest.mark.parametrize("leaving", ["close", "drop", "never begun"])
def test_an_iterator_that_is_left_lets_the_model_be_unloaded(own: IsolatedModel, leaving: str) -> None:
    pieces: Any = own.generate(own.prompt([user("Tell me a story.")]), ENDLESS)
    if leaving != "never begun":
        next(pieces)
    if leaving == "close":
        pieces.close()
    del pieces

    assert own.unload(20)


def test_closing_ends_a_generation_and_the_process(own: IsolatedModel) -> None:
    pieces = own.generate(own.prompt([user("Tell me a story.")]), ENDLESS)
    next(pieces)
    number = pid(own)

    own.close()

    with pytest.raises(ClientClosed):
        list(pieces)
    assert not is_alive(number)
    with pytest.raises(ClientClosed):
        own.prompt([user("x")])


def test_unloading_ends_the_process_and_it_is_started_again(own: IsolatedModel) -> None:
    own.prompt([user("x")])
    number = pid(own)

    assert own.unload(20)

    assert not is_alive(number)
    assert own.prompt([user("x")]).tokens


ENDINGS = {
    "return": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "exception": ("1 / 0", 1),
    "os._exit": ("os._exit(4)", 4),
    "SIGKILL": ("os.kill(os.getpid(), 9)", -9),
    "SIGTERM": ("os.kill(os.getpid(), 15)", -15),
    "Ctrl-C": ("os.kill(os.getpid(), 2); time.sleep(9)", -2),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_ends_while_it_generates_leaves_no_process_behind(gguf: Path, ending: str) -> None:
    code, status = ENDINGS[ending]
    program = f"""
import os, signal, sys, threading, time
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.isolated import IsolatedModel
signal.signal(signal.SIGINT, signal.default_int_handler)
model = IsolatedModel({str(gguf)!r}, context_tokens=1024, threads=1)
prompt = model.prompt([PromptMessage("user", "Tell me a long story.")])
begun = threading.Event()
def work():
    for event in model.generate(prompt, Sampling(max_tokens=900, logit_bias={{2: -100.0}})):
        begun.set()
threading.Thread(target=work, daemon=True).start()
begun.wait(60)
print(model._engine.owned.pid, flush=True)
{code}
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False)

    assert ended.returncode == status, ended.stderr
    assert eventually(lambda: not is_alive(int(ended.stdout)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_a_process_that_was_forked_off_leaves_the_model_to_its_parent(gguf: Path) -> None:
    program = f"""
import os, sys
from julep_local.errors import ModelError
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.isolated import IsolatedModel
path = {str(gguf)!r}
model = IsolatedModel(path, context_tokens=512, threads=1)
prompt = model.prompt([PromptMessage("user", "Hello!")])
pieces = model.generate(prompt, Sampling(max_tokens=60, temperature=0))
next(pieces)
child = os.fork()
if child == 0:
    status = 1
    try:
        model.context_tokens
    except ModelError as error:
        status = 0 if "does not survive fork" in str(error) else 2
    own = IsolatedModel(path, context_tokens=512, threads=1)
    assert own.prompt([PromptMessage("user", "Hello!")]).tokens == prompt.tokens
    own.close()
    os._exit(status)
rest = list(pieces)
print(os.waitpid(child, 0)[1], rest[-1].reason, flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False)

    assert ended.stdout.startswith("0 "), ended.stdout + ended.stderr
    assert ended.returncode == 0


# -- how it is opened


@pytest.mark.julep_allow_models
def test_a_client_runs_its_model_in_a_process_of_its_own(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {}
    for isolate in (False, True):
        options: dict[str, Any] = {"path": tmp_path / f"{isolate}.db", "model": str(gguf), "embedder": HashEmbedder()}
        if isolate:
            monkeypatch.setenv("JULEP_LOCAL_ISOLATE", "1")
        monkeypatch.setenv("JULEP_LOCAL_CONTEXT_TOKENS", "1024")
        with Client(**options) as client:
            model = client._api_client._runtime.chat_model()
            assert isinstance(model, IsolatedModel if isolate else LlamaCppModel)
            session = new_session(client)
            texts[isolate] = answer(
                client.sessions.chat(session_id=session, messages=say("Hello?"), temperature=0, max_tokens=12)
            )
            assert client.models.unload() == [model.name]

    assert texts[True] == texts[False]


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from julep_local.settings import read_settings

    assert not read_settings().isolate
    assert read_settings(isolate=True).isolate
    monkeypatch.setenv("JULEP_LOCAL_ISOLATE", "yes")
    assert read_settings().isolate
    assert not read_settings(isolate=False).isolate
    monkeypatch.setenv("JULEP_LOCAL_ISOLATE", "maybe")
    with pytest.raises(ValueError, match="JULEP_LOCAL_ISOLATE"):
        read_settings()


def test_a_frozen_program_is_its_own_worker(gguf: Path, tmp_path: Path) -> None:
    """A script stands for the executable: it is started with arguments of its own, and none of Python's."""
    executable = tmp_path / "program"
    executable.write_text(
        f"""#!{sys.executable}
import sys
sys.frozen = True
sys.executable = __file__
sys.path[:] = {sys.path!r}
from julep_local.llm.frozen import freeze_support
if "early" in sys.argv or "--julep-local-worker" in sys.argv:
    freeze_support()
from julep_local.errors import ModelError
from julep_local.llm.base import PromptMessage
import multiprocessing
multiprocessing.set_executable(__file__)
from julep_local.llm.isolated import IsolatedModel
try:
    model = IsolatedModel({str(gguf)!r}, context_tokens=256, threads=1)
    print(len(model.prompt([PromptMessage("user", "Hello!")]).tokens))
    model.close()
except ModelError as error:
    print(error)
"""
    )
    executable.chmod(0o755)

    ready = subprocess.run([executable, "early"], capture_output=True, text=True, timeout=60, check=False)
    late = subprocess.run([executable], capture_output=True, text=True, timeout=60, check=False)

    assert int(ready.stdout) > 5, ready.stderr
    assert "freeze_support() first in its main module" in late.stdout
