"""How something is said: with a laugh, with irony, or taken back afterwards.

Irony has marks of its own, whatever it is about: "sure, because ...", "at this rate", "the highlight of my week". What
cannot be meant for what it says is figures.py's. Patterns are matched against what was written, in small letters with
its lead-in, for the marks stand there. They are compiled when they are first asked for.
"""

import functools
import re

from julep_local.memory.language import Language
from julep_local.memory.languages import LANGUAGES, spoken
from julep_local.memory.prose import own_sentences

MOST_SENTENCES = 2
"""Of a message, in which what was said before is taken back: after them it speaks of something else."""

_LAUGH = r"(?:lmf?ao|rofl|b?a?ha(?:ha)+h*|he(?:he)+|a?ja(?:ja)+j*|xd+|hihi|kicher|grins)"
_SHOUTS = re.compile(
    r"(?<=[a-zäöüßñ] )(?:LOVE|ADORE|LIEBE|ENCANTA)\b|\bI (?:LOVE|ADORE)\b(?=.* [a-z]{3})|\bENCANTAN?\b(?=.* [a-z]{3})"
)
"""Praise in capitals among small letters."""
_ENDS_LAUGHING = re.compile(
    rf"(?i)(?:\b{_LAUGH}|, lol|[😂🤣😆😅🙃😜😝🤪😹🤡]|;-?\)|\bj/?k|(?<!\w)/s)(?:[\s.!?)*…]|[😂🤣😆😅🙃😜😝🤪])*$"
)
"""At the end a laugh is about what was said; at the beginning it answers somebody."""
_LAUGHS_FIRST = re.compile(rf"^\W*(?:{_LAUGH}|lol|😂|🤣|😆|🙃|😜)\W+")

_AGREES = {
    "en": (
        r"^(?:oh|ah|yeah|yes|well|and|but|mhm|ha|[,.!… ])*(?:right|sure|of course|totally|obviously|clearly"
        r"|naturally|yeah)[,.!… ]+(?:(?:because|cos|'cause|cuz|as if|like|just like) |and (?:i'm|i am) (?:the"
        r"|a secret)\b|and (?:tomorrow|next (?:week|year)) i)|\byeah,? right\b|^(?:as if|like) i(?:'d|'ve| have"
        r"| would|\b) "
    ),
    "de": (
        r"^(?:ja|na|oh|ach|aber|und|[,.!… ])*(?:klar|sicher|genau|logisch|natürlich|freilich|logo)[,.!… ]+"
        r"(?:weil|als ob|und (?:morgen|übermorgen|demnächst|nächste\w*)\b|und ich bin (?:der|die|das)\b)"
        r"|^als ob ich\b|\bals ob\b.*\bkönnte\b"
    ),
    "es": (
        r"^(?:uy|ay|oh|ya|sí|pero|y|[,.!… ])*(?:claro(?: que sí)?|seguro|por supuesto|cómo no|faltaría más)[,.!… ]+"
        r"(?:guapi|porque|como si|y (?:mañana|yo soy (?:el|la))|mañana)\b"
        r"|^(?:sí|ya|uy|ay|oh)[,. ]+(?:sí|claro|seguro)[,.!… ]+(?:me (?:encanta|fascina|apasiona|muero)"
        r"|yo encantad[oa]|y|como si|soy (?:el|la)|porque|mañana)\b|^uy,? sí\b"
    ),
}
"""By language: a sentence that begins by agreeing too readily: "Sure, because I've got money lying around"."""

_IRONIC = {
    "en": (
        r"\bfavou?rite (?:thing|part|hobby|pastime)(?: (?:about|of) \w+(?: \w+)?)? is (?:doing|being|getting|having to"
        r"|when|waiting|how)\b|\bunlocked\b"
        r"|\b(?:i'm|i am|i have|i've|i own|i do),? (?:of course|obviously|naturally|clearly|as everyone knows)\b"
        # more or less
        r"|\b(?:basically|practically|virtually|essentially|more or less|pretty much) (?:living? (?:in|at|on|under)"
        r"|married|an? |the |my |made of|part of)"
        r"|\b(?:at this (?:rate|point in my life)|so to speak|as it were|in a manner of speaking|figuratively"
        r"|metaphorically|for all i know|long story, no)\b"
        # too much of praise
        r"|\b(?:best|worst) (?:day|hour|night|idea|way to spend \w+) (?:of my life|ever)\b"
        r"|\b(?:highlight|joy|pleasure|story|light|crowning glory) of my (?:\w+ )?(?:day|week|month|year|life|career"
        r"|existence)\b|\b(?:lucky me|joy of joys|what (?:a joy|bliss|fun it is)|what more could i|just my luck"
        r"|happy days|living the dream|my cup of joy|how (?:lovely|wonderful|convenient|delightful) (?:for me"
        r"|that))\b"
        r"|\b(?:do so|simply|just) (?:love|adore|enjoy)s? (?:\w+ )?(?:\w+ing|it when|when|how|that)\b"
        r"|\bnothing (?:beats|better than|i like more than|says \w+ like)\b.*\b(?:at|in|on|for) \w+"
        r"|\b(?:spoiler(?: alert)?|plot twist|narrator)[:,]|\bsaid no ?(?:one|body)\b|\b(?:joke's|jokes) on me\b"
    ),
    "de": (
        r"^(?:natürlich|selbstverständlich|klar) (?:freue|liebe|genieße|habe|bin)\b"
        r"|\bich (?:habe|bin|liebe|besitze),? (?:natürlich|selbstverständlich|bekanntlich)\b(?! auch)"
        r"|\bgefühlt\b|\b(?:bin|lebe|wohne|habe|arbeite|heiße|ist|sind) (?:ich |wir )?(?:\w+ )?(?:quasi|praktisch"
        r"|sozusagen|gewissermaßen|so gut wie|mehr oder weniger|im grunde)\b"
        r"|\b(?:quasi|praktisch|sozusagen) (?:ein\w*|im|in|mit|der|die|das|mein\w*)\b"
        r"|\b(?:highlight|höhepunkt|krönung|geschichte|freude) (?:mein\w*|des) (?:\w+ )?(?:tages|woche|jahres"
        r"|lebens)\b|\bschönste\w* (?:tag|stunde) mein\w* lebens\b|\bwas gibt(?:'s| es) schöneres\b"
        r"|\bich glückspilz\b"
        r"|\bgenau mein (?:humor|ding)\b|\bfreue? (?:ich )?mich (?:riesig|wahnsinnig|tierisch) (?:auf|über) (?:die"
        r"|den"
        r"|das) (?:\w*(?:behandlung|prüfung|steuer|rechnung|termin|abwasch|stau|arbeit))"
        r"|\b(?:ironie|sarkasmus) (?:off|aus|ende)\b|\bsagte niemand\b|\bspoiler:|\bwenn das so weitergeht\b"
    ),
    "es": (
        r"^como si yo\b|\b(?:soy|tengo|estoy),? (?:por supuesto|obviamente|naturalmente|claro está)\b"
        r"|\b(?:prácticamente|básicamente|literalmente|por así decirlo|a este paso|ya ves tú|como quien dice"
        r"|poco menos que)\b|,? ya ves[.!]*$"
        r"|\bel mejor (?:día|momento|rato) de (?:mi|la) (?:vida|semana|año)\b|\bla alegría de mi\b"
        r"|\bqué (?:alegría|ilusión|suerte) la mía\b|\bsuerte la mía\b|\b(?:justo )?lo que me faltaba\b"
        r"|\bnada (?:me gusta más|como) que? ?(?:\w+(?:ar|er|ir)|un lunes)\b"
        r"|\bme (?:encanta|gusta|fascina|chifla) (?:tanto )?(?:que (?:me|nos|mi|los|las)|cuando)\b"
        r"|\b(?:ironía|sarcasmo) (?:off|modo)\b|\bmodo (?:ironía|irónico)\b|\bdijo nadie\b|\bspoiler:"
    ),
}
"""By language: what has its opposite in mind, or says itself that it stretches."""

_GRUMBLES = {
    "en": (
        r"^(?:oh|ah|well|wow|[, ])*(?:great|brilliant|lovely|wonderful|fantastic|perfect|fabulous|marvell?ous|joy"
        r"|splendid|super|terrific|awesome|excellent|charming)[,.!… ]+.*\b(?:again|another|yet|as usual|once more)\b"
    ),
    "de": (
        r"^(?:na|oh|ach|ja|[, ])*(?:toll|super|prima|herrlich|klasse|großartig|wunderbar|perfekt|spitze|bravo|fein"
        r"|na bravo|schön)[,.!… ]+.*\b(?:wieder|noch ein\w*|wie immer|wie üblich|ausgerechnet)\b"
    ),
    "es": (
        r"^(?:oh|ay|uy|ah|vaya|[,¡ ])*(?:qué bien|genial|estupendo|fantástico|maravilloso|perfecto|bravo|de lujo"
        r"|qué maravilla|qué alegría)[,.!… ]+.*\b(?:otr[oa]|otra vez|de nuevo|como siempre|encima)\b"
    ),
}
"""By language: praise of what has happened once more."""

_TAKES_BACK = {
    "en": (
        r"\b(?:i(?:'m| am| was|'ve been)|im) (?:just |only |totally |obviously |so |kind of )*(?:(?:kidding|joking)"
        r"(?! around with)|teasing|pulling your leg|having you on|winding you up|trolling|bluffing|testing you"
        r"|making (?:that"
        r"|it|this) up|being (?:sarcastic|ironic|facetious)|(?:messing|lying)(?: with you)?(?=[.!,…]|$))"
        r"|^(?:just|only) (?:kidding|joking|teasing|messing|pulling your leg)\b(?! around with)"
        r"|^(?:kidding|joking|jk|j/k)\b(?! around with)"
        r"|\bpulling your leg\b|\bmessing with you\b|\b(?:i|all) made (?:that|it|this)(?: all| one| bit)? up\b"
        r"|^(?:that|it)(?: was|(?:'s| is) (?:all|just|only)) (?:all |just |only |obviously |of course "
        r"|clearly )*(?:a joke(?! (?:shop|book"
        r"|of|about))|a lie|made up|sarcasm|irony|meant as a joke|a fib)\b|^(?:that|it) (?:wasn't"
        r"|was not) (?:meant )?(?:serious|real|true)\w*(?=[.!,…]|$)"
        r"|\b(?:wasn't|was not) being serious\b|\bnone of (?:that|it|this) (?:is|was) true\b"
        r"|\byou (?:actually |really )?(?:fell for|bought|believed) (?:it|that|me)\b"
    ),
    "de": (
        r"^(?:das |es |alles )?(?:war|ist (?=nur|bloß)) ?(?:\w+ ){0,2}?(?:nur |bloß |ein |kleiner )*(?:spaß|scherz"
        r"|witz|quatsch"
        r"|gelogen|erfunden|ausgedacht|ironisch|ironie|veräppelt)\b"
        r"|\b(?:nicht|kein\w*) (?:ganz )?(?:ernst gemeint|mein ernst)\b|\bmeinte? (?:ich )?(?:das )?nicht ernst\b"
        r"|^(?:nur|bloß|kleiner|reiner) (?:spaß|scherz|witz)\b|^(?:spaß|scherz|witz|reingelegt|verarscht|veräppelt"
        r"|erwischt)(?=[.!,…]|$)|\b(?:habe|hab) (?:ich )?(?:mir )?(?:das |alles )*(?:nur |bloß )?(?:ausgedacht"
        r"|erfunden)\b"
        r"|\bwollte dich (?:nur |bloß )?(?:testen|ärgern|aufziehen|veräppeln)\b|\bich (?:mach|mache) (?:nur |bloß )?"
        r"(?:spaß|witze)\b|^(?:blödsinn|quatsch|unsinn)[,.!… ]+(?:war\b|(?:habe?|hab|bin|ist) (?:ich |das )?(?:gar "
        r"|natürlich )?nicht\b)"
        r"|\bstimmt natürlich nicht\b|\b(?:das )?hast du (?:mir )?(?:wirklich |echt )?geglaubt\b"
    ),
    "es": (
        r"^(?:que no,? )?(?:que )?(?:es|era|fue) (?:una |solo |todo |pura )*(?:broma|coña|guasa|cachondeo|vacile"
        r"|ironía)\b|^(?:que )?(?:era (?:mentira|una trola)(?! (?:que|lo))|es mentira,)"
        r"|^(?:que )?(?:broma|mentira)(?=[.,! ]|$)|\b(?:estoy|estaba) (?:solo )?(?:bromeando|de broma|vacilando"
        r"|de coña|de guasa|siendo irónic[oa]|mintiendo)\b|\b(?:no (?:iba|va|lo decía|hablaba) en serio)\b"
        r"|\biba en broma\b"
        r"|\bte (?:lo|la) (?:has )?(?:creíste|creído|tragaste|tragado)\b|\bte (?:estaba|estoy) (?:vacilando"
        r"|tomando el pelo|probando)\b|\bme lo (?:he inventado|inventé)\b|\bte tomaba el pelo\b"
    ),
}
"""By language: what I said is not so, I never meant it."""

_JOKED_ABOUT = re.compile(
    r"(?i)\b(?:kidding|joking|messing|lying|joke|spaß|scherz|witz|quatsch|gelogen|broma|bromeando|mentira"
    r"|coña) (?:about|mit|über|sobre|(?:con )?lo del?) (?!(?:that|it|this|everything|all|das|dem|allem|eso"
    r"|todo)\b)(?P<what>[^.!?,]+)"
)
_HOLDS_NO_LONGER = re.compile(
    r"^(?:it |that |das |es )?(?:lasted|hielt|hat|duré|duró|me duró) (?:\w+ ){1,3}"
    r"(?:seconds?|minutes?|hours?|sekunden|minuten|stunden|minutos|horas)"
)


def is_laughed_at(sentence: str) -> bool:
    """Whether a sentence ends with a laugh or a wink, or shouts its praise: "I LOVE group projects"."""
    return _ENDS_LAUGHING.search(sentence) is not None or _SHOUTS.search(sentence) is not None


def is_ironic(spelled: str, language: Language) -> bool:
    """Whether a clause, spelled out, has its opposite in mind or says itself that it stretches."""
    return _pattern("ironic", language.code).search(spelled) is not None


def agrees_too_readily(spelled: str, language: Language) -> bool:
    """Whether a sentence, spelled out with its lead-in, agrees with what nobody said: "Sure, because I'm so rich"."""
    return _pattern("agrees", language.code).search(spelled) is not None


def grumbles(text: str) -> bool:
    """Whether a message begins by praising what is a nuisance: "Oh great, the bus is late again"."""
    language = spoken(text)
    begins = language.spelled(" ".join(own_sentences(text)[:MOST_SENTENCES]))
    return _pattern("grumbles", language.code).match(begins) is not None


def takes_back(text: str) -> bool:
    """Whether a message says of what was said before it that it was not meant."""
    for sentence in own_sentences(text)[:MOST_SENTENCES]:
        if sentence.rstrip().endswith("?"):  # "that was a joke, right?" is said of what was answered
            continue
        for language in LANGUAGES:  # of so few words the language is often not to be told
            said = _LAUGHS_FIRST.sub("", language.spelled(sentence))
            pattern = _pattern("takes back", language.code)
            if pattern.search(said) or pattern.search(language.plain(said)):
                return True
    return False


def joked_about(text: str) -> str:
    """Return what a message says was a joke, "" if it names nothing: "I was kidding about the yacht"."""
    for sentence in own_sentences(text)[:MOST_SENTENCES]:
        found = _JOKED_ABOUT.search(sentence)
        if found is not None:
            return found["what"]
    return ""


def ends_at_once(spelled: str) -> bool:
    """Whether a sentence says that what the one before it tells did not last: "Lasted eleven minutes."."""
    return _HOLDS_NO_LONGER.match(spelled) is not None


@functools.cache
def _pattern(what: str, code: str) -> "re.Pattern[str]":
    tables = {"agrees": _AGREES, "ironic": _IRONIC, "grumbles": _GRUMBLES, "takes back": _TAKES_BACK}
    return re.compile(tables[what][code])
