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
_QUOTED_LINE = re.compile(r"(?m)^[ \t]*(?:>|\|).*$")
_HEADER = re.compile(
    r"(?i)^\s*(?:from|to|cc|subject|date|sent|von|an|betreff|datum|de|para|asunto|fecha|system|assistant|user"
    r"|human|ai)\s*:"
)
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
    text = _TAGGED.sub("\n", _FENCED.sub("\n", text.replace("\r\n", "\n")))
    text = _LETTER.sub("\n", _QUOTED_LINE.sub("", text))
    text = _UNCLOSED.sub(lambda match: match.group() + "”" if _is_open(match) else match.group(), text)
    text = _LONG_QUOTATION.sub(lambda match: _INNER_END.sub(_JOINED, match.group()), text)
    first, below, _ = text.strip().partition("\n")
    if below and _ASKS_ABOUT_TEXT.match(first):
        text = first
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    if len(text) > MOST_CHARS:
        paragraphs = [part for part in [*paragraphs[:3], *paragraphs[3:][-2:]] if len(part) <= OWN_PARAGRAPH]
    found: list[str] = []
    for paragraph in paragraphs:
        lines = paragraph.split("\n")
        if sum(bool(_HEADER.match(line)) for line in lines) >= 2:
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
