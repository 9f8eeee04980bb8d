"""What the library remembers of the dialogues of benchmarks/memory without a model: it may get better, never worse."""

import pytest

from benchmarks.memory import corpus
from benchmarks.memory.run import produce
from benchmarks.memory.scoring import Score, score, total
from julep_local.testing import HashEmbedder

LEAST = {
    "dev": {"precision": 0.93, "recall": 0.83, "superseded": 0.60, "sources": 1.0},
    "held-out": {"precision": 0.80, "recall": 0.67, "superseded": 0.33, "sources": 0.99},
}
MOST = {
    "dev": {"junk": 0.03, "duplicates": 0.01, "stale": 0.03},
    "held-out": {"junk": 0.12, "duplicates": 0.03, "stale": 0.08},
}
"""Of the dev part, from which rules and judge have learnt, as last measured, of the held-out part a little less: it is
there to tell a fall, not to be tuned to.
Whoever makes memories better sets the new figures; nobody sets worse ones, but for dialogues that have come.
"""
MOST_OFTEN = {"injection": 0, "secret": 0}


def remembered(split: str) -> Score:
    """Return the score of a part as a total: which rule failed in the held-out part is not to be found out here."""
    return total(score(dialogue, produce(dialogue, embedder=HashEmbedder())) for dialogue in corpus.load([split]))


@pytest.mark.timeout(600)  # about a minute of work, on a machine that may be busy
@pytest.mark.parametrize("split", corpus.SPLITS)
def test_what_is_remembered_without_a_model_gets_no_worse(split: str) -> None:
    result = remembered(split)

    least, most = LEAST[split], MOST[split]
    measured = {name: round(getattr(result, name).value, 2) for name in (*least, *most)}
    assert not {name: measured[name] for name in least if measured[name] < least[name]}
    assert not {name: measured[name] for name in most if measured[name] > most[name]}
    assert not {kind: result.forbidden[kind] for kind, n in MOST_OFTEN.items() if result.forbidden.get(kind, 0) > n}
