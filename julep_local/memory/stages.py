"""What comes after what: whoever was expecting has a child, what was broken has healed, a test is passed or failed.

A memory of the stage before ends, though the sentence that tells of the next one does not say so. The tables are of
three languages at once: such words stand for themselves. Nothing here reads memories or knows whose they are.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """What ends what."""

    before: re.Pattern[str]
    """Of a memory, in small letters."""
    after: re.Pattern[str]
    """Of a statement, in small letters."""
    alike: bool = False
    """Only if the two share a telling word."""

    @property
    def words(self) -> list[str]:
        """The words by which memories of the stage before are found, where none is shared."""
        return [] if self.alike else _WORD.findall(self.before.pattern)


_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{4,}")


def _stage(before: str, after: str, **values: bool) -> Stage:
    return Stage(re.compile(rf"\b(?:{before})\b"), re.compile(rf"\b(?:{after})\b"), **values)


_EXAM = (
    r"(?:\w+ )?(?:test|exam|exams|viva|audition|interview|resit|retake|\w*prüfung|\w*klausur|führerschein|examen"
    r"|oposici\w+"
    r"|práctico|teórico)"
)
STAGES = (
    _stage(
        r"pregnant|(?:are you|i'm|we're) due|due date|expecting (?:a|our|twins)|having a (?:baby|girl|boy)|(?:baby"
        r"|twins) (?:is|are) due|schwanger"
        r"|(?:erwarte|erwarten|bekomme|bekommen|kriegen) (?:\w+ )?(?:ein|unser) (?:baby|kind|mädchen|junge\w*)"
        r"|embarazada"
        r"|espero (?:un|una|mellizos|gemelos)|esperamos (?:un|una|mellizos|gemelos)",
        r"gave birth|(?:was|were) born|had (?:the|our|a) (?:baby|little \w+)|(?:our|my) (?:baby|son|daughter"
        r"|little \w+|twins"
        r"|girl|boy) (?:is|are) here|miscarr\w+|geboren|auf der welt|entbunden|nació|nacieron|(?:di|dio) a luz"
        r"|tuve (?:al|a la|un|una) (?:bebé|niñ[oa])",
    ),
    _stage(
        r"engaged|(?:getting|get) married|marry|marrying|(?:my|our|the) wedding|fiancée?|verlobt\w*|(?:meine|unsere"
        r"|die) hochzeit"
        r"|heirate|heiraten|comprometid[oa]s?|nos casamos|me caso|(?:mi|nuestra|la) boda",
        r"got married|(?:i|we)(?:'re| are|'m| am) (?:now |finally )?married|tied the knot|(?:haben"
        r"|hab) (?:\w+ ){0,4}geheiratet"
        r"|(?:sind|bin) (?:jetzt |nun |endlich )?verheiratet|nos (?:hemos )?casa(?:do|mos (?:ayer|el \w+ pasado"
        r"|por fin))|me casé"
        r"|estamos casad[oa]s",
    ),
    _stage(
        r"(?:i'm|i am|we're|we are) (?:\w+ )?(?:engaged|married|dating|together|getting married)|(?:have"
        r"|got) an? (?:\w+ )?"
        r"(?:boyfriend|girlfriend)|(?:bin|sind) (?:\w+ )?(?:verlobt|verheiratet|zusammen)|(?:estoy|estamos) (?:\w+ )?"
        r"(?:comprometid|casad)[oa]s?|tengo novi[oa]",
        r"broke up|broken up|split up|(?:have|are|we|we've|got|i|i've) (?:\w+ )?(?:separated|divorced)"
        r"|called off (?:the|our) \w+"
        r"|getrennt|schluss gemacht|geschieden|terminamos|rompimos|cortamos|nos (?:hemos )?separa\w+"
        r"|nos (?:hemos )?divorcia\w+"
        r"|lo (?:hemos dejado|dejamos)",
    ),
    _stage(
        r"foster|fostering|pflegehund|pflegekatze|in pflege|(?:en |de )acogida|en tránsito",
        r"adopted|ours now|adoption papers|foster fail|adoptiert|adopta(?:mos|do)|adopté",
    ),
    _stage(
        r"in (?:plaster|a cast|a boot|a sling)|on crutches|broke|broken|sprained|twisted|torn|tore|fractured|pulled"
        r"|strained"
        r"|stitches|gips|krücken|gebrochen|verstaucht|gerissen|gezerrt|escayolad[oa]|yeso|muletas|rot[oa]|esguince"
        r"|rompí|torcí"
        r"|fractur\w+",
        r"healed|(?:plaster|cast|boot|sling|stitches|crutches)(?:'s| is| are| came| come)? (?:off|out|gone)"
        r"|fully recovered"
        r"|verheilt|ausgeheilt|(?:gips|schiene|krücken) (?:\w+ )?(?:ab|weg|runter|los)|wieder (?:heil|gesund)"
        r"|quit\w+ (?:el yeso|la escayola|los puntos|las muletas)|(?:curad|recuperad)[oa]|sanó|soldó",
        alike=True,
    ),
    _stage(
        rf"(?:{_EXAM})",
        r"passed|failed|aced|flunked|bestanden|durchgefallen|durchgerasselt|aprob(?:é|ado)|suspend(?:í|ido)|reprobé",
        alike=True,
    ),
    _stage(
        r"learning to drive|driving lessons|fahrschule|fahrstunden|führerschein (?:mache|machen)"
        r"|mache (?:\w+ )?führerschein"
        r"|aprendiendo a (?:conducir|manejar)|sacando el carnet|autoescuela|no licen[cs]e|don't have (?:a"
        r"|my) licen[cs]e",
        r"passed my (?:driving )?test|got my (?:driving )?licen[cs]e|(?:führerschein"
        r"|fahrprüfung) (?:\w+ )?(?:bestanden|geschafft)"
        r"|(?:hab|habe) (?:jetzt )?(?:den |meinen )?führerschein|aprob\w+ (?:el|ayer el) (?:carnet|práctico"
        r"|examen de \w+)"
        r"|(?:ya )?tengo (?:ya )?(?:el carnet|la licencia)",
    ),
    _stage(
        r"lost|stolen|missing|nicked|pinched|verloren|gestohlen|geklaut|weg|verschwunden|entlaufen|perdí|perdido"
        r"|perdió|robaron"
        r"|robad[oa]|desapareci\w+",
        r"found|turned up|back (?:again|home)|got (?:it|him|her|them) back|wieder da|gefunden|aufgetaucht|zurück"
        r"|encontr\w+"
        r"|apareci\w+|recuper\w+",
        alike=True,
    ),
    _stage(
        r"looking for|applied for|applying for|hunting for|waiting list|house[- ]hunting|suche|suchen|bewerbe"
        r"|beworben|warteliste"
        r"|busco|buscando|buscamos|solicité|lista de espera",
        r"found|signed|accepted|got (?:the|a|an|it|in)|gefunden|bekommen|unterschrieben|gekriegt|zusage|encontr\w+"
        r"|conseguí\w*"
        r"|firm(?:é|amos|ado)|me (?:lo |la )?(?:dieron|han dado)",
        alike=True,
    ),
    _stage(
        r"smok(?:e|ing)|rauche?|fumo|fumando|vape|dampfe",
        r"smoke[- ]free|rauchfrei|(?:quit|stopped|given up|gave up) (?:smoking|vaping)|nichtraucher\w*"
        r"|(?:mit dem )?rauchen "
        r"(?:\w+ ){0,2}aufgehört|dej\w+ de fumar|dejado (?:de fumar|el tabaco)",
    ),
    _stage(
        r"(?:on|in) (?:furlough|maternity leave|parental leave|sick leave)|off sick|elternzeit|krankgeschrieben|de baja"
        r"|unemployed|out of work|between jobs|arbeitslos|desemplead[oa]|en (?:el )?paro",
        r"back (?:at|to) work|went back to work|arbeite (?:\w+ )?wieder|wieder (?:arbeiten|im dienst)"
        r"|volví a(?:l trabajo| trabajar)"
        r"|(?:started|start) (?:work|a new job|as|at)|(?:neue|fange) (?:\w+ )?(?:stelle|an)|empecé a trabajar",
    ),
    _stage(
        r"(?:daughter|son|kid|boy|girl|child|tochter|sohn|kind|hij[oa]|niñ[oa])\b.*\b(?:nursery|kindergarten"
        r"|preschool|kita|kínder"
        r"|guardería|jardín)",
        r"start(?:s|ed)? (?:at )?(?:primary |big )?school|eingeschult|in der ersten klasse|(?:entra|entró|empieza"
        r"|empezó) (?:a|en) la "
        r"primaria|(?:empieza|empezó) (?:el cole|primaria)|first grade",
    ),
)  # fmt: skip
_NOT_YET = re.compile(
    r"\b(?:not|never|nicht|kein\w*|nie|no|nunca|almost|nearly|fast|casi|if|wenn|hope|hoffe\w*|want|would|until|bis"
    r"|ojalá)\b|n't\b"
)
_AGAIN = re.compile(r"\b(?:again|back (?:on|to|at)|wieder|otra vez|de nuevo|volv(?:í|imos|ió) a)\b")


def next_stages(plain: str) -> list[Stage]:
    """Return the stages that a statement, in small letters, says have come: not "I haven't found it"."""
    return [] if _NOT_YET.search(plain) else [stage for stage in STAGES if stage.after.search(plain)]


def is_again(plain: str) -> bool:
    """Whether a statement says that what had ended goes on."""
    return _AGAIN.search(plain) is not None
