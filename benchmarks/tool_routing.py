"""How often does the router call the right tool, and none where none is needed?

A model whose chat template knows no tools cannot decide this, so `julep_local/recall/tool_router.py` does, from five
features. This file fits their weights and shows what they are worth:

- right: of the messages that need a tool on offer, how many get it
- none: of the messages that need none (small talk, knowledge, statements on the subject of a tool), how many get none
- foreign: of orders that no tool on offer can carry out, how many get none

on eight groups of tools and messages written for this, `dev` in tests/recall/tool_requests.json, on which weights,
word lists and threshold were chosen, and on a ninth, `held_out`, whose messages no weight was fitted to. It is no
longer untouched: after three of its twenty requests had gone wrong, two faults were mended that it had shown, a digit
that passed for a currency code and the numbers of a sum that passed for minutes. Of the eight each is judged with
weights fitted to the other seven, so its tools are new to them; the word lists in asking.py are not cross-validated.
Foreign are a group's orders with the next group's tools. The weights in the package are those fitted to all eight,
which this prints.

    python -m benchmarks.tool_routing

Of the time only the cost of a decision is measured. It takes 15 seconds.
"""

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks._measure import REPOSITORY
from julep_local.llm.base import PromptMessage, ToolSpec
from julep_local.recall.asking import core
from julep_local.recall.embeddings import Embedder, find_embedder
from julep_local.recall.tool_router import (
    THRESHOLD,
    WEIGHTS,
    WORD_WEIGHTS,
    EmbeddingRouter,
    Features,
    features,
    likelihood,
)

THRESHOLDS = [0.2, 0.3, 0.4, 0.5, 0.6]
FOREIGN = 0.15
"""What a foreign order counts in the fit. With 1, of 169 foreign ones 140 get no tool, but of 169 others 126 theirs."""
PENALTY = 0.0005
"""On the squares of the weights, for each message. Chosen by the likelihood of the groups left out."""
STEPS = 12
"""Of Newton's method; after 8 the weights change by less than 0.001."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A message: `features` (n_tools, n_features), and the place of the tool that it needs."""

    message: str
    features: Matrix
    needs: int | None
    foreign: bool = False


@dataclass(frozen=True)
class Choice:
    """The best tool for a message, and how likely it is."""

    case: Case
    best: int
    score: float


def cases(messages: Any, tools: Any, embedder: Embedder | None, *, foreign: bool = False) -> list[Case]:
    specs = [ToolSpec(**tool) for tool in tools]
    names = [tool.name for tool in specs]
    router = EmbeddingRouter(embedder)
    found = []
    for message, needs in messages:
        asked = core(message)
        rows = np.array(features(asked, specs, router.similarities(asked, specs)))
        found.append(Case(message, rows, None if needs is None or foreign else names.index(needs), foreign))
    return found


def with_foreign(groups: Any, embedder: Embedder | None) -> list[tuple[list[Case], list[Case]]]:
    """Return for each group its own cases, and with its tools the orders of the group before it."""
    return [
        (
            cases(group["messages"], group["tools"], embedder),
            cases([each for each in before["messages"] if each[1]], group["tools"], embedder, foreign=True),
        )
        for before, group in zip([groups[-1], *groups[:-1]], groups, strict=True)
    ]


def fit(known: Sequence[Case], *, without: Sequence[str] = ()) -> Matrix:
    """Return the weights that make the right choice most likely: one of the tools, or none, whose score is 0.

    Source: McFadden 1974, the conditional logit; by Newton's method, with a penalty on all weights but the first.
    """
    used = np.array([name not in without for name in Features._fields], dtype=float)
    counts = np.array([FOREIGN if case.foreign else 1.0 for case in known])
    penalty = PENALTY * counts.sum() * np.diag([0.0] + [1.0] * (len(used) - 1))
    n_options = 1 + max(len(case.features) for case in known)
    options = np.zeros((len(known), n_options, len(used)))  # the first option is none
    closed = np.full((len(known), n_options), -np.inf)
    closed[:, 0] = 0
    for i, case in enumerate(known):
        options[i, 1 : 1 + len(case.features)] = case.features * used
        closed[i, 1 : 1 + len(case.features)] = 0
    right = options[np.arange(len(known)), [0 if case.needs is None else 1 + case.needs for case in known]]
    weights = np.zeros(len(used))
    for _ in range(STEPS):
        totals = options @ weights + closed
        likely = np.exp(totals - totals.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        expected = np.einsum("io,iof->if", likely, options)
        slope = penalty @ weights + counts @ (expected - right)
        bend = penalty + np.diag(1e-9 + (1 - used)) - (expected.T * counts) @ expected
        bend += np.einsum("io,iof,iog->fg", likely * counts[:, None], options, options)
        step = np.linalg.solve(bend, slope)
        weights -= step * min(1.0, 4.0 / max(float(np.linalg.norm(step)), 1e-12))
    fitted: Matrix = weights * used
    return fitted


def choices(asked: Sequence[Case], weights: Sequence[float] | Matrix) -> list[Choice]:
    found = []
    for case in asked:
        scores = [likelihood(Features(*row), Features(*weights)) for row in case.features]
        found.append(Choice(case, int(np.argmax(scores)), max(scores)))
    return found


def left_out(groups: Sequence[tuple[list[Case], list[Case]]], *, without: Sequence[str] = ()) -> list[Choice]:
    """Return the choices for each group, with weights fitted to the others."""
    found = []
    for group in groups:
        others = [case for other in groups if other is not group for case in (*other[0], *other[1])]
        found += choices([*group[0], *group[1]], fit(others, without=without))
    return found


def confusion(made: Sequence[Choice], threshold: float = THRESHOLD) -> dict[str, int]:
    """Return how many were right, and in which way the others were wrong."""
    counts = dict.fromkeys(
        ("right", "wrong_tool", "missed", "needed", "none", "not_needed", "foreign_none", "foreign"), 0
    )
    for choice in made:
        case, called = choice.case, choice.score >= threshold
        if case.foreign:
            counts["foreign"] += 1
            counts["foreign_none"] += not called
        elif case.needs is None:
            counts["not_needed"] += 1
            counts["none"] += not called
        else:
            counts["needed"] += 1
            counts["missed" if not called else "right" if choice.best == case.needs else "wrong_tool"] += 1
    return counts


def cost_ms(group: Any, embedder: Embedder | None) -> dict[str, float]:
    """Return what decisions cost: the first with these tools, then the median of others."""
    tools = [ToolSpec(**tool) for tool in group["tools"]]
    router = EmbeddingRouter(embedder)
    took = []
    for message, _ in group["messages"]:
        start = time.perf_counter()
        router.choose([PromptMessage("user", f"Well, {message}")], tools)
        took.append((time.perf_counter() - start) * 1_000)
    return {"first": round(took[0], 2), "median": round(statistics.median(took[1:]), 2)}


def main() -> None:
    data = json.loads((REPOSITORY / "tests" / "recall" / "tool_requests.json").read_text(encoding="utf-8"))
    (other,) = data["held_out"]
    result: dict[str, Any] = {"question": "tool routing", "threshold": THRESHOLD}
    embedder = find_embedder(None)
    for variant, model, in_package in (("minilm", embedder, WEIGHTS), ("words", None, WORD_WEIGHTS)):
        groups = with_foreign(data["dev"], model)
        without = () if model else ("similarity",)
        weights = fit([case for own, foreign in groups for case in (*own, *foreign)], without=without)
        print(f"\n{variant}: weights fitted to all groups, and those in the package")
        for name, fitted, used in zip(Features._fields, weights, in_package, strict=True):
            print(f"  {name:12}{fitted:8.2f}{used:8.2f}")
        made = left_out(groups, without=without)
        held_out = choices(cases(other["messages"], other["tools"], model), in_package)
        show("groups left out", made)
        show("held out", held_out)
        for name in Features._fields[1:]:
            if name not in without:
                print(f"without {name}: {confusion(left_out(groups, without=(*without, name)))}")
        result[variant] = {
            "weights": dict(zip(Features._fields, (round(float(each), 2) for each in weights), strict=True)),
            "dev_left_out": confusion(made),
            "held_out": confusion(held_out),
            "decision_ms": cost_ms(other, model),
        }
    print(json.dumps(result))


def show(name: str, made: Sequence[Choice]) -> None:
    counts = [confusion(made, threshold) for threshold in THRESHOLDS]
    print(f"{name + ', at least':28}" + "".join(f"{threshold:>10.2f}" for threshold in THRESHOLDS))
    for good, of in (("right", "needed"), ("none", "not_needed"), ("foreign_none", "foreign")):
        if counts[0][of]:
            print(f"  {good:26}" + "".join(f"{f'{each[good]}/{each[of]}':>10}" for each in counts))
    print(f"  at {THRESHOLD}: {confusion(made)}")


if __name__ == "__main__":
    main()
