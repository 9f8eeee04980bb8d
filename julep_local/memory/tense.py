"""Whether a clause tells of what is past or of what is to come, by its words: it decides which Friday is meant."""

import re

_CLAUSE = re.compile(
    r"\b(?:that|who|which|because|so|but|que(?! viene)|porque|pero|dass|weil|aber|denn) |(?:[;:!?]|(?<!\d)\.) "
    r"|, (?:and|und|y) (?:i|she|he|they|we|ich|er|sie|wir)\b"
)
_AHEAD = re.compile(
    r"\b(?:will|'ll|starting|beginning|going to|gonna|planning|plan to|next|due|booked in"
    r"|scheduled|rescheduled|supposed to"
    r"|(?:am|i'm|we're|is|are|she's|he's) (?!called|named|based)(?:\w+ ){0,2}\w+ing"
    r"|(?:meeting|appointment|exam|hearing|surgery|op|viva|flight|wedding|deadline|interview|party|trip"
    r"|it)(?:'s)?(?: \w+){0,2} (?:moved|pushed|postponed)"
    r"|(?:is|are|'s) (?:on|in|at|due)"
    r"|werde|wird|werden|möchte|will|wollen|nächste[nrsm]?|kommende[nrsm]?|verschoben|verlegt|bewilligt"
    r"|voy a|vas? a|vamos a|van a|será|próxim\w*|\w+ar(?:é|á|án|emos)|\w+[ei]r(?:é|á|án|emos)|aplazad\w*)\b"
)
_AUXILIARY = r"(?:hab|habe|hast|hat|haben|bin|ist|sind)"
_PARTICIPLE = (
    r"(?<!zu )(?:(?!gegen|gern\w*|gesicht|gespräch\w*|genug)[a-zäöü]{0,8}ge[a-zäöüß]{2,}(?:t|en)"
    r"|(?:ver|be|er|ent|zer|miss|über|unter)[a-zäöüß]{3,}(?:t|en)|\w+iert)"
)
_PAST = re.compile(
    rf"\b{_AUXILIARY}\b.*\b{_PARTICIPLE}\b|\b{_PARTICIPLE} {_AUXILIARY}\b"
    r"|\b(?:was|were|had|did|went|(?<!have )(?<!'ve )(?<!has )(?<!haven't )got|bought"
    r"|met|won|lost|broke|left|quit|ran|came|gave|took|told|said|saw|fell|found"
    r"|felt|flew|drove|held|kept|made|paid|sold|sent|spent|taught|woke|wrote|began|became|chose|bit|built|caught|heard"
    r"|hid|stole|swam|tore|threw|grew|drank|ate|spoke|stood|slept|rode"
    r"|(?:they|she|he) (?:put|cut|let|set|hit|shut|hurt)"
    r"|(?!need|feed|speed|exceed|breed|indeed)\w{2,}ed"
    r"|hatten?|war|waren|wurden?|kam(?:en)?|ging(?:en)?|starb(?:en)?|musste|durfte|konnte|wollte|bekam(?:en)?|fiel"
    r"|zog(?:en)?|fuhr(?:en)?|flog(?:en)?|traf(?:en)?|fand(?:en)?|verlor(?:en)?|gewann(?:en)?|brach|machten?|kauften?"
    r"|heirateten?|begann(?:en)?|gab"
    r"|(?!café|bebé|josé|porqué)\w{2,}[éó]|(?!aquí|así|ahí|allí)\w{2,}í|\w+(?:aron|ieron|amos ayer)|fui|fue|fueron"
    r"|fuimos|hice|hizo|hicimos|tuve|tuvo|tuvimos|estuve|estuvo|di|dio|vi|vio|puse|puso|pusieron|vine|vino|pude|pudo"
    r"|dije|dijo|(?:he|ha|han|hemos) (?:\w+[ai]do|hecho|visto|puesto|muerto|roto)|era|había|estaba)\b"
)
_QUE = re.compile(r"(?<![a-z])qué(?!\w)")


def clause(plain: str, at: int) -> str:
    """Return the part of a sentence that this place belongs to: "she told me that she marries in May"."""
    begins = max((match.end() for match in _CLAUSE.finditer(plain) if match.end() <= at), default=0)
    ends = min((match.start() for match in _CLAUSE.finditer(plain) if match.start() > at), default=len(plain))
    return plain[begins:ends]


def is_past(part: str) -> bool:
    """Whether this clause, in small letters, tells of what is over: what does not say so is to come."""
    part = _QUE.sub("que", part)
    return _PAST.search(part) is not None and _AHEAD.search(part) is None
