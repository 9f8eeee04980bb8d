"""Spanish: what people say of themselves, and what they say otherwise. The verb alone says who."""

import re

from julep_local.memory.language import Asked, Kind, Language, Signs, Slot, swapped

_WHEN = (
    r"(?:(?:(?:en|desde|hace|el|la|los|las|cada|este|esta|todos|todas|ayer|hoy|mañana|anoche|anteayer|ahora|antes"
    r"|durante|a|al|por|como|de (?:niñ[oa]|pequeñ[oa]|joven|adolescente|chic[oa])|actualmente|últimamente"
    r"|normalmente|siempre|nunca|también|ya|todavía|aún|además|yo|nosotros|pasado) )(?:[^,.;]{0,40}?[, ])?)?"
)
_ADVERB = (
    r"(?:(?:ya|también|siempre|nunca|no|todavía|aún|solo|sólo|muy|ahora|yo|casi|realmente|normalmente|actualmente"
    r"|justo|recién|me|nos|le|lo|la|se|mucho|bastante|ayer|hoy|mañana) )*"
)
_PERSON = (
    r"(?:mamá|madre|papá|padre|padres|esposa|esposo|mujer|marido|pareja|novia|novio|prometid[oa]|hij[oa]s?"
    r"|niñ[oa]s?|(?:gemel|melliz|trilliz)[oa]s|bebé|herman[oa]s?"
    r"|abuel[oa]s?|niet[oa]s?|tí[oa]s?|prim[oa]s?|sobrin[oa]s?|suegr[oa]s?|cuñad[oa]s?|yernos?|nueras?|familia"
    r"|amig[oa]s?"
    r"|compañer[oa]s?|vecin[oa]s?"
    r"|jef[ea]|colegas?|profesor[a]?|médic[oa]|doctor[a]?|casero|perr[oa]s?|gat[oa]s?|gatit[oa]s?|cachorr[oa]s?"
    r"|caballo|yegua|loro|conejo|hámster|tortuga|gallinas|mascotas?|peces|pez)"
)
_BY_NAME = (
    r"(?!(?:al?|cuando|si|en|el|la|los|las|una?|por|para|desde|de|del|que|cada|mañana|hoy|luego|después|más|esta"
    r"|este|otra"
    r"|antes|ya|anticuad[oa]|antigu[oa]|loc[oa]|rar[oa]|exagerad[oa]|tont[oa]|ingenu[oa]|vag[oa]|pesad[oa]|mucho)\b)"
)
"""Comes after "llámame" where a name does."""
_HABITUAL = (
    r"(?:trabajo|estudio|enseño|juego|corro|nado|canto|pinto|dibujo|cocino|bailo|leo|escribo|hablo|aprendo|conduzco"
    r"|manejo|monto"
    r"|escalo|navego|pesco|tejo|programo|medito|entreno|fumo|bebo|tomo|como|uso|colecciono|dirijo|viajo|cultivo|crío"
    r"|practico|toco|traduzco|vendo|curro|reparo|arreglo|diseño|coordino|gestiono|organizo|restauro|coso|compongo"
    r"|alquilo|ahorro|padezco|sufro|cuido|(?:hago|doy)(?= (?:pan|clases?|yoga|un (?:doctorado|máster|grado|curso"
    r"|ciclo"
    r"|voluntariado)|ganchillo|punto|cerámica|escalada|senderismo|judo|kárate|ballet|deporte|surf|teatro|terapia"
    r"|voluntariado|natación|pilates|boxeo|\w+ismo)\b|.*\b(?:tod[oa]s|cada|los (?:lunes|martes|miércoles|jueves"
    r"|viernes|sábados|domingos))\b)|participo|asisto"
    r"|acudo|colaboro|pertenezco|escucho|evito|suelo|extraño|madrugo|duermo"
    r"|reparto|ando|somos|celebro|camino|criamos|cultivamos|vendemos|fabric(?:o|amos)|mantengo|impart(?:o|imos)"
    r"|entrenamos"
    r"|cuidamos|llevo(?= (?:las|la|el|los|un|una) (?:cuentas|contabilidad|club|grupo|web|asociación|coro|biblioteca"
    r"|huerto)\b)"
    r"|pertenecemos|tocamos|cantamos|corremos|jugamos|alquilamos|dirigimos|organizamos)"
)
_DATED = (
    r"(?:cita|examen|entrevista|vuelo|boda|cumpleaños|operación|cirugía|concierto|maratón|viaje|fiesta|mudanza"
    r"|graduación|presentación|entrega)"
)

_SIGNS = Signs(
    lasting=re.compile(
        r"\b(?:cada (?:\w+ )?(?:día|semana|mes|año|mañana|tarde|noche|lunes|martes|miércoles|jueves|viernes|sábado"
        r"|domingo|\w+)"
        r"|tod[oa]s l[oa]s (?:\w+)|los (?:lunes|martes|miércoles|jueves|viernes|sábados|domingos)|(?:una vez"
        r"|dos veces|\w+ veces) (?:a|al|por) (?:la )?\w+"
        r"|siempre|nunca|jamás|normalmente|a diario|diariamente|habitualmente|desde (?!hace (?:\w+ )?(?:minutos?"
        r"|horas?|rato|días)|ayer|hoy|esta|el lunes|las? (?:una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez"
        r"|once|doce|\d)"
        r"|hace un rato|aquí)\w+"
        r"|hace (?:\w+ )?(?:años|meses|décadas)|(?:\w+ )años|toda (?:mi|la) vida|de (?:pequeñ[oa]|niñ[oa]"
        r"|profesión)|ya no|de noche|por las (?:mañanas|tardes|noches)"
        r"|de los que|a tiempo (?:completo|parcial))\b"
    ),
    called=re.compile(
        r"\b(?:se llama|se llaman|llamad[oa]) [A-ZÁÉÍÓÚÑ]|\b[Mm]is? (?:\w+ )?\w+,? [A-ZÁÉÍÓÚÑ][a-záéíóúñ]+\b"
        r"|(?<=[a-záéíóúñ,] )[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+"
    ),
    typical={
        "possession": re.compile(
            r"\b(?:coche|carro|moto|bici\w*|furgoneta|camión|barco|velero|caravana|autocaravana|casa|piso"
            r"|apartamento|departamento|chalet"
            r"|finca|huerto|jardín|balcón|terraza|garaje|taller|piano|guitarra|violín|violonchelo|batería|flauta"
            r"|acordeón|cámara|telescopio"
            r"|tienda|negocio|empresa|bar|restaurante|panadería|vivero|consulta|canal|podcast|blog|grupo|banda"
            r"|puesto|carnet|carné|licencia"
            r"|pasaporte|visado|permiso|título|máster|doctorado|beca|hipoteca|abono|tatuajes?|cicatriz|implante"
            r"|prótesis|marcapasos|audífonos?|gafas"
            r"|lentillas|silla de ruedas|ictus|infarto|colección|cita|examen|entrevista|boda|vuelo|revisión|móvil"
            r"|portátil|ordenador)\b|\bno (?:tengo|uso)\b"
        ),
        "plan": re.compile(
            r"\b(?:aprend\w+|estudi\w+|ahorr\w+|mudar\w*|mudo|casar\w*|caso|casamos|entren\w+|opos\w+|jubilar\w*"
            r"|emigr\w+|adoptar|dejar de|abrir|montar|construir\w*"
            r"|escrib\w+ (?:un|una|mi)|maratón|media maratón|sueño|meta|objetivo|buscando (?:trabajo|piso|casa)"
            r"|prepar\w+|curso|(?:voy|vamos) (?:\w+ )?(?:al trabajo|a clase|a la oficina)|vacaciones"
            r"|tener un (?:hijo|bebé)|quiero ser \w+(?:or|ora|er[oa]|ist[ae]|ic[oa]))\b"
        ),
        "event": re.compile(
            r"\b(?:mud[éa]\w*|casé|casamos|divorcié|separé|nací|crecí|adopt\w+|gradué|jubilé|renuncié|ascendieron"
            r"|contrataron|despidieron|fundé|abrí|abrimos"
            r"|operaron|diagnosticaron|nació|aprobé|suspendí|gané|rompí|torcí|fracturé|compr(?:é|amos) (?:un|una|mi"
            r"|el|la)|dejé (?:de|el|mi)|empecé (?:a|en|un)|perdí (?:mi|el|a)|publiqué|vendí (?:mi|el|la)"
            r"|he (?:dejado|cambiado de) (?:mi|el|la|de|trabajo)|apunté|inscribí|suspendido|he aprobado|firmado (?:la"
            r"|el))\b"
        ),
        "family": re.compile(
            r"\b(?:tengo|tenemos)\b|\b(?:es|son|era|está|están) (?:\w+ ){0,2}?(?:un|una|el|la|de|estudiando"
            r"|trabajando|viviendo|aprendiendo|alérgic[oa]|vegan[oa]|vegetarian[oa]|diabétic[oa]|celíac[oa]|casad[oa]"
            r"|embarazada|\w+(?:esa?|és|[aá]n[oa]|eñ[oa]|ens[ei])(?=[.,!]|$| y )"
            r"|jubilad[oa]|sord[oa]|cieg[oa]|\w+(?:er[oa]|or|ora|ista|ente|ic[oa]|ari[oa]))\b"
            r"|\b(?:se llama|se llaman|trabaja|trabajan|vive|viven|tiene|tienen|le gusta|les gusta|le encantan?"
            r"|odia|ama|juega|estudia|enseña|habla|cumple|nació|murió|falleció"
            r"|se casa|se mudó|acaba de (?:tener|casarse|mudarse|jubilarse|nacer|morir)|ha tenido|viene|colecciona"
            r"|canta|pinta|come|comen|bebe|fuma|sufre|hace|cumpleaños|aniversario"
            r"|toca|va a|va en|estará|dirige|lleva|no puede|empiezan?|compartimos|tiene miedo|empezó)\b"
        ),
        "other": re.compile(
            r"^(?:mi|mis|nuestr[oa]s?) (?:\w+ ){1,3}(?:es|son|era|se) |^(?:peso|mido|calzo|uso la talla)\b"
        ),
        "habit": re.compile(
            r"\bno (?:conduzco|manejo|uso|usamos|distingo|oigo|veo|celebr\w+|madrugo|ceno|desayuno)\b"
            r"|\b(?:nunca (?:he|aprendí)|uso|traduzco|curro|reparo|diseño|coordino|gestiono|organizo|restauro"
            r"|compongo|alquilo|antes \w+(?:aba|ía)|toco|juego|hablo|enseño|canto|vendo|cultivo|crío|entreno|coso"
            r"|tejo|pinto"
            r"|colecciono|monto|nado"
            r"|corro|escalo|navego|pesco|bailo|como|bebo"
            r"|tomo|fumo|reparto|cocino|medito|soy|doy clases?|criamos|cultivamos|cuidamos|impart\w+"
            r"|llevo las cuentas|llevo la"
            r" contabilidad|dirigimos|alquilamos)\b"
        ),
    },
    distant=re.compile(
        r"\b(?:eso|esto|esa|ese|esos|esas|aquello|lo|la|los|las|así|uno|una|ningun[oa]|otro|otra|él|ello"
        r"|el de antes)[.!,;]*$|\b(?:est[aeo]s?|es[ae]s?) (?!año|mes|semana|verano|invierno|otoño|primavera)\w+"
    ),
    momentary=re.compile(
        r"\b(?:vivo|vivimos|vivía) (?:\w+ )?(?:en|bajo|debajo de) (?:el|la|los|las|un|una|mi"
        r"|este) (?!(?:\w+ ){0,3}?(?:pis[oa]|casa|casita|chalet|apartamento|estudio|habitación|cuarto|pueblo|ciudad"
        r"|aldea|campo|finca|granja|barco|velero|furgoneta|caravana|autocaravana|barrio|centro"
        r"|calle|plaza|costa|isla|montaña|sierra|valle|playa|norte|sur|este|oeste|afueras|provincia|región|zona"
        r"|planta|ático|sótano|bajo|bloque|edificio|torre|faro|castillo|residencia|convento|pensión|hotel|colegio"
        r"|campus|habana|paz|mancha|rioja|coruña|parte|lado|orilla|comuna"
        r"|comunidad|urbanización|masía|cortijo|hórreo|caserío|buhardilla|dúplex|ee|país|extranjero|rural)\b)\w+|"
        r"^(?:mi|nuestr[oa]) (?:casa|piso|jardín|cuarto|habitación|oficina|trabajo|equipo|cocina|empresa"
        r"|ciudad) (?:es|está|parece|huele)(?: \w+)? (?:un (?:desastre|caos|horno)|una (?:locura|broma|pesadilla)"
        r"|muy|tan|fri[oa]|helad[oa]|aburrid[oa]|bien|mal|suci[oa]|vací[oa]|estresante|horrible)\b|^vengo de(?:l"
        r"| la) (?:gimnasio|trabajo|compra|médico|cole)\b"
        r"|^(?:yo )?(?:voy|vamos|estoy|estamos) (?:\w+ )?(?:en|de camino|hacia) (?:el|la|un|una) (?:tren|bus|autobús"
        r"|avión|metro|coche|taxi)\b"
        r"|^(?:ya )?(?:le|les|lo|la|me|te) (?:he|han?) \w+|\b(?:kilos?|gramos?|litros?|medio|media docena|docena"
        r"|bolsa|lata|bote) de\b"
        r"|^(?:mi|mis|nuestr\w+|un[oa] de mis) (?:\w+ )?(?:clientes?|clientas?|pacientes?|alumn[oa]s?|huéspedes"
        r"|invitad[oa]s|lectores|seguidores)\b"
        r"|^(?:mi|nuestr[oa]) (?:\w+ )?\w+(?: de \w+)? (?:se )?ha (?:comido|roto|perdido|tirado|quemado|bebido"
        r"|olvidado|gastado|despertado)\b"
        r"|^(?:mis?|nuestr[oa]s?|el|la) (?:\w+ )?\w+ est[áa]n? (?:dormid|enferm|malit|cansad|llorando|gritando"
        r"|jugando|durmiendo|comiendo|viendo|durmiéndo|tirad|castigad|sentad)\w*"
        r"|\b(?:tiene|tienen|tengo) (?:\w+ )?(?:fiebre|tos|mocos|resaca|hipo|agujetas|dolor de \w+|un resfriado"
        r"|gripe)\b(?! (?:desde|todos|cada))"
        r"|\bllev[oa]\w* .{0,20}\b(?:horas?|minutos|rato)\b|\b(?:tengo que|tenemos que|debo)\b|\b(?:ahora mismo"
        r"|en este momento|un momento|minutos?|media hora|un rato)\b"
        r"|^(?:yo )?estoy (?:\w+ )?(?:haciendo|mirando|viendo|probando|usando|buscando(?! (?:trabajo|piso|casa))"
        r"|cocinando|escribiendo un(?:a)? (?:correo|mensaje)|poniendo)\b"
        r"|^(?:yo )?(?:no )?(?:tengo|necesito|quiero) (?:\w+ ){0,2}?(?:pollo|arroz|huevos?|harina|azúcar"
        r"|mantequilla|leche|tomates?|cebollas?|patatas?|papas|queso|nata|levadura|azafrán"
        r"|tiempo|un error|una lista|un archivo|todo|nada|algo)\b|^(?:yo )?(?:he|hemos) (?:probado|puesto|mirado"
        r"|cortado|metido|hecho|dicho)\b"
        r"|^mis? (?:\w+ )?(?:jef[ea]|profesor\w*|caser[oa]|vecin[oa]|compañer[oa]|madre|padre|herman[oa]|marido"
        r"|mujer|novi[oa]|amig[oa]|perr[oa]|gat[oa]) (?:me |no |siempre )?(?:está (?!estudi|aprend|viv|trabaj|esper"
        r"|embaraz)\w+ndo|dice|decía|dijo|dio|opina|cree|pregunta"
        r"|preguntó|quiere|llamó|manda|mandó|está (?:muy|en|dormid[oa]|cansad[oa]|durmiendo|enfadad[oa]|debajo|aquí"
        r"|fuera|loc[oa])"
        r"|es (?:muy|tan|lo mejor|genial|insoportable)|está de (?:mal|buen))\b"
    ),
    trait=re.compile(
        r"\b(?:yo )?soy (?:\w+ ){0,2}?(?:un |una )?(?:\w+ )?(?:persona|genio|desastre|idiota|tont[oa]"
        r"|orgullos[oa] dueñ[oa]|profesional (?:de la siesta|del sueño)|rey|reina"
        r"|dios|diosa|héroe|heroína|estrella|perfeccionista|optimista|pesimista|realista"
        r"|soñador[a]?|luchador[a]?|monstruo|máquina|robot|santo|santa|víctima|crack|leyenda|fracaso|list[oa]"
        r"|vag[oa]|feliz|fuerte)\b|^trabajo (?:mucho|duro|demasiado|bien)\b|\btengo la espalda\b"
    ),
    unfinished=re.compile(r"(?<!\w)(?:y|o|pero|que|de|del|con|un|una|el|en|a|al|por|para|porque|si|mi|mis|tu)[.!,;]*$"),
    ironic=re.compile(
        r"\b(?:encantan?|amo|adoro|me gustan?|favorit[oa]s?)\b.{0,30}\b(?:lunes|impuestos|hacienda|renta|atascos?"
        r"|colas|esperar|papeleo|burocracia|reuniones|horas extras?"
        r"|despertador|madrugar|levantarme a las|planchar|fregar|limpiar|dentista|migrañas?|mosquitos|retrasos|spam"
        r"|publicidad|lluvia)\b"
    ),
)

_GAME = (
    r"(?:rol|papel|juego|ensayo|escena|dictado|cuento|historia|personaje|práctica|simulacro|simulación|ejercicio|obra"
    r"|teatro|monólogo|novela|capítulo|entrevista|consulta)"
)
"""What people play or make up together."""

SPANISH = Language(
    code="es",
    marks=frozenset(
        """el la los las un una es soy y de que da dan le les yo este esta eso más cuando porque
        nuestro nuestra tiene tenemos llevo nunca antes era todavía dos años bebé uso toco voy mañana ayer en mi
        mis no me con por para tengo se lo está estoy muy pero como vivo
        su llamo llama gusta nos hemos ahora somos vivir qué cómo hola a he ha al sin muy trabajo hace desde también ya
        al del padre madre hijo hija hijos años semana llevo crío cuido dos tres algo busco nuestras nuestros""".split()
    ),
    spelling=(
        *swapped("trabajo vivo tengo estudio hermana hermano madre padre hijos semana alérgico alérgica"),
        (re.compile(r"\bq\b"), "que"),
        (re.compile(r"\bxq\b"), "porque"),
        (re.compile(r"\bdias\b"), "días"),
        # as it is typed without accents
        (re.compile(r"\bceliac(?=[oa]s?\b)"), "celíac"),
        (re.compile(r"\balergic(?=[oa]s?\b)"), "alérgic"),
        (re.compile(r"\bdiabetic(?=[oa]s?\b)"), "diabétic"),
        (re.compile(r"\basmatic(?=[oa]s?\b)"), "asmátic"),
        (re.compile(r"\bdislexic(?=[oa]s?\b)"), "disléxic"),
        (re.compile(r"\btecnic(?=[oa]s?\b)"), "técnic"),
        (re.compile(r"\bmedic(?=[oa]s?\b)"), "médic"),
        (re.compile(r"\b(?:tambien|tmb|tb)\b"), "también"),
        (re.compile(r"\bmiercoles\b"), "miércoles"),
        (re.compile(r"\bsabados?\b"), "sábados"),
        (re.compile(r"\b(?:mñn|manana)\b"), "mañana"),
        (re.compile(r"\b(?:toy)\b"), "estoy"),
        (re.compile(r"\bx (?=\w)"), "por "),
        (re.compile(r"\bcumple(?= (?:es|el)\b)"), "cumpleaños"),
        # who is told about is left out: "alérgica a la penicilina", "dos hijos, de 4 y 7 años"
        (
            re.compile(
                r"^(?=(?:(?:muy|también) )?(?:alérgic[oa] a|(?:padre|madre) (?:solter[oa]|de)|vegan[oa] desde"
                r"|vegetarian[oa] desde"
                r"|celíac[oa]|diabétic[oa]|zurd[oa]|viud[oa] desde|abuel[oa] de|enfermer[oa] (?:en|de)"
                r"|maestr[oa] (?:en|de)"
                r"|profesora? (?:en|de)|jubilad[oa] desde|natural de)\b)"
            ),
            "soy ",
        ),
        (re.compile(r"^(?=(?:casad[oa]|divorciad[oa]|embarazada|jubilad[oa])\b)"), "estoy "),
        (
            re.compile(
                r"^(?=(?:un|una|dos|tres|cuatro|cinco|\d) (?:hij[oa]s?|niñ[oa]s|gat[oa]s?|perr[oa]s?|niet[oa]s"
                r"|herman[oa]s)"
                r"(?:[,.!:;(]|$| y | de \d))"
            ),
            "tengo ",
        ),
    ),
    lead_in=re.compile(
        r"^(?:¡|¿|lol|(?:bro|tío|tía|tio|tia|macho)(?=,| (?:mi|me|yo|no)\b)|(?:hola|buenas|buenos días|buenas tardes"
        r"|buenas noches)(?: \w+(?=[,!]))?|ok|vale|bueno|pues|oh|ah|ay|y|pero|por cierto|además|en realidad"
        r"|la verdad(?: es que)?|perfecto|estupendo|qué bien|de acuerdo"
        r"|entiendo|entendido|uf|anda|buena idea|tienes razón|perfecto|estupendo|qué bien|de acuerdo|entiendo"
        r"|entendido|uf|anda|buena idea|tienes razón|(?:ahora )?en serio|bromas? aparte"
        r"|fuera (?:de )?bromas?|sí|si,|no,|claro|gracias|y eso que|con lo que|no es (?:ninguna )?broma(?=[,:.!])"
        r"|sin bromas?(?=[,:.!])|muchas gracias|genial|vaya|exacto|perdón|perdona"
        r"|corrección|mira|adivina|oye|sabes|jaja\w*|en fin|bien|eh|este|es que|a propósito|te cuento|te cuento que"
        r"|buenas noticias|malas noticias|para que lo sepas|por si acaso|para tu información)(?:[\s,.!:;–—-]+|$)"
    ),
    keep=re.compile(
        r"^(?:por favor,? |y |oye,? |también |¿?puedes |¿?podrías |quiero |quisiera |me gustaría )*"
        r"(?:recuerda|recordar|recuérdalo|acuérdate(?: de)?|no (?:te )?olvides(?: nunca)?(?: de)?|anota|anotar|apunta"
        r"|apuntar|apúntate|que (?:recuerdes|sepas|tengas (?:en cuenta|presente)|no se te olvide)"
        r"|ten(?:lo)? (?:siempre )?(?:en cuenta|presente)|tener en cuenta|toma nota(?: de)?|guarda|guárdate|memoriza"
        r"|quédate(?: también)? con|para (?:la próxima|que lo sepas|tus notas)(?=[:,]))"
        r"(?:,? (?:esto|también|siempre|por favor|para (?:siempre|la próxima|otra vez|el futuro"
        r"|más tarde)))*,?(?: que|:)? "
    ),
    question=re.compile(
        r"^(?:¿|por favor|puedes|podrías|puede|podría|me (?:puedes|podrías|ayudas|recomiendas|das|dices)|qué|quién"
        r"|quiénes|cómo|cuándo|dónde|adónde|por qué|cuál|cuáles|cuánto\w*|cuánta\w*|hay|es posible|sabes|conoces"
        r"|crees|dime|dame|ayúdame|explica\w*|escribe\w*|cuéntame|traduce\w*|resume\w*|corrige\w*|busca\w*"
        r"|recomiénda\w*|recomienda|sugiere\w*|muestra\w*|haz|hazme|crea|gracias|olvida|ignora|responde|contesta"
        r"|imagina|finge|supón|repite|deja|lee)\b"
    ),
    clause=re.compile(
        r"(?i)(?:,? (?:y|e|pero)|[,;]) (?=(?:yo(?! \w+[aei]mos)|mi|mis|me|nuestr[oa]s?|nos|(?:ahora |ya )?(?:tengo"
        r"|vivo|trabajo|soy|estudio)|no me|no como|juego|toco|participo|vengo)\b|(?:ya no|nunca|tampoco) \w+o\b)"
    ),
    unreal=re.compile(
        r"^(?:si|imagina|supongamos|ojalá|en (?:el|mi|la|esta) (?:juego|sueño|historia|cuento|novela|escena|película"
        r"|papel))\b"
    ),
    tail_question=re.compile(
        r"(?<![,;:–—-])(?:[,;:–—-]* *¿[^?]*\?"
        r"|[,;:–—-]+ *(?:y |pero |entonces )*(?:puedes|podrías|me (?:recomiendas|ayudas)|qué"
        r"|cuál|dónde|cómo|cuándo|hay|sabes)\b[^?]*\?)"
    ),
    tail_request=re.compile(
        r"(?<![,;:–—-])[,;:–—-]+ *"
        r"(?:así que |y |pero |entonces )*(?:por favor|puedes|podrías|dame|dime|haz|evita|no (?:uses"
        r"|pongas|me)|recomiénda\w*|busca|qué|cuál|cómo|nada de|ya sabes|como sabes|ya (?:te|ves|sabes|me)\b"
        r"|por si (?:te|me|acaso|alguna)"
        r"|para que (?:lo|me|no)|así que|por eso|por lo que)\b.*$|,? (?:pero|y) (?:hoy|ahora|esta (?:mañana|tarde"
        r"|noche))\b.*$"
    ),
    reason=re.compile(r"^(?:como(?! \w+,? (?:no|soy|me|nunca)\b)|ya que|porque|dado que|puesto que) "),
    first_person=re.compile(
        r"\b(?:yo|mi|mis|me|mí|nuestr[oa]s?|nos|\w+(?:amos|emos|imos)|tengo|soy|estoy|voy|vivo|trabajo)\b"
    ),
    mine=re.compile(r"\b(?:mis?|nuestr[oa]s?|con|para)\b"),
    kinds=(
        Kind(
            "name",
            re.compile(
                r"^(?:yo )?me llamo \S|^mi (?:\w+ )?(?:nombre|apellido|apodo)(?: completo)? es\b"
                rf"|^(?:puedes )?ll[aá]mame {_BY_NAME}|^(?:todos )?me (?:dicen|llaman) {_BY_NAME}"
            ),
            0.9,
        ),
        Kind(
            "birth",
            re.compile(
                rf"^{_WHEN}(?:tengo|cumplo|cumplí|acabo de cumplir|voy a cumplir|cumpliré) (?:casi )?(?:\d{{1,3}}"
                rf"|veinti\w+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)(?: y \w+)?(?: años|[.,!]"
                rf"|$| el| en)|^{_WHEN}nací\b|^mi cumpleaños\b"
            ),
            0.8,
        ),
        Kind(
            "health",
            re.compile(
                rf"^{_WHEN}{_ADVERB}(?:soy|estoy) (?:\w+ ){{0,2}}?(?:alérgic[oa]|vegan[oa]|vegetarian[oa]"
                rf"|diabétic[oa]|celíac[oa]|intolerante|embarazada|sord[oa]|cieg[oa]|daltónic[oa]|disléxic[oa]"
                rf"|zurd[oa]|tartamud[oa]|autista|asmátic[oa]|epiléptic[oa]|abstemi[oa]|religios[oa])\b"
                rf"|^{_WHEN}{_ADVERB}(?:tengo|sufro|padezco)\b.{{0,40}}?(?:asma|diabetes|alergia|migrañas?"
                rf"|epilepsia|artritis|ansiedad|depresión|insomnio|hipertensión|tensión alta|colesterol|celiaquía"
                rf"|fobia|tdah|dislexia|discalculia|bipolar\w*|vértigo"
                rf"|intolerancia|hernia|lumbago|ciática|artrosis|artritis|asma|tinnitus|migraña|túnel carpiano"
                rf"|miedo a)"
                rf"|^{_WHEN}(?:yo )?(?:no|nunca|ya no|tampoco) (?:puedo (?:comer|beber|tomar)|como|bebo|tomo|fumo"
                rf"|tolero)\b|^(?:yo )?no sé (?:nadar|conducir|montar|cocinar|bailar|cantar|leer|esquiar)\b"
                rf"|^(?:yo )?me mareo\b|^tengo (?:el|la|los|las|un|una) (?:hombro|rodillas?|espalda|cadera|tobillo"
                rf"|muñeca|cuello|lumbares|oído|ojo) (?:\w+ )?(?:mal|fastidiad|rot|operad|fatal|hech|destrozad)\w*"
                rf"|^(?:yo )?llevo (?:audífonos|gafas|marcapasos|una prótesis)\b|^(?:voy"
                rf"|estoy) en silla de ruedas\b|^\S.{{2,30}} me dan? (?:migraña|alergia|dolor|urticaria|ardor"
                rf"|asma)\w*|\bme (?:diagnosticaron|operaron|operan)\b|\bme (?:da|dan) (?:alergia|miedo|pánico)\b"
                rf"|^(?:yo )?(?:me pincho|me inyecto|uso|necesito) (?:\w+ )?(?:insulina|inhalador|audífonos|muletas"
                rf"|bastón)\b|^evito\b|^(?:yo )?(?:oigo|veo|duermo|camino|ando) (?:muy )?(?:mal|fatal"
                rf"|con dificultad)\b|^(?:yo )?(?:tomo|me tomo) .{0, 25}(?:pastillas?|medicación|medicamento\w*"
                rf"|insulina|antidepresiv\w+|anticoagulante\w*|metformina)\b|^(?:yo )?no distingo (?:el|los) \w+"
                rf"|^(?:yo )?no sé (?:nadar|conducir|montar|cocinar|bailar|cantar|leer|esquiar)\b"
                rf"|^\S.{{2,30}} me dan? (?:migraña|alergia|dolor|urticaria|ardor|asma)\w*"
            ),
            0.9,
        ),
        Kind(
            "family",
            re.compile(
                rf"^{_WHEN}(?:mi|mis|nuestr[oa]s?) (?:\w+ ){{0,2}}?{_PERSON}\b(?: \S+){{2,}}"
                rf"|^(?:mi|nuestr[oa]) (?:pequeñ[oa]|mayor|median[oa]|peque|ex|suegr[oa])\b (?:y yo )?(?:\S+ )+\S"
                rf"|^(?:los (?:melliz|gemel)os|las (?:melliz|gemel)as|los niños|las niñas|(?:el"
                rf"|la) abuel[oa])\b (?:\S+ )+\S"
                rf"|^mi (?:\w+ )?{_PERSON} y yo \S+ \S"
                rf"|^{_WHEN}{_ADVERB}(?:tengo|tenemos|adopté|adoptamos) (?:un|una|dos|tres|cuatro|cinco|\d+|varios"
                rf"|varias) (?:\w+ ){{0,2}}?{_PERSON}\b|^(?:tengo|tenemos) (?:(?:gemel|melliz|trilliz)[oa]s|gallinas"
                rf"|gatos|perros|hijos|nietos|abejas|cabras|ovejas|caballos|conejos)\b"
                rf"|^no tengo {_PERSON}"
                rf"|^{_WHEN}{_ADVERB}(?:soy|estoy|estamos) (?:\w+ ){{0,2}}?(?:casad[oa]s?|divorciad[oa]s?"
                rf"|solter[oa]|viud[oa]|comprometid[oa]s?|separad[oa]s?|hij[oa] únic[oa]|padre|madre|abuel[oa]"
                rf"|tí[oa])\b|\bnos casamos\b|\bme cas[éo]\b|\bme divorcié\b|\bespera(?:mos)? (?:un|nuestro"
                rf"|gemelos|mi)\b"
            ),
            0.8,
        ),
        Kind(
            "home",
            re.compile(
                rf"\b(?:venido|ido|vamos|voy|vinimos|fuimos) a vivir (?:a|en)\b|^{_WHEN}{_ADVERB}(?:vivo|vivimos"
                rf"|vivía|viví|crecí|mudé|mudamos|mudo|mudaremos|mudaré) .*\S"
                rf"|^{_WHEN}(?:yo )?(?:soy|somos|vengo) (?:(?:originalmente|también|natural|oriund[oa]|yo"
                rf"|ya) )?(?:de|del) [a-záéíóú]|\bacabo de mudarme\b"
                rf"|\bnos (?:mudamos|hemos mudado)\b|^me (?:he mudado|mudé|mudo)\b|^(?:mi|nuestra|nuestro) (?:casa"
                rf"|piso|apartamento|departamento|pueblo|ciudad|barrio|jardín)\b \S+ \S"
            ),
            0.8,
        ),
        Kind(
            "work",
            re.compile(
                rf"^{_WHEN}{_ADVERB}(?:doy|daba|imparto) (?:\w+ )?clases? (?:particulares )?(?:de|en|a) \w+"
                rf"|^{_WHEN}{_ADVERB}(?:trabajo|trabajé|trabajaba|estudio|estudié|enseño|dirijo|renuncié|me jubilé"
                rf"|me gradué|dejé (?:mi|el) trabajo|empecé (?:de \w+|a trabajar|un trabajo|a estudiar)|perdí (?:mi"
                rf"|el) (?:trabajo|empleo)|conseguí)\b"
                rf"|^{_WHEN}(?:yo )?(?:soy|era) (?!muy\b|más\b|de\b|un poco\b|fan\b|yo\b|así\b|feliz\b|por\b|para\b"
                rf"|lo\b|mejor\b|peor\b|mayor\b|menor\b)(?:un |una )?(?:\w+ ){{0,2}}?(?:\w*(?:er[oa]|or|ora|ista|ente"
                rf"|iante|ante|ogo|oga|ic[oa]|ad[oa]|uct[oa]r|nte|ari[oa]|dent[ae]|agente|concejal[a]?|policía|juez"
                rf"|jueza|fiscal|chef|comadrona|matrona|niñera|cura|monja|sastre|técnic[oa]|miembro|soci[oa]|guía"
                rf"|piloto|dueñ[oa]|jef[ea]|nom[oa]|íst[oa]|ólog[oa]|ític[oa]|rí[oa]))\b|^(?:antes |hace años "
                rf"|de joven )(?:yo )?era (?!muy|más|mejor|así)\w{{4,}}|^mi (?:lengua|idioma) (?:matern[oa]|es)\b"
                rf"|^(?:yo )?estoy en (?:primero|segundo|tercero|cuarto|quinto|sexto) (?:de|año)\b"
                r"|^(?:yo )?(?!(?:espero|quedo|duermo|estoy|como|veo|busco|necesito|tengo|entro"
                r"|ando)\b)\w{3,}o (?:\w+ )?(?:en|para) (?:un|una) (?:\w+ )?(?:hospital|colegio|escuela|guardería"
                r"|oficina|fábrica|tienda|bar|restaurante|hotel|residencia|almacén|banco|laboratorio|biblioteca"
                r"|museo|taller|panadería|cocina|locutorio|clínica|supermercado|obra)\b"
                r"|^(?:yo )?reparto (?!que)\w+|^(?:yo )?llevo (?:un|una|el|la) (?:\w+ería|negocio|tienda|bar"
                r"|restaurante|taller|empresa|cafetería|hotel|granja|quiosco|academia)\b|\b(?:hago"
                r"|tengo) (?:el )?turnos?\b|\bhago (?:noches|mañanas|tardes)\b|\bestoy (?:ahora )?(?:en el turno"
                r"|de (?:noches|mañanas|tardes)\b)"
                r"|^(?:mi|nuestra|nuestro) (?:\w+ )?(?:trabajo|empresa|negocio|oficina|profesión|turno|tesis"
                r"|carrera|tienda|sueldo)\b \S+ \S|\bme (?:ascendieron|despidieron|contrataron)\b"
                r"|\bestoy (?:jubilad[oa]|en paro|desemplead[oa]|de baja|estudiando|trabajando|haciendo (?:un|una"
                r"|el|la|mi))\b|\bmontar (?:mi|un)\b"
            ),
            0.8,
        ),
        Kind(
            "preference",
            re.compile(
                rf"^{_WHEN}(?:a mí |no |también |siempre |ya no )*me (?:gusta|gustan|encanta|encantan|fascina"
                rf"|fascinan|interesa|interesan|apasiona|apasionan|molesta|molestan|aburre|aburren) (?!eso|esto"
                rf"|esa|la idea|tu |tus |cómo|cuándo|cuánto|cuando|que |lo (?:que|bien|mucho)|donde|(?:tod"
                rf"|amb)[oa]s(?:[.,! ]|$)|los dos|las dos)\S|^{_WHEN}{_ADVERB}(?:prefiero|odio|amo|adoro|detesto"
                rf"|no soporto|no aguanto|extraño) (?!eso|esto|cuando|que)\S|^mis? (?:\w+ )?favorit[oa]s?\b"
                rf"|^mis? \w+(?: \w+)? favorit[oa]s?\b|\b(?:es|son) mis? (?:\w+ )?favorit[oa]s?|\bsoy (?:muy "
                rf"|más )?(?:fan|aficionad[oa]|amante|fanátic[oa]|de (?:té|café|mañana|noche))\b|\bsoy (?:muy|más"
                rf"|poco) de (?!lo\b|la opinión|eso\b|los que)\w+"
            ),
            0.6,
        ),
        Kind(
            "possession",
            re.compile(
                rf"^(?:yo )?no (?:tengo|uso|tenemos) (?!ni\b|idea|ganas|tiempo|hambre|sueño|dinero|claro|prisa|nada"
                rf"|más|internet|batería|señal|cobertura|miedo|duda|problema|sal\b|hueva|huevos|leche|pan\b|la |el "
                rf"|los |las |que |por)\w+(?: ni \w+)?[.!]*$"
                rf"|^{_WHEN}{_ADVERB}(?:tengo|tenemos|compré|compramos|vendí|conduzco|manejo) (?:un|una|dos|tres"
                rf"|\d+|mi|mis|el|la|muchos|muchas) (?!pregunta|duda|idea|problema|favor|momento|rato|plan\b"
                rf"|sensación|consulta|cosa|personas?|gente|excel|móvil|archivo|texto|correo|pdf|lista|tabla"
                rf"|documento|foto|imagen|opción"
                rf"|opciones|error)\w|^mi (?:coche|carro|bici|bicicleta|piano|guitarra|moto|barco|violín"
                rf"|huerto)\b \S+ \S"
            ),
            0.5,
        ),
        Kind(
            "plan",
            re.compile(
                rf"^{_WHEN}{_ADVERB}(?:voy|vamos) (?:a (?!ver\b|preguntar|decir|probar|pensar|intentarlo|hacerlo"
                rf"|dormir\b|comer\b)\w+|de|al)\b .*\S|^{_WHEN}(?:yo )?(?:quiero|quisiera|me gustaría|pienso"
                rf"|planeo|espero|sueño con|planeamos|queremos) (?!saber|preguntar|que |hablar|ver\b|pedir|decir"
                rf"|entender|hacer(?:lo| eso))\w+(?:r|rme|rnos|rlo|rla)\b .*\S|^{_WHEN}{_ADVERB}\w+(?:aré|eré|iré"
                rf"|aremos|eremos|iremos)\b .*\S|^(?:mi|el|la|nuestr[oa]) (?:\w+ )?{_DATED}\b (?:\w+ )?(?:es|será"
                rf"|fue|está|se)\b|^tengo (?:un|una|mi|el|la) (?:\w+ )?{_DATED}\b|^el (?:\d|lunes|martes|miércoles"
                rf"|jueves|viernes|sábado|domingo)[^,.]{{0,25}} (?:es|tengo) (?:la|el|mi|una?) {_DATED}\b"
                rf"|^mi (?:sueño|meta|objetivo|plan) es\b|^estoy (?:aprendiendo|ahorrando|entrenando|preparando"
                rf"|construyendo|escribiendo|planeando|buscando (?:trabajo|piso|casa))\b|\b(?:me opero|me caso"
                rf"|nos casamos|empiezo|salgo"
                rf"|viajo|viajamos|vuelo)\b .*\S"
            ),
            0.6,
        ),
        Kind("loss", re.compile(r"\b(?:murió|falleció|se murió|ha muerto)\b"), 0.8),
        Kind(
            "event",
            re.compile(
                rf"^{_WHEN}{_ADVERB}(?:compré|vendí|adopté|adoptamos|empecé|dejé|perdí|gané|ganamos|aprobé"
                rf"|suspendí|terminé|acabé de|conocí|visité|visitamos|viajé|viajamos|fui|fuimos|abrí|abrimos|fundé"
                rf"|rompí|caí|lesioné|apunté|inscribí|corrí|publiqué|planté|reservé|celebramos|nació|operaron"
                rf"|aceptaron|ascendieron|torcí|fracturé|separé|renové|escribí|(?:he|hemos) (?:firmado|suspendido"
                rf"|publicado|fundado|adoptado|comprado|vendido|empezado|dejado|perdido|ganado|aprobado|terminado"
                rf"|conocido|abierto|roto|escrito|reservado|cambiado|tenido)) (?!una pregunta|eso|esto)\S"
            ),
            0.6,
        ),
        Kind(
            "habit",
            re.compile(
                r"^(?:(?:yo|nosotros|\w+) )?no (?:conduzco|manejo|uso|usamos|distingo|oigo bien|veo bien|bailo"
                r"|cocino|nado|leo|hablo"
                r"|monto|juego|trabajo|viajo|duermo bien|madrugo|celebro|celebramos|soporto|aguanto|llevo|tomo"
                r"|pruebo|ceno|desayuno)\b"
                rf"|^{_WHEN}nunca (?:he|hemos|aprendí) \S+|^{_WHEN}{_ADVERB}(?!quiero|necesito|espero|pienso|creo"
                rf"|busco|voy a|vamos a|voy de|tengo el móvil){_HABITUAL} (?!(?:otra|una|más) (?:pregunta|duda|cosa)"
                rf"|(?:eso|esto|así|bien|mal|aquí|hoy)[.!]*$)\S+ \S|^{_WHEN}(?:toco"
                rf"|hablo|juego|nado|corro|bailo|canto|pinto|colecciono|practico|cocino) \S|^llev(?:o"
                rf"|amos) (?:.* )?(?:años"
                rf"|meses|semanas)\b|^(?:suelo|solemos) \S"
            ),
            0.5,
        ),
    ),
    signs=_SIGNS,
    never=re.compile(
        r"\b(?:aprend\w+|aprendido) (?:hoy )?algo (?:nuevo)?\b|^(?:solo |sólo )?(?:estaba|era|fue) (?:por )?prob\w+"
        r"|^(?:el|la|los|las|un|una) (?:\w+ )?(?:jef|amig|vecin|compañer|novi|ex|colega|profesor|caser|client"
        r"|conocid)[\w]* de (?:mi|un|nuestr)"
        r"|^(?:el|la|los|las|un|una) (?:\w+ )?\w+ de (?:mi|un|una|nuestr[oa]) (?:\w+ )?(?:prim|amig|vecin|compañer"
        r"|jef|cuñad|caser|profesor|colega|conocid|client|alumn|pacient)\w*\b|^soy (?:el|la|tu|un"
        r"|una) (?:administrador|admin|desarrollador|creador|dueñ|programador|operador)[oa]?[.!]*$"
        r"|^mi (?:número|referencia|código)(?: de \w+)?(?: es|:) |^(?:yo )?(?:lo|la|le) (?:llamo|llamé|puse) \w+"
        r"|^no soy \w+(?: \w+)?, pero\b|^no tengo (?:ni una )?quejas?\b|^soy todo oídos\b|^acab(?:o"
        r"|amos) de (?:aterrizar|llegar|comer|salir|despertar\w*|cenar|desayunar|volver|ver|leer|probar|entrar)\b"
        r"|\bquiero que (?:el|la|los|las|cada|en|todo|no)\b|\b(?:tú|tu|tus|te|ti|contigo|usted|ustedes|vosotros|os)\b"
        r"|^(?:yo )?(?:estoy|estamos) (?:\w+ )?(?:cansad[oa]|aburrid[oa]|bien|mal|feliz|triste|list[oa]|aquí"
        r"|ocupad[oa]|perdid[oa]|confundid[oa]|content[oa]|enferm[oa]|segur[oa]|nervios[oa]|estresad[oa]"
        r"|enojad[oa]|agradecid[oa]|sorprendid[oa]|agotad[oa]|de acuerdo|emocionad[oa]|pensando|mirando|comiendo"
        r"|esperando|bromeando|preguntando|tomando)\b"
        r"|\btengo (?:hambre|sed|sueño|frío|calor|prisa|una (?:pregunta|duda|idea)|que (?:irme|ir|salir|colgar))\b"
        r"|^(?:yo )?(?:no )?(?:creo|pienso que|supongo|entiendo|sé|imagino|me pregunto|ojalá|necesito (?:ayuda"
        r"|un consejo|una receta|ideas|saber)|quería (?:saber|preguntar)|veo que|dije|digo|decía|olvidé|leí|oí"
        r"|escuché que|vi (?:un|una|que|en))\b"
        r"|\bsi (?:yo )?(?:fuera|tuviera|pudiera|ganara|viviera|estuviera)\b|^si \w+|\b(?:me gustaría|quiero|quería"
        r"|quisiera) (?:saber|preguntar|que)\b|^(?:lo|la|los|las) (?:vamos|voy|he|hemos|tengo|pruebo|miro|llamo)\b"
        r"|\bsoñé\b|\ben (?:el|mi) (?:juego|sueño)\b|\bojalá\b|\bimagina\b|\bsupongamos\b|\bquizás?\b|\btal vez\b"
        r"|\ba lo mejor\b|\bpodría\b|\bdebería\b"
        r"|\bhubiera\b|\bmi (?:siguiente |última |única )?(?:pregunta|duda|mensaje|opinión)\b"
        r"|\bno estoy segur[oa]\b|\ben mi (?:novela|historia|cuento|sueño)\b|\bme (?:gusta|encanta) (?:eso|esto"
        r"|la idea)\b|\bhablar (?:más )?de\b|\btengo que\b|^quiero (?:sumar|calcular|poner|rellenar|sacar|copiar"
        r"|pegar|ordenar|filtrar)\b|\bme siento\b|\bgracias\b|\bdisculpa\b|\bno sé\b"
    ),
    passing=re.compile(
        r"\b(?:ahora mismo|hoy|esta (?:vez|mañana|tarde|noche)|en (?:un rato|diez minutos|\w+ minutos)"
        r"|de momento|por ahora|todavía no|a las \w+|paso \d)\b|^\w+ ahora\b"
        r"|^(?:yo )?(?:estoy (?:en|a|de|viendo|esperando|comiendo|haciendo)|necesito|quiero (?:que|un|una|dos|tres"
        r"|el|la|ese|esa|los|las)|he (?:probado|puesto|cambiado|comprado|perdido|pegado|visto)|voy a (?:pegar"
        r"|probar|cambiar|usar"
        r"|poner|mandar|ver|comprarme|hacer)\w*|llevo (?:esperando|una hora|media hora|tres siglos))\b"
    ),
    artefact=re.compile(
        r"\b(?:título|subtítulo|fuente|página|línea|fila|columna|tabla|celda|fórmula|archivo|código|error|función"
        r"|versión|párrafo|diapositiva|palabra|opción|opciones|propuesta|respuesta|idea|frase|botón)s?\b"
        r"|^(?:yo )?(?:prefiero (?:el|la|lo) (?:de|primer\w*|segund\w*"
        r"|otr\w*|mí\w)"
        r"|me gusta más (?:el|la))\b"
    ),
    joke=re.compile(
        r"\bcomo si\b(?! nada)|\b(?:es broma|era broma|bromeo|broma|dijo nadie|estoy bromeando|ironía|mentira,)\b|😂"
        r"|🤣|😜|🙃"
    ),
    serious=re.compile(
        r"^(?:(?:jaja\w*|no|vale|bueno|pero|ya)[,.! ]+)*(?:(?:ahora )?en serio|bromas? aparte|fuera (?:de )?bromas?"
        r"|(?:es|era) broma|volviendo a la realidad)"
    ),
    introduces=re.compile(
        r"^(?:por cierto|(?:una )?(?:pregunta|duda)|(?:mi )?(?:problema|situación)|sobre mí"
        r"|dato|contexto|corrección|nota|ps|pd|además|sí|no|buenas noticias|importante"
        r"|para que lo sepas|novedad|noticias?|actualización|(?:otra vez |nuevo )?cambio(?: de planes)?|(?:pero|y"
        r"|bueno|pues|al menos|eso sí)(?: \w+){0,2})$"
    ),
    dictates=re.compile(
        r"^(?=.*\b(?:novela|obra|cuento|monólogo|guion|guión|escena|relato|radionovela)\b)(?=.*\b(?:dicto|dictado"
        r"|dictar\w*"
        r"|apunta|(?:capítulo|escena|acto) (?:uno|dos|tres|cuatro|\d+)|(?:primera|siguiente) (?:línea|frase|escena)"
        r"|primer párrafo)\b)"
        r"|\b(?:en|con) la voz de (?:mi|una?|el|la)\b|\bdesde (?:el punto de vista|la perspectiva) de (?:mi|una?)\b"
    ),
    narrates=re.compile(
        r"^(?:yo )?(?:entro|abro la (?:puerta|caja)|saco mi|desenvaino|enciendo|asiento|sonrío|suspiro|susurro"
        r"|me arrodillo|ataco|me escondo|llamo a la puerta"
        r"|salto|huyo|cojo (?:el|la)|agarro|miro alrededor|me acerco|disparo|lanzo)\b"
    ),
    casts=re.compile(
        r"\*[^*]{3,}\*|\beres (?:ahora )?(?:un|una|el|la|mi) [\w' -]{2,40}(?:[,.;]| y) ?(?:y )?(?:yo|soy)\b"
        r"|\beres [a-z]+, (?:un|una|el|la)\b"
        r"|^[\"«'*]?(?:te encuentras|ves (?:un|una|el|la)|entras en|oyes|despiertas|estás (?:ante|frente))\b"
    ),
    text_task=re.compile(
        r"^(?:\w+ ){0,3}(?:versión|borrador|variante|comienzo|principio|final|ejemplo|título|titular|reseña|opinión"
        r"|(?:nota|mensaje|correo|carta|cita) de)"
        r"\b(?: \w+){0,4}: |"
        r"\b(?:estrofa|estribillo|poema|rima|dictado|deberes|ejercicio|verso|canción|cita|letra de)\b|^(?:pon"
        r"|completa|conjuga|transforma|sigue|continúa)\b.*:|"
        r"\b(?:traduce\w*|traducir|corrige\w*|corregir|resume\w*|resumir|mejora\w*|reescribe|revisa|el siguiente"
        r"|la siguiente|este texto|esta frase|aquí (?:está|tienes|va)|escribe\w*|redacta\w*|dice así"
        r"|frase de ejemplo)\b[^.?!\n]*[:\n]|\b(?:traduce\w*|traducir|cómo se dice|corrige\w*|qué significa)\b"
    ),
    invents=re.compile(
        r"\b(?:escribe\w*|cuénta\w*|inventa\w*|compón|sigue|continúa)\b[^.?!]{0,40}\b(?:historia|cuento|poema"
        r"|canción|novela"
        r"|chiste|diálogo|escena|relato)\b"
        r"|\b(?:mi|el|la) (?:personaje|protagonista|narrador\w*)\b|\ben mi (?:novela|cuento|historia|libro|guion)\b"
    ),
    revises=re.compile(
        r"^(?:haz\w*|añad\w*|cambi\w*|cort\w*|deja|pon\w*|quita|más|menos|puede (?:él|ella)|versión|borrador)\b"
        r"|\b(?:que (?:salga|aparezca|diga|lleve)|(?:la|el) (?:historia|poema|tono|escena|línea|final|estrofa"
        r"|estribillo|personaje"
        r"|trama|rima|narrador\w*)|estrofa|rime)\b|^(?:siguiente|segund[oa]|tercer[oa]?|nuev[oa]) (?:línea|estrofa"
        r"|escena|capítulo|versión)\b"
    ),
    fiction=re.compile(
        r"\byo (?:hago|haré|haría) de \w+|\btú (?:haces |harás |harías )?de \w+"
        r"|\b(?:hagamos|hacemos|vamos a hacer|hazme|haz) (?:una?|el|la) (?:\w+ )?(?:entrevista|consulta|juicio|llamada"
        r"|escena|examen)\b|"
        r"\b(?:practi[cq]\w+|ensay\w+|simul\w+)\b[^.?!]{0,40}\b(?:entrevista|conversación|diálogo|discurso|escena"
        r"|consulta|llamada|examen)\b|\b(?:haz de|actúa como|aventura de texto)\b|"
        r"\b(?:tú|vos) (?:eres|haces de|serás) (?:el|la|un|una|mi) [\w ]{2,30}(?:,| y) (?:yo|soy)\b|\bjuego de rol\b"
        r"|\b(?:hablo|escribo|respondo|contesto) (?:\w+ )?como (?:él|ella|ellos)\b|\bcomo (?:él|ella|mi personaje):"
        r"|\bmi (?:personaje|oc)\b|\bhagamos un juego\b|\b(?:escribamos|inventemos|vamos a (?:escribir|inventar)"
        r"|jugamos a)\b|\bsé (?:el|la|mi) \w+[.,!]|\bpara (?:un|el|mi) (?:sketch|monólogo)\b"
        r"|\bfinge\b|\bhaz(?:me)? como (?:si|que)\b|\bimagina que\b"
        r"|^\*[^*]+\*|\bérase una vez\b|\bpropón un juego\b|\bjugamos\b|\bjuguemos\b|\bvamos a jugar\b"
    ),
    ends_fiction=re.compile(
        r"^(?:pausa|para|fin|basta|stop|se acabó|en la vida real|en serio|fuera del juego)\b|\ben la vida real\b"
        rf"|\b(?:fin|final|acabó|terminó|salgo|salimos|fuera|basta|suficiente|dejo|dejamos|termin\w+|acab\w+"
        rf"|cierro) (?:(?:de|del|el|la|este|esta|mi|con|por hoy) ){{0,3}}{_GAME}\b"
        rf"|\b{_GAME} (?:terminad[oa]|acabad[oa]|se acabó|finalizad[oa])\b|^(?:en realidad|(?:vale|bueno)?,? ?de verdad"
        r"|otra (?:cosa|pregunta)|cambiando de tema)\b"
    ),
    person=re.compile(rf"(?i:\b(?:mi|mis|nuestr[oa]s?) (?:\w+ ){{0,2}}?{_PERSON}\b)(?: [A-ZÁÉÍÓÚÑ][\w'-]+)?"),
    about_them=re.compile(r"^(?:él|ella|ellos|ellas|sus?|que|cumple|vive|trabaja|estudia|tiene|nació|juega|toca)\b"),
    follow_up=re.compile(
        r"^(?:él|ella|ellos|ellas|su|sus|(?:que )?(?:cumple|vive|trabaja|estudia|tiene|nació|juega|toca)|se llama"
        r"|se llaman|es|son|tiene|tienen|ambos|los dos|las dos|el (?:mayor"
        r"|menor)|la (?:mayor|menor)) ?.*(?:\bllama\w*|\bnombre\b|\d|\baños?\b|\bnació\b|\btrabaja\b|\bvive\b"
        r"|\btiene\b|\bama\b|\bodia\b|\bes una?\b|\bestudia\b|\bva a\b|\bjuega\b|\balérgic\w+|\bde\b|\bcasad\w+"
        r"|\bgusta\w*)"
    ),
    reported=re.compile(
        r"\b(?:(?:ha|han) (?:escrito|dicho|contado|mandado|enviado)|me (?:escribe|manda|cuenta)|dijo|pone|suelta"
        r"|manda|dice|dicen|decía|según|preguntó|respondió|escribió|cuenta que|contó|cree que"
        r"|opina|grita|gritó)\b"
    ),
    over=re.compile(
        r"\b(?:he dejado|dejé|ya no|vendí|he vendido|murió|ha muerto|falleció|renuncié|terminamos|rompimos"
        r"|(?:lo|la|los|las) (?:vendí|dejé)|dejó (?:el|la|los|las)|vendió|se acabó|se nos (?:fue|murió)|enterramos"
        r"|me di de baja|me he dado de baja|divorci\w+|regalé|cancel\w+|me fui de"
        r"|en vez del?|en lugar del?|no va más)\b"
    ),
    changes=re.compile(
        r"\b(?:ahora|ya|últimamente|cambiado|cambié|cambió|pasado al?|nuev[oa]|otra vez|de nuevo|al final|en vez de"
        r"|(?:me |nos )?(?:subieron|subió|bajaron|bajó|aumentaron|redujeron|cambiaron)"
        r"|desde (?:semana santa|navidad|enero|febrero|marzo"
        r"|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre))\b"
    ),
    gives_up=re.compile(
        r"\b(?:no|nunca|ya no|ya|dejé de|dejó de|más|antes|ahora|también|otra vez|de nuevo|todavía|aún|siempre|muy"
        r"|mucho|realmente)\b"
    ),
    slots=(
        Slot(re.compile(rf"\bme llamo\b|^mi nombre(?: completo)? es\b|^ll[aá]mame {_BY_NAME}"), "name"),
        Slot(
            re.compile(
                r"\b(?:vivo|vivimos|a vivir|mudé|mudamos|mudado|mudarme)\b|\b(?:piso|casa|apartamento) propi[oa]\b"
            ),
            "home",
        ),
        Slot(
            re.compile(
                r"\btrabajo (?:\w+ )?(?:en|para|con)\b|\bestoy de \w+ en\b|\bllevo la barra\b"
                r"|\bempecé a trabajar en\b|\bdejé mi trabajo\b"
                r"|\bnuevo trabajo\b|\brenuncié\b"
            ),
            "employer",
        ),
        Slot(
            re.compile(
                r"\btrabajo (?:\w+ )?(?:como|de)\b|^(?:yo |ahora |ya )*soy (?:\w+(?:er[oa]|or|ora|ista|ogo|oga"
                r"|enfermer[oa]"
                r"|médic[oa]|abogad[oa]))\b"
            ),
            "profession",
        ),
        Slot(
            re.compile(
                r"\b(?:voy|vamos|viajo|ando|pedaleo)\b[^.!?]{0,25}\b(?:al trabajo|a la oficina|al curro|a clase"
                r"|al instituto)\b"
            ),
            "way to work",
        ),
        Slot(re.compile(r"^(?:ya |ahora )?(?:peso|estoy en) (?:ya |ahora )?\d+(?:,\d+)? ?(?:kilos?|kg)?\b"), "weight"),
        Slot(re.compile(r"\b(?:turno (?:de|partido)|hago (?:noches|mañanas|tardes))\b"), "shift"),
        Slot(
            re.compile(r"\b(?:a tiempo (?:completo|parcial)|media jornada|jornada (?:completa|reducida))\b"),
            "hours of work",
        ),
        Slot(
            re.compile(
                r"^(?:ahora |ya )?(?:tengo|tenemos) (?:ya |ahora )?(?:dos|tres|cuatro|cinco|seis"
                r"|\d+) (?P<of>hij[oa]s|gat[oa]s|perr[oa]s|gallinas|herman[oa]s|niet[oa]s|caballos|colmenas)\b"
            ),
            "number of {of}",
        ),
        Slot(
            re.compile(
                r"^(?:mi|nuestr[oa]) (?P<of>\w+)(?: \w+)? (?:tiene|cumple|cumplió|ha cumplido) (?:ya "
                r"|ahora )?(?:\d{1,2}|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)(?: años?)?[.,!]?(?:$| )"
            ),
            "age of {of}",
        ),
        Slot(re.compile(r"\b(?:tengo|cumplo|cumplí|cumplir) (?:casi )?\d{1,3}\b"), "age"),
        Slot(re.compile(r"\b(?:vegan[oa]|vegetarian[oa]|como carne|comer carne|como pescado)\b"), "diet"),
        Slot(
            re.compile(
                r"\b(?:solter[oa]|casad[oa]|divorciad[oa]|comprometid[oa]|me casé|nos casamos|viud[oa]|separad[oa]"
                r"|me divorcié|tengo (?:ya )?(?:novi[oa]|pareja))\b"
            ),
            "relationship",
        ),
        Slot(
            re.compile(
                r"^mis? (?P<of>(?:\w+ ){1,2}favorit[oa]s?|cumpleaños|edad|dirección|teléfono|jef[ea]|profesión)\b"
            ),
            "{of}",
        ),
        Slot(re.compile(r"^(?:mi|nuestr[oa]) (?P<of>(?:\w+ )?\w+) se llama\b"), "name of {of}"),
        Slot(
            re.compile(rf"^(?:mi|el|la|nuestr[oa]) (?P<of>(?:\w+ )?{_DATED}) (?:\w+ )?(?:es|será|fue|está|se)\b"),
            "when {of}",
        ),
        Slot(
            re.compile(r"^(?:mi|nuestr[oa]) (?P<of>\w+(?: \w+)?) (?:ahora |ya |todavía )?(?:vive en|se mudó a)\b"),
            "home of {of}",
        ),
    ),
    asked=(
        Asked(re.compile(r"cómo te llamas|cuál es tu nombre|cómo se llama usted"), "Me llamo {answer}", 0.9),
        Asked(re.compile(r"cuántos años tienes|qué edad tienes"), "Tengo {answer} años", 0.8),
        Asked(re.compile(r"cuánto mides"), "Mido {answer}", 0.6),
        Asked(re.compile(r"dónde vives|en qué (?:ciudad|país) vives"), "Vivo en {answer}", 0.8),
        Asked(re.compile(r"de dónde eres"), "Soy de {answer}", 0.8),
        Asked(
            re.compile(r"(?:a qué te dedicas|en qué trabajas|cuál es tu (?:trabajo|profesión))"),
            "Mi trabajo: {answer}",
            0.8,
        ),
        Asked(re.compile(r"cómo se llaman? tus? (?P<of>[^?]{2,40})\?"), "Mi {of} se llama {answer}", 0.7),
        Asked(re.compile(r"cuándo es tu (?P<of>[^?]{2,40})\?"), "Mi {of}: {answer}", 0.7),
        Asked(re.compile(r"(?:cuál|quién|qué) es tu (?P<of>[^?]{2,40})\?"), "Mi {of}: {answer}", 0.7),
    ),
    personal=re.compile(
        r"^(?!.*\b(?:cómo estás|cómo te sientes|cómo lo llevas|puedo|debería|te gustaría|quieres|necesitas"
        r"|alguna (?:otra )?pregunta|ayud\w*|qué opinas|qué piensas|algo más|otra cosa|puedes|podrías|ahora mismo|hoy"
        r"|te cuento|cuento|nadie|listo|lista|preparo|pedido|llevas|y tú|filas|mundo|pagas|pides|prefieres|eliges)\b)"
        r"(?:.*\b(?:tu|tus|te|tú|su|sus|usted|tienes(?= (?:\w+ )?(?:alergias?|hij\w+|mascotas?|herman\w+|pareja"
        r"|coche|carné|carnet|alguna?|enfermedad\w*|perr\w+|gat\w+"
        r"|aficiones|trabajo|miedo|años)\b)|eres|vives|trabajas|comes|haces|estás|vienes|vas|llama|llaman"
        r"|practicas|tocas|juegas|estudias|hablas|bebes|fumas|tomas|sufres|padeces|cuidas|cocinas)\b"
        r"|¿(?:y )?(?:tiene|toma|practica|padece|fuma|bebe|vive|trabaja|estudia|habla|toca) "
        r"|¿?(?:alguna?|qué|cuál|cuántos|cuántas) (?:\w+ )?(?:alergias?|hijos|hijas|niños|invitados|mascotas?"
        r"|hermanos|idiomas?|aficiones|instrumentos?|personas|sois)\b)"
    ),
    yes=re.compile(r"^(?:sí|si|claro|exacto|correcto|así es|efectivamente|por supuesto|cierto)\b"),
    no=re.compile(r"^(?:no|nunca|ya no|para nada|tampoco)\b"),
    confirmed=(),
    answered="A la pregunta «{question}»: {answer}",
    refusal=re.compile(
        r"^(?:lo siento|disculpa|perdona|lamentablemente|como ia)[^.]{0,30}\bno (?:puedo|me es posible|voy a poder)\b"
    ),
)
