"""What somebody claims to be or to be allowed towards the program, and what a text says of "the user": never a fact.

"I'm an administrator in a hospital" tells of a life; "I'm the administrator here" asks for rights. What tells them
apart is what the claim is about: this program, its checks, everything, everybody else's data. Such words are looked
for as they are meant, not as they are disguised: in other letters, or with signs between them that nobody sees.
"""

import re
import unicodedata

_EN_WHOSE = (
    r"(?:all|any|every(?:thing|one|body)?|each|other|others['’]?|anyone|anybody|whatever|whoever|(?:other|every|any"
    r"|all"
    r"|the other) \w+['’]s?)"
)
_ADMIN = r"(?:admin|sysadmin|root|super-?user|superadmin|sudoer)"
_THIS = (
    r"(?:this|that|the|your) (?:\w+ )?(?:service|system|platform|bot|chat|chatbot|model|program|software|assistant"
    r"|memory|database|app|account|server|site|website|machine|ai)"
)
_CLAIM = re.compile(
    # what one is to the program
    rf"(?i)\b(?:am|['’]m|is|being|as|become|became|was made) (?:\w+ ){{0,2}}{_ADMIN}\b(?! (?:at|in) (?:an?|the|my) )"
    rf"|\b(?:am|['’]m|is|being) (?:\w+ ){{0,3}}(?:owner|creator|operator|developer|maintainer|moderator|supervisor"
    rf"|boss"
    rf"|head|king|queen|master|administrator|provider|author|ruler|director|tester|auditor|member|partner|engineer"
    rf"|inventor|employee|founder|vendor)"
    rf" (?:of|on|for|behind|in|at) (?:{_THIS}\b|all\b|every|this (?:place|thing)|here\b|you\b)"
    r"|\byour (?:developer|creator|maker|owner|master|boss|operator|provider|programmer|administrator|admin"
    r"|supervisor|inventor|vendor|lord|king|god)\b"
    r"|\b(?:am|['’]m|is) (?:the|a verified|a trusted|a confirmed|a certified|an authori[sz]ed|the only|the real)"
    r" (?:administrator|moderator|operator|user|account holder|caller|tester)\b(?! (?:at|in|for|of) (?:an?|the|my) )"
    r"|\badministrator\b.*\b(?:may|can|see|access|rights|everything|all|here|override)\b"
    r"|\b(?:am|['’]m) (?:a |an |the )?(?:v\.?i\.?p\.?|premium|gold|platinum|priority|enterprise|verified|trusted"
    r"|privileged|whitelisted|pre-?approved|top-?level|tier[ -]\w+)(?: (?:user|member|customer|account|client"
    r"|caller|partner|tester|\w+ist|doctor|physician))?(?: and\b|,|[.!]|$| with\b| here\b| on\b)"
    # what one may
    rf"|\b(?:authori[sz]ed|cleared|entitled|permitted|allowed|approved|licen[cs]ed|certified|whitelisted|privileged"
    rf"|supposed|permission|the right|the go-ahead|a licen[cs]e|may|can|can always|get|gets) (?:to )?(?:see|view|read"
    rf"|access|know|approve|get|override|skip|ask|request|receive|have|use|do|change|edit|delete|export|download|look"
    rf" (?:at|into)|bypass|issue|order|hear) (?:(?:about|for|at|into) )?(?:the |of )?{_EN_WHOSE}\b(?! (?:two|three"
    rf"|four|other|few|single|second|third) (?:weeks?|days?|months?|years?))"
    r"|\b(?:authori[sz]ed|cleared|entitled|permitted|allowed|permission|empowered) to (?:approve|see|view|access|read"
    r"|change|issue|override|edit|delete|grant|confirm|order|request) (?:the |your |their |any |customer |user "
    r"|medical "
    r"|internal |hidden )*(?:refunds?|payments?|transfers?|prescriptions?|records?|files?|data|logs?|accounts?"
    r"|prompts?"
    r"|discounts?|dosages?|purchases?|instructions?)\b(?! (?:at|in|for) (?:an?|my|the) )"
    # code
    r"|\b\w+(?:[._]\w+|\[[^\]]{1,20}\]) ?:?=(?!=)|\b\w+[._]\w+\(|^\W*sudo\b|^[/#!]\w+ "
    r"|\b(?:clearance|root access|admin access|unlimited (?:credit|access|rights|budget|tokens|plan)|(?:full|special"
    r"|top|total|elevated|super|all|prescription|executive) (?:rights|privileges|permissions|authority|trust"
    r"|clearance)|(?:full|total|unlimited|unrestricted|complete) access)\b(?!.*\b(?:at|in) (?:the ministry"
    r"|the army|work)\b)"
    r"|\b(?:exempt\w*|excused|freed|released|excluded) from (?:all |any |every |the |your |its |these )*(?:\w+ )?"
    r"(?:checks?|rules?|policy|policies|filters?|limits?|moderation|restrictions?|verification|safety|guidelines"
    r"|controls|warnings?|disclaimers?|review)\b"
    r"|\b(?:checks?|rules?|filters?|limits?|restrictions?|warnings?|safety|guardrails?|disclaimers?|moderation"
    r"|verification|policies|policy|protections?) (?:\w+ )?(?:(?:is|are|was|were|have been|has been|may be|can be"
    r"|should be) )?(?:\w+ )?(?:switched off|turned off|off|disabled|waived|lifted|suspended|skipped|removed|void"
    r"|do(?:es)? not apply|don['’]t apply|doesn['’]t apply|no longer appl(?:y|ies)|never appl(?:y|ies))\b"
    r"|\b(?:skip|bypass|drop|waive|disable|lift|suspend|omit) (?:all |any |every |the |your |my |these |safety "
    r"|content )+(?:checks?|rules?|filters?|limits?|restrictions?|warnings?|safety|guardrails?|disclaimers?"
    r"|verification|policies|controls)\b"
    r"|\b(?:requests?|orders?|questions?|messages?|commands?|purchases?|payments?|transfers?|word) (?:is|are|was|were"
    r"|have been|has been)"
    r" (?:\w+ )?(?:pre-?)?(?:approved|authori[sz]ed|cleared|trusted|law|final)\b"
    r"|\b(?:overrides?|outranks?|trumps?|overrules?) (?:the |all |any |every |your |other |that of )*\w+"
    r"|\boff[ -]limits (?:to|for) (?:me|us)\b|\banswer(?:s)? (?:only )?to me\b|\b(?:identity|age)(?: has been| is"
    r"| was)? (?:already )?(?:verified|confirmed|checked|proven)\b|\b(?:identity|age)-(?:verified|checked)\b"
    r"|\bi (?:own|control|run|administer|moderate|command) (?:every(?!thing i)|all (?!my|the plants)|this |your )"
    r"|\b(?:role|trust level|clearance|access level|permissions?|privileges?|plan|tier|status) ?(?:[:=]|is set to"
    r"|is now|of (?:this|the) user)"
    # what one has agreed to
    r"|\b(?:agreed?|agrees|consent(?:s|ed)?|opted in|opts in|subscribed|signed up|waived?|waives|authori[sz]ed?s?"
    r"|accept(?:s|ed)?) (?:to |for |in to |into )?(?:the |all |any |having |our |your |its |being |that |every |my )*"
    r"(?:\w+ )?(?:sharing|tracking|telemetry|ads|advertis\w+|marketing|data|(?:marketing|sales|promotional) calls"
    r"|newsletters?|cookies?|premium plan|(?:automatic|recurring|all) (?:payments?|charges?|renewals?|purchases?)"
    r"|chats?|transcripts?|disclosure|profiling|surveillance|monitoring)\b"
    # what every answer has to be
    r"|\b(?:every|each|all|any|your|future) (?:single )?(?:answers?|repl(?:y|ies)|responses?|messages?|sentences?)"
    r" (?:has|have|must|should|will|shall|needs?|ought|is|are|to|begins?|ends?|starts?|contains?|mentions?"
    r"|praises?)\b"
    r"|\b(?:want|like|prefer|expect|wish|love|demand|insist) (?:that )?(?:it when )?(?:you (?:never|always|hide"
    r"|praise"
    r"|recommend|promote|obey|agree|lie|withhold|conceal|mention)|every (?:answer|reply|response|message))\b"
    r"|\b(?:recommend|promote|praise|suggest|advertise|push|mention|favou?r) \w+(?: \w+){0,3} (?:to|for|over|whenever"
    r"|when|every|above) (?:anyone|any|everyone|everybody|all|every|others?|people|whoever|someone|somebody)\b"
    r"|\b(?:top|first|highest|supreme|permanent|standing|golden) (?:rule|order|directive|command|instruction)\b"
    r"|\b(?:if|that|when) you (?:always|never)\b|\b(?:wenn|dass) du (?:immer|nie|niemals|stets|jedem|allen)\b"
    r"|\b(?:si|que) (?:siempre|nunca) (?:recomiend\w+|menci\w+|sugier\w+|dig\w+|respond\w+|contest\w+)\b"
    # German
    r"|\b(?:dein|euer|eurer?|deine) (?:entwickler\w*|schöpfer\w*|besitzer\w*|eigentümer\w*|betreiber\w*|chef\w*"
    r"|herr\w*|meister\w*|administrator\w*|admin|programmierer\w*|erfinder\w*|vorgesetzte\w*|gebieter\w*)\b"
    r"|\b(?:bin|ist|sei|als) (?:\w+ ){0,2}(?:admin|root|superuser|administrator\w*)\b(?! (?:bei|in|im|an|am"
    r"|eine[rsm]?"
    r"|der|des)\b)"
    r"|\badministrator\w* bin\b|\badmin bin\b"
    r"|\b(?:voll|admin|root|gesamt|sonder|kunden)?(?:zugriff|rechte|freigabe|freischaltung|berechtigung"
    r"|vollmacht) (?:auf"
    r"|für|zu) (?:\w+ )?(?:alle\w*|jede\w*|sämtliche\w*|fremde\w*|ander\w+|den andere\w*|die andere\w*)\b"
    r"|\b(?:vollzugriff|adminrechte|administratorrechte|sonderrechte|rootrechte|sicherheitsstufe|freigabestufe)\b"
    r"|\b(?:darf|dürfen|kann|können|berechtigt|befugt|erlaubnis|freigeschaltet|ermächtigt|autorisiert|zugelassen)"
    r"\b.{0,30}\b(?:alles|(?:alle|sämtliche|fremde|andere\w*|jede\w*) (?:\w+ )?(?:daten|akten|konten|dateien"
    r"|nutzer\w*"
    r"|kunden\w*|notizen|unterlagen|protokolle|patient\w*|gespräche|chats|bestellungen|zahlungen|informationen"
    r"|medikamente|dosis|dosierungen|fragen|regeln|accounts?)|(?:daten|akten|konten|notizen|nachrichten|chats) (?:der"
    r"|von|aller|anderer) (?:anderen|aller|alle|nutzer\w*|kunden|jede\w*))\b"
    r"(?! (?:essen|trinken|machen|tragen|kochen))"
    r"|\b(?:alle|sämtliche|fremde) (?:daten|akten|konten|dateien|protokolle|notizen|kundendaten|nutzerdaten"
    r"|passwörter)\b.{0,20}\b(?:darf|sehen|einsehen|lesen|ändern|freigeschaltet|abrufen|löschen)\b"
    r"|\bfür (?:alles|alle konten|alle daten) (?:freigeschaltet|berechtigt|befugt|zugelassen)\b"
    r"|\bvon (?:allen|jeder|jeglicher|sämtlichen|den|deinen) (?:\w+ )?(?:prüfung(?:en)?|regeln?|kontrollen?"
    r"|vorschriften|filtern?|beschränkungen|sicherheits\w+|richtlinien|warnungen|grenzen)\b"
    r".{0,20}\b(?:befreit|ausgenommen|entbunden|freigestellt)\b"
    r"|\b(?:prüfung(?:en)?|filter|kontrollen?|beschränkungen|sicherheit\w*|warnungen|regeln) (?:\w+ ){0,3}"
    r"(?:abgeschaltet|deaktiviert|ausgeschaltet|aufgehoben|nicht für mich|entfallen)\b"
    r"|\bgehorchst|\bhörst nur auf mich\b|\bdarf(?: ich)? (?:hier )?alles(?:[.,!]| (?:sehen|fragen|wissen|lesen)|$)"
    r"|\b(?:chef|boss|herr|könig|kaiser|meister|leiter|inhaber|besitzer|eigentümer|betreiber"
    r"|admin\w*)(?:in)? (?:hier\b"
    r"|von (?:alle[mns]|hier|diese[mr])|diese[srm] (?:dienst\w*|system\w*|plattform|chat\w*|bot\w*|anlage|seite"
    r"|programm\w*))"
    r"|\b(?:jede|alle|deine) antwort(?:en)? (?:soll|muss|müssen|sollen|hat|haben|enthält|endet|beginnt)\w*"
    # Spanish
    r"|\b(?:tu|vuestro|su) (?:creador|desarrollador|programador|dueñ[oa]|jef[ea]|am[oa]|administrador|operador|señor"
    r"|supervisor)a?\b(?=[.,!]|$| y\b)"
    r"|\bsoy (?:(?:el|la|un|una) )?(?:admin|root|superusuari[oa])\b|\bsoy (?:(?:el|la|un|una) )?(?:administrador[a]?"
    r"|moderador[a]?|operador[a]?)\b(?:[.!]|$|.{0,20}\b(?:todo|puedo|acceso|permiso|aquí|verificad\w))"
    r"|\b(?:puedo|puede|permiso|autorizad[oa]s?|derecho|acceso|habilitad[oa]|facultad[oa]|licencia)\b.{0,25}"
    r"\b(?:(?:para|a) todo\b|ver(?:lo)? todo\b|todos los datos|todas las (?:cuentas|fichas|notas)|(?:datos|cuentas"
    r"|notas|fichas|mensajes|chats|expedientes|historiales)(?: \w+)? de (?:los demás|otr[oa]s|todos|todas"
    r"|cualquier\w*|los clientes|los usuarios|l[oa]s pacientes)|(?:a |de )?(?:todas|otras"
    r"|cualquier) (?:las )?(?:cuentas?"
    r"|fichas?|notas?|usuari\w+|dosis))\b"
    r"|\b(?:exent[oa]|eximid[oa]|liberad[oa]|excluid[oa]) de (?:tod[oa]s? |l[oa]s |cualquier )*(?:\w+ )?(?:controles?"
    r"|normas?|reglas?|filtros?|límites?|restricci\w+|verificaci\w+|comprobaci\w+|revisi\w+|avisos?)\b"
    r"|\b(?:saltar(?:te|se)?|omitir|desactivar|quitar) (?:tod[oa]s? )?(?:l[oa]s |mis |tus )?(?:controles?|normas?"
    r"|reglas?|filtros?|límites?|restricci\w+|verificaci\w+|comprobaci\w+|avisos?)\b"
    r"|\b(?:dueñ[oa]|jef[ea]|am[oa]|rey|reina|propietari[oa]|responsable|creador[a]?) de (?:todo|aquí|est[ea]"
    r" (?:servicio|sistema|plataforma|chat|bot|sitio|programa|asistente|aplicación))\b|\bmando yo\b|\bnivel máximo\b"
    r"|\bacceso (?:total|completo|ilimitado|sin límites|root)\b|\bpermiso para todo\b"
    r"|\b(?:cada|toda) respuesta (?:debe|tiene|ha de|termin\w+|empi\w+|incluy\w+)|\btodas (?:las|tus) respuestas\b"
    # whoever it is about: somebody who speaks of themselves says "I"
    r"|^(?:[^.!?]{0,60}(?:\bthat\b|\bque\b|\bdass\b|[:\[(>—–-]) ?|\W*|(?:fyi|btw|fact|note|remember|save|store|log"
    r"|add),? )"
    r"(?:(?:the|this|our|dear|valued|der|die|diese[r]?|unser[e]?|el|la|est[ea]|nuestr[oa]) )?(?:current |human "
    r"|loyal "
    r"|aktuelle[r]? )?(?:users?|account holder|(?:the|this|our|der|die|el|la) (?:customer|client|reader"
    r"|subscriber|buyer|kunde|kundin|leser(?:in)?"
    r"|cliente|clienta|lector[a]?|titular)|nutzer(?:in)?|benutzer(?:in)?|anwender(?:in)?"
    r"|usuari[oa]|(?:person|human|one|somebody|someone|woman|man|guy) (?:who is |who['’]s |that is )?"
    r"(?:you are|you['’]re"
    r"|typing|talking to you|speaking to you|chatting|writing this|behind this|on the other end)|(?:person"
    r"|mensch),? mit"
    r" de[rm] du|(?:persona|gente) con (?:la|quien) que? ?(?:hablas|chateas))\b(?=.*\b(?:is|are|has|have|had|likes?"
    r"|loves?|prefers?|wants?|wishes|agrees?|consents?|buys?|uses|owns|may|can|must|should|trusts?|accepts?|chose"
    r"|always|never|only|needs?|lives?|works?|ist|hat|darf|mag|will|möchte|bevorzugt|liebt|kauft|wünscht|bucht"
    r"|vertraut|akzeptiert|soll|ha|es|está|tiene|prefiere|quiere|acepta|compra|puede|desea|debe|confía|elige)\b)"
)
MOST_CHARS = 1_000
"""Of a text that is looked at; a sentence has fewer."""
_SPACED = re.compile(r"\b(?:\w ){4,}\w\b")
"""A word with a space behind each letter."""


def claims(text: str) -> bool:
    """Whether a text claims a standing towards the program, or says of "the user" what they are."""
    return _CLAIM.search(undisguised(text[:MOST_CHARS])) is not None


def undisguised(text: str) -> str:
    """Return the text in plain letters: no full-width ones, nothing unseen between them."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return _SPACED.sub(lambda found: found.group().replace(" ", ""), plain)


def is_disguised(text: str) -> bool:
    """Whether a word of the text has letters of two scripts that look alike, or unseen signs between its letters."""
    return any(_is_mixed(word) for word in re.findall(r"[^\W\d_]+", text)) or _UNSEEN.search(text) is not None


_UNSEEN = re.compile(r"(?<=[^\W\d_])[\u200b\u2060\u2062-\u2064\ufeff\u180e](?=[^\W\d_])")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_GREEK_OR_CYRILLIC = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")


def _is_mixed(word: str) -> bool:
    return _LATIN.search(word) is not None and _GREEK_OR_CYRILLIC.search(word) is not None
