"""How much slower is a chat turn than llama.cpp itself?

A turn reads the session, agent and history from the file, lays out and counts the prompt, reuses the KV cache, draws
tokens, records the turn and reports. All of that must be small beside what the model takes.

Timed: conversations of several turns with `sessions.chat`, temperature 0, and the same token ids given to
`llama_cpp.Llama.generate`, which reuses the prefix that it has read before; context window, batch, threads and flash
attention are the same, and the library keeps no copies of what it read (`sessions` measures those). Both must answer
the same, token for token. The first turn of a conversation reads all of its prompt, the later ones only what is new.
Not in the direct time: making the prompts and turning tokens into text.

    python -m benchmarks chat_turn
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from llama_cpp import Llama
from llama_cpp.llama_cpp import llama_vocab_is_eog

from benchmarks._measure import Cost, alternate, conclude, median, print_costs, ratio, walls
from julep_local import Client
from julep_local.llm import catalog
from julep_local.llm.base import Delta, Finish, Prompt, Purpose, Sampling
from julep_local.llm.llama import LlamaCppModel
from julep_local.testing import HashEmbedder

ROUNDS = 12
TARGET = 1.03
MAX_TOKENS = 64
N_BATCH = 512

ABOUT = (
    "A patient tutor who has sailed for thirty years and explains the sea to beginners, with examples from harbours."
)
INSTRUCTIONS = ["Answer in at most three sentences.", "Say so when you do not know.", "Never make up numbers."]
SITUATIONS = ["It is evening in a harbour in Brittany.", "Before breakfast, on board of a small boat."]
QUESTIONS = [
    "Why are there two high tides a day and not one?",
    "And what is a spring tide?",
    "Tell me how I can see from the shore that the water is falling.",
    "What should I look for before I tie up my boat for the night?",
    "Thank you. Summarise what I should remember.",
]


class Conversation(NamedTuple):
    """What one conversation took and gave."""

    cost: Cost
    """Of all its turns together."""
    first_token_s: list[float]
    """From asking to the first token, for each turn."""
    answers: list[tuple[str, int]]
    """Text and number of tokens, for each turn."""
    outside_model_s: float = 0.0
    """Of all turns together, what was not spent in the model."""


class ListeningModel(LlamaCppModel):
    """The library's own model, which notes its prompts and when it speaks."""

    def __init__(self, path: Path, *, threads: int) -> None:
        super().__init__(path, threads=threads, kv_memory=0, kv_disk=0)
        self.prompts: list[list[int]] = []
        self.first_token = 0.0
        self.generating_s = 0.0
        self.n_tokens = 0

    def generate(self, prompt: Prompt, sampling: Sampling, *, purpose: Purpose = "chat") -> Iterator[Delta | Finish]:
        begun = time.perf_counter()
        self.prompts.append(list(prompt.tokens))
        self.first_token = 0.0
        for piece in super().generate(prompt, sampling, purpose=purpose):
            self.first_token = self.first_token or time.perf_counter()
            if isinstance(piece, Finish):
                self.n_tokens = piece.completion_tokens
                self.generating_s += time.perf_counter() - begun
            yield piece


class Ours:
    """Conversations through the library; `prompts[i]` are the token ids of the turns of conversation i."""

    def __init__(self, client: Client, model: ListeningModel) -> None:
        self._client, self._model = client, model
        self._n = 0
        self.prompts: list[list[list[int]]] = [[], []]
        agent = client.agents.create(name="Ada", about=ABOUT, instructions=INSTRUCTIONS)
        self._agent_id = agent.id

    def converse(self) -> Conversation:
        which = self._n % len(SITUATIONS)
        self._n += 1
        model = self._model
        session = self._client.sessions.create(agent_id=self._agent_id, situation=SITUATIONS[which])
        model.prompts, model.generating_s = [], 0.0
        first_token_s: list[float] = []
        answers: list[tuple[str, int]] = []
        cpu, wall = time.process_time(), time.perf_counter()
        for question in QUESTIONS:
            asked = time.perf_counter()
            response = self._client.sessions.chat(
                session_id=session.id,
                messages=[{"role": "user", "content": question}],
                temperature=0,
                max_tokens=MAX_TOKENS,
                remember=False,
                record=True,
            )
            first_token_s.append(model.first_token - asked)
            answers.append((response.response[0][0].content, model.n_tokens))
        took = Cost(time.perf_counter() - wall, time.process_time() - cpu)
        self.prompts[which] = model.prompts
        return Conversation(took, first_token_s, answers, took.wall_s - model.generating_s)


class Direct:
    """The same conversations through `llama_cpp.Llama`."""

    def __init__(self, llama: Llama, prompts: Sequence[Sequence[list[int]]]) -> None:
        self._llama, self._prompts = llama, prompts
        self._n = 0

    def converse(self) -> Conversation:
        prompts = self._prompts[self._n % len(SITUATIONS)]
        self._n += 1
        first_token_s: list[float] = []
        generated: list[list[int]] = []
        cpu, wall = time.process_time(), time.perf_counter()
        for prompt in prompts:
            asked = time.perf_counter()
            tokens, first_token = self._generate(prompt)
            first_token_s.append(first_token - asked)
            generated.append(tokens)
        took = Cost(time.perf_counter() - wall, time.process_time() - cpu)
        answers = [(self._llama.detokenize(tokens).decode(), len(tokens)) for tokens in generated]
        return Conversation(took, first_token_s, answers)

    def _generate(self, prompt: list[int]) -> tuple[list[int], float]:
        tokens: list[int] = []
        first_token = 0.0
        for token in self._llama.generate(prompt, temp=0.0):
            first_token = first_token or time.perf_counter()
            if llama_vocab_is_eog(self._llama._model.vocab, token):
                break
            tokens.append(token)
            if len(tokens) == MAX_TOKENS:
                break
        return tokens, first_token


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
    described = f"{name}, {threads} threads, context window {model.context_tokens:,} tokens"
    with tempfile.TemporaryDirectory() as folder:
        client = Client(path=Path(folder, "julep.db"), model=model, embedder=HashEmbedder())
        ours = Ours(client, model)
        for _ in range(2 * len(SITUATIONS)):  # each conversation begins with the other one in the KV cache
            ours.converse()
        prompts = [list(each) for each in ours.prompts]
        direct = Direct(llama, prompts)
        took = alternate(
            {"julep_local": ours.converse, "llama-cpp-python": direct.converse},
            rounds=ROUNDS,
            warm_ups=len(SITUATIONS),
        )
        client.close()
    model.close()
    llama.close()
    assert ours.prompts == prompts, "the prompts are not the same each time"
    for one, other in zip(*took.values(), strict=True):
        assert one.answers == other.answers, (one.answers, other.answers)
    report(took, prompts, described)


def report(took: dict[str, list[Conversation]], prompts: Sequence[Sequence[list[int]]], model: str) -> None:
    costs = {name: [each.cost for each in conversations] for name, conversations in took.items()}
    print(f"{model}; prompts of {', '.join(str(len(prompt)) for prompt in prompts[0])} tokens")
    print_costs(f"conversation of {len(QUESTIONS)} turns", costs, unit="ms")
    for turns, which in (("the first turn", slice(0, 1)), ("a later turn", slice(1, None))):
        firsts = {
            name: [Cost(s) for each in conversations for s in each.first_token_s[which]]
            for name, conversations in took.items()
        }
        print_costs(f"time to first token of {turns}", firsts, unit="ms")
    outside = median([each.outside_model_s for each in took["julep_local"]]) / len(QUESTIONS) * 1000
    print(f"of a turn of julep_local {outside:.1f} ms are outside the model; all answers were the same")
    conclude(
        "chat_turn",
        {"conversation": ratio(*map(walls, costs.values()))},
        unit="ratio",
        target=TARGET,
        rounds=ROUNDS,
        packages=["llama-cpp-python"],
        cpu_ratio=round(ratio(*([each.cpu_s for each in costs[name]] for name in costs)), 3),
        outside_model_ms_per_turn=round(outside, 2),
        model=model,
    )


if __name__ == "__main__":
    main()
