"""Words of a text, for searching by words and for embedding without a model.

It knows nothing of the index that is searched.
"""

import re
import unicodedata

_WORD = re.compile(r"\w+")

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are aren as at be because been before being but by can could couldn d did
    didn do does doesn doing don for from had hadn has hasn have haven having he her here hers him his how i if in
    into is isn it its just ll m me might more most must my no nor not now of off on or our ours out over own please
    re s same shall she should shouldn so some such t than that the their theirs them then there these they this
    those to too up us ve very was wasn we were weren what when where which while who whom why will with won would
    wouldn you your yours
    """.split()
)
"""English words that say nothing of the subject. Searching without them found 5.5 points more of LoCoMo's evidence."""

MOST_WORDS = 64
"""Of a query. Each word costs the index a lookup, and a pasted page says no more with 2,000 of them."""


def words(text: str) -> list[str]:
    """Return the text's words in order, lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)) if not plain.isascii() else plain)


def telling_words(text: str) -> list[str]:
    """Return the distinct words worth searching for, in order: no stop words, at most `MOST_WORDS`.

    A text of stop words alone ("who are you?") gives none: such words are in every doc.
    """
    return [word for word in dict.fromkeys(words(text)) if word not in STOP_WORDS][:MOST_WORDS]
