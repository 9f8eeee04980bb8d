"""Docs are cut so that an embedding model reads each chunk whole, and their chunks put together are the doc."""

import random
import string
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from julep_local.recall.chunks import CHARS, MOST_HEADING, MOST_TITLE, Chunk, embedding_text, n_pieces_bound, split

PROSE = "The lighthouse keeper counted the ships at dusk. Eleven came in; one, the Aurora, did not. "


def made_of(alphabet: str, shortest: int, longest: int, n_words: int = 400) -> str:
    chance = random.Random(5)
    return " ".join(
        "".join(chance.choice(alphabet) for _ in range(chance.randint(shortest, longest))) for _ in range(n_words)
    )


TEXTS = {
    "prose": PROSE * 60,
    "markdown": "\n\n".join(f"# Part {i}\n\n{PROSE * 3}\n\n- one\n- two\n\n```\ncode {i}\n```" for i in range(20)),
    "headings without an end": "\n".join(f"{'#' * (i % 6 + 1)} {PROSE}" for i in range(80)),
    "one long line without spaces": "x" * 5000,
    "letters and numbers": made_of(string.ascii_letters + string.digits, 3, 40),
    "short random words": made_of(string.ascii_lowercase, 1, 4),
    "unpronounceable words": made_of("aeiouxqzjk", 2, 8),
    "base64": made_of(string.ascii_letters + string.digits + "+/", 60, 90, 60),
    "digits": made_of(string.digits, 1, 20),
    "signs": made_of(string.punctuation, 1, 9),
    "Chinese": made_of("天地玄黃宇宙洪荒日月盈昃辰宿列張", 5, 50, 60),
    "Korean": made_of("안녕하세요반갑습니다값없닭", 1, 6),
    "Cyrillic": made_of("абвгдежзиклмнопрст", 2, 10),
    "emoji": made_of("😀👍🏽❤️🇩🇪", 1, 5),
    "ligatures": "ﷺ ﬁ ½ ㎏ Ǆ " * 100,
    "white space": f"{PROSE}\n\n\n\n \t {PROSE}\r\n" * 20,
}


@pytest.mark.parametrize(
    "title", ["", "Harbour log", "Ein sehr langer Titel, " * 30, "값" * 90], ids=["none", "short", "long", "Korean"]
)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_chunk_with_title_and_headings_fits_the_window_and_nothing_is_lost(
    text: str, title: str, word_pieces: Any
) -> None:
    chunks = split(text, title)

    assert max(word_pieces(embedding_text(title, *chunk)) for chunk in chunks) <= 256
    assert "".join(chunk.content for chunk in chunks) == text


MARKDOWN = ["# A\n", "## B c\n", "Part\n====\n\n", "```\n", "| a | b |\n", "1. one\n", "> quoted\n", "[a](b)"]
SPACE = ["\n", "\n\n", "\r\n", " ", "\t", " " * 700, "\x1c", "\u2028", "\u00a0"]
WORDS = ["word ", PROSE, "é", "값", "👍🏽", "x" * 300, "a\u0301", "\0"]


@given(
    st.lists(st.sampled_from([*MARKDOWN, *SPACE, *WORDS]), max_size=60).map("".join),
    st.sampled_from(["", "Moon", PROSE]),
)
@example(" " * 20_000 + PROSE * 200 + " " * 20_000, "")
@example("x" * 600 + " " * 2000, "")
@example("\n\n# A\n" * 5000, "A")
def test_the_chunks_put_together_are_the_doc_and_none_is_blank(text: str, title: str) -> None:
    chunks = split(text, title)

    assert "".join(chunk.content for chunk in chunks) == text
    assert all(chunk.content.strip() for chunk in chunks) or len(chunks) == 1
    assert all(chunk.content[0].strip() for chunk in chunks[1:]), "white space ends a chunk and begins none"
    assert all(n_pieces_bound(embedding_text(title, *chunk)) <= 254 for chunk in chunks)


@given(st.text(max_size=1500))
def test_any_text_is_its_chunks_put_together(text: str) -> None:
    assert "".join(chunk.content for chunk in split(text, "Title")) == text


def test_a_text_that_fits_is_one_chunk_kept_to_the_letter() -> None:
    text = f"  {PROSE}\n\n# Not a heading to cut at\n{PROSE}\n"

    assert split(text, "Title") == [Chunk("", text)]
    assert split("") == [Chunk("", "")]


def test_a_list_is_kept_as_it_was_given() -> None:
    given_texts = ["short", PROSE * 50, "", "# Heading"]

    assert [chunk.content for chunk in split(given_texts)] == given_texts
    assert split(tuple(given_texts)) == split(given_texts)


def test_a_long_text_is_cut_between_sentences_into_pieces_of_a_paragraph() -> None:
    chunks = [chunk.content for chunk in split(PROSE * 30)]

    assert all(chunk.endswith(". ") for chunk in chunks)
    assert all(300 < len(chunk) <= CHARS + 1 for chunk in chunks[:-1])


def test_a_long_text_is_cut_at_headings_first() -> None:
    text = "\n\n".join(f"## Day {i}\n\n{PROSE * 4}" for i in range(6))

    assert [chunk.content.splitlines()[0] for chunk in split(text)] == [f"## Day {i}" for i in range(6)]


def test_a_chunk_knows_the_headings_above_it() -> None:
    text = (
        f"{PROSE * 5}\n\n# Guide\n\n{PROSE * 5}\n\n## [Install](x.md) **now** ##\n\n{PROSE * 9}\n\n"
        f"```sh\n# no heading\n```\n\n{PROSE * 5}\n\nUse\n---\n\n{PROSE * 5}\n\nLast\n====\n\n{PROSE * 5}"
    )

    paths = dict.fromkeys(chunk.heading for chunk in split(text))

    assert list(paths) == ["", "Guide", "Guide > Install **now", "Guide > Use", "Last"]


def test_a_heading_that_is_the_title_is_not_said_twice() -> None:
    chunks = split(f"# The Guide\n\n## Install\n\n{PROSE * 20}", "the guide")

    assert {chunk.heading for chunk in chunks} == {"", "Install"}
    assert chunks[0].content.startswith("# The Guide\n\n## Install\n\nThe lighthouse"), "headings stand with their text"


def test_of_a_long_path_of_headings_the_nearest_are_kept() -> None:
    text = "".join(f"{'#' * n} Lighthouse keeping volume {n}\n\n" for n in range(1, 7)) + PROSE * 20

    heading = split(text)[-1].heading

    assert heading.endswith("Lighthouse keeping volume 6")
    assert n_pieces_bound(heading) <= MOST_HEADING


def test_title_and_headings_stand_in_front_of_what_is_embedded_and_a_long_title_is_shortened() -> None:
    assert embedding_text("Moon", "", "Tides\n") == "Moon\n\nTides"
    assert embedding_text("Moon", "Sea > Tides", "Twice a day") == "Moon\nSea > Tides\n\nTwice a day"
    assert embedding_text("  ", "", " Tides") == "Tides"

    title = embedding_text("lighthouse " * 100, "", "Tides").split("\n\n")[0]
    assert MOST_TITLE // 2 < n_pieces_bound(title) <= MOST_TITLE


@pytest.mark.parametrize(
    "book",
    [PROSE * 50_000, "a" * 100_000 + "1", "( " * 50_000, "天地玄黃" * 25_000, "\n" * 1_000_000, "[" * 100_000],
    ids=["prose", "one word", "signs", "Chinese", "lines", "brackets"],
)
def test_a_book_is_cut_in_a_moment(book: str) -> None:
    start = time.perf_counter()

    assert len(split(book)) > 100 or not book.strip()
    assert time.perf_counter() - start < 10  # 0.5 s on an idle machine


def test_many_headings_and_code_blocks_are_told_apart_in_a_moment() -> None:
    section = "```\n# a remark\n```\n# Tides\n"
    text = section * (2_000_000 // len(section)) + "Last\n---\n"
    start = time.perf_counter()

    assert {chunk.heading for chunk in split(text)} == {"", "Tides"}
    assert time.perf_counter() - start < 10  # 0.7 s on an idle machine; minutes with each compared with each


def test_a_title_of_any_length_is_shortened_in_no_time() -> None:
    title = "lighthouse " * 10_000
    start = time.perf_counter()

    texts = {embedding_text(title, "", "Tides") for _ in range(1000)}

    assert time.perf_counter() - start < 3  # 0.05 s on an idle machine, 7 s with the whole title
    assert texts == {embedding_text(title[:2000], "", "Tides")}
