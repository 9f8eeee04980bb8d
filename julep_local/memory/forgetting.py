"""What a person does not want to be kept: asked for afterwards, beforehand, or in the same breath.

A message is read part by part. A wish in it is about what stands beside it in the sentence, about the sentence before,
about what it names, or about the message before. It knows nothing of what is stored.
"""

import re
from dataclasses import dataclass, field

from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.prose import own_sentences, without_quotations
from julep_local.memory.sense import stems

FEWEST_WORDS = 3
"""Of what stands in the sentence before a wish that is about it."""

_LEAD = (
    r"^(?:(?:please|pls|can|could|would|will|you|just|actually|oh|ok(?:ay)?|no|so|and|also"
    r"|then|maybe|better|well|may"
    r"|now|sorry|hm+|ah|anyway|i'd like you to|i would like you to|i want you to"
    r"|i'd prefer (?:it )?if you|bitte|und"
    r"|ach|also|dann|doch|am besten|besser|kannst|könntest|könnten|sie|du|y|bueno|pues|oye|mejor|puedes|podrías"
    r"|por favor|que)[ ,.!]+)*"
)
_KEEP = (
    r"(?:saved?|stored?|ke(?:ep|pt)|remember(?:ed)?|not(?:e|ed)|record(?:ed)?|write (?:this|that|it) down"
    r"|written down"
    r"|log(?:ged)?|retain(?:ed)?)"
)
_DO_KEEP = (
    r"(?:remember\b(?= (?:that|this|it|any(?:thing)?|what|my|these|those)\b|$)"
    r"|(?:keep|store|retain)\b(?= (?:that|this|it|any(?:thing)?|what|my|these|those|her|his|their)\b(?!.*ing$)|$)"
    r"|(?:save|note|record|log|write (?:this|that|it) down)\b(?! (?:me|to|the (?:file|document|page|price))\b))"
)
"""What is asked not to be done; "Don't remember the name" says that one does not know it."""
_KEPT_DE = (
    r"(?:(?:ab)?(?:ge)?speicher\w*|(?:zu )?merken|merkst|auf(?:zu)?schreib\w*|notier\w*|behalten|behältst"
    r"|fest(?:zu)?halten|festgehalten|vermerk\w*)"
)
_NOTES = r"(?:notes?|memory|memories|records?|files?|profile|gedächtnis|notizen|speicher|protokoll|memoria|notas)"
_WISH = re.compile(
    # English
    rf"{_LEAD}forget\b(?! to\b|-)"
    rf"|{_LEAD}(?:don't|do not|never) (?:(?:you|go|please|ever|even) )*{_DO_KEEP}"
    rf"|\b(?:rather|prefer(?: it)? if) you (?:didn't|did not|don't) (?:\w+ )?{_KEEP}\b"
    r"|\b(?:you (?:don't (?:have|need) to|needn't|shouldn't|mustn't)|no need to) (?:save|store|remember|note"
    r"|record|log)\b(?= (?:that|this|it|any(?:thing)?|what)\b|$)"
    rf"|\b(?:should|must|need|is|ought) ?(?:n't|not) (?:to )?be {_KEEP}\b(?=$| (?:in|on) your| any| please)"
    r"|\bi (?:don't|do not|wouldn't) want (?:(?:you to|that|this|it|any(?:thing)?|of|to|be|about \w+) )*"
    rf"(?:(?<!want to ){_KEEP}\b"
    rf"|(?:in|on) (?:your |any |the )?(?:{_NOTES}|file|record))"
    r"|\b(?:that|this|it|it's|that's|is|strictly|stays?|remains?|keep (?:it|this|that))(?: \w+){0,2} between"
    r" (?:us|you and me|ourselves|the two of us)\b|^(?:just )?between (?:us|you and me)$"
    r"|\b(?:off|not for|not on) the record\b"
    rf"|\b(?:leave|keep|take) (?:\S+ ){{1,8}}(?:out of|off) (?:(?:your|the|my|any|all) )*{_NOTES}\b"
    rf"|{_LEAD}(?:delete|erase|wipe|scrap|scratch|strike|remove|clear|drop|lose)\b(?= (?:that"
    rf"|it|this|everything|all)"
    r"(?: again| please| now)*[.!?]*$| (?:all|everything) (?:\w+ )?(?:about|i)\b| (?:that|what(?:ever)?) i\b"
    rf"|.*\b(?:from|out of) (?:(?:your|the|my) )?{_NOTES}\b)"
    r"|\b(?:don't|do not) hold on to (?:it|that|this)\b|\bpretend (?:that )?i (?:never|didn't|did not"
    r"|hadn't) (?:said?|told?|tell|mention\w*|wr[io]te)\b"
    rf"|\b(?:isn't|is not|aren't|not) for (?:your |the )?{_NOTES}\b|\byou (?:didn't|did not"
    rf"|never) hear (?:that|this|it)\b"
    rf"|{_LEAD}ignore (?:that|this|what i|my|the) (?:just |last |first "
    rf"|previous )*(?:(?:message|bit|thing|part|one)"
    r"|said|told|wrote)\b|\b(?:this|that|it)(?:'s| is) (?:private|confidential|a secret)$|\b(?:tell"
    r"|telling|told|say) you (?:\w+ )*in confidence\b"
    r"|\bkeep (?:that|this|it) (?:to yourself|quiet|secret|private)\b|\b(?:don't|do not) tell (?:anyone|anybody)\b"
    # German
    rf"|\bbitte (?:wieder )?(?:löschen|streichen|vergessen)$|\b(?:nicht|nirgends) in dein\w* {_NOTES}\b"
    r"|\bdu dir (?:bitte )?auf keinen fall merken\b"
    r"|\b(?:kannst|könntest|darfst|sollst) du (?:\w+ ){0,4}(?:streichen|löschen|vergessen)\b"
    r"|\bbehalt\w* (?:(?:das|es|bitte|lieber|aber) )*(?:nicht|für dich)\b|\bhast du nicht von mir\b"
    r"|\b(?:als (?:ob ich|hätt\w* ich) |ich hätt\w* )(?:\w+ )*(?:nie|nicht|nichts) (?:gesagt|erzählt|erwähnt)\b"
    r"|\b(?:das|es) ist (?:\w+ )?(?:privat|vertraulich|geheim)$|\bsag\w* (?:\w+ )?(?:keinem|niemandem)\b"
    r"|\bvergiss\b(?!(?: \w+)? nicht\b)(?!.* nicht$)"
    r"|\bvergisst du (?:bitte|wieder|das|alles)\b|\bvergisst du(?: bitte)? wieder$|\bvergessen sie (?:das"
    r"|bitte|alles|was)\b|\bkannst du .*\bvergessen$"
    rf"|^(?!.*\b(?:ich|mir|wir|uns|lässt sich|kann|man|will|wollte|hat|haben)\b).*\b(?:nicht|nirgends|nirgendwo|nie"
    rf"|nichts(?: \w+){{0,5}}) {_KEPT_DE}"
    r"|^(?=.*\b(?:soll\w*|bitte)\b)(?!.*\b(?:ich|mir|wir)\b).*\b(?:nicht|nirgends|nirgendwo) (?:stehen|auftauchen)\b"
    r"|\bmerk\w* (?:dir|ihnen|sie sich) (?:(?:das|es|bitte|lieber|aber) )*nicht\b"
    r"|\bspeicher\w* (?:(?:das|es|sie|bitte|lieber|aber) )*nicht\b"
    rf"|\bnicht,? dass (?:du|das|es|sie)\b.*\b(?:{_KEPT_DE}|auftaucht|steht)\b"
    r"|\bbleib\w* (?:\w+ ){0,2}unter uns\b|^(?:das )?(?:nur )?unter uns(?: gesagt)?$|\bunter uns bleiben\b"
    r"|\bnicht ins protokoll\b|\bnicht für die akten\b"
    r"|(?<!ich )\b(?:lösch|streich|entfern)(?:e|st|en)?\b(?= (?:(?:das|es|alles)(?: wieder| bitte)*[.!?]*$"
    r"|(?:bitte )?(?:das mit|die sache"
    rf"|alles|was ich)\b|.*\baus (?:dein\w*|dem|den) {_NOTES}\b))"
    rf"|\b(?:lass|halt|nimm)\w* .*\baus (?:dein\w*|dem|den) {_NOTES}\b"
    # Spanish
    rf"|{_LEAD}olv[ií]d(?:a|ate|alo|ala|e)\b"
    r"|\bn[oi] (?:(?:lo|la|los|las|me|te) )*(?:guard(?:es?|éis)|apunt(?:es?|éis)|anot(?:es?|éis)"
    r"|recuerdes?|registres?"
    r"|memorices?)\b"
    r"|\bqued[ae] (?:\w+ )?entre (?:nosotr[oa]s|t[úu] y yo)\b|^(?:esto )?entre (?:nosotr[oa]s|t[úu] y yo)$"
    r"|\bque no conste\b"
    r"|\b(?:bórr|elimín|quít|sác)a(?:me)?l[oa]s?\b"
    rf"|{_LEAD}(?:borra|elimina|quita)(?= (?:eso|esto|todo)(?: por favor)?[.!?]*$| (?:todo )?lo (?:del?|que|sobre)\b"
    rf"| todo (?:lo|sobre)\b|.*\b(?:tu|tus|la) {_NOTES}\b)"
    r"|\bno quiero que (?:conste|(?:eso |esto |lo |la |se )+(?:guard|qued|salg|aparezc|apunt|anot)\w*$)"
    rf"|\bfuera de tus {_NOTES}\b|\b(?:haz|como) (?:como )?(?:si"
    rf"|que) no (?:te )?(?:lo )?(?:hubiera|he|había) (?:dicho|contado)\b"
    r"|\b(?:eso|esto) es (?:privado|confidencial|un secreto)$|\bno se lo (?:digas|cuentes) a nadie\b"
    r"|\bno te quedes con\b"
)
_PARTS = re.compile(
    r"(?i)[,;:] +(?:but|and|aber|und|pero|y) |[,;:–—] +| (?:but|and|pero|y|und|aber|e) "
    r"(?=(?:please |por favor |bitte )?(?:don't|do not|forget"
    r"|that (?:stays|is|remains)|this|keep|leave|vergiss|lösch|merk|olv[ií]da|bórra|borra"
    r"|que quede|no (?:lo|la|guard|apunt|anot)|eso|esto)\b)"
)
_POINTS_AT = re.compile(
    r"(?i)(?:\W|and |so |but |oh |also |actually |bueno |y |oye |und |ach |aber )*(?:(?:the|that|this) (?:\w+ )?"
    r"(?:thing|bit|part|stuff|business|story|whole)\b|what(?:ever)? i|everything|anything"
    r"|all (?:of )?(?:that|this|the)"
    r"|das (?:mit|von|über|zu)\b|die (?:sache|geschichte)\b|was ich\b|alles\b|(?:todo )?lo (?:de|del|que|sobre)\b"
    r"|todo)"
)
"""Names what is meant, and states nothing: "the thing about Jonas"."""
_POINTS_TO = re.compile(
    r"(?i)\b(?:that (?:about|with|on)|(?:the|that|this) (?:\w+ )?(?:thing|bit|part|stuff|business|story)"
    r"|what(?:ever)? i|das (?:mit|von|über)|die (?:sache|geschichte)|was ich|lo (?:de|del|que|sobre))\b"
)
_AHEAD = re.compile(
    r"\b(?:this|record|between|esto|unter uns|nicht ins|akten|conste|entre)\b"
    r"|^(?:\W|please |bitte )*(?:das soll|nicht)\b"
)
"""Is said of what comes after it."""
_GIVES_UP = re.compile(
    rf"{_LEAD}(?:forget (?:about )?it|scratch that|vergiss (?:es|'s)|vergiss|das kannst du vergessen"
    r"|olv[ií]da(?:lo|te)?)(?: then| dann| ya)?[.!?]*$"
)
_CLAUSE = re.compile(r"(?i)(?:dass|that|que)\b")
_DISREGARDS = re.compile(
    rf"{_LEAD}(?:forget|vergiss|olv[ií]da) (?!about\b|i\b|what (?:ever )?i\b|that\b|all\b|every|anything"
    rf"|this\b|it\b|was\b"
    r"|dass\b|das mit|alles\b|todo\b|lo\b|que\b)\w+"
)
"""Asks to leave something out of account: in a question no wish about what is kept."""
_MINE = re.compile(r"\b(?:my|our|mein\w*|unser\w*|mis?)\b")
_LEANS = re.compile(
    r"(?i)(?:\W|and |but |so )*(?:he|she|they|it|his|her|their|er|sie|es|seine?|ihre?|él|ella|ellos|ellas)\b"
)
"""Goes on about what the sentence before names."""
_ABOUT_BEFORE = re.compile(
    r"^(?!.*\b(?:i|i'm|i've|my|we|our|ich|mein\w*|wir|yo|mi|mis|tengo|soy"
    r"|estoy)\b).*\b(?:that|this|it|telling|told|das|es"
    r"|eso|esto)\b"
)
_EDITS = re.compile(
    r"\b(?:letter|text|paragraph|e-?mail|draft|list|essay|recipe|page|brief|absatz|satz|wort"
    r"|liste|rezept|seite|carta|texto"
    r"|párrafo|frase|lista|correo|receta)\b(?!.*\b(?:notes|memory|notizen|gedächtnis|memoria|notas)\b)"
)
"""What people work on: to leave something out of it is no wish to forget."""
_WORD = re.compile(r"[\w'-]+")
_NOTHING = frozenset(
    """please pls can could would will you your yours just actually oh ok okay no so and also then maybe better well may
    now sorry again anyway i'd i i've i'm me my we our us the a an that this it it's that's to of from about with on in
    into for out off be is was are were stays stay between not never don't do does did didn't should must need needn't
    want wanted like rather prefer if forget save saved store stored keep kept remember remembered note noted notes
    record recorded records write written down log logged retain memory memories file files profile leave take delete
    erase wipe scrap scratch strike remove clear drop lose what whatever said say told tell mention mentioned mentioning
    thing things bit part stuff business story whole everything anything all any have had has at earlier before
    ignore pretend hold last first previous message hear private confidential secret yourself quiet isn't didn't
    hadn't for nobody know
    here there anywhere too only really
    bitte kannst könntest du dir sie ihnen und ach also dann doch am besten besser wieder nicht nichts nirgends nie
    vergiss vergisst vergessen merk merke merken merkst speicher speichere speichern speicherst gespeichert notieren
    aufschreiben behalten lösch lösche löschen streich streiche streichen entferne das die der den dem es alles was ich
    hab habe gesagt erzählt erwähnt geschrieben mit von über zu aus deinem deinen dein gedächtnis notizen protokoll
    sache geschichte soll sollst brauchst musst mein meine meinen meinem meiner bleibt bleiben aber unter uns ja mal
    vorhin eben gerade lass lassen halt nimm dich privat vertraulich geheim niemand hast als ob hätte tu so
    por favor puedes podrías que y bueno pues oye mejor olvida olvídate olvídalo olvide de del lo la los las el un una
    eso esto todo nada sobre acerca no guardes guarde apuntes anotes recuerdes borra bórralo bórrala elimina quita tu
    tus memoria notas dije conté he contado te me mi mis quiero quede entre nosotros nosotras conste salga en se
    """.split()
)


@dataclass(frozen=True)
class Wish:
    """What is to go of what was said before the message."""

    about: str = ""
    """Its telling words; "": what was said last."""
    points: bool = True
    """Whether it may be what was said last, in other words: "that about the money"."""
    gives_up: bool = False
    """Whether people may only mean that they give up what they asked for: "forget it"."""


@dataclass
class Wishes:
    """What of a message may be kept, and what it asks to be forgotten."""

    kept: list[str] = field(default_factory=list)
    """Its sentences but those that are not to be kept and those that ask for it."""
    known: list[Wish] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The message without what is not to be kept."""
        return "\n".join(self.kept)


def wishes_of(text: str) -> "Wishes | None":
    """Return what a message asks to be forgotten; None if it asks for nothing of the kind."""
    found, asked = Wishes(), False
    for sentence in own_sentences(text):
        language, said = spoken(sentence), without_quotations(sentence)  # what is quoted asks for nothing
        parts = [part for part in _PARTS.split(said) if part.strip()]
        spelled = [language.spelled(part).strip(" .!?¿¡") for part in parts]
        at = next((i for i, part in enumerate(spelled) if _WISH.search(part)), None)
        if at is not None and _EDITS.search(spelled[at]):
            found.kept.append(sentence)
            continue
        if at is not None and _disregards(spelled[at], said):
            found.kept.append(sentence)  # "Forget the budget, what would you do?"
            continue
        if at is None and not _WISH.search(language.spelled(said).strip(" .!?¿¡")):
            found.kept.append(sentence)
            continue
        asked = True
        if at is None:  # the wish goes over a comma: "I don't want, that"
            at, parts, spelled = 0, [said], [language.spelled(said)]
        before = [part for part in parts[:at] if len(part.split()) >= FEWEST_WORDS or _POINTS_AT.match(part)]
        named = " ".join(part for part in before if _POINTS_AT.match(part))
        about = _telling(f"{named} {parts[at]}")
        if before and not named and not about:
            if not found.kept and _ABOUT_BEFORE.search(" ".join(spelled[:at])):  # "Nobody may know that, so forget it"
                found.known.append(Wish())
            continue  # "I was fired, but that stays between us"
        rest = said[said.find(parts[at]) + len(parts[at]) :].strip(" ,;:–—")
        if not about and (_POINTS_AT.match(rest) or _CLAUSE.match(rest)):  # "Vergiss, was ich über Jolanta gesagt habe"
            about, rest = _telling(rest), ""
        if len(rest.split()) > 1 and not about and _AHEAD.search(spelled[at]):
            continue  # "Not for the record: I'm looking for another job"
        if about:
            left = [each for each in found.kept if not shares(about, each, spoken(each))]
            points = _POINTS_TO.search(f"{named} {parts[at]}") is not None and len(left) == len(found.kept)
            found.kept = left
            found.known.append(Wish(about, points))
        elif found.kept and not _asks(found.kept[-1]):
            _drop_last(found.kept)
        else:
            found.known.append(Wish(gives_up=_GIVES_UP.search(spelled[at]) is not None))
        if not about and rest and not _WISH.search(language.spelled(rest)) and not _LEANS.match(rest):
            found.kept.append(rest)  # "scratch that, we moved"
    return found if asked else None


def _disregards(part: str, said: str) -> bool:
    """Whether a sentence asks to leave something out of account for the task: "Forget coffee, I need a beer"."""
    if _DISREGARDS.match(part) is None:
        return False
    return _MINE.search(part) is None or "," in said or said.rstrip().endswith("?")


def shares(about: str, text: str, language: Language) -> bool:
    """Whether a text has at least half of the telling words of what is to be forgotten."""
    wanted = {_kin(each) for each in stems(about, language)}
    return bool(wanted) and 2 * len(wanted & {_kin(each) for each in stems(text, language)}) >= len(wanted)


def asks_to_forget(sentence: str) -> bool:
    """Whether a sentence asks for something to be forgotten, or not to be kept."""
    return wishes_of(sentence) is not None


def _drop_last(kept: list[str]) -> None:
    while kept and _LEANS.match(kept.pop()):
        pass


def _asks(sentence: str) -> bool:
    return sentence.rstrip().endswith("?")


def _telling(text: str) -> str:
    """Return the words of a wish that say what it is about."""
    return " ".join(word for word in _WORD.findall(text) if word.lower().replace("’", "'") not in _NOTHING)


def _kin(stem: str) -> str:
    return _KIN.get(stem, stem)


_KIN = {
    "mum": "mother", "mom": "mother", "mummi": "mother", "mama": "mutt", "dad": "father", "papa": "vat", "kid": "child",
    "children": "child", "boy": "son", "girl": "daughter", "hubbi": "husband", "mam": "madr", "pap": "padr",
}  # fmt: skip
"""By stem, the stem of another word for the same of one's kin."""
