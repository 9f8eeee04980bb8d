"""A short answer to a question of the assistant, made a statement: "What is your dog's name?" "Biscuit."

Alone it would mean nothing later. What the assistant only claims is no statement of the person's; what they confirm is.
"""

import re
from collections.abc import Sequence

from julep_local.memory.figures import is_figure, supposes
from julep_local.memory.judge import ANSWER
from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences
from julep_local.memory.questions import asked_of, is_of_task, is_weighty
from julep_local.memory.statements import NEAR, Statement, someone_of, statements
from julep_local.recall.words import STOP_WORDS, words

_ONESELF = ("i ", "i'm ", "i've ", "i'd ", "i don't ", "ich ", "wir ", "we ", "yo ", "me ")
WHOLE = 5
"""Words from which an answer that begins with the speaker is a sentence of its own."""
MOST_WORDS = 25
"""Of an answer; a longer one says what it is about."""
_SAYS_THE_SAME = re.compile(
    r"^(?:exactly|correct|that's right|that is right|right|indeed|i am|i do|it is|she is|he is|they are|of course"
    r"|genau|richtig|stimmt|natürlich|bin ich|ist er|ist sie|exacto|correcto|así es|claro|por supuesto|eso es)\b"
)
_VAGUE = frozenset(
    """
    nearly almost maybe probably perhaps chaotic quite very much still again sometimes often never always just
    only both really good fine great okay sure please thanks thank well yeah that this them fast beinahe
    vielleicht manchmal immer bitte danke ganz sehr mild spicy red blue big small hot cold medium both half
    either neither same noch wieder casi quizás siempre nunca bien mucho gracias claro diesmal passt soon later
    """.split()
)
CONFIRMED = 0.7
ANSWERED = 0.6

_TAG = re.compile(
    r"(?i),? (?:is that (?:right|correct)|right|correct|don't you|aren't you|isn't it|haven't you|oder|nicht wahr"
    r"|richtig|verdad|no es así|cierto)\?$"
)
_PRONOUN = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Ii]t|[Tt]hey|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Hh]im|[Tt]hem|[Ee]r|sie|[Ee]s|[Ss]ein\w*"
    r"|[ÉEée]l|[Ee]lla"
    r"|[Ss]us?)\b|^Sie\b"
)
_PERSON = re.compile(r"\b(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er|[Hh]im|[Ee]r|[Ss]ein(?:e[rnms]?)?|[ÉEé]l|[Ee]lla)\b|\bsie\b")
"""Stands for somebody, not for a thing."""
_WITH_YOU = re.compile(
    r"^¿?(?:y )?(?:vive (?:contigo|con usted)\b|cómo se llaman?\?|(?:cuántos años"
    r"|qué edad) tienen?\?)"
)
"""Asks in Spanish about somebody whom no word stands for."""
_ASKS_FOR_ANY = re.compile(r"\b(?:any|anything|something|anyone|some)\b")
_FOR_WHOM = (
    (re.compile(r"(?i)^is (it|that|this) for (?:you|your [^?]+)\?$"), r"Who is \1 for?"),
    (re.compile(r"(?i)^ist (das|es) für (?:sie|dich|ihre?n?|deinen?) ?[^?]*\?$"), r"Für wen ist \1?"),
    (re.compile(r"(?i)^¿es para (?:ti|usted|tu|su) ?[^?]*\?$"), "¿Para quién es?"),
)
"""What is guessed in a question, and not so."""
_WOULD = re.compile(r"(?:'d| would|würde\w*|hätte\w*|wäre\w*) .*\b(?:if|wenn)\b|\b\w+ría\w* .*\bsi\b")
_YES = {"en": "yes", "de": "ja", "es": "sí"}
_THEY = ("he", "she", "it", "they", "er", "sie", "es", "ella", "él")
_DIGIT = re.compile(r"\d")
EMPTY = 3
"""Words of a sentence before an answer that says nothing."""
_LEANS = re.compile(r"(?:i'm|i am|ich bin|soy) (?:the|der|die|das|el|la) ")
"""Says what one is in what was just named."""
HALF = 12
"""Words of half a sentence that goes on with an answer."""
_THING = re.compile(r"(?i)\b(?<=on |of |in |to )it\b(?=\?)")
"""At the end of a question, a part of the person or a thing: "Have you ever had surgery on it?"."""
_NAME_IN_FRONT = re.compile(
    r"^(?:it's|it is|that's|that is|he's|she's|his name is|her name is|its name is|er heißt|sie heißt|es heißt"
    r"|se llama|es|the|just|um|uh|well|oh|yes|sure|called|named)[,:]?\s+(?:called\s+|named\s+)?",
    re.IGNORECASE,
)
_LAUGH = re.compile(
    r"(?i)^(?:(?:lol|lmao|ha(?:ha)+|jaja\w*|hehe|ha|qué va|um+(?! gott)|uh+|hm+|oh|well|ähm?"
    r"|eh)[,.! ]+)+(?=\w)"
)
_MERELY = re.compile(
    r"^(?:just|only|merely|more like|nur|bloß|höchstens|solo|sólo|simplemente|más bien)"
    r"(?! (?:an?|one|two|three|four|the|my|in|on|at|when|if|for|once|ein\w*|mein\w*|zwei|drei|im|am|wenn|una?|dos"
    r"|tres|mi|en|los|las)\b)(?: [^\W\d]+){1,2}$"
)
"""What is made light of behind a yes or no: "No, just greedy"."""
_CORRECTS = re.compile(
    r"^(?:no|nein|nee|wait|sorry|actually|i mean|or rather|ach nein|quatsch|halt|perdón|digo|espera)\b,?"
)
_REQUESTS = (
    (
        re.compile(
            r"(?i)\b(?:tell me|need(?: to know)?|give me|state|enter|provide"
            r"|may i have)(?: please)? your (?P<of>[a-z' -]{2,30})[.!:]*$"
        ),
        "What is your {of}?",
    ),
    (
        re.compile(
            r"(?i)\b(?:nennen sie|nenn|sagen sie|sag|geben sie|brauche|benötige|fehlt)(?: mir| bitte| noch| jetzt"
            r"| nur)* "
            r"(?P<whose>ihr|dein)(?:e|en)? (?P<of>[a-zäöüß -]{2,30})[.!:]*$"
        ),
        "Was ist dein {of}?",
    ),
    (
        re.compile(
            r"(?i)\b(?:dígame|dime|indique|indica|necesito(?: saber)?|escriba|deme|dame|falta) (?:su"
            r"|tu) (?P<of>[a-záéíóúñ ]{2,30})[.!:]*$"
        ),
        "¿Cuál es tu {of}?",
    ),
)
"""By language: what is asked for without a question, and the question it stands for."""
_SECRET = re.compile(
    r"(?i)\b(?:password|pin|code|card|account|iban|cvv|key|token|number|order|passwort|kennwort|karte\w*|konto\w*"
    r"|nummer|\w+nummer"
    r"|contraseña|clave|código|tarjeta|cuenta|número|opinion|thoughts|message|text|question|meinung|frage|pregunta"
    r"|opinión)\b"
)
"""What is asked for and never a fact of a person."""
_POINTS = re.compile(
    r"\b(?:any|some|one|which|all|both|none) of (?:these|those|them|it)\b|\b(?:davon|von diesen|de (?:estos|esos"
    r"|ellos))\b"
)
"""A question about what was listed before it."""
_SAYS_NOTHING = re.compile(
    r"^(?:i don't know|don't know|not sure|no idea|nothing|none of your business|why|it depends|depends|guess"
    r"|i (?:can't|cannot|don't) (?:say|tell|remember)|can't remember|secret|whatever|maybe|perhaps|keine ahnung"
    r"|(?:das )?weiß (?:ich )?(?:gerade |leider |auch )?nicht|nichts|no lo sé|ni lo sé|no me acuerdo|no sé|ni idea"
    r"|nada|idk|pass|skip|later"
    r"|like an?\b|wie ein|como una?\b|never ?mind|ok(?:ay)?,? (?:go|then|just|so|now)|egal|not yet|noch nicht"
    r"|todavía no|aún no|none|zero|keine?"
    r"|ningun[oa])\b"
)


def answered(question_text: str, reply: str, said_before: str = "") -> list[Statement]:
    """Return what a reply states, read together with the assistant's last question; nothing if it stands alone.

    Args:
        question_text: the assistant's message before the reply.
        reply: the person's message.
        said_before: what the person said before the question, for what "she" in it means.
    """
    question = asked_of(question_text) or _requested(question_text)
    sentences = _beginning_with_answer(own_sentences(reply), question)
    if not question or not sentences:
        return []
    language = spoken(question)
    first = _LAUGH.sub("", sentences[0])
    if len(sentences) > 1 and _CORRECTS.match(language.spelled(sentences[1])):
        return []
    if is_weighty(question):
        first = _with_what_goes_on(first, sentences[1:], language)
    plain = language.spelled(first).rstrip(".! ")
    if first.rstrip().endswith("?") or _SAYS_NOTHING.match(plain) or language.ends_fiction.match(language.plain(first)):
        return []
    yes = language.yes.match(plain)
    said = yes or language.no.match(plain)
    if said is not None:
        rest = plain[said.end() :].strip(" ,.!")
        if not _says_something(rest, "") or _SAYS_THE_SAME.match(rest) or _MERELY.match(rest):
            return _confirmed(question, language, bool(yes), said_before)
    if len(sentences[0].split()) >= WHOLE and plain.startswith(_ONESELF):
        return []
    if len(first.split()) > MOST_WORDS or _states(first, language) or language.question.match(plain):
        return []
    if language.never.search(language.plain(first)) or not _says_something(plain, first) or is_figure(plain, language):
        return []
    if supposes(language.plain(first), language) or _WOULD.search(plain):
        return []
    return [] if is_of_task(question) else _filled(question, first, language, said_before)


def _beginning_with_answer(sentences: list[str], question: str) -> list[str]:
    """Return the sentences of a reply from its answer on: without "Oh, good point." and the question asked back."""
    if len(sentences) < 2 or not is_weighty(question):
        return sentences
    first, language = sentences[0], spoken(question)
    plain = language.spelled(first).rstrip(".!? ")
    echoes = first.endswith("?") and all(word in words(question) for word in words(first))
    says = (
        language.yes.match(plain)
        or _DIGIT.search(plain)
        or any(each not in _VAGUE and each not in STOP_WORDS for each in words(plain))
    )
    empty = not (says or language.no.match(plain) or first.endswith("?")) and len(plain.split()) <= EMPTY
    return sentences[1:] if echoes or empty else sentences


def _with_what_goes_on(first: str, others: Sequence[str], language: Language) -> str:
    """Return an answer with the half sentences behind it, and what is said of whom it names: "Son. He's six."."""
    said = first
    for each in others:
        plain = language.plain(each)
        if len(f"{said} {each}".split()) > MOST_WORDS or each.rstrip().endswith("?"):
            break
        half = len(each.split()) <= HALF and not _states(each, language) and not language.question.match(plain)
        if language.never.search(plain) or language.joke.search(plain) or _CORRECTS.match(plain):
            break
        if not (half and _says_something(plain, "")) and not (
            language.about_them.match(language.spelled(each)) or _LEANS.match(plain)
        ):
            break
        said += f" {each}"
    return said


def _states(sentence: str, language: Language) -> bool:
    """Whether a sentence is understood without its question."""
    spoken_of = language.first_person.match(language.plain(sentence)) is not None
    return spoken_of and any(each.kind != "other" for each in statements(sentence))


def _says_something(plain: str, whole: str) -> bool:
    """Whether a reply names something: a number, a name, a noun."""
    if any(c.isdigit() for c in plain) or any(word[:1].isupper() for word in whole.split()[1:]):
        return True
    return any(len(word) > 2 and word not in _VAGUE and word not in STOP_WORDS for word in words(plain))


def _requested(text: str) -> str:
    """Return as a question what a message asks for without one: "Please tell me your city."; "" if it does not."""
    for pattern, form in _REQUESTS:
        found = pattern.search(text.strip())
        if found is not None and not _SECRET.search(found["of"]):
            return form.format(of=found["of"])
    return ""


def _confirmed(question: str, language: Language, yes: bool, said_before: str) -> list[Statement]:
    question = _TAG.sub("?", question)
    asked = language.spelled(question)
    for pattern, affirmed, denied in language.confirmed:
        match = pattern.search(asked)
        if not match:
            continue
        form = affirmed if yes else denied
        if not form:
            return []
        text = form.format(**{key: _as_written(value, question) for key, value in match.groupdict("").items()})
        if language.signs.distant.search(language.plain(text)):
            return []
        return [Statement(_for_speaker(text), "answer", CONFIRMED, language)]
    if not yes or not language.personal.match(asked) or not (is_weighty(question) or not language.confirmed):
        return []
    if language.confirmed and _ASKS_FOR_ANY.search(asked):  # what there is was not said
        return []
    before = said_before if _PERSON.search(question) else ""
    return [_beside(question, _YES[language.code], language, before)] if before or not _PERSON.search(question) else []


def _filled(question: str, reply: str, language: Language, said_before: str) -> list[Statement]:
    for pattern, opened in _FOR_WHOM:  # "Is that for your daughter?" "Son."
        question = pattern.sub(opened, question)
    asked = language.spelled(question)
    answer = _NAME_IN_FRONT.sub("", reply.strip()).rstrip(" .!") or reply.strip(" .!")
    for form in language.asked:
        match = form.pattern.search(asked)
        if match and match.groupdict().get("of") not in _THEY:
            named = {key: _as_written(value, question) for key, value in match.groupdict("").items()}
            kind = "answer" if "of" not in named or is_weighty(question) else "reply"
            text = form.statement.format(answer=_bare(answer, form.statement), **named)
            return [Statement(_for_speaker(text[0].upper() + text[1:]), kind, form.importance, language)]
    weighty = is_weighty(question)
    if not (weighty or language.personal.match(asked)) or _POINTS.search(asked):
        return []
    if not _PRONOUN.search(_THING.sub("", question)):
        before = said_before if _WITH_YOU.search(asked) else ""
        return [_beside(question, reply.strip(), language, before)]
    # whom "he" means has to be known
    if not said_before and (_PERSON.search(question) or not weighty):
        return []
    return [_beside(question, reply.strip(), language, said_before)]


def extended(earlier: Sequence[str]) -> str:
    """Return the last statement in what was said before a question, to which an answer says more."""
    before = statements(earlier[-1], earlier[:-1]) if earlier else []
    return before[-1].text if before else ""


def meant(earlier: Sequence[str]) -> str:
    """Return what "he" in a question is about: the last statement, or who was named last."""
    someone = someone_of(earlier[-NEAR:]) or _named_before(earlier)
    return extended(earlier) or (f"{someone[:1].upper()}{someone[1:]}:" if someone else "")


def _named_before(earlier: Sequence[str]) -> str:
    """Return who of the speaker's was named last in the session, be it in "my mother's tablets"; "" if nobody was."""
    for text in reversed(earlier):
        found = list(spoken(text).person.finditer(text))
        if found:
            return found[-1].group().rstrip(" ,")
    return ""


def beside(question: str, reply: str) -> str:
    """Return an answer together with its question."""
    return spoken(question).answered.format(question=question, answer=reply)


def _beside(question: str, reply: str, language: Language, before: str) -> Statement:
    asked = language.answered.format(question=question, answer=reply)
    # a longer one is heard without its question
    kind = "answer" if is_weighty(question) or len(reply.split()) > ANSWER else "reply"
    return Statement(f"{before.rstrip()} {asked}".strip(), kind, ANSWERED, language)


def _bare(answer: str, statement: str) -> str:
    """Return the answer without words that the statement has before it: "in Graz" in "I live in {answer}"."""
    before = statement.split("{answer}")[0].casefold().split()
    said = answer.split()
    while (
        len(said) > 1
        and before
        and (
            said[0].casefold() == before[-1]
            or said[0].casefold() in ("in", "at", "from", "aus", "en", "de", "i'm", "i", "ich", "bin", "am")
        )
    ):
        if said[0].casefold() not in before[-1:] and said[0].casefold() not in before:
            break
        said.pop(0)
    return " ".join(said)


def _as_written(part: str, question: str) -> str:
    """Return a part of the question, found in small letters, as it was written."""
    at = question.lower().replace("’", "'").find(part)
    return question[at : at + len(part)] if at >= 0 else part


def _for_speaker(text: str) -> str:
    """Return the text with "your" turned into "my"."""
    for theirs, own in ((r"\byour\b", "my"), (r"\byou\b", "I"), (r"\byourself\b", "myself")):
        text = re.sub(theirs, own, text)
    return text
