"""What the judge of sentences sees of one: its words and pieces of words as columns, and marks of its form.

The words are hashed with CRC-32, which is the same everywhere: no list of them is kept. It knows no weights and no kind
of statement that rules know: with kinds as marks the judge says what rules say, and finds less of what they miss.
"""

import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from julep_local.memory.entities import entities
from julep_local.memory.languages import spoken
from julep_local.memory.prose import has_quotation
from julep_local.memory.tone import is_laughed_at
from julep_local.memory.when import tells_when

COLUMNS = 32_768
"""Of hashed words. Half as many lose .003 of the average precision."""
PIECES = (3, 4)
"""Letters of a piece of a word, with the spaces around it."""
SHORT = 2
"""Words of a reply that says hardly anything by itself."""
LONG = 25
LENGTHS = (2, 4, 7, 12)
"""Words up to which sentences are of one length: "I play it twice" tells less than "I play it twice a week at ...".
How one begins and ends is told apart by it."""
MOST_CHARS = 400
"""Of a text that is looked at; a sentence has no more."""

_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+|[?!…:]")
_ONESELF = re.compile(
    r"\b(?:i|i'm|i've|i'd|im|ive|my|mine|me|we|our|us|ich|mein\w*|mir|mich|wir|uns\w*|yo|mi|mis|soy|estoy|tengo|nos"
    r"|nuestr\w*|trabajo|vivo)\b"
)
_YOU = re.compile(r"\b(?:you|your|u|ur|du|dein\w*|dir|dich|sie|ihnen|tú|tu|tus|te|usted)\b")
_THEY = re.compile(r"\b(?:he|she|they|his|her|their|er|ihr\w*|él|ella|ellos|su|sus)\b")
_PAST = re.compile(
    r"\b(?:\w+ed|was|were|had|did|went|got|war|hatte|habe|bin|wurde|fue|era|hice|estuve|ayer|gestern|yesterday"
    r"|(?:he|ha) \w+[ai]do)\b"
)
_FUTURE = re.compile(r"\b(?:will|going to|gonna|werde|wird|voy a|vamos a|mañana|morgen|tomorrow|next)\b|'ll\b")
_NOW = re.compile(
    r"\b(?:today|right now|tonight|currently|just|heute|gerade|jetzt|hoy|ahora|this (?:morning|evening|week))\b"
)
_SUPPOSED = re.compile(r"\b(?:if|would|could|imagine|wenn|würde|könnte|wäre|hätte|si|sería|podría|imagina)\b")
_DENIED = re.compile(r"\b(?:not|no|never|don't|doesn't|nicht|kein\w*|nie|nunca|tampoco)\b")
_OFTEN = re.compile(r"\b(?:always|every|usually|since|for \w+ years|immer|jeden?|seit|siempre|cada|desde)\b")
_ORDERS = re.compile(
    r"\W*(?:can|could|please|what|how|why|write|make|give|tell|help|explain|show|kannst|bitte|was|wie|warum|schreib|gib"
    r"|mach|puedes|qué|cómo|por favor|dame|haz|escribe)\b"
)


@dataclass(frozen=True)
class Remark:
    """A sentence where it was said."""

    text: str
    question: str = ""
    """What it answers in a few words; "" if it answers nothing, or says itself what it is about."""
    place: int = 0
    """Of the sentence in its message."""
    of: int = 1
    """Sentences of the message."""
    replies: bool = False
    """Whether the assistant had asked something right before."""


def hashed(remark: Remark) -> dict[int, float]:
    """Return the columns of a remark's words, pieces of words, and two and three words; each kind has unit length."""
    text = f" {_spelled(remark.text)} "
    said = ["^", *_WORD.findall(text), "$"]
    length = sum(len(said) - 2 > most for most in LENGTHS)
    kinds: list[tuple[float, Iterator[str]]] = [
        (1.0, (f"c:{text[i : i + n]}" for n in PIECES for i in range(len(text) - n + 1))),
        (0.7, (f"w:{word}" for word in said[1:-1])),
        (0.7, (f"b:{said[i]} {said[i + 1]}" for i in range(len(said) - 1))),
        (0.5, (f"t:{said[i]} {said[i + 1]} {said[i + 2]}" for i in range(len(said) - 2))),
        (0.5, (f"s:{said[i]} {said[i + 2]}" for i in range(len(said) - 2))),
        (0.5, iter([f"l:{length} {' '.join(said[1:3])}", f"l:{length} {said[1]}", f"l:{length} {said[-2]}"])),
    ]
    if remark.question:
        asked = _WORD.findall(_spelled(remark.question))
        kinds.append((0.7, (f"q:{word}" for word in asked)))
        kinds.append((0.5, (f"qb:{before} {word}" for before, word in zip(["^", *asked], asked, strict=False))))
    columns: dict[int, float] = {}
    for weight, names in kinds:
        counts: dict[int, int] = {}
        for name in names:
            code = zlib.crc32(name.encode("utf-8", "replace"))
            column = code % COLUMNS
            counts[column] = counts.get(column, 0) + (1 if code >> 31 else -1)
        norm = math.sqrt(sum(count * count for count in counts.values())) or 1.0
        for column, count in counts.items():
            columns[column] = columns.get(column, 0.0) + weight * count / norm
    return columns


def marks(remark: Remark) -> Mapping[str, float]:
    """Return what is told by the form of a remark, by name; the names are the same for all."""
    text = remark.text[:MOST_CHARS]
    spelled, said = _spelled(text), text.split()
    language = spoken(text)
    plain = language.plain(text)
    signs = language.signs
    oneself = len(_ONESELF.findall(spelled))
    found = {
        "oneself": oneself > 0,
        "oneself, share of words": oneself / max(1, len(said)),
        "begins with oneself": _ONESELF.match(spelled) is not None,
        "you": _YOU.search(spelled) is not None,
        "they": _THEY.search(spelled) is not None,
        "asks": "?" in text,
        "ends asking": text.rstrip().endswith("?"),
        "exclaims": "!" in text,
        "trails off": text.rstrip().endswith(("…", "...")),
        "words, logarithm": math.log1p(len(said)),
        "short": len(said) <= SHORT,
        "long": len(said) > LONG,
        "number": _DIGIT.search(text) is not None,
        "capital within": any(word[:1].isupper() for word in said[1:]),
        "laughs": is_laughed_at(text),
        "past": _PAST.search(spelled) is not None,
        "future": _FUTURE.search(spelled) is not None,
        "now": _NOW.search(spelled) is not None,
        "supposed": _SUPPOSED.search(spelled) is not None,
        "denied": _DENIED.search(spelled) is not None,
        "often": _OFTEN.search(spelled) is not None,
        "orders": _ORDERS.match(spelled) is not None,
        "colon": ":" in text,
        "quotation mark": any(mark in text for mark in '"“„«'),
        "code": any(mark in text for mark in ">{`"),
        "begins small": text[:1].islower(),
        "English": language.code == "en",
        "German": language.code == "de",
        "Spanish": language.code == "es",
        "first": remark.place == 0,
        "last": remark.place == remark.of - 1,
        "sentences, logarithm": math.log1p(remark.of),
        "replies": remark.replies,
        "answers": bool(remark.question),
        "never": language.never.search(plain) is not None,
        "passing": language.passing.search(plain) is not None,
        "artefact": language.artefact.search(plain) is not None,
        "joke": language.joke.search(plain) is not None,
        "unreal": language.unreal.match(plain) is not None,
        "question": language.question.match(plain) is not None,
        "first person": language.first_person.search(plain) is not None,
        "reported": language.reported.search(plain) is not None,
        "quotation": has_quotation(text),
        "keep": language.keep.match(plain) is not None,
        "time": tells_when(text),
        "name": bool(entities(text, language)),
        "lasting": signs.lasting.search(plain) is not None,
        "momentary": signs.momentary.search(plain) is not None,
        "distant": signs.distant.search(plain) is not None,
        "trait": signs.trait.search(plain) is not None,
        "mine": language.mine.search(language.spelled(text)) is not None,
        "person": language.person.search(text) is not None,
        "called": signs.called.search(text) is not None,
        "about them": language.about_them.match(plain) is not None,
        "follows up": language.follow_up.match(plain) is not None,
        "work on a text": language.text_task.search(language.spelled(text)) is not None,
    }
    return {name: float(value) for name, value in found.items()}


def _spelled(text: str) -> str:
    """Return a text in small letters, with straight apostrophes, and every digit a 0."""
    return _DIGIT.sub("0", _SPACE.sub(" ", text[:MOST_CHARS].lower().replace("’", "'")))
