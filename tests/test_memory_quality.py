"""What the library remembers of the dialogues of benchmarks/memory without a model: it may get better, never worse."""

import pytest

from benchmarks.memory import corpus
from benchmarks.memory.run import produce
from benchmarks.memory.scoring import Score, score, total
from julep_local.testing import HashEmbedder

LEAST = {"precision": 0.96, "recall": 0.77, "sources": 1.0}
MOST = {"junk": 0.04, "duplicates": 0.01, "stale": 0.01}
MOST_OFTEN = {"injection": 0, "secret": 0}
"""Of the dev part, as last measured. Whoever makes memories better sets the new figures; nobody sets worse ones."""


def remembered() -> Score:
    """Return the score of the dev part: the held-out part is for judging, not for finding out which rule failed."""
    return total(score(dialogue, produce(dialogue, embedder=HashEmbedder())) for dialogue in corpus.load(["dev"]))


@pytest.mark.timeout(600)  # some 12 seconds of work, on a machine that may be busy
def test_what_is_remembered_without_a_model_gets_no_worse() -> None:
    result = remembered()

    measured = {name: round(getattr(result, name).value, 2) for name in (*LEAST, *MOST)}
    assert not {name: measured[name] for name, least in LEAST.items() if measured[name] < least}
    assert not {name: measured[name] for name, most in MOST.items() if measured[name] > most}
    assert not {kind: result.forbidden[kind] for kind, n in MOST_OFTEN.items() if result.forbidden.get(kind, 0) > n}
