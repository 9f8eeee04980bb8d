"""What a person says about themselves that is worth remembering, found in a message by rules.

No model is asked. Better to miss a statement than to keep junk: a sentence counts when it is of a kind that people want
remembered, and nothing in it or around it says that it is a mood, a request, a joke, a story or somebody else's words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from julep_local.memory.asides import FEWEST, aged, asides, verb_second
from julep_local.memory.entities import entities
from julep_local.memory.figures import is_figure, supposes
from julep_local.memory.forgetting import asks_to_forget, wishes_of
from julep_local.memory.language import Kind, Language
from julep_local.memory.languages import LANGUAGES, spoken
from julep_local.memory.manner import MANNER, wishes_manner
from julep_local.memory.moves import NEWS, is_dropped, is_moved
from julep_local.memory.prose import (
    LEFT_OUT,
    answers_quotation,
    gives_a_text,
    goes_on_with_a_text,
    has_quotation,
    own_sentences,
    quotations,
    shows_a_text,
    without_quotations,
)
from julep_local.memory.standing import weighs, without_now
from julep_local.memory.tone import agrees_too_readily, ends_at_once, grumbles, is_ironic, takes_back
from julep_local.memory.when import names_a_time, tells_when

_WE = ("we ", "we're ", "we've ", "wir ", "nosotros ")
_SPEAKER = ("i ", "i'", "we ", "ich ", "wir ", "yo ", "nosotros ")

FEWEST_WORDS, MOST_WORDS = 2, 45
FEWEST_ASKED = 4
ASKED_TO_KEEP = 0.8
OTHER = 0.4
SHORT_QUESTION = 6
"""Words of a question that hangs on a statement: "Mein Auto gehört meiner Mutter, geht das trotzdem?"."""
LEAST_BEFORE_REQUEST = 6
"""Characters before a request that may state something."""
GAME, TEXT = "a game", "a text"
"""What is played by both, and what a person dictates."""
MOST_NOTED = 12
"""Words with which a dictation is taken down; who answers with more has been asked for something else."""
SHORT_END = 4
"""Words with which a game is ended, and nothing else is said."""
WRITTEN = 3
"""Messages before, in which a story was asked for that is still worked on."""
NEAR = 2
"""Messages before, in which somebody may be named whom "she" means."""
LONG_BEFORE = 4
"""Words before a colon that are more than the name of who speaks after it; one less where nobody is named so."""
PHRASE = 4
"""Words of a phrase before a comma to which the sentence after it belongs: "My left knee, they operated in 2020"."""
FEWEST_QUOTED = 4
"""Words of what somebody says, as against the title of a song: "My Way"."""
FURTHEST = 5
"""Words before the speaker is named in a sentence that is about them."""
"""Importance of what the person asked to have remembered."""

_LASTING = frozenset(("name", "birth", "health", "family", "home", "work", "loss"))
"""Kinds that last, whatever else the sentence says."""
SOBER = frozenset((*_LASTING, "asked"))
"""Kinds that are meant beside a joke: what is liked, had, done and planned may be a part of it."""
_DATED = frozenset(("plan", "event"))
"""Kinds of what has a day: told beside something else they are kept with it."""
_DULL = frozenset(("name", "birth", "home", "work"))
"""Kinds that are meant where only what is added exaggerates: "I'm on the council so I've heard it a thousand times"."""
JESTING = 3
"""Messages after a joke in which more of the same is likely."""
_PART = re.compile(
    r"\b(?:there|dort|allí|ahí)[.!]*$|\b(?:is|are) (?:\w+ )?allergic(?! to)\b|^(?:i'm|i am|ich bin|soy) (?:the|der"
    r"|die|das|el|la) \w+[.!]*$"
)
"""A statement that only the one before it makes whole: "I teach there", "soy la madrina"."""
_DISCLAIMS = re.compile(r"(?:i'm|i am) not\b|ich bin (?:ja |zwar )?kein|(?:yo )?no soy\b")
"""Leads up to an opinion: "I'm no lawyer but"."""
_DETERMINED = re.compile(
    r"(?i)(?:the|my|our|his|her|a|an|der|die|das|mein\w*|unser\w*|ein\w*|el|la|los|las|mis?|una?)\b"
)
_BARE_NUMBER = re.compile(
    r"(?:i have|i've got|we have|we've got|ich habe|wir haben|tengo|tenemos) (?:one|two|three|four|five|six|zwei|drei"
    r"|vier|fünf|sechs|dos|tres|cuatro|cinco|seis|\d+)[.!]*$"
)
"""How many there are of what the part before names: "I'm more of a cat person, I have three"."""
_BROKEN = re.compile(
    r"\[\w+\]|\b(\w+) \1 \1\b|\b(?:äh+m?|u[hm]+|ehm?|hm+)[.,… ]*$|\b(?:wohne|lebe|arbeite|studiere|komme|vivo"
    r"|trabajo) (?:in|bei|aus|en|de)$"
)
"""What a recording left out, words that stumble, and what was not finished."""
_ONLY_WHEN = re.compile(
    r"(?i)(?:in|on|at|last|next|this|yesterday|today|tomorrow|am|im|vor|letzt\w+|nächst\w+|gestern|heute|morgen|en"
    r"|el|la|hace|ayer|hoy|mañana|\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten)(?: [\w.]+){0,2}\s*$"
)
_NAMED = re.compile(
    r"^(?:[Ii]['’]m|[Ii] am|[Ii]ch bin|[Ss]oy|[Ii]t['’]s (?:Mrs|Mr|Ms"
    r"|Dr)\.?) [A-ZÄÖÜ][\w'-]+(?: [A-ZÄÖÜ][\w'-]+)?(?:[.!,]| and\b| und\b| y\b|$)"
)
_NO_NAMES = frozenset(
    """deaf muslim christian jewish catholic hindu buddhist sikh mormon aries taurus gemini leo virgo libra scorpio
    sagittarius capricorn aquarius pisces asian african latina latino black white
    german english french spanish italian polish irish british american canadian dutch swedish turkish chinese
    japanese""".split()
)
_TAGGED = re.compile(r"(?i),? (?:ok(?:ay)?|right|please|yeah|will you|can you|vale|sí|eh|ja|gut|oder|bitte|no)\s*\?$")
"""Hangs on a wish, and asks nothing."""
_REQUESTS = re.compile(
    r"(?:\W|und |and |y |also )*(?:can|could|would|will|kannst|könntest|puedes|podrías|me puedes) ?(?:you|du)?\b"
)
_ADDRESSES = re.compile(
    r"(?i)[,;] (?:(?:and|so|und|also|y|así que) )?(?:i(?:'d like| want| need) you|ich (?:will|möchte"
    r"|hätte gern), dass du"
    r"|(?:quiero|quisiera|necesito) que (?:lo |la |me )?\w+(?:s|es|as)) .*$"
)
"""Behind what is to be remembered, what it is for: "I'm diabetic, I want you to think of that"."""
_THEN = re.compile(r"(?i)(?:(?:and|und|y),? )?(?:then|dann|danach|entonces|luego|después)\b")
"""Goes on with what was supposed."""
_OF = re.compile(r"(?i)\b(?:of|von|de|del)\s*$")
_ONE_OF_TWO = re.compile(
    r"(?i)(?:(?:so|also|well|and|und|y|now|then),? )?(?:my|our|mein\w*|unser\w*|mi|mis|nuestr\w+)(?: [\w'-]+){1,3}$"
)
"""The first half of a subject of two."""
_JOINS = re.compile(
    r"(?i)(?:,? (?:and|but|so|because|und|aber|weil|y|pero|porque|así que)|, (?:which|denn|also|que)) (?!(?:i|my|ich"
    r"|mein\w*) )"
)
"""Between a clause and the next."""
_FIRST_CLAUSE = re.compile(r",| (?:and|but|so|und|aber|y|pero) ")
_DENIES = re.compile(r"\b(?:don't|do not|never|no|nunca|kein\w*|nicht|nie)\b")
"""What is not done is not done for long: it lasts like an illness."""
_ADDS = re.compile(r",? (?:but|because|so|which|aber|weil|denn|pero|porque|así que) ")
_TAKES_BACK = re.compile(
    r"(?:no,? wait|wait,? no|scratch that|strike that|actually,? no|no,? sorry|sorry,? no|nein,? (?:halt|quatsch"
    r"|moment|doch nicht)"
    r"|halt,? nein|quatsch|stimmt nicht|no,? (?:espera|perdón|miento)|miento|espera,? no|perdón,? no)\b"
)
"""How people take back what they said in the sentence before."""
_JOKE = re.compile(r"kidding|jok|earth|reality|spaß|scherz|witz|broma|realidad")
_AT_THE_TOOL = re.compile(
    r"(?:i|we|ich|wir|yo)?(?: |^)(?:(?:always|usually|mostly|normally|often|never|still|just|nunca|siempre) )*(?:get"
    r"|see|press|click"
    r"|type|receive|forget|end up|look at|know|tippe|klicke|drücke|sehe|bekomme|kriege|vergesse|weiß|escribo|pulso"
    r"|veo|recibo"
    r"|olvido|elijo|sé)\b"
)
"""What one does with a program, however often."""
_SUPPOSED = re.compile(r"\b(?:would|wouldn't|würde|hätte|wäre)\b|\b\w+ría(?:mos)?\b")
_GOVERNS = re.compile(
    r"\b(?:if|whether|unless|wish|pretend|imagine|would|wouldn't|wenn|falls|ob|würde|wäre|hätte"
    r"|als ob|si|ojalá|como si"
    r"|says?|said|told|claims?|sagt|sagte|meint|meinte|dice|dijo|according|laut|según|dream\w*|dreamt|soñ\w+|träum\w*"
    r"|geträumt|in (?:the|this) (?:text|story|article|book|film|movie|series|video|example|picture|photo)|im (?:text"
    r"|buch|film|artikel|video"
    r"|beispiel|bild)|en (?:el|la) (?:texto|cuento|artículo|libro|película|vídeo|ejemplo|foto)|(?:act|play|pose) as"
    r"|chapter|capítulo|kapitel)\b"
)
"""What makes a part of a sentence depend on another: it states nothing by itself."""
_BY_NAME = re.compile(
    r"(?P<name>[A-ZÄÖÜÁÉÍÓÚÑ][\w'-]+?)(?:['’]s| (?:is|has|uses|needs|can't|cannot|lives|works|turns|hat|ist|sitzt"
    r"|braucht|trägt|kann|sieht|hört"
    r"|wird|lebt|wohnt"
    r"|arbeitet|tiene|es|está|vive|trabaja|cumple|no))\b"
    r"|(?P<bare>(?i:es|está|tiene|lleva|va en|usa|necesita|no (?:ve|oye|puede|come|tolera)))\b"
)
"""Begins a sentence about somebody who was named as "my wife" right before, now by name."""
_TRAIT = re.compile(
    r"(?i)\b(?:dement\w+|alzh\w+|parkinson\w*|stroke|deaf|blind|wheelchair|autis\w+|allerg\w+|alerg\w+|vegan\w*"
    r"|vegetari\w+"
    r"|co?eliac|diabet\w+|asthma\w*|pregnant|epilep\w+|cancer|dyslex\w+|gluten\w*|la[ck]tos\w+|retired|years? old"
    r"|arthritis"
    r"|taub\w*|gehörlos|rollstuhl|demenz|schwanger|krebs|schlaganfall|legasthen\w+|zöliakie|rheuma|in rente|jahre alt"
    r"|(?:sieht|hört) (?:\w+ )?(?:nicht|kaum|schlecht)\w*|cieg[oa]|sord[oa]|silla de ruedas|celíac[oa]|embarazada"
    r"|cáncer|ictus"
    r"|jubilad[oa]|años|asm\w+|disléxic[oa]|demencia|years?)\b"
    r"|(?:is|ist|['’]s) \d{1,2}(?=[.,!]|$| (?:and|und|now|jetzt))"
)
"""What is told of somebody that lasts."""
_YEARS = re.compile(
    r"(?:he's|she's|he is|she is|er ist|sie ist|(?:él |ella )?(?:tiene|cumple)|the (?:boy|girl) is)"
    r" (?:fast |schon |erst |nearly |only |almost |just |ya |casi )?(?:\d{1,3}|(?:one|two|three|four|five|six"
    r"|seven|eight|nine|ten"
    r"|eleven|twelve|\w+teen|\w+ty(?:-\w+)?|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
    r"|\w+zehn|\w+zig"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|\w+enta)\b)(?! (?:minut"
    r"|stund|hour|hora))"
)
"""How old somebody is of whom "he" is said."""
_BRACKETED = re.compile(r"(?s)\s*(?:\(+|\[+|//)\s*(?:ooc\b:?)?(?P<what>.{3,}?)[)\]]*\s*$")
"""A message that a player puts in brackets: it is not their character's."""
_THANKS = re.compile(
    r"(?i)(?:(?:ok(?:ay)?|right|great|perfect|good|lovely|gut|super|prima|vale|bien|perfecto)[,.!]* )*"
    r"(?:thanks|thank you|danke|gracias|that's (?:it|all|the \w+)|das war'?s|ya está|eso es todo)\b"
)
"""Ends a dictation."""
_RESUMES = re.compile(
    r"(?i)(?:(?:ok(?:ay)?|and|now|so|gut|und|vale|y),? )*(?:carry on|go on|continue|back to the (?:scene|game|play)"
    r"|weiter|mach weiter|zurück ins spiel|sigue|seguimos|continúa)[.!]*$"
)
"""Ends a pause in a game."""
_STOP = re.compile(r"[,;:–—] ")
_BEFORE_TEXT = re.compile(r", | (?:and|but|so|und|aber|y|pero) ")
"""Between what is told and the request to work on a text: "I'm a plumber and a customer wrote this:"."""
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Statement:
    """A statement that is worth keeping, in the words of the person."""

    text: str
    kind: str
    importance: float
    language: Language
    wished: bool = False
    """Whether the person asked to have it remembered."""

    @property
    def plain(self) -> str:
        """The text as patterns want it."""
        return self.language.plain(self.text)


def statements(text: str, earlier: Sequence[str] = ()) -> list[Statement]:
    """Return what a message states about the speaker, in order, each once.

    Args:
        text: the message.
        earlier: what the speaker said in the session before, oldest first.
    """
    wishes = wishes_of(text)
    sentences = own_sentences(text) if wishes is None else wishes.kept
    if not sentences:
        return []
    language = spoken(" ".join(sentences))
    joked = [i for i, each in enumerate(sentences) if language.serious.match(language.spelled(each))]
    sentences = sentences[joked[-1] :] if joked else sentences
    found: dict[str, Statement] = {}
    last: Statement | None = None
    someone, just_named = someone_of(earlier[-NEAR:]), ""
    supposed = any(map(_ends_supposing, earlier[-1:]))
    for sentence, after in _neighbours(_in_earnest(sentences, language)):
        own = spoken(sentence, language)
        by_name, just_named = _by_name(just_named, sentence, own), someone_of([sentence])
        if by_name is not None and not _is_withdrawn(after, own):
            more = replace(by_name, text=f"{_closed(last.text)} {_begun(sentence)}") if last is not None else by_name
            found.pop(last.text if last is not None else "", None)
            found[more.text] = last = more
            continue
        goes_on, supposed = supposed and _THEN.match(sentence) is not None, _ends_supposing(sentence)
        if goes_on:
            last, supposed = None, True
            continue
        if agrees_too_readily(own.spelled(sentence), own):
            last = None
            continue
        clauses = _clauses(sentence, own)
        if len(clauses) > 1:
            last = None
            if not _is_withdrawn(after, own):
                for each in clauses:
                    found[each.text] = last = each
            continue
        statement = clauses[0] if clauses else _statement(sentence, own)
        if (
            statement is None
            and last is None
            and someone
            and own is language
            and own.about_them.match(own.plain(sentence))
        ):
            statement = _about(someone, sentence, own)
        if statement is None and (said_beside := _beside(sentence, own, after)):
            found |= {each.text: each for each in said_beside}
            someone, last = someone_of([sentence]) or someone, said_beside[-1]
            continue
        someone = someone_of([sentence]) or someone
        if statement is None and last is not None and _says_more(sentence, own):
            more = replace(last, text=f"{_closed(last.text)} {_begun(sentence)}")
            found.pop(last.text, None)
            found[more.text] = last = more
            continue
        last = statement
        if statement is None or _is_withdrawn(after, own):
            last = None if statement is None else last
            continue
        found[statement.text] = statement
    return list(found.values())


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


def _beside(sentence: str, language: Language, after: str) -> list[Statement]:
    """Return what a sentence states beside what it is for: "something quiet, because my mum lives with us"."""
    plain, spelled = language.plain(sentence), language.spelled(sentence)
    quoted = has_quotation(sentence)
    if quoted:  # who said it is said beside it, and the rest is the speaker's
        sentence = without_quotations(sentence)
        plain, spelled = language.plain(sentence), language.spelled(sentence)
    if _is_withdrawn(after, language) or (not quoted and _GOVERNS.search(spelled)):
        return []
    if language.joke.search(plain) or language.unreal.match(plain) or language.text_task.search(spelled):
        return []
    if is_figure(plain, language) or is_ironic(spelled, language):
        return []
    if not quoted and _is_somebody_elses(sentence, language):
        return []
    found: list[Statement] = []
    someone = ""
    for part in asides(sentence, language):
        if LEFT_OUT in part:
            continue
        said = None if _asks(part, language) or part.endswith("?") else _aside(part, language)
        if said is None and someone and language.about_them.match(language.plain(part)):
            said = _about(someone, part, language)
        if said is not None and said.kind == "name" and part not in sentence:
            continue  # "as a test" is no name
        if said is not None and not any(part.rstrip(".!? ") in each.text for each in found):
            found.append(said)
        someone = someone_of([part]) or someone
    known = " ".join(each.text for each in found)
    found += [Statement(_begun(each), "family", 0.6, language) for each in aged(sentence) if each not in known]
    return found


def _aside(part: str, language: Language) -> Statement | None:
    """Return what a part of a sentence states, if it is of a kind that lasts or says itself that it does."""
    plain = language.plain(part)
    if (
        _reports(part, language)
        or _PART.search(plain)
        or _DISCLAIMS.match(plain)
        or language.signs.distant.search(plain)
    ):
        return None
    kept = _kept(part, language)
    if kept is not None and len(plain.split()) < FEWEST[language.code] and kept.kind != "health":
        return None
    if kept is None or kept.kind in _LASTING or language.signs.lasting.search(kept.plain):
        return kept
    if kept.kind in _DATED:
        return kept if tells_when(kept.text) else None
    return kept if _DENIES.search(kept.plain) else None


def _ends_supposing(text: str) -> bool:
    """Whether the last sentence of a text is about what is not so: "If I won the lottery, I'd leave"."""
    sentences = own_sentences(text)[-1:]
    language = spoken(text)
    plain = [language.plain(each) for each in sentences]
    return any(supposes(each, language) or language.unreal.match(each) is not None for each in plain)


def _is_withdrawn(after: str, language: Language) -> bool:
    """Whether the sentence after a statement takes it back: as a joke, or as a slip."""
    said = language.spelled(after)
    return bool(after) and (
        language.joke.search(said) is not None
        or _TAKES_BACK.match(said) is not None
        or ends_at_once(said)
        or takes_back(after)
    )


def in_fiction(text: str, talk: Sequence[tuple[str, str]] = ()) -> bool:
    """Whether a message is part of a story or a game that is told or played: since it began, until somebody ends it.

    Args:
        text: the message.
        talk: role and text of the messages before, oldest first.
    """
    return outside_fiction(text, talk) is None


def outside_fiction(text: str, talk: Sequence[tuple[str, str]] = ()) -> str | None:
    """Return what of a message is meant, None if it is part of a story or a game: what follows the end of one is meant.

    Args:
        text: the message.
        talk: role and text of the messages before, oldest first.
    """
    said = [each for role, each in talk if role == "user"]
    if said and goes_on_with_a_text(text, said[-1]):
        return None
    playing = ""
    for role, each in talk:
        playing = _playing(role, each, playing)[0]
    playing, meant = _playing("user", text, playing)
    written = [each for role, each in talk if role == "user"][-WRITTEN:]
    if meant and _revises(text) and any(_invents(each) for each in written):
        return None
    return (meant or None) if playing else meant


def _invents(text: str) -> bool:
    """Whether a message asks for a story, or is about one."""
    language = spoken(text)
    return language.invents.search(language.spelled(" ".join(text.split()))) is not None


def _revises(text: str) -> bool:
    """Whether a message says how what was written should be."""
    language = spoken(text)
    return any(language.revises.search(language.plain(each)) for each in own_sentences(text))


def _playing(role: str, text: str, playing: str) -> tuple[str, str]:
    """Return what goes on after a message, `GAME`, `TEXT` or nothing, and what of it is meant: before that or after."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    spelled = language.spelled(" ".join(text.split()))
    if role != "user":
        if playing == TEXT and len(text.split()) > MOST_NOTED:
            return "", text
        return (playing or GAME) if language.casts.search(spelled) else playing, text
    beside = _BRACKETED.match(text) if playing else None
    if beside is not None:
        return playing, beside["what"]
    ends = [i for i, each in enumerate(sentences) if language.ends_fiction.search(language.plain(each))]
    if not ends and playing == TEXT and sentences and _THANKS.match(sentences[0]):
        ends = [0]
    if ends:
        below = sentences[ends[-1] + 1 :]
        goes_on = playing if below and _RESUMES.match(below[-1]) else ""
        return goes_on, _after_end(sentences[ends[-1]], below, language) if playing else text
    if playing:
        return playing, ""
    if language.dictates.search(spelled):
        return TEXT, ""
    if language.fiction.search(spelled) or any(_narrates(language.plain(each), language) for each in sentences):
        begins = next((i for i, each in enumerate(sentences) if language.fiction.search(language.spelled(each))), 0)
        return GAME, "\n".join(sentences[:begins])
    return "", "" if language.invents.search(spelled) else text


def _after_end(last: str, below: Sequence[str], language: Language) -> str:
    """Return what is said behind the words that end a game, in their sentence and after it."""
    found = language.ends_fiction.search(language.spelled(last)) or _THANKS.match(last)
    rest = _STOP.split(last[found.end() :], maxsplit=1)[1:] if found else []
    said = rest or ([] if len(last.split()) <= SHORT_END else [last])
    return "\n".join([*said, *below])


def _narrates(plain: str, language: Language) -> bool:
    """Whether a sentence tells what somebody's character does: once, and not "every morning"."""
    return language.narrates.match(plain) is not None and language.signs.lasting.search(plain) is None


def was_joking(text: str) -> bool:
    """Whether a message begins by saying that what was said before it was not meant."""
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    found = language.serious.match(language.spelled(sentences[0])) if sentences else None
    # "seriously" alone may follow what was meant
    return found is not None and _JOKE.search(found.group()) is not None


def someone_of(texts: Sequence[str]) -> str:
    """Return who of the speaker's was named last: "my sister Pilar"; "" if nobody was."""
    for text in reversed(texts):
        language = spoken(text)
        found = [match.group().rstrip(" ,") for match in language.person.finditer(text) if _is_meant(text, match)]
        if found:
            return found[-1]
    return ""


def _is_meant(text: str, match: "re.Match[str]") -> bool:
    """Whether a sentence that names somebody is about them, not about somebody of theirs: "a friend of my sister's"."""
    return not text[match.end() :].startswith(("'s", "’s")) and _OF.search(text[: match.start()]) is None


def _about(someone: str, sentence: str, language: Language) -> Statement | None:
    """Return a sentence about somebody who was named before, with their name in front."""
    plain = language.plain(sentence)
    if not _says_more(sentence, language) or not (language.follow_up.match(plain) or _YEARS.match(plain)):
        return None
    said = _without_lead_in(sentence, language.plain(sentence), language)
    return Statement(f"{_begun(someone)}: {_begun(said)}", "family", 0.6, language)


def _by_name(someone: str, sentence: str, language: Language) -> Statement | None:
    """Return a sentence that tells by name what lasts of somebody of the sentence before: "Gerlinde hat Demenz"."""
    match = _BY_NAME.match(sentence)
    plain = language.plain(sentence)
    if not someone or match is None or any(word[:1].isupper() and len(word) > 3 for word in someone.split()[2:]):
        return None
    if (
        _TRAIT.search(sentence[max(match.end("name"), 0) :]) is None
        or language.joke.search(plain)
        or is_figure(plain, language)
    ):
        return None
    if sentence.rstrip().endswith("?") or language.first_person.match(plain) or language.question.match(plain):
        return None
    return Statement(f"{_begun(someone)}: {_begun(sentence)}", "family", 0.6, language)


def worth_asking(text: str, talk: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the sentences that state something, of which rules cannot say whether it is worth keeping, in order.

    Args:
        text: a message.
        talk: role and text of the messages before, oldest first.
    """
    sentences = own_sentences(text)
    language = spoken(" ".join(sentences))
    if not sentences or in_fiction(text, talk):
        return []
    open_: dict[str, None] = {}
    for sentence, after in _neighbours(_in_earnest(sentences, language)):
        own = spoken(sentence, language)
        plain = own.plain(sentence)
        said = _begun(_without_lead_in(sentence, plain, own))
        if (
            FEWEST_ASKED <= len(said.split()) <= MOST_WORDS
            and not sentence.rstrip().endswith("?")
            and not any(
                pattern.search(plain) for pattern in (own.never, own.joke, own.unreal, own.passing, own.artefact)
            )
            and not own.question.match(plain)
            and not has_quotation(said)
            and not (after and own.joke.search(own.spelled(after)))
            and own.first_person.search(plain)
            and not _clauses(sentence, own)
            and _statement(sentence, own) is None
        ):
            open_[said] = None
    return list(open_)


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
    found = _neighbours(_in_earnest(sentences, language))
    return [sentence for sentence, after in found if is_meant(sentence, after)]


def is_meant(sentence: str, after: str = "") -> bool:
    """Whether a sentence, or a part of one, is said in earnest, about the speaker, and not taken back in the next."""
    language = spoken(sentence)
    plain = language.plain(sentence)
    return not (
        len(sentence.split()) > MOST_WORDS
        or sentence.rstrip().endswith(":")
        or _BROKEN.search(plain)
        or language.unreal.match(plain)
        or language.artefact.search(plain)
        or language.joke.search(plain)
        or is_figure(plain, language)
        or is_ironic(language.spelled(sentence), language)
        or agrees_too_readily(language.spelled(sentence), language)
        or _is_withdrawn(after, language)
        or _is_somebody_elses(sentence, language)
        or asks_to_forget(sentence)
    )


def asks(sentence: str) -> bool:
    """Whether a sentence asks, or asks for something."""
    return _asks(sentence, spoken(sentence))


def kind_of(text: str, language: Language) -> Kind | None:
    """Return the kind of statement that a sentence is, None if it is none that is worth keeping."""
    plain = language.plain(without_quotations(text))
    for kind in language.kinds:
        if kind.pattern.search(plain):
            return kind
    return None


def _clauses(sentence: str, language: Language) -> list[Statement]:
    """Return the statements in a sentence that holds several: each is true or not by itself."""
    if sentence.rstrip().endswith("?"):
        sentence = _cut_before_question(sentence, language)
    parts = _leaning(_with_their_times(_of_two(language.clause.split(sentence), sentence)), language)
    plain = language.plain(sentence)
    if len(parts) < 2 or _reports(parts[0], language) or _is_somebody_elses(sentence, language):
        return []
    if language.unreal.match(plain) or language.keep.match(plain) or wishes_manner(sentence):
        return []
    if language.joke.search(plain) or is_figure(plain, language) or has_quotation(sentence):
        return []
    return [each for each in (_kept(part, language) for part in parts) if each is not None]


def _with_their_times(parts: list[str]) -> list[str]:
    """Return the parts of a sentence, one that only says when as the beginning of the next: "In 2009 I moved"."""
    joined: list[str] = []
    for part in parts:
        if joined and _ONLY_WHEN.match(joined[-1]) and tells_when(joined[-1]):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _of_two(parts: list[str], sentence: str) -> list[str]:
    """Return the parts of a sentence, its subject put together again where it is two: "My wife and I moved"."""
    if len(parts) > 1 and _ONE_OF_TWO.match(parts[0]) and sentence.startswith(parts[0]):
        return [sentence[: sentence.index(parts[1], len(parts[0]))] + parts[1], *parts[2:]]
    return parts


def _leaning(parts: list[str], language: Language) -> list[str]:
    """Return the parts of a sentence, one that needs the part before to be understood together with it."""
    joined: list[str] = []
    for part in parts:
        plain = language.plain(part)
        outside = language.signs.distant.search(plain)
        leans = (outside and " " not in outside.group()) or plain.startswith(_WE) or _PART.search(plain)
        short = len(joined) == 1 and len(joined[0].split()) <= PHRASE and not _states_something(joined[0], language)
        if joined and (
            short
            or _BARE_NUMBER.match(plain)
            or (leans and (outside or _names_something(joined[-1], language)) and not _asks(joined[-1], language))
        ):
            joined[-1] += f", {part}"
        else:
            joined.append(part)
    return joined


def _states_something(text: str, language: Language) -> bool:
    """Whether a part of a sentence is more than a phrase: it speaks of the speaker, asks or answers."""
    plain = language.plain(text)
    return not plain.strip(" ,.!") or bool(
        language.first_person.search(plain) or language.question.match(plain) or language.lead_in.match(f"{plain} ")
    )


def _names_something(text: str, language: Language) -> bool:
    """Whether a text has a name or somebody of the speaker's, which the text after it may mean."""
    return bool(entities(text, language)) or language.mine.search(language.spelled(text)) is not None


def _reports(clause: str, language: Language) -> bool:
    """Whether a clause tells what somebody else said: what "I" means after it is theirs."""
    plain = language.plain(clause)
    return language.reported.search(plain) is not None and not plain.startswith(_SPEAKER)


def _statement(sentence: str, language: Language) -> Statement | None:
    plain = language.plain(sentence)
    if wishes_manner(sentence) and not has_quotation(sentence):
        return Statement(_begun(sentence), MANNER, ASKED_TO_KEEP, language, wished=True)
    wish = language.keep.match(plain) or language.keep.match(language.spelled(sentence))
    if wish:
        return _wished(sentence, language)
    if plain.endswith("?") or sentence.rstrip().endswith("?"):
        return _before_question(sentence, language)
    found = _kept(sentence, language) or _behind_phrase(sentence, language) or _main_clause(sentence, language)
    if found is None and (is_moved(sentence) or is_dropped(sentence)) and not _asks(sentence, language):
        doubtful = has_quotation(sentence) or _is_somebody_elses(sentence, language) or is_figure(plain, language)
        jests = language.joke.search(plain) or language.unreal.match(plain) or language.artefact.search(plain)
        return None if doubtful or jests else Statement(_begun(sentence), NEWS, OTHER, language)
    return found


def _wished(sentence: str, language: Language) -> Statement | None:
    """Return what a sentence asks to have remembered, without what it is for, and without "ok?"."""
    sentence = _TAGGED.sub("", sentence)
    if _REQUESTS.match(language.spelled(sentence)):
        sentence = sentence.rstrip(" ?")
    wish = language.keep.match(language.plain(sentence)) or language.keep.match(language.spelled(sentence))
    if wish is None or sentence.rstrip().endswith("?"):
        return None
    said = _ADDRESSES.sub("", _tail(sentence, language, wish))
    if wishes_manner(said):
        return Statement(_begun(said), MANNER, ASKED_TO_KEEP, language, wished=True)
    request = language.tail_request.search(said.lower())
    said = said[: request.start()] if request and request.start() >= LEAST_BEFORE_REQUEST else said
    plain = language.plain(said)
    if not said or language.never.search(plain):
        return None
    kept = _kept(said, language, least=ASKED_TO_KEEP)
    if kept is not None:
        return replace(kept, wished=True)
    if language.question.match(plain) or _BROKEN.search(plain):
        return None
    noted = wish.group().rstrip().endswith(":") and tells_when(said) and not language.artefact.search(plain)
    if noted or language.first_person.search(language.spelled(said)):
        return Statement(_begun(said), "asked", ASKED_TO_KEEP, language, wished=True)
    return None


def _behind_phrase(sentence: str, language: Language) -> Statement | None:
    """Return what stands behind a phrase that is no part of it: "Bigger letters please, I'm short-sighted"."""
    phrase, found, said = sentence.partition(": " if ": " in sentence else ", ")
    if not found or len(phrase.split()) > PHRASE or not _opens(said, language) or _asks(said, language):
        return None
    if found == ": " and not _introduces(phrase, language):
        return None
    plain = language.plain(phrase)
    if language.never.search(plain) or language.unreal.match(plain) or language.about_them.match(plain):
        return None
    if _states_something(phrase, language) or _reports(phrase, language):
        return None
    if is_figure(language.plain(sentence), language):
        return None
    return _kept(said, language) or _main_clause(said, language)


def _main_clause(sentence: str, language: Language) -> Statement | None:
    """Return what the first clause of a sentence states where the rest of it is nothing to keep."""
    found = _JOINS.search(sentence)
    if found is None or language.joke.search(language.plain(sentence)):
        return None
    head = sentence[: found.start()]
    if _DISCLAIMS.match(language.plain(head)):
        return None
    if len(head.split()) < FEWEST_WORDS or has_quotation(sentence):
        return None
    kept = _kept(head, language)
    exaggerates = is_figure(language.plain(sentence), language)
    return None if kept is not None and exaggerates and kept.kind not in _DULL else kept


def _kept(sentence: str, language: Language, *, least: float = 0.0) -> Statement | None:
    asked = least > 0
    quoted = has_quotation(sentence)
    if _is_somebody_elses(sentence, language) or quotes_somebody(sentence):
        return None
    request = language.tail_request.search(sentence.lower())
    if request and request.start() >= LEAST_BEFORE_REQUEST:
        sentence = sentence[: request.start()]
    reason = language.reason.match(language.plain(sentence))
    if reason:
        sentence = _tail(sentence, language, reason)
        first = sentence.partition(",")[0]
        if language.code == "de" and (turned := verb_second(first)) != first:
            sentence = turned
    plain = language.plain(sentence)
    said = _without_lead_in(sentence, plain, language)
    greeted = (
        len(said.split()) <= 2 and len(sentence.split()) > 2 and plain.startswith("i'm ") and language.code == "en"
    )
    named = (_NAMED.match(said) or greeted) and said.split()[-1].strip(".!,").casefold() not in _NO_NAMES
    n_words = len(said.split())
    if _BROKEN.search(plain) or n_words > MOST_WORDS or (n_words < FEWEST_WORDS and not named):
        return None
    bare = language.plain(without_quotations(sentence if quoted else said))
    if language.question.match(plain) or language.never.search(bare) or language.joke.search(plain):
        return None
    if language.unreal.match(plain) or is_figure(plain, language) or is_ironic(language.spelled(sentence), language):
        return None
    if quoted and (
        language.first_person.search(bare) is None
        or language.reported.search(bare)
        or len(without_quotations(sentence).split()) <= len(said.split()) / 2
    ):
        return None
    kind = kind_of(said, language)
    if named and (kind is None or kind.name == "name") and not plain.startswith(("i'm a ", "i am a ")):
        return Statement(_begun(said), "name", 0.9, language)
    passes = language.passing.search(without_now(plain, kind, language))
    passing = language.artefact.search(plain) is not None or passes is not None
    if not asked and weighs(said, kind, language, passing=passing) <= 0:
        return None
    if n_words < FEWEST_ASKED - 1 and (kind is None or kind.name not in _LASTING):
        return None
    if kind is not None:
        return Statement(_begun(said), kind.name, max(kind.importance, least), language)
    if _is_specific(said, plain, language):
        return Statement(_begun(said), "other", max(OTHER, least), language)
    return None


def _is_somebody_elses(sentence: str, language: Language) -> bool:
    """Whether "I" in the sentence stands behind a colon or a verb of saying: "My boss: I am away in August"."""
    if quotes_somebody(sentence):  # and the rest of it is the speaker's
        return False
    before, colon, after = sentence.partition(": ")
    if colon and _opens(after, language) and not _introduces(before, language):
        return not language.keep.match(language.plain(sentence))
    said = language.reported.search(language.plain(sentence))
    if said and not language.plain(sentence).startswith(_SPEAKER) and _opens(said.string[said.end() :], language):
        return True
    head, comma, tail = sentence.partition(", ")
    return bool(comma) and _reports(head, language) and _opens(tail, language)


def quotes_somebody(sentence: str) -> bool:
    """Whether a quotation in the sentence is what somebody says of themselves, or has an answer to it behind it."""
    language = spoken(sentence)
    return answers_quotation(sentence) or any(
        len(each.split()) >= FEWEST_QUOTED and language.first_person.search(language.spelled(each)) is not None
        for each in quotations(sentence)
    )


def _introduces(before: str, language: Language) -> bool:
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


def _opens(text: str, language: Language) -> bool:
    """Whether the speaker is named in the first words of a text."""
    found = language.first_person.search(language.spelled(text))
    return found is not None and len(language.spelled(text)[: found.start()].split()) <= 2


def _is_specific(said: str, plain: str, language: Language) -> bool:
    """Whether a sentence of no known kind is about the speaker and names something: a person, a place, a number."""
    found = language.first_person.search(plain)
    if found is None or len(plain[: found.start()].split()) > FURTHEST or len(said.split()) < FEWEST_ASKED:
        return False
    if found.start() == 0 and language.signs.lasting.search(_ADDS.split(plain, maxsplit=1)[0]):
        return _SUPPOSED.search(plain) is None and _AT_THE_TOOL.match(plain) is None
    return bool(entities(said, language)) or any(
        word.strip(".,;!").isdigit() or names_a_time(word.strip(".,;!")) for word in said.split()
    )


def _before_question(sentence: str, language: Language) -> Statement | None:
    """Return what is stated before a question in the same sentence: "I'm vegan, what can I cook?"."""
    said = _cut_before_question(sentence, language)
    return _kept(said, language) if said else None


def _cut_before_question(sentence: str, language: Language) -> str:
    """Return a sentence up to the question in it; "" if nothing is before it."""
    spelled = language.spelled(sentence)
    found = language.tail_question.search(spelled)
    end = found.start() if found else spelled.rfind(",")
    if end < 5 or (not found and len(spelled[end:].split()) > SHORT_QUESTION):
        return ""
    return " ".join(sentence.split()[: len(spelled[:end].split())]).rstrip(" ,;:–—-")


def _in_earnest(sentences: list[str], language: Language) -> list[str]:
    """Return the sentences before a text is given to be worked on, or quoted, or before something is only supposed."""
    kept: list[str] = []
    for i, sentence in enumerate(sentences):
        if supposes(language.plain(sentence), language):
            break
        if i + 1 < len(sentences) and gives_a_text(sentence):
            break
        before, colon, after = sentence.partition(": ")
        given = colon and _opens(after, language) and (_reports(before, language) or _asks(before, language))
        given = (given or (colon and shows_a_text(before))) and not language.keep.match(language.plain(sentence))
        # the request may be in another language than the text
        below = "\n" if i + 1 < len(sentences) else ""
        asked = [each for each in LANGUAGES if each.text_task.search(each.spelled(sentence) + below)]
        if given or (asked and (":" in sentence or any(_asks(sentence, each) for each in asked))):
            head = _BEFORE_TEXT.split(before.rstrip(": "), maxsplit=1)[0]
            if not given and len(head) < len(before.rstrip(": ")) and _opens(head, language):
                kept.append(head)
            if not has_quotation(sentence):
                break
        else:
            kept.append(sentence)
    return kept


def _asks(sentence: str, language: Language) -> bool:
    return sentence.rstrip().endswith("?") or language.question.match(language.plain(sentence)) is not None


def _says_more(sentence: str, language: Language) -> bool:
    """Whether the sentence says more about what the one before it names."""
    plain = language.plain(sentence)
    return (
        len(sentence.split()) <= 25
        and not sentence.rstrip().endswith("?")
        and (language.follow_up.match(plain) or _YEARS.match(plain)) is not None
        and language.never.search(plain) is None
        and language.joke.search(plain) is None
        and language.signs.distant.search(_FIRST_CLAUSE.split(plain, maxsplit=1)[0]) is None
    )


def _tail(sentence: str, language: Language, match: "re.Match[str]") -> str:
    """Return what is left of a sentence behind what a pattern matched at the beginning of its plain form."""
    n_words = len(match.string[match.end() :].split())
    return " ".join(sentence.split()[-n_words:]) if n_words else ""


def _without_lead_in(sentence: str, plain: str, language: Language) -> str:
    """Return the sentence as it was written from where its plain form begins."""
    n_words = len(plain.split())
    said = sentence.split()
    begins = len(said) - n_words
    if begins > 0:  # what was spelled out may have more words than what was written
        spelled_out = (begins, begins + 1, begins + 2, begins - 1)
        begins = next((i for i in spelled_out if language.spelled(" ".join(said[i:])) == plain), begins)
    return " ".join(said[begins:]).strip(" \"'*-–—•") if begins > 0 else sentence.strip(' "*-–—•')


def _begun(said: str) -> str:
    return said[:1].upper() + said[1:]


def _closed(text: str) -> str:
    return text if text[-1:] in ".!?…" else f"{text}."


def _neighbours(sentences: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each sentence with the one after it."""
    for i, sentence in enumerate(sentences):
        yield sentence, sentences[i + 1] if i + 1 < len(sentences) else ""
