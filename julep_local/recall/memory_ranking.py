"""The arithmetic of a search among memories: what makes one score. Pure functions of arrays.

Each part is added to the score. Recall@10 and MRR of three dialogues of which every turn is a memory, and without a
part (benchmarks/memory_quality.py repeats it):

    all of them                                   .791 .614
    meaning alone; words alone                    .270 .147; .666 .500
    without SPEAKER                               .760 .561
    without QUESTION                              .792 .603
    without ANSWER                                .781 .600
    without MONTH and DAY                         .773 .597
    without RECENCY                               .790 .615

The weights are not fitted to a point: 36 settings around them all have a recall@10 of .78 to .80 and an MRR of .61 to
.62, and chosen on two dialogues they give .793 and .621 on the third, taken in turns.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

MEANING, WORDS = 0.7, 0.3
"""Of the cosine similarity, and of the words' bm25 divided by the best. Between 0.65 and 0.75 nothing much changes."""
SPEAKER = 0.2
"""If its speaker is named in the query."""
QUESTION = -0.1
"""Of what is asked in it, by its share of the text: a question tells little of who asks."""
ANSWER = 0.1
"""Share that it has in the meaning and words of the question that it follows: what it answers is not said again."""
MONTH, DAY = 0.15, 0.1
"""If it happened in a month that the query names; if on the day or the one beside it. Nobody says what day it is."""
IMPORTANCE = 0.05
"""Of the importance above or below 0.5: more than a nuance of meaning, less than one word."""
RECENCY, HALF_LIFE = 0.01, 30 * 86_400.0
"""If it was said last of all; half of it if so many seconds before that. It decides between equals and no more: a
question about a fact does not ask for the newest."""

RELEVANT_WORDS = 0.3
"""What all of the query's words, in the memory itself, count beside its similarity to tell whether the two have to do
with each other."""
FEW, MORE, MOST_MORE = 40, 0.1, 0.15
"""Among ten times as many as `FEW` memories so much more is needed, at most `MOST_MORE`: the best of many that have
nothing to do with a query is nearer to it than the best of a few (benchmarks/memory_threshold.py)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What each part adds to the score of a memory; the score is their sum."""

    meaning: float
    words: float
    answer: float
    question: float
    speaker: float
    date: float
    importance: float
    recency: float

    @property
    def score(self) -> float:
        """The sum."""
        return (
            self.meaning
            + self.words
            + self.answer
            + self.question
            + self.speaker
            + self.date
            + self.importance
            + self.recency
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """What each part adds to the score of each memory; arrays of (n,)."""

    meaning: Floats
    words: Floats
    answer: Floats
    question: Floats
    speaker: Floats
    date: Floats
    importance: Floats
    recency: Floats

    @property
    def total(self) -> Floats:
        """The sums, (n,)."""
        sums: Floats = self.meaning + self.words
        for part in (self.answer, self.question, self.speaker, self.date, self.importance, self.recency):
            sums += part
        return sums

    def of(self, rows: Sequence[int]) -> list[Parts]:
        """Return the parts of some memories."""
        wanted = np.array(rows, dtype=np.int64)
        parts = [getattr(self, name)[wanted].tolist() for name in Parts.__dataclass_fields__]
        return [Parts(*each) for each in zip(*parts, strict=True)]


def scores(
    similarities: Floats | None,
    words: Floats,
    *,
    before: Rows,
    asked: Floats,
    speaks: Flags,
    in_month: Flags,
    on_day: Flags,
    importance: Floats,
    recency: Floats,
) -> Scores:
    """Return what each memory scores.

    Args:
        similarities: (n,), cosines with the query; NaN where there is no vector yet. None while there is no embedder.
        words: (n,), sums of bm25, higher is better.
        before: (n,), the row of the memory of what was said right before, -1 for none.
        asked: (n,), which share of it is questions.
        speaks: (n,), whether its speaker is named.
        in_month: (n,), whether it happened in a month that is named.
        on_day: (n,), whether it did on a day that is named.
        importance: (n,), 0 to 1.
        recency: (n,), see `recent`.

    Source: the sum of the first two is the convex combination of Bruch, Gai and Ingber 2023,
    https://doi.org/10.1145/3596512.
    """
    best = float(words.max(initial=0.0))
    nothing = np.zeros(len(words), dtype=np.float32)
    by_words = np.asarray(WORDS / best * words, dtype=np.float32) if best > 0 else nothing
    meaning = nothing if similarities is None else MEANING * similarities
    if np.isnan(meaning.sum()):
        meaning = np.nan_to_num(meaning, nan=0.0)
    answer = nothing
    asks = asked > 0
    follows = np.flatnonzero(asks[before] & (before >= 0)) if asks.any() else ()
    if len(follows):
        answer = nothing.copy()
        answer[follows] = ANSWER * (meaning + by_words)[before[follows]]
    return Scores(
        meaning=meaning,
        words=by_words,
        answer=answer,
        question=np.float32(QUESTION) * asked,
        speaker=np.float32(SPEAKER) * speaks.astype(np.float32) if speaks.any() else nothing,
        date=_by_date(in_month, on_day) if in_month.any() or on_day.any() else nothing,
        importance=np.float32(IMPORTANCE) * (importance - np.float32(0.5)),
        recency=np.float32(RECENCY) * recency,
    )


def _by_date(in_month: Flags, on_day: Flags) -> Floats:
    scores: Floats = np.float32(MONTH) * in_month.astype(np.float32) + np.float32(DAY) * on_day.astype(np.float32)
    return scores


def recent(said_at: npt.NDArray[np.float64]) -> Floats:
    """Return how recent each memory is beside the newest, 1 to 0, `(n,)`. `said_at` is in seconds."""
    if not len(said_at):
        return np.empty(0, dtype=np.float32)
    return np.asarray(np.exp2((said_at - said_at.max()) / HALF_LIFE), dtype=np.float32)


def is_relevant(similarity: float | None, share: float, threshold: float) -> bool:
    """Whether a memory has to do with the query at all.

    Args:
        similarity: cosine with the query; None without a vector, where half of the words have to stand in it.
        share: how much of the query's words it has, 0 to 1.
        threshold: `threshold_among`, or what somebody has set.
    """
    if similarity is None:
        return share >= 0.5
    return similarity + RELEVANT_WORDS * share >= threshold


def threshold_among(n: int, threshold: float) -> float:
    """Return what is needed among so many memories, where `threshold` is the embedder's `relevance_threshold`."""
    return threshold + min(max(MORE * math.log10(max(n, 1) / FEW), 0.0), MOST_MORE)
