"""What does it cost to run a model in a process of its own?

The same prompts on `LlamaCppModel` and on `IsolatedModel`, in turns and with one thread each: the time of an answer of
60 tokens, the time to the first piece where the prompt is in the KV cache already, and the time to make a prompt of
some 4,000 tokens, which must go to the process and come back. And once each: to load the model, and to load it again
after the process was killed. Processor time is that of both processes; on a busy machine only that can be compared,
since Linux gives a process of another session a share of its own.

    python -m benchmarks.isolation
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks._measure import Cost, alternate, conclude, median, print_costs, ratio, walls
from julep_local.llm import catalog
from julep_local.llm.base import PromptMessage, Sampling
from julep_local.llm.isolated import IsolatedModel
from julep_local.llm.llama import LlamaCppModel

ROUNDS = 9
N_TOKENS = 60
TARGET = 1 / 0.95
ENDLESS = {0: -100.0, 2: -100.0}


def main() -> None:
    name, path = catalog.find_chat_model()
    models: dict[str, Any] = {
        "in the process": LlamaCppModel(path, threads=1),
        "isolated": IsolatedModel(path, threads=1),
    }
    loading = {each: [_timed(lambda model=model: model.context_tokens)] for each, model in models.items()}
    short = [PromptMessage("user", "Tell me a story of the sea.", part="input")]
    long = [PromptMessage("user", "The harbour has seven quays, each with a lamp. " * 360, part="input")]
    answers = alternate(
        {each: (lambda model=model: _answer(model, short)) for each, model in models.items()}, rounds=ROUNDS
    )
    firsts = {each: [Cost(first) for first, _ in rounds] for each, rounds in answers.items()}
    whole = {each: [total for _, total in rounds] for each, rounds in answers.items()}
    prompts = alternate(
        {each: (lambda model=model: _timed(lambda: model.prompt(long))) for each, model in models.items()},
        rounds=ROUNDS,
    )
    worker = models["isolated"]._engine.owned
    os.kill(worker.pid, signal.SIGKILL)
    while models["isolated"].is_loaded:
        time.sleep(0.001)
    loading["isolated, after a kill"] = [_timed(lambda: models["isolated"].context_tokens)]
    for model in models.values():
        model.close()
    print_costs(f"{N_TOKENS} tokens", whole, unit="ms")
    print_costs("to the first piece, prompt in the KV cache", firsts, unit="ms")
    print_costs("to make a prompt of some 4,000 tokens", prompts, unit="ms")
    print_costs("to load", loading, unit="ms")
    here, there = (median(walls(firsts[each])) for each in ("in the process", "isolated"))
    print(f"the first piece comes {1000 * (there - here):.1f} ms later")
    conclude(
        "isolation",
        {
            "time of an answer": ratio(walls(whole["isolated"]), walls(whole["in the process"])),
            "processor time of an answer": ratio(cpus(whole["isolated"]), cpus(whole["in the process"])),
        },
        unit="ratio",
        target=round(TARGET, 3),
        rounds=ROUNDS,
        packages=["llama-cpp-python"],
        model=name,
        first_piece_later_ms=round(1000 * (there - here), 1),
    )


def cpus(costs: list[Cost]) -> list[float]:
    return [each.cpu_s for each in costs]


def _timed(work: Any) -> Cost:
    begun = time.perf_counter()
    work()
    return Cost(time.perf_counter() - begun)


def _answer(model: Any, messages: list[PromptMessage]) -> tuple[float, Cost]:
    """Return the seconds to the first piece, and what it takes from there to the end of the answer."""
    prompt = model.prompt(messages)
    begun = time.perf_counter()
    pieces = iter(model.generate(prompt, Sampling(temperature=0, max_tokens=N_TOKENS, logit_bias=ENDLESS)))
    next(pieces)
    first, cpu = time.perf_counter(), _cpu_s(model)
    list(pieces)
    return first - begun, Cost(time.perf_counter() - first, _cpu_s(model) - cpu)


def _cpu_s(model: Any) -> float:
    """Return the processor time of this process and of the model's."""
    pid = getattr(model._engine.owned, "pid", None)
    if pid is None:
        return time.process_time()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
