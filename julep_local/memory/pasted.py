"""Where a message holds somebody else's text without a mark: below a table, in a chat, a letter, a profile, a song.

Nothing in such a sentence says whose it is; what stands around it does: a salutation to the speaker, a farewell with
another name, a heading, rows, and a question about a text. Where there are such signs, the text is left out whole:
rather is a fact of the speaker's lost than a stranger's kept. It knows nothing of what the sentences say.
"""

import re

from julep_local.memory.language import Language
from julep_local.memory.languages import spoken
from julep_local.memory.prose import LEFT_OUT, has_quotation, own_sentences, quotations
from julep_local.memory.turn import NOBODY
from julep_local.recall.words import words

FEWEST_ROWS = 2
"""Lines in cells, or with who speaks and when, that make a table or a chat."""
MOST_HEADING, MOST_VERDICT = 7, 8
"""Words of a heading, and of a question that asks for no more than what one thinks of what is above it."""
FEWEST_QUOTED, FEWEST_AGAIN = 3, 4
"""Words of a sentence that is quoted and said again, with marks or without."""

_ROW = re.compile(
    r"^[^.!?|\t;]{0,80}(?:[|\t;]| [-–] [^.!?]{1,40} [-–] )[^.!?]*$|^(?:[\d.,:/-]+ *;).*|^(?:[\w.-]+ ?[,;] ?)+[\w.-]+$"
)
_STAMPED = re.compile(
    r"(?i)^\W{0,3}(?:[\w.'-]{2,20}(?: [\w.'-]{1,20})?(?:,| -| –|:)? )?\W?(?:\d{1,2}[./]\d{1,2}[./]?\d{0,4},? )?"
    r"\d{1,2}[:.]\d\d(?: ?[ap]m)?\W*$"
)
"""A line with nobody's words: who speaks, and when."""
_RATED = re.compile(
    r"^\W{0,2}(?:[★⭐☆*]{3,5}|[1-5](?:[.,]\d)? ?/ ?5|(?:[1-5]|one|two|three|four|five|eine?"
    r"|zwei|drei|vier|fünf|una|dos|tres|cuatro|cinco) (?:stars?|sterne?|estrellas?)\b)",
    re.IGNORECASE,
)
_FAREWELL = (
    r"(?i:(?:with |all )?(?:lots of |much )?love|yours(?: \w+)?|(?:best|kind|warm)(?: (?:regards|wishes))?|regards"
    r"|sincerely|cheers|hugs|kisses|x+o*|take care|see you|many thanks|thanks|thank you|deine?|eure?|ihre?|lg|vg|mfg"
    r"|mit (?:freundlichen|besten|herzlichen|lieben|vielen) grüßen|hochachtungsvoll|respectfully"
    r"|(?:cordiales|muchos) saludos"
    r"|(?:viele|liebe|beste|herzliche|schöne|ganz liebe)? ?grüße?|gruß|alles liebe|bis bald|danke"
    r"|(?:un )?(?:beso|abrazo|saludo)s?|(?:un )?(?:beso|abrazo) \w+|besos|saludos|atentamente|tu \w+|gracias)"
)
_SIGNED = re.compile(
    rf"(?:^|(?<=[.!?\n]) ?|\n){_FAREWELL}[,.!:–-]?\s+(?P<name>[A-ZÄÖÜÁÉÍÓÚÑ][\w'’.-]*"
    r"(?: [A-ZÄÖÜÁÉÍÓÚÑ][\w'’.-]*){0,2})(?:(?<=\.)|[.!]|[^\S\n]*(?=\n|$))"
)
_LEADS_ON = re.compile(r"(?i)(?:^| )(?:of|for|from|by|with|von|für|aus|de|del|para|por)$")
"""How a heading ends that wants what follows for its object: "Past tense of: I live in Rome"."""
_LANGUAGE_NAMED = re.compile(
    r"^\W*(?:(?:In|Into|To|Auf|Ins) [A-ZÄ]\w+|(?:En|Al) (?!resumen|serio|fin|general|realidad|concreto|cambio)[a-z]\w+)"
    r"(?:,? (?:please|bitte|por favor))?$"
)
_HELLO = (
    r"(?i:dear|dearest|hi|hey|hello|good (?:morning|evening)|hiya|liebe[rs]?|hallo|guten (?:tag|morgen)|moin|servus"
    r"|sehr geehrte\w*(?: frau| herr)?|querid[oa]s?|hola|estimad[oa]s?|buen(?:os|as) \w+)"
)
_TEXT = (
    r"(?:e-?mails?|mails?|letters?|messages?|comments?|posts?|tweets?|reviews?|articles?|paragraphs?|cvs?|résumés?"
    r"|bios?|profiles?|ads?|adverts?|slogans?|captions?|testimonials?|essays?|poems?|lyrics?|songs?|verses?|line"
    r"|sentences?|diary|diaries|interviews?|obituary|blurbs?|summary|story|statements?|quotes?|jokes?|riddles?"
    r"|chats?|threads?|speech|toast|intros?|applications?|biography|entry|confession|letter|ballad|hymn|chorus"
    r"|mail|nachricht(?:en)?|briefe?|kommentare?|bewertung(?:en)?|rezension(?:en)?|beitrag|profile?|anzeigen?"
    r"|lebenslauf|bewerbung|gedicht|lied|liedtext|songtext|strophe|refrain|zeilen?|satz|sätze|tagebuch|witz|rede"
    r"|aufsatz|spruch|text|texts?|\w*schreiben|steckbrief|zitat"
    r"|mensajes?|correos?|cartas?|comentarios?|reseñas?|perfil(?:es)?|anuncios?|poemas?|canci[oó]n(?:es)?|letra"
    r"|estrofa|estribillo|versos?|frases?|diario|eslogan|textos?|currículum|discurso|redacción|biografía)"
)
_WORK = r"(?:song|band|singer|film|movie|book|poem|poet|author|show|musical|lied|buch|gedicht|sänger\w*|autor\w*)"
_ABOUT_TEXT = re.compile(
    rf"(?i)\b(?:this|that|these|those|dies\w*|jene[rs]?|est[eao]s?|es[eao]s?) (?:\w+ )?{_TEXT}\b"
    rf"|^\W*(?:what|which|whose|welche[rs]?|was für ein\w*|qué|cuál) {_WORK}\W*$"
    rf"|\b(?:what|which|whose) {_WORK} (?:is|was|has|does|are)\b.{{0,20}}(?:this|that|it|from|line|by)\b"
    rf"|\bwelche[rs]? {_WORK} (?:ist|war|stammt|heißt)\b|\bwie heißt das {_WORK}\b"
    r"|^\W*(?:chords?|tabs|akkorde|acordes)(?: dazu| bitte| please| pls| por favor)?\W*$"
    rf"|\bde (?:quién|qué canción|qué película)\b"
    rf"|^\W*what an? (?:\w+ )?{_TEXT}\b|\b(?:who (?:sang|sings|wrote|said) (?:this|that|it)|wer (?:singt|sang|hat das"
    r"|schrieb)|quién (?:canta|cantaba|escribió|dijo))\b"
)
"""Asks about a text that stands beside it."""
_WORKS = re.compile(
    rf"(?i)^\W*(?:(?:please|can you|could you|bitte|kannst du|por favor|puedes) )*(?:finish|continue|complete|sing"
    rf"|quote|recite|vervollständige?|beende|sing|zitiere?|termina|continúa|completa|canta)\b[^:]*\b{_TEXT}\b"
)
_REPLY = re.compile(
    r"(?i)\b(?:(?:how|what) (?:do|should|would|could|can|shall) (?:i|we|you) (?:answer|reply|respond|say|write|tell)"
    r"|(?:help me )?(?:answer|reply to|respond to) (?:her|him|them|this|that|it)|was (?:schreibe|sage|antworte)"
    r"|was soll ich (?:\w+ )?(?:antworten|schreiben|sagen)|wie (?:antworte|reagiere)|antworte (?:ihr|ihm)"
    r"|qué (?:le |les )?(?:digo|contesto|respondo|escribo)|cómo (?:le |les )?(?:contesto|respondo))\b"
)
_IN_LANGUAGE = re.compile(
    r"(?i)^\W*(?:(?:please|can you|could you|bitte|kannst du|por favor|puedes|now|and|und|y) )*(?:say|put|tell|write"
    r"|express|type|sag\w*|schreib\w*|drück\w*|di|dime|dile|pon|escrib\w+|expresa)\b[^.!?:]{0,30}?"
    r"\b(?:(?:in|into|auf) (?:\w+ )?\w+,? (?:that|dass)|(?:en|al) \w+ que)\b"
    r"|^\W*(?:how|what|wie|cómo|qué)\b.{0,30}\b(?:say|said|called|sagt|sage|heißt|dice|digo|diría)\b.{0,30}"
    r"\b(?:that|dass|que)\b"
)
"""Something to be said in another language."""
_ABOUT_ME = re.compile(
    r"(?i)^\W*(?:(?:a (?:bit|little) )?about (?:me|myself)|über mich|zu mir|sobre mí|acerca de mí|(?:my |meine? |mi )?"
    r"(?:bio|profil\w*|perfil|steckbrief|motto))\W*$"
)
_TITLE = re.compile(rf"(?i)\b{_TEXT}\b")
_OWN = re.compile(r"(?i)\b(?:i|i['’]\w+|ich|yo)\b")
_MINE = re.compile(r"(?i)\b(?:me|my|our|us|mich|mir|mein\w*|uns|unser\w*|mi|mis|nuestr\w*|soy|me llamo)\b")
_ANNOUNCES = re.compile(
    r"(?i)^\W*(?:(?:please|pls|hey|ok|now|first|can|could|would|you|bitte|kannst|könntest|du|mir|mal"
    r"|por favor|puedes) )*"
    r"(?:check|read|look at|fix|proof-?read|correct|translate|rate|judge|edit|prüf\w*|lies|korrigier\w*|lese?"
    r"|übersetz\w*|bewerte\w*|revisa|lee|corrige|traduce|mira)\b[^.!?:]*\b(?:this|these|that|(?:the )?next|"
    r"dies\w*|das|folgende\w*|est[eao]|lo siguiente)\b(?! (?:is|was|ist|es)\b)"
    r"|\b(?:i['’]?ll|i will|let me|i['’]m (?:going to|gonna)) (?:now |just )?(?:read|type|paste|copy|quote|dictate)\b"
    r"|\bpasting\b|\b(?:zeige?|show(?:ing)?|muestro|enseño)\b[^.!?:]*\b(?:was|what|lo que)\b[^.!?:]*"
    r"\b(?:wrote|sent|said|posted|geschrieben|geschickt|gesagt|schrieb|escribió|mandó|dijo|puso)\b"
    r"|\b(?:tippe?|schreibe?|lese?|kopiere?|gebe?)\b[^.!?:]* (?:ab|vor|ein|rein|weiter)\W*$"
    r"|\bte (?:copio|pego|paso|leo|dicto|transcribo|escribo)\b[^.!?:]*"
    r"\b(?:lo que|escribió|dijo|puso|mandó|envió|dictó|carta|nota|mensaje)"
    r"|\b(?:here(?:['’]s| is| comes)|this is|hier (?:ist|kommt)|das ist|aquí (?:va|está)|esto es) (?:what|was|lo que)\b"
    r"[^.!?:]*\b(?:wrote|sent|said|says|writes|posted|left|told|schrieb|schreibt|geschrieben|geschickt|sagte|gesagt"
    r"|escribió|mandó|dijo|puso|envió)\b"
)
"""That a text will follow, in a message that holds none."""
_LATER = re.compile(r"(?i)\b(?:later|tomorrow|später|nachher|luego|después|más tarde)\b")
_OF_ANOTHER = re.compile(
    rf"(?i)\b(?:my|our|his|her|their|a|the) (?:\w+ )?\w+['’]s (?:\w+ ){{0,2}}{_TEXT}\b|\b(?:his|her|their) {_TEXT}\b"
    rf"|\b{_TEXT} (?:of|from|by|von|de|del) (?:my|our|a|his|her|mein\w*|unser\w*|ein\w*|mis?|una?|su)\b"
)
"""Asks about a text of somebody else's: it is to follow, if it is not in the message."""
_FORMAL = re.compile(
    r"(?i)\s*(?:dear(?:est)?|liebe[rs]?|sehr geehrte\w*|querid[oa]s?|estimad[oa]s?) [^\n.!?,:]{2,40}[,:!]\s"
)


def outside_pasted(text: str, speaker: str = "", before: str = "") -> str:
    """Return what of a message is not somebody else's text, as far as its signs tell; "" if all of it may be.

    Args:
        text: the message.
        speaker: the name of who wrote it.
        before: what they wrote before in the session.
    """
    if announces(before) and not text.rstrip().endswith("?"):
        return ""
    first = _first(speaker)
    kept = _without_rows(text)
    kept = _without_letters(kept, first)
    kept = _without_titled(kept)
    for sentence in own_sentences(kept):
        if is_to_be_said(sentence):
            kept = kept.replace(sentence, "")
    return _without_repeated(kept)


def announces(text: str) -> bool:
    """Whether a message does no more than say that a text of somebody's is to follow."""
    said = text.strip()
    if not said or "\n" in said or has_quotation(said) or _LATER.search(said) or len(own_sentences(said)) > 1:
        return False
    _, colon, after = said.partition(":")
    if colon:
        return not after
    return _ANNOUNCES.search(said) is not None or (_asks(said) and _OF_ANOTHER.search(said) is not None)


def is_about(statement: str, speaker: str) -> bool:
    """Whether a statement names its speaker as people name others: who speaks of themselves says "I"."""
    first = _first(speaker)
    if not first or re.search(rf"(?<!\bin )(?<!\bim )(?<!\ben )\b{re.escape(first)}\b(?!['’]s\b)", statement) is None:
        return False
    language = spoken(statement)
    said = language.spelled(statement)
    return language.first_person.search(said) is None and _MINE.search(said) is None


def is_to_be_said(sentence: str) -> bool:
    """Whether a sentence asks how something is said elsewhere, and tells nothing: "Say in Thai that I'm ill"."""
    return _IN_LANGUAGE.search(sentence) is not None


def _first(speaker: str) -> str:
    return "" if speaker == NOBODY else (speaker.split() or [""])[0]


def _without_rows(text: str) -> str:
    """Leave out tables and chats, and what stands right below their rows, but a line that asks for something."""
    kept: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.split("\n")
        rows = [i for i, each in enumerate(lines) if _ROW.match(each.strip())]
        stamps = [i for i, each in enumerate(lines) if _STAMPED.match(each.strip())]
        at = rows if len(rows) >= FEWEST_ROWS else stamps if len(stamps) >= FEWEST_ROWS else []
        if at:
            below = [each for each in lines[at[-1] + 1 :] if _asks_beside(each)] if at is rows else []
            lines = [*lines[: at[0]], *below]
        kept.append("\n".join(lines))
    return "\n\n".join(kept)


def _without_letters(text: str, first: str) -> str:
    """Leave out a letter to the speaker, and one that is signed by somebody else."""
    signed = [each for each in _SIGNED.finditer(text) if not (first and each["name"].split()[0] == first)]
    hello = re.search(
        rf"(?:^|(?<=[.!?:\n])\s*){_HELLO} {re.escape(first) if first else '(?!)'}\b[^\w\n]", text, re.MULTILINE
    )
    ends = [each.end() for each in signed if (first or text[each.end() :].strip())]
    if hello:
        end = next((each for each in ends if each > hello.start()), len(text))
        return f"{text[: hello.start()]}\n\n{_below(text[end:])}"
    asks = _REPLY.search(text) or _ABOUT_TEXT.search(text)
    if ends and (first or asks):
        greeting = re.search(rf"(?m)(?:^|(?<=[.!?:])\s+){_HELLO}\b[^\n.!?]{{0,40}}[,:!]", text[: ends[-1]])
        start = greeting.start() if greeting else 0
        return f"{text[:start]}\n\n{_below(text[ends[-1] :])}"
    return text


def _below(text: str) -> str:
    """Return what stands below a letter: in its own paragraph it is the speaker's, in the same one it may be more."""
    return text if re.match(r"[^\S\n]*[\"”»«“]?[^\S\n]*\n\s*\n", text) else ""


def _without_titled(text: str) -> str:
    """Leave out what stands below a heading, or beside a question about a text."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    if len(paragraphs) > 1 and _is_only_about_text(paragraphs[-1]):
        del paragraphs[-2]
    return "\n\n".join(_untitled(each) for each in paragraphs)


def _is_only_about_text(paragraph: str) -> bool:
    sentences = own_sentences(paragraph)
    return any(map(_is_about_text, sentences)) and not any(map(_speaks, sentences))


def _untitled(paragraph: str) -> str:
    sentences = own_sentences(paragraph)
    if not sentences:
        return paragraph
    asked = [each for each in sentences if _asks(each)]
    if any(map(_is_about_text, sentences)):
        return _beside_text(paragraph, sentences)
    if _RATED.match(paragraph.strip()):
        return ""
    last = asked[-1] if asked else ""
    verdict = bool(last) and last == sentences[-1] and len(last.split()) <= MOST_VERDICT and not _speaks(last)
    if verdict and _FORMAL.match(paragraph):
        return ""
    heading, rest = _heading(paragraph)
    if not heading or not rest.strip():
        return paragraph
    if _LEADS_ON.search(heading) or _LANGUAGE_NAMED.match(heading):
        return ""
    titled = _TITLE.search(heading) is not None and not _OWN.search(heading)
    named = _speaks((own_sentences(rest) or [""])[0])
    named = (
        named
        and len(heading.split()) > 1
        and not (_OWN.search(heading) or _MINE.search(heading) or _introduces(heading))
    )
    if (verdict and (titled or named or _ABOUT_ME.match(heading))) or (titled and asked):
        return ""
    return paragraph


def _beside_text(paragraph: str, sentences: list[str]) -> str:
    """Return what is told before a question about a text that follows it; "" if the text stands in front of it."""
    at = next(i for i, each in enumerate(sentences) if _is_about_text(each))
    told = [_speaks(each) and not _asks(each) for each in sentences]
    if not any(told) and ": " not in sentences[at]:
        return paragraph
    head, _, inside = sentences[at].partition(": ")
    if inside or any(told[at + 1 :]):
        return "\n".join([*sentences[:at], head])
    return sentences[at] if _speaks_first(sentences[at]) else ""


def _is_about_text(sentence: str) -> bool:
    """Whether a sentence asks about a text beside it, or for more of it."""
    asks = _asks(sentence) or sentence.lower().startswith("what a")
    return (asks and _ABOUT_TEXT.search(sentence) is not None) or _WORKS.match(sentence) is not None


def _introduces(heading: str) -> bool:
    language = spoken(heading)
    return language.introduces.match(language.spelled(heading)) is not None


def _heading(paragraph: str) -> tuple[str, str]:
    """Return a few words in front that say what follows, and what follows."""
    found = re.match(r"\s*([^\n.!?]{2,60}?)(?:: |\n| [–—-] |(?P<end>[.!] ))(?P<rest>.*)", paragraph, re.DOTALL)
    if found and found["end"] and (_TITLE.search(found[1]) is None or _MINE.search(found[1]) or _speaks(found[1])):
        return "", ""
    if found is None or len(found[1].split()) > MOST_HEADING:
        return "", ""
    return found[1], found["rest"]


def _without_repeated(text: str) -> str:
    """Leave out sentences that stand in a quotation of the same message, or in another sentence of it."""
    sentences = own_sentences(text)
    quoted = [" ".join(words(each)) for sentence in sentences for each in quotations(sentence)]
    spelled = [" ".join(words(each)) for each in sentences]
    for i, sentence in enumerate(sentences):
        others = [each for each in spelled[:i] + spelled[i + 1 :] if len(each) > len(spelled[i])]
        n_words = len(words(sentence))
        quotes = n_words >= FEWEST_QUOTED and not has_quotation(sentence) and any(spelled[i] in each for each in quoted)
        if quotes or (n_words >= FEWEST_AGAIN and any(each.endswith(f" {spelled[i]}") for each in others)):
            text = text.replace(sentence, LEFT_OUT)
    return text


def _asks(sentence: str) -> bool:
    language = spoken(sentence)
    return "?" in sentence or language.question.match(language.plain(sentence)) is not None


def _asks_beside(line: str) -> bool:
    """Whether a line asks for something, or tells something and asks in the same sentence."""
    language = spoken(line)
    return any(_asks(each) or language.tail_request.search(language.plain(each)) for each in own_sentences(line))


def _speaks(sentence: str) -> bool:
    return _named(sentence) is not None


def _speaks_first(sentence: str) -> bool:
    found = _named(sentence)
    return found is not None and found.start() == 0


def _named(sentence: str) -> "re.Match[str] | None":
    language: Language = spoken(sentence)
    return language.first_person.search(language.plain(sentence))
