"""Which sentences of a message are meant by whoever writes it: no joke, no text to work on, nobody else's words.

Whether they state anything that is worth keeping is not known here.
"""

import re
from collections.abc import Iterator, Sequence

from julep_local.memory.figures import is_figure, supposes
from julep_local.memory.forgetting import asks_to_forget
from julep_local.memory.language import Language
from julep_local.memory.languages import LANGUAGES, spoken
from julep_local.memory.prose import (
    answers_quotation,
    gives_a_text,
    has_quotation,
    own_sentences,
    quotations,
    shows_a_text,
)
from julep_local.memory.tone import agrees_too_readily, ends_at_once, grumbles, is_ironic, takes_back

_SPEAKER = ("i ", "i'", "we ", "ich ", "wir ", "yo ", "nosotros ")
FEWEST_WORDS, MOST_WORDS = 2, 45
LONG_BEFORE = 4
"""Words before a colon that are more than the name of who speaks after it; one less where nobody is named so."""
FEWEST_QUOTED = 4
"""Words of what somebody says, as against the title of a song: "My Way"."""
JESTING = 3
"""Messages after a joke in which more of the same is likely."""
_DETERMINED = re.compile(
    r"(?i)(?:the|my|our|his|her|a|an|der|die|das|mein\w*|unser\w*|ein\w*|el|la|los|las|mis?|una?)\b"
)
BROKEN = re.compile(
    r"\[\w+\]|\b(\w+) \1 \1\b|\b(?:äh+m?|u[hm]+|ehm?|hm+)[.,… ]*$|\b(?:wohne|lebe|arbeite|studiere|komme|vivo"
    r"|trabajo) (?:in|bei|aus|en|de)$"
)
"""What a recording left out, words that stumble, and what was not finished."""
_TAKES_BACK = re.compile(
    r"(?:no,? wait|wait,? no|scratch that|strike that|actually,? no|no,? sorry|sorry,? no|nein,? (?:halt|quatsch"
    r"|moment|doch nicht)"
    r"|halt,? nein|quatsch|stimmt nicht|no,? (?:espera|perdón|miento)|miento|espera,? no|perdón,? no)\b"
)
"""How people take back what they said in the sentence before."""
_SAYING = re.compile(r"\b(?:i|ich|we|wir|yo)(?: \w+)? $")
"""The speaker, before a verb of saying."""
_JOKE = re.compile(r"kidding|jok|earth|reality|spaß|scherz|witz|broma|realidad")
_BEFORE_TEXT = re.compile(r", | (?:and|but|so|und|aber|y|pero) ")
"""Between what is told and the request to work on a text: "I'm a plumber and a customer wrote this:"."""


def is_jest(text: str, earlier: Sequence[str] = ()) -> bool:
    """Whether a message, or one shortly before it, jests: the rest of it then needs a likelier sound to be believed.

    Args:
        text: the message.
        earlier: what the speaker said in the session before, oldest first.
    """
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    if any(language.serious.match(language.spelled(each)) for each in sentences):
        return False
    return any(_jests(each) for each in (text, *earlier[-JESTING:]))


def _jests(text: str) -> bool:
    """Whether a message has irony or a figure of speech in it, and nothing that says that the joke is over."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    spelled = [language.spelled(each) for each in sentences]
    jest = any(
        is_figure(each, language) or is_ironic(each, language) or agrees_too_readily(each, language) for each in spelled
    )
    return (jest or grumbles(text)) and not any(map(language.serious.match, spelled))


def ends_supposing(text: str) -> bool:
    """Whether the last sentence of a text is about what is not so: "If I won the lottery, I'd leave"."""
    sentences = own_sentences(text)[-1:]
    language = spoken(text)
    plain = [language.plain(each) for each in sentences]
    return any(supposes(each, language) or language.unreal.match(each) is not None for each in plain)


def is_withdrawn(after: str, language: Language) -> bool:
    """Whether the sentence after a statement takes it back: as a joke, or as a slip."""
    said = language.spelled(after)
    return bool(after) and (
        language.joke.search(said) is not None
        or _TAKES_BACK.match(said) is not None
        or ends_at_once(said)
        or takes_back(after)
    )


def was_joking(text: str) -> bool:
    """Whether a message begins by saying that what was said before it was not meant."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    found = language.serious.match(language.spelled(sentences[0])) if sentences else None
    # "seriously" alone may follow what was meant
    return found is not None and _JOKE.search(found.group()) is not None


def left_open(text: str) -> list[str]:
    """Return the sentences of a message that are said in earnest, ask nothing and take nothing back, in order.

    Whether they state anything is not said.

    Args:
        text: what of the message is meant.
    """
    return [each for each in said_in_earnest(text) if not asks(each)]


def said_in_earnest(text: str) -> list[str]:
    """Return the sentences of a message that are said in earnest, those that ask for something too, in order."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    found = neighbours(in_earnest(sentences, language))
    return [sentence for sentence, after in found if is_meant(sentence, after)]


def is_meant(sentence: str, after: str = "") -> bool:
    """Whether a sentence, or a part of one, is said in earnest, about the speaker, and not taken back in the next."""
    language = spoken(sentence)
    plain = language.plain(sentence)
    return not (
        len(sentence.split()) > MOST_WORDS
        or sentence.rstrip().endswith(":")
        or BROKEN.search(plain)
        or language.unreal.match(plain)
        or language.artefact.search(plain)
        or language.joke.search(plain)
        or is_figure(plain, language)
        or is_ironic(language.spelled(sentence), language)
        or agrees_too_readily(language.spelled(sentence), language)
        or is_withdrawn(after, language)
        or is_somebody_elses(sentence, language)
        or asks_to_forget(sentence)
    )


def asks(sentence: str) -> bool:
    """Whether a sentence asks, or asks for something."""
    return asks_in(sentence, spoken(sentence))


def reports(clause: str, language: Language) -> bool:
    """Whether a clause tells what somebody else said: what "I" means after it is theirs."""
    plain = language.plain(clause)
    found = language.reported.search(plain)
    return found is not None and not _tells_oneself(found)


def _tells_oneself(said: "re.Match[str]") -> bool:
    """Whether a verb of saying is the speaker's own: "like I always say"."""
    return said.string.startswith(_SPEAKER) or _SAYING.search(said.string[: said.start()]) is not None


def is_somebody_elses(sentence: str, language: Language) -> bool:
    """Whether "I" in the sentence stands behind a colon or a verb of saying: "My boss: I am away in August"."""
    if quotes_somebody(sentence):  # and the rest of it is the speaker's
        return False
    before, colon, after = sentence.partition(": ")
    if colon and opens(after, language) and not introduces(before, language):
        return not language.keep.match(language.plain(sentence))
    said = language.reported.search(language.plain(sentence))
    if said and not _tells_oneself(said) and opens(said.string[said.end() :], language):
        return True
    head, comma, tail = sentence.partition(", ")
    return bool(comma) and reports(head, language) and opens(tail, language)


def quotes_somebody(sentence: str) -> bool:
    """Whether a quotation in the sentence is what somebody says of themselves, or has an answer to it behind it."""
    language = spoken(sentence)
    return answers_quotation(sentence) or any(
        len(each.split()) >= FEWEST_QUOTED and language.first_person.search(language.spelled(each)) is not None
        for each in quotations(sentence)
    )


def introduces(before: str, language: Language) -> bool:
    """Whether what stands before a colon only leads up to one's own words: "About me", "Sorry, I got that wrong"."""
    if language.introduces.match(language.spelled(before)):
        return True
    named = language.person.search(before) is not None or _DETERMINED.match(before) is not None
    if len(before.split()) >= LONG_BEFORE - (not named) and not language.reported.search(language.spelled(before)):
        return True
    rest, plain = "", f"{language.spelled(before)}: "
    while rest != plain:
        rest, plain = plain, language.lead_in.sub("", plain, count=1)
    return not plain.strip(" :")


def opens(text: str, language: Language) -> bool:
    """Whether the speaker is named in the first words of a text."""
    found = language.first_person.search(language.spelled(text))
    return found is not None and len(language.spelled(text)[: found.start()].split()) <= 2


def in_earnest(sentences: list[str], language: Language) -> list[str]:
    """Return the sentences before a text is given to be worked on, or quoted, or before something is only supposed."""
    kept: list[str] = []
    for i, sentence in enumerate(sentences):
        if supposes(language.plain(sentence), language):
            break
        if i + 1 < len(sentences) and gives_a_text(sentence):
            break
        before, colon, after = sentence.partition(": ")
        given = colon and opens(after, language) and (reports(before, language) or asks_in(before, language))
        given = (given or (colon and shows_a_text(before))) and not language.keep.match(language.plain(sentence))
        # the request may be in another language than the text
        below = "\n" if i + 1 < len(sentences) else ""
        asked = [each for each in LANGUAGES if each.text_task.search(each.spelled(sentence) + below)]
        if given or (asked and (":" in sentence or any(asks_in(sentence, each) for each in asked))):
            head = _BEFORE_TEXT.split(before.rstrip(": "), maxsplit=1)[0]
            if not given and len(head) < len(before.rstrip(": ")) and opens(head, language):
                kept.append(head)
            if not has_quotation(sentence):
                break
        else:
            kept.append(sentence)
    return kept


def asks_in(sentence: str, language: Language) -> bool:
    """Whether a sentence of this language asks, or asks for something."""
    return sentence.rstrip().endswith("?") or language.question.match(language.plain(sentence)) is not None


def neighbours(sentences: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each sentence with the one after it."""
    for i, sentence in enumerate(sentences):
        yield sentence, sentences[i + 1] if i + 1 < len(sentences) else ""
