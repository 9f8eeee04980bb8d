"""The weights that the library ships with are those that the present labelled sentences give."""

import base64
import json

import numpy as np
import pytest

from benchmarks import memory_judge
from benchmarks.memory import corpus, labelled
from julep_local.memory import judge
from julep_local.memory.features import COLUMNS

CLOSE = 1
"""Steps of 127 by which weights may differ: other processors round otherwise."""


@pytest.fixture(scope="module")
def known() -> list[labelled.Labelled]:
    return labelled.everything()


def test_the_weights_were_learnt_from_what_is_labelled_now(known: list[labelled.Labelled]) -> None:
    shipped = json.loads(judge.FILE.read_text("utf-8"))

    anew = memory_judge.learnt(known)

    assert shipped["learnt from"] == anew["learnt from"], "run `python -m benchmarks.memory_judge train`"
    assert shipped["marks"] == pytest.approx(anew["marks"], abs=1e-3)
    assert (shipped["scale"], shipped["bias"]) == pytest.approx((anew["scale"], anew["bias"]), rel=1e-2)
    there, here = (
        np.frombuffer(base64.b64decode(each["columns"]), dtype=np.int8).astype(int) for each in (shipped, anew)
    )
    assert len(there) == COLUMNS
    assert np.abs(there - here).max() <= CLOSE


def test_nothing_that_is_held_out_is_learnt_from(known: list[labelled.Labelled]) -> None:
    dev = {dialogue.id for dialogue in corpus.load(["dev"])}

    assert {each.group for each in known if each.source == "dialogues"} <= dev
    assert {each.source for each in known} == set(memory_judge.WEIGHT)


def test_no_sentence_is_labelled_both_ways(known: list[labelled.Labelled]) -> None:
    of = {True: set[str](), False: set[str]()}
    for each in known:
        if each.source in ("messages", "few words"):
            of[each.worth].add(f"{each.remark.question} {each.remark.text}")

    assert of[True] & of[False] == set()


def test_a_dialogue_stays_in_its_fold_when_others_come() -> None:
    assert memory_judge.folds(["a", "b"])["b"] == memory_judge.folds(["b", "c", "d"])["b"]


def test_the_least_of_a_function_is_found() -> None:
    wanted = np.array([3.0, -1.0, 0.5])
    steep = np.array([1.0, 50.0, 0.1])

    found = memory_judge.least(
        lambda at: (float((steep * (at - wanted) ** 2).sum()), 2 * steep * (at - wanted)), np.zeros(3)
    )

    assert found == pytest.approx(wanted, abs=1e-4)


def test_rankings_are_measured() -> None:
    perfect = [(True, 0.9), (True, 0.8), (False, 0.3), (False, 0.1)]
    mixed = [(True, 0.9), (False, 0.8), (True, 0.3), (False, 0.1)]

    assert memory_judge.area_under_curve(perfect) == 1.0
    assert memory_judge.average_precision(perfect) == 1.0
    assert memory_judge.area_under_curve(mixed) == 0.75
    assert memory_judge.average_precision(mixed) == pytest.approx((1 + 2 / 3) / 2)
