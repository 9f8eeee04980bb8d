"""News of what was known: an appointment has another day, a plan is dropped.

Such a sentence is short and needs what it is about to be known, or it says nothing.
"""

import re

from julep_local.memory.when import tells_when

NEWS = "news"
"""The kind of a sentence that is worth keeping only if it changes what is known."""
MOST_WORDS = 18

_MOVED = re.compile(
    r"(?i)(?<!\bi )(?<!\bwe )(?<!\bi've )(?<!\bwe've )\b(?:moved|pushed|put back|brought forward|shifted|postponed"
    r"|rescheduled|bumped|delayed)\b"
    r"|\b(?:moved|pushed|put|brought|changed|shifted|postponed|rescheduled) (?:back )?(?:my|our|the|it)\b"
    r"|\b(?:verschoben|verlegt|vorverlegt|vorgezogen|umgelegt)\b"
    r"|\b(?:cambiado|aplazado|movido|pasado a(?:l| los| la)?|pospuesto|retrasado|adelantado|mover|aplazar)\b"
)
_SOMEBODY = re.compile(r"(?i)(?:they|he|she|people|everyone)(?:'ve|'s| have| has)? moved\b(?! (?:my|our|the|it)\b)")
"""Who moved house has no other day."""
_DROPPED = re.compile(
    r"(?i)^(?:\W|also |so |oh |and |well |anyway )*(?:(?:i|we)(?:'ve| have"
    r"|'m)? )?(?:just |finally )?(?:scrapped|dropped"
    r"|ditched|binned|shelved|cancelled|canceled|called off|given up(?: on)?|gave up(?: on)?|pulled out of|quit"
    r"|packed in) (?:the|my|our|that)\b"
    r"|\b(?:(?<!hat )abgesagt|gestrichen|aufgegeben|abgeblasen|sein ?gelassen|hat sich erledigt)\b"
    r"|\b(?:mache?|gehe?|spiele?|will|lerne?) ich (?:jetzt )?(?:doch )?nicht(?: mehr)?\b"
    r"|\b(?:(?:he|hemos) (?:dejado|cancelado|abandonado|descartado) (?:el|la|los|las|mi|lo)|se (?:ha )?cancel\w+)\b"
)


def is_moved(text: str) -> bool:
    """Whether a text says that something has another day now."""
    return (
        len(text.split()) <= MOST_WORDS
        and _MOVED.search(text) is not None
        and _SOMEBODY.match(text) is None
        and tells_when(text)
    )


def is_dropped(text: str) -> bool:
    """Whether a text says that a plan is given up."""
    return len(text.split()) <= MOST_WORDS and _DROPPED.search(text) is not None


def without_moves(plain: str) -> str:
    """Return a text without the words that say that something is otherwise."""
    return " ".join(_DROPPED.sub(" ", _MOVED.sub(" ", plain)).split())
