"""Cuts docs into chunks that an embedding model reads whole, and says what of a chunk is embedded.

It needs no model: it bounds the length from the characters, so that a doc can be stored before any model is loaded.
"""

import functools
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from julep_local.recall.words import STOP_WORDS

if TYPE_CHECKING:
    from semantic_text_splitter import MarkdownSplitter

WINDOW = 254
"""Word pieces of a chunk with its title, by the bound of `n_pieces_bound`. all-MiniLM-L6-v2 reads 256 with the two that
mark start and end, and drops the rest silently.

The bound is about twice the true number for prose, so chunks of English have some 120 pieces (550 characters). That
is the best size too: of the answers to 472 questions on five long texts, the first 1,600 characters found hold .73 with
chunks of 120 pieces, .67 with 200 and .52 with 400."""

MOST_TITLE = 64
"""Word pieces of the title in front of each chunk, by the same bound: about 150 characters of English."""

# written words, Korean syllables, anything else; white space costs nothing
_COSTS = re.compile(r"([a-zA-Z]{1,32})(?![^\W_])|([\uac00-\ud7a3])|\S")  # IGNORECASE would walk all syllables
_UNREADABLE = re.compile(r"[^aeiouy]{5}|.{25}", re.IGNORECASE)
_RARE = re.compile(r"[jqxz]", re.IGNORECASE)


def n_pieces_bound(text: str, enough: float = math.inf) -> int:
    """Return how many word pieces the text can have at most; prose has about half as many.

    Written words have two letters a piece or more. What may have fewer counts one a character: digits, signs, words of
    up to three letters, other scripts, rare letters, and letters that nobody could pronounce (hashes, base64). A Korean
    syllable counts three, its letters. Counting ends above `enough`.
    """
    n_pieces = 0
    for match in _COSTS.finditer(text):
        word, syllable = match.groups()
        if syllable:
            n_pieces += 3
        elif not word or word.lower() in STOP_WORDS:
            n_pieces += 1
        elif len(word) <= 3 or _UNREADABLE.search(word):
            n_pieces += len(word)
        else:
            n_pieces += min((len(word) + 1) // 2 + len(_RARE.findall(word)), len(word))
        if n_pieces > enough:
            break
    return n_pieces


def split(content: str | Sequence[str], title: str = "") -> list[str]:
    """Return the chunks of a doc, in reading order. A list is kept as it is: its author has cut it.

    A string that fits the window, with its title, is one chunk. A longer one is cut at headings, else paragraphs, else
    sentences, else words; nothing but white space at the cuts is lost.
    """
    if not isinstance(content, str):
        return list(content)
    room = WINDOW - n_pieces_bound(_shortened(title))
    if n_pieces_bound(content, enough=room) <= room:
        return [content]
    return [chunk for chunk in _splitter(room).chunks(content) if chunk.strip()] or [content]


def embedding_text(title: str, chunk: str) -> str:
    """Return what is embedded for a chunk: the title, shortened if need be, a blank line and the chunk."""
    return f"{_shortened(title)}\n\n{chunk}" if title.strip() else chunk


def _shortened(title: str) -> str:
    while n_pieces_bound(title) > MOST_TITLE:
        title = title[: max(len(title) * MOST_TITLE // n_pieces_bound(title), 1)]
        if len(title) == 1:
            break
    return title


@functools.lru_cache(maxsize=WINDOW)
def _splitter(room: int) -> "MarkdownSplitter":
    from semantic_text_splitter import MarkdownSplitter

    # it measures whole sections to find the first that fits: a book without a blank took 25 s when all was counted
    return MarkdownSplitter.from_callback(functools.partial(n_pieces_bound, enough=room), room)
