"""What a person says about themselves that is worth remembering, found in a message by rules.

No model is asked. Better to miss a statement than to keep junk: a sentence counts when it is of a kind that people want
remembered, and nothing in it or around it says that it is a mood, a request, a joke, a story or somebody else's words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from julep_local.memory.asides import FEWEST, aged, asides, verb_second
from julep_local.memory.clauses import PART, PHRASE, leaning, of_two, states_something, with_their_times
from julep_local.memory.earnest import (
    BROKEN,
    FEWEST_WORDS,
    MOST_WORDS,
    asks_in,
    ends_supposing,
    in_earnest,
    introduces,
    is_somebody_elses,
    is_withdrawn,
    neighbours,
    opens,
    quotes_somebody,
    reports,
)
from julep_local.memory.entities import entities
from julep_local.memory.fiction import in_fiction
from julep_local.memory.figures import is_figure
from julep_local.memory.forgetting import wishes_of
from julep_local.memory.language import Kind, Language
from julep_local.memory.languages import spoken
from julep_local.memory.manner import MANNER, wishes_manner
from julep_local.memory.moves import NEWS, is_news
from julep_local.memory.prose import LEFT_OUT, has_quotation, own_sentences, without_quotations
from julep_local.memory.standing import weighs, without_now
from julep_local.memory.tone import agrees_too_readily, is_ironic
from julep_local.memory.when import names_a_time, tells_when

FEWEST_ASKED = 4
ASKED_TO_KEEP = 0.8
OTHER = 0.4
SHORT_QUESTION = 6
"""Words of a question that hangs on a statement: "Mein Auto gehört meiner Mutter, geht das trotzdem?"."""
LEAST_BEFORE_REQUEST = 6
"""Characters before a request that may state something."""
NEAR = 2
"""Messages before, in which somebody may be named whom "she" means."""
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
_DISCLAIMS = re.compile(r"(?:i'm|i am) not\b|ich bin (?:ja |zwar )?kein|(?:yo )?no soy\b")
"""Leads up to an opinion: "I'm no lawyer but"."""
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
_JOINS = re.compile(
    r"(?i)(?:,? (?:and|but|so|because|und|aber|weil|y|pero|porque|así que)|, (?:which|denn|also|que)) (?!(?:i|my|ich"
    r"|mein\w*) )"
)
"""Between a clause and the next."""
_FIRST_CLAUSE = re.compile(r",| (?:and|but|so|und|aber|y|pero) ")
_DENIES = re.compile(r"\b(?:don't|do not|never|no|nunca|kein\w*|nicht|nie)\b")
"""What is not done is not done for long: it lasts like an illness."""
_ADDS = re.compile(r",? (?:but|because|so|which|aber|weil|denn|pero|porque|así que) ")
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
    supposed = any(map(ends_supposing, earlier[-1:]))
    for sentence, after in neighbours(in_earnest(sentences, language)):
        own = spoken(sentence, language)
        by_name, just_named = _by_name(just_named, sentence, own), someone_of([sentence])
        if by_name is not None and not is_withdrawn(after, own):
            more = replace(by_name, text=f"{_closed(last.text)} {_begun(sentence)}") if last is not None else by_name
            found.pop(last.text if last is not None else "", None)
            found[more.text] = last = more
            continue
        goes_on, supposed = supposed and _THEN.match(sentence) is not None, ends_supposing(sentence)
        if goes_on:
            last, supposed = None, True
            continue
        if agrees_too_readily(own.spelled(sentence), own):
            last = None
            continue
        clauses = _clauses(sentence, own)
        if len(clauses) > 1:
            last = None
            if not is_withdrawn(after, own):
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
        if statement is None or is_withdrawn(after, own):
            last = None if statement is None else last
            continue
        found[statement.text] = statement
    return list(found.values())


def _beside(sentence: str, language: Language, after: str) -> list[Statement]:
    """Return what a sentence states beside what it is for: "something quiet, because my mum lives with us"."""
    plain, spelled = language.plain(sentence), language.spelled(sentence)
    quoted = has_quotation(sentence)
    if quoted:  # who said it is said beside it, and the rest is the speaker's
        sentence = without_quotations(sentence)
        plain, spelled = language.plain(sentence), language.spelled(sentence)
    if is_withdrawn(after, language) or (not quoted and _GOVERNS.search(spelled)):
        return []
    if language.joke.search(plain) or language.unreal.match(plain) or language.text_task.search(spelled):
        return []
    if is_figure(plain, language) or is_ironic(spelled, language):
        return []
    if not quoted and is_somebody_elses(sentence, language):
        return []
    found: list[Statement] = []
    someone = ""
    for part in asides(sentence, language):
        if LEFT_OUT in part:
            continue
        said = None if asks_in(part, language) or part.endswith("?") else _aside(part, language)
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
    if reports(part, language) or PART.search(plain) or _DISCLAIMS.match(plain) or language.signs.distant.search(plain):
        return None
    kept = _kept(part, language)
    if kept is not None and len(plain.split()) < FEWEST[language.code] and kept.kind != "health":
        return None
    if kept is None or kept.kind in _LASTING or language.signs.lasting.search(kept.plain):
        return kept
    if kept.kind in _DATED:
        return kept if tells_when(kept.text) else None
    return kept if _DENIES.search(kept.plain) else None


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
    for sentence, after in neighbours(in_earnest(sentences, language)):
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


def kind_of(text: str, language: Language) -> Kind | None:
    """Return the kind of statement that a sentence is, None if it is none that is worth keeping."""
    plain = language.plain(without_quotations(text))
    for kind in language.kinds:
        if kind.pattern.search(plain):
            return kind
    return None


_ASKS = re.compile(
    r"(?i)\b(?:what|which|where|when|why|how|who)\b(?: \w+){0,2} (?:do|did|can|could|should|would|will|shall|am|was"
    r"|were)$"
)
"""How a question begins that a clause of its own seems to follow: "What do | I do first"."""


def _clauses(sentence: str, language: Language) -> list[Statement]:
    """Return the statements in a sentence that holds several: each is true or not by itself."""
    if sentence.rstrip().endswith("?"):
        sentence = _cut_before_question(sentence, language)
    parts = leaning(with_their_times(of_two(language.clause.split(sentence), sentence)), language)
    parts = [part for i, part in enumerate(parts) if i == 0 or not _ASKS.search(parts[i - 1])]
    plain = language.plain(sentence)
    if len(parts) < 2 or reports(parts[0], language) or is_somebody_elses(sentence, language):
        return []
    if language.unreal.match(plain) or language.keep.match(plain) or wishes_manner(sentence):
        return []
    if language.joke.search(plain) or is_figure(plain, language) or has_quotation(sentence):
        return []
    return [each for each in (_kept(part, language) for part in parts) if each is not None]


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
    if found is None and is_news(sentence) and not asks_in(sentence, language):
        doubtful = has_quotation(sentence) or is_somebody_elses(sentence, language) or is_figure(plain, language)
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
    if language.question.match(plain) or BROKEN.search(plain):
        return None
    noted = wish.group().rstrip().endswith(":") and tells_when(said) and not language.artefact.search(plain)
    if noted or language.first_person.search(language.spelled(said)):
        return Statement(_begun(said), "asked", ASKED_TO_KEEP, language, wished=True)
    return None


def _behind_phrase(sentence: str, language: Language) -> Statement | None:
    """Return what stands behind a phrase that is no part of it: "Bigger letters please, I'm short-sighted"."""
    phrase, found, said = sentence.partition(": " if ": " in sentence else ", ")
    if not found or len(phrase.split()) > PHRASE or not opens(said, language) or asks_in(said, language):
        return None
    if found == ": " and not introduces(phrase, language):
        return None
    plain = language.plain(phrase)
    if language.never.search(plain) or language.unreal.match(plain) or language.about_them.match(plain):
        return None
    if states_something(phrase, language) or reports(phrase, language):
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
    if is_somebody_elses(sentence, language) or quotes_somebody(sentence):
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
    if BROKEN.search(plain) or n_words > MOST_WORDS or (n_words < FEWEST_WORDS and not named):
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
