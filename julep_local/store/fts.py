"""Queries of the text indexes, written so that no text a person types has a meaning in their syntax."""

from collections.abc import Sequence

MOST_WORDS = 64
"""More make a search slow and no better."""


def expression(words: Sequence[str], *, own: Sequence[str], columns: str) -> str | None:
    """Return the FTS5 expression for rows of these owners with any of the words; None if there is no word.

    Args:
        words: as typed; one with several words in it is looked for as a phrase.
        own: ids that must all stand in the column `own`.
        columns: where the words are looked for, parted by spaces.
    """
    terms = [_quoted(word) for word in words[:MOST_WORDS]]
    if not terms:
        return None
    owners = " AND ".join(f"own : {_quoted(owner_id.replace('-', ''))}" for owner_id in own)
    return f"{owners} AND {{{columns}}} : ({' OR '.join(terms)})"


def _quoted(word: str) -> str:
    # the expression ends at a NUL; half a surrogate pair has no UTF-8
    plain = word.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
    return '"' + plain.replace('"', '""') + '"'
