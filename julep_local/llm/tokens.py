"""The tokens of a prompt's pieces, kept so that every text is cut only once.

An answer keeps the tokens the model generated for it: cut anew, its text may become other tokens, and the KV cache of
everything behind it would be lost. It knows nothing of messages.
"""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from julep_local.llm.base import Part
from julep_local.llm.chat_template import Piece
from julep_local.llm.native import Native

_MOST_KEPT_TOKENS = 1_000_000  # 4 bytes each


class PieceTokens:
    """Cuts pieces into tokens, and remembers the last ones, also while the model is unloaded. Usable from any thread.

    Attributes:
        native: the model, set whenever it is loaded.
    """

    native: Native

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], array[int]] = OrderedDict()
        self._n_kept = 0

    def of(self, piece: Piece, *, as_generated: bool = True) -> Sequence[int]:
        """Return the piece's tokens; with `as_generated` those that the model drew, if it wrote this text."""
        if as_generated and piece.is_answer and (generated := self._find("answer", piece.text)) is not None:
            return generated
        kind = "template" if piece.is_template else "content"
        found = self._find(kind, piece.text)
        if found is None:
            found = self._keep(kind, piece.text, self.native.tokens(piece.text, special=piece.is_template))
        return found

    def remember_answer(self, text: str, tokens: Iterable[int]) -> None:
        """Use these tokens for messages of the assistant with exactly this text."""
        self._keep("answer", text, tokens)

    def counted(self, pieces: Iterable[Piece], *, as_generated: bool = True) -> tuple[list[int], dict[Part, int]]:
        """Return the tokens of all pieces, and how many of them belong to which part."""
        tokens: list[int] = []
        parts: dict[Part, int] = {}
        for piece in pieces:
            found = self.of(piece, as_generated=as_generated)
            tokens.extend(found)
            parts[piece.part] = parts.get(piece.part, 0) + len(found)
        return tokens, parts

    def _find(self, kind: str, text: str) -> "array[int] | None":
        with self._lock:
            found = self._kept.get((kind, text))
            if found is not None:
                self._kept.move_to_end((kind, text))
            return found

    def _keep(self, kind: str, text: str, tokens: Iterable[int]) -> "array[int]":
        found = array("i", tokens)
        with self._lock:
            self._n_kept += len(found) - len(self._kept.pop((kind, text), ()))
            self._kept[kind, text] = found
            while self._n_kept > _MOST_KEPT_TOKENS and len(self._kept) > 1:
                self._n_kept -= len(self._kept.popitem(last=False)[1])
        return found
