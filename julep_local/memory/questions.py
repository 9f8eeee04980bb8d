"""What the assistant asks for: something of the person or of those close to them that lasts, or a choice of the task.

An answer to the first is worth keeping however short it is; one to the second says nothing once the task is done. It
knows the subjects of questions in three languages, and no answers.
"""

import re

_QUESTION = re.compile(r"[^.!?\n]*\?")
_LAST = re.compile(r"(?:^|(?<=[.!?\n]))[^.!?\n]+[.!]?$")
MOST_BEHIND = 14
"""Words of a sentence behind a question that gives its reason: "What does your firm make? It decides the tone."."""
_CLAIM = re.compile(
    r"(?i)^(?:(?:so|then|ok|and|well|dann|also|entonces),? )*(?:i (?:suppose|guess|assume|imagine|take it|gather"
    r"|presume)"
    r"|ich (?:nehme an|vermute|schätze|denke mir)|(?:me )?(?:supongo|imagino|entiendo|doy por hecho) que)\b"
    r".*\b(?:you|your|du|dein\w*|ihr\w*|sie|tu|tus|te|usted|\w+[aei]s)\b"
)
"""What the assistant supposes of the person, to be told otherwise."""

_PEOPLE = (
    # English
    r"\bwho(?:'s| is| are| will| would| does| do)?\b.*\b(?:for|using|use|riding|ride|wear\w*|with you|eating|live|lives"
    r"|looks after|helps?)\b|\b(?:for|to) whom\b|\bis (?:it|that|this) for (?:you|your|somebody|someone|a)\b"
    r"|\b(?:his|her|its|their|your) (?:\w+ )?name\b|\b(?:first|last|full|maiden) name\b|\b\w+'s name\b"
    r"|\b(?:is|are) (?:he|she|they|it|your \w+) called\b"
    r"|\bhow old\b|\b(?:your|his|her) age\b|\b(?:children|kids|grandchildren|siblings|married|partner|husband|wife"
    r"|pets?"
    r"|in an emergency|how many of you|(?:two|three|four|\d) (?:dogs|cats|horses)|whose (?:baby|child|dog|cat)"
    r"|single|alone|else (?:is|will be|eats|lives|comes))\b"
    # German
    r"|\bfür wen\b|\bwer (?:fährt|soll|wird|benutzt|trägt|isst|wohnt|lebt|hilft|pflegt|nutzt)\b"
    r"|\bwie (?:heißt|heißen)\b|\b(?:vor|nach)?name\b(?! der datei)|\bwie alt\b|\b(?:kinder|wie viele (?:seid ihr"
    r"|personen)|alleinerziehend|allein|ledig|enkel\w*|geschwister"
    r"|verheiratet|haustiere?|ehe(?:frau|mann)|partner(?:in)?)\b"
    # Spanish
    r"|\bpara quién\b|\bquién (?:lo|la|va|vive|usa|cuida|come)\b|\bcómo se llaman?\b(?! el (?:archivo|fichero))"
    r"|\b(?:nombre de pila|su nombre|cuántos años|qué edad|hijos?|hijas?|nietos?|hermanos|casad[oa]|pareja"
    r"|mascotas?|soltera?|solteros?|cuántos sois|sol[oa]\?)"
)
_BODY = (
    r"\b(?:allerg\w+|intoleran\w+|diet(?:ary)?|medic(?:ation|ine)s?|tablets|insulin|illness\w*|injur\w+|surgery"
    r"|disab\w+"
    r"|pregnan\w+|(?:health|medical) \w+|blood pressure|vegan|vegetarian|alcohol|smok\w+|diabet\w+|asthma"
    r"|blood thinners?"
    r"|(?:lose|lost) (?:your|his|her)|foods? (?:to (?:leave|avoid)|(?:you|he|she|they)))\b"
    r"|\b(?:don't|can't|cannot|mustn't|won't|not|shouldn't|avoid|never) (?:be able to |allowed to )?(?:eat|eating"
    r"|drink)\b"
    r"|\b\w*allergi\w*|\b(?:unverträglich\w*|verträg\w+|nicht (?:essen|vertragen|verträgst|vertragt)|medikamente?"
    r"|tabletten"
    r"|insulin"
    r"|vorerkrankung\w*|krankheit\w*|verletzung\w*|beschwerden|schwanger|vegan|vegetarisch|alkohol|rauch\w+|operiert)\b"
    r"|\b(?:alergi\w+|intoleran\w+|no (?:puedas?|puede|podáis|comas?|come|coméis|tolera\w*) ?(?:comer|beber|tomar)?"
    r"|medica\w+|pastillas|enfermedad\w*|lesi(?:ón|ones)|embaraz\w+|vegan[oa]|vegetarian[oa]|alcohol|fumas?"
    r"|diabétic[oa])\b"
)
_LIFE = (
    r"\b(?:you|he|she|they)\b[^?]* (?:live|based|living)\b|\bwhere (?:are|is|do|does) (?:you|he|she)\b[^?]* from\b"
    r"|\blives? (?:with|on|alone|near)\b|\b(?:for a living|profession\w*|occupation|as a hobby|hobby|line of work"
    r"|retired|shifts?|nights"
    r"|nationality|first language|mother tongue)\b"
    r"|\b(?:your|the) (?:firm|company|business|employer|practice|workshop|shop)\b[^?]*\b(?:do|make|sell|in)\b"
    r"|\bwhat (?:do|are|did|does) (?:you|he|she) (?:teach\w*|study\w*)\b|\bdo you (?:work|teach|study|own|drive|keep)\b"
    r"|\byou (?:don't|do not|never) (?:own|have|drive|eat|drink|smoke)\b|\byour (?:job|work|day job)\b"
    r"|\b(?:play|spielst|spielen|tocas|toca)\b[^?]* (?:instrument\w*|algo)\b|\byours or (?:rented|borrowed)\b"
    r"|\banything (?:else )?(?:fixed|planned|booked|coming up)\b|\bhow long have you\b|\bsince when\b"
    r"|\bhow often do you\b"
    r"|\b(?:which|what) (?:\w+ )?(?:machine|camera|instrument|car|bike|database|framework|operating system|oven|boat"
    r"|tractor|guitar|wheelchair|degree|course|master's)\b(?! (?:should|shall|would))"
    r"|\bwo (?:wohn\w+|leb\w+|arbeit\w+)\b|\bwohn(?:t|st|en) (?:sie|er|du|ihr)\b|\b(?:beruf\w*|hobby|in rente"
    r"|rentner(?:in)?|promovier\w+|programmiersprache|schicht\w*"
    r"|nationalität|muttersprache)\b|\b(?:ihre?|deine?|eure?) (?:firma|betrieb|werkstatt|praxis|laden)\b"
    r"|\bwas (?:studier\w+|unterricht\w+|lehr\w+)\b|\bkein(?:en?)? (?:auto|führerschein|fleisch|alkohol)\b"
    r"|\bwie lange (?:sind|bist|machen|machst|spielen|spielst|leben|lebst|wohnen|wohnst) (?:sie|du)\b|\bseit wann\b"
    r"|\bwelche[nsr]? (?:\w+ )?(?:maschine|kamera|instrument|auto|rad|fahrrad|datenbank|betriebssystem|traktor|gitarre"
    r"|studiengang|master)\b(?! (?:soll|darf))"
    r"|\b(?:vives?|vivís|vive|dedicas?|dedica|dedicáis|afición|jubilad[oa]|profesión|turnos?|nacionalidad)\b"
    r"|\b(?:tu|su|vuestra|la) (?:empresa|taller|negocio|tienda)\b|\bqué (?:estudias?|estudia|enseñas?|das clase)\b"
    r"|\bdesde cuándo\b|\bcuánto tiempo llevas\b|\bno (?:tienes|tiene) (?:coche|carné|carnet)\b"
    r"|\b(?:qué|cuál) (?:máquina|cámara|instrumento|coche|bici|base de datos|sistema operativo|tractor|guitarra"
    r"|lenguaje"
    r"|máster)\b(?! (?:debo|pongo))|\b(?:está|esta) hecho\b"
)
_OFFERS = re.compile(
    r"(?i)\b(?:(?:shall|should|can|could) (?:i|we)|would you like|do you want|want me to|(?:soll|kann|darf) ich"
    r"|möcht\w+ (?:du"
    r"|sie)|quieres que|le gustaría|te (?:pongo|añado|preparo|busco|hago)|(?:pongo|añado|preparo) (?:tu|su))\b"
)
"""What the assistant could do next."""
_MORE = (
    r"|\byou(?:'re| are) an? \w+|\bwhat do you (?:grow|raise|farm|breed)\b|\bwhat size (?:are|is|does) (?:you|he|she)\b"
    r"|\bwelche größe (?:hat|haben|trägst|tragen|trägt)\b|\bqué talla\b|\bqué (?:crías|cultivas|criáis|cultiváis)\b"
    r"|\bno (?:comes|come|bebes|bebe|fumas|conduces)\b|\b(?:who(?:'s| is)|wer|quién) (?:coming|kommt|viene)\b"
    r"|\bkind of (?:farm|shop|work|business)\b|\bprogramm(?:ing language|iersprache)\b"
)
_WEIGHTY = re.compile(f"(?i){_PEOPLE}|{_BODY}|{_LIFE}{_MORE}")
_TASK = re.compile(
    r"(?i)(?:^|[.!,:;] |[.!,:;] and |^¿|¿|^and |^und |^¿y )(?:"
    # English
    r"which (?:of (?:the|these|those)|one|version|file|tab|page|line|row|column|part|section|paragraph|format|font"
    r"|colou?r|style)\b|what (?:title|colou?r|font|format|tone|heading|deadline|subject line|length|layout)\b"
    r"|how (?:thick|wide|high|deep|big|large|heavy|formal)\b|how long (?:is|are|should|does|can|will|may) (?:the"
    r"|your|it|this"
    r"|i)\b(?! shift)|how many (?:words|pages|lines|rows|columns|slides|tables|copies|letters|minutes|\w+ should)\b"
    r"|where (?:should|shall|can|may) (?:i|we|it|your)\b|(?:by )?when do you need\b|what (?:has|have) to\b"
    r"|what (?:should|shall|must|goes) (?!she |he |i know)|what does (?:your|the|it)\b[^?]* say\b"
    r"|did (?:your|yours|it|that)\b|what are you (?:painting|looking|cutting|printing)\b"
    # German
    r"|welche[rsnm]? (?:von|der beiden|datei|version|seite|zeile|spalte|teil|abschnitt|format|schrift\w*|farbe)\b"
    r"|wie (?:dick|breit|hoch|tief|schwer|förmlich)\b|wie lang (?:ist|sind|soll)\b|wie viele (?:wörter|seiten|zeilen"
    r"|spalten|folien|kopien|exemplare)\b|wohin (?:soll|kommt|mit)\b|(?:bis )?wann (?:brauch\w+|benötig\w+)\b"
    r"|was (?:steht|sagt|zeigt) (?:in|die|der|das|auf)\b|was (?:soll|muss)\b|was streich\w+\b"
    # Spanish
    r"|cuál de (?:los|las|est[oa]s)\b|qué (?:título|color|letra|formato|tono|archivo|versión|página|línea)\b"
    r"|cuánt[oa]s (?:palabras|páginas|líneas|filas|columnas|copias)\b|dónde (?:pongo|coloco|va|meto|lo|la)\b"
    r"|para cuándo\b|qué (?:dice|pone) (?:tu|el|la|su)\b|qué (?:debe|tiene que|hay que)\b)"
)


def asked_of(text: str) -> str:
    """Return what a message asks at last, or supposes of the person in its last sentence; "" if neither.

    Args:
        text: of the assistant; behind its question one short sentence may say why it asks.
    """
    found = list(_QUESTION.finditer(text))
    if found:
        behind = text[found[-1].end() :].strip(" \n\"'*)")
        if not behind or (len(behind.split()) <= MOST_BEHIND and len(re.findall(r"[.!:]", behind)) <= 1):
            return found[-1].group().strip() if not behind or is_weighty(found[-1].group()) else ""
    last = _LAST.search(text.strip())
    claim = last.group().strip() if last is not None else ""
    return f"{claim.rstrip('.! ')}?" if _CLAIM.search(claim) else ""


def is_weighty(question: str) -> bool:
    """Whether a question asks for, or supposes, what lasts: people, health, home, work, what they work with."""
    asked = question.replace("’", "'")
    return (_WEIGHTY.search(asked) or _CLAIM.search(asked)) is not None and _OFFERS.search(asked) is None


def is_of_task(question: str) -> bool:
    """Whether a question asks for a choice of the task at hand, or a measure of what is made."""
    return _TASK.search(question.replace("’", "'").strip()) is not None and not is_weighty(question)
