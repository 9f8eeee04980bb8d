"""What a person says about themselves: statements worth remembering, found in a message by rules.

No model is asked. A sentence counts when it is in the first person, states something and is neither a question nor a
request; better to miss one than to keep junk. It knows nothing of how memories are stored.
"""

import re

FEWEST_WORDS, MOST_WORDS = 3, 60

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_FIRST_PERSON = re.compile(r"\b(i|i['’](m|ve|d|ll)|my|mine|me|we|we['’](re|ve|ll)|our|ours|us)\b", re.IGNORECASE)
_REMEMBER = re.compile(r"^(please\s+)?(remember|note|keep in mind)(\s+that)?[:,]?\s+", re.IGNORECASE)
_REQUEST = re.compile(
    r"^(please|can|could|would|will|should|may|tell|give|show|help|let|make|write|explain|what|who|where|when|why|how|"
    r"do|does|did|is|are|thank|thanks|i (want|need|would like|['’]d like) (you|to know|help)|"
    r"i (wonder|guess|think so|see|understand|mean)|"
    r"i['’]d like (you|to know)|i have a question|i am asking|i['’]m asking)\b",
    re.IGNORECASE,
)


def statements(text: str) -> list[str]:
    """Return the sentences of a message that state something about the speaker, in order, each once."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(text):
        said = " ".join(sentence.split())
        asked_to_keep = _REMEMBER.match(said)
        if asked_to_keep:
            said = said[asked_to_keep.end() :]
        if _worth_keeping(said, bool(asked_to_keep)):
            found[said[0].upper() + said[1:]] = None
    return list(found)


def _worth_keeping(said: str, asked_to_keep: bool) -> bool:
    n_words = len(said.split())
    if not FEWEST_WORDS <= n_words <= MOST_WORDS or said.endswith("?"):
        return False
    if asked_to_keep:
        return True
    return bool(_FIRST_PERSON.search(said)) and not _REQUEST.match(said)
