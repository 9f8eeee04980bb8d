"""How well does the judge of sentences tell what is worth remembering, on dialogues that it has not seen?

Rules know the forms that somebody thought of. Beside them the library has a linear model over hashed words and marks of
form, learnt from labelled sentences (`benchmarks/memory/labelled.py`). This is how it is learnt, and what it promises:
`train` writes the weights that the library ships with, `validate` prints what judges that have learnt from four fifths
of the dialogues say of the last. No dialogue of the held-out part is read. Nothing is timed; the figures repeat.

    python -m benchmarks memory_judge
    python -m benchmarks.memory_judge validate [--memories]
    python -m benchmarks.memory_judge train

`--memories` also forms the memories of each dialogue with a judge that has not learnt from it. The rules have: of these
figures only what the judge adds and drops is a promise.
"""

import argparse
import base64
import json
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from benchmarks.memory import corpus, labelled, run
from benchmarks.memory.labelled import Labelled
from benchmarks.memory.scoring import Score, score, total
from julep_local.memory import gates, judge, judging
from julep_local.memory.features import COLUMNS, hashed, marks
from julep_local.memory.judge import Judge
from julep_local.testing import HashEmbedder

Floats = npt.NDArray[np.float64]

FOLDS = 5
PENALTY = 1 / 0.06
"""Of half the squared weights, beside the sum of the losses. Chosen by `validate`, as is all that follows."""
WEIGHT = {"dialogues": 1.0, "messages": 0.7, "sentences": 0.3, "few words": 0.8}
"""How much a labelled sentence of a source counts: single sentences were written to mislead, and people seldom do."""
WORDS, FORM = 8.0, 0.5
"""What the features are multiplied by, those of form after their standard deviation is 1: the larger, the freer."""
STEPS = 300
SHOWN = ("precision", "recall", "junk", "duplicates", "stale", "superseded")
MEMORY = 12
"""Steps that the search for the least remembers."""
CLOSE = 1e-5
"""Of the gradient's largest part, where the search ends."""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="validate", choices=("train", "validate"))
    parser.add_argument("--memories", action="store_true", help="form the memories of all dialogues, too")
    given = parser.parse_args()
    known = labelled.everything()
    if given.what == "train":
        content = learnt(known)
        judge.FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"{judge.FILE.name}: learnt from {len(known)} sentences")
        return
    validate(known, memories=given.memories)


def validate(known: Sequence[Labelled], *, memories: bool) -> None:
    """Print what judges say of sentences of dialogues from which they have not learnt."""
    design, counts, worth = Design.of(known), weighed(known), worths(known)
    dialogues = corpus.load(["dev"])
    fold_of = folds([dialogue.id for dialogue in dialogues])
    own = np.array([fold_of.get(each.group, -1) for each in known])
    judges = [judge_of(*fitted(design, np.where(own == fold, 0.0, counts), worth)) for fold in range(FOLDS)]
    asked = [(each, judges[fold].chance(each.remark)) for each, fold in zip(known, own, strict=True) if fold >= 0]
    print(f"{len(known)} sentences; {len(asked)} of {len(dialogues)} dialogues, judged by what was learnt from others")
    print(f"{'':10}{'n':>6}{'worth':>7}{'area under curve':>18}{'average precision':>19}")
    told: dict[str, dict[str, float]] = {}
    for code in ("all", *corpus.LANGUAGES):
        ids = {dialogue.id for dialogue in dialogues if code in ("all", dialogue.language)}
        pairs = [(each.worth, chance) for each, chance in asked if each.group in ids]
        area, precision = area_under_curve(pairs), average_precision(pairs)
        print(f"{code:10}{len(pairs):6}{sum(is_worth for is_worth, _ in pairs):7}{area:18.3f}{precision:19.3f}")
        told[code] = {"area under curve": round(area, 3), "average precision": round(precision, 3)}
    for least in (gates.LEAST_LIKELY, 0.5, judging.SURE, 0.8):
        kept = [each.worth for each, chance in asked if chance >= least]
        share = sum(kept) / sum(each.worth for each, _ in asked)
        print(f"from {least:.2f} on: {sum(kept) / len(kept):.3f} of {len(kept)} are worth it, {share:.3f} of what is")
    if memories:
        _print_memories(dialogues, lambda dialogue: judges[fold_of[dialogue.id]])
    print(json.dumps({"question": "judge of sentences", "sentences": len(asked), "told": told}))


def _print_memories(dialogues: Sequence[corpus.Dialogue], judge_for: Callable[[corpus.Dialogue], Judge]) -> None:
    """Print what is remembered without the judge, with what it drops, and with what it adds too."""
    print(f"{'memories':34}{'n':>6}" + "".join(f"{name:>12}" for name in SHOWN))
    for name, sure, least_likely in (
        ("rules alone", 2.0, -1.0),
        ("and what the judge drops", 2.0, gates.LEAST_LIKELY),
        ("and what it adds", judging.SURE, gates.LEAST_LIKELY),
    ):
        with mock.patch.object(judging, "SURE", sure), mock.patch.object(gates, "LEAST_LIKELY", least_likely):
            found = total(remembered(each, judge_for(each)) for each in dialogues)
        shares = "".join(f"{getattr(found, share).value or 0.0:12.3f}" for share in SHOWN)
        print(f"{name:34}{found.precision.of:6}{shares}  {dict(found.forbidden)}")


def remembered(dialogue: corpus.Dialogue, by: Judge) -> Score:
    """Return the score of the memories that are formed of a dialogue with this judge."""
    with mock.patch.object(judging, "learnt", return_value=by):
        return score(dialogue, run.produce(dialogue, embedder=HashEmbedder()))


def folds(ids: Sequence[str]) -> dict[str, int]:
    """Return for each dialogue in which fold it is left out; it stays there when others come."""
    return {each: zlib.crc32(each.encode()) % FOLDS for each in ids}


def area_under_curve(pairs: Sequence[tuple[bool, float]]) -> float:
    """Return how often of two sentences the one that is worth it has the greater chance."""
    ranked = sorted(pairs, key=lambda pair: pair[1])
    n = sum(worth for worth, _ in pairs)
    places = sum(place for place, (worth, _) in enumerate(ranked) if worth)
    return (places - n * (n - 1) / 2) / max(1, n * (len(pairs) - n))


def average_precision(pairs: Sequence[tuple[bool, float]]) -> float:
    """Return the mean of the precision at each sentence that is worth it, the likeliest first."""
    found, total_ = 0, 0.0
    for place, (worth, _) in enumerate(sorted(pairs, key=lambda pair: -pair[1]), 1):
        found += worth
        total_ += worth * found / place
    return total_ / max(1, found)


def judge_of(columns: Floats, form: dict[str, float], bias: float) -> Judge:
    """Return the judge with these weights."""
    return Judge(tuple(columns.tolist()), form, bias)


def learnt(known: Sequence[Labelled]) -> dict[str, Any]:
    """Return the content of the library's file of weights, learnt from these sentences."""
    columns, form, bias = fitted(Design.of(known), weighed(known), worths(known))
    scale = float(np.abs(columns).max()) / 127
    whole = np.rint(columns / scale).astype(np.int8)
    return {
        "learnt by": "python -m benchmarks.memory_judge train",
        "learnt from": labelled.digest(known),
        "bias": round(bias, 4),
        "marks": {name: round(weight, 4) for name, weight in form.items()},
        "scale": float(f"{scale:.4g}"),
        "columns": base64.b64encode(whole.tobytes()).decode("ascii"),
    }


def worths(known: Sequence[Labelled]) -> Floats:
    """Return which of the sentences are worth remembering, (n_sentences,)."""
    return np.array([each.worth for each in known], dtype=np.float64)


def weighed(known: Sequence[Labelled]) -> Floats:
    """Return how much each sentence counts, (n_sentences,)."""
    return np.array([WEIGHT[each.source] for each in known], dtype=np.float64)


@dataclass(frozen=True)
class Design:
    """The features of sentences, as arrays."""

    rows: npt.NDArray[np.intp]
    """(n_hashed,): of which sentence each is."""
    columns: npt.NDArray[np.intp]
    """(n_hashed,)."""
    values: Floats
    """(n_hashed,)."""
    form: Floats
    """(n_sentences, n_marks)."""
    names: tuple[str, ...]
    """(n_marks,)."""

    @classmethod
    def of(cls, known: Sequence[Labelled]) -> "Design":
        """Return the features of these sentences."""
        found = [hashed(each.remark) for each in known]
        form = [marks(each.remark) for each in known]
        names = tuple(form[0])
        return cls(
            np.array([i for i, each in enumerate(found) for _ in each], dtype=np.intp),
            np.array([column for each in found for column in each], dtype=np.intp),
            np.array([value for each in found for value in each.values()], dtype=np.float64),
            np.array([[each[name] for name in names] for each in form], dtype=np.float64),
            names,
        )


def fitted(design: Design, counts: Floats, worth: Floats) -> tuple[Floats, dict[str, float], float]:
    """Return the weights of columns, of marks by name, and the bias: logistic regression with an L2 penalty.

    Args:
        design: of n sentences.
        counts: (n,), how much each counts; 0 leaves one out.
        worth: (n,), 1 where it is worth remembering, else 0.
    """
    n, n_marks = design.form.shape
    used = counts > 0
    mean = design.form[used].mean(axis=0)
    spread = (design.form[used].std(axis=0) + 0.1) / FORM
    form = (design.form - mean) / spread
    values = WORDS * design.values

    def loss(weights: Floats) -> tuple[float, Floats]:
        of_columns, of_marks, bias = weights[:COLUMNS], weights[COLUMNS:-1], weights[-1]
        sums = np.bincount(design.rows, values * of_columns[design.columns], minlength=n)
        sums += (form * of_marks).sum(axis=1) + bias
        chance = 1 / (1 + np.exp(-np.clip(sums, -50, 50)))
        wrong = counts * (chance - worth)
        gradient = np.concatenate(
            [
                np.bincount(design.columns, values * wrong[design.rows], minlength=COLUMNS) + PENALTY * of_columns,
                (form * wrong[:, None]).sum(axis=0) + PENALTY * of_marks,
                [wrong.sum()],
            ]
        )
        right = np.where(worth > 0, chance, 1 - chance)
        value = -(counts * np.log(np.maximum(right, 1e-12))).sum()
        return float(value + PENALTY / 2 * (weights[:-1] ** 2).sum()), gradient

    weights = least(loss, np.zeros(COLUMNS + n_marks + 1))
    of_marks = weights[COLUMNS:-1] / spread
    bias = float(weights[-1] - (of_marks * mean).sum())
    return WORDS * weights[:COLUMNS], dict(zip(design.names, of_marks.tolist(), strict=True)), bias


def least(function: Callable[[Floats], tuple[float, Floats]], at: Floats) -> Floats:
    """Return where a convex function is least, going there by L-BFGS.

    Args:
        function: returns its value and its gradient at a point.
        at: where to begin.

    Source: Nocedal and Wright 2006, Numerical Optimization, algorithm 7.4
    """
    steps: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    value, gradient = function(at)
    for _ in range(STEPS):
        if np.abs(gradient).max() < CLOSE:
            break
        direction = _downhill(gradient, steps)
        slope, step = float((direction * gradient).sum()), 1.0
        while True:
            there = at + step * direction
            lower, turned = function(there)
            if lower <= value + 1e-4 * step * slope or step < 1e-8:
                break
            step /= 2
        steps.append((there - at, turned - gradient))
        at, value, gradient = there, lower, turned
    return at


def _downhill(gradient: Floats, steps: Sequence[tuple[Floats, Floats]]) -> Floats:
    direction = -gradient
    shares: list[float] = []
    for moved, turned in reversed(steps):
        share = float((moved * direction).sum() / (moved * turned).sum())
        shares.append(share)
        direction = direction - share * turned
    if steps:
        moved, turned = steps[-1]
        direction = direction * float((moved * turned).sum() / (turned * turned).sum())
    else:
        direction = direction / max(1.0, float(np.abs(gradient).sum()))
    for (moved, turned), share in zip(steps, reversed(shares), strict=True):
        direction = direction + (share - float((turned * direction).sum() / (moved * turned).sum())) * moved
    return direction


if __name__ == "__main__":
    main()
