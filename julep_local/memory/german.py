"""German: what people say of themselves, and what they say otherwise. Verbs come before or after `ich`."""

import re

from julep_local.memory.language import Asked, Kind, Language, Signs, Slot, swapped

_ADVERB = (
    r"(?:(?:auch|noch|immer|oft|gerade|gern|gerne|jetzt|inzwischen|mittlerweile|seit \w+(?: \w+)?|schon|nur|sehr"
    r"|total|wirklich"
    r"|eigentlich|meistens|manchmal|früher|ursprünglich|endlich|letztens|neulich|kürzlich|übrigens|leider"
    r"|zum glück|heute"
    r"|gestern|nie|niemals|selten|überhaupt|einfach|absolut|am liebsten|selbst|persönlich|privat|besonders|lieber"
    r"|dort|hier|momentan|derzeit|aktuell"
    r"|beruflich|mal|bald|nun|aber|ja|halt|so|am \w+|im \w+|vor \w+ \w+|letzte\w* \w+|nächste\w* \w+) )*"
)
_PERSON = (
    r"(?:mama|mutter|papa|vater|eltern|frau|mann|ehefrau|ehemann|partner(?:in)?|freundin|freund|verlobter?|sohn"
    r"|tochter|kind|kinder|zwillinge|drillinge|baby|bruder|brüder|schwester|schwestern|geschwister|oma|opa|großmutter"
    r"|großvater|großeltern|enkel\w*|neugeborene\w*|tante|onkel|cousine?|neffe|nichte|schwieger\w+|schwager"
    r"|schwägerin|familie|freunde|mitbewohner(?:in)?"
    r"|nachbar(?:in|n)?|chef(?:in)?|kolleg(?:e|in|en)|lehrer(?:in)?|arzt|ärztin|vermieter(?:in)?|hund|hündin|katze"
    r"|kater"
    r"|kätzchen|welpe|pferd|pony|papagei|wellensittich\w*|kaninchen|hamster|meerschweinchen|tiere|bienen|ziegen?"
    r"|schafe?|schildkröte|hühner"
    r"|haustier\w*)"
)
_BY_NAME = (
    r"(?!(?:nicht|ruhig|eine?[nrms]?|so|wie|altmodisch|verrückt|spießig|naiv|pingelig|faul|langweilig|abergläubisch"
    r"|zynisch"
    r"|kitschig|sentimental|paranoid|komisch|seltsam|dumm|egoistisch)\b)"
)
"""Comes after "nennt mich" where a name does."""
_VERBS = (
    r"(?:wohne|lebe|arbeite|studiere|unterrichte|heiße|komme|spiele|laufe|jogge|schwimme|singe|male|zeichne|koche"
    r"|backe|tanze"
    r"|lese|schreibe|spreche|lerne|fahre|reite|klettere|wandere|segle|angle|stricke|nähe|programmiere|meditiere"
    r"|trainiere|rauche"
    r"|trinke|esse|nehme|trage|sammle|besitze|leite|führe|pendle|züchte|baue|gärtnere|fotografiere|mag|liebe|hasse"
    r"|bevorzuge"
    r"|vertrage|interessiere mich|begeistere mich|verkaufe|übersetze|betreibe|halte|helfe|pflege|repariere|entwerfe"
    r"|vermiete|betreue|schneidere|töpfere|restauriere|organisiere|jobbe|engagiere mich|ernähre mich|leide|plane"
    r"|fliege|ziehe|heirate"
    r"|reise|fange|mache|beginne"
    r"|gehe|werde|möchte|will|spare|suche|verbringe|schlafe|stehe|träume|feiere|besuche|bekomme|kriege|gebe)"
)
_ANY_VERB = (
    r"(?!(?:habe|haben|meine|meinen|deine|seine|keine|keinen|eine|einen|gerne|heute|danke|bitte|wäre"
    r"|hätte|würde|könnte"
    r"|möchte|brauche|brauchen|suche|suchen|sehe|sehen|glaube|denke|finde|verstehe|hoffe|frage|bekomme|kriege|warte"
    r"|stehe"
    r"|sitze|komme|probiere|versuche|teste|rede|sage|kenne|bleibe|schaue|gucke|nehme|wollte|wollten|klicke|klicken"
    r"|sitzen|liege|liegen|freue|freuen|rufe|rufen|hänge|penne|werde|werden|starte|tippe|tippen|drücke|drücken)\b)"
    r"\w{3,}(?:e|en)"
)
"""Whatever somebody does, but what is done in a talk or in a moment."""
_PARTICIPLE = (
    r"(?:gezogen|umgezogen|gekauft|verkauft|adoptiert|gekündigt|angefangen|begonnen|bestanden|geheiratet|gewonnen"
    r"|verloren"
    r"|gebrochen|verstaucht|operiert|studiert|gelernt|gearbeitet|gewohnt|gelebt|bekommen|geboren|aufgewachsen"
    r"|getrennt|verlobt|geschieden|befördert|gereist|geflogen|besucht|gegründet|eröffnet|gelaufen|teilgenommen"
    r"|abgeschlossen|unterschrieben|gebucht|gefeiert|aufgehört|aufgegeben|gewechselt|angemeldet|eingezogen|ausgezogen"
    r"|getroffen|kennengelernt|diagnostiziert|gemacht|gefunden|gebaut|renoviert|gepflanzt|geschrieben|veröffentlicht"
    r"|gestürzt|verletzt|geworden|gegangen|gefahren|gesehen|übernommen|geerbt|durchgefallen|prüfung gefallen)"
)
_DATED = (
    r"(?:termin|prüfung|klausur|vorstellungsgespräch|bewerbungsgespräch|flug|hochzeit|abgabe|operation|op|konzert"
    r"|marathon"
    r"|reise|urlaub|geburtstag|feier|party|zahnarzttermin|arzttermin|umzug|führerscheinprüfung|abschluss|auftritt"
    r"|chor|chorprobe|probe|training|kurs|unterricht|vorlesung|sprechstunde|stammtisch|therapie)"
)
_MY = r"(?:mein|meine|meinen|meinem|meiner|unser|unsere|unseren|unserem|unserer)"

_SIGNS = Signs(
    lasting=re.compile(
        r"\b(?:jede[nrms]? (?:\w+ )?(?:tag|woche|monat|jahr|morgen|abend|nacht|wochenende|winter|sommer|\w+tag)e?s?"
        r"|montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags|werktags|wochenends|morgens|abends"
        r"|nachts"
        r"|täglich|wöchentlich|monatlich|jährlich|immer(?! noch| wieder)|meistens|normalerweise|regelmäßig"
        r"|grundsätzlich|nie|niemals"
        r"|sonst(?! kein)"
        r"|(?:ein|zwei|drei|vier|fünf|\d+) ?mal (?:am|pro|in der|die|im) \w+|(?:pro|die|in der) woche"
        r"|seit (?!(?:\w+ )?(?:minuten?|stunden?|tagen)\b|eben|gestern|heute|vorhin|stunden|montag|dienstag|mittwoch"
        r"|donnerstag|freitag|samstag|sonntag)\w+"
        r"|vor (?:\w+ )?jahren|(?:\w+ )?jahre lang|mein leben lang|als kind|von beruf|beruflich|nicht mehr|früher"
        r"|hauptberuflich|nebenberuflich|ehrenamtlich|in vollzeit|in teilzeit|gelernte[r]?)\b"
    ),
    called=re.compile(
        r"\b(?:heißt|heißen|namens|genannt) [A-ZÄÖÜ]|\b(?:nach|aus) [A-ZÄÖÜ][a-zäöüß]+\b"
        r"|\b(?:[Ww]ohn|[Ll]eb|[Aa]rbeit|[Ss]tudier|[Uu]nterricht|[Vv]erkauf|[Gg]eh|[Ff]ahr|[Bb]in|[Ii]st|[Ss]ind"
        r"|[Ss]piel|[Ll]eit|[Mm]ach|[Ff]eier|[Tt]reff)\w*\b.*\b(?:in|bei|von) [A-ZÄÖÜ][a-zäöüß]+\b"
        r"|\b[Mm]eine?[rnm]? [A-ZÄÖÜ][a-zäöüß]+,? [A-ZÄÖÜ][a-zäöüß]+\b"
    ),
    typical={
        "possession": re.compile(
            r"\bich fahre ein\w*\b|\b(?:ich besitze|ich habe|habe ich) (?:\w+ )?(?:kein|keine|keinen) (?!ahnung|zeit"
            r"|lust|plan\b|idee|bock"
            r"|problem|hunger|durst|geld\b|nerv|kraft|chance|wahl|schimmer|antwort|fehler|grund|strom|internet|platz"
            r"|hoffnung"
            r"|interesse|milch|mehl|zucker|eier|butter|brot|salz|öl|hefe|sahne|appetit)\w+(?: \w+)?[.!]*$"
            r"|\b(?:\w*auto|\w+laden|\w*wagen|\w*fahrrad|e-bike|\w*rad|motorrad|roller|boot|segelboot"
            r"|wohnmobil|wohnwagen|haus"
            r"|\w*haus|wohnung|\w*garten|balkon|terrasse|gewächshaus|garage|werkstatt|klavier|flügel|gitarre|geige"
            r"|cello|schlagzeug|flöte|trompete|akkordeon|kamera|laden|geschäft|firma|betrieb|\w*praxis|café"
            r"|restaurant"
            r"|bäckerei|tischlerei|schreinerei|\w+erei|hof|bauernhof|podcast|blog|kanal|band|stand|führerschein"
            r"|\w*schein"
            r"|\w*pass|visum|aufenthaltstitel|diplom|abschluss|meisterbrief|\w*brief|abo|\w*karte|mitgliedschaft"
            r"|tattoo|narbe|implantat|\w*prothese|herzschrittmacher|hörgerät|brille|rollstuhl|schlaganfall"
            r"|herzinfarkt"
            r"|sammlung|bienen|völker|kredit|rente|vertrag|termin|prüfung|klausur|handy|laptop|computer)\b"
        ),
        "plan": re.compile(
            r"\b(?:lern\w*|studier\w*|spar\w*|umzieh\w*|zieh\w*|heirat\w*|werde \w+ (?:vater|mutter|oma|opa)"
            r"|kündig\w*"
            r"|ausbildung|\w*marathon|eröffne\w*|bewerb\w*|auswander\w*|abnehm\w*|aufhör\w*|bau\w*|umschul\w*"
            r"|(?:will|möchte) \w+ werden|renovier\w*|umschul\w*|\w+arbeit|ziel|traum)\b"
        ),
        "event": re.compile(
            r"\b(?:umgezogen|gezogen|geheiratet|geschieden|getrennt|verlobt|geboren|aufgewachsen|adoptiert"
            r"|gekündigt|befördert|gegründet|eröffnet|operiert|diagnostiziert|studiert|gelernt|bestanden"
            r"|abgeschlossen|gebrochen|aufgehört|aufgegeben|abgebrochen|exmatrikuliert|übernommen|geerbt"
            r"|prüfung gefallen|eingeschult|promoviert|bekommen|geworden|gelebt|gewohnt|gearbeitet|eingezogen"
            r"|ausgezogen|ausgewandert)\b"
        ),
        "family": re.compile(
            r"\b(?:ich habe|habe ich|wir haben|haben wir|wir sind zu)\b|\bist (?:\w+-)?(?!sauer|super|unsicher"
            r"|sicher|lecker|teuer|immer|wieder|hier|weiter|schwer|leer|locker|bitter|aber|oder|unter|über|eher|sehr"
            r"|mehr|später|früher|spezialist)\w{3,}(?:er|ist|eur|ent|ant|mann|frau)\b|\b(?:ist|sind"
            r"|war) (?:\w+ ){0,3}?(?:\d|zwei|drei|vier"
            r"|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w+zehn|\w+zig|ein\w*|aus|im|in"
            r"|bei|auf montage|allergisch|vegan\w*|vegetari\w+|diabetiker\w*"
            r"|verheiratet|schwanger|rentner\w*|gestorben|tot|taub|blind|geboren|geschieden|lehrer\w*|arzt|ärztin"
            r"|\w+in)\b"
            r"|\b(?:heißt|heißen|arbeitet|wohnt|wohnen|lebt|leben|hat|haben|mag|mögen|liebt|hasst|spielt|studiert"
            r"|unterrichtet|spricht"
            r"|wird|wurde|werden|kommt|kommen|geht|gehen|sammelt|isst|essen|trinkt|trinken|raucht|leidet|macht"
            r"|lernt|zieht|geburtstag|namens|pflegt"
            r"|verträgt|teilen uns|kam|kamen|fängt|beginnt|darf|kann kein\w*|gestorben|geboren|umgezogen|geheiratet"
            r"|singt|malt|betreibt|führt)\b"
        ),
        "other": re.compile(
            r"^(?:mein|meine|unser|unsere) (?:\w+ ){1,3}(?:ist|sind|war|heißt) |\bich (?:wiege|messe|trage)\b"
        ),
        "habit": re.compile(
            r"\b(?:ich|wir) (?:züchten?|halten|betreiben?|unterrichten?|trainieren?|pendeln?|verkaufen?|reparieren?"
            r"|putzen?|restaurieren?|vermieten?|bewirtschaften?|pflegen?|betreuen?|liefern?|kellnern?|teilen uns"
            r"|trage|gebe"
            r"|führen?|machen? die"
            r" (?:buchhaltung|kasse|mitgliederverwaltung|homepage))\b|\b(?:lerne|halte|noch nie|übersetze|betreibe"
            r"|pflege|repariere|vermiete|betreue|schneidere|töpfere"
            r"|entwerfe|spiele|spreche|unterrichte|singe|verkaufe|züchte|trainiere|stricke|nähe|male"
            r"|sammle|reite"
            r"|schwimme|laufe|jogge"
            r"|wandere|klettere|segle|angle|tanze|esse|trinke|rauche|imkere|restauriere|pendle|koche|backe"
            r"|meditiere|gärtnere|betreibe)\b"
        ),
    },
    distant=re.compile(
        r"\b(?:es|das|die|den|dies|diese[nrms]?|damit|davon|dafür|darauf|daran|so|welche|einen|eins|ihn|ihm"
        r"|beides)[.!,;]*$"
        r"|\bmit (?:ihm|ihr|ihnen)\b|\b(?:diese[nrms]?) (?!jahr|monat|woche|sommer|winter|herbst|frühling)\w+"
        r"|\bich (?:mache|habe|nehme|will) (?:es\b|das(?=[.!,;]*$| (?:so|auch|schon|jetzt|nicht|gerade|mal|noch"
        r"|alles|gestern|heute"
        r"|\w*ge\w+(?:t|en)|ver\w+t|probiert|\w+iert)\b))"
    ),
    momentary=re.compile(
        r"\bich \w+ (?:ja|doch) (?:nicht|kein\w*|nie)\b|\b(?:wohne|wohnen|lebe|leben) (?:ich |wir )?(?:\w+ )?(?:im"
        r"|in de[rmn]|in ein\w+|auf de[mr]|am) (?!(?:\w+ ){0,3}?\w*(?:haus|wohnung|zimmer|hof|dorf|stadt|land|ort"
        r"|viertel|straße|gasse|allee|platz|berg\w*|tal|wald|see|meer|insel|küste|fluss|rand|mitte|zentrum|nähe"
        r"|gegend|region|kreis|bezirk|stock|etage|keller|dach\w*|wg|heim|turm|schloss|boot"
        r"|schiff|bus|wagen|mobil|zelt|hütte|alm|kloster|siedlung|block|bau|norden|süden|osten|westen|ausland|mark"
        r"|rhön|gau|gebiet|allgäu|harz|wallis|tessin|elsass|taunus|hunsrück|rhein"
        r"|main|neckar|inn|mosel|elbe|donau|isar|mühle|kirche|kapelle|schule|fabrik|bahnhof"
        r"|schweiz|türkei|ukraine|slowakei|niederlanden|usa|pott|eifel|pfalz|heide|lausitz|provinz|bude|villa"
        r"|nachbarschaft|kommune|gemeinde|gebirge|internat|hotel)\b)\w+|"
        r"^(?:mein|meine|unser|unsere) (?:\w+ ){1,2}hat (?:\w+ )*?(?:auf|in|mir|mich|uns|mein\w*|den|die|das|alles"
        r"|wieder)\b.*"
        r"\b(?!(?:gebrochen|geheiratet|gekauft|gegründet|gearbeitet|gelebt|gewohnt|gelernt|geschenkt|gewonnen"
        r"|gekündigt|gewechselt)\b)ge\w+(?:t|en)"
        r"[.!]*$|\bschon wieder\b|\b(?:habe?|hat|haben) (?:ich )?(?:\d\d \w+ |\w+ )?(?:fieber|schnupfen|husten"
        r"|bauchweh|bauchschmerzen|kopfschmerzen|kopfweh|zahnschmerzen|zahnweh|halsschmerzen|schluckauf|muskelkater"
        r"|einen kater(?=[.!]*$))\b(?! seit)|\bzu spät\b"
        r"|\b(?:dabei|übrig|liegen lassen|vergessen)[.!]*$|\b(?:ich habe|habe ich|wir haben) .{0,60}\b(?:angerufen"
        r"|gefragt|gesagt|erzählt|geschickt|gemailt|gezeigt|gesprochen|zweimal geschrieben"
        r"|angeschrieben)\b|\bmeine[mr] \w+ (?:\w+ ){0,2}geschrieben\b|\bzu viele?[.!]*$|\b\d+ ?(?:g|kg|gramm|kilo"
        r"|liter|ml) \w+|\b(?:ein halbes|ein|zwei|halbes) (?:kilo|pfund|liter)\b"
        r"|^(?:mein\w*|unser\w*|einer? (?:meiner|unserer)) (?:\w+ )?(?:kund(?:e|in|en)|klient\w*|mandant\w*"
        r"|patient\w*|schüler\w*|gäste"
        r"|gast|leser\w*|zuschauer\w*)\b|^(?:ein\w*|der|die|das) (?:\w+ )?(?:kolleg\w+|freund\w*|bekannte\w*"
        r"|nachbar\w*|typ|frau|mann|kumpel) von (?:mir|uns|nebenan)\b"
        r"|"
        r"^(?:mein|meine|unser|unsere) (?:haus|wohnung|garten|zimmer|büro|job|arbeit|team|küche|schule|firma"
        r"|stadt) (?:ist|war|sieht|stinkt|nervt)(?: \w+)? (?:ein (?:chaos|albtraum|witz)"
        r"|eine katastrophe|so|sehr|zu|kalt|heiß|langweilig|okay|gut|schlecht|toll|schrecklich|dreckig|leise|laut"
        r"|leer|stressig|anstrengend|aus)\b|^ich komme (?:gerade|eben|vom|von der)\b"
        r"|\bseit \w+ (?:stunden?|minuten)\b|\b(?:ich muss|muss ich|wir müssen)\b"
        r"|\b(?:(?<!lerne )(?<!studiere )(?<!spare )(?<!baue )gerade|eben|soeben|gleich"
        r"|jetzt gleich|im moment|minuten?"
        r"|sekunden?|halbe stunde)\b|\bich (?:bin|war) (?:\w+ )?am \w+en\b"
        r"|\bich habe (?:\w+ ){0,2}(?:eier|mehl|zucker|butter|reis|nudeln|zwiebeln|kartoffeln|tomaten|käse|sahne"
        r"|milch|hefe|zeit"
        r"|farbe|genug|alles|nichts|etwas|probiert|versucht|gemacht|geschaut|geklickt|gestellt|geschnitten|gekocht)\b"
        r"|^mein\w* (?:\w+ )?(?:chef\w*|lehrer\w*|vermieter\w*|kolleg\w+|nachbar\w*|mutter|mama|vater|papa"
        r"|freund\w*|schwester|bruder|mann|frau"
        r"|hund|katze|kater) (?:\w+ )?(?:sagt|sagte|meint|meinte|fragt|will|wollte|findet|nervt|spinnt|schläft"
        r"|schnarcht|bellt|frisst|ruft|schreibt"
        r"|ist (?:so|total|echt|voll|super|sauer|nett|lieb|doof|blöd|nervig|krank|unterwegs|weg|da))\b"
    ),
    trait=re.compile(
        r"\bich bin (?:\w+ ){0,2}?(?:ein(?:e|en)? )?(?:(?:echte?r?|totale?r?|schlechte?r?|gute?r?|große?r?"
        r"|hoffnungslose?r?|schreckliche?r?"
        r"|fröhliche?r?|glückliche?r?|faule?r?|starke?r?|schwache?r?|halt) .*|(?:\w+ )?(?:mensch|genie|held|heldin"
        r"|idiot|könig|königin|gott|star|versager\w*"
        r"|perfektionist\w*|optimist\w*|pessimist\w*|realist\w*|träumer\w*|monster|maschine|roboter|fan|opfer|engel"
        r"|chaot\w*|begeistert))\b"
    ),
    unfinished=re.compile(
        r"(?<!\w)(?:und|oder|aber|weil|dass|wenn|ein|eine|einen|der|den|mit|für|bei|von|zu|als|wie|mein"
        r"|meine)[.!,;]*$"
    ),
    ironic=re.compile(
        r"\b(?:liebe|ich mag|genieße|freu\w* mich|super|toll|lieblings\w+)\b.{0,30}\b(?:montage?|steuer\w*"
        r"|steuererklärung\w*|stau\w*"
        r"|warteschlange\w*|warten|behörden\w*|formulare?|überstunden|wecker|früh aufstehen|um (?:vier|fünf|sechs)"
        r"|putzen|bügeln|abwasch"
        r"|zahnarzt|kopfschmerzen|migräne|meetings?|bürokratie|papierkram|verspätung\w*|mücken|regen|spam|werbung)\b"
    ),
)

_GAME = (
    r"(?:rolle(?:nspiels?)?|szene|spiels?|übung|diktats?|geschichte|probe|theaters?|sketchs?|simulation|figur|monologs?"
    r"|kapitels?|hörspiels?|interviews?|\w+gesprächs?)"
)
"""What people play or make up together."""

GERMAN = Language(
    code="de",
    marks=frozenset(
        """ich ist bin mein meine und der die das nicht ein eine einen mit zu auf für im den dem habe hast du wir sie es
        war von seit wie kannst kann mir mich auch noch aber bei heiße in wohne
        unser unsere unseren unserem hat hab bitte was weil oder dass wenn schon nur nach muss ne nen gegen vor aus beim
        zwei drei nehme studiere arbeite spiele trage wurde ab bis zum zur immer gibt es ihn man""".split()
    ),
    spelling=(
        *swapped("arbeite arbeiten wohne wohnen studiere schwester bruder mutter tochter kinder jahre nachts"),
        (re.compile(r"\bhab\b"), "habe"),
        (re.compile(r"\bheisse\b"), "heiße"),
        (re.compile(r"\bfuer\b"), "für"),
        (re.compile(r"\bmoechte\b"), "möchte"),
        (re.compile(r"\bwaere\b"), "wäre"),
        (re.compile(r"\bzoeliakie\b"), "zöliakie"),
        (re.compile(r"\bjungste\b|\bjuengste\b"), "jüngste"),
        (
            re.compile(
                r"(?<!bin )(?<!als )(?<!war )(?<!ein )\b(?=(?:wohn|trink|ess|arbeit|mach|geh|fahr|spiel|lern|bleib"
                r"|lauf|lieb|hass|studier|rauch|kauf|komm|brauch|schlaf|koch|back|schreib|les|imker|reit|schwimm"
                r"|unterricht|jobb|sing|zeichn|sammel|les|leb|ruf|freu|find|denk)\b)(\w+)"
            ),
            r"\1e",
        ),
        # what is spoken without its last letter: "ich strick", "da räum ich", never a word that ends so anyway
        (
            re.compile(
                r"\bich (?!(?:bin|war|will|kann|darf|muss|soll|mag|hab|weiß|ward|hatt|nicht|auch|noch|schon|mal"
                r"|jetzt|nur|und"
                r"|oder|bald|selbst|mich|mir|dich|dir|euch|uns|es|das|ein|der|den|dem|im|in|an|am|auf|bei|mit|von"
                r"|aus|zum|zur"
                r"|vor|seit|nach|für|ja|doch|halt|eh|gern|gerad|grad|oft|heut|wohl|dann|dort|hier|so|als|sonst|immer"
                r"|wieder"
                r"|erst|eben|einfach|eigentlich|wirklich|leider|sehr|jed\w+|mein\w*|kein\w*|um|ab|ihn|ihm|ihr|sie|er"
                r"|wir"
                r"|lieber|besser|selber|ging|kam|fand|bekam|nahm|gab|fuhr|lief|saß|sah|las|fing|zog|trug|schrieb"
                r"|blieb|ließ"
                r"|hieß|wurd|stand|verlor|brach|aß|trank|starb|schlief|half|sprach"
                r"|wusst)\b)(\w{2,}[bdfgklmnprtzß])(?= (?!ich\b))"
                r"(?<!en)(?<!er)(?<!isch)(?<!lich)(?<!tags)(?<!st)"
            ),
            r"ich \1e",
        ),
        (
            re.compile(
                r"\b(räum|fang|fing|arbeit|nehm|trag|betreib|leit|lern|züchte|zieh|wohn|komm|fahr|geh|spiel|mach"
                r"|pfleg|strick"
                r"|back|koch|sing|steh|krieg|bekomm|verkauf|unterricht|studier|trainier) ich\b"
            ),
            r"\1e ich",
        ),
        (re.compile(r"\bn(en?)\b"), r"ein\1"),
        (re.compile(r"\bgrad\b"), "gerade"),
        (re.compile(r"\bun\b"), "und"),
        (re.compile(r"^räum\b"), "räume"),
        (re.compile(r"\bis\b"), "ist"),
        (re.compile(r"\bnich\b"), "nicht"),
        (re.compile(r"\bich selbst\b"), "ich"),
        (
            re.compile(
                r"^(?=(?:bin|habe|wohne|lebe|arbeite|studiere|komme aus|spiele|fahre|mag|liebe|hasse"
                r"|esse|trinke|nehme"
                r"|trainiere|pendle|züchte|unterrichte|betreibe|jobbe|pflege|vertrage|heirate|ziehe|imkere|vermiete"
                r"|stamme"
                r"|heiße|leide|stricke|leite (?:ein|den|die)|darf kein\w*|kann (?:nicht|kein\w*)"
                r"|muss (?:jeden|werktags"
                r"|morgens|\w+tags)|promoviere|wiege|rauche|fange|gebe|räume) )"
            ),
            "ich ",
        ),
        (
            re.compile(
                r"^(?=wurde (?=.*\b(?:gekündigt|geboren|operiert|diagnostiziert|befördert|entlassen|adoptiert)\b)"
                r"|mache (?:gerade |jetzt )?(?:ein|mein)\w* (?:\w+ )?(?:ausbildung|studium|praktikum|lehre"
                r"|umschulung|weiterbildung))"
            ),
            "ich ",
        ),
        # who is told about is left out: "allergisch gegen Nüsse", "zwei Kinder, 4 und 7"
        (
            re.compile(
                r"^(?=(?:(?:seit \w+(?: \w+)?|schon|noch|frisch|auch|glücklich) )?(?:allergisch gegen"
                r"|alleinerziehend|verheiratet"
                r"|geschieden|verwitwet|schwanger|vegan|vegetarisch|linkshänder\w*|diabetiker\w*|vegetarier\w*"
                r"|veganer\w*"
                r"|rentner\w*|krankenpfleger\w*|krankenschwester|lehrer\w*|erzieher\w*|student\w*|azubi|mutter von"
                r"|vater von"
                r"|mama von|papa von|angestellt bei|aufgewachsen in|geboren in)\b)"
            ),
            "ich bin ",
        ),
        (
            re.compile(
                r"^(?=(?:zwei|drei|vier|fünf|sechs|\d|eine?n?) (?:\w+ )?(?:kinder|söhne|töchter|jungs|mädchen|mädels"
                r"|katzen|hunde"
                r"|sohn|tochter|enkel\w*|geschwister|brüder|schwestern)(?:[,.!:;(]|$| und ))"
            ),
            "ich habe ",
        ),
    ),
    lead_in=re.compile(
        r"^(?:digga|alter|ey|lol|(?:hallo|hi|hey|servus|moin|guten (?:morgen|tag|abend)|grüß gott|grüezi)(?: zusammen"
        r"| \w+(?=[,!]))?|ok|okay|also|na|naja|oh|ach|ah|und|aber|(?:jetzt |mal |aber )*ernsthaft|kein (?:scherz|witz"
        r"|spaß)(?=[,:.!])|ohne (?:scherz|witz|spaß)(?=[,:.!])|(?:spaß|scherz|witz) beiseite|(?:jetzt |mal )?im ernst"
        r"|(?:mal )?ehrlich|perfekt|prima|gut|alles klar|verstehe|nee|ne|jo|puh|mist|typisch|perfekt|prima|gut"
        r"|alles klar|verstehe|nee|ne|jo|puh|mist|typisch|übrigens|ach ja|ach so|ja|nein"
        r"|nö|doch|genau|klar|danke(?: dir| schön| sehr)?|cool|super|toll|schön"
        r"|stimmt|ehrlich gesagt"
        r"|korrektur|sorry|entschuldigung|nur so nebenbei|nebenbei|zur info|kleine korrektur|gute nachrichten"
        r"|schlechte nachrichten|weißt du|stell dir vor"
        r"|haha|hm+|mhm|jedenfalls|außerdem|tja)(?:[\s,.!:;–—-]+|$)"
    ),
    keep=re.compile(
        r"^(?:bitte |und |also |ach ja,? |kannst du (?:dir )?(?:bitte )?|könntest du (?:dir )?(?:bitte )?)*"
        r"(?:(?:merk(?:e)? dir|merken|(?:ich (?:will|möchte), dass du|du sollst"
        r"|dass du) dir (?:bitte )?(?:merkst|merken)"
        r"|denk(?:e)?(?: bitte)? (?:da)?ran|vergiss(?: bitte)? (?:nicht|nie)|notier(?:e)?(?: dir)?|notieren"
        r"|behalt(?:e)?(?: bitte)?(?: (?:im kopf|im hinterkopf))?|halte? (?:bitte )?fest|schreib(?:e)? (?:es )?dir"
        r"(?: bitte)? auf|(?:für|fürs) (?:die zukunft|später|nächste mal|das nächste mal|deine notizen)(?=[:,]))"
        r"(?:,? (?:bitte|mal|für (?:später|immer|die zukunft)|dauerhaft|das|es))*(?:, dass|,|:| dass)?"
        r"|(?:noch )?(?:was|etwas|eins|eine sache)(?: \w+){0,2}?,? (?:das|was"
        r"|die) du dir merken (?:sollst|kannst|musst):"
        r") (?!den satz|das wort|den text)"
    ),
    question=re.compile(
        r"^(?:bitte|kannst|könntest|können|könnten|würdest|hast|habt|bist|sind|ist|war|weißt|kennst|was|wer|wen"
        r"|wem|wie|wo|woher|wohin|wann|warum|wieso|weshalb|welche\w*|gibt es|soll|sollte|darf|muss ich|zeig|sag|gib"
        r"|hilf|erklär\w*|schreib\w*|erzähl\w*|nenne?(?! mich)|such\w*|frag\b|rate mal|schau\b|guck\b|warte\b"
        r"|empfiehl|übersetz\w*|fass\w*|korrigier\w*|mach|erstell\w*|rechne|danke|vergiss|ignorier\w*|antworte"
        r"|stell dir vor|tu so|lies|wiederhole|lass|denk dir)\b"
    ),
    clause=re.compile(
        r"(?i)(?:,? (?:und|aber|sowie)|[,;]) (?=(?:ich|mein\w*|wir|unser\w*|(?:jetzt|nun|inzwischen|seitdem"
        r"|dafür) (?:\w+e|bin) ich)\b)|(?i:,) (?=bin (?!ich|auch|da\b|mir|dabei|gespannt|froh"
        r"|müde)(?:\w+ ){0,2}?\w{4,})|(?i: und) (?=(?:wohne|lebe|arbeite"
        r"|studiere) (?!ich|auch|es|das)\w+)"
    ),
    unreal=re.compile(
        r"^(?:wenn|falls|angenommen|stell dir vor|im (?:spiel|traum|film|roman)|in (?:meine[rm]?|der"
        r"|dieser) (?:geschichte|szene|rolle|roman|buch|traum))\b"
    ),
    tail_question=re.compile(
        r"(?<![,;:–—-])[,;:–—-]+ *"
        r"(?:und |aber |also |dann )*(?:kannst|könntest|kann (?:ich|man|er|sie|es)|darf (?:ich|man|er|sie|es)"
        r"|muss ich|hast|was|welche\w*|wo|wie|wann|wer|warum|gibt|weißt|kennst|soll|sollte|darf|ist|sind|würdest"
        r"|empfiehlst|hilfst)\b[^?]*\?"
    ),
    tail_request=re.compile(
        r"(?<![,;:–—-])[,;:–—-]+ *"
        r"(?:also |und |aber |dann )*(?:bitte|kannst|könntest|mach|nimm|lass|gib|sag|zeig|schreib"
        r"|vermeide|denk|such|empfiehl|falls|wenn du|keine? |nicht |was|welche|wie|das \w+ du|wie du|weißt du"
        r"|du weißt|deshalb|deswegen"
        r"|damit)\b.*$| und \w+e (?:\w+ )?(?:heute|gerade|grad|jetzt)\b.*$|, (?:aber|und|doch) (?:heute|jetzt|gerade"
        r"|momentan)\b.*$"
    ),
    reason=re.compile(r"^(?:da|weil|nachdem|wo) "),
    first_person=re.compile(r"\b(?:ich|mein\w*|mir|mich|wir|unser\w*|uns)\b"),
    mine=re.compile(r"\b(?:mein\w*|unser\w*|mit|für)\b"),
    kinds=(
        Kind(
            "name",
            re.compile(
                rf"\bich heiße \S|^{_MY} (?:voller |voll |vor|nach|spitz)?name ist|\bnenn(?:t|en)? mich {_BY_NAME}"
                rf"|^mich nennen|^(?:alle|freunde) nennen mich"
            ),
            0.9,
        ),
        Kind(
            "birth",
            re.compile(
                r"\bich bin (?:fast |schon |jetzt |gerade )?(?:\d{1,3}|(?:\w+und)?(?:zwanzig|dreißig|vierzig|fünfzig"
                r"|sechzig|siebzig|achtzig|neunzig)|(?:drei|vier|fünf|sech|sieb|acht|neun)zehn)(?: jahre| und|[.,!]"
                r"|$)|\bich (?:werde|wurde) (?:\w+ ){0,3}?\d{1,3}(?: jahre|[.,!]|$)|\bich (?:wurde|bin) .*\bgeboren\b"
                r"|^(?:mein|unser) geburtstag|\bhabe ich geburtstag|\bich habe .*geburtstag"
            ),
            0.8,
        ),
        Kind(
            "health",
            re.compile(
                r"\b(?:ich bin|bin ich) .{0,30}?(?:allergisch|allergiker\w*|vegan\w*|vegetari\w+|pescetari\w+"
                r"|diabetiker\w*|schwanger|taub|blind|farbenblind|linkshänder\w*|autist\w*|asthmatiker\w*"
                r"|laktoseintolerant|glutenintolerant|intolerant|religiös|gehörlos|schwerhörig|epileptiker\w*"
                r"|legastheniker\w*|trocken|kurzsichtig|muslim\w*|jüdisch"
                r"|christ\w*)\b"
                r"|\bich habe .{0,40}?(?:asthma|diabetes|allergie\w*|migräne|adhs|epilepsie|arthrose|rheuma"
                r"|neurodermitis|depression\w*|heuschnupfen|bluthochdruck|zöliakie|laktoseintoleranz|\w*phobie"
                r"|höhenangst|flugangst|platzangst|rückenprobleme|legasthenie|dyskalkulie|tinnitus|demenz|parkinson"
                r"|krebs|hashimoto|typ [12]"
                r"|\w*unverträglichkeit|\w*intoleranz|\w*erkrankung|bandscheibenvorfall|nur (?:noch )?ein\w* (?:bein"
                r"|arm|auge|niere|lunge"
                r"|hand|ohr|finger\w*))\b"
                r"|\b(?:ich habe|habe ich) (?:\w+ ){0,2}?angst vor (?!de[mnr] (?:prüfung|klausur|gespräch|termin"
                r"|morgen))\w+"
                r"|\b(?:ich bekomme|bekomme ich|ich kriege|kriege ich) (?:von|bei) \w+(?: \w+)? \w+|\b(?:ich sitze"
                r"|sitze ich) im rollstuhl\b"
                r"|\b(?:ich habe|habe ich) (?:\w+ )?(?:kaputt|schlecht|künstlich|steif|verletzt|schwach|lädiert"
                r"|operiert)\w* (?:schultern?|knie|hüften?|rücken|augen?|handgelenke?|füße|fuß|wirbelsäule"
                r"|bandscheibe|lunge|herz)\b|\bich bin (?:\w+ )?(?:bipolar|depressiv|schizophren|magersüchtig"
                r"|nierenkrank|herzkrank|zuckerkrank)\b|\bich trage (?:ein hörgerät|hörgeräte|eine prothese)\b"
                r"|^(?:schwimmen|auto ?fahren|rad ?fahren|fahrrad fahren|kochen|tanzen|singen|ski ?fahren|tauchen"
                r"|reiten|pfeifen|lesen|nähen|stricken|pfeifen|riechen) kann ich (?:\w+ ){0,2}(?:nicht|kaum)\b"
                r"|\bich kann (?:\w+ )?(?:nicht|kein\w*) (?:schwimmen|rad ?fahren|fahrrad fahren|auto ?fahren"
                r"|kochen|singen|tanzen|riechen|schmecken|ski ?fahren)\b"
                r"|\bich nehme .{0,30}(?:tabletten|medikament\w*|insulin|tropfen|blutverdünner)\b|\bich (?:leide"
                r"|vertrage)\b|\b(?:wurde|hat man) (?:bei mir )?.*diagnostiziert|\bich (?:esse"
                r"|trinke|rauche) .{0,40}?(?:kein\w*|nicht\w*|nie)\b|\bich darf kein\w*\b|\b(?:ich spritze"
                r"|spritze ich)(?: mir)? .{0,30}insulin\b|\b(?:ich stottere|stottere ich|ich lisple|lisple ich)\b"
                r"|\bernähre (?:ich )?mich (?:\w+ ){0,3}?(?:vegan|vegetarisch|glutenfrei|laktosefrei|pflanzlich"
                r"|ketogen|low[- ]carb|halal|koscher|basisch"
                r"|paleo|roh\w*|fleischlos|zuckerfrei|gesund)\b"
            ),
            0.9,
        ),
        Kind(
            "family",
            re.compile(
                rf"(?<!mit )(?<!für )(?<!von )(?<!bei )\b{_MY} (?:\w+ ){{0,2}}?{_PERSON}\b(?: \S+){{2,}}"
                rf"|^(?:mein|meine|unser|unsere) (?:jüngste|älteste|mittlere|kleine|große|ex)[rn]?\b(?: \S+){{2,}}"
                rf"|^(?:die (?:zwillinge|kinder|jungs|mädels|schwiegereltern)|oma|opa|mama"
                rf"|papa)\b (?!ist da|hat \w+ ge|sagt|meint|war\b|waren|will|wollen|ruft|rief)(?:\S+ )+\S"
                rf"|\b(?:ich habe|habe ich|wir haben|haben wir) {_ADVERB}(?:einen|eine|ein|zwei|drei|vier|fünf"
                rf"|(?:gar |überhaupt )?keine|keinen|\d+) (?:\w+ ){{0,2}}?\w*(?:{_PERSON}|jungs|mädchen|mädels"
                rf"|töchter|söhne)\w*"
                r"|\b(?:ich bin|bin ich|wir sind|sind wir) .{0,30}?(?:verheiratet|geschieden|verlobt|single|ledig"
                r"|verwitwet|getrennt|alleinerziehend\w*|einzelkind|de[rs] (?:jüngste|älteste|mittlere)"
                r"|die (?:jüngste|älteste|mittlere)|vater|mutter|oma|opa|tante|onkel|zusammen)\b"
                r"|\b(?:ich habe|habe ich|wir haben|haben wir) (?:auch |noch |selbst |ja )?(?:hühner|kinder|enkel"
                r"|enkelkinder|bienen|ziegen|schafe"
                r"|zwillinge|katzen|hunde|pferde|kaninchen|alpakas|enten)\b"
                r"|\bwir sind zu (?:zweit|dritt|viert|fünft|sechst)\b"
                r"|\b(?:wir|ich) (?:heiraten|heirate|bekommen|erwarten)\b"
            ),
            0.8,
        ),
        Kind(
            "home",
            re.compile(
                rf"\b(?:ich|wir) {_ADVERB}(?:wohne|wohnen|lebe|leben|kommen?(?= (?:\w+ ){{0,3}}?aus\b)|stamme|pendle"
                rf"|ziehe"
                rf"|ziehen)\b {_ADVERB}\S|\b(?:wohne|wohnen|lebe|leben|stamme|ziehe|ziehen|kommen?(?= (?:ich"
                rf"|wir) (?:\w+ ){{0,3}}?aus\b)) (?:ich"
                rf"|wir)\b"
                r"|\b(?:ich bin|bin ich|wir sind|sind wir) .*\b(?:umgezogen|gezogen|aufgewachsen|eingezogen)\b"
                r"|\bich habe .*\bgewohnt\b|^unser(?:e)? (?:haus|wohnung|garten|dorf|stadt)\b|\b(?:ich bleibe"
                r"|bleibe ich|wir bleiben) (?:doch |jetzt |erstmal |nun )*in [a-zäöü]|^meine (?:wohnung"
                r"|heimat\w*|stadt)\b|^mein (?:haus|garten|dorf)\b|\bich bin (?:.{0,20} )?aus [a-zäöü]"
            ),
            0.8,
        ),
        Kind(
            "work",
            re.compile(
                rf"\b(?:ich {_ADVERB}(?:arbeite|studiere|unterrichte|leite|führe|promoviere|jobbe)|(?:arbeite"
                rf"|studiere|unterrichte|leite) ich|ich mache (?:eine|gerade eine|meine) (?:ausbildung|lehre"
                rf"|weiterbildung)|ich gehe in die)\b"
                r"|\b(?:ich bin|bin ich) (?:\w+ ){0,5}?(?!(?:wieder|immer|hier|sicher|unsicher|besser|lieber|sauer"
                r"|weiter|unter|über|hinter|super|schwer"
                r"|leer|älter|jünger|größer|kleiner|schneller|langsamer|später|eher|aber|oder|nüchtern|bitter|locker"
                r"|darin|drin|hin|dahin"
                r"|ein|kein|mein|dein|sein|in|er|der|ansprechbar\w*|mitten|dabei|selber|ungern"
                r"|insofern|ist)\b)(?:\w*(?:in|er|ist|ent|ant|eur|arzt|ärztin|mann|frau|loge"
                r"|login|eurin|ler|iker|hebamme|anwalt|wirt|koch|soldat|pilot|architekt|coach|doktorand|professor"
                r"|autor|contractor|freelancer|direktor|lektor|notar|bibliothekar|therapeut|fotograf|pädagoge|kraft"
                r"|angestellte"
                r"|angestellter|auszubildende|auszubildender|geselle|witwe|schmied|azubi|wart|amme|clown|zauberer"
                r"|hospiz\w*|chaperon|gärtner|hilfe))(?: von beruf| bei| im| beim| in| an| und| aber| mit| seit| aus"
                r"| auf|[.!,]|$)|\b(?:ich bin|bin ich) .{0,30}(?:rentner\w*|arbeitslos|selbstständig|selbständig"
                r"|in rente|in elternzeit|student\w*|azubi|schüler\w*|freiberuflich|pensioniert|beamt\w+"
                r"|ehrenamtlich|kunde|kundin|mitglied"
                r"|vorsitzende\w*|trainer\w*|leiter\w*)\b"
                r"|\b(?:ich bin|bin ich) (?:seit \w+(?: \w+)? |auch |ehrenamtlich )*(?:bei der (?!arbeit|hand|mutter"
                r"|oma|freundin|ärztin|post\b|bank\b|sache)\w+|(?:im|beim) (?=\w*(?:verein|chor|vorstand|betriebsrat"
                r"|elternbeirat|gemeinderat|stadtrat|kirchenchor|orchester|thw|roten kreuz|bund\b)))|\bmir gehör(?:t"
                r"|en) (?!d)\w+"
                r"|\bich bin (?:\w+ )?durch (?:die|das|mein\w*) .*(?:prüfung|examen|abitur|abi)\b.*\bgefallen\b"
                r"|\bich war (?:\w+ ){0,3}jahre?\b|\b(?:ich war|war ich) (?:früher|mal|vorher|damals|einst|lange"
                r"|jahrelang) (?:\w+ ){0,2}?\w{4,}"
                r"|^als \w+(?:in|er|ist|ent|ant|eur|arzt|mann|frau) \w+ ich\b"
                r"|\b(?:ich (?:mache|führe)|(?:mache|führe) ich) die (?:buchhaltung|kasse|bücher|homepage|website"
                r"|mitglieder\w+)\b|\bich sitze im \w*(?:rat|vorstand|ausschuss)\b|\b(?!(?:sitze|warte|liege|esse"
                r"|war|habe|bin|stehe|schlafe) )\w{3,}e (?:ich )?(?:\w+ )?(?:in|bei"
                r"|für) ein\w* (?:\w+ )?\w*(?:krankenhaus|klinik|schule|kita|büro|fabrik|laden|bar|kneipe|restaurant"
                r"|hotel|pflegeheim|altenheim|lager|bank|labor|bibliothek|museum|werkstatt|bäckerei|küche|callcenter"
                r"|praxis|gefängnis|supermarkt)\b"
                r"|\bich helfe (?:\w+ ){0,2}?(?:ehrenamtlich|bei der|im)\b"
                r"|\b(?:ich gehe|gehe ich) in die (?:\w+ )?(?:klasse|schule)\b|\bmeine muttersprache\b"
                r"|\b(?:ich imkere|imkere ich)\b|\b(?:habe ich|ich habe) .*\b(?:gekündigt|studiert|stelle|job"
                r"|gegründet|abgeschlossen"
                r"|ausbildung)\b|\bbin ich (?:\w+ )?(?:nicht|kein\w*) mehr\b|\bich bin (?:\w+ )?nicht mehr (?:in"
                r"|bei|im)\b|^(?:mein job|meine arbeit|meine firma|mein beruf|meine \w{4,}arbeit|mein unternehmen"
                r"|meine stelle"
                r"|mein studium|meine schicht)\b"
            ),
            0.8,
        ),
        Kind(
            "preference",
            re.compile(
                rf"\bich (?:fahre|gehe|fliege|benutze|nutze|kaufe|trage|schaue|höre) (?!das|es|da|hin|heute|morgen"
                rf"|jetzt)(?:\w+ ){{0,2}}?(?:nicht|kein\w*|nie|niemals|ungern) (?!hin|mehr hin|weiter|so|zu)\w+"
                rf"|\b(?:ich|wir) {_ADVERB}(?:mag|mögen|liebe|hasse|bevorzuge|verabscheue|ertrage|trinke|esse|höre"
                rf"|schaue|lese)\b(?! (?:es|das|dich|dir|sie|die)[.! ]*$)(?! (?:sie|die|euch|ihn) (?:alle|beide|so"
                rf"|total|einfach|trotzdem|auch|sehr)\b)"
                r"|\b(?:mag|liebe|hasse|ertrage|trinke|esse|höre) ich\b|^(?:mein|meine|unser"
                r"|unsere) (?:absolute[rs]? )?lieblings\w+|\b(?:ist|sind) (?:mein"
                r"|meine) (?:absolute[rs]? )?lieblings\w+|\bich kann .{1,40} nicht (?:leiden|ausstehen|ab)\b"
                r"|^(?!das\b|es\b|den\b|die\b|ihn\b|sie\b)\w+(?: \w+)? kann ich (?:\w+ )?nicht (?:leiden|ausstehen"
                r"|ab)\b|\bich (?:fahre|reise|wohne|arbeite|schlafe|lese|schaue|gehe|koche) (?:viel )?lieber \w+"
                r"|\bich bin .{0,20}(?:fan|liebhaber\w*|begeistert)\b|\b(?:ich interessiere mich"
                r"|interessiere ich mich|ich begeistere mich)\b|\bich (?:trinke|esse|spiele|lese|koche"
                r"|höre) .{0,40}\b(?:gern|gerne|lieber|am liebsten)\b|\bich bin (?:eher |ein )?(?:\w+mensch"
                r"|nachteule|frühaufsteher\w*|langschläfer\w*)\b|\bfinde ich (?:furchtbar|schrecklich|toll"
                r"|super)\b"
            ),
            0.6,
        ),
        Kind(
            "possession",
            re.compile(
                rf"\b(?:ich habe|habe ich|wir haben|haben wir|ich besitze"
                rf"|ich fahre) {_ADVERB}(?:seit \w+ \w+ )?(?:einen|eine|ein|zwei|drei|vier|fünf|keinen|keine|kein"
                rf"|\d+|meinen|meine|mein) (?!frage|idee|router|rechner|text|brief|entwurf|dokument|pdf|mail|e-mail"
                rf"|bild|foto|datei|liste|tabelle|problem|bitte|gefühl|moment|ahnung|zeit|lust"
                rf"|hunger|durst|plan\b|wunsch|angst)\w"
                rf"|^(?:mein|meine) (?:auto|fahrrad|klavier|gitarre|geige|boot|wohnmobil|motorrad|{_DATED})\b \S+ \S"
            ),
            0.5,
        ),
        Kind(
            "plan",
            re.compile(
                r"\b(?:ich|wir) (?:fliege|fliegen|fahre|fahren|ziehe|ziehen|heirate|heiraten|reise|reisen|fange"
                r"|fangen|beginne|beginnen|mache|machen|gehe|gehen|werde|werden|möchte|möchten|will|wollen|plane"
                r"|planen|spare|lerne|bekomme|bekommen|kriege|kriegen|besuche|besuchen)\b (?!wissen|fragen"
                r"|gern wissen|mich bedanken|sagen)(?:\S+ ){1,}\S+"
                r"|\b(?:fliege|fliegen|fahre|fahren|ziehe|ziehen|heirate|heiraten|reise|fange|beginne|mache|gehe"
                r"|werde|möchte|will|plane|lerne|bekomme|besuche|habe) (?:ich|wir)\b \S+"
                rf"|\b(?:mein|meine|unser|unsere|der|die|das) (?:\w+ )?{_DATED}\b (?:(?:nach|in|bei|mit"
                rf"|am) \w+ )?(?:ist|sind|war|findet|wurde|fällt"
                rf"|beginnt)|\bich habe .{{0,40}}(?:{_DATED})\b|^mein (?:ziel|traum|plan|wunsch) ist"
            ),
            0.6,
        ),
        Kind(
            "loss",
            re.compile(
                r"^(?!.*\b(?:handy|akku|auto|laptop|rechner|computer|hoffnung|motor|verbindung|pflanzen?|kaktus"
                r"|drucker|router|fernseher|kühlschrank)\b)"
                r"(?!ich bin\b).*\b(?:gestorben|verstorben|starb|eingeschläfert)\b"
            ),
            0.8,
        ),
        Kind(
            "event",
            re.compile(
                rf"\b(?:ich habe|habe ich|ich bin|bin ich|wir haben|haben wir|wir sind|sind wir|ich wurde"
                rf"|wurde ich|ich hatte|hatte ich) .*\b{_PARTICIPLE}\b|\bich hatte (?:einen|eine|ein) \w+"
            ),
            0.6,
        ),
        Kind(
            "habit",
            re.compile(
                rf"\b(?:ich|wir) {_ADVERB}(?:züchten?|halten?|betreiben?|unterrichten?|verkaufen?|reparieren?"
                rf"|putzen?|restaurieren?"
                r"|vermieten?|bewirtschaften?|imkern?|pflegen?|betreuen?|liefern?|kellnern?) (?!es\b|das\b|die\b"
                r"|den\b|mich\b|uns\b|ihn\b|mir\b)\w{2,}"
                rf"|\b(?:ich (?:lerne|spreche)|(?:lerne|spreche) ich) {_ADVERB}\w+isch\b"
                rf"|\bich halte (?:\w+ )?(?:hühner|bienen|ziegen|schafe"
                rf"|kaninchen|enten|pferde|schweine|wachteln)\b|\bich war noch nie (?:in|auf|am) \w+"
                rf"|\bich {_ADVERB}{_VERBS} (?!(?:es|das|dich|dir|sie|mir|mich|so|nur|nicht|gerade|jetzt"
                rf"|mal)[.!]*$)(?:\S+ ){{1,}}\S+|^(?:jeden|jede|jedes|immer|am|seit|im|montags|dienstags|mittwochs"
                rf"|donnerstags|freitags|samstags|sonntags|abends|morgens)\b.{{0,40}}\b{_VERBS} ich\b"
            ),
            0.5,
        ),
        Kind(
            "doing",
            re.compile(
                rf"^(?:ich|mein\w* (?:\w+ )?(?:{_PERSON}|ex) und ich|wir) {_ADVERB}{_ANY_VERB} (?!(?:es|das|dich|dir"
                rf"|sie|mir|mich"
                rf"|so|nur|nicht|gerade|jetzt|mal)[.!]*$)\S+|^\w+s (?:\w+ )?{_ANY_VERB} ich \S+"
            ),
            0.4,
        ),
    ),
    signs=_SIGNS,
    never=re.compile(
        r"\b(?:du|dich|dir|dein|deine|deinen|deinem|deiner|ihnen|euch)\b"
        r"|\bich bin (?:\w+ ){0,2}?(?:müde|hungrig|durstig|gelangweilt|okay|gut|glücklich|traurig|sicher|hier|da"
        r"|zurück|bereit|fertig|beschäftigt|spät|verwirrt|neugierig|froh|aufgeregt|gespannt|gestresst|genervt"
        r"|krank|dankbar|überrascht|erschöpft|unterwegs|nicht sicher|mir (?:nicht )?sicher|gerade (?:am|beim|auf"
        r"|im))\b(?! auf)"
        r"|\bmir (?:geht|ist)\b|\bes geht mir\b|\bich (?:glaube|denke|finde es|weiß|verstehe|meine(?= (?:das|es"
        r"|damit|nur|ja|den|die|doch)\b|[,.!]|$)|frage mich"
        r"|hoffe|wünsche mir|wünschte|nehme an|vermute|stimme|überlege|brauche (?:hilfe|eine idee|rat|einen rat"
        r"|ein rezept|einen tipp)|habe (?:eine frage|keine ahnung|hunger|durst|keine zeit|keine lust|gelesen"
        r"|gehört|gefragt|gesagt|vergessen|nur)|würde|könnte|sollte|müsste|hätte|wäre|muss (?:los|gehen|weg)"
        r"|melde mich|danke|mag (?:es|das|dich)|liebe (?:es|das|dich)|nehme (?:das|es))\b"
        r"|\bich (?:will|möchte|brauche|hätte gern),? dass (?:die|der|das|es|in|alle)\b|\bich (?:habe"
        r"|hab) (?:\w+ ){0,2}?(?:was|etwas) (?:neues|dazu) gelernt\b|\bdazugelernt\b"
        r"|\bich (?:möchte|will|wollte|würde) (?:\w+ ){0,2}?(?:wissen|fragen)\b|\bich komme (?:\w+ )?(?:später"
        r"|gleich|nochmal|wieder)\b|\bwenn ich\b|\bfalls\b|\bstell dir vor\b|\bangenommen\b|\bhätte ich\b"
        r"|\bwäre ich\b|\bvielleicht\b"
        r"|\bich (?:mag|liebe|hasse|bevorzuge|finde) (?:den|die|das) (?!\w*(?:meer|see|berge|herbst|winter|sommer"
        r"|frühling|wald|stadt|land|natur|stille|ruhe|regen|schnee|kälte|hitze|nacht|nächte|dunkelheit|norden|süden"
        r"|oper|theater|kino|ballett|musik|arbeit|geruch|geschmack|klang"
        r"|geräusch|gefühl|beatles|\w*s(?:en|e)n?)\b)\w+(?: nicht| auch| mehr| lieber| besser| am meisten)*[.!]*$"
        r"|\bich (?:liebe|mag|hasse|kenne|nehme) (?:sie|die|euch|ihn|es) (?:alle|beide|so|total|einfach|trotzdem"
        r"|sehr)\b|\bich bin (?:ja |zwar |auch )?kein\w* \w+, aber\b|^ich (?:nehme alles zurück"
        r"|habe nichts zu meckern|lasse mich überraschen|kann nicht klagen|gebe auf|gebe mich geschlagen|passe"
        r"|bin ganz ohr)\b"
        r"|^(?:der|die|ein|eine|einer) (?:\w+ )?(?:chef|freund|nachbar|kolleg|kumpel|bekannt|ex|vermieter|lehrer"
        r"|mitbewohner)\w* (?:von )?(?:mein|unser)\w* "
        r"|^(?:der|die|das|ein|eine|einer) (?:\w+ )?\w+ (?:von )?(?:mein|unser|ein)\w* (?:\w+ )?(?:nachbar|kolleg"
        r"|freund|mitbewohner|chef|cousin|bekannt|kumpel|vermieter|kund|lehrer|schüler|patient)\w*\b"
        r"|^ich bin (?:der|die|ein|eine) (?:system)?(?:admin\w*|entwickler\w*|betreiber\w*|schöpfer\w*|besitzer\w*"
        r"|programmierer\w*)[.!]*$|^(?:meine|die|unsere) (?:\w*nummer|\w*kennung|\w*-id)(?: lautet| ist|:) "
        r"|\bich (?:\w+e|werde|will|muss|kann) (?:das|es|ihn|sie|die|den) (?:(?:morgen|heute|gleich|jetzt|dann|mal"
        r"|später|noch|selbst|wieder|so|auch|dort|nachher|am \w+|nächste\w* \w+|ab|vor|an|mit|ein|aus|weg)(?: "
        r"|[.!]*$))+|\blaut (?:mein|dein|sein|ihr|de[mnr]\b)\w*|\bmal sehen\b|\beventuell\b"
        r"|\bgeträumt\b|\bim (?:spiel"
        r"|traum)\b|^bei (?:skyrim|minecraft|stardew|zelda|fallout|den sims)\b|\bin meiner? (?:geschichte|roman"
        r"|traum|buch)\b|^(?:die|das|den|sie|es"
        r"|alle) (?:liebe|mag|hasse|kenne) ich\b|\b(?:null|keine) ahnung\b|^ich muss\b|\bmeine (?:nächste |letzte "
        r"|erste |einzige )?(?:frage|meinung|vermutung|nachricht|güte)\b|\bnicht sicher, ob\b|\büberlege\b"
    ),
    passing=re.compile(
        r"\b(?:erst ?mal|noch kein\w* einzig\w*|ich sage?|klicke|neu gestartet"
        r"|(?<!lerne )(?<!studiere )(?<!spare )(?<!baue )gerade|heute|eben"
        r"|momentan|diesmal|gleich|im moment"
        r"|vorhin|in \w+ minuten|um \d{1,2}\b)\b"
        r"|^ich (?:stehe|sitze(?! im \w*(?:rat|vorstand|ausschuss|rollstuhl)\b)|warte|brauche|nehme|bekomme"
        r"|mache jetzt|bin (?:an|auf|im|in"
        r"|beim) (?!.*\b(?:aufgewachsen|groß geworden|geboren|tätig|beschäftigt|semester|schuljahr|lehrjahr"
        r"|ausbildungsjahr)\b)(?!\w*(?:verein"
        r"|chor|vorstand|rat|beirat|orchester|thw|team|ruhestand|rente|elternzeit|ausbildung)\b)|schicke|probiere"
        r"|will (?:das|den|die|es)|hätte gern|bin (?:ganz |total )?begeistert|suche (?!seit)|(?:möchte|will|muss"
        r"|soll) .{0,40}\b(?:schreiben|formulieren|verfassen|verschicken|ausdrucken|kopieren|berechnen"
        r"|vergleichen)\b)"
        r"|\b(?:eingetragen|probiert"
        r"|versucht|gestellt|geklickt|verpasst|kopiert|eingefügt|gelöscht)\b"
    ),
    artefact=re.compile(
        r"\b(?:schrift|überschrift|titel|zeile|spalte|tabelle|formel|folie|version|absatz|seite \d+|datei|ordner|code"
        r"|fehler|funktion|skript|entwurf|variante|vorschlag|vorschläge|option|lösung|fassung|stufe \d|schritt \d"
        r"|level)\b"
    ),
    joke=re.compile(
        r"\bals (?:ob|wäre|hätte|wollte|müsste)\b|\b(?:nur spaß|kleiner scherz|war ein scherz|scherz|witz"
        r"|nur ein witz|war nur spaß|sagte niemand|ironie|quatsch|natürlich nicht)\b|😂|🤣|😜|🙃"
    ),
    serious=re.compile(
        r"^(?:(?:haha|ok|nein|ne|nee|nö|aber|na)[,.! ]+)*(?:(?:spaß|scherz|witz) beiseite|(?:das )?war (?:nur "
        r"|ein )+(?:spaß|scherz|witz)|nur spaß|(?:jetzt |mal )?im ernst|(?:mal |jetzt )?ehrlich[:,])"
    ),
    introduces=re.compile(
        r"^(?:übrigens|(?:\w+ )?frage|(?:mein\w* )?(?:problem|lage|situation)"
        r"|kurz zu mir|zu mir|über mich|info|nebenbei|korrektur|kontext|hintergrund|ps|also|ja|nein"
        r"|gute nachricht|wichtig|planänderung|änderung|neuigkeiten|update|nochmal zu mir|(?:dann|na|nun|und|aber"
        r"|immerhin|wenigstens|jedenfalls|kurz)(?: \w+){0,2})$"
    ),
    dictates=re.compile(
        r"^(?=.*\b(?:roman\w*|\w*stücks?|geschichte|monologs?|drehbuchs?|szene|erzählung"
        r"|hörspiels?)\b)(?=.*\b(?:diktier\w+"
        r"|diktat|schreib\w* (?:bitte )?mit|(?:kapitel|szene|akt) (?:eins|zwei|drei|vier|fünf|\d+)|(?:erste|nächste)"
        r" (?:zeile|szene|passage)|(?:erster|nächster) (?:absatz|satz))\b)"
        r"|\b(?:mit|in) der stimme (?:meine[rs]|eine[rs]|von)\b"
        r"|\baus (?:der )?(?:sicht|perspektive) (?:meine[rs]|eine[rs])\b"
    ),
    narrates=re.compile(
        r"^ich (?:gehe rein|gehe (?:in die|durch|zu) \w+|betrete|ziehe (?:mein|meine|meinen) (?:schwert|messer"
        r"|waffe|hut)|zünde|nicke|lächle|seufze|flüstere|knie"
        r"|greife|schleiche|klopfe|verstecke mich|schlage|schieße|werfe|öffne (?:die|den|das) (?:tür|truhe|brief"
        r"|buch|tor)|springe|renne|schaue mich um"
        r"|nehme (?:die|den|das) \w+(?: in die hand)?[.!]|verhandle|fliehe|verbeuge mich)\b"
    ),
    casts=re.compile(
        r"\*[^*]{3,}\*|\bdu bist (?:jetzt )?(?:der|die|das|ein|eine|mein|meine) [\w' -]{2,40}(?:[,.;]| und)"
        r"|\bdu bist [a-zäöü]+, (?:der|die|ein|eine)\b"
        r"|^[\"„'*]?du (?:stehst|siehst|betrittst|hörst|findest dich|erwachst|öffnest|riechst|spürst)\b"
    ),
    text_task=re.compile(
        r"^(?:\w+ ){0,3}(?:version|fassung|entwurf|variante|anfang|einstieg|schluss|beispiel\w*|titel|überschrift"
        r"|rezension|bewertung"
        r"|(?:nachricht|mail|e-mail|brief|zettel|notiz|zitat) (?:von|vom))\b(?: \w+){0,4}: |"
        r"\b(?:refrain|strophe|gedicht|reim|diktat|hausaufgabe\w*|aufgabe|entwurf|vers|auszug|zitat|songtext)\b"
        r"|^(?:setz\w*|bilde|ergänze|forme|konjugier\w*)\b.*:|und das hier|"
        r"\b(?:übersetz\w*|korrigier\w*|verbesser\w*|fass\w* .*zusammen|zusammenfassen|umformulier\w*|formulier\w*"
        r"|prüf\w*|folgende[rnsm]?|hier ist (?:der|die|das|ein|eine|mein)|schrieb|schreib\w*|verfass\w*"
        r"|beispielsatz)\b[^.?!\n]*[:\n]"
        r"|\b(?:übersetz\w*|korrigier\w*|wie sagt man|was heißt)\b"
    ),
    invents=re.compile(
        r"\b(?:schreib\w*|erzähl\w*|erfinde?|dichte)\b[^.?!]{0,40}\b(?:geschichte|gedicht|lied|märchen|witz|dialog"
        r"|szene|limerick|krimi)\b"
        r"|\b(?:meine|die) (?:haupt)?figur\b|\bmein\w* (?:protagonist\w*|held\w*|erzähler\w*)\b"
        r"|\bin meine[rm] (?:roman|geschichte|buch|drehbuch)\b"
    ),
    revises=re.compile(
        r"^(?:mach\w*|füg\w*|änder\w*|kürz\w*|lass|gib|setz\w*|ersetz\w*|mehr|weniger|kann (?:er|sie|es)|version"
        r"|entwurf|fassung)\b"
        r"|\b(?:rein|hinein|(?:die|der|das) (?:geschichte|gedicht|ton|szene|zeile|ende|strophe|refrain|figur"
        r"|handlung|reim|erzähler)"
        r"|strophe|reimt)\b|^(?:nächste|zweite|dritte|neue)\w* (?:zeile|strophe|szene|kapitel|version|fassung)\b"
    ),
    fiction=re.compile(
        r"\b(?:führen|machen|spielen|üben) wir (?:mal )?(?:ein|eine|einen) (?:\w+ )?(?:\w*gespräch|interview|prüfung"
        r"|verhör|telefonat)\b|\bwir (?:machen|üben|spielen|proben) (?:ein|eine|einen) (?:\w+ )?(?:\w*gespräch"
        r"|rollenspiel|interview|verhör|szene)\b|"
        r"\bich (?:spiele|mache|bin|übernehme) (?:die rolle |den part )?(?:de[rsnm]|die|das|einen?|deinen?)"
        r" [\w -]{2,40}(?:[.,;:]| und) (?:und )?du (?:spielst |bist |machst |übernimmst )?(?:die|de[nr]|das|meinen?)\b"
        r"|"
        r"\b(?:du spielst|spiel(?:e|st du)?) (?:bitte |mal |jetzt )*(?:den|die|das|einen?|meinen?|du) \w+|\b(?:übe"
        r"|üben|probe"
        r"|proben|trainiere\w*|simulier\w*)\b[^.?!]{0,40}\b(?:\w*gespräch"
        r"|interview|rede|dialog|prüfung|szene|vortrag)\b|\btext-?adventure\b|"
        r"\brollenspiel\b|\bspielen wir\b|\bspiel mit mir\b|\btut? (?:bitte |mal |jetzt |einfach )*so\b"
        r"|\bstell dir vor\b"
        r"|\blass uns .*(?:spielen|schreiben|erfinden|dichten)\b|\bschreib\w* mit mir\b|\bsei (?:der|die|mein"
        r"|meine) \w+[.,!]|\bmein (?:charakter|oc)\b|\b(?:rede|spreche|schreibe"
        r"|antworte) (?:\w+ ){0,2}?als (?:er|sie|ihn)\b|\bals (?:er|sie|ihn):|\bfür (?:einen|den|meinen) (?:sketch"
        r"|auftritt|sketsch)\b|\bich spiele (?:\w+ )?(?:einen|eine) (?:\w+ )?(?:schurken|magier|barden|paladin"
        r"|kleriker|elfen?|ork|zwergin?|hexenmeister|druiden|ritter|diebin?)\b"
        r"|\bspielleiter\w*\b|\bzwerg\b|\bgoldstücke\b|\bdu bist (?:jetzt )?(?:der|die|das|ein|eine|mein"
        r"|meine) (?!beste|tolle|schatz|hilfe|held|gute|super|ki\b|maschine|genie)\w+[.,!]"
        r"|^\*[^*]+\*|\bes war einmal\b"
    ),
    ends_fiction=re.compile(
        r"^(?:so,? ende\b|das war'?s\b|spielende|pause|stopp?|schluss|ende|genug|aus|zurück zur realität"
        r"|im echten leben|mal im ernst|im ernst)\b"
        rf"|\b(?:ende|schluss|raus|genug|fertig|stopp?|beende\w*|verlasse\w*) (?:(?:mit|aus|von|vom|der|de[msn]|die|das"
        rf"|dieser|meiner) ){{0,3}}{_GAME}\b|\b{_GAME} (?:ist |sind )?(?:jetzt |hier )?(?:vorbei|zu ende|ende|aus"
        rf"|beendet|fertig|schluss|off)\b|^(?:in echt|in wirklichkeit|wieder ich|ich selbst|(?:noch )?(?:et)?was"
        r" (?:ganz )?anderes"
        r"|(?:ganz )?andere frage|themenwechsel)\b"
        r"|\b(?:im echten leben|außerhalb des spiels)\b"
    ),
    person=re.compile(rf"(?i:\b{_MY} (?:\w+ ){{0,2}}?{_PERSON}\b)(?: [A-ZÄÖÜ][\w'-]+)?"),
    about_them=re.compile(r"^(?:er|sie|seine?|ihre?|(?:der|die) (?:ist|wird|hat|kann|darf))\b"),
    follow_up=re.compile(
        r"^(?:er|sie|es|ihr|ihre|sein|seine|beide|wir|(?:der|die) (?:ist|wird|hat|kann|darf)|das ist|die beiden"
        r"|der (?:ältere|jüngere|eine)|die (?:ältere"
        r"|jüngere|eine)) .*(?:\bheiß\w+|\bnamens\b|\d|\bjahre?\b|\bgeboren\b|\barbeitet\b|\bwohnt\b|\blebt\b"
        r"|\bhat\b|\bliebt\b|\bhasst\b|\bmag\b|\bist ein\w*\b|\bstudiert\b|\bgeht\b|\bspielt\b|\ballergisch\b"
        r"|\baus\b|\bverheiratet\b|\bkommt\b|\b(?:blind|taub|vegan|schwanger|pensioniert|in rente|dement"
        r"|diabetiker\w*)\b)"
    ),
    reported=re.compile(
        r"\b(?:sagt|so:|ruft an|sagte|meint|meinte|behauptet|fragt|fragte|schreibt|schrieb|erzählt|erzählte|laut"
        r"|gesagt"
        r"|gemeint|ruft|rief|steht)\b"
    ),
    over=re.compile(
        r"\b(?:aufgegeben|aufgehört|gekündigt|verkauft|nicht mehr|kein\w* .{1,30} mehr|gestorben|verlassen|getrennt"
        r"|ausgezogen|abgebrochen|abgesagt|abgeblasen|geplatzt|zerschlagen|gestrichen|fällt (?:aus|flach|ins wasser)"
        r"|findet nicht statt"
        r"|abgegeben|weg|hingeschmissen|geschmissen|an den nagel gehängt|(?:los|weg)geworden|abgeschafft"
        r"|zurückgetreten|beerdigt|einschläfern|eingeschläfert|stattdessen"
        r"|statt)\b"
    ),
    changes=re.compile(
        r"\b(?:jetzt|nun|inzwischen|mittlerweile|neuerdings|neue[nrms]?|gewechselt|umgestiegen|verschoben|verlegt"
        r"|wieder|doch|stattdessen|statt|ab sofort|(?:rauf|hoch|herauf|runter|herunter)gesetzt|erhöht|gesenkt|reduziert"
        r"|nur noch"
        r"|seit (?:ostern|weihnachten|kurzem|letzte\w*|januar|februar|märz|april|mai|juni|juli|august|september"
        r"|oktober|november|dezember))\b"
    ),
    gives_up=re.compile(
        r"\b(?:nicht|mehr|kein|keine|keinen|nie|niemals|nicht mehr|aufgehört|aufgegeben|früher|jetzt|wieder"
        r"|inzwischen|mittlerweile|auch|noch|schon|sehr|gern|gerne|wirklich|eigentlich|immer|total)\b"
    ),
    slots=(
        Slot(re.compile(rf"\bich heiße\b|^{_MY} name ist\b|\bnennt? mich {_BY_NAME}"), "name"),
        Slot(re.compile(rf"^{_MY} (?P<of>{_PERSON}) (?:ist|sind) .*\bgezogen\b"), "home of {of}"),
        Slot(
            re.compile(
                r"\b(?:ich|wir) (?:\w+ ){0,2}?(?:wohne|wohnen|lebe|leben)\b|\b(?:wohne|wohnen|lebe|leben) (?:ich"
                r"|wir)\b|\b\w*gezogen\b|\beigene (?:wohnung|bude)\b|\bich bleibe (?:doch )?in\b"
            ),
            "home",
        ),
        Slot(
            re.compile(
                r"\bich (?:\w+ ){0,2}?arbeite (?:\w+ ){0,3}?(?:bei|für|in|an)\b|\barbeite ich (?:\w+ ){0,3}?(?:bei"
                r"|für|in|an)\b|\bgekündigt\b|\bneue (?:stelle|arbeit)\b|\bneuen job\b"
            ),
            "employer",
        ),
        Slot(
            re.compile(
                r"\bich arbeite als\b|\bich bin (?:jetzt|nun|inzwischen|neuerdings) \w+(?:in|er|ist|ent|mann|frau"
                r"|chef|leiter)\b|\bich bin (?:jetzt )?(?!vegetar|vegan)(?:\w+(?:erin|istin|eurin|entin|antin"
                r"|ärztin|arzt"
                r"|lehrer|ingenieur|pfleger|mann))\b"
            ),
            "profession",
        ),
        Slot(
            re.compile(
                r"\b(?:fahre|gehe|pendle|laufe|radle|komme|nehme)\b[^.!?]{0,40}\b(?:zur arbeit|zur uni|zur schule"
                r"|ins büro|in die arbeit)\b"
            ),
            "way to work",
        ),
        Slot(
            re.compile(
                r"\b(?:vollzeit|teilzeit|halbtags|ganztags|\d+ stunden (?:die|pro|in der) woche|\w+ tage (?:die|pro"
                r"|in der) woche)\b"
            ),
            "hours of work",
        ),
        Slot(
            re.compile(
                r"^(?:ich )?(?:wiege|habe?|bin (?:bei|auf))(?: ich)?(?: jetzt| noch| nur| nur noch"
                r"| etwa)* \d+(?:,\d+)? ?(?:kilo|kg)\b"
                r"|^\d+(?:,\d+)? (?:kilo|kg) (?:jetzt|heute|noch)\b"
            ),
            "weight",
        ),
        Slot(re.compile(r"\b(?:früh|spät|nacht|tag|wechsel)(?:schicht|dienst)(?:en|e)?\b"), "shift"),
        Slot(
            re.compile(
                r"\b(?:ich habe|habe ich|wir haben|haben wir) (?:jetzt |inzwischen |mittlerweile )?(?:zwei|drei|vier"
                r"|fünf|sechs|sieben|\d+) (?:\w+ )?(?P<of>kinder|söhne|töchter|katzen"
                r"|hunde|hühner|pferde|geschwister|brüder|schwestern|enkel|völker|schafe|ziegen)\b"
            ),
            "number of {of}",
        ),
        Slot(
            re.compile(
                rf"^{_MY} (?P<of>{_PERSON})(?: \w+)? (?:ist|wird|wurde) (?:jetzt |gerade |schon |nun )?(?:\d{{1,2}}"
                rf"|ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)(?: jahre?| geworden|[.,!]|$)"
            ),
            "age of {of}",
        ),
        Slot(re.compile(r"\bich bin (?:fast |schon |jetzt )?\d{1,3}\b"), "age"),
        Slot(re.compile(r"\b(?:vegan\w*|vegetari\w+|pescetari\w+|esse (?:\w+ ){0,2}?(?:fleisch|fisch))\b"), "diet"),
        Slot(
            re.compile(
                r"\b(?:single|verheiratet|geschieden|verlobt|getrennt|geheiratet|verwitwet)\b|\b(?:ich habe"
                r"|habe ich) (?:jetzt |wieder |nun )?(?:eine (?:neue )?freundin"
                r"|einen (?:neuen )?freund|eine partnerin|einen partner)\b"
            ),
            "relationship",
        ),
        Slot(
            re.compile(
                rf"^{_MY} (?P<of>lieblings\w+|geburtstag|alter|adresse|telefonnummer|handynummer|chef(?:in)?|beruf"
                rf"|job)\b"
            ),
            "{of}",
        ),
        Slot(re.compile(r"(?:ist|sind) (?:jetzt )?mein\w* (?P<of>lieblings\w+)"), "{of}"),
        Slot(re.compile(rf"^{_MY} (?P<of>(?:\w+ ){{0,2}}?\w+) heiß(?:t|en)\b"), "name of {of}"),
        Slot(re.compile(rf"^{_MY} (?P<of>(?:\w+ )?{_DATED}) (?:ist|findet|wurde|beginnt)\b"), "when {of}"),
        Slot(
            re.compile(rf"^{_MY} (?P<of>\w+(?: \w+)?) (?:jetzt |noch |auch )?(?:wohnt|lebt) .*\bin\b"), "home of {of}"
        ),
    ),
    asked=(
        Asked(
            re.compile(r"wie heißt du|wie ist dein name|wie darf ich dich nennen|wie heißen sie"),
            "Ich heiße {answer}",
            0.9,
        ),
        Asked(re.compile(r"wie alt bist du|wie alt sind sie"), "Ich bin {answer} Jahre alt", 0.8),
        Asked(re.compile(r"wie groß (?:bist du|sind sie)"), "Ich bin {answer} groß", 0.6),
        Asked(re.compile(r"wo (?:wohnst|lebst) du|wo (?:wohnen|leben) sie"), "Ich wohne in {answer}", 0.8),
        Asked(re.compile(r"woher kommst du|woher kommen sie"), "Ich komme aus {answer}", 0.8),
        Asked(
            re.compile(r"was (?:machst|arbeitest) du (?:beruflich|von beruf)|was bist du von beruf"),
            "Mein Beruf: {answer}",
            0.8,
        ),
        Asked(
            re.compile(r"wie heißt (?:dein|deine|ihr|ihre|das|der|die) (?P<of>[^?]{2,40})\?"),
            "{of}: heißt {answer}",
            0.7,
        ),
        Asked(
            re.compile(r"(?:was|wer|wann) (?:ist|sind|hast du) (?:dein|deine|deinen) (?P<of>[^?]{2,40})\?"),
            "{of}: {answer}",
            0.7,
        ),
    ),
    personal=re.compile(
        r"^(?!.*\b(?:wie geht|kann ich|soll ich|möchtest|möchten sie|willst|wollen sie|brauchst|brauchen sie"
        r"|magst du (?:mehr|noch)|noch fragen|helfen|meinst|was hältst|kannst du|könntest|hast du schon|bereit"
        r"|gerade|heute|fertig|sicher|traurig|glücklich|zufrieden|erleichtert|aufgeregt|nervös|enttäuscht|darüber)\b)"
        r"(?:.*\b(?:du|dein\w*|ihr\w*|sie|er|sein\w*|das kind)\b|(?:welche\w*|wie viele|gibt es"
        r"|irgendwelche|und|^) ?(?:\w+ )?(?:\w*allergi\w+|kinder|gäste|haustiere|geschwister|sprachen?|hobbys"
        r"|\w*instrument\w*|ernährung\w*|vorlieben|vorerkrankungen|beschwerden|unverträglichkeiten|personen|leute"
        r"|familie\w*|beruf|stadt|größe|tage|uhrzeit|medikamente)\b)"
    ),
    yes=re.compile(r"^(?:ja|jo|jawohl|genau|richtig|stimmt|klar|natürlich|korrekt)\b"),
    no=re.compile(r"^(?:nein|nö|ne|nicht mehr|leider nicht|gar nicht|nie)\b"),
    confirmed=(),
    answered="Gefragt „{question}“: {answer}",
    refusal=re.compile(
        r"^(?:es tut mir (?:sehr )?leid|tut mir leid|entschuldigung|leider|als ki)[^.]{0,30}\b(?:kann|darf|möchte"
        r"|werde) ich (?:\w+ ){0,4}?(?:nicht|kein\w*)\b"
    ),
)
