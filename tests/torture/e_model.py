"""E: the model is cancelled, left, shared, filled, damaged, starved and killed. Nothing of it may end the program."""

import contextlib
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from julep_local import Client
from julep_local.errors import ApiError, Cancelled, ContextOverflow, ModelChanged, ModelCrashed
from julep_local.llm import probe
from julep_local.llm.base import Finish, Prompt, PromptMessage, Sampling
from julep_local.llm.catalog import find_chat_model
from julep_local.llm.gguf_model import GgufModel
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder
from tests.llm import test_control_tokens as control_tokens
from tests.llm import test_model_files as model_files
from tests.llm.vocabularies import CONTROL_TOKENS, TEMPLATES, tiny_model
from tests.torture.experiment import Experiment, Outcome
from tests.torture.patience import allowed

KINDS: list[type[Any]] = [LlamaCppModel, IsolatedModel]
ENDLESS: Any = {"max_tokens": 400, "logit_bias": {"0": -100, "2": -100}, "remember": False, "record": True}
SLOWEST_ANSWERING_MS, SLOWEST_READING_MS, SLOWEST_EXIT_S, SLOWEST_VERDICT_S = 250, 500, 3.0, 10.0
SLOWEST_RUNAWAY_S = 2.0


def _say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _ask(text: str) -> list[PromptMessage]:
    return [PromptMessage("user", text, part="input")]


@contextlib.contextmanager
def _model(kind: type[Any], path: Path | None = None, **given: Any) -> Iterator[Any]:
    given = {"context_tokens": 2048, "threads": 1, "trusted": True, **given}
    model = kind(path or find_chat_model()[1], **given)
    try:
        yield model
    finally:
        model.close()


@contextlib.contextmanager
def _client(folder: Path, model: GgufModel[Any]) -> Iterator[Client]:
    with Client(path=folder / "julep.db", model=model, embedder=HashEmbedder()) as client:
        yield client
    for file in folder.glob("julep.db*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()


def _is_whole(client: Client, session: str) -> bool:
    roles = [message.role.value for message in client.sessions.history(session_id=session, limit=10_000)]
    return roles == ["user", "assistant"] * (len(roles) // 2)


def cancels(n: int, folder: Path) -> Outcome:
    """A turn is cancelled while it reads or answers: it ends at once, nothing is recorded, the next one is right."""
    outcome, took = Outcome(0), {"answering": [0.0], "reading": [0.0]}
    for kind in KINDS:
        with _model(kind) as model, _client(folder, model) as client:
            agent = client.agents.create(name="Ada").id
            session = client.sessions.create(agent_id=agent).id
            right = client.sessions.chat(
                session_id=session, messages=_say("Hello"), max_tokens=3, seed=1, remember=False
            )
            for i in range(-(-n // len(KINDS))):
                phase = "reading" if i % 2 else "answering"
                text = f"{i} " + "The harbour has seven quays, each with a lamp. " * (110 if phase == "reading" else 1)
                took[phase].append(_cancelled(client, session, text, 0.15 + (i % 5) * 0.05, outcome))
                outcome.n += 1
                limit = SLOWEST_READING_MS if phase == "reading" else SLOWEST_ANSWERING_MS
                if took[phase][-1] > allowed(limit):
                    outcome.wrong.append(f"{kind.__name__} {phase}: {took[phase][-1]:.0f} ms")
                if not _is_whole(client, session):
                    outcome.wrong.append(f"{kind.__name__} {phase}: half a turn was recorded")
                other = client.sessions.create(agent_id=agent).id
                again = client.sessions.chat(
                    session_id=other, messages=_say("Hello"), max_tokens=3, seed=1, remember=False
                )
                if again.response[0][0].content != right.response[0][0].content:
                    outcome.wrong.append(f"{kind.__name__} {phase}: the next answer was another one")
    outcome.seen = ", ".join(f"{phase} at most {max(each):.0f} ms" for phase, each in took.items())
    return outcome


def _cancelled(client: Client, session: str, text: str, after_s: float, outcome: Outcome) -> float:
    """Return the milliseconds from cancelling a turn to its end."""
    ended: list[float] = []

    def chat() -> None:
        try:
            client.sessions.chat(session_id=session, messages=_say(text), **ENDLESS)
        except Cancelled:
            ended.append(time.perf_counter())

    thread = threading.Thread(target=chat)
    thread.start()
    time.sleep(after_s)
    begun = time.perf_counter()
    client.sessions.cancel(session)
    thread.join()
    if not ended:
        outcome.wrong.append("it was not cancelled")
        return 0.0
    return 1000 * (ended[0] - begun)


ENDINGS: dict[str, tuple[str, int]] = {
    "return": ("", 0),
    "sys.exit": ("sys.exit(3)", 3),
    "exception": ("1 / 0", 1),
    "atexit": ("import atexit; atexit.register(lambda: None); sys.exit(5)", 5),
    "SIGTERM": ("os.kill(os.getpid(), 15); time.sleep(9)", -15),
    "SIGTERM handled": ("signal.signal(15, lambda *_: sys.exit(7)); os.kill(os.getpid(), 15); time.sleep(9)", 7),
    "Ctrl-C": ("os.kill(os.getpid(), 2); time.sleep(9)", -2),
    "close": ("model.close()", 0),
}
PROGRAM = """
import os, signal, sys, threading, time
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.{module} import {kind}
signal.signal(signal.SIGINT, signal.default_int_handler)
model = {kind}({path!r}, context_tokens=1024, threads=1, trusted=True)
prompt = model.prompt([PromptMessage("user", "Tell me a long story.")])
begun = threading.Event()
def work():
    for event in model.generate(prompt, Sampling(max_tokens=900, logit_bias={{0: -100.0, 2: -100.0}})):
        begun.set()
threading.Thread(target=work, daemon=True).start()
begun.wait(60)
owned = model._engine.owned
print(getattr(owned, "pid", 0), time.monotonic(), flush=True)
{ending}
"""


def exits(n: int, folder: Path) -> Outcome:
    """A program ends while a daemon thread generates: with the right status, soon, and leaving nothing behind."""
    outcome, slowest = Outcome(0), 0.0
    cases = [(kind, ending) for ending in ENDINGS for kind in KINDS]
    for i in range(n):
        kind, ending = cases[i % len(cases)]
        module = kind.__module__.rpartition(".")[2]
        code, status = ENDINGS[ending]
        program = PROGRAM.format(module=module, kind=kind.__name__, path=str(find_chat_model()[1]), ending=code)
        ended = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
        )
        at = time.monotonic()
        outcome.n += 1
        if ended.returncode != status:
            outcome.wrong.append(
                f"{kind.__name__} {ending}: {ended.returncode} instead of {status}: {ended.stderr[-200:]}"
            )
            continue
        pid, begun = ended.stdout.split()
        slowest = max(slowest, at - float(begun))
        if at - float(begun) > allowed(SLOWEST_EXIT_S):
            outcome.wrong.append(f"{kind.__name__} {ending}: took {at - float(begun):.1f} s")
        if int(pid) and not _gone(int(pid)):
            outcome.wrong.append(f"{kind.__name__} {ending}: the model's process is still there")
    outcome.seen = f"at most {slowest:.1f} s"
    return outcome


def _gone(pid: int, within_s: float = 3.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def threads(n: int, folder: Path) -> Outcome:
    """Eight threads chat on one model at once; each answer is the one that it would be alone."""
    outcome = Outcome(0)
    sampling = Sampling(temperature=0, max_tokens=12)
    for kind in KINDS:
        with _model(kind) as model:
            prompts = [model.prompt(_ask(f"Tell me of the number {i}."), exact=True) for i in range(8)]
            alone = [_text(model, prompt, sampling) for prompt in prompts]
            for _ in range(-(-n // len(KINDS) // 8)):
                together = [""] * 8

                def work(
                    i: int, together: list[str] = together, prompts: list[Prompt] = prompts, model: Any = model
                ) -> None:
                    together[i] = _text(model, prompts[i], sampling)

                running = [threading.Thread(target=work, args=(i,)) for i in range(8)]
                for thread in running:
                    thread.start()
                for thread in running:
                    thread.join()
                outcome.n += 8
                outcome.wrong += [
                    f"{kind.__name__}: {a!r} alone, {b!r} together"
                    for a, b in zip(alone, together, strict=True)
                    if a != b
                ]
    return outcome


def _text(model: Any, prompt: Prompt, sampling: Sampling) -> str:
    return "".join(each.text for each in model.generate(prompt, sampling) if not isinstance(each, Finish))


class _Noting(LlamaCppModel):
    asked: Prompt | None = None

    def generate(self, prompt: Prompt, *args: Any, **kwargs: Any) -> Any:
        self.asked = prompt
        return super().generate(prompt, *args, **kwargs)


def edges(n: int, folder: Path) -> Outcome:
    """Turns whose prompts end within three tokens of the window: answered within it, or `ContextOverflow`."""
    outcome, random, n_refused = Outcome(0), Random(n), 0
    with _model(_Noting, context_tokens=256) as model, _client(folder, model) as client:
        agent = client.agents.create(name="Ada", about="Stands first.").id
        session = client.sessions.create(agent_id=agent, situation="The situation.").id
        once = client.sessions.chat(session_id=session, messages=_say(" a" * 100), max_tokens=1, remember=False)
        others = once.usage.prompt_tokens - 100
        for i in range(n):
            most, over = random.choice([1, 2, 5, 30]), i % 7 - 3
            session = client.sessions.create(agent_id=agent, situation="The situation.").id
            if i % 3 == 0:
                client.sessions.chat(
                    session_id=session, messages=_say("word " * 60), max_tokens=3, remember=False, record=True
                )
            text = " a" * (256 - most - others + over)
            outcome.n += 1
            try:
                response = client.sessions.chat(
                    session_id=session, messages=_say(text), max_tokens=most, remember=False, record=False
                )
            except ContextOverflow:
                n_refused += 1
                if over <= 0:
                    outcome.wrong.append(f"refused, though {-over} tokens are left beside {most}")
                continue
            except Exception as error:
                outcome.wrong.append(f"{over} beside {most} tokens: {error!r}")
                continue
            usage, asked = response.usage, model.asked
            if over > 0 or usage.prompt_tokens + usage.completion_tokens > 256:
                outcome.wrong.append(f"{usage.prompt_tokens} + {usage.completion_tokens} tokens in a window of 256")
            if asked.messages[-1].content != text or "The situation." not in asked.messages[0].content:
                outcome.wrong.append("the situation or the newest message was dropped")
    outcome.seen = f"{n_refused} of them refused"
    return outcome


def runaways(n: int, folder: Path) -> Outcome:
    """A model that cannot end its answer is ended by the number of tokens, or by the clock."""
    outcome, latest = Outcome(0), 0.0
    forbidden = {0: -100.0, 2: -100.0}
    for kind in KINDS:
        with _model(kind, context_tokens=8192, answer_s=1.0) as model:
            prompt = model.prompt(_ask("Tell me a story."))
            for i in range(-(-n // len(KINDS))):
                most = 10 + i if i % 2 else 100_000
                pieces = model.generate(prompt, Sampling(max_tokens=most, logit_bias=forbidden))
                next(pieces)
                begun = time.monotonic()
                *_, finish = pieces
                took = time.monotonic() - begun
                latest = max(latest, took)
                outcome.n += 1
                if finish.reason != "length" or finish.completion_tokens > most or took > allowed(SLOWEST_RUNAWAY_S):
                    outcome.wrong.append(f"{kind.__name__}: {finish} after {took:.1f} s")
    outcome.seen = f"with a cap of 1 s at most {latest:.2f} s"
    return outcome


def mutants(n: int, folder: Path, first: int = 1000) -> Outcome:
    """Damaged model files are tried; those that pass are loaded here and asked. This process never dies."""
    outcome, whole = Outcome(0), find_chat_model()[1]
    slowest, verdicts = 0.0, {"refused": 0, "loaded": 0, "crashed or hung in the trial": 0}
    for seed in range(n):
        file = model_files.mutant(whole, folder / "mutant.gguf", first + seed)
        begun = _children_s()
        try:
            probe._try(file, lambda: True)
        except ApiError as error:
            harm = "tried in a process of its own" in str(error)
            verdicts["crashed or hung in the trial" if harm else "refused"] += 1
        except Exception as error:
            outcome.wrong.append(f"mutant {seed}: {error!r}")
        else:
            verdicts["loaded"] += 1
            try:
                with _model(LlamaCppModel, file, context_tokens=256) as model:
                    list(model.generate(model.text_prompt("Hello"), Sampling(max_tokens=3)))
            except ApiError:
                pass
            except Exception as error:
                outcome.wrong.append(f"mutant {seed}, loaded: {error!r}")
        took = _children_s() - begun  # of processor time: the machine may be doing other things
        slowest = max(slowest, took)
        if took > allowed(SLOWEST_VERDICT_S):
            outcome.wrong.append(f"mutant {seed}: the verdict took {took:.1f} s")
        outcome.n += 1
        gc.collect()
    outcome.seen = f"{', '.join(f'{n} {what}' for what, n in verdicts.items())}; slowest {slowest:.1f} s"
    return outcome


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tokens(n: int, folder: Path) -> Outcome:
    """The name of each control token of seven tokenizers, in each place that others can write to."""
    outcome = Outcome(0)
    families = [*CONTROL_TOKENS, "smollm2-135m-instruct", "gemma-3-270m"]
    for family in families:
        path = tiny_model(folder / f"{family}.gguf", family) if family in CONTROL_TOKENS else find_chat_model(family)[1]
        template = TEMPLATES["gemma"] if family == "gemma-3-270m" else None
        with _model(LlamaCppModel, path, chat_template=template) as model:
            known = control_tokens.names(model)
            plain = control_tokens.controls(model, *control_tokens.conversation("x"))
            for name in known[:n]:
                text = f"{name}\n{name}system {name}"
                outcome.n += 1
                if control_tokens.controls(model, *control_tokens.conversation(text)) != plain:
                    outcome.wrong.append(f"{family}: {name}")
    return outcome


CHANGES = [model_files.truncate, model_files.overwrite, model_files.overwrite_unseen, model_files.replace]
CHANGES += [model_files.delete]


def changes(n: int, folder: Path) -> Outcome:
    """The file of a loaded model changes, between two turns and during one, each time in a program of its own.

    Cut short during an answer it may end that program by SIGBUS, if the model is in it: what is mapped is gone.
    """
    outcome, n_ended = Outcome(0), 0
    for i in range(n):
        change, kind, during = CHANGES[i % len(CHANGES)], KINDS[i // len(CHANGES) % 2], i // len(CHANGES) % 4 >= 2
        shutil.copy(find_chat_model()[1], folder / "model.gguf")
        call = f"change({str(folder)!r}, {CHANGES.index(change)}, {KINDS.index(kind)}, {during})"
        ended = subprocess.run(
            [sys.executable, "-c", f"from tests.torture import e_model; print(e_model.{call})"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        outcome.n += 1
        may_end = during and change is model_files.truncate and kind is LlamaCppModel
        if may_end and ended.returncode == -signal.SIGBUS:
            n_ended += 1
        elif ended.returncode or ended.stdout.strip():
            when = "during" if during else "between"
            said = ended.stdout.strip() or f"status {ended.returncode} {ended.stderr[-300:]}"
            outcome.wrong.append(f"{kind.__name__} {change.__name__} {when}: {said}")
        (folder / "model.gguf").unlink(missing_ok=True)
    outcome.seen = f"{n_ended} times the file was cut short in a moment that ends the program"
    return outcome


def change(folder: str, change: int, kind: int, during: bool) -> str:
    """Change the file of a model that is in use, and return what is wrong about how that is noticed."""
    file, whole = Path(folder) / "model.gguf", find_chat_model()[1]
    with _model(KINDS[kind], file, context_tokens=256) as model:
        prompt = model.prompt(_ask("Hello"))
        pieces = model.generate(prompt, Sampling(max_tokens=60, logit_bias={0: -100.0, 2: -100.0}))
        if during:
            next(pieces)
        CHANGES[change](file, whole)
        try:
            list(pieces) if during else model.prompt(_ask("Hello"))
        except ModelChanged:
            said = ""
        except ModelCrashed as error:
            said = "" if KINDS[kind] is IsolatedModel else f"{error!r} {error}"
        except Exception as error:
            said = f"{error!r} {error}"
        else:
            said = "not noticed"
        del pieces
    return said


def starved(n: int, folder: Path) -> Outcome:
    """The system allows too little memory, or just enough: loaded and asked, or refused with numbers."""
    outcome, random, said = Outcome(0), Random(n), {"loaded": 0, "refused": 0}
    for _ in range(n):
        mebibytes = random.choice([20, 100, 200, 300, 400, 500, 600, 700, 800, 1000, 2000])
        program = [sys.executable, "-c", model_files.LIMITED, "here", str(find_chat_model()[1]), str(mebibytes)]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
        outcome.n += 1
        word = ended.stdout.partition(" ")[0].strip()
        if ended.returncode or word not in said:
            outcome.wrong.append(f"{mebibytes} MiB: {ended.returncode} {ended.stdout} {ended.stderr[-300:]}")
        else:
            said[word] += 1
    outcome.seen = f"{said['loaded']} loaded, {said['refused']} refused"
    return outcome


def kills(n: int, folder: Path) -> Outcome:
    """The process of an isolated model is killed at random moments of chats: no half turn, and the next one works."""
    outcome, random = Outcome(0), Random(n)
    numbers = [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]
    with _model(IsolatedModel, context_tokens=1024) as model, _client(folder, model) as client:
        session = client.sessions.create(agent_id=client.agents.create(name="Ada").id).id
        for i in range(n):
            if i % 20 == 0:
                client.sessions.delete_history(session_id=session)
            client.sessions.chat(session_id=session, messages=_say("Hello"), max_tokens=2, remember=False, record=True)
            worker = model._engine.owned
            assert worker is not None
            killer = threading.Timer(random.random() * 0.4, os.kill, (worker.pid, random.choice(numbers)))
            killer.start()
            outcome.n += 1
            try:
                client.sessions.chat(session_id=session, messages=_say("Go on."), **ENDLESS)
            except ModelCrashed:
                pass
            except Exception as error:
                outcome.wrong.append(f"{error!r}")
            killer.join()
            if not _is_whole(client, session):
                outcome.wrong.append("half a turn was recorded")
            if not _gone(worker.pid):
                outcome.wrong.append("the process is still there")
    return outcome


def _experiment(
    letter: str, what: str, unit: str, p: int, n: int, r: int, run: Callable[[int, Path], Outcome]
) -> Experiment:
    return Experiment(letter, what, unit, {"P": p, "N": n, "R": r} if p else {"N": n, "R": r}, run)


EXPERIMENTS = [
    _experiment("E1", "a turn is cancelled while it reads or answers", "turns", 4, 50, 500, cancels),
    _experiment("E2", "a program ends while it generates", "programs", 0, 50, 500, exits),
    _experiment("E3", "eight threads chat on one model", "answers", 16, 400, 4000, threads),
    _experiment("E4", "prompts within three tokens of the window", "turns", 10, 200, 2000, edges),
    _experiment("E5", "a model that cannot end its answer", "answers", 4, 50, 200, runaways),
    _experiment("E6", "damaged model files", "files", 2, 500, 5000, mutants),
    _experiment("E7", "names of control tokens in texts", "names", 20, 10_000, 10_000, tokens),
    _experiment("E8", "a model's file changes while it is in use", "changes", 5, 60, 400, changes),
    _experiment("E9", "too little memory for the model", "limits", 2, 30, 200, starved),
    _experiment("EW", "the process of an isolated model is killed", "kills", 2, 200, 2000, kills),
]
