"""How a message asks: for something to be done, for an answer, or not at all. And which details it gives.

English only, by its first words: in another language most sentences are of the form `other`. It knows no tools.
"""

import re
from collections.abc import Iterator
from typing import Literal

Form = Literal["order", "question", "other", "general", "statement"]
"""`order` wants something done; `question` asks about something in particular; `general` asks for knowledge, an opinion
or a text, which takes no tool; `statement` asks nothing."""

FORMS: dict[Form, float] = {"order": 1.0, "question": 0.6, "other": 0.0, "general": -0.5, "statement": -1.0}
"""How much a form asks for a tool."""

Detail = Literal["number", "time", "id", "code", "email", "url", "formula"]

MOST_CHARS = 4_000
"""Of a message that are looked at, half of them at its end: who pastes a text asks before or behind it."""
LONG_CHARS = 200
"""A longer message tells things as well: only the sentences that ask most count."""

_VERBS = frozenset(
    """
    activate add arrange assign book bring buy calculate call cancel change charge check close compute connect
    convert copy count create deactivate decrease delete deliver deploy dim disable download draw edit email enable
    estimate exchange export fetch file fill filter find forward generate get give hand import increase install
    invite launch list load locate lock log look lookup lower mail make mark measure message move mute navigate note
    notify open order pause pay pick play post print pull push put raise read rebook record refund register remind
    remove rename rent repeat replace reply report reschedule reserve reset restart resume retrieve return roll
    route run save scan schedule search select send set share ship show shut skip snooze solve sort spell start stop
    subscribe switch sync take tell text track transfer translate trigger turn undo unlock unmute unsubscribe update
    upload use vacuum verify wake warm watch write
    """.split()
)
"""What people tell an assistant to do. `explain` is none of it, nor `write a poem`: a model does that without tools."""

_LEAD_IN = re.compile(
    r"^(?:(?:ok|okay|so|and|but|hey|hi|hello|well|now|then|please|pls|kindly|just|also|yes|yeah|oh|alright|great)\b"
    r"[\s,.!:;-]*)+"
)
_WISH = re.compile(
    r"(?:(?:can|could|would|will|can't|couldn't) you|would you mind|can i have|(?:could|may) i (?:have|get)"
    r"|i(?:'d| would) (?:like|love)|i (?:want|need|wanna)|i'm looking for|we need|let's|let us|go ahead and)"
    r"(?: please| just| kindly| quickly| also| to| you to)*\b\s*"
)
_ABILITY = re.compile(r"(?:can|could|would|will|can't|couldn't) you\b")
_GENERAL = re.compile(
    r"why\b|(?:compose|draft|rewrite|rephrase|proofread|invent|brainstorm|come up with|suggest|recommend|explain"
    r"|describe|summari[sz]e|help me|imagine|pretend)\b|write (?!down\b|to\b)"
    r"|tell me (?:an?|about|something|more|why|how)\b"
    r"|give me (?:\w+ )?(?:tips?|ideas?|advice|examples?|hints?|names?|reasons?|ways|suggestions?)\b"
    r"|(?:do|did|are|were|have|would) you (?!have\b)|what do you\b|how (?:are|old are|was|were) (?:you|your|things)\b"
    r"|which (?:one )?(?:is|are|do you)\b|(?:is|are) .*\b(?:\w+er|more \w+) than\b"
    r"|when (?:was|were) .*ed\b|who (?!(?:is|does|do|has|can|will) )\w+ |what (?:happened|caused?s?)\b"
    r"|how (?:do|does) .*\bworks?\b"
    r"|(?:how|when|where) did(?:n't)? (?!i\b|you\b|we\b|my\b|our\b)"
    r"|what(?:'s| is| are| was| were| makes?| do| does)(?:n't)? (?:an?\b|your\b|you\b|some\b|people\b"
    r"|the (?:difference|meaning|purpose|point|history|origin|\w+est|most)\b)"
)
_QUESTION = re.compile(
    r"(?:what|what's|which|when|when's|where|where's|who|who's|whose|how|how's|is|are|was|were|do|does|did|has|have|had"
    r"|can|could|will|would|should|any)\b"
)
_STATEMENT = re.compile(
    r"(?:i|i'\w+|we|we'\w+|my|our|you|you'\w+|your|he|she|it|it's|its|they|this|that|that's|these|those|the|an?|there"
    r"|people|everyone|thanks|thank|sorry|good|nice|haha|lol|cheers)\b"
    r"|\w+(?: \w+)? (?:is|are|was|were|has|have|had|can|can't|could|should|must|will|makes?|made)\b"
)

_IMPERATIVE = re.compile(
    r"(?!(?:at|by|for|from|in|of|on|to|with|without|after|before|about|not|no|such|quite|all|both|half|once|because|if|as"
    r"|than|only|even|like|love|hate|yes|maybe|lots|most|got)\b)"
    r"[a-z]+ (?:the|an?|my|our|me|us|some|all|this|that|it|them|up|down|on|off|out)\b"
)
"""A word that is no preposition, and an object: "throw a", "dim the"."""

_POLITE_END = re.compile(r"\b(?:for me|please)[.!?]*$")

_FOLLOW_UP = re.compile(
    r"(?:and|or|also|now|same|again|(?:what|how) about)\b"
    r"(?! (?:you|that|this|why|how|who|what|when|thank|thanks|i|i'm|we|my|he|she|they)\b)"
)

_NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|half|dozen|hundred|thousand"
_TIME_WORDS = (
    "now|today|tonight|tomorrow|yesterday|currently|latest|current|noon|midnight|january|february|march|april|june|july"
    "|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    "|(?:this|next|last) (?:morning|afternoon|evening|week|weekend|month|year)"
)
_DETAILS: dict[Detail, re.Pattern[str]] = {
    "number": re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    "time": re.compile(rf"\d|\b(?:{_TIME_WORDS})\b", re.IGNORECASE),
    "id": re.compile(r"\d|\b[A-Z]{2,5}\b"),
    "code": re.compile(r"\b[A-Z]{2,5}\b"),
    "email": re.compile(r"\w@\w"),
    "url": re.compile(r"://|www\.|\w\.(?:com|org|net|io)\b"),
    "formula": re.compile(r"[\d)][a-z]? ?[-+*/^=×÷] ?[\d(a-z]|\d ?%|\d (?:times|plus|minus|divided by|x|percent) "),
}

_PARTICULAR = re.compile(
    r"""\d|[a-z,] ['"“‘]?(?!I\b)[A-Z]|(?<!\w)['"“‘]\w[^'"”’]{0,80}['"”’]|\w@\w|://|\b(?i:the|my|our|this|that|these"""
    rf"|those|i|me|we|us|here|there|it|its|his|her|their|him|them|{_TIME_WORDS})\b"
)
"""A number, a name, a quotation, an address, `the` or `my`: without any a question is general."""


_SUM = re.compile(r"\d[\d.,]*(?: [-/] | ?[+*^×÷] ?| (?:times|plus|minus|divided by|x) )\(?\d[\d.,]*")


def core(text: str) -> str:
    """Return the text, of a long one the sentences that ask most."""
    if len(text) > MOST_CHARS:
        text = f"{text[: MOST_CHARS // 2]}\n{text[-MOST_CHARS // 2 :]}"
    if len(text) <= LONG_CHARS:
        return text
    parts = list(_sentences(text))
    most = max((_value(part) for part in parts), default=0.0)
    return " ".join(part for part in parts if _value(part) == most)[:MOST_CHARS]


def form(text: str) -> Form:
    """Return the form of the sentence that asks most: "It's late. Turn it off" is an order."""
    forms: list[Form] = [_sentence_form(part) for part in _sentences(text)]
    return max(forms or ["other"], key=lambda each: FORMS[each])


def gives(detail: Detail, text: str) -> bool:
    """Whether the text holds something that may be such a detail."""
    if detail == "number":  # those of "347 times 29" are no numbers of days or degrees
        text = _SUM.sub("", text)
    return _DETAILS[detail].search(text) is not None


def is_follow_up(text: str) -> bool:
    """Whether the text only carries on what was asked before: "And in Paris?", "what about Friday"."""
    plain = " ".join(text.casefold().split())
    if not _FOLLOW_UP.match(plain) or len(plain.split()) > 8:
        return False
    return plain.endswith("?") or form(text) != "statement"


def _sentences(text: str) -> Iterator[str]:
    return (part for part in re.split(r"(?<=[.!?;])\s+|\n+", text) if part.strip())


def _value(sentence: str) -> float:
    return FORMS[_sentence_form(sentence)]


def _sentence_form(sentence: str) -> Form:
    """Return the form of the sentence. What asks may follow a comma: "I moved, please change my address"."""
    form = _clause_form(sentence)
    if form in ("order", "general"):
        return form
    later = [_plain(clause) for clause in re.split(r"[,:]\s+", sentence)[1:]]
    if any(_orders(clause) for clause in later):
        return "order"
    return "question" if later and later[-1].endswith("?") and _QUESTION.match(later[-1]) else form


def _clause_form(clause: str) -> Form:
    plain = _plain(clause)
    wish = _WISH.match(plain)
    if _GENERAL.match(plain[wish.end() :] if wish else plain):
        return "general"
    if _orders(plain):
        return "order"
    if wish or _QUESTION.match(plain) or (plain.endswith("?") and not _STATEMENT.match(plain)):
        return "question" if _PARTICULAR.search(clause) else "general"
    if _STATEMENT.match(plain):
        return "statement"
    return "order" if _IMPERATIVE.match(plain) or _POLITE_END.search(plain) else "other"


def _orders(plain: str) -> bool:
    """Whether the words wish for something, or begin with a verb that is told."""
    wish = _WISH.match(plain)
    first = plain[wish.end() :] if wish else plain
    return re.split(r"[ .,!?:;]", first, maxsplit=1)[0] in _VERBS or bool(wish and not _ABILITY.match(plain))


def _plain(text: str) -> str:
    """Return the text in small letters, without what leads up to it: "Hey, please turn it off"."""
    plain = " ".join(text.casefold().replace("’", "'").split()).strip(" \"'*-")
    return _LEAD_IN.sub("", plain) or plain
