"""What each setting of a chat does to the answers of the real SmolLM2: not that a text changes, but how.

Every draw has a fixed seed, so a test gives the same result each time on one machine. The odds in the docstrings are
those of a false alarm where rounding draws other tokens.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from julep_local import ChatResponse, Client
from julep_local.llm import answer as answering
from julep_local.llm.base import Delta, Finish, Prompt, PromptMessage, Sampling
from julep_local.llm.llama import LlamaCppModel
from julep_local.llm.presets import PRESETS
from julep_local.llm.sampler import Sampler
from julep_local.testing import HashEmbedder
from tests.talk import answer, history, say

QUESTION = "Tell me about the sea and its fish."
PLAIN = Sampling(temperature=1.0, min_p=0.0, max_tokens=16)
"""Draws from the model's own probabilities."""


@dataclass
class Draw:
    """One drawn token, with the probabilities it was drawn from: the model's, at the sampling's temperature."""

    token: int
    probabilities: "np.ndarray[Any, Any]"

    @property
    def rank(self) -> int:
        """How many tokens were likelier."""
        return int((self.probabilities > self.probabilities[self.token]).sum())

    @property
    def likelier(self) -> float:
        """How probable those were together."""
        return float(self.probabilities[self.probabilities > self.probabilities[self.token]].sum())


class NotingSampler(Sampler):
    """The library's own sampler, which notes what it was asked and what it drew."""

    samplings: list[Sampling] = []
    draws: list[Draw] = []

    def __init__(self, sampling: Sampling, **given: Any) -> None:
        super().__init__(sampling, **given)
        self.samplings.append(sampling)

    def draw(self, logits: Any, allowed: Any = None) -> int:
        wide = logits.astype(np.float64) / (self._sampling.temperature or 1)
        weights = np.exp(wide - wide.max())
        token = super().draw(logits, allowed)
        self.draws.append(Draw(token, weights / weights.sum()))
        return token


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> type[NotingSampler]:
    monkeypatch.setattr(NotingSampler, "samplings", [])
    monkeypatch.setattr(NotingSampler, "draws", [])
    monkeypatch.setattr(answering, "Sampler", NotingSampler)
    return NotingSampler


@pytest.fixture
def client(tmp_path: Path, model: LlamaCppModel) -> Iterator[Client]:
    with Client(path=tmp_path / "julep.db", model=model, embedder=HashEmbedder()) as client:
        yield client


@pytest.fixture
def session(client: Client) -> str:
    return new_session(client)


def new_session(client: Client, **settings: Any) -> str:
    agent = client.agents.create(name="Ada", about="Ada is a pirate.", default_settings=settings)
    return client.sessions.create(agent_id=agent.id).id


def chat(client: Client, session_id: str, text: str = QUESTION, **settings: Any) -> ChatResponse:
    settings = {"max_tokens": 16, "remember": False, "record": False, **settings}
    response = client.sessions.chat(session_id=session_id, messages=say(text), **settings)
    assert isinstance(response, ChatResponse)
    return response


def generated(model: LlamaCppModel, prompt: Prompt, **settings: Any) -> tuple[str, Finish]:
    """Return text and ending of an answer of `PLAIN`, with other settings."""
    sampling = Sampling(**{**vars(PLAIN), **settings})
    *deltas, finish = model.generate(prompt, sampling)
    assert isinstance(finish, Finish)
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), finish


def token_id(model: LlamaCppModel, text: str) -> str:
    """Return the id of the first token of a text, as clients write it."""
    with model._inside() as loaded:
        return str(loaded.native.tokens(text, special=False)[0])


def endings(model: LlamaCppModel) -> dict[str, int]:
    """Return a bias that keeps answers from ending."""
    with model._inside() as loaded:
        return {str(token): -100 for token in loaded.native.endings}


# -- which tokens may come


def test_temperature_0_takes_the_likeliest_token_each_time(
    client: Client, session: str, noted: type[NotingSampler]
) -> None:
    texts = {answer(chat(client, session, temperature=0, seed=seed)) for seed in (None, 1, 2)}

    assert len(texts) == 1
    assert len(noted.draws) == 3 * 16
    assert all(draw.rank == 0 for draw in noted.draws)


def test_the_higher_the_temperature_the_more_the_answers_differ(model: LlamaCppModel, question: Prompt) -> None:
    """Of 8 answers 1, 3 or more and 7 or 8 differ: numbers change places only if several answers get other words."""
    n_texts = [
        len({generated(model, question, temperature=t, seed=seed, max_tokens=3)[0] for seed in range(8)})
        for t in (0.0, 0.3, 1.5)
    ]

    assert n_texts == sorted(set(n_texts))
    assert n_texts[0] == 1
    assert n_texts[-1] > 6


def test_a_higher_temperature_draws_less_likely_tokens(
    model: LlamaCppModel, question: Prompt, noted: type[NotingSampler]
) -> None:
    """Mean ranks lie apart by factors."""
    ranks = []
    for temperature in (0.3, 0.8, 1.6):
        noted.draws.clear()
        for seed in range(2):
            generated(model, question, temperature=temperature, seed=seed, max_tokens=16)
        ranks.append(np.mean([draw.rank for draw in noted.draws]))

    assert ranks[0] < ranks[1] < ranks[2]


def test_a_tiny_top_p_is_greedy(client: Client, session: str) -> None:
    greedy = answer(chat(client, session, temperature=0, seed=1))

    assert {answer(chat(client, session, temperature=2, top_p=1e-6, min_p=0, seed=seed)) for seed in (1, 2)} == {greedy}


@pytest.mark.parametrize("top_p", [0.3, 0.9])
def test_top_p_draws_from_the_nucleus_only(
    model: LlamaCppModel, question: Prompt, noted: type[NotingSampler], top_p: float
) -> None:
    """At temperature 1.5 a draw without top_p leaves the nucleus one time in ten, or seven in ten."""
    for seed in range(2):
        generated(model, question, temperature=1.5, top_p=top_p, seed=seed)

    assert all(draw.likelier < top_p + 1e-9 for draw in noted.draws)
    assert any(draw.rank > 0 for draw in noted.draws)
    noted.draws.clear()
    for seed in range(2):
        generated(model, question, temperature=1.5, seed=seed)
    assert not all(draw.likelier < top_p for draw in noted.draws)


@pytest.mark.parametrize("min_p", [0.02, 0.5])
def test_min_p_leaves_out_what_is_unlikely_beside_the_likeliest(
    model: LlamaCppModel, question: Prompt, noted: type[NotingSampler], min_p: float
) -> None:
    for seed in range(2):
        generated(model, question, temperature=1.5, min_p=min_p, seed=seed)

    shares = [draw.probabilities[draw.token] / draw.probabilities.max() for draw in noted.draws]
    assert min(shares) >= min_p - 1e-6
    assert min(shares) < 1
    noted.draws.clear()
    for seed in range(2):
        generated(model, question, temperature=1.5, seed=seed)
    assert min(draw.probabilities[draw.token] / draw.probabilities.max() for draw in noted.draws) < min_p


@pytest.mark.parametrize("top_k", [1, 5])
def test_top_k_draws_from_the_likeliest_k(client: Client, model: LlamaCppModel, noted: Any, top_k: int) -> None:
    client.chat.completions.create(
        model="",
        messages=say(QUESTION),
        temperature=2,
        seed=4,
        max_tokens=24,
        extra_body={"top_k": top_k, "min_p": 0, "top_p": 1},
    )

    assert max(draw.rank for draw in noted.draws) in range(top_k - 3, top_k)
    assert len(noted.draws) == 24


# -- repetition


@pytest.fixture
def parrot(model: LlamaCppModel) -> Prompt:
    """A prompt whose likeliest answer says one word over and over."""
    begun = "fish fish fish fish fish fish fish fish"
    return model.prompt(
        [PromptMessage("user", "Say fish."), PromptMessage("assistant", begun, part="input")], continues=True
    )


def repeats(model: LlamaCppModel, prompt: Prompt, noted: type[NotingSampler], **settings: Any) -> Counter[int]:
    """Return how often each token came in a greedy answer of 20 tokens."""
    noted.draws.clear()
    never_ends = {int(token): bias for token, bias in endings(model).items()}
    generated(model, prompt, temperature=0.0, max_tokens=20, logit_bias=never_ends, **settings)
    return Counter(draw.token for draw in noted.draws)


def test_a_frequency_penalty_leaves_fewest_repeats(
    model: LlamaCppModel, parrot: Prompt, noted: type[NotingSampler]
) -> None:
    most = [
        repeats(model, parrot, noted, frequency_penalty=each).most_common(1)[0][1] for each in (-1.0, 0.0, 0.5, 2.0)
    ]

    assert most[0] == most[1] == 20
    assert most[1] > most[2] > most[3]


def test_a_presence_penalty_brings_more_distinct_tokens(
    model: LlamaCppModel, parrot: Prompt, noted: type[NotingSampler]
) -> None:
    distinct = [len(repeats(model, parrot, noted, presence_penalty=each)) for each in (0.0, 2.0)]

    assert distinct[0] == 1
    assert distinct[1] > 3


def test_a_repetition_penalty_brings_more_distinct_tokens(
    model: LlamaCppModel, parrot: Prompt, noted: type[NotingSampler]
) -> None:
    distinct = [len(repeats(model, parrot, noted, repetition_penalty=each)) for each in (0.5, 1.0, 1.2, 2.0)]

    assert distinct[0] == distinct[1] == 1
    assert distinct[1] < distinct[2] <= distinct[3]


def test_penalties_do_not_count_the_prompt(client: Client, session: str) -> None:
    """An answer may say what the question says, and what it says first is not penalised at all."""
    settings = {"frequency_penalty": 2, "presence_penalty": 2, "repetition_penalty": 2}

    first = [answer(chat(client, session, temperature=0, max_tokens=1, **more)) for more in ({}, settings)]

    assert first[0] == first[1]


# -- length


def test_the_higher_the_length_penalty_the_shorter_the_answers(model: LlamaCppModel) -> None:
    """Mean lengths of 4 answers of at most 32 tokens: 32, 27 and 22."""
    prompt = model.prompt([PromptMessage("user", "Say hello.", part="input")])
    lengths, ended = [], []
    for penalty in (0.0, 1.0, 2.0):
        finishes = [generated(model, prompt, length_penalty=penalty, seed=i, max_tokens=32)[1] for i in range(4)]
        lengths.append(np.mean([finish.completion_tokens for finish in finishes]))
        ended.append(sum(finish.reason == "stop" for finish in finishes))

    assert lengths[0] > lengths[1] > lengths[2]
    assert ended[0] <= ended[1] <= ended[2]
    assert ended[0] < ended[2]


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_max_tokens_is_exact(client: Client, session: str, model: LlamaCppModel, n: int) -> None:
    response = chat(client, session, temperature=1, seed=n, max_tokens=n, logit_bias=endings(model))

    assert response.finish_reason == "length"
    assert response.usage.completion_tokens == n
    assert answer(response)


def test_200_tokens_are_the_limit_if_nobody_says_otherwise(
    client: Client, session: str, model: LlamaCppModel, noted: type[NotingSampler]
) -> None:
    fish = {token_id(model, "fish"): 100}
    for limits, expected in (({}, 200), ({"max_tokens": 3}, 3)):
        agents_session = new_session(client, **limits)
        response = client.sessions.chat(
            session_id=agents_session, messages=say("Fish?"), logit_bias=fish, stop="fish" * 4, remember=False
        )
        assert isinstance(response, ChatResponse)
        assert noted.samplings[-1].max_tokens == expected
        assert response.finish_reason == ("length" if expected == 3 else "stop")


# -- bias


def test_a_bias_of_100_forces_a_token_and_one_of_minus_100_forbids_it(
    client: Client, session: str, model: LlamaCppModel
) -> None:
    fish = token_id(model, "fish")
    usual = answer(chat(client, session, temperature=0))
    first = token_id(model, usual)

    forced = chat(client, session, temperature=2, seed=1, max_tokens=5, logit_bias={fish: 100})
    forbidden = answer(chat(client, session, temperature=0, logit_bias={first: -100}))
    ignored = answer(chat(client, session, temperature=0, logit_bias={first: None}))

    assert answer(forced) == "fish" * 5
    assert token_id(model, forbidden) != first
    assert ignored == usual


def test_a_bias_weighs_as_much_as_it_says(model: LlamaCppModel, question: Prompt, noted: type[NotingSampler]) -> None:
    """The token just below the likeliest wins with what it lacks and a little, and not with a little less."""
    generated(model, question, temperature=0.0, max_tokens=1)
    odds = np.log(noted.draws[0].probabilities)
    best, second = (int(token) for token in np.argsort(-odds)[:2])
    lacks = float(odds[best] - odds[second])

    for bias, expected in ((lacks + 0.01, second), (lacks - 0.01, best)):
        noted.draws.clear()
        generated(model, question, temperature=0.0, max_tokens=1, logit_bias={second: bias})
        assert noted.draws[0].token == expected


# -- seed

SEEDED = {"temperature": 1.2, "min_p": 0, "seed": 7}


def test_a_seed_repeats_whatever_was_read_before(
    client: Client, session: str, model: LlamaCppModel, tmp_path: Path
) -> None:
    first = chat(client, session, **SEEDED)
    chat(client, new_session(client), "Something else entirely.", temperature=1, max_tokens=8)
    chat(client, session, "Tell me about the sky.", temperature=1, max_tokens=8)
    reused = chat(client, session, **SEEDED)
    assert model.unload(10)
    restored = chat(client, session, **SEEDED)
    assert model.unload(10)
    with Client(path=tmp_path / "other.db", model=model, embedder=HashEmbedder()) as other:
        fresh = chat(other, new_session(other), **SEEDED)
    streamed = client.sessions.chat(
        session_id=session, messages=say(QUESTION), stream=True, max_tokens=16, remember=False, **SEEDED
    )

    assert answer(first) == answer(reused) == answer(restored) == answer(fresh)
    assert answer(first) == "".join(str(delta.content) for delta in streamed)
    assert fresh.context is not None
    assert fresh.context.cached_tokens == 0
    for each in (reused, restored):
        assert each.context is not None
        assert each.context.cached_tokens > 0, "nothing was reused, so nothing was shown"


def test_a_seed_repeats_in_a_second_turn_whether_the_first_answer_is_still_in_the_cache_or_not(
    client: Client, model: LlamaCppModel
) -> None:
    seconds = []
    for is_dropped in (False, True):
        session = new_session(client)
        first = chat(client, session, record=True, **SEEDED)
        if is_dropped:
            chat(client, new_session(client), "Something else.", temperature=1, max_tokens=4)
            assert model.unload(10)
        seconds.append((answer(first), answer(chat(client, session, "And what do they eat?", **SEEDED))))

    assert seconds[0] == seconds[1]
    assert len(history(client, session)) == 2


def test_a_seed_repeats_in_another_process(
    client: Client, session: str, tmp_path: Path, gguf: Path, offline_environment: dict[str, str]
) -> None:
    first = chat(client, session, record=True, **SEEDED)
    second = chat(client, session, "And what do they eat?", **SEEDED)
    client.close()

    program = f"""
from julep_local import Client
from julep_local.testing import HashEmbedder
with Client(path={str(tmp_path / "julep.db")!r}, model={str(gguf)!r}, embedder=HashEmbedder()) as client:
    response = client.sessions.chat(
        session_id={session!r}, messages=[{{"role": "user", "content": "And what do they eat?"}}],
        max_tokens=16, remember=False, temperature=1.2, min_p=0, seed=7,
    )
print(ascii(response.response[0][0].content))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=offline_environment | {"JULEP_LOCAL_CONTEXT_TOKENS": "2048"},
        timeout=60,
        check=False,
    )

    assert answer(first) != answer(second)
    assert (done.stdout.strip(), done.stderr) == (ascii(answer(second)), "")


def test_without_a_seed_answers_differ(client: Client) -> None:
    """Two texts of 16 tokens at temperature 1.3 are equal by chance less than once in a million runs."""
    session = new_session(client, preset="business")  # which has a seed
    settings = {"temperature": 1.3, "top_p": 1, "min_p": 0}

    plain = new_session(client)
    unseeded = [answer(chat(client, plain, **settings)) for _ in range(2)]
    minus_one = [answer(chat(client, session, seed=-1, preset="fun", **settings)) for _ in range(2)]
    minus_one_over_preset = [answer(chat(client, plain, preset="business", seed=-1, **settings)) for _ in range(2)]
    other_seeds = [answer(chat(client, plain, seed=seed, **settings)) for seed in (1, 2)]

    for texts in (unseeded, minus_one, minus_one_over_preset, other_seeds):
        assert texts[0] != texts[1]


# -- stop


@pytest.mark.parametrize(
    "stops",
    [
        pytest.param(lambda text: text[7:9], id="two letters"),
        pytest.param(lambda text: text[5:19], id="over several tokens"),
        pytest.param(lambda text: [text[30:36], text[11:20], "never there", text[25:28]], id="the first of four"),
        pytest.param(lambda text: [text[10:30], text[12:14]], id="one in another"),
        pytest.param(lambda text: text[:3], id="at once"),
        pytest.param(lambda text: text[-4:], id="at the end"),
    ],
)
def test_an_answer_ends_before_its_stop_text(
    client: Client, session: str, stops: Callable[[str], str | list[str]]
) -> None:
    whole = answer(chat(client, session, temperature=0))
    stop = stops(whole)
    all_of_them = [stop] if isinstance(stop, str) else stop
    first = min((s for s in all_of_them if s in whole), key=lambda s: whole.index(s) + len(s))
    expected = whole[: whole.index(first)]

    response = chat(client, session, temperature=0, stop=stop)
    stream = client.sessions.chat(
        session_id=session,
        messages=say(QUESTION),
        temperature=0,
        stop=stop,
        stream=True,
        max_tokens=16,
        remember=False,
    )
    deltas = [str(delta.content) for delta in stream]

    assert answer(response) == expected == "".join(deltas)
    assert response.finish_reason == stream.response.finish_reason == "stop"


def test_a_stop_text_that_only_begins_is_shown_in_the_end(client: Client, session: str) -> None:
    whole = answer(chat(client, session, temperature=0))

    response = chat(client, session, temperature=0, stop=[whole[-5:] + "\x01", whole[4:9] + "\x01"])

    assert answer(response) == whole
    assert response.finish_reason == "length"


# -- presets and precedence


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_runs(client: Client, session: str, noted: type[NotingSampler], preset: str) -> None:
    response = chat(client, session, preset=preset, max_tokens=8)

    used = vars(noted.samplings[-1])
    assert answer(response)
    assert {name: used[name] for name in PRESETS[preset]} == PRESETS[preset]
    top_k = PRESETS[preset]["top_k"]
    assert all(draw.rank < top_k for draw in noted.draws if top_k)


@pytest.mark.parametrize("preset", ["deterministic", "code", "business"])
def test_presets_with_a_seed_repeat(client: Client, session: str, preset: str) -> None:
    texts = []
    for i in range(3):
        texts.append(answer(chat(client, session, preset=preset)))
        chat(client, session, f"Something else, {i}.", temperature=1, max_tokens=4)

    assert len(set(texts)) == 1


def test_the_presets_have_the_values_of_the_service() -> None:
    names = ("temperature", "top_p", "min_p", "frequency_penalty", "repetition_penalty", "top_k", "seed")
    values = {
        "problem_solving": (0.0, 1.0, 0.0, 0.0, 1.0, 0, None),
        "conversational": (0.7, 0.99, 0.01, 0.0, 1.02, 0, None),
        "fun": (1.2, 1.0, 0.015, 0.0, 1.05, 0, None),
        "prose": (0.9, 1.0, 0.02, 0.0, 1.025, 50, None),
        "creative": (1.2, 1.0, 0.02, 0.0, 1.1, 10, None),
        "business": (0.5, 0.98, 0.05, 0.1, 1.1, 5, 1),
        "deterministic": (0.0, 1.0, 0.0, 0.0, 1.0, 0, 1),
        "code": (0.0, 1.0, 0.0, 0.0, 1.0, 0, 1),
    }

    assert {preset: tuple(PRESETS[preset][name] for name in names) for preset in values} == values
    assert {preset["presence_penalty"] for preset in PRESETS.values()} == {0.0}
    assert {preset["length_penalty"] for preset in PRESETS.values()} == {1.0}
    assert set(PRESETS) - set(values) == {"multilingual"}
    assert {"temperature", "top_p", "min_p"}.isdisjoint(PRESETS["multilingual"])


@pytest.mark.parametrize(
    ("agent", "request_", "expected"),
    [
        pytest.param({}, {}, {"temperature": 0.75, "min_p": 0.01, "top_k": 0, "seed": None}, id="defaults"),
        pytest.param({"preset": "creative"}, {}, {"temperature": 1.2, "top_k": 10}, id="agent's preset"),
        pytest.param(
            {"preset": "creative", "temperature": 0.3}, {}, {"temperature": 0.3, "top_k": 10}, id="agent's own value"
        ),
        pytest.param(
            {"preset": "creative", "temperature": 0.3, "length_penalty": 1.5},
            {"preset": "business"},
            {"temperature": 0.5, "top_k": 5, "seed": 1, "length_penalty": 1.0},
            id="request's preset",
        ),
        pytest.param(
            {"preset": "creative", "temperature": 0.3},
            {"preset": "business", "temperature": 1.1, "seed": 5},
            {"temperature": 1.1, "top_p": 0.98, "top_k": 5, "seed": 5},
            id="request's own value",
        ),
        pytest.param(
            {"temperature": 0.3, "max_tokens": 2},
            {"temperature": None, "preset": None, "max_tokens": None},
            {"temperature": 0.3, "max_tokens": 2},
            id="None inherits",
        ),
        pytest.param(
            {"temperature": 0.3, "top_p": 0.7, "frequency_penalty": 1},
            {"preset": "multilingual"},
            {"temperature": 0.3, "top_p": 0.7, "frequency_penalty": 0.0},
            id="what a preset leaves open",
        ),
    ],
)
def test_the_nearest_word_counts(
    client: Client, noted: type[NotingSampler], agent: Any, request_: Any, expected: Any
) -> None:
    session = new_session(client, **agent)

    chat(client, session, "Hi", **{"max_tokens": 1, **request_})

    used = vars(noted.samplings[-1])
    assert {name: used[name] for name in expected} == expected
