"""Figures of speech and suppositions: what people say of themselves and do not mean.

"I live on coffee", "I'm allergic to Mondays" and "say I earn 60k" have the form of facts. They are told apart by what
cannot be: hours that no day has, roles that nobody has, places where nobody lives, love of a thing, a feeling of one.
It knows the words, and nothing of what is kept.
"""

import re

from julep_local.memory.language import Language

_ENGLISH_PEOPLE = (
    r"(?:mom|mum|mother|dad|father|wife|husband|partner|girlfriend|boyfriend|ex\b|son|daughter|child|brother|sister"
    r"|cousin|friend|neighbou?r|boss|colleague|coworker|teacher|doctor|sweetheart|love\b|crush|man\b|woman|guy|girl"
    r"|person|soul ?mate|fianc|other half)"
)
_GERMAN_PEOPLE = (
    r"(?:mama|mutter|papa|vater|frau|mann\b|partner|freund|sohn|tochter|kind|bruder|schwester|cousin|nachbar|chef"
    r"|kolleg|lehrer|arzt|ärztin|jugendliebe|liebe\b|mensch|typ\b|traummann|traumfrau|große liebe|verlobt)"
)
_SPANISH_PEOPLE = (
    r"(?:mujer|marido|espos[oa]|pareja|novi[oa]|ex\b|hij[oa]|herman[oa]|prim[oa]|amig[oa]|vecin[oa]|jef[ea]"
    r"|compañer[oa]|profesor|médic[oa]|hombre|chic[oa]|persona|amor|prometid[oa])"
)
_MANY_HOURS = r"(?:2[5-9]|[3-9]\d|\d{3,})"

_FIGURES = {
    "en": re.compile(
        # numbers that cannot be
        rf"\b{_MANY_HOURS} hours (?:a|per) day\b|\b(?:[89]|\d\d+) days (?:a|per) week\b"
        r"|\b(?:million|billion|gazillion|zillion|thousand|hundred)s? (?:times|(?:of )?years|things)\b"
        r"|\baged (?:\w+ )?(?:years|decades)\b|\b\d+ ?(?:percent|%) (?:caffeine|coffee|tea|sugar|stress|chocolate"
        r"|cheese|anxiety|water)\b|\b(?:since|from) the (?:dinosaurs|ice age|stone age|middle ages|big bang"
        r"|beginning of time|dawn of|dark ages|romans)\b|\bof the (?:century|millennium|universe)\b"
        r"|\b(?:own|have|inherited) (?:half|all|most) of (?!my|our|the (?:house|flat|company|business|shares))\w+"
        # who nobody is
        r"|\bi(?:'m| am|'ve become| have become)(?: now| just| basically| practically| officially| clearly| apparently"
        r"| really| actually| obviously| also| still| turning into)* (?:(?:an?|the|your|some|one) )?(?:\w+ ){0,2}?"
        r"(?:ghost|zombie|vampire|werewolf|wizard|witch|sorcerer|pirate|king|queen|prince|princess|emperor|god"
        r"|goddess|deity|caveman|superhero|superman|batman|spider-?man|wonder woman|einstein|napoleon"
        r"|shakespeare|picasso|sherlock|cinderella|dracula|gandhi|mother teresa|villain|overlord|mastermind|dragon"
        r"|unicorn|goblin|gremlin|troll|alien|robot|cyborg|vegetable|potato|sloth|slug|snail|goldfish|dinosaur"
        r"|fossil|mummy|skeleton|corpse|sponge|puddle|doormat|walking \w+|human \w+|millionaire|billionaire"
        r"|trillionaire|rockstar|rock star|supermodel|ninja|guru|magician|fortune teller|mind reader|the law)\b"
        r"(?! (?:fan|collector|costume|expert|by trade|nurse|on stage|for children))"
        r"|\b(?:king|queen|master|mistress|champion|god|goddess|lord|emperor) of (?!ceremon|scien|arts|education"
        r"|business|law|public|fine|engineer|social|philosoph|music)\w+"
        r"|\bin (?:human|disguise|a human|another) (?:form|body|skin|life)\b"
        r"|^(?:my|our|the) (?:\w+ )?(?:cat|dog|kitten|puppy|hamster|parrot|rabbit|horse|toddler|baby)"
        r"(?: is| thinks (?:he|she|it)(?:'s| is))(?: basically| clearly| actually| really| obviously| also| now)*"
        r" (?:my|an?|the) (?:\w+ )?(?:lawyer|landlord|landlady|boss|manager|therapist|doctor|alarm clock|king|queen"
        r"|tyrant|dictator|psychopath|monster|supervisor|accountant|secretary|ceo|dj|chef|critic|mastermind|diva"
        r"|drama queen|terrorist|gremlin|mafia\w*|detective|professor|philosopher)\b"
        r"|^i(?:'m| am) (?:an? |the |one )(?:\w+ ){1,4}(?:now|today),? (?:i|my|look|having)\b"
        r"|^(?:today,? )?i(?:'m| am) (?:an?|the) [^,.:;]{2,40}: i\b"
        r"|^today i(?:'m| am) (?:an?|the) \w+"
        # where nobody lives, and on what
        r"|\b(?:mov(?:e|ed|ing)|emigrat\w+|relocat\w+|fly(?:ing)?|retir\w+|liv(?:e|ing)) (?:\w+ )?(?:to|on|in|under)"
        r" (?:mars\b|the moon\b|pluto\b|jupiter|venus\b|narnia|hogwarts|atlantis|mordor|outer space|space\b"
        r"|another (?:planet|galaxy)|a (?:rock|cave|bubble|dream|simulation|zoo|circus|madhouse)\b|denial\b|hope\b"
        r"|fear\b|chaos\b|my (?:own (?:world|head)|head|pyjamas|pajamas|inbox|kitchen|bed)\b|the (?:past|future"
        r"|office|gym|library|fridge|kitchen|bathroom|shower)\b)"
        r"|\b(?:live|living|survive|surviving|run|running) (?:purely |only |mostly |solely )*(?:on|off|from) (?:pure "
        r"|cold |black |too much |nothing but )*(?:coffee|caffeine|tea|sugar|air|love|spite|adrenaline|fumes|noodles"
        r"|pizza|toast|chocolate|crisps|chips|hope|energy drinks|snacks|takeaways?|ramen|memes|wine|stress"
        r"|deadlines|biscuits|cereal|anxiety|rage|vibes|sarcasm)\b"
        # what cannot be loved, feared or owed
        rf"|\b(?:married to|marry|marrying|divorcing|engaged to|in a (?:\w+ )?relationship with) (?:my|our|this|that)"
        rf" (?!(?:\w+[ -]){{0,3}}?{_ENGLISH_PEOPLE})\w+"
        r"|\ballergic to (?:\w+ )?(?:mondays?|mornings?|work\b|working|people|meetings?|rules|taxes|tax|housework"
        r"|chores|deadlines|effort|exercise|stupid\w*|nonsense|bullshit|mess|responsibilit\w+|commitment|small talk"
        r"|paperwork|cleaning|ironing|idiots?|drama|fun|joy|money|fools|homework|politicians|spreadsheets?|emails?"
        r"|early|getting up|winter|bad \w+|boredom|maths|authority|adulthood|adulting)\b"
        r"|\b(?:phd|degree|doctorate|diploma|master's|masters|bachelor's|black belt|world champion|expert"
        r"|gold medal|olympic medal|medal)s? (?:in|at) (?:procrast|lazi|sarc|napp|nap|overthink|worry|wast|losing"
        r"|forget|sleep|avoid|complain|snack|eating|scroll|doing nothing|mess|bad|burning|ruining|being|making"
        r"|ironing|parking|queu|small talk)\w*"
        r"|\bfluent (?:in )?(?:\w+ )?(?:sarcasm|swearing|nonsense|gibberish|movie quotes|bullshit|irony)\b"
        r"|\b(?:memory|brain|attention span|patience|reflexes|metabolism|bladder|social life|stamina) (?:of|like) an?\b"
        r"|\btwo left (?:feet|hands)\b|\b(?:two|ten) thumbs\b|\bthe \w+ of a (?:goldfish|sieve|toddler|hamster|sloth)\b"
        r"|^my (?:\w+ )?(?:wallet|liver|brain|bank account|knees|back|fridge|inbox|bed|sofa|couch|diet|phone|laptop"
        r"|code|oven|printer|scale|scales|plants?|houseplants?|garden|stomach|car|alarm clock|to-do list|hair)"
        r"(?: is| are|'s)?(?: just| basically| already| still| officially)* (?:hates?|loves?|crying|cries|judging"
        r"|laughing|screaming|begging|mush|plotting|mocking|sulking|filing for|dead to me|on strike|my enemy"
        r"|conspiring|out to get)\b"
        r"|\b(?:sold my soul|lost my (?:mind|marbles|will to live|faith in)|died (?:inside|laughing|of|a little"
        r")|dying (?:of|to|inside|here)|i(?:'m| am) dead\b|i(?:'ve| have) died|could eat a|kill for"
        r"|worth its weight|tight ship|spirit animal|born (?:ready|tired|yesterday|this way|lazy|hungry|old"
        r"|confused|late)|third arm|sleep when i'm dead|raised by wolves|evil (?:twin|one|plan|laugh)"
        r"|world domination|rule the world|plot twist|until i die of)\b"
        r"|^(?:oh|yeah|yes|ah|wow|well)[,!]? (?:sure|great|right|joy|wonderful|fantastic|brilliant|fabulous|perfect"
        r"|of course|fun)[,.!…]+ (?:i|my|we|because|just)\b"
        r"|\b(?:great|lovely|brilliant|fantastic|wonderful|perfect|fabulous),? (?:i've|i have) always (?:wanted|loved"
        r"|dreamed)\b|\bjust what i (?:needed|wanted|always wanted)\b|\bmy favou?rite (?:hobby|pastime|part of the day)"
        r" (?:is|:) (?:wait|queu|being|cleaning|getting|pay|fill|sitting in|scrubb|argu)\w*"
        r"|\b(?:love|adore|enjoy)s? (?:it when|being (?:\w+ )?(?:stuck|ignored|late|yelled|sick|broke|lied|told|woken"
        r"|left|kept|overlooked)|paying|queu\w+"
        r"|waiting (?:in|on|for)|standing in|filling (?:in|out)|sitting (?:in traffic|in a queue))\b"
    ),
    "de": re.compile(
        rf"\b{_MANY_HOURS} stunden (?:am|pro) tag\b|\b(?:[89]|\d\d+) tage (?:die|pro|in der) woche\b"
        r"|\b(?:tausend|hundert|million(?:en)?|milliarden)(?: ?mal| jahren?| sachen| dinge)\b"
        r"|\bseit (?:der )?(?:steinzeit|eiszeit|den dinosauriern|dinosauriern|dem mittelalter|adam und eva|dem urknall)\b"
        r"|\bdes (?:jahrhunderts|jahrtausends|universums)\b"
        r"|\b(?:ich bin|bin ich)(?: ja| halt| also| jetzt| heute| quasi| praktisch| offiziell| wohl| einfach| nur"
        r"| hier| echt| im grunde)* (?:(?:der|die|das|ein|eine|euer|so ein) )?(?:\w+ ){0,2}?"
        r"(?:gespenst|geist|zombie|vampir|werwolf|zauberer|hexe|pirat|könig|königin|prinz|prinzessin|kaiser|gott"
        r"|göttin|höhlenmensch|superheld|superheldin|superman|batman|spiderman|einstein|napoleon|goethe"
        r"|picasso|sherlock|aschenputtel|dracula|bösewicht|drache|einhorn|kobold|troll|alien|außerirdischer|roboter"
        r"|maschine|gemüse|kartoffel|faultier|schnecke|goldfisch|dinosaurier|fossil|mumie|skelett|leiche|wrack"
        r"|schwamm|fußabtreter|millionär|millionärin|milliardär|rockstar|supermodel|ninja|guru|hellseher|trottel"
        r"|idiot|held|heldin|genie)\b(?!\w)"
        r"|\b(?:könig|königin|meister|meisterin|weltmeister|gott|göttin|fürst) (?:der|des|im) \w+"
        r"|\bin (?:menschengestalt|verkleidung)\b"
        r"|^(?:mein|meine|unser|unsere) (?:\w+ )?(?:katze|kater|hund|hündin|hamster|papagei|kaninchen|pferd|baby) "
        r"(?:ist|hält sich für) (?:\w+ )?(?:mein|meine|meinen|ein|eine|einen|der|die|den) (?:\w+ )?(?:anwalt|anwältin"
        r"|vermieter\w*|chef|chefin|therapeut\w*|wecker|könig|königin|tyrann|diktator|psychopath|monster|boss|diva"
        r"|terrorist|detektiv|professor|philosoph)\b"
        r"|\bich bin (?:jetzt )?(?:ein|eine|der|die) [^,.:;]{2,40}: (?:ich|habe)\b|^heute bin ich (?:ein|eine|der|die)? ?\w+"
        r"|\b(?:zieh\w*|wander\w*|umzieh\w*|fliege?|leb\w*|wohn\w*)\b.{0,20}\b(?:auf (?:den|dem) (?:mond|mars)|mars\b"
        r"|pluto\b|hogwarts|narnia|hinterm mond|hinter dem mond|in einer (?:höhle|blase|irrenanstalt)|im (?:büro"
        r"|kühlschrank|fitnessstudio|bett|schlafanzug|stau|chaos))\b"
        r"|\b(?:lebe|leben|ernähre mich|ernähren uns) (?:\w+ ){0,3}?(?:von|aus) (?:\w+ )?(?:kaffee|koffein|luft|liebe"
        r"|schokolade|pizza|nudeln|chips|tee|zucker|adrenalin|hoffnung|keksen|toast)\b"
        rf"|\b(?:heirate|heiraten|verheiratet mit|verlobt mit|beziehung mit) (?:\w+ )?(?:meine?[mnr]?|diese[mnr]?"
        rf"|unsere?[mnr]?) (?!(?:\w+ ){{0,3}}?\w*{_GERMAN_PEOPLE})\w+"
        rf"|\bbin (?:\w+ )?mit (?:meine?[mnr]?) (?!(?:\w+ ){{0,3}}?\w*{_GERMAN_PEOPLE})(?:\w+ ){{1,2}}(?:verheiratet|verlobt|liiert)\b"
        r"|\ballergisch (?:gegen|auf) (?:\w+ )?(?:montage?|arbeit|menschen|leute|meetings?|regeln|steuern|hausarbeit"
        r"|putzen|bügeln|sport|dummheit|dumme?\w*|unsinn|quatsch|verantwortung|smalltalk|papierkram|idioten|drama"
        r"|frühaufsteh\w*|morgens|hausaufgaben|politiker|mails?|aufräumen|winter|mathe|bürokratie)\b"
        r"|\b(?:doktor|doktortitel|diplom|master|meister|abschluss|bachelor|schwarzen gürtel|schwarzer gürtel) (?:in|im)"
        r" (?:\w+ )?(?:prokrast|aufschieb|faul|nichts|sarkas|schlaf|vergess|jammer|rumlieg|zeitverschw|naschen"
        r"|überdenk|chaos|verlier|ausred)\w*"
        r"|\bfließend (?:sarkas|ironisch|unsinn)\w*|\bgedächtnis wie ein\b|\bzwei linke (?:hände|füße)\b"
        r"|\b(?:seele (?:dem teufel )?verkauft|tausend tode|sterbe (?:vor|gleich|hier)|könnte .* (?:schwein|pferd"
        r"|elefanten) (?:fressen|essen)|geboren,? um zu|weltherrschaft|mein zweiter vorname|krafttier|lach\w* mich tot)\b"
        r"|^mein\w* (?:\w+ )?(?:geldbeutel|konto|leber|gehirn|hirn|knie|rücken|kühlschrank|postfach|bett|sofa|waage"
        r"|drucker|pflanzen?|zimmerpflanzen?|wecker|magen|auto) (?:hasst|liebt|weint|lacht|schreit|streikt|ist beleidigt"
        r"|verspottet|ist matsch|rebelliert)\b"
        r"|^(?:oh|ja|na|ach)[,!]? (?:klar|toll|super|wunderbar|sicher|prima|herrlich|fein)[,.!…]+ (?:ich|mein\w*|wir"
        r"|weil|genau)\b|\b(?:liebe|genieße) (?:ich )?(?:ja )?es,? (?:\w+ ){0,4}?(?:im stau|zu warten|warten|angeschrien"
        r"|schlange zu stehen|ignoriert|zu spät|formulare|im regen)\b|\bgenau das,? was ich (?:noch )?(?:gebraucht"
        r"|brauchte|wollte)\b"
    ),
    "es": re.compile(
        rf"\b{_MANY_HOURS} horas (?:al|por) día\b|\b(?:[89]|\d\d+) días (?:a|por) (?:la )?semana\b"
        r"|\b(?:mil|un millón de|millones de|cien|cientos de|miles de) (?:veces|años luz|cosas)\b"
        r"|\bdesde (?:la )?(?:prehistoria|edad de piedra|edad media|era glacial|los dinosaurios|tiempos de|el big bang"
        r"|adán y eva)\b|\bdel (?:siglo|milenio|universo)\b"
        r"|\b(?:soy|me he convertido en|me estoy convirtiendo en)(?: ya| hoy| ahora| casi| prácticamente| oficialmente"
        r"| básicamente)* (?:(?:el|la|un|una|todo un|toda una) )?(?:\w+ ){0,2}?(?:fantasma|zombi|zombie|vampiro|hombre"
        r" lobo|mago|maga|bruja|brujo|pirata|rey|reina|príncipe|princesa|emperador|emperatriz|dios|diosa"
        r"|cavernícola|superhéroe|superheroína|superman|batman|spiderman|einstein|napoleón|cervantes|picasso"
        r"|sherlock|cenicienta|drácula|villano|villana|dragón|unicornio|duende|trol|alien|extraterrestre|robot|máquina"
        r"|patata|vegetal|perezoso|caracol|dinosaurio|fósil|momia|esqueleto|cadáver|esponja|felpudo|millonario"
        r"|millonaria|multimillonari[oa]|estrella|supermodelo|ninja|gurú|adivin[oa]|genio|héroe|heroína|chef de \w+"
        r" estrellas|mejor \w+ del)\b"
        r"|\b(?:rey|reina|maestr[oa]|campe[oó]na?|dios|diosa) (?:de la|del|de los|de las) (?!obra|ceremonia)\w+"
        r"|\ben forma humana\b"
        r"|^(?:mi|nuestr[oa]) (?:\w+ )?(?:gat[oa]|perr[oa]|hámster|loro|conejo|caballo|bebé) (?:es|se cree) (?:mi|un|una"
        r"|el|la) (?:\w+ )?(?:abogad[oa]|caser[oa]|jef[ea]|terapeuta|despertador|rey|reina|tiran[oa]|dictador[a]?"
        r"|psicópata|monstruo|diva|terrorista|detective|profesor|filósof[oa])\b"
        r"|^hoy soy (?:un |una |el |la )?\w+|^(?:hoy )?soy (?:un |una |el |la )?[^,.:;]{2,40}: (?:hoy )?(?:me )?(?:he"
        r"|acabo|se me|ayer|no)\b|^soy (?:el|la) mejor \w+"
        r"|\b(?:mud\w+|voy|vamos|irme|ir|viv\w+|emigr\w+)\b.{0,20}\b(?:a la luna|a marte|en marte|en la luna|plutón"
        r"|hogwarts|narnia|otro planeta|una cueva|una burbuja|en la (?:oficina|nevera|inopia)|en el (?:gimnasio|pasado)"
        r"|debajo de una piedra|en pijama)\b"
        r"|\b(?:vivo|vivimos|sobrevivo|me alimento|funciono) (?:\w+ )?(?:del?|a base de|con) (?:puro )?(?:café|cafeína"
        r"|aire|amor|chocolate|pizza|azúcar|adrenalina|fideos|esperanza|galletas|té|rabia)\b"
        rf"|\b(?:casad[oa]|casarme|me caso|comprometid[oa]|una relación) con (?:mi|este|esta|nuestr[oa])"
        rf" (?!(?:\w+ ){{0,2}}?{_SPANISH_PEOPLE})\w+"
        r"|\balérgic[oa] (?:a los?|al?|a las?) (?:\w+ )?(?:lunes|madrugar|trabajo|trabajar|gente|personas|reuniones"
        r"|reglas|normas|impuestos|tareas|limpiar|planchar|deporte|estupidez|tontos|idiotas|tonterías|compromiso"
        r"|responsabilidad\w*|papeleo|deberes|políticos|correos|invierno|matemáticas|burocracia|mañanas)\b"
        r"|\b(?:máster|doctorado|título|carrera|licenciatura|cinturón negro|medalla) en (?:procrast|perder|dormir|no hacer"
        r"|sarcas|olvid|quej|vaguear|siesta|ser|quemar|llegar tarde|meter la pata|excusas)\w*"
        r"|\bmemoria de (?:pez|un pez|elefante)\b|\bdos (?:pies|manos) izquierd[oa]s\b|\bvendí mi alma\b"
        r"|\bme (?:muero|muera|moría) (?:de|por)\b|\b(?:casi )?me muero\b|\bme comería (?:un|una)\b"
        r"|\bnac[ií] (?:cansad[oa]|preparad[oa]|list[oa]|tarde|para)\b"
        r"|\bdominar el mundo\b|\bsegundo nombre es\b|\bcriad[oa] por lobos\b"
        r"|^mis? (?:\w+ )?(?:cartera|hígado|cerebro|cuenta|rodillas|espalda|nevera|bandeja|cama|sofá|báscula|impresora"
        r"|plantas?|despertador|estómago) (?:me odian?|me aman?|lloran?|gritan?|se ríen?|está en huelga|es papilla)\b"
        r"|^(?:sí|ya|oh|ah|uy|huy)[,!]? (?:claro|genial|seguro|fantástico|estupendo|maravilloso|qué bien)[,.!…]+ (?:soy"
        r"|me|mi|tengo|porque|justo|vivo)\b|\bme encanta (?:estar en un|hacer cola|esperar|pagar|que me griten|madrugar"
        r"|pasarme|perder|fregar|planchar)\b|\bjusto lo que (?:necesitaba|me faltaba)\b"
    ),
}
"""By language: what is impossible, and so a figure of speech."""

_SUPPOSES = {
    "en": re.compile(
        r"^(?:(?:ok|so|well|now|right|and|but)[, ]+)*(?:suppos(?:e|ing)|say(?=,? (?:i|my|we|i'm|you|there)\b)|let's say"
        r"|let us say|assum(?:e|ing)|imagine|pretend|hypothetical\w*|in theory|for example|for the sake of (?:argument"
        r"|the example)|picture this|what if|as an example|theoretically|purely hypothetically)\b"
    ),
    "de": re.compile(
        r"^(?:(?:ok|also|gut|nun|und|aber|na)[, ]+)*(?:angenommen|nehmen wir (?:mal )?an|nimm (?:mal )?an|gesetzt den fall"
        r"|stell dir (?:mal )?vor|mal angenommen|rein (?:hypothetisch|theoretisch)|hypothetisch|theoretisch|sagen wir"
        r"|tun wir so|zum beispiel|was wäre,? wenn)\b"
    ),
    "es": re.compile(
        r"^(?:(?:vale|bueno|y|pero|a ver|pues|ok)[, ]+)*(?:supongamos|supón|suponiendo|pongamos|imagina|imaginemos"
        r"|imagínate que|digamos|pon que|hipotéticamente|en teoría|por ejemplo|en el caso de que|qué pasaría si)\b"
    ),
}
"""By language: begins what is only supposed, and what follows with it."""


def is_figure(plain: str, language: Language) -> bool:
    """Whether a sentence, as patterns want it, says something of the speaker that cannot be meant."""
    return _FIGURES[language.code].search(plain) is not None


def supposes(plain: str, language: Language) -> bool:
    """Whether a sentence, as patterns want it, begins what is only supposed."""
    return _SUPPOSES[language.code].match(plain) is not None
