"""What comes in pieces breaks between words, and loses nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from julep_local.cli.wrap import Wrapped


def _printed(pieces: list[str], width: int, column: int = 0, indent: int = 0) -> str:
    out: list[str] = []
    text = Wrapped(out.append, width, column, indent)
    for piece in pieces:
        text.add(piece)
    text.end()
    return "".join(out)


@pytest.mark.parametrize(
    ("pieces", "printed"),
    [
        (["one two ", "three"], "one two\nthree"),
        (["on", "e tw", "o thr", "ee"], "one two\nthree"),
        (["  - an", " item"], "  - an\nitem"),
        (["a\n\n", "b\n"], "a\n\nb\n"),
        (["a-word-that-is-too-long and"], "a-word-that-is-too-long\nand"),
        (["漢字 漢字 漢字"], "漢字 漢字\n漢字"),
    ],
)
def test_lines_break_between_words(pieces: list[str], printed: str) -> None:
    assert _printed(pieces, width=10) == printed


def test_the_label_in_front_counts() -> None:
    assert _printed(["one two"], width=12, column=6) == "one\ntwo"


def test_each_line_is_indented_and_an_empty_one_stays_empty() -> None:
    assert _printed(["one two three\n\nfour"], width=12, indent=3) == "   one two\n   three\n\n   four"


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab \n漢")), st.integers(2, 30))
def test_no_word_is_lost_and_none_changed(pieces: list[str], width: int) -> None:
    assert _printed(pieces, width).split() == "".join(pieces).split()


@settings(deadline=None)
@given(st.lists(st.text()))
def test_without_a_width_nothing_is_changed(pieces: list[str]) -> None:
    assert _printed(pieces, width=0) == "".join(pieces)
