"""How people want to be answered from now on: shorter, in grams, in another language, by first name.

What may be wished is a closed list. Whoever tells an assistant what to obey, say or believe is not heard here.
"""

import re

MANNER = "manner"
"""The kind of such a wish."""
MOST_WORDS = 24

_ALWAYS = re.compile(
    r"\b(?:from now on|in (?:the )?future|from today(?: on)?|going forward|always|never|every time|each time|any time"
    r"|(?:when|if)(?:ever)? (?:you (?:answer|reply|write|explain)|i (?:write|speak|ask|talk|make|send"
    r"|get))|as a rule|by default"
    r"|ab (?:jetzt|sofort|heute)|von (?:jetzt|nun) an|in zukunft|künftig|immer|grundsätzlich"
    r"|nie(?:mals)?|(?:jedes mal )?wenn"
    r" (?:du|sie|ich) (?:\w+ )*?(?:antwort|schreib|erklär|red|frag|schick)\w*|de ahora en adelante"
    r"|a partir de (?:ahora|hoy)"
    r"|desde (?:ahora|hoy)|en adelante|siempre|nunca|cada vez|cuando te \w+)\b,?"
)
_WAY = re.compile(
    # English
    r"\b(?:bullet points?|(?:short|brief|simple|plain|long|full)(?:er)?(?:,? \w+)? (?:answers?"
    r"|sentences|words|replies|english"
    r"|paragraphs)|(?:in|to) (?:english|german|spanish|french|italian|catalan|dutch|portuguese|polish|turkish|welsh)"
    r"|metric|imperial|grams?|kilos?|litres?|millilitres?|celsius|fahrenheit|cent[iy]met(?:re|er)s"
    r"|miles|kilomet(?:re|er)s"
    r"|pounds|euros|dollars|24-hour|(?:large|big|bigger) (?:print|letters|headings|font)|no emojis?|without emojis?"
    r"|emojis?|one (?:step|question|thing) at a time|first name|correct (?:me|my)|step by step"
    r"|numbered lists?|no jargon"
    r"|without jargon|keep (?:it|them|answers|your answers) (?:short|brief|simple)"
    # German
    r"|duzen|siezen|per (?:du|sie)|stichpunkte\w*|stichworte\w*|(?:kurz|kürzer|einfach|knapp)(?:e|en)?(?: \w+)?"
    r" (?:sätze\w*|antworten|worte\w*|antwort)|(?:antworte|schreib|erklär)\w* (?:\w+ )*(?:kurz|kürzer|knapp|einfach)"
    r"|auf (?:deutsch|englisch|spanisch|französisch|italienisch|türkisch|plattdeutsch)|in gramm|gramm"
    r"|milliliter|große"
    r" (?:schrift|buchstaben|überschriften)|ohne (?:emojis?|fachwörter|fremdwörter)|keine (?:emojis?"
    r"|fachwörter|fremdwörter)"
    r"|(?:verbesser|korrigier)\w* mich|einen schritt nach dem anderen|schritt für schritt"
    # Spanish
    r"|tut[eé]\w*|(?:trát|hábl)\w+ de (?:tú|usted)|de usted|frases (?:cortas|sencillas|breves)"
    r"|respuestas (?:cortas|breves)"
    r"|(?:en|al) (?:español|castellano|catalán|inglés|gallego|euskera|francés|alemán|italiano)"
    r"|letra grande|gramos|mililitros"
    r"|sin (?:emojis?|tecnicismos)|nada de (?:emojis?|tecnicismos)|corríge\w*|tradúce\w*|paso a paso|viñetas"
    r"|puntos)\b"
)
_ORDERS = re.compile(
    r"\b(?:you (?:must|should|shall|have to|are|will)|obey|rules?|memory|system|instructions?|ignore"
    r"|admin\w*|users?|everyone"
    r"|anyone|everybody|musst|sollst|darfst|gehorch\w*|regeln?|anweisung\w*|ignorier\w*|nutzer\w*"
    r"|jede[mnr]|debes|obede\w*"
    r"|usuari\w*|instrucciones|reglas?|story|poem|game|geschichte|gedicht|spiel|cuento|poema|juego"
    r"|pirate|rhymes?|verse|tables?|tabelle|tabla|letter|brief|carta)\b"
)


def wishes_manner(text: str) -> bool:
    """Whether a sentence is the wish of its writer to be answered in a certain way from now on."""
    plain = " ".join(text.lower().replace("’", "'").split())
    return (
        len(plain.split()) <= MOST_WORDS
        and not plain.rstrip().endswith("?")
        and ":" not in without_always(plain)[:-1]
        and _ALWAYS.search(plain) is not None
        and _WAY.search(without_always(plain)) is not None
        and _ORDERS.search(plain) is None
        and _TELLS.search(plain) is None
    )


def without_always(text: str) -> str:
    """Return a sentence without the words that say from when on it holds."""
    return " ".join(_ALWAYS.sub(" ", text.lower()).split())


_TELLS = re.compile(
    r"^(?:\W|and |but |und |y )*(?:i(?!'d (?:like|prefer|rather))|we|he|she|they|my|our|the"
    r"|ich(?! (?:will|möchte|hätte))|wir|er|sie"
    r" |mein\w*|unser\w*|yo|mi|mis|nos)\b(?!')"
)
"""A statement, and no wish."""
