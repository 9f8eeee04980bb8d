"""Cuts docs into chunks that an embedding model reads whole, and says what of a chunk is embedded.

It needs no model: it bounds the length from the characters, so that a doc can be stored before any model is loaded.
"""

import bisect
import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from julep_local.recall.words import STOP_WORDS

if TYPE_CHECKING:
    from semantic_text_splitter import MarkdownSplitter

CHARS = 550
"""Characters of a chunk at most: some 120 word pieces of English, and 80 on average, because it ends with a sentence.

Of the answers to 472 questions on five long texts, the first 1,600 characters found by meaning hold .64 with such
chunks, .53 with 200 word pieces and .39 with 400."""
CRUMB = 100
"""Characters below which a piece joins its neighbour: a heading the text below, the rest of a paragraph that above."""

WINDOW = 254
"""Word pieces of a chunk with its title and heading, by the bound of `n_pieces_bound`. all-MiniLM-L6-v2 reads 256 with
the two that mark start and end, and drops the rest silently."""

MOST_TITLE = 64
"""Word pieces of the title in front of each chunk, by the same bound: about 150 characters of English."""
MOST_TITLE_CHARS = 600
"""Of a title that are looked at to shorten it. That is done for each chunk, and of 100,000 it took 7 ms."""
MOST_HEADING = 40
"""Word pieces of the headings above it, by the same bound: about 90 characters."""

BLOCK = 16_000
"""Characters that are given to the splitter at once, whose time grows with the square of them where nothing is a
sensible place to cut: 100,000 letters without a blank take it 0.15 s, a million 14 s."""
UNBROKEN = 1_000
"""The same of a text without a blank."""

# letters and digits, or one sign; white space costs nothing
_UNITS = re.compile(r"[^\W_]{1,32}|\S")
_SYLLABLE = re.compile(r"[\uac00-\ud7a3]")
_UNREADABLE = re.compile(r"[^aeiouy]{5}|.{25}", re.IGNORECASE)
_RARE = re.compile(r"[jqxz]", re.IGNORECASE)
_MOST_KNOWN = 20_000

# a heading of markdown with its sign in front, or the fence of a code block, in which "# x" is a remark
_HEADING_OR_FENCE = re.compile(r"\n {0,3}(?:(#{1,6})[ \t]+(\S[^\n]*)|(`{3,}|~{3,}))")
_UNDERLINED = re.compile(r"\n[ \t\r]*\n((?![#>|`~*+\-=])\S[^\n]{0,99})\n(={3,}|-{3,})[ \t\r]*(?=\n|\Z)")
_LINK = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*\)")
_SPACE = re.compile(r"\s*")


class Chunk(NamedTuple):
    """A piece of a doc, embedded on its own."""

    heading: str
    """The headings above it, outermost first: "Guide > Install"; empty if there are none."""
    content: str
    """Its text. That of all chunks of a string, in order and without anything between, is the string."""


class _Costs(dict[str, int]):
    """What each unit of text may cost in word pieces; most text is made of words that were seen before.

    When it is full it begins anew: what is rare, as numbers are, is asked for several times in the same paragraph.
    """

    def __missing__(self, unit: str) -> int:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        cost = self[unit] = _cost(unit)
        return cost


def _cost(unit: str) -> int:
    if not unit.isascii():
        return len(unit) + 2 * len(_SYLLABLE.findall(unit))
    if unit.lower() in STOP_WORDS:
        return 1
    if len(unit) <= 3 or not unit.isalpha() or _UNREADABLE.search(unit):
        return len(unit)
    return min((len(unit) + 1) // 2 + len(_RARE.findall(unit)), len(unit))


_costs = _Costs()


def n_pieces_bound(text: str) -> int:
    """Return how many word pieces the text can have at most; prose has about half as many.

    Written words have two letters a piece or more. What may have fewer counts one a character: digits, signs, words of
    up to three letters, other scripts, rare letters, and letters that nobody could pronounce (hashes, base64). A Korean
    syllable counts three, its letters.
    """
    return sum(map(_costs.__getitem__, _UNITS.findall(text)))


def split(content: str | Sequence[str], title: str = "") -> list[Chunk]:
    """Return the chunks of a doc, in reading order. A list is kept as it is: its author has cut it.

    A string that fits the window, with its title, is one chunk. A longer one is cut at headings, else paragraphs, else
    sentences, else words. White space at a cut ends the chunk before it: nothing is lost and nothing stands twice.
    """
    if not isinstance(content, str):
        return [Chunk("", text) for text in content]
    headings = _Headings(content, title)
    room = WINDOW - n_pieces_bound(_shortened(title)) - headings.most_pieces
    starts = [0]
    if len(content) > CHARS * 2 or n_pieces_bound(content) > room:
        starts = [start for block in _blocks(content) for start in _starts(content, *block, room)]
        starts = _without_crumbs(content, starts, headings, room)
    ends = [*starts[1:], len(content)]
    return [Chunk(headings.above(start), content[start:end]) for start, end in zip(starts, ends, strict=True)]


def embedding_text(title: str, heading: str, content: str) -> str:
    """Return what is embedded for a chunk: the title, shortened if need be, the headings, a blank line, the content."""
    above = "\n".join(line for line in (_shortened(title), heading) if line)
    return f"{above}\n\n{content.strip()}" if above else content.strip()


def _starts(text: str, start: int, end: int, room: int) -> list[int]:
    """Return where the chunks of this part of the text begin, the first at its start, so that each fits the room."""
    part = text[start:end]
    n_pieces, n_chars = n_pieces_bound(part), len(part.strip())
    if (n_pieces <= room and n_chars <= CHARS) or n_chars < 2:
        return [start]
    # what is no prose, or has a long title, needs shorter chunks
    chars = min(CHARS, n_chars * room // max(n_pieces, 1))
    if n_chars <= CHARS:
        chars = min(chars, n_chars * 2 // 3)  # of one that does not fit come two alike, not one and a crumb
    cuts = [place for place, _ in _splitter(max(chars, 1)).chunk_indices(part)][1:]
    places = cuts or [len(part) - len(part.lstrip()) + n_chars // 2]
    # a few control characters are white space to Python and none to the splitter
    written = _after_space(text, start)
    after_space = dict.fromkeys(_after_space(text, start + place) for place in places)
    edges = [start, *(place for place in after_space if written < place < end), end]
    if len(edges) == 2:
        return [start]
    return [first for a, b in zip(edges, edges[1:], strict=False) for first in _starts(text, a, b, room)]


def _without_crumbs(text: str, starts: Sequence[int], headings: "_Headings", room: int) -> list[int]:
    def fits(start: int, end: int) -> bool:
        chunk = text[start:end].strip()
        return len(chunk) <= CHARS + CRUMB and n_pieces_bound(chunk) <= room

    kept = [0]
    for start, end in zip(starts[1:], [*starts[2:], len(text)], strict=False):
        is_heading = headings.begin(kept[-1]) and len(text[kept[-1] : start].strip()) < CRUMB
        is_rest = not headings.begin(start) and len(text[start:end].strip()) < CRUMB
        if (is_heading or is_rest) and fits(kept[-1], end):
            continue
        if is_heading:  # takes the beginning of the text below it
            parts = _splitter(max(1, len(text[start:end].strip()) * 2 // 3)).chunk_indices(text[start:end])
            cuts = [start + cut for cut, _ in parts[1:2]]
            kept += [cut if fits(kept[-1], cut) else start for cut in cuts] or [start]
        else:
            kept.append(start)
    return kept


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of parts of at most about `BLOCK` characters, cut at a heading, paragraph, line or word."""
    start, written = 0, _after_space(text, 0)
    while len(text) - written > BLOCK:
        half, most = written + BLOCK // 2, written + BLOCK
        for sign in ("\n#", "\n\n", ". ", "\n", "\u3002", " "):  # U+3002 ends a sentence of Chinese or Japanese
            if cut := text.rfind(sign, half, most) + 1:
                break
        else:
            cut = written + UNBROKEN
        written = _after_space(text, cut)
        yield start, written
        start = written
    if start < len(text):
        yield start, len(text)


def _after_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


class _Headings:
    """Where in a text of markdown which headings stand above."""

    def __init__(self, text: str, title: str) -> None:
        self._text = text
        self._places: list[int] = []
        self._paths: list[str] = []
        path: list[tuple[int, str, int]] = []
        known = _plain(title).casefold()
        self.most_pieces = 0
        for place, level, heading in _found_headings(text):
            path = [*(upper for upper in path if upper[0] < level), (level, heading, n_pieces_bound(heading))]
            names = [(name, n_pieces) for _, name, n_pieces in path if name.casefold() != known]
            # the sign between two is a piece
            while (n_pieces := sum(n for _, n in names) + max(len(names) - 1, 0)) > MOST_HEADING:
                if len(names) > 1:  # the nearest tell most
                    names = names[1:]
                else:
                    name = names[0][0][: len(names[0][0]) * 3 // 4]
                    names = [(name, n_pieces_bound(name))]
            self.most_pieces = max(self.most_pieces, n_pieces)
            self._places.append(place)
            self._paths.append(" > ".join(name for name, _ in names))

    def begin(self, start: int) -> bool:
        """Return whether the text that begins here begins with a heading."""
        place = _after_space(self._text, start)
        n = bisect.bisect_left(self._places, place)
        return n < len(self._places) and self._places[n] == place

    def above(self, start: int) -> str:
        """Return the path of headings over the text that begins here, with one that begins it."""
        if not self._places:
            return ""
        n = bisect.bisect_right(self._places, _after_space(self._text, start))
        return self._paths[n - 1] if n else ""


def _found_headings(text: str) -> list[tuple[int, int, str]]:
    """Return place, level and text of each heading, in order."""
    lines = f"\n\n{text}"  # so that each line has a beginning to search for
    found: list[tuple[int, int, str]] = []
    fence, opened = "", 0
    fenced: list[tuple[int, int]] = []
    if "#" in text or "```" in text or "~~~" in text:
        for match in _HEADING_OR_FENCE.finditer(lines):
            signs, heading, marks = match.groups()
            if marks and not fence:
                fence, opened = marks, match.start()
            elif marks and marks[0] == fence[0] and len(marks) >= len(fence):
                fence = ""
                fenced.append((opened, match.end()))
            elif signs and not fence and (plain := _plain(heading)):
                found.append((match.start(1) - 2, len(signs), plain))
    if "\n===" in text or "\n---" in text:
        if fence:
            fenced.append((opened, len(lines)))
        for match in _UNDERLINED.finditer(lines):
            if plain := _plain(match[1]):
                found.append((match.start(1) - 2, 1 if match[2][0] == "=" else 2, plain))
        ends = [b for _, b in fenced]  # in order, and no two overlap
        places = [bisect.bisect_right(ends, place + 2) for place, _, _ in found]
        found = [
            each for each, n in zip(found, places, strict=True) if n == len(fenced) or not fenced[n][0] <= each[0] + 2
        ]
        found.sort()
    return found


def _plain(heading: str) -> str:
    """Return a heading's words without the signs of markdown, at most 120 characters."""
    heading = heading[:400]
    if "](" in heading:
        heading = _LINK.sub(r"\1", heading)
    return " ".join(heading.strip("#*_` \t\r").split())[:120]


def _shortened(title: str) -> str:
    title = title.strip()[:MOST_TITLE_CHARS]
    while n_pieces_bound(title) > MOST_TITLE:
        title = title[: max(len(title) * MOST_TITLE // n_pieces_bound(title), 1)]
        if len(title) == 1:
            break
    return title


@functools.lru_cache(maxsize=64)
def _splitter(chars: int) -> "MarkdownSplitter":
    from semantic_text_splitter import MarkdownSplitter

    return MarkdownSplitter(chars)
