"""How likely a sentence is worth remembering of whoever said it, by weights that were learnt from labelled talk.

A linear model over the features of a sentence, beside the rules and without their verdict. Its weights are data, learnt
by `python -m benchmarks.memory_judge`: whole numbers of -127 to 127 and a scale, so that they are the same everywhere.
They are read when they are first needed.
"""

import base64
import functools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from julep_local.memory.features import Remark, hashed, marks

FILE = Path(__file__).with_name("judge.json")
ANSWER = 8
"""Words of a reply that is read together with the question that it answers."""

_QUESTION = re.compile(r"[^.!?\n]*\?")


@dataclass(frozen=True)
class Judge:
    """Weights, and what is made of them."""

    columns: tuple[float, ...]
    """Of hashed words: `features.COLUMNS`."""
    marks: dict[str, float]
    bias: float

    def chance(self, remark: Remark) -> float:
        """Return how likely a remark is worth remembering, from 0 to 1."""
        total = self.bias
        for column, value in hashed(remark).items():
            total += self.columns[column] * value
        for name, value in marks(remark).items():
            total += self.marks[name] * value
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


@functools.cache
def learnt() -> Judge:
    """Return the judge that the library ships with."""
    return read(json.loads(FILE.read_text(encoding="utf-8")))


def read(raw: dict[str, Any]) -> Judge:
    """Return the judge of a file's content."""
    scale = float(raw["scale"])
    columns = (byte - 256 if byte > 127 else byte for byte in base64.b64decode(raw["columns"]))
    return Judge(tuple(scale * each for each in columns), dict(raw["marks"]), float(raw["bias"]))


def remarks(sentences: Sequence[str], before: str = "") -> list[Remark]:
    """Return the sentences of a message as remarks, a short reply with the question that it answers.

    Args:
        sentences: of a message of the user's, in order.
        before: the assistant's message right before; "" if there is none.
    """
    asked = _QUESTION.findall(before)[-1].strip() if before.rstrip().endswith("?") else ""
    return [
        Remark(
            each,
            question=asked if i == 0 and len(each.split()) <= ANSWER and not each.rstrip().endswith("?") else "",
            place=i,
            of=len(sentences),
            replies=i == 0 and bool(asked),
        )
        for i, each in enumerate(sentences)
    ]
