"""What of a message its writer says in their own words, sentence by sentence.

Code, quoted lines, mail headers, log lines and pasted pages are somebody else's words, or nobody's. It knows nothing of
what the sentences say.
"""

import itertools
import re

from julep_local.memory.when import names_a_time

MOST_CHARS = 2_000
"""A longer message is mostly pasted: only short paragraphs at its beginning and end are the writer's own."""
OWN_PARAGRAPH = 400
MOST_SENTENCE = 400
"""Characters. Longer "sentences" are lists, tables, or text without an end."""

_FENCED = re.compile(r"(?ms)^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)")
_TAGGED = re.compile(r"(?is)<(script|style|pre|code|system|document|context|instructions?)\b.*?(?:</\1>|\Z)")
_MARKED_OFF = re.compile(
    r"(?ms)^[^\w\n]{0,20}(?:BEGIN|START)\b[^\n]*$.*?(?:^[^\w\n]{0,20}(?:END|STOP)\b[^\n]*$|\Z)"
    r"|^[ \t]*(?P<line>[-=*_~#+])(?P=line){2,}[ \t]*$.*?(?:^[ \t]*(?P=line){3,}[ \t]*$|\Z)"
    r"|<!--.*?(?:-->|\Z)|<(?P<tag>[a-zA-Z][\w-]*)\b[^<>\n]{0,200}>.{0,2000}?</(?P=tag)>"
)
"""Between two lines or tags that mark it off: a page, a block of something."""
_TO_A_MACHINE = re.compile(
    r"(?i)[\[{(][^\[\]{}()\n]*\b(?:memory|assistants?|a\.?i\.?|llms?|bots?|users?|system|models?|gedächtnis"
    r"|assistent\w*|ki|nutzer\w*|memoria|asistente|ia|usuari[oa])\b[^\[\]{}()\n]*[\]})]"
)
"""In brackets, what is meant for a program."""
_QUOTED_LINE = re.compile(r"(?m)^[ \t]*(?:>|\|).*$")
_HEADER = re.compile(
    r"(?i)^\s*(?:from|to|cc|subject|date|sent|von|an|betreff|datum|de|para|asunto|fecha|system|assistant|user"
    r"|human|ai)\s*:"
)
_SUBJECT = re.compile(r"(?i)^\s*(?:subject|betreff|asunto|re|aw)\s*:")
_MACHINE = re.compile(
    r"^\s*(?:\[?\d{4}-\d\d-\d\d[T ]|\d\d:\d\d:\d\d|Traceback|File \"|at [\w.$]+\("
    r"|[\w.-]+[:=]\s*[\[{\"'\d]|[{}\[\]();<>/\\#$]|(?:def|class|import|return|const|let|var|function|SELECT|INSERT"
    r"|ERROR|WARN|INFO|DEBUG)\b.*[:;({]?)"
)
_LOGGED = re.compile(r"^\W{0,3}(?:\[?\d{1,2}[:.]\d\d\b|[\w.'-]{2,20}(?: [\w.'-]{1,20})?:\s)")
"""A line of a chat or a log: a time or a name in front."""
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_INTRODUCES = re.compile(
    r"(?i)\b(?:here(?:'s| is| are)|below|following|this (?:is the|mail|email|e-mail|text|article|message|letter"
    r"|post|review)|(?:such|these|solche|diese|estos|tales) (?:\w+ )?(?:e-?mails?|mails|messages|nachrichten"
    r"|mensajes|correos)|says|said|reads|wrote|writes"
    r"|hier (?:ist|sind|kommt)|folgende[rnsm]?|schrieb|schreibt|steht|aquí (?:está|tienes|va)|siguiente|dice"
    r"|escribió)\b[^.!?]*:\s*$"
)
_ASKS_ABOUT_TEXT = re.compile(
    r"(?i)^(?=.*\b(?:this|these|that|following|below|post|tweet|caption|bio|profile|e-?mails?|mail|letter|message"
    r"|text|essay"
    r"|paragraph|speech|toast|ad|review|listing|abstract|cv|r\u00e9sum\u00e9|resume|statement|poem|lyrics|verse"
    r"|chorus|article|note"
    r"|dies\w*|das hier|folgende\w*|brief|nachricht|beitrag|anzeige|bewerbung|absatz|satz|rede|gedicht|est[eao]"
    r"|siguiente|carta|mensaje"
    r"|correo|texto|anuncio|p\u00e1rrafo|frase|discurso|poema)\b).*[?:]\s*$"
)
"""A question or request about what stands in the lines below it."""
_TEXT = (
    r"(?:texts?|e-?mails?|mails?|letters?|messages?|comments?|posts?|tweets?|reviews?|pages?|web ?pages?|websites?"
    r"|sites?|articles?|paragraphs?|passages?|cvs?|r[e\u00e9]sum[e\u00e9]s?|bios?|profiles?|readmes?|logs?|tickets?"
    r"|docs?|documents?|results?|outputs?|leaflets?|flyers?|brochures?|ads?|adverts?|listings?|labels?|captions?"
    r"|snippets?|quotes?|testimonials?|transcripts?|threads?|speech|essays?|abstracts?|subtitles?|reports?|contracts?"
    r"|invoices?|newsletters?|tools?|footers?|statements?|forms?|poems?|lyrics|stanzas?|kommentare?|bewertung(?:en)?"
    r"|rezension(?:en)?|briefe?|nachricht(?:en)?|seiten?|webseiten?|beitr[a\u00e4]ge?|beitrag|profile?|lebenslauf"
    r"|bewerbung|protokolle?|ergebnis(?:se)?|dokumente?|artikel|anzeigen?|prospekt|flyer|zettel|etikett|zitate?"
    r"|ausgaben?|absatz|abs\u00e4tze|anschreiben|rede|aufsatz|gedicht|vertrag|rechnung|rundbrief|werkzeug"
    r"|comentarios?|rese\u00f1as?|correos?|cartas?|mensajes?|p\u00e1ginas?|web|publicaci[o\u00f3]n|perfil"
    r"|curr[i\u00ed]culum|registros?|resultados?|documentos?|art[i\u00ed]culos?|textos?|anuncios?|folletos?"
    r"|etiquetas?|citas?|salida|p\u00e1rrafos?|discurso|poema|contrato|factura|bolet[i\u00ed]n|herramienta)"
)
_INTO = (
    r"\b(?:in|into|to|auf|ins|al?|en) (?:(?:a|an|the|more|einen|un) )?(?:(?:formal|informal|polite|friendly|simple"
    r"|plain"
    r"|professional) (?:\w+ )?(?:tone|style|language|words)|english|german|spanish|french|italian|dutch|portuguese"
    r"|polish"
    r"|deutsche?|englische?|spanische?|franz\u00f6sische?|italienische?|ingl\u00e9s|alem\u00e1n|espa\u00f1ol"
    r"|franc\u00e9s"
    r"|italiano)"
)
_WORK_ON = (
    r"(?:summari[sz]e|sum up|translate|proof-?read|correct|rewrite|rephrase|reword|paraphrase|shorten|condense"
    r"|simplify|polish|edit|spell-?check|extract|transcribe|tl;?dr|fass\w*|zusammenfass\w*|\u00fcbersetz\w*"
    r"|korrigier\w*|lektorier\w*|k\u00fcrz\w*|umformulier\w*|umschreib\w*|extrahier\w*|vereinfach\w*|resum\w+"
    r"|traduc\w+"
    r"|corri[gj]\w+|reescrib\w+|acort\w+|extra(?:e|er|iga)|simplifi\w+)"
)
_WORKS_ON = re.compile(
    rf"(?i)^(?:\W|(?:please|pls|hey|hi|hello|ok|so|now|just|quickly|can|could|would|will|you|help me|i need you to"
    rf"|i want you to|i['\u2019]d like you to|bitte|kannst|k\u00f6nntest|du|mir|mal|das|den|die|hallo|por favor|hola"
    rf"|puedes|podr\u00edas|me|la|lo|ay\u00fadame a) )*{_WORK_ON}\b"
    rf"|^(?:(?:please|can|could|you|bitte|kannst|du|mir|mal|por favor|puedes|quickly) )*(?:rate|check|review|read"
    rf"|assess"
    rf"|judge|explain|analy[sz]e|look at|have a look at|take a look at|improve|fix|format|convert|classify|comment on"
    rf"|go through"
    rf"|pr\u00fcf\w*|lies|bewerte|erkl\u00e4r\w*|analysier\w*|verbesser\w*|schau\w*|lee|revisa|eval\u00faa|explica"
    rf"|analiza|mejora|mira)\b[^.!?]*\b(?:this|these|that|{_TEXT}|dies\w*|das hier|est[eao]s?)\b"
    rf"|^(?!\W*(?:i|i['\u2019]\w+|we|my|our|ich|wir|mein\w*|yo|mi|mis|soy|\w+o)\b)[^.!?]*{_INTO}\W*$"
)
"""A request to work on a text."""
_SHOWS = re.compile(
    rf"(?i)\b{_TEXT}\b|\b(?:got|sent me|received|found|saw|read|posted|forwarded|pasted) this\b|\b(?:says|reads"
    rf"|states"
    r"|returned|printed|goes|words|sentence|motto|saying|steht|lautet|worte?|satz|frase|palabras|hei\u00dft es|stand"
    r"|pone|dice|reza)$"
)
_REPLIES = re.compile(
    r"(?i)\b(?:your|you asked|reply to|answer to|about (?:me|myself)|dein\w*|ihre?|zu mir|\u00fcber mich|tu"
    r"|sobre m[i\u00ed]"
    r"|in short|briefly|update|quick)\b|^(?:\w+ )?(?:note|notes|message|nachricht|mensaje|nota)$"
)
_GIVES_A_TEXT = re.compile(
    r"(?i)\b(?:dictate[sd]|diktiert|dict(?:[\u00f3a]|aron|ado)|folgende[nrsm]? (?:satz|text|worte)"
    r"|following (?:text|sentence|words)|siguientes? (?:texto|frase|palabras)|verbatim|w[\u00f6o]rtlich"
    r"|wortw\u00f6rtlich"
    r"|textualmente|word for word|read(?:s|ing)? (?:it|this|that|you) (?:out|aloud)|(?:lese|liest) \b[^.!?]*\bvor"
    r"|(?:leo|lee) en voz alta)\b"
)
"""Says that what follows is somebody's text."""
_CHECKS = re.compile(
    rf"(?i)(?=.*\b(?:{_TEXT}|sentences?|satz|frase|escrit[oa]|written|grammar|grammatik|gram\u00e1tica|spelling"
    rf"|wording"
    rf"|deutsch|english|englisch|spanisch|espa\u00f1ol|ingl\u00e9s|german|spanish|french))"
    r".*\b(?:wrong|right|correct|correctly|well|better|mistakes?|errors?|okay|ok|sounds?|natural|genuine|fake|real"
    r"|spam"
    r"|phishing|mean|means|richtig|korrekt|fehler|besser|klingt|echt|gut|falsch|heißt|bedeutet|bien|mal|mejor|suena"
    r"|correct[oa]|fals[oa]|verdad|significa)\b.*\?\s*$"
)
"""Asks how good a text is."""
_ANNOUNCES = re.compile(
    rf"(?i)\b(?:i['\u2019]?ll|i will|i['\u2019]?m (?:going to|gonna|about to)|let me|i want to"
    rf"|i['\u2019]d like to) (?:\w+ )?"
    rf"(?:paste|send|forward|post|copy|quote|dictate|give|show|share)\b[^.!?]{{0,40}}(?:\b(?:something|stuff|one"
    rf"|{_TEXT}"
    rf"|below|next|paste|here)\b)"
    rf"|\bpast(?:e|ing)\b[^.!?]{{0,30}}\b(?:something|{_TEXT}|next|it|below)\b"
    rf"|\b(?:next|following) (?:message|text|thing|line|one|post|lines|messages)\b|\bwhat(?: i send| comes|ever)?"
    rf" (?:follows|next|i send|i paste)\b"
    rf"|{_WORK_ON}\b[^.!?:]{{0,30}}\b(?:something|sth|was|etwas|algo|an?|another|some|ein\w*|un[oa]?|{_TEXT})"
    rf"(?: \w+){{0,2}} (?:{_TEXT}|for me|now|please)\b"
    rf"|\b(?:ein\w*|mal|etwas|was|den|einen) (?:\w+ )?(?:{_TEXT}|was|etwas)\b[^.!?]{{0,30}}"
    rf"(?:{_WORK_ON}|schicken|einf\u00fcgen|senden|kopieren|\u00fcbersetzen|korrigieren|zusammenfassen|lesen)"
    rf"|\b(?:schicke?|sende|kopiere?|poste|f\u00fcge)\b[^.!?]{{0,30}}\b(?:gleich|jetzt|nun|dir|{_TEXT}|ein)\b"
    rf"|\bn\u00e4chste\w* (?:nachricht|text|zeilen?)\b|\bwas (?:jetzt|nun|gleich) (?:kommt|folgt)\b"
    rf"|\b(?:paso|env\u00edo|mando|pego|copio|voy a (?:pasarte|enviarte|mandarte|pegar|copiar)\w*)\b[^.!?]{{0,30}}"
    rf"\b(?:{_TEXT}|algo|aqu\u00ed|una?)\b|\b(?:siguiente|pr\u00f3ximo) (?:mensaje|texto)\b|\blo que sigue\b"
)
"""That a text will follow."""
_OWN_AGAIN = re.compile(
    r"(?i)^(?:it['\u2019]?s|it is|actually|never ?mind|no\b|nope|yes|sorry|wait|first|before|thanks|thank you"
    r"|forget it"
    r"|well|ok(?:ay)?\b|ach|nein|warte|danke|vergiss|doch|erst|vorher|es ist|perd\u00f3n|espera|gracias|antes"
    r"|d\u00e9jalo)"
)
_ABBREVIATION = re.compile(
    r"(?i)(?:\b(?:dr|mr|mrs|ms|st|prof|sr|sra|jr|no|nr|ca|approx|vs|etc|e\.g|i\.e|z\.b|d\.h|u\.a|bzw|ggf|a\.m|p\.m"
    r"|inc|ltd|av|ave|mt|fig|p)|\b[A-Z])\.$"
)
_ORDINAL = re.compile(r"\b\d{1,2}\.$")
_ON_THE_DAY = re.compile(r"(?i)\b(?:am|zum|vom|den|dem|der|bis|ab) \d{1,2}\.$")
_NUMBERED = re.compile(
    r"(?i)(?:woche|ssw|schwangerschaftswoche|klasse|semester|stock|etage|geburtstag|lebensjahr|jahrhundert|monat)\b"
)
_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'”’»«)])\s+|(?<=[.!?…])(?=[A-ZÄÖÜÁÉÍÓÚÑ¿¡])")
_SALUTATION = re.compile(
    r"(?i)^(?:dear (?:mr|mrs|ms|sir|madam|dr|\w+,)|sehr geehrte\w*|estimad[oa]s?|querid[oa]s (?:familias|padres"
    r"|clientes)|to whom it may)\b"
)
_LONG_QUOTATION = re.compile(
    r"[\"“„«»][^\"“”„«»]{3,1500}[\"“”«»]"
    r"|(?<!\w)['‘](?=[A-ZÄÖÜÁÉÍÓÚ¿¡])(?!(?i:cause|cuz|cos|tis|twas|em|till?|bout)\b)"
    r"(?:[^'‘’]|(?<=\w)['’](?=\w)){3,1500}['’](?!\w)"
)
_UNCLOSED = re.compile(r"(?m)(?:^|(?<=[\s:(]))[\"“„«](?=\w)[^\"“”„«»\n]{12,}$")
"""A quotation that goes on to the end of its line, and whose other mark was left out."""
_INNER_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_JOINED = "\u2060"
"""Stands for the space behind a sentence in quotation marks: it does not end the sentence around it."""
MOST_AGAIN, FEWEST = 2, 3
"""Words that are written again before the one in which a message was cut off, and letters of it that were written."""
_MARKS = ".,;:!?…"
_LETTER = re.compile(
    r"(?ims)^[ \t]*(?:dear|sehr geehrte\w*|liebe[rs]?|hallo (?:frau|herr)|estimad[oa]s?|querid[oa]s?"
    r"|to whom)\b[^\n]{0,60}[,:!]?[ \t]*$.*?"
    r"(?:^[ \t]*(?:(?:best|kind|warm) regards|regards|sincerely|yours|best|cheers|mit freundlichen|viele|liebe"
    r"|beste|herzliche|mfg|gruß|grüße|atentamente|saludos|un abrazo)\b[^\n]*(?:\n[^\n]{0,40}$)?|\Z)"
)
_QUOTATION = re.compile(
    r"[\"“„«»](?=[^\"“”„«»]*\s)[^\"“”„«»]{6,}[\"“”«»]"
    r"|(?<!\w)['‘](?!(?i:cause|cuz|cos|tis|twas|em|till?|bout|n|\d0s)\b)(?=(?:[^'‘’]|(?<=\w)['’](?=\w))*\s)"
    r"(?:[^'‘’]|(?<=\w)['’](?=\w)){6,}['’](?!\w)"
)
_MARK = re.compile(r"[\"“”„«»]")
_ANSWERED = re.compile(
    r"\s*[\"„«»‘'][^\"“”„«»]{12,}[\"“”«»’'](?! (?:is|was|are|were|by|has|from|ist|war|von|sind|hat|es|era|de|son"
    r"|fue)\b)\W+\w"
)
"""A quotation in front of what its reader says to it: not the title of a book, of which something is told."""
LEFT_OUT = "“…”"
"""Stands where a quotation was."""


def own_sentences(text: str) -> list[str]:
    """Return the sentences that a message's writer says, in order, as they were written."""
    text = _TO_A_MACHINE.sub(
        " ", _MARKED_OFF.sub("\n", _TAGGED.sub("\n", _FENCED.sub("\n", text.replace("\r\n", "\n"))))
    )
    text = _LETTER.sub("\n", _QUOTED_LINE.sub("", text))
    text = _UNCLOSED.sub(lambda match: match.group() + "”" if _is_open(match) else match.group(), text)
    text = _LONG_QUOTATION.sub(lambda match: _INNER_END.sub(_JOINED, match.group()), text)
    first, below, _ = text.strip().partition("\n")
    if below and _ASKS_ABOUT_TEXT.match(first):
        text = first
    text = _up_to_the_text(text)
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    if len(text) > MOST_CHARS:
        paragraphs = [part for part in [*paragraphs[:3], *paragraphs[3:][-2:]] if len(part) <= OWN_PARAGRAPH]
    found: list[str] = []
    for paragraph in paragraphs:
        lines = paragraph.split("\n")
        if sum(bool(_HEADER.match(line)) for line in lines) >= 2 or _SUBJECT.match(lines[0]):
            break  # a mail or a transcript: what follows is in it too
        if sum(bool(_LOGGED.match(line)) for line in lines) >= 2:
            lines = [line for line in lines if not _LOGGED.match(line)]
        own: list[str] = []
        pasted = False
        for line in lines:
            if _HEADER.match(line) or _MACHINE.match(line) or " / " in line:
                continue
            own.append(_BULLET.sub("", line))
            if _INTRODUCES.search(line):
                pasted = True
                break
        for line in _joined(own):
            found += _sentences(line)
        if any(_SALUTATION.match(sentence) for sentence in found):
            found = list(itertools.takewhile(lambda sentence: not _SALUTATION.match(sentence), found))
            break
        if pasted:
            break
    return [sentence.replace(_JOINED, " ") for sentence in found if len(sentence) <= MOST_SENTENCE]


def gone_on(before: str, after: str) -> str:
    """Return a message with the sentence in front that was cut off in a word of the one before; "" if none was.

    "My father is diab", and then "diabetic, and lives with me": what was written again is said once.
    """
    begun, rest = (own_sentences(before) or [""])[-1].split(), after.split()
    if not begun or not begun[-1][-1].isalpha():
        return ""
    for n_again in range(MOST_AGAIN + 1):
        if len(rest) <= n_again or len(begun) <= n_again + 1:
            break
        word, part = rest[n_again].casefold().strip(_MARKS), begun[-1].casefold()
        again = [each.casefold() for each in begun[len(begun) - 1 - n_again : -1]]
        if (
            again == [each.casefold() for each in rest[:n_again]]
            and word.startswith(part)
            and FEWEST <= len(part) < len(word)
        ):
            return " ".join([*begun[: len(begun) - 1 - n_again], after.strip()])
    return ""


def shows_a_text(before: str) -> bool:
    """Whether what stands before a colon says that a text follows, which is not the writer's own message."""
    shows = _SHOWS.search(before) or _WORKS_ON.match(before) or _GIVES_A_TEXT.search(before)
    shows = shows or re.search(rf"(?i){_INTO}$", before)
    return shows is not None and _REPLIES.search(before) is None


def gives_a_text(sentence: str) -> bool:
    """Whether a sentence says that those after it are a text: it is dictated, read aloud, or to be judged."""
    return _GIVES_A_TEXT.search(sentence) is not None or _CHECKS.match(sentence) is not None


def goes_on_with_a_text(text: str, before: str) -> bool:
    """Whether a message is the text that the one before it announces, "Can you translate something for me?".

    Args:
        text: the message.
        before: what its writer said before.
    """
    announced = before.strip()
    if "\n" in announced or _ANNOUNCES.search(announced) is None:
        return False
    return not text.rstrip().endswith("?") and _OWN_AGAIN.match(text.strip()) is None


def _up_to_the_text(text: str) -> str:
    """Return a message up to the lines below a request to work on them."""
    lines = text.strip().split("\n")
    for i, line in enumerate(lines[:-1]):
        if line.strip() and any(_WORKS_ON.match(each) for each in _sentences(line)):
            return "\n".join(lines[: i + 1])
    return text


def without_quotations(sentence: str) -> str:
    """Return the sentence with each longer quotation in it left out: its words are not the writer's."""
    return " ".join(_QUOTATION.sub(f" {LEFT_OUT} ", sentence).split())


def quotations(sentence: str) -> list[str]:
    """Return what stands in quotation marks in a sentence and is more than a name or a title of a word."""
    return [match.group()[1:-1] for match in _QUOTATION.finditer(sentence)]


def answers_quotation(sentence: str) -> bool:
    """Whether a sentence begins with somebody's words and goes on with what its writer says to them."""
    return has_quotation(sentence) and _ANSWERED.match(sentence) is not None


def has_quotation(sentence: str) -> bool:
    """Whether more than a name or a title stands in quotation marks."""
    return _QUOTATION.search(sentence) is not None


def _is_open(match: "re.Match[str]") -> bool:
    """Whether a mark at which a quotation may begin closes none before it, and none closes it further down."""
    line = match.string[: match.start()].rpartition("\n")[2]
    below = _MARK.findall(match.string, match.end())
    if match.group().startswith('"'):
        return line.count('"') % 2 == 0 and below.count('"') % 2 == 0
    return sum(map(line.count, "“”„«»")) % 2 == 0 and (not below or below[0] in "„«")


def _joined(lines: list[str]) -> list[str]:
    """Return the lines, those that were wrapped in mid-sentence as one."""
    joined: list[str] = []
    for line in lines:
        said = " ".join(line.split())
        if joined and said and said[0].islower() and len(joined[-1]) > 60 and joined[-1][-1] not in ".!?…:":
            joined[-1] += f" {said}"
        elif said:
            joined.append(said)
    return joined


def _sentences(line: str) -> list[str]:
    found: list[str] = []
    for piece in _END.split(line):
        said = piece.strip()
        if not said:
            continue
        if found and _goes_on(found[-1], said):
            found[-1] += f" {said}"
        else:
            found.append(said)
    return found


def _goes_on(before: str, after: str) -> bool:
    """Whether what looks like the end of a sentence is none: "Dr. Kim", "am 3. Mai"."""
    if _ORDINAL.search(before):
        following = after.split()[0].strip(".,")
        on_that_day = _ON_THE_DAY.search(before) is not None and after[0].islower()
        return on_that_day or names_a_time(following) or _NUMBERED.match(following) is not None
    return _ABBREVIATION.search(before) is not None
