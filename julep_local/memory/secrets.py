"""Passwords, codes, keys and the numbers of cards and papers: what no memory may hold, seen by its look and its words.

What names a secret and what is one often stand apart: "What's your PIN?" "4711". So a text is judged with what was
said around it. Better to lose a harmless number than to keep a code.
"""

import re
from collections.abc import Iterable

_CODE_NAMES = (
    r"pass[ -]?words?|passwd|pwd|pass[ -]?phrases?|pass[ -]?codes?|pin(?:[ -]?(?:code|number)|'s)?|pincode|puk"
    r"|log-?in (?:details|data)|credentials?|api[ _-]?keys?|(?:access|auth|bearer|secret|private)[ _-]?(?:token|key"
    r"|code)s?"
    r"|secret (?:word|number|phrase|answer)|2fa|otp|one-time codes?|cvv2?|cvc2?"
    r"|security (?:code|answer|question|number)s?|(?:seed|recovery|backup|wallet) (?:phrase|words?|code|key)s?"
    r"|(?:wi-?fi|wlan|network|wpa2?|router)[ -]?(?:key|code|schlüssel|clave)|mastercode|master key"
    r"|mother's maiden name|maiden name|memorable word|unlock pattern|swipe pattern|(?:activation|pairing|gift card"
    r"|licen[cs]e|product|serial) (?:code|key)s?|(?:door|gate|alarm|entry|lock|safe|unlock|garage|access"
    r"|verification|confirmation|vault)[ -]?codes?"
    r"|kennw(?:ort|örter)|passw(?:ort|örter)\w*|\w+passwort|\w+kennwort|geheim(?:zahl|nummer|code|wort|frage)"
    r"|(?:handy|karten|bank|sim|ec)-?pin|zugangs(?:daten|codes?|schlüssel)|anmeldedaten|tür-?codes?|(?-i:TAN)"
    r"|sicherheits(?:frage|code|antwort)"
    r"|\w+-?schlüssel lautet|contraseñas?|claves?|código (?:de|del) (?:acceso|seguridad|la puerta|la alarma|portal)"
    r"|mädchenname|(?:entsperr)?muster ist|lizenzschlüssel|(?:freischalt|aktivierungs|einmal)code"
    r"|apellido de soltera|patrón de desbloqueo|número secreto|(?:frase|palabras) de (?:recuperación|seguridad"
    r"|paso)|pregunta de seguridad"
)
"""Whoever names one of these says nothing that is worth keeping, whether or not the secret stands beside it."""
_LOCKED = (
    r"codes?(?! (?:review|base|school|club))|zahlencode|keycode|combination|combo|safe|vault|padlock|(?:bike )?lock"
    r"|alarm|keypad|intercom|tokens?|secret|key|log-?in|user ?name|account|tresor|schloss"
    r"|alarmanlage|schlüssel|konto|zugang|código|combinación|caja fuerte|candado|alarma|llave|usuario|cuenta"
)
"""What can have a code: with a number or something like one beside it, it is told."""
_OPENS = (
    r"(?:opens?|unlocks?|unlocked|gets? (?:you |me )?in|log(?:s|ged)? in|sign in|disarm\w*|arm(?:s|ed)|punch in"
    r"|type in|enter|tap in|öffne\w*|entsperr\w*|aufsperr\w*|eingeb\w*|tipp\w*|einlogg\w*|abre|abrir|desbloque\w*"
    r"|tecle\w*|entra\w*|marca\w*)"
)
_DIGIT = (
    r"zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|null|eins|zwo|zwei|drei|vier|fünf|sechs|sieben|acht"
    r"|neun|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|double|triple|treble|doble"
)
_SPELLED = rf"(?:(?:{_DIGIT})(?:[ ,-]+| and | und | y )){{2,}}(?:{_DIGIT})"
_NO_YEAR = r"(?!(?:(?<=in )|(?<=en )|(?<=since )|(?<=seit )|(?<=desde )|(?<=from )|(?<=to ))(?:19|20)\d\d(?![\w#*]))"
_VALUE = (
    rf"(?:(?<![\w.,:*#!?$%&@+-]){_NO_YEAR}(?=[\w*#-]{{0,20}}\d[\w*#-]{{0,8}}\d[\w*#-]{{0,8}}\d)[\w*#!?$%&@+-]{{3,40}}"
    rf"|\b\d{{1,2}}-\d{{1,2}}-\d{{1,2}}\b"
    rf"|\b{_SPELLED}\b|\b(?:\w+)?mal die \w+|\b\d(?: \d){{2,}}\b)"
)
"""What a code looks like: three digits and more, also spelled out."""
_NUMBERED = (
    r"passports?|driver'?s licen[cs]e|driving licen[cs]e|licen[cs]e number|social security|ssn|nhs|medicare"
    r"|national insurance|ni number|tax|insurance|policy|member(?:ship)?|customer|client|patient|account|routing"
    r"|sort code"
    r"|iban|bic|card|credit card|debit card|visa|mastercard|id|serial|reisepass|pass|ausweis\w*|personalausweis\w*"
    r"|führerschein\w*|steuer\w*|sozialversicherung\w*|krankenkasse\w*|versicher\w*|kontonummer|konto|kartennummer"
    r"|kredit\w*|kundennummer|matrikel\w*|aktenzeichen|pasaporte|dni|nif|nie|carnet|carné|tarjeta|cuenta"
    r"|seguridad social|número de \w+|expediente"
)
"""Papers, cards and accounts, which have a number that is nobody's business."""
_LONG_NUMBER = r"(?!(?:19|20)\d\d-\d\d-\d\d\b)(?:(?=[\w-]*\d[\w-]*\d[\w-]*\d)[A-Z\d][\w-]{4,}|\d[\d -]{4,}\d)"

_SECRETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bssh-(?:rsa|ed25519|dss) AAAA|\bAGE-SECRET-KEY-")),
    (
        "an access key",
        re.compile(
            r"\b(?:sk|pk|rk|api|key|tok|token|pat|whsec)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{12,}"
            r"|\bgh[pousr]_[A-Za-z0-9]{12,}|\bgithub_pat_\w{12,}|\bglpat-[\w-]{10,}|\b(?:AKIA|ASIA|ABIA"
            r"|ACCA)[A-Z0-9]{10,}"
            r"|\bxox[abeprs]-[\w-]{10,}|\bxapp-[\w-]{10,}|\bAIza[\w-]{20,}|\bya29\.[\w-]{10,}|\bhf_[A-Za-z0-9]{10,}"
            r"|\beyJ[\w-]{8,}\.[\w-]{8,}|\b[MN][A-Za-z\d]{23}\.[\w-]{6}\.[\w-]{27}|\bnpm_\w{12,}|\bpypi-[\w-]{12,}"
            r"|\bSG\.[\w-]{12,}|\bdop_v1_\w{12,}|\bsq0\w{3}-[\w-]{10,}|\b[AS]K[0-9a-f]{32}\b|\bshpat_\w{10,}"
            r"|\bgsk_\w{10,}|\br8_\w{10,}|\bpplx-\w{10,}|\bdckr_pat_\w+|\b\d{6,}:[A-Za-z\d_-]{12,}"
            r"|\b[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|PASSWORD|PASS|PWD)\b|://[^\s/:@]+:[^\s/@]+@"
        ),
    ),
    ("a password or code", re.compile(rf"(?i)(?<!\w)(?:{_CODE_NAMES})(?!\w)(?! managers?\b)")),
    (
        "a password or code",
        re.compile(
            rf"(?i)\b(?:{_LOCKED})\b[^.!?\n]{{0,40}}?\b(?:birthday|year (?:i|my|we)|backwards|geburtstag|jahr|rückwärts"
            r"|cumpleaños|año en que|al revés)\b|\b(?:opens?|unlocks?|öffnet|entsperrt|abre) (?:\w+ )?(?:with|mit"
            r"|con)\b|\b(?:locker|spind|taquilla)\b[^!?\n]{0,40}?\b\d{1,2}-\d{1,2}-\d{1,2}\b"
            r"|\b(?:card|karte|tarjeta)\b[^.!?\n]{0,40}\b(?:\d{4}|\d\d/\d\d)\b|\b(?:sim|badge|printer|drucker"
            r"|alarma?)\b[^.!?\n]{0,40}\b\d(?: \d){2,}\b"
            r"|\b(?:llave|schlüssel)\b[^.!?\n]{0,25}\b(?:en la maceta|debajo|bajo|detrás|unter|hinter|im blumentopf)\b"
            r"|\bkey\b[^.!?\n]{0,25}\b(?:under|behind|beneath|inside) (?:the|a|my|our)\b"
            r"|\b(?:use|type|enter|with|mit|con)\b [^.!?\n]{0,15}?\b[a-z]{4,20}\d{2,8}\b[^.!?\n]{0,20}"
            r"\b(?:everywhere|for everything|log in|sign in|überall|für alles|para todo)\b"
        ),
    ),
    ("an identity or account number", re.compile(rf"(?i)\b(?:{_NUMBERED})\b[^!?\n]{{0,40}}?\b(?:{_LONG_NUMBER})")),
    (
        "an identity or account number",
        re.compile(
            r"\b\d{8}[ -]?[A-Z]\b|\b[XYZ]-?\d{7}-?[A-Z]\b|\b[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]\b|\b[A-Z]{1,2}\d{6,9}\b"
            r"|\b[CFGHJ-NPRTV-Z](?=[A-Z]*\d)[CFGHJ-NPRTV-Z\d]{8}\b|\b\d{3}[- ]\d{2}[- ]\d{4}\b"
            r"|\b\d{2} ?\d{6} ?[A-Z] ?\d{3}\b"
        ),
    ),
    (
        "a long number",
        re.compile(
            r"(?<![\w.,:/+-])(?!(?:19|20)\d\d-\d\d-\d\d(?!\d))(?!\d\d? \d\d? (?:19|20)\d\d)(?!(?:19"
            r"|20)\d\d ?- ?(?:19|20)\d\d)"
            r"\d(?:[ -]?\d){7,}(?![\d]|[.,]\d)"
        ),
    ),
    (
        "a long random text",
        re.compile(
            r"(?<![\w/.])(?=[A-Za-z0-9+/_=-]{0,80}\d)(?=[A-Za-z0-9+/_=-]{0,80}[A-Za-z])[A-Za-z0-9+/_-]{20,}={0,2}(?![\w/.])"
        ),
    ),
    (
        "what looks like a password",
        re.compile(
            r"(?<!\S)(?=\S*[A-Za-z])(?=\S*\d)(?=\S*[!#$%&*?^~_+=])(?!\S*@\S+\.\w)[^\s,;()\"]{7,}(?<![!?.])(?!\S)"
            r"|(?<!\S)(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)(?=\S*[!#$%&*?@^~_+=])[^\s,;()\"]{8,}(?!\S)"
        ),
    ),
    (
        "a number that was asked for",  # which opens something, unless it was asked how many, when or how old
        re.compile(
            r"(?i)(?:\bAsked \"|„|«)"
            r"(?![^\"“»]*\b(?:how|when|years?|age|price|cost|wie|wann|jahr|alter|cuánt\w*|cuándo|años?)\b)"
            r"[^\"“»]*[\"“»]: (?!(?:19|20)\d\d\b)\d{3,8}\b"
            r"(?! ?(?:%|°|€|\$|£|k?m\b|k?g\b|euros?\b|dollars?\b|pounds?\b))"
        ),
    ),
    (
        "a recovery phrase",
        re.compile(
            r"(?i)\b(?:seed|recovery|backup|wallet|wiederherstellungs\w*"
            r"|recuperación)\b.{0,60}(?:\b[a-z]{3,8}\b[ ,]+){7,}"
        ),
    ),
)
_VALUES = re.compile(rf"(?i){_VALUE}")
_LOCK = re.compile(rf"(?i)(?<!zip )(?<!area )(?<!post )\b(?:{_LOCKED}|{_OPENS})\b")
BEFORE, AFTER = 60, 30
"""Characters between a number and what it may open."""
_WARNS = re.compile(
    r"(?i)\b(?:don't|do not|won't|will not|never|rather not|better not|wouldn't|not going to|can't|cannot|please"
    r"|avoid)\b[^.!?]{0,40}"
    r"\b(?:share|send|store|keep|save|type|post|put|tell|write|note|repeat|remove|delete|change)\b[^.!?]{0,40}"
    r"\b(?:passwords?|pins?|codes?|keys?|card|numbers?|secrets?|credentials?|data|details|that|those|it|them"
    r"|anywhere|here|chats?)\b"
    r"|\b(?:verrate\w*|speicher\w*|teile?\w*|schick\w*|behalte?\w*|merke?\w*|schreib\w*)\b[^.!?]{0,40}\b(?:nicht"
    r"|keine?\w*|niemand\w*)\b"
    r"|\b(?:nicht|keine?\w*)\b[^.!?]{0,40}\b(?:verrat\w*|speicher\w*|teilen|schicken|behalten|merken|aufschreiben)\b"
    r"|\b(?:no|mejor no|nunca|evita)\b[^.!?]{0,25}\b(?:compart\w*|guard\w*|env\w*|cuent\w*|escrib\w*|dig\w*|anot\w*"
    r"|memori\w*)\b"
)
_HAS_NUMBER = re.compile(
    rf"(?i)\d|\b(?:{_DIGIT})\b.*\b(?:{_DIGIT})\b|\b(?:backwards|pattern|under the|key|muster|schlüssel|patrón|llave)\b"
)
_PHONE = re.compile(
    r"(?i)\b(?:phones?|mobile|cell|call|text|reach|erreich\w*|fax|whatsapp|telefon\w*|handy\w*|tel|teléfono|móvil"
    r"|ruf)\b"
)
_CARD = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_NAMES_ONE = re.compile(
    rf"(?i)(?<!\w)(?:{_CODE_NAMES}|(?:{_NUMBERED}) (?:number|nummer)|combination|combo|zahlencode|combinación"
    rf"|(?:the|your|my|our|der|den|dein|ihr|el|tu|su) (?:\w+ ){{0,2}}(?:code|código))(?!\w)"
)
_MAY_BE_ONE = re.compile(rf"(?i){_VALUE}|\bit(?:'s| is)\b|\bes ist\b|^es\b")


def holds_secret(text: str, around: Iterable[str] = ()) -> str | None:
    """Return what secret a text holds, None if none is seen.

    Args:
        text: what would be kept.
        around: what was said in the same breath, and the question before it.
    """
    for what, pattern in _SECRETS:
        if pattern.search(text) and not (what == "a long number" and _PHONE.search(text)):
            return what
    if any(_LOCK.search(text, max(0, v.start() - BEFORE), v.end() + AFTER) for v in _VALUES.finditer(text)):
        return "a password or code"
    if any(_is_card(match.group()) for match in _CARD.finditer(text)):
        return "a card number"
    if any(_is_iban(match.group()) for match in _IBAN.finditer(text)):
        return "a bank account"
    if _MAY_BE_ONE.search(text) and any(_NAMES_ONE.search(each) for each in around):
        return "what may be the code that was spoken of"
    return None


def warns_of_secret(answer: str) -> bool:
    """Whether an assistant's answer says that what it was told had better stay unsaid."""
    return _WARNS.search(answer) is not None


def may_be_secret(text: str) -> bool:
    """Whether a text has what a secret needs: a number, also spelled out, or a mark of how one is entered."""
    return _HAS_NUMBER.search(text) is not None


def _is_card(text: str) -> bool:
    """Whether the digits are a payment card's: the sum of Luhn's algorithm ends in 0 (ISO/IEC 7812-1)."""
    digits = [int(c) for c in text if c.isdigit()]
    total = sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0 and len(set(digits)) > 1


def _is_iban(text: str) -> bool:
    """Whether it is an account number: turned into digits, it leaves 1 when divided by 97 (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1
