"""Docs are cut so that an embedding model reads each chunk whole, and no word is lost."""

import random
import string
import time
from typing import Any

import pytest

from julep_local.recall.chunks import MOST_TITLE, embedding_text, n_pieces_bound, split

PROSE = "The lighthouse keeper counted the ships at dusk. Eleven came in; one, the Aurora, did not. "


def made_of(alphabet: str, shortest: int, longest: int, n_words: int = 400) -> str:
    chance = random.Random(5)
    return " ".join(
        "".join(chance.choice(alphabet) for _ in range(chance.randint(shortest, longest))) for _ in range(n_words)
    )


TEXTS = {
    "prose": PROSE * 60,
    "markdown": "\n\n".join(f"# Part {i}\n\n{PROSE * 3}\n\n- one\n- two\n\n```\ncode {i}\n```" for i in range(20)),
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
def test_every_chunk_with_its_title_fits_the_window_and_no_word_is_lost(
    text: str, title: str, word_pieces: Any
) -> None:
    chunks = split(text, title)

    assert max(word_pieces(embedding_text(title, chunk)) for chunk in chunks) <= 256
    assert "".join("".join(chunks).split()) == "".join(text.split())


def test_a_text_that_fits_is_one_chunk_kept_to_the_letter() -> None:
    text = f"  {PROSE}\n\n# Not a heading to cut at\n{PROSE}\n"

    assert split(text, "Title") == [text]
    assert split("") == [""]


def test_a_list_is_kept_as_it_was_given() -> None:
    given = ["short", PROSE * 50, ""]

    assert split(given) == given
    assert split(tuple(given)) == given


def test_a_long_text_is_cut_between_sentences_into_pieces_of_a_paragraph() -> None:
    chunks = split(PROSE * 30)

    assert all(chunk.endswith(".") for chunk in chunks)
    assert all(300 < len(chunk) < 700 for chunk in chunks[:-1])


def test_a_long_text_is_cut_at_headings_first() -> None:
    text = "\n\n".join(f"## Day {i}\n\n{PROSE * 4}" for i in range(6))

    assert [chunk.splitlines()[0] for chunk in split(text)] == [f"## Day {i}" for i in range(6)]


def test_the_title_stands_in_front_of_what_is_embedded_and_is_shortened_if_it_is_long() -> None:
    assert embedding_text("Moon", "Tides") == "Moon\n\nTides"
    assert embedding_text("  ", "Tides") == "Tides"

    title = embedding_text("lighthouse " * 100, "Tides").split("\n\n")[0]
    assert MOST_TITLE // 2 < n_pieces_bound(title) <= MOST_TITLE


@pytest.mark.parametrize(
    "book", [PROSE * 1_000, "a" * 100_000 + "1", "( " * 50_000], ids=["prose", "one word", "signs"]
)
def test_a_book_is_cut_in_a_moment(book: str) -> None:
    start = time.perf_counter()

    assert len(split(book)) > 100
    assert time.perf_counter() - start < 10  # 0.5 s on an idle machine
