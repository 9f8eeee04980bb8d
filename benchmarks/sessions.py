"""What does it cost to come back to a session?

A program with several conversations changes between them all the time. A model that has one KV cache reads a
conversation whole whenever it comes back to it; here each goes on where it was, and what sessions begin with in common
is read and kept once.

Timed is the time to the first token of `sessions.chat(stream=True)` with 30 new tokens behind 1,000 that are known,
beside `llama_cpp.Llama.generate` on the same token ids with the same context window, batch, threads and attention.
Further: a session that was never left, the first turn of a new session of a known agent, the first turn after a
restart, tokens per second, four answers at once beside one after the other, and the bytes that copies of KV caches
take.

    python -m benchmarks.sessions
"""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from llama_cpp import Llama

from benchmarks._measure import Cost, alternate, conclude, median, print_costs, ratio, walls
from julep_local import Client
from julep_local.llm import catalog
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder

N_SESSIONS = 20
CONTEXT = 1000
NEW = 30
SYSTEM = 800
ROUNDS = 6
N_BATCH = 512
WRITTEN = 96
SPEED_ROUNDS, PIECE = 24, 32
TARGETS = {
    "returning, times sooner than llama.cpp": (20.0, "at least"),
    "returning, beside never having left": (1.15, "at most"),
    "new session of a known agent, times sooner than reading it": (10.0, "at least"),
    "first turn after a restart, times sooner than reading it": (10.0, "at least"),
    "tokens/s, beside llama.cpp": (0.98, "at least"),
    "bytes per token, beside llama.cpp": (1.0, "at most"),
    "four at once, tokens/s beside one after the other": (0.95, "at least"),
}


class ListeningModel(LlamaCppModel):
    """The library's own model, which notes its prompts and when it speaks."""

    asked: "Prompt | None" = None

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        self.asked = prompt
        return super().generate(prompt, sampling, purpose=purpose)


class Talk:
    """One session and the means to talk in it."""

    def __init__(self, client: Client, agent_id: str, situation: str) -> None:
        self._client = client
        self.id = client.sessions.create(agent_id=agent_id, situation=situation).id
        self._n = 0

    def say(self, text: str, *, max_tokens: int = 1, client: Client | None = None) -> tuple[float, float, int]:
        """Return seconds to the first token, seconds between first and last, and the number of tokens."""
        begun = time.perf_counter()
        stream = (client or self._client).sessions.chat(
            session_id=self.id,
            messages=[{"role": "user", "content": text}],
            stream=True,
            temperature=0,
            max_tokens=max_tokens,
            logit_bias={"0": -100, "2": -100},  # SmolLM2's ends of an answer: all are equally long
            remember=False,
            record=True,
        )
        times = [time.perf_counter() for delta in stream if delta.content]
        n = stream.response.usage.completion_tokens
        return times[0] - begun, times[-1] - times[0], n


def text_of(model: LlamaCppModel, n_tokens: int, seed: int) -> str:
    """Return words of about so many tokens; other seeds give other words from the start."""
    words = f"{'ABCDEFGHIJKLMNOPQRST'[seed % 20]}{seed} "
    n = 0
    while len(model.text_prompt(words).tokens) < n_tokens:
        words += f"The {n}th ship of harbour {seed} sails at {n * seed % 24} with {n * 7 + seed} barrels of oil. "
        n += 1
    return words


def main() -> None:
    name, path = catalog.find_chat_model()
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    model = ListeningModel(path, threads=threads)
    llama = Llama(
        str(path),
        n_ctx=model.context_tokens,
        n_batch=N_BATCH,
        n_ubatch=N_BATCH,
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=False,
        verbose=False,
    )
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "julep.db")
        client = Client(path=file, model=model, embedder=HashEmbedder())
        agent = client.agents.create(name="Ada").id
        talks = [Talk(client, agent, text_of(model, CONTEXT - 40, i)) for i in range(N_SESSIONS)]
        for talk in talks:
            talk.say("Hello, who are you?")
        returning(model, llama, talks, costs)
        n_bytes = bytes_per_token(model)
        known_agent(client, model, costs)
        speed, at_once, waits = generating(model, llama, talks)
        restarting(client, model, file, talks, costs)
        client.close()
    print_costs(f"time to first token, {CONTEXT} + {NEW} tokens", costs, unit="ms")
    print(f"the first of four answers at once came after {waits:.2f} of the time of the first that was finished")
    ttft = {key: walls(each) for key, each in costs.items()}
    measured = {
        "returning, times sooner than llama.cpp": ratio(ttft["llama.cpp, returning"], ttft["returning"]),
        "returning, beside never having left": ratio(ttft["returning"], ttft["never left"]),
        "new session of a known agent, times sooner than reading it": ratio(
            ttft["first session of an agent"], ttft["new session of a known agent"]
        ),
        "first turn after a restart, times sooner than reading it": ratio(
            ttft["restarted, nothing kept"], ttft["restarted"]
        ),
        "tokens/s, beside llama.cpp": speed,
        "bytes per token, beside llama.cpp": n_bytes,
        "four at once, tokens/s beside one after the other": at_once,
    }
    for what, value in measured.items():
        target, side = TARGETS[what]
        print(f"{what:62}{value:8.3f}   {side} {target:g}")
    met = {key: (value >= TARGETS[key][0]) == (TARGETS[key][1] == "at least") for key, value in measured.items()}
    conclude(
        "sessions",
        measured,
        unit="ratio",
        target=1.0,
        rounds=ROUNDS,
        packages=["llama-cpp-python"],
        met=all(met.values()),
        targets={key: f"{side} {target:g}" for key, (target, side) in TARGETS.items()},
        met_each=met,
        model=f"{name}, {threads} threads",
    )
    llama.close()


def ask(n: int) -> str:
    """Return what makes a prompt some 30 tokens longer, chat template included."""
    return f"And what of the {n}th ship, which was late and had lost its mast?"


def returning(model: ListeningModel, llama: Llama, talks: Sequence[Talk], costs: dict[str, list[Cost]]) -> None:
    """Time coming back, staying, and llama.cpp on the prompts of coming back."""
    for n in range(-1, ROUNDS):
        talk = talks[n * 7 % N_SESSIONS]
        back, _, _ = talk.say(ask(n))
        assert model.asked is not None
        prompt = list(model.asked.tokens)
        stayed, _, _ = talk.say(ask(n + 100))
        other = list(talks_prompt(model, talks[(n * 7 + 1) % N_SESSIONS]))
        next(iter(llama.generate(other, temp=0.0)))
        begun = time.perf_counter()
        next(iter(llama.generate(prompt, temp=0.0)))
        direct = time.perf_counter() - begun
        if n >= 0:
            for key, took in (("returning", back), ("never left", stayed), ("llama.cpp, returning", direct)):
                costs.setdefault(key, []).append(Cost(took))


def talks_prompt(model: ListeningModel, talk: Talk) -> Sequence[int]:
    talk.say("Hm?")
    assert model.asked is not None
    return model.asked.tokens


def bytes_per_token(model: ListeningModel) -> float:
    """Return the bytes of all copies by the tokens that they bring back, beside llama.cpp's copy of one sequence."""
    with model._inside() as loaded:
        place = loaded.kv._places[loaded.kv._conversation.folder]
        stretches = [each for each in place.tree if each.blob is not None]
        n_bytes = sum(each.blob.nbytes for each in stretches)
        n_held = sum(len(each.tokens) for each in stretches)
        n_tokens = sum(each.end for each in stretches if not each.children)
        lib, context = loaded.native._lib, loaded.native._context
        theirs = lib.llama_state_seq_get_size(context, 0) / len(loaded.kv.tokens)
    print(
        f"{n_bytes:,} bytes in {len(stretches)} copies: {n_bytes / n_held:,.1f} for each token in them, "
        f"{n_bytes / n_tokens:,.1f} for each token of a conversation; llama.cpp's own state {theirs:,.1f}"
    )
    return n_bytes / n_tokens / theirs


def known_agent(client: Client, model: ListeningModel, costs: dict[str, list[Cost]]) -> None:
    for n in range(ROUNDS):
        about = text_of(model, SYSTEM, 100 + n)
        agent = client.agents.create(name="Bo", about=about).id
        first, _, _ = Talk(client, agent, "").say(ask(n))
        Talk(client, client.agents.create(name="Cy").id, "").say("Hm?")
        second, _, _ = Talk(client, agent, "").say(ask(n + 1))
        costs.setdefault("first session of an agent", []).append(Cost(first))
        costs.setdefault("new session of a known agent", []).append(Cost(second))


def generating(model: ListeningModel, llama: Llama, talks: Sequence[Talk]) -> tuple[float, float, float]:
    """Return our speed beside llama.cpp's, that of four at once beside one after the other, and how long they wait."""
    speeds = alternate(
        {"ours": lambda: written(talks[0]), "theirs": lambda: written_directly(model, llama)}, rounds=SPEED_ROUNDS
    )
    at_once: list[float] = []
    waits: list[float] = []
    for n in range(ROUNDS // 2 + 1):
        four = talks[4 * (n % 5) : 4 * (n % 5) + 4]
        for talk in four:
            talk.say("Hm?")  # so that what is new is equally short
        begun = time.perf_counter()
        for talk in four:
            talk.say(ask(n), max_tokens=WRITTEN)
        one_by_one = time.perf_counter() - begun
        together, first_to_come, first_to_end = all_at_once(four, n)
        if n:
            at_once.append(one_by_one / together)
            waits.append(first_to_come / first_to_end)
    return ratio(speeds["ours"], speeds["theirs"]), median(at_once), median(waits)


def written(talk: Talk) -> float:
    """Return our tokens per second behind the first token of an answer."""
    _, took, n_tokens = talk.say("Hm?", max_tokens=PIECE)
    return (n_tokens - 1) / took


def written_directly(model: ListeningModel, llama: Llama) -> float:
    """Return llama.cpp's, with the same prompt."""
    assert model.asked is not None
    tokens = llama.generate(list(model.asked.tokens), temp=0.0)
    next(tokens)
    begun = time.perf_counter()
    for _ in range(PIECE - 1):
        next(tokens)
    return (PIECE - 1) / (time.perf_counter() - begun)


def all_at_once(talks: Sequence[Talk], n: int) -> tuple[float, float, float]:
    """Return the seconds of all, until the last had its first token, and until the first was finished."""
    firsts: list[float] = []
    ends: list[float] = []

    def answer(talk: Talk) -> None:
        first, rest, _ = talk.say(ask(n + 50), max_tokens=WRITTEN)
        firsts.append(first)
        ends.append(first + rest)

    threads = [threading.Thread(target=answer, args=(talk,)) for talk in talks]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, max(firsts), min(ends)


def restarting(
    client: Client, model: ListeningModel, file: Path, talks: Sequence[Talk], costs: dict[str, list[Cost]]
) -> None:
    """Time the first turn after the program was started anew, with the model loaded."""
    client.close()
    kept = Path(f"{file}-kv")
    for n in range(ROUNDS):
        model.close()
        for key in ("restarted", "restarted, nothing kept"):
            if key == "restarted, nothing kept":
                shutil.rmtree(kept, ignore_errors=True) if n == ROUNDS - 1 else kept.rename(f"{kept}-away")
            model = ListeningModel(model.path, threads=model._threads)
            assert model.context_tokens
            with Client(path=file, model=model, embedder=HashEmbedder()) as opened:
                took, _, _ = talks[n].say(ask(n + 200), client=opened)
            model.close()
            costs.setdefault(key, []).append(Cost(took))
            if key == "restarted, nothing kept" and n < ROUNDS - 1:
                shutil.rmtree(kept, ignore_errors=True)
                Path(f"{kept}-away").rename(kept)


if __name__ == "__main__":
    main()
