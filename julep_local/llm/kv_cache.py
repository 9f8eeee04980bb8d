"""The KV cache: which tokens it holds, and the copies that let a prompt be read from its first new token on.

The model has one KV cache in use. Before another conversation's prompt takes its place it is copied out into a tree
of stretches (kv_tree.py), in memory up to a limit and on disk beyond it (kv_files.py); the prompt that comes back finds
the longest beginning that was ever read. The list of tokens stays true whatever happens: an aborted or failed read is
rolled back. Only the thread that owns the model is in here. It knows nothing of text.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from julep_local.llm.base import Conversation, Prompt
from julep_local.llm.kv_files import KvFolder, delete
from julep_local.llm.kv_tree import SHARED, KvTree, Stretch, owner_key, shared
from julep_local.llm.native import Native

if TYPE_CHECKING:
    from julep_local.llm.native import Blob, Logits

LEAST_KEPT = 8
"""Tokens. Fewer are not worth a copy of their own: reading them again takes 30 ms."""
MERGED = 256
"""Tokens. The end of a conversation is copied anew with what follows until it has so many: a stretch costs 0.1 ms."""
MOST_PLACES = 16
"""Databases whose files are remembered; those of others are looked at again when they are used."""

FolderOf = Callable[[str], KvFolder]
"""Returns the files beside a database, of the model in use."""


@dataclass
class _Place:
    """Where copies of the conversations of one database are kept."""

    tree: KvTree
    folder: KvFolder | None = None


@dataclass(eq=False)
class Held:
    """The KV cache of an answer that waits for its next turn."""

    end: Stretch | None
    tokens: "array[int]"
    prompt: "array[int]"
    marks: list[tuple[int, bool]]
    conversation: Conversation | None
    keeps: bool
    is_forgotten: bool
    """The conversation was, since the answer began: nothing of it is kept beyond the answer's end."""


class KvCache:
    """The keys and values of the tokens read last, and copies of those before.

    Args:
        native: the model.
        memory_bytes: for copies, in memory. What answers under way need is kept beyond that.
        folder_of: where copies go that do not fit there.

    Attributes:
        tokens: those that were read.
        n_exact: so many of them, from the start, were read in batches, as a fresh read would read them.
    """

    def __init__(self, native: Native, *, memory_bytes: int, folder_of: FolderOf | None = None) -> None:
        self._native = native
        self._memory_bytes = memory_bytes
        self._folder_of = folder_of
        self._places: dict[str | None, _Place] = {None: _Place(KvTree())}
        self.tokens = array("i")
        self.n_exact = 0
        self._place = self._places[None]
        self._path: list[Stretch] = []
        """The copies of what is in use."""
        self._conversation: Conversation | None = None
        self._keeps = self._is_forgotten = False
        self._held: list[Held] = []
        self._prompt = array("i")
        self._marks: list[tuple[int, bool]] = []

    # -- reading a prompt

    def begin(self, prompt: Prompt, *, keeps: bool = True) -> int:
        """Make the KV cache hold as much of the beginning of a prompt as was ever read.

        Args:
            prompt: what `read_on` is going to read.
            keeps: whether it is worth a copy when another prompt follows.

        Returns:
            How many of its tokens need not be read.
        """
        self._prompt = array("i", prompt.tokens)
        # at least two are read: logits are needed, and a token read alone is rounded differently
        within = self._prompt[: max(len(self._prompt) - 2, 0)]
        place = self._place_of(prompt.conversation)
        n = self._usable(within, prompt.exact)
        found, n_found = place.tree.find(within, exact=prompt.exact)
        restores = n_found > n + LEAST_KEPT
        self._leave(prompt.conversation, n)
        while found is not None and restores and not found.is_gone:
            if self._restore(place, found):
                n = min(n_found, found.end)
                break
            n = self._usable(within, prompt.exact)  # a file is gone, and with it what stood on it: the next best
            found, n_found = place.tree.find(within, exact=prompt.exact)
            restores = n_found > n + LEAST_KEPT
        self._move_to(place)
        self._part(n, prompt.conversation)
        self.cut(n)
        self._conversation, self._keeps, self._is_forgotten = prompt.conversation, keeps, False
        self._marks = self._marks_of(prompt) if not self._native.cuts_anywhere else []
        return len(self.tokens)

    def _marks_of(self, prompt: Prompt) -> list[tuple[int, bool]]:
        """Return where copies are made while the prompt is read, and whether they are of use to others.

        None is so close to another or to an end that a token would be read alone.
        """
        marks: list[tuple[int, bool]] = []
        least = len(self.tokens) + 2
        for i, at in enumerate(dict.fromkeys(prompt.marks)):  # without history the two marks are one
            if least <= at and at != len(prompt.tokens) - 1:
                marks.append((at, i == 0))
                least = at + 2
        return marks

    def read_on(self, most_tokens: int) -> "Logits | None":
        """Read the next tokens of the prompt.

        Returns:
            The logits behind the prompt once all of it is read, a copy; None before.

        Raises:
            Aborted: `Native.abort` was called. What was read until then is kept.
        """
        begin, n_prompt = len(self.tokens), len(self._prompt)
        stop = self._marks[0][0] if self._marks else n_prompt
        end = min(begin + min(most_tokens, self._native.n_batch), stop)
        if stop - end == 1:  # a last token is not read alone
            end = end - 1 if end - begin > 2 else stop
        logits = self.add(self._prompt[begin:end])
        if self.n_exact == begin and end - begin > 1:
            self.n_exact = end
        if self._marks and end == stop:
            _, is_shared = self._marks.pop(0)
            owner = self._owner()
            self._save_whole(SHARED if is_shared and owner is not None else owner)
            self._shrink()
        return logits.copy() if end == n_prompt else None

    def add(self, tokens: Sequence[int]) -> "Logits":
        """Read these tokens behind the others and return the logits behind them, true until the next call."""
        position = len(self.tokens)
        try:
            logits = self._native.decode(tokens, position)
        except BaseException:  # some of them may have been read
            self._truncate(position if self._native.cut(position) else 0)
            raise
        self.tokens.extend(tokens)
        return logits

    def cut(self, n_kept: int) -> bool:
        """Forget all but the first so many tokens; all of them, and return False, if the model cannot be cut there."""
        if n_kept == len(self.tokens):
            return True
        is_kept = self._native.cut(n_kept)
        self._truncate(n_kept if is_kept else 0)
        return is_kept

    def _truncate(self, n_kept: int) -> None:
        del self.tokens[n_kept:]
        self.n_exact = min(self.n_exact, n_kept)
        self._path = [stretch for stretch in self._path if stretch.end <= n_kept]

    # -- answers that take turns

    def hold(self) -> Held:
        """Copy the KV cache out for an answer that goes on later, and keep the copy until `resume` or `release`.

        Where `holds_exactly` is false the answer's logits are rounded differently from then on.
        """
        self._save(least=1)
        path = self._known_path()
        end = path[-1] if path and path[-1].end == len(self.tokens) else None
        if end is not None:
            end.pins += 1
        self._shrink()
        held = Held(end, self.tokens[:], self._prompt, self._marks, self._conversation, self._keeps, self._is_forgotten)
        self._held.append(held)
        return held

    @property
    def holds_exactly(self) -> bool:
        """Whether an answer that was held goes on as if it had not been, to the last bit."""
        return self._native.cuts_anywhere

    def resume(self, held: Held) -> None:
        """Be again as at `hold`.

        Raises:
            Aborted: `Native.abort` was called while they had to be read again, because no copy could be made.
        """
        self._leave(None, 0)
        place = self._place_of(held.conversation)
        if held.end is None or held.end.is_gone:
            self.cut(0)
        else:
            self._restore(place, held.end)  # if a part of it is lost, what stands before that
        self._move_to(place)
        self._conversation, self._keeps, self._is_forgotten = held.conversation, held.keeps, held.is_forgotten
        self._prompt, self._marks = held.prompt, held.marks
        self.release(held)
        while len(self.tokens) < len(held.tokens):
            begin = len(self.tokens)
            self.add(held.tokens[begin : begin + self._native.n_batch])

    def release(self, held: Held) -> None:
        """The answer has no more need of its copy."""
        if held not in self._held:
            return
        self._held.remove(held)
        if held.end is not None and not held.end.is_gone:
            held.end.pins -= 1
            if held.is_forgotten:
                for stretch in self._place_of(held.conversation).tree.prune(held.end):
                    _delete_file(stretch)

    # -- keeping and forgetting

    def save(self) -> None:
        """Copy out what is in use and not copied yet, and write to disk what may go there."""
        if self._keeps:
            self._save(least=LEAST_KEPT)
            self._shrink()
        for place in self._places.values():
            for stretch in reversed(list(place.tree)):  # what others stand on first
                if place.folder is not None and stretch.blob is not None and stretch.file is None:
                    place.folder.write(stretch)

    def forget(self, conversation_id: str) -> None:
        """Drop what was kept for a conversation; what its answers under way need, when they end.

        An answer under way has to be held meanwhile: of what is in use nothing stays.
        """
        for place in self._places.values():
            for stretch in place.tree.forget(owner_key(conversation_id)):
                _delete_file(stretch)
            self._rename_files(place)
        for held in self._held:
            if held.conversation is not None and held.conversation.id == conversation_id:
                held.is_forgotten, held.keeps, held.marks = True, False, []
        if self._conversation is not None and self._conversation.id == conversation_id:
            self.cut(0)
            self._conversation, self._keeps = None, False

    def _rename_files(self, place: _Place) -> None:
        for stretch in place.tree:
            if place.folder is not None and stretch.file is not None:
                if stretch.owner is None:
                    _blob_of(place, stretch)  # an answer under way needs it
                place.folder.rename(stretch)

    @property
    def n_bytes(self) -> int:
        """Bytes of the copies in memory."""
        return sum(place.tree.n_bytes for place in self._places.values())

    # -- copying out

    def _leave(self, follower: Conversation | None, n_kept: int) -> None:
        """Copy out what is in use, unless it is the follower's own earlier turn, of which no more is needed."""
        own = follower is not None and self._conversation == follower
        if self._keeps and not own and len(self.tokens) > n_kept:
            self._save(least=LEAST_KEPT, shares=n_kept)
            self._shrink()

    def _save(self, least: int, *, shares: int = 0) -> None:
        """Copy out what is in use and has no copy.

        Args:
            least: if it is at least so many tokens.
            shares: so many tokens from the start are another conversation's too, and get a copy of their own.
        """
        if not self._native.cuts_anywhere:
            if len(self.tokens) >= least:
                self._save_whole(self._owner())
            return
        path, owner = self._known_path(), self._owner()
        n_saved = path[-1].end if path else 0
        if len(self.tokens) - n_saved < least:
            return
        tree = self._place.tree
        if path and path[-1].owner == owner and path[-1].is_spare and len(path[-1].tokens) < MERGED:
            n_saved = path[-1].begin
            self._remove(tree, path.pop())
        if n_saved + LEAST_KEPT <= shares <= len(self.tokens) - LEAST_KEPT:
            self._save_stretch(path, shares, SHARED if owner is not None else None)
        self._save_stretch(path, len(self.tokens), owner)

    def _save_stretch(self, path: list[Stretch], end: int, owner: str | None) -> None:
        """Copy out what follows the path up to this position, and add it to the path."""
        parent = path[-1] if path else None
        begin = parent.end if parent is not None else 0
        blob = self._native.copy_out(begin, end)
        n_exact = min(self.n_exact, end)
        stretch = Stretch(begin, self.tokens[begin:end], parent=parent, blob=blob, n_exact=n_exact, owner=owner)
        path.append(self._place.tree.add(stretch))
        self._path = path

    def _save_whole(self, owner: str | None) -> None:
        """Copy out all of a model that cannot be cut into stretches, in place of what was saved of the conversation."""
        tree, n, native = self._place.tree, len(self.tokens), self._native
        found, reached = tree.find(self.tokens)
        if found is not None and reached == n == found.end:
            tree.touch(found)
            self._path = [found]
            return
        earlier = [each for each in tree if each.owner == owner and owner not in (None, SHARED) and not each.pins]
        for each in sorted(earlier, key=lambda each: each.used)[:-1]:  # one at the history's end, one at the answer's
            self._remove(tree, each)
        # llama.cpp copies only the window before the end, so a longer copy can be of use only whole. Copied in, it
        # stands in other cells, and sums in attention are rounded otherwise: it is never exact
        least = 1 if 0 < n <= native.n_window else n
        blob = native.copy_out(0, n)
        self._path = [tree.add(Stretch(0, self.tokens, blob=blob, least=least, owner=owner))]

    # -- copying in

    def _restore(self, place: _Place, end: Stretch) -> bool:
        """Hold what the stretches up to this one hold; False if one of them cannot be used, and only those before it.

        What cannot be used is taken out of the tree.
        """
        path = end.path()
        n_kept = self._n_kept(path)
        self.cut(path[n_kept].begin if n_kept < len(path) else end.end)
        self._place, self._path = place, path[:n_kept]
        for n, stretch in enumerate(path[n_kept:], n_kept):
            blob = _blob_of(place, stretch)
            if blob is None or not self._native.copy_in(blob):
                self._path, self.n_exact = path[:n], path[n - 1].n_exact if n else 0
                self._remove(place.tree, stretch)
                if not self._native.cuts_anywhere:
                    self.cut(0)
                return False
            self.tokens.extend(stretch.tokens)
            if stretch.n_copied > len(stretch.tokens):
                self._native.cut(stretch.end)
        self.n_exact = end.n_exact
        self._path = path
        place.tree.touch(end)
        return True

    def _n_kept(self, path: Sequence[Stretch]) -> int:
        """Return how many stretches of the path are in use already, to the last bit."""
        if not self._native.cuts_anywhere:
            return 0
        n, known = 0, self._known_path()
        while n < len(path) and n < len(known) and path[n] is known[n]:
            n += 1
        while n < len(path) and path[n].end <= min(self.n_exact, path[n].n_exact):
            stretch = path[n]
            if self.tokens[stretch.begin : stretch.end] != stretch.tokens:
                break
            n += 1
        return n

    def _usable(self, wanted: "array[int]", exact: bool) -> int:
        """Return how many of the tokens in use a prompt can begin with."""
        n = shared(self.tokens, wanted)
        n = min(n, self.n_exact) if exact else n
        return n if n == len(self.tokens) or self._native.can_cut(n) else 0

    def _part(self, position: int, follower: Conversation | None) -> None:
        """Make what is saved of the KV cache in use end where the follower's prompt parts, before it is cut there."""
        if not self._native.cuts_anywhere:
            return
        follower_key = owner_key(follower.id) if follower is not None else ""
        tree, path = self._place.tree, self._known_path()
        while path and path[-1].begin >= position:
            last = path.pop()
            if last.owner == follower_key and last.is_spare:
                self._remove(tree, last)  # an earlier turn of this conversation, which went on differently
        if path and path[-1].end > position:
            last = path.pop()
            if last.owner == follower_key and last.is_spare:
                tree.trim(last, position)
                path.append(last)
            else:
                is_nobodys = last.owner is None and follower is None
                path.append(self._split(last, position, owner=None if is_nobodys else SHARED))
        self._path = path

    def _split(self, stretch: Stretch, position: int, *, owner: str | None) -> Stretch:
        first = self._native.copy_out(stretch.begin, position)
        second = self._native.copy_out(position, stretch.end)
        _delete_file(stretch)  # it holds in one what now belongs to several and what does not
        return self._place.tree.split(stretch, position, first, second, owner=owner)

    # -- bookkeeping

    def _known_path(self) -> list[Stretch]:
        """Return the stretches that hold the beginning of what is in use, those that are still in the tree."""
        path: list[Stretch] = []
        for stretch in self._path:
            if stretch.is_gone:
                break
            path.append(stretch)
        if path:
            path = path[-1].path()  # one may have been split meanwhile
        self._path = path
        return path

    def _move_to(self, place: _Place) -> None:
        """Keep what is in use in another database's place from now on: there it has no copies."""
        if place is not self._place:
            self._place, self._path = place, []

    def _shrink(self) -> None:
        """Move to disk, or drop, what does not fit into memory, the least recently used first."""
        for place in self._places.values():
            for stretch in place.tree.oldest_first() if self.n_bytes > self._memory_bytes else ():
                if self.n_bytes <= self._memory_bytes:
                    return
                if place.folder is not None and (place.folder.has(stretch) or place.folder.write(stretch)):
                    place.tree.set_blob(stretch, None)
                elif not stretch.is_gone:
                    self._remove(place.tree, stretch)

    def _remove(self, tree: KvTree, stretch: Stretch) -> None:
        for each in tree.remove(stretch):
            _delete_file(each)

    def _place_of(self, conversation: Conversation | None) -> _Place:
        folder = conversation.folder if conversation is not None and self._folder_of is not None else None
        if folder not in self._places:
            assert folder is not None
            assert self._folder_of is not None
            self._forget_places()
            files = self._folder_of(folder)
            self._places[folder] = _Place(files.restored(), files)
        return self._places[folder]

    def _forget_places(self) -> None:
        """Let go of databases that were deleted, and of those of which nothing is in memory, if there are too many."""
        for folder, place in list(self._places.items()):
            if place.folder is None or place is self._place or any(stretch.pins for stretch in place.tree):
                continue
            was_written = any(stretch.file is not None for stretch in place.tree)
            is_deleted = was_written and not place.folder.is_there
            if is_deleted or (len(self._places) >= MOST_PLACES and not place.tree.n_bytes):
                del self._places[folder]

    def _owner(self) -> str | None:
        if self._conversation is None or self._is_forgotten:
            return None
        return owner_key(self._conversation.id)


def _blob_of(place: _Place, stretch: Stretch) -> "Blob | None":
    if stretch.blob is None and place.folder is not None:
        place.tree.set_blob(stretch, place.folder.read(stretch))
    return stretch.blob


def _delete_file(stretch: Stretch) -> None:
    if stretch.file is not None:
        delete(stretch.file)
        stretch.file = None
