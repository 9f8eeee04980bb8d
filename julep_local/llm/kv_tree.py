"""The KV caches of many prompts, copied out: a tree of stretches, where what prompts have in common is kept once.

A stretch holds the keys and values of the tokens from `begin` to `end`; together with the stretches above it they are
those of a whole prompt's beginning. Prompts that differ from some token on are siblings behind it. Where a stretch was
cut short its copy keeps the bytes behind the cut, which are left out when it is used.

It knows tokens and bytes, and nothing of llama.cpp, files or threads.

Source: the tree is that of RadixAttention, Zheng et al. 2024, https://arxiv.org/abs/2312.07104
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from julep_local.llm.native import Blob

SHARED = "shared"
"""The owner of what several conversations have in common."""


class Stretch:
    """The keys and values of some tokens in a row.

    Attributes:
        begin: position of its first token.
        tokens: its own tokens.
        least: the first position at which it can be cut short; below that it is of no use.
        n_exact: so many tokens from the start of the prompt were all read in batches, as a fresh read would.
        owner: the key of the conversation it was read for; None if it is of none, or of one that was forgotten.
        blob: (n_bytes,), uint8, the copy in memory; None if it is in a file only. Set with `KvTree.set_blob`.
        n_copied: so many tokens are in the copy; more than there are `tokens` if it was cut short.
        file: where it is on disk; None if it is not.
        pins: how many answers under way need it: it must stay.
        used: when it was last used, as a number that counts uses.
        is_gone: it is in the tree no more.
    """

    __slots__ = (
        "begin",
        "blob",
        "children",
        "file",
        "is_gone",
        "least",
        "n_copied",
        "n_exact",
        "owner",
        "parent",
        "pins",
        "tokens",
        "used",
    )

    def __init__(
        self,
        begin: int,
        tokens: Sequence[int],
        *,
        parent: "Stretch | None" = None,
        blob: "Blob | None" = None,
        n_exact: int = 0,
        least: int | None = None,
        owner: str | None = None,
    ) -> None:
        self.begin = begin
        self.tokens = array("i", tokens)
        self.parent = parent
        self.children: list[Stretch] = []
        self.blob = blob
        self.n_copied = len(self.tokens)
        self.n_exact = n_exact
        self.least = begin + 1 if least is None else least
        self.owner = owner
        self.file: Path | None = None
        self.pins = 0
        self.used = 0
        self.is_gone = False

    @property
    def end(self) -> int:
        """Position behind its last token."""
        return self.begin + len(self.tokens)

    @property
    def is_spare(self) -> bool:
        """Whether nothing else stands on it."""
        return not self.children and not self.pins

    def path(self) -> "list[Stretch]":
        """Return the stretches from the start of the prompt to this one."""
        path: list[Stretch] = [self]
        while (above := path[-1].parent) is not None:
            path.append(above)
        return path[::-1]

    def subtree(self) -> "Iterator[Stretch]":
        """Yield this one and all behind it, those behind first."""
        for child in list(self.children):
            yield from child.subtree()
        yield self


class KvTree:
    """Stretches by what they hold. It is not thread-safe.

    Attributes:
        n_bytes: of all copies in memory.
    """

    def __init__(self) -> None:
        self.n_bytes = 0
        self._roots: list[Stretch] = []
        self._clock = 0

    def __iter__(self) -> Iterator[Stretch]:
        for root in list(self._roots):
            yield from root.subtree()

    def find(self, prompt: Sequence[int], *, exact: bool = False) -> tuple[Stretch | None, int]:
        """Return the stretch that leads furthest into the prompt, and how many of the prompt's tokens it saves.

        Args:
            prompt: its tokens.
            exact: only what was read as a fresh read would.
        """
        wanted = array("i", prompt)
        best: tuple[Stretch | None, int] = (None, 0)
        open_ends: list[Stretch] = list(self._roots)
        while open_ends:
            stretch = open_ends.pop()
            n = stretch.begin + shared(stretch.tokens, wanted[stretch.begin : stretch.end])
            if exact:
                n = min(n, stretch.n_exact)
            if n > best[1] and (n >= stretch.least or n == stretch.end):
                best = (stretch, n)
            if n == stretch.end:
                open_ends += stretch.children
        return best

    def add(self, stretch: Stretch) -> Stretch:
        """Put a stretch behind its parent."""
        (self._roots if stretch.parent is None else stretch.parent.children).append(stretch)
        self.n_bytes += _n_bytes(stretch.blob)
        self.touch(stretch)
        return stretch

    def set_blob(self, stretch: Stretch, blob: "Blob | None") -> None:
        """Keep the copy of a stretch of this tree in memory, or with None no longer."""
        self.n_bytes += _n_bytes(blob) - _n_bytes(stretch.blob)
        stretch.blob = blob

    def touch(self, stretch: Stretch) -> None:
        """Say that it is used now, and with it all above it."""
        self._clock += 1
        for each in stretch.path():
            each.used = self._clock

    def split(
        self, stretch: Stretch, position: int, first: "Blob", second: "Blob", *, owner: str | None = SHARED
    ) -> Stretch:
        """Part a stretch in two and return the first; what stood behind it now stands behind the second.

        Args:
            stretch: it becomes the second, so that whoever holds it still has the same end.
            position: where the second begins.
            first: the copy of the first.
            second: the copy of the second.
            owner: of the first.
        """
        n = position - stretch.begin
        head = Stretch(stretch.begin, stretch.tokens[:n], parent=stretch.parent, blob=first, owner=owner)
        head.n_exact = min(stretch.n_exact, position)
        head.used = stretch.used
        head.children = [stretch]
        siblings = self._roots if stretch.parent is None else stretch.parent.children
        siblings[siblings.index(stretch)] = head
        stretch.begin, stretch.tokens, stretch.parent = position, stretch.tokens[n:], head
        stretch.n_copied, stretch.least = len(stretch.tokens), position + 1
        self.n_bytes += _n_bytes(first)
        self.set_blob(stretch, second)
        return head

    def trim(self, stretch: Stretch, position: int) -> None:
        """Forget what a stretch holds from this position on."""
        del stretch.tokens[position - stretch.begin :]
        stretch.n_exact = min(stretch.n_exact, position)

    def remove(self, stretch: Stretch) -> list[Stretch]:
        """Take a stretch and all behind it out, and return them."""
        siblings = self._roots if stretch.parent is None else stretch.parent.children
        siblings.remove(stretch)
        gone = list(stretch.subtree())
        for each in gone:
            self.set_blob(each, None)
            each.is_gone = True
        return gone

    def oldest_first(self) -> list[Stretch]:
        """Return what is in memory and not pinned, the least recently used first, and of a path its end first."""
        return sorted(
            (each for each in self if each.blob is not None and not any(one.pins for one in each.subtree())),
            key=lambda each: (each.used, -each.begin),
        )

    def forget(self, owner: str) -> list[Stretch]:
        """Take out what only this conversation needs, or several did and none does now, and return it.

        What others stand on becomes theirs in common; what only answers under way need becomes nobody's.
        """
        gone: list[Stretch] = []
        for each in list(self):  # those behind first
            if each.owner not in (owner, SHARED):
                continue
            if each.is_spare:
                gone += self.remove(each)
            elif each.owner == owner:
                is_cut = each.n_copied > len(each.tokens)  # then the bytes behind the cut are this conversation's alone
                if is_cut and not any(one.pins for one in each.subtree()):
                    gone += self.remove(each)
                else:
                    each.owner = SHARED if any(child.owner is not None for child in each.children) else None
        return gone

    def prune(self, end: Stretch) -> list[Stretch]:
        """Take out a stretch that is nobody's, and those above it, as far as nothing stands on them; return them."""
        gone: list[Stretch] = []
        each: Stretch | None = end
        while each is not None and not each.is_gone and each.is_spare and each.owner in (None, SHARED):
            above = each.parent
            gone += self.remove(each)
            each = above
        if each is not None and each.owner is None and not each.pins and not each.is_gone:
            each.owner = SHARED  # somebody came to stand on it meanwhile
        return gone


def _n_bytes(blob: "Blob | None") -> int:
    return blob.nbytes if blob is not None else 0


def owner_key(conversation_id: str) -> str:
    """Return what names a conversation where its id need not be known."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:24]


def shared(before: Any, now: Any) -> int:
    """Return how many tokens at the start of two lists, or of two arrays, are the same."""
    n = min(len(before), len(now))
    if before[:n] == now[:n]:
        return n
    low, high = 0, n  # the first difference stands in between
    while high - low > 1:
        middle = (low + high) // 2
        if before[low:middle] == now[low:middle]:
            low = middle
        else:
            high = middle
    return low
