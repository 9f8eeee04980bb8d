"""Of a long text the part is shown where the words of the query stand, cut between words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from julep_local.recall.excerpt import excerpt

FILLER = "The keeper counted ships at dusk. " * 30


@given(st.text(alphabet="ab \n_é天", max_size=400), st.lists(st.text(alphabet="abé", min_size=1)), st.integers(20, 200))
def test_it_is_a_part_of_the_text_and_never_longer(text: str, wanted: list[str], most_chars: int) -> None:
    shown = excerpt(text, wanted, most_chars)

    assert len(shown) <= most_chars
    assert shown.removeprefix("... ").removesuffix(" ...").strip() in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["beagle", "stove"], "A beagle by the stove."),
        (["felicite"], "The brig Félicité sank."),
        (["ferries"], "The ferry leaves at nine."),
        (["max_speed"], "Set max_speed to 9."),
        (["暴风"], "天暴风雨。 暴风 来了。"),
    ],
)
def test_the_words_stand_in_it(words: list[str], sentence: str) -> None:
    assert sentence in excerpt(f"beagle {FILLER}{sentence} {FILLER}", words, 300)


def test_without_the_words_it_is_the_beginning() -> None:
    assert excerpt("one two three four five", ["nine"], 20) == "one two ..."
    assert excerpt("one two three", [], 13) == "one two three"


@pytest.mark.parametrize("text", ["x" * 1_000_000, "dog " * 250_000, "a" * 1_000 + " dog" + "天" * 1_000_000])
def test_a_text_of_any_length_takes_a_moment(text: str) -> None:
    start = time.perf_counter()

    assert 1500 < len(excerpt(text, ["dog", "x" * 1_000_000], 1600)) <= 1600
    assert time.perf_counter() - start < 3  # 0.1 s on an idle machine
